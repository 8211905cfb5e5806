"""
A two-way table (territory x period) with fixed margins: iterative proportional fitting, then whole units.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed, whole_number

TOLERANCE = 1e-10  # largest relative error of a margin
ROOM = 1e-9  # how far whole amounts may lie from the fitted ones, beyond a unit


def fit_margins(seed, rows, columns, *, rounds=10_000):
    """
    Weights scaled until their rows and columns add up as stated (IPF, RAS).

    Parameters
    ----------
    seed : DataFrame, shape (n_rows, n_columns)
        Weights, at least 0; a zero stays zero.
    rows, columns : Series
        Sums that the rows and columns must have, at least 0; equal grand totals.
    rounds : int
        At most so many.

    Returns
    -------
    DataFrame
        On the index and columns of `seed`; every margin is met to 1e-10 of itself.

    Raises
    ------
    ValueError
        If grand totals differ (with the gap), a weight or margin is missing or negative, or the fitting does not
        converge, because zeros leave a margin without enough cells (the worst margin is named).

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics 11(4), 427-444.

    Examples
    --------
    >>> seed = pd.DataFrame([[1, 2], [3, 4]], ["T1", "T2"], ["H1", "H2"])
    >>> fit_margins(seed, pd.Series([5, 5], ["T1", "T2"]), pd.Series([5, 5], ["H1", "H2"])).round(3).values.tolist()
    [[2.247, 2.753], [2.753, 2.247]]
    """
    rows, columns = _margin(rows, seed.index, "rows"), _margin(columns, seed.columns, "columns")
    table = seed.to_numpy(float)
    if not (np.isfinite(table) & (table >= 0)).all():
        raise ValueError("weights must be known, finite and at least 0")
    total, other = sum(rows.tolist()), sum(columns.tolist())
    if abs(total - other) > TOLERANCE * max(total, other):
        raise ValueError(f"the rows add up to {total} and the columns to {other}: a gap of {total - other}")
    down, across = rows.to_numpy(float), columns.to_numpy(float)
    for _ in range(rounds):
        table = table * _factor(down, table.sum(axis=1))[:, None]
        table = table * _factor(across, table.sum(axis=0))
        if _error(table.sum(axis=1), down).max() <= TOLERANCE and _error(table.sum(axis=0), across).max() <= TOLERANCE:
            return pd.DataFrame(table, seed.index, seed.columns)
    errors = pd.Series(_error(table.sum(axis=1), down), seed.index), pd.Series(_error(table.sum(axis=0), across))
    worst = errors[0].idxmax() if errors[0].max() >= errors[1].max() else seed.columns[errors[1].idxmax()]
    raise ValueError(f"the margins cannot be met with these zeros: {worst} is still off by {max(map(max, errors)):.2%}")


def whole_margins(seed, rows, columns, *, locks=None):
    """
    A two-way table of whole units with exact margins, as near as can be to the fitted one.

    Parameters
    ----------
    seed : DataFrame
        As in `fit_margins`.
    rows, columns : Series
        Whole units, at least 0; equal grand totals.
    locks : dict, optional
        `{(row, column): value}` in whole units; kept, the rest is fitted.

    Returns
    -------
    DataFrame
        int64, on the index and columns of `seed`; each free cell is within a unit (and a billionth of itself) of the
        fitted table.

    Raises
    ------
    ValueError
        As `fit_margins`; or if locks exceed a margin (with the gap).

    References
    ----------
    Bacharach, M. (1966). Matrix rounding problems. Management Science 12(9), 732-742.

    Examples
    --------
    >>> seed = pd.DataFrame(1, ["T1", "T2"], ["H1", "H2"])
    >>> whole_margins(seed, pd.Series([3, 2], ["T1", "T2"]), pd.Series([2, 3], ["H1", "H2"])).sum(axis=1).tolist()
    [3, 2]
    """
    order = seed.sort_index(axis=0).sort_index(axis=1)
    rows = {key: whole_number(rows[key], f"the sum of {key}") for key in order.index}
    columns = {key: whole_number(columns[key], f"the sum of {key}") for key in order.columns}
    free, held = order.astype(float), {}
    for (row, column), value in (locks or {}).items():
        if row not in rows or column not in columns:
            raise ValueError(f"locks name what is not there: {row}, {column}")
        held[row, column] = whole_number(value, f"the lock of {row} in {column}")
        free.loc[row, column] = 0.0
        rows[row] -= held[row, column]
        columns[column] -= held[row, column]
    over = [
        f"{key} by {-left}"
        for left, key in [(v, k) for margin in (rows, columns) for k, v in margin.items()]
        if left < 0
    ]
    if over:
        raise ValueError(f"the locks exceed the sums of {listed(over)}")
    fitted = fit_margins(free, pd.Series(rows, dtype=object), pd.Series(columns, dtype=object))
    table = pd.DataFrame(
        _rounded(fitted.to_numpy(), list(rows.values()), list(columns.values())), order.index, order.columns
    )
    for (row, column), value in held.items():
        table.loc[row, column] = value
    return table.loc[seed.index, seed.columns]


def _rounded(fitted, rows, columns):
    """
    Whole cells next to the fitted ones with exact margins: a transport problem, whose corners are whole.

    Cells start at the whole number below; linear programming says which go up, the largest remainders first.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    near = np.abs(fitted - np.rint(fitted)) <= np.minimum(ROOM * np.maximum(fitted, 1), 0.01)
    low = np.where(near, np.rint(fitted), np.floor(fitted * (1 - ROOM))).astype("int64")
    high = np.where(near, np.rint(fitted), np.ceil(fitted * (1 + ROOM)))
    room = high - low
    left = [total - int(sum(map(int, row))) for total, row in zip(rows, low)]
    above = [total - int(sum(map(int, column))) for total, column in zip(columns, low.T)]
    n, m = fitted.shape
    cell = np.arange(n * m)
    sums = coo_array((np.ones(2 * n * m), (np.r_[cell // m, n + cell % m], np.r_[cell, cell])), shape=(n + m, n * m))
    cost = 1 - 2 * (fitted - low) / np.maximum(room, 1)
    found = linprog(
        cost.ravel(),
        A_eq=sums.tocsr(),
        b_eq=[*left, *above],
        bounds=np.c_[np.zeros(n * m), room.ravel()],
        method="highs-ds",
    )
    if not found.success:
        raise ValueError(f"the margins cannot be met in whole units: {found.message}")
    return low + np.rint(found.x).astype("int64").reshape(n, m)


def _factor(wanted, found):
    return np.where(found > 0, wanted / np.where(found > 0, found, 1), 0.0)


def _error(found, wanted):
    return np.abs(found - wanted) / np.maximum(wanted, 1e-300)


def _margin(values, keys, name):
    values = values.reindex(keys)
    bad = [key for key, value in values.items() if not value >= 0]
    if bad:
        raise ValueError(f"the sums of the {name} must be known and at least 0, but are not for {listed(bad)}")
    return values
