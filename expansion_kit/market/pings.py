"""
Foot traffic from device pings: cells by the hour, unique visitors, visits to areas and where visitors live.

One definition for every engine: each function takes an Ibis table (`sources.pings.open_pings`) and gives an Ibis
expression, which `collect` runs. The engine lends the functions `h3_cell` and `in_shape`, by these names. Behind
`cell_hours` and `visits` stand compiled loops too, which give the same tables (engine `compiled`).

So that no person can be read out, what fewer than `fewest` devices stand behind is left out everywhere. Where parts add
up to a figure that is shown as well, the smallest shown part is hidden along with a small one, or the difference would
tell it. Not guarded is what several tables tell together: hand out one resolution, one threshold, one cut of the week,
and no areas that differ by a house only. A device is no person: one may carry two, ids change, and most people are in
no sample.
"""

import pandas as pd

from .clocks import DAY, HOUR, PARTS, clock_of, local_seconds, part_of, seconds_of, transitions
from .ping_expressions import check_options, guarded, h3_cell_of, named, pings_in, shown_only

_ORDER = {part: n for n, part in enumerate(part for parts in PARTS.values() for part in parts)}


def cell_hours(pings, *, resolution=9, time_zone="UTC", fewest=10):
    """
    Pings and devices in each H3 cell in each hour.

    Parameters
    ----------
    pings : Ibis table, or list from the engine `compiled`
        `device`, `lon`, `lat` (WGS-84, degrees), `time` (UTC).
    resolution : int
        H3 resolution; 9 is about 0.2 km from centre to corner.
    time_zone : str
        Of the city (`Asia/Shanghai`). Where clocks are put back, the hour that comes twice is one hour here.
    fewest : int
        Cell-hours with fewer devices are left out; at least 2.

    Returns
    -------
    Ibis table
        For `collect`: `cell`, `hour` (local, its start), `pings`, `devices` (different ones).

    Raises
    ------
    ValueError
        If an option is out of its range, or there is no such time zone.
    """
    check_options(fewest, resolution)
    if isinstance(pings, list):
        from . import ping_counts

        return ping_counts.cell_hours(pings, transitions=transitions(time_zone), resolution=resolution, fewest=fewest)
    spots = pings.select("device", cell=h3_cell_of(pings, resolution), hour=local_seconds(pings, time_zone) // HOUR)
    each = spots.group_by(["cell", "hour", "device"]).agg(pings=lambda t: t.count())  # spills; a distinct count doesn't
    hours = each.group_by(["cell", "hour"]).agg(pings=each.pings.sum(), devices=each.count())
    return shown_only(hours, ["cell", "hour"], hours.devices >= fewest, counted=["pings"])


def unique_visitors(pings, areas=None, *, resolution=9, by=None, time_zone="UTC", fewest=10):
    """
    Devices in each cell or area, each counted once, as a whole or by parts of the week or the day.

    Parameters
    ----------
    pings, time_zone, fewest
        As in `cell_hours`.
    areas : GeoDataFrame, optional
        Polygons with their ids as index; without it H3 cells.
    resolution : int
        Of the cells.
    by : str, optional
        `day_type` (weekday, weekend), `day` (monday ...) or `time_band` (00-01 ...). Hand out one of these: devices
        seen as a whole less those of weekdays are the ones that came only at the weekend, be they few.

    Returns
    -------
    Ibis table
        For `collect`: `cell` or `area_id`, `part`, `devices`, `device_days` (devices of each day, added up).

    Raises
    ------
    ValueError
        As `cell_hours`, and for areas that are no polygons.
    """
    check_options(fewest, resolution, by=by)
    place = "cell" if areas is None else "area_id"
    spots = pings.mutate(cell=h3_cell_of(pings, resolution)) if areas is None else pings_in(pings, areas)
    local = local_seconds(spots, time_zone)
    days = spots.select(place, "device", part=part_of(local, by), day=local // DAY).distinct()
    each = days.group_by([place, "part", "device"]).agg(days=lambda t: t.count())
    seen = each.group_by([place, "part"]).agg(devices=each.count(), device_days=each.days.sum())
    return named(shown_only(seen, [place, "part"], seen.devices >= fewest), by)


def days_seen(pings, *, time_zone="UTC"):
    """
    Local dates on which there is any ping, by day type: what device-days are divided by.

    Parameters
    ----------
    pings, time_zone
        As in `cell_hours`.

    Returns
    -------
    Ibis table
        For `collect`: `part` (weekday, weekend), `days`. The first and last date count whole, however short they are.
    """
    local = local_seconds(pings, time_zone)
    dates = pings.select(part=part_of(local, "day_type"), day=local // DAY).distinct()
    return named(dates.group_by("part").agg(days=lambda t: t.count()).mutate(left_out=0), "day_type")


def visits(pings, areas, *, gap_minutes=30, shortest_minutes=0, fewest=10):
    """
    Visits to each area, by how many devices, and how long.

    Parameters
    ----------
    pings, fewest
        As in `cell_hours`; areas with fewer devices are left out.
    areas : GeoDataFrame
        Polygons with their ids as index. Where they overlap, a ping is in each of them; one on an edge is inside.
    gap_minutes : float
        A visit ends when a device is not seen in the area for longer than this.
    shortest_minutes : float
        What is shorter, from the first ping to the last, is passing by and no visit.

    Returns
    -------
    Ibis table
        For `collect`: `area_id`, `visits`, `visitors` (devices), `dwell_p25`, `dwell_p50`, `dwell_p75`: quartiles
        (nearest rank) of the whole minutes from the first ping to the last, of visits seen in more than one second;
        missing where fewer than `fewest` devices had one. Dwell is what was seen: people stay longer.

    Raises
    ------
    ValueError
        As `cell_hours`, and for areas that are no polygons.
    """
    check_options(fewest)
    if isinstance(pings, list):
        from . import ping_visits

        limits = {"gap_minutes": gap_minutes, "shortest_minutes": shortest_minutes, "fewest": fewest}
        return ping_visits.visits(pings, areas, **limits)
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    ranked = _ranked(stays.mutate(minutes=(stays.stop - stays.start) // 60, long=stays.stop > stays.start))
    dwell = {f"dwell_p{percent}": _quartile(ranked, percent) for percent in (25, 50, 75)}
    counts = {"visits": ranked.count(), "visitors": ranked.device.nunique()}
    table = ranked.group_by("area_id").agg(**counts, long=ranked.device.nunique(where=ranked.long), **dwell)
    table = table.mutate(**{name: (table.long >= fewest).ifelse(table[name], None) for name in dwell}).drop("long")
    return shown_only(table, ["area_id"], table.visitors >= fewest)


def visit_times(pings, areas, *, by="time_band", time_zone="UTC", gap_minutes=30, shortest_minutes=0, fewest=10):
    """
    When visits to each area begin.

    Parameters
    ----------
    pings, areas, gap_minutes, shortest_minutes, fewest
        As in `visits`.
    by : str
        `time_band`, `day` or `day_type`, as in `unique_visitors`.
    time_zone : str
        As in `cell_hours`.

    Returns
    -------
    Ibis table
        For `collect`: `area_id`, `part`, `visits`, `visitors`. Where a part is left out, the smallest of the others is
        as well: `visits` would tell the difference.

    Raises
    ------
    ValueError
        As `visits`.
    """
    check_options(fewest, by=by)
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    stays = stays.mutate(part=part_of(clock_of(stays.start, time_zone), by))
    parts = stays.group_by(["area_id", "part"]).agg(visits=stays.count(), visitors=stays.device.nunique())
    parts = guarded(parts, ["part"], "visitors", fewest, together=lambda few: few.max())
    return named(shown_only(parts, ["area_id", "part"], parts.shown), by)


def home_areas(
    pings,
    areas,
    *,
    resolution=7,
    night=(22, 6),
    fewest_nights=3,
    time_zone="UTC",
    gap_minutes=30,
    shortest_minutes=0,
    fewest=10,
):
    """
    Where the visitors of each area live: the cell in which a device was seen on most nights.

    Parameters
    ----------
    pings, areas, time_zone, gap_minutes, shortest_minutes, fewest
        As in `visits`.
    resolution : int
        H3 resolution of a home's cell, 8 at the finest; 7 is about 1.4 km from centre to corner.
    night : pair of int
        Local hours from and until.
    fewest_nights : int
        A device seen in its cell on fewer nights has an unknown home.

    Returns
    -------
    Ibis table
        For `collect`: `area_id`, `home` (`cell`, `unknown`, or `not shown`: cells with too few visitors, together, and
        with the next smallest where these are still too few), `cell`, `visitors`; adds up to the area's visitors.
        A tie of nights goes to the cell with more pings, then to the lower id.

    Raises
    ------
    ValueError
        As `visits`, and for a resolution above 8.
    """
    check_options(fewest)
    if not 0 <= resolution <= 8:
        raise ValueError(f"resolution of a home must be 0 to 8, but is {resolution}: a finer cell is an address")
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    visitors = stays.select("area_id", "device").distinct()
    homes = _homes(pings, resolution, night, fewest_nights, time_zone)
    lived = visitors.left_join(homes, "device").select("area_id", "device", cell=lambda t: t.cell.fill_null(0))
    parts = lived.group_by(["area_id", "cell"]).agg(visitors=lived.count())
    parts = guarded(parts, ["cell"], "visitors", fewest, together=lambda few: few.sum())
    kept = parts.mutate(home=(~parts.shown).ifelse("not shown", (parts.cell == 0).ifelse("unknown", "cell")))
    kept = kept.mutate(cell=(kept.home == "cell").ifelse(kept.cell, 0))
    told = kept.group_by(["area_id", "home", "cell"]).agg(visitors=kept.visitors.sum())
    return shown_only(told, ["area_id", "home", "cell"], told.visitors >= fewest)


def sessions(pings, areas, *, gap_minutes=30, shortest_minutes=0):
    """
    Each visit of each device: personal data, for further counting and never to be handed out.

    Parameters
    ----------
    pings, areas, gap_minutes, shortest_minutes
        As in `visits`.

    Returns
    -------
    Ibis table
        `area_id`, `device`, `number` (of the device's visit there), `start`, `stop` (seconds since 1970, UTC).

    Raises
    ------
    ValueError
        If the areas are no polygons in a reference system, or their ids are not unique.
    """
    import ibis

    hits = pings_in(pings, areas)
    hits = hits.select("area_id", "device", second=seconds_of(hits)).distinct()
    order = {"group_by": ["area_id", "device"], "order_by": "second"}
    since = hits.second - hits.second.lag().over(ibis.window(**order))
    hits = hits.mutate(begins=since.isnull() | (since > gap_minutes * 60))
    hits = hits.mutate(number=hits.begins.cast("int64").sum().over(ibis.cumulative_window(**order)))
    stays = hits.group_by(["area_id", "device", "number"]).agg(start=hits.second.min(), stop=hits.second.max())
    return stays.filter(stays.stop - stays.start >= shortest_minutes * 60)


def collect(table):
    """
    Run an expression of this module.

    Parameters
    ----------
    table : Ibis table, or what the engine `compiled` has counted

    Returns
    -------
    shown : DataFrame
        In the order of its first columns, the same on every engine; `cell` as text, `hour` as a local time.
    left_out : Series
        How many `rows` are left out because too few devices stand behind them, and `pings` in these where pings are
        counted.
    """
    if isinstance(table, tuple):
        return table
    import pyarrow

    frame = table.to_pyarrow().to_pandas(types_mapper={pyarrow.int64(): pd.Int64Dtype()}.get)
    folded = frame["left_out"] > 0
    left_out = frame.loc[folded, ["left_out", *frame.columns.intersection(["pings"])]].sum()
    shown = frame.loc[~folded].drop(columns="left_out")
    keys = [name for name in ("area_id", "home", "part", "cell", "hour") if name in shown]
    shown = shown.sort_values(keys, key=lambda column: column.map(_ORDER) if column.name == "part" else column)
    for name in shown.columns.difference(["area_id", "home", "part"]):
        shown[name] = shown[name].astype("Int64" if name.startswith("dwell") else "int64")
    if "cell" in shown:
        ids = {cell: f"{cell:x}" if cell else None for cell in shown["cell"].unique()}
        shown["cell"] = shown["cell"].map(ids).astype(object)
    if "hour" in shown:
        shown["hour"] = pd.to_datetime(shown["hour"] * HOUR, unit="s")
    return shown.reset_index(drop=True), left_out.rename({"left_out": "rows"}).astype("int64").rename("left_out")


def devices_day(visitors, days):
    """
    Devices of an average day: in the sample, not expanded to people.

    Parameters
    ----------
    visitors : DataFrame
        `unique_visitors` as a whole or by `day_type`, collected.
    days : DataFrame
        `days_seen`, collected.

    Returns
    -------
    Series
        `devices_day`, on the index of `visitors`.

    Examples
    --------
    >>> visitors = pd.DataFrame({"part": ["weekday", "weekend"], "device_days": [100, 60]})
    >>> devices_day(visitors, pd.DataFrame({"part": ["weekday", "weekend"], "days": [5, 2]})).tolist()
    [20.0, 30.0]
    """
    by_part = days.set_index("part")["days"]
    by_part.loc["all"] = by_part.sum()
    return (visitors["device_days"] / visitors["part"].map(by_part)).rename("devices_day")


def zone_devices_day(visitors, zone_of, days):
    """
    Devices of an average day by zone, added up from the cells that are shown.

    Made from what is shown and nothing else, so it tells no more than that: a zone counted by itself, less its cells,
    would give away a cell with one device. A device seen in two cells of a day is in both; what is hidden is not in it.

    Parameters
    ----------
    visitors : DataFrame
        `unique_visitors` of cells, by `day_type` or as a whole, collected.
    zone_of : Series
        Zone in which the middle of each row's cell lies (None outside all), on the index of `visitors`.
    days : DataFrame
        `days_seen`, collected.

    Returns
    -------
    Series
        `devices_day`, by zone; zones without a shown cell are not in it.

    Examples
    --------
    >>> visitors = pd.DataFrame({"cell": ["a", "a", "b"], "part": ["weekday", "weekend", "weekday"],
    ...                          "device_days": [100, 40, 70]})
    >>> days = pd.DataFrame({"part": ["weekday", "weekend"], "days": [5, 2]})
    >>> zone_devices_day(visitors, pd.Series(["Z1", "Z1", "Z1"]), days).to_dict()
    {'Z1': 30.0}
    """
    return (visitors["device_days"].groupby(zone_of).sum() / days["days"].sum()).rename("devices_day")


def _ranked(stays):
    """Visits by length within their area, those of one ping apart."""
    import ibis

    kind = ["area_id", "long"]
    rank = ibis.row_number().over(ibis.window(group_by=kind, order_by="minutes")) + 1
    return stays.mutate(rank=rank, of=stays.count().over(ibis.window(group_by=kind)))


def _quartile(ranked, percent):
    """By nearest rank, so that every engine has the same."""
    return ranked.minutes.min(where=ranked.long & (ranked["rank"] * 100 >= ranked["of"] * percent))


def _homes(pings, resolution, night, fewest_nights, time_zone):
    """Device and cell of those with a home."""
    import ibis

    first, until = night
    local = local_seconds(pings, time_zone)
    hour = local % DAY // HOUR
    dark = (hour >= first) | (hour < until) if first > until else (hour >= first) & (hour < until)
    begun = local - until * HOUR if first > until else local  # from midnight on, a night is of the evening before
    nights = pings.filter(dark).select("device", cell=h3_cell_of(pings, resolution), night=begun // DAY)
    each = nights.group_by(["device", "cell", "night"]).agg(pings=lambda t: t.count())
    seen = each.group_by(["device", "cell"]).agg(nights=each.count(), pings=each.pings.sum())
    order = [ibis.desc("nights"), ibis.desc("pings"), "cell"]
    best = seen.mutate(place=ibis.row_number().over(ibis.window(group_by="device", order_by=order)))
    return best.filter(best.place == 0, best.nights >= fewest_nights).select("device", "cell")
