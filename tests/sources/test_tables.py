import json
import tomllib

import pandas as pd
import pytest

from expansion_kit import geo, load_city
from expansion_kit.cities import check_city, new_city
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.tables import import_table, read_table

SALES = """State,Industry,Month,Turnover
North,Cafes,2017-11,1.5
North,Cafes,2017-12,1.25
North,Cafes,2018-01,2
South,Cafes,2017-12,3
South,Books,2017-12,9
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "turnover.csv"
    path.write_text(SALES, encoding="utf-8")
    return path


AMAP = """id,name,type,typecode,address,location,pname,cityname,adname,tel
B1,星巴克(人民广场店),餐饮服务;咖啡厅;星巴克咖啡,050501,南京西路2号,"121.473700,31.230400",上海市,上海市,黄浦区,021-6327
B2,星巴克(南京西路店),餐饮服务;咖啡厅;星巴克咖啡,050501,南京西路1000号,"121.459000,31.228000",上海市,上海市,静安区,
B2,星巴克(南京西路店),餐饮服务;咖啡厅;星巴克咖啡,050501,南京西路1000号,"121.459000,31.228000",上海市,上海市,静安区,
B3,老王咖啡馆,餐饮服务;咖啡厅;咖啡厅,050500,威海路1号,"121.461000,31.226000",上海市,上海市,静安区,13800138000
"""
BAIDU = {
    "status": 0,
    "results": [
        {
            "name": f"瑞幸咖啡({name}店)",
            "location": {"lat": 31.2365, "lng": 121.4823},
            "address": "西藏中路268号",
            "province": "上海市",
            "area": "黄浦区",
            "telephone": "(021)1234",
            "uid": uid,
            "detail": 1,
            "detail_info": {"tag": "美食;咖啡厅"},
        }
        for uid, name in (("u1", "来福士"), ("u1", "来福士"), ("u2", "世贸"), ("u3", "世贸"))
    ],
}


def confirm(folder):
    toml = folder / "city.toml"
    toml.write_text(toml.read_text("utf-8").replace("confirmed = false", "confirmed = true"), "utf-8")


def rows_of(report, action):
    return report.loc[report["action"] == action, "rows"].tolist()


def counts(report):
    return {(row.action, row.reason.split(" ")[0]): row.rows for row in report.itertuples()}


def test_rows_are_chosen_scaled_and_counted(file):
    table, report = read_table(file, table="sales", where=[("Industry", "Cafes")], scale=1e6, until="2017-12")
    assert table[["territory_id", "period", "sales"]].to_numpy().tolist() == [
        ["North", "2017-11", 1_500_000],
        ["North", "2017-12", 1_250_000],
        ["South", "2017-12", 3_000_000],
    ]
    assert counts(report)["read", "rows"] == 5 and counts(report)["dropped", "not"] == 1
    assert counts(report)["dropped", "outside"] == 1 and counts(report)["repaired", "money"] == 3


def test_values_of_one_column_are_alternatives_and_columns_hold_together(file):
    def sales(*where):
        return read_table(file, table="sales", where=where)[0]["sales"].tolist()

    assert sales(("State", "North"), ("State", "South"), ("Industry", "Books")) == [9]
    assert sales(("Month", "2017-12"), ("Industry", "Cafes")) == [1.25, 3]


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        ("2017-12", "", ["2017-12", "2018-01", "2018-Q1", "2017-W50", "2018", "2017-12-24"]),
        ("", "2017-12", ["2017-12", "2017-W50", "2017-12-24"]),
        ("2017-Q4", "2017", ["2017-12", "2017-W50", "2017-12-24"]),
        ("2017/12/24", "2017-12-24", ["2017-12-24"]),
        ("2018", "2018-Q1", ["2018-01", "2018-Q1"]),
    ],
)
def test_periods_of_every_kind_are_kept_whole_or_not_at_all(tmp_path, since, until, kept):
    periods = ["2017-12", "2018-01", "2018-Q1", "2017-W50", "2018", "2017-12-24"]
    path = tmp_path / "s.csv"
    path.write_text("territory_id,period,sales\n" + "".join(f"T,{period},1\n" for period in periods))
    assert read_table(path, table="sales", since=since, until=until)[0]["period"].tolist() == kept


def test_days_are_chosen_by_period_too(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("prospect_id,date\n1,2017-12-31\n2,2018-01-01\n")
    assert read_table(path, table="contacts", until="2017")[0]["prospect_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": [("Town", "x")]}, "State, Industry, Month, Turnover"),
        ({"where": [("Industry", "Tea")]}, "Books; Cafes"),
        ({"until": "2017-13"}, "2017-13"),
        ({"since": "yesterday"}, "yesterday"),
        ({"since": "2019", "where": [("Industry", "Cafes")]}, "no row is left"),
    ],
)
def test_a_choice_that_makes_no_sense_is_told_and_writes_nothing(file, tmp_path, options, message):
    for lang in ("en", "zh"):
        with pytest.raises(ValueError) as error:
            import_table(file, tmp_path / "city", table="sales", about={"language": lang}, **options)
        assert message in str(error.value) or lang == "zh"
        assert lang == "en" or any("\u4e00" <= sign <= "\u9fff" for sign in str(error.value))
    assert not (tmp_path / "city").exists()


def test_an_import_makes_a_city_that_loads(file, tmp_path):
    about = {"name": "Land", "currency": "AUD", "language": "en"}
    import_table(file, tmp_path / "city", table="sales", about=about, where=[("Industry", "Cafes")], method="measured")
    city = load_city(tmp_path / "city")
    assert city.counts == {"sales": 4} and city.currency == "AUD" and not city.faults
    assert city.provenance["source"].unique().tolist() == ["turnover.csv"]
    with pytest.raises(FileExistsError, match="sales.csv"):
        import_table(file, tmp_path / "city", table="sales", where=[("Industry", "Cafes")])


def test_a_choice_that_leaves_a_figure_twice_is_refused_before_anything_is_written(file, tmp_path):
    with pytest.raises(SchemaError, match="stands there twice"):
        import_table(file, tmp_path / "city", table="sales")
    assert not (tmp_path / "city").exists()


def test_faults_of_the_file_are_told_with_its_lines(file, tmp_path):
    file.write_text(SALES.replace("2018-01,2", "2018-13,two"))
    with pytest.raises(SchemaError) as error:
        import_table(file, tmp_path / "city", table="sales", where=[("State", "North")])
    assert sorted((f.code, f.line) for f in error.value.faults if f.level == "error") == [
        ("not_number", 4),
        ("not_period", 4),
    ]
    with pytest.raises(SchemaError, match="not there"):
        import_table(tmp_path / "no.csv", tmp_path / "city", table="sales")
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize("about", [{"country": "Australia"}, {"currency": "$"}, {"datum": "mars"}])
def test_settings_that_would_not_load_are_refused_before_anything_is_written(file, tmp_path, about):
    with pytest.raises(SchemaError):
        import_table(file, tmp_path / "city", table="sales", about=about, where=[("Industry", "Cafes")])
    assert not (tmp_path / "city").exists()


def test_headers_can_be_mapped_and_the_input_may_be_a_workbook(tmp_path):
    path = tmp_path / "s.xlsx"
    pd.DataFrame({"Bezirk": ["007"], "Monat": ["2017-12"], "Umsatz": [5]}).to_excel(
        path, sheet_name="Daten", index=False
    )
    given = {"Bezirk": "territory_id", "Monat": "period", "Umsatz": "sales"}
    table, _ = read_table(path, table="sales", given=given, sheet="Daten")
    assert table.iloc[0].tolist() == ["007", "2017-12", 5]


def test_the_turnover_of_australia(shared, tmp_path):
    path = shared / "aus_retail" / "aus_retail.csv"
    raw = pd.read_csv(path)
    industry = raw["Industry"].value_counts().idxmax()
    chosen = raw[(raw["Industry"] == industry) & (raw["Month"] <= "2017-12")]
    table, report = read_table(path, table="sales", where=[("Industry", industry)], scale=1e6, until="2017-12")
    assert len(table) == len(chosen) and table["territory_id"].nunique() == 8
    assert table["sales"].sum() == pytest.approx(chosen["Turnover"].sum() * 1e6)
    assert report["rows"].iloc[0] == len(raw)


def test_places_of_amap_wait_for_the_users_word_with_their_datum(tmp_path):
    (tmp_path / "pois.csv").write_text(AMAP, encoding="utf-8")
    into = tmp_path / "city"
    report = import_table(tmp_path / "pois.csv", into, about={"language": "zh"})
    assert report.attrs["unconfirmed"] and rows_of(report, "read") == [4]
    assert rows_of(report, "dropped") == [1] and rows_of(report, "left out") == [2]  # B2 again; two telephones
    stated = tomllib.loads((into / "city.toml").read_text("utf-8"))["tables"]["stores"]
    assert stated["datum"] == "gcj02" and not stated["confirmed"]
    assert stated["columns"]["location"] == "坐标" and stated["columns"]["adname"] == ""
    written = (into / "stores.csv").read_text("utf-8-sig")
    assert "13800138000" not in written and "6327" not in written and "tel" not in stated["columns"]
    assert [fault.code for fault in check_city(into)[1]] == ["unconfirmed"]
    confirm(into)
    stores = load_city(into)["stores"]
    assert stores["brand"].to_dict() == {"B1": "星巴克", "B2": "星巴克", "B3": "independent"}
    assert set(stores["category"]) == {"咖啡厅"}
    lon, lat = geo.convert([121.4737], [31.2304], "gcj02", "wgs84")
    assert stores.loc["B1", ["lon", "lat"]].tolist() == pytest.approx([lon[0], lat[0]])


@pytest.mark.parametrize("accept", [False, True])
def test_places_of_baidu_as_json_are_the_same_confirmed_or_accepted(tmp_path, accept):
    (tmp_path / "r.json").write_text(json.dumps(BAIDU), encoding="utf-8")
    report = import_table(tmp_path / "r.json", tmp_path / "city", accept=accept)
    assert rows_of(report, "dropped") == [1] and rows_of(report, "flagged") == [1]  # u1 again; u3 is called as u2
    assert report.attrs["unconfirmed"] is not accept
    confirm(tmp_path / "city")
    stores = load_city(tmp_path / "city")["stores"]
    assert stores.index.tolist() == ["u1", "u2", "u3"] and set(stores["brand"]) == {"瑞幸咖啡"}
    lon, lat = geo.convert([121.4823], [31.2365], "bd09", "wgs84")
    assert stores.loc["u1", ["lon", "lat"]].tolist() == pytest.approx([lon[0], lat[0]])


def test_the_datum_of_a_city_is_not_taken_for_that_of_a_map_service(put, small_city, tmp_path):
    folder = put({name: text for name, text in small_city().items() if name != "listings.csv"})
    path = tmp_path / "高德.csv"
    path.write_text("listing_id,address,lon,lat\nL1,A,121.41,31.21\n", encoding="utf-8")
    assert import_table(path, folder).attrs["unconfirmed"]  # the city is in WGS-84; every header is known
    assert tomllib.loads((folder / "city.toml").read_text("utf-8"))["tables"]["listings"]["datum"] == "gcj02"
    with pytest.raises(FileExistsError):
        import_table(path, folder)


def test_a_stated_datum_and_known_headers_leave_nothing_to_ask(tmp_path):
    path = tmp_path / "高德.csv"
    path.write_text("listing_id,address,lon,lat\nL1,A,121.41,31.21\n", encoding="utf-8")
    assert not import_table(path, tmp_path / "city", table="listings", about={"datum": "wgs84"}).attrs["unconfirmed"]
    assert load_city(tmp_path / "city")["listings"].loc["L1", "lon"] == 121.41


def test_what_is_chosen_holds_for_a_proposal_and_what_needs_meaning_waits(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("门店名,所在地址,品牌名称,城市\n一店,A,茶,沪\n二店,B,茶,京\n", encoding="utf-8")
    with pytest.raises(ValueError, match="scale, until"):
        import_table(path, tmp_path / "city", scale=10.0, until="2027")
    assert not (tmp_path / "city").exists()
    import_table(path, tmp_path / "city", where=[("城市", "沪")])
    confirm(tmp_path / "city")
    assert load_city(tmp_path / "city")["stores"]["name"].tolist() == ["一店"]


def test_columns_that_the_user_names_settle_it(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("门店名,所在地址,品牌名称\n一店,A,茶\n", encoding="utf-8")
    given = {"所在地址": "address", "品牌名称": "brand"}
    assert not import_table(path, tmp_path / "city", table="stores", given=given).attrs["unconfirmed"]
    stores = load_city(tmp_path / "city")["stores"]
    assert stores["brand"].tolist() == ["茶"] and "name" not in stores  # the likely name is not guessed in
    half = import_table(path, tmp_path / "half", table="stores", given={"所在地址": "address"})
    assert half.attrs["unconfirmed"]


def test_a_table_that_is_none_of_ours_is_named(file, tmp_path):
    with pytest.raises(ValueError, match="'shops'"):
        import_table(file, tmp_path / "city", table="shops")


@pytest.mark.parametrize(("table", "told"), [("", "甲, 乙"), ("stores", "'brand' is missing")])
def test_a_workbook_of_no_known_headers_says_what_is_wanted_and_writes_nothing(tmp_path, table, told):
    path = tmp_path / "x.xlsx"
    pd.DataFrame({"甲": ["1"], "乙": ["2"]}).to_excel(path, index=False)
    with pytest.raises(ValueError, match=told):
        import_table(path, tmp_path / "city", table=table)
    assert not (tmp_path / "city").exists()


def test_a_file_of_very_many_columns_asks_which_table_it_is(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(10_000)) + "\n" + "1," * 9_999 + "1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="--as"):
        import_table(path, tmp_path / "city")
    with pytest.raises(SchemaError, match="brand"):
        import_table(path, tmp_path / "city", table="stores")


def test_two_headers_said_to_be_one_column_are_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b,brand\n121.1,121.2,Tea\n", encoding="utf-8")
    with pytest.raises(ValueError, match="two headers are said to be one column: a=lon, b=lon"):
        import_table(path, tmp_path / "city", table="stores", given={"a": "lon", "b": "lon"})
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize(("lang", "column"), [("en", "gives brand,"), ("zh", "brand (品牌)")])
def test_a_proposal_without_a_column_that_must_be_there_says_so_at_once(tmp_path, lang, column):
    path = tmp_path / "高德POI.csv"
    path.write_text('门店简称,typecode,pname,adname,location\n一店,1,沪,静安,"121.41,31.21"\n', encoding="utf-8")
    report = import_table(path, tmp_path / "city", table="stores", about={"language": lang})
    assert report.attrs["unconfirmed"]
    (reason,) = report.loc[report["action"] == "missing", "reason"]
    assert column in reason and "--column" in reason and "independent" in reason
    confirm(tmp_path / "city")
    assert {(fault.code, fault.column) for fault in check_city(tmp_path / "city")[1] if fault.level == "error"} == {
        ("missing_column", "brand")
    }


def test_a_file_into_a_new_citys_empty_sheet_is_told(tmp_path):
    new_city(tmp_path / "city", lang="zh")
    path = tmp_path / "s.csv"
    path.write_text("门店编号,品牌,经度,纬度\n1,茶,121.4,31.2\n", encoding="utf-8")
    report = import_table(path, tmp_path / "city", table="stores", about={"language": "zh"})
    told = report.loc[report["action"] == "flagged", "reason"]
    assert len(told) == 1 and "工作表“门店”" in told.iloc[0] and "城市资料.xlsx" in told.iloc[0]
    assert load_city(tmp_path / "city")["stores"].index.tolist() == ["1"]
