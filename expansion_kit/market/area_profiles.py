"""What lies in each trade area: people and money of its zones, stores of its own side and of others."""

import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market.trade_areas import apportion


def area_profile(areas, zones, stores, columns):
    """
    People, money and stores in each trade area.

    Parameters
    ----------
    areas : GeoDataFrame, shape (n_areas,)
        Polygons in metres; they may overlap.
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in the areas' coordinate reference system, with `columns`.
    stores : GeoDataFrame
        Stores that trade, in the same reference system, with `own` (bool); rows without a position count nowhere.
    columns : list of str
        Columns of `zones` that add up (population, workers, potential ...).

    Returns
    -------
    DataFrame, shape (n_areas, n_columns + 4), on the areas' index
        `columns` and `covered` as from `trade_areas.apportion`; `stores`, `own_stores`, `other_stores`: how many
        stand in the area (on its border counts), missing where there is no polygon.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or a geometry is not a polygon.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame({"population": [100]}, geometry=[shapely.box(0, 0, 10, 10)], index=["Z1"], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [True, False]}, geometry=gpd.points_from_xy([1, 6], [1, 6]), crs=crs)
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(5, 0, 10, 10)], index=["A1"], crs=crs)
    >>> area_profile(areas, zones, stores, ["population"]).loc["A1"].to_dict()
    {'population': 50.0, 'covered': 1.0, 'stores': 1.0, 'own_stores': 0.0, 'other_stores': 1.0}
    """
    geo.check_metres(areas, zones, stores)
    table = apportion(zones, areas, columns)
    placed = stores[stores.geometry.notna()]
    ground = areas.geometry.to_numpy()
    at, store = shapely.STRtree(placed.geometry.to_numpy()).query(ground, predicate="intersects")
    own = placed["own"].to_numpy(dtype=bool)[store]
    for name, those in (("stores", slice(None)), ("own_stores", own), ("other_stores", ~own)):
        counts = pd.Series(at[those]).value_counts().reindex(range(len(areas)), fill_value=0)
        table[name] = counts.where(~shapely.is_missing(ground)).to_numpy()
    return table
