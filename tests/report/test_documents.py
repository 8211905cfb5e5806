import io
import zipfile

import docx
import pandas as pd
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH

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
    assert {"一句话", "17,103 家", "甲", "5", {"en": "stores", "zh": "门店"}[lang]} <= set(shown)
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


def test_the_document_is_a4_and_its_tables_lie_between_the_margins():
    wide = pd.DataFrame([["长" * 30, *range(11)]], columns=[f"第{n}列标题" for n in range(12)])
    sections = [{"title": "宽表", "table": wide, "text": ["说明"]}, told()["sections"][0] | {"title": "图"}]
    document = docx.Document(io.BytesIO(word(**told() | {"sections": sections})))
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    room = page.page_width - page.left_margin - page.right_margin
    for table in document.tables:
        assert all(sum(cell.width for cell in row.cells) <= room + 1000 for row in table.rows)
    assert sum("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables) == 2  # all but the key figures
    (table,) = [table for table in document.tables if len(table.columns) == 12]
    assert [cell.paragraphs[0].alignment for cell in table.rows[1].cells] == [None] + [WD_ALIGN_PARAGRAPH.RIGHT] * 11
    assert table.cell(0, 0).paragraphs[0].paragraph_format.keep_with_next
    kept = {p.text for p in document.paragraphs if p.paragraph_format.keep_with_next}
    assert {"说明", "一句话", "二"} <= kept


def test_the_same_report_gives_the_same_bytes():
    assert word(**told()) == word(**told())


def test_a_wide_table_lies_within_the_paper():
    pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed", exc_type=(ImportError, OSError))
    import weasyprint

    numbers = {f"免租期后的第 {n} 项金额（元/月）": [1_234_567.0] for n in range(13)}
    wide = pd.DataFrame({"品牌": ["一个名字很长的茶饮品牌"], "退换货政策": ["两周内可退未开封的货" * 3]} | numbers)
    page = market_report(**told() | {"sections": [{"title": "宽表", "table": wide}]})
    cells = [
        (sheet, box)
        for sheet in weasyprint.HTML(string=page).render().pages
        for box in sheet._page_box.descendants()
        if box.element_tag in ("td", "th")
    ]
    assert len(cells) > 30
    assert all(box.position_x + box.width <= sheet.width - 15 / 25.4 * 96 + 1 for sheet, box in cells)


def test_the_pdf_is_the_page_and_asks_for_nothing():
    pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed", exc_type=(ImportError, OSError))
    page = market_report(**told())
    first = pdf(page)
    assert first.startswith(b"%PDF-") and first == pdf(page)
    with pytest.raises(ValueError, match="from outside"):
        pdf('<img src="http://127.0.0.1:9/x.png">')
