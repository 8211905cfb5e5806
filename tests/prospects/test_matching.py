from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.prospects.matching import REASONS, capacity, fits, match

CRS = geo.metric_crs([118.4], [30.9])


def table_of(rows):
    columns = ["prospect_id", "territory_id", "site_id", "fit", "capital", "budget"]
    return pd.DataFrame(rows, columns=columns)


def random_case(seed):
    """Up to four prospects, five sites in three territories; some fits, capitals and budgets missing."""
    draw = np.random.default_rng(seed)
    people, sites = draw.integers(1, 5), draw.integers(1, 6)
    lies = draw.integers(0, 3, sites)
    capital = np.where(draw.random(people) < 0.15, np.nan, draw.integers(1, 9, people))
    budget = np.where(draw.random(sites) < 0.15, np.nan, draw.integers(1, 6, sites))
    rows = [
        (f"P{p}", f"T{lies[s]}", f"S{s}", draw.choice([np.nan, *draw.integers(10, 100, 4)]), capital[p], budget[s])
        for p, s in product(range(people), range(sites))
    ]
    room = {f"P{p}": int(draw.integers(1, 4)) for p in range(people)}
    owned = {f"T{t}": f"P{draw.integers(0, 9)}" for t in range(3) if draw.random() < 0.2}
    shared = [f"T{t}" for t in range(3) if draw.random() < 0.3]
    veto = {f"P{p}": "x" for p in range(people) if draw.random() < 0.1}
    return table_of(rows), {"capacity": room, "owned": owned, "open_territories": shared, "veto": veto}


def series(rules):
    veto = pd.Series(rules["veto"], dtype=object)
    return rules | {"capacity": pd.Series(rules["capacity"]), "veto": veto}


def allowed(rows, *, capacity, owned, open_territories, veto):
    """Whether rows (who, territory, site, fit, capital, budget) together keep every rule, counted one by one."""
    sites, lands, holders, spent, taken = set(), {}, {}, {}, {}
    for who, where, site, _, capital, budget in rows:
        taken[who] = taken.get(who, 0) + 1
        spent[who] = spent.get(who, 0) + (0 if budget != budget else budget)
        if site in sites or lands.setdefault(who, where) != where or who in veto or taken[who] > capacity[who]:
            return False
        if spent[who] > capital or owned.get(where, who) != who:  # an unknown capital is no limit
            return False
        if where not in open_territories and holders.setdefault(where, who) != who:
            return False
        sites.add(site)
    return True


def brute_force(pairs, rules):
    """The highest total fit of all assignments: each site to nobody or to one prospect."""
    rows = list(pairs[pairs["fit"] >= 30].itertuples(index=False, name=None))
    takers = [[None, *(row for row in rows if row[2] == site)] for site in sorted({row[2] for row in rows})]
    chosen = ([row for row in some if row] for some in product(*takers))
    return max(sum(row[3] for row in some) for some in chosen if allowed(some, **rules))


@pytest.mark.parametrize("block", range(10))
def test_it_equals_brute_force_on_500_small_cases(block):
    for seed in range(50 * block, 50 * block + 50):
        pairs, rules = random_case(seed)
        made = match(pairs, **series(rules), second=False)
        assert allowed(made[[*pairs]].itertuples(index=False, name=None), **rules), seed
        assert made.attrs["total"] == pytest.approx(brute_force(pairs, rules), abs=1e-6), seed


@settings(max_examples=25)
@given(st.integers(1000, 10**6))
def test_a_protected_territory_is_never_given_twice(seed):
    pairs, rules = random_case(seed)
    made = match(pairs, **series(rules))
    protected = made[~made["territory_id"].isin(rules["open_territories"])]
    assert (protected.groupby("territory_id")["prospect_id"].nunique() <= 1).all()
    for territory, holder in rules["owned"].items():
        assert set(made.loc[made["territory_id"] == territory, "prospect_id"]) <= {holder}
    assert not made["site_id"].duplicated().any() and (made["second_loss"] >= -1e-6).all()
    assert set(made["prospect_id"]) | set(made.attrs["unmatched"]) == set(pairs["prospect_id"])


def test_the_order_of_rows_does_not_matter():
    for seed in range(8):
        pairs, rules = random_case(seed)
        shuffled = pairs.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(match(pairs, **series(rules)), match(shuffled, **series(rules)))


def test_the_second_choice_is_what_the_plan_would_give_without_the_site():
    pairs = table_of(
        [
            ("P1", "T1", "A", 90.0, 9.0, 1.0),
            ("P1", "T2", "B", 70.0, 9.0, 1.0),
            ("P2", "T1", "A", 60.0, 9.0, 1.0),
            ("P2", "T3", "C", 50.0, 9.0, 1.0),
        ]
    )
    made = match(pairs).set_index("prospect_id")
    assert made["site_id"].to_dict() == {"P1": "A", "P2": "C"} and made.attrs["total"] == 140
    assert made.loc["P1", ["second_site_id", "second_territory_id"]].tolist() == ["B", "T2"]
    assert made["second_loss"].to_dict() == {"P1": 20.0, "P2": 10.0}  # without C: P1 moves to B, P2 takes A
    assert made.loc["P2", ["second_site_id", "second_fit"]].tolist() == ["A", 60.0]


def test_strong_ones_get_several_sites_as_far_as_their_capital_goes():
    rows = [("P1", "T1", site, fit, 10.0, cost) for site, fit, cost in (("A", 90, 7), ("B", 80, 5), ("C", 70, 5))]
    made = match(table_of(rows), capacity=pd.Series({"P1": 2}), second=False)
    assert made["site_id"].tolist() == ["B", "C"]  # A leaves 3, too little for another
    assert match(table_of(rows), second=False)["site_id"].tolist() == ["A"]


def test_who_gets_nothing_is_told_why():
    rows = [
        ("rich", "T1", "A", 90.0, 9.0, 5.0),
        ("beaten", "T1", "A", 50.0, 9.0, 5.0),
        ("poor", "T1", "A", 60.0, 1.0, 5.0),
        ("unfit", "T1", "A", 10.0, 9.0, 5.0),
        ("unknown", "T1", "A", np.nan, 9.0, 5.0),
        ("vetoed", "T1", "A", 95.0, 9.0, 5.0),
        ("late", "T9", "Z", 95.0, 9.0, 5.0),
    ]
    made = match(table_of(rows), veto=pd.Series({"vetoed": "credit"}), owned={"T9": "somebody"})
    expected = {"beaten": "others_fit_better", "poor": "capital", "unfit": "low_fit", "unknown": "low_fit"}
    assert made.attrs["unmatched"] == expected | {"vetoed": "veto", "late": "owned"}
    assert set(made.attrs["unmatched"].values()) <= set(REASONS)


def test_nobody_to_match_is_an_empty_plan():
    made = match(table_of([("P1", "T1", "A", 10.0, 9.0, 5.0)]))
    assert made.empty and made.attrs["total"] == 0


def test_the_parts_of_a_fit_by_hand():
    people = pd.DataFrame(
        {"territory_id": ["T1", None], "capital": [300.0, None], "retail_years": [3.0, 12.0]}, index=["P1", "P2"]
    )
    people = gpd.GeoDataFrame(people, geometry=gpd.GeoSeries.from_xy([0, 0], [0, 0], index=people.index, crs=CRS))
    sites = gpd.GeoDataFrame(
        {"territory_id": ["T1"]}, geometry=gpd.GeoSeries.from_xy([3000], [4000], index=["A"], crs=CRS), index=["A"]
    )
    table = fits(people, sites, scores=pd.Series({"P1": 50.0}), budget=pd.Series({"A": 200.0}))
    one, two = table.to_dict("records")
    assert one["home_km"] == pytest.approx(5.0) and one["capital_ratio"] == 1.5 and one["wish"] == 1
    parts = 0.30 * 1 + 0.20 * (0.5 / 1.5) + 0.10 * 0.5 + 0.15 * (10 / 15) + 0.25 * 0.5
    assert one["fit"] == pytest.approx(100 * parts, abs=0.005)
    assert two["unknown"] == "wish; capital_ratio; prospect_score" and np.isnan(two["fit"])


def test_a_site_in_no_territory_and_a_pair_that_stands_twice_are_refused():
    sites = pd.DataFrame({"territory_id": [None]}, index=["A"])
    with pytest.raises(ValueError, match="no territory: A"):
        fits(pd.DataFrame(index=["P1"]), sites, scores=pd.Series(dtype=float))
    row = ("P1", "T1", "A", 90.0, 9.0, 5.0)
    with pytest.raises(ValueError, match="twice"):
        match(table_of([row, row]))
    with pytest.raises(ValueError, match="two territories"):
        match(table_of([row, ("P2", "T2", "A", 90.0, 9.0, 5.0)]))


def test_capacity_takes_its_steps():
    assert capacity(pd.DataFrame(index=["P1"])).tolist() == [1]
    assert capacity(pd.DataFrame({"stores_run": [0, 3, 4]}), steps=((0, 1), (4, 5))).tolist() == [1, 1, 5]


def test_names_and_phones_do_not_come_along():
    people = pd.DataFrame({"name": ["王小明"], "phone": ["100-1"], "territory_id": "T1", "capital": 9.0}, index=["P1"])
    pairs = fits(people, pd.DataFrame({"territory_id": ["T1"]}, index=["A"]), scores=pd.Series({"P1": 90.0}))
    made = match(pairs.assign(fit=90.0))
    assert len(made) == 1 and "王小明" not in made.to_csv() and "100-1" not in made.to_csv()


def test_who_holds_a_territory_is_told_what_stands_in_the_way_there_not_that_others_hold_the_rest():
    rows = [("P1", "T1", "A", 80.0, 5.0, 9.0), ("P1", "T2", "B", 80.0, 5.0, 1.0), ("P1", "T2", "C", 80.0, 5.0, 1.0)]
    held = match(table_of(rows), owned={"T1": "P1", "T2": "P2"})
    assert held.empty and held.attrs["unmatched"] == {"P1": "capital"}
