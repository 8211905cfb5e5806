"""The table of ratios: a row that a script tells is read back, and no script of the folder is forgotten."""

import ast
import re
import sys
from pathlib import Path

import pytest

from benchmarks import ratios

HERE = Path(ratios.__file__).parent
NAMES = {path.stem for path in HERE.glob("*.py")} - {"ratios"}


def row(capsys, job="work", **given):
    ratios.told(job, **{"peer": "other", "ratio": 3.0, "aim": ">= 2"} | given)
    return dict(zip(ratios.HEADS, ratios.cells(capsys.readouterr().out), strict=True))


def test_a_row_that_is_told_is_read_back(capsys):
    found = row(capsys, "Huff, 100,000 x 2,000", ratio=7.04, aim=">= 6", grows="x 1.98", holds="error 6e-15")
    assert list(found.values()) == ["Huff, 100,000 x 2,000", "other", "7.04", ">= 6", "x 1.98", "error 6e-15", "yes"]


@pytest.mark.parametrize(
    "ratio, aim, right, met",
    [
        (6, ">= 6", True, "yes"),
        (5.99, ">= 6", True, "no"),
        (2, "<= 2", True, "yes"),
        (2.01, "<= 2", True, "no"),
        (900, ">= 6", False, "no"),  # fast and wrong
        (900, "", True, "-"),
        (None, ">= 6", True, "-"),
        (float("nan"), ">= 6", True, "-"),
    ],
)
def test_an_aim_is_reached_on_its_own_side_and_only_by_a_right_result(capsys, ratio, aim, right, met):
    assert row(capsys, ratio=ratio, aim=aim, right=right)["reached"] == met


def test_a_cell_cannot_break_the_row(capsys):
    assert row(capsys, "a | b")["job"] == "a / b"


@pytest.mark.parametrize("line", ["", "| a | b |", "12 | 3", "|---|---|", "plain 7.04 of 6"])
def test_what_else_a_script_prints_is_no_row(line):
    assert ratios.cells(line) is None


def test_cost_as_the_work_doubles():
    assert ratios.doubled(3.0, 6.0) == "x 2.00"
    assert ratios.doubled(1.0, 16.0, 4) == "x 4.00"  # quadratic
    assert ratios.doubled(0.0, 1.0) == ""  # too short for the clock


def test_the_table_is_one_that_markdown_reads():
    head, rule, first = ratios.table([["job", "peer", "7.04", ">= 6", "-", "-", "yes"]]).splitlines()
    assert len({len(head), len(rule), len(first)}) == 1
    assert [cell.strip() for cell in ratios.cells(head)] == list(ratios.HEADS)
    assert re.fullmatch(r"\|( -+ \|)+", rule)


def test_every_script_runs_by_default_or_stands_alone_and_the_manual_names_it(tmp_path):
    assert set(ratios.scripts()) | set(ratios.ALONE) >= NAMES and not set(ratios.scripts()) & set(ratios.ALONE)
    for name in ("ratios", "fuzz", "travel", "huff", "another"):
        (tmp_path / f"{name}.py").touch()
    assert ratios.scripts(tmp_path) == ["huff", "travel", "another"]
    named = set(re.findall(r"^\| `(\w+)\.py", (HERE / "README.md").read_text("utf-8"), re.MULTILINE))
    assert named == NAMES


@pytest.mark.parametrize("name", sorted(NAMES & set(ratios.JOBS)))
def test_every_job_of_the_table_tells_its_row(name):
    calls = [node for node in ast.walk(ast.parse((HERE / f"{name}.py").read_text("utf-8"))) if type(node) is ast.Call]
    assert any(getattr(call.func, "id", "") == "told" for call in calls)


def test_one_command_runs_them_and_says_when_one_fails(tmp_path, monkeypatch, capsys):
    (tmp_path / "good.py").write_text(
        "from benchmarks.ratios import told\nprint('seen')\ntold('a', peer='b', ratio=2.5, aim='>= 2')\n", "utf-8"
    )
    (tmp_path / "torn.py").write_text("raise SystemExit(3)\n", "utf-8")
    monkeypatch.setattr(ratios, "HERE", tmp_path)
    assert ratios.run("good")[:2] == ([["a", "b", "2.50", ">= 2", "-", "-", "yes"]], 0)
    monkeypatch.setattr(ratios, "scripts", lambda: ["torn", "good"])
    monkeypatch.setattr(sys, "argv", ["ratios.py"])
    with pytest.raises(SystemExit, match="failed: torn"):
        ratios.main()
    told = capsys.readouterr().out
    assert "seen" in told and "aims reached: 1 of 1" in told
