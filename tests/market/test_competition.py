import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market.competition import (
    franchise_terms,
    hhi,
    location_quotient,
    rivals_within,
    share_of_sales,
    share_of_stores,
    stores_by_zone,
    stores_per_sqkm,
    trading,
)

CRS = geo.metric_crs([127.0], [37.5])


def places(xs, index, **columns):
    shapes = [None if x is None else shapely.Point(x, 0) for x in xs]
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=CRS)


def test_rivals_are_counted_in_metres_and_own_stores_are_not_rivals():
    ids = pd.Index(["a", "b", "c", "d"], name="store_id")
    stores = places([0, 500, 500.1, None], ids, own=[True, False, False, False])
    counts = rivals_within(places([0, None], pd.Index(["b", "n"], name="site_id")), stores, 500)
    assert counts.name == "rivals_within" and counts["b"] == 1 and np.isnan(counts["n"])
    assert rivals_within(stores, stores, 500)[:3].tolist() == [1, 1, 1]  # b and c: each other, not themselves
    with pytest.raises(ValueError, match="radius"):
        rivals_within(stores, stores, 0)
    with pytest.raises(ValueError, match="in metres"):
        rivals_within(geo.to_wgs84(stores), geo.to_wgs84(stores), 5)


def test_shares_and_concentration():
    """Four equal brands: 1/4 each, HHI 4 * (1/4)^2 = 0.25."""
    shares = share_of_stores(pd.DataFrame({"brand": list("abcdabcd")}))
    assert shares.name == "share_of_stores" and shares.tolist() == [0.25] * 4 and hhi(shares) == 0.25
    assert hhi(pd.Series([1.0])) == 1
    with pytest.raises(ValueError, match="add up to 1, but add up to 50"):
        hhi(pd.Series([20, 30]))


def test_location_quotient_is_one_in_a_zone_like_the_city():
    whole = pd.Series({"Z1": 100, "Z2": 100, "Z3": 0, "Z4": 100})
    made = location_quotient(pd.Series({"Z2": 30, "Z1": 10, "Z4": 20}), whole)
    assert made[["Z1", "Z2", "Z4"]].tolist() == pytest.approx([0.5, 1.5, 1.0]) and np.isnan(made["Z3"])


def test_density_counts_what_lies_in_a_zone():
    zones = gpd.GeoDataFrame(
        geometry=[shapely.box(0, -1000, 1000, 1000), shapely.box(1000, -1000, 2000, 0)], index=["Z1", "Z2"], crs=CRS
    )
    made = stores_per_sqkm(zones, places([100, 200, 300, 1500, 9000, None], list("abcdef")))
    assert made.name == "stores_per_sqkm" and made.tolist() == [1.5, 1.0]
    with pytest.raises(ValueError, match="polygons"):
        stores_per_sqkm(places([1], ["a"]), places([1], ["a"]))


def test_shares_of_sales_carry_their_method_and_do_not_fill_what_is_not_known():
    stores = pd.DataFrame(
        {
            "brand": ["A", "A", "B", "B", "C"],
            "sales_month": [300.0, 100.0, 100.0, None, None],
            "sales_method": ["measured", "estimated", None, None, None],
        },
        index=list("abcde"),
    )
    made = share_of_sales(stores)
    assert made["share_of_sales"].to_dict() == pytest.approx({"A": 0.8, "B": 0.2, "C": np.nan}, nan_ok=True)
    assert made["method"].fillna("").tolist() == ["measured 1, estimated 1", "not stated 1", ""]
    assert made["stores_known"].tolist() == [2, 1, 0]
    filled = share_of_sales(stores, expected=pd.Series({"d": 200, "a": 9}), expected_method="estimated: Huff")
    assert filled.loc["B", ["sales_month", "stores_known"]].tolist() == [300, 2]
    assert filled.loc["B", "method"] == "not stated 1, estimated: Huff 1" and filled.loc["A", "sales_month"] == 400
    assert filled["share_of_sales"].sum() == pytest.approx(1) and np.isnan(filled.loc["C", "share_of_sales"])


@pytest.mark.parametrize(
    ("sales", "shares"),
    [
        ([30, 10, None, None], [0.75, 0.25]),
        ([30, None, 10, None], [None, None]),  # one brand only
        ([30, 10, None, None, None], [None, None]),  # two of five stores
    ],
)
def test_a_share_of_sales_needs_two_brands_and_half_of_the_stores(sales, shares):
    stores = pd.DataFrame({"brand": list("ABABB")[: len(sales)], "sales_month": sales})
    made = share_of_sales(stores).sort_index()
    assert made["share_of_sales"].astype(object).where(made["share_of_sales"].notna(), None).tolist() == shares
    assert made["sales_month"].sum() == 40 and made["stores_known"].sum() == 2, "the sales stay"


def test_zones_without_ground_count_no_stores_and_stores_in_no_zone_are_in_no_row():
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.Point(9, 9)]
    zones = gpd.GeoDataFrame(geometry=shapes, index=["Z1", "Z2", "Z3"], crs=CRS)
    stores = pd.DataFrame({"zone_id": ["Z1", "Z1", None], "own": [True, False, True]})
    made = stores_by_zone(zones, stores)
    assert made.loc[["Z1", "Z2"]].to_numpy().tolist() == [[2, 1, 1], [0, 0, 0]] and made.loc["Z3"].isna().all()
    assert made.drop(index="Z3").sum()["stores"] == len(stores) - 1
    assert all(stores_by_zone(zones[:2], stores).dtypes == "int64")
    with pytest.raises(ValueError, match="in metres"):
        stores_by_zone(geo.to_wgs84(zones), stores)


def test_rivals_terms_stand_beside_ours():
    brands = pd.DataFrame(
        {
            "own": [False, True, None, False],
            "rival": [True, False, True, False],
            "franchise_fee": [39_800.0, 45_000.0, None, 1.0],
            "deposit": [20_000.0, 20_000.0, None, 1.0],
            "royalty": [0.02, 0.03, None, 1.0],
            "return_policy": ["none", "30 days", None, "x"],
        },
        index=pd.Index(["B", "A", "silent", "landlord"], name="brand"),
    )
    made = franchise_terms(brands, pd.DataFrame({"brand": ["B", "B", "A"]}))
    assert made.index.tolist() == ["A", "B"] and made["own"].tolist() == [True, False]
    assert made.loc["B", ["entry_money", "entry_money_minus_own", "stores"]].tolist() == [59_800, -5200, 2]
    assert made.loc["B", "royalty_minus_own"] == pytest.approx(-0.01) and made["term_years"].isna().all()
    assert franchise_terms(brands.assign(own=False))["deposit_minus_own"].isna().all()


def test_brands_that_state_no_terms_make_an_empty_table():
    brands = pd.DataFrame({"own": [True, False], "rival": [False, True], "category": "tea"}, index=["A", "B"])
    assert franchise_terms(brands, pd.DataFrame({"brand": ["A", "B"]})).empty


def test_trading_stores_are_open_or_say_nothing():
    assert trading(pd.DataFrame({"status": ["open", "planned", "closed", None]})).index.tolist() == [0, 3]
    assert len(trading(pd.DataFrame({"brand": ["A"]}))) == 1
