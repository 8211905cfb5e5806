import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.breakdown import store_plans
from expansion_kit.targets.breakdown.periods import breakdown
from expansion_kit.targets.breakdown.plans import read_targets
from expansion_kit.targets.breakdown.store_plans import store_targets, to_stores

MONTHS = pd.period_range("2025-01", "2026-12", freq="M")


@given(st.integers(0, 10**12), st.lists(st.floats(0.01, 1e7), min_size=1, max_size=9))
def test_the_stores_of_a_territory_add_up_to_its_target(total, sold):
    history = pd.DataFrame({f"S{n}": value for n, value in enumerate(sold)}, MONTHS)
    parts = to_stores(pd.Series({"T1": total}), history, pd.Series("T1", history.columns))
    assert parts.sum() == total and parts.index.name == "store_id"


def test_closed_stores_and_territories_without_a_store_get_nothing():
    history = pd.DataFrame({"S1": 1.0, "S2": 1.0, "S3": 1.0}, MONTHS)
    history.loc["2026-12", "S2"] = None
    parents = pd.Series({"S1": "T1", "S2": "T1", "S3": "T3"})
    assert to_stores(pd.Series({"T1": 9, "T2": 5, "T3": 4}), history, parents).to_dict() == {"S1": 9, "S3": 4}
    assert to_stores(pd.Series({"T2": 5}), history, parents).empty


PLAN_MONTHS = [f"2027-{month:02}" for month in range(1, 13)]
HOMES = pd.Series({"S1": "T1", "S2": "T1", "S3": "T2"})
OPENING = pd.DataFrame(
    {
        "territory_id": "T2",
        "store_id": ["T2-2027-1", "T2-2027-1"],
        "period": ["2027-11", "2027-12"],
        "value": [700, 900],
        "opening_date": pd.Timestamp("2027-11-15"),
    }
)


def of_territories(first, second, **how):
    keys = pd.MultiIndex.from_product([["T1", "T2"], ["base", "challenge"]], names=["territory_id", "tier"])
    return breakdown(pd.Series([first, 2 * first, second, 2 * second], keys), year=2027, plan_id="P", **how)


def weights(**stores):
    return pd.DataFrame(stores, PLAN_MONTHS).T


@settings(max_examples=10, deadline=None)
@given(
    st.integers(10**4, 10**15 // 2),
    st.lists(st.lists(st.floats(0, 1e9), min_size=12, max_size=12), min_size=3, max_size=3),
)
def test_stores_add_up_to_their_territory_in_every_period_and_tier(total, each):
    lock = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-02"], "value": [total // 9]})
    plan = of_territories(total, 5000, openings=OPENING, locks=lock)
    shops = store_targets(plan, weights(**dict(zip(HOMES.index, each))), HOMES, openings=OPENING)
    read_targets(pd.concat([plan, shops], ignore_index=True))
    assert (shops["value"] >= 0).all() and not shops["locked"].any()


def test_what_an_opening_brings_stays_with_it_and_nothing_comes_before_its_day():
    plan = of_territories(10_000, 5000, openings=OPENING)
    shops = store_targets(plan, weights(S1=1.0, S2=1.0, S3=1.0), HOMES, openings=OPENING)
    new = shops[(shops["store_id"] == "T2-2027-1") & (shops["tier"] == "base")].set_index("period")["value"]
    assert new[["2027", "2027-10", "2027-11", "2027-12"]].tolist() == [1600, 0, 700, 900]
    assert new["2027-11/2027-W45"] == 0  # to 14 November


def test_a_month_goes_to_who_sells_in_it():
    """S1 closes at the end of June; twice as much is asked of S2 as of S1 before."""
    shares = weights(S1=[1.0] * 6 + [0.0] * 6, S2=2.0, S3=1.0)
    shops = store_targets(of_territories(1_200_000, 1), shares, HOMES)
    base = shops[(shops["tier"] == "base") & (shops["period_type"] == "month")]
    table = base.pivot(index="period", columns="store_id", values="value")
    assert (table.loc["2027-07":, "S1"] == 0).all()
    assert table.loc[:"2027-06", "S2"].to_numpy() == pytest.approx(2 * table.loc[:"2027-06", "S1"].to_numpy(), abs=12)


def test_the_order_of_rows_does_not_matter_and_many_stores_share_too():
    homes = pd.Series("T1", [f"S{n:03}" for n in range(150)])
    even = pd.DataFrame(np.arange(150.0)[:, None] + np.ones(12), homes.index, PLAN_MONTHS)
    plan = breakdown(pd.Series([10**9], pd.Index(["T1"], name="territory_id")), year=2027, plan_id="P")
    shops = store_targets(plan, even, homes)
    again = store_targets(plan.iloc[::-1], even.iloc[::-1], homes.iloc[::-1])
    pd.testing.assert_frame_equal(shops, again)
    yearly = shops[shops["period_type"] == "year"].set_index("store_id")["value"]
    assert yearly.sum() == 10**9
    assert yearly.to_numpy() == pytest.approx(10**9 * even.sum(axis=1) / even.sum().sum(), abs=2 * 64)


def test_so_many_stores_that_the_file_grows_too_large_have_no_weeks(monkeypatch):
    monkeypatch.setattr(store_plans, "MOST_ROWS", 100)
    plan = of_territories(10_000, 5000)
    shops = store_targets(plan, weights(S1=1.0, S2=1.0, S3=1.0), HOMES)
    assert set(shops["period_type"]) == {"year", "quarter", "month"}
    read_targets(pd.concat([plan, shops], ignore_index=True))
    broken = shops.assign(value=shops["value"] + (np.arange(len(shops)) == 3))
    with pytest.raises(ValueError, match="but its months add up to|lies under it"):
        read_targets(pd.concat([plan, broken], ignore_index=True))


def test_a_territory_without_stores_is_told():
    with pytest.raises(ValueError, match="T2 has no store"):
        store_targets(of_territories(100, 100), weights(S1=1.0, S2=1.0), HOMES.drop("S3"))
