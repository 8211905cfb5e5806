import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.sales.sales_model import KINDS, LEAKS, SalesModel, refuse_leaks


def town(n=60, seed=1):
    """Sales = 50 people^0.6 area^0.9, without noise; a feature that tells nothing."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"people_near": draw.uniform(1e3, 9e4, n), "floor_area_sqm": draw.uniform(20, 90, n)},
        index=[f"S{i:02d}" for i in range(n)],
    )
    sales = 50 * (1 + table["people_near"]) ** 0.6 * (1 + table["floor_area_sqm"]) ** 0.9
    return table, sales


@pytest.mark.parametrize(
    "name",
    [
        "rent",
        "rent_sqm_month",
        "zone_rents",
        "sales_month",
        "expected_sales",
        "market_sales_near",
        "monthlysales",
        "occupancy_cost_ratio",
        "turnover_rate",
        "orders",
        "transfer_fee",
        "npv",
        "score",
        "月租金",
        "去年销售额",
        "坪效",
    ],
)
def test_what_leaks_the_answer_is_refused_by_name_with_the_reason(name):
    with pytest.raises(ValueError, match=r"must not tell the answer: .* \(.+\)") as told:
        SalesModel().fit(pd.DataFrame({"floor_area_sqm": [1.0], name: 2.0}), pd.Series([1.0]))
    assert repr(name) in str(told.value) and "floor_area_sqm" not in str(told.value)
    assert any(why in str(told.value) for why in LEAKS.values())


def test_what_is_around_a_place_may_be_told():
    refuse_leaks(["floor_area_sqm", "population_near", "potential_near", "footfall_near", "rivals_near", "own_near"])
    refuse_leaks(["stations_near", "mall", "huff_expected", "stores", "chain_stores", "current_trend", "border_m"])


def test_plain_regression_finds_the_law_that_made_the_sales():
    table, sales = town()
    model = SalesModel().fit(table, sales)
    assert model.model_.coef_ == pytest.approx([0.6, 0.9])
    other, truth = town(seed=2)
    assert model.predict(other).to_numpy() == pytest.approx(truth.to_numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_learns_and_the_order_of_rows_does_not_matter(kind):
    table, sales = town()
    model = SalesModel(kind=kind).fit(table, sales)
    turned = SalesModel(kind=kind).fit(table[::-1], sales.sample(frac=1, random_state=3))
    pd.testing.assert_series_equal(model.predict(table), turned.predict(table))
    assert np.corrcoef(np.log(model.predict(table)), np.log(sales))[0, 1] > 0.9


def test_features_that_cannot_carry_are_left_out_with_the_reason():
    table, sales = town(12)
    table = table.assign(same=3.0, unknown=np.where(np.arange(12) < 5, np.nan, 1.0 * np.arange(12)), last=range(12))
    model = SalesModel().fit(table, sales)
    assert model.features_ == ["people_near", "floor_area_sqm"] and model.stores_ == 12
    assert model.left_out_ == {"same": "no_variation", "unknown": "mostly_missing", "last": "too_few_stores"}


def test_missing_stays_missing_and_strange_places_are_told():
    table, sales = town()
    model = SalesModel().fit(table, sales)
    asked = pd.DataFrame({"people_near": [5e4, None, 5e6], "floor_area_sqm": [50.0, 50, 50]}, index=["P1", "P2", "P3"])
    assert model.predict(asked).isna().tolist() == [False, True, False]
    assert model.beyond(asked).tolist() == [False, False, True]


def test_a_feature_below_zero_goes_in_as_it_is():
    table = pd.DataFrame({"altitude": np.linspace(-3, 3, 12)})
    model = SalesModel().fit(table, np.exp(2 * table["altitude"] + 1))
    assert model.model_.coef_ == pytest.approx([2.0])


def test_nothing_to_learn_from_and_an_unknown_kind_are_refused():
    with pytest.raises(ValueError, match="nothing to learn"):
        SalesModel().fit(pd.DataFrame({"x": [1.0, 2.0]}, index=["A", "B"]), pd.Series({"A": 0.0, "C": 5.0}))
    with pytest.raises(ValueError, match="plain, ridge"):
        SalesModel(kind="oracle")
