import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.breakdown.calendars import calendar, day_weights
from expansion_kit.targets.breakdown.periods import breakdown
from expansion_kit.targets.breakdown.plan_rows import plan_rows
from expansion_kit.targets.breakdown.replanning import (
    in_month_weeks,
    lost_to_date,
    open_shares,
    opening_amounts,
    sales_to_date,
)

CELLS = calendar(2027)
DAYS = day_weights(2027)
ROWS = plan_rows(pd.Series([900, 900], pd.Index(["T1", "T2"], name="territory_id")))
JANUARY = CELLS.index[CELLS["month"] == "2027-01"]


def table(key, periods, values, **more):
    return pd.DataFrame({"territory_id": key, "period": periods, "value": values} | more)


def test_openings_stay_in_their_months_by_day_weights():
    placed = opening_amounts(table("T2", ["2027-01", "2027-01", "2027-03"], [31, 62, 30]), ROWS, CELLS, DAYS)
    assert placed[0].sum() == 0
    assert placed[1, :5].tolist() == [9, 21, 21, 21, 21]  # 3 + 4 x 7 days, 3 a day
    march = CELLS["month"] == "2027-03"
    assert placed[1, march].sum() == 30
    assert placed[1].sum() == 123


def test_nothing_is_planned_before_the_doors_open():
    """20 January is a Wednesday: 5 days of its week, then 7 and the 25th to the 31st."""
    openings = table("T1", ["2027-01"], [120], opening_date=["2027-01-20"])
    placed = opening_amounts(openings, ROWS, CELLS, DAYS)
    assert placed[0, :6].tolist() == [0, 0, 0, 50, 70, 0]


def test_sales_to_date_are_taken_as_they_are_returns_too():
    actuals = pd.concat([table("T1", JANUARY, [1, 2, -3, 4, 5]), table("T2", JANUARY, 6)])
    sold = sales_to_date(actuals, ROWS, CELLS, pd.Timestamp("2027-02-01"))
    assert sold[:, :6].tolist() == [[1, 2, -3, 4, 5, 0], [6] * 5 + [0]]


def test_open_shares_and_losses():
    shares = open_shares(CELLS, DAYS, pd.Timestamp("2027-01-08"))
    assert shares[:3].round(6).tolist() == [0, round(3 / 7, 6), 1]
    closed = day_weights(2027, weekdays=(1, 1, 1, 1, 0, 0, 0))
    assert open_shares(calendar(2027, weights=closed), closed, pd.Timestamp("2026-12-31"))[:2].tolist() == [0, 1]
    planned, sold = np.array([[30, 70, 70]]), np.array([[10, 20, 0]])
    assert lost_to_date(planned, sold, shares[:3]).tolist() == [30 + 40 - 30]
    assert lost_to_date(planned, sold * 5, shares[:3]).tolist() == [0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: opening_amounts(table("T1", ["2027-Q1"], [1]), ROWS, CELLS, DAYS),
            "stand in 2027-Q1; they need a mon",
        ),
        (
            lambda: opening_amounts(table("T1", ["2027-01"], [1], opening_date=["2027-02-01"]), ROWS, CELLS, DAYS),
            "the opening of 2027-02-01 has no day with a weight left in 2027-01",
        ),
        (
            lambda: sales_to_date(table("T1", JANUARY, 1), ROWS, CELLS, pd.Timestamp("2027-02-01")),
            "actuals lack 2027-01/2026-W53 for T2",
        ),
        (
            lambda: sales_to_date(table("T1", JANUARY, 1), ROWS, CELLS, pd.Timestamp("2027-01-25")),
            "actuals stand in 2027-01/2027-W04, no month_week that began before 2027-01-25",
        ),
        (
            lambda: sales_to_date(table("T1", JANUARY, 1.5), ROWS, CELLS, pd.Timestamp("2027-02-01")),
            "actuals: 2027-01/2026-W53 for T1 must be a whole number",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_months_sold_are_actuals_of_a_plan_whose_rest_is_spread():
    """Half a year sold of 1,000 a month: what is left of 15,000 goes to the other half, month by month as weighted."""
    sold = pd.DataFrame({"T1": 1000.0}, pd.period_range("2027-01", "2027-06", freq="M")).rename_axis(
        columns="territory_id"
    )
    sold.iloc[1, 0] = -50.4
    annual = pd.Series([15_000], pd.Index(["T1"], name="territory_id"))
    even = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
    actuals = in_month_weeks(sold, 2027)
    plan = breakdown(annual, year=2027, plan_id="P", month_weights=even, actuals=actuals, as_of="2027-07-01")
    months = plan[(plan["level"] == "territory") & (plan["period_type"] == "month")]["value"].tolist()
    assert months[:6] == [1000, -50, 1000, 1000, 1000, 1000] and sum(months) == 15_000
    assert set(months[6:]) == {1675} and months[6:] == [10_050 // 6] * 6
