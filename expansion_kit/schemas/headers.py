"""Incoming headers, Chinese or English, with or without a unit in brackets, to the columns of a table."""

import re
import unicodedata

from .tables import columns

COORDINATES = "坐标"
_PAIR_HEADERS = {"坐标", "经纬度", "坐标(经度,纬度)", "lnglat", "location", "lonlat"}
_MULTIPLES = {"十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8}
_ENGLISH = {"thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9}
_BRACKET = re.compile(r"\(([^()]*)\)$")
_SWOLLEN = re.compile(r"([十百千]?万|[千亿])元$")
_UNITS = {  # how people write a part of a unit, and our word for it; what is no unit of ours fits no column
    "m2": "m2 sqm ㎡ 平米 平方米 平 平方",
    "m": "m 米",
    "km": "km 公里 千米",
    "day": "day days d 天 日",
    "week": "week weeks 周",
    "month": "month months 月 个月",
    "year": "year years 年",
    "hour": "hour hours h 小时 时",
    "minute": "minute minutes min 分钟 分",
    "share": "%",
    "foreign": "亩 公顷 坪 평 sqft ft2 sqfeet 平方英尺 ha acre 厘米 cm 毫米 mm 英尺 ft mile miles 英里 秒 s",
}
_PARTS = {
    unicodedata.normalize("NFKC", word): ours for ours, written in _UNITS.items() for word in written.split(" ") if word
}


def plain(header):
    """Lower case, half width, without spaces and underscores."""
    return re.sub(r"[\s_\ufeff]+", "", unicodedata.normalize("NFKC", str(header))).lower()


def _multiple(header):
    """The 万 (or 亿, 千, million, %) of a header's unit: `销售额(万元)` is 10,000."""
    bracket = _BRACKET.search(header)
    if not bracket:
        found = _SWOLLEN.search(header)
        return _MULTIPLES[found[1]] if found else 1.0
    unit = bracket[1]
    if unit == "%":
        return 0.01
    english = re.search(r"(thousand|million|billion)s?", unit)
    if english:
        return _ENGLISH[english[0]]
    found = re.search(r"([十百千]?万|[十百千亿])(?=元|人|户|家|件|/|$)", unit)
    return _MULTIPLES[found[1]] if found else 1.0


def _fits(header, meaning):
    """Whether a unit in a header's brackets is the column's, so that no rent per m² is taken for a rent per month."""
    bracket = _BRACKET.search(header)
    if not bracket or meaning["kind"] != "number":
        return True
    parts = re.split(r"[/每]", bracket[1].removeprefix("单位").lstrip(":"))
    return {_PARTS[part] for part in parts if part in _PARTS} <= set(meaning["unit"].split("/"))


def _known(table):
    known = {}
    for name, column in columns(table).items():
        for header in [name, *column.metadata["headers"]]:
            known.setdefault(plain(header), name)
    return known


def _column(table, full, known):
    """The column that a header means, or None; what stands in brackets behind it must fit."""
    bare = _BRACKET.sub("", full)
    if full in known:
        return known[full]
    if full in _PAIR_HEADERS or bare in _PAIR_HEADERS:
        return COORDINATES
    name = next((known[form] for form in (bare, _SWOLLEN.sub("", bare)) if form in known), None)
    return name if name and _fits(full, columns(table)[name].metadata) else None


def match_headers(table, headers, given=None):
    """
    Which column each incoming header means.

    Parameters
    ----------
    table : str
        Name of the table.
    headers : sequence of str
        As they stand in the file.
    given : dict of str to str, optional
        Mapping that `city.toml` states: incoming header to our column; it goes before everything else.

    Returns
    -------
    matched : dict of str to (str, float)
        Incoming header to column and multiple (10,000 for a header in 万). A cell that holds a pair of coordinates
        has the column `坐标`.
    unknown : list of str
        Headers that mean nothing here, or name a unit that the column does not have; their cells are not read.

    Examples
    --------
    >>> match_headers("sites", ["候选点编号", "经度", "装修费（万元）", "心情"])
    ({'候选点编号': ('site_id', 1.0), '经度': ('lon', 1.0), '装修费（万元）': ('fit_out_cost', 10000.0)}, ['心情'])
    """
    known, given = _known(table), {plain(k): v for k, v in (given or {}).items()}
    claimed = {given[plain(header)] for header in headers if plain(header) in given}
    matched, unknown = {}, []
    for header in headers:
        full = plain(header)
        column = given[full] if full in given else _column(table, full, known)
        if column is None or (column in claimed and full not in given):
            unknown.append(header)
        else:
            matched[header] = (column, 1.0 if full in known else _multiple(full))
    return matched, unknown
