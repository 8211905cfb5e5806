import pandas as pd
import pytest

from expansion_kit.sources import korean_chains as chains


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("스타벅스", "스타벅스"),
        ("스타벅스 커피 여의도IFC1F", "스타벅스"),
        ("ＳＴＡＲＢＵＣＫＳ", "스타벅스"),
        ("EDIYA COFFEE", "이디야커피"),
        ("메가엠지씨커피 홍대L7점", "메가커피"),
        ("메가MGC커피", "메가커피"),
        ("메가박스", "independent"),
        ("메가바이트", "independent"),
        ("커피빈코리아 강남점", "커피빈"),
        ("커피빈치", "independent"),
        ("달콤", "달콤커피"),
        ("달콤한나의도시", "independent"),
        ("빌리엔젤", "independent"),
        ("카페", "independent"),
        ("", "independent"),
    ],
)
def test_a_shop_belongs_to_the_chain_its_name_begins_with(name, brand):
    assert chains.brand(pd.Series([name], index=["x"])).to_dict() == {"x": brand}


def test_each_chain_recognises_its_own_name_and_no_alias_means_two_chains():
    names = pd.Series(list(chains.BRANDS))
    assert chains.brand(names).to_list() == names.to_list()
    aliases = [a.rstrip("=") for several in chains.BRANDS.values() for a in several]
    assert len(aliases) == len(set(aliases))
    for brand, several in chains.BRANDS.items():
        assert set(chains.brand(pd.Series([a.rstrip("=") for a in several]))) == {brand}


def test_a_chain_named_after_its_operator_is_noticed_but_not_guessed():
    names = pd.Series(["롯데리아 엔제리너스 커피", "죠셉의커피나무"])
    assert chains.mentions_chain(names).all()
    assert (chains.brand(names) == chains.INDEPENDENT).all()
