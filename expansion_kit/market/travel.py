"""
How far it is, and how long it takes, from one place to another.

Three ways to know, and the result always says which one it was (`.attrs["method"]`): the streets, a table of times that
the user brings, or the straight line times a stated detour.
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market import streets

WALK_KMH = streets.WALK_KMH
DRIVE_KMH = 24.0  # in town, door to door, where there is nothing but a straight line
_MODES = {  # what a travel table may call them
    "walk": {"walk", "walking", "foot", "on foot", "pedestrian", "步行", "走路"},
    "drive": {"drive", "driving", "car", "驾车", "开车", "自驾", "汽车"},
}


def travel_km(zones, stores, *, detour=1.3, floor=50.0):
    """
    Distance from each zone's centre to each store: the straight line times a stated detour.

    Inside its own zone a store is not at distance zero from the people around it: see `least_metres`.

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
    km = np.maximum(straight, least_metres(zones, floor=floor)[:, None]) * detour / 1000.0
    table = pd.DataFrame(km, index=zones.index, columns=stores.index)
    table.attrs["method"] = f"straight line x {detour:g}, at least half the zone's radius and {floor:g} m"
    return table


def least_metres(zones, *, floor=0.0):
    """
    Smallest way that counts from a zone to anywhere: half the radius of a circle of its size, and at least a floor.

    People live all over a zone, so a store at its centre is not at distance zero from them; without this rule the Huff
    model would hand it everything. All ways of `travel` and `huff_sales` keep to it.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons or points, in metres; a point has no size.
    floor : float
        Metres.

    Returns
    -------
    ndarray, shape (n_zones,)
        Metres; missing where a zone has no geometry.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000), shapely.Point(0, 0)])
    >>> least_metres(zones, floor=50).round(2).tolist()
    [282.09, 50.0]
    """
    return np.maximum(floor, 0.5 * np.sqrt(shapely.area(zones.geometry.to_numpy()) / np.pi))


def travel_minutes(
    origins,
    destinations,
    *,
    network=None,
    matrix=None,
    mode="walk",
    kmh=None,
    detour=1.3,
    snap=streets.SNAP_M,
    limit=np.inf,
):
    """
    Time from each origin to each destination: by streets, by the user's own table, or by the straight line.

    Parameters
    ----------
    origins : GeoDataFrame, shape (n,)
        Polygons (their centre counts) or points, in metres; with `matrix` only the index is used.
    destinations : GeoDataFrame, shape (m,)
        Points, in the origins' coordinate reference system; with `matrix` only the index is used.
    network : GeoDataFrame, optional
        Streets in metres, as `market.streets.street_edges` takes them. A place is put onto the nearest street, and the
        straight line to it is walked at 4.8 km/h (or `kmh` when walking). Inside its own zone the way is at least half
        the radius of a circle of the zone's size. Driving is free: no lights, no jams.
    matrix : DataFrame, optional
        The `travel` table: `from_id`, `to_id`, `minutes` (or `km`, which `kmh` makes minutes), `mode`. Rows of another
        mode are left out. A pair that is not in it stays missing, in the other direction as well.
    mode : str
        `walk` or `drive`.
    kmh : float, optional
        Speed of walking, and of driving along a straight line; 4.8 and 24 unless stated. Streets have their own.
    detour : float
        As in `travel_km`; only for the straight line, which then counts at least 50 m.
    snap : float
        Metres; a place farther from every street is not on the network.
    limit : float
        Minutes; what takes longer is missing.

    Returns
    -------
    DataFrame, shape (n, m)
        Minutes; missing where there is no way. `.attrs`: `method` says in a sentence how they were made, `kind` in a
        word (`network`, `matrix`, `straight`), `missing` is the number of pairs without a time.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, both `network` and `matrix` are given, a pair
        stands twice in the matrix, or an option is out of its range.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0], [0], index=["Z1"], crs=crs))
    >>> stores = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([600], [800], index=["S1"], crs=crs))
    >>> minutes = travel_minutes(zones, stores)
    >>> float(minutes.loc["Z1", "S1"].round(6)), minutes.attrs["kind"]
    (16.25, 'straight')
    >>> brought = pd.DataFrame({"from_id": ["Z1"], "to_id": ["S1"], "minutes": [14.0], "mode": ["步行"]})
    >>> float(travel_minutes(zones, stores, matrix=brought).loc["Z1", "S1"])
    14.0
    """
    kmh = speed(mode, kmh)
    if network is not None and matrix is not None:
        raise ValueError("give network or matrix, not both: a table of times of two kinds compares nothing")
    if network is not None:
        minutes, method, kind = *_by_streets(origins, destinations, network, mode, kmh, snap, limit), "network"
    elif matrix is not None:
        minutes, method, kind = *_by_matrix(origins.index, destinations.index, matrix, mode, kmh), "matrix"
    else:
        km = travel_km(origins, destinations, detour=detour)
        minutes, method, kind = km.to_numpy() / kmh * 60.0, f"{km.attrs['method']}, at {kmh:g} km/h", "straight"
    minutes = np.where(minutes <= limit, minutes, np.nan)
    table = pd.DataFrame(minutes, index=origins.index, columns=destinations.index)
    table.attrs |= {"method": method, "kind": kind, "missing": int(np.isnan(minutes).sum())}
    return table


def speed(mode, kmh=None):
    """
    The speed that a mode stands for where nothing else states one.

    Parameters
    ----------
    mode : str
        `walk` or `drive`.
    kmh : float, optional
        A stated speed, above 0.

    Returns
    -------
    float
        km/h: the stated one, or 4.8 and 24.

    Raises
    ------
    ValueError
        If the mode is neither of the two or the speed is not above 0.

    Examples
    --------
    >>> speed("walk"), speed("drive"), speed("drive", 30)
    (4.8, 24.0, 30.0)
    """
    if mode not in _MODES:
        raise ValueError(f"mode must be walk or drive, but is {mode!r}")
    if kmh is not None and not (np.isfinite(kmh) and kmh > 0):
        raise ValueError(f"a speed must be above 0 km/h, but is {kmh!r}")
    return float(kmh) if kmh is not None else {"walk": WALK_KMH, "drive": DRIVE_KMH}[mode]


def street_method(edges, mode, kmh, snap):
    """
    How times on a street network were made, in a sentence for `method`.

    Parameters
    ----------
    edges : GeoDataFrame
        As from `streets.street_edges`.
    mode, kmh, snap
        As in `travel_minutes`.

    Returns
    -------
    str
        Names the mode, the speed, the length of the streets, and how places get to them.
    """
    how = (
        f"on foot at {kmh:g} km/h"
        if mode == "walk"
        else "driving at the streets' speeds, one-way streets kept, no jams"
    )
    on, off = edges["metres"].sum() / 1000.0, edges.attrs["dropped_m"] / 1000.0
    return (
        f"street network, {how}; {on:.1f} km of streets, {off:.1f} km in parts without connection left out; "
        f"at most {snap:g} m to a street, walked straight"
    )


def _by_streets(origins, destinations, network, mode, kmh, snap, limit):
    walking = kmh if mode == "walk" else WALK_KMH
    edges = streets.street_edges(network, mode=mode, kmh=kmh)
    minutes = streets.network_minutes(
        edges, origins.geometry.centroid, destinations.geometry, snap=snap, kmh=walking, limit=limit
    )
    least = least_metres(origins) / (kmh * 1000.0 / 60.0)
    return np.maximum(minutes, least[:, None]), street_method(edges, mode, kmh, snap)


def _by_matrix(start, end, matrix, mode, kmh):
    rows = matrix[matrix["from_id"].isin(start) & matrix["to_id"].isin(end)]
    if "mode" in rows:
        called = rows["mode"].astype("string").str.strip().str.lower()
        rows = rows[called.isna() | called.isin(_MODES[mode])]
    twice = rows.duplicated(["from_id", "to_id"])
    if twice.any():
        first = rows.loc[twice, ["from_id", "to_id"]].iloc[0].tolist()
        raise ValueError(f"the travel table has {twice.sum()} pairs more than once, first {first[0]!r} to {first[1]!r}")
    given = rows.reindex(columns=["minutes", "km"]).astype(float)
    taken = given["minutes"].fillna(given["km"] / kmh * 60.0)
    minutes = np.full((len(start), len(end)), np.nan)
    minutes[start.get_indexer(rows["from_id"]), end.get_indexer(rows["to_id"])] = taken
    made = int((given["minutes"].isna() & given["km"].notna()).sum())
    return minutes, f"travel table of the user, mode {mode}, {len(rows)} pairs" + (
        f", {made} of them from km at {kmh:g} km/h" if made else ""
    )
