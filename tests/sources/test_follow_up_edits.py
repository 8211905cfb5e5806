import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.cities import load_city, log_contacts
from expansion_kit.prospects.follow_up import follow_ups
from expansion_kit.report.follow_ups import INPUTS, follow_up_workbook
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.follow_up_edits import read_edits, read_rows
from expansion_kit.words import say

PEOPLE = pd.DataFrame(
    {"stage": "enquiry", "name": ["王小明", "=cmd|'x'"], "phone": ["100-0001", "007"]},
    index=pd.Index(["C1", "C2"], name="prospect_id"),
)
FILLED = ("2026-11-11", "电话", "=1+1; 考虑中", "寄资料", "2026-11-18")


@pytest.fixture(params=["zh", "en"])
def book(request, tmp_path):
    """`book({(sheet, prospect): five cells})` fills a fresh workbook in and gives its path."""
    lang = request.param
    table = follow_ups(PEOPLE, None, "2026-11-10")
    path = tmp_path / "follow_ups.xlsx"

    def fill(cells, change=None):
        files.write_xlsx(path, follow_up_workbook(table, PEOPLE, city="小城", lang=lang, as_of="2026-11-10"))
        opened = openpyxl.load_workbook(path)
        for (name, who), values in cells.items():
            sheet = opened[say(f"follow.{name}", lang)]
            top = next(r for r in sheet.iter_rows() if say("follow.prospect_id", lang) in [c.value for c in r])
            at = {cell.value: cell.column for cell in top}
            row = next(r[0].row for r in sheet.iter_rows() if r[at[say("follow.prospect_id", lang)] - 1].value == who)
            for field, value in zip(INPUTS, values):
                sheet.cell(row, at[say(f"follow.{field}", lang)]).value = value
        if change:
            change(opened)
        opened.save(path)
        return path

    return fill


def test_a_workbook_that_nobody_filled_in_holds_no_contact(book):
    assert read_edits(book({})).empty


def test_what_is_filled_in_comes_back_once_from_both_sheets(book):
    edits = read_edits(book({("sheet_week", "C1"): FILLED, ("sheet_all", "C1"): FILLED, ("sheet_all", "C2"): FILLED}))
    fields = ["prospect_id", "date", "channel", "note", "next_action", "next_date"]
    assert edits[fields].values.tolist() == [["C1", *FILLED], ["C2", *FILLED]]
    assert edits["cell"].str.contains("!").all()


def test_a_filled_row_without_a_date_is_told_with_its_cell(book):
    with pytest.raises(SchemaError) as error:
        read_edits(book({("sheet_week", "C2"): (None, "phone", "x", None, None)}), lang="zh")
    assert [fault.code for fault in error.value.faults] == ["follow_no_date"] and "联系日期" in str(error.value)


def test_a_workbook_without_our_sheets_or_columns_is_refused(book, tmp_path):
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    with pytest.raises(SchemaError, match="missing"):
        read_edits(tmp_path / "other.xlsx")
    with pytest.raises(SchemaError):
        read_edits(book({}, change=lambda opened: opened.worksheets[0].delete_rows(3)))
    with pytest.raises(SchemaError):
        read_edits(tmp_path / "absent.xlsx")


def test_reading_the_same_workbook_twice_adds_nothing(book, put, small_city):
    folder = put(small_city("zh"))
    edits = read_edits(book({("sheet_week", "C1"): FILLED, ("sheet_week", "C2"): FILLED})).drop(columns="cell")
    assert log_contacts(folder, edits)["new"].tolist() == [True, True]
    assert not log_contacts(folder, edits)["new"].any()
    assert load_city(folder)["contacts"]["note"].tolist() == ["=1+1; 考虑中"] * 2


def test_rows_of_csv_in_any_encoding_and_headers():
    text = "客户编号;内容;日期\nC1;谈了;2026-11-01\n\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        expected = [{"prospect_id": "C1", "note": "谈了", "date": "2026-11-01"}]
        assert read_rows(text.encode(encoding)).to_dict("records") == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_table"),
        ("prospect_id,date\n", "empty_table"),
        ("prospect_id,date\nC1\n", "ragged"),
        ("prospect_id,mood\nC1,good\n", "log_columns"),
        ("prospect_id,客户编号\nC1,C1\n", "log_columns"),
        ("contact_id,prospect_id\nH1,C1\n", "log_columns"),
    ],
)
def test_rows_of_csv_that_cannot_be_contacts_are_told(text, code):
    with pytest.raises(SchemaError) as error:
        read_rows(text.encode())
    assert [fault.code for fault in error.value.faults] == [code]
