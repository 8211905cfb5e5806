"""
What every drawing shares, chart or map: fonts that are found, text that can be drawn, the bytes of a picture or a page.

A figure is a plain `matplotlib.figure.Figure`, made without pyplot, so that nothing global changes.
"""

import re
import unicodedata
from functools import cache
from io import BytesIO

import numpy as np

CHINESE_FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
)
PLAIN_FAMILY = "DejaVu Sans"  # comes with matplotlib

_LONGEST, _READ = 400, 4_000  # columns of a text that are drawn, characters of it that are looked at

_CHINESE = r"[\u2e80-\ua4ff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
# No line begins with a closing sign or the 万 of a number, or ends with an opening sign.
_PIECES = re.compile(
    rf"\s+|[（《「『【]?(?:{_CHINESE}|[^\s\u2e80-\uffef]{{1,26}})[，。、；：！？）》」』】万亿]{{0,3}}|."
)


@cache
def font_families():
    """
    The installed font families to draw with: those with Chinese first, the plain one last.

    Returns
    -------
    tuple of str
        Only families that are found, so that matplotlib never searches in vain.

    Examples
    --------
    >>> font_families()[-1]
    'DejaVu Sans'
    """
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist}
    return (*(name for name in CHINESE_FAMILIES if name in installed), PLAIN_FAMILY)


@cache
def _faces(families, weight):
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return [get_font(findfont(FontProperties(family=[name], weight=weight))) for name in families]


@cache
def _characters(families, weight="normal"):
    return frozenset().union(*(face.get_charmap() for face in _faces(families, weight)))


def drawn_language(lang):
    """
    The language a figure can be drawn in on this machine: `lang`, or `en` when Chinese has no font.

    Examples
    --------
    >>> drawn_language("en")
    'en'
    """
    return lang if ord("店") in _characters(font_families()) else "en"


def legible(text, *, instead="…", weight="normal"):
    """
    `text` as it can be drawn: one line, `$` plain, what no installed font holds left out.

    Parameters
    ----------
    text : object
        Anything; a missing value is an empty text, and beyond 400 columns nobody reads on.
    instead : str
        What stands for a run of characters without a glyph.
    weight : str
        `normal` or `bold`: which faces must hold the characters.

    Returns
    -------
    str

    Examples
    --------
    >>> legible("Café  \\n$5")
    'Café \\\\$5'
    """
    known = _characters(font_families(), weight)
    line = shorten(" ".join(str("" if text is None or text != text else text)[:_READ].split()), _LONGEST)
    plain = "".join(c if ord(c) in known and c.isprintable() else "\0" for c in line)
    kept = re.sub(r"\0(?:[\0 ]*\0)?", instead, plain).strip()
    return kept.replace("$", r"\$")


def _columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shorten(text, width):
    """
    `text` cut to `width` columns with an ellipsis; a Chinese character takes two.

    Examples
    --------
    >>> shorten("Blue Bottle Coffee", 12), shorten("蓝瓶咖啡新天地店", 9)
    ('Blue Bottle…', '蓝瓶咖啡…')
    """
    if len(text) <= width and _columns(text) <= width:
        return text
    ends = np.cumsum([_columns(character) for character in text[:width]])  # a character takes a column or two
    return text[: int((ends <= width - 1).sum())].rstrip() + "…"


@cache
def _advance(character, families, weight):
    """Width of a character at 1 point, in points, in the first face that holds it."""
    holding = (face for face in _faces(families, weight) if ord(character) in face.get_charmap())
    face = next(holding, _faces(families, weight)[-1])
    face.set_size(100, 72)
    return face.load_char(ord(character)).linearHoriAdvance / 65536 / 100


def text_width(text, size, *, weight="normal"):
    """
    How wide a text is when it is drawn, as the sum of its characters' widths.

    Parameters
    ----------
    text : str
        As from `legible`; a `\\$` counts as the `$` that is drawn.
    size : float
        Of the letters, in points.
    weight : str
        `normal` or `bold`.

    Returns
    -------
    float
        Points.

    Examples
    --------
    >>> round(text_width("1111", 10.0) / text_width("1", 10.0), 6)
    4.0
    """
    families = font_families()
    return size * sum(_advance(character, families, weight) for character in text.replace(r"\$", "$"))


def fitted(text, width, size, *, weight="normal"):
    """
    `text` within a width, cut with an ellipsis; nothing where not even that has room.

    Parameters
    ----------
    text : str
        As from `legible`.
    width, size : float
        Room there is and size of the letters, in points.
    weight : str

    Returns
    -------
    str

    Examples
    --------
    >>> fitted("Blue Bottle Coffee", 50.0, 8.0).endswith("…"), fitted("Tea", 50.0, 8.0)
    (True, 'Tea')
    """
    if text_width(text, size, weight=weight) <= width:
        return text
    characters, families = text.replace(r"\$", "$"), font_families()
    room = width - text_width("…", size, weight=weight)
    if room < 0:
        return ""
    ends = np.cumsum([size * _advance(character, families, weight) for character in characters])
    return characters[: int((ends <= room).sum())].rstrip(" …").replace("$", r"\$") + "…"


def wrap(text, width):
    """
    `text` in lines of at most `width` columns, broken at blanks and between Chinese characters.

    Examples
    --------
    >>> wrap("one two three", 8), wrap("数据来源首尔", 8)
    (['one two', 'three'], ['数据来源', '首尔'])
    """
    lines = [""]
    for piece in _PIECES.findall(text):
        if _columns((lines[-1] + piece).rstrip()) > width and lines[-1]:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines if line.strip()]


def in_found_fonts(figure):
    from matplotlib.text import Text

    families = list(font_families())
    for axes in figure.axes:
        axes.tick_params(which="both", labelfontfamily=families)
    for text in figure.findobj(Text):
        text.set_fontfamily(families)
    return figure


def png(figure, *, scale=1.0, colours=None):
    """
    A figure as the bytes of a small PNG: a palette, no date and no software name inside.

    Half the palette are the colours that most of the picture has, unchanged, so that marks look as they do on paper;
    the other half serves the soft edges of letters. A preview has only the latter, unless the colours are stated.

    Parameters
    ----------
    figure : Figure
    scale : float
        Of its size; below 1 for a preview that is stored in a notebook.
    colours : int, optional
        Of the palette, at most 256; without it 64, of a preview 24. 0 keeps every colour: small signs of many colours
        look alike in a palette.

    Returns
    -------
    bytes
        The same for the same figure and versions.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> png(Figure(figsize=(1, 1)))[1:4]
    b'PNG'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    size = tuple(int(side) for side in canvas.get_width_height())
    picture = Image.frombuffer("RGBA", size, bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1).convert("RGB")
    drawn = picture if scale == 1 else picture.resize([round(side * scale) for side in size], Image.Resampling.LANCZOS)
    if colours != 0:
        many = colours or (64 if scale >= 1 else 24)
        kept = _most(picture, many // 2) if colours or scale >= 1 else []
        drawn = drawn.quantize(palette=_palette(drawn, kept, many - len(kept)), dither=Image.Dither.NONE)
    target = BytesIO()
    drawn.save(target, "PNG", optimize=True, dpi=(figure.dpi * scale, figure.dpi * scale))
    return target.getvalue()


def _most(picture, many):
    """The colours that most of a picture has."""
    counts = sorted(picture.getcolors(picture.width * picture.height), reverse=True)
    return [colour for _, colour in counts[:many]]


def _palette(picture, kept, soft):
    """Colours that are kept as they are, and some more for all others of the picture."""
    from PIL import Image

    others = picture.quantize(soft, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in kept for part in colour] + others[: 3 * soft])
    return palette


def pdf(figures, *, title=""):
    """
    Figures as the pages of a PDF: letters as outlines that can be searched, no date and no software name inside.

    Parameters
    ----------
    figures : iterable of Figure
        At least one.
    title : str
        What a reader's window shows.

    Returns
    -------
    bytes
        The same for the same figures and versions.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> pdf([Figure(figsize=(1, 1))])[:5]
    b'%PDF-'
    """
    import matplotlib
    from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages

    blank = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    stated = {"Title": " ".join(str(title)[:_LONGEST].split())} if title else {}
    target = BytesIO()
    with (
        matplotlib.rc_context({"pdf.fonttype": 3, "pdf.compression": 6}),
        PdfPages(target, metadata=blank | stated) as pages,
    ):
        for figure in figures:
            FigureCanvasPdf(figure).print_pdf(pages)
    return target.getvalue()
