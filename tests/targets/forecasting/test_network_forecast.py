import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.hierarchy import all_levels
from expansion_kit.targets.forecasting.network_forecast import forecast_table, network_forecast, year_outlook
from expansion_kit.targets.forecasting.ramps import ramp

MONTHS = pd.period_range("2023-01", "2026-12", freq="M")
SEASON = 1 + 0.2 * np.sin(np.arange(48) / 12 * 2 * np.pi)
PLAN = [f"2027-{month:02}" for month in range(1, 13)]
TREE = pd.DataFrame({"territory_id": ["T1", "T1", "T2", "T2"], "region_id": "R1"}, index=["A", "B", "C", "D"])


def shops(seed=0, noise=0.03):
    rng = np.random.default_rng(seed)
    level = pd.Series({"A": 100.0, "B": 60.0, "C": 40.0, "D": 200.0})
    values = np.outer(SEASON, level) * np.exp(noise * rng.standard_normal((48, 4)))
    return pd.DataFrame(values, MONTHS, level.index).rename_axis(columns="store_id")


@pytest.fixture(scope="module")
def made():
    return network_forecast(shops(), TREE, horizon=12)


def test_every_sum_holds_in_the_middle_and_on_every_path(made):
    for table in (made.middle, made.paths):
        again = all_levels(table.xs("store", level="level"), TREE)
        pd.testing.assert_frame_equal(again.sort_index(), table.sort_index(), check_names=False, rtol=1e-9)
    assert made.paths.columns.unique(0).size == 11


def test_the_order_of_stores_and_tree_changes_nothing(made):
    turned = network_forecast(shops()[["D", "B", "A", "C"]], TREE.iloc[::-1], horizon=12)
    pd.testing.assert_frame_equal(turned.middle, made.middle)
    pd.testing.assert_frame_equal(forecast_table(turned), forecast_table(made))


def test_the_range_of_a_year_is_narrower_than_the_sum_of_the_months_and_as_wide_below_as_above(made):
    year, table = year_outlook(made, PLAN), forecast_table(made)
    months = table.groupby(["level", "key"])[["sales_p10", "sales_p50", "sales_p90"]].sum()
    assert year["sales_p50"].to_numpy() == pytest.approx(months["sales_p50"].reindex(year.index).to_numpy())
    whole, added = year.loc[("network", "network")], months.loc[("network", "network")]
    assert whole["sales_p90"] - whole["sales_p10"] < added["sales_p90"] - added["sales_p10"]
    assert (year["sales_p90"] / year["sales_p50"]).to_numpy() == pytest.approx(year["sales_p50"] / year["sales_p10"])
    assert set(table["interval_method"]) == {"coherent_paths"}


def test_growth_of_past_openings_is_not_carried_on():
    """One old store without growth, and one that opened each year: more stores to come are not in the forecast."""
    history = shops(noise=0.0)
    history["B"] = history["B"].where(pd.Period("2024-07") <= MONTHS)
    history["C"] = history["C"].where(pd.Period("2025-07") <= MONTHS)
    made = network_forecast(history, TREE, horizon=12)
    last_year = history.tail(12).sum().sum()
    assert year_outlook(made, PLAN).loc[("network", "network"), "sales_p50"] == pytest.approx(last_year, rel=0.02)


def test_a_store_that_closes_sells_until_its_day_and_a_young_one_grows_on():
    history = shops(noise=0.0)
    history.loc[:"2026-06", "C"] = np.nan
    grown = np.append(ramp(start=0.5, months=6)["r"].to_numpy(), 1.0)
    history.loc["2026-07":, "C"] = 40 * SEASON[42:] * grown[:6]
    stores = pd.DataFrame(
        {"opened": [None, None, "2026-07-01", None], "closed": [None, "2027-07-01", None, None]}, TREE.index
    )
    made = network_forecast(history, TREE, horizon=12, stores=stores, curve=ramp(start=0.5, months=6))
    store = made.middle.xs("store", level="level")
    assert (store.loc["B", PLAN[6:]] < 0.05 * store.loc["B", PLAN[:6]].mean()).all()
    assert made.models.loc[("store", "C"), "model"] == "opening_ramp"
    assert store.loc["C"].sum() == pytest.approx(40 * 12, rel=0.05)


def test_a_short_history_has_a_middle_and_no_range():
    made = network_forecast(shops().tail(8), TREE, horizon=12)
    assert made.paths.columns.empty
    year, table = year_outlook(made, PLAN), forecast_table(made)
    assert year["sales_p50"].notna().all() and year[["sales_p10", "sales_p90"]].isna().all().all()
    assert set(table["interval_method"]) == {"none"} and table["note"].str.contains("short_history").any()


def test_units_that_ended_are_left_out_and_all_ended_leaves_nothing():
    history = shops()
    history.loc["2026-06":, "D"] = np.nan
    made = network_forecast(history, TREE, horizon=2)
    assert ("store", "D") not in made.middle.index and ("territory", "T2") in made.middle.index
    history.loc["2026-06":] = np.nan
    nothing = network_forecast(history, TREE, horizon=2)
    assert nothing.middle.empty and forecast_table(nothing).empty


def test_territories_alone_are_their_own_level():
    history = shops().rename_axis(columns="territory_id")
    made = network_forecast(history, pd.DataFrame({"region_id": ["R1", "R1", "R2", "R2"]}, list("ABCD")), horizon=2)
    assert made.middle.index.get_level_values("level").unique().tolist() == ["network", "region", "territory"]
    above = made.middle.loc[("network", "network")]
    assert above.to_numpy() == pytest.approx(made.middle.xs("territory", level="level").sum().to_numpy())
