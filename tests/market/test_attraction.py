import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.attraction import check_model, log_effect, shares_of

STORES = pd.DataFrame({"floor_area_sqm": [100.0]}, index=["S1"])


def test_the_three_forms_of_distance():
    d = np.array([1.0, 2.0, 5.0])
    assert np.exp(log_effect(d, 2.0, "power", None)) == pytest.approx([1, 1 / 4, 1 / 25])
    assert np.exp(log_effect(d, 0.5, "exponential", None)) == pytest.approx(np.exp([-0.5, -1, -2.5]))
    logistic = np.exp(log_effect(d, 1.5, "logistic", 2.0))
    assert logistic[1] == pytest.approx(0.5)  # the midpoint
    assert logistic[2] == pytest.approx(1 / (1 + np.exp(4.5)))


def test_shares_stay_shares_however_small_or_large_the_pull():
    for shift in (-5000.0, 0.0, 5000.0):
        shares, outside = shares_of(np.array([[0.0, np.log(3.0)]]) + shift, 0.0)
        assert shares.tolist() == [pytest.approx([0.25, 0.75])] and outside.tolist() == [0.0]
    shares, outside = shares_of(np.array([[0.0, np.log(2.0)]]), 1.0)
    assert shares.tolist() == [pytest.approx([0.25, 0.5])] and outside.tolist() == [pytest.approx(0.25)]


@pytest.mark.parametrize(
    ("form", "midpoint", "message"),
    [("gauss", None, "form must be"), ("logistic", None, "midpoint"), ("power", 2.0, "midpoint")],
)
def test_a_form_that_is_not_complete_is_refused(form, midpoint, message):
    with pytest.raises(ValueError, match=message):
        check_model(form, midpoint, 0.0, STORES)
