import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from expansion_kit.results import replacing, staging

ROOT = Path(__file__).parent.parent.parent
A_RUN = ("provenance.csv", "run.json", "zone_measures.csv")


def write(stage, *names):
    for name in names:
        (stage / name).write_text(f"{name} of a run")


def run(output, *names):
    with staging(output) as stage:
        write(stage, *names)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=["exchange", "two renames"])
def each_way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(replacing, "_exchange", lambda one, other: False)


def test_a_run_takes_the_place_of_the_one_before(tmp_path, each_way):
    run(tmp_path / "out", *A_RUN)
    assert sorted(contents(tmp_path / "out")) == list(A_RUN)
    run(tmp_path / "out", "provenance.csv", "run.json")
    assert sorted(contents(tmp_path / "out")) == ["provenance.csv", "run.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


def test_a_run_that_fails_leaves_the_one_before(tmp_path):
    run(tmp_path / "out", *A_RUN)
    before = contents(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt), staging(tmp_path / "out") as stage:
        (stage / "zone_measures.csv").write_text("of another run")
        raise KeyboardInterrupt
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


def test_a_run_of_some_notebooks_keeps_the_others_results(tmp_path, each_way):
    run(tmp_path / "out", *A_RUN)
    with staging(tmp_path / "out", keep=True) as stage:
        write(stage, "site_scores.csv")
    assert set(contents(tmp_path / "out")) == {*A_RUN, "site_scores.csv"}
    run(tmp_path / "out", *A_RUN)
    assert "site_scores.csv" not in contents(tmp_path / "out")


def test_files_of_others_are_carried_over_and_half_written_ones_are_not(tmp_path, each_way):
    run(tmp_path / "out", *A_RUN)
    (tmp_path / "out" / "my notes").mkdir()
    (tmp_path / "out" / "my notes" / "run.json").write_text("mine")
    (tmp_path / "out" / ".0123456789abcdef.tmp").write_text("half")
    run(tmp_path / "out", *A_RUN)
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
    run(tmp_path / "out", *A_RUN)
    assert (tmp_path / "out").is_symlink() and "run.json" in contents(tmp_path / "disk" / "out")


def test_what_a_killed_run_left_is_put_right(tmp_path):
    run(tmp_path / "out", *A_RUN)
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
    assert replacing._exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one" / "other").exists() and (tmp_path / "other" / "one").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
def test_a_run_killed_at_any_step_leaves_results_of_one_run():
    command = [sys.executable, ROOT / "benchmarks" / "kill_runs.py", "--kills", "5", "--steps"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    kills = [int(count) for count in re.findall(r"kills (\d+)", done.stdout)]
    assert len(kills) == 2 and min(kills) > 40
