from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.splitting.allocation import annual_targets, split
from expansion_kit.targets.splitting.rules import RULES

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
    with pytest.raises(ValueError, match="exceed the total 10 by 5: lock of A 15"):
        split(10, weights, locks={"A": 15})
    with pytest.raises(ValueError, match="3 of the total 10 are left.*lock of A 5, lock of B 2"):
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


@st.composite
def bounded(draw):
    """Weights, floors, caps and locks with a total that can be met."""
    n = draw(st.integers(1, 9))
    weights = keyed(draw(st.lists(st.integers(1, 10**6), min_size=n, max_size=n)))
    floors, caps, locks = {}, {}, {}
    for key in weights.index[1:]:  # the first is free, so that any total above the floors can be met
        kind = draw(st.sampled_from(["free", "floor", "cap", "both", "lock"]))
        low, more = draw(st.integers(0, 10**12)), draw(st.integers(0, 10**12))
        floors |= {key: low} if kind in ("floor", "both") else {}
        caps |= {key: low + more} if kind in ("cap", "both") else {}
        locks |= {key: low} if kind == "lock" else {}
    total = sum(floors.values()) + sum(locks.values()) + draw(totals)
    return total, weights, {"floors": floors, "caps": caps, "locks": locks, "unit": draw(units)}


@given(bounded(), st.randoms())
def test_bounds_are_kept_exactly_in_any_order(case, random):
    total, weights, options = case
    parts = split(total, weights, **options)
    assert sum(map(int, parts)) == total
    assert all(parts[key] >= floor for key, floor in options["floors"].items())
    assert all(parts[key] <= cap for key, cap in options["caps"].items())
    assert all(parts[key] == lock for key, lock in options["locks"].items())
    shuffled = weights.loc[random.sample(list(weights.index), len(weights))]
    assert split(total, shuffled, **options).loc[weights.index].tolist() == parts.tolist()


@given(st.integers(0, 10**12), st.lists(st.integers(1, 1000), min_size=1, max_size=8), units)
def test_bounds_that_do_not_bind_change_nothing(units_of_total, values, unit):
    total, weights = units_of_total * unit, keyed(values)
    free = split(total, weights, unit=unit)
    assert split(total, weights, unit=unit, floors=0, caps=total).tolist() == free.tolist()


@given(st.integers(0, 60), st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(2, 5), st.randoms())
def test_a_part_is_nothing_or_at_least_the_minimum(total, values, minimum, random):
    weights = keyed(values)
    if 0 < total < minimum:
        with pytest.raises(ValueError, match="nobody is free"):
            split(total, weights, minimum=minimum)
        return
    parts = split(total, weights, minimum=minimum)
    assert parts.sum() == total and ((parts == 0) | (parts >= minimum)).all()
    shuffled = weights.loc[random.sample(list(weights.index), len(weights))]
    assert split(total, shuffled, minimum=minimum).loc[weights.index].tolist() == parts.tolist()


def test_openings_with_minimum_units_by_hand():
    white_space = pd.Series([60, 30, 6, 4], list("ABCD"))  # of 10: 6, 3, .6, .4
    assert split(10, white_space).tolist() == [6, 3, 1, 0]
    assert split(10, white_space, minimum=2).tolist() == [7, 3, 0, 0]  # of A and B 6.67 and 3.33
    assert split(10, white_space, floors=1).tolist() == [5, 3, 1, 1]  # C and D stay at 1; 8 over 60:30 are 5.33, 2.67


def test_bounds_contradict_each_other():
    weights = pd.Series(1, list("AB"))
    with pytest.raises(ValueError, match=r"the floor of A \(3\) is above its cap \(2\)"):
        split(10, weights, floors={"A": 1}, caps={"A": 2}, minimum=3)
    assert split(10, weights, floors={"A": 1}, locks={"A": 1}, minimum=3).tolist() == [1, 9]
    with pytest.raises(ValueError, match=r"the floor of A \(6\) is above its cap \(5\)"):
        split(10, weights, floors={"A": 6}, caps={"A": 5})
    with pytest.raises(ValueError, match=r"the lock of B \(1\) is below its floor \(2\)"):
        split(10, weights, floors={"B": 2}, locks={"B": 1})
    with pytest.raises(ValueError, match=r"exceed the total 10 by 3: floor of A 8, floor of B 5"):
        split(10, weights, floors={"A": 8, "B": 5})
    with pytest.raises(ValueError, match=r"2 of the total 10 are left.*cap of A 5, cap of B 3"):
        split(10, weights, caps={"A": 5, "B": 3})


@given(
    st.permutations(range(5)),
    st.sampled_from(RULES),
    st.integers(150, 10**15),
    units,
    st.lists(st.floats(0.1, 1e9), min_size=5, max_size=5),
)
def test_no_rule_depends_on_the_order_of_territories(order, rule, more, unit, values):
    history = pd.Series(values, KEYS)
    total = round(history.sum()) + more
    options = {"total": total, "rule": rule, "unit": unit, "locks": {"B": 7}, "caps": {"C": total // 10}}
    table = annual_targets(history, POTENTIAL, POTENTIAL, **options)
    again = annual_targets(history.iloc[order], POTENTIAL, POTENTIAL, **options).loc[KEYS]
    assert table["target"].tolist() == again["target"].tolist()
    assert table["target"].sum() == total


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


def test_a_territory_without_last_year_has_no_growth():
    table = annual_targets(HISTORY.replace(6, 0), POTENTIAL, total=160)
    assert np.isnan(table.loc["E", "required_growth"])
    assert table.loc["E", "target"] > 0


def test_a_table_says_which_constraint_decided():
    table = annual_targets(HISTORY, POTENTIAL, total=160, floors={"E": 10}, caps={"A": 50}, locks={"C": 30})
    assert table["bound"].tolist() == ["cap", "", "lock", "", "floor"]
    assert table["target"].sum() == 160 and table.loc[["A", "C", "E"], "target"].tolist() == [50, 30, 10]
    assert table["method"].unique().tolist() == ["weighted: history 0.50, potential 0.50"]
