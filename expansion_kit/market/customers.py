"""Trade areas read from customers: where the people who shop in a store come from."""

import geopandas as gpd
import numpy as np
import pandas as pd

from expansion_kit import geo
from expansion_kit.market.travel import travel_km

TIERS = ("primary", "secondary", "fringe")


def customer_tiers(choices, zones, stores, *, primary=0.65, secondary=0.2, by="distance", distance=None):
    """
    The zones of each store's customers, from the nearest on, cut where they add up to the first and second tier.

    A zone is in the primary tier if the zones before it hold less than the primary share of the customers, and so on: a
    tier holds at least its share. The shares are convention (60 to 70 % primary, the next 15 to 25 % secondary).

    Parameters
    ----------
    choices : DataFrame
        The `choices` table: `zone_id`, `store_id`, `count` (shoppers, receipts or members; money where it is known).
    zones : GeoDataFrame
        Polygons in metres, by zone_id.
    stores : GeoDataFrame
        Points in the zones' coordinate reference system, by store_id.
    primary, secondary : float
        Shares of a store's customers, above 0 and together at most 1.
    by : str
        The order of zones: `distance`, nearest first, or `customers`, most customers first.
    distance : DataFrame, shape (n_zones, n_stores), optional
        Kilometres or minutes; `travel_km` where it is not given.

    Returns
    -------
    DataFrame, one row a store and zone with customers
        `store_id`, `zone_id`, `customers`, `share` of the store's, `cumulative` share, `distance` and `tier`, in order.
        `.attrs["unplaced"]`: customers whose zone or store is not in the tables, or without a distance between them;
        they are in no share.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or an option is out of its range.

    References
    ----------
    Applebaum, W. (1966). Methods for determining store trade areas, market penetration, and potential sales. Journal
    of Marketing Research 3(2), 127-141.

    Examples
    --------
    >>> choices = pd.DataFrame({"zone_id": ["Z1", "Z2", "Z3"], "store_id": "S1", "count": [60, 30, 10]})
    >>> km = pd.DataFrame({"S1": [1.0, 2.0, 3.0]}, index=["Z1", "Z2", "Z3"])
    >>> zones, stores = pd.DataFrame(index=km.index), pd.DataFrame(index=["S1"])
    >>> customer_tiers(choices, zones, stores, distance=km)[["zone_id", "cumulative", "tier"]].to_numpy().tolist()
    [['Z1', 0.6, 'primary'], ['Z2', 0.9, 'primary'], ['Z3', 1.0, 'fringe']]
    """
    if not (primary > 0 and secondary > 0 and primary + secondary <= 1):
        raise ValueError(f"shares must be above 0 and at most 1 together, but are {primary} and {secondary}")
    if by not in ("distance", "customers"):
        raise ValueError(f"zones are ordered by distance or customers, not {by!r}")
    if distance is None:
        distance = travel_km(zones, stores)
    away = distance.reindex(index=zones.index, columns=stores.index).rename_axis(index="zone_id", columns="store_id")
    counted = choices[choices["count"] > 0].groupby(["store_id", "zone_id"])["count"].sum().rename("customers")
    table = counted.reset_index().merge(away.unstack().rename("distance").reset_index(), how="left")
    placed = table["distance"].notna()
    unplaced = float(table.loc[~placed, "customers"].sum())
    order = ["distance", "zone_id"] if by == "distance" else ["customers", "distance", "zone_id"]
    rising = [name != "customers" for name in order]
    table = table[placed].sort_values(["store_id", *order], ascending=[True, *rising], ignore_index=True)
    of_store = table.groupby("store_id")["customers"]
    total = of_store.transform("sum")
    before = (of_store.cumsum() - table["customers"]) / total
    table["share"], table["cumulative"] = table["customers"] / total, of_store.cumsum() / total
    cuts = np.array([primary, primary + secondary]) * (1 - 1e-12)  # a sum of shares misses by a rounding
    table["tier"] = np.array(TIERS, dtype=object)[np.searchsorted(cuts, before, side="right")]
    table = table[["store_id", "zone_id", "customers", "share", "cumulative", "distance", "tier"]]
    table.attrs["unplaced"] = unplaced
    return table


def customer_areas(tiers, zones):
    """
    The primary, secondary and fringe trade area of each store, made of the zones its customers come from.

    Parameters
    ----------
    tiers : DataFrame
        As from `customer_tiers`.
    zones : GeoDataFrame
        Polygons in metres, by zone_id.

    Returns
    -------
    GeoDataFrame, one row a store and tier
        `store_id`, `tier`, `customers`, `share`, `zones` (how many) and their ground; a store's tiers don't overlap.

    Raises
    ------
    ValueError
        If the zones are not in metres.

    Examples
    --------
    >>> import shapely
    >>> boxes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 300, 100)]
    >>> zones = gpd.GeoDataFrame(geometry=boxes, index=["Z1", "Z2"], crs=geo.metric_crs([127.0], [37.5]))
    >>> stores = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([50], [50], index=["S1"], crs=zones.crs))
    >>> choices = pd.DataFrame({"zone_id": ["Z1", "Z2"], "store_id": "S1", "count": [90, 10]})
    >>> customer_areas(customer_tiers(choices, zones, stores), zones).area.tolist()
    [10000.0, 20000.0]
    """
    geo.check_metres(zones)
    ground = gpd.GeoDataFrame(tiers, geometry=zones.geometry.reindex(tiers["zone_id"]).to_numpy(), crs=zones.crs)
    ground["tier"] = pd.Categorical(ground["tier"], TIERS, ordered=True)
    taken = {"customers": "sum", "share": "sum", "zone_id": "size"}
    areas = ground.dissolve(["store_id", "tier"], aggfunc=taken, observed=True).reset_index()
    areas["tier"] = areas["tier"].astype(object)
    return areas.rename(columns={"zone_id": "zones"})[["store_id", "tier", "customers", "share", "zones", "geometry"]]
