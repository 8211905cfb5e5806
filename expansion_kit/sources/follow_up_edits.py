"""Contacts as people hand them in: filled-in cells of `follow_ups.xlsx`, or rows of CSV, for `cities.log_contacts`."""

from pathlib import Path

import pandas as pd

from ..cities.contact_log import FIELDS
from ..cities.limits import Unreadable, check_text
from ..cities.reading import csv_rows, decode, read_sheets
from ..files import original
from ..schemas import ERROR, Fault, SchemaError
from ..schemas.headers import match_headers
from ..words import LANGUAGES, say

_CELLS = {
    "contact_date": "date",
    "contact_channel": "channel",
    "contact_result": "note",
    "contact_action": "next_action",
    "contact_next": "next_date",
}
_NEEDED = {"prospect_id": "follow_no_prospect_id", "date": "follow_no_date"}


def read_edits(path, *, lang="en"):
    """
    What was filled in in a workbook of `report.follow_ups`.

    Parameters
    ----------
    path : str or Path
        The workbook, saved by Excel, WPS or LibreOffice.
    lang : str
        Language of the faults; the workbook may be in the other.

    Returns
    -------
    DataFrame
        One row a contact, as `cities.log_contacts` takes them: `prospect_id`, `date`, `channel`, `note`, `next_action`,
        `next_date` (texts), and `cell` (`sheet!row`). What stands the same on both sheets comes once.

    Raises
    ------
    SchemaError
        If the file is no such workbook; with sheet and row, if a filled row has no date or no prospect.
    """
    path = Path(path)
    try:
        values, typed = (read_sheets(path, table="contacts", formulas=each) for each in (False, True))
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    titles = {say(f"follow.{name}", each) for name in ("sheet_week", "sheet_all") for each in LANGUAGES}
    rows, faults = [], []
    for title in (title for title in typed if title in titles):
        found, wrong = _filled(_seen(typed[title], dict(values[title])), title)
        rows += found
        faults += wrong
    if not titles & set(typed):
        faults.append(("edit_no_sheet", say("follow.sheet_all", lang), {}))
    if faults:
        told = [Fault(ERROR, code, "contacts", path.name, values={"cell": cell, **said}) for code, cell, said in faults]
        raise SchemaError(told, lang)
    return pd.DataFrame(rows, columns=[*FIELDS, "cell"], dtype=object).drop_duplicates(list(FIELDS), ignore_index=True)


def _seen(typed, values):
    """Rows as a person sees them: what a formula gave or, where the file does not say, the formula itself."""
    for line, row in typed:
        shown = values.get(line, [])
        yield line, [shown[at] if at < len(shown) and shown[at] else text for at, text in enumerate(row)]


def _filled(lines, title):
    """The rows of a sheet in which something is filled in, and what is wrong with them."""
    lines, key = list(lines), {say("follow.prospect_id", each) for each in LANGUAGES}
    top = next((place for place, (_, row) in enumerate(lines) if key & set(row)), None)
    if top is None:
        return [], [("edit_no_header", title, {"header": " / ".join(sorted(key))})]
    labels = {say(f"follow.{name}", each): field for name, field in _CELLS.items() for each in LANGUAGES}
    labels |= dict.fromkeys(key, "prospect_id")
    places = {labels[text]: place for place, text in enumerate(lines[top][1]) if text in labels}
    rows, wrong = [], [("edit_no_header", title, {"header": name}) for name in _lacking(labels, places)]
    for line, row in lines[top + 1 :]:
        said = {field: original(row[place]) if place < len(row) else "" for field, place in places.items()}
        if not any(text for field, text in said.items() if field != "prospect_id"):
            continue
        cell = f"{title}!{line}"
        rows.append(said | {"cell": cell})
        wrong += [(code, cell, {}) for field, code in _NEEDED.items() if not said.get(field)]
    return rows, wrong


def _lacking(labels, places):
    """Headers of cells to fill in that the sheet has lost, by one of their names."""
    return [text for text, field in labels.items() if field not in places and field != "prospect_id"][:: len(LANGUAGES)]


def read_rows(data, *, lang="en", country=""):
    """
    Contacts as CSV, such as another program sends them.

    Parameters
    ----------
    data : bytes
        With a header: our column names, or the Chinese ones.
    lang : str
        Language of the faults.
    country : str
        Decides which encoding is tried first where the text is not UTF-8.

    Returns
    -------
    DataFrame
        As `cities.log_contacts` takes them.

    Raises
    ------
    SchemaError
        If the text cannot be read, a row is longer or shorter than the header, or a column is unknown or there twice.

    Examples
    --------
    >>> read_rows("客户编号,日期,内容\\nY001,2027-03-05,已寄资料\\n".encode()).to_dict("records")
    [{'prospect_id': 'Y001', 'date': '2027-03-05', 'note': '已寄资料'}]
    """
    where = {"table": "contacts", "file": "stdin"}
    try:
        check_text(data, where)
        records, lines, _ = csv_rows(decode(data, where, None, country)[0], where)
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    rows = [(line, [original(cell) for cell in row]) for line, row in zip(lines, records)]
    if len(rows) < 2:
        raise SchemaError([Fault(ERROR, "empty_table", **where)], lang)
    header, width = rows[0][1], len(rows[0][1])
    ragged = [line for line, row in rows if len(row) != width]
    if ragged:
        values = {"found": ragged[0], "n": len(ragged), "width": width}
        raise SchemaError([Fault(ERROR, "ragged", **where, values=values)], lang)
    matched, unknown = match_headers("contacts", header)
    columns = [matched.get(name, (name,))[0] for name in header]
    unknown += [name for name in columns if name not in FIELDS or columns.count(name) > 1]
    if unknown:
        values = {"header": ", ".join(dict.fromkeys(unknown)), "allowed": ", ".join(FIELDS)}
        raise SchemaError([Fault(ERROR, "log_columns", **where, values=values)], lang)
    return pd.DataFrame([row for _, row in rows[1:]], columns=columns, dtype=object)
