from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.portfolio.huff_portfolio import huff_bound, huff_gains, huff_problem, huff_set, huff_value
from expansion_kit.candidates.portfolio.portfolio import best_singles, choose_set
from expansion_kit.candidates.portfolio.site_rules import broken, positions, site_rules
from expansion_kit.market.huff import capture
from expansion_kit.market.transfer import sales_transfer, transfer_totals


def city(seed, n_zones=30, n_sites=8):
    """A small city of points: zones, two own and two rival stores, sites, demand and kilometres."""
    draw = np.random.default_rng(seed)
    zones = pd.DataFrame(index=[f"Z{k:03d}" for k in range(n_zones)])
    stores = pd.DataFrame({"floor_area_sqm": 100.0, "own": [True, True, False, False]}, index=["P", "Q", "R", "S"])
    sites = pd.DataFrame(
        {"floor_area_sqm": draw.uniform(50, 300, n_sites)}, index=[f"N{k:02d}" for k in range(n_sites)]
    )
    at = {"zones": draw.uniform(0, 10, (n_zones, 2)), "places": draw.uniform(0, 10, (4 + n_sites, 2))}
    km = np.hypot(*(at["zones"][:, None] - at["places"]).transpose(2, 0, 1)).clip(0.2)
    km = pd.DataFrame(km, zones.index, [*stores.index, *sites.index])
    return zones, stores, sites, pd.Series(draw.integers(1, 20, n_zones), zones.index, dtype=float), km


def sets(rules):
    n = len(rules["ids"])
    for size in range(n + 1):
        yield from (at for at in combinations(range(n), size) if not broken(rules, rules["ids"][list(at)]))


@pytest.mark.parametrize("seed", range(3))
def test_the_value_of_a_set_is_the_net_gain_of_the_transfer(seed):
    zones, stores, sites, demand, km = city(seed)
    options = {"alpha": 0.8, "decay": 1.7, "outside": 40.0, "distance": km}
    problem = huff_problem(zones, stores, sites, demand, **options)
    for at in [(2,), (0, 5), (1, 3, 6)]:
        table = sales_transfer(zones, stores, demand, opening=sites.iloc[list(at)], **options)
        assert huff_value(problem, at) == pytest.approx(transfer_totals(table)["net_gain"], rel=1e-10)
    assert huff_gains(problem, []) == pytest.approx(
        capture(zones, stores, sites, demand, **options)["net_gain"], rel=1e-10
    )
    assert problem["demand"] == demand.sum()


def test_the_transfer_example_of_the_textbook():
    # methods.md, section 2: the data of section 1, a new own store, net gain 2486.5385
    zones = pd.DataFrame(index=["Z1", "Z2"])
    stores = pd.DataFrame({"floor_area_sqm": [1000, 500, 2000], "own": [True, False, False]}, index=["A", "B", "C"])
    sites = pd.DataFrame({"floor_area_sqm": [1500]}, index=["N"])
    km = pd.DataFrame([[1, 2, 4, 2], [3, 1, 2, 1.5]], zones.index, ["A", "B", "C", "N"])
    problem = huff_problem(zones, stores, sites, pd.Series([10_000, 6_000], zones.index), distance=km)
    assert huff_value(problem, [0]) == pytest.approx(2486.5385, abs=5e-5)
    assert problem["own_today"] == pytest.approx(8600)


def test_the_heuristic_is_near_the_best_of_all_sets_and_the_bound_above_it():
    reached = []
    for seed in range(100):  # benchmarks/portfolio.py has 1,000
        zones, stores, sites, demand, km = city(seed)
        problem = huff_problem(zones, stores, sites, demand, distance=km)
        cost = pd.Series(np.random.default_rng(seed).integers(2, 7, 8), sites.index, dtype=float)
        rules = site_rules(sites, **({"budget": 12, "cost": cost} if seed % 2 else {"count": 3}))
        best = max(huff_value(problem, at) for at in sets(rules))
        at, value = huff_set(problem, rules)
        assert broken(rules, rules["ids"][at]) == [] and value == pytest.approx(huff_value(problem, at), rel=1e-12)
        assert huff_bound(problem, rules, at, steps=20) >= best * (1 - 1e-12)
        reached.append(value / best)
    assert np.mean(reached) >= 0.995 and min(reached) >= 0.95 and max(reached) <= 1 + 1e-12


def test_the_best_singles_are_not_the_best_set():
    # Two sites side by side before a big zone, each the best alone, and one apart before a smaller one.
    zones = pd.DataFrame(index=["Z1", "Z2"])
    stores = pd.DataFrame({"floor_area_sqm": [100], "own": [False]}, index=["R"])
    sites = pd.DataFrame({"floor_area_sqm": [100, 100, 100]}, index=["A", "B", "C"])
    km = pd.DataFrame([[1, 1, 1, 9], [1, 9, 9, 1]], zones.index, ["R", "A", "B", "C"])
    problem = huff_problem(zones, stores, sites, pd.Series([600, 500], zones.index), distance=km)
    rules = site_rules(sites, count=2)
    singles = best_singles(problem, rules)
    plan = choose_set(problem, rules)
    assert singles == ["A", "B"] and plan["chosen"] == ["A", "C"] and plan["proved"]
    # by hand: A and B take 2/3 of Z1 and, at 1/81 each, 2/83 of Z2; A and C 82/163 of each
    assert huff_value(problem, positions(rules, singles)) == pytest.approx(600 * 2 / 3 + 500 * 2 / 83)
    assert plan["value"] == pytest.approx(1100 * 82 / 163)


def test_what_own_stores_lose_counts_against_a_site():
    zones = pd.DataFrame(index=["Z1", "Z2"])
    stores = pd.DataFrame({"floor_area_sqm": [100, 100], "own": [True, False]}, index=["O", "R"])
    sites = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["beside_own", "beside_rival"])
    km = pd.DataFrame([[1, 9, 1, 9], [9, 1, 9, 1]], zones.index, ["O", "R", "beside_own", "beside_rival"])
    problem = huff_problem(zones, stores, sites, pd.Series([600, 500], zones.index), distance=km)
    assert choose_set(problem, site_rules(sites, count=1))["chosen"] == ["beside_rival"]


def test_a_market_that_is_all_own_gains_nothing():
    zones, stores, sites, demand, km = city(0)
    problem = huff_problem(zones, stores.assign(own=True), sites, demand, distance=km)
    plan = choose_set(problem, site_rules(sites, count=2))
    assert plan["value"] == pytest.approx(0, abs=1e-9) and plan["proved"]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"competition": 0.5}, "competing"), ({"form": "line"}, "form"), ({"outside": -1}, "outside")],
)
def test_what_the_model_cannot_hold_is_refused(options, message):
    zones, stores, sites, demand, km = city(0)
    with pytest.raises(ValueError, match=message):
        huff_problem(zones, stores, sites, demand, distance=km, **options)
    with pytest.raises(ValueError, match="own"):
        huff_problem(zones, stores.assign(own=None), sites, demand, distance=km)


def test_pulls_of_any_size_give_numbers():
    zones, stores, sites, demand, km = city(0)
    problem = huff_problem(zones, stores, sites, demand, decay=400.0, distance=km)
    assert np.isfinite(huff_gains(problem, [])).all() and huff_value(problem, range(8)) <= demand.sum()
