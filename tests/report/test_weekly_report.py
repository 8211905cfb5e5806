import io
import zipfile

import docx
import pandas as pd
import pytest

from expansion_kit import charts
from expansion_kit.report.weekly_findings import table
from expansion_kit.report.weekly_report import weekly_report

HOSTILE = ["{{7*7}}", "<img src=x onerror=alert(1)>", '=HYPERLINK("x")', "a\x00b", "]]>"]


def told(text="一句话", lang="zh"):
    figure = charts.png(charts.bars(pd.Series({"甲": 3}), title="t", unit="u", source="s"))
    rows = pd.DataFrame({"name": [text, "乙"], "gap": [-5e5, 2e5], "attainment": [0.9, 1.1]})
    sections = [
        {"title": text, "text": [text], "figure": figure},
        {"title": "表", "table": table(rows, ["name", "gap", "attainment"], currency="CNY", lang=lang), "flagged": {0}},
    ]
    return {
        "title": text,
        "subtitle": text,
        "lang": lang,
        "made": True,
        "points": [text, "二"],
        "figure": figure,
        "sections": sections,
        "notes": [text],
    }


def opened(**given):
    return docx.Document(io.BytesIO(weekly_report(**(told() | given))))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_page_is_for_the_boss_and_the_tables_come_after_it(lang):
    document = opened(**told(lang=lang))
    body = [child.tag.rsplit("}")[-1] for child in document.element.body]
    breaks = [place for place, child in enumerate(document.element.body) if 'w:type="page"' in child.xml]
    assert len(breaks) == 1 and body.index("tbl") > breaks[0]
    before = [paragraph.text for paragraph in document.paragraphs][: breaks[0]]
    assert "二" in before and any(text.startswith({"en": "Made-up", "zh": "虚构"}[lang]) for text in before)
    assert len(document.inline_shapes) == 2


def test_flagged_rows_are_red_the_header_repeats_and_the_table_fits_the_page():
    table = opened().tables[0]
    colours = [row.cells[0].paragraphs[0].runs[0].font.color.rgb for row in table.rows]
    assert colours[0] is None and str(colours[1]) == "B23A00" and colours[2] is None
    assert "w:tblHeader" in table.rows[0]._tr.xml and "w:tblHeader" not in table.rows[1]._tr.xml
    assert sum(column.width.cm for column in table.columns) == pytest.approx(17.8, abs=0.1)
    assert [cell.text for cell in table.rows[1].cells] == ["一句话", "-50.0", "90.0%"]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_from_data_stay_texts(text):
    data = weekly_report(**told(text))
    shown = [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]
    assert sum(text.replace("\x00", "") in one for one in shown) >= 5
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        body = parts.read("word/document.xml").decode()
    assert "w:fldChar" not in body and "w:hyperlink" not in body and "w:instrText" not in body


def test_the_same_week_gives_the_same_bytes():
    assert weekly_report(**told()) == weekly_report(**told())
