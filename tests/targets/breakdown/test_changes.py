import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.breakdown.changes import COLUMNS, history_of, recorded

values = st.dictionaries(
    st.tuples(st.sampled_from(["T1", "T2", None]), st.sampled_from(["2027", "2027-01"])), st.integers(0, 10**18)
)


def version(figures):
    keys = list(figures)
    table = pd.DataFrame(keys, columns=["territory_id", "period"], dtype=object)
    return table.assign(value=pd.Series([figures[key] for key in keys], dtype=object))


@given(st.lists(values, min_size=2, max_size=4))
def test_played_again_the_record_gives_the_last_version(versions):
    log = None
    for step, (before, after) in enumerate(zip(versions, versions[1:])):
        log = recorded(version(before), version(after), set_by="Lin", rule="lock", set_on=f"step {step}", log=log)
    state = dict(versions[0])
    for row in log.itertuples():
        key = row.territory_id, row.period
        assert state.get(key) == row.value_before  # exact, to the last unit
        state[key] = row.value_after
    assert {key: value for key, value in state.items() if value is not None} == versions[-1]


def test_who_by_which_rule_from_what_to_what_and_when():
    before = version({("T1", "2027"): 100, ("T2", "2027"): 50})
    after = version({("T1", "2027"): 110, ("T3", "2027"): 7})
    log = recorded(before, after, set_by="林经理", rule="lock", reason="new mall", set_on="2026-12-01")
    assert list(log) == list(COLUMNS)
    told = log[["territory_id", "value_before", "value_after", "set_by", "rule", "reason", "set_on"]].values.tolist()
    end = ["林经理", "lock", "new mall", "2026-12-01"]
    assert told == [["T1", 100, 110, *end], ["T3", None, 7, *end], ["T2", 50, None, *end]]
    assert history_of(log, territory_id="T3")["value_after"].tolist() == [7]
    assert recorded(after, after, set_by="Lin", rule="lock").empty


def test_a_missing_value_is_no_figure_and_equal_floats_no_change():
    before = pd.DataFrame({"territory_id": ["T1", "T2"], "value": [1.0, np.nan]})
    assert recorded(before, before.assign(value=[1, np.nan]), set_by="Lin", rule="lock").empty


def test_a_record_refuses_what_it_cannot_name():
    table = version({("T1", "2027"): 100})
    with pytest.raises(ValueError, match="needs the name of who made it"):
        recorded(table, table, set_by=" ", rule="lock")
    with pytest.raises(ValueError, match="must have the same of the columns"):
        recorded(table, table.drop(columns="period"), set_by="Lin", rule="lock")
    with pytest.raises(ValueError, match="stands twice in the version after"):
        recorded(table, pd.concat([table, table]), set_by="Lin", rule="lock")
    with pytest.raises(ValueError, match="place name no figure"):
        history_of(recorded(table, table, set_by="Lin", rule="lock"), place="T1")
