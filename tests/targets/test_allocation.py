from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.allocation import (
    annual_targets,
    exact_weights,
    fairness,
    largest_remainder,
    quotas,
    split,
)

KEYS = pd.Index(list("ABCDE"), name="territory_id")
HISTORY = pd.Series([50, 44, 24, 22, 6], KEYS)
POTENTIAL = pd.Series([100, 80, 60, 40, 20], KEYS)

totals = st.integers(0, 10**15)
weight = st.one_of(st.floats(0, allow_nan=False, allow_infinity=False), st.integers(0, 10**15))
units = st.sampled_from([1, 7, 100, 1000, 10_000])
weight_lists = st.lists(weight, min_size=1, max_size=12).filter(lambda values: sum(map(Fraction, values)) > 0)


def keyed(values):
    return pd.Series(values, [f"T{i:02}" for i in range(len(values))], dtype=object)


def test_a_thousand_over_three():
    assert split(1000, pd.Series(1, ["A", "B", "C"])).tolist() == [334, 333, 333]


@given(totals, weight_lists, units)
def test_parts_add_up_and_lie_within_a_unit_of_their_quota(total, values, unit):
    parts = split(total, keyed(values), unit=unit)
    assert sum(map(int, parts)) == total
    assert (parts >= 0).all()
    base = sum(map(Fraction, values))
    biggest = max(range(len(values)), key=lambda i: Fraction(values[i]))
    for position, part in enumerate(parts):
        quota = (total - total % unit) * Fraction(values[position]) / base
        beyond = total % unit if position == biggest else 0
        assert abs(int(part) - beyond - quota) < unit
        assert int(part) % unit == beyond % unit


@given(totals, weight_lists, units, st.randoms())
def test_the_order_of_the_rows_does_not_matter(total, values, unit, random):
    weights = keyed(values)
    shuffled = weights.loc[random.sample(list(weights.index), len(weights))]
    pd.testing.assert_series_equal(
        split(total, shuffled, unit=unit).loc[weights.index], split(total, weights, unit=unit)
    )


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.booleans(), st.integers(0, 10**12)), min_size=2, max_size=9), totals
)
def test_locks_are_kept_and_the_rest_is_split(rows, extra):
    weights = keyed([row[0] for row in rows])
    locks = {key: value for key, (_, locked, value) in zip(weights.index, rows[1:]) if locked}
    total = sum(locks.values()) + extra
    parts = split(total, weights, unit=100, locks=locks)
    assert sum(map(int, parts)) == total
    assert parts[list(locks)].tolist() == list(locks.values())


def test_what_is_beyond_whole_units_goes_to_the_largest():
    assert split(1234, pd.Series([1, 2, 1], list("ABC")), unit=100).tolist() == [300, 634, 300]
    assert split(5, pd.Series([1, 2], list("AB")), unit=100).tolist() == [0, 5]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, np.nan], "1 weights are missing: B"),
        ([1, -1], "1 weights are negative: B"),
        ([1, np.inf], "1 weights are infinite: B"),
        ([0, 0], "10 of the total 10 are left"),
        ([], "nothing to split"),
    ],
)
def test_weights_that_cannot_weigh_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        split(10, pd.Series(weights, list("AB")[: len(weights)], dtype=float))


def test_impossible_locks_name_the_gap():
    weights = pd.Series(1, list("AB"))
    with pytest.raises(ValueError, match="exceed the total 10 by 5"):
        split(10, weights, locks={"A": 15})
    with pytest.raises(ValueError, match="3 of the total 10 are left"):
        split(10, weights, locks={"A": 5, "B": 2})
    with pytest.raises(ValueError, match="not there: C"):
        split(10, weights, locks={"C": 1})
    with pytest.raises(ValueError, match="the lock of A must be at least 0"):
        split(10, weights, locks={"A": -1})


@pytest.mark.parametrize("total", [10.5, "10", None])
def test_a_total_is_a_whole_number(total):
    with pytest.raises(ValueError, match="total must be a whole number"):
        split(total, pd.Series(1, ["A"]))


def test_doubled_keys_are_refused():
    with pytest.raises(ValueError, match="keys are doubled: A"):
        split(10, pd.Series(1, ["A", "A"]))


def test_exact_weights_keep_tiny_and_huge_apart():
    assert exact_weights([1e300, 5e-324])[1] == 1
    assert largest_remainder(3, [1, 1]) == [2, 1]


def test_weighted_quotas_of_the_sheet():
    assert quotas(HISTORY, POTENTIAL, total=160, weight=0.5).round(2).tolist() == [54.06, 45.44, 29.15, 22.72, 8.62]


@pytest.mark.parametrize(("weight", "growth"), [(1, 0.096), (0.5, 0.437), (0, 0.778)])
def test_required_growth_of_the_smallest(weight, growth):
    quota = quotas(HISTORY, POTENTIAL, total=160, weight=weight)
    assert quota["E"] / 6 - 1 == pytest.approx(growth, abs=5e-4)


@pytest.mark.parametrize(("weight", "cv"), [(1, 0.2108), (0.5, 0.1024), (0, 0)])
def test_fairness_of_the_sheet(weight, cv):
    assert fairness(quotas(HISTORY, POTENTIAL, total=160, weight=weight), POTENTIAL)["cv"] == pytest.approx(
        cv, abs=5e-5
    )


def test_gini_of_the_sheet():
    assert fairness(quotas(HISTORY, POTENTIAL, total=160, weight=1), POTENTIAL)["gini"] == pytest.approx(
        0.1130, abs=5e-5
    )


def test_other_rules_by_hand():
    more = (160 - 146) / 5
    assert quotas(HISTORY, total=160, rule="equal").tolist() == pytest.approx((HISTORY + more).tolist())
    by_potential = quotas(HISTORY, POTENTIAL, total=160, rule="potential")
    assert by_potential.tolist() == pytest.approx([50 + 14 / 3, 44 + 56 / 15, 26.8, 22 + 28 / 15, 6 + 14 / 15])
    assert quotas(HISTORY, forecast=POTENTIAL, total=600, rule="forecast").tolist() == [200, 160, 120, 80, 40]


@pytest.mark.parametrize("rule", ["growth", "equal", "potential", "weighted", "forecast"])
def test_every_rule_adds_up_and_says_so(rule):
    table = annual_targets(HISTORY, POTENTIAL, POTENTIAL, total=161, rule=rule, locks={"C": 33})
    assert table["target"].sum() == 161
    assert table.loc["C", "target"] == 33
    assert table["locked"].tolist() == [False, False, True, False, False]
    assert table["method"].str.startswith(rule).all()
    assert table["required_growth"].tolist() == pytest.approx((table["target"] / HISTORY - 1).tolist())


def test_targets_do_not_guess():
    with pytest.raises(ValueError, match="history must be known and at least 0, but is not for B"):
        annual_targets(pd.Series([1, np.nan], ["A", "B"]), total=10, rule="growth")
    with pytest.raises(ValueError, match="potential must be known"):
        annual_targets(HISTORY, total=160)
    with pytest.raises(ValueError, match="potential is 0 everywhere"):
        annual_targets(HISTORY, POTENTIAL * 0, total=160)
    with pytest.raises(ValueError, match="takes more from E"):
        annual_targets(HISTORY, total=100, rule="equal")
    with pytest.raises(ValueError, match="rule must be one of"):
        annual_targets(HISTORY, total=160, rule="guess")
    with pytest.raises(ValueError, match="weight must lie"):
        annual_targets(HISTORY, POTENTIAL, total=160, weight=50)
    with pytest.raises(ValueError, match="potential must be above 0, but is not for A"):
        fairness(HISTORY, POTENTIAL.replace(100, 0))


def test_a_territory_without_last_year_has_no_growth():
    table = annual_targets(HISTORY.replace(6, 0), POTENTIAL, total=160)
    assert np.isnan(table.loc["E", "required_growth"])
    assert table.loc["E", "target"] > 0
