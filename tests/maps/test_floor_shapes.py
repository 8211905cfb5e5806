import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.maps.floor_shapes import CELLS, SYMBOLS, polygons, room

sides = st.floats(1, 50)


@given(sides, sides, st.floats(0, 180))
def test_the_room_lies_inside_any_turned_unit(wide, high, turn):
    unit = shapely.affinity.rotate(shapely.box(0, 0, wide, high), turn)
    west, south, east, north = room(unit)
    assert unit.buffer(1e-3 * max(wide, high)).covers(shapely.box(west, south, east, north))


@given(sides, sides)
def test_an_upright_unit_is_all_room(wide, high):
    assert np.allclose(room(shapely.box(3, 4, 3 + wide, 4 + high)), (3, 4, 3 + wide, 4 + high))


def test_the_room_of_a_notched_unit_is_its_largest_part():
    unit = shapely.box(0, 0, 24, 24).difference(shapely.box(12, 12, 24, 24))
    west, south, east, north = room(unit)
    assert (east - west) * (north - south) == pytest.approx(288, rel=2 / CELLS)


def test_holes_are_no_room():
    ring = shapely.box(0, 0, 24, 24).difference(shapely.box(6, 6, 18, 18))
    assert not shapely.box(*room(ring)).buffer(-1e-6).intersects(shapely.box(6, 6, 18, 18))


def test_several_parts_and_slivers():
    two = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(5, 0, 15, 10)])
    assert room(two) == (5, 0, 15, 10)
    assert len(polygons(two)) == 2 and polygons(shapely.LineString([(0, 0), (1, 1)])) == []
    sliver = shapely.Polygon([(0, 0), (100, 100), (100, 100.01)])
    west, south, east, north = room(sliver)
    assert west == east and south == north and sliver.buffer(1e-9).covers(shapely.Point(west, south))


def test_symbols_stay_in_their_square():
    for strokes in SYMBOLS.values():
        assert all(0 <= v <= 1 for points in strokes for point in points for v in point)
