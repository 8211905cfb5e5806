"""
A history to a forecast: a rolling backtest, the choice it leads to, honest intervals.

Notes are codes, several parted by `;`: `gaps` (periods missing inside the history), `short_history` (under two years),
`no_backtest` (too short to be tested), `short_backtest` (tested on fewer periods ahead than are forecast), `ended` (no
sales at the end of the history, or a quarter of a year of nothing: not forecast), `others_errors` (the interval is made
of the errors of like series alone), `lost_own_backtest` (better than seasonal naive over all series, which decided, but
not on this series' own short backtest), `seasonal_naive_unbeaten` (nothing tested did better than the same period
a year ago), `no_statsforecast` (theta and exponential smoothing left out because the extra `forecast` is not
installed), `no_smoothing_for_so_many` (exponential smoothing left out for its time).
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.history import KEYS, LATE
from expansion_kit.targets.forecasting.intervals import FADE, conformal_widths, interval_scale, year_on_year_noise
from expansion_kit.targets.forecasting.models import CANDIDATES, YEAR, candidate_forecasts, installed, mean_of_year
from expansion_kit.targets.forecasting.seasons import MANY, periods_after, season_length

NAIVE = "seasonal_naive"
OWN = 0.2  # weight of a series' own backtest in the choice; on Australia 0.5 and 1 forecast worse
WORST = 1.5  # times the error of seasonal naive on the series' own backtest, beyond which nothing is chosen


def backtest(history, *, horizon=None, origins=None, country=None, seed=0):
    """
    Forecasts of every candidate as they would have been made at earlier periods (rolling origin).

    The origins end `horizon` periods before the last one and lie a year apart, or closer where the history is short, so
    that two years (or, failing that, one) are left to learn from. A history too short for that is tested on fewer
    periods ahead, at least a quarter of a year.

    Parameters
    ----------
    history : DataFrame
        As `history.monthly_history` or `history.sales_history` gives it.
    horizon : int, optional
        Periods ahead; a year unless stated.
    origins : int, optional
        At most so many origins; 4 unless stated, 2 for more than 300 series.
    country : str, optional
        ISO 3166 code: the Spring Festival enters where it is kept.
    seed : int
        For the pooled model, which draws its examples.

    Returns
    -------
    DataFrame
        `territory_id` or `store_id`, `origin` (last period known then), `period`, `model`, `sales`, `predicted`; no
        rows for a series that is too short or has ended.

    Raises
    ------
    ValueError
        If `horizon` or `origins` is less than 1, or the history is not as `history.sales_history` gives it.

    Examples
    --------
    Two years allow one test of seasonal naive a year ahead:

    >>> months = pd.period_range("2025-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": range(24)}, months).rename_axis(columns="territory_id")
    >>> backtest(history)[["origin", "period", "model"]].iloc[0].tolist()
    ['2025-12', '2026-01', 'seasonal_naive']
    """
    origins = (2 if history.shape[1] > MANY else 4) if origins is None else origins
    horizon = _checked(history, horizon, origins=origins)
    by, live = history.columns.name, _alive(history)
    cuts = _cuts(live, horizon, origins)[::-1]
    parts = []
    if cuts:
        said = candidate_forecasts(live, cuts, horizon=horizon, country=country, seed=seed)
        parts = [
            _rows(live, cut, model, values[i])
            for i, cut in reversed(list(enumerate(cuts)))
            for model, values in said.items()
        ]
    columns = [by, "origin", "period", "model", "sales", "predicted"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


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
    >>> scores(backtest(history), history).set_index("model").loc[["seasonal_naive"], ["n", "mase"]].values.tolist()
    [[12.0, 1.0]]
    """
    by = history.columns.name
    error = tested["predicted"] - tested["sales"]
    table = tested.assign(error=error, size=error.abs(), base=tested["sales"].abs(), n=1)
    sums = table.groupby([by, "model"], sort=True)[["error", "size", "base", "n"]].sum()
    usual = history.diff(season_length(history.index)).abs().mean()
    usual = usual.reindex(sums.index.get_level_values(by)).to_numpy()
    base = sums["base"].where(sums["base"] > 0)
    result = pd.DataFrame({"n": sums["n"], "wape": sums["size"] / base})
    result["mase"] = sums["size"] / sums["n"] / np.where(usual > 0, usual, np.nan)
    result["bias"] = sums["error"] / base
    return result.reset_index()


def chosen_models(tested, history):
    """
    The candidate that forecasts each series: the best by its own backtest and, four times as heavy, by that of all.

    Errors are put in relation to those of seasonal naive on the same periods. One series' backtest is short, and what
    wins there by chance loses later; what does well over all series steadies the choice. What does not beat seasonal
    naive by both together is not chosen. What also does not lose to it on the series' own backtest goes first; only
    where there is none, what lost there by less than half is chosen, with the note `lost_own_backtest`. A series alone
    is its own panel.

    Parameters
    ----------
    tested : DataFrame
        As `backtest` gives it.
    history : DataFrame
        The history it was made from.

    Returns
    -------
    Series
        Named `chosen_models`, index the ids that were tested.

    Examples
    --------
    >>> tested = pd.DataFrame({"territory_id": "T1", "model": ["seasonal_naive", "theta"], "sales": 9, "predicted": 8})
    >>> history = pd.DataFrame({"T1": [9.0]}, pd.period_range("2027-01", periods=1, freq="M"))
    >>> chosen_models(tested, history.rename_axis(columns="territory_id")).to_dict()
    {'T1': 'seasonal_naive'}
    """
    by = history.columns.name
    errors = scores(tested, history)
    n = errors.pivot(index=by, columns="model", values="n")
    wape = errors.pivot(index=by, columns="model", values="wape")
    if NAIVE not in n:
        return pd.Series(index=n.index[:0], name="chosen_models", dtype=object)
    names = [
        NAIVE,
        *[name for name in CANDIDATES if name != NAIVE and name in n],
        *(["median"] if "median" in n else []),
    ]
    n, wape = n.loc[n[NAIVE].notna(), names], wape.loc[n[NAIVE].notna(), names]
    with np.errstate(divide="ignore", invalid="ignore"):
        against = np.log(wape.div(wape[NAIVE], axis=0)).clip(-2, 2).where(n.ge(n[NAIVE], axis=0))
    against[NAIVE] = 0.0
    score = OWN * against + (1 - OWN) * against.mean()
    better = score < 0
    better[NAIVE] = False
    held = better & (against <= 0)
    near = better & (against <= np.log(WORST))
    score = score.where(held.where(held.any(axis=1), near, axis=0), np.inf)
    score[NAIVE] = score[NAIVE].where(held.any(axis=1), 0.0)
    return score.idxmin(axis=1).rename("chosen_models")


def forecast(history, *, horizon=None, country=None, seed=0, tested=None):
    """
    Forecast with an 80 % interval, by the candidate that the backtest chose for each series.

    Seasonal naive always takes part; what does not beat it is not used (`chosen_models` says how that is decided, and
    `note` where it was close). The interval is split-conformal
    from the backtest errors of what was chosen, over all origins, later ones weighing more, pooled over like series in
    units of each series' own noise; on logarithms where all sales are positive.

    Parameters
    ----------
    history : DataFrame
        As `history.monthly_history` or `history.sales_history` gives it.
    horizon : int, optional
        Periods ahead; a year unless stated.
    country : str, optional
        ISO 3166 code: the Spring Festival enters where it is kept.
    seed : int
        For the pooled model, which draws its examples.
    tested : DataFrame, optional
        The backtest, if it was already made with the same `horizon`, `country` and `seed`.

    Returns
    -------
    DataFrame
        `territory_id` or `store_id`, `period`, `sales_p10`, `sales_p50`, `sales_p90` (money a period), `model`,
        `backtest_wape`, `seasonal_naive_wape` (shares), `interval_method` (`split_conformal_log`, `split_conformal`,
        `none`), `backtest_errors` (of the series), `interval_errors` (of all like series), `note` (codes, see the
        module). A series that ended has missing sales.

    Raises
    ------
    ValueError
        If `horizon` is less than 1, or the history is not as `history.sales_history` gives it.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2026-12", freq="M")
    >>> history = pd.DataFrame({"T1": 100.0 * months.days_in_month}, months).rename_axis(columns="territory_id")
    >>> forecast(history, horizon=2)[["territory_id", "period", "sales_p50"]].round(6).values.tolist()
    [['T1', '2027-01', 3100.0], ['T1', '2027-02', 2800.0]]
    """
    horizon = _checked(history, horizon)
    if tested is None:
        tested = backtest(history, horizon=horizon, country=country, seed=seed)
    by, live = history.columns.name, _alive(history)
    chosen = chosen_models(tested, history).reindex(live.columns)
    middle, model = _middle(live, chosen, horizon=horizon, country=country, seed=seed)
    model = model.reindex(history.columns, fill_value="none")
    index = periods_after(history.index, horizon)
    table = middle.reindex(columns=history.columns).T.rename_axis(index=by, columns="period").stack(future_stack=True)
    table = table.rename("sales_p50").reset_index().assign(period=np.tile(index.astype(str), history.shape[1]))
    table["model"] = table[by].map(model)
    bounds = _bounds(table, live, tested, model, horizon)
    errors = scores(tested, history).set_index([by, "model"])["wape"] if len(tested) else pd.Series(dtype=float)
    keys = pd.MultiIndex.from_frame(table[[by, "model"]])
    table["backtest_wape"] = errors.reindex(keys).to_numpy() if len(errors) else np.nan
    naive = pd.MultiIndex.from_arrays([table[by], [NAIVE] * len(table)])
    table["seasonal_naive_wape"] = errors.reindex(naive).to_numpy() if len(errors) else np.nan
    table = table.join(bounds)
    table["note"] = table[by].map(_notes(history, live, table, tested, horizon))
    columns = f"{by} period sales_p10 sales_p50 sales_p90 model backtest_wape seasonal_naive_wape interval_method"
    return table[[*columns.split(), "backtest_errors", "interval_errors", "note"]]


def _middle(live, chosen, *, horizon, country, seed):
    """The forecast of each series by what was chosen for it, and the name of that."""
    model = chosen.fillna(NAIVE)
    index = periods_after(live.index, horizon)
    if live.empty:
        return pd.DataFrame(np.nan, index=index, columns=live.columns), model
    first = _cuts(live, horizon, 2)[-1:] if live.shape[1] > MANY else []
    said = candidate_forecasts(live, [*first, len(live)], horizon=horizon, country=country, seed=seed)
    middle = np.column_stack([said[name][-1][:, place] for place, name in enumerate(model)])
    # What was chosen may have nothing to say from today: then the year before, then the mean of the year.
    for name, values in ((NAIVE, said[NAIVE][-1]), ("mean_of_year", mean_of_year(live, horizon=horizon).to_numpy())):
        lost = np.isnan(middle).any(axis=0)
        middle[:, lost] = values[:, lost]
        model = model.mask(lost, name)
    return pd.DataFrame(middle, index=index, columns=live.columns), model


def _bounds(table, live, tested, model, horizon):
    """Lower and upper bound, how they were made, and from how many errors; on the rows of `table`."""
    by = live.columns.name
    positive = (live > 0).where(live.notna(), True).all()
    positive &= (table.groupby(by)["sales_p50"].min() > 0).reindex(positive.index)
    own = tested[tested["model"].eq(tested[by].map(model))]
    positive &= ~positive.index.isin(own.loc[own["predicted"] <= 0, by])
    bounds = pd.DataFrame({"sales_p10": np.nan, "sales_p90": np.nan}, index=table.index)
    bounds["interval_method"] = "none"
    bounds["backtest_errors"] = table[by].map(own.groupby(by).size()).fillna(0).astype(int)
    bounds["interval_errors"] = 0
    step = table.groupby(by).cumcount()
    for logs, kind in ((True, "split_conformal_log"), (False, "split_conformal")):
        like = positive.index[positive == logs]
        errors = own[own[by].isin(like)]
        rows = table[by].isin(like) & (table["model"] != "mean_of_year")
        size = np.log(errors["sales"] / errors["predicted"]) if logs else errors["sales"] - errors["predicted"]
        scale = interval_scale(year_on_year_noise(live[like], logs=logs), size.abs().set_axis(errors[by]))
        weights = FADE ** errors["origin"].rank(method="dense", ascending=False).sub(1)
        unit = size / errors[by].map(scale)
        widths = conformal_widths(unit, _steps(errors, live), horizon=horizon, weights=weights)
        width = widths[step[rows]] * table.loc[rows, by].map(scale)
        middle = table.loc[rows, "sales_p50"]
        bounds.loc[rows, "sales_p10"] = middle * np.exp(-width) if logs else middle - width
        bounds.loc[rows, "sales_p90"] = middle * np.exp(width) if logs else middle + width
        bounds.loc[rows, "interval_method"] = np.where(width.notna(), kind, "none")
        bounds.loc[rows, "interval_errors"] = len(errors)
    return bounds


def _steps(tested, live):
    """Steps ahead of each row of a backtest."""
    ordinal = pd.Series(range(len(live)), live.index.astype(str))
    return (tested["period"].map(ordinal) - tested["origin"].map(ordinal)).to_numpy()


def _notes(history, live, table, tested, horizon):
    by, season = history.columns.name, season_length(history.index)
    first = table.drop_duplicates(by).set_index(by)
    reach = tested.groupby(["origin"])["period"].nunique().max() if len(tested) else 0
    count = history.notna().sum()
    alive = pd.Series(history.columns.isin(live.columns), history.columns)
    facts = {
        "ended": ~alive,
        "gaps": (history.isna() & history.ffill().notna()).any() & alive,
        "short_history": alive & (count < 2 * season),
        "no_backtest": alive & first["backtest_wape"].isna(),
        "short_backtest": alive & first["backtest_wape"].notna() & (reach < horizon),
        "others_errors": (first["interval_method"] != "none") & (first["backtest_errors"] == 0),
        "lost_own_backtest": first["backtest_wape"] > first["seasonal_naive_wape"],
        "seasonal_naive_unbeaten": (first["model"] == NAIVE) & first["backtest_wape"].notna(),
        "no_statsforecast": pd.Series(len(installed()) < len(CANDIDATES), history.columns),
        "no_smoothing_for_so_many": (count >= 10 * season)
        & (live.shape[1] > CANDIDATES["exponential_smoothing"].series),
    }
    codes = pd.DataFrame(facts)
    names = codes.columns.to_numpy()
    return pd.Series([";".join(names[row]) for row in codes.to_numpy(bool)], codes.index, dtype=object)


def _alive(history):
    """The series whose last period is known, and which sold something in the last quarter of a year."""
    late = max(LATE * season_length(history.index) // YEAR, 1)
    nothing = (history.tail(late) == 0).sum() == late
    return history.loc[:, history.iloc[-1].notna() & ~nothing]


def _rows(live, cut, model, values):
    """Backtest rows of one candidate at one origin, where sales and forecast are both known."""
    real = live.iloc[cut : cut + len(values)].to_numpy(float)
    said = values[: len(real)].T
    there = np.isfinite(said) & np.isfinite(real.T)
    series, step = np.nonzero(there)
    names = live.index.astype(str).to_numpy()
    return pd.DataFrame(
        {
            live.columns.name: live.columns.to_numpy()[series],
            "origin": names[cut - 1],
            "period": names[cut:][step],
            "model": model,
            "sales": real.T[there],
            "predicted": said[there],
        }
    )


def _cuts(live, horizon, origins):
    """Rows of history known at the origins, latest first."""
    if live.empty:
        return []
    season, length = season_length(live.index), len(live)
    start = int(live.notna().any(axis=1).to_numpy().argmax())
    last = length - horizon
    learn = start + (2 * season if last - start >= 2 * season else season)
    if last < learn:  # a shorter reach, rather than no test
        learn, last = start + season, length - max(season // 4, 1)
    if last < learn:
        return []
    step = min(season, max(1, (last - learn) // max(1, origins - 1)))
    return [cut for cut in range(last, learn - 1, -step)][:origins]


def _checked(history, horizon, **counts):
    """The horizon, a year unless stated; a history or a count that cannot be is refused."""
    if history.columns.name not in KEYS or not isinstance(history.index, pd.PeriodIndex):
        raise ValueError("history must have periods as its index and territory_id or store_id as its columns' name")
    horizon = season_length(history.index) if horizon is None else horizon
    for name, value in {"horizon": horizon, **counts}.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, but is {value}")
    return horizon
