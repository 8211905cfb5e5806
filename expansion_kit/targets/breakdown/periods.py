"""
A year's target down to the part of a week inside a month, exact at every level.

The money of a year is split over quarters, a quarter's over months and a month's over month_weeks. Only the month_weeks
are kept: weeks, months, quarters, the year, parents and the network are sums of them, so that they cannot disagree.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.breakdown.calendars import calendar, day_weights, spans
from expansion_kit.targets.breakdown.cascade import LEVELS, cascade
from expansion_kit.targets.breakdown.plan_rows import on_rows, plan_rows
from expansion_kit.targets.breakdown.replanning import lost_to_date, open_shares, opening_amounts, sales_to_date
from expansion_kit.targets.splitting.exact import listed, whole_number

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
YEAR_TOTALS = ("keep", "lower")


def breakdown(
    annual,
    *,
    year,
    plan_id,
    month_weights=None,
    weights=None,
    units=None,
    locks=None,
    openings=None,
    actuals=None,
    as_of=None,
    year_total="keep",
    parents=None,
    metric="sales",
    tier="base",
    method="given",
    pattern="month",
    first_month=None,
):
    """
    Annual targets broken down to quarter, month, week and month_week; in mid-year, what is left of them.

    From the top down by largest remainder (`apportionment.share_out`), locks first: what is locked inside a quarter or
    month is set aside, and the rest goes to what is free by weight. A part is a whole multiple of its level's rounding
    unit, save one, the largest, that takes what the amount above holds beyond whole units. Openings and sales to date
    stay as they are, unrounded.

    Parameters
    ----------
    annual : Series, shape (n,)
        Whole money units of the year, at most 10**15; index named `territory_id` or `store_id`, with levels `metric`
        and `tier` for several at once.
    year : int
        Plan year, as in `calendars.plan_days`.
    plan_id : str
        Name of the plan.
    month_weights : Series or DataFrame, optional
        Weight of each month id: a Series for all alike, or a row for each key of `annual` (or each `metric`, or both:
        the names of its index say). Without it a month weighs its days' weights.
    weights : Series, optional
        Weight of each day, as `calendars.day_weights` gives it.
    units : dict, optional
        Rounding unit of `quarter`, `month` and `month_week`; 1 where not given. By metric: `{metric: {level: unit}}`.
    locks : DataFrame, optional
        The key of `annual`, `period` (of any type), `value`: whole amounts of these periods, openings included. With a
        column `metric` (needed where there are several) and `tier` (without it, for every tier). A locked week of two
        months is split by weight, as near to that as other locks allow.
    openings : DataFrame, optional
        Part of `annual` that new stores bring, with columns like `locks` and months as periods: each amount stays in
        its month, on the days from `opening_date` (optional column). The rest is split by weight.
    actuals : DataFrame, optional
        Sales to date, with columns like `locks` and month_weeks as periods: kept exactly; only the rest is split, by
        the same weights, and locks of periods that are over are dropped. Every month_week begun before `as_of`.
    as_of : str or Timestamp, optional
        First day that is not yet sold; goes with `actuals`.
    year_total : str
        `keep`: the rest of the year makes up for what was lost. `lower`: the year's total is lowered by what was
        planned to date and not sold (its method says by how much); where more was sold than planned, it is kept.
    parents : Series, optional
        `territory_id` of each store, when `annual` is by store: adds the territories as sums.
    metric, tier : str
        Where the index of `annual` does not say.
    method : str
        How the annual targets were made; stands in their `year` rows.
    pattern, first_month
        As in `calendars.plan_days`: calendar months, weeks as 4-4-5 or the retail calendar, fiscal years.

    Returns
    -------
    DataFrame
        The columns of `targets.csv`, the same whatever the order of `annual`. `level` is `network` (both ids missing;
        the sum of all), `territory` or `store`; `value` is int64; `method` is `largest_remainder`, `actual`
        (month_weeks that are over), `lock`, `sum` or, in the year rows of `annual`, as given.

    Raises
    ------
    ValueError
        If an amount is not whole, a weight or month is missing, a lock is unknown, or locks cannot be kept together
        with the total, the openings and the sales to date (names the binding ones and the gap).

    Examples
    --------
    >>> annual = pd.Series([1_000_000], pd.Index(["T1"], name="territory_id"))
    >>> even = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
    >>> plan = breakdown(annual, year=2027, month_weights=even, plan_id="P1", units={"quarter": 1000, "month": 1000})
    >>> plan.loc[(plan["level"] == "territory") & (plan["period_type"] == "month"), "value"].head(4).tolist()
    [84000, 83000, 83000, 84000]
    """
    rows = plan_rows(annual, metric=metric, tier=tier)
    cells = calendar(year, weights=weights, pattern=pattern, first_month=first_month)
    days = day_weights(year, pattern=pattern, first_month=first_month) if weights is None else weights
    locks = _known_periods(on_rows(locks, rows, what="locks"), cells, rows)
    fixed = opening_amounts(openings, rows, cells, days)
    how = {
        "month_weights": _by_row(month_weights, rows, cells["month"].unique()),
        "units": _units_by_row(units, rows),
        "names": rows["name"],
    }
    if (actuals is None) != (as_of is None) or year_total not in YEAR_TOTALS:
        raise ValueError("actuals go with as_of, the first day not yet sold; year_total is keep or lower")
    lost, over = np.zeros(len(rows), "int64"), np.zeros(len(cells), bool)
    if actuals is None:
        values = cascade(rows["value"].to_numpy(), cells, locks=locks, fixed=fixed, **how)
    else:
        as_of, over = pd.Timestamp(as_of), (cells["period_end"] < pd.Timestamp(as_of)).to_numpy()
        sold = sales_to_date(actuals, rows, cells, as_of)
        shares = open_shares(cells, days, as_of)
        if year_total == "lower":
            planned = cascade(rows["value"].to_numpy(), cells, locks=locks, fixed=fixed, **how)
            lost = lost_to_date(planned, sold, shares)
        locks = locks[(spans(cells).loc[locks["period"], "period_end"] >= as_of).to_numpy()]
        fixed = sold + np.floor(fixed * shares).astype("int64")
        values = cascade(rows["value"].to_numpy() - lost, cells, locks=locks, fixed=fixed, open_shares=shares, **how)
    methods = [f"{method}, lowered by {less}" if less else method for less in lost.tolist()]
    return _long(values, rows, cells, parents, *_decided(rows, cells, locks, methods, over), plan_id=plan_id)


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


def _known_periods(locks, cells, rows):
    strange = locks[~locks["period"].isin(spans(cells).index)]
    if len(strange):
        name, period = rows["name"][strange["row"].iloc[0]], strange["period"].iloc[0]
        raise ValueError(f"the lock of {name} is on {period!r}; it must be a period of the plan year")
    return locks


def _by_row(month_weights, rows, months):
    """Month weights (n, n_months), in the order of the rows."""
    if month_weights is None:
        return None
    alike = isinstance(month_weights, pd.Series)
    table = month_weights.to_frame().T if alike else month_weights
    absent = [month for month in months if month not in table]
    if absent:
        raise ValueError(f"month_weights lack {listed(absent)}")
    names = list(table.index.names) if set(table.index.names) <= set(rows) else [rows.columns[0]]
    wanted = pd.MultiIndex.from_frame(rows[names]) if len(names) > 1 else pd.Index(rows[names[0]])
    at = np.zeros(len(rows), int) if alike else table.index.get_indexer(wanted)
    if (at < 0).any():
        raise ValueError(f"month_weights lack rows for {listed(wanted[at < 0].unique())}")
    weights = table[list(months)].to_numpy(float)[at]
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        row, month = np.argwhere(bad)[0]
        raise ValueError(
            f"month_weights must be known and at least 0, but {months[month]} of {rows['name'][row]} is "
            f"{weights[row, month]} ({bad.sum()} like it)"
        )
    return weights


def _units_by_row(units, rows):
    """Rounding units by level, one a row."""
    units = dict(units or {})
    nested = {name: given for name, given in units.items() if isinstance(given, dict)}
    by_metric = nested or dict.fromkeys(rows["metric"].unique(), units)
    unknown = sorted({level for given in by_metric.values() for level in given} - set(LEVELS))
    unknown += sorted(set(nested) - set(rows["metric"])) or (sorted(set(units) - set(nested)) if nested else [])
    if unknown:
        raise ValueError(f"units are for {', '.join(LEVELS)}, by metric or for all, not {listed(unknown)}")
    whole = {
        (metric, level): whole_number(by_metric.get(metric, {}).get(level, 1), f"unit of {level}", least=1)
        for metric in rows["metric"].unique()
        for level in LEVELS
    }
    return {level: np.array([whole[metric, level] for metric in rows["metric"]]) for level in LEVELS}


def _decided(rows, cells, locks, methods, over):
    """For each row and period, whether it is locked and how it was made."""
    periods = spans(cells)
    kinds = periods["period_type"]
    usual = kinds.map({"month_week": "largest_remainder"}).fillna("sum").to_numpy(dtype=object)
    usual[np.flatnonzero(kinds == "month_week")[over]] = "actual"
    made = np.tile(usual, (len(rows), 1))
    made[:, 0] = methods
    locked = np.zeros(made.shape, bool)
    at = locks["row"].to_numpy(), periods.index.get_indexer(locks["period"])
    locked[at], made[at] = True, "lock"
    return locked, made


def _long(values, rows, cells, parents, locked, made, *, plan_id):
    """Rows of the network, of the territories above stores, and of the annual targets' own level."""
    key = rows.columns[0]
    if key == "territory_id" and parents is not None:
        raise ValueError("parents give the territory of stores, but annual is by territory_id")
    territories = rows[key].to_numpy(object) if key == "territory_id" else _parents_of(rows[key], parents)
    stores = rows[key].to_numpy(object) if key == "store_id" else np.full(len(rows), None)
    levels = [("network", np.full(len(rows), None))]
    levels += [] if parents is None else [("territory", territories)]
    tables = []
    for level, above in levels:
        heads, sums = _sums(values, rows, above)
        tables.append((heads.assign(level=level, store_id=None), sums, np.zeros((1, 1), bool), np.full((1, 1), "sum")))
    heads = rows[["metric", "tier"]].assign(territory_id=territories, store_id=stores, level=key.removesuffix("_id"))
    tables.append((heads, values, locked, made))
    return stacked(tables, spans(cells), plan_id)


def stacked(tables, periods, plan_id):
    """
    Amounts of month_weeks as the long table of targets.

    Parameters
    ----------
    tables : list of (DataFrame, ndarray, ndarray, ndarray)
        Heads (`metric`, `tier`, `level`, `territory_id`, `store_id`), amounts (n, n_cells), and for each head and
        period, or for all, whether it is locked and how it was made.
    periods : DataFrame
        As `calendars.spans` gives it, or some of its rows.
    plan_id : str

    Returns
    -------
    DataFrame
        The columns of `targets.csv`, each head and period a row.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.calendars import calendar
    >>> periods = spans(calendar(2027))
    >>> heads = pd.DataFrame({"metric": ["sales"], "tier": "base", "level": "network"})
    >>> heads = heads.assign(territory_id=None, store_id=None)
    >>> table = heads, np.ones((1, 64), "int64"), np.zeros((1, 1), bool), np.full((1, 1), "sum")
    >>> stacked([table], periods[periods["period_type"] == "quarter"], "P1")["value"].tolist()
    [14, 16, 16, 18]
    """
    kinds = [group["start"].to_numpy() for _, group in periods.groupby("period_type", sort=False)]
    n = sum(len(heads) for heads, *_ in tables)
    named = periods.drop(columns=["start", "stop"]).reset_index()
    columns = {name: np.tile(column.to_numpy(), n) for name, column in named.items()}
    heads = pd.concat([heads.astype(object) for heads, *_ in tables], ignore_index=True)
    heads = heads.where(heads.notna(), None)
    columns |= {name: np.repeat(column.to_numpy(object), len(periods)) for name, column in heads.items()}
    shapes = [(len(heads), len(periods)) for heads, *_ in tables]
    values = [
        np.concatenate([np.add.reduceat(sums, starts, axis=1) for starts in kinds], axis=1) for _, sums, *_ in tables
    ]
    columns["value"] = np.concatenate([part.ravel() for part in values])
    for place, name in ((2, "locked"), (3, "method")):
        parts = [np.broadcast_to(table[place], shape).ravel() for table, shape in zip(tables, shapes)]
        columns[name] = np.concatenate(parts)
    columns["plan_id"] = np.full(len(columns["value"]), plan_id, object)
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def _sums(values, rows, above):
    """Sums of the rows of one metric and tier that lie under the same key."""
    code, heads = pd.factorize(pd.MultiIndex.from_arrays([rows["metric"], rows["tier"], above]))
    order = np.argsort(code, kind="stable")
    starts = np.searchsorted(code[order], np.arange(len(heads)))
    heads = pd.DataFrame(list(heads), columns=["metric", "tier", "territory_id"])
    return heads, np.add.reduceat(values[order], starts, axis=0)


def _parents_of(stores, parents):
    if parents is None:
        return np.full(len(stores), None)
    orphans = pd.Index(stores.unique()).difference(parents.dropna().index)
    if len(orphans):
        raise ValueError(f"parents must give the territory of every store in annual; missing for {listed(orphans)}")
    return stores.map(parents).to_numpy(object)
