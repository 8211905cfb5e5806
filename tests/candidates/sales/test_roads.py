import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from expansion_kit import geo
from expansion_kit.candidates.sales.roads import (
    MODEL_STORES,
    REASONS,
    analog_road,
    brand_mean,
    huff_road,
    model_road,
    nearest_store,
)
from expansion_kit.market.huff import expected_sales, huff_shares
from expansion_kit.words import LANGUAGES, family

CRS = geo.metric_crs([120.0], [31.0])


def points(draw, n, letter, name, **columns):
    where = gpd.points_from_xy(*draw.uniform(0, 9_000, (2, n)))
    index = pd.Index([f"{letter}{i:02d}" for i in range(n)], name=name)
    return gpd.GeoDataFrame(columns, geometry=where, index=index, crs=CRS)


@pytest.fixture(scope="module")
def town():
    """Stores that sell 0.7 of what Huff's model with 0.8 and 1.7 says; choices as the model expects them."""
    draw = np.random.default_rng(5)
    zones = points(draw, 30, "Z", "zone_id")
    stores = points(draw, 30, "S", "store_id", floor_area_sqm=draw.uniform(30, 300, 30), own=[True] * 25 + [False] * 5)
    sites = points(draw, 3, "P", "site_id", floor_area_sqm=[100.0, 60.0, np.nan])
    demand = pd.Series(draw.uniform(1e4, 9e4, 30), index=zones.index)
    shares = huff_shares(zones, stores, alpha=0.8, decay=1.7)
    choices = (shares * 1000).rename_axis("store_id", axis=1).stack().rename("count").reset_index()
    sales = 0.7 * expected_sales(shares, demand)
    return {"zones": zones, "stores": stores, "sites": sites, "demand": demand, "choices": choices, "sales": sales}


def huff(town, **changed):
    of = town | changed
    return huff_road(of["zones"], of["stores"], of["sites"], of["demand"], choices=of["choices"])


def features(table):
    return pd.DataFrame({"floor_area_sqm": table["floor_area_sqm"], "east_m": table.geometry.x})


def test_the_huff_road_finds_the_sales_of_stores_it_was_not_told(town):
    held = ["S00", "S01", "S02"]
    known = town["sales"][town["stores"]["own"]].drop(held)
    at_stores, at_sites = huff(town)(known, held)
    assert at_stores["sales"].to_numpy() == pytest.approx(town["sales"].to_numpy(), rel=1e-5)
    assert at_sites["reason"].tolist() == ["", "", "no_area"] and at_sites["sales"].notna().tolist() == [
        True,
        True,
        False,
    ]


def test_the_huff_road_learns_nothing_of_stores_held_out(town):
    """Neither their sales nor who chose them move the forecast."""
    held = ["S00", "S01", "S02"]
    known = town["sales"][town["stores"]["own"]].drop(held)
    wild = town["choices"].copy()
    wild.loc[wild["store_id"].isin(held), "count"] *= 50
    plain, other = (huff(town, choices=choices)(known, held)[1]["sales"] for choices in (town["choices"], wild))
    pd.testing.assert_series_equal(plain, other)
    assert not np.allclose(huff(town, choices=wild)(known)[1]["sales"][:2], plain[:2])


def test_the_huff_road_says_why_it_may_not_be_used(town):
    known = town["sales"].iloc[:2]
    assert huff(town)(known)[1]["reason"].eq("no_level").all() and huff(town)(known)[1]["sales"].isna().all()
    assert huff(town, demand=town["demand"] * 0)(town["sales"])[1]["reason"].eq("no_demand").all()


@pytest.mark.parametrize("make", [analog_road, model_road])
def test_roads_on_features_learn_nothing_of_stores_held_out(town, make):
    road = make(features(town["stores"]), features(town["sites"]))
    held = ["S00", "S01"]
    wrong = town["sales"].copy()
    wrong[held] = 1e9
    truly, falsely = (road(known, held) for known in (town["sales"], wrong))
    for one, other in zip(truly, falsely):
        pd.testing.assert_frame_equal(one, other)
    assert truly[1]["reason"].iloc[2] == "feature_missing" and truly[1]["sales"].isna().tolist() == [False, False, True]
    turned = make(features(town["stores"])[::-1], features(town["sites"]))(town["sales"].iloc[::-1], held)
    pd.testing.assert_frame_equal(turned[1], truly[1])


def test_roads_on_features_say_why_they_may_not_be_used(town):
    shops, sites = features(town["stores"]), features(town["sites"])
    few = town["sales"].iloc[: MODEL_STORES - 1]
    assert model_road(shops, sites)(few)[1]["reason"].eq("few_stores").all()
    assert analog_road(shops, sites)(few.iloc[:9])[1]["reason"].eq("few_stores").all()
    same = shops.assign(floor_area_sqm=40.0, east_m=1.0)
    for make in (analog_road, model_road):
        assert make(same, sites)(town["sales"])[1]["reason"].eq("no_features").all()
        assert make(shops[[]], sites[[]])(town["sales"])[1]["reason"].eq("no_features").all()
    strange = sites.assign(floor_area_sqm=[1e6, 60.0, 100.0])
    assert analog_road(shops, strange)(town["sales"])[1]["reason"].iloc[0] == "unlike_all"
    told = model_road(shops, strange)(town["sales"])[1]
    assert told["reason"].tolist() == ["beyond_stores", "", ""] and told["sales"].notna().all()


def test_a_leak_is_refused_through_the_road_too(town):
    leaking = features(town["stores"]).assign(rent_month=1.0)
    with pytest.raises(ValueError, match="rent_month"):
        model_road(leaking, features(town["sites"]).assign(rent_month=1.0))(town["sales"])


def test_with_the_huff_forecast_as_a_feature_the_model_finds_what_huff_knows(town):
    shops, sites = features(town["stores"]), features(town["sites"])
    held = ["S00", "S01", "S02"]
    known = town["sales"][town["stores"]["own"]].drop(held)
    at_stores, _ = model_road(shops, sites, huff=huff(town))(known, held)
    assert at_stores["sales"][held].to_numpy() == pytest.approx(town["sales"][held].to_numpy(), rel=1e-2)


def test_analogs_by_a_unit_of_demand(town):
    shops, sites = features(town["stores"]), features(town["sites"])
    by_area = analog_road(shops, sites, per="floor_area_sqm")(900 * shops["floor_area_sqm"])[1]
    assert by_area["sales"].iloc[:2].tolist() == pytest.approx([90_000, 54_000])


def test_baselines_by_hand(town):
    where = gpd.points_from_xy([0, 100, 300, 1000], [0, 0, 0, 0])
    stores = gpd.GeoDataFrame(geometry=where, index=pd.Index(list("ABCD"), name="store_id"), crs=CRS)
    sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy([290, 200], [0, 0]), index=["P1", "P2"], crs=CRS)
    known = pd.Series({"A": 1.0, "B": 2.0, "C": 6.0})
    at_stores, at_sites = nearest_store(stores, sites)(known)
    assert at_stores["sales"].tolist() == [2, 1, 2, 6] and at_sites["sales"].tolist() == [6, 2]  # P2: B before C
    assert nearest_store(stores, sites)(known, ["C"])[1]["sales"].tolist() == [2, 2]
    assert brand_mean(stores, sites)(known, ["C"])[0]["sales"].tolist() == [1.5] * 4
    assert nearest_store(stores, sites)(known.iloc[:0])[1]["reason"].eq("few_stores").all()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_reason_has_its_words(lang):
    assert set(family("site_sales.reason_", lang)) == set(REASONS)
