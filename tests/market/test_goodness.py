import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.goodness import goodness, sales_level

SHARES = pd.DataFrame({"S1": [0.8, 0.1], "S2": [0.1, 0.45], "S3": [0.1, 0.45]}, index=["Z1", "Z2"])
KM = pd.DataFrame({"S1": [1.0, 3.0], "S2": [2.0, 1.0], "S3": [4.0, 2.0]}, index=["Z1", "Z2"])
DEMAND = pd.Series({"Z1": 10000.0, "Z2": 6000.0})


def test_totals_beside_equal_shares_and_nearest_store():
    known = pd.Series({"S1": 8600.0, "S2": 3700.0, "S3": np.nan})  # the model's own golden sales
    table = goodness(SHARES, KM, demand=DEMAND, known_sales=known)
    assert table.loc["model", ["level", "mape_totals", "r2_totals"]].tolist() == [1, 0, 1]
    assert table.loc["model", "stores_known"] == 2 and table["r2_shares"].isna().all()
    # Equal: 5333.33 each, both brought to the mean of 6150. Nearest: Z1 to S1, Z2 to S2, 10000 and 6000.
    assert table.loc["equal_share", "mape_totals"] == pytest.approx((2450 / 8600 + 2450 / 3700) / 2, abs=1e-4)
    level = 12300 / 16000
    assert table.loc["nearest_store", "level"] == pytest.approx(level)
    errors = np.array([10000 * level - 8600, 6000 * level - 3700])
    assert table.loc["nearest_store", "wape_totals"] == pytest.approx(np.abs(errors).sum() / 12300, abs=1e-4)


def test_an_outside_option_leaves_the_shares_among_the_stores_to_compare():
    halved = (SHARES / 2).assign(outside=0.5)
    table = goodness(halved, KM, observed=SHARES * 40)
    assert table.loc["model", "r2_shares"] == pytest.approx(1)
    assert table.loc["equal_share", "r2_shares"] == pytest.approx(0)  # the mean of shares is 1 / 3


def test_two_nearest_stores_share_a_zone():
    table = goodness(SHARES, KM.assign(S2=KM["S1"]), demand=DEMAND, known_sales=pd.Series({"S1": 8000.0, "S2": 8000.0}))
    assert table.loc["nearest_store", "mape_totals"] < table.loc["model", "mape_totals"]


def test_a_pair_that_nobody_chose_may_be_missing():
    """Two zones, all of the first to one store: a 0 and an empty cell say the same."""
    seen = pd.DataFrame({"S1": [9.0, 2.0], "S2": [0.0, 5.0], "S3": [0.0, 3.0]}, index=SHARES.index)
    holes = seen.where(seen > 0)
    expected = goodness(SHARES, KM, observed=seen)["r2_shares"]
    pd.testing.assert_series_equal(goodness(SHARES, KM, observed=holes)["r2_shares"], expected)
    assert expected.notna().all()


def test_faults_are_refused():
    expected = pd.Series({"S1": 10.0})
    with pytest.raises(ValueError, match="no store has known sales: shares only"):
        sales_level(expected, pd.Series({"S1": np.nan}))
    with pytest.raises(ValueError, match="no expected sales for store 'S9'"):
        sales_level(expected, pd.Series({"S9": 5.0}))
    with pytest.raises(ValueError, match="must be above 0"):
        sales_level(expected, pd.Series({"S1": 0.0}))
    with pytest.raises(ValueError, match="distance lacks"):
        goodness(SHARES, KM.drop(columns="S2"))
    with pytest.raises(ValueError, match="lack store 'S2'"):
        goodness(SHARES, KM, observed=SHARES.drop(columns="S2"))
