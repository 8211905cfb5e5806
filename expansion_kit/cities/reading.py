"""A file of any format of the contract, to cells as they stand in it, with the line of each row."""

import codecs
import csv
import datetime
import io
import json
import re
import warnings
from dataclasses import dataclass, field

import pandas as pd
import shapely

from .. import geo
from ..files import original
from ..schemas import ERROR, REPAIR, WARNING, Fault
from ..schemas.parsing import as_text
from ..words import LANGUAGES, say
from .extracts import read_basemap
from .records import records

_ENCODINGS = ("gb18030", "big5", "cp949")
_FIRST_GUESS = {"KR": "cp949", "TW": "big5", "HK": "big5", "MO": "big5"}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TEXT_FORMATS = (".csv", ".tsv", ".psv", ".txt")
_SHEET_ROWS = 1_048_576  # no more can lie in a sheet, whatever its rows say of themselves
_EMPTY_ROWS = 1_000  # so many one after the other end a table
FORMATS = (*TEXT_FORMATS, ".xlsx", ".geojson", ".json", ".gpkg", ".shp", ".parquet", ".geoparquet")
_EXTRACTS = (".pbf", ".osm")  # of OpenStreetMap: a base map, and nothing else


@dataclass(frozen=True)
class Raw:
    """Cells as they stand in a file, the line of each row, what was done to read them, and whether `;` parts them."""

    frame: pd.DataFrame
    lines: list
    faults: list = field(default_factory=list)
    semicolons: bool = False


class Unreadable(ValueError):
    """A file that cannot be read; carries the fault that says why."""

    def __init__(self, fault):
        self.fault = fault
        super().__init__(fault.code)


def read_raw(path, *, table="", encoding=None, sheet=None, country="", books=None):
    """
    A file of any format, to texts, numbers and geometries, with line numbers.

    Parameters
    ----------
    path : Path
        CSV (also TSV and others), XLSX, GeoJSON, JSON of records, GeoPackage, Shapefile, Parquet or GeoParquet; of a
        base map also an OpenStreetMap extract.
    table : str
        Name of the table that is read, for the report.
    encoding : str, optional
        Declared encoding of a text file; a file that does not keep it is refused.
    sheet : str, optional
        Sheet of a workbook or layer of a GeoPackage; the first where it is not given.
    country : str
        Decides which encoding is tried first where none is declared and it is not UTF-8.
    books : dict, optional
        Workbooks that were read before, by path; this one is added, so that many tables read it once.

    Returns
    -------
    Raw

    Raises
    ------
    Unreadable
        If the file is absent, of another format, or cannot be read.
    """
    where = {"table": table, "file": path.name}
    if "\0" in path.name or not path.is_file():
        raise Unreadable(Fault(ERROR, "no_file", **where))
    suffix = path.suffix.lower()
    formats = (*FORMATS, *_EXTRACTS) if table == "basemap" else FORMATS
    if suffix not in formats:
        raise Unreadable(Fault(ERROR, "unknown_format", **where, values={"allowed": ", ".join(formats)}))
    if suffix in _EXTRACTS:
        return _read_extract(path, where)
    if suffix in TEXT_FORMATS:
        return _read_csv(path, where, encoding, country)
    if suffix == ".xlsx":
        return _read_xlsx(path, where, sheet, {} if books is None else books)
    if suffix in (".geojson", ".json"):
        return _read_geojson(path, where, encoding)
    return _read_geo(path, where, encoding, sheet)


def read_sheets(path, *, table="", formulas=False):
    """
    Every sheet of a workbook as it stands, for sheets that are laid out and no plain tables.

    Parameters
    ----------
    path : Path
    table : str
        Name of the table that is read, for the report.
    formulas : bool
        Whether a formula is given as its text, or as the figure that the program which saved it had computed.

    Returns
    -------
    dict of str to list of (int, list of str)
        By title the rows that are not empty, each with its number; cells as texts, up to the last of the row.

    Raises
    ------
    Unreadable
        If the file is absent or no workbook.
    """
    where = {"table": table, "file": path.name}
    if "\0" in path.name or not path.is_file():
        raise Unreadable(Fault(ERROR, "no_file", **where))
    return {title: rows for title, (rows, _) in _sheets(path, where, formulas=formulas).items()}


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
            io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        except (LookupError, ValueError):  # unknown, or no encoding of texts
            raise Unreadable(Fault(ERROR, "unknown_encoding", **where, values={"found": encoding})) from None
    for name in tried:
        try:
            return data.decode(name).removeprefix("\ufeff"), name
        except UnicodeError as error:
            start = getattr(error, "start", 0)
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
    if encoding is None and not used.startswith("utf"):
        faults.append(Fault(REPAIR, "guessed_encoding", **where, values={"found": used}))
    csv.field_size_limit(2**31 - 1)  # an outline of a zone is longer than the 131,072 characters of the default
    delimiter = delimiter_of(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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
    return _raw(header, records[1:], lines[1:], faults, semicolons=delimiter == ";")


def _raw(header, records, lines, faults, *, semicolons=False):
    """Notes and examples of our own templates are no rows; a column that is headed as a note is none."""
    marks = {say(word, lang) for word in ("template.note_mark", "template.example_mark") for lang in LANGUAGES}
    notes = [at for at, name in enumerate(header) if name.partition(" ")[0] in marks]
    kept = [at for at, row in enumerate(records) if row[0].partition(" ")[0] not in marks]
    columns = zip(*(records[at] for at in kept)) if kept else [()] * len(header)
    table = {}
    for at, cells in enumerate(columns):
        table[at] = [original(cell) for cell in cells] if "'" in "".join(cells) else list(cells)
    nameless = {at: f"#{at + 1}" for at, name in enumerate(header) if not name}
    frame = pd.DataFrame(table, dtype=object).set_axis([nameless.get(at, n) for at, n in enumerate(header)], axis=1)
    empty = [at for at in nameless if not any(map(str.strip, table[at]))]
    frame = frame.iloc[:, [at for at in range(len(header)) if at not in {*empty, *notes}]]
    return Raw(frame, [lines[at] for at in kept], faults, semicolons)


def delimiter_of(text):
    first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n")[:100_000]).split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _read_xlsx(path, where, sheet, books):
    if path not in books:
        books[path] = _sheets(path, where)
    sheets = books[path]
    if not sheets or (sheet and sheet not in sheets):
        values = {"found": sheet or "", "allowed": ", ".join(sheets) or "—"}
        raise Unreadable(Fault(ERROR, "no_sheet", **where, values=values))
    rows, far = sheets[sheet] if sheet else next(iter(sheets.values()))
    faults = [Fault(WARNING, "far_rows", **where, line=far, values={"n": f"{_EMPTY_ROWS:,}"})] if far else []
    if not rows:
        return Raw(pd.DataFrame(), [], faults)
    width = max(len(row) for _, row in rows)
    lines, cells = [n for n, _ in rows], [row + [""] * (width - len(row)) for _, row in rows]
    return _raw([original(cell) for cell in cells[0]], cells[1:], lines[1:], faults)


def _sheets(path, where, *, formulas=False):
    """Rows of every sheet as texts, with their numbers; empty rows are left out."""
    import openpyxl

    try:
        with warnings.catch_warnings():  # about styles and drop-downs, which nobody reads here
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
            try:
                return {page.title: _sheet_rows(page) for page in book.worksheets}
            finally:
                book.close()
    except Exception as error:  # openpyxl raises whatever its zip and XML readers raise
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": type(error).__name__})) from None


def _sheet_rows(page):
    """Rows that are not empty with their numbers, up to a long stretch of empty ones; and the first row behind it."""
    page.reset_dimensions()  # some programs state a size that is not the sheet's
    rows, last = [], 0
    for n, row in enumerate(page.iter_rows(), 1):
        texts = [_xlsx_cell(cell) for cell in row] if any(cell.value is not None for cell in row) else []
        if n > _SHEET_ROWS or (any(texts) and n - last > _EMPTY_ROWS):
            return rows, n
        if any(texts):
            rows.append((n, texts))
            last = n
    return rows, None


def _xlsx_cell(cell):
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


def _read_geojson(path, where, encoding):
    text, _ = decode(path.read_bytes(), where, encoding or "utf-8")
    try:
        document = json.loads(text)
        if not (isinstance(document, dict) and "features" in document):
            frame = records(document)
            return Raw(frame, list(range(1, len(frame) + 1)))
        features = document["features"]
        properties = [dict(feature.get("properties") or {}) for feature in features]
        crs = ((document.get("crs") or {}).get("properties") or {}).get("name")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    shapes = [_geojson_shape(feature.get("geometry")) for feature in features]
    frame = pd.DataFrame(properties, dtype=object)
    frame["geometry"] = pd.Series(_to_degrees(shapes, crs, where), dtype=object)
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
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        return json.dumps(geometry)[:80]


def _to_degrees(shapes, crs, where):
    if not crs or "CRS84" in str(crs) or all(isinstance(s, str) or s is None for s in shapes):
        return shapes
    import geopandas

    known = [shape if isinstance(shape, shapely.Geometry) else None for shape in shapes]
    try:
        moved = geo.to_wgs84(geopandas.GeoDataFrame(geometry=known, crs=crs)).geometry
    except (ValueError, RuntimeError) as error:  # pyproj's errors are RuntimeErrors
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    return [new if isinstance(old, shapely.Geometry) else old for old, new in zip(shapes, moved)]


def _read_geo(path, where, encoding, layer):
    import geopandas

    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            frame = _read_parquet(path)
        else:
            stated = {"encoding": encoding, "layer": layer}
            with warnings.catch_warnings():  # several layers: the first is read, as documented
                warnings.simplefilter("ignore")
                frame = geopandas.read_file(path, **{name: value for name, value in stated.items() if value})
    except Exception as error:  # GDAL and Arrow raise errors of many kinds
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    if isinstance(frame, geopandas.GeoDataFrame):
        frame = geo.to_wgs84(frame) if frame.crs is not None else frame
        frame = pd.DataFrame(frame).rename(columns={frame.geometry.name: "geometry"})
    return Raw(frame.reset_index(drop=True), list(range(1, len(frame) + 1)))


def _read_extract(path, where):
    try:
        frame = pd.DataFrame(read_basemap(path))
    except ValueError as error:
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    return Raw(frame, list(range(1, len(frame) + 1)))


def _read_parquet(path):
    import geopandas

    try:
        return geopandas.read_parquet(path)
    except ValueError:  # no geometry in it
        return pd.read_parquet(path)
