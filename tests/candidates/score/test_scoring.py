import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

from expansion_kit.candidates.score.scoring import score, to_find_out, vetoes

law = settings(deadline=None, max_examples=60)  # the machine may be busy
CRITERION_NAMES = ["sales", "rent", "rivals"]


def criteria_of(**columns):
    return pd.DataFrame(columns).set_index("criterion")


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


def test_nothing_is_changed_in_place():
    measures, criteria = pd.DataFrame({"x": [1, None], "y": [3, 4]}), two_benefits()
    before = measures.copy(), criteria.copy()
    score(measures, criteria)
    assert_frame_equal(measures, before[0])
    assert_frame_equal(criteria, before[1])


def test_a_veto_needs_a_known_value_and_leaves_the_score_alone():
    sites = pd.DataFrame({"grade": ["D", None, "A"], "rent": [9.0, 9.0, None]}, index=["S1", "S2", "S3"])
    result = vetoes(sites, [("grade", "==", "D", "score.grade"), ("rent", ">=", 9, "score.rent")])
    assert result["veto"].tolist() == ["score.grade; score.rent", "score.rent", ""]
    assert result["veto_unknown"].tolist() == ["", "grade", "rent"]
    assert vetoes(sites, [])["veto"].tolist() == ["", "", ""]
    for rule in [("colour", ">", 1, "score.rent"), ("rent", "~", 1, "score.rent")]:
        with pytest.raises(ValueError, match="veto rule"):
            vetoes(sites, [rule])


def test_what_to_find_out_next_is_what_could_move_the_score_most():
    names = ["x", "y", "z"]
    criteria = criteria_of(criterion=names, direction="benefit", low=0.0, high=10.0, weight=[6.0, 3.0, 1.0])
    sites = pd.DataFrame({"x": [5.0, 4.0, None], "y": [10.0, None, None], "z": [0.0, None, 10.0]}, index=list("ABC"))
    table = to_find_out(sites, criteria)
    assert list(zip(table.index, table["criterion"])) == [("B", "y"), ("B", "z"), ("C", "x"), ("C", "y")]
    assert_allclose(table["score_if_worst"], [240 / 9, 240 / 7, 100 / 7, np.nan])  # points so far / weight known then
    assert_allclose(table["score_if_best"], [540 / 9, 340 / 7, 100, np.nan])
    assert_allclose(table["could_move"], [20, 60 / 7, 600 / 7, np.nan])  # B has 40 now, C no score yet
    assert table["rank_if_worst"].tolist() == [2, 2, 3, pd.NA] and table["rank_if_best"].tolist() == [1, 2, 1, pd.NA]
    assert table["enough_then"].tolist() == [True, True, True, False]
    assert to_find_out(sites.iloc[:1], criteria).empty


@settings(deadline=None, max_examples=15)
@given(tables())
def test_what_is_found_out_moves_the_score_as_foretold(table):
    measures, criteria = table
    asked = to_find_out(measures, criteria)
    best = np.where(criteria["direction"] == "benefit", criteria["high"], criteria["low"])
    for site, row in asked.iterrows():
        known = measures.copy()
        known.loc[site, row["criterion"]] = dict(zip(criteria.index, best))[row["criterion"]]
        then = score(known, criteria).loc[site]
        assert then["enough_known"] == row["enough_then"]
        assert_allclose(then["score"], row["score_if_best"], atol=1e-9)
        assert then["rank"] is row["rank_if_best"] is pd.NA or then["rank"] == row["rank_if_best"]


def test_a_site_gets_no_score_without_what_must_be_known_however_much_else_is():
    criteria = two_benefits(weights=(0.3, 0.7)).assign(must_know=[True, False])
    sites = pd.DataFrame({"x": [7.0, np.nan, 7.0], "y": [5.0, 9.0, np.nan]}, index=["S1", "S2", "S3"])
    found = score(sites, criteria, min_coverage=0.3)
    assert found["enough_known"].tolist() == [True, False, True]
    assert np.isnan(found.loc["S2", "score"]) and found.loc["S2", "note"] == "score.not_enough_known"
    assert found["rank"].notna().tolist() == [True, False, True]
    asked = to_find_out(sites, criteria, min_coverage=0.3)
    assert asked.loc["S2", "enough_then"] and asked.loc["S2", "score_if_best"] == pytest.approx(100)
    both = to_find_out(sites.assign(y=np.nan), criteria, min_coverage=0.3)
    assert not both.loc["S2"].query("criterion == 'y'")["enough_then"].any()
    assert_frame_equal(score(sites, criteria.assign(must_know=False)), score(sites, criteria.drop(columns="must_know")))
