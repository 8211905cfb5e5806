"""
The kinds of column that a table may have: type, unit, limits, meaning, and the headers that are understood.

Everything stands in the metadata of a pandera field, so that the models in `tables.py` are the one data dictionary.
"""

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

Text = Series[str]
Number = Series[float]
Flag = Series[pd.BooleanDtype]
Day = Series[pd.Timestamp]
Shape = Series[object]

KINDS = {
    "text": "text",
    "number": "number",
    "choice": "choice",
    "flag": "yes or no",
    "day": "day",
    "moment": "time",
    "period": "period",
    "tiers": "steps",
    "shape": "geometry",
}


def _field(kind, meaning, headers, *, unit="", required=False, key=False, alias=None, **limits):
    names = [name.strip() for name in headers.split("|") if name.strip()]
    metadata = {
        "kind": kind,
        "meaning": meaning,
        "headers": names,
        "unit": unit,
        "required": required or key,
        "key": key,
    }
    return pa.Field(nullable=not (required or key), unique=key, alias=alias, metadata=metadata, **limits)


def key(meaning, headers):
    """The key of a table: a text, always there, never twice."""
    return _field("text", meaning, headers, key=True)


def text(meaning, headers, *, required=False):
    """Any text; `007` stays `007`."""
    return _field("text", meaning, headers, required=required)


def choice(meaning, headers, options, *, required=False):
    """One of the `options`: a dict from our word to the other words that are understood (`街铺|门面`)."""
    field = _field("choice", meaning, headers, required=required, isin=list(options))
    field.metadata["options"] = {name: others.split("|") for name, others in options.items()}
    return field


def number(meaning, headers, unit="", *, required=False, **limits):
    """A number in the unit that is named."""
    return _field("number", meaning, headers, unit=unit, required=required, **limits)


def count(meaning, headers, unit="", *, required=False):
    """A number that is never negative; may be a mean, so not only whole ones."""
    return _field("number", meaning, headers, unit=unit, required=required, ge=0)


def money(meaning, headers, unit="money", *, required=False, ge=0):
    """Money in the currency's main unit, never in 万."""
    limits = {} if ge is None else {"ge": ge}
    return _field("number", meaning, headers, unit=unit, required=required, **limits)


def share(meaning, headers, *, required=False):
    """A share between 0 and 1: 18 % is 0.18."""
    return _field("number", meaning, headers, unit="share", required=required, ge=0, le=1)


def flag(meaning, headers):
    """Yes or no."""
    return _field("flag", meaning, headers)


def day(meaning, headers, *, required=False, alias=None):
    """A calendar day, local to the city."""
    return _field("day", meaning, headers, required=required, alias=alias)


def moment(meaning, headers, *, required=False):
    """A date with a time of day, local to the city."""
    return _field("moment", meaning, headers, required=required)


def period(meaning, headers, *, required=False):
    """A day, ISO week, month, quarter or year, written `2027-02-14`, `2027-W07`, `2027-02`, `2027-Q1`, `2027`."""
    return _field("period", meaning, headers, required=required)


def tiers(meaning, headers):
    """Steps of a turnover rate, `100000:0.1;200000:0.08`."""
    return _field("tiers", meaning, headers)


def shape(meaning, headers, *, required=False):
    """A geometry in longitude and latitude."""
    return _field("shape", meaning, headers, required=required)


def longitude(required=False):
    """Longitude in degrees."""
    return _field("number", "longitude", "经度|lng|long|longitude|x", unit="degree", required=required, ge=-180, le=180)


def latitude(required=False):
    """Latitude in degrees."""
    return _field("number", "latitude", "纬度|latitude|y", unit="degree", required=required, ge=-90, le=90)
