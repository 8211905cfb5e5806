"""Sheets of a workbook as a person sees them: texts with the number of their row; what is hidden or not computed."""

import datetime
import re
import warnings
import zipfile
from dataclasses import dataclass

from ..schemas import ERROR, Fault
from ..schemas.parsing import as_text
from .limits import Unreadable, check_cells, check_packed

EMPTY_ROWS = 1_000  # so many one after the other end a table
_SHEET_ROWS = 1_048_576  # no more can lie in a sheet, whatever its rows say of themselves
_OLD = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx that is locked with a password
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_NUMBER = re.compile(rb"\br=\"(\d+)\"")
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")


@dataclass(frozen=True)
class Sheet:
    """
    Rows that are not empty with their numbers, and the first row that lies too far below them.

    `hidden` are numbers of rows that hold something and are not shown, `uncomputed` the cells with a formula whose
    figure was never saved (name and row), `shown` whether the sheet itself is.
    """

    rows: list
    far: int | None = None
    hidden: tuple = ()
    uncomputed: tuple = ()
    shown: bool = True


def sheets_of(path, where, *, formulas=False):
    """
    Every sheet of a workbook.

    Parameters
    ----------
    path : Path
    where : dict
        `table` and `file`, for the fault.
    formulas : bool
        Whether a formula is given as its text, or as the figure that the program which saved it had computed.

    Returns
    -------
    dict of str to Sheet
        By title; texts up to the last of the row.

    Raises
    ------
    Unreadable
        If the file is no workbook, or holds too much.
    """
    with open(path, "rb") as file:
        if file.read(4) == _OLD:
            raise Unreadable(Fault(ERROR, "old_workbook", **where))
    try:
        with zipfile.ZipFile(path) as archive:
            check_packed(archive, where)
            return _read(path, archive, where, formulas)
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its zip and XML readers raise
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": type(error).__name__})) from None


def _read(path, archive, where, formulas):
    import openpyxl

    with warnings.catch_warnings():  # about styles and drop-downs, which nobody reads here
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
        try:
            return {page.title: _sheet(page, archive, where) for page in book.worksheets}
        finally:
            book.close()


def _sheet(page, archive, where):
    rows, far = _rows(page, where)
    text = archive.read(page._worksheet_path.lstrip("/"))  # what is hidden or not computed, openpyxl does not tell
    numbers = {int(found[1]) for row in _HIDDEN.findall(text) if (found := _NUMBER.search(row))}
    empty = [_CELL.search(about) for about in _UNCOMPUTED.findall(text) if b't="str"' not in about]
    cells = tuple((b"".join(cell.groups()).decode(), int(cell[2])) for cell in empty if cell)
    return Sheet(rows, far, tuple(n for n, _ in rows if n in numbers), cells, page.sheet_state == "visible")


def _rows(page, where):
    """Rows that are not empty with their numbers, up to a long stretch of empty ones; and the first row behind it."""
    page.reset_dimensions()  # some programs state a size that is not the sheet's
    rows, last, cells = [], 0, 0
    for n, row in enumerate(page.iter_rows(), 1):
        texts = [_text(cell) for cell in row] if any(cell.value is not None for cell in row) else []
        if n > _SHEET_ROWS or (any(texts) and n - last > EMPTY_ROWS):
            return rows, n
        if any(texts):
            rows.append((n, texts))
            last, cells = n, cells + len(texts)
            check_cells(cells, 1, where)
    return rows, None


def _text(cell):
    """
    What a person sees: a share that Excel shows in percent is `18%`, and a month that it made a date of (a format with
    years, without days and hours) is a month again.
    """
    value = cell.value
    if isinstance(value, datetime.datetime):
        shown = re.sub(r"\[[^\]]*\]", "", cell.number_format.lower())
        if "y" in shown and not set("dh") & set(shown):
            return f"{value:%Y-%m}"
    if isinstance(value, int | float) and not isinstance(value, bool) and _in_percent(cell.number_format):
        return f"{value * 100:.12g}%"
    return as_text(value)


def _in_percent(number_format):
    """Whether Excel multiplies by 100 to show a number; a `%` in quotes or behind a backslash only stands there."""
    return "%" in number_format and "%" in re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format)
