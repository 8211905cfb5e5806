import io

import pandas as pd
import pytest

from expansion_kit.targets.breakdown.periods import COLUMNS, breakdown
from expansion_kit.targets.breakdown.plans import lock_clashes, plan_name, read_targets

STORES = pd.Series([10**15, 200, 301], pd.Index(["007", "S2", "S3"], name="store_id"))
PARENTS = pd.Series({"007": "01", "S2": "T2", "S3": "01"})
LOCKS = pd.DataFrame({"store_id": ["S2"], "period": ["2027-02"], "value": [17]})
PLAN = breakdown(STORES, year=2027, plan_id="2027-1", parents=PARENTS, locks=LOCKS)


def edited(where, value, column="value"):
    plan = PLAN.astype({column: object})
    plan.loc[where(PLAN), column] = value
    return plan


@pytest.mark.parametrize("how", [{}, {"pattern": "retail"}, {"first_month": 4}])
def test_a_plan_comes_back_from_its_texts_to_the_last_unit(how):
    plan = breakdown(STORES, year=2027, plan_id="2027-1", parents=PARENTS, **how)
    more = breakdown(STORES, year=2027, plan_id="2027-2", tier="challenge")
    both = pd.concat([plan, more], ignore_index=True)
    text = pd.read_csv(io.StringIO(both.to_csv(index=False)), dtype=str)
    pd.testing.assert_frame_equal(read_targets(text), both)
    pd.testing.assert_frame_equal(read_targets(both[list(COLUMNS)[::-1]].assign(note="x")), both)
    assert read_targets(both)["locked"].dtype == bool


def test_locks_come_back_as_locks():
    back = read_targets(PLAN.astype(str).replace("None", ""))
    locks = back.loc[back["locked"], ["store_id", "period", "value"]]
    again = breakdown(STORES, year=2027, plan_id="2027-1", parents=PARENTS, locks=locks)
    pd.testing.assert_frame_equal(again, PLAN)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (lambda: PLAN.drop(columns=["locked", "tier"]), "lack the columns tier, locked"),
        (lambda: edited(lambda t: t.index == 0, "decade", "period_type"), "period_type must be .* but is decade"),
        (lambda: edited(lambda t: t.index == 0, "maybe", "locked"), "locked must be True or False, but is maybe"),
        (lambda: edited(lambda t: t.index == 0, "12.5"), "value in 2027 must be a whole number, but is '12.5'"),
        (lambda: edited(lambda t: t.index == 0, None), "value in 2027 must be a whole number, but is 'None'"),
        (lambda: edited(lambda t: t.index == 0, "1/2/27", "period_end"), "period_end must be days like 2027-02-28"),
        (lambda: pd.concat([PLAN, PLAN.head(1)]), "the network sales base in 2027 stands twice"),
        (
            lambda: edited(lambda t: (t["store_id"] == "S2") & (t["period"] == "2027-02"), 18),
            "add up:\n  - S2 sales base in 2027-02 is 18, but its month_weeks add up to 17: the gap is 1\n"
            "  - T2 sales base in 2027-02 is 17, but what lies under it adds up to 18$",
        ),
        (
            lambda: PLAN[~((PLAN["store_id"] == "S2") & (PLAN["period"] == "2027-02/2027-W06"))],
            "S2 sales base in 2027-02 is 28 days, but its month_weeks add up to 21: the gap is 7",
        ),
        (
            lambda: PLAN[PLAN["store_id"] != "S2"],
            "add up:\n  - T2 sales base in 2027 is 200, but .* adds up to nothing\n(.*\n)+  - and 121 more",
        ),
        (lambda: PLAN[PLAN["territory_id"] != "T2"], "network .* is 1000000000000501, but .* up to 1000000000000301"),
    ],
)
def test_what_does_not_add_up_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        read_targets(table())


def test_a_plan_has_the_same_name_in_any_order_and_another_when_a_figure_or_lock_changes():
    name = plan_name(PLAN, 2027)
    assert plan_name(PLAN.sample(frac=1, random_state=1).assign(plan_id="x"), 2027) == name
    month = PLAN.index[PLAN["period_type"] == "month"][5]
    assert plan_name(PLAN.assign(value=PLAN["value"] + (PLAN.index == month)), 2027) != name
    assert plan_name(PLAN.assign(locked=PLAN["locked"] | (PLAN.index == month)), 2027) != name


def test_every_target_that_clashes_with_its_locks_is_named_at_once():
    annual = pd.Series([100, 100, 100], pd.Index(["T1", "T2", "T3"], name="territory_id"))
    rows = [("T1", "2027-Q1", 120), ("T2", "2027-01", 60), ("T2", "2027-02", 50), ("T3", "2027-01", 60)]
    locks = pd.DataFrame(rows, columns=["territory_id", "period", "value"])
    assert lock_clashes(annual, locks, year=2027, plan_id="P").values.tolist() == [
        ["T1", "base", 100, "2027-Q1 120"],
        ["T2", "base", 100, "2027-01 60; 2027-02 50"],
    ]
    tiers = pd.concat({"base": annual, "target": 2 * annual}, names=["tier"])
    held = [("T1", "2027", 200), *rows[:2], ("T2", "2027-02", 150)]
    found = lock_clashes(tiers, pd.DataFrame(held, columns=locks.columns), year=2027, plan_id="P")
    assert found.values.tolist() == [["T1", "base", 100, "2027-Q1 120"], ["T2", "base", 100, "2027-01 60; 2027-02 150"]]
