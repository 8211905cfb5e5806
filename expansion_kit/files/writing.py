"""Files of bytes, texts, JSON, CSV and GeoJSON."""

import datetime
import hashlib
import json
import os
import re
import secrets
from pathlib import Path

import numpy as np

from .safety import harmless
from .values import is_missing, jsonable, plain_columns, written

_BLOCK = 50_000  # rows that are texts at one time
_REPEATED = {str, bool, datetime.date, type(None)}  # the same in many rows, so each is spelled once
_QUOTED = re.compile(r'[",;\t\n\r]|^\s|\s$')


def write_bytes(path, data):
    """
    Write a file that appears whole or not at all: a hidden file beside it, flushed to disk, takes its name.

    Parameters
    ----------
    path : str or Path
        Its folder is made where it is missing.
    data : bytes

    Returns
    -------
    str
        SHA-256 of the data.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return replace_bytes(path, data, path.parent / f".{secrets.token_hex(8)}.tmp")


def replace_bytes(path, data, unfinished):
    """A file that is written under the name `unfinished` of its folder, flushed to disk, and then takes its own."""
    try:
        with open(unfinished, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def write_text(path, text):
    """Write a text as UTF-8, line breaks as they are; returns the SHA-256 of the file (see `write_bytes`)."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path, value):
    """
    Write a value as indented JSON with sorted keys, missing as `null`, no escapes but JSON's own.

    Parameters
    ----------
    path : str or Path
    value : dict, list, array, Series or scalar

    Returns
    -------
    str
        SHA-256 of the file.
    """
    text = json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    return write_text(path, text + "\n")


def write_csv(path, table, *, index=True):
    """
    Write a table as CSV: UTF-8 with BOM, line ends of one line feed, missing (and empty text) as an empty cell.

    Whole numbers are written without a point, others with the fewest digits that give the same number back; truth
    as `true` and `false`; dates and times in ISO 8601; texts and column names made `harmless`.

    Parameters
    ----------
    path : str or Path
    table : DataFrame
    index : bool
        Whether a named index (the key) comes first. An index without a name holds nothing and is left out.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    TypeError
        If a column holds geometries, lists or other things that are not one figure, text or date.
    ValueError
        If a number is infinite, or two columns have one name.
    """
    names, columns = plain_columns(table, index=index)
    blocks = [("\ufeff" + ",".join(_csv_cell(name) for name in names) + "\n").encode("utf-8", "replace")]
    for start in range(0, len(table), _BLOCK):
        texts = [_csv_column(values[start : start + _BLOCK]) for values in columns]
        rows = map(",".join, zip(*texts, strict=True))
        blocks.append("".join(f"{row}\n" for row in rows).encode("utf-8", "replace"))
    return write_bytes(path, b"".join(blocks))


def write_geojson(path, table):
    """
    Write a table as GeoJSON (RFC 7946), one feature a line, coordinates to 1e-7 degrees (1 cm).

    Parameters
    ----------
    path : str or Path
    table : GeoDataFrame
        In WGS-84 (EPSG:4326). A named index becomes a property.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    ValueError
        If the table is not in WGS-84.
    TypeError
        If it has a second geometry column.
    """
    from shapely import transform
    from shapely.geometry import mapping

    if table.crs is None or table.crs.to_epsg() != 4326:
        raise ValueError(f"GeoJSON is in WGS-84 (EPSG:4326), but the table is in {table.crs}; use geo.to_wgs84 first")
    names, columns = plain_columns(table.drop(columns=table.geometry.name), index=True)
    rows = zip(*columns, strict=True) if columns else [()] * len(table)
    features = []
    for row, shape in zip(rows, table.geometry, strict=True):
        rounded = None if is_missing(shape) else mapping(transform(shape, lambda points: np.round(points, 7) + 0.0))
        properties = dict(zip(names, row, strict=True))
        feature = {"type": "Feature", "properties": properties, "geometry": rounded}
        features.append(json.dumps(jsonable(feature), ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    return write_text(path, '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n")


def _sync_folder(folder):
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _csv_column(values):
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values))
    if kinds <= _REPEATED:
        texts = {value: _csv_cell(value) for value in set(values)}
        return list(map(texts.__getitem__, values))
    return list(map(_csv_cell, values))


def _csv_cell(value):
    if isinstance(value, str):
        text = harmless(value)
        return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
    return written(value)
