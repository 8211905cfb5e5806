import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest

from expansion_kit import files, geo, load_city
from expansion_kit.cities import add_updates, check_city
from expansion_kit.maps.survey import in_order, survey_form, survey_stops
from expansion_kit.market import tours
from expansion_kit.schemas import WARNING, columns
from expansion_kit.schemas.headers import match_headers

SITES = pd.DataFrame(
    {
        "name": ["North", "South", "Gone", "Nowhere"],
        "address": ["1 Rd", None, None, "9 Rd"],
        "lon": [121.410, 121.430, 121.4101, np.nan],
        "lat": [31.21, 31.21, 31.21, np.nan],
        "site_stage": ["visited", "to_visit", "rejected", "to_visit"],
    },
    index=["S1", "S2", "S3", "S4"],
)
STORES = pd.DataFrame(
    {
        "brand": ["Ours", "Rice", "Rice", "Soup", "independent", "Rice"],
        "own": [True, False, False, False, False, False],
        "status": [None, None, "closed", None, None, None],
        "lon": [121.4101, 121.412, 121.4101, 121.411, 121.4102, 121.48],
        "lat": [31.21] * 6,
    },
    index=["A", "B", "C", "D", "E", "F"],
)


def way_of(stops, **options):
    points = geo.to_metres(stops[["lon", "lat"]], geo.metric_crs(stops["lon"], stops["lat"]))
    return tours.route(points, **options)


def test_candidates_come_with_their_nearest_open_rivals():
    stops = survey_stops({"sites": SITES, "stores": STORES})
    assert stops["kind"].to_dict() == {"S1": "candidate", "D": "rival", "B": "rival", "S2": "candidate"}
    assert survey_stops({"sites": SITES, "stores": STORES}, rivals=1).index.tolist() == ["S1", "D", "S2"]
    assert survey_stops({"sites": SITES, "stores": STORES}, within=100).index.tolist() == ["S1", "D", "S2"]
    few = survey_stops({"sites": SITES, "stores": STORES}, most=2)
    assert few.index.tolist() == ["S1", "D"]
    assert few.attrs["left_out"] == 1


def test_a_round_stays_near_its_first_candidate():
    lon = pd.Series([121.40, 121.60, 121.41, 121.50], index=list("ABCD"))
    sites = pd.DataFrame({"lon": lon, "lat": 31.2})
    assert survey_stops({"sites": sites}).index.tolist() == ["A", "C", "D", "B"]


def test_places_that_are_asked_for_come_from_any_table_and_those_without_coordinates_are_told():
    listings = pd.DataFrame({"address": ["3 Rd"], "lon": [121.42], "lat": [31.2]}, index=["L1"])
    malls = pd.DataFrame({"name": ["Big Mall"], "kind": ["mall"], "lon": [121.42], "lat": [31.21]}, index=["M1"])
    tables = {"sites": SITES, "stores": STORES, "listings": listings, "generators": malls}
    stops = survey_stops(tables, ids=["M1", "L1", "S4", "A", "S3", "L1"])
    assert stops["label"].to_dict() == {"M1": "Big Mall", "L1": "3 Rd", "A": "Ours", "S3": "Gone"}
    assert stops["kind"].tolist() == ["place", "listing", "own", "candidate"]
    assert stops.attrs["unplaced"] == ["S4"]


def test_an_id_that_is_nowhere_or_in_two_tables_is_refused_by_name():
    with pytest.raises(ValueError, match="id X9"):
        survey_stops({"sites": SITES}, ids=["S1", "X9"])
    with pytest.raises(ValueError, match="more than one table has the id S1"):
        survey_stops({"sites": SITES, "listings": SITES}, ids=["S1"])


def test_without_candidates_a_round_goes_by_own_stores_else_by_the_thick_of_the_chains():
    own = survey_stops({"stores": STORES})
    assert own.attrs["around"] == "own"
    assert own["kind"].tolist()[0] == "own"
    lon = [121.50, 121.41, 121.411, 121.412, 121.60]
    chains = pd.DataFrame({"brand": list("RTRTR"), "own": False, "lon": lon, "lat": 31.21}, index=list("abcde"))
    among = pd.concat([chains, chains.assign(brand="independent", lon=121.55).set_axis(list("vwxyz"))])
    stops = survey_stops({"stores": among}, most=3, within=150)
    assert stops.attrs["around"] == "rival"
    assert stops.index.tolist() == ["c", "b", "d"]  # c has both others within 150 m
    nobody = survey_stops({"stores": among.tail(5)}, most=3)
    assert (nobody.attrs["around"], len(nobody), nobody.attrs["left_out"]) == ("other", 3, 2)
    assert survey_stops({}).empty
    assert survey_stops({"stores": chains.assign(lon=None)}).empty


def test_listings_go_before_own_stores_where_there_are_no_candidates():
    listings = pd.DataFrame({"address": ["3 Rd", "5 Rd"], "lon": [121.6, 121.4101], "lat": 31.21}, index=["L1", "L2"])
    stops = survey_stops({"stores": STORES, "listings": listings})
    assert stops.attrs["around"] == "listing"
    assert stops.index[0] == "L2"  # the one among rivals


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("currency", ["CNY", "KRW", ""])
def test_every_header_is_understood_as_the_column_that_it_stands_for(lang, currency):
    tables = {"sites": SITES, "stores": STORES, "listings": SITES}
    stops = survey_stops(tables | {"listings": None})
    sheets, choices = survey_form(stops, way_of(stops), tables, survey="r", lang=lang, currency=currency)
    titles = list(sheets)
    assert len(titles) == 5
    for table, title in zip(["foot_counts", "stores", "sites", "listings"], titles[1:]):
        own = [header for header in sheets[title] if not header.startswith("#")]
        matched, unknown = match_headers(table, own, currency=currency)
        assert unknown == []
        assert {times for _, times in matched.values()} == {1.0}
        order = [column for column, _ in matched.values()]
        assert len(order) == len(set(order))
        assert set(choices[title]) <= set(own)
        assert set(order) <= set(columns(table))


def test_counts_have_ids_of_their_round_so_that_a_later_round_adds_to_it():
    stops = survey_stops({"sites": SITES, "stores": STORES}, most=1)
    made = [
        survey_form(stops, way_of(stops), {"sites": SITES}, survey=name, lang="en", counts=2)[0]["foot counts"]
        for name in ("May", "June")
    ]
    ids = [table["count_id"].tolist() for table in made]
    assert ids == [["May-S1-1", "May-S1-2"], ["June-S1-1", "June-S1-2"]]
    assert made[0]["people"].isna().all()
    assert made[0]["lon (WGS-84)"].tolist() == [121.41, 121.41]


def test_in_order_follows_the_way():
    stops = survey_stops({"sites": SITES, "stores": STORES})
    way = way_of(stops, start="S2")
    ordered = in_order(stops, way)
    assert ordered.index.tolist() == way.index.tolist()
    assert ordered["stop"].tolist() == [1, 2, 3, 4]


CITY = """name = "小城"
country = "CN"
currency = "CNY"
language = "{lang}"
datum = "gcj02"

[tables.stores]
file = "stores.csv"
source = "s"

[tables.sites]
file = "sites.csv"
source = "s"
"""


def city_to_survey(put, lang):
    stores = "store_id,brand,lon,lat,status,floor_area_sqm,opened\nA1,茶,121.41,31.21,营业,50,2024-05-01\n"
    stores += "A2,=饭,121.412,31.21,,,\n"
    sites = "site_id,lon,lat,name,address,rent_sqm_day,turnover_rate\nS1,121.411,31.21,北,路1号,6.5,0.18\n"
    return put({"city.toml": CITY.format(lang=lang), "stores.csv": stores, "sites.csv": sites})


def printed_form(folder, tmp_path, lang):
    """What the analyst hands out, and where each header stands in it: sheet, then header to column number."""
    city = load_city(folder)
    tables = {name: city.get(name) for name in ("sites", "stores", "listings")}
    stops = survey_stops(tables, ids=["A1", "A2", "S1"])
    sheets, choices = survey_form(stops, way_of(stops), tables, survey="2027-03", lang=lang, currency="CNY")
    path = tmp_path / "survey_form.xlsx"
    files.write_xlsx(path, sheets, choices=choices)
    return path


def filled(path, cells):
    """Cells (sheet, id in the row, header) written as a surveyor does in Excel."""
    book = openpyxl.load_workbook(path)
    for (title, key, header), value in cells.items():
        sheet = book[title]
        names = {cell.value: cell.column for cell in sheet[1]}
        (row,) = [row[0].row for row in sheet.iter_rows(min_row=2) if key in [cell.value for cell in row]]
        sheet.cell(row, names[header]).value = value
    book.save(path)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_that_nobody_filled_in_changes_nothing(put, tmp_path, lang):
    folder = city_to_survey(put, lang)
    before = load_city(folder)
    add_updates(folder, printed_form(folder, tmp_path, lang))
    after = load_city(folder)
    for name in ("stores", "sites"):
        pd.testing.assert_frame_equal(after[name][before[name].columns], before[name])
    assert "foot_counts" not in after
    assert "listings" not in after
    told = {(fault.table, fault.rows) for fault in after.faults if fault.code == "not_filled_in"}
    assert told == {("foot_counts", 9), ("stores", 5), ("listings", 5)}
    assert not {fault.code for fault in after.faults if fault.level == WARNING} - {"not_filled_in"}


def test_a_filled_in_chinese_form_reads_straight_back(put, tmp_path):
    folder = city_to_survey(put, "zh")
    before = load_city(folder)
    path = printed_form(folder, tmp_path, "zh")
    counts, stores, sites, listings = "人流计数", "门店", "候选点", "招租房源"
    filled(
        path,
        {
            (counts, "2027-03-S1-1", "日期"): datetime.datetime(2027, 3, 5),
            (counts, "2027-03-S1-1", "小时"): 8,
            (counts, "2027-03-S1-1", "观察分钟"): 15,
            (counts, "2027-03-S1-1", "人数"): 132,
            (counts, "2027-03-S1-1", "进店人数"): 0,
            (counts, "2027-03-S1-1", "调查员"): "小李",
            (stores, "A1", "面积(㎡)"): 64,
            (stores, "A1", "状态"): "停业",
            (stores, "2027-03-S1", "品牌"): "新面馆",
            (stores, "2027-03-S1", "地址"): "路3号",
            (stores, "2027-03-S1", "租金(元/㎡/天)"): 7.2,
            (sites, "S1", "转让费(元)"): "12万",
            (sites, "S1", "扣点"): "15%",
            (listings, "2027-03-L1", "地址"): "路5号",
            (listings, "2027-03-L1", "门面宽度(米)"): 6.5,
            (listings, "2027-03-L1", "月租金(元/月)"): 18000,
        },
    )
    assert add_updates(folder, path, source="现场考察", as_of="2027-03-05").index.tolist() == [
        "foot_counts",
        "stores",
        "sites",
        "listings",
    ]
    city, faults = check_city(folder)
    assert city is not None, [fault.sentence("en") for fault in faults]
    (count,) = city["foot_counts"].itertuples()
    assert (count.place_id, count.hour, count.minutes_observed, count.people, count.entered) == ("S1", 8, 15, 132, 0)
    assert count.date == pd.Timestamp("2027-03-05")
    assert np.isnan(count.bags)
    wgs84 = before["sites"].loc["S1", ["lon", "lat"]].tolist()
    assert [count.lon, count.lat] == pytest.approx(wgs84, abs=1e-6)  # and not shifted a second time
    read = city["stores"]
    assert read.loc["A1", ["floor_area_sqm", "status"]].tolist() == [64, "closed"]
    assert read.loc["A2", "brand"] == "=饭"
    assert read.loc["2027-03-S1", ["brand", "rent_sqm_day"]].tolist() == ["新面馆", 7.2]
    assert read["lon"].iloc[:2].tolist() == before["stores"]["lon"].tolist()
    assert city["sites"].loc["S1", ["transfer_fee", "turnover_rate", "rent_sqm_day"]].tolist() == [120_000, 0.15, 6.5]
    assert city["listings"]["frontage_m"].to_dict() == {"2027-03-L1": 6.5}
    unplaced = {fault.table: fault.rows for fault in faults if fault.code == "unplaced"}
    assert unplaced == {"stores": 1, "listings": 1}


def test_a_sheet_of_the_form_as_csv_reads_back_too(put, tmp_path):
    folder = city_to_survey(put, "zh")
    city = load_city(folder)
    tables = {name: city[name] for name in ("sites", "stores")}
    stops = survey_stops(tables, ids=["S1"])
    sheets, _ = survey_form(stops, way_of(stops), tables, survey="r", lang="zh", counts=2)
    counts = sheets["人流计数"]
    counts.loc[0, ["日期", "小时", "观察分钟", "人数"]] = ["2027-03-05", 8, 10, 40]
    files.write_csv(tmp_path / "survey_foot_counts.csv", counts)
    assert add_updates(folder, tmp_path / "survey_foot_counts.csv").index.tolist() == ["foot_counts"]
    assert load_city(folder)["foot_counts"]["people"].to_dict() == {"r-S1-1": 40}


def test_the_same_survey_gives_the_same_workbook(put, tmp_path):
    folder = city_to_survey(put, "en")
    one = printed_form(folder, tmp_path, "en").read_bytes()
    assert one == printed_form(folder, tmp_path, "en").read_bytes()
