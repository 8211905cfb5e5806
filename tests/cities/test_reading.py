import datetime
import json
import time

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

from expansion_kit.cities import check_city, load_city
from expansion_kit.cities.reading import Unreadable, decode, read_raw, read_sheets
from expansion_kit.schemas import WARNING

WHERE = {"table": "stores", "file": "stores.csv"}
CHINESE = "门店编号,品牌,店名,经度,纬度\n007,星巴克,南京路店,121.47,31.23\n008,瑞幸,NA,121.48,31.24\n"
TRADITIONAL = "門店編號,品牌,店名\n007,星巴克,臺北車站店\n"
KOREAN = "store_id,brand,name\n007,스타벅스,강남역점\n"
BOXES = [shapely.box(121.4, 31.2, 121.42, 31.22), shapely.box(121.42, 31.2, 121.44, 31.22)]


def write(folder, content, name="stores.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def frame(path, **options):
    return read_raw(path, table="stores", **options).frame


def reason(path, **options):
    with pytest.raises(Unreadable) as error:
        read_raw(path, table="stores", **options)
    return error.value.fault


# --- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_declared_encoding_is_read(tmp_path, encoding):
    read = read_raw(write(tmp_path, CHINESE.encode(encoding)), table="stores", encoding=encoding)
    assert read.frame["店名"].tolist() == ["南京路店", "NA"] and read.frame["门店编号"].tolist() == ["007", "008"]
    assert read.lines == [2, 3] and read.faults == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_file_says_of_itself_needs_no_declaration(tmp_path, encoding):
    read = read_raw(write(tmp_path, CHINESE.encode(encoding)), table="stores")
    assert read.frame.columns[0] == "门店编号" and read.faults == []


@pytest.mark.parametrize(
    ("encoding", "country", "text", "name"),
    [
        ("gb18030", "CN", CHINESE, "南京路店"),
        ("gb18030", "", CHINESE, "南京路店"),
        ("big5", "TW", TRADITIONAL, "臺北車站店"),
        ("big5", "HK", TRADITIONAL, "臺北車站店"),
        ("cp949", "KR", KOREAN, "강남역점"),
    ],
)
def test_an_undeclared_encoding_is_what_the_country_writes_and_is_told(tmp_path, encoding, country, text, name):
    read = read_raw(write(tmp_path, text.encode(encoding)), table="stores", country=country)
    assert name in read.frame.iloc[0].tolist()
    assert [(f.code, f.values["found"]) for f in read.faults] == [("guessed_encoding", encoding)]


def test_a_file_that_does_not_keep_its_declared_encoding_is_refused_with_its_line(tmp_path):
    text = "store_id,brand,name\n1,a,b\n2,a,店\n"
    fault = reason(write(tmp_path, text.encode("gb18030")), encoding="utf-8")
    assert (fault.code, fault.values["line"], "gb18030" in fault.values["allowed"]) == ("bad_encoding", 3, True)


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "base64", "idna", "undefined", "a\0b", ""])
def test_no_encoding_of_texts_is_refused_without_a_traceback(encoding):
    with pytest.raises(Unreadable) as error:
        decode("店".encode(), WHERE, encoding)
    assert error.value.fault.code in ("unknown_encoding", "bad_encoding")


def test_bytes_that_are_no_text_at_all_are_refused(tmp_path):
    assert reason(write(tmp_path, bytes(range(128, 256)) * 3)).code == "bad_encoding"


# --- texts with separators


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path, sign, end):
    rows = [["store_id", "坐标(经度,纬度)", "name"], ["1", "121.4,31.2", "a"], ["", "", ""], ["2", "x", 'say "hi"']]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = end.join(sign.join(row) for row in quoted) + end
    read = read_raw(write(tmp_path, text.encode()), table="stores")
    assert read.frame["坐标(经度,纬度)"].tolist() == ["121.4,31.2", "x"] and read.frame["name"].tolist() == [
        "a",
        'say "hi"',
    ]
    assert read.lines == [2, 4]


def test_lines_are_counted_through_texts_of_many_lines(tmp_path):
    read = read_raw(write(tmp_path, b'store_id,name\n1,"a\nb\nc"\n\n2,d\n'), table="stores")
    assert read.lines == [2, 6] and read.frame["name"].tolist() == ["a\nb\nc", "d"]


def test_rows_that_do_not_fit_the_header_are_refused(tmp_path):
    fault = reason(write(tmp_path, b"a,b\n1,2\n1,2,3\n1\n"))
    assert (fault.code, fault.values) == ("ragged", {"found": 3, "n": 2, "width": 2})


def test_an_outline_longer_than_a_csv_cell_may_be_by_default_is_read(tmp_path):
    wkt = "POLYGON((" + ",".join(f"121.{n:06d} 31.2" for n in range(20_000)) + "))"
    read = frame(write(tmp_path, f'zone_id,geometry\n1,"{wkt}"\n'.encode()))
    assert read["geometry"].iloc[0] == wkt


def test_only_an_empty_cell_is_missing_and_ids_keep_their_zeros(tmp_path):
    read = frame(write(tmp_path, b"store_id,name\n007,NA\n1e5,null\n0x1,nan\n  ,\n9,\n"))
    assert read["store_id"].tolist() == ["007", "1e5", "0x1", "9"] and read["name"].tolist() == [
        "NA",
        "null",
        "nan",
        "",
    ]


def test_cells_under_no_header_are_not_lost_without_a_word(tmp_path):
    path = write(tmp_path, b"store_id,,name,\n1,forgotten,a,\n")
    assert list(frame(path).columns) == ["store_id", "#2", "name"]


def test_notes_and_examples_of_a_template_are_no_rows_but_names_like_them_are(tmp_path):
    text = "店名,x\n#说明 必填,1\n#示例 甲,2\n#note required,3\n#example,4\n#notebook店,5\n"
    read = read_raw(write(tmp_path, text.encode()), table="stores")
    assert read.frame["店名"].tolist() == ["#notebook店"] and read.lines == [6]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"a,b\n", b",,\n,,\n"])
def test_a_file_without_rows_is_an_empty_table(tmp_path, content):
    assert frame(write(tmp_path, content)).empty


# --- workbooks


def workbook(folder, rows, *, name="stores.xlsx", title="Sheet", more=()):
    book = openpyxl.Workbook()
    for at, (page_title, page_rows) in enumerate([(title, rows), *more]):
        page = book.active if at == 0 else book.create_sheet()
        page.title = page_title
        for row in page_rows:
            page.append(row)
    book.save(folder / name)
    return folder / name


def test_a_workbook_gives_the_texts_a_person_sees(tmp_path):
    rows = [
        ["门店编号", "面积", "开业日期", "name", "own", "sales", None],
        ["007", 85.0, datetime.date(2024, 5, 1), "NA", True, "1,234.5", None],
        [8, 85.25, datetime.datetime(2024, 5, 2, 9, 30), None, False, 1234567, None],
        [None] * 7,
        ["9", "12", "2024-05-03", " x ", "是", "3.2万", None],
    ]
    read = read_raw(workbook(tmp_path, rows), table="stores")
    assert read.lines == [2, 3, 5] and list(read.frame.columns) == [
        "门店编号",
        "面积",
        "开业日期",
        "name",
        "own",
        "sales",
    ]
    assert read.frame.iloc[0].tolist() == ["007", "85", "2024-05-01 00:00:00", "NA", "true", "1,234.5"]
    assert read.frame.iloc[1].tolist() == ["8", "85.25", "2024-05-02 09:30:00", "", "false", "1234567"]
    assert read.frame["sales"].iloc[2] == "3.2万"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("yyyy-mm", "2027-02"),
        ('yyyy"年"m"月"', "2027-02"),
        ("[Red]mmm-yy", "2027-02"),
        ("yyyy-mm-dd", "2027-02-01 08:30:00"),
        ("h:mm", "2027-02-01 08:30:00"),
    ],
)
def test_a_month_that_excel_made_a_date_of_is_a_month_again(tmp_path, shown, expected):
    path = workbook(tmp_path, [["period"], [datetime.datetime(2027, 2, 1, 8, 30)]])
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = shown
    book.save(path)
    assert frame(path)["period"].tolist() == [expected]


@pytest.mark.parametrize(
    ("value", "shown", "expected"),
    [
        (0.18, "0%", "18%"),
        (0.07, "0.0%", "7%"),
        (1, "0%", "100%"),
        (18, '0"%"', "18"),  # only stands there
        (18, "0\\%", "18"),
        (True, "0%", "true"),
        ("about 5", "0%", "about 5"),
    ],
)
def test_a_share_that_excel_shows_in_percent_is_in_percent(tmp_path, value, shown, expected):
    path = workbook(tmp_path, [["turnover_rate"], [value]])
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = shown
    book.save(path)
    assert frame(path)["turnover_rate"].tolist() == [expected]


def test_percent_in_the_header_and_in_the_format_is_percent_once(tmp_path, put):
    toml = 'name = "x"\ndatum = "wgs84"\n[tables.sites]\nfile = "s.xlsx"\nsource = "s"\n'
    folder = put({"city.toml": toml})
    path = workbook(
        folder, [["site_id", "lon", "lat", "扣点(%)"], ["S1", 121, 31, 0.18], ["S2", 121, 31, 20]], name="s.xlsx"
    )
    book = openpyxl.load_workbook(path)
    book.active["D2"].number_format = "0%"
    book.save(path)
    assert load_city(folder)["sites"]["turnover_rate"].tolist() == [0.18, 0.2]


@pytest.mark.parametrize("row", [1500, 1_000_000_000])
def test_what_lies_far_below_a_sheet_is_told_and_never_counted_to(tmp_path, row):
    import zipfile

    path = workbook(tmp_path, [["store_id"], ["1"], ["stray"]])
    with zipfile.ZipFile(path) as given:
        members = {name: given.read(name) for name in given.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    moved = members[sheet].replace(b'<row r="3"', b'<row r="%d"' % row).replace(b'r="A3"', b'r="A%d"' % row)
    assert moved != members[sheet]
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in members.items():
            changed.writestr(name, moved if name == sheet else content)
    begun = time.perf_counter()
    read = read_raw(path, table="stores")
    assert read.frame["store_id"].tolist() == ["1"] and time.perf_counter() - begun < 30
    assert [(f.level, f.code, f.line) for f in read.faults] == [(WARNING, "far_rows", min(row, 1_048_577))]


def test_some_empty_rows_end_no_table(tmp_path):
    rows = [["store_id"], ["1"], *[[None]] * 900, ["2"]]
    read = read_raw(workbook(tmp_path, rows), table="stores")
    assert read.frame["store_id"].tolist() == ["1", "2"] and read.faults == []


def test_a_sheet_by_name_and_the_first_where_none_is_named(tmp_path):
    path = workbook(tmp_path, [["store_id"], ["1"]], title="门店", more=[("候选点", [["site_id"], ["S1"]])])
    assert list(frame(path)) == ["store_id"] and list(frame(path, sheet="候选点")) == ["site_id"]
    fault = reason(path, sheet="sites")
    assert (fault.code, fault.values["allowed"]) == ("no_sheet", "门店, 候选点")


def test_many_sheets_open_their_workbook_once(tmp_path, monkeypatch):
    path = workbook(tmp_path, [["a"], ["1"]], more=[(f"s{n}", [["a"], [str(n)]]) for n in range(27)])
    opened, books = [], {}
    load = openpyxl.load_workbook
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *a, **k: opened.append(a) or load(*a, **k))
    assert [frame(path, sheet=f"s{n}", books=books)["a"].iloc[0] for n in range(27)] == [str(n) for n in range(27)]
    assert len(opened) == 1


def test_a_sheet_whose_stated_size_is_wrong_is_read_whole(tmp_path):
    import zipfile

    path = workbook(tmp_path, [["a", "b"], ["1", "2"], ["3", "4"]])
    with zipfile.ZipFile(path) as given:
        members = {name: given.read(name) for name in given.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:B3"' in members[sheet]
    members[sheet] = members[sheet].replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"')
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in members.items():
            changed.writestr(name, content)
    assert frame(path)["b"].tolist() == ["2", "4"]


def test_cells_beyond_the_header_of_a_sheet_are_named(tmp_path):
    assert list(frame(workbook(tmp_path, [["a"], ["1", "stray"]]))) == ["a", "#2"]


@pytest.mark.parametrize("name", ["x.xlsx", "x.gpkg", "x.shp", "x.parquet", "x.geojson"])
@pytest.mark.parametrize("content", [b"", b"not what the name says", b"PK\x03\x04torn", b"[]", b'{"features": 3}'])
def test_a_file_that_is_not_what_its_name_says_is_a_plain_fault(tmp_path, name, content):
    assert reason(write(tmp_path, content, name)).code == "bad_file"


# --- maps


def places(crs="EPSG:4326"):
    ids = pd.DataFrame({"zone_id": ["007", "008"], "name": ["南京路", "NA"], "population": [10.0, None]})
    return geopandas.GeoDataFrame(ids, geometry=BOXES, crs="EPSG:4326").to_crs(crs)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32651"])
@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp", "parquet", "geoparquet"])
def test_every_map_format_comes_out_in_degrees(put, tmp_path, ending, crs):
    path = tmp_path / f"zones.{ending}"
    table = places(crs)
    if "parquet" in ending:
        table.to_parquet(path)
    else:
        table.to_file(path, **({"encoding": "GBK"} if ending == "shp" else {}))
    (tmp_path / "city.toml").write_text(
        f'name = "x"\ndatum = "wgs84"\n[tables.zones]\nfile = "{path.name}"\nsource = "s"\n', encoding="utf-8"
    )
    before = sorted(p.name for p in tmp_path.iterdir())
    city = load_city(tmp_path)
    zones = city["zones"]
    assert zones.index.tolist() == ["007", "008"] and zones["name"].tolist() == ["南京路", "NA"]
    assert zones["population"].iloc[0] == 10 and pd.isna(zones["population"].iloc[1])
    assert zones.crs == "EPSG:4326"
    assert shapely.hausdorff_distance(zones.geometry.to_numpy(), BOXES).max() < 1e-6
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    if ending == "shp":
        assert set(city.inputs) == {"city.toml", *(f"zones.{e}" for e in ("shp", "shx", "dbf", "prj", "cpg"))}


def test_a_shapefile_that_does_not_say_its_encoding_takes_the_declared_one(tmp_path):
    places().to_file(tmp_path / "zones.shp", encoding="GBK")
    (tmp_path / "zones.cpg").unlink()
    assert frame(tmp_path / "zones.shp", encoding="gbk")["name"].tolist() == ["南京路", "NA"]


def test_a_layer_of_a_geopackage_by_name(tmp_path):
    places().to_file(tmp_path / "all.gpkg", layer="first")
    places().iloc[:1].to_file(tmp_path / "all.gpkg", layer="second")
    assert len(frame(tmp_path / "all.gpkg", sheet="second")) == 1 and len(frame(tmp_path / "all.gpkg")) == 2


def test_a_parquet_without_geometry_keeps_missing_missing(tmp_path):
    table = pd.DataFrame({"store_id": ["007", "008"], "brand": pd.Categorical(["星巴克", None])})
    table["sales_month"] = pd.array([5, None], dtype="Int64")
    table["floor_area_sqm"] = pd.array([85.5, None], dtype="Float64")
    table["opened"] = pd.to_datetime(["2024-05-01", None])
    table["lon"], table["lat"] = [121.4, 121.5], [31.2, 31.3]
    table.to_parquet(tmp_path / "stores.parquet")
    toml = 'name = "x"\ndatum = "wgs84"\n[tables.stores]\nfile = "stores.parquet"\nsource = "s"\n'
    (tmp_path / "city.toml").write_text(toml)
    stores = load_city(tmp_path)["stores"]
    assert stores.index.tolist() == ["007", "008"] and stores["brand"].tolist() == ["星巴克", "independent"]
    for name in ("sales_month", "floor_area_sqm", "opened"):
        assert stores[name].notna().tolist() == [True, False]


def test_lines_of_features_however_the_text_is_laid_out(tmp_path):
    document = json.loads(places().to_json(drop_id=True))
    flat = {"type": "FeatureCollection", "features": document["features"]}
    for indent, lines in ((None, [1, 1]), (1, None)):
        text = json.dumps(flat, indent=indent, ensure_ascii=False)
        read = read_raw(write(tmp_path, text.encode(), "zones.geojson"), table="zones")
        if lines is None:
            starts = [n for n, line in enumerate(text.splitlines(), 1) if line == "  {"]
            lines = starts
        assert read.lines == lines and len(lines) == 2


@pytest.mark.parametrize(
    "crs",
    ['"EPSG:32651"', '{"properties": "x"}', '{"properties": {"name": "urn:nonsense"}}', '{"properties": {"name": 7}}'],
)
def test_an_odd_reference_system_in_geojson_is_a_plain_fault(tmp_path, crs):
    text = places().to_json(drop_id=True).replace("{", f'{{"crs": {crs}, ', 1)
    assert reason(write(tmp_path, text.encode(), "zones.geojson")).code == "bad_file"


def test_features_without_shape_or_with_a_wrong_one_are_rows(tmp_path):
    shapes = [
        None,
        {"type": "Polygon", "coordinates": [[[1, 2]]]},
        {"type": "Teapot"},
        {"type": "Point", "coordinates": [1, 2]},
    ]
    features = [{"type": "Feature", "properties": {"zone_id": str(n)}, "geometry": s} for n, s in enumerate(shapes)]
    path = write(tmp_path, json.dumps({"features": features}).encode(), "zones.geojson")
    read = frame(path)["geometry"]
    assert read[0] is None and isinstance(read[1], str) and isinstance(read[2], str) and read[3] == shapely.Point(1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"features": [{"properties": {"a": ' + "[" * 100_000 + "]" * 100_000 + '}, "geometry": null}]}',
    ],
)
def test_a_document_nested_beyond_reason_is_a_plain_fault(tmp_path, text):
    assert reason(write(tmp_path, text.encode(), "s.geojson")).code == "too_deep"


def test_a_file_says_whether_semicolons_part_its_cells(tmp_path):
    assert read_raw(write(tmp_path, b"a;b\n1;1,234\n"), table="stores").semicolons
    assert not read_raw(write(tmp_path, b'a,b\n1,"1,234"\n', "t.csv"), table="stores").semicolons


def test_a_base_map_may_be_an_extract_and_other_tables_may_not(small_city, put):
    nodes = "".join(f'<node id="{i}" lon="{121.41 + i / 1000}" lat="31.21" version="1"/>' for i in (1, 2))
    way = '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
    extract = f'<?xml version="1.0"?><osm version="0.6">{nodes}{way}</osm>'
    basemap = '\n[tables.basemap]\nfile = "town.osm"\nsource = "OpenStreetMap contributors"\n'
    files = small_city() | {"town.osm": extract}
    city = load_city(put(files | {"city.toml": files["city.toml"] + basemap}))
    assert city["basemap"]["kind"].tolist() == ["main"]
    broken = files | {"city.toml": files["city.toml"] + basemap, "town.osm": "<osm"}
    assert "bad_file" in [fault.code for fault in check_city(put(broken, "broken"))[1]]
    stores = files["city.toml"].replace('file = "stores.csv"', 'file = "town.osm"')
    assert "unknown_format" in [fault.code for fault in check_city(put(files | {"city.toml": stores}, "stores"))[1]]


def test_every_sheet_of_a_workbook_as_it_stands_with_line_numbers_and_formulas_on_request(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "销售额"
    book.active["B3"], book.active["C3"], book.active["A5"] = 0.08, "=1+1", "007"
    book.active["B3"].number_format = "0%"
    book.create_sheet("empty")
    book.save(tmp_path / "a.xlsx")
    assert read_sheets(tmp_path / "a.xlsx") == {"销售额": [(3, ["", "8%", ""]), (5, ["007"])], "empty": []}
    assert read_sheets(tmp_path / "a.xlsx", formulas=True)["销售额"][0] == (3, ["", "8%", "=1+1"])
    for name, code in (("b.xlsx", "no_file"), ("a.txt", "bad_file")):
        (tmp_path / "a.txt").write_text("no workbook")
        with pytest.raises(Unreadable) as error:
            read_sheets(tmp_path / name)
        assert error.value.fault.code == code
