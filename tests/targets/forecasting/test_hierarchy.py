import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.forecasting.hierarchy import added, all_levels, least_squares, tree_of

STORES = pd.DataFrame(
    {"territory_id": ["T2", "T1", "T1", "T3"], "region_id": ["R1", "R1", "R1", "R2"]}, index=["d", "a", "b", "c"]
)


def test_the_nodes_stand_level_by_level_brothers_together():
    nodes = tree_of(STORES).nodes
    assert nodes.get_level_values("key").tolist() == ["network", "R1", "R2", "T1", "T2", "T3", "a", "b", "d", "c"]
    assert nodes.names == ["level", "key"]


def test_sums_of_all_levels_by_hand():
    money = pd.DataFrame({"2027-01": [1.0, 2.0, 4.0, 8.0]}, index=["a", "b", "c", "d"])
    assert all_levels(money, STORES)["2027-01"].tolist() == [15, 11, 4, 3, 8, 4, 1, 2, 8, 4]


def test_a_sum_with_a_missing_part_is_missing():
    money = pd.DataFrame({"2027-01": [np.nan, 2.0, 4.0, 8.0]}, index=["a", "b", "c", "d"])
    found = all_levels(money, STORES)["2027-01"]
    assert found[found.isna()].index.get_level_values("key").tolist() == ["network", "R1", "T1", "a"]


@pytest.mark.parametrize("levels", [[], ["territory_id"], ["region_id"], ["territory_id", "region_id"]])
def test_levels_that_are_not_given_are_not_there(levels):
    tree = tree_of(STORES[levels])
    assert len(tree.levels) == len(tree.parents) + 1 == len(levels) + 2
    assert added(tree, np.ones((4, 1)))[0] == 4


@pytest.mark.parametrize(
    ("stores", "message"),
    [
        (pd.DataFrame(), "no stores"),
        (pd.DataFrame(index=["a", "a"]), "doubled: a"),
        (pd.DataFrame({"territory_id": ["T1", None]}, index=["a", "b"]), "without a territory_id: b"),
        (STORES.assign(region_id=["R1", "R1", "R2", "R2"]), "more than one region: T1"),
    ],
)
def test_a_tree_that_is_none_is_refused(stores, message):
    with pytest.raises(ValueError, match=message):
        tree_of(stores)


def test_figures_of_other_stores_are_refused():
    with pytest.raises(ValueError, match="4 stores of the tree"):
        all_levels(pd.DataFrame({"2027-01": [1.0]}, index=["a"]), STORES)


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_one_pass_over_the_tree_is_the_textbook_solution(seed, count):
    """Against (S' W^-1 S)^-1 S' W^-1 y, written out."""
    draw = np.random.default_rng(seed)
    territory = draw.integers(0, 4, count)
    stores = pd.DataFrame({"territory_id": territory.astype(str), "region_id": (territory % 2).astype(str)})
    tree = tree_of(stores)
    sums = added(tree, np.eye(count))
    variance = draw.uniform(0.1, 10, (len(sums), 1))
    values = draw.normal(0, 100, (len(sums), 3))
    weighted = (sums / variance).T
    assert np.allclose(least_squares(tree, values, variance), np.linalg.solve(weighted @ sums, weighted @ values))
