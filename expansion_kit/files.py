"""
The only writer: a file appears whole or not at all, is the same bytes for the same input, and cannot run code.

Texts come from data that strangers typed. `escape` makes one safe in a page, `as_json` in a script, `harmless` in a
spreadsheet; nothing else in the package does. The writers return the SHA-256 of what they wrote.

A path that is a symbolic link is replaced, not followed; a folder on the way may be a link, and is followed.
"""

import datetime
import hashlib
import io
import json
import os
import re
import secrets
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

_DROPPED = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if chr(code) not in "\t\n\r"
}
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "\"'{}$`\\\n\r\u2028\u2029"}
_ESCAPED = _DROPPED | _ENTITIES | {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}

_JSON_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_JSON_UNSAFE = re.compile("[<>&{}\u2028\u2029]")

# OWASP "CSV Injection": a cell that starts with = + - @ (half or full width), tab, CR or LF runs, also behind what a
# spreadsheet skips (spaces, quotes, a BOM). | and % start DDE calls and old macros; NUL is named by OWASP ASVS 1.2.10.
# A spreadsheet whose separator is ; or tab does not see our quotes, and starts a cell (or row) in the middle of a text.
_SKIPPED = r"[^\S\t\n\r]|['\"\x01-\x08\x0e-\x1f\x7f\ufeff\u200b\u2060]"
_RUNS = r"[=+\-@|%\0＝＋－＠﹢﹣﹦﹫]"
_NEW_CELL = rf"(?<![^;\t\n\r])(?=(?:{_SKIPPED})*{_RUNS})"
_LEADING_BREAK = rf"\A(?=(?:{_SKIPPED})*[\t\n\r])"
_DANGER = re.compile(f"{_NEW_CELL}|{_LEADING_BREAK}")
_MADE_HARMLESS = re.compile(f"{_NEW_CELL}'|{_LEADING_BREAK}'")

_QUOTED = re.compile(r'[",;\t\n\r]|^\s|\s$')
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


def escape(text):
    """
    A text made safe in HTML, in an attribute, in a JavaScript string or template literal, and in a Jinja template.

    Parameters
    ----------
    text : object
        Any text or number from data; missing is empty.

    Returns
    -------
    str
        Without control characters; `< > & " ' { } $`, backtick, backslash and line breaks stand as entities.

    Examples
    --------
    >>> escape("T`UOMO ${x} {{7*7}}"), escape("<b>"), escape(None), escape(7)
    ('T&#96;UOMO &#36;&#123;x&#125; &#123;&#123;7*7&#125;&#125;', '&lt;b&gt;', '', '7')
    """
    return "" if _missing(text) else str(text).translate(_ESCAPED)


def as_json(value):
    """
    JSON to stand inside a `<script>` element, also where a Jinja pass follows.

    Parameters
    ----------
    value : dict, list, array, Series or scalar
        Missing numbers become `null`; the order of keys is kept.

    Returns
    -------
    str
        Compact; inside strings `< > & { }` and the Unicode line separators stand as `\\uXXXX`.

    Raises
    ------
    ValueError
        If a number is infinite.
    TypeError
        If a value has no place in JSON (a path, a geometry).

    Examples
    --------
    >>> print(as_json({"name": "</script>{{7*7}}", "sales": [1, float("nan")]}))
    {"name":"\\u003c/script\\u003e\\u007b\\u007b7*7\\u007d\\u007d","sales":[1,null]}
    """
    text = json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _JSON_STRING.sub(lambda string: _JSON_UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", string[0]), text)


def harmless(text):
    """
    A text that no spreadsheet runs: an apostrophe stands before each place where a formula could start.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The text itself where nothing could run. `original` takes exactly these apostrophes away again.

    References
    ----------
    OWASP, CSV Injection; OWASP ASVS 5.0, requirement 1.2.10.

    Examples
    --------
    >>> harmless('=HYPERLINK("x")'), harmless("星巴克"), harmless("tea;=1+1")
    ('\\'=HYPERLINK("x")', '星巴克', "tea;'=1+1")
    """
    return _DANGER.sub("'", text)


def original(text):
    """
    The text that `harmless` was given: its exact inverse.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> original("'=1+1"), original("'t Hart"), original(harmless("'-"))
    ('=1+1', "'t Hart", "'-")
    """
    return _MADE_HARMLESS.sub("", text)


def write_bytes(path, data):
    """
    Write a file that appears whole or not at all: a hidden file beside it, flushed to disk, takes its name.

    Parameters
    ----------
    path : str or Path
        Its folder is made where it is missing.
    data : bytes

    Returns
    -------
    str
        SHA-256 of the data.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def write_text(path, text):
    """Write a text as UTF-8, line breaks as they are; returns the SHA-256 of the file (see `write_bytes`)."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path, value):
    """
    Write a value as indented JSON with sorted keys, missing as `null`, no escapes but JSON's own.

    Parameters
    ----------
    path : str or Path
    value : dict, list, array, Series or scalar

    Returns
    -------
    str
        SHA-256 of the file.
    """
    text = json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    return write_text(path, text + "\n")


def write_csv(path, table, *, index=True):
    """
    Write a table as CSV: UTF-8 with BOM, line ends of one line feed, missing (and empty text) as an empty cell.

    Whole numbers are written without a point, others with the fewest digits that give the same number back; truth
    as `true` and `false`; dates and times in ISO 8601; texts and column names made `harmless`.

    Parameters
    ----------
    path : str or Path
    table : DataFrame
    index : bool
        Whether a named index (the key) comes first. An index without a name holds nothing and is left out.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    TypeError
        If a column holds geometries, lists or other things that are not one figure, text or date.
    ValueError
        If a number is infinite, or two columns have one name.
    """
    names, columns = _columns(table, index=index)
    lines = [",".join(_csv_cell(name) for name in names)]
    lines += [",".join(row) for row in zip(*(_csv_column(values) for values in columns), strict=True)]
    return write_bytes(path, ("\ufeff" + "\n".join(lines) + "\n").encode("utf-8", "replace"))


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


def write_geojson(path, table):
    """
    Write a table as GeoJSON (RFC 7946), one feature a line, coordinates to 1e-7 degrees (1 cm).

    Parameters
    ----------
    path : str or Path
    table : GeoDataFrame
        In WGS-84 (EPSG:4326). A named index becomes a property.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    ValueError
        If the table is not in WGS-84.
    TypeError
        If it has a second geometry column.
    """
    from shapely import transform
    from shapely.geometry import mapping

    if table.crs is None or table.crs.to_epsg() != 4326:
        raise ValueError(f"GeoJSON is in WGS-84 (EPSG:4326), but the table is in {table.crs}; use geo.to_wgs84 first")
    names, columns = _columns(table.drop(columns=table.geometry.name), index=True)
    rows = zip(*columns, strict=True) if columns else [()] * len(table)
    features = []
    for row, shape in zip(rows, table.geometry, strict=True):
        rounded = None if _missing(shape) else mapping(transform(shape, lambda points: np.round(points, 7) + 0.0))
        properties = dict(zip(names, row, strict=True))
        feature = {"type": "Feature", "properties": properties, "geometry": rounded}
        features.append(json.dumps(_jsonable(feature), ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    return write_text(path, '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n")


def _missing(value):
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _jsonable(value):
    """The value with only what JSON knows: dict, list, str, bool, int, float and None."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if _missing(value):
        return None
    return value.isoformat() if isinstance(value, datetime.date) else value


def _sync_folder(folder):
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _columns(table, *, index):
    """Names and plain values of a table's columns, a named index first."""
    keys = [name for name in table.index.names if index and name is not None]
    parts = [table.index.get_level_values(name).to_series() for name in keys]
    parts += [table.iloc[:, position] for position in range(table.shape[1])]
    names = [str(name) for name in (*keys, *table.columns)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns have one name: {', '.join(twice)}")
    return names, [_values(part, name) for part, name in zip(parts, names, strict=True)]


def _values(column, name):
    """A column as plain values: None where missing, a date where no row of the column has a time."""
    values = [_value(value, name) for value in column.tolist()]
    times = [value for value in values if isinstance(value, datetime.datetime)]
    if times and all(time.tzinfo is None and time.time() == datetime.time() for time in times):
        return [value.date() if isinstance(value, datetime.datetime) else value for value in values]
    return values


def _value(value, name):
    if isinstance(value, np.generic):
        value = value.item()
    if _missing(value):
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError(f"column {name!r} has an infinite number: leave it missing and say why")
    if isinstance(value, str | bool | int | float | datetime.date):
        return value
    raise TypeError(
        f"column {name!r} holds {type(value).__name__}, and only text, numbers, truth and dates are written"
    )


def _csv_column(values):
    texts = {value: _csv_cell(value) for value in {value for value in values if isinstance(value, str)}}
    return [texts[value] if isinstance(value, str) else _csv_cell(value) for value in values]


def _csv_cell(value):
    if isinstance(value, str):
        text = harmless(value)
        return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return _number(value)


def _number(value):
    """The shortest decimal that is exactly this number; an exponent only from 1e21 up and below 1e-15."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e21):
        return str(int(value))
    text = repr(value)
    return np.format_float_positional(value, trim="-") if "e" in text and 1e-15 <= abs(value) < 1 else text


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

    names, columns = _columns(table, index=True)
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
    return min(len(_csv_cell(value)), 14)


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
