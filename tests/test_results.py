import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas
import pandas as pd
import pytest

from expansion_kit import results
from expansion_kit.results import RESULTS, open_results, staging

ROOT = Path(__file__).parent.parent
KNOWN = pd.DataFrame(
    [["zones", "population", "register", "2025-03", "measured"], ["zones", "income", "guess", "2025", "assumed"]],
    columns=["table", "column", "source", "as_of", "method"],
)
ZONES = pd.DataFrame({"population": [100, 200]}, index=pd.Index(["007", "8"], name="zone_id"))
DENSITY = {"column": "density", "source": "population by area", "as_of": "2025-03", "method": "estimated"}


@pytest.fixture(autouse=True)
def two_files_of_the_first_notebook(monkeypatch):
    owned = {name: RESULTS[1][name] for name in ("zone_measures.csv", "market_report.html")}
    monkeypatch.setitem(RESULTS, 1, owned)


def make_city(folder, *tables, language="en", name="Testville"):
    return SimpleNamespace(
        folder=Path(folder),
        name=name,
        language=language,
        tables={table: ZONES for table in tables},
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
    assert "the city has no zones" in hand_in_zones(city, lang="en").summary()


def test_any_one_of_alternative_tables_will_do_and_all_that_are_missing_are_named(tmp_path, monkeypatch):
    for tables, possible in [(("stores",), True), (("sites",), True), (("zones",), False)]:
        assert open_results(make_city(tmp_path, *tables), notebook=2).can("placement_map.html") is possible
    monkeypatch.setitem(RESULTS[2], "placement_map.html", ("zones", ("stores", "sites")))
    handed = open_results(make_city(tmp_path), notebook=2)
    assert not handed.can("placement_map.html")
    assert handed.summary() == ("placement_map.html not made: the city has no zones and no stores or candidate sites")


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
    handed.leave_out("placement_map.html", "no browser")
    handed.close()
    assert record(tmp_path / "output")["files"]["placement_map.geojson"]["rows"] == 2
    assert record(tmp_path / "output")["left_out"]["placement_map.html"]["reason"] == "no browser"


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


# --- a whole run


def run(city, output, **options):
    with staging(output, **options) as stage:
        hand_in_zones(city, output=stage)


@pytest.fixture(params=["exchange", "two renames"])
def each_way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(results, "_exchange", lambda one, other: False)


def test_a_run_takes_the_place_of_the_one_before(tmp_path, each_way):
    run(make_city(tmp_path, "zones", "stores"), tmp_path / "out")
    assert "zone_measures.csv" in contents(tmp_path / "out")
    run(make_city(tmp_path, "stores"), tmp_path / "out")
    assert sorted(contents(tmp_path / "out")) == ["provenance.csv", "run.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


def test_a_run_that_fails_leaves_the_one_before(tmp_path):
    city = make_city(tmp_path, "zones")
    run(city, tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt), staging(tmp_path / "out") as stage:
        hand_in_zones(make_city(tmp_path, "stores"), output=stage)
        raise KeyboardInterrupt
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


def test_a_run_of_some_notebooks_keeps_the_others_results(tmp_path, each_way):
    city = make_city(tmp_path, "zones", "sites")
    run(city, tmp_path / "out")
    with staging(tmp_path / "out", keep=True) as stage:
        hand_in_sites(city, output=stage)
    assert {"zone_measures.csv", "site_scores.csv"} <= set(contents(tmp_path / "out"))
    run(city, tmp_path / "out")
    assert "site_scores.csv" not in contents(tmp_path / "out")


def test_files_of_others_are_carried_over_and_half_written_ones_are_not(tmp_path, each_way):
    city = make_city(tmp_path, "zones")
    run(city, tmp_path / "out")
    (tmp_path / "out" / "my notes").mkdir()
    (tmp_path / "out" / "my notes" / "run.json").write_text("mine")
    (tmp_path / "out" / ".0123456789abcdef.tmp").write_text("half")
    run(city, tmp_path / "out")
    assert (tmp_path / "out" / "my notes" / "run.json").read_text() == "mine"
    assert not (tmp_path / "out" / ".0123456789abcdef.tmp").exists()


def test_a_folder_of_others_is_not_written_to(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "论文.docx").write_text("mine")
    with pytest.raises(FileExistsError, match="论文.docx"), staging(tmp_path / "out"):
        pass
    with pytest.raises(FileExistsError, match="请换一个新文件夹"), staging(tmp_path / "out", lang="zh"):
        pass
    assert (tmp_path / "out" / "论文.docx").read_text() == "mine"


@pytest.mark.parametrize("name", ["targets.csv", "provenance.csv"])
def test_files_of_others_that_are_called_as_ours_are_files_of_others(tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("not ours")
    with pytest.raises(FileExistsError, match=name), staging(tmp_path / "out"):
        pytest.fail("never entered")
    assert (tmp_path / "out" / name).read_text() == "not ours"


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    with staging(tmp_path / "out") as stage:
        (stage / "run.json").write_text("{}")
        with pytest.raises(BlockingIOError, match="Another run is writing to 'out'"), staging(tmp_path / "out"):
            pass
        with staging(tmp_path / "elsewhere"):
            pass
    assert (tmp_path / "out" / "run.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a link")
def test_a_linked_folder_stays_a_link(tmp_path, each_way):
    (tmp_path / "disk" / "out").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "out")
    run(make_city(tmp_path, "zones"), tmp_path / "out")
    assert (tmp_path / "out").is_symlink() and "run.json" in contents(tmp_path / "disk" / "out")


def test_what_a_killed_run_left_is_put_right(tmp_path):
    run(make_city(tmp_path, "zones"), tmp_path / "out")
    before = contents(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.previous")
    (tmp_path / ".out.staging-1").mkdir()
    (tmp_path / ".out.staging-1" / "zone_measures.csv").write_text("half a run")
    with pytest.raises(RuntimeError), staging(tmp_path / "out"):
        raise RuntimeError
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


@pytest.mark.skipif(sys.platform != "linux", reason="the exchange of two folders is asked of Linux here")
def test_linux_exchanges_two_folders_in_one_step(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert results._exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one" / "other").exists() and (tmp_path / "other" / "one").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
def test_a_run_killed_at_any_step_leaves_results_of_one_run():
    command = [sys.executable, ROOT / "benchmarks" / "kill_runs.py", "--kills", "5", "--steps"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    kills = [int(count) for count in re.findall(r"kills (\d+)", done.stdout)]
    assert len(kills) == 2 and min(kills) > 40


def test_options_are_checked_all_at_once_before_anything_runs():
    assert results.checked_options({"growth": "0.05", "unit": 100, "rule": "equal"}, "en") == {
        "growth": 0.05,
        "unit": 100,
        "rule": "equal",
    }
    with pytest.raises(ValueError) as told:
        results.checked_options({"grwth": 1, "growth": "5%", "unit": "460亿", "max_ocr": 18, "plan_year": True}, "en")
    message = str(told.value)
    assert message.count("\n") == 4
    for name in ("grwth", "5%", "460亿", "max_ocr", "plan_year"):
        assert name in message
    with pytest.raises(ValueError, match="不写 5"):
        results.checked_options({"growth": 5}, "zh")
    with pytest.raises(ValueError, match="not both"):
        results.checked_options({"growth": 0.1, "total": 5}, "en")


def test_a_notebook_gets_the_options_that_it_knows(tmp_path):
    handed = open_results(make_city(tmp_path, "sales"), notebook=5, options={"growth": 0.1, "spend": 20})
    assert handed.options == {"growth": 0.1}


def test_sales_that_are_not_by_month_are_left_out_with_a_sentence(tmp_path):
    city = make_city(tmp_path, "sales")
    city.faults = (SimpleNamespace(code="no_monthly"),)
    handed = open_results(city, notebook=5)
    assert not any(handed.can(name) for name in RESULTS[5])
    assert "by month or day are needed" in handed.summary()
