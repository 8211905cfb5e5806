import tomllib

import geopandas
import pandas as pd
import pytest
import shapely

from expansion_kit.cities import add_unconfirmed, check_city, load_city
from expansion_kit.schemas import SchemaError

STORES = pd.DataFrame({"店": ["一店", "二店"], "牌": ["茶", "茶"], "x": [121.41, 121.43], "y": [31.21, 31.22]})
COLUMNS = {"店": ("name", "alike"), "牌": ("brand", "alike"), "x": ("lon", "known"), "y": ("lat", "known")}
STATED = {"source": ("test", ""), "datum": ("gcj02", "AMap")}


def confirm(folder):
    toml = folder / "city.toml"
    toml.write_text(toml.read_text("utf-8").replace("confirmed = false", "confirmed = true"), "utf-8")


def test_a_proposal_is_refused_with_one_sentence_until_it_is_confirmed(tmp_path):
    add_unconfirmed(tmp_path, {"name": "A"}, "stores", STORES, STATED, COLUMNS)
    city, faults = check_city(tmp_path)
    assert city is None and [(fault.code, fault.level) for fault in faults] == [("unconfirmed", "error")]
    assert faults[0].line == 3
    for lang in ("en", "zh"):
        assert "confirmed = true" in faults[0].sentence(lang) and "stores.csv" in faults[0].sentence(lang)
    confirm(tmp_path)
    city = load_city(tmp_path)
    assert city["stores"]["name"].tolist() == ["一店", "二店"] and city["stores"]["brand"].tolist() == ["茶", "茶"]
    assert (city["stores"]["lon"] < 121.407).tolist()[0]  # GCJ-02 lies 460 m east of WGS-84 there


def test_every_header_stands_with_its_column_and_reason(tmp_path):
    columns = COLUMNS | {"牌": ("", "not read")}
    add_unconfirmed(tmp_path, {"name": "A"}, "stores", STORES, STATED | {"as_of": ("", "no date")}, columns)
    text = (tmp_path / "city.toml").read_text("utf-8")
    stated = tomllib.loads(text)["tables"]["stores"]
    assert stated["columns"] == {"店": "name", "牌": "", "x": "lon", "y": "lat"} and stated["datum"] == "gcj02"
    assert '"牌" = ""  # not read' in text and '# as_of = ""  # no date' in text


@pytest.mark.parametrize(
    "hostile", ['"\n[tables.x]', "a\r\nname = 1", "\x00\x7f\u2028", "=1+1", "# x", "", "\\", "'''"]
)
def test_headers_and_reasons_of_strangers_stay_headers_and_reasons(tmp_path, hostile):
    frame = STORES.assign(**{hostile or "empty": "1"})
    columns = COLUMNS | {hostile or "empty": ("", f"e.g. {hostile}")}
    add_unconfirmed(tmp_path, {"name": "A"}, "stores", frame, STATED, columns)
    there = tomllib.loads((tmp_path / "city.toml").read_text("utf-8"))
    assert set(there) == {"name", "tables"} and set(there["tables"]) == {"stores"}
    assert set(there["tables"]["stores"]["columns"]) == set(columns)


def test_a_city_that_is_there_keeps_what_it_has(put, small_city):
    files = small_city()
    folder = put(files)
    with pytest.raises(FileExistsError, match=r"stores\.csv"):
        add_unconfirmed(folder, {}, "stores", STORES, STATED, COLUMNS)
    listings = STORES.rename(columns={"店": "address"}).drop(columns="牌")
    columns = {"address": ("address", "known"), "x": ("lon", ""), "y": ("lat", "")}
    add_unconfirmed(folder, {"name": "other"}, "listings", listings, STATED, columns)
    text = (folder / "city.toml").read_text("utf-8")
    assert text.startswith(files["city.toml"].rstrip("\n")) and tomllib.loads(text)["name"] == "小城"
    confirm(folder)
    assert len(load_city(folder)["listings"]) == 2


def test_a_setting_at_fault_writes_nothing(tmp_path):
    with pytest.raises(SchemaError):
        add_unconfirmed(tmp_path / "a", {"name": "A"}, "stores", STORES, {"datum": ("mars", "")}, COLUMNS)
    with pytest.raises(SchemaError):
        add_unconfirmed(tmp_path / "a", {"name": "A", "country": "China"}, "stores", STORES, STATED, COLUMNS)
    assert not (tmp_path / "a").exists()


def test_shapes_are_kept_as_geojson(tmp_path):
    frame = pd.DataFrame({"街": ["甲"], "geometry": [shapely.box(121.4, 31.2, 121.5, 31.3)]})
    columns = {"街": ("zone_id", "alike"), "geometry": ("geometry", "known")}
    path = add_unconfirmed(tmp_path, {"name": "A"}, "zones", frame, {"datum": ("wgs84", "")}, columns)
    assert path.name == "zones.geojson" and len(geopandas.read_file(path)) == 1
    confirm(tmp_path)
    assert load_city(tmp_path)["zones"].index.tolist() == ["甲"]
