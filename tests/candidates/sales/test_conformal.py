import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.candidates.sales.conformal import carried_level, conformal_interval, conformal_order


def test_the_golden_orders_hold():
    assert conformal_order(99, level=0.9) == 90
    assert conformal_order(8, level=0.9) is None and conformal_order(9, level=0.9) == 9
    assert carried_level(8, level=0.9) == 0.8
    assert np.isnan(carried_level(0))


@given(st.integers(1, 300), st.sampled_from([0.5, 0.7, 0.8, 0.9, 0.95]))
def test_what_n_errors_carry_they_do_carry_and_never_more_than_was_asked(n, level):
    carried = carried_level(n, level=level)
    assert carried <= level and conformal_order(n, level=carried) <= n
    assert (carried == level) == ((n + 1) * level <= n + 1e-9)


@pytest.mark.parametrize("level", [0, 1, -0.1, 1.2])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match="level"):
        conformal_order(9, level=level)


def stores(n, folds=3):
    ids = [f"S{i:02d}" for i in range(n)]
    return pd.Series(np.linspace(-0.5, 0.4, n), ids), pd.Series(np.arange(n) % folds, ids)


def test_where_forecasts_agree_it_is_split_conformal_on_logs():
    errors, fold = stores(99)
    predictions = pd.DataFrame({number: [1000.0] for number in range(3)}, index=["P1"])
    bounds = conformal_interval(predictions, errors, fold, level=0.9).loc["P1"]
    factor = np.exp(np.sort(errors.abs())[89])
    assert bounds["high"] == pytest.approx(1000 * factor) and bounds["low"] == pytest.approx(1000 / factor)


def test_cv_plus_by_hand():
    """Four stores in two folds: 100 x e^R and 120 x e^R, the fourth of four upwards, the first of four downwards."""
    errors = pd.Series(np.log([2.0, 1.5, 1.25, 0.8]), list("ABCD"))
    fold = pd.Series([0, 0, 1, 1], list("ABCD"))
    bounds = conformal_interval(pd.DataFrame({0: [100.0], 1: [120.0]}), errors, fold).loc[0]
    assert bounds["high"] == pytest.approx(200.0)  # of 200, 150, 150, 150
    assert bounds["low"] == pytest.approx(50.0)  # of 50, 66.7, 96, 96


def test_too_few_stores_or_a_missing_forecast_have_no_interval():
    errors, fold = stores(3)
    predictions = pd.DataFrame({number: [1000.0, None] for number in range(3)}, index=["P1", "P2"])
    assert conformal_interval(predictions, errors, fold).isna().all(axis=None)
    errors, fold = stores(9)
    bounds = conformal_interval(predictions, errors, fold)
    assert bounds.notna().all(axis=1).tolist() == [True, False]
    missing = errors.mask(errors.index > "S02")
    assert conformal_interval(predictions, missing, fold).isna().all(axis=None)


def test_the_order_of_stores_does_not_matter():
    errors, fold = stores(20)
    predictions = pd.DataFrame({0: [90.0], 1: [100.0], 2: [130.0]})
    turned = conformal_interval(predictions, errors[::-1], fold.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(conformal_interval(predictions, errors, fold), turned)
