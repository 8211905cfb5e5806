"""The store placement map on screen."""

from expansion_kit import words
from expansion_kit.maps.basemap import coded, coded_zones
from expansion_kit.maps.specification import details, legend, placed

MOST_PINS = 500
NOWHERE = (0.0, 0.0)


def placement_map(
    placements, *, title, subtitle="", as_of="", source="", lang, currency=None, basemap=None, zones=None, made=False
):
    """
    The store placement map: numbered pins for own stores and candidates, all other stores on one canvas.

    Own stores and candidates are pins as long as they are at most 500, and dots like the others beyond; above 5,000
    dots in view, shades of density stand for them. Legend and notes say so. Nothing is drawn for a placement without
    coordinates; the legend counts them.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.
    title, subtitle, as_of, source : str
        What the reader is told about the map; any text, shown as it is.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code of rents and sales.
    basemap : GeoDataFrame, optional
        Outlines with `kind`, as in `basemap.coded`.
    zones : GeoDataFrame, optional
        `zones` table, drawn as quiet borders.
    made : bool
        True for made-up data: the map says so.

    Returns
    -------
    folium.Map
        For `page`, or to be shown in a notebook.

    Examples
    --------
    >>> import pandas as pd
    >>> from expansion_kit.maps import page, placements
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice"], "lon": [120.1, 120.2], "lat": [30.1, 30.2]})
    >>> drawn = placement_map(placements(stores, own_brand="Tea", lang="en"), title="Tea and rice", lang="en")
    >>> "Tea and rice" in page(drawn, name="tea", lang="en")
    True
    """
    import folium

    from expansion_kit import files
    from expansion_kit.maps import layers

    here = placements[placed(placements)]
    groups, rows = legend(placements), details(here, lang=lang, currency=currency)
    numbered = here["number"].notna()
    pinned = numbered & (numbered.sum() <= MOST_PINS)
    shown = [layers.Pins(here[pinned], groups, rows[pinned], show=False)]
    if not pinned.all():
        texts = _point_texts(lang)
        shown.append(layers.CompactPoints(here[~pinned], groups, rows[~pinned], texts=texts, show=False))
    bounds = _bounds(here, basemap, zones)
    drawn = _empty_map(folium, bounds)
    drawn.get_root().title = files.escape(title)
    below = (coded(basemap) if basemap is not None else []) + (coded_zones(zones) if zones is not None else [])
    for layer in [layers.Outlines(below), *shown] if below else shown:
        drawn.add_child(layer)
    panel = {
        "title": title,
        "subtitle": subtitle,
        "made": words.say("map.made", lang) if made else "",
        "lines": _lines(as_of, source, lang),
        "legend": _entries(groups, bool(pinned.any())),
        "notes": _notes(len(placements) - len(here), len(here), int(numbered.sum()), lang),
        "bounds": bounds,
        "texts": _panel_texts(lang),
    }
    drawn.add_child(layers.Panel(panel, shown))
    return drawn


def _empty_map(folium, bounds):
    """A map without tiles; zoom in quarter steps, so that the stores fill the window."""
    south_west, north_east = bounds or (NOWHERE, NOWHERE)
    centre = [(a + b) / 2 for a, b in zip(south_west, north_east)]
    options = {"attributionControl": False, "minZoom": 2, "maxZoom": 19, "zoomSnap": 0.25}
    return folium.Map(centre, tiles=None, zoom_start=11 if bounds else 2, zoom_control=False, **options)


def _bounds(here, basemap, zones):
    """South-west and north-east corner of the placements; of the outlines where there are none; else None."""
    from expansion_kit import geo

    if len(here):
        corners = here[["lat", "lon"]]
        return [corners.min().tolist(), corners.max().tolist()]
    for outline in (zones, basemap):
        if outline is not None and len(outline):
            west, south, east, north = geo.to_wgs84(outline).total_bounds.tolist()
            return [[south, west], [north, east]]
    return None


def _entries(groups, pinned):
    records = groups.reset_index(drop=True).rename_axis("group").reset_index().to_dict("records")
    return [{**entry, "pin": pinned and entry["class"] in ("own", "candidate")} for entry in records]


def _lines(as_of, source, lang):
    lines = []
    if as_of:
        lines.append(words.say("map.as_of", lang, date=as_of))
    if source:
        lines.append(words.say("map.source", lang, source=source))
    return lines


def _notes(unplaced, n_here, n_numbered, lang):
    notes = []
    if not n_here:
        notes.append(words.say("map.no_stores", lang))
    if unplaced:
        notes.append(words.say("map.unplaced", lang, n=unplaced))
    if n_numbered > MOST_PINS:
        notes.append(words.say("map.too_many_pins", lang, n=n_numbered, most=MOST_PINS))
    elif n_numbered > 1:
        notes.append(words.say("map.small_pins", lang))
    return notes


def _point_texts(lang):
    return {
        "here": words.say("map.here", lang, n="[n]"),
        "cell": words.say("map.cell", lang, n="[n]"),
        "more": words.say("map.more", lang, n="[n]"),
    }


def _panel_texts(lang):
    return {
        "legend": words.say("map.legend", lang),
        "search": words.say("map.search", lang),
        "nothing": words.say("map.nothing_found", lang),
        "more": words.say("map.more", lang, n="[n]"),
        "dots": words.say("map.dots", lang, n="[n]"),
        "dense": words.say("map.dense", lang, n="[n]"),
        "most": words.say("map.most", lang, n="[n]"),
        "closer": words.say("map.zoom_in", lang),
        "farther": words.say("map.zoom_out", lang),
        "full": words.say("map.full_screen", lang),
    }
