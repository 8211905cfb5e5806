import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.potential import (
    leakage,
    market_potential,
    potential_scenarios,
    saturation,
    supply_gap,
    supply_month,
    supply_year,
)

ZONES = pd.DataFrame(
    {
        "population": [1000, 1000, 1000, None],
        "workers": [500, 500, None, 500],
        "spend_per_head": [None, 80, None, None],
        "potential": [None, None, 70_000, None],
    },
    index=pd.Index(["Z1", "Z2", "Z3", "Z4"], name="zone_id"),
)


def test_a_given_potential_wins_and_each_row_says_how_it_was_made():
    made = market_potential(ZONES, spend=50)
    assert made["potential"].tolist()[:3] == [50_000, 80_000, 70_000] and np.isnan(made["potential"]["Z4"])
    assert made["potential_method"].tolist()[:3] == ["assumed", "estimated", "measured"]
    assert pd.isna(made["potential_method"]["Z4"])


def test_workers_count_at_their_own_spend_and_make_the_row_assumed():
    made = market_potential(ZONES, spend=50, spend_worker=20)
    assert made["potential"].tolist()[:3] == [60_000, 90_000, 70_000]
    assert made["potential_method"].tolist()[:3] == ["assumed", "assumed", "measured"]


def test_the_zone_names_its_own_method_and_nothing_is_assumed_unless_stated():
    made = market_potential(ZONES.assign(potential_method="simulated"))
    assert made["potential"].isna().tolist() == [True, False, False, True]
    assert made["potential_method"].tolist()[1:3] == ["estimated", "simulated"]
    with pytest.raises(ValueError, match="at least 0"):
        market_potential(ZONES, spend=-1)


def sales(*rows):
    return pd.DataFrame(rows, columns=["zone_id", "category", "period", "sales"])


@pytest.mark.parametrize(("period", "months"), [("2024-12", 1), ("2024-Q4", 3), ("2024", 12)])
def test_supply_is_a_months_sales_of_the_latest_period(period, months):
    table = sales(("Z1", "tea", period, 600), ("Z1", "coffee", period, 1200), ("Z2", "tea", "2023" + period[4:], 9))
    made = supply_month(table)
    assert made.name == "supply_month" and made["Z1"] == 1800 / months and np.isnan(made["Z2"])
    assert supply_month(table, category="tea")["Z1"] == 600 / months


def test_a_missing_part_makes_the_zone_missing_and_mixtures_are_refused():
    assert supply_month(sales(("Z1", "tea", "2024", 6), ("Z1", "coffee", "2024", None))).isna().all()
    with pytest.raises(ValueError, match="all be months"):
        supply_month(sales(("Z1", "tea", "2024-Q4", 6), ("Z1", "tea", "2024-12", 6)))
    with pytest.raises(ValueError, match="no category 'rice'"):
        supply_month(sales(("Z1", "tea", "2024", 6)), category="rice")


def test_gap_and_leakage_by_hand():
    demand, supply = pd.Series({"Z1": 300.0, "Z2": 0, "Z3": 5}), pd.Series({"Z2": 0.0, "Z1": 100})
    assert supply_gap(demand, supply).name == "supply_gap" and supply_gap(demand, supply)["Z1"] == 200
    made = leakage(demand, supply)
    assert made.name == "leakage" and made["Z1"] == 0.5 and made[["Z2", "Z3"]].isna().all()


@settings(deadline=None)
@given(st.floats(0, 1e9), st.floats(0.01, 1e9))
def test_leakage_lies_between_minus_one_and_one_and_turns_its_sign(demand, supply):
    d, s = pd.Series([demand]), pd.Series([supply])
    assert -1 <= leakage(d, s)[0] <= 1
    assert leakage(d, s)[0] == -leakage(s, d)[0]


def test_passers_count_at_a_spend_each_and_by_days_of_the_month():
    """1,000 residents x 50, 500 workers x 20, 2,000 passers x 0.1 x 30 days."""
    people = pd.Series({"Z1": 2000.0, "Z2": 100.0})
    made = market_potential(ZONES, spend=50, spend_worker=20, spend_passer=0.1, passers=people, days=30)
    assert made["potential"]["Z1"] == 66_000 and made["potential_method"]["Z1"] == "assumed"
    parts = made[["potential_residents", "potential_workers", "potential_passers"]]
    assert parts.loc["Z1"].tolist() == [50_000, 10_000, 6000]
    assert parts.loc["Z3"].isna().all() and made["potential"]["Z3"] == 70_000  # given as a whole
    assert np.isnan(made["potential"]["Z4"])  # no residents known
    with pytest.raises(ValueError, match="needs passers"):
        market_potential(ZONES, spend_passer=0.1)


def test_source_and_date_go_with_the_figures():
    origin = {"source": "census", "as_of": "2025-05-31", "method": "measured"}
    made = market_potential(ZONES, spend=50, origin=origin)
    assert made["source"].unique().tolist() == ["census"] and made["as_of"].unique().tolist() == ["2025-05-31"]
    later = potential_scenarios(made["potential"], years=1, origin=origin)
    assert later[["source", "as_of", "method"]].drop_duplicates().to_numpy().tolist() == [
        ["census", "2025-05-31", "assumed"]
    ]


def test_scenarios_compound_by_the_year_each_zone_at_its_own_growth():
    now = pd.Series({"Z1": 1000.0, "Z2": np.nan}, name="potential").rename_axis("zone_id")
    made = potential_scenarios(now, growth={"low": 0.0, "own": pd.Series({"Z1": -0.5})})
    assert made.index.names == ["zone_id", "scenario", "year"] and len(made) == 2 * 2 * 4
    assert made["potential"].loc["Z1", "own"].tolist() == [1000, 500, 250, 125]
    assert made["potential"].loc["Z1", "low"].tolist() == [1000] * 4 and made["potential"].loc["Z2"].isna().all()
    assert set(potential_scenarios(now).index.unique("scenario")) == {"low", "base", "high"}
    for wrong in ({"years": 5}, {"growth": {"low": -1.0}}):
        with pytest.raises(ValueError, match="must be"):
            potential_scenarios(now, **wrong)


def test_saturation_is_spend_on_a_square_metre():
    """1,000 households x 300 on 1,500 m2: 200."""
    made = saturation(pd.Series({"Z1": 300_000.0, "Z2": 1.0}), pd.Series({"Z1": 1500}))
    assert made.name == "saturation" and made["Z1"] == 200 and np.isnan(made["Z2"])


def test_a_year_of_supply_is_its_latest_twelve_months_and_nothing_made_up():
    quarters = ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3"]
    rows = [("Z1", "tea", quarter, 100 * n) for n, quarter in enumerate(quarters)]
    rows += [("Z2", "tea", quarter, 7) for quarter in quarters[2:]]
    assert supply_year(sales(*rows)).fillna(-1).to_dict() == {"Z1": 1000.0, "Z2": -1.0}
    assert supply_year(sales(("Z1", "tea", "2024", 6), ("Z1", "tea", "2025", 8)))["Z1"] == 8
    assert supply_year(sales(*(("Z1", "tea", f"2024-{m:02}", m) for m in range(1, 12)))).isna().all()
