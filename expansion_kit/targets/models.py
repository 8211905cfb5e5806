"""
The candidates of a monthly forecast: each takes one series and gives the months that follow it.

A candidate is a plain function `(sales, *, horizon, country)`; `CANDIDATES` says how much history each asks for and
whether it lives with a gap or with months that are not positive.
"""

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.festivals import SPRING_FESTIVAL, festival_regressor, keeps_spring_festival

YEAR = 12
HALF_LIFE = 24  # months after which a month counts half in the calendar regression
RECENT = 15 * YEAR  # months that theta and exponential smoothing learn from: older ones made them worse, and slower


class Candidate(NamedTuple):
    """What a candidate needs: its function, months of history, and whether gaps or months without sales stop it."""

    function: object
    months: int
    gaps: bool
    positive: bool
    package: str | None = None


def months_after(sales, horizon):
    """
    The months that follow a series.

    Parameters
    ----------
    sales : Series
        On a PeriodIndex of months.
    horizon : int
        Number of months.

    Returns
    -------
    PeriodIndex, shape (horizon,)

    Examples
    --------
    >>> sales = pd.Series(1.0, pd.period_range("2026-01", "2026-12", freq="M"))
    >>> months_after(sales, 2).astype(str).tolist()
    ['2027-01', '2027-02']
    """
    return pd.period_range(sales.index[-1] + 1, periods=horizon, freq="M")


def seasonal_naive(sales, *, horizon, country=None):
    """
    The same month of the last year in which it is known; where the Spring Festival is kept, moved with it.

    Parameters
    ----------
    sales : Series
        Sales a month on a complete PeriodIndex of months; may hold gaps.
    horizon : int
        Months ahead.
    country : str, optional
        ISO 3166 code; a country that keeps the Spring Festival has January and February moved by the festival's effect,
        as estimated from the year-on-year changes of the series (two years of positive sales needed).

    Returns
    -------
    Series
        Named `seasonal_naive`, on the months that follow; missing where that month was never seen.

    Examples
    --------
    >>> sales = pd.Series(range(12), pd.period_range("2026-01", "2026-12", freq="M"))
    >>> seasonal_naive(sales, horizon=2).tolist()
    [0.0, 1.0]
    """
    ahead = months_after(sales, horizon)
    known = sales.dropna()
    latest = pd.Series(known.index, known.index.month).groupby(level=0).last()
    source = latest.reindex(ahead.month)
    values = [known[month] if month is not pd.NaT else np.nan for month in source]
    naive = pd.Series(values, ahead, name="seasonal_naive", dtype=float)
    effect = _festival_effect(_dated(known, country), country)
    if effect == 0 or naive.isna().any():
        return naive
    regressor = _festival_of(ahead.append(pd.PeriodIndex(source, freq="M")), country)
    return naive * np.exp(effect * (regressor[:horizon] - regressor[horizon:]))


def mean_of_months(sales, *, horizon, country=None):
    """
    The mean sales a day of the known months of the last year: all that can be said where no month was seen twice.

    Not among the candidates; it stands in where a series is too short for any of them.

    Parameters
    ----------
    sales : Series
        Sales a month on a complete PeriodIndex of months; may hold gaps.
    horizon : int
        Months ahead.
    country : str, optional
        Not used.

    Returns
    -------
    Series
        Named `mean_of_months`, on the months that follow.

    Examples
    --------
    >>> sales = pd.Series([3100.0, 2800.0], pd.period_range("2027-01", "2027-02", freq="M"))
    >>> mean_of_months(sales, horizon=2).tolist()
    [3100.0, 3000.0]
    """
    known = sales.iloc[-YEAR:].dropna()
    ahead = months_after(sales, horizon)
    daily = known.sum() / known.index.days_in_month.to_numpy().sum() if len(known) else np.nan
    return pd.Series(daily * ahead.days_in_month, ahead, name="mean_of_months")


def calendar_regression(sales, *, horizon, country=None):
    """
    Log-linear regression on trend, month, weekend days and the Spring Festival; recent months count more.

    Sales a day are explained, so that the length of a month needs no coefficient. A month counts half as much as the
    one two years later.

    Parameters
    ----------
    sales : Series
        Positive sales a month on a complete PeriodIndex of months; gaps are left out of the fit.
    horizon : int
        Months ahead.
    country : str, optional
        ISO 3166 code; the festival enters where it is kept.

    Returns
    -------
    Series
        Named `calendar_regression`, on the months that follow; missing where the history cannot tell the coefficients
        apart (a month never seen, or a festival that did not move).

    References
    ----------
    Bell, W. R. and Hillmer, S. C. (1983). Modeling time series with calendar variation. Journal of the American
    Statistical Association 78(383), 526-534.

    Examples
    --------
    Sales of 100 a day, always:

    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> calendar_regression(pd.Series(100.0 * months.days_in_month, months), horizon=2).round(6).tolist()
    [3100.0, 2800.0]
    """
    known = _dated(sales.dropna(), country)
    ahead = months_after(sales, horizon)
    months = known.index.append(ahead)
    design = _design(months, sales.index[-1], country=country, weekends=len(known) >= 3 * YEAR)
    response = np.log(known.to_numpy(float) / known.index.days_in_month)
    age = (sales.index[-1].ordinal - known.index.astype("int64")).to_numpy()
    root = np.sqrt(0.5 ** (age / HALF_LIFE))
    coefficients, _, rank, _ = np.linalg.lstsq(design[: len(known)] * root[:, None], response * root, rcond=None)
    told_apart = rank == design.shape[1]
    daily = np.exp(design[len(known) :] @ coefficients) if told_apart else np.nan
    return pd.Series(daily * ahead.days_in_month, ahead, name="calendar_regression")


def theta(sales, *, horizon, country=None):
    """
    Dynamic optimised theta model (statsforecast), on the last 15 years.

    Parameters
    ----------
    sales : Series
        Sales a month on a complete PeriodIndex of months, without gaps.
    horizon : int
        Months ahead.
    country : str, optional
        Not used: the model knows no calendar.

    Returns
    -------
    Series
        Named `theta`, on the months that follow.

    References
    ----------
    Fiorucci, J. A. et al. (2016). Models for optimising the theta method and their relationship to state space models.
    International Journal of Forecasting 32(4), 1151-1161.
    """
    return _by_statsforecast("DynamicOptimizedTheta", sales, horizon).rename("theta")


def exponential_smoothing(sales, *, horizon, country=None):
    """
    Exponential smoothing with form chosen by AICc (AutoETS of statsforecast), on the last 15 years.

    Parameters
    ----------
    sales : Series
        Sales a month on a complete PeriodIndex of months, without gaps.
    horizon : int
        Months ahead.
    country : str, optional
        Not used: the model knows no calendar.

    Returns
    -------
    Series
        Named `exponential_smoothing`, on the months that follow.

    References
    ----------
    Hyndman, R. J. et al. (2002). A state space framework for automatic forecasting using exponential smoothing methods.
    International Journal of Forecasting 18(3), 439-454.
    """
    return _by_statsforecast("AutoETS", sales, horizon).rename("exponential_smoothing")


CANDIDATES = {
    "seasonal_naive": Candidate(seasonal_naive, months=YEAR, gaps=True, positive=False),
    "calendar_regression": Candidate(calendar_regression, months=2 * YEAR, gaps=True, positive=True),
    "theta": Candidate(theta, months=2 * YEAR, gaps=False, positive=True, package="statsforecast"),
    "exponential_smoothing": Candidate(
        exponential_smoothing, months=10 * YEAR, gaps=False, positive=True, package="statsforecast"
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
    ['seasonal_naive', 'calendar_regression']
    """
    return [name for name, candidate in CANDIDATES.items() if not candidate.package or find_spec(candidate.package)]


def candidate_forecasts(sales, *, horizon, country=None):
    """
    What every candidate says that this series is long and whole enough for, and the median of them.

    Parameters
    ----------
    sales : Series
        Sales a month on a complete PeriodIndex of months, from the first known month to the last.
    horizon : int
        Months ahead.
    country : str, optional
        ISO 3166 code.

    Returns
    -------
    DataFrame
        One row a month ahead, one column a candidate; `median` where there are three or more.

    Examples
    --------
    >>> sales = pd.Series(range(12), pd.period_range("2026-01", "2026-12", freq="M"))
    >>> candidate_forecasts(sales, horizon=1).columns.tolist()
    ['seasonal_naive']
    """
    usable = [name for name in installed() if _usable(CANDIDATES[name], sales)]
    columns = {name: CANDIDATES[name].function(sales, horizon=horizon, country=country) for name in usable}
    whole = {name: column for name, column in columns.items() if name == "seasonal_naive" or column.notna().all()}
    table = pd.DataFrame(whole, index=months_after(sales, horizon))
    if len(whole) >= 3:
        table["median"] = table.median(axis=1)
    return table


def _usable(candidate, sales):
    long_enough = len(sales) >= candidate.months and sales.notna().sum() >= candidate.months
    whole = candidate.gaps or sales.notna().all()
    return long_enough and whole and (not candidate.positive or bool((sales.dropna() > 0).all()))


def _festival_of(months, country):
    return festival_regressor(months, country=country).to_numpy()


def _dated(known, country):
    """The months for which the festival's date is in the table; all of them where it is not kept."""
    return known[known.index.year >= min(SPRING_FESTIVAL)] if keeps_spring_festival(country) else known


def _festival_effect(known, country):
    """Effect of the festival on log sales, from year-on-year changes: growth and festival, by least squares."""
    before = known.reindex(known.index - YEAR)
    pairs = before.notna().to_numpy()
    now, then = known[pairs], before[pairs]
    known_well = len(now) >= YEAR and (now > 0).all() and (then > 0).all()
    if not (known_well and keeps_spring_festival(country)):
        return 0.0
    moved = _festival_of(now.index, country) - _festival_of(then.index, country)
    longer = now.index.days_in_month / then.index.days_in_month
    change = np.log(now.to_numpy(float) / then.to_numpy(float) / longer)
    return float(np.linalg.lstsq(np.column_stack([np.ones(len(now)), moved]), change, rcond=None)[0][1])


def _design(months, last, *, country, weekends):
    """Trend in years, eleven month contrasts, weekend days over their usual share, the festival."""
    ordinal = months.astype("int64").to_numpy()
    dummies = [(months.month == month) - (months.month == YEAR).astype(float) for month in range(1, YEAR)]
    columns = [np.ones(len(months)), (ordinal - last.ordinal) / YEAR, *dummies]
    if weekends:
        columns.append(_weekend_share(months) - 2 / 7)
    if keeps_spring_festival(country):
        columns.append(_festival_of(months, country))
    return np.column_stack(columns).astype(float)


def _weekend_share(months):
    first = months.start_time.to_numpy().astype("datetime64[D]")
    after = (months + 1).start_time.to_numpy().astype("datetime64[D]")
    return 1 - np.busday_count(first, after) / months.days_in_month.to_numpy()


def _by_statsforecast(name, sales, horizon):
    """Forecast of a model of statsforecast, whose import and fit warn of what no reader can mend."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsforecast import models

        model = getattr(models, name)(season_length=YEAR)
        mean = model.forecast(y=sales.to_numpy(float)[-RECENT:], h=horizon)["mean"]
    return pd.Series(mean, months_after(sales, horizon))
