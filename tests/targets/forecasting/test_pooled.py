import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.models import seasonal_naive
from expansion_kit.targets.forecasting.pooled import pooled


def history_of(n=30, months=72, seed=0):
    """Series that share a growth which turns every year: what one series cannot show and all together can."""
    every = pd.period_range("2021-01", periods=months, freq="M")
    draw = np.random.default_rng(seed)
    growth = np.repeat(np.where(np.arange(months // 12 + 1) % 2, 0.15, 0.05), 12)[:months]
    season = draw.normal(0, 0.1, (12, n))[every.month - 1]
    logs = 8 + np.cumsum(growth)[:, None] / 12 + season + draw.normal(0, 0.02, (months, n))
    return pd.DataFrame(np.exp(logs), every, [f"S{i:02}" for i in range(n)])


def test_it_beats_seasonal_naive_where_series_grow_together():
    sales = history_of()
    ahead = pooled([sales.iloc[:60]], horizon=12)[0]
    real = sales.iloc[60:].to_numpy()
    naive = seasonal_naive(sales.iloc[:60], horizon=12).to_numpy()
    assert np.abs(ahead - real).sum() < 0.7 * np.abs(naive - real).sum()


def test_the_order_of_series_and_runs_change_nothing():
    sales = history_of(n=8)
    ahead = pooled([sales], horizon=6)[0]
    np.testing.assert_array_equal(pooled([sales], horizon=6)[0], ahead)
    np.testing.assert_array_equal(pooled([sales.iloc[:, ::-1]], horizon=6)[0][:, ::-1], ahead)


def test_the_unit_of_money_does_not_matter():
    sales = history_of(n=8)
    np.testing.assert_allclose(pooled([sales * 1024], horizon=6)[0], pooled([sales], horizon=6)[0] * 1024, rtol=1e-6)


def test_too_little_to_learn_from_gives_nothing():
    assert np.isnan(pooled([history_of(n=2)], horizon=6)[0]).all()
    first, second = pooled([history_of(months=14), history_of()], horizon=6)
    assert np.isnan(first).all() and np.isfinite(second).all()
