"""Analog stores: a place will sell what the stores sell that are most like it, shown by name (Applebaum)."""

import numpy as np
import pandas as pd

K = 5
EPSILON = 0.1  # added to a distance, in standard deviations: a twin weighs much, not everything


def analogs(places, stores, *, k=K, epsilon=EPSILON):
    """
    The k stores most like each place, and what each weighs.

    The distance is the root of the mean squared difference of the features, each in standard deviations of the stores;
    features that are never below 0 are taken as log(1 + x). Of stores equally like the one with the first id is taken.

    Parameters
    ----------
    places : DataFrame, shape (n_places, n_features)
        Features of sites or stores, as from `site_features`. A store among the places is not its own analog (same index
        name).
    stores : DataFrame, shape (n_stores, n_features)
        The same features of open own stores whose sales are known; a store that lacks one is left out.
    k : int
        Analogs of each place.
    epsilon : float
        Added to each distance.

    Returns
    -------
    DataFrame, k rows a place at most
        Index place (named as that of `places`) and `rank` from 1; `store_id`, `distance` (standard deviations) and
        `weight` = 1 / (distance + epsilon), brought to the sum 1. A place that lacks a feature has no rows.

    Raises
    ------
    ValueError
        If no feature differs between the stores, or k or epsilon is not above 0.

    References
    ----------
    Applebaum, W. (1966). Methods for determining store trade areas, market penetration, and potential sales. Journal of
    Marketing Research 3(2), 127-141.

    Examples
    --------
    >>> stores = pd.DataFrame({"floor_area_sqm": [30.0, 40, 90]}, index=["S1", "S2", "S3"])
    >>> site = pd.DataFrame({"floor_area_sqm": [40.0]}, index=pd.Index(["P1"], name="site_id"))
    >>> analogs(site, stores, k=2)["store_id"].tolist()
    ['S2', 'S1']
    """
    if k < 1 or not epsilon > 0:
        raise ValueError(f"k must be at least 1 and epsilon above 0, but are {k} and {epsilon}")
    complete = stores.astype(float).dropna().sort_index()
    complete = complete.loc[:, complete.nunique() > 1]
    if complete.empty:
        raise ValueError("stores need a feature that all of them know and in which they differ")
    asked = places[complete.columns].astype(float).dropna()
    distance = _distances(asked, complete)
    if places.index.name is not None and places.index.name == stores.index.name:
        distance[asked.index.to_numpy()[:, None] == complete.index.to_numpy()] = np.inf
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(distance, order, axis=1)
    weight = 1.0 / (near + epsilon)
    index = pd.MultiIndex.from_product(
        [asked.index, range(1, order.shape[1] + 1)], names=[places.index.name or "place", "rank"]
    )
    table = pd.DataFrame({"store_id": complete.index.to_numpy()[order].ravel(), "distance": near.ravel()}, index=index)
    table["weight"] = (weight / weight.sum(axis=1, keepdims=True)).ravel()
    return table[np.isfinite(table["distance"])]


def analog_sales(likes, sales, *, per_place=None, per_store=None):
    """
    Sales of each place: the weighted mean of what its analogs sell.

    Parameters
    ----------
    likes : DataFrame
        As from `analogs`.
    sales : Series
        Money a month, by store_id.
    per_place, per_store : Series, optional
        What sales are counted by, such as people within reach or square metres: the mean is then of sales a head,
        times the heads of the place.

    Returns
    -------
    Series
        `sales`, money a month, by place.

    Examples
    --------
    Two analogs as near as each other sell 3 and 5 a head; 1,000 people live around the site:

    >>> index = pd.MultiIndex.from_tuples([("P1", 1), ("P1", 2)], names=["site_id", "rank"])
    >>> likes = pd.DataFrame({"store_id": ["S1", "S2"], "weight": [0.5, 0.5]}, index=index)
    >>> heads = pd.Series({"S1": 100.0, "S2": 200.0})
    >>> known = pd.Series({"S1": 300.0, "S2": 1000.0})
    >>> analog_sales(likes, known, per_place=pd.Series({"P1": 1000.0}), per_store=heads).to_dict()
    {'P1': 4000.0}
    """
    each = sales if per_store is None else sales / per_store.where(per_store > 0)
    place = likes.index.get_level_values(0)
    sums = (likes["store_id"].map(each) * likes["weight"]).groupby(place, sort=False).agg(lambda s: s.sum(skipna=False))
    if per_place is not None:
        sums = sums * per_place.reindex(sums.index)
    return sums.rename("sales")


def unlike(likes, stores):
    """
    Places that no store is like: their nearest analog is farther off than that of 19 in 20 stores.

    Parameters
    ----------
    likes : DataFrame
        As from `analogs`, for the places.
    stores : DataFrame
        As for `analogs`.

    Returns
    -------
    Series of bool
        `unlike`, by place.

    Examples
    --------
    >>> stores = pd.DataFrame({"x": [0.0, 1, 3, 7]}, index=pd.Index(list("ABCD"), name="store_id"))
    >>> places = pd.DataFrame({"x": [1.0, 900.0]}, index=["P1", "P2"])
    >>> unlike(analogs(places, stores), stores).to_dict()
    {'P1': False, 'P2': True}
    """
    own = analogs(stores.rename_axis("store_id"), stores.rename_axis("store_id"), k=1)["distance"]
    nearest = likes["distance"].groupby(level=0, sort=False).min()
    return (nearest > own.quantile(0.95)).rename("unlike")


def _distances(asked, complete):
    """Root mean squared difference in standard deviations, shape (n_places, n_stores)."""
    logged = (complete >= 0).all().to_numpy()
    a, b = asked.to_numpy(), complete.to_numpy()
    a, b = (np.where(logged, np.log1p(np.where(logged, np.maximum(x, 0.0), 0.0)), x) for x in (a, b))
    scale = b.std(axis=0)
    return np.sqrt(((a[:, None, :] / scale - b[None, :, :] / scale) ** 2).mean(axis=2))
