import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.calibration import calibrate_counts, calibrate_shares
from expansion_kit.market.huff import huff_shares


def city(n=20, m=7, seed=0):
    draw = np.random.default_rng(seed)
    zones = pd.DataFrame(index=pd.Index([f"Z{i}" for i in range(n)], name="zone_id"))
    ids = pd.Index([f"S{j}" for j in range(m)], name="store_id")
    near = draw.lognormal(4, 0.7, m)
    stores = pd.DataFrame({"floor_area_sqm": draw.lognormal(5, 0.8, m), "competing_destinations": near}, index=ids)
    return zones, stores, pd.DataFrame(draw.uniform(0.3, 9, (n, m)), zones.index, ids)


def as_choices(counts):
    """A long table of the counts above 0, as the table `choices` has them."""
    long = counts.rename_axis(index="zone_id", columns="store_id").stack().rename("count").reset_index()
    return long[long["count"] > 0]


def test_mci_returns_the_exponents_of_noiseless_shares():
    zones, stores, km = city()
    shares = huff_shares(zones, stores, alpha=0.8, decay=1.7, distance=km)
    parameters, report = calibrate_shares(zones, stores, shares, distance=km)
    assert parameters["value"].to_dict() == pytest.approx({"alpha": 0.8, "decay": 1.7}, abs=1e-6)
    assert report["identified"] and report["zero_pairs"] == 0 and report["r2_log"] == pytest.approx(1)
    assert report["observations"] == 140


def test_mci_with_exponential_distance_and_competing_destinations():
    zones, stores, km = city()
    shares = huff_shares(zones, stores, alpha=1.2, decay=0.4, form="exponential", competition=-0.5, distance=km)
    parameters, _ = calibrate_shares(zones, stores, shares, form="exponential", competition=True, distance=km)
    assert parameters["value"].tolist() == pytest.approx([1.2, 0.4, -0.5], abs=1e-9)


def test_zero_shares_are_refused_or_treated_as_said_and_reported():
    zones, stores, km = city()
    shares = huff_shares(zones, stores, alpha=0.8, decay=1.7, distance=km)
    shares.iloc[3, 2] = 0.0
    shares.iloc[4, 5] = 0.0
    with pytest.raises(ValueError, match="2 shares are 0 .*'Z3'"):
        calibrate_shares(zones, stores, shares, distance=km)
    parameters, report = calibrate_shares(zones, stores, shares, distance=km, zeros="drop")
    assert parameters["value"].tolist() == pytest.approx([0.8, 1.7])  # ratios of the others are as they were
    assert report["zero_pairs"] == 2 and report["pairs_dropped"] == 2 and report["zeros"] == "drop"
    added, report = calibrate_shares(zones, stores, shares, distance=km, zeros="add", add=1e-4)
    assert report["pairs_dropped"] == 0 and added.loc["decay", "value"] != pytest.approx(1.7)
    merged, report = calibrate_shares(zones, stores, shares, distance=km, zeros="merge")
    assert report["stores_merged"] == 2 and report["stores"] == 6 and report["observations"] == 120
    assert merged.loc["decay", "value"] == pytest.approx(1.7, abs=0.5)


def test_merged_stores_are_one_store_with_the_sum_of_areas():
    """Two twins at one place with equal areas: together they are a store of double size, so nothing is lost."""
    zones, stores, km = city()
    stores.loc["S1"], km["S1"] = stores.loc["S0"], km["S0"]
    shares = huff_shares(zones, stores, alpha=1.0, decay=1.7, distance=km)
    shares.loc["Z0", "S0"], shares.loc["Z0", "S1"] = 0.0, shares.loc["Z0", "S0"] * 2
    shares.loc["Z1", "S1"], shares.loc["Z1", "S0"] = 0.0, shares.loc["Z1", "S1"] * 2
    parameters, report = calibrate_shares(zones, stores, shares, distance=km, zeros="merge")
    assert parameters["value"].tolist() == pytest.approx([1.0, 1.7]) and report["stores_merged"] == 2


@settings(deadline=None, max_examples=15)
@given(st.floats(0.2, 2.0), st.floats(0.3, 3.0), st.integers(0, 20))
def test_likelihood_returns_the_exponents_of_shares_taken_as_counts(alpha, decay, seed):
    """Counts in the exact proportion of the model: the top of the likelihood is the model itself."""
    zones, stores, km = city(seed=seed)
    counts = huff_shares(zones, stores, alpha=alpha, decay=decay, distance=km) * 1000
    parameters, report = calibrate_counts(zones, stores, as_choices(counts), distance=km)
    assert parameters.loc[["alpha", "decay"], "value"].tolist() == pytest.approx([alpha, decay], abs=1e-6)
    assert report["converged"] and report["iterations"] <= 8


@pytest.mark.parametrize(
    ("form", "start"),
    [("power", {}), ("exponential", {"decay": 0.5}), ("logistic", {"decay": 1.0, "midpoint": 2.0})],
)
def test_every_parameter_of_every_form_can_be_learned_with_an_outside_that_is_counted(form, start):
    zones, stores, km = city(40, 9)
    truth = {"alpha": 0.8, "decay": 0.7, "competition": -0.4, "outside": 3.0}
    truth |= {"midpoint": 4.0} if form == "logistic" else {}
    counts = huff_shares(zones, stores, form=form, distance=km, **truth) * 1000
    names = list(truth)
    parameters, report = calibrate_counts(
        zones, stores, as_choices(counts), estimate=names, form=form, distance=km, start=start
    )
    assert report["identified"] and report["converged"]
    assert parameters["value"].to_dict() == pytest.approx(truth, rel=1e-4)
    assert (parameters["low"] < parameters["value"]).all() and parameters.loc["outside", "low"] > 0


def test_errors_clustered_by_zone_are_those_of_the_formula_worked_by_hand():
    """Two stores, alike, one parameter: decay is the logit slope; score and curvature of each zone by hand."""
    zones = pd.DataFrame(index=["Z1", "Z2", "Z3"])
    stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["S1", "S2"])
    km = pd.DataFrame([[1.0, 2.0], [2.0, 1.0], [1.0, 4.0]], zones.index, stores.index)
    first, n = np.array([30.0, 12.0, 19.0]), np.array([40.0, 50.0, 20.0])
    choices = as_choices(pd.DataFrame({"S1": first, "S2": n - first}, index=zones.index))
    parameters, _ = calibrate_counts(zones, stores, choices, estimate=["decay"], distance=km)
    x = np.log([2.0, 0.5, 4.0])  # ln of the odds for S1 is decay * x
    p = 1 / (1 + np.exp(-parameters.loc["decay", "value"] * x))
    score, curvature = (first - n * p) * x, np.sum(n * p * (1 - p) * x**2)
    assert score.sum() == pytest.approx(0, abs=1e-6)
    error = np.sqrt(np.sum(score**2) * 3 / 2) / curvature
    assert parameters.loc["decay", "std_error"] == pytest.approx(error)
    assert parameters.loc["decay", "high"] - parameters.loc["decay", "value"] == pytest.approx(4.302653 * error)


def test_what_counts_cannot_tell_is_said():
    zones, stores, km = city()
    choices = as_choices(huff_shares(zones, stores, distance=km) * 100)
    alike = stores.assign(floor_area_sqm=100.0)
    parameters, report = calibrate_counts(zones, alike, choices, distance=km)
    assert parameters["reason"].to_dict()["alpha"] == "no_variation" and not report["identified"]
    twins = stores.assign(competing_destinations=stores["floor_area_sqm"] ** 2)
    names = ["alpha", "decay", "competition"]
    parameters, _ = calibrate_counts(zones, twins, choices, estimate=names, distance=km)
    assert parameters["reason"].loc[names].tolist() == ["not_separable", "", "not_separable"]
    parameters, _ = calibrate_counts(zones, stores, choices[choices["zone_id"] == "Z0"], distance=km)
    assert set(parameters["reason"].loc[["alpha", "decay"]]) == {"too_few"}
    nearest = as_choices((km.eq(km.min(axis=1), axis=0)).astype(float) * 50)
    parameters, report = calibrate_counts(zones, alike, nearest, estimate=["decay"], distance=km)
    assert parameters.loc["decay", "reason"] == "runs_away" and np.isnan(parameters.loc["decay", "std_error"])


def test_shares_of_stores_that_are_alike_don_t_tell_alpha():
    zones, stores, km = city()
    shares = huff_shares(zones, stores, distance=km)
    parameters, report = calibrate_shares(zones, stores.assign(floor_area_sqm=50.0), shares, distance=km)
    assert parameters["identified"].tolist() == [False, True] and not report["identified"]


def test_faults_are_refused():
    zones, stores, km = city()
    choices = as_choices(huff_shares(zones, stores, distance=km) * 100)

    def fit(table=choices, **how):
        return calibrate_counts(zones, stores, table, distance=km, **how)

    with pytest.raises(ValueError, match="1 unknown store_id, first 'S99'"):
        fit(choices.replace({"store_id": {"S1": "S99"}}))
    with pytest.raises(ValueError, match="counts must be"):
        fit(choices.assign(count=-1))
    with pytest.raises(ValueError, match="no parameter 'midpoint'"):
        fit(estimate=["midpoint"])
    with pytest.raises(ValueError, match="start for its midpoint"):
        fit(form="logistic")
    with pytest.raises(ValueError, match="only where some are of the store_id 'outside'"):
        fit(estimate=["outside"])
    with pytest.raises(ValueError, match="no outside option"):
        fit(pd.concat([choices, pd.DataFrame([["Z1", "outside", 5]], columns=choices.columns)]))
    shares = huff_shares(zones, stores, distance=km)
    with pytest.raises(ValueError, match="not linear"):
        calibrate_shares(zones, stores, shares, form="logistic", distance=km)
    with pytest.raises(ValueError, match="unknown zones and stores, first 'S77'"):
        calibrate_shares(zones, stores, shares.rename(columns={"S1": "S77"}), distance=km)
    with pytest.raises(ValueError, match="zeros must be"):
        calibrate_shares(zones, stores, shares, distance=km, zeros="add")
