"""The survey sheet on paper (市场考察图): the route on the quiet map, then a block to write in for each stop."""

import numpy as np
import shapely

from expansion_kit import drawing, words
from expansion_kit.maps import badges, frame
from expansion_kit.maps.labels import spread
from expansion_kit.maps.screen import source_lines
from expansion_kit.maps.sheet import INK, MARGIN, QUIET, STRIP, foot, head, number_pages, sheet, size_of, strip, write
from expansion_kit.maps.street_names import draw_street_names
from expansion_kit.maps.survey import in_order
from expansion_kit.maps.survey_blocks import BADGE, badge, form_pages, leg

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
    lang = drawing.drawn_language(lang)
    ordered = in_order(stops, way)
    told = {"title": title, "made": made, "lang": lang}
    notes = [*_notes(stops, way, lang), *source_lines(as_of, source, lang)]
    pages = [_map_page(paper, ordered, way, told | {"lines": [subtitle]}, notes, (basemap, zones))]
    pages += form_pages(paper, ordered, told, currency)
    number_pages(pages, lang)
    return drawing.pdf([drawing.in_found_fonts(page.figure) for page in pages], title=title)


def _notes(stops, way, lang):
    """What stands beneath the map: how the way is known, and what is left out."""
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
    return notes


def _map_page(paper, ordered, way, told, notes, outlines):
    axes = sheet(paper, portrait=paper == "A4")
    width, height, scale = size_of(axes)
    top, bottom, lang = head(axes, **told), foot(axes, notes, lang=told["lang"], size=9.0, most=6), told["lang"]
    if width > height:
        step = min(8.0, (bottom - top - 12) / len(ordered))
        box = (MARGIN, top, width - MARGIN - 128, bottom - (1 + STRIP) * scale)
        _index(axes, ordered, way, (box[2] + 6, top), (122, step), 1, lang)
    else:
        rows = -(-len(ordered) // 2)
        box = (MARGIN, top, width - MARGIN, bottom - 12 - 6.4 * rows - STRIP * scale)
        _index(axes, ordered, way, (MARGIN, box[3] + STRIP * scale + 2), (95, 6.4), 2, lang)
    _map(axes, box, ordered, way, outlines, lang)
    return axes


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
    strip(axes, box, view[2], lang)
    inside, radius = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1), BADGE + 0.3
    centres = spread(spots, np.full(len(spots), radius), inside)
    badges.draw_leaders(axes, spots, centres, np.full(len(spots), INK), least=0.3 * BADGE)
    for centre, stop in zip(centres, ordered.itertuples()):
        badge(axes, *centre, stop.stop, stop.kind)
    draw_street_names(axes, ground, box, view, taken=list(shapely.buffer(shapely.points(centres), radius + 0.2)))


def _legs(axes, spots):
    """The order of the stops as lines with an arrow in the middle of each."""
    for start, end in zip(spots, spots[1:]):
        axes.plot(*zip(start, end), color=_ROUTE, linewidth=1.3, alpha=0.85, zorder=4, solid_capstyle="round")
        if np.hypot(*(end - start)) > 6:
            tip = start + 0.54 * (end - start)
            arrow = {"arrowstyle": "-|>", "color": _ROUTE, "linewidth": 1.0, "mutation_scale": 9}
            axes.annotate("", xy=tip, xytext=start + 0.46 * (end - start), arrowprops=arrow, zorder=5)
