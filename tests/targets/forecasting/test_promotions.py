import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.promotions import promoted_share, promotion_uplift


def city(uplift, *, seed=0, n=40, promoted=20, days=27, cost=2000.0):
    months = pd.period_range("2024-01", "2026-12", freq="M", name="period")
    draw = np.random.default_rng(seed)
    names = [f"S{i:02}" for i in range(n)]
    start = pd.to_datetime("2024-02-01") + pd.to_timedelta(draw.integers(0, 900, promoted), unit="D")
    ran = {"store_id": names[:promoted], "from": start, "to": start + pd.Timedelta(days=days)}
    ran = pd.DataFrame(ran).assign(cost=cost, kind=["A", "B"] * (promoted // 2))
    level = 1e5 * np.exp(draw.normal(0, 0.3, n)) * np.exp(draw.normal(0, 0.1, (36, 1)) + draw.normal(0, 0.04, (36, n)))
    history = pd.DataFrame(level, months, names).rename_axis(columns="store_id")
    return ran, history * (1 + uplift * promoted_share(ran, history))


def test_a_day_counts_once_and_only_inside_the_history():
    history = pd.DataFrame({"S1": [1.0, 1.0]}, pd.period_range("2027-01", "2027-02", freq="M"))
    history = history.rename_axis(columns="store_id")
    ran = {"store_id": ["S1", "S1"], "from": ["2026-12-20", "2027-01-05"], "to": ["2027-01-10", "2027-01-12"]}
    assert promoted_share(pd.DataFrame(ran), history)["S1"].tolist() == [12 / 31, 0]


@pytest.mark.parametrize("uplift", [-0.1, 0.0, 0.15])
def test_the_uplift_is_found_with_an_honest_error(uplift):
    off = []
    for seed in range(20):
        whole = promotion_uplift(*city(uplift, seed=seed)).iloc[-1]
        off.append((whole["uplift"] - uplift) / whole["standard_error"])
    assert abs(np.mean(off)) < 0.7 and np.mean(np.abs(off) < 2) >= 0.85


def test_money_by_hand():
    ran, history = city(0.2, days=150)
    table = promotion_uplift(ran, history, margin=0.5)
    whole = table.iloc[-1]
    share = promoted_share(ran, history)
    extra = (history - history / (1 + whole["uplift"] * share)).sum().sum()
    assert whole["extra_sales"] == pytest.approx(extra)
    assert whole["cost"] == 40_000
    assert whole["return_on_spend"] == pytest.approx((0.5 * extra - 40_000) / 40_000)
    assert whole["verdict"] == "gain" and table["kind"].tolist() == ["A", "B", None]
    assert promotion_uplift(ran.assign(cost=5e6), history, margin=0.5).iloc[-1]["verdict"] == "loss"


def test_too_few_and_too_near_are_said():
    ran, history = city(0.1, promoted=2)
    assert promotion_uplift(ran, history)["verdict"].tolist() == ["too_few"] * 3
    ran, history = city(0.01, promoted=4, days=14)
    assert promotion_uplift(ran, history).iloc[-1]["verdict"] == "cannot_tell"


def test_a_promotion_in_unknown_months_is_not_charged():
    ran, history = city(0.1)
    history.loc[:, "S03"] = np.nan
    whole = promotion_uplift(ran, history).iloc[-1]
    assert whole["promotions"] == 19 and whole["cost"] == 38_000
