import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.setting.fairness import fairness
from expansion_kit.targets.splitting.rules import backtest_rules, blend_weights, quotas, rule_name

KEYS = pd.Index(list("ABCDE"), name="territory_id")
HISTORY = pd.Series([50, 44, 24, 22, 6], KEYS)
POTENTIAL = pd.Series([100, 80, 60, 40, 20], KEYS)


def test_weighted_quotas_of_the_sheet():
    assert quotas(HISTORY, POTENTIAL, total=160, weight=0.5).round(2).tolist() == [54.06, 45.44, 29.15, 22.72, 8.62]


@pytest.mark.parametrize(("weight", "growth"), [(1, 0.096), (0.5, 0.437), (0, 0.778)])
def test_required_growth_of_the_smallest(weight, growth):
    quota = quotas(HISTORY, POTENTIAL, total=160, weight=weight)
    assert quota["E"] / 6 - 1 == pytest.approx(growth, abs=5e-4)


def test_other_rules_by_hand():
    more = (160 - 146) / 5
    assert quotas(HISTORY, total=160, rule="equal").tolist() == pytest.approx((HISTORY + more).tolist())
    by_potential = quotas(HISTORY, POTENTIAL, total=160, rule="potential")
    assert by_potential.tolist() == pytest.approx([50 + 14 / 3, 44 + 56 / 15, 26.8, 22 + 28 / 15, 6 + 14 / 15])
    assert quotas(HISTORY, forecast=POTENTIAL, total=600, rule="forecast").tolist() == [200, 160, 120, 80, 40]


def test_a_blend_of_three_parts_by_hand():
    mixed = quotas(
        HISTORY, POTENTIAL, HISTORY * 2, total=146, weight={"history": 0.5, "potential": 0.3, "forecast": 0.2}
    )
    assert mixed.tolist() == pytest.approx((0.7 * HISTORY + 0.3 * 146 * POTENTIAL / 300).tolist())
    assert rule_name("weighted", {"history": 0.5, "forecast": 0.5}) == "weighted: history 0.50, forecast 0.50"
    for wrong in ({"history": 0.5}, {"guess": 1}, {"history": 1.5, "potential": -0.5}):
        with pytest.raises(ValueError, match="add up to 1"):
            blend_weights(wrong)


def test_the_trade_off_of_the_sheet_shows_on_both_sides():
    """The more potential counts, the fairer by potential and the steeper for the smallest."""
    rows = [(quotas(HISTORY, POTENTIAL, total=160, weight=w), w) for w in (1, 0.5, 0)]
    spread = [fairness(quota, POTENTIAL)["cv"] for quota, _ in rows]
    growth = [quota["E"] / 6 - 1 for quota, _ in rows]
    assert spread == sorted(spread, reverse=True) and growth == sorted(growth)


def test_the_backtest_of_a_rule_by_hand():
    before, came = pd.Series([100.0, 300.0], ["A", "B"]), pd.Series([150.0, 250.0], ["A", "B"])
    tested = backtest_rules(before, came, came * 2, rules=["growth", "weighted"], weight=0.0)
    growth, perfect = tested.iloc[0], tested.iloc[1]
    # growth gives 100 and 300 of 400: errors of 50 and 50, attained 1.5 and .8333, the larger the worse
    assert growth["wape"] == pytest.approx(100 / 400)
    assert growth[["least_attained", "most_attained", "met"]].tolist() == pytest.approx([250 / 300, 1.5, 0.5])
    assert growth["size_correlation"] == pytest.approx(-1)
    assert perfect["wape"] == 0 and perfect["met"] == 1 and np.isnan(perfect["size_correlation"])
    assert tested.index.tolist() == ["growth", "weighted: history 0.00, potential 1.00"]
    with pytest.raises(ValueError, match="actual must be known"):
        backtest_rules(before, came.replace(250, np.nan), rules=["growth"])
    ambitious = backtest_rules(before, came, rules=["growth"], total=800)
    assert ambitious["met"].iloc[0] == 0


def test_rules_refuse_what_they_cannot_weigh():
    with pytest.raises(ValueError, match="history must be known"):
        quotas(HISTORY.astype(float).replace(6, np.nan), total=200, rule="equal")
