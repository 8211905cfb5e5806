import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.territories.ground import make_ground
from expansion_kit.territories.growing import pieces_of
from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.search import excess, improve, sums_of


def ground_of(rows, columns):
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)]
    zones = gpd.GeoDataFrame(geometry=boxes, index=[f"Z{k:02d}" for k in range(len(boxes))], crs=32652)
    zones["geometry"] = zones.scale(1000, 1000, origin=(0, 0))
    return make_ground(zones, pd.DataFrame({"people": 1.0}, index=zones.index), zone_links(zones))


GRID = ground_of(4, 4)
HALVES = np.repeat([0, 1], 8)


def weights_of(amounts, many):
    return np.repeat(np.asarray(amounts, dtype=float)[:, None, None], many, axis=1)


def test_excess_is_zero_within_the_tolerance_and_counts_in_tolerances_beyond():
    found = excess(np.array([[95.0, 70.0], [105.0, 130.0]]), np.array([0.05, 0.1]))
    assert found == pytest.approx(np.array([[0, 2], [0, 2]]), abs=1e-9)


def test_a_measure_that_nobody_has_is_even():
    assert excess(np.zeros((3, 1)), np.array([0.05])).tolist() == [[0], [0], [0]]


@settings(max_examples=15)
@given(st.lists(st.integers(1, 9), min_size=16, max_size=16), st.sets(st.integers(0, 15), max_size=5))
def test_no_move_cuts_a_territory_or_touches_what_is_fixed_and_the_key_is_true(amounts, fixed):
    movable = np.array([k not in fixed for k in range(16)])
    weights, tolerance = weights_of(amounts, 2), np.array([0.02])
    begin = excess(sums_of(HALVES, weights), tolerance).max()
    label, key = improve(HALVES, GRID, weights=weights, tolerance=tolerance, movable=movable, patience=30, kicks=1)
    assert all(len(pieces_of(GRID, np.flatnonzero(label == k))) == 1 for k in range(2))
    assert (label[~movable] == HALVES[~movable]).all()
    assert (
        key[0] == pytest.approx(excess(sums_of(label, weights), tolerance).max(), abs=1e-8) and key[0] <= begin + 1e-8
    )
    cut = label[GRID.first] != label[GRID.second]
    assert key[1] == pytest.approx(GRID.border[cut].sum(), abs=1e-6)


def test_a_ragged_border_becomes_straight():
    ragged = HALVES.copy()
    ragged[[6, 8]] = 1, 0
    label, key = improve(
        ragged, GRID, weights=weights_of(np.ones(16), 2), tolerance=np.array([0.3]), movable=np.ones(16, bool)
    )
    assert key == (0.0, pytest.approx(4.0, abs=0.05)) and set(np.bincount(label)) == {8}


def test_with_a_cost_of_changing_nothing_changes_that_need_not():
    cost = (np.arange(2) != HALVES[:, None]).astype(float)
    options = {"weights": weights_of(np.ones(16), 2), "tolerance": np.array([0.1]), "movable": np.ones(16, bool)}
    label, key = improve(HALVES, GRID, cost=cost, border=0.01, **options)
    assert (label == HALVES).all() and key[0] == 0


def test_where_nothing_can_move_the_start_is_the_answer():
    options = {"weights": weights_of(np.arange(16), 2), "tolerance": np.array([0.0]), "movable": np.zeros(16, bool)}
    assert (improve(HALVES, GRID, **options)[0] == HALVES).all()
