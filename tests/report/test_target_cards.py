import re
import shutil
import subprocess

import pandas as pd
import pytest

from expansion_kit.drawing import drawn_language
from expansion_kit.report.target_cards import target_cards
from expansion_kit.targets.breakdown.periods import breakdown

EVEN = pd.Series(1, [f"2027-{month:02}" for month in range(1, 13)])
TOLD = {"city": "哈尔滨", "currency": "CNY", "names": {"007": "$道里区 {x} <b>"}}


def made_plan():
    """The duties' example: 销售额 25万元, 费用率 8%, 铺货额 5万元 in each month."""
    keys, of = pd.Index(["007"], name="territory_id"), {"year": 2027, "month_weights": EVEN, "plan_id": "P1"}
    amounts = {"sales": 3_000_000, "expense": 240_000, "goods_on_credit": 600_000, "openings": 12}
    parts = [breakdown(pd.Series([value], keys), metric=metric, **of) for metric, value in amounts.items()]
    parts.append(breakdown(pd.Series([3_300_000], keys), tier="target", **of))
    return pd.concat(parts, ignore_index=True)


def pages_of(tmp_path, pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "cards.pdf").write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "cards.pdf", "-"], capture_output=True, check=True)
    return told.stdout.decode("utf-8").split("\f")[:-1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_tells_sales_tiers_last_year_rates_goods_and_openings(tmp_path, lang):
    if drawn_language(lang) != lang:
        pytest.skip("no font for Chinese")
    last = pd.DataFrame([("007", "sales", "2026-10", 200_000.0)], columns=["territory_id", "metric", "period", "value"])
    pages = pages_of(tmp_path, target_cards(made_plan(), lang=lang, last_year=last, made=True, **TOLD))
    assert len(pages) == 2
    page = " ".join(pages[1].split())
    zh = lang == "zh"
    assert page.count("25 万元" if zh else "CNY 250,000") == 6
    assert page.count("27.5 万元" if zh else "CNY 275,000") == 6
    assert page.count("8%") == 6 and page.count("5 万元" if zh else "CNY 50,000") >= 6
    assert page.count("+25.0%") == 1 and ("20 万元" if zh else "CNY 200,000") in page
    assert re.search("虚构" if zh else "Made-up", page) and ("计划编号 P1" if zh else "plan P1") in page
    assert ("2027年10月" if zh else "2027-10") in page and "$道里区 {x} <b> 007" in page
    assert page.count("—") - page.count("月—2") == 5  # five months of last year; what no card knows is left out
    assert ("挑战" if zh else "Challenge") not in page and ("回款率" if zh else "Collection") not in page
    year, quarter = (
        ("2027年 300 万元", "2027年第4季度 75 万元") if zh else ("2027 CNY 3,000,000", "2027-Q4 CNY 750,000")
    )
    assert year in page and quarter in page and "Q1" not in page and "第1季度" not in page


@pytest.mark.parametrize(("period", "marks"), [("2027-02", 1), ("2027-Q2", 3), ("2027", 12)])
def test_a_locked_month_or_year_says_so_on_its_cards(tmp_path, period, marks):
    keys = pd.Index(["007"], name="territory_id")
    locks = pd.DataFrame({"territory_id": ["007"], "period": [period], "value": [240 * marks]})
    plan = breakdown(pd.Series([2880], keys), year=2027, month_weights=EVEN, plan_id="P1", locks=locks)
    pages = pages_of(tmp_path, target_cards(plan, lang="en", **TOLD))
    assert " ".join(pages).count("locked") == marks


def test_the_same_plan_gives_the_same_bytes_in_any_order_and_no_date():
    plan = made_plan()
    one = target_cards(plan, lang="en", **TOLD)
    assert one == target_cards(plan.sample(frac=1, random_state=1), lang="en", **TOLD)
    assert b"CreationDate" not in one and b"Producer" not in one


def test_stores_get_cards_where_there_are_no_territories():
    annual = pd.Series([120], pd.Index(["S1"], name="store_id"))
    plan = breakdown(annual, year=2027, month_weights=EVEN, plan_id="P1")
    assert target_cards(plan, lang="en", city="x", currency="CNY").startswith(b"%PDF")
