"""The change map on paper: two dates, numbered changes on a quiet base map, the brands' balance and the list."""

import numpy as np

from expansion_kit import geo, words
from expansion_kit.drawing import drawn_language, fitted, in_found_fonts, legible, text_width
from expansion_kit.maps import sheets
from expansion_kit.maps.basemap import STYLES
from expansion_kit.maps.changes import (
    balance_text,
    change_details,
    change_legend,
    change_notes,
    dates,
    on_map,
)
from expansion_kit.maps.floor_shapes import polygons

SIDE = 150.0  # mm of an A3 sheet for legend, balance and list
BADGE = 6.6  # points of a badge's letters on A3
REACH = 26.0  # mm that a badge may stand away from its store
STREETS = {"main": 1.5, "middle": 0.9, "side": 0.5, "lane": 0.25}


def change_sheets(
    placements,
    by_brand,
    *,
    title,
    subtitle="",
    before="",
    now="",
    source="",
    lang,
    basemap=None,
    paper="A3",
    made=False,
):
    """
    The change map to print: one sheet, and more where the list of changes is long.

    Badges stand beside their stores and overlap nowhere; where it is crowded a line leads to the store. A badge for
    which there is no room is left out, and the sheet says how many: the list has them all.

    Parameters
    ----------
    placements, by_brand, title, subtitle, before, now, source, lang, basemap, made
        As for `change_map.change_map`. Without a font for Chinese the sheet is in English.
    paper : str
        `A3` or `A4`, landscape.

    Returns
    -------
    list of Figure
        For `drawing.pdf` and `drawing.png`.

    Raises
    ------
    ValueError
        If the paper is neither A3 nor A4.
    """
    lang = drawn_language(lang)
    said = " · ".join(text for text in (subtitle, dates(before, now, lang)) if text)
    lines = [words.say("change.source", lang, source=source)] if source else []
    about = {"title": title, "subtitle": said, "lines": lines, "made": made, "lang": lang}
    figure, axes, size = sheets.sheet(paper)
    edges = sheets.head_and_foot(axes, **about, size=size)
    side = edges[2] - SIDE * size
    left_out = _map(axes, placements, basemap, (edges[0], edges[1], side - 5 * size, edges[3]), size)
    notes = change_notes(placements, lang, paper=True)
    notes += [words.say("change.left_out", lang, n=left_out)] if left_out else []
    top = _legend(axes, change_legend(placements), side, edges[3], edges[2] - side, size, lang)
    for note in notes:
        top = sheets.paragraph(axes, side, top, edges[2] - side, note, 7 * size)
    if len(by_brand):
        sheets.put(axes, side, top - 3 * size, words.say("change.balance", lang), 8.6 * size, weight="bold")
        text = balance_text(by_brand, lang=lang)
        top = sheets.draw_table(axes, side, top - 5.6 * size, edges[2] - side, text, 6.8 * size, sums=1) - 1
        top = sheets.paragraph(axes, side, top, edges[2] - side, words.say("change.balance_means", lang), 6.2 * size)
    left = _listed(axes, _list(placements, lang), side, top, edges, size)
    pages = [in_found_fonts(figure)]
    while len(left):
        figure, axes, size = sheets.sheet(paper)
        edges = sheets.head_and_foot(axes, **about, size=size)
        left = _listed(axes, left, edges[0], edges[3], edges, size)
        pages.append(in_found_fonts(figure))
    return pages


def _list(placements, lang):
    changed = placements[placements["number"].notna()]
    rows = change_details(changed, lang=lang).drop(columns=words.say("change.id", lang))
    rows.insert(0, words.say("change.number", lang), changed["badge"])
    return rows.assign(own=changed["own"])


def _listed(axes, rows, x, top, edges, size):
    letters = 6.4 * size
    n = max(int((top - 2 * size - edges[1]) / sheets.row_height(letters)) - 1, 0)
    if n < min(len(rows), 4):
        return rows
    shown = rows.head(n)
    if len(shown):
        bold = set(shown["own"].to_numpy().nonzero()[0])
        table = shown.drop(columns="own")
        sheets.draw_table(axes, x, top - 2 * size, edges[2] - x, table, letters, left=len(table.columns), bold=bold)
    return rows.iloc[len(shown) :]


def _map(axes, placements, basemap, edges, size):
    """Base map, dots, arrows and badges inside a frame; returns how many badges found no room."""
    from matplotlib.patches import Rectangle

    west, south, east, north = edges
    frame = Rectangle(
        (west, south), east - west, north - south, facecolor="#f7f5f1", edgecolor=sheets.LINE, linewidth=0.8
    )
    axes.add_patch(frame)
    here = placements[on_map(placements)]
    if not len(here):
        return 0
    crs = geo.metric_crs(here["lon"], here["lat"])
    now, then = _metres(here, "lon", "lat", crs), _metres(here, "lon_before", "lat_before", crs)
    points = np.vstack([now, then[~np.isnan(then).any(axis=1)]])
    low, high = points.min(axis=0), points.max(axis=0)
    inset = 12 * size
    wide, tall = np.maximum(high - low, 200.0)
    scale = min((east - west - 2 * inset) / wide, (north - south - 2 * inset) / tall)
    middle = np.array([(west + east) / 2, (south + north) / 2])

    def placed(xy):
        return (np.asarray(xy) - (low + high) / 2) * scale + middle

    if basemap is not None:
        _ground(axes, geo.to_metres(basemap, crs), placed, frame)
    _stores(axes, here, placed(now), placed(then), size)
    sheets.scale_bar(axes, west + 3 * size, south + 3 * size, scale, size)
    return _badges(axes, here, placed(now), placed(then), edges, size)


def _metres(table, lon, lat, crs):
    import geopandas

    at = geopandas.GeoSeries(geopandas.points_from_xy(table[lon], table[lat]), crs="EPSG:4326").to_crs(crs)
    return np.column_stack([at.x, at.y])


def _ground(axes, basemap, placed, frame):
    """Water, green and streets, quiet under the stores, cut at the frame."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch
    from shapely import get_parts

    for kind in ("water", "green"):
        for shape in basemap.geometry[basemap["kind"] == kind]:
            for part in polygons(shape):
                colour = STYLES[kind]["closed"]["fillColor"]
                axes.add_patch(PathPatch(sheets.outline(part, placed), facecolor=colour, linewidth=0)).set_clip_path(
                    frame
                )
    for kind, width in reversed(STREETS.items()):
        parts = get_parts(basemap.geometry[basemap["kind"] == kind].to_numpy())
        lines = [placed(np.asarray(part.coords)[:, :2]) for part in parts if part.geom_type == "LineString"]
        for colour, extra in (("#ddd8cc", 0.5), ("white", 0.0)):
            drawn = LineCollection(lines, colors=colour, linewidths=width + extra)
            axes.add_collection(drawn, autolim=False)
            drawn.set_clip_path(frame)


def _stores(axes, here, now, then, size):
    """Unchanged stores as dots, own ones larger; changed ones by sign's colour; arrows where one moved."""
    look = {"marker": "o", "edgecolors": "white", "linewidths": 0.4}
    for group, of, zorder in (("kept", 11, 3), ("kept_own", 16, 4)):
        mask = (here["group"] == group).to_numpy()
        axes.scatter(*now[mask].T, s=of * size, c=here["colour"][mask].tolist(), zorder=zorder, **look)
    changed = here["number"].notna().to_numpy()
    colours = here["colour"][changed].tolist()
    axes.scatter(*now[changed].T, s=22 * size, c=colours, marker="D", edgecolors="white", linewidths=0.5, zorder=6)
    for start, end, colour in zip(then, now, here["colour"]):
        if not np.isnan(start).any():
            arrow = {
                "arrowstyle": "-|>",
                "color": colour,
                "linewidth": 1.1,
                "mutation_scale": 8 * size,
                "shrinkA": 0,
                "shrinkB": 1,
            }
            axes.annotate("", end, start, arrowprops=arrow, zorder=5)
            axes.scatter(*start, s=13 * size, c="white", edgecolors=colour, linewidths=1.0, zorder=5)


def _badges(axes, here, at, then, edges, size):
    """A badge beside each changed store, the lowest number first; returns how many found no room."""
    from matplotlib.patches import FancyBboxPatch

    letters, taken, left_out = BADGE * size, [], 0
    changed = here["number"].notna().to_numpy()
    dots = np.vstack([at[changed], (at + then)[changed] / 2, then[changed]])  # stores, arrows and where they came from
    for (_, store), point in zip(here[changed].iterrows(), at[changed]):
        wide = text_width(store["badge"], letters, weight="bold") / sheets.MM + 1.6
        high = letters / sheets.MM * 1.25 + 0.6
        spot = _spot(point, wide, high, taken, dots, edges, size)
        if spot is None:
            left_out += 1
            continue
        x, y = spot
        taken.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
        if np.hypot(x - point[0], y - point[1]) > 1.2 * max(wide, high):
            axes.plot([point[0], x], [point[1], y], color=store["colour"], linewidth=0.6, zorder=5)
        edge = {"edgecolor": "#C8102E", "linewidth": 1.6} if store["own"] else {"edgecolor": "white", "linewidth": 0.5}
        style = "round,pad=0,rounding_size=0.7" if store["own"] else "square,pad=0"
        box = FancyBboxPatch(
            (x - wide / 2, y - high / 2), wide, high, boxstyle=style, facecolor=store["colour"], zorder=8, **edge
        )
        box.set_gid("badge")
        axes.add_patch(box)
        sheets.put(axes, x, y, store["badge"], letters, ha="center", color="white", weight="bold", zorder=9)
    return left_out


def _spot(point, wide, high, taken, dots, edges, size):
    """The nearest middle around a store at which a badge meets no other badge, no changed store and not the frame."""
    boxes = np.array(taken).reshape(-1, 4)
    for far in np.arange(0, REACH * size, 2.0 * size):
        for turn in np.radians([45, 135, 315, 225, 90, 0, 180, 270]):
            x = point[0] + np.cos(turn) * (wide / 2 + 1 + far)
            y = point[1] + np.sin(turn) * (high / 2 + 1 + far)
            low_x, low_y, high_x, high_y = (
                x - wide / 2 - 0.5,
                y - high / 2 - 0.5,
                x + wide / 2 + 0.5,
                y + high / 2 + 0.5,
            )
            if low_x < edges[0] or low_y < edges[1] or high_x > edges[2] or high_y > edges[3]:
                continue
            meets = (boxes[:, 0] < high_x) & (boxes[:, 2] > low_x) & (boxes[:, 1] < high_y) & (boxes[:, 3] > low_y)
            covers = (dots[:, 0] > low_x) & (dots[:, 0] < high_x) & (dots[:, 1] > low_y) & (dots[:, 1] < high_y)
            if not meets.any() and not covers.any():
                return x, y
    return None


def _legend(axes, legend, x, top, width, size, lang):
    """Kinds of change with their counts, of these own, in two columns; returns where it ends."""
    row, deep, half = 5.4 * size, -(-len(legend) // 2), width / 2
    for i, entry in enumerate(legend.itertuples()):
        at, y = x + (i // deep) * half, top - row * (i % deep + 0.5)
        if entry.sign:
            box = {"boxstyle": "square,pad=0.25", "facecolor": entry.colour, "edgecolor": "none"}
            sheets.put(
                axes, at + 3 * size, y, entry.sign, 7 * size, ha="center", color="white", weight="bold", bbox=box
            )
        else:
            axes.scatter([at + 3 * size], [y], s=14 * size, c=entry.colour, edgecolors="white", linewidths=0.4)
        count = f"{entry.count:,}"
        if entry.sign and entry.own:
            count = words.say("change.of_these_own", lang, n=count, own=f"{entry.own:,}")
        taken = text_width(count, 7.8 * size) / sheets.MM
        label = fitted(legible(entry.label), (half - 12 * size - taken) * sheets.MM, 7.8 * size)
        sheets.put(axes, at + 7 * size, y, label, 7.8 * size)
        sheets.put(axes, at + half - 3 * size, y, count, 7.8 * size, ha="right", color=sheets.QUIET)
    return top - row * deep - 1.5 * size
