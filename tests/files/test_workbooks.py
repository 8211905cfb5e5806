import datetime
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest

from expansion_kit import files


def stores():
    return pd.DataFrame(
        {
            "name": ["=HYPERLINK('x')", "星巴克咖啡上海南京西路店", "_x003D_1 \x07bell"],
            "sales": [1.5, None, 3.0],
            "opened": pd.to_datetime(["2027-02-01", None, "2027-03-01"]),
            "checked": pd.to_datetime(["2027-02-01 08:30", None, None], utc=True),
            "total": pd.Series([None, None, files.Formula("=SUM(C2:C3)")], index=["007", "8", "9"], dtype=object),
        },
        index=pd.Index(["007", "8", "9"], name="store_id"),
    )


def test_only_our_own_formula_runs_in_a_workbook(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["门店"]
    kinds = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert [text for text, kind in kinds.items() if kind == "f"] == ["=SUM(C2:C3)"]
    assert kinds["'=HYPERLINK('x')"] == "s" and sheet["B2"].quotePrefix
    assert sheet["A2"].value == "007" and sheet["A2"].number_format == "@"
    assert sheet["B4"].value == "_x003D_1 bell"
    assert sheet["C3"].value is None
    assert sheet["E2"].value == "2027-02-01T08:30:00+00:00"


def test_a_workbook_is_ready_to_read(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["门店"]
    assert sheet["A1"].font.bold and sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:F4"
    assert sheet.column_dimensions["B"].width == 12 * 2 + 3
    assert sheet["D2"].value == datetime.datetime(2027, 2, 1) and sheet["D2"].number_format == "yyyy-mm-dd"


def test_sheet_titles_are_what_excel_takes(tmp_path):
    titles = ["a/b:c", "a?b*c", "x" * 40, "x" * 41, "'[]'", "history", "商" * 31 + "圈"]
    files.write_xlsx(tmp_path / "a.xlsx", dict.fromkeys(titles, pd.DataFrame()))
    expected = ["a b c", "a b c (2)", "x" * 31, "x" * 27 + " (2)", "Sheet", "history (2)", "商" * 31]
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == expected


def test_a_workbook_without_sheets_or_with_a_text_too_long_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one sheet"):
        files.write_xlsx(tmp_path / "a.xlsx", {})
    with pytest.raises(ValueError, match="32768"):
        files.write_xlsx(tmp_path / "a.xlsx", {"a": pd.DataFrame({"a": ["x" * 32768]})})
    assert not list(tmp_path.iterdir())


def test_a_workbook_holds_no_time_of_its_making(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", {"门店": stores()})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert {member.date_time for member in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert re.findall(r"20\d\d-[^<]*", core) == ["2000-01-01T00:00:00Z"] * 2


def test_the_same_sheets_give_the_same_bytes(tmp_path):
    sheets = {"门店": stores(), "again": stores()}
    first = files.write_xlsx(tmp_path / "a.xlsx", sheets)
    assert files.write_xlsx(tmp_path / "b.xlsx", sheets) == first


def test_a_steady_archive_has_the_same_members_and_no_time():
    made = []
    for year in (1999, 2027):
        given = io.BytesIO()
        with zipfile.ZipFile(given, "w") as archive:
            archive.writestr(zipfile.ZipInfo("word/document.xml", (year, 5, 17, 8, 30, 0)), "<w/>")
        made.append(files.steady_zip(given.getvalue()))
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        assert archive.namelist() == ["word/document.xml"] and archive.read("word/document.xml") == b"<w/>"


def test_a_sheet_may_freeze_columns_colour_cells_and_end_in_totals_that_no_filter_hides(tmp_path):
    table = pd.DataFrame(
        {"id": ["007", "8", None], "sales": pd.Series([5, 7, files.Formula("=SUM(B3:B4)")], dtype=object)}
    )
    layout = {"table": table, "heading": ["x"], "frozen": 1, "totals": 1, "formats": {"sales": "#,##0"}}
    layout |= {"fills": {"sales": ["D9D9D9", None, "F2F2F2"]}, "inputs": {"sales": [False, True, False]}}
    files.write_xlsx(tmp_path / "a.xlsx", {"a": layout})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["a"]
    assert sheet.freeze_panes == "B3" and sheet.auto_filter.ref == "A2:B4"
    colours = [sheet[f"B{row}"].fill.start_color.rgb[-6:] for row in (3, 4, 5)]
    assert colours == ["D9D9D9", "FFF2CC", "F2F2F2"]
    assert [sheet[f"B{row}"].font.bold for row in (3, 4, 5)] == [False, False, True]
    assert sheet["B5"].data_type == "f" and sheet["B5"].number_format == "#,##0"
    assert sheet["A3"].number_format == "@" and sheet["A3"].alignment.horizontal == "left"


def test_workbooks_for_several_people_are_one_archive_of_the_same_bytes(tmp_path):
    books = {"林经理": {"a": stores()}, "a/b": {"a": stores()}, "A:B": {"a": stores()}, "..": {"a": stores()}}
    first, again = (files.write_workbooks(tmp_path / name, books) for name in ("a.zip", "b.zip"))
    assert first == again
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["林经理.xlsx", "ab.xlsx", "AB_.xlsx", "_.xlsx"]
        book = openpyxl.load_workbook(io.BytesIO(archive.read("林经理.xlsx")))
    assert book.sheetnames == ["a"]
    with pytest.raises(ValueError, match="at least one workbook"):
        files.write_workbooks(tmp_path / "c.zip", {})
