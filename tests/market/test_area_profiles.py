import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market.area_profiles import area_profile

CRS = geo.metric_crs([127.0], [37.5])


def city(xy):
    boxes = [shapely.box(x * 100, y * 100, x * 100 + 100, y * 100 + 100) for x in range(3) for y in range(3)]
    zones = gpd.GeoDataFrame({"population": range(10, 100, 10)}, geometry=boxes, crs=CRS)
    stores = gpd.GeoDataFrame(
        {"own": [i % 2 == 0 for i in range(len(xy))]}, geometry=gpd.points_from_xy(*zip(*xy)), crs=CRS
    )
    return zones, stores


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(1, 99)), min_size=1, max_size=9))
def test_areas_that_tile_the_zones_hold_all_people_and_each_store_once(xy):
    zones, stores = city([(3 * x, 3 * y) for x, y in xy])
    halves = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 130.5, 300), shapely.box(130.5, 0, 300, 300)], crs=CRS)
    made = area_profile(halves, zones, stores, ["population"])
    assert made["population"].sum() == pytest.approx(450)
    on_border = sum(3 * x == 130.5 for x, _ in xy)
    assert made["stores"].sum() == len(xy) + on_border
    assert (made["own_stores"] + made["other_stores"] == made["stores"]).all()


def test_a_store_without_a_position_stands_nowhere_and_an_area_without_ground_holds_nothing():
    zones, stores = city([(50, 50), (60, 60)])
    stores.loc[0, "geometry"] = None
    areas = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100), None], crs=CRS)
    made = area_profile(areas, zones, stores, ["population"])
    assert made["stores"].tolist()[0] == 1 and made.loc[1].isna().all()
    assert made.loc[0, ["population", "own_stores", "other_stores"]].tolist() == [10, 0, 1]
    assert np.isclose(made.loc[0, "covered"], 1)
