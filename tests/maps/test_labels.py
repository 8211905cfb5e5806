import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.maps.labels import spread, street_names, turned_box

FRAME = (0.0, 0.0, 100.0, 60.0)


def gaps(centres, radii):
    """Free space between each two circles."""
    apart = np.hypot(*(centres[:, None] - centres[None, :]).transpose(2, 0, 1)) - radii[:, None] - radii[None, :]
    return apart[np.triu_indices(len(centres), 1)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-5, 105), st.floats(-5, 65), st.floats(0.5, 2.5)), max_size=60))
def test_badges_never_touch_and_stay_in_the_frame_and_off_what_is_taken(badges):
    table = np.array(badges, dtype=float).reshape(-1, 3)
    anchors, radii = table[:, :2], table[:, 2]
    taken = np.array([[40.0, 20.0, 60.0, 40.0]])
    centres = spread(anchors, radii, FRAME, taken=taken)
    assert (gaps(centres, radii) > 0).all()
    assert (centres - radii[:, None] >= np.array(FRAME[:2]) - 1e-9).all()
    assert (centres + radii[:, None] <= np.array(FRAME[2:]) + 1e-9).all()
    circles = shapely.buffer(shapely.points(centres), radii * 0.999)
    assert not shapely.intersects(circles, shapely.box(*taken[0])).any()


def test_badges_with_room_stay_at_their_anchors():
    anchors = np.array([(10.0, 10.0), (20.0, 10.0), (90.0, 50.0)])
    assert spread(anchors, [2, 2, 2], FRAME) == pytest.approx(anchors)


def test_all_at_one_point_stand_around_it():
    centres = spread(np.tile([50.0, 30.0], (40, 1)), np.full(40, 2.0), FRAME)
    assert (gaps(centres, np.full(40, 2.0)) > 0).all()
    assert np.hypot(*(centres - [50, 30]).T).max() < 25  # 40 circles of radius 2 fill a circle of radius 12.6


def test_what_finds_no_room_is_said_and_not_laid_over_another():
    centres = spread(np.tile([5.0, 5.0], (9, 1)), np.full(9, 2.0), (0, 0, 10, 10))
    known = ~np.isnan(centres[:, 0])
    assert 3 <= known.sum() < 9
    assert (gaps(centres[known], np.full(known.sum(), 2.0)) > 0).all()


def test_no_badge_at_all():
    assert spread([], [], FRAME).shape == (0, 2)


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
