import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.attainment.accounts import (
    collections,
    collections_to_date,
    expense_rate_target,
    expense_to_date,
)

amounts = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=12)


def months(values):
    index = pd.period_range("2026-01", periods=len(values), freq="M")
    return pd.DataFrame({"T1": values}, index, dtype=float).rename_axis(columns="territory_id")


def test_a_shortfall_is_rolled_into_the_next_month_and_paid_down():
    table = collections(months([100, 100, 100]), months([80, 110, 110]))
    assert table["plan"].tolist() == [100, 120, 110] and table["arrears"].tolist() == [20, 10, 0]
    assert table["completion"].round(4).tolist() == [0.8, 0.9167, 1.0]
    assert table["collection_rate"].tolist() == [0.8, 1.1, 1.1]  # the rate knows no arrears
    state = collections_to_date(table).loc["T1"]
    assert state["collection_rate"] == 1.0 and state["arrears"] == 0 and state["last_month"] == "2026-03"


@given(amounts, st.integers(0, 10**5))
def test_arrears_are_what_was_due_and_never_came(rows, opening):
    due, collected = (months([row[place] for row in rows]) for place in (0, 1))
    table = collections(due, collected, opening=pd.Series({"T1": float(opening)}))
    assert table["arrears"].iloc[-1] == pytest.approx(opening + due["T1"].sum() - collected["T1"].sum())
    assert (table["plan"] - table["collected"]).tolist() == pytest.approx(table["arrears"].tolist())


def test_after_a_missing_month_the_arrears_are_not_known_but_an_opening_is_no_gap():
    table = collections(months([np.nan, 100, np.nan, 100]), months([np.nan, 90, 90, 90]))
    assert table["period"].astype(str).tolist() == ["2026-02", "2026-04"]
    assert table["arrears"].fillna(-1).tolist() == [10, -1] and table["plan"].fillna(-1).tolist() == [100, -1]


def test_expense_is_compared_where_the_period_is_over_and_the_figure_known():
    rows = pd.DataFrame(
        [
            ("T1", "travel", "2026-Q1", 100, 120),
            ("T1", "travel", "2026-Q2", 100, None),
            ("T1", "travel", "2026-Q3", 100, 10),  # not over
            ("T1", "travel", "2025-Q4", 100, 500),  # another year
            ("T1", "openings", "2026-02", 50, 40),
            ("T2", "travel", "2026-Q1", 100, None),
        ],
        columns=["territory_id", "item", "period", "amount", "spent"],
    )
    table = expense_to_date(rows, "2026-06-30").set_index(["territory_id", "item"])
    assert table.loc[("T1", "travel"), ["amount", "spent", "over", "used", "periods", "unknown"]].tolist() == [
        100, 120, 20, 1.2, 1, 1,
    ]  # fmt: skip
    assert table.loc[("T1", "openings"), "over"] == -10
    assert table.loc[("T2", "travel"), ["amount", "spent", "used"]].isna().all()
    assert len(expense_to_date(rows.drop(columns="spent"), "2026-06-30")) == 3


def test_the_rate_falls_as_sales_grow_because_part_of_it_is_fixed():
    rows = pd.DataFrame(
        [
            ("T1", "rent", "fixed", 10.0, None, "2026-01"),
            ("T1", "rent", "fixed", 12.0, None, "2026-04"),  # the latest counts
            ("T1", "staff", "fixed", 60.0, None, "2026-Q1"),  # 20 a month
            ("T1", "ads", "variable", None, 0.03, "2026-01"),
        ],
        columns=["territory_id", "item", "kind", "amount", "rate", "period"],
    )
    rates = [expense_rate_target(rows, pd.Series({"T1": sales}), months=6)["T1"] for sales in (1920.0, 3840.0)]
    assert rates == pytest.approx([6 * 32 / 1920 + 0.03, 6 * 32 / 3840 + 0.03])
    assert expense_rate_target(rows, pd.Series({"T9": 100.0}), months=6).isna().all()


def test_items_may_all_be_fixed_or_all_be_shares_of_sales():
    rows = {"territory_id": ["T1"], "item": ["rent"], "kind": ["fixed"]}
    target = pd.Series({"T1": 200.0})
    fixed, variable = (pd.DataFrame(rows | more) for more in ({"amount": [10.0]}, {"rate": [0.05]}))
    assert expense_rate_target(fixed, target, months=2)["T1"] == pytest.approx(0.1)
    assert expense_rate_target(variable, target, months=2)["T1"] == pytest.approx(0.05)
