"""Several cities in one command, with one small notebook; `test_runs.py` does it with the real ones."""

import os
import signal
import subprocess
import sys

import nbformat
import openpyxl
import pytest

from expansion_kit import many_cities, runs
from expansion_kit.many_cities import COMPARISON, DONE, FAILED, INTERRUPTED, NOT_RUN, Outcome, run_cities, summary
from expansion_kit.results import read_record

pytestmark = pytest.mark.slow

MAKES = """
from pathlib import Path
import pandas as pd
from expansion_kit.cities import load_city
from expansion_kit.report.city_analysis import city_analysis
from expansion_kit.results import RESULTS, open_results
place = load_city(city)
results = open_results(place, notebook=1, output=output, lang=lang, seed=seed, options=options)
people = int(place["zones"]["population"].sum())
figures = pd.DataFrame([{"group": "people", "item": "population", "value": people, "method": "measured"}])
sheets = city_analysis(figures, city=place.name, lang=lang, currency=place.currency)
results.write("city_analysis.xlsx", sheets)
for name in RESULTS[1]:
    if name != "city_analysis.xlsx":
        results.leave_out(name, "short")
results.close()
"""
STOPS = "raise KeyError('no such thing')"
WAITS = "import time; time.sleep(60)"


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Puts one notebook of one cell in place of ours."""

    def write(code):
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata=kernel)
        path = tmp_path / "1_one.ipynb"
        nbformat.write(book, path)
        monkeypatch.setattr(runs, "notebooks", lambda: {1: path})
        return path

    return write


@pytest.fixture
def cities(small_city, put):
    """Three cities: two of one name, and one at fault between them."""
    files, english = small_city("zh"), small_city("en")
    faulty = files | {"city.toml": files["city.toml"].replace("小城", "坏城"), "stores.csv": "store_id\nA1\n"}
    korean = english | {"city.toml": english["city.toml"].replace("CNY", "KRW")}
    return [put(files, "a"), put(faulty, "b"), put(korean, "c")]


def rows(path, sheet):
    table = openpyxl.load_workbook(path)[sheet]
    return [[cell.value for cell in row] for row in table.iter_rows()]


def test_one_that_fails_does_not_stop_the_others_and_all_are_compared(cities, notebook, tmp_path, monkeypatch, capsys):
    notebook(MAKES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("# cities", "utf-8")
    (tmp_path / "parts").mkdir()
    given = [tmp_path / "README.md", tmp_path / "parts", *cities, tmp_path / "a" / "..", tmp_path / "gone", cities[0]]
    told = run_cities(given)
    assert [city.state for city in told] == [DONE, FAILED, DONE, FAILED]
    assert [city.folder.name for city in told] == ["a", "b", "c", "gone"]
    said = capsys.readouterr()
    assert "README.md" in said.err and "parts" in said.err and "Traceback" not in said.err
    assert read_record(cities[0] / "output")["city"] == "小城" and not (cities[1] / "output").exists()
    summed = said.out[said.out.index("汇总") :]
    assert "完成 2 个，失败 2 个，未运行 0 个" in summed
    assert "stores.csv" in said.err and "品牌" in summed.splitlines()[3]
    names = ["小城 (a)", "坏城", "小城 (c)", "gone"]
    lines = summed.splitlines()[2:6]
    assert [line.split("  ")[1] for line in lines] == names
    sheet = rows(tmp_path / COMPARISON, "城市对比")
    head = next(at for at, row in enumerate(sheet) if row[0] == "城市")
    assert [row[0] for row in sheet[head + 1 :]] == names
    people = sheet[head].index("常住人口（人）")
    assert [row[people] for row in sheet[head + 1 :]] == [10_000, "—", 10_000, "—"]
    assert [row[2] for row in sheet[head + 1 :]] == ["元（CNY）", "元（CNY）", "韩元（KRW）", "—"]


def test_each_city_has_a_folder_of_its_own_in_the_one_that_is_given(cities, notebook, tmp_path, small_city, put):
    notebook(MAKES)
    other = tmp_path / "elsewhere"
    other.mkdir()
    twin = put(small_city("en"), "elsewhere/a")
    told = run_cities([cities[0], twin, cities[1]], output=tmp_path / "out", lang="en")
    assert [city.state for city in told] == [DONE, DONE, FAILED]
    made = {path.name for path in (tmp_path / "out").iterdir() if path.name[0] != "."}
    assert made == {f"{tmp_path.name}_a", "elsewhere_a", COMPARISON}
    assert not (cities[0] / "output").exists()


def test_trouble_of_any_kind_is_one_citys_own(cities, notebook, capsys):
    notebook(STOPS)
    told = run_cities([cities[0], cities[2]], lang="en")
    assert [city.state for city in told] == [FAILED, FAILED]
    assert all("KeyError" in city.failure for city in told)
    assert "0 done, 2 failed" in capsys.readouterr().out


def test_a_comparison_that_cannot_be_written_does_not_lose_the_summary(cities, notebook, tmp_path, monkeypatch, capsys):
    notebook(MAKES)

    def open_in_excel(path, sheets):
        raise PermissionError("in use")

    monkeypatch.setattr(many_cities.files, "write_xlsx", open_in_excel)
    run_cities([cities[1], tmp_path / "gone"], lang="en")
    said = capsys.readouterr()
    assert "0 done, 2 failed" in said.out and "in use" in said.err


def test_somebody_elses_workbook_and_wrong_options_are_told_before_the_first_run(cities, tmp_path):
    (tmp_path / COMPARISON).write_bytes(b"theirs")
    with pytest.raises(FileExistsError, match=COMPARISON):
        run_cities(cities)
    assert (tmp_path / COMPARISON).read_bytes() == b"theirs"
    with pytest.raises(ValueError, match="nonsense"):
        run_cities(cities, options={"nonsense": "1"}, output=tmp_path / "out")
    with pytest.raises(ValueError, match="9"):
        run_cities(cities, only=[9], output=tmp_path / "out")
    (tmp_path / "parts").mkdir()
    with pytest.raises(ValueError, match=r"city\.toml"):
        run_cities([tmp_path / "parts", tmp_path / COMPARISON])


def test_a_summary_stands_in_columns_also_with_chinese_names(tmp_path):
    books = {"1": {"counts": {"zones": 46, "stores": 1200}}}
    record = {"files": {"a.csv": {}, "b.csv": {}}, "left_out": {"c.csv": {}}, "notebooks": books}
    done = Outcome(tmp_path, tmp_path, "双江", state=DONE, seconds=31.4, record=record)
    left = [Outcome(tmp_path, tmp_path, "Long name", state=INTERRUPTED, seconds=2), Outcome(tmp_path, tmp_path, "N")]
    first, head, *lines = summary([done, *left], lang="en").splitlines()
    assert first == "Summary: 1 done, 0 failed, 2 not run"
    assert "Failure" not in head
    assert [line.split() for line in lines] == [
        ["双江", "done", "2", "1", "46", "1,200", "—", "—", "—", "31"],
        ["Long", "name", "interrupted", *["—"] * 7, "2"],
        ["N", "not", "run", *["—"] * 7, "—"],
    ]
    assert lines[0].index("2") + 2 == head.index("Files") + len("Files") - 1  # 双江 is two signs and four columns wide


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_with_what_is_done_and_leaves_nothing_behind(cities, notebook, tmp_path):
    path = notebook(MAKES.replace("results = ", f"if place.currency == 'KRW':\n    {WAITS}\nresults = "))
    code = f"""
import pathlib, sys
from expansion_kit import runs
runs.notebooks = lambda: {{1: pathlib.Path({str(path)!r})}}
from expansion_kit.cli import main
main()
"""
    line = [sys.executable, "-c", code, "run", *map(str, [cities[0], cities[2], cities[1]]), "--lang", "en"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    process = subprocess.Popen(line, env=os.environ | {"PYTHONUTF8": "1"}, **streams)
    for told in process.stderr:
        if "(2 of 3)" in told:
            break
    process.stderr.readline()  # the notebook has begun
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 done, 0 failed, 2 not run" in out and "interrupted" in out and "not run" in out
    assert "Traceback" not in err and "Interrupted" in err
    assert (cities[0] / "output" / "run.json").is_file() and not (cities[2] / "output").exists()
    assert not (tmp_path / COMPARISON).exists()
    assert {path.name for path in cities[2].glob(".*")} <= {".output.lock"}


def test_states_have_words_in_the_summary():
    assert {DONE, FAILED, INTERRUPTED, NOT_RUN} == {"done", "failed", "interrupted", "not_run"}
