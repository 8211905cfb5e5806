"""
Annual amounts from the top down, all rows at once: year to quarters to months to month_weeks, locks first.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.breakdown.calendars import spans
from expansion_kit.targets.breakdown.locks import Lock, contradiction, settled
from expansion_kit.targets.splitting.apportionment import share_out, whole_weights

LEVELS = ("quarter", "month", "month_week")
_LEAST = 1e-150  # of the largest weight: smaller ones are taken as this


def cascade(totals, cells, *, month_weights=None, units=None, locks=None, fixed=None, open_shares=None, names=None):
    """
    Amounts of the month_weeks of each row.

    What is fixed or locked inside a quarter or month is set aside first; the rest goes to what is free, by weight, by
    largest remainder. A lock is on the whole amount of its period, with what is fixed in it. A locked week that lies in
    two months is split by weight, as near to that as the other locks allow.

    Parameters
    ----------
    totals : ndarray, shape (n,)
        int64, whole money units of the year.
    cells : DataFrame, shape (n_cells,)
        As `calendars.calendar` gives it.
    month_weights : ndarray, shape (n, n_months), optional
        Finite, at least 0; without it a month weighs its days' weights.
    units : dict, optional
        Rounding unit of `quarter`, `month`, `month_week`, a number or one a row; 1 where not given. What is fixed is
        not rounded.
    locks : DataFrame, optional
        `row` (position in `totals`), `period` (of any type), `value` (int); each row and period once.
    fixed : ndarray, shape (n, n_cells), optional
        int64 amounts that are there already: openings, sales to date.
    open_shares : ndarray, shape (n_cells,), optional
        Share of each cell's `weight` that is still free to take (0 to 1); all of it where not given.
    names : sequence of str, optional
        Names of the rows, for messages.

    Returns
    -------
    ndarray, shape (n, n_cells)
        int64; each row adds up to its total.

    Raises
    ------
    ValueError
        If locks cannot be kept, or an amount finds no weight; names the binding locks and the gap.

    Examples
    --------
    Two months, one cell each, of which the first weighs twice the second:

    >>> days = {"period_start": pd.Timestamp("2027-01-01"), "period_end": pd.Timestamp("2027-01-01"), "days": 1}
    >>> ids = {"year": "Y", "quarter": "Q", "month": ["M1", "M2"], "week": ["W1", "W2"], "weight": 1.0}
    >>> cells = pd.DataFrame({**ids, **days}, index=["M1/W1", "M2/W2"])
    >>> cascade(np.array([100]), cells, month_weights=np.array([[2, 1]]))
    array([[67, 33]])
    >>> locks = pd.DataFrame({"row": [0], "period": ["M2"], "value": [50]})
    >>> cascade(np.array([100]), cells, month_weights=np.array([[2, 1]]), locks=locks)
    array([[50, 50]])
    """
    tree = _tree(cells)
    fixed = np.zeros((len(totals), len(cells)), "int64") if fixed is None else fixed
    locks = _placed(locks, tree)
    monthly, weekly = _weights(tree, month_weights, open_shares, len(totals))
    units = {level: np.broadcast_to((units or {}).get(level, 1), len(totals)) for level in LEVELS}
    columns = [locks[name].to_numpy() for name in ("row", "period_type", "period", "start", "stop", "value")]
    system = partial(_system, totals, tree, columns, fixed, monthly, weekly)
    refuse = partial(_refuse, system, names)
    locks = _without_weeks(locks, system, refuse, units["month_week"])
    held = {level: _held(locks, tree, level, fixed) for level in ("year", *LEVELS)}
    free = totals - fixed.sum(axis=1)
    year_locked, year_left = held["year"]
    refuse(np.flatnonzero((year_locked & (year_left != free[:, None])).any(axis=1)))
    refuse(np.flatnonzero((held["month_week"][1] < 0).any(axis=1)))
    return fixed + _spread(free, tree, monthly, weekly, held, units, refuse)


def _spread(free, tree, monthly, weekly, held, units, refuse):
    """Year to quarters to months to cells, each step one split of all rows."""
    quarter_locked, quarter_value = held["quarter"]
    month_locked, month_value = held["month"]
    cell_locked, cell_value = held["month_week"]
    weekly = np.where(cell_locked, 0, weekly)
    monthly = np.where(month_locked, 0, monthly * (tree.by_month(weekly) / tree.by_month(tree.weight)))
    in_month = np.where(month_locked, month_value, tree.by_month(cell_value))
    in_quarter = np.where(quarter_locked, quarter_value, tree.by_quarter(in_month))
    quarterly = tree.by_quarter(whole_weights(np.where(quarter_locked[:, tree.quarter], 0, monthly)))
    years = np.arange(len(tree.first_months))[None, :]
    quarters = _divide(free[:, None], in_quarter, quarterly, years, units["quarter"], refuse)
    months = _divide(quarters, in_month, monthly, tree.months_of, units["month"], refuse)
    return _divide(months, cell_value, weekly, tree.cells_of, units["month_week"], refuse)


def _divide(amounts, held, weights, children, unit, refuse):
    """Amounts of parents over their children: each keeps what it holds and takes its share of the rest by weight."""
    there = children >= 0
    weights = np.where(there, weights[:, children], 0)
    weights = weights if weights.dtype.kind == "i" else whole_weights(weights)
    rest = amounts - np.where(there, held[:, children], 0).sum(axis=-1)
    refuse(np.flatnonzero(((rest < 0) | ((rest > 0) & ~weights.any(axis=-1))).any(axis=1)))
    shares = share_out(rest, weights, unit[:, None])
    parts = held.copy()
    parts[:, children[there]] += shares[:, there]
    return parts


class _Tree(NamedTuple):
    """Cells, months and quarters as positions: each one's parent, each one's children, each parent's first child."""

    cells: pd.DataFrame
    spans: pd.DataFrame
    weight: np.ndarray
    month: np.ndarray
    quarter: np.ndarray
    first_cells: np.ndarray
    first_months: np.ndarray
    cells_of: np.ndarray
    months_of: np.ndarray

    def by_month(self, values):
        return np.add.reduceat(values, self.first_cells, axis=1)

    def by_quarter(self, values):
        return np.add.reduceat(values, self.first_months, axis=1)


def _tree(cells):
    month = pd.factorize(cells["month"])[0]
    first_cells = np.unique(month, return_index=True)[1]
    quarter = pd.factorize(cells["quarter"].iloc[first_cells])[0]
    first_months = np.unique(quarter, return_index=True)[1]
    weight = _scaled(cells["weight"].to_numpy(float)[None, :])
    children = _children(month), _children(quarter)
    return _Tree(cells, spans(cells), weight, month, quarter, first_cells, first_months, *children)


def _weights(tree, month_weights, open_shares, n):
    """Weights of the months (n, n_months) and what is free of those of the cells (n, n_cells)."""
    months = tree.by_month(tree.weight) if month_weights is None else _scaled(month_weights)
    cells = tree.weight * (1 if open_shares is None else open_shares)
    return np.broadcast_to(months, (n, len(tree.first_cells))), np.broadcast_to(cells, (n, len(tree.cells)))


def _scaled(weights):
    """Brought near 1 by a power of two, which changes no proportion, so that no product of two vanishes."""
    _, exponent = np.frexp(weights.max(axis=-1, keepdims=True))
    return np.where(weights > 0, np.maximum(np.ldexp(np.asarray(weights, float), -exponent), _LEAST), 0)


def _children(parents):
    """Positions of the children of each parent, filled up with -1."""
    groups = [np.flatnonzero(parents == parent) for parent in range(parents.max() + 1)]
    most = max(map(len, groups))
    return np.array([np.pad(group, (0, most - len(group)), constant_values=-1) for group in groups])


def _placed(locks, tree):
    """Locks by row, with the type of their periods and the cells these are made of."""
    locks = pd.DataFrame({"row": [], "period": [], "value": []}) if locks is None else locks
    named = tree.spans.loc[locks["period"], ["period_type", "start", "stop"]]
    table = locks[["row", "period", "value"]].astype({"row": int, "value": "int64"})
    return table.assign(**named.reset_index(drop=True).set_axis(table.index)).sort_values("row", kind="stable")


def _held(locks, tree, level, fixed):
    """Which periods of a level are locked, and the amount that the lock leaves beside what is fixed."""
    periods = tree.spans[tree.spans["period_type"] == level]
    locked = np.zeros((len(fixed), len(periods)), bool)
    value = np.zeros(locked.shape, "int64")
    mine = locks[locks["period_type"] == level]
    at = mine["row"], np.searchsorted(periods["start"], mine["start"])
    locked[at], value[at] = True, mine["value"]
    value -= np.add.reduceat(fixed, periods["start"], axis=1) * locked
    return locked, value


def _without_weeks(locks, system, refuse, units):
    """
    Locks of weeks as locks of month_weeks.

    Rows that lock a week of two months, or one month_week twice, are looked at one by one.
    """
    small = locks["period_type"].isin(["week", "month_week"])
    plain = locks.assign(period_type=locks["period_type"].mask(small, "month_week"))
    double = small & plain.duplicated(["row", "period_type", "start"])
    hard = locks["row"][double | (small & (locks["stop"] - locks["start"] > 1))].unique()
    found = {row: settled(*system(row), unit=int(units[row])) for row in hard}
    refuse([row for row, settlement in found.items() if settlement is None])
    parts = [
        (row, lock.value, "month_week", lock.start)
        for row, settlement in found.items()
        for lock in settlement
        if lock.stop - lock.start == 1
    ]
    parts = pd.DataFrame(parts, columns=["row", "value", "period_type", "start"])
    return pd.concat([plain[~(small & locks["row"].isin(hard))], parts]) if len(parts) else plain


def _system(totals, tree, locks, fixed, monthly, weekly, row):
    """The locks of a row with its total, what is fixed, which cells take no more, and the cells' weights."""
    rows, kinds, *columns = locks
    mine = slice(*np.searchsorted(rows, [row, row + 1]))
    periods, starts, stops, values = (column[mine].tolist() for column in columns)
    weeks = [kind == "week" for kind in kinds[mine]]
    whole = Lock(f"{tree.cells['year'].iloc[0]} (total)", 0, len(tree.cells), int(totals[row]))
    found = [Lock(*lock) for lock in zip(periods, starts, stops, values, weeks)]
    weights = (monthly[row] / tree.by_month(tree.weight)[0])[tree.month] * weekly[row]
    shut = weights == 0
    for start, stop in (lock[1:3] for lock, kind in zip(found, kinds[mine]) if kind == "month"):
        shut[start:stop] = weekly[row][start:stop] == 0
    for start, stop in (lock[1:3] for lock, kind in zip(found, kinds[mine]) if kind in ("week", "month_week")):
        shut[start:stop] = False
    return [whole, *found], fixed[row].tolist(), shut.tolist(), weights.tolist()


def _refuse(system, names, rows):
    """Raise for the first of the rows, with its reason."""
    if len(rows):
        first = int(rows[0])
        name = first if names is None else names[first]
        more = f" (and {len(rows) - 1} more like it)" if len(rows) > 1 else ""
        raise ValueError(f"{name}: {contradiction(*system(first)[:3])}{more}")
