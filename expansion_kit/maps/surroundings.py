"""The placements around a centre: numbered by their distance from it, for a map of what surrounds a site."""

import numpy as np
import pandas as pd

from expansion_kit.maps.specification import placed


def around(placements, centre, *, nearest=0, within=None):
    """
    The placements numbered anew by their distance from a centre, for a map of what surrounds it.

    Own stores and candidates keep a number each, and the nearest rivals have one; what has no coordinates comes last.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.
    centre : str or (float, float)
        Id of a placement (a candidate's, where a store has the same), or longitude and latitude.
    nearest : int
        How many rivals are numbered as well.
    within : float, optional
        Metres: own stores, candidates and rivals farther than that have no number.

    Returns
    -------
    DataFrame
        The placements in their order, `number` by distance, and `distance_m` (metres in a straight line).

    Raises
    ------
    ValueError
        If no placement that has coordinates has that id.

    Examples
    --------
    >>> from expansion_kit.maps import placements
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice", "Rice"], "lon": [0.02, 0.01, 0.3], "lat": [0.0, 0.0, 0.0]})
    >>> table = around(placements(stores, own_brand="Tea", lang="en"), (0.0, 0.0), nearest=1)
    >>> table[["class", "number", "distance_m"]].round({"distance_m": 0})
       class  number  distance_m
    0    own       2      2226.0
    1  rival       1      1113.0
    2  rival    <NA>     33396.0
    """
    lon, lat = centre_of(placements, centre)
    distance = _metres_from(placements, lon, lat)
    rivals = distance[placements["class"].eq("rival")].dropna().sort_values(kind="stable").index[:nearest]
    numbered = placements["class"].isin(["own", "candidate"]) | placements.index.isin(rivals)
    if within is not None:
        numbered &= distance.le(within)
    order = distance[numbered].sort_values(kind="stable", na_position="last").index
    numbers = pd.Series(range(1, len(order) + 1), index=order, dtype="Int64")
    return placements.assign(number=numbers.reindex(placements.index), distance_m=distance)


def centre_of(placements, centre):
    """
    Longitude and latitude of a centre that is given by them or by a placement's id.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.
    centre : str or (float, float)

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If no placement that has coordinates has that id, or the coordinates are not on the globe.
    """
    if not isinstance(centre, str):
        lon, lat = map(float, centre)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise ValueError(f"the centre {lon}, {lat} is not a longitude and latitude")
        return lon, lat
    found = placements[placements["id"].eq(centre).fillna(False) & placed(placements)]
    if found.empty:
        raise ValueError(f"no placement with coordinates has the id {centre!r}")
    first = found.loc[found["class"].ne("candidate").sort_values(kind="stable").index[0]]
    return float(first["lon"]), float(first["lat"])


def _metres_from(placements, lon, lat):
    from pyproj import Geod

    here = placements[placed(placements)]
    n = len(here)
    _, _, distance = Geod(ellps="WGS84").inv(np.full(n, lon), np.full(n, lat), here["lon"], here["lat"])
    return pd.Series(np.asarray(distance, dtype=float), index=here.index).reindex(placements.index)
