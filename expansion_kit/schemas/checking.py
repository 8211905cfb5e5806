"""The check at the door: a table of texts becomes a typed table, and every fault of every row is reported together."""

import pandas as pd
import pandera.pandas as pa
import shapely

from .faults import ERROR, REPAIR, WARNING, Fault
from .headers import COORDINATES, match_headers
from .parsing import as_text, read_choice, read_day, read_flag, read_moment, read_number, read_period
from .tables import TABLES, columns, key_of

_ALTERNATIVES = {  # at least one of these groups must be there in full
    "zones": (("geometry",), ("lon", "lat")),
    "stores": (("lon", "lat"), ("geometry",), ("address",)),
    "stores_before": (("lon", "lat"), ("geometry",), ("address",)),
    "sites": (("lon", "lat"), ("address",)),
    "listings": (("lon", "lat"), ("address",)),
    "sales": (("territory_id",), ("store_id",)),
    "promotions": (("territory_id",), ("store_id",)),
    "travel": (("minutes",), ("km",)),
    "expenses": (("amount",), ("rate",)),
}
_TOO = {"greater_than_or_equal_to": "too_small", "greater_than": "not_above", "less_than_or_equal_to": "too_large"}
_READERS = {
    "number": read_number,
    "day": read_day,
    "moment": read_moment,
    "flag": read_flag,
    "period": read_period,
}


def check(table, raw, *, file="", lines=None, given=None, prefix="row"):
    """
    A table as it was read, to the typed table of the data dictionary and every fault in it.

    Parameters
    ----------
    table : str
        Name of the table, such as `stores`.
    raw : DataFrame, shape (n_rows, n_headers)
        Cells as any reader gives them; texts, numbers, dates or shapely geometries. Only an empty cell is missing.
    file : str
        Name of the file, for the report.
    lines : sequence of int, shape (n_rows,), optional
        Line of each row in the file; counted from 2 where it is not given.
    given : dict of str to str, optional
        Incoming header to our column, as `city.toml` states it.
    prefix : str
        What an id is made from in a table that comes without its key column: `<prefix>-<row>`.

    Returns
    -------
    typed : DataFrame
        Known columns only, in the order of the data dictionary; numbers float64, flags boolean, days datetime64,
        texts object with None where missing; indexed by the key where the table has one.
    faults : list of Fault
        Errors, warnings and repairs.

    Raises
    ------
    ValueError
        If there is no such table.

    Examples
    --------
    >>> typed, faults = check("zone_rents", pd.DataFrame({"zone_id": ["007"], "rent_sqm_month": ["-3"]}))
    >>> faults[0].sentence("en")
    "column 'rent_sqm_month' must be above 0 money/m²/month, but -3 was found in 1 row, file line 2"
    """
    if table not in TABLES:
        raise ValueError(f"there is no table {table!r}; the tables are {', '.join(TABLES)}")
    lines = list(range(2, len(raw) + 2)) if lines is None else list(lines)
    raw = raw.set_axis(pd.RangeIndex(len(raw)))
    faults = []
    if raw.empty:
        return _empty(table), [Fault(ERROR, "empty_table", table, file)]
    texts = _rename(table, file, raw, given, faults)
    key = key_of(table)
    if key and key not in texts:
        texts.insert(0, key, [f"{prefix}-{n}" for n in range(1, len(texts) + 1)])
        faults.append(Fault(REPAIR, "made_key", table, file, key))
    if table in ("stores", "stores_before") and "brand" in texts:
        texts["brand"] = texts["brand"].where(texts["brand"] != "", "independent")
    ids = texts[key] if key else pd.Series("", index=texts.index)
    place = _Place(table, file, lines, ids)
    typed = _typed(table, texts, place, faults)
    faults += _limits(table, typed, texts, place) + _whole(table, typed, place)
    return typed.set_index(key, drop=True) if key else typed, faults


class _Place:
    """Where rows stand: the file's lines and the table's keys."""

    def __init__(self, table, file, lines, ids):
        self.table, self.file, self.lines, self.ids = table, file, lines, ids

    def fault(self, level, code, column, rows, **values):
        first = int(rows[0])
        key = "" if self.ids.iloc[first] == "" else str(self.ids.iloc[first])
        return Fault(level, code, self.table, self.file, column, len(rows), self.lines[first], key, values)


def _empty(table):
    key = key_of(table)
    frame = pd.DataFrame({name: pd.Series(dtype=object) for name in columns(table)})
    return frame.set_index(key) if key else frame


def _rename(table, file, raw, given, faults):
    """Known columns as texts (geometries stay as they are); unknown headers are reported."""
    matched, unknown = match_headers(table, raw.columns, given)
    meaning = columns(table)
    texts = {}
    for header, (column, factor) in matched.items():
        cells = raw[header]
        if isinstance(cells, pd.DataFrame) or column in texts:
            faults.append(Fault(ERROR, "two_columns", table, file, column, values={"header": header}))
            continue
        if column != COORDINATES and column not in meaning:
            faults.append(Fault(ERROR, "mapped_nowhere", table, file, column, values={"header": header}))
            continue
        if column == COORDINATES:
            _split_pair(texts, cells.map(as_text))
        elif meaning[column].metadata["kind"] == "shape":
            texts[column] = cells
        else:
            texts[column] = cells.map(as_text)
        if factor != 1.0 and meaning[column].metadata["kind"] == "number":
            texts[column] = texts[column].map(lambda text, by=factor: _times(text, by))
            faults.append(
                Fault(REPAIR, "multiplied", table, file, column, values={"header": header, "by": f"{factor:,.0f}"})
            )
    if unknown:
        faults.append(Fault(WARNING, "unknown_column", table, file, ", ".join(map(str, unknown))))
    return pd.DataFrame({name: texts[name] for name in meaning if name in texts}, index=raw.index)


def _times(text, factor):
    value = read_number(pd.Series([text]))[0].iloc[0]
    return text if pd.isna(value) else as_text(round(value * factor, 6))


def _split_pair(texts, cells):
    """`121.47,31.23` as a map page gives it; a first number beyond 90 degrees can only be a longitude."""
    pair = cells.str.replace("，", ",").str.split(r"\s*[,; ]\s*", n=1, expand=True, regex=True).reindex(columns=[0, 1])
    first, second = (pd.to_numeric(pair[i], errors="coerce") for i in (0, 1))
    swap = (first.abs() <= 90) & (second.abs() > 90)
    texts["lon"] = pair[0].where(~swap, pair[1]).fillna("")
    texts["lat"] = pair[1].where(~swap, pair[0]).fillna("")


def _typed(table, texts, place, faults):
    typed = {}
    for name, column in columns(table).items():
        if name not in texts:
            continue
        kind, cells = column.metadata["kind"], texts[name]
        if kind == "shape":
            typed[name] = _shapes(name, cells, place, faults)
            continue
        if kind == "text":
            typed[name] = cells.where(cells != "", None).astype(object)
            continue
        if kind == "choice":
            options = column.metadata["options"]
            values, bad = read_choice(cells, options)
            allowed = {"allowed": ", ".join(f"{n} ({w[0]})" for n, w in options.items())}
        else:
            values, bad = _READERS[kind](cells)
            allowed = {}
        typed[name] = values
        rows = bad.to_numpy().nonzero()[0]
        if len(rows):
            faults.append(place.fault(ERROR, f"not_{kind}", name, rows, found=cells.iloc[rows[0]], **allowed))
        _repairs(name, kind, cells, place, faults)
    return pd.DataFrame(typed, index=texts.index)


def _repairs(name, kind, cells, place, faults):
    if kind != "number":
        return
    for code, pattern in (("percent", r"%\s*$"), ("wan", r"[万亿]\s*元?\s*$")):
        rows = cells.str.contains(pattern, regex=True).to_numpy().nonzero()[0]
        if len(rows):
            faults.append(place.fault(REPAIR, code, name, rows, found=cells.iloc[rows[0]]))


def _shapes(name, cells, place, faults):
    shapes = cells.map(_shape)
    unread = shapes.map(lambda shape: shape is False).to_numpy()
    shapes = shapes.where(~unread, None)
    reasons = shapes.map(lambda shape: None if shape is None or shape.is_valid else shapely.is_valid_reason(shape))
    broken = reasons.notna().to_numpy()
    for code, mask in (("not_shape", unread), ("broken_shape", broken)):
        rows = mask.nonzero()[0]
        if len(rows):
            found = str(reasons.iloc[rows[0]] if code == "broken_shape" else cells.iloc[rows[0]])[:80]
            faults.append(place.fault(ERROR, code, name, rows, found=found))
    return shapes.where(~broken, None)


def _shape(cell):
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell) or cell == "":
        return None
    if isinstance(cell, shapely.Geometry):
        return None if cell.is_empty else cell
    try:
        return shapely.from_wkt(str(cell))
    except shapely.errors.GEOSException:
        return False


def _limits(table, typed, texts, place):
    """Pandera's findings as faults of ours; what could not be read was reported before."""
    faults = []
    try:
        TABLES[table].validate(typed, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        missing = cases[cases["check"] == "column_in_dataframe"]["failure_case"]
        for column in missing:
            meaning = columns(table)[column].metadata["meaning"]
            faults.append(Fault(ERROR, "missing_column", table, place.file, column, values={"meaning": meaning}))
        found = cases[cases["index"].notna()]
        for (column, rule), group in found.groupby(["column", "check"], sort=False):
            rows = sorted(group["index"].astype(int))
            fault = _limit(table, column, rule, rows, texts, place)
            if fault:
                faults.append(fault)
    return faults


def _limit(table, column, rule, rows, texts, place):
    name = rule.split("(")[0]
    meaning = columns(table)[column].metadata
    if name == "not_nullable":
        rows = [row for row in rows if meaning["kind"] == "shape" or texts[column].iloc[row] == ""]
        return place.fault(ERROR, "missing_value", column, rows, meaning=meaning["meaning"]) if rows else None
    if name == "field_uniqueness":
        values = texts[column].iloc[rows]
        again = [row for row, seen in zip(rows, values.duplicated()) if seen and values[row] != ""]
        return place.fault(ERROR, "twice", column, again, found=values[again[0]]) if again else None
    if name not in _TOO:
        return None
    limit = rule[len(name) + 1 : -1]
    found = texts[column].iloc[rows[0]]
    if column == "lat" and name in ("less_than_or_equal_to", "greater_than_or_equal_to"):
        return place.fault(ERROR, "swapped", "lon, lat", rows, found=f"{texts['lon'].iloc[rows[0]]}, {found}")
    code = "share_too_large" if meaning["unit"] == "share" and name == "less_than_or_equal_to" else _TOO[name]
    return place.fault(ERROR, code, column, rows, found=found, limit=limit, unit=meaning["unit"])


def _whole(table, typed, place):
    """At least one of the alternative groups of columns is there, and in each row one is filled."""
    groups = _ALTERNATIVES.get(table)
    if not groups:
        return []
    names = " / ".join(" + ".join(group) for group in groups)
    there = [group for group in groups if set(group) <= set(typed)]
    if not there:
        return [Fault(ERROR, "missing_one_of", table, place.file, names)]
    filled = pd.concat([typed[list(group)].notna().all(axis=1) for group in there], axis=1).any(axis=1)
    rows = (~filled).to_numpy().nonzero()[0]
    return [place.fault(ERROR, "empty_one_of", names, rows)] if len(rows) else []
