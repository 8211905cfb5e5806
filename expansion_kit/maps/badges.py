"""Numbered badges on a printed map, with a line to the place where one had to move aside."""

import numpy as np
import shapely

from expansion_kit.maps.labels import spread
from expansion_kit.maps.sheet import POINT, marks, write

REACH = {"circle": 0.52, "square": 0.65, "diamond": 0.8, "triangle": 1.05}  # of the diameter, from the middle
_FULL = 0.3  # of the frame may be taken by badges, so that each finds room near its place
_EDGE = 0.9  # points
_LARGER = {"triangle": 1.28, "diamond": 1.26}  # the number stands in the middle of them, or in the lower half
FAR = 2.0  # diameters: lines of badges that move farther than that cross each other
_FEW = 3  # lines that nobody minds
_ROUNDS = 8


def diameter(count, scale):
    """Of so many badges, in mm."""
    return scale * (5.4 if count <= 60 else 4.9 if count <= 150 else 4.5)


def most_badges(box, size):
    """How many badges of a diameter a frame takes."""
    return int(_FULL * (box[2] - box[0]) * (box[3] - box[1]) / (1.3 * size) ** 2)


def placed_badges(table, anchors, box, size, *, taken, far=np.inf):
    """
    Where the badges of some placements stand on the sheet.

    Where more than a few would have to move far aside, those that would move the farthest are left out, until the
    others stand near their places.

    Parameters
    ----------
    table : DataFrame
        Placements, with `shape`.
    anchors : array, shape (n, 2)
        Their places, in mm.
    box : tuple (left, top, right, bottom)
        The frame.
    size : float
        Diameter in mm.
    taken : list of tuple
        Boxes that badges keep off.
    far : float
        How many diameters a badge may move.

    Returns
    -------
    centres : ndarray, shape (n, 2)
        NaN where there is no room near the place.
    radii : ndarray, shape (n,)
        Of circles that hold the badges.
    """
    radii = table["shape"].map(REACH).to_numpy(float) * size + _EDGE * POINT / 2
    inside = (box[0] + 0.5, box[1] + 0.5, box[2] - 0.5, box[3] - 0.5)
    kept, first = np.arange(len(anchors)), None
    for left in reversed(range(_ROUNDS)):
        centres = np.full((len(anchors), 2), np.nan)
        centres[kept] = spread(anchors[kept], radii[kept], inside, taken=taken)
        first = centres.copy() if first is None else first
        moved = np.nan_to_num(np.hypot(*(centres - anchors).T)[kept], nan=np.inf)
        many = int((moved > far * size).sum())
        if not many:
            break
        drop = np.argsort(-moved, kind="stable")[: many if left == 0 else -(-many // 2)]
        centres[kept[drop]] = np.nan
        kept = np.delete(kept, drop)
    return first if len(anchors) - len(kept) < _FEW else centres, radii


def draw_badges(axes, table, anchors, centres, size):
    """
    Draw badges, and a line from each that had to move to the place it stands for.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    table : DataFrame
        Placements, with number, colour and shape.
    anchors, centres : array, shape (n, 2)
        In mm, from `placed_badges`.
    size : float
        Diameter in mm.
    """
    draw_leaders(axes, anchors, centres, table["colour"].to_numpy(), least=size * 0.3)
    for (colour, shape), own in table.assign(x=centres[:, 0], y=centres[:, 1]).groupby(["colour", "shape"], sort=False):
        larger = size * _LARGER.get(shape, 1.0)
        marks(axes, own["x"], own["y"], colour, shape, larger, linewidths=_EDGE, zorder=9)
        low = size * (0.27 if shape == "triangle" else 0.0)
        for x, y, number in zip(own["x"], own["y"], own["number"]):
            look = {"color": ink_on(colour), "ha": "center", "va": "center_baseline", "zorder": 10}
            write(
                axes, x, y + low, str(number), 0.58 * size / POINT, room=0.88 * size, shrink=True, weight="bold", **look
            )


def draw_leaders(axes, anchors, centres, colours, *, least):
    """
    Draw a line from each badge that stands farther away than `least` to its place, and a dot there.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    anchors, centres : array, shape (n, 2)
        In mm.
    colours : array of str, shape (n,)
    least : float
        In mm.
    """
    from matplotlib.collections import LineCollection

    moved = np.hypot(*(anchors - centres).T) > least
    lines = np.stack([anchors, centres], axis=1)[moved]
    axes.add_collection(LineCollection(lines, colors="white", linewidths=1.6, zorder=8), autolim=False)
    axes.add_collection(LineCollection(lines, colors=colours[moved], linewidths=0.7, zorder=8.1), autolim=False)
    axes.scatter(*anchors[moved].T, s=(0.9 / POINT) ** 2, c=colours[moved], linewidths=0, zorder=8.2)


def ink_on(colour):
    """
    Black or white, whichever is read more easily on a colour (WCAG's relative luminance).

    Examples
    --------
    >>> ink_on("#111111"), ink_on("#FDB863")
    ('#ffffff', '#111111')
    """
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.055 else "#111111"


def circles(centres, radii):
    """The badges as shapes, for what has to keep off them."""
    return list(shapely.buffer(shapely.points(centres), radii))
