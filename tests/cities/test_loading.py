import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from expansion_kit.cities import check_city, load_city
from expansion_kit.market.streets import street_edges
from expansion_kit.schemas import ERROR, REPAIR, WARNING, SchemaError

ROOT = Path(__file__).parents[2]


def replaced(file, old, new):
    def plant(files):
        assert files[file].count(old) == 1
        files[file] = files[file].replace(old, new)

    return plant


def missing_column(files):
    files["stations.csv"] = "place_id,lon,name\nP1,121.41,Main\nP2,121.43,Park\n"


def unknown_datum(files):
    files["city.toml"] = files["city.toml"].replace("[tables.generators]", '[tables.generators]\ndatum = "beijing54"')


def empty_file(files):
    files["brands.csv"] = b""


def other_encoding(files):
    files["prospects.csv"] = files["prospects.csv"].encode("gb18030")
    files["city.toml"] = files["city.toml"].replace("[tables.prospects]", '[tables.prospects]\nencoding = "utf-8"')


def broken_polygon(files):
    document = json.loads(files["zones.geojson"])
    ring = document["features"][3]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]  # a bow tie
    lines = ",\n".join(json.dumps(feature) for feature in document["features"])
    files["zones.geojson"] = '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


PLANTED = {  # what is planted; table, code, file line and key; and what the report must hold in either language
    "missing column": (missing_column, ("stations", "missing_column", None, ""), ("'lat' is missing", "缺少字段")),
    "text in a number": (
        replaced("zone_rents.csv", "Z2,280,7", "Z2,280,many"),
        ("zone_rents", "not_number", 3, ""),
        ("'many'", "「many」"),
    ),
    "18 instead of 0.18": (
        replaced("sites.csv", ",0.18", ",18"),
        ("sites", "share_too_large", 3, "S2"),
        ("18 % is 0.18", "18% 应写 0.18"),
    ),
    "duplicate id": (
        replaced(
            "stores.csv", "A3,Rival,Three,121.41,31.23,\n", "A3,Rival,Three,121.41,31.23,\nA2,Rival,4,121.41,31.23,\n"
        ),
        ("stores", "twice", 5, "A2"),
        ("'A2' stands there again", "A2 再次出现"),
    ),
    "swapped lon and lat": (
        replaced("stores.csv", "A1,Ours,One,121.41,31.21", "A1,Ours,One,31.21,121.41"),
        ("stores", "swapped", 2, "A1"),
        ("look swapped", "疑似经纬度颠倒"),
    ),
    "unknown datum": (unknown_datum, ("city", "unknown_datum", 39, ""), ("'beijing54'", "未知坐标系 beijing54")),
    "negative rent": (
        replaced("sites.csv", "15000", "-15000"),
        ("sites", "too_small", 4, "S3"),
        ("-15000", "-15000"),
    ),
    "empty file": (empty_file, ("brands", "empty_table", None, ""), ("no rows", "没有数据行")),
    "GB18030 declared UTF-8": (
        other_encoding,
        ("prospects", "bad_encoding", 2, ""),
        ("gb18030", "gb18030"),
    ),
    "broken polygon": (
        broken_polygon,
        ("zones", "broken_shape", 5, "Z4"),
        ("broken polygon (Self-intersection", "图形有误"),
    ),
    "site outside every zone": (
        replaced("sites.csv", "S4,121.43,31.23", "S4,121.53,31.23"),
        ("sites", "outside_zones", 5, "S4"),
        ("lies in no zone", "不在任何片区内"),
    ),
    "a period that does not exist": (
        replaced("sales.csv", "A1,2027-01", "A1,2027-13"),
        ("sales", "not_period", 3, ""),
        ("'2027-13'", "「2027-13」"),
    ),
}


def listing(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def command(*words):
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    words = [sys.executable, "-m", "expansion_kit", *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=env)


def stated_line(fault):
    return fault.line or fault.values.get("line")


def test_the_small_city_is_healthy(put, small_city):
    city, faults = check_city(put(small_city()))
    assert faults == [] and city.counts["zones"] == 4
    assert city["stores"]["zone_id"].tolist() == ["Z1", "Z2", "Z3"]
    assert city["stores"]["own"].tolist() == [True, True, False]


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_fault_is_told_alone_with_table_line_and_key(put, small_city, name):
    plant, expected, words = PLANTED[name]
    for lang, word in zip(("en", "zh"), words):
        files = small_city(lang)
        plant(files)
        folder = put(files, lang)
        with pytest.raises(SchemaError) as error:
            load_city(folder)
        errors = [fault for fault in error.value.faults if fault.level == ERROR]
        assert [(f.table, f.code, stated_line(f), f.key) for f in errors] == [expected]
        told = str(error.value)
        assert word in told and expected[0] in told and expected[3] in told
        if expected[2]:
            assert (f"line {expected[2]}" if lang == "en" else f"第 {expected[2]} 行") in told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_twelve_planted_faults_are_in_one_report_and_nothing_is_written(put, small_city, lang):
    files = small_city(lang)
    for plant, _, _ in PLANTED.values():
        plant(files)
    folder = put(files)
    before = listing(folder)
    _, faults = check_city(folder)
    told = {(f.table, f.code, stated_line(f), f.key) for f in faults if f.level == ERROR}
    assert told == {expected for _, expected, _ in PLANTED.values()} and len(told) == 12
    for words in (("check", folder), ("run", folder)):
        done = command(*words)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        for name, (_, (table, _, line, key), expected) in PLANTED.items():
            word = expected[lang == "zh"]
            (sentence,) = [row for row in done.stderr.splitlines() if word in row and key in row]
            assert not line or (f"line {line}" if lang == "en" else f"第 {line} 行") in sentence, name
            assert table in done.stderr
        assert ("Errors: 12" if lang == "en" else "错误：12 项") in done.stderr
    assert listing(folder) == before


def test_warnings_are_counted_and_let_it_pass(put, small_city):
    files = small_city()
    replaced("stores.csv", "A3,Rival,Three,121.41,31.23", "A3,Rival,Three,121.61,31.23")(files)
    replaced("zones.geojson", '"population": 4000', '"population": null')(files)
    folder = put(files)
    before = listing(folder)
    city, faults = check_city(folder)
    told = [(f.level, f.table, f.code, f.rows, f.line, f.key) for f in faults]
    assert told == [
        (WARNING, "zones", "no_population", 1, 5, "Z4"),
        (WARNING, "stores", "outside_zones", 1, 4, "A3"),
    ]
    assert city["stores"].loc["A3", "zone_id"] is None
    done = command("check", folder)
    assert done.returncode == 0 and "Warnings: 2" in done.stdout and done.stderr == ""
    assert listing(folder) == before


def codes(faults, level=ERROR):
    return [fault.code for fault in faults if fault.level == level]


def test_one_wrong_setting_does_not_hide_the_rest(put, small_city):
    files = small_city("zh")
    files["city.toml"] = (
        files["city.toml"].replace('"CNY"', '"yuan"').replace('method = "simulated"', 'method = "guess"', 1)
    )
    replaced("sales.csv", "2026-12", "2026-14")(files)
    city, faults = check_city(put(files))
    assert city is None
    assert [(f.code, f.column, f.line) for f in faults if f.level == ERROR] == [
        ("bad_setting", "currency", 3),
        ("bad_setting", "tables.zones.method", 11),
        ("not_period", "period", 2),
    ]


def test_a_wrong_datum_of_the_whole_city_is_told_once(put, small_city):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace('"wgs84"', '"mars"')
    _, faults = check_city(put(files))
    assert [(f.code, f.line) for f in faults] == [("unknown_datum", 5)]


def test_coordinates_without_any_datum_are_refused(put, small_city):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace('datum = "wgs84"\n', "")
    _, faults = check_city(put(files))
    assert set(codes(faults)) == {"no_datum"} and {f.table for f in faults} >= {"zones", "stores", "sites"}


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:99999999", "moon"])
def test_a_projection_that_is_not_in_metres_is_refused_at_the_door(put, small_city, crs):
    files = small_city()
    files["city.toml"] = f'crs = "{crs}"\n' + files["city.toml"]
    _, faults = check_city(put(files))
    assert [(f.code, f.column, f.line) for f in faults] == [("bad_setting", "crs", 1)]


def test_a_stated_projection_is_used(put, small_city):
    files = small_city()
    files["city.toml"] = 'crs = "EPSG:32651"\n' + files["city.toml"]
    city = load_city(put(files))
    assert city.metric("stores").crs.to_epsg() == 32651


def test_what_the_folder_does_not_hold_or_may_not_reach_is_told(put, small_city, tmp_path):
    (tmp_path / "secret.csv").write_text("store_id,brand\n1,x\n")
    files = small_city()
    files["city.toml"] += '\n[tables.pings]\nfile = "pings.parquet"\nsource = "x"\n'
    files["city.toml"] = (
        files["city.toml"].replace('"stores.csv"', '"../secret.csv"').replace('"sites.csv"', '"sites.doc"')
    )
    files["sites.doc"] = files.pop("sites.csv")
    files["prices.csv"] = "a,b\n1,2\n"
    files["~$city.xlsx"] = b"lock"
    _, faults = check_city(put(files))
    assert sorted((f.table, f.code) for f in faults if f.level == ERROR) == [
        ("pings", "no_file"),
        ("sites", "unknown_format"),
        ("stores", "outside_folder"),
    ]
    (unread,) = [f for f in faults if f.code == "unnamed_file"]
    assert unread.file == "prices.csv, stores.csv" and unread.level == WARNING


def test_no_folder_and_no_city_are_plain_messages(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        city, faults = check_city(folder)
        assert city is None and codes(faults) == ["no_city"]


def test_gaode_and_baidu_coordinates_come_out_in_wgs84(put, small_city):
    """Expected: the published GCJ-02 and BD-09 of a point in Shanghai's centre, and the point itself in WGS-84."""
    from expansion_kit import geo

    for datum in ("gcj02", "bd09"):
        files = small_city()
        files["city.toml"] = files["city.toml"].replace('"wgs84"', f'"{datum}"')
        city = load_city(put(files, datum))
        lon, lat = geo.convert(121.41, 31.21, datum, "wgs84")
        assert city["stores"].loc["A1", ["lon", "lat"]].tolist() == pytest.approx([float(lon), float(lat)], abs=1e-9)
        moved = city["stores"].geometry["A1"]
        assert (moved.x, moved.y) == pytest.approx((float(lon), float(lat)), abs=1e-9)
        corner = city["zones"].geometry["Z1"].exterior.coords[0]
        there = geo.convert(*corner, "wgs84", datum)
        assert [float(v) for v in there] == pytest.approx([121.40, 31.20], abs=1e-8)
        metres = geo.distances(
            city.metric("stores").loc[["A1"]],
            load_city(put(small_city(), datum + "w")).metric("stores").loc[["A1"]].to_crs(city.crs),
        )
        assert 400 < metres[0, 0] < 1500


def test_a_table_may_have_a_datum_of_its_own(put, small_city):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace("[tables.sites]", '[tables.sites]\ndatum = "火星坐标"')
    city, faults = check_city(put(files))
    assert city is not None and city["stores"].loc["A1", "lon"] == 121.41 and city["sites"].loc["S1", "lon"] < 121.41


def test_provenance_names_every_column_and_inputs_every_file(put, small_city):
    folder = put(small_city())
    city = load_city(folder)
    rows = city.provenance.set_index(["table", "column"])
    assert rows.loc[("zones", "population"), ["source", "method"]].tolist() == ["test", "simulated"]
    assert set(city.inputs) == {path.name for path in folder.iterdir()}


def test_a_column_without_any_value_is_no_data(put, small_city):
    files = small_city()
    files["sites.csv"] = "site_id,lon,lat,rent_month,address\nS1,121.41,31.21,,\nS2,121.43,31.22,,\n"
    city = load_city(put(files))
    listed = set(city.provenance.query("table == 'sites'")["column"])
    assert {"lon", "lat"} <= listed and not {"rent_month", "address"} & listed
    assert city.origin("sites")["source"] == "test"


def test_repairs_are_counted_but_are_neither_errors_nor_warnings(put, small_city):
    files = small_city("zh")
    files["sites.csv"] = '候选点编号,坐标,装修费（万元）,扣点\nS1,"121.41,31.21",12,18%\nS2,"31.21，121.43",3.5万,\n'
    city, faults = check_city(put(files))
    told = {(f.code, f.column, f.rows) for f in faults if f.level == REPAIR}
    assert told == {("multiplied", "fit_out_cost", 1), ("wan", "fit_out_cost", 1), ("percent", "turnover_rate", 1)}
    assert city["sites"]["fit_out_cost"].tolist() == [120000, 35000]
    assert city["sites"]["turnover_rate"].iloc[0] == 0.18 and city["sites"]["lon"].tolist() == [121.41, 121.43]


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32633"])
def test_a_projection_whose_metres_are_none_where_the_city_lies_is_refused(put, small_city, crs):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace('datum = "wgs84"\n', f'datum = "wgs84"\ncrs = "{crs}"\n', 1)
    city, faults = check_city(put(files))
    assert city is None and [(f.code, f.column) for f in faults] == [("bad_setting", "crs")]
    assert crs in faults[0].sentence("en") and '"auto"' in faults[0].sentence("en")


def test_a_file_name_with_a_nul_and_toml_nested_beyond_reason_are_plain_faults(put, small_city):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace('"sales.csv"', '"sa\\u0000les.csv"')
    assert [(f.code, f.table) for f in check_city(put(files))[1]][0] == ("no_file", "sales")
    city, faults = check_city(put({"city.toml": "a=" + "[" * 50_000}, "deep"))
    assert city is None and [f.code for f in faults] == ["too_deep"]


def test_a_decimal_comma_is_told_with_its_line(put, small_city):
    files = small_city()
    files["sites.csv"] = "site_id;lon;lat;rent_month\nS1;121.41;31.21;20000\nS2;121.43;31.21;1,234\n"
    assert [(f.code, f.line, f.key) for f in check_city(put(files))[1]] == [("decimal_comma", 3, "S2")]


def test_a_header_may_name_the_citys_own_money(put, small_city):
    files = small_city()
    files["sites.csv"] = files["sites.csv"].replace("rent_month", "rent_month (CNY)")
    assert check_city(put(files))[1] == []
    files["sites.csv"] = files["sites.csv"].replace("(CNY)", "(USD)")
    assert [(f.level, f.code) for f in check_city(put(files, "b"))[1]] == [(ERROR, "unit_unread")]


def test_steps_of_a_turnover_rate_are_told_at_the_door(put, small_city):
    files = small_city("zh")
    steps = {"S1": '"121.41,31.21",10万以上8%', "S2": '"121.43,31.21",0：0.1；200000：0.08'}
    files["sites.csv"] = "候选点编号,坐标,阶梯扣点\n" + "".join(f"{site},{row}\n" for site, row in steps.items())
    folder = put(files)
    assert [(f.level, f.code, f.line, f.key) for f in check_city(folder)[1]] == [(ERROR, "not_tiers", 2, "S1")]
    with pytest.raises(SchemaError, match="阶梯扣点.*100000:0.1;200000:0.08"):
        load_city(folder)


def test_streets_keep_who_may_use_them_and_drive_one_way(put, small_city):
    """A triangle: one side is one-way, one says nothing, one is closed to cars, which still drive the other two."""
    files = small_city()
    corners = [[121.4, 31.2], [121.41, 31.2], [121.4, 31.21]]
    lines = {"A": corners[:2], "B": corners[1:], "C": [corners[0], [121.405, 31.195], corners[1]]}
    kinds = {"A": {"oneway": True}, "B": {"drive": "否", "kind": "residential"}, "C": {}}
    kinds = {name: said | {"speed_kmh": 30} for name, said in kinds.items()}
    features = [
        {"type": "Feature", "properties": kinds[name], "geometry": {"type": "LineString", "coordinates": line}}
        for name, line in lines.items()
    ]
    files["network.geojson"] = json.dumps({"type": "FeatureCollection", "features": features})
    files["city.toml"] += '\n[tables.network]\nfile = "network.geojson"\nsource = "survey"\n'
    streets = load_city(put(files)).metric("network")
    assert streets["oneway"].tolist() == [True, pd.NA, pd.NA] and streets["drive"].tolist() == [pd.NA, False, pd.NA]
    assert np.isinf(street_edges(streets, mode="drive")["minutes_back"]).tolist() == [True, False]
    assert len(street_edges(streets, mode="walk")) == 3


@pytest.mark.parametrize(
    ("names", "lacking"),
    [
        (["imei", "lon", "lat", "time"], ""),
        (["imei", "lon", "time"], "lat"),
        (["device", "lng", "lat", "time"], "imei, lon"),
    ],
)
def test_columns_that_pings_lack_are_told_at_the_door(put, small_city, names, lacking):
    files = small_city()
    files["city.toml"] += '\n[tables.pings]\nfile = "p.parquet"\ncolumns = { imei = "device" }\n'
    files["city.toml"] += 'source = "a kit"\nmethod = "measured"\n'
    folder = put(files)
    pd.DataFrame(columns=names, dtype=float).to_parquet(folder / "p.parquet")
    _, faults = check_city(folder)
    assert [fault.code for fault in faults] == (["unread_pings"] if lacking else [])
    assert not lacking or f"for want of: {lacking};" in faults[0].sentence("en")


def test_pings_are_named_and_not_loaded(put, small_city):
    files = small_city()
    files["city.toml"] += '\n[tables.pings]\nfile = "p.parquet"\ncolumns = { imei = "device" }\ndatum = "GCJ-02"\n'
    files["city.toml"] += 'source = "a kit"\nmethod = "measured"\n'
    city, faults = check_city(put(files | {"p.parquet": b"never opened here"}))
    assert [fault.code for fault in faults] == ["unread_pings"]
    assert "pings" not in city and "p.parquet" in city.inputs
    assert "Parquet" in faults[0].sentence("en")
    assert city.streams == {
        "pings": {"path": city.folder / "p.parquet", "columns": {"imei": "device"}, "datum": "gcj02"}
    }
    assert city.origin("pings") == {"source": "a kit", "as_of": "", "method": "measured"}
    files["city.toml"] = files["city.toml"].replace('datum = "wgs84"\n', "").replace('datum = "GCJ-02"\n', "")
    _, faults = check_city(put(files | {"p.parquet": b""}, "without"))
    assert ("pings", "no_datum") in [(fault.table, fault.code) for fault in faults]
