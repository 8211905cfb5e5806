from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.candidates.portfolio.huff_portfolio import huff_problem, huff_value
from expansion_kit.candidates.portfolio.p_median import median_problem
from expansion_kit.candidates.portfolio.portfolio import choose_set
from expansion_kit.candidates.portfolio.site_plan import WHY_NOT, opening_order, plan_comparison, plan_text, site_plan
from expansion_kit.candidates.portfolio.site_rules import positions, site_rules

SITES = pd.DataFrame(
    {"floor_area_sqm": np.linspace(60, 200, 12), "territory_id": ["T1", "T2", "T3"] * 4},
    index=[f"N{k:02d}" for k in range(12)],
)
STORES = pd.DataFrame({"floor_area_sqm": [120.0, 80.0], "own": [True, False]}, index=["P", "R"])
COST = pd.Series(np.arange(3.0, 15.0), SITES.index)


def problem_of(seed):
    draw = np.random.default_rng(seed)
    zones = pd.DataFrame(index=[f"Z{k:02d}" for k in range(40)])
    km = pd.DataFrame(draw.uniform(0.3, 6, (40, 14)), zones.index, [*STORES.index, *SITES.index])
    return huff_problem(zones, STORES, SITES, pd.Series(draw.uniform(1, 9, 40), zones.index), distance=km)


@pytest.mark.parametrize("per_period", [1, 2, 3])
def test_the_order_of_a_small_set_is_the_best_of_all(per_period):
    problem, rules = problem_of(0), site_rules(SITES, count=5)
    chosen = ["N01", "N04", "N07", "N08", "N11"]

    def summed(order):
        at = positions(rules, order)
        ends = [min(end, 5) for end in range(per_period, 5 + per_period, per_period)]
        return sum(huff_value(problem, at[:end]) for end in ends)

    table = opening_order(problem, rules, chosen, per_period=per_period)
    assert summed(table.index) == pytest.approx(max(summed(order) for order in permutations(chosen)), rel=1e-12)
    assert table["order"].tolist() == [1, 2, 3, 4, 5] and table["period"].max() == -(-5 // per_period)
    assert table["gain_so_far"].iloc[-1] == pytest.approx(huff_value(problem, positions(rules, chosen)))
    assert (table["order_method"] == "exact").all()


def test_a_large_set_is_ordered_by_what_each_adds():
    problem, rules = problem_of(1), site_rules(SITES)
    table = opening_order(problem, rules, SITES.index)
    assert (table["order_method"] == "greedy").all() and table["gain"].is_monotonic_decreasing
    assert opening_order(problem, rules, SITES.index[::-1]).equals(table)


def test_openings_a_period_must_be_a_number():
    with pytest.raises(ValueError, match="per_period"):
        opening_order(problem_of(0), site_rules(SITES), ["N01"], per_period=0)


def test_the_first_store_of_a_median_saves_nothing_known():
    away = pd.DataFrame(np.random.default_rng(0).uniform(1, 9, (20, 4)), columns=list("ABCD"))
    rules = site_rules(pd.DataFrame(index=list("ABCD")), count=2)
    problem = median_problem(away, pd.Series(1.0, away.index))
    plan = choose_set(problem, rules)
    table = site_plan(problem, rules, plan)
    assert table["distance_saved"].isna().tolist() == [True, False, True, True]
    assert plan_comparison(problem, rules, plan)["worse_by"].isna().all()


def test_the_plan_says_what_it_costs_in_which_order_and_why_not_the_others():
    problem, draws = problem_of(2), pd.DataFrame(True, index=range(4), columns=SITES.index)
    rules = site_rules(SITES, budget=25, cost=COST, per_territory=1, must_not=["N11"])
    plan = choose_set(problem, rules)
    table = site_plan(problem, rules, plan, per_period=2, drawn=draws)
    chosen = table[table["chosen"]]
    assert sorted(chosen.index) == plan["chosen"] and chosen["order"].tolist() == list(range(1, len(chosen) + 1))
    assert table["chosen"].iloc[: len(chosen)].all() and len(table) == len(SITES)
    assert chosen["cost_so_far"].iloc[-1] == COST[plan["chosen"]].sum() <= 25
    assert chosen["budget_left"].iloc[-1] == 25 - chosen["cost_so_far"].iloc[-1]
    assert chosen["net_gain"].sum() == pytest.approx(plan["value"]) and table["chosen_share"].eq(1).all()
    assert table.loc["N11", "why_not"] == "portfolio.must_not" and (chosen["why_not"] == "").all()
    others = table[~table["chosen"]]
    homes = set(SITES.loc[plan["chosen"], "territory_id"])
    full = others.index[others["why_not"] == "portfolio.territory"]
    assert set(SITES.loc[full, "territory_id"]) <= homes and set(others["why_not"]) <= set(WHY_NOT.values())


def test_the_comparison_adds_up():
    problem, rules = problem_of(3), site_rules(SITES, count=4, cost=COST)
    plan = choose_set(problem, rules)
    table = plan_comparison(problem, rules, plan)
    assert table.index.tolist() == ["chosen", "next_best", "best_singles"]
    for row in table.itertuples():
        assert row.gain == pytest.approx(huff_value(problem, positions(rules, row.sites))) and row.alone >= row.gain
        assert row.cost == COST[list(row.sites)].sum() and row.worse_by == pytest.approx(1 - row.gain / plan["value"])
    assert (table["worse_by"] >= -1e-12).all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_text_says_proved_or_how_far(lang):
    problem, rules = problem_of(4), site_rules(SITES, count=4)
    proved, open_gap = choose_set(problem, rules), choose_set(problem, rules, work=10)
    assert plan_text(problem, proved, lang) == words.say("portfolio.proved", lang)
    assert f"{open_gap['gap']:.1%}" in plan_text(problem, open_gap, lang)
    for key in WHY_NOT.values():
        assert words.say(key, lang)
