from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import floyd_warshall

from expansion_kit.candidates.portfolio.p_median import median_problem, median_set, median_value
from expansion_kit.candidates.portfolio.portfolio import choose_set, next_best
from expansion_kit.candidates.portfolio.site_rules import broken, site_rules

SITES = [f"S{k}" for k in range(9)]


def drawn(seed, **options):
    draw = np.random.default_rng(seed)
    away = pd.DataFrame(draw.uniform(0, 10, (25, 9)), columns=SITES)
    return median_problem(away, pd.Series(draw.uniform(1, 20, 25)), **options), draw


def sets(rules):
    n = len(rules["ids"])
    for size in range(1, n + 1):
        yield from (at for at in combinations(range(n), size) if not broken(rules, rules["ids"][list(at)]))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("stores", [(), ("S0",)])
def test_the_median_is_the_best_of_all_sets_under_rules_and_proved(seed, stores):
    problem, draw = drawn(seed, stores=stores)
    ids = problem["ids"]
    sites = pd.DataFrame({"territory_id": ["T1", "T2", "T3"] * 3}, index=SITES).loc[ids]
    cost = pd.Series(draw.integers(3, 9, len(ids)), ids, dtype=float)
    rules = site_rules(sites, count=4, budget=19, cost=cost, per_territory=2, must=[ids[2]], must_not=[ids[5]])
    values = sorted(median_value(problem, at) for at in sets(rules))
    plan = choose_set(problem, rules)
    assert plan["value"] == pytest.approx(values[0], rel=1e-12) and plan["proved"]
    assert plan["bound"] <= values[0] * (1 + 1e-9)
    other = next_best(problem, rules, plan)
    assert other["value"].iloc[-1] == pytest.approx(values[1], rel=1e-9) and other["proved"].all()


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_holds_without_the_exact_model(seed):
    problem, _ = drawn(seed)
    rules = site_rules(pd.DataFrame(index=SITES), count=3)
    best = min(median_value(problem, at) for at in combinations(range(9), 3))
    found = median_set(problem, rules, seconds=0)
    assert found["bound"] <= best * (1 + 1e-9) and found["value"] >= best * (1 - 1e-12)


def test_tied_sets_are_reported():
    away = pd.DataFrame([[1.0, 1.0, 5.0], [1.0, 1.0, 5.0]], columns=["A", "B", "C"])
    problem, rules = (
        median_problem(away, pd.Series([1.0, 1.0])),
        site_rules(pd.DataFrame(index=["A", "B", "C"]), count=1),
    )
    plan = choose_set(problem, rules)
    others = next_best(problem, rules, plan)
    assert {plan["chosen"][0], others["sites"].iloc[0][0]} == {"A", "B"} and others["tied"].tolist() == [True, False]


def test_nothing_depends_on_the_order_of_rows():
    draw = np.random.default_rng(5)
    away = pd.DataFrame(draw.uniform(0, 10, (40, 9)), columns=SITES)
    weight = pd.Series(draw.uniform(1, 9, 40))
    rules = site_rules(pd.DataFrame(index=SITES), count=3)
    mixed = away.iloc[draw.permutation(40), draw.permutation(9)]
    plans = [choose_set(median_problem(table, weight), rules) for table in (away, mixed)]
    assert plans[0]["chosen"] == plans[1]["chosen"] and plans[0]["value"] == plans[1]["value"]


def test_a_zone_out_of_reach_is_refused():
    with pytest.raises(ValueError, match="leaves no zone out"):
        median_problem(pd.DataFrame({"A": [1.0, np.inf]}), pd.Series([1.0, 1.0]))


@pytest.mark.parametrize("number", [1, 4, 5, 7, 10])
def test_or_library_optima_are_found_and_proved(shared, number):
    words = (shared / "orlib_pmed" / f"pmed{number}.txt").read_text().split()
    n, edges, p = map(int, words[:3])
    away = np.full((n, n), np.inf)
    for a, b, cost in np.array(words[3 : 3 + 3 * edges], dtype=int).reshape(-1, 3):
        away[a - 1, b - 1] = away[b - 1, a - 1] = cost  # of an edge given twice the last counts
    np.fill_diagonal(away, 0)
    ids = [f"{k:03d}" for k in range(n)]
    problem = median_problem(pd.DataFrame(floyd_warshall(away), ids, ids), pd.Series(1.0, ids))
    plan = choose_set(problem, site_rules(pd.DataFrame(index=ids), count=p))
    known = (shared / "orlib_pmed" / "pmedopt_1_15.txt").read_text().split()
    assert plan["value"] == float(known[known.index(f"pmed{number}") + 1]) and plan["proved"]


def test_san_francisco_four_stores(shared):
    folder = shared / "sf_locate"
    table = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={"DestinationName": str}
    )
    people = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv", dtype={"NAME": str})
    away = table.pivot(index="DestinationName", columns="name", values="distance")
    problem = median_problem(away, people.set_index("NAME")["POP2000"])
    rules = site_rules(pd.DataFrame(index=away.columns), count=4)
    plan = choose_set(problem, rules)
    assert plan["value"] / problem["weight"] == pytest.approx(2982.1268579890657, abs=1e-9) and plan["proved"]
    assert next_best(problem, rules, plan)["value"].iloc[0] == pytest.approx(2_875_410_060.60, abs=0.01)
