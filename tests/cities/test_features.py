import json

import geopandas
import pytest
import shapely

from expansion_kit.cities.features import in_degrees, read_features
from expansion_kit.cities.limits import Unreadable

WHERE = {"table": "zones", "file": "x.geojson"}
RING = [[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.2]]


def text(*rings, kind="Polygon", **more):
    shapes = [{"type": kind, "coordinates": [ring] if kind == "Polygon" else [[ring]]} for ring in rings]
    lines = [json.dumps({"type": "Feature", "properties": {"zone_id": "1"}, "geometry": shape}) for shape in shapes]
    head = json.dumps({"type": "FeatureCollection", **more})[:-1]
    return head + ', "features": [\n' + ",\n".join(lines) + "\n]}"


@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon"])
def test_rings_that_do_not_end_where_they_begin_are_closed_and_counted(kind):
    frame, lines, faults = read_features(text(RING, RING[:-1], kind=kind), WHERE)
    assert shapely.area(frame["geometry"].to_numpy()).round(6).tolist() == [0.005, 0.005] and lines == [2, 3]
    assert [(fault.code, fault.rows, fault.line) for fault in faults] == [("closed_shape", 1, 3)]


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_told_by_its_name(name):
    with pytest.raises(Unreadable) as error:
        read_features(text(RING).replace("121.4", name, 1), WHERE)
    assert error.value.fault.values["found"] == f"{name} is no number of JSON"


def test_metres_that_are_degrees_are_refused_and_real_metres_are_moved():
    box = geopandas.GeoDataFrame(geometry=[shapely.box(121.4, 31.2, 121.5, 31.3)], crs="EPSG:4326")
    moved = in_degrees(box.to_crs("EPSG:32651"), "EPSG:32651", WHERE)
    assert shapely.hausdorff_distance(moved.geometry.iloc[0], box.geometry.iloc[0]) < 1e-6
    with pytest.raises(Unreadable) as error:
        in_degrees(box.set_crs("EPSG:32651", allow_override=True), "EPSG:32651", WHERE)
    assert error.value.fault.code == "crs_degrees"
    with pytest.raises(Unreadable):
        read_features(text(RING, crs={"properties": {"name": "EPSG:3857"}}), WHERE)
