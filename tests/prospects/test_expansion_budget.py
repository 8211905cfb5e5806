import numpy as np
import pandas as pd
import pytest

from expansion_kit.prospects.expansion_budget import booked_until, spending


def budgets(*rows):
    return pd.DataFrame(rows, columns=["territory_id", "item", "period", "amount", "spent"])


YEAR = budgets(
    ("T1", "travel", "2026-Q1", 90.0, 100.0),
    ("T1", "travel", "2026-Q2", 91.0, 30.0),
    ("T1", "travel", "2026-Q3", 92.0, None),
    ("T1", "events", "2026", 365.0, 400.0),
    ("T2", "events", "2026-W02", 70.0, None),
)


def test_to_date_counts_the_days_of_the_running_period():
    table = spending(YEAR, "2026-04-10")
    travel = table.loc[("T1", "travel")]
    assert travel["amount"] == 273 and travel["amount_to_date"] == pytest.approx(90 + 91 * 10 / 91)
    assert travel["spent"] == 130 and travel["left"] == 143 and travel["left_to_date"] == pytest.approx(-30)
    assert travel["share"] == pytest.approx(130 / 273) and travel["share_to_date"] == pytest.approx(1.3)
    assert not travel["over"] and travel["over_to_date"] and travel["over_periods"] == "2026-Q1"
    events = table.loc[("T1", "events")]
    assert events["amount_to_date"] == pytest.approx(100) and events["over"] and events["left"] == -35


def test_what_was_spent_but_not_booked_is_not_known():
    table = spending(YEAR, "2026-07-05")
    assert table.loc[("T1", "travel"), "unknown_periods"] == 1 and table.loc[("T2", "events"), "unknown_periods"] == 1
    week = table.loc[("T2", "events")]
    assert np.isnan(week["spent"]) and np.isnan(week["left"]) and not week["over"]
    before = spending(YEAR, "2025-12-31").loc[("T2", "events")]
    assert before["left"] == 70 and before["unknown_periods"] == 0 and before["amount_to_date"] == 0


def test_an_iso_week_is_its_seven_days():
    for day, part in (("2026-01-04", 0), ("2026-01-05", 10), ("2026-01-11", 70), ("2026-02-01", 70)):
        assert spending(YEAR, day).loc[("T2", "events"), "amount_to_date"] == pytest.approx(part)


@pytest.mark.parametrize("by", [["territory_id"], ["item"], ["period"], ["territory_id", "item"]])
def test_sums_are_the_same_however_they_are_grouped(by):
    table = spending(YEAR, "2026-04-10", by=by)
    assert table["amount"].sum() == YEAR["amount"].sum() and table["spent"].sum() == YEAR["spent"].sum()
    pd.testing.assert_frame_equal(table, spending(YEAR.sample(frac=1, random_state=1), "2026-04-10", by=by))


def test_periods_that_overlap_are_refused():
    both = budgets(("T1", "travel", "2026-Q1", 90.0, 1.0), ("T1", "travel", "2026-02", 30.0, 1.0))
    with pytest.raises(ValueError, match="2026-Q1 and 2026-02 of T1 travel"):
        spending(both, "2026-04-10")
    spending(both.assign(item=["travel", "events"]), "2026-04-10")


def test_the_books_go_as_far_as_the_last_period_with_a_figure_and_no_further_than_the_day():
    assert booked_until(YEAR.iloc[:3], "2026-08-01") == pd.Timestamp("2026-06-30")
    assert booked_until(YEAR.iloc[:2], "2026-05-02") == pd.Timestamp("2026-05-02")
    assert pd.isna(booked_until(YEAR.iloc[[2, 4]], "2026-08-01")) and pd.isna(booked_until(YEAR[["period"]], "2026"))
