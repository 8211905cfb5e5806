"""
Huff at full size against plain chunked numpy, Newton against L-BFGS, and whether the demo city's truth is found again.

    python benchmarks/huff.py                  all of it
    python benchmarks/huff.py --only sales     one of sales, newton, truth; --seeds, --zones, --stores change the size

CPU seconds, not wall clocks, and ratios of one run; set OMP_NUM_THREADS=1.
"""

import argparse
import gc
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.ratios import doubled, told
from data import make_demo_city
from expansion_kit import geo
from expansion_kit.market.calibration import calibrate_counts
from expansion_kit.market.choice_likelihood import maximise, prepare
from expansion_kit.market.huff_model import HuffModel
from expansion_kit.market.huff_sales import huff_sales

TIMES = 5


def city(n_zones, n_stores):
    """Points in a square of 40 km; money; floor areas."""
    draw = np.random.default_rng(0)
    crs = geo.metric_crs([118.4], [30.9])
    zone_xy = draw.uniform(-20_000, 20_000, (n_zones, 2))
    money = draw.gamma(2, 50, n_zones)
    store_xy = np.clip(draw.normal(0, 8_000, (n_stores, 2)), -20_000, 20_000)
    zones = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy(*zone_xy.T, crs=crs))
    points = gpd.GeoSeries.from_xy(*store_xy.T, crs=crs)
    stores = gpd.GeoDataFrame({"floor_area_sqm": draw.lognormal(6, 1, n_stores)}, geometry=points)
    return zones, stores, pd.Series(money), zone_xy, store_xy


def plain(zone_xy, store_xy, area, money, decay):
    """Huff as one writes it in numpy, in chunks of 4 million pairs."""
    sums, pull, step = np.zeros(len(area)), area**0.8, max(1, 4_000_000 // len(area))
    for low in range(0, len(money), step):
        x, y = zone_xy[low : low + step].T
        d = np.hypot(x[:, None] - store_xy[:, 0], y[:, None] - store_xy[:, 1])
        utility = pull * (np.maximum(d, 50) * 1.3e-3) ** -decay
        sums += (money[low : low + step] / utility.sum(axis=1)) @ utility
    return sums


def resident_mb():
    """Of this process; not known where the system keeps no `/proc`."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * 4096 / 2**20 if pages.exists() else np.nan


def measured(work):
    """CPU seconds, wall seconds, peak of additional memory (MB, sampled) and the result."""
    gc.collect()
    before, peak, stop = resident_mb(), [0.0], threading.Event()

    def watch():
        while not stop.wait(0.02):
            peak[0] = max(peak[0], resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    stop.set()
    watcher.join()
    return cpu, wall, max(peak[0] - before, 0.0), result


def sales(n_zones, n_stores):
    zones, stores, demand, zone_xy, store_xy = city(n_zones, n_stores)
    half = zones.iloc[: n_zones // 2]
    area, money = stores["floor_area_sqm"].to_numpy(), demand.to_numpy()
    print(f"Huff sales, {n_zones:,} zones x {n_stores:,} stores; medians of {TIMES} runs in turn (aim 6, 64 MB, 1e-12)")
    print(
        f"{'decay':>6}{'threads':>8}{'CPU s':>8}{'plain':>8}{'ratio':>7}{'wall s':>8}{'plain':>8}{'MB':>7}{'error':>10}"
    )
    for decay, threads in ((2.2, 1), (2.0, 1), (1.0, 1), (2.2, 2)):
        ours, theirs = [], []
        for _ in range(TIMES):
            ours.append(
                measured(lambda: huff_sales(zones, stores, demand, alpha=0.8, decay=decay, threads=threads))  # noqa: B023
            )
            theirs.append(measured(lambda: plain(zone_xy, store_xy, area, money, decay)))  # noqa: B023
        error = np.abs(ours[0][3].to_numpy() / theirs[0][3] - 1).max()
        cpu, wall, room = (np.median([run[k] for run in ours]) for k in range(3))
        cpu_plain, wall_plain = (np.median([run[k] for run in theirs]) for k in range(2))
        print(
            f"{decay:6}{threads:8}{cpu:8.2f}{cpu_plain:8.2f}{cpu_plain / cpu:7.1f}{wall:8.2f}{wall_plain:8.2f}"
            f"{room:7.1f}{error:10.1e}"
        )
        if threads == 1:
            options = {"alpha": 0.8, "decay": decay, "threads": 1}
            less = [measured(lambda: huff_sales(half, stores, demand[half.index], **options))[0] for _ in range(TIMES)]  # noqa: B023
            told(
                f"Huff sales, {n_zones:,} x {n_stores:,}, decay {decay}",
                peer="chunked numpy",
                ratio=cpu_plain / cpu,
                aim=">= 6",
                grows=doubled(np.median(less), cpu),
                holds=f"error {error:.0e}, {room:.0f} MB more",
                right=error <= 1e-12 and not room > 64,
            )


def newton():
    from scipy.optimize import minimize

    print("\nCalibration on counts, Newton against L-BFGS on the same likelihood (aim 8 times, 8 passes, 1e-6)")
    print(f"{'zones x stores':>16}{'CPU s':>9}{'L-BFGS':>9}{'ratio':>7}{'passes':>8}{'calls':>7}{'difference':>12}")
    known, pairs = None, 0
    for n, m in ((200, 20), (2000, 200), (5000, 500)):
        draw = np.random.default_rng(0)
        zone_xy, store_xy = draw.uniform(-10, 10, (n, 2)), np.clip(draw.normal(0, 5, (m, 2)), -10, 10)
        area = draw.lognormal(6, 0.7, m)
        d = np.maximum(np.hypot(zone_xy[:, :1] - store_xy[:, 0], zone_xy[:, 1:] - store_xy[:, 1]), 0.1)
        share = area**0.9 * d**-1.8
        counts = draw.multinomial(300, share / share.sum(axis=1, keepdims=True))
        rows, columns = np.nonzero(counts)
        choices = rows, columns, counts[rows, columns].astype(float)
        begin = {"alpha": 1.0, "decay": 2.0, "competition": 0.0, "outside": 0.0}

        def ours():
            return maximise(prepare(d, area, None, choices, "power", ("alpha", "decay")), begin, 50)  # noqa: B023

        def theirs():
            ln_area, ln_d = np.log(area), np.log(d)  # noqa: B023

            def minus(at):
                pull = at[0] * ln_area - at[1] * ln_d
                top = pull.max(axis=1, keepdims=True)
                return -(counts * (pull - top - np.log(np.exp(pull - top).sum(axis=1, keepdims=True)))).sum()  # noqa: B023

            return minimize(minus, [1.0, 2.0], method="L-BFGS-B", bounds=[(0.1, 3), (0.1, 5)])

        runs = [(measured(ours), measured(theirs)) for _ in range(TIMES)]
        cpu, other = (np.median([run[k][0] for run in runs]) for k in range(2))
        found, their = runs[0][0][3], runs[0][1][3]
        away = np.abs(np.array([found["values"]["alpha"], found["values"]["decay"]]) - their.x).max()
        size, passes = f"{n} x {m}", found["iterations"] + 1
        print(f"{size:>16}{cpu:9.4f}{other:9.4f}{other / cpu:7.1f}{passes:8}{their.nfev:7}{away:12.1e}")
        told(
            f"Huff calibration, {size}",
            peer="scipy L-BFGS",
            ratio=other / cpu,
            aim=">= 8",
            grows=doubled(known, cpu, n * m / pairs) if known else "",
            holds=f"same optimum to {away:.0e}, {passes} passes",
            right=away <= 1e-6 and passes <= 8,
        )
        known, pairs = cpu, n * m


def truth(seeds):
    of = make_demo_city.read_truth()
    print(
        f"\nDemo city, {seeds} seeds: the true exponents from `choices` (aim: within 3 errors, 95 % cover >= 17 of 20)"
    )
    print(f"{'seed':>5}{'alpha':>9}{'error':>8}{'decay':>9}{'error':>8}{'outside':>9}{'error':>8}{'level':>8}{'R2':>7}")
    rows = []
    for seed in range(seeds):
        tables = make_demo_city.make(seed, of)
        zones = tables["zones"].set_index("zone_id")
        stores = tables["stores"].set_index("store_id").query("status == 'open'")
        crs = geo.metric_crs(stores["lon"], stores["lat"])
        stores = gpd.GeoDataFrame(stores, geometry=gpd.points_from_xy(stores["lon"], stores["lat"]), crs=4326)
        zones, stores = zones.to_crs(crs), stores.to_crs(crs)
        demand = zones["population"] * zones["spend_per_head"] + zones["workers"] * of["city"]["worker_spend"]
        parameters, _ = calibrate_counts(zones, stores, tables["choices"])
        own = stores.loc[stores["own"], "sales_month"]
        model = HuffModel(estimate=["alpha", "decay", "outside"])
        model.fit(zones, stores, choices=tables["choices"], known_sales=own, demand=demand)
        outside = model.parameters_.loc["outside"]
        level = model.level_ or {"level": np.nan, "r2": np.nan}
        found = {name: parameters.loc[name] for name in ("alpha", "decay")}
        rows.append(
            [
                (row["value"] - of["huff"][name], row["std_error"], row["low"], row["high"])
                for name, row in found.items()
            ]
        )
        figures = [figure for row in found.values() for figure in (row["value"], row["std_error"])]
        print(
            f"{seed:5}{figures[0]:9.4f}{figures[1]:8.4f}{figures[2]:9.4f}{figures[3]:8.4f}"
            f"{outside['value']:9.1f}{outside['std_error']:8.1f}{level['level']:8.3f}{level['r2']:7.3f}"
        )
    for k, name in enumerate(("alpha", "decay")):
        away = np.array([abs(row[k][0]) / row[k][1] for row in rows])
        covered = sum(row[k][2] <= of["huff"][name] <= row[k][3] for row in rows)
        print(f"{name}: largest {away.max():.2f} errors away, intervals cover {covered} of {seeds}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--only", choices=["sales", "newton", "truth"])
    parser.add_argument("--zones", type=int, default=100_000)
    parser.add_argument("--stores", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    if given.only in (None, "sales"):
        sales(given.zones, given.stores)
    if given.only in (None, "newton"):
        newton()
    if given.only in (None, "truth"):
        truth(given.seeds)


if __name__ == "__main__":
    main()
