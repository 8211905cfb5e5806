import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.huff import capture
from expansion_kit.market.transfer import sales_transfer, transfer_totals

ZONES = pd.DataFrame(index=pd.Index(["Z1", "Z2"], name="zone_id"))
STORES = pd.DataFrame({"floor_area_sqm": [1000, 500, 2000], "own": [True, False, False]}, index=["S1", "S2", "S3"])
NEW = pd.DataFrame({"floor_area_sqm": [1500]}, index=["N1"])
KM = pd.DataFrame([[1, 2, 4, 2.0], [3, 1, 2, 1.5]], index=["Z1", "Z2"], columns=["S1", "S2", "S3", "N1"])
DEMAND = pd.Series({"Z1": 10000, "Z2": 6000})


def test_opening_one_store_in_the_golden_case():
    table = sales_transfer(ZONES, STORES, DEMAND, opening=NEW, distance=KM)
    assert table["sales_before"].tolist() == pytest.approx([8600, 3700, 3700, 0])
    assert table["sales_change"].tolist() == pytest.approx([-2071.1538, -1243.2692, -1243.2692, 4557.6923], abs=1e-4)
    assert table["own"].tolist() == [True, False, False, True] and table["change"].tolist() == ["", "", "", "opened"]
    assert table.loc["S1", "impact"] == pytest.approx(0.240832, abs=1e-6) and np.isnan(table.loc["N1", "impact"])
    totals = transfer_totals(table)
    assert totals["cannibalisation_rate"] == pytest.approx(0.454430, abs=1e-6)
    assert totals["net_gain"] == pytest.approx(2486.5385, abs=1e-4)
    assert totals["rival_loss"] == pytest.approx(2 * 1243.2692, abs=1e-4)


def test_one_opening_is_what_capture_says_of_the_site():
    gains = capture(ZONES, STORES, NEW, DEMAND, distance=KM, alpha=0.7, decay=1.3, outside=400.0).loc["N1"]
    how = {"distance": KM, "alpha": 0.7, "decay": 1.3, "outside": 400.0}
    totals = transfer_totals(sales_transfer(ZONES, STORES, DEMAND, opening=NEW, **how))
    assert totals["gained"] == pytest.approx(gains["captured_sales"])
    names = ["transfer_loss", "rival_loss", "outside_loss", "net_gain", "cannibalisation_rate"]
    assert totals[names].to_dict() == pytest.approx(gains[names].to_dict())


def test_closing_the_golden_store_hands_its_sales_to_the_rivals():
    table = sales_transfer(ZONES, STORES, DEMAND, closing=["S1"], distance=KM)
    # Both rivals pull alike in both zones: half of the money each.
    assert table["sales_after"].to_dict() == pytest.approx({"S1": 0, "S2": 8000, "S3": 8000})
    assert table.loc["S1", "impact"] == pytest.approx(1) and table.loc["S1", "change"] == "closed"
    totals = transfer_totals(table)
    assert totals["given_up"] == pytest.approx(8600) and totals["net_gain"] == pytest.approx(-8600)
    assert totals["recaptured_rate"] == pytest.approx(0) and np.isnan(totals["cannibalisation_rate"])


def test_moving_a_store_is_closing_and_opening_in_one_set():
    moved = NEW.assign(floor_area_sqm=1000)
    km = KM.assign(N1=KM["S1"])
    table = sales_transfer(ZONES, STORES, DEMAND, opening=moved, closing=["S1"], distance=km)
    assert table.loc["N1", "sales_after"] == pytest.approx(8600)
    assert table.loc[["S2", "S3"], "sales_change"].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert transfer_totals(table)["net_gain"] == pytest.approx(0, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(2, 6), st.sampled_from([0.0, 300.0]), st.sampled_from([0.0, -0.4]))
def test_totals_are_conserved_whatever_the_set_of_changes(data, n, outside, competition):
    draw = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    ids = [f"S{j}" for j in range(n)]
    stores = pd.DataFrame({"floor_area_sqm": draw.uniform(50, 500, n), "own": draw.random(n) < 0.5}, index=ids)
    new = pd.DataFrame({"floor_area_sqm": [120.0, 300.0], "own": [True, False]}, index=["N1", "N2"])
    every = [*ids, *new.index]
    km = pd.DataFrame(draw.uniform(0.2, 9, (4, n + 2)), index=list("abcd"), columns=every)
    between = pd.DataFrame(draw.uniform(0.2, 9, (n + 2, n + 2)), index=every, columns=every)
    zones, demand = pd.DataFrame(index=km.index), pd.Series(draw.uniform(0, 1e5, 4), index=km.index)
    closed = data.draw(st.lists(st.sampled_from(ids[:-1]), unique=True, max_size=n - 1))
    resized = pd.Series({ids[-1]: data.draw(st.floats(10, 2000))})
    table = sales_transfer(
        zones,
        stores,
        demand,
        opening=new,
        closing=closed,
        resizing=resized,
        distance=km,
        between=between,
        outside=outside,
        competition=competition,
    )
    assert table["sales_before"].sum() == pytest.approx(demand.sum())
    assert table["sales_after"].sum() == pytest.approx(demand.sum())
    assert (table.loc[closed, "sales_after"] == 0).all() and ("outside" in table.index) == (outside > 0)
    totals = transfer_totals(table)
    assert totals["net_gain"] == pytest.approx(totals["rival_loss"] + totals["outside_loss"], abs=1e-6)
    if competition == 0 and not closed and resized.iloc[0] >= stores.loc[ids[-1], "floor_area_sqm"]:
        assert (table.loc[ids[:-1], "sales_change"] <= 1e-9).all()  # nobody gains where others only grow


def test_a_set_that_cannot_be_is_refused():
    def change(stores=STORES, **how):
        return sales_transfer(ZONES, stores, DEMAND, distance=KM, **how)

    with pytest.raises(ValueError, match="closing names 1 stores that are not there, first 'S9'"):
        change(closing=["S9"])
    with pytest.raises(ValueError, match="resizing names"):
        change(resizing=pd.Series({"S9": 10}))
    with pytest.raises(ValueError, match="both close and be resized"):
        change(closing=["S1"], resizing=pd.Series({"S1": 10}))
    with pytest.raises(ValueError, match="there already: 'S1'"):
        change(opening=NEW.rename(index={"N1": "S1"}))
    with pytest.raises(ValueError, match="whether it is own"):
        change(stores=STORES.assign(own=[True, None, False]))
    with pytest.raises(ValueError, match="floor_area_sqm must be above 0.* 'S1'"):
        change(resizing=pd.Series({"S1": 0}))
