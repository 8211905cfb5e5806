import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from expansion_kit import words
from expansion_kit.candidates.pipeline import days_in_stage, pipeline, pipeline_faults, stuck, time_so_far
from expansion_kit.candidates.stages import DOCUMENTS, STAGES, stage_table, stage_text


@given(st.lists(st.sampled_from(STAGES)))
def test_the_pipeline_counts_each_prospect_once_in_the_order_of_the_stages(stages):
    table = pipeline(pd.DataFrame({"stage": pd.Series(stages, dtype=object)}))
    assert tuple(table.index) == STAGES
    assert table["count"].tolist() == [stages.count(name) for name in STAGES]
    if stages:
        assert table["share"].sum() == pytest.approx(1)
    else:
        assert table["share"].isna().all()


def test_stages_may_be_written_in_either_language():
    for lang in words.LANGUAGES:
        written = pd.DataFrame({"stage": [stage_text(name, lang) for name in STAGES]})
        assert (pipeline(written)["count"] == 1).all()


def test_stages_of_the_users_own_replace_the_default():
    table = pipeline(pd.DataFrame({"stage": ["面谈", "enquiry", "咨询"]}), stages=["enquiry", "面谈", "开业"])
    assert table["count"].to_dict() == {"enquiry": 2, "面谈": 1, "开业": 0}
    with pytest.raises(ValueError, match="named once"):
        pipeline(pd.DataFrame({"stage": ["a"]}), stages=["a", "a"])


def test_all_unknown_stages_are_named_with_their_counts():
    with pytest.raises(ValueError, match=r"'sined' \(2\), '\(empty\)' \(1\).*stages are enquiry, application"):
        pipeline(pd.DataFrame({"stage": ["sined", "contract", None, "sined"]}))
    with pytest.raises(ValueError, match=r"'visit' \(1\)"):
        pipeline(pd.DataFrame({"stage": ["visit"]}), stages=["enquiry"])


AS_OF = "2026-10-31"


def people(**columns):
    n = len(columns["stage"])
    days = columns.pop("days", [10] * n)
    since = pd.Timestamp(AS_OF) - pd.to_timedelta(days, unit="D")
    index = pd.Index([f"P{k}" for k in range(n)], name="prospect_id")
    usual = {"stage_since": since, "outcome": None, "owner": "Li", "documents": None}
    return pd.DataFrame(usual | columns, index=index)


def test_stuck_is_who_stands_longer_than_the_limit_and_what_the_next_stage_asks_for():
    table = people(stage=["enquiry", "enquiry", "application", "fit_out", "review"], days=[14, 15, 90, 800, 999])
    table["outcome"] = [None, None, "lost", "signed", "signed"]
    found = stuck(table, as_of=AS_OF)
    assert found.index.tolist() == ["P3", "P1"]  # lost and opened ones are not stuck; 14 days are not over 14
    assert found["over_days"].tolist() == [725, 1]
    assert found.loc["P1", "lacking"] == ("identity",)
    own = stuck(table, as_of=AS_OF, limits=pd.Series({"enquiry": 5.0}))
    assert own["over_days"].to_dict() == {"P3": 725, "P1": 10, "P0": 9}
    assert_frame_equal(stuck(table.iloc[::-1], as_of=AS_OF), found)


def test_days_that_are_not_known_or_lie_ahead_stay_missing():
    table = people(stage=["enquiry"] * 3, days=[5, None, -3])
    assert days_in_stage(table, as_of=AS_OF).tolist()[0] == 5 and days_in_stage(table, as_of=AS_OF)[1:].isna().all()
    row = time_so_far(table, as_of=AS_OF).loc["enquiry"]
    assert row[["count", "undated", "median"]].tolist() == [3, 2, 5]
    assert pipeline_faults(table, as_of=AS_OF)["fault"].tolist() == ["future"]


def day(*days):
    return pd.to_datetime(pd.Series(days), format="%Y-%m-%d").to_numpy()


def test_a_contract_before_thirty_days_of_disclosure_is_a_fault():
    papers = "|".join(DOCUMENTS)
    table = people(stage=["contract"] * 4, documents=papers)
    table["disclosed"] = day("2026-09-01", "2026-09-02", "2026-10-05", None)
    table["contract_date"] = day("2026-10-01", "2026-10-01", "2026-10-01", "2026-10-01")
    found = pipeline_faults(table, as_of=AS_OF)
    # exactly 30 days are enough, 29 are not; a contract before the disclosure is worse still
    assert found[["prospect_id", "fault", "detail"]].values.tolist() == [
        ["P1", "early_contract", 29],
        ["P2", "early_contract", -4],
        ["P3", "no_disclosure", ""],
    ]
    nobody = pipeline_faults(table.drop(columns="disclosed"), as_of=AS_OF)
    assert nobody.values.tolist() == [["", "never_disclosed", "contract", 4]]
    later = stage_table([{"name": "contract", "disclosed_days": 10}, "opening"])
    assert pipeline_faults(table, as_of=AS_OF, stages=later)["prospect_id"].tolist() == ["P2", "P3"]


def test_moves_give_the_day_of_the_contract_and_are_checked():
    table = people(stage=["contract"], documents="|".join(DOCUMENTS)).assign(disclosed=day("2026-09-20"))
    moves = pd.DataFrame({"prospect_id": "P0", "stage": ["visit", "签约"], "date": day("2026-09-01", "2026-10-01")})
    found = pipeline_faults(table, as_of=AS_OF, moves=moves)
    assert found.values.tolist() == [["P0", "early_contract", "contract", 11]]
    jumped = moves.assign(stage=["enquiry", "contract"], date=day("2026-08-01", "2026-10-25"))
    found = pipeline_faults(table, as_of=AS_OF, moves=jumped)
    assert found.values.tolist() == [["P0", "move", "contract", "enquiry"]]


def test_outcomes_that_contradict_the_stage_and_gaps_are_listed():
    table = people(stage=["stock", "visit", "enquiry", "application", "deposit"])
    table["outcome"] = [None, "signed", None, None, None]
    table["documents"] = ["|".join(DOCUMENTS), "|".join(DOCUMENTS), None, None, "身份证明"]
    table.loc["P2", "owner"] = None
    found = pipeline_faults(table.assign(disclosed=day(*["2026-01-01"] * 5)), as_of=AS_OF)
    assert found[["prospect_id", "fault"]].values.tolist() == [
        ["P0", "no_disclosure"],
        ["P3", "documents"],
        ["P4", "documents"],
        ["P0", "outcome_open"],
        ["P1", "outcome_signed"],
        ["P2", "no_owner"],
    ]
    assert found["detail"].tolist()[1:3] == [("identity",), ("credit_report", "proof_of_funds")]


def test_documents_that_nobody_hands_in_are_said_once():
    table = people(stage=["application"] * 3, documents=["x", None, "y"])
    assert pipeline_faults(table, as_of=AS_OF).values.tolist() == [["", "never_handed", "", ("identity",)]]


def test_names_and_telephones_never_come_out_of_the_pipeline():
    table = people(stage=["enquiry"], days=[99]).assign(name="王小明", phone="13800138000")
    shown = stuck(table, as_of=AS_OF).to_csv() + pipeline_faults(table, as_of=AS_OF).to_csv()
    assert "王小明" not in shown and "13800138000" not in shown
