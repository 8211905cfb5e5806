"""Areas as the engine gets them."""

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market import ping_expressions

pytest.importorskip("ibis", reason="the extra big is not installed")


def frame(shapes, crs="EPSG:4326", ids=None):
    return gpd.GeoDataFrame(geometry=shapes, crs=crs, index=ids)


@pytest.mark.parametrize("seed", range(3))
def test_each_point_of_an_area_lies_in_a_cell_of_its_cover(seed):
    rng = np.random.default_rng(seed)
    area = shapely.convex_hull(shapely.multipoints(rng.normal([121.47, 31.23], 0.002, (8, 2))))
    cover = set(ping_expressions._cover(frame([area]))["cover"])
    corners = np.vstack([shapely.get_coordinates(area), rng.normal([121.47, 31.23], 0.002, (2000, 2))])
    inside = corners[shapely.intersects_xy(area, corners)]
    assert {int(h3.latlng_to_cell(y, x, 10), 16) for x, y in inside} <= cover


def test_an_area_in_metres_is_the_same_area():
    area = frame([shapely.box(121.46, 31.22, 121.47, 31.23)])
    metric = area.to_crs(geo.metric_crs([121.47], [31.23]))
    assert set(ping_expressions._cover(metric)["cover"]) == set(ping_expressions._cover(area)["cover"])


def test_a_cell_that_two_parts_of_an_area_share_is_there_once():
    halves = shapely.MultiPolygon([shapely.box(0, 0, 0.0001, 0.0001), shapely.box(0.0002, 0, 0.0003, 0.0001)])
    cover = ping_expressions._cover(frame([halves]))
    assert not cover.duplicated(["cover", "area_id"]).any()


@pytest.mark.parametrize(
    ("areas", "told"),
    [
        (frame([shapely.Point(0, 0)]), "areas must be polygons; buffer points"),
        (frame([shapely.Polygon()]), "areas must be polygons"),
        (frame([None]), "areas must be polygons"),
        (frame([shapely.box(0, 0, 1, 1)], crs=None), "no coordinate reference system"),
        (frame([shapely.box(0, 0, 1, 1)] * 2, ids=["a", "a"]), "must be unique"),
    ],
)
def test_what_is_no_area_is_refused(areas, told):
    with pytest.raises(ValueError, match=told):
        ping_expressions._cover(areas)
