"""
The survey sheet on paper (市场考察图): the route on the quiet map, then a block to write in for each stop.

Everything is placed in millimetres from the upper left corner of the sheet, so that a field fits a hand.
"""

import numpy as np

from expansion_kit import drawing, geo, words
from expansion_kit.maps import labels
from expansion_kit.maps.basemap import STYLES, ZONES
from expansion_kit.maps.specification import CANDIDATE_COLOUR, OWN_COLOUR
from expansion_kit.maps.survey import in_order

PAPERS = {"A4": (210.0, 297.0), "A3": (420.0, 297.0)}
MOST = 40  # stops on one sheet
LOOKS = {  # fill, edge and ink of a badge: told apart in grey by filled and empty
    "candidate": (CANDIDATE_COLOUR, CANDIDATE_COLOUR, "white"),
    "own": (OWN_COLOUR, OWN_COLOUR, "white"),
    "rival": ("white", "#2166AC", "#123C66"),
    "other": ("white", "#8F8F8F", "#444444"),
    "listing": ("#FFF3CD", "#B79F00", "#5C4400"),
    "place": ("#E3EFE0", "#004D40", "#004D40"),
}
INK, QUIET, RULE = "#222222", "#595959", "#9a9a9a"
GROUND, MARGIN, BADGE = "#f4f2ee", 10.0, 2.6
_POINT = 72 / 25.4
_LEG, _KIND = 31.0, 15.0  # widths in the list of stops
_SMALLEST = 400.0  # metres that the map shows at least
_FIELDS = (  # four cells a row; a name is two wide
    (("name", 2), ("brand", 1), ("status", 1)),
    (("floor_area_sqm", 1), ("floor", 1), ("frontage_m", 1), ("unit", 1)),
    (("rent", 1), ("turnover_rate", 1), ("deposit_months", 1), ("transfer_fee", 1)),
)
_COUNTED = (
    ("date", 28),
    ("hour", 18),
    ("minutes", 22),
    ("people", 34),
    ("entered", 24),
    ("bags", 24),
    ("observer", 40),
)
_ROUND_METRES = (50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10000, 20000)


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
        If there is no stop or there are more than 40, or the paper is neither of the two.

    Examples
    --------
    >>> import pandas as pd
    >>> from expansion_kit.maps.survey import survey_stops
    >>> sites = pd.DataFrame({"name": ["Corner"], "lon": [121.47], "lat": [31.23]}, index=["S1"])
    >>> way = pd.DataFrame({"stop": [1], "minutes": [float("nan")], "km": [float("nan")]}, index=["S1"])
    >>> survey_map(survey_stops({"sites": sites}), way, title="Round", lang="en")[:5]
    b'%PDF-'
    """
    if paper not in PAPERS:
        raise ValueError(f"paper must be A4 or A3, but is {paper!r}")
    if not 1 <= len(way) <= MOST:
        raise ValueError(f"a survey sheet takes 1 to {MOST} stops, but there are {len(way)}")
    given, lang = lang, drawing.drawn_language(lang)
    ordered = in_order(stops, way)
    heading = {"title": title, "subtitle": subtitle, "made": made, "lang": lang}
    notes = _notes(stops, way, lang, as_of=as_of, source=source, without_font=lang != given)
    pages = [_map_page(PAPERS[paper], ordered, way, heading, notes, (basemap, zones))]
    pages += _form_pages(PAPERS[paper], ordered, heading, currency)
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


def _sheet(size):
    """An empty figure, and axes over all of it in millimetres from the upper left corner."""
    from matplotlib.figure import Figure

    width, height = size
    figure = Figure(figsize=(width / 25.4, height / 25.4), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _write(axes, x, y, text, size, *, width=None, **style):
    """A text that is fitted into a width (mm), its upper left corner at x, y unless told otherwise."""
    weight = style.get("weight", "normal")
    said = (
        drawing.legible(text, weight=weight)
        if width is None
        else drawing.fitted(text, width * _POINT, size, weight=weight)
    )
    axes.text(x, y, said, size=size, **{"va": "top", "color": INK, **style})


def _heading(axes, size, heading, *, page=None):
    width = size[0] - 2 * MARGIN
    room = width - (42 if heading["made"] else 0)
    _write(axes, MARGIN, MARGIN, heading["title"], 15, width=room, weight="bold")
    if heading["subtitle"]:
        _write(axes, MARGIN, MARGIN + 7, heading["subtitle"], 9, width=room, color=QUIET)
    if heading["made"]:
        badge = {"boxstyle": "round,pad=0.3", "facecolor": "#fff3cd", "edgecolor": "#D55E00", "linewidth": 0.8}
        text = words.say("map.made", heading["lang"])
        _write(axes, size[0] - MARGIN - 1, MARGIN + 1, text, 9, ha="right", color="#8a3d00", bbox=badge)
    if page:
        _write(axes, size[0] - MARGIN, size[1] - 6, page, 8, ha="right", va="bottom", color=QUIET)


def _map_page(size, ordered, way, heading, notes, ground):
    figure, axes = _sheet(size)
    _heading(axes, size, heading)
    across = size[0] > size[1]
    written = [line for note in notes for line in drawing.wrap(drawing.legible(note), 190 if across else 118)]
    bottom = size[1] - 7 - 3.6 * len(written)
    for n, line in enumerate(written):
        axes.text(MARGIN, bottom + 3.6 * n, line, size=7.5, va="top", color=QUIET)
    rows = len(ordered) if across else -(-len(ordered) // 2)
    step = min(8.0, (bottom - 50) / rows) if across else 6.4
    top, listed = MARGIN + 14, 12 + step * rows
    if across:
        box = (MARGIN, top, size[0] - MARGIN - 128, bottom - 4)
        _index(axes, ordered, way, (box[2] + 6, top), (122, step), 1, heading["lang"])
    else:
        box = (MARGIN, top, size[0] - MARGIN, bottom - 4 - listed)
        _index(axes, ordered, way, (MARGIN, box[3] + 4), (95, step), 2, heading["lang"])
    _map(figure, axes, box, ordered, way, ground, heading["lang"])
    return figure


def _index(axes, ordered, way, corner, cell, columns, lang):
    """The stops in order with the way to each, and the sum."""
    (left, top), (wide, step) = corner, cell
    _write(axes, left, top, _total(way, len(ordered), lang), 9.5, width=columns * wide, weight="bold")
    rows = -(-len(ordered) // columns)
    for n, stop in enumerate(ordered.itertuples()):
        x, y = left + wide * (n // rows), top + 8 + step * (n % rows) + step / 2
        _badge(axes, x + BADGE, y, stop.stop, stop.kind)
        kind, leg = words.say(f"survey.kind_{stop.kind}", lang), _leg(stop.minutes, stop.km, lang)
        room = wide - 2 * BADGE - 4 - _LEG - _KIND
        _write(axes, x + 2 * BADGE + 2, y, stop.label, 8.5, width=room, va="center")
        _write(axes, x + wide - 4 - _LEG, y, kind, 7.5, width=_KIND, ha="right", va="center", color=QUIET)
        _write(axes, x + wide - 4, y, leg, 7.5, ha="right", va="center")


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


def _leg(minutes, km, lang):
    parts = [] if minutes != minutes else [words.say("survey.leg_minutes", lang, n=f"{minutes:.0f}")]
    if km == km:
        parts.append(words.say("survey.leg_km", lang, km=f"{km:.2f}") if km >= 1 else f"{km * 1000:.0f} m")
    return " · ".join(parts)


def _badge(axes, x, y, number, kind):
    from matplotlib.patches import Circle

    fill, edge, ink = LOOKS[kind]
    axes.add_patch(Circle((x, y), BADGE, facecolor=fill, edgecolor=edge, linewidth=1.1, zorder=8))
    style = {"ha": "center", "va": "center_baseline", "weight": "bold", "color": ink, "zorder": 9}
    axes.text(x, y + 0.15, str(number), size=7.5 if number < 10 else 7, **style)


def _map(figure, axes, box, ordered, way, ground, lang):
    """The quiet map in a box (mm), the route on it, and badges beside the places."""
    left, top, right, bottom = box
    crs = geo.metric_crs(ordered["lon"], ordered["lat"])
    points = geo.to_metres(ordered[["lon", "lat"]], crs).geometry
    west, south, scale = _extent(points, right - left, bottom - top)
    width, height = figure.get_size_inches() * 25.4
    view = figure.add_axes((left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height))
    view.set(xlim=(west, west + scale * (right - left)), ylim=(south, south + scale * (bottom - top)))
    view.set(facecolor=GROUND, xticks=[], yticks=[])
    view.set_zorder(-1)
    for side in view.spines.values():
        side.set(color=RULE, linewidth=0.6)
    basemap, zones = ground
    if basemap is not None:
        _ground(view, geo.to_metres(basemap, crs), scale, float(ordered["lat"].median()))
    if zones is not None:
        _borders(view, geo.to_metres(zones, crs).geometry)
    spots = np.column_stack([left + (points.x - west) / scale, bottom - (points.y - south) / scale])
    legs = np.vstack([spots, spots[:1]]) if way.attrs.get("back", np.nan) == way.attrs.get("back") else spots
    _legs(axes, legs)
    _furniture(axes, box, scale, ordered, lang)
    taken = [(left, bottom - 12, left + 62, bottom), (right - 12, top, right, top + 16)]
    radii = np.full(len(spots), BADGE + 0.5)
    frame = (left + 1, top + 1, right - 1, bottom - 1)
    for spot, centre, stop in zip(spots, labels.spread(spots, radii, frame, taken=taken), ordered.itertuples()):
        axes.plot(*zip(spot, centre), color=INK, linewidth=0.7, zorder=6)
        axes.plot(*spot, "o", color=INK, markersize=2.4, zorder=7)
        _badge(axes, *centre, stop.stop, stop.kind)


def _extent(points, wide, high):
    """West and south edge, and metres to a millimetre of paper, so that all points lie well inside."""
    west, south, east, north = points.total_bounds
    scale = max((east - west) * 1.25 / wide, (north - south) * 1.25 / high, _SMALLEST / min(wide, high))
    return (west + east - scale * wide) / 2, (south + north - scale * high) / 2, scale


def _ground(view, outlines, scale, lat):
    """Outlines as on the screen, at the detail of the zoom that the scale of the paper comes nearest to."""
    zoom = np.log2(156543.03 * np.cos(np.radians(lat)) / (scale * 0.26))
    (west, east), (south, north) = view.get_xlim(), view.get_ylim()
    here = outlines.cx[west:east, south:north]
    for order, (kind, style) in enumerate(STYLES.items()):
        parts = here.geometry[here["kind"] == kind]
        if zoom < style["from"] or parts.empty:
            continue
        areas = parts[parts.geom_type.isin(["Polygon", "MultiPolygon"])]
        lines, line = parts[parts.geom_type.isin(["LineString", "MultiLineString"])], style["line"]
        if len(areas) and "closed" in style:
            areas.plot(ax=view, color=style["closed"]["fillColor"], linewidth=0, zorder=order, aspect=None)
        if len(lines) and "casing" in style:
            lines.plot(ax=view, color=style["casing"], linewidth=0.6 * line["weight"] + 0.8, zorder=order, aspect=None)
        if len(lines):
            lines.plot(ax=view, color=line["color"], linewidth=0.6 * line["weight"], zorder=order, aspect=None)
    view.set(xlim=(west, east), ylim=(south, north), xlabel="", ylabel="")


def _borders(view, zones):
    limits = view.get_xlim(), view.get_ylim()
    areas = zones[zones.geom_type.isin(["Polygon", "MultiPolygon"])]
    if len(areas):
        line = ZONES["line"]
        areas.boundary.plot(ax=view, color=line["color"], alpha=line["opacity"], linewidth=0.6, zorder=20, aspect=None)
    view.set(xlim=limits[0], ylim=limits[1], xlabel="", ylabel="")


def _legs(axes, spots):
    """The order of the stops as lines with an arrow in the middle of each."""
    for start, end in zip(spots, spots[1:]):
        axes.plot(*zip(start, end), color="#D55E00", linewidth=1.3, alpha=0.85, zorder=4, solid_capstyle="round")
        if np.hypot(*(end - start)) > 6:
            tip = start + 0.54 * (end - start)
            arrow = {"arrowstyle": "-|>", "color": "#D55E00", "linewidth": 1.0, "mutation_scale": 9}
            axes.annotate("", xy=tip, xytext=start + 0.46 * (end - start), arrowprops=arrow, zorder=5)


def _furniture(axes, box, scale, ordered, lang):
    from matplotlib.patches import Polygon, Rectangle

    left, top, right, bottom = box
    metres = max((m for m in _ROUND_METRES if m / scale <= 45), default=_ROUND_METRES[0])
    length, x, y = metres / scale, left + 4, bottom - 4
    axes.add_patch(Rectangle((left + 1.5, bottom - 10.5), length + 8, 9, facecolor="white", alpha=0.85, zorder=5))
    axes.plot([x, x, x + length, x + length], [y - 1.2, y, y, y - 1.2], color=INK, linewidth=1.1, zorder=6)
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
    _write(axes, x + length / 2, y - 1.6, said, 7.5, ha="center", va="bottom", zorder=6)
    x, y = right - 6.5, top + 3
    axes.add_patch(Polygon([(x, y), (x + 2.2, y + 7), (x, y + 5.4), (x - 2.2, y + 7)], facecolor=INK, zorder=6))
    _write(axes, x, y + 7.6, words.say("survey.north", lang), 8, ha="center", weight="bold", zorder=6)


def _form_pages(size, ordered, heading, currency):
    """Two stops on an upright sheet, four on one across."""
    columns = 2 if size[0] > size[1] else 1
    wide, high = (size[0] - MARGIN * (columns + 1)) / columns, (size[1] - 36) / 2
    stops, pages = list(ordered.itertuples()), []
    starts = range(0, len(stops), 2 * columns)
    for nth, start in enumerate(starts, 2):
        figure, axes = _sheet(size)
        number = words.say("survey.page", heading["lang"], n=nth, of=len(starts) + 1)
        _heading(axes, size, {**heading, "subtitle": words.say("survey.fill_in", heading["lang"])}, page=number)
        for n, stop in enumerate(stops[start : start + 2 * columns]):
            corner = (MARGIN + (n // 2) * (wide + MARGIN), 25 + (n % 2) * (high + 2))
            _block(axes, corner, (wide, high - 2), stop, heading["lang"], currency)
        pages.append(figure)
    return pages


def _block(axes, corner, size, stop, lang, currency):
    """Everything to write down about one stop."""
    (left, top), (wide, high) = corner, size
    _box(axes, left, top, wide, high, edge=INK, line=1.0)
    _badge(axes, left + 6, top + 5.2, stop.stop, stop.kind)
    kind = words.say(f"survey.kind_{stop.kind}", lang)
    _write(axes, left + 11, top + 5.2, stop.label, 11.5, width=wide - 60, weight="bold", va="center")
    _write(
        axes,
        left + wide - 3,
        top + 5.2,
        f"{kind} · {drawing.shorten(str(stop.Index), 22)}",
        8.5,
        ha="right",
        va="center",
    )
    leg = _leg(stop.minutes, stop.km, lang)
    leg = words.say("survey.from_before", lang, leg=leg) if leg else ""
    told = drawing.text_width(leg, 8) / _POINT
    _write(axes, left + 11, top + 9.6, stop.address, 8, width=wide - 18 - told, color=QUIET)
    _write(axes, left + wide - 3, top + 9.6, leg, 8, ha="right", color=QUIET)
    y = top + 15
    for fields in _FIELDS:
        x = left
        for name, share in fields:
            _field(axes, (x, y), (wide * share / 4, 14), name, _known(stop, name, lang, currency), lang, currency)
            x += wide * share / 4
        y += 14
    y = _count_table(axes, left, y, wide, lang)
    _write(axes, left + 2, y + 1.6, words.say("survey.remark", lang), 8, color=QUIET)
    for line in np.arange(y + 12, top + high - 3, 9.0):
        axes.plot([left + 3, left + wide - 3], [line, line], color=RULE, linewidth=0.4, linestyle=(0, (1, 2)))


def _box(axes, left, top, wide, high, *, edge=RULE, line=0.6):
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, top), wide, high, facecolor="none", edgecolor=edge, linewidth=line))


def _field(axes, corner, size, name, known, lang, currency):
    """An empty cell with its heading; what is known stands small at the right, to be corrected."""
    (x, y), (wide, high) = corner, size
    _box(axes, x, y, wide, high)
    heading = words.say(
        f"survey.field_{name}", lang, money=words.currency_name(currency, lang) or words.say("unit.money", lang)
    )
    _write(axes, x + 1.5, y + 1.3, heading, 7.5, width=wide - 3, color=QUIET)
    _write(axes, x + wide - 1.5, y + high - 1.2, known, 7.5, width=wide - 3, ha="right", va="bottom", color="#7a7a7a")


def _known(stop, name, lang, currency):
    if name == "rent":
        return next(
            (
                _plain(getattr(stop, n)) + words.say(f"survey.{n}", lang)
                for n in ("rent_sqm_day", "rent_month")
                if _plain(getattr(stop, n))
            ),
            "",
        )
    value = stop.label if name == "name" and stop.kind != "listing" else getattr(stop, name, None)
    if name == "status" and value in ("open", "planned", "closed"):
        return words.say(f"map.status_{value}", lang)
    if name == "turnover_rate" and value is not None and value == value:
        return f"{value:.1%}"
    return _plain(value)


def _plain(value):
    if value is None or value != value:
        return ""
    return f"{value:,.10g}" if isinstance(value, int | float | np.number) else str(value)


def _count_table(axes, left, top, wide, lang):
    """Three rows for counts; the minutes are ticked, 10 or 15."""
    from matplotlib.patches import Rectangle

    scale, y = wide / sum(part for _, part in _COUNTED), top
    axes.add_patch(Rectangle((left, y), wide, 6, facecolor="#eeebe4", edgecolor=RULE, linewidth=0.6))
    for n in range(4):
        x, high = left, 6 if n == 0 else 10
        for name, part in _COUNTED:
            _box(axes, x, y, part * scale, high)
            if n == 0:
                said = words.say(f"survey.count_{name}", lang)
                _write(
                    axes,
                    x + part * scale / 2,
                    y + 3,
                    said,
                    7.5,
                    width=part * scale - 1,
                    ha="center",
                    va="center_baseline",
                )
            elif name == "minutes":
                _write(
                    axes, x + part * scale / 2, y + 5, "□ 10  □ 15", 8, ha="center", va="center_baseline", color=QUIET
                )
            x += part * scale
        y += high
    return y
