import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from expansion_kit import geo, load_city
from expansion_kit.candidates.sales.site_sales import (
    asked_rent,
    comparable,
    doubt_text,
    learned,
    measures,
    method_text,
    outside_text,
    site_sales,
    sized,
    usable_choices,
)
from expansion_kit.market.calibration import REASONS
from expansion_kit.market.competition import trading
from expansion_kit.market.huff import expected_sales, huff_shares
from expansion_kit.market.transfer import transfer_totals
from expansion_kit.words import LANGUAGES, family

ROOT = Path(__file__).parents[3]
CRS = geo.metric_crs([120.0], [31.0])


def points(xy, ids, **columns):
    x, y = zip(*xy)
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), index=list(ids), crs=CRS)


ZONES = points([(0, 0), (3000, 0)], ["Z1", "Z2"])
DEMAND = pd.Series({"Z1": 10_000.0, "Z2": 6_000.0})


def stores(**columns):
    given = {"own": [True, False], "floor_area_sqm": [100.0, 100.0]} | columns
    return points([(500, 0), (2500, 0)], ["S1", "S2"], **given)


def grid(n=25, seed=3):
    """Zones and stores of many sizes, the demand, and the shares by alpha 0.8 and decay 1.7."""
    draw = np.random.default_rng(seed)
    zones = points(draw.uniform(0, 9_000, (n, 2)), [f"Z{i}" for i in range(n)])
    ids = [f"S{i}" for i in range(8)]
    shops = points(draw.uniform(0, 9_000, (8, 2)), ids, floor_area_sqm=draw.uniform(30, 300, 8), own=[True, False] * 4)
    demand = pd.Series(draw.uniform(1e4, 9e4, n), index=zones.index)
    return zones, shops, demand, huff_shares(zones, shops, alpha=0.8, decay=1.7)


def counted(shares):
    """Counts as the model expects them, without noise."""
    table = (shares * 1000).rename_axis("zone_id").rename_axis("store_id", axis=1)
    return table.stack().rename("count").reset_index()


def test_exponents_are_learned_from_choices_and_the_level_from_known_sales():
    """Counts without noise give the exponents back; sales at 0.6 of the model's give that level."""
    zones, shops, demand, shares = grid()
    known = (0.6 * expected_sales(shares, demand))[shops["own"]]
    model, exponents = learned(zones, shops, demand, choices=counted(shares), known_sales=known)
    assert exponents["value"].to_dict() == pytest.approx({"alpha": 0.8, "decay": 1.7}, abs=1e-6)
    assert exponents["origin"].tolist() == ["choices"] * 2 and (exponents["reason"] == "").all()
    assert model.level_["level"] == pytest.approx(0.6) and exponents["std_error"].notna().all()


def test_the_demo_city_gives_its_truth_back_within_three_standard_errors():
    city = load_city(ROOT / "data" / "demo_city")
    truth = tomllib.loads((ROOT / "data" / "demo_truth.toml").read_text("utf-8"))["huff"]
    shops = comparable(trading(city.metric("stores")))
    zones = city.metric("zones")
    choices = usable_choices(city["choices"], zones, shops)
    demand = zones["population"] * zones["spend_per_head"]
    _, exponents = learned(zones, shops, demand, choices=choices, known_sales=shops["sales_month"][shops["own"]])
    for name, row in exponents.iterrows():
        assert row["origin"] == "choices" and abs(row["value"] - truth[name]) < 3 * row["std_error"]


def test_totals_teach_where_there_are_no_choices_and_say_so_where_they_cannot():
    """What sells by its size alone knows nothing of distance; three totals know nothing at all."""
    zones, shops, demand, shares = grid()
    known = expected_sales(shares, demand)
    _, exponents = learned(zones, shops, demand, known_sales=known)
    assert exponents["value"].to_dict() == pytest.approx({"alpha": 0.8, "decay": 1.7}, abs=1e-3)
    assert exponents["origin"].tolist() == ["totals"] * 2
    model, exponents = learned(zones, shops, demand, known_sales=shops["floor_area_sqm"] * 900)
    assert exponents["value"].to_dict() == {"alpha": 1, "decay": 2} and exponents["origin"].eq("textbook").all()
    assert exponents.loc["decay", "reason"] == "without_distance" and model.level_ is not None
    _, exponents = learned(zones, shops, demand, known_sales=known.iloc[:3])
    assert exponents["reason"].tolist() == ["too_few"] * 2 and exponents["value"].tolist() == [1, 2]


def test_a_stated_exponent_wins_and_the_other_is_learned_beside_it():
    zones, shops, demand, shares = grid()
    _, exponents = learned(zones, shops, demand, choices=counted(shares), stated={"alpha": 0.8})
    assert exponents["origin"].to_dict() == {"alpha": "option", "decay": "choices"}
    assert exponents.loc["decay", "value"] == pytest.approx(1.7, abs=1e-6)
    both = {"alpha": 0.5, "decay": 1.0}
    model, exponents = learned(zones, shops, demand, choices=counted(shares), stated=both)
    assert exponents["value"].to_dict() == both and exponents["origin"].eq("option").all() and model.reports_ == []


def test_stores_alike_in_size_still_teach_the_exponent_of_distance():
    zones, shops, demand, _ = grid()
    alike = shops.assign(floor_area_sqm=80.0)
    _, exponents = learned(zones, alike, demand, choices=counted(huff_shares(zones, alike, decay=1.7)))
    assert exponents["reason"].to_dict() == {"alpha": "no_variation", "decay": ""}
    assert exponents["origin"].to_dict() == {"alpha": "textbook", "decay": "choices"}
    assert exponents.loc["decay", "value"] == pytest.approx(1.7, abs=1e-6)


def test_without_stores_or_demand_there_is_no_model_and_without_known_sales_no_money():
    site = points([(1500, 0)], ["P1"], floor_area_sqm=[100.0])
    for shops, demand in ((stores().iloc[:0], DEMAND), (stores(), DEMAND * 0), (stores(), DEMAND.iloc[:0])):
        zones = ZONES.loc[demand.index]
        model, exponents = learned(zones, shops, demand, known_sales=pd.Series({"S1": 1.0}))
        assert model is None and exponents["origin"].eq("textbook").all()
        at_sites, at_stores = site_sales(model, zones, shops, site, demand)
        assert at_sites.isna().all(axis=None) and len(at_stores) == len(shops)
    nothing_sold = pd.Series({"S1": 0.0, "S2": np.nan, "S9": 5.0})
    model, _ = learned(ZONES, stores(), DEMAND, known_sales=nothing_sold)
    at_sites, at_stores = site_sales(model, ZONES, stores(), site, DEMAND)
    assert model.level_ is None and at_sites[["sales", "net_gain"]].isna().all(axis=None)
    assert at_stores["demand_share"].sum() == pytest.approx(1) and 0 < at_sites.loc["P1", "demand_share"] < 1


def test_a_site_alone_draws_what_its_transfer_says():
    """Each site is opened alone: what the model's own transfer of that one opening says, store by store."""
    zones, shops, demand, shares = grid()
    known = (0.7 * expected_sales(shares, demand))[shops["own"]]
    model, _ = learned(zones, shops, demand, choices=counted(shares), known_sales=known)
    sites = points([(4000, 4000), (900, 7000), (5, 5)], ["P1", "P2", "P3"], floor_area_sqm=[120.0, 60.0, np.nan])
    at_sites, at_stores = site_sales(model, zones, shops, sites, demand)
    for site in ("P1", "P2"):
        totals = transfer_totals(model.transfer(zones, shops, demand, opening=sites.loc[[site]]))
        found = at_sites.loc[site]
        assert found["sales"] == pytest.approx(totals["gained"]) and found["net_gain"] == pytest.approx(
            totals["net_gain"]
        )
        assert found["transfer_loss"] == pytest.approx(totals["transfer_loss"])
        assert found["cannibalisation_rate"] == pytest.approx(totals["cannibalisation_rate"])
        assert found["demand_share"] == pytest.approx(found["sales"] / (0.7 * demand.sum()))
    assert at_sites.loc["P3"].isna().all()
    assert at_stores["sales"].sum() == pytest.approx(0.7 * demand.sum())
    assert at_stores["demand_share"].sum() == pytest.approx(1)


def test_stores_without_an_area_count_with_the_median_and_without_a_position_not_at_all():
    shops = points([(0, 0), (9, 9), (5, 5), (7, 7)], list("ABCD"), floor_area_sqm=[30.0, np.nan, 90.0, 500.0])
    shops.loc["D", "geometry"] = None
    able = comparable(shops)
    assert able["floor_area_sqm"].to_dict() == {"A": 30, "B": 90, "C": 90}  # the median of 30, 90 and 500
    assert able["area_assumed"].tolist() == [False, True, False] and "area_assumed" not in shops
    assert sized(shops).index.tolist() == ["A", "C"]
    assert comparable(shops.drop(columns="floor_area_sqm")).empty


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_origin_and_each_doubt_has_its_words(lang):
    assert set(family("huff.why_", lang)) == set(REASONS)
    zones, shops, demand, shares = grid()
    known = expected_sales(shares, demand)
    said = set()
    for given in (
        {"choices": counted(shares), "known_sales": known},
        {"known_sales": known},
        {"known_sales": known.iloc[:2]},
        {"stated": {"alpha": 0.5, "decay": 1.25}},
    ):
        model, exponents = learned(zones, shops, demand, **given)
        text, doubt = method_text(model, exponents, lang), doubt_text(exponents, lang)
        assert f"{exponents.loc['decay', 'value']:.3g}" in text and "nan" not in text
        assert bool(doubt) == (len(given.get("known_sales", known)) == 2)
        said.add(text)
    assert len(said) == 4
    assert method_text(None, exponents, lang)


def test_sites_and_stores_are_measured_in_the_same_way():
    shops = stores().assign(zone_id=["Z1", "Z2"])
    around = {
        "footfall": pd.Series({"Z1": 900.0}),
        "zone_rents": pd.Series({"Z1": 300.0, "Z2": 200.0}),
        "radius": 1_500,
    }
    site = points([(500, 0)], ["P1"], zone_id=["Z1"], rent_sqm_day=[12.0])
    found = measures(site, pd.Series({"P1": 5.0}), shops, **around)
    assert found.loc["P1", ["expected_sales", "footfall", "rivals_near"]].tolist() == [5, 900, 0]
    assert found.loc["P1", "rent_sqm_month"] == pytest.approx(365) and found.loc["P1", "rent_method"] == "asked"
    there = measures(shops, pd.Series({"S1": 1.0, "S2": 2.0}), shops, **around)
    assert there["rent_method"].tolist() == ["zone level", "zone level"]
    assert there["footfall"].isna().tolist() == [False, True]


def test_an_asked_rent_needs_an_area_only_where_it_is_a_months():
    places = pd.DataFrame({"rent_sqm_day": [2.0, np.nan, np.nan], "rent_month": [np.nan, 6_000, 6_000]})
    assert asked_rent(places, days=30).isna().tolist() == [False, True, True]
    assert asked_rent(places.assign(rentable_area_sqm=60), days=30).tolist() == [60, 100, 100]


def with_outside(outside=200.0):
    """The grid where part of the demand goes elsewhere: counted choices and sales as the model expects them."""
    zones, shops, demand, _ = grid()
    shares = huff_shares(zones, shops, alpha=0.8, decay=1.7, outside=outside)
    beside = expected_sales(shares, demand)
    return zones, shops, demand, counted(shares.drop(columns="outside")), beside


def test_an_outside_share_that_is_stated_or_learned_gives_the_true_net_gain_and_none_gives_less():
    """Demand at its true level; by hand, the net gain is what the model of the truth itself says."""
    zones, shops, demand, choices, beside = with_outside()
    known, share = beside[shops.index][shops["own"]], beside["outside"] / demand.sum()
    site = points([(4000, 4000)], ["P1"], floor_area_sqm=[120.0])
    true = huff_shares(zones, pd.concat([shops, site.assign(own=True)]), alpha=0.8, decay=1.7, outside=200.0)
    after = expected_sales(true, demand)
    gain = after["P1"] + (after - beside)[known.index].sum()
    found = {}
    for outside in (None, share, "estimate"):
        model, exponents = learned(zones, shops, demand, choices=choices, known_sales=known, outside=outside)
        found[outside] = site_sales(model, zones, shops, site, demand)[0].loc["P1", "net_gain"]
        if outside is not None:
            assert exponents.loc["outside", "value"] == pytest.approx(share, rel=1e-3)
            assert exponents["origin"]["outside"] == ("totals" if outside == "estimate" else "option")
            for lang in LANGUAGES:
                assert f"{share:.0%}" in outside_text(exponents, lang)
    assert found[share] == pytest.approx(gain, rel=1e-4) and found["estimate"] == pytest.approx(gain, rel=1e-2)
    assert found[None] < 0.95 * gain


def test_an_outside_option_that_the_data_cannot_tell_is_left_out_and_said():
    """Sales without noise of a model without outside; no sales at all; no model at all."""
    zones, shops, demand, shares = grid()
    known = expected_sales(shares, demand)[shops["own"]]
    for sold, reasons in ((known, ("without_outside", "no_variation", "runs_away")), (None, ("too_few",))):
        model, exponents = learned(zones, shops, demand, choices=counted(shares), known_sales=sold, outside="estimate")
        assert exponents.loc["outside", ["value", "origin"]].tolist() == [0, "textbook"]
        assert exponents.loc["outside", "reason"] in reasons
        assert model.parameters_["value"]["outside"] == 0
        assert "outside" in doubt_text(exponents, "en") and outside_text(exponents, "en").startswith("The model knows")
    model, exponents = learned(zones, shops.iloc[:0], demand, outside=0.3)
    assert model is None and list(exponents.index) == ["alpha", "decay"]
