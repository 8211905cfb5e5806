import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from expansion_kit.drawing import drawn_language
from expansion_kit.maps import placements
from expansion_kit.report.site_cards import site_cards

TOLD = {"city": "澜江市", "currency": "CNY"}
CARDS = pd.DataFrame(
    {
        "name": ["$道里 {x} <b> 候选铺", None],
        "lon": [118.44, np.nan],
        "lat": [30.93, np.nan],
        "rank": [1, np.nan],
        "score": [71.25, np.nan],
        "sales_p10": [1e5, np.nan],
        "sales_p50": [120_000, np.nan],
        "sales_p90": [1.5e5, np.nan],
        "breakeven_sales": [100_000, np.nan],
        "breakeven_kind": ["one", "unknown"],
        "npv": [123_000, np.nan],
        "irr": [0.22, np.nan],
        "irr_kind": ["one", "unknown"],
        "payback_months": [20.66, np.nan],
        "assumed": ["gross_margin", ""],
        "gross_margin": [0.6, np.nan],
        "missing": ["", "rent, fit_out"],
        "rent_sqm_day": [3.96, np.nan],
        "net_gain": [80_000, np.nan],
    },
    index=pd.Index(["007", "P2"], name="site_id"),
)
LINES = ["sales", "goods", "royalty", "advertising_levy", "variable_costs", "staff", "other_fixed"]
LINES += ["rent", "property_fee", "promotion_levy", "operating_profit", "write_off"]
ACCOUNTS = pd.DataFrame(12_000.0, index=["007"], columns=LINES).assign(months=12)
CASH = pd.DataFrame({"cumulative": [-9e4, -4e4, 3e4]}, pd.MultiIndex.from_product([["007"], range(3)]))
LOSSES = pd.DataFrame(
    {
        "site_id": "007",
        "store_id": ["S1", "S2"],
        "store": ["一店", "二店"],
        "loss": [9000.0, 2000.0],
        "share": [0.08, 0.02],
    }
)
STORES = pd.DataFrame({"brand": "茶", "lon": [118.441], "lat": [30.931]}, index=["S1"])


def pages_of(tmp_path, pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "cards.pdf").write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "cards.pdf", "-"], capture_output=True, check=True)
    return [" ".join(page.split()) for page in told.stdout.decode("utf-8").split("\f")[:-1]]


def whole(lang):
    tables = {"accounts": ACCOUNTS, "cash": CASH, "losses": LOSSES}
    return site_cards(
        CARDS, lang=lang, placements=placements(STORES, own_brand="茶", lang=lang), made=True, **tables, **TOLD
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_a_site_tells_what_is_known_and_what_is_not(tmp_path, lang):
    if drawn_language(lang) != lang:
        pytest.skip("no font for Chinese")
    zh = lang == "zh"
    one, two = pages_of(tmp_path, whole(lang))
    assert "$道里 {x} <b> 候选铺" in one and "007" in one
    assert ("内部资料 请勿外传" if zh else "Internal, not to be passed on") in one
    assert ("虚构数据" if zh else "Made-up data") in two
    assert ("12.3" if zh else "123,000") in one and "22%" in one and "20.7" in one
    assert ("毛利率 60%" if zh else "gross margin 60%") in one and "3.96" in one
    assert "一店" in one and ("1.1 万元" if zh else "11,000") in one  # the sum of both losses
    assert ("高出 20%" if zh else "20% above") in one
    assert ("测算缺少：租金、装修费" if zh else "for the economics: rent, fit-out") in two
    assert ("没有坐标" if zh else "no coordinates") in two and (
        "分流影响未知" if zh else "Not known what it takes"
    ) in two
    assert "nan" not in (one + two).lower().replace("nanj", "") and two.count("—") > 15


def test_the_same_cards_give_the_same_bytes_whatever_the_order_of_the_other_tables():
    one = whole("en")
    turned = site_cards(
        CARDS,
        lang="en",
        placements=placements(STORES, own_brand="茶", lang="en"),
        made=True,
        accounts=ACCOUNTS,
        cash=CASH,
        losses=LOSSES[::-1],
        **TOLD,
    )
    assert one == turned and b"CreationDate" not in one and b"Producer" not in one


def test_a_table_with_nothing_but_ids_gives_pages_of_dashes(tmp_path):
    page = pages_of(tmp_path, site_cards(pd.DataFrame(index=["S1"]), lang="en", **TOLD))[0]
    assert "S1" in page and "Nothing" not in page and "What it would sell is not known" in page


def test_a_site_that_takes_nothing_says_so_and_no_site_is_refused(tmp_path):
    nothing = pd.DataFrame({"site_id": ["007"], "store_id": [None], "store": [None], "loss": [0.0], "share": [0.0]})
    page = pages_of(tmp_path, site_cards(CARDS.head(1), lang="en", losses=nothing, **TOLD))[0]
    assert "No own store would lose sales to it" in page
    with pytest.raises(ValueError, match="at least one site"):
        site_cards(CARDS.head(0), lang="en", **TOLD)
