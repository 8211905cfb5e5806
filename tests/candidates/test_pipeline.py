import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import words
from expansion_kit.candidates.pipeline import pipeline
from expansion_kit.candidates.stages import STAGES, stage_text


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
