"""
The candidates of a forecast. Each takes a history, one column a series, and gives the periods that follow it.

`CANDIDATES` says how much history each asks for and whether it lives with a gap or with sales that are not positive. No
origin sees what came after it. With more than 300 series, `theta` and `pooled` learn at the first origin only and are
carried forward over the later ones, so that a backtest costs one fit in all.
"""

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.least_squares import fit_all
from expansion_kit.targets.forecasting.pooled import pooled
from expansion_kit.targets.forecasting.seasons import (
    calendar_design,
    days_in,
    festival_columns,
    periods_after,
    season_length,
)
from expansion_kit.targets.forecasting.smoothing import exponential_smoothing, theta

YEAR = 12
HALF_LIFE = 2  # years after which a period counts half in the calendar regression
MEMBERS = ("seasonal_naive", "theta", "pooled", "exponential_smoothing")  # of the median


class Candidate(NamedTuple):
    """What a candidate needs: seasons of history, and whether gaps or periods without sales stop it."""

    function: object
    seasons: float
    gaps: bool
    positive: bool
    adjusted: bool = True  # sees the history without the Spring Festival's effect, which is put back afterwards
    package: str | None = None
    series: int = 10**9  # more series than this and it is left out for its time
    kinds: str = "MQWD"


def last_value(history, *, horizon):
    """
    The last known value, again and again.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series; may hold gaps.
    horizon : int
        Periods ahead.

    Returns
    -------
    DataFrame
        On the periods that follow, columns as in `history`.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": [5.0, 7.0, None]}, pd.period_range("2027-Q1", "2027-Q3", freq="Q"))
    >>> last_value(history, horizon=2)["T1"].tolist()
    [7.0, 7.0]
    """
    last = history.ffill().iloc[-1].to_numpy(float)
    return _ahead(np.tile(last, (horizon, 1)), history)


def seasonal_naive(history, *, horizon, country=None):
    """
    The same period of the last year in which it is known; where the Spring Festival is kept, moved with it.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series; may hold gaps.
    horizon : int
        Periods ahead.
    country : str, optional
        ISO 3166 code; where the Spring Festival is kept, its effect is estimated from the year-on-year changes of each
        series (two years of positive sales needed) and moved with its date.

    Returns
    -------
    DataFrame
        On the periods that follow, columns as in `history`; missing where that period was never seen.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": range(12)}, pd.period_range("2026-01", "2026-12", freq="M"))
    >>> seasonal_naive(history, horizon=2)["T1"].tolist()
    [0.0, 1.0]
    """
    lift = festival_lift(history, country=country)
    season, values = season_length(history.index), without_festival(history, lift, country=country).to_numpy(float)
    steps = np.arange(horizon)
    place = len(values) + steps - season * (steps // season + 1)
    naive = np.full((horizon, values.shape[1]), np.nan)
    while (place >= 0).any():
        earlier = np.where((place >= 0)[:, None], values[np.maximum(place, 0)], np.nan)
        naive = np.where(np.isnan(naive), earlier, naive)
        place = place - season
    return with_festival(_ahead(naive, history), lift, country=country)


def mean_of_year(history, *, horizon):
    """
    The mean sales a day of the known periods of the last year: all that can be said where none was seen twice.

    Not among the candidates; it stands in where a series is too short for any of them.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series; may hold gaps.
    horizon : int
        Periods ahead.

    Returns
    -------
    DataFrame
        On the periods that follow, columns as in `history`.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": [3100.0, 2800.0]}, pd.period_range("2027-01", "2027-02", freq="M"))
    >>> mean_of_year(history, horizon=2)["T1"].tolist()
    [3100.0, 3000.0]
    """
    recent = history.tail(season_length(history.index))
    days = days_in(recent.index)[:, None] * recent.notna()
    daily = (recent.sum(min_count=1) / days.sum().where(days.sum() > 0)).to_numpy(float)
    return _ahead(days_in(periods_after(history.index, horizon))[:, None] * daily, history)


def calendar_regression(history, *, horizon, country=None, per_day=True):
    """
    Log-linear regression on trend, season, weekend days and the Spring Festival; recent periods count more.

    Sales a day are explained, so that the length of a month needs no coefficient. A period counts half as much as the
    one two years later.

    Parameters
    ----------
    history : DataFrame
        Positive sales on a complete PeriodIndex, one column a series; gaps are left out of the fit.
    horizon : int
        Periods ahead.
    country : str, optional
        ISO 3166 code; the festival enters where it is kept.
    per_day : bool
        Whether sales a day are explained; otherwise a period counts whole, whatever its days and weekends.

    Returns
    -------
    DataFrame
        On the periods that follow, columns as in `history`; missing where the history cannot tell the coefficients
        apart (a month never seen, or a festival that did not move).

    References
    ----------
    Bell, W. R. and Hillmer, S. C. (1983). Modeling time series with calendar variation. Journal of the American
    Statistical Association 78(383), 526-534.

    Examples
    --------
    Sales of 100 a day, always:

    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0 * months.days_in_month}, months)
    >>> calendar_regression(history, horizon=2)["T1"].round(6).tolist()
    [3100.0, 2800.0]
    """
    if festival_columns(history.index[-1:], country=country).shape[1]:
        history = history[history.index.year >= 2000]  # where the table of the festival begins
    ahead = periods_after(history.index, horizon)
    days = days_in(ahead)[:, None] if per_day else 1.0
    logs = log_daily(history) + (0.0 if per_day else np.log(days_in(history.index))[:, None])
    long = (np.isfinite(logs).sum(axis=0) >= 3 * season_length(history.index)) & per_day
    result = np.full((horizon, logs.shape[1]), np.nan)
    for several, weekends in ((long, True), (~long, False)):
        if not several.any():
            continue
        every = history.index.append(ahead)
        design = calendar_design(every, history.index[-1], country=country, weekends=weekends).to_numpy()
        seen, coming = design[: len(history)], design[len(history) :]
        coefficients, _ = fit_all(seen, logs[:, several], 0.5 ** (-seen[:, 1] / HALF_LIFE))
        result[:, several] = np.exp(np.minimum(coming @ coefficients, 700)) * days
    return _ahead(result, history)


def festival_lift(history, *, country=None):
    """
    The Spring Festival's effect on each series for forecasting, shrunk to nothing where it is not told from chance.

    Estimated from year-on-year changes of log sales a day by least squares, and multiplied by 1 - 1 / t^2 (positive
    part, t the estimate over its standard error). `estimates.calendar_effects` gives the effect itself with its error.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series.
    country : str, optional
        ISO 3166 code.

    Returns
    -------
    DataFrame
        One row a festival column of `calendars.festival_columns`, one column a series; zero where it is not known.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> festival_lift(pd.DataFrame({"T1": 100.0 * months.days_in_month}, months), country="CN")["T1"].tolist()
    [0.0]
    """
    columns = festival_columns(history.index, country=country)
    lift = pd.DataFrame(0.0, index=columns.columns, columns=history.columns)
    season = season_length(history.index)
    if columns.empty or len(history) < season + len(columns.columns) + 3:
        return lift
    dated = history.index.year >= 2000
    logs, x = log_daily(history)[dated], columns.to_numpy()[dated]
    change, moved = logs[season:] - logs[:-season], x[season:] - x[:-season]
    design = np.column_stack([np.ones(len(moved)), moved])
    coefficients, inverse = fit_all(design, change)
    n = np.isfinite(change).sum(axis=0)
    sigma2 = np.nansum((change - design @ coefficients) ** 2, axis=0) / np.maximum(n - design.shape[1], 1)
    variance = sigma2 * np.einsum("sii->is", inverse)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrunk = coefficients * np.clip(1 - variance / coefficients**2, 0, 1)
    useful = (n >= season) & np.isfinite(shrunk).all(axis=0) & (n > design.shape[1])
    lift.loc[:, :] = np.where(useful, shrunk, 0)[1:]
    return lift


def without_festival(history, lift, *, country=None):
    """The history divided by the festival's effect; see `festival_lift`."""
    return history / _festival_factor(history, lift, country)


def with_festival(ahead, lift, *, country=None):
    """A forecast multiplied by the festival's effect; see `festival_lift`."""
    return ahead * _festival_factor(ahead, lift, country)


def log_daily(history):
    """Logarithm of sales a day, shape (n_periods, n_series); missing where sales are not positive."""
    values = history.to_numpy(float)
    return np.log(np.where(values > 0, values, np.nan) / days_in(history.index)[:, None])


def _each(function, **fixed):
    """A candidate that learns nothing, at every origin."""

    def at_origins(histories, *, horizon, seed=0):
        return [function(history, horizon=horizon, **fixed).to_numpy() for history in histories]

    return at_origins


def _regression(histories, *, horizon, country, seed=0):
    return _each(calendar_regression, country=country)(histories, horizon=horizon)


CANDIDATES = {
    "seasonal_naive": Candidate(_each(seasonal_naive), seasons=1, gaps=True, positive=False),
    "last_value": Candidate(_each(last_value), seasons=0, gaps=True, positive=False),
    "calendar_regression": Candidate(_regression, seasons=2, gaps=True, positive=True, adjusted=False),
    "theta": Candidate(theta, seasons=2, gaps=False, positive=True, package="statsforecast", kinds="MQW"),
    "pooled": Candidate(pooled, seasons=1.25, gaps=True, positive=True, kinds="MQW"),
    "exponential_smoothing": Candidate(
        exponential_smoothing,
        seasons=10,
        gaps=False,
        positive=True,
        package="statsforecast",
        series=200,
        kinds="MQ",
    ),
}


def installed():
    """
    Names of the candidates whose packages are installed.

    Returns
    -------
    list of str
        Seasonal naive first, always.

    Examples
    --------
    >>> installed()[:2]
    ['seasonal_naive', 'last_value']
    """
    return [name for name, candidate in CANDIDATES.items() if not candidate.package or find_spec(candidate.package)]


def candidate_forecasts(history, cuts, *, horizon, country=None, seed=0):
    """
    What every candidate says at each origin that a series is long and whole enough for, and the median of four.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series; missing before the first known period and in gaps.
    cuts : sequence of int
        Rows of the history known at each origin, in rising order.
    horizon : int
        Periods ahead.
    country : str, optional
        ISO 3166 code.
    seed : int
        For the pooled model.

    Returns
    -------
    dict of array, shape (n_cuts, horizon, n_series)
        By candidate; missing where a candidate cannot say. `median` is that of seasonal naive, theta, the pooled model
        and exponential smoothing where three of them or more are there.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": range(1, 13)}, pd.period_range("2026-01", "2026-12", freq="M"))
    >>> said = candidate_forecasts(history, [12], horizon=1)
    >>> {name: values.item() for name, values in said.items() if not np.isnan(values).all()}
    {'seasonal_naive': 1.0, 'last_value': 12.0}
    """
    kind, size = history.index.freqstr[0], history.shape[1]
    known = [history.iloc[:cut] for cut in cuts]
    lifts = [festival_lift(past, country=country) for past in known]
    adjusted = [without_festival(past, lift, country=country) for past, lift in zip(known, lifts)]
    result = {}
    for name in installed():
        candidate = CANDIDATES[name]
        if kind not in candidate.kinds or size > candidate.series:
            continue
        usable = np.array([_usable(candidate, past) for past in known])[:, None, :]
        if candidate.adjusted:
            masked = [past.where(np.broadcast_to(fit, past.shape)) for past, fit in zip(adjusted, usable)]
            said = candidate.function(masked, horizon=horizon, seed=seed)
            said = [with_festival(_ahead(a, p), lift, country=country) for a, p, lift in zip(said, known, lifts)]
        else:
            masked = [past.where(np.broadcast_to(fit, past.shape)) for past, fit in zip(known, usable)]
            said = candidate.function(masked, horizon=horizon, country=country, seed=seed)
        result[name] = np.where(usable, np.array(said, dtype=float), np.nan)
    return result | {"median": _median([result[name] for name in MEMBERS if name in result])}


def _median(members):
    stack = np.array(members)
    there = np.isfinite(stack).sum(axis=0)
    middle = np.sort(stack, axis=0)  # missing ones last
    low = np.take_along_axis(middle, np.maximum((there - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(middle, np.minimum(there // 2, len(stack) - 1)[None], axis=0)[0]
    return np.where(there >= 3, (low + high) / 2, np.nan)


def _usable(candidate, history):
    """Whether each series is long, whole and positive enough for a candidate."""
    values = history.to_numpy(float)
    there = np.isfinite(values)
    count = there.sum(axis=0)
    first = np.where(count > 0, there.argmax(axis=0), len(values))
    long_enough = count >= max(candidate.seasons * season_length(history.index), 1)
    whole = candidate.gaps | (count == len(values) - first)
    return long_enough & whole & (not candidate.positive or ~(values <= 0).any(axis=0))


def _festival_factor(table, lift, country):
    if lift.empty:
        return 1.0
    columns = festival_columns(table.index, country=country).to_numpy()
    return np.exp(columns @ lift.reindex(columns=table.columns).to_numpy())


def _ahead(values, history):
    index = periods_after(history.index, len(values))
    return pd.DataFrame(values, index=index, columns=history.columns)
