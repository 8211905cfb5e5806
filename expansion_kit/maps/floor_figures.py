"""What a mall floor adds up to: vacancy, mix of categories, own share and rents, only from what is known."""

import pandas as pd

from expansion_kit import words
from expansion_kit.maps.floor_units import MISSING, plain, shops

RENTS = ("rent_sqm_day", "rent_month", "base_rent_month")


def floor_figures(units):
    """
    Units, area and rents by category; the vacant, the own and all units.

    Parameters
    ----------
    units : GeoDataFrame
        From `floor_units` or `planned`: of one floor or of several.

    Returns
    -------
    DataFrame
        One row a category (the most units first), then the units whose category is not known, `vacant`, `own` (which
        stand in their categories as well) and `all`. Columns: `row` (category, unknown, vacant, own, all), `category`,
        `units`, `units_share`; `area_sqm` (sum of the known areas, m2), `area_known` (units), `area_share` (of all
        known area); for each of `rent_sqm_day` (money/m2/day), `rent_month` and `base_rent_month` (here money/m2/month)
        the mean over let units weighted by area, and with `_known` the units it is of. Missing where none is known.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from expansion_kit.maps.floor_units import floor_units
    >>> facts = {"mall": "M", "floor": "1F", "brand": ["Tea", None], "category": ["Drinks", None]}
    >>> facts["floor_area_sqm"] = [60.0, 20.0]
    >>> units = geopandas.GeoDataFrame(facts, geometry=[shapely.box(0, 0, 9, 9)] * 2)
    >>> floor_figures(floor_units(units, lang="en"))[["row", "units", "area_share"]].to_numpy().tolist()
    [['category', 1, 0.75], ['vacant', 1, 0.25], ['all', 2, 1.0]]
    """
    there = shops(units)
    let = there[~there["vacant"]]
    counts = let["category"].value_counts().rename_axis("name").reset_index(name="n")
    order = counts.sort_values(["n", "name"], ascending=[False, True], kind="stable")["name"]
    parts = [("category", name, let[let["category"] == name]) for name in order]
    parts += [("unknown", None, let[let["category"].isna()]), ("vacant", None, there[there["vacant"]])]
    parts = [(*part, rows) for *part, rows in parts if len(rows)]
    if there["own"].any():
        parts.append(("own", None, there[there["own"]]))
    parts.append(("all", None, there))
    table = pd.DataFrame([{"row": row, "category": name, **_sums(rows)} for row, name, rows in parts])
    table.insert(3, "units_share", table["units"] / max(len(there), 1))
    area = there["floor_area_sqm"].sum()
    table.insert(6, "area_share", table["area_sqm"] / area if area else float("nan"))
    return table


def figures_text(figures, *, lang, currency=None):
    """
    The figures of a floor as a reader sees them.

    Parameters
    ----------
    figures : DataFrame
        From `floor_figures`.
    lang : str
        `en` or `zh`.
    currency : str, optional
        ISO 4217 code.

    Returns
    -------
    DataFrame of str
        The column names are the headings; a rent that no unit states has no column; a missing value is a dash, and an
        area or rent of fewer units than the row has says of how many.
    """
    named = {name: words.say(f"mall.row_{name}", lang) for name in ("unknown", "vacant", "own", "all")}
    label = figures["category"].where(figures["row"] == "category", figures["row"].map(named))
    units = [f"{n} ({share:.0%})" for n, share in zip(figures["units"], figures["units_share"])]
    columns = {
        words.say("mall.category", lang): label,
        words.say("mall.column_units", lang): units,
        words.say("mall.column_area", lang): [_area(row, lang) for row in figures.itertuples()],
    }
    unit = words.currency_name(currency, lang) if currency else words.say("mall.money", lang)
    for rent in RENTS:
        if figures[f"{rent}_known"].any():
            heading = words.say(f"mall.column_{rent}", lang, unit=unit)
            columns[heading] = [_of(row, rent, lang) for row in figures.to_dict("records")]
    return pd.DataFrame(columns, dtype=object)


def _sums(rows):
    area = rows["floor_area_sqm"]
    sums = {"units": len(rows), "area_sqm": area.sum(min_count=1), "area_known": int(area.notna().sum())}
    for rent in RENTS:
        of = rows.loc[~rows["vacant"] & area.notna() & rows[rent].notna(), ["floor_area_sqm", rent]]
        money = of[rent] * of["floor_area_sqm"] if rent == "rent_sqm_day" else of[rent]
        sums[rent] = money.sum() / of["floor_area_sqm"].sum() if len(of) else float("nan")
        sums[f"{rent}_known"] = len(of)
    return sums


def _area(row, lang):
    if not row.area_known:
        return MISSING
    text = f"{row.area_sqm:,.0f} ({row.area_share:.0%})"
    return text if row.area_known == row.units else words.say("mall.of", lang, value=text, n=row.area_known)


def _of(row, rent, lang):
    known = row[f"{rent}_known"]
    return words.say("mall.of", lang, value=plain(row[rent]), n=known) if known else MISSING
