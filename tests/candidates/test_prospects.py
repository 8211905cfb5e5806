import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from benchmarks import prospects as bench
from data import make_demo_city
from expansion_kit.candidates.conversion import conversion
from expansion_kit.candidates.prospects import franchise_terms, operators_found

STORES = pd.DataFrame(
    [
        ("Tea A", "Li", False, "open", "Z1", "T1"),
        ("Tea B", "Li", False, "open", "Z2", "T2"),
        ("Ours", "Li", True, "open", "Z2", "T2"),
        ("Tea A", "Wu", False, "open", "Z9", "T1"),
        ("Tea A", "Wu", False, "open", "Z9", "T1"),
        ("Tea A", "Wu", False, "closed", "Z1", "T1"),
        ("Tea B", "He", False, "open", "Z1", "T1"),
        ("Tea B", None, False, "open", "Z1", "T1"),
    ],
    columns=["brand", "operator", "own", "status", "zone_id", "territory_id"],
    index=[f"S{k}" for k in range(8)],
)
BRANDS = pd.DataFrame({"own": [False, False, True], "rival": [True, False, False]}, index=["Tea A", "Tea B", "Ours"])


def test_operators_of_several_stores_are_found_with_where_it_comes_from():
    found = operators_found(STORES, brands=BRANDS, white_space=["Z9"])
    assert found.index.tolist() == ["Wu", "Li"]  # in the white space first
    assert found.loc["Li"].tolist() == [2, 2, "Tea A|Tea B", 1, 1, 0, "T1|T2", "S0|S1"]
    assert found.loc["Wu", ["stores", "rival_stores", "in_white_space"]].tolist() == [2, 2, 2]
    assert_frame_equal(operators_found(STORES.iloc[::-1], brands=BRANDS, white_space=["Z9"]), found)
    plain = operators_found(STORES[["brand", "operator"]], least=1)
    assert plain.index.tolist() == ["Li", "Wu", "He"]
    assert plain[["rival_stores", "in_white_space"]].isna().all(axis=None)


def test_operators_that_are_not_known_are_not_guessed():
    with pytest.raises(ValueError, match="no column operator"):
        operators_found(STORES.drop(columns="operator"))
    assert operators_found(STORES.assign(operator=None)).empty


def test_terms_of_rivals_stand_beside_ours():
    terms = BRANDS.assign(franchise_fee=[30_000.0, 1.0, 40_000.0], deposit=[np.nan, 1.0, 10_000.0])
    terms["royalty"] = [0.02, 0, 0.03]
    found = franchise_terms(terms)
    assert found.index.tolist() == ["Ours", "Tea A"]  # neither ours nor a rival: left out
    assert found["entry_cost"].iloc[0] == 50_000 and np.isnan(found["entry_cost"].iloc[1])
    assert found["royalty"].tolist() == [0.03, 0.02]
    assert np.isnan(franchise_terms(terms.drop("Ours"))["entry_cost_vs_own"]).all()


def test_conversion_intervals_hold_the_truth_on_the_demo_city():
    """Six seeds here, twenty in the benchmark; 48 intervals of 90 %: seven misses are within chance."""
    truth = make_demo_city.read_truth()
    cities = {seed: bench.made(seed, truth) for seed in range(6)}
    true = bench.true_rates(cities, truth)
    held = 0
    for table, _ in cities.values():
        rates = conversion(table).iloc[: len(true)]
        held += int(((rates["low"] <= true) & (true <= rates["high"])).sum())
    assert held >= 38
