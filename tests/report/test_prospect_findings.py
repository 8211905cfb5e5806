import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.prospects.bids import CRITERIA as OF_BIDS
from expansion_kit.prospects.bids import RESULTS
from expansion_kit.prospects.matching import REASONS
from expansion_kit.prospects.pipeline import FAULTS
from expansion_kit.prospects.scorecard import QUESTIONS
from expansion_kit.report.prospect_findings import award_sentences, fault_sentences, in_words, unmatched_sentences

TOLD = {"won": {"runner_up": "P2", "margin": 3.0, "decided_by": "deposit"}}


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_code_that_the_room_gives_has_a_text(lang):
    faults = [*FAULTS, "never_disclosed", "never_handed"]
    rows = [{"prospect_id": "P1", "fault": fault, "stage": "visit", "detail": ""} for fault in faults]
    said = fault_sentences(pd.DataFrame(rows), lang=lang)
    said += unmatched_sentences({f"P{k}": reason for k, reason in enumerate(REASONS)}, lang=lang)
    table = pd.DataFrame({"result": [*RESULTS, "won"]})
    table["left_out"] = ["absent", "constant", "falling", "against", "", "", ""]
    shown = [in_words(table, lang=lang), in_words(pd.DataFrame({"question": list(QUESTIONS)}), lang=lang)]
    shown.append(in_words(pd.DataFrame({"decided_by": list(OF_BIDS)}), lang=lang))
    texts = [*said, *(text for frame in shown for text in frame.to_numpy().ravel())]
    codes = {*faults, *REASONS, *RESULTS, *QUESTIONS, *OF_BIDS} - {"capital", "lost", "veto", "deposit", "tie", "local"}
    assert all(texts) and not codes & set(texts)


def test_a_table_has_words_for_headers_codes_money_and_shares_and_a_dash_for_what_is_missing():
    table = pd.DataFrame(
        {"territory_id": ["T1", None], "chance": [0.305, None], "capital": [120_000.0, None], "days": [1.5, 3.0]},
        index=pd.Index(["P1", "P2"], name="prospect_id"),
    ).assign(lacking=[("identity", "店长简历"), ()], note=None)
    table["next_date"], table["rank"] = pd.Timestamp("2027-03-05"), pd.array([1, None], "Int64")
    shown = in_words(table.drop(columns="note"), lang="en", currency="CNY", names={"T1": "North"})
    assert shown.index.name == "Prospect"
    assert shown.loc["P1"].tolist() == [
        "North",
        "30%",
        "CNY 120,000",
        "1.5",
        "proof of identity, 店长简历",
        "2027-03-05",
        "1",
    ]
    assert shown.loc["P2"].tolist() == ["—", "—", "—", "3", "—", "2027-03-05", "—"]
    assert list(in_words(table[["chance"]].assign(owner=""), lang="zh")) == ["成交概率"]
    empty = table.iloc[:0][["next_date", "chance"]]
    assert in_words(empty, lang="zh").shape == (0, 2)


def test_an_index_of_two_names_is_worded_too():
    rows = pd.MultiIndex.from_tuples([("T1", "travel")], names=["territory_id", "item"])
    shown = in_words(pd.DataFrame({"spent": [12.0]}, rows), lang="zh", currency="CNY", names={"T1": "老城区"})
    assert shown.index.names == ["区域", "费用项目"] and shown.index[0] == ("老城区", "travel")
    assert shown.iloc[0].tolist() == ["12 元"]


def test_of_many_broken_rules_some_are_named_and_all_are_counted():
    rows = [{"prospect_id": f"P{k}", "fault": "no_owner", "stage": "visit", "detail": ""} for k in range(5)]
    rows.append({"prospect_id": "P9", "fault": "documents", "stage": "visit", "detail": ("identity",)})
    many, papers = fault_sentences(pd.DataFrame(rows), lang="en", shown=2)
    assert "5 prospects: P0, P1 …" in many and papers.endswith("1 prospects: P9 (proof of identity).")
    assert fault_sentences(pd.DataFrame(rows).iloc[:0], lang="en") == [words.say("prospect.fault_none", "en")]


@pytest.mark.parametrize("why", RESULTS)
def test_an_award_names_the_winner_or_why_there_is_none(why):
    row = {
        "winner": "P1" if why == "won" else None,
        "score": 60.0,
        "runner_up": None,
        "margin": float("nan"),
        "why": why,
    }
    row |= {"tied": "P1|P2" if why == "tie" else "", "decided_by": ""}
    (alone,) = award_sentences(pd.DataFrame([row], index=["T1"]), lang="en", names={"T1": "North"})
    assert alone.startswith("North: ") and ("P1" in alone) == (why in ("won", "tie"))
    if why == "won":
        (ahead,) = award_sentences(pd.DataFrame([row | TOLD["won"]], index=["T1"]), lang="en")
        assert "3.0 ahead of P2" in ahead and "deposit" in ahead
