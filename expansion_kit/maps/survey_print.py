"""The survey sheet on paper (市场考察图): the route on the quiet map, then a block to write in for each stop."""

import numpy as np

from expansion_kit import drawing, words
from expansion_kit.maps import frame, labels
from expansion_kit.maps.sheet import INK, MARGIN, POINT, QUIET, sheet, size_of, write
from expansion_kit.maps.survey import in_order
from expansion_kit.maps.survey_blocks import BADGE, badge, form_pages, heading, leg

MOST = 40  # stops on one sheet
_LEG, _KIND = 31.0, 15.0  # mm: widths in the list of stops
_INSET = 14.0  # mm: so far inside the frame all stops lie
_ROUTE = "#D55E00"


def survey_map(
    stops,
    way,
    *,
    title,
    subtitle="",
    as_of="",
    source="",
    lang,
    currency="",
    basemap=None,
    zones=None,
    paper="A4",
    made=False,
):
    """
    The survey sheet as a PDF: the map with the numbered route, then the fields to fill in by hand, stop by stop.

    The way between two stops is drawn as a straight line: it tells the order, not the streets.

    Parameters
    ----------
    stops : DataFrame
        From `survey_stops`; one to 40 stops.
    way : DataFrame
        From `market.tours.route`: order, minutes and kilometres, and in `.attrs` how they are known.
    title, subtitle, as_of, source : str
        What the reader is told about the sheet; any text, shown as it is.
    lang : str
        `en` or `zh`; without a font for Chinese the sheet is in English, and says so.
    currency : str
        ISO 4217 code, for the units of the fields.
    basemap : GeoDataFrame, optional
        Outlines with `kind`, as in `basemap.coded`.
    zones : GeoDataFrame, optional
        `zones` table, drawn as quiet borders.
    paper : str
        `A4` (upright) or `A3` (across).
    made : bool
        True for made-up data: the sheet says so.

    Returns
    -------
    bytes
        The same for the same input.

    Raises
    ------
    ValueError
        If there is no stop or there are more than 40, or the paper is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from expansion_kit.maps.survey import survey_stops
    >>> sites = pd.DataFrame({"name": ["Corner"], "lon": [121.47], "lat": [31.23]}, index=["S1"])
    >>> way = pd.DataFrame({"stop": [1], "minutes": [float("nan")], "km": [float("nan")]}, index=["S1"])
    >>> survey_map(survey_stops({"sites": sites}), way, title="Round", lang="en")[:5]
    b'%PDF-'
    """
    if not 1 <= len(way) <= MOST:
        raise ValueError(f"a survey sheet takes 1 to {MOST} stops, but there are {len(way)}")
    given, lang = lang, drawing.drawn_language(lang)
    ordered = in_order(stops, way)
    told = {"title": title, "subtitle": subtitle, "made": made, "lang": lang}
    notes = _notes(stops, way, lang, as_of=as_of, source=source, without_font=lang != given)
    pages = [_map_page(paper, ordered, way, told, notes, (basemap, zones))]
    pages += form_pages(paper, ordered, told, currency)
    return drawing.pdf([drawing.in_found_fonts(page) for page in pages], title=title)


def _notes(stops, way, lang, *, as_of, source, without_font):
    """What stands beneath the map: how the way is known, what is left out, where the data come from."""
    about = way.attrs
    stated = {"kmh": f"{about.get('kmh', 0):g}", "detour": f"{about.get('detour', 0):g}"}
    notes = [words.say(f"survey.way_{about['kind']}", lang, **stated)] if "kind" in about else []
    notes += [words.say(f"survey.passed_{kind}", lang) for kind in about.get("passed", ())]
    notes += [words.say("survey.lines", lang)]
    if about.get("proved") is False:
        notes.append(words.say("survey.not_proved", lang))
    if stops.attrs.get("left_out"):
        notes.append(words.say("survey.left_out", lang, n=stops.attrs["left_out"]))
    if stops.attrs.get("unplaced"):
        notes.append(words.say("survey.unplaced", lang, ids=", ".join(map(str, stops.attrs["unplaced"]))))
    if as_of:
        notes.append(words.say("survey.as_of", lang, as_of=as_of))
    if source:
        notes.append(words.say("survey.source", lang, source=source))
    if without_font:
        notes.append(words.say("survey.no_chinese_font", lang))
    return notes


def _map_page(paper, ordered, way, told, notes, outlines):
    axes = sheet(paper, portrait=paper == "A4")
    width, height, _ = size_of(axes)
    heading(axes, told)
    across = width > height
    written = [line for note in notes for line in drawing.wrap(drawing.legible(note), 190 if across else 118)]
    bottom = height - 8 - 3.6 * len(written)
    for n, line in enumerate(written):
        write(axes, MARGIN, bottom + 3.6 * n, line, 7.5, va="top", color=QUIET)
    rows = len(ordered) if across else -(-len(ordered) // 2)
    step, top = min(8.0, (bottom - 40) / rows) if across else 6.4, MARGIN + 14
    if across:
        box = (MARGIN, top, width - MARGIN - 128, bottom - 4)
        _index(axes, ordered, way, (box[2] + 6, top), (122, step), 1, told["lang"])
    else:
        box = (MARGIN, top, width - MARGIN, bottom - 16 - step * rows)
        _index(axes, ordered, way, (MARGIN, box[3] + 4), (95, step), 2, told["lang"])
    _map(axes, box, ordered, way, outlines, told["lang"])
    return axes.figure


def _index(axes, ordered, way, corner, cell, columns, lang):
    """The stops in order with the way to each, and the sum."""
    (left, top), (wide, step) = corner, cell
    write(axes, left, top, _total(way, len(ordered), lang), 9.5, room=columns * wide, weight="bold", va="top")
    rows = -(-len(ordered) // columns)
    for n, stop in enumerate(ordered.itertuples()):
        x, y = left + wide * (n // rows), top + 8 + step * (n % rows) + step / 2
        badge(axes, x + BADGE, y, stop.stop, stop.kind)
        room, kind = wide - 2 * BADGE - 4 - _LEG - _KIND, words.say(f"survey.kind_{stop.kind}", lang)
        write(axes, x + 2 * BADGE + 2, y, drawing.legible(stop.label), 8.5, room=room, va="center")
        write(axes, x + wide - 4 - _LEG, y, kind, 7.5, room=_KIND, ha="right", va="center", color=QUIET)
        write(axes, x + wide - 4, y, leg(stop.minutes, stop.km, lang), 7.5, ha="right", va="center")


def _total(way, many, lang):
    """The sum of the legs; one that is not known makes it a lower bound, and it says so."""
    total, km = way.attrs.get("total"), way.attrs.get("total_km")
    if total is None:
        return words.say("survey.stops", lang, n=many)
    mode = words.say(f"survey.mode_{way.attrs.get('mode', 'walk')}", lang)
    length = words.say("survey.length", lang, km=f"{km:.1f}") if km is not None and km == km else ""
    key = "survey.at_least" if way.attrs.get("unknown") else "survey.total"
    back = way.attrs.get("back")
    ends = words.say("survey.back" if back is not None and back == back else "survey.open", lang)
    time = f"{total // 60:.0f}:{total % 60:02.0f}" if round(total % 60) < 60 else f"{total // 60 + 1:.0f}:00"
    return words.say(
        "survey.sum", lang, stops=many, total=words.say(key, lang, mode=mode, time=time), km=length, ends=ends
    )


def _map(axes, box, ordered, way, outlines, lang):
    """The quiet map in its frame (mm), the route on it, and badges beside the places."""
    lon, lat = frame.middle(ordered["lon"].to_numpy(), ordered["lat"].to_numpy())
    crs = frame.projection(lon, lat)
    xy = frame.metres(ordered, crs)
    inner = (box[0] + _INSET, box[1] + _INSET, box[2] - _INSET, box[3] - _INSET)
    view = frame.window(xy, np.ones(len(xy), dtype=bool), inner, radius=None)
    ground = frame.draw_ground(frame.framed(axes, box, view), *outlines, crs, latitude=lat, step=view[2])
    spots = frame.on_sheet(xy, box, view)
    back = way.attrs.get("back", np.nan)
    _legs(axes, np.vstack([spots, spots[:1]]) if back == back else spots)
    taken = _furniture(axes, box, view[2], lang)
    inside, radius = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1), BADGE + 0.3
    centres = labels.spread(spots, np.full(len(spots), radius), inside, taken=taken)
    for spot, centre, stop in zip(spots, centres, ordered.itertuples()):
        axes.plot(*zip(spot, centre), color=INK, linewidth=0.7, zorder=6)
        axes.plot(*spot, "o", color=INK, markersize=2.4, zorder=7)
        badge(axes, *centre, stop.stop, stop.kind)
    _street_names(axes, ground, box, view, taken, centres)


def _street_names(axes, ground, box, view, taken, centres):
    import shapely
    from matplotlib.patheffects import withStroke

    named = [(drawing.legible(name, instead=""), line) for name, line in frame.longest_streets(ground, box, view)]
    named = [(name, line) for name, line in named if name]
    widths = [drawing.text_width(name, 6) * POINT + 1 for name, _ in named]
    off = [shapely.box(*part) for part in taken] + list(shapely.buffer(shapely.points(centres), BADGE + 0.5))
    halo = [withStroke(linewidth=1.6, foreground="white")]
    for n, x, y, angle in labels.street_names([line for _, line in named], widths, 6 * POINT, box, taken=off):
        look = {"rotation": angle, "rotation_mode": "anchor", "color": "#7d766a", "path_effects": halo}
        write(axes, x, y, named[n][0], 6, ha="center", va="center_baseline", zorder=3, **look)


def _legs(axes, spots):
    """The order of the stops as lines with an arrow in the middle of each."""
    for start, end in zip(spots, spots[1:]):
        axes.plot(*zip(start, end), color=_ROUTE, linewidth=1.3, alpha=0.85, zorder=4, solid_capstyle="round")
        if np.hypot(*(end - start)) > 6:
            tip = start + 0.54 * (end - start)
            arrow = {"arrowstyle": "-|>", "color": _ROUTE, "linewidth": 1.0, "mutation_scale": 9}
            axes.annotate("", xy=tip, xytext=start + 0.46 * (end - start), arrowprops=arrow, zorder=5)


def _furniture(axes, box, step, lang):
    """Scale bar and north arrow inside the frame; the boxes that they take."""
    from matplotlib.patches import Polygon, Rectangle

    left, top, right, bottom = box
    metres = frame.bar_length(step, 45)
    length, x, y = metres / step, left + 4, bottom - 4
    axes.add_patch(Rectangle((left + 1.5, bottom - 10.5), length + 5, 9, facecolor="white", alpha=0.85, zorder=5))
    axes.plot([x, x, x + length, x + length], [y - 1.2, y, y, y - 1.2], color=INK, linewidth=1.1, zorder=6)
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    write(axes, x + length / 2, y - 1.6, said, 7.5, ha="center", va="bottom", zorder=6)
    x, y = right - 6.5, top + 3
    axes.add_patch(Polygon([(x, y), (x + 2.2, y + 7), (x, y + 5.4), (x - 2.2, y + 7)], facecolor=INK, zorder=6))
    write(axes, x, y + 7.6, words.say("survey.north", lang), 8, ha="center", va="top", weight="bold", zorder=6)
    return [(left, bottom - 11, left + length + 8, bottom), (right - 12, top, right, top + 16)]
