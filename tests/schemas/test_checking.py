import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.schemas import ERROR, REPAIR, TABLES, WARNING, check, columns


def told(table, options=None, **cells):
    length = max(len(values) for values in cells.values())
    raw = pd.DataFrame(
        {name: list(values) + [None] * (length - len(values)) for name, values in cells.items()}, dtype=object
    )
    typed, faults = check(table, raw, **(options or {}))
    return typed, [(fault.level, fault.code, fault.column, fault.rows, fault.line, fault.key) for fault in faults]


def stores(**more):
    return {"store_id": ["1", "2"], "brand": ["a", "b"], "lon": ["121.4", "121.5"], "lat": ["31.2", "31.3"]} | more


def test_a_table_of_texts_becomes_a_typed_table():
    typed, faults = told(
        "stores",
        **stores(own=["是", None], opened=["2024-05-01", ""], floor_area_sqm=["85", 7.5], status=["营业", "closed"]),
    )
    assert faults == [] and typed.index.name == "store_id" and typed.index.tolist() == ["1", "2"]
    kinds = {
        "lon": "float64",
        "own": "boolean",
        "opened": "datetime64[ns]",
        "status": "object",
        "floor_area_sqm": "float64",
    }
    assert {name: str(typed[name].dtype) for name in kinds} == kinds
    assert typed["status"].tolist() == ["open", "closed"]
    assert list(typed.columns) == [name for name in columns("stores") if name in typed]


def test_the_input_is_not_changed():
    raw = pd.DataFrame(stores(), index=[5, 6])
    before = raw.copy()
    check("stores", raw)
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_rows_is_one_fault(table):
    _, faults = check(table, pd.DataFrame({"x": []}))
    assert [fault.code for fault in faults] == ["empty_table"]


def test_an_unknown_table_is_the_programmers_fault():
    with pytest.raises(ValueError, match="no table 'shops'"):
        check("shops", pd.DataFrame())


def test_all_faults_of_all_rows_come_together():
    _, faults = told(
        "sites",
        {"lines": [2, 5, 9]},
        site_id=["S1", "S1", ""],
        lon=["121.4", "east", "181"],
        lat=["31.2", "31.2", "31.2"],
        rent_month=["-1", "5", "-2"],
        turnover_rate=["18", "0.18", "-0.1"],
        site_type=["街铺", "pier", ""],
    )
    assert set(faults) == {
        (ERROR, "twice", "site_id", 1, 5, "S1"),
        (ERROR, "missing_value", "site_id", 1, 9, ""),
        (ERROR, "not_number", "lon", 1, 5, "S1"),
        (ERROR, "too_large", "lon", 1, 9, ""),
        (ERROR, "too_small", "rent_month", 2, 2, "S1"),
        (ERROR, "share_too_large", "turnover_rate", 1, 2, "S1"),
        (ERROR, "too_small", "turnover_rate", 1, 9, ""),
        (ERROR, "not_choice", "site_type", 1, 5, "S1"),
    }


def test_what_could_not_be_read_is_not_reported_as_missing_too():
    assert told("zone_rents", zone_id=["Z"], rent_sqm_month=["dear"])[1] == [
        (ERROR, "not_number", "rent_sqm_month", 1, 2, "")
    ]
    assert told("stores", **stores(lon=["x", "121"]))[1] == [(ERROR, "not_number", "lon", 1, 2, "1")]
    bow_tie = "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))"
    assert told("zones", zone_id=["Z"], geometry=[bow_tie])[1] == [(ERROR, "broken_shape", "geometry", 1, 2, "Z")]
    assert told("basemap", geometry=["LINE(", "POINT(1 2)"], kind=["water", ""])[1] == [
        (ERROR, "not_shape", "geometry", 1, 2, ""),
        (ERROR, "missing_value", "kind", 1, 3, ""),
    ]


def test_one_coordinate_without_the_other_is_a_fault():
    _, faults = told("stores", store_id=["1"], brand=["a"], lon=["121"], address=["here"])
    assert faults == [(ERROR, "missing_column", "lat", 0, None, "")]
    _, faults = told("stores", store_id=["1"], brand=["a"], lat=["95"], address=["here"])
    assert (ERROR, "swapped", "lon, lat", 1, 2, "1") in faults  # and no KeyError for want of a longitude


def test_one_of_several_ways_to_say_where_is_needed():
    assert told("stores", store_id=["1"], brand=["a"])[1][0][:2] == (ERROR, "missing_one_of")
    _, faults = told(
        "stores", store_id=["1", "2", "3"], brand=["a"] * 3, lon=["121", ""], lat=["31", ""], address=["", "", "here"]
    )
    assert faults == [(ERROR, "empty_one_of", "lon + lat / geometry / address", 1, 3, "2")]
    assert told("travel", from_id=["a"], to_id=["b"], km=["3"])[1] == []


@pytest.mark.parametrize(
    "cell", ["121.4,31.2", "121.4，31.2", "121.4, 31.2", "121.4 31.2", "121.4;31.2", "31.2,121.4", " １２１.4,31.2 "]
)
def test_a_pair_of_coordinates_in_one_cell(cell):
    typed, faults = told("sites", site_id=["1"], 坐标=[cell])
    assert faults == [] and typed[["lon", "lat"]].iloc[0].tolist() == [121.4, 31.2]


@pytest.mark.parametrize("cell", ["121.4", "121.4,31.2,5", "east,north", "(121.4,31.2)", ","])
def test_a_cell_that_is_no_pair_is_a_fault(cell):
    assert {fault[0] for fault in told("sites", site_id=["1"], 坐标=[cell])[1]} == {ERROR}


def test_pairs_fill_what_two_columns_leave_empty_and_never_contradict_them():
    cells = {"site_id": ["1", "2"], "经度": ["121.4", ""], "纬度": ["31.2", ""]}
    for order in (lambda items: items, reversed):
        whole = dict(order(list((cells | {"坐标": ["", "121.5,31.3"]}).items())))
        typed, faults = told("sites", **whole)
        assert faults == [] and typed["lon"].tolist() == [121.4, 121.5]
        both = dict(order(list((cells | {"坐标": ["120,30", "121.5,31.3"]}).items())))
        assert [fault[1] for fault in told("sites", **both)[1]] == ["two_columns"]


def test_ten_thousands_of_header_and_cell_are_counted_and_never_taken_twice():
    typed, faults = told("stores", **stores(**{"月销售额（万元）": ["3.2", "3.2万"]}))
    assert typed["sales_month"].tolist() == [32000, 32000]
    assert set(faults) == {(REPAIR, "wan", "sales_month", 1, 3, "2"), (REPAIR, "multiplied", "sales_month", 1, 2, "1")}
    typed, _ = told("stores", **stores(**{"月销售额（万元）": ["1.1", ""]}))
    assert typed["sales_month"].iloc[0] == 11000 and pd.isna(typed["sales_month"].iloc[1])


def test_percent_is_a_share_and_only_a_share():
    typed, faults = told("stores", **stores(turnover_rate=["18%", "0.07"]))
    assert typed["turnover_rate"].tolist() == [0.18, 0.07] and faults == [
        (REPAIR, "percent", "turnover_rate", 1, 2, "1")
    ]
    typed, faults = told("stores", **stores(**{"扣点（%）": ["18", "7%"]}))
    assert typed["turnover_rate"].tolist() == [0.18, 0.07]
    assert told("stores", **stores(sales_month=["18%", ""]))[1] == [(ERROR, "not_number", "sales_month", 1, 2, "1")]


def test_ids_are_made_where_there_are_none_and_brands_where_a_store_has_none():
    typed, faults = told("stores", {"prefix": "cafes"}, brand=["a", None, " "], lon=["1"] * 3, lat=["2"] * 3)
    assert typed.index.tolist() == ["cafes-1", "cafes-2", "cafes-3"] and faults[0][:3] == (
        REPAIR,
        "made_key",
        "store_id",
    )
    assert typed["brand"].tolist() == ["a", "independent", "independent"]


def test_headers_that_nobody_knows_or_that_city_toml_gets_wrong():
    raw = pd.DataFrame([["1", "a", "x", "y", "z"]], columns=["store_id", "brand", "address", "mood", "mood"])
    _, faults = check("stores", raw, given={"nowhere": "name", "address": "adress"})
    assert {(f.level, f.code, f.column) for f in faults} == {
        (ERROR, "mapped_absent", "name"),
        (ERROR, "mapped_nowhere", "adress"),
        (WARNING, "unknown_column", "mood, mood"),
        (ERROR, "missing_one_of", "lon + lat / geometry / address"),
    }
    twice = pd.DataFrame([["1", "a", "b", "x"]], columns=["store_id", "brand", "品牌", "address"])
    assert [f.code for f in check("stores", twice)[1]] == ["two_columns"]
    same = pd.DataFrame([["1", "a", "b", "x"]], columns=["store_id", "brand", "brand", "address"])
    assert "two_columns" in [f.code for f in check("stores", same)[1]]


def test_outlines_that_cannot_be_in_degrees_are_told():
    for box in (shapely.box(350000, 3450000, 351000, 3451000), shapely.box(31.2, 121.4, 31.3, 121.5)):
        assert told("zones", zone_id=["Z"], geometry=[box])[1] == [(ERROR, "swapped", "geometry", 1, 2, "Z")]
    units = {"unit_id": ["u"], "mall": ["m"], "floor": ["1"], "geometry": [shapely.box(0, 0, 2000, 10)]}
    assert told("mall_units", **units)[1] == []


def test_heights_of_outlines_are_left_out():
    typed, faults = told("zones", zone_id=["Z"], geometry=["POLYGON Z((0 0 5, 1 0 5, 1 1 5, 0 0 5))"])
    assert faults == [] and not typed["geometry"].iloc[0].has_z


def test_missing_of_every_reader_is_missing():
    raw = pd.DataFrame(stores())
    raw["sales_month"] = pd.array([5, None], dtype="Int64")
    raw["name"] = pd.Categorical(["x", None])
    raw["opened"] = pd.to_datetime(["2024-05-01", None])
    raw["floor_area_sqm"] = np.array([85, np.nan], dtype="float32")
    typed, faults = check("stores", raw)
    assert faults == [] and typed[["sales_month", "name", "opened", "floor_area_sqm"]].notna().sum().tolist() == [1] * 4


CELLS = (
    st.none()
    | st.text(max_size=6)
    | st.floats()
    | st.integers()
    | st.booleans()
    | st.sampled_from(["121,31", "POINT(1 2)", "5万"])
)


@settings(max_examples=150, deadline=None)
@given(table=st.sampled_from(list(TABLES)), data=st.data())
def test_nothing_that_stands_in_a_file_stops_the_check(table, data):
    names = data.draw(st.lists(st.sampled_from([*columns(table), "坐标", "心情"]), min_size=1, max_size=8, unique=True))
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(names)), min_size=1, max_size=4))
    typed, faults = check(table, pd.DataFrame(rows, columns=names, dtype=object), file="x.csv")
    assert len(typed) == len(rows)
    for fault in faults:
        assert fault.sentence("en") and fault.sentence("zh")
        assert fault.rows == 0 or 2 <= fault.line < 2 + len(rows)


def test_a_geodataframe_is_read_as_it_is():
    table = geopandas.GeoDataFrame({"zone_id": ["Z"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    typed, faults = check("zones", table)
    assert faults == [] and typed["geometry"].iloc[0].equals(shapely.box(0, 0, 1, 1))


def codes(table, columns, **options):
    return [(f.level, f.code, f.column) for f in check(table, pd.DataFrame(columns), **options)[1]]


def test_a_column_in_another_unit_is_not_read_and_stops_the_import_where_figures_would_be_lost():
    zones = {"zone_id": ["1"], "lon": ["121"], "lat": ["31"]}
    typed, faults = check("zones", pd.DataFrame(zones | {"人口(千户)": ["5"]}))
    assert "population" not in typed and [(f.level, f.code, f.column) for f in faults] == [
        (ERROR, "unit_unread", "population")
    ]
    assert "人口(千户)" in faults[0].sentence("en") and "人口(千户)" in faults[0].sentence("zh")
    assert codes("zones", zones | {"人口(千户)": [""]}) == [(WARNING, "unknown_column", "人口(千户)")]
    assert codes("zones", zones | {"人口": ["3"], "人口(千户)": ["5"]}) == [(WARNING, "unknown_column", "人口(千户)")]
    footfall = {"zone_id": ["1"], "period": ["2026-Q3"], "人流量(人/季度)": [""]}
    assert (ERROR, "unit_unread", "people") in codes("zone_footfall", footfall)


def test_a_header_that_stands_there_twice_is_a_fault_in_every_table():
    for table in TABLES:
        for name in [*columns(table), "坐标", "心情"]:
            names = [*columns(table), name] if name in columns(table) else [*columns(table), name, name]
            assert check(table, pd.DataFrame([["1"] * len(names)], columns=names))[1]


def test_a_comma_that_may_be_a_decimal_sign_is_refused_where_nothing_tells():
    rows = {"site_id": ["1", "2"], "lon": ["121", "121"], "lat": ["31", "31"]}
    told = [(ERROR, "decimal_comma", "fit_out_cost")]
    assert codes("sites", rows | {"fit_out_cost": ["1,234", "7"]}, semicolons=True) == told
    assert codes("sites", rows | {"fit_out_cost": ["1,234", "7"]}) == []
    assert codes("sites", rows | {"fit_out_cost": ["1,234", "1,234,567"]}, semicolons=True) == []
    assert codes("sites", rows | {"fit_out_cost": ["1,234", "2,345.5"]}, semicolons=True) == []


def test_an_empty_outline_is_no_place():
    rows = pd.DataFrame({"zone_id": ["1", "2"], "geometry": [shapely.Polygon(), shapely.box(0, 0, 1, 1)]})
    _, faults = check("zones", rows)
    assert [(f.code, f.rows, f.key) for f in faults] == [("empty_one_of", 1, "1")]


@pytest.mark.parametrize("table", ["stores", "sites", "listings"])
def test_steps_of_a_turnover_rate_are_checked_at_the_door_in_words_of_either_language(table):
    key = next(iter(columns(table)))
    places = {key: ["1", "2", "3"], "lon": ["121.4"] * 3, "lat": ["31.2"] * 3}
    if table == "stores":
        places["brand"] = ["a"] * 3
    typed, faults = check(table, pd.DataFrame(places | {"tiers": ["0：0.1；1e5：0.08", "", "10万以上8%"]}))
    assert typed["tiers"].tolist() == ["0:0.1;100000:0.08", None, None]
    (fault,) = faults
    assert (fault.level, fault.code, fault.column, fault.rows, fault.line) == (ERROR, "not_tiers", "tiers", 1, 4)
    for lang in ("en", "zh"):
        said = fault.sentence(lang)
        assert "10万以上8%" in said and "100000:0.1;200000:0.08" in said and "3" in said and "4" in said
    assert "阶梯扣点" in fault.sentence("zh")


def test_an_hour_holds_sixty_minutes_of_counting_in_each_direction():
    count = {"place_id": ["P1"] * 2, "date": ["2026-05-04"] * 2, "hour": ["9"] * 2, "people": ["5", "6"]}
    whole, both = {"minutes_observed": ["30", "30"]}, {"minutes_observed": ["30", "31"]}
    assert all(fault[1] != "hour_too_long" for fault in told("foot_counts", **count, **whole)[1])
    found = [fault for fault in told("foot_counts", **count, **both)[1] if fault[1] == "hour_too_long"]
    assert [fault[:4] for fault in found] == [(ERROR, "hour_too_long", "minutes_observed", 2)]
    apart = told("foot_counts", **count, **both, direction=["in", "out"])[1]
    assert all(fault[1] != "hour_too_long" for fault in apart)


def test_a_shape_that_is_broken_by_no_number_or_lies_nowhere_is_one_fault():
    """Found by benchmarks/fuzz.py: the first has no convex hull, the second reached a projection."""
    for ring, code in (("0 0, nan 1, 1 0, 0 0", "broken_shape"), ("0 0, 1 1, 1 0, 0 900, 0 0", "broken_shape")):
        typed, faults = told("zones", zone_id=["Z"], geometry=[f"POLYGON(({ring}))"])
        assert [fault[:3] for fault in faults] == [(ERROR, code, "geometry")] and typed["geometry"].isna().all()
