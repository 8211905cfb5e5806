import numpy as np
import pandas as pd

from expansion_kit.targets.attainment import actuals
from expansion_kit.targets.forecasting.history import monthly_history


def wide(**columns):
    frame = pd.DataFrame(columns, dtype=float)
    return frame.set_axis(pd.period_range(end="2026-06", periods=len(frame), freq="M")).rename_axis(
        columns="territory_id"
    )


def sales(frame):
    """A table of sales from a wide frame of stores, `T1/S1` as the column's name."""
    rows = (
        frame.rename_axis("period").melt(ignore_index=False, var_name="key", value_name="sales").dropna().reset_index()
    )
    rows[["territory_id", "store_id"]] = rows["key"].str.split("/", expand=True)
    return rows.assign(period=rows["period"].astype(str)).drop(columns="key")


def days(**columns):
    return pd.DataFrame(columns, pd.period_range("2026-01-05", periods=len(next(iter(columns.values()))), freq="D"))


def test_months_are_the_monthly_history():
    rows = sales(wide(**{"T1/S1": [1, 2, np.nan, 4], "T1/S2": [1, 1, 1, 1], "T2/S3": [np.nan, 5, 5, 5]}))
    for by in ("territory_id", "store_id"):
        pd.testing.assert_frame_equal(actuals.actuals(rows, by=by), monthly_history(rows, by=by))
    # T1 lacks a store in April, so the network's April is not known
    assert actuals.actuals(rows, by="network")["network"].tolist()[:2] == [2, 8]
    assert actuals.actuals(rows, by="network")["network"].isna().tolist() == [False, False, True, False]


def test_days_stay_days_and_a_store_that_misses_one_leaves_its_territory_unknown():
    rows = sales(days(**{"T1/S1": [1, 2, 3], "T1/S2": [1, np.nan, 1], "T2/S3": [4, 5, 6]}))
    found = actuals.actuals(rows, by="territory_id")
    assert found["T2"].tolist() == [4, 5, 6] and found["T1"].isna().tolist() == [False, True, False]
    assert found["T1"].iloc[0] == 2 and found.index.freqstr == "D" and found.columns.name == "territory_id"


def test_other_columns_add_up_like_sales():
    rows = sales(wide(**{"T1/S1": [1, 2], "T1/S2": [3, 4]})).assign(units=10.0)
    assert actuals.actuals(rows, by="territory_id", column="units")["T1"].tolist() == [20, 20]


def test_a_store_with_a_closing_day_keeps_nobody_waiting():
    history = wide(S1=[1, 1, 1, 1], S2=[1, 1, 1, np.nan])
    assert str(actuals.last_known(history)) == "2026-05"
    closed = pd.Series({"S2": pd.Timestamp("2026-05-31")})
    assert str(actuals.last_known(history, closed=closed)) == "2026-06"


def test_weeks_need_all_their_days():
    found = actuals.weeks(days(S1=[1.0] * 7 + [1.0] * 6))
    assert found["S1"].iloc[0] == 7 and found["S1"].isna().tolist() == [False, True]


def test_the_sum_to_a_day_has_no_gap_and_last_year_ends_on_the_same_day():
    history = wide(T1=[1.0] * 18, T2=[1.0] * 14 + [np.nan] + [1.0] * 3)
    day = pd.Timestamp("2026-05-30")
    assert actuals.to_date(history, day).fillna(-1).to_dict() == {"T1": 4, "T2": -1}
    assert actuals.to_date(history, day, years_back=1).tolist() == [4, 4]
    assert len(actuals.year_so_far(history, pd.Timestamp("2026-05-31"))) == 5
