import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import files
from expansion_kit.cities import add_table, check_city
from expansion_kit.report.target_workbook import target_workbook
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.target_edits import EDITS, read_edits
from expansion_kit.targets.breakdown.periods import breakdown

EVEN = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
STORES = pd.Series(["007", "8"], pd.Index(["S1", "S2"], name="store_id"))


def made_plan():
    of = {"year": 2027, "month_weights": EVEN, "plan_id": "2027-1"}
    sales = breakdown(pd.Series([12_000, 24_000], STORES.index), parents=STORES, **of)
    locks = pd.DataFrame({"territory_id": ["8"], "period": ["2027-05"], "value": [700]})
    keys = pd.Index(["007", "8"], name="territory_id")
    expense = breakdown(pd.Series([2400, 3600], keys), metric="expense", locks=locks, **of)
    months = expense[(expense["level"] == "territory") & (expense["period_type"] == "month")]
    coverage = months.assign(metric="coverage", value=0.5, locked=False)
    rate = months.assign(metric="expense_rate", value=0.2, locked=False)
    return pd.concat([sales, expense, coverage, rate], ignore_index=True)


PLAN = made_plan()


@pytest.fixture(scope="module", params=["zh", "en"])
def book(request, tmp_path_factory):
    """`book()` opens a fresh copy of the workbook, with its sheets by metric."""
    path = tmp_path_factory.mktemp("book") / "targets.xlsx"
    sheets = target_workbook(PLAN, city="哈尔滨", lang=request.param, currency="CNY", first_open="2027-02")
    files.write_xlsx(path, sheets)
    names = {
        "zh": {
            "stores": "销售额-门店",
            "sales": "销售额",
            "expense": "费用",
            "coverage": "覆盖率",
            "rate": "费用率",
            "about": "说明",
        },
        "en": {
            "stores": "Sales - stores",
            "sales": "Sales",
            "expense": "Expense",
            "coverage": "Coverage",
            "rate": "Expense rate",
            "about": "About",
        },
    }

    def opened():
        found = openpyxl.load_workbook(path)
        return found, {name: found[title] for name, title in names[request.param].items()}

    opened.names = names[request.param]
    return opened


def saved(opened, tmp_path, **options):
    opened.save(tmp_path / "back.xlsx")
    return read_edits(tmp_path / "back.xlsx", PLAN, **options)


def told(opened, tmp_path):
    with pytest.raises(SchemaError) as error:
        saved(opened, tmp_path)
    return {(fault.code, fault.values.get("cell", "").partition("!")[2]) for fault in error.value.faults}


def test_a_workbook_that_nobody_changed_holds_no_lock(book, tmp_path):
    opened, _ = book()
    edits = saved(opened, tmp_path)
    assert edits.empty and list(edits) == list(EDITS)


def test_each_changed_cell_is_a_lock_with_who_from_and_to(book, tmp_path):
    opened, sheets = book()
    sheets["expense"]["E5"] = 250  # 007, February
    sheets["expense"]["F6"] = "0.2万"  # 8, March
    sheets["about"]["B6"] = "王经理"
    edits = saved(opened, tmp_path).set_index("territory_id", drop=False)
    assert edits.loc["007", ["metric", "territory_id", "period", "value", "before", "who"]].tolist() == [
        "expense",
        "007",
        "2027-02",
        250,
        200,
        "王经理",
    ]
    assert edits.loc["8", ["period", "value"]].tolist() == ["2027-03", 2000]
    assert edits.loc["007", "cell"] == f"{book.names['expense']}!E5"
    assert set(saved(opened, tmp_path, who="李")["who"]) == {"李"}


def test_everything_wrong_is_told_at_once_with_its_cell(book, tmp_path):
    opened, sheets = book()
    expense = sheets["expense"]
    expense["D5"] = 1  # January is past
    expense["E5"] = "about 5"
    expense["F5"] = -1
    expense["H5"] = 0.5
    expense["I5"] = None
    expense["I6"] = 1  # 8, May is locked
    expense["G5"] = 999  # a quarter
    expense["C7"] = 999  # the network
    sheets["coverage"]["D6"] = 0.6  # a rate
    sheets["stores"]["F6"] = 999  # a store, which has no lock
    sheets["rate"]["E5"] = 0.3
    sheets["stores"]["A5"] = "7"
    assert told(opened, tmp_path) == {
        ("edit_past", "D5"),
        ("edit_not_number", "E5"),
        ("edit_not_whole", "F5"),
        ("edit_not_whole", "H5"),
        ("edit_empty", "I5"),
        ("edit_locked", "I6"),
        ("edit_total", "G5"),
        ("edit_total", "C7"),
        ("edit_follows", "D6"),
        ("edit_follows", "F6"),
        ("edit_total", "E5"),
        ("edit_unknown_id", "A5"),
        ("edit_id_missing", ""),
    }


def test_lost_sheets_rows_columns_and_another_plan_are_told(book, tmp_path):
    opened, sheets = book()
    del opened[book.names["coverage"]]
    sheets["expense"].delete_rows(6)
    sheets["stores"]["F4"] = "?"
    sheets["sales"].delete_rows(4)
    sheets["about"]["B3"] = "2026-1"
    assert {code for code, _ in told(opened, tmp_path)} == {
        "edit_no_sheet",
        "edit_id_missing",
        "edit_no_month",
        "edit_no_header",
        "edit_other_plan",
    }


def test_an_id_that_stands_twice_is_told(book, tmp_path):
    opened, sheets = book()
    sheets["expense"]["A6"] = "007"
    assert told(opened, tmp_path) == {("edit_id_twice", "A6"), ("edit_id_missing", "")}


def test_rows_may_be_sorted_and_remarks_written_beside(book, tmp_path):
    opened, sheets = book()
    expense = sheets["expense"]
    first, second = ([cell.value for cell in expense[row]] for row in (5, 6))
    for at, (one, other) in enumerate(zip(first, second), start=1):
        if not str(one).startswith("="):
            expense.cell(5, at).value, expense.cell(6, at).value = other, one
    expense["Z6"] = "ask again"
    expense["B9"] = "a remark beneath"
    assert saved(opened, tmp_path).empty


def test_a_file_that_is_no_workbook_is_told(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK nothing")
    for name, code in (("a.xlsx", "bad_file"), ("b.xlsx", "no_file")):
        with pytest.raises(SchemaError) as error:
            read_edits(tmp_path / name, PLAN)
        assert [fault.code for fault in error.value.faults] == [code]


def test_edits_are_taken_by_the_check_as_locks_and_kept_by_the_next_plan(book, tmp_path, small_city, put):
    opened, sheets = book()
    sheets["expense"]["E5"] = 250
    edits = saved(opened, tmp_path)
    folder = put({"city.toml": small_city()["city.toml"].partition("\n[tables")[0]})
    add_table(folder, {}, "locks", edits[["territory_id", "period", "metric", "value"]], {"source": "planner"})
    city, faults = check_city(folder)
    assert [fault.code for fault in faults if fault.level == "error"] == []
    annual = pd.Series([2400, 3600], pd.Index(["007", "8"], name="territory_id"))
    again = breakdown(annual, year=2027, month_weights=EVEN, plan_id="2027-2", metric="expense", locks=city["locks"])
    row = again[(again["territory_id"] == "007") & (again["period"] == "2027-02")]
    assert row[["value", "locked"]].values.tolist() == [[250, True]]
    assert again.loc[(again["territory_id"] == "007") & (again["period_type"] == "year"), "value"].tolist() == [2400]


@settings(max_examples=15)
@given(st.dictionaries(st.sampled_from("EFHIJLMNPQR"), st.integers(0, 10**15), max_size=4))
def test_what_is_written_into_cells_comes_back_and_nothing_else(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("law") / "targets.xlsx"
    files.write_xlsx(path, target_workbook(PLAN, city="x", lang="en", currency="CNY"))
    opened = openpyxl.load_workbook(path)
    for letter, value in changes.items():
        opened["Expense"][f"{letter}5"] = value
    opened.save(path)
    expected = {f"Expense!{letter}5": value for letter, value in changes.items() if value != 200}
    edits = read_edits(path, PLAN)
    assert dict(zip(edits["cell"], edits["value"].astype("int64"))) == expected
