"""Theta and exponential smoothing of statsforecast, learned at the first origin and carried forward to the others."""

import warnings

import numpy as np

from expansion_kit.targets.calendars import season_length

RECENT = 15  # years that they learn from: older ones made them worse, and slower


def theta(histories, *, horizon, seed=0):
    """
    Dynamic optimised theta model (statsforecast), on the last 15 years.

    Parameters
    ----------
    histories : list of DataFrame
        What was known at each origin, in rising order; columns the series, without gaps after their first value.
        A column that is missing altogether is left out at that origin.
    horizon : int
        Periods ahead.
    seed : int
        Not used.

    Returns
    -------
    list of array, shape (horizon, n_series)
        One an origin; missing where a series is.

    References
    ----------
    Fiorucci, J. A. et al. (2016). Models for optimising the theta method and their relationship to state space models.
    International Journal of Forecasting 32(4), 1151-1161.
    """
    return _carried("DynamicOptimizedTheta", histories, horizon)


def exponential_smoothing(histories, *, horizon, seed=0):
    """
    Exponential smoothing with form chosen by AICc (AutoETS of statsforecast), on the last 15 years.

    Parameters
    ----------
    histories : list of DataFrame
        As for `theta`.
    horizon : int
        Periods ahead.
    seed : int
        Not used.

    Returns
    -------
    list of array, shape (horizon, n_series)
        One an origin; missing where a series is.

    References
    ----------
    Hyndman, R. J. et al. (2002). A state space framework for automatic forecasting using exponential smoothing methods.
    International Journal of Forecasting 18(3), 439-454.
    """
    return _carried("AutoETS", histories, horizon)


def _carried(name, histories, horizon):
    """Each series is fitted at the first origin that has it; its later origins keep form and parameters."""
    season = season_length(histories[0].index)
    values = [history.to_numpy(float)[-RECENT * season :] for history in histories]
    result = [np.full((horizon, values[0].shape[1]), np.nan) for _ in values]
    with warnings.catch_warnings():  # its import and fits warn of what no reader can mend
        warnings.simplefilter("ignore")
        from statsforecast import models

        model = getattr(models, name)(season_length=season)
        for column in range(values[0].shape[1]):
            fitted = False
            for known, ahead in zip(values, result):
                series = known[:, column]
                series = series[np.isfinite(series)]
                if not len(series):
                    continue
                if not fitted:
                    model.fit(y=series)
                    ahead[:, column] = model.predict(h=horizon)["mean"]
                    fitted = True
                else:
                    ahead[:, column] = model.forward(y=series, h=horizon)["mean"]
    return result
