"""
Annual amounts from the top down: year to quarters, quarters to months, months to month_weeks; locks first.
"""

from math import lcm
from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.exact import (
    check_feasible,
    checked_weights,
    exact_weights,
    largest_remainder,
    listed,
    whole_number,
)

UNITS = ("quarter", "month", "month_week")
LARGEST = 2**63 - 1  # of int64


def cascade(annual, cells, *, month_weights, units=None, locks=None):
    """
    Amounts of the month_weeks of each key.

    What is locked inside a quarter or month is set aside first; the rest goes to what is free, by weight, by largest
    remainder. Inside a month the day weights of the calendar count.

    Parameters
    ----------
    annual : Series, shape (n,)
        Whole money units of the year; distinct keys.
    cells : DataFrame, shape (n_cells,)
        As `periods.calendar` gives it.
    month_weights : Series or DataFrame
        Weight of each month id: a Series for all alike, or a row for each key.
    units : dict, optional
        Rounding unit of `quarter`, `month`, `month_week`; 1 where not given.
    locks : dict, optional
        `{key: {period: value}}`, as `locks_by_key` gives it.

    Returns
    -------
    DataFrame, shape (n, n_cells)
        int64; each row adds up to its annual amount.

    Raises
    ------
    ValueError
        If an amount is not whole, a weight is missing or cannot weigh, or locks cannot be kept (with the gap).

    Examples
    --------
    Two months, one cell each, of which the first weighs twice the second:

    >>> cells = pd.DataFrame({"quarter": "Q", "month": ["M1", "M2"], "weight": 1.0}, index=["W1", "W2"])
    >>> weights = pd.Series({"M1": 2, "M2": 1})
    >>> cascade(pd.Series({"T1": 100}), cells, month_weights=weights).loc["T1"].to_dict()
    {'W1': 67, 'W2': 33}
    >>> cascade(pd.Series({"T1": 100}), cells, month_weights=weights, locks={"T1": {"M2": 50}}).loc["T1"].to_dict()
    {'W1': 50, 'W2': 50}
    """
    totals = {key: whole_number(total, f"the annual target of {key}") for key, total in annual.items()}
    if sum(totals.values()) > LARGEST:
        raise ValueError(f"the annual targets add up to more than {LARGEST}")
    units = _checked_units(units)
    monthly = _exact_months(month_weights, annual.index, cells["month"].unique())
    tree = _tree(cells)
    finest = np.zeros((len(annual), len(cells)), dtype="int64")
    for row, (key, total) in enumerate(totals.items()):
        held = (locks or {}).get(key, {})
        finest[row] = _spread(total, tree, monthly[key], units=units, locks=held, key=key)
    return pd.DataFrame(finest, annual.index, cells.index)


def locks_by_key(locks, keys, cells):
    """
    Locks as `{key: {period: value}}`.

    Parameters
    ----------
    locks : DataFrame or None
        A column named like `keys`, `period` (a quarter, month or month_week id) and `value` (whole money units).
    keys : Index
        The named index of the annual amounts.
    cells : DataFrame
        As `periods.calendar` gives it.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If a key or period is unknown, a period is locked twice, or a value is not a whole number of at least 0.

    Examples
    --------
    >>> cells = pd.DataFrame({"quarter": ["Q1"], "month": ["M1"]}, index=["W1"])
    >>> locks = pd.DataFrame({"territory_id": ["T1"], "period": ["M1"], "value": [50]})
    >>> locks_by_key(locks, pd.Index(["T1"], name="territory_id"), cells)
    {'T1': {'M1': 50}}
    """
    if locks is None:
        return {}
    periods = set(cells["quarter"]) | set(cells["month"]) | set(cells.index)
    found = {}
    for key, period, value in locks[[keys.name, "period", "value"]].itertuples(index=False):
        if key not in keys:
            raise ValueError(f"locks name {key}, which has no annual target")
        if period not in periods:
            raise ValueError(
                f"the lock of {key} is on {period!r}; it must be a quarter, month or month_week of the year"
            )
        if period in found.setdefault(key, {}):
            raise ValueError(f"{key} is locked twice in {period}")
        found[key][period] = whole_number(value, f"the lock of {key} in {period}")
    return found


def _spread(total, tree, monthly, *, units, locks, key):
    """Amounts of the cells of one key, in order of time."""
    months = {}
    for month, cells in tree.months.items():
        held = locks.get(month, sum(locks.get(cell, 0) for cell in cells))
        open_share = 0 if month in locks else sum(share for cell, share in cells.items() if cell not in locks)
        months[month] = held, monthly[month] * open_share * tree.scale[month]
    quarters = {}
    for quarter, inside in tree.quarters.items():
        held = locks.get(quarter, sum(months[month][0] for month in inside))
        quarters[quarter] = held, 0 if quarter in locks else sum(months[month][1] for month in inside)
    amounts = []
    for quarter, in_quarter in _divide(total, quarters, units["quarter"], f"{key} in the year"):
        inside = {month: months[month] for month in tree.quarters[quarter]}
        for month, in_month in _divide(in_quarter, inside, units["month"], f"{key} in {quarter}"):
            cells = {
                cell: (locks[cell], 0) if cell in locks else (0, share) for cell, share in tree.months[month].items()
            }
            amounts += [amount for _, amount in _divide(in_month, cells, units["month_week"], f"{key} in {month}")]
    return amounts


def _divide(amount, parts, unit, what):
    """An amount over parts of (what is locked inside, free weight): each keeps its own and takes its share."""
    rest = amount - sum(held for held, _ in parts.values())
    weights = [weight for _, weight in parts.values()]
    check_feasible(rest, sum(weights), what=f"amount {amount} of {what}")
    shares = largest_remainder(rest, weights, unit)
    return [(name, held + share) for (name, (held, _)), share in zip(parts.items(), shares)]


class _Tree(NamedTuple):
    """Months of each quarter; share of each cell by month; a factor that brings all months' shares to one sum."""

    quarters: dict
    months: dict
    scale: dict


def _tree(cells):
    quarters, months = {}, {}
    for cell, quarter, month, share in zip(
        cells.index, cells["quarter"], cells["month"], exact_weights(cells["weight"])
    ):
        months.setdefault(month, {})[cell] = share
        if month not in quarters.setdefault(quarter, []):
            quarters[quarter].append(month)
    sums = {month: sum(shares.values()) for month, shares in months.items()}
    base = lcm(*sums.values())
    return _Tree(quarters, months, {month: base // size for month, size in sums.items()})


def _exact_months(month_weights, keys, months):
    """Exact whole weights of the months by key: {key: {month: weight}}."""
    if isinstance(month_weights, pd.Series):
        return dict.fromkeys(keys, _of_months(month_weights, months, "month_weights"))
    absent = keys.difference(month_weights.index)
    if len(absent):
        raise ValueError(f"month_weights lack rows for {listed(absent)}")
    rows = zip(keys, month_weights.loc[keys].to_dict("records"))
    return {key: _of_months(pd.Series(row), months, f"the month_weights of {key}") for key, row in rows}


def _of_months(weights, months, name):
    absent = [month for month in months if month not in weights]
    if absent:
        raise ValueError(f"{name} lack {listed(absent)}")
    try:
        return dict(zip(months, exact_weights(checked_weights(weights[list(months)]))))
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None


def _checked_units(units):
    units = dict(units or {})
    unknown = sorted(set(units) - set(UNITS))
    if unknown:
        raise ValueError(f"units are for {', '.join(UNITS)}, not {listed(unknown)}")
    return {name: whole_number(units.get(name, 1), f"unit of {name}", least=1) for name in UNITS}
