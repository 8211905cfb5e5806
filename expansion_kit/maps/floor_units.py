"""
What stands on the floors of a mall: one table of units for the screen and the print alike.

Numbers, categories, colours, signs and order are fixed here, so that no rendering can disagree with another.
"""

import pandas as pd

from expansion_kit import words

KINDS = ("unit", "anchor", "entrance", "escalator", "lift", "stairs", "toilet", "corridor")
SHOPS = ("unit", "anchor")
COLOURS = ("#B0D0F0", "#F0B070", "#C090F0", "#F0D0B0", "#F080A0", "#A0A0D0", "#C0A080", "#C0F070")
REST_COLOUR, UNKNOWN_COLOUR, VACANT_COLOUR = "#D9D9D9", "#F1EEE8", "#FFFFFF"
SIGNS = ("circle", "square", "triangle", "diamond", "ring", "frame", "tent", "rhomb")  # four filled, four hollow
MISSING = "—"

_TEXTS = ("mall", "floor", "kind", "brand", "category", "plan_brand")
_NUMBERS = ("floor_area_sqm", "rent_sqm_day", "rent_month", "base_rent_month", "turnover_rate")
_LEASE = ("rent_sqm_day", "rent_month", "base_rent_month", "turnover_rate", "lease_end")
_TENANT = ("brand", "category", "own", "vacant", "group")


def floor_units(units, *, own_brand=None, lang):
    """
    The specification that every rendering of a mall floor draws from.

    Units and anchors have a number on their floor, in the order of the table. One without a brand is vacant. The eight
    categories with the most units, now or as planned, have a colour and a sign each; those after them share one group.
    Colours differ by at least 14 (CIE 1976) for normal sight and for each kind of colour blindness; signs tell them
    apart in grey. Where nothing is planned, what is there stays. The category of a planned brand is the one it has
    elsewhere in the mall; of a brand that is nowhere else it is not known.

    Parameters
    ----------
    units : GeoDataFrame
        `mall_units` table, by `unit_id`; columns that are absent count as missing, an outline without `kind` is a unit.
    own_brand : str, optional
    lang : str
        `en` or `zh`: the language of the group labels.

    Returns
    -------
    GeoDataFrame
        By `unit_id`: mall, floor, kind, number (missing for what is no unit), brand, category, own, vacant, group,
        group_label, colour, sign; the same with `plan_` before them as planned, and `changes` (another brand is
        planned); floor_area_sqm (m2), rent_sqm_day, rent_month, base_rent_month (money), turnover_rate (share),
        lease_end; geometry in metres of the plan. Nothing missing is filled.

    Raises
    ------
    ValueError
        If a kind is not one of `KINDS`.

    Examples
    --------
    >>> import geopandas, shapely
    >>> facts = {"mall": "M", "floor": "1F", "brand": ["Tea", None], "category": ["Drinks", None]}
    >>> shapes = [shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 9)]
    >>> units = geopandas.GeoDataFrame(facts, geometry=shapes, index=["101", "102"])
    >>> floor_units(units, own_brand="Tea", lang="en")[["number", "own", "group_label"]]
         number    own group_label
    101       1   True      Drinks
    102       2  False      Vacant
    """
    table = _facts(units)
    unknown = sorted(set(table["kind"]) - set(KINDS))
    if unknown:
        raise ValueError(f"kinds of outlines must be among {', '.join(KINDS)}, but there are {', '.join(unknown)}")
    shop = table["kind"].isin(SHOPS)
    order = shop.astype(int).groupby([table["mall"], table["floor"]], dropna=False).cumsum()
    table["number"] = order.where(shop).astype("Int64")
    table["changes"] = shop & table["plan_brand"].notna() & table["plan_brand"].ne(table["brand"]).fillna(True)
    table["plan_brand"] = table["plan_brand"].fillna(table["brand"])
    usual = _usual(table)
    table["plan_category"] = table["category"].mask(
        table["changes"], [usual.get(brand) for brand in table["plan_brand"]]
    )
    for view in ("", "plan_"):
        table[f"{view}own"] = shop & table[f"{view}brand"].eq(own_brand).fillna(False) & (own_brand is not None)
        table[f"{view}vacant"] = shop & table[f"{view}brand"].isna()
    return _grouped(table, shop, lang)


def planned(units):
    """
    The floors as they are planned: the same table with the planned tenants as the tenants.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units`.

    Returns
    -------
    GeoDataFrame
        With the same columns. The lease of a tenant who is to be replaced is not the new one's and is left out; what is
        asked for a vacant unit stays.

    Examples
    --------
    >>> import geopandas, shapely
    >>> units = geopandas.GeoDataFrame({"mall": "M", "floor": "1F", "brand": [None], "plan_brand": ["Tea"]},
    ...                                geometry=[shapely.box(0, 0, 9, 9)], index=["101"])
    >>> planned(floor_units(units, lang="en"))["brand"].tolist()
    ['Tea']
    """
    table = units.copy()
    for column in (*_TENANT, "group_label", "colour", "sign"):
        table[column] = units[f"plan_{column}"]
    replaced = units["changes"] & ~units["vacant"]
    for column in _LEASE:
        table[column] = units[column].mask(replaced)
    return table


def shops(units):
    """The rows of `floor_units` that are units or anchors, and no walk, door or escalator."""
    return units[units["kind"].isin(SHOPS)]


def legend(units):
    """
    The groups of the units in their stated order, with what each looks like.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units`; groups that occur only as planned are among them.

    Returns
    -------
    DataFrame
        Index `group`; label, colour, sign, count (units now), plan_count (units as planned).

    Examples
    --------
    >>> import geopandas, shapely
    >>> units = geopandas.GeoDataFrame({"mall": "M", "floor": "1F", "brand": [None], "plan_brand": ["Tea"]},
    ...                                geometry=[shapely.box(0, 0, 9, 9)], index=["101"])
    >>> legend(floor_units(units, lang="en"))[["label", "count", "plan_count"]].to_numpy().tolist()
    [['Category not known', 0, 1], ['Vacant', 1, 0]]
    """
    there = shops(units)
    looks = []
    for view in ("", "plan_"):
        columns = {f"{view}{name}": name for name in ("group", "group_label", "colour", "sign")}
        looks.append(there[list(columns)].rename(columns=columns))
    table = pd.concat(looks).drop_duplicates("group").set_index("group").rename(columns={"group_label": "label"})
    table["count"] = there["group"].value_counts().reindex(table.index, fill_value=0)
    table["plan_count"] = there["plan_group"].value_counts().reindex(table.index, fill_value=0)
    order = [*(f"category{i}" for i in range(1, len(COLOURS) + 1)), "rest", "unknown", "vacant"]
    return table.reindex([group for group in order if group in table.index]).rename_axis("group")


def details(units, *, lang, currency=None):
    """
    What a reader is told about each unit, as text: the same on screen and on paper.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units` or `planned`.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code; without it, amounts stand without a currency.

    Returns
    -------
    DataFrame of str
        One row a unit or anchor; the column names are the headings; a missing value is a dash.
    """
    there = shops(units)
    brand = there["brand"].astype(object).mask(there["vacant"], words.say("mall.vacant", lang))
    rate = _each(there["turnover_rate"], lambda v: f"{round(100 * v, 1):g}%")
    columns = {
        words.say("mall.unit", lang): there.index.astype(str),
        words.say("mall.brand", lang): brand,
        words.say("mall.category", lang): there["category"].astype(object),
        words.say("mall.area", lang): _each(
            there["floor_area_sqm"], lambda v: words.say("mall.sqm", lang, value=plain(v))
        ),
        words.say("mall.rent", lang): _rent(there, lang, currency),
        words.say("mall.commission", lang): rate,
        words.say("mall.expiry", lang): _each(there["lease_end"], lambda day: f"{day:%Y-%m-%d}"),
    }
    table = pd.DataFrame(columns, index=there.index, dtype=object)
    return table.where(table.notna(), MISSING)


def plain(value):
    """A number as a reader expects it: one digit after the point below 100."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")


def _facts(units):
    """The columns a floor needs, typed; what is absent or blank is missing."""
    import geopandas

    facts = pd.DataFrame(index=units.index.astype(str))
    for column in _TEXTS:
        given = units[column].to_numpy() if column in units else pd.NA
        text = pd.Series(given, index=facts.index, dtype="string").str.strip()
        facts[column] = text.replace("", pd.NA).astype(object).where(lambda t: t.notna(), None)
    for column in _NUMBERS:
        facts[column] = units[column].astype(float).to_numpy() if column in units else float("nan")
    given = units["lease_end"].to_numpy() if "lease_end" in units else pd.NaT
    facts["lease_end"] = pd.to_datetime(pd.Series(given, index=facts.index))
    facts["kind"] = facts["kind"].fillna("unit")
    return geopandas.GeoDataFrame(facts, geometry=units.geometry.to_numpy(), crs=None)


def _usual(table):
    """The category that each brand has most often."""
    known = table.dropna(subset=["brand", "category"]).groupby("brand")["category"]
    return known.agg(lambda of: of.value_counts().sort_index().idxmax()).to_dict()


def _grouped(table, shop, lang):
    """The table with group, label, colour and sign of each unit, now and as planned."""
    both = pd.concat([table.loc[shop, "category"], table.loc[shop & table["changes"], "plan_category"]])
    counts = both.value_counts().rename_axis("category").reset_index(name="n")
    order = counts.sort_values(["n", "category"], ascending=[False, True], kind="stable")["category"].tolist()
    coloured, rest = order[: len(COLOURS)], order[len(COLOURS) :]
    group = {name: f"category{i}" for i, name in enumerate(coloured, 1)} | dict.fromkeys(rest, "rest")
    looks = {
        "rest": (words.say("mall.rest", lang, n=len(rest)), REST_COLOUR, ""),
        "unknown": (words.say("mall.unknown_category", lang), UNKNOWN_COLOUR, ""),
        "vacant": (words.say("mall.vacant", lang), VACANT_COLOUR, ""),
    }
    looks |= {f"category{i + 1}": (name, COLOURS[i], SIGNS[i]) for i, name in enumerate(coloured)}
    for view in ("", "plan_"):
        own = table[f"{view}category"].map(group).fillna("unknown").mask(table[f"{view}vacant"], "vacant")
        table[f"{view}group"] = own.where(shop)
        for part, column in enumerate(("group_label", "colour", "sign")):
            table[view + column] = table[f"{view}group"].map({name: look[part] for name, look in looks.items()})
    return table


def _each(values, text):
    """`text(value)` for each value that is known; a missing one stays missing."""
    return pd.Series([None if value != value else text(value) for value in values], index=values.index, dtype=object)


def _rent(units, lang, currency):
    """Rent as the lease states it: a square metre and day, a month, or the minimum a month."""
    unit = words.currency_name(currency, lang) if currency else ""
    texts = {
        "rent_sqm_day": lambda v: words.say("mall.rent_day", lang, value=plain(v), unit=unit).strip(),
        "rent_month": lambda v: words.say("mall.rent_month", lang, value=plain(v), unit=unit).strip(),
        "base_rent_month": lambda v: words.say("mall.rent_base", lang, value=plain(v), unit=unit).strip(),
    }
    rent = pd.Series(None, index=units.index, dtype=object)
    for column, text in texts.items():
        rent = rent.where(rent.notna(), _each(units[column], text))
    return rent
