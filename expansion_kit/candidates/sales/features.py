"""What is around a place, measured in the same way at candidate sites and at stores, and of zones as a whole."""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market.competition import rivals_within

INDEPENDENT = "independent"  # the brand of a store of no chain


def near(places, zones, amounts, *, radius):
    """
    What lies within a radius of each place: each zone's amount times the part of the zone that is within.

    Parameters
    ----------
    places : GeoDataFrame, shape (n,)
        Points in metres.
    zones : GeoDataFrame, shape (n_zones,)
        Polygons, or points that count when they are within, in the same coordinate reference system.
    amounts : DataFrame
        Numbers by zone that may be added up, such as `population`, `workers`, `footfall`; a column of which nothing is
        known is left out.
    radius : float
        Metres, straight line.

    Returns
    -------
    DataFrame, shape (n,)
        `<amount>_near`; missing for a place without position, or where a zone within does not know it.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or `radius` is not above 0.

    Examples
    --------
    A quarter of the circle lies in the zone of 4 km2:

    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2000, 2000)], index=["Z1"], crs=crs)
    >>> places = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=crs)
    >>> near(places, zones, pd.DataFrame({"population": [4000]}, index=["Z1"]), radius=1000).round().iloc[0, 0].item()
    785.0
    """
    geo.check_metres(places, zones)
    if not radius > 0:
        raise ValueError(f"radius must be above 0 m, but is {radius}")
    values = amounts.reindex(zones.index).astype(float)
    values = values.loc[:, values.notna().any()]
    here, cells = places.geometry.to_numpy(), zones.geometry.to_numpy()
    at, zone = shapely.STRtree(cells).query(here, predicate="dwithin", distance=radius)
    area = shapely.area(cells[zone])
    flat = area == 0
    part = shapely.area(shapely.intersection(shapely.buffer(here[at], radius, quad_segs=32), cells[zone]))
    part = np.where(flat, 1.0, part / np.where(flat, 1.0, area))
    found = pd.DataFrame(index=places.index)
    for name in values:
        pieces = np.where(part > 0, part * values[name].to_numpy()[zone], 0.0)
        sums = np.bincount(at, weights=pieces, minlength=len(places))
        found[f"{name}_near"] = np.where(shapely.is_missing(here), np.nan, sums)
    return found


def site_features(places, zones, stores, amounts, *, radius=1000.0, stations=None):
    """
    Features of places for `SalesModel` and `analogs`: what the place is, who is around, who else sells there.

    What a city does not know has no column. Neither rent nor sales are among them (`sales_model.LEAKS`).

    Parameters
    ----------
    places : GeoDataFrame, shape (n,)
        Sites or stores: points in metres; `floor_area_sqm` and `site_type` where known.
    zones, amounts
        As in `near`; amounts such as population, workers, potential (money a month), footfall (people a day).
    stores : GeoDataFrame
        All stores that trade, with `own`. A place that is one of them (same index name) is not counted as its own
        neighbour.
    radius : float
        Metres within which people, stores and stations count.
    stations : GeoDataFrame, optional
        Points in metres.

    Returns
    -------
    DataFrame, shape (n,)
        `floor_area_sqm` (m2), `<amount>_near`, `rivals_near`, `own_near`, `stations_near` (numbers) and `mall` (1 or
        0), as far as known, in this order.

    Raises
    ------
    ValueError
        As `near`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(-9e3, -9e3, 9e3, 9e3)], index=["Z1"], crs=crs)
    >>> points = gpd.points_from_xy([0, 300], [0, 0], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [True, False], "floor_area_sqm": 40.0}, geometry=points,
    ...                           index=pd.Index(["S1", "S2"], name="store_id"))
    >>> site_features(stores, zones, stores, pd.DataFrame(index=["Z1"])).loc["S1"].to_dict()
    {'floor_area_sqm': 40.0, 'rivals_near': 1.0, 'own_near': 0.0}
    """
    found = pd.DataFrame(index=places.index)
    if "floor_area_sqm" in places:
        found["floor_area_sqm"] = places["floor_area_sqm"].astype(float).where(places["floor_area_sqm"] > 0)
    if len(amounts.columns):
        found = found.join(near(places, zones, amounts, radius=radius))
    if len(stores):
        own = stores["own"].to_numpy(dtype=bool)
        found["rivals_near"] = rivals_within(places, stores, radius)
        found["own_near"] = rivals_within(places, stores.assign(own=~own), radius)
    if stations is not None and len(stations):
        found["stations_near"] = rivals_within(places, stations[["geometry"]].assign(own=False), radius)
    if "site_type" in places and places["site_type"].notna().any():
        mall = places["site_type"].eq("mall").astype(float)
        found["mall"] = mall.where(places["site_type"].notna())
    return found


def zone_features(zones, stores, *, footfall=None):
    """
    Features of whole zones, for a model of what shops of a zone sell.

    Parameters
    ----------
    zones : DataFrame, shape (n_zones,)
        By zone_id; `population` and `workers` where known.
    stores : DataFrame
        Stores of the category that trade, with `zone_id` and `brand`.
    footfall : Series, optional
        People a day, by zone.

    Returns
    -------
    DataFrame, shape (n_zones,)
        `stores`, `chain_stores` (of a chain, that is of another brand than `independent`), `footfall`, `population`,
        `workers`, as far as known.

    Examples
    --------
    >>> shops = pd.DataFrame({"zone_id": ["Z1", "Z1", "Z2"], "brand": ["A", "independent", "A"]})
    >>> zone_features(pd.DataFrame(index=["Z1", "Z2"]), shops).to_dict("index")
    {'Z1': {'stores': 2, 'chain_stores': 1}, 'Z2': {'stores': 1, 'chain_stores': 1}}
    """
    found = pd.DataFrame(index=zones.index)
    chained = stores[stores["brand"].notna() & stores["brand"].ne(INDEPENDENT)]
    for name, rows in (("stores", stores), ("chain_stores", chained)):
        found[name] = rows["zone_id"].value_counts().reindex(zones.index, fill_value=0)
    if footfall is not None:
        found["footfall"] = footfall.reindex(zones.index)
    for name in ("population", "workers"):
        if name in zones and zones[name].notna().any():
            found[name] = zones[name].astype(float)
    return found
