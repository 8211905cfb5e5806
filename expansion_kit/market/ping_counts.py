"""Pings by H3 cell and hour on one machine, compiled (extra `fast`): tables of `pings` at a fraction of the cost."""

from collections import defaultdict

import numpy as np
import pandas as pd

_COLUMNS = ["device", "lon", "lat", "time"]
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
    pings : sequence of tuple
        From `sources.ping_parts`, in any order. Rows that are no pings (something missing, off the globe, at 0, 0,
        outside 2000 to 2049) are passed over.
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
        If an option is out of its range.
    """
    if fewest < 2:
        raise ValueError(f"fewest must be at least 2, or single persons are shown, but is {fewest}")
    if not 0 <= resolution <= 15:
        raise ValueError(f"resolution must be 0 to 15, but is {resolution}")
    from . import hexagons, ping_kernels

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
    if any(batch[name].null_count for name in _COLUMNS):
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
    for first, last, read in pings:
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
