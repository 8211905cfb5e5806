import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.attainment.anomalies import anomalies
from expansion_kit.targets.forecasting.festivals import window_days

WEEKS = pd.period_range("2023-01-02", "2026-12-27", freq="W-SUN")
SINCE = pd.Period("2026-01-05", "W-SUN")


def years(seed, stores=30, noise=0.07, correlated=0.0):
    """Weeks of stores with a level, a growth, a season and a festival of their own, and chance; nothing unusual."""
    draw = np.random.default_rng(seed)
    turn = 2 * np.pi * (WEEKS.start_time.dayofyear.to_numpy() + 3) / 365.25
    lift = np.zeros(len(WEEKS))
    for year in range(2023, 2027):
        lift += [window_days(year).to_period("W-SUN").isin([week]).sum() / 7 for week in WEEKS]
    chance = draw.normal(size=(len(WEEKS), stores))
    for place in range(1, len(WEEKS)):
        chance[place] = correlated * chance[place - 1] + np.sqrt(1 - correlated**2) * chance[place]
    logs = draw.normal(10, 0.5, stores) + np.outer(np.arange(len(WEEKS)) / 52, draw.normal(0.04, 0.04, stores))
    logs += np.outer(0.1 * np.sin(turn) + 0.04 * np.cos(2 * turn), draw.uniform(0.5, 1.5, stores))
    logs += np.outer(lift, draw.normal(0.1, 0.15, stores)) + noise * chance
    return pd.DataFrame(np.exp(logs), WEEKS, columns=[f"S{n}" for n in range(stores)]).rename_axis(columns="store_id")


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.05])
@pytest.mark.parametrize("correlated", [0.0, 0.3])
def test_clean_years_raise_the_alarm_as_often_as_stated(rate, correlated):
    share = [
        anomalies(years(seed, correlated=correlated), since=SINCE, false_alarm=rate, country="CN")["alarm"].mean()
        for seed in range(4)
    ]
    assert abs(np.mean(share) - rate) <= 0.01  # 6,120 weeks


def test_a_week_that_is_30_percent_off_is_found_four_times_in_five():
    found = []
    for seed in range(4):
        sales, draw = years(seed), np.random.default_rng(100 + seed)
        weeks = draw.integers(len(WEEKS) - 51, len(WEEKS), sales.shape[1])
        for place, week in enumerate(weeks):
            sales.iloc[week, place] *= draw.choice([0.7, 1.3])
        alarms = anomalies(sales, since=SINCE, country="CN").set_index(["store_id", "period"])["alarm"]
        found += [alarms[name, WEEKS[week]] for name, week in zip(sales.columns, weeks)]
    assert np.mean(found) >= 0.8


def test_a_festival_that_moves_is_no_anomaly_where_it_is_kept():
    """All stores lose half their sales in the week of the festival, which in 2026 is the latest of the four years."""
    sales = years(3, noise=0.03)
    weeks = [window_days(year, window=(0, 6)).to_period("W-SUN")[0] for year in range(2023, 2027)]
    for year in range(2023, 2027):
        inside = window_days(year, window=(0, 6)).to_period("W-SUN")
        for touched in inside.unique():
            sales.loc[touched] *= 1 - 0.5 * (inside == touched).mean()
    share = {
        country: anomalies(sales, since=SINCE, country=country).set_index("period")["alarm"].get(weeks[-1]).mean()
        for country in ("CN", None)
    }
    assert share["CN"] < 0.2 and share[None] == 1


def test_a_week_without_any_sales_is_found_and_its_expectation_is_known():
    sales = years(5, stores=5)
    usual = sales.iloc[-10, 2]
    sales.iloc[-10, 2] = 0
    row = anomalies(sales, since=SINCE, country="CN").set_index(["store_id", "period"]).loc["S2", WEEKS[-10]]
    assert row["alarm"] and row["deviation"] == -1 and abs(np.log(row["expected"] / usual)) < 0.4


def test_what_cannot_be_known_is_missing_and_no_gap_is_filled():
    sales = years(6, stores=3)
    sales.loc[: WEEKS[150], "S1"] = np.nan  # open for a year
    sales.iloc[-5, 2] = np.nan
    table = anomalies(sales, since=SINCE, country="CN")
    assert table.loc[table["store_id"] == "S1", ["alarm", "p_value", "expected"]].isna().all(axis=None)
    assert len(table) == 3 * len(WEEKS[WEEKS >= SINCE]) - 1
    # about 140 errors of one store cannot tell one in a thousand
    assert anomalies(sales[["S0"]], since=SINCE, false_alarm=0.001)["alarm"].isna().all()


def test_a_series_does_not_depend_on_its_scale_and_the_input_stays():
    sales = years(7, stores=4)
    kept = sales.copy()
    one, ten = (anomalies(sales * factor, since=SINCE)["p_value"] for factor in (1, 10_000))
    assert np.allclose(one, ten)
    pd.testing.assert_frame_equal(sales, kept)


@pytest.mark.parametrize(
    ("freq", "rate", "says"), [("D", 0.02, "by ISO week .* but is by D"), ("M", 0, "between 0 and 1")]
)
def test_other_periods_and_rates_are_refused(freq, rate, says):
    sales = pd.DataFrame({"S1": 1.0}, pd.period_range("2024-01-01", periods=50, freq=freq))
    with pytest.raises(ValueError, match=says):
        anomalies(sales, since="2025-01-01", false_alarm=rate)
