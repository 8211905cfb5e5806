import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.targets.breakdown.calendars import calendar, day_weights
from expansion_kit.targets.breakdown.periods import COLUMNS, breakdown, wide

years = st.integers(2000, 2100)


def months(year):
    return [f"{year}-{month:02}" for month in range(1, 13)]


def even(year=2027):
    return pd.Series(1, months(year))


def territories(values):
    return pd.Series(values, pd.Index([f"T{i}" for i in range(len(values))], name="territory_id"), dtype=object)


CALENDARS = [
    {},
    {"first_month": 4},
    {"pattern": "4-4-5"},
    {"pattern": "5-4-4", "first_month": 7},
    {"pattern": "retail"},
]
UNITS = st.tuples(*[st.sampled_from([1, 7, 100, 1000, 10_000])] * 3).map(
    lambda units: dict(zip(("quarter", "month", "month_week"), units))
)


def adds_up(plan, cells, key="territory_id"):
    """Values of the key's periods, after every sum that can be taken was found right."""
    own = plan[plan["level"] == key.removesuffix("_id")]
    values = own.pivot(index=[key, "metric", "tier"], columns="period", values="value").astype(object)
    finest = values[cells.index].T
    for kind in ("week", "month", "quarter", "year"):
        sums = finest.groupby(cells[kind].to_numpy()).sum().T
        assert (values[sums.columns] == sums).all(axis=None)
    months = cells.drop_duplicates("month")
    sums = values[months["month"]].T.groupby(months["quarter"].to_numpy()).sum().T
    assert (values[sums.columns] == sums).all(axis=None)
    network = plan[plan["level"] == "network"].pivot(index=["metric", "tier"], columns="period", values="value")
    sums = values.groupby(["metric", "tier"]).sum()
    assert (network.astype(object) == sums[network.columns]).all(axis=None)
    return values


def drawn_plan(total, cells, seed):
    """Some plan of a total, and the sums of all its periods."""
    draw = np.random.default_rng(seed)
    plan = pd.Series(draw.multinomial(total, draw.dirichlet(np.full(len(cells), 0.5))), cells.index)
    sums = [plan.groupby(cells[kind].to_numpy()).sum() for kind in ("week", "month", "quarter", "year")]
    return plan, pd.concat([plan, *sums])


@settings(deadline=None, max_examples=30)
@given(
    years,
    st.sampled_from(CALENDARS),
    st.lists(st.integers(0, 10**15), min_size=1, max_size=5),
    st.lists(st.floats(0.001, 1000), min_size=12, max_size=12),
    UNITS,
    st.lists(st.floats(0.1, 3), min_size=7, max_size=7),
    st.integers(0, 2**32),
)
def test_everything_adds_up_locks_are_kept_and_order_does_not_matter(year, how, totals, weights, units, weekdays, seed):
    annual = territories(totals)
    days = day_weights(year, weekdays=weekdays, **how)
    cells = calendar(year, weights=days, **how)
    draw, locks = np.random.default_rng(seed), []
    for key, total in annual.items():
        possible = drawn_plan(total, cells, draw)[1].sample(draw.integers(20), random_state=draw)
        locks += [(key, period, value) for period, value in possible.items()]
    options = {
        "year": year,
        "plan_id": "P1",
        "month_weights": pd.Series(weights, cells["month"].unique()),
        "weights": days,
        "units": units,
        "locks": pd.DataFrame(locks, columns=["territory_id", "period", "value"]),
        **how,
    }
    plan = breakdown(annual, **options)
    values = adds_up(plan, cells).droplevel(["metric", "tier"])
    assert values[cells["year"].iloc[0]].to_dict() == annual.to_dict()
    assert plan["value"].min() >= 0
    assert all(values.loc[key, period] == value for key, period, value in locks)
    shuffled = breakdown(annual.loc[draw.permutation(annual.index)], **options)
    pd.testing.assert_frame_equal(plan, shuffled)
    first = breakdown(annual.head(1), **options | {"locks": options["locks"].query("territory_id == 'T0'")})
    assert (
        first.loc[first["level"] == "territory", "value"].tolist()
        == plan.query("territory_id == 'T0'")["value"].tolist()
    )


@settings(deadline=None, max_examples=30)
@given(
    st.integers(2000, 2040),
    st.sampled_from(CALENDARS),
    st.integers(0, 9 * 10**14),
    st.lists(st.integers(0, 10**12), max_size=3),
    UNITS,
    st.integers(0, 366),
    st.sampled_from(["keep", "lower"]),
    st.integers(0, 2**32),
)
def test_openings_and_sales_to_date_stay_as_they_are(year, how, rest, openings, units, past, year_total, seed):
    """Sales to date, an opening in each of the last months, and locks that some plan keeps."""
    cells, draw = calendar(year, **how), np.random.default_rng(seed)
    months = cells["month"].unique()
    table = pd.DataFrame({"territory_id": "T0", "period": months[len(months) - len(openings) :], "value": openings})
    total = rest + sum(openings)
    as_of = cells["period_start"].iloc[0] + pd.Timedelta(days=min(past, cells["days"].sum() - 100))
    begun = cells.index[cells["period_start"] < as_of]
    sold = draw.multinomial(total // 3, np.full(len(begun) + 1, 1 / (len(begun) + 1)))[:-1]
    actuals = pd.DataFrame({"territory_id": "T0", "period": begun, "value": sold})
    options = {"year": year, "plan_id": "P", "units": units, "openings": table, **how}
    before = adds_up(breakdown(territories([total]), **options), cells).iloc[0]
    assert (before[table["period"]].to_numpy() >= openings).all()
    if rest - sum(sold) < 0:
        return
    plan = breakdown(territories([total]), actuals=actuals, as_of=as_of, year_total=year_total, **options)
    after = adds_up(plan, cells).iloc[0]
    over = begun[cells.loc[begun, "period_end"] < as_of]
    assert (after[over] == actuals.set_index("period")["value"][over]).all()
    assert (after[begun] >= actuals.set_index("period")["value"]).all()
    assert (after[table["period"]].to_numpy() >= openings).all()
    year_id = cells["year"].iloc[0]
    note = plan.query("level == 'territory' and period_type == 'year'")["method"].item()
    lost = int(note.split()[-1]) if "lowered" in note else 0
    assert after[year_id] == total - lost
    assert lost == 0 or year_total == "lower"


def test_golden_three_equal_months():
    """1000 over 1:1:1, the other months nothing."""
    first = even().where(even().index <= "2027-03", 0)
    plan = breakdown(territories([1000]), year=2027, month_weights=first, plan_id="P1").query("level == 'territory'")
    assert plan.query("period_type == 'month'")["value"].tolist() == [334, 333, 333] + [0] * 9


def test_mid_year_spreads_the_rest_by_the_same_weights():
    """1,200 a month planned, half a year sold at 1,000: the second half makes up for it, or the year is lowered."""
    cells = calendar(2027)
    june = cells.index[cells["month"] < "2027-07"]
    last = ~cells.loc[june, "month"].duplicated(keep="last").to_numpy()
    actuals = pd.DataFrame({"territory_id": "T0", "period": june, "value": np.where(last, 1000, 0)})
    options = {"year": 2027, "month_weights": even(), "plan_id": "P1", "actuals": actuals, "as_of": "2027-07-01"}

    def months_and_method(**more):
        plan = breakdown(territories([14_400]), **options, **more).query("level == 'territory'")
        return plan.query("period_type == 'month'")["value"].tolist(), plan["method"].iloc[0], plan

    kept, method, plan = months_and_method()
    assert kept == [1000] * 6 + [1400] * 6
    assert method == "given"
    assert set(plan.query("period_type == 'month_week' and period < '2027-07'")["method"]) == {"actual"}
    assert set(plan.query("period_type == 'month_week' and period > '2027-07'")["method"]) == {"largest_remainder"}
    lowered, method, _ = months_and_method(year_total="lower", method="growth")
    assert lowered == [1000] * 6 + [1200] * 6
    assert method == "growth, lowered by 1200"
    locks = pd.DataFrame({"territory_id": "T0", "period": ["2027-02", "2027-08", "2027-Q4"], "value": [7, 900, 3000]})
    locked, _, plan = months_and_method(locks=locks)
    assert locked == [1000] * 6 + [14_400 - 6000 - 3000 - 900 - 2250, 900, 2250] + [1000] * 3
    assert plan.loc[plan["locked"], "period"].tolist() == ["2027-Q4", "2027-08"]


def test_mid_year_in_the_middle_of_a_week_keeps_what_was_sold_in_it():
    """Up to Wednesday 6 January 10 were sold; the week takes the share of its four open days on top."""
    actuals = pd.DataFrame({"territory_id": "T0", "period": ["2027-01/2026-W53", "2027-01/2027-W01"], "value": [5, 10]})
    plan = breakdown(territories([15 + 359]), year=2027, plan_id="P1", actuals=actuals, as_of="2027-01-07")
    values = plan.query("level == 'territory' and period_type == 'month_week'")["value"].tolist()
    assert values[:3] == [5, 10 + 4, 7]


def test_mid_year_that_cannot_be_kept_names_what_binds():
    actuals = pd.DataFrame({"territory_id": "T0", "period": ["2027-01/2026-W53"], "value": [120]})
    options = {"year": 2027, "month_weights": even(), "plan_id": "P1", "actuals": actuals, "as_of": "2027-01-04"}
    with pytest.raises(
        ValueError, match=r"T0: 2027 .total. is 100, but with openings and sales to date .120. .* is 20"
    ):
        breakdown(territories([100]), **options)
    locks = pd.DataFrame({"territory_id": "T0", "period": ["2027-Q3"], "value": [90]})
    with pytest.raises(ValueError, match=r"is 200, but with 2027-Q3 .90., openings and sales to date .120. .* is 10"):
        breakdown(territories([200]), locks=locks, **options)
    with pytest.raises(ValueError, match="actuals go with as_of"):
        breakdown(territories([200]), **options | {"as_of": None})


def test_openings_come_in_their_months_and_weeks():
    openings = pd.DataFrame(
        {
            "territory_id": "T0",
            "period": ["2027-09", "2027-10"],
            "value": [500, 700],
            "opening_date": ["2027-09-20", None],
        }
    )
    plan = breakdown(
        territories([13_200]), year=2027, month_weights=even(), plan_id="P1", openings=openings, units={"month": 1000}
    )
    months = plan.query("level == 'territory' and period_type == 'month'")["value"].tolist()
    assert months == [1000] * 8 + [1500, 1700] + [1000] * 2
    plain = breakdown(territories([12_000]), year=2027, month_weights=even(), plan_id="P1")
    more = plan.set_index(["level", "period"])["value"] - plain.set_index(["level", "period"])["value"]
    late = more["territory"][["2027-W37", "2027-W38", "2027-09/2027-W39"]]  # the 20th is the Monday of week 38
    assert late.tolist() == [0, 318, 182]


def test_several_metrics_and_tiers_at_once_are_what_each_is_alone():
    index = pd.MultiIndex.from_product(
        [["T0", "T1"], ["sales", "due"], ["challenge", "base", "target"]], names=["territory_id", "metric", "tier"]
    )
    annual = pd.Series(np.arange(1, 13) * 123_457, index)
    units = {"sales": {"month": 1000, "month_week": 100}, "due": {"month": 7}}
    locks = pd.DataFrame(
        {"territory_id": ["T1", "T1"], "period": ["2027-W13", "2027-05"], "value": [9000, 5000], "metric": "sales"}
    )
    months = pd.DataFrame([range(1, 13), [1] * 12], pd.Index(["sales", "due"], name="metric"), even().index)
    plan = breakdown(annual, year=2027, plan_id="P1", month_weights=months, units=units, locks=locks)
    adds_up(plan, calendar(2027))
    assert plan["metric"].drop_duplicates().tolist() == ["due", "sales"]
    assert plan["tier"].drop_duplicates().tolist() == ["base", "target", "challenge"]
    for metric, tier in [("sales", "target"), ("due", "challenge")]:
        alone = breakdown(
            annual.xs((metric, tier), level=("metric", "tier")),
            year=2027,
            plan_id="P1",
            month_weights=months.loc[metric],
            units=units[metric],
            locks=locks if metric == "sales" else None,
            metric=metric,
            tier=tier,
        )
        mine = plan[(plan["metric"] == metric) & (plan["tier"] == tier)].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
    assert plan["locked"].sum() == 2 * 3


def test_a_retail_year_takes_its_season_from_calendar_months():
    months = pd.Series(1.0, [str(month) for month in pd.period_range("2027-01", "2028-01", freq="M")])
    months["2027-12"] = 3.0
    days = day_weights(2027, months=months, pattern="retail")
    plan = breakdown(territories([1400]), year=2027, plan_id="P1", weights=days, pattern="retail")
    values = plan.query("level == 'territory' and period_type == 'month'").set_index("period")["value"]
    assert values.idxmax() == "FY2027-P11"  # 28 November to 1 January
    assert values["FY2027-P11"] == round(1400 * (3 / 30 + 3 + 1 / 31) / (1 / 31 + 10 + 3 + 29 / 31))


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
    ("options", "message"),
    [
        ({"month_weights": even().drop("2027-12")}, "month_weights lack 2027-12"),
        ({"month_weights": even().to_frame("T2").T}, "month_weights lack rows for T0"),
        ({"month_weights": even() * np.nan}, "known and at least 0, but 2027-01 of T0 is nan .12 like it"),
        ({"month_weights": even() - 2}, "2027-01 of T0 is -1"),
        ({"units": {"week": 100}}, "units are for quarter, month, month_week, by metric or for all, not week"),
        ({"units": {"due": {"month": 5}}}, "not due"),
        ({"units": {"month": 0}}, "unit of month must be at least 1"),
        ({"locks": pd.DataFrame({"territory_id": ["T0"], "period": ["2028-02"], "value": [1]})}, "T0 is on '2028-02'"),
        ({"parents": pd.Series({"S1": "T1"})}, "parents give the territory of stores"),
        ({"year_total": "raise"}, "year_total is keep or lower"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        breakdown(territories([100]), year=2027, plan_id="P1", **options)


def test_a_thousand_territories_are_no_trouble():
    annual = territories(np.full(1000, 12_000_000).tolist())
    plan = breakdown(annual, year=2027, month_weights=even(), plan_id="P1", units={"month": 1000, "month_week": 100})
    assert plan.loc[plan["level"] == "network", "value"].iloc[0] == 12_000_000_000
