"""
Sales history to a monthly forecast: whole months, a rolling backtest, the choice it leads to, honest intervals.

Notes are codes, several parted by `;`: `gaps` (months missing inside the history), `short_history` (under two years),
`no_backtest` (too short to test a year ahead), `ended` (no sales at the end of the history: not forecast),
`no_statsforecast` (theta and exponential smoothing left out because the extra `forecast` is not installed).
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.models import (
    CANDIDATES,
    YEAR,
    candidate_forecasts,
    installed,
    mean_of_months,
    seasonal_naive,
)

KEYS = ("territory_id", "store_id")
KINDS = {
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "day": r"\d{4}-\d{2}-\d{2}",
    "ISO week": r"\d{4}-W\d{2}",
    "quarter": r"\d{4}-Q[1-4]",
}
ALPHA = 0.2  # sales_p10 to sales_p90


def monthly_history(sales, *, by):
    """
    Sales by month, one column a territory or store.

    A day's sales enter their month only when the month has a row for every day. A territory's month is the sum of its
    stores, and is missing when one of them has a gap there: a gap is counted (`gaps`), never filled.

    Parameters
    ----------
    sales : DataFrame
        `sales` table: `territory_id` and/or `store_id`, `period` (text, months `2027-02` or days `2027-02-28`),
        `sales` (money); `basis` optional.
    by : str
        `territory_id` or `store_id`. By store, rows without a store are left out.

    Returns
    -------
    DataFrame
        Index `period` (PeriodIndex of months, complete), columns the ids in order; money a month, missing where
        unknown.

    Raises
    ------
    ValueError
        If a column is missing, rows are doubled, a territory has both its own rows and its stores', a store has no
        territory, the basis is mixed, or a period is neither a month nor a day.

    Examples
    --------
    >>> rows = {"territory_id": ["T1", "T1"], "period": ["2027-01", "2027-03"], "sales": [5, 7]}
    >>> monthly_history(pd.DataFrame(rows), by="territory_id")["T1"].tolist()
    [5.0, nan, 7.0]
    """
    rows = _rows_of(sales, by)
    kind = _kind_of(rows["period"])
    units = [key for key in KEYS if key in rows]
    _refuse_doubles(rows, units)
    unit = rows[units].apply(tuple, axis=1) if len(units) > 1 else rows[by]
    values = pd.to_numeric(rows["sales"]).astype(float)
    months = pd.PeriodIndex(rows["period"].str[:7], freq="M")
    monthly = values.groupby([months, unit.to_numpy()]).sum(min_count=1)
    if kind == "day":
        whole = values.notna().groupby([months, unit.to_numpy()]).sum()
        monthly = monthly.where(whole == whole.index.get_level_values(0).days_in_month)
    wide = monthly.unstack()
    wide = wide.reindex(pd.period_range(wide.index.min(), wide.index.max(), freq="M", name="period"))
    owner = rows.groupby(unit.to_numpy())[by].first().reindex(wide.columns)
    total = wide.T.groupby(owner.to_numpy()).sum(min_count=1).T
    broken = _inside(wide).T.groupby(owner.to_numpy()).any().T
    return total.mask(broken).rename_axis(columns=by).sort_index(axis=1)


def gaps(history):
    """
    Months missing between the first and the last known month of each series.

    Parameters
    ----------
    history : DataFrame
        As `monthly_history` gives it.

    Returns
    -------
    Series
        Named `gaps`, index the ids; a count.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-04", freq="M")
    >>> gaps(pd.DataFrame({"T1": [5, None, 7, None]}, months)).to_dict()
    {'T1': 1}
    """
    return _inside(history).sum().rename("gaps")


def backtest(history, *, horizon=YEAR, origins=4, country=None):
    """
    Forecasts of every candidate as they would have been made at earlier months (rolling origin).

    The origins end `horizon` months before the last month and lie a year apart, or closer where the history is short,
    so that two years (or, failing that, one) are left to learn from.

    Parameters
    ----------
    history : DataFrame
        As `monthly_history` gives it.
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
        If `horizon` or `origins` is less than 1.
    """
    _check_counts(horizon=horizon, origins=origins)
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
        As `monthly_history` gives it.
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
        If `horizon` is less than 1.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0 * months.days_in_month}, months).rename_axis(columns="territory_id")
    >>> forecast(history, horizon=2)[["territory_id", "period", "sales_p50"]].round(6).values.tolist()
    [['T1', '2027-01', 3100.0], ['T1', '2027-02', 2800.0]]
    """
    _check_counts(horizon=horizon)
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
    """The series from its first known month; empty when the last month is not known."""
    known = series.notna().to_numpy()
    return series.iloc[known.argmax() :] if len(known) and known[-1] else series.iloc[:0]


def _cuts(length, horizon, origins):
    """Lengths of history at the origins, latest first."""
    last = length - horizon
    learn = 2 * YEAR if last >= 2 * YEAR else YEAR
    if last < learn:
        return []
    step = min(YEAR, max(1, (last - learn) // max(1, origins - 1)))
    return [cut for cut in range(last, learn - 1, -step)][:origins]


def _inside(wide):
    """Where a value is missing between the first and the last known one."""
    return wide.isna() & wide.ffill().notna() & wide.bfill().notna()


def _check_counts(**counts):
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, but is {value}")


def _rows_of(sales, by):
    if by not in KEYS:
        raise ValueError(f"by must be one of {', '.join(KEYS)}, but is {by!r}")
    absent = [column for column in (by, "period", "sales") if column not in sales]
    if absent:
        raise ValueError(f"the sales table lacks the columns {', '.join(absent)}")
    rows = sales.reset_index(drop=True)
    if "basis" in rows and rows["basis"].nunique(dropna=False) > 1:
        raise ValueError(f"sales of different basis cannot be added: {sorted(map(str, rows['basis'].unique()))}")
    if by == "store_id":
        return rows[rows["store_id"].notna()].drop(columns="territory_id", errors="ignore")
    return _rows_of_territories(rows)


def _rows_of_territories(rows):
    lost = rows[rows["territory_id"].isna()]
    if len(lost):
        first = lost["store_id"].iloc[0] if "store_id" in lost else f"row {lost.index[0]}"
        raise ValueError(f"{len(lost)} rows of sales have no territory_id, first {first}")
    if "store_id" not in rows or rows["store_id"].isna().all():
        return rows.drop(columns="store_id", errors="ignore")
    own = set(rows.loc[rows["store_id"].isna(), "territory_id"])
    both = sorted(own & set(rows.loc[rows["store_id"].notna(), "territory_id"]))
    if both:
        raise ValueError(f"territories counted twice, by their own rows and by their stores': {', '.join(both[:5])}")
    return rows.assign(store_id=rows["store_id"].fillna(""))


def _kind_of(periods):
    periods = periods.astype(str)
    if periods.empty:
        raise ValueError("the sales table has no rows")
    kinds = {name: periods.str.fullmatch(pattern) for name, pattern in KINDS.items()}
    found = [name for name, match in kinds.items() if match.any()]
    unknown = periods[~np.logical_or.reduce(list(kinds.values()))]
    if len(unknown):
        raise ValueError(f"period {unknown.iloc[0]!r} is not a month such as 2027-02 or a day such as 2027-02-28")
    if len(found) > 1:
        raise ValueError(f"periods of different length cannot be added: {', '.join(found)}")
    if found[0] not in ("month", "day"):
        raise ValueError(
            f"sales by {found[0]} ({periods.iloc[0]}) cannot be cut into months without assuming how they spread; "
            "give months or days"
        )
    return found[0]


def _refuse_doubles(rows, units):
    double = rows[rows.duplicated([*units, "period"])]
    if len(double):
        names = [" ".join(map(str, row)) for row in double[[*units, "period"]].head(3).to_numpy()]
        raise ValueError(f"{len(double)} rows of sales are doubled, first {'; '.join(names)}")
