import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.cities import add_table, check_city
from expansion_kit.report.proposal_sheets import proposal_sheets
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.proposals import CONFLICTS, read_proposals

OWNERS = pd.Series({"007": "王经理", "8": "王经理", "9": "李经理"}).rename_axis("territory_id")


@pytest.fixture(params=["zh", "en"])
def returned(request, tmp_path):
    """`returned(owner, cells, name)` fills cells of that manager's sheet and gives the path."""
    told = {"year": 2027, "city": "哈尔滨", "lang": request.param, "currency": "CNY"}
    books = proposal_sheets(OWNERS, metrics=("sales", "expense_rate"), **told)

    def fill(owner, cells, name="back.xlsx"):
        path = tmp_path / name
        files.write_xlsx(path, books[owner])
        book = openpyxl.load_workbook(path)
        for cell, value in cells.items():
            book.worksheets[0][cell] = value
            if cell == "G15":
                book.worksheets[0][cell].number_format = "0.0%"
        book.save(path)
        return path

    return fill


def test_what_managers_fill_in_is_one_table_that_the_check_accepts(returned, small_city, put):
    months = {f"G{row}": 1000 * row for row in range(2, 14)}
    one = returned("王经理", months | {"G14": sum(months.values()), "G15": 0.08, "G27": "3.5万"}, "a.xlsx")
    other = returned("李经理", {"G3": 5000}, "b.xlsx")
    proposals, conflicts = read_proposals([one, other], owners=OWNERS)
    assert conflicts.empty and list(conflicts) == list(CONFLICTS)
    rows = {tuple(row) for row in proposals.itertuples(index=False)}
    assert len(rows) == 12 + 1 + 1 + 1 + 1
    assert ("007", "2027-12", "sales", 13_000.0, "王经理") in rows and (
        "9",
        "2027-02",
        "sales",
        5000.0,
        "李经理",
    ) in rows
    assert ("007", "2027-01", "expense_rate", 0.08, "王经理") in rows and (
        "8",
        "2027-01",
        "sales",
        35_000.0,
        "王经理",
    ) in rows
    folder = put({"city.toml": small_city()["city.toml"].partition("\n[tables")[0]})
    add_table(folder, {}, "proposals", proposals, {"source": "managers"})
    city, faults = check_city(folder)
    assert [fault for fault in faults if fault.level == "error"] == []
    assert {tuple(row) for row in city["proposals"].itertuples(index=False)} == rows


def test_a_filled_sheet_is_a_table_of_proposals_as_it_stands(returned, small_city, put):
    path = returned("李经理", {f"G{row}": 1 if row < 15 else 0.5 for row in range(2, 27)})
    about = small_city()["city.toml"].partition("\n[tables")[0]
    for row in range(15, 27):
        book = openpyxl.load_workbook(path)
        book.worksheets[0][f"G{row}"].number_format = "0.00"
        book.save(path)
    about += f'\n[tables.proposals]\nfile = "{path.name}"\nsource = "managers"\n'
    city, faults = check_city(put({"city.toml": about, path.name: path.read_bytes()}))
    assert [fault for fault in faults if fault.level == "error"] == [] and len(city["proposals"]) == 25


def test_every_conflict_is_named_and_none_is_decided(returned):
    months = {f"G{row}": 1000 for row in range(2, 14)}
    one = returned("王经理", months | {"G14": 12_001, "G27": 10}, "a.xlsx")
    other = returned("李经理", {"G2": 5000, "A3": "8", "D3": "2027-01", "G3": 20, "G4": 7}, "b.xlsx")
    proposals, conflicts = read_proposals([one, other, other], owners=OWNERS)
    assert proposals.empty
    found = conflicts.groupby("conflict")[["territory_id", "period"]].apply(lambda of: set(map(tuple, of.to_numpy())))
    assert found["two_owners"] == {("8", "2027-01")}
    assert found["not_own"] == {("8", "2027-01")}
    assert found["twice"] == {("9", "2027-01"), ("9", "2027-03")}
    assert found["sum"] == {("007", "2027")} | {("007", f"2027-{month:02}") for month in range(1, 13)}
    of_sum = conflicts[(conflicts["conflict"] == "sum") & (conflicts["period"] == "2027")].iloc[0]
    assert "12,001" in of_sum["reason"] and "12,000" in of_sum["reason"]
    assert (of_sum["file"], of_sum["line"]) == ("a.xlsx", 14)


def test_some_months_may_stay_below_the_year_but_not_above_it(returned):
    proposals, conflicts = read_proposals([returned("王经理", {"G2": 400, "G14": 1000})])
    assert len(proposals) == 2 and conflicts.empty
    proposals, conflicts = read_proposals([returned("王经理", {"G2": 1400, "G14": 1000})])
    assert proposals.empty and conflicts["period"].tolist() == ["2027", "2027-01"]


def test_an_empty_sheet_proposes_nothing_and_a_wrong_cell_is_told_with_its_line(returned):
    proposals, conflicts = read_proposals([returned("李经理", {})])
    assert proposals.empty and conflicts.empty
    bad = [returned("李经理", {"G5": "about 5"}, "a.xlsx"), returned("王经理", {"G2": "8%"}, "b.xlsx")]
    with pytest.raises(SchemaError) as error:
        read_proposals(bad)
    assert [(fault.code, fault.file, fault.line) for fault in error.value.faults] == [
        ("not_number", "a.xlsx", 5),
        ("not_number", "b.xlsx", 2),
    ]
