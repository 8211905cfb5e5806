"""A file of any format of the contract, to cells as they stand in it, with the line of each row."""

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass, field

import pandas as pd
import shapely

from .. import geo
from ..files import original
from ..schemas import ERROR, REPAIR, Fault
from ..schemas.parsing import as_text
from ..words import LANGUAGES, say

_ENCODINGS = ("gb18030", "big5", "cp949")
_FIRST_GUESS = {"KR": "cp949", "TW": "big5", "HK": "big5", "MO": "big5"}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TEXT_FORMATS = (".csv", ".tsv", ".psv", ".txt")
FORMATS = (*TEXT_FORMATS, ".xlsx", ".geojson", ".json", ".gpkg", ".shp", ".parquet", ".geoparquet")


@dataclass(frozen=True)
class Raw:
    """Cells as they stand in a file, the line of each row, and what had to be done to read them."""

    frame: pd.DataFrame
    lines: list
    faults: list = field(default_factory=list)


class Unreadable(ValueError):
    """A file that cannot be read; carries the fault that says why."""

    def __init__(self, fault):
        self.fault = fault
        super().__init__(fault.code)


def read_raw(path, *, table="", encoding=None, sheet=None, country=""):
    """
    A file of any format, to texts, numbers and geometries, with line numbers.

    Parameters
    ----------
    path : Path
        CSV (also TSV and others), XLSX, GeoJSON, GeoPackage, Shapefile, Parquet or GeoParquet.
    table : str
        Name of the table that is read, for the report.
    encoding : str, optional
        Declared encoding of a text file; a file that does not keep it is refused.
    sheet : str, optional
        Sheet of a workbook; the first where it is not given.
    country : str
        Decides which encoding is tried first where none is declared and it is not UTF-8.

    Returns
    -------
    Raw

    Raises
    ------
    Unreadable
        If the file is absent, of another format, or cannot be read.
    """
    where = {"table": table, "file": path.name}
    if not path.is_file():
        raise Unreadable(Fault(ERROR, "no_file", **where))
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise Unreadable(Fault(ERROR, "unknown_format", **where, values={"allowed": ", ".join(FORMATS)}))
    if suffix in TEXT_FORMATS:
        return _read_csv(path, where, encoding, country)
    if suffix == ".xlsx":
        return _read_xlsx(path, where, sheet)
    if suffix in (".geojson", ".json"):
        return _read_geojson(path, where)
    return _read_geo(path, where, encoding)


def decode(data, where, encoding=None, country=""):
    """
    Bytes to text by the declared encoding, or by byte order mark, UTF-8, and what the country writes.

    Returns
    -------
    text : str
    used : str
        The encoding.

    Raises
    ------
    Unreadable
        If the bytes are not in the declared encoding, or in none that we know.
    """
    if encoding is None:
        tried = [name for mark, name in _BOMS if data.startswith(mark)] or ["utf-8"]
        tried += sorted(_ENCODINGS, key=lambda name: name != _FIRST_GUESS.get(country, "gb18030"))
    else:
        try:
            tried = [codecs.lookup(encoding).name]
        except LookupError:
            raise Unreadable(Fault(ERROR, "unknown_encoding", **where, values={"found": encoding})) from None
        tried = ["utf-8-sig"] if tried == ["utf-8"] else tried
    for name in tried:
        try:
            return data.decode(name), name
        except UnicodeDecodeError as error:
            start = error.start
    others = [name for name in ("utf-8", *_ENCODINGS) if _reads(data, name)]
    line = data[:start].count(b"\n") + 1
    values = {"found": encoding or tried[0], "line": line, "allowed": ", ".join(others) or "—"}
    raise Unreadable(Fault(ERROR, "bad_encoding", **where, values=values))


def _reads(data, encoding):
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _read_csv(path, where, encoding, country):
    text, used = decode(path.read_bytes(), where, encoding, country)
    faults = []
    if encoding is None and used not in ("utf-8", "utf-8-sig"):
        faults.append(Fault(REPAIR, "guessed_encoding", **where, values={"found": used}))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    records, lines, ragged, begin = [], [], [], 1
    for row in rows:
        if any(cell.strip() for cell in row):
            records.append(row)
            lines.append(begin)
        begin = rows.line_num + 1
    if not records:
        return Raw(pd.DataFrame(), [], faults)
    header, width = [original(cell.strip()) for cell in records[0]], len(records[0])
    ragged = [line for row, line in zip(records, lines) if len(row) != width]
    if ragged:
        values = {"found": ragged[0], "n": len(ragged), "width": width}
        raise Unreadable(Fault(ERROR, "ragged", **where, values=values))
    return _raw(header, records[1:], lines[1:], faults)


def _raw(header, records, lines, faults):
    """Notes and examples of our own templates are no rows."""
    notes = tuple(say(word, lang) for word in ("template.note_mark", "template.example_mark") for lang in LANGUAGES)
    kept = [(row, line) for row, line in zip(records, lines) if not as_text(row[0]).startswith(notes)]
    cells = [[original(cell) if isinstance(cell, str) and "'" in cell else cell for cell in row] for row, _ in kept]
    named = [i for i, name in enumerate(header) if name]
    frame = pd.DataFrame(cells, columns=header, dtype=object).iloc[:, named]
    return Raw(frame, [line for _, line in kept], faults)


def _delimiter(text):
    first = text.lstrip("﻿\r\n").split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _read_xlsx(path, where, sheet):
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its zip and XML readers raise
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": type(error).__name__})) from None
    try:
        if sheet and sheet not in book.sheetnames:
            values = {"found": sheet, "allowed": ", ".join(book.sheetnames)}
            raise Unreadable(Fault(ERROR, "no_sheet", **where, values=values))
        page = book[sheet] if sheet else book.worksheets[0]
        rows = [(n, [_xlsx_cell(cell) for cell in row]) for n, row in enumerate(page.iter_rows(), 1)]
    finally:
        book.close()
    rows = [(n, row) for n, row in rows if any(cell != "" for cell in row)]
    if not rows:
        return Raw(pd.DataFrame(), [])
    header = [original(as_text(cell)) for cell in rows[0][1]]
    width = len(header)
    return _raw(header, [(row + [""] * width)[:width] for _, row in rows[1:]], [n for n, _ in rows[1:]], [])


def _xlsx_cell(cell):
    """A month that Excel made a date of (format without a day) is a month again."""
    value = cell.value
    if getattr(cell, "is_date", False) and hasattr(value, "strftime") and "d" not in cell.number_format.lower():
        return f"{value:%Y-%m}" if hasattr(value, "year") else as_text(value)
    return as_text(value)


def _read_geojson(path, where):
    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = json.loads(text)
        features = document["features"]
        records = [dict(feature.get("properties") or {}) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    shapes = [_geojson_shape(feature.get("geometry")) for feature in features]
    frame = pd.DataFrame(records, dtype=object)
    for column in frame:
        frame[column] = [original(v) if isinstance(v, str) and "'" in v else v for v in frame[column]]
    crs = ((document.get("crs") or {}).get("properties") or {}).get("name")
    frame["geometry"] = pd.Series(_to_degrees(shapes, crs), dtype=object)
    return Raw(frame, _feature_lines(text, len(features)))


def _feature_lines(text, n):
    """Line on which each feature begins; the features' numbers where the text is laid out in an unusual way."""
    decoder, lines = json.JSONDecoder(), []
    start = re.search(r'"features"\s*:\s*\[', text)
    position, line, counted = start.end() if start else 0, 1, 0
    try:
        for _ in range(n):
            position = re.compile(r"[\s,]*").match(text, position).end()
            line, counted = line + text.count("\n", counted, position), position
            lines.append(line)
            position = decoder.raw_decode(text, position)[1]
    except ValueError:
        return list(range(1, n + 1))
    return lines


def _geojson_shape(geometry):
    if not geometry:
        return None
    try:
        return shapely.geometry.shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        return json.dumps(geometry)[:80]


def _to_degrees(shapes, crs):
    if not crs or "CRS84" in str(crs) or all(isinstance(s, str) or s is None for s in shapes):
        return shapes
    import geopandas

    known = [shape if isinstance(shape, shapely.Geometry) else None for shape in shapes]
    moved = geo.to_wgs84(geopandas.GeoDataFrame(geometry=known, crs=crs)).geometry
    return [new if isinstance(old, shapely.Geometry) else old for old, new in zip(shapes, moved)]


def _read_geo(path, where, encoding):
    import geopandas

    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            frame = _read_parquet(path)
        else:
            frame = geopandas.read_file(path, **({"encoding": encoding} if encoding else {}))
    except Exception as error:  # GDAL and Arrow raise errors of many kinds
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    if isinstance(frame, geopandas.GeoDataFrame):
        frame = geo.to_wgs84(frame) if frame.crs is not None else frame
        frame = pd.DataFrame(frame).rename(columns={frame.geometry.name: "geometry"})
    return Raw(frame.reset_index(drop=True), list(range(1, len(frame) + 1)))


def _read_parquet(path):
    import geopandas

    try:
        return geopandas.read_parquet(path)
    except ValueError:  # no geometry in it
        return pd.read_parquet(path)
