"""Local time and the parts of the week and the day, as Ibis expressions of sums and comparisons only."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

HOUR, DAY = 3600, 86_400
PARTS = {
    None: ("all",),
    "day_type": ("weekday", "weekend"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "time_band": tuple(f"{hour:02}-{hour + 1:02}" for hour in range(24)),
}
_YEARS = (2000, 2050)


def seconds_of(pings):
    """
    When each ping was, in whole seconds.

    Parameters
    ----------
    pings : Ibis table
        With `time` (UTC).

    Returns
    -------
    Ibis column of int64
        Seconds since 1970.
    """
    return pings.time.truncate("s").epoch_seconds().cast("int64")


def local_seconds(pings, time_zone):
    """
    When each ping was, on the clocks of a time zone.

    Parameters
    ----------
    pings : Ibis table
        With `time` (UTC).
    time_zone : str

    Returns
    -------
    Ibis column of int64
        Seconds since the local 1970.
    """
    return clock_of(seconds_of(pings), time_zone)


def clock_of(seconds, time_zone):
    """
    UTC on the clocks of a time zone, half hours and summer time included.

    Parameters
    ----------
    seconds : Ibis column of int64
        Since 1970, UTC.
    time_zone : str

    Returns
    -------
    Ibis column of int64
        Seconds since the local 1970.
    """
    return seconds + _offset(seconds, transitions(time_zone))


def _offset(seconds, steps):
    import ibis

    if len(steps) == 1:
        return ibis.literal(steps[0][1], type="int64")
    middle = len(steps) // 2
    return (seconds < steps[middle][0]).ifelse(_offset(seconds, steps[:middle]), _offset(seconds, steps[middle:]))


@cache
def transitions(time_zone):
    """
    When the clocks of a time zone changed, between 2000 and 2050.

    Parameters
    ----------
    time_zone : str

    Returns
    -------
    tuple of pairs of int
        Seconds since 1970 (UTC) from when, and seconds by which local time is ahead of UTC.

    Raises
    ------
    ValueError
        If there is no such time zone.

    Examples
    --------
    >>> transitions("Asia/Shanghai"), transitions("Asia/Kolkata")
    (((946684800, 28800),), ((946684800, 19800),))
    """
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as fault:
        raise ValueError(f"there is no time zone {time_zone!r}; Asia/Shanghai is one") from fault

    def offset(second):
        return int(datetime.fromtimestamp(int(second), zone).utcoffset().total_seconds())

    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in _YEARS)
    steps = [(start, offset(start))]
    for day in range(start, end, DAY):
        if offset(day + DAY) != steps[-1][1]:
            early, late = day, day + DAY
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if offset(middle) == steps[-1][1] else (early, middle)
            steps.append((late, offset(late)))
    return tuple(steps)


def part_of(local, by):
    """
    The part of the week or the day.

    Parameters
    ----------
    local : Ibis column of int64
        Seconds since the local 1970.
    by : str or None
        A key of `PARTS`.

    Returns
    -------
    Ibis column of int64
        Number of the part in `PARTS`.
    """
    import ibis

    day = (local // DAY + 3) % 7  # 1970 began on a Thursday
    parts = {"day": day, "day_type": (day >= 5).ifelse(1, 0), "time_band": local % DAY // HOUR}
    return parts[by].cast("int64") if by else ibis.literal(0, type="int64")
