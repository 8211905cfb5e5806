import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market import huff_sales as module
from expansion_kit.market.huff import competing_destinations, expected_sales, huff_shares
from expansion_kit.market.huff_sales import huff_sales

CRS = geo.metric_crs([127.0], [37.5])


def city(n_zones, n_stores, seed=0, polygons=False):
    """Zones, stores and demand drawn in a square of 20 km, far from the origin of the coordinates."""
    draw = np.random.default_rng(seed)
    zone_xy = draw.uniform(0, 20_000, (n_zones, 2)) + [500_000, 4_000_000]
    store_xy = draw.uniform(0, 20_000, (n_stores, 2)) + [500_000, 4_000_000]
    store_xy[0] = zone_xy[0]
    zones = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy(*zone_xy.T, crs=CRS))
    if polygons:
        zones.geometry = zones.geometry.buffer(400)
    areas = draw.lognormal(5, 1, n_stores)
    ids = pd.Index([f"S{i}" for i in range(n_stores)], name="store_id")
    points = gpd.GeoSeries.from_xy(*store_xy.T, index=ids, crs=CRS)
    stores = gpd.GeoDataFrame({"floor_area_sqm": areas}, geometry=points, index=ids)
    return zones, stores, pd.Series(draw.gamma(2, 5000, n_zones))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 99),
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.2]),
    st.sampled_from([("power", None), ("exponential", None), ("logistic", 3.0)]),
    st.sampled_from([0.0, 40.0]),
    st.booleans(),
)
def test_blocks_give_what_the_dense_model_gives(seed, decay, form, outside, polygons):
    zones, stores, demand = city(37, 11, seed, polygons)
    how = {"alpha": 0.8, "decay": decay, "form": form[0], "midpoint": form[1], "outside": outside}
    dense = expected_sales(huff_shares(zones, stores, **how), demand)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 50)
        blocks = huff_sales(zones, stores, demand, **how)
    pd.testing.assert_series_equal(blocks, dense, rtol=1e-12, check_index_type=False, check_names=False)
    assert blocks.name == "expected_sales" and blocks.sum() == pytest.approx(demand.sum(), rel=1e-12)


def test_two_threads_and_a_given_table_of_distances_give_the_same():
    zones, stores, demand = city(500, 30)
    one = huff_sales(zones, stores, demand, decay=1.7)
    two = huff_sales(zones, stores, demand, decay=1.7, threads=2)
    straight = geo.distances(zones.geometry, stores.geometry)
    km = pd.DataFrame(np.maximum(straight, 50) * 1.3e-3, index=zones.index, columns=stores.index)
    given_km = huff_sales(zones, stores, demand, decay=1.7, distance=km.iloc[::-1, ::-1])
    np.testing.assert_allclose(two, one, rtol=1e-12)
    np.testing.assert_allclose(given_km, one, rtol=1e-12)


def test_the_short_cuts_are_the_limit_of_the_general_formula():
    zones, stores, demand = city(60, 7)
    for decay in (1.0, 2.0):
        near = huff_sales(zones, stores, demand, decay=decay + 1e-13)
        np.testing.assert_allclose(huff_sales(zones, stores, demand, decay=decay), near, rtol=1e-11)


@pytest.mark.parametrize("how", [{"decay": 200.0}, {"form": "exponential", "decay": 400.0, "alpha": 3.0}])
def test_zones_whose_pull_has_no_number_are_worked_out_by_logarithms(how):
    zones, stores, demand = city(40, 9)
    dense = expected_sales(huff_shares(zones, stores, **how), demand)
    np.testing.assert_allclose(huff_sales(zones, stores, demand, **how), dense, rtol=1e-9, atol=1e-6)
    assert dense.sum() == pytest.approx(demand.sum())
    beside = huff_sales(zones, stores, demand, outside=1e-3, **how)
    np.testing.assert_allclose(beside, expected_sales(huff_shares(zones, stores, outside=1e-3, **how), demand), 1e-6, 1)


def test_competing_destinations_enter_as_a_column():
    zones, stores, demand = city(30, 6)
    stores["competing_destinations"] = competing_destinations(stores)
    dense = expected_sales(huff_shares(zones, stores, competition=-0.4), demand)
    np.testing.assert_allclose(huff_sales(zones, stores, demand, competition=-0.4), dense, rtol=1e-12)


def test_faults_are_refused():
    zones, stores, demand = city(5, 3)
    with pytest.raises(ValueError, match="threads"):
        huff_sales(zones, stores, demand, threads=0)
    with pytest.raises(ValueError, match="demand is missing"):
        huff_sales(zones, stores, demand.drop(3))
    away = stores.geometry.copy()
    away["S1"] = None
    with pytest.raises(ValueError, match="1 have no position, first 'S1'"):
        huff_sales(zones, stores.set_geometry(away), demand)
    km = pd.DataFrame(1.0, index=zones.index, columns=stores.index)
    with pytest.raises(ValueError, match="distance must be above 0.* 'S2'"):
        huff_sales(zones, stores, demand, distance=km.assign(S2=np.nan))
