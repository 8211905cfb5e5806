import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from expansion_kit.candidates.score.criteria import CRITERIA, anchors, standing_in, telling, value
from expansion_kit.candidates.score.scoring import score


def criteria_of(**columns):
    return pd.DataFrame(columns).set_index("criterion")


def two_benefits(weights=(0.6, 0.4), low=(4.0, 2.0), high=(10.0, 9.0)):
    return criteria_of(criterion=["x", "y"], direction="benefit", low=low, high=high, weight=weights)


def test_anchors_are_quantiles_of_the_reference_and_given_ones_stay():
    reference = pd.DataFrame({"x": [*range(101), None], "y": 1.0})
    criteria = two_benefits(low=(np.nan, 2.0), high=(np.nan, 9.0))
    result = anchors(reference, criteria)
    assert result.loc["x", ["low", "high"]].tolist() == [5, 95]
    assert result.loc["y", ["low", "high"]].tolist() == [2, 9]
    assert result["reference_n"].tolist() == [101, pd.NA]
    with pytest.raises(ValueError, match="high one for y"):
        anchors(reference, criteria.drop(columns=["low", "high"]))
    with pytest.raises(ValueError, match="criteria y"):
        anchors(reference[["x"]], criteria.drop(columns=["low", "high"]))


def test_the_criteria_that_come_with_the_kit_work_after_anchors_are_read():
    criteria = pd.DataFrame.from_dict(CRITERIA, orient="index")
    stores = pd.DataFrame({name: np.arange(20.0) for name in criteria.index})
    result = score(stores, anchors(stores, criteria))
    assert result["enough_known"].all()
    assert result["score"].is_monotonic_increasing  # 60 % of the weight are benefits


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": "target"}, "a target needs points"),
        ({"direction": "more"}, "benefit, cost or target"),
        ({"low": 10.0}, "low below high"),
        ({"high": np.nan}, "low below high"),
        ({"weight": -1.0}, "not negative"),
        ({"weight": 0.0}, "not all zero"),
    ],
)
def test_criteria_that_cannot_be_used_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        value(pd.DataFrame({"x": [1.0], "y": [2.0]}), two_benefits().assign(**change))


def test_measures_that_cannot_be_used_are_refused():
    with pytest.raises(ValueError, match="criteria y"):
        value(pd.DataFrame({"x": [1.0]}), two_benefits())
    with pytest.raises(ValueError, match="not a number.*'high'"):
        value(pd.DataFrame({"x": ["high"], "y": [1.0]}), two_benefits())
    with pytest.raises(ValueError, match="named once, but S1"):
        value(pd.DataFrame({"x": [1.0, 2], "y": [1.0, 2]}, index=["S1", "S1"]), two_benefits())
    with pytest.raises(ValueError, match="lack the columns low, high"):
        value(pd.DataFrame({"x": [1.0], "y": [1.0]}), two_benefits().drop(columns=["low", "high"]))
    with pytest.raises(ValueError, match="min_coverage"):
        score(pd.DataFrame({"x": [1.0], "y": [1.0]}), two_benefits(), min_coverage=0)


def test_nullable_columns_are_missing_not_zero():
    measures = pd.DataFrame({"x": pd.array([7, None], dtype="Int64"), "y": pd.array([None, 9.0], dtype="Float64")})
    assert value(measures, two_benefits()).isna().to_numpy().tolist() == [[False, True], [True, False]]


def test_a_criterion_that_the_reference_cannot_tell_apart_is_not_asked():
    criteria = pd.DataFrame({"low": [np.nan, np.nan, 0.0], "high": [np.nan, np.nan, 1.0]}, index=["a", "b", "c"])
    reference = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [5.0, 5.0, 5.0]})
    assert telling(reference, criteria).index.tolist() == ["a", "c"]
    assert telling(reference.iloc[:0], criteria).index.tolist() == ["c"]


BENT = ((0, 0), (10, 0.8), (20, 1))
PEAK = ((30, 0), (60, 1), (90, 1), (150, 0.4))


def test_worth_follows_its_points_and_stays_beyond_the_last():
    rows = {"footfall": ["benefit", BENT, 1], "area": ["target", PEAK, 1]}
    criteria = pd.DataFrame.from_dict(rows, orient="index", columns=["direction", "points", "weight"])
    sites = pd.DataFrame({"footfall": [-5, 5, 15, 99, None], "area": [20, 45, 75, 120, 500]})
    assert_allclose(value(sites, criteria)["footfall"], [0, 0.4, 0.9, 1, np.nan])
    assert_allclose(value(sites, criteria)["area"], [0, 0.5, 1, 0.7, 0.4])
    assert_allclose(score(sites, criteria)["score"].iloc[:4], [0, 45, 95, 85])


def test_points_stand_beside_anchors_and_their_ends_are_the_anchors():
    criteria = two_benefits(low=(np.nan, 2.0), high=(np.nan, 9.0)).assign(points=[BENT, None])
    stores = pd.DataFrame({"x": [1.0, 1.0], "y": [3.0, 4.0]})
    assert telling(stores, criteria).index.tolist() == ["x", "y"]
    filled = anchors(stores, criteria)
    assert filled[["low", "high"]].to_numpy().tolist() == [[0, 20], [2, 9]] and filled["reference_n"].isna().all()
    assert_allclose(value(stores, filled), [[0.08, 1 / 7], [0.08, 2 / 7]])


@pytest.mark.parametrize(
    ("direction", "points"),
    [
        ("benefit", ((0, 1), (1, 0))),
        ("cost", BENT),
        ("target", BENT),
        ("target", ((0, 1), (1, 0), (2, 1))),
        ("benefit", ((0, 0.5), (1, 0.5))),
        ("benefit", ((0, 0), (0, 1))),
        ("benefit", ((0, 0), (1, 1.5))),
        ("benefit", ((0, 0), (np.nan, 1))),
        ("benefit", ((0, 0),)),
        ("benefit", (0, 1)),
    ],
)
def test_points_that_are_no_line_of_this_direction_are_refused(direction, points):
    criteria = pd.DataFrame({"direction": [direction], "points": [points], "weight": 1.0}, index=["x"])
    with pytest.raises(ValueError, match="points of x"):
        value(pd.DataFrame({"x": [1.0]}), criteria)


def test_listings_stand_in_for_rents_that_hardly_any_store_states_and_for_nothing_else():
    stores = pd.DataFrame({"rivals_near": [0.0, 1, 2, 3], "rent": [900.0, *[None] * 3]}, index=list("abcd"))
    asked = pd.DataFrame({"rent": [*range(101), None]}, index=["a", *range(101)])
    reference, elsewhere = standing_in(stores, asked)
    assert elsewhere == ["rent"]
    result = anchors(reference, two_criteria())
    assert_allclose(result[["low", "high"]], [[0.15, 2.85], [5, 95]])  # the one store's 900 counts no more
    assert result["reference_n"].tolist() == [4, 101]
    turned = anchors(standing_in(stores, asked[::-1])[0], two_criteria())
    assert turned.equals(result)


@pytest.mark.parametrize(("stores_know", "listings_know", "from_listings"), [(5, 50, 0), (4, 5, 1), (4, 4, 0)])
def test_listings_do_not_stand_in_where_stores_know_enough_or_listings_know_too_little(
    stores_know, listings_know, from_listings
):
    stores = pd.DataFrame({"rent": [*range(stores_know), *[None] * 9]}, dtype=float)
    reference, elsewhere = standing_in(stores, pd.DataFrame({"rent": np.arange(100.0, 100 + listings_know)}))
    assert len(elsewhere) == from_listings
    assert reference["rent"].count() == (listings_know if from_listings else stores_know)


def two_criteria():
    return criteria_of(criterion=["rivals_near", "rent"], direction="cost", weight=1.0)
