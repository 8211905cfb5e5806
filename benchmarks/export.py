"""
Time and memory of exporting a plan: 1,000 territories x 53 weeks x 6 targets x 3 tiers, and an eighth to a half.

    python benchmarks/export.py
"""

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
    wall, cpu, told = time.perf_counter(), time.process_time(), []
    with tempfile.TemporaryDirectory() as folder:
        for name, write in steps.items():
            start = time.perf_counter()
            write(Path(folder) / name)
            size = (Path(folder) / name).stat().st_size / 1e6
            told.append(f"{name} {time.perf_counter() - start:.1f} s, {size:.0f} MB")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{territories:5} {len(weeks):8,} {wall:7.1f} {cpu:7.1f} {before:9.0f} {peak:8.0f}   {'; '.join(told)}")


if __name__ == "__main__":
    if sys.argv[1:]:
        export(int(sys.argv[1]))
    else:
        limits = f"wall s (limit {LIMIT_SECONDS}), CPU s, MB of the plan, MB at the peak (limit {LIMIT_MB})"
        print(f"territories, weekly rows, {limits}")
        for territories in (125, 250, 500, 1000):
            subprocess.run([sys.executable, __file__, str(territories)], check=True)
