"""Broken files that come back from people: targets, proposals, forms, follow-ups, contacts; and the command itself."""

import datetime
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from expansion_kit import files, load_city
from expansion_kit.cities import add_updates, log_contacts
from expansion_kit.prospects.follow_up import follow_ups
from expansion_kit.report.follow_ups import follow_up_workbook
from expansion_kit.report.target_workbook import target_workbook
from expansion_kit.schemas import SchemaError
from expansion_kit.sources.follow_up_edits import read_edits, read_rows
from expansion_kit.sources.handed_back import import_proposals, import_targets
from expansion_kit.sources.tables import import_table
from expansion_kit.targets.breakdown.periods import breakdown, wide
from expansion_kit.words import say

ROOT = Path(__file__).parent.parent
BAD = ROOT / "tests" / "bad_inputs"
ABOUT = 'name = "x"\nlanguage = "{lang}"\ndatum = "wgs84"\n\n[tables.prospects]\nfile = "prospects.csv"\nsource = "s"\n'
PROSPECTS = "prospect_id,stage,name\nC1,enquiry,王小明\nC2,visit,李四\n"
PLAN = breakdown(pd.Series([36_500, 73_000], pd.Index(["007", "8"], name="territory_id")), year=2027, plan_id="2027-a")
TODAY = datetime.date(2026, 11, 20)
HEADER = "territory_id,period,metric,value,owner\n"


@pytest.fixture
def city(put):
    folder = put({"city.toml": ABOUT.format(lang="en"), "prospects.csv": PROSPECTS})
    files.write_csv(folder / "output" / "targets.csv", PLAN, index=False)
    return folder


def _state(folder):
    """Every file but the lock, which stays and is empty."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def _refused(folder, call, *says):
    """The call is refused in our words, with each of these in them, and the folder stays as it is."""
    before = _state(folder)
    with pytest.raises(ValueError) as error:
        call()
    text = str(error.value)
    assert _state(folder) == before
    for fragment in says:
        assert fragment in text, text


def _targets(path, change):
    files.write_xlsx(path, target_workbook(PLAN, city="x", lang="en", currency="CNY"))
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def _write(cell, value):
    def change(book):
        book["Sales"][cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    {
        "text": (_write("E5", "many"), ["Sales!E5", "'many' is not a number"]),
        "error cell": (_write("E5", "#REF!"), ["Sales!E5", "#REF!"]),
        "negative": (_write("E5", -5), ["Sales!E5", "-5"]),
        "fraction": (_write("E5", 2500.5), ["Sales!E5", "2500.5"]),
        "infinite": (_write("E5", "1e999"), ["Sales!E5", "1e999"]),
        "emptied": (_write("E5", None), ["Sales!E5 was emptied"]),
        "id lost its zeros": (_write("A5", "7"), ["'7' is not in the plan", "007 is not 7"]),
        "a month that Excel renamed": (_write("E4", "Feb-27"), ["no column for 2027-02"]),
        "a row taken out": (lambda book: book["Sales"].delete_rows(5), ["no row for id '007'"]),
        "a sheet taken out": (lambda book: book.remove(book["Sales"]), ["sheet 'Sales' is missing"]),
    }.values(),
)
def test_a_workbook_of_targets_that_is_broken_changes_nothing(city, tmp_path, change, says):
    path = _targets(tmp_path / "targets.xlsx", change)
    _refused(city, lambda: import_targets(path, city), *says)


def _wide(change):
    return change(wide(PLAN).to_csv(index=False))


@pytest.mark.parametrize(
    ("data", "says"),
    {
        "months that Excel renamed": (_wide(lambda t: t.replace(",2027-02,", ",Feb-27,")), ["'Feb-27' is no period"]),
        "plan of another run": (_wide(lambda t: t.replace("2027-a", "2027-b")), ["2027-b", "2027-a"]),
        "text for a number": (_wide(lambda t: t.replace("36500", "36500元左右", 1)), ["36500元左右"]),
        "no table at all": ("<html>", ["no rows", "missing"]),
        "nothing": ("", ["missing"]),
    }.values(),
)
def test_a_table_of_targets_that_is_broken_changes_nothing(city, tmp_path, data, says):
    path = tmp_path / "targets_wide.csv"
    path.write_text(data, "utf-8")
    _refused(city, lambda: import_targets(path, city), says[-1])


def test_a_plan_of_two_runs_is_no_plan_to_compare_with(city, tmp_path):
    both = pd.concat([PLAN, PLAN.assign(plan_id="2027-b")])
    files.write_csv(city / "output" / "targets.csv", both, index=False)
    path = _targets(tmp_path / "targets.xlsx", _write("E5", 2500))
    _refused(city, lambda: import_targets(path, city), "targets.csv holds no plan")


def _zip(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


GOOD = HEADER + "007,2027-01,sales,90,Lin\n"


@pytest.mark.parametrize(
    ("members", "says"),
    {
        "nothing": ({}, [".xlsx, .csv"]),
        "only pictures": ({"a.png": b"x"}, [".xlsx, .csv"]),
        "a zip in a zip": ({"a.zip": b"PK"}, [".xlsx, .csv"]),
        "a bomb": ({"a.csv": bytes(60_000_000)}, ["too large", "60 MB, unpacked"]),
        "a workbook that is none": ({"a.xlsx": b"PK\3\4torn"}, ["a.xlsx", "cannot be read"]),
        "text for a number": ({"a.csv": HEADER + "007,2027-01,sales,many,Lin\n"}, ["a.csv", "'many'", "line 2"]),
        "percent of an amount": ({"a.csv": HEADER + "007,2027-01,sales,8%,Lin\n"}, ["'8%'"]),
        "a metric nobody knows": ({"a.csv": HEADER + "007,2027-01,joy,8,Lin\n"}, ["'joy'"]),
        "a name without an ending": ({"x/.csv": GOOD}, [".csv", "format is not read"]),
    }.values(),
)
def test_a_broken_archive_of_proposals_changes_nothing(city, tmp_path, members, says):
    path = _zip(tmp_path / "back.zip", members)
    _refused(city, lambda: import_proposals([path], city), *says)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"not a zip", b"PK\3\4" + bytes(40)])
def test_what_is_called_a_zip_and_is_none_is_told(city, tmp_path, data):
    path = tmp_path / "back.zip"
    path.write_bytes(data)
    _refused(city, lambda: import_proposals([path], city), "back.zip", "cannot be read")


def test_an_archive_with_a_password_and_one_that_is_not_there_are_told(city, tmp_path):
    path = _zip(tmp_path / "back.zip", {"a.csv": GOOD})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1  # locked
    path.write_bytes(data)
    _refused(city, lambda: import_proposals([path], city), "back.zip", "cannot be read")
    _refused(city, lambda: import_proposals([tmp_path / "none.zip"], city), "none.zip", "not there")


@pytest.mark.parametrize(
    "name", ["../../up.csv", "/etc/x.csv", "..\\up.csv", "CON.csv", "店" * 200 + ".csv", "a\nb.csv"]
)
def test_names_in_an_archive_lead_nowhere(city, tmp_path, name):
    outside = _state(tmp_path)
    path = _zip(tmp_path / "back.zip", {name: GOOD})
    taken, conflicts = import_proposals([path], city)
    assert taken["value"].tolist() == [90] and taken["territory_id"].tolist() == ["007"] and conflicts.empty
    assert set(_state(tmp_path)) - set(outside) == {"back.zip", "edited_proposals.csv"}
    assert load_city(city)["proposals"]["value"].tolist() == [90]


COUNTS = "count_id,place_id,date,hour,minutes_observed,people\n"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("foot_counts.csv", COUNTS + "N1,P1,2027-02-29,8,15,120\n", ["'2027-02-29'", "line 2"]),
        ("foot_counts.csv", COUNTS + "N1,P1,2027-03-05,8,15,-3\n", ["-3"]),
        ("foot_counts.csv", COUNTS + "N1,P1,2027-03-05,8,15,nan\n", ["'nan'"]),
        ("foot_counts.csv", COUNTS + "N1,P1,2027-03-05,8,1500,3\n", ["1500"]),
        ("foot_counts.csv", COUNTS + 'N1,P1,2027-03-05,8,15,"3\n', ["line 2", "quote"]),
        ("form.csv", COUNTS, ["form.csv"]),
        ("form.xlsx", b"PK\3\4", ["form.xlsx", "cannot be read"]),
    ],
)
def test_a_broken_form_changes_nothing(city, tmp_path, name, data, says):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    _refused(city, lambda: add_updates(city, path), *says)


def _follow_ups(path, **cells):
    people = pd.DataFrame(
        {"stage": "enquiry", "name": ["王小明"], "phone": ["1"]}, pd.Index(["C1"], name="prospect_id")
    )
    table = follow_ups(people, None, "2026-11-10")
    files.write_xlsx(path, follow_up_workbook(table, people, city="x", lang="en", as_of="2026-11-10"))
    book = openpyxl.load_workbook(path)
    sheet = book[say("follow.sheet_all", "en")]
    top = next(row for row in sheet.iter_rows() if say("follow.prospect_id", "en") in [cell.value for cell in row])
    at = {cell.value: cell.column for cell in top}
    for field, value in cells.items():
        sheet.cell(top[0].row + 1, at[say(f"follow.{field}", "en")]).value = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"contact_date": "tomorrow", "contact_result": "x"}, ["'tomorrow'"]),
        ({"contact_date": "2026-02-30", "contact_result": "x"}, ["'2026-02-30'"]),
        ({"contact_date": "#VALUE!", "contact_result": "x"}, ["#VALUE!"]),
        ({"contact_date": "2199-01-01", "contact_result": "x"}, ["in the future"]),
        ({"contact_date": "2026-11-01", "contact_next": "2026-10-01"}, ["lies before"]),
        ({"contact_result": "x"}, ["not the date"]),
        ({"prospect_id": "C9", "contact_date": "2026-11-01"}, ["'C9'", "prospects"]),
        ({"prospect_id": None, "contact_date": "2026-11-01"}, ["no prospect"]),
    ],
)
def test_follow_ups_filled_in_wrongly_log_nothing(city, tmp_path, cells, says):
    path = _follow_ups(tmp_path / "follow_ups.xlsx", **cells)
    _refused(city, lambda: log_contacts(city, read_edits(path).drop(columns="cell"), today=TODAY), *says)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", ["no rows"]),
        (b"prospect_id,date\n", ["no rows"]),
        (b"prospect_id,date\nC1\n", ["line 2", "(2)"]),
        (b'prospect_id,date,note\nC1,2026-11-01,"open\nC2,2026-11-02,x\n', ["line 2", "quote"]),
        (b"prospect_id,mood\nC1,good\n", ["mood"]),
        (b"prospect_id,date,date\nC1,2026-11-01,2026-11-02\n", ["date"]),
        (b"PK\3\4" + bytes(30), ["workbook"]),
        ("prospect_id,note\nC1,店\n".encode("gb18030") + "C2,寄资料寄资料\n".encode() + b"\xff\xff\n", ["not"]),
        ("客户编号,日期\nC1,二月\n".encode("gb18030"), ["'二月'"]),
        (b"prospect_id,date\nC1,2026-11-31\n", ["'2026-11-31'"]),
        ("prospect_id,date\nC1\u200b9,2026-11-01\n".encode(), ["'C19'"]),
    ],
)
def test_contacts_that_are_no_table_log_nothing(city, data, says):
    _refused(city, lambda: log_contacts(city, read_rows(data), today=TODAY), *says)


@pytest.mark.parametrize(
    ("file", "table", "says"),
    [
        ("encodings_mixed.csv", "stores", ["line 4"]),
        ("quote_unclosed.csv", "stores", ["line 2"]),
        ("formulas_never_computed.xlsx", "stores", ["D2"]),
        ("time_zones_mixed.csv", "sensor_counts", ["+08:00"]),
        ("zones_say_metres_but_are_degrees.geojson", "zones", ["EPSG:3857"]),
        ("torn.parquet", "stores", ["cannot be read"]),
    ],
)
def test_an_import_of_a_bad_file_makes_no_city(tmp_path, file, table, says):
    with pytest.raises(SchemaError) as error:
        import_table(BAD / file, tmp_path / "new", table=table, about={"name": "x", "datum": "wgs84"})
    assert all(fragment in str(error.value) for fragment in says), str(error.value)
    assert not (tmp_path / "new").exists()


def _command(*words):
    def small():
        resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))

    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    line = [sys.executable, "-m", "expansion_kit", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, env=environment, preexec_fn=small)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="no limit of memory on this system")
@pytest.mark.parametrize(
    ("file", "table", "say"),
    [
        ("laughs_in_xlsx.xlsx", "stores", "无法读取"),
        ("geopackage_torn.gpkg", "zones", "无法读取"),
        ("bomb", "stores", "解压"),
    ],
)
def test_the_command_tells_it_in_the_citys_language_within_two_gigabytes(put, tmp_path, file, table, say):
    name = "stores.xlsx" if file == "bomb" else file
    about = f'name = "x"\nlanguage = "zh"\ndatum = "wgs84"\n[tables.{table}]\nfile = "{name}"\nsource = "s"\n'
    folder = put({"city.toml": about})
    if file == "bomb":
        _zip(folder / name, {"xl/worksheets/sheet1.xml": bytes(500_000_000)})
    else:
        (folder / name).write_bytes((BAD / file).read_bytes())
    done = _command("check", folder)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("错误：1 项") and say in done.stderr and "Traceback" not in done.stderr
