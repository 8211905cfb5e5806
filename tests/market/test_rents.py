import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.rents import (
    lease_cost,
    occupancy_cost_ratio,
    rent_month,
    turnover_rent,
    year_rent,
    zone_rent,
)

MONTHS = [300_000, 120_000, 180_000, 190_000, 210_000, 190_000, 220_000, 230_000, 200_000, 260_000, 210_000, 240_000]


def test_rent_by_day_and_area_or_as_written_or_missing():
    leases = pd.DataFrame(
        {"rent_month": [9000, None, None], "rent_sqm_day": [1, 12, 12], "rentable_area_sqm": [10, 100, None]},
        index=["a", "b", "c"],
    )
    rent = rent_month(leases)
    assert rent.name == "rent_month" and rent[["a", "b"]].tolist() == [9000, 36_500] and np.isnan(rent["c"])
    assert rent_month(leases, days=30)["b"] == 36_000


def test_natural_and_artificial_breakpoint_of_the_golden_case():
    terms = {"rent_mode": "base_plus", "base_rent": 60_000, "turnover_rate": 0.05}
    assert turnover_rent(1_200_500, **terms) == pytest.approx(60_025)
    assert turnover_rent(1_200_500, breakpoint=1_000_000, **terms) == pytest.approx(70_025)


@settings(deadline=None)
@given(st.floats(0, 1e7), st.floats(0, 1e6), st.floats(0.01, 1))
def test_with_the_natural_breakpoint_base_plus_is_the_greater_of(sales, base, rate):
    terms = {"base_rent": base, "turnover_rate": rate}
    plus = turnover_rent(sales, rent_mode="base_plus", **terms)
    assert plus == pytest.approx(turnover_rent(sales, rent_mode="greater_of", **terms), rel=1e-9, abs=1e-6)


def test_settlement_by_month_and_by_year_of_the_golden_case():
    terms = {"rent_mode": "greater_of", "base_rent_month": 20_000, "turnover_rate": 0.1}
    assert year_rent(MONTHS, settlement="month", **terms) == pytest.approx(267_000)
    assert year_rent(MONTHS, settlement="year", **terms) == pytest.approx(255_000)
    assert year_rent(MONTHS, settlement="year", rent_mode="fixed", base_rent_month=20_000) == 240_000
    assert year_rent(MONTHS, settlement="month", rent_mode="fixed", base_rent_month=20_000) == 240_000


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=12, max_size=12), st.floats(0, 1e5), st.floats(0, 1), st.floats(0, 1e6))
def test_settling_each_month_never_costs_less_than_once_a_year(sales, base, rate, above):
    for mode in ("greater_of", "base_plus"):
        terms = {"rent_mode": mode, "base_rent_month": base, "turnover_rate": rate, "breakpoint_month": above}
        by_month = year_rent(sales, settlement="month", **terms)
        assert by_month >= year_rent(sales, settlement="year", **terms) - 1e-6 * (1 + by_month)


LEASES = pd.DataFrame(
    {
        "rent_mode": ["fixed", "turnover", "greater_of", "greater_of", "base_plus", None, None, "turnover", "fixed"],
        "rent_month": [20_000, None, 20_000, None, None, 8_000, 8_000, None, None],
        "base_rent_month": [None, None, None, 50_000, 10_000, None, None, None, None],
        "turnover_rate": [None, 0.2, 0.1, 0.1, 0.1, None, 0.1, 0.2, None],
        "breakpoint": [None, None, None, None, 200_000, None, None, None, None],
        "minimum_sales": [None, None, None, None, None, None, None, 400_000, None],
    },
    index=list("abcdefghi"),
)


def test_each_rent_mode_at_given_sales():
    rent = lease_cost(LEASES, 300_000)["rent"]
    assert rent[list("abcdef")].tolist() == pytest.approx([20_000, 60_000, 30_000, 50_000, 20_000, 8_000])
    assert rent["h"] == pytest.approx(80_000)  # the guaranteed sales count
    assert rent[["g", "i"]].isna().all()  # a rate without a mode; nothing known


def test_without_sales_only_a_fixed_rent_is_known():
    rent = lease_cost(LEASES, pd.Series({"b": 100_000.0}))["rent"]
    assert rent[["a", "b", "f"]].tolist() == [20_000, 20_000, 8_000]
    assert rent[list("cdeghi")].isna().all()


def test_fee_and_levy_are_added_and_what_is_not_stated_is_named():
    leases = pd.DataFrame(
        {
            "rent_month": [20_000.0, 20_000.0],
            "rentable_area_sqm": [100.0, 100.0],
            "property_fee_sqm_month": [15.0, None],
            "promotion_levy": [0.005, None],
            "tiers": ["", None],
        }
    )
    cost = lease_cost(leases, 300_000)
    assert cost["occupancy_cost"].tolist() == [23_000, 20_000]
    assert cost["left_out"].tolist() == ["", "property_fee_sqm_month, promotion_levy"]
    assert lease_cost(leases.assign(tiers="0-100:0.1"), 300_000)["rent"].isna().all()


def test_occupancy_cost_ratio_of_the_golden_case():
    """276,000 of 3,000,000 a year: rent 240,000, fee 21,000, levy 15,000."""
    leases = pd.DataFrame(
        {"rent_month": [20_000], "rentable_area_sqm": [50], "property_fee_sqm_month": [35], "promotion_levy": [0.005]}
    )
    ratio = occupancy_cost_ratio(leases, 250_000)
    assert ratio.name == "occupancy_cost_ratio" and ratio[0] == pytest.approx(0.092)
    assert occupancy_cost_ratio(leases, 0).isna().all()


def test_unknown_modes_settlements_and_short_years_are_refused():
    with pytest.raises(ValueError, match="'percentage'"):
        lease_cost(LEASES.assign(rent_mode="percentage"), 1)
    with pytest.raises(ValueError, match="'percentage'"):
        turnover_rent(1, rent_mode="percentage")
    with pytest.raises(ValueError, match="twelve months"):
        year_rent([1, 2], settlement="year", rent_mode="fixed")
    with pytest.raises(ValueError, match="'quarter'"):
        year_rent(MONTHS, settlement="quarter", rent_mode="fixed")


def test_a_zone_takes_the_latest_period_then_the_ground_floor_then_the_whole_building():
    rents = pd.DataFrame(
        [
            ("Z1", "2021", "1", 500, 9),
            ("Z1", "2022", "1F", 300, 9),
            ("Z1", "2022", "2", 100, 9),
            ("Z2", "2022", "전체층", 80, 5),
            ("Z2", "2022", "1층외", 60, 5),
            ("Z3", "2022", "一层", 200, 1),
            ("Z3", "2022", "首层", 100, 3),
            ("Z4", "2022", "1", 0, 5),
            ("Z5", "2021", "1", 70, 50),
            ("Z5", "2022", "1", 700, 1),
            ("Z6", "2022", "3", 50, None),
            ("Z6", "2022", "4", 30, 8),
        ],
        columns=["zone_id", "period", "floor", "rent_sqm_month", "sample_size"],
    )
    made = zone_rent(rents, min_sample=2)
    assert made["rent_sqm_month"].to_dict() == {"Z1": 300, "Z2": 80, "Z3": 100, "Z5": 70, "Z6": 40}
    assert made["floor"].to_dict() == {"Z1": "ground", "Z2": "all", "Z3": "ground", "Z5": "ground", "Z6": "other"}
    assert made["period"]["Z5"] == "2021" and not made["few"].any()
    assert zone_rent(rents).loc["Z3", ["rent_sqm_month", "sample_size"]].tolist() == [125, 4]  # (200 + 3 * 100) / 4
    assert zone_rent(rents, min_sample=100).loc["Z5", ["rent_sqm_month", "few"]].tolist() == [700, True]
    assert np.isnan(made["sample_size"]["Z6"])
