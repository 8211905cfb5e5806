import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import expansion_kit
from expansion_kit.report import target_findings as findings
from expansion_kit.targets.forecasting import forecast
from expansion_kit.targets.setting.proposals import conflicts
from expansion_kit.targets.splitting import rules

TEXTS = tomllib.loads((Path(expansion_kit.__file__).parent / "words.toml").read_text("utf-8"))["targets"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_money_in_one_unit_shares_in_percent_and_what_is_not_known_a_dash(lang):
    table = pd.DataFrame({"target": [1_250_000.0, None], "chance": [0.305, None], "bound": ["lock", ""], "rank": None})
    shown = findings.in_words(table, lang=lang, currency="CNY")
    words = {"zh": ["目标（万元）", "达成概率", "受限于"], "en": ["Target (thousand CNY)", "Chance", "Decided by"]}
    assert list(shown) == words[lang]
    assert shown.iloc[0].tolist() == [{"zh": "125", "en": "1,250"}[lang], "30.5%", {"zh": "锁定", "en": "lock"}[lang]]
    assert shown.iloc[1].tolist() == ["—", "—", ""]


def test_a_column_that_holds_nothing_is_left_out():
    assert findings.in_words(pd.DataFrame({"bound": ["", ""], "chance": [None, None]}), lang="zh", currency="CNY").empty


def test_every_code_that_the_rooms_give_has_words():
    codes = {*rules.RULES, *forecast.CANDIDATES, "median", "sum", "opening_ramp", "mean_of_year", "none", "last_value"}
    codes |= {"lock", "floor", "cap", "coherent_paths", "own_backtest", "become_first", "keep_ahead", "not_known"}
    codes |= {"gain", "loss", "cannot_tell", "too_few", "network", "region", "territory", "store"}
    assert {f"code_{code}" for code in codes} <= set(TEXTS)
    for name in (*findings.MONEY, *findings.SHARES, *findings.COUNTS, *findings.CODES, *findings.TEXTS):
        assert f"column_{name}" in TEXTS, name
    notes = re.findall(r"`([a-z_]+)`\s+\(", forecast.__doc__)
    assert len(notes) == 10 and {f"note_{code}" for code in notes} <= set(TEXTS)


def test_each_kind_of_conflict_is_a_sentence_without_its_code():
    rows = [("T1", "2027", "sales", 50, "Lin")] + [("T1", f"2027-Q{n}", "sales", 10, "Lin") for n in (1, 2, 3, 4)]
    rows += [("T2", "2027-02", "sales", 90, "Lin"), ("T2", "2027-02", "sales", 80, "Han")]
    rows += [("T3", "2027-W07", "sales", 5, "Lin"), ("T4", "2027-03", "openings", 1, "Lin")]
    rows += [("T4", "2027-03", "openings", 2, "Lin")]
    found = conflicts(pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value", "owner"]), year=2027)
    assert set(found["conflict"]) == {"unlike_sum", "two_owners", "managers", "period", "twice"}
    for lang in ("en", "zh"):
        said = findings.conflicts_in_words(found, lang=lang, names={"T2": "江北"})
        assert len(said) == len(found) == len(set(said))
        assert not any(code in line for line in said for code in found["conflict"].unique() if "_" in code)
        assert any("江北" in line and "80 / 90" in line for line in said)
