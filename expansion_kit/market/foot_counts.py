"""
Short manual counts of passers-by, expanded to the hour, the day and the week with their error.

Three errors add up: that of the minutes not watched (Poisson with a finite factor), that of the hours not watched
(between-hour variance), and that of the days not watched. What the sample cannot tell stands in `warnings`:

- `few_hours`: fewer than four hours (or than all) were watched, or their error cannot be told.
- `observed_hours_only`: no hours of the day were stated, so the "day" is the hours that were watched.
- `one_day`: no hour was watched on two days; the error is that of this day, not of a typical one.
- `few_people`: fewer than 30 people were counted, too few for a normal error.
- `part_of_week`: the day types counted don't make up a week, so there is no week.
"""

import numpy as np
import pandas as pd

from .foot_traffic import days_of_type

_MINUTES = 60.0
_FEW_HOURS = 4
_FEW_PEOPLE = 30


def expand_to_hour(foot_counts, *, burst=1.0):
    """
    Passers-by an hour from counts of some minutes, with their standard error.

    Counts of one place, day, hour and direction are put together, expanded to the hour, and directions added.

    Parameters
    ----------
    foot_counts : DataFrame
        `foot_counts` table: `place_id`, `date`, `hour`, `minutes_observed` (above 0, at most 60), `people`; `direction`
        and `day_type` where there are such. Without `day_type` Saturday and Sunday are `weekend`.
    burst : float or Series by `place_id`
        Times the standard error of independent passers-by, at least 1; see `burst_factor`. 2 is a rule of thumb for
        places where people come in bursts (an exit of the metro).

    Returns
    -------
    DataFrame, one row a place, day type, date and hour
        `people_hour`, `people_hour_se` (of this very hour; 0 where all 60 minutes were watched) and `people_counted`.

    Raises
    ------
    ValueError
        If minutes are missing, not above 0, or more than 60 in one hour and direction; people are missing or negative;
        or `burst` is below 1 or missing for a place.

    References
    ----------
    Poisson counts with a finite correction: variance (60/m)^2 c (1 - m/60), times the square of `burst`.

    Examples
    --------
    Twenty people in a quarter of an hour: 80 an hour, give or take 15.

    >>> count = pd.DataFrame({"place_id": ["P1"], "date": ["2025-03-03"], "hour": [10], "minutes_observed": [15],
    ...                       "people": [20]})
    >>> expand_to_hour(count)[["people_hour", "people_hour_se"]].round(1).iloc[0].tolist()
    [80.0, 15.5]
    """
    counts = _checked(foot_counts)
    hour = ["place_id", "day_type", "date", "hour"]
    each = counts.groupby([*hour, "direction"], as_index=False)[["people", "minutes_observed"]].sum()
    over = each["minutes_observed"] > _MINUTES
    if over.any():
        place = each.loc[over, "place_id"].iloc[0]
        raise ValueError(f"more than 60 minutes were counted in one hour at {place!r}; name each direction")
    factor = _MINUTES / each["minutes_observed"]
    times = _burst_of(each["place_id"], burst)
    each["variance"] = times**2 * factor**2 * each["people"] * (1 - each["minutes_observed"] / _MINUTES)
    each["people_hour"] = factor * each["people"]
    table = each.groupby(hour)[["people_hour", "variance", "people"]].sum()
    table["variance"] = np.sqrt(table["variance"])
    return table.rename(columns={"variance": "people_hour_se", "people": "people_counted"})


def burst_factor(foot_counts):
    """
    How much more counts vary within an hour than those of independent passers-by (Poisson).

    Read from hours that were counted in parts, such as three times five minutes. People who come in parties, with a
    traffic light or with a train give more than 1. Parts of 5 minutes tell of bursts up to that length only: count in
    parts as long as the count that is to be expanded.

    Parameters
    ----------
    foot_counts : DataFrame
        As in `expand_to_hour`, with several rows for one place, date, hour and direction.

    Returns
    -------
    Series
        `burst_factor` by `place_id`, at least 1: root of Pearson's chi-square over its degrees of freedom, all hours of
        the place together; missing for a place without an hour counted in parts.

    Raises
    ------
    ValueError
        As `expand_to_hour` for the counts.

    Examples
    --------
    >>> parts = pd.DataFrame({"place_id": "P1", "date": "2025-03-03", "hour": 10, "minutes_observed": 5,
    ...                       "people": [10, 40, 10]})
    >>> burst_factor(parts).round(2).to_dict()
    {'P1': 3.87}
    """
    counts = _checked(foot_counts)
    hour = [counts[column] for column in ("place_id", "date", "hour", "direction")]
    together = counts.groupby(hour)[["people", "minutes_observed"]].transform("sum")
    expected = together["people"] * counts["minutes_observed"] / together["minutes_observed"]
    square = ((counts["people"] - expected) ** 2 / expected.where(expected > 0)).groupby(hour).sum()
    spare = (counts.groupby(hour).size() - 1).where(counts.groupby(hour)["people"].sum() > 0, 0)
    by_place = pd.DataFrame({"square": square, "spare": spare}).groupby("place_id").sum()
    ratio = by_place["square"] / by_place["spare"].where(by_place["spare"] > 0)
    return np.sqrt(ratio.clip(lower=1)).rename("burst_factor")


def expand_to_day(foot_counts, *, hours=None, profile=None, burst=1.0, confidence=0.9):
    """
    Passers-by of a day of each type from counts of some minutes in some of its hours, with error and interval.

    Hours not watched are as the mean of those watched, or follow a `profile` of the day; either way they widen the
    error. The interval is by the t distribution on the logarithm: the total is never below zero, and high totals are
    farther off than low ones. Without `profile` the hours watched must be a random choice of the day's hours; four
    peak hours are none.

    Parameters
    ----------
    foot_counts : DataFrame
        As in `expand_to_hour`.
    hours : sequence of int, optional
        Hours of the day that the total is about, such as `range(7, 23)`. Without it the profile's hours; without a
        profile the hours watched (then nothing is guessed, and nothing said of the rest of the day).
    profile : Series by hour or DataFrame, optional
        What the hours carry, in any unit. A Series, or one row, is one stated profile: its error is read from how far
        the hours watched are off it (hardly with fewer than four). A DataFrame has one column an hour and one row a
        known day of this or of like places (`sensor_counts.day_shares`): the error is read from how much these hours
        carried over the days. Averages of many days as rows hide what days differ in: the error comes out too small.
        Rows of an index level `day_type` hold for that type only.
    burst : float or Series by `place_id`
        As in `expand_to_hour`.
    confidence : float
        Of the interval.

    Returns
    -------
    DataFrame, one row a place and day type
        `people_day`, `people_day_se`, `people_day_low`, `people_day_high`, `people_day_df` (degrees of freedom);
        `people_hour` (mean of the day's hours), `people_hour_se`; `hours_day`, `hours_observed`, `days_observed`,
        `people_counted`; `error_of`, the sources that the error holds (`minutes`; `hours` or `profile` where hours were
        not watched; `days` where an hour was watched on two), and `warnings` (see the module). Error and interval are
        missing with one hour watched and no profile of several days.

    Raises
    ------
    ValueError
        As `expand_to_hour`; if counts stand in hours outside `hours`, or a profile lacks an hour or is not above 0 in
        the hours watched, or has no row for a day type.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., ch. 10 (two stages). Royall, R. M. (1970). On finite population
    sampling theory under certain linear regression models. Biometrika 57, 377-387 (a total by a profile).
    Satterthwaite, F. E. (1946). Biometrics Bulletin 2, 110-114 (degrees of freedom of a sum).

    Examples
    --------
    Four quarters of an hour of a day of twelve hours:

    >>> count = pd.DataFrame({"place_id": "P1", "date": "2025-03-03", "hour": [8, 11, 14, 18],
    ...                       "minutes_observed": 15, "people": [40, 30, 35, 55]})
    >>> day = expand_to_day(count, hours=range(8, 20)).loc[("P1", "weekday")]
    >>> [float(day["people_day"]), *day[["people_day_low", "people_day_high"]].astype(float).round(), day["warnings"]]
    [1920.0, 1491.0, 2473.0, 'one_day']
    """
    by_hour = expand_to_hour(foot_counts, burst=burst)
    rows = {}
    for (place, day_type), part in by_hour.groupby(level=["place_id", "day_type"]):
        shape, wanted = _profile_of(profile, day_type, hours)
        rows[place, day_type] = _day(part.droplevel(["place_id", "day_type"]), wanted, shape)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["place_id", "day_type"])
    low, high = _interval(table["people_day"], table["people_day_se"], table["people_day_df"], confidence)
    table.insert(2, "people_day_low", low)
    table.insert(3, "people_day_high", high)
    return table


def expand_to_week(days, *, confidence=0.9):
    """
    Passers-by of a week: five weekdays and two days of a weekend, or seven named days.

    Parameters
    ----------
    days : DataFrame
        From `expand_to_day`.
    confidence : float
        Of the interval.

    Returns
    -------
    DataFrame, one row a place
        `people_week`, `people_week_se`, `people_week_low`, `people_week_high`, `people_week_df`, and `warnings` of its
        days; a place whose day types don't make up a week has no figures, and the warning `part_of_week`.

    References
    ----------
    Strata: people = 5 N_wd + 2 N_we, variance = 25 V_wd + 4 V_we.

    Examples
    --------
    >>> count = pd.DataFrame({"place_id": "P1", "date": ["2025-03-03", "2025-03-08"], "hour": 10,
    ...                       "minutes_observed": 15, "people": [20, 30]})
    >>> expand_to_week(expand_to_day(count))[["people_week", "people_week_se"]].round(1).iloc[0].tolist()
    [640.0, 86.3]
    """
    types = days.index.get_level_values("day_type").map(days_of_type).to_numpy(dtype=float, na_value=np.nan)
    weight = pd.Series(types, index=days.index)
    parts = pd.DataFrame(
        {"people_week": weight * days["people_day"], "variance": (weight * days["people_day_se"]) ** 2}
    )
    parts["spread"] = parts["variance"] ** 2 / days["people_day_df"]
    place = days.index.get_level_values("place_id")
    whole = weight.groupby(place).agg(_sum_if_whole).eq(7)
    sums = parts.groupby(place).agg(_sum_if_whole).where(whole)
    week = pd.DataFrame({"people_week": sums["people_week"], "people_week_se": np.sqrt(sums["variance"])})
    week["people_week_df"] = _degrees(sums["variance"], sums["spread"])
    low, high = _interval(week["people_week"], week["people_week_se"], week["people_week_df"], confidence)
    week.insert(2, "people_week_low", low)
    week.insert(3, "people_week_high", high)
    said = days["warnings"].groupby(place).agg(" ".join)
    said = said.mask(~whole, said + " part_of_week")
    week["warnings"] = said.map(lambda codes: " ".join(dict.fromkeys(codes.split())))
    return week


def _sum_if_whole(values):
    return values.sum(skipna=False)


def _checked(foot_counts):
    """Counts with a date, a day type and a direction in every row."""
    counts = foot_counts.assign(date=pd.to_datetime(foot_counts["date"]))
    if not (counts["minutes_observed"] > 0).all() or not (counts["people"] >= 0).all():
        raise ValueError("each count needs minutes_observed above 0 and people of at least 0")
    if "day_type" not in counts or counts["day_type"].isna().any():
        weekday = pd.Series(np.where(counts["date"].dt.dayofweek < 5, "weekday", "weekend"), index=counts.index)
        counts["day_type"] = counts["day_type"].fillna(weekday) if "day_type" in counts else weekday
    counts["direction"] = counts["direction"].fillna("") if "direction" in counts else ""
    return counts


def _burst_of(places, burst):
    times = places.map(burst) if isinstance(burst, pd.Series) else pd.Series(float(burst), index=places.index)
    if not (times >= 1).all():
        raise ValueError(f"burst must be at least 1 for every place, but is not at {places[~(times >= 1)].iloc[0]!r}")
    return times


def _profile_of(profile, day_type, hours):
    """Shares of the day's hours (one row a known day) and these hours, for one day type; None where not stated."""
    if profile is None:
        return None, None if hours is None else list(hours)
    table = profile.to_frame().T if isinstance(profile, pd.Series) else profile
    if "day_type" in table.index.names:
        table = table[table.index.get_level_values("day_type") == day_type]
    wanted = list(table.columns if hours is None else hours)
    lacking = [hour for hour in wanted if hour not in table.columns]
    if lacking or table.empty:
        raise ValueError(f"the profile lacks hours {lacking} of day type {day_type!r}, or has no row for it")
    shares = table[wanted].astype(float)
    total = shares.sum(axis=1, skipna=False)
    shares = shares[total > 0].div(total[total > 0], axis=0)
    if shares.empty or (shares < 0).any(axis=None):
        raise ValueError(
            f"the profile of day type {day_type!r} must have people of at least 0 in every hour, some above"
        )
    return shares, wanted


def _day(part, hours, shares):
    """One place and day type: the day's total, its variance by source, and what the sample cannot tell."""
    by_hour = part.groupby("hour")
    mean = by_hour["people_hour"].mean()
    variance = (part["people_hour_se"] ** 2).groupby(level="hour").sum() / by_hour.size() ** 2
    stated, hours = hours is not None, list(mean.index) if hours is None else hours
    outside = sorted(set(mean.index) - set(hours))
    if outside:
        raise ValueError(f"counts stand in hours outside the day's: {outside}; widen `hours` or leave them out")
    people, minutes, between, spare, source = (
        _by_mean(mean, variance, len(hours)) if shares is None else _by_profile(mean, variance, shares)
    )
    days, spare_days = _between_days(part, people)
    parts = np.array([minutes, between, days])
    total = parts.sum()
    spread = sum(v**2 / d for v, d in zip(parts[1:], (spare, spare_days)) if v > 0)
    counted = part["people_counted"].sum()
    told = {
        "few_hours": len(mean) < min(_FEW_HOURS, len(hours)) or np.isnan(between),
        "observed_hours_only": not stated and len(mean) < 24,
        "one_day": spare_days == 0,
        "few_people": counted < _FEW_PEOPLE,
    }
    return {
        "people_day": people,
        "people_day_se": np.sqrt(total),
        "people_day_df": float(_degrees(total, spread)),
        "people_hour": people / len(hours),
        "people_hour_se": np.sqrt(total) / len(hours),
        "hours_day": len(hours),
        "hours_observed": len(mean),
        "days_observed": part.index.get_level_values("date").nunique(),
        "people_counted": counted,
        "error_of": source + (" days" if spare_days else ""),
        "warnings": " ".join(code for code, holds in told.items() if holds),
    }


def _by_mean(mean, variance, n_hours):
    """Hours not watched are as the mean of those watched; Cochran's two stages."""
    n = len(mean)
    people = n_hours * mean.mean()
    minutes = n_hours / n * variance.sum()
    if n == n_hours:
        return people, minutes, 0.0, np.inf, "minutes"
    between = n_hours**2 * (1 - n / n_hours) * mean.var(ddof=1) / n
    return people, minutes, between, n - 1, "minutes hours"


def _by_profile(mean, variance, shares):
    """Hours not watched follow a profile: the total is what was counted over what these hours carry of a day."""
    watched = shares[mean.index]
    known = watched.sum(axis=1)
    share = known.mean()
    if not share > 0:
        raise ValueError(f"the profile has nobody in the hours watched: {list(mean.index)}")
    people = mean.sum() / share
    minutes = variance.sum() / share**2
    if len(mean) == shares.shape[1]:
        return people, minutes, 0.0, np.inf, "minutes"
    n = len(shares)
    if n > 1:
        between = people**2 * known.var(ddof=1) / share**2 * (1 + 1 / n)
        return people, minutes, between, n - 1, "minutes profile"
    expected = watched.iloc[0].where(watched.iloc[0] > 0)
    off = ((mean - people * expected) ** 2 / expected).sum() / (len(mean) - 1) if len(mean) > 1 else np.nan
    return people, minutes, off * (1 - share) / share, len(mean) - 1, "minutes profile"


def _between_days(part, people):
    """Variance of the mean over days, from hours watched on two days or more; 0 and 0 where there are none."""
    again = part[part.groupby("hour")["people_hour"].transform("size") > 1]
    n = again.index.get_level_values("date").nunique()
    usual = again.groupby("hour")["people_hour"].transform("mean").groupby(level="date").sum()
    if n < 2 or not (usual > 0).all():
        return 0.0, 0
    level = again["people_hour"].groupby(level="date").sum() / usual
    noise = ((again["people_hour_se"] ** 2).groupby(level="date").sum() / usual**2).mean()
    return people**2 * max(level.var(ddof=1) - noise, 0.0) / n, n - 1


def _degrees(variance, spread):
    """Satterthwaite's degrees of freedom; without limit where all of the variance is Poisson."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.equal(spread, 0), np.inf, np.square(variance) / np.asarray(spread, dtype=float))


def _interval(people, error, degrees, confidence):
    """On the logarithm: estimate times and over exp(t se / estimate)."""
    from scipy.stats import t

    wide = t.ppf(0.5 + confidence / 2, degrees.clip(lower=1)) * error / people.where(people > 0)
    return people * np.exp(-wide), people * np.exp(wide)
