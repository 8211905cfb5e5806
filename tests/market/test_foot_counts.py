import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.foot_counts import burst_factor, expand_to_day, expand_to_hour, expand_to_week

COUNTS = pd.DataFrame(
    [
        ("P1", "2025-03-03", 10, 15, 20),
        ("P1", "2025-03-03", 11, 30, 50),
        ("P1", "2025-03-08", 10, 60, 200),
    ],
    columns=["place_id", "date", "hour", "minutes_observed", "people"],
)


def counts(people, hours, *, date="2025-03-03", minutes=60):
    rows = {"place_id": "P1", "date": date, "hour": hours, "minutes_observed": minutes, "people": people}
    return pd.DataFrame(rows)


def one(table):
    assert len(table) == 1
    return table.iloc[0]


def test_counts_expand_to_hours_with_their_error():
    """20 people in 15 of 60 minutes: 80; variance 4^2 * 20 * (1 - 1/4). A whole hour watched has no error."""
    table = expand_to_hour(COUNTS)
    assert table.loc[("P1", "weekday", "2025-03-03", 10)].tolist() == [80, pytest.approx(240**0.5), 20]
    assert table.loc[("P1", "weekend", "2025-03-08", 10)].tolist() == [200, 0, 200]


def test_directions_add():
    """4 * 20 in one direction and 4 * 10 in the other: 120, variance 240 + 120."""
    both = pd.concat([counts([20], [10], minutes=15), counts([10], [10], minutes=15)])
    table = expand_to_hour(both.assign(direction=["north", "south"], day_type="market day"))
    assert one(table).tolist() == [120, pytest.approx(360**0.5), 30]
    assert table.index.get_level_values("day_type").tolist() == ["market day"]


def test_bursts_widen_the_error_of_their_place():
    wide = expand_to_hour(COUNTS, burst=pd.Series({"P1": 2.0}))["people_hour_se"]
    assert np.allclose(wide, 2 * expand_to_hour(COUNTS)["people_hour_se"])
    with pytest.raises(ValueError, match="burst must be at least 1 for every place, but is not at 'P1'"):
        expand_to_hour(COUNTS, burst=pd.Series({"P2": 2.0}))
    with pytest.raises(ValueError, match="at least 1"):
        expand_to_hour(COUNTS, burst=0.5)


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        expand_to_hour(COUNTS.assign(minutes_observed=0))
    with pytest.raises(ValueError, match="more than 60 minutes .* 'P1'"):
        expand_to_hour(COUNTS.assign(minutes_observed=61))


def test_the_burst_factor_is_pearsons():
    """10, 40, 10 where 20 each are expected: chi-square (100 + 400 + 100) / 20 = 30 on 2 degrees; root of 15."""
    parts = counts([10, 40, 10], [10] * 3, minutes=5)
    assert burst_factor(parts)["P1"] == pytest.approx(15**0.5)
    even = counts([20, 20, 20], [10] * 3, minutes=5)
    assert burst_factor(even)["P1"] == 1
    assert burst_factor(counts([20, 0, 0], [10, 11, 11], minutes=30)).isna()["P1"]
    twice = counts([10, 20], [10, 10], minutes=[5, 10])
    assert burst_factor(twice)["P1"] == 1


def test_parties_show_in_the_burst_factor():
    """Parties of always four: variance is 4 times the mean, so the factor is 2."""
    draw = np.random.default_rng(1)
    parts = counts(4 * draw.poisson(10, 400), np.repeat(np.arange(100) % 24, 4), minutes=15)
    parts["date"] = np.repeat(pd.date_range("2025-01-01", periods=100).astype(str), 4)
    assert burst_factor(parts)["P1"] == pytest.approx(2, abs=0.15)


def test_without_hours_the_day_is_the_hours_watched_and_says_so():
    """80 + 100 = 180; variance 240 + 4 * 50 / 2."""
    day = expand_to_day(COUNTS).loc[("P1", "weekday")]
    assert day[["people_day", "people_hour", "hours_day", "hours_observed", "days_observed"]].tolist() == [
        180,
        90,
        2,
        2,
        1,
    ]
    assert day["people_day_se"] == pytest.approx(340**0.5)
    assert day["people_day_df"] == np.inf
    assert day["warnings"] == "observed_hours_only one_day" and day["error_of"] == "minutes"


def test_hours_not_watched_add_the_variance_between_hours():
    """Whole hours 100, 200, 300 of 9: 1800; s2 = 10000; 81 * (1 - 3/9) * 10000 / 3 = 424.26^2; t of 2 degrees."""
    day = one(expand_to_day(counts([100, 200, 300], [8, 12, 18]), hours=range(8, 19, 1)[:11]))
    assert day["people_day"] == 2200
    day = one(expand_to_day(counts([100, 200, 300], [8, 12, 16]), hours=range(8, 17)))
    assert day["people_day"] == 1800
    assert day["people_day_se"] == pytest.approx(180_000**0.5)
    assert day["people_day_df"] == pytest.approx(2)
    factor = np.exp(2.919986 * 180_000**0.5 / 1800)  # t, 95 %, 2 degrees: tables
    assert day["people_day_low"] == pytest.approx(1800 / factor, rel=1e-6)
    assert day["people_day_high"] == pytest.approx(1800 * factor, rel=1e-6)
    assert day["warnings"] == "few_hours one_day"


def test_a_stated_profile_carries_the_hours_not_watched():
    """Hours 8 and 9 carry 1/4 and 1/4 of the day; 60 + 40 were there, 50 each expected: 200 in all."""
    profile = pd.Series({8: 25.0, 9: 25.0, 10: 50.0})
    day = one(expand_to_day(counts([60, 40], [8, 9]), profile=profile))
    assert day["people_day"] == 200
    sigma2 = (10**2 / 0.25 + 10**2 / 0.25) / 1
    assert day["people_day_se"] == pytest.approx((sigma2 * 0.5 / 0.5) ** 0.5)
    assert day["error_of"] == "minutes profile"


def test_known_days_as_a_profile_tell_the_error_from_one_hour():
    """Hour 8 carried 20, 25 and 30 % of three days: 50 there means 200, give or take 200 * .05 / .25 * sqrt(4/3)."""
    days = pd.DataFrame({8: [20, 25, 30], 9: [80, 75, 70]})
    day = one(expand_to_day(counts([50], [8]), profile=days))
    assert day["people_day"] == pytest.approx(200)
    assert day["people_day_se"] == pytest.approx(40 * (4 / 3) ** 0.5)
    assert day["people_day_df"] == pytest.approx(2)
    assert day["warnings"] == "few_hours one_day"


def test_profiles_hold_for_their_day_type_and_hours_can_be_fewer():
    index = pd.MultiIndex.from_tuples([("weekday",), ("weekend",)], names=["day_type"])
    profile = pd.DataFrame({8: [1.0, 3.0], 9: [1.0, 1.0], 23: [50.0, 0.0]}, index=index)
    both = pd.concat([counts([50], [8]), counts([60], [8], date="2025-03-08")])
    table = expand_to_day(both, profile=profile, hours=[8, 9])
    assert table["people_day"].tolist() == [100, 80] and table["people_day_se"].isna().all()
    with pytest.raises(ValueError, match="has no row"):
        expand_to_day(both, profile=profile[:1])
    with pytest.raises(ValueError, match=r"lacks hours \[10\]"):
        expand_to_day(both, profile=profile, hours=[8, 9, 10])
    with pytest.raises(ValueError, match="nobody in the hours watched"):
        expand_to_day(counts([1], [8]), profile=pd.Series({8: 0, 9: 5}))
    with pytest.raises(ValueError, match="some above"):
        expand_to_day(counts([1], [8]), profile=pd.Series({8: 0, 9: 0}))
    with pytest.raises(ValueError, match=r"outside the day's: \[8\]"):
        expand_to_day(both, hours=[9, 10])


def test_one_hour_alone_tells_no_error():
    day = one(expand_to_day(counts([50], [8]), hours=range(8, 20)))
    assert day["people_day"] == 600
    assert day[["people_day_se", "people_day_low", "people_day_high"]].isna().all()
    assert day["warnings"] == "few_hours one_day"


def test_days_are_averaged_and_what_they_differ_by_counts():
    """Whole hours 100 and 300 in two days: mean 200 an hour, the mean's variance (100^2 + 100^2) / 1 / 2."""
    two = pd.concat([counts([100], [8]), counts([300], [8], date="2025-03-04")])
    day = one(expand_to_day(two, hours=[8]))
    assert day["people_day"] == 200
    assert day["people_day_se"] == pytest.approx(100)
    assert day["people_day_df"] == pytest.approx(1)
    assert day["error_of"] == "minutes days" and day["warnings"] == ""


def test_days_that_differ_no_more_than_chance_add_nothing():
    two = pd.concat([counts([99], [8], minutes=15), counts([101], [8], date="2025-03-04", minutes=15)])
    day = one(expand_to_day(two, hours=[8]))
    assert day["people_day_se"] == pytest.approx((16 * 200 * 0.75 / 4) ** 0.5)


def test_different_hours_on_different_days_are_no_two_days():
    two = pd.concat([counts([10], [8]), counts([10], [9], date="2025-03-04")])
    assert one(expand_to_day(two))["warnings"] == "observed_hours_only one_day few_people"


def test_a_week_is_five_weekdays_and_two_of_the_weekend():
    """180 with variance 340 and 200 without error: 5 * 180 + 2 * 200 = 1300; 25 * 340."""
    week = one(expand_to_week(expand_to_day(COUNTS)))
    assert week["people_week"] == 1300
    assert week["people_week_se"] == pytest.approx((25 * 340) ** 0.5)
    assert week["people_week_df"] == np.inf
    factor = np.exp(1.644854 * (25 * 340) ** 0.5 / 1300)
    assert week["people_week_low"] == pytest.approx(1300 / factor, rel=1e-6)
    assert week["people_week_high"] == pytest.approx(1300 * factor, rel=1e-6)
    assert week["warnings"] == "observed_hours_only one_day"


def test_weekdays_alone_make_no_week():
    week = one(expand_to_week(expand_to_day(COUNTS[:2])))
    assert week.drop("warnings").isna().all() and week["warnings"].endswith("part_of_week")
    assert one(expand_to_week(expand_to_day(COUNTS.assign(day_type="fair"))))["warnings"].endswith("part_of_week")


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(1, 500), min_size=2, max_size=12, unique=False),
    st.sampled_from([5, 15, 30]),
    st.floats(1, 4),
)
def test_laws_of_expansion(people, minutes, burst):
    """Longer counts and fewer hours left out never widen the error; bursts never narrow it; the total is linear."""
    table = counts(people, list(range(len(people))), minutes=minutes)
    day = one(expand_to_day(table, hours=range(len(people))))
    longer = one(expand_to_day(table.assign(minutes_observed=2 * minutes), hours=range(len(people))))
    more = one(expand_to_day(table, hours=range(24)))
    assert day["people_day"] == pytest.approx(60 / minutes * sum(people))
    assert longer["people_day_se"] < day["people_day_se"] < more["people_day_se"]
    bursty = one(expand_to_day(table, hours=range(len(people)), burst=burst))
    assert bursty["people_day_se"] == pytest.approx(burst * day["people_day_se"])
    assert day["people_day_low"] < day["people_day"] < day["people_day_high"]
