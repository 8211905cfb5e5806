import csv
import datetime
import hashlib
import html
import io
import json
import os
import re
import zipfile
from pathlib import Path

import geopandas
import jinja2
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import files

HOSTILE = [
    "{{7*7}}",
    "{% for x in y %}",
    "{# gone #}",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "T`UOMO Menswear",
    "back\\slash",
    "\" onmouseover='alert(1)'",
    "<!-- comment",
    "line\u2028separator\u2029",
    "two\nlines\r\n",
    "&lt;b&gt;",
    "nul\0bell\x07esc\x1b\x9c",
    '=HYPERLINK("x")',
]
FORMULAS = [
    "=1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "|x",
    "%x",
    "\0=1",
    " =1",
    '"=1',
]
texts = st.text() | st.text(alphabet="=+-@;\t\r\n'\" ＝|%a,\0\ufeff")


# --- texts in pages and scripts


@pytest.mark.parametrize("text", HOSTILE)
def test_an_escaped_text_comes_out_of_a_template_and_a_page_as_it_was(text):
    safe = files.escape(text)
    assert jinja2.Template(f"<p title='{safe}'>{safe}</p>").render() == f"<p title='{safe}'>{safe}</p>"
    assert html.unescape(safe) == re.sub("[\0\x07\x1b\x9c]", "", text)


@given(texts)
def test_nothing_that_could_end_a_text_is_left_in_an_escaped_one(text):
    safe = files.escape(text)
    assert not set(safe) & set("<>\"'{}$`\\\n\r\u2028\u2029\0")
    assert re.fullmatch("[^&]*", re.sub("&(amp|lt|gt|#[0-9]+);", "", safe))


def test_a_missing_text_is_empty_and_a_number_is_its_digits():
    missing = [None, float("nan"), np.nan, pd.NA, pd.NaT]
    assert [files.escape(value) for value in missing] == [""] * 5
    assert files.escape(17103) == "17103"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_json_text_survives_a_template_and_ends_no_script(text):
    script = files.as_json({"name": text, text: [{}]})
    assert json.loads(script) == {"name": text, text: [{}]}
    assert jinja2.Template(script).render() == script
    assert not set(script) & set("<>&\u2028\u2029")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | texts, st.lists))
def test_json_gives_back_what_it_was_given_and_null_for_what_is_not_a_number(value):
    def expected(part):
        if isinstance(part, list):
            return [expected(item) for item in part]
        return None if part != part else part

    assert json.loads(files.as_json(value)) == expected(value)


def test_json_takes_arrays_dates_and_missing_values_and_refuses_the_rest():
    value = {"a": np.array([1.5, np.nan]), "b": pd.Series([1, None], dtype="Int64"), "c": pd.Timestamp("2027-02-01")}
    assert files.as_json(value) == '{"a":[1.5,null],"b":[1,null],"c":"2027-02-01T00:00:00"}'
    assert files.as_json((np.int64(3), np.bool_(True), datetime.date(2027, 2, 1))) == '[3,true,"2027-02-01"]'
    with pytest.raises(ValueError):
        files.as_json(float("inf"))
    with pytest.raises(TypeError):
        files.as_json(Path("somewhere"))


# --- texts in spreadsheets


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_starts_with_an_apostrophe(text):
    assert files.harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["", "星巴克", "7-Eleven", "a=b", "'t Hart", "'", "O'Neill", "007", "1,5"])
def test_a_text_that_runs_nowhere_stays_as_it_is(text):
    assert files.harmless(text) == text == files.original(text)


@given(texts)
def test_the_original_is_exactly_what_was_made_harmless(text):
    assert files.original(files.harmless(text)) == text
    assert files.original(files.harmless(files.harmless(text))) == files.harmless(text)


@given(texts)
def test_no_part_between_separators_starts_a_formula(text):
    for part in re.split("[;\t\r\n]", files.harmless(text)):
        assert part.lstrip().lstrip('"\0\ufeff ')[:1] not in list("=+-@|%＝＋－＠")


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_spreadsheet_with_any_separator_finds_no_formula_in_a_csv_file(tmp_path_factory, names):
    path = tmp_path_factory.getbasetemp() / "names.csv"
    files.write_csv(path, pd.DataFrame({"key": "k", "name": names, "note": names}))
    written = path.read_bytes().decode("utf-8-sig")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(written.replace("\0", ""), newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.lstrip(' "\ufeff\r\n')[:1] in set("=+-@|%＝＋－＠")]


# --- whole or not at all


def test_a_file_is_written_with_its_folders_and_its_hash_is_returned(tmp_path):
    digest = files.write_bytes(tmp_path / "a" / "b" / "图.bin", b"123")
    assert (tmp_path / "a" / "b" / "图.bin").read_bytes() == b"123"
    assert digest == hashlib.sha256(b"123").hexdigest()
    assert files.write_text(tmp_path / "t.txt", "一\r\n") == hashlib.sha256("一\r\n".encode()).hexdigest()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_file_before_and_nothing_beside_it(tmp_path, monkeypatch, step):
    files.write_text(tmp_path / "a.txt", "before")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="disk full"):
        files.write_text(tmp_path / "a.txt", "after")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "before")]


@pytest.mark.skipif(os.name == "nt", reason="POSIX links and permissions")
def test_a_link_is_replaced_not_followed_and_others_may_read_the_file(tmp_path):
    (tmp_path / "outside.txt").write_text("mine")
    (tmp_path / "link.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "plain.txt").write_text("as any other program writes it")
    files.write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "outside.txt").read_text() == "mine"
    assert (tmp_path / "link.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


# --- CSV


def test_a_table_as_csv(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["=1+1", 'say "hi"', None],
            "stores": pd.array([7, None, 12], dtype="Int64"),
            "sales": [1e15, 1234.5, np.nan],
            "own": [True, False, True],
            "opened": pd.to_datetime(["2027-02-01", None, "2027-03-01"]),
            "seen": pd.to_datetime(["2027-02-01 08:30", None, "2027-03-01 00:00"]),
            "=note": ["a;b", "two\nlines", "一, 二"],
        },
        index=pd.Index(["007", "8", "9"], name="zone_id"),
    )
    files.write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_bytes().decode("utf-8") == (
        "\ufeffzone_id,name,stores,sales,own,opened,seen,'=note\n"
        '007,\'=1+1,7,1000000000000000,true,2027-02-01,2027-02-01T08:30:00,"a;b"\n'
        '8,"say ""hi""",,1234.5,false,,,"two\nlines"\n'
        '9,,12,,true,2027-03-01,2027-03-01T00:00:00,"一, 二"\n'
    )


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18).map(float))
def test_a_number_is_written_exactly_and_without_an_exponent_where_money_lies(value):
    text = files._number(value)
    assert float(text) == value
    if 1e-15 <= abs(value) < 1e21 and value.is_integer():
        assert re.fullmatch("-?[0-9]+", text)
    elif 1e-15 <= abs(value) < 1e21:
        assert re.fullmatch(r"-?[0-9]+\.[0-9]+", text)


def test_a_written_table_reads_back_as_it_was(tmp_path):
    table = pd.DataFrame({"a": [0.1, 1 / 3, 2e-9], "b": ["007", "一\r二", "NA"]}, index=pd.Index(list("xyz"), name="k"))
    files.write_csv(tmp_path / "a.csv", table)
    again = pd.read_csv(tmp_path / "a.csv", index_col="k", keep_default_na=False, float_precision="round_trip")
    pd.testing.assert_frame_equal(again, table)


def test_only_an_index_with_a_name_is_written(tmp_path):
    table = pd.DataFrame({"a": [1, 2]})
    files.write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "a\n1\n2\n"
    files.write_csv(tmp_path / "a.csv", table.rename_axis("k"), index=False)
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "a\n1\n2\n"
    files.write_csv(tmp_path / "a.csv", table.assign(b=list("xy"), c=list("pq")).set_index(["b", "c"]))
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "b,c,a\nx,p,1\ny,q,2\n"


def test_an_empty_table_has_its_header(tmp_path):
    files.write_csv(tmp_path / "a.csv", pd.DataFrame({"a": [], "b": []}))
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "a,b\n"


@pytest.mark.parametrize(
    "table, error, message",
    [
        (geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([1], [2])), TypeError, "'geometry' holds Point"),
        (pd.DataFrame({"a": [[1, 2]]}), TypeError, "'a' holds list"),
        (pd.DataFrame({"a": pd.period_range("2027-01", periods=2, freq="M")}), TypeError, "'a' holds Period"),
        (pd.DataFrame({"a": [np.inf]}), ValueError, "'a' has an infinite number"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ValueError, "one name: a"),
        (pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")), ValueError, "one name: a"),
    ],
)
def test_what_is_not_a_figure_is_refused_and_nothing_is_written(tmp_path, table, error, message):
    with pytest.raises(error, match=message):
        files.write_csv(tmp_path / "a.csv", table)
    assert not list(tmp_path.iterdir())


# --- workbooks


def stores():
    return pd.DataFrame(
        {
            "name": ["=HYPERLINK('x')", "星巴克咖啡上海南京西路店", "_x003D_1 \x07bell"],
            "sales": [1.5, None, 3.0],
            "opened": pd.to_datetime(["2027-02-01", None, "2027-03-01"]),
            "checked": pd.to_datetime(["2027-02-01 08:30", None, None], utc=True),
            "total": pd.Series([None, None, files.Formula("=SUM(C2:C3)")], index=["007", "8", "9"], dtype=object),
        },
        index=pd.Index(["007", "8", "9"], name="store_id"),
    )


def test_only_our_own_formula_runs_in_a_workbook(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["门店"]
    kinds = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert [text for text, kind in kinds.items() if kind == "f"] == ["=SUM(C2:C3)"]
    assert kinds["'=HYPERLINK('x')"] == "s" and sheet["B2"].quotePrefix
    assert sheet["A2"].value == "007" and sheet["A2"].number_format == "@"
    assert sheet["B4"].value == "_x003D_1 bell"
    assert sheet["C3"].value is None
    assert sheet["E2"].value == "2027-02-01T08:30:00+00:00"


def test_a_workbook_is_ready_to_read(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["门店"]
    assert sheet["A1"].font.bold and sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:F4"
    assert sheet.column_dimensions["B"].width == 12 * 2 + 3
    assert sheet["D2"].value == datetime.datetime(2027, 2, 1) and sheet["D2"].number_format == "yyyy-mm-dd"


def test_sheet_titles_are_what_excel_takes(tmp_path):
    titles = ["a/b:c", "a?b*c", "x" * 40, "x" * 41, "'[]'", "history", "商" * 31 + "圈"]
    files.write_xlsx(tmp_path / "a.xlsx", dict.fromkeys(titles, pd.DataFrame()))
    expected = ["a b c", "a b c (2)", "x" * 31, "x" * 27 + " (2)", "Sheet", "history (2)", "商" * 31]
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == expected


def test_a_workbook_without_sheets_or_with_a_text_too_long_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one sheet"):
        files.write_xlsx(tmp_path / "a.xlsx", {})
    with pytest.raises(ValueError, match="32768"):
        files.write_xlsx(tmp_path / "a.xlsx", {"a": pd.DataFrame({"a": ["x" * 32768]})})
    assert not list(tmp_path.iterdir())


def test_a_workbook_holds_no_time_of_its_making(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert {member.date_time for member in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert re.findall(r"20\d\d-[^<]*", core) == ["2000-01-01T00:00:00Z"] * 2


# --- JSON and GeoJSON


def test_a_json_file_is_sorted_and_ends_with_a_line(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": float("nan"), "a": "城市<b>"})
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n "a": "城市<b>",\n "b": null\n}\n'


def test_a_map_table_as_geojson(tmp_path):
    points = geopandas.points_from_xy([127.123456789, -0.00000001], [37.5, 2])
    table = geopandas.GeoDataFrame({"name": ["=1", None], "n": [1.5, np.nan]}, geometry=points, crs=4326)
    table.index = pd.Index(["007", "8"], name="store_id")
    table.loc["8", "geometry"] = None
    files.write_geojson(tmp_path / "a.geojson", table)
    assert json.loads((tmp_path / "a.geojson").read_text("utf-8"))["features"] == [
        {
            "type": "Feature",
            "properties": {"store_id": "007", "name": "=1", "n": 1.5},
            "geometry": {"type": "Point", "coordinates": [127.1234568, 37.5]},
        },
        {"type": "Feature", "properties": {"store_id": "8", "name": None, "n": None}, "geometry": None},
    ]
    assert geopandas.read_file(tmp_path / "a.geojson").crs == 4326


def test_geojson_needs_wgs84_and_one_geometry(tmp_path):
    table = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([1], [2]))
    for crs in (None, 3857):
        with pytest.raises(ValueError, match="WGS-84"):
            files.write_geojson(tmp_path / "a.geojson", table.set_crs(crs))
    with pytest.raises(TypeError, match="'second' holds Point"):
        files.write_geojson(tmp_path / "a.geojson", table.set_crs(4326).assign(second=table.geometry.values))


def test_the_same_input_gives_the_same_bytes(tmp_path):
    points = geopandas.points_from_xy([1, 2, 3], [2, 3, 4])
    placed = geopandas.GeoDataFrame(stores().drop(columns=["checked", "total"]), geometry=points, crs=4326)
    hashes = set()
    for _ in range(2):
        hashes.add(
            (
                files.write_csv(tmp_path / "a.csv", stores()),
                files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores(), "again": stores()}),
                files.write_geojson(tmp_path / "a.geojson", placed),
            )
        )
    assert len(hashes) == 1
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(tmp_path.iterdir())} == dict(
        zip(["a.csv", "a.geojson", "a.xlsx"], [next(iter(hashes))[i] for i in (0, 2, 1)])
    )
