"""Workbooks for Excel: one sheet a table, texts that stay texts, and no time of their making."""

import datetime
import io
import math
import re
import unicodedata
import zipfile
from copy import copy

from .safety import harmless
from .values import plain_columns, written
from .writing import write_bytes

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_DOCUMENT_TIME = datetime.datetime(2000, 1, 1)
_CELL_LIMIT = 32_767
_PAPER = 250  # characters that stand side by side on A4 landscape and can just be read: about 5.5 pt


class Formula(str):
    """
    A formula of our own for `write_xlsx`; any other text stays text, whatever it starts with.

    Hold it in a column of dtype object.

    >>> Formula("=SUM(B2:B9)")
    '=SUM(B2:B9)'
    """


def write_xlsx(path, sheets, *, choices=None):
    """
    Write tables as a workbook, one sheet each: bold frozen header with a filter, columns as wide as their texts.

    Texts are made `harmless` and stay text; only a `Formula` is one. What XML cannot hold is left out of texts.

    Parameters
    ----------
    path : str or Path
    sheets : dict of str to DataFrame or dict
        Titles are cut to what Excel takes (31 characters, none of `[]:*?/\\`) and kept apart.
        A named index comes first. A dict is a sheet laid out to be printed (A4 landscape, on as few sheets side by side
        as can be read): its `table` and, as wanted, `heading` (lines above it, the first as title), by column `formats`
        (a number format, or one a row), `widths` (characters), `inputs` (one bool a row: cells to fill in), `fills` (a
        colour or None a row) and `choices`, `breaks` (one bool a row: a line above it), `font`, `frozen` (columns that
        stay in view and come again on each page) and `totals` (last rows that are bold and stay where they are when the
        others are filtered).
    choices : dict of str to dict of str to sequence of str, optional
        By title and column, what a drop-down offers in the rows of that column and below.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    TypeError, ValueError
        As `write_csv`; also if there is no sheet, or a text is longer than a cell holds (32,767).
    """
    return write_bytes(path, _workbook(sheets, choices))


def write_workbooks(path, workbooks):
    """
    Write several workbooks into one zip archive, to be handed to several people.

    Parameters
    ----------
    path : str or Path
    workbooks : dict of str to dict
        File name without its ending to sheets, as for `write_xlsx`; what file systems do not take is left out of names.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    ValueError
        If there are none, or as `write_xlsx`.
    """
    if not workbooks:
        raise ValueError("an archive needs at least one workbook")
    saved, taken = io.BytesIO(), set()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, sheets in workbooks.items():
            plain = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "", name).strip(" .")[:80] or "_"
            while plain.casefold() in taken:
                plain += "_"
            taken.add(plain.casefold())
            archive.writestr(zipfile.ZipInfo(f"{plain}.xlsx", _ZIP_TIME), _workbook(sheets))
    return write_bytes(path, steady_zip(saved.getvalue()))


def _workbook(sheets, choices=None):
    from openpyxl import Workbook

    if not sheets:
        raise ValueError("a workbook needs at least one sheet")
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "expansion_kit"
    book.properties.created = _DOCUMENT_TIME
    for title, given in sheets.items():
        layout = given if isinstance(given, dict) else {"table": given, "choices": (choices or {}).get(title, {})}
        header = 1 + len(layout.get("heading", ()))
        sheet = book.create_sheet(_sheet_title(title, book.sheetnames))
        _fill_sheet(sheet, layout["table"], header)
        _offer(sheet, layout.get("choices", {}), header)
        if layout is given:
            _lay_out(sheet, layout, header)
    saved = io.BytesIO()
    book.save(saved)
    return steady_zip(saved.getvalue())


def steady_zip(data):
    """
    A zip archive (a workbook, a Word document) with the same members and no time of its making.

    >>> len(steady_zip(steady_zip(b"PK\\x05\\x06" + bytes(18))))
    22
    """
    steady = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as kept:
        for member in given.infolist():
            content = given.read(member)
            if member.filename == "docProps/core.xml":
                when = _DOCUMENT_TIME.isoformat().encode() + b"Z"
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + when, content)
            fresh = zipfile.ZipInfo(member.filename, _ZIP_TIME)
            fresh.external_attr = 0o644 << 16
            fresh.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(fresh, content)
    return steady.getvalue()


def _sheet_title(title, taken):
    clean = re.sub(r"[\[\]:*?/\\]", " ", _NOT_IN_XML.sub("", title)).strip("' ") or "Sheet"
    used = {name.casefold() for name in (*taken, "History")}
    for ending in ("", *(f" ({n})" for n in range(2, len(used) + 2))):
        room = 62 - 2 * len(ending)
        name = clean.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + ending
        if name.casefold() not in used:
            return name
    raise AssertionError("more titles tried than there are names taken")


def _fill_sheet(sheet, table, header):
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    names, columns = plain_columns(table, index=True)
    for at, (name, values) in enumerate(zip(names, columns, strict=True), start=1):
        width = _put(sheet.cell(header, at), name)
        sheet.cell(header, at).font = Font(bold=True)
        for row, value in enumerate(values, start=header + 1):
            if value is not None:
                width = max(width, _put(sheet.cell(row, at), value))
        sheet.column_dimensions[get_column_letter(at)].width = min(max(width + 3, 8), 60)
    sheet.freeze_panes = f"A{header + 1}"
    if names:
        sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(names))}{header + len(table)}"


def _offer(sheet, choices, header):
    """Drop-downs that offer, and do not force: a wrong cell is told by the check, with its line."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for at, cell in enumerate(sheet[header], start=1):
        if cell.value in choices:
            letter = get_column_letter(at)
            listed = ",".join(option.replace(",", " ").replace('"', "") for option in choices[cell.value])
            offer = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False)
            offer.add(f"{letter}{header + 1}:{letter}5000")
            sheet.add_data_validation(offer)


def _lay_out(sheet, layout, header):
    """A sheet for the eye and for paper: heading, columns, lines, and the page that it is printed on."""
    columns = [cell.column_letter for cell in sheet[header]]
    _head(sheet, layout, header)
    sheet.freeze_panes = sheet.cell(header + 1, 1 + layout.get("frozen", 0))
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = f"A{header}:{columns[-1]}{sheet.max_row - layout.get('totals', 0)}"
    styles = {}
    for letter, name in zip(columns, [cell.value for cell in sheet[header]]):
        if name in layout.get("widths", {}):
            sheet.column_dimensions[letter].width = layout["widths"][name]
        _dress(sheet[letter][header:], layout, name, styles)
    for row in sheet.iter_rows(min_row=header):  # no program does it on opening
        sheet.row_dimensions[row[0].row].height = min(400, 6 + 14 * max(map(_lines, row)))
    wide = sum(sheet.column_dimensions[letter].width for letter in columns)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = math.ceil(wide / _PAPER), 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.print_title_rows = f"{header}:{header}"
    sheet.print_title_cols = f"A:{columns[max(layout.get('frozen', 1), 1) - 1]}"
    sheet.oddFooter.center.text = "&A  &P / &N"


def _lines(cell):
    """How many lines a cell's text takes in its column, of which a little is margin."""
    if not _is_text(cell):
        return 1
    room = cell.parent.column_dimensions[cell.column_letter].width - 3
    return sum(max(1, math.ceil(_text_width(line) / room)) for line in cell.value.split("\n"))


def _head(sheet, layout, header):
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    face = {"name": layout.get("font", "Calibri")}
    for row, line in enumerate(layout.get("heading", ()), start=1):
        _put_text(sheet.cell(row, 1), line)
        sheet.cell(row, 1).font = (
            Font(size=16, bold=True, **face) if row == 1 else Font(size=10, color="595959", **face)
        )
        sheet.cell(row, 1).alignment = Alignment(vertical="center")
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=sheet.max_column)
        sheet.row_dimensions[row].height = 28 if row == 1 else 17
    line = Side(style="thin", color="FFFFFF")
    for cell in sheet[header]:
        cell.font = Font(bold=True, color="FFFFFF", size=10, **face)
        cell.fill = PatternFill("solid", start_color="1F4E79")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = Border(left=line, right=line)


def _dress(cells, layout, name, styles):
    """The cells of a column below its header: font, lines, number formats, colour of what is to be filled in."""
    rows, formats = len(cells), layout.get("formats", {}).get(name)
    formats = [formats] * rows if formats is None or isinstance(formats, str) else formats
    breaks, inputs = layout.get("breaks", [False] * rows), layout.get("inputs", {}).get(name, [False] * rows)
    fills, totals = layout.get("fills", {}).get(name, [None] * rows), rows - layout.get("totals", 0)
    for row, (cell, shown, parts, open_, fill) in enumerate(zip(cells, formats, breaks, inputs, fills, strict=True)):
        again = cell.column == 1 and "breaks" in layout and not parts
        shown = shown if shown and not _is_text(cell) else cell.number_format
        look = (shown, again, parts, "FFF2CC" if open_ else fill, row >= totals, _is_text(cell), cell.quotePrefix)
        if look not in styles:  # to make a style costs ten times as much as to give it to one more cell
            _style(cell, look, layout.get("font", "Calibri"))
            styles[look] = cell._style
        cell._style = copy(styles[look])


def _is_text(cell):
    return isinstance(cell.value, str) and cell.data_type != "f"


def _style(cell, look, face):
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    shown, again, parts, fill, total, text, _ = look
    thin, thick = Side(style="thin", color="D0D0D0"), Side(style="medium", color="1F4E79")
    cell.font = Font(size=10, name=face, bold=total, color="A6A6A6" if again else None)
    cell.border = Border(left=thin, right=thin, bottom=thin, top=thick if parts else thin)
    cell.alignment = Alignment(
        vertical="center", horizontal="left" if text else "right", indent=1, wrap_text=text or None
    )
    cell.number_format = shown
    if fill:
        cell.fill = PatternFill("solid", start_color=fill)


def _put(cell, value):
    """Put a value into a cell; returns how wide it is in characters."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.isoformat()
    if isinstance(value, Formula):
        cell.value = str(value)
        return 9
    if isinstance(value, str):
        return _put_text(cell, value)
    cell.value = value
    if isinstance(value, datetime.date):
        cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime.datetime) else "yyyy-mm-dd"
        return len(cell.number_format)
    return min(len(written(value)), 14)


def _put_text(cell, value):
    clean = _NOT_IN_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = harmless(clean)
    if len(text) > _CELL_LIMIT:
        raise ValueError(f"a text of {len(text)} characters is longer than a cell holds ({_CELL_LIMIT})")
    cell.value = text
    cell.data_type = "s"
    if len(text) <= 255:
        cell.number_format = "@"
    if text != clean:
        cell.quotePrefix = True
    return max(map(_text_width, text.split("\n")))


def _text_width(line):
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in line)
