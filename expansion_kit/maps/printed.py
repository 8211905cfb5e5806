"""The store placement map on paper: one sheet with map, legend and index, and more sheets where the index is long."""

import numpy as np
import shapely

from expansion_kit import words
from expansion_kit.drawing import drawn_language, in_found_fonts, legible, shorten, text_width
from expansion_kit.maps import badges, frame
from expansion_kit.maps.index import capacity, draw_groups, draw_index, group_counts, headings, index_rows
from expansion_kit.maps.sheet import (
    FOOT,
    HEAD,
    MARGIN,
    POINT,
    QUIET,
    STRIP,
    foot,
    head,
    number_pages,
    sheet,
    size_of,
    strip,
    write,
)
from expansion_kit.maps.specification import DENSE_ABOVE, metres, placed
from expansion_kit.maps.street_names import draw_street_names
from expansion_kit.maps.surroundings import around, centre_of

MOST_RINGS = 5
_PANEL, _GUTTER = 142.0, 6.0  # mm of a sheet of A3
_WORTH, _TRIM = (
    3,
    0.05,
)  # so many places without their badges are worth a page; the share of them at each side that is not
_ROUND = 14.0  # mm of the map around them that the page shows as well
_ANGLES = (90, 60, 120, 45, 135, 30, 150, 0, 180, -45, -135, -90)


def placement_pages(
    placements,
    *,
    title,
    subtitle="",
    version="",
    as_of="",
    source="",
    lang,
    currency=None,
    basemap=None,
    zones=None,
    made=False,
    centre=None,
    rings=(),
    radius=None,
    paper="A3",
    portrait=False,
):
    """
    The store placement map on paper.

    The first page holds the map with numbered badges, the legend and as much of the index as there is room for; the
    index goes on on further pages. No badge covers another: one that has to move aside has a line to its place. Where
    it is too crowded for that, places of the index are dots, and a second map shows that part larger. Above 5,000 dots
    in the frame, shades of density stand for them. Notes at the foot say what the map does not show.

    Parameters
    ----------
    placements : DataFrame
        From `placements`, or `around` for numbers by distance. Numbers are never changed here.
    title, subtitle, version, as_of, source : str
        What the reader is told: any text, shortened where there is no room. `subtitle` names the area.
    lang : str
        `en` or `zh`; English where Chinese has no font.
    currency : str, optional
        ISO 4217 code of rents.
    basemap, zones : GeoDataFrame, optional
        As for `placement_map`.
    made : bool
        True for made-up data: the map says so.
    centre : str or (float, float), optional
        Id of a placement, or longitude and latitude; the index goes by the distance from it.
    rings : sequence of float
        Radii in metres, at most five; they need a centre.
    radius : float, optional
        Metres around the centre that the frame shows at least; without it, a little more than the widest ring, or
        everything where there are no rings.
    paper : str
        `A3` or `A4`.
    portrait : bool

    Returns
    -------
    list of Figure
        For `drawing.pdf` (all of them) and `drawing.png` (one).

    Raises
    ------
    ValueError
        If there are rings or a radius without a centre, a ring is not above 0, there are too many, the centre or the
        paper is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from expansion_kit.maps import placements
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice"], "lon": [120.1, 120.2], "lat": [30.1, 30.2]})
    >>> len(placement_pages(placements(stores, own_brand="Tea", lang="en"), title="Tea and rice", lang="en"))
    1
    """
    rings = _checked_rings(rings, radius, centre)
    words.say("print.legend", lang)  # refuses an unknown language by name
    lang = drawn_language(lang)
    if centre is not None:
        where, name = centre_of(placements, centre), _name_of(placements, centre, lang)
        placements = placements.assign(distance_m=around(placements, where)["distance_m"])
        radius = radius or (1.12 * rings[-1] if rings else None)
    axes = sheet(paper, portrait=portrait)
    boxes = _layout(axes, portrait)
    here = placements[placed(placements)]
    lon, lat = where if centre is not None else frame.middle(here["lon"].to_numpy(), here["lat"].to_numpy())
    crs = frame.projection(lon, lat)
    xy = frame.metres(placements, crs)
    view = frame.window(xy, placements["number"].notna().to_numpy(), boxes["map"], radius=radius)
    told = {"lang": lang, "rings": rings, "name": name if centre is not None else "", "view": view}
    headed = {"title": title, "lines": [subtitle, *_stated(version, as_of, lang)], "made": made, "lang": lang}
    about = {"basemap": basemap, "zones": zones, "crs": crs, "latitude": lat}
    notes, shades, seen, dotted = _draw_map(axes, boxes["map"], placements, xy, about, told)
    head(axes, **headed)
    larger = _larger_view(xy[dotted], view, _whole_page(axes))
    closer = (
        [_closer_page(paper, portrait, placements, xy, about, told | {"view": larger, "head": headed, "closer": True})]
        if larger
        else []
    )
    notes += _frame_of(axes, boxes["map"], view, larger, closer, lang)
    unplaced = len(placements) - len(here)
    notes = _notes(unplaced, int(len(here) - seen.sum()), notes, source, lang)
    rows = index_rows(placements, placements["number"].notna() & seen, lang=lang, currency=currency)
    heads = headings(rows, lang=lang, currency=currency)
    shaded = set(placements["group"]) - set(placements.loc[placements["number"].notna(), "group"]) if shades else ()
    low = draw_groups(axes, group_counts(placements, rings), boxes["legend"], lang=lang, shaded=shaded)
    low = _draw_shades(axes, shades, boxes["legend"], low, view[2], lang)
    pages = _draw_index_pages(axes, rows, heads, boxes, low, portrait, told | {"head": headed, "paper": paper})
    pages[1:1] = closer
    number_pages(pages, lang)
    foot(axes, notes, lang=lang)
    return [in_found_fonts(page.figure) for page in pages]


def _checked_rings(rings, radius, centre):
    rings = sorted({float(ring) for ring in rings})
    if (rings or radius) and centre is None:
        raise ValueError("rings and a radius need a centre: the id of a placement, or longitude and latitude")
    if len(rings) > MOST_RINGS:
        raise ValueError(f"at most {MOST_RINGS} rings can be drawn, but there are {len(rings)}")
    if any(not 0 < metres < np.inf for metres in [*rings, radius or 1.0]):
        raise ValueError("rings and radius must be above 0 m")
    return rings


def _name_of(placements, centre, lang):
    """What the centre is called on the sheet."""
    if not isinstance(centre, str):
        return words.say("print.centre", lang)
    found = placements[placements["id"].eq(centre).fillna(False) & placed(placements)]
    first = found.loc[found["class"].ne("candidate").sort_values(kind="stable").index[0]]
    return shorten(legible(first["label"], instead="") or legible(centre), 30)


def _layout(axes, portrait):
    """The boxes of the first page in mm: map, legend, index."""
    width, height, scale = size_of(axes)
    left, right = MARGIN, width - MARGIN
    top, bottom = MARGIN + HEAD * scale, height - MARGIN - FOOT * scale
    panel = right - _PANEL * scale
    if not portrait:
        edge = panel - _GUTTER * scale
        side = (panel, top - 4.5 * scale, right, bottom)
        return {"map": (left, top, edge, bottom - STRIP * scale), "legend": side, "index": side}
    low = height * 0.6
    beside = (left, low + STRIP * scale, panel - _GUTTER * scale, bottom)
    return {
        "map": (left, top, right, low),
        "legend": beside,
        "index": (panel, low + STRIP * scale, right, bottom),
    }


def _whole_page(axes):
    """The box of a map that fills a page."""
    width, height, scale = size_of(axes)
    return (MARGIN, MARGIN + HEAD * scale, width - MARGIN, height - MARGIN - (FOOT + STRIP) * scale)


def _larger_view(xy, view, box):
    """The window around the many of those that had no room for a badge; None where a page does not show it larger."""
    if len(xy) < _WORTH:
        return None
    aside = _TRIM if len(xy) >= 20 else 0.0
    low, top = np.quantile(xy, [aside, 1 - aside], axis=0)
    corners = np.array([low - _ROUND * view[2], top + _ROUND * view[2]])
    larger = frame.window(corners, np.ones(2, dtype=bool), box, radius=None)
    return larger if larger[2] <= 0.7 * view[2] else None


def _closer_page(paper, portrait, placements, xy, about, told):
    """A page with nothing but the crowded part of the map."""
    page, lang = sheet(paper, portrait=portrait), told["lang"]
    lines = [words.say("print.closer", lang), *told["head"]["lines"]]
    head(page, **told["head"] | {"lines": lines})
    notes, *_ = _draw_map(page, _whole_page(page), placements, xy, about, told)
    foot(page, [words.say("print.datum", lang), *notes], lang=lang)
    return page


def _frame_of(axes, box, view, larger, closer, lang):
    """A dashed frame around what the second page shows larger; gives the note on it."""
    if not closer:
        return []
    left, top, right, bottom = _whole_page(closer[0])
    half = np.array([right - left, top - bottom]) / 2 * larger[2]
    (a, b), (c, d) = frame.on_sheet(np.array([larger[:2] - half, larger[:2] + half]), box, view)
    a, c, b, d = max(a, box[0]), min(c, box[2]), max(min(b, d), box[1]), min(max(b, d), box[3])
    axes.plot([a, c, c, a, a], [b, b, d, d, b], color=QUIET, linewidth=1.1, linestyle=(0, (5, 3)), zorder=8.5)
    return [words.say("print.closer_note", lang)]


def _draw_map(axes, box, placements, xy, about, told):
    """A map in its frame; gives notes, the key of shades, what is in sight, and what had no room for its badge."""
    view = told["view"]
    ground = frame.framed(axes, box, view)
    base = {"latitude": about["latitude"], "step": view[2]}
    shown = frame.draw_ground(ground, about["basemap"], about["zones"], about["crs"], **base)
    seen = _in_sight(ground, xy)
    notes, shades, dotted = _draw_places(axes, ground, placements, xy, seen, box, shown, told)
    strip(axes, box, view[2], told["lang"])
    return notes, shades, seen, dotted


def _in_sight(ground, xy):
    (west, east), (south, north) = ground.get_xlim(), ground.get_ylim()
    with np.errstate(invalid="ignore"):
        return (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)


def _draw_places(axes, ground, placements, xy, seen, box, shown, told):
    """Rings, dots or shades, badges, names; gives notes, the key of shades, and what had no room for its badge."""
    scale, lang, view = size_of(axes)[2], told["lang"], told["view"]
    numbered = placements["number"].notna().to_numpy() & seen
    size = badges.diameter(int(numbered.sum()), scale)
    first = placements[numbered].sort_values("number").index[: badges.most_badges(box, size)]
    badged = placements.index.isin(first) & numbered
    anchors = frame.on_sheet(xy[badged], box, view)
    rings = _draw_rings(axes, ground, box, told, anchors)
    far = np.inf if told.get("closer") or view[2] * 1000 <= frame.LEAST_SCALE else badges.FAR
    centres, radii = badges.placed_badges(placements[badged], anchors, box, size, taken=rings, far=far)
    found = ~np.isnan(centres[:, 0])
    badged[np.flatnonzero(badged)[~found]] = False
    centres, radii, anchors = centres[found], radii[found], anchors[found]
    dots = seen & ~badged
    plain = dots & placements["number"].isna().to_numpy()
    notes, shades = [], []
    if plain.sum() > DENSE_ABOVE:
        shades = [words.say("print.dense", lang, n=f"{plain.sum():,}"), *frame.draw_density(ground, xy[plain], view[2])]
        dots &= ~plain
    frame.draw_dots(ground, placements[dots], xy[dots], size=frame.dot_size(int(dots.sum()), scale))
    badges.draw_badges(axes, placements[badged], anchors, centres, size)
    taken = [*badges.circles(centres, radii), *(shapely.box(*ring) for ring in rings)]
    draw_street_names(axes, shown, box, view, taken=taken)
    if (numbered & ~badged).any():
        notes.append(words.say("print.dotted", lang, n=int((numbered & ~badged).sum())))
    if (np.hypot(*(anchors - centres).T) > size * 0.3).any():
        notes.append(words.say("print.leaders", lang))
    return notes, shades, numbered & ~badged


def _draw_rings(axes, ground, box, told, anchors):
    """Rings with their radii written on them, where no numbered place lies; gives the boxes of those texts."""
    scale = size_of(axes)[2]
    places = shapely.multipoints(anchors) if len(anchors) else shapely.MultiPoint()
    if told["name"]:
        frame.draw_rings(ground, told["rings"])
    taken = []
    for radius in told["rings"]:
        text, size = metres(radius, told["lang"]), 8 * scale
        width, height = text_width(text, size) * POINT + 1.2, size * POINT * 1.3
        for angle in np.radians(_ANGLES):
            spot = np.array([[radius * np.cos(angle), radius * np.sin(angle)]])
            ((x, y),) = frame.on_sheet(spot, box, told["view"])
            written = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            free = shapely.box(*box).contains(shapely.box(*written)) and places.disjoint(shapely.box(*written))
            if free and not any(shapely.box(*other).intersects(shapely.box(*written)) for other in taken):
                back = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9}
                write(axes, x, y, text, size, ha="center", va="center_baseline", bbox=back, zorder=7)
                taken.append(written)
                break
    return taken


def _stated(version, as_of, lang):
    said = [words.say("print.version", lang, version=version)] if version else []
    return said + ([words.say("print.surveyed", lang, date=as_of)] if as_of else [])


def _notes(unplaced, outside, others, source, lang):
    notes = [words.say("map.source", lang, source=shorten(str(source), 160))] if source else []
    notes.append(words.say("print.datum", lang))
    if unplaced:
        notes.append(words.say("map.unplaced", lang, n=f"{unplaced:,}"))
    if outside:
        notes.append(words.say("print.outside", lang, n=f"{outside:,}"))
    return notes + others


def _draw_shades(axes, shades, box, low, step, lang):
    """The key of the shades of density beneath the legend; gives where it ends."""
    if not shades:
        return low
    scale = size_of(axes)[2]
    low += 6.5 * scale
    write(axes, box[0], low, shades[0], 8 * scale, room=box[2] - box[0], shrink=True)
    low += 4.2 * scale
    said = words.say("print.shades", lang, size=metres(frame.CELL * step, lang))
    write(axes, box[0], low, said, 8 * scale, room=box[2] - box[0], color=QUIET)
    low += 4.6 * scale
    wide = (box[2] - box[0]) / len(frame.SHADES)
    for number, (colour, least, most) in enumerate(shades[1:]):
        x = box[0] + number * wide
        axes.fill_between([x, x + 5 * scale], low - 2.6 * scale, low + 0.3 * scale, facecolor=colour, linewidth=0)
        text = f"{least:,}" if least == most else f"{least:,}–{most:,}"
        write(axes, x + 6 * scale, low, text, 7.5 * scale, room=wide - 6.5 * scale, shrink=True)
    return low


def _draw_index_pages(axes, rows, heads, boxes, low, portrait, told):
    """The index on the first page and as many more as it takes; gives the axes of all pages."""
    _, _, scale = size_of(axes)
    left, top, right, bottom = boxes["index"]
    top = top if portrait else low + 5 * scale
    pages, lang = [axes], told["lang"]
    box = (left, top + 7.5 * scale, right, bottom)
    done = capacity(axes, box)
    order = words.say("print.by_number", lang)
    if told["name"]:
        order = words.say("print.by_distance", lang, centre=told["name"])
    if len(rows):
        _index_head(axes, (left, top, right, bottom), words.say("print.index", lang), order)
        draw_index(axes, rows.iloc[:done], heads, box)
    while done < len(rows):
        page = sheet(told["paper"], portrait=portrait)
        pages.append(page)
        done = _draw_more(page, rows, done, heads, order, told)
    return pages


def _index_head(axes, box, name, order):
    scale = size_of(axes)[2]
    wide = text_width(name, 11 * scale, weight="bold") * POINT + 3 * scale
    write(axes, box[0], box[1] + 4.5 * scale, name, 11 * scale, weight="bold")
    write(axes, box[0] + wide, box[1] + 4.5 * scale, order, 8 * scale, room=box[2] - box[0] - wide, color=QUIET)


def _draw_more(page, rows, done, heads, order, told):
    width, height, scale = size_of(page)
    room, top = width - 2 * MARGIN, head(page, **told["head"])
    _index_head(page, (MARGIN, top, width - MARGIN, height), words.say("print.index_more", told["lang"]), order)
    columns = int((room + _GUTTER * scale) / ((_PANEL + _GUTTER) * scale - 8))
    wide = (room - (columns - 1) * _GUTTER * scale) / columns
    for column in range(columns):
        x = MARGIN + column * (wide + _GUTTER * scale)
        box = (x, top + 7.5 * scale, x + wide, height - MARGIN)
        part = rows.iloc[done : done + capacity(page, box)]
        if len(part):
            draw_index(page, part, heads, box)
        done += len(part)
    return done
