import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.maps.basemap import STYLES, coded, coded_zones, thinned, zoom_of


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


def town():
    """A street, a lane, a house and a pond of 1,000 m2 at 0 and at 10 km; a main road with a bend of 1 m between."""
    rows = []
    for x in (0.0, 0.09):
        rows += [("side", shapely.LineString([(x, 0), (x, 0.001)])), ("lane", shapely.LineString([(x, 0), (x, 0.001)]))]
        rows += [("building", shapely.box(x, 0, x + 0.0001, 0.0001)), ("water", shapely.box(x, 0, x + 0.0003, 0.0003))]
    rows.append(("main", shapely.LineString([(0.03, 0), (0.05, 0.00001), (0.07, 0)])))
    return gpd.GeoDataFrame(rows, columns=["kind", "geometry"], crs=4326)


def test_a_large_base_map_keeps_what_is_fine_near_the_places_only():
    light = thinned(town(), pd.DataFrame({"lon": [0.0, None], "lat": [0.0, 0.0]}), most=10)
    assert light.index.tolist() == [0, 1, 2, 3, 8]
    assert len(light.geometry[8].coords) == 2 and len(light.geometry[2].exterior.coords) == 5
    assert shapely.equals_exact(light.geometry[0], town().geometry[0], 1e-9)


def test_a_light_base_map_stays_whole_and_one_without_places_keeps_its_main_lines():
    small = town()
    assert thinned(small, pd.DataFrame({"lon": [], "lat": []})) is small
    assert thinned(town(), pd.DataFrame({"lon": [], "lat": []}), most=10)["kind"].tolist() == ["main"]


def test_a_city_of_a_hundred_thousand_houses_stays_a_small_page():
    at = np.stack(np.meshgrid(np.arange(400), np.arange(250)), axis=-1).reshape(-1, 2) * 3e-4
    houses = gpd.GeoDataFrame({"kind": "building"}, index=range(100_000), geometry=shapely.box(*at.T, *(at + 2e-4).T))
    light = coded(thinned(houses.set_crs(4326), pd.DataFrame({"lon": [0.05], "lat": [0.03]})))
    assert 500 < len(light[0]["shapes"]) < 1500  # a circle of 600 m holds 1,013 cells of 33.4 m


def test_paper_and_screen_agree_on_what_a_zoom_is():
    """OpenStreetMap's table of zoom levels: 1:2,132.7 at zoom 18 on the equator for pixels of 0.28 mm."""
    assert zoom_of(2.1327 * 0.28 / (25.4 / 96), 0.0) == pytest.approx(18, abs=0.001)
    assert zoom_of(1.0, 60.0) == pytest.approx(zoom_of(2.0, 0.0))
