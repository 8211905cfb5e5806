import numpy as np
import pandas as pd
import pytest

from data import make_demo_city
from expansion_kit.targets.forecasting.comparable import mature
from expansion_kit.targets.forecasting.estimates import calendar_effects
from expansion_kit.targets.forecasting.history import sales_history
from expansion_kit.targets.forecasting.seasons import festival_columns

SEASON = np.array([1.2, 0.7, 0.9, 1, 1, 1.05, 1.1, 1.1, 0.95, 1, 1, 1])


def history_of(*, lift=0.3, growth=0.06, noise=0.0, n=3, shared=0.0, seed=0):
    months = pd.period_range("2021-01", "2026-12", freq="M")
    draw = np.random.default_rng(seed)
    logs = np.log(SEASON)[months.month - 1] + np.log1p(growth) * np.arange(72) / 12
    logs = logs + lift * festival_columns(months, country="CN")["festival"].to_numpy()
    errors = draw.normal(0, noise, (72, n)) + draw.normal(0, shared, (72, 1))
    return pd.DataFrame(np.exp(logs[:, None] + errors + np.arange(n)), months, [f"S{i}" for i in range(n)])


@pytest.mark.parametrize("lift", [-0.3, 0.0, 0.3])
def test_without_chance_the_truth_is_found(lift):
    history = history_of(lift=lift)
    history.iloc[:40, 1] = np.nan
    table = calendar_effects(history, groups=pd.Series("T", history.columns), country="CN").set_index("effect")
    assert table.loc["growth", "estimate"] == pytest.approx(0.06)
    assert table.loc["festival", "estimate"] == pytest.approx(lift, abs=1e-9)
    season = table.loc[[f"season_{i}" for i in range(1, 13)], "estimate"]
    np.testing.assert_allclose(season, SEASON / SEASON.mean(), rtol=1e-9)


@pytest.mark.parametrize("shared", [0.0, 0.03])
def test_errors_are_as_large_as_the_estimates_scatter(shared):
    off = []
    for seed in range(60):
        history = history_of(noise=0.03, shared=shared, seed=seed, n=6)
        table = calendar_effects(history, groups=pd.Series("T", history.columns), country="CN").set_index("effect")
        off.append((table.loc["festival", "estimate"] - 0.3) / table.loc["festival", "standard_error"])
    assert abs(np.mean(off)) < 0.4 and 0.75 < np.std(off) < 1.3  # four of their own standard errors


def test_the_truth_of_the_demo_city_is_found_again():  # 20 seeds in benchmarks/forecast.py
    truth, off = make_demo_city.read_truth(), []
    for seed in (1, 2):
        tables = make_demo_city.make(seed, truth)
        own = tables["stores"].query("own").set_index("store_id")
        history = mature(sales_history(tables["sales"], by="store_id"), own["opened"])
        table = calendar_effects(history, groups=own["territory_id"], country="CN")
        for effect, known in (("growth", truth["growth"]), ("festival", truth["festival"]["lift"])):
            one = table[table["effect"] == effect].set_index("group")
            off += list((one["estimate"] - pd.Series(known)) / one["standard_error"])
    assert np.mean(np.abs(off) <= 2) >= 0.87 and abs(np.mean(off)) < 0.6  # 32 estimates


def test_what_the_history_cannot_tell_is_not_told():
    short = calendar_effects(history_of().iloc[:15], country="CN")
    assert set(short["note"]) == {"too_short"} and short["estimate"].isna().all()
    months = pd.period_range("2022-01", "2023-12", freq="M")  # both windows lie in January
    still = pd.DataFrame(100.0, months, ["A", "B"])
    table = calendar_effects(still, groups=pd.Series("T", ["A", "B"]), country="CN")
    assert set(table["note"]) == {"not_identified"}
