"""
A plan read back from its long table: the same types, and refused where it no longer adds up.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.calendars import PERIOD_TYPES
from expansion_kit.targets.exact import listed
from expansion_kit.targets.periods import COLUMNS
from expansion_kit.targets.plan_rows import whole_numbers

HEADS = ["plan_id", "metric", "tier", "level", "territory_id", "store_id"]
_TRUTH = {
    "True": True,
    "TRUE": True,
    "true": True,
    "1": True,
    "False": False,
    "FALSE": False,
    "false": False,
    "0": False,
}


def read_targets(table):
    """
    The long table of targets as `periods.breakdown` made it, from one whose cells may be texts.

    Parameters
    ----------
    table : DataFrame
        The columns of `targets.csv` in any order, ids as text; others are left out. One or several plans; month_weeks
        and what is a sum of them.

    Returns
    -------
    DataFrame
        The columns of `targets.csv` in their order, the rows in theirs; `value` and `days` int64, `locked` bool, the
        first and last day as timestamps, missing ids as None.

    Raises
    ------
    ValueError
        If a column is missing, a cell cannot be read, a row is doubled, or something does not add up: month_weeks to
        weeks, months, quarters and the year, stores to territories, territories to the network. All faults of one kind
        together, with the gap.

    Examples
    --------
    >>> from expansion_kit.targets.periods import breakdown
    >>> plan = breakdown(pd.Series([100], pd.Index(["T1"], name="territory_id")), year=2027, plan_id="P1")
    >>> read_targets(plan.astype(str).replace("None", "")).equals(plan)
    True
    """
    absent = [name for name in COLUMNS if name not in table]
    if absent:
        raise ValueError(f"the targets lack the columns {', '.join(absent)}")
    plan = _typed(table[list(COLUMNS)].reset_index(drop=True))
    double = plan.duplicated([*HEADS, "period"])
    faults = [f"{_name(row)} stands twice" for row in plan[double].to_dict("records")]
    faults = faults or [*_periods_that_differ(plan), *_parents_that_differ(plan)]
    if faults:
        more = [f"and {len(faults) - 10} more"] if len(faults) > 10 else []
        raise ValueError("the targets do not add up:\n  - " + "\n  - ".join(faults[:10] + more))
    return plan


def _typed(table):
    """Texts as what they stand for."""
    for name, allowed in {"period_type": PERIOD_TYPES, "level": ("network", "territory", "store")}.items():
        strange = table.loc[~table[name].isin(allowed), name].unique()
        if len(strange):
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, but is {listed(strange)}")
    texts = ["plan_id", "metric", "tier", "level", "period_type", "period", "method"]
    locked = table["locked"].astype(str).map(_TRUTH)
    if locked.isna().any():
        raise ValueError(f"locked must be True or False, but is {listed(table.loc[locked.isna(), 'locked'].unique())}")
    ids = {
        name: table[name].astype(object).where(table[name].notna() & (table[name] != ""), None) for name in HEADS[4:]
    }
    days = {name: _timestamps(table[name]) for name in ("period_start", "period_end")}
    named = table["period"].astype(str)
    counts = {name: _counts(table[name], f"{name} in " + named) for name in ("days", "value")}
    return table.astype(dict.fromkeys(texts, object)).assign(locked=locked.astype(bool), **ids, **days, **counts)


def _timestamps(column):
    try:
        return pd.to_datetime(column, format="ISO8601").astype("datetime64[ns]")
    except ValueError:
        raise ValueError(
            f"{column.name} must be days like 2027-02-28, but begin with {listed(column.unique())}"
        ) from None


def _counts(column, names):
    """Whole numbers, of texts digit by digit: a float would lose the last ones."""
    if column.dtype == object:
        text = column.astype(str)
        strange = ~text.str.fullmatch(r"-?\d+(\.0+)?")
        if strange.any():
            raise ValueError(f"{names[strange].iloc[0]} must be a whole number, but is {text[strange].iloc[0]!r}")
        column = text.str.split(".").str[0].map(int)
    return whole_numbers(column, names, least=-(2**63), most=2**63 - 1)


def _periods_that_differ(plan):
    """Years, quarters, months and weeks that are not the sum of their month_weeks."""
    group = plan.groupby(HEADS, dropna=False, sort=False).ngroup().to_numpy()
    days = [plan[name].to_numpy().astype("datetime64[D]").astype("int64") for name in ("period_start", "period_end")]
    first, last = (group * 10**7 + day for day in days)
    cells = np.flatnonzero(plan["period_type"] == "month_week")
    cells = cells[np.argsort(first[cells], kind="stable")]
    sums = {name: np.append(0, np.cumsum(plan[name].to_numpy()[cells])) for name in ("value", "days")}
    upper = np.flatnonzero(plan["period_type"] != "month_week")
    start, stop = np.searchsorted(first[cells], first[upper]), np.searchsorted(first[cells], last[upper], side="right")
    gaps = {name: plan[name].to_numpy()[upper] - (total[stop] - total[start]) for name, total in sums.items()}
    for at in np.flatnonzero((gaps["value"] != 0) | (gaps["days"] != 0)):
        row, what = plan.iloc[upper[at]], "value" if gaps["days"][at] == 0 else "days"
        parts = row[what] - gaps[what][at]
        unit = " days" if what == "days" else ""
        yield f"{_name(row)} is {row[what]}{unit}, but its month_weeks add up to {parts}: the gap is {gaps[what][at]}"


def _parents_that_differ(plan):
    """Rows of the network and of territories that are not the sum of what lies under them."""
    scope = plan.groupby(["plan_id", "metric", "tier"], sort=False).ngroup()
    plan = plan.assign(scope=scope)
    is_level = {level: plan["level"] == level for level in ("network", "territory", "store")}
    has = {level: rows.groupby(scope).transform("any") for level, rows in is_level.items()}
    under_network = is_level["territory"] | (is_level["store"] & ~has["territory"])
    for upper, lower, keys in (
        (is_level["network"], under_network, ["scope", "period"]),
        (is_level["territory"] & has["store"], is_level["store"], ["scope", "period", "territory_id"]),
    ):
        parts = plan[lower].groupby(keys)["value"].sum().rename("parts").astype("Int64")
        both = plan[upper].merge(parts, on=keys, how="left")
        for row in both[(both["value"] != both["parts"]).fillna(True)].to_dict("records"):
            parts = "nothing" if pd.isna(row["parts"]) else int(row["parts"])
            yield f"{_name(row)} is {row['value']}, but what lies under it adds up to {parts}"


def _name(row):
    key = row["store_id"] or row["territory_id"] or "the network"
    return f"{key} {row['metric']} {row['tier']} in {row['period']}"
