"""The names of streets on a printed map: written along them, off the badges and off each other."""

import numpy as np
import shapely

from expansion_kit.drawing import legible, text_width
from expansion_kit.maps.frame import on_sheet, parts_of
from expansion_kit.maps.sheet import POINT, size_of, write

_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_STRAIGHT = 0.35  # by how much of its height a street may leave the line its name is written on
_SIZE = 6.5  # points on a sheet of A3


def draw_street_names(axes, ground, box, view, *, taken):
    """
    Write the names of the longest streets in sight.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    ground : GeoDataFrame or None
        From `frame.draw_ground`.
    box, view : tuple
        As in `frame.window`.
    taken : sequence of Polygon
        What they keep off, in mm.
    """
    from matplotlib.patheffects import withStroke

    size = _SIZE * size_of(axes)[2]
    streets = [(legible(name, instead=""), line) for name, line in longest_streets(ground, box, view)]
    streets = [(name, line) for name, line in streets if any(letter.isalnum() for letter in name)]
    widths = [text_width(name, size) * POINT + 1 for name, _ in streets]
    inside = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
    look = {"color": "#7d766a", "path_effects": [withStroke(linewidth=1.6, foreground="white")], "zorder": 6.5}
    look |= {"ha": "center", "va": "center_baseline", "rotation_mode": "anchor"}
    for number, x, y, angle in street_names([line for _, line in streets], widths, size * POINT, inside, taken=taken):
        write(axes, x, y, streets[number][0], size, rotation=angle, **look)


def longest_streets(ground, box, view, most=60):
    """
    Names of streets with the longest piece of each on the sheet, the longest first.

    Parameters
    ----------
    ground : GeoDataFrame
        From `draw_ground`, with `kind` and, where known, `name`.
    box : tuple
        The frame, in mm.
    view : tuple
    most : int

    Returns
    -------
    list of (str, LineString)
    """
    if ground is None or "name" not in ground:
        return []
    named = ground[ground["name"].notna() & ground["kind"].isin(["main", "middle", "side"])]
    pieces = []
    for name, shapes in named.geometry.groupby(named["name"].astype(str)):
        lines = parts_of(shapes.to_numpy(), "LineString")
        if len(lines):
            joined = parts_of(np.atleast_1d(shapely.line_merge(shapely.multilinestrings(lines))), "LineString")
            longest = joined[np.argmax(shapely.length(joined))]
            pieces.append((name, shapely.transform(longest, lambda xy: on_sheet(xy, box, view))))
    return sorted(pieces, key=lambda piece: (-piece[1].length, piece[0]))[:most]


def street_names(lines, widths, height, frame, *, taken):
    """
    Where names can be written along their streets, off everything that is taken and off each other.

    Parameters
    ----------
    lines : sequence of LineString
        The longest piece of each street, in mm on the sheet (down is positive); the earlier ones choose first.
    widths : sequence of float
        Of the names as they are drawn, in mm.
    height : float
        Of the letters, in mm.
    frame : tuple (left, top, right, bottom)
    taken : sequence of Polygon
        Badges and labels that are there already.

    Returns
    -------
    list of (int, float, float, float)
        Which name, x and y of its middle (mm), and its angle in degrees against the clock.
    """
    occupied, room, found = list(taken), shapely.box(*frame), []
    for number, (line, width) in enumerate(zip(lines, widths)):
        if line.length < width * 1.15:
            continue
        for part in _ALONG:
            spot = _written(line, part * line.length, width, height)
            if spot is None:
                continue
            box, x, y, angle = spot
            if room.contains(box) and not shapely.intersects(np.array(occupied, dtype=object), box).any():
                occupied.append(box)
                found.append((number, x, y, angle))
                break
    return found


def _written(line, middle, width, height):
    """The box of a name whose middle is at a distance along a line, or None where the line bends beneath it."""
    start, end = middle - width / 2, middle + width / 2
    if start < 0 or end > line.length:
        return None
    at = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(start, end, 9)))
    (x0, y0), (x1, y1) = at[0], at[-1]
    length = np.hypot(x1 - x0, y1 - y0)
    if length < 0.97 * width:
        return None
    off = np.abs((x1 - x0) * (at[:, 1] - y0) - (y1 - y0) * (at[:, 0] - x0)) / length
    if off.max() > _STRAIGHT * height:
        return None
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    angle = (np.degrees(np.arctan2(y0 - y1, x1 - x0)) + 90) % 180 - 90
    return turned_box(x, y, width, height, angle), x, y, angle


def turned_box(x, y, width, height, angle):
    """
    A box around a point, turned against the clock by an angle in degrees; down is positive.

    Examples
    --------
    >>> turned_box(0, 0, 4, 2, 90).bounds
    (-1.0, -2.0, 1.0, 2.0)
    """
    box = shapely.box(-width / 2, -height / 2, width / 2, height / 2)
    cos, sin = np.cos(np.radians(angle)).round(12), np.sin(np.radians(angle)).round(12)
    return shapely.transform(box, lambda xy: xy @ [[cos, -sin], [sin, cos]] + [x, y])
