from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.proposals import conflicts, owners, proposed_year, reconcile

ROOT = Path(__file__).parents[3]


def sheet(*rows):
    return pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value", "owner"])


def quarters(value, territory="T1", owner="Lin"):
    return [(territory, f"2027-Q{n}", "sales", value, owner) for n in (1, 2, 3, 4)]


def kinds(table):
    return conflicts(table, year=2027)["conflict"].tolist()


def test_sheets_that_agree_have_no_conflict():
    months = [("T2", f"2027-{n:02}", "sales", 10, "Han") for n in range(1, 13)]
    whole = [
        ("T1", "2027", "sales", 100, "Lin"),
        ("T2", "2027-Q2", "sales", 30, "Han"),
        ("T2", "2027", "sales", 120, "Han"),
    ]
    assert conflicts(sheet(*quarters(25), *months, *whole), year=2027).empty


def test_two_managers_on_one_month():
    table = conflicts(sheet(("T1", "2027-02", "sales", 90, "Lin"), ("T1", "2027-02", "sales", 80, "Han")), year=2027)
    assert table["conflict"].tolist() == ["two_owners", "managers"]
    assert table.loc[0, ["period", "owners", "values", "difference"]].tolist() == [
        "2027-02",
        "Han / Lin",
        "80 / 90",
        10,
    ]
    assert kinds(sheet(("T1", "2027-02", "sales", 90, "Lin"), ("T1", "2027-02", "sales", 90, "Lin"))) == ["twice"]
    assert kinds(sheet(("T1", "2027-02", "sales", 9, "Lin"), ("T1", "2027-03", "sales", 9, "Han"))) == ["managers"]
    assert kinds(sheet(("T1", "2027-02", "sales", 9, "Lin"), ("T1", "2027-02", "openings", 9, "Lin"))) == []


def test_a_year_unlike_the_sum_of_its_months():
    months = [("T1", f"2027-{n:02}", "sales", 10, "Lin") for n in range(1, 13)]
    wrong = conflicts(sheet(*months, ("T1", "2027", "sales", 130, "Lin")), year=2027)
    assert wrong[["period", "conflict", "values", "difference"]].values.tolist() == [
        ["2027", "unlike_sum", "130 / 120", 10]
    ]
    assert kinds(sheet(("T1", "2027-Q1", "sales", 20, "Lin"), *months)) == ["unlike_sum"]


def test_parts_that_are_not_all_there_may_not_exceed_the_whole():
    part = ("T1", "2027-02", "sales", 30, "Lin")
    assert kinds(sheet(("T1", "2027-Q1", "sales", 20, "Lin"), part)) == ["unlike_sum"]
    assert kinds(sheet(("T1", "2027-Q1", "sales", 40, "Lin"), part)) == []


def test_rates_and_balances_do_not_add_up_and_weeks_are_not_planned_here():
    rates = [("T1", f"2027-Q{n}", "expense_rate", 0.08, "Lin") for n in (1, 2, 3, 4)]
    assert kinds(sheet(*rates, ("T1", "2027", "expense_rate", 0.08, "Lin"))) == []
    assert kinds(sheet(("T1", "2027-W05", "sales", 9, "Lin"))) == ["period"]
    assert conflicts(sheet(*quarters(25)), year=2028).empty


def test_owners_need_not_be_named():
    rows = sheet(("T1", "2027", "sales", 9, None), ("T1", "2027", "sales", 8, None))
    assert kinds(rows) == ["twice"] and kinds(rows.drop(columns="owner")) == ["twice"]
    assert proposed_year(rows.head(1).drop(columns="owner"), year=2027)["owner"].isna().all()


def test_the_year_is_its_own_row_or_the_sum_of_its_parts_and_never_guessed():
    months = [("T3", f"2027-{n:02}", "sales", 5, "Wu") for n in (1, 2, 3)]
    rows = sheet(
        ("T1", "2027", "sales", 90, "Lin"),
        *quarters(20, "T2", "Han"),
        *months,
        *quarters(30, "T3", "Wu")[1:],
        *quarters(20, "T4", "He")[1:],
        *quarters(20, "T5", "Yu"),
        ("T5", "2027-Q2", "sales", 25, "Lu"),
        *quarters(20, "T6", "Xu"),
        ("T6", "2027", "sales", 99, "Xu"),
        ("T7", "2027", "openings", 2, "Qi"),
    )
    table = proposed_year(rows, year=2027)
    assert table["basis"].to_dict() == {
        "T1": "year", "T2": "parts", "T3": "parts", "T4": "incomplete", "T5": "conflict", "T6": "conflict"
    }  # fmt: skip
    assert table["proposed"].tolist()[:3] == [90, 80, 105] and table["proposed"].isna().tolist()[3:] == [True] * 3
    assert table["owner"].tolist()[:4] == ["Lin", "Han", "Wu", "He"] and table.loc["T5", "owner"] is None
    with pytest.raises(ValueError, match="'expense_rate' does not add up over time"):
        proposed_year(rows, year=2027, metric="expense_rate")


def test_a_conflict_of_a_month_that_the_sum_does_not_need_is_not_in_its_way():
    rows = sheet(*quarters(25), ("T1", "2027-02", "sales", 8, "Lin"), ("T1", "2027-02", "sales", 9, "Han"))
    assert proposed_year(rows, year=2027).loc["T1", ["proposed", "basis"]].tolist() == [100, "parts"]


def test_the_demo_city_has_one_month_that_two_managers_propose():
    from expansion_kit import load_city

    proposals = load_city(ROOT / "data" / "demo_city")["proposals"]
    table = conflicts(proposals, year=2027)
    assert table[["territory_id", "period", "conflict"]].fillna("").values.tolist() == [
        ["T5", "2027-02", "two_owners"],
        ["T5", "", "managers"],
    ]
    assert proposed_year(proposals, year=2027)["proposed"].notna().sum() == 8


def test_bottom_up_meets_top_down_by_hand():
    proposed = pd.Series([100, 60, np.nan], pd.Index(["T1", "T2", "T3"], name="territory_id"))
    table = reconcile(proposed, total=220, fallback=pd.Series({"T3": 40}))
    assert table["target"].tolist() == [110, 66, 44] and table["added"].tolist() == [10, 6, 4]
    assert table["basis"].tolist() == ["proposal", "proposal", "fallback"]
    less = reconcile(
        proposed, total=190, fallback=pd.Series({"T3": 40}), headroom=pd.Series({"T1": 1, "T2": 1, "T3": 0})
    )
    assert less["target"].tolist() == [95, 55, 40]
    with pytest.raises(ValueError, match="nor a fallback, for T3"):
        reconcile(proposed, total=220)
    with pytest.raises(ValueError, match="takes more from T2 than"):
        reconcile(proposed[:2], total=80, headroom=pd.Series({"T1": 0, "T2": 1}))
    with pytest.raises(ValueError, match="headroom must be known"):
        reconcile(proposed[:2], total=220, headroom=pd.Series({"T1": 1}))


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.integers(0, 10**15), st.randoms())
def test_reconciled_targets_add_up_in_any_order(values, total, random):
    proposed = pd.Series(values, [f"T{i}" for i in range(len(values))])
    table = reconcile(proposed, total=total, unit=100)
    assert sum(map(int, table["target"])) == total
    again = reconcile(proposed.sample(frac=1, random_state=random.randrange(99)), total=total, unit=100)
    assert again.loc[proposed.index, "target"].tolist() == table["target"].tolist()


def test_a_territory_with_two_managers_bears_both_names():
    rows = sheet(*quarters(9), ("T1", "2027", "openings", 1, "Han"), ("T2", "2026", "sales", 5, "Lin"))
    assert owners(rows, year=2027, between="、").to_dict() == {"T1": "Han、Lin"}
    assert owners(rows.drop(columns="owner"), year=2027).empty
