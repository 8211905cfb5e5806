import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from expansion_kit.candidates.evidence import scale_points, woe_iv


def test_evidence_has_the_values_of_the_methods_sheet():
    bins = ["low", "middle", "high"]
    table = woe_iv(pd.Series([40, 90, 70], index=bins), pd.Series([60, 30, 10], index=bins))
    assert_allclose(table["woe"], [-1.098612, 0.405465, 1.252763], atol=5e-7)
    assert table["iv"].sum() == pytest.approx(0.813455, abs=5e-7)


def test_an_empty_cell_counts_as_one_half():
    table = woe_iv(pd.Series([0, 9]), pd.Series([5, 5]))
    assert_allclose(table["woe"], np.log([0.5 / 9.5 / 0.5, 9 / 9.5 / 0.5]))


@pytest.mark.parametrize(
    ("signed", "lost"),
    [([1, -1], [1, 1]), ([1, None], [1, 1]), ([0, 0], [1, 1]), ([1, 1], [0, 0])],
)
def test_evidence_refuses_counts_that_are_none(signed, lost):
    with pytest.raises(ValueError, match="counts must be known"):
        woe_iv(pd.Series(signed), pd.Series(lost))


def test_evidence_refuses_different_bins():
    with pytest.raises(ValueError, match="same bins"):
        woe_iv(pd.Series([1, 2], index=["a", "b"]), pd.Series([1, 2], index=["b", "a"]))


def test_points_have_the_scale_of_the_methods_sheet():
    factor, offset = scale_points(points=600, odds=50, double=20)
    assert_allclose([factor, offset], [28.8539, 487.1229], atol=5e-5)
    assert offset + factor * np.log(100) == pytest.approx(620)
    with pytest.raises(ValueError, match="must be positive"):
        scale_points(odds=0)
