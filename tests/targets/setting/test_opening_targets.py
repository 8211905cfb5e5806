import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.opening_targets import dated_openings, linked_targets, openings_needed


def test_openings_that_close_a_gap():
    gap = pd.Series([250.0, 200.0, -5.0, np.nan, 9.0], list("ABCDE"))
    each = pd.Series([100.0, 100.0, 100.0, 100.0, np.nan], list("ABCDE"))
    assert openings_needed(gap, each).tolist() == [3, 2, 0, pd.NA, pd.NA]


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 3), st.floats(0, 10**9)), min_size=1, max_size=8),
    st.integers(10**11, 10**15),
    st.sampled_from([1, 1000]),
    st.randoms(),
)
def test_both_targets_add_up_in_any_order(rows, total, unit, random):
    keys = [f"T{i}" for i in range(len(rows))]
    weights, openings = pd.Series([row[0] for row in rows], keys), pd.Series([row[1] for row in rows], keys)
    gain = pd.Series([row[2] if row[1] else 0.0 for row in rows], keys)
    table = linked_targets(weights, openings, gain, total=total, unit=unit)
    assert table["sales"].sum() == total
    assert (table["sales"] == table["sales_openings"] + table["sales_comparable"]).all()
    assert (table["sales_openings"] - gain).abs().max() < 1 + 1e-3
    again = linked_targets(weights.loc[random.sample(keys, len(keys))], openings, gain, total=total, unit=unit)
    assert again.loc[keys, "sales"].tolist() == table["sales"].tolist()


def test_bounds_are_of_the_whole_sales_target():
    keys = pd.Index(["T1", "T2", "T3"], name="territory_id")
    weights, openings, gain = (pd.Series(values, keys) for values in ([1, 1, 2], [0, 2, 1], [0, 200, 50]))
    table = linked_targets(weights, openings, gain, total=1000, locks={"T2": 300}, caps={"T3": 350}, floors={"T1": 350})
    assert table["sales"].to_dict() == {"T1": 350, "T2": 300, "T3": 350}
    with pytest.raises(ValueError, match="more than the locks of T2 by 50"):
        linked_targets(weights, openings, gain, total=1000, locks={"T2": 150})
    with pytest.raises(ValueError, match="openings bring 250, 150 more than the total 100"):
        linked_targets(weights, openings, gain, total=100)
    with pytest.raises(ValueError, match="0 where none open; not so for T1"):
        linked_targets(weights, openings, gain + 1, total=1000)
    even = linked_targets(weights, openings * 0, gain * 0, total=1000, floors=100)
    assert even["sales_comparable"].tolist() == [250, 250, 500]


def test_planned_stores_keep_their_day_and_the_rest_is_spread_evenly():
    days = ["2027-03-01", "2027-09-01", "2028-01-01", None]
    planned = pd.DataFrame({"territory_id": ["T1", "T2", "T1", "T1"], "opened": days}, list("ABCD"))
    found = dated_openings(pd.Series({"T1": 3, "T2": 0, "T3": 4}), planned, year=2027)
    assert found.groupby("territory_id").size().to_dict() == {"T1": 3, "T2": 1, "T3": 4}
    assert found["dated"].sum() == 2 and not found.index.isin(["C", "D"]).any()
    assert found.loc[found["territory_id"] == "T3", "opened"].dt.month.tolist() == [2, 5, 8, 11]


@given(st.integers(0, 40))
def test_as_many_openings_as_counted_all_inside_the_year(count):
    found = dated_openings(pd.Series({"T1": count}), pd.DataFrame({"territory_id": [], "opened": []}), year=2027)
    assert len(found) == count and found.index.is_unique and (found["opened"].dt.year == 2027).all()


def test_months_that_are_held_take_as_many_and_the_rest_opens_in_the_others():
    none = pd.DataFrame({"territory_id": ["T1"], "opened": ["2027-03-02"]}, index=["A"])
    held = pd.DataFrame(
        {"territory_id": ["T1", "T1", "T2"], "period": ["2027-03", "2027-09", "2027-05"], "value": [2, 1, 0]}
    )
    counts = pd.Series({"T1": 5, "T2": 1})
    found = dated_openings(counts, none, year=2027, held=held, first=7)
    months = found.groupby("territory_id")["opened"].apply(lambda days: sorted(days.dt.month)).to_dict()
    assert months == {"T1": [3, 3, 8, 9, 11], "T2": [10]}
    with pytest.raises(ValueError, match="T1 has 1 openings without a day, but the locked months take 2"):
        dated_openings(pd.Series({"T1": 2}), none, year=2027, held=held)
