import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.prospects.follow_up import REASONS, follow_ups, reasons_text

AS_OF = "2026-11-10"


def people(**columns):
    n = max(map(len, columns.values()))
    columns = {"stage": ["enquiry"] * n} | columns
    return pd.DataFrame(columns, index=pd.Index([f"P{k}" for k in range(1, n + 1)], name="prospect_id"))


def contacts(*rows):
    return pd.DataFrame(rows, columns=["prospect_id", "date", "next_action", "next_date"])


def test_each_reason_to_call_by_hand():
    said = contacts(
        ("P1", "2026-10-20", "send", "2026-10-31"),
        ("P2", "2026-11-01", "meet", "2026-11-17"),
        ("P3", "2026-11-01", "meet", "2026-11-18"),
        ("P5", "2026-10-20", None, None),
        ("P6", "2026-11-05", None, None),
        ("P7", "2026-11-03", None, None),
        ("P8", "2026-09-01", "meet", "2027-01-01"),
    )
    table = follow_ups(people(stage=["enquiry"] * 8), said, AS_OF)
    expected = {
        "P1": (("overdue", "quiet"), True),
        "P2": (("due",), True),
        "P3": ((), False),
        "P4": (("never_contacted",), True),
        "P5": (("quiet", "no_next_step"), True),
        "P6": (("no_next_step",), False),
        "P7": (("no_next_step",), True),  # a week ago
        "P8": ((), False),  # silence is agreed until January
    }
    assert {key: (row["reasons"], row["call"]) for key, row in table.iterrows()} == expected
    assert table.loc["P1", ["overdue_days", "days_since_contact"]].tolist() == [10, 21]
    assert table.at["P2", "overdue_days"] == 0 and np.isnan(table.at["P4", "overdue_days"])


def test_the_last_contact_counts_and_of_one_day_the_earliest_promise():
    said = contacts(
        ("P1", "2026-11-01", "old", "2026-11-02"),
        ("P1", "2026-11-05", None, None),
        ("P1", "2026-11-05", "late", "2026-12-01"),
        ("P1", "2026-11-05", "early", "2026-11-20"),
        ("P1", "2026-11-11", "not yet", "2026-11-12"),
    )
    for seed in range(4):
        table = follow_ups(people(stage=["enquiry"]), said.sample(frac=1, random_state=seed), AS_OF)
        assert table.loc["P1", ["next_action", "contacts"]].tolist() == ["early", 4]
        assert table.at["P1", "last_contact"] == pd.Timestamp("2026-11-05") and table.attrs["later"] == 1


def test_priority_is_the_product_of_its_factors():
    said = contacts(
        ("P1", "2026-11-01", "a", "2026-11-10"),
        ("P2", "2026-11-01", "a", "2026-11-03"),
        ("P3", "2026-11-01", "a", "2026-10-01"),
    )
    chance, value = pd.Series({"P1": 0.5, "P2": 0.5, "P3": 0.1}), pd.Series({"P1": 100.0, "P2": 100.0, "P3": 100.0})
    table = follow_ups(people(stage=["enquiry", "review", "enquiry"]), said, AS_OF, chance=chance, value=value)
    assert table["urgency_time"].to_dict() == {"P1": 1.0, "P2": 2.0, "P3": 3.0}
    assert table["urgency_stage"].to_dict() == {"P1": 1.0, "P2": 2.0, "P3": 1.0}
    assert table["priority"].to_dict() == pytest.approx({"P1": 50.0, "P2": 200.0, "P3": 30.0})
    assert table.index.tolist() == ["P2", "P1", "P3"] and table["rank"].tolist() == [1, 2, 3]


def test_what_is_missing_is_said_and_not_filled():
    table = follow_ups(people(stage=["enquiry", "my own"]), None, AS_OF, chance=pd.Series({"P2": 0.5}))
    assert table["missing"].to_dict() == {"P1": "chance; urgency", "P2": "urgency"}
    assert table["priority"].isna().all() and table["rank"].isna().all() and table["call"].all()
    assert table.attrs["factors"] == ["chance", "urgency"] and table["value"].isna().all()
    own = follow_ups(people(stage=["my own"], stage_since=["2026-11-08"]), None, AS_OF, stages=["first", "my own"])
    assert own.loc["P1", ["urgency_time", "urgency_stage", "priority"]].tolist() == [1.0, 2.0, 2.0]


def test_closed_prospects_are_left_out_and_counted():
    table = follow_ups(people(outcome=["signed", None, "lost"]), None, AS_OF)
    assert table.index.tolist() == ["P2"] and table.attrs["closed"] == 2
    assert follow_ups(people(outcome=["signed"]), None, AS_OF).empty


def test_a_chance_or_value_that_cannot_be_is_refused():
    for given_ in ({"chance": pd.Series({"P1": 1.5})}, {"value": pd.Series({"P1": -1.0})}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            follow_ups(people(stage=["enquiry"]), None, AS_OF, **given_)


@settings(max_examples=10)
@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    who = people(stage=["enquiry", "咨询", "visit", "deposit", "enquiry", "stock"])
    said = contacts(*[(f"P{n % 4 + 1}", f"2026-11-0{n + 1}", f"a{n}", f"2026-11-1{n}") for n in range(6)])
    value = pd.Series(1.0, who.index)
    one = follow_ups(who, said, AS_OF, value=value)
    two = follow_ups(who.iloc[list(order)], said.iloc[list(order)], AS_OF, value=value)
    pd.testing.assert_frame_equal(one, two)


def test_every_reason_has_words_in_both_languages():
    for lang in ("en", "zh"):
        texts = reasons_text(pd.Series([(key,) for key in REASONS]), lang)
        assert texts.is_unique and texts.str.len().min() > 2
