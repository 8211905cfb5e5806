import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from expansion_kit import geo
from expansion_kit.market.trade_areas import apportion, rings

CRS = geo.metric_crs([127.0], [37.5])


def polygons(boxes, ids=None, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(*b) for b in boxes], index=ids, crs=CRS)


@pytest.mark.parametrize("lat", [22.5, 37.5, 60.0])
def test_a_ring_is_true_in_metres_on_the_ellipsoid(lat):
    sites = pd.DataFrame({"lon": [100.2, np.nan], "lat": [lat, np.nan]}, index=pd.Index(["A", "B"], name="site_id"))
    made = rings(geo.to_metres(sites, geo.metric_crs([100.0], [lat])), [500, 3000])
    assert made[["site_id", "radius_m"]].to_numpy().tolist() == [["A", 500], ["A", 3000]]
    edge = shapely.get_coordinates(geo.to_wgs84(made).geometry.iloc[1])
    far = Geod(ellps="WGS84").inv(np.full(len(edge), 100.2), np.full(len(edge), lat), edge[:, 0], edge[:, 1])[2]
    assert np.allclose(far, 3000, rtol=1e-4)


def test_half_a_zone_is_half_its_people_and_ground_outside_the_zones_is_told():
    zones = polygons([(0, 0, 10, 10), (10, 0, 20, 10)], ["Z1", "Z2"], population=[100, 60], income=[5, np.nan])
    areas = polygons([(5, 0, 15, 10), (15, 0, 25, 10), (0, 0, 4, 10)], ["A1", "A2", "A3"])
    made = apportion(zones, areas, ["population", "income"])
    assert made["population"].tolist() == [80, 30, 40]
    assert made["covered"].tolist() == [1, 0.5, 1]
    assert made["income"].isna().tolist() == [True, True, False]


@settings(deadline=None)
@given(
    st.lists(st.floats(1, 99), min_size=1, max_size=5, unique=True), st.lists(st.floats(0, 1e6), min_size=4, max_size=4)
)
def test_totals_are_conserved_where_areas_tile_the_zones(cuts, people):
    zones = polygons([(0, 0, 50, 50), (50, 0, 100, 50), (0, 50, 50, 100), (50, 50, 100, 100)], population=people)
    edges = [0, *sorted(cuts), 100]
    areas = polygons([(a, 0, b, 100) for a, b in zip(edges, edges[1:]) if b > a])
    assert apportion(zones, areas, ["population"])["population"].sum() == pytest.approx(sum(people), rel=1e-12)


def test_apportion_refuses_points_and_degrees():
    zones = polygons([(0, 0, 1, 1)], population=[1])
    with pytest.raises(ValueError, match="polygons"):
        apportion(zones, zones.set_geometry(zones.centroid), ["population"])
    with pytest.raises(ValueError, match="in metres"):
        apportion(geo.to_wgs84(zones), geo.to_wgs84(zones), ["population"])
    with pytest.raises(ValueError, match="radii"):
        rings(zones.set_geometry(zones.centroid), [0])
