"""The change map on paper: two dates, numbered changes on a quiet base map, the brands' balance and the list."""

import numpy as np
import shapely

from expansion_kit import words
from expansion_kit.drawing import drawn_language, in_found_fonts, legible, text_width
from expansion_kit.maps import badges, frame
from expansion_kit.maps.changes import (
    balance_text,
    change_details,
    change_legend,
    change_notes,
    dates,
)
from expansion_kit.maps.labels import spread
from expansion_kit.maps.screen import source_lines
from expansion_kit.maps.sheet import (
    MARGIN,
    POINT,
    QUIET,
    STRIP,
    draw_list,
    draw_table,
    foot,
    head,
    marks,
    number_pages,
    paragraph,
    sheet,
    size_of,
    strip,
    write,
)
from expansion_kit.maps.specification import placed
from expansion_kit.maps.street_names import draw_street_names

SIDE = 150.0  # mm of an A3 sheet for legend, balance and list
BADGE = 6.6  # points of a badge's letters on A3
_INSET = 3.0  # mm: so far inside the frame all changes lie
_OFF = 1.4  # mm that badges keep from changed stores and arrows


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

    Badges stand beside their stores and overlap nowhere; a line leads to the store from where it is crowded. A badge
    for which there is no room is left out, and the sheet says how many: the list has them all.

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
    about = {"title": title, "lines": [subtitle, dates(before, now, lang)], "made": made, "lang": lang}
    lines = source_lines("", source, lang)
    axes = sheet(paper, portrait=False)
    width, _, scale = size_of(axes)
    top, bottom, side = head(axes, **about), foot(axes, lines, lang=lang) - 2 * scale, width - MARGIN - SIDE * scale
    box = (MARGIN, top, side - 5 * scale, bottom - STRIP * scale)
    notes = change_notes(placements, lang, paper=True) + _map(axes, placements, basemap, box, lang)
    low = _side(axes, placements, by_brand, notes, (side, top, width - MARGIN), lang)
    left = draw_list(axes, _list(placements, lang), side, low + 2 * scale, SIDE * scale, bottom, 6.4 * scale, left=9)
    pages = [axes]
    while len(left):
        more = sheet(paper, portrait=False)
        begins = head(more, **about)
        left = draw_list(more, left, MARGIN, begins, width - 2 * MARGIN, bottom, 6.4 * scale, left=9)
        pages.append(more)
    number_pages(pages, lang)
    return [in_found_fonts(page.figure) for page in pages]


def _side(axes, placements, by_brand, notes, edges, lang):
    """Legend, notes and the brands' balance beside the map; gives where they end."""
    (left, top, right), scale = edges, size_of(axes)[2]
    low = _legend(axes, change_legend(placements), left, top, right - left, lang)
    for note in notes:
        low = paragraph(axes, left, low, right - left, note, 7 * scale)
    if len(by_brand):
        write(axes, left, low + 4.4 * scale, words.say("change.balance", lang), 8.6 * scale, weight="bold")
        text = balance_text(by_brand, lang=lang)
        low = draw_table(axes, left, low + 5.6 * scale, right - left, text, 6.8 * scale, sums=1) + 1
        low = paragraph(axes, left, low, right - left, words.say("change.balance_means", lang), 6.2 * scale)
    return low


def _list(placements, lang):
    changed = placements[placements["number"].notna()]
    rows = change_details(changed, lang=lang).drop(columns=words.say("change.id", lang))
    rows.insert(0, words.say("change.number", lang), changed["badge"])
    return rows.assign(own=changed["own"])


def _map(axes, placements, basemap, box, lang):
    """Base map, dots, arrows and badges in the frame; gives notes on what it does not show."""
    here = placements[placed(placements)]
    changed, scale = here["number"].notna().to_numpy(), size_of(axes)[2]
    lon, lat = frame.middle(here["lon"].to_numpy(), here["lat"].to_numpy())
    crs = frame.projection(lon, lat)
    before = here[["lon_before", "lat_before"]].set_axis(["lon", "lat"], axis=1)
    now, then = frame.metres(here, crs), frame.metres(before, crs)
    inner = tuple(np.array(box) + np.array([1, 1, -1, -1]) * _INSET * scale)
    kept = np.concatenate([changed, np.ones(len(then), dtype=bool)])
    view = frame.window(np.vstack([now, then]), kept, inner, radius=None)
    ground = frame.framed(axes, box, view)
    shown = frame.draw_ground(ground, basemap, None, crs, latitude=lat, step=view[2])
    strip(axes, box, view[2], lang)
    now, then = frame.on_sheet(now, box, view), frame.on_sheet(then, box, view)
    seen = shapely.contains_xy(shapely.box(*box), *now.T)
    quiet = here[~changed & seen].assign(x=now[~changed & seen, 0], y=now[~changed & seen, 1])
    for group, size in (("kept", 1.3), ("kept_own", 1.6)):
        for colour, dots in quiet[quiet["group"] == group].groupby("colour"):
            marks(axes, dots["x"], dots["y"], colour, "circle", size * scale, zorder=3)
    _draw_changes(axes, here["colour"].to_numpy()[changed], now[changed], then[changed])
    boards, left_out = _draw_boards(axes, here[changed], now[changed], then[changed], box)
    draw_street_names(axes, shown, box, view, taken=[*boards, *shapely.buffer(shapely.points(now[seen]), 1.0)])
    notes = [words.say("print.outside_dots", lang, n=f"{(~seen).sum():,}")] if (~seen).any() else []
    return notes + ([words.say("change.left_out", lang, n=left_out)] if left_out else [])


def _draw_changes(axes, colours, now, then):
    """Changed stores as diamonds in the colour of their change; arrows to those that moved, from rings."""
    scale = size_of(axes)[2]
    look = {"edgecolors": "white", "linewidths": 0.5, "zorder": 6}
    axes.scatter(*now.T, s=22 * scale, c=colours, marker="D", **look)
    moved = ~np.isnan(then).any(axis=1)
    for start, end, colour in zip(then[moved], now[moved], colours[moved]):
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.1, "mutation_scale": 8 * scale}
        axes.annotate("", end, start, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 1}, zorder=5)
        axes.scatter(*start, s=13 * scale, c="white", edgecolors=colour, linewidths=1.0, zorder=5)


def _draw_boards(axes, changed, now, then, box):
    """A badge beside each changed store, the lowest number first; gives their boxes and how many found no room."""
    letters = BADGE * size_of(axes)[2]
    wide = changed["badge"].map(lambda badge: text_width(badge, letters, weight="bold")).to_numpy(float) * POINT + 1.6
    high = letters * POINT * 1.25 + 0.6
    radii = np.hypot(wide, high) / 2
    most = badges.most_badges(box, 2 * radii.max(initial=high))
    moved = ~np.isnan(then).any(axis=1)
    points = np.vstack([now, then[moved], (now + then)[moved] / 2])
    inside = (box[0] + 0.5, box[1] + 0.5, box[2] - 0.5, box[3] - 0.5)
    centres = spread(now[:most], radii[:most], inside, taken=np.hstack([points - _OFF, points + _OFF]))
    found = np.flatnonzero(~np.isnan(centres[:, 0]))
    colours = changed["colour"].to_numpy()[found]
    badges.draw_leaders(axes, now[found], centres[found], colours, least=1.9 * high)
    for i in found:
        _draw_board(axes, changed.iloc[i], centres[i], wide[i], high, letters)
    corners = [(*(centres[i] - [wide[i] / 2, high / 2]), *(centres[i] + [wide[i] / 2, high / 2])) for i in found]
    return [shapely.box(*corner) for corner in corners], len(changed) - len(found)


def _draw_board(axes, store, centre, wide, high, letters):
    from matplotlib.patches import FancyBboxPatch

    edge = {"edgecolor": "#C8102E", "linewidth": 1.6} if store["own"] else {"edgecolor": "white", "linewidth": 0.5}
    style = "round,pad=0,rounding_size=0.7" if store["own"] else "square,pad=0"
    corner = (centre[0] - wide / 2, centre[1] - high / 2)
    board = FancyBboxPatch(corner, wide, high, boxstyle=style, facecolor=store["colour"], zorder=9, gid="badge", **edge)
    axes.add_patch(board)
    look = {"ha": "center", "va": "center_baseline", "color": "white", "weight": "bold", "zorder": 10}
    write(axes, *centre, store["badge"], letters, **look)


def _legend(axes, legend, x, top, width, lang):
    """Kinds of change with their counts, of these own, in two columns; gives where it ends."""
    scale = size_of(axes)[2]
    row, deep, half, size = 5.4 * scale, -(-len(legend) // 2), width / 2, 7.8 * scale
    write(axes, x, top + 3.6 * scale, words.say("print.legend", lang), 8.6 * scale, weight="bold")
    for column in range(min(2, -(-len(legend) // max(deep, 1)))):
        end = x + (column + 1) * half - 3 * scale
        write(axes, end, top + 3.6 * scale, words.say("change.stores", lang), 6.8 * scale, ha="right", color=QUIET)
    top += 4.6 * scale
    for i, entry in enumerate(legend.itertuples()):
        at, y = x + (i // deep) * half, top + row * (i % deep + 0.7)
        if entry.sign:
            box = {"boxstyle": "square,pad=0.25", "facecolor": entry.colour, "edgecolor": "none"}
            look = {"ha": "center", "color": "white", "weight": "bold", "bbox": box}
            write(axes, at + 3 * scale, y, entry.sign, 7 * scale, **look)
        else:
            marks(axes, [at + 3 * scale], [y - 1 * scale], entry.colour, "circle", 1.6 * scale)
        count = f"{entry.count:,}"
        if entry.sign and entry.own:
            count = words.say("change.of_these_own", lang, n=count, own=f"{entry.own:,}")
        room = half - 12 * scale - text_width(count, size) * POINT
        write(axes, at + 7 * scale, y, legible(entry.label), size, room=room)
        write(axes, at + half - 3 * scale, y, count, size, ha="right", color=QUIET)
    return top + row * deep + 1.5 * scale
