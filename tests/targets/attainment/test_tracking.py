import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.attainment import tracking
from expansion_kit.targets.breakdown.periods import breakdown, day_weights

MONTHS = pd.period_range("2023-01", "2026-06", freq="M")
PLAN_MONTHS = pd.period_range("2026-01", "2026-12", freq="M").astype(str)


def plan(annual=None, weights=1):
    annual = {"T1": 1200, "T2": 2400} if annual is None else annual
    keys = pd.Series(annual).rename_axis("territory_id")
    return breakdown(keys, year=2026, month_weights=pd.Series(weights, PLAN_MONTHS), plan_id="P")


def wide(**columns):
    frame = pd.DataFrame(columns, dtype=float)
    return frame.set_axis(pd.period_range(end="2026-06", periods=len(frame), freq="M")).rename_axis(
        columns="territory_id"
    )


def test_the_target_to_date_is_the_plan_at_each_month_end():
    targets = plan(weights=[1, 1, 4, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    months = targets[(targets["period_type"] == "month") & (targets["level"] == "territory")]
    months = months.pivot(index="territory_id", columns="period", values="value").cumsum(axis=1)
    for month in PLAN_MONTHS:
        end = pd.Period(month, "M").end_time
        due = tracking.target_to_date(targets, end, by="territory_id")["target_to_date"]
        assert due.tolist() == pytest.approx(months[month].tolist())
    assert tracking.target_to_date(targets, "2026-12-31", by="network").loc["network"].tolist() == [3600, 3600]
    assert tracking.target_to_date(targets, "2025-12-31", by="network").loc["network"].tolist() == [3600, 0]


@given(st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-12-31").date()), st.integers(0, 10**9))
def test_each_day_adds_its_part_and_nothing_is_lost(day, total):
    targets = plan({"T1": total})
    weights = day_weights(2026, weekdays=(1, 1, 1, 1, 1, 2, 3), festival_lift=0.3)
    before, now = (
        tracking.target_to_date(
            targets, pd.Timestamp(day) - pd.Timedelta(days=back), by="territory_id", weights=weights
        )
        for back in (1, 0)
    )
    added = now.loc["T1", "target_to_date"] - before.loc["T1", "target_to_date"]
    assert added >= -1e-6 and now.loc["T1", "target_to_date"] <= total * (1 + 1e-12)


def test_a_weekend_that_sells_twice_is_due_twice():
    """2026-01-05 to 11 is a Monday to Sunday inside one month_week."""
    targets = plan({"T1": 365_000}, weights=pd.PeriodIndex(PLAN_MONTHS, freq="M").days_in_month)
    due = {
        day: tracking.target_to_date(
            targets, f"2026-01-{day:02}", by="territory_id", weights=day_weights(2026, weekdays=(1, 1, 1, 1, 1, 2, 2))
        ).loc["T1", "target_to_date"]
        for day in (4, 5, 9, 10, 11)
    }
    assert due[10] - due[9] == pytest.approx(2 * (due[5] - due[4])) == pytest.approx(due[11] - due[10])


def test_two_plans_below_each_other_are_refused():
    targets = plan()
    with pytest.raises(ValueError, match="one plan, metric and tier"):
        tracking.target_to_date(pd.concat([targets, targets.assign(tier="challenge")]), "2026-06-30", by="network")
    with pytest.raises(ValueError, match="level store"):
        tracking.target_to_date(targets, "2026-06-30", by="store_id")


# --- attainment


def test_attainment_gap_and_last_year():
    history = pd.DataFrame({"T1": 90.0, "T2": 210.0}, MONTHS).rename_axis(columns="territory_id")
    history.loc["2025", "T1"] = 100.0
    table = tracking.track(history, plan(), "2026-06-30", by="territory_id")
    assert table["target_to_date"].tolist() == [600, 1200] and table["actual_to_date"].tolist() == [540, 1260]
    assert table["gap"].tolist() == [-60, 60] and table["attainment"].tolist() == [0.9, 1.05]
    assert table["yoy"].tolist() == pytest.approx([-0.1, 0]) and table["note"].tolist() == ["", ""]


def test_gaps_new_ended_and_unplanned_series_are_named_and_nothing_is_filled():
    history = pd.DataFrame({"T1": 1.0, "T2": 1.0, "T3": 1.0, "T4": 1.0}, MONTHS).rename_axis(columns="territory_id")
    history.loc["2026-03", "T1"] = np.nan
    history.loc["2026-04":, "T2"] = np.nan
    history.loc[:"2025-03", "T3"] = np.nan
    table = tracking.track(history, plan({"T1": 12, "T2": 12, "T3": 12}), "2026-06-30", by="territory_id")
    assert table["note"].to_dict() == {"T1": "gap", "T2": "ended", "T3": "new", "T4": "no_target"}
    assert table.loc["T1", ["actual_to_date", "gap", "attainment", "yoy"]].isna().all()
    assert table.loc["T2", "actual_to_date"] == 3 and table.loc["T2", "gap"] == -3
    assert np.isnan(table.loc["T3", "yoy"]) and np.isnan(table.loc["T4", "attainment"])


# --- the run rate


def test_the_run_rate_is_the_seasons_share():
    history = pd.DataFrame({"T1": 90.0, "T2": 220.0}, MONTHS).rename_axis(columns="territory_id")
    table = tracking.track(history, plan(weights=[1] * 6 + [3] * 6), "2026-06-30", by="territory_id")
    ends = tracking.run_rate(table, history, "2026-06-30")
    assert ends["projected"].tolist() == pytest.approx([540 * 4, 1320 * 4])
    assert ends["projected_attainment"].tolist() == pytest.approx([1.8, 2.2])
    # three complete years of two series that never erred: six errors of nothing
    assert ends["interval_errors"].tolist() == [6, 6]
    assert ends["projected_p10"].tolist() == pytest.approx(ends["projected"].tolist())


def test_without_earlier_years_there_is_no_interval():
    history = pd.DataFrame({"T1": 90.0}, MONTHS[-12:]).rename_axis(columns="territory_id")
    ends = tracking.run_rate(
        tracking.track(history, plan({"T1": 1200}), "2026-06-30", by="territory_id"), history, "2026-06-30"
    )
    assert ends["projected"].notna().all() and ends[["projected_p10", "projected_p90"]].isna().all(axis=None)
    assert ends["interval_errors"].tolist() == [0]


def test_80_percent_intervals_hold_about_80_percent():
    """Years whose season varies by chance; the year to come is one of them."""
    held = []
    for seed in range(60):
        draw = np.random.default_rng(seed)
        every = pd.period_range("2022-01", "2026-12", freq="M")
        keys = [f"T{n}" for n in range(8)]
        season = 1 + 0.2 * np.sin(np.arange(60) * np.pi / 6)
        sold = pd.DataFrame(season[:, None] * draw.lognormal(0, 0.1, (60, 8)), every, keys).rename_axis(
            columns="territory_id"
        )
        table = pd.DataFrame({"target_year": season[-12:].sum(), "target_to_date": season[-12:-6].sum()}, index=keys)
        table["actual_to_date"] = sold.loc["2026-01":"2026-06"].sum()
        ends = tracking.run_rate(table, sold.loc[:"2026-06"], "2026-06-30")
        year = sold.loc["2026"].sum()
        held += list((ends["projected_p10"] <= year) & (year <= ends["projected_p90"]))
    assert 0.74 <= np.mean(held) <= 0.88


def test_a_closed_store_has_no_run_rate():
    history = pd.DataFrame({"T1": 1.0, "T2": 1.0}, MONTHS).rename_axis(columns="territory_id")
    history.loc["2026-04":, "T2"] = np.nan
    table = tracking.track(history, plan(), "2026-06-30", by="territory_id")
    assert tracking.run_rate(table, history, "2026-06-30")["projected"].isna().tolist() == [False, True]
