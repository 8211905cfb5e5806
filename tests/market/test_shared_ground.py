import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market.shared_ground import ground_once
from expansion_kit.market.trade_areas import apportion

CRS = geo.metric_crs([127.0], [37.5])
CORNERS = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 5), st.integers(1, 5))


def zones(boxes, **columns):
    shapes = [shapely.box(x, y, x + wide, y + high) for x, y, wide, high in boxes]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


@given(st.lists(CORNERS, min_size=1, max_size=7))
def test_the_pieces_are_the_ground_once_and_each_zone_has_some(boxes):
    made = zones(boxes)
    pieces = ground_once(made)
    held = (pieces.area * pieces["part"]).groupby(pieces["zone"]).sum()
    assert held.sum() == pytest.approx(made.union_all().area)
    assert held.index.tolist() == list(range(len(made))) and (held > 0).all()
    whole = pieces.dissolve("zone").geometry
    assert np.allclose(whole.area, made.area), "no ground is lost, it is divided"


@given(st.lists(CORNERS, min_size=1, max_size=7), CORNERS)
def test_nothing_is_covered_twice_and_people_add_up_to_those_of_the_zones(boxes, corner):
    made = zones(boxes, population=[float(n + 1) for n in range(len(boxes))])
    halves = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 6.5, 13), shapely.box(6.5, 0, 13, 13)], crs=CRS)
    assert apportion(made, halves, ["population"])["population"].sum() == pytest.approx(made["population"].sum())
    area = zones([corner])
    covered = apportion(made, area, ["population"])["covered"].iloc[0]
    under = made.union_all().intersection(area.geometry.iloc[0]).area / area.area.iloc[0]
    assert covered == pytest.approx(under) and covered <= 1


def test_people_of_ground_that_two_zones_claim_are_not_counted_in_full_for_both():
    """Two zones of 2 with 1 in common hold 1.5 each: there stand half a zone's density twice, 100/3 + 50/3 people."""
    made = zones([(0, 0, 2, 1), (1, 0, 2, 1)], population=[100.0, 50.0])
    told = apportion(made, zones([(1, 0, 1, 1)]), ["population"]).iloc[0]
    assert told["population"] == pytest.approx(50) and told["covered"] == 1


def test_a_zone_within_another_and_one_that_stands_twice_keep_their_people():
    made = zones([(0, 0, 4, 4), (1, 1, 1, 1), (1, 1, 1, 1)], population=[16.0, 5.0, 5.0])
    told = apportion(made, zones([(1, 1, 1, 1), (0, 0, 4, 4)]), ["population"])
    third = 1 / 3
    assert told["population"].tolist() == pytest.approx([10 + 16 * third / (15 + third), 26])
    assert told["covered"].tolist() == pytest.approx([1, 1])


def test_zones_side_by_side_are_their_own_pieces():
    made = zones([(0, 0, 1, 1), (1, 0, 1, 1), (5, 5, 1, 1)])
    pieces = ground_once(made)
    assert pieces["zone"].tolist() == [0, 1, 2] and (pieces["part"] == 1).all()
    assert pieces.geometry.geom_equals(made.geometry).all()


def test_points_are_refused():
    with pytest.raises(ValueError, match="polygons"):
        ground_once(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=CRS))
    with pytest.raises(ValueError, match="in metres"):
        ground_once(geo.to_wgs84(zones([(0, 0, 1, 1)])))
