import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import geopandas
import openpyxl
import pandas as pd
import pytest

from expansion_kit.results import RESULTS, open_results, staging
from expansion_kit.results.handing_in import NothingToMake

KNOWN = pd.DataFrame(
    [["zones", "population", "register", "2025-03", "measured"], ["zones", "income", "guess", "2025", "assumed"]],
    columns=["table", "column", "source", "as_of", "method"],
)
ZONES = pd.DataFrame({"population": [100, 200]}, index=pd.Index(["007", "8"], name="zone_id"))
DENSITY = {"column": "density", "source": "population by area", "as_of": "2025-03", "method": "estimated"}


@pytest.fixture(autouse=True)
def few_files_of_two_notebooks(monkeypatch):
    owned = {name: RESULTS[1][name] for name in ("zone_measures.csv", "market_report.html")}
    monkeypatch.setitem(RESULTS, 1, owned)
    monkeypatch.setitem(RESULTS, 3, {"site_scores.csv": RESULTS[3]["site_scores.csv"]})


def make_city(folder, *tables, language="en", name="Testville"):
    return SimpleNamespace(
        folder=Path(folder),
        name=name,
        language=language,
        tables={table: ZONES for table in tables},
        streams={},
        counts={table: len(ZONES) for table in tables},
        inputs={f"{table}.csv": hashlib.sha256(table.encode()).hexdigest() for table in tables},
        provenance=KNOWN,
        faults=(),
    )


def hand_in_zones(city, **options):
    handed = open_results(city, notebook=1, **options)
    if handed.can("zone_measures.csv"):
        handed.write("zone_measures.csv", ZONES, provenance=[DENSITY])
    if handed.can("market_report.html"):
        handed.write("market_report.html", "<p>two zones</p>")
    handed.close()
    return handed


def hand_in_sites(city, **options):
    handed = open_results(city, notebook=3, **options)
    if handed.can("site_scores.csv"):
        handed.write("site_scores.csv", ZONES.rename_axis("site_id"))
    handed.close()
    return handed


def record(folder):
    return json.loads((folder / "run.json").read_text("utf-8"))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- one notebook


def test_a_notebook_hands_in_its_files_and_the_record_says_what_they_are(tmp_path):
    handed = hand_in_zones(make_city(tmp_path, "zones"), seed=7, options={"spend": 20})
    output = tmp_path / "output"
    assert sorted(contents(output)) == ["market_report.html", "provenance.csv", "run.json", "zone_measures.csv"]
    assert (output / "zone_measures.csv").read_text("utf-8-sig") == "zone_id,population\n007,100\n8,200\n"
    written = record(output)
    assert written["city"] == "Testville" and written["left_out"] == {}
    digest = hashlib.sha256((output / "zone_measures.csv").read_bytes()).hexdigest()
    assert written["files"]["zone_measures.csv"] == {"notebook": 1, "rows": 2, "sha256": digest}
    assert set(written["files"]["market_report.html"]) == {"notebook", "sha256"}
    entry = written["notebooks"]["1"]
    assert entry["parameters"] == {"lang": "en", "seed": 7, "options": {"spend": 20.0}}
    assert entry["inputs"] == {"zones.csv": hashlib.sha256(b"zones").hexdigest()} and entry["counts"] == {"zones": 2}
    assert entry["versions"]["pandas"] == pd.__version__
    assert entry["provenance"] == [{"table": "zone_measures.csv"} | DENSITY]
    assert handed.summary() == "zone_measures.csv written, rows: 2\nmarket_report.html written"


def test_provenance_is_the_citys_and_the_notebooks(tmp_path):
    hand_in_zones(make_city(tmp_path, "zones"))
    again = pd.read_csv(tmp_path / "output" / "provenance.csv", dtype=str)
    assert list(again.columns) == ["table", "column", "source", "as_of", "method"]
    assert again["column"].tolist() == ["population", "income", "density"]
    assert again["as_of"].tolist() == ["2025-03", "2025", "2025-03"]


def test_a_file_that_lacks_its_table_is_left_out_with_a_sentence(tmp_path):
    city = make_city(tmp_path, "stores", language="zh")
    handed = hand_in_zones(city)
    reason = "城市资料中没有片区"
    left_out = {"notebook": 1, "reason": reason}
    assert record(tmp_path / "output")["left_out"] == {"zone_measures.csv": left_out, "market_report.html": left_out}
    assert handed.summary() == f"未生成 zone_measures.csv：{reason}\n未生成 market_report.html：{reason}"
    assert "the city lacks zones" in hand_in_zones(city, lang="en").summary()


def test_any_one_of_alternative_tables_will_do_and_all_that_are_missing_are_named(tmp_path, monkeypatch):
    for tables, possible in [(("stores",), True), (("sites",), True), (("zones",), False)]:
        assert open_results(make_city(tmp_path, *tables), notebook=2).can("placement_map.html") is possible
    monkeypatch.setitem(RESULTS[2], "placement_map.html", ("zones", ("stores", "sites")))
    handed = open_results(make_city(tmp_path), notebook=2)
    assert not handed.can("placement_map.html")
    assert handed.summary() == ("placement_map.html not made: the city lacks zones and stores or candidate sites")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_table_that_a_result_needs_has_a_name_for_readers(tmp_path, language):
    for notebook, owned in RESULTS.items():
        handed = open_results(make_city(tmp_path, language=language), notebook=notebook)
        assert not any(handed.can(name) for name in owned)
        assert len(handed.summary().splitlines()) == len(owned)


def test_a_map_table_is_written_as_geojson(tmp_path):
    handed = open_results(make_city(tmp_path, "stores"), notebook=2)
    points = geopandas.GeoDataFrame(ZONES, geometry=geopandas.points_from_xy([1, 2], [3, 4]), crs=4326)
    handed.write("placement_map.geojson", points)
    for name in set(RESULTS[2]) - {"placement_map.geojson"}:
        handed.leave_out(name, "no browser")
    handed.close()
    assert record(tmp_path / "output")["files"]["placement_map.geojson"]["rows"] == 2
    assert record(tmp_path / "output")["left_out"]["placement_map.html"]["reason"] == "no browser"


def test_what_a_reader_must_know_stays_in_the_record_once(tmp_path):
    handed = open_results(make_city(tmp_path, "zones"), notebook=1)
    assert [handed.note(text) for text in ("two zones", "no income", "two zones")] == [
        "two zones",
        "no income",
        "two zones",
    ]
    for name in RESULTS[1]:
        handed.leave_out(name, "none")
    handed.close()
    assert record(tmp_path / "output")["notebooks"]["1"]["notes"] == ["two zones", "no income"]


def test_writing_and_leaving_out_the_same_file_leaves_the_last_word(tmp_path):
    handed = open_results(make_city(tmp_path, "sites"), notebook=3)
    handed.leave_out("site_scores.csv", "first thought")
    handed.write("site_scores.csv", ZONES, provenance=[DENSITY])
    assert handed.summary() == "site_scores.csv written, rows: 2"
    handed.leave_out("site_scores.csv", "second thought")
    assert handed.summary() == "site_scores.csv not made: second thought"
    handed.close()
    assert sorted(contents(tmp_path / "output")) == ["provenance.csv", "run.json"]
    assert record(tmp_path / "output")["notebooks"]["3"]["provenance"] == []


def test_what_a_notebook_does_not_own_or_forgets_is_refused(tmp_path):
    city = make_city(tmp_path, "zones", "sites")
    handed = open_results(city, notebook=3)
    for ask in (handed.can, lambda name: handed.write(name, ZONES), lambda name: handed.leave_out(name, "x")):
        with pytest.raises(ValueError, match="notebook 3 writes site_scores.csv, but not 'targets.csv'"):
            ask("targets.csv")
    with pytest.raises(ValueError, match="neither written nor left out: site_scores.csv"):
        handed.close()
    with pytest.raises(ValueError, match="but not unit"):
        handed.write("site_scores.csv", ZONES, provenance=[DENSITY | {"unit": "m"}])
    with pytest.raises(ValueError, match="notebook must be one of"):
        open_results(city, notebook=99)
    with pytest.raises(ValueError, match="'fr'"):
        open_results(city, notebook=3, lang="fr")


def test_a_workbook_and_a_picture_are_written_as_such(tmp_path, monkeypatch):
    monkeypatch.setitem(RESULTS, 3, {"plan.xlsx": ("sites",), "plan.png": ("sites",)})
    handed = open_results(make_city(tmp_path, "sites"), notebook=3)
    handed.write("plan.xlsx", {"方案": ZONES, "依据": pd.DataFrame({"note": ["=1"]})})
    handed.write("plan.png", b"\x89PNG")
    handed.close()
    book = openpyxl.load_workbook(tmp_path / "output" / "plan.xlsx")
    assert book.sheetnames == ["方案", "依据"] and book["方案"]["A2"].value == "007" and book["方案"]["B3"].value == 200
    assert book["依据"]["A2"].value == "'=1"
    assert (tmp_path / "output" / "plan.png").read_bytes() == b"\x89PNG"
    assert set(record(tmp_path / "output")["files"]) == {"plan.xlsx", "plan.png"}


def test_a_notebook_gets_the_options_that_it_knows(tmp_path):
    handed = open_results(make_city(tmp_path, "sales"), notebook=5, options={"growth": 0.1, "paper": "A3"})
    assert handed.options == {"growth": 0.1}


def test_sales_that_are_not_by_month_are_left_out_with_a_sentence(tmp_path):
    city = make_city(tmp_path, "sales")
    city.faults = (SimpleNamespace(code="no_monthly"),)
    handed = open_results(city, notebook=5)
    assert not any(handed.can(name) for name in RESULTS[5])
    assert "by month or day are needed" in handed.summary()


def test_a_notebook_that_can_make_nothing_says_why_and_ends(tmp_path):
    city = make_city(tmp_path, "sales")
    handed = open_results(city, notebook=6)
    handed.write("tracking.csv", pd.DataFrame({"a": [1]}))
    with pytest.raises(NothingToMake, match="too young"):
        handed.stop("too young")
    assert not (tmp_path / "output" / "tracking.csv").exists()
    assert set(record(tmp_path / "output")["left_out"]) == set(RESULTS[6])


# --- several notebooks, several times


def test_the_record_holds_all_notebooks_whose_files_are_there(tmp_path):
    city = make_city(tmp_path, "zones", "sites")
    hand_in_zones(city)
    hand_in_sites(city, seed=1)
    both = record(tmp_path / "output")
    assert sorted(both["files"]) == ["market_report.html", "site_scores.csv", "zone_measures.csv"]
    assert sorted(both["notebooks"]) == ["1", "3"]
    (tmp_path / "output" / "site_scores.csv").unlink()
    hand_in_zones(city)
    assert sorted(record(tmp_path / "output")["notebooks"]) == ["1"]


def test_a_stale_file_goes_when_its_table_goes(tmp_path):
    hand_in_zones(make_city(tmp_path, "zones", "sites"))
    hand_in_sites(make_city(tmp_path, "zones", "sites"))
    hand_in_sites(make_city(tmp_path, "zones"))
    output = tmp_path / "output"
    assert not (output / "site_scores.csv").exists() and (output / "zone_measures.csv").exists()
    assert list(record(output)["left_out"]) == ["site_scores.csv"]
    assert sorted(record(output)["notebooks"]) == ["1", "3"]


def test_results_of_another_city_do_not_stay(tmp_path):
    hand_in_zones(make_city(tmp_path, "zones"))
    hand_in_sites(make_city(tmp_path, "sites", name="Elsewhere"))
    assert sorted(contents(tmp_path / "output")) == ["provenance.csv", "run.json", "site_scores.csv"]
    assert sorted(record(tmp_path / "output")["notebooks"]) == ["3"]


def test_the_same_input_gives_the_same_bytes_without_times_and_paths(tmp_path):
    found = []
    for place in ("one", "two"):
        city = make_city(tmp_path / place, "zones", "sites")
        hand_in_zones(city)
        hand_in_sites(city)
        found.append(contents(tmp_path / place / "output"))
    assert found[0] == found[1]
    text = found[0]["run.json"].decode()
    assert str(tmp_path) not in text and not re.search(r"\d\d:\d\d|/|\\\\", text)


@pytest.mark.parametrize("torn", ["", "{", "[]"])
def test_a_torn_record_is_written_anew(tmp_path, torn):
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "run.json").write_text(torn)
    hand_in_zones(make_city(tmp_path, "zones"))
    assert sorted(record(tmp_path / "output")["notebooks"]) == ["1"]


def test_a_notebook_in_a_run_of_some_finds_the_results_of_the_others(tmp_path):
    city = make_city(tmp_path, "zones", "sites")
    hand_in_zones(city, output=tmp_path / "out")
    with staging(tmp_path / "out", keep=True) as stage:
        hand_in_sites(city, output=stage)
    assert set(record(tmp_path / "out")["files"]) == {"zone_measures.csv", "market_report.html", "site_scores.csv"}


# --- files of others


@pytest.mark.parametrize("name", ["site_scores.csv", "provenance.csv"])
def test_files_of_others_that_are_called_as_ours_are_neither_removed_nor_written_over(tmp_path, name):
    city = make_city(tmp_path / "city", "sites")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("not ours")
    for lang, sentence in (("en", "'mine' holds other files"), ("zh", "“mine”里有其他文件")):
        with pytest.raises(FileExistsError, match=f"{sentence}.*{name}"):
            open_results(city, notebook=3, output=tmp_path / "mine", lang=lang)
    assert {path: text.decode() for path, text in contents(tmp_path / "mine").items()} == {name: "not ours"}


def test_files_of_others_with_names_of_their_own_stay_beside_the_results(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    hand_in_sites(make_city(tmp_path / "city", "sites"), output=tmp_path)
    hand_in_sites(make_city(tmp_path / "city"), output=tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine" and not (tmp_path / "site_scores.csv").exists()


def test_files_that_a_stopped_notebook_left_are_ours(tmp_path):
    city = make_city(tmp_path, "zones")
    open_results(city, notebook=1).write("zone_measures.csv", ZONES)
    open_results(city, notebook=1)
    assert list(contents(tmp_path / "output")) == ["run.json"]
    hand_in_zones(city)
    assert sorted(record(tmp_path / "output")["files"]) == ["market_report.html", "zone_measures.csv"]
