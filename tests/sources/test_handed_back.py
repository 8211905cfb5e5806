import zipfile

import openpyxl
import pandas as pd
import pytest

from expansion_kit import files, load_city
from expansion_kit.report.proposal_sheets import proposal_sheets
from expansion_kit.report.target_workbook import target_workbook
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.handed_back import import_proposals, import_targets
from expansion_kit.targets.breakdown.periods import breakdown, wide

ABOUT = 'name = "x"\nlanguage = "en"\n\n[tables.proposals]\nfile = "proposals.csv"\nsource = "s"\n'
PROPOSALS = (
    "territory_id,period,metric,value,owner\n"
    "007,2027-01,sales,90,Lin\n8,2027-01,sales,70,Wu\n007,2027-Q2,sales,300,Lin\n"
)
OWNERS = pd.Series({"007": "Lin", "8": "Zhao"}).rename_axis("territory_id")
PLAN = breakdown(pd.Series([36_500, 73_000], OWNERS.index), year=2027, plan_id="2027-a")


@pytest.fixture
def city(put):
    folder = put({"city.toml": ABOUT, "proposals.csv": PROPOSALS})
    files.write_csv(folder / "output" / "targets.csv", PLAN, index=False)
    return folder


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def workbook(tmp_path, cells):
    path = tmp_path / "targets.xlsx"
    files.write_xlsx(path, target_workbook(PLAN, city="x", lang="en", currency="CNY"))
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book["Sales"][cell] = value
    book.save(path)
    return path


def test_changed_figures_of_workbook_and_table_are_locks_of_the_city(city, tmp_path):
    told = import_targets(workbook(tmp_path, {"E5": 2500}), city, who="Lin")
    assert told[["territory_id", "period", "value", "state"]].values.tolist() == [["007", "2027-02", 2500, "new"]]
    before = state(city)
    assert import_targets(tmp_path / "targets.xlsx", city, who="Lin")["state"].tolist() == ["same"]
    assert state(city) == before
    table = wide(PLAN)
    table.loc[table["territory_id"] == "8", "2027-02"] += 1
    files.write_csv(tmp_path / "targets_wide.csv", table, index=False)
    assert import_targets(tmp_path / "targets_wide.csv", city)["state"].tolist() == ["new"]
    locks = load_city(city)["locks"]
    assert locks["territory_id"].tolist() == ["007", "8"] and locks["value"].tolist() == [2500, 73_000 / 365 * 28 + 1]


def test_nothing_is_written_for_a_file_that_nobody_changed_or_that_is_wrong(city, tmp_path):
    before = state(city)
    assert import_targets(workbook(tmp_path, {}), city).empty and state(city) == before
    with pytest.raises(SchemaError, match="not a number"):
        import_targets(workbook(tmp_path, {"E5": "many", "F5": 7}), city)
    assert state(city) == before
    with pytest.raises(SchemaError, match="other.csv holds no plan"):
        import_targets(workbook(tmp_path, {}), city, plan=tmp_path / "other.csv")


def filled(tmp_path, cells):
    """The managers' zip with cells filled in: {manager: {cell: value}}."""
    books = proposal_sheets(OWNERS, year=2027, city="x", lang="en", currency="CNY")
    with zipfile.ZipFile(tmp_path / "back.zip", "w") as archive:
        for owner, sheets in books.items():
            files.write_xlsx(tmp_path / "one.xlsx", sheets)
            book = openpyxl.load_workbook(tmp_path / "one.xlsx")
            for cell, value in cells.get(owner, {}).items():
                book.worksheets[0][cell] = value
            book.save(tmp_path / "one.xlsx")
            archive.write(tmp_path / "one.xlsx", f"folder/{owner}.xlsx")
    return tmp_path / "back.zip"


def test_a_managers_new_figure_replaces_the_own_earlier_one_and_conflicts_are_named_and_left_out(city, tmp_path):
    """G2 is January, G5 to G7 the second quarter; the quarter of 300 and January of territory 8 are there already."""
    back = filled(tmp_path, {"Lin": {"G2": 95, "G3": 80, "G5": 200, "G6": 50, "G7": 60}, "Zhao": {"G2": 71, "G3": 72}})
    taken, conflicts = import_proposals([back], city)
    found = taken[["territory_id", "period", "value", "state"]].values.tolist()
    assert found == [["007", "2027-01", 95, "changed"], ["007", "2027-02", 80, "new"], ["8", "2027-02", 72, "new"]]
    left_out = conflicts[["conflict", "territory_id", "period", "value", "file"]].values.tolist()
    assert ["two_owners", "8", "2027-01", 71, "Zhao.xlsx"] in left_out
    assert {tuple(row[:3]) for row in left_out} == {
        ("two_owners", "8", "2027-01"),
        *(("sum", "007", f"2027-0{month}") for month in (4, 5, 6)),
    }
    now = {tuple(row) for row in load_city(city)["proposals"].itertuples(index=False)}
    assert ("8", "2027-01", "sales", 70.0, "Wu") in now and ("007", "2027-01", "sales", 95.0, "Lin") in now
    before = state(city)
    assert set(import_proposals([back], city)[0]["state"]) == {"same"} and state(city) == before


def test_empty_sheets_are_no_proposals(city, tmp_path):
    before = state(city)
    taken, conflicts = import_proposals([filled(tmp_path, {})], city)
    assert taken.empty and conflicts.empty and state(city) == before


def test_a_broken_archive_is_told(city, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(SchemaError, match=r"a\.zip"):
        import_proposals([tmp_path / "a.zip"], city)
