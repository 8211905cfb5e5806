import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from expansion_kit.candidates.score.comparison import method_ranks, outranking, topsis, weighted_sum

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


def test_topsis_has_the_closeness_of_the_methods_sheet():
    assert_allclose(topsis(GOLDEN, golden_criteria()), [0.534277, 0.308368, 0.691632, 0.534737, 0.401046], atol=5e-7)


def test_topsis_leaves_out_a_site_with_a_missing_measure():
    more = pd.concat([GOLDEN.astype(float), pd.DataFrame({"a": [1.0], "b": 99.0, "c": np.nan, "d": 9.0}, index=[9])])
    result = topsis(more, golden_criteria())
    assert np.isnan(result[9])
    assert_allclose(result.iloc[:5], topsis(GOLDEN, golden_criteria()))


@pytest.fixture(scope="module")
def peers():
    """pymcdm and scikit-criteria: the methods of both, by name."""
    pymcdm = pytest.importorskip("pymcdm.methods")
    from skcriteria import mkdm
    from skcriteria.madm.similarity import TOPSIS
    from skcriteria.pipeline import mkpipe
    from skcriteria.preprocessing.invert_objectives import NegateMinimize
    from skcriteria.preprocessing.scalers import VectorScaler

    line = mkpipe(NegateMinimize(), VectorScaler("matrix"), TOPSIS())
    return pymcdm, lambda matrix, sides, weights: line.evaluate(mkdm(matrix, sides, weights=weights)).e_.similarity


def random_tables(seed, count=200):
    """Tables of 2 to 12 sites and 2 to 6 criteria, positive, with weights and sides."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        sites, criteria = rng.integers(2, 13), rng.integers(2, 7)
        matrix = rng.gamma(2, 50, (sites, criteria)) + 1
        yield matrix, rng.dirichlet(np.ones(criteria)), rng.choice([-1, 1], criteria)


def as_criteria(matrix, weights, sides):
    names = [f"c{n}" for n in range(len(weights))]
    directions = ["benefit" if side > 0 else "cost" for side in sides]
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    criteria = criteria_of(criterion=names, direction=directions, low=low, high=high, weight=weights)
    return pd.DataFrame(matrix, columns=names), criteria


def test_topsis_and_the_weighted_sum_are_those_of_pymcdm_and_scikit_criteria(peers):
    pymcdm, other_topsis = peers
    scales = pytest.importorskip("pymcdm.normalizations")
    rule, plain = pymcdm.TOPSIS(scales.vector_normalization), pymcdm.WSM(scales.minmax_normalization)
    for matrix, weights, sides in random_tables(1):
        measures, criteria = as_criteria(matrix, weights, sides)
        found = topsis(measures, criteria)
        assert_allclose(found, other_topsis(matrix, sides, weights), rtol=0, atol=1e-9)
        assert_allclose(found, rule(matrix, weights, sides, validation=False), rtol=0, atol=1e-9)
        assert_allclose(
            weighted_sum(measures, criteria), plain(matrix, weights, sides, validation=False), rtol=0, atol=1e-9
        )


def test_the_outranking_flow_is_that_of_pymcdm(peers):
    pymcdm, _ = peers
    for matrix, weights, sides in random_tables(2, count=50):
        measures, criteria = as_criteria(matrix, weights, sides)
        worth = (matrix - matrix.min(axis=0)) / np.ptp(matrix, axis=0)
        worth = np.where(sides > 0, worth, 1 - worth)
        n = len(weights)
        rule = pymcdm.PROMETHEE_II("vshape_2", p=np.full(n, 0.5), q=np.full(n, 0.05))
        assert_allclose(
            outranking(measures, criteria), rule(worth, weights, np.ones(n), validation=False), rtol=0, atol=1e-9
        )


def test_a_criterion_with_points_is_compared_by_its_worth():
    area = pd.DataFrame({"area": [20.0, 60, 100]})
    criteria = pd.DataFrame(
        {"direction": ["target"], "points": [((20, 0), (60, 1), (100, 0.5))], "weight": 1.0}, ["area"]
    )
    assert weighted_sum(area, criteria).tolist() == [0, 1, 0.5]
    assert topsis(area, criteria).tolist() == [0, 1, 0.5]
    assert outranking(area, criteria, indifference=0, preference=1).tolist() == [-0.75, 0.75, 0]


def test_the_other_rules_may_turn_round_where_the_score_does_not():
    """The example of the methods sheet: a fourth site turns the weighted sum round."""
    sites = pd.DataFrame({"x": [10.0, 6, 4], "y": [2.0, 5, 9]}, index=["A", "B", "C"])
    more = pd.concat([sites, pd.DataFrame({"x": [30.0], "y": [1.0]}, index=["D"])])
    criteria = criteria_of(
        criterion=["x", "y"], direction="benefit", low=[4.0, 2.0], high=[10.0, 9.0], weight=[0.6, 0.4]
    )
    assert_allclose(weighted_sum(sites, criteria), [0.6, 0.371, 0.4], atol=5e-4)
    assert_allclose(weighted_sum(more, criteria).iloc[:3], [0.188, 0.246, 0.4], atol=5e-4)
    few, many = method_ranks(sites, criteria), method_ranks(more, criteria).loc[["A", "B", "C"]]
    assert few["score"].tolist() == [1, 3, 2] and many["score"].rank().tolist() == [1, 3, 2]
    assert few["weighted_sum"].tolist() == [1, 3, 2] and many["weighted_sum"].rank().tolist() == [3, 2, 1]


def test_sites_with_a_missing_measure_or_without_another_site_have_no_place():
    more = pd.concat([GOLDEN.astype(float), pd.DataFrame({"a": [1.0], "b": 99.0, "c": np.nan, "d": 9.0}, index=[9])])
    ranks = method_ranks(more, golden_criteria())
    assert ranks.loc[9].isna().all() and ranks.iloc[:5].equals(method_ranks(GOLDEN, golden_criteria()))
    assert outranking(GOLDEN.iloc[:1], golden_criteria()).isna().all()
    assert topsis(GOLDEN.iloc[:1], golden_criteria()).isna().all()
    with pytest.raises(ValueError, match="indifference < preference"):
        outranking(GOLDEN, golden_criteria(), preference=0)
