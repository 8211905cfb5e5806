import json

import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.foot_traffic import (
    days_of_type,
    footfall,
    footfall_profile,
    people_day_needed,
    people_per_day,
    rank_correlation,
    street_sales,
)


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
    assert people[:3].to_dict() == {"Z1": 100, "Z2": 12, "Z3": pytest.approx((5 * 4 + 2 * 6) / 7)}


def test_a_zone_without_the_latest_period_or_with_a_missing_part_is_missing():
    assert footfall(TABLE)[["Z4", "Z5"]].isna().all()


def test_the_profile_holds_parts_only_and_each_split_adds_up_to_one():
    profile = footfall_profile(TABLE)
    assert profile.loc[("Z1", "all", "06-11")].tolist() == [30, 0.3]
    assert profile.loc[("Z1", "weekend", "all")].tolist() == [40, 2 * 40 / (5 * 60 + 2 * 40)]
    assert ("Z1", "all", "all") not in profile.index
    assert profile.loc["Z5", "share"].isna().all()
    assert np.isnan(profile.loc[("Z2", "weekday", "all"), "share"])


def test_a_table_of_totals_only_has_no_profile():
    totals = rows(("Z1", "2025", 5, "", "")).drop(columns=["time_band", "day_type"])
    assert footfall(totals).to_dict() == {"Z1": 5} and footfall_profile(totals).empty


def test_doubled_rows_and_mixed_periods_are_refused():
    with pytest.raises(ValueError, match="1 rows stand twice, first zone 'Z1', time band '06-11'"):
        footfall(pd.concat([TABLE, TABLE.iloc[[2]]]))
    with pytest.raises(ValueError, match="one kind"):
        footfall(rows(("Z1", "2025-Q1", 1, "", ""), ("Z1", "2025-02", 1, "", "")))


def seoul(shared, name, quarter):
    raw = pd.read_csv(shared / "seoul_commercial" / name, encoding="cp949", dtype={"행정동_코드": str})
    return raw[raw["기준_년분기_코드"] == int(quarter)].set_index("행정동_코드")


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


def test_day_types_are_averaged_over_the_week_not_added():
    week = dict(zip("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), range(10, 80, 10)))
    table = rows(
        *[("A", "2025-Q1", people, "", day) for day, people in week.items()],
        ("B", "2025-Q1", 70, "", "工作日"),
        ("B", "2025-Q1", 35, "", "周末"),
        ("C", "2025-Q1", 70, "", "weekday"),
        ("D", "2025-Q1", 70, "", "weekday"),
        ("D", "2025-Q1", 35, "", "weekend"),
        ("D", "2025-Q1", 99, "", "holiday"),
        ("E", "2025-Q1", np.nan, "", "weekday"),
        ("E", "2025-Q1", 35, "", "weekend"),
        *[("F", "2025-Q1", 10, band, day) for band in ("06-18", "18-06") for day in ("weekday", "weekend")],
    )
    people = footfall(table)
    assert people[["A", "B", "F"]].tolist() == [40, 60, 20]
    assert people[["C", "D", "E"]].isna().all()
    share = footfall_profile(table)["share"]
    assert share["A"].sum() == pytest.approx(1) and share[("B", "周末", "all")] == pytest.approx(70 / 420)
    assert share[["C", "D", "E"]].isna().all()
    assert [days_of_type(day) for day in ("weekday", "Sunday", "周六", "星期日", "holiday")] == [5, 1, 1, 1, None]


def test_seoul_days_of_the_week_average_to_its_totals(shared):
    """A weekday's figure is a seventh of the quarter's: people of such a day is 7 times it, on the total's scale."""
    raw = seoul(shared, "footfall_dong_2019Q1_2025Q1.csv", "20251")
    names = dict(zip("월화수목금토일", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()))
    days = pd.concat(
        [pd.DataFrame({"people": 7 * raw[f"{k}요일_유동인구_수"], "day_type": day}) for k, day in names.items()]
    )
    people = footfall(days.rename_axis("zone_id").reset_index().assign(period="2025-Q1", time_band=""))
    assert len(people) == 425 and np.allclose(people, raw["총_유동인구_수"][people.index], rtol=5e-4)


HOW = {"capture_rate": 0.03, "conversion_rate": 0.6, "avg_ticket": 28}


def test_the_street_funnel_counts_passers_by_a_day():
    """The golden 75,600."""
    assert street_sales(people_day=5000, **HOW) == pytest.approx(75_600)
    sales = street_sales(people_day=pd.Series({"A": 5000, "B": np.nan}, name="people_day"), **HOW)
    assert sales.name == "street_sales" and sales["A"] == pytest.approx(75_600) and np.isnan(sales["B"])
    with pytest.raises(ValueError, match="capture_rate must be a share"):
        street_sales(people_day=5000, **{**HOW, "capture_rate": 3})


def test_a_month_of_passers_by_is_not_taken_for_a_day():
    """A recipe in wide use: 9000 * 1.3 / 100 / .15 / .3 = 2,600 passers a month (86.7 a day), and calls it a day."""
    recipe = {"capture_rate": 0.3, "conversion_rate": 0.15, "avg_ticket": 100}
    needed = people_day_needed(sales_month=9000 * 1.3, **recipe)
    assert needed == pytest.approx(86.67, abs=0.01)
    month = pd.Series([2600.0], name="people_month")
    with pytest.raises(ValueError, match="'people_month' is not a figure of a day"):
        street_sales(people_day=month, **recipe)
    with pytest.raises(TypeError, match="people_month"):
        street_sales(people_month=2600, **recipe)
    with pytest.raises(TypeError, match="positional"):
        street_sales(2600, **recipe)
    assert people_per_day(month).tolist() == pytest.approx([needed])
    assert street_sales(people_day=people_per_day(month), **recipe).tolist() == pytest.approx([9000 * 1.3])
    for unit in ("hour", "week", "year"):
        with pytest.raises(ValueError, match=f"people_{unit}"):
            street_sales(people_day=pd.Series([1.0], name=f"people_{unit}"), **recipe)


def test_passers_needed_reads_the_funnel_backwards():
    sales = pd.Series({"A": 75_600.0, "B": 0.0}, name="sales_month")
    needed = people_day_needed(sales_month=sales, **HOW)
    assert needed.name == "people_day_needed" and needed.tolist() == pytest.approx([5000, 0])
    rates = pd.Series({"B": 0.03, "A": 0.0})
    assert people_day_needed(sales_month=sales, **{**HOW, "capture_rate": rates}).isna().to_dict() == {
        "A": True,
        "B": False,
    }
    assert np.isnan(people_day_needed(sales_month=100, **{**HOW, "avg_ticket": 0}))
    with pytest.raises(ValueError, match="'sales_day' is not a figure of a month"):
        people_day_needed(sales_month=sales.rename("sales_day"), **HOW)


def test_people_per_day_needs_a_period_in_the_name():
    assert people_per_day(pd.Series([70.0], name="people_week")).tolist() == [10]
    assert people_per_day(pd.Series([365.0], name="people_month"), days_month=365 / 12).tolist() == pytest.approx([12])
    for series in (pd.Series([1.0]), pd.Series([1.0], name="people")):
        with pytest.raises(ValueError, match="named after its period"):
            people_per_day(series)
    with pytest.raises(ValueError, match="expand_to_day"):
        people_per_day(pd.Series([1.0], name="people_hour"))


def test_rank_correlation_is_spearmans_with_an_interval():
    """Ranks 1..12 against the same with the first two exchanged: 1 - 6 * 2 / (12 * 143)."""
    x = pd.Series(range(12), index=list("abcdefghijkl"))
    y = x.copy()
    y.iloc[[0, 1]] = [1, 0]
    found = rank_correlation(x, y[::-1])
    assert found["rank_correlation"] == pytest.approx(1 - 12 / (12 * 143)) and found["zones"] == 12
    assert found["low"] < found["rank_correlation"] <= found["high"] <= 1
    assert found == rank_correlation(x**3, y[::-1]), "ranks only"
    few = rank_correlation(x[:5], y)
    assert few["zones"] == 5 and np.isnan(few["rank_correlation"]) and np.isnan(few["low"])
    assert np.isnan(rank_correlation(x * 0, y)["rank_correlation"])


def test_the_interval_of_a_rank_correlation_covers_the_truth():
    """Normal pairs with r = .5 have a rank correlation of 6/pi * asin(r/2); 95 % over 100 draws, 88 at the least."""
    truth, draw = 6 / np.pi * np.arcsin(0.25), np.random.default_rng(3)
    hits = 0
    for k in range(100):
        x, e = draw.normal(size=(2, 80))
        found = rank_correlation(pd.Series(x), pd.Series(0.5 * x + 0.75**0.5 * e), draws=200, seed=k)
        hits += found["low"] <= truth <= found["high"]
    assert hits >= 88


def test_in_seoul_footfall_density_does_not_tell_sales_per_store(shared):
    """The honest warning: a rank correlation of -0.15 over 420 dongs, by pandas too, and an interval below zero."""
    sales = seoul(shared, "coffee_sales_dong_2024.csv", "20241")["당월_매출_금액"]
    shops = seoul(shared, "coffee_stores_dong_2024.csv", "20241")["점포_수"]
    street = seoul(shared, "footfall_dong_2019Q1_2025Q1.csv", "20241")["총_유동인구_수"]
    area = json.loads((shared / "seoul_commercial" / "dong_centroid_area.json").read_text("utf-8"))["DATA"]
    area = pd.DataFrame(area).set_index("adstrd_cd")["relm_ar"]
    density, per_store = street / area, sales / shops.where(shops > 0)
    found = rank_correlation(density, per_store)
    both = pd.DataFrame({"density": density, "per_store": per_store}).dropna()
    assert found["zones"] == len(both) == 420
    assert found["rank_correlation"] == pytest.approx(both.corr("spearman").iloc[0, 1])
    assert -0.2 < found["rank_correlation"] < -0.1 and found["high"] < 0
