import geopandas as gpd
import numpy as np
import pytest
import shapely

from expansion_kit.maps.basemap import STYLES, coded, coded_zones


def outlines(**kinds):
    pairs = [(kind, shape) for kind, shapes in kinds.items() for shape in shapes]
    return gpd.GeoDataFrame({"kind": [k for k, _ in pairs]}, geometry=[s for _, s in pairs], crs=4326)


def walked(steps):
    x = y = 0
    path = []
    for east, north in zip(steps[::2], steps[1::2]):
        x, y = x + east, y + north
        path.append((x / 1e5, y / 1e5))
    return path


def test_steps_lead_back_to_the_outline_within_half_a_unit():
    lake = shapely.Polygon(
        [(120, 30), (120.01, 30), (120.01, 30.01), (120, 30.01)],
        [[(120.004, 30.004), (120.006, 30.004), (120.005, 30.006)]],
    )
    (kind,) = coded(outlines(water=[lake]))
    assert kind["closed"]
    outer, hole = map(walked, kind["shapes"][0])
    assert outer == list(lake.exterior.coords)
    assert np.abs(np.array(hole) - lake.interiors[0].coords).max() <= 5e-6


def test_water_lies_lowest_and_mains_on_top():
    street, lake = shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)
    kinds = coded(outlines(main=[street], lane=[street], building=[lake], water=[street, lake]))
    assert [(k["from"], k["closed"]) for k in kinds] == [(0, True), (0, False), (15, True), (15, False), (0, False)]
    assert kinds[-1]["style"] == STYLES["main"]["line"]


def test_metres_and_degrees_give_the_same():
    table = outlines(side=[shapely.LineString([(120, 30), (120.1, 30.1)])])
    assert coded(table.to_crs(32650)) == coded(table)


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="railway"):
        coded(outlines(railway=[shapely.LineString([(0, 0), (1, 1)])]))


def test_missing_empty_and_vanishing_shapes_are_left_out():
    speck = shapely.LineString([(0, 0), (1e-7, 0)])
    assert coded(outlines(side=[None, shapely.LineString(), speck])) == []


def test_a_border_between_two_zones_is_drawn_once_even_if_the_zones_meet_inexactly():
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(1 + 1e-9, 0, 2, 1)], crs=4326)
    drawn = [walked(line) for kind in coded_zones(zones) for (line,) in kind["shapes"]]
    assert sum(shapely.LineString(line).length for line in drawn) == pytest.approx(7)


def test_zones_that_are_points_have_no_border():
    assert coded_zones(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1), None], crs=4326)) == []
