import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.unit_economics.cash_flow import cash_flow, mature_year, wide
from expansion_kit.candidates.unit_economics.economics import cash_band, economics_range, site_economics, year_accounts
from expansion_kit.candidates.unit_economics.returns import npv
from expansion_kit.candidates.unit_economics.unit_inputs import SPREADS, unit_inputs

RATE = {"discount_rate": 0.1}
BOUNDS = pd.DataFrame({"sales_p10": [80_000.0], "sales_p50": [120_000.0], "sales_p90": [150_000.0]}, index=["A"])
CERTAIN = dict.fromkeys(SPREADS, 0.0)


@pytest.fixture(scope="module")
def made():
    sites = pd.DataFrame(
        {"rent_month": [15_000.0, None, 15_000.0], "floor_area_sqm": 50.0, "rent_mode": ["fixed", None, "greater_of"]},
        index=pd.Index(["A", "B", "C"], name="site_id"),
    ).assign(turnover_rate=[None, None, 0.12])
    return unit_inputs(sites, pd.Series({"A": 120_000.0, "B": 120_000.0, "C": 200_000.0}), country="CN")


def test_the_row_of_a_site_fits_its_accounts(made):
    table, flow = site_economics(made, **RATE), cash_flow(made)
    assert table["npv"]["A"] == pytest.approx(npv(wide(flow), 0.1)["A"])
    assert npv(wide(flow).loc[["C"]], table["irr"]["C"])["C"] == pytest.approx(0, abs=1e-3)
    months = flow.loc["C", "cumulative"]
    after, before = months[np.ceil(table["payback_months"]["C"])], months[np.floor(table["payback_months"]["C"])]
    assert before < 0 <= after
    assert table.index.equals(made.index) and table.loc["B", "missing"] == "rent"
    assert table.loc["B", ["npv", "irr", "payback_months", "breakeven_sales", "franchisor_npv"]].isna().all()
    assert table.loc["B", "irr_kind"] == "unknown" and "effective" in table.attrs["method"]


def test_profit_is_nothing_at_break_even_and_the_write_off_at_the_full_one(made):
    table = site_economics(made, **RATE)
    for name, expected in (("breakeven_sales", 0.0), ("breakeven_full", None)):
        at = made.assign(sales_month=table[name]).loc[["A", "C"]]
        flow = cash_flow(at)
        year = year_accounts(flow, mature_year(at))
        wanted = -year["write_off"] if expected is None else pd.Series(0.0, at.index)
        assert year["operating_profit"].tolist() == pytest.approx(wanted.tolist(), abs=1e-4)


def test_certain_inputs_give_the_plain_result_in_every_draw(made):
    table, spread = site_economics(made, **RATE), economics_range(made, draws=100, spreads=CERTAIN, **RATE)
    for name in ("npv", "profit_year", "payback_months"):
        for bound in ("p10", "p50", "p90"):
            pd.testing.assert_series_equal(spread[f"{name}_{bound}"], table[name], check_names=False, rtol=1e-9)
    assert spread["p_loss"].dropna().isin([0.0, 1.0]).all() and spread["spread_assumed"]["A"] == ""
    assert spread.loc["B"].isna().all()


def test_sales_are_drawn_so_that_their_bounds_come_out(made):
    """With everything else certain and a fixed rent, the year's profit is a straight line of sales."""
    certain = {name: 0.0 for name in SPREADS if name != "sales"}
    found = economics_range(made.loc[["A"]], draws=20_000, sales=BOUNDS, spreads=certain, **RATE).loc["A"]
    for bound, sold in BOUNDS.loc["A"].items():
        at = made.loc[["A"]].assign(sales_month=sold)
        profit = year_accounts(cash_flow(at), mature_year(at))["operating_profit"]["A"]
        assert found[bound.replace("sales", "profit_year")] == pytest.approx(profit, abs=12 * 0.4 * 2500)
    assert found["spread_assumed"] == ""  # sales have their own, costs were stated


def test_another_candidate_or_another_order_changes_nothing(made):
    whole = economics_range(made, draws=200, **RATE)
    pd.testing.assert_frame_equal(whole.loc[["C"]], economics_range(made.loc[["C"]], draws=200, **RATE))
    pd.testing.assert_frame_equal(whole, economics_range(made[::-1], draws=200, **RATE)[::-1])
    assert not whole.equals(economics_range(made, draws=200, seed=1, **RATE))


def test_draws_from_elsewhere_are_taken_as_they_are(made):
    sales = pd.DataFrame([[70_000.0, 200_000.0]], index=["A"])
    certain = {name: 0.0 for name in SPREADS if name != "sales"}
    found = economics_range(made.loc[["A"]], draws=100, sales=sales, spreads=certain, **RATE).loc["A"]
    worth = [site_economics(made.loc[["A"]].assign(sales_month=sold), **RATE)["npv"]["A"] for sold in sales.loc["A"]]
    assert [found["npv_p10"], found["npv_p90"]] == pytest.approx(worth)
    assert found["p_loss"] == 0.5 and found["spread_assumed"] == ""


def test_the_band_of_cash_holds_the_plain_course(made):
    band, flow = cash_band(made, draws=500), cash_flow(made)
    assert list(band.index.get_level_values(0).unique()) == ["A", "C"] and len(band) == len(flow)
    together = flow[["cumulative"]].join(band)
    assert together["cumulative"].between(together["cash_p10"], together["cash_p90"]).all()


def test_bounds_in_the_wrong_order_and_too_few_draws_are_refused(made):
    with pytest.raises(ValueError, match="order"):
        economics_range(made, sales=BOUNDS.rename(columns={"sales_p10": "sales_p90", "sales_p90": "sales_p10"}), **RATE)
    with pytest.raises(ValueError, match="100"):
        economics_range(made, draws=50, **RATE)


def test_without_a_single_known_site_everything_is_missing(made):
    alone = made.loc[["B"]]
    assert site_economics(alone, **RATE)["npv"].isna().all()
    assert economics_range(alone, **RATE).index.tolist() == ["B"]
