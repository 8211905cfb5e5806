"""The floors of a mall on paper (平面落位图): a sheet a floor, now against plan, with the list of its units."""

import io

import numpy as np
import shapely

from expansion_kit import words
from expansion_kit.drawing import drawn_language, in_found_fonts, legible, text_width
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
from expansion_kit.maps.frame import path_of
from expansion_kit.maps.mall_floor import OWN_EDGE, known_scans, picture_url
from expansion_kit.maps.screen import source_lines
from expansion_kit.maps.sheet import (
    INK,
    MARGIN,
    MARKERS,
    POINT,
    QUIET,
    draw_list,
    draw_table,
    foot,
    head,
    number_pages,
    paragraph,
    scale_bar,
    sheet,
    size_of,
    write,
)

SIZES = (7.5, 6.5, 5.6)  # points of a label on A3, the largest that fits
HOLLOW = {"ring": "o", "frame": "s", "tent": "^", "rhomb": "D"}
SIGNS = MARKERS | HOLLOW
SIDE = 132.0  # mm of an A3 sheet for legend, figures and list
_STRIP, _BAR = 7.0, 7.0  # mm of an A3 sheet over a plan, and under the last one
_LIST = 6.6  # points of the list of units on A3


def floor_sheets(
    units,
    *,
    title,
    subtitle="",
    as_of="",
    source="",
    lang,
    currency=None,
    own_brand=None,
    scans=None,
    paper="A3",
    made=False,
):
    """
    The floors of a mall to print: a sheet a floor, and more where its list of units is long.

    Where the plan puts another brand into a unit, the floor stands twice on its sheet, now and as planned. A label
    stands only where it lies inside its unit; at the least it is the unit's number in the list beside it.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units.floor_units`.
    title, subtitle, as_of, source, lang, currency, own_brand, scans, made
        As for `mall_floor.mall_floor_map`. Without a font for Chinese the sheet is in English.
    paper : str
        `A3` or `A4`, landscape.

    Returns
    -------
    list of Figure
        For `drawing.pdf` and `drawing.png`.

    Raises
    ------
    ValueError
        If a scan is neither PNG nor JPEG or of an unknown floor, or the paper neither A3 nor A4.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from expansion_kit.maps.floor_units import floor_units
    >>> units = geopandas.GeoDataFrame({"mall": "M", "floor": ["1F", "2F"], "brand": "Tea"},
    ...                                geometry=[shapely.box(0, 0, 9, 9)] * 2, index=["101", "201"])
    >>> len(floor_sheets(floor_units(units, lang="en"), title="Mall M", lang="en"))
    2
    """
    scans, lang = known_scans(scans, units), drawn_language(lang)
    names = floors(units)
    told = {"lang": lang, "currency": currency}
    about = {"lines": [subtitle], "made": made, "lang": lang}
    pages = []
    for floor in names or [(None, None)]:
        heading = about | {"title": f"{title} · {floor_label(floor, names)}"}
        axes = sheet(paper, portrait=False)
        bottom = foot(axes, source_lines(as_of, source, lang), lang=lang) - 2 * size_of(axes)[2]
        left = _first_page(axes, of_floor(units, floor), bottom, heading, scans.get(floor[1]), own_brand, told)
        pages.append(axes)
        while len(left):
            pages.append(sheet(paper, portrait=False))
            left = _next_page(pages[-1], left, bottom, heading)
    number_pages(pages, lang)
    return [in_found_fonts(page.figure) for page in pages]


def _first_page(axes, units, bottom, heading, scan, own_brand, told):
    """The plans of a floor, legend, figures and the list of units as far as it goes; gives the units that are left."""
    width, _, scale = size_of(axes)
    top, wide, lang = head(axes, **heading), SIDE * scale, told["lang"]
    side = width - MARGIN - wide
    _plans(axes, units, (MARGIN, top, side - 6 * scale, bottom), scan, told)
    low = _legend(axes, units, side, top, wide, own_label(own_brand, lang), lang)
    low = _figures(axes, units, side, low, wide, told) + 2 * scale
    return draw_list(axes, _list(units, told), side, low, wide, bottom, _LIST * scale, left=5)


def _next_page(axes, left, bottom, heading):
    width, _, scale = size_of(axes)
    top = head(axes, **heading)
    return draw_list(axes, left, MARGIN, top, width - 2 * MARGIN, bottom, _LIST * scale, left=5)


def _plans(axes, units, box, scan, told):
    """One panel, or two of the same scale: above each other or beside each other, whichever is larger."""
    views = ["now", "plan"] if units["changes"].any() else ["now"]
    drawn = units[~units.geometry.isna()]
    if not len(drawn):
        return
    low_x, _, high_x, high_y = drawn.total_bounds
    steps, scale = _arranged(drawn.total_bounds, box, size_of(axes)[2], two=len(views) == 2)
    for view, (right, down) in zip(views, steps):
        x, top = box[0] + right, box[1] + down
        if len(views) == 2:
            said = words.say(f"mall.{view}", told["lang"])
            write(axes, x, top + 4.5 * size_of(axes)[2], said, 11 * size_of(axes)[2], weight="bold")
        y = top + _STRIP * size_of(axes)[2]

        def placed(xy, x=x, y=y):
            return (xy - (low_x, high_y)) * (scale, -scale) + (x, y)

        table = planned(units) if view == "plan" else units
        _panel(axes, table, placed, scale, scan, plan=view == "plan", told=told)
        low = placed(drawn.total_bounds[:2])[1]
    scale_bar(axes, x, low + 1.5 * size_of(axes)[2], 1 / scale, 34, told["lang"])


def _arranged(bounds, box, size, *, two):
    """How far right and down of the corner each panel begins, and millimetres on paper of a metre."""
    wide, high = max(bounds[2] - bounds[0], 1e-6), max(bounds[3] - bounds[1], 1e-6)
    across, down, gap = box[2] - box[0], box[3] - box[1], 5 * size
    around = (_STRIP + _BAR) * size
    if not two:
        return [(0, 0)], min(across / wide, (down - around) / high)
    stacked = min(across / wide, (down - around - gap - _STRIP * size) / 2 / high)
    beside = min((across - gap) / 2 / wide, (down - around) / high)
    if stacked >= beside:
        return [(0, 0), (0, stacked * high + _STRIP * size + gap)], stacked
    return [(0, 0), ((across + gap) / 2, 0)], beside


def _panel(axes, units, placed, scale, scan, *, plan, told):
    if scan is not None:
        _scan(axes, scan, placed)
    ground = {"facecolor": "none" if scan else "#f7f5f1", "edgecolor": "#d8d4cc", "linewidth": 0.5, "zorder": 1}
    for shape in units.loc[units["kind"] == "corridor"].geometry:
        for part in polygons(shape):
            _patch(axes, part, placed, **ground)
    there = shops(units)
    labels = label_texts(units, details(units, **told), plan=plan, lang=told["lang"])
    for (_, unit), tried in zip(there.iterrows(), labels):
        parts = polygons(unit.geometry)
        for part in parts:
            _unit(axes, unit, part, placed, see_through=scan is not None)
        if parts:
            _label(axes, tried, room(unit.geometry), placed, scale, unit)
    for kind, shape in zip(units["kind"], units.geometry):
        if kind in SYMBOLS and shape is not None:
            at = placed(np.array([shape.centroid.x, shape.centroid.y], dtype=float))
            _symbol(axes, SYMBOLS[kind], *at, 4.4 * size_of(axes)[2])


def _scan(axes, scan, placed):
    from matplotlib.image import imread

    picture, (west, south, east, north) = scan
    form = picture_url(picture)[len("data:image/") :].partition(";")[0]
    pixels = imread(io.BytesIO(picture), format=form)
    (left, bottom), (right, top) = placed(np.array([[west, south], [east, north]], dtype=float))
    limits = axes.axis()
    axes.imshow(pixels, extent=(left, right, bottom, top), cmap="gray", zorder=0.5, aspect="auto")
    axes.axis(limits)


def _patch(axes, part, placed, **look):
    from matplotlib.patches import PathPatch

    axes.add_patch(PathPatch(path_of(shapely.transform(np.array([part]), placed)), **look))


def _unit(axes, unit, part, placed, *, see_through):
    fill = {"linewidth": 0, "alpha": 0.62 if see_through else None, "zorder": 2}
    line = {"facecolor": "none", "edgecolor": "#4a4a4a", "zorder": 3}
    if unit["vacant"]:
        _patch(axes, part, placed, facecolor="white", edgecolor="#b5b0a6", hatch="////", **fill)
        _patch(axes, part, placed, linewidth=0.7, linestyle=(0, (4, 2.5)), **line)
    else:
        _patch(axes, part, placed, facecolor=unit["colour"], edgecolor="none", **fill)
        _patch(axes, part, placed, linewidth=0.6, **line)
    if unit["own"]:
        _patch(axes, part, placed, facecolor="none", edgecolor=OWN_EDGE, linewidth=2.6, zorder=4)


def _label(axes, tried, edges, placed, scale, unit):
    """The fullest label at the largest size that fits into the room of the unit; nothing else is drawn there."""
    x, y = placed(np.array([(edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2]))
    edge = 2.4 if unit["own"] else 1.4
    wide, high = ((side * scale - edge) / POINT for side in (edges[2] - edges[0], edges[3] - edges[1]))
    found = _fitting(tried, wide, high, unit, size_of(axes)[2])
    if found is None:
        return
    lines, letters, sign = found
    lead = letters * 1.28
    top = y - (len(lines) * lead + sign) / 2 * POINT
    if sign:
        _sign(axes, unit["sign"], x, top + sign / 2 * POINT, letters * 0.62)
    back = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85} if unit["vacant"] else None
    middle = {"ha": "center", "va": "center", "zorder": 7, "bbox": back, "gid": "label"}
    for i, line in enumerate(lines):
        look = {"weight": "bold", "color": "#8f0a1e" if i == 1 else INK} if unit["own"] else {}
        write(axes, x, top + (sign + lead * (i + 0.5)) * POINT, line, letters, **middle, **look)


def _sign(axes, sign, x, y, size):
    """The sign of a category, hollow or filled; its size in points."""
    fill = "none" if sign in HOLLOW else INK
    look = {"markersize": size, "markeredgecolor": INK, "markeredgewidth": 0.8, "linestyle": "none", "zorder": 6}
    axes.plot([x], [y], marker=SIGNS[sign], markerfacecolor=fill, **look)


def _fitting(tried, wide, high, unit, size):
    weight = "bold" if unit["own"] else "normal"
    for lines, signed in [*((lines, bool(unit["sign"])) for lines in tried), (tried[-1], False)]:
        lines = [legible(line, weight=weight) for line in lines]
        for letters in (s * size for s in SIZES):
            sign = letters * 1.1 * signed
            if len(lines) * letters * 1.28 + sign > high:
                continue
            if max(text_width(line, letters, weight=weight) for line in lines) <= wide:
                return lines, letters, sign
    return None


def _symbol(axes, strokes, x, y, wide):
    from matplotlib.patches import FancyBboxPatch

    corner = (x - wide / 2, y - wide / 2)
    box = FancyBboxPatch(
        corner, wide, wide, boxstyle="round,pad=0,rounding_size=0.6", fc="#3f4a54", ec="white", lw=0.5, zorder=8
    )
    axes.add_patch(box)
    for points in strokes:
        xs, ys = zip(*points)
        across = [corner[0] + wide * (0.15 + 0.7 * v) for v in xs]
        down = [corner[1] + wide * (0.15 + 0.7 * v) for v in ys]
        axes.plot(across, down, color="white", linewidth=wide * 0.2, zorder=9, solid_capstyle="round")


def _legend(axes, units, x, top, width, own, lang):
    """Swatches of the groups with their counts, the own unit and the symbols, in two columns; gives where it ends."""
    scale = size_of(axes)[2]
    entries = _entries(units, own, lang)
    row, half, size = 5.4 * scale, width / 2, 7.8 * scale
    deep = max(-(-len(entries) // 2), 1)
    for i, (form, what, label, count) in enumerate(entries):
        at, y = x + (i // deep) * half, top + row * (i % deep + 0.5)
        _key(axes, form, what, at, y, scale)
        write(axes, at + 8.4 * scale, y + 1 * scale, legible(label), size, room=half - 20 * scale)
        write(axes, at + half - 3 * scale, y + 1 * scale, count, size, ha="right", color=QUIET)
    return top + row * -(-len(entries) // 2) + 1.5 * scale


def _entries(units, own, lang):
    """What the legend holds: form, what is drawn, name, and how many there are now and as planned."""
    both = units["changes"].any()
    groups = legend(units).itertuples() if len(shops(units)) else ()
    entries = [
        ("group", row, row.label, f"{row.count} → {row.plan_count}" if both else f"{row.count}") for row in groups
    ]
    if units["own"].any() or units["plan_own"].any():
        now, plan = int(units["own"].sum()), int(units["plan_own"].sum())
        entries.append(("own", None, own, f"{now} → {plan}" if both else f"{now}"))
    return entries + [("symbol", kind, name, "") for kind, name in symbol_names(units, lang).items()]


def _key(axes, form, what, x, y, scale):
    from matplotlib.patches import Rectangle

    wide, high = 6.6 * scale, 3.9 * scale
    corner = (x, y - high / 2)
    if form == "symbol":
        _symbol(axes, SYMBOLS[what], x + wide / 2, y, 4 * scale)
    elif form == "own":
        axes.add_patch(Rectangle(corner, wide, high, facecolor="white", edgecolor=OWN_EDGE, linewidth=2.2))
    else:
        vacant = what.Index == "vacant"
        look = {"hatch": "////", "edgecolor": "#b5b0a6"} if vacant else {"edgecolor": "none"}
        axes.add_patch(Rectangle(corner, wide, high, facecolor=what.colour, linewidth=0, **look))
        axes.add_patch(Rectangle(corner, wide, high, facecolor="none", edgecolor="#4a4a4a", linewidth=0.6))
        if what.sign:
            _sign(axes, what.sign, x + wide / 2, y, 4.6 * scale)


def _figures(axes, units, x, low, width, told):
    """Notes and figures, with those of the plan; gives where they end."""
    lang, scale = told["lang"], size_of(axes)[2]
    for note in notes(units, lang):
        low = paragraph(axes, x, low, width, note, 7 * scale)
    views = {"now": units, "plan": planned(units)} if units["changes"].any() else {"now": units}
    for view, table in views.items() if len(shops(units)) else ():
        said = words.say("mall.figures", lang)
        said = said if len(views) == 1 else f"{said} · {words.say(f'mall.{view}', lang)}"
        write(axes, x, low + 4.4 * scale, said, 8.6 * scale, weight="bold")
        text = figures_text(floor_figures(table), **told)
        sums = int(shops(table)["own"].any()) + 1
        low = draw_table(axes, x, low + 5.6 * scale, width, text, 6.8 * scale, sums=sums) + 2 * scale
    return paragraph(axes, x, low, width, figure_notes(lang)[0], 6.2 * scale) if len(shops(units)) else low


def _list(units, told):
    rows = details(units, **told)
    rows.insert(0, words.say("mall.number", told["lang"]), shops(units)["number"].astype(str))
    if units["changes"].any():
        there = shops(units)
        plan = there["plan_brand"].where(there["changes"])
        rows.insert(4, words.say("mall.planned_brand", told["lang"]), plan.where(plan.notna(), "—"))
    return rows.assign(own=shops(units)["own"])
