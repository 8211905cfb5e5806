"""
A plan as a whole: its name, and read back from its long table, refused where it no longer adds up.
"""

import zlib

import numpy as np
import pandas as pd

from expansion_kit.targets.breakdown.calendars import PERIOD_TYPES
from expansion_kit.targets.breakdown.periods import COLUMNS, breakdown
from expansion_kit.targets.breakdown.plan_rows import key_of, plan_rows, whole_numbers
from expansion_kit.targets.splitting.exact import listed

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


def plan_name(targets, year):
    """
    A name for a plan: its year, and a checksum of its months, so that no two plans are taken for one.

    Parameters
    ----------
    targets : DataFrame
        The columns of `targets.csv`.
    year : int

    Returns
    -------
    str

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.periods import breakdown
    >>> plan = breakdown(pd.Series([5], pd.Index(["T1"], name="territory_id")), year=2027, plan_id="")
    >>> plan_name(plan, 2027) == plan_name(plan.assign(value=6), 2027), plan_name(plan, 2027)[:5]
    (False, '2027-')
    """
    months = targets.loc[targets["period_type"] == "month", [*HEADS[1:], "period", "value", "locked"]]
    rows = months.astype(object).where(months.notna(), None).itertuples(index=False, name=None)
    return f"{year}-{zlib.crc32(repr(sorted(rows, key=repr)).encode()):08x}"


def lock_clashes(annual, locks, **how):
    """
    Which targets of a year cannot be met together with the locks inside it.

    Parameters
    ----------
    annual, locks
        As `periods.breakdown` takes them.
    **how
        What else `periods.breakdown` takes.

    Returns
    -------
    DataFrame
        One row a key with locks that `breakdown` refuses, its first tier that is: the key, `tier`, `total`
        (of the year), `locks` (inside it: texts `period value`, `; ` between them).

    Examples
    --------
    >>> annual = pd.Series([100], pd.Index(["T1"], name="territory_id"))
    >>> locks = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-Q1"], "value": [120]})
    >>> lock_clashes(annual, locks, year=2027, plan_id="P").values.tolist()
    [['T1', 'base', 100, '2027-Q1 120']]
    """
    key = key_of(annual.index.names)
    table, found = plan_rows(annual), []
    for row in table[table[key].isin(locks[key])].itertuples(index=False):
        if row[0] in {key for key, *_ in found}:
            continue
        own = {name: _of(how.get(name), key, row[0]) for name in ("openings", "actuals") if name in how}
        held = _of(locks, key, row[0])
        one = pd.Series([row.value], pd.Index([row[0]], name=key))
        try:
            breakdown(one, locks=held, **how | own | {"tier": row.tier})
        except ValueError:
            inside = held[held["period"].astype(str) != str(how["year"])]
            told = "; ".join(f"{period} {value:,.0f}" for period, value in zip(inside["period"], inside["value"]))
            found.append((row[0], row.tier, row.value, told))
    return pd.DataFrame(found, columns=[key, "tier", "total", "locks"])


def _of(table, key, value):
    own = None if table is None else table[table[key] == value].reset_index(drop=True)
    return None if own is None or own.empty else own


def read_targets(table):
    """
    The long table of targets as `periods.breakdown` made it, from one whose cells may be texts.

    Parameters
    ----------
    table : DataFrame
        The columns of `targets.csv` in any order, ids as text; others are left out. One or several plans; month_weeks
        and what is a sum of them (months and what is a sum of them where a row has no month_weeks). Amounts only:
        rates and what stands at the end of a period do not add up.

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
    >>> from expansion_kit.targets.breakdown.periods import breakdown
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
    """Years, quarters, months and weeks that are not the sum of their month_weeks, or of their months without these."""
    group = plan.groupby(HEADS, dropna=False, sort=False).ngroup().to_numpy()
    days = [plan[name].to_numpy().astype("datetime64[D]").astype("int64") for name in ("period_start", "period_end")]
    first, last = (group * 10**7 + day for day in days)
    fine = plan["period_type"].eq("month_week").groupby(group).transform("any")
    finest = plan["period_type"].eq("month_week") | (~fine & plan["period_type"].eq("month"))
    cells = np.flatnonzero(finest)
    cells = cells[np.argsort(first[cells], kind="stable")]
    sums = {name: np.append(0, np.cumsum(plan[name].to_numpy()[cells])) for name in ("value", "days")}
    upper = np.flatnonzero(~finest)
    start, stop = np.searchsorted(first[cells], first[upper]), np.searchsorted(first[cells], last[upper], side="right")
    gaps = {name: plan[name].to_numpy()[upper] - (total[stop] - total[start]) for name, total in sums.items()}
    for at in np.flatnonzero((gaps["value"] != 0) | (gaps["days"] != 0)):
        row, what = plan.iloc[upper[at]], "value" if gaps["days"][at] == 0 else "days"
        parts = row[what] - gaps[what][at]
        unit = " days" if what == "days" else ""
        small = "month_weeks" if fine.iloc[upper[at]] else "months"
        yield f"{_name(row)} is {row[what]}{unit}, but its {small} add up to {parts}: the gap is {gaps[what][at]}"


def _parents_that_differ(plan):
    """Rows of the network and of territories that are not the sum of what lies under them."""
    scope = plan.groupby(["plan_id", "metric", "tier", "period_type"], sort=False).ngroup()
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
