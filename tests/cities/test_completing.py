import pytest

from expansion_kit.cities import check_city, load_city
from expansion_kit.schemas import ERROR, REPAIR, WARNING

HEADER = "store_id,brand,lon,lat,opened,closed,status\n"


def city_of(put, stores, *, brands="", as_of="2026-10-31", own="", name="city"):
    toml = f'name = "x"\ndatum = "wgs84"\n{own}[tables.stores]\nfile = "stores.csv"\nsource = "s"\nas_of = "{as_of}"\n'
    files = {"stores.csv": stores}
    if brands:
        files["brands.csv"] = brands
        toml += '[tables.brands]\nfile = "brands.csv"\nsource = "s"\n'
    return put(files | {"city.toml": toml}, name)


def told(folder):
    return [(f.level, f.code, f.table, f.column, f.rows, f.key) for f in check_city(folder)[1]]


def rows(*cells):
    return HEADER + "".join(f"{n},b,121.4,31.2,{text}\n" for n, text in enumerate(cells, 1))


def test_the_status_follows_from_the_dates_where_it_is_empty(put):
    dates = ("2020-01-01,2024-05-01,", "2028-01-01,,", "2020-01-01,,", "2020-01-01,2027-01-01,", ",,", ",2026-10-31,")
    folder = city_of(put, rows(*dates))
    stores = load_city(folder)["stores"]
    assert stores["status"].fillna("").tolist() == ["closed", "planned", "", "", "", "closed"]
    assert told(folder) == [(REPAIR, "status_from_dates", "stores", "status", 3, "1")]
    assert [(f.values["n"], f.values["m"]) for f in check_city(folder)[1]] == [(2, 1)]


@pytest.mark.parametrize(
    ("as_of", "status"), [("2024", "closed"), ("2023-12", ""), ("2024-05", "closed"), ("", "closed")]
)
def test_the_day_is_the_last_of_as_of_and_without_it_the_latest_in_the_table(put, as_of, status):
    stores = load_city(city_of(put, rows("2020-01-01,2024-05-01,", "2025-01-01,,open"), as_of=as_of))["stores"]
    assert (stores["status"].iloc[0] or "") == status


@pytest.mark.parametrize(
    "cells", ["2020-01-01,2024-05-01,open", "2028-01-01,,open", "2020-01-01,,planned", "2020-01-01,2027-01-01,closed"]
)
def test_a_status_that_the_dates_contradict_is_told_and_kept(put, cells):
    folder = city_of(put, rows(cells))
    assert told(folder) == [(WARNING, "status_against_dates", "stores", "status", 1, "1")]
    assert load_city(folder)["stores"]["status"].tolist() == [cells.rpartition(",")[2]]


@pytest.mark.parametrize(
    "cells", ["2020-01-01,,open", "2020-01-01,,closed", "2028-01-01,,planned", ",2024-05-01,closed", ",,planned"]
)
def test_a_status_that_the_dates_allow_is_left_alone(put, cells):
    assert told(city_of(put, rows(cells))) == []


def test_no_dates_no_status(put):
    assert "status" not in load_city(city_of(put, "store_id,brand,lon,lat\n1,b,121.4,31.2\n"))["stores"]


def shops(*brands):
    return "store_id,brand,lon,lat\n" + "".join(f"{n},{brand},121.4,31.2\n" for n, brand in enumerate(brands, 1))


def test_brands_come_in_the_spelling_of_the_brands_table(put):
    names = ("STARBUCKS", "Starbucks", "星巴克", "starbucks(南京路店)", "Luckin", "", "Starbucks Hotel")
    folder = city_of(put, shops(*names), brands="brand,alias\nStarbucks,星巴克|STARBUCKS\nLuckin,\n")
    expected = ["Starbucks"] * 4 + ["Luckin", "independent", "Starbucks Hotel"]
    assert load_city(folder)["stores"]["brand"].tolist() == expected
    assert [fault for fault in told(folder) if fault[1] != "made_brand"] == [
        (REPAIR, "respelled_brand", "stores", "brand", 3, "1")
    ]


def test_without_aliases_brands_stay_as_they_are(put):
    folder = city_of(put, shops("STARBUCKS", "Starbucks"), brands="brand,alias\nStarbucks,\n")
    assert load_city(folder)["stores"]["brand"].tolist() == ["STARBUCKS", "Starbucks"] and told(folder) == []


def test_an_own_brand_by_another_spelling_is_still_ours(put):
    own = 'own_brand = "星巴克"\n'
    city = load_city(
        city_of(put, shops("星巴克", "Luckin"), brands="brand,alias\nStarbucks,星巴克\nLuckin,\n", own=own)
    )
    assert city["stores"]["own"].tolist() == [True, False] and city.own_brand == "Starbucks"
    assert [f.code for f in city.faults] == ["respelled_brand"]


def test_a_spelling_of_two_brands_is_a_fault(put):
    folder = city_of(put, shops("a", "x"), brands="brand,alias\nA Tea,a\nB Tea,A\n", own='own_brand = "a"\n')
    assert (ERROR, "alias_twice", "brands", "alias", 0, "") in told(folder)
