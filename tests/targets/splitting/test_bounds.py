from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.splitting.bounds import binding, bounded_remainder, checked_bounds, refusal

rows = st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=8)


@given(rows, st.floats(0, 1), st.sampled_from([1, 10, 1000]))
def test_parts_keep_their_bounds_and_lie_within_a_unit_of_the_common_factor(values, where, unit):
    """The quotas are one factor times the weights between the bounds: found here by bisection instead."""
    weights, low = [row[0] for row in values], [row[1] for row in values]
    high = [row[1] + row[2] for row in values]
    total = sum(low) + int(where * (sum(high) - sum(low)))
    parts = bounded_remainder(total, weights, low, high, unit)
    assert sum(parts) == total
    assert all(least <= part <= most for least, part, most in zip(low, parts, high))
    under, over = Fraction(0), Fraction(max(high) + 1)
    for _ in range(80):
        factor = (under + over) / 2
        filled = sum(min(max(factor * w, least), most) for w, least, most in zip(weights, low, high))
        under, over = (factor, over) if filled < total else (under, factor)
    for part, weight, least, most in zip(parts, weights, low, high):
        assert abs(part - min(max(over * weight, least), most)) < unit + Fraction(1, 1000)


def test_a_weight_of_nothing_gets_its_floor():
    assert bounded_remainder(10, [1, 0], [0, 4], [10, 10]) == [6, 4]


def test_floors_and_caps_that_both_bind_by_hand():
    # 100 over 5:3:2 is 50, 30, 20; A at most 30, C at least 40: 30 are left for B
    assert bounded_remainder(100, [5, 3, 2], [0, 0, 40], [30, 100, 100]) == [30, 30, 40]


def test_what_binds_is_named_with_the_miss():
    weights = pd.Series([1, 1, 0], list("ABC"))
    short = binding(100, weights, locks={"A": 80}, floors={"B": 40})
    assert short.to_dict("list") == {
        "key": ["A", "B"], "constraint": ["lock", "floor"], "value": [80, 40], "miss": [-20, -20]
    }  # fmt: skip
    left = binding(100, weights, locks={"A": 30}, caps={"B": 40})
    assert left["constraint"].tolist() == ["cap", "lock", "weight"] and left["miss"].eq(30).all()
    assert "30 of the total 100 are left" in refusal(100, left)
    assert binding(100, weights, caps={"B": 40}).empty


def test_bounds_come_as_a_series_a_dict_or_one_number():
    keys = pd.Index(["A", "B"])
    assert checked_bounds(keys, floors=pd.Series([5.0, None], keys), caps=9)[1:] == ({"A": 5}, {"A": 9, "B": 9})
    with pytest.raises(ValueError, match="floors name what is not there: Z"):
        checked_bounds(keys, floors={"Z": 1})
    with pytest.raises(ValueError, match="the cap of A must be a whole number"):
        checked_bounds(keys, caps={"A": 1.5})
    with pytest.raises(ValueError, match=r"the lock of A \(9\) is above its cap \(5\); the lock of B"):
        checked_bounds(keys, locks={"A": 9, "B": 1}, floors={"B": 2}, caps={"A": 5})
