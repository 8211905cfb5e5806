import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.lease_comparison import effective_rent, equal_cost_sales, lease_kinks, typical_lease
from expansion_kit.market.leases import lease_cost

LEASE = pd.DataFrame(
    {
        "rent_month": [10_000.0],
        "rent_free_days": [90],
        "escalation": [0.1],
        "transfer_fee": [24_000.0],
        "deposit_months": [2],
        "lease_start": [pd.Timestamp("2026-03-16")],
        "lease_end": [pd.Timestamp("2028-03-15")],
    },
    index=["S1"],
)


def test_effective_rent_by_hand_without_discount():
    """24 months: 9 at 10,000 and 12 at 11,000, over 24; fee 24,000 is 1,000 a month, the deposit costs nothing."""
    made = effective_rent(LEASE, discount_rate=0, days=30).loc["S1"]
    assert made["term_months"] == 24 and made["first_rent"] == 10_000
    assert made["effective_rent"] == pytest.approx((9 * 10_000 + 12 * 11_000) / 24)
    assert made["transfer_fee_month"] == 1000 and made["deposit_month"] == 0 and made["left_out"] == ""
    assert made["effective_cost"] == pytest.approx(made["effective_rent"] + 1000)


def test_effective_rent_with_discount_is_the_formula_of_the_sheet():
    """Written down once more: 8 % a year, month by month; deposit 20,000 out at the start and back at the end."""
    made = effective_rent(LEASE, discount_rate=0.08, days=30)
    month = np.arange(24)
    worth = 1.08 ** (-month / 12)
    rent = np.where(month < 3, 0, np.where(month < 12, 10_000, 11_000))
    assert made.loc["S1", "effective_rent"] == pytest.approx((rent * worth).sum() / worth.sum())
    level = 20_000 * 1.08 ** (1 / 12) * (1 - 1.08**-2) / worth.sum()
    assert made.loc["S1", "deposit_month"] == pytest.approx(level)
    assert made.attrs["method"].startswith("discounted by 0.08 a year; month of 30 days")


def test_part_of_a_month_is_free_and_what_is_not_stated_is_named():
    bare = pd.DataFrame({"rent_month": [10_000.0, None], "rent_free_days": [15, 15]})
    made = effective_rent(bare, discount_rate=0, term_months=10, days=30)
    assert made["effective_rent"][0] == pytest.approx(9500) and np.isnan(made["effective_rent"][1])
    assert made["left_out"][0] == "escalation, transfer_fee, deposit_months"
    assert effective_rent(bare, discount_rate=0)["effective_rent"].isna().all()  # no term
    with pytest.raises(ValueError, match="discount_rate"):
        effective_rent(bare, discount_rate=-0.1)


def test_a_deposit_in_months_of_a_share_of_sales_is_not_known():
    lease = pd.DataFrame({"rent_mode": ["turnover"], "turnover_rate": [0.1], "deposit_months": [2]})
    made = effective_rent(lease, 100_000, discount_rate=0.05, term_months=12)
    assert made["effective_cost"][0] == pytest.approx(10_000) and made["left_out"][0].endswith("deposit_months")


def test_a_rising_base_rent_leaves_the_share_of_sales():
    """10 % of 150,000 is 15,000; the base of 14,000 rises to 15,400 in the second year."""
    lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": 14_000.0, "turnover_rate": 0.1})
    made = effective_rent(lease.assign(escalation=0.1), 150_000, discount_rate=0, term_months=24)
    assert made["effective_rent"][0] == pytest.approx((15_000 + 15_400) / 2)
    assert effective_rent(lease, discount_rate=0, term_months=24)["effective_rent"].isna().all()  # sales not known


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 0.3), st.integers(1, 60), st.integers(0, 200))
def test_a_level_rent_without_free_days_is_its_own_effective_rent_and_free_days_lower_it(rate, term, free):
    lease = pd.DataFrame({"rent_month": [10_000.0], "rent_free_days": [0], "escalation": [0.0]})
    assert effective_rent(lease, discount_rate=rate, term_months=term)["effective_rent"][0] == pytest.approx(10_000)
    made = effective_rent(lease.assign(rent_free_days=free), discount_rate=rate, term_months=term)
    assert made["effective_rent"][0] <= 10_000 + 1e-6


def mall(**terms):
    return pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20_000.0], "turnover_rate": [0.15]} | terms)


def test_street_and_mall_cost_the_same_by_hand():
    """33,000 with the fee in the street; 15 % and a levy of 1 % in the mall: 33,000 / 0.16."""
    street = pd.DataFrame({"rent_month": [30_000.0], "property_fee_sqm_month": [30.0], "rentable_area_sqm": [100.0]})
    made = equal_cost_sales(street, mall(promotion_levy=[0.01]))
    assert made["sales_month"].tolist() == pytest.approx([206_250])
    assert made["occupancy_cost"].tolist() == pytest.approx([33_000])
    assert made[["cheaper_below", "cheaper_above", "kind"]].to_numpy().tolist() == [["mall", "street", "equal"]]


def test_net_sales_move_the_point_by_the_vat():
    street = pd.DataFrame({"rent_month": [30_000.0]})
    made = equal_cost_sales(street, mall(sales_basis=["net"]), vat_rate=0.06)
    assert made["sales_month"].tolist() == pytest.approx([212_000])


def test_a_falling_rate_may_cross_twice_and_a_rate_on_all_sales_may_leap():
    street = pd.DataFrame({"rent_mode": ["turnover"], "turnover_rate": [0.08]})
    other = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [8000.0], "turnover_rate": [0.1]})
    made = equal_cost_sales(street, other.assign(tiers="200000:0.05"))
    assert made["sales_month"].tolist() == pytest.approx(
        [200_000 + 4000 / 0.03]
    )  # 0.08 s = 20,000 + 0.05 (s - 200,000)
    made = equal_cost_sales(street, other.assign(tiers="200000:0.05"), tier_rule="whole")
    assert made["sales_month"].tolist() == [200_000] and made["kind"].tolist() == ["jump"]
    assert made[["cheaper_below", "cheaper_above"]].to_numpy().tolist() == [["street", "mall"]]
    assert np.isnan(made["occupancy_cost"][0])


def test_where_one_is_always_cheaper_there_is_no_such_point():
    assert equal_cost_sales(pd.DataFrame({"rent_month": [10_000.0]}), mall()).empty
    with pytest.raises(ValueError, match="street lease is not known"):
        equal_cost_sales(pd.DataFrame({"rent_month": [np.nan]}), mall())
    with pytest.raises(ValueError, match="one street and one mall"):
        equal_cost_sales(mall().iloc[:0], mall())


@settings(deadline=None, max_examples=30)
@given(
    st.floats(5_000, 60_000),
    st.floats(1_000, 40_000),
    st.floats(0.02, 0.3),
    st.floats(0.02, 0.3),
    st.floats(50_000, 500_000),
    st.sampled_from(["slices", "whole"]),
)
def test_at_the_point_both_cost_the_same_and_between_points_the_cheaper_one_stays(rent, base, rate, top, step, rule):
    street = pd.DataFrame({"rent_month": [rent]})
    other = mall(base_rent_month=[base], turnover_rate=[rate], tiers=[f"{step!r}:{top!r}"])
    made = equal_cost_sales(street, other, tier_rule=rule)
    for row in made[made["kind"] == "equal"].itertuples():
        for lease in (street, other):
            cost = lease_cost(lease, row.sales_month * (1 - 1e-12), tier_rule=rule)["occupancy_cost"][0]
            assert cost == pytest.approx(row.occupancy_cost, rel=1e-6)
    sales = pd.Series(np.linspace(0, 2 * max(60_000 / 0.02, step), 500))
    gap = rent - lease_cost(other.loc[[0] * 500].reset_index(drop=True), sales, tier_rule=rule)["occupancy_cost"]
    far = (np.abs(sales.to_numpy()[:, None] - made["sales_month"].to_numpy()[None, :]) > 1).all(axis=1)
    stretch = np.searchsorted(made["sales_month"].to_numpy(), sales)
    signs = gap[far & (gap.abs() > 1e-3)].gt(0).groupby(stretch[far & (gap.abs() > 1e-3)]).nunique()
    assert (signs <= 1).all()


def test_from_some_sales_on_two_leases_may_be_the_same():
    """10 % against 10 % and at least 20,000: the mall's floor is what differs, up to 200,000."""
    street = pd.DataFrame({"rent_mode": ["turnover"], "turnover_rate": [0.1]})
    made = equal_cost_sales(street, mall(turnover_rate=[0.1]))
    assert made.drop(columns="occupancy_cost").to_numpy().tolist() == [[200_000, "street", "same", "equal"]]
    assert equal_cost_sales(street, street).empty


def test_a_typical_lease_is_of_the_most_frequent_kind_and_none_is_made_up():
    leases = pd.DataFrame(
        {
            "rent_mode": ["greater_of", "fixed", "greater_of", None, "fixed", "greater_of"],
            "turnover_rate": [0.10, None, 0.20, 0.9, None, 0.12],
            "base_rent_month": [5000, 1.0, 7000, 1.0, 1.0, None],
            "lon": 118.0,
        }
    )
    typical = typical_lease(leases)
    assert typical.iloc[0].to_dict() == {
        "rent_mode": "greater_of",
        "turnover_rate": 0.12,
        "base_rent_month": 6000.0,
        "leases": 3,
    }
    assert typical_lease(leases.iloc[3:4]).empty and typical_lease(leases[["lon"]]).empty


def test_rent_is_straight_between_two_kinks():
    """30,000 or 10 %: bends at 300,000; 10 % and 12 % above 200,000: at 200,000, and at 283,333 where it is 30,000."""
    one = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [30_000.0], "turnover_rate": [0.1]})
    assert set(lease_kinks(one)) == {300_000.0}
    steps = sorted(set(lease_kinks(one.assign(tiers="200000:0.12")).round()))
    assert {200_000.0, 283_333.0} <= set(steps)
    net = one.assign(sales_basis="net")
    assert sorted(set(lease_kinks(net, vat_rate=0.06))) == pytest.approx([318_000.0])
