"""
What running a notebook costs beside its cells alone: `expansion-kit run`, kernel included, against plain `exec`.

    python benchmarks/notebooks.py                 each notebook of the demo city, and all together
    python benchmarks/notebooks.py --only 2 6      some, each by itself

The floor is one plain process that imports what the cells import and executes them in turn; for all together too, so
that it imports once. It prints no tables and draws no frames, as a kernel does: the ratio holds these as well. CPU
seconds of whole processes and their children, each once; and whether both wrote the same files.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import told

CITY = ROOT / "data" / "demo_city"
BOOKS = {int(path.name[0]): path for path in sorted((ROOT / "notebooks").glob("[0-9]_*.ipynb"))}
AIM = 1.3


def cells(path):
    code = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in code if "parameters" not in cell["metadata"].get("tags", ())]


def plain(numbers, output):
    """Execute the cells here, as a kernel's session without its kernel; in the folder a kernel would start in."""
    from IPython.display import display

    os.chdir(ROOT / "notebooks")
    for number in numbers:
        given = {"city": str(CITY), "output": output, "lang": "zh", "seed": 0, "options": {}, "display": display}
        for place, cell in enumerate(cells(BOOKS[number])):
            exec(compile("".join(cell["source"]), f"{BOOKS[number].stem}, cell {place}", "exec"), given)


def spent(*words):
    """CPU seconds of a process and its children."""
    before = os.times()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def compare(numbers):
    """CPU seconds of both ways, how many files are the same, and of how many."""
    names = [str(number) for number in numbers]
    with tempfile.TemporaryDirectory() as place:
        run, bare = Path(place) / "run", Path(place) / "bare"
        only = [] if len(names) == len(BOOKS) else [word for name in names for word in ("--only", name)]
        ours = spent("-m", "expansion_kit", "run", str(CITY), "--output", str(run), "--lang", "zh", *only)
        floor = spent(__file__, "--plain", str(bare), "--only", *names)
        one, other = digests(run), digests(bare)
    return ours, floor, sum(one.get(name) == other.get(name) for name in one | other), len(one | other)


def show(name, numbers):
    ours, floor, same, files = compare(numbers)
    print(f"{name:26}{ours:8.1f}{floor:8.1f}{ours / floor:8.2f}{ours - floor:9.1f}{same:8} of {files}", flush=True)
    holds, right = f"{same} of {files} files the same", same == files
    told(f"notebook {name}", peer="its cells alone", ratio=ours / floor, aim=f"<= {AIM}", holds=holds, right=right)


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--only", type=int, nargs="+", choices=BOOKS)
    parser.add_argument("--plain", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plain:
        plain(given.only, given.plain)
        return
    print(f"{'notebook':26}{'CPU s':>8}{'floor':>8}{'ratio':>8}{'more s':>9}   same files (aim {AIM})")
    for number in given.only or BOOKS:
        show(BOOKS[number].stem, [number])
    if not given.only:
        show("all together", list(BOOKS))


if __name__ == "__main__":
    main()
