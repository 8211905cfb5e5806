"""A small map of what surrounds a site, for a box of a printed sheet: own stores by number, rivals as dots, rings."""

import numpy as np
import pandas as pd

from expansion_kit.maps import badges, frame
from expansion_kit.maps.sheet import INK, bar_length, scale_bar, size_of, write
from expansion_kit.maps.specification import CANDIDATE_COLOUR, metres
from expansion_kit.maps.surroundings import around

MOST_NUMBERED = 20


def draw_surroundings(axes, box, placements, centre, *, radius, rings=(), basemap=None, zones=None, lang):
    """
    Draw the map of a site's surroundings in a box of a sheet.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    box : tuple (left, top, right, bottom)
        In mm.
    placements : DataFrame
        From `placements`, without the site itself.
    centre : (float, float)
        Longitude and latitude of the site.
    radius : float
        Metres around it that the map shows at least.
    rings : sequence of float
        Radii in metres.
    basemap, zones : GeoDataFrame, optional
        As for `placement_map`.
    lang : str
        `en` or `zh`, one that can be drawn.

    Returns
    -------
    DataFrame
        The placements in sight, by distance from the site: `id`, `group_label`, `class`, `colour`, `shape`,
        `distance_m`, `number` (own stores, up to twenty, as their badges say).

    Raises
    ------
    ValueError
        As `surroundings.around`.
    """
    table = around(placements, centre)
    crs = frame.projection(*centre)
    xy = frame.metres(table, crs)
    view = frame.window(xy, np.zeros(len(xy), dtype=bool), box, radius=radius)
    ground = frame.framed(axes, box, view)
    frame.draw_ground(ground, basemap, zones, crs, latitude=centre[1], step=view[2])
    spots = frame.on_sheet(xy, box, view)
    seen = (spots > np.array(box[:2]) + 1).all(axis=1) & (spots < np.array(box[2:]) - 1).all(axis=1)
    here = table[seen].assign(x=spots[seen, 0], y=spots[seen, 1], east=xy[seen, 0], north=xy[seen, 1])
    here = here.sort_values(["distance_m", "id"], kind="stable", na_position="last")
    own = here[here["class"] == "own"].index[:MOST_NUMBERED]
    here["number"] = pd.Series(range(1, len(own) + 1), own, dtype="Int64").reindex(here.index)
    dots = here[here["number"].isna()]
    frame.draw_dots(ground, dots, dots[["east", "north"]].to_numpy(), size=frame.dot_size(len(dots), 0.9))
    taken = _rings(axes, ground, box, view, rings, lang)
    _numbers(axes, box, here.loc[own], taken)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    axes.scatter(*middle, s=130, marker="*", c=CANDIDATE_COLOUR, edgecolors="white", linewidths=0.9, zorder=9)
    _scale(axes, box, view[2], lang)
    return here[["id", "group_label", "class", "colour", "shape", "distance_m", "number"]]


def _rings(axes, ground, box, view, rings, lang):
    """Circles with their radii at the top; gives the boxes of those texts, and of the site itself."""
    frame.draw_rings(ground, rings)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    taken, back = [(x - 2.5, y - 2.5, x + 2.5, y + 2.5)], {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for ring in rings:
        top = y - ring / view[2]
        if top > box[1] + 3:
            write(axes, x, top, metres(ring, lang), 6.5, ha="center", va="center", bbox=back, zorder=7)
            taken.append((x - 6, top - 1.6, x + 6, top + 1.6))
    return taken


def _numbers(axes, box, own, taken):
    if own.empty:
        return
    size = 4.0
    anchors = own[["x", "y"]].to_numpy()
    centres, _ = badges.placed_badges(own, anchors, box, size, taken=taken)
    found = ~np.isnan(centres[:, 0])
    badges.draw_badges(axes, own[found], anchors[found], centres[found], size)


def _scale(axes, box, step, lang):
    """A scale bar on a white ground in the lower left corner."""
    most = 0.3 * (box[2] - box[0])
    wide, height = bar_length(step, most) / step + 9, 5.2
    left, top = box[0] + 0.4, box[3] - height - 0.4
    look = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "zorder": 0.5}
    axes.fill_between([left, left + wide], top, top + height, **look)
    scale_bar(axes, left + 2.2, top + 0.7, step, most, lang)
    write(axes, box[2] - 1.2, box[1] + 1.2, "N ↑", 7 * size_of(axes)[2] / 0.8, ha="right", va="top", color=INK)
