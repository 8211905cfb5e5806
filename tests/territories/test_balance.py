import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.territories.balance import balance, compactness, roundness, territory_areas, territory_table
from expansion_kit.territories.neighbours import zone_links


def series(*shapes):
    return gpd.GeoSeries(list(shapes), crs=32652)


@pytest.fixture
def row():
    """Squares A to D in a row and an island E."""
    boxes = [shapely.box(x * 1000, 0, x * 1000 + 1000, 1000) for x in range(4)] + [shapely.box(5000, 0, 6000, 1000)]
    zones = gpd.GeoDataFrame(geometry=boxes, index=list("ABCDE"), crs=32652)
    measures = pd.DataFrame({"people": [1.0, 2, 3, np.nan, 6], "stores": [0, 2, 1, 1, 0]}, index=zones.index)
    return zones, measures, zone_links(zones)


def test_compactness_of_known_shapes():
    """Square pi/4; rectangle 1 to 3: 12 pi / 64; circle 1."""
    found = compactness(series(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 3, 1), shapely.Point(0, 0).buffer(1, 512)))
    assert found.tolist() == pytest.approx([0.785398, 12 * np.pi / 64, 1], abs=1e-5)


def test_roundness_of_known_shapes():
    """Rectangle a x b: moment ab(a2 + b2)/12; a ring has the outer less the inner moment pi r4 / 2."""
    ring = shapely.Point(7, 7).buffer(2, 512).difference(shapely.Point(7, 7).buffer(1, 512))
    found = roundness(
        series(shapely.box(5, 5, 6, 6), shapely.box(0, 0, 3, 1), shapely.Point(3, 3).buffer(1, 512), ring)
    )
    expected = [3 / np.pi, 9 / (2 * np.pi * 30 / 12), 1, 9 / (16 - 1)]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_roundness_of_two_parts_counts_what_lies_between():
    """Two unit squares, centres 3 apart: moment 2 (1/6 + 1.5 squared)."""
    two = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(3, 0, 4, 1)])
    assert roundness(series(two)).iloc[0] == pytest.approx(4 / (2 * np.pi * 2 * (1 / 6 + 2.25)))


@given(st.floats(0.1, 1e4), st.floats(-1e5, 1e5))
def test_size_and_place_change_neither(scale, away):
    shape = shapely.Polygon([(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)])
    moved = shapely.affinity.translate(shapely.affinity.scale(shape, scale, scale), away, -away)
    for measure in (compactness, roundness):
        both = measure(series(shape, moved))
        assert both.iloc[1] == pytest.approx(both.iloc[0], rel=1e-6)


def test_sums_pieces_and_bridges_are_those_of_the_plan(row):
    zones, measures, links = row
    plan = pd.Series({"A": "W", "B": "E", "C": "W", "D": "E2", "E": "E2"})
    table = territory_table(zones, measures, plan, links, owners={"W": "Li"})
    assert table["people"].to_dict() == {"E": 2, "E2": 6, "W": 4} and table["people_unknown"].to_dict()["E2"] == 1
    assert table["people_deviation"].to_dict() == pytest.approx({"E": -0.5, "E2": 0.5, "W": 0.0})
    assert table["connected"].to_dict() == {"E": True, "E2": True, "W": False} and table["pieces"]["W"] == 2
    assert table["bridges"].to_dict() == {"E": 0, "E2": 1, "W": 0} and table["owner"]["W"] == "Li"
    assert table["owner"][["E", "E2"]].isna().all() and table["area_sqkm"].tolist() == pytest.approx([1, 2, 2])


def test_travel_is_visits_times_kilometres_from_the_centre(row):
    zones, measures, links = row
    plan = pd.Series("T", index=zones.index)
    visits = pd.Series([3, 0, 0, 0, 1], index=zones.index)
    table = territory_table(zones, measures, plan, links, seeds={"B": "T"}, visits=visits)
    assert table["travel_km"].tolist() == pytest.approx([3 * 1 + 1 * (2 + 2)], abs=0.02)
    assert table["centre_id"].tolist() == ["B"] and table["farthest_km"].tolist() == pytest.approx([4], abs=0.02)


def test_balance_by_hand():
    found = balance(pd.DataFrame({"a": [8.0, 12, 10], "b": [0.0, 0, 0]}), ["a", "b"])
    assert found.loc["a"].tolist() == pytest.approx([10, 8, 12, 0.2, np.sqrt(0.08 / 3)])
    assert found.loc["b", ["spread", "cv"]].isna().all()


def test_zones_of_nobody_are_in_no_territory(row):
    zones, measures, links = row
    table = territory_table(zones, measures, pd.Series({"A": "W", "B": None, "C": None, "D": None, "E": "X"}), links)
    assert table["zones"].tolist() == [1, 1] and table["people"].tolist() == [1, 6]
    with pytest.raises(ValueError, match="names no territory"):
        territory_table(zones, measures, pd.Series(None, index=zones.index, dtype=object), links)
    with pytest.raises(ValueError, match="must name each zone"):
        territory_table(zones, measures, pd.Series({"A": "W"}), links)


def test_points_have_no_area(row):
    zones, measures, _ = row
    points = zones.set_geometry(zones.centroid)
    table = territory_table(points, measures, pd.Series("T", index=zones.index), zone_links(points))
    assert table[["area_sqkm", "compactness", "roundness"]].isna().all(axis=None) and table["connected"].all()


def test_outlines_hold_the_figures_and_the_zones(row):
    zones, measures, links = row
    plan = pd.Series({"A": "W", "B": "W", "C": "X", "D": "X", "E": "X"})
    areas = territory_areas(zones, plan, territory_table(zones, measures, plan, links))
    assert areas["zone_ids"].to_dict() == {"W": "A B", "X": "C D E"} and areas.crs == zones.crs
    assert areas.area.tolist() == pytest.approx([2e6, 3e6]) and areas["people"].tolist() == [3, 9]
