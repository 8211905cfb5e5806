import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection

from expansion_kit.maps.badges import circles, diameter, draw_badges, ink_on, most_badges, placed_badges
from expansion_kit.maps.sheet import sheet
from expansion_kit.maps.specification import BRAND_COLOURS, CANDIDATE_COLOUR, OWN_COLOUR, REST_COLOUR, SHAPES

BOX = (10.0, 10.0, 110.0, 90.0)


def places(n, shape="circle"):
    return pd.DataFrame({"number": range(1, n + 1), "colour": OWN_COLOUR, "shape": shape})


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", [OWN_COLOUR, CANDIDATE_COLOUR, REST_COLOUR, *BRAND_COLOURS])
def test_numbers_are_read_on_every_colour(colour):
    """WCAG 2.1 asks for a contrast of 4.5."""
    light, dark = sorted([luminance(ink_on(colour)), luminance(colour)], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_drawn_of_a_badge_lies_in_its_circle(shape):
    axes, size = sheet("A4", portrait=False), 5.0
    anchors = np.array([[50.0, 50.0]])
    centres, radii = placed_badges(places(1, shape), anchors, BOX, size, taken=[])
    draw_badges(axes, places(1, shape), anchors, centres, size)
    FigureCanvasAgg(axes.figure).draw()
    (drawn,) = [group for group in axes.collections if group.get_zorder() == 9]
    (matrix,), (path,) = drawn.get_transforms(), drawn.get_paths()
    outline = path.to_polygons()[0] @ matrix[:2, :2].T / axes.figure.dpi * 25.4 + centres[0]
    assert circles(centres, radii)[0].buffer(1e-6).contains(shapely.Polygon(outline))


def test_a_badge_that_moved_has_a_line_to_its_place_and_one_that_did_not_has_none():
    anchors = np.array([[50.0, 50.0], [50.0, 50.0], [80.0, 80.0]])
    axes = sheet("A4", portrait=False)
    centres, _ = placed_badges(places(3), anchors, BOX, 5.0, taken=[])
    draw_badges(axes, places(3), anchors, centres, 5.0)
    lines = next(group for group in axes.collections if isinstance(group, LineCollection)).get_segments()
    assert [line[0].tolist() for line in lines] == [[50.0, 50.0]] * 2
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3"]


def test_where_badges_would_move_far_some_are_left_out_and_the_others_stand_near():
    anchors, size = np.tile([60.0, 50.0], (40, 1)), 5.0
    centres, _ = placed_badges(places(40), anchors, BOX, size, taken=[], far=2.0)
    found = ~np.isnan(centres[:, 0])
    assert 5 <= found.sum() < 40
    assert np.hypot(*(centres - anchors)[found].T).max() <= 2.0 * size
    everyone, _ = placed_badges(places(40), anchors, BOX, size, taken=[])
    assert not np.isnan(everyone).any()


def test_two_long_lines_are_no_reason_to_leave_a_badge_out():
    taken, anchors = [(40.0, 40.0, 80.0, 60.0)], np.tile([60.0, 50.0], (2, 1))
    centres, _ = placed_badges(places(2), anchors, BOX, 5.0, taken=taken, far=1.0)
    assert np.hypot(*(centres - anchors).T).min() > 5.0


def test_as_many_badges_as_a_frame_takes_all_find_room():
    size = diameter(1000, 1.0)
    n = most_badges(BOX, size)
    centres, _ = placed_badges(places(n), np.tile([60.0, 50.0], (n, 1)), BOX, size, taken=[])
    assert not np.isnan(centres).any()
