import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.attainment.incentives import PLAN, incentive, incentive_cost, kpi_scores

BANDS = [(80_000, 300), (120_000, 500)]


def outlook(low, middle, high, stores=("S1",)):
    row = {"period": "2027-01", "sales_p10": low, "sales_p50": middle, "sales_p90": high}
    return pd.DataFrame([{"store_id": store} | row for store in stores])


def test_points_are_weight_times_attainment_up_to_the_cap_and_none_below_the_floor():
    sheet = {"sales": {"weight": 60, "cap": 1.2, "floor": 0.7}, "collection": {"weight": 40, "cap": 1.0, "floor": 0.0}}
    attained = pd.DataFrame({"sales": [1.0, 1.5, 0.6, None], "collection": [0.5, 1.3, 1.0, 0.9]})
    scores = kpi_scores(attained, sheet=sheet)
    assert scores["points_sales"].fillna(-1).tolist() == pytest.approx([60, 72, 0, -1])
    assert scores["kpi_score"].tolist() == pytest.approx([80, 112, 40, 90])  # the last over 40 points of 100
    assert scores["kpi_known"].tolist() == [1, 1, 1, 0.4]


def test_nothing_known_is_no_score_and_a_weight_of_nothing_is_refused():
    assert kpi_scores(pd.DataFrame({"sales": [None]}))["kpi_score"].isna().all()
    with pytest.raises(ValueError, match="above 0"):
        kpi_scores(pd.DataFrame(), sheet={"sales": {"weight": 0, "cap": 1, "floor": 0}})


@pytest.mark.parametrize(
    ("sales", "whole", "pay"),
    [
        (79_999, False, 4500),  # target of 100,000 missed: base at 90 %
        (99_999.99, False, 4500 + 600),
        (100_000, False, 5000 + 600),
        (115_000, False, 5000 + 1050),
        (115_000, True, 5000 + 900),  # three whole ten thousands
        (140_000, False, 5000 + 1200 + 1000),  # the second band pays 500
    ],
)
def test_piecewise_commission_by_hand(sales, whole, pay):
    paid = incentive(sales, 100_000, base=5000, missed=0.9, bands=BANDS, step=10_000, whole_steps=whole)
    assert float(paid) == pytest.approx(pay, abs=0.01)


def test_without_a_target_none_is_missed_and_unknown_sales_pay_nothing_known():
    assert float(incentive(1, np.nan, base=5000, missed=0.9)) == 5000 and np.isnan(incentive(np.nan, 1, base=5000))


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.booleans())
def test_selling_more_never_pays_less(sales, more, whole):
    plan = {"base": 5000, "missed": 0.9, "bands": BANDS, "step": 10_000, "whole_steps": whole}
    low, high = (float(incentive(value, 1e5, **plan)) for value in (sales, sales + more))
    assert high >= low - 1e-6


def test_the_mean_cost_of_commission_in_its_linear_part_is_the_commission_of_the_mean():
    """Normal around 200,000 with P10 and P90 20,000 off (on both sides alike) never leaves the band."""
    spread = outlook(180_000, 200_000, 220_000, ["S1", "S2", "S3"])
    linear = PLAN | {"bands": ((0, 300),)}
    cost = incentive_cost(spread, pd.DataFrame(), plan=linear, draws=20_000)
    assert cost["mean"] == pytest.approx(3 * 300 * 20, rel=0.01)
    assert cost["p10"] < cost["mean"] < cost["p90"]


def test_what_all_stores_have_in_common_widens_the_cost_and_leaves_the_mean():
    spread = outlook(80_000, 100_000, 125_000, [f"S{n}" for n in range(20)])
    alone, alike = (incentive_cost(spread, pd.DataFrame(), together=share, draws=4000) for share in (0, 1))
    assert alike["p90"] - alike["p10"] > 2 * (alone["p90"] - alone["p10"])
    assert alone["mean"] == pytest.approx(alike["mean"], rel=0.05)


def test_the_draws_have_the_forecasts_quantiles():
    """With 1 for each unit of sales the pay is the sales."""
    unit = {"base": 0, "missed": 1, "bands": ((0, 1),), "step": 1}
    for low, middle, high in ((80.0, 100.0, 150.0), (-10.0, 20.0, 30.0)):
        cost = incentive_cost(outlook(low, middle, high), pd.DataFrame(), plan=unit, draws=40_000)
        assert [cost["p10"], cost["p90"]] == pytest.approx([max(low, 0), high], rel=0.03, abs=0.5)


def test_a_series_without_an_interval_is_counted_and_left_out():
    both = pd.concat([outlook(90, 100, 110), outlook(np.nan, 100, np.nan, ["S2"])])
    cost = incentive_cost(both, pd.DataFrame())
    assert (cost["series"], cost["unknown"]) == (1, 1)
    assert cost == incentive_cost(both, pd.DataFrame()) != incentive_cost(both.assign(sales_p50=9e4), pd.DataFrame())
    with pytest.raises(ValueError, match="between 0 and 1"):
        incentive_cost(both, pd.DataFrame(), together=2)
