"""
A year's target down to the part of an ISO week inside a month, exact at every level.

The money of a year is split over quarters, a quarter's over months and a month's over month_weeks. Only the month_weeks
are kept: weeks, months, quarters, the year, parents and the network are sums of them, so that they cannot disagree.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.cascade import cascade, locks_by_key
from expansion_kit.targets.exact import checked_weights, listed
from expansion_kit.targets.festivals import window_days

COLUMNS = (
    "plan_id",
    "territory_id",
    "store_id",
    "level",
    "metric",
    "tier",
    "period_type",
    "period",
    "period_start",
    "period_end",
    "days",
    "value",
    "locked",
    "method",
)
PERIOD_TYPES = ("year", "quarter", "month", "week", "month_week")
LEVELS = {"territory_id": "territory", "store_id": "store"}


def day_weights(year, *, weekdays=(1, 1, 1, 1, 1, 1, 1), festival_lift=0.0, country="CN"):
    """
    How much each day of a year sells, relative to an ordinary day.

    Parameters
    ----------
    year : int
    weekdays : sequence of 7 floats
        Monday to Sunday, at least 0.
    festival_lift : float
        Added share in the 21 days before the Spring Festival: 0.3 is 30 % more, negative is less (above -1).
    country : str
        ISO 3166 code of a country that keeps the festival; only used with a lift.

    Returns
    -------
    Series
        Named `day_weights`, on the days of the year.

    Raises
    ------
    ValueError
        If there are not seven weekdays, one is negative, the lift is not above -1, or the year's festival is unknown.

    Examples
    --------
    >>> day_weights(2027, weekdays=(1, 1, 1, 1, 1, 2, 2)).iloc[:3].tolist()
    [1.0, 2.0, 2.0]
    """
    if len(weekdays) != 7 or not all(weight >= 0 for weight in weekdays):
        raise ValueError(f"weekdays must be seven weights of at least 0, Monday to Sunday, but are {weekdays}")
    if not festival_lift > -1:
        raise ValueError(f"festival_lift must be above -1 (a share; 30 % more is 0.3), but is {festival_lift}")
    days = pd.date_range(f"{year}-01-01", f"{year}-12-31", name="day")
    weights = pd.Series(np.asarray(weekdays, dtype=float)[days.dayofweek], days, name="day_weights")
    if festival_lift:
        weights[days.isin(window_days(year, country=country))] *= 1 + festival_lift
    return weights


def calendar(year, *, weights=None):
    """
    The month_weeks of a plan year: the parts of ISO weeks inside months, clipped to the year.

    Parameters
    ----------
    year : int
    weights : Series, optional
        Weight of each day of the year, as `day_weights` gives it; without it each day counts the same.

    Returns
    -------
    DataFrame
        Index `period` (`2027-02/2027-W07`), in order of time; `year`, `quarter`, `month`, `week` (ids), `period_start`,
        `period_end` (days, both included), `days` (count), `weight` (sum of the day weights).

    Raises
    ------
    ValueError
        If the weights are not those of the year's days, or a month has no weight.

    Examples
    --------
    2027 begins on a Friday, in the last ISO week of 2026:

    >>> calendar(2027)[["quarter", "days"]].head(2).to_dict("index")
    {'2027-01/2026-W53': {'quarter': '2027-Q1', 'days': 3}, '2027-01/2027-W01': {'quarter': '2027-Q1', 'days': 7}}
    """
    days = pd.date_range(f"{year}-01-01", f"{year}-12-31", name="day")
    weights = pd.Series(1.0, days) if weights is None else checked_weights(weights)
    if not weights.index.equals(days):
        raise ValueError(f"weights must be on the {len(days)} days of {year}, in order")
    iso = days.isocalendar()
    table = pd.DataFrame(
        {
            "year": f"{year:04}",
            "quarter": [f"{year:04}-Q{quarter}" for quarter in days.quarter],
            "month": [f"{year:04}-{month:02}" for month in days.month],
            "week": [f"{iso_year:04}-W{week:02}" for iso_year, week in zip(iso["year"], iso["week"])],
            "day": days,
            "weight": weights.to_numpy(),
        }
    )
    table.insert(0, "period", table["month"] + "/" + table["week"])
    cells = table.groupby(["period", "year", "quarter", "month", "week"], sort=False, as_index=False).agg(
        period_start=("day", "min"), period_end=("day", "max"), days=("day", "size"), weight=("weight", "sum")
    )
    empty = cells.groupby("month")["weight"].sum().loc[lambda total: total == 0].index
    if len(empty):
        raise ValueError(f"the days of {', '.join(empty)} have no weight")
    return cells.set_index("period")


def breakdown(
    annual,
    *,
    year,
    month_weights,
    plan_id,
    weights=None,
    units=None,
    locks=None,
    parents=None,
    metric="sales",
    tier="base",
    method="given",
):
    """
    Annual targets broken down to quarter, month, ISO week and month_week.

    From the top down by largest remainder (`allocation.split`), locks first: what is locked inside a quarter or month
    is set aside, and the rest goes to what is free by weight. A part is a whole multiple of its level's rounding unit,
    save one, the largest, that takes what the amount above holds beyond whole units.

    Parameters
    ----------
    annual : Series, shape (n,)
        Whole money units of the year; index named `territory_id` or `store_id`.
    year : int
        Plan year.
    month_weights : Series or DataFrame
        Weight of each month, `2027-01` to `2027-12`: a Series for all alike, or a row for each key of `annual`.
    plan_id : str
        Name of the plan.
    weights : Series, optional
        Weight of each day, as `day_weights` gives it.
    units : dict, optional
        Rounding unit of `quarter`, `month` and `month_week`; 1 where not given.
    locks : DataFrame, optional
        `territory_id` or `store_id` as in `annual`, `period` (a quarter, a month or a month_week), `value`.
    parents : Series, optional
        `territory_id` of each store, when `annual` is by store: adds the territories as sums.
    metric, tier : str
        Written as they are.
    method : str
        How the annual targets were made; stands in their `year` rows.

    Returns
    -------
    DataFrame
        The columns of `targets.csv`. `level` is `network` (both ids missing; the sum of all), `territory` or `store`;
        `value` is int64; `method` is `largest_remainder`, `lock`, `sum` or, in the year rows of `annual`, as given.

    Raises
    ------
    ValueError
        If an amount is not whole, a weight or month is missing, a lock is unknown, or locks cannot be kept (with the
        gap).

    Examples
    --------
    >>> annual = pd.Series([1_000_000], pd.Index(["T1"], name="territory_id"))
    >>> even = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
    >>> plan = breakdown(annual, year=2027, month_weights=even, plan_id="P1", units={"quarter": 1000, "month": 1000})
    >>> plan.loc[(plan["level"] == "territory") & (plan["period_type"] == "month"), "value"].head(4).tolist()
    [84000, 83000, 83000, 84000]
    """
    _check_keys(annual, parents)
    annual = annual.sort_index()
    cells = calendar(year, weights=weights)
    locked = locks_by_key(locks, annual.index, cells)
    values = cascade(annual, cells, month_weights=month_weights, units=units, locks=locked)
    plan = pd.concat(_levels(values, cells, parents, locked=locked, method=method), ignore_index=True)
    plan = plan.assign(plan_id=plan_id, metric=metric, tier=tier)
    return plan[list(COLUMNS)]


def wide(targets, *, period_types=("year", "quarter", "month", "week")):
    """
    Targets with one row a territory or store and one column a period.

    Parameters
    ----------
    targets : DataFrame
        As `breakdown` gives it; several plans, metrics and tiers may stand below each other.
    period_types : sequence of str
        Which periods become columns, in this order, each in order of time.

    Returns
    -------
    DataFrame
        `plan_id`, `metric`, `tier`, `level`, `territory_id`, `store_id`, then the periods.

    Raises
    ------
    ValueError
        If a row stands twice.

    Examples
    --------
    >>> annual = pd.Series([24], pd.Index(["T1"], name="territory_id"))
    >>> even = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
    >>> plan = breakdown(annual, year=2027, month_weights=even, plan_id="P1")
    >>> wide(plan, period_types=("year", "quarter"))[["level", "2027", "2027-Q1"]].values.tolist()
    [['network', 24, 6], ['territory', 24, 6]]
    """
    ids = ["plan_id", "metric", "tier", "level", "territory_id", "store_id"]
    rows = targets[targets["period_type"].isin(period_types)]
    double = rows.duplicated([*ids, "period"])
    if double.any():
        raise ValueError(f"{double.sum()} rows of the targets are doubled, first {rows[double].iloc[0].to_dict()}")
    rank = rows["period_type"].map({name: rank for rank, name in enumerate(period_types)})
    order = rows.assign(rank=rank).sort_values(["rank", "period_start"], kind="stable")["period"].unique()
    group = rows.groupby(ids, dropna=False, sort=False).ngroup()
    table = rows.assign(group=group).pivot(index="group", columns="period", values="value")[order]
    heads = rows[ids].loc[~group.duplicated()].set_axis(group[~group.duplicated()].to_numpy())
    return heads.join(table).reset_index(drop=True)


def _check_keys(annual, parents):
    key = annual.index.name
    if key not in LEVELS:
        raise ValueError(f"the index of annual must be named {' or '.join(LEVELS)}, but is {key!r}")
    if annual.empty or not annual.index.is_unique:
        raise ValueError("annual must have rows, and each key once")
    if parents is None:
        return
    orphans = annual.index.difference(parents.dropna().index)
    if key != "store_id" or len(orphans):
        raise ValueError(f"parents must give the territory of every store in annual; missing for {listed(orphans)}")


def _levels(values, cells, parents, *, locked, method):
    """Rows of the network, of the territories above stores, and of the annual targets' own level."""
    level = LEVELS[values.index.name]
    parts = [
        _rows(values.sum().to_frame().T.set_axis([None]), cells).assign(
            level="network", territory_id=None, store_id=None
        )
    ]
    if parents is not None:
        sums = _rows(values.groupby(parents.loc[values.index].to_numpy()).sum(), cells)
        parts.append(sums.assign(level="territory", territory_id=sums["key"], store_id=None))
    own = _with_methods(_rows(values, cells), locked, method).assign(level=level)
    if level == "territory":
        own = own.assign(territory_id=own["key"], store_id=None)
    else:
        above = None if parents is None else own["key"].map(parents).astype(object)
        own = own.assign(territory_id=above, store_id=own["key"])
    return [*parts, own]


def _rows(values, cells):
    """Rows of sums, each key's periods together."""
    periods = pd.concat([_periods(cells, kind) for kind in PERIOD_TYPES], ignore_index=True)
    cells = cells.assign(month_week=cells.index)
    sums = [values.T.groupby(cells[kind].to_numpy(), sort=False).sum() for kind in PERIOD_TYPES]
    rows = periods.loc[np.tile(np.arange(len(periods)), len(values))].reset_index(drop=True)
    rows["key"] = np.repeat(values.index.to_numpy(dtype=object), len(periods))
    rows["value"] = np.concatenate(sums).T.ravel()
    return rows.assign(locked=False, method="sum")


def _with_methods(rows, locked, method):
    """What was decided at this level: the year as given, the month_weeks by largest remainder, the locks."""
    held = {(key, period) for key, inside in locked.items() for period in inside}
    lock = np.array([pair in held for pair in zip(rows["key"], rows["period"])])
    made = rows["period_type"].map({"year": method, "month_week": "largest_remainder"}).fillna("sum")
    return rows.assign(locked=lock, method=made.mask(lock, "lock"))


def _periods(cells, kind):
    """The periods of one type with their days inside the plan year."""
    cells = cells.assign(month_week=cells.index)
    table = cells.groupby(kind, sort=False).agg({"period_start": "min", "period_end": "max", "days": "sum"})
    return table.rename_axis("period").reset_index().assign(period_type=kind)
