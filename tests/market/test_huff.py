import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market.huff import (
    capture,
    competing_destinations,
    expected_sales,
    huff_flows,
    huff_shares,
    outside_pull,
)

ZONES = pd.DataFrame(index=pd.Index(["Z1", "Z2"], name="zone_id"))
STORES = pd.DataFrame({"floor_area_sqm": [1000, 500, 2000], "own": [True, False, False]}, index=["S1", "S2", "S3"])
SITES = pd.DataFrame({"floor_area_sqm": [1500]}, index=["N1"])
KM = pd.DataFrame([[1, 2, 4, 2.0], [3, 1, 2, 1.5]], index=["Z1", "Z2"], columns=["S1", "S2", "S3", "N1"])
DEMAND = pd.Series({"Z2": 6000, "Z1": 10000})


def test_shares_and_sales_of_the_golden_case():
    shares = huff_shares(ZONES, STORES, distance=KM)
    assert np.allclose(shares, [[0.8, 0.1, 0.1], [0.1, 0.45, 0.45]])
    assert expected_sales(shares, DEMAND).round(6).to_dict() == {"S1": 8600, "S2": 3700, "S3": 3700}


def test_sales_transfer_of_the_golden_case():
    gain = capture(ZONES, STORES, SITES, DEMAND, distance=KM).loc["N1"]
    assert gain["captured_sales"] == pytest.approx(4557.6923, abs=1e-4)
    assert gain["transfer_loss"] == pytest.approx(2071.1538, abs=1e-4)
    assert gain["rival_loss"] == pytest.approx(2 * 1243.2692, abs=1e-4)
    assert gain["cannibalisation_rate"] == pytest.approx(0.454430, abs=1e-6)
    assert gain["net_gain"] == pytest.approx(2486.5385, abs=1e-4)
    assert gain["transfer_loss"] / 8600 == pytest.approx(0.240832, abs=1e-6)


def test_losses_store_by_store_from_the_model_before_and_after():
    before = expected_sales(huff_shares(ZONES, STORES, distance=KM), DEMAND)
    after = expected_sales(huff_shares(ZONES, pd.concat([STORES, SITES]), distance=KM), DEMAND)
    assert np.allclose(before - after[before.index], [2071.1538, 1243.2692, 1243.2692], atol=1e-4)


def test_the_outside_option_is_one_more_alternative():
    shares = huff_shares(ZONES, STORES, distance=KM, outside=1250)
    assert shares.columns.tolist() == ["S1", "S2", "S3", "outside"]
    assert shares.loc["Z1"].tolist() == pytest.approx([0.4, 0.05, 0.05, 0.5])  # 1000 + 125 + 125 against 1250


def test_shares_from_places_use_travel_km_whose_detour_does_not_matter():
    crs = geo.metric_crs([127.0], [37.5])
    zones = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0.0], [0.0], index=["Z1"], crs=crs))
    places = gpd.GeoSeries.from_xy([1000.0, 0.0], [0.0, -2000.0], index=["near", "far"], crs=crs)
    stores = gpd.GeoDataFrame({"floor_area_sqm": [100, 100]}, geometry=places, index=places.index)
    assert huff_shares(zones, stores).loc["Z1"].tolist() == pytest.approx([0.8, 0.2])


def test_flows_of_the_golden_case():
    flows = huff_flows(huff_shares(ZONES, STORES, distance=KM), DEMAND)
    assert flows.to_numpy() == pytest.approx(np.array([[8000, 1000, 1000], [600, 2700, 2700]]))


def test_exponential_and_logistic_distance():
    """Of two equal stores at 1 and 2 km: e ** -1 to e ** -2, and 1 / (1 + e ** -1) to 1 / 2 with the midpoint at 2."""
    two = STORES.iloc[:2].assign(floor_area_sqm=100)
    how = {"distance": KM, "decay": 1.0}
    near = huff_shares(ZONES, two, form="exponential", **how).loc["Z1", "S1"]
    assert near == pytest.approx(1 / (1 + np.exp(-1)))
    near = huff_shares(ZONES, two, form="logistic", midpoint=2.0, **how).loc["Z1", "S1"]
    assert near == pytest.approx(1 / (1 + (1 + np.exp(-1)) / 2))


BETWEEN = pd.DataFrame([[0, 2, 5], [2, 0, 4], [5, 4, 0.0]], STORES.index, STORES.index)


def test_competing_destinations_of_the_golden_case():
    measure = competing_destinations(STORES, between=BETWEEN)
    assert measure.to_dict() == {"S1": 325, "S2": 500, "S3": 162.5} and measure.name == "competing_destinations"
    shares = huff_shares(ZONES, STORES.join(measure), competition=-1.0, distance=KM)
    pull = np.array([1000 / 325, 500 / 4 / 500, 2000 / 16 / 162.5])
    assert shares.loc["Z1"].tolist() == pytest.approx(pull / pull.sum())


def test_competing_destinations_by_the_straight_line_have_a_floor():
    crs = geo.metric_crs([127.0], [37.5])
    places = gpd.GeoSeries.from_xy([0.0, 3000.0, 3010.0], [0.0, 4000.0, 4000.0], index=STORES.index, crs=crs)
    measure = competing_destinations(gpd.GeoDataFrame(STORES, geometry=places), floor=100)
    assert measure["S2"] == pytest.approx((1000 / 5 + 2000 / 0.1) / 2)


def test_competing_destinations_refuse_one_store_and_missing_distances():
    with pytest.raises(ValueError, match="at least two"):
        competing_destinations(STORES.iloc[:1])
    with pytest.raises(ValueError, match="distance between stores"):
        competing_destinations(STORES, between=BETWEEN.replace(4, np.nan))
    with pytest.raises(ValueError, match="lack the column 'competing_destinations'"):
        huff_shares(ZONES, STORES, competition=-1.0, distance=KM)


AREAS = st.floats(10, 5000)


@settings(deadline=None)
@given(data=st.data(), zones=st.integers(1, 6), stores=st.integers(1, 6), sites=st.integers(1, 3))
def test_demand_is_conserved_and_a_site_takes_what_the_others_lose(data, zones, stores, sites):
    def draw(element, n):
        return data.draw(st.lists(element, min_size=n, max_size=n))

    ids = [f"Z{i}" for i in range(zones)]
    shop = pd.DataFrame({"floor_area_sqm": draw(AREAS, stores), "own": draw(st.booleans(), stores)})
    shop.index = [f"S{i}" for i in range(stores)]
    new = pd.DataFrame({"floor_area_sqm": draw(AREAS, sites)}, index=[f"N{i}" for i in range(sites)])
    km = np.reshape(draw(st.floats(0.05, 50), zones * (stores + sites)), (zones, -1))
    km = pd.DataFrame(km, index=ids, columns=[*shop.index, *new.index])
    demand = pd.Series(draw(st.floats(0, 1e7), zones), index=ids)
    how = {"distance": km, "alpha": 0.8, "decay": 1.5, "outside": data.draw(st.sampled_from([0.0, 300.0]))}
    place = pd.DataFrame(index=ids)
    before = expected_sales(huff_shares(place, shop, **how), demand)
    assert before.sum() == pytest.approx(demand.sum(), rel=1e-9, abs=1e-6)
    gains = capture(place, shop, new, demand, **how)
    lost = gains[["transfer_loss", "rival_loss", "outside_loss"]].sum(axis=1)
    assert np.allclose(gains["captured_sales"], lost, rtol=1e-9, atol=1e-6)
    for site in new.index:
        after = expected_sales(huff_shares(place, pd.concat([shop, new.loc[[site]]]), **how), demand)
        assert gains.loc[site, "captured_sales"] == pytest.approx(after[site], rel=1e-9, abs=1e-6)
        own = shop.index[shop["own"]]
        assert gains.loc[site, "transfer_loss"] == pytest.approx(
            before[own].sum() - after[own].sum(), rel=1e-6, abs=1e-2
        )


def test_without_demand_there_is_no_rate():
    gains = capture(ZONES, STORES, SITES, DEMAND * 0, distance=KM)
    assert gains["captured_sales"].tolist() == [0] and gains["cannibalisation_rate"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stores": STORES.assign(floor_area_sqm=[1, np.nan, 3])}, "floor_area_sqm .* 'S2'"),
        ({"distance": KM.replace(4, 0)}, "distance must be above 0.* 'S3'"),
        ({"distance": KM.drop(columns="S2")}, "distance lacks 1 .* 'S2'"),
        ({"distance": pd.concat([KM, KM["S1"]], axis=1)}, "twice"),
        ({"outside": -1}, "at least 0"),
        ({"stores": STORES.iloc[:0]}, "nothing to choose from"),
        (
            {
                "stores": STORES.rename(index={"S1": "outside"}),
                "distance": KM.rename(columns={"S1": "outside"}),
                "outside": 1,
            },
            "id 'outside'",
        ),
    ],
)
def test_faults_are_refused_with_the_first_id(change, message):
    stores = change.pop("stores", STORES)
    with pytest.raises(ValueError, match=message):
        huff_shares(ZONES, stores, **{"distance": KM, **change})


def test_capture_refuses_competing_destinations_that_a_new_store_would_change():
    with pytest.raises(ValueError, match="use sales_transfer"):
        capture(ZONES, STORES, SITES, DEMAND, competition=0.1, distance=KM)


def test_capture_refuses_unknown_demand_unknown_owners_and_an_empty_market():
    with pytest.raises(ValueError, match="demand is missing or below 0 in 1 zones, first 'Z2'"):
        capture(ZONES, STORES, SITES, DEMAND.drop("Z2"), distance=KM)
    with pytest.raises(ValueError, match="whether it is own"):
        capture(ZONES, STORES.assign(own=[True, None, False]), SITES, DEMAND, distance=KM)
    with pytest.raises(ValueError, match="all demand"):
        capture(ZONES, STORES.iloc[:0], SITES, DEMAND, distance=KM)


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0.001, 0.99), decay=st.floats(0, 4), form=st.sampled_from(["power", "exponential"]))
def test_the_outside_option_of_a_share_draws_that_share_of_all_demand(share, decay, form):
    model = {"decay": decay, "form": form, "distance": KM[STORES.index]}
    outside = outside_pull(ZONES, STORES, DEMAND, share, **model)
    sales = expected_sales(huff_shares(ZONES, STORES, outside=outside, **model), DEMAND)
    assert sales["outside"] == pytest.approx(share * 16_000, rel=1e-9)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_an_outside_share_is_between_none_and_all(share):
    with pytest.raises(ValueError, match="share must be"):
        outside_pull(ZONES, STORES, DEMAND, share, distance=KM)
