"""
Which set of sites: known optima of OR-Library and San Francisco, net capture against all sets, speed at city size.

    python benchmarks/portfolio.py                 all of it
    python benchmarks/portfolio.py --only pmed     one of pmed, francisco, small, large; --cases: small ones

CPU seconds, not wall clocks, and ratios of one run; set OMP_NUM_THREADS=1. Says so where the data are absent.
"""

import argparse
import os
import sys
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from expansion_kit.candidates.portfolio.coverage import cover_problem
from expansion_kit.candidates.portfolio.huff_portfolio import huff_bound, huff_problem, huff_set, huff_value
from expansion_kit.candidates.portfolio.p_median import median_problem, median_set
from expansion_kit.candidates.portfolio.portfolio import best_singles, choose_set
from expansion_kit.candidates.portfolio.site_plan import plan_text
from expansion_kit.candidates.portfolio.site_rules import broken, positions, site_rules

DATA = ROOT.parent / "shared" / "data"


def timed(work):
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def or_library():
    from scipy.sparse.csgraph import floyd_warshall

    known = (DATA / "orlib_pmed" / "pmedopt_1_15.txt").read_text().split()
    print("OR-Library p-median (aim: every optimum, 10 of 15 proved, gap at most 1.1 %)")
    print(
        f"{'case':>7}{'n':>5}{'p':>5}{'known':>7}{'found':>7}{'gap':>8}{'proved':>8}{'CPU s':>7}{'without solver':>16}"
    )
    optima = proved = worst = 0
    for number in range(1, 16):
        text = (DATA / "orlib_pmed" / f"pmed{number}.txt").read_text().split()
        n, edges, p = map(int, text[:3])
        away = np.full((n, n), np.inf)
        for a, b, cost in np.array(text[3 : 3 + 3 * edges], dtype=int).reshape(-1, 3):
            away[a - 1, b - 1] = away[b - 1, a - 1] = cost  # of an edge given twice the last counts
        np.fill_diagonal(away, 0)
        ids = [f"{k:03d}" for k in range(n)]
        problem = median_problem(pd.DataFrame(floyd_warshall(away), ids, ids), pd.Series(1.0, ids))
        rules = site_rules(pd.DataFrame(index=ids), count=p)
        plan, cpu = timed(lambda: choose_set(problem, rules, restarts=100))  # noqa: B023
        worst = max(worst, plan["gap"])
        if number == 10:
            beside_spopt(problem["cost"], p, plan, cpu)
        quick = median_set(problem, rules, restarts=100, seconds=0)
        best = float(known[known.index(f"pmed{number}") + 1])
        optima, proved = optima + (plan["value"] == best), proved + plan["proved"]
        print(
            f"{'pmed' + str(number):>7}{n:5}{p:5}{best:7.0f}{plan['value']:7.0f}{plan['gap']:8.2%}"
            f"{plan['proved']!s:>8}{cpu:7.2f}{1 - quick['bound'] / quick['value']:16.2%}"
        )
    print(f"optima {optima} of 15, proved {proved}")
    told(
        "share of optima found, OR-Library pmed1 to pmed15",
        peer="published optima",
        ratio=optima / 15,
        aim=">= 0.95",
        holds=f"{proved} proved, largest proven gap {worst:.2%}",
        right=worst <= 0.011,
    )


def beside_spopt(away, p, plan, cpu):
    """spopt's exact model with the solver that is here, its own process counted too; imports are not."""
    size = f"p-median proved, {len(away)} nodes, {p} chosen"
    try:
        import pulp
        from spopt.locate import PMedian
    except ImportError:
        told(size, peer="spopt, not installed", ratio=None, aim=">= 1.8")
        return
    name = next(name for name in ("HiGHS", "PULP_CBC_CMD") if name in pulp.listSolvers(onlyAvailable=True))
    begun = sum(os.times()[:4])
    model = PMedian.from_cost_matrix(away, np.ones(len(away)), p_facilities=p)
    solved = model.solve(pulp.getSolver(name, msg=False, timeLimit=100))
    theirs, value = sum(os.times()[:4]) - begun, solved.problem.objective.value()
    told(
        size,
        peer=f"spopt + {name}",
        ratio=theirs / cpu,
        aim=">= 1.8",
        holds=f"{plan['value']:.0f}, proved {plan['proved']}; theirs {value:.0f}",
        right=plan["proved"] and plan["value"] <= value + 1e-6,
    )


def francisco():
    folder = DATA / "sf_locate"
    names = {"DestinationName": str, "NAME": str}
    away = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype=names)
    away = away.pivot(index="DestinationName", columns="name", values="distance")
    people = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv", dtype=names).set_index("NAME")["POP2000"]
    rules = site_rules(pd.DataFrame(index=away.columns), count=4)
    median, cover = median_problem(away, people), cover_problem(away, people, 5000)
    plan = choose_set(median, rules)
    print("\nSan Francisco, 4 of 16 stores (known: 2,982.1268579890657 m; 21 tracts left, 89.76 %, 91.64 %)")
    print(f"4-median: mean distance {plan['value'] / median['weight']!r} m, proved {plan['proved']}, {plan['chosen']}")
    plan = choose_set(cover, rules)
    print(f"cover 5 km: {plan_text(cover, plan, 'en')}")


def city(draw, n_zones, n_sites):
    """Points in a square of 10 km: zones with demand, two own and two rival stores, sites; kilometres."""
    zones = pd.DataFrame(index=pd.RangeIndex(n_zones))
    stores = pd.DataFrame({"floor_area_sqm": 100.0, "own": [True, True, False, False]}, index=["P", "Q", "R", "S"])
    sites = pd.DataFrame({"floor_area_sqm": draw.uniform(50, 300, n_sites)}, index=[f"N{k}" for k in range(n_sites)])
    sites["territory_id"] = draw.choice(["T1", "T2", "T3"], n_sites)
    at, places = draw.uniform(0, 10, (n_zones, 2)), draw.uniform(0, 10, (4 + n_sites, 2))
    km = np.hypot(*(at[:, None] - places).transpose(2, 0, 1)).clip(0.2)
    demand = pd.Series(draw.integers(1, 20, n_zones), dtype=float)
    return zones, stores, sites, demand, pd.DataFrame(km, columns=[*stores.index, *sites.index])


def small(cases):
    print(f"\nNet capture, {cases} cases of 30 zones x 8 sites, against all sets (aim: mean 99.5 %, never below 95 %)")
    print(f"{'rules':>22}{'mean':>10}{'least':>10}{'optimal':>9}{'bound above':>13}{'singles':>9}{'least':>9}")
    rows = {}
    for case in range(cases):
        draw = np.random.default_rng(case)
        zones, stores, sites, demand, km = city(draw, 30, 8)
        problem = huff_problem(zones, stores, sites, demand, distance=km)
        cost = pd.Series(draw.integers(2, 7, 8), sites.index, dtype=float)
        kinds = [
            ("count 2", {"count": 2}),
            ("count 3", {"count": 3}),
            ("budget", {"budget": 12, "cost": cost}),
            ("budget and territories", {"count": 4, "budget": 14, "cost": cost, "per_territory": 1}),
        ]
        name, kind = kinds[case % 4]
        rules = site_rules(sites, **kind)
        sets = (list(at) for size in range(9) for at in combinations(range(8), size))
        best = max(huff_value(problem, at) for at in sets if not broken(rules, rules["ids"][at]))
        at, value = huff_set(problem, rules)
        alone = huff_value(problem, positions(rules, best_singles(problem, rules)))
        rows.setdefault(name, []).append((value / best, huff_bound(problem, rules, at) / best, alone / best))
    for name, found in [*rows.items(), ("all", [row for group in rows.values() for row in group])]:
        reached, bounds, alone = np.array(found).T
        share = (reached > 1 - 1e-9).mean()
        print(
            f"{name:>22}{reached.mean():10.4%}{reached.min():10.4%}{share:9.1%}{(bounds >= 1 - 1e-9).mean():13.1%}"
            f"{alone.mean():9.2%}{alone.min():9.2%}"
        )
    told(
        f"net capture of the set, {cases} small cases",
        peer="the best of all sets",
        ratio=reached.mean(),
        aim=">= 0.995",
        holds=f"least {reached.min():.1%}, bound above {(bounds >= 1 - 1e-9).mean():.0%}",
        right=reached.min() >= 0.95 and (bounds >= 1 - 1e-9).all(),
    )


def large(n_zones, n_sites, count):
    draw = np.random.default_rng(0)
    at, money = draw.uniform(-20, 20, (n_zones, 2)), draw.gamma(2, 50, n_zones)
    places, area = draw.uniform(-18, 18, (n_sites, 2)), draw.lognormal(6, 0.3, n_sites)
    rivals, theirs = np.clip(draw.normal(0, 8, (300, 2)), -20, 20), draw.lognormal(6, 1, 300)
    own = np.clip(draw.normal(0, 8, (10, 2)), -20, 20)

    def pull(where, size):
        return size * np.maximum(np.hypot(at[:, :1] - where[:, 0], at[:, 1:] - where[:, 1]), 0.3) ** -2.0

    new, mine = pull(places, area), pull(own, np.full(10, 500.0)).sum(axis=1)
    total = mine + pull(rivals, theirs).sum(axis=1)
    ids = pd.Index([f"{k:04d}" for k in range(n_sites)])
    problem = {
        "kind": "huff",
        "ids": ids,
        "money": money * (1 - mine / total),
        "pull": np.ascontiguousarray((new / total[:, None]).T),
    }
    rules, base = site_rules(pd.DataFrame(index=ids), count=count), float((money * mine / total).sum())

    def sales(chosen):
        return float((money * (mine + new[:, chosen].sum(axis=1)) / (total + new[:, chosen].sum(axis=1))).sum())

    def sales_summed_once(chosen):
        pulled = new[:, chosen].sum(axis=1)
        return float((money * (mine + pulled) / (total + pulled)).sum())

    def naive(value_of):
        chosen = []
        for _ in range(count):
            best, site = max((value_of([*chosen, k]), k) for k in range(n_sites) if k not in chosen)
            chosen.append(site)
        return best - base

    half = problem | {"money": problem["money"][::2], "pull": np.ascontiguousarray(problem["pull"][:, ::2])}
    less = min(timed(lambda: huff_set(half, rules, restarts=0))[1] for _ in range(3))
    runs = [timed(lambda: huff_set(problem, rules, restarts=0)) for _ in range(3)]
    (at_best, value), cpu = min(runs, key=lambda run: run[1])
    plain, cpu_plain = timed(lambda: naive(sales))
    _, cpu_once = timed(lambda: naive(sales_summed_once))
    bound, cpu_bound = timed(lambda: huff_bound(problem, rules, at_best))
    print(f"\nNet capture, {n_zones:,} zones x {n_sites} sites, {count} chosen (aim: 50 times, value no less)")
    print(f"greedy + interchange {cpu:.3f} CPU s; naive numpy greedy {cpu_plain:.2f}: ratio {cpu_plain / cpu:.0f}")
    print(f"naive with each sum of pulls made once instead of twice {cpu_once:.2f}: ratio {cpu_once / cpu:.0f}")
    told(
        f"set by net capture, {n_zones:,} zones x {n_sites} sites, {count} chosen",
        peer="naive numpy greedy",
        ratio=cpu_plain / cpu,
        aim=">= 50",
        grows=doubled(less, cpu),
        holds=f"value x {value / plain:.6f}, bound {bound / value - 1:.1%} above the gain",
        right=value >= plain * (1 - 1e-9) and bound <= 1.1 * value,
    )
    print(f"value over naive {value / plain:.9f}; bound {bound / value - 1:.2%} above the gain, {cpu_bound:.1f} CPU s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--only", choices=["pmed", "francisco", "small", "large"])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--zones", type=int, default=20_000)
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--count", type=int, default=10)
    given = parser.parse_args()
    for name, work in (("pmed", or_library), ("francisco", francisco)):
        if given.only in (None, name):
            work() if DATA.is_dir() else print(f"{name}: the real data (../shared/data) are not on this machine")
    if given.only in (None, "small"):
        small(given.cases)
    if given.only in (None, "large"):
        large(given.zones, given.sites, given.count)


if __name__ == "__main__":
    main()
