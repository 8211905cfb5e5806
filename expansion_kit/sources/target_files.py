"""Exported targets read back: `targets.csv`, `targets_wide.csv` and `targets_import.csv` to the plan they hold."""

import re
from pathlib import Path

import pandas as pd

from ..cities.reading import Unreadable, read_raw
from ..schemas import ERROR, Fault, SchemaError
from ..schemas.parsing import as_text, read_day, read_flag, read_number, read_period

_READERS = {
    "value": ("number", read_number),
    "days": ("number", read_number),
    "period": ("period", read_period),
    "period_start": ("day", read_day),
    "period_end": ("day", read_day),
    "locked": ("flag", read_flag),
}
_LONG = ("plan_id", "territory_id", "store_id", "level", "metric", "tier", "period_type", "period", "period_start")
_LONG = (*_LONG, "period_end", "days", "value", "locked", "method")
_IMPORTED = {
    "version": "plan_id",
    "scenario": "tier",
    "component": "metric",
    "entity_type": "level",
    "first_day": "period_start",
    "last_day": "period_end",
}
_TYPES = {
    "year": r"\d{4}",
    "quarter": r"\d{4}-Q\d",
    "month": r"\d{4}-\d\d",
    "week": r"\d{4}-W\d\d",
    "month_week": r"\d{4}-\d\d/\d{4}-W\d\d",
}


def read_targets(path, *, lang="en"):
    """
    A plan from `targets.csv`.

    Parameters
    ----------
    path : str or Path
        CSV, or a workbook that holds the same columns.
    lang : str
        Language of the faults.

    Returns
    -------
    DataFrame
        The columns of `targets.csv` in their order; ids as texts, missing where there is none; days as dates; `value`
        int64 where every figure is whole.

    Raises
    ------
    SchemaError
        If the file cannot be read, a column is missing, or a cell is not what its column holds.
    """
    return _typed(*_texts(path, lang), _LONG, lang)


def read_targets_wide(path, *, lang="en"):
    """
    The targets of `targets_wide.csv`, one row a period.

    Parameters
    ----------
    path, lang
        As `read_targets`.

    Returns
    -------
    DataFrame
        `plan_id`, `metric`, `tier`, `level`, `territory_id`, `store_id`, `period_type`, `period`, `value`; rows in the
        order of the file, periods in that of its columns. Empty cells are no rows.

    Raises
    ------
    SchemaError
        As `read_targets`.
    """
    ids = ["plan_id", "metric", "tier", "level", "territory_id", "store_id"]
    frame, lines, file = _texts(path, lang)
    known, _ = read_period(pd.Series(frame.columns.astype(str)))
    periods = {header: period for header, period in zip(frame.columns, known) if period is not None}
    odd = [name for name in frame if name not in {*ids, *periods} and (frame[name] != "").any()]
    if odd:
        fault = Fault(ERROR, "not_period_header", "targets", file, values={"header": ", ".join(map(str, odd))})
        raise SchemaError([fault], lang)
    long = frame.assign(row=range(len(frame))).melt([*(name for name in ids if name in frame), "row"], list(periods))
    long = long[long["value"] != ""].sort_values("row", kind="stable")
    long["period"] = long.pop("variable").map(periods)
    long["period_type"] = [_type_of(period) for period in long["period"]]
    lines = [lines[row] for row in long.pop("row")]
    return _typed(long.reset_index(drop=True), lines, file, [*ids, "period_type", "period", "value"], lang)


def read_targets_import(path, *, lang="en"):
    """
    The targets of `targets_import.csv` in the columns of `targets.csv`.

    Parameters
    ----------
    path, lang
        As `read_targets`.

    Returns
    -------
    DataFrame
        As `read_targets`, of the territories or stores and the period type that the file holds.

    Raises
    ------
    SchemaError
        As `read_targets`.
    """
    frame, lines, file = _texts(path, lang)
    frame = frame.rename(columns=_IMPORTED)
    if {"entity", "parent", "level"} <= set(frame):
        store = frame["level"] == "store"
        frame["store_id"] = frame["entity"].where(store, "")
        frame["territory_id"] = frame["parent"].where(store, frame["entity"])
    table = _typed(frame, lines, file, [name for name in _LONG if name != "days"], lang)
    table.insert(_LONG.index("days"), "days", (table["period_end"] - table["period_start"]).dt.days + 1)
    return table


def _type_of(period):
    return next(kind for kind, pattern in _TYPES.items() if re.fullmatch(pattern, period))


def _texts(path, lang):
    try:
        raw = read_raw(Path(path), table="targets")
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    return raw.frame.map(as_text), raw.lines, Path(path).name


def _typed(frame, lines, file, names, lang):
    """Columns by name and with types; every cell that cannot be read is told."""
    absent = [name for name in names if name not in frame]
    faults = [Fault(ERROR, "missing_column", "targets", file, name, values={"meaning": name}) for name in absent]
    table = {}
    for name in (name for name in names if name in frame):
        if name not in _READERS:
            table[name] = frame[name].where(frame[name] != "", None).astype(object)
            continue
        kind, read = _READERS[name]
        table[name], bad = read(frame[name])
        rows = bad.to_numpy().nonzero()[0]
        if len(rows):
            told = {"rows": len(rows), "line": lines[rows[0]], "values": {"found": frame[name].iloc[rows[0]]}}
            faults.append(Fault(ERROR, f"not_{kind}", "targets", file, name, **told))
    if faults:
        raise SchemaError(faults, lang)
    return pd.DataFrame(table).astype(
        {name: _dtype(table[name]) for name in table if name in ("value", "days", "locked")}
    )


def _dtype(values):
    if values.dtype.kind != "f":
        return bool
    return "int64" if (values % 1 == 0).all() else float
