import csv
import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import files


def test_a_file_grows_and_nothing_in_it_changes(tmp_path):
    path = tmp_path / "log.csv"
    files.append_bytes(path, b"a\n", before=b"")
    files.append_bytes(path, b"b\n", before=b"a\n")
    assert path.read_bytes() == b"a\nb\n" and [p.name for p in tmp_path.iterdir()] == ["log.csv"]


def test_a_file_that_somebody_else_changed_meanwhile_is_left_alone(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b"theirs\n")
    for before in (b"", b"ours\n"):
        with pytest.raises(BlockingIOError, match="log.csv"):
            files.append_bytes(path, b"b\n", before=before)
    assert path.read_bytes() == b"theirs\n"


def test_what_a_killed_writer_left_is_written_over(tmp_path):
    (tmp_path / ".log.csv.new").write_bytes(b"half of it and more than that")
    files.append_bytes(tmp_path / "log.csv", b"a\n", before=b"")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("log.csv", b"a\n")]


def test_a_link_is_followed_and_stays_one(tmp_path):
    (tmp_path / "there.csv").write_bytes(b"a\n")
    (tmp_path / "here.csv").symlink_to(tmp_path / "there.csv")
    files.append_bytes(tmp_path / "here.csv", b"b\n", before=b"a\n")
    assert (tmp_path / "here.csv").is_symlink() and (tmp_path / "there.csv").read_bytes() == b"a\nb\n"


def test_a_lock_is_held_by_one_process_and_freed_when_it_is_killed(tmp_path):
    lock = tmp_path / ".lock"
    code = (
        "import sys, time; from pathlib import Path; from expansion_kit import files\n"
        f"with files.locked(Path({str(lock)!r})):\n    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError, match="busy now"), files.locked(lock, wait=0.05, busy="busy now"):
            pytest.fail("two hold one lock")
        other.kill()
        other.wait()
        with files.locked(lock, wait=5):
            assert lock.stat().st_size == 0


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=5))
def test_a_line_reads_back_as_it_was_given(cells):
    for delimiter in ",;\t|":
        line = files.csv_line(cells, delimiter=delimiter)
        (row,) = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter)
        assert [files.original(cell) for cell in row] == cells


@given(st.lists(st.lists(st.text('ab,"\n中'), min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_wherever_a_file_is_torn_the_whole_rows_are_kept(rows, data):
    lines = [files.csv_line(["x", *row, "y"]) for row in rows]
    text = "".join(lines)
    cut = data.draw(st.integers(len(lines[0]), len(text)))
    whole, torn = files.whole_lines(text[:cut])
    assert whole + torn == text[:cut]
    complete = sum(len("".join(lines[: n + 1])) <= cut for n in range(len(lines)))
    assert whole.startswith("".join(lines[:complete]))
    for row in csv.reader(io.StringIO(whole, newline=""), strict=True):
        assert len(row) == 5


def test_a_sign_for_inches_in_a_last_line_is_not_torn():
    text = 'a,b\n1,5" pipe\n'
    assert files.whole_lines(text) == (text, "") and files.whole_lines("") == ("", "")
