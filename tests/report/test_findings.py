import pandas as pd
import pytest

from expansion_kit.report import findings


def test_zones_tell_what_is_unknown_in_both_languages():
    some = pd.Series([1000, None, 500])
    assert findings.zones_sentence(some, lang="zh") == (
        "全市共有 3 个片区，其中 2 个有人口数据，常住人口合计 1,500；另有 1 个片区缺少人口数据。"
    )
    assert "unknown" not in findings.zones_sentence(some.dropna(), lang="en")
    assert findings.zones_sentence(pd.Series([None, None]), lang="en").endswith("their population is unknown.")


def test_stores_in_no_zone_are_told_and_points_have_none():
    beyond = pd.Series(["Z1"] * 7 + [None] * 3)
    said = findings.beyond_zones_sentence(beyond, pd.Series([1.0, None]), lang="zh")
    assert "10 家" in said and "3 家未落入" in said
    assert "only" in findings.beyond_zones_sentence(beyond, pd.Series([None, None]), lang="en")
    assert findings.beyond_zones_sentence(beyond.dropna(), pd.Series([1.0]), lang="en") == ""


def test_brands_name_the_largest_chains_and_set_the_independent_apart():
    stores = pd.Series({"independent": 50, "B": 10, "A": 40})
    assert findings.brands_sentence(stores, lang="en", top=1) == (
        "Of 100 stores, 50% belong to no chain; the largest chains are A (40, 40%)."
    )
    assert findings.brands_sentence(pd.Series({"independent": 3}), lang="en") == "All 3 stores belong to no chain."
    assert findings.brands_sentence(pd.Series(dtype=float), lang="en") == "No stores are listed."


@pytest.mark.parametrize(
    ("hhi", "level"),
    [
        (999, "fragmented"),
        (1000, "moderately concentrated"),
        (1800, "moderately concentrated"),
        (1801, "highly concentrated"),
    ],
)
def test_concentration_follows_the_bounds_of_the_2023_guidelines(hhi, level):
    assert findings.concentration_sentence(hhi, lang="en").startswith(f"By chains, the market is {level} (HHI {hhi:,} ")
    assert findings.concentration_sentence(hhi, lang="zh").startswith("按连锁门店计（不含独立店），市场集中度：")


def test_the_peak_is_per_hour_not_per_band():
    # 06-11 holds most people, but 11-14 most per hour: 1000/5 = 200 against 900/3 = 300
    people = pd.Series({"00-06": 600, "06-11": 1000, "11-14": 900})
    assert findings.peak_sentence(people, lang="en") == (
        "Foot traffic is highest at 11-14 (300 people per hour) and lowest at 00-06 (100): 3.0 times as much."
    )


def test_an_even_day_and_an_empty_night_are_said_plainly():
    assert "nearly even" in findings.peak_sentence(pd.Series({"00-06": 600, "06-11": 510}), lang="en")
    assert findings.peak_sentence(pd.Series({"00-06": 0, "06-11": 500}), lang="en") == (
        "Foot traffic is highest at 06-11 (100 people per hour)."
    )


def test_spread_gives_quartiles_and_what_is_known():
    rents = pd.Series([100.0, 200, 300, 400, 500, None])
    assert findings.spread_sentence("租金", rents, unit="元/㎡/月", lang="zh") == (
        "租金：中位数 300 元/㎡/月；一半片区在 200 至 400 之间，全部在 100 至 500 之间。6 个片区中有 5 个有数据。"
    )
    assert findings.spread_sentence("Rent", rents[5:], unit="x", lang="en") == "Rent: no zone has a figure."


def test_extremes_never_name_one_zone_at_both_ends():
    values = pd.Series({"A": 3.0, "B": 2.0, "C": 1.0, "D": None})
    assert findings.extremes_sentence("Potential", values, unit="k", lang="en", n=3) == (
        "Potential (k) is highest in A (3) and lowest in C (1)."
    )
    assert "too few" in findings.extremes_sentence("Potential", values[:1], unit="k", lang="en")


def test_assumptions_are_named_or_said_to_be_none():
    table = pd.DataFrame({"table": ["a", "b"], "column": ["x", "y"], "method": ["assumed", "measured"]})
    assert findings.assumptions_sentence(table, lang="zh") == "以下为假设值，并非实测：a.x。决策前请核实。"
    assert findings.assumptions_sentence(table[1:], lang="en") == "No figure here is assumed."
