import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.candidates.portfolio.site_rules import (
    addable,
    broken,
    conflicts,
    linear_rows,
    most_worth,
    positions,
    site_rules,
    spent,
    swappable,
)

CRS = "EPSG:32650"


def row(n, apart=100.0):
    """Sites in a row, `apart` metres from one to the next, in two territories."""
    names = [f"S{k}" for k in range(n)]
    homes = ["T1" if k < n / 2 else "T2" for k in range(n)]
    points = gpd.GeoSeries.from_xy([500_000 + apart * k for k in range(n)], [4_000_000] * n, crs=CRS)
    return gpd.GeoDataFrame({"territory_id": homes}, geometry=points.to_numpy(), index=names, crs=CRS)


def costs(sites, *values):
    return pd.Series(values, index=sites.index, dtype=float)


def test_sites_that_no_set_may_hold_say_why():
    sites = row(6)
    sites.loc["S2", "geometry"] = None
    sites.loc["S3", "territory_id"] = None
    stores = row(1).assign(own=True)
    rules = site_rules(
        sites,
        budget=10,
        cost=costs(sites, 1, 1, 1, 1, np.nan, 1),
        per_territory=1,
        protected=50,
        stores=stores,
        must_not=["S5"],
    )
    expected = ["protected", "", "place_unknown", "territory_unknown", "cost_unknown", "must_not"]
    assert rules["why_not"].tolist() == expected
    assert rules["allowed"].tolist() == [False, True, False, False, False, False]


def test_a_rival_store_protects_nothing():
    rules = site_rules(row(2), count=1, protected=500, stores=row(1).assign(own=False))
    assert rules["allowed"].all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 1}, "count is 1, but there are 2 must-haves"),
        ({"budget": 5}, "budget is 5, but the must-haves cost 7"),
        ({"per_territory": 1}, "territory T1 may have 1, but S0, S1 are must-haves there"),
        ({"spacing": 150}, "spacing: S0 and S1 are too near to each other"),
        ({"protected": 10, "stores": row(1).assign(own=True)}, r"S0 may not be chosen \(protected\)"),
    ],
)
def test_must_haves_that_break_a_rule_name_it(options, message):
    sites = row(4)
    with pytest.raises(ValueError, match=message):
        site_rules(sites, must=["S0", "S1"], cost=costs(sites, 3, 4, 1, 1), **options)


def test_all_broken_rules_are_named_together():
    sites = row(4)
    with pytest.raises(ValueError, match=r"break 3 rules: count .*; budget .*; spacing"):
        site_rules(sites, must=["S0", "S1"], count=1, budget=5, cost=costs(sites, 3, 4, 1, 1), spacing=150)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 5}, "needs the cost"),
        ({"count": 0}, "count"),
        ({"must": ["X"]}, "must names 1 sites that are not there"),
        ({"must": ["S0"], "must_not": ["S0"]}, "at once: 'S0'"),
        ({"protected": 100}, "needs the existing stores"),
        ({"cost": pd.Series({"S0": -1.0})}, "at least 0"),
    ],
)
def test_incomplete_rules_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        site_rules(row(2), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 2, "cost": pd.Series({"S0": 3.0, "S1": 4.0})}, "budget is 2, but the cheapest site costs 3"),
        ({"protected": 500, "stores": row(1).assign(own=True)}, "2 are protected"),
        ({"per_territory": 0}, "no territory with a site may have one"),
    ],
)
def test_rules_that_leave_nothing_say_which(options, message):
    with pytest.raises(ValueError, match=f"no site can be chosen: {message}"):
        site_rules(row(2), **options)


def test_a_limit_by_territory_needs_territories():
    with pytest.raises(ValueError, match="needs sites with territory_id"):
        site_rules(row(2).drop(columns="territory_id"), per_territory=1)


def test_spacing_is_kept_at_the_stated_distance_exactly():
    rules = site_rules(row(3), count=3, spacing=100)
    assert broken(rules, ["S0", "S1", "S2"]) == []
    assert broken(site_rules(row(3), count=3, spacing=100.1), ["S0", "S1"]) == ["spacing"]


def test_a_territory_that_is_not_named_has_no_limit():
    rules = site_rules(row(4), per_territory={"T1": 1})
    assert broken(rules, ["S2", "S3"]) == [] and broken(rules, ["S0", "S1"]) == ["territory"]


def random_rules(seed):
    draw = np.random.default_rng(seed)
    sites = row(8).iloc[draw.permutation(8)]
    cost = pd.Series(draw.integers(1, 9, 8), index=sites.index, dtype=float)
    return site_rules(sites, count=int(draw.integers(1, 6)), budget=20, cost=cost, per_territory=2, spacing=150)


@given(st.integers(0, 10_000), st.sets(st.integers(0, 7), max_size=4))
def test_what_can_join_or_be_swapped_is_what_breaks_no_rule(seed, at):
    rules = random_rules(seed)
    at = sorted(at)
    if broken(rules, rules["ids"][at]):
        return
    able = addable(rules, at)
    for k in set(range(8)) - set(at):
        assert able[k] == (not broken(rules, rules["ids"][[*at, k]]))
    swap = swappable(rules, at)
    for place in range(len(at)):
        for k in set(range(8)) - set(at):
            other = [*at[:place], k, *at[place + 1 :]]
            assert swap[k, place] == (not broken(rules, rules["ids"][other]))


@given(st.integers(0, 10_000), st.sets(st.integers(0, 7)))
def test_the_rows_of_the_solver_say_the_same_as_the_rules(seed, at):
    rules = random_rules(seed)
    table, most, lower, upper = linear_rows(rules)
    y = np.zeros(8)
    y[list(at)] = 1.0
    kept = (table @ y <= most + 1e-9).all() and (y >= lower).all() and (y <= upper).all()
    assert kept == (not broken(rules, rules["ids"][list(at)]))


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_no_set_is_worth_more_than_the_relaxation(seed):
    rules, worth = random_rules(seed), np.random.default_rng(seed).uniform(0, 10, 8)
    bound = most_worth(rules)(worth)[1]
    sets = [[k for k in range(8) if bits >> k & 1] for bits in range(256)]
    best = max(worth[at].sum() for at in sets if not broken(rules, rules["ids"][at]))
    assert best <= bound + 1e-9


def test_a_count_alone_is_solved_by_sorting():
    rules = site_rules(row(4), count=2, must=["S3"], must_not=["S1"])
    assert most_worth(rules)(np.array([2.0, 9.0, 3.0, 1.0]))[1] == 4.0


def test_money_and_places():
    sites = row(3)
    rules = site_rules(sites.iloc[::-1], count=2, cost=costs(sites, 5, 6, 7))
    assert positions(rules, ["S2", "S0"]).tolist() == [2, 0] and spent(rules, [2, 0]) == 12.0
    with pytest.raises(ValueError, match="unknown site 'X'"):
        positions(rules, ["X"])


def test_conflicts_are_own_stores_within_the_radius_and_other_sites_within_the_spacing():
    """Sites at 0, 100, 200 and 300 m; an own store at the first, a rival's at the last, one without a place."""
    sites = row(4)
    stores = gpd.GeoDataFrame(
        {"own": [True, False, True]}, geometry=[*sites.geometry.iloc[[0, 3]], None], index=["A", "B", "C"], crs=CRS
    )
    found = conflicts(sites.iloc[::-1], stores, protected=100, spacing=101)
    assert found.query("kind == 'store'").values.tolist() == [["S0", "store", "A", 0.0]]
    pairs = found.query("kind == 'site'")
    assert list(zip(pairs["site_id"], pairs["with_id"])) == [
        ("S0", "S1"),
        ("S1", "S0"),
        ("S1", "S2"),
        ("S2", "S1"),
        ("S2", "S3"),
        ("S3", "S2"),
    ]
    assert conflicts(sites, stores.iloc[:0], protected=100, spacing=0).empty
