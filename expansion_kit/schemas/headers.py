"""Incoming headers, Chinese or English, with or without a unit in brackets, to the columns of a table."""

import re
import unicodedata
from functools import cache

from .tables import columns
from .units import multiple

COORDINATES = "坐标"
_PAIR_HEADERS = {"坐标", "经纬度", "坐标(经度,纬度)", "lnglat", "location", "lonlat"}
_BRACKET = re.compile(r"\(([^()]*)\)$")
_SWOLLEN = re.compile(r"((?:[十百千]?万|[千亿])元)$")


def plain(header):
    """Lower case, half width, without spaces and underscores."""
    return re.sub(r"[\s_\ufeff]+", "", unicodedata.normalize("NFKC", str(header))).lower()


def _parted(header):
    """A header without its unit, and the unit: what stands in brackets behind it, or the 万元 that it ends in."""
    spaced = unicodedata.normalize("NFKC", str(header)).strip()
    found = _BRACKET.search(spaced) or _SWOLLEN.search(spaced)
    return (plain(spaced[: found.start()]), found[1]) if found else (plain(header), "")


def _times(column, remark, currency):
    """What the figures of a column are multiplied by; None where the unit in the header is not the column's."""
    if column is None or column.metadata["kind"] != "number":
        return 1.0
    return multiple(remark, column.metadata["unit"], column=column.name, currency=currency)


@cache
def _known(table):
    known = {}
    for name, column in columns(table).items():
        for header in [name, *column.metadata["headers"]]:
            known.setdefault(plain(header), name)
    return known


def _meant(header, known):
    """The column that a header means without its unit, or None; and the unit, empty where it is the column's own."""
    full, (bare, remark) = plain(header), _parted(header)
    if full in known:
        return known[full], ""
    if full in _PAIR_HEADERS or bare in _PAIR_HEADERS:
        return COORDINATES, ""
    return known.get(bare), remark


def match_headers(table, headers, given=None, *, currency=""):
    """
    Which column each incoming header means.

    Parameters
    ----------
    table : str
        Name of the table.
    headers : sequence of str
        As they stand in the file.
    given : dict of str to str, optional
        Mapping that `city.toml` states: incoming header to our column; it goes before everything else, and what
        its unit means is then the user's word. A header that is given an empty text is left out on purpose.
    currency : str
        ISO 4217 code of the city's money.

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
    meaning, matched, unknown = columns(table), {}, []
    for header in headers:
        stated = given.get(plain(header))
        if stated == "":
            continue
        column, remark = (stated, _parted(header)[1]) if stated else _meant(header, known)
        times = _times(meaning.get(column), remark, currency)
        if column is None or (column in claimed and not stated) or (times is None and not stated):
            unknown.append(header)
        else:
            matched[header] = (column, times or 1.0)
    return matched, unknown


def column_of(table, header):
    """
    The column that a header means but for its unit, or None.

    >>> column_of("stores", "面积（亩）"), column_of("stores", "心情")
    ('floor_area_sqm', None)
    """
    column, _ = _meant(header, _known(table))
    return column
