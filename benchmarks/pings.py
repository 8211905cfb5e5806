"""
Pings of a made city by cell and hour, and visits to 400 stores, beside polars with polars-h3, plain h3 and geopandas.

    python benchmarks/pings.py                       1 and 3 million pings
    python benchmarks/pings.py --rows 100000000      up to 100 million (2 GB on disk); --data DIR keeps the file there

Each figure is of a process of its own, imports and all; ratios of CPU seconds of one run, never wall clocks. The pings:
a city of 40 km, 14 days in order of time (`--mixed`: in no order), 200 a device, a third of them near a store.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.ratios import doubled, told

SIZES = [1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000]
GROUP = 1_000_000
CITY = (120.15, 30.27)
CHINA = ((946_684_800, 28_800),)
SLOW = {"pandas_h3": 10_000_000, "geopandas": 10_000_000, "polars_h3": 30_000_000, "duckdb": 3_000_000}
AIMS = {  # of the sheet on peers, each at its own size
    ("polars_h3", 30_000_000): ">= 3",
    ("pandas_h3", 10_000_000): ">= 3.5",
    ("scan", 30_000_000): "<= 4",
    ("geopandas", 10_000_000): ">= 5",
}


def homes_and_stores(rows):
    draw = np.random.default_rng(0)
    stores = draw.normal(CITY, [0.05, 0.04], (400, 2))
    return draw.normal(CITY, [0.09, 0.07], (max(1_000, rows // 200), 2)), stores


def make(path, rows, mixed):
    """Row group by row group, so that any size needs little memory; whatever is written before is the same."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    homes, stores = homes_and_stores(rows)
    draw = np.random.default_rng(1)
    ids = draw.integers(0, 2**63, len(homes), dtype=np.uint64)
    span, begin = 14 * 86_400_000_000, np.datetime64("2026-03-02", "us").astype("int64")
    kinds = {"device": pa.uint64(), "lon": pa.float64(), "lat": pa.float64(), "time": pa.timestamp("us", "UTC")}
    with pq.ParquetWriter(path, pa.schema(kinds), compression="zstd") as file:
        for low in range(0, rows, GROUP):
            n = min(GROUP, rows - low)
            first, last = (0, span) if mixed else (span * low // rows, span * (low + n) // rows)
            moment = draw.integers(first, last, n)
            moment = begin + (moment if mixed else np.sort(moment))
            who = draw.integers(0, len(homes), n)
            place = homes[who] + draw.normal(0, 0.002, (n, 2))
            near = draw.random(n) < 0.35
            place[near] = stores[draw.integers(0, 400, near.sum())] + draw.normal(0, 0.0004, (near.sum(), 2))
            lon, lat = place.round(6).T
            columns = [ids[who], lon, lat, pa.array(moment, kinds["time"])]
            file.write_table(pa.table(columns, schema=pa.schema(kinds)))


def footprints(rows):
    """400 of eight corners, 20 to 80 m from the middle."""
    import geopandas as gpd
    import shapely

    draw, (_, stores) = np.random.default_rng(2), homes_and_stores(rows)
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    away = draw.uniform(20, 80, (400, 8))
    degree = 111_320 * np.cos(np.radians(CITY[1]))
    x, y = stores[:, :1] + away * np.cos(turn) / degree, stores[:, 1:] + away * np.sin(turn) / 110_540
    shapes = shapely.polygons(np.stack([x, y], axis=-1))
    return gpd.GeoDataFrame(geometry=shapes, index=[f"S{n:03}" for n in range(400)], crs=4326)


def scan(path, rows):
    """Reading the four columns and nothing else."""
    import polars as pl

    table = pl.scan_parquet(path).select(pl.col("device").max(), pl.col("lon", "lat").sum(), pl.col("time").max())
    table.collect(engine="streaming")


def summary(table):
    """Cell-hours that are shown, and their pings and devices added up."""
    return [len(table), int(table["pings"].sum()), int(table["devices"].sum())]


def ours(path, rows):
    from pyarrow.dataset import dataset

    from expansion_kit.market.ping_counts import cell_hours
    from expansion_kit.sources.ping_parts import ping_parts

    return summary(cell_hours(ping_parts(dataset(path)), transitions=CHINA)[0])


def polars_h3(path, rows):
    import polars as pl
    import polars_h3 as plh3

    hour = pl.col("time").dt.convert_time_zone("Asia/Shanghai").dt.truncate("1h")
    spots = pl.scan_parquet(path).select("device", cell=plh3.latlng_to_cell("lat", "lon", 9), hour=hour)
    hours = spots.group_by("cell", "hour").agg(pings=pl.len(), devices=pl.col("device").n_unique())
    return summary(hours.filter(pl.col("devices") >= 10).collect(engine="streaming"))


def pandas_h3(path, rows):
    import pandas as pd
    from h3.api.basic_int import latlng_to_cell

    pings = pd.read_parquet(path)
    pings["cell"] = [latlng_to_cell(y, x, 9) for x, y in zip(pings["lon"].tolist(), pings["lat"].tolist())]
    hour = pings["time"].dt.tz_convert("Asia/Shanghai").dt.floor("h")
    each = pings.groupby(["cell", hour])["device"].agg(pings="size", devices="nunique")
    return summary(each[each["devices"] >= 10])


def duckdb(path, rows):
    from expansion_kit.market.pings import cell_hours, collect
    from expansion_kit.sources.pings import open_pings

    return summary(collect(cell_hours(open_pings(path, memory_gb=2), time_zone="Asia/Shanghai"))[0])


def our_visits(path, rows):
    from pyarrow.dataset import dataset

    from expansion_kit.market.ping_visits import visits
    from expansion_kit.sources.ping_parts import ping_parts

    return [int(visits(ping_parts(dataset(path)), footprints(rows))[0]["visits"].sum())]


def geopandas(path, rows):
    import geopandas as gpd
    import pandas as pd

    pings, areas = pd.read_parquet(path), footprints(rows).rename_axis("area_id").reset_index()
    points = gpd.GeoDataFrame(pings, geometry=gpd.points_from_xy(pings["lon"], pings["lat"]), crs=4326)
    hits = gpd.sjoin(points, areas, predicate="intersects").sort_values(["area_id", "device", "time"])
    new = (hits["area_id"] != hits["area_id"].shift()) | (hits["device"] != hits["device"].shift())
    new |= hits["time"].dt.floor("s").diff() > pd.Timedelta("30min")
    return [int(new.sum())]


COUNTS, VISITS = (ours, polars_h3, pandas_h3, duckdb), (our_visits, geopandas)
VARIANTS = {one.__name__: one for one in (scan, *COUNTS, *VISITS)}


def measured(variant, path, rows):
    """CPU and wall seconds, peak memory (MB) and result of a process of its own; None where a library is missing."""
    before, begun = os.times(), time.perf_counter()
    command = [sys.executable, __file__, "--variant", variant, "--data", str(path), "--rows", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True)
    after, wall = os.times(), time.perf_counter() - begun
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        sys.exit(done.stderr)
    peak, result = json.loads(done.stdout.splitlines()[-1])
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return cpu, wall, peak, result


def compare(path, rows, before):
    """Every way once at one size; the cost of ours at the size before says how it grows."""
    floor = measured("scan", path, rows)
    ours = {}
    for kind in (COUNTS, VISITS):
        first = None
        for one in kind:
            name = one.__name__
            if rows > SLOW.get(name, rows) or (found := measured(name, path, rows)) is None:
                continue
            first = first or found
            cpu, wall, peak, result = found
            same = "same" if result == first[3] else f"DIFFERENT {result} {first[3]}"
            print(
                f"{rows:12,}{name:>12}{cpu:9.2f}{wall:9.2f}{peak:9.0f}{cpu / rows * 1e9:11.0f}"
                f"{cpu / floor[0]:9.2f}{cpu / first[0]:9.2f}{peak / first[2]:9.2f}  {same}",
                flush=True,
            )
            if found is first:
                ours[name] = rows, cpu
                grows = doubled(before[name][1], cpu, rows / before[name][0]) if name in before else ""
            else:
                job = f"{'visits' if kind is VISITS else 'pings by cell and hour'}, {rows:,}"
                holds = f"{same}; memory x {peak / first[2]:.1f}"
                told(job, peer=name, ratio=cpu / first[0], aim=AIMS.get((name, rows), ""), grows=grows, holds=holds,
                     right=result == first[3])  # fmt: skip
    print(
        f"{rows:12,}{'scan':>12}{floor[0]:9.2f}{floor[1]:9.2f}{floor[2]:9.0f}{floor[0] / rows * 1e9:11.0f}", flush=True
    )
    ratio = ours["ours"][1] / floor[0]
    told(f"pings by cell and hour, {rows:,}", peer="scan of the columns", ratio=ratio, aim=AIMS.get(("scan", rows), ""))
    return ours


def run_one(given):
    """In the process of its own."""
    import resource

    result = VARIANTS[given.variant](given.data, given.rows)
    print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000, help="the largest size")
    parser.add_argument("--least", type=int, default=1_000_000, help="the smallest size")
    parser.add_argument("--data", type=Path, help="a folder for the pings, which stay there")
    parser.add_argument("--mixed", action="store_true", help="pings in no order of time")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.variant:
        run_one(given)
    else:
        compare_sizes(given)


def compare_sizes(given):
    print(f"{'pings':>12}{'way':>12}{'CPU s':>9}{'wall s':>9}{'MB':>9}{'ns a ping':>11}", end="")
    print(f"{'x scan':>9}{'x ours':>9}{'x MB':>9}")
    before = {}
    with tempfile.TemporaryDirectory() as folder:
        for n, rows in enumerate(size for size in SIZES if given.least <= size <= given.rows):
            path = (given.data or Path(folder)) / f"pings_{rows}{'_mixed' * given.mixed}.parquet"
            if not path.exists():
                make(path, rows, given.mixed)
            if n == 0:
                for name in ("ours", "our_visits"):
                    measured(name, path, rows)  # numba compiles once, and keeps it
            before = compare(path, rows, before)
            if given.data is None:
                path.unlink()


if __name__ == "__main__":
    main()
