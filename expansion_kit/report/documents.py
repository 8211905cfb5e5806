"""The market report for mail and chat: a Word document and a PDF with the same contents as the page."""

import io
import re
import unicodedata
from datetime import datetime

from expansion_kit import words
from expansion_kit.charts import number
from expansion_kit.files import steady_zip
from expansion_kit.report.market_report import contents

_FACE = {"zh": ("Arial", "Microsoft YaHei"), "en": ("Arial", "Arial")}
_PAGE_CM, _MARGIN_CM = (21.0, 29.7), 2.0
_WIDTH_CM = _PAGE_CM[0] - 2 * _MARGIN_CM
_FIGURE_CM = (12.5, 10.5)  # at most; a taller one would leave half a page empty before it
_MANY = 6  # columns, above which the letters are smaller
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def word(*, title, subtitle, lang, made, facts, sections, missing, provenance):
    """
    The market report as a Word document.

    Parameters
    ----------
    title, subtitle, lang, made, facts, sections, missing, provenance
        As in `market_report.market_report`; texts stay text, nothing in them is a field or a link.

    Returns
    -------
    bytes
        A `.docx`, the same for the same input.

    Raises
    ------
    ValueError
        As in `market_report.market_report`.
    """
    import docx

    told = contents(facts=facts, sections=sections, provenance=provenance, lang=lang)
    document = docx.Document()
    _paper(document)
    faces(document, lang)
    heading(document, title, 0)
    document.add_paragraph(clean(subtitle))
    if made:
        document.add_paragraph().add_run(words.say("report.made", lang)).bold = True
    heading(document, words.say("report.key_figures", lang), 1)
    grid(document, [("", False), ("", True)], [_fact(fact, lang) for fact in told["facts"]], header=False)
    for section in told["sections"]:
        _section(document, section)
    heading(document, words.say("report.provenance_title", lang), 1)
    headers = [
        (words.say(f"report.{name}", lang), False) for name in ("table", "columns", "source_header", "as_of_header")
    ]
    for method, rows in told["methods"]:
        heading(document, method, 2)
        grid(document, headers, [[(cell or "—", False) for cell in row] for row in rows])
    heading(document, words.say("report.missing_title", lang), 1)
    for what, why in missing.items():
        document.add_paragraph(clean(f"{what}: {why}"), style="List Bullet")
    if not missing:
        document.add_paragraph(words.say("report.missing_nothing", lang))
    return saved(document, title)


def pdf(page):
    """
    A report page as PDF (needs the extra `pdf` and Pango).

    Parameters
    ----------
    page : str
        HTML from `market_report.market_report`; nothing is fetched while it is drawn.

    Returns
    -------
    bytes or None
        None where the extra is not installed.

    Raises
    ------
    ValueError
        If the page asks for anything from outside.
    """
    try:
        import weasyprint
    except (ImportError, OSError):  # OSError: the system has no Pango
        return None

    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    try:
        return weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_identifier=b"expansion_kit")
    except weasyprint.urls.FatalURLFetchingError as error:
        raise ValueError(f"the page asks for something from outside: {error}") from None


def clean(text):
    """`text` without what XML cannot hold."""
    return _NOT_IN_XML.sub("", str(text))


def _paper(document):
    from docx.shared import Cm

    (section,) = document.sections
    section.page_width, section.page_height = map(Cm, _PAGE_CM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(_MARGIN_CM)


def faces(document, lang):
    """One face for Latin letters and one for Chinese, in every style that is used."""
    from docx.oxml.ns import qn

    latin, chinese = _FACE[lang]
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = latin
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)


def heading(document, text, level):
    """A heading; level 0 is the title."""
    document.add_heading(clean(text), level)


def _fact(fact, lang):
    value = fact["value"] if isinstance(fact["value"], str) else number(fact["value"], lang)
    shown = " ".join(part for part in (value, fact["unit"]) if part)
    return [(fact["label"], False), (shown, True)]


def _section(document, section):
    """Heading, texts and figure stay on one page, and so do the source line and what it is about."""
    from docx.shared import Cm, Pt

    heading(document, section["title"], 1)
    shown = section["figure"] is not None or section["table"] is not None
    for paragraph in section["text"]:
        document.add_paragraph(clean(paragraph)).paragraph_format.keep_with_next = shown
    if section["figure"] is not None:
        shape = document.add_picture(io.BytesIO(section["figure"]), width=Cm(_FIGURE_CM[0]))
        smaller = min(1.0, Cm(_FIGURE_CM[1]) / shape.height)
        shape.width, shape.height = round(shape.width * smaller), round(shape.height * smaller)
        document.paragraphs[-1].paragraph_format.keep_with_next = section["table"] is None and bool(section["notes"])
    if section["table"] is not None:
        grid(document, section["table"]["headers"], section["table"]["rows"])
    if section["notes"]:
        document.add_paragraph().add_run(clean(section["notes"])).font.size = Pt(8)


def grid(document, headers, rows, *, header=True):
    """Cells are (text, is a number); numbers stand at the right; the header is repeated on each page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    lines = ([headers] if header else []) + list(rows)
    if not lines:
        return
    table = document.add_table(rows=len(lines), cols=len(headers), style="Light Grid Accent 1")
    table.autofit = False
    _narrow_cells(table)
    widths = [Cm(width) for width in _widths(lines)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, (row, line) in enumerate(zip(table.rows, lines, strict=True)):
        _mark(row, "w:cantSplit")
        for cell, (text, numeric), width in zip(row.cells, line, widths, strict=True):
            cell.text, cell.width = clean(text), width
            (paragraph,) = cell.paragraphs
            paragraph.paragraph_format.keep_with_next = at == 0
            for run in paragraph.runs:
                run.font.size = Pt(7.5 if len(headers) > _MANY else 9)
            if numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if header:
        _mark(table.rows[0], "w:tblHeader")


def _narrow_cells(table):
    """A millimetre between text and line, so that figures of wide tables stay in one piece."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def _mark(row, name):
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _widths(lines):
    """Centimetres of each column, by its longest text within bounds; together the width between the margins."""
    longest = [max(_columns(text) for text, _ in column[1:] or column) for column in zip(*lines, strict=True)]
    headers = [_columns(text) / 2 for text, _ in lines[0]]  # a long header stands in two lines
    wished = [min(max(length, header, 6), 32) + 2 for length, header in zip(longest, headers, strict=True)]
    return [_WIDTH_CM * wish / sum(wished) for wish in wished]


def _columns(text):
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in clean(text))


def saved(document, title):
    """The bytes of a document, the same for the same contents: fixed dates, fixed author."""
    document.core_properties.title = clean(title)[:255]
    document.core_properties.author = "expansion_kit"
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    saved = io.BytesIO()
    document.save(saved)
    return steady_zip(saved.getvalue())
