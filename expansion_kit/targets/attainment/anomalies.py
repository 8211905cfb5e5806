"""
Weeks or months that a series' own past does not explain, by an alarm whose false rate is stated beforehand.

What is expected comes from a regression on logarithms: level, trend, season (of weeks three pairs of sines, of months
each its own), the Spring Festival where it is kept, and the level of the last periods. How far a period may be off is
read from the series' own leave-one-out errors, pooled over all series after each was divided by its own spread (split
conformal), so that the stated rate holds without assuming a normal distribution.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.festivals import BEFORE, keeps_spring_festival, window_days

FALSE_ALARM = 0.02  # of weeks: about one a year for each store
RECENT = {"W-SUN": 13, "M": 6}  # periods whose median is the level now
_WINDOWS = {  # days around the festival: week by week; where only months are known, those before it
    "W-SUN": ((-28, -22), (-21, -15), (-14, -8), (-7, -1), (0, 6), (7, 13), (14, 20)),
    "M": (BEFORE,),
}
_A_YEAR = {"W-SUN": 52, "M": 12}
COLUMNS = ["period", "sales", "expected", "deviation", "p_value", "alarm"]


def anomalies(history, *, since, false_alarm=FALSE_ALARM, country=None):
    """
    Periods whose sales are further from what is expected than chance explains.

    Parameters
    ----------
    history : DataFrame
        Sales by ISO week (PeriodIndex `W-SUN`) or month (`M`), complete index, one column a territory or store; the
        columns named `territory_id` or `store_id`.
    since : str or Period
        First period to look at; what lies before it is learned from. Two years known are needed.
    false_alarm : float
        Share of periods without an anomaly that may raise the alarm; 0.02 is one in fifty.
    country : str, optional
        ISO 3166 code: the Spring Festival enters where it is kept.

    Returns
    -------
    DataFrame
        One row a series and known period from `since` on: the key, `period` (as in `history`), `sales`, `expected`
        (money), `deviation` (share of the expected), `p_value` (missing where too little is known), `alarm` (missing
        where there is no p-value, or the past is too short for so small a rate).

    Raises
    ------
    ValueError
        If the index is neither weeks nor months, or the rate does not lie between 0 and 1.

    References
    ----------
    Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic learning in a random world. Springer.

    Examples
    --------
    A shop with a steady year loses a third of one month:

    >>> months = pd.period_range("2023-01", "2026-10", freq="M")
    >>> draw = np.random.default_rng(0)
    >>> sales = pd.DataFrame(np.exp(draw.normal(11, 0.03, (46, 5))), months, columns=list("ABCDE"))
    >>> sales = sales.rename_axis(columns="store_id")
    >>> sales.loc["2026-06", "C"] *= 0.65
    >>> found = anomalies(sales, since="2026-01", false_alarm=0.01)
    >>> found.loc[found["alarm"].fillna(False), ["store_id", "period"]].astype(str).values.tolist()
    [['C', '2026-06']]
    """
    freq = getattr(history.index, "freqstr", None)
    if freq not in _WINDOWS:
        raise ValueError(f"history must be by ISO week (W-SUN) or by month (M), but is by {freq}")
    if not 0 < false_alarm < 1:
        raise ValueError(f"false_alarm must lie between 0 and 1 (one in fifty is 0.02), but is {false_alarm}")
    start = pd.Period(since, freq)
    past = int((history.index < start).sum())
    design = _design(history.index, country if keeps_spring_festival(country) else None)
    tested, learned = [], []
    for key in history.columns:
        expected, score, own = _scores(history[key].to_numpy(float), design, past, freq)
        part = pd.DataFrame({"period": history.index[past:], "sales": history[key].to_numpy(float)[past:]})
        part.insert(0, history.columns.name, key)
        tested.append(part.assign(expected=expected, score=score))
        learned.append(own)
    if not tested:
        return pd.DataFrame(columns=[history.columns.name, *COLUMNS])
    table = pd.concat(tested, ignore_index=True)
    table = table[table["sales"].notna()].reset_index(drop=True)
    return _with_alarms(table, np.sort(np.concatenate(learned)), false_alarm)[[history.columns.name, *COLUMNS]]


def _with_alarms(table, learned, false_alarm):
    size = table["score"].abs().to_numpy()
    beyond = len(learned) - np.searchsorted(learned, size, side="left")
    p_value = np.where(np.isnan(size), np.nan, (1 + beyond) / (len(learned) + 1))
    possible = 1 / (len(learned) + 1) <= false_alarm
    alarm = pd.array(p_value <= false_alarm, dtype="boolean")
    alarm[np.isnan(p_value) | (not possible)] = pd.NA
    deviation = table["sales"] / table["expected"] - 1
    return table.assign(deviation=deviation, p_value=p_value, alarm=alarm)


def _design(periods, country):
    """Level, trend, season and festival of each period; days of the month as a known factor are in the last column."""
    first, last = periods.start_time.normalize(), periods.end_time.normalize()
    middle = first + (last - first) / 2
    years = np.asarray(middle.year + (middle.dayofyear - 1) / 365.25, dtype=float)
    if periods.freqstr == "M":
        season = [periods.month == month for month in range(2, 13)]
    else:
        turns = 2 * np.pi * np.outer(years, (1, 2, 3))
        season = [*np.sin(turns).T, *np.cos(turns).T]
    columns = [np.ones(len(periods)), years - years.mean(), *season]
    if country:
        columns += [
            _share_of(window, first, last, country, sorted({*first.year, *last.year}))
            for window in _WINDOWS[periods.freqstr]
        ]
    days = np.log(np.asarray((last - first).days + 1, dtype=float))
    return np.column_stack([*columns, days])


def _share_of(window, first, last, country, years):
    """Share of a festival window that lies in each period."""
    days = np.concatenate([window_days(year, country=country, window=window).to_numpy() for year in years])
    inside = (days >= first.to_numpy()[:, None]) & (days <= last.to_numpy()[:, None])
    return inside.sum(axis=1) / (window[1] - window[0] + 1)


def _scores(sales, design, past, freq):
    """Expected sales and score of each tested period, and the sizes of the scores learned from the past."""
    unknown = np.full(len(sales) - past, np.nan)
    with np.errstate(divide="ignore"):
        logs = np.where(np.isnan(sales), np.nan, np.log(np.clip(sales, 0, None))) - design[:, -1]
    known = np.isfinite(logs) & (np.arange(len(sales)) < past)
    used = design[:, :-1]
    used = used[:, [0, *(1 + np.flatnonzero(np.ptp(used[known, 1:], axis=0) > 0))]] if known.any() else used
    if known.sum() < max(2 * _A_YEAR[freq], 2 * used.shape[1]):
        return unknown, unknown, np.array([])
    fitted, errors, spread = _errors(logs, used, known)
    level = _level(errors, RECENT[freq])
    off = (errors - level) / np.sqrt(spread + np.pi / 2 / RECENT[freq])  # the median varies as well
    own = off[:past][np.isfinite(off[:past])]
    rest = (own @ own - own**2) / (len(own) - 1)  # each error is divided by the spread of the others
    new = off[past:] / np.sqrt(own @ own / len(own))
    expected = np.exp(fitted + level + design[:, -1])[past:]
    return expected, new, np.abs(own) / np.sqrt(rest)


def _errors(logs, used, known):
    """The fit, errors of predictions that did not see the period, their variances in variances of one period."""
    inverse = np.linalg.pinv(used[known].T @ used[known])
    fitted = used @ (inverse @ (used[known].T @ logs[known]))
    leverage = np.einsum("ij,jk,ik->i", used, inverse, used)
    kept = np.clip(1 - leverage, 0.05, None)
    errors = np.where(known, (logs - fitted) / kept, logs - fitted)
    return fitted, errors, np.where(known, 1 / kept, 1 + leverage)


def _level(errors, recent):
    """Median of the errors of the last periods before each, where at least half of them are known."""
    before = pd.Series(np.where(np.isneginf(errors), np.nan, errors)).shift(1)
    return before.rolling(recent, min_periods=recent // 2).median().to_numpy()
