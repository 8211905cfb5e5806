import geopandas as gpd
import numpy as np
import pytest
import shapely

from expansion_kit.maps.sheet import sheet
from expansion_kit.maps.street_names import draw_street_names, longest_streets, street_names, turned_box

BOX = (10.0, 20.0, 210.0, 120.0)
FRAME = (0.0, 0.0, 100.0, 60.0)


def test_the_longest_piece_of_each_street_has_its_name():
    ways = gpd.GeoDataFrame(
        {"kind": ["main", "main", "side", "water"], "name": ["Long", "Long", "Short", "River"]},
        geometry=[
            shapely.LineString([(0, 0), (100, 0)]),
            shapely.LineString([(100, 0), (300, 0)]),
            shapely.LineString([(0, 10), (50, 10)]),
            shapely.LineString([(0, 20), (500, 20)]),
        ],
    )
    streets = longest_streets(ways, BOX, (0.0, 0.0, 10.0))
    assert [(name, line.length) for name, line in streets] == [("Long", 30.0), ("Short", 5.0)]
    assert longest_streets(None, BOX, (0.0, 0.0, 1.0)) == longest_streets(ways[["kind"]], BOX, (0, 0, 1)) == []


def test_a_name_runs_along_its_street_and_is_never_upside_down():
    down = shapely.LineString([(80, 10), (20, 50)])
    ((number, x, y, angle),) = street_names([down], [20], 2, FRAME, taken=[])
    assert (number, x, y) == (0, 50, 30)
    assert angle == pytest.approx(np.degrees(np.arctan2(40, 60)))  # it rises to the right: y counts downwards


def test_a_name_moves_along_to_keep_off_a_badge_and_is_left_out_where_all_is_taken():
    street = shapely.LineString([(5, 30), (95, 30)])
    badge = shapely.Point(50, 30).buffer(3)
    ((_, x, _, _),) = street_names([street], [10], 2, FRAME, taken=[badge])
    assert x != 50 and turned_box(x, 30, 10, 2, 0).disjoint(badge)
    assert street_names([street], [10], 2, FRAME, taken=[shapely.box(0, 25, 100, 35)]) == []


def test_two_names_keep_off_each_other():
    cross = [shapely.LineString([(20, 30), (80, 30)]), shapely.LineString([(50, 5), (50, 55)])]
    boxes = [turned_box(x, y, 20, 3, angle) for _, x, y, angle in street_names(cross, [20, 20], 3, FRAME, taken=[])]
    assert len(boxes) == 2 and boxes[0].disjoint(boxes[1])


def test_a_short_or_winding_street_and_one_off_the_sheet_have_no_name():
    short = shapely.LineString([(10, 10), (15, 10)])
    winding = shapely.LineString([(10 + i * 2, 30 + 6 * (i % 2)) for i in range(20)])
    off = shapely.LineString([(101, 10), (200, 10)])
    assert street_names([short, winding, off], [10, 20, 10], 2, FRAME, taken=[]) == []


def test_names_that_no_font_holds_or_that_say_nothing_are_not_written():
    lines = [shapely.LineString([(-900, y), (900, y)]) for y in (-300, 0, 300)]
    ways = gpd.GeoDataFrame({"kind": "main", "name": ["$ Main 街", "\u0378\u0379", "—"]}, geometry=lines)
    axes = sheet("A4", portrait=False)
    draw_street_names(axes, ways, BOX, (0.0, 0.0, 10.0), taken=[])
    assert [text.get_text() for text in axes.texts] == [r"\$ Main 街"]
    draw_street_names(axes, None, BOX, (0.0, 0.0, 10.0), taken=[])
    assert len(axes.texts) == 1
