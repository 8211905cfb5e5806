"""What a table leaves open and the city says elsewhere: the brand behind a spelling, the status behind the dates."""

import pandas as pd

from ..brands import normalise_brand
from ..schemas import ERROR, REPAIR, WARNING, Fault
from ..schemas.parsing import days_of, period_of
from .tracing import files_of, traced

_STORES = ("stores", "stores_before")
_SURE = ("exact", "branch", "begins")  # a brand is written as a brand; words of a longer name prove nothing


def complete(tables, config, lines):
    """
    Brands in the spelling of the table `brands`, and the status of stores that only have dates; both in `tables`.

    A store counts as closed when `closed` is not after the table's `as_of`, as planned when `opened` is after it. Where
    `as_of` is no date, the latest date of stores that are not planned stands for it.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Placed tables.
    config : CityConfig
    lines : dict of str to sequence of int
        Line in its file of each row of each table.

    Returns
    -------
    list of Fault
        Repairs with their counts; a status that the dates contradict is a warning.
    """
    files, faults = files_of(config, lines), []
    aliases = _aliases(tables)
    for name in _STORES:
        if name in tables:
            if aliases and "brand" in tables[name]:
                faults += _spelled(tables, files, name, aliases)
            faults += _by_dates(tables, files, name, config.tables[name].as_of)
    return faults


def own_brand(tables, config):
    """
    The own brand of `city.toml` in the spelling of the table `brands`.

    Parameters
    ----------
    tables : dict of str to DataFrame
    config : CityConfig

    Returns
    -------
    str or None
    """
    named, aliases = config.own_brand, _aliases(tables)
    if not named or not aliases or named in tables["brands"].index:
        return named
    try:
        found = normalise_brand(pd.Series([named]), aliases).iloc[0]
    except ValueError:  # told by `complete`
        return named
    return found["brand"] if found["matched"] in _SURE else named


def _aliases(tables):
    """Brand by spelling, its own name among them; nothing where no brand has another spelling."""
    if "brands" not in tables or "alias" not in tables["brands"]:
        return {}
    brands = tables["brands"]["alias"].dropna()
    parts = {
        alias.strip(): brand
        for brand, texts in brands.items()
        for alias in texts.replace("｜", "|").split("|")
        if alias.strip()
    }
    return parts | {brand: brand for brand in tables["brands"].index} if parts else {}


def _spelled(tables, files, name, aliases):
    brand, keys = tables[name]["brand"], tables["brands"].index
    other = brand.notna() & ~brand.isin([*keys, "independent"])
    try:
        found = normalise_brand(brand[other], aliases)
    except ValueError as error:  # one spelling, two brands
        source, _ = files["brands"]
        return [Fault(ERROR, "alias_twice", "brands", source, "alias", values={"found": str(error)})]
    found = found["brand"].where(found["matched"].isin(_SURE)).reindex(brand.index)
    rows = found.notna().to_numpy().nonzero()[0]
    if not len(rows):
        return []
    told = {"found": brand.iloc[rows[0]], "brand": found.iloc[rows[0]]}
    tables[name]["brand"] = found.where(found.notna(), brand).astype(object)
    return [traced(REPAIR, "respelled_brand", tables, files, name, "brand", rows, **told)]


def _by_dates(tables, files, name, as_of):
    table = tables[name]
    if not {"opened", "closed"} & set(table):
        return []
    absent = pd.Series(pd.NaT, table.index)
    opened, closed = (table.get(column, absent) for column in ("opened", "closed"))
    status = table.get("status", pd.Series(None, table.index, dtype=object))
    period = period_of(as_of) if as_of else None
    day = pd.Timestamp(days_of(period)[1]) if period else _latest(opened[status != "planned"], closed)
    if day is pd.NaT:
        return []
    said = pd.Series(None, table.index, dtype=object).mask(opened > day, "planned").mask(closed <= day, "closed")
    faults, derived = [], status.isna() & said.notna()
    if derived.any():
        rows = derived.to_numpy().nonzero()[0]
        tables[name]["status"] = status.mask(derived, said)
        told = {"n": int((said[derived] == "closed").sum()), "m": int((said[derived] == "planned").sum())}
        faults.append(traced(REPAIR, "status_from_dates", tables, files, name, "status", rows, day=day.date(), **told))
    known = said.fillna("open")
    against = status.notna() & (status != known) & ((opened.notna() & (status != "closed")) | closed.notna())
    rows = (against & bool(period)).to_numpy().nonzero()[0]
    if len(rows):
        told = {"found": status.iloc[rows[0]], "day": day.date()}
        faults.append(traced(WARNING, "status_against_dates", tables, files, name, "status", rows, **told))
    return faults


def _latest(opened, closed):
    return pd.concat([opened, closed]).max()
