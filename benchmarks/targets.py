"""
Breaking annual targets down to month_weeks: CPU seconds and memory as the work doubles, up to 1,000 territories x
6 metrics x 3 tiers (954,000 weeks), plain and with locks, openings and sales to date.

    python benchmarks/targets.py
"""

import resource
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from expansion_kit.targets.breakdown.periods import breakdown, calendar

YEAR, METRICS, TIERS = (
    2027,
    ["sales", "expense", "collected", "due", "credit", "coverage"],
    ["base", "target", "challenge"],
)
UNITS = {"quarter": 1000, "month": 1000, "month_week": 100}
CELLS = calendar(YEAR)


def annual(territories):
    names = [f"T{number:04}" for number in range(territories)]
    index = pd.MultiIndex.from_product([names, METRICS, TIERS], names=["territory_id", "metric", "tier"])
    return pd.Series(np.random.default_rng(1).integers(10**6, 10**9, len(index)), index)


def by_key(totals, periods, value):
    """A table of one amount for each territory, metric and period."""
    keys = totals.index.droplevel("tier").unique()
    rows = [(*key, period, value) for key, period in product(keys, periods)]
    return pd.DataFrame(rows, columns=["territory_id", "metric", "period", "value"])


def extras(totals):
    """What a plan may carry besides: none, locks of months and quarters, weeks of two months, sales to date."""
    weeks = CELLS.groupby("week").filter(lambda cells: len(cells) == 2)["week"].unique()
    yield "plain", {}
    yield "locks", {"locks": by_key(totals, ["2027-Q4", "2027-05"], 50_000)}
    yield "opening", {"openings": by_key(totals, ["2027-04", "2027-05", "2027-06"], 40_000)}
    past = CELLS.index[CELLS["period_start"] < "2027-07-01"]
    yield "mid-year", {"actuals": by_key(totals, past, 10_000), "as_of": "2027-07-01", "year_total": "lower"}
    yield "week locks", {"locks": by_key(totals, weeks[-1:], 5_000)}


def main():
    print(f"{'territories':>11} {'what':11}{'rows':>10}{'CPU s':>8}{'us a row':>10}{'peak MB':>9}")
    spent, rows = {}, {}
    season = np.random.default_rng(2).uniform(0.5, 2, 12)
    for territories in (125, 250, 500, 1000):
        totals = annual(territories)
        months = pd.Series(season, CELLS["month"].unique())
        for what, more in extras(totals):
            before = time.process_time()
            plan = breakdown(totals, year=YEAR, plan_id="P", month_weights=months, units=UNITS, **more)
            seconds = time.process_time() - before
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            each = seconds / len(plan) * 1e6
            print(f"{territories:>11} {what:11}{len(plan):>10,}{seconds:>8.2f}{each:>10.2f}{peak:>9.0f}")
            weeks = plan[plan["period_type"] == "month_week"] if what == "plain" else plan.iloc[:0]
            if what == "plain":
                added = weeks.groupby(list(totals.index.names))["value"].sum()
                exact = (added == totals.reindex(added.index)).mean()
            spent[what, territories], rows[what, territories] = seconds, each
            del plan, weeks
    for what in dict.fromkeys(what for what, _ in spent):
        told(
            f"breakdown to weeks, {territories:,} territories x 6 x 3, {what}",
            peer="a row of an eighth of it",
            ratio=rows[what, territories] / rows[what, territories // 8],
            aim="<= 1.2",  # must not rise; the rest is the noise of single runs
            grows=doubled(spent[what, territories // 2], spent[what, territories]),
            holds=f"{exact:.0%} of years add up to the unit" if what == "plain" else "",
            right=exact == 1,
        )


if __name__ == "__main__":
    main()
