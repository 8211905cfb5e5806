import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from expansion_kit import geo
from expansion_kit.candidates.sales import asked_rent, measures, site_sales, trading

CRS = geo.metric_crs([120.0], [31.0])


def points(xy, ids, **columns):
    x, y = zip(*xy)
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), index=list(ids), crs=CRS)


ZONES = points([(0, 0), (3000, 0)], ["Z1", "Z2"])
DEMAND = pd.Series({"Z1": 10_000.0, "Z2": 6_000.0})


def stores(**columns):
    given = {"own": [True, False], "floor_area_sqm": [100.0, 100.0]} | columns
    return points([(500, 0), (2500, 0)], ["S1", "S2"], **given)


def test_the_level_turns_the_models_money_into_known_sales():
    at_sites, at_stores, level = site_sales(
        points([(1500, 0)], ["P1"], floor_area_sqm=[100.0]), stores(sales_month=[4_000.0, np.nan]), ZONES, DEMAND
    )
    assert at_stores["sales"].sum() == pytest.approx(DEMAND.sum())
    assert at_stores.loc["S1", "sales"] * level == pytest.approx(4_000)
    site = at_sites.loc["P1"]
    assert 0 < site["transfer_loss"] < site["sales"]
    assert site["net_gain"] == pytest.approx(site["sales"] - site["transfer_loss"])


def test_without_known_sales_there_is_no_level_and_without_demand_no_sales():
    site = points([(1500, 0)], ["P1"], floor_area_sqm=[100.0])
    assert np.isnan(site_sales(site, stores(), ZONES, DEMAND)[2])
    at_sites, at_stores, level = site_sales(site, stores(), ZONES, DEMAND * np.nan)
    assert at_sites["sales"].isna().all() and at_stores["sales"].isna().all() and np.isnan(level)
    nobody = stores().iloc[:0]
    assert site_sales(site, nobody, ZONES, DEMAND)[0]["sales"].isna().all()


def test_a_store_without_an_area_counts_with_the_median_and_a_site_without_one_is_not_forecast():
    sites = points([(1500, 0), (1000, 0)], ["P1", "P2"], floor_area_sqm=[100.0, np.nan])
    full = site_sales(sites, stores(), ZONES, DEMAND)
    some = site_sales(sites, stores(floor_area_sqm=[100.0, np.nan]), ZONES, DEMAND)
    assert some[1]["area_assumed"].tolist() == [False, True]
    pd.testing.assert_frame_equal(full[0], some[0])
    assert some[0]["sales"].isna().tolist() == [False, True]


def test_sites_and_stores_are_measured_in_the_same_way():
    shops = stores().assign(zone_id=["Z1", "Z2"])
    around = {
        "footfall": pd.Series({"Z1": 900.0}),
        "zone_rents": pd.Series({"Z1": 300.0, "Z2": 200.0}),
        "radius": 1_500,
    }
    site = points([(500, 0)], ["P1"], zone_id=["Z1"], rent_sqm_day=[12.0])
    found = measures(site, pd.Series({"P1": 5.0}), shops, **around)
    assert found.loc["P1", ["expected_sales", "footfall", "rivals_near"]].tolist() == [5, 900, 0]
    assert found.loc["P1", "rent_sqm_month"] == pytest.approx(365) and found.loc["P1", "rent_method"] == "asked"
    there = measures(shops, pd.Series({"S1": 1.0, "S2": 2.0}), shops, **around)
    assert there["rent_method"].tolist() == ["zone level", "zone level"]
    assert there["footfall"].isna().tolist() == [False, True]


def test_trading_stores_are_open_or_say_nothing():
    assert trading(pd.DataFrame({"status": ["open", "planned", "closed", None]})).index.tolist() == [0, 3]
    assert len(trading(pd.DataFrame({"brand": ["A"]}))) == 1


def test_an_asked_rent_needs_an_area_only_where_it_is_a_months():
    places = pd.DataFrame({"rent_sqm_day": [2.0, np.nan, np.nan], "rent_month": [np.nan, 6_000, 6_000]})
    assert asked_rent(places, days=30).isna().tolist() == [False, True, True]
    assert asked_rent(places.assign(rentable_area_sqm=60), days=30).tolist() == [60, 100, 100]
