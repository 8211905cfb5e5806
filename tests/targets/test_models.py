import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets import models
from expansion_kit.targets.festivals import festival_regressor
from expansion_kit.targets.models import (
    CANDIDATES,
    calendar_regression,
    candidate_forecasts,
    exponential_smoothing,
    installed,
    mean_of_months,
    months_after,
    seasonal_naive,
    theta,
)

SEASON = np.array([0.1, -0.2, 0, 0.05, 0.1, -0.05, 0, 0.02, 0.08, 0.1, -0.1, -0.1])


def sales_of(first, last, *, growth=0.06, lift=0.4, noise=0.0, seed=0, country="CN"):
    """Sales with a known trend, season and festival."""
    months = pd.period_range(first, last, freq="M")
    years = np.arange(len(months)) / 12
    festival = lift * festival_regressor(months, country=country).to_numpy() if lift else 0
    draws = np.random.default_rng(seed).normal(0, noise, len(months))
    log_daily = 8 + growth * years + SEASON[months.month - 1] + festival + draws
    return pd.Series(np.exp(log_daily) * months.days_in_month, months)


def error(model, sales, horizon, **options):
    ahead = model(sales.iloc[:-horizon], horizon=horizon, **options)
    return (ahead / sales.iloc[-horizon:] - 1).abs()


def test_naive_repeats_the_last_known_year():
    sales = pd.Series(range(24), pd.period_range("2025-01", "2026-12", freq="M"), dtype=float)
    assert seasonal_naive(sales, horizon=14).tolist() == [*range(12, 24), 12, 13]
    sales["2026-03"] = np.nan
    assert seasonal_naive(sales, horizon=3).tolist() == [12, 13, 2]
    assert np.isnan(seasonal_naive(sales.iloc[-3:], horizon=2)).all()


def test_naive_moves_with_the_festival():
    sales = sales_of("2023-01", "2027-12", growth=0)
    assert error(seasonal_naive, sales, 12, country="CN").max() < 1e-9
    assert error(seasonal_naive, sales, 12)[["2027-01", "2027-02"]].min() > 0.1


def test_naive_with_one_year_cannot_know_the_festival():
    sales = sales_of("2026-01", "2026-12")
    assert seasonal_naive(sales, horizon=12, country="CN").tolist() == sales.tolist()


@pytest.mark.parametrize("lift", [-0.3, 0.0, 0.4])
def test_regression_finds_growth_season_and_festival(lift):
    sales = sales_of("2023-01", "2027-12", lift=lift)
    assert error(calendar_regression, sales, 12, country="CN").max() < 1e-6


def test_regression_with_the_festival_is_far_better_in_january_and_february():
    with_it, without = [], []
    for seed in range(20):
        sales = sales_of("2023-01", "2027-12", noise=0.02, seed=seed)
        with_it.append(error(calendar_regression, sales, 12, country="CN").iloc[:2].mean())
        without.append(error(calendar_regression, sales, 12).iloc[:2].mean())
    assert np.mean(with_it) < np.mean(without) / 3


def test_regression_lives_with_a_gap_and_with_years_before_the_table():
    sales = sales_of("2023-01", "2027-12")
    sales["2024-05"] = np.nan
    assert error(calendar_regression, sales, 12, country="CN").max() < 1e-6
    old = sales_of("1995-01", "2003-12", lift=0, growth=0)
    assert error(calendar_regression, old, 12, country="CN").max() < 1e-6


def test_regression_gives_nothing_where_the_history_cannot_tell():
    still = sales_of("2022-01", "2023-12")  # all of both windows lies in January
    assert calendar_regression(still, horizon=12, country="CN").isna().all()
    assert calendar_regression(still, horizon=12).notna().all()
    assert "calendar_regression" not in candidate_forecasts(still, horizon=12, country="CN")
    unseen = sales_of("2022-01", "2026-12")
    unseen[unseen.index.month == 5] = np.nan
    assert calendar_regression(unseen, horizon=12, country="CN").isna().all()


def test_mean_of_months_counts_days():
    sales = pd.Series([3100.0, np.nan, 6200.0], pd.period_range("2027-01", "2027-03", freq="M"))
    assert mean_of_months(sales, horizon=1).tolist() == [4500.0]


@pytest.mark.parametrize(("model", "limit"), [(theta, 0.03), (exponential_smoothing, 0.03)])
def test_statsforecast_follows_trend_and_season(model, limit):
    pytest.importorskip("statsforecast")
    sales = sales_of("2010-01", "2026-12", lift=0, noise=0.01, country=None)
    assert error(model, sales, 12).mean() < limit
    assert model(sales, horizon=3).index.equals(months_after(sales, 3))


def test_each_series_gets_the_candidates_it_is_long_and_whole_enough_for():
    assert candidate_forecasts(sales_of("2026-02", "2026-12"), horizon=1).columns.tolist() == []
    assert candidate_forecasts(sales_of("2026-01", "2026-12"), horizon=1).columns.tolist() == ["seasonal_naive"]
    pytest.importorskip("statsforecast")
    table = candidate_forecasts(sales_of("2023-01", "2026-12"), horizon=2, country="CN")
    assert table.columns.tolist() == ["seasonal_naive", "calendar_regression", "theta", "median"]
    middle = table[["seasonal_naive", "calendar_regression", "theta"]].median(axis=1)
    assert table["median"].tolist() == middle.tolist()
    broken = sales_of("2023-01", "2026-12")
    broken["2025-05"] = np.nan
    assert "theta" not in candidate_forecasts(broken, horizon=1)
    closed = sales_of("2023-01", "2026-12")
    closed["2025-05"] = 0
    assert candidate_forecasts(closed, horizon=1, country="CN").columns.tolist() == ["seasonal_naive"]
    assert "exponential_smoothing" in candidate_forecasts(sales_of("2016-01", "2026-12"), horizon=1)


def test_without_statsforecast_the_others_go_on(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    assert installed() == ["seasonal_naive", "calendar_regression"]
    table = candidate_forecasts(sales_of("2010-01", "2026-12"), horizon=1)
    assert table.columns.tolist() == ["seasonal_naive", "calendar_regression"]
    assert all(CANDIDATES[name].package is None for name in installed())
