import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from expansion_kit.candidates.conversion import conversion
from expansion_kit.candidates.expected_openings import expected_openings, opening_chances
from expansion_kit.candidates.stages import stage_table

AS_OF = "2026-10-31"


def people(*groups):
    rows = [(stage, outcome) for stage, outcome, n in groups for _ in range(n)]
    table = pd.DataFrame(rows, columns=["stage", "outcome"], index=[f"P{k:03d}" for k in range(len(rows))])
    return table.assign(stage_since=pd.Timestamp("2026-10-30"), territory_id="T1")


MANY = ("review", "signed", 400), ("enquiry", "lost", 300), ("visit", "lost", 300)


def test_the_chance_is_the_product_of_the_rates_from_the_stage_on():
    table = people(*MANY, ("enquiry", None, 1), ("application", None, 1), ("visit", None, 1), ("stock", "signed", 1))
    chance = opening_chances(table, as_of=AS_OF)["chance"]
    rate = conversion(table)["rate"]
    wanted = [rate.prod(), rate["application":].prod(), rate["visit":].prod(), 1.0]
    # 2,000 draws: an error of 0.011 at most; the prior is one prospect in a thousand
    assert np.abs(chance.to_numpy() - wanted).max() < 0.04


def test_a_chance_of_ones_own_rises_by_the_odds_that_the_lost_came_so_far():
    table = people(*MANY, ("visit", None, 2))
    own = pd.Series({table.index[-1]: 0.5})
    chance = opening_chances(table, as_of=AS_OF, signing=own, draws=8000)["chance"]
    assert chance.iloc[-1] == pytest.approx(1 / 1.5, abs=0.03)  # half of the lost came to the visit: odds 1 : 1/2
    assert chance.iloc[0] == pytest.approx(400 / 700, abs=0.03)


def test_expected_openings_add_up_to_the_chances_and_nothing_depends_on_the_order_of_rows():
    table = people(*MANY, ("enquiry", None, 5), ("training", "signed", 5))
    table.loc[table.index[-3:], "territory_id"] = ["T2", "T2", None]
    months = expected_openings(table, as_of=AS_OF)
    chances = opening_chances(table, as_of=AS_OF)
    assert months["expected"].sum() == pytest.approx(chances["chance"].sum())
    assert ((months["low"] <= months["expected"] + 1) & (months["expected"] <= months["high"] + 1)).all()
    assert_frame_equal(expected_openings(table.iloc[::-1], as_of=AS_OF), months)
    assert_frame_equal(opening_chances(table.iloc[::-1], as_of=AS_OF).sort_index(), chances)
    every = expected_openings(table, as_of=AS_OF, by=None)
    assert every["expected"].sum() == pytest.approx(months["expected"].sum())
    assert every.index[0] == "2026-10" and every.index[-1] == "later"


def test_time_follows_the_usual_days_and_a_long_stay_lasts_longer():
    table = people(*MANY, ("training", "signed", 2), ("fit_out", "signed", 1))
    table.loc[table.index[-2], "stage_since"] = pd.Timestamp("2026-01-15")
    days = opening_chances(table, as_of=AS_OF)["days_p50"]
    assert 5 < days.iloc[0] < 16  # of 14 days on average one is over
    assert days.iloc[1] > days.iloc[0] and days.iloc[2] > 45
    quick = stage_table().assign(usual_days=1.0)
    assert (opening_chances(table, as_of=AS_OF, stages=quick)["days_p50"].iloc[[0, 2]] < 6).all()


def test_who_has_stood_for_a_year_is_asleep_and_counts_for_nothing():
    table = people(*MANY, ("training", "signed", 1))
    table.loc[table.index[-1], "stage_since"] = pd.Timestamp("2024-01-01")
    found = opening_chances(table, as_of=AS_OF)
    assert found["asleep"].all() and found["chance"].isna().all()
    assert expected_openings(table, as_of=AS_OF)["expected"].sum() == 0
    awake = opening_chances(table, as_of=AS_OF, longest=5000)
    assert awake["chance"].tolist() == [1.0] and np.isfinite(awake["days_p90"]).all()


def test_what_cannot_be_foretold_is_refused_or_empty():
    with pytest.raises(ValueError, match="no outcome"):
        opening_chances(people(("visit", None, 3)), as_of=AS_OF)
    with pytest.raises(ValueError, match="without usual_days: a"):
        opening_chances(people(("a", "lost", 1)), as_of=AS_OF, stages=["a", "b"])
    assert opening_chances(people(*MANY), as_of=AS_OF).empty
    assert expected_openings(people(*MANY), as_of=AS_OF).empty
