"""The store placement map on screen."""

import numpy as np
import shapely

from expansion_kit import geo, words
from expansion_kit.maps.areas import area_notes, coded_areas
from expansion_kit.maps.basemap import coded, coded_zones, thinned
from expansion_kit.maps.screen import LEAFLET, MOST_PINS, empty_map, panel_texts, point_texts, source_lines
from expansion_kit.maps.specification import details, legend, placed
from expansion_kit.maps.tiles import mainland_rings, tile_sources


def placement_map(
    placements,
    *,
    title,
    subtitle="",
    as_of="",
    source="",
    lang,
    currency=None,
    basemap=None,
    zones=None,
    areas=None,
    tiles=None,
    tile_key=None,
    made=False,
):
    """
    The store placement map: numbered pins for own stores and candidates, all other stores on one canvas.

    Own stores and candidates are pins as long as they are at most 500, and dots like the others beyond; above 5,000
    dots in view, shades of density stand for them. Legend and notes say so. Nothing is drawn for a placement without
    coordinates; the legend counts them. Stores on both sides of the date line stand beside each other.

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
        Outlines with `kind`, as in `basemap.coded`; that of a whole city is made lighter, as in `basemap.thinned`.
    zones : GeoDataFrame, optional
        `zones` table, drawn as quiet borders.
    areas : GeoDataFrame, optional
        Rings or walk-time areas, as in `areas.coded_areas`; `how` or `method`, where given, is told beside
        the legend, as in `areas.area_notes`.
    tiles : str or dict, optional
        A picture from the network under the map, as in `tiles.tile_sources`; without it the page asks for nothing.
    tile_key : str, optional
        Your key for the tiles, where they want one.
    made : bool
        True for made-up data: the map says so.

    Returns
    -------
    folium.Map
        For `page` or `linked_page`, or to be shown in a notebook.

    Raises
    ------
    ValueError
        As `coded`, `coded_areas` and `tile_sources`.

    Examples
    --------
    >>> import pandas as pd
    >>> from expansion_kit.maps import page, placements
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice"], "lon": [120.1, 120.2], "lat": [30.1, 30.2]})
    >>> drawn = placement_map(placements(stores, own_brand="Tea", lang="en"), title="Tea and rice", lang="en")
    >>> "Tea and rice" in page(drawn, name="tea", lang="en")
    True
    """
    from expansion_kit.maps.layers import Panel

    here = placements[placed(placements)]
    numbered = here["number"].notna()
    light = thinned(basemap, here[numbered]) if basemap is not None else None
    cut = _cut(here["lon"].to_numpy(float))
    here = here if cut == -180 else here.assign(lon=_past(here["lon"], cut))
    base, borders, around = (_rolled(table, cut) for table in (light, zones, areas))
    groups, rows = legend(placements), details(here, lang=lang, currency=currency)
    pinned = numbered & (numbered.sum() <= MOST_PINS)
    classes = coded_areas(around, lang=lang) if around is not None else []
    below = (coded(base) if base is not None else []) + (coded_zones(borders) if borders is not None else [])
    sources = tile_sources(tiles, key=tile_key, lang=lang) if tiles else []
    near = _near(here)
    bounds = _bounds(here, near, borders, base)
    drawn = empty_map(bounds, title)
    shown = _over(here, groups, rows, pinned, classes, lang)
    for layer in [*_under(below, sources), *shown]:
        drawn.add_child(layer)
    panel = {
        "title": title,
        "subtitle": subtitle,
        "made": words.say("map.made", lang) if made else "",
        "lines": source_lines(as_of, source, lang),
        "links": [*dict.fromkeys((tile["attribution"], tile["link"]) for tile in sources), LEAFLET],
        "legend": _entries(groups, bool(pinned.any())) + [_area_entry(area) for area in classes],
        "notes": _notes(placements, here, near, lang) + _ground_notes(around, light is not basemap, sources, lang),
        "bounds": bounds,
        "texts": panel_texts(lang),
    }
    drawn.add_child(Panel(panel, shown))
    return drawn


def _under(below, sources):
    from expansion_kit.maps import layers

    outlines = [layers.Outlines(below)] if below else []
    if not sources:
        return outlines
    shifted = any(source["datum"] == "gcj02" for source in sources)
    return [*outlines, layers.Tiles(sources, mainland_rings() if shifted else [])]


def _over(here, groups, rows, pinned, classes, lang):
    """What the panel switches, lowest first."""
    from expansion_kit.maps import layers

    shown = [layers.Areas(classes, show=False)] if classes else []
    shown.append(layers.Pins(here[pinned], groups, rows[pinned], show=False))
    if not pinned.all():
        dots, told = (here[~pinned], rows[~pinned]) if pinned.any() else (here, rows)
        shown.append(layers.CompactPoints(dots, groups, told, texts=point_texts(lang), show=False))
    return shown


def _cut(lon):
    """The longitude west of which a map continues past 180 degrees: where the widest stretch without stores ends."""
    if not len(lon) or np.ptp(lon) <= 180:
        return -180.0
    east = np.unique(lon)
    return float(east[1:][np.diff(east).argmax()])


def _past(lon, cut):
    return np.where(lon < cut, lon + 360.0, lon)


def _rolled(table, cut):
    """Outlines in WGS-84, on the same side of the date line as the stores."""
    if table is None:
        return None
    plain = geo.to_wgs84(table)
    if cut == -180:
        return plain
    rolled = shapely.transform(plain.geometry.to_numpy(), lambda at: np.c_[_past(at[:, 0], cut), at[:, 1]])
    return plain.set_geometry(rolled, crs=plain.crs)


def _bounds(here, near, *outlines):
    """South-west and north-east corner of the first view; of the first outlines where nothing is placed; else None."""
    if len(here):
        corners = here[["lat", "lon"]].to_numpy(float)[near]
        return [corners.min(axis=0).tolist(), corners.max(axis=0).tolist()]
    for outline in outlines:
        if outline is not None and len(outline):
            west, south, east, north = outline.total_bounds.tolist()
            return [[south, west], [north, east]]
    return None


def _near(here):
    """All but what lies farther out than half the width of the middle 98 %; own stores and candidates in any case."""
    inside = here["number"].isna().to_numpy()
    for axis in ("lat", "lon") if len(here) else ():
        at = here[axis].to_numpy(float)
        low, high = np.quantile(at, [0.01, 0.99])
        inside &= np.abs(at - (low + high) / 2) <= high - low
    return inside | here["number"].notna().to_numpy()


def _entries(groups, pinned):
    records = groups.reset_index(drop=True).rename_axis("group").reset_index().to_dict("records")
    return [{**entry, "pin": pinned and entry["class"] in ("own", "candidate")} for entry in records]


def _area_entry(area):
    return {"group": area["group"], "class": "area", "label": area["label"], "dash": area["dash"], "pin": False}


def _ground_notes(areas, light, sources, lang):
    notes = area_notes(areas, lang=lang) if areas is not None else []
    notes += [words.say("map.thinned", lang)] if light else []
    return notes + ([words.say("map.tiles_online", lang)] if sources else [])


def _notes(placements, here, near, lang):
    unplaced, n_numbered = len(placements) - len(here), int(here["number"].notna().sum())
    outside = int((~near).sum())
    notes = []
    if here.empty:
        notes.append(words.say("map.no_stores", lang))
    if unplaced:
        notes.append(words.say("map.unplaced", lang, n=unplaced))
    if outside:
        notes.append(words.say("map.outside", lang, n=outside))
    if n_numbered > MOST_PINS:
        notes.append(words.say("map.too_many_pins", lang, n=n_numbered, most=MOST_PINS))
    elif n_numbered > 1:
        notes.append(words.say("map.small_pins", lang))
    return notes
