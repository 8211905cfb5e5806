"""The floors of a mall on paper (平面落位图): a sheet a floor, now against plan, with the list of its units."""

import io

import pandas as pd

from expansion_kit import words
from expansion_kit.drawing import drawn_language, fitted, in_found_fonts, legible, text_width
from expansion_kit.maps import sheets
from expansion_kit.maps.floor_figures import figures_text, floor_figures
from expansion_kit.maps.floor_labels import (
    figure_notes,
    floor_label,
    floors,
    label_texts,
    notes,
    of_floor,
    own_label,
    source_lines,
    symbol_names,
)
from expansion_kit.maps.floor_shapes import SYMBOLS, polygons, room
from expansion_kit.maps.floor_units import details, legend, planned, shops
from expansion_kit.maps.mall_floor import OWN_EDGE, known_scans, picture_url

SIZES = (7.5, 6.5, 5.8)  # points of a label on A3, the largest that fits
MARKERS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "ring": "o",
    "frame": "s",
    "tent": "^",
    "rhomb": "D",
}
HOLLOW = ("ring", "frame", "tent", "rhomb")
SIDE = 132.0  # mm of an A3 sheet for legend, figures and list


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
    about = {"subtitle": subtitle, "lines": source_lines(as_of, source, lang), "made": made}
    pages = []
    for floor in names or [(None, None)]:
        here, label = of_floor(units, floor), floor_label(floor, names)
        heading = about | {"title": f"{title} · {label}"}
        figure, axes, size = sheets.sheet(paper)
        edges = sheets.head_and_foot(axes, **heading, size=size, lang=lang)
        side = edges[2] - SIDE * size
        _plans(axes, here, (edges[0], edges[1], side - 6 * size, edges[3]), scans.get(floor[1]), size, told)
        top = _legend(axes, here, side, edges[3], edges[2] - side, size, own_label(own_brand, lang), lang)
        left = _side(axes, here, side, top, edges, size, told)
        pages.append(in_found_fonts(figure))
        while len(left):
            figure, axes, size = sheets.sheet(paper)
            edges = sheets.head_and_foot(axes, **heading, size=size, lang=lang)
            left = _listed(axes, left, edges[0], edges[3], edges[2] - edges[0], edges[1], size)
            pages.append(in_found_fonts(figure))
    return pages


def _plans(axes, units, edges, scan, size, told):
    """One panel, or two of the same scale: above each other or beside each other, whichever is larger."""
    west, south, east, north = edges
    views = ["now", "plan"] if units["changes"].any() else ["now"]
    drawn = units[~units.geometry.isna()]
    if not len(drawn):
        return
    low_x, low_y, high_x, high_y = drawn.total_bounds
    wide, high = max(high_x - low_x, 1e-6), max(high_y - low_y, 1e-6)
    strip, gap = 7 * size, 5 * size
    stacked = min((east - west) / wide, ((north - south - gap) / 2 - strip - 5 * size) / high)
    beside = min(((east - west - gap) / 2) / wide, (north - south - strip - 5 * size) / high)
    if len(views) == 1:
        stacked = min((east - west) / wide, (north - south - strip - 5 * size) / high)
    scale = max(stacked, beside) if len(views) == 2 else stacked
    step = (0, (north - south + gap) / 2) if stacked >= beside else ((east - west + gap) / 2, 0)
    for i, view in enumerate(views):
        x, top = west + i * step[0], north - i * step[1]
        if len(views) == 2:
            said = words.say(f"mall.{view}", told["lang"])
            sheets.put(axes, x, top - strip / 2, said, 11 * size, weight="bold")
        y = top - strip - high * scale

        def placed(xy, x=x, y=y):
            return (xy - (low_x, low_y)) * scale + (x, y)

        table = planned(units) if view == "plan" else units
        _panel(axes, table, placed, scale, scan, size, plan=view == "plan", told=told)
        sheets.scale_bar(axes, x, y - 3.5 * size, scale, size)


def _panel(axes, units, placed, scale, scan, size, *, plan, told):
    if scan is not None:
        _scan(axes, scan, placed)
    for shape in units.loc[units["kind"] == "corridor"].geometry:
        for part in polygons(shape):
            _patch(
                axes,
                part,
                placed,
                facecolor="none" if scan else "#f7f5f1",
                edgecolor="#d8d4cc",
                linewidth=0.5,
                zorder=1,
            )
    there = shops(units)
    rows = details(units, **told)
    labels = label_texts(units, rows, plan=plan, lang=told["lang"])
    for (_, unit), tried in zip(there.iterrows(), labels):
        parts = polygons(unit.geometry)
        for part in parts:
            _unit(axes, unit, part, placed, see_through=scan is not None)
        if parts:
            _label(axes, tried, room(unit.geometry), placed, scale, unit, size)
    for kind, shape in zip(units["kind"], units.geometry):
        if kind in SYMBOLS and shape is not None:
            at = placed(pd.array([shape.centroid.x, shape.centroid.y], dtype=float).to_numpy())
            _symbol(axes, SYMBOLS[kind], *at, 4.4 * size)


def _scan(axes, scan, placed):
    import numpy as np
    from matplotlib.image import imread

    picture, (west, south, east, north) = scan
    form = picture_url(picture)[len("data:image/") :].partition(";")[0]
    pixels = imread(io.BytesIO(picture), format=form)
    (x0, y0), (x1, y1) = placed(np.array([[west, south], [east, north]], dtype=float))
    limits = axes.axis()
    axes.imshow(pixels, extent=(x0, x1, y0, y1), cmap="gray", zorder=0.5, aspect="auto")
    axes.axis(limits)


def _patch(axes, part, placed, **look):
    from matplotlib.patches import PathPatch

    axes.add_patch(PathPatch(sheets.outline(part, placed), **look))


def _unit(axes, unit, part, placed, *, see_through):
    alpha = 0.62 if see_through else None
    if unit["vacant"]:
        _patch(
            axes, part, placed, facecolor="white", edgecolor="#b5b0a6", hatch="////", linewidth=0, alpha=alpha, zorder=2
        )
        _patch(
            axes, part, placed, facecolor="none", edgecolor="#4a4a4a", linewidth=0.7, linestyle=(0, (4, 2.5)), zorder=3
        )
    else:
        _patch(axes, part, placed, facecolor=unit["colour"], edgecolor="none", linewidth=0, alpha=alpha, zorder=2)
        _patch(axes, part, placed, facecolor="none", edgecolor="#4a4a4a", linewidth=0.6, zorder=3)
    if unit["own"]:
        _patch(axes, part, placed, facecolor="none", edgecolor=OWN_EDGE, linewidth=2.6, zorder=4)


def _label(axes, tried, edges, placed, scale, unit, size):
    """The fullest label at the largest size that fits into the room of the unit; beside nothing else is drawn there."""
    import numpy as np

    x, y = placed(np.array([(edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2]))
    edge = 2.4 if unit["own"] else 1.4
    wide, high = ((side * scale - edge) * sheets.MM for side in (edges[2] - edges[0], edges[3] - edges[1]))
    found = _fitting(tried, wide, high, unit, size)
    if found is None:
        return
    lines, letters, sign = found
    lead = letters * 1.28
    top = y + (len(lines) * lead + sign) / 2 / sheets.MM
    if sign:
        look = {
            "marker": MARKERS[unit["sign"]],
            "markersize": letters * 0.62,
            "markeredgecolor": sheets.INK,
            "zorder": 6,
        }
        fill = "none" if unit["sign"] in HOLLOW else sheets.INK
        axes.plot(
            [x], [top - sign / 2 / sheets.MM], markerfacecolor=fill, markeredgewidth=0.8, linestyle="none", **look
        )
    back = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85} if unit["vacant"] else None
    for i, line in enumerate(lines):
        at = top - (sign + lead * (i + 0.5)) / sheets.MM
        look = {"weight": "bold", "color": "#8f0a1e" if i == 1 else sheets.INK} if unit["own"] else {}
        sheets.put(axes, x, at, line, letters, ha="center", zorder=7, bbox=back, gid="label", **look)


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
        down = [corner[1] + wide * (0.85 - 0.7 * v) for v in ys]
        axes.plot(across, down, color="white", linewidth=wide * 0.2, zorder=9, solid_capstyle="round")


def _legend(axes, units, x, top, width, size, own, lang):
    """Swatches of the groups with their counts, the own unit and the symbols, in two columns; returns where it ends."""
    both = units["changes"].any()
    entries = [("group", row, f"{row.label}") for row in legend(units).itertuples()] if len(shops(units)) else []
    counts = [f"{row.count} → {row.plan_count}" if both else f"{row.count}" for _, row, _ in entries]
    if units["own"].any() or units["plan_own"].any():
        now, plan = int(units["own"].sum()), int(units["plan_own"].sum())
        entries.append(("own", None, own))
        counts.append(f"{now} → {plan}" if both else f"{now}")
    entries += [("symbol", kind, name) for kind, name in symbol_names(units, lang).items()]
    counts += [""] * (len(entries) - len(counts))
    row, half = 5.4 * size, width / 2
    deep = -(-len(entries) // 2)
    for i, ((form, what, label), count) in enumerate(zip(entries, counts)):
        at_x, y = x + (i // max(deep, 1)) * half, top - row * (i % max(deep, 1) + 0.5)
        _key(axes, form, what, at_x, y, size)
        room_for = (half - 20 * size) * sheets.MM
        sheets.put(axes, at_x + 8.4 * size, y, fitted(legible(label), room_for, 7.8 * size), 7.8 * size)
        sheets.put(axes, at_x + half - 3 * size, y, count, 7.8 * size, ha="right", color=sheets.QUIET)
    return top - row * deep - 1.5 * size


def _key(axes, form, what, x, y, size):
    from matplotlib.patches import Rectangle

    wide, high = 6.6 * size, 3.9 * size
    corner = (x, y - high / 2)
    if form == "symbol":
        _symbol(axes, SYMBOLS[what], x + wide / 2, y, 4 * size)
    elif form == "own":
        axes.add_patch(Rectangle(corner, wide, high, facecolor="white", edgecolor=OWN_EDGE, linewidth=2.2))
    else:
        vacant = what.Index == "vacant"
        look = {"hatch": "////", "edgecolor": "#b5b0a6"} if vacant else {"edgecolor": "none"}
        axes.add_patch(Rectangle(corner, wide, high, facecolor=what.colour, linewidth=0, **look))
        axes.add_patch(Rectangle(corner, wide, high, facecolor="none", edgecolor="#4a4a4a", linewidth=0.6))
        if what.sign:
            fill = "none" if what.sign in HOLLOW else sheets.INK
            look = {"markersize": 4.6 * size, "markeredgecolor": sheets.INK, "markeredgewidth": 0.8}
            axes.plot([x + wide / 2], [y], marker=MARKERS[what.sign], markerfacecolor=fill, linestyle="none", **look)


def _side(axes, units, x, top, edges, size, told):
    """Notes, figures (and those of the plan) and the list of units; returns the units for which there is no room."""
    lang, width = told["lang"], edges[2] - x
    for note in notes(units, lang):
        top = sheets.paragraph(axes, x, top, width, note, 7 * size)
    views = {"now": units, "plan": planned(units)} if units["changes"].any() else {"now": units}
    for view, table in views.items() if len(shops(units)) else ():
        said = words.say("mall.figures", lang)
        said = said if len(views) == 1 else f"{said} · {words.say(f'mall.{view}', lang)}"
        sheets.put(axes, x, top - 3 * size, said, 8.6 * size, weight="bold")
        text = figures_text(floor_figures(table), **told)
        sums = int(shops(table)["own"].any()) + 1
        top = sheets.draw_table(axes, x, top - 5.6 * size, width, text, 6.8 * size, sums=sums) - 2 * size
    if len(shops(units)):
        top = sheets.paragraph(axes, x, top, width, figure_notes(lang)[0], 6.2 * size)
    return _listed(axes, _list(units, told), x, top, width, edges[1], size)


def _list(units, told):
    rows = details(units, **told)
    rows.insert(0, words.say("mall.number", told["lang"]), shops(units)["number"].astype(str))
    if units["changes"].any():
        there = shops(units)
        plan = there["plan_brand"].where(there["changes"])
        rows.insert(4, words.say("mall.planned_brand", told["lang"]), plan.where(plan.notna(), "—"))
    return rows.assign(own=shops(units)["own"])


def _listed(axes, rows, x, top, width, bottom, size):
    """As many units as there is room for; returns the others."""
    letters = 6.6 * size
    n = max(int((top - 2 * size - bottom) / sheets.row_height(letters)) - 1, 0)
    if n < min(len(rows), 4):
        return rows
    shown = rows.head(n)
    bold = set(shown["own"].to_numpy().nonzero()[0])
    if len(shown):
        sheets.draw_table(axes, x, top - 2 * size, width, shown.drop(columns="own"), letters, left=5, bold=bold)
    return rows.iloc[len(shown) :]
