"""Workbooks for Excel: one sheet a table, texts that stay texts, and no time of their making."""

import datetime
import io
import re
import unicodedata
import zipfile

from .safety import harmless
from .values import plain_columns, written
from .writing import write_bytes

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_DOCUMENT_TIME = datetime.datetime(2000, 1, 1)
_CELL_LIMIT = 32_767


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
    sheets : dict of str to DataFrame
        Titles are cut to what Excel takes (31 characters, none of `[]:*?/\\`) and kept apart.
        A named index comes first.
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
    from openpyxl import Workbook

    if not sheets:
        raise ValueError("a workbook needs at least one sheet")
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "expansion_kit"
    book.properties.created = _DOCUMENT_TIME
    for title, table in sheets.items():
        sheet = book.create_sheet(_sheet_title(title, book.sheetnames))
        _fill_sheet(sheet, table)
        _offer(sheet, (choices or {}).get(title, {}))
    saved = io.BytesIO()
    book.save(saved)
    return write_bytes(path, steady_zip(saved.getvalue()))


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


def _fill_sheet(sheet, table):
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    names, columns = plain_columns(table, index=True)
    for at, (name, values) in enumerate(zip(names, columns, strict=True), start=1):
        width = _put(sheet.cell(1, at), name)
        sheet.cell(1, at).font = Font(bold=True)
        for row, value in enumerate(values, start=2):
            if value is not None:
                width = max(width, _put(sheet.cell(row, at), value))
        sheet.column_dimensions[get_column_letter(at)].width = min(max(width + 3, 8), 60)
    sheet.freeze_panes = "A2"
    if names:
        sheet.auto_filter.ref = sheet.dimensions


def _offer(sheet, choices):
    """Drop-downs that offer, and do not force: a wrong cell is told by the check, with its line."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for at, cell in enumerate(sheet[1], start=1):
        if cell.value in choices:
            letter = get_column_letter(at)
            listed = ",".join(option.replace(",", " ").replace('"', "") for option in choices[cell.value])
            offer = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False)
            offer.add(f"{letter}2:{letter}5000")
            sheet.add_data_validation(offer)


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
    return max(sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in line) for line in text.split("\n"))
