"""
Coordinates for rows that have only an address: one offline page on which a person sets them by clicking on the map.

The page gives back a CSV a table (`placed_stores.csv`) that holds the ids, what the table requires, and coordinates
under headers that name their datum, WGS-84. `expansion-kit import form` lays it over the table; whatever datum the
city's own coordinates come in, these are not shifted again.
"""

import csv
import io

import numpy as np
import pandas as pd
import shapely

from expansion_kit import files, geo, words
from expansion_kit.maps import basemap as outlines
from expansion_kit.maps.screen import empty_map
from expansion_kit.maps.tiles import mainland_rings
from expansion_kit.schemas import columns, key_of

TABLES = ("stores", "stores_before", "sites", "listings")
_SAID = ("brand", "name", "address")
_MOST_LANDMARKS = 3000
_WORLD = [[-60.0, -180.0], [75.0, 180.0]]


def click_to_place(tables, *, title, lang, basemap=None, zones=None, landmarks=None, made=False):
    """
    The page on which a person sets the places of rows without coordinates.

    Rows are picked from a list with search; a click on the map, the Enter key or a button sets the picked row, a mark
    can be dragged, each step undone. Work is kept in the browser, so that a reload loses nothing. Streets and places
    whose names stand in an address are offered to go to; a pair of coordinates can be typed or pasted, in WGS-84 or
    GCJ-02. All rows that have coordinates are dots.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Any of `stores`, `stores_before`, `sites`, `listings`. Rows without coordinates are to be placed; the others are
        drawn and named on the map, for orientation.
    title : str
        Any text; also what the kept work belongs to.
    lang : str
        `en` or `zh`: the language of the page and of the headers of its CSV.
    basemap : GeoDataFrame, optional
        Outlines with `kind`, as in `basemap.coded`; those with a `name` can be found.
    zones : GeoDataFrame, optional
        `zones` table, drawn as quiet borders; their names (or ids) can be found.
    landmarks : DataFrame, optional
        Further places to find: `name`, `lon`, `lat` (stations, schools).
    made : bool
        True for made-up data: the page says so.

    Returns
    -------
    folium.Map
        For `page`.

    Raises
    ------
    ValueError
        If a table is none of the four.

    Examples
    --------
    >>> from expansion_kit.maps import page
    >>> stores = pd.DataFrame({"brand": ["Tea"], "address": ["2 High St"], "lon": [None], "lat": [None]}, index=["A"])
    >>> "2 High St" in page(click_to_place({"stores": stores}, title="T", lang="en"), name="place", lang="en")
    True
    """
    from expansion_kit.maps import layers

    wrong = [name for name in tables if name not in TABLES]
    if wrong:
        raise ValueError(f"places are set for {', '.join(TABLES)}, not for {', '.join(wrong)}")
    named, known = _landmarks(tables, basemap, landmarks, zones), _known(tables)
    bounds = _bounds(known if len(known) > 1 else named, basemap, zones)
    drawn = empty_map(bounds, title, zoom_start=12, maxZoom=20, zoomSnap=0.5, doubleClickZoom=False)
    below = (outlines.coded(basemap) if basemap is not None else []) + (
        outlines.coded_zones(zones) if zones is not None else []
    )
    if below:
        drawn.add_child(layers.Outlines(below))
    data = {
        "title": title,
        "made": words.say("map.made", lang) if made else "",
        "tables": [_table(name, lang) for name in tables],
        "rows": [row for at, (name, table) in enumerate(tables.items()) for row in _rows(at, name, table)],
        "landmarks": [list(mark) for mark in named.itertuples(index=False)],
        "known": _coded(known),
        "bounds": bounds,
        "streets": basemap is not None and bool(len(basemap)),
        "mainland": mainland_rings(),
        "texts": _texts(lang) | {"known": words.say("place.known", lang, n=f"{len(known):,}") if len(known) else ""},
    }
    drawn.add_child(_desk(data))
    return drawn


def _desk(data):
    from expansion_kit.maps import layers

    class PlacingDesk(layers.Scripted):
        """List, map and export of the click-to-place page."""

        kind = "PlacingDesk"
        scripts = ("tiles.js", "click_to_place.js")
        styles = ("click_to_place.css",)

    return PlacingDesk(data)


def _unplaced(table):
    absent = pd.Series(np.nan, table.index)
    return table.get("lon", absent).isna() | table.get("lat", absent).isna()


def _stated(name):
    """Columns of the CSV before the coordinates: the key, what a table of its own needs, and what a person knows."""
    return [key_of(name), *(column for column in _SAID if column in columns(name))]


def _table(name, lang):
    headers = [columns(name)[column].metadata["headers"][0] if lang == "zh" else column for column in _stated(name)]
    headers += ["经度(WGS-84)", "纬度(WGS-84)"] if lang == "zh" else ["lon (WGS-84)", "lat (WGS-84)"]
    return {"file": f"placed_{name}.csv", "header": _csv(headers), "label": words.say(f"table.{name}", lang)}


def _rows(at, name, table):
    open_to, (_, *said) = table[_unplaced(table)], _stated(name)
    told = pd.DataFrame({c: open_to.get(c) for c in said}, index=open_to.index).astype(object)
    told = told.where(told.notna(), "")
    for key, row in zip(told.index, told.to_dict("records")):
        label = row.get("name") or row.get("brand") or str(key)
        beside = [row["brand"]] if row.get("brand") and row["brand"] != label else []
        cells = _csv([str(key), *row.values()])
        yield {"table": at, "id": str(key), "label": label, "beside": beside, "address": row["address"], "csv": cells}


def _csv(cells):
    """Cells of one line, as `files.write_csv` writes them: harmless in a spreadsheet, quoted where needed."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([files.harmless(cell) for cell in cells])
    return line.getvalue()


def _known(tables):
    """Where the rows with coordinates lie."""
    parts = [table.loc[~_unplaced(table), ["lon", "lat"]] for table in tables.values() if {"lon", "lat"} <= set(table)]
    known = pd.concat(parts) if parts else pd.DataFrame(columns=["lon", "lat"])
    return known.astype(float).round(5).drop_duplicates().sort_values(["lat", "lon"], ignore_index=True)


def _coded(known):
    from expansion_kit.maps import layers

    steps = np.round(known[["lat", "lon"]].to_numpy() * 1e5).astype(np.int64)
    return {"n": len(known), "xy": layers.packed(np.diff(steps, axis=0, prepend=0).ravel())}


def _landmarks(tables, basemap, landmarks, zones):
    """What can be found, with 1 for a spot and 0 for an outline: given places, zones, streets, then the placed rows."""
    parts = [] if landmarks is None else [landmarks[["name", "lon", "lat"]].assign(spot=1)]
    if zones is not None and len(zones):
        own = pd.Series(zones.index.astype(str), zones.index)
        called = zones["name"].where(zones["name"].notna(), own) if "name" in zones else own
        parts.append(_named_outlines(zones[["geometry"]].assign(name=called)).assign(spot=0))
    if basemap is not None and "name" in basemap:
        parts.append(_named_outlines(basemap[basemap["name"].notna()]).assign(spot=0))
    for table in tables.values():
        if "name" in table:
            parts.append(table.loc[~_unplaced(table), ["name", "lon", "lat"]].assign(spot=1))
    parts = [pd.DataFrame(part[["name", "lat", "lon", "spot"]]) for part in parts if len(part)]
    known = pd.concat(parts).dropna() if parts else pd.DataFrame(columns=["name", "lat", "lon", "spot"])
    known = known[known["name"].astype(str).str.strip() != ""].drop_duplicates()
    known = known.astype({"name": str, "lat": float, "lon": float, "spot": int})
    return known.round({"lat": 5, "lon": 5}).head(_MOST_LANDMARKS)


def _named_outlines(named):
    """A point on the longest piece of each named outline."""
    degrees = geo.to_wgs84(named).explode(ignore_index=True)
    west, south, east, north = degrees.bounds.to_numpy().T
    longest = degrees.assign(length=np.hypot(east - west, north - south))
    first = longest.sort_values("length", ascending=False, kind="stable").drop_duplicates("name").sort_values("name")
    shapes = first.geometry.to_numpy()
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    middles = shapely.line_interpolate_point(np.where(lines, shapes, None), 0.5, normalized=True)
    points = np.where(lines, middles, shapely.point_on_surface(shapes))
    return pd.DataFrame({"name": first["name"].astype(str), "lon": shapely.get_x(points), "lat": shapely.get_y(points)})


def _bounds(named, basemap, zones):
    """South-west and north-east corner of the places that are known; else of the outlines; else the world."""
    if len(named) > 1:
        return [[named[name].min() for name in ("lat", "lon")], [named[name].max() for name in ("lat", "lon")]]
    for outline in (zones, basemap):
        if outline is not None and len(outline):
            west, south, east, north = geo.to_wgs84(outline).total_bounds.tolist()
            return [[south, west], [north, east]]
    return _WORLD


def _texts(lang):
    return {
        "left": words.say("place.left", lang, left="[left]", all="[all]"),
        "search": words.say("place.search", lang),
        "find": words.say("place.find", lang),
        "nothing": words.say("place.nothing", lang),
        "more": words.say("map.more", lang, n="[n]"),
        "open_only": words.say("place.open_only", lang),
        "pick": words.say("place.pick", lang),
        "click": words.say("place.click", lang, name="[name]"),
        "set": words.say("place.set", lang, name="[name]"),
        "undone": words.say("place.undone", lang, name="[name]"),
        "done": words.say("place.done", lang),
        "centre": words.say("place.centre", lang),
        "undo": words.say("place.undo", lang),
        "remove": words.say("place.remove", lang),
        "next": words.say("place.next", lang),
        "near": words.say("place.near", lang),
        "at": words.say("place.at", lang, lon="[lon]", lat="[lat]"),
        "at_gcj": words.say("place.at_gcj", lang, lon="[lon]", lat="[lat]"),
        "put_here": words.say("place.put_here", lang, name="[name]"),
        "no_streets": words.say("place.no_streets", lang),
        "download": words.say("place.download", lang, file="[file]", n="[n]"),
        "after": words.say("place.after", lang),
        "kept": words.say("place.kept", lang),
        "not_kept": words.say("place.not_kept", lang),
        "list": words.say("place.list", lang),
        "map": words.say("place.map", lang),
        "closer": words.say("map.zoom_in", lang),
        "farther": words.say("map.zoom_out", lang),
    }
