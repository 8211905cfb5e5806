import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

from expansion_kit.candidates.scoring import CRITERIA, anchors, rank_certainty, score, telling, topsis, value, vetoes

law = settings(deadline=None, max_examples=60)  # the machine may be busy
CRITERION_NAMES = ["sales", "rent", "rivals"]
GOLDEN = pd.DataFrame(  # methods.md section 5
    [[250, 16, 12, 5], [200, 16, 8, 3], [300, 32, 16, 4], [275, 32, 8, 4], [225, 16, 16, 2]], columns=list("abcd")
)


def criteria_of(**columns):
    return pd.DataFrame(columns).set_index("criterion")


def golden_criteria():
    return criteria_of(
        criterion=list("abcd"),
        direction=["cost", "benefit", "benefit", "benefit"],
        low=GOLDEN.min().to_numpy(),
        high=GOLDEN.max().to_numpy(),
        weight=[0.25] * 4,
    )


def two_benefits(weights=(0.6, 0.4), low=(4.0, 2.0), high=(10.0, 9.0)):
    return criteria_of(criterion=["x", "y"], direction="benefit", low=low, high=high, weight=weights)


@st.composite
def tables(draw, min_sites=1, whole=False):
    sites = draw(st.integers(min_sites, 8))
    number = st.floats(-50, 150, allow_nan=False)
    cell = number if whole else st.one_of(number, st.just(np.nan))
    rows = draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=sites, max_size=sites))
    measures = pd.DataFrame(rows, columns=CRITERION_NAMES, index=[f"S{i}" for i in range(sites)], dtype=float)
    criteria = criteria_of(
        criterion=CRITERION_NAMES,
        direction=draw(st.lists(st.sampled_from(["benefit", "cost"]), min_size=3, max_size=3)),
        low=[0.0, 10.0, -20.0],
        high=[100.0, 90.0, 20.0],
        weight=draw(st.lists(st.floats(0.01, 10), min_size=3, max_size=3)),
    )
    return measures, criteria


@law
@given(tables(min_sites=2), st.data())
def test_removing_candidates_never_changes_anothers_score(table, data):
    measures, criteria = table
    kept = data.draw(st.lists(st.sampled_from(list(measures.index)), unique=True, min_size=1))
    columns = ["score", "coverage_pct", "enough_known", "note", "unknown", "contribution_rent"]
    assert_frame_equal(
        score(measures.loc[kept], criteria)[columns], score(measures, criteria).loc[kept, columns], check_exact=True
    )


@law
@given(tables(), st.data())
def test_the_order_of_sites_columns_and_criteria_never_matters(table, data):
    measures, criteria = table
    sites = data.draw(st.permutations(list(measures.index)))
    columns = data.draw(st.permutations(CRITERION_NAMES))
    turned = score(measures.loc[sites, columns], criteria)
    assert_frame_equal(turned.loc[measures.index], score(measures, criteria), check_exact=True)
    other = score(measures, criteria.loc[columns])
    assert_series_equal(other["score"], score(measures, criteria)["score"])


@law
@given(tables())
def test_contributions_sum_to_the_score_and_only_known_weight_counts(table):
    measures, criteria = table
    result = score(measures, criteria)
    points = result.filter(like="contribution_")
    enough = result["enough_known"]
    assert_allclose(points[enough].sum(axis=1), result.loc[enough, "score"], atol=1e-9)
    assert result.loc[enough, "score"].between(0, 100).all()
    assert (points.notna().to_numpy() == (measures.notna().to_numpy() & enough.to_numpy()[:, None])).all()
    share = criteria["weight"] / criteria["weight"].sum()
    assert_allclose(result["coverage_pct"], 100 * (measures.notna().to_numpy() @ share.to_numpy()))
    assert result.loc[~enough, ["score", "rank"]].isna().all(axis=None)
    assert (result["note"] == np.where(enough, "", "score.not_enough_known")).all()


@law
@given(tables(whole=True), st.sampled_from(CRITERION_NAMES), st.floats(0, 40))
def test_a_better_measure_never_lowers_a_score(table, name, step):
    measures, criteria = table
    better = measures.assign(**{name: measures[name] + (step if criteria.direction[name] == "benefit" else -step)})
    assert (score(better, criteria)["score"] >= score(measures, criteria)["score"] - 1e-9).all()


def test_fixed_anchors_stop_the_rank_reversal_of_the_methods_sheet():
    sites = pd.DataFrame({"x": [10.0, 6, 4], "y": [2.0, 5, 9]}, index=["A", "B", "C"])
    more = pd.concat([sites, pd.DataFrame({"x": [30.0], "y": [1.0]}, index=["D"])])
    fixed = two_benefits()  # the sheet's min-max of the first three sites, held
    assert_allclose(score(sites, fixed)["score"], [60, 37.1, 40], atol=0.05)
    assert score(more, fixed).loc[["A", "B", "C"], "score"].equals(score(sites, fixed)["score"])
    moved = two_benefits(low=(4.0, 1.0), high=(30.0, 9.0))  # anchors that follow the list would turn the order round
    assert_allclose(score(more, moved)["score"].iloc[:3], [18.8, 24.6, 40], atol=0.05)


def test_unknown_measures_are_named_and_weights_scaled_to_the_known():
    criteria = two_benefits(low=(0.0, 0.0), high=(10.0, 10.0))
    result = score(pd.DataFrame({"x": [5.0, 5, None], "y": [10.0, None, 10]}), criteria)
    assert_allclose(result["score"], [70, 50, np.nan])  # .6 x .5 + .4 x 1; x alone; y alone is 40 % of the weight
    assert result["unknown"].tolist() == ["", "y", "x"]
    assert_allclose(result["coverage_pct"], [100, 60, 40])
    assert result["rank"].tolist() == [1, 2, pd.NA]
    assert_allclose(score(pd.DataFrame({"x": [None], "y": [10.0]}), criteria, min_coverage=0.4)["score"], [100])


def test_equal_scores_share_the_better_rank():
    result = score(pd.DataFrame({"x": [5.0, 9, 5, 1], "y": 5.0}), two_benefits())
    assert result["rank"].tolist() == [2, 1, 2, 4]


def test_no_sites_give_an_empty_table():
    assert score(pd.DataFrame({"x": [], "y": []}), two_benefits()).empty
    assert rank_certainty(pd.DataFrame({"x": [], "y": []}), two_benefits()).empty


def test_nothing_is_changed_in_place():
    measures, criteria = pd.DataFrame({"x": [1, None], "y": [3, 4]}), two_benefits()
    before = measures.copy(), criteria.copy()
    score(measures, criteria)
    anchors(measures, criteria)
    rank_certainty(measures, criteria, draws=5)
    assert_frame_equal(measures, before[0])
    assert_frame_equal(criteria, before[1])


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
        ({"direction": "more"}, "benefit or cost"),
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


def test_a_veto_needs_a_known_value_and_leaves_the_score_alone():
    sites = pd.DataFrame({"grade": ["D", None, "A"], "rent": [9.0, 9.0, None]}, index=["S1", "S2", "S3"])
    result = vetoes(sites, [("grade", "==", "D", "score.grade"), ("rent", ">=", 9, "score.rent")])
    assert result["veto"].tolist() == ["score.grade; score.rent", "score.rent", ""]
    assert result["veto_unknown"].tolist() == ["", "grade", "rent"]
    assert vetoes(sites, [])["veto"].tolist() == ["", "", ""]
    for rule in [("colour", ">", 1, "score.rent"), ("rent", "~", 1, "score.rent")]:
        with pytest.raises(ValueError, match="veto rule"):
            vetoes(sites, [rule])


def test_rank_certainty_has_the_acceptabilities_of_the_methods_sheet():
    # anchors at the table's own minimum and maximum, first criterion a cost, all weights equally likely
    result = rank_certainty(GOLDEN, golden_criteria(), draws=100_000, seed=1, concentration=4)
    assert_allclose(result["p_top1"], [0.16965, 0.09624, 0.54664, 0.07268, 0.11479], atol=5e-6)
    assert (result["p_top5"] == 1).all()


def test_rank_certainty_is_the_same_in_blocks(monkeypatch):
    whole = rank_certainty(GOLDEN, golden_criteria(), draws=1000, seed=2)
    monkeypatch.setattr("expansion_kit.candidates.scoring.BLOCK", 35)
    assert_frame_equal(rank_certainty(GOLDEN, golden_criteria(), draws=1000, seed=2), whole)


@law
@given(tables(min_sites=2), st.data())
def test_rank_certainty_does_not_depend_on_the_order_and_the_first_places_are_given_out(table, data):
    measures, criteria = table
    result = rank_certainty(measures, criteria, draws=40, seed=3)
    turned = rank_certainty(measures.loc[data.draw(st.permutations(list(measures.index)))], criteria, draws=40, seed=3)
    assert_frame_equal(turned.loc[measures.index], result)
    enough = score(measures, criteria)["enough_known"]
    assert (result.notna().all(axis=1) == enough).all()
    if enough.any():
        assert result["p_top1"].sum() >= 1 - 1e-9  # more only where sites tie
        assert result["p_top5"].sum() >= min(5, enough.sum()) - 1e-9
        assert (result["p_top5"] >= result["p_top1"])[enough].all()


def test_certain_weights_give_the_order_of_the_score():
    rng = np.random.default_rng(0)
    measures = pd.DataFrame(rng.uniform(0, 10, (30, 2)), columns=["x", "y"]).mask(rng.random((30, 2)) < 0.1)
    criteria = two_benefits(low=(0.0, 0.0), high=(10.0, 10.0))
    ranks = score(measures, criteria)["rank"]
    result = rank_certainty(measures, criteria, draws=50, seed=1, concentration=1e12)
    assert (result["p_top1"].eq(1) == ranks.eq(1).fillna(False)).all()
    assert (result["p_top5"].eq(1) == ranks.le(5).fillna(False)).all()


def test_twins_share_a_place_and_a_criterion_without_weight_does_not_count():
    measures = pd.DataFrame({"x": [9.0, 9, 5], "y": [3.0, 3, 9]}, index=["S1", "S2", "S3"])
    result = rank_certainty(measures, two_benefits(weights=(1.0, 0.0)), draws=20)
    assert result["p_top1"].tolist() == [1, 1, 0]


def test_rank_certainty_refuses_what_it_cannot_draw():
    for option in ({"draws": 0}, {"concentration": 0}):
        with pytest.raises(ValueError, match="must be positive"):
            rank_certainty(GOLDEN, golden_criteria(), **option)


def test_topsis_has_the_closeness_of_the_methods_sheet():
    assert_allclose(topsis(GOLDEN, golden_criteria()), [0.534277, 0.308368, 0.691632, 0.534737, 0.401046], atol=5e-7)


def test_topsis_leaves_out_a_site_with_a_missing_measure():
    more = pd.concat([GOLDEN.astype(float), pd.DataFrame({"a": [1.0], "b": 99.0, "c": np.nan, "d": 9.0}, index=[9])])
    result = topsis(more, golden_criteria())
    assert np.isnan(result[9])
    assert_allclose(result.iloc[:5], topsis(GOLDEN, golden_criteria()))


def test_a_criterion_that_the_reference_cannot_tell_apart_is_not_asked():
    criteria = pd.DataFrame({"low": [np.nan, np.nan, 0.0], "high": [np.nan, np.nan, 1.0]}, index=["a", "b", "c"])
    reference = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [5.0, 5.0, 5.0]})
    assert telling(reference, criteria).index.tolist() == ["a", "c"]
    assert telling(reference.iloc[:0], criteria).index.tolist() == ["c"]
