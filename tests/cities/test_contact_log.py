import datetime
import importlib.util
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from expansion_kit.cities import check_city, load_city, log_contacts, new_city
from expansion_kit.schemas import SchemaError

ROOT = Path(__file__).parent.parent.parent
TODAY = datetime.date(2026, 11, 20)
CALL = {"prospect_id": "C1", "date": "2026-11-01", "channel": "微信", "note": "已寄资料", "next_date": "2026-11-09"}


@pytest.fixture
def city(put, small_city):
    """`city(contacts, name)` makes a small city with this file of contacts (text or bytes), or without."""

    def make(contacts=None, file="contacts.csv", **stated):
        files = small_city("zh")
        if contacts is not None:
            lines = "".join(f"{name} = {value}\n" for name, value in stated.items())
            files["city.toml"] += f'\n[tables.contacts]\nfile = "{file}"\nsource = "x"\n{lines}'
            files[file] = contacts
        return put(files)

    return make


HEADER = "沟通编号,客户编号,日期,渠道,内容,下一步,下次日期\n"
OLD = HEADER + "H0008,C1,2026-10-01,电话,第一次,寄资料,2026-10-05\nH0010,C2,2026-10-02,,,,\n"


def table(folder):
    loaded, faults = check_city(folder)
    assert loaded is not None, [fault.sentence("en") for fault in faults]
    return loaded["contacts"]


def test_a_contact_comes_to_the_end_and_nothing_before_it_changes(city):
    folder = city(OLD)
    told = log_contacts(folder, [CALL], today=TODAY)
    assert told.index.tolist() == ["H0011"] and told["new"].tolist() == [True] and told.attrs["file"] == "contacts.csv"
    text = (folder / "contacts.csv").read_text("utf-8")
    assert text == OLD + "H0011,C1,2026-11-01,微信,已寄资料,,2026-11-09\n"
    assert table(folder).loc["H0011", "note"] == "已寄资料"


def test_the_same_contact_again_adds_nothing_and_another_does(city):
    folder = city(OLD)
    log_contacts(folder, [CALL, CALL], today=TODAY)
    before = (folder / "contacts.csv").read_bytes()
    told = log_contacts(folder, [CALL | {"date": "2026年11月1日"}], today=TODAY)
    assert (
        told.index.tolist() == ["H0011"] and not told["new"].any() and (folder / "contacts.csv").read_bytes() == before
    )
    told = log_contacts(folder, pd.DataFrame([CALL, CALL | {"note": "又谈"}]), today=TODAY)
    assert told["new"].tolist() == [False, True] and len(table(folder)) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_file_keeps_its_encoding_line_ends_and_headers(city, encoding, end):
    old = "下次日期;客戶;備註;日期;內容\n2026-10-05;C1;;2026-10-01;第一次\n".replace("\n", end)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    stated = {"columns": '{ "客戶" = "prospect_id", "內容" = "note" }'}
    if encoding == "big5":
        stated["encoding"] = '"big5"'
    folder = city((mark + old).encode(encoding), **stated)
    log_contacts(
        folder, [{k: v for k, v in CALL.items() if k != "channel"} | {"note": "=一；\n「二」; 三"}], today=TODAY
    )
    data = (folder / "contacts.csv").read_bytes()
    assert data.startswith((mark + old).encode(encoding))
    added = data[len((mark + old).encode(encoding)) :].decode(
        "utf-16-le" if encoding == "utf-16" else encoding.replace("-sig", "")
    )
    assert added == f'2026-11-09;C1;;2026-11-01;"\'=一；\n「二」; 三"{end}'
    assert table(folder)["note"].tolist() == ["第一次", "=一；\n「二」; 三"]


def test_what_the_file_cannot_hold_is_refused_and_nothing_is_written(city):
    folder = city("客户编号,日期,内容\nC1,2026-10-01,前\n".encode("gb2312"), encoding='"gb2312"')
    before = (folder / "contacts.csv").read_bytes()
    with pytest.raises(ValueError, match="渠道"):
        log_contacts(folder, [CALL], today=TODAY)
    with pytest.raises(ValueError, match="gb2312.*☎"):
        log_contacts(folder, [{"prospect_id": "C1", "date": "2026-11-01", "note": "打☎"}], today=TODAY)
    assert (folder / "contacts.csv").read_bytes() == before


def test_wrong_rows_are_told_together_and_nothing_is_written(city):
    folder = city(OLD)
    wrong = [
        {"date": "2026-11-31"},
        {"date": "2026-11-21", "next_date": ""},
        {"next_date": "2026-10-31"},
        {"prospect_id": ""},
        {"date": ""},
    ]
    with pytest.raises(SchemaError) as error:
        log_contacts(folder, [CALL | row for row in wrong], today=TODAY)
    codes = {(fault.code, fault.line) for fault in error.value.faults}
    assert codes == {
        ("not_day", 1),
        ("log_future", 2),
        ("log_next_before", 3),
        ("missing_value", 4),
        ("missing_value", 5),
    }
    with pytest.raises(SchemaError, match="C9"):
        log_contacts(folder, [CALL, CALL | {"prospect_id": "C9"}], today=TODAY)
    with pytest.raises(ValueError, match="mood"):
        log_contacts(folder, [CALL | {"mood": "good"}], today=TODAY)
    assert (folder / "contacts.csv").read_text("utf-8") == OLD


def test_a_row_without_a_date_is_of_today(city):
    told = log_contacts(city(OLD), [{"prospect_id": "C1", "note": "x"}], today=TODAY)
    assert told["date"].dt.date.tolist() == [TODAY]


def test_a_torn_last_line_is_put_aside_and_told(city):
    folder = city(OLD + "H0011,C1,2026-1")
    told = log_contacts(folder, [CALL], today=TODAY)
    assert told.attrs["torn"] == "H0011,C1,2026-1" and told.index.tolist() == ["H0011"]
    assert (folder / "contacts.csv.torn").read_text("utf-8") == "H0011,C1,2026-1\n"
    assert len(table(folder)) == 3


def test_a_last_line_without_its_end_is_whole(city):
    folder = city(OLD.rstrip("\n"))
    told = log_contacts(folder, [CALL], today=TODAY)
    assert told.attrs["torn"] == "" and (folder / "contacts.csv").read_text("utf-8").startswith(OLD)
    assert not (folder / "contacts.csv.torn").exists() and len(table(folder)) == 3


def test_a_city_without_contacts_gets_a_log(city):
    folder = city()
    told = log_contacts(folder, [CALL], today=TODAY)
    assert told.index.tolist() == ["L0001"] and told.attrs["file"] == "contacts_log.csv"
    log_contacts(folder, [CALL | {"note": "又谈"}], today=TODAY)
    assert table(folder).index.tolist() == ["L0001", "L0002"]


def test_a_log_that_was_not_named_before_the_writer_died_is_taken_up(city):
    folder = city()
    about = (folder / "city.toml").read_bytes()
    log_contacts(folder, [CALL], today=TODAY)
    (folder / "city.toml").write_bytes(about)
    told = log_contacts(folder, [CALL, CALL | {"note": "又谈"}], today=TODAY)
    assert told["new"].tolist() == [False, True] and table(folder).index.tolist() == ["L0001", "L0002"]


def test_a_workbook_stays_as_it_is_and_the_log_stands_beside_it(tmp_path):
    folder = tmp_path / "city"
    book = new_city(folder, lang="zh")
    filled = openpyxl.load_workbook(book)
    for title, row in (
        ("意向客户", {"客户编号": "C1", "加盟阶段": "咨询"}),
        ("沟通记录", {"沟通编号": "H1", "客户编号": "C1", "日期": "2026-10-01"}),
    ):
        names = [cell.value for cell in filled[title][1]]
        filled[title].append([row.get(name) for name in names])
    filled.save(book)
    before = book.read_bytes()
    log_contacts(folder, [CALL], today=TODAY)
    assert book.read_bytes() == before and load_city(folder)["contacts"].index.tolist() == ["H1", "L0001"]


def test_a_header_alone_takes_its_first_contact(city):
    folder = city(HEADER)
    assert log_contacts(folder, [CALL], today=TODAY).index.tolist() == ["L0001"] and len(table(folder)) == 1


def test_a_file_without_ids_grows_without_them(city):
    folder = city("客户编号,日期,渠道,内容,下次日期\nC1,2026-10-01,,前,\n")
    log_contacts(folder, [CALL], today=TODAY)
    assert table(folder).index.tolist() == ["contacts-1", "contacts-2"]


def test_killed_writers_lose_and_double_nothing(tmp_path):
    """A small part of benchmarks/log_kill.py."""
    spec = importlib.util.spec_from_file_location("log_kill", ROOT / "benchmarks" / "log_kill.py")
    log_kill = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(log_kill)
    log_kill.make(tmp_path)
    line = [sys.executable, "-c", _KILLS.format(folder=str(tmp_path), benchmarks=str(ROOT / "benchmarks"))]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    log_kill.check(tmp_path, 15)
    assert int(done.stdout) >= 1


_KILLS = """
import sys; sys.path.insert(0, {benchmarks!r})
from pathlib import Path
import log_kill
print(log_kill.kill_again_and_again(Path({folder!r}), 15, 5, 0.3, at_most=6)[0])
"""
