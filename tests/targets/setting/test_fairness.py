import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.fairness import attainment_chance, fairness, forecast_quantile, padding
from expansion_kit.targets.splitting.rules import quotas

KEYS = pd.Index(list("ABCDE"), name="territory_id")
HISTORY = pd.Series([50, 44, 24, 22, 6], KEYS)
POTENTIAL = pd.Series([100, 80, 60, 40, 20], KEYS)


def outlook(low, middle, high):
    return pd.DataFrame({"sales_p10": [low], "sales_p50": [middle], "sales_p90": [high]}, ["T"])


def chance(aim, *quantiles):
    return attainment_chance(pd.Series([aim], ["T"]), outlook(*quantiles)).iloc[0]


@pytest.mark.parametrize(("weight", "cv"), [(1, 0.2108), (0.5, 0.1024), (0, 0)])
def test_fairness_of_the_sheet(weight, cv):
    assert fairness(quotas(HISTORY, POTENTIAL, total=160, weight=weight), POTENTIAL)["cv"] == pytest.approx(
        cv, abs=5e-5
    )


def test_gini_of_the_sheet():
    assert fairness(quotas(HISTORY, POTENTIAL, total=160, weight=1), POTENTIAL)["gini"] == pytest.approx(
        0.1130, abs=5e-5
    )


def test_the_spread_and_what_has_none():
    told = fairness(pd.Series([20, 30], ["A", "B"]), pd.Series([100, 100], ["A", "B"]))
    assert told[["least", "most", "spread"]].tolist() == pytest.approx([0.2, 0.3, 1.5])
    assert np.isnan(fairness(pd.Series([0, 30], ["A", "B"]), pd.Series([100, 100], ["A", "B"]))["spread"])
    with pytest.raises(ValueError, match="potential must be above 0, but is not for A"):
        fairness(HISTORY, POTENTIAL.replace(100, 0))
    with pytest.raises(ValueError, match="one of them above 0"):
        fairness(HISTORY * 0, POTENTIAL)


@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=9), st.floats(0.01, 100))
def test_the_same_ratio_for_everybody_is_fair_and_one_who_has_all_is_not(values, ratio):
    potential = pd.Series(values)
    assert fairness(ratio * potential, potential)["gini"] == pytest.approx(0, abs=1e-9)
    alone = pd.Series(0.0, potential.index)
    alone[0] = 1.0
    assert fairness(alone, potential)["gini"] == pytest.approx((len(values) - 1) / len(values))


@pytest.mark.parametrize("quantiles", [(80, 100, 150), (-10, 100, 150), (0, 0, 5)])
def test_the_chance_goes_through_the_three_quantiles(quantiles):
    expected = {quantiles[0]: 0.9, quantiles[1]: 0.5, quantiles[2]: 0.1}
    for aim, known in expected.items():
        if list(quantiles).count(aim) == 1:
            assert chance(aim, *quantiles)["chance"] == pytest.approx(known)


def test_the_chance_says_how_it_was_made_and_is_missing_without_an_interval():
    assert chance(100, 80, 100, 150)["chance_method"] == "two_piece_log_normal"
    assert chance(100, -1, 100, 150)["chance_method"] == "two_piece_normal"
    assert chance(0, 80, 100, 150)["chance"] == 1
    none = chance(100, np.nan, 100, np.nan)
    assert np.isnan(none["chance"]) and none["chance_method"] == "none"
    assert np.isnan(chance(np.nan, 80, 100, 150)["chance"])
    assert [chance(aim, 100, 100, 100)["chance"] for aim in (99, 101)] == [1, 0]
    with pytest.raises(ValueError, match="must be in order"):
        chance(100, 120, 100, 150)


def test_the_normal_table_holds_beyond_the_quantiles():
    # p10 and p90 at 1.2816 sd: with 0 -+ 12.816 the sd is 10, and two of them are passed with 1 - 0.97725
    assert chance(20, -12.815516, 0, 12.815516)["chance"] == pytest.approx(1 - 0.9772499, abs=1e-6)


def test_the_conformal_chance_by_hand():
    aim, ratios = pd.Series([95.0], ["T"]), [0.8, 0.9, 1.0, 1.1]
    told = attainment_chance(aim, outlook(np.nan, 100, np.nan), ratios=ratios).iloc[0]
    assert told["chance"] == pytest.approx((2 + 0.5) / 5) and told["chance_method"] == "conformal"
    unknown = attainment_chance(aim, outlook(np.nan, np.nan, np.nan), ratios=ratios).iloc[0]
    assert np.isnan(unknown["chance"]) and unknown["chance_method"] == "none"


@given(st.floats(0.02, 0.98), st.sampled_from([(80, 100, 150), (-10, 100, 150)]))
def test_a_quantile_is_reached_with_the_chance_it_says(level, quantiles):
    value = forecast_quantile(outlook(*quantiles), level).iloc[0]
    assert chance(value, *quantiles)["chance"] == pytest.approx(1 - level)


def test_a_quantile_wants_a_level_and_an_interval():
    assert np.isnan(forecast_quantile(outlook(np.nan, 100, np.nan), 0.5).iloc[0])
    with pytest.raises(ValueError, match="level must lie"):
        forecast_quantile(outlook(80, 100, 150), 70)


def test_padding_adds_up_from_forecast_to_target():
    target = pd.Series([105, 60], ["A", "B"])
    table = padding(pd.Series({"A": 95}), pd.Series({"A": 100, "B": 50}), target)
    assert table.loc["A", "proposed_over_forecast"] + table.loc["A", "added"] == table.loc["A", "target_over_forecast"]
    assert np.isnan(table.loc["B", "added"]) and table.loc["B", "target_over_forecast"] == 10
