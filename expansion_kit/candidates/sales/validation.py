"""
How good a forecast of a new site's sales is: tried on own stores that were held out, by blocks of the city.

A store held out at random still has its neighbours among those learned from; a new site often has none. So errors are
given for both, and the split by blocks, no smaller than the reach of what the forecast misses, is the one that counts.
"""

import numpy as np
import pandas as pd

from expansion_kit import geo

LEAST_BLOCK = 2000.0  # metres; a smaller block still has neighbours across the street
STEP = 500.0  # metres; width of a class of distances
FEWEST = 10  # stores without which no split is tried


def correlation_range(points, errors, *, step=STEP, most=10):
    """
    How far errors of near places are alike.

    Pairs of places go into classes of distance; the range ends where their correlation is no longer above what
    unrelated errors give in 19 of 20 cases (1.645 standard errors).

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries, shape (n,)
        Points in metres.
    errors : Series
        Errors by place, such as logarithms of known over forecast sales; missing ones are left out.
    step : float
        Metres, width of a class.
    most : int
        Classes.

    Returns
    -------
    float
        Metres, the far end of the last class, counted from the first, in which errors are alike; 0 where those of the
        first are not; missing with fewer than 10 errors.

    References
    ----------
    Bjornstad, O. N. and Falck, W. (2001). Nonparametric spatial covariance functions. Environmental and Ecological
    Statistics 8(1), 53-70.

    Examples
    --------
    Errors alike within 400 m, not beyond:

    >>> import geopandas as gpd
    >>> x = np.repeat(np.arange(8) * 5000, 3) + np.tile([0, 200, 400], 8)
    >>> points = gpd.GeoSeries.from_xy(x, 0 * x, crs=geo.metric_crs([127.0], [37.5]))
    >>> correlation_range(points, pd.Series(np.repeat([1.0, -1, -1, 1, 1, -1, -1, 1], 3)))
    500.0
    """
    known = errors[errors.index.isin(points.index[points.geometry.notna()])].dropna()
    if len(known) < FEWEST:
        return float("nan")
    where = points.geometry.loc[known.index]
    metres = geo.distances(where, where)
    i, j = np.triu_indices(len(known), 1)
    z = (known - known.mean()).to_numpy()
    product = z[i] * z[j] / max((z**2).mean(), 1e-300)
    reach = 0.0
    for lag in range(most):
        pairs = (metres[i, j] >= lag * step) & (metres[i, j] < (lag + 1) * step)
        if not pairs.any() or product[pairs].mean() <= 1.645 / np.sqrt(pairs.sum()):
            break
        reach = (lag + 1) * step
    return float(reach)


def blocks(points, size):
    """
    The square block of the city that each place lies in.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries, shape (n,)
        Points in metres.
    size : float
        Metres, side of a block.

    Returns
    -------
    Series, shape (n,)
        `block`, its column and row as text; None for a place without a position.

    Examples
    --------
    >>> import geopandas as gpd
    >>> points = gpd.GeoSeries.from_xy([10, 1990, 2010], [0, 0, -1], crs=geo.metric_crs([127.0], [37.5]))
    >>> blocks(points, 2000).tolist()
    ['0:0', '0:0', '1:-1']
    """
    geo.check_metres(points)
    if not size > 0:
        raise ValueError(f"the side of a block must be above 0 m, but is {size}")
    where = points.geometry
    names = [
        None if point is None or point.is_empty else f"{int(point.x // size)}:{int(point.y // size)}" for point in where
    ]
    return pd.Series(names, index=points.index, name="block", dtype=object)


def folds(groups, *, splits=5):
    """
    Whole groups put together into folds of like size.

    Parameters
    ----------
    groups : Series
        Block, district or city of each store.
    splits : int or None
        Number of folds, no more than there are groups; None makes each group a fold of its own.

    Returns
    -------
    Series
        `fold`, by store; those without a group are left out. Empty where there are fewer than two groups.

    Examples
    --------
    >>> folds(pd.Series(["a", "b", "a", "c"]), splits=2).tolist()
    [0, 1, 0, 1]
    """
    from sklearn.model_selection import GroupKFold

    named = groups.dropna().sort_index()
    found = pd.Series(dtype="int64", index=named.index[:0], name="fold")
    if named.nunique() < 2:
        return found
    if splits is None:
        codes = named.astype("category").cat.codes.astype("int64")
        return codes.rename("fold").reindex(groups.index.intersection(named.index))
    names = named.astype(str).to_numpy()
    found = pd.Series(0, index=named.index, name="fold")
    parts = GroupKFold(min(splits, named.nunique())).split(names, groups=names)
    for number, (_, held) in enumerate(parts):
        found.iloc[held] = number
    return found.reindex(groups.index.intersection(named.index))


def random_folds(index, *, splits=5, seed=0):
    """
    Stores dealt into folds at random, whatever the order they come in.

    Examples
    --------
    >>> sorted(random_folds(["S3", "S1", "S2", "S4"], splits=2).tolist())
    [0, 0, 1, 1]
    """
    ordered = pd.Index(index).sort_values()
    dealt = np.random.default_rng(seed).permutation(len(ordered)) % min(splits, max(len(ordered), 1))
    return pd.Series(dealt, index=ordered, name="fold").reindex(pd.Index(index))


def held_out(road, known, fold, *, points=None, buffer=0.0):
    """
    What a road says of each place without each fold of stores.

    Parameters
    ----------
    road : function
        As in `sales_roads`.
    known : Series
        Money a month, by store.
    fold : Series
        As from `folds`, for stores of `known`; a store of no fold is learned from each time.
    points : GeoDataFrame or GeoSeries, optional
        Of the stores, in metres; needed with a buffer.
    buffer : float
        Metres around the stores held out within which no store is learned from.

    Returns
    -------
    own : Series
        `sales` of each store by what was learned without its fold, on the index of `fold`.
    at_stores, at_sites : DataFrame
        Sales of every place; one column a fold, that was held out.
    """
    at_stores, at_sites = {}, {}
    for number in sorted(fold.unique()):
        held = fold.index[fold == number]
        learning = known.drop(held)
        if buffer > 0:
            learning = learning.drop(_within(points.geometry, learning.index, held, buffer))
        stores, sites = road(learning, held)
        at_stores[number], at_sites[number] = stores["sales"], sites["sales"]
    at_stores, at_sites = pd.DataFrame(at_stores), pd.DataFrame(at_sites)
    own = pd.Series(np.nan, index=fold.index, name="sales")
    for number in at_stores:
        own[fold == number] = at_stores[number].reindex(fold.index[fold == number])
    return own, at_stores, at_sites


def _within(points, learning, held, buffer):
    near = geo.distances(points.loc[learning], points.loc[held]).min(axis=1) < buffer
    return learning[near]


def errors(known, forecast):
    """
    How far a forecast is off.

    Parameters
    ----------
    known, forecast : Series
        Money a month; places that one of them lacks, or where it is not above 0, are left out.

    Returns
    -------
    dict
        `stores`; `wape` (sum of absolute errors over sum of known sales), `mape` and `median_error` (mean and median of
        absolute errors as shares of known sales), `r2_log` (of logarithms, against their mean). Missing without stores.

    Examples
    --------
    >>> told = errors(pd.Series({"A": 100.0, "B": 300.0}), pd.Series({"A": 150.0, "B": 300.0}))
    >>> told["wape"], told["mape"], told["median_error"]
    (0.125, 0.25, 0.25)
    """
    both = pd.DataFrame({"known": known, "forecast": forecast}).dropna()
    both = both[(both > 0).all(axis=1)]
    if both.empty:
        return {"stores": 0, "wape": np.nan, "mape": np.nan, "median_error": np.nan, "r2_log": np.nan}
    off = (both["forecast"] - both["known"]).abs()
    logs = np.log(both)
    spread = ((logs["known"] - logs["known"].mean()) ** 2).sum()
    return {
        "stores": len(both),
        "wape": float(off.sum() / both["known"].sum()),
        "mape": float((off / both["known"]).mean()),
        "median_error": float((off / both["known"]).median()),
        "r2_log": float(1 - ((logs["known"] - logs["forecast"]) ** 2).sum() / spread) if spread > 0 else np.nan,
    }


def error_table(known, told):
    """
    Errors of several forecasts, on the stores that all of them tell.

    Parameters
    ----------
    known : Series
        Money a month, by store.
    told : dict of Series
        Held-out forecasts, by name; one that tells no store at all does not count for the others.

    Returns
    -------
    DataFrame
        By name: `stores`, `wape`, `mape`, `median_error`, `r2_log`.

    Examples
    --------
    >>> known = pd.Series({"A": 100.0, "B": 200.0})
    >>> told = {"huff": pd.Series({"A": 90.0, "B": 200.0}), "analogs": pd.Series({"A": 80.0})}
    >>> error_table(known, told)["wape"].round(6).to_dict()
    {'huff': 0.1, 'analogs': 0.2}
    """
    table = pd.DataFrame(told).reindex(known.index)
    speaking = table.columns[table.notna().any()]
    common = table.index[table[speaking].notna().all(axis=1)]
    rows = {name: errors(known.loc[common], table[name].loc[common]) for name in table}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("road").astype({"stores": "int64"})


def choose_kind(roads, known, fold):
    """
    Which kind of model to use: the first (the plain one), unless another beats it on groups held out.

    Beaten means: the mean squared error of logarithms is smaller by more than two standard errors of the difference.

    Parameters
    ----------
    roads : dict of function
        Roads by kind, the default first.
    known, fold
        As for `held_out`.

    Returns
    -------
    kind : str
        The one with the smallest error among the default and those that beat it.
    table : DataFrame
        By kind: as from `error_table`, `rmse_log`, and `gain` (of mean squared error against the default) with its
        `gain_error` (one standard error).
    """
    told = {kind: held_out(road, known, fold)[0] for kind, road in roads.items()}
    table = error_table(known.loc[fold.index], told)
    logs = np.log(pd.DataFrame(told)).sub(np.log(known.loc[fold.index]), axis=0).dropna() ** 2
    first = logs.columns[0]
    gain = logs.rsub(logs[first], axis=0)
    table["rmse_log"], table["gain"] = np.sqrt(logs.mean()), gain.mean()
    table["gain_error"] = gain.sem() if len(logs) > 1 else np.nan
    better = table.index[(table["gain"] > 2 * table["gain_error"]) | (table.index == first)]
    return table.loc[better, "rmse_log"].fillna(np.inf).idxmin(), table


def leave_one_out(road, known, groups):
    """
    Each city (or district) left out in turn: how the road does in a place it has learned nothing of.

    Parameters
    ----------
    road, known
        As for `held_out`.
    groups : Series
        City of each store.

    Returns
    -------
    DataFrame
        By group, and `all` of them last: as from `errors`.

    Raises
    ------
    ValueError
        If there are fewer than two groups.
    """
    fold = folds(groups.reindex(known.index), splits=None)
    if fold.empty:
        raise ValueError("there must be at least two cities (or districts): one is left out, the others teach")
    own = held_out(road, known, fold)[0]
    rows = {name: errors(known, own[groups.reindex(own.index) == name]) for name in sorted(groups.dropna().unique())}
    return pd.DataFrame.from_dict(rows | {"all": errors(known, own)}, orient="index").rename_axis(
        groups.name or "group"
    )
