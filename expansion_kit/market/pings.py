"""
Foot traffic from device pings: cells by the hour, unique visitors, visits to areas and where visitors live.

One definition for every engine: each function takes an Ibis table (`sources.pings.open_pings`) and gives an Ibis
expression, which `collect` runs. The engine lends the functions `h3_cell` and `in_shape`, by these names.

So that no person can be read out, what fewer than `fewest` devices stand behind is left out everywhere. Where parts add
up to a figure that is shown as well, the smallest shown part is hidden along with a small one, or the difference would
tell it. Not guarded is what several tables tell together: hand out one resolution, one threshold, and no areas that
differ by a house only. A device is no person: one may carry two, ids change, and most people are in no sample.
"""

from datetime import datetime, timezone
from functools import cache
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import shapely

from .. import geo

YEARS = (2000, 2050)  # a ping of another time is none
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = {
    None: ("all",),
    "day_type": ("weekday", "weekend"),
    "day": DAYS,
    "time_band": tuple(f"{hour:02}-{hour + 1:02}" for hour in range(24)),
}
_ORDER = {part: n for n, part in enumerate(part for parts in PARTS.values() for part in parts)}
_HOUR, _DAY = 3600, 86_400
_COVER = 10  # resolution of the cells through which pings find areas: 76 m from centre to corner
_SEAM = 1e-6  # degrees; a cell's outline is a plane's, its points are a sphere's


def cell_hours(pings, *, resolution=9, time_zone="UTC", fewest=10):
    """
    Pings and devices in each H3 cell in each hour.

    Parameters
    ----------
    pings : Ibis table
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
    _check(fewest, resolution)
    spots = pings.select("device", cell=_h3_cell(pings, resolution), hour=_local(pings, time_zone) // _HOUR)
    each = spots.group_by(["cell", "hour", "device"]).agg(pings=lambda t: t.count())  # spills; a distinct count doesn't
    hours = each.group_by(["cell", "hour"]).agg(pings=each.pings.sum(), devices=each.count())
    return _shown(hours, ["cell", "hour"], hours.devices >= fewest, counted=["pings"])


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
        `day_type` (weekday, weekend), `day` (monday ...) or `time_band` (00-01 ...). Hand out one of these: devices seen
        as a whole less those of weekdays are the ones that came only at the weekend, be they few.

    Returns
    -------
    Ibis table
        For `collect`: `cell` or `area_id`, `part`, `devices`, `device_days` (devices of each day, added up).

    Raises
    ------
    ValueError
        As `cell_hours`, and for areas that are no polygons.
    """
    _check(fewest, resolution, by=by)
    place = "cell" if areas is None else "area_id"
    spots = pings.mutate(cell=_h3_cell(pings, resolution)) if areas is None else _hits(pings, areas)
    local = _local(spots, time_zone)
    days = spots.select(place, "device", part=_part(local, by), day=local // _DAY).distinct()
    each = days.group_by([place, "part", "device"]).agg(days=lambda t: t.count())
    seen = each.group_by([place, "part"]).agg(devices=each.count(), device_days=each.days.sum())
    return _named(_shown(seen, [place, "part"], seen.devices >= fewest), by)


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
    local = _local(pings, time_zone)
    dates = pings.select(part=_part(local, "day_type"), day=local // _DAY).distinct()
    return _named(dates.group_by("part").agg(days=lambda t: t.count()).mutate(left_out=0), "day_type")


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
        For `collect`: `area_id`, `visits`, `visitors` (devices), `dwell_p25`, `dwell_p50`, `dwell_p75`: whole minutes
        from the first ping to the last, of visits with more than one ping, at least as many as shown stay as long or
        less; missing where fewer than `fewest` devices had one. Dwell is what was seen: people stay longer.

    Raises
    ------
    ValueError
        As `cell_hours`, and for areas that are no polygons.
    """
    _check(fewest)
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    seen = stays.group_by("area_id").agg(visits=stays.count(), visitors=stays.device.nunique())
    table = seen.left_join(_dwell(stays, fewest), "area_id").drop("area_id_right")
    return _shown(table, ["area_id"], table.visitors >= fewest)


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
    _check(fewest, by=by)
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    stays = stays.mutate(part=_part(_local_seconds(stays.start, time_zone), by))
    parts = stays.group_by(["area_id", "part"]).agg(visits=stays.count(), visitors=stays.device.nunique())
    parts = _guarded(parts, ["part"], "visitors", fewest, together=lambda few: few.max())
    return _named(_shown(parts, ["area_id", "part"], parts.shown), by)


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
    _check(fewest)
    if not 0 <= resolution <= 8:
        raise ValueError(f"resolution of a home must be 0 to 8, but is {resolution}: a finer cell is an address")
    stays = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    visitors = stays.select("area_id", "device").distinct()
    homes = _homes(pings, resolution, night, fewest_nights, time_zone)
    lived = visitors.left_join(homes, "device").select("area_id", "device", cell=lambda t: t.cell.fill_null(0))
    parts = lived.group_by(["area_id", "cell"]).agg(visitors=lived.count())
    parts = _guarded(parts, ["cell"], "visitors", fewest, together=lambda few: few.sum())
    kept = parts.mutate(home=(~parts.shown).ifelse("not shown", (parts.cell == 0).ifelse("unknown", "cell")))
    kept = kept.mutate(cell=(kept.home == "cell").ifelse(kept.cell, 0))
    told = kept.group_by(["area_id", "home", "cell"]).agg(visitors=kept.visitors.sum())
    return _shown(told, ["area_id", "home", "cell"], told.visitors >= fewest)


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

    hits = _hits(pings, areas)
    hits = hits.select("area_id", "device", second=_seconds(hits)).distinct()
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
    table : Ibis table

    Returns
    -------
    shown : DataFrame
        In the order of its first columns, the same on every engine; `cell` as text, `hour` as a local time.
    left_out : Series
        How many `rows` are left out because too few devices stand behind them, and `pings` in these where pings are
        counted.
    """
    import pyarrow

    whole = {pyarrow.int64(): pd.Int64Dtype()}  # a missing value must not turn ids into floats
    frame = table.to_pyarrow().to_pandas(types_mapper=whole.get)
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
        shown["hour"] = pd.to_datetime(shown["hour"] * _HOUR, unit="s")
    return shown.reset_index(drop=True), left_out.rename({"left_out": "rows"}).astype("int64").rename("left_out")


@cache
def _functions():
    """What the engine must have under these names."""
    import ibis

    @ibis.udf.scalar.builtin
    def h3_cell(lon: float, lat: float, resolution: int) -> int: ...

    @ibis.udf.scalar.builtin
    def in_shape(shape: bytes, lon: float, lat: float) -> bool: ...

    return h3_cell, in_shape


def _h3_cell(pings, resolution):
    return _functions()[0](pings.lon, pings.lat, resolution)


def _check(fewest, resolution=0, *, by=None):
    if fewest < 2:
        raise ValueError(f"fewest must be at least 2, or single persons are shown, but is {fewest}")
    if not 0 <= resolution <= 15:
        raise ValueError(f"resolution must be 0 to 15, but is {resolution}")
    if by not in PARTS:
        raise ValueError(f"by must be one of {', '.join(filter(None, PARTS))}, but is {by!r}")


def _shown(table, keys, shown, counted=()):
    """Rows that are shown, and one that counts those that are not: a second pass over the pings would cost as much."""
    measures = [name for name in table.columns if name not in keys and name != "shown"]
    table = table.mutate(_shown=shown)
    keys = {name: table._shown.ifelse(table[name], None) for name in keys}
    sums = {name: table[name].sum(where=None if name in counted else table._shown) for name in measures}
    sums["left_out"] = (~table._shown).cast("int64").sum()
    return table.group_by(**keys).agg(**{name: value.cast("int64") for name, value in sums.items()})


def _guarded(parts, order, people, fewest, *, together):
    """`shown` for the parts of each area: not the small ones, nor the next smallest if they are few even together."""
    import ibis

    parts = parts.mutate(few=parts[people] < fewest)
    area = ibis.window(group_by="area_id")
    hidden = together(parts.few.ifelse(parts[people], 0)).over(area)
    place = ibis.row_number().over(ibis.window(group_by=["area_id", "few"], order_by=[people, *order]))
    next_smallest = (hidden > 0) & (hidden < fewest) & (place == 0)
    return parts.mutate(shown=~(parts.few | next_smallest)).drop("few")


def _named(table, by):
    """Parts by name; they are numbers while the engine counts."""
    return table.mutate(part=table.part.cases(*enumerate(PARTS[by]), else_=None))


def _dwell(stays, fewest):
    """Quartiles of each area's visits with more than one ping, by nearest rank, so that every engine has the same."""
    import ibis

    stays = stays.filter(stays.stop > stays.start).mutate(minutes=lambda t: (t.stop - t.start) // 60)
    area = ibis.window(group_by="area_id")
    ranked = stays.mutate(
        rank=ibis.row_number().over(ibis.window(group_by="area_id", order_by="minutes")) + 1,
        count=stays.count().over(area),
    )
    quartiles = {
        f"dwell_p{percent}": ranked.minutes.min(where=ranked["rank"] * 100 >= ranked["count"] * percent)
        for percent in (25, 50, 75)
    }
    table = ranked.group_by("area_id").agg(**quartiles, devices=ranked.device.nunique())
    return table.filter(table.devices >= fewest).drop("devices")


def _homes(pings, resolution, night, fewest_nights, time_zone):
    """Device and cell of those with a home."""
    import ibis

    first, until = night
    local = _local(pings, time_zone)
    hour = local % _DAY // _HOUR
    dark = (hour >= first) | (hour < until) if first > until else (hour >= first) & (hour < until)
    nights = pings.filter(dark).select(
        "device", cell=_h3_cell(pings, resolution), night=(local - until * _HOUR) // _DAY if first > until else local // _DAY
    )
    each = nights.group_by(["device", "cell", "night"]).agg(pings=lambda t: t.count())
    seen = each.group_by(["device", "cell"]).agg(nights=each.count(), pings=each.pings.sum())
    order = [ibis.desc("nights"), ibis.desc("pings"), "cell"]
    best = seen.mutate(place=ibis.row_number().over(ibis.window(group_by="device", order_by=order)))
    return best.filter(best.place == 0, best.nights >= fewest_nights).select("device", "cell")


def _hits(pings, areas):
    """Pings with the area they lie in, once for each area."""
    import ibis

    cover = ibis.memtable(_cover(areas), schema={"cover": "int64", "area_id": "string", "shape": "binary"})
    near = pings.mutate(cover=_h3_cell(pings, _COVER)).inner_join(cover, "cover")
    return near.filter(_functions()[1](near.shape, near.lon, near.lat)).select("area_id", "device", "lon", "lat", "time")


def _cover(areas):
    """The cells around each area, with its id and shape."""
    if areas.crs is None:
        raise ValueError("the areas have no coordinate reference system; set it to EPSG:4326")
    shapes = gpd.GeoSeries(areas.geometry, crs=areas.crs).to_crs("EPSG:4326")
    if not areas.index.is_unique:
        raise ValueError("ids of areas, their index, must be unique")
    if not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all() or shapes.is_empty.any():
        raise ValueError("areas must be polygons; buffer points in metres first")
    rows = [
        (int(cell, 16), str(area), shapely.to_wkb(shape))
        for area, shape in shapes.items()
        for part in shapely.get_parts(shape)
        for cell in geo.hexagons(part.buffer(_SEAM), _COVER)
    ]
    return pd.DataFrame(rows, columns=["cover", "area_id", "shape"]).drop_duplicates(["cover", "area_id"])


def _seconds(pings):
    return pings.time.truncate("s").epoch_seconds().cast("int64")


def _local(pings, time_zone):
    return _local_seconds(_seconds(pings), time_zone)


def _local_seconds(seconds, time_zone):
    """Seconds since 1970 on the clocks of a time zone; sums and comparisons only, so that all engines agree."""
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

    start, end = (int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp()) for year in YEARS)
    steps = [(start, offset(start))]
    for day in range(start, end, _DAY):
        if offset(day + _DAY) != steps[-1][1]:
            early, late = day, day + _DAY
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if offset(middle) == steps[-1][1] else (early, middle)
            steps.append((late, offset(late)))
    return tuple(steps)


def _part(local, by):
    """Number of the part of the week or day, in the order of `PARTS`."""
    import ibis

    day = (local // _DAY + 3) % 7  # 1970 began on a Thursday
    parts = {"day": day, "day_type": (day >= 5).ifelse(1, 0), "time_band": local % _DAY // _HOUR}
    return parts[by].cast("int64") if by else ibis.literal(0, type="int64")
