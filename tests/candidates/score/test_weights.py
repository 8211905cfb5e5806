import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from expansion_kit.candidates.score.weights import (
    ahp_weights,
    consistency_ratio,
    entropy_weights,
    group_judgements,
    swing_weights,
)

law = settings(deadline=None, max_examples=60)  # the machine may be busy
NAMES = ["sales", "rent", "rivals"]


def judged(rows, names=NAMES):
    return pd.DataFrame(rows, index=names, columns=names)


def test_ahp_has_the_weights_and_the_consistency_of_the_methods_sheet():
    judgements = judged([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])
    assert_allclose(ahp_weights(judgements), [0.648329, 0.229651, 0.122020], atol=5e-7)
    assert consistency_ratio(judgements) == pytest.approx(0.003185, abs=5e-7)


def test_contradictory_judgements_are_refused_and_the_three_are_named():
    judgements = judged([[1, 3, 1 / 5], [1 / 3, 1, 3], [5, 1 / 3, 1]])
    assert consistency_ratio(judgements) == pytest.approx(1.5845, abs=5e-5)
    with pytest.raises(ValueError, match=r"1\.58, at most 0\.10.*sales.*rent.*rivals.* 9, but 0\.2 was said"):
        ahp_weights(judgements)


def test_the_worst_three_of_four_are_named():
    w = np.array([4.0, 3, 2, 1])
    rows = w[:, None] / w
    rows[1, 3], rows[3, 1] = 1 / 9, 9.0  # b to d, said the wrong way round
    with pytest.raises(ValueError, match=r"(?=.*\bb\b)(?=.*\bd\b)"):
        ahp_weights(judged(rows, list("abcd")))


@law
@given(st.lists(st.floats(0.2, 5), min_size=1, max_size=10))
def test_consistent_judgements_give_back_the_weights_behind_them(weights):
    w = np.array(weights)
    judgements = judged(w[:, None] / w, [f"c{i}" for i in range(len(w))])
    assert_allclose(ahp_weights(judgements), w / w.sum(), rtol=1e-6)
    assert consistency_ratio(judgements) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("judgements", "message"),
    [
        (judged([[1, 3, 5], [1, 1, 2], [1 / 5, 1 / 2, 1]]), "reciprocal"),
        (judged(-np.ones((3, 3))), "positive"),
        (judged(np.full((3, 3), np.nan)), "positive"),
        (judged(np.ones((11, 11)), range(11)), "at most 10"),
        (pd.DataFrame(np.ones((2, 2)), index=["a", "b"], columns=["b", "a"]), "same criteria"),
        (pd.DataFrame(np.ones((2, 3))), "same criteria"),
    ],
)
def test_tables_that_are_no_judgements_are_refused(judgements, message):
    with pytest.raises(ValueError, match=message):
        ahp_weights(judgements)


def test_entropy_has_the_weights_of_the_methods_sheet():
    table = pd.DataFrame([[250, 16, 12, 5], [200, 16, 8, 3], [300, 32, 16, 4], [275, 32, 8, 4], [225, 16, 16, 2]])
    assert_allclose(entropy_weights(table), [0.063915, 0.378831, 0.287921, 0.269333], atol=5e-7)


@pytest.mark.parametrize("column", [[1.0, None], [1.0, -1.0], [0.0, 0.0], [1.0]])
def test_entropy_refuses_what_it_cannot_weigh(column):
    with pytest.raises(ValueError, match="entropy weights need"):
        entropy_weights(pd.DataFrame({"x": column}))


def test_entropy_refuses_measures_that_do_not_vary():
    with pytest.raises(ValueError, match="no measure varies"):
        entropy_weights(pd.DataFrame({"x": [2.0, 2.0]}))


def test_ahp_weights_are_those_of_pymcdm_on_random_judgements():
    """scikit-criteria 0.8 has no AHP."""
    rule = pytest.importorskip("pymcdm.weights.subjective").AHP
    rng, kept = np.random.default_rng(1), 0
    while kept < 200:  # pymcdm takes Saaty's scale only: 1 to 9 and their reciprocals
        w = rng.dirichlet(np.full(rng.integers(2, 9), 2.0))
        ratio = np.clip(w[:, None] / w * np.exp(rng.normal(0, 0.1, (len(w), len(w)))), 1 / 9, 9)
        above = np.triu(np.where(ratio >= 1, np.round(ratio), 1 / np.maximum(np.round(1 / ratio), 1)), 1)
        matrix = above + np.eye(len(w)) + np.divide(1, above.T, out=np.zeros_like(above), where=above.T > 0)
        judgements = judged(matrix, [f"c{i}" for i in range(len(w))])
        if consistency_ratio(judgements) <= 0.1:
            assert_allclose(ahp_weights(judgements), rule(matrix=matrix)(), rtol=0, atol=1e-9)
            kept += 1


def test_entropy_weights_are_those_of_pymcdm_and_scikit_criteria_on_random_tables():
    other = pytest.importorskip("pymcdm.weights").entropy_weights
    third = pytest.importorskip("skcriteria.preprocessing.weighters").entropy_weights
    rng = np.random.default_rng(2)
    for _ in range(200):
        table = rng.gamma(2, 50, (rng.integers(2, 13), rng.integers(2, 7))) + 0.1
        found = entropy_weights(pd.DataFrame(table))
        assert_allclose(found, other(table), rtol=0, atol=1e-9)
        assert_allclose(found, third(table), rtol=0, atol=1e-9)


def test_a_group_judges_by_the_geometric_mean():
    one, other = judged([[1, 4, 1], [1 / 4, 1, 1], [1, 1, 1]]), judged([[1, 1, 1], [1, 1, 1 / 9], [1, 9, 1]])
    turned = other.loc[NAMES[::-1], NAMES[::-1]]
    both = group_judgements([one, turned])
    assert_allclose(both, [[1, 2, 1], [1 / 2, 1, 1 / 3], [1, 3, 1]])
    assert_allclose(group_judgements([one]), one)
    with pytest.raises(ValueError, match="no judgements"):
        group_judgements([])
    with pytest.raises(ValueError, match="different criteria.*colour"):
        group_judgements([one, judged(np.ones((3, 3)), ["sales", "rent", "colour"])])
    with pytest.raises(ValueError, match="reciprocal"):
        group_judgements([one, judged(np.full((3, 3), 2.0))])


@pytest.mark.parametrize("points", [[90, 50], [100, None], [100, -1], [100, 101]])
def test_swings_that_are_no_swings_are_refused(points):
    with pytest.raises(ValueError, match="swings must"):
        swing_weights(pd.Series(points, index=["a", "b"]))
