import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.attainment.gap_split import PARTS, coverage_productivity, price_volume_mix, whole_parts

money = st.integers(0, 10**7)
outlets = st.lists(st.tuples(money, st.integers(1, 10**4), money, st.integers(0, 10**4)), min_size=1, max_size=12)


def one(value):
    return pd.Series([value], dtype=float)


@pytest.mark.parametrize(
    ("target", "actual", "planned", "trading", "coverage", "cause"),
    [
        (1000, 720, 10, 8, -200, "coverage"),
        (1000, 700, 10, 10, 0, "productivity"),
        (1000, 0, 10, 0, -1000, "coverage"),
        (1000, 900, 10, 12, 200, "productivity"),  # more outlets than planned, each much weaker
        (1000, 1100, 10, 10, 0, ""),
    ],
)
def test_coverage_and_productivity_by_hand(target, actual, planned, trading, coverage, cause):
    row = coverage_productivity(one(target), one(actual), planned=one(planned), trading=one(trading)).iloc[0]
    assert (row["gap"], row["coverage_gap"], row["cause"]) == (actual - target, coverage, cause)
    assert row["coverage_gap"] + row["productivity_gap"] == row["gap"]


def test_outlets_that_are_not_planned_leave_the_split_unknown():
    row = coverage_productivity(one(1000), one(900), planned=one(np.nan), trading=one(8)).iloc[0]
    assert row["gap"] == -100 and row[["coverage_gap", "productivity_gap"]].isna().all() and row["cause"] == ""


def figures(rows, names="ABCDEFGHIJKL"):
    table = pd.DataFrame(
        rows, columns=["sales_before", "quantity_before", "sales", "quantity"], index=list(names[: len(rows)])
    )
    before = table[["sales_before", "quantity_before"]].set_axis(["sales", "quantity"], axis=1)
    return before.astype(float), table[["sales", "quantity"]].astype(float)


def test_volume_mix_and_price_by_hand():
    """
    A: 10 at 10, then 20 at 10; B: 10 at 30, then 10 at 33. Mean price was 20.

    Volume (30 - 20) x 20 = 200; at old prices 200 + 300 = 500, at the mean price 600: mix -100; price 530 - 500 = 30.
    """
    before, now = figures([(100, 10, 200, 20), (300, 10, 330, 10)])
    groups = pd.Series({"A": "T1", "B": "T1"})
    parts = price_volume_mix(before, now, target=pd.Series({"T1": 500.0}), groups=groups).loc["T1"]
    assert parts.to_dict() == {"asked": -100, "outlets": 0, "volume": 200, "mix": -100, "price": 30}
    assert parts.sum() == 530 - 500


def test_outlets_that_come_and_go_are_their_own_part():
    before, now = figures([(100, 10, 100, 10), (50, 5, np.nan, np.nan), (np.nan, np.nan, 80, 8)])
    groups = pd.Series({"A": "T1", "B": "T1", "C": "T1"})
    parts = price_volume_mix(before, now, target=pd.Series({"T1": 150.0}), groups=groups).loc["T1"]
    assert parts.to_dict() == {"asked": 0, "outlets": 30, "volume": 0, "mix": 0, "price": 0}
    none = pd.Series({"A": False, "B": True, "C": True})
    parts = price_volume_mix(
        before, now.assign(sales=[120, None, 80]), target=pd.Series({"T1": 150.0}), groups=groups, comparable=none
    ).loc["T1"]
    assert parts["outlets"] == 50 and parts["price"] == 0


@given(outlets, money)
def test_the_parts_always_add_up_to_the_gap(rows, target):
    before, now = figures(rows)
    groups = pd.Series("T1", before.index)
    wanted = pd.Series({"T1": float(target)})
    parts = price_volume_mix(before, now, target=wanted, groups=groups)
    gap = pd.Series({"T1": now["sales"].sum() - target})
    assert parts.loc["T1"].sum() == pytest.approx(gap["T1"], rel=1e-9, abs=1e-3)
    whole = whole_parts(parts, gap)
    assert whole.loc["T1"].sum() == gap["T1"] and (whole - parts).abs().max(axis=None) < 1 + 1e-3
    assert list(parts.columns) == list(PARTS)


def test_a_quantity_that_is_missing_leaves_the_group_unknown_and_no_other():
    before, now = figures([(100, 10, 100, np.nan), (100, 10, 90, 9)])
    groups = pd.Series({"A": "T1", "B": "T2"})
    parts = price_volume_mix(before, now, target=pd.Series({"T1": 100.0, "T2": 100.0}), groups=groups)
    assert parts.loc["T1"].isna().all() and parts.loc["T2"].sum() == -10


def test_parts_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="1 rows of parts do not add up"):
        whole_parts(pd.DataFrame({"a": [1.0], "b": [2.0]}), pd.Series([5.0]))
    assert whole_parts(pd.DataFrame({"a": [np.nan], "b": [2.0]}), pd.Series([5.0])).isna().all(axis=None)
