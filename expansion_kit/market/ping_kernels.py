"""The loops over pings, compiled by numba (extra `fast`), without shortcuts in floating point."""

import math

import numpy as np
from numba import njit

NEW, DOUBTFUL, NOWHERE = -1, -2, -3  # a place that has no number yet; one that h3 must judge; none on the globe
_DOUBT = 1e-10  # radians (0.6 mm): h3's own rounding is a hundred times smaller
_MIDDLE = 1 - 5e-9  # cosine: so near to the middle of a face, h3's arc cosine is less exact than `_DOUBT`
_INSIDE = 0.9342  # cosine: nearer to the middle of a face than its edges are, so on no other face
_HALF = 1 << 24  # no lattice coordinate of resolution 15 is larger
_ON_EDGE = 1e-11  # degrees (a micrometre)
_EMPTY = -1


def unwritten(values):
    """The array as one that is only read: numba compiles a loop anew for arrays that may be written."""
    values = values.view()
    values.flags.writeable = False
    return values


@njit(cache=True, nogil=True, error_model="numpy")
def lattice_keys(lon, lat, faces, keys):
    """
    Write a number for the face and lattice place of each point: points of one number are in one H3 cell.

    `DOUBTFUL` where a point is too near to an edge of its cell, to an edge between faces or to the middle of a face for
    rounding to be left out of account; `NOWHERE` off the globe and at 0, 0.
    """
    rad = math.pi / 180
    step = math.sqrt((faces[0, 2] ** 2).sum() * 0.75)
    face = 0
    for n in range(len(lon)):
        if not (abs(lon[n]) <= 180 and abs(lat[n]) <= 90) or (lon[n] == 0 and lat[n] == 0):
            keys[n] = NOWHERE
            continue
        level = math.cos(lat[n] * rad)
        x, y, z = math.cos(lon[n] * rad) * level, math.sin(lon[n] * rad) * level, math.sin(lat[n] * rad)
        along = faces[face, 0, 0] * x + faces[face, 0, 1] * y + faces[face, 0, 2] * z
        clear = 1.0
        if not along > _INSIDE:
            face, along, clear = _nearest_face(x, y, z, faces)
        q = (faces[face, 1, 0] * x + faces[face, 1, 1] * y + faces[face, 1, 2] * z) / along
        r = (faces[face, 2, 0] * x + faces[face, 2, 1] * y + faces[face, 2, 2] * z) / along
        i, j = math.floor(q + 0.5), math.floor(r + 0.5)
        q -= i
        r -= j
        a, b = 2 * q + r, q + 2 * r
        if abs(a) > 1 or abs(b) > 1:  # in a corner of the square that a neighbour's hexagon takes
            if abs(a) > abs(b):
                i, q = i + math.copysign(1, q), q - math.copysign(1, q)
            else:
                j, r = j + math.copysign(1, r), r - math.copysign(1, r)
            a, b = 2 * q + r, q + 2 * r
        margin = 1 - max(abs(a), abs(b), abs(q - r))  # 1 in the middle of a cell, 0 on its edge
        if margin > step * _DOUBT and clear > _DOUBT and along < _MIDDLE:
            keys[n] = ((face * (2 * _HALF)) + np.int64(i) + _HALF) * (2 * _HALF) + np.int64(j) + _HALF
        else:
            keys[n] = DOUBTFUL


@njit(cache=True, nogil=True)
def _nearest_face(x, y, z, faces):
    """The face, the cosine to its middle, and by how much that is above the next face's."""
    face, best, second = 0, -2.0, -2.0
    for f in range(len(faces)):
        along = faces[f, 0, 0] * x + faces[f, 0, 1] * y + faces[f, 0, 2] * z
        if along > best:
            face, best, second = f, along, best
        elif along > second:
            second = along
    return face, best, best - second


@njit(cache=True, nogil=True)
def _slot(key, mask):
    """Where a key stands in a table of 2^n places, if nothing stands there yet."""
    mixed = np.uint64(key)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed >> np.uint64(20)) & np.uint64(mask))


@njit(cache=True, nogil=True)
def look_up(keys, table, numbers, found):
    """Write the number that each key has in the table; keys below 0 are written as they are."""
    mask = len(table) - 1
    for n in range(len(keys)):
        key = keys[n]
        if key < 0:
            found[n] = key
            continue
        at = _slot(key, mask)
        while table[at] != key and table[at] != _EMPTY:
            at = (at + 1) & mask
        found[n] = numbers[at] if table[at] == key else NEW


@njit(cache=True, nogil=True)
def enter(keys, values, table, numbers):
    """Put keys and their numbers into the table."""
    mask = len(table) - 1
    for n in range(len(keys)):
        at = _slot(keys[n], mask)
        while table[at] != _EMPTY:
            at = (at + 1) & mask
        table[at], numbers[at] = keys[n], values[n]


@njit(cache=True, nogil=True)
def local_hours(time, per_second, starts, ahead, until, hours):
    """Write the local hour (since 1970) of each time; `NOWHERE` before the clocks' first change and from `until` on."""
    zone = 0
    for n in range(len(time)):
        second = time[n] // per_second
        if second < starts[0] or second >= until:
            hours[n] = NOWHERE
            continue
        while second < starts[zone]:
            zone -= 1
        while zone + 1 < len(starts) and second >= starts[zone + 1]:
            zone += 1
        hours[n] = (second + ahead[zone]) // 3600


@njit(cache=True, nogil=True)
def sort_by_hour(hours, first, starts, cells, devices, sorted_cells, sorted_devices):
    """Lay the usable pings out hour by hour; `starts` (zeros, one more than hours) becomes where each begins."""
    for n in range(len(hours)):
        if hours[n] >= 0 and cells[n] >= 0:
            starts[hours[n] - first + 1] += 1
    for h in range(len(starts) - 1):
        starts[h + 1] += starts[h]
    at = starts.copy()
    for n in range(len(hours)):
        if hours[n] >= 0 and cells[n] >= 0:
            h = hours[n] - first
            sorted_cells[at[h]], sorted_devices[at[h]] = cells[n], devices[n]
            at[h] += 1


@njit(cache=True, nogil=True)
def count_devices(cells, devices, n_cells, fewest):
    """Pings and different devices of the cells with at least `fewest` devices; cells and pings that are left out."""
    starts, by_cell = _sort_by_cell(cells, devices, n_cells)
    sizes = np.diff(starts)
    room = 64
    while room < 2 * sizes.max():
        room *= 2
    table, owner = np.empty(room, np.int64), np.full(room, -1, np.int64)
    counts = np.empty(((sizes >= fewest).sum(), 3), np.int64)
    shown, rows_left, pings_left = 0, 0, 0
    for cell in np.flatnonzero(sizes):
        different = 0
        if sizes[cell] >= fewest:  # else it has fewer devices, too
            different = _different(by_cell[starts[cell] : starts[cell + 1]], cell, table, owner)
        if different >= fewest:
            counts[shown] = cell, sizes[cell], different
            shown += 1
        else:
            rows_left += 1
            pings_left += sizes[cell]
    return counts[:shown], rows_left, pings_left


@njit(cache=True, nogil=True)
def _sort_by_cell(cells, devices, n_cells):
    """Where each cell begins, and the devices in order of cells."""
    starts = np.zeros(n_cells + 1, np.int64)
    for cell in cells:
        starts[cell + 1] += 1
    for cell in range(n_cells):
        starts[cell + 1] += starts[cell]
    by_cell, at = np.empty(len(cells), np.int64), starts[:-1].copy()
    for n in range(len(cells)):
        by_cell[at[cells[n]]] = devices[n]
        at[cells[n]] += 1
    return starts, by_cell


@njit(cache=True, nogil=True)
def _different(devices, cell, table, owner):
    """How many different devices there are; what earlier cells left in the table counts as empty."""
    mask, different = 63, 0
    while mask + 1 < 2 * len(devices):
        mask = 2 * mask + 1
    for device in devices:
        at = _slot(device, mask)
        while owner[at] == cell and table[at] != device:
            at = (at + 1) & mask
        if owner[at] != cell:
            owner[at], table[at] = cell, device
            different += 1
    return different


@njit(cache=True, nogil=True)
def find_areas(lon, lat, grid, starts, candidates, whole, rings, edges, rows, areas, sure):
    """
    Write each pair of a point and an area that holds it (a row and an area); gives how many.

    `grid` is west, south, pixels a degree along and up; `starts` (up, along) and `candidates` name the areas of a
    pixel, `whole` those that hold all of it; `rings` says where each area's `edges` (x, y, x, y) begin. Not `sure`: on
    an edge, or too near to it to tell.
    """
    west, south, per_x, per_y = grid
    n_up, n_along = starts.shape
    found = 0
    for n in range(len(lon)):
        x, y = (lon[n] - west) * per_x, (lat[n] - south) * per_y
        if not (x >= 0 and y >= 0 and x < n_along - 1 and y < n_up):
            continue
        for at in range(starts[int(y), int(x)], starts[int(y), int(x) + 1]):
            area = candidates[at]
            inside = 1 if whole[at] else _crossings(lon[n], lat[n], edges[rings[area] : rings[area + 1]])
            if inside:
                rows[found], areas[found], sure[found] = n, area, inside == 1
                found += 1
    return found


@njit(cache=True, nogil=True)
def _crossings(x, y, edges):
    """1 inside, 0 outside, 2 so near to an edge that rounding decides."""
    inside = 0
    for n in range(len(edges)):
        ay, by = edges[n, 1], edges[n, 3]
        if y < min(ay, by) - _ON_EDGE or y > max(ay, by) + _ON_EDGE:
            continue
        ax, bx = edges[n, 0], edges[n, 2]
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        on_line = abs(side) <= _ON_EDGE * (abs(bx - ax) + abs(by - ay))
        if on_line and min(ax, bx) - _ON_EDGE <= x and x <= max(ax, bx) + _ON_EDGE:
            return 2
        if (ay > y) != (by > y) and (side > 0) == (by > ay):
            inside = 1 - inside
    return inside
