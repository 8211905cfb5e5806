import csv
import hashlib
import io
import json
import os

import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import files

texts = st.text() | st.text(alphabet="=+-@;\t\r\n'\" ＝|%a,\0\ufeff")


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


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_spreadsheet_with_any_separator_finds_no_formula_in_a_csv_file(tmp_path_factory, names):
    path = tmp_path_factory.getbasetemp() / "names.csv"
    files.write_csv(path, pd.DataFrame({"key": "k", "name": names, "note": names}))
    written = path.read_bytes().decode("utf-8-sig")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(written.replace("\0", ""), newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.lstrip(' "\ufeff\r\n')[:1] in set("=+-@|%＝＋－＠")]


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


def test_a_table_longer_than_a_block_has_all_its_rows_in_order(tmp_path):
    n = 100_001
    day = pd.Timestamp("2027-02-01")
    table = pd.DataFrame({"a": range(n), "b": ["007"] * n, "day": [None] + [day] * (n - 1)})
    files.write_csv(tmp_path / "a.csv", table)
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines == ["a,b,day", "0,007,"] + [f"{i},007,2027-02-01" for i in range(1, n)]


def test_one_moment_at_two_places_is_written_as_each_place_tells_it(tmp_path):
    moments = [pd.Timestamp("2027-02-01T08:00+08:00"), pd.Timestamp("2027-02-01T00:00+00:00")]
    files.write_csv(tmp_path / "a.csv", pd.DataFrame({"a": pd.Series(moments, dtype=object)}))
    expected = "a\n2027-02-01T08:00:00+08:00\n2027-02-01T00:00:00+00:00\n"
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == expected


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


def test_the_same_input_gives_the_same_bytes_and_the_hash_is_theirs(tmp_path):
    table = pd.DataFrame({"sales": [1.5, np.nan], "opened": pd.to_datetime(["2027-02-01", None])})
    placed = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy([1, 2], [2, 3]), crs=4326)
    digests = {
        (files.write_csv(tmp_path / "a.csv", table), files.write_geojson(tmp_path / "a.geojson", placed))
        for _ in range(2)
    }
    assert len(digests) == 1
    written = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.csv", "a.geojson")]
    assert written == list(*digests)
