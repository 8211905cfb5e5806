import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.ramps import age_in_months, comparable_index, open_share, ramp, young_stores

MONTHS = pd.period_range("2024-01", "2026-12", freq="M")
TRUE = np.array([0.5, 0.55, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99])
SEASON = pd.Series(1 + 0.3 * np.sin(np.arange(36) / 12 * 2 * np.pi) + np.arange(36) / 100, MONTHS)


def chain(openings):
    """Two old stores, and new ones that follow the true ramp exactly, from the day of opening."""
    stores = pd.DataFrame({"opened": [None, "2020-05-01", *openings]}, index=["old1", "old2", *openings])
    sales = pd.DataFrame({"old1": 100 * SEASON, "old2": 50 * SEASON})
    for number, day in enumerate(openings):
        age = np.arange(36) - MONTHS.get_loc(pd.Period(day, "M"))
        grown = np.append(TRUE, 1.0)[np.clip(age, 0, 13)]
        part = open_share(stores.loc[[day]], MONTHS).iloc[0].to_numpy()
        sales[day] = np.where(age >= 0, (80 + 10 * number) * grown * part * SEASON, np.nan)
    return sales, stores


def test_a_month_counts_by_its_days_opening_day_in_closing_day_out():
    stores = pd.DataFrame({"opened": ["2027-02-08", None], "closed": [None, "2027-02-15"]}, index=["A", "B"])
    found = open_share(stores, ["2027-01", "2027-02", "2027-03"])
    assert found.to_numpy().tolist() == [[0, 21 / 28, 1], [1, 14 / 28, 0]]


def test_the_ramp_is_found_whatever_season_market_and_day_of_opening():
    curve = ramp(*chain(["2024-02-10", "2024-05-01", "2024-08-29"]))
    assert curve["r"].to_numpy() == pytest.approx(TRUE, rel=1e-9)
    assert curve["stores"].tolist() == [3] * 13 and set(curve["method"]) == {"cohort_median"}


def test_the_ramp_of_the_demo_city_is_found_through_season_festival_and_noise():
    from expansion_kit import load_city
    from expansion_kit.targets.forecasting.history import monthly_history

    data = Path(__file__).parents[3] / "data"
    truth = tomllib.loads((data / "demo_truth.toml").read_text("utf-8"))["sales"]
    city = load_city(data / "demo_city")
    curve = ramp(monthly_history(city["sales"], by="store_id"), city["stores"])
    expected = 1 - (1 - truth["ramp_start"]) * np.exp(-curve.index / truth["ramp_months"])
    assert curve["method"].eq("cohort_median").all() and curve["stores"].min() >= 10
    assert np.abs(curve["r"] - expected).max() < 0.04


def test_an_age_that_rests_on_few_stores_is_assumed_and_says_so():
    sales, stores = chain(["2024-02-10", "2024-05-01", "2024-08-29"])
    sales.loc["2024-06", "2024-05-01"] = np.nan
    curve = ramp(sales, stores, start=0.3, months=7)
    assert curve.loc[1].tolist() == [pytest.approx(0.4), 2, "assumed"]
    assert curve.loc[2, "method"] == "cohort_median"


def test_stores_that_have_not_grown_up_tell_nothing():
    curve = ramp(*chain(["2025-12-01", "2026-03-01", "2026-05-01"]))
    assert curve["stores"].eq(0).all() and curve["method"].eq("assumed").all()


def test_the_index_is_of_old_stores_alone_and_has_mean_one():
    sales, stores = chain(["2024-02-10"])
    assert comparable_index(sales, stores).to_numpy() == pytest.approx((SEASON / SEASON.mean()).to_numpy())


def test_a_chain_of_new_stores_only_has_no_index():
    sales, stores = chain(["2024-02-10"])
    with pytest.raises(ValueError, match="nothing to compare new stores with"):
        comparable_index(sales[["2024-02-10"]], stores)


def test_a_young_store_is_not_comparable_though_it_sold_all_along():
    sales = pd.DataFrame({"A": 1.0, "B": np.arange(36.0)}, MONTHS)
    stores = pd.DataFrame({"opened": [None, "2023-12-01"]}, index=["A", "B"])
    assert comparable_index(sales, stores).eq(1).all()


def test_young_stores_go_on_along_the_ramp_they_are_on():
    """A store that follows the true ramp exactly is forecast exactly: its own level, season, market and age."""
    sales, stores = chain(["2024-02-10", "2024-05-01", "2024-08-29", "2026-07-14"])
    curve = ramp(sales, stores)
    index = pd.Series(SEASON.to_numpy(), MONTHS) / SEASON.mean()
    known = sales.iloc[:-2]
    ahead = young_stores(known, stores, curve, index)
    assert list(ahead) == ["2026-07-14"] and list(ahead.index) == list(MONTHS[-2:])
    assert ahead["2026-07-14"].to_numpy() == pytest.approx(sales["2026-07-14"].tail(2).to_numpy())


def test_ages_count_from_the_month_of_opening_and_the_unknown_are_old():
    stores = pd.DataFrame({"opened": ["2026-12-31", None]}, index=["A", "B"])
    ages = age_in_months(stores, pd.period_range("2027-01", "2027-02", freq="M"))
    assert ages.loc["A"].tolist() == [1, 2] and (ages.loc["B"] > 1000).all()
