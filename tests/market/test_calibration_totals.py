import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.calibration_totals import calibrate_totals
from expansion_kit.market.goodness import goodness
from expansion_kit.market.huff import expected_sales, huff_shares


@pytest.fixture(scope="module")
def freiburg(shared):
    """Districts, stores with floor area, distances, known sales and purchasing power of Freiburg's grocers."""
    folder = shared / "freiburg_huff"
    pairs = pd.read_csv(folder / "Freiburg1.csv")
    km = pairs.pivot(index="district", columns="store", values="distance")
    stores = pairs.groupby("store")["salesarea"].first().to_frame("floor_area_sqm")
    power = pd.read_csv(folder / "Freiburg2.csv").set_index("district")["ppower"]
    sales = pd.read_csv(folder / "Freiburg3.csv").set_index("store")["annualsales"]
    return pd.DataFrame(index=km.index), stores, km, sales, power


def test_freiburg_with_exponents_1_and_2_gives_the_published_sales_and_fit(freiburg):
    zones, stores, km, sales, power = freiburg
    shares = huff_shares(zones, stores, distance=km)
    expected = expected_sales(shares, power)
    assert expected[[1, 10, 12]].round().tolist() == [4_057_591, 5_809_861, 7_103_210]
    residuals = expected - sales[expected.index]
    assert residuals @ residuals == pytest.approx(2.125162e15, rel=1e-6)
    spread = sales - sales.mean()
    assert 1 - residuals @ residuals / (spread @ spread) == pytest.approx(0.5128422, abs=5e-8)
    row = goodness(shares, km, demand=power, known_sales=sales).loc["model"]
    published = {"r2_totals": 0.5128, "wape_totals": 0.5210, "mape_totals": 0.6384, "level": 1.0}
    assert row[list(published)].to_dict() == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("names", [("alpha", "decay"), ("decay",), ("alpha", "decay", "level")])
@pytest.mark.parametrize(("form", "start"), [("power", {}), ("exponential", {"decay": 0.5})])
def test_freiburgs_totals_do_not_tell_how_distance_counts(freiburg, names, form, start):
    zones, stores, km, sales, power = freiburg
    parameters, report, profile = calibrate_totals(
        zones, stores, sales, power, estimate=names, form=form, distance=km, start=start
    )
    assert not report["identified"] and parameters.loc["decay", "reason"] == "without_distance"
    assert report["converged"] and report["r2"] > 0.9  # a fine fit all the same
    assert report["r2"] - report["r2_without_distance"] < 0.001
    assert profile.index[0] == 0 and profile["r2"].max() == pytest.approx(report["r2"], abs=1e-3)


def city(n=60, m=25, noise=0.0, **model):
    draw = np.random.default_rng(1)
    zones, ids = pd.DataFrame(index=range(n)), [f"S{j}" for j in range(m)]
    stores = pd.DataFrame({"floor_area_sqm": draw.lognormal(5, 0.8, m)}, index=ids)
    zone_xy, store_xy = draw.uniform(0, 10, (n, 1, 2)), draw.uniform(0, 10, (1, m, 2))
    km = pd.DataFrame(np.maximum(np.linalg.norm(zone_xy - store_xy, axis=2), 0.3), zones.index, ids)
    demand = pd.Series(draw.gamma(2, 5e4, n), index=zones.index)
    sales = expected_sales(huff_shares(zones, stores, distance=km, **model), demand).drop("outside", errors="ignore")
    return zones, stores, km, sales * np.exp(noise * draw.standard_normal(m)), demand


@pytest.mark.parametrize(
    ("form", "start", "truth"),
    [
        ("power", {}, {"alpha": 0.8, "decay": 1.6}),
        ("exponential", {"decay": 1.0}, {"alpha": 0.8, "decay": 0.6}),
        ("logistic", {"decay": 1.0, "midpoint": 2.0}, {"alpha": 0.8, "decay": 1.5, "midpoint": 3.0}),
    ],
)
def test_totals_of_a_city_where_distance_counts_give_the_truth_back(form, start, truth):
    zones, stores, km, sales, demand = city(form=form, **truth)
    parameters, report, _ = calibrate_totals(
        zones, stores, sales, demand, estimate=list(truth), form=form, distance=km, start=start
    )
    assert report["identified"] and report["r2"] == pytest.approx(1)
    assert parameters.loc[list(truth), "value"].to_dict() == pytest.approx(truth, rel=1e-3)


def test_intervals_hold_the_truth_and_part_of_the_stores_is_enough():
    zones, stores, km, sales, demand = city(noise=0.08, alpha=0.9, decay=1.8)
    parameters, report, _ = calibrate_totals(
        zones, stores, (sales * 1.3).iloc[:18], demand, estimate=["alpha", "decay", "level"], distance=km
    )
    assert report["identified"] and report["observations"] == 18
    for name, truth in (("alpha", 0.9), ("decay", 1.8), ("level", 1.3)):
        assert abs(parameters.loc[name, "value"] - truth) < 3 * parameters.loc[name, "std_error"]


def test_the_outside_option_is_found_in_totals_at_a_known_level():
    zones, stores, km, sales, demand = city(noise=0.05, outside=20.0)
    parameters, report, profile = calibrate_totals(
        zones, stores, sales, demand, estimate=["outside"], distance=km, start={"outside": 1.0}
    )
    row = parameters.loc["outside"]
    assert report["identified"] and len(profile) == 0
    assert row["low"] < 20 < row["high"] and row["low"] > 0
    zones, stores, km, sales, demand = city(noise=0.05)
    parameters, report, _ = calibrate_totals(zones, stores, sales, demand, estimate=["outside"], distance=km)
    assert parameters.loc["outside", "reason"] == "without_outside" and not report["identified"]


def test_too_few_stores_and_stores_that_are_alike_tell_nothing():
    zones, stores, km, sales, demand = city()
    parameters, _, _ = calibrate_totals(zones, stores, sales.iloc[:2], demand, estimate=["alpha", "decay"], distance=km)
    assert set(parameters.loc[["alpha", "decay"], "reason"]) == {"too_few"}
    alike = stores.assign(floor_area_sqm=100.0)
    sold = expected_sales(huff_shares(zones, alike, distance=km), demand)
    parameters, _, _ = calibrate_totals(zones, alike, sold, demand, estimate=["alpha", "decay"], distance=km)
    assert parameters.loc["alpha", "reason"] == "no_variation"


def test_nothing_to_estimate_is_a_check_of_what_is_stated_and_faults_are_refused():
    zones, stores, km, sales, demand = city(decay=2.0)
    _, report, _ = calibrate_totals(zones, stores, sales, demand, estimate=[], distance=km)
    assert report["r2"] == pytest.approx(1) and report["mape"] == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="known sales must be"):
        calibrate_totals(zones, stores, sales.rename({"S1": "S99"}), demand, distance=km)
