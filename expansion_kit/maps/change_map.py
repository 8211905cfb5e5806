"""The change map on screen: two dates, what opened, closed, moved and took another brand."""

from expansion_kit import words
from expansion_kit.maps.basemap import coded, thinned
from expansion_kit.maps.changes import balance_text, change_details, change_legend, change_notes, dates
from expansion_kit.maps.screen import LEAFLET, MOST_PINS, empty_map, panel_texts, point_texts, source_lines
from expansion_kit.maps.specification import placed


def change_map(
    placements, by_brand, *, title, subtitle="", before="", now="", source="", lang, basemap=None, made=False
):
    """
    The change map: changed stores as pins, moves as arrows, all other stores as quiet dots, and the brands' balance.

    Changed stores are pins as long as they are at most 500, and dots beyond.

    Parameters
    ----------
    placements : DataFrame
        From `changes.change_placements`.
    by_brand : DataFrame
        From `market.store_changes.changes_by_brand`.
    title, subtitle, before, now, source : str
        What the reader is told about the map, the two dates among it; any text, shown as it is.
    lang : str
        `en` or `zh`.
    basemap : GeoDataFrame, optional
        Outlines with `kind`, as in `basemap.coded`; that of a whole city is made lighter, as in `basemap.thinned`.
    made : bool
        True for made-up data: the map says so.

    Returns
    -------
    folium.Map
        For `assets.page`, or to be shown in a notebook.
    """
    from expansion_kit.maps import change_layers, layers

    here = placements[placed(placements)]
    legend, rows = change_legend(placements), change_details(here, lang=lang)
    changed = here["number"].notna()
    pinned = changed & (changed.sum() <= MOST_PINS)
    shown = [
        change_layers.ChangeArrows(here, legend),
        change_layers.ChangePins(here[pinned], legend, rows[pinned]),
    ]
    if not pinned.all():
        texts = point_texts(lang)
        shown.append(layers.CompactPoints(here[~pinned], legend, rows[~pinned], texts=texts, show=False))
    bounds = _bounds(here)
    drawn = empty_map(bounds, title)
    light = thinned(basemap, here[changed]) if basemap is not None else None
    below = coded(light) if light is not None else []
    for layer in [layers.Outlines(below), *shown] if below else shown:
        drawn.add_child(layer)
    panel = {
        "title": title,
        "subtitle": " · ".join(text for text in (subtitle, dates(before, now, lang)) if text),
        "made": words.say("map.made", lang) if made else "",
        "lines": source_lines("", source, lang),
        "links": [LEAFLET],
        "legend": _entries(legend, bool(pinned.any())),
        "notes": change_notes(placements, lang) + ([words.say("map.thinned", lang)] if light is not basemap else []),
        "bounds": bounds,
        "tables": [_balance(by_brand, lang)] if len(by_brand) else [],
        "texts": panel_texts(lang),
    }
    drawn.add_child(change_layers.ChangePanel(panel, shown))
    return drawn


def _bounds(here):
    if not len(here):
        return None
    corners = here[["lat", "lon"]]
    return [corners.min().tolist(), corners.max().tolist()]


def _entries(legend, pinned):
    records = legend.drop(columns="own").reset_index(drop=True).rename_axis("group").reset_index().to_dict("records")
    return [{**entry, "pin": pinned and entry["shape"] == "square"} for entry in records]


def _balance(by_brand, lang):
    text = balance_text(by_brand, lang=lang)
    said = {"heading": words.say("change.balance", lang), "notes": [words.say("change.balance_means", lang)]}
    return said | {"columns": list(text.columns), "rows": text.to_numpy().tolist(), "sums": 1}
