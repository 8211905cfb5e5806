"""
Shops and eating places of OpenStreetMap as our stores: whether they are open, of which category and of which brand.

A brand is what a tag says, what a name says of a chain that tags know, or a name that several places of a kind share;
an operator is a company, and a brand only where the shop's name begins with it.
"""

import re
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd

from ..brands import bare, normalise_brand
from ..words import LANGUAGES, family, say
from .osm_places import COMING, FORMER

INDEPENDENT = "independent"
_EATING = {
    "cafe": "coffee",
    "restaurant": "restaurant",
    "fast_food": "fast_food",
    "food_court": "fast_food",
    "bar": "bar",
    "pub": "bar",
    "biergarten": "bar",
    "nightclub": "bar",
    "ice_cream": "ice_cream",
}
_AMENITIES = _EATING | {"pharmacy": "pharmacy"}
_SHOPS = {
    "coffee": "coffee",
    "bakery": "bakery pastry",
    "sweets": "confectionery chocolate",
    "tea_leaves": "tea",
    "supermarket": "supermarket",
    "convenience": "convenience",
    "kiosk": "kiosk newsagent",
    "groceries": "greengrocer butcher seafood deli cheese health_food farm dairy spices frozen_food food",
    "drinks": "alcohol wine beverages",
    "tobacco": "tobacco e-cigarette",
    "clothes": "clothes boutique fashion fashion_accessories hat",
    "shoes": "shoes",
    "bags": "bag leather",
    "jewellery": "jewelry watches",
    "cosmetics": "cosmetics perfumery",
    "drugstore": "chemist",
    "beauty": "beauty massage tattoo nails",
    "hairdresser": "hairdresser",
    "optician": "optician",
    "pharmacy": "pharmacy",
    "books": "books stationery",
    "electronics": "electronics computer hifi appliances",
    "phones": "mobile_phone",
    "furniture": "furniture bed carpet interior_decoration lighting curtain",
    "homeware": "houseware kitchen",
    "hardware": "doityourself hardware paint",
    "sports": "sports outdoor",
    "bicycles": "bicycle",
    "toys": "toys baby_goods games",
    "gifts": "gift",
    "flowers": "florist",
    "pets": "pet",
    "department_store": "department_store",
    "variety_store": "variety_store general",
    "laundry": "laundry dry_cleaning",
    "travel": "travel_agency",
    "second_hand": "second_hand antiques charity",
    "art": "art craft frame",
    "photo": "photo",
    "cars": "car car_repair car_parts motorcycle tyres",
}
_CATEGORIES = _AMENITIES | {value: key for key, values in _SHOPS.items() for value in values.split()}
_NO_SHOP = ("no", "mall")  # a mall is a place that people go to, its shops are the stores
_NOT_TOLD = ("yes", "unknown", "other", "shop", "store")
_GENERIC = """
超市 便利店 小卖部 商店 水果店 水果 蔬菜 药店 药房 理发店 理发 美发 美容 餐厅 餐馆 饭店 面馆 小吃 小吃店 早餐
早餐店 烟酒 烟酒店 五金 五金店 快餐 食堂 奶茶店 茶馆 茶楼 咖啡 咖啡厅 咖啡馆 酒吧 火锅 烧烤 书店 花店 鞋店
服装店 面包店 蛋糕店 眼镜店 杂货店 cafe coffee bar pub grill grilli restaurant ravintola kiosk kioski shop store
market pharmacy apteekki apotheke pharmacie farmacia bakery supermarket parturi kampaamo parturi-kampaamo
hairdresser barber friseur coiffeur pizzeria pizza kebab sushi imbiss bistro canteen tabac
""".split()
_EAST = ("CN", "TW", "HK", "MO", "JP", "KR")  # where an address begins with the city and ends with the number


def shops(places, *, country="", lang="en"):
    """
    Shops and eating places as stores.

    Parameters
    ----------
    places : GeoDataFrame
        From `osm_places.read_places`.
    country : str
        Which way round an address is written.
    lang : str
        Language of the categories, `en` or `zh`.

    Returns
    -------
    stores : DataFrame
        Index `store_id`: name, category, status, address, operator, opened, lon, lat, and `eating` (bool).
    counts : dict
        `read`, `areas`, `vacant`, `twice`, `closed`, `planned`, `unnamed`, `untold` (no category), `foreign` (category
        is OpenStreetMap's own word).
    """
    kind, status = _kind_and_status(places)
    found = places[kind.notna()].assign(kind=kind.dropna(), status=status[kind.notna()])
    vacant = found["kind"] == "vacant"
    once = _without_twins(found[~vacant])
    stores = _table(once, country, lang)
    counts = {
        "read": len(found),
        "areas": int(found.index.str.match("[wr]").sum()),
        "vacant": int(vacant.sum()),
        "twice": int((~vacant).sum()) - len(once),
        "closed": int((stores["status"] == "closed").sum()),
        "planned": int((stores["status"] == "planned").sum()),
        "unnamed": int(stores["name"].isna().sum()),
        "untold": int(stores["category"].isna().sum()),
        "foreign": int((~_code(once).isin({*_CATEGORIES.values(), "tea"}) & stores["category"].notna()).sum()),
    }
    return stores, counts


def told_apart(stores):
    """
    Names of stores, with the street and number behind a name that several of them have.

    Parameters
    ----------
    stores : DataFrame
        With `name` and `address`.

    Returns
    -------
    names : Series
    count : int
        How many were made longer.

    Examples
    --------
    >>> some = pd.DataFrame({"name": ["Tea", "Tea", "Rice"], "address": ["High Street 3, 10 Town", None, None]})
    >>> told_apart(some)[0].tolist()
    ['Tea (High Street 3)', 'Tea', 'Rice']
    """
    longer = stores["name"].notna() & stores["name"].duplicated(keep=False) & stores["address"].notna()
    names = stores["name"].mask(longer, stores["name"] + " (" + stores["address"].str.split(",").str[0] + ")")
    return names, int(longer.sum())


def brands(places, stores, *, own="", lang="en"):
    """
    The brand of each store, and the table of brands.

    Parameters
    ----------
    places : GeoDataFrame
        From `osm_places.read_places`; holds the tags of the stores.
    stores : DataFrame
        From `shops`.
    own : str
        The own brand: a store whose name or brand is it, or begins with it, is its store.
    lang : str
        In which language a brand is called where the tags know several.

    Returns
    -------
    brand : Series
        On the index of `stores`; `independent` where there is none.
    table : DataFrame
        `brands` table: brand, alias (other spellings), own, category (that of most of its stores).
    counts : dict
        Stores by evidence: `tag`, `wikidata` (among those), `chain`, `operator`, `shared`, `own`, `independent`.
    """
    tags = places.loc[stores.index]
    called, spellings = _tagged(tags, lang)
    evidence = pd.Series("tag", index=stores.index).where(called.notna(), "")
    names, group = stores["name"], stores["eating"]
    rules = {
        "operator": lambda: tags["operator"].where(_begins(names, tags["operator"]) & ~_is_generic(tags["operator"])),
        "chain": lambda: _of_chain(names, group, called, spellings),
        "shared": lambda: _shared(names, group),
    }
    for rule in ("chain", "operator", "shared", "chain"):
        found = rules[rule]()
        new = called.isna() & found.notna()
        called, evidence = called.mask(new, found), evidence.mask(new, rule)
    if own:
        mine = _is_own(names, own) | _is_own(called, own)
        called, evidence = called.mask(mine, own), evidence.mask(mine, "own")
    key = called.map(bare, na_action="ignore")  # `UniCafe` and `Unicafe` are one
    called = key.map(called.groupby(key).agg(_usual)).where(called != own, called)
    counts = {rule: int((evidence == rule).sum()) for rule in ("tag", "chain", "operator", "shared", "own")}
    counts["wikidata"] = int((tags["brand:wikidata"].notna() & called.notna()).sum())
    counts["independent"] = int(called.isna().sum())
    brand = called.where(called.notna(), INDEPENDENT).rename("brand")
    return brand, _brand_table(brand, stores, spellings, own), counts


def _kind_and_status(places):
    """OpenStreetMap's word for what each place sells (None: no shop), and whether it is open, closed or planned."""

    def sold(prefix=""):
        shop, amenity = places[f"{prefix}shop"], places[f"{prefix}amenity"]
        eaten = amenity.where(amenity.map(_first).isin(_AMENITIES))
        return _known(eaten, shop.where(~shop.isin(_NO_SHOP))).map(_first, na_action="ignore")

    kind = sold()
    ended = places["disused"].eq("yes") | places["abandoned"].eq("yes")
    ended |= places["opening_hours"].isin(["closed", "off"])
    status = pd.Series("open", index=places.index).mask(ended, "closed")
    for prefixes, state in ((FORMER, "closed"), (COMING, "planned")):
        for prefix in prefixes:
            other = sold(f"{prefix}:")
            new = (kind.isna() | kind.eq("vacant")) & other.notna() & ~other.isin(["vacant", "yes"])
            kind, status = kind.mask(new, other), status.mask(new, state)
    return kind, status


def _known(first, *others):
    """The first that is known of texts."""
    found = first.astype(object)
    for other in others:
        found = found.where(found.notna(), other)
    return found


def _first(text):
    return re.split(r"\s*[;,]\s*", text)[0].strip().lower() if isinstance(text, str) and text.strip() else None


def _plain(names):
    """Names without width, case and outer blanks, to be compared."""
    return names.map(lambda name: unicodedata.normalize("NFKC", name).casefold().strip(), na_action="ignore")


def _without_twins(found):
    """A shop that is a node inside its own area counts once: as the node, with what only the area says of it."""
    area = found.index.str.match("[wr]")
    nodes, areas = found[~area], found[area]
    pairs = gpd.sjoin(nodes[["geometry"]], areas[["geometry"]], predicate="within")
    pairs = pairs.set_axis(["geometry", "area"], axis=1).reset_index(names="node")
    name, kind = _plain(found["name"]), found["kind"].isin(_EATING)
    same = name[pairs["node"]].to_numpy() == name[pairs["area"]].to_numpy()
    same &= kind[pairs["node"]].to_numpy() == kind[pairs["area"]].to_numpy()
    pairs = pairs[same & pairs["area"].map(name).notna().to_numpy()]
    once = found.drop(index=pairs["area"].unique()).copy()
    told = [name for name in found if name not in ("geometry", "lon", "lat", "kind", "status", "osm_timestamp")]
    for node, twin in pairs.drop_duplicates("node")[["node", "area"]].itertuples(index=False):
        once.loc[node, told] = _known(once.loc[node, told], found.loc[twin, told])
    return once


def _code(found):
    """Our word for the category, else OpenStreetMap's; None where it says nothing."""
    bubble = found["cuisine"].str.contains("bubble_tea").eq(True) | found["kind"].eq("bubble_tea")
    code = _known(found["kind"].map(_CATEGORIES), found["kind"].where(~found["kind"].isin(_NOT_TOLD)))
    return code.mask(bubble, "tea")


def _table(found, country, lang):
    known = family("category.", lang)
    code = _code(found)
    category = code.map(
        lambda of: say(f"category.{of}", lang) if of in known else of.replace("_", " "), na_action="ignore"
    )
    day = found["start_date"].where(found["building"].isna() & found["start_date"].str.fullmatch(r"\d{4}-\d\d-\d\d"))
    table = {
        "name": _known(*(found[key] for key in ("name", f"name:{lang}", "name:en", "name:zh", "brand"))),
        "category": category.astype(object).where(category.notna(), None),
        "status": found["status"],
        "address": _addresses(found, country),
        "operator": found["operator"],
        "opened": pd.to_datetime(day, errors="coerce"),
        "lon": found["lon"],
        "lat": found["lat"],
        "eating": found["kind"].isin(_EATING) | code.eq("tea"),
    }
    return pd.DataFrame(table, index=found.index).rename_axis("store_id")


def _addresses(found, country):
    keys = ("province", "city", "district", "street", "housenumber", "postcode")
    part = {key: found[f"addr:{key}"].where(found[f"addr:{key}"].notna(), "") for key in keys}
    if country in _EAST:
        built = part["province"] + part["city"] + part["district"] + part["street"] + part["housenumber"]
    else:
        street = (part["street"] + " " + part["housenumber"]).where(part["street"] != "", "")
        town = (part["postcode"] + " " + part["city"]).str.strip().where(street != "", "")
        built = street.str.strip() + np.where(town != "", ", ", "") + town
    told = _known(found["addr:full"], built.where(part["street"] != "", ""))
    return told.where(told != "", None)


def _tagged(tags, lang):
    """Brand by its tag, one spelling for a wikidata entry; and every other spelling of each brand."""
    given = _known(tags[f"brand:{lang}"], tags["brand"], tags["brand:zh"], tags["brand:en"])
    given = given.map(lambda text: text.split(";")[0].strip() or None, na_action="ignore")
    entry = tags["brand:wikidata"]
    given = _known(given, tags["name"].where(entry.notna()))
    usual = given.groupby(entry).agg(_usual)
    called = _known(entry.map(usual), given)
    spellings = {}
    for column in ("brand", "brand:zh", "brand:en"):
        for name, other in zip(called, tags[column]):
            if isinstance(name, str) and isinstance(other, str) and ";" not in other:
                spellings.setdefault(other.strip(), name)
    return called.astype(object), spellings


def _of_chain(names, group, called, spellings):
    """Brand of a chain that is known among eating places, or among shops, and that the name is or begins with."""
    found = pd.Series(None, index=names.index, dtype=object)
    for eats in (True, False):
        known = set(called[group == eats].dropna())
        aliases = {text: name for text, name in spellings.items() if name in known} | {name: name for name in known}
        some = names[(group == eats) & names.notna()]
        if not aliases or some.empty:
            continue
        match = normalise_brand(some, _unambiguous(aliases))
        sure = match["matched"].isin(["exact", "branch"])
        texts = match["brand"].map(lambda name, known=aliases: [text for text, of in known.items() if of == name])
        begins = [any(_starts(name, text) for text in many) for name, many in zip(some, texts)]
        found = _known(found, match["brand"].where(sure | np.array(begins, dtype=bool)))
    return found


def _unambiguous(aliases):
    """Without spellings that two brands share once case and signs are left out; a brand's own name wins."""
    plain = {}
    for text, name in sorted(aliases.items(), key=lambda item: item[0] != item[1]):
        plain.setdefault(re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold()), (text, name))
    return {text: name for key, (text, name) in plain.items() if key}


def _starts(name, text):
    """Whether a shop's name is a chain's with something behind it: a word, or in Chinese a branch (…店)."""
    name, text = (unicodedata.normalize("NFKC", part).casefold().strip() for part in (name, text))
    rest = name[len(text) :]
    return name.startswith(text) and len(text) > 1 and (rest == "" or not rest[0].isalnum() or rest.endswith("店"))


def _begins(names, texts):
    pairs = zip(names, texts)
    return pd.Series([isinstance(n, str) and isinstance(t, str) and _starts(n, t) for n, t in pairs], index=names.index)


def _is_generic(texts):
    words = {word for lang in LANGUAGES for word in family("category.", lang).values()}
    generic = {bare(word) for word in {*_GENERIC, *words, *(code.replace("_", " ") for code in _CATEGORIES)}}
    return texts.map(lambda text: bare(text) in generic or len(bare(text)) < 2, na_action="ignore").eq(True)


def _shared(names, group):
    """A name that two places or more of the same kind have, and that isn't a word for what they are."""
    kept = names.where(~_is_generic(names) & names.notna())
    key = kept.map(bare, na_action="ignore") + np.where(group, "|eating", "|shop")
    usual = kept.groupby(key).agg(_usual)
    many = key.map(key.value_counts()) > 1
    return key.map(usual).where(many).astype(object)


def _usual(texts):
    """The most frequent spelling; of several the first by sign."""
    return next(iter(sorted(texts.mode())), None)


def _is_own(texts, own):
    return texts.map(lambda text: bare(text) == bare(own) or _starts(text, own), na_action="ignore").eq(True)


def _brand_table(brand, stores, spellings, own):
    chains = brand[brand != INDEPENDENT]
    if chains.empty:
        return pd.DataFrame(columns=["brand", "alias", "own", "category"])
    known = {name: name for name in chains.unique()}
    alias = {}
    for text, name in sorted(_unambiguous(spellings | known).items()):
        if text != name and name in known:
            alias.setdefault(name, []).append(text)
    category = stores["category"].groupby(chains).agg(_usual)
    table = pd.DataFrame({"brand": sorted(chains.unique())})
    table["alias"] = table["brand"].map(lambda name: "|".join(alias.get(name, [])) or None)
    table["own"] = table["brand"] == own
    table["category"] = table["brand"].map(category)
    return table
