"""
Kill runs at any moment and look whether the results are whole and of one run.

A writer process stages result sets, one after another, in which every file carries the number of its run, and is killed
with SIGKILL: at random moments, and (`--steps`) once at every single call to the file system of a run. Both ways of
replacing a folder are tried: the exchange in one step, and the two renames where a system has no exchange.

    python benchmarks/kill_runs.py --kills 200 --steps

With `--real 20` it also kills real runs (`expansion-kit run`, the map of the demo city) at random moments, the kernel
that outlives its run included, and looks whether each file is the one that `run.json` names.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from expansion_kit import files, results
from expansion_kit.results import replacing

OF_A_KIND = {Path(name).suffix: name for owned in results.RESULTS.values() for name in owned}
NAMES = [*OF_A_KIND.values(), results.PROVENANCE, results.RECORD]  # one of a kind: every file is replaced alike


def write_run(output, number):
    with results.staging(output) as stage:
        for name in NAMES:
            files.write_text(stage / name, f"run {number}\n" * 2000)


def write_runs(output):
    number = run_number(output)
    while True:
        number += 1
        write_run(output, number)


def run_number(output):
    """The one run all files of the folder are of; an exception tells what is wrong."""
    numbers = set()
    for name in NAMES:
        lines = set((output / name).read_text().splitlines())
        assert len(lines) == 1 and (output / name).stat().st_size > 10_000, f"{name} is not whole"
        numbers |= lines
    assert len(numbers) == 1, f"mixed: {numbers}"
    return int(numbers.pop().split()[1])


def killed(work, after=None):
    """Do the work in a process of its own and kill it `after` some seconds; False if it ended before by itself."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL), "the writer failed by itself"
    return ended < 0


def kill_at_step(step):
    """Kill this process at its `step`-th call to the file system (Python announces each of them to an audit hook)."""
    left = step

    def count(event, _):
        nonlocal left
        left -= event.startswith(("open", "os.", "shutil.", "fcntl.", "ctypes.call", "ctypes.dlsym"))
        if left < 0:
            signal.raise_signal(signal.SIGKILL)

    sys.addaudithook(count)


def check(output, counts):
    """Look at the folder as the killed run left it, and again as the next run finds it."""
    if output.exists():
        run_number(output)
    else:
        counts["folder away until the next run"] += 1
    replacing._recover(output)
    return run_number(output)


def kill_at_random(output, kills, counts):
    for _ in range(kills):
        counts["kills"] += killed(lambda: write_runs(output), after=random.uniform(0.002, 0.12))
        counts["runs"] = check(output, counts)


def kill_at_every_step(output, counts):
    def work():
        number = run_number(output) + 1
        kill_at_step(step)
        write_run(output, number)

    step = 0
    while killed(work):
        counts["runs"] = check(output, counts)
        step += 1
    counts["kills"] += step


def real_run(output, lang):
    command = [sys.executable, "-m", "expansion_kit", "run", "data/demo_city", "--only", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([*command, "--lang", lang, "--output", output], cwd=ROOT, env=environment, **quiet)


def real_language(output):
    """The language of the run that all files are of; an exception tells what is wrong."""
    record = json.loads((output / results.RECORD).read_text("utf-8"))
    for name, entry in record["files"].items():
        assert hashlib.sha256((output / name).read_bytes()).hexdigest() == entry["sha256"], f"{name} is of another run"
    assert {path.name for path in output.iterdir()} == {*record["files"], results.RECORD, results.PROVENANCE}
    return record["notebooks"]["2"]["parameters"]["lang"]


def kill_real_runs(output, kills):
    """Each killed run is followed at once by another; every third one may end. Says how many left new results."""
    begun = time.perf_counter()
    assert real_run(output, "zh").wait() == 0
    usual, replaced = time.perf_counter() - begun, 0
    for _ in range(kills):
        before = real_language(output)
        other = "en" if before == "zh" else "zh"
        process = real_run(output, other)
        time.sleep(random.uniform(0, usual))
        process.kill()
        process.wait()
        replaced += real_language(output) == other
        if not random.randrange(3):
            assert real_run(output, other).wait() == 0 and real_language(output) == other
    return replaced


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="how often to kill at a random moment")
    parser.add_argument("--steps", action="store_true", help="also kill once at every call to the file system")
    parser.add_argument("--real", type=int, default=0, help="how often to kill a real run of the demo city")
    given = parser.parse_args()
    random.seed(0)
    exchange = replacing._exchange
    for way, how in (("exchange", exchange), ("two renames", lambda one, other: False)):
        replacing._exchange = how
        with tempfile.TemporaryDirectory() as place:
            output = Path(place) / "output"
            write_run(output, 1)
            counts = {"kills": 0, "runs": 0, "folder away until the next run": 0}
            kill_at_random(output, given.kills, counts)
            if given.steps:
                kill_at_every_step(output, counts)
            write_run(output, counts["runs"] + 1)
            left = sorted(path.name for path in Path(place).iterdir())
            assert left == [".output.lock", "output"], f"left behind: {left}"
        print(f"{way}: {', '.join(f'{name} {n}' for name, n in counts.items())}, mixed or torn 0")
    if given.real:
        with tempfile.TemporaryDirectory() as place:
            replaced = kill_real_runs(Path(place) / "output", given.real)
        print(f"real runs: kills {given.real}, over before the kill {replaced}, mixed or torn 0")


if __name__ == "__main__":
    main()
