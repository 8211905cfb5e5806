import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.maps import frame
from expansion_kit.maps.sheet import sheet

BOX = (10.0, 20.0, 210.0, 120.0)


def test_metres_are_true_from_the_centre_in_every_direction():
    """WGS-84: a degree of longitude on the equator is 111,319.49 m, the first degree of latitude 110,574.39 m."""
    points = pd.DataFrame({"lon": [1.0, 0.0, -1.0, None, 180.0], "lat": [0.0, 1.0, 0.0, 0.0, 0.0]})
    xy = frame.metres(points, frame.projection(0.0, 0.0))
    assert xy[:3] == pytest.approx(np.array([[111_319.49, 0], [0, 110_574.39], [-111_319.49, 0]]), abs=0.01)
    assert np.isnan(xy[3]).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_the_window_holds_all_points_at_a_round_scale(points):
    xy = np.array(points)
    x, y, step = frame.window(xy, np.zeros(len(xy), dtype=bool), BOX, radius=None)
    shown = frame.on_sheet(xy, BOX, (x, y, step))
    assert (shown >= np.array(BOX[:2]) - 1e-6).all() and (shown <= np.array(BOX[2:]) + 1e-6).all()
    digits = f"{round(step * 1000)}".rstrip("0")
    assert len(digits) <= 2 or digits in ("125",)


def test_a_few_strays_do_not_shrink_a_city_unless_they_are_kept():
    xy = np.vstack([np.random.default_rng(1).normal(0, 1000, (2000, 2)), [[200_000, 0]]])
    kept = np.zeros(len(xy), dtype=bool)
    _, _, city = frame.window(xy, kept, BOX, radius=None)
    kept[-1] = True
    _, _, all_of_it = frame.window(xy, kept, BOX, radius=None)
    assert city < 200 < all_of_it * 1000
    assert all_of_it > 10 * city


def test_a_radius_fits_into_the_shorter_side():
    assert frame.window(np.zeros((0, 2)), np.zeros(0, bool), BOX, radius=2000) == (0.0, 0.0, 40.0)


def test_up_on_the_ground_is_up_on_the_sheet():
    shown = frame.on_sheet(np.array([[0.0, 0.0], [100.0, 50.0]]), BOX, (0.0, 0.0, 10.0))
    assert shown.tolist() == [[110.0, 70.0], [120.0, 65.0]]


def drawn(table, view=(0.0, 0.0, 10.0)):
    axes = frame.framed(sheet("A4", portrait=False), BOX, view)
    ground = frame.draw_ground(axes, table, None, frame.projection(0.0, 0.0), latitude=0.0, step=view[2])
    return axes, ground


def test_outlines_are_cut_to_the_frame_and_holes_stay_open():
    lake = shapely.box(-1, -1, 1, 1).difference(shapely.box(-0.001, -0.001, 0.001, 0.001))
    axes, ground = drawn(gpd.GeoDataFrame({"kind": ["water"]}, geometry=[lake], crs=4326))
    west, south, east, north = ground.total_bounds
    assert max(abs(west), east) < 1100 and max(abs(south), north) < 700
    (patch,) = axes.patches
    outer, hole = (shapely.LinearRing(ring) for ring in patch.get_path().to_polygons())
    assert outer.is_ccw != hole.is_ccw


def test_what_is_too_fine_for_the_scale_is_not_drawn():
    ways = gpd.GeoDataFrame(
        {"kind": ["main", "lane", "building"]},
        geometry=[
            shapely.LineString([(-1, 0), (1, 0)]),
            shapely.LineString([(0, -1), (0, 1)]),
            shapely.box(0, 0, 1, 1),
        ],
        crs=4326,
    )
    near, _ = drawn(ways, (0.0, 0.0, 5.0))
    far, _ = drawn(ways, (0.0, 0.0, 500.0))
    assert len(near.patches) == 4 and len(far.patches) == 2  # a main street is drawn twice: edge and inside


def test_a_base_map_far_away_or_missing_or_empty_draws_nothing():
    away = gpd.GeoDataFrame({"kind": ["water", "main"]}, geometry=[shapely.box(100, 40, 101, 41), None], crs=4326)
    assert len(drawn(away)[0].patches) == 0
    assert drawn(None)[1] is None


def test_shades_count_every_place_once():
    axes = frame.framed(sheet("A4", portrait=False), BOX, (0.0, 0.0, 10.0))
    xy = np.repeat([[5.0, 5.0], [305.0, 5.0]], [7, 1], axis=0)
    shades = frame.draw_density(axes, xy, 10.0)
    counts = axes.images[0].get_array()
    assert counts.sum() == 8 and counts.max() == 7
    assert shades[0][1] == 1 and shades[-1][2] == 7
    assert all(low <= high for _, low, high in shades)
    assert [low for _, low, _ in shades[1:]] == [high + 1 for _, _, high in shades[:-1]]


def test_no_group_lies_on_top_of_all_others():
    axes = frame.framed(sheet("A4", portrait=False), BOX, (0.0, 0.0, 10.0))
    here = pd.DataFrame({"colour": ["#111111", "#222222"] * 200, "shape": "circle"})
    frame.draw_dots(axes, here, np.zeros((400, 2)), size=1.0)
    colours = [tuple(group.get_facecolor()[0]) for group in axes.collections]
    assert len(colours) == 40 and len(set(colours[-2:])) == 2
    assert sum(len(group.get_offsets()) for group in axes.collections) == 400
