from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.portfolio.coverage import cover_problem
from expansion_kit.candidates.portfolio.huff_portfolio import huff_problem, huff_value
from expansion_kit.candidates.portfolio.portfolio import (
    assert_kept,
    best_singles,
    choose_set,
    gain_curve,
    next_best,
    worth,
)
from expansion_kit.candidates.portfolio.site_rules import site_rules

SITES = pd.DataFrame({"floor_area_sqm": np.linspace(60, 200, 14)}, index=[f"N{k:02d}" for k in range(14)])
STORES = pd.DataFrame({"floor_area_sqm": [120.0, 80.0, 90.0], "own": [True, False, False]}, index=["P", "R", "S"])


def city(seed):
    draw = np.random.default_rng(seed)
    zones = pd.DataFrame(index=[f"Z{k:02d}" for k in range(60)])
    km = pd.DataFrame(draw.uniform(0.3, 8, (60, 17)), zones.index, [*STORES.index, *SITES.index])
    return zones, pd.Series(draw.uniform(1, 9, 60), zones.index), km


def problem_of(seed):
    zones, demand, km = city(seed)
    return huff_problem(zones, STORES, SITES, demand, outside=20.0, distance=km)


@pytest.mark.parametrize("seed", range(3))
def test_the_plan_is_the_best_of_all_sets_and_the_next_best_follows(seed):
    problem, rules = problem_of(seed), site_rules(SITES, count=4)
    ranked = sorted(((huff_value(problem, at), at) for at in combinations(range(14), 4)), reverse=True)[:2]
    plan = choose_set(problem, rules)
    assert plan["chosen"] == list(SITES.index[list(ranked[0][1])]) and plan["proved"] and plan["gap"] == 0
    other = next_best(problem, rules, plan)
    assert other["sites"].tolist() == [tuple(SITES.index[list(ranked[1][1])])] and other["proved"].all()
    assert other["difference"].iloc[0] == pytest.approx(1 - ranked[1][0] / ranked[0][0])


@pytest.mark.parametrize("seed", range(3))
def test_without_a_proof_the_gap_holds_the_best(seed):
    problem, rules = problem_of(seed), site_rules(SITES, count=4)
    best = max(huff_value(problem, at) for at in combinations(range(14), 4))
    plan = choose_set(problem, rules, work=100)
    assert not plan["proved"] and plan["value"] <= best <= plan["bound"] == plan["value"] * (1 + plan["gap"])


def test_nothing_depends_on_the_order_of_rows():
    zones, demand, km = city(7)
    draw = np.random.default_rng(0)
    mixed = [table.iloc[draw.permutation(len(table))] for table in (zones, STORES, SITES, demand)]
    plans = []
    for tables in ((zones, STORES, SITES, demand), mixed):
        problem = huff_problem(*tables, distance=km.iloc[::-1, ::-1] if tables is mixed else km)
        plans.append(choose_set(problem, site_rules(tables[2], count=4)))
    assert plans[0]["chosen"] == plans[1]["chosen"] and plans[0]["value"] == plans[1]["value"]


def test_best_singles_keep_the_rules_and_are_never_better():
    problem = problem_of(1)
    rules = site_rules(SITES, count=5, must=["N00"], must_not=["N13"])
    singles, plan = best_singles(problem, rules), choose_set(problem, rules)
    assert singles[0] == "N00" and "N13" not in singles and len(singles) == 5
    assert worth(problem, rules["ids"].get_indexer(singles)) <= plan["value"] * (1 + 1e-12)


def test_each_further_site_adds_less_and_the_singles_alone_promise_more():
    problem = problem_of(2)
    curve = gain_curve(problem, site_rules(SITES), 6)
    assert curve.index.tolist() == [1, 2, 3, 4, 5, 6] and curve["proved"].all()
    assert (curve["best_set"] >= curve["best_singles"] * (1 - 1e-12)).all() and (
        curve["alone"] >= curve["best_singles"]
    ).all()
    # The best sets of 1, 2, ... need not be nested, but no site can add more than the best one alone.
    assert (curve["best_set"].diff().dropna() <= curve.loc[1, "best_set"]).all()


def test_a_curve_is_of_gains():
    with pytest.raises(ValueError, match="net capture or of maximal cover"):
        gain_curve({"kind": "median"}, {}, 3)


def test_problem_and_rules_must_be_of_the_same_sites():
    with pytest.raises(ValueError, match="'N00'"):
        choose_set(problem_of(0), site_rules(SITES.drop(index="N00"), count=1))


def test_a_set_that_breaks_a_rule_is_not_handed_out():
    with pytest.raises(RuntimeError, match="count"):
        assert_kept(site_rules(SITES, count=1), ["N00", "N01"])


def test_tied_covers_are_all_listed():
    away = pd.DataFrame(np.where(np.eye(4), 1.0, 9.0), list("WXYZ"), list("ABCD"))
    problem = cover_problem(away, pd.Series([5, 5, 5, 1], list("WXYZ")), 2.0)
    rules = site_rules(pd.DataFrame(index=list("ABCD")), count=1)
    plan = choose_set(problem, rules)
    others = next_best(problem, rules, plan)
    assert others["tied"].tolist() == [True, True, False] and others["value"].tolist() == [5, 5, 1]
