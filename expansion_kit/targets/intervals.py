"""
Intervals from the errors of a backtest (split conformal), pooled over like series and scaled by each series' own noise.

Like are the series with positive sales throughout, whose errors are taken on logarithms, and those with returns or
months of nothing, whose errors are taken in money.
"""

import numpy as np

from expansion_kit.targets.calendars import season_length

ALPHA = 0.2  # sales_p10 to sales_p90
ENOUGH = 30  # errors at one step; with fewer all steps are pooled


def conformal_width(errors, *, alpha=ALPHA):
    """
    Half-width of a split-conformal interval.

    Parameters
    ----------
    errors : array, shape (n,)
        Errors of forecasts that were not fitted to what they forecast.
    alpha : float
        Share of cases that may fall outside; 0.2 for an 80 % interval.

    Returns
    -------
    float
        The ceil((n + 1)(1 - alpha))-th smallest absolute error; missing when that is more than n.

    References
    ----------
    Lei, J. et al. (2018). Distribution-free predictive inference for regression. Journal of the American Statistical
    Association 113(523), 1094-1111.

    Examples
    --------
    >>> conformal_width(range(1, 100), alpha=0.1), conformal_width(range(8), alpha=0.1)
    (90.0, nan)
    """
    size = np.sort(np.abs(np.asarray(list(errors), dtype=float)))
    rank = int(np.ceil((len(size) + 1) * (1 - alpha) - 1e-9))
    return float(size[rank - 1]) if rank <= len(size) else float("nan")


def year_on_year_noise(history, *, logs):
    """
    Mean absolute deviation of a series' year-on-year changes from their median: how restless it is.

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
    change = values.diff(season_length(history.index)).dropna(axis=1, how="all")
    noise = (change - change.median()).abs().mean()
    noise = noise[noise > 0]
    usual = noise.median() if len(noise) else 1.0
    return noise.reindex(history.columns).fillna(usual).rename("year_on_year_noise")


def conformal_widths(errors, steps, *, horizon, alpha=ALPHA):
    """
    Half-width of the interval at each step ahead, from errors in units of each series' noise.

    Parameters
    ----------
    errors : array, shape (n,)
        Errors over noise, of all like series and origins.
    steps : array of int, shape (n,)
        Steps ahead of each, from 1.
    horizon : int

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
    together = conformal_width(errors, alpha=alpha)
    several = [errors[steps == step] for step in range(1, horizon + 1)]
    return np.array([conformal_width(some, alpha=alpha) if len(some) >= ENOUGH else together for some in several])
