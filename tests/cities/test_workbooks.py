import zipfile

import openpyxl
import pytest

from expansion_kit.cities.limits import Unreadable
from expansion_kit.cities.workbooks import sheets_of

WHERE = {"table": "stores", "file": "x.xlsx"}


def saved(path, rows, change=lambda page: None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    book.save(path)
    return path


def test_rows_come_with_their_numbers_and_empty_ones_are_left_out(tmp_path):
    page = sheets_of(saved(tmp_path / "x.xlsx", [["a", "b"], [None, None], ["007", 1.0]]), WHERE)["Sheet"]
    assert page.rows == [(1, ["a", "b"]), (3, ["007", "1"])]
    assert (page.far, page.hidden, page.uncomputed, page.shown) == (None, (), (), True)


def test_hidden_rows_that_hold_something_are_named(tmp_path):
    def hide(page):
        page.row_dimensions[2].hidden = page.row_dimensions[9].hidden = True

    page = sheets_of(saved(tmp_path / "x.xlsx", [["a"], ["1"], ["2"]], hide), WHERE)["Sheet"]
    assert page.hidden == (2,) and [n for n, _ in page.rows] == [1, 2, 3]


def test_a_formula_without_its_figure_is_named_and_the_text_asked_for_is_given(tmp_path):
    path = saved(tmp_path / "x.xlsx", [["a", "b"], [1, "=A2*2"], ["=A2", 3]])
    assert sheets_of(path, WHERE)["Sheet"].uncomputed == (("B2", 2), ("A3", 3))
    assert sheets_of(path, WHERE, formulas=True)["Sheet"].rows[1] == (2, ["1", "=A2*2"])


def test_a_formula_that_gives_an_empty_text_was_computed(tmp_path):
    path = saved(tmp_path / "x.xlsx", [["a"], ['=IF(1=1,"",5)']])
    with zipfile.ZipFile(path) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    name = "xl/worksheets/sheet1.xml"
    said = parts[name].replace(b'<c r="A2">', b'<c r="A2" t="str">')
    assert said != parts[name]
    with zipfile.ZipFile(path, "w") as changed:
        for part, content in parts.items():
            changed.writestr(part, said if part == name else content)
    assert sheets_of(path, WHERE)["Sheet"].uncomputed == ()


def test_a_hidden_sheet_says_so_and_an_old_workbook_is_told(tmp_path):
    def hide(page):
        page.parent.create_sheet("now")
        page.sheet_state = "veryHidden"

    pages = sheets_of(saved(tmp_path / "x.xlsx", [["a"]], hide), WHERE)
    assert {title: page.shown for title, page in pages.items()} == {"Sheet": False, "now": True}
    (tmp_path / "old.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100))
    with pytest.raises(Unreadable) as error:
        sheets_of(tmp_path / "old.xlsx", WHERE)
    assert error.value.fault.code == "old_workbook"
