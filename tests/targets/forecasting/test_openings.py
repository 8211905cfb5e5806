import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.forecasting.openings import (
    cannibalisation,
    closing_losses,
    opening_sales,
    planned_openings,
    territory_forecast,
)
from expansion_kit.targets.forecasting.ramps import ramp

MONTHS = pd.period_range("2024-01", "2026-12", freq="M")
TRUE = np.array([0.5, 0.55, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99])
SEASON = pd.Series(1 + 0.3 * np.sin(np.arange(36) / 12 * 2 * np.pi) + np.arange(36) / 100, MONTHS)


def test_planned_stores_become_openings_and_what_lacks_is_named():
    stores = pd.DataFrame(
        {
            "status": ["open", "planned", "planned", None],
            "opened": ["2020-01-01", "2027-03-01", None, None],
            "sales_month": [1.0, 2.0, None, 3.0],
            "territory_id": "T1",
        },
        index=["A", "B", "C", "D"],
    )
    found = planned_openings(stores)
    assert found.index.tolist() == ["B", "C"] and found["note"].tolist() == ["", "no_date;no_sales"]


def test_an_opening_sells_from_its_day_on_grows_and_stops():
    sites = pd.DataFrame(
        {"territory_id": "T1", "opened": "2027-03-17", "closed": "2028-06-16", "sales_p10": 800, "sales_p50": 1000.0},
        index=pd.Index(["S1"], name="site_id"),
    )
    months = pd.period_range("2027-01", "2028-07", freq="M")
    season = pd.Series(np.where(months.month == 1, 2.0, 1.0), months)
    found = opening_sales(sites, months, ramp(start=0.4, months=6), season=season).set_index("period")
    assert found.index[0] == "2027-03" and found["age"].tolist() == list(range(17))
    assert found.loc["2027-03", "sales_p50"] == pytest.approx(400 * 15 / 31)
    assert found.loc["2027-04", ["sales_p10", "sales_p50"]].tolist() == pytest.approx([400, 500])
    assert found.loc["2028-01", "sales_p50"] == 2000 and found.loc["2028-06", "sales_p50"] == 500
    assert found.loc["2028-07", "sales_p50"] == 0 and found["sales_p90"].isna().all()
    assert found["site_id"].eq("S1").all() and found["territory_id"].eq("T1").all()


@pytest.mark.parametrize("lacks", ["opened", "sales_p50"])
def test_an_opening_without_date_or_sales_is_refused(lacks):
    sites = pd.DataFrame({"opened": ["2027-03"], "sales_p50": [10.0]}, index=["S1"])
    sites[lacks] = None
    with pytest.raises(ValueError, match="without a date or without mature sales: S1"):
        opening_sales(sites, ["2027-03"], ramp())


def test_a_season_that_lacks_a_month_is_refused():
    sites = pd.DataFrame({"opened": ["2027-03"], "sales_p50": [10.0]}, index=["S1"])
    with pytest.raises(ValueError, match="season lacks 2027-04"):
        opening_sales(sites, ["2027-03", "2027-04"], ramp(), season=pd.Series({"2027-03": 1.0}))


AHEAD = pd.DataFrame(
    {"store_id": list("AABB"), "territory_id": "T1", "period": ["2027-05", "2027-06"] * 2, "sales_p50": [31.0, 30] * 2}
)


def test_a_store_that_closes_loses_what_comes_after():
    lost = closing_losses(AHEAD, pd.DataFrame({"closed": ["2027-05-31", None]}, index=["A", "B"]))
    assert lost["store_id"].tolist() == ["A", "A"] and lost["loss"].tolist() == pytest.approx([1, 30])
    assert closing_losses(AHEAD, pd.DataFrame(index=["A"])).empty


def test_losses_to_several_openings_add_up_share_and_money():
    moved = pd.DataFrame({"store_id": ["A", "A"], "opened": ["2027-05-17", "2027-06-01"]})
    moved = moved.assign(loss_share=[0.2, None], loss_month=[None, 4])
    found = cannibalisation(AHEAD, moved)
    assert found["loss"].tolist() == pytest.approx([31 * 0.2 * 15 / 31, 6 + 4])
    assert set(found["store_id"]) == {"A"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"opened": None}, "needs opened"),
        ({"loss_month": 3.0}, "one of loss_share, loss_month"),
        ({"loss_share": None}, "one of loss_share, loss_month"),
        ({"loss_share": -0.1}, "needs opened"),
        ({"store_id": "X"}, "forecast lacks: X"),
        ({"loss_share": 1.5}, "more than they sell: A"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(change, message):
    moved = {"store_id": "A", "opened": "2027-05-01", "loss_share": 0.2, "loss_month": None} | change
    with pytest.raises(ValueError, match=message):
        cannibalisation(AHEAD, pd.DataFrame([moved]))


def there(value=100.0):
    bounds = {"sales_p10": value * 0.8, "sales_p50": value, "sales_p90": value * 1.3}
    return pd.DataFrame([{"territory_id": "T1", "period": "2027-05"} | bounds])


@given(st.lists(st.floats(0, 1e9), min_size=4, max_size=4))
def test_the_parts_add_up_to_the_forecast(amounts):
    keys = {"territory_id": ["T1"], "period": ["2027-05"]}
    new = pd.DataFrame(keys | {"sales_p10": [amounts[1]], "sales_p50": [amounts[1]], "sales_p90": [amounts[1]]})
    shut, taken = (pd.DataFrame(keys | {"loss": [amount]}) for amount in amounts[2:])
    found = territory_forecast(there(amounts[0]), openings=new, closures=shut, cannibalised=taken).iloc[0]
    parts = found[["comparable", "closures", "openings", "cannibalisation"]]
    assert parts.tolist() == [amounts[0], -amounts[2], amounts[1], -amounts[3]]
    assert found["sales_p50"] == pytest.approx(parts.sum(), abs=1e-3)


def test_a_territory_with_openings_only_stands_there_too():
    new = pd.DataFrame([{"territory_id": "T2", "period": "2027-05", "sales_p10": 1, "sales_p50": 2, "sales_p90": 3}])
    found = territory_forecast(there(), openings=new).set_index("territory_id")
    assert found.loc["T2", ["comparable", "openings", "sales_p50"]].tolist() == [0, 2, 2]
    assert found.loc["T1", "openings"] == 0


def test_what_is_not_known_is_not_counted_as_nothing():
    new = pd.DataFrame([{"territory_id": "T1", "period": "2027-05", "sales_p10": None, "sales_p50": 2, "sales_p90": 3}])
    found = territory_forecast(there(), openings=new).iloc[0]
    assert np.isnan(found["sales_p10"]) and found["sales_p50"] == 102
    with pytest.raises(ValueError, match="1 rows of openings have no territory_id"):
        territory_forecast(there(), openings=new.assign(territory_id=None))
    with pytest.raises(ValueError, match="each territory and period once"):
        territory_forecast(pd.concat([there(), there()]))
