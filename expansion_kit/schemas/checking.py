"""The check at the door: a table of texts becomes a typed table, and every fault of every row is reported together."""

import warnings

import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from .faults import ERROR, REPAIR, WARNING, Fault
from .headers import COORDINATES, column_of, match_headers, plain
from .parsing import (
    as_text,
    clock_hours,
    decimal_commas,
    own_unit,
    read_choice,
    read_day,
    read_flag,
    read_moment,
    read_number,
    read_period,
    read_steps,
)
from .plausible import doubts, unseen, without_error_cells
from .tables import TABLES, columns, key_of

ALTERNATIVES = {  # at least one of these groups must be there in full
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
_ONCE = {
    "sales": ["territory_id", "store_id", "period", "basis"],
    "zone_footfall": ["zone_id", "period", "time_band", "day_type"],
    "market_sales": ["zone_id", "category", "period"],
    "choices": ["zone_id", "store_id"],
    "locks": ["territory_id", "period", "metric"],
}
_HOUR = ["place_id", "date", "hour", "direction"]
_TOO = {"greater_than_or_equal_to": "too_small", "greater_than": "not_above", "less_than_or_equal_to": "too_large"}
_READERS = {"day": read_day, "moment": read_moment, "flag": read_flag, "period": read_period, "tiers": read_steps}


def check(table, raw, *, file="", lines=None, given=None, prefix="row", currency="", semicolons=False):
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
    currency : str
        ISO 4217 code of the city's money, which a header may name.
    semicolons : bool
        Whether the file is separated by `;`, as it is where a comma is a decimal sign: `1,234` is then refused unless
        the column shows that its commas part thousands.

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
    texts, factors = _rename(table, file, raw, given, currency, faults)
    cells = {name: raw[header] for name, (header, _) in factors.items()}
    key = key_of(table)
    if key and key not in texts:
        texts.insert(0, key, [f"{prefix}-{n}" for n in range(1, len(texts) + 1)])
        faults.append(Fault(REPAIR, "made_key", table, file, key))
    if table in ("stores", "stores_before") and "brand" in texts:
        unnamed = (texts["brand"] == "").to_numpy().nonzero()[0]
        texts["brand"] = texts["brand"].where(texts["brand"] != "", "independent")
    else:
        unnamed = []
    ids = texts[key] if key else pd.Series("", index=texts.index)
    place = _Place(table, file, lines, ids, semicolons)
    if len(unnamed):
        faults.append(place.fault(REPAIR, "made_brand", "brand", unnamed))
    for name in texts:
        faults += unseen(name, cells[name], place) if name in cells else []
    typed = _typed(table, texts, factors, place, faults)
    faults += doubts(table, typed, texts, place)
    faults += _limits(table, typed, texts, place) + _whole(table, texts, place)
    faults += _once(table, typed, place) + _in_an_hour(table, typed, place)
    return typed.set_index(key, drop=True) if key else typed, faults


class _Place:
    """Where rows stand: the file's lines and the table's keys."""

    def __init__(self, table, file, lines, ids, semicolons):
        self.table, self.file, self.lines, self.ids, self.semicolons = table, file, lines, ids, semicolons

    def fault(self, level, code, column, rows, **values):
        first = int(rows[0])
        key = "" if self.ids.iloc[first] == "" else str(self.ids.iloc[first])
        return Fault(level, code, self.table, self.file, column, len(rows), self.lines[first], key, values)


def _empty(table):
    key = key_of(table)
    frame = pd.DataFrame({name: pd.Series(dtype=object) for name in columns(table)})
    return frame.set_index(key) if key else frame


def _rename(table, file, raw, given, currency, faults):
    """Known columns as texts (geometries stay as they are), and what each is multiplied by; the rest is reported."""
    matched, unknown = match_headers(table, raw.columns, given, currency=currency)
    meaning = columns(table)
    texts, factors, pairs = {}, {}, []

    def fault(code, column, header, level=ERROR):
        faults.append(Fault(level, code, table, file, column, values={"header": str(header)}))

    there = {plain(header) for header in raw.columns}
    for header in [header for header in given or {} if plain(header) not in there]:
        fault("mapped_absent", given[header], header)
    for header, (column, factor) in matched.items():
        cells = raw[header]
        if isinstance(cells, pd.DataFrame) or column in texts:
            fault("two_columns", column, header)
        elif column == COORDINATES and "lon" in meaning:
            pairs.append(cells.astype(object).map(as_text))
        elif column not in meaning:
            fault("mapped_nowhere", column, header)
        else:
            is_shape = meaning[column].metadata["kind"] == "shape"
            texts[column] = cells if is_shape else cells.astype(object).map(as_text)
            factors[column] = (header, factor)
    for pair in pairs:
        _split_pair(table, file, texts, pair, faults)
    misfits = _misfits(table, file, raw, unknown, texts)
    faults += misfits.values()
    unread = [str(header) for header in unknown if header not in misfits]
    if unread:
        faults.append(Fault(WARNING, "unknown_column", table, file, ", ".join(unread)))
    return pd.DataFrame({name: texts[name] for name in meaning if name in texts}, index=raw.index), factors


def _misfits(table, file, raw, unknown, texts):
    """Headers of columns that are not read because of their unit, with the fault; not where another header gave it."""
    faults = {}
    for header in unknown:
        name = column_of(table, header)
        if name is None or name in texts or name == COORDINATES:
            continue
        cells = raw.loc[:, [other == header for other in raw.columns]].astype(object)
        meaning = columns(table)[name].metadata
        if meaning["required"] or cells.map(lambda cell: as_text(cell) != "").any(axis=None):
            values = {"header": str(header), "unit": meaning["unit"]}
            faults[header] = Fault(ERROR, "unit_unread", table, file, name, values=values)
    return faults


def _split_pair(table, file, texts, cells, faults):
    """
    `121.47,31.23` as a map page gives it; a first number beyond 90 degrees can only be a longitude.

    It fills what `lon` and `lat` leave empty; a row that has both is a fault.
    """
    pair = cells.str.replace("，", ",").str.split(r"\s*[,; ]\s*", n=1, expand=True, regex=True).reindex(columns=[0, 1])
    first, second = (pd.to_numeric(pair[i], errors="coerce") for i in (0, 1))
    swap = (first.abs() <= 90) & (second.abs() > 90)
    split = {"lon": pair[0].where(~swap, pair[1]).fillna(""), "lat": pair[1].where(~swap, pair[0]).fillna("")}
    stated = {name: texts.get(name, pd.Series("", index=cells.index)) for name in split}
    if (((stated["lon"] != "") | (stated["lat"] != "")) & (cells != "")).any():
        faults.append(Fault(ERROR, "two_columns", table, file, "lon / lat", values={"header": COORDINATES}))
    texts |= {name: stated[name].where(stated[name] != "", split[name]) for name in split}


def _typed(table, texts, factors, place, faults):
    typed = {}
    for name, column in columns(table).items():
        if name not in texts:
            continue
        kind, cells = column.metadata["kind"], texts[name]
        if kind == "shape":
            typed[name] = _shapes(name, cells, place, faults, in_degrees=table != "mall_units")
            continue
        cells = without_error_cells(name, kind, cells, place, faults)
        if kind == "text":
            typed[name] = cells.where(cells != "", None).astype(object)
            continue
        allowed = {}
        if kind == "choice":
            options = column.metadata["options"]
            values, bad = read_choice(cells, options)
            allowed = {"allowed": ", ".join(f"{n} ({w[0]})" for n, w in options.items())}
        elif kind == "number":
            values, bad = _numbers(column, cells, factors.get(name, ("", 1.0)), place, faults)
        else:
            values, bad = _READERS[kind](cells)
        typed[name] = values
        rows = bad.to_numpy().nonzero()[0]
        if len(rows):
            faults.append(place.fault(ERROR, f"not_{kind}", name, rows, found=cells.iloc[rows[0]], **allowed))
    return pd.DataFrame(typed, index=texts.index)


def _numbers(column, cells, factor, place, faults):
    """Numbers in the column's unit; what a header in 万 or a cell in 万 or % multiplied is counted."""
    cells = clock_hours(cells) if column.metadata["unit"] == "hour" else cells
    values, bad = read_number(cells)
    header, times = factor
    commas = decimal_commas(cells) & ~bad if place.semicolons else bad & False
    if commas.any():
        rows = commas.to_numpy().nonzero()[0]
        faults.append(place.fault(ERROR, "decimal_comma", column.name, rows, found=cells.iloc[rows[0]]))
        values = values.where(~commas)
    signs = own_unit(cells)
    if column.metadata["unit"] != "share":  # 18 % of what?
        bad |= signs == "%"
        values = values.where(~bad)
    read = values.notna()
    for code, hit in (("percent", signs == "%"), ("wan", signs.isin(["万", "亿"]))):
        rows = (hit & read).to_numpy().nonzero()[0]
        if len(rows):
            faults.append(place.fault(REPAIR, code, column.name, rows, found=cells.iloc[rows[0]]))
    plain_cells = (signs == "") & read
    if times != 1.0 and plain_cells.any():
        values = values.where(~plain_cells, (values * times).round(9))
        rows = plain_cells.to_numpy().nonzero()[0]
        faults.append(place.fault(REPAIR, "multiplied", column.name, rows, header=str(header), by=f"{times:,.10g}"))
    return values, bad


def _shapes(name, cells, place, faults, *, in_degrees):
    """Geometries in two dimensions; texts are read as WKT."""
    shapes = np.empty(len(cells), dtype=object)
    with np.errstate(invalid="ignore"):  # WKT may hold `nan`
        shapes[:] = [_shape(cell) for cell in cells]
    unread = np.array([shape is False for shape in shapes], dtype=bool)
    shapes[unread] = None
    broken = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    limits = shapely.bounds(shapes)
    outside = (np.abs(np.nan_to_num(limits)) > (180, 90, 180, 90)).any(axis=1) & in_degrees
    for code, mask in (("not_shape", unread), ("broken_shape", broken), ("swapped", outside & ~broken)):
        rows = mask.nonzero()[0]
        if len(rows):
            first = rows[0]
            found = {
                "not_shape": cells.iloc[first],
                "broken_shape": shapely.is_valid_reason(shapes[first]),
                "swapped": ", ".join(f"{value:.7g}" for value in limits[first][:2]),
            }
            faults.append(place.fault(ERROR, code, name, rows, found=str(found[code])[:80]))
    shapes[broken] = [_hull(shape) for shape in shapes[broken]]  # what lies in it is not reported as lying outside
    shapes[outside] = None
    return pd.Series(shapely.force_2d(shapes), index=cells.index, name=name, dtype=object)


def _hull(shape):
    return shapely.convex_hull(shape) if np.isfinite(shapely.get_coordinates(shape)).all() else None


def _shape(cell):
    if _absent(cell):
        return None
    if isinstance(cell, shapely.Geometry):
        return None if cell.is_empty else cell
    try:
        shape = shapely.from_wkt(str(cell))
    except shapely.errors.GEOSException:
        return False
    return None if shape.is_empty else shape


def _absent(cell):
    if isinstance(cell, shapely.Geometry):
        return cell.is_empty
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell) or cell == ""


def _limits(table, typed, texts, place):
    """Pandera's findings as faults of ours; what could not be read was reported before."""
    faults = []
    try:
        with warnings.catch_warnings():  # pandera joins its findings in a way that pandas means to change
            warnings.simplefilter("ignore", FutureWarning)
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
        rows = [row for row in rows if _absent(texts[column].iloc[row])]
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
        lon = f"{texts['lon'].iloc[rows[0]]}, " if "lon" in texts else ""
        return place.fault(ERROR, "swapped", "lon, lat", rows, found=f"{lon}{found}")
    code = "share_too_large" if meaning["unit"] == "share" and name == "less_than_or_equal_to" else _TOO[name]
    return place.fault(ERROR, code, column, rows, found=found, limit=limit, unit=meaning["unit"])


def _whole(table, texts, place):
    """Longitude and latitude come together; of the alternative groups one is there, and filled in each row."""
    faults = []
    known, half = columns(table), {"lon", "lat"} & set(texts)
    if len(half) == 1:
        (absent,) = {"lon", "lat"} - half
        if not known[absent].metadata["required"]:  # else it is reported already
            meaning = known[absent].metadata["meaning"]
            faults.append(Fault(ERROR, "missing_column", table, place.file, absent, values={"meaning": meaning}))
    groups = ALTERNATIVES.get(table)
    if not groups:
        return faults
    names = " / ".join(" + ".join(group) for group in groups)
    there = [group for group in groups if set(group) <= set(texts)]
    if not there:
        return [*faults, Fault(ERROR, "missing_one_of", table, place.file, names)]
    empty = {name: texts[name].map(_absent) for group in there for name in group}
    filled = ~pd.concat([pd.concat([empty[name] for name in group], axis=1).any(axis=1) for group in there], axis=1)
    filled = filled.any(axis=1)
    rows = (~filled).to_numpy().nonzero()[0]
    return [*faults, place.fault(ERROR, "empty_one_of", names, rows)] if len(rows) else faults


def _once(table, typed, place):
    """A figure stands once: two of the same place and period are no sum."""
    names = [name for name in _ONCE.get(table, ()) if name in typed]
    needed = [name for name in names if columns(table)[name].metadata["required"]]
    rows = (typed.duplicated(names) & typed[needed].notna().all(axis=1)).to_numpy().nonzero()[0] if names else []
    if not len(rows):
        return []
    found = " ".join(str(value) for value in typed[names].iloc[rows[0]] if pd.notna(value))
    return [place.fault(ERROR, "row_twice", ", ".join(names), rows, found=found)]


def _in_an_hour(table, typed, place):
    """Nobody counts more than 60 minutes of one hour at one place in one direction."""
    names = [name for name in _HOUR if name in typed]
    if table != "foot_counts" or not {*_HOUR[:3], "minutes_observed"} <= set(typed):
        return []
    minutes = typed["minutes_observed"].groupby([typed[name] for name in names], dropna=False).transform("sum")
    rows = (minutes > 60).to_numpy().nonzero()[0]
    if not len(rows):
        return []
    where = " ".join(str(value) for value in typed[names[:1]].iloc[rows[0]])
    return [place.fault(ERROR, "hour_too_long", "minutes_observed", rows, found=f"{minutes.iloc[rows[0]]:g}", at=where)]
