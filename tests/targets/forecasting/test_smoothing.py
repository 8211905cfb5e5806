import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.smoothing import exponential_smoothing, theta

pytest.importorskip("statsforecast")


def history_of(n=2, noise=0.01):
    months = pd.period_range("2010-01", "2026-12", freq="M")
    season = 1 + 0.2 * np.sin(months.month.to_numpy() / 6 * np.pi)
    draw = np.random.default_rng(0).normal(0, noise, (n, len(months)))
    values = 100 * season * 1.05 ** (np.arange(len(months)) / 12) * np.exp(draw)
    return pd.DataFrame(values.T, months, [f"S{i}" for i in range(n)])


@pytest.mark.parametrize("model", [theta, exponential_smoothing])
def test_trend_and_season_are_followed(model):
    sales = history_of()
    said = model([sales.iloc[:-24], sales.iloc[:-12]], horizon=12)
    for ahead, real in zip(said, (sales.iloc[-24:-12], sales.iloc[-12:])):
        assert np.abs(ahead / real.to_numpy() - 1).mean() < 0.03


@pytest.mark.parametrize("model", [theta, exponential_smoothing])
def test_a_series_that_is_not_there_stays_missing_until_it_is(model):
    sales = history_of()
    late = sales.iloc[:-12].copy()
    late["S1"] = np.nan
    first, second = model([late, sales], horizon=3)
    assert np.isnan(first[:, 1]).all() and np.isfinite(first[:, 0]).all()
    assert np.isfinite(second).all()
