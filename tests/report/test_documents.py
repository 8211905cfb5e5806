import io
import zipfile

import docx
import pandas as pd
import pytest

from expansion_kit import charts
from expansion_kit.report.documents import pdf, word
from expansion_kit.report.market_report import market_report

HOSTILE = [
    "{{7*7}}",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "`",
    "</script>",
    '=HYPERLINK("x")',
    "a\x00b",
    "]]>",
]


def told(text="一句话", lang="zh"):
    sales = pd.Series({"甲": 3, "乙": 5}, name=text).rename_axis("品牌")
    return {
        "title": text,
        "subtitle": text,
        "lang": lang,
        "made": True,
        "facts": [{"label": text, "value": 17103, "unit": "家"}, {"label": "潜力", "value": text}],
        "sections": [
            {
                "title": text,
                "text": [text, "二"],
                "figure": charts.png(charts.bars(sales, title="t", unit="u", source="s")),
            },
            {"title": "表", "table": sales.to_frame(), "source": text, "as_of": "2027", "method": "measured"},
        ],
        "missing": {text: text},
        "provenance": pd.DataFrame([dict(table="stores", column=text, source=text, as_of="2027", method="assumed")]),
    }


def texts(document):
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_document_says_what_the_page_says(lang):
    document = docx.Document(io.BytesIO(word(**told("一句话", lang))))
    shown = texts(document)
    assert {"一句话", "17,103 家", "甲", "5", "stores"} <= set(shown)
    assert len(document.inline_shapes) == 1
    made = {"en": "Made-up data", "zh": "虚构"}[lang]
    assert any(text.startswith(made) for text in shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_from_data_stay_texts(text):
    data = word(**told(text))
    shown = texts(docx.Document(io.BytesIO(data)))
    assert sum(text.replace("\x00", "") in one for one in shown) >= 8
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        body = parts.read("word/document.xml").decode()
    assert "w:fldChar" not in body and "w:hyperlink" not in body and "w:instrText" not in body


def test_the_same_report_gives_the_same_bytes():
    assert word(**told()) == word(**told())


def test_the_pdf_is_the_page_and_asks_for_nothing():
    pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed", exc_type=(ImportError, OSError))
    page = market_report(**told())
    first = pdf(page)
    assert first.startswith(b"%PDF-") and first == pdf(page)
    with pytest.raises(ValueError, match="from outside"):
        pdf('<img src="http://127.0.0.1:9/x.png">')
