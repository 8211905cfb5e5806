"""The city analysis table (城市分析表), as expansion staff fill it in on a trip, filled in as far as known."""

import math
import re
import unicodedata

import pandas as pd

from expansion_kit import words
from expansion_kit.report.market_report import METHODS
from expansion_kit.report.naming import column_name, measure_name, table_name, told_of

FIGURES = ("group", "item", "value", "unit", "note", "source", "as_of", "method")
ITEMS = {
    "people": {
        "population": "person",
        "households": "household",
        "workers": "person",
        "area_sqkm": "km2",
        "people_sqkm": "person/km2",
        "income": "money/month",
        "spend_per_head": "money/month",
    },
    "footfall": {
        "busiest_zone": "",
        "footfall_busiest": "person/day",
        "peak_hours": "",
        "people_hour": "person/hour",
        "capture_rate": "share",
        "conversion_rate": "share",
        "bag_rate": "share",
        "avg_ticket": "money/order",
    },
    "rents": {
        "rent_median": "money/m2/month",
        "rent_highest": "money/m2/month",
        "turnover_rate": "share",
        "base_rent_month": "money/month",
        "property_fee_sqm_month": "money/m2/month",
        "promotion_levy": "share",
        "rent_free_days": "day",
        "escalation": "share",
        "transfer_fee": "money",
        "deposit_months": "month",
        "remittance_days": "day",
    },
    "rivals": {
        "stores": "store",
        "own_stores": "store",
        "other_stores": "store",
        "largest_brand": "",
        "hhi": "",
        "stores_per_10000": "store",
        "opened_stores": "store",
        "closed_stores": "store",
        "rival_sales_month": "money/month",
    },
    "potential": {
        "potential_month": "money/month",
        "supply_month": "money/month",
        "supply_gap_month": "money/month",
        "potential_year_3": "money/month",
        "street_sales": "money/month",
        "sales_sqm_month": "money/m2/month",
    },
    "white_space": {"white_cells": "", "best_cell": "", "unserved": "money/month", "sites": "", "listings": ""},
    "terms": {
        "franchise_fee": "money",
        "deposit": "money",
        "royalty": "share",
        "term_years": "year",
        "return_policy": "",
        "rival_entry_money": "money",
        "rival_return_policy": "",
    },
}
"""What the form asks, by group, with units; what nobody has told stands there to be surveyed."""

SHEETS = {
    "trade_areas": "trade_areas",
    "zones": "zones",
    "brands": "brands",
    "rents": "zone_rents",
    "white_space": "white_space",
    "terms": "brands",
    "scenarios": "scenarios",
    "missing": "missing",
    "sources": "provenance",
}
"""The other sheets in their order, with the table of the data dictionary that names their columns first."""

_UNITS = {name: unit for items in ITEMS.values() for name, unit in items.items()} | {
    "radius_m": "m",
    "minutes": "minute",
    "covered": "share",
    "share": "share",
    "shared_sqkm": "km2",
    "shared_share": "share",
    "customers": "person",
    "workers": "person",
    "footfall_day": "person/day",
    "devices_day": "device/day",
    "stores_known": "store",
    "share_of_stores": "share",
    "share_of_sales": "share",
    "stores_per_sqkm": "store/km2",
    "leakage": "",
    "potential": "money/month",
    "potential_residents": "money/month",
    "potential_workers": "money/month",
    "potential_passers": "money/month",
    "growth": "share/year",
    "year": "year",
    "demand": "money/month",
    "served_own": "money/month",
    "served_rival": "money/month",
    "unserved_share": "share",
    "reachable_unserved": "money/month",
    "nearest_own_m": "m",
    "nearest_rival_m": "m",
    "entry_money": "money",
    "first_rent": "money/month",
    "effective_rent": "money/month",
    "effective_cost": "money/month",
    "ocr": "share",
}
_UNITS |= dict.fromkeys(("sales_p10", "sales_p50", "sales_p90", "breakeven_sales"), "money/month")
_UNITS |= dict.fromkeys(("transfer_loss", "net_gain", "net_gain_alone"), "money/month")
_UNITS |= dict.fromkeys(("cost", "npv", "npv_p10", "npv_p90", "franchisor_npv"), "money")
_UNITS |= dict.fromkeys(("p_top1", "p_top5", "p_loss", "irr", "weight"), "share")
_UNITS |= dict.fromkeys(("mape_totals", "wape_totals", "random", "blocks"), "share")
_UNITS |= {"payback_months": "month", "reference_n": "store"}
_SPOKEN = {
    "tier": ("primary", "secondary", "fringe"),
    "scenario": ("low", "base", "high"),
    "floor": ("ground", "all", "other"),
    "rent_floor": ("ground", "all", "other"),
    "brand": ("independent",),
    "direction": ("benefit", "cost", "target"),
}
_FORMATS = {"share": "0.0%", "share/year": "0.0%", "degree": "0.00000", "year": "0"}
_FACE = {"zh": "Microsoft YaHei", "en": "Arial"}
_METHOD = re.compile(rf"\b({'|'.join(METHODS)}|not stated)\b")
_WIDEST = 44


def city_analysis(figures, *, city, lang, currency, made=False, as_of="", tables=None):
    """
    The city analysis table as sheets for `files.write_xlsx`: a form of all figures, then a sheet a table.

    Parameters
    ----------
    figures : DataFrame
        One row a figure: `group` (of `ITEMS`), `item` (a key of `ITEMS`, or any name for one more line), `value` (a
        number in the unit, or a text); and if wanted `unit` (a code such as `money/month`, or any text; that of
        `ITEMS` where empty), `note`, `source`, `as_of`, `method` (measured, estimated, assumed, simulated).
    city : str
        Its name.
    lang : str
        `en` or `zh`.
    currency : str
        ISO 4217 code of the money.
    made : bool
        True marks each sheet as made-up data.
    as_of : str
        Date of the data, for the heading.
    tables : dict, optional
        By a key of `SHEETS`, a DataFrame with the columns that `market` and `schemas` give (geometry is left out; a
        named index is the first column); `missing` may be a dict, what -> why. What is absent has no sheet.

    Returns
    -------
    dict of str to dict
        Sheet title to layout: headers in words with their unit, values as numbers. Items of the form without a value
        stand there with a coloured cell, to be filled in by hand.

    Raises
    ------
    ValueError
        If the figures lack a column or have one more, or a group or sheet is not known.

    Examples
    --------
    >>> figures = pd.DataFrame([{"group": "people", "item": "population", "value": 8_100_000, "method": "measured"}])
    >>> sheets = city_analysis(figures, city="Harbin", lang="en", currency="CNY")
    >>> sheets["City analysis"]["table"].iloc[0, :4].to_list()
    ['Residents and spending', 'Residents', 8100000, 'people']
    >>> int(sheets["City analysis"]["table"]["Value"].isna().sum()) > 30
    True
    """
    _check(figures, tables or {})
    title = words.say("analysis.title", lang)
    heading = [words.say("analysis.heading", lang, city=city, sheet=title)]
    dated = words.say("report.as_of", lang, as_of=as_of) + ("；" if lang == "zh" else " · ") if as_of else ""
    lines = [dated + words.say("analysis.how_to_fill", lang), words.say("analysis.surveyor", lang)]
    mark = [words.say("report.made", lang)] if made else []
    sheets = {title: {"heading": heading + mark + lines, "font": _FACE[lang]} | _form(figures, lang, currency)}
    for name in SHEETS:
        table = (tables or {}).get(name)
        if table is not None and len(table):
            title = words.say(f"analysis.sheet_{name}", lang)
            heading = [words.say("analysis.heading", lang, city=city, sheet=title)]
            heading += mark + [words.say(f"analysis.note_{name}", lang)]
            sheets[title] = {"heading": heading, "font": _FACE[lang]} | _sheet(name, table, lang, currency)
    return sheets


def _check(figures, tables):
    """All that is wrong with the names, in one message."""
    wrong = [f"no column {name!r}" for name in FIGURES[:3] if name not in figures]
    wrong += [f"column {name!r}, but only {', '.join(FIGURES)} are shown" for name in figures if name not in FIGURES]
    groups = figures["group"].unique() if "group" in figures else ()
    wrong += [f"group {name!r}, but only {', '.join(ITEMS)} are known" for name in groups if name not in ITEMS]
    wrong += [f"sheet {name!r}, but only {', '.join(SHEETS)} are known" for name in tables if name not in SHEETS]
    if wrong:
        raise ValueError(f"the city analysis table has {'; '.join(wrong)}")


def _form(figures, lang, currency):
    """One row a figure in the order of `ITEMS`, then the further ones of each group; unknown ones to be surveyed."""
    asked = pd.DataFrame([(group, item) for group, items in ITEMS.items() for item in items], columns=["group", "item"])
    told = figures.reindex(columns=FIGURES).astype(object)
    told = asked.merge(told, how="outer", on=["group", "item"], sort=False)
    place = {pair: at for at, pair in enumerate(zip(asked["group"], asked["item"]))}
    groups = list(ITEMS)
    order = [(groups.index(g), place.get((g, i), len(place))) for g, i in zip(told["group"], told["item"])]
    told = told.iloc[sorted(range(len(told)), key=order.__getitem__)].reset_index(drop=True)
    units = told["unit"].where(told["unit"].notna() & (told["unit"] != ""), told["item"].map(_UNITS)).fillna("")
    unknown, percent = told["value"].isna(), words.say("analysis.percent", lang)  # a bare % might be run
    method = told["method"].map(lambda each: worded(each, "method", "", lang))
    shown = {
        "group": told["group"].map(lambda group: words.say(f"analysis.group_{group}", lang)),
        "item": told["item"].map(lambda item: measure_name(item, "zones", lang) if item in _UNITS else item),
        "value": told["value"],
        "unit": [percent if unit == "share" else unit_words(unit, lang, currency) for unit in units],
        **{name: told[name] for name in ("note", "source", "as_of")},
        "method": method.mask(unknown, words.say("analysis.to_survey", lang)),
    }
    names = {name: words.say(f"analysis.form_{name}", lang) for name in FIGURES}
    formats = [_FORMATS.get(unit) or _format(pd.Series([value])) for unit, value in zip(units, shown["value"])]
    ways = [words.say(f"report.method_{way}", lang) for way in METHODS[:3]]
    wide = dict(zip(FIGURES, (17, 33, 18, 14, 32, 36, 14, 22)))
    return {
        "table": pd.DataFrame(shown, dtype=object).rename(columns=names)[list(names.values())],
        "formats": {names["value"]: formats},
        "widths": {names[name]: width for name, width in wide.items()},
        "inputs": {names[name]: unknown.to_list() for name in ("value", "note", "source", "as_of")},
        "choices": {names["method"]: [*ways, words.say("analysis.to_survey", lang)]},
        "breaks": (told["group"] != told["group"].shift()).to_list(),
    }


def _sheet(name, table, lang, currency):
    """A table with headers and words for the reader, and how its columns look."""
    flat = _flat(name, table, lang)
    spoken = pd.DataFrame(index=flat.index)
    layout = {"formats": {}, "widths": {}}
    for column in flat:
        header, unit = headed(column, SHEETS[name], lang, currency)
        header = header if header not in spoken else f"{header} {column}"
        values = pd.Series([worded(value, column, SHEETS[name], lang) for value in flat[column]], dtype=object)
        spoken[header] = values.where(flat[column].notna(), None)
        layout["formats"][header] = _FORMATS.get(unit) or _format(flat[column])
        layout["widths"][header] = _width(header, values, layout["formats"][header])
    return {"table": spoken, **layout}


def _flat(name, table, lang):
    """Rows without geometry and index; sources with the columns of one origin in one row."""
    if name == "missing" and not isinstance(table, pd.DataFrame):
        return pd.DataFrame(list(table.items()), columns=["what", "why"])
    flat = pd.DataFrame(table.reset_index() if any(table.index.names) else table)
    flat = flat[[c for c in flat if flat[c].dtype != "geometry"]].reset_index(drop=True)
    if name != "sources":
        return flat
    flat = flat.fillna("").astype(str)
    flat["column"] = [column_name(*pair, lang) for pair in zip(flat["column"], flat["table"])]
    keys = ["table", "source", "as_of", "method"]
    together = flat.groupby(keys, sort=False)["column"].agg("、".join if lang == "zh" else ", ".join)
    return together.reset_index()[["table", "column", "source", "as_of", "method"]]


def headed(column, table, lang, currency):
    """
    A column in words with its unit, as the table named first means it, and the unit's code.

    >>> headed("rent_sqm_month", "zones", "zh", "CNY"), headed("mood", "zones", "zh", "CNY")
    (('租金（元/㎡/月）', 'money/m2/month'), ('mood', ''))
    """
    stem = str(column).removesuffix("_minus_own")
    known = told_of(stem, table)
    unit = _UNITS.get(stem, known["unit"] if known else "")
    name = measure_name(stem, table, lang)
    if stem != column:
        name = words.say("analysis.minus_own", lang, name=name)
    told = unit_words(unit, lang, currency)
    if not told:
        return name, unit
    return (f"{name}（{told}）" if lang == "zh" else f"{name} ({told})"), unit


def unit_words(unit, lang, currency):
    """
    A unit for readers: codes in words, the city's money by name, any other text as it is.

    >>> unit_words("money/m2/month", "zh", "CNY"), unit_words("person/day", "en", "CNY"), unit_words("杯", "zh", "CNY")
    ('元/㎡/月', 'people/day', '杯')
    >>> unit_words("store/km2", "en", "CNY")
    'stores/km²'
    """
    known = words.family("unit.", lang) | {"money": words.currency_name(currency, lang), "share": "%"}
    first, *rest = str(unit).split("/")
    if first in words.family("analysis.many_", lang):
        first = words.say(f"analysis.many_{first}", lang)
    else:
        first = known.get(first, first)
    return "/".join([first, *(known.get(part, part) for part in rest)])


def worded(value, column, table, lang):
    """
    A cell's value for the reader: words for our codes, anything else as it is.

    >>> worded("S1", "name", "", "zh"), worded("mall", "site_type", "sites", "zh"), worded(True, "own", "", "en")
    ('S1', '商场', 'yes')
    """
    if isinstance(value, bool):
        return words.say("analysis.yes" if value else "analysis.no", lang)
    if not isinstance(value, str):
        return value
    if column.endswith("method"):
        codes = dict.fromkeys(METHODS) | {"not stated": "unknown"}
        return _METHOD.sub(lambda way: words.say(f"report.method_{codes[way[0]] or way[0]}", lang), value)
    if value in _SPOKEN.get(column, ()):
        return words.say(f"analysis.value_{value}", lang)
    if column == "table":
        return table_name(value, lang)
    known = told_of(column, table)
    options = (known or {}).get("options", {})
    return (options[value][0] if lang == "zh" else value.replace("_", " ")) if value in options else value


def _format(values):
    """A number format with as many digits as the values carry; none for texts and for nothing."""
    known = pd.to_numeric(values, errors="coerce").dropna()
    if known.empty:
        return "General"
    if known.abs().max() >= 1000 or (known == known.round()).all():
        return "#,##0"
    return "#,##0.0" if known.abs().max() >= 10 else "0.00"


def _width(header, values, shown):
    """Characters of the longest value; a long header stands in several lines."""
    texts = [value if isinstance(value, str) else f"{value:,.1f}" for value in values.dropna()]
    longest = max((_columns(text) for text in texts), default=0) if shown == "General" else 12
    return min(max(longest + 4, math.ceil(_columns(header) / 2) + 6, 10), _WIDEST)


def _columns(text):
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
