import pytest

from expansion_kit.sources.overture_kinds import _PEOPLE_GO, _STATIONS, _STORES, kind_of
from expansion_kit.words import LANGUAGES, family


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_category_of_ours_has_a_word(lang):
    assert set(_STORES) <= set(family("category.", lang))


def test_no_code_stands_for_two_kinds():
    codes = [code for kinds in (_STORES, _PEOPLE_GO, _STATIONS) for each in kinds.values() for code in each.split()]
    assert len(codes) == len(set(codes))


def test_the_particular_goes_before_the_general():
    assert kind_of("bubble_tea", ["food_and_drink", "bar", "bubble_tea"]) == ("stores", "tea")
    assert kind_of("beer_hall", ["food_and_drink", "bar", "beer_hall"]) == ("stores", "bar")
    assert kind_of("shopping_mall", ["shopping", "shopping_mall"]) == ("generators", "mall")


def test_what_sells_nothing_over_a_counter_is_no_shop():
    assert kind_of("online_shop", ["shopping", "online_shop"]) == ("", "")
    assert kind_of("", [], "") == ("", "") and kind_of("lawyer", ["services", "lawyer"]) == ("", "")
    assert kind_of("sock_store") == ("stores", "sock_store")
    assert kind_of("x", [], "clothing_store") == ("stores", "clothes")
