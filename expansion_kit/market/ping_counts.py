"""Pings by H3 cell and hour on one machine, compiled (extra `fast`): the same tables as `pings`, for a fraction of the cost."""

from collections import defaultdict

import numpy as np
import pandas as pd

_ROWS_AT_ONCE = 1 << 18
_HELD = 120_000_000  # pings whose hours are not complete, 12 bytes each
_BACK = 3  # hours that clocks may be put back
_UNTIL = 2_524_608_000  # 2050, in seconds since 1970
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def cell_hours(pings, *, transitions, resolution=9, fewest=10, held=_HELD):
    """
    Pings and devices in each H3 cell in each hour.

    An hour is counted and forgotten as soon as no later part of the data can hold a ping of it, which the statistics of
    Parquet tell: pings in order of time need little memory. Where too many hours are open at once, the later ones are let
    go and the data read again for them. One hour is always held whole.

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


def batches(part, devices):
    """
    Arrays of one part of the data, batch by batch.

    Parameters
    ----------
    part : pyarrow.dataset.Dataset or Fragment
    devices : dict
        Numbers of the texts seen so far; grows.

    Yields
    ------
    tuple
        `device` (int64), `lon`, `lat` (float64), `time` (int64) and how many of `time` make a second.
    """
    columns = ["device", "lon", "lat", "time"]
    for batch in part.to_batches(columns=columns, batch_size=_ROWS_AT_ONCE, batch_readahead=2, fragment_readahead=1):
        if any(batch[name].null_count for name in columns):
            batch = batch.drop_null()
        per_second = _PER_SECOND[batch["time"].type.unit]
        lon, lat = (batch[name].to_numpy(zero_copy_only=False).astype(float, copy=False) for name in ("lon", "lat"))
        device, kept = _numbered(batch["device"], devices)
        lon = lon if kept is None else np.where(kept, lon, np.nan)
        yield device, lon, lat, batch["time"].to_numpy(zero_copy_only=False).view(np.int64), per_second


def _numbered(column, devices):
    """Devices as int64; texts by their number, and which of them are not empty."""
    from pyarrow import types

    if types.is_integer(column.type):
        return column.to_numpy(zero_copy_only=False).astype(np.int64, copy=False), None
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    names = column.dictionary.to_pylist()
    if names and isinstance(names[0], int):
        numbers = np.array(names, dtype=object).astype(np.int64)
        return numbers[column.indices.to_numpy(zero_copy_only=False)], None
    numbers = np.array([devices.setdefault(name, len(devices)) for name in names], dtype=np.int64)
    device = numbers[column.indices.to_numpy(zero_copy_only=False)]
    return device, (device != devices[""]) if "" in devices else None


def _whole_hours(pings, number, transitions, held):
    """Hour (local, since 1970), numbers of cells and devices of its pings: each hour once, when it is complete."""
    clock = np.array(transitions, dtype=np.int64).T.copy()
    parts, devices, begin = _parts(pings, clock), {}, 0
    while begin is not None:
        begin = yield from _one_reading(parts, number, clock, devices, begin, held)


def _parts(pings, clock):
    """Row groups in order of time, each with its first and last local hour; all hours where there are no statistics."""
    parts = []
    for fragment in pings.get_fragments():
        for part in fragment.split_by_row_group() if hasattr(fragment, "split_by_row_group") else [fragment]:
            first, last = _span(part)
            hours = [_local_hour(moment, clock) if moment is not None else None for moment in (first, last)]
            parts.append((0 if first is None else hours[0] - _BACK, 1 << 40 if last is None else hours[1] + _BACK, part))
    return sorted(parts, key=lambda part: part[:2])


def _span(part):
    """First and last second of a row group, as its statistics tell."""
    groups = getattr(part, "row_groups", None) or []
    known = (groups[0].statistics or {}).get("time") if len(groups) == 1 else None
    if not known or known.get("min") is None or known.get("max") is None:
        return None, None
    return tuple(int(pd.Timestamp(known[side]).timestamp() // 1) for side in ("min", "max"))


def _local_hour(second, clock):
    at = max(np.searchsorted(clock[0], second, side="right") - 1, 0)
    return int(second + clock[1][at]) // 3600


def _one_reading(parts, number, clock, devices, begin, held):
    """All hours from `begin` on that find room; returns the first one that found none."""
    open_hours, rows, end = defaultdict(list), 0, None
    parts = [part for part in parts if part[1] >= begin]
    coming = np.minimum.accumulate([1 << 41, *(first for first, _, _ in parts[::-1])])[::-1]  # first hour still to come
    for (first, _, part), whole_before in zip(parts, coming[1:]):
        if end is not None and first >= end:
            continue
        for arrays in batches(part, devices):
            rows += _file(arrays, number, clock, open_hours, begin, end)
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
    kernels.local_hours(time, per_second, clock[0], clock[1], _UNTIL, hours)
    outside = hours < begin if end is None else (hours < begin) | (hours >= end)
    if outside.any():
        device, lon, lat, hours = (values[~outside] for values in (device, lon, lat, hours))
    if not len(hours):
        return 0
    cells = number(lon, lat)
    first, last = int(hours.min()), int(hours.max())
    starts = np.zeros(last - first + 2, dtype=np.int64)
    sorted_cells, sorted_devices = np.empty(len(hours), dtype=np.int32), np.empty(len(hours), dtype=np.int64)
    kernels.sort_by_hour(hours, first, starts, cells, device, sorted_cells, sorted_devices)
    for n in np.flatnonzero(np.diff(starts)):
        part = slice(starts[n], starts[n + 1])
        open_hours[first + int(n)].append((sorted_cells[part].copy(), sorted_devices[part].copy()))
    return int(starts[-1])
