"""
Shanghai's brand stores, shop rents, house prices, districts and metro of the winter 2016/17 into a city folder.

The files are the JSON that the project kongchun/Genesis (MIT) keeps; coordinates are Baidu's (BD-09). A search returned
the stores, a site of listings the rents: what is no shop, stands twice or can't be is dropped, and counted.
"""

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import cities, geo
from ..brands import normalise_brand
from ..words import say

FILES = {
    "zones": "district_boundary.json",
    "population": "district_population.json",
    "house_prices": "house_price_districts.json",
    "blocks": "house_price_blocks.json",
    "stores": "brand.json",
    "listings": "shop_rents.json",
    "stations": "metro_lines.json",
}
CATEGORIES = {
    "coffee": "星巴克 太平洋咖啡 Costa",
    "meals": "肯德基 麦当劳 必胜客 汉堡王 味千 呷哺呷哺 庆丰包子铺",
    "grocery": "乐购 华润万家 家乐福 世纪华联 永辉 苏果 卜蜂莲花 麦德龙 大润发 物美 乐天玛特 欧尚 沃尔玛 易买得"
    " 惠康超市 百佳超市 7-ELEVEN便利店 OK便利店",
    "care": "屈臣氏 万宁 莎莎 鸥美药妆 丝芙兰 悦诗风吟 卓悦 蝶翠诗 娇兰佳人 千色 妍丽 谜尚 亿莎 采活 幻彩 惠之林",
    "wear": "GAP H&M 优衣库 C&A Zara 迪卡侬 名创优品",
    "jewels": "六福 周大福 周生生",
    "cinema": "万达国际电影城 星美国际影城 保利国际影城 大地数字影院 横店影视电影城 金逸国际电影城 博纳国际电影城"
    " UME国际影城",
}
MERGED = {"静安": "闸北", "黄浦": "卢湾"}  # district: the one that was merged into it, whose residents it counts again
NO_BRANDS = ("珠宝服饰", "个护化妆", "餐饮")  # what was searched for was a kind of shop
# How else the shops of a brand are called; 世纪华联 has franchisees who put their home town before its name.
SPELLINGS = {
    "乐购": "Tesco乐购",
    "苏果": "上海苏果",
    "鸥美药妆": "Omey鸥美药妆",
    "丝芙兰": "sephora丝芙兰",
    "悦诗风吟": "innisfree悦诗风吟",
    "横店影视电影城": "上海普陀横店影视电影城",
    "金逸国际电影城": "上海金逸国际电影城",
    "世纪华联": "霍邱世纪华联 涟源世纪华联 金湖世纪华联 西康世纪华联 皖东世纪华联 岳西世纪华联 大唐世纪华联",
}
OTHER_SHOPS = ("乐购数码", "妍丽雅专业护肤")  # begin like a brand and are none of its shops
_NO_SHOP = re.compile(r"(?:停车场|[东南西北]门|公司|路)$")
ABSURD_RENT = 10_000  # yuan a m2 and month: the dearest plausible listing asks 3,478
TWO_STATIONS = ("浦电路",)  # of one name, 400 m apart, without a passage
_AS_OF = "2017-02-21"
_COLLECTED = 0.1  # share of the brands with counts that name a district whose stores were collected


def import_shanghai(folder, into, *, own_brand=None, lang="zh"):
    """
    Write Shanghai's files as a city folder.

    Parameters
    ----------
    folder : path
        Folder with the files (`FILES`).
    into : path
        City folder to write; see `cities.write_city`.
    own_brand : str, optional
        Which of the brands is taken for one's own; the others of its category are then its rivals.
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.

    Returns
    -------
    DataFrame
        The report of `read_shanghai`.

    Raises
    ------
    FileNotFoundError
        If files are missing; the message names all of them.
    ValueError
        If no shop of the brand is in the files.
    """
    about, tables, sources, report = read_shanghai(folder, lang=lang)
    if own_brand:
        known = tables["brands"]["brand"]
        if own_brand not in set(known):
            raise ValueError(say("source.sh_no_brand", lang, found=own_brand, allowed=", ".join(known)))
        about["own_brand"] = own_brand
        category = tables["brands"]["category"]
        tables["brands"]["own"] = known == own_brand
        tables["brands"]["rival"] = (category == category[known == own_brand].iloc[0]) & (known != own_brand)
        tables["stores"]["own"] = tables["stores"]["brand"] == own_brand
    cities.write_city(into, about, tables, sources, lang=lang)
    return report


def read_shanghai(folder, *, lang="zh"):
    """
    Shanghai's files as tables of our columns, in WGS-84.

    Parameters
    ----------
    folder : path
        Folder with the files (`FILES`).
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.

    Returns
    -------
    about : dict
        Top level of `city.toml`.
    tables : dict of DataFrame
        `zones` (18 districts, GeoDataFrame), `brands`, `stores`, `listings`, `sites` (the listings that lie in a
        district), `stations`; keys are columns.
    sources : dict of dict
        `source`, `as_of`, `method` a table.
    report : DataFrame
        What was read, dropped, repaired, flagged or left missing: `table, file, action, rows, reason`.

    Raises
    ------
    FileNotFoundError
        If files are missing; the message names all of them.
    ValueError
        If a file is no JSON, or not of the publisher's form.
    """
    folder = Path(folder)
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(say("source.sh_missing", lang, folder=folder.name, files=", ".join(missing)))
    raw = {name: _read(folder / file, lang) for name, file in FILES.items()}
    notes = _Notes(lang)
    try:
        return _tables(raw, notes, lang)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        files = ", ".join(FILES.values())
        raise ValueError(say("source.sh_shape", lang, folder=folder.name, files=files, found=error)) from None


def _read(path, lang):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(say("source.sh_no_json", lang, file=path.name, found=error)) from None


def _tables(raw, notes, lang):
    """What `read_shanghai` returns."""
    tables = {"zones": _zones(raw, notes)}
    tables["stores"] = _stores(raw["stores"], notes)
    tables["brands"] = _brands(tables["stores"])
    gone = _uncollected(raw)
    tables["listings"], tables["sites"] = _listings(raw["listings"], tables["zones"], gone, notes)
    tables["stations"] = _stations(raw["stations"], notes)
    about = {"name": "上海" if lang == "zh" else "Shanghai", "country": "CN", "currency": "CNY"}
    about |= {"timezone": "Asia/Shanghai", "language": lang, "datum": "wgs84", "crs": "auto"}
    return about, tables, _sources(lang, gone), notes.report()


class _Notes:
    """What was read, dropped and repaired, a row each."""

    def __init__(self, lang):
        self.lang, self.rows = lang, []

    def add(self, table, file, action, rows, key, **values):
        if rows:
            self.rows.append((table, FILES[file], action, int(rows), say(key, self.lang, **values)))

    def report(self):
        return pd.DataFrame(self.rows, columns=["table", "file", "action", "rows", "reason"])


def _sources(lang, gone):
    """Where each table comes from; what lives by the stores says where none were collected."""
    limit = say("source.sh_uncollected", lang, names="、".join(gone)) if gone else ""
    told = {
        "zones": ("source.sh_zones", "", "measured"),
        "stores": ("source.sh_stores", _AS_OF, "measured"),
        "brands": ("source.sh_brands", _AS_OF, "assumed"),
        "listings": ("source.sh_listings", _AS_OF, "measured"),
        "sites": ("source.sh_sites", _AS_OF, "measured"),
        "stations": ("source.sh_stations", _AS_OF, "measured"),
    }
    return {
        table: {
            "source": say(key, lang) + limit * (table in ("zones", "stores", "sites")),
            "as_of": as_of,
            "method": method,
        }
        for table, (key, as_of, method) in told.items()
    }


def _wgs84(points):
    """Longitudes and latitudes in WGS-84 of Baidu's points; missing where one has none."""
    pairs = [(p.get("lng") or np.nan, p.get("lat") or np.nan) for p in points]
    lon, lat = np.array(pairs, dtype=float).reshape(-1, 2).T
    return [values.round(7) for values in geo.convert(lon, lat, "bd09", "wgs84")]


def _zones(raw, notes):
    """
    Districts as they were cut before the mergers of 2011 and 2015, with residents and what homes cost.

    Residents of 静安 and 黄浦 are given as merged, beside those of 闸北 and 卢湾: without the second count the city
    has 23,019,068, the 23,019,148 of the census of 2010 but for one digit.
    """
    names = [district["district"] for district in raw["zones"]]
    rings = [shapely.Polygon(np.column_stack(_wgs84(district["boundary"]))) for district in raw["zones"]]
    broken = ~shapely.is_valid(rings)
    prices = pd.DataFrame(raw["house_prices"]).set_index("district")["price"].pipe(pd.to_numeric, errors="coerce")
    people = pd.Series(raw["population"], dtype=float)
    zones = gpd.GeoDataFrame({"zone_id": names, "name": names}, geometry=shapely.make_valid(rings), crs="EPSG:4326")
    zones["population"] = (people - _counted_again(people)).reindex(names).to_numpy()
    zones["house_price_sqm"] = prices.reindex(names).to_numpy()
    notes.add("zones", "zones", "read", len(zones), "source.sh_districts")
    notes.add("zones", "zones", "repaired", broken.sum(), "source.sh_rings")
    notes.add("zones", "population", "read", len(people), "source.sh_residents", n=f"{people.sum():,.0f}")
    again = _counted_again(people)
    twice = "、".join(f"{name} −{n:,.0f}" for name, n in again[again > 0].items())
    notes.add(
        "zones",
        "population",
        "repaired",
        (again > 0).sum(),
        "source.sh_merged",
        names=twice,
        n=f"{(people - again).sum():,.0f}",
    )
    notes.add("zones", "house_prices", "read", len(prices), "source.sh_prices")
    notes.add("zones", "blocks", "dropped", len(raw["blocks"]), "source.sh_blocks", **_blocks(raw["blocks"]))
    gone = _uncollected(raw)
    notes.add("zones", "stores", "flagged", len(gone), "source.sh_other_districts", names="、".join(gone))
    return zones


def _uncollected(raw):
    """Districts whose stores were not collected: under a tenth of the brands that have counts name them."""
    counts = [{count["district"] for count in brand["district_count"]} for brand in raw["stores"].values()]
    counts = [named for named in counts if named]
    names = [district["district"] for district in raw["zones"]]
    return [name for name in names if sum(name in named for named in counts) < _COLLECTED * len(counts)]


def _counted_again(people):
    """Residents of each district who stand under the district that was merged into it as well."""
    again = pd.Series(0.0, index=people.index)
    for name, part in MERGED.items():
        if {name, part} <= set(people.index) and people[name] > people[part]:
            again[name] = people[part]
    return again


def _blocks(blocks):
    """What was seen of the blocks that are not read: empty prices, points that lie elsewhere."""
    empty = [block["area"] for block in blocks if not block["price"]]
    lon, lat = _wgs84([block["point"] for block in blocks])
    far = [block["area"] for block, inside in zip(blocks, _in_shanghai(lon, lat)) if not inside]
    return {"empty": "、".join(empty) or "—", "far": "、".join(far) or "—"}


def _in_shanghai(lon, lat):
    """The rectangle about the municipality, for what lies nowhere near it."""
    return (lon > 120.8) & (lon < 122.3) & (lat > 30.6) & (lat < 31.95)


def _points(brands, category, notes):
    """Every point with the brand that was searched for, in WGS-84."""
    rows = [
        (brand, point["dbname"], point["location"], n)
        for brand, found in brands.items()
        for n, point in enumerate(found["area"], 1)
    ]
    found = pd.DataFrame(rows, columns=["searched", "name", "point", "n"])
    notes.add("stores", "stores", "read", len(found), "source.sh_points", brands=len(brands))
    empty = [brand for brand in brands if brand in category and not brands[brand]["area"]]
    notes.add("stores", "stores", "missing", len(empty), "source.sh_empty_brands", names="、".join(empty))
    short = [name for name, b in brands.items() if sum(d["count"] for d in b["district_count"]) != len(b["area"])]
    notes.add("stores", "stores", "flagged", len(short), "source.sh_short", names="、".join(short))
    found["lon"], found["lat"] = _wgs84(found["point"])
    return found


def _stores(brands, notes):
    """Shops of the brands that can be told by their names."""
    category = {brand: name for name, some in CATEGORIES.items() for brand in some.split()}
    found = _points(brands, category, notes)
    kept = found[_is_shop(found, category, notes)].reset_index(drop=True)
    town = (kept["searched"] == "世纪华联") & ~kept["name"].str.startswith("世纪华联")
    notes.add("stores", "stores", "flagged", town.sum(), "source.sh_franchisees")
    kinds = {name: say(f"source.sh_kind_{name}", notes.lang) for name in CATEGORIES}
    return pd.DataFrame(
        {
            "store_id": kept["searched"] + "-" + kept["n"].astype(str),
            "brand": kept["searched"],
            "name": kept["name"],
            "own": False,
            "category": kept["searched"].map(category).map(kinds),
            "status": "open",
            "lon": kept["lon"],
            "lat": kept["lat"],
        }
    )


def _is_shop(found, category, notes):
    """Whether each point is a shop of the brand that was searched for; what is not is counted under one reason."""
    aliases = {f"{brand}*": brand for brand in category}
    aliases |= {f"{other}*": brand for brand, others in SPELLINGS.items() for other in others.split()}
    shop = normalise_brand(found["name"], aliases)["brand"] == found["searched"]
    known = found["searched"].isin(category)
    wordy = found["searched"].isin(NO_BRANDS)
    no_shop = found["name"].str.contains(_NO_SHOP)
    other = ~shop | found["name"].str.startswith(OTHER_SHOPS)
    left = pd.Series(True, index=found.index)
    for mask, key in (
        (~known & ~wordy, "source.sh_cars"),
        (wordy, "source.sh_no_brand_word"),
        (no_shop, "source.sh_no_shop"),
        (other, "source.sh_other_shop"),
        (~_in_shanghai(found["lon"], found["lat"]), "source.sh_elsewhere"),
    ):
        hit = mask & left
        notes.add("stores", "stores", "dropped", hit.sum(), key, names="、".join(found.loc[hit, "name"].head(4)))
        left &= ~mask
    return left


def _brands(stores):
    """The brands that have shops, with the category of each."""
    return stores.groupby("brand", sort=False)["category"].first().reset_index().assign(own=False)


def _listings(raw, zones, gone, notes):
    """Shops for rent, one a page; those with coordinates in a district are candidate sites as well."""
    found = pd.DataFrame(raw).rename(columns={"mianji": "floor_area_sqm"})
    for name in ("floor_area_sqm", "unitPrice", "totalPrice"):
        found[name] = found[name].str.extract(r"^([\d.]+)(?:平米|元/平米/月|万)$")[0].astype(float)
    notes.add("listings", "listings", "read", len(found), "source.sh_listing_rows")
    again = found.duplicated("url")
    values = found[["url", "name", "floor_area_sqm", "unitPrice", "totalPrice", "area"]]
    same = int(values.duplicated().sum())
    notes.add("listings", "listings", "dropped", again.sum(), "source.sh_twice", same=same, other=again.sum() - same)
    absurd = ~again & (found["unitPrice"] > ABSURD_RENT)
    named = "、".join(f"{name} {rent:,.0f}" for name, rent in found.loc[absurd, ["name", "unitPrice"]].to_numpy())
    notes.add(
        "listings", "listings", "dropped", absurd.sum(), "source.sh_absurd", names=named, limit=f"{ABSURD_RENT:,}"
    )
    kept = found[~again & ~absurd].reset_index(drop=True)
    notes.add("listings", "listings", "repaired", len(kept), "source.sh_wan")
    listings = _offers(kept)
    notes.add("listings", "listings", "missing", listings["lon"].isna().sum(), "source.sh_unplaced")
    district = geo.containing(listings, zones.set_index("zone_id"))
    inside = district.notna()
    notes.add("sites", "listings", "dropped", (listings["lon"].notna() & ~inside).sum(), "source.sh_outside")
    notes.add("sites", "listings", "read", inside.sum(), "source.sh_candidates")
    marked = kept["name"].map(lambda name: say("source.sh_site_uncollected", notes.lang, name=name))
    names = kept["name"].mask(district.isin(gone), marked)
    sites = listings.rename(columns={"listing_id": "site_id"}).assign(name=names, site_stage="to_visit")
    return listings, sites[inside].reset_index(drop=True)


def _offers(kept):
    """Listings in our columns; the rent is the one a month that was published, in yuan."""
    lon, lat = _wgs84(kept["point"])
    listings = pd.DataFrame(
        {
            "listing_id": kept["url"].str.rsplit("/", n=1).str[1],
            "lon": lon,
            "lat": lat,
            "address": "上海 " + kept["area"].where(kept["area"] != "暂无资料", "") + " " + kept["name"],
            "floor_area_sqm": kept["floor_area_sqm"],
            "rent_month": (kept["totalPrice"] * 10_000).round(),
        }
    )
    listings["address"] = listings["address"].str.replace(r"\s+", " ", regex=True)
    return listings


def _stations(lines, notes):
    """Metro stations; one of several lines stands once, where its first line has it."""
    rows = [
        (stop["name"], stop["position"], line["name"].removeprefix("地铁"))
        for line in lines
        for stop in line["station"]
    ]
    found = pd.DataFrame(rows, columns=["name", "point", "line"])
    found["stop"] = found["name"].where(~found["name"].isin(TWO_STATIONS), found["name"] + found["line"])
    notes.add("stations", "stations", "read", len(found), "source.sh_stops", lines=len(lines))
    notes.add("stations", "stations", "dropped", found["stop"].duplicated().sum(), "source.sh_interchanges")
    named = found.groupby("stop", sort=False)["line"].agg("、".join)
    kept = found.drop_duplicates("stop")
    lon, lat = _wgs84(kept["point"])
    return pd.DataFrame(
        {
            "place_id": "metro-" + kept["stop"].to_numpy(),
            "name": kept["name"].to_numpy() + " (" + kept["stop"].map(named).to_numpy() + ")",
            "kind": "metro",
            "lon": lon,
            "lat": lat,
        }
    )
