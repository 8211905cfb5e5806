"""
Places exported from map services (AMap, Baidu, Tencent): which service it was, and what its columns mean.

AMap and Tencent give GCJ-02, Baidu BD-09, unless somebody converted them since: the datum is proposed, never taken.
"""

import re

import pandas as pd

from ..schemas.headers import COORDINATES, plain
from ..schemas.parsing import as_text

DATUM = {"amap": "gcj02", "tencent": "gcj02", "baidu": "bd09"}
TABLES = ("stores", "sites", "listings", "stations", "generators")
_SERVICE = {"amap": r"amap|gaode|高德", "tencent": r"tencent|qqmap|腾讯", "baidu": r"baidu|bdmap|百度"}
_HEADERS = {  # signs of a service: headers that it alone gives, several of them together
    "amap": ({"typecode"}, {"pname", "adname"}, {"pname", "cityname"}, {"adname", "location", "type"}),
    "baidu": (
        {"uid", "location.lat"},
        {"uid", "detailinfo.tag"},
        {"uid", "streetid"},
        {"uid", "lat", "detail"},
        {"uid", "lat", "telephone"},
    ),
    "tencent": ({"adinfo.adcode", "location.lat"}, {"adinfo.city", "location.lat"}),
}
_MEANT = {
    "key": "uid poiid id poi编号 poi_id",
    "name": "name title 名称 poi名称 店名",
    "address": "address addr 地址 详细地址",
    "lon": "location.lng lng lon longitude 经度 x gcjlng gcj02lng lnggcj02 bdlng bd09lng lngbd09",
    "lat": "location.lat lat latitude 纬度 y gcjlat gcj02lat latgcj02 bdlat bd09lat latbd09",
    COORDINATES: "location 坐标 经纬度",
    "category": "中类 midtype",
}
_NOT_READ = "pname pcode cityname citycode adname adcode province city area district town street streetid status detail"
_KIND_TEXTS = ("type", "detailinfo.tag", "tag", "category", "类型", "分类", "poi类型", "行业")
_PERSONAL = re.compile(
    r"电话|手机|联系人|联系方式|微信|邮箱|身份证|(^|[^a-z])(tel|phone|telephone|mobile|email|wechat)($|[^a-z])"
)
_BRANCH = re.compile(r"[(（\[【].*$")
_STATION = re.compile(r"地铁站|公交车站|轻轨站|火车站")
_SAME_PLACE = 6  # decimals of a degree, 0.1 m


def service(headers, file=""):
    """
    The map service that an export comes from, by its headers, else by the file's name; empty where neither tells.

    Examples
    --------
    >>> service(["id", "name", "typecode", "location"]), service(["名称", "经度"], "百度POI_咖啡"), service(["uid"])
    ('amap', 'baidu', '')
    """
    there = {plain(header) for header in headers}
    for name, signs in _HEADERS.items():
        if any(sign <= there for sign in signs):
            return name
    places = there & set(" ".join(_MEANT[name] for name in ("lon", "lat", COORDINATES)).split())
    named = [name for name, words in _SERVICE.items() if re.search(words, str(file).lower())]
    return named[0] if len(named) == 1 and places else ""


def meaning(header, table):
    """
    What a header of such an export means: a column of `table`, an empty text for what is not read, None if not known.

    Examples
    --------
    >>> [meaning(header, "stores") for header in ("uid", "location.lat", "pname", "面积")]
    ['store_id', 'lat', '', None]
    """
    known, word = {}, plain(header)
    for ours, written in _MEANT.items():
        known |= {plain(name): ours for name in written.split()}
    ours = known.get(word)
    if ours == "key":
        return {"stores": "store_id", "sites": "site_id", "listings": "listing_id"}.get(table, "place_id")
    return "" if ours is None and word in _NOT_READ.split() else ours


def rank(header):
    """
    How early this module names a header among those of the same meaning: of `location.lng` and `x` the first is taken.

    >>> rank("location.lng"), rank("lng"), rank("面积")
    (0, 1, 0)
    """
    word = plain(header)
    orders = ([plain(name) for name in written.split()] for written in _MEANT.values())
    return next((order.index(word) for order in orders if word in order), 0)


def personal(headers):
    """
    Headers of telephone numbers, persons and their accounts: a city needs none of them.

    Examples
    --------
    >>> personal(["name", "tel", "联系电话", "hotel", "detail_info.phone"])
    ['tel', '联系电话', 'detail_info.phone']
    """
    return [header for header in headers if _PERSONAL.search(re.sub(r"[_\s]", " ", str(header).lower()))]


def table_of(frame):
    """
    `stations` where most places are stations by the text of their kind, else `stores`.

    Examples
    --------
    >>> [table_of(pd.DataFrame({"type": [text]})) for text in ("交通设施服务;地铁站;地铁站", "餐饮服务;咖啡厅")]
    ['stations', 'stores']
    """
    texts = _kind_texts(frame)
    return "stations" if texts is not None and texts.str.contains(_STATION).mean() > 0.5 else "stores"


def once(frame):
    """
    Rows of an export that stand once: one a uid; where it has none, one a name and place.

    Pages of a search overlap, so that the same place comes again. The first row is kept.

    Returns
    -------
    kept : Series of bool
    by : str
        `uid` or `place`.
    alike : int
        Rows of another uid that have name and place of a row before; they are kept.

    Examples
    --------
    >>> once(pd.DataFrame({"uid": ["a", "a", "b"], "name": ["X", "X", "X"], "lng": 1, "lat": 2}))[0].tolist()
    [True, False, True]
    """
    places = list(filter(None, (_header(frame, ours) for ours in ("name", "lon", "lat", COORDINATES, "address"))))
    cells = frame[places].map(_rounded)
    same = cells.duplicated() & cells.ne("").all(axis=1) if len(places) > 1 else pd.Series(False, index=frame.index)
    if _header(frame, "key") is None:
        return ~same, "place", 0
    uid = frame[_header(frame, "key")].map(as_text)
    again = uid.duplicated() & (uid != "")
    return ~again, "uid", int((same & ~again).sum())


def _rounded(cell):
    try:
        return f"{float(cell):.{_SAME_PLACE}f}"
    except (TypeError, ValueError):
        return as_text(cell)


def categories(frame):
    """
    What kind of shop each place is, by the text of the service: the middle of `餐饮服务;咖啡厅;星巴克咖啡`.

    Returns
    -------
    Series of str or None
        None where no column holds such texts.

    Examples
    --------
    >>> categories(pd.DataFrame({"type": ["餐饮服务;咖啡厅;星巴克咖啡|购物", "美食;咖啡厅", "超市", ""]})).tolist()
    ['咖啡厅', '咖啡厅', '超市', '']
    """
    texts = _kind_texts(frame)
    if texts is None:
        return None
    levels = texts.str.split("|").str[0].str.split("[;；]", regex=True)
    return levels.str[1].fillna(levels.str[0]).fillna("").str.strip()


def _kind_texts(frame):
    header = _first(frame, _KIND_TEXTS)
    return None if header is None else frame[header].map(as_text)


def _header(frame, ours):
    """The header of a meaning; of several the one that is named first in this module, wherever it stands."""
    return _first(frame, _MEANT[ours].split())


def _first(frame, names):
    there = {plain(header): header for header in frame.columns}
    return next((there[plain(name)] for name in names if plain(name) in there), None)


def chains(frame):
    """
    The brand that stands before the branch in a name, where several places of the export share it; else empty.

    Returns
    -------
    Series of str or None
        None where there is no column of names.

    Examples
    --------
    >>> chains(pd.DataFrame({"name": ["星巴克(人民广场店)", "星巴克（南京西路店）", "老王咖啡(总店)"]})).tolist()
    ['星巴克', '星巴克', '']
    """
    name = _header(frame, "name")
    if name is None:
        return None
    stem = frame[name].map(as_text).str.replace(_BRANCH, "", regex=True).str.strip()
    return stem.where(stem.duplicated(keep=False), "")
