from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.breakdown.calendars import PATTERNS, calendar, day_weights, plan_days, spans

years = st.integers(2000, 2100)
patterns = st.tuples(st.sampled_from(list(PATTERNS)), st.integers(1, 12)).map(
    lambda drawn: {"pattern": drawn[0], "first_month": 2 if drawn[0] == "retail" else drawn[1]}
)


def days(first, last):
    return pd.date_range(first, last)


@given(years)
def test_month_weeks_cut_the_year_at_mondays_and_month_ends(year):
    cells = calendar(year)
    starts = cells["period_start"]
    assert ((starts.dt.dayofweek == 0) | (starts.dt.day == 1)).all()
    for period, start in starts.items():
        iso = date(start.year, start.month, start.day).isocalendar()
        assert period == f"{start.year}-{start.month:02}/{iso.year}-W{iso.week:02}"


@settings(deadline=None)
@given(years, patterns)
def test_every_calendar_covers_its_year_without_gap_and_years_follow_each_other(year, how):
    cells = calendar(year, **how)
    starts, ends = cells["period_start"], cells["period_end"]
    assert plan_days(year, **how).equals(days(starts.iloc[0], ends.iloc[-1]))
    assert (starts.iloc[1:].to_numpy() == (ends.iloc[:-1] + pd.Timedelta(days=1)).to_numpy()).all()
    assert plan_days(year + 1, **how)[0] == ends.iloc[-1] + pd.Timedelta(days=1)
    assert cells["days"].between(1, 7).all()
    assert cells.index.is_unique
    assert cells.groupby("quarter")["month"].nunique().tolist() == [3] * 4
    assert cells["month"].is_monotonic_increasing
    if how["pattern"] != "month":
        assert (cells["days"] == 7).all()
        assert len(cells) in (52, 53)
        wanted = [*PATTERNS[how["pattern"]] * 4]
        assert cells.groupby("month").size().tolist() == [*wanted[:-1], wanted[-1] + len(cells) - 52]


def test_new_year_may_lie_in_the_last_week_of_the_year_before():
    assert calendar(2027).index[0] == "2027-01/2026-W53"  # 2027-01-01 is a Friday
    assert calendar(2024).index[-1] == "2024-12/2025-W01"  # 2024-12-30 is a Monday


def test_the_retail_calendar_is_the_published_one():
    """National Retail Federation: first days of fiscal years, and the years of 53 weeks."""
    begins = {2017: "2017-01-29", 2023: "2023-01-29", 2024: "2024-02-04", 2025: "2025-02-02", 2026: "2026-02-01"}
    assert {year: f"{plan_days(year, pattern='retail')[0]:%Y-%m-%d}" for year in begins} == begins
    long = [year for year in range(2007, 2026) if len(plan_days(year, pattern="retail")) == 53 * 7]
    assert long == [2012, 2017, 2023]
    cells = calendar(2023, pattern="retail")
    assert cells["period_start"].dt.dayofweek.unique().tolist() == [6]
    assert cells.index[-1] == "FY2023-P12/FY2023-W53"
    assert cells.groupby("month").size().tolist() == [4, 5, 4] * 3 + [4, 5, 5]


def test_weeks_of_4_4_5_years_are_iso_weeks():
    cells = calendar(2026, pattern="4-4-5")  # an ISO year of 53 weeks
    assert cells["week"].tolist() == [f"2026-W{week:02}" for week in range(1, 54)]
    assert cells["period_start"].iloc[0] == pd.Timestamp("2025-12-29")
    assert cells.iloc[0][["year", "quarter", "month"]].tolist() == ["FY2026", "FY2026-Q1", "FY2026-P01"]


def test_a_fiscal_year_may_begin_in_april():
    cells = calendar(2027, first_month=4)
    assert plan_days(2027, first_month=4).equals(days("2027-04-01", "2028-03-31").rename("day"))
    assert cells.iloc[[0, -1]][["year", "quarter", "month"]].to_numpy().tolist() == [
        ["FY2027", "FY2027-Q1", "2027-04"],
        ["FY2027", "FY2027-Q4", "2028-03"],
    ]


def test_day_weights_lift_weekends_and_the_weeks_before_the_festival():
    weights = day_weights(2027, weekdays=(1, 1, 1, 1, 1, 2, 2), festival_lift=0.5)
    assert weights["2027-06-12"] == 2  # a Saturday
    assert weights["2027-02-05"] == 1.5  # the Friday before the festival
    assert weights["2027-02-06"] == 2
    assert weights["2027-01-15"] == 1  # 22 days before
    cells = calendar(2027, weights=weights)
    assert cells["weight"].sum() == pytest.approx(weights.sum())


def test_day_weights_take_holidays_and_know_fiscal_years():
    weights = day_weights(2027, lifts={"2027-10-01": 0.8, "2028-01-01": 1.0, "2030-01-01": 9}, first_month=10)
    assert weights["2027-10-01"] == 1.8
    assert weights["2028-01-01"] == 2
    assert weights["2027-10-02"] == 1
    assert day_weights(2027, festival_lift=0.5, first_month=7)["2028-01-25"] == 1.5  # festival of 2028: 26 January


def test_day_weights_carry_a_season_into_periods_that_are_no_months():
    months = pd.Series(30.0, [f"{month}" for month in pd.period_range("2027-01", "2028-01", freq="M")])
    months["2027-12"] = 62.0
    weights = day_weights(2027, months=months, pattern="retail")
    assert weights["2027-12-05"] == pytest.approx(2)
    assert weights["2027-11-05"] == pytest.approx(1)
    assert weights.loc["2027-12"].sum() == pytest.approx(62)
    assert weights["2027-01-31"] == pytest.approx(30 / 31)


def test_spans_know_the_month_weeks_of_every_period():
    table = spans(calendar(2027))
    assert table["period_type"].unique().tolist() == ["year", "quarter", "month", "week", "month_week"]
    assert table.loc["2027", ["start", "stop", "days"]].tolist() == [0, 61, 365]
    assert table.loc["2027-W13", ["start", "stop"]].tolist() == [13, 15]  # 29 March to 4 April
    assert table.loc["2026-W53", ["days", "period_start"]].tolist() == [3, pd.Timestamp("2027-01-01")]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calendar(2027, weights=day_weights(2028)), "on the 365 days of 2027"),
        (lambda: calendar(2027, weights=day_weights(2027) * 0), "have no weight"),
        (lambda: calendar(2027, pattern="5-5-5"), "pattern must be one of month, 4-4-5"),
        (lambda: calendar(2027, pattern="retail", first_month=1), "a retail year cannot begin in month 1"),
        (lambda: calendar(2027, first_month=13), "cannot begin in month 13"),
        (lambda: day_weights(2027, weekdays=(1, 1)), "seven weights"),
        (lambda: day_weights(2027, festival_lift=-1), "above -1"),
        (lambda: day_weights(2027, lifts={"2027-10-01": -1.5}), "above -1.*but is -1.5"),
        (lambda: day_weights(2046, festival_lift=0.1), "2000 to 2045"),
        (lambda: day_weights(2027, months=pd.Series({"2027-01": 1})), "months lack 2027-02, 2027-03"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
