import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.breakdown.calendars import calendar
from expansion_kit.targets.breakdown.cascade import cascade

MONTHS = [f"2027-{month:02}" for month in range(1, 13)]
EVEN = np.ones((1, 12))
CELLS = calendar(2027)


def locks_of(locks, row=0):
    return pd.DataFrame({"row": row, "period": list(locks), "value": list(locks.values())})


def spread(total, locks=None, month_weights=EVEN, units=None, **more):
    found = cascade(
        np.array([total]), CELLS, month_weights=month_weights, units=units, locks=locks_of(locks or {}), **more
    )
    return pd.Series(found[0], CELLS.index)


def by(values, kind):
    return values.groupby(CELLS[kind].to_numpy()).sum()


def test_a_year_of_equal_days_gives_each_day_the_same():
    days = CELLS.groupby("month")["days"].sum().to_numpy()[None, :]
    assert (spread(365, month_weights=days) == CELLS["days"]).all()
    assert (spread(365, month_weights=None) == CELLS["days"]).all()


def test_rounding_units_hold_at_every_level():
    values = spread(12_345_678, units={"quarter": 1000, "month": 1000, "month_week": 100})
    beyond = 678
    quarters, months = by(values, "quarter"), by(values, "month")
    assert sorted(quarters % 1000) == [0, 0, 0, beyond]
    assert sorted(months % 1000)[-2:] == [0, beyond]
    assert sorted(values % 100)[-2:] == [0, beyond % 100]


def test_equal_months_are_served_in_the_order_of_time():
    """However unevenly their weeks cut them: 14 units over 4 quarters, 4 over 3 months."""
    quarters = by(spread(14), "quarter")
    assert quarters.tolist() == [4, 4, 3, 3]
    assert by(spread(14), "month").tolist() == [2, 1, 1, 2, 1, 1] + [1] * 6


def test_locks_are_kept_at_every_level():
    locks = {"2027-Q4": 5_000, "2027-11": 4_000, "2027-02": 100, "2027-01/2026-W53": 7, "2027-W26": 800, "2027": 20_000}
    values = spread(20_000, locks)
    assert by(values, "quarter")["2027-Q4"] == 5_000
    assert by(values, "month")["2027-11"] == 4_000
    assert by(values, "month")["2027-02"] == 100
    assert by(values, "week")["2027-W26"] == 800
    assert values["2027-01/2026-W53"] == 7
    assert values.sum() == 20_000


def test_a_locked_week_of_two_months_and_two_quarters_is_split_by_weight():
    """29 March to 4 April: three days and four; where March has only 10 left, it takes 10."""
    assert spread(36_500, {"2027-W13": 700}, None)[["2027-03/2027-W13", "2027-04/2027-W13"]].tolist() == [300, 400]
    inside = {f"2027-03/2027-W{week:02}": 20 for week in range(9, 13)}
    tight = spread(36_500, {"2027-W13": 700, "2027-03": 90, **inside}, None)
    assert tight[["2027-03/2027-W13", "2027-04/2027-W13"]].tolist() == [10, 690]


def test_a_locked_month_takes_nothing_from_the_others_by_weight():
    months = by(spread(12_000, {"2027-02": 1_000}), "month")
    assert (months == 1_000).all()
    months = by(spread(11_100, {"2027-02": 100}), "month")
    assert months.drop("2027-02").unique().tolist() == [1_000]


@pytest.mark.parametrize(
    ("total", "locks", "message"),
    [
        (10, {"2027-02": 11}, r"T1: 2027 \(total\) is 10, but with 2027-02 \(11\) .* no less than 11: the gap is 1"),
        (100, {"2027-Q1": 5, "2027-02": 7}, r"2027-Q1 is 5, but with 2027-02 \(7\) .* no less than 7: the gap is 2"),
        (100, {f"2027-Q{i}": 20 for i in range(1, 5)}, r"total\) is 100, but .* no more than 80: the gap is 20"),
        (100, {"2027-01": 5, "2027-01/2027-W01": 6}, r"2027-01 is 5, but .* the gap is 1"),
        (100, {"2027": 90}, r"2027 .*the gap is 10"),
        (100, {"2027-W01": 5, "2027-01/2027-W01": 6}, r"2027-.*W01 is .*the gap is 1"),
        (100, {"2027-W13": 5, "2027-03/2027-W13": 3, "2027-04/2027-W13": 1}, r"2027-W13 is 5, .*than 4: the gap is 1"),
        (100, {"2027-W13": 50, "2027-03": 20, "2027-Q2": 20}, r"2027-(W13|Q2|03) is .*the gap is 10"),
    ],
)
def test_locks_that_cannot_be_kept_name_what_binds_and_the_gap(total, locks, message):
    with pytest.raises(ValueError, match=message):
        spread(total, locks, names=["T1"])


def test_several_rows_that_cannot_be_kept_are_counted():
    locks = pd.concat([locks_of({"2027-02": 11}, row) for row in range(3)])
    with pytest.raises(ValueError, match=r"^T1: .*the gap is 1 \(and 1 more like it\)"):
        cascade(np.array([11, 10, 10]), CELLS, locks=locks, names=["T0", "T1", "T2"])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**15),
    st.integers(0, 2**32),
    st.sets(st.sampled_from([*CELLS.index, *CELLS["week"], *CELLS["month"], *CELLS["quarter"], "2027"]), max_size=25),
    st.tuples(*[st.sampled_from([1, 7, 100, 1000, 10_000])] * 3),
)
def test_any_locks_that_some_plan_keeps_are_kept(total, seed, periods, units):
    """Of whatever levels and however nested: their values are those of a plan drawn at random."""
    draw = np.random.default_rng(seed)
    plan = pd.Series(draw.multinomial(total, draw.dirichlet(np.full(len(CELLS), 0.3))), CELLS.index)
    sums = pd.concat([plan, *(by(plan, kind) for kind in ("week", "month", "quarter", "year"))])
    locks = sums[sorted(periods)].to_dict()
    weights = draw.uniform(0.01, 100, (1, 12))
    values = spread(total, locks, weights, dict(zip(("quarter", "month", "month_week"), units)))
    found = pd.concat([values, *(by(values, kind) for kind in ("week", "month", "quarter", "year"))])
    assert values.sum() == total
    assert (values >= 0).all()
    assert found[list(locks)].to_dict() == locks


def test_what_is_fixed_stays_and_the_rest_is_split_beside_it():
    fixed = np.zeros((1, len(CELLS)), "int64")
    fixed[0, 5] = 500  # first week of February
    values = spread(12_500, fixed=fixed)
    months = by(values, "month")
    assert months["2027-02"] == 1_500
    assert months.drop("2027-02").unique().tolist() == [1_000]
    assert values.iloc[5] == 500 + 250
    assert by(spread(12_500, {"2027-02": 600}, fixed=fixed), "month")["2027-02"] == 600
    for locks, reason in [({"2027-02": 400}, "2027-02 is 400"), ({CELLS.index[5]: 400}, "W05 is 400")]:
        with pytest.raises(ValueError, match=f"{reason}, but with openings and sales to date .500. .*the gap is 100"):
            spread(12_500, locks, fixed=fixed)


def test_shut_month_weeks_take_nothing_and_months_half_shut_half_as_much():
    shares = np.ones(len(CELLS))
    shares[:5] = 0  # January
    shares[5:7] = 0  # half of February
    values = spread(10_500, open_shares=shares)
    assert by(values, "month").tolist() == [0, 500] + [1_000] * 10
    assert (values.iloc[:7] == 0).all()


def test_a_month_of_weight_zero_gets_only_its_lock():
    closed = EVEN.copy()
    closed[0, 1] = 0
    assert by(spread(1_100, month_weights=closed), "month")["2027-02"] == 0
    assert by(spread(1_150, {"2027-02": 50}, closed), "month")["2027-02"] == 50
    assert by(spread(1_150, {"2027-W06": 50}, closed), "month")["2027-02"] == 50
    with pytest.raises(ValueError, match="with the weights of the free periods it can be no more than 0"):
        spread(1, month_weights=np.zeros((1, 12)), names=["T1"])


def test_weights_of_any_size_weigh():
    """A month a 10**200th of the others still takes what nobody else may."""
    tiny = EVEN.copy()
    tiny[0, 1] = 1e-200
    others = {month: 10 for month in MONTHS if month != "2027-02"}
    assert by(spread(1_000, others, tiny), "month")["2027-02"] == 890


def test_each_row_has_its_own_months_and_units():
    weights = np.eye(12)[[0, 11]]
    units = {"month_week": np.array([1, 100])}
    values = pd.DataFrame(cascade(np.array([100, 100]), CELLS, month_weights=weights, units=units), columns=CELLS.index)
    assert by(values.loc[0], "month")["2027-01"] == 100
    assert by(values.loc[1], "month")["2027-12"] == 100
    assert sorted(values.loc[1])[-2:] == [0, 100]
