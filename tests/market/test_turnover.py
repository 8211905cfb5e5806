import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.turnover import commission, turnover_rent, year_rent

MONTHS = [300_000, 120_000, 180_000, 190_000, 210_000, 190_000, 220_000, 230_000, 200_000, 260_000, 210_000, 240_000]
YEARS = st.lists(st.floats(0, 1e6), min_size=12, max_size=12)


def test_natural_and_artificial_breakpoint_of_the_golden_case():
    terms = {"rent_mode": "base_plus", "base_rent": 60_000, "turnover_rate": 0.05}
    assert turnover_rent(1_200_500, **terms) == pytest.approx(60_025)
    assert turnover_rent(1_200_500, breakpoint=1_000_000, **terms) == pytest.approx(70_025)
    several = turnover_rent([1_200_500, 1_200_500, 900_000], breakpoint=[np.nan, 1e6, 1e6], **terms)
    assert several.tolist() == pytest.approx([60_025, 70_025, 60_000])


@settings(deadline=None)
@given(st.floats(0, 1e7), st.floats(0, 1e6), st.floats(0.01, 1))
def test_with_the_natural_breakpoint_base_plus_is_the_greater_of(sales, base, rate):
    """Written down as the contract does, with base / rate as the breakpoint."""
    plus = turnover_rent(sales, rent_mode="base_plus", base_rent=base, turnover_rate=rate, breakpoint=base / rate)
    greater = turnover_rent(sales, rent_mode="greater_of", base_rent=base, turnover_rate=rate)
    assert plus == pytest.approx(greater, rel=1e-9, abs=1e-6)


def test_slices_and_whole_by_hand():
    """250 at 10 % below 100, 8 % from 100, 5 % from 200: 10 + 8 + 2.5; as a whole 12.5. At a step the lower holds."""
    tiers = [(100, 0.08), (200, 0.05)]
    assert commission([250, 100, 0], 0.1, tiers=tiers).tolist() == pytest.approx([20.5, 10, 0])
    assert commission([250, 100, 200], 0.1, tiers=tiers, tier_rule="whole").tolist() == pytest.approx([12.5, 10, 16])
    from_zero = [(0, 0.1), (100, 0.08)]
    assert commission(150, np.nan, tiers=from_zero) == pytest.approx(14)
    assert commission(150, np.nan, tiers=[(0, 0.1)], tier_rule="whole") == pytest.approx(15)
    assert np.isnan(commission(150, np.nan, tiers=tiers))  # what holds below the first step is not known
    with pytest.raises(ValueError, match="'parts'"):
        commission(1, 0.1, tiers=tiers, tier_rule="parts")


def test_base_plus_with_tiers_takes_the_share_above_the_breakpoint():
    """Sales 300, base 20, breakpoint 150; 10 %, from 200 12 %: slices 20 + 5 + 12; whole 20 + 12 % of 150."""
    terms = {"rent_mode": "base_plus", "base_rent": 20, "turnover_rate": 0.1, "tiers": [(200, 0.12)]}
    assert turnover_rent(300, breakpoint=150, **terms) == pytest.approx(37)
    assert turnover_rent(300, breakpoint=150, tier_rule="whole", **terms) == pytest.approx(38)
    assert turnover_rent([0, 150], breakpoint=150, tier_rule="whole", **terms).tolist() == [20, 20]
    assert turnover_rent(300, **terms) == pytest.approx(32)  # natural: all of 20 + 12 where it is above the base


def test_settlement_by_month_and_by_year_of_the_golden_case():
    terms = {"rent_mode": "greater_of", "base_rent_month": 20_000, "turnover_rate": 0.1}
    assert year_rent(MONTHS, settlement="month", **terms) == pytest.approx(267_000)
    assert year_rent(MONTHS, settlement="year", **terms) == pytest.approx(255_000)
    assert year_rent(MONTHS, settlement="year", rent_mode="fixed", base_rent_month=20_000) == 240_000
    assert year_rent(MONTHS, settlement="month", rent_mode="fixed", base_rent_month=20_000) == 240_000


def test_tiers_read_as_a_whole_may_cost_less_by_the_month():
    """The sheet's counterexample: months 200 and 11 x 95, 10 %, 12 % on all above 100 a month."""
    sales = [200] + [95] * 11
    terms = {"rent_mode": "turnover", "turnover_rate": 0.1, "tiers": [(100, 0.12)], "tier_rule": "whole"}
    assert year_rent(sales, settlement="month", **terms) == pytest.approx(128.5)
    assert year_rent(sales, settlement="year", **terms) == pytest.approx(149.4)


def test_guaranteed_sales_count_in_each_month_or_in_the_year():
    sales = [50] * 6 + [150] * 6
    terms = {"rent_mode": "turnover", "turnover_rate": 0.1, "minimum_sales": 100}
    assert year_rent(sales, settlement="month", **terms) == pytest.approx(60 + 90)
    assert year_rent(sales, settlement="year", **terms) == pytest.approx(120)


def never_less_by_the_month(sales, terms):
    by_month = year_rent(sales, settlement="month", **terms)
    assert by_month >= year_rent(sales, settlement="year", **terms) - 1e-6 * (1 + by_month)


@settings(deadline=None)
@given(YEARS, st.floats(0, 1e5), st.floats(0, 1), st.floats(0, 1e6), st.floats(0, 1e6))
def test_with_one_rate_settling_each_month_never_costs_less(sales, base, rate, above, least):
    terms = {"base_rent_month": base, "turnover_rate": rate, "minimum_sales": least}
    never_less_by_the_month(sales, terms | {"rent_mode": "turnover"})
    never_less_by_the_month(sales, terms | {"rent_mode": "greater_of"})
    never_less_by_the_month(sales, terms | {"rent_mode": "base_plus"})
    never_less_by_the_month(sales, terms | {"rent_mode": "base_plus", "breakpoint_month": above})


@settings(deadline=None)
@given(
    YEARS,
    st.floats(0, 1e5),
    st.lists(st.floats(0, 1), min_size=1, max_size=4).map(sorted),
    st.lists(st.floats(1, 1e6), min_size=3, max_size=3, unique=True).map(sorted),
    st.floats(0, 1e6),
)
def test_with_slices_of_rates_that_do_not_fall_settling_each_month_never_costs_less(sales, base, rates, steps, above):
    terms = {"base_rent_month": base, "turnover_rate": rates[0], "tiers": list(zip(steps, rates[1:]))}
    never_less_by_the_month(sales, terms | {"rent_mode": "turnover"})
    never_less_by_the_month(sales, terms | {"rent_mode": "greater_of"})
    never_less_by_the_month(sales, terms | {"rent_mode": "base_plus", "breakpoint_month": above})


def test_unknown_modes_settlements_and_short_years_are_refused():
    with pytest.raises(ValueError, match="'percentage'"):
        turnover_rent(1, rent_mode="percentage")
    with pytest.raises(ValueError, match="twelve months"):
        year_rent([1, 2], settlement="year", rent_mode="fixed")
    with pytest.raises(ValueError, match="'quarter'"):
        year_rent(MONTHS, settlement="quarter", rent_mode="fixed")
