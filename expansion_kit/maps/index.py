"""The tables beside a printed map: legend with counts in each ring, and the numbered index."""

import numpy as np
import pandas as pd

from expansion_kit import words
from expansion_kit.drawing import legible, text_width
from expansion_kit.maps.sheet import INK, LINE, POINT, QUIET, marks, size_of, write
from expansion_kit.maps.specification import MISSING, PLANNED, legend, metres, placed, texts

ROW = 3.9  # mm, of a sheet of A3
_SIZE = 7.5
_WIDTHS = {"number": 9, "class": 14, "distance": 13, "area": 14, "rent": 23, "commission": 15, "lease_end": 18}
_RIGHT = ("distance", "area", "rent", "commission", "lease_end")


def group_counts(placements, rings):
    """
    How many placements of each group lie on the map and inside each ring.

    Parameters
    ----------
    placements : DataFrame
        From `specification.placements`, with `distance_m` where there are rings.
    rings : sequence of float
        Radii in metres.

    Returns
    -------
    DataFrame
        Index `group`, as `specification.legend`, then one column a ring (named by its radius; placements that are no
        farther than that).

    Examples
    --------
    >>> from expansion_kit.maps import around, placements
    >>> stores = pd.DataFrame({"brand": ["Tea", "Tea", "Rice"], "lon": [0.0, 0.01, 0.001], "lat": [0.0, 0.0, 0.0]})
    >>> group_counts(around(placements(stores, lang="en"), (0.0, 0.0)), [500, 2000])[["count", 500, 2000]]
            count  500  2000
    group
    brand1      2    1     2
    brand2      1    1     1
    """
    table = legend(placements)
    for ring in rings:
        inside = placements[placed(placements) & placements["distance_m"].le(ring)]
        table[ring] = inside["group"].value_counts().reindex(table.index).fillna(0).astype(int)
    return table


def draw_groups(axes, table, box, *, lang, shaded=()):
    """
    Draw the legend: mark, name and counts of each group, and the total of the stores that are there.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    table : DataFrame
        From `group_counts`.
    box : tuple (left, top, right, bottom)
        In mm; the bottom isn't looked at.
    lang : str
    shaded : collection of str
        Groups that the map shows as shades only: they have no mark.

    Returns
    -------
    float
        Where it ends, in mm from the top.
    """
    _, _, scale = size_of(axes)
    left, y, right, _ = box
    rings = [column for column in table if not isinstance(column, str)]
    wide, row = 11.5 * scale, 4.6 * scale
    ends = [right - wide * (len(rings) - i) for i in range(len(rings) + 1)]
    y += 4.5 * scale
    write(axes, left, y, words.say("print.legend", lang), 11 * scale, weight="bold")
    heads = [words.say("print.total", lang), *(words.say("print.within", lang, d=metres(r, lang)) for r in rings)]
    for end, head in zip(ends, heads):
        write(axes, end, y, head, 7.5 * scale, room=wide - 1, shrink=True, color=QUIET, ha="right")
    for place, (group, entry) in enumerate(table.iterrows()):
        y += row
        if group not in shaded:
            marks(axes, [left + 2 * scale], [y - 1 * scale], entry["colour"], entry["shape"], 3.2 * scale)
        room = ends[0] - 11 * scale - left - 5.5 * scale
        label, size = group_label(group, entry["label"], place, lang), 8.5 * scale
        size = size if text_width(label, size) * POINT < 0.95 * room else 7 * scale
        write(axes, left + 5.5 * scale, y, label, size, room=room)
        for end, count in zip(ends, [entry["count"], *entry[rings]]):
            write(axes, end, y, f"{count:,}", 8.5 * scale, ha="right")
    y += row * 0.35
    axes.plot([left, right], [y, y], color=LINE, linewidth=0.5)
    y += row * 0.9
    there = table.drop(index=[group for group in (PLANNED, "candidate") if group in table.index])
    said = words.say("print.total", lang) if len(there) == len(table) else words.say("print.total_open", lang)
    room = ends[0] - 11 * scale - left - 5.5 * scale
    write(axes, left + 5.5 * scale, y, said, 8.5 * scale, room=room, shrink=True, weight="bold")
    for end, count in zip(ends, [there["count"].sum(), *(there[ring].sum() for ring in rings)]):
        write(axes, end, y, f"{count:,}", 8.5 * scale, ha="right", weight="bold")
    return y


def group_label(group, label, place, lang):
    """A group's name as it can be drawn; where no font holds it, what kind of group it is."""
    shown = legible(label, instead="")
    if any(character.isalnum() for character in shown):
        return shown
    own = words.say("map.own", lang)
    known = {
        "own": own,
        PLANNED: words.say("map.planned", lang, own=own),
        "candidate": words.say("map.candidates", lang),
    }
    known |= {"independent": words.say("map.independents", lang), "unknown": words.say("map.unknown_brand", lang)}
    return known.get(group, f"({place + 1})")


def index_rows(placements, view, *, lang, currency):
    """
    What the index says of each numbered placement.

    Parameters
    ----------
    placements : DataFrame
        From `specification.placements`.
    view : Series of bool
        Which of them lie inside the frame.
    lang : str
    currency : str or None

    Returns
    -------
    DataFrame of str
        By distance where that is known, else by number: number, name, class, distance (where known), area, rent,
        commission, lease_end; colour and shape.
    """
    numbered = placements[placements["number"].notna()]
    order = ["distance_m", "number"] if "distance_m" in numbered else ["number"]
    numbered = numbered.sort_values(order, na_position="last", kind="stable")
    told = texts(numbered, lang=lang, currency=currency)
    rows = pd.DataFrame({"number": numbered["number"].astype(str)}, index=numbered.index)
    names = numbered["label"].map(lambda text: legible(text, instead="")).astype(object)
    unreadable = ~names.map(lambda text: any(character.isalnum() for character in text)).astype(bool)
    names = names.mask(unreadable, numbered["id"].map(legible)).astype(object)
    here, seen = placed(numbered), view.reindex(numbered.index)
    names = names.mask(~here, names.map(lambda name: words.say("print.no_place", lang, name=name)))
    rows["name"] = names.mask(here & ~seen, names.map(lambda name: words.say("print.outside_name", lang, name=name)))
    kinds = numbered["class"].mask(numbered["group"].eq(PLANNED), PLANNED)
    rows["class"] = [words.say(f"print.class_{kind}", lang) for kind in kinds]
    if "distance" in told:
        rows["distance"] = told["distance"]
    rows["area"], rows["rent"] = told["area"], _rents(numbered, lang)
    rows["commission"], rows["lease_end"] = told["commission"], told["lease_end"]
    return rows.where(rows.notna(), MISSING).assign(colour=numbered["colour"], shape=numbered["shape"])


def _rents(numbered, lang):
    """Rent by m2 and day, else by month, else the least that is due where rent goes by sales."""

    def amount(value):
        return words.money(value, "", lang).strip()

    said = pd.Series(np.nan, index=numbered.index, dtype=object)
    for column, text in (
        ("rent_sqm_day", lambda v: words.say("print.rent_day", lang, value=f"{v:,.4g}")),
        ("rent_month", lambda v: words.say("print.rent_month", lang, value=amount(v))),
        ("base_rent_month", lambda v: words.say("print.rent_least", lang, value=amount(v))),
    ):
        said = said.where(said.notna(), numbered[column].map(text, na_action="ignore"))
    return said


def headings(rows, *, lang, currency):
    """
    The headings of an index, by column.

    Parameters
    ----------
    rows : DataFrame
        From `index_rows`.
    lang : str
    currency : str or None

    Returns
    -------
    dict of str to str
    """
    unit = legible(words.currency_name(currency, lang)) if currency else ""
    said = {
        "number": words.say("print.number", lang),
        "name": words.say("print.name", lang),
        "class": words.say("map.class", lang),
        "distance": words.say("map.distance", lang),
        "area": words.say("map.area", lang),
        "rent": words.say("print.rent", lang, currency=unit) if unit else words.say("map.rent", lang),
        "commission": words.say("map.commission", lang),
        "lease_end": words.say("map.lease_end", lang),
    }
    return {column: said[column] for column in rows if column in said}


def capacity(axes, box):
    """How many rows of an index fit into a box beneath its headings."""
    _, _, scale = size_of(axes)
    return max(0, int((box[3] - box[1] - 5.4 * scale) / (ROW * scale) + 1e-9))


def draw_index(axes, rows, heads, box):
    """
    Draw rows of an index under their headings; every figure is shown whole, only names are cut.

    Parameters
    ----------
    axes : Axes
        From `sheet.sheet`.
    rows : DataFrame
        From `index_rows`, no more than `capacity`.
    heads : dict of str to str
        From `headings`.
    box : tuple (left, top, right, bottom)
        In mm.
    """
    _, _, scale = size_of(axes)
    left, top, right, _ = box
    widths = {column: _WIDTHS[column] * scale for column in heads if column != "name"}
    widths = {column: widths.get(column, right - left - sum(widths.values())) for column in heads}
    y, x = top + 3.2 * scale, left
    starts = {}
    for column, head in heads.items():
        starts[column] = x
        x += widths[column]
        _cell(axes, column, head, starts[column], y, widths[column], scale, {"color": QUIET})
    axes.plot([left, right], [y + 1.3 * scale] * 2, color=QUIET, linewidth=0.6)
    lines = y + 2.2 * scale + ROW * scale * (np.arange(len(rows)) + 0.6)
    for (colour, shape), own in rows.assign(y=lines).groupby(["colour", "shape"], sort=False):
        marks(axes, np.full(len(own), left + 6.7 * scale), own["y"] - 0.95 * scale, colour, shape, 2.3 * scale)
    axes.hlines(lines[:-1] + 1.35 * scale, left, right, colors="#e6e6e6", linewidths=0.3)
    for line, row in zip(lines, rows.to_dict("records")):
        for column in heads:
            _cell(axes, column, row[column], starts[column], line, widths[column], scale, {})


def _cell(axes, column, text, x, y, width, scale, look):
    if column == "name":
        write(axes, x, y, text, _SIZE * scale, room=width - 1.5 * scale, **look)
    elif column in _RIGHT:
        write(axes, x + width, y, text, _SIZE * scale, room=width - 1.2 * scale, shrink=True, ha="right", **look)
    elif column == "number":
        look = look if look else {"weight": "bold", "color": INK}
        write(axes, x + 4.6 * scale, y, text, _SIZE * scale, room=4.6 * scale, shrink=True, ha="right", **look)
    else:
        write(axes, x, y, text, _SIZE * scale, room=width - 1 * scale, shrink=True, **look)
