"""
Tiles under a placement map, only when asked for: where they come from, whose they are and in which datum they are.

A map with tiles asks the network for them each time it is opened: whoever serves them learns where the reader looks.
"""

import re
from urllib.parse import quote

import numpy as np
import shapely

from expansion_kit import geo, words

_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_AMAP = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"
KNOWN = {
    "osm": {"url": ["https://tile.openstreetmap.org/{z}/{x}/{y}.png"], "datum": "wgs84", "max_zoom": 19},
    "tianditu": {"url": [_TIANDITU] * 2, "datum": "wgs84", "subdomains": "01234567", "max_zoom": 18},
    "amap": {"url": [_AMAP], "datum": "gcj02", "subdomains": "1234", "max_zoom": 18},
}
LINKS = {
    "osm": "https://www.openstreetmap.org/copyright",
    "tianditu": "https://www.tianditu.gov.cn",
    "amap": "https://www.amap.com",
}
OPTIONS = {"url", "attribution", "link", "datum", "subdomains", "max_zoom"}


def tile_sources(tiles, *, key=None, lang):
    """
    Tile layers, lowest first, each with its address, datum and attribution.

    Parameters
    ----------
    tiles : str or dict
        `osm`; `tianditu` (streets and the layer of their names; a key of your own is needed); `amap`; or your own:
        url (`https://…`, or a folder beside the page, with `{z}`, `{x}` and `{y}` or `{-y}`), attribution, datum
        (`wgs84` or `gcj02`), and where needed subdomains (the signs `{s}` stands for), max_zoom (18), link (where the
        attribution leads to).
    key : str, optional
        For `tianditu`. It can be read in the page by everyone who has the page.
    lang : str
        `en` or `zh`.

    Returns
    -------
    list of dict
        url, attribution, link, datum, subdomains, max_zoom.

    Raises
    ------
    ValueError
        If the source is not known, wants a key, or does not say what is needed; if its datum is BD-09: such tiles are
        cut on a grid of their own, and none of them lies right on this map.

    Examples
    --------
    >>> [(source["datum"], source["attribution"]) for source in tile_sources("amap", lang="en")]
    [('gcj02', '© AutoNavi (AMap)')]
    """
    if isinstance(tiles, dict):
        return [_own(tiles)]
    if tiles not in KNOWN:
        raise ValueError(f"tiles must be one of {', '.join(KNOWN)} or a dict with url, but are {tiles!r}")
    known = {"subdomains": "abc", **KNOWN[tiles]}
    urls = known.pop("url")
    if tiles == "tianditu":
        if not key:
            raise ValueError("tiles of tianditu need a key of your own: tile_key=")
        urls = [url.format(layer=layer, key=quote(key, safe="")) for url, layer in zip(urls, ("vec", "cva"))]
    attribution = {"attribution": words.say(f"map.tiles_{tiles}", lang), "link": LINKS[tiles]}
    return [{"url": url, **attribution, **known} for url in urls]


def _own(tiles):
    wrong = sorted(set(tiles) - OPTIONS)
    missing = [name for name in ("url", "attribution", "datum") if not tiles.get(name)]
    if wrong or missing:
        raise ValueError(f"own tiles have {', '.join(sorted(OPTIONS))}; unknown: {wrong}, missing: {missing}")
    if tiles["datum"] == "bd09":
        raise ValueError("BD-09 tiles (Baidu) are cut on a grid of their own and cannot lie under this map")
    if tiles["datum"] not in ("wgs84", "gcj02"):
        raise ValueError(f"the datum of tiles must be wgs84 or gcj02, but is {tiles['datum']!r}")
    if not re.search(r"\{z\}", tiles["url"]) or not re.search(r"\{x\}.*\{-?y\}|\{-?y\}.*\{x\}", tiles["url"]):
        raise ValueError("the url of tiles needs the places {z}, {x} and {y} (or {-y})")
    if not re.match(r"https?://|data:image/|[\w.-]+/", tiles["url"]) or not re.match(
        r"https?://|$", tiles.get("link", "")
    ):
        raise ValueError("the url of tiles must be http(s) or a folder beside the page, and its link http(s)")
    return {"link": "", "subdomains": "abc", "max_zoom": 18, **tiles}


def mainland_rings():
    """
    Where GCJ-02 is shifted, as rings: the outline of `geo.inside_mainland`, then what is cut out of it.

    Returns
    -------
    list of list of float
        Longitude, latitude, longitude, latitude ... in degrees.

    Examples
    --------
    >>> len(mainland_rings())
    3
    """
    outline = geo.mainland()
    rings = [outline.exterior, *outline.interiors]
    return [np.round(shapely.get_coordinates(ring), 6).ravel().tolist() for ring in rings]
