import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.comparable import comparable, like_for_like, mature, open_periods


def test_growth_is_parted_by_hand():
    months = pd.period_range("2025-01", "2026-12", freq="M")
    old = pd.Series(100.0, months)
    old[months.year == 2026] = 110
    history = pd.DataFrame({"old": old, "new": 50.0, "gone": 30.0})
    history.loc[:"2025-12", "new"] = np.nan
    history.loc["2026-01":, "gone"] = np.nan
    table = like_for_like(history)
    assert len(table) == 12
    first = table.iloc[0]
    assert (first["sales"], first["sales_before"]) == (160, 130)
    assert (first["comparable_sales"], first["comparable_before"], first["new_sales"]) == (110, 100, 50)
    assert first["gone_sales"] == 30 and first["comparable_stores"] == 1
    np.testing.assert_allclose(table["comparable_growth"], 0.1)


def test_a_store_is_comparable_after_a_whole_year():
    months = pd.period_range("2025-01", "2026-12", freq="M")
    history = pd.DataFrame({"S1": 1.0, "S2": 1.0}, months)
    opened = pd.Series({"S1": pd.Timestamp("2025-03-01"), "S2": pd.Timestamp("2025-03-02")})
    first = comparable(history, opened).idxmax()
    assert first.astype(str).to_dict() == {"S1": "2026-03", "S2": "2026-04"}
    assert mature(history, opened, years=1).notna().sum().to_dict() == {"S1": 10, "S2": 9}


def test_without_a_day_the_first_sales_count_unless_the_history_begins_with_them():
    months = pd.period_range("2025-01", "2025-03", freq="M")
    history = pd.DataFrame({"S1": [1.0, 1, 1], "S2": [np.nan, 1, 1]}, months)
    assert open_periods(history)["S1"].tolist() == [np.inf] * 3
    assert open_periods(history)["S2"].tolist() == [-2, -1, 0]
