"""
Intervals of forecast sales from the errors at stores that were held out (conformal prediction, CV+).

Errors are taken on logarithms: an interval is a factor up and down, not a sum. There is none where the stores are too
few for it.
"""

import math

import numpy as np
import pandas as pd

LEVEL = 0.8  # from P10 to P90
OFFERED = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5)  # levels that are worth saying


def conformal_order(n, *, level=LEVEL):
    """
    Which of n errors, counted from the smallest, makes an interval of this level.

    Parameters
    ----------
    n : int
        Errors at held-out stores.
    level : float
        Share of new cases that the interval is to hold, between 0 and 1.

    Returns
    -------
    int or None
        The smallest whole number that is at least (n + 1) level; None where that is more than n: no finite interval.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    References
    ----------
    Lei, J. et al. (2018). Distribution-free predictive inference for regression. Journal of the American Statistical
    Association 113(523), 1094-1111.

    Examples
    --------
    >>> conformal_order(99, level=0.9), conformal_order(8, level=0.9), conformal_order(8)
    (90, None, 8)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, but is {level}")
    order = math.ceil((n + 1) * level - 1e-9)
    return order if order <= n else None


def carried_level(n, *, level=LEVEL):
    """
    The level that n errors carry: the one asked for, or the next lower one that is offered.

    Parameters
    ----------
    n, level
        As in `conformal_order`.

    Returns
    -------
    float
        `level` itself, or the largest of `OFFERED` below it that n errors carry; missing where they carry none.

    Examples
    --------
    >>> carried_level(9, level=0.9), carried_level(8, level=0.9), carried_level(0, level=0.9)
    (0.9, 0.8, nan)
    """
    for each in (level, *(lower for lower in OFFERED if lower < level)):
        if conformal_order(n, level=each) is not None:
            return each
    return float("nan")


def conformal_interval(predictions, errors, fold, *, level=LEVEL):
    """
    Interval of each place's sales by CV+: the forecast without each fold, moved by that fold's errors.

    Where the forecasts without the folds agree, this is split conformal: their common value, times and over the factor
    of the error of rank `conformal_order`.

    Parameters
    ----------
    predictions : DataFrame, shape (n_places, n_folds)
        Sales forecast by what was learned without the fold; columns the folds.
    errors : Series, shape (n_stores,)
        Logarithm of known over held-out forecast sales, by store; missing ones are left out.
    fold : Series
        Fold of each store.
    level : float
        As in `conformal_order`.

    Returns
    -------
    DataFrame, shape (n_places,)
        `low` and `high`, money as in `predictions`; missing where the errors are too few or a forecast is missing.

    References
    ----------
    Barber, R. F. et al. (2021). Predictive inference with the jackknife+. Annals of Statistics 49(1), 486-507. CV+
    keeps at least twice the error rate in the worst case and the level itself in most.

    Examples
    --------
    >>> predictions = pd.DataFrame({0: [100.0], 1: [100.0]}, index=["P1"])
    >>> errors = pd.Series(np.log([0.8, 1.1, 1.5, 1.2]), index=list("ABCD"))
    >>> conformal_interval(predictions, errors, pd.Series([0, 0, 1, 1], list("ABCD"))).round(1).to_dict("records")
    [{'low': 66.7, 'high': 150.0}]
    """
    size = errors.dropna().abs()
    order = conformal_order(len(size), level=level)
    bounds = pd.DataFrame(np.nan, index=predictions.index, columns=["low", "high"])
    if order is None:
        return bounds
    centre = np.log(predictions.reindex(columns=fold[size.index]).astype(float).to_numpy())
    told = ~np.isnan(centre).any(axis=1)
    below, above = np.sort(centre - size.to_numpy(), axis=1), np.sort(centre + size.to_numpy(), axis=1)
    bounds.loc[told, "low"] = np.exp(below[told, len(size) - order])
    bounds.loc[told, "high"] = np.exp(above[told, order - 1])
    return bounds
