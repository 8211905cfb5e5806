"""How far it is from each zone to each store."""

import numpy as np
import pandas as pd

from expansion_kit import geo


def travel_km(zones, stores, *, detour=1.3, floor=50.0):
    """
    Distance from each zone's centre to each store: the straight line times a stated detour.

    Inside its own zone a store is not at distance zero from the people around it: the straight line counts at least
    half the radius of a circle of the zone's size.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons or points, in metres.
    stores : GeoDataFrame, shape (n_stores,)
        Points, in the zones' coordinate reference system.
    detour : float
        Length of the way over the straight line, at least 1; 1.3 is usual in towns.
    floor : float
        Smallest straight line that counts, metres; what keeps a zone that is a point from lying at zero.

    Returns
    -------
    DataFrame, shape (n_zones, n_stores)
        Kilometres; missing where a position is missing. `.attrs["method"]` says how they were made.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, `detour` is below 1 or `floor` not above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0], [0], index=["Z1"], crs=crs))
    >>> stores = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([600], [800], index=["S1"], crs=crs))
    >>> float(travel_km(zones, stores).loc["Z1", "S1"])
    1.3
    """
    if detour < 1 or floor <= 0:
        raise ValueError(f"detour must be at least 1 and floor above 0 m, but they are {detour} and {floor}")
    geo.check_metres(zones, stores)
    straight = geo.distances(zones.geometry.centroid, stores.geometry)
    smallest = np.maximum(floor, 0.5 * np.sqrt(zones.geometry.area.to_numpy() / np.pi))
    km = np.maximum(straight, smallest[:, None]) * detour / 1000.0
    table = pd.DataFrame(km, index=zones.index, columns=stores.index)
    table.attrs["method"] = f"straight line x {detour:g}, at least half the zone's radius and {floor:g} m"
    return table
