"""
Two runs of all notebooks on the demo city, same input and seed, into two folders: are they the same, byte by byte?

    python benchmarks/same_bytes.py [CITY]
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(city, output):
    """Seconds of one run in a process of its own."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "expansion_kit", "run", str(city), "--output", str(output)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def main():
    city = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "demo_city"
    with tempfile.TemporaryDirectory() as place:
        first, second = Path(place) / "first", Path(place) / "a second one"
        seconds = [run(city, output) for output in (first, second)]
        one, other = digests(first), digests(second)
    for name in sorted(one | other):
        verdict = "same" if one.get(name) == other.get(name) else "DIFFERS"
        print(f"{name:24}{one.get(name, 'absent')[:12]:>14}  {verdict}")
    same = sum(one.get(name) == other.get(name) for name in one | other)
    print(f"{same} of {len(one | other)} files the same; runs took {seconds[0]:.0f} s and {seconds[1]:.0f} s")
    sys.exit(one != other)


if __name__ == "__main__":
    main()
