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
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import told

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
    spent = {name: statistics.median(cpu_seconds(given) for _ in range(TIMES)) for name, (given, _) in STARTS.items()}
    bare, *_ = spent.values()
    print(f"{'start':24}{'CPU s':>8}{'ratio':>8}{'aim':>8}   (median of {TIMES})")
    for name, (_, aim) in STARTS.items():
        print(f"{name:24}{spent[name]:8.3f}{spent[name] / bare:8.1f}{f'<= {aim}' if aim else '':>8}")
    for name, (_, aim) in STARTS.items():
        if aim:
            told(name, peer="bare interpreter", ratio=spent[name] / bare, aim=f"<= {aim}")


if __name__ == "__main__":
    main()
