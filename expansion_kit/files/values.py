"""Plain values: what a column or a nested value holds when a file is written, missing as None."""

import datetime

import numpy as np
import pandas as pd

_PLAIN = {str, int, bool, type(None)}  # nothing of these is missing or infinite


def is_missing(value):
    """Whether a single value is None, NaN, NA or NaT."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def jsonable(value):
    """The value with only what JSON knows: dict, list, str, bool, int, float and None."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if is_missing(value):
        return None
    return value.isoformat() if isinstance(value, datetime.date) else value


def plain_columns(table, *, index):
    """Names and plain values of a table's columns, a named index first."""
    keys = [name for name in table.index.names if index and name is not None]
    parts = [table.index.get_level_values(name).to_series() for name in keys]
    parts += [table.iloc[:, position] for position in range(table.shape[1])]
    names = [str(name) for name in (*keys, *table.columns)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns have one name: {', '.join(twice)}")
    return names, [_values(part, name) for part, name in zip(parts, names, strict=True)]


def _values(column, name):
    """A column as plain values: None where missing, a date where no row of the column has a time."""
    if column.dtype.kind == "M":  # a day stands in many rows, and each is made once
        codes, days = pd.factorize(column)
        values = [*_plain(days.tolist(), name), None]
        return [values[code] for code in codes]
    return _plain(column.tolist(), name)


def _plain(values, name):
    if set(map(type, values)) <= _PLAIN:
        return values
    values = [_value(value, name) for value in values]
    times = [value for value in values if isinstance(value, datetime.datetime)]
    if times and all(time.tzinfo is None and time.time() == datetime.time() for time in times):
        return [value.date() if isinstance(value, datetime.datetime) else value for value in values]
    return values


def _value(value, name):
    if isinstance(value, np.generic):
        value = value.item()
    if is_missing(value):
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError(f"column {name!r} has an infinite number: leave it missing and say why")
    if isinstance(value, str | bool | int | float | datetime.date):
        return value
    raise TypeError(
        f"column {name!r} holds {type(value).__name__}, and only text, numbers, truth and dates are written"
    )


def written(value):
    """
    A plain value that is no text, as it is written: empty where missing, truth as `true`, dates in ISO 8601.

    >>> [written(value) for value in (None, True, datetime.date(2027, 2, 1), 1e15, 0.1)]
    ['', 'true', '2027-02-01', '1000000000000000', '0.1']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime.date) else _digits(value)


def _digits(value):
    """The shortest decimal that is exactly this number; an exponent only from 1e21 up and below 1e-15."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e21):
        return str(int(value))
    text = repr(value)
    return np.format_float_positional(value, trim="-") if "e" in text and 1e-15 <= abs(value) < 1 else text
