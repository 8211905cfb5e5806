import json

import pytest

from expansion_kit.cities import check_city
from expansion_kit.schemas import ERROR, WARNING


def told(put, files):
    city, faults = check_city(put(files))
    return city, [(f.level, f.code, f.table, f.column, f.rows, f.line, f.key) for f in faults]


def with_table(files, name, text):
    files[f"{name}.csv"] = text
    files["city.toml"] += f'\n[tables.{name}]\nfile = "{name}.csv"\nsource = "test"\n'
    return files


def test_keys_that_another_table_does_not_have(put, small_city):
    files = small_city()
    files["sales.csv"] += "A9,2027-02,5\nA9,2027-03,5\n"
    files["zone_rents.csv"] += "Z9,300,\n"
    _, faults = told(put, files)
    assert faults == [
        (ERROR, "unknown_key", "sales", "store_id", 2, 5, ""),
        (WARNING, "unknown_key", "zone_rents", "zone_id", 1, 4, ""),
    ]


def test_a_table_that_is_absent_is_not_missed(put, small_city):
    files = with_table(small_city(), "bids", "bid_id,prospect_id,territory_id\n1,C1,T9\n")
    assert told(put, files)[1] == []


def test_a_figure_stands_once(put, small_city):
    files = small_city()
    files["sales.csv"] += "A1,2027-01,7\n"
    city, faults = told(put, files)
    assert city is None and faults == [(ERROR, "row_twice", "sales", "store_id, period", 1, 5, "")]


@pytest.mark.parametrize(("table", "level"), [("stores", WARNING), ("sites", ERROR)])
def test_outside_every_zone_is_an_error_for_sites_and_a_warning_for_stores(put, small_city, table, level):
    files = small_city()
    files[f"{table}.csv"] = files[f"{table}.csv"].replace("121.41,31.21", "122.41,31.21")
    city, faults = told(put, files)
    assert faults == [(level, "outside_zones", table, "lon, lat", 1, 2, {"stores": "A1", "sites": "S1"}[table])]
    assert (city is None) == (level == ERROR)


def test_coordinates_exchanged_in_a_country_where_both_could_be_latitudes(put, small_city):
    """Near Freiburg (7.85 E, 48.0 N) no limit of latitude gives the exchange away; the zones do."""
    files = small_city()
    for name in ("zones.geojson", "stores.csv", "sites.csv", "stations.csv", "generators.csv"):
        files[name] = files[name].replace("121.4", "7.4").replace("31.2", "48.2")
    assert told(put, files)[1] == []
    files["stores.csv"] = files["stores.csv"].replace("7.41,48.21", "48.21,7.41")
    assert check_city(put(files, "again"))[1][0].code == "swapped"


def test_own_stores_are_those_of_own_brands_unless_the_table_says_otherwise(put, small_city):
    files = small_city()
    files["stores.csv"] = (
        "store_id,brand,own,lon,lat\n1,Ours,,121.41,31.21\n2,Ours,no,121.41,31.21\n3,Rival,yes,121.41,31.21\n4,X,,121.41,31.21\n"
    )
    files["sales.csv"] = "store_id,period,sales\n1,2027-01,5\n"
    city, faults = told(put, files)
    assert faults == [] and city["stores"]["own"].tolist() == [True, False, True, False]
    assert city["stores"]["own"].dtype == bool


def test_zones_that_are_points_contain_nothing_and_forbid_nothing(put, small_city):
    files = small_city()
    del files["zones.geojson"]
    files["zones.csv"] = "zone_id,lon,lat,population\nZ1,121.41,31.21,5\nZ2,121.43,31.21,6\n"
    files["city.toml"] = files["city.toml"].replace("zones.geojson", "zones.csv")
    city, faults = told(put, files)
    assert faults == [(WARNING, "zones_are_points", "zones", "", 0, None, "")]
    assert city["zones"].geom_type.eq("Point").all()
    assert city["stores"]["zone_id"].isna().all() and city["sites"]["zone_id"].isna().all()


def test_zones_that_overlap_are_counted_with_the_area_that_counts_twice(put, small_city):
    files = small_city()
    zones = json.loads(files["zones.geojson"])
    half = [[x - 0.01, y] for x, y in zones["features"][1]["geometry"]["coordinates"][0]]
    zones["features"][1]["geometry"]["coordinates"] = [half]  # half of a zone, of four alike: an eighth of them all
    files["zones.geojson"] = json.dumps(zones)
    _, faults = check_city(put(files))
    told = [f for f in faults if f.code == "zones_overlap"]
    assert [(f.level, f.values["n"], f.values["share"], f.values["found"]) for f in told] == [
        (WARNING, 1, "12.5%", "Z1, Z2")
    ]


def test_zones_that_only_touch_or_share_a_hair_do_not_overlap(put, small_city):
    files = small_city()
    files["zones.geojson"] = files["zones.geojson"].replace("121.42, 31.22", "121.420001, 31.220001", 1)
    assert told(put, files)[1] == []


def test_a_line_is_no_zone(put, small_city):
    files = small_city()
    del files["zones.geojson"]
    line, square = "LINESTRING(121.4 31.2,121.5 31.2)", "POLYGON((121.4 31.2,121.5 31.2,121.5 31.3,121.4 31.2))"
    files["zones.csv"] = f'zone_id,geometry\nZ1,"{line}"\nZ2,"{square}"\n'
    files["city.toml"] = files["city.toml"].replace("zones.geojson", "zones.csv")
    assert (ERROR, "zone_shape", "zones", "geometry", 1, 2, "Z1") in told(put, files)[1]


def test_an_own_brand_that_no_store_has_is_told(put, small_city):
    files = small_city()
    files["city.toml"] = files["city.toml"].replace('own_brand = "Ours"', 'own_brand = "Oursy"')
    assert told(put, files)[1] == [(WARNING, "own_brand_absent", "city", "", 0, None, "")]


def test_stores_without_a_brand_are_a_fault_and_no_crash(put, small_city):
    files = small_city()
    files["stores.csv"] = "store_id,brand,brand,lon,lat\nA1,Ours,X,121.41,31.21\nA2,Ours,X,121.41,31.21\n"
    city, faults = told(put, files)
    assert city is None and (ERROR, "two_columns", "stores", "brand", 0, None, "") in faults


def test_a_stage_is_one_of_the_usual_or_one_of_the_citys_own(put, small_city):
    files = small_city() | {"prospects.csv": "prospect_id,stage\nC1,enquiry\nC2,考察\nC3,新线索\n"}
    (fault,) = [f for f in check_city(put(files))[1] if f.code == "unknown_stage"]
    assert (fault.level, fault.line, fault.key, fault.values["found"]) == ("error", 4, "C3", "新线索")
    own = files | {"city.toml": 'stages = ["新线索", "enquiry", "考察"]\n' + files["city.toml"]}
    assert not [f for f in check_city(put(own, "own"))[1] if f.code == "unknown_stage"]


def test_a_store_without_a_brand_is_independent_and_that_is_said(put, small_city):
    files = small_city()
    files["stores.csv"] += "A4,,,121.42,31.22,2024-05-01\n"
    _, faults = check_city(put(files))
    assert [(f.level, f.key) for f in faults if f.code == "made_brand"] == [("repair", "A4")]
