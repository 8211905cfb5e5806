import io

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from openpyxl.utils import get_column_letter

from expansion_kit import files, words
from expansion_kit.report.city_analysis import ITEMS, SHEETS, city_analysis, worded
from expansion_kit.schemas import TABLES, columns

HOSTILE = ['=HYPERLINK("x")', "{{7*7}}", "<img src=x>", "a\x00b", "@SUM(1)"]
ABOUT = {"city": "小城", "lang": "zh", "currency": "CNY"}


def figures(*rows):
    told = [{"source": "统计局", "as_of": "2026", "method": "measured"} | row for row in rows]
    return pd.DataFrame(told or None, columns=["group", "item", "value", "unit", "note", "source", "as_of", "method"])


def row(group="people", item="population", value=12_345_678, **rest):
    return {"group": group, "item": item, "value": value} | rest


def tables():
    square = gpd.GeoDataFrame(
        {"name": ["东门", "西门"], "population": [1000.0, np.nan], "tier": ["primary", "fringe"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        index=pd.Index(["Z1", "Z2"], name="zone_id"),
    )
    brands = pd.DataFrame(
        {"own": [True, False], "royalty": [0.03, 0.05], "royalty_minus_own": [0.0, 0.02], "method": "measured 3"},
        index=pd.Index(["独茶", "independent"], name="brand"),
    )
    origin = {"source": "登记", "as_of": "2026", "method": "assumed"}
    sources = pd.DataFrame([{"table": "zones", "column": c} | origin for c in ("population", "income")])
    return {"sources": sources, "terms": brands, "zones": square, "missing": {"人流": "没有传感器"}}


def written(sheets, tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", sheets)
    return openpyxl.load_workbook(tmp_path / "a.xlsx")


def rows_of(sheet):
    """The table of a sheet: a dict a row, by the headers."""
    lines = list(sheet.iter_rows())
    header = next(n for n, line in enumerate(lines) if line[0].font.color and line[0].font.color.rgb == "00FFFFFF")
    names = [cell.value for cell in lines[header]]
    return [dict(zip(names, line)) for line in lines[header + 1 :]]


def test_the_form_asks_every_item_and_marks_what_is_not_known(tmp_path):
    book = written(city_analysis(figures(row()), **ABOUT), tmp_path)
    rows = rows_of(book["城市分析表"])
    assert len(rows) == sum(map(len, ITEMS.values()))
    known, unknown = rows[0], rows[1]
    assert (known["项目"].value, known["数值"].value, known["单位"].value) == ("常住人口", 12_345_678, "人")
    assert known["数值"].number_format == "#,##0" and known["方法"].value == "实测或统计"
    assert known["数值"].fill.fill_type is None
    assert unknown["数值"].value is None and unknown["方法"].value == "待调查"
    assert unknown["数值"].fill.start_color.rgb == "00FFF2CC"
    assert {cells["类别"].value for cells in rows} == set(words.family("analysis.group_", "zh").values())


def test_further_items_stand_in_their_group_and_a_known_item_may_come_twice():
    told = figures(
        row("rents", "夜市摊位费", 80.0, unit="元/天"),
        row(value=1),
        row(value=2, note="上年"),
        row("rents", "escalation", 0.05),
    )
    form = city_analysis(told, **ABOUT)["城市分析表"]
    table = form["table"]
    assert table.loc[table["项目"] == "常住人口", "数值"].to_list() == [1, 2]
    extra = table.index[table["项目"] == "夜市摊位费"][0]
    assert table.loc[extra, "类别"] == "租金与扣点" and table.loc[extra + 1, "类别"] == "竞品"
    assert table.loc[extra, "单位"] == "元/天"
    yearly = table.index[table["项目"] == "租金年递增"][0]
    assert table.loc[yearly, "数值"] == 0.05 and form["formats"]["数值"][yearly] == "0.0%"


def test_values_stay_numbers_and_headers_carry_the_unit(tmp_path):
    book = written(city_analysis(figures(), **ABOUT, tables=tables()), tmp_path)
    first, second = rows_of(book["片区"])
    assert list(first) == ["片区编号", "名称", "常住人口（人）", "商圈层级"]
    assert first["常住人口（人）"].value == 1000 and first["常住人口（人）"].data_type == "n"
    assert second["常住人口（人）"].value is None and second["商圈层级"].value == "边缘商圈"
    own, other = rows_of(book["招商政策对比"])
    assert list(own) == ["品牌", "本品牌", "管理费率（%）", "管理费率与本品牌差额（%）", "方法"]
    assert own["管理费率（%）"].value == 0.03 and own["管理费率（%）"].number_format == "0.0%"
    assert (other["品牌"].value, own["本品牌"].value, own["方法"].value) == ("独立店（非连锁）", "是", "实测或统计 3")


def test_sheets_come_in_their_order_and_only_where_there_is_something():
    sheets = city_analysis(figures(), **ABOUT, tables=tables() | {"rents": pd.DataFrame(), "brands": None})
    assert list(sheets) == ["城市分析表", "片区", "招商政策对比", "缺少的数据", "数据来源"]
    sources = sheets["数据来源"]["table"]
    assert sources.to_dict("records") == [
        {
            "数据表": "片区",
            "字段": "常住人口、人均收入",
            "来源": "登记",
            "数据时间": "2026",
            "方法": "假设值（请核实）",
        }
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_column_of_the_data_dictionary_has_a_header_in_the_readers_language(lang):
    for table in ("zones", "brands", "zone_rents", "stores"):
        names = [name for name in columns(table) if name != "geometry"]
        sheets = city_analysis(
            figures(),
            city="x",
            lang=lang,
            currency="KRW",
            tables={"zones": pd.DataFrame([[1.0] * len(names)], columns=names)},
        )
        headers = list(sheets[words.say("analysis.sheet_zones", lang)]["table"])
        assert len(set(headers)) == len(names)
        chinese = [any("\u4e00" <= sign <= "\u9fff" for sign in header) for header in headers]
        assert all(chinese) if lang == "zh" else not any(chinese)
        assert not any("(money" in header or "_" in header or "金额" in header for header in headers)


def test_what_market_measures_is_named_in_both_languages():
    for lang in words.LANGUAGES:
        named = words.family("measure.", lang)
        unnamed = [
            item
            for items in ITEMS.values()
            for item in items
            if item not in named and not any(item in columns(table) for table in TABLES)
        ]
        assert not unnamed


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_from_data_stay_texts(text, tmp_path):
    told = figures(row("terms", text, text, unit=text, note=text))
    sheets = city_analysis(
        told.assign(source=text, method=text),
        city=text,
        lang="en",
        currency="CNY",
        as_of=text,
        tables={"zones": pd.DataFrame({text: [text]}), "missing": {text: text}},
    )
    book = written(sheets, tmp_path)
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    clean = files.harmless(text.replace("\x00", ""))
    assert sum(str(cell.value) == clean for cell in cells) >= 8


def test_a_made_city_says_so_on_every_sheet(tmp_path):
    for made in (True, False):
        book = written(city_analysis(figures(), **ABOUT, made=made, tables=tables()), tmp_path)
        marked = ["虚构" in str(sheet["A2"].value) for sheet in book]
        assert marked == [made] * len(book.sheetnames)


def test_sheets_are_ready_for_paper(tmp_path):
    book = written(city_analysis(figures(row()), **ABOUT, tables=tables()), tmp_path)
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        assert f"A1:{get_column_letter(sheet.max_column)}1" in {str(r) for r in sheet.merged_cells.ranges}
        assert sheet.print_title_rows and sheet.freeze_panes == f"A{int(sheet.print_title_rows.split('$')[-1]) + 1}"


def test_how_a_figure_came_about_is_chosen_from_a_list(tmp_path):
    book = written(city_analysis(figures(), **ABOUT), tmp_path)
    (offer,) = book["城市分析表"].data_validations.dataValidation
    assert offer.formula1 == '"实测或统计,模型估算,假设值（请核实）,待调查"'
    assert str(offer.sqref) == "H5:H5000" and book["城市分析表"]["H4"].value == "方法"


def test_a_long_text_stands_in_a_row_that_is_high_enough(tmp_path):
    told = figures(row(note="短"), row(item="households", note="两万户以上集中在江北新区与大学城一带" * 4))
    sheet = written(city_analysis(told, **ABOUT), tmp_path)["城市分析表"]
    assert sheet.row_dimensions[6].height >= 3 * sheet.row_dimensions[5].height > 0
    assert sheet["E6"].alignment.wrap_text


def test_the_input_is_left_alone_and_gives_the_same_bytes_again(tmp_path):
    told, given = figures(row()), tables()
    before = told.copy()
    first = files.write_xlsx(tmp_path / "a.xlsx", city_analysis(told, **ABOUT, tables=given))
    assert first == files.write_xlsx(tmp_path / "b.xlsx", city_analysis(told, **ABOUT, tables=given))
    pd.testing.assert_frame_equal(told, before)
    assert list(given["zones"]) == list(tables()["zones"])


def test_all_wrong_names_are_told_at_once():
    wrong = pd.DataFrame([{"group": "people?", "item": "x", "colour": 1}])
    with pytest.raises(ValueError) as told:
        city_analysis(wrong, **ABOUT, tables={"zone": None})
    assert all(part in str(told.value) for part in ("'value'", "'colour'", "'people?'", "sheet 'zone'"))
    assert all(name in str(told.value) for name in SHEETS)


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="'fr'"):
        city_analysis(figures(), city="x", lang="fr", currency="CNY")


def test_the_workbook_opens_as_a_table(tmp_path):
    files.write_xlsx(tmp_path / "a.xlsx", city_analysis(figures(row()), **ABOUT, as_of="2026"))
    table = pd.read_excel(io.BytesIO((tmp_path / "a.xlsx").read_bytes()), header=3)
    assert list(table)[:4] == ["类别", "项目", "数值", "单位"] and table["数值"].iloc[0] == 12_345_678


def test_a_method_that_nobody_stated_is_said_in_the_readers_language():
    assert worded("measured 2, not stated 3", "method", "brands", "zh") == "实测或统计 2, 未注明方法 3"
    assert worded("not stated 3", "method", "brands", "en") == "Method not stated 3"
