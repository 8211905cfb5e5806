import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting import models
from expansion_kit.targets.forecasting.festivals import festival_regressor
from expansion_kit.targets.forecasting.models import (
    CANDIDATES,
    calendar_regression,
    candidate_forecasts,
    festival_lift,
    installed,
    last_value,
    mean_of_year,
    seasonal_naive,
)
from expansion_kit.targets.forecasting.seasons import periods_after

SEASON = np.array([0.1, -0.2, 0, 0.05, 0.1, -0.05, 0, 0.02, 0.08, 0.1, -0.1, -0.1])


def sales_of(first, last, *, growth=0.06, lift=0.4, noise=0.0, seed=0, country="CN", n=1):
    """Histories with a known trend, season and festival."""
    months = pd.period_range(first, last, freq="M")
    years = np.arange(len(months)) / 12
    festival = lift * festival_regressor(months, country=country).to_numpy() if lift else 0
    draws = np.random.default_rng(seed).normal(0, noise, (n, len(months)))
    log_daily = 8 + growth * years + SEASON[months.month - 1] + festival + draws
    return pd.DataFrame((np.exp(log_daily) * months.days_in_month.to_numpy()).T, months, [f"S{i}" for i in range(n)])


def error(model, sales, horizon, **options):
    ahead = model(sales.iloc[:-horizon], horizon=horizon, **options)
    return (ahead / sales.iloc[-horizon:] - 1).abs()["S0"]


def one(values, first, freq="M"):
    return pd.DataFrame({"S0": values}, pd.period_range(first, periods=len(values), freq=freq), dtype=float)


def names(said, series=0):
    return [name for name, values in said.items() if np.isfinite(values[-1, :, series]).all()]


def test_naive_repeats_the_last_known_year():
    sales = one(range(24), "2025-01")
    assert seasonal_naive(sales, horizon=14)["S0"].tolist() == [*range(12, 24), 12, 13]
    sales.loc["2026-03"] = np.nan
    assert seasonal_naive(sales, horizon=3)["S0"].tolist() == [12, 13, 2]
    assert seasonal_naive(sales.iloc[-3:], horizon=2).isna().all(axis=None)


def test_naive_of_weeks_and_days_keeps_the_weekday():
    weeks = one(range(60), "2026-01-05", "W-SUN")
    assert seasonal_naive(weeks, horizon=2)["S0"].tolist() == [8, 9]
    days = one(range(400), "2026-01-01", "D")
    assert seasonal_naive(days, horizon=1)["S0"].tolist() == [36]
    assert (days.index[-1] + 1).weekday == days.index[36].weekday


def test_naive_moves_with_the_festival():
    sales = sales_of("2023-01", "2027-12", growth=0)
    assert error(seasonal_naive, sales, 12, country="CN").max() < 1e-9
    assert error(seasonal_naive, sales, 12)[["2027-01", "2027-02"]].min() > 0.1


def test_naive_with_one_year_cannot_know_the_festival():
    sales = sales_of("2026-01", "2026-12")
    assert seasonal_naive(sales, horizon=12, country="CN")["S0"].tolist() == sales["S0"].tolist()


def test_a_festival_is_not_made_of_chance():
    noisy = sales_of("2022-01", "2026-12", lift=0, noise=0.05, n=200)
    lift = festival_lift(noisy, country="CN").iloc[0]
    assert (lift == 0).mean() > 0.5  # of a standard normal, 68 % lie within one
    assert abs(lift.mean()) < 0.02
    real = sales_of("2022-01", "2026-12", lift=-0.4, noise=0.02, n=200)
    assert festival_lift(real, country="CN").iloc[0].mean() == pytest.approx(-0.4, abs=0.02)


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
    sales.loc["2024-05"] = np.nan
    assert error(calendar_regression, sales, 12, country="CN").max() < 1e-6
    old = sales_of("1995-01", "2003-12", lift=0, growth=0)
    assert error(calendar_regression, old, 12, country="CN").max() < 1e-6


def test_regression_of_whole_months_has_no_length_of_months():
    sales = sales_of("2021-01", "2025-12", lift=0) / 30
    sales = sales.div(sales.index.days_in_month, axis=0)
    assert (
        error(lambda past, horizon: calendar_regression(past, horizon=horizon, per_day=False), sales, 12).max() < 1e-6
    )


def test_regression_gives_nothing_where_the_history_cannot_tell():
    still = sales_of("2022-01", "2023-12")  # all of both windows lies in January
    assert calendar_regression(still, horizon=12, country="CN").isna().all(axis=None)
    assert calendar_regression(still, horizon=12).notna().all(axis=None)
    assert "calendar_regression" not in names(candidate_forecasts(still, [24], horizon=12, country="CN"))
    unseen = sales_of("2022-01", "2026-12")
    unseen[unseen.index.month == 5] = np.nan
    assert calendar_regression(unseen, horizon=12, country="CN").isna().all(axis=None)


def test_mean_of_year_counts_days_and_last_value_skips_gaps():
    sales = one([3100.0, np.nan, 6200.0, np.nan], "2027-01")
    assert mean_of_year(sales.iloc[:3], horizon=1)["S0"].tolist() == [4500.0]
    assert last_value(sales, horizon=2)["S0"].tolist() == [6200, 6200]


def test_each_series_gets_the_candidates_it_is_long_and_whole_enough_for():
    assert names(candidate_forecasts(sales_of("2026-02", "2026-12"), [11], horizon=1)) == ["last_value"]
    pytest.importorskip("statsforecast")
    sales = sales_of("2023-01", "2026-12", noise=0.02, n=6)
    sales.loc["2025-05", "S1"] = np.nan
    sales.loc["2025-05", "S2"] = 0
    sales.loc[:"2025-10", "S3"] = np.nan
    said = candidate_forecasts(sales, [48], horizon=3, country="CN")
    every = ["seasonal_naive", "last_value", "calendar_regression", "theta", "pooled", "median"]
    assert names(said) == every
    assert names(said, 1) == [name for name in every if name not in ("theta", "median")]
    assert names(said, 2) == ["seasonal_naive", "last_value"]
    assert names(said, 3) == ["seasonal_naive", "last_value"]
    three = np.median([said[name][0, :, 0] for name in ("seasonal_naive", "theta", "pooled")], axis=0)
    assert said["median"][0, :, 0].tolist() == three.tolist()


def test_the_median_of_four_is_the_mean_of_the_middle_two():
    pytest.importorskip("statsforecast")
    said = candidate_forecasts(sales_of("2014-01", "2026-12", noise=0.05, lift=0, n=4), [156], horizon=1)
    four = sorted(said[name][0, 0, 0] for name in models.MEMBERS)
    assert said["median"][0, 0, 0] == pytest.approx((four[1] + four[2]) / 2)


def test_no_origin_sees_what_came_after_it():
    sales = sales_of("2021-01", "2026-12", noise=0.05, n=5)
    other = sales.copy()
    other.iloc[48:] *= np.random.default_rng(1).uniform(0.5, 2, other.iloc[48:].shape)
    cuts = [36, 48]
    a, b = (candidate_forecasts(table, [*cuts, 60], horizon=12, country="CN") for table in (sales, other))
    for name in a:
        np.testing.assert_array_equal(a[name][:2], b[name][:2], err_msg=name)


def test_without_statsforecast_the_others_go_on(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    assert installed() == ["seasonal_naive", "last_value", "calendar_regression", "pooled"]
    said = candidate_forecasts(sales_of("2010-01", "2026-12", noise=0.02, n=5), [204], horizon=1)
    assert names(said) == ["seasonal_naive", "last_value", "calendar_regression", "pooled"]
    assert all(CANDIDATES[name].package is None for name in installed())


def test_forecasts_stand_on_the_periods_that_follow():
    sales = sales_of("2024-01", "2026-12")
    for model in (seasonal_naive, last_value, mean_of_year, calendar_regression):
        assert model(sales, horizon=3).index.equals(periods_after(sales.index, 3))
