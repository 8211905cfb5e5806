"""
The scripts of this folder one after the other, and at the end one table of what they found beside their peers.

    python benchmarks/ratios.py                           all but those that stand alone (ALONE); what `make bench` runs
    python benchmarks/ratios.py --only huff travel        some, those that stand alone too

A ratio with an aim of `>=` is what the peer costs over what ours costs, with `<=` ours over the peer's: CPU seconds of
one run, unless the job names another measure. It counts as reached only when what stands under accuracy is right too.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
HEADS = ("job", "peer", "ratio", "aim", "as the work doubles", "accuracy", "reached")
JOBS = ("huff", "travel", "portfolio", "certainty", "forecast", "reconciliation", "targets", "export", "maps", "pings")
JOBS += ("start_up", "notebooks")
ALONE = {
    "planted_faults": "runs the tests some thirty times",
    "fuzz": "twenty minutes by itself",
    "kill_runs": "kills its processes at random moments, and wants a quiet machine",
    "log_kill": "kills its processes at random moments, and wants a quiet machine",
    "notebooks_in_lab": "opens a server and a browser",
    "same_bytes": "two runs of all notebooks, whose files `notebooks.py` compares as well",
}


def told(job, *, peer, ratio, aim, grows="", holds="", right=True):
    """
    Print one comparison as a row of the table.

    Parameters
    ----------
    job, peer : str
        What was done, with its size; beside what.
    ratio : float or None
        The peer over ours for an aim of `>=`, ours over the peer for `<=`; None where `peer` says why there is none.
    aim : str
        As `>= 6` or `<= 2`; empty where none was stated.
    grows : str
        What the cost becomes as the work doubles, as `doubled` says it.
    holds : str
        How exact the result is.
    right : bool
        Whether that is as exact as it has to be; a ratio of a wrong result reaches nothing.
    """
    known = ratio is not None and math.isfinite(ratio)
    met = "" if not aim or not known else "yes" if right and reaches(ratio, aim) else "no"
    figure = (f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:#.3g}") if known else "-"
    cells = [str(cell).replace("|", "/") or "-" for cell in (job, peer, figure, aim, grows, holds, met)]
    print("| " + " | ".join(cells) + " |", flush=True)


def reaches(ratio, aim):
    sign, limit = aim.split()
    return {">=": ratio >= float(limit), "<=": ratio <= float(limit)}[sign]


def doubled(less, more, times=2.0):
    """What a cost is multiplied by as the work doubles, from two costs of which the second did `times` the work."""
    return f"x {(more / less) ** (math.log(2) / math.log(times)):.2f}" if less > 0 else ""


def cells(line):
    """The cells of a row that `told` printed; None for any other line."""
    found = re.fullmatch(r"\| (.*) \|", line.strip())
    row = found[1].split(" | ") if found else []
    return row if len(row) == len(HEADS) else None


def table(rows):
    lines = [HEADS, *rows]
    wide = [max(len(row[k]) for row in lines) for k in range(len(HEADS))]
    lines.insert(1, ["-" * width for width in wide])
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, wide)) + " |" for row in lines)


def scripts(folder=HERE):
    """Names of the scripts of a folder that run by default: the jobs of the table first, then the others."""
    there = {path.stem for path in folder.glob("*.py")} - {Path(__file__).stem, *ALONE}
    return [name for name in JOBS if name in there] + sorted(there.difference(JOBS))


def run(name):
    """Run a script, pass on what it says, and give its rows, its code and its seconds."""
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    begun, rows = time.perf_counter(), []
    command = [sys.executable, str(HERE / f"{name}.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            rows += [row] if (row := cells(line)) else []
    return rows, process.returncode, time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    known = sorted([*scripts(), *(name for name in ALONE if (HERE / f"{name}.py").is_file())])
    parser.add_argument("--only", nargs="+", choices=known, metavar="NAME", help=", ".join(known))
    rows, failed, begun = [], [], time.perf_counter()
    for name in parser.parse_args().only or scripts():
        print(f"\n== {name}", flush=True)
        found, code, seconds = run(name)
        print(f"== {name}: {seconds:.0f} s" + f", FAILED with {code}" * bool(code), flush=True)
        rows, failed = rows + found, failed + [name] * bool(code)
    print(f"\n{table(rows)}\n")
    reached = [row[-1] for row in rows]
    none, minutes = reached.count("-"), (time.perf_counter() - begun) / 60
    print(f"aims reached: {reached.count('yes')} of {len(rows) - none}; no aim or peer: {none}; {minutes:.0f} minutes")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
