"""
Territories of Seoul's 425 dongs (5, 10, 25) and of the demo city, beside spopt's max-p, SKATER and region k-means.

    python benchmarks/territories.py [FOLDER WITH SEOUL'S FILES] [--seconds 20] [--only ours]

Spread is max |W - mean| / mean, W the residents of a territory. Contiguity is checked by networkx on neighbours found
anew (polygons that intersect in more than a point), not on our own links. The peers stop after so many seconds each:
they seek alike zones (SKATER, k-means: on the inner points, which makes compact regions) or as many regions as possible
above a floor (max-p: 0.9 of the mean), none of them balance; their spread says what one gets when taking them for it.
"""

import argparse
import multiprocessing
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from expansion_kit import geo, load_city
from expansion_kit.sources.seoul import read_seoul
from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.planning import plan_territories
from expansion_kit.territories.redrawing import redraw_territories

DATA = ROOT.parent / "shared" / "data" / "seoul_commercial"
GOALS = {5: 0.05, 10: 0.05, 25: 0.10, 8: 0.05}


def seoul(folder):
    zones = read_seoul(folder)[1]["zones"].set_index("zone_id")
    inner = zones.representative_point()
    return geo.to_metres(zones, geo.metric_crs(inner.x, inner.y))


def neighbours(zones):
    """Pairs whose polygons share a line, each way found by shapely alone."""
    shapes = zones.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    common = shapely.get_dimensions(shapely.intersection(shapes[first], shapes[second]))
    return list(zip(zones.index[first[common > 0]], zones.index[second[common > 0]]))


def whole(plan, pairs):
    """Whether each territory is in one piece."""
    import networkx as nx

    graph = nx.Graph(pairs)
    return all(nx.is_connected(graph.subgraph(zones)) for zones in plan.groupby(plan).groups.values())


def spread(plan, residents):
    sums = residents.groupby(plan).sum()
    return float((sums / sums.mean() - 1).abs().max())


def line(name, n, plan, residents, pairs, seconds):
    print(
        f"{name:16}{n:4}{plan.nunique():7}{'yes' if whole(plan, pairs) else 'NO':>8}"
        f"{spread(plan, residents):9.4f}{seconds:8.1f}"
    )


def peer(name, zones, residents, pairs, n, answer):
    """Labels of a peer into a pipe; run in a process of its own, so that it can be stopped."""
    warnings.simplefilter("ignore")
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic, RegionKMeansHeuristic, Skater

    number = {zone: k for k, zone in enumerate(zones.index)}
    near = {k: [] for k in range(len(zones))}
    for a, b in pairs:
        near[number[a]].append(number[b])
        near[number[b]].append(number[a])
    inner = zones.representative_point()
    table = zones[["geometry"]].assign(residents=residents, x=inner.x, y=inner.y).reset_index(drop=True)
    np.random.seed(0)  # noqa: NPY002 spopt draws from the global generator
    if name == "max-p":
        floor = 0.9 * residents.sum() / n
        few = {"max_iterations_construction": 3, "max_iterations_sa": 1}
        model = MaxPHeuristic(table, W(near), ["x", "y"], "residents", floor, **few)
    elif name == "SKATER":
        model = Skater(table, W(near), ["x", "y"], n_clusters=n, floor=1)
    else:
        model = RegionKMeansHeuristic(table[["x", "y"]].to_numpy(), n, W(near))
    model.solve()
    answer.send(np.asarray(model.labels_).astype(int))


def beside(zones, residents, pairs, n, seconds):
    try:
        import spopt  # noqa: F401
    except ImportError:
        print("(spopt is not installed: no peers)")
        return
    context = multiprocessing.get_context("fork")
    for name in ("max-p", "SKATER", "region k-means"):
        answer, end = context.Pipe(duplex=False)
        worker = context.Process(target=peer, args=(name, zones, residents, pairs, n, end))
        began = time.perf_counter()
        worker.start()
        end.close()
        try:
            labels = answer.recv() if answer.poll(seconds) else None
        except EOFError:  # it failed; its message stands above
            labels = None
        took = time.perf_counter() - began
        worker.terminate()
        worker.join()
        if labels is None:
            print(f"{name:16}{n:4}  no answer in {took:.0f} s")
        else:
            line(name, n, pd.Series(labels, index=zones.index), residents, pairs, took)


def run(city, zones, counts, given):
    residents = zones["population"].astype(float)
    print(f"\n{city}: {len(zones)} zones, {int(residents.isna().sum())} without residents (0 here)")
    print(f"{'method':16}{'n':>4}{'found':>7}{'whole':>8}{'spread':>9}{'wall s':>8}")
    pairs, met = neighbours(zones), True
    links, measures = zone_links(zones), residents.to_frame("population")
    for n in counts:
        began = time.perf_counter()
        plan, causes = plan_territories(zones, measures, n, tolerance=GOALS[n], links=links)
        took = time.perf_counter() - began
        line("ours", n, plan, residents, pairs, took)
        met &= plan.nunique() == n and whole(plan, pairs) and spread(plan, residents) <= GOALS[n] and took < 60
        met &= not len(causes)
        if given.only != "ours":
            beside(zones, residents.fillna(0.0), pairs, n, given.seconds)
    changed = measures * np.random.default_rng(0).lognormal(0, 0.5, (len(zones), 1))
    for n in (plan.nunique(), plan.nunique() + 1, plan.nunique() - 1):
        after, summary = redraw_territories(zones, changed, plan, n=n, tolerance=0.10, links=links)
        text = f"{summary['moves']} zones move, at least {summary['at_least']} must"
        print(f"redrawn to {n:2} after growth: {text}; spread {spread(after, changed['population']):.3f}")
        met &= after.nunique() == n and whole(after, pairs)
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, default=20, help="for each peer and number")
    parser.add_argument("--only", choices=["ours"])
    given = parser.parse_args()
    demo = load_city(ROOT / "data" / "demo_city").metric("zones")
    met = run("Demo city", demo, (8,), given)
    if given.folder.is_dir():
        met &= run("Seoul", seoul(given.folder), (5, 10, 25), given)
    else:
        print(f"\nSeoul is left out: there is no folder {given.folder.name} with its files")
    print("\nours: " + ("every goal met" if met else "A GOAL WAS MISSED"))
    sys.exit(not met)


if __name__ == "__main__":
    main()
