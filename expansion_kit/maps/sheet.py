"""A sheet of paper: its size and its text, in millimetres from the upper left corner; letters in points."""

from expansion_kit.drawing import fitted, text_width

PAPERS = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
MARGIN = 10.0
POINT = 25.4 / 72
INK, QUIET, LINE = "#222222", "#595959", "#b5b5b5"
DPI = 150
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


MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
AREAS = {"circle": 1.0, "square": 0.78, "triangle": 1.25, "diamond": 0.72}
