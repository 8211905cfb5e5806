import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting import models
from expansion_kit.targets.forecasting.forecast import backtest, chosen_models, forecast, scores
from expansion_kit.targets.forecasting.history import monthly_history
from expansion_kit.targets.forecasting.models import CANDIDATES, seasonal_naive
from expansion_kit.targets.forecasting.seasons import festival_columns


def history_of(first="2023-01", last="2026-12", seed=0, **names):
    months = pd.period_range(first, last, freq="M", name="period")
    rng = np.random.default_rng(seed)
    season = 1 + 0.2 * np.sin(months.month.to_numpy() / 6 * np.pi)
    table = {
        name: level * season * 1.05 ** (np.arange(len(months)) / 12) * np.exp(rng.normal(0, 0.02, len(months)))
        for name, level in (names or {"T1": 100, "T2": 300}).items()
    }
    return pd.DataFrame(table, months).rename_axis(columns="territory_id")


def test_backtest_sees_only_the_past():
    history = history_of()
    tested = backtest(history, horizon=12)
    assert tested.groupby("territory_id")["origin"].unique()["T1"].tolist() == [
        "2025-12",
        "2025-08",
        "2025-04",
        "2024-12",
    ]
    assert (tested["period"] > tested["origin"]).all()
    naive = tested[(tested["model"] == "seasonal_naive") & (tested["territory_id"] == "T2")]
    one = naive[naive["origin"] == "2025-04"]
    past = seasonal_naive(history.loc[:"2025-04"], horizon=12)["T2"]
    assert one["predicted"].tolist() == past.tolist()
    assert one["sales"].tolist() == history["T2"].loc["2025-05":"2026-04"].tolist()


def test_scores_by_hand():
    history = history_of("2025-01", "2026-12", T1=100)
    tested = pd.DataFrame({"territory_id": "T1", "model": "a", "sales": [100.0, 300.0], "predicted": [110.0, 260.0]})
    one = scores(tested, history).iloc[0]
    assert one["wape"] == 50 / 400
    assert one["bias"] == -30 / 400
    usual = (history["T1"] - history["T1"].shift(12)).abs().mean()
    assert one["mase"] == pytest.approx(25 / usual)


def test_nothing_that_loses_to_seasonal_naive_is_used():
    result = forecast(history_of(), horizon=12)
    lost = result["backtest_wape"] > result["seasonal_naive_wape"]
    assert (result["note"].str.contains("lost_own_backtest") == lost).all()
    means = result.drop_duplicates("territory_id")[["backtest_wape", "seasonal_naive_wape"]].mean()
    assert means["backtest_wape"] <= means["seasonal_naive_wape"]
    assert " ".join(result.columns) == (
        "territory_id period sales_p10 sales_p50 sales_p90 model backtest_wape seasonal_naive_wape interval_method "
        "backtest_errors interval_errors note"
    )
    assert result["period"].tolist() == [f"2027-{month:02}" for month in range(1, 13)] * 2
    assert (result["sales_p10"] < result["sales_p50"]).all()
    assert (result["sales_p50"] < result["sales_p90"]).all()
    assert (result["interval_method"] == "split_conformal_log").all()
    assert (result["backtest_errors"] == 48).all()


def test_a_model_that_lost_leaves_the_field_to_seasonal_naive():
    history = history_of(T1=100)
    tested = backtest(history, horizon=12)
    tested.loc[tested["model"] != "seasonal_naive", "predicted"] *= 2
    result = forecast(history, horizon=12, tested=tested)
    assert set(result["model"]) == {"seasonal_naive"}
    assert result["backtest_wape"].equals(result["seasonal_naive_wape"].rename("backtest_wape"))


def test_the_same_again_and_in_any_order():
    history = history_of()
    pd.testing.assert_frame_equal(forecast(history, horizon=6), forecast(history, horizon=6))
    turned = forecast(history[["T2", "T1"]], horizon=6).sort_values(["territory_id", "period"], ignore_index=True)
    pd.testing.assert_frame_equal(turned, forecast(history, horizon=6))


def test_short_histories_get_what_can_be_done_and_say_so():
    young = history_of("2025-10", "2026-12", T1=100)  # 15 months: three can be tested
    result = forecast(young, horizon=12)
    assert (result["backtest_errors"] == 3).all() and set(result["interval_method"]) == {"none"}
    assert result["note"].str.startswith("short_history;short_backtest").all()
    younger = forecast(young.iloc[1:], horizon=12)
    assert set(younger["model"]) == {"seasonal_naive"}
    assert younger[["sales_p10", "backtest_wape"]].isna().all(axis=None)
    assert younger["note"].str.startswith("short_history;no_backtest").all()
    new = forecast(history_of("2026-10", "2026-12", T1=100), horizon=2)
    assert set(new["model"]) == {"mean_of_year"}
    between = forecast(history_of("2024-10", "2026-12", T1=100), horizon=12)  # 27 months
    assert set(between["model"]) == {"seasonal_naive"}
    assert (between["backtest_errors"] == 48).all()


def test_a_series_that_ended_is_not_forecast():
    history = history_of()
    history.loc["2026-11":, "T2"] = np.nan
    result = forecast(history, horizon=3).set_index("territory_id")
    assert result.loc["T2", ["sales_p10", "sales_p50", "sales_p90"]].isna().all(axis=None)
    assert result.loc["T2", "note"].str.startswith("ended").all()
    assert (result.loc["T2", "model"] == "none").all()
    assert result.loc["T1", "sales_p50"].notna().all()


def test_gaps_are_said_and_returns_get_plain_intervals():
    history = history_of()
    history.loc["2024-05", "T1"] = np.nan
    history.loc["2025-05", "T2"] = -5.0
    result = forecast(history, horizon=4).drop_duplicates("territory_id").set_index("territory_id")
    assert result.loc["T1", "note"].startswith("gaps")
    assert result.loc["T2", "interval_method"] == "split_conformal"
    assert result.loc["T2", "model"] in ("seasonal_naive", "last_value")


def test_without_statsforecast_it_works_and_says_so(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    result = forecast(history_of(), horizon=12)
    assert set(result["model"]) <= {"seasonal_naive", "last_value", "calendar_regression", "pooled"}
    assert result["note"].str.contains("no_statsforecast").all()


def test_counts_are_checked():
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        forecast(history_of(), horizon=0)
    with pytest.raises(ValueError, match="origins must be at least 1"):
        backtest(history_of(), horizon=1, origins=0)
    with pytest.raises(ValueError, match="history must have periods"):
        forecast(history_of().rename_axis(columns=None))


def test_a_closed_chain_has_an_empty_backtest():
    history = history_of(T1=100)
    history.loc["2026-12"] = np.nan
    assert backtest(history, horizon=12).empty
    assert forecast(history, horizon=2)["sales_p50"].isna().all()


@pytest.mark.slow
def test_australian_cafes_are_not_worse_than_seasonal_naive(shared):
    pytest.importorskip("statsforecast")
    table = pd.read_csv(shared / "aus_retail" / "aus_retail.csv")
    table = table[table["Industry"] == "Cafes, restaurants and takeaway food services"]
    sales = table.rename(columns={"State": "territory_id", "Month": "period", "Turnover": "sales"})
    history = monthly_history(sales, by="territory_id")
    past, real = history.loc[:"2017-12"], history.loc["2018-01":]
    result = forecast(past, horizon=12, country="AU")
    ours = result.pivot(index="period", columns="territory_id", values="sales_p50")
    naive = seasonal_naive(past, horizon=12)
    wape = np.abs(ours.to_numpy() - real.to_numpy()).sum() / real.to_numpy().sum()
    naive_wape = np.abs(naive.to_numpy() - real.to_numpy()).sum() / real.to_numpy().sum()
    assert naive_wape == pytest.approx(0.0416, abs=5e-4)  # by hand from the two years' table
    assert wape <= naive_wape
    assert set(result["model"]) <= {*CANDIDATES, "median"}


def test_a_gap_a_year_ago_does_not_drop_a_series_and_three_months_of_nothing_end_it():
    months = pd.period_range("2025-11", "2026-12", freq="M", name="period")
    gap = pd.Series(100.0, months).mask(months == pd.Period("2026-03", "M"))
    history = pd.DataFrame({"T1": gap, "T2": [100.0] * 11 + [0.0] * 3}).rename_axis(columns="territory_id")
    table = forecast(history, horizon=12).set_index("territory_id")
    assert table.loc["T1", "sales_p50"].mean() == pytest.approx(100, rel=0.01)  # months weigh by their days
    assert "gaps" in table.loc["T1", "note"].iloc[0]
    assert table.loc["T2", "sales_p50"].isna().all() and "ended" in table.loc["T2", "note"].iloc[0]


def test_quarters_without_two_years_are_tested_on_what_there_is(shared):
    table = pd.read_csv(
        shared / "seoul_commercial" / "gangnam_convenience_panel_2021Q1_2023Q3.csv",
        usecols=["기준_년", "기준_분기", "상권_코드", "당월_매출_금액"],
    )
    quarter = pd.PeriodIndex.from_fields(year=table["기준_년"], quarter=table["기준_분기"], freq="Q-DEC")
    sold = table["당월_매출_금액"].groupby([quarter.rename("period"), table["상권_코드"].astype(str)]).sum().unstack()
    sold = sold.dropna(axis=1).astype(float).rename_axis(columns="territory_id")
    past, real = sold.loc[:"2022Q3"], sold.loc["2022Q4":]
    assert sold.shape == (11, 56)
    result = forecast(past, country="KR")
    ours = result.pivot(index="period", columns="territory_id", values="sales_p50")[past.columns]
    last = np.abs(past.iloc[-1] - real).sum().sum() / real.sum().sum()
    assert last == pytest.approx(0.0855, abs=1e-4)  # SOURCE of the case: 8.6 %
    assert np.abs(ours.to_numpy() - real.to_numpy()).sum() / real.sum().sum() <= last
    assert result["note"].str.contains("short_backtest").all()


def test_a_series_is_forecast_as_its_like_where_its_own_backtest_is_near_and_never_far_below_naive():
    tested = pd.DataFrame(
        {
            "territory_id": np.repeat(["A", "B", "C", "D"], 2),
            "model": ["seasonal_naive", "theta"] * 4,
            "sales": 100.0,
            "predicted": [90, 95, 90, 95, 90, 88, 90, 80],  # theta: half the error twice, a little more, twice as much
        }
    )
    history = pd.DataFrame(1.0, pd.period_range("2027-01", periods=1, freq="M"), list("ABCD"))
    chosen = chosen_models(tested, history.rename_axis(columns="territory_id"))
    assert chosen.to_dict() == {"A": "theta", "B": "theta", "C": "theta", "D": "seasonal_naive"}


def test_weeks_are_forecast_with_the_festival():
    weeks = pd.period_range("2022-01-03", "2026-12-27", freq="W-SUN", name="period")
    week = festival_columns(weeks, country="CN")["festival_week_-1"]
    draw = np.random.default_rng(0).normal(0, 0.02, (len(weeks), 5))
    sales = 100 * np.exp(0.5 * week.to_numpy()[:, None] + draw)
    history = pd.DataFrame(sales, weeks, [f"S{i}" for i in range(5)]).rename_axis(columns="store_id")
    ahead = forecast(history, horizon=8, country="CN").pivot(index="period", columns="store_id", values="sales_p50")
    peak = festival_columns(
        history.index[-1:].append(pd.period_range(weeks[-1] + 1, periods=8, freq="W-SUN"))[1:], country="CN"
    )
    peak = peak["festival_week_-1"].to_numpy() == 1
    assert peak.sum() == 1
    assert ahead[peak].mean(axis=None) == pytest.approx(165, rel=0.05)
    assert ahead[~peak].mean(axis=None) == pytest.approx(100, rel=0.05)
