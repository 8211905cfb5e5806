import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from expansion_kit.candidates.conversion import conversion, signing_rates, stage_times, wilson
from expansion_kit.candidates.stages import STAGES

START = pd.Timestamp("2026-01-01")
row = st.tuples(st.sampled_from(STAGES), st.sampled_from([None, "signed", "lost"]), st.sampled_from("ab"))


def table_of(rows):
    return pd.DataFrame(rows, columns=["stage", "outcome", "owner"], index=[f"P{k}" for k in range(len(rows))])


def test_wilson_has_the_values_of_the_literature():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 15 of 148, 0 of 20, 1 of 29, 95 %
    low, high = wilson([81, 15, 0, 1], [263, 148, 20, 29], level=0.95)
    assert_allclose(low, [0.2553, 0.0624, 0.0, 0.0061], atol=5e-5)
    assert_allclose(high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)
    assert np.isnan(wilson([0], [0])).all() and wilson([3], [3])[1] == 1
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=90)


@given(st.lists(row, max_size=30))
def test_rates_multiply_to_the_share_that_signs_and_the_order_of_rows_is_nothing(rows):
    prospects = table_of(rows)
    table = conversion(prospects)
    closed = prospects["outcome"].notna()
    beyond = prospects["stage"].isin(STAGES[STAGES.index("contract") + 1 :]) & (prospects["outcome"] == "lost")
    signed = int(((prospects["outcome"] == "signed") | beyond).sum())
    assert table["passed"].iloc[-1] == signed and table["reached"].iloc[0] == closed.sum()
    assert (table["reached"].to_numpy()[1:] == table["passed"].to_numpy()[:-1]).all()
    if signed:
        assert table["rate"].prod() == pytest.approx(signed / closed.sum())
    assert table["open_here"].iloc[0] + table["open_beyond"].iloc[0] == (~closed).sum()
    known = table.dropna()
    assert ((known["low"] <= known["rate"] + 1e-12) & (known["rate"] <= known["high"] + 1e-12)).all()
    assert_frame_equal(conversion(prospects.iloc[::-1]), table)
    if rows:
        parts = conversion(prospects, by="owner")[["reached", "passed"]].groupby("stage").sum()
        assert_frame_equal(parts.loc[table.index], table[["reached", "passed"]])


def test_conversion_by_hand():
    rows = [("enquiry", "lost", "a")] * 5 + [("visit", "lost", "a")] * 5 + [("stock", "signed", "a")] * 10
    table = conversion(table_of([*rows, ("deposit", None, "a"), ("training", None, "a")]))
    assert table.loc["enquiry", ["reached", "passed", "lost"]].tolist() == [20, 15, 5]
    assert table.loc["visit", ["reached", "rate", "open_here", "open_beyond"]].tolist() == [15, 10 / 15, 0, 1]
    assert table.loc["enquiry", "rate_with_open"] == 17 / 22
    assert table.index[-1] == "contract" and not table["few"].any()
    assert conversion(table_of(rows), stages=["enquiry", "visit", "stock"]).index.tolist() == [
        "enquiry",
        "visit",
        "stock",
    ]


def test_few_are_said_and_none_are_missing():
    rates = signing_rates(table_of([("visit", "signed", "a"), ("visit", None, "b")]), "owner")
    assert rates["few"].all() and np.isnan(rates.loc["b", ["rate", "low", "high"]].astype(float)).all()
    with pytest.raises(ValueError, match="no column owner"):
        signing_rates(pd.DataFrame({"outcome": ["lost"]}), "owner")
    with pytest.raises(ValueError, match="no column outcome"):
        conversion(pd.DataFrame({"stage": ["visit"]}))


def test_time_by_stage_is_the_kaplan_meier_curve_by_hand():
    # stays of 10, 20 and 40 days that ended, one of 30 that goes on: S(10) = 3/4, S(20) = 1/2, S(40) = 0
    days, rows = {"A": 10, "B": 20, "D": 40}, []
    for key, length in days.items():
        rows += [(key, "enquiry", START), (key, "application", START + pd.Timedelta(days=length))]
    rows += [("C", "enquiry", pd.Timestamp("2026-10-01")), ("L", "enquiry", START)]
    moves = pd.DataFrame(rows, columns=["prospect_id", "stage", "date"])
    prospects = pd.DataFrame({"outcome": [None, None, None, None, "lost"]}, index=list("ABCDL"))
    table = stage_times(moves, prospects, as_of="2026-10-31")
    assert table.loc["enquiry"].tolist() == [3, 1, 20.0, 40.0, 40.0, True]
    assert table.loc["visit", ["moved_on", "standing"]].tolist() == [0, 0] and np.isnan(table.loc["visit", "median"])
    assert_frame_equal(stage_times(moves.iloc[::-1], prospects, as_of="2026-10-31"), table)
