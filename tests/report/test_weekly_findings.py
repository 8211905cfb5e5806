import numpy as np
import pandas as pd
import pytest

from expansion_kit.report.weekly_findings import in_words, points, reasons, table

ROWS = pd.DataFrame(
    {
        "name": ["甲", "乙"],
        "actual_to_date": [27_860_000.0, np.nan],
        "gap": [-146_000.0, 4_000.0],
        "attainment": [0.9725, np.nan],
        "yoy": [-0.031, 0.05],
        "problems": ["attainment;yoy", ""],
        "cause": ["coverage", ""],
        "due": [np.nan, np.nan],
    }
)
STANDINGS = pd.DataFrame(
    [
        ("network", "All", 96e5, -4e5, 0.96, 0.031, "", ""),
        ("territory", "North", 50e5, -6e5, 0.9, 0.0, "coverage", ""),
        ("territory", "South", 46e5, 2e5, 1.04, 0.0, "", ""),
        ("store", "S1", 1e5, -1e5, 0.5, 0.0, "", "attainment"),
        ("store", "S2", 1e5, 1e5, 1.5, 0.0, "", ""),
    ],
    columns=["level", "name", "actual_to_date", "gap", "attainment", "yoy", "cause", "problems"],
).assign(last_year_to_date=93e5)
SAID = {"as_of": "2026-10-31", "currency": "CNY", "false_alarm": 0.02}
ALARMS = pd.DataFrame({"store_id": ["S1"], "tested": [100]})
ACTIONS = pd.DataFrame({"status": ["overdue", "soon", "soon", "done"]})


def texts(lines):
    return [[text for text, _ in line] for line in lines]


def test_a_notebook_shows_the_cells_of_the_report_by_the_first_column():
    options = {"currency": "CNY", "lang": "zh"}
    _, lines = table(ROWS, ["name", "gap", "yoy", "problems"], **options)
    shown = in_words(ROWS, ["name", "gap", "yoy", "problems"], **options)
    assert shown.reset_index().to_numpy().tolist() == texts(lines)
    assert shown.index.name == "名称" and shown["同比"].tolist() == ["-3.1%", "+5.0%"]


@pytest.mark.parametrize("rows", [ROWS.head(0), ROWS[["due"]]])
def test_a_table_that_holds_nothing_is_shown_empty(rows):
    assert in_words(rows, ["name", "due", "gap"], currency="CNY", lang="en").empty


def test_a_column_has_one_unit_and_a_small_gap_is_no_zero():
    headers, lines = table(ROWS, ["name", "actual_to_date", "gap"], currency="CNY", lang="en")
    assert [text for text, _ in headers] == ["Name", "Actual (thousand CNY)", "Gap (thousand CNY)"]
    assert texts(lines) == [["甲", "27,860", "-146"], ["乙", "—", "+4"]]
    headers, lines = table(ROWS, ["name", "actual_to_date", "gap"], currency="CNY", lang="zh")
    assert [text for text, _ in headers] == ["名称", "实际（万元）", "差额（万元）"]
    assert texts(lines) == [["甲", "2,786.0", "-14.6"], ["乙", "—", "+0.4"]]


def test_shares_changes_and_codes_are_words_and_what_nobody_knows_has_no_column():
    columns = ["name", "attainment", "yoy", "problems", "cause", "due"]
    headers, lines = table(ROWS, columns, currency="CNY", lang="zh")
    assert [number for _, number in headers] == [False, True, True, False, False]
    assert texts(lines) == [["甲", "97.2%", "-3.1%", "未达标、同比下滑", "网点不足"], ["乙", "—", "+5.0%", "—", "—"]]
    assert reasons("", "en") == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_week_in_sentences(lang):
    said = points(STANDINGS, ALARMS, ACTIONS, lang=lang, **SAID)
    assert "96.0%" in said[0] and "2026-10-31" in said[0]
    assert "+3.1%" in said[1]
    shorts = said[2]
    assert "North" in shorts and "South" not in shorts
    assert {"en": "1 of 2 territories", "zh": "2 个区域中 1 个"}[lang] in shorts
    assert {"en": "too few outlets", "zh": "网点不足"}[lang] in shorts
    assert {"en": "1 of 2 stores", "zh": "2 家门店中，1 家"}[lang] in said[3]
    assert "2.0" in said[4] and "2%" in said[4]  # chance alarms among a hundred
    assert [{"en": "overdue: 1", "zh": "逾期 1"}[lang] in said[5], len(said)] == [True, 6]


def test_the_run_rate_says_whether_it_has_a_range():
    row = {"projected": 1.2e7, "projected_attainment": 0.97, "projected_p10": 1.1e7, "projected_p90": 1.3e7}
    for known, says in ((row, "80 % range"), (row | {"projected_p10": np.nan}, "too few earlier years")):
        said = points(STANDINGS.assign(**known), ALARMS, ACTIONS, lang="en", **SAID)
        assert says in said[2] and "97.0%" in said[2]


def test_nobody_short_is_said_and_so_are_collections():
    fine = STANDINGS.assign(gap=1.0, collection_rate=0.94, arrears=5e5, completion=0.6)
    said = points(fine, pd.DataFrame(), ACTIONS, lang="en", **SAID)
    assert any("All 2 territories are on target" in text for text in said)
    assert any("94.0%" in text and "CNY 500,000" in text and "60.0%" in text for text in said)


def test_a_forecast_that_stands_in_for_a_target_is_called_a_reference():
    for lang, target, reference in (("en", "target", "reference"), ("zh", "目标", "参照")):
        plain, named = (points(STANDINGS, ALARMS, ACTIONS, lang=lang, reference=yes, **SAID) for yes in (False, True))
        assert target in plain[0] and reference in named[0] and target not in " ".join(named)
        headers, lines = table(
            ROWS.assign(target_to_date=1.0), ["target_to_date", "problems"], currency="CNY", lang=lang, reference=True
        )
        assert reference in headers[0][0].lower() and target not in headers[0][0] and reference in lines[0][1][0]


def test_who_no_longer_sells_is_not_counted_among_the_stores():
    said = points(STANDINGS.assign(note=["", "", "", "ended", "new"]), ALARMS, ACTIONS, lang="en", **SAID)
    assert said[3] == "0 of 1 stores need a look; 1 no longer sell and are not judged."


def test_nothing_fell_by_less_than_it_shows():
    _, lines = table(pd.DataFrame({"yoy": [-0.0004], "gap": [-3.0]}), ["yoy", "gap"], currency="CNY", lang="en")
    assert texts(lines) == [["+0.0%", "-3"]]
