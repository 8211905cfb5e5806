import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market.competition import hhi, location_quotient, normalise_brand, rivals_within, share_of_stores

ALIASES = {
    "星巴克": "Starbucks",
    "Starbucks": "Starbucks",
    "스타벅스": "Starbucks",
    "喜茶": "HEYTEA",
    "메가": "MEGA",
    "메가커피": "MEGA",
    "McDonald's": "McDonald's",
    "7-Eleven": "7-Eleven",
    "Café Nero": "Caffè Nero",
    "KFC": "KFC",
}


@pytest.mark.parametrize(
    ("name", "brand", "matched"),
    [
        ("ＳＴＡＲＢＵＣＫＳ", "Starbucks", "exact"),
        ("星巴克(南京西路店)", "Starbucks", "branch"),
        ("星巴克（南京西路店）", "Starbucks", "branch"),
        ("【新店】星巴克", "Starbucks", "branch"),
        ("스타벅스 강남점", "Starbucks", "branch"),
        ("(주)스타벅스 강남 2호점", "Starbucks", "token"),
        ("Starbucks Main Street Branch", "Starbucks", "token"),
        ("스타벅스강남점", "Starbucks", "glued"),
        ("스타벅스방이DT점", "Starbucks", "glued"),
        ("스타벅스석촌역", "Starbucks", "glued"),
        ("喜茶万象城店", "HEYTEA", "glued"),
        ("喜茶具", None, "none"),
        ("Starbucksy", None, "none"),
        ("메가커피 강남점", "MEGA", "branch"),
        ("메가 커피", "MEGA", "exact"),
        ("메가박스", None, "none"),
        ("메가박스 코엑스점", None, "none"),
        ("메가박스코엑스점", None, "none"),
        ("MCDONALD’S", "McDonald's", "exact"),
        ("7 eleven", "7-Eleven", "exact"),
        ("CAFE NERO", "Caffè Nero", "exact"),
        ("KFC南京路店", "KFC", "branch"),
        ("KFCity", None, "none"),
        ("星巴克茶", None, "none"),
        ("(스타벅스)", "Starbucks", "exact"),
        ("!!!", None, "none"),
        (None, None, "none"),
    ],
)
def test_the_brand_behind_a_name(name, brand, matched):
    found = normalise_brand(pd.Series([name], index=["S1"], dtype=object), ALIASES).loc["S1"]
    assert found["matched"] == matched
    assert found["brand"] == brand or (brand is None and pd.isna(found["brand"]))


def test_without_aliases_the_branch_is_cut_off():
    names = pd.Series(["星巴克(南京西路店)", "스타벅스 강남점", "Starbucks", "CAFÉ  Näro", "店", "が ガ", "***"])
    found = normalise_brand(names)
    assert found["brand"][:6].tolist() == ["星巴克", "스타벅스", "starbucks", "cafe naro", "店", "が ガ"]
    assert found["matched"].tolist() == ["text"] * 6 + ["none"]


def test_an_alias_of_two_brands_is_refused():
    with pytest.raises(ValueError, match="'mega' stands for two brands: 'A' and 'B'"):
        normalise_brand(pd.Series(["x"]), {"MEGA": "A", "mega": "B"})


def test_seoul_starbucks_are_found_under_their_many_names_and_the_cinema_is_not(shared):
    """SOURCE.md: 459 rows contain 스타벅스 under 141 names."""
    names = pd.read_csv(shared / "seoul_commercial" / "cafes_seoul_2022Q1.csv", encoding="utf-8-sig", dtype=str)
    names = names["상호명"]
    found = normalise_brand(names, ALIASES)
    starbucks = names.str.contains("스타벅스", na=False)
    assert starbucks.sum() == 459 and names[starbucks].nunique() == 141
    assert (found["brand"] == "Starbucks").equals(starbucks)
    assert not names[found["brand"] == "MEGA"].str.contains("메가박스").any()


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
