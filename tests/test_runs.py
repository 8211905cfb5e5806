"""Runs as a user starts them: results of a whole city, kept, replaced at once, and left alone when a run fails."""

import hashlib
import json
import random
import re
import shutil
import signal
import time

import openpyxl
import pandas as pd
import pytest

from expansion_kit import runs
from expansion_kit.cities import write_city
from expansion_kit.report.documents import pdf
from expansion_kit.results import PROVENANCE, RECORD, RESULTS
from expansion_kit.words import say

pytestmark = pytest.mark.slow

NOISY = """
import os
from expansion_kit.cities import load_city
from expansion_kit.results import open_results
os.write(2, b"Traceback of the kernel")
results = open_results(load_city(city), notebook=2, output=output, lang=lang, seed=seed, options=options)
results.note("the map is old")
results.stop("no reason")
"""

LACKING = {"prospects", "mall_units", "stores_before", "budgets", "pings"}
MADE = {name for owned in RESULTS.values() for name, needs in owned.items() if not LACKING & set(needs)}
MADE -= {"click_to_place.html"}  # every row has coordinates
MAP = MADE & set(RESULTS[2])
if pdf("<p>page</p>") is None:  # the PDF needs Pango on the system
    MADE -= {"market_report.pdf"}


def folder_bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def record(folder):
    """What `run.json` says; an exception where it does not fit the files that lie beside it."""
    said = json.loads((folder / RECORD).read_text("utf-8"))
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in said["files"]}
    assert digests == {name: entry["sha256"] for name, entry in said["files"].items()}, "torn or mixed"
    assert {path.name for path in folder.iterdir()} == {*digests, RECORD, PROVENANCE}
    return said


def only(files, names):
    return {name: files[name] for name in names}


@pytest.fixture(scope="module")
def city(few, tmp_path_factory):
    """A Chinese city of 46 zones without prospects."""
    tables = {name: table for name, table in few.items() if name != "prospects"}
    about = {"name": "双江", "country": "CN", "currency": "CNY", "language": "zh", "own_brand": "澜山茶事"}
    about |= {"datum": "wgs84", "made": True}
    origin = {"source": "虚构数据", "as_of": "2026-10-31", "method": "simulated"}
    folder = tmp_path_factory.mktemp("cities") / "shuangjiang"
    return write_city(folder, about, tables, dict.fromkeys(tables, origin), lang="zh")


@pytest.fixture(scope="module")
def full(city, command):
    """The first run of the city, with all notebooks: what it said, and the folder of its results."""
    return command("run", city), city / "output"


@pytest.fixture
def again(city, full, tmp_path):
    """A copy of the city with the results of its first run, for one test to run again."""
    return shutil.copytree(city, tmp_path / city.name)


@pytest.fixture(scope="module")
def english(city, full, command, tmp_path_factory):
    """One command for two cities, the first one at fault: what it said, and the results of the second."""
    place = tmp_path_factory.mktemp("two")
    faulty, sound = place / "faulty", shutil.copytree(city, place / city.name)
    shutil.copytree(city, faulty, ignore=shutil.ignore_patterns("output"))
    sales = (faulty / "sales.csv").read_text("utf-8-sig").splitlines()
    (faulty / "sales.csv").write_text("\n".join([*sales, sales[-1].rsplit(",", 1)[0] + ",很多"]), "utf-8")
    return command("run", faulty, sound, "--only", 1, "--only", 2, "--lang", "en"), sound / "output", faulty


def test_a_run_makes_exactly_what_the_city_has_the_tables_for(full):
    done, output = full
    assert done.returncode == 0, done.stderr
    assert {path.name for path in output.iterdir()} == MADE | {RECORD, PROVENANCE}
    said = record(output)
    assert said["left_out"]["prospect_scores.csv"] == {"notebook": 4, "reason": "城市资料中没有意向客户"}
    assert set(said["left_out"]) | MADE >= {name for owned in RESULTS.values() for name in owned} - {
        "market_report.pdf"
    }
    assert "prospect_scores.csv" in done.stdout and "城市资料中没有意向客户" in done.stdout
    assert all(name in done.stdout for name in MADE)
    assert said["files"]["zone_measures.csv"]["rows"] == 46
    assert "Traceback" not in done.stderr and "[6/6]" in done.stderr
    assert sorted(path.name for path in output.parent.glob(".*")) == [".output.lock"]


def test_files_that_are_not_made_for_one_reason_are_told_in_one_line(full):
    done, output = full
    lines = done.stdout.splitlines()
    wanted = {}
    for name, entry in record(output)["left_out"].items():
        wanted.setdefault(entry["reason"], set()).add(name)
    begin = lines.index("  未生成的文件（按原因）：") + 1
    told = dict(line.strip().rsplit("：", 1) for line in lines[begin : begin + len(wanted)])
    assert {reason: set(files.split("、")) for reason, files in told.items()} == wanted
    assert len(wanted) < sum(map(len, wanted.values())) / 2


def test_the_record_holds_no_time_and_no_absolute_path(full):
    _, output = full
    text = (output / RECORD).read_text("utf-8")
    assert str(output.parent.parent) not in text and str(runs.bundled("notebooks")) not in text
    assert not re.search(r'"/|\d\d:\d\d:\d\d', text)
    assert {entry["parameters"]["lang"] for entry in record(output)["notebooks"].values()} == {"zh"}


def test_the_same_input_and_seed_give_the_same_bytes_wherever_they_are_written(city, full, command, tmp_path):
    _, output = full
    done = command("run", city, "--only", 2, "--only", 3, "--output", tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr
    names = MAP | set(RESULTS[3])
    assert {path.name for path in (tmp_path / "elsewhere").iterdir()} == names | {RECORD, PROVENANCE}
    assert only(folder_bytes(tmp_path / "elsewhere"), names) == only(folder_bytes(output), names)
    here, there = record(output), record(tmp_path / "elsewhere")
    assert there["notebooks"] == only(here["notebooks"], ["2", "3"])


def test_of_two_cities_the_second_runs_although_the_first_is_at_fault(english):
    done, output, faulty = english
    assert done.returncode == 1
    assert "sales" in done.stderr and "很多" in done.stderr and "Traceback" not in done.stderr
    assert not (faulty / "output").exists()
    assert "双江" in done.stdout and record(output)


def test_both_cities_stand_in_the_summary_and_in_the_comparison(english):
    done, output, faulty = english
    summary = done.stdout[done.stdout.index("Summary: 1 done, 1 failed, 0 not run") :]
    assert "双江 (shuangjiang)  done" in summary and "双江 (faulty)" in summary and "sales" in summary
    book = openpyxl.load_workbook(faulty.parent / "city_comparison.xlsx")
    rows = [[cell.value for cell in row] for row in book["City comparison"].iter_rows()]
    head = next(row for row in rows if row[0] == "City")
    zones = pd.read_csv(output / "zone_measures.csv", encoding="utf-8-sig")
    told = dict(zip(head, next(row for row in rows if row[0] == "双江 (shuangjiang)")))
    assert told["Residents (people)"] == zones["population"].sum()
    assert told["Own stores (stores)"] == zones["own_stores"].sum()
    scores = pd.read_csv(output / "site_scores.csv", encoding="utf-8-sig").set_index("rank")
    assert told["Score of the best site (0–100)"] == scores.at[1, "score"]
    targets = pd.read_csv(output / "targets.csv", encoding="utf-8-sig")
    year = targets.query("level == 'network' and metric == 'sales' and tier == 'base' and period_type == 'year'")
    assert [told["Sales target of the plan year (CNY/year)"]] == year["value"].to_list()


def test_only_some_notebooks_replace_their_files_and_leave_the_others(full, english):
    earlier, later = folder_bytes(full[1]), folder_bytes(english[1])
    replaced = MAP | set(RESULTS[1])
    kept = MADE - replaced
    assert only(later, kept) == only(earlier, kept)
    assert all(later[name] != earlier[name] for name in ("market_report.html", "placement_map.html"))
    said, before = record(english[1]), record(full[1])
    assert set(said["files"]) == MADE and set(said["notebooks"]) == set(before["notebooks"])
    assert only(said["notebooks"], ["3", "5"]) == only(before["notebooks"], ["3", "5"])
    told = (english[1] / PROVENANCE).read_text("utf-8-sig")
    assert {"site_scores.csv", "targets.csv", "zone_measures.csv"} <= set(re.findall(r"^([a-z_]+\.csv),", told, re.M))


def test_a_chinese_city_has_english_pages_for_who_asks(full, english):
    for name in ("market_report.html", "placement_map.html"):
        chinese, page = ((folder / name).read_text("utf-8") for folder in (full[1], english[1]))
        assert '<html lang="zh' in chinese and '<html lang="en' in page
        assert say("map.legend" if "map" in name else "report.key_figures", "en") in page
        assert say("map.legend" if "map" in name else "report.key_figures", "zh") not in page
    assert {record(english[1])["notebooks"][number]["parameters"]["lang"] for number in "12"} == {"en"}


def test_a_notebook_that_stops_leaves_the_earlier_results(again, command):
    """The map before it was already drawn anew, in English, when the notebook of targets stops."""
    earlier = folder_bytes(again / "output")
    done = command("run", again, "--only", 2, "--only", 5, "--lang", "en", "--set", "rule=nonsense")
    assert done.returncode == 1
    assert "5_sales_targets" in done.stderr and "nonsense" in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""
    assert folder_bytes(again / "output") == earlier
    assert sorted(path.name for path in again.glob(".*")) == [".output.lock"]


def test_an_option_or_a_notebook_that_does_not_exist_is_told(again, command):
    earlier = folder_bytes(again / "output")
    for words in (["--only", 9], ["--set", "rule"]):
        done = command("run", again, *words)
        assert done.returncode == 1 and done.stderr.strip() and "Traceback" not in done.stderr
    assert command("run", again, "--lang", "fr").returncode == 2
    assert folder_bytes(again / "output") == earlier


def wait_for_stage(folder, process):
    """Until a run has begun to write, or is over."""
    for _ in range(1000):
        if list(folder.glob(".output.staging-*")) or process.poll() is not None:
            return
        time.sleep(0.02)


@pytest.mark.parametrize("stage", [False, True], ids=["at any moment", "while it writes"])
def test_a_run_that_is_killed_leaves_the_earlier_results_and_the_next_one_works(again, english, command, stage):
    """A real run of one notebook, killed at a random moment; `benchmarks/kill_runs.py` does it again and again."""
    earlier, drawn = folder_bytes(again / "output"), only(folder_bytes(english[1]), MAP)
    words = ["run", again, "--only", 2, "--lang", "en"]
    moment = random.SystemRandom().uniform(0, 4)
    process = command(*words, wait=False)
    if stage:
        wait_for_stage(again, process)
        with pytest.raises(BlockingIOError):  # one run of a city at a time
            runs.run_city(again, only=[2])
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = folder_bytes(again / "output")
    assert left == earlier or only(left, MAP) == drawn, f"killed after {moment:.2f} s"
    record(again / "output")
    done = command(*words)
    assert done.returncode == 0, done.stderr
    later = folder_bytes(again / "output")
    assert only(later, MAP) == drawn, f"killed after {moment:.2f} s"
    assert only(later, MADE - MAP) == only(earlier, MADE - MAP)
    record(again / "output")
    assert sorted(path.name for path in again.glob(".*")) == [".output.lock"]


def test_the_bundled_folders_are_there():
    assert (runs.bundled("data") / "demo_city" / "city.toml").is_file()
    assert list(runs.notebooks()) == sorted(RESULTS)


def test_a_run_without_the_notebook_packages_says_what_to_install(city, full, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "papermill", None)
    earlier = folder_bytes(full[1])
    with pytest.raises(ValueError, match=re.escape(say("run.no_notebooks", "zh"))):
        runs.run_city(city, only=[2])
    assert folder_bytes(full[1]) == earlier


@pytest.fixture
def one_cell(city, tmp_path, monkeypatch, capfd):
    """Runs the city with one notebook of one cell in place of ours: what the reader's screen shows after it."""

    def run(code):
        import nbformat

        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata=kernel)
        path = tmp_path / "2_one.ipynb"
        nbformat.write(book, path)
        monkeypatch.setattr(runs, "notebooks", lambda: {2: path})
        try:
            runs.run_city(city, only=[2], output=tmp_path / "output", lang="en")
        finally:
            shown.append(capfd.readouterr())

    shown = []
    return run, shown


def test_what_the_kernel_writes_of_itself_is_not_shown_to_the_reader(one_cell):
    run, shown = one_cell
    run(NOISY)
    assert "2_one" in shown[0].err and "Traceback" not in shown[0].err
    assert "note (notebook 2): the map is old" in shown[0].out


def test_a_kernel_that_dies_is_told_with_its_last_line(one_cell, tmp_path):
    run, _ = one_cell
    with pytest.raises(ValueError, match="ended by itself.*no room left"):
        run("import os; os.write(2, b'no room left\\n'); os._exit(3)")
    assert not (tmp_path / "output").exists()
