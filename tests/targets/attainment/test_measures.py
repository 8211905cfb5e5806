import pandas as pd

from expansion_kit.targets.attainment.measures import STATUS, measures, problems

ACTIONS = pd.DataFrame(
    [
        ("T1", "train", "Han", "2026-10-15", False),
        ("T2", "site", "Lin", "2026-11-20", False),
        ("T3", "prices", "Xu", "2027-03-01", None),
        ("T4", "menu", "Fang", "2026-09-01", True),
        ("T5", "hours", None, None, False),
    ],
    columns=["territory_id", "measure", "owner", "due", "done"],
    index=pd.Index(["K1", "K2", "K3", "K4", "K5"], name="action_id"),
)
GAP = pd.Series({"T1": -5.0, "T2": 3.0, "T4": -8.0, "T6": -1.0, "T7": 2.0})


def test_each_gap_has_its_measures_and_the_worst_come_first():
    table = measures(GAP, ACTIONS.assign(gap="short"), "2026-10-31")
    assert table[["territory_id", "status"]].to_numpy().tolist() == [
        ["T1", "overdue"],
        ["T4", "missing"],  # its only measure is done, and it is still short
        ["T6", "missing"],
        ["T2", "soon"],
        ["T3", "open"],
        ["T5", "undated"],
        ["T4", "done"],
    ]
    assert set(table["status"]) == set(STATUS)
    assert table.set_index("action_id").loc["K1", ["owner", "gap_money"]].tolist() == ["Han", -5.0]
    assert table["gap_money"].isna().sum() == 2  # T3 and T5 are not tracked


def test_the_day_itself_is_not_late():
    table = measures(GAP, ACTIONS, "2026-10-15")
    assert table.set_index("action_id").loc["K1", "status"] == "soon"


def test_without_a_table_every_gap_lacks_a_measure():
    assert measures(GAP, None, "2026-10-31")["territory_id"].tolist() == ["T4", "T1", "T6"]


def test_a_flag_has_its_reason_and_what_is_missing_raises_none():
    figures = pd.DataFrame(
        {"attainment": [0.89, 0.9, None], "expense_rate_over": [0.02, 0.01, None]}, ["S1", "S2", "S3"]
    )
    assert problems(figures, alarms=["S2"]).tolist() == ["attainment;expense_rate_over", "anomaly", ""]
    assert problems(figures, limits={"attainment": ("below", 0.95)}).tolist() == ["attainment", "attainment", ""]
