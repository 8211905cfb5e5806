import tomllib

import openpyxl
import pandas as pd
import pytest

from expansion_kit import load_city
from expansion_kit.cities import add_rows, add_updates, check_city
from expansion_kit.schemas import ERROR, SchemaError

STORES = "store_id,brand,name,lon,lat,address,floor_area_sqm\nA1,Tea,One,121.41,31.21,,50\nA2,Rice,Two,,,2 High St,\n"
ABOUT = """name = "x"
country = "CN"
language = "{lang}"
datum = "wgs84"

[tables.stores]   # of the head office
file = "stores.csv"
source = "s"
"""
COUNTS = "count_id,place_id,date,hour,minutes_observed,people\nC1,A1,2027-03-05,{hour},15,{people}\nC2,A1,,,,\n"


def folder_of(put, lang="en"):
    return put({"city.toml": ABOUT.format(lang=lang), "stores.csv": STORES})


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_report_counts_each_row_of_a_file_once(put, tmp_path):
    folder = folder_of(put)
    text = "store_id,brand,address,floor_area_sqm\nA1,Tea,x,64\nA2,Rice,2 High St,\nA9,Soup,5 Rd,30\nA10,,,\n"
    told = add_updates(folder, written(tmp_path, "s_stores.csv", text))
    assert told.to_dict("index") == {"stores": {"read": 4, "new": 1, "changed": 1, "same": 1, "left_out": 1}}
    told = add_updates(folder, written(tmp_path, "foot_counts.csv", COUNTS.format(hour=8, people=120)))
    assert told.to_dict("index") == {"foot_counts": {"read": 2, "new": 1, "changed": 0, "same": 0, "left_out": 1}}
    assert told.attrs["replaced"] is False


@pytest.mark.parametrize("hour", ["18点半", "24", "25:00", "-1", "18:30"])
def test_a_faulty_form_is_refused_with_every_fault_and_changes_nothing(put, tmp_path, hour):
    folder = folder_of(put)
    before = state(folder)
    with pytest.raises(SchemaError) as refused:
        add_updates(folder, written(tmp_path, "r1_foot_counts.csv", COUNTS.format(hour=hour, people="many")))
    assert str(refused.value).startswith("r1_foot_counts.csv was not imported and nothing was changed")
    wrong = {(fault.file, fault.column) for fault in refused.value.faults if fault.level == ERROR}
    assert wrong == {("r1_foot_counts.csv", "hour"), ("r1_foot_counts.csv", "people")}
    assert state(folder) == before
    add_updates(folder, written(tmp_path, "r2_foot_counts.csv", COUNTS.format(hour=18, people=120)))
    assert load_city(folder)["foot_counts"]["people"].tolist() == [120]


@pytest.mark.parametrize("hour", ["18点", "18：00", "18:00:00", "18时", "18 点", "18"])
def test_hours_as_surveyors_write_them(put, tmp_path, hour):
    folder = folder_of(put)
    add_updates(folder, written(tmp_path, "foot_counts.csv", COUNTS.format(hour=hour, people=120)))
    assert load_city(folder)["foot_counts"]["hour"].tolist() == [18]


def test_the_same_name_replaces_its_earlier_version_and_keeps_what_was_said_of_it(put, tmp_path):
    folder = folder_of(put)
    first = "store_id,brand,address\nA1,Tea,wrong street\nA8,Tea,x\n"
    add_updates(folder, written(tmp_path, "s_stores.csv", first), source="walk", as_of="2027-03-05")
    add_updates(folder, written(tmp_path, "t_stores.csv", "store_id,brand,address\nA1,Tea,7 High St\n"))
    toml = (folder / "city.toml").read_text(encoding="utf-8")
    (folder / "city.toml").write_text(
        toml.replace('source = "walk"', 'source = "walk"\ndatum = "gcj02"  # ours'), "utf-8"
    )
    told = add_updates(
        folder, written(tmp_path, "s_stores.csv", "store_id,brand,address,floor_area_sqm\nA1,Tea,x,70\n")
    )
    assert told.attrs["replaced"] is True
    assert told.loc["stores", ["read", "new", "changed", "same"]].tolist() == [1, 0, 1, 0]
    stores = load_city(folder)["stores"]
    assert stores.index.tolist() == ["A1", "A2"]
    assert stores.loc["A1", ["address", "floor_area_sqm"]].tolist() == ["7 High St", 70]
    text = (folder / "city.toml").read_text(encoding="utf-8")
    assert text.startswith(ABOUT.format(lang="en"))
    one, two = tomllib.loads(text)["tables"]["stores"]["updates"]
    assert one == {
        "file": "s_stores.csv",
        "source": "walk",
        "datum": "gcj02",
        "as_of": "2027-03-05",
        "method": "measured",
    }
    assert two["file"] == "t_stores.csv"


def test_counts_that_a_form_brought_are_replaced_too(put, tmp_path):
    folder = folder_of(put)
    for people in (120, 130):
        told = add_updates(folder, written(tmp_path, "foot_counts.csv", COUNTS.format(hour=8, people=people)))
    assert told.attrs["replaced"] is True
    assert load_city(folder)["foot_counts"]["people"].tolist() == [130]


def test_a_workbook_replaces_each_of_its_sheets(put, tmp_path):
    folder = folder_of(put, lang="zh")
    for people in (120, 130):
        book = openpyxl.Workbook()
        book.active.title = "人流计数"
        for row in (
            ["计数编号", "地点编号", "日期", "小时", "观察分钟", "人数"],
            ["C1", "A1", "2027-03-05", "8点", 15, people],
        ):
            book.active.append(row)
        stores = book.create_sheet("门店")
        for row in (["门店编号", "品牌", "面积", "地址"], ["A1", "Tea", people, "路1号"]):
            stores.append(row)
        book.save(tmp_path / "survey.xlsx")
        told = add_updates(folder, tmp_path / "survey.xlsx")
    assert told.index.tolist() == ["foot_counts", "stores"]
    city = load_city(folder)
    assert city["foot_counts"]["people"].tolist() == [130]
    assert city["stores"].loc["A1", "floor_area_sqm"] == 130
    assert (folder / "city.toml").read_text(encoding="utf-8").count("survey.xlsx") == 4  # file and source, twice


def test_a_table_of_the_city_s_own_is_not_replaced_and_what_is_no_table_is_refused(put, tmp_path):
    folder = folder_of(put)
    text = "store_id,brand,address\nA1,Tea,x\n"
    (folder / "old_stores.csv").write_text("store_id\nA5\n", encoding="utf-8")
    before = state(folder)
    for name in ("stores.csv", "old_stores.csv"):
        with pytest.raises(FileExistsError):
            add_updates(folder, written(tmp_path, name, text))
    with pytest.raises(ValueError, match="round.csv holds none of our tables"):
        add_updates(folder, written(tmp_path, "round.csv", text))
    assert state(folder) == before


def test_the_command_takes_a_form_in_and_says_what_it_brought(put, tmp_path, command):
    folder = folder_of(put, lang="zh")
    form = written(tmp_path, "foot_counts.csv", COUNTS.format(hour="18点", people="许多"))
    refused = command("import", "form", form, "--into", folder)
    assert refused.returncode == 1
    assert "未做任何改动" in refused.stderr
    assert "「许多」" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert check_city(folder)[0] is not None
    for people in (120, 130):
        form = written(tmp_path, "foot_counts.csv", COUNTS.format(hour="18点", people=people))
        done = command("import", "form", form, "--into", folder, "--as-of", "2027-03-05")
        assert done.returncode == 0, done.stderr
        assert "读取 2 行，新增 1 行，修改 0 行，无变化 0 行，未填写而略过 1 行" in done.stdout
        assert ("替换旧版本" in done.stdout) == (people == 130)
    assert load_city(folder)["foot_counts"]["hour"].tolist() == [18]


def locks_of(*rows):
    return pd.DataFrame(rows, columns=["territory_id", "period", "metric", "value"])


@pytest.mark.parametrize("own", [True, False], ids=["with a table of its own", "without"])
def test_rows_known_by_what_they_are_about_are_laid_over_the_table(put, own):
    files = {"city.toml": ABOUT.format(lang="zh"), "stores.csv": STORES}
    if own:
        files["city.toml"] += '\n[tables.locks]\nfile = "locks.csv"\nsource = "s"\n'
        files["locks.csv"] = "区域编号,期间,指标,锁定值\n007,2027-02,销售额,5\nT2,2027,开店数,2\n"
    folder = put(files)
    base = {("007", "2027-02", "sales", 5.0), ("T2", "2027", "openings", 2.0)} if own else set()
    first = locks_of(("007", "2027-02", "sales", 8), ("007", "2027-03", "expense", 3))
    assert add_rows(folder, "locks", first, source="a.xlsx").tolist() == ["changed" if own else "new", "new"]
    before = state(folder)
    assert add_rows(folder, "locks", first, source="a.xlsx").tolist() == ["same", "same"] and state(folder) == before
    second = locks_of(("007", "2027-03", "expense", 4), ("7", "2027-02", "sales", 1))
    assert add_rows(folder, "locks", second, source="b.xlsx").tolist() == ["changed", "new"]
    kept = {row for row in base if row[0] == "T2"}
    found = {tuple(row) for row in load_city(folder)["locks"].itertuples(index=False)}
    assert found == kept | {
        ("007", "2027-02", "sales", 8.0),
        ("007", "2027-03", "expense", 4.0),
        ("7", "2027-02", "sales", 1.0),
    }
    assert not own or (folder / "locks.csv").read_bytes() == before["locks.csv"], "the table itself is left alone"


def test_rows_that_the_check_refuses_change_nothing(put):
    folder = folder_of(put)
    before = state(folder)
    with pytest.raises(SchemaError):
        add_rows(folder, "locks", locks_of(("T1", "2027-02", "sales", 0.5)), source="a.xlsx")
    assert state(folder) == before
