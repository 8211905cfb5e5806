import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.leakage import closed_only, named_after, too_good
from expansion_kit.candidates.scorecard import QUESTIONS

AFTER = "stage stage_since outcome documents contract_date contractNo lost_reason duration 签约日期 流失原因 通话时长"


@pytest.mark.parametrize("name", AFTER.split())
def test_names_of_what_comes_after_are_known(name):
    assert named_after([name]) == [name]


def test_the_cards_own_questions_are_not_suspected():
    assert named_after([*QUESTIONS, "storage_sqm", "deposit_ready", "lead_source", "campaign"]) == []


def test_a_few_gaps_more_among_the_open_are_no_leak():
    closed = pd.Series([True] * 240 + [False] * 60)
    draw = np.random.default_rng(1)
    answers = pd.DataFrame({"kept": 1.0, "after": 1.0}, index=closed.index)
    answers.loc[draw.random(300) < 0.1, "kept"] = np.nan
    answers.loc[~closed & (draw.random(300) < 0.9), "after"] = np.nan
    assert closed_only(answers, closed) == ["after"]
    assert closed_only(answers, pd.Series(True, index=closed.index)) == []


def test_what_tells_too_much_is_found_and_what_tells_much_is_not():
    draw = np.random.default_rng(2)
    x = pd.DataFrame(draw.standard_normal((2000, 4)), columns=list("abcd"))
    signed = pd.Series(draw.random(2000) < 1 / (1 + np.exp(-x.sum(axis=1))))
    assert too_good(x, signed) == {}
    late = x.sum(axis=1) + 2 * draw.standard_normal(2000)
    signed = pd.Series(draw.random(2000) < 1 / (1 + np.exp(-late)))
    assert too_good(x.assign(late=late + draw.standard_normal(2000)), signed) == {"late": "beats_rest"}
    assert too_good(x.assign(late=signed + 0.1 * x["a"]), signed) == {"late": "tells_all"}
