"""
Which of our tables a file is, and which of our columns each header means: proposed with reasons, to be confirmed.

Headers that the data dictionary knows are sure. The rest is likeness of headers, what map services call things, and
what the cells look like; none of that is more than a proposal. The order of a file's columns changes nothing.
"""

import difflib
import re
from dataclasses import dataclass
from functools import cache

import pandas as pd

from ..schemas import columns, key_of
from ..schemas.checking import ALTERNATIVES
from ..schemas.headers import COORDINATES, match_headers, plain
from ..schemas.parsing import as_text, read_choice, read_day, read_flag, read_moment, read_number, read_period
from ..words import LANGUAGES, say
from . import poi

SURE, SERVICE, ALIKE, VALUES = "known", "service", "alike", "values"
GUESSED = (
    *("zones", "stores", "sites", "listings", "stations", "generators", "brands", "sales", "prospects", "territories"),
    *("zone_rents", "zone_footfall", "market_sales", "foot_counts", "sensor_counts", "choices", "travel", "contacts"),
    *("bids", "expenses", "promotions", "budgets"),
)
_WEIGHT = {SURE: 1.0, SERVICE: 0.9, ALIKE: 0.6, VALUES: 0.4}
_MISSING, _NAMED, _CLEAR = 1.5, 2.0, 0.3  # a required column that is absent; a file called after the table; a lead
MANY = 400  # headers; nobody could confirm a proposal for more
_LIKE, _LIKE_OF_DATES, _MOST, _SAMPLE = 0.75, 0.4, 0.9, 300
_PAIR = re.compile(r"-?\d{1,3}\.\d{3,}\s*[,，;；\s]\s*-?\d{1,3}\.\d{3,}")
_SHAPE = re.compile(r"\s*(SRID=\d+;)?(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?\s*\(", re.IGNORECASE)
_CODE = re.compile(r"id$|编号|编码|代码|序号|code|^no$", re.IGNORECASE)
_MONEY = re.compile(r"元|价|额|租金|费用|amount|price|rent|revenue|sales|turnover", re.IGNORECASE)
_IN_CHINA = {"lon": (73.0, 136.0), "lat": (3.0, 54.0)}
_READERS = {"number": read_number, "day": read_day, "moment": read_moment, "flag": read_flag, "period": read_period}


@dataclass(frozen=True)
class Proposal:
    """What a file most likely is: the table, and by header the `column` (empty: not read), `why`, if it's `sure`."""

    table: str
    clear: bool
    headers: pd.DataFrame

    @property
    def sure(self):
        """Whether nothing in it is a guess."""
        return self.clear and bool(self.headers["sure"].all())

    def given(self):
        """Mapping as `city.toml` states it."""
        return self.headers["column"].to_dict()


def propose(frame, *, table="", given=None, service="", name="", currency=""):
    """
    The table and the columns that a file most likely means.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, n_headers)
        Cells as a reader gives them.
    table : str
        Our table, where the user has said which it is.
    given : dict of str to str, optional
        Header to our column, where the user has said so.
    service : str
        Map service that the file was exported from (`poi.service`).
    name : str
        Of the file, without its ending: `门店.csv` is likely of stores.
    currency : str
        ISO 4217 code of the city's money.

    Returns
    -------
    Proposal
        Its `headers` have the file's headers as index and `column`, `why` (`known`, `service`, `alike`, `values`,
        `given`, `none`), `like` (our header that it resembles) and `sure`.

    Examples
    --------
    >>> frame = pd.DataFrame({"门店名": ["A"], "所在经度": ["121.471"], "所在纬度": ["31.231"], "品牌": ["X"]})
    >>> propose(frame, table="stores").given()
    {'门店名': 'name', '所在经度': 'lon', '所在纬度': 'lat', '品牌': 'brand'}
    """
    given, sample = dict(given or {}), frame.head(_SAMPLE)
    once = frame.columns[~frame.columns.duplicated(keep=False)] if frame.shape[1] <= MANY else ()
    texts = {header: sample[header].map(as_text) for header in once}
    if len(texts) < frame.shape[1]:  # too many, or some stand twice
        texts = {}
    seen = (texts, given, service, currency)
    if table:
        return Proposal(table, True, _headers(table, frame, seen))
    found = {one: _headers(one, frame, seen) for one in GUESSED}
    points = pd.Series({one: _points(one, headers, name) for one, headers in found.items()})
    if service:
        points[poi.table_of(frame)] += _NAMED
    best = points.idxmax()
    lead = points[best] - points.drop(best).max()
    clear = bool(lead >= _CLEAR and not service and not absent(best, found[best].loc[found[best]["sure"], "column"]))
    return Proposal(best, clear, found[best])


def still_absent(proposal):
    """
    Columns that the table must have and that nothing but a guess gives.

    >>> still_absent(propose(pd.DataFrame({"State": ["N"], "Month": ["2017-12"]}), table="sales"))
    ['sales']
    """
    return absent(proposal.table, proposal.headers.loc[proposal.headers["sure"], "column"])


def _points(table, headers, name):
    weight = headers["why"].map(_WEIGHT).fillna(0.0).where(headers["column"] != "", 0.0).sum()
    words = [table, *(say(f"table.{table}", lang) for lang in LANGUAGES)]
    named = any(plain(word) in plain(name) for word in words)
    return weight - _MISSING * len(absent(table, headers["column"])) + _NAMED * named


def absent(table, means):
    """
    Columns that a table must have and that are not among `means`.

    >>> absent("stores", ["store_id", "name", "lon", "lat"])
    ['brand']
    """
    there = set(means)
    there |= {"lon", "lat"} if COORDINATES in there else set()
    needed = [n for n, c in columns(table).items() if c.metadata["required"] and not c.metadata["key"]]
    lacking = [name for name in needed if name not in there]
    groups = ALTERNATIVES.get(table, ())
    return lacking + ([" + ".join(groups[0])] if groups and not any(set(g) <= there for g in groups) else [])


def _headers(table, frame, seen):
    """Each header with the column that it gets: the best pair first, then the best of what is left."""
    texts, given, service, currency = seen
    matched, _ = match_headers(table, list(frame.columns), given, currency=currency)
    stated = {plain(header) for header in given}
    known = {header: column for header, (column, _) in matched.items()}
    pairs = [(0.0, plain(h), h, column, "given", "") for h, column in known.items() if plain(h) in stated]
    for header in [h for h in texts if plain(h) not in stated]:
        pairs += _candidates(table, header, known.get(header), texts[header], service, currency)
    if not texts:
        pairs += [(0.0, plain(h), h, column, SURE, "") for h, column in known.items() if plain(h) not in stated]
    pairs += _coordinates(table, texts, {pair[2] for pair in pairs if pair[3] in ("lon", "lat", COORDINATES)})
    rows, taken = {}, set()
    for _, _, header, column, why, like in sorted(pairs, key=lambda pair: pair[:2] + pair[3:4]):
        if header not in rows and (column == "" or column not in taken) and not _other_place(column, taken):
            rows[header] = (column, why, like, why in (SURE, "given") or column == "")
            taken.add(column)
    nothing = ("", "none", "", True)
    return pd.DataFrame(
        [rows.get(header, nothing if header not in known else ("", "none", known[header], False)) for header in frame],
        index=pd.Index(frame.columns, name="header"),
        columns=["column", "why", "like", "sure"],
    )


def _other_place(column, taken):
    """A pair in one cell and a column of longitudes are two ways to say the same."""
    return column == COORDINATES and "lon" in taken or column in ("lon", "lat") and COORDINATES in taken


def _candidates(table, header, known, texts, service, currency):
    """Columns that one header may mean: (rank, plain header, header, column, why, like); lowest rank first."""
    word, meant = plain(header), poi.meaning(header, table) if service and table in poi.TABLES else None
    if known is not None and not (meant == "" and known != ""):
        order = _spellings(table)[known] if known in columns(table) else [word]
        place = order.index(word) if word in order else len(order)
        return [(1 + place / 100, word, header, known, SURE, "")]
    if meant is not None:
        rank = 2 + poi.rank(header) / 100
        fits = meant in ("", COORDINATES) or (meant in columns(table) and _fits(columns(table)[meant], texts))
        return [(rank, word, header, meant, SERVICE, "")] if fits else []
    found = []
    for name, column in columns(table).items():
        like, as_our = _most_alike(word, _spellings(table)[name])
        dated = column.metadata["kind"] in ("day", "moment") and as_our[:2] == word[:2] and _dated(texts[texts != ""])
        if (
            like >= (_LIKE_OF_DATES if dated else _LIKE)
            and _fits(column, texts)
            and _unit_fits(table, header, name, currency)
        ):
            found.append((4 - like, word, header, name, ALIKE, as_our))
    return found + _by_values(table, header, texts)


@cache
def _spellings(table):
    """By column every way to head it, plain, in the order of the data dictionary."""
    return {n: list(map(plain, [n, *c.metadata["headers"]])) for n, c in columns(table).items()}


def _most_alike(word, spellings):
    return max(((_alike(word, known), known) for known in spellings), key=lambda pair: pair[0])


@cache
def _alike(word, known):
    """1 for the same, 0.75 and more where one ends or begins with the other (two signs, four letters) or nearly so."""
    word = re.sub(r"\([^()]*\)$", "", word) or word
    short, long = sorted((word, known), key=len)
    enough = len(short) >= (4 if short.isascii() else 2)
    if enough and (long.endswith(short) or long.startswith(short)):
        return 0.75 + 0.25 * len(short) / len(long)
    close = enough and abs(len(word) - len(known)) <= 3 and set(word) & set(known)
    return difflib.SequenceMatcher(None, short, long).ratio() * 0.95 if close else 0.0


def _unit_fits(table, header, column, currency):
    """Whether the unit in a header is one of the column's."""
    matched, _ = match_headers(
        table, [f"{column}{''.join(re.findall(r'[(（][^()（）]*[)）]$', str(header)))}"], currency=currency
    )
    return bool(matched)


def _fits(column, texts):
    """Whether nearly all cells can be read as what the column holds."""
    filled, kind = texts[texts != ""], column.metadata["kind"]
    if filled.empty:
        return False
    if kind == "shape":
        return bool(filled.str.match(_SHAPE).mean() >= _MOST)
    if kind == "choice":
        return bool((~read_choice(filled, column.metadata["options"])[1]).mean() >= _MOST)
    if kind not in _READERS:
        return True
    values, bad = _READERS[kind](filled)
    inside = pd.Series(True, index=filled.index)
    if column.name in _IN_CHINA:
        inside = values.abs() <= (180 if column.name == "lon" else 90)
    return bool((~bad & inside).mean() >= _MOST)


def _by_values(table, header, texts):
    """What the cells of a header look like, where the header itself says nothing."""
    filled, known, word = texts[texts != ""], columns(table), plain(header)
    if filled.empty:
        return []
    if "lon" in known and filled.str.fullmatch(_PAIR).mean() >= _MOST:
        return [(6.0, word, header, COORDINATES, VALUES, "pair")]
    if "geometry" in known and filled.str.match(_SHAPE).mean() >= _MOST:
        return [(6.0, word, header, "geometry", VALUES, "shape")]
    needed = [name for name, column in known.items() if column.metadata["required"]]
    found = []
    for name in needed:
        meaning = known[name].metadata
        if meaning["kind"] in ("day", "period", "moment") and _fits(known[name], filled) and _dated(filled):
            found.append((6.1, word, header, name, VALUES, "day"))
        if meaning["unit"].startswith("money") and _MONEY.search(str(header)) and _fits(known[name], filled):
            found.append((6.2, word, header, name, VALUES, "money"))
    if key_of(table) and _CODE.search(str(header).strip()) and filled.is_unique and len(filled) == len(texts):
        found.append((6.3, word, header, key_of(table), VALUES, "code"))
    return found


def _dated(filled):
    """A year alone, or a plain number, is too little to be taken for a date."""
    return bool(filled.str.contains(r"^(?:19|20)\d{2}[-/.年WQ]").mean() >= _MOST)


def _coordinates(table, texts, placed):
    """Longitudes and latitudes of China, where just one column of numbers looks like each and no header says more."""
    if placed or not {"lon", "lat"} <= set(columns(table)):
        return []
    found = {"lon": [], "lat": []}
    for header, cells in texts.items():
        filled = cells[cells != ""]
        if filled.empty or filled.str.contains(r"\.\d{3,}$").mean() < _MOST:
            continue
        values, bad = read_number(filled)
        for name, (low, high) in _IN_CHINA.items():
            if not bad.any() and values.between(low, high).all():
                found[name].append(header)
    if any(len(headers) != 1 for headers in found.values()):
        return []
    return [(6.0, plain(h), h, name, VALUES, name) for name, (h,) in found.items()]
