import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.target_edits import EDITS
from expansion_kit.sources.target_files import read_targets
from expansion_kit.sources.target_table_edits import read_table_edits
from expansion_kit.targets.breakdown.periods import breakdown, wide

KEYS = pd.Index(["007", "8"], name="territory_id")


@pytest.fixture(scope="module")
def plan():
    locks = pd.DataFrame({"territory_id": ["8"], "period": ["2027-05"], "value": [700]})
    of = {"year": 2027, "plan_id": "2027-a"}
    sales = [breakdown(pd.Series([36_500, 73_000], KEYS), tier=tier, **of) for tier in ("base", "target")]
    expense = breakdown(pd.Series([3650, 7300], KEYS), metric="expense", locks=locks, **of)
    return pd.concat([*sales, expense], ignore_index=True)


@pytest.fixture(params=["long", "wide"])
def back(request, plan, tmp_path):
    """`back({(metric, tier, territory, period): value})` gives the path of the changed table."""

    def write(changes, plan_id="2027-a"):
        changed = plan.copy()
        for (metric, tier, territory, period), value in changes.items():
            place = changed["territory_id"].isna() if territory is None else changed["territory_id"] == territory
            at = (changed["metric"] == metric) & (changed["tier"] == tier) & (changed["period"] == period) & place
            assert at.sum() == 1
            changed["value"] = changed["value"].astype(object).mask(at, value)
        changed["plan_id"] = plan_id
        if request.param == "wide":
            changed = wide(changed, period_types=("year", "quarter", "month", "week", "month_week"))
        files.write_csv(tmp_path / "back.csv", changed, index=False)
        return tmp_path / "back.csv"

    return write


def test_a_table_that_nobody_changed_holds_no_lock(back, plan):
    edits = read_table_edits(back({}), plan)
    assert edits.empty and list(edits) == list(EDITS)


def test_each_changed_figure_is_a_lock_with_from_and_to(back, plan):
    changes = {
        ("sales", "base", "007", "2027"): 40_000,
        ("sales", "base", "8", "2027-Q2"): 20_000,
        ("sales", "base", "8", "2027-W07"): 1000,
        ("expense", "base", "007", "2027-03"): 400,
    }
    edits = read_table_edits(back(changes), plan, who="Lin")
    found = {("base", *key): value for *key, value in edits[["metric", "territory_id", "period", "value"]].to_numpy()}
    assert found == {("base", metric, place, period): value for (metric, _, place, period), value in changes.items()}
    assert set(edits["who"]) == {"Lin"} and edits.set_index("period").loc["2027", "before"] == 36_500


def test_what_the_next_plan_would_not_keep_is_refused_and_told(back, plan):
    changes = {
        ("sales", "target", "007", "2027-03"): 1,
        ("sales", "base", None, "2027"): 1,
        ("sales", "base", "007", "2027-02/2027-W07"): 1,
        ("expense", "base", "007", "2027"): 1,
        ("expense", "base", "8", "2027-05"): 1,
        ("sales", "base", "8", "2027-03"): -1,
    }
    with pytest.raises(SchemaError) as refused:
        read_table_edits(back(changes), plan, lang="zh")
    codes = sorted(fault.code for fault in refused.value.faults)
    assert codes == ["edit_follows"] * 4 + ["edit_locked", "edit_not_whole"]


def test_another_plan_is_refused(back, plan):
    with pytest.raises(SchemaError) as refused:
        read_table_edits(back({}, plan_id="2027-b"), plan)
    assert [fault.code for fault in refused.value.faults] == ["edit_other_plan"]


def test_a_figure_that_is_not_in_the_plan_is_refused(back, plan, tmp_path):
    extra = plan[(plan["territory_id"] == "8") & (plan["period"] == "2027")].assign(territory_id="9")
    files.write_csv(tmp_path / "more.csv", pd.concat([plan, extra]), index=False)
    with pytest.raises(SchemaError) as refused:
        read_table_edits(tmp_path / "more.csv", read_targets(back_of(plan, tmp_path)))
    assert {fault.code for fault in refused.value.faults} == {"edit_unknown_id"}


def back_of(plan, tmp_path):
    files.write_csv(tmp_path / "targets.csv", plan, index=False)
    return tmp_path / "targets.csv"
