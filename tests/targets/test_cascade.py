import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.cascade import cascade, locks_by_key
from expansion_kit.targets.periods import calendar

MONTHS = [f"2027-{month:02}" for month in range(1, 13)]
EVEN = pd.Series(1, MONTHS)
CELLS = calendar(2027)


def one(total):
    return pd.Series([total], pd.Index(["T1"], name="territory_id"))


def spread(total, locks=None, month_weights=EVEN, units=None):
    return cascade(one(total), CELLS, month_weights=month_weights, units=units, locks={"T1": locks or {}}).loc["T1"]


def by(values, kind):
    return values.groupby(CELLS[kind].to_numpy()).sum()


def test_a_year_of_equal_days_gives_each_day_the_same():
    days = CELLS.groupby("month")["days"].sum()
    assert (spread(365, month_weights=days) == CELLS["days"]).all()


def test_rounding_units_hold_at_every_level():
    values = spread(12_345_678, units={"quarter": 1000, "month": 1000, "month_week": 100})
    beyond = 678
    quarters, months = by(values, "quarter"), by(values, "month")
    assert sorted(quarters % 1000) == [0, 0, 0, beyond]
    assert sorted(months % 1000)[-2:] == [0, beyond]
    assert sorted(values % 100)[-2:] == [0, beyond % 100]


def test_locks_are_kept_at_every_level():
    locks = {"2027-Q4": 5_000, "2027-11": 4_000, "2027-02": 100, "2027-01/2026-W53": 7}
    values = spread(20_000, locks)
    assert by(values, "quarter")["2027-Q4"] == 5_000
    assert by(values, "month")["2027-11"] == 4_000
    assert by(values, "month")["2027-02"] == 100
    assert values["2027-01/2026-W53"] == 7
    assert values.sum() == 20_000


def test_a_locked_month_takes_nothing_from_the_others_by_weight():
    # 1,000 locked in February; the other 11 months share 11,000 alike
    months = by(spread(12_000, {"2027-02": 1_000}), "month")
    assert (months == 1_000).all()
    months = by(spread(11_100, {"2027-02": 100}), "month")
    assert months.drop("2027-02").unique().tolist() == [1_000]


@pytest.mark.parametrize(
    ("total", "locks", "message"),
    [
        (10, {"2027-02": 11}, "exceed the amount 10 of T1 in the year by 1"),
        (100, {"2027-Q1": 5, "2027-02": 7}, "exceed the amount 5 of T1 in 2027-Q1 by 2"),
        (100, dict.fromkeys(["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4"], 20), "20 of the amount 100 .* are left"),
        (100, {"2027-01": 5, "2027-01/2027-W01": 6}, "exceed the amount 5 of T1 in 2027-01 by 1"),
    ],
)
def test_locks_that_cannot_be_kept_name_the_gap(total, locks, message):
    with pytest.raises(ValueError, match=message):
        spread(total, locks)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10**12),
    st.dictionaries(st.sampled_from([*CELLS.index, *MONTHS]), st.integers(0, 10**6), max_size=8),
    st.lists(st.floats(0.01, 100), min_size=12, max_size=12),
)
def test_any_locks_of_cells_and_months_that_do_not_lie_in_each_other(extra, locks, weights):
    locks = {period: value for period, value in locks.items() if period[:7] == period or period[:7] not in locks}
    total = sum(locks.values()) + extra
    if extra == 0:
        locks.pop(next(iter(locks), None), None)
        total = sum(locks.values())
    values = spread(total, locks, pd.Series(weights, MONTHS))
    assert values.sum() == total
    months = by(values, "month")
    for period, value in locks.items():
        assert (months[period] if period in months else values[period]) == value


def test_a_month_of_weight_zero_gets_only_its_lock():
    closed = EVEN.copy()
    closed["2027-02"] = 0
    assert by(spread(1_100, month_weights=closed), "month")["2027-02"] == 0
    assert by(spread(1_150, {"2027-02": 50}, month_weights=closed), "month")["2027-02"] == 50


def test_each_key_has_its_own_months():
    annual = pd.Series([100, 100], pd.Index(["T1", "T2"], name="territory_id"))
    weights = pd.DataFrame(np.eye(12)[[0, 11]], annual.index, MONTHS)
    values = cascade(annual, CELLS, month_weights=weights)
    assert by(values.loc["T1"], "month")["2027-01"] == 100
    assert by(values.loc["T2"], "month")["2027-12"] == 100


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="month_weights lack 2027-12"):
        spread(1, month_weights=EVEN.drop("2027-12"))
    with pytest.raises(ValueError, match="month_weights lack rows for T1"):
        spread(1, month_weights=EVEN.to_frame("T2").T)
    with pytest.raises(ValueError, match="month_weights: 1 weights are missing: 2027-03"):
        spread(1, month_weights=EVEN.astype(float).replace({1: 1.0}).mask(EVEN.index == "2027-03"))
    with pytest.raises(ValueError, match="units are for quarter, month, month_week, not week"):
        spread(1, units={"week": 100})
    with pytest.raises(ValueError, match="the annual target of T1 must be a whole number"):
        spread(1.5)
    with pytest.raises(ValueError, match="add up to more than"):
        spread(2**63)


def test_locks_of_a_table():
    rows = {"territory_id": ["T1", "T1"], "period": ["2027-02", "2027-Q2"], "value": [5, 6.0]}
    keys = pd.Index(["T1"], name="territory_id")
    table = pd.DataFrame(rows)
    assert locks_by_key(table, keys, CELLS) == {"T1": {"2027-02": 5, "2027-Q2": 6}}
    assert locks_by_key(None, keys, CELLS) == {}
    for column, value, message in [
        ("territory_id", "T9", "locks name T9"),
        ("period", "2027-W07", "must be a quarter, month or month_week"),
        ("period", "2027-Q2", "locked twice"),
        ("value", 1.5, "must be a whole number"),
    ]:
        with pytest.raises(ValueError, match=message):
            locks_by_key(table.astype({"value": object}).assign(**{column: [value, table[column][1]]}), keys, CELLS)
