from expansion_kit.schemas import TABLES, columns
from expansion_kit.schemas.columns import KINDS, choice, key, money, share
from expansion_kit.words import LANGUAGES, unit


def test_a_key_is_required_and_never_twice():
    field = key("store", "门店编号|店号")
    assert field.unique and not field.nullable and field.metadata["headers"] == ["门店编号", "店号"]


def test_money_is_never_negative_unless_it_may_be():
    assert columns("budgets")["amount"].checks and not columns("sales")["sales"].checks
    assert money("cost", "成本").metadata["unit"] == "money" and share("rate", "费率").metadata["unit"] == "share"


def test_a_choice_keeps_the_words_of_each_option():
    assert choice("x", "甲", {"street": "街铺|门面"}).metadata["options"] == {"street": ["街铺", "门面"]}


def test_each_kind_and_unit_is_known_to_readers():
    for table in TABLES:
        for column in columns(table).values():
            assert column.metadata["kind"] in KINDS
            assert all(column.metadata["unit"] == "" or unit(column.metadata["unit"], lang) for lang in LANGUAGES)
