import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.schemas.plans import METRICS as NAMED
from expansion_kit.targets.breakdown.periods import COLUMNS
from expansion_kit.targets.setting.family import (
    METRICS,
    RATES,
    amounts,
    by_cell,
    exact_cells,
    family,
    money_locks,
    rates,
    summed,
)

MONTHS = [f"2027-{month:02}" for month in range(1, 13)]
money = st.integers(0, 10**12)


def cells(*territories):
    return pd.MultiIndex.from_product([territories, MONTHS], names=["territory_id", "period"])


@st.composite
def plans(draw):
    index = cells("T1", "T2")
    columns = ["sales", "expense", "receivable", "collected", "goods_on_credit", "covered", "coverable", "market"]
    values = draw(st.lists(st.lists(money, min_size=24, max_size=24), min_size=8, max_size=8))
    return pd.DataFrame(dict(zip(columns, values)), index)


def test_the_metrics_are_those_that_tables_know():
    assert list(METRICS) == list(NAMED)
    assert {name for name, kind in METRICS.items() if kind == "rate"} == set(RATES)


@settings(max_examples=30)
@given(plans())
def test_parts_and_weighted_means_agree_at_every_level(plan):
    table = family(plan, plan_id="P1")
    key = ["level", "territory_id", "period", "metric"]
    value = table.assign(territory_id=table["territory_id"].fillna("")).set_index(key)["value"].to_dict()
    for name, (above, below) in {name: RATES[name] for name in ("expense_rate", "collection_rate")}.items():
        for period in ("2027", "2027-Q2", "2027-05"):
            parts = [
                (t, value["territory", t, period, name], value["territory", t, period, below]) for t in ("T1", "T2")
            ]
            whole = value["network", "", period, below]
            assert whole == sum(weight for _, _, weight in parts)
            assert value["network", "", period, above] == sum(
                value["territory", t, period, above] for t in ("T1", "T2")
            )
            mean = sum(rate * weight if weight else value["territory", t, period, above] for t, rate, weight in parts)
            assert value["network", "", period, name] == pytest.approx(mean / whole) if whole else True
    for metric in ("sales", "expense", "receivable", "collected"):
        for t in ("T1", "T2"):
            quarters = [value["territory", t, f"2027-Q{n}", metric] for n in (1, 2, 3, 4)]
            months = [value["territory", t, month, metric] for month in MONTHS]
            assert value["territory", t, "2027", metric] == sum(quarters) == sum(months)
    for period, month in (("2027", "2027-12"), ("2027-Q2", "2027-06")):
        assert value["network", "", period, "goods_on_credit"] == value["network", "", month, "goods_on_credit"]


def test_the_card_of_october():
    """Sales of 250,000, an expense rate of 8 % and goods on credit of 50,000 (the customer's own example)."""
    plan = pd.DataFrame({"sales": 250_000}, cells("T1"))
    plan["expense"] = amounts(plan["sales"], 0.08, metric="expense")
    plan["goods_on_credit"] = amounts(plan["sales"], 0.2, metric="goods_on_credit")
    plan["openings"] = [0] * 9 + [1, 0, 0]
    card = family(plan, plan_id="P1", method={"sales": "forecast", "goods_on_credit": "share of sales"})
    card = card.query("level == 'territory' and period == '2027-10'").set_index("metric")
    assert card["value"].to_dict() == {
        "sales": 250_000, "openings": 1, "expense": 20_000, "expense_rate": 0.08, "goods_on_credit": 50_000
    }  # fmt: skip
    assert card.loc["sales", "method"] == "forecast" and card.loc["expense_rate", "method"] == "derived"
    assert list(card.reset_index()[list(COLUMNS)]) == list(COLUMNS)
    assert card["days"].eq(31).all() and str(card.loc["sales", "period_end"].date()) == "2027-10-31"


def test_the_year_of_a_balance_is_its_end_and_says_so():
    plan = pd.DataFrame({"goods_on_credit": range(1, 13), "covered": range(12), "coverable": 40}, cells("T1"))
    table = family(plan, plan_id="P1").query("level == 'network'").set_index(["metric", "period"])
    assert table.loc[("goods_on_credit", "2027"), ["value", "method", "days"]].tolist() == [12, "end_of_period", 365]
    assert table.loc[("coverage", "2027-Q1"), ["value", "period_type"]].tolist() == [2 / 40, "quarter"]
    assert "covered" not in table.index.get_level_values("metric")


def test_what_is_missing_stays_missing_above():
    plan = pd.DataFrame({"sales": 100.0, "expense": [np.nan, *[8.0] * 11]}, cells("T1"))
    table = family(plan, plan_id="P1").query("level == 'network'").set_index(["metric", "period"])["value"]
    assert np.isnan(table["expense", "2027"]) and np.isnan(table["expense_rate", "2027-Q1"])
    assert table["expense_rate", "2027-Q2"] == 0.08
    assert rates(pd.DataFrame({"sales": [0], "expense": [5]})).isna().all().all()


def test_a_family_wants_amounts_of_all_months():
    plan = pd.DataFrame({"sales": 100}, cells("T1"))
    with pytest.raises(ValueError, match="the twelve months of one year"):
        family(plan.iloc[1:], plan_id="P1")
    with pytest.raises(ValueError, match="no amounts .rates are derived.: expense_rate"):
        family(plan.assign(expense_rate=0.1), plan_id="P1")
    with pytest.raises(ValueError, match="each pair once"):
        family(plan.reset_index(), plan_id="P1")
    with pytest.raises(ValueError, match="rates are derived, not summed"):
        summed(plan.assign(share=0.1), pd.DataFrame({"year": "2027"}, plan.index))


@given(st.lists(money, min_size=1, max_size=9), st.floats(0, 1), st.sampled_from([1, 100, 1000]), st.randoms())
def test_money_that_goes_with_a_base_adds_up_in_any_order(values, rate, unit, random):
    base = pd.Series(values, [f"T{i}" for i in range(len(values))])
    found = amounts(base, rate, metric="collected", unit=unit)
    assert abs(found.sum() - rate * sum(values)) <= unit / 2 + 1e-3 and found.sum() % unit == 0
    shuffled = base.loc[random.sample(list(base.index), len(base))]
    assert amounts(shuffled, rate, metric="collected", unit=unit).loc[base.index].tolist() == found.tolist()


def test_amounts_by_territory_with_a_total_and_locks():
    base = pd.Series(100, cells("T1", "T2"))
    rate = pd.Series({"T1": 0.3, "T2": 0.1})
    assert amounts(base, rate, metric="receivable").groupby(level=0).sum().tolist() == [360, 120]
    assert amounts(base, rate, metric="receivable", total=4800).loc[("T2", "2027-01")] == 100
    held = amounts(base, rate, metric="receivable", locks={("T1", "2027-01"): 7})
    assert held.iloc[0] == 7 and held.sum() == 7 + 330 + 120
    assert by_cell(rate, base.index).iloc[[0, 12]].tolist() == [0.3, 0.1]
    with pytest.raises(ValueError, match="base and rate must be known"):
        amounts(base, rate.drop("T2"), metric="receivable")
    assert exact_cells(pd.Series([0.0, 0.0])).tolist() == [0, 0]
    assert exact_cells(pd.Series([5.0, 1.0]), locks={0: 0}).tolist() == [0, 1]


def test_locks_of_rates_become_money_of_their_month():
    plan = pd.DataFrame({"sales": 1000, "receivable": 400}, cells("T1"))
    rows = [("T1", "2027-02", "expense_rate", 0.08), ("T1", "2027-03", "expense", 75), ("T1", "2027-04", "sales", 1)]
    rows += [("T1", "2027", "expense", 900), ("T9", "2027-02", "expense", 9), ("T1", "2027-05", "collection_rate", 0.9)]
    locks = pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value"])
    assert money_locks(locks, plan, metric="expense") == {("T1", "2027-02"): 80, ("T1", "2027-03"): 75}
    assert money_locks(locks, plan, metric="collected") == {("T1", "2027-05"): 360}
    twice = pd.concat([locks, pd.DataFrame([("T1", "2027-02", "expense", 81)], columns=locks.columns)])
    with pytest.raises(ValueError, match="expense of T1 in 2027-02 is locked twice"):
        money_locks(twice, plan, metric="expense")
