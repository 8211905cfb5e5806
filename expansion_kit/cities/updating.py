"""
What came after a table, such as a filled-in survey form or coordinates set by hand: it is laid over the table by key.

In `city.toml` each such file stands below the table that it belongs to, and there may be several:

    [[tables.stores.updates]]
    file = "survey_form.xlsx"
    sheet = "门店"
    source = "现场考察"
    as_of = "2027-03-05"
    method = "measured"

A file of updates is a table of its own, with its own headers, units and datum, and passes the same check. Of a row
whose key is known it changes what it states and leaves the rest; a row with a new key comes to the end. A row of
`locks` or `proposals` is known by what it is about: territory, period and metric. A table that the city does not have
yet is named as `[tables.NAME]`, like any other. `adding.add_updates` writes these lines.
"""

import re
import unicodedata

import numpy as np
import pandas as pd

from ..schemas import ERROR, REPAIR, WARNING, Fault, key_of
from ..schemas.headers import COORDINATES, match_headers
from ..schemas.parsing import as_text
from .reading import Raw

_COUNTED = {"people", "entered", "bags"}  # without one of these nobody has counted, whatever a form was prefilled with
_FORMS = ("stores", "sites", "listings")  # tables whose forms have rows for what is found on the way
CELLS = dict.fromkeys(("locks", "proposals"), ["territory_id", "period", "metric"])
"""Tables without a key of which a row is known by what it is about."""

_SAME_PLACE = 1e-6  # degrees: coordinates that were printed and read again
_PLACE = ("lon", "lat", "geometry")
_DATUM = re.compile(r"[(\s](wgs|gcj|bd)[-_ ]?(84|02|09)\)?$")


def filled_in(table, raw, file, given, currency):
    """
    Cells without the rows of a survey form that nobody filled in; they are counted, and no row becomes a zero.

    A row of `foot_counts` is filled in when it has a number of people, of those who entered, or of bags; a row of
    `stores`, `sites` or `listings` when it states more than its id.

    Parameters
    ----------
    table : str
    raw : Raw
    file : str
        For the report.
    given : dict of str to str
        Mapping of `city.toml`.
    currency : str

    Returns
    -------
    Raw
        With a warning about the rows that are left out.
    """
    key = key_of(table)
    matched, _ = match_headers(table, raw.frame.columns, given, currency=currency)
    meant = {header: column for header, (column, _) in matched.items()}
    if table == "foot_counts":
        said = [header for header, column in meant.items() if column in _COUNTED]
    elif table in _FORMS:
        said = [header for header in raw.frame.columns if meant.get(header, "") != key]
    else:
        return raw
    if not said or key not in meant.values() or not raw.frame.columns.is_unique:
        return raw
    stated = raw.frame[said].map(lambda cell: as_text(cell) != "").any(axis=1).to_numpy()
    if stated.all():
        return raw
    first = int((~stated).nonzero()[0][0])
    where = {"rows": int((~stated).sum()), "line": raw.lines[first]}
    fault = Fault(WARNING, "not_filled_in", table, file, **where)
    lines = [line for line, kept in zip(raw.lines, stated) if kept]
    return Raw(raw.frame[stated].reset_index(drop=True), lines, [*raw.faults, fault], raw.semicolons)


def stated_datum(headers):
    """
    The datum that the headers of coordinates name in brackets, or None: it goes before the one of the city.

    >>> stated_datum(["经度（GCJ-02）", "纬度(gcj02)"]), stated_datum(["lon (WGS-84)"]), stated_datum(["经度", "bd09"])
    ('gcj02', 'wgs84', None)
    """
    matched, _ = match_headers("foot_counts", headers)
    named = set()
    for header, (column, _) in matched.items():
        if column in ("lon", "lat", COORDINATES):
            found = _DATUM.search(unicodedata.normalize("NFKC", str(header)).lower().strip())
            named |= {found[1] + found[2]} if found else set()
    return named.pop() if len(named) == 1 else None


def updated(table, base, more, file):
    """
    A table with an update laid over it.

    Of a known row, each value that the update states and that differs replaces the old one; coordinates that differ by
    less than 0.000001 degree do not, so that an outline stays one, and `independent`, which stands for an empty cell of
    the brand, replaces no brand.

    Parameters
    ----------
    table : str
    base, more : DataFrame
        Placed tables, indexed by their key.
    file : str
        Of the update, for the report.

    Returns
    -------
    merged : DataFrame
    changed : list of str
        Columns in which the update stated something new.
    faults : list of Fault
        How many rows were changed and how many are new.
    """
    known, new = more[more.index.isin(base.index)], more[~more.index.isin(base.index)]
    merged, touched, columns = base.copy(), set(), []
    here = base.index.isin(known.index)
    laid = known.reindex(base.index[here])
    moved = _moved(base[here], laid)
    for column in laid.columns:
        old = base.loc[here, column] if column in base else pd.Series(None, laid.index, dtype=object)
        other = _other(column, old, laid[column], moved)
        if not other.any():
            continue
        columns.append(column)
        touched |= set(laid.index[other])
        if column not in merged:
            merged[column] = laid[column].reindex(merged.index)
        else:
            merged.loc[laid.index[other], column] = laid.loc[other, column]
    columns += [name for name in new.columns if name not in columns and new[name].notna().any()]
    if len(new):
        both = [part.dropna(axis=1, how="all") for part in (merged, new)]
        order = [*merged.columns, *(name for name in new.columns if name not in merged)]
        merged = pd.concat(both).reindex(columns=order).rename_axis(base.index.name)
    counts = {"n": len(touched), "m": len(new), "found": file}
    return merged, columns, [Fault(REPAIR, "updated", table, file, values=counts)]


def by_cell(table, rows):
    """
    A table of `CELLS` with an index of what each row is about; of rows about the same each has its own.

    >>> rows = pd.DataFrame({"territory_id": ["T1", "T1"], "period": "2027", "metric": "sales", "value": [1, 2]})
    >>> by_cell("locks", rows).index.tolist()
    ['T1|2027|sales|0', 'T1|2027|sales|1']
    """
    cell = rows[CELLS[table]].astype(str).agg("|".join, axis=1) if len(rows) else pd.Series(dtype=object)
    nth = cell.groupby(cell).cumcount().astype(str)
    return rows.set_axis(pd.Index(cell + "|" + nth, dtype=object))


def _other(column, old, new, moved):
    """In which rows an update states something else."""
    if column in _PLACE:
        return moved & new.notna().to_numpy()
    stated = new.notna().to_numpy()
    if column == "brand":
        stated &= (new != "independent").to_numpy() | old.isna().to_numpy()
    same = np.array([a == b if pd.notna(a) and pd.notna(b) else False for a, b in zip(old, new)], dtype=bool)
    return stated & ~same


def _moved(old, new):
    if not {"lon", "lat"} <= set(new):
        return np.ones(len(new), dtype=bool)
    apart = np.zeros(len(new), dtype=bool)
    for name in ("lon", "lat"):
        before = old[name].to_numpy(float) if name in old else np.full(len(new), np.nan)
        apart |= ~(np.abs(before - new[name].to_numpy(float)) <= _SAME_PLACE)
    return apart


def keyless(table, file):
    """The fault of an update for a table whose rows have no key to find them by."""
    return Fault(ERROR, "update_without_key", table, file)
