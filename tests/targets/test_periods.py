from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.periods import COLUMNS, breakdown, calendar, day_weights, wide

years = st.integers(2000, 2100)


def months(year):
    return [f"{year}-{month:02}" for month in range(1, 13)]


def even(year=2027):
    return pd.Series(1, months(year))


def territories(values):
    return pd.Series(values, pd.Index([f"T{i}" for i in range(len(values))], name="territory_id"), dtype=object)


@given(years)
def test_month_weeks_cut_the_year_at_mondays_and_month_ends(year):
    cells = calendar(year)
    starts, ends = cells["period_start"], cells["period_end"]
    assert starts.iloc[0] == pd.Timestamp(year, 1, 1)
    assert ends.iloc[-1] == pd.Timestamp(year, 12, 31)
    assert (starts.iloc[1:].to_numpy() == (ends.iloc[:-1] + pd.Timedelta(days=1)).to_numpy()).all()
    assert ((starts.dt.dayofweek == 0) | (starts.dt.day == 1)).all()
    assert cells["days"].between(1, 7).all()
    for period, start in starts.items():
        iso = date(start.year, start.month, start.day).isocalendar()
        assert period == f"{start.year}-{start.month:02}/{iso.year}-W{iso.week:02}"


def test_new_year_may_lie_in_the_last_week_of_the_year_before():
    assert calendar(2027).index[0] == "2027-01/2026-W53"  # 2027-01-01 is a Friday
    assert calendar(2024).index[-1] == "2024-12/2025-W01"  # 2024-12-30 is a Monday


def test_day_weights_lift_weekends_and_the_weeks_before_the_festival():
    weights = day_weights(2027, weekdays=(1, 1, 1, 1, 1, 2, 2), festival_lift=0.5)
    assert weights["2027-06-12"] == 2  # a Saturday
    assert weights["2027-02-05"] == 1.5  # the Friday before the festival
    assert weights["2027-02-06"] == 2
    assert weights["2027-01-15"] == 1  # 22 days before
    cells = calendar(2027, weights=weights)
    assert cells["weight"].sum() == pytest.approx(weights.sum())


@settings(deadline=None, max_examples=40)
@given(
    years,
    st.lists(st.integers(0, 10**15), min_size=1, max_size=5),
    st.lists(st.floats(0.001, 1000), min_size=12, max_size=12),
    st.tuples(*[st.sampled_from([1, 7, 100, 1000, 10_000])] * 3),
    st.lists(st.floats(0.1, 3), min_size=7, max_size=7),
    st.randoms(),
)
def test_everything_adds_up_and_order_does_not_matter(year, totals, weights, units, weekdays, random):
    annual = territories(totals)
    options = {
        "year": year,
        "plan_id": "P1",
        "month_weights": pd.Series(weights, months(year)),
        "weights": day_weights(year, weekdays=weekdays),
        "units": dict(zip(["quarter", "month", "month_week"], units)),
    }
    plan = breakdown(annual, **options)
    own = plan[plan["level"] == "territory"]
    cells = calendar(year)
    values = own.pivot(index="territory_id", columns="period", values="value").astype(object)
    for kind in ("week", "month", "quarter", "year"):
        for name, inside in cells.groupby(kind):
            assert (values[name] == values[list(inside.index)].sum(axis=1)).all()
    for quarter, inside in cells.groupby("quarter"):
        assert (values[quarter] == values[inside["month"].unique()].sum(axis=1)).all()
    assert values[str(year)].to_dict() == annual.to_dict()
    network = plan[plan["level"] == "network"].set_index("period")["value"].astype(object)
    assert (network[values.columns] == values.sum()).all()
    shuffled = breakdown(annual.loc[random.sample(list(annual.index), len(annual))], **options)
    pd.testing.assert_frame_equal(plan, shuffled)


def test_columns_levels_and_methods_are_those_of_the_contract():
    locks = pd.DataFrame({"territory_id": ["T0"], "period": ["2027-02"], "value": [100]})
    plan = breakdown(
        territories([1200, 2400]), year=2027, month_weights=even(), plan_id="P1", locks=locks, method="growth"
    )
    assert tuple(plan.columns) == COLUMNS
    assert not plan.duplicated(["level", "territory_id", "store_id", "period"]).any()
    assert plan["period_type"].unique().tolist() == ["year", "quarter", "month", "week", "month_week"]
    own = plan[plan["territory_id"] == "T0"].set_index("period")
    assert own.loc[["2027", "2027-02", "2027-03", "2027-W07"], "method"].tolist() == ["growth", "lock", "sum", "sum"]
    assert own.loc["2027-02/2027-W07", "method"] == "largest_remainder"
    assert own.index[own["locked"]].tolist() == ["2027-02"]
    assert own.loc["2027-02", "value"] == 100
    network = plan[plan["level"] == "network"]
    assert network[["territory_id", "store_id"]].isna().all(axis=None)
    assert (network["method"] == "sum").all()
    week = own.loc["2026-W53"]
    assert (week["days"], week["period_start"], week["period_end"]) == (
        3,
        pd.Timestamp("2027-01-01"),
        pd.Timestamp("2027-01-03"),
    )


def test_territories_are_sums_of_their_stores():
    annual = pd.Series([100, 200, 300], pd.Index(["S1", "S2", "S3"], name="store_id"))
    parents = pd.Series({"S1": "T1", "S2": "T2", "S3": "T1"})
    plan = breakdown(annual, year=2027, month_weights=even(), plan_id="P1", parents=parents)
    assert plan["level"].unique().tolist() == ["network", "territory", "store"]
    stores = plan[plan["level"] == "store"].groupby(["territory_id", "period"])["value"].sum()
    upper = plan[plan["level"] == "territory"].set_index(["territory_id", "period"])["value"]
    pd.testing.assert_series_equal(stores.sort_index(), upper.sort_index())
    alone = breakdown(annual, year=2027, month_weights=even(), plan_id="P1")
    assert alone["territory_id"].isna().all()
    with pytest.raises(ValueError, match="missing for S2"):
        breakdown(annual, year=2027, month_weights=even(), plan_id="P1", parents=parents.drop("S2"))


def test_wide_has_one_row_a_territory_and_sums_survive():
    plan = breakdown(territories([1000, 3000]), year=2027, month_weights=even(), plan_id="P1")
    table = wide(plan)
    assert table["level"].tolist() == ["network", "territory", "territory"]
    assert table.columns[6:12].tolist() == ["2027", "2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2027-01"]
    assert table.columns[-53:].tolist() == plan.query("period_type == 'week'")["period"].unique().tolist()
    assert (table[months(2027)].sum(axis=1) == table["2027"]).all()
    assert (table.iloc[:, -53:].sum(axis=1) == table["2027"]).all()
    both = wide(pd.concat([plan, plan.assign(tier="challenge")]))
    assert len(both) == 6
    with pytest.raises(ValueError, match="doubled"):
        wide(pd.concat([plan, plan]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: breakdown(pd.Series([1]), year=2027, month_weights=even(), plan_id="P"), "must be named territory_id"),
        (lambda: breakdown(territories([]), year=2027, month_weights=even(), plan_id="P"), "annual must have rows"),
        (lambda: calendar(2027, weights=day_weights(2028)), "on the 365 days of 2027"),
        (lambda: calendar(2027, weights=day_weights(2027) * 0), "have no weight"),
        (lambda: day_weights(2027, weekdays=(1, 1)), "seven weights"),
        (lambda: day_weights(2027, festival_lift=-1), "above -1"),
        (lambda: day_weights(2046, festival_lift=0.1), "2000 to 2045"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_thousand_territories_are_no_trouble():
    annual = territories(np.full(1000, 12_000_000).tolist())
    plan = breakdown(annual, year=2027, month_weights=even(), plan_id="P1", units={"month": 1000, "month_week": 100})
    assert plan.loc[plan["level"] == "network", "value"].iloc[0] == 12_000_000_000
