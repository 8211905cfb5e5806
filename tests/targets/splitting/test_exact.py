from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.splitting.exact import (
    check_feasible,
    checked_locks,
    checked_weights,
    exact_weights,
    largest_remainder,
    listed,
    whole_number,
)


@given(st.lists(st.floats(0, allow_nan=False, allow_infinity=False), min_size=1))
def test_whole_weights_are_in_exactly_the_same_proportion(weights):
    exact = exact_weights(weights)
    for a, i in zip(weights, exact):
        for b, j in zip(weights, exact):
            assert Fraction(a) * j == Fraction(b) * i


def test_numbers_of_numpy_are_weights_too():
    assert exact_weights(np.array([0.5, 1.5])) == [1, 3]
    assert exact_weights(np.array([2, 3])) == [2, 3]


@given(st.integers(0, 10**30), st.lists(st.integers(1, 10**20), min_size=1, max_size=20), st.integers(1, 10**6))
def test_parts_add_up_at_any_size(total, weights, unit):
    assert sum(largest_remainder(total, weights, unit)) == total


def test_hamilton_by_hand():
    # quotas 4.2, 3.36, 1.44 of 9: floors 4, 3, 1 and the last seat to the remainder .44
    assert largest_remainder(9, [35, 28, 12]) == [4, 3, 2]


def test_exact_weights_keep_tiny_and_huge_apart():
    assert exact_weights([1e300, 5e-324])[1] == 1
    assert largest_remainder(3, [1, 1]) == [2, 1]


def test_nothing_over_nothing():
    assert largest_remainder(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), (np.int64(3), 3), (np.float64(3), 3)])
def test_whole_numbers(value, number):
    assert whole_number(value, "total") == number
    assert type(whole_number(value, "total")) is int


@pytest.mark.parametrize("value", [1.5, float("nan"), "3", None, -1])
def test_not_whole_numbers(value):
    with pytest.raises(ValueError, match="total must be"):
        whole_number(value, "total")


def test_doors():
    with pytest.raises(ValueError, match="keys are doubled: A"):
        checked_weights(pd.Series([1, 2], ["A", "A"]))
    with pytest.raises(ValueError, match="locks name what is not there: Z"):
        checked_locks({"Z": 1}, pd.Index(["A"]))
    with pytest.raises(ValueError, match="exceed the total 5 by 2"):
        check_feasible(-2, 1, what="total 5")
    with pytest.raises(ValueError, match="no free key"):
        check_feasible(2, 0, what="total 5")
    assert checked_locks(None, pd.Index(["A"])) == {}
    assert listed("AB") == "A, B"
