import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.candidates.sales.features import near, site_features, zone_features
from expansion_kit.candidates.sales.sales_model import refuse_leaks

CRS = geo.metric_crs([120.0], [31.0])


def points(xy, ids, name, **columns):
    return gpd.GeoDataFrame(
        columns, geometry=gpd.points_from_xy(*zip(*xy)), index=pd.Index(list(ids), name=name), crs=CRS
    )


ZONES = gpd.GeoDataFrame(
    geometry=[shapely.box(0, -5000, 5000, 5000), shapely.box(-5000, -5000, 0, 5000)], index=["Z1", "Z2"], crs=CRS
)
SITES = points([(0, 0), (2500, 0), (-2500, 0)], ["P1", "P2", "P3"], "site_id")
CIRCLE = np.pi / 50  # of 1 km in a zone of 50 km2


def test_a_zone_counts_by_the_part_that_lies_within():
    found = near(SITES, ZONES, pd.DataFrame({"population": {"Z1": 1000.0, "Z2": 500.0}}), radius=1000)[
        "population_near"
    ]
    assert found.tolist() == pytest.approx([750 * CIRCLE, 1000 * CIRCLE, 500 * CIRCLE], rel=2e-3)


def test_an_unknown_zone_within_makes_the_sum_unknown_and_one_beyond_does_not():
    found = near(SITES, ZONES, pd.DataFrame({"workers": {"Z1": 1000.0}, "nothing": None}), radius=1000)
    assert found["workers_near"].isna().tolist() == [True, False, True] and found.columns.tolist() == ["workers_near"]


def test_zones_that_are_points_count_when_they_are_within_and_places_without_a_position_are_missing():
    places = points([(900, 0), (1100, 0)], ["Z1", "Z2"], "zone_id")
    amounts = pd.DataFrame({"population": {"Z1": 10.0, "Z2": 20.0}})
    sites = SITES.copy()
    sites.loc["P2", "geometry"] = None
    found = near(sites, places, amounts, radius=1000)["population_near"]
    assert found.iloc[[0, 2]].tolist() == [10, 0] and np.isnan(found["P2"])


def test_stores_and_sites_are_measured_alike_and_no_store_is_its_own_neighbour():
    xy = [(0, 0), (500, 0), (600, 0), (9000, 0)]
    stores = points(xy, "ABCD", "store_id", own=[True, True, False, True], floor_area_sqm=[40.0, 50, 60, 0])
    stores["site_type"] = ["mall", "street", None, "street"]
    stations = points([(100, 0)], ["M1"], "place_id")
    amounts = pd.DataFrame({"population": {"Z1": 1.0, "Z2": 1.0}})
    found = site_features(stores, ZONES, stores, amounts, stations=stations)
    assert found.columns.tolist() == [
        "floor_area_sqm",
        "population_near",
        "rivals_near",
        "own_near",
        "stations_near",
        "mall",
    ]
    assert found.loc["A"].drop("population_near").tolist() == [40, 1, 1, 1, 1]
    assert np.isnan(found.loc["D", "floor_area_sqm"]) and np.isnan(found.loc["C", "mall"])
    twin = stores.loc[["A"]].rename_axis("site_id")
    assert site_features(twin, ZONES, stores, amounts).loc["A", "own_near"] == 2
    refuse_leaks(found.columns)


def test_what_is_not_known_has_no_column():
    bare = site_features(SITES, ZONES, SITES.iloc[:0].assign(own=False), pd.DataFrame(index=ZONES.index))
    assert bare.columns.tolist() == [] and bare.index.equals(SITES.index)
    with pytest.raises(ValueError, match="radius"):
        near(SITES, ZONES, pd.DataFrame({"population": {"Z1": 1.0}}), radius=0)


def test_zones_count_their_stores_and_chains():
    stores = pd.DataFrame({"zone_id": ["Z1", "Z1", "Z1", None], "brand": ["A", "independent", None, "B"]})
    zones = pd.DataFrame({"population": [10, None]}, index=["Z1", "Z2"])
    found = zone_features(zones, stores, footfall=pd.Series({"Z2": 7.0}))
    assert found.columns.tolist() == ["stores", "chain_stores", "footfall", "population"]
    assert found["stores"].tolist() == [3, 0] and found["chain_stores"].tolist() == [1, 0]
    assert found["footfall"].isna().tolist() == [True, False]
