"""A file of any format of the contract, to cells as they stand in it, with the line of each row."""

import codecs
import csv
import io
import re
import warnings
from dataclasses import dataclass, field

import pandas as pd

from ..files import original
from ..schemas import ERROR, REPAIR, WARNING, Fault
from ..schemas.headers import match_headers
from ..schemas.tables import TABLES
from ..words import LANGUAGES, say
from .extracts import read_basemap
from .features import in_degrees, read_features
from .limits import Unreadable, check_cells, check_size, check_text, is_file
from .workbooks import EMPTY_ROWS, sheets_of

_ENCODINGS = ("gb18030", "big5", "cp949")
_FIRST_GUESS = {"KR": "cp949", "TW": "big5", "HK": "big5", "MO": "big5"}
_WIDE = re.compile("[\u2e80-\ud7ff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TEXT_FORMATS = (".csv", ".tsv", ".psv", ".txt")
_HINT = re.compile(r"sep=([,;\t|])[,;\t| ]*\r?\n", re.IGNORECASE)  # Excel's own first line
_TITLE_ROWS = 5  # so many may stand above a header
FORMATS = (*TEXT_FORMATS, ".xlsx", ".geojson", ".json", ".gpkg", ".shp", ".parquet", ".geoparquet")
_EXTRACTS = (".pbf", ".osm")  # of OpenStreetMap: a base map, and nothing else


@dataclass(frozen=True)
class Raw:
    """Cells as they stand in a file, the line of each row, what was done to read them, and whether `;` parts them."""

    frame: pd.DataFrame
    lines: list
    faults: list = field(default_factory=list)
    semicolons: bool = False


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
    if not is_file(path):
        raise Unreadable(Fault(ERROR, "no_file", **where))
    suffix = path.suffix.lower()
    formats = (*FORMATS, *_EXTRACTS) if table == "basemap" else FORMATS
    if suffix not in formats:
        raise Unreadable(Fault(ERROR, "unknown_format", **where, values={"allowed": ", ".join(formats)}))
    if suffix in _EXTRACTS:
        return _read_extract(path, where)
    if suffix == ".xlsx":
        return _read_xlsx(path, where, sheet, {} if books is None else books)
    check_size(path, where)
    if suffix in TEXT_FORMATS:
        return _read_csv(path, where, encoding, country)
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
    if not is_file(path):
        raise Unreadable(Fault(ERROR, "no_file", **where))
    return {title: page.rows for title, page in sheets_of(path, where, formulas=formulas).items()}


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
        tried = [name for mark, name in _BOMS if data.startswith(mark)] or _unmarked(data)
        tried += (
            []
            if _mostly_utf8(data)
            else sorted(_ENCODINGS, key=lambda name: name != _FIRST_GUESS.get(country, "gb18030"))
        )
    else:
        try:
            tried = [codecs.lookup(encoding).name]
            io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        except (LookupError, ValueError):  # unknown, or no encoding of texts
            raise Unreadable(Fault(ERROR, "unknown_encoding", **where, values={"found": encoding})) from None
    for name in tried:
        try:
            return data.decode(name).lstrip("\ufeff"), name
        except UnicodeError as error:
            start = getattr(error, "start", 0)
    others = [name for name in ("utf-8", *_ENCODINGS) if _reads(data, name)]
    line = data[:start].count(b"\n") + 1
    values = {"found": encoding or tried[0], "line": line, "allowed": ", ".join(others) or "—"}
    raise Unreadable(Fault(ERROR, "bad_encoding", **where, values=values))


def _unmarked(data):
    """UTF-16 that does not say so: of plain signs one of the two bytes is zero."""
    halves = {"utf-16-le": data[1:4000:2], "utf-16-be": data[:4000:2]}
    return [name for name, half in halves.items() if half.count(0) > max(1, len(half) // 5)] or ["utf-8"]


def _mostly_utf8(data):
    """Whether lines of UTF-8 stand beside lines of another encoding; which one is right for all, nobody knows."""
    if _reads(data, "utf-8"):
        return False
    lines = [line for line in data[:1_000_000].splitlines() if not line.isascii()]
    good = [line.decode() for line in lines if _reads(line, "utf-8")]
    return len(good) * 2 >= len(lines) and any(len(_WIDE.findall(line)) >= 2 for line in good)


def _reads(data, encoding):
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _read_csv(path, where, encoding, country):
    data = path.read_bytes()
    check_text(data, where)
    text, used = decode(data, where, encoding, country)
    faults = []
    if encoding is None and used not in ("utf-8", "utf-8-sig", "utf-16"):
        faults.append(Fault(REPAIR, "guessed_encoding", **where, values={"found": used}))
    records, lines, delimiter = csv_rows(text, where)
    if not records:
        return Raw(pd.DataFrame(), [], faults)
    header, width = [original(cell.strip()) for cell in records[0]], len(records[0])
    ragged = [line for row, line in zip(records, lines) if len(row) != width]
    if ragged:
        values = {"found": ragged[0], "n": len(ragged), "width": width}
        raise Unreadable(Fault(ERROR, "ragged", **where, values=values))
    check_cells(len(records), width, where)
    return _raw(header, records[1:], lines[1:], where, faults, semicolons=delimiter == ";")


def csv_rows(text, where):
    """
    Rows of a CSV text that are not empty.

    Parameters
    ----------
    text : str
    where : dict
        `table` and `file`, for the fault.

    Returns
    -------
    records : list of list of str
    lines : list of int
        The line on which each begins.
    delimiter : str

    Raises
    ------
    Unreadable
        If a quote is not closed, or stands inside a text: rows behind it would be swallowed.
    """
    csv.field_size_limit(2**31 - 1)  # an outline of a zone is longer than the 131,072 characters of the default
    hint = _HINT.match(text)
    text, begin = (text[hint.end() :], 2) if hint else (text, 1)
    delimiter = hint[1] if hint else delimiter_of(text)
    before = begin - 1
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, lines = [], []
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                records.append(row)
                lines.append(begin)
            begin = before + rows.line_num + 1
    except csv.Error:
        raise Unreadable(Fault(ERROR, "quotes", **where, line=begin)) from None
    return records, lines, delimiter


def _raw(header, records, lines, where, faults, *, semicolons=False):
    """Titles above the header, notes and examples of our templates are no rows; a column headed as a note is none."""
    above = _titles(header, records, where["table"])
    if above:
        faults = [*faults, Fault(REPAIR, "title_rows", **where, line=lines[above - 1], values={"n": above})]
        header, records, lines = [original(c.strip()) for c in records[above - 1]], records[above:], lines[above:]
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


def _titles(header, records, table):
    """How many rows stand above the header: none where the first row has a header that the table knows."""
    if table not in TABLES or match_headers(table, [name for name in header if name])[0]:
        return 0
    for above, row in enumerate(records[:_TITLE_ROWS], 1):
        if len(match_headers(table, [cell for cell in row if cell.strip()])[0]) > 1:
            return above
    return 0


def delimiter_of(text):
    first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n")[:100_000]).split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _read_xlsx(path, where, sheet, books):
    if path not in books:
        books[path] = sheets_of(path, where)
    sheets = books[path]
    if not sheets or (sheet and sheet not in sheets):
        values = {"found": sheet or "", "allowed": ", ".join(sheets) or "—"}
        raise Unreadable(Fault(ERROR, "no_sheet", **where, values=values))
    page = (
        sheets[sheet] if sheet else next((page for page in sheets.values() if page.shown), next(iter(sheets.values())))
    )
    if page.uncomputed:
        (cell, line), n = page.uncomputed[0], len(page.uncomputed)
        told = {"line": line, "values": {"found": cell, "n": n}}
        raise Unreadable(Fault(ERROR, "formula_unsaved", **where, **told))
    faults = []
    if page.far:
        faults.append(Fault(WARNING, "far_rows", **where, line=page.far, values={"n": f"{EMPTY_ROWS:,}"}))
    if page.hidden:
        faults.append(Fault(WARNING, "hidden_rows", **where, rows=len(page.hidden), line=page.hidden[0]))
    if not page.rows:
        return Raw(pd.DataFrame(), [], faults)
    width = max(len(row) for _, row in page.rows)
    check_cells(len(page.rows), width, where)
    lines, cells = [n for n, _ in page.rows], [row + [""] * (width - len(row)) for _, row in page.rows]
    return _raw([original(cell) for cell in cells[0]], cells[1:], lines[1:], where, faults)


def _read_geojson(path, where, encoding):
    text, _ = decode(path.read_bytes(), where, encoding or "utf-8")
    return Raw(*read_features(text, where))


def _read_geo(path, where, encoding, layer):
    import geopandas

    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            frame = _read_parquet(path, where)
        else:
            stated = {"encoding": encoding, "layer": layer}
            with warnings.catch_warnings():  # several layers: the first is read, as documented
                warnings.simplefilter("ignore")
                frame = geopandas.read_file(path, **{name: value for name, value in stated.items() if value})
    except Unreadable:
        raise
    except Exception as error:  # GDAL and Arrow raise errors of many kinds
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    if isinstance(frame, geopandas.GeoDataFrame):
        frame = in_degrees(frame, frame.crs, where) if frame.crs is not None else frame
        frame = pd.DataFrame(frame).rename(columns={frame.geometry.name: "geometry"})
    return Raw(frame.reset_index(drop=True), list(range(1, len(frame) + 1)))


def _read_extract(path, where):
    try:
        frame = pd.DataFrame(read_basemap(path))
    except ValueError as error:
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    return Raw(frame, list(range(1, len(frame) + 1)))


def _read_parquet(path, where):
    import geopandas
    import pyarrow.parquet

    stated = pyarrow.parquet.read_metadata(path)
    check_cells(stated.num_rows, stated.num_columns, where)

    try:
        return geopandas.read_parquet(path)
    except ValueError:  # no geometry in it
        return pd.read_parquet(path)
