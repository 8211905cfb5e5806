import pandas as pd
import pytest

from expansion_kit import geo, load_city
from expansion_kit.cities import add_updates, check_city
from expansion_kit.cities.updating import stated_datum
from expansion_kit.schemas import ERROR, REPAIR, WARNING, SchemaError

STORES = "store_id,brand,name,lon,lat,address,floor_area_sqm\nA1,Tea,One,121.41,31.21,,50\nA2,Rice,Two,,,2 High St,\n"
ABOUT = 'name = "x"\ncountry = "CN"\nlanguage = "en"\ndatum = "{datum}"\n'
ABOUT += '\n[tables.stores]\nfile = "stores.csv"\nsource = "s"\n'


def folder_of(put, *, datum="wgs84", stores=STORES, **files):
    return put({"city.toml": ABOUT.format(datum=datum), "stores.csv": stores} | files)


def came_back(folder, tmp_path, name, text, **about):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return add_updates(folder, path, **about)


def codes(faults, *levels):
    return [(fault.code, fault.table) for fault in faults if fault.level in levels]


def test_an_update_changes_what_it_states_and_adds_what_is_new(put, tmp_path):
    folder = folder_of(put)
    text = "store_id,brand,floor_area_sqm,address,rent_month\nA1,Tea,64,x,9000\nA2,Rice,,2 High St,\nA9,Soup,30,5 Rd,\n"
    assert came_back(folder, tmp_path, "round_stores.csv", text, source="walk", as_of="2027-03-05").index.tolist() == [
        "stores"
    ]
    city = load_city(folder)
    stores = city["stores"]
    assert stores.index.tolist() == ["A1", "A2", "A9"]
    assert stores.index.name == "store_id"
    assert stores["floor_area_sqm"].tolist()[::2] == [64, 30]
    assert stores.loc["A1", ["lon", "name", "rent_month"]].tolist() == [121.41, "One", 9000]
    assert stores["name"].isna().tolist() == [False, False, True]
    assert stores["floor_area_sqm"].dtype == float
    (told,) = [fault for fault in city.faults if fault.code == "updated"]
    assert (told.level, told.values) == (REPAIR, {"n": 1, "m": 1, "found": "round_stores.csv"})
    (unplaced,) = [fault for fault in city.faults if fault.code == "unplaced"]
    assert (unplaced.rows, unplaced.key, unplaced.line) == (2, "A2", 3)


def test_where_a_changed_figure_comes_from_is_kept(put, tmp_path):
    folder = folder_of(put)
    came_back(folder, tmp_path, "s_stores.csv", "store_id,brand,address,rent_month\nA1,Tea,x,9000\n", source="walk")
    city = load_city(folder)
    told = city.provenance.set_index("column")
    assert told.loc["rent_month", ["source", "method"]].tolist() == ["walk", "measured"]
    assert told.loc[["address"], "source"].tolist() == ["s", "walk"]
    assert told.loc[["brand"], "source"].tolist() == ["s"]
    assert set(city.inputs) == {"city.toml", "stores.csv", "s_stores.csv"}


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "wgs84"])
def test_coordinates_that_name_their_datum_are_not_shifted_by_the_city_s(put, tmp_path, datum):
    folder = folder_of(put, datum=datum)
    placed = "store_id,brand,address,lon (WGS-84),lat (WGS-84)\nA2,Rice,2 High St,121.470001,31.230002\n"
    came_back(folder, tmp_path, "placed_stores.csv", placed)
    stores = load_city(folder)["stores"]
    assert stores.loc["A2", ["lon", "lat"]].tolist() == pytest.approx([121.470001, 31.230002], abs=1e-9)
    assert (stores.geometry["A2"].x, stores.geometry["A2"].y) == pytest.approx((121.470001, 31.230002))
    lon, lat = geo.convert(121.41, 31.21, datum, "wgs84")
    assert stores.loc["A1", ["lon", "lat"]].tolist() == pytest.approx([float(lon), float(lat)], abs=1e-12)
    assert not [fault for fault in load_city(folder).faults if fault.code == "unplaced"]


def test_the_datum_of_a_header_counts_in_any_table_and_the_one_stated_for_the_table_goes_before_it(put):
    text = "store_id,brand,经度（GCJ-02）,纬度（GCJ-02）\nA1,Tea,121.41,31.21\n"
    stores = load_city(folder_of(put, stores=text))["stores"]
    lon, lat = geo.convert(121.41, 31.21, "gcj02", "wgs84")
    assert stores.loc["A1", ["lon", "lat"]].tolist() == pytest.approx([float(lon), float(lat)])
    stated = ABOUT.format(datum="wgs84") + 'datum = "bd09"\n'
    stores = load_city(put({"city.toml": stated, "stores.csv": text}, "other"))["stores"]
    lon, lat = geo.convert(121.41, 31.21, "bd09", "wgs84")
    assert stores.loc["A1", ["lon", "lat"]].tolist() == pytest.approx([float(lon), float(lat)])


def test_headers_that_disagree_about_the_datum_name_none():
    assert stated_datum(["lon (WGS-84)", "lat (GCJ-02)"]) is None


def test_a_prefilled_point_does_not_replace_the_outline_it_was_taken_from(put, tmp_path):
    square = "POLYGON((121.4 31.2, 121.402 31.2, 121.402 31.202, 121.4 31.202, 121.4 31.2))"
    folder = folder_of(put, stores=f'store_id,brand,geometry\nA1,Tea,"{square}"\n')
    text = "store_id,brand,lon,lat,floor_area_sqm\nA1,Tea,121.401,31.201,40\n"
    came_back(folder, tmp_path, "s_stores.csv", text)
    stores = load_city(folder)["stores"]
    assert stores.geometry["A1"].geom_type == "Polygon"
    assert stores.loc["A1", "floor_area_sqm"] == 40


def test_rows_that_nobody_filled_in_are_left_out_and_counted(put, tmp_path):
    folder = folder_of(put)
    text = (
        "count_id,place_id,date,hour,minutes_observed,people,entered,lon,lat\n"
        "C1,A1,2027-03-05,8,15,120,,121.41,31.21\nC2,A1,,,,,,121.41,31.21\nC3,A1,2027-03-05,18,15,,,121.41,31.21\n"
        "C4,A1,2027-03-05,18,15,0,0,121.41,31.21\n"
    )
    assert came_back(folder, tmp_path, "survey_foot_counts.csv", text).index.tolist() == ["foot_counts"]
    city = load_city(folder)
    assert city["foot_counts"]["people"].to_dict() == {"C1": 120, "C4": 0}
    (told,) = [fault for fault in city.faults if fault.code == "not_filled_in"]
    assert (told.level, told.rows, told.line) == (WARNING, 2, 3)


def test_a_count_that_is_only_half_written_is_an_error(put, tmp_path):
    folder = folder_of(put)
    text = "count_id,place_id,date,hour,minutes_observed,people\nC1,A1,2027-03-05,,15,120\n"
    with pytest.raises(SchemaError) as refused:
        came_back(folder, tmp_path, "foot_counts.csv", text)
    assert codes(refused.value.faults, ERROR) == [("missing_value", "foot_counts")]


def test_a_form_that_nobody_filled_in_at_all_is_no_table(put, tmp_path):
    folder = folder_of(put)
    text = "count_id,place_id,date,hour,minutes_observed,people\nC1,A1,,,,\n"
    came_back(folder, tmp_path, "foot_counts.csv", text)
    assert "foot_counts" not in load_city(folder)


def test_an_empty_brand_in_an_update_is_not_a_store_of_no_chain(put, tmp_path):
    folder = folder_of(put)
    came_back(folder, tmp_path, "s_stores.csv", "store_id,brand,address\nA1,,here\n")
    assert load_city(folder)["stores"].loc["A1", "brand"] == "Tea"


def test_a_later_update_lies_over_an_earlier_one_and_a_second_download_is_known_by_its_name(put, tmp_path):
    folder = folder_of(put)
    for name, area in (("placed_stores.csv", 60), ("placed_stores (1).csv", 70)):
        came_back(folder, tmp_path, name, f"store_id,brand,address,floor_area_sqm\nA1,Tea,x,{area}\n")
    assert load_city(folder)["stores"].loc["A1", "floor_area_sqm"] == 70


def test_faults_of_an_update_name_its_file_and_line(put, tmp_path):
    folder = folder_of(put)
    with pytest.raises(SchemaError) as refused:
        came_back(folder, tmp_path, "s_stores.csv", "store_id,brand,address,floor_area_sqm\nA1,Tea,x,about 5\n")
    (wrong,) = [fault for fault in refused.value.faults if fault.level == ERROR]
    assert (wrong.code, wrong.file, wrong.line, wrong.key) == ("not_number", "s_stores.csv", 2, "A1")


def test_a_row_that_is_new_is_traced_to_the_file_it_came_from(put, tmp_path):
    folder = folder_of(put)
    came_back(folder, tmp_path, "s_stores.csv", "store_id,brand,address\nA1,Tea,x\nA7,Tea,7 High St\n")
    stores = "store_id,brand,lon,lat\nA1,Tea,121.41,31.21\n"
    (folder / "stores.csv").write_text(stores, encoding="utf-8")
    (told,) = [fault for fault in load_city(folder).faults if fault.code == "unplaced"]
    assert told.sentence("en").endswith("1 row, 'A7' (s_stores.csv line 3)")
    assert told.sentence("zh").endswith("1 行：A7（s_stores.csv 第 3 行）")


def test_a_table_without_a_key_cannot_be_updated(put):
    about = ABOUT.format(datum="wgs84") + '\n[tables.sales]\nfile = "sales.csv"\nsource = "s"\n'
    about += '\n[[tables.sales.updates]]\nfile = "more.csv"\nsource = "s"\n'
    rows = "store_id,period,sales\nA1,2027-01,5\n"
    city, faults = check_city(put({"city.toml": about, "stores.csv": STORES, "sales.csv": rows, "more.csv": rows}))
    assert city is None
    assert codes(faults, ERROR) == [("update_without_key", "sales")]


def test_an_id_that_stands_twice_is_told_and_not_laid_over(put, tmp_path):
    folder = folder_of(put)
    with pytest.raises(SchemaError) as refused:
        came_back(folder, tmp_path, "s_stores.csv", "store_id,brand,address\nA1,Tea,x\nA1,Tea,y\n")
    assert codes(refused.value.faults, ERROR) == [("twice", "stores")]


def test_columns_and_rows_headed_as_notes_are_not_read(put, tmp_path):
    folder = folder_of(put)
    text = "#note stop,store_id,brand,address,#说明 备注\n1 One,A1,Tea,x,=1+1\n"
    came_back(folder, tmp_path, "s_stores.csv", text)
    assert not [fault for fault in load_city(folder).faults if fault.code == "unknown_column"]


def test_an_update_of_days_and_flags_keeps_their_types(put, tmp_path):
    stores = "store_id,brand,lon,lat,opened,own\nA1,Tea,121.41,31.21,2024-05-01,yes\nA2,Tea,121.42,31.21,,no\n"
    folder = folder_of(put, stores=stores)
    text = "store_id,brand,address,opened,own\nA2,Tea,x,2025-01-02,yes\nA3,Tea,y,2026-01-02,no\n"
    came_back(folder, tmp_path, "s_stores.csv", text)
    stores = load_city(folder)["stores"]
    assert stores["opened"].tolist() == [
        pd.Timestamp("2024-05-01"),
        pd.Timestamp("2025-01-02"),
        pd.Timestamp("2026-01-02"),
    ]
    assert stores["own"].tolist() == [True, True, False]
