from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.splitting.apportionment import LARGEST, share_out, whole_weights
from expansion_kit.targets.splitting.exact import largest_remainder

amounts = st.integers(0, LARGEST)
units = st.sampled_from([1, 7, 100, 1000, 10**6, 10**14])
weights = st.lists(st.integers(0, 2**54 - 1), min_size=1, max_size=64).filter(any)


def test_golden_values():
    assert share_out(np.array([1000]), np.array([[1, 1, 1]])).tolist() == [[334, 333, 333]]
    assert share_out(np.array([1234]), np.array([[1, 2, 1]]), 100).tolist() == [[300, 634, 300]]
    assert share_out(np.array([0]), np.array([[0, 0]])).tolist() == [[0, 0]]


@given(amounts, weights, units)
def test_the_same_as_in_arithmetic_without_limits(amount, row, unit):
    parts = share_out(np.array([amount]), np.array([row], "int64"), unit)[0]
    assert parts.tolist() == largest_remainder(amount, row, unit)


def test_the_hardest_products():
    """All bits set in amount and weights: products of 104 bits that a float cannot hold."""
    row = [2**54 - 1] * 63 + [2**54 - 3]
    for amount in (LARGEST, LARGEST - 1, 2**49 + 1):
        assert share_out(np.array([amount]), np.array([row]))[0].tolist() == largest_remainder(amount, row)


@given(st.lists(st.tuples(amounts, st.lists(st.integers(1, 10**6), min_size=4, max_size=4), units), min_size=1))
def test_rows_do_not_know_each_other(rows):
    every = [np.array(column) for column in zip(*rows)]
    together = share_out(*every)
    assert (together.sum(axis=1) == every[0]).all()
    for row, (amount, row_weights, unit) in zip(together, rows):
        assert (row == share_out(np.array([amount]), np.array([row_weights]), unit)[0]).all()


@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=12).filter(any))
def test_whole_weights_keep_whole_proportions_exactly(row):
    found = whole_weights(np.array(row, float)).tolist()
    first = row.index(max(row))
    if max(row) < 2**53 * min(weight for weight in row if weight):
        assert all(a * row[first] == b * found[first] for a, b in zip(found, row))
    assert max(found) < 2**54


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=12).filter(any))
def test_whole_weights_lose_less_than_54_digits_and_nothing_to_zero(row):
    found = whole_weights(np.array(row))
    assert ((found > 0) == (np.array(row) > 0)).all()
    top = Fraction(max(row)) / int(found.max())
    assert all(abs(int(a) * top - Fraction(b)) <= 2 * top for a, b in zip(found, row))


def test_too_many_parts_are_refused():
    with pytest.raises(ValueError, match="at most 64 parts, not 65"):
        share_out(np.array([1]), np.ones((1, 65), "int64"))
