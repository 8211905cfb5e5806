import pandas as pd
import pytest

from expansion_kit.report.target_import import COLUMNS, target_import
from expansion_kit.targets.breakdown.periods import breakdown

EVEN = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
STORES = pd.Series(["007", "007"], pd.Index(["S1", "S2"], name="store_id"))
OF = {"year": 2027, "month_weights": EVEN, "plan_id": "P1"}


@pytest.fixture(scope="module")
def plan():
    sales = breakdown(pd.Series([1200, 2400], STORES.index), parents=STORES, **OF)
    keys = pd.Index(["007", "8"], name="territory_id")
    expense = breakdown(pd.Series([120, 240], keys), metric="expense", tier="target", **OF)
    months = expense[(expense["level"] == "territory") & (expense["period_type"] == "month")]
    return pd.concat([sales, expense, months.assign(metric="expense_rate", value=0.08)], ignore_index=True)


@pytest.mark.parametrize("period_type", ["year", "quarter", "month", "week", "month_week"])
def test_no_row_is_a_sum_of_others(plan, period_type):
    given = plan[plan["metric"] != "expense_rate"]
    made = target_import(given, currency="CNY", period_type=period_type)
    assert list(made) == list(COLUMNS)
    sums = made.groupby("component")["value"].sum()
    assert sums.to_dict() == {"sales": 3600, "expense": 360}


def test_a_row_says_what_it_is_in_plain_figures_and_iso_periods(plan):
    made = target_import(plan, currency="CNY")
    row = made[(made["component"] == "sales") & (made["entity"] == "S2") & (made["period"] == "2027-02")].iloc[0]
    assert row[["version", "scenario", "entity_type", "parent", "value", "unit"]].tolist() == [
        "P1",
        "base",
        "store",
        "007",
        200,
        "CNY",
    ]
    assert (row["first_day"], row["last_day"]) == (pd.Timestamp("2027-02-01"), pd.Timestamp("2027-02-28"))
    assert row["scenario_name"] == "Target"
    assert set(target_import(plan, currency="CNY", lang="zh")["scenario_name"]) == {"目标", "冲刺"}
    rate = made[made["component"] == "expense_rate"]
    assert set(rate["unit"]) == {"share"} and set(rate["value"]) == {0.08} and rate["parent"].isna().all()


def test_the_order_of_the_targets_does_not_matter(plan):
    shuffled = plan.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(target_import(shuffled, currency="CNY"), target_import(plan, currency="CNY"))


def test_what_cannot_be_handed_over_is_refused(plan):
    with pytest.raises(ValueError, match="no day rows"):
        target_import(plan, currency="CNY", period_type="day")
    with pytest.raises(ValueError, match="twice"):
        target_import(pd.concat([plan, plan]), currency="CNY")
