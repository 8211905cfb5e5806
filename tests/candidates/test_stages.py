import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.candidates.stages import (
    DOCUMENTS,
    ROLES,
    STAGES,
    document_text,
    documents_lacking,
    role_text,
    stage_of,
    stage_table,
    stage_text,
)


def test_each_stage_is_named_in_both_languages_and_leads_to_known_ones():
    table = stage_table()
    assert tuple(table.index) == STAGES and table["signs"].sum() == table["opens"].sum() == 1
    assert table.index[table["signs"]].tolist() == ["contract"] and table.loc["contract", "disclosed_days"] == 30
    for lang in words.LANGUAGES:
        named = [stage_text(s, lang) for s in STAGES] + [document_text(d, lang) for d in DOCUMENTS]
        named += [role_text(r, lang) for r in ROLES]
        assert len(set(named[: len(STAGES)])) == len(STAGES) and all(named)
    reached, ahead = set(), ["enquiry"]
    while ahead:
        reached.add(stage := ahead.pop())
        ahead += set(table.loc[stage, "next"]) - reached
    assert reached == set(STAGES)


def test_a_city_states_its_own_stages_by_name_or_with_what_differs():
    signing = {"name": "签约", "documents": ["店长简历"], "disclosed_days": 45}
    table = stage_table(["咨询", signing, {"name": "开张", "opens": True}, "复盘"])
    assert table["next"].tolist() == [("签约",), ("开张",), ("复盘",), ()]
    assert table.loc["签约", ["documents", "disclosed_days", "signs"]].tolist() == [("店长简历",), 45.0, True]
    assert table["opens"].tolist() == [False, False, True, False]
    assert table.loc["咨询", "limit_days"] == 14
    assert stage_table(table) is table
    assert stage_table(["a", "b"])[["signs", "opens"]].to_numpy().tolist() == [[False, False], [True, True]]
    assert stage_table(()).index.equals(stage_table().index)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (["a", "a"], "named once"),
        ([{"name": "a", "colour": 1}], "unknown settings: colour"),
        ([{"name": "a", "next": ["b"]}], "leads to unknown stages: b"),
        ([{"name": "a", "signs": True}, {"name": "b", "signs": True}], "only one stage may be marked with signs"),
    ],
)
def test_stages_that_do_not_hang_together_are_refused(stages, message):
    with pytest.raises(ValueError, match=message):
        stage_table(stages)


def test_documents_are_asked_for_from_the_first_stage_on_and_read_in_either_language():
    prospects = pd.DataFrame({"documents": ["身份证明 | proof of funds", None, "x"]}, index=list("abc"))
    stage = pd.Series(["deposit", "enquiry", None], index=list("abc"))
    assert documents_lacking(prospects, stage).tolist() == [("credit_report",), (), ()]
    assert documents_lacking(prospects[[]], stage).isna().all()


def test_stage_of_keeps_the_index_and_names_what_it_does_not_know():
    prospects = pd.DataFrame({"stage": ["考察", "visit"]}, index=["P2", "P1"])
    assert stage_of(prospects).to_dict() == {"P2": "visit", "P1": "visit"}
    with pytest.raises(ValueError, match=r"'wat' \(1\)"):
        stage_of(pd.DataFrame({"stage": ["wat"]}))
