import pandas as pd
import pytest

from expansion_kit.report.target_plan import adds_over_time, adds_up, checked_plan, metric_name, metric_unit, tier_name
from expansion_kit.schemas import columns
from expansion_kit.schemas.parsing import period_of
from expansion_kit.schemas.plans import BALANCES, METRIC_UNITS, METRICS, RATES
from expansion_kit.targets.breakdown.periods import breakdown

EVEN = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
RATIOS = {metric for metric in METRICS if METRIC_UNITS[metric] == "share"}


@pytest.fixture
def plan():
    annual = pd.Series([1200, 2400], pd.Index(["007", "7"], name="territory_id"))
    return breakdown(annual, year=2027, month_weights=EVEN, plan_id="P1")


def test_every_metric_of_the_contract_has_a_name_a_unit_and_a_place_in_the_dictionary():
    assert set(METRIC_UNITS) == set(METRICS) == set(columns("locks")["metric"].metadata["options"])
    assert all(METRIC_UNITS[part] == "money" for parts in RATES.values() for part in parts)
    for lang in ("en", "zh"):
        assert len({metric_name(metric, lang) for metric in METRICS}) == len(METRICS)
    assert [metric_unit(metric, "zh", "CNY") for metric in ("sales", "openings", "share")] == ["元", "家", "%"]
    assert tier_name("target", "en") == "Stretch"


def test_only_months_and_years_of_territories_and_stores_are_kept(plan):
    kept = checked_plan(plan)
    assert set(kept["period_type"]) == {"year", "month"} and set(kept["level"]) == {"territory"}
    assert len(kept) == 2 * 13


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda plan: plan.drop(columns=["tier", "locked"]), "lack the columns tier, locked"),
        (lambda plan: plan.assign(metric="profit"), "metric must be one of sales"),
        (lambda plan: plan.assign(tier="best"), "tier must be one of base, target, challenge"),
        (
            lambda plan: plan.assign(plan_id=plan["territory_id"].map({"007": "P1", "7": "P2"})),
            "one plan_id, but hold P., P.",
        ),
        (lambda plan: pd.concat([plan, plan]), "26 rows are doubled"),
        (lambda plan: plan[plan["period_type"] != "month"], "must hold months"),
        (lambda plan: plan[plan["level"] == "network"], "one plan_id, but hold none"),
    ],
)
def test_a_plan_that_cannot_be_shown_is_refused(plan, change, message):
    with pytest.raises(ValueError, match=message):
        checked_plan(change(plan))


def test_periods_in_headers_read_back():
    from expansion_kit.report.target_plan import period_name

    for period in ("2027", "2027-Q4", "2027-02", "2027-11"):
        assert {period_of(period_name(period, lang)) for lang in ("en", "zh")} == {period}


def test_a_balance_adds_over_territories_and_not_over_time():
    assert {metric for metric in METRICS if adds_up(metric) and not adds_over_time(metric)} == set(BALANCES)
    from expansion_kit.targets.setting import family

    of_family = {
        "flow": lambda m: adds_over_time(m),
        "level": lambda m: m in BALANCES,
        "rate": lambda m: not adds_up(m),
    }
    assert all(of_family[how](metric) for metric, how in family.METRICS.items()), "both rooms say the same of a metric"
