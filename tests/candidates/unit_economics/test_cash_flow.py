import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.candidates.unit_economics.cash_flow import (
    LINES,
    RETURNED,
    SUNK,
    cash_flow,
    franchisor_flow,
    in_year,
    mature_year,
    schedule,
    start_money,
    wide,
)
from expansion_kit.candidates.unit_economics.returns import npv
from expansion_kit.candidates.unit_economics.unit_inputs import unit_inputs
from expansion_kit.market.leases import lease_year

DAYS = {"days": 30}
PLAIN = {"fit_out_days": 0, "ramp_start": 1, "term_months": 24}
SEASON = [0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1.5]


def cases(sales=100_000.0, stated=None, **terms):
    """One site of 50 m2 at 10,000 a month, open at once and grown up, unless said otherwise."""
    site = pd.DataFrame({"rent_month": 10_000.0, "floor_area_sqm": 50.0} | terms, index=["S1"])
    return unit_inputs(site, pd.Series({"S1": sales}), country="CN", stated=PLAIN | (stated or {}), **DAYS)


def flow_of(made, **options):
    return cash_flow(made, **DAYS, **options).loc["S1"]


def test_a_month_by_hand():
    """100,000: 40, 3, 1, 5 and 2 % go with sales; 24,000 staff, 6,000 other, 10,000 rent, 20 x 50 of fee."""
    stated = {"gross_margin": 0.6, "royalty": 0.03, "advertising_levy": 0.01, "variable_rate": 0.05}
    month = flow_of(cases(stated=stated, property_fee_sqm_month=20.0, promotion_levy=0.02)).loc[5]
    expected = [100_000, -40_000, -3000, -1000, -5000, -24_000, -6000, -10_000, -1000, -2000]
    assert month[list(LINES)].tolist() == pytest.approx(expected)
    assert month["operating_profit"] == pytest.approx(8000) == month["cash"]


def test_rent_free_days_count_from_the_first_day_and_the_fit_out_has_no_sales():
    """60 days of fit-out, 45 free: rent from the middle of the second month, sales from the third; the fee always."""
    made = cases(stated={"fit_out_days": 60}, rent_free_days=45, property_fee_sqm_month=20.0)
    flow = flow_of(made)
    assert flow.loc[[1, 2, 3], "rent"].tolist() == pytest.approx([0, -5000, -10_000])
    assert flow.loc[[1, 2, 3], "sales"].tolist() == pytest.approx([0, 0, 100_000])
    assert flow.loc[[1, 2, 3], "staff"].tolist() == pytest.approx([0, 0, -24_000])
    assert (flow.loc[1:, "property_fee"] == -1000).all()


def test_half_a_month_open_sells_half_and_the_ramp_begins_with_the_opening():
    made = cases(stated={"fit_out_days": 45, "ramp_start": 0.5, "ramp_months": 5})
    assert flow_of(made)["sales"].iloc[1:8].tolist() == pytest.approx(
        [0, 25_000, 60_000, 70_000, 80_000, 90_000, 100_000]
    )
    own = flow_of(made, curve=[0.2, 0.8])["sales"].iloc[1:5].tolist()
    assert own == pytest.approx([0, 10_000, 80_000, 100_000])


def test_the_deposit_comes_back_in_the_last_month_and_the_transfer_fee_does_not():
    made = cases(stated={"brand_deposit": 20_000, "working_capital": 30_000}, transfer_fee=50_000.0, deposit_months=3)
    flow = flow_of(made)
    assert flow.loc[0, "cash"] == -start_money(made)["S1"]
    assert (flow.loc[1:23, "put_in"] == 0).all()
    assert flow.loc[24, "put_in"] == pytest.approx(30_000 + 20_000 + 30_000)
    spent = flow["cash"].sum() - flow["operating_profit"].sum()
    assert spent == pytest.approx(-made[list(SUNK)].sum(axis=1)["S1"]) == pytest.approx(flow["write_off"].sum())


@settings(max_examples=8)
@given(st.floats(0, 1e6), st.integers(1, 14), st.floats(0, 0.5))
def test_what_returns_nets_to_nothing_without_interest_and_costs_something_with_it(deposit, term, rate):
    base, more = (
        wide(cash_flow(cases(stated={"brand_deposit": money, "term_months": term}))) for money in (0, deposit)
    )
    assert (npv(more, 0.0) - npv(base, 0.0))["S1"] == pytest.approx(0, abs=1e-6)
    assert (npv(more, rate) - npv(base, rate))["S1"] <= 1e-6


def test_rent_rises_after_every_twelve_months():
    flow = flow_of(cases(escalation=0.1, stated={"term_months": 30}))
    assert flow.loc[[12, 13, 24, 25], "rent"].tolist() == pytest.approx([-10_000, -11_000, -11_000, -12_100])
    risen = in_year(cases(escalation=0.1), 3)
    assert risen["rent_month"].tolist() == pytest.approx([12_100])


@pytest.mark.parametrize("settlement", ["month", "year"])
def test_a_year_of_the_lease_costs_what_its_settlement_says(settlement):
    terms = {"rent_month": None, "rent_mode": "greater_of", "base_rent_month": 9000.0, "turnover_rate": 0.1}
    terms |= {"settlement": settlement, "tiers": "120000:0.2"}
    made = cases(**terms)
    flow = flow_of(made, season=SEASON, start_month=1)
    year = lease_year(made, [100_000 * share for share in SEASON], **DAYS)["rent"]["S1"]
    assert -flow.loc[1:12, "rent"].sum() == pytest.approx(year) == pytest.approx(-flow.loc[13:24, "rent"].sum())


def test_the_season_goes_by_the_calendar_from_the_month_of_the_lease():
    made = cases(lease_start="2027-11-15", lease_end="2029-11-14")
    assert (flow_of(made, season=SEASON)["sales"].iloc[1:5] / 1e5).tolist() == pytest.approx([1.5, 1.5, 0.5, 0.5])
    flat = flow_of(cases(), season=SEASON)["sales"].iloc[1:]
    assert (flat == 100_000).all()
    with pytest.raises(ValueError, match="mean of 1"):
        flow_of(cases(), season=[1.0] * 11)


def test_what_the_mall_holds_comes_back_in_the_end():
    terms = {
        "rent_mode": "turnover",
        "turnover_rate": 0.2,
        "rent_month": None,
        "remittance_days": 45,
        "tenure": "concession",
    }
    flow = flow_of(cases(**terms))
    assert flow["held_by_mall"].sum() == pytest.approx(0)
    assert flow.loc[1, "held_by_mall"] == pytest.approx(-80_000 * 1.5)  # takings after the commission, of 45 days
    assert flow.loc[24, "held_by_mall"] == pytest.approx(80_000 * 1.5)


def test_sites_of_different_terms_keep_their_own_and_the_unknown_have_no_rows():
    sites = pd.DataFrame(
        {"rent_month": [1e4, None, 1e4], "floor_area_sqm": 50.0, "term_months": [12, 24, 6]}, index=["B", "X", "A"]
    )
    made = unit_inputs(sites, pd.Series(1e5, sites.index), country="CN")
    flow = cash_flow(made)
    assert flow.groupby(level=0, sort=False).size().to_dict() == {"B": 13, "A": 7}
    assert (wide(flow).loc["A"].iloc[7:] == 0).all() and flow["cash"].notna().all()
    turned = cash_flow(made[::-1])
    pd.testing.assert_frame_equal(flow.loc[["A"]], turned.loc[["A"]])
    assert cash_flow(made.loc[["X"]]).empty


def test_growth_moves_sales_and_costs_by_the_year():
    flow = flow_of(cases(stated={"sales_growth": 0.1, "cost_growth": 0.05}))
    assert flow.loc[[12, 13], "sales"].tolist() == pytest.approx([100_000, 110_000])
    assert flow.loc[[12, 13], "staff"].tolist() == pytest.approx([-24_000, -25_200])


def test_the_franchisors_side_by_hand():
    """40,000 of goods, 80 % bought from the brand that keeps 15 %; 10 % of the site's sales were own stores' before."""
    stated = {
        "royalty": 0.03,
        "advertising_levy": 0.01,
        "franchise_fee": 45_000,
        "brand_deposit": 20_000,
        "gross_margin": 0.6,
    }
    made = cases(stated=stated)
    flow = franchisor_flow(made, cash_flow(made), transfer_loss=pd.Series({"S1": 10_000.0})).loc["S1"]
    assert flow.loc[0, "cash"] == pytest.approx(45_000 + 20_000 - 12_000)
    month = flow.loc[7]
    assert month["supply_margin"] == pytest.approx(4800) and month["lost_elsewhere"] == pytest.approx(-780)
    assert month["advertising_levy"] + month["levy_spent"] == 0
    assert month["cash"] == pytest.approx(3000 + 4800 - 780 - 800)
    assert flow.loc[24, "brand_deposit"] == -20_000 and flow["brand_deposit"].sum() == 0
    away = cases(stated=stated | {"support_month": None})
    assert franchisor_flow(away, cash_flow(away)).empty


def test_the_mature_year_is_the_first_after_the_ramp_or_the_last_whole_one():
    table = pd.DataFrame(
        {"fit_out_days": 45.0, "ramp_start": 0.5, "ramp_months": [6, 13, 30], "term_months": [60, 60, 25]}
    )
    assert mature_year(table).tolist() == [2, 3, 2]
    assert mature_year(table, curve=[0.5] * 12).tolist() == [3, 3, 2]
    plan = schedule(cases(), **DAYS)
    assert plan["factor"].shape == (1, 24) and set(RETURNED) < set(cases().columns) and np.all(plan["paid"] == 1)
