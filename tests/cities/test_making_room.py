import tomllib

import openpyxl
import pandas as pd
import pytest

from expansion_kit.cities import add_table, add_unconfirmed, check_city, empty_sheet, load_city, new_city
from expansion_kit.cities.making_room import make_room
from expansion_kit.words import say

STORES = pd.DataFrame({"store_id": ["1"], "brand": ["Tea"], "lon": [121.4], "lat": [31.2]})
SOURCE = {"source": "test", "as_of": "2027", "method": "measured"}
COLUMNS = {"store_id": ("store_id", ""), "brand": ("brand", ""), "lon": ("lon", ""), "lat": ("lat", "")}


def fill(folder, workbook, lang):
    book = openpyxl.load_workbook(workbook)
    page = book[say("table.stores", lang)]
    page.cell(4, 1).value, page.cell(4, 2).value, page.cell(4, 3).value, page.cell(4, 4).value = "9", "Mine", 121, 31
    book.save(workbook)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_empty_sheet_gives_way_to_the_file_and_the_others_stay(tmp_path, lang):
    workbook = new_city(tmp_path, lang=lang)
    before, book = tomllib.loads((tmp_path / "city.toml").read_text("utf-8")), workbook.read_bytes()
    assert empty_sheet(tmp_path, "stores") == {"file": workbook.name, "sheet": say("table.stores", lang)}
    add_table(tmp_path, {"datum": "wgs84"}, "stores", STORES, SOURCE)
    after = tomllib.loads((tmp_path / "city.toml").read_text("utf-8"))
    assert after["tables"].pop("stores") == {"file": "stores.csv", **SOURCE, "datum": "wgs84"}
    del before["tables"]["stores"]
    assert after == before and workbook.read_bytes() == book
    assert load_city(tmp_path)["stores"].index.tolist() == ["1"] and empty_sheet(tmp_path, "stores") is None


def test_an_empty_sheet_gives_way_to_a_proposal(tmp_path):
    new_city(tmp_path, lang="zh")
    add_unconfirmed(tmp_path, {}, "stores", STORES.astype(str), {"source": ("s", "")}, COLUMNS)
    _, faults = check_city(tmp_path)
    assert [fault.code for fault in faults if fault.level == "error"] == ["unconfirmed"]
    assert tomllib.loads((tmp_path / "city.toml").read_text("utf-8"))["tables"]["stores"]["file"] == "stores.csv"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_filled_sheet_is_kept_and_the_way_out_is_told(tmp_path, lang):
    workbook = new_city(tmp_path, lang=lang)
    fill(tmp_path, workbook, lang)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for add in (
        lambda: add_table(tmp_path, {}, "stores", STORES, SOURCE),
        lambda: add_unconfirmed(tmp_path, {}, "stores", STORES, {}, COLUMNS),
    ):
        with pytest.raises(FileExistsError) as told:
            add()
        for word in ("[tables.stores]", workbook.name, say("table.stores", lang), "city.toml"):
            assert word in str(told.value)
        assert "stores.csv" not in str(told.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_no_sheet_of_ours_is_never_cut_out(tmp_path):
    text = 'name = "a"\n[tables.stores]\nfile = "old.csv"\n'
    (tmp_path / "city.toml").write_text(text)
    with pytest.raises(FileExistsError, match=r"\[tables.stores\] \(file old.csv\)"):
        make_room(tmp_path, text, "stores", "stores.csv", "en")
    assert make_room(tmp_path, text, "sites", "sites.csv", "en") == text
    (tmp_path / "sites.csv").write_text("mine")
    with pytest.raises(FileExistsError, match="sites.csv"):
        make_room(tmp_path, text, "sites", "sites.csv", "en")


def test_an_entry_in_another_hand_is_refused_not_broken(tmp_path):
    workbook = new_city(tmp_path, lang="en")
    inline = f'name = "a"\ntables = {{ stores = {{ file = "{workbook.name}", sheet = "stores" }} }}\n'
    (tmp_path / "city.toml").write_text(inline)
    with pytest.raises(FileExistsError, match="tables.stores"):
        make_room(tmp_path, inline, "stores", "stores.csv", "en")
    own = (
        f'name = "a"\n[tables.stores]\nfile = "{workbook.name}"\nsheet = "stores"\n[tables.stores.columns]\nx = "lon"\n'
    )
    own += '[tables.storeroom]\nfile = "b"\n'
    (tmp_path / "city.toml").write_text(own)
    left = make_room(tmp_path, own, "stores", "stores.csv", "en")
    assert tomllib.loads(left) == {"name": "a", "tables": {"storeroom": {"file": "b"}}}
