from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.portfolio.coverage import cover_problem, cover_shares, cover_value, max_cover, set_cover
from expansion_kit.candidates.portfolio.portfolio import choose_set, next_best
from expansion_kit.candidates.portfolio.site_plan import plan_text
from expansion_kit.candidates.portfolio.site_rules import broken, site_rules

ZONES, SITES = [f"Z{k:02d}" for k in range(30)], [f"S{k}" for k in range(8)]


def drawn(seed, **options):
    draw = np.random.default_rng(seed)
    away = pd.DataFrame(draw.uniform(0, 10, (30, 8)), ZONES, SITES)
    return cover_problem(away, pd.Series(draw.integers(1, 20, 30), ZONES), 3.0, **options), draw


@pytest.mark.parametrize("seed", range(6))
def test_a_budgeted_cover_is_the_best_of_all_sets(seed):
    problem, draw = drawn(seed, stores=["S0"])
    sites = pd.DataFrame({"territory_id": ["T1", "T2"] * 3 + ["T1"]}, index=SITES[1:])
    cost = pd.Series(draw.integers(3, 9, 7), SITES[1:], dtype=float)
    rules = site_rules(sites, count=4, budget=18, cost=cost, per_territory=2)
    sets = [at for size in range(5) for at in combinations(range(7), size) if not broken(rules, rules["ids"][list(at)])]
    best = max(cover_value(problem, at) for at in sets)
    plan = choose_set(problem, rules)
    assert plan["value"] == best and plan["proved"] and plan["gap"] == 0
    others = next_best(problem, rules, plan)
    values = sorted((cover_value(problem, at) for at in sets), reverse=True)
    found = [plan["value"], *others["value"]]
    assert found == values[: len(found)] and others["proved"].all()


@pytest.mark.parametrize("seed", range(4))
def test_a_set_cover_has_the_fewest_sites(seed):
    problem, _ = drawn(seed, everything=True)
    problem["reach"][~problem["reach"].any(axis=1), 0] = True
    rules = site_rules(pd.DataFrame(index=SITES))
    fewest = min(
        size
        for size in range(9)
        for at in combinations(range(8), size)
        if problem["reach"][:, list(at)].any(axis=1).all()
    )
    plan = choose_set(problem, rules)
    assert plan["value"] == fewest and plan["proved"]


def test_a_cover_that_cannot_be_had_says_why():
    problem, _ = drawn(0, everything=True)
    problem["reach"][:, 0] = True
    rules = site_rules(pd.DataFrame(index=SITES), count=1, must=["S7"])
    with pytest.raises(ValueError, match="the rules leave no set"):
        set_cover(problem, rules)
    problem["reach"][4] = False
    with pytest.raises(ValueError, match="1 zones are within reach of no site that may be chosen, first 'Z04'"):
        set_cover(problem, site_rules(pd.DataFrame(index=SITES)))


def test_a_time_limit_leaves_a_gap_and_never_a_false_proof():
    draw = np.random.default_rng(1)
    zones, sites = [f"Z{k}" for k in range(900)], [f"S{k:03d}" for k in range(150)]
    problem = cover_problem(
        pd.DataFrame(draw.uniform(0, 10, (900, 150)), zones, sites), pd.Series(draw.uniform(1, 2, 900), zones), 0.4
    )
    found = max_cover(problem, site_rules(pd.DataFrame(index=sites), count=30), seconds=0.05)
    assert found["status"] == "time limit" and not found["proved"]
    assert cover_value(problem, found["at"]) == found["value"] < found["bound"] <= problem["weight"].sum()


def test_nothing_depends_on_the_order_of_rows():
    problem, draw = drawn(3)
    away = pd.DataFrame(np.where(problem["reach"], 1.0, 9.0), problem["zones"], problem["ids"])
    weight = pd.Series(problem["weight"], problem["zones"])
    mixed = cover_problem(away.iloc[draw.permutation(30), draw.permutation(8)], weight.iloc[::-1], 3.0)
    plans = [choose_set(p, site_rules(pd.DataFrame(index=SITES), count=3)) for p in (problem, mixed)]
    assert plans[0]["chosen"] == plans[1]["chosen"] and plans[0]["value"] == plans[1]["value"]


def test_what_is_missing_is_refused():
    away = pd.DataFrame({"A": [1.0, np.nan]}, index=["Z1", "Z2"])
    with pytest.raises(ValueError, match="must be known"):
        cover_problem(away, pd.Series({"Z1": 1, "Z2": 1}), 2.0)
    with pytest.raises(ValueError, match="lacks the store 'B'"):
        cover_problem(away.fillna(9), pd.Series({"Z1": 1, "Z2": 1}), 2.0, stores=["B"])


def francisco(shared):
    folder = shared / "sf_locate"
    away = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={"DestinationName": str}
    )
    people = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv", dtype={"NAME": str})
    return away.pivot(index="DestinationName", columns="name", values="distance"), people.set_index("NAME")["POP2000"]


def test_san_francisco_five_kilometres_and_four_stores(shared):
    away, people = francisco(shared)
    problem = cover_problem(away, people, 5000)
    rules = site_rules(pd.DataFrame(index=away.columns), count=4)
    plan = choose_set(problem, rules)
    assert plan["chosen"] == ["Store_11", "Store_12", "Store_15", "Store_2"] and plan["proved"]
    shares = cover_shares(problem, rules["ids"].get_indexer(plan["chosen"]))
    assert shares["zones_left"] == 21 and round(shares["zone_share"], 5) == 0.89756
    assert plan["value"] == 875_247 and round(shares["weight_share"], 5) == 0.91638
    assert next_best(problem, rules, plan)["value"].tolist() == [872_611]
    english, chinese = (plan_text(problem, plan, lang) for lang in ("en", "zh"))
    for text in (english, chinese):
        assert "89.76%" in text and "91.64%" in text and "21" in text
    everything = choose_set(
        cover_problem(away, people, 5000, everything=True), site_rules(pd.DataFrame(index=away.columns))
    )
    assert everything["value"] == 8
