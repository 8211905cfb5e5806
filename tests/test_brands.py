import pandas as pd
import pytest

from expansion_kit.brands import normalise_brand

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


@pytest.mark.parametrize(
    ("name", "brand", "matched"),
    [
        ("공차한양대", "Gong Cha", "begins"),
        ("커피빈치", None, "exact"),
        ("커피빈강남", "Coffee Bean", "begins"),
        ("달콤", "Dalkomm", "exact"),
        ("달콤한카페", None, "none"),
        ("한양대 공차", None, "none"),
    ],
)
def test_an_alias_may_be_a_beginning_or_the_whole_name_only(name, brand, matched):
    aliases = {"공차*": "Gong Cha", "커피빈*": "Coffee Bean", "커피빈치=": None, "달콤=": "Dalkomm"}
    found = normalise_brand(pd.Series([name]), aliases).iloc[0]
    assert found["brand"] == brand or (brand is None and pd.isna(found["brand"]))
    assert found["matched"] == matched
