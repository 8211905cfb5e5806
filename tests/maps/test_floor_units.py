import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.maps.floor_units import (
    COLOURS,
    KINDS,
    REST_COLOUR,
    SIGNS,
    UNKNOWN_COLOUR,
    VACANT_COLOUR,
    details,
    floor_units,
    legend,
    planned,
    shops,
)
from expansion_kit.schemas.places import UNIT_KIND

# Machado, Oliveira, Fernandes (2009), severity 1.0: protanopia, deuteranopia, tritanopia; on linear RGB.
SIGHTS = np.array(
    [
        np.eye(3).tolist(),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]
)


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light):
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.array(to_xyz) @ light / (0.95047, 1, 1.08883)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def mall(**columns):
    n = len(next(iter(columns.values())))
    shapes = [shapely.box(9 * i, 0, 9 * i + 9, 9) for i in range(n)]
    index = pd.Index([f"U{i}" for i in range(n)], name="unit_id")
    return gpd.GeoDataFrame({"mall": "M", "floor": "1F"} | columns, geometry=shapes, index=index)


@pytest.mark.parametrize("sight", range(4))
def test_colours_differ_for_every_sight(sight):
    seen = [lab((SIGHTS[sight] @ linear(c)).clip(0, 1)) for c in (*COLOURS, REST_COLOUR, UNKNOWN_COLOUR, VACANT_COLOUR)]
    coloured = itertools.combinations(seen[: len(COLOURS)], 2)
    quiet = itertools.product(seen[: len(COLOURS)], seen[len(COLOURS) :])
    assert min(np.linalg.norm(a - b) for a, b in (*coloured, *quiet)) >= 14


def test_dark_letters_can_be_read_on_every_colour():
    dark = linear("#222222") @ (0.2126, 0.7152, 0.0722)
    for colour in COLOURS:
        assert (linear(colour) @ (0.2126, 0.7152, 0.0722) + 0.05) / (dark + 0.05) >= 4.5


def test_the_kinds_are_those_of_the_table_and_each_colour_has_a_sign():
    assert set(KINDS) == set(UNIT_KIND)
    assert len(SIGNS) == len(COLOURS) == len(set(SIGNS))


def test_units_are_numbered_a_floor_and_ways_are_not():
    table = mall(kind=["unit", "corridor", None, "anchor"], brand=["A", None, "B", None]).assign(
        floor=["1F", "1F", "1F", "2F"]
    )
    units = floor_units(table, lang="en")
    assert units["number"].fillna(0).tolist() == [1, 0, 2, 1]
    assert units["vacant"].tolist() == [False, False, False, True]
    assert units.loc["U1", ["group", "colour"]].isna().all()
    assert len(shops(units)) == 3


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="pool"):
        floor_units(mall(kind=["pool"]), lang="en")


def test_the_plan_takes_the_category_a_brand_has_elsewhere_and_keeps_what_is_not_planned():
    table = mall(
        brand=["Tea", "Rice", None, "Bun"],
        category=["Drinks", "Food", None, "Food"],
        plan_brand=["", "Tea", "New", None],
        rent_month=[1.0, 2.0, 3.0, 4.0],
        turnover_rate=[0.1, 0.2, 0.3, 0.4],
    )
    units = floor_units(table, own_brand="Tea", lang="en")
    assert units["changes"].tolist() == [False, True, True, False]
    plan = planned(units)
    assert plan["brand"].tolist() == ["Tea", "Tea", "New", "Bun"]
    assert plan["category"].tolist() == ["Drinks", "Drinks", None, "Food"]
    assert plan["own"].tolist() == [True, True, False, False]
    assert plan["group_label"].tolist() == ["Drinks", "Drinks", "Category not known", "Food"]
    assert plan["rent_month"].fillna(-1).tolist() == [1.0, -1, 3.0, 4.0]
    assert units["brand"].tolist() == ["Tea", "Rice", None, "Bun"]
    counts = legend(units)
    assert counts["count"].to_dict() == {"category1": 1, "category2": 2, "unknown": 0, "vacant": 1}
    assert counts["plan_count"].to_dict() == {"category1": 2, "category2": 1, "unknown": 1, "vacant": 0}


def test_the_ninth_category_shares_a_group_and_nothing_is_mutated():
    names = [f"C{i}" for i in range(9) for _ in range(10 - i)]
    table = mall(brand=["B"] * len(names), category=names)
    before = table.copy()
    shown = legend(floor_units(table, lang="en"))
    assert shown["label"].tolist() == [f"C{i}" for i in range(8)] + ["Other categories (1)"]
    assert shown["count"].tolist() == [10, 9, 8, 7, 6, 5, 4, 3, 2]
    pd.testing.assert_frame_equal(table, before)


def test_details_say_rent_as_the_lease_does_and_a_dash_for_what_is_missing():
    table = mall(
        brand=["A", "B", "C", None],
        rent_sqm_day=[15.6, None, None, None],
        rent_month=[99.0, 32400.0, None, None],
        base_rent_month=[None, 1.0, 47800.0, None],
        turnover_rate=[None, 0.075, 0.18, None],
        lease_end=[pd.Timestamp("2029-03-12"), None, None, None],
    )
    rows = details(floor_units(table, lang="zh"), lang="zh", currency="CNY")
    assert rows["租金"].tolist() == ["15.6 元/㎡/天", "32,400 元/月", "保底 47,800 元/月", "—"]
    assert rows["扣点"].tolist() == ["—", "7.5%", "18%", "—"]
    assert rows["到期日"].tolist() == ["2029-03-12", "—", "—", "—"]
    assert rows["品牌"].tolist() == ["A", "B", "C", "空置"]


@given(
    st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.sampled_from(["A", "C", None])), min_size=1, max_size=8)
)
def test_every_unit_is_in_one_group_now_and_as_planned(rows):
    now, plan = map(list, zip(*rows))
    units = floor_units(mall(brand=now, plan_brand=plan, category=now), own_brand="A", lang="en")
    shown = legend(units)
    assert shown["count"].sum() == shown["plan_count"].sum() == len(rows)
    assert units["plan_vacant"].tolist() == [a is None and b is None for a, b in rows]
    assert units["changes"].tolist() == [b is not None and a != b for a, b in rows]
