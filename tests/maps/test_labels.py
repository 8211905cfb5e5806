import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.maps.labels import spread

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
