import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.sales.analogs import analog_sales, analogs, unlike

STORES = pd.DataFrame(
    {"floor_area_sqm": [0.0, 1, 3, 7, 15], "people_near": 9.0}, index=pd.Index(list("ABCDE"), name="store_id")
)
"""log(1 + area) = 0, 1, 2, 3, 4 times ln 2: a standard deviation is the root of 2 steps; people do not differ."""


def site(area):
    return pd.DataFrame({"floor_area_sqm": [area], "people_near": 9.0}, index=pd.Index(["P1"], name="site_id"))


def test_distances_and_weights_by_hand():
    likes = analogs(site(1.0), STORES, k=3, epsilon=0.1)
    step = 1 / np.sqrt(2)
    assert likes["store_id"].tolist() == ["B", "A", "C"]  # A and C are as near: the first id comes first
    assert likes["distance"].tolist() == pytest.approx([0, step, step])
    raw = np.array([1 / 0.1, 1 / (step + 0.1), 1 / (step + 0.1)])
    assert likes["weight"].tolist() == pytest.approx((raw / raw.sum()).tolist())
    sales = pd.Series({"A": 100.0, "B": 200, "C": 300, "D": 9e9, "E": 9e9})
    assert analog_sales(likes, sales)["P1"] == pytest.approx(200.0)  # B, and A and C alike around it


def test_applebaum_people_times_the_sales_a_head_of_the_analogs():
    likes = analogs(site(1.0), STORES, k=3)
    people = pd.Series({"A": 1000.0, "B": 2000.0, "C": 4000.0, "D": 1.0, "E": 1.0})
    sold = analog_sales(likes, people * 2.5, per_place=pd.Series({"P1": 3000.0}), per_store=people)
    assert sold["P1"] == pytest.approx(7500.0)


def test_a_store_is_not_its_own_analog_and_a_site_of_the_same_name_is():
    likes = analogs(STORES, STORES, k=1)
    assert (likes["store_id"].to_numpy() != likes.index.get_level_values(0)).all()
    twin = site(3.0).set_axis(pd.Index(["C"], name="site_id"))
    assert analogs(twin, STORES, k=1)["store_id"].tolist() == ["C"]
    assert len(analogs(STORES, STORES, k=9)) == 5 * 4  # all others, no more


def test_the_order_of_stores_does_not_matter():
    pd.testing.assert_frame_equal(analogs(site(1.0), STORES), analogs(site(1.0), STORES[::-1]))


def test_what_lacks_a_feature_is_neither_analog_nor_forecast():
    gaps = STORES.assign(floor_area_sqm=STORES["floor_area_sqm"].mask(STORES.index == "B"))
    assert "B" not in analogs(site(1.0), gaps)["store_id"].tolist()
    assert analogs(site(None), STORES).empty


def test_stores_that_do_not_differ_and_no_analogs_are_refused():
    with pytest.raises(ValueError, match="differ"):
        analogs(site(1.0), STORES[["people_near"]])
    with pytest.raises(ValueError, match="k must"):
        analogs(site(1.0), STORES, k=0)


def test_a_place_far_from_all_stores_is_told():
    assert unlike(analogs(site(5.0), STORES), STORES).tolist() == [False]
    assert unlike(analogs(site(5000.0), STORES), STORES).tolist() == [True]
