import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp
from sklearn.metrics import brier_score_loss, roc_auc_score

from expansion_kit.candidates.score_checks import auc, calibration, calibration_bands, ks, stability

people = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=4, max_size=40).filter(
    lambda rows: len({good for _, good in rows}) == 2
)


@given(people)
def test_area_and_distance_are_those_of_scikit_learn_and_scipy(rows):
    score, signed = pd.Series([float(s) for s, _ in rows]), pd.Series([good for _, good in rows])
    assert auc(score, signed)["auc"] == pytest.approx(roc_auc_score(signed, score))
    found = ks(score, signed, draws=20)
    assert found["ks"] == pytest.approx(ks_2samp(score[signed], score[~signed], method="asymp").statistic)
    assert 0 <= found["low"] <= 1 and 0 <= found["high"] <= 1
    swapped = auc(-score, signed)
    assert swapped["auc"] == pytest.approx(1 - auc(score, signed)["auc"])


def test_delongs_variance_by_hand():
    # signed 2, 4, lost 1, 3: shares below 1/2, 1 and above 1, 1/2; variance 1/8 / 2 + 1/8 / 2, on the logit of 3/4
    found = auc(pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([False, True, False, True]))
    error = np.sqrt(0.125) / (0.75 * 0.25)
    assert_allclose(np.log(found["high"] / (1 - found["high"])), np.log(3) + 1.644854 * error, atol=1e-5)
    assert np.isnan(auc(pd.Series([1.0]), pd.Series([True]))["auc"])


def test_intervals_hold_the_true_area_as_often_as_they_say():
    draw = np.random.default_rng(5)
    true, held = 0.7602, 0  # two normals one standard deviation apart: Phi(1 / sqrt 2)
    for _ in range(300):
        score = pd.Series(np.r_[draw.normal(1, 1, 40), draw.normal(0, 1, 50)])
        found = auc(score, pd.Series([True] * 40 + [False] * 50))
        held += found["low"] <= true <= found["high"]
    assert 0.85 < held / 300 < 0.95


def test_bands_and_brier_and_missing_ones_left_out():
    chance = pd.Series([0.1] * 10 + [0.5] * 10 + [0.9] * 10 + [np.nan])
    signed = pd.Series(([True] + [False] * 9) + [True, False] * 5 + ([True] * 9 + [False]) + [True])
    table = calibration_bands(chance, signed, bands=3)
    assert table["prospects"].tolist() == [10, 10, 10] and table["signed"].tolist() == [1, 5, 9]
    assert_allclose(table["rate"], table["foretold"])
    found = calibration(chance, signed)
    assert found["brier"] == pytest.approx(brier_score_loss(signed[:30], chance[:30]))
    assert_allclose([found["intercept"], found["slope"]], [0, 1], atol=1e-4)
    bold = calibration(chance.map({0.1: 0.01, 0.5: 0.5, 0.9: 0.99}), signed)
    assert bold["slope"] == pytest.approx(np.log(9) / np.log(99), abs=1e-3)


def test_stability_says_what_changed_and_what_chance_would_do():
    # shares 20, 80 against 60, 40 %: (0.2 - 0.6) ln(1/3) + (0.8 - 0.4) ln 2
    score = pd.Series([0.0] * 20 + [1.0] * 80 + [0.0] * 60 + [1.0] * 40)
    period = pd.Series(["2025"] * 100 + ["2026"] * 100)
    signed = pd.Series([True, False] * 100)
    table = stability(score, signed, period, bands=2)
    assert_allclose(table["psi"], 0.4 * np.log(3) + 0.4 * np.log(2))
    assert_allclose(table["psi_by_chance"], 0.02)
    open_ones = stability(score, signed.astype(object).where(period == "2025"), period, bands=2)
    assert open_ones.loc["2026", ["signed", "lost"]].tolist() == [0, 0] and open_ones.loc["2026", "few"]
    alone = stability(score[:100], signed[:100], period[:100], bands=2)
    assert np.isnan(alone.loc["2025", "psi"])
