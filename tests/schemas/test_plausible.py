import pandas as pd
import pytest

from expansion_kit.schemas import ERROR, REPAIR, WARNING, check


def told(table, **cells):
    typed, faults = check(table, pd.DataFrame(cells, dtype=object))
    return typed, {(fault.level, fault.code, fault.column, fault.rows) for fault in faults}


def sites(n, **more):
    return {"site_id": [f"S{i}" for i in range(n)], "lon": ["121.4"] * n, "lat": ["31.2"] * n} | more


def test_prices_twenty_times_and_sums_a_thousand_times_the_usual_are_doubted():
    day = ["8", "7", "9", "8", "159"]
    assert told("sites", **sites(5, rent_sqm_day=day))[1] == set()
    day[-1] = "160"
    assert told("sites", **sites(5, rent_sqm_day=day))[1] == {(WARNING, "far_off", "rent_sqm_day", 1)}
    month = ["8000", "7000", "9000", "8000", "8.1"]
    assert told("sites", **sites(5, rent_month=month))[1] == set()
    month[-1] = "7.9"
    assert told("sites", **sites(5, rent_month=month))[1] == {(WARNING, "far_off", "rent_month", 1)}
    assert told("sites", **sites(4, rent_month=["8000", "9000", "7000", "1"]))[1] == set()  # four tell nothing


def test_a_rent_per_month_that_does_not_agree_with_the_day_is_doubted():
    """100 m2 x 8 x 365 / 12 = 24,333; three times as much is still believed."""
    cells = sites(3, rentable_area_sqm=["100"] * 3, rent_sqm_day=["8"] * 3, rent_month=["24000", "72000", "240000"])
    assert told("sites", **cells)[1] == {(WARNING, "rents_differ", "rent_month", 1)}


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [("0", "0", "null_island"), ("31.2", "81.4", "far_place"), ("-121.4", "31.2", "far_place"), ("121.9", "31.9", "")],
)
def test_a_place_far_from_all_others_is_doubted(lon, lat, code):
    cells = sites(5) | {"lon": ["121.4", "121.41", "121.42", "121.43", lon], "lat": ["31.2"] * 4 + [lat]}
    assert told("sites", **cells)[1] == ({(WARNING, code, "lon, lat", 1)} if code else set())


def test_places_on_both_sides_of_the_date_line_are_near_each_other():
    cells = sites(5) | {"lon": ["179.9", "179.95", "-179.9", "179.9", "-179.95"], "lat": ["-17"] * 5}
    assert told("sites", **cells)[1] == set()


@pytest.mark.parametrize("text", ["1.23E+05", "4e+17", "1-Mar", "Mar-01", "3月1日", "2027-03-01 00:00:00"])
def test_ids_that_a_spreadsheet_has_changed_are_doubted_and_kept(text):
    typed, faults = told("sites", **sites(1) | {"site_id": [text]})
    assert typed.index.tolist() == [text] and faults == {(WARNING, "spoiled_id", "site_id", 1)}


@pytest.mark.parametrize("text", ["007", "E05", "1E5x", "March", "12", "2027-03-01"])
def test_other_ids_are_believed(text):
    assert told("sites", **sites(1) | {"site_id": [text]})[1] == set()


def test_days_in_the_wrong_order_cannot_be():
    cells = sites(2, lease_start=["2027-01-01", "2027-01-02"], lease_end=["2027-01-01", "2027-01-01"])
    assert told("sites", **cells)[1] == {(ERROR, "days_reversed", "lease_end", 1)}


def test_what_nobody_sees_is_taken_out_and_counted():
    typed, faults = told("sites", **sites(2) | {"site_id": ["\u200bS1", "S\u20602"], "name": ["a\u202e", "b"]})
    assert typed.index.tolist() == ["S1", "S2"] and typed["name"].tolist() == ["a", "b"]
    assert faults == {(REPAIR, "invisible", "site_id", 2), (REPAIR, "invisible", "name", 1)}


def test_a_text_longer_than_any_cell_is_a_missing_quote():
    _, faults = told("sites", **sites(2) | {"name": ["a" * 32_767, "a" * 32_768]})
    assert faults == {(ERROR, "too_long", "name", 1)}
