"""The first run asks no other machine for anything: no font, no base map, no news; a Python that asks is found out."""

import subprocess
import sys

import pytest

from benchmarks import notebooks_in_lab as bench


@pytest.mark.slow
def test_new_check_and_run_ask_nobody(put, small_city, tmp_path):
    given = {"cwd": bench.ROOT, "env": bench.closed(tmp_path / "account"), "text": True, "encoding": "utf-8"}
    city = put(small_city("zh"))
    for words in (["new", tmp_path / "c", "--lang", "zh"], ["check", city], ["run", city, "--only", "2"]):
        line = [sys.executable, "-m", "expansion_kit", *map(str, words)]
        done = subprocess.run(line, capture_output=True, timeout=300, **given)
        assert done.returncode == 0, done.stderr
    assert (city / "output" / "placement_map.html").exists()
    assert bench.asked(tmp_path / "account") == []


def test_who_asks_another_machine_is_found_out(tmp_path):
    """The guard itself, here and in the tests of JupyterLab and Voila."""
    code = "import socket\ntry: socket.create_connection(('203.0.113.1', 80), 1)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", code], env=bench.closed(tmp_path / "account"), check=True)
    assert {line.split()[-1] for line in bench.asked(tmp_path / "account")} == {"203.0.113.1"}
