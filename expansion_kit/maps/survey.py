"""
What a surveyor takes along: the places to visit, and the form that comes back as tables of the city.

The form is a workbook of our own tables with our own headers. What is known is filled in, so that the surveyor corrects
and adds; what stays empty is left out on reading back and counted, never a zero. `expansion-kit import form` takes the
filled-in workbook into the city.
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo, words
from expansion_kit.schemas import columns, key_of

TABLES = ("sites", "stores", "listings", "generators")
MINUTES = ("10", "15")
FACTS = (
    *("brand", "status", "floor_area_sqm", "site_type", "mall", "floor", "unit", "frontage_m", "vacant_months"),
    *("channel", "tenure", "rent_mode", "rent_sqm_day", "rent_month", "base_rent_month", "turnover_rate"),
    *("property_fee_sqm_month", "deposit_months", "transfer_fee", "lease_end"),
)
_COUNT = ("count_id", "place_id", "date", "hour", "minutes_observed", "people", "direction", "entered", "bags")
_WITH_UNIT = ("m2", "m", "month")
_DATUM = "WGS-84"
_DONE = ("rejected", "signed")  # candidates that nobody needs to visit any more
_HOURS = [str(hour) for hour in range(7, 23)]


def survey_stops(tables, *, ids=None, rivals=2, within=1000.0, most=12):
    """
    The places that a survey visits.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Any of `sites`, `stores`, `listings`, `generators` (malls among them), as a city gives them.
    ids : sequence of str, optional
        The places themselves, from whatever table. Without it, the first candidate that is neither rejected nor
        signed and the others nearest to it, so that a round stays in one part of the city; each with its nearest
        rivals. Where there are no candidates, the same from the listing, else the own store, with the most rivals
        around it; where there are neither, rivals alone (of no chain where no chain is known), from the one in the
        thick of them.
    rivals : int
        How many rival stores go with each candidate.
    within : float
        Metres (straight line) that a rival may be off.
    most : int
        Stops at most, where `ids` are not given.

    Returns
    -------
    DataFrame
        Index `place_id`; `table`, `kind` (candidate, own, rival, other, listing, place), `label`, `address`, `lon`,
        `lat`, and what is known of the facts that a surveyor looks for (area, floor, rent ...). `.attrs`: `around`
        (the kind that the round was made of), `left_out` (places of that kind that found no room), `unplaced` (ids that
        were asked for and have no coordinates).

    Raises
    ------
    ValueError
        If an id is in none of the tables, or in two of them.

    Examples
    --------
    >>> sites = pd.DataFrame({"name": ["Corner"], "lon": [121.47], "lat": [31.23]}, index=["S1"])
    >>> stores = pd.DataFrame({"brand": ["Rice", "Tea"], "lon": [121.471, 121.5], "lat": [31.23, 31.23],
    ...                        "own": [False, False]}, index=["A", "B"])
    >>> survey_stops({"sites": sites, "stores": stores})[["kind", "label"]].to_dict("index")
    {'S1': {'kind': 'candidate', 'label': 'Corner'}, 'A': {'kind': 'rival', 'label': 'Rice'}}
    """
    known = _places({name: tables[name] for name in TABLES if tables.get(name) is not None})
    placed = known["lon"].notna() & known["lat"].notna()
    if ids is None:
        around, chosen, left_out = _round(known[placed], rivals, within, most)
        unplaced = []
    else:
        around, chosen, left_out = "", _asked(known, ids), 0
        unplaced = [place for place in chosen if not placed[place]]
        chosen = [place for place in chosen if placed[place]]
    stops = known.drop(columns="visited").loc[chosen] if chosen else known.drop(columns="visited").iloc[:0]
    stops.attrs |= {"around": around, "left_out": left_out, "unplaced": unplaced}
    return stops


def _places(tables):
    """All places of all tables, with what a surveyor is told of them; an id that stands twice stays twice."""
    parts = [_facts(name, table) for name, table in tables.items() if len(table)]
    empty = pd.DataFrame(columns=["table", "kind", "visited", "label", "address", "lon", "lat", *FACTS], dtype=object)
    return (pd.concat(parts) if parts else empty).rename_axis("place_id")


def _facts(name, table):
    text = {column: table[column] if column in table else _nothing(table) for column in ("name", "brand", "address")}
    ids = pd.Series(table.index.astype(str), table.index)
    label = text["address"] if name == "listings" else text["name"].where(text["name"].notna(), text["brand"])
    facts = pd.DataFrame({"table": name, "kind": _kinds(name, table), "visited": _visited(table)}, index=table.index)
    label = label.where(label.notna(), text["address"])
    facts["label"] = label.where(label.notna(), ids)
    facts["address"] = text["address"]
    for column in ("lon", "lat", *FACTS):
        facts[column] = table[column].astype(object) if column in table else _nothing(table)
    return facts.astype({"lon": float, "lat": float})


def _nothing(table):
    return pd.Series(None, table.index, dtype=object)


def _kinds(name, table):
    if name != "stores":
        return {"sites": "candidate", "listings": "listing"}.get(name, "place")
    own = table["own"].fillna(False).astype(bool) if "own" in table else pd.Series(False, table.index)
    chain = table["brand"].notna() & (table["brand"] != "independent")
    return np.where(own, "own", np.where(chain, "rival", "other"))


def _visited(table):
    """Whether a place needs no visit: a candidate that is decided on, a store that is closed."""
    done = pd.Series(False, table.index)
    for column, values in (("site_stage", _DONE), ("status", ("closed",))):
        if column in table:
            done |= table[column].isin(values)
    return done


def _asked(known, ids):
    ids = list(dict.fromkeys(map(str, ids)))
    unknown = [place for place in ids if place not in known.index]
    if unknown:
        raise ValueError(f"no site, store, listing or place has the id {', '.join(unknown)}")
    twice = [place for place in ids if known.index.get_indexer_for([place]).size > 1]
    if twice:
        raise ValueError(f"more than one table has the id {', '.join(twice)}: give only the table that is meant")
    return ids


def _round(known, rivals, within, most):
    """What a round is made of, its places, and how many of that kind found no room."""
    open_to = known[~known["visited"].astype(bool)]
    open_to = open_to[~open_to.index.duplicated(keep=False)]
    there = set(open_to["kind"])
    around = next((kind for kind in ("candidate", "listing", "own", "rival", "other") if kind in there), "")
    candidates = open_to[open_to["kind"] == around]
    others = open_to[open_to["kind"] == ("rival" if "rival" in there else "other")]
    if around != "candidate" and len(candidates):
        first = _busiest(candidates, others, within)
        candidates = pd.concat([candidates.loc[[first]], candidates.drop(index=first)])
    if around in ("rival", "other"):
        rivals = 0
    chosen, began = [], 0
    around_first = _nearest(candidates.iloc[:1], candidates, len(candidates), np.inf)
    in_order = next(iter(around_first.values()), ())
    near = _nearest(candidates.loc[in_order[:most]], others, rivals, within)
    for candidate in in_order:
        new = [place for place in (candidate, *near.get(candidate, ())) if place not in chosen]
        if len(chosen) >= most:
            break
        chosen += new[: most - len(chosen)]
        began += 1
    return around, chosen, len(candidates) - began


def _busiest(places, others, within):
    """The place with the most others around it, the first of them."""
    from scipy.spatial import KDTree

    if others.empty:
        return places.index[0]
    crs = geo.metric_crs(places["lon"], places["lat"])
    spots, shops = (shapely.get_coordinates(geo.to_metres(table, crs).geometry) for table in (places, others))
    return places.index[KDTree(shops).query_ball_point(spots, within, return_length=True).argmax()]


def _nearest(candidates, others, many, within):
    if candidates.empty or others.empty or not many:
        return {}
    crs = geo.metric_crs(candidates["lon"], candidates["lat"])
    metres = geo.distances(geo.to_metres(candidates, crs), geo.to_metres(others, crs))
    order = metres.argsort(axis=1, kind="stable")[:, :many]
    return {
        place: [others.index[i] for i in row if metres[at, i] <= within]
        for at, (place, row) in enumerate(zip(candidates.index, order))
    }


def survey_form(stops, way, tables, *, survey, lang, currency="", counts=3, spare=5):
    """
    The form as sheets of a workbook, for `files.write_xlsx`; each sheet but the first reads back as its table.

    Parameters
    ----------
    stops : DataFrame
        From `survey_stops`.
    way : DataFrame
        From `market.tours.route`: `stop`, `minutes`, `km` of the stops, in the order of visiting.
    tables : dict of str to DataFrame
        As for `survey_stops`; what they know of a stop is filled in.
    survey : str
        What this round is called, such as its date. It begins the ids of new rows, so that a later round adds to an
        earlier one and doesn't overwrite it.
    lang : str
        `en` or `zh`: the language of headers and words.
    currency : str
        ISO 4217 code, for the units in the headers.
    counts : int
        Rows for counts of passers-by at each stop.
    spare : int
        Rows for stores and listings that are found on the way.

    Returns
    -------
    sheets : dict of str to DataFrame
        By title: the route, then foot counts, stores, candidate sites and listings.
    choices : dict of str to dict of str to list of str
        What the drop-downs offer.

    Examples
    --------
    >>> sites = pd.DataFrame({"name": ["Corner"], "lon": [121.47], "lat": [31.23]}, index=["S1"])
    >>> way = pd.DataFrame({"stop": [1], "minutes": [float("nan")], "km": [float("nan")]}, index=["S1"])
    >>> sheets, _ = survey_form(survey_stops({"sites": sites}), way, {"sites": sites}, survey="May", lang="en")
    >>> list(sheets), sheets["foot counts"]["count_id"].tolist()
    (['survey route', 'foot counts', 'stores', 'candidate sites', 'listings'], ['May-S1-1', 'May-S1-2', 'May-S1-3'])
    """
    ordered = in_order(stops, way)
    titles = {table: words.say(f"table.{table}", lang) for table in ("foot_counts", "stores", "sites", "listings")}
    sheets = {words.say("survey.route", lang): _overview(ordered, lang)}
    sheets[titles["foot_counts"]] = _out("foot_counts", _counts(ordered, survey, counts), lang, currency)
    for table in ("stores", "sites", "listings"):
        rows = _rows(table, ordered[ordered["table"] == table], tables.get(table), survey, spare, lang)
        if len(rows):
            sheets[titles[table]] = _out(table, rows, lang, currency)
    choices = {title: _choices(table, lang, currency) for table, title in titles.items() if title in sheets}
    return sheets, choices


def in_order(stops, way):
    """
    Stops in the order of visiting, with `stop`, `minutes` and `km` of the way.

    Parameters
    ----------
    stops, way : DataFrame
        As for `survey_form`.

    Returns
    -------
    DataFrame
        Index `place_id`.
    """
    legs = {name: way[name] for name in ("stop", "minutes", "km")}
    return stops.loc[way.index].rename_axis("place_id").assign(**legs)


def _overview(ordered, lang):
    told = {
        "survey.number": ordered["stop"],
        "survey.id": ordered.index,
        "survey.kind": ordered["kind"].map(lambda kind: words.say(f"survey.kind_{kind}", lang)),
        "survey.name": ordered["label"],
        "survey.address": ordered["address"],
        "survey.minutes": ordered["minutes"].round(1),
        "survey.km": ordered["km"].round(3),
    }
    table = {words.say(key, lang): values for key, values in told.items()}
    table |= {_bracketed(words.say(f"survey.{n}", lang), _DATUM, lang): ordered[n].round(6) for n in ("lon", "lat")}
    return pd.DataFrame(table).reset_index(drop=True)


def _counts(ordered, survey, many):
    rows = ordered.loc[ordered.index.repeat(many)].reset_index()
    nth = rows.groupby("place_id", sort=False).cumcount() + 1
    rows["count_id"] = [f"{survey}-{place}-{n}" for place, n in zip(rows["place_id"], nth)]
    rows["note"] = [f"{stop} {label}" for stop, label in zip(rows["stop"], rows["label"])]
    return rows.reindex(columns=["note", *_COUNT, "observer", "lon", "lat", "remark"])


def _rows(table, visited, known, survey, spare, lang):
    """Stops of a table as they are known, and empty rows for what is found; no new candidates are made on the way."""
    key, names = key_of(table), [name for name in columns(table) if name in ("name", "address", "lon", "lat", *FACTS)]
    rows = known.loc[visited.index] if len(visited) else pd.DataFrame()
    rows = rows.reindex(columns=[*names]).astype(object).rename_axis(key).reset_index()
    rows["note"] = [f"{stop} {label}" for stop, label in zip(visited["stop"], visited["label"])]
    if table != "sites":
        found = pd.DataFrame({key: [f"{survey}-{table[0].upper()}{n}" for n in range(1, spare + 1)]}, dtype=object)
        rows = pd.concat([rows, found.assign(note=words.say("survey.found", lang))], ignore_index=True)
    return rows.reindex(columns=["note", key, *names, "remark"])


def _out(table, rows, lang, currency):
    """In the reader's headers and words."""
    shown = {}
    for name in rows.columns:
        values = rows[name].reset_index(drop=True)
        if name in ("note", "remark"):
            shown[f"{words.say('template.note_mark', lang)} {words.say(f'survey.{name}', lang)}"] = values
            continue
        metadata = columns(table)[name].metadata
        if metadata["kind"] == "choice" and lang == "zh":
            values = values.map({code: other[0] for code, other in metadata["options"].items()})
        if name in ("lon", "lat"):
            values = values.astype(float).round(6)
        if metadata["kind"] == "day":
            values = pd.to_datetime(values).dt.date
        shown[_header(table, name, lang, currency)] = values
    return pd.DataFrame(shown).astype(object)


def _header(table, name, lang, currency):
    """A header of ours with its unit or datum in brackets, as the reader of tables understands it."""
    metadata = columns(table)[name].metadata
    header, unit = (metadata["headers"][0] if lang == "zh" else name), metadata["unit"]
    if name in ("lon", "lat"):
        return _bracketed(header, _DATUM, lang)
    if "(" in header or not (unit in _WITH_UNIT or unit.startswith("money")):
        return header
    money, *per = unit.split("/")
    if money == "money":
        if not currency:
            return header
        unit = "/".join([words.currency_name(currency, lang), *(words.unit(part, lang) for part in per)])
    else:
        unit = words.unit(unit, lang)
    return _bracketed(header, unit, lang)


def _bracketed(header, remark, lang):
    return f"{header}({remark})" if lang == "zh" else f"{header} ({remark})"


def _choices(table, lang, currency):
    offered = {"minutes_observed": list(MINUTES), "hour": _HOURS} if table == "foot_counts" else {}
    for name, column in columns(table).items():
        if column.metadata["kind"] == "choice" and name in FACTS:
            offered[name] = [w[0] if lang == "zh" else code for code, w in column.metadata["options"].items()]
    return {_header(table, name, lang, currency): options for name, options in offered.items()}
