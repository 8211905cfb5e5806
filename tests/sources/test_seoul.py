import re

import pandas as pd
import pytest

from expansion_kit import cities
from expansion_kit.sources import seoul


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "seoul_commercial"


@pytest.fixture(scope="module")
def city(folder):
    return seoul.read_seoul(folder)


@pytest.fixture(scope="module")
def tables(city):
    return city[1]


def rows(report, table, action, word):
    hit = report[(report["table"] == table) & (report["action"] == action) & report["reason"].str.contains(word)]
    assert len(hit) == 1, hit
    return int(hit["rows"].iloc[0])


def test_425_zones_of_which_two_have_no_residents(tables):
    zones = tables["zones"]
    assert len(zones) == 425 and zones["zone_id"].is_unique and zones["zone_id"].str.fullmatch(r"\d{8}").all()
    assert zones.crs == "EPSG:4326" and zones.is_valid.all()
    assert set(zones.loc[zones["population"].isna(), "zone_id"]) == {"11680740", "11740520"}
    assert zones["name"].is_unique


def test_17103_cafes_with_their_chains(tables):
    stores = tables["stores"]
    assert len(stores) == 17_103 and stores["store_id"].is_unique
    assert stores["store_id"].iloc[0] == "cafes-0"
    starbucks = stores[stores["name"].str.contains("스타벅스")]
    assert len(starbucks) == 459 and (starbucks["brand"] == "스타벅스").all()
    assert (stores.loc[stores["name"].str.startswith("메가박스"), "brand"] == "independent").all()
    assert set(stores["brand"]) - {"independent"} == set(tables["brands"]["brand"])
    assert stores["lon"].between(126.7, 127.2).all() and stores["lat"].between(37.4, 37.71).all()


def test_rents_are_per_square_metre_without_the_suppressed(tables):
    rents = tables["zone_rents"]
    assert len(rents) == 1274 - 30 and (rents["rent_sqm_month"] > 0).all()
    assert set(rents["floor"]) == {"1F", "other", "all"} and set(rents["period"]) == {"2022-Q4"}
    gangnam = rents[rents["zone_id"].str.startswith("11680") & (rents["floor"] == "1F")]
    assert 57_000 < gangnam["rent_sqm_month"].median() < 63_000  # 57.0 thousand in the large-building table of the area
    assert rents["sample_size"].max() == 576 and rents["sample_size"].isna().sum() == 3


def test_footfall_is_people_on_an_average_day(tables, folder):
    footfall = tables["zone_footfall"]
    total = footfall[footfall["time_band"].isna() & footfall["day_type"].isna()]
    assert len(total) == 10_625 and total["period"].nunique() == 25
    raw = pd.read_csv(folder / seoul.FILES["zone_footfall"], encoding="cp949", dtype=str)
    one = raw[(raw["기준_년분기_코드"] == "20251") & (raw["행정동_코드"] == "11680640")].iloc[0]
    ours = total[(total["period"] == "2025-Q1") & (total["zone_id"] == "11680640")]["people"].item()
    assert ours == pytest.approx(int(one["총_유동인구_수"]) / 90, abs=0.1)  # 31 + 28 + 31 days


def test_time_bands_add_up_to_the_day_and_weekdays_average_to_it(tables):
    footfall = tables["zone_footfall"]
    key = ["zone_id", "period"]
    bands = footfall[footfall["time_band"].notna()].groupby(key)["people"].sum()
    days = footfall[footfall["day_type"].notna()].groupby(key)["people"].mean()
    plain = footfall["time_band"].isna() & footfall["day_type"].isna()
    total = footfall[plain].set_index(key)["people"].loc[bands.index]
    assert len(bands) == len(days) == 425 * 4
    assert ((bands / total - 1).abs() < 5e-4).all() and ((days.loc[bands.index] / total - 1).abs() < 5e-4).all()


def test_the_published_weekdays_do_not_follow_the_calendar(folder):
    """Why a weekday is turned into a day by 7 / days: one with 12 dates is not a thirteenth lower."""
    raw = pd.read_csv(folder / seoul.FILES["zone_footfall"], encoding="cp949")
    first = raw[raw["기준_년분기_코드"] == 20251]  # twelve Tuesdays, thirteen of each other day
    dates = pd.date_range("2025-01-01", "2025-03-31").day_name().value_counts()
    assert dates["Tuesday"] == 12 and (dates.drop("Tuesday") == 13).all()
    tuesday, monday = first["화요일_유동인구_수"].sum(), first["월요일_유동인구_수"].sum()
    assert abs(tuesday / monday - 1) < 0.01


def test_sales_are_quarters_of_420_dongs(tables):
    sales = tables["market_sales"]
    assert len(sales) == 1680 and sales["zone_id"].nunique() == 420
    assert sorted(sales["period"].unique()) == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    assert set(sales["zone_id"]) <= set(tables["zones"]["zone_id"])


def test_stations_lie_in_the_city_and_know_their_riders(tables):
    stations = tables["stations"].set_index("name")
    assert stations["place_id"].is_unique
    assert stations.loc["강남 2호선", "people_day"] == pytest.approx(75_136 + 74_000, rel=0.05)
    assert stations.loc["공릉(서울산업대입구) 7호선", "people_day"] > 20_000  # counted as 공릉(서울과학기술대)
    assert stations["people_day"].isna().sum() == 95  # other operators' lines: not counted, not filled


def test_the_report_counts_every_trap(city):
    report = city[3]
    assert rows(report, "zones", "dropped", "11680675, 11740525, 11740526") == 3
    assert rows(report, "zones", "missing", "11680740, 11740520") == 2
    assert rows(report, "stores", "repaired", "141 spellings; 459") == 459
    assert rows(report, "stores", "flagged", "same building") == 4746
    assert rows(report, "stores", "flagged", "outside every zone") == 3
    assert rows(report, "zone_rents", "dropped", "rent is 0") == 30
    assert rows(report, "zone_rents", "flagged", "둔촌제1동") == 3
    assert rows(report, "stations", "dropped", "no coordinates") == 774 - 557
    assert rows(report, "stations", "dropped", "암사역사공원") == 1


def test_every_key_of_a_table_exists_in_the_zones_and_every_table_has_a_source(city):
    about, tables, sources, _ = city
    zones = set(tables["zones"]["zone_id"])
    for name in ("zone_footfall", "zone_rents", "market_sales"):
        assert set(tables[name]["zone_id"]) <= zones
        assert (
            not tables[name]
            .duplicated([c for c in tables[name] if c not in ("people", "sales", "rent_sqm_month")])
            .any()
        )
    assert set(sources) == set(tables)
    assert {s["method"] for s in sources.values()} <= {"measured", "estimated", "assumed", "simulated"}
    assert (about["currency"], about["timezone"]) == ("KRW", "Asia/Seoul")


def test_the_report_speaks_chinese(folder):
    about, _, sources, report = seoul.read_seoul(folder, lang="zh")
    assert about["name"] == "首尔" and all(re.search(r"[一-鿿]", reason) for reason in report["reason"])
    assert all(re.search(r"[一-鿿]", s["source"]) for s in sources.values())


def test_missing_files_are_named_together(tmp_path):
    (tmp_path / seoul.FILES["zones"]).write_text("{}")
    with pytest.raises(FileNotFoundError, match=r"lacks 8 .*population_dong.*subway_alightings"):
        seoul.read_seoul(tmp_path)


def test_the_city_folder_loads_and_warns_only_of_what_is_known(folder, tmp_path):
    report = seoul.import_seoul(folder, tmp_path / "seoul", lang="zh")
    city, faults = cities.check_city(tmp_path / "seoul")
    assert city.counts["zones"] == 425 and city.counts["stores"] == 17_103 and not city.made
    assert {(f.level, f.code, f.rows) for f in faults} == {
        ("warning", "no_population", 2),
        ("warning", "outside_zones", 3),
    }
    assert city["stores"]["brand"].nunique() == 32 and not city["stores"]["own"].any()
    assert list(report.columns) == ["table", "file", "action", "rows", "reason"]
    with pytest.raises(FileExistsError):
        seoul.import_seoul(folder, tmp_path / "seoul")
