import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets import models
from expansion_kit.targets.forecast import backtest, conformal_width, forecast, scores
from expansion_kit.targets.history import monthly_history
from expansion_kit.targets.models import CANDIDATES, seasonal_naive


def history_of(first="2023-01", last="2026-12", seed=0, **names):
    months = pd.period_range(first, last, freq="M", name="period")
    rng = np.random.default_rng(seed)
    season = 1 + 0.2 * np.sin(months.month.to_numpy() / 6 * np.pi)
    table = {
        name: level * season * 1.05 ** (np.arange(len(months)) / 12) * np.exp(rng.normal(0, 0.02, len(months)))
        for name, level in (names or {"T1": 100, "T2": 300}).items()
    }
    return pd.DataFrame(table, months).rename_axis(columns="territory_id")


def test_conformal_ranks_of_the_sheet():
    assert conformal_width(range(1, 100), alpha=0.1) == 90
    assert np.isnan(conformal_width(range(8), alpha=0.1))
    assert conformal_width(range(1, 10), alpha=0.1) == 9
    assert np.isnan(conformal_width([]))


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
    past = seasonal_naive(history["T2"].loc[:"2025-04"], horizon=12)
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
    assert (result["backtest_wape"] <= result["seasonal_naive_wape"]).all()
    assert " ".join(result.columns) == (
        "territory_id period sales_p10 sales_p50 sales_p90 model backtest_wape seasonal_naive_wape interval_method "
        "backtest_errors note"
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
    young = history_of("2025-06", "2026-12", T1=100)  # 19 months
    result = forecast(young, horizon=12)
    assert set(result["model"]) == {"seasonal_naive"}
    assert set(result["interval_method"]) == {"none"}
    assert result[["sales_p10", "backtest_wape"]].isna().all(axis=None)
    assert result["note"].str.startswith("short_history;no_backtest").all()
    new = forecast(history_of("2026-10", "2026-12", T1=100), horizon=2)
    assert set(new["model"]) == {"mean_of_months"}
    between = forecast(history_of("2024-10", "2026-12", T1=100), horizon=12)  # 27 months: naive alone can be tested
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
    result = forecast(history, horizon=2).drop_duplicates("territory_id").set_index("territory_id")
    assert result.loc["T1", "note"].startswith("gaps")
    assert result.loc["T2", "interval_method"] == "split_conformal"
    assert result.loc["T2", "model"] == "seasonal_naive"


def test_without_statsforecast_it_works_and_says_so(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    result = forecast(history_of(), horizon=12)
    assert set(result["model"]) <= {"seasonal_naive", "calendar_regression"}
    assert result["note"].str.contains("no_statsforecast").all()


def test_counts_are_checked():
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        forecast(history_of(), horizon=0)
    with pytest.raises(ValueError, match="origins must be at least 1"):
        backtest(history_of(), horizon=1, origins=0)
    with pytest.raises(ValueError, match="history must have months"):
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
    naive = pd.DataFrame({state: seasonal_naive(past[state], horizon=12) for state in past})
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
