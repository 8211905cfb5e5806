import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.leases import (
    lease_cost,
    lease_year,
    occupancy_cost_ratio,
    rent_month,
    rent_sqm_month,
    rents_at,
)

MONTHS = [300_000, 120_000, 180_000, 190_000, 210_000, 190_000, 220_000, 230_000, 200_000, 260_000, 210_000, 240_000]


def test_rent_by_day_and_area_or_as_written_or_missing():
    leases = pd.DataFrame(
        {"rent_month": [9000, None, None], "rent_sqm_day": [1, 12, 12], "rentable_area_sqm": [10, 100, None]},
        index=["a", "b", "c"],
    )
    rent = rent_month(leases)
    assert rent.name == "rent_month" and rent[["a", "b"]].tolist() == [9000, 36_500] and np.isnan(rent["c"])
    assert rent_month(leases, days=30)["b"] == 36_000


LEASES = pd.DataFrame(
    {
        "rent_mode": ["fixed", "turnover", "greater_of", "greater_of", "base_plus", None, None, "turnover", "fixed"],
        "rent_month": [20_000, None, 20_000, None, None, 8_000, 8_000, None, None],
        "base_rent_month": [None, None, None, 50_000, 10_000, None, None, None, None],
        "turnover_rate": [None, 0.2, 0.1, 0.1, 0.1, None, 0.1, 0.2, None],
        "breakpoint": [None, None, None, None, 200_000, None, None, None, None],
        "minimum_sales": [None, None, None, None, None, None, None, 400_000, None],
    },
    index=list("abcdefghi"),
)


def test_each_rent_mode_at_given_sales():
    rent = lease_cost(LEASES, 300_000)["rent"]
    assert rent[list("abcdef")].tolist() == pytest.approx([20_000, 60_000, 30_000, 50_000, 20_000, 8_000])
    assert rent["h"] == pytest.approx(80_000)  # the guaranteed sales count
    assert rent[["g", "i"]].isna().all()  # a rate without a mode; nothing known


def test_without_sales_only_a_fixed_rent_is_known():
    rent = lease_cost(LEASES, pd.Series({"b": 100_000.0}))["rent"]
    assert rent[["a", "b", "f"]].tolist() == [20_000, 20_000, 8_000]
    assert rent[list("cdeghi")].isna().all()


def test_fee_and_levy_are_added_and_what_is_not_stated_is_named():
    leases = pd.DataFrame(
        {
            "rent_month": [20_000.0, 20_000.0],
            "rentable_area_sqm": [100.0, 100.0],
            "property_fee_sqm_month": [15.0, None],
            "promotion_levy": [0.005, None],
            "tiers": ["", None],
        }
    )
    cost = lease_cost(leases, 300_000)
    assert cost["occupancy_cost"].tolist() == [23_000, 20_000]
    assert cost["left_out"].tolist() == ["", "property_fee_sqm_month, promotion_levy"]
    assert lease_cost(leases.assign(tiers="0-100:0.1"), 300_000)["rent"].isna().all()


def test_occupancy_cost_ratio_of_the_golden_case():
    """276,000 of 3,000,000 a year: rent 240,000, fee 21,000, levy 15,000."""
    leases = pd.DataFrame(
        {"rent_month": [20_000], "rentable_area_sqm": [50], "property_fee_sqm_month": [35], "promotion_levy": [0.005]}
    )
    ratio = occupancy_cost_ratio(leases, 250_000)
    assert ratio.name == "occupancy_cost_ratio" and ratio[0] == pytest.approx(0.092)
    assert occupancy_cost_ratio(leases, 0).isna().all()


def test_a_month_and_a_square_metre_name_their_conventions():
    lease = pd.DataFrame({"rent_sqm_day": [6.0], "rentable_area_sqm": [100.0], "floor_area_sqm": [60.0]})
    assert rent_sqm_month(lease)[0] == pytest.approx(182.5) and rent_sqm_month(lease, days=30)[0] == 180
    assert rent_sqm_month(lease).attrs["method"] == "rentable area; month of 365/12 days"
    gross = rent_sqm_month(lease, area="gross", efficiency=0.6, days=30)
    assert gross[0] == pytest.approx(180) and gross.name == "rent_sqm_month"
    assert gross.attrs["method"] == "gross area (usable = 0.6 x gross); month of 30 days"
    assert rent_sqm_month(lease.drop(columns="floor_area_sqm"), area="usable").isna().all()
    with pytest.raises(ValueError, match="efficiency"):
        rent_sqm_month(lease, area="gross")
    with pytest.raises(ValueError, match="'net'"):
        rent_sqm_month(lease, area="net")


def test_tiers_are_read_as_slices_or_as_a_whole_and_what_cannot_be_read_is_named():
    leases = pd.DataFrame(
        {
            "rent_mode": "turnover",
            "turnover_rate": [0.1, 0.1, None, None],
            "tiers": ["100000:0.12", "100000-0.12", "0:0.1;100000:0.12", "100000:0.12"],
        }
    )
    slices, whole = lease_cost(leases, 150_000), lease_cost(leases, 150_000, tier_rule="whole")
    assert slices["rent"][[0, 2]].tolist() == pytest.approx([16_000, 16_000]) and slices["rent"][[1, 3]].isna().all()
    assert whole["rent"][[0, 2]].tolist() == pytest.approx([18_000, 18_000])
    assert slices["left_out"].str.contains("tiers").tolist() == [False, True, False, False]
    assert "tiers read as whole" in whole.attrs["method"]


def test_a_net_lease_takes_sales_without_vat():
    """106,000 with 6 % VAT are 100,000 net: 10 % of it, and the levy too."""
    leases = pd.DataFrame(
        {
            "rent_mode": "turnover",
            "turnover_rate": 0.1,
            "promotion_levy": 0.01,
            "sales_basis": ["net", "gross", None],
        }
    )
    cost = lease_cost(leases, 106_000, vat_rate=0.06)
    assert cost["rent"].tolist() == pytest.approx([10_000, 10_600, 10_600])
    assert cost["promotion_levy"].tolist() == pytest.approx([1000, 1060, 1060])
    assert cost["left_out"].str.contains("sales_basis").tolist() == [False, False, True]
    assert "VAT of 0.06" in cost.attrs["method"]
    assert lease_cost(leases, 106_000)["rent"].tolist() == pytest.approx([10_600] * 3)
    assert occupancy_cost_ratio(leases, 106_000, vat_rate=0.06)[0] == pytest.approx(11_000 / 106_000)
    with pytest.raises(ValueError, match="vat_rate"):
        lease_cost(leases, 1, vat_rate=6)


def test_a_year_is_settled_as_the_lease_says():
    leases = pd.DataFrame(
        {
            "rent_mode": ["greater_of", "greater_of", "greater_of", "fixed"],
            "base_rent_month": 20_000.0,
            "turnover_rate": [0.1, 0.1, 0.1, None],
            "settlement": ["month", "year", None, None],
            "property_fee_sqm_month": 10.0,
            "rentable_area_sqm": 100.0,
            "promotion_levy": 0.01,
        },
        index=list("abcd"),
    )
    year = lease_year(leases, MONTHS)
    assert year["rent"].tolist() == pytest.approx([267_000, 255_000, 267_000, 240_000])
    assert year["rent_settled_month"].tolist() == pytest.approx([267_000] * 3 + [240_000])
    assert year["occupancy_cost"]["b"] == pytest.approx(255_000 + 12_000 + 25_500)
    assert year["left_out"].tolist() == ["", "", "settlement", ""]
    assert lease_year(leases, MONTHS, settlement="year")["rent"]["c"] == pytest.approx(255_000)
    each = pd.DataFrame([MONTHS, [100_000.0] * 12], index=["b", "a"])
    assert lease_year(leases, each)["rent"][["a", "b"]].tolist() == pytest.approx([240_000, 255_000])
    with pytest.raises(ValueError, match="twelve months"):
        lease_year(leases, MONTHS[:11])
    with pytest.raises(ValueError, match="'quarter'"):
        lease_year(leases, MONTHS, settlement="quarter")


def test_unknown_modes_are_refused():
    with pytest.raises(ValueError, match="'percentage'"):
        lease_cost(LEASES.assign(rent_mode="percentage"), 1)


def test_a_rent_a_day_is_a_rent_of_the_square_metre_without_any_area():
    asked = pd.DataFrame(
        {
            "rent_sqm_day": [6.0, None, 6.0],
            "rent_month": [None, 9000.0, 9000.0],
            "rentable_area_sqm": [None, 50.0, 50.0],
        }
    )
    assert rent_sqm_month(asked, days=30).tolist() == [180.0, 180.0, 180.0]
    assert rent_sqm_month(asked[["rent_sqm_day"]], days=30).tolist()[::2] == [180.0, 180.0]


def test_rents_at_several_sales_are_those_of_each_sale_by_itself():
    leases = pd.DataFrame(
        {
            "rent_mode": ["fixed", "greater_of", "turnover", None],
            "rent_month": [9000.0, None, None, None],
            "base_rent_month": [None, 20_000.0, None, None],
            "turnover_rate": [None, 0.1, 0.15, 0.1],
            "tiers": [None, "150000:0.2", "150000:0.2", None],
            "sales_basis": [None, "net", "gross", None],
        },
        index=list("abcd"),
    )
    sales = np.array([[0.0, 100_000.0, 300_000.0]] * 4)
    found = rents_at(leases, sales, vat_rate=0.06)
    for place, sold in enumerate(sales[0]):
        alone = lease_cost(leases, sold, vat_rate=0.06)["rent"].to_numpy()
        np.testing.assert_allclose(found[:, place], alone)
    assert found[0].tolist() == [9000] * 3 and np.isnan(found[3]).all()
    assert found[2].tolist() == pytest.approx([0, 15_000, 22_500 + 30_000])
