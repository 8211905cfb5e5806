import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.stretch import TIERS, tiers_by_multiple, tiers_from_forecast


def keyed(values):
    return pd.Series(values, pd.Index([f"T{i}" for i in range(len(values))], name="territory_id"))


@given(
    st.lists(st.integers(1, 10**13), min_size=1, max_size=9),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from([1, 100, 10_000]),
    st.randoms(),
)
def test_tiers_are_exact_never_fall_and_do_not_know_the_order(values, more, most, unit, random):
    base, multiples = keyed(values), {"base": 1, "target": 1 + more / 100, "challenge": 1 + (more + most) / 100}
    table = tiers_by_multiple(base, multiples=multiples, unit=unit)
    assert table["base"].tolist() == values
    assert (table["target"] >= table["base"]).all() and (table["challenge"] >= table["target"]).all()
    for tier in TIERS[1:]:
        exact = sum(values) * round(multiples[tier] * 100) / 100
        assert abs(table[tier].sum() - exact) <= unit + exact * 1e-12 or table[tier].sum() == sum(values)
    shuffled = base.loc[random.sample(list(base.index), len(base))]
    pd.testing.assert_frame_equal(tiers_by_multiple(shuffled, multiples=multiples, unit=unit).loc[base.index], table)


def test_multiples_by_hand_with_a_lock_that_stands_in_every_tier():
    table = tiers_by_multiple(keyed([500, 300, 200]), locks={"T1": 300})
    assert table.sum().tolist() == [1000, 1056, 1105]  # 300, and 1.08 and 1.15 times the other 700
    assert table.loc["T1"].tolist() == [300, 300, 300]
    assert table.loc["T0"].tolist() == [500, 540, 575]  # its own multiple, and nothing of the lock's


def test_multiples_that_are_none():
    for wrong in ({"base": 1, "target": 1.1}, {"base": 1, "target": 1.2, "challenge": 1.1}):
        with pytest.raises(ValueError, match="multiples must be given for base, target, challenge"):
            tiers_by_multiple(keyed([1]), multiples=wrong)
    with pytest.raises(ValueError, match="the multiple of base must be 1"):
        tiers_by_multiple(keyed([1]), multiples={"base": 0.9, "target": 1, "challenge": 1.1})
    with pytest.raises(ValueError, match="nobody is free.*cap of T0 105"):
        tiers_by_multiple(keyed([100]), caps=105)


def test_quantiles_of_the_network_are_split_by_those_of_the_territories():
    outlook = pd.DataFrame({"sales_p10": [40, 0], "sales_p50": [50, 50], "sales_p90": [60, 90]}, ["A", "B"])
    network = {"sales_p10": 60, "sales_p50": 100, "sales_p90": 140}
    table = tiers_from_forecast(outlook, network, levels={"base": 0.1, "target": 0.5, "challenge": 0.9})
    assert table.sum().tolist() == [60, 100, 140]
    assert table["base"].tolist() == [60, 0]  # B may sell nothing in a bad year
    # A keeps its 60 (half of 100 were less), B takes the rest; then 60:90 of 140 would be 56:84, and A stays
    assert table["target"].tolist() == [60, 40] and table["challenge"].tolist() == [60, 80]


def test_a_lock_takes_its_part_of_the_networks_quantile_and_leaves_the_others_theirs():
    outlook = pd.DataFrame({"sales_p10": [40, 40], "sales_p50": [50, 50], "sales_p90": [60, 60]}, ["A", "B"])
    network = {"sales_p10": 86, "sales_p50": 100, "sales_p90": 114}
    table = tiers_from_forecast(outlook, network, locks={"A": 80})
    free = tiers_from_forecast(outlook, network)
    assert table.loc["A"].tolist() == [80, 80, 80] and table.loc["B"].tolist() == free.loc["B"].tolist()


def test_without_an_interval_there_are_no_quantiles():
    outlook = pd.DataFrame({"sales_p10": [40.0], "sales_p50": [50.0], "sales_p90": [60.0]}, ["A"])
    with pytest.raises(ValueError, match="the network's forecast has no interval"):
        tiers_from_forecast(outlook, {"sales_p10": None, "sales_p50": 50, "sales_p90": None})
    unknown = outlook.assign(sales_p10=float("nan"))
    with pytest.raises(ValueError, match="1 weights are missing: A"):
        tiers_from_forecast(unknown, {"sales_p10": 40, "sales_p50": 50, "sales_p90": 60})
