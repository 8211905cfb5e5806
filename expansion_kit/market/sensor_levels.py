"""The level of a sensor's counts week by week: where it breaks, and how it grows since."""

import numpy as np
import pandas as pd

FEWEST_WEEKS = 8  # of a level; a holiday or a week of works is no break
_FEWEST_DAYS = 4  # whole days of a week that has a level
_YEAR = 52
_SEASON_WEEKS = 40  # of the year around a week, with a level
_PENALTY = 10.0


def weekly_level(hours):
    """
    People a day by week: the median of a week's days, each against what is usual for its day of the week.

    A median, so that a parade or a closed day doesn't make a week; against the day of the week, so that a week without
    its Sunday is not a busy one.

    Parameters
    ----------
    hours : DataFrame
        `people` an hour by `place_id` and `time`, from `sensor_counts.usable_hours`.

    Returns
    -------
    Series
        `weekly_level`, people a day, by `place_id` and `week` (its Monday); missing for a week with fewer than four
        whole days.

    Examples
    --------
    >>> time = pd.date_range("2025-03-03", periods=14 * 24, freq="h")
    >>> index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    >>> weekly_level(pd.DataFrame({"people": 10.0}, index=index)).tolist()
    [240.0, 240.0]
    """
    parts = {place: _weeks_of(part) for place, part in hours["people"].groupby(level="place_id")}
    return pd.concat(parts, names=["place_id", "week"]).rename("weekly_level")


def level_breaks(hours, *, change=0.25):
    """
    Weeks from which on people pass at another level for at least eight weeks.

    On the logarithm of `weekly_level`, less the season (with three years or more: the median over the years of each
    week against the median of the year around it, smoothed over five weeks), the weeks are cut into levels so that the
    squared distance to them is least at a penalty of 10 s2 ln(n) a cut; s is the noise from week to week, robustly, at
    least 5 %. All cuts are tried (optimal partitioning). Levels are compared by their medians; the smallest step is
    taken back until each is at least `change`.

    Parameters
    ----------
    hours : DataFrame
        As in `weekly_level`.
    change : float
        Least change that is a break (0.25: down by a quarter, or up by a third, which is the same way back).

    Returns
    -------
    DataFrame, one row a place and level
        `place_id`, `start`, `end` (Mondays of first and last week), `weeks` (with a level), `people_day` (median of a
        usual season) and `change` against the level before; missing for the first.

    References
    ----------
    Jackson, B. et al. (2005). An algorithm for optimal partitioning of data on an interval. IEEE Signal Processing
    Letters 12(2), 105-108. (PELT finds the same cuts, sooner on long series.)

    Examples
    --------
    >>> time = pd.date_range("2025-01-06", periods=24 * 7 * 24, freq="h")
    >>> index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    >>> people = pd.DataFrame({"people": np.where(time < "2025-03-31", 100.0, 40.0)}, index=index)
    >>> level_breaks(people).round(2)[["start", "change"]].astype(str).iloc[1].tolist()
    ['2025-03-31', '-0.6']
    """
    if not 0 < change < 1:
        raise ValueError(f"change must be between 0 and 1 (a quarter is 0.25), but is {change}")
    tables = [
        _levels(part.droplevel("place_id"), -np.log1p(-change)).assign(place_id=place)
        for place, part in weekly_level(hours).groupby(level="place_id")
    ]
    return pd.concat(tables, ignore_index=True)[["place_id", "start", "end", "weeks", "people_day", "change"]]


def level_trend(hours, *, confidence=0.9, change=0.25):
    """
    Growth a year since the last break of level, with an interval.

    Least squares on the logarithm of `weekly_level` less the season; the error is widened by the weeks' likeness to the
    week before (first-order autocorrelation, corrected for short series), and the degrees of freedom lessened by it.

    Parameters
    ----------
    hours : DataFrame
        As in `weekly_level`.
    confidence : float
        Of the interval.
    change : float
        As in `level_breaks`.

    Returns
    -------
    DataFrame, one row a place
        `trend_year` (0.05 is 5 % more each year), `trend_low`, `trend_high`, `since` (Monday), `weeks`, and `warnings`:
        `no_season` with fewer than three years of counts, so that growth and season are mixed, and `under_a_year`.
        Missing with fewer than eight weeks at the last level.

    References
    ----------
    Bayley, G. V. and Hammersley, J. M. (1946). The "effective" number of independent observations in an autocorrelated
    time series. Journal of the Royal Statistical Society, Supplement 8, 184-197.

    Examples
    --------
    >>> time = pd.date_range("2025-01-06", periods=60 * 7 * 24, freq="h")
    >>> index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    >>> people = pd.DataFrame({"people": 100 * 1.1 ** (np.arange(len(time)) / 8766)}, index=index)
    >>> level_trend(people)["trend_year"].round(2).tolist()
    [0.1]
    """
    last = level_breaks(hours, change=change).groupby("place_id")["start"].max()
    rows = {}
    for place, part in weekly_level(hours).groupby(level="place_id"):
        if place not in last.index:  # no whole week: no level, so no trend
            rows[place] = {"since": pd.NaT, "weeks": 0, "warnings": "no_season under_a_year"}
            continue
        level = _log(part.droplevel("place_id"))
        season = _season(level)
        off = (level - season)[level.index >= last[place]].dropna()
        slope, error, spare = _slope((off.index - level.index[0]).days.to_numpy() / 365.25, off.to_numpy())
        year = (off.index[-1] - off.index[0]).days >= 364 if len(off) else False
        codes = [("no_season", not season.any()), ("under_a_year", not year)]
        rows[place] = {
            **_growth(slope, error, spare, confidence),
            "since": last[place],
            "weeks": len(off),
            "warnings": " ".join(code for code, holds in codes if holds),
        }
    columns = ["trend_year", "trend_low", "trend_high", "since", "weeks", "warnings"]
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("place_id")


def _weeks_of(people):
    """Weekly level of one place."""
    hourly = people.droplevel("place_id")
    day = hourly.groupby(hourly.index.normalize())
    total = day.sum().where(day.count() == 24)
    usual = total.groupby(total.index.dayofweek).transform("median")
    against = total / usual.where(usual > 0)
    week = against.groupby(total.index - pd.to_timedelta(total.index.dayofweek, unit="D"))
    typical = total.groupby(total.index.dayofweek).median().mean()
    return week.median().where(week.count() >= _FEWEST_DAYS) * typical


def _log(level):
    return np.log(level.where(level > 0))


def _season(level):
    """What each week of the year is usually above the year around it, on the logarithm; 0 with under three years."""
    around = level.rolling(_YEAR + 1, center=True, min_periods=_SEASON_WEEKS).median()
    off = (level - around).iloc[_YEAR // 2 : -_YEAR // 2].dropna()
    if len(off) < 2 * _YEAR:
        return pd.Series(0.0, index=level.index)
    usual = off.groupby(_week(off)).median().reindex(range(1, _YEAR + 1)).interpolate(limit_direction="both")
    round_the_year = pd.concat([usual[-2:], usual, usual[:2]]).rolling(5, center=True).mean().iloc[2:-2]
    smooth = round_the_year - round_the_year.mean()
    return pd.Series(smooth.loc[_week(level)].to_numpy(), index=level.index)


def _week(level):
    return level.index.isocalendar().week.clip(upper=_YEAR).to_numpy()


def _levels(level, least):
    """Levels of one place; `least` is the least step on the logarithm."""
    full = (_log(level) - _season(_log(level))).dropna()
    if full.empty:
        return pd.DataFrame(columns=["start", "end", "weeks", "people_day", "change"])
    y = full.to_numpy()
    cuts = _merge(y, _partition(y, _PENALTY * _noise(y) ** 2 * np.log(max(len(y), 2))), least)
    edges = list(zip([0, *cuts], [*cuts, len(y)]))
    medians = np.array([np.median(y[a:b]) for a, b in edges])
    return pd.DataFrame(
        {
            "start": [full.index[a] for a, _ in edges],
            "end": [full.index[b - 1] for _, b in edges],
            "weeks": [b - a for a, b in edges],
            "people_day": np.exp(medians),
            "change": np.exp(np.diff(medians, prepend=np.nan)) - 1,
        }
    )


def _noise(y):
    """Week-to-week noise: a robust standard deviation of differences, at least 5 %."""
    steps = np.diff(y)
    spread = 1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2) if len(steps) else 0.0
    return max(spread, 0.05)


def _partition(y, penalty):
    """Cuts into levels of at least eight weeks with the least squared distance plus penalty a cut."""
    n = len(y)
    one, two = np.concatenate([[0], np.cumsum(y)]), np.concatenate([[0], np.cumsum(y**2)])
    best, before = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=int)
    best[0] = -penalty
    for end in range(min(FEWEST_WEEKS, n), n + 1):
        start = np.arange(0, max(end - FEWEST_WEEKS, 0) + 1)
        cost = two[end] - two[start] - (one[end] - one[start]) ** 2 / (end - start)
        total = best[start] + cost + penalty
        before[end] = start[np.argmin(total)]
        best[end] = total.min()
    cuts, end = [], n
    while before[end] > 0:
        end = before[end]
        cuts.insert(0, int(end))
    return cuts


def _merge(y, cuts, least):
    """Take back the smallest step until each is large enough."""
    while cuts:
        edges = [0, *cuts, len(y)]
        medians = np.array([np.median(y[a:b]) for a, b in zip(edges, edges[1:])])
        steps = np.abs(np.diff(medians))
        if steps.min() >= least:
            break
        cuts = [cut for k, cut in enumerate(cuts) if k != np.argmin(steps)]
    return cuts


def _slope(x, y):
    """Slope, its error and degrees of freedom, with residuals that are alike from week to week."""
    n = len(y)
    if n < FEWEST_WEEKS:
        return np.nan, np.nan, np.nan
    off = x - x.mean()
    slope = (off @ y) / (off @ off)
    left = y - y.mean() - slope * off
    square = left @ left
    alike = (left[1:] @ left[:-1]) / square if square > 0 else 0.0
    alike = np.clip(alike + (2 + 4 * alike) / n, 0, 0.95)  # short series hide it; Marriott and Pope 1954
    spare = max(n * (1 - alike) / (1 + alike) - 2, 1.0)  # effective number of weeks, less two
    return slope, np.sqrt(square / spare / (off @ off)), spare


def _growth(slope, error, spare, confidence):
    from scipy.stats import t

    wide = t.ppf(0.5 + confidence / 2, spare) * error
    low, mid, high = np.exp([slope - wide, slope, slope + wide]) - 1
    return {"trend_year": mid, "trend_low": low, "trend_high": high}
