import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.candidates.unit_economics.unit_inputs import ASSUMED, INPUTS, PARTS, unit_inputs

SITES = pd.DataFrame(
    {"rent_month": [18_000.0, None], "floor_area_sqm": [50.0, 60.0], "fit_out_cost": [90_000.0, None]},
    index=["S1", "S2"],
)
SALES = pd.Series({"S1": 120_000.0, "S2": 100_000.0})


def names(text):
    return set(filter(None, text.split(", ")))


def test_own_figures_come_before_stated_ones_before_the_brands_before_the_assumed():
    brand = {"franchise_fee": 45_000, "deposit": 20_000, "royalty": 0.03, "term_years": 3}
    sites = SITES.assign(transfer_fee=[30_000.0, None])
    told = {"stated": {"royalty": 0.05, "transfer_fee": 10_000}, "brand_terms": brand, "country": "CN"}
    cases = unit_inputs(sites, SALES, **told)
    assert cases["transfer_fee"].tolist() == [30_000, 10_000]
    assert (
        set(cases["royalty"]) == {0.05}
        and set(cases["franchise_fee"]) == {45_000}
        and set(cases["term_months"]) == {36}
    )
    assert cases["fit_out"].tolist() == [90_000, ASSUMED["CN", ""]["fit_out_sqm"] * 60]
    assert cases["deposit"]["S1"] == 36_000
    assumed = names(cases.loc["S1", "assumed"])
    assert not assumed & {"royalty", "transfer_fee", "franchise_fee", "fit_out", "term_months", "deposit"}
    assert {"gross_margin", "staff_month", "deposit_months", "rentable_area_sqm"} <= assumed
    assert "fit_out" in names(cases.loc["S2", "assumed"])


def test_what_matters_and_is_not_known_is_named_and_never_filled():
    cases = unit_inputs(SITES, SALES, country="CN")
    assert cases["missing"].tolist() == ["", "rent"]
    abroad = unit_inputs(SITES, SALES.drop("S1"), country="KR")
    assert {"staff_month", "equipment", "other_fixed_month", "working_capital", "sales_month"} <= names(
        abroad.loc["S1", "missing"]
    )
    assert abroad["staff_month"].isna().all() and "rent" not in names(abroad.loc["S1", "missing"])
    taken = unit_inputs(SITES, SALES, country="CN", stated={"gross_margin": None})
    assert "gross_margin" in names(taken.loc["S1", "missing"])


def test_a_property_fee_without_an_area_is_not_known():
    sites = SITES.assign(floor_area_sqm=None, property_fee_sqm_month=30.0)
    assert names(unit_inputs(sites, SALES, country="CN").loc["S1", "missing"]) == {"rentable_area_sqm"}


def test_the_category_is_known_by_its_common_names():
    margins = {
        name: unit_inputs(SITES, SALES, category=name)["gross_margin"].iloc[0]
        for name in ("", "tea", "茶饮", "奶茶", "鞋")
    }
    assert margins["tea"] == margins["茶饮"] == margins["奶茶"] != margins["鞋"] == margins[""]


def test_only_a_concession_is_assumed_to_wait_for_its_takings():
    cases = unit_inputs(SITES.assign(tenure=["lease", "concession"]), SALES, country="CN")
    assert cases["remittance_days"].tolist() == [0, ASSUMED["", ""]["remittance_days"]]
    assert ["remittance_days" in names(text) for text in cases["assumed"]] == [False, True]


def test_the_term_is_that_of_the_lease():
    sites = SITES.assign(lease_start="2027-03-01", lease_end="2032-02-29")
    cases = unit_inputs(sites, SALES, country="CN", brand_terms={"term_years": 3})
    assert cases["term_months"].tolist() == [60, 60] and cases["start_month"].tolist() == [3, 3]


@pytest.mark.parametrize("stated", [{"royalty": 3}, {"gross_margin": 62}, {"term_months": 0}, {"rent": 1}])
def test_a_slip_of_the_pen_is_refused_by_name(stated):
    with pytest.raises(ValueError, match=next(iter(stated))):
        unit_inputs(SITES, SALES, stated=stated)


def test_each_input_has_a_name_for_readers_in_both_languages():
    known = set(words.family("input.", "zh"))
    assert set(PARTS) | {"rentable_area_sqm"} <= known and set(INPUTS) - {"fit_out_sqm"} <= known


def test_the_sites_are_not_changed():
    before = SITES.copy()
    unit_inputs(SITES, SALES, country="CN")
    pd.testing.assert_frame_equal(SITES, before)
