"""Pings by H3 cell and hour on one machine, compiled (extra `fast`): tables of `pings` at a fraction of the cost."""

from collections import defaultdict
from functools import partial

import numpy as np
import pandas as pd

COLUMNS = ["device", "lon", "lat", "time"]
ROWS_AT_ONCE = 1 << 17
_HELD = 120_000_000  # pings whose hours are not complete, 12 bytes each
_BACK = 3  # hours that clocks may be put back
_UNTIL = 2_524_608_000  # 2050, in seconds since 1970
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def cell_hours(pings, *, transitions, resolution=9, fewest=10, held=_HELD):
    """
    Pings and devices in each H3 cell in each hour.

    An hour is counted and forgotten as soon as no later part of the data can hold a ping of it, which the statistics of
    Parquet tell: pings in order of time need little memory. Where too many hours are open at once, the later ones are
    let go and the data read again for them. One hour is always held whole.

    Parameters
    ----------
    pings : pyarrow.dataset.Dataset
        `device` (whole number or text), `lon`, `lat` (WGS-84, degrees), `time` (UTC), in any order. Rows that are no
        pings (something missing, off the globe, at 0, 0, outside 2000 to 2049) are passed over.
    transitions : sequence of pairs of int
        When clocks of the city's time zone changed (seconds since 1970, UTC; the first no later than 2000 or than the
        first ping) and by how many seconds local time is ahead from then on.
    resolution : int
        H3 resolution; 9 is about 0.2 km from centre to corner.
    fewest : int
        Cell-hours with fewer devices are left out; at least 2.
    held : int
        Pings held in memory at most (12 bytes each), except for a single hour.

    Returns
    -------
    shown : DataFrame
        `cell` (text), `hour` (local, its start), `pings`, `devices` (different ones), sorted by cell and hour.
    left_out : Series
        `rows` (cell-hours) with too few devices and the `pings` in them.

    Raises
    ------
    ValueError
        If an option is out of its range, or a column is missing or of a wrong type.
    """
    if fewest < 2:
        raise ValueError(f"fewest must be at least 2, or single persons are shown, but is {fewest}")
    if not 0 <= resolution <= 15:
        raise ValueError(f"resolution must be 0 to 15, but is {resolution}")
    from . import hexagons, ping_kernels

    check_columns(pings.schema)
    number, cells = hexagons.cell_numbers(resolution)
    parts, rows, left = [], 0, 0
    for hour, held_cells, held_devices in _whole_hours(pings, number, transitions, held):
        counts, few, few_pings = ping_kernels.count_devices(held_cells, held_devices, len(cells), fewest)
        parts.append(np.column_stack([np.full(len(counts), hour), counts]))
        rows, left = rows + few, left + few_pings
    hour, cell, count, devices = np.concatenate([np.empty((0, 4), dtype=np.int64), *parts]).T
    del parts
    ids = np.fromiter(cells, dtype=np.int64, count=len(cells))
    order = np.lexsort((hour, ids[cell]))
    names = np.array([format(one, "x") for one in cells], dtype=object)
    shown = pd.DataFrame(
        {
            "cell": names[cell[order]],
            "hour": pd.to_datetime(hour[order] * 3600, unit="s"),
            "pings": count[order],
            "devices": devices[order],
        }
    )
    return shown, pd.Series({"rows": rows, "pings": left}, dtype="int64", name="left_out")


def check_columns(schema):
    """
    Refuse columns that the compiled loops cannot count with.

    Parameters
    ----------
    schema : pyarrow.Schema

    Raises
    ------
    ValueError
        If a column is missing or of a wrong type, all of them in one message.
    """
    from pyarrow import types

    def text_or_whole(kind):
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)

    wanted = {
        "device": (text_or_whole, "a text or a whole number"),
        "lon": (types.is_floating, "a number of degrees"),
        "lat": (types.is_floating, "a number of degrees"),
        "time": (types.is_timestamp, "a date with a time of day"),
    }
    wrong = [f"column {name} is missing" for name in wanted if name not in schema.names]
    for name, (fits, text) in wanted.items():
        if name in schema.names and not fits(schema.field(name).type):
            wrong.append(f"column {name} is {schema.field(name).type}; it must be {text}")
    if wrong:
        raise ValueError("the pings cannot be counted:\n" + "\n".join(f"  - {one}" for one in wrong))


def parts_of(pings):
    """
    The data in parts that can be read alone: row groups of Parquet, else fragments.

    Parameters
    ----------
    pings : pyarrow.dataset.Dataset

    Yields
    ------
    tuple
        First and last second (since 1970, UTC) by the statistics of Parquet, None where there are none, and a function
        that reads the part: batches of Arrow.
    """
    from pyarrow.dataset import ParquetFileFragment
    from pyarrow.parquet import ParquetFile

    how = {"columns": COLUMNS, "batch_size": ROWS_AT_ONCE}
    for fragment in pings.get_fragments():
        if not isinstance(fragment, ParquetFileFragment):
            yield None, None, partial(fragment.to_batches, **how)
            continue
        file = ParquetFile(fragment.open())  # a scan of the dataset would cost twice as much
        column = file.schema_arrow.names.index("time")
        for group in fragment.row_groups:
            known = file.metadata.row_group(group.id).column(column).statistics
            span = (known.min, known.max) if known is not None and known.has_min_max else (None, None)
            yield *map(_second, span), partial(file.iter_batches, row_groups=[group.id], use_threads=False, **how)


def _second(moment):
    return None if moment is None else int(pd.Timestamp(moment).timestamp() // 1)


def arrays_of(batch, devices):
    """
    Columns of a batch as arrays.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    devices : dict
        Numbers of the texts seen so far; grows.

    Returns
    -------
    tuple
        `device` (int64), `lon`, `lat` (float64; missing for a device without a name), `time` (int64) and how many of
        `time` make a second.
    """
    if any(batch[name].null_count for name in COLUMNS):
        batch = batch.drop_null()
    lon, lat = (batch[name].to_numpy(zero_copy_only=False).astype(float, copy=False) for name in ("lon", "lat"))
    device = _numbered(batch["device"], devices)
    if "" in devices:
        lon = np.where(device == devices[""], np.nan, lon)
    time = batch["time"].to_numpy(zero_copy_only=False).view(np.int64)
    return device, lon, lat, time, _PER_SECOND[batch["time"].type.unit]


def _numbered(column, devices):
    """Devices as int64; texts by their number."""
    from pyarrow import types

    if types.is_integer(column.type):
        return column.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    elif types.is_integer(column.type.value_type):
        return _numbered(column.dictionary_decode(), devices)
    numbers = [devices.setdefault(name, len(devices)) for name in column.dictionary.to_pylist()]
    return np.array(numbers, dtype=np.int64)[column.indices.to_numpy(zero_copy_only=False)]


def _whole_hours(pings, number, transitions, held):
    """Hour (local, since 1970), numbers of cells and devices of its pings: each hour once, when it is complete."""
    clock = np.array(transitions, dtype=np.int64).T.copy()
    parts, devices, begin = _parts(pings, clock), {}, 0
    while begin is not None:
        begin = yield from _one_reading(parts, number, clock, devices, begin, held)


def _parts(pings, clock):
    """Parts in order of time, each with its first and last local hour; all hours where there are no statistics."""
    parts = []
    for first, last, read in parts_of(pings):
        begin = 0 if first is None else _local_hour(first, clock) - _BACK
        parts.append((begin, 1 << 40 if last is None else _local_hour(last, clock) + _BACK, read))
    return sorted(parts, key=lambda part: part[:2])


def _local_hour(second, clock):
    at = max(np.searchsorted(clock[0], second, side="right") - 1, 0)
    return int(second + clock[1][at]) // 3600


def _one_reading(parts, number, clock, devices, begin, held):
    """All hours from `begin` on that find room; returns the first one that found none."""
    open_hours, rows, end = defaultdict(list), 0, None
    parts = [part for part in parts if part[1] >= begin]
    coming = np.minimum.accumulate([1 << 41, *(first for first, _, _ in parts[::-1])])[::-1]  # first hour still to come
    for (first, _, read), whole_before in zip(parts, coming[1:]):
        if end is not None and first >= end:
            continue
        for batch in read():
            rows += _file(arrays_of(batch, devices), number, clock, open_hours, begin, end)
            while rows > held and len(open_hours) > 1:
                rows, end = _let_go(open_hours, rows)
        for hour in sorted(hour for hour in open_hours if hour < whole_before):
            held_cells, held_devices = zip(*open_hours.pop(hour))
            rows -= sum(map(len, held_cells))
            yield hour, np.concatenate(held_cells), np.concatenate(held_devices)
    return end


def _let_go(open_hours, rows):
    """Forget the later half of the open hours; pings left and the first hour forgotten."""
    hours = sorted(open_hours)
    for hour in hours[(len(hours) + 1) // 2 :]:
        rows -= sum(len(cells) for cells, _ in open_hours.pop(hour))
    return rows, hours[(len(hours) + 1) // 2]


def _file(arrays, number, clock, open_hours, begin, end):
    """Put the pings of a batch to their hours; how many."""
    from . import ping_kernels as kernels

    device, lon, lat, time, per_second = arrays
    hours = np.empty(len(time), dtype=np.int64)
    kernels.local_hours(kernels.unwritten(time), per_second, clock[0], clock[1], _UNTIL, hours)
    outside = hours < begin if end is None else (hours < begin) | (hours >= end)
    if outside.any():
        device, lon, lat, hours = (values[~outside] for values in (device, lon, lat, hours))
    if not len(hours):
        return 0
    cells = number(lon, lat)
    first, last = int(hours.min()), int(hours.max())
    starts = np.zeros(last - first + 2, dtype=np.int64)
    sorted_cells, sorted_devices = np.empty(len(hours), dtype=np.int32), np.empty(len(hours), dtype=np.int64)
    kernels.sort_by_hour(hours, first, starts, cells, kernels.unwritten(device), sorted_cells, sorted_devices)
    for n in np.flatnonzero(np.diff(starts)):
        part = slice(starts[n], starts[n + 1])
        open_hours[first + int(n)].append((sorted_cells[part].copy(), sorted_devices[part].copy()))
    return int(starts[-1])
