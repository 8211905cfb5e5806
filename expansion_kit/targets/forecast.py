"""
Monthly history to a forecast: a rolling backtest, the choice it leads to, honest intervals.

Notes are codes, several parted by `;`: `gaps` (months missing inside the history), `short_history` (under two years),
`no_backtest` (too short to test a year ahead), `ended` (no sales at the end of the history, or three months of nothing:
not forecast),
`no_statsforecast` (theta and exponential smoothing left out because the extra `forecast` is not installed).
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.history import KEYS, LATE
from expansion_kit.targets.models import (
    CANDIDATES,
    YEAR,
    candidate_forecasts,
    installed,
    mean_of_months,
    seasonal_naive,
)

ALPHA = 0.2  # sales_p10 to sales_p90


def backtest(history, *, horizon=YEAR, origins=4, country=None):
    """
    Forecasts of every candidate as they would have been made at earlier months (rolling origin).

    The origins end `horizon` months before the last month and lie a year apart, or closer where the history is short,
    so that two years (or, failing that, one) are left to learn from.

    Parameters
    ----------
    history : DataFrame
        As `history.monthly_history` gives it.
    horizon : int
        Months ahead.
    origins : int
        At most so many origins a series.
    country : str, optional
        ISO 3166 code: the Spring Festival enters where it is kept.

    Returns
    -------
    DataFrame
        `territory_id` or `store_id`, `origin` (last month known then), `period`, `model`, `sales`, `predicted`; no rows
        for a series that is too short or has ended.

    Raises
    ------
    ValueError
        If `horizon` or `origins` is less than 1, or the history is not as `history.monthly_history` gives it.

    Examples
    --------
    Two years allow one test of seasonal naive a year ahead:

    >>> months = pd.period_range("2025-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": range(24)}, months).rename_axis(columns="territory_id")
    >>> backtest(history)[["origin", "period", "model"]].iloc[0].tolist()
    ['2025-12', '2026-01', 'seasonal_naive']
    """
    _check(history, horizon=horizon, origins=origins)
    parts = []
    for key in history.columns:
        sales = _alive(history[key])
        for cut in _cuts(len(sales), horizon, origins):
            ahead = candidate_forecasts(sales.iloc[:cut], horizon=horizon, country=country)
            part = ahead.rename_axis("period").melt(var_name="model", value_name="predicted", ignore_index=False)
            part = part.reset_index()
            part.insert(0, "origin", str(sales.index[cut - 1]))
            part.insert(0, history.columns.name, key)
            part["sales"] = sales.reindex(part["period"]).to_numpy()
            parts.append(part)
    columns = [history.columns.name, "origin", "period", "model", "sales", "predicted"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)[columns].dropna(subset=["sales", "predicted"])
    return table.assign(period=table["period"].astype(str)).reset_index(drop=True)


def scores(tested, history):
    """
    Errors of each candidate in the backtest.

    Parameters
    ----------
    tested : DataFrame
        As `backtest` gives it.
    history : DataFrame
        The history it was made from.

    Returns
    -------
    DataFrame
        One row a series and candidate: `n` (forecasts), `wape` (sum of absolute errors over sum of sales, 0.06 is 6 %),
        `mase` (mean absolute error over that of the seasonal naive within the history), `bias` (over sales).

    Examples
    --------
    >>> months = pd.period_range("2025-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": range(24)}, months).rename_axis(columns="territory_id")
    >>> scores(backtest(history), history)[["n", "mase"]].iloc[0].tolist()
    [12.0, 1.0]
    """
    by = history.columns.name
    error = tested["predicted"] - tested["sales"]
    table = tested.assign(error=error, size=error.abs(), base=tested["sales"].abs())
    sums = table.groupby([by, "model"], sort=True)[["error", "size", "base"]].sum()
    counts = table.groupby([by, "model"], sort=True).size()
    usual = history.diff(YEAR).abs().mean().reindex(sums.index.get_level_values(by)).to_numpy()
    base = sums["base"].where(sums["base"] > 0)
    result = pd.DataFrame({"n": counts, "wape": sums["size"] / base})
    result["mase"] = sums["size"] / counts / np.where(usual > 0, usual, np.nan)
    result["bias"] = sums["error"] / base
    return result.reset_index()


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


def forecast(history, *, horizon=YEAR, country=None, seed=0, tested=None):
    """
    Monthly forecast with an 80 % interval, by the candidate that did best in the backtest of each series.

    Seasonal naive always takes part; a candidate that does not beat it is not used. The interval is split-conformal
    from the chosen candidate's backtest errors, on logarithms where all sales are positive.

    Parameters
    ----------
    history : DataFrame
        As `history.monthly_history` gives it.
    horizon : int
        Months ahead.
    country : str, optional
        ISO 3166 code: the Spring Festival enters where it is kept.
    seed : int
        For candidates that draw at random; none of today's does.
    tested : DataFrame, optional
        The backtest, if it was already made with the same `horizon` and `country`.

    Returns
    -------
    DataFrame
        `territory_id` or `store_id`, `period`, `sales_p10`, `sales_p50`, `sales_p90` (money a month), `model`,
        `backtest_wape`, `seasonal_naive_wape` (shares), `interval_method` (`split_conformal_log`, `split_conformal`,
        `none`), `backtest_errors` (count), `note` (codes, see the module). A series that ended has missing sales.

    Raises
    ------
    ValueError
        If `horizon` is less than 1, or the history is not as `history.monthly_history` gives it.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0 * months.days_in_month}, months).rename_axis(columns="territory_id")
    >>> forecast(history, horizon=2)[["territory_id", "period", "sales_p50"]].round(6).values.tolist()
    [['T1', '2027-01', 3100.0], ['T1', '2027-02', 2800.0]]
    """
    _check(history, horizon=horizon)
    by = history.columns.name
    if tested is None:
        tested = backtest(history, horizon=horizon, country=country)
    errors = scores(tested, history)
    parts = []
    for key in history.columns:
        one = errors[errors[by] == key].set_index("model")
        part = _forecast_one(history[key], one, tested[tested[by] == key], horizon=horizon, country=country)
        part.insert(0, by, key)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _forecast_one(series, errors, tested, *, horizon, country):
    sales = _alive(series)
    ahead = candidate_forecasts(sales, horizon=horizon, country=country) if len(sales) else None
    model, middle = _chosen(sales, ahead, errors, horizon=horizon, country=country)
    if len(sales) and np.isnan(middle).any():  # a gap a year ago leaves seasonal naive without that month
        model, middle = "mean_of_months", mean_of_months(sales, horizon=horizon).to_numpy()
    own = tested[tested["model"] == model]
    low, high, method = _interval(middle, own)
    index = pd.period_range(series.index[-1] + 1, periods=horizon, freq="M")
    table = pd.DataFrame({"period": index.astype(str), "sales_p10": low, "sales_p50": middle, "sales_p90": high})
    table["model"] = model
    table["backtest_wape"] = errors["wape"].get(model, np.nan)
    table["seasonal_naive_wape"] = errors["wape"].get("seasonal_naive", np.nan)
    table["interval_method"] = method
    table["backtest_errors"] = len(own)
    table["note"] = _note(sales, errors)
    return table


def _chosen(sales, ahead, errors, *, horizon, country):
    """Name and values of the candidate with the least WAPE among those tested wherever seasonal naive was."""
    if ahead is None:
        return "none", np.full(horizon, np.nan)
    if "seasonal_naive" in errors.index:
        fair = errors[(errors["n"] >= errors.loc["seasonal_naive", "n"]) & errors.index.isin(ahead.columns)]
        order = ["seasonal_naive", *fair.index.drop("seasonal_naive", errors="ignore")]
        ranked = fair["wape"].reindex(order).sort_values(kind="stable")
        return ranked.index[0], ahead[ranked.index[0]].to_numpy()
    if "seasonal_naive" in ahead:
        return "seasonal_naive", seasonal_naive(sales, horizon=horizon, country=country).to_numpy()
    return "mean_of_months", mean_of_months(sales, horizon=horizon).to_numpy()


def _interval(middle, own):
    """Lower and upper bound, and how they were made."""
    sales, predicted = own["sales"].to_numpy(float), own["predicted"].to_numpy(float)
    relative = len(own) > 0 and (sales > 0).all() and (predicted > 0).all() and (middle > 0).all()
    width = conformal_width(np.log(sales / predicted) if relative else sales - predicted)
    if np.isnan(width):
        missing = np.full(len(middle), np.nan)
        return missing, missing, "none"
    if relative:
        return middle * np.exp(-width), middle * np.exp(width), "split_conformal_log"
    return middle - width, middle + width, "split_conformal"


def _note(sales, errors):
    facts = {
        "ended": not len(sales),
        "gaps": sales.isna().any(),
        "short_history": 0 < len(sales) < 2 * YEAR,
        "no_backtest": len(sales) > 0 and errors.empty,
        "no_statsforecast": len(installed()) < len(CANDIDATES),
    }
    return ";".join(name for name, holds in facts.items() if holds)


def _alive(series):
    """The series from its first known month; empty when the last month is not known, or nothing was sold for long."""
    known = series.notna().to_numpy()
    if (series.tail(LATE) == 0).sum() == LATE:
        return series.iloc[:0]
    return series.iloc[known.argmax() :] if len(known) and known[-1] else series.iloc[:0]


def _cuts(length, horizon, origins):
    """Lengths of history at the origins, latest first."""
    last = length - horizon
    learn = 2 * YEAR if last >= 2 * YEAR else YEAR
    if last < learn:
        return []
    step = min(YEAR, max(1, (last - learn) // max(1, origins - 1)))
    return [cut for cut in range(last, learn - 1, -step)][:origins]


def _check(history, **counts):
    if history.columns.name not in KEYS or not isinstance(history.index, pd.PeriodIndex):
        raise ValueError("history must have months as its index and territory_id or store_id as its columns' name")
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, but is {value}")
