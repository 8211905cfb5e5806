import json

import geopandas as gpd
import numpy as np
import pandas as pd
import prcoords
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from expansion_kit import geo

EARTH = Geod(ellps="WGS84")

INSIDE = {
    "Beijing": (116.397, 39.909),
    "Shanghai": (121.4737, 31.2304),
    "Chengdu": (104.0665, 30.5723),
    "Guangzhou": (113.2644, 23.1291),
    "Shenzhen Futian": (114.055, 22.535),
    "Shenzhen Luohu": (114.123, 22.545),
    "Shenzhen Shekou": (113.918, 22.483),
    "Shenzhen Yantian": (114.237, 22.557),
    "Zhuhai Gongbei": (113.550, 22.222),
    "Zhuhai Hengqin": (113.520, 22.130),
    "Dandong": (124.385, 40.124),
    "Heihe": (127.50, 50.245),
    "Manzhouli": (117.43, 49.597),
    "Erenhot": (111.98, 43.653),
    "Ruili": (97.855, 24.012),
    "Dongxing": (107.972, 21.547),
    "Hekou": (103.962, 22.512),
    "Suifenhe": (131.15, 44.396),
    "Khorgas": (80.42, 44.21),
    "Sanya": (109.51, 18.25),
    "Haikou": (110.35, 20.02),
    "Kashgar": (75.99, 39.47),
    "Xiamen": (118.10, 24.46),
    "Xiamen Wutong": (118.193, 24.525),
    "Zhoushan Dongji": (122.69, 30.195),
    "Dalian": (121.61, 38.91),
    "Weihai": (122.12, 37.51),
    "Harbin": (126.53, 45.80),
    "Urumqi": (87.62, 43.82),
    "Lhasa": (91.13, 29.65),
}
OUTSIDE = {
    "Sinuiju": (124.405, 40.10),
    "Blagoveshchensk": (127.54, 50.28),
    "Zamyn-Uud": (111.905, 43.725),
    "Hong Kong Sheung Shui": (114.127, 22.502),
    "Hong Kong Sha Tau Kok": (114.215, 22.545),
    "Hong Kong Central": (114.158, 22.282),
    "Hong Kong Yuen Long": (114.03, 22.445),
    "Macau": (113.543, 22.193),
    "Macau Cotai": (113.562, 22.148),
    "Taipei": (121.565, 25.033),
    "Kinmen": (118.317, 24.432),
    "Matsu": (119.93, 26.155),
    "Hanoi": (105.834, 21.028),
    "Mong Cai": (107.966, 21.525),
    "Lao Cai": (103.97, 22.485),
    "Seoul": (126.978, 37.5665),
    "Pyongyang": (125.754, 39.03),
    "Vladivostok": (131.885, 43.115),
    "Khabarovsk": (135.07, 48.48),
    "Ulaanbaatar": (106.917, 47.918),
    "Almaty": (76.945, 43.238),
    "Tokyo": (139.69, 35.69),
    "Helsinki": (24.94, 60.17),
}


def metres(lon_a, lat_a, lon_b, lat_b):
    return EARTH.inv(lon_a, lat_a, lon_b, lat_b)[2]


@pytest.mark.parametrize("place", INSIDE)
def test_places_of_mainland_china_are_inside(place):
    assert geo.inside_mainland(*INSIDE[place])


@pytest.mark.parametrize("place", OUTSIDE)
def test_places_elsewhere_are_outside_and_never_moved(place):
    lon, lat = OUTSIDE[place]
    assert not geo.inside_mainland(lon, lat)
    for target in geo.DATUMS:
        assert tuple(map(float, geo.convert(lon, lat, "wgs84", target))) == (lon, lat)


def test_the_outline_is_a_valid_polygon_and_a_missing_point_is_outside():
    assert geo.mainland().is_valid
    assert geo.inside_mainland([np.nan, 116.4], [39.9, np.nan]).tolist() == [False, False]


@pytest.mark.parametrize(
    ("place", "shift"), {"Beijing": 556, "Shanghai": 482, "Chengdu": 361, "Guangzhou": 622}.items()
)
def test_the_shift_is_as_long_as_measured_elsewhere(place, shift):
    lon, lat = INSIDE[place]
    assert metres(lon, lat, *geo.convert(lon, lat, "wgs84", "gcj02")) == pytest.approx(shift, abs=3)


def test_the_usual_rectangle_would_move_seoul_by_459_m():
    lon, lat = OUTSIDE["Seoul"]
    east, north = geo._gcj_shift(lon, lat)
    assert metres(lon, lat, lon + east, lat + north) == pytest.approx(459, abs=2)
    assert metres(lon, lat, *geo.convert(lon, lat, "wgs84", "gcj02")) == 0


@pytest.mark.parametrize("place", INSIDE)
def test_forward_agrees_with_prcoords(place):
    lon, lat = INSIDE[place]
    for target, peer in (("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)):
        theirs = peer((lat, lon))
        assert np.allclose(geo.convert(lon, lat, "wgs84", target), (theirs.lon, theirs.lat), rtol=0, atol=1e-12)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(INSIDE)),
    st.floats(-0.002, 0.002),
    st.floats(-0.002, 0.002),
    st.permutations(geo.DATUMS),
)
def test_there_and_back_closes_below_a_tenth_of_a_millimetre(place, east, north, datums):
    lon, lat = INSIDE[place][0] + east, INSIDE[place][1] + north
    start = geo.convert(lon, lat, "wgs84", datums[0])
    point = start
    for source, target in zip(datums, [*datums[1:], datums[0]]):
        point = geo.convert(*point, source, target)
    assert metres(*start, *point) < 1e-4
    assert metres(lon, lat, *geo.convert(*point, datums[0], "wgs84")) < 1e-4 or not geo.inside_mainland(lon, lat)


def test_near_the_border_the_position_inside_is_taken_on_the_way_back():
    """Just south of the Shenzhen River: the GCJ-02 coordinates are also those of a place 600 m off in Shenzhen."""
    lon, lat = 114.083, 22.522
    assert not geo.inside_mainland(lon, lat)
    assert tuple(map(float, geo.convert(lon, lat, "wgs84", "gcj02"))) == (lon, lat)
    back = geo.convert(lon, lat, "gcj02", "wgs84")
    assert geo.inside_mainland(*back)
    assert metres(lon, lat, *back) == pytest.approx(600, abs=50)
    assert metres(lon, lat, *geo.convert(*back, "wgs84", "gcj02")) < 1e-4


def test_whole_arrays_are_converted_and_missing_stays_missing():
    lon, lat = geo.convert([116.397, np.nan, 126.978], [39.909, 31.0, 37.5665], "wgs84", "bd09")
    assert np.isnan(lon[1]) and lon[2] == 126.978 and lat.shape == (3,)
    assert np.allclose(
        geo.convert(lon, lat, "bd09", "wgs84"), [[116.397, np.nan, 126.978], [39.909, 31.0, 37.5665]], equal_nan=True
    )


def test_an_unknown_datum_is_refused_by_name():
    with pytest.raises(ValueError, match="'wgs-84'"):
        geo.convert(0, 0, "wgs-84", "gcj02")


def test_real_baidu_points_of_shanghai_move_by_908_m_to_gcj02(shared):
    """SOURCE.md of the data: the step BD-09 -> GCJ-02 takes 108 Starbucks from 908 to 27 m off an independent list."""
    brands = json.loads((shared / "shanghai_genesis" / "brand.json").read_text(encoding="utf-8"))
    starbucks = brands["星巴克"]
    lon = np.array([float(p["location"]["lng"]) for p in starbucks["area"]])
    lat = np.array([float(p["location"]["lat"]) for p in starbucks["area"]])
    gcj = geo.convert(lon, lat, "bd09", "gcj02")
    assert np.median(metres(lon, lat, *gcj)) == pytest.approx(908, rel=0.05)


@pytest.mark.parametrize("lat", [-78, -45, 0, 22.5, 37.5, 60, 78])
def test_distances_are_true_within_50_km_at_every_latitude(lat):
    crs = geo.metric_crs([10.0], [lat])
    azimuth = np.arange(0, 360, 30.0)
    lon_out, lat_out, _ = EARTH.fwd(np.full(12, 10.0), np.full(12, float(lat)), azimuth, np.full(12, 50_000.0))
    lon_in, lat_in, _ = EARTH.fwd(lon_out, lat_out, azimuth + 70, np.full(12, 1_000.0))
    far = geo.to_metres(pd.DataFrame({"lon": lon_out, "lat": lat_out}), crs)
    near = geo.to_metres(pd.DataFrame({"lon": lon_in, "lat": lat_in}), crs)
    centre = geo.to_metres(pd.DataFrame({"lon": [10.0], "lat": [lat]}), crs)
    assert np.allclose(geo.distances(centre, far), 50_000, rtol=1e-4)
    assert np.allclose(np.diag(geo.distances(far, near)), 1_000, rtol=1e-4)


def test_the_centre_ignores_missing_points_and_outliers_and_survives_the_date_line():
    assert geo.metric_crs([127.0, 127.0, 127.0, 0.0, np.nan], [37.5, 37.5, 37.5, 0.0, 1.0]) == geo.metric_crs(
        [127.0], [37.5]
    )
    assert "+lon_0=180.00" in geo.metric_crs([179.9, 180.0, -179.9], [-17, -17, -17]).replace("-180.00", "180.00")
    with pytest.raises(ValueError, match="at least one point"):
        geo.metric_crs([np.nan], [37.5])


def test_a_table_goes_to_metres_and_back_and_an_unplaced_row_stays_without_a_place():
    table = pd.DataFrame({"lon": [127.0, None, 127.1], "lat": [37.5, 37.5, 37.6]}, index=["a", "b", "c"])
    there = geo.to_metres(table, geo.metric_crs(table["lon"], table["lat"]))
    assert there.geometry.isna().tolist() == [False, True, False]
    back = geo.to_wgs84(there)
    assert back.index.tolist() == ["a", "b", "c"]
    assert np.allclose(back.geometry.x[["a", "c"]], [127.0, 127.1], atol=1e-9)
    assert np.isnan(geo.distances(there, there)[1]).all()
    assert list(table.columns) == ["lon", "lat"]


def test_points_in_another_projection_are_taken_to_the_asked_one():
    crs = geo.metric_crs([127.0], [37.5])
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy([127.0], [37.5]), crs="EPSG:4326")
    there = geo.to_metres(points, crs)
    assert there["name"].tolist() == ["a"] and np.hypot(there.geometry.x, there.geometry.y)[0] < 1e-6


def test_faults_of_geometry_are_refused():
    crs = geo.metric_crs([127.0], [37.5])
    here = gpd.GeoSeries.from_xy([0.0], [0.0], crs=crs)
    with pytest.raises(ValueError, match="lon and lat"):
        geo.to_metres(pd.DataFrame({"x": [1]}), crs)
    with pytest.raises(ValueError, match="no coordinate reference system"):
        geo.to_metres(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), crs)
    with pytest.raises(ValueError, match="same coordinate reference system"):
        geo.distances(here, geo.to_wgs84(here))
    with pytest.raises(ValueError, match="in metres; use"):
        geo.distances(geo.to_wgs84(here), geo.to_wgs84(here))
    with pytest.raises(ValueError, match="between points"):
        geo.distances(here, here.buffer(5))


def test_each_point_lies_in_the_polygon_of_its_cell():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(126.8, 127.2, 50), rng.uniform(37.4, 37.7, 50)
    cells = geo.cells(lon, lat, 8)
    polygons = geo.cell_polygons(cells)
    assert polygons.index.tolist() == cells and polygons.crs == "EPSG:4326"
    assert shapely.contains_xy(polygons.to_numpy(), lon, lat).all()


@pytest.mark.parametrize(
    "area",
    [
        shapely.box(126.90, 37.50, 126.97, 37.55),
        shapely.box(126.9, 37.5, 126.9001, 37.5001),
        shapely.union(shapely.box(126.9, 37.5, 126.91, 37.51), shapely.box(127.0, 37.5, 127.001, 37.6)),
    ],
    ids=["district", "smaller than a cell", "two parts, one thin"],
)
def test_hexagons_cover_the_area_and_none_is_needless(area):
    cells = geo.hexagons(area, 8)
    polygons = geo.cell_polygons(cells)
    assert cells == sorted(set(cells))
    assert shapely.difference(area, polygons.union_all().buffer(1e-9)).is_empty
    assert polygons.intersects(area).all()


def test_each_point_has_one_polygon_and_a_common_edge_belongs_to_the_first_by_id():
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0, 0, 2, 2)]
    zones = gpd.GeoDataFrame(geometry=boxes, index=pd.Index(["Z1", "Z2", "Z3"], name="zone_id"), crs=4326)
    shapes = [shapely.Point(xy) for xy in [(0.5, 0.5), (1, 0.5), (1.5, 0.5), (1, 1.5), (9, 9)]] + [None]
    points = gpd.GeoDataFrame(geometry=shapes, index=list("abcdef"), crs=4326)
    found = geo.containing(points, zones)
    assert found.name == "zone_id" and found.index.tolist() == list("abcdef")
    assert found.tolist() == ["Z1", "Z1", "Z2", "Z3", None, None]
    assert geo.containing(points, zones.iloc[[2, 1, 0]]).tolist() == found.tolist()
    with pytest.raises(ValueError, match="one reference system"):
        geo.containing(points, geo.to_metres(zones, "EPSG:3857"))
