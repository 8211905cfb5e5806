import io

import openpyxl
import pandas as pd
import pytest

from expansion_kit import files
from expansion_kit.report.city_analysis import city_analysis
from expansion_kit.report.city_comparison import COLOURS, FIGURES, city_comparison, city_figures
from expansion_kit.results import read_results

TOLD = {
    "people": {"population": (50_000, "measured"), "income": (4_000, "estimated")},
    "rivals": {"own_stores": (10, "measured"), "other_stores": (15, "measured"), "stores_per_10000": (5.0, "measured")},
    "potential": {"potential_month": (2_000_000, "assumed"), "supply_month": (1_500_000, "measured")},
    "rents": {"rent_median": (120.5, "estimated")},
}
SCORES = {
    "site_id": ["S1", "S2"],
    "name": ["East", "West"],
    "rank": [2, 1],
    "score": [60.5, 71.25],
    "p_top1": [0.2, 0.8],
    "sales_p50": [80_000, 90_000],
    "occupancy_cost_ratio": [0.11, None],
}
MONTHS = ["2026-12", *(f"2027-{month:02}" for month in range(1, 13))]
FORECAST = {"level": "network", "period": MONTHS, "sales_p50": 100.5, "backtest_wape": 0.08}
TARGETS = [
    {"level": "network", "metric": "sales", "tier": "base", "tier_name": "Target", "period_type": "year"},
    {"level": "network", "metric": "sales", "tier": "target", "tier_name": "Stretch", "period_type": "year"},
    {"level": "territory", "metric": "sales", "tier": "base", "tier_name": "Target", "period_type": "year"},
]


def written(folder, lang="en", told=TOLD, tables=None):
    """The results of a run of a city, written as notebooks write them, and read back."""
    figures = [
        {"group": group, "item": item, "value": value, "method": method, "source": "register", "as_of": "2026-10-31"}
        for group, items in told.items()
        for item, (value, method) in items.items()
    ]
    digests = {
        "city_analysis.xlsx": files.write_xlsx(
            folder / "city_analysis.xlsx",
            city_analysis(pd.DataFrame(figures), city="Harbin", lang=lang, currency="CNY"),
        )
    }
    for name, table in (tables or {}).items():
        digests[name] = files.write_csv(folder / name, pd.DataFrame(table), index=False)
    origins = [("site_scores.csv", "*", "model", "estimated"), ("forecast.csv", "sales_p50", "model", "estimated")]
    origins += [("targets.csv", "value", "plan", "assumed"), ("prospects", "stage", "CRM", "measured")]
    rows = [dict(zip(("table", "column", "source", "method"), row), as_of="2026-10-31") for row in origins]
    files.write_csv(folder / "provenance.csv", pd.DataFrame(rows), index=False)
    entries = {name: {"notebook": 1, "sha256": digest} for name, digest in digests.items()}
    books = {"1": {"parameters": {"lang": lang}}}
    files.write_json(folder / "run.json", {"city": "H", "files": entries, "left_out": {}, "notebooks": books})
    return read_results(folder)


@pytest.fixture
def whole(tmp_path):
    targets = [row | {"period": "2027", "value": 1000 * at} for at, row in enumerate(TARGETS, 1)]
    tables = {"site_scores.csv": SCORES, "forecast.csv": FORECAST, "targets.csv": targets}
    return written(tmp_path, tables=tables | {"prospect_scores.csv": {"prospect_id": ["C1", "C2", "C3"]}})


def city(name="Harbin", figures=None, currency="CNY", **more):
    return {
        "name": name,
        "currency": currency,
        "made": False,
        "state": "done",
        "figures": figures,
        "remarks": [],
    } | more


def book_of(sheets, folder):
    files.write_xlsx(folder / "comparison.xlsx", sheets)
    return openpyxl.load_workbook(io.BytesIO((folder / "comparison.xlsx").read_bytes()))


def cells(sheet, heading):
    """The cells of the first city by header, and the row they stand in."""
    head = next(row for row in sheet.iter_rows() if row[0].value == heading)
    row = head[0].row + 1
    return {cell.value: sheet.cell(row, cell.column) for cell in head}


def test_figures_are_those_of_the_results_with_their_unit_and_method(whole):
    told = city_figures(whole, lang="en")
    assert list(told.index) == list(FIGURES)
    for items in TOLD.values():
        for item, (value, method) in items.items():
            assert told.loc[item, ["value", "method", "source"]].to_list() == [value, method, "register"], item
    assert told.loc["potential_month", "unit"] == "money/month"
    best = ["best_site", "best_score", "best_p_top1", "best_sales"]
    assert told.loc[best, "value"].to_list() == ["West", 71.25, 0.8, 90_000]
    assert set(told.loc[best, "method"]) == {"estimated"}
    assert told.loc["prospects", ["value", "method"]].to_list() == [3, "measured"]
    assert told.loc["forecast_year", "value"] == 12 * 100.5 and "2027" in told.loc["forecast_year", "note"]
    assert "8.0%" in told.loc["forecast_year", "note"]
    assert told.loc["target_year", ["value", "method"]].to_list() == [1000, "assumed"]


def test_figures_per_person_are_quotients_of_the_two_and_as_sure_as_the_less_sure(whole):
    told = city_figures(whole, lang="en")
    by_hand = {
        "potential_per_person": (40.0, "assumed"),  # 2,000,000 / 50,000
        "supply_share": (0.75, "assumed"),
        "own_stores_per_10000": (2.0, "measured"),
        "prospects_per_100000": (6.0, "measured"),
        "target_per_person": (0.02, "assumed"),
    }
    for figure, (value, method) in by_hand.items():
        assert told.loc[figure, "value"] == pytest.approx(value), figure
        assert told.loc[figure, "method"] == method, figure


def test_what_the_results_do_not_tell_is_not_known_and_nothing_is_made_of_it(tmp_path, whole):
    assert pd.isna(city_figures(whole, lang="en").loc["best_ocr", "value"])  # the best site lacks it, the other has it
    told = city_figures(written(tmp_path, told={"people": {"income": (4_000, "measured")}}), lang="zh")
    assert told["value"].notna().sum() == 1
    assert city_figures({"run.json": {}, "changed": []}, lang="zh")["value"].isna().all()


def test_a_year_that_is_not_forecast_whole_is_no_year(tmp_path):
    short = FORECAST | {"period": MONTHS[:-1]}
    told = city_figures(written(tmp_path, tables={"forecast.csv": short}), lang="en")
    assert pd.isna(told.loc["forecast_year", "value"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_language_of_the_run_and_that_of_the_comparison_need_not_be_one(tmp_path, lang):
    told = city_figures(written(tmp_path, lang=lang), lang="zh" if lang == "en" else "en")
    assert told.loc["potential_month", ["value", "method"]].to_list() == [2_000_000, "assumed"]


def test_one_row_a_city_with_the_method_as_colour_mark_and_column(whole, tmp_path):
    told = city_figures(whole, lang="zh")
    sheets = city_comparison([city("哈尔滨", told), city("坏城", state="失败：没有表")], lang="zh")
    book = book_of(sheets, tmp_path)
    assert book.sheetnames == ["城市对比", "指标明细", "说明"]
    row = cells(book["城市对比"], "城市")
    people, potential = row["常住人口（人）"], row["市场潜力（元/月）"]
    assert people.value == 50_000 and people.fill.start_color.rgb.endswith(COLOURS["measured"])
    assert potential.value == 2_000_000 and potential.fill.start_color.rgb.endswith(COLOURS["assumed"])
    assert potential.number_format == '#,##0" 设"' and people.number_format == "#,##0"
    assert "实测 8" in row["数据方法"].value and "假设" in row["数据方法"].value
    assert row["户数（户）"].value == "—"
    last = book["城市对比"].max_row
    assert [cell.value for cell in book["城市对比"][last]][:4] == ["坏城", "失败：没有表", "元（CNY）", "—"]
    assert all(cell.value == "—" for cell in book["城市对比"][last][4:-1])
    detail = pd.DataFrame(sheets["指标明细"]["table"]).set_index("指标")
    assert len(detail) == len(FIGURES)  # the city that failed has none
    assert detail.loc["市场潜力", ["数值", "单位", "方法"]].to_list() == [2_000_000, "元/月", "假设"]
    assert detail.loc["户数", ["数值", "方法"]].to_list() == ["—", "未知"]


def test_currencies_are_never_mixed_silently(whole, tmp_path):
    told = city_figures(whole, lang="en")
    three = [city("Harbin", told), city("Seoul", told, "KRW"), city("Nowhere", told, "")]
    sheet = book_of(city_comparison(three, lang="en"), tmp_path)["City comparison"]
    assert any("Nothing is converted" in str(row[0].value) for row in sheet.iter_rows(max_row=5))
    row = cells(sheet, "City")
    potential, people = row["Market potential (money/month)"], row["Residents (people)"]
    assert potential.number_format == '#,##0" CNY assumed"' and people.number_format == "#,##0"
    below = [sheet.cell(potential.row + step, potential.column) for step in (1, 2)]
    assert [cell.number_format for cell in below] == ['#,##0" KRW assumed"', '#,##0" assumed"']
    assert [sheet.cell(potential.row + step, row["Currency"].column).value for step in range(3)] == ["CNY", "KRW", "—"]
    alone = book_of(city_comparison(three[:1], lang="en"), tmp_path)["City comparison"]
    assert cells(alone, "City")["Market potential (CNY/month)"].value == 2_000_000


def test_a_city_without_results_does_not_change_the_currency_of_the_others(whole):
    told = city_figures(whole, lang="en")
    sheets = city_comparison([city("Harbin", told), city("Seoul", None, "KRW")], lang="en")
    assert "Market potential (CNY/month)" in sheets["City comparison"]["table"]


def test_made_up_data_and_remarks_are_told_by_city(whole):
    told = city_figures(whole, lang="en")
    given = [city("A", told, made=True, remarks=["changed by hand"]), city("B", told)]
    table = city_comparison(given, lang="en")["City comparison"]["table"]
    assert table["Remarks"].to_list() == ["Made-up demo data\nchanged by hand", None]


def test_a_text_that_a_spreadsheet_would_run_stays_text(whole, tmp_path):
    told = city_figures(whole, lang="en")
    sheet = book_of(city_comparison([city("=1+1", told)], lang="en"), tmp_path)["City comparison"]
    assert cells(sheet, "City")["City"].data_type == "s" and cells(sheet, "City")["City"].quotePrefix


def test_two_cities_of_one_name_are_refused(whole):
    with pytest.raises(ValueError, match="name of its own"):
        city_comparison([city("A"), city("A")], lang="en")
