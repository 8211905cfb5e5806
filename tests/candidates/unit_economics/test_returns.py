import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.candidates.unit_economics.returns import irr, npv, payback

SHEET = pd.DataFrame([[-600.0, 150, 220, 240, 240, 240]], index=["S1"]) * 1000
YEARLY = {"periods_per_year": 1}


def test_the_golden_values_of_the_sheet():
    assert payback(SHEET)["S1"] == pytest.approx(2.9583, abs=5e-5)
    assert payback(SHEET, discount_rate=0.1, **YEARLY)["S1"] == pytest.approx(3.6192, abs=5e-5)
    assert npv(SHEET, 0.1, **YEARLY)["S1"] == pytest.approx(211_441.72, abs=0.005)
    assert irr(SHEET, **YEARLY).loc["S1", "irr"] == pytest.approx(0.220047, abs=5e-7)


def test_monthly_flows_give_yearly_effective_rates():
    """1 grows to 1.21 in 24 months: 10 % a year; worth nothing at that rate."""
    flow = pd.DataFrame([[-1.0, *[0.0] * 23, 1.21]])
    assert irr(flow)["irr"][0] == pytest.approx(0.1, abs=1e-12)
    assert npv(flow, 0.1)[0] == pytest.approx(0, abs=1e-12)


def test_none_and_several_are_said_exactly():
    """Three roots by (q - 1.1)(q - 1.2)(q - 1.3); none as its discriminant is below 0; gains only; nothing; a gap."""
    rows = [[-1000, 3600, -4310, 1716], [1, -2, 1.5, 0], [5, 5, 5, 5], [0, 0, 0, 0], [-1, np.nan, 2, 2]]
    table = irr(pd.DataFrame(rows, dtype=float), **YEARLY)
    assert table["irr_kind"].tolist() == ["several", "none", "none", "none", "unknown"]
    assert table["irr_all"][0] == pytest.approx((0.1, 0.2, 0.3), abs=1e-9)
    assert table["irr"].isna().all() and table["irr_all"][1] == ()


def test_a_rate_of_nought_and_one_that_only_touches():
    """-1 + 1: exactly 0 %; (q - 1.1)^2 touches 0 once; a loss of half."""
    rows = pd.DataFrame([[-1, 1, 0], [1, -2.2, 1.21], [-1, 0.5, 0]], dtype=float)
    table = irr(rows, **YEARLY)
    assert table["irr_kind"].tolist() == ["one"] * 3
    assert table["irr"].tolist() == pytest.approx([0, 0.1, -0.5], abs=1e-6)


def test_one_bad_last_month_adds_no_absurd_rate_unless_asked():
    flow = pd.DataFrame([[-100.0, *[10.0] * 24, -5.0]])
    assert irr(flow)["irr_kind"][0] == "one"
    assert irr(flow, least=-1.0)["irr_kind"][0] == "several"


@settings(max_examples=40)
@given(st.lists(st.floats(-0.3, 0.6), min_size=1, max_size=3, unique_by=lambda rate: round(rate, 1)))
def test_every_planted_rate_is_found_and_is_worth_nothing(rates):
    flow = pd.DataFrame([np.poly(1 + np.array(rates))])
    found = irr(flow, **YEARLY)["irr_all"][0]
    assert found == pytest.approx(sorted(rates), abs=1e-5)
    for rate in found:
        assert npv(flow, rate, **YEARLY)[0] == pytest.approx(0, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.floats(0.0, 100.0), min_size=3, max_size=60), st.floats(50.0, 2000.0))
def test_a_plain_investment_has_one_rate_at_which_it_is_worth_nothing(gains, paid):
    flow = pd.DataFrame([[-paid, *gains, 1.0]])
    table = irr(flow, least=-1.0)
    assert table["irr_kind"][0] == "one"
    if table["irr"][0] > -0.9:  # below it discounting blows the digits up
        assert npv(flow, table["irr"][0])[0] == pytest.approx(0, abs=1e-6 * paid)


def test_payback_is_for_good_and_missing_where_the_money_does_not_come_back():
    rows = [[-100, 150, -100, 100], [-100, 50, 40, 0], [100, -50, 0, 0], [-100, 100, 0, 0]]
    assert payback(pd.DataFrame(rows, dtype=float)).fillna(-1).tolist() == pytest.approx([2.5, -1, 0, 1])


def test_a_rate_of_minus_one_is_refused_and_a_missing_flow_stays_missing():
    with pytest.raises(ValueError, match="-1"):
        npv(SHEET, -1.0)
    gap = pd.DataFrame([[-1.0, np.nan, 3.0]])
    assert npv(gap, 0.1).isna().all() and payback(gap).isna().all()
