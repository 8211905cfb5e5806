import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from expansion_kit import geo
from expansion_kit.market.trade_areas import apportion, hexagons, overlap, rings, threshold_rings, travel_areas

CRS = geo.metric_crs([127.0], [37.5])


def polygons(boxes, ids=None, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(*b) for b in boxes], index=ids, crs=CRS)


@pytest.mark.parametrize("lat", [-70.0, 0.0, 22.5, 37.5, 60.0, 70.0])
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


def points(*xy, ids=None):
    places = [None if at is None else shapely.Point(at) for at in xy]
    return gpd.GeoDataFrame(geometry=places, index=pd.Index(ids or list("ABCDE")[: len(xy)], name="site_id"), crs=CRS)


def test_a_threshold_ring_holds_its_people_and_an_amount_that_nobody_has_stays_missing():
    """1,000 people a km2: N people live within sqrt(N / 1000 / pi) km of a point well inside."""
    zones = polygons([(-5000, -5000, 0, 5000), (0, -5000, 5000, 5000)], population=[50_000, 50_000])
    made = threshold_rings(points((0, 0), None), zones, [3_000, 20_000, 100_000, 100_001])
    assert made["site_id"].tolist() == ["A"] * 4 and made["amount"].tolist() == [3_000, 20_000, 100_000, 100_001]
    expected = [1000 * np.sqrt(3 / np.pi), 1000 * np.sqrt(20 / np.pi), 5000 * np.sqrt(2)]
    assert made["radius_m"].iloc[:3].tolist() == pytest.approx(expected, rel=1e-3)
    assert np.isnan(made["radius_m"].iloc[3]) and made.geometry.iloc[3] is None
    held = apportion(zones, made, ["population"])["population"]
    assert held.iloc[:3].tolist() == pytest.approx([3_000, 20_000, 100_000], rel=1e-3)
    assert (held.iloc[:2] >= [3_000, 20_000]).all() and np.isnan(held.iloc[3])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 5_000), min_size=4, max_size=4), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_threshold_ring_grows_with_its_amount(people, one, other):
    zones = polygons([(0, 0, 50, 50), (50, 0, 100, 50), (0, 50, 50, 100), (50, 50, 100, 100)], population=people)
    made = threshold_rings(points((20, 30)), zones, sorted([one, other]))
    assert (made["radius_m"].notna() == (made["amount"] <= sum(people))).all()
    assert not made["radius_m"].iloc[0] > made["radius_m"].iloc[1]


def test_a_threshold_ring_says_that_it_met_zones_nobody_counted():
    zones = polygons([(0, 0, 100, 100), (100, 0, 200, 100), (900, 0, 901, 9)], population=[100, np.nan, 1])
    made = threshold_rings(points((50, 50), (95, 50)), zones, [20, 100])
    assert made["zones_missing"].tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_hexagons_keep_the_totals_and_each_shares_ground(resolution):
    zones = polygons([(0, 0, 3000, 1000), (3000, 0, 5000, 2500), (-10, 0, 0, 1)], population=[1000, 333, 7])
    cells = hexagons(zones, resolution)
    held = apportion(zones, cells, ["population"])
    assert held["population"].sum() == pytest.approx(1340, rel=1e-12)
    assert (held["covered"] > 0).all() and cells.index.is_unique and cells.crs == zones.crs


def test_overlap_in_ground_people_and_money():
    """Zones of 100 and 300 people; areas share the second half of the first zone, or only an edge."""
    zones = polygons([(0, 0, 100, 100), (100, 0, 200, 100)], population=[100, 300], potential=[10, np.nan])
    areas = polygons([(0, 0, 100, 100), (50, 0, 200, 100), (0, 100, 90, 200)], ["A", "B", "C"])
    made = overlap(areas, zones, ["population", "potential"])
    assert made.index.tolist() == [("A", "B"), ("B", "A")]
    assert made["shared_sqkm"].tolist() == [0.005, 0.005]
    assert made["shared_share"].tolist() == pytest.approx([0.5, 1 / 3])
    assert made["population"].tolist() == [50, 50]
    assert made["population_share"].tolist() == pytest.approx([0.5, 50 / 350])
    assert made["potential_share"].iloc[0] == 0.5 and np.isnan(made["potential_share"].iloc[1])
    with pytest.raises(ValueError, match="twice"):
        overlap(areas.set_axis(["A", "A", "C"]), zones, ["population"])


def streets(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(xy) for xy in shapes], crs=CRS)


def test_a_walk_time_area_is_what_lies_around_the_streets_that_are_reached():
    """Five minutes are 400 m on a cross of streets: a strip on each arm, and a half disc at its end."""
    cross = streets([(-1000, 0), (0, 0), (1000, 0)], [(0, -1000), (0, 0), (0, 1000)])
    made = travel_areas(points((0, 0), None, (0, 900.0)), [5, 10], network=cross, width=50)
    assert made["site_id"].tolist() == ["A", "A", "C", "C"] and made["minutes"].tolist() == [5, 10, 5, 10]
    strips = 2 * 800 * 100 - 100 * 100 + 4 * np.pi * 50**2 / 2
    assert made.area.iloc[0] == pytest.approx(strips, rel=0.01)
    assert "street network, on foot at 4.8 km/h" in made["method"].iloc[0]


def test_enclosed_blocks_belong_to_the_area_up_to_a_size():
    block = streets([(0, 0), (400, 0), (400, 400), (0, 400), (0, 0)])
    at = points((0, 0))
    assert travel_areas(at, [20], network=block, width=20, fill=0.2).area.iloc[0] == pytest.approx(440**2, rel=0.01)
    ring = 440**2 - 360**2
    assert travel_areas(at, [20], network=block, width=20, fill=0.1).area.iloc[0] == pytest.approx(ring, rel=0.01)


def test_a_place_beyond_every_street_reaches_nothing_and_holds_nobody():
    made = travel_areas(points((0, 900)), [5], network=streets([(0, 0), (400, 0)]))
    assert made.geometry.iloc[0].is_empty
    held = apportion(polygons([(0, 0, 9, 9)], population=[5]), made, ["population"])
    assert held["population"].tolist() == [0] and held["covered"].isna().all()


def test_an_area_from_the_users_own_table_is_made_of_zones():
    zones = polygons([(0, 0, 100, 100), (100, 0, 200, 100), (200, 0, 300, 100)], ["Z1", "Z2", "Z3"])
    brought = pd.DataFrame({"from_id": ["Z1", "Z2", "A"], "to_id": ["A", "A", "Z3"], "minutes": [4, 9, 2]})
    options = {"matrix": brought, "zones": zones, "mode": "drive"}
    made = travel_areas(points((50, 50)), [5, 10], **options)
    assert made.area.tolist() == [10_000, 20_000]
    assert "travel table of the user" in made["method"].iloc[0]
    assert travel_areas(points((50, 50)), [5, 1], towards=False, **options).area.tolist() == [10_000, 0]


@pytest.mark.parametrize("lat", [0.0, 45.0, 70.0])
def test_by_the_straight_line_the_area_is_a_circle_at_every_latitude(lat):
    here = geo.to_metres(pd.DataFrame({"lon": [30.0], "lat": [lat]}), geo.metric_crs([30.1], [lat]))
    made = travel_areas(here, [15], mode="drive", kmh=30, detour=1.5)
    assert made["method"].tolist() == ["straight line x 1.5, driving at 30 km/h"]
    edge = shapely.get_coordinates(geo.to_wgs84(made).geometry.iloc[0])
    far = Geod(ellps="WGS84").inv(np.full(len(edge), 30.0), np.full(len(edge), lat), edge[:, 0], edge[:, 1])[2]
    assert np.allclose(far, 5000, rtol=1e-4)


def test_faults_of_areas_are_refused():
    here, way = points((0, 0)), streets([(0, 0), (9, 9)])
    for options, told in (
        ({"minutes": [0]}, "minutes must be above 0"),
        ({"minutes": [5], "network": way, "matrix": way}, "not both"),
        ({"minutes": [5], "matrix": pd.DataFrame()}, "give zones"),
        ({"minutes": [5], "detour": 0.5}, "detour"),
        ({"minutes": [5], "mode": "bus"}, "walk or drive"),
        ({"minutes": [5], "kmh": 0}, "above 0 km/h"),
    ):
        with pytest.raises(ValueError, match=told):
            travel_areas(here, **options)
    with pytest.raises(ValueError, match="amounts"):
        threshold_rings(here, polygons([(0, 0, 9, 9)], population=[5]), [])
