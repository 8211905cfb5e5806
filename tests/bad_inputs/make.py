"""
The files of the corpus that are no plain texts: workbooks, maps, Parquet, extracts; and the bombs, which are not kept.

`python tests/bad_inputs/make.py` makes the kept ones anew. `make(name, folder)` makes one of them, or a bomb.
"""

import io
import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pyarrow
import pyarrow.parquet
import shapely

HERE = Path(__file__).parent
HEADER = ["store_id", "brand", "name", "lon", "lat"]
ROWS = [["A1", "Tea", "一号店", 121.41, 31.21], ["A2", "Rice", "二号店", 121.43, 31.23]]
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>'
ZONES = [shapely.box(121.40, 31.20, 121.42, 31.22), shapely.box(121.42, 31.20, 121.44, 31.22)]
_DAY = (1980, 1, 1, 0, 0, 0)  # of the members of a zip, so that they are the same bytes each time
_PBF = b"\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\x7f"


def _zip(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _book(rows, change=None, *, members=None):
    """A workbook with these rows; `change` gets the book, `members` the parts of its zip."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    saved = io.BytesIO()
    book.save(saved)
    parts = {name: text for name, text in _members(saved.getvalue()).items() if name != "docProps/core.xml"}
    kept = {"[Content_Types].xml": b"/docProps/core.xml", "_rels/.rels": b"docProps/core.xml"}  # it tells the time
    for name, word in kept.items():
        parts[name] = b"<".join(part for part in parts[name].split(b"<") if word not in part)
    return _zip((members or (lambda same: same))(parts))


def _sheet(old, new):
    def members(parts):
        assert old in parts[SHEET]
        return parts | {SHEET: parts[SHEET].replace(old, new)}

    return members


def _set(**cells):
    def change(book):
        for cell, value in cells.items():
            book.active[cell] = value

    return change


def _shown(shown, *cells):
    def change(book):
        for cell in cells:
            book.active[cell].number_format = shown

    return change


def _merged(book):
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("D1:E1")


def _of_1904(book):
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for cell in ("F2", "F3"):
        book.active[cell].number_format = "yyyy-mm-dd"


def _hidden_rows(book):
    book.active.row_dimensions[3].hidden = book.active.row_dimensions[4].hidden = True


def _hidden_sheet(book):
    book.active.append(["A9", "Tea", "alt", 1, 1])
    book.active.sheet_state = "hidden"
    page = book.create_sheet("now")
    for row in [HEADER, *ROWS]:
        page.append(row)
    book.active = 1


def _laughing(parts):
    sheet = parts[SHEET].partition(b"<worksheet")
    laugh = b'<row r="9"><c r="A9" t="inlineStr"><is><t>&a11;</t></is></c></row></sheetData>'
    return parts | {SHEET: LAUGHS.encode() + b"<worksheet" + sheet[2].replace(b"</sheetData>", laugh)}


def _without_sheets(parts):
    workbook = parts["xl/workbook.xml"]
    start, end = workbook.index(b"<sheets>"), workbook.index(b"</sheets>")
    return parts | {"xl/workbook.xml": workbook[: start + 8] + workbook[end:]}


def _formula(cached):
    return lambda parts: _sheet(
        b"<f>121.41</f><v></v>" if b"<f>121.41</f><v></v>" in parts[SHEET] else b"<f>121.41</f><v />", cached
    )(parts)


PLAIN = [HEADER, *ROWS]
WITH = {
    name: [[*row, cell] for row, cell in zip(PLAIN, [name, *cells])]
    for name, cells in {"opened": (None, None), "sales_month": ("#N/A", "#DIV/0!")}.items()
}
BOOKS = {
    "merged_headers": lambda: _book([["门店", None, None, "位置", None], *PLAIN], _merged),
    "title_above_the_header": lambda: _book([["2027年门店一览表"], *PLAIN]),
    "formulas_never_computed": lambda: _book(PLAIN, _set(D2="=121.41", D3="=D2+0.02", E2="=31.21")),
    "formulas_computed": lambda: _book(PLAIN, _set(D2="=121.41"), members=_formula(b"<f>121.41</f><v>121.41</v>")),
    "error_cells_of_a_workbook": lambda: _book(
        [[*HEADER, "sales_month"], [*ROWS[0][:2], "#N/A", *ROWS[0][3:], 5], [*ROWS[1], "#DIV/0!"]]
    ),
    "numbers_as_texts": lambda: _book(
        [
            [*HEADER, "sales_month"],
            ["007", "Tea", "x", "121.41", "31.21", "1,234.5"],
            [8, "Tea", "y", 121.43, 31.23, "5"],
        ]
    ),
    "days_of_1900": lambda: _book(
        [[*HEADER, "opened"], [*ROWS[0], 45413], [*ROWS[1], 45413.0]], _shown("yyyy-mm-dd", "F2", "F3")
    ),
    "days_of_1904": lambda: _book([[*HEADER, "opened"], [*ROWS[0], 43951], [*ROWS[1], 43952]], _of_1904),
    "day_as_a_plain_number": lambda: _book([[*HEADER, "opened"], [*ROWS[0], 45413]]),
    "ids_as_days": lambda: _book([HEADER, [46082, *ROWS[0][1:]], ROWS[1]], _shown("d-mmm", "A2")),
    "id_of_twenty_digits": lambda: _book([HEADER, [12345678901234567890.0, *ROWS[0][1:]], ROWS[1]]),
    "rows_hidden": lambda: _book([*PLAIN, ["A3", "Tea", "x", 121.42, 31.22]], _hidden_rows),
    "sheet_hidden": lambda: _book([HEADER], _hidden_sheet),
    "sheet_missing": lambda: _book(PLAIN),
    "cell_beyond_the_header": lambda: _book([HEADER, [*ROWS[0], "note"], ROWS[1]]),
    "header_short": lambda: _book([["store_id", "brand", None, "lon", "lat"], *ROWS]),
    "percent_format": lambda: _book(
        [["site_id", "lon", "lat", "turnover_rate"], ["S1", 121.41, 31.21, 0.18], ["S2", 121.42, 31.21, 0.2]],
        _shown("0%", "D2", "D3"),
    ),
    "sheets_none": lambda: _book(PLAIN, members=_without_sheets),
    "empty_sheet": lambda: _book([]),
    "old_excel_renamed": lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "Workbook".encode("utf-16-le"),
    "locked_with_a_password": lambda: (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    ),
    "workbook_torn": lambda: _book(PLAIN)[:3000],
    "page_named_xlsx": lambda: b"<html><table><tr><td>store_id</td></tr></table></html>",
    "laughs_in_xlsx": lambda: _book(PLAIN, members=_laughing),
    "formulas_and_scripts_in_cells": lambda: _book(
        [HEADER, ["'=1+1", "Tea", "<script>alert(1)</script>", 121.41, 31.21]]
    ),
}


def _zones(crs="EPSG:4326"):
    return geopandas.GeoDataFrame({"zone_id": ["Z1", "Z2"], "population": [100, 200]}, geometry=ZONES, crs=crs)


def _shape(folder, stem, without=(), scale=1.0):
    table = _zones(None)
    table.geometry = shapely.transform(ZONES, lambda xy: xy * scale)
    table.to_file(folder / f"{stem}.shp")
    for ending in ("prj", "cpg", *without):
        (folder / f"{stem}.{ending}").unlink(missing_ok=True)


def _parquet(folder, name, table, **options):
    pyarrow.parquet.write_table(pyarrow.table(table), folder / name, **options)


def _geopackage(folder, name, crs="EPSG:4326"):
    with tempfile.TemporaryDirectory() as aside:  # GDAL writes the time of day
        _zones(crs).to_file(Path(aside) / name, layer="zones")
        base = sqlite3.connect(Path(aside) / name)
        base.execute("UPDATE gpkg_contents SET last_change = '2027-01-01T00:00:00Z'")
        base.commit()
        base.execute("VACUUM")
        base.close()
        (folder / name).write_bytes((Path(aside) / name).read_bytes())


def _geopackage_torn(folder):
    _geopackage(folder, "geopackage_torn.gpkg")
    path = folder / "geopackage_torn.gpkg"
    path.write_bytes(path.read_bytes()[:5000])


def _database(folder):
    base = sqlite3.connect(folder / "geopackage_of_another_database.gpkg")
    base.execute("CREATE TABLE notes (a TEXT)")
    base.commit()
    base.close()


def _of_stores(**more):
    table = {name: list(cells) for name, cells in zip(HEADER, zip(*ROWS))}
    return table | more


def _torn_parquet(folder):
    _parquet(folder, "torn.parquet", _of_stores())
    path = folder / "torn.parquet"
    path.write_bytes(path.read_bytes()[:-20])


MAPS = {
    "geopackage_torn.gpkg": _geopackage_torn,
    "geopackage_of_another_database.gpkg": _database,
    "geopackage.gpkg": lambda folder: _geopackage(folder, "geopackage.gpkg"),
    "geopackage_says_metres.gpkg": lambda folder: _geopackage(folder, "geopackage_says_metres.gpkg", "EPSG:32651"),
    "without_prj.shp": lambda folder: _shape(folder, "without_prj"),
    "without_prj_in_metres.shp": lambda folder: _shape(folder, "without_prj_in_metres", scale=1e4),
    "without_shx.shp": lambda folder: _shape(folder, "without_shx", ["shx"]),
    "without_dbf.shp": lambda folder: _shape(folder, "without_dbf", ["dbf"]),
    "without_crs.geoparquet": lambda folder: _zones(None).to_parquet(folder / "without_crs.geoparquet"),
    "says_metres.geoparquet": lambda folder: _zones("EPSG:32651").to_parquet(folder / "says_metres.geoparquet"),
    "torn.parquet": _torn_parquet,
    "of_bytes.parquet": lambda folder: _parquet(
        folder, "of_bytes.parquet", _of_stores(name=[row[2].encode() for row in ROWS])
    ),
    "of_lists.parquet": lambda folder: _parquet(
        folder, "of_lists.parquet", _of_stores(name=[["a", "b"], ["c"]], sales_month=[[1, 2], [3]])
    ),
    "infinite.parquet": lambda folder: _parquet(
        folder, "infinite.parquet", _of_stores(sales_month=[float("inf"), 5.0])
    ),
    "time_zones.parquet": lambda folder: _parquet(
        folder,
        "time_zones.parquet",
        {"place_id": ["P1"], "time": pd.to_datetime(["2027-02-14T00:00:00Z"]), "people": [5]},
    ),
    "torn.osm.pbf": lambda folder: (folder / "torn.osm.pbf").write_bytes(_PBF + bytes(20)),
    "something_else.osm": lambda folder: (folder / "something_else.osm").write_bytes(b"<gpx><wpt/></gpx>\n"),
    "laughs.osm": lambda folder: (folder / "laughs.osm").write_text(
        LAUGHS + '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="&a11;"/></node></osm>\n'
    ),
}


def _bomb(folder):
    """A sheet of 1.2 GB in about 1 MB: a text that goes on and on."""
    parts = _members(_book(PLAIN))
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name != SHEET:
                archive.writestr(name, content)
        with archive.open(SHEET, "w", force_zip64=True) as sheet:
            sheet.write(parts[SHEET].split(b"<sheetData>")[0] + b"<sheetData>")
            for _ in range(1200):
                sheet.write(b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 20_000)


def _wide_rows(folder):
    """Rows of one cell each, at the last column of a sheet: 2,000,000,000 cells to whoever fills the gaps."""
    rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 120_000)).encode()
    book = _book([HEADER], members=_sheet(b"</sheetData>", rows + b"</sheetData>"))
    (folder / "wide_rows.xlsx").write_bytes(book)


def _cell(folder, name, header, cell):
    (folder / name).write_text(f"store_id,brand,lon,lat,{header}\nA1,Tea,121.41,31.21,{cell}\n")


def _columns(folder):
    names = ",".join(f"c{n}" for n in range(1_000_000))
    (folder / "million_columns.csv").write_text(f"{names}\n{'1,' * 999_999}1\n")


def _deep(folder):
    nest = "[" * 200_000 + "]" * 200_000
    shape = f'{{"type": "Polygon", "coordinates": {nest}}}'
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {shape}}}'
    (folder / "deep.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}')


def _many_nulls(folder):
    """A thousand million rows in a few kB: each column is one value, repeated."""
    columns = {name: pyarrow.array([cell] * 1_000_000).dictionary_encode() for name, cell in zip(HEADER, ROWS[0])}
    table = pyarrow.table(columns)
    with pyarrow.parquet.ParquetWriter(folder / "bomb.parquet", table.schema) as writer:
        for _ in range(40):
            writer.write_table(table)


BOMBS = {
    "bomb.xlsx": _bomb,
    "wide_rows.xlsx": _wide_rows,
    "million_columns.csv": _columns,
    "million_signs.csv": lambda folder: _cell(folder, "million_signs.csv", "name", "a" * 1_000_000),
    "million_digits.csv": lambda folder: _cell(folder, "million_digits.csv", "sales_month", "9" * 1_000_000),
    "deep.geojson": _deep,
    "deep.toml": lambda folder: (folder / "deep.toml").write_text('name = "x"\na = ' + "[" * 100_000 + "]" * 100_000),
    "dotted.toml": lambda folder: (folder / "dotted.toml").write_text('name = "x"\n' + "a." * 50_000 + "b = 1\n"),
    "bomb.parquet": _many_nulls,
}


def make(name, folder):
    """One file of the corpus, or a bomb, into a folder."""
    path = Path(folder) / name
    if path.stem in BOOKS:
        path.write_bytes(BOOKS[path.stem]())
    else:
        (MAPS | BOMBS)[name](path.parent)
    return path


if __name__ == "__main__":
    for name in [*(f"{stem}.xlsx" for stem in BOOKS), *MAPS]:
        make(name, HERE)
    size = sum(path.stat().st_size for path in HERE.iterdir() if path.is_file())
    sys.stdout.write(f"{len(BOOKS) + len(MAPS)} files; the corpus holds {size / 1e3:,.0f} kB\n")
