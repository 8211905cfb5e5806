import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from data import make_demo_city
from expansion_kit import geo
from expansion_kit.market.huff import huff_shares
from expansion_kit.market.huff_model import HuffModel

TRUTH = make_demo_city.read_truth()


@pytest.fixture(scope="module", params=[1, 2])
def demo(request):
    """Zones and open stores in metres, choices, own stores' sales and the demand of a demo city."""
    tables = make_demo_city.make(request.param, TRUTH)
    zones = tables["zones"].set_index("zone_id")
    stores = tables["stores"].set_index("store_id").query("status == 'open'")
    crs = geo.metric_crs(stores["lon"], stores["lat"])
    points = gpd.GeoDataFrame(stores, geometry=gpd.points_from_xy(stores["lon"], stores["lat"]), crs=4326)
    spend = TRUTH["city"]["worker_spend"]
    demand = zones["population"] * zones["spend_per_head"] + zones["workers"] * spend
    return zones.to_crs(crs), points.to_crs(crs), tables["choices"], demand


def test_the_demo_citys_choices_give_its_true_exponents_back(demo):
    zones, stores, choices, _ = demo
    model = HuffModel().fit(zones, stores, choices=choices)
    for name in ("alpha", "decay"):
        row = model.parameters_.loc[name]
        assert abs(row["value"] - TRUTH["huff"][name]) < 3 * row["std_error"]
    report = model.reports_[0]
    assert model.identified_ and report["converged"] and report["iterations"] <= 8 and report["zones"] == 300
    with pytest.raises(ValueError, match="no money without known sales"):
        model.predict_sales(zones, stores, demo[3])


def test_own_sales_give_the_outside_option_and_the_level(demo):
    zones, stores, choices, demand = demo
    own = stores.loc[stores["own"], "sales_month"]
    model = HuffModel(estimate=["alpha", "decay", "outside"])
    model.fit(zones, stores, choices=choices, known_sales=own, demand=demand)
    assert len(model.reports_) == 2 and model.identified_
    row = model.parameters_.loc["outside"]  # with the error of the exponents in it: without, it would be a sixth
    assert row["low"] < TRUTH["huff"]["outside"] < row["high"] and row["std_error"] < 60
    assert model.level_["stores_known"] == own.notna().sum() and model.level_["r2"] > 0.8
    sales = model.predict_sales(zones, stores, demand)
    assert sales[own.dropna().index].sum() == pytest.approx(own.sum())
    shares = model.predict(zones, stores)
    assert shares.columns[-1] == "outside" and shares.sum(axis=1).to_numpy() == pytest.approx(np.ones(300))
    table = model.transfer(zones, stores, demand, closing=[own.index[0]])
    assert table["sales_change"].sum() == pytest.approx(0, abs=1e-3)
    assert table["sales_before"].to_numpy() == pytest.approx(sales.to_numpy())


ZONES = pd.DataFrame(index=pd.Index([f"Z{i}" for i in range(12)], name="zone_id"))
STORES = pd.DataFrame({"floor_area_sqm": [100.0, 250.0, 80.0, 400.0]}, index=["S1", "S2", "S3", "S4"])
KM = pd.DataFrame(np.random.default_rng(5).uniform(0.5, 6, (12, 4)), ZONES.index, STORES.index)
DEMAND = pd.Series(1000.0, index=ZONES.index)


def test_shares_teach_and_what_is_not_estimated_stays_as_stated():
    shares = huff_shares(ZONES, STORES, alpha=0.8, decay=1.7, distance=KM)
    model = HuffModel(start={"outside": 5.0}).fit(ZONES, STORES, shares=shares, distance=KM)
    assert model.parameters_["value"].to_dict() == pytest.approx(
        {"alpha": 0.8, "decay": 1.7, "competition": 0, "outside": 5}
    )
    assert model.parameters_["estimated"].tolist() == [True, True, False, False]


def test_a_parameter_that_is_not_identified_gives_no_shares_and_no_money():
    alike = STORES.assign(floor_area_sqm=100.0)
    shares = huff_shares(ZONES, alike, distance=KM)
    model = HuffModel().fit(ZONES, alike, shares=shares, distance=KM, known_sales=shares.sum(), demand=DEMAND)
    assert not model.identified_ and model.level_ is None
    with pytest.raises(ValueError, match="alpha is not identified .*state it"):
        model.predict(ZONES, alike, distance=KM)


def test_a_stated_model_learns_its_level_alone():
    sales = pd.Series({"S1": 500.0, "S2": 900.0})
    model = HuffModel(estimate=[]).fit(ZONES, STORES, known_sales=sales, demand=DEMAND, distance=KM)
    assert model.reports_ == [] and model.predict_sales(ZONES, STORES, DEMAND, distance=KM)[
        ["S1", "S2"]
    ].sum() == pytest.approx(1400)


def test_what_was_learned_goes_into_every_function_of_the_model():
    shares = huff_shares(ZONES, STORES, alpha=0.8, decay=1.7, distance=KM)
    model = HuffModel().fit(
        ZONES, STORES, shares=shares, distance=KM, known_sales=0.5 * shares.T @ DEMAND, demand=DEMAND
    )
    pd.testing.assert_frame_equal(huff_shares(ZONES, STORES, **model.options(distance=KM)), shares)
    assert model.at_level(DEMAND).to_numpy() == pytest.approx(np.full(12, 500.0))
    with pytest.raises(ValueError, match="no money without known sales"):
        HuffModel(estimate=[]).fit(ZONES, STORES, distance=KM).at_level(DEMAND)


def test_faults_are_refused():
    shares = huff_shares(ZONES, STORES, distance=KM)
    with pytest.raises(ValueError, match="nothing to learn alpha, decay from"):
        HuffModel().fit(ZONES, STORES, distance=KM)
    with pytest.raises(ValueError, match="nothing to learn outside from"):
        HuffModel(estimate=["alpha", "decay", "outside"]).fit(ZONES, STORES, shares=shares, distance=KM)
    with pytest.raises(ValueError, match="together"):
        HuffModel().fit(ZONES, STORES, known_sales=shares.sum(), distance=KM)
    with pytest.raises(ValueError, match="alpha and decay together"):
        HuffModel(estimate=["decay"]).fit(ZONES, STORES, shares=shares, distance=KM)
