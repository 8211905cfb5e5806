import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.prospects.follow_up import follow_ups
from expansion_kit.report.follow_ups import follow_up_workbook

PEOPLE = pd.DataFrame(
    {
        "stage": ["enquiry", "deposit", "visit"],
        "name": ["王小明", '=HYPERLINK("http://x")', None],
        "phone": ["007", "+86 100", None],
        "territory_id": ["T1", None, "T2"],
        "stage_since": pd.to_datetime(["2026-11-01"] * 3),
    },
    index=pd.Index(["C1", "C2", "C3"], name="prospect_id"),
)
SAID = pd.DataFrame({"prospect_id": ["C3"], "date": ["2026-11-09"], "next_date": ["2026-12-31"], "note": ["@x"]})
TABLE = follow_ups(PEOPLE, SAID, "2026-11-10", chance=pd.Series({"C1": 0.25}))


@pytest.fixture(params=["zh", "en"])
def sheets(request, tmp_path):
    laid = follow_up_workbook(
        TABLE, PEOPLE, city="小城", lang=request.param, as_of="2026-11-10", names={"T1": "老城"}, made=True
    )
    files.write_xlsx(tmp_path / "a.xlsx", laid)
    return [
        [[c.value for c in row] for row in sheet] for sheet in openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    ]


def test_this_week_holds_who_is_to_be_called_and_the_other_sheet_everybody(sheets):
    week, everyone, how = ({cell for row in sheet for cell in row if cell is not None} for sheet in sheets)
    assert {"C1", "C2"} <= week and "C3" not in week and {"C1", "C2", "C3"} <= everyone
    assert {"王小明", "007"} <= week and "老城" in everyone and any("×" in text for text in how)


def test_each_sheet_is_marked_and_no_text_can_run(sheets):
    for sheet in sheets[:2]:
        told = " ".join(str(row[0]) for row in sheet[:3])
        assert ("虚构" in told or "Made-up" in told) and ("勿外传" in told or "do not pass on" in told)
        assert not any(str(cell).startswith(("=", "+", "@")) for row in sheet for cell in row)


def test_cells_to_fill_in_are_empty_and_an_unknown_factor_is_named(sheets):
    header = next(row for row in sheets[1] if row[1] in ("客户编号", "Prospect"))
    rows = {row[1]: dict(zip(header, row)) for row in sheets[1][sheets[1].index(header) + 1 :]}
    assert {value for row in rows.values() for name, value in row.items() if "填" in name or "Contact:" in name} == {
        None
    }
    unknown, chance = next(n for n in header if n in ("未知因素", "Unknown")), header.index
    assert rows["C2"][unknown] in ("成交概率", "Chance") and rows["C1"][unknown] is None and chance


def test_the_same_list_gives_the_same_bytes(tmp_path):
    told = {"city": "小城", "lang": "zh", "as_of": "2026-11-10"}
    one = files.write_xlsx(tmp_path / "a.xlsx", follow_up_workbook(TABLE, PEOPLE, **told))
    assert files.write_xlsx(tmp_path / "b.xlsx", follow_up_workbook(TABLE, PEOPLE[::-1], **told)) == one


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_week_prints_on_one_page_and_can_be_read_and_every_page_says_whose_row_it_is(lang, tmp_path):
    told = {"city": "小城", "lang": lang, "as_of": "2026-11-10"}
    names = ["客户编号", "姓名"] if lang == "zh" else ["Prospect", "Name"]
    files.write_xlsx(tmp_path / "a.xlsx", follow_up_workbook(TABLE, PEOPLE, **told))
    week, everyone, _ = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    for sheet, pages in ((week, 1), (everyone, 2)):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (pages, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.print_title_rows, sheet.print_title_cols) == ("$3:$3", "$A:$C")
        assert [sheet.cell(3, n).value for n in (2, 3)] == names
        wide = sum(column.width for column in sheet.column_dimensions.values())
        points = 10 * (297 / 25.4 - 0.8) * 72 * pages / (wide * 5.6)  # a character of 10 pt is about 5.6 pt wide
        assert points > 7
