"""One-off events: marked by the planner or found as outliers; stated, and set aside only where somebody asks for it."""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.least_squares import fit_all
from expansion_kit.targets.forecasting.models import log_daily
from expansion_kit.targets.forecasting.seasons import calendar_design, season_length

TIMES = 4.0  # robust standard deviations
LEAST = 0.10  # and at least so far from the expected, as a share
MOST = 12  # of one series


def unusual_periods(history, *, country=None, times=TIMES, least=LEAST):
    """
    Periods that calendar and trend cannot explain.

    Residuals of the log-linear calendar regression are put in relation to their median absolute deviation. The greatest
    is taken out and the fit repeated, up to twelve times, so that one great event neither hides nor feigns another.

    Parameters
    ----------
    history : DataFrame
        As `history.sales_history` gives it; series with less than two years and a half are not judged.
    country : str, optional
        ISO 3166 code: the Spring Festival is explained where it is kept.
    times : float
        Robust standard deviations from which a period is unusual.
    least : float
        Least deviation from the expected, as a share.

    Returns
    -------
    DataFrame
        `territory_id` or `store_id`, `period` (text), `sales`, `expected` (money), `deviation` (share), `origin`
        (`found`).

    Examples
    --------
    >>> months = pd.period_range("2023-01", "2026-12", freq="M")
    >>> sales = 100 * np.exp(0.01 * np.sin(np.arange(48.0) ** 2)) * months.days_in_month
    >>> history = pd.DataFrame({"T1": sales}, months).rename_axis(columns="territory_id")
    >>> history.loc["2025-05", "T1"] *= 0.5
    >>> unusual_periods(history)[["territory_id", "period"]].values.tolist()
    [['T1', '2025-05']]
    """
    design = calendar_design(history.index, history.index[-1], country=country, weekends=False).to_numpy()
    logs = log_daily(history)
    enough = np.isfinite(logs).sum(axis=0) >= 2.5 * season_length(history.index)
    judged = np.where(enough, logs, np.nan)
    unusual = np.zeros(judged.shape, dtype=bool)
    for _ in range(MOST):
        coefficients, _ = fit_all(design, np.where(unusual, np.nan, judged))
        off = judged - design @ coefficients
        known = pd.DataFrame(np.where(unusual, np.nan, off))
        sigma = 1.4826 * (known - known.median()).abs().median().to_numpy()
        beyond = known.abs().to_numpy() / np.maximum(times * sigma, np.log1p(least))
        worst = np.nan_to_num(beyond) == np.nan_to_num(beyond).max(axis=0)
        news = worst & (np.nan_to_num(beyond) > 1)
        if not news.any():
            break
        unusual |= news
    row, column = np.nonzero(unusual)
    found = {history.columns.name: history.columns.to_numpy()[column]}
    found["period"] = history.index.astype(str).to_numpy()[row]
    found["sales"] = history.to_numpy(float)[row, column]
    found["expected"] = found["sales"] / np.exp(off[row, column])
    found["deviation"] = np.exp(off[row, column]) - 1
    table = pd.DataFrame(found).assign(origin="found")
    return table.sort_values([history.columns.name, "period"], ignore_index=True)


def set_aside(history, events):
    """
    The history without the periods of one-off events: they become missing, as gaps are.

    Parameters
    ----------
    history : DataFrame
        As `history.sales_history` gives it.
    events : DataFrame
        `territory_id` or `store_id` and `period` (text), as `unusual_periods` gives it or as the planner marks it.

    Returns
    -------
    DataFrame
        A new table of the same shape.

    Raises
    ------
    ValueError
        If an event names a series or a period that the history does not have.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": [5.0, 99.0]}, pd.period_range("2027-01", "2027-02", freq="M"))
    >>> events = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-02"]})
    >>> set_aside(history.rename_axis(columns="territory_id"), events)["T1"].tolist()
    [5.0, nan]
    """
    by = history.columns.name
    row = history.index.astype(str).get_indexer(events["period"].astype(str))
    column = history.columns.get_indexer(events[by])
    strange = events[(row < 0) | (column < 0)]
    if len(strange):
        first = strange.iloc[0]
        raise ValueError(f"{len(strange)} events are outside the history, first {first[by]} {first['period']}")
    hidden = np.zeros(history.shape, dtype=bool)
    hidden[row, column] = True
    return history.mask(hidden)
