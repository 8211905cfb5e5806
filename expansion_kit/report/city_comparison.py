"""Cities beside each other (城市对比): one row a city, every figure as the city's own results have it."""

import re

import pandas as pd

from expansion_kit import words
from expansion_kit.report.city_analysis import unit_words
from expansion_kit.report.market_report import METHODS
from expansion_kit.report.naming import measure_name

FORM = "city_analysis.xlsx"
FIGURES = {
    "population": ("person", FORM),
    "households": ("household", FORM),
    "income": ("money/month", FORM),
    "potential_month": ("money/month", FORM),
    "potential_per_person": ("money/person/month", ("potential_month", "population", 1)),
    "supply_month": ("money/month", FORM),
    "supply_share": ("share", ("supply_month", "potential_month", 1)),
    "own_stores": ("store", FORM),
    "other_stores": ("store", FORM),
    "stores_per_10000": ("store", FORM),
    "own_stores_per_10000": ("store", ("own_stores", "population", 10_000)),
    "rent_median": ("money/m2/month", FORM),
    "white_cells": ("", FORM),
    "unserved": ("money/month", FORM),
    "unserved_per_person": ("money/person/month", ("unserved", "population", 1)),
    "best_site": ("", ("site_scores.csv", "name")),
    "best_score": ("", ("site_scores.csv", "score")),
    "best_p_top1": ("share", ("site_scores.csv", "p_top1")),
    "best_sales": ("money/month", ("site_scores.csv", "sales_p50")),
    "best_ocr": ("share", ("site_scores.csv", "occupancy_cost_ratio")),
    "prospects": ("person", "prospect_scores.csv"),
    "prospects_per_100000": ("person", ("prospects", "population", 100_000)),
    "forecast_year": ("money/year", "forecast.csv"),
    "target_year": ("money/year", "targets.csv"),
    "target_per_person": ("money/person/year", ("target_year", "population", 1)),
}
"""
The figures in their order: unit, and the result file they stand in, or the file and column of its best site, or two
figures of this table and a factor: the first for so many of the second.
"""

COLUMNS = ("value", "unit", "method", "note", "source", "as_of", "file")
COLOURS = {"measured": "E2EFDA", "estimated": "DDEBF7", "assumed": "FCE4D6", "simulated": "E4DFEC", "": "EDEDED"}
"""What a cell looks like by how its figure was come by; without a method it is grey."""

_FACE = {"zh": "Microsoft YaHei", "en": "Arial"}
_WHOLE = 100  # from here on a figure has no digits behind the point


def city_figures(results, *, lang):
    """
    The figures of one city out of the results of its run.

    Parameters
    ----------
    results : dict
        As `results.read_results` gives it: by file name tables of texts, `city_analysis.xlsx` its form, `run.json`.
    lang : str
        `en` or `zh`, for the notes.

    Returns
    -------
    DataFrame
        Indexed by `figure` (all of `FIGURES`, in order): `value` (a number in the unit, a text for the best site;
        missing where the results do not tell it), `unit`, `method` (measured, estimated, assumed, simulated, or empty),
        `note`, `source`, `as_of` and `file`.
    """
    form = _of_form(results)
    from_files = {"best_site": _best_site, "prospects": _prospects, "forecast_year": _forecast, "target_year": _target}
    found = {}
    for name, (unit, place) in FIGURES.items():
        if place == FORM:
            told = form.get(name, {})
        elif place[0] == "site_scores.csv":
            told = _best_site(results, place[1], lang)
        elif isinstance(place, tuple):
            told = _ratio(found, place, lang)
        else:
            told = from_files[name](results, lang)
        found[name] = dict.fromkeys(COLUMNS, "") | {"value": None} | told | {"unit": unit}
    return pd.DataFrame.from_dict(found, orient="index", columns=COLUMNS, dtype=object).rename_axis("figure")


def _of_form(results):
    """By item what the city's own analysis says; words of the run back to our names."""
    if FORM not in results:
        return {}
    lang = results["run.json"]["notebooks"]["1"]["parameters"]["lang"]
    items = {measure_name(name, "zones", lang): name for name, (_, place) in FIGURES.items() if place == FORM}
    rows = results[FORM]
    rows = rows[rows["item"].isin(items) & pd.to_numeric(rows["value"], errors="coerce").notna()]
    rows = rows.assign(item=rows["item"].map(items), value=pd.to_numeric(rows["value"], errors="coerce"))
    rows["method"] = [_method_of(text, lang) for text in rows["method"]]
    rows["file"] = FORM
    kept = rows.drop(columns=["group", "unit"]).drop_duplicates("item")
    return {row.pop("item"): row for row in kept.to_dict("records")}


def _method_of(text, lang):
    """The weakest of the ways that a text names in words."""
    named = [way for way in METHODS if words.say(f"report.method_{way}", lang) in text]
    return _weakest(named)


def _weakest(ways):
    """Of several ways the one to be trusted least; none where one is not known."""
    return max(ways, key=METHODS.index) if ways and all(way in METHODS for way in ways) else ""


def _origin(results, table, column):
    """Source, date and method of a column, as the run's provenance has them."""
    rows = results.get("provenance.csv", pd.DataFrame(columns=["table", "column", "source", "as_of", "method"]))
    rows = rows[(rows["table"] == table) & rows["column"].isin([column, "*"])]
    method = _weakest(rows["method"].to_list())
    texts = {name: "; ".join(filter(None, rows[name].unique())) for name in ("source", "as_of")}
    return texts | {"method": method}


def _best_site(results, column, lang):
    """A column of the site of rank 1."""
    scores = results.get("site_scores.csv", pd.DataFrame(columns=["rank"]))
    best = scores[scores["rank"] == "1"]
    text = best[column].iloc[0] if len(best) and column in best else ""
    if column == "name" and len(best):
        text = text or best["site_id"].iloc[0]
    if not text:
        return {}
    value = text if column == "name" else float(text)
    name = words.say("compare.note_best", lang, site=best["name"].iloc[0] or best["site_id"].iloc[0])
    told = {"value": value, "note": "" if column == "name" else name, "file": "site_scores.csv"}
    return told | _origin(results, "site_scores.csv", column)


def _prospects(results, lang):
    """How many prospects were scored: counted from the list."""
    if "prospect_scores.csv" not in results:
        return {}
    count = len(results["prospect_scores.csv"])
    note = words.say("compare.note_prospects", lang)
    origin = _origin(results, "prospects", "stage")
    return {"value": count, "note": note, "file": "prospect_scores.csv"} | origin


def _forecast(results, lang):
    """The first calendar year whose twelve months are all forecast for the network: the sum of their medians."""
    rows = results.get("forecast.csv", pd.DataFrame(columns=["level", "period", "sales_p50"]))
    rows = rows[(rows["level"] == "network") & rows["period"].str.fullmatch(r"\d{4}-\d{2}") & (rows["sales_p50"] != "")]
    years = rows.groupby(rows["period"].str[:4])["period"].nunique()
    whole = sorted(years.index[years == 12])
    if not whole:
        return {}
    months = rows[rows["period"].str[:4] == whole[0]]
    errors = pd.to_numeric(months["backtest_wape"], errors="coerce").dropna().unique()
    note = words.say("compare.note_forecast", lang, year=whole[0])
    note += words.say("compare.note_error", lang, error=f"{errors[0]:.1%}") if len(errors) == 1 else ""
    value = float(pd.to_numeric(months["sales_p50"]).sum())
    return {"value": value, "note": note, "file": "forecast.csv"} | _origin(results, "forecast.csv", "sales_p50")


def _target(results, lang):
    """The network's sales target of the plan year, lowest tier."""
    rows = results.get("targets.csv", pd.DataFrame(columns=["level", "metric", "tier", "period_type"]))
    kind = {"level": "network", "metric": "sales", "tier": "base", "period_type": "year"}
    rows = rows[(rows[list(kind)] == pd.Series(kind)).all(axis=1)]
    if len(rows) != 1:
        return {}
    row = rows.iloc[0]
    note = words.say("compare.note_target", lang, year=row["period"], tier=row["tier_name"] or row["tier"])
    told = {"value": float(row["value"]), "note": note, "file": "targets.csv"}
    return told | _origin(results, "targets.csv", "value")


def _ratio(found, place, lang):
    """One figure of the table for so many of another; as sure as the less sure of the two."""
    above, below, factor = found[place[0]], found[place[1]], place[2]
    if above["value"] is None or not below["value"]:
        return {}
    names = [words.say(f"compare.figure_{name}", lang) for name in place[:2]]
    dates = dict.fromkeys(filter(None, (above["as_of"], below["as_of"])))
    return {
        "value": above["value"] / below["value"] * factor,
        "method": _weakest([above["method"], below["method"]]),
        "note": words.say("compare.note_ratio", lang, above=names[0], below=names[1]),
        "as_of": "; ".join(dates),
        "file": "; ".join(dict.fromkeys((above["file"], below["file"]))),
    }


def city_comparison(cities, *, lang):
    """
    Cities beside each other as sheets for `files.write_xlsx`: a row a city, then every figure, then how to read it.

    Parameters
    ----------
    cities : list of dict
        `name` (each its own), `currency` (ISO 4217 code, empty where unknown), `made` (True for made-up data),
        `state` (what became of its run, in words), `figures` (of `city_figures`, None where the run failed) and
        `remarks` (list of str).
    lang : str
        `en` or `zh`.

    Returns
    -------
    dict of str to dict
        Sheet title to layout. Money stands in each city's own currency; where there are several, every such cell
        names its own.

    Raises
    ------
    ValueError
        If two cities have one name.
    """
    names = [city["name"] for city in cities]
    if len(set(names)) < len(names):
        raise ValueError(f"each city needs a name of its own, but they are {names}")
    currencies = {city["currency"] for city in cities if city["figures"] is not None}
    common = currencies.pop() if len(currencies) == 1 else ""
    title = words.say("compare.title", lang)
    heading = [title, words.say("compare.how_to_read", lang)]
    heading += [words.say("compare.one_currency", lang, currency=_currency(common, lang))] if common else []
    heading += [] if common else [words.say("compare.many_currencies", lang)]
    heading += [words.say("report.made", lang)] if all(city["made"] for city in cities) else []
    look = {"font": _FACE[lang]}
    sheets = {title: look | {"heading": heading, "frozen": 1} | _rows(cities, common, lang)}
    known = [city for city in cities if city["figures"] is not None]
    if known:
        detail = words.say("compare.detail", lang)
        lines = [detail, words.say("compare.detail_note", lang)]
        sheets[detail] = look | {"heading": lines, "frozen": 2} | _detail(known, lang)
    legend = words.say("compare.legend", lang)
    return sheets | {legend: look | {"heading": [legend]} | _legend(lang)}


def _currency(code, lang):
    """
    A currency by name and code.

    >>> _currency("CNY", "zh"), _currency("EUR", "en"), _currency("", "en")
    ('元（CNY）', 'EUR', '—')
    """
    name = words.currency_name(code, lang)
    return "—" if not code else code if name == code else f"{name}（{code}）"


def _header(figure, unit, currency, lang):
    """A figure in words with its unit."""
    shown = unit_words(unit, lang, currency or words.say("compare.own_currency", lang))
    name = words.say(f"compare.figure_{figure}", lang)
    if not shown:
        return name
    return f"{name}（{shown}）" if lang == "zh" else f"{name} ({shown})"


def _rows(cities, common, lang):
    """One row a city: what became of it, how its figures were come by, and the figures."""
    told = {
        "city": [city["name"] for city in cities],
        "state": [city["state"] for city in cities],
        "currency": [_currency(city["currency"], lang) for city in cities],
        "basis": [_basis(city["figures"], lang) for city in cities],
    }
    table = {words.say(f"compare.column_{name}", lang): values for name, values in told.items()}
    layout = {"formats": {}, "fills": {}, "widths": dict(zip(table, (22, 18, 12, 24)))}
    for figure, (unit, _) in FIGURES.items():
        header = _header(figure, unit, common, lang)
        rows = [city["figures"].loc[figure] if city["figures"] is not None else None for city in cities]
        known = [row is not None and pd.notna(row["value"]) for row in rows]
        table[header] = [row["value"] if there else "—" for row, there in zip(rows, known)]
        codes = ["" if common or "money" not in unit else city["currency"] for city in cities]
        layout["fills"][header] = [COLOURS[row["method"]] if there else None for row, there in zip(rows, known)]
        layout["formats"][header] = [
            _format(row, code, lang) if there else "General" for row, there, code in zip(rows, known, codes)
        ]
        layout["widths"][header] = 20 if figure == "best_site" else 16 if common else 22
    remarks = [
        "\n".join([*([words.say("compare.made", lang)] if city["made"] else []), *city["remarks"]]) or None
        for city in cities
    ]
    table[words.say("compare.column_remarks", lang)] = remarks
    layout["widths"][words.say("compare.column_remarks", lang)] = 36
    return {"table": pd.DataFrame(table, dtype=object), **layout}


def _basis(figures, lang):
    """How many figures were come by in which way."""
    if figures is None:
        return "—"
    counted = figures.loc[figures["value"].notna(), "method"].value_counts()
    parts = [f"{_way(way, lang)} {counted[way]}" for way in COLOURS if way in counted]
    return ("、" if lang == "zh" else ", ").join(parts) or "—"


def _way(way, lang):
    return words.say(f"compare.way_{way or 'unknown'}", lang)


def _format(row, code, lang):
    """A number format with the currency, where cities differ, and the mark of how the figure was come by."""
    if isinstance(row["value"], str):
        return "General"
    if row["unit"] == "share":
        digits = "0.0%"
    elif row["value"] == round(row["value"]) or abs(row["value"]) >= _WHOLE:
        digits = "#,##0"
    else:
        digits = "0.00"
    mark = words.say(f"compare.mark_{row['method'] or 'unknown'}", lang)
    behind = "".join(f" {part}" for part in (re.sub("[^A-Z]", "", code), mark.strip()) if part)
    return f'{digits}"{behind}"' if behind else digits


def _detail(cities, lang):
    """One row a city and figure, with its way as a column."""
    rows, breaks, formats, fills = [], [], [], []
    for city in cities:
        for at, (figure, row) in enumerate(city["figures"].iterrows()):
            there = pd.notna(row["value"])
            rows.append(
                {
                    "city": city["name"],
                    "figure": words.say(f"compare.figure_{figure}", lang),
                    "value": row["value"] if there else "—",
                    "unit": unit_words(row["unit"], lang, city["currency"] or words.say("compare.own_currency", lang)),
                    "method": _way(row["method"], lang) if there else words.say("compare.unknown", lang),
                    **{name: row[name] or None for name in ("note", "as_of", "file", "source")},
                }
            )
            breaks.append(at == 0)
            formats.append(_format(row, "", lang).split('"')[0] if there else "General")
            fills.append(COLOURS[row["method"]] if there else None)
    table = pd.DataFrame(rows, dtype=object)
    table["unit"] = table["unit"].replace({"%": words.say("analysis.percent", lang)})  # a bare % might be run
    names = {name: words.say(f"compare.column_{name}", lang) for name in table}
    wide = dict(zip(names.values(), (22, 30, 18, 16, 18, 40, 14, 24, 44)))
    return {
        "table": table.rename(columns=names),
        "breaks": breaks,
        "formats": {names["value"]: formats},
        "fills": {names["value"]: fills, names["method"]: fills},
        "widths": wide,
    }


def _legend(lang):
    """Colours and marks of the ways, then what each figure is."""
    ways = [(words.say(f"compare.way_{way or 'unknown'}", lang), _told(way, lang)) for way in COLOURS]
    figures = [(_header(name, unit, "", lang), _meaning(name, place, lang)) for name, (unit, place) in FIGURES.items()]
    first, second = words.say("compare.column_what", lang), words.say("compare.column_meaning", lang)
    return {
        "table": pd.DataFrame([*ways, *figures], columns=[first, second], dtype=object),
        "fills": {first: [*COLOURS.values(), *[None] * len(figures)]},
        "widths": {first: 40, second: 90},
    }


def _told(way, lang):
    mark = words.say(f"compare.mark_{way or 'unknown'}", lang).strip()
    meaning = words.say(f"report.method_{way or 'unknown'}", lang)
    return meaning if not mark else words.say("compare.marked", lang, meaning=meaning, mark=mark)


def _meaning(name, place, lang):
    """Where a figure comes from, in a sentence."""
    if name in words.family("compare.about_", lang):
        return words.say(f"compare.about_{name}", lang)
    if place == FORM:
        return words.say("compare.from_form", lang)
    if place[0] == "site_scores.csv":
        return words.say("compare.from_best_site", lang)
    names = [words.say(f"compare.figure_{part}", lang) for part in place[:2]]
    return words.say("compare.note_ratio", lang, above=names[0], below=names[1])
