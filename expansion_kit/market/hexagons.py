"""H3 cells of many points at once: their lattice is computed, and h3 asked once a cell and for doubtful points."""

import itertools

import numpy as np


def h3_cells(lon, lat, *, resolution):
    """
    The H3 cell of each point, as `h3.latlng_to_cell` gives it, at a fraction of its cost where many points share cells.

    Needs the extra `fast`.

    Parameters
    ----------
    lon, lat : array of float, shape (n,)
        WGS-84 degrees.
    resolution : int
        Of H3, 0 to 15.

    Returns
    -------
    ndarray of int64, shape (n,)
        The cells as h3's integers; 0 where a coordinate is missing or off the globe, and at 0, 0, which is where broken
        receivers are.

    Examples
    --------
    >>> cells = h3_cells([120.15, 120.15, 400.0], [30.27, 30.2701, 0.0], resolution=9)
    >>> [format(cell, "x") for cell in cells]
    ['89309a5523bffff', '89309a5523bffff', '0']
    """
    number, cells = cell_numbers(resolution)
    numbers = number(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    found = np.array([*cells, 0], dtype=np.int64)[np.maximum(numbers, -1)]
    return np.where(numbers < 0, 0, found)


def cell_numbers(resolution):
    """
    A function that numbers cells in the order in which they are first seen, call after call.

    Parameters
    ----------
    resolution : int
        Of H3.

    Returns
    -------
    number : callable
        Of `lon` and `lat` (arrays of float); gives int32 numbers, below 0 where a point is not on the globe.
    cells : dict of int
        Number of each cell (h3's integer) seen so far, in order.
    """
    from h3.api.basic_int import latlng_to_cell

    from . import ping_kernels as kernels

    faces, cells = frames(resolution), {}
    table, numbers, n_keys = np.full(1 << 12, -1), np.zeros(1 << 12, dtype=np.int32), 0

    def ask(rows, lon, lat):
        found = (latlng_to_cell(y, x, resolution) for y, x in zip(lat[rows].tolist(), lon[rows].tolist()))
        return np.array([cells.setdefault(cell, len(cells)) for cell in found], dtype=np.int32)

    def number(lon, lat):
        nonlocal table, numbers, n_keys
        lon, lat = kernels.unwritten(lon), kernels.unwritten(lat)
        keys, found = np.empty(len(lon), dtype=np.int64), np.empty(len(lon), dtype=np.int32)
        kernels.lattice_keys(lon, lat, faces, keys)
        kernels.look_up(keys, table, numbers, found)
        rows = np.flatnonzero(found == kernels.NEW)
        if len(rows):
            new, first = np.unique(keys[rows], return_index=True)
            n_keys += len(new)
            if 2 * n_keys > len(table):
                kept, old = table[table >= 0], numbers[table >= 0]
                size = 1 << int(np.ceil(np.log2(4 * n_keys)))
                table, numbers = np.full(size, -1), np.zeros(size, dtype=np.int32)
                kernels.enter(kept, old, table, numbers)
            kernels.enter(new, ask(rows[first], lon, lat), table, numbers)
            kernels.look_up(keys, table, numbers, found)
        rows = np.flatnonzero(found == kernels.DOUBTFUL)
        found[rows] = ask(rows, lon, lat)
        return found

    return number, cells


def frames(resolution):
    """
    The lattices of a resolution: H3 lays hexagons on the gnomonic maps of an icosahedron's 20 faces.

    The icosahedron is found from its corners, the middles of the 12 pentagons. At resolution 0 a corner is two steps of
    the lattice away from the middle of its faces; each further resolution makes the steps smaller by the root of seven,
    and every odd one is turned.

    Parameters
    ----------
    resolution : int
        Of H3.

    Returns
    -------
    ndarray, shape (20, 3, 3)
        For each face three vectors: its middle, and those whose products with a point, divided by the middle's, are the
        point's two lattice coordinates (axes 60 degrees apart).

    References
    ----------
    Sahr, K., White, D., Kimerling, A. J. (2003). Geodesic discrete global grid systems. Cartography and Geographic
    Information Science 30(2), 121-134.

    Examples
    --------
    Neighbouring cells of resolution 1 are a step apart.

    >>> frames(1).shape
    (20, 3, 3)
    """
    import h3

    lat, lon = np.radians([h3.cell_to_latlng(cell) for cell in sorted(h3.get_pentagons(0))]).T
    corners = np.stack([np.cos(lon) * np.cos(lat), np.sin(lon) * np.cos(lat), np.sin(lat)], axis=1)
    near = corners @ corners.T > 0.4  # neighbours are 63 degrees apart, others 117 and 180
    faces = [(a, b, c) for a, b, c in itertools.combinations(range(12), 3) if near[a, b] and near[b, c] and near[a, c]]
    turn = np.arcsin(np.sqrt(3 / 28)) if resolution % 2 else 0.0
    made = []
    for face in faces:
        middle = corners[list(face)].sum(axis=0)
        middle /= np.linalg.norm(middle)
        corner = corners[face[0]] / (corners[face[0]] @ middle) - middle
        steps = 2 / np.linalg.norm(corner) * 7 ** (resolution / 2)
        x = corner / np.linalg.norm(corner)
        y = np.cross(middle, x)
        x, y = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
        second = y * steps / np.sqrt(0.75)
        made.append((middle, x * steps - second / 2, second))
    return np.array(made)
