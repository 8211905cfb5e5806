import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.history import complete, gaps, monthly_history, returns, sales_history


def rows(**columns):
    return pd.DataFrame(columns)


def test_months_of_territories_in_order():
    sales = rows(territory_id=["T2", "T1", "T1"], period=["2027-01", "2027-03", "2027-01"], sales=[1, 2, 3])
    history = monthly_history(sales, by="territory_id")
    assert history.columns.tolist() == ["T1", "T2"]
    assert history.index.astype(str).tolist() == ["2027-01", "2027-02", "2027-03"]
    assert history["T1"].tolist() == pytest.approx([3, np.nan, 2], nan_ok=True)
    assert gaps(history).to_dict() == {"T1": 1, "T2": 0}


def test_a_territory_is_the_sum_of_its_stores_and_inherits_their_gaps():
    sales = rows(
        territory_id=["T1"] * 5,
        store_id=["A", "A", "A", "B", "B"],
        period=["2027-01", "2027-02", "2027-03", "2027-01", "2027-03"],
        sales=[1, 2, 3, 10, 30],
    )
    assert monthly_history(sales, by="territory_id")["T1"].tolist() == pytest.approx([11, np.nan, 33], nan_ok=True)
    stores = monthly_history(sales, by="store_id")
    assert stores["B"].tolist() == pytest.approx([10, np.nan, 30], nan_ok=True)
    opened = sales.drop(index=3)  # store B opens in March: no gap
    assert monthly_history(opened, by="territory_id")["T1"].tolist() == [1, 2, 33]


def test_days_make_a_month_only_when_all_are_there():
    days = pd.date_range("2027-01-01", "2027-02-27").strftime("%Y-%m-%d")
    history = monthly_history(rows(store_id="S1", period=days, sales=1), by="store_id")
    assert history["S1"].tolist() == pytest.approx([31, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("sales", "message"),
    [
        (
            rows(territory_id=["T1", "T1"], period=["2027-01"] * 2, sales=1),
            "1 rows of sales are doubled, first T1 2027-01",
        ),
        (rows(territory_id=["T1"], period=["2027-Q1"], sales=1), r"sales by quarter \(2027-Q1\) cannot be cut"),
        (rows(territory_id=["T1"], period=["2027-W07"], sales=1), "sales by ISO week"),
        (rows(territory_id=["T1"], period=["2027-13"], sales=1), "'2027-13' is not a month"),
        (rows(territory_id=["T1"], period=["2027-02-30"], sales=1), "'2027-02-30' is not a month"),
        (rows(territory_id=["T1", "T1"], period=["2027-01", "2027-01-02"], sales=1), "different length"),
        (rows(territory_id=["T1", "T1"], store_id=["A", None], period="2027-01", sales=1), "counted twice.*T1"),
        (rows(territory_id=[None], store_id=["A"], period="2027-01", sales=1), "no territory_id, first A"),
        (rows(territory_id=["T1"] * 2, period=["2027-01", "2027-02"], sales=1, basis=["retail", "wholesale"]), "basis"),
        (rows(territory_id=["T1"], sales=[1]), "lacks the columns period"),
        (rows(territory_id=[], period=[], sales=[]), "no rows"),
    ],
)
def test_what_cannot_be_added_is_refused(sales, message):
    with pytest.raises(ValueError, match=message):
        monthly_history(sales, by="territory_id")
    with pytest.raises(ValueError, match="by must be one of"):
        monthly_history(sales, by="region_id")


def by_store(**months):
    rows = [("T1", store, month, 100.0) for store, several in months.items() for month in several]
    return pd.DataFrame(rows, columns=["territory_id", "store_id", "period", "sales"])


def test_a_store_that_reports_late_leaves_its_territory_unknown_and_a_closed_one_does_not():
    sales = by_store(S1=["2027-01", "2027-02", "2027-03"], S2=["2027-01", "2027-02"])
    late = monthly_history(sales, by="territory_id")["T1"]
    assert late.tolist()[:2] == [200, 200] and np.isnan(late.iloc[2])
    closed = monthly_history(sales, by="territory_id", closed=pd.Series({"S2": pd.Timestamp("2027-02-28")}))
    assert closed["T1"].tolist() == [200, 200, 100]


def test_a_store_that_stopped_long_ago_is_no_longer_awaited():
    sales = by_store(S1=[f"2027-{m:02d}" for m in range(1, 8)], S2=["2027-01", "2027-02"])
    assert monthly_history(sales, by="territory_id")["T1"].tolist() == [200, 200, 100, 100, 100, 100, 100]


def test_history_ends_with_the_last_month_that_everybody_reported():
    months = pd.period_range("2027-01", "2027-06", freq="M")
    table = pd.DataFrame({"T1": [1.0] * 6, "T2": [1, 1, 1, 1, 1, np.nan], "T3": [1, 1] + [np.nan] * 4}, months)
    assert complete(table).index[-1] == pd.Period("2027-05", "M")
    assert complete(table[["T1", "T3"]]).index[-1] == pd.Period("2027-06", "M")


def test_days_weeks_months_and_quarters():
    days = pd.date_range("2026-12-28", "2027-04-02").strftime("%Y-%m-%d")
    sales = rows(store_id="S1", period=days, sales=1)
    assert sales_history(sales, by="store_id", per="day")["S1"].sum() == len(days)
    weeks = sales_history(sales, by="store_id", per="ISO week")["S1"]
    assert (
        weeks.iloc[0] == 7 and weeks.index[0].end_time.date().isoformat() == "2027-01-03" and np.isnan(weeks.iloc[-1])
    )
    quarters = sales_history(sales, by="store_id", per="quarter")["S1"]
    assert quarters.tolist() == pytest.approx([np.nan, 90, np.nan], nan_ok=True)
    texts = rows(store_id="S1", period=["2026-W53", "2027-W01"], sales=[1, 2])
    assert sales_history(texts, by="store_id", per="ISO week")["S1"].tolist() == [1, 2]
    native = rows(store_id="S1", period=["2026-Q4", "2027-Q1"], sales=[1, -2])
    assert sales_history(native, by="store_id", per="quarter")["S1"].tolist() == [1, -2]
    assert returns(native, by="store_id").to_dict() == {"S1": 2}


def test_periods_that_cannot_be_made_are_refused():
    with pytest.raises(ValueError, match="cannot be cut into ISO weeks.*give ISO weeks or days"):
        sales_history(rows(store_id="S1", period=["2027-01"], sales=1), by="store_id", per="ISO week")
    with pytest.raises(ValueError, match="'2027-W53' is not a week of that year"):
        sales_history(rows(store_id="S1", period=["2027-W53"], sales=1), by="store_id", per="ISO week")
    with pytest.raises(ValueError, match="per must be one of"):
        sales_history(rows(store_id="S1", period=["2027-01"], sales=1), by="store_id", per="year")
