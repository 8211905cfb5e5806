"""The weekly report as a Word file: one page for the boss first, then territories, stores, money due, measures."""

import io

from expansion_kit import words
from expansion_kit.report.documents import clean, faces, grid, heading, saved

_PAGE_CM, _PICTURE_CM = 17.8, {"first": 15.5, "later": 9.5}
_RED = "B23A00"


def weekly_report(*, title, subtitle, lang, made, points, figure, sections, notes):
    """
    The weekly report.

    Parameters
    ----------
    title, subtitle : str
        Plain text, like every other text here.
    lang : str
        `en` or `zh`.
    made : bool
        True marks made-up data.
    points : list of str
        The first page: the week in sentences, the first one the most important.
    figure : bytes
        PNG from `charts`, beneath them.
    sections : list of dict
        `title`, and if wanted `text` (list of str), `figure` (PNG bytes), `table` (headers and rows as
        `weekly_findings.table` gives them), `flagged` (set of rows to mark, counted from 0).
    notes : list of str
        What is assumed or not known; at the end.

    Returns
    -------
    bytes
        A `.docx`, the same for the same input.

    Examples
    --------
    >>> from expansion_kit.charts import bars, png
    >>> import pandas as pd
    >>> figure = png(bars(pd.Series({"A": 1}), title="t", unit="u", source="s"))
    >>> told = {"title": "Week 5", "subtitle": "", "lang": "en", "made": False, "sections": [], "notes": []}
    >>> weekly_report(**told, points=["All well."], figure=figure)[:2]
    b'PK'
    """
    import docx

    document = docx.Document()
    faces(document, lang)
    _page(document)
    heading(document, title, 0)
    document.add_paragraph(clean(subtitle))
    if made:
        document.add_paragraph().add_run(words.say("report.made", lang)).bold = True
    for place, point in enumerate(points):
        document.add_paragraph(style="List Bullet").add_run(clean(point)).bold = place == 0
    _picture(document, figure, "first")
    for place, section in enumerate(sections):
        if place == 0:
            document.add_page_break()
        _section(document, section)
    heading(document, words.say("weekly.notes", lang), 1)
    for note in notes:
        document.add_paragraph(clean(note), style="List Bullet")
    return saved(document, title)


def _page(document):
    """A4 with narrow margins and small type: the tables are wide."""
    from docx.shared import Cm, Pt

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.6)
    page.top_margin = page.bottom_margin = Cm(1.6)
    normal = document.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(9), Pt(3)
    document.styles["List Bullet"].font.size = Pt(10.5)
    document.styles["Title"].font.size = Pt(20)


def _picture(document, figure, where):
    from docx.shared import Cm

    document.add_picture(io.BytesIO(figure), width=Cm(_PICTURE_CM[where]))


def _section(document, section):
    heading(document, section["title"], 1)
    for paragraph in section.get("text", ()):
        document.add_paragraph(clean(paragraph))
    if section.get("figure"):
        _picture(document, section["figure"], "later")
    headers, rows = section.get("table", ([], []))
    document.paragraphs[-1].paragraph_format.keep_with_next = bool(rows)
    if not rows:
        return
    grid(document, headers, rows)
    _widths(document.tables[-1], [headers, *rows])
    _dress(document.tables[-1], section.get("flagged", ()))


def _widths(table, lines):
    """Columns as wide as their text asks, within bounds."""
    from docx.shared import Cm

    head = [max(_size(text) / 2, *map(_size, text.split())) for text, _ in lines[0]]  # may take two lines
    body = [max(_size(line[place][0]) for line in lines[1:]) for place in range(len(head))]
    asked = [4 + min(max(sizes), 26) for sizes in zip(head, body)]
    table.autofit = False
    for column, size in zip(table.columns, asked, strict=True):
        column.width = Cm(_PAGE_CM * size / sum(asked))
        for cell in column.cells:
            cell.width = column.width


def _size(text):
    """Columns of a text: a Chinese character takes two."""
    return len(text.encode("gb18030", "replace"))


def _dress(table, flagged):
    """Small type, flagged rows in red."""
    from docx.shared import Pt, RGBColor

    for place, row in enumerate(table.rows):
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(8)
                    if place - 1 in flagged:
                        run.font.color.rgb = RGBColor.from_string(_RED)
