"""Shapes on a mall floor: the room for a label inside a unit, and the symbols of doors, escalators and lifts."""

import numpy as np
import shapely

CELLS = 24
# Strokes in a square from 0 to 1, y downwards.
SYMBOLS = {
    "entrance": [[(0.1, 0.5), (0.62, 0.5)], [(0.42, 0.3), (0.62, 0.5), (0.42, 0.7)]]
    + [[(0.55, 0.12), (0.88, 0.12), (0.88, 0.88), (0.55, 0.88)]],
    "escalator": [
        [(0.1, 0.84), (0.32, 0.84), (0.7, 0.36), (0.9, 0.36)],
        [(0.1, 0.6), (0.25, 0.6), (0.64, 0.12), (0.9, 0.12)],
    ],
    "lift": [
        [(0.14, 0.46), (0.3, 0.18), (0.46, 0.46), (0.14, 0.46)],
        [(0.54, 0.54), (0.7, 0.82), (0.86, 0.54), (0.54, 0.54)],
    ],
    "stairs": [[(0.1, 0.85), (0.1, 0.65), (0.35, 0.65), (0.35, 0.45), (0.6, 0.45), (0.6, 0.25), (0.88, 0.25)]],
    "toilet": [[(0.05, 0.28), (0.15, 0.72), (0.27, 0.42), (0.39, 0.72), (0.49, 0.28)]]
    + [[(0.95, 0.36), (0.84, 0.28), (0.7, 0.3), (0.62, 0.5), (0.7, 0.7), (0.84, 0.72), (0.95, 0.64)]],
}


def polygons(shape):
    """
    The polygons of an outline; a point or a line has none.

    >>> len(polygons(shapely.box(0, 0, 1, 1))), polygons(shapely.Point(0, 0)), polygons(None)
    (1, [], [])
    """
    parts = [] if shape is None else shapely.get_parts(shape)
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def room(shape):
    """
    The largest upright rectangle that lies inside an outline: where its label may stand.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        In metres.

    Returns
    -------
    tuple of float
        West, south, east, north; to a 24th of the outline's width and height.

    Examples
    --------
    An L whose foot is longer than its leg is high:

    >>> room(shapely.box(0, 0, 24, 8).union(shapely.box(0, 0, 4, 20)))
    (0.0, 0.0, 24.0, 7.5)
    """
    part = max(polygons(shape), key=shapely.area)
    west, south, east, north = part.bounds
    if part.area >= (1 - 1e-9) * (east - west) * (north - south):
        return part.bounds
    x, y = np.linspace(west, east, CELLS + 1), np.linspace(south, north, CELLS + 1)
    slack = 1e-6 * max(east - west, north - south)
    low_y, low_x = (side.ravel() for side in np.meshgrid(y[:-1], x[:-1], indexing="ij"))
    high_y, high_x = (side.ravel() for side in np.meshgrid(y[1:], x[1:], indexing="ij"))
    shapely.prepare(part)
    cells = shapely.box(low_x + slack, low_y + slack, high_x - slack, high_y - slack)
    inside = shapely.covers(part, cells).reshape(CELLS, CELLS)
    left, bottom, right, top = _largest(inside, (east - west) / CELLS, (north - south) / CELLS)
    if right == left:
        at = part.representative_point()
        return at.x, at.y, at.x, at.y
    return tuple(float(edge) for edge in (x[left], y[bottom], x[right], y[top]))


def _largest(inside, wide, high):
    """Columns and rows of the largest rectangle of cells that are inside."""
    best, found = 0.0, (0, 0, 0, 0)
    for bottom in range(CELLS):
        whole = np.ones(CELLS, dtype=bool)
        for top in range(bottom, CELLS):
            whole &= inside[top]
            edges = np.flatnonzero(np.diff(np.r_[False, whole, False]))
            runs = edges[1::2] - edges[::2]
            if not len(runs):
                break
            k = runs.argmax()
            area = runs[k] * wide * (top + 1 - bottom) * high
            if area > best * (1 + 1e-9):
                best, found = area, (edges[2 * k], bottom, edges[2 * k + 1], top + 1)
    return found
