"""Incoming headers, Chinese or English, with or without a unit in brackets, to the columns of a table."""

import re
import unicodedata

from .tables import columns

COORDINATES = "坐标"
_PAIR_HEADERS = {"坐标", "经纬度", "坐标(经度,纬度)", "lnglat", "location", "lon_lat"}
_MULTIPLES = {"亿": 1e8, "万": 1e4, "千": 1e3}


def _plain(header):
    """Lower case, half width, without spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(header))).lower().lstrip("﻿")


def _multiple(header):
    """The 万 (or 亿, 千) of a header's unit: `销售额(万元)` is 10,000."""
    unit = re.search(r"\(([^()]*)\)$", header)
    found = re.search(r"[亿万千](?=元|人|户|$)", unit.group(1) if unit else header[-2:])
    return _MULTIPLES[found.group()] if found else 1.0


def _known(table):
    known = {}
    for name, column in columns(table).items():
        for header in [name, *column.metadata["headers"]]:
            known.setdefault(_plain(header), name)
    return known


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
        Headers that mean nothing here; their cells are not read.

    Examples
    --------
    >>> match_headers("sites", ["候选点编号", "经度", "装修费（万元）", "心情"])
    ({'候选点编号': ('site_id', 1.0), '经度': ('lon', 1.0), '装修费（万元）': ('fit_out_cost', 10000.0)}, ['心情'])
    """
    known, given = _known(table), {_plain(k): v for k, v in (given or {}).items()}
    matched, unknown = {}, []
    for header in headers:
        full = _plain(header)
        bare = re.sub(r"\([^()]*\)$", "", full)
        swollen = re.sub(r"[亿万千]元$", "", bare)
        if full in given:
            column = given[full]
        elif full in _PAIR_HEADERS or bare in _PAIR_HEADERS:
            column = COORDINATES
        else:
            column = next((known[form] for form in (full, bare, swollen) if form in known), None)
        if column is None:
            unknown.append(header)
        else:
            matched[header] = (column, 1.0 if full in known else _multiple(full))
    return matched, unknown
