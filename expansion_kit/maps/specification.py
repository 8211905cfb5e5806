"""
What stands on a placement map: one table of placements for the screen, the print and the GeoJSON alike.

Numbers, classes, colours, shapes and order are fixed here, so that no rendering can disagree with another.
"""

import numpy as np
import pandas as pd

from expansion_kit import words

CLASSES = ("own", "rival", "other", "candidate")
OWN_COLOUR = "#C8102E"
CANDIDATE_COLOUR = "#111111"
REST_COLOUR = "#8F8F8F"
BRAND_COLOURS = ("#2166AC", "#FDB863", "#004D40", "#AA3377", "#7FC97F", "#661100", "#332288", "#B79F00")
SHAPES = ("circle", "square", "triangle", "diamond")
NO_CHAIN = "independent"
PLANNED = "planned"  # an own store that is not open yet: its status, and the group it stands in
MISSING = "—"
DENSE_ABOVE = 5000  # dots in sight; where there are more, shades of density stand for them

_TEXTS = ("brand", "name", "status", "sales_method", "address")
_DAYS = ("lease_end", "opened")
_NUMBERS = (
    *("lon", "lat", "floor_area_sqm", "rent_sqm_day", "rent_month", "base_rent_month", "turnover_rate"),
    "sales_month",
)
_COLUMNS = (
    *("id", "number", "class", "brand", "label", "group", "group_label", "colour", "shape", "lon", "lat"),
    *("floor_area_sqm", "rent_sqm_day", "rent_month", "base_rent_month", "turnover_rate", "lease_end"),
    *("sales_month", "sales_method", "opened", "status", "address"),
)


def placements(stores, sites=None, *, own_brand=None, lang):
    """
    The specification that every rendering of a placement map draws from.

    Own stores come first and candidates after them, both in the order of their tables and numbered 1, 2, 3 ... in one
    row; the other stores follow in the order of theirs. Own stores whose `status` is `planned` are a group of their
    own, as they are not open yet; a store that is `closed` is no placement and is left out. The eight rival brands with
    the most stores have a colour each (by count, then by name); the brands after them share one group, as do stores of
    no chain (`independent`) and stores whose brand is not known. Colours differ by at least 14 (CIE 1976) for normal
    sight and for each kind of colour blindness; shapes tell them apart in grey.

    Parameters
    ----------
    stores : DataFrame
        `stores` table; columns that are absent count as missing. `own` (bool) says which stores are own; where it is
        missing, the stores of `own_brand` are. `rival` (bool), where given, says which brands compete.
    sites : DataFrame, optional
        `sites` table: the candidates.
    own_brand : str, optional
    lang : str
        `en` or `zh`: the language of the group labels.

    Returns
    -------
    DataFrame
        One row a placement: id, number, class (own, rival, other, candidate), brand, label, group, group_label, colour,
        shape, lon, lat (degrees), floor_area_sqm (m2), rent_sqm_day (money/m2/day), rent_month, base_rent_month
        (money/month), turnover_rate (a share), lease_end, sales_month (money/month), sales_method, opened, status,
        address. Nothing missing is filled.

    Examples
    --------
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice", None], "lon": [120.1, 120.2, 120.3], "lat": [30.1, 30.2, 30.3]})
    >>> placements(stores, own_brand="Tea", lang="en")[["number", "class", "label", "group_label"]]
       number  class label      group_label
    0       1    own   Tea  Own stores: Tea
    1    <NA>  rival  Rice             Rice
    2    <NA>  other     2    Brand unknown
    """
    shops = _facts(stores)
    shops = shops[shops["status"].ne("closed").fillna(True)]
    own = _own(shops, own_brand)
    chain = shops["brand"].notna() & shops["brand"].ne(NO_CHAIN).fillna(False)
    rival = _flag(shops, "rival", chain) & chain
    shops["class"] = rival.map({True: "rival", False: "other"}).mask(own, "own")
    candidates = _facts(sites if sites is not None else pd.DataFrame())
    candidates["class"] = "candidate"
    table = pd.concat([shops[own], candidates, shops[~own]], ignore_index=True)
    numbered = table["class"].isin(["own", "candidate"])
    table["number"] = numbered.cumsum().where(numbered).astype("Int64")
    table["label"] = table["name"].fillna(table["brand"]).fillna(table["id"])
    table = table.join(_groups(table, own_brand, lang))
    return table[list(_COLUMNS)]


def legend(placements):
    """
    The groups of a placement map in their stated order, with what each looks like and holds.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.

    Returns
    -------
    DataFrame
        Index `group`; label, class, colour, shape, count (placements that have coordinates, as only they are drawn).

    Examples
    --------
    >>> stores = pd.DataFrame({"brand": ["Tea", "Rice", "Rice"], "lon": [120.1, 120.2, None], "lat": [30.1, 30.2, 30]})
    >>> legend(placements(stores, own_brand="Tea", lang="en"))[["label", "count"]]
                     label  count
    group
    own    Own stores: Tea      1
    brand1            Rice      1
    """
    first = placements[["group", "group_label", "class", "colour", "shape"]].drop_duplicates("group")
    table = first.set_index("group").rename(columns={"group_label": "label"})
    counts = placements.loc[placed(placements), "group"].value_counts()
    table["count"] = counts.reindex(table.index).fillna(0).astype(int)
    order = [
        "own",
        PLANNED,
        "candidate",
        *(f"brand{i}" for i in range(1, len(BRAND_COLOURS) + 1)),
        "rest",
        NO_CHAIN,
        "unknown",
    ]
    return table.reindex([g for g in order if g in table.index]).rename_axis("group")


def placed(placements):
    """
    Which placements have coordinates and can be drawn.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.

    Returns
    -------
    Series of bool
        On the placements' index.
    """
    return (placements["lon"].between(-180, 180) & placements["lat"].between(-90, 90)).rename("placed")


def points(placements):
    """
    The placements that can be drawn, as a layer for a map program (GeoJSON for QGIS).

    Parameters
    ----------
    placements : DataFrame
        From `placements`.

    Returns
    -------
    GeoDataFrame
        Points in WGS-84 with the columns of the specification, in its order; colours and shapes as on the map.

    Examples
    --------
    >>> stores = pd.DataFrame({"brand": ["Tea A"], "lon": [121.47], "lat": [31.23]}, index=["S1"])
    >>> points(placements(stores, own_brand="Tea A", lang="en")).geometry.x.tolist()
    [121.47]
    """
    import geopandas

    drawn = placements[placed(placements)]
    shapes = geopandas.points_from_xy(drawn["lon"], drawn["lat"])
    return geopandas.GeoDataFrame(drawn.drop(columns=["lon", "lat"]), geometry=shapes, crs="EPSG:4326")


def details(placements, *, lang, currency=None):
    """
    What a reader is told about each placement, as text: the same on screen and on paper.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code; without it, amounts stand without a currency.

    Returns
    -------
    DataFrame of str
        On the placements' index; the column names are the headings; a missing value is a dash.
    """
    told = texts(placements, lang=lang, currency=currency)
    names = ["class", "brand", "area", "rent", "sales", "base_rent", "commission", "lease_end", "opened", "address"]
    names += ["distance", "status", "id"]
    columns = {words.say(f"map.{name}", lang): told[name] for name in names if name in told}
    return pd.DataFrame(
        {heading: _filled(column) for heading, column in columns.items()}, placements.index, dtype=object
    )


def texts(placements, *, lang, currency=None):
    """
    Each fact of the placements as text with its unit; a missing one stays missing.

    Parameters
    ----------
    placements : DataFrame
        From `placements`.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code; without it, amounts stand without a currency.

    Returns
    -------
    dict of str to Series
        class, brand, area, rent, base_rent, commission, lease_end, sales, opened, status, address, id; and distance
        where the placements have it.
    """
    by_day = _each(placements["rent_sqm_day"], lambda v: _rent(v, currency, lang))
    by_month = _each(placements["rent_month"], lambda v: _a_month(v, currency, lang))
    sales = _each(placements["sales_month"], lambda v: _a_month(v, currency, lang))
    method = _each(placements["sales_method"], lambda v: _known(f"map.method_{v}", v, lang))
    told = {
        "class": _each(placements["class"], lambda v: _known(f"map.class_{v}", v, lang)),
        "brand": _each(placements["brand"], lambda v: _known(f"map.brand_{v}", v, lang)),
        "area": _each(placements["floor_area_sqm"], lambda v: words.say("map.square_metres", lang, value=_plain(v))),
        "rent": by_day.where(by_day.notna(), by_month),
        "base_rent": _each(placements["base_rent_month"], lambda v: _a_month(v, currency, lang)),
        "commission": _each(
            placements["turnover_rate"], lambda v: words.say("map.percent", lang, value=f"{100 * v:.3g}")
        ),
        "lease_end": _each(placements["lease_end"], lambda v: f"{v:%Y-%m-%d}"),
        "sales": _with_method(sales, method, lang),
        "opened": _each(placements["opened"], lambda v: f"{v:%Y-%m-%d}"),
        "status": _each(placements["status"], lambda v: _known(f"map.status_{v}", v, lang)),
        "address": placements["address"].astype(object),
        "id": placements["id"].astype(object),
    }
    if "distance_m" in placements:
        told["distance"] = _each(placements["distance_m"].round(), lambda v: metres(v, lang))
    return told


def metres(value, lang):
    """
    A distance as a reader takes it in: from a kilometre on in kilometres, to 10 m.

    Examples
    --------
    >>> metres(349.6, "en"), metres(1234.5, "zh"), metres(25000, "en")
    ('350 m', '1.23 公里', '25 km')
    """
    if value < 999.5:
        return words.say("map.metres", lang, value=f"{value:.0f}")
    said = f"{value / 1000:.{2 if value < 9_995 else 1}f}"
    return words.say("map.kilometres", lang, value=said.rstrip("0").rstrip("."))


def length(value, lang):
    """
    A length that is stated and not measured, such as a radius: its own figures.

    Examples
    --------
    >>> length(0.5, "en"), length(1500, "zh")
    ('0.5 m', '1.5 公里')
    """
    if value < 1000:
        return words.say("map.metres", lang, value=f"{value:.4g}")
    return words.say("map.kilometres", lang, value=f"{value / 1000:.6g}")


def _facts(table):
    """The columns a map needs, typed; what is absent or blank is missing."""
    facts = pd.DataFrame(index=table.index)
    for column in _TEXTS:
        text = table[column].astype("string").str.strip() if column in table else pd.Series(pd.NA, index=table.index)
        facts[column] = text.astype("string").replace("", pd.NA)
    for column in _NUMBERS:
        facts[column] = table[column].astype(float) if column in table else float("nan")
    for column in _DAYS:
        facts[column] = pd.to_datetime(table[column]) if column in table else pd.Series(pd.NaT, index=table.index)
    facts["id"] = table.index.astype("string")
    for flag in ("own", "rival"):
        facts[flag] = table[flag].astype("boolean") if flag in table else pd.Series(pd.NA, table.index, dtype="boolean")
    return facts


def _own(shops, own_brand):
    named = shops["brand"].eq(own_brand).fillna(False) if own_brand else pd.Series(False, index=shops.index)
    return _flag(shops, "own", named)


def _flag(shops, column, otherwise):
    return shops[column].fillna(otherwise.astype("boolean")).astype(bool)


def _groups(table, own_brand, lang):
    """Group, label, colour and shape of each placement."""
    others = ~table["class"].isin(["own", "candidate"])
    chain = others & table["brand"].notna() & table["brand"].ne(NO_CHAIN).fillna(False)
    counts = table.loc[chain, "brand"].value_counts().rename_axis("brand").reset_index(name="count")
    order = counts.sort_values(["count", "brand"], ascending=[False, True], kind="stable")["brand"].tolist()
    coloured, rest = order[: len(BRAND_COLOURS)], order[len(BRAND_COLOURS) :]
    brand_group = {brand: f"brand{i}" for i, brand in enumerate(coloured, 1)} | dict.fromkeys(rest, "rest")
    groups = table["class"].where(~others).astype("string")
    groups = groups.mask((groups == "own") & table["status"].eq(PLANNED).fillna(False), PLANNED)
    groups = groups.mask(others & ~chain, table["brand"].notna().map({True: NO_CHAIN, False: "unknown"}))
    groups = groups.mask(chain, table["brand"].map(brand_group))
    looks = _looks(coloured, len(rest), own_brand, lang)
    parts = {"group_label": 0, "colour": 1, "shape": 2}
    shown = {column: groups.map({group: look[i] for group, look in looks.items()}) for column, i in parts.items()}
    return pd.DataFrame({"group": groups, **shown}, index=table.index)


def _looks(coloured, n_rest, own_brand, lang):
    own = words.say("map.own_brand", lang, brand=own_brand) if own_brand else words.say("map.own", lang)
    looks = {
        "own": (own, OWN_COLOUR, "circle"),
        PLANNED: (words.say("map.planned", lang, own=own), OWN_COLOUR, "square"),
        "candidate": (words.say("map.candidates", lang), CANDIDATE_COLOUR, "diamond"),
        "rest": (words.say("map.rest", lang, n=n_rest), REST_COLOUR, "circle"),
        NO_CHAIN: (words.say("map.independents", lang), REST_COLOUR, "square"),
        "unknown": (words.say("map.unknown_brand", lang), REST_COLOUR, "triangle"),
    }
    brands = enumerate(zip(coloured, BRAND_COLOURS))
    return looks | {f"brand{i + 1}": (brand, colour, SHAPES[i % len(SHAPES)]) for i, (brand, colour) in brands}


def _each(values, text):
    """`text(value)` for each value, asked once a distinct value; a missing one stays missing."""
    codes, distinct = pd.factorize(values)
    texts = np.array([*map(text, distinct), np.nan], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype=object)


def _filled(column):
    """The texts of a column with a dash where there is none."""
    texts, missing = column.to_numpy(dtype=object, copy=True), column.isna().to_numpy()
    texts[missing] = MISSING
    return texts


def _with_method(values, method, lang):
    both = values.notna() & method.notna()
    said = [words.say("map.with_method", lang, value=v, method=m) for v, m in zip(values[both], method[both])]
    return values.mask(both, pd.Series(said, index=values.index[both], dtype=object))


def _known(key, value, lang):
    """The reader's word for a code of the contract; what the contract does not know is shown as it is."""
    try:
        return words.say(key, lang)
    except (KeyError, ValueError):
        return value


def _plain(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")


def _rent(value, currency, lang):
    unit = "元" if currency == "CNY" and lang == "zh" else currency or ""
    return words.say("map.rent_day", lang, value=_plain(value), unit=unit).strip()


def _a_month(value, currency, lang):
    return words.say("map.a_month", lang, value=words.money(value, currency or "", lang).strip())
