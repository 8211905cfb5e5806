"""What every map on screen shares: the empty map, and the texts of its panel."""

from expansion_kit import files, words

MOST_PINS = 500
LEAFLET = ("Leaflet", "https://leafletjs.com")
_NOWHERE = (0.0, 0.0)


def empty_map(bounds, title, **options):
    """
    A folium map without tiles; zoom in quarter steps, so that what it shows fills the window.

    Parameters
    ----------
    bounds : list of list or None
        South-west and north-east corner (latitude, longitude) of the first view.
    title : str
        Of the window; any text.
    **options
        Of Leaflet's map.

    Returns
    -------
    folium.Map
    """
    import folium

    centre = [(a + b) / 2 for a, b in zip(*(bounds or (_NOWHERE, _NOWHERE)))]
    options = {"attributionControl": False, "minZoom": 2, "maxZoom": 19, "zoomSnap": 0.25} | options
    options = {"zoom_start": 11 if bounds else 2} | options
    drawn = folium.Map(centre, tiles=None, zoom_control=False, **options)
    drawn.get_root().title = files.escape(title)
    return drawn


def source_lines(as_of, source, lang):
    """As-of date and source, where they are known; the same on screen and on paper."""
    said = [words.say("map.as_of", lang, date=as_of)] if as_of else []
    return [*said, words.say("map.source", lang, source=source)] if source else said


def point_texts(lang):
    """What the dots say of themselves, with `[n]` where a number goes."""
    return {
        "here": words.say("map.here", lang, n="[n]"),
        "cell": words.say("map.cell", lang, n="[n]"),
        "more": words.say("map.more", lang, n="[n]"),
    }


def panel_texts(lang):
    """What stands on the panel and its buttons."""
    return {
        "legend": words.say("map.legend", lang),
        "search": words.say("map.search", lang),
        "nothing": words.say("map.nothing_found", lang),
        "more": words.say("map.more", lang, n="[n]"),
        "nothing_near": words.say("map.nothing_near", lang),
        "pinned": words.say("map.pinned", lang, n="[n]"),
        "dots": words.say("map.dots", lang, n="[n]"),
        "dense": words.say("map.dense", lang, n="[n]"),
        "most": words.say("map.most", lang, n="[n]"),
        "closer": words.say("map.zoom_in", lang),
        "farther": words.say("map.zoom_out", lang),
        "full": words.say("map.full_screen", lang),
        "measure": words.say("map.measure", lang),
        "begins": words.say("map.measure_begins", lang),
        "ends": words.say("map.measure_ends", lang),
        "keys": words.say("map.keys", lang),
    }
