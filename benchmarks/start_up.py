"""
CPU seconds that a start costs, beside a bare interpreter: the package (aim: at most 3 times), its help (at most 15).

    python benchmarks/start_up.py
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TIMES = 7
STARTS = {
    "python -c pass": (["-c", "pass"], None),
    "import expansion_kit": (["-c", "import expansion_kit"], 3),
    "expansion-kit --help": (["-m", "expansion_kit", "--help"], 15),
}


def cpu_seconds(arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    bare = None
    print(f"{'start':24}{'CPU s':>8}{'ratio':>8}{'aim':>8}   (median of {TIMES})")
    for name, (arguments, aim) in STARTS.items():
        seconds = statistics.median(cpu_seconds(arguments) for _ in range(TIMES))
        bare = bare or seconds
        print(f"{name:24}{seconds:8.3f}{seconds / bare:8.1f}{f'<= {aim}' if aim else '':>8}")


if __name__ == "__main__":
    main()
