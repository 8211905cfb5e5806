"""A printed sheet in millimetres: title, source line, tables and outlines, drawn on one pair of axes."""

import numpy as np

from expansion_kit import words
from expansion_kit.drawing import fitted, legible, text_width, wrap

PAPERS = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
MARGIN = 10.0
INK, QUIET, LINE = "#222222", "#595959", "#c9c5bc"
MM = 72 / 25.4  # points in a millimetre


def sheet(paper):
    """
    An empty landscape sheet.

    Parameters
    ----------
    paper : str
        `A3` or `A4`.

    Returns
    -------
    tuple (Figure, Axes, float)
        The axes are in millimetres from the lower left corner; the number is what sizes for A3 are multiplied by.

    Raises
    ------
    ValueError
        If the paper is neither.

    Examples
    --------
    >>> figure, axes, size = sheet("A4")
    >>> axes.get_xlim()[1].item(), round(size, 3)
    (297.0, 0.76)
    """
    from matplotlib.figure import Figure

    if paper not in PAPERS:
        raise ValueError(f"paper must be {' or '.join(PAPERS)}, but is {paper!r}")
    wide, high = PAPERS[paper]
    figure = Figure(figsize=(wide / 25.4, high / 25.4), dpi=150, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, wide), ylim=(0, high))
    axes.set_axis_off()
    return figure, axes, 1.0 if paper == "A3" else 0.76


def head_and_foot(axes, *, title, subtitle, lines, made, size, lang):
    """
    Title above and source line beneath, with the mark of made-up data.

    Returns
    -------
    tuple of float
        West, south, east and north edge of what is left, in mm.
    """
    (_, wide), (_, high) = axes.get_xlim(), axes.get_ylim()
    top = high - MARGIN
    room = (wide - 2 * MARGIN - 40 * size) * MM
    heading = fitted(legible(title, weight="bold"), room, 17 * size, weight="bold")
    put(axes, MARGIN, top - 3.2 * size, heading, 17 * size, weight="bold")
    if subtitle:
        put(axes, MARGIN, top - 10 * size, fitted(legible(subtitle), room, 9.5 * size), 9.5 * size, color=QUIET)
    if made:
        badge = {"boxstyle": "round,pad=0.35", "facecolor": "#fff1c9", "edgecolor": "#c99700", "linewidth": 0.8}
        text = words.say("mall.made", lang)
        put(axes, wide - MARGIN - 2, top - 4 * size, text, 9.5 * size, ha="right", color="#5c4400", bbox=badge)
    foot = " · ".join(lines)
    put(axes, MARGIN, MARGIN - 2, fitted(legible(foot), (wide - 2 * MARGIN) * MM, 7 * size), 7 * size, color=QUIET)
    edge = top - 14 * size
    axes.plot([MARGIN, wide - MARGIN], [edge, edge], color=LINE, linewidth=0.8)
    return MARGIN, MARGIN + 3 * size, wide - MARGIN, edge - 3 * size


def put(axes, x, y, text, size, **look):
    """A text whose middle stands at height y; sizes in points."""
    return axes.text(x, y, text, **{"size": size, "va": "center", "ha": "left", "color": INK} | look)


def paragraph(axes, x, top, width, text, size):
    """A text in lines within a width; returns where it ends."""
    lines = wrap(legible(text), max(4, int(width * MM / text_width("0", size))))
    for i, line in enumerate(lines):
        put(axes, x, top - size / MM * (0.75 + 1.35 * i), line, size, color=QUIET)
    return top - size / MM * 1.35 * len(lines) - 1


def column_widths(table, width, size):
    """Widths in mm for the columns of a table of texts: by their longest text, shrunk in proportion where too wide."""
    asked = [
        max(text_width(legible(text), size) for text in (column, *table[column].astype(str))) / MM + 2.2
        for column in table
    ]
    total = sum(asked)
    if total <= width:
        return [each + (width - total) / len(asked) for each in asked]
    least = min(width / len(asked), 9.0)
    spare = sum(max(each - least, 0) for each in asked)
    return [min(each, least) + max(each - least, 0) * (width - _least(asked, least)) / spare for each in asked]


def _least(asked, least):
    return sum(min(each, least) for each in asked)


def draw_table(axes, x, top, width, table, size, *, left=1, sums=0, bold=()):
    """
    A table of texts with its headings.

    Parameters
    ----------
    x, top, width : float
        mm.
    table : DataFrame of str
    size : float
        Points.
    left : int
        How many columns stand at the left, as texts; the others stand at the right.
    sums, bold : int, collection of int
        How many rows at the end are sums, and which others are bold.

    Returns
    -------
    float
        Where the table ends, in mm.
    """
    widths, row = column_widths(table, width, size), row_height(size)
    edges = x + np.r_[0, np.cumsum(widths)]
    rows = [list(table.columns), *table.astype(str).to_numpy().tolist()]
    for i, cells in enumerate(rows):
        y = top - row * (i + 0.5)
        weight = "bold" if i > len(rows) - 1 - sums or i - 1 in bold else "normal"
        for k, cell in enumerate(cells):
            text = fitted(legible(cell, weight=weight), (widths[k] - 1.6) * MM, size, weight=weight)
            at, side = (edges[k] + 0.4, "left") if k < left else (edges[k + 1] - 0.8, "right")
            put(axes, at, y, text, size, ha=side, weight=weight, color=QUIET if i == 0 else INK)
        line = {"color": LINE, "linewidth": 0.8 if i == 0 else 0.35}
        axes.plot([x, x + width], [y - row / 2] * 2, **line)
    return top - row * len(rows)


def row_height(size):
    """Height of a table's row in mm, for letters of `size` points."""
    return size / MM * 1.62


def outline(shape, placed):
    """
    The path of a polygon on the sheet, holes left open.

    Parameters
    ----------
    shape : Polygon
    placed : callable
        From coordinates of shape (n, 2) to mm.
    """
    from matplotlib.path import Path

    rings = [placed(np.asarray(ring.coords)[:, :2]) for ring in (shape.exterior, *shape.interiors)]
    codes = [[Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY] for ring in rings]
    return Path(np.concatenate(rings), np.concatenate(codes))


def scale_bar(axes, x, y, metres_to_mm, size):
    """A bar of a round length, about 30 mm at most."""
    steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000]
    length = max((step for step in steps if step * metres_to_mm <= 34), default=1)
    wide = length * metres_to_mm
    axes.plot([x, x, x + wide, x + wide], [y + 1.2, y, y, y + 1.2], color=INK, linewidth=0.9)
    text = f"{length} m" if length < 1000 else f"{length // 1000} km"
    put(axes, x + wide + 1.5, y + 0.4, text, 7 * size)
