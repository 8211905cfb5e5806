"""Sensors that count passers-by for months: what is wrong with a series, and the profile of day and week it tells."""

import numpy as np
import pandas as pd

from .sensor_levels import level_breaks

FAULTS = ("gap", "repeated", "clock_change", "zero_run", "level_break")
_HOUR = pd.Timedelta(hours=1)
_IMPROBABLE_ZERO = 300  # people usual in a run of zeros that makes it a dead sensor within a day
_SHORTEST_RUN = 3


def usable_hours(sensor_counts, *, zero_hours=24):
    """
    Counts of whole hours on an unbroken clock, with nothing in them that cannot be trusted.

    Intervals shorter than an hour are added up. Missing are hours without all their intervals (gaps), hours that stand
    twice (which of the two is meant cannot be known; adding them would double the hour), and runs of zeros of a dead or
    closed sensor. Nothing is filled.

    Parameters
    ----------
    sensor_counts : DataFrame
        `sensor_counts` table: `place_id`, `time` (beginning of the interval, local, without time zone), `people`.
    zero_hours : int
        Zeros in a row, hours, that make a sensor dead; also three hours or more where 300 people were usual.

    Returns
    -------
    DataFrame
        `people` by `place_id` and `time`, every hour from the place's first to its last.

    Raises
    ------
    ValueError
        If times carry a time zone or are missing, or people are negative.

    Examples
    --------
    >>> counts = pd.DataFrame({"place_id": "P1", "people": [3, 4, 5], "time": pd.to_datetime(
    ...     ["2025-03-03 10:00", "2025-03-03 11:00", "2025-03-03 13:00"])})
    >>> usable_hours(counts)["people"].tolist()
    [3.0, 4.0, nan, 5.0]
    """
    grid = _grid(sensor_counts)
    return grid[["people"]].mask(_runs_of_zeros(grid, zero_hours)["dead"])


def sensor_faults(sensor_counts, *, timezone=None, zero_hours=24, change=0.25):
    """
    What is wrong with sensor series: gaps, repeated hours, dead sensors, breaks of level.

    Parameters
    ----------
    sensor_counts : DataFrame
        As in `usable_hours`.
    timezone : str, optional
        Time zone of the places, such as `Pacific/Auckland`: an hour that a clock change skips or repeats is then a
        `clock_change`, and neither a gap nor a repeated hour. Without it they cannot be told apart.
    zero_hours : int
        As in `usable_hours`.
    change : float
        Least change of level; as in `sensor_levels.level_breaks`, which says how a break is found.

    Returns
    -------
    DataFrame, one row a fault, by place and time
        `place_id`, `fault` (`FAULTS`), `start` (first hour; of a break its Monday), `end` (last hour; of a break the
        last Monday of the new level), `hours` (missing for a break; of repeated hours the readings too many) and
        `change` (of a break: the new level over the old one, less 1).

    Raises
    ------
    ValueError
        As `usable_hours`.

    Examples
    --------
    >>> counts = pd.DataFrame({"place_id": "P1", "people": [3, 4, 4, 5], "time": pd.to_datetime(
    ...     ["2025-03-03 10:00", "2025-03-03 11:00", "2025-03-03 11:00", "2025-03-03 14:00"])})
    >>> sensor_faults(counts)[["fault", "hours"]].values.tolist()
    [['repeated', 1.0], ['gap', 2.0]]
    """
    grid = _grid(sensor_counts)
    skipped, doubled = _clock(grid.index.get_level_values("time"), timezone)
    runs = _runs_of_zeros(grid, zero_hours)
    repeated = grid["repeated"] > 0
    tables = [
        _spans(grid["missing"] & ~skipped, "gap"),
        _spans(grid["missing"] & skipped, "clock_change"),
        _repeats(grid[repeated & ~doubled], "repeated"),
        _repeats(grid[repeated & doubled], "clock_change"),
        _spans(runs["dead"], "zero_run"),
    ]
    levels = level_breaks(grid[["people"]].mask(runs["dead"]), change=change)
    tables.append(levels[levels["change"].notna()].assign(fault="level_break", hours=np.nan))
    columns = {"place_id": object, "fault": object, "start": "datetime64[ns]", "end": "datetime64[ns]", "hours": float}
    tables = [table for table in tables if len(table)] or [pd.DataFrame(columns=[*columns])]
    faults = (
        pd.concat(tables, ignore_index=True).reindex(columns=[*columns, "change"]).astype(columns | {"change": float})
    )
    return faults.sort_values(["place_id", "start", "fault"], kind="stable", ignore_index=True)


def hour_profile(hours):
    """
    People an hour by hour of the day and day of the week.

    Parameters
    ----------
    hours : DataFrame
        From `usable_hours`; cut to a period before, where the level broke (`hours[...]`).

    Returns
    -------
    DataFrame, by `place_id`, `weekday` (0 is Monday) and `hour`
        `people_hour` (mean), `people_hour_se` (of the mean over weeks, taken as independent; missing with one week),
        `weeks`, and `share` of the place's week (all 168 add up to 1; missing where one is missing).

    Examples
    --------
    >>> time = pd.date_range("2025-03-03", periods=14 * 24, freq="h")
    >>> index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    >>> profile = hour_profile(pd.DataFrame({"people": np.arange(336) % 24.0}, index=index))
    >>> profile.loc[("P1", 0, 23), ["people_hour", "weeks"]].tolist()
    [23.0, 2.0]
    """
    time = hours.index.get_level_values("time")
    by = [
        hours.index.get_level_values("place_id"),
        pd.Index(time.dayofweek, name="weekday"),
        pd.Index(time.hour, name="hour"),
    ]
    group = hours["people"].groupby(by)
    table = pd.DataFrame({"people_hour": group.mean(), "people_hour_se": group.sem(), "weeks": group.count()})
    week = table.groupby(level="place_id")["people_hour"]
    total = week.transform(lambda people: people.sum() if len(people.dropna()) == 7 * 24 else np.nan)
    return table.assign(share=table["people_hour"] / total.where(total > 0))


def day_shares(hours):
    """
    What each hour carried of each whole day: the `profile` that `foot_counts.expand_to_day` takes.

    Parameters
    ----------
    hours : DataFrame
        From `usable_hours`: the place itself at other times, or places like it. Days of several places also hold what
        places differ in.

    Returns
    -------
    DataFrame, one row a place, day type (`weekday`, `weekend`) and whole day with people
        Share of the day by hour, columns 0 to 23; each row adds up to 1.

    Examples
    --------
    >>> time = pd.date_range("2025-03-03", periods=24, freq="h")
    >>> index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    >>> day_shares(pd.DataFrame({"people": [0.0] * 12 + [5.0] * 12}, index=index))[[8, 18]].round(4).values.tolist()
    [[0.0, 0.0833]]
    """
    time = hours.index.get_level_values("time")
    table = pd.DataFrame(
        {
            "place_id": hours.index.get_level_values("place_id"),
            "date": time.normalize(),
            "hour": time.hour,
            "people": hours["people"].to_numpy(),
        }
    )
    wide = table.pivot(index=["place_id", "date"], columns="hour", values="people").reindex(columns=range(24)).dropna()
    wide = wide[wide.sum(axis=1) > 0]
    kind = np.where(wide.index.get_level_values("date").dayofweek < 5, "weekday", "weekend")
    shares = wide.div(wide.sum(axis=1), axis=0).set_index(pd.Index(kind, name="day_type"), append=True)
    return shares.reorder_levels(["place_id", "day_type", "date"])


def _grid(sensor_counts):
    """Every hour from a place's first to its last: `people`, `missing`, `repeated` (readings too many)."""
    time = pd.to_datetime(sensor_counts["time"])
    if time.dt.tz is not None or time.isna().any():
        raise ValueError("each time must be known and local, without a time zone")
    if (sensor_counts["people"] < 0).any():
        raise ValueError("people must be at least 0")
    known = sensor_counts.assign(time=time)[sensor_counts["people"].notna()]
    parts = {place: _place_grid(part) for place, part in known.groupby("place_id")}
    if not parts:
        raise ValueError("sensor_counts holds no counts")
    return pd.concat(parts, names=["place_id", "time"])


def _place_grid(part):
    reading = part.groupby("time")["people"].agg(["sum", "size"])
    step = pd.Series(reading.index).diff().median()
    each = round(_HOUR / step) if pd.notna(step) and step < _HOUR else 1
    hour = reading.assign(twice=reading["size"] - 1).groupby(reading.index.floor("h"))
    grid = pd.DataFrame({"people": hour["sum"].sum(), "readings": hour.size(), "repeated": hour["twice"].sum()})
    grid = grid.reindex(pd.date_range(grid.index[0], grid.index[-1], freq="h", name="time"))
    missing = ~(grid["readings"] >= each)
    repeated = grid["repeated"].fillna(0)
    people = grid["people"].mask(missing | (repeated > 0)).astype(float)
    return pd.DataFrame({"people": people, "missing": missing, "repeated": repeated})


def _clock(time, timezone):
    """Hours that a clock change skips, and those it repeats."""
    if timezone is None:
        nowhere = np.zeros(len(time), dtype=bool)
        return nowhere, nowhere
    neither = time.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT").isna()
    skipped = time.tz_localize(timezone, ambiguous=np.zeros(len(time), dtype=bool), nonexistent="NaT").isna()
    return skipped, neither & ~skipped


def _runs_of_zeros(grid, zero_hours):
    """Which hours lie in a run of zeros that is too long, or too improbable, to be a quiet street."""
    people = grid["people"]
    place, time = (grid.index.get_level_values(name) for name in ("place_id", "time"))
    usual = people.where(people > 0).groupby([place, time.dayofweek, time.hour]).transform("median")
    zero = people.eq(0)
    run = pd.Series(_run_ids(zero), index=grid.index)
    hours = zero.groupby(run).transform("sum")
    expected = usual.fillna(0).groupby(run).transform("sum")
    dead = (hours >= zero_hours) | ((hours >= _SHORTEST_RUN) & (expected >= _IMPROBABLE_ZERO))
    return pd.DataFrame({"dead": zero & dead})


def _run_ids(flags):
    """A number for each run of equal flags within a place."""
    place = pd.Series(flags.index.get_level_values("place_id"))
    value = pd.Series(flags.to_numpy())
    return ((value != value.shift()) | (place != place.shift())).cumsum().to_numpy()


def _spans(flags, fault):
    """One row a run of flagged hours."""
    run = _run_ids(flags)[flags.to_numpy()]
    rows = flags[flags].reset_index()
    span = rows.groupby(run).agg(place_id=("place_id", "first"), start=("time", "first"), end=("time", "last"))
    return span.assign(fault=fault, hours=rows.groupby(run).size())


def _repeats(rows, fault):
    rows = rows.reset_index()
    table = {"place_id": rows["place_id"], "start": rows["time"], "end": rows["time"], "hours": rows["repeated"]}
    return pd.DataFrame(table).assign(fault=fault)
