import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit.maps.floor_figures import figures_text, floor_figures
from expansion_kit.maps.floor_units import floor_units, planned


def units(own_brand="Tea", **columns):
    n = len(columns["brand"])
    table = gpd.GeoDataFrame({"mall": "M", "floor": "1F"} | columns, geometry=[shapely.box(0, 0, 9, 9)] * n)
    return floor_units(table, own_brand=own_brand, lang="en")


@pytest.fixture
def floor():
    return units(
        brand=["Tea", "Rice", "Bun", None, "Odd"],
        category=["Drinks", "Food", "Food", None, None],
        floor_area_sqm=[50.0, 100.0, None, 40.0, 10.0],
        rent_sqm_day=[8.0, 10.0, 99.0, 5.0, None],
        base_rent_month=[None, None, None, 4000.0, None],
        plan_brand=[None, None, None, "Tea", None],
    )


def test_vacancy_mix_and_own_share_by_hand(floor):
    table = floor_figures(floor).set_index("row")
    assert table.loc["vacant", "units_share"] == 1 / 5
    assert table.loc["vacant", "area_share"] == 40 / 200
    assert table.loc["own", ["units", "area_share"]].tolist() == [1, 0.25]
    assert table.loc["all", ["units", "area_sqm", "area_known"]].tolist() == [5, 200.0, 4]
    food = floor_figures(floor).query("category == 'Food'").iloc[0]
    assert food[["units", "area_sqm", "area_known"]].tolist() == [2, 100.0, 1]
    parts = table.loc[table.index.isin(["category", "unknown", "vacant"])]
    assert parts["units"].sum() == 5 and parts["area_share"].sum() == pytest.approx(1)


def test_rents_are_of_let_units_with_a_known_area_weighted_by_it(floor):
    table = floor_figures(floor).set_index("row")
    assert table.loc["all", "rent_sqm_day"] == pytest.approx((8 * 50 + 10 * 100) / 150)
    assert table.loc["all", "rent_sqm_day_known"] == 2
    assert table["base_rent_month_known"].max() == 0  # stated for the vacant unit only
    text = figures_text(floor_figures(floor), lang="en", currency="CNY")
    assert text.columns.tolist() == ["Category", "Units", "Area, m²", "Rent, CNY per m² and day"]
    assert text.iloc[-1].tolist() == ["All units", "5 (100%)", "200 (100%) [n=4]", "9.3 [n=2]"]
    assert text.loc[text["Category"] == "Category not known", "Rent, CNY per m² and day"].tolist() == ["—"]


def test_rent_a_month_is_all_rent_over_all_area():
    table = floor_figures(units(brand=["A", "B"], floor_area_sqm=[10.0, 30.0], rent_month=[1000.0, 1000.0]))
    assert table["rent_month"].iloc[-1] == 50


def test_the_plan_has_its_own_figures(floor):
    table = floor_figures(planned(floor)).set_index("row")
    assert "vacant" not in table.index
    assert table.loc["own", "units"] == 2


def test_no_units_and_no_areas():
    empty = floor_figures(units(brand=[]))
    assert empty["units"].tolist() == [0] and empty["area_share"].isna().all()
    text = figures_text(floor_figures(units(brand=["A"])), lang="zh")
    assert text["面积 ㎡"].tolist() == ["—", "—"]
    assert not pd.isna(text).any().any()
