import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.sensor_levels import level_breaks, level_trend, weekly_level


def hours_of(levels, *, start="2023-01-02"):
    """Hours by place from weekly levels (people a day), shape (n_weeks, n_places); Sundays half."""
    levels = np.atleast_2d(levels).T if np.ndim(levels) == 1 else np.asarray(levels)
    n, places = levels.shape
    time = pd.date_range(start, periods=n * 168, freq="h")
    sunday = np.where(time.dayofweek == 6, 0.5, 1.0)
    people = np.repeat(levels / 24, 168, axis=0) * sunday[:, None]
    index = pd.MultiIndex.from_product([[f"P{k}" for k in range(places)], time], names=["place_id", "time"])
    return pd.DataFrame({"people": people.T.ravel()}, index=index)


def test_the_weekly_level_is_a_median_day_of_an_average_week():
    """Six days of 700 and a Sunday of 350: 650 a day."""
    hours = hours_of(np.full(4, 700.0))
    assert weekly_level(hours).tolist() == pytest.approx([650] * 4)
    hours.iloc[20:44] *= 10  # a parade on two days
    assert weekly_level(hours).iloc[0] == pytest.approx(650)
    hours.iloc[[6 * 24 + 3]] = np.nan  # a Sunday that isn't whole
    assert weekly_level(hours).iloc[0] == pytest.approx(650)
    hours.iloc[range(168, 168 + 4 * 24, 24)] = np.nan
    assert weekly_level(hours).isna().tolist() == [False, True, False, False]


def test_levels_are_cut_where_they_change():
    level = np.r_[np.full(30, 1000.0), np.full(10, 200.0), np.full(40, 900.0)]
    draw = np.random.default_rng(1)
    found = level_breaks(hours_of(level * draw.lognormal(0, 0.05, 80)))
    assert found["weeks"].tolist() == [30, 10, 40]
    assert found["start"].tolist() == list(pd.to_datetime(["2023-01-02", "2023-07-31", "2023-10-09"]))
    assert found["change"].iloc[1:].tolist() == pytest.approx([-0.8, 3.5], rel=0.1)
    assert np.isnan(found["change"].iloc[0])


def test_short_dips_and_small_steps_are_no_break():
    level = np.r_[np.full(30, 1000.0), np.full(3, 100.0), np.full(30, 900.0)]
    assert len(level_breaks(hours_of(level))) == 1
    step = hours_of(np.r_[np.full(30, 1000.0), np.full(30, 800.0)])
    assert len(level_breaks(step)) == 1 and len(level_breaks(step, change=0.15)) == 2
    with pytest.raises(ValueError, match="between 0 and 1"):
        level_breaks(step, change=25)


def test_a_season_of_every_year_is_no_break():
    """Three months a year at half the level, over four years."""
    week = np.arange(208) % 52
    assert len(level_breaks(hours_of(np.where(week < 13, 500.0, 1000.0)))) == 1


def test_a_place_without_a_whole_week_has_no_level():
    hours = hours_of(np.full(20, 100.0))
    hours.iloc[::24] = np.nan
    assert level_breaks(hours).empty
    short = level_trend(hours_of(np.full(6, 100.0)))
    assert short["trend_year"].isna().all() and short["weeks"].tolist() == [6]


def test_the_trend_is_growth_since_the_last_break():
    """10 % a year after a fall; the fall is no trend."""
    year = np.arange(200) * 7 / 365.25
    level = np.where(year < 1, 3000.0, 1000.0) * 1.1**year
    found = level_trend(hours_of(level)).loc["P0"]
    assert found["trend_year"] == pytest.approx(0.1, abs=0.005)
    assert found["since"] > pd.Timestamp("2023-12-25") and found["warnings"] == ""
    brief = level_trend(hours_of(level[:40])).loc["P0"]
    assert brief["warnings"] == "no_season under_a_year"


def test_the_trend_covers_the_truth_when_weeks_are_alike():
    """Autocorrelation .5, 90 % intervals: at least 48 of 60 places, where independent errors cover some 40."""
    draw, n, places = np.random.default_rng(5), 104, 60
    noise = np.zeros((n, places))
    for k in range(1, n):
        noise[k] = 0.5 * noise[k - 1] + draw.normal(0, 0.03, places)
    level = 1000 * 1.05 ** (np.arange(n) * 7 / 365.25)[:, None] * np.exp(noise)
    found = level_trend(hours_of(level))
    hits = (found["trend_low"].le(0.05) & found["trend_high"].ge(0.05)).sum()
    assert 48 <= hits <= 59


def test_a_sensor_without_a_whole_week_has_no_trend():
    time = pd.date_range("2026-03-02", periods=30, freq="h")
    index = pd.MultiIndex.from_product([["P1"], time], names=["place_id", "time"])
    trend = level_trend(pd.DataFrame({"people": 10.0}, index=index))
    assert trend.loc["P1", ["trend_year", "trend_low"]].isna().all() and trend.loc["P1", "weeks"] == 0
