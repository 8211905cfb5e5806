"""
Intervals from the errors of a backtest (split conformal), pooled over like series and scaled by each series' own noise.

Errors of later origins count more: each origin weighs half the one after it, so that a chain that has become calmer
or wilder is not judged by how it was. Like are the series with positive sales throughout, whose errors are taken on
logarithms, and those with returns or months of nothing, whose errors are taken in money.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.seasons import season_length

ALPHA = 0.2  # sales_p10 to sales_p90
FADE = 0.5  # weight of an origin against the one after it
RECENT = 5  # years that a series' noise is measured on
ENOUGH = 30  # errors at one step; with fewer all steps are pooled


def conformal_width(errors, *, alpha=ALPHA, weights=None):
    """
    Half-width of a split-conformal interval.

    Parameters
    ----------
    errors : array, shape (n,)
        Errors of forecasts that were not fitted to what they forecast.
    alpha : float
        Share of cases that may fall outside; 0.2 for an 80 % interval.
    weights : array, shape (n,), optional
        Above 0 and at most 1, the weight of the case to be forecast; 1 unless stated.

    Returns
    -------
    float
        The ceil((n + 1)(1 - alpha))-th smallest absolute error; missing when that is more than n. With weights, the
        smallest error at which the weights add up to (their sum + 1)(1 - alpha).

    References
    ----------
    Lei, J. et al. (2018). Distribution-free predictive inference for regression. Journal of the American Statistical
    Association 113(523), 1094-1111.
    Barber, R. F. et al. (2023). Conformal prediction beyond exchangeability. Annals of Statistics 51(2), 816-845.

    Examples
    --------
    >>> conformal_width(range(1, 100), alpha=0.1), conformal_width(range(8), alpha=0.1)
    (90.0, nan)
    """
    size = np.abs(np.asarray(list(errors), dtype=float))
    weights = np.ones(len(size)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(size, kind="stable")
    reached = np.cumsum(weights[order]) >= (weights.sum() + 1) * (1 - alpha) - 1e-9
    return float(size[order][reached.argmax()]) if reached.any() else float("nan")


def few_years(origins, *, alpha=ALPHA):
    """
    By how much an interval is widened that was measured at origins less than a year apart.

    Errors of years that overlap tell of few separate years, however many there are: the first and each twelve months
    between the first origin and the last. As in Student's t, so few have seen too little of what may come.

    Parameters
    ----------
    origins : PeriodIndex or what makes one
        Months at which the forecasts were made.
    alpha : float
        Share of cases that may fall outside.

    Returns
    -------
    float
        At least 1: Student's quantile with that many degrees of freedom over the normal one.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika 6(1), 1-25.

    Examples
    --------
    >>> round(few_years(["2025-01", "2026-01"]), 3), round(few_years(["2000-01", "2090-01"]), 2)
    (1.471, 1.01)
    """
    from scipy.special import ndtri, stdtrit

    months = pd.PeriodIndex(list(origins), freq="M").asi8
    years = 1 + (months.max() - months.min()) / 12
    return float(stdtrit(years, 1 - alpha / 2) / ndtri(1 - alpha / 2))


def year_on_year_noise(history, *, logs):
    """
    Mean absolute deviation of a series' year-on-year changes of the last five years from their median.

    Parameters
    ----------
    history : DataFrame
        On a complete PeriodIndex, one column a series.
    logs : bool
        Of logarithms, or of money.

    Returns
    -------
    Series
        Named `year_on_year_noise`, index the columns; the median of the others where a series has no second year.

    Examples
    --------
    >>> import pandas as pd
    >>> history = pd.DataFrame({"T1": [1.0, 1, 1, 1, 3, 2, 1, 2]}, pd.period_range("2026Q1", "2027Q4", freq="Q"))
    >>> year_on_year_noise(history, logs=False).tolist()
    [0.5]
    """
    values = np.log(history.where(history > 0)) if logs else history
    season = season_length(history.index)
    change = values.diff(season).tail(RECENT * season).dropna(axis=1, how="all")
    noise = (change - change.median()).abs().mean()
    noise = noise[noise > 0]
    usual = noise.median() if len(noise) else 1.0
    return noise.reindex(history.columns).fillna(usual).rename("year_on_year_noise")


def conformal_widths(errors, steps, *, horizon, alpha=ALPHA, weights=None):
    """
    Half-width of the interval at each step ahead, from errors in units of each series' noise.

    Parameters
    ----------
    errors : array, shape (n,)
        Errors over noise, of all like series and origins.
    steps : array of int, shape (n,)
        Steps ahead of each, from 1.
    horizon : int
    alpha, weights
        As for `conformal_width`.

    Returns
    -------
    ndarray, shape (horizon,)
        In units of noise; a step with fewer than 30 errors has the width of all steps together; missing where there are
        too few errors at all.

    Examples
    --------
    >>> conformal_widths([1, 2, 3, 4], [1, 1, 2, 2], horizon=2)
    array([4., 4.])
    """
    errors, steps = np.asarray(errors, dtype=float), np.asarray(steps)
    weights = np.ones(len(errors)) if weights is None else np.asarray(weights, dtype=float)
    together = conformal_width(errors, alpha=alpha, weights=weights)
    widths = []
    for step in range(1, horizon + 1):
        at = steps == step
        several = at.sum() >= ENOUGH
        widths.append(conformal_width(errors[at], alpha=alpha, weights=weights[at]) if several else together)
    return np.array(widths)


def interval_scale(noise, sizes):
    """
    Unit of a series' errors: the geometric mean of its noise and of its mean error in the backtest.

    Parameters
    ----------
    noise : Series
        As `year_on_year_noise` gives it.
    sizes : Series
        Absolute errors, index the series of each.

    Returns
    -------
    Series
        Named `interval_scale`, on the index of `noise`; a series without errors has the usual ratio of the two.

    Examples
    --------
    >>> import pandas as pd
    >>> noise, sizes = pd.Series({"a": 1.0, "b": 2.0}), pd.Series([4.0, 4.0], ["a", "a"])
    >>> interval_scale(noise, sizes).tolist()
    [2.0, 4.0]
    """
    mean = sizes.astype(float).groupby(level=0).mean().reindex(noise.index)
    ratio = (mean / noise).where(mean > 0)
    usual = ratio.dropna().median() if ratio.notna().any() else 1.0
    return (noise * np.sqrt(ratio.fillna(usual))).rename("interval_scale")
