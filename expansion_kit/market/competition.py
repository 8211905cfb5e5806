"""Who else is there: rivals nearby, shares of stores and concentration."""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo


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
