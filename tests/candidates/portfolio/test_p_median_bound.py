from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import OptimizeResult

from expansion_kit.candidates.portfolio.p_median import median_problem, median_value
from expansion_kit.candidates.portfolio.p_median_bound import answer, forbidden, lagrangian, nested_radius
from expansion_kit.candidates.portfolio.site_rules import site_rules

SITES = [f"S{k}" for k in range(9)]


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_below_the_best_and_fixes_no_site_of_a_better_set(seed):
    draw = np.random.default_rng(seed)
    problem = median_problem(
        pd.DataFrame(draw.uniform(0, 9, (20, 9)), columns=SITES), pd.Series(draw.uniform(1, 5, 20))
    )
    rules = site_rules(pd.DataFrame(index=SITES), count=3, must=["S1"])
    ranked = sorted((median_value(problem, at), at) for at in combinations(range(9), 3) if 1 in at)
    value = ranked[4][0]  # of a set that four are better than
    bound, fixed = lagrangian(problem, rules, value)
    assert bound <= ranked[0][0] * (1 + 1e-9)
    for _, at in ranked[:4]:
        assert all(fixed[k] != 0 for k in at) and set(np.flatnonzero(fixed == 1)) <= set(at)


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_model_finds_the_best_and_without_it_the_next(seed):
    draw = np.random.default_rng(seed)
    away = pd.DataFrame(draw.integers(0, 6, (15, 9)).astype(float), columns=SITES)
    problem = median_problem(away, pd.Series(draw.integers(1, 4, 15), dtype=float), stores=["S8"])
    rules = site_rules(pd.DataFrame(index=SITES[:8]), count=2)
    ranked = sorted((median_value(problem, at), at) for n in (0, 1, 2) for at in combinations(range(8), n))
    at, bound, status = nested_radius(problem, rules)
    assert median_value(problem, at) == ranked[0][0] == pytest.approx(bound) and status == "optimal"
    other, _, _ = nested_radius(problem, rules, without=[at])
    assert sorted(other) != sorted(at) and median_value(problem, other) == ranked[1][0]


def test_a_time_limit_is_no_proof():
    found = OptimizeResult(status=1, x=np.array([1.0, 0.0]), mip_dual_bound=3.0, fun=9.0, message="")
    assert answer(found, 2, 10.0) == ([0], 13.0, "time limit")
    without = OptimizeResult(status=1, x=None, mip_dual_bound=None, fun=None, message="")
    assert answer(without, 2, 10.0) == (None, -np.inf, "time limit")
    with pytest.raises(RuntimeError, match="unbounded"):
        answer(OptimizeResult(status=3, x=None, mip_dual_bound=None, message="unbounded"), 2, 0.0)


def test_a_forbidden_set_alone_breaks_its_row():
    table, most = forbidden([(0, 2)], 3)
    kept = [(table @ np.array(y, dtype=float) <= most).all() for y in ([1, 0, 1], [1, 1, 1], [1, 0, 0], [0, 0, 0])]
    assert kept == [False, True, True, True]
