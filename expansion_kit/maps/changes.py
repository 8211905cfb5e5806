"""What changed between two dates, on a map: stores that opened, closed, moved or took another brand."""

import pandas as pd

from expansion_kit import words
from expansion_kit.maps.specification import MISSING, placed

GROUPS = ("opened", "closed", "moved", "rebranded", "moved_rebranded", "kept_own", "kept")
# Sign before the number, so that kinds are told apart in grey; white letters stand on each colour.
LOOKS = {
    "opened": ("+", "#0069A6"),
    "closed": ("×", "#B54708"),
    "moved": ("→", "#6A2C91"),
    "rebranded": ("↔", "#6B5900"),
    "moved_rebranded": ("⇥", "#8C2D62"),
    "kept_own": ("", "#C8102E"),
    "kept": ("", "#A8A8A8"),
}
MOST_BRANDS = 12
BALANCE = ("before", "opened", "closed", "taken_over", "given_up", "now", "net", "moved")


def change_placements(changes, before, stores, *, own_brand=None, lang):
    """
    The specification that every rendering of a change map draws from.

    Parameters
    ----------
    changes : DataFrame
        From `market.store_changes.store_changes`: store_id_before, store_id, brand_before, brand, change, distance_m,
        matched_by.
    before, stores : DataFrame
        `stores_before` and `stores`, by `store_id`, with `lon` and `lat` (WGS-84), and `name`, `own` where known.
    own_brand : str, optional
        Where `own` is not known, the stores of this brand are own.
    lang : str
        `en` or `zh`: the language of the group labels.

    Returns
    -------
    DataFrame
        One row a store: id, number (of changed stores: own ones first, then by kind of change, brand and id), badge
        (its sign and number), change, group, group_label, colour, own (before or now), label, brand_before, brand,
        name, lon and lat (now; of a closed store where it was), lon_before and lat_before (of a store that moved),
        distance_m, matched_by. Nothing missing is filled.

    Examples
    --------
    >>> changes = pd.DataFrame({"store_id_before": ["1", None], "store_id": ["1", "2"], "brand_before": ["Tea", None],
    ...                         "brand": ["Tea", "Rice"], "change": ["kept", "opened"], "distance_m": [0.0, None],
    ...                         "matched_by": ["id", "none"]})
    >>> at = pd.DataFrame({"lon": [120.1, 120.2], "lat": [30.1, 30.2]}, index=["1", "2"])
    >>> change_placements(changes, at[:1], at, own_brand="Tea", lang="en")[["badge", "group_label"]].to_numpy().tolist()
    [['+1', 'Opened'], [None, 'Own stores, unchanged']]
    """
    table = changes.reset_index(drop=True).copy()
    was = _facts(before, table["store_id_before"], table["brand_before"], own_brand)
    now = _facts(stores, table["store_id"], table["brand"], own_brand)
    gone = table["store_id"].isna()
    table["id"] = table["store_id"].where(~gone, table["store_id_before"])
    table["own"] = was["own"] | now["own"]
    for column in ("lon", "lat", "name"):
        table[column] = now[column].where(~gone, was[column])
    moved = table["change"].isin(["moved", "moved_rebranded"])
    for column in ("lon", "lat"):
        table[f"{column}_before"] = was[column].where(moved)
    brand = table["brand"].where(~gone, table["brand_before"])
    table["label"] = table["name"].fillna(brand).fillna(table["id"])
    table["group"] = table["change"].mask((table["change"] == "kept") & table["own"], "kept_own")
    table["group_label"] = table["group"].map({group: words.say(f"change.{group}", lang) for group in GROUPS})
    table["colour"] = table["group"].map({group: colour for group, (_, colour) in LOOKS.items()})
    rank = table["group"].map({group: i for i, group in enumerate(GROUPS)})
    unchanged = table["change"] == "kept"
    order = table.assign(unchanged=unchanged, other=~table["own"], rank=rank, of=brand.fillna(""))
    order = order.sort_values(["unchanged", "other", "rank", "of", "id"], kind="stable")
    table = table.loc[order.index].reset_index(drop=True)
    changed = table["change"] != "kept"
    table["number"] = changed.cumsum().where(changed).astype("Int64")
    badge = [f"{LOOKS[group][0]}{number}" for group, number in zip(table["group"], table["number"])]
    table["badge"] = pd.Series(badge, dtype=object).where(changed, None)
    return table[list(_COLUMNS)]


_COLUMNS = (
    *("id", "number", "badge", "change", "group", "group_label", "colour", "own", "label", "brand_before", "brand"),
    *("name", "lon", "lat", "lon_before", "lat_before", "distance_m", "matched_by"),
)


def change_legend(placements):
    """
    The groups of a change map in their stated order, with what each looks like and holds.

    Parameters
    ----------
    placements : DataFrame
        From `change_placements`.

    Returns
    -------
    DataFrame
        Index `group`; label, colour, sign, shape, count (all stores, on the map or not), own (how many are own).
    """
    groups = placements.groupby("group", sort=False)
    table = groups.agg(
        label=("group_label", "first"), colour=("colour", "first"), count=("id", "size"), own=("own", "sum")
    )
    table = table.reindex([group for group in GROUPS if group in table.index]).rename_axis("group")
    table["sign"] = [LOOKS[group][0] for group in table.index]
    table["shape"] = ["circle" if group.startswith("kept") else "square" for group in table.index]
    return table


def change_points(placements):
    """
    The stores of a change map that have coordinates, as a layer for a map program (GeoJSON for QGIS).

    Parameters
    ----------
    placements : DataFrame
        From `change_placements`.

    Returns
    -------
    GeoDataFrame
        Points in WGS-84 with the columns of the specification; where a store was is in lon_before and lat_before.
    """
    import geopandas

    drawn = placements[placed(placements)]
    shapes = geopandas.points_from_xy(drawn["lon"], drawn["lat"])
    return geopandas.GeoDataFrame(drawn.drop(columns=["lon", "lat"]), geometry=shapes, crs="EPSG:4326")


def change_details(placements, *, lang):
    """
    What a reader is told about each store, as text: the same on screen and on paper.

    Returns
    -------
    DataFrame of str
        On the placements' index; the column names are the headings; a missing value is a dash.
    """
    far = placements["distance_m"].where(placements["change"].isin(["moved", "moved_rebranded"]))
    how = placements["matched_by"].map(
        {
            "id": words.say("change.by_id", lang),
            "brand and place": words.say("change.by_brand_and_place", lang),
            "place": words.say("change.by_place", lang),
        }
    )
    columns = {
        words.say("change.what", lang): placements["group_label"],
        words.say("change.store", lang): placements["label"],
        words.say("change.brand_before", lang): placements["brand_before"],
        words.say("change.brand_now", lang): placements["brand"],
        words.say("change.distance", lang): far.map(
            lambda v: words.say("change.metres", lang, n=f"{v:,.0f}"), "ignore"
        ),
        words.say("change.matched", lang): how,
        words.say("change.id", lang): placements["id"],
    }
    table = pd.DataFrame(columns, index=placements.index, dtype=object)
    return table.where(table.notna(), MISSING)


def balance_text(by_brand, *, lang):
    """
    The balance of the brands as a reader sees it.

    Parameters
    ----------
    by_brand : DataFrame
        From `market.store_changes.changes_by_brand`, by brand.
    lang : str

    Returns
    -------
    DataFrame of str
        The twelve brands with the most stores now, one row for all others, and the sum; headings as column names.

    Examples
    --------
    >>> counts = {"before": 2, "opened": 1, "closed": 0, "taken_over": 0, "given_up": 1, "now": 2, "moved": 0}
    >>> balance_text(pd.DataFrame(counts, index=["Tea"]), lang="en").iloc[0].tolist()
    ['Tea', '2', '1', '0', '0', '1', '2', '0', '0']
    """
    table = by_brand.assign(net=by_brand["now"] - by_brand["before"])[list(BALANCE)]
    first, rest = table.head(MOST_BRANDS), table.iloc[MOST_BRANDS:]
    rows = [(str(brand), row) for brand, row in first.iterrows()]
    if len(rest):
        rows.append((words.say("change.other_brands", lang, n=len(rest)), rest.sum()))
    rows.append((words.say("change.all_brands", lang), table.sum()))
    texts = [
        [name, *(f"{row[c]:+,}" if c == "net" and row[c] else f"{row[c]:,}" for c in BALANCE)] for name, row in rows
    ]
    headings = [words.say("change.brand", lang), *(words.say(f"change.column_{c}", lang) for c in BALANCE)]
    return pd.DataFrame(texts, columns=headings, dtype=object)


def change_notes(placements, lang, *, paper=False):
    """How the map is to be read, and what is not on it."""
    if not len(placements):
        return [words.say("change.empty", lang)]
    own = words.say("change.own_on_paper", lang) if paper else words.say("change.own_on_screen", lang)
    said = [own, words.say("change.how", lang)]
    hidden = int((~placed(placements)).sum())
    if hidden:
        said.append(words.say("change.unplaced", lang, n=hidden))
    return said


def dates(before, now, lang):
    """
    The two dates as a reader sees them.

    >>> dates("2025-10-31", "2026-10-31", "en"), dates("", "", "en")
    ('2025-10-31 to 2026-10-31', '')
    """
    return words.say("change.dates", lang, before=before or "—", now=now or "—") if before or now else ""


def _facts(stores, ids, brand, own_brand):
    """Position, name and ownership of the stores that are asked for, on the asker's index."""
    at = stores.index.get_indexer(pd.Index(ids, dtype=object))
    facts = pd.DataFrame(index=ids.index)
    for column in ("lon", "lat"):
        facts[column] = _of(stores, column, at, float("nan")).astype(float)
    name = pd.Series(_of(stores, "name", at, None), index=ids.index, dtype="string").str.strip()
    facts["name"] = name.replace("", pd.NA).astype(object).where(lambda t: t.notna(), None)
    own = pd.Series(_of(stores, "own", at, None), index=ids.index, dtype="boolean")
    named = brand.eq(own_brand).fillna(False) if own_brand else pd.Series(False, index=ids.index)
    facts["own"] = own.fillna(named.astype("boolean")).astype(bool)
    return facts


def _of(stores, column, at, nothing):
    if column not in stores:
        return pd.Series([nothing] * len(at), dtype=object).to_numpy()
    values = stores[column].astype(object).to_numpy()
    return pd.Series([values[i] if i >= 0 else nothing for i in at], dtype=object).to_numpy()
