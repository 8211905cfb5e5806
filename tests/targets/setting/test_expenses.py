import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.expenses import expense_items, expense_targets

INDEX = ["territory_id", "period"]


def table(*rows):
    return pd.DataFrame(rows, columns=["territory_id", "item", "kind", "amount", "rate", "period"])


ITEMS = expense_items(
    table(
        ("T1", "rent", "fixed", 10_000, None, "2026-10"),
        ("T1", "ads", "variable", None, 0.02, "2026-10"),
        ("T2", "ads", "variable", None, 0.05, "2026-10"),
    )
)


def sales(**values):
    """Of two months by territory."""
    rows = {(t, f"2027-0{m + 1}"): money for t, both in values.items() for m, money in enumerate(both)}
    return pd.Series(list(rows.values()), pd.MultiIndex.from_tuples(rows, names=INDEX))


def spent(found):
    return found.groupby(["territory_id", "item", "period"])["expense"].sum().to_dict()


def test_fixed_items_stand_and_variable_ones_follow_sales():
    found = expense_targets(sales(T1=[100_000, 200_000], T2=[50_000, 0]), ITEMS)
    assert spent(found) == {
        ("T1", "rent", "2027-01"): 10_000, ("T1", "rent", "2027-02"): 10_000, ("T1", "ads", "2027-01"): 2_000,
        ("T1", "ads", "2027-02"): 4_000, ("T2", "ads", "2027-01"): 2_500, ("T2", "ads", "2027-02"): 0,
    }  # fmt: skip


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_the_expense_rate_falls_as_sales_grow(low, more):
    rate = [
        expense_targets(sales(T1=[money, money]), ITEMS)["expense"].sum() / (2 * money) for money in (low, low + more)
    ]
    assert rate[1] <= rate[0] + 1 / low


def test_economies_of_scale_by_hand():
    # 0.05 of 100,000 is 5,000; sales four times the base cost twice as much at an elasticity of 1/2
    base, four = sales(T2=[100_000, 100_000]), sales(T2=[400_000, 100_000])
    assert expense_targets(four, ITEMS, base=base, elasticity=0.5)["expense"].tolist() == [10_000, 5_000]
    assert expense_targets(four, ITEMS, base=base, elasticity={"ads": 1})["expense"].tolist() == [20_000, 5_000]
    with pytest.raises(ValueError, match="economies of scale need the base"):
        expense_targets(four, ITEMS, elasticity=0.5)
    with pytest.raises(ValueError, match="base must be above 0, but is not for T2 ads"):
        expense_targets(four, ITEMS, base=base.iloc[:1], elasticity=0.5)
    for wrong in (1.2, {"taxi": 0.5}):
        with pytest.raises(ValueError, match="elasticities must be of items"):
            expense_targets(four, ITEMS, base=base, elasticity=wrong)


def test_competition_is_an_item_of_its_own():
    found = expense_targets(sales(T1=[100_000, 0], T2=[100_000, 0]), ITEMS, surcharge=pd.Series({"T2": 0.005}))
    assert spent(found)["T2", "competition", "2027-01"] == 500
    assert set(found.loc[found["territory_id"] == "T1", "item"]) == {"rent", "ads"}


def test_a_locked_month_is_shared_by_its_items_and_a_total_is_met():
    plan = sales(T1=[100_000, 100_000])
    found = expense_targets(plan, ITEMS, locks={("T1", "2027-01"): 6_000})
    assert spent(found)["T1", "rent", "2027-01"] == 5_000 and spent(found)["T1", "ads", "2027-01"] == 1_000
    assert found["expense"].sum() == 18_000
    assert expense_targets(plan, ITEMS, total=12_345)["expense"].sum() == 12_345
    with pytest.raises(ValueError, match="expense of T9 in 2027-01 is locked"):
        expense_targets(plan, ITEMS, locks={("T9", "2027-01"): 6_000})


@given(st.lists(st.integers(0, 10**13), min_size=4, max_size=4), st.integers(0, 10**15), st.randoms())
def test_expense_adds_up_in_any_order(values, total, random):
    plan = sales(T1=values[:2], T2=values[2:])
    found = expense_targets(plan, ITEMS, total=total)
    assert found["expense"].sum() == total
    shuffled = plan.loc[random.sample(list(plan.index), 4)]
    assert spent(expense_targets(shuffled, ITEMS, total=total)) == spent(found)


def test_items_are_means_of_the_months_they_were_given_for():
    found = expense_items(
        table(
            ("T1", "rent", "fixed", 9_000, None, "2026-Q4"),
            ("T1", "rent", "fixed", 5_000, None, "2026-09"),
            ("T1", "fair", "fixed", 12_000, None, "2026"),
            ("T1", "ads", "variable", None, 0.02, None),
            ("T1", "ads", "variable", None, 0.04, None),
        )
    )
    assert found.loc[("T1", "rent"), "amount"] == 14_000 / 4
    assert found.loc[("T1", "fair"), "amount"] == 1_000
    assert found.loc[("T1", "ads"), "rate"] == pytest.approx(0.03) and np.isnan(found.loc[("T1", "ads"), "amount"])


def test_items_that_say_too_little():
    with pytest.raises(
        ValueError, match="without the amount .*: T1 rent; amounts without a period.*: T1 rent, T2 rent"
    ):
        expense_items(
            table(("T1", "rent", "fixed", None, None, None), ("T2", "rent", "fixed", 5, None, None)).drop(
                columns="rate"
            )
        )
    with pytest.raises(ValueError, match="fixed in one row and variable in another: .'T1', 'rent'"):
        expense_items(table(("T1", "rent", "fixed", 5, None, "2026"), ("T1", "rent", "variable", None, 0.1, "2026")))
    one = table(("T1", "rent", "fixed", 6, None, None))
    assert (
        expense_items(one, per="quarter")["amount"].tolist() == [2]
        and len(expense_items(one.drop(columns="period"), per="year")) == 1
    )
    with pytest.raises(ValueError, match="per must be one of"):
        expense_items(one, per="week")
    with pytest.raises(ValueError, match="no expense items for T3"):
        expense_targets(sales(T3=[1, 1]), ITEMS)
    with pytest.raises(ValueError, match="sales must be known"):
        expense_targets(sales(T1=[1, np.nan]), ITEMS)
    with pytest.raises(ValueError, match="each pair once"):
        expense_targets(pd.Series([1]), ITEMS)
