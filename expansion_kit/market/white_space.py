"""
White space: where demand is left over after the stores that are there, own and rival.

Demand comes from people and their spend, supply from stores: where they stand and how large they are. What shops of a
zone sell does not enter: a zone with many shops sells much, and white space read from it would find the shops.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from expansion_kit import geo
from expansion_kit.market.huff import huff_shares
from expansion_kit.market.trade_areas import apportion
from expansion_kit.market.travel import travel_km

_BLOCK = 2_000_000  # zone-store pairs at once


def hexagon_demand(zones, demand, *, resolution=8):
    """
    Zones' demand on H3 hexagons, in proportion to the ground they share.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in metres.
    demand : Series
        Money a month, by zone.
    resolution : int
        H3 resolution; 8 is about 0.7 km2, 9 about 0.1 km2.

    Returns
    -------
    GeoDataFrame, shape (n_cells,), by `cell`
        `demand` (money a month; the sum is that of the zones; missing where a zone in it has none), `covered` (share of
        the cell's ground that lies in zones), and the hexagon in the zones' coordinate reference system.

    Raises
    ------
    ValueError
        If the zones are not polygons in metres.

    Examples
    --------
    >>> import shapely
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2000, 2000)], index=["Z1"], crs=crs)
    >>> round(float(hexagon_demand(zones, pd.Series({"Z1": 5000.0}))["demand"].sum()), 6)
    5000.0
    """
    geo.check_metres(zones)
    cells = geo.hexagons(geo.to_wgs84(zones).union_all(), resolution)
    hexagons = gpd.GeoDataFrame(geometry=geo.cell_polygons(cells)).to_crs(zones.crs)
    ground = gpd.GeoDataFrame({"demand": demand.reindex(zones.index)}, geometry=zones.geometry)
    return hexagons.join(apportion(ground, hexagons, ["demand"]))


def supply_points(zones, stores, supply):
    """
    Where what is sold in each zone is sold: the points, with their capacity, that `white_space` serves demand from.

    A store whose sales are known sells these. What is left of a zone's supply is shared evenly among its other stores,
    or stands in the middle of the zone where the table lists none. A store in a zone without a supply figure is given
    the median capacity of the others.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Zones by `zone_id`, in metres.
    stores : GeoDataFrame, shape (n_stores,)
        Stores that trade, in the zones' reference system: `own` (bool), `zone_id`, and `sales_month` (money/month)
        where known. Rows without a position are left out.
    supply : Series
        Money a month that shops of each zone sell, as from `potential.supply_month`.

    Returns
    -------
    GeoDataFrame, by store or zone
        `own`, `listed` (whether it is a store of the table), `capacity` (money a month), `capacity_method`: `sales`
        (its own), `share` (of its zone's supply), `zone` (of no listed store), `assumed` (the median); and the point.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system.

    Examples
    --------
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 9], [0, 0]), index=["Z1", "Z2"], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [True, False, False], "zone_id": "Z1", "sales_month": [40.0, None, None]},
    ...                           geometry=gpd.points_from_xy([0, 1, 2], [0, 0, 0]), index=["A", "B", "C"], crs=crs)
    >>> supply_points(zones, stores, pd.Series({"Z1": 100.0, "Z2": 7.0}))["capacity"].to_dict()
    {'A': 40.0, 'B': 30.0, 'C': 30.0, 'Z2': 7.0}
    """
    geo.check_metres(zones, stores)
    placed = stores[stores.geometry.notna()]
    sold = pd.to_numeric(placed["sales_month"]) if "sales_month" in placed else pd.Series(np.nan, placed.index)
    sold = sold.astype(float)
    others = placed["zone_id"].where(sold.isna())
    left = (supply - sold.groupby(placed["zone_id"]).sum().reindex(supply.index, fill_value=0.0)).clip(lower=0.0)
    each = left.reindex(others.dropna().unique()) / others.value_counts()
    capacity = sold.fillna(others.map(each))
    method = pd.Series(np.where(sold.notna(), "sales", "share"), placed.index, dtype=object)
    method, capacity = method.mask(capacity.isna(), "assumed"), capacity.fillna(capacity.median())
    own = placed["own"].astype(bool)
    told = {"own": own, "listed": True, "capacity": capacity, "capacity_method": method}
    points = gpd.GeoDataFrame(told, geometry=placed.geometry)
    alone = left[(left > 0) & ~left.index.isin(others.dropna().unique()) & left.index.isin(zones.index)]
    middles = zones.geometry.reindex(alone.index).representative_point()
    told = {"own": False, "listed": False, "capacity": alone, "capacity_method": "zone"}
    rest = gpd.GeoDataFrame(told, geometry=middles)
    return pd.concat([points, rest]) if len(rest) else points


def white_space(
    zones, stores, demand, *, outside=None, capacity=None, alpha=1.0, decay=2.0, reach_km=1.5, detour=1.3, origin=None
):
    """
    Demand of each zone or cell that existing stores leave over, and how much of it a new store there would reach.

    Two ways to say what is left over, by what is known. `outside`: what Huff gives to buying elsewhere, the less the
    nearer and larger the stores. `capacity`: each store sells what it can to those in reach, the nearer the more;
    demand beyond that is left over (two-step floating catchment areas). What a store could sell beyond its zones'
    demand is not handed on to others.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        Zones, or cells as from `hexagon_demand`; polygons or points in metres.
    stores : GeoDataFrame
        Stores that trade, own and rival, with `own` (bool), in the same reference system; with `outside` also
        `floor_area_sqm`. Rows without a position are left out and counted in `.attrs["left_out"]`. Rows that are not
        `listed` (see `supply_points`) serve demand, but are no store that could be the nearest.
    demand : Series
        Money a month, by zone: from people and spend, never from sales in the zone.
    outside : float, optional
        Attraction of buying elsewhere, as in `huff.huff_shares`: stated, or calibrated to own stores' sales.
    capacity : Series, optional
        Money a month that each store can sell, such as floor area times a stated 坪效. One of both must be given.
    alpha, decay : float
        Of Huff.
    reach_km : float
        Way, in km, that a store draws over: from 1 near by to 0 at the reach (Gaussian).
    detour : float
        Length of the way over the straight line.
    origin : dict, optional
        `source` and `as_of` of the demand, written into columns of these names.

    Returns
    -------
    DataFrame, shape (n,), best first
        Money a month: `demand`, `served_own`, `served_rival`, `unserved` (the three add up to the demand; missing where
        it is), `reachable_unserved` (unserved demand around, weighted by the way to it); `unserved_share`;
        `nearest_own_m`, `nearest_rival_m` (straight line; missing where there is none); `rank` by reachable unserved
        demand, and `method`, `source`, `as_of`.

    Raises
    ------
    ValueError
        If tables are not in metres and in one reference system, not exactly one of `outside` and `capacity` is given, a
        capacity is missing or below 0, or as `huff_shares`.

    References
    ----------
    Huff (1964); Luo, W. and Wang, F. (2003), two-step floating catchment areas; Dai, D. (2010), Gaussian weights.

    Examples
    --------
    One zone of 1,000, and a rival in the middle of it that can sell 400:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), index=["Z1"], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [False]}, geometry=gpd.points_from_xy([0], [0]), index=["S1"], crs=crs)
    >>> left = white_space(zones, stores, pd.Series({"Z1": 1000.0}), capacity=pd.Series({"S1": 400.0}))
    >>> left[["served_rival", "unserved"]].to_numpy().tolist()
    [[400.0, 600.0]]
    """
    geo.check_metres(zones, stores)
    if (outside is None) == (capacity is None) or (outside is not None and not outside > 0):
        raise ValueError("white space needs either an outside option above 0 or the stores' capacity, and not both")
    placed = stores[stores.geometry.notna()]
    money = demand.reindex(zones.index).astype(float)
    if capacity is None:
        served = _served_by_huff(zones, placed, alpha, decay, outside, detour)
        method = f"Huff, alpha {alpha:g}, decay {decay:g}, outside {outside:g}"
    else:
        served = _served_by_capacity(zones, placed, money, capacity, reach_km, detour)
        method = "stores' stated capacity within reach"
    table = pd.DataFrame({"demand": money, "served_own": money * served[0], "served_rival": money * served[1]})
    table["unserved"] = (money - table["served_own"] - table["served_rival"]).clip(lower=0.0)
    table["unserved_share"] = table["unserved"] / money.where(money > 0)
    at, to, weight = _weights(_xy(zones), _xy(zones), reach_km, detour)
    around = np.bincount(at, weight * table["unserved"].fillna(0.0).to_numpy()[to], minlength=len(zones))
    table["reachable_unserved"] = np.where(money.notna(), around, np.nan)
    listed = placed[placed["listed"]] if "listed" in placed else placed
    own = listed["own"].to_numpy(dtype=bool)
    for name, those in (("nearest_own_m", listed[own]), ("nearest_rival_m", listed[~own])):
        table[name] = _nearest(_xy(zones), _xy(those))
    table["rank"] = table["reachable_unserved"].rank(ascending=False, method="min")
    table["method"] = f"{method}; reach {reach_km:g} km, straight line x {detour:g}"
    for name in ("source", "as_of"):
        table[name] = (origin or {}).get(name)
    table = table.sort_values("rank", kind="stable", na_position="last")
    table.attrs["left_out"] = len(stores) - len(placed)
    return table


def _served_by_huff(zones, stores, alpha, decay, outside, detour):
    """Share of each zone's demand that own and rival stores draw, shape (2, n_zones); a block of zones at a time."""
    own, step = stores["own"].to_numpy(dtype=bool), max(1, _BLOCK // max(len(stores), 1))
    served = np.zeros((2, len(zones)))
    if len(stores) == 0:
        return served
    for start in range(0, len(zones), step):
        block = zones.iloc[start : start + step]
        km = travel_km(block, stores, detour=detour)
        shares = huff_shares(block, stores, alpha=alpha, decay=decay, distance=km, outside=outside)
        shares = shares[stores.index].to_numpy()
        served[:, start : start + step] = shares[:, own].sum(axis=1), shares[:, ~own].sum(axis=1)
    return served


def _served_by_capacity(zones, stores, money, capacity, reach_km, detour):
    """As `_served_by_huff`: R_j = capacity_j / sum_i demand_i w_ij, share of zone i = sum_j R_j w_ij, at most 1."""
    own, can = stores["own"].to_numpy(dtype=bool), capacity.reindex(stores.index).to_numpy(dtype=float)
    if not (can >= 0).all():
        raise ValueError("each store needs a capacity of at least 0 (money a month): state it")
    at, to, weight = _weights(_xy(zones), _xy(stores), reach_km, detour)
    asked = np.bincount(to, weight * money.fillna(0.0).to_numpy()[at], minlength=len(stores))
    rate = np.divide(can, asked, out=np.zeros(len(stores)), where=asked > 0)
    served = np.array([np.bincount(at, weight * rate[to] * of[to], minlength=len(zones)) for of in (own, ~own)])
    return served / np.maximum(1.0, served.sum(axis=0))


def _xy(table):
    centre = table.geometry.centroid
    return np.column_stack([centre.x, centre.y])


def _weights(here, there, reach_km, detour):
    """Pairs within reach and their Gaussian weight: 1 near by, 0 at the reach."""
    from scipy.spatial import cKDTree

    reach = reach_km * 1000 / detour
    if not len(there):
        return np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)
    pairs = cKDTree(here).sparse_distance_matrix(cKDTree(there), reach, output_type="ndarray")
    edge = np.exp(-0.5)
    return pairs["i"], pairs["j"], (np.exp(-0.5 * (pairs["v"] / reach) ** 2) - edge) / (1 - edge)


def _nearest(here, there):
    from scipy.spatial import cKDTree

    return cKDTree(there).query(here)[0] if len(there) else np.full(len(here), np.nan)
