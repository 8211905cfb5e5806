"""
The anomaly alarm: how often it is raised in clean years, and how many planted weeks it finds.

Four simulated years of weekly sales; the last is looked at. Each store has its own level, growth, season and festival.
A planted week is 30 % off, up or down alike, one a store.

    python benchmarks/tracking.py [SEEDS]
"""

import sys

import numpy as np
import pandas as pd

from expansion_kit.targets.attainment.anomalies import FALSE_ALARM, anomalies
from expansion_kit.targets.forecasting.festivals import window_days

WEEKS = pd.period_range("2023-01-02", "2026-12-27", freq="W-SUN")
SINCE = pd.Period("2026-01-05", "W-SUN")
RATES = (0.01, 0.02, 0.05, 0.1)
CASES = {
    "40 stores, a week varies by 6 %": {"noise": 0.06},
    "40 stores, 8 %": {},
    "40 stores, 8 %, heavy tails": {"tails": True},
    "40 stores, 8 %, correlated 0.3": {"correlated": 0.3},
    "one store, 8 %": {"stores": 1},
    "40 stores, 10 %": {"noise": 0.1},
}


def years(seed, *, stores=40, noise=0.08, tails=False, correlated=0.0):
    """Sales by week; nothing unusual in them."""
    draw = np.random.default_rng(seed)
    turn = 2 * np.pi * (WEEKS.start_time.dayofyear.to_numpy() + 3) / 365.25
    lift = np.zeros(len(WEEKS))
    for year in range(2023, 2027):
        lift += [window_days(year).to_period("W-SUN").isin([week]).sum() / 7 for week in WEEKS]
    shape = (len(WEEKS), stores)
    chance = draw.standard_t(5, shape) * np.sqrt(3 / 5) if tails else draw.normal(size=shape)
    for place in range(1, len(WEEKS)):
        chance[place] = correlated * chance[place - 1] + np.sqrt(1 - correlated**2) * chance[place]
    logs = draw.normal(10, 0.5, stores) + np.outer(np.arange(len(WEEKS)) / 52, draw.normal(0.04, 0.04, stores))
    logs += np.outer(0.1 * np.sin(turn) + 0.04 * np.cos(2 * turn), draw.uniform(0.5, 1.5, stores))
    logs += np.outer(lift, draw.normal(0.1, 0.15, stores)) + noise * chance
    return pd.DataFrame(np.exp(logs), WEEKS, columns=[f"S{n}" for n in range(stores)]).rename_axis(columns="store_id")


def found(sales, seed):
    """Whether the alarm finds the week planted in each store."""
    draw, touched = np.random.default_rng(10_000 + seed), sales.copy()
    weeks = draw.integers(len(WEEKS) - 51, len(WEEKS), sales.shape[1])
    for place, week in enumerate(weeks):
        touched.iloc[week, place] *= draw.choice([0.7, 1.3])
    alarms = anomalies(touched, since=SINCE, country="CN").set_index(["store_id", "period"])["alarm"]
    return [bool(alarms[name, WEEKS[week]]) for name, week in zip(sales.columns, weeks)]


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rows = {}
    for name, case in CASES.items():
        runs = seeds * 5 if case.get("stores") == 1 else seeds
        every = [years(seed, **case) for seed in range(runs)]
        rows[name] = {
            f"false at {rate:.0%}": np.mean(
                [anomalies(sales, since=SINCE, false_alarm=rate, country="CN")["alarm"].mean() for sales in every]
            )
            for rate in RATES
        }
        hits = [hit for seed, sales in enumerate(every) for hit in found(sales, seed)]
        rows[name][f"30 % found at {FALSE_ALARM:.0%}"] = np.mean(hits)
    print(pd.DataFrame(rows).T.map("{:.1%}".format).to_string())


if __name__ == "__main__":
    main()
