from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.portfolio.huff_exact import huff_exact
from expansion_kit.candidates.portfolio.huff_portfolio import huff_value
from expansion_kit.candidates.portfolio.site_rules import broken, site_rules


def drawn(seed, n=9):
    draw = np.random.default_rng(seed)
    ids = pd.Index([f"N{k}" for k in range(n)])
    pull = np.exp(draw.normal(-1, 1.5, (n, 25)))
    return {"kind": "huff", "ids": ids, "money": draw.uniform(1, 9, 25), "pull": pull}, draw


def values(problem, rules):
    n = len(rules["ids"])
    sets = [at for size in range(n + 1) for at in combinations(range(n), size)]
    kept = [at for at in sets if not broken(rules, rules["ids"][list(at)])]
    return sorted(((huff_value(problem, at), at) for at in kept), reverse=True)


@pytest.mark.parametrize("seed", range(15))
def test_the_best_and_the_next_best_are_those_of_all_sets(seed):
    problem, draw = drawn(seed)
    sites = pd.DataFrame({"territory_id": ["T1", "T2", "T3"] * 3}, index=problem["ids"])
    cost = pd.Series(draw.integers(2, 7, 9), sites.index, dtype=float)
    kinds = [
        {"count": 3},
        {"budget": 14, "cost": cost},
        {"count": 4, "per_territory": 1},
        {"count": 4, "budget": 15, "cost": cost, "per_territory": 2, "must": ["N3"], "must_not": ["N0"]},
    ]
    rules = site_rules(sites, **kinds[seed % 4])
    first, second = values(problem, rules)[:2]
    start = np.flatnonzero(rules["must"])  # from the worst start there is
    sets, bound, complete = huff_exact(problem, rules, start)
    assert complete and sets[0][1] == first[1] and sets[1][1] == second[1] and len(sets) == 2
    assert sets[0][0] == pytest.approx(first[0], rel=1e-12) and bound == sets[0][0]


def test_tied_sets_are_all_found():
    problem, _ = drawn(1)
    problem["pull"][3] = problem["pull"][5] = problem["pull"].max() * 3
    problem["pull"][[3, 5]] += 0.0
    rules = site_rules(pd.DataFrame(index=problem["ids"]), count=1)
    sets, _, complete = huff_exact(problem, rules, [0])
    assert complete and {at for value, at in sets if value == pytest.approx(sets[0][0], rel=1e-9)} == {(3,), (5,)}
    assert len(sets) == 3


@pytest.mark.parametrize("seed", range(5))
def test_work_that_runs_out_leaves_a_bound_above_the_best(seed):
    problem, _ = drawn(seed, n=14)
    rules = site_rules(pd.DataFrame(index=problem["ids"]), count=4)
    best = max(huff_value(problem, at) for at in combinations(range(14), 4))
    sets, bound, complete = huff_exact(problem, rules, [0, 1, 2, 3], work=500)
    assert not complete and bound >= best and sets[0][0] <= best
