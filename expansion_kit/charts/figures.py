"""
What every chart shares: colours, numbers, a frame with title and source line.

Its text passes `legible` (no glyph that this machine cannot draw, no `$` read as a formula), its frame is closed by
`finish`.
"""

import re

import numpy as np

from expansion_kit import words
from expansion_kit.drawing import drawn_language, in_found_fonts, legible, shorten, wrap

WIDTH = 5.0  # inches: on a phone 390 px wide the smallest text is still 8 px high
DPI = 150
# Okabe and Ito (2008): told apart by colour-blind readers; ordered so that neighbours also differ in grey
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666")
INK, QUIET, LINE, MISSING = "#222222", "#595959", "#d0d0d0", "#f2f2f2"


def number(value, lang):
    """
    A count or amount as short as it can be read: 万 and 亿 from 100,000 in Chinese, millions in English.

    Examples
    --------
    >>> number(1234567, "en"), number(1234567, "zh"), number(17103, "zh"), number(12.345, "en"), number(None, "zh")
    ('1.23M', '123.5万', '17,103', '12.3', '—')
    """
    if value is None or value != value:
        return "—"
    size = abs(value)
    steps = ((1e8, 1e8, "亿"), (1e5, 1e4, "万")) if lang == "zh" else ((1e9, 1e9, "bn"), (1e6, 1e6, "M"))
    for least, step, sign in steps:
        if size >= least:
            return f"{value / step:,.{1 if size / step >= 10 else 2}f}".rstrip("0").rstrip(".") + sign
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.{1 if size >= 10 else 2 if size >= 0.1 else 3}f}"


def money_scale(largest, currency, lang):
    """
    What to divide money by on an axis, and the unit to write there.

    Examples
    --------
    >>> money_scale(1_250_000, "CNY", "zh"), money_scale(1_250_000, "CNY", "en")
    ((10000.0, '万元'), (1000.0, 'thousand CNY'))
    """
    steps = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
    own = words.currency_name(currency, lang)
    for step, sign in steps:
        if abs(largest) >= 10 * step:
            return step, sign + (" " + own if lang == "zh" and own.isascii() else own)
    return 1.0, own


def frame(height, lang):
    """
    An empty figure of the common width, and the language it can be drawn in.

    Parameters
    ----------
    height : float
        Of the drawing itself, in inches; title and source line come on top.
    lang : str
        `en` or `zh`, as wished.

    Returns
    -------
    tuple (Figure, Axes, str)
    """
    from matplotlib.figure import Figure

    words.say("chart.made", lang)  # refuses an unknown language by name
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    axes = figure.add_subplot(facecolor="white")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9, colors=QUIET, labelcolor=INK, pad=5)
    return figure, axes, drawn_language(lang)


def beside():
    return {
        "xytext": (4, 0),
        "textcoords": "offset points",
        "va": "center",
        "size": 9,
        "color": INK,
        "annotation_clip": False,
    }


def labels_down(axes, labels, width=24):
    """Names at the left, first at the top; a name that cannot be drawn is replaced by its place."""
    names = [legible(shorten(str(label), width), instead="") or f"({i + 1})" for i, label in enumerate(labels)]
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)


def value_axis(axis, lang):
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(5, integer=axis.get_view_interval()[1] >= 5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    axis.grid(True, color=LINE, linewidth=0.6)
    axis.axes.set_axisbelow(True)


def legend(figure, handles, labels, *, title=None):
    """A legend of up to three columns; `finish` puts it beneath the drawing."""
    options = {"ncols": 3, "frameon": False, "handlelength": 1.4, "alignment": "left", "borderpad": 0}
    made = figure.legend(handles, labels, title=title, fontsize=8.5, title_fontsize=9, labelcolor=INK, **options)
    made.get_title().set_color(QUIET)


def cell_text(dark, size=8):
    return {"ha": "center", "va": "center", "size": size, "color": "white" if dark else INK}


def finish(figure, *, title, source, as_of, lang, made):
    """
    Close a figure: title above, source and date beneath, the mark of made-up data, fonts that are found.

    Parameters
    ----------
    figure : Figure
        From `frame`, drawn.
    title, source : str
        As given by the caller; Chinese when it can be drawn.
    as_of : str
        Date or period of the data; may be empty.
    lang : str
        From `frame`.
    made : bool
        True for made-up data.

    Returns
    -------
    Figure
        The same one.
    """
    heading = wrap(legible(title), 46 if made else 58)
    beneath = [words.say("chart.source", lang, source=legible(source))]
    if as_of:
        beneath.append(words.say("chart.as_of", lang, as_of=legible(as_of)))
    notes = wrap((" · " if lang == "en" else "；").join(beneath), 88)
    if _left_out(figure, heading + notes):
        notes += wrap(words.say("chart.no_chinese_font", lang), 88)
    in_found_fonts(figure)
    above, below, keys = 0.14 + 0.22 * len(heading), 0.1 + 0.165 * len(notes), _legend_height(figure)
    tall = figure.get_figheight() + above + below + keys
    figure.set_figheight(tall)
    figure.set_layout_engine("constrained", rect=(0.01, (below + keys) / tall, 0.98, 1 - (above + below + keys) / tall))
    for keyed in figure.legends:
        keyed.set(loc="lower left", in_layout=False)
        keyed.set_bbox_to_anchor((0.012, (below - 0.02) / tall), figure.transFigure)
    figure.text(0.02, 1 - 0.09 / tall, "\n".join(heading), va="top", size=11.5, weight="bold", color=INK)
    figure.text(0.02, 0.06 / tall, "\n".join(notes), va="bottom", size=7.5, color=QUIET, linespacing=1.35)
    if made:
        badge = {"boxstyle": "round,pad=0.3", "facecolor": "#fff3cd", "edgecolor": "#D55E00", "linewidth": 0.8}
        text = words.say("chart.made", lang)
        figure.text(0.98, 1 - 0.11 / tall, text, va="top", ha="right", size=8, color="#8a3d00", bbox=badge)
    return in_found_fonts(figure)


def _left_out(figure, lines):
    """True when there is no Chinese font and some text (or a name, by its place) stands shortened."""
    from matplotlib.text import Text

    drawn = [*lines, *(text.get_text() for text in figure.findobj(Text))]
    return drawn_language("zh") != "zh" and any(re.search(r"…|^\(\d+\)$", line) for line in drawn)


def _legend_height(figure):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    return sum(keyed.get_window_extent(renderer).height / figure.dpi + 0.1 for keyed in figure.legends)
