"""
Korean coffee and dessert chains: which chain a shop's name means.

One chain stands in a register under a hundred spellings, with and without its branch; and other shops begin with the
same letters (`메가` begins a coffee chain's name and a cinema's). The table was read against all 17,103 cafes of Seoul.
"""

import re

import pandas as pd

from ..brands import normalise_brand

# Brand: how its shops' names begin. An alias that ends with "=" must be the whole name: longer names that begin so are
# other shops.
BRANDS = {
    "스타벅스": ["스타벅스", "starbucks"],
    "이디야커피": ["이디야", "이디아커피", "ediya"],
    "투썸플레이스": ["투썸플레이", "투썸커피", "twosome"],
    "메가커피": ["메가커피", "메가엠지", "메가mgc", "메가지엠씨", "메가씨커피", "megacoffee", "megamgc"],
    "컴포즈커피": ["컴포즈", "compose"],
    "빽다방": ["빽다방"],
    "커피빈": ["커피빈"],
    "공차": ["공차"],
    "커피베이": ["커피베이"],
    "할리스": ["할리스", "hollys"],
    "커피에반하다": ["커피에반하다"],
    "더벤티": ["더벤티"],
    "탐앤탐스": ["탐앤탐", "tomntoms"],
    "엔제리너스": ["엔제리너스", "엔젤리너스", "angelinus"],
    "파스쿠찌": ["파스쿠찌", "pascucci"],
    "매머드커피": ["매머드커피", "매머드익스프레"],
    "요거프레소": ["요거프레소"],
    "카페베네": ["카페베네", "caffebene"],
    "만랩커피": ["만랩커피"],
    "토프레소": ["토프레소"],
    "감성커피": ["감성커피"],
    "폴바셋": ["폴바셋", "paulbassett"],
    "셀렉토커피": ["셀렉토"],
    "커피나무": ["커피나무"],
    "달콤커피": ["달콤커피", "달콤=", "dalkomm"],
    "쥬씨": ["쥬씨"],
    "더리터": ["더리터"],
    "커피스미스": ["커피스미스"],
    "드롭탑": ["드롭탑", "카페드롭탑"],
    "설빙": ["설빙"],
    "블루보틀": ["블루보틀", "bluebottle"],
}
OTHER_SHOPS = ("커피빈치=", "설빙차이나=")  # begin like a chain and are none of its shops
INDEPENDENT = "independent"


def brand(names):
    """
    The chain of each shop, by how its name begins; `independent` for shops of none.

    Parameters
    ----------
    names : Series of str

    Returns
    -------
    Series of str
        `brand`, on the index of `names`.

    Examples
    --------
    >>> brand(pd.Series(["스타벅스커피 가산점", "메가박스", "MEGA COFFEE", "달콤", "달콤한카페"])).to_list()
    ['스타벅스', 'independent', '메가커피', '달콤커피', 'independent']
    """
    forms = {alias + ("=" if whole else "*"): chain for chain, alias, whole in _aliases().itertuples(index=False)}
    found = normalise_brand(names, forms | dict.fromkeys(OTHER_SHOPS, INDEPENDENT))
    return found["brand"].fillna(INDEPENDENT).rename("brand")


def mentions_chain(names):
    """
    Whether a chain's name (three letters or more) stands anywhere in a shop's name.

    Parameters
    ----------
    names : Series of str

    Returns
    -------
    Series of bool
        `mentions_chain`, on the index of `names`.

    Examples
    --------
    >>> mentions_chain(pd.Series(["명지대 빽다방", "우성커피숍"])).to_list()
    [True, False]
    """
    table = _aliases()
    long = table.loc[~table["whole"] & (table["alias"].str.len() >= 3), "alias"]
    return _key(names).str.contains("|".join(map(re.escape, long))).rename("mentions_chain")


def brands(stores):
    """
    The chains that the stores belong to.

    Parameters
    ----------
    stores : DataFrame
        With `brand`.

    Returns
    -------
    DataFrame
        One row a chain: `brand`, `alias` (several, parted by `|`), `own`, `category`.

    Examples
    --------
    >>> brands(pd.DataFrame({"brand": ["공차", "independent"]})).to_dict("records")
    [{'brand': '공차', 'alias': '공차', 'own': False, 'category': 'coffee'}]
    """
    table = _aliases()
    found = table[table["brand"].isin(stores["brand"])]
    return found.groupby("brand", sort=False)["alias"].agg("|".join).reset_index().assign(own=False, category="coffee")


def _key(names):
    """Shop names without case, width, spaces and punctuation."""
    return names.str.normalize("NFKC").str.casefold().str.replace(r"[\W_]+", "", regex=True)


def _aliases():
    """One row an alias: `brand`, `alias`, `whole` (the alias is the whole name)."""
    rows = [(chain, alias.rstrip("="), alias.endswith("=")) for chain, names in BRANDS.items() for alias in names]
    return pd.DataFrame(rows, columns=["brand", "alias", "whole"])
