import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.collecting import collection_progress

money = st.integers(0, 10**9)


def plan(rows, territory="T1"):
    months = [f"2027-{month:02}" for month in range(1, len(rows) + 1)]
    index = pd.MultiIndex.from_product([[territory], months], names=["territory_id", "period"])
    return pd.DataFrame(rows, index, columns=["receivable", "collected", "actual"], dtype=float)


def test_the_shortfall_rolls_into_the_next_month_by_hand():
    told = collection_progress(plan([(100, 95, 80), (100, 95, 100), (100, 95, 120)]))
    assert told["rolled_in"].tolist() == [0, 15, 10]
    assert told["plan_with_arrears"].tolist() == [95, 110, 105]
    assert told["shortfall"].tolist() == [15, 10, 0]
    assert told["collection_rate"].tolist() == [0.8, 1.0, 1.2]
    assert told["completion_rate"].tolist() == pytest.approx([80 / 95, 100 / 110, 120 / 105])


@given(st.lists(st.tuples(money, money, money), min_size=1, max_size=12), money)
def test_nothing_that_is_owed_is_lost_or_counted_twice(rows, owed):
    told = collection_progress(plan(rows), arrears=pd.Series({"T1": owed}))
    against = np.minimum(told["actual"], told["plan_with_arrears"]).sum()
    assert owed + told["collected"].sum() - against == told["shortfall"].iloc[-1]
    assert told["rolled_in"].iloc[1:].tolist() == told["shortfall"].iloc[:-1].tolist()


def test_a_month_that_is_not_over_has_no_rate_and_what_follows_is_not_known():
    told = collection_progress(plan([(100, 95, 90), (100, 95, None), (100, 95, None)]))
    assert told["plan_with_arrears"].tolist()[:2] == [95, 100]
    assert told["completion_rate"].isna().tolist() == [False, True, True]
    assert np.isnan(told["rolled_in"].iloc[2]) and np.isnan(told["shortfall"].iloc[1])


def test_territories_do_not_mix_and_nothing_due_has_no_rate():
    told = collection_progress(pd.concat([plan([(0, 0, 0), (100, 90, 90)], "T2"), plan([(100, 90, 0)], "T1")]))
    assert told.loc[("T2", "2027-02"), "rolled_in"] == 0
    assert told.loc[("T2", "2027-01"), ["collection_rate", "completion_rate"]].isna().all()


def test_plans_that_are_none():
    with pytest.raises(ValueError, match="nothing negative; not so for .'T1', '2027-01'"):
        collection_progress(plan([(100, None, 5)]))
    with pytest.raises(ValueError, match="months have a gap before .'T1', '2027-03'"):
        collection_progress(plan([(1, 1, 1)] * 3).drop(("T1", "2027-02")))
    with pytest.raises(ValueError, match="arrears must be known"):
        collection_progress(plan([(1, 1, 1)]), arrears=pd.Series({"T1": -1}))
    with pytest.raises(ValueError, match="each pair once"):
        collection_progress(plan([(1, 1, 1)]).reset_index())
