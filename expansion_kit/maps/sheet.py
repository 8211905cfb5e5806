"""
A sheet of paper and what stands on every sheet: texts, marks, head, foot, tables, scale bar and north arrow.

Millimetres from the upper left corner, down is positive; letters in points.
"""

import numpy as np

from expansion_kit import words
from expansion_kit.drawing import drawn_language, fitted, legible, text_width, wrap
from expansion_kit.maps.specification import length

PAPERS = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
MARGIN = 10.0
HEAD, FOOT, STRIP = 17.0, 9.0, 10.0  # mm of a sheet of A3 for title, notes, and scale bar with north arrow
POINT = 25.4 / 72
INK, QUIET, LINE = "#222222", "#595959", "#b5b5b5"
DPI = 150
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
AREAS = {"circle": 1.0, "square": 0.78, "triangle": 1.25, "diamond": 0.72}
_HINTED = 1.03  # letters in a picture of 150 dpi run this much wider than on paper


def sheet(paper, *, portrait):
    """
    An empty page.

    Parameters
    ----------
    paper : str
        `A3` or `A4`.
    portrait : bool

    Returns
    -------
    Axes
        Over the whole page, in millimetres, down is positive; the page is its `figure`.

    Raises
    ------
    ValueError
        If there is no such paper.
    """
    from matplotlib.figure import Figure

    if paper not in PAPERS:
        raise ValueError(f"paper must be one of {', '.join(PAPERS)}, but is {paper!r}")
    width, height = PAPERS[paper][::-1] if portrait else PAPERS[paper]
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), zorder=5)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def size_of(axes):
    """
    Width and height of a sheet in mm, and how large its letters are beside those of an A3 sheet.

    Examples
    --------
    >>> [round(float(value), 2) for value in size_of(sheet("A4", portrait=True))]
    [210.0, 297.0, 0.8]
    """
    width, height = axes.get_xlim()[1], axes.get_ylim()[0]
    return width, height, 1.0 if max(width, height) > 400 else 0.8


def write(axes, x, y, text, size, *, room=None, shrink=False, weight="normal", **look):
    """
    Write a text on a sheet.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    x, y : float
        In mm; y is that of the line the letters stand on, unless `va` says otherwise.
    text : str
        As from `legible`.
    size : float
        In points.
    room : float, optional
        Width that it must keep within, in mm: it is cut with an ellipsis.
    shrink : bool
        True makes the letters smaller instead, as a figure must not be cut.
    weight : str
    **look
        Of matplotlib's text.
    """
    if room is not None and shrink:
        size *= min(1.0, room / max(text_width(text, size, weight=weight) * POINT * _HINTED, 1e-9))
    elif room is not None:
        text = fitted(text, room / POINT / _HINTED, size, weight=weight)
    axes.text(x, y, text, size=size, weight=weight, **{"va": "baseline", "color": INK, **look})


def marks(axes, x, y, colour, shape, size, **look):
    """
    Marks of one group: what a placement looks like on the map and in the legend.

    Parameters
    ----------
    axes : Axes
    x, y : array-like
    colour, shape : str
        As in the specification.
    size : float
        Diameter in mm.
    **look
        Of matplotlib's scatter.
    """
    area = (size / POINT) ** 2 * AREAS[shape]
    axes.scatter(x, y, s=area, c=colour, marker=MARKERS[shape], **{"edgecolors": "white", "linewidths": 0.4, **look})


def head(axes, title, lines, *, made, lang):
    """
    Title, a quiet line beneath it and the mark of made-up data.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    title : str
    lines : sequence of str
        What is told beneath the title; empty ones are left out.
    made : bool
    lang : str

    Returns
    -------
    float
        Where the head ends, in mm.
    """
    width, _, scale = size_of(axes)
    mark, size = words.say("map.made", lang), 10 * scale
    aside = text_width(mark, size) * POINT + 8 if made else 0
    room = width - 2 * MARGIN - aside
    write(axes, MARGIN, MARGIN + 6.5 * scale, legible(title, weight="bold"), 20 * scale, room=room, weight="bold")
    line = "  ·  ".join(filter(None, map(legible, lines)))
    write(axes, MARGIN, MARGIN + 13 * scale, line, 9.5 * scale, room=room, color=QUIET)
    if made:
        look = {"boxstyle": "round,pad=0.3", "facecolor": "#fff3cd", "edgecolor": "#D55E00", "linewidth": 0.8}
        spot = (width - MARGIN - 2, MARGIN + 5 * scale)
        write(axes, *spot, mark, size, color="#8a3d00", ha="right", va="center_baseline", bbox=look)
    return MARGIN + HEAD * scale


def foot(axes, notes, *, lang, size=7.0, most=3):
    """
    Notes at the lower edge, smaller where they are long; also that Chinese has no font, where that is so.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    notes : sequence of str
        Any texts.
    lang : str
    size : float
        Of the letters, in points on a sheet of A3.
    most : int
        Of lines; what is beyond them is cut.

    Returns
    -------
    float
        Where the foot begins, in mm.
    """
    width, height, scale = size_of(axes)
    room = width - 2 * MARGIN
    if drawn_language("zh") != "zh":
        notes = [*notes, words.say("chart.no_chinese_font", lang)]
    text = (" · " if lang == "en" else "；").join(map(legible, notes))
    for letters in (size * scale, size * scale * 0.86, size * scale * 0.72):
        lines = wrap(text, int(room / (0.56 * letters * POINT)))
        if len(lines) <= most:
            break
    row = size * scale * POINT * 1.18
    top = height - MARGIN - row * len(lines[:most])
    for number, line in enumerate(lines[:most]):
        write(axes, MARGIN, top + row * (number + 0.8), line, letters, room=room, color=QUIET)
    return top


def number_pages(pages, lang):
    """Write on each sheet which of how many it is; a single one says nothing."""
    for number, axes in enumerate(pages if len(pages) > 1 else (), start=1):
        width, height, scale = size_of(axes)
        said = words.say("print.page", lang, n=number, total=len(pages))
        write(axes, width - MARGIN, height - MARGIN + 4 * scale, said, 7 * scale, ha="right", color=QUIET)


def strip(axes, box, step, lang):
    """
    Scale bar, scale and north arrow under the frame of a map.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    box : tuple (left, top, right, bottom)
        The frame, in mm.
    step : float
        Metres on the ground in a millimetre on paper.
    lang : str
    """
    width, height, scale = size_of(axes)
    left, _, right, bottom = box
    end = scale_bar(axes, left, bottom + 3.2 * scale, step, 55 * scale, lang)
    paper = next(name for name, sides in PAPERS.items() if max(sides) == max(width, height))
    said = words.say("print.scale", lang, n=f"{step * 1000:,.0f}", paper=paper)
    write(axes, end + 8 * scale, bottom + 4.7 * scale, said, 9 * scale)
    x, tip = right - 3.5 * scale, bottom + 1.6 * scale
    arrow = np.array([(0, 0), (-1.7, 5.5), (0, 4.2), (1.7, 5.5)]) * scale + [x, tip]
    axes.fill(*arrow.T, facecolor=INK, linewidth=0)
    write(axes, x - 3 * scale, tip + 4.6 * scale, words.say("chart.north", lang), 10 * scale, ha="right", weight="bold")


def scale_bar(axes, x, y, step, most, lang):
    """
    A bar of a round length, no longer than `most` millimetres, and that length under it.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    x, y : float
        Its upper left corner, in mm.
    step : float
        Metres on the ground in a millimetre on paper.
    most : float
    lang : str

    Returns
    -------
    float
        Where it ends at the right, in mm.
    """
    scale = size_of(axes)[2]
    metres = bar_length(step, most)
    wide = metres / step
    for part, colour in ((0, INK), (1, "white")):
        start = x + part * wide / 2
        axes.fill_between([start, start + wide / 2], y, y + 1.3 * scale, facecolor=colour, edgecolor=INK, linewidth=0.6)
    write(axes, x, y + 4.6 * scale, "0", 7.5 * scale)
    write(axes, x + wide, y + 4.6 * scale, length(metres, lang), 7.5 * scale, ha="center")
    return x + wide


def bar_length(step, most):
    """
    The longest round length that a scale bar of at most so many millimetres can show, in metres.

    Examples
    --------
    >>> bar_length(5.0, 60)
    200.0
    """
    metres = step * most
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(digit for digit in (1, 2, 5) if digit * power <= metres * (1 + 1e-9)) * power)


def paragraph(axes, x, top, width, text, size):
    """A quiet text in lines within a width; gives where it ends, in mm."""
    row = size * POINT * 1.35
    lines = wrap(legible(text), max(4, int(width / POINT / text_width("0", size))))
    for number, line in enumerate(lines):
        write(axes, x, top + row * number + size * POINT, line, size, color=QUIET)
    return top + row * len(lines) + 1


def row_height(size):
    """Height of a table's row in mm, for letters of `size` points."""
    return size * POINT * 1.62


def column_widths(table, width, size):
    """Widths in mm for the columns of a table of texts: by their longest text, shrunk in proportion where too wide."""
    asked = np.array(
        [
            max(text_width(legible(text), size, weight="bold") for text in (column, *table[column].astype(str)))
            for column in table
        ]
    )
    asked = asked * POINT * _HINTED + 1.8
    if asked.sum() <= width:
        return asked + (width - asked.sum()) / len(asked)
    least = np.minimum(asked, min(width / len(asked), 9.0))
    return least + (asked - least) * (width - least.sum()) / (asked - least).sum()


def draw_table(axes, x, top, width, table, size, *, left=1, sums=0, bold=()):
    """
    A table of texts with its headings.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    x, top, width : float
        mm.
    table : DataFrame of str
    size : float
        Points.
    left : int
        How many columns stand at the left, as texts that may be cut; the others stand at the right, whole.
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
        weight = "bold" if i > len(rows) - 1 - sums or i - 1 in bold else "normal"
        look = {"weight": weight, "color": QUIET if i == 0 else INK}
        for k, cell in enumerate(cells):
            at, side = (edges[k] + 0.4, "left") if k < left else (edges[k + 1] - 0.8, "right")
            text = legible(cell, weight=weight)
            write(axes, at, top + row * (i + 0.7), text, size, room=widths[k] - 1.6, shrink=k >= left, ha=side, **look)
        axes.plot([x, x + width], [top + row * (i + 1)] * 2, color=LINE, linewidth=0.8 if i == 0 else 0.35)
    return top + row * len(rows)


def draw_list(axes, rows, x, top, width, bottom, size, *, left):
    """
    As many rows of a list as there is room for; a few at the foot of a sheet are not worth beginning.

    Parameters
    ----------
    axes : Axes
        From `sheet`.
    rows : DataFrame
        Texts, and `own`: which rows are bold.
    x, top, width, bottom : float
        mm.
    size : float
        Points.
    left : int
        As for `draw_table`.

    Returns
    -------
    DataFrame
        The rows that are left.
    """
    n = max(int((bottom - top) / row_height(size)) - 1, 0)
    if n < min(len(rows), 4):
        return rows
    shown = rows.head(n)
    if len(shown):
        bold = set(shown["own"].to_numpy().nonzero()[0])
        draw_table(axes, x, top, width, shown.drop(columns="own"), size, left=left, bold=bold)
    return rows.iloc[len(shown) :]
