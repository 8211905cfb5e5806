import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.seasons import (
    calendar_design,
    days_in,
    festival_columns,
    holiday_columns,
    month_factors,
    periods_after,
    season_length,
)


def test_every_kind_of_period():
    for freq, season, days in (("M", 12, 31), ("Q-DEC", 4, 90), ("W-SUN", 52, 7), ("D", 364, 1)):
        index = pd.period_range("2027-01-04", periods=3, freq=freq)
        assert season_length(index) == season and days_in(index)[0] == days
        assert periods_after(index, 2)[0] == index[-1] + 1
    with pytest.raises(ValueError, match="by day, ISO week, month or quarter"):
        season_length(pd.period_range("2027", periods=2, freq="Y"))


def test_the_festival_in_weeks_and_days():
    weeks = festival_columns(pd.period_range("2024-12-30", "2027-12-26", freq="W-SUN"), country="CN")
    assert (weeks.sum() == 3).all() and len(weeks.columns) == 8
    assert str(weeks.index[weeks["festival_week_0"] == 1][1].start_time.date()) == "2026-02-16"  # festival 17 February
    days = festival_columns(pd.period_range("2026-01-01", "2026-12-31", freq="D"), country="CN")
    assert (days.sum() == 7).all()
    assert days.loc["2026-02-17", "festival_days_0_6"] == 1 and days.loc["2026-02-16", "festival_days_-7_-1"] == 1
    assert festival_columns(pd.period_range("2026Q1", "2026Q4", freq="Q"), country="CN").shape == (4, 0)
    assert festival_columns(days.index, country="AU").shape == (365, 0)


def test_designs_have_full_rank_once_the_festival_has_moved():
    for freq, first in (("M", "2021-01"), ("Q-DEC", "2021Q1"), ("W-SUN", "2021-01-04"), ("D", "2021-01-01")):
        index = pd.period_range(first, "2025-12-28", freq=freq)
        design = calendar_design(index, index[-1], country="CN")
        assert np.linalg.matrix_rank(design.to_numpy()) == design.shape[1]


def test_other_holidays():
    days = holiday_columns(pd.period_range("2026-09-01", "2026-09-30", freq="D"), ["mid_autumn"])
    assert days.index[days["mid_autumn"] == 1].astype(str).tolist() == ["2026-09-24", "2026-09-25", "2026-09-26"]
    months = pd.period_range("2000-01", "2045-12", freq="M")
    moved = holiday_columns(months, ["dragon_boat", "mid_autumn", "qingming"])
    assert moved.columns.tolist() == ["dragon_boat", "mid_autumn"]
    assert moved.groupby(months.month).mean().abs().max(axis=None) < 1e-12


def test_a_season_under_growth_is_found_again_and_two_years_are_the_least():
    months = pd.period_range("2023-04", periods=48, freq="M")
    season = np.array([0.9, 0.92, 0.95, 0.99, 1.04, 1.08, 1.12, 1.1, 1.02, 1.03, 0.95, 0.9])
    sales = pd.Series(season[months.month - 1] * 1.004 ** np.arange(48), months)
    assert month_factors(sales).to_numpy() == pytest.approx(season, rel=0.005)
    assert list(month_factors(sales).index) == list(range(1, 13)) and month_factors(sales).mean() == pytest.approx(1)
    assert month_factors(sales.head(23)).empty and len(month_factors(sales.head(24))) == 12
    assert month_factors(sales.where(sales.index.month != 5)).empty
