import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from expansion_kit.candidates.score.scoring import score
from expansion_kit.candidates.score.sensitivity import tornado

CRITERIA = pd.DataFrame(
    {"direction": ["benefit", "cost", "benefit"], "low": 0.0, "high": 10.0, "weight": [5.0, 3.0, 2.0]},
    index=["sales", "rent", "street"],
)
SITES = pd.DataFrame(
    {"sales": [8.0, 7, 2, None], "rent": [5.0, 4, 1, 1], "street": [5.0, 6, None, 1]}, index=list("ABCD")
)


def test_each_limit_is_what_the_score_says_there():
    errors = pd.DataFrame({"sales": [2.0]}, index=["B"])
    table = tornado(SITES, CRITERIA, weight_change=0.4, measure_change=0.2, errors=errors)
    now = score(SITES, CRITERIA)["score"]  # 65, 65: A and B are equal, A comes first by name
    assert set(table["site"]) == {"A"} and now["A"] == now["B"]
    for (name, moved), row in table.iterrows():
        for end, sign in (("low", -1), ("high", 1)):
            sites, criteria = SITES.copy(), CRITERIA.copy()
            if moved == "weight":
                criteria.loc[name, "weight"] *= 1 + 0.4 * sign
                assert row[end] == pytest.approx(criteria.loc[name, "weight"] / 10)
            else:
                sites.loc["A", name] *= 1 + 0.2 * sign
                assert row[end] == pytest.approx(sites.loc["A", name])
            then = score(sites, criteria, min_coverage=0.01).drop("D")  # D had no score
            others = then["score"].drop("A")
            assert row[f"lead_{end}"] == pytest.approx(then.loc["A", "score"] - others.max())
            assert row[f"rank_{end}"] == 1 + (others > then.loc["A", "score"] + 1e-9).sum()
            assert row[f"first_{end}"] == ("A" if row[f"lead_{end}"] >= 0 else others.idxmax())
    assert table["swing"].is_monotonic_decreasing and table["decides"].any()
    assert (table["decides"] == (table[["lead_low", "lead_high"]].min(axis=1) < 0)).all()


def test_a_stated_error_takes_the_place_of_the_share():
    table = tornado(SITES, CRITERIA, errors=pd.DataFrame({"sales": [1.5]}, index=["A"]))
    assert table.loc[("sales", "measure"), ["low", "high"]].tolist() == [6.5, 9.5]
    assert table.loc[("rent", "measure"), ["low", "high"]].tolist() == [4.5, 5.5]
    assert_allclose(table.loc[("sales", "measure"), ["lead_low", "lead_high"]].tolist(), [-7.5, 7.5])


def test_what_the_first_site_lacks_and_what_does_not_count_have_no_row():
    sites = pd.DataFrame({"sales": [9.0, 1], "rent": [None, 1.0], "street": [5.0, 5]}, index=["A", "B"])
    table = tornado(sites, CRITERIA.assign(weight=[5.0, 3.0, 0.0]))
    assert sorted(table.index) == [("rent", "weight"), ("sales", "measure"), ("sales", "weight")]


def test_no_order_of_rows_matters():
    assert_frame_equal(tornado(SITES.iloc[::-1], CRITERIA), tornado(SITES, CRITERIA))


def test_fewer_than_two_sites_with_a_score_have_no_lead():
    assert tornado(SITES.iloc[:1], CRITERIA).empty
    assert tornado(SITES.assign(sales=np.nan), CRITERIA).empty


@pytest.mark.parametrize("options", [{"weight_change": 1.1}, {"measure_change": -0.1}])
def test_changes_that_are_no_shares_are_refused(options):
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        tornado(SITES, CRITERIA, **options)


def test_a_negative_error_is_refused():
    with pytest.raises(ValueError, match="not negative, but is -1"):
        tornado(SITES, CRITERIA, errors=pd.DataFrame({"rent": [-1.0]}, index=["A"]))
