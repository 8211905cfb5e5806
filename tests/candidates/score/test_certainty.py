import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from expansion_kit.candidates.score import certainty
from expansion_kit.candidates.score.certainty import (
    central_weights,
    draw_weights,
    rank_acceptability,
    rank_certainty,
    winning_probability,
)
from expansion_kit.candidates.score.criteria import value
from expansion_kit.candidates.score.scoring import score

law = settings(deadline=None, max_examples=25)  # the machine may be busy
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


NOTHING = {"known": "nothing", "seed": 1}


def test_the_acceptabilities_of_the_methods_sheet():
    # anchors at the table's own minimum and maximum, first criterion a cost, all weights equally likely
    golden = [0.16965, 0.09624, 0.54664, 0.07268, 0.11479]
    for options in (NOTHING, {"concentration": 4, "seed": 1}):
        result = rank_certainty(GOLDEN, golden_criteria(), draws=100_000, **options)
        assert_allclose(result["p_top1"], golden, atol=5e-6)
        assert (result["p_top5"] == 1).all()
    assert_allclose(central_weights(GOLDEN, golden_criteria(), draws=100_000, **NOTHING)["p_top1"], golden, atol=5e-6)


def counted(measures, criteria, weights):
    """Ranks by plain comparison of every two, a draw at a time: what the kit must give where nothing ties."""
    worths = value(measures, criteria)[weights.columns]
    counts = pd.DataFrame(0, index=measures.index, columns=range(1, len(measures) + 1))
    for _, drawn in weights.iterrows():
        known = worths.notna() @ drawn
        scores = worths.fillna(0) @ drawn / known
        for site, rank in scores.rank(ascending=False).items():
            counts.loc[site, int(rank)] += 1
    return counts / len(weights)


@pytest.mark.parametrize("known", certainty.KNOWN)
@pytest.mark.parametrize("ranks", [1, 4, 12, 20])
def test_acceptabilities_are_what_counting_by_hand_gives(monkeypatch, known, ranks):
    rng = np.random.default_rng(3)
    measures = pd.DataFrame(rng.uniform(0, 100, (12, 3)), columns=CRITERION_NAMES).mask(rng.random((12, 3)) < 0.1)
    criteria = criteria_of(criterion=CRITERION_NAMES, direction="benefit", low=0.0, high=100.0, weight=[4.0, 3.0, 3.0])
    monkeypatch.setattr(certainty, "BLOCK", 100)
    weights = draw_weights(criteria, draws=60, seed=5, known=known)
    result = rank_acceptability(measures, criteria, ranks=ranks, draws=60, seed=5, known=known, min_coverage=0.1)
    by_hand = counted(measures, criteria, weights).reindex(columns=range(1, ranks + 1), fill_value=0.0)
    assert_frame_equal(result, by_hand, check_dtype=False, check_column_type=False)


def test_certainty_is_the_same_in_blocks(monkeypatch):
    options = {"draws": 1000, "seed": 2, "errors": GOLDEN * 0.1}
    whole = [f(GOLDEN, golden_criteria(), draws=1000, seed=2) for f in (rank_certainty, central_weights)]
    exact = rank_certainty(GOLDEN, golden_criteria(), **options)
    monkeypatch.setattr(certainty, "BLOCK", 35)
    assert_frame_equal(rank_certainty(GOLDEN, golden_criteria(), draws=1000, seed=2), whole[0])
    assert_frame_equal(central_weights(GOLDEN, golden_criteria(), draws=1000, seed=2), whole[1])
    assert_allclose(rank_certainty(GOLDEN, golden_criteria(), **options), exact, atol=0.08)  # other draws


@law
@given(tables(min_sites=2), st.data())
def test_no_order_matters_and_each_rank_is_given_out_once(table, data):
    measures, criteria = table
    options = {"draws": 40, "seed": 3, "known": data.draw(st.sampled_from(certainty.KNOWN))}
    if data.draw(st.booleans()):
        options["errors"] = measures.abs() / 10
    result = rank_acceptability(measures, criteria, ranks=8, **options)
    turned = measures.loc[data.draw(st.permutations(list(measures.index)))]
    assert_frame_equal(rank_acceptability(turned, criteria, ranks=8, **options).loc[measures.index], result)
    enough = score(measures, criteria)["enough_known"]
    assert (result.notna().all(axis=1) == enough).all()
    assert_allclose(result[enough].sum(axis=1), 1)
    assert_allclose(result[enough].sum(), [1] * enough.sum() + [0] * (8 - enough.sum()), atol=1e-12)
    if "errors" not in options:
        firsts = rank_acceptability(measures, criteria, ranks=2, **options)
        assert_allclose(firsts, result[[1, 2]], atol=1e-12)


@law
@given(tables(min_sites=2))
def test_one_wins_where_the_other_loses_and_central_weights_are_weights(table):
    measures, criteria = table
    wins = winning_probability(measures, criteria, list(measures.index), draws=40)
    enough = score(measures, criteria)["enough_known"]
    both = np.outer(enough, enough) & ~np.eye(len(enough), dtype=bool)
    assert_allclose((wins + wins.T).to_numpy()[both], 1)
    assert wins.isna().to_numpy()[~both].all()
    central = central_weights(measures, criteria, draws=40)
    assert_allclose(central["p_top1"], rank_certainty(measures, criteria, draws=40)["p_top1"], atol=1e-12)
    ever = central["p_top1"] > 0
    assert_allclose(central.filter(like="weight_")[ever].sum(axis=1), 1)
    assert central.loc[~ever].drop(columns="p_top1").isna().all(axis=None)


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
    assert result["p_top1"].tolist() == [0.5, 0.5, 0]
    assert result["p_top5"].tolist() == [1, 1, 1]


def test_rank_certainty_refuses_what_it_cannot_draw():
    wrong = {"draws": 0, "concentration": 0, "known": "all", "min_coverage": 0, "errors": -GOLDEN}
    for option in wrong.items():
        with pytest.raises(ValueError, match="must be|not negative"):
            rank_certainty(GOLDEN, golden_criteria(), **dict([option]))
    with pytest.raises(ValueError, match="errors.*colour"):
        rank_certainty(GOLDEN, golden_criteria(), errors=pd.DataFrame({"colour": [1.0]}))
    with pytest.raises(ValueError, match="ranks must be at least 1"):
        rank_acceptability(GOLDEN, golden_criteria(), ranks=0)


def test_no_sites_give_an_empty_table():
    nowhere = pd.DataFrame({"x": [], "y": []})
    assert rank_certainty(nowhere, two_benefits()).columns.tolist() == ["p_top1", "p_top5"]
    assert central_weights(nowhere, two_benefits()).empty
    assert winning_probability(nowhere, two_benefits(), []).empty


@pytest.mark.parametrize("stated", [[5.0, 3.0, 1.0], [1.0, 3.0, 3.0]])
def test_weights_of_a_stated_order_have_its_known_means(stated):
    """Uniform over w1 >= w2 >= w3: means 11/18, 5/18, 2/18 (rank order centroid); equals share theirs."""
    criteria = pd.DataFrame({"weight": stated}, index=list("abc"))
    drawn = draw_weights(criteria, draws=50_000, known="order")
    centroid = pd.Series([11, 5, 2], index=[0, 1, 2]) / 18
    expected = {"a": centroid[0], "b": centroid[1], "c": centroid[2]}
    if stated[1] == stated[2]:
        expected = {"a": centroid[2], "b": (centroid[0] + centroid[1]) / 2, "c": (centroid[0] + centroid[1]) / 2}
    assert_allclose(drawn.mean(), pd.Series(expected), atol=0.004)  # 5 standard errors
    assert_allclose(drawn.sum(axis=1), 1)
    assert (drawn["a"] >= drawn["b"]).all() if stated[0] > stated[1] else (drawn["a"] <= drawn["b"]).all()


def test_the_chance_of_a_measurement_is_that_of_the_normal_distribution():
    """Two sites 1 apart, standard errors 0.6 and 0.8: the difference has standard deviation 1."""
    sites = pd.DataFrame({"x": [6.0, 5.0], "y": [1.0, 1.0]}, index=["S1", "S2"])
    criteria = two_benefits(weights=(1.0, 0.0), low=(0.0, 0.0), high=(10.0, 10.0))
    options = {"errors": pd.DataFrame({"x": [0.6, 0.8]}, index=["S1", "S2"]), "draws": 40_000}
    ahead = 0.841345  # of the standard normal distribution at 1
    assert winning_probability(sites, criteria, ["S2", "S1"], **options).loc["S1", "S2"] == pytest.approx(
        ahead, abs=0.01
    )
    central = central_weights(sites, criteria, **options)
    assert central.loc["S1", ["p_top1", "confidence"]].tolist() == pytest.approx([ahead, ahead], abs=0.01)
    assert rank_certainty(sites, criteria, draws=10).loc["S1", "p_top1"] == 1


def test_a_site_that_is_best_nowhere_has_no_central_weights():
    sites = pd.DataFrame({"x": [9.0, 1, 4], "y": [1.0, 9, 4]}, index=["S1", "S2", "S3"])
    criteria = two_benefits(weights=(1, 1), low=(0.0, 0.0), high=(10.0, 10.0))
    table = central_weights(sites, criteria, known="nothing", draws=20_000)
    assert_allclose(table.loc["S1"], [0.5, 1, 0.75, 0.25], atol=0.015)  # first where the weight of x is above a half
    assert table.loc["S3", "p_top1"] == 0 and table.loc["S3"].isna().sum() == 3


def test_ranks_shared_past_the_last_that_is_asked_are_shared_right():
    """Three of four sites are equal: each has a third of the ranks 2 to 4."""
    sites = pd.DataFrame({"x": [9.0, 5, 5, 5], "y": [9.0, 5, 5, 5]}, index=list("ABCD"))
    result = rank_acceptability(sites, two_benefits(), ranks=2, draws=30)
    assert_allclose(result, [[1, 0], [0, 1 / 3], [0, 1 / 3], [0, 1 / 3]])
