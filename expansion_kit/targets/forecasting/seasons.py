"""
The calendar of a history by day, ISO week, month or quarter: its season, and columns that explain sales by it.

A history is a table with a complete PeriodIndex as its index: days (`D`), ISO weeks (`W-SUN`), months (`M`) or quarters
(`Q-DEC`); one column a series.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.festivals import (
    SPRING_FESTIVAL,
    festival_regressor,
    keeps_spring_festival,
    moving_holiday,
    spring_festival,
)

SEASONS = {"M": 12, "Q": 4, "W": 52, "D": 364}  # periods after which the same weekday or month comes round
A_YEAR = {"M": 12, "Q": 4, "W": 365.25 / 7, "D": 365.25}
WEEKS = range(-4, 4)  # weeks from the festival's own that have an effect of their own
DAYS = ((-21, -15), (-14, -8), (-7, -1), (0, 6), (7, 13), (14, 20))  # days from the festival that share one
HOLIDAY = (-6, 0)  # days of another moving holiday's window in months; in days it is one day before to one after
MANY = 300  # series; beyond, what was learned at the first origin is carried forward, for the time it takes
WAVES = 4  # pairs of sine and cosine for the season of weeks and days


def season_length(index):
    """
    Periods of a season: after so many the same month, quarter or weekday comes round.

    Parameters
    ----------
    index : PeriodIndex
        Days, ISO weeks, months or quarters.

    Returns
    -------
    int
        12 for months, 4 for quarters, 52 for weeks, 364 for days.

    Raises
    ------
    ValueError
        If the periods are of another length.

    Examples
    --------
    >>> season_length(pd.period_range("2027-01", "2027-03", freq="M"))
    12
    """
    return SEASONS[_kind(index)]


def periods_after(index, horizon):
    """
    The periods that follow an index.

    Parameters
    ----------
    index : PeriodIndex
    horizon : int
        Number of periods.

    Returns
    -------
    PeriodIndex, shape (horizon,)

    Examples
    --------
    >>> periods_after(pd.period_range("2026-01", "2026-12", freq="M"), 2).astype(str).tolist()
    ['2027-01', '2027-02']
    """
    return pd.period_range(index[-1] + 1, periods=horizon, freq=index.freq)


def festival_columns(index, *, country=None):
    """
    What the Spring Festival's movement means for each period.

    Months have one column, the share of the 21 days before the festival less its long-run mean; weeks have a dummy for
    each week from four before the festival's own to three after; days one for each week of the three before and after.
    The window never leaves the first quarter, so quarters have none.

    Parameters
    ----------
    index : PeriodIndex
        Days, ISO weeks, months or quarters; zero before the year 2000, where the table of dates begins.
    country : str, optional
        ISO 3166 code; no column where the festival is not kept.

    Returns
    -------
    DataFrame
        On `index`; columns `festival`, or `festival_week_-4` ... or `festival_days_-21_-15` ...

    Examples
    --------
    >>> weeks = pd.period_range("2027-02-01", "2027-02-14", freq="W")  # the festival of 2027 is on 6 February
    >>> festival_columns(weeks, country="CN")[["festival_week_0", "festival_week_1"]].to_numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    kind = _kind(index)
    if not keeps_spring_festival(country) or kind == "Q":
        return pd.DataFrame(index=index)
    dated = index.year >= min(SPRING_FESTIVAL)
    if kind == "M":
        column = pd.Series(0.0, index)
        column[dated] = festival_regressor(index[dated], country=country).to_numpy()
        return column.to_frame("festival")
    years = range(max(index[0].year - 1, min(SPRING_FESTIVAL)), min(index[-1].year + 1, max(SPRING_FESTIVAL)) + 1)
    for year in sorted(set(index.year[dated])):
        spring_festival(year, country=country)  # says so when a year is not in the table
    days = pd.PeriodIndex([spring_festival(year, country=country) for year in years], freq=index.freq)
    away = index.asi8[:, None] - days.asi8
    if kind == "W":
        columns = {f"festival_week_{week}": (away == week).any(axis=1) for week in WEEKS}
    else:
        columns = {f"festival_days_{a}_{b}": ((away >= a) & (away <= b)).any(axis=1) for a, b in DAYS}
    return pd.DataFrame(columns, index=index).astype(float)


def holiday_columns(index, names):
    """
    What other moving holidays mean for each period; China's dates.

    Parameters
    ----------
    index : PeriodIndex
        Days, ISO weeks, months or quarters of the years 2000 to 2045.
    names : sequence of str
        `qingming`, `dragon_boat`, `mid_autumn`.

    Returns
    -------
    DataFrame
        On `index`, one column a holiday: for months the share of the seven days up to it less the long-run mean, for
        weeks 1 in its week, for days 1 from the day before to the day after; quarters have none. Qingming never leaves
        April, so months have no column for it either.

    Examples
    --------
    >>> weeks = pd.period_range("2025-09-29", "2025-10-12", freq="W")  # Mid-Autumn of 2025 is on 6 October
    >>> holiday_columns(weeks, ["mid_autumn"])["mid_autumn"].tolist()
    [0.0, 1.0]
    """
    kind = _kind(index)
    columns = {}
    for name in names:
        days = pd.PeriodIndex([moving_holiday(name, year) for year in sorted(set(index.year))], freq=index.freq)
        if kind == "M" and name != "qingming":
            columns[name] = festival_regressor(index, window=HOLIDAY, holiday=name).to_numpy()
        elif kind in "WD":
            away = np.abs(index.asi8[:, None] - days.asi8)
            columns[name] = (away <= (kind == "D")).any(axis=1).astype(float)
    return pd.DataFrame(columns, index=index)


def calendar_design(index, last, *, country=None, weekends=True):
    """
    Columns of a log-linear regression of sales a day on the calendar.

    Parameters
    ----------
    index : PeriodIndex
        Days, ISO weeks, months or quarters.
    last : Period
        Where the trend is zero.
    country : str, optional
        ISO 3166 code; the Spring Festival enters where it is kept.
    weekends : bool
        Whether months get the share of weekend days.

    Returns
    -------
    DataFrame
        On `index`: `level`, `growth` (years from `last`), the season (`season_1` ... contrasts of month or quarter that
        sum to zero; waves of the year and `weekday_0` ... for weeks and days), `weekends`, the festival.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-12", freq="M")
    >>> design = calendar_design(months, months[-1], country="CN")
    >>> design.shape, design["season_1"].tolist()[:2], design["season_1"].tolist()[-1]
    ((12, 15), [1.0, 0.0], -1.0)
    """
    kind = _kind(index)
    columns = {"level": np.ones(len(index)), "growth": (index.asi8 - last.ordinal) / A_YEAR[kind]}
    if kind in "MQ":
        place, n = (index.month, 12) if kind == "M" else (index.quarter, 4)
        columns |= {f"season_{i}": (place == i) - (place == n).astype(float) for i in range(1, n)}
    else:
        phase = 2 * np.pi * (index.start_time + (index.end_time - index.start_time) / 2).dayofyear / 365.25
        for wave in range(1, WAVES + 1):
            columns |= {f"wave_{wave}_sin": np.sin(wave * phase), f"wave_{wave}_cos": np.cos(wave * phase)}
    if kind == "D":
        columns |= {f"weekday_{i}": (index.weekday == i) - (index.weekday == 6).astype(float) for i in range(6)}
    if weekends and kind == "M":
        columns["weekends"] = _weekend_share(index) - 2 / 7
    design = pd.DataFrame({name: np.asarray(column, dtype=float) for name, column in columns.items()}, index=index)
    return design.join(festival_columns(index, country=country))


def month_factors(index):
    """
    What each month of the year sells over an ordinary month: ratio to the centred mean of twelve months, averaged.

    Parameters
    ----------
    index : Series, on months without a gap
        Sales, or an index of them.

    Returns
    -------
    Series
        `month_factor`, on 1 to 12, with a mean of 1; empty below two years or where one is missing.

    References
    ----------
    Shiskin, J., Young, A. H. & Musgrave, J. C. (1967). The X-11 variant of the Census Method II seasonal adjustment
    program. Bureau of the Census, technical paper 15.

    Examples
    --------
    Growth along a straight line is no season:

    >>> months = pd.period_range("2024-01", periods=36, freq="M")
    >>> month_factors(pd.Series(range(100, 136), months)).round(6).unique().tolist()
    [1.0]
    """
    around = index.rolling(12).mean().rolling(2).mean().shift(-6)
    ratios = index / around
    factors = ratios.groupby(index.index.month).mean().rename("month_factor")
    return factors / factors.mean() if len(factors) == 12 and factors.notna().all() else factors.iloc[:0]


def days_in(index):
    """
    Days of each period.

    Parameters
    ----------
    index : PeriodIndex

    Returns
    -------
    ndarray of int, shape (len(index),)

    Examples
    --------
    >>> days_in(pd.period_range("2027-Q1", "2027-Q2", freq="Q")).tolist()
    [90, 91]
    """
    return ((index.end_time - index.start_time).days + 1).to_numpy()


def _weekend_share(months):
    first = months.start_time.to_numpy().astype("datetime64[D]")
    after = (months + 1).start_time.to_numpy().astype("datetime64[D]")
    return 1 - np.busday_count(first, after) / days_in(months)


def _kind(index):
    kind = index.freqstr if isinstance(index, pd.PeriodIndex) else ""
    if kind not in ("D", "M", "Q-DEC", "W-SUN"):
        raise ValueError(
            f"a history must be by day, ISO week, month or quarter, but its index has {kind or 'no periods'}"
        )
    return kind[0]
