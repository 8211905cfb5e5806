import datetime
import tomllib

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expansion_kit.cities import add_table, check_city, load_city, new_city, write_city
from expansion_kit.schemas import TABLES, WARNING, SchemaError, columns
from expansion_kit.schemas.headers import match_headers
from expansion_kit.words import say

ABOUT = {"name": "小城", "country": "CN", "currency": "CNY", "datum": "wgs84", "own_brand": "Ours"}
SOURCE = {"source": "test", "as_of": "2027-03-01", "method": "measured"}
HOSTILE = [
    '=HYPERLINK("x")',
    "{{7*7}}",
    "${alert(1)}",
    "`T`",
    "</script>",
    "<img src=x onerror=alert(1)>",
    'say "hi", then; go | on',
    "two\nlines\r\nthree",
    "'quoted'",
    "'=1+1",
    "@SUM(A1)",
    "-1",
    "+86 21",
    "\t tab",
    "NA",
    "007",
    "万",
    "#NAME?",
]


def tables():
    boxes = [shapely.box(121.4, 31.2, 121.42, 31.22), shapely.box(121.42, 31.2, 121.44, 31.22)]
    zones = pd.DataFrame({"zone_id": ["007", "008"], "name": ["南京路", None], "population": [10.5, None]})
    stores = pd.DataFrame(
        {
            "store_id": ["01", "02", "03"],
            "brand": ["Ours", "Rival", "independent"],
            "lon": [121.41, 121.43, 1 / 3 + 121],
            "lat": [31.21, 31.21, 31.21],
            "own": pd.array([True, False, None], dtype="boolean"),
            "name": HOSTILE[:3],
            "status": ["open", "planned", None],
            "floor_area_sqm": [85.0, 0.1 + 0.2, None],
            "opened": pd.to_datetime(["2024-05-01", None, "2024-06-01"]),
            "tenure": ["lease", "concession", None],
            "turnover_rate": [0.18, None, 0.0],
        }
    )
    sensors = pd.DataFrame({"place_id": ["1", "1"], "people": [3.0, 4.0]})
    sensors["time"] = pd.to_datetime(["2027-02-14 08:00:00", "2027-02-14 09:30:15"])
    return {
        "zones": geopandas.GeoDataFrame(zones, geometry=boxes, crs="EPSG:4326"),
        "stores": stores,
        "sensor_counts": sensors,
        "sales": pd.DataFrame(
            {"store_id": ["01"] * 4, "period": ["2027-W07", "2027-02", "2027-Q1", "2027"], "sales": 1e6 / 3}
        ),
        "prospects": pd.DataFrame(
            {"prospect_id": ["1"], "stage": ["enquiry"], "credit_grade": ["A"], "phone": ["+86 21 5555"]}
        ),
    }


def written(folder, given_tables, **options):
    write_city(folder, ABOUT | options.pop("about", {}), given_tables, dict.fromkeys(given_tables, SOURCE), **options)
    return load_city(folder)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_written_is_read_back_the_same(tmp_path, lang):
    city = written(tmp_path / "city", tables(), lang=lang, about={"language": lang})
    assert [f for f in city.faults if f.level != WARNING] == []
    for name, table in tables().items():
        read = city[name].reset_index() if city[name].index.name else city[name]
        for column in [c for c in table.columns if c not in ("geometry", "own")]:
            want, got = table[column], read[column]
            assert want.isna().tolist() == got.isna().tolist(), (name, column)
            assert want.dropna().tolist() == got.dropna().tolist(), (name, column)
    assert shapely.equals(city["zones"].geometry.to_numpy(), tables()["zones"].geometry.to_numpy()).all()
    assert city["stores"]["own"].tolist() == [True, False, False]
    assert city.provenance["source"].unique().tolist() == ["test"]


def test_a_chinese_city_is_as_a_chinese_user_fills_it_in(tmp_path):
    written(tmp_path / "city", tables(), lang="zh")
    head, first, *_ = (tmp_path / "city" / "stores.csv").read_text("utf-8-sig").split("\n")
    assert head.startswith("门店编号,品牌,经度,纬度,自有,店名,状态,面积,开业日期")
    assert ",是," in first and ",营业," in first and ",租赁," in first


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_survive_unchanged(tmp_path, lang):
    kept = [text.strip() for text in HOSTILE]
    ids = [f"={n}" for n in range(len(kept))]
    stores = pd.DataFrame({"store_id": ids, "brand": kept, "name": kept, "address": "x"})
    shapes = [shapely.box(n, 0, n + 1, 1) for n in range(len(kept))]
    zones = geopandas.GeoDataFrame({"zone_id": ids, "name": kept}, geometry=shapes, crs="EPSG:4326")
    city = written(tmp_path / "city", {"stores": stores, "zones": zones}, lang=lang, about={"name": kept[0]})
    assert city.name == kept[0]
    for table in ("stores", "zones"):
        assert city[table]["name"].tolist() == kept and city[table].index.tolist() == ids
    assert city["stores"]["brand"].tolist() == kept


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=12).map(
    str.strip
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(TEXTS, min_size=1, max_size=4),
    areas=st.lists(st.floats(1e-9, 1e12), min_size=4, max_size=4),
    lang=st.sampled_from(["en", "zh"]),
    about=TEXTS.filter(bool),
)
def test_any_text_and_number_survive(tmp_path_factory, names, areas, lang, about):
    stores = pd.DataFrame(
        {"store_id": [f"s{n}" for n in range(len(names))], "brand": "b", "address": "x", "name": names}
    )
    stores["floor_area_sqm"] = areas[: len(names)]
    folder = tmp_path_factory.mktemp("city") / "c"
    city = written(folder, {"stores": stores}, lang=lang, about={"name": about, "own_brand": about})
    assert [text or "" for text in city["stores"]["name"]] == names
    assert city["stores"]["floor_area_sqm"].tolist() == areas[: len(names)]
    assert city.name == about and city.own_brand == about


def test_points_in_another_reference_system_are_written_in_degrees(tmp_path):
    points = geopandas.GeoDataFrame(
        {"store_id": ["1"], "brand": ["b"]}, geometry=[shapely.Point(121.41, 31.21)], crs="EPSG:4326"
    )
    city = written(tmp_path / "city", {"stores": points.to_crs("EPSG:32651")})
    assert (tmp_path / "city" / "stores.csv").is_file()
    assert city["stores"][["lon", "lat"]].iloc[0].tolist() == pytest.approx([121.41, 31.21], abs=1e-9)


def test_a_mall_plan_in_metres_goes_through_wkt(tmp_path):
    units = geopandas.GeoDataFrame(
        {"unit_id": ["u1"], "mall": ["m"], "floor": ["1F"]}, geometry=[shapely.box(0, 0, 2000, 10)], crs=None
    )
    city = written(tmp_path / "city", {"mall_units": units})
    assert city["mall_units"].geometry.iloc[0].equals(shapely.box(0, 0, 2000, 10)) and city["mall_units"].crs is None


@pytest.mark.parametrize("stray", ["city.toml", "stores.csv"])
def test_nothing_is_overwritten(tmp_path, stray):
    (tmp_path / stray).write_text("mine")
    with pytest.raises(FileExistsError, match=stray):
        write_city(tmp_path, ABOUT, {"stores": tables()["stores"]}, {"stores": SOURCE})
    assert [p.name for p in tmp_path.iterdir()] == [stray] and (tmp_path / stray).read_text() == "mine"


@pytest.mark.parametrize(
    ("about", "table", "source", "message"),
    [
        ({"country": "Korea"}, "stores", SOURCE, "country"),
        ({"datum": "mars"}, "stores", SOURCE, "mars"),
        ({"colour": "red"}, "stores", SOURCE, "colour"),
        ({}, "stores", SOURCE | {"method": "guess"}, "method"),
        ({}, "shops", SOURCE, "shops"),
        ({}, "sales", SOURCE, "no column"),
    ],
)
def test_a_city_that_would_not_load_is_not_written(tmp_path, about, table, source, message):
    with pytest.raises((ValueError, KeyError), match=message):
        write_city(tmp_path / "c", ABOUT | about, {table: tables()["stores"]}, {table: source})
    assert not (tmp_path / "c").exists()


def test_a_table_without_a_source_is_refused(tmp_path):
    with pytest.raises(ValueError, match="without a source: stores"):
        write_city(tmp_path / "c", ABOUT, {"stores": tables()["stores"]}, {})


def test_dates_lists_and_mappings_stand_in_city_toml_as_they_are(tmp_path):
    about = ABOUT | {"stages": ["接洽", 'the "second"\\\x7f'], "made": True, "own_brand": None}
    source = SOURCE | {"as_of": datetime.date(2027, 3, 1), "columns": {'mein "Name"': "name"}}
    stores = tables()["stores"].drop(columns="name")
    write_city(tmp_path / "c", about, {"stores": stores}, {"stores": source})
    stated = tomllib.loads((tmp_path / "c" / "city.toml").read_text("utf-8"))
    assert stated["stages"] == about["stages"] and stated["made"] is True and "own_brand" not in stated
    assert stated["tables"]["stores"]["as_of"] == "2027-03-01"
    assert stated["tables"]["stores"]["columns"] == {'mein "Name"': "name"}


def test_a_table_is_added_once(tmp_path):
    folder = tmp_path / "c"
    add_table(folder, {"datum": "wgs84"}, "stores", tables()["stores"], SOURCE)
    before = (folder / "city.toml").read_text("utf-8")
    add_table(folder, {"datum": "gcj02"}, "sensor_counts", tables()["sensor_counts"], SOURCE)
    assert (folder / "city.toml").read_text("utf-8").startswith(before.rstrip("\n"))
    assert load_city(folder).counts == {"stores": 3, "sensor_counts": 2, "zones": load_city(folder).counts["zones"]}
    state = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(FileExistsError, match="stores.csv"):
        add_table(folder, {}, "stores", tables()["stores"], SOURCE)
    with pytest.raises(SchemaError, match="mars"):
        add_table(folder, {"datum": "mars"}, "sales", tables()["sales"], SOURCE)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == state


# --- the workbook to fill in


def headers_of(page):
    return [cell.value for cell in page[1]]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_header_of_the_new_workbook_is_understood_and_every_choice_offered(tmp_path, lang):
    path = new_city(tmp_path / "c", lang=lang)
    assert path.name == {"zh": "城市资料.xlsx", "en": "city.xlsx"}[lang]
    book = openpyxl.load_workbook(path)
    titles = {say(f"table.{table}", lang): table for table in TABLES}
    assert set(book.sheetnames[1:]) <= set(titles) and len(book.sheetnames) == 28
    for page in book.worksheets[1:]:
        table = titles[page.title]
        matched, unknown = match_headers(table, headers_of(page))
        assert unknown == [] and {factor for _, factor in matched.values()} == {1.0}
        wanted = {name for name, column in columns(table).items() if column.metadata["kind"] != "shape"}
        assert {column for column, _ in matched.values()} == wanted
        offered = {str(area) for v in page.data_validations.dataValidation for area in v.sqref.ranges}
        kinds = {name: columns(table)[name].metadata["kind"] for name, _ in matched.values()}
        stages = table in ("prospects", "stage_moves")  # a text, but the usual stages are offered
        assert len(offered) == sum(kind in ("choice", "flag") for kind in kinds.values()) + stages
        assert all(len(v.formula1) <= 257 for v in page.data_validations.dataValidation)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_notes_and_examples_are_not_read_and_a_filled_row_is(tmp_path, lang):
    path = new_city(tmp_path, lang=lang)
    city, faults = check_city(tmp_path)
    assert city is not None and city.tables == () and faults == []
    assert city.language == lang
    book = openpyxl.load_workbook(path)
    page = book[say("table.stores", lang)]
    at = {match_headers("stores", [h])[0][h][0]: n for n, h in enumerate(headers_of(page), 1)}
    row = {
        "store_id": "007",
        "brand": "星巴克",
        "lon": 121.47,
        "lat": 31.23,
        "status": "营业",
        "floor_area_sqm": "1,085.5",
    }
    for column, value in row.items():
        page.cell(4, at[column]).value = value
    pairs = page.max_column + 1
    page.cell(1, pairs).value = "坐标"
    page.cell(5, at["store_id"]).value, page.cell(5, at["brand"]).value = "008", "瑞幸"
    page.cell(5, pairs).value = "121.48,31.24"
    book.save(path)
    city, faults = check_city(tmp_path)
    stores = city["stores"]
    assert stores.index.tolist() == ["007", "008"] and stores["status"].iloc[0] == "open"
    assert stores["floor_area_sqm"].iloc[0] == 1085.5 and stores["lon"].notna().all()
    assert {(f.level, f.code) for f in faults} == {(WARNING, "no_source")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_example_row_would_pass_the_check_itself(tmp_path, lang):
    from expansion_kit.schemas import check

    book = openpyxl.load_workbook(new_city(tmp_path, lang=lang))
    titles = {say(f"table.{table}", lang): table for table in TABLES}
    for page in book.worksheets[1:]:
        example = [cell.value for cell in page[3]]
        example[0] = example[0].partition(" ")[2]
        _, faults = check(titles[page.title], pd.DataFrame([example], columns=headers_of(page), dtype=object))
        assert [f.sentence("en") for f in faults] == [], page.title


@pytest.mark.parametrize(("currency", "header"), [("CNY", "租金(元/㎡/月)"), ("KRW", "月租金单价")])
def test_only_a_city_that_counts_in_yuan_has_headers_in_yuan(tmp_path, currency, header):
    about = {"name": "x", "country": "KR", "currency": currency, "timezone": "Asia/Seoul", "datum": "wgs84"}
    shapes = [shapely.box(126.9, 37.5, 127, 37.6)]
    zones = geopandas.GeoDataFrame({"zone_id": ["Z1"], "name": ["a"]}, geometry=shapes, crs=4326)
    tables = {"zones": zones, "zone_rents": pd.DataFrame({"zone_id": ["Z1"], "rent_sqm_month": [30_000.0]})}
    sources = dict.fromkeys(tables, {"source": "s", "as_of": "2026", "method": "measured"})
    folder = write_city(tmp_path / "c", about | {"language": "zh"}, tables, sources, lang="zh")
    assert header in (folder / "zone_rents.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert load_city(folder)["zone_rents"]["rent_sqm_month"].tolist() == [30_000.0]


def test_the_new_workbook_of_a_chinese_user_speaks_of_yuan_and_gives_examples(tmp_path):
    book = openpyxl.load_workbook(new_city(tmp_path / "c", lang="zh"))
    units, example = ([cell.value for cell in row] for row in list(book["门店"].rows)[1:3])
    assert "元/㎡/天" in units and not any("金额" in str(unit) for unit in units)
    assert {"示例茶饮", "中山路 18 号", 86} <= set(example)


def test_a_new_city_overwrites_nothing(tmp_path):
    path = new_city(tmp_path, lang="en")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(FileExistsError, match="city.toml"):
        new_city(tmp_path, lang="zh")
    (tmp_path / "city.toml").unlink()
    with pytest.raises(FileExistsError, match=path.name):
        new_city(tmp_path, lang="en")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {path.name: before[path.name]}


def test_the_new_workbook_is_the_same_bytes_each_time(tmp_path):
    first, second = (new_city(tmp_path / name, lang="zh") for name in "ab")
    assert first.read_bytes() == second.read_bytes()
