"""
The plan year cut into its finest parts: calendar months and ISO weeks, 4-4-5 weeks, the retail calendar, fiscal years.

An id that looks like one of the calendar (2027, 2027-Q1, 2027-02, 2027-W07) is the calendar's; those of a fiscal year
begin with FY and the year it begins in: FY2027, FY2027-Q1, FY2027-P02, FY2027-W07.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.festivals import window_days
from expansion_kit.targets.splitting.exact import checked_weights, listed

PATTERNS = {"month": None, "4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4), "retail": (4, 5, 4)}
PERIOD_TYPES = ("year", "quarter", "month", "week", "month_week")
MONDAY, SUNDAY = 0, 6


def plan_days(year, *, pattern="month", first_month=None):
    """
    The days of a plan year.

    Parameters
    ----------
    year : int
        The calendar year in which the plan year begins (a retail year 2027 may begin on 31 January 2027).
    pattern : str
        `month`: calendar months. `4-4-5`, `4-5-4`, `5-4-4`: weeks from Monday to Sunday, beginning with the one that
        holds the 4th of the first month (for January, the ISO year). `retail`: the 4-5-4 calendar of the National
        Retail Federation: weeks from Sunday to Saturday, ending on the Saturday nearest to 31 January. Years of weeks
        have 52 or 53 of them.
    first_month : int, optional
        Month in which the year begins: 1, of the retail calendar 2.

    Returns
    -------
    DatetimeIndex

    Raises
    ------
    ValueError
        If the pattern or the month is unknown, or a retail year is to begin in another month.

    References
    ----------
    National Retail Federation. 4-5-4 calendar.

    Examples
    --------
    >>> plan_days(2023, pattern="retail")[[0, -1]].strftime("%Y-%m-%d").tolist()
    ['2023-01-29', '2024-02-03']
    """
    first_month = _checked_month(pattern, first_month)
    ends = [_begins(begin, pattern, first_month) for begin in (year, year + 1)]
    return pd.date_range(*ends, inclusive="left", name="day")


def day_weights(
    year,
    *,
    weekdays=(1, 1, 1, 1, 1, 1, 1),
    festival_lift=0.0,
    country="CN",
    lifts=None,
    months=None,
    pattern="month",
    first_month=None,
):
    """
    How much each day of a plan year sells, relative to an ordinary day.

    Parameters
    ----------
    year : int
        As in `plan_days`.
    weekdays : sequence of 7 floats
        Monday to Sunday, at least 0.
    festival_lift : float
        Added share in the 21 days before the Spring Festival: 0.3 is 30 % more, negative is less (above -1).
    country : str
        ISO 3166 code of a country that keeps the festival; only used with a festival lift.
    lifts : Series or dict, optional
        Added share by day, for holidays and other festivals; days of other years are left alone.
    months : Series, optional
        Weight of each calendar month (`2027-02`), which its days then add up to: the season, where periods are not
        calendar months. Every calendar month that the plan year touches.
    pattern, first_month
        As in `plan_days`.

    Returns
    -------
    Series
        Named `day_weights`, on the days of the plan year.

    Raises
    ------
    ValueError
        If there are not seven weekdays, one is negative, a lift is not above -1, a month has no weight, or the year's
        festival is unknown.

    Examples
    --------
    >>> day_weights(2027, weekdays=(1, 1, 1, 1, 1, 2, 2)).iloc[:3].tolist()
    [1.0, 2.0, 2.0]
    """
    if len(weekdays) != 7 or not all(weight >= 0 for weight in weekdays):
        raise ValueError(f"weekdays must be seven weights of at least 0, Monday to Sunday, but are {weekdays}")
    lifts = pd.Series(dict(lifts if lifts is not None else {}), dtype=float)
    low = [lift for lift in (festival_lift, *lifts) if not -1 < lift < np.inf]
    if low:
        raise ValueError(f"a lift must be above -1 (a share; 30 % more is 0.3), but is {low[0]}")
    inside = plan_days(year, pattern=pattern, first_month=first_month)
    touched = inside.to_period("M")
    days = pd.date_range(touched[0].start_time, touched[-1].end_time.normalize(), name="day")
    weights = pd.Series(np.asarray(weekdays, dtype=float)[days.dayofweek], days, name="day_weights")
    if festival_lift:
        for festival in sorted(set(inside.year)):
            weights[days.isin(window_days(festival, country=country))] *= 1 + festival_lift
    weights *= 1 + lifts.set_axis(pd.to_datetime(lifts.index)).reindex(days, fill_value=0)
    return (weights if months is None else _seasonal(weights, months)).loc[inside]


def calendar(year, *, weights=None, pattern="month", first_month=None):
    """
    The month_weeks of a plan year: the parts of weeks inside months, clipped to the year.

    Parameters
    ----------
    year : int
        As in `plan_days`.
    weights : Series, optional
        Weight of each day of the plan year, as `day_weights` gives it; without it each day counts the same.
    pattern, first_month
        As in `plan_days`. In patterns of weeks a month_week is a whole week, and the 53rd week is the last month's.

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
    >>> calendar(2027, pattern="4-4-5").groupby("month").size().head(3).to_dict()
    {'FY2027-P01': 4, 'FY2027-P02': 4, 'FY2027-P03': 5}
    """
    days = plan_days(year, pattern=pattern, first_month=first_month)
    weights = pd.Series(1.0, days) if weights is None else checked_weights(weights)
    if not weights.index.equals(days):
        raise ValueError(f"weights must be on the {len(days)} days of {year}, in order")
    table = pd.DataFrame({**_ids(year, days, pattern, first_month), "day": days, "weight": weights.to_numpy()})
    table.insert(0, "period", table["month"] + "/" + table["week"])
    cells = table.groupby(["period", "year", "quarter", "month", "week"], sort=False, as_index=False).agg(
        period_start=("day", "min"), period_end=("day", "max"), days=("day", "size"), weight=("weight", "sum")
    )
    empty = cells.groupby("month")["weight"].sum().loc[lambda total: total == 0].index
    if len(empty):
        raise ValueError(f"the days of {', '.join(empty)} have no weight")
    return cells.set_index("period")


def spans(cells):
    """
    Every period of a plan year and the month_weeks it is made of.

    Parameters
    ----------
    cells : DataFrame
        As `calendar` gives it.

    Returns
    -------
    DataFrame
        Index `period`; `period_type`, `start` and `stop` (positions of its month_weeks, the last not included),
        `period_start`, `period_end`, `days`. In the order of `PERIOD_TYPES`, each in order of time.

    Examples
    --------
    >>> spans(calendar(2027)).loc[["2027", "2027-02", "2027-W05"], ["start", "stop"]].to_numpy().tolist()
    [[0, 61], [5, 9], [5, 6]]
    """
    return pd.concat([_spans(cells, kind) for kind in PERIOD_TYPES])


def _spans(cells, kind):
    names = (cells.index if kind == "month_week" else cells[kind]).to_numpy(object)
    start = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    stop = np.append(start[1:], len(cells))
    columns = {
        "period_type": kind,
        "start": start,
        "stop": stop,
        "period_start": cells["period_start"].to_numpy()[start],
        "period_end": cells["period_end"].to_numpy()[stop - 1],
        "days": np.add.reduceat(cells["days"].to_numpy(), start),
    }
    return pd.DataFrame(columns, pd.Index(names[start], name="period"))


def _checked_month(pattern, first_month):
    if pattern not in PATTERNS:
        raise ValueError(f"pattern must be one of {', '.join(PATTERNS)}, but is {pattern!r}")
    usual = 2 if pattern == "retail" else 1
    first_month = usual if first_month is None else first_month
    if first_month not in range(1, 13) or (pattern == "retail" and first_month != usual):
        raise ValueError(f"a {pattern} year cannot begin in month {first_month}")
    return first_month


def _begins(year, pattern, first_month):
    if pattern == "month":
        return pd.Timestamp(year, first_month, 1)
    fourth = pd.Timestamp(year, first_month, 4)
    return fourth - pd.Timedelta(days=(fourth.dayofweek - (SUNDAY if pattern == "retail" else MONDAY)) % 7)


def _ids(year, days, pattern, first_month):
    """The year, quarter, month and week of each day."""
    iso = days.isocalendar()
    weeks = [f"{iso_year:04}-W{week:02}" for iso_year, week in zip(iso["year"], iso["week"])]
    if pattern == "month":
        first_month = _checked_month(pattern, first_month)
        name = f"{year:04}" if first_month == 1 else f"FY{year:04}"
        quarters = (days.month - first_month) % 12 // 3
        months = [f"{day.year:04}-{day.month:02}" for day in days]
    else:
        name, number = f"FY{year:04}", np.arange(len(days)) // 7
        period = np.minimum(np.searchsorted(np.cumsum(PATTERNS[pattern] * 4), number, side="right"), 11)
        quarters, months = period // 3, [f"{name}-P{month + 1:02}" for month in period]
        weeks = weeks if pattern != "retail" else [f"{name}-W{week + 1:02}" for week in number]
    quarters = [f"{name}-Q{quarter + 1}" for quarter in quarters]
    return {"year": name, "quarter": quarters, "month": months, "week": weeks}


def _seasonal(weights, months):
    """Day weights of whole calendar months, brought to the weight of each month."""
    names = weights.index.strftime("%Y-%m")
    absent = names.unique().difference(pd.Index(months.index))
    if len(absent):
        raise ValueError(f"months lack {listed(absent)}")
    sums = weights.groupby(names).transform("sum")
    if (sums == 0).any():
        raise ValueError(f"the days of {listed(names[sums == 0].unique())} have no weight")
    return weights / sums * checked_weights(months).astype(float).loc[names].to_numpy()
