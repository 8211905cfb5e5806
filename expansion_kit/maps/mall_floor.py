"""The floors of a mall on screen (平面落位图): who sits in which unit, now and as planned."""

import base64

from expansion_kit import words
from expansion_kit.maps.floor_figures import figures_text, floor_figures
from expansion_kit.maps.floor_labels import (
    figure_notes,
    floor_label,
    floors,
    label_texts,
    notes,
    of_floor,
    own_label,
    symbol_names,
)
from expansion_kit.maps.floor_shapes import SYMBOLS, polygons, room
from expansion_kit.maps.floor_units import details, legend, planned, shops
from expansion_kit.maps.screen import LEAFLET, empty_map, panel_texts, source_lines

OWN_EDGE = "#C8102E"
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def mall_floor_map(
    units, *, title, subtitle="", as_of="", source="", lang, currency=None, own_brand=None, scans=None, made=False
):
    """
    The floors of a mall: one shown at a time, now or as planned, with a panel of legend, figures and units.

    A label stands only where it lies inside its unit: number, brand, area, rent with commission and expiry, as much as
    there is room for; zooming in shows more, a click shows all.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units.floor_units`; one mall, or several whose floors follow each other.
    title, subtitle, as_of, source : str
        What the reader is told about the map; any text, shown as it is.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code of the rents.
    own_brand : str, optional
        For the legend.
    scans : dict of str to tuple (bytes, tuple of float), optional
        By floor, a scanned plan to lie under the units: a PNG or JPEG, and its west, south, east and north edge in
        metres of the plan.
    made : bool
        True for made-up data: the map says so.

    Returns
    -------
    folium.Map
        For `assets.page`, or to be shown in a notebook.

    Raises
    ------
    ValueError
        If a scan is neither PNG nor JPEG, or is of a floor that there is not.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from expansion_kit.maps import page
    >>> from expansion_kit.maps.floor_units import floor_units
    >>> units = geopandas.GeoDataFrame({"mall": "M", "floor": "1F", "brand": ["Tea"]},
    ...                                geometry=[shapely.box(0, 0, 9, 9)], index=["101"])
    >>> drawn = mall_floor_map(floor_units(units, lang="en"), title="Mall M", lang="en")
    >>> "Mall M" in page(drawn, name="mall", lang="en")
    True
    """
    from expansion_kit.maps import mall_layers

    there = floors(units)
    told = {"lang": lang, "currency": currency}
    groups = _groups(units)
    listed = _listed(units, there, groups, **told)
    pictures = _pictures(scans, units)
    drawn = empty_map(None, title, crs="Simple", zoom_start=0, minZoom=-5, maxZoom=8)
    ground = [
        _ground(of_floor(units, floor), floor_label(floor, there), pictures.get(floor[1]), lang) for floor in there
    ]
    layer = mall_layers.MallFloor({"units": listed, "floors": ground, "groups": groups, "own": OWN_EDGE, "close": 5})
    drawn.add_child(layer)
    panel = {
        "title": title,
        "subtitle": subtitle,
        "made": words.say("map.made", lang) if made else "",
        "lines": source_lines(as_of, source, lang),
        "links": [LEAFLET],
        "legend": [{**entry, "group": i} for i, entry in enumerate(groups)],
        "notes": notes(units, lang),
        "bounds": _bounds(units),
        "texts": {**_texts(lang), "own": own_label(own_brand, lang)},
        "floors": [floor["label"] for floor in ground],
        "views": [words.say("mall.now", lang), *([words.say("mall.plan", lang)] if units["changes"].any() else [])],
        "pages": [_page(of_floor(units, floor), i, listed, groups, **told) for i, floor in enumerate(there)],
        "symbols": [{"kind": k, "label": name, "strokes": SYMBOLS[k]} for k, name in symbol_names(units, lang).items()],
        "own": OWN_EDGE,
    }
    drawn.add_child(mall_layers.MallPanel(panel, [layer]))
    return drawn


def picture_url(scan):
    """
    A scanned plan as an address that a page holds in itself.

    Raises
    ------
    ValueError
        If it is neither PNG nor JPEG.

    Examples
    --------
    >>> picture_url(b"\\xff\\xd8\\xff\\xe0")
    'data:image/jpeg;base64,/9j/4A=='
    """
    kind = next((name for start, name in _PICTURES.items() if scan.startswith(start)), None)
    if kind is None:
        raise ValueError(f"a scanned plan must be PNG or JPEG, but begins with {scan[:8]!r}")
    return f"data:{kind};base64," + base64.b64encode(scan).decode()


def known_scans(scans, units):
    """The scans by floor, each of a floor that there is, or a ValueError that names the others."""
    unknown = sorted(set(scans or {}) - set(units["floor"].dropna()))
    if unknown:
        raise ValueError(f"there are scanned plans of floors that the units do not name: {', '.join(unknown)}")
    return scans or {}


def _pictures(scans, units):
    pictures = {}
    for floor, (scan, (west, south, east, north)) in known_scans(scans, units).items():
        pictures[floor] = {"url": picture_url(scan), "bounds": [[south, west], [north, east]]}
    return pictures


def _groups(units):
    table = legend(units)
    return [
        {
            "group": group,
            "label": row.label,
            "colour": row.colour,
            "sign": row.sign,
            "vacant": group == "vacant",
            "count": 0,
        }
        for group, row in zip(table.index, table.itertuples())
    ]


def _listed(units, there, groups, *, lang, currency):
    """Every unit or anchor: outline, room for the label, and what is told of it now and as planned."""
    now = shops(units)
    codes = {entry["group"]: i for i, entry in enumerate(groups)}
    shapes = [polygons(shape) for shape in now.geometry]
    listed = [
        {
            "floor": there.index(floor),
            "number": int(number),
            "rings": [_rings(part) for part in parts],
            "room": [round(edge, 2) for edge in room(shape)] if parts else None,
        }
        for floor, number, parts, shape in zip(zip(now["mall"], now["floor"]), now["number"], shapes, now.geometry)
    ]
    for view, table in (("now", units), ("plan", planned(units))):
        rows = details(table, lang=lang, currency=currency)
        texts = label_texts(table, rows, plan=view == "plan", lang=lang)
        tenants = shops(table)
        for entry, own, group, row, labels in zip(
            listed, tenants["own"], tenants["group"], rows.itertuples(index=False), texts
        ):
            pairs = [list(pair) for pair in zip(rows.columns, row)]
            entry[view] = {"own": bool(own), "group": codes[group], "rows": pairs, "labels": labels, "brand": row[1]}
    for entry in listed:
        brands = list(dict.fromkeys([entry["now"]["brand"], entry["plan"]["brand"]]))
        entry["title"] = "  ".join([entry["now"]["rows"][0][1], " → ".join(brands)])
    return listed


def _rings(part):
    return [[[round(y, 2), round(x, 2)] for x, y in ring.coords[:-1]] for ring in (part.exterior, *part.interiors)]


def _ground(units, label, image, lang):
    """What lies on a floor beside its units."""
    ways = units[units["kind"] == "corridor"]
    names = symbol_names(units, lang)
    symbols = units[units["kind"].isin(list(names)) & ~units.geometry.isna()]
    return {
        "label": label,
        "image": image,
        "ways": [{"rings": [_rings(part) for part in polygons(shape)]} for shape in ways.geometry],
        "symbols": [
            {"label": names[kind], "strokes": SYMBOLS[kind], "at": [round(v, 2) for v in shape.centroid.coords[0]]}
            for kind, shape in zip(symbols["kind"], symbols.geometry)
        ],
    }


def _bounds(units):
    if not units.geometry.notna().any():
        return None
    west, south, east, north = units.total_bounds.tolist()
    return [[south, west], [north, east]]


def _page(units, floor, listed, groups, *, lang, currency):
    """What the panel says of one floor, now and as planned."""
    views = {"now": units, "plan": planned(units)}
    counts = {view: shops(table)["group"].value_counts() for view, table in views.items()}
    pages = {"kinds": sorted(set(units["kind"]))}
    pages["either"] = [any(entry["group"] in of for of in counts.values()) for entry in groups]
    for view, table in views.items():
        figures = figures_text(floor_figures(table), lang=lang, currency=currency)
        sums = int(shops(table)["own"].any()) + 1
        at = [i for i, entry in enumerate(listed) if entry["floor"] == floor]
        rows = [[str(listed[i]["number"]), *(text for _, text in listed[i][view]["rows"][:2])] for i in at]
        pages[view] = {
            "counts": [int(counts[view].get(entry["group"], 0)) for entry in groups],
            "own": int(shops(table)["own"].sum()),
            "figures": _table(
                words.say("mall.figures", lang), figures.columns, figures.to_numpy().tolist(), sums, lang
            ),
            "index": _table(words.say("mall.index", lang), _index_columns(lang), rows, 0, lang)
            | {"at": at, "notes": []},
        }
    return pages


def _index_columns(lang):
    return [words.say("mall.number", lang), words.say("mall.unit", lang), words.say("mall.brand", lang)]


def _table(heading, columns, rows, sums, lang):
    return {"heading": heading, "columns": list(columns), "rows": rows, "sums": sums, "notes": figure_notes(lang)}


def _texts(lang):
    return panel_texts(lang) | {
        "legend": words.say("mall.legend", lang),
        "search": words.say("mall.search", lang),
        "floors": words.say("mall.floors", lang),
        "views": words.say("mall.views", lang),
    }
