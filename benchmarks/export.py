"""
Time and memory of exporting a plan: 1,000 territories x 53 weeks x 6 targets x 3 tiers, and an eighth to a half.

    python benchmarks/export.py               all four; --territories 60 120 for other sizes

The peer is pandas writing the same tables with nothing laid out: `to_csv`, and a workbook by the same openpyxl.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from expansion_kit import files
from expansion_kit.report.target_workbook import target_workbook
from expansion_kit.targets.breakdown.periods import COLUMNS, calendar, wide

METRICS = ("sales", "openings", "expense", "receivable", "collected", "goods_on_credit")
TIERS = ("base", "target", "challenge")
LIMIT_SECONDS, LIMIT_MB = 10, 1000


def periods():
    """The 53 weeks, the 12 months and the year of 2027 with their days."""
    cells, parts = calendar(2027), []
    for kind in ("week", "month", "year"):
        table = cells.groupby(kind, sort=False).agg({"period_start": "min", "period_end": "max", "days": "sum"})
        parts.append(table.rename_axis("period").reset_index().assign(period_type=kind))
    return pd.concat(parts, ignore_index=True)


def made_plan(territories):
    """Whole figures by week, month and year; that they add up is not measured here."""
    span, ids = periods(), [f"{n:04}" for n in range(territories)]
    keys = pd.MultiIndex.from_product([METRICS, TIERS, ids, span.index]).to_frame(index=False, name=list("mtip"))
    plan = span.iloc[keys["p"]].reset_index(drop=True)
    plan = plan.assign(plan_id="2027-1", territory_id=keys["i"], store_id=None, level="territory", metric=keys["m"])
    figures = np.random.default_rng(0).integers(0, 10**6, len(plan))
    return plan.assign(tier=keys["t"], value=figures, locked=False, method="largest_remainder")[list(COLUMNS)]


def export(territories):
    """One size in a process of its own: what it writes, and the time and memory of each step."""
    plan = made_plan(territories)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    weeks = plan[plan["period_type"] == "week"]
    named = {"city": "x", "lang": "en", "currency": "CNY"}
    steps = {
        "targets.csv": lambda path: files.write_csv(path, weeks, index=False),
        "targets_wide.csv": lambda path: files.write_csv(path, wide(weeks), index=False),
        "targets.xlsx": lambda path: files.write_xlsx(path, target_workbook(plan, **named)),
    }
    wall, cpu, said = time.perf_counter(), time.process_time(), []
    with tempfile.TemporaryDirectory() as folder:
        for name, write in steps.items():
            start = time.perf_counter()
            write(Path(folder) / name)
            size = (Path(folder) / name).stat().st_size / 1e6
            said.append(f"{name} {time.perf_counter() - start:.1f} s, {size:.0f} MB")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        back = pd.read_csv(Path(folder) / "targets.csv", usecols=["value"])["value"]
        exact = bool((back.to_numpy() == weeks["value"].to_numpy()).all())
    found = {"cpu": cpu, "wall": wall, "peak": peak, "exact": exact, "peer": plain(plan, weeks, named)}
    print(f"{territories:5} {len(weeks):8,} {wall:7.1f} {cpu:7.1f} {before:9.0f} {peak:8.0f}   {'; '.join(said)}")
    print(json.dumps(found))


def plain(plan, weeks, named):
    """CPU seconds of pandas for the same tables, those of the workbook laid out beforehand."""
    sheets = target_workbook(plan, **named)
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        weeks.to_csv(Path(folder) / "targets.csv", index=False)
        wide(weeks).to_csv(Path(folder) / "targets_wide.csv", index=False)
        with pd.ExcelWriter(Path(folder) / "targets.xlsx", engine="openpyxl") as book:
            for number, sheet in enumerate(sheets.values()):
                table = sheet["table"] if isinstance(sheet, dict) else sheet
                table.to_excel(book, sheet_name=f"{number}", index=False)
    return time.process_time() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--territories", type=int, nargs="+", default=[125, 250, 500, 1000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        export(given.one)
        return
    limits = f"wall s (limit {LIMIT_SECONDS}), CPU s, MB of the plan, MB at the peak (limit {LIMIT_MB})"
    print(f"territories, weekly rows, {limits}", flush=True)
    found = {}
    for territories in given.territories:
        command = [sys.executable, __file__, "--one", str(territories)]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        print("\n".join(lines[:-1]), flush=True)
        found[territories] = json.loads(lines[-1])
    largest, before = max(found), sorted(found)[-2:][0]
    of = found[largest]
    told(
        f"export of a plan, {largest:,} territories, CSV and workbook",
        peer="pandas, nothing laid out",
        ratio=of["cpu"] / of["peer"],
        aim="",
        grows=doubled(found[before]["cpu"], of["cpu"], largest / before) if before < largest else "",
        holds=f"figures read back: {'the same' if of['exact'] else 'OTHERS'}; {of['cpu']:.1f} s, {of['peak']:.0f} MB",
    )
    told(
        f"seconds of the export, {largest:,} territories",
        peer=f"the {LIMIT_SECONDS} s allowed",
        ratio=min(of["cpu"], of["wall"]) / LIMIT_SECONDS,
        aim="<= 1",
        holds=f"{of['peak']:.0f} MB of {LIMIT_MB}",
        right=of["exact"] and of["peak"] <= LIMIT_MB,
    )


if __name__ == "__main__":
    main()
