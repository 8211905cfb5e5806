"""
Would the tests notice? Twenty-eight faults, each planted alone into a copy of the project, and the tests run on it.

A fault counts as caught when a test fails. Only the tests of its own room are run first, because they are quick; with
`--whole` a fault that they let pass meets every test. The list was written before anything was run; a fault that is not
caught stays in it until a test is written, and the table says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("expansion_kit", "tests", "data", "notebooks", "benchmarks", "pyproject.toml", "README.md", "README.zh.md")
PARTS += ("environment.yml", "requirements.lock", "requirements-spark.lock", "Makefile")
ENOUGH = 24

FAULTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["fault"]


def tests_of(where):
    """The tests that mirror a module's room, and the examples in it."""
    parts = Path(where).parent.parts
    if not parts:
        return [f"tests/test_{Path(where).stem}.py", f"expansion_kit/{where}"]
    return ["/".join(("tests", *parts)), "/".join(("expansion_kit", *parts))]


def planted(copy, fault):
    """Plant a fault into the copy; its path and the code as it was."""
    path = copy / "expansion_kit" / fault["where"]
    code = path.read_text("utf-8")
    if code.count(fault["stands"]) != 1:
        raise SystemExit(f"{fault['where']} no longer has one {fault['stands']!r}: the list of faults wants a look")
    path.write_text(code.replace(fault["stands"], fault["planted"]), "utf-8")
    return path, code


def caught(copy, tests):
    """The first test that fails, or an empty text."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1, 2):
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    found = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "" if done.returncode == 0 else (found or ["no test could be collected"])[0].split(" - ")[0]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--whole", action="store_true", help="every test for a fault that its room lets pass")
    options.add_argument("--only", type=int, nargs="*", help="numbers of faults, from 1")
    options = options.parse_args()
    score, tried = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        copy.mkdir()
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("output", "__pycache__", "bundled"))
            elif source.is_file():
                shutil.copy(source, copy / part)
        if (ROOT.parent / "shared").is_dir():
            (Path(folder) / "shared").symlink_to((ROOT.parent / "shared").resolve())
        chosen = {n: fault for n, fault in enumerate(FAULTS, start=1) if not options.only or n in options.only}
        for tests in dict.fromkeys(tuple(tests_of(fault["where"])) for fault in chosen.values()):
            if by := caught(copy, tests):
                raise SystemExit(f"without any fault {by} fails: nothing can be told")
        for number, fault in chosen.items():
            path, code = planted(copy, fault)
            by = caught(copy, tests_of(fault["where"])) or (
                caught(copy, ["tests", "expansion_kit"]) if options.whole else ""
            )
            path.write_text(code, "utf-8")
            tried, score = tried + 1, score + bool(by)
            print(
                f"{number:>2}  {'caught' if by else 'PASSED':<7} {fault['what']:<52} {fault['where']:<42} {by}",
                flush=True,
            )
    print(f"{score} of {tried} caught (at least {ENOUGH} of {len(FAULTS)})")
    return 0 if options.only or score >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
