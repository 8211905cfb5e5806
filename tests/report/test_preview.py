import numpy as np
import pandas as pd
import pytest

from expansion_kit.report.preview import preview

ZONES = pd.DataFrame(
    {
        "name": ["江北", None],
        "population": [33495578.0, np.nan],
        "area_sqkm": [0.256, 12.0],
        "share_of_stores": [0.0309, 1.0],
        "rent_sqm_month": [1234.4, 99.5],
        "own": [True, False],
    },
    index=pd.Index(["007", "1E5"], name="zone_id"),
)


def shown(table, lang="zh", **options):
    """Headers and rows as lists of texts, with the index in front."""
    flat = preview(table, lang, **options).reset_index()
    return list(flat.columns), flat.to_numpy().tolist()


def test_headers_have_words_and_units_and_cells_the_digits_of_their_kind():
    headers, rows = shown(ZONES, currency="CNY", about="zones")
    assert headers[1:4] == ["名称", "常住人口（人）", "面积（平方公里）"]
    assert headers[4:] == ["门店占比", "租金（元/㎡/月）", "本品牌"]
    assert rows[0] == ["007", "江北", "33,495,578", "0.26", "3.1%", "1,234", "是"]
    assert rows[1] == ["1E5", "—", "—", "12", "100.0%", "99.5", "否"]


def test_money_is_named_by_the_city_in_english_too():
    headers, rows = shown(ZONES, "en", currency="KRW", about="zones")
    assert headers[2:5] == ["Residents (people)", "Area (km²)", "Share of stores"]
    assert "Rent (KRW/m²/month)" in headers and rows[0][-1] == "yes"


def test_headers_that_are_words_already_stay():
    """In English a word may be the name of a column: `stores` is both."""
    table = pd.DataFrame({"stores": [1250], "opened": [3.0]}, index=pd.Index(["云汀"], name="brand"))
    assert shown(table, "en") == (["brand", "stores", "opened"], [["云汀", "1,250", "3"]])


def test_codes_stand_in_words():
    table = pd.DataFrame({"site_type": ["mall", "street"], "method": ["assumed", "measured"]})
    assert preview(table, "zh", about="sites").to_numpy().tolist() == [
        ["商场", "假设值（请核实）"],
        ["街铺", "实测或统计"],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"radius_m": 500, "name": None}, "radius_m: 500、name: —"),
        (["甲", 0.5], "甲、0.50"),
        ({"b", "a"}, "a、b"),
        ([], "—"),
        (pd.NaT, "—"),
        (pd.NA, "—"),
        ("", "—"),
        (pd.Timestamp("2027-02-14 08:00"), "2027-02-14"),
        (pd.Period("2027-02", "M"), "2027-02"),
        ("NA", "NA"),
        (-0.4, "-0.40"),
        (True, "是"),
        (np.int64(12345), "12,345"),
    ],
)
def test_any_value_becomes_a_short_text(value, text):
    assert preview(pd.DataFrame({"x": pd.Series([value], dtype=object)}), "zh").iloc[0, 0] == text


def test_a_year_has_no_separator():
    assert preview(pd.DataFrame({"year": [2027]}), "en", about="").iloc[0, 0] == "2027"


def test_more_rows_than_are_shown_end_in_dots():
    many = pd.DataFrame({"n": range(30)}, index=pd.Index(range(30), name="rank"))
    assert len(preview(many, "en")) == 21 and len(preview(many.head(20), "en")) == 20
    assert shown(many, "en", rows=2)[1] == [["0", "0"], ["1", "1"], ["…", "…"]]


def test_tables_without_rows_or_columns_and_with_two_keys_are_shown():
    assert preview(ZONES.head(0), "zh", about="zones").shape == (0, 6)
    assert preview(ZONES[[]], "zh", about="zones").shape == (2, 0)
    two = ZONES.set_index("name", append=True)[["population"]]
    assert preview(two, "zh", about="zones").index.names == ["片区编号", "名称"]


def test_two_columns_of_one_name_are_both_shown():
    twice = pd.DataFrame([[1, 2]], columns=["population", "population"])
    assert preview(twice, "en", about="zones").to_numpy().tolist() == [["1", "2"]]


def test_texts_of_the_data_are_escaped_wherever_they_stand():
    bad = "<img src=x onerror=alert(1)>"
    table = pd.DataFrame({bad: [bad]}, index=pd.Index([bad], name=bad))
    html = preview(table, "zh")._repr_html_()
    assert "<img" not in html and html.count("&lt;img") == 4


def test_the_table_itself_is_not_changed_and_the_text_is_the_same_each_time():
    before = ZONES.copy()
    assert preview(ZONES, "zh", about="zones").to_html() == preview(ZONES, "zh", about="zones").to_html()
    pd.testing.assert_frame_equal(ZONES, before)
