import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.candidates.unit_economics.break_even import KINDS, break_even
from expansion_kit.market.leases import rents_at

COSTS = {"contribution": 0.55, "fixed_month": 45_000}


def lease(**terms):
    return pd.DataFrame([terms], index=["S1"])


def test_the_golden_case_lies_in_the_base_regime():
    """gm .62 - royalty .05 - ads .02; the turnover-only formula would say 100,000, which is wrong."""
    of_sheet = lease(rent_mode="greater_of", base_rent_month=20_000.0, turnover_rate=0.1)
    found = break_even(of_sheet, contribution=0.62 - 0.05 - 0.02, fixed_month=45_000).loc["S1"]
    assert found["breakeven_sales"] == pytest.approx(118_181.82, abs=0.005)
    assert (found["breakeven_kind"], found["breakeven_rent"]) == ("one", "flat")


def test_above_the_kink_the_share_holds():
    """F = 100,000 lies above the kink at 200,000: 100,000 / (0.55 - 0.1)."""
    found = break_even(
        lease(rent_mode="greater_of", base_rent_month=20_000.0, turnover_rate=0.1), contribution=0.55, fixed_month=1e5
    ).loc["S1"]
    assert found["breakeven_sales"] == pytest.approx(1e5 / 0.45)
    assert found["breakeven_rent"] == "share"


@pytest.mark.parametrize(
    ("terms", "fixed", "kind", "first", "safe"),
    [
        ({"rent_month": 18_000.0}, 45_000, "one", 63_000 / 0.55, 63_000 / 0.55),
        ({"rent_mode": "turnover", "turnover_rate": 0.6}, 45_000, "none", None, None),
        ({"rent_mode": "turnover", "turnover_rate": 0.1}, 0, "always", 0, 0),
        ({"rent_mode": "turnover", "turnover_rate": 0.1, "tiers": "200000:0.7"}, 45_000, "several", 1e5, None),
        ({"turnover_rate": 0.1}, 45_000, "unknown", None, None),  # without a mode its rent is not known
        ({"rent_mode": "turnover", "turnover_rate": 0.1, "minimum_sales": 100_000.0}, 45_000, "one", 1e5, 1e5),
    ],
)
def test_each_kind_by_hand(terms, fixed, kind, first, safe):
    found = break_even(lease(**terms), contribution=0.55, fixed_month=fixed).loc["S1"]
    assert found["breakeven_kind"] == kind and kind in KINDS
    for name, expected in (("breakeven_sales", first), ("safe_sales", safe)):
        assert (np.isnan(found[name]) and expected is None) or found[name] == pytest.approx(expected)


def test_a_leap_of_the_rent_is_crossed_down_and_up_again():
    """10 %, on all sales 40 % from 120,000: loss again until 45,000 / 0.15 = 300,000."""
    terms = lease(rent_mode="turnover", turnover_rate=0.1, tiers="120000:0.4")
    found = break_even(terms, tier_rule="whole", **COSTS).loc["S1"]
    assert found["breakeven_sales"] == pytest.approx(1e5) and found["safe_sales"] == pytest.approx(3e5)
    assert found["breakeven_kind"] == "several"


def test_uneven_months_settled_by_the_month_need_more_than_settled_by_the_year():
    """Half the months sell half, half one and a half: 20,000 or 10 %, so months of 300,000 pay 30,000."""
    both = pd.DataFrame({"settlement": ["month", "year"]}).assign(
        rent_mode="greater_of", base_rent_month=20_000.0, turnover_rate=0.1
    )
    found = break_even(both, contribution=0.55, fixed_month=9e4, season=[0.5] * 6 + [1.5] * 6)["breakeven_sales"]
    assert found[1] == pytest.approx(110_000 / 0.55)
    assert found[0] == pytest.approx(100_000 / 0.475)  # .55 s - 90,000 = (20,000 + .15 s) / 2, as 1.5 s > 200,000
    assert found[0] > found[1]


STEPS = st.lists(st.tuples(st.integers(50, 400), st.floats(0, 0.6)), max_size=3, unique_by=lambda step: step[0])


@settings(max_examples=60)
@given(
    st.sampled_from(["fixed", "turnover", "greater_of", "base_plus"]),
    st.floats(0, 60_000),
    st.floats(0.01, 0.4),
    STEPS,
    st.sampled_from(["slices", "whole"]),
    st.floats(1000, 90_000),
)
def test_break_even_is_where_profit_turns_from_loss_to_none(mode, base, rate, steps, rule, fixed):
    text = ";".join(f"{start * 1000}:{step:.4f}" for start, step in sorted(steps))
    terms = lease(rent_mode=mode, rent_month=base, turnover_rate=rate, tiers=text or None)
    found = break_even(terms, contribution=0.5, fixed_month=fixed, tier_rule=rule).loc["S1"]

    def profit(sales):
        sales = np.atleast_2d(np.asarray(sales, dtype=float))
        return (0.5 * sales - fixed - rents_at(terms, sales, tier_rule=rule))[0]

    grid = np.linspace(0, 2e6, 4001)
    if found["breakeven_kind"] == "none":
        assert (profit(grid) < 1).all()
        return
    at = found["breakeven_sales"]
    assert (profit(grid[grid < at * (1 - 1e-6)]) < 1e-3).all()
    assert profit([at * (1 + 1e-7)])[0] > -1
    if not np.isnan(found["safe_sales"]):
        assert (profit(grid[grid > found["safe_sales"] * (1 + 1e-6)]) > -1e-3).all()


def test_the_order_of_rows_changes_nothing():
    rows = pd.DataFrame(
        {"rent_mode": "greater_of", "base_rent_month": [1e4, 2e4, 3e4], "turnover_rate": [0.1, 0.2, 0.3]},
        index=list("abc"),
    )
    costs = {"contribution": pd.Series([0.5, 0.4, 0.35], list("abc")), "fixed_month": 4e4}
    pd.testing.assert_frame_equal(break_even(rows, **costs), break_even(rows[::-1], **costs)[::-1])


def test_a_season_without_a_mean_of_one_is_refused():
    with pytest.raises(ValueError, match="mean of 1"):
        break_even(lease(rent_month=1.0), season=[2.0] * 12, **COSTS)
