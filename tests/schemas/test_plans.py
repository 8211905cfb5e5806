import pandas as pd

from expansion_kit.schemas import TABLES, check, columns
from expansion_kit.schemas.plans import METRICS


def test_targets_proposals_and_locks_speak_of_the_same_metrics():
    for table in ("proposals", "locks"):
        assert list(columns(table)["metric"].metadata["options"]) == list(METRICS)


def test_a_promotion_has_the_contracts_words_for_its_days():
    typed, faults = check(
        "promotions",
        pd.DataFrame({"活动编号": ["1"], "开始日期": ["2027-02-01"], "to": ["2027/2/14"], "门店编号": ["A"]}),
    )
    assert faults == [] and typed["from"].iloc[0] == pd.Timestamp(2027, 2, 1) and typed["to"].dt.day.tolist() == [14]


def test_returns_may_make_sales_negative_but_a_budget_is_not():
    sales = pd.DataFrame({"store_id": ["A"], "period": ["2027-02"], "sales": ["-5"]})
    assert check("sales", sales)[1] == []
    budget = pd.DataFrame({"territory_id": ["T"], "item": ["rent"], "period": ["2027"], "amount": ["-5"]})
    assert [fault.code for fault in check("budgets", budget)[1]] == ["too_small"]


def test_no_word_of_any_choice_means_two_things():
    for table in TABLES:
        for name, column in columns(table).items():
            options = column.metadata.get("options", {})
            words = [word.lower() for option, others in options.items() for word in {option, *others}]
            assert len(words) == len(set(words)), (table, name)


def test_streets_say_who_may_use_them_and_in_which_direction():
    raw = pd.DataFrame({"几何": ["LINESTRING (0 0, 1 1)"] * 2, "单行道": ["是", None], "可驾车": ["否", None]})
    typed, faults = check("network", raw.assign(name="南京路", kind="primary", speed_kmh=30, walk="yes"))
    assert faults == [] and set(typed) == {"geometry", "kind", "name", "speed_kmh", "walk", "drive", "oneway"}
    assert typed["oneway"].tolist() == [True, pd.NA] and typed["drive"].tolist() == [False, pd.NA]
