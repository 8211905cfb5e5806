from types import SimpleNamespace

import pytest

from expansion_kit import words
from expansion_kit.report.naming import city_line, column_name, measure_name, table_name
from expansion_kit.schemas import TABLES, columns


def chinese(text):
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_column_has_a_name_in_both_languages(table):
    for lang in words.LANGUAGES:
        named = [column_name(column, table, lang) for column in columns(table)]
        assert all(chinese(name) == (lang == "zh") for name in [table_name(table, lang), *named])
        assert not any("_" in name or "金额/" in name for name in named)


@pytest.mark.parametrize(
    ("column", "table", "zh"),
    [
        ("opened", "stores", "开业日期"),
        ("closed", "stores_before", "闭店日期"),
        ("opened", "zone_measures.csv", "新开"),
        ("geometry", "stores", "位置"),
        ("geometry", "network", "线形"),
        ("geometry", "zones", "边界"),
        ("rent_sqm_month", "zone_rents", "租金"),
        ("mood", "zones", "mood"),
    ],
)
def test_a_column_is_called_what_it_means_in_its_own_table(column, table, zh):
    assert column_name(column, table, "zh") == zh


def test_a_measure_is_called_as_a_measure_wherever_it_stands():
    assert (measure_name("zone_name", "white_space", "zh"), measure_name("zone_name", "", "en")) == ("所在片区", "Zone")
    assert measure_name("opened", "brands", "zh") == "新开"


def test_files_of_the_results_keep_their_name():
    assert "zone_measures.csv" in table_name("zone_measures.csv", "zh") and chinese(
        table_name("zone_measures.csv", "zh")
    )
    assert table_name("other.csv", "en") == "other.csv"


def test_a_city_is_told_in_one_line_in_the_readers_words():
    city = SimpleNamespace(name="{小城}", made=False, counts={"zones": 4, "stores": 17103})
    assert city_line(city, "zh") == "{小城}：片区 4 行、门店 17,103 行"
    assert city_line(city, "en") == "{小城}: zones 4, stores 17,103"
    made = SimpleNamespace(name="小城", made=True, counts={})
    assert city_line(made, "en") == "小城 (made-up data): —"
