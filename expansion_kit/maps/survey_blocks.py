"""
The pages of a survey sheet that are written on: for each stop a block of empty fields and rows for counts.

Fields are large enough for a hand. What is known so far stands in them small and grey, to be corrected.
"""

import numpy as np

from expansion_kit import words
from expansion_kit.drawing import legible, shorten, text_width
from expansion_kit.maps.sheet import INK, MARGIN, POINT, QUIET, head, sheet, size_of, write
from expansion_kit.maps.specification import CANDIDATE_COLOUR, OWN_COLOUR, metres

BADGE = 2.6  # mm
LOOKS = {  # fill, edge and ink of a badge: told apart in grey by filled and empty
    "candidate": (CANDIDATE_COLOUR, CANDIDATE_COLOUR, "white"),
    "own": (OWN_COLOUR, OWN_COLOUR, "white"),
    "rival": ("white", "#2166AC", "#123C66"),
    "other": ("white", "#8F8F8F", "#444444"),
    "listing": ("#FFF3CD", "#B79F00", "#5C4400"),
    "place": ("#E3EFE0", "#004D40", "#004D40"),
}
_RULE, _ROW = "#9a9a9a", 14.0
_HEAD = {"va": "top", "color": QUIET}
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


def badge(axes, x, y, number, kind):
    """A numbered circle in the look of its kind of place, in mm."""
    from matplotlib.patches import Circle

    fill, edge, ink = LOOKS[kind]
    axes.add_patch(Circle((x, y), BADGE, facecolor=fill, edgecolor=edge, linewidth=1.1, zorder=9))
    style = {"ha": "center", "va": "center_baseline", "weight": "bold", "color": ink, "zorder": 10}
    axes.text(x, y + 0.15, str(number), size=7.5 if number < 10 else 7, **style)


def leg(minutes, km, lang):
    """Minutes and length of the way from the stop before; what is not known is left out."""
    parts = [] if minutes != minutes else [words.say("survey.leg_minutes", lang, n=f"{minutes:.0f}")]
    if km == km:
        parts.append(metres(1000 * km, lang))
    return " · ".join(parts)


def form_pages(paper, ordered, told, currency):
    """
    The pages to fill in: two stops on an upright sheet, four on one across.

    Parameters
    ----------
    paper : str
    ordered : DataFrame
        From `survey.in_order`.
    told : dict
        `title`, `made`, `lang`, as for `sheet.head`.
    currency : str

    Returns
    -------
    list of Axes
    """
    stops, pages = list(ordered.itertuples()), []
    columns = 1 if paper == "A4" else 2
    for start in range(0, len(stops), 2 * columns):
        axes = sheet(paper, portrait=paper == "A4")
        width, height, _ = size_of(axes)
        top = head(axes, **told, lines=[words.say("survey.fill_in", told["lang"])])
        wide, high = (width - MARGIN * (columns + 1)) / columns, (height - MARGIN - 1 - top) / 2
        for n, stop in enumerate(stops[start : start + 2 * columns]):
            corner = (MARGIN + (n // 2) * (wide + MARGIN), top + (n % 2) * (high + 2))
            _block(axes, corner, (wide, high - 2), stop, told["lang"], currency)
        pages.append(axes)
    return pages


def _block(axes, corner, size, stop, lang, currency):
    """Everything to write down about one stop."""
    (left, top), (wide, high) = corner, size
    _box(axes, left, top, wide, high, edge=INK, line=1.0)
    _block_head(axes, left, top, wide, stop, lang)
    y = top + 15
    for fields in _FIELDS:
        x = left
        for name, share in fields:
            _field(axes, (x, y), (wide * share / 4, _ROW), name, _known(stop, name, lang), lang, currency)
            x += wide * share / 4
        y += _ROW
    y = _count_table(axes, left, y, wide, lang)
    write(axes, left + 2, y + 1.6, words.say("survey.remark", lang), 8, va="top", color=QUIET)
    for line in np.arange(y + 12, top + high - 3, 9.0):
        axes.plot([left + 3, left + wide - 3], [line, line], color=_RULE, linewidth=0.4, linestyle=(0, (1, 2)))


def _block_head(axes, left, top, wide, stop, lang):
    badge(axes, left + 6, top + 5.2, stop.stop, stop.kind)
    which = f"{words.say(f'survey.kind_{stop.kind}', lang)} · {shorten(str(stop.Index), 22)}"
    way = leg(stop.minutes, stop.km, lang)
    way = words.say("survey.from_before", lang, leg=way) if way else ""
    told = text_width(way, 8) * POINT
    write(
        axes, left + 11, top + 5.2, legible(stop.label, weight="bold"), 11.5, room=wide - 60, weight="bold", va="center"
    )
    write(axes, left + wide - 3, top + 5.2, legible(which), 8.5, room=45, ha="right", va="center")
    write(axes, left + 11, top + 9.6, legible(stop.address), 8, room=wide - 18 - told, va="top", color=QUIET)
    write(axes, left + wide - 3, top + 9.6, way, 8, ha="right", va="top", color=QUIET)


def _box(axes, left, top, wide, high, *, edge=_RULE, line=0.6, fill="none"):
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, top), wide, high, facecolor=fill, edgecolor=edge, linewidth=line))


def _field(axes, corner, size, name, known, lang, currency):
    """An empty cell with its heading; what is known stands small at the right, to be corrected."""
    (x, y), (wide, high) = corner, size
    _box(axes, x, y, wide, high)
    money = words.currency_name(currency, lang) or words.say("unit.money", lang)
    write(axes, x + 1.5, y + 1.3, words.say(f"survey.field_{name}", lang, money=money), 7.5, room=wide - 3, **_HEAD)
    write(
        axes,
        x + wide - 1.5,
        y + high - 1.2,
        legible(known),
        7.5,
        room=wide - 3,
        ha="right",
        va="bottom",
        color="#7a7a7a",
    )


def _known(stop, name, lang):
    """What is known of a field, as text; empty where nothing is."""
    if name == "rent":
        rents = {rent: _plain(getattr(stop, rent)) for rent in ("rent_sqm_day", "rent_month")}
        return next((value + words.say(f"survey.{rent}", lang) for rent, value in rents.items() if value), "")
    value = stop.label if name == "name" and stop.kind != "listing" else getattr(stop, name, None)
    if name == "status" and value in ("open", "planned", "closed"):
        return words.say(f"map.status_{value}", lang)
    if name == "turnover_rate" and value is not None and value == value:
        return f"{value * 100:.4g} %"
    return _plain(value)


def _plain(value):
    if value is None or value != value:
        return ""
    return f"{value:,.10g}" if isinstance(value, int | float | np.number) else str(value)


def _count_table(axes, left, top, wide, lang):
    """Three rows for counts, the minutes to be ticked; returns where they end."""
    scale = wide / sum(part for _, part in _COUNTED)
    for n, high in enumerate((6, 10, 10, 10)):
        x, y = left, top + max(0, 10 * n - 4)
        for name, part in _COUNTED:
            _box(axes, x, y, part * scale, high, fill="none" if n else "#eeebe4")
            middle = {"ha": "center", "va": "center_baseline"}
            if n == 0:
                said = words.say(f"survey.count_{name}", lang)
                write(axes, x + part * scale / 2, y + 3, said, 7.5, room=part * scale - 1, **middle)
            elif name == "minutes":
                write(axes, x + part * scale / 2, y + 5, "□ 10  □ 15", 8, color=QUIET, **middle)
            x += part * scale
    return top + 36
