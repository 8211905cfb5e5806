"""Who else is there: rivals nearby, density, shares of stores and of sales, concentration, terms of franchise."""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo


def trading(stores):
    """
    The stores that are open; a store without a status counts as open.

    Parameters
    ----------
    stores : DataFrame
        `stores` table.

    Returns
    -------
    DataFrame
        Its rows that trade.

    Examples
    --------
    >>> trading(pd.DataFrame({"status": ["open", "closed", None]})).index.tolist()
    [0, 2]
    """
    if "status" not in stores:
        return stores
    return stores[stores["status"].isna() | (stores["status"] == "open")]


def rivals_within(points, stores, radius):
    """
    Number of rival stores around each point.

    Parameters
    ----------
    points : GeoDataFrame, shape (n,)
        Points in metres. Where they are stores themselves (same index name), a store is not its own rival.
    stores : GeoDataFrame
        Stores that trade, with `own` (bool), in the same coordinate reference system.
    radius : float
        Metres, straight line.

    Returns
    -------
    Series, shape (n,)
        `rivals_within`; missing for a point without a position.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or `radius` is not above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> places = gpd.points_from_xy([0, 300, 600], [0, 0, 0], crs=crs)
    >>> stores = gpd.GeoDataFrame({"own": [True, False, False]}, geometry=places)
    >>> rivals_within(gpd.GeoDataFrame(geometry=places[:1]), stores, 500).tolist()
    [1.0]
    """
    geo.check_metres(points, stores)
    if not radius > 0:
        raise ValueError(f"radius must be above 0 m, but is {radius}")
    rivals = stores[~stores["own"].to_numpy(dtype=bool)]
    here = points.geometry.to_numpy()
    at, rival_at = shapely.STRtree(rivals.geometry.to_numpy()).query(here, predicate="dwithin", distance=radius)
    if points.index.name is not None and points.index.name == stores.index.name:
        at = at[points.index.to_numpy()[at] != rivals.index.to_numpy()[rival_at]]
    counts = pd.Series(np.bincount(at, minlength=len(points)).astype(float), index=points.index, name="rivals_within")
    return counts.mask(shapely.is_missing(here))


def share_of_stores(stores):
    """
    Each brand's share of the number of stores.

    Parameters
    ----------
    stores : DataFrame
        With `brand`. Independent shops counted as one brand are not one rival: leave them out or say so.

    Returns
    -------
    Series
        `share_of_stores` by brand, largest first; adds up to 1.

    Examples
    --------
    >>> share_of_stores(pd.DataFrame({"brand": ["A", "B", "A", "A"]})).to_dict()
    {'A': 0.75, 'B': 0.25}
    """
    counts = stores.groupby("brand", observed=True).size().sort_values(ascending=False, kind="stable")
    return (counts / counts.sum()).rename("share_of_stores")


def hhi(shares):
    """
    Concentration of a market (Herfindahl-Hirschman index).

    Parameters
    ----------
    shares : Series
        Shares that add up to 1.

    Returns
    -------
    float
        From near 0 (many small ones) to 1 (one has all); times 10,000 in the competition authorities' points.

    Raises
    ------
    ValueError
        If the shares don't add up to 1.

    Examples
    --------
    >>> hhi(pd.Series([0.5, 0.3, 0.2]))
    0.38
    """
    if not np.isclose(shares.sum(), 1.0) or (shares < 0).any() or shares.isna().any():
        raise ValueError(f"shares must be at least 0 and add up to 1, but add up to {shares.sum():g}")
    return float((shares**2).sum())


def location_quotient(part, whole):
    """
    How much more of something a zone has than the city: its share of the zone over its share of the city.

    Parameters
    ----------
    part, whole : Series
        Numbers by zone, such as own stores and all stores, or cafes and all shops; on the same zones.

    Returns
    -------
    Series
        `location_quotient` by zone; 1 is as in the city; missing where the whole is 0 or unknown.

    Examples
    --------
    >>> location_quotient(pd.Series({"Z1": 10, "Z2": 30}), pd.Series({"Z1": 100, "Z2": 100})).to_dict()
    {'Z1': 0.5, 'Z2': 1.5}
    """
    both = part.reindex(whole.index)
    known = both.notna() & whole.notna()
    return (both * whole[known].sum() / (whole.where(whole > 0) * both[known].sum())).rename("location_quotient")


def stores_per_sqkm(zones, stores):
    """
    Stores on a square kilometre of each zone.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in metres.
    stores : GeoDataFrame
        Points in the zones' coordinate reference system: all that are to be counted.

    Returns
    -------
    Series, shape (n_zones,)
        `stores_per_sqkm`; a store outside all zones is in none.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or zones are not polygons.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2000, 1000)], index=["Z1"], crs=crs)
    >>> stores_per_sqkm(zones, gpd.GeoDataFrame(geometry=gpd.points_from_xy([1, 2, 3], [1, 2, 3]), crs=crs)).to_dict()
    {'Z1': 1.5}
    """
    geo.check_metres(zones, stores)
    if not (zones.area > 0).all():
        raise ValueError("density needs polygons: a point has no area")
    counts = geo.containing(stores, zones).value_counts().reindex(zones.index, fill_value=0)
    return (counts / (zones.area / 1e6)).rename("stores_per_sqkm")


def stores_by_zone(zones, stores):
    """
    Stores of each zone: all, our own and the others'.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        By zone, in metres.
    stores : DataFrame
        With `zone_id` (missing where a store lies in no zone) and `own` (bool): all that are to be counted.

    Returns
    -------
    DataFrame, shape (n_zones, 3)
        `stores`, `own_stores`, `other_stores`; missing where the zone is a point: which stores are in it is not
        known. Stores in no zone are in no row, so the rows may add up to less than the city has.

    Raises
    ------
    ValueError
        If the zones are not in metres.

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> shapes = [shapely.box(0, 0, 1, 1), shapely.Point(5, 5)]
    >>> zones = gpd.GeoDataFrame(geometry=shapes, index=["Z1", "Z2"], crs=crs)
    >>> stores = pd.DataFrame({"zone_id": ["Z1", "Z1", None], "own": [True, False, False]})
    >>> stores_by_zone(zones, stores)["stores"].tolist()
    [2.0, nan]
    """
    geo.check_metres(zones)
    own = stores["own"].astype(bool)
    counts = [some["zone_id"].value_counts().reindex(zones.index, fill_value=0) for some in (stores, stores[own])]
    table = pd.DataFrame({"stores": counts[0], "own_stores": counts[1], "other_stores": counts[0] - counts[1]})
    grounds = zones.area > 0
    return table if grounds.all() else table.where(grounds)


def share_of_sales(stores, *, expected=None, expected_method="estimated"):
    """
    Each brand's share of sales, as far as sales are known or estimated, and how they are known.

    Parameters
    ----------
    stores : DataFrame, shape (n_stores,)
        With `brand`, `sales_month` (money/month; missing where not known) and `sales_method` (measured, estimated ...).
    expected : Series, optional
        Money a month by store, such as from a calibrated Huff model: for stores whose sales are not known.
    expected_method : str
        What these are called, such as `estimated: Huff`.

    Returns
    -------
    DataFrame, by brand, the largest first
        `sales_month`, `share_of_sales` (of what is known; adds up to 1; missing for all where sales are known for fewer
        than two brands or under half of the stores: that is no share of a market), `stores`, `stores_known`
        and `method`: the methods behind the brand's figure with the number of stores each, `measured 3, estimated 12`;
        `not stated` where a store's sales carry none. A brand without any known sales has neither sales nor share.

    Examples
    --------
    >>> stores = pd.DataFrame({"brand": ["A", "A", "B"], "sales_month": [300.0, None, 100.0],
    ...                        "sales_method": ["measured", None, "estimated"]})
    >>> share_of_sales(stores)[["share_of_sales", "stores", "stores_known", "method"]].to_numpy().tolist()
    [[0.75, 2, 1, 'measured 1'], [0.25, 1, 1, 'estimated 1']]
    """
    sales = pd.to_numeric(stores["sales_month"]).astype(float)
    method = stores["sales_method"] if "sales_method" in stores else pd.Series(None, index=stores.index, dtype=object)
    method = method.astype(object).where(method.notna(), "not stated")
    if expected is not None:
        method = method.where(sales.notna(), expected_method)
        sales = sales.fillna(expected.reindex(stores.index))
    rows = pd.DataFrame({"brand": stores["brand"], "sales": sales, "method": method, "known": sales.notna()})
    by_brand = rows.groupby("brand", observed=True)
    table = pd.DataFrame({"sales_month": by_brand["sales"].sum(min_count=1)})
    tells = table["sales_month"].count() >= 2 and rows["known"].mean() >= 0.5
    table["share_of_sales"] = table["sales_month"] / (table["sales_month"].sum() if tells else np.nan)
    table["stores"], table["stores_known"] = by_brand.size(), by_brand["known"].sum()
    told = rows[rows["known"]].groupby("brand", observed=True)["method"].agg(_told)
    table["method"] = told.reindex(table.index)
    return table.sort_values("sales_month", ascending=False, kind="stable", na_position="last")


def _told(methods):
    return ", ".join(f"{name} {n}" for name, n in sorted(methods.value_counts().items(), key=lambda each: -each[1]))


def franchise_terms(brands, stores=None):
    """
    What rivals ask of a franchisee, beside what we ask.

    Parameters
    ----------
    brands : DataFrame, shape (n_brands,)
        `brands` table by `brand`: `own`, `rival` and the terms `franchise_fee`, `deposit` (money), `royalty` (share of
        sales), `term_years`, `return_policy`. A brand that is neither own nor rival, or states no term, is not shown.
    stores : DataFrame, optional
        With `brand`: to tell how many stores stand behind the terms.

    Returns
    -------
    DataFrame, by brand, own first
        The terms as stated (missing where they are not), `entry_money` = franchise fee + deposit, and for each number
        `<term>_minus_own`; these are missing where there is not exactly one own brand. `stores` where they were given.

    Examples
    --------
    >>> brands = pd.DataFrame({"own": [False, True], "rival": [True, False], "franchise_fee": [39800.0, 45000.0],
    ...                        "deposit": [20000.0, 20000.0]}, index=["B", "A"])
    >>> franchise_terms(brands)["entry_money_minus_own"].to_dict()
    {'A': 0.0, 'B': -5200.0}
    """
    numbers = ["franchise_fee", "deposit", "entry_money", "royalty", "term_years"]
    stated = ["franchise_fee", "deposit", "royalty", "term_years", "return_policy"]
    table = brands.reindex(columns=["own", "rival", *stated])
    told = table[stated].notna().any(axis=1)
    own = table["own"].astype("boolean").fillna(False).astype(bool)
    table = table[told & (own | table["rival"].astype("boolean").fillna(False).astype(bool))]
    table = table.assign(own=own.reindex(table.index), entry_money=table["franchise_fee"] + table["deposit"]).drop(
        columns="rival"
    )
    table = table.sort_index().sort_values("own", ascending=False, kind="stable")
    ours = table.loc[table["own"], numbers]
    for name in numbers:
        table[f"{name}_minus_own"] = table[name] - (ours[name].iloc[0] if len(ours) == 1 else np.nan)
    if stores is not None:
        table["stores"] = stores["brand"].value_counts().reindex(table.index, fill_value=0)
    return table
