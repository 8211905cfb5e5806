import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.territories.ground import make_ground
from expansion_kit.territories.growing import first_plan, grow, pieces_of, settled_cores
from expansion_kit.territories.neighbours import zone_links


def ground_of(rows, columns, people=None):
    boxes = [
        shapely.box(x, y, x + 1000, y + 1000)
        for y in range(0, rows * 1000, 1000)
        for x in range(0, columns * 1000, 1000)
    ]
    zones = gpd.GeoDataFrame(geometry=boxes, index=[f"Z{k:02d}" for k in range(len(boxes))], crs=32652)
    amounts = np.ones(len(boxes)) if people is None else people
    return make_ground(zones, pd.DataFrame({"people": amounts}, index=zones.index), zone_links(zones))


GRID = ground_of(4, 5)


def test_zones_go_to_the_territory_that_reaches_them_first():
    ground = ground_of(1, 5)
    cores = np.array([0, -1, -1, -1, 1])
    assert grow(cores, np.array([0.0, 0.5]), ground).tolist() == [0, 0, 0, 1, 1]
    assert grow(cores, np.array([3.5, 0.0]), ground).tolist() == [0, 1, 1, 1, 1]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_first_plan_is_in_one_piece_a_territory(seed, many):
    label = first_plan(GRID, np.full(20, -1), many, {}, np.random.default_rng(seed))
    assert sorted(set(label.tolist())) == list(range(many))
    assert all(len(pieces_of(GRID, np.flatnonzero(label == k))) == 1 for k in range(many))


def test_settled_zones_stay_and_those_between_are_taken_along():
    locked = np.full(20, -1)
    locked[[0, 4]], locked[10] = 1, 0
    cores, apart = settled_cores(GRID, locked, 3)
    assert cores[:5].tolist() == [1, 1, 1, 1, 1] and cores[10] == 0 and not apart
    label = first_plan(GRID, cores, 3, {}, np.random.default_rng(0))
    assert (label[cores >= 0] == cores[cores >= 0]).all() and set(label.tolist()) == {0, 1, 2}


def test_locked_zones_with_others_between_are_told():
    ground = ground_of(1, 5)
    cores, apart = settled_cores(ground, np.array([0, -1, 1, -1, 0]), 2)
    assert apart == {0: (2, True)} and cores.tolist() == [0, -1, 1, -1, 0]


def test_zones_that_cross_in_a_lane_are_told_without_proof():
    """Two pairs at the corners of two by two: either can be joined, not both."""
    assert settled_cores(ground_of(2, 2), np.array([0, 1, 1, 0]), 2)[1] == {0: (2, True), 1: (2, True)}
    ground = ground_of(3, 3)
    _, apart = settled_cores(ground, np.array([0, -1, 1, -1, -1, -1, 1, -1, 0]), 2)
    assert list(apart.values()) == [(2, False)]


def test_pieces_are_in_order():
    assert pieces_of(GRID, np.array([19, 0, 1, 3])) == [[0, 1], [3], [19]]


def test_without_amounts_somewhere_all_territories_still_start_apart():
    ground = ground_of(1, 4, people=[1.0, 0, 0, 0])
    label = first_plan(ground, np.full(4, -1), 4, {}, np.random.default_rng(0))
    assert sorted(label.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_plan(seed):
    one, other = (first_plan(GRID, np.full(20, -1), 3, {}, np.random.default_rng(seed)) for _ in range(2))
    assert (one == other).all()
