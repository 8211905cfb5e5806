"""The market report for mail and chat: a Word document and a PDF with the same contents as the page."""

import io
import re
from datetime import datetime

from expansion_kit import words
from expansion_kit.charts import number
from expansion_kit.files import steady_zip
from expansion_kit.report.market_report import contents

_FACE = {"zh": ("Arial", "Microsoft YaHei"), "en": ("Arial", "Arial")}
_WIDTH_CM = 12.5
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
    from docx.shared import Cm, Pt

    heading(document, section["title"], 1)
    for paragraph in section["text"]:
        document.add_paragraph(clean(paragraph))
    if section["figure"] is not None:
        document.add_picture(io.BytesIO(section["figure"]), width=Cm(_WIDTH_CM))
    if section["table"] is not None:
        grid(document, section["table"]["headers"], section["table"]["rows"])
    if section["notes"]:
        document.add_paragraph().add_run(clean(section["notes"])).font.size = Pt(8)


def grid(document, headers, rows, *, header=True):
    """Cells are (text, is a number); numbers stand at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    lines = ([headers] if header else []) + list(rows)
    if not lines:
        return
    table = document.add_table(rows=len(lines), cols=len(headers), style="Light Grid Accent 1")
    for cells, line in zip(table.rows, lines, strict=True):
        for cell, (text, numeric) in zip(cells.cells, line, strict=True):
            cell.text = clean(text)
            if numeric:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def saved(document, title):
    """The bytes of a document, the same for the same contents: fixed dates, fixed author."""
    document.core_properties.title = clean(title)[:255]
    document.core_properties.author = "expansion_kit"
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    saved = io.BytesIO()
    document.save(saved)
    return steady_zip(saved.getvalue())
