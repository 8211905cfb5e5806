"""One page for the boss's phone: the city in a handful of figures, one map, the five best places, what was found."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts import number
from expansion_kit.charts.figures import COLOURS, INK, LINE, MISSING, QUIET
from expansion_kit.charts.zones import class_names, scale_bar, shade_zones
from expansion_kit.drawing import drawn_language, font_families, legible, wrap

WIDTH, PIXELS = 390, 1080  # points, which are pixels of a phone; pixels of the picture
_DPI = 72 * PIXELS / WIDTH
_EDGE, _LONGEST = 16, 2200 * WIDTH / PIXELS
_ROOM = WIDTH - 2 * _EDGE
_MAP = (124, 240)  # least and greatest height
_MOST = {"facts": 6, "findings": 5}
_BEST = 5
_TINT = "#f3f6f9"


def summary(
    *,
    title,
    subtitle,
    lang,
    made,
    facts,
    findings,
    heading="",
    unit="",
    values=None,
    names=None,
    zones=None,
    assumed=(),
    missing=(),
    source,
    as_of="",
):
    """
    One page to be read on a phone, drawn as a picture; `charts.png` gives its bytes.

    All texts should be in `charts.drawn_language(lang)`, the language that this machine has a font for.

    Parameters
    ----------
    title, subtitle : str
        The city, and what the page is.
    lang : str
        `en` or `zh`.
    made : bool
        True marks the page as made-up data.
    facts : list of dict
        Four to six (at most six) tiles: `label`, `value` (a number or a finished text), and if wanted `unit`.
    findings : list of str
        At most five sentences; what does not fit ends in an ellipsis.
    heading, unit : str
        What `values` are, and their unit.
    values : Series, optional
        One value a zone or cell: the map's colours, and the list of the five with the highest.
    names : Series, optional
        What zones or cells are called, on the index of `values`; their ids without it.
    zones : GeoDataFrame, optional
        Polygons in metres on the index of `values`; without them there is the list and no map.
    assumed, missing : iterable of str
        What is assumed rather than measured, and what is not there, in a few words each.
    source, as_of : str
        Where the figures come from, and their date, or the span of their dates (`2024-06 to 2026-10`).

    Returns
    -------
    Figure
        1080 pixels wide and, but for very long texts, at most 2200 high.

    Raises
    ------
    ValueError
        If there are more than six facts or five findings, or the zones are not in metres.

    Examples
    --------
    >>> import pandas as pd
    >>> page = summary(title="Harbin", subtitle="Market in brief", lang="en", made=False, source="register",
    ...                facts=[{"label": "Residents", "value": 9_500_000}], findings=["Rents are highest in Daoli."],
    ...                heading="Unserved demand", unit="CNY/month", values=pd.Series({"Daoli": 2e6, "Nangang": 3e6}))
    >>> [text.get_text() for text in page.texts if text.get_text() in ("Nangang", "9.5M", "3M")]
    ['9.5M', 'Nangang', '3M']
    """
    for what, entries in (("facts", facts), ("findings", findings)):
        if len(entries) > _MOST[what]:
            raise ValueError(f"a page for a phone has room for {_MOST[what]} {what}, but there are {len(entries)}")
    if zones is not None and (zones.crs is None or zones.crs.is_geographic):
        raise ValueError(f"the zones must be in metres (city.metric), but are in {zones.crs}")
    words.say("report.made", lang)  # refuses an unknown language by name
    lang, wide = drawn_language(lang), _ruler()
    values = None if values is None else values.dropna().sort_values(ascending=False, kind="stable")
    mapped = zones is not None and values is not None and len(values) > 0
    above = [_title(title, subtitle, made, lang, wide), _tiles(facts, lang, wide)]
    above += [] if values is None else [_about(heading, unit, lang, wide)]
    ranked = [] if values is None else [_ranked(values, names, lang, wide)]
    given = [title, subtitle, *findings, *assumed, *missing]
    notes = _notes(source, as_of, list(assumed), list(missing), given, lang, wide)
    for lines in (4, 3, 2):
        below = [*ranked, _findings(findings, lines, lang, wide), notes]
        left = _LONGEST - sum(height for height, _ in above + below)
        if left >= (_MAP[0] if mapped else 0):
            break
    tall = float(np.clip(left, *_MAP)) if mapped else 0.0
    figure = _page([*above, (tall, []), *below])
    if mapped:
        _map(figure, sum(height for height, _ in above), tall, zones, values, lang, wide)
    return figure


def _ruler():
    """How wide a line is drawn, in points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(dpi=_DPI)
    renderer = FigureCanvasAgg(figure).get_renderer()
    text = figure.text(0, 0, "", family=list(font_families()))

    def wide(line, size, weight="normal"):
        text.set(text=line, size=size, weight=weight)
        return text.get_window_extent(renderer).width * 72 / _DPI

    return wide


def _fitted(text, room, size, wide, most=1, weight="normal"):
    """A text as lines that are drawn within the room, at most so many; what is left out shows as an ellipsis."""
    shown = legible(text)
    columns = int(room / size * 2.4)
    lines = wrap(shown, columns)
    while columns > 8 and any(wide(line, size, weight) > room for line in lines):
        columns -= 1
        lines = wrap(shown, columns)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return [_cut(line, room, size, wide, weight) for line in lines] or [""]


def _cut(line, room, size, wide, weight):
    while len(line) > 1 and wide(line, size, weight) > room:
        line = line[:-2].rstrip("\\ ") + "…"
    return line


def _text(x, y, line, size, *, color=INK, weight="normal", ha="left"):
    """A line of text with its foot `y` points below the top of its block."""
    return ("text", x, y, {"s": line, "size": size, "color": color, "weight": weight, "ha": ha})


def _box(x, y, width, height, color, **style):
    return ("box", x, y, {"width": width, "height": height, "facecolor": color, "edgecolor": "none"} | style)


def _head(text, wide):
    """A heading, 28 points high, with a line beneath."""
    (line,) = _fitted(text, _ROOM, 12.5, wide, weight="bold")
    return [_text(_EDGE, 19, line, 12.5, weight="bold"), _box(_EDGE, 24, _ROOM, 0.8, COLOURS[0])]


def _title(title, subtitle, made, lang, wide):
    marks, y = [], 10
    if made:
        (line,) = _fitted(words.say("report.made", lang), _ROOM - 12, 10.5, wide)
        marks += [_box(0, 0, WIDTH, 24, "#fff3cd"), _text(WIDTH / 2, 16, line, 10.5, color="#8a3d00", ha="center")]
        y = 32
    for line in _fitted(title, _ROOM, 20, wide, most=2, weight="bold"):
        y += 26
        marks.append(_text(_EDGE, y - 5, line, 20, weight="bold"))
    for line in _fitted(subtitle, _ROOM, 11, wide, most=2):
        y += 16
        marks.append(_text(_EDGE, y - 3, line, 11, color=QUIET))
    return y + 8, marks


def _tiles(facts, lang, wide):
    """Three tiles a row where labels and figures fit, else two: a label, the figure, its unit behind it."""
    across = 3 if all(_fits(fact, (_ROOM - 16) / 3 - 16, lang, wide) for fact in facts) else 2
    room = (_ROOM + 8) / across - 8
    marks, y = [], 0.0
    labels = [_fitted(fact["label"], room - 16, 10.5, wide, most=2) for fact in facts]
    for first in range(0, len(facts), across):
        row = range(first, min(first + across, len(facts)))
        tall = 14 * max(len(labels[at]) for at in row) + 32
        for at in row:
            x = _EDGE + (at - first) * (room + 8)
            marks.append(_box(x, y, room, tall, _TINT))
            marks += [_text(x + 8, y + 16 + 14 * n, line, 10.5, color=QUIET) for n, line in enumerate(labels[at])]
            marks += _figure(facts[at], x + 8, y + tall - 9, room - 16, lang, wide)
        y += tall + 7
    return y, marks


def _fits(fact, room, lang, wide):
    value, unit = _told(fact, lang)
    return wide(value, 16, "bold") + wide(unit, 10) + 4 <= room and wide(legible(fact["label"]), 10.5) <= 1.5 * room


def _told(fact, lang):
    value = fact["value"] if isinstance(fact["value"], str) else number(fact["value"], lang)
    return legible(value), legible(fact.get("unit", ""))


def _figure(fact, x, y, room, lang, wide):
    value, unit = _told(fact, lang)
    takes = wide(unit, 10) + 4 if unit else 0.0
    size = next((size for size in (18, 16, 14, 12) if wide(value, size, "bold") + takes <= room), 12)
    value = _cut(value, room, size, wide, "bold")
    marks = [_text(x, y, value, size, color=COLOURS[0], weight="bold")]
    x, room = x + wide(value, size, "bold") + 4, room - wide(value, size, "bold") - 4
    return marks + ([_text(x, y, _cut(unit, room, 10, wide, "normal"), 10, color=QUIET)] if unit and room > 20 else [])


def _about(heading, unit, lang, wide):
    """What map and list show."""
    told = f"{heading}（{unit}）" if lang == "zh" and unit else f"{heading} ({unit})" if unit else heading
    return 30, _head(told, wide)


def _ranked(values, names, lang, wide):
    """The five highest values with the numbers that they have on the map."""
    marks, y = [], 0
    for at, (which, value) in enumerate(values.head(_BEST).items(), start=1):
        name = which if names is None or names.isna().get(which, True) else names[which]
        figure = number(value, lang)
        (line,) = _fitted(legible(name, instead="") or which, _ROOM - 34 - wide(figure, 12, "bold"), 12, wide)
        marks.append(("badge", _EDGE + 9, y + 9.5, {"s": str(at)}))
        marks.append(_text(_EDGE + 24, y + 14, line, 12))
        marks.append(_text(WIDTH - _EDGE, y + 14, figure, 12, weight="bold", ha="right"))
        y += 19.5
        marks.append(_box(_EDGE, y - 0.6, _ROOM, 0.6, LINE))
    if values.empty:
        marks.append(_text(_EDGE, 14.5, words.say("summary.none", lang), 12))
        y = 19.5
    return y + 4, marks


def _findings(findings, most, lang, wide):
    marks, y = _head(words.say("summary.findings", lang), wide), 30
    for finding in findings:
        marks.append(_box(_EDGE + 1, y + 6, 4, 4, COLOURS[0]))
        for line in _fitted(finding, _ROOM - 12, 11.5, wide, most=most):
            y += 15.5
            marks.append(_text(_EDGE + 12, y - 3.5, line, 11.5))
        y += 3
    return (y + 2, marks) if findings else (0, [])


def _notes(source, as_of, assumed, missing, given, lang, wide):
    """What is assumed, what is missing, where it all comes from."""
    comma = "、" if lang == "zh" else ", "
    lines, mark = [], words.say("summary.assumed_mark", lang)  # the line says it of all
    assumed = [name.removesuffix(mark) for name in assumed]
    for key, names in (("summary.assumed", assumed), ("summary.missing", missing)):
        text = comma.join(names) if names else words.say("summary.nothing", lang)
        lines += _fitted(words.say(key, lang, names=text), _ROOM - 16, 10.5, wide, most=2)
    marks = [_box(_EDGE, 2, _ROOM, 15 * len(lines) + 10, "#fdf6e3")]
    marks += [_text(_EDGE + 8, 18 + 15 * n, line, 10.5) for n, line in enumerate(lines)]
    y = 15 * len(lines) + 16
    told = words.say("chart.source", lang, source=source)
    told += ("；" if lang == "zh" else " · ") + words.say("chart.as_of", lang, as_of=as_of) if as_of else ""
    beneath = _fitted(told, _ROOM, 9, wide, most=2)
    if drawn_language("zh") != "zh" and any("…" in legible(text) and "…" not in str(text) for text in given):
        beneath += _fitted(words.say("chart.no_chinese_font", lang), _ROOM, 9, wide, most=3)
    marks += [_text(_EDGE, y + 11 + 13 * n, line, 9, color=QUIET) for n, line in enumerate(beneath)]
    return y + 13 * len(beneath) + 12, marks


def _page(blocks):
    """A figure as high as its blocks, with all their marks."""
    from matplotlib.figure import Figure

    tall = sum(height for height, _ in blocks)
    figure, top = Figure(figsize=(WIDTH / 72, tall / 72), dpi=_DPI, facecolor="white"), 0.0
    for height, marks in blocks:
        _put(figure, marks, top)
        top += height
    return figure


def _put(figure, marks, top):
    """Marks of a block that begins `top` points below the top of the page."""
    from matplotlib.patches import Rectangle

    tall = 72 * figure.get_figheight()
    family = list(font_families())
    for kind, x, y, style in marks:
        spot = x / WIDTH, 1 - (top + y) / tall
        if kind == "text":
            figure.text(*spot, va="baseline", family=family, **style)
        elif kind == "badge":
            figure.text(*spot, family=family, **_badge(), **style)
        else:
            size = style.pop("width") / WIDTH, style.pop("height") / tall
            low = spot[0], spot[1] - size[1]
            figure.add_artist(Rectangle(low, *size, transform=figure.transFigure, linewidth=0.6, zorder=0, **style))


def _badge():
    round_ = {"boxstyle": "circle,pad=0.22", "facecolor": COLOURS[5], "edgecolor": "white", "linewidth": 0.8}
    return {"size": 9, "weight": "bold", "color": "white", "ha": "center", "va": "center", "bbox": round_}


def _map(figure, top, tall, zones, values, lang, wide):
    """The zones at the left, what their colours mean at the right, the best five by number."""
    page, key = 72 * figure.get_figheight(), 112
    room = (_EDGE / WIDTH, 1 - (top + tall - 6) / page, (_ROOM - key) / WIDTH, (tall - 10) / page)
    axes = figure.add_axes(room, facecolor="white")
    axes.spines[:].set_visible(False)
    bounds, unknown = shade_zones(axes, zones, values)
    axes.set(aspect="equal", xticks=[], yticks=[])
    axes.autoscale_view()
    scale_bar(axes, lang)
    for text in axes.texts:
        text.set_fontfamily(list(font_families()))
    _number_best(axes, zones, values)
    x, marks = WIDTH - _EDGE - key + 8, []
    entries = class_names(bounds, lang)[::-1]
    entries += [(words.say("chart.no_data", lang, n=unknown), MISSING)] if unknown else []
    for at, (name, colour) in enumerate(entries):
        hatch = "////" if colour == MISSING else None
        marks.append(_box(x, 12 + 17 * at, 12, 11, colour, edgecolor="#8c8c8c", hatch=hatch))
        marks.append(_text(x + 17, 21.5 + 17 * at, _cut(name, key - 25, 9, wide, "normal"), 9))
    _put(figure, marks, top)


def _number_best(axes, zones, values):
    """Numbers on the best zones; those that would cover one another stand beside, each with a line to its zone."""
    axes.apply_aspect()
    best = zones.geometry.reindex(values.index[:_BEST])
    shown = best[best.notna() & ~best.is_empty]
    shown.plot(ax=axes, facecolor="none", edgecolor=COLOURS[5], linewidth=1.2, zorder=5, aspect=None)
    axes.set(xlabel="", ylabel="")
    spots = [(spot.x, spot.y) for spot in shown.representative_point()]
    steps = _beside([axes.transData.transform(spot) for spot in spots], 14 * _DPI / 72)
    numbers = [str(at) for at, known in enumerate(best.index.isin(shown.index), start=1) if known]
    for spot, free, name in zip(spots, steps, numbers, strict=True):
        line = {"arrowstyle": "-", "color": INK, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
        offset = {"xytext": free * 72 / _DPI, "textcoords": "offset points", "annotation_clip": False}
        arrow = {"arrowprops": line, "zorder": 7} if free.any() else {"zorder": 8}
        family = list(font_families())
        axes.annotate(name, spot, family=family, **arrow, **offset, **_badge())


def _beside(spots, apart):
    """For each spot the shortest step to where a number covers neither another number nor another spot."""
    taken, steps = [], []
    for spot in spots:
        others = [other for other in spots if np.hypot(*(other - spot)) > 0]
        free = next(
            way
            for way in _ways(apart)
            if all(np.hypot(*(spot + way - other)) >= apart for other in taken)
            and (not way.any() or all(np.hypot(*(spot + way - other)) >= 0.7 * apart for other in others))
        )
        taken.append(spot + free)
        steps.append(free)
    return steps


def _ways(step):
    """Steps away from a spot: none, then on circles that grow."""
    yield np.zeros(2)
    for ring in range(2, 12 * _BEST):
        for turn in np.arange(0, 2 * np.pi, np.pi / 8):
            yield 0.25 * ring * step * np.array([np.cos(turn), np.sin(turn)])
