import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.breakdown.plan_rows import on_rows, plan_rows


def annual(values, **levels):
    index = pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels))
    return pd.Series(values, index, dtype=object)


TWO = annual(
    [1, 2, 3, 4], territory_id=["T2", "T1"] * 2, metric=["sales"] * 4, tier=["target", "target", "base", "base"]
)


def table(**columns):
    return pd.DataFrame({"territory_id": ["T1"], "period": ["2027-02"], "value": [5]} | columns)


def test_rows_stand_by_metric_tier_and_key():
    rows = plan_rows(TWO)
    assert rows[["territory_id", "tier", "value"]].to_numpy().tolist() == [
        ["T1", "base", 4],
        ["T2", "base", 3],
        ["T1", "target", 2],
        ["T2", "target", 1],
    ]
    assert rows["name"][0] == "T1 sales base"
    pd.testing.assert_frame_equal(rows, plan_rows(TWO.sample(frac=1, random_state=1)))
    alone = plan_rows(annual([7.0], store_id=["S1"]), metric="credit", tier="challenge")
    assert alone.to_dict("records") == [
        {"store_id": "S1", "metric": "credit", "tier": "challenge", "value": 7, "name": "S1"}
    ]
    assert alone["value"].dtype == "int64"


def test_what_names_no_tier_holds_for_every_one():
    rows = plan_rows(TWO)
    assert on_rows(table(), rows, what="locks")["row"].tolist() == [0, 2]
    assert on_rows(table(tier=["target"]), rows, what="locks")["row"].tolist() == [2]
    assert on_rows(None, rows, what="locks").columns.tolist() == ["row", "period", "value"]


def test_amounts_are_exact_up_to_ten_to_the_fifteen():
    assert plan_rows(annual([10**15], store_id=["S1"]))["value"][0] == 10**15
    found = on_rows(table(value=[10**15 - 1]), plan_rows(annual([1], territory_id=["T1"])), what="locks")
    assert found["value"].tolist() == [10**15 - 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plan_rows(pd.Series([1])), "must be named territory_id or store_id"),
        (lambda: plan_rows(annual([], territory_id=[])), "annual must have rows"),
        (lambda: plan_rows(annual([1, 2], territory_id=["T1"] * 2)), "each key, metric and tier once"),
        (lambda: plan_rows(annual([1], territory_id=["T1"], region=["N"])), "may be named territory_id, metric, tier"),
        (lambda: plan_rows(annual([1.5], territory_id=["T1"])), "the annual target of T1 must be a whole number"),
        (lambda: plan_rows(annual([np.nan], territory_id=["T1"])), "the annual target of T1 must be a whole number"),
        (lambda: plan_rows(annual([-1], territory_id=["T1"])), "must be at least 0, but is -1"),
        (lambda: plan_rows(annual([10**15 + 1], territory_id=["T1"])), "T1 must be 0 to 10000"),
        (
            lambda: plan_rows(annual([10**15] * 5000, territory_id=[f"T{i}" for i in range(5000)])),
            "more than a table holds",
        ),
        (lambda: on_rows(table(territory_id=["T9"]), plan_rows(TWO), what="locks"), "locks name T9, which has no"),
        (lambda: on_rows(table(tier=["best"]), plan_rows(TWO), what="locks"), "locks name T1 best, which has no"),
        (lambda: on_rows(pd.concat([table()] * 2), plan_rows(TWO), what="locks"), "twice: 2027-02 for T1 sales base"),
        (lambda: on_rows(table(value=[0.5]), plan_rows(TWO), what="locks"), "locks: 2027-02 for T1 .* whole number"),
        (
            lambda: on_rows(
                table(), plan_rows(annual([1, 2], territory_id=["T1"] * 2, metric=["due", "sales"])), what="locks"
            ),
            "locks must name their metric where there are several: due, sales",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
