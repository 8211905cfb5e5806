import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.foot_traffic import expand_counts, footfall, footfall_profile, street_sales


def rows(*values):
    return pd.DataFrame(values, columns=["zone_id", "period", "people", "time_band", "day_type"])


TABLE = rows(
    ("Z1", "2024-Q4", 900, "", ""),
    ("Z1", "2025-Q1", 100, None, None),
    ("Z1", "2025-Q1", 30, "06-11", ""),
    ("Z1", "2025-Q1", 70, "11-06", ""),
    ("Z1", "2025-Q1", 60, "", "weekday"),
    ("Z1", "2025-Q1", 40, "", "weekend"),
    ("Z2", "2025-Q1", 5, "06-11", None),
    ("Z2", "2025-Q1", 7, "11-06", None),
    ("Z2", "2025-Q1", 12, None, "weekday"),
    ("Z3", "2025-Q1", 4, "06-11", "weekday"),
    ("Z3", "2025-Q1", 6, "06-11", "weekend"),
    ("Z4", "2024-Q4", 3, "", ""),
    ("Z5", "2025-Q1", 3, "06-11", ""),
    ("Z5", "2025-Q1", np.nan, "11-06", ""),
)


def test_a_total_is_not_counted_again_with_its_parts():
    people = footfall(TABLE)
    assert people.name == "footfall" and people.index.name == "zone_id"
    assert people[:3].to_dict() == {"Z1": 100, "Z2": 12, "Z3": 10}


def test_a_zone_without_the_latest_period_or_with_a_missing_part_is_missing():
    assert footfall(TABLE)[["Z4", "Z5"]].isna().all()


def test_the_profile_holds_parts_only_and_each_split_adds_up_to_one():
    profile = footfall_profile(TABLE)
    assert profile.loc[("Z1", "all", "06-11")].tolist() == [30, 0.3]
    assert profile.loc[("Z1", "weekend", "all")].tolist() == [40, 0.4]
    assert ("Z1", "all", "all") not in profile.index
    assert profile.loc["Z5", "share"].isna().all()


def test_a_table_of_totals_only_has_no_profile():
    totals = rows(("Z1", "2025", 5, "", "")).drop(columns=["time_band", "day_type"])
    assert footfall(totals).to_dict() == {"Z1": 5} and footfall_profile(totals).empty


def test_doubled_rows_and_mixed_periods_are_refused():
    with pytest.raises(ValueError, match="1 rows stand twice, first zone 'Z1', time band '06-11'"):
        footfall(pd.concat([TABLE, TABLE.iloc[[2]]]))
    with pytest.raises(ValueError, match="one kind"):
        footfall(rows(("Z1", "2025-Q1", 1, "", ""), ("Z1", "2025-02", 1, "", "")))


def test_seoul_parts_add_up_to_its_totals(shared):
    """SOURCE.md: weekday and time-band sums equal the total up to 0.04 %."""
    raw = pd.read_csv(shared / "seoul_commercial" / "footfall_dong_2019Q1_2025Q1.csv", encoding="cp949", dtype={1: str})
    raw = raw[raw.iloc[:, 0] == 20251]
    bands = [c for c in raw.columns if c.startswith("시간대")]
    tall = raw.melt(
        id_vars=[raw.columns[1], raw.columns[3]], value_vars=bands, var_name="time_band", value_name="people"
    )
    tall = tall.rename(columns={raw.columns[1]: "zone_id", raw.columns[3]: "total"}).assign(period="2025-Q1")
    people = footfall(tall)
    assert len(bands) == 6 and len(people) == 425
    assert np.allclose(people, tall.groupby("zone_id")["total"].first()[people.index], rtol=5e-4)


COUNTS = pd.DataFrame(
    [
        ("P1", "2025-03-03", 10, 15, 20),
        ("P1", "2025-03-03", 11, 30, 50),
        ("P1", "2025-03-08", 10, 60, 200),
    ],
    columns=["place_id", "date", "hour", "minutes_observed", "people"],
)


def test_counts_expand_to_hours_with_their_error():
    """Weekday: 4*20 + 2*50 = 180; variance 16*20*.75 + 4*50*.5 = 340. A whole hour counted has no sampling error."""
    table = expand_counts(COUNTS)
    assert table.loc[("P1", "weekday"), "people_day"] == 180
    assert table.loc[("P1", "weekday"), "people_day_se"] == pytest.approx(340**0.5)
    assert table.loc[("P1", "weekday"), ["people_hour", "hours_observed", "days_observed"]].tolist() == [90, 2, 1]
    assert table.loc[("P1", "weekend"), ["people_day", "people_day_se"]].tolist() == [200, 0]
    assert expand_counts(COUNTS, burst=2)["people_day_se"].iloc[0] == pytest.approx(2 * 340**0.5)


def test_directions_add_and_days_are_averaged():
    """10:00 on two Mondays: (80 + 40) in two directions, then 60: mean 90; variance (240 + 120 + 180) / 4."""
    counts = pd.DataFrame(
        [
            ("P1", "2025-03-03", 10, 15, 20, "north"),
            ("P1", "2025-03-03", 10, 15, 10, "south"),
            ("P1", "2025-03-10", 10, 15, 15, "both"),
        ],
        columns=[*COUNTS.columns, "direction"],
    )
    table = expand_counts(counts.assign(day_type="market day")).loc[("P1", "market day")]
    assert table[["people_day", "days_observed"]].tolist() == [90, 2]
    assert table["people_day_se"] == pytest.approx((540 / 4) ** 0.5)


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        expand_counts(COUNTS.assign(minutes_observed=0))
    with pytest.raises(ValueError, match="more than 60 minutes .* 'P1'"):
        expand_counts(COUNTS.assign(minutes_observed=61))


def test_the_street_funnel_counts_passers_by_a_day():
    """The golden 75,600; and 2,600 passers a month (not a day: a widely copied mistake) bring 11,700."""
    how = {"capture_rate": 0.03, "conversion_rate": 0.6, "avg_ticket": 28}
    assert street_sales(5000, **how) == pytest.approx(75_600)
    sales = street_sales(pd.Series({"A": 5000, "B": np.nan}), **how)
    assert sales.name == "street_sales" and sales["A"] == pytest.approx(75_600) and np.isnan(sales["B"])
    assert street_sales(2600 / 30, capture_rate=0.15, conversion_rate=0.3, avg_ticket=100) == pytest.approx(11_700)
    with pytest.raises(ValueError, match="capture_rate must be a share"):
        street_sales(5000, **{**how, "capture_rate": 3})
