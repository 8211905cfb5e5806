"""Visits to areas on one machine, compiled (extra `fast`): the same tables as `pings`, for a fraction of the cost."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .ping_counts import arrays_of

_PIXELS = 500_000  # at most
_PIXELS_ALONG = 16  # an area of middle size
_SEAM = 1e-9  # degrees by which pixels overlap, so that rounding of a point's pixel costs no candidate
_YEARS = 946_684_800, 2_524_608_000  # 2000 and 2050, in seconds since 1970


def visits(pings, areas, *, gap_minutes=30, shortest_minutes=0, fewest=10):
    """
    Visits to each area, by how many devices, and how long.

    Parameters
    ----------
    pings : sequence of tuple
        As for `ping_counts.cell_hours`.
    areas : GeoDataFrame
        Polygons with their ids as index. Where they overlap, a ping is in each of them; one on an edge is inside.
    gap_minutes : float
        A visit ends when a device is not seen in the area for longer than this.
    shortest_minutes : float
        What is shorter, from the first ping to the last, is passing by and no visit.
    fewest : int
        Areas with fewer devices are left out; at least 2.

    Returns
    -------
    shown : DataFrame
        `area_id`, `visits`, `visitors` (devices), `dwell_p25`, `dwell_p50`, `dwell_p75`: quartiles (nearest rank) of
        the whole minutes from the first ping to the last, of visits seen in more than one second; missing where fewer
        than `fewest` devices had one.
    left_out : Series
        `rows` (areas) with visits of too few devices.

    Raises
    ------
    ValueError
        If `fewest` is below 2, or the areas are no polygons in a reference system or their ids not unique.
    """
    if fewest < 2:
        raise ValueError(f"fewest must be at least 2, or single persons are shown, but is {fewest}")
    stays, _ = sessions(pings, areas, gap_minutes=gap_minutes, shortest_minutes=shortest_minutes)
    longer = stays[stays["stop"] > stays["start"]]
    counts = {"visits": np.bincount(stays["area_id"].cat.codes), "visitors": _devices(stays)}
    table = pd.DataFrame(counts, index=stays["area_id"].cat.categories[: len(counts["visits"])])
    table = table[table["visits"] > 0].join(_dwell(longer, fewest)).rename_axis("area_id").reset_index()
    shown = table[table["visitors"] >= fewest].reset_index(drop=True)
    return shown, pd.Series({"rows": len(table) - len(shown)}, dtype="int64", name="left_out")


def sessions(pings, areas, *, gap_minutes=30, shortest_minutes=0):
    """
    Each visit of each device: personal data, for further counting and never to be handed out.

    Parameters
    ----------
    pings, areas, gap_minutes, shortest_minutes
        As in `visits`.

    Returns
    -------
    stays : DataFrame
        `area_id` (categories), `device` (a number), `start`, `stop` (seconds since 1970, UTC), in this order.
    names : list of str or None
        What the numbers of devices stand for, where devices are texts.

    Raises
    ------
    ValueError
        As `visits`.
    """
    ids, shapes = _polygons(areas)
    area, device, second, names = _hits(pings, shapes)
    by_area = np.argsort(area, kind="stable")
    ends = np.searchsorted(area[by_area], np.arange(len(ids) + 1))
    limits = gap_minutes * 60, shortest_minutes * 60
    parts = [_stays(device[rows], second[rows], *limits) for rows in np.split(by_area, ends[1:-1])]
    del area, device, second, by_area
    code = np.repeat(np.arange(len(ids)), [len(part[0]) for part in parts])
    columns = (np.concatenate(arrays) for arrays in zip(*parts))
    stays = {"area_id": pd.Categorical.from_codes(code, ids)} | dict(zip(("device", "start", "stop"), columns))
    return pd.DataFrame(stays, copy=False), names


def _stays(device, second, gap, shortest):
    """Device, first and last second of each visit to one area."""
    order = np.lexsort((second, device))
    device, second = device[order], second[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (device[1:] != device[:-1]) | (np.diff(second) > gap)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    kept = second[last] - second[first] >= shortest
    first, last = first[kept], last[kept]
    return device[first], second[first], second[last]


def _polygons(areas):
    """Ids as texts and polygons in WGS-84, in the order of the ids."""
    if areas.crs is None:
        raise ValueError("the areas have no coordinate reference system; set it to EPSG:4326")
    shapes = gpd.GeoSeries(areas.geometry, crs=areas.crs).to_crs("EPSG:4326")
    ids = shapes.index.map(str)
    if not ids.is_unique:
        raise ValueError("ids of areas, their index, must be unique")
    if not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all() or shapes.is_empty.any():
        raise ValueError("areas must be polygons; buffer points in metres first")
    order = np.argsort(ids.to_numpy(dtype=object))
    return ids[order], shapes.to_numpy()[order]


def _hits(pings, shapes):
    """Area (its place), device and second of each ping in each area; names of devices that are texts."""
    from . import ping_kernels as kernels

    devices, parts = (
        {},
        [(np.empty(0, np.int16 if len(shapes) < 1 << 15 else np.int32), np.empty(0, np.int64), np.empty(0, np.int64))],
    )
    grid, starts, candidates, whole = _grid(shapes)
    rings, edges = _edges(shapes)
    most, room = int(np.diff(starts, axis=1).max()), -1
    for batch in itertools.chain.from_iterable(read() for _, _, read in pings):
        device, lon, lat, time, per_second = arrays_of(batch, devices)
        if most * len(lon) > room:
            room = most * len(lon)
            found = np.empty(room, np.int64), np.empty(room, parts[0][0].dtype), np.empty(room, bool)
        place = kernels.unwritten(lon), kernels.unwritten(lat)
        n = kernels.find_areas(*place, grid, starts, candidates, whole, rings, edges, *found)
        rows, area, sure = (values[:n] for values in found)
        second = time[rows] // per_second
        kept = (second >= _YEARS[0]) & (second < _YEARS[1]) & ((lon[rows] != 0) | (lat[rows] != 0))
        asked = np.flatnonzero(~sure)
        kept[asked] &= shapely.intersects_xy(shapes[area[asked]], lon[rows[asked]], lat[rows[asked]])
        parts.append((area[kept], device[rows[kept]], second[kept]))
    return *(np.concatenate(arrays) for arrays in zip(*parts)), list(devices) or None


def _edges(shapes):
    """Edges of all rings (x, y, x, y), area by area, and where each area's begin."""
    points, ring = shapely.get_coordinates(_rings(shapes)[0], return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.hstack([points[:-1], points[1:]])[same]
    owner = _rings(shapes)[1][ring[:-1][same]]
    return np.searchsorted(owner, np.arange(len(shapes) + 1)), edges


def _rings(shapes):
    """Rings of all parts, and the place of the area that each is of."""
    parts, area = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    return rings, area[part]


def _grid(shapes):
    """West, south and pixels a degree; for each pixel the areas that touch it and whether they hold all of it."""
    west, south, east, north = shapely.total_bounds(shapes) + np.array([-1, -1, 1, 1]) * 10 * _SEAM
    low, high = np.split(shapely.bounds(shapes), 2, axis=1)
    side = max(np.sqrt((east - west) * (north - south) / _PIXELS), np.median((high - low).max(axis=1)) / _PIXELS_ALONG)
    n_along, n_up = int((east - west) / side) + 1, int((north - south) / side) + 1
    per_x, per_y = n_along / (east - west), n_up / (north - south)
    found = []
    for n, shape in enumerate(shapes):
        low_x, low_y, high_x, high_y = shape.bounds
        along = _pixels(low_x - west, high_x - west, per_x, n_along)
        up = _pixels(low_y - south, high_y - south, per_y, n_up)
        x, y = (values.ravel() for values in np.meshgrid(along, up))
        boxes = shapely.box(
            west + x / per_x - _SEAM, south + y / per_y - _SEAM,
            west + (x + 1) / per_x + _SEAM, south + (y + 1) / per_y + _SEAM,
        )  # fmt: skip
        shapely.prepare(shape)
        near = shapely.intersects(shape, boxes)
        holds = shapely.contains_properly(shape, boxes[near])
        found.append(np.stack([(y * (n_along + 1) + x)[near], np.full(near.sum(), n), holds], axis=1))
    pixel, area, holds = np.concatenate(found).T
    order = np.lexsort((area, pixel))
    starts = np.searchsorted(pixel[order], np.arange(n_up * (n_along + 1))).reshape(n_up, n_along + 1)
    grid = (west, south, per_x, per_y)
    return grid, starts.astype(np.int32), area[order].astype(np.int32), holds[order].astype(bool)


def _pixels(low, high, per_degree, n):
    return np.arange(int((low - _SEAM) * per_degree), min(int((high + _SEAM) * per_degree), n - 1) + 1)


def _devices(stays):
    """Different devices of each area, as far as there are visits; those of an area are in order of devices."""
    code, device = stays["area_id"].cat.codes.to_numpy(), stays["device"].to_numpy()
    new = np.ones(len(stays), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | (device[1:] != device[:-1])
    return np.bincount(code[new])


def _dwell(longer, fewest):
    """Quartiles of the minutes of each area's visits, by nearest rank."""
    minutes = (longer["stop"] - longer["start"]) // 60
    area = longer["area_id"].cat.codes.to_numpy()
    ranked = minutes.to_numpy()[np.lexsort((minutes, area))]
    places, first, count = np.unique(area, return_index=True, return_counts=True)
    quartiles = {f"dwell_p{p}": ranked[first + (count * p + 99) // 100 - 1] for p in (25, 50, 75)}
    table = pd.DataFrame(quartiles, index=longer["area_id"].cat.categories[places]).astype("Int64")
    return table[_devices(longer)[places] >= fewest]
