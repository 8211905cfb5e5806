import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import files
from expansion_kit.maps import around, specification
from expansion_kit.maps.specification import CLASSES, details, legend, placed, placements, points


def shops(*brands, **columns):
    n = len(brands)
    table = pd.DataFrame({"brand": list(brands), "lon": np.linspace(120, 121, n), "lat": np.linspace(30, 31, n)})
    return table.assign(**columns).set_axis([f"D{i}" for i in range(n)])


def test_own_stores_come_first_then_candidates_numbered_in_one_row():
    stores = shops("Rice", "Tea", "Rice", "Tea")
    sites = pd.DataFrame({"name": ["Corner", "Square"], "lon": [120.0, 120.1], "lat": [30.0, 30.1]}, index=["S2", "S1"])
    table = placements(stores, sites, own_brand="Tea", lang="en")
    assert table["id"].tolist() == ["D1", "D3", "S2", "S1", "D0", "D2"]
    assert table["number"].tolist()[:4] == [1, 2, 3, 4]
    assert table["number"].isna().sum() == 2
    assert table["class"].tolist() == ["own", "own", "candidate", "candidate", "rival", "rival"]
    assert table["label"].tolist()[:4] == ["Tea", "Tea", "Corner", "Square"]


def test_own_stores_that_are_planned_are_a_group_of_their_own_in_every_rendering():
    stores = shops("Tea", "Tea", "Rice", "Tea").assign(status=["open", "planned", "planned", None])
    table = placements(stores, own_brand="Tea", lang="zh")
    assert table["class"].tolist() == ["own", "own", "own", "rival"]
    assert table["group"].tolist() == ["own", "planned", "own", "brand1"]
    told = specification.legend(table)
    assert told["count"].to_dict() == {"own": 2, "planned": 1, "brand1": 1}
    assert told["label"]["planned"] == "自有门店：Tea（筹备中）"
    assert told.loc["own", ["colour", "shape"]].tolist() != told.loc["planned", ["colour", "shape"]].tolist()
    assert specification.points(table)["group"].tolist() == table["group"].tolist()


def test_the_own_column_decides_and_the_brand_where_it_is_missing():
    stores = shops("Tea", "Tea", "Rice", own=pd.array([False, pd.NA, True], dtype="boolean"))
    table = placements(stores, own_brand="Tea", lang="en").set_index("id")
    assert table.loc[["D0", "D1", "D2"], "class"].tolist() == ["rival", "own", "own"]


def test_no_chain_no_brand_and_no_rival_are_other_shops():
    stores = shops("independent", None, "  ", "Rice", "Bank", rival=[True, True, True, True, False])
    table = placements(stores, lang="en").set_index("id")
    assert table["class"].to_dict() == {"D0": "other", "D1": "other", "D2": "other", "D3": "rival", "D4": "other"}
    assert table.loc["D1", "group_label"] == table.loc["D2", "group_label"] == "Brand unknown"


def test_a_closed_store_is_no_placement_and_an_unknown_status_is():
    stores = shops("Rice", "Rice", "Rice", status=["closed", None, "planned"])
    assert placements(stores, lang="en")["id"].tolist() == ["D1", "D2"]


def test_brands_are_coloured_by_count_then_name_and_the_tail_shares_a_group():
    stores = shops(*["B"] * 2, *["A"] * 2, *["Z"] * 3, *"CDEFGHI")
    groups = legend(placements(stores, lang="en"))
    assert groups["label"].tolist() == ["Z", "A", "B", "C", "D", "E", "F", "G", "Other brands (2)"]
    assert groups["count"].tolist() == [3, 2, 2, 1, 1, 1, 1, 1, 2]


def test_colours_are_told_apart_by_normal_and_colour_blind_eyes():
    """Machado, Oliveira and Fernandes (2009), severity 1; CIE 1976 difference; 2.3 is just noticeable."""
    sights = [
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]
    fixed = (specification.OWN_COLOUR, specification.CANDIDATE_COLOUR, specification.REST_COLOUR)
    for sight in sights:
        seen = [_lab(np.asarray(sight) @ _linear(colour)) for colour in (*fixed, *specification.BRAND_COLOURS)]
        assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 14


def _linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_details_are_said_with_unit_and_method_and_a_dash_where_missing():
    stores = shops(
        *("Tea", "Rice", "Rice"),
        floor_area_sqm=[80.5, None, 1200],
        rent_sqm_day=[8.5, None, None],
        rent_month=[None, 12000, None],
        sales_month=[350000, None, 500],
        sales_method=["estimated", "measured", None],
    )
    table = placements(stores, own_brand="Tea", lang="zh")
    told = details(table, lang="zh", currency="CNY")
    blank = ["—"] * 6
    assert told.iloc[0].tolist() == ["自有门店", "Tea", "80.5 ㎡", "8.5 元/㎡/天", "35.0 万元/月（估算）", *blank, "D0"]
    assert told.iloc[1].tolist() == ["竞品门店", "Rice", "—", "1.2 万元/月", "—", *blank, "D1"]
    english = details(table, lang="en", currency="KRW")
    assert english.iloc[2].tolist() == ["competitor", "Rice", "1,200 m²", "—", "KRW 500 a month", *blank, "D2"]


def test_terms_of_a_lease_are_told_with_their_unit():
    stores = shops(
        *("Tea", "Tea"),
        base_rent_month=[12000.0, None],
        turnover_rate=[0.125, None],
        lease_end=pd.to_datetime(["2028-03-03", None]),
        opened=[None, "2022-04-03"],
        address=["  中山路 1 号 ", ""],
    )
    told = details(placements(stores, lang="zh"), lang="zh", currency="CNY")
    headings = ["保底租金", "扣点", "租期至", "开业日期", "地址"]
    assert told[headings].values.tolist() == [
        ["1.2 万元/月", "12.5%", "2028-03-03", "—", "中山路 1 号"],
        ["—", "—", "—", "2022-04-03", "—"],
    ]


def test_the_layer_of_points_holds_the_terms_as_they_are_and_can_be_written(tmp_path):
    stores = shops("Tea", "Rice", turnover_rate=[0.18, None], lease_end=pd.to_datetime(["2028-03-03", None]))
    files.write_geojson(tmp_path / "points.geojson", points(around(placements(stores, lang="en"), (120.0, 30.0))))
    features = json.loads((tmp_path / "points.geojson").read_text("utf-8"))["features"]
    assert [f["properties"]["turnover_rate"] for f in features] == [0.18, None]
    assert [f["properties"]["lease_end"] for f in features] == ["2028-03-03", None]
    assert features[0]["properties"]["distance_m"] == 0


def test_only_coordinates_on_the_globe_are_placed():
    table = pd.DataFrame({"lon": [120, None, 181, 0], "lat": [30, 30, 30, -90]})
    assert placed(table).tolist() == [True, False, False, True]


@pytest.mark.parametrize("stores", [pd.DataFrame(), shops()])
def test_no_stores_at_all(stores):
    table = placements(stores, own_brand="Tea", lang="zh")
    assert len(table) == len(legend(table)) == len(details(table, lang="zh")) == 0


def test_the_input_is_left_alone():
    stores = shops("Tea", " ", None)
    before = stores.copy(deep=True)
    placements(stores, own_brand="Tea", lang="en")
    pd.testing.assert_frame_equal(stores, before)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(["Tea", "Rice", "Bun", "independent", "", None, "Cake"])))
def test_every_store_is_in_one_group_and_every_group_counts_its_stores(brands):
    table = placements(shops(*brands), own_brand="Tea", lang="en")
    groups = legend(table)
    assert len(table) == len(brands) == groups["count"].sum()
    assert table["group"].isin(groups.index).all()
    assert table["class"].isin(CLASSES).all()
    assert table["number"].dropna().tolist() == list(range(1, 1 + brands.count("Tea")))
