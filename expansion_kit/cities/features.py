"""Shapes as files hold them: the features of a GeoJSON text, and coordinates that are not what their file says."""

import json
import re

import numpy as np
import pandas as pd
import shapely

from .. import geo
from ..schemas import ERROR, REPAIR, Fault
from .limits import Unreadable
from .records import records


def read_features(text, where):
    """
    Features of a GeoJSON text; the records of any other JSON.

    Parameters
    ----------
    text : str
    where : dict
        `table` and `file`, for the fault.

    Returns
    -------
    frame : DataFrame
        Their properties, and `geometry` in degrees (a text where it is none that we know); or the records.
    lines : list of int
        The line on which each begins; numbers of records.
    faults : list of Fault
        Rings that were closed.

    Raises
    ------
    Unreadable
        If there are neither features nor records in it, or its coordinates are not what its reference system says.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
        if not (isinstance(document, dict) and "features" in document):
            frame = records(document)
            return frame, list(range(1, len(frame) + 1)), []
        features = document["features"]
        properties = [dict(feature.get("properties") or {}) for feature in features]
        crs = ((document.get("crs") or {}).get("properties") or {}).get("name")
    except RecursionError:
        raise Unreadable(Fault(ERROR, "too_deep", **where)) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    lines = _feature_lines(text, len(features))
    shapes = [_geojson_shape(feature.get("geometry")) for feature in features]
    opened = [line for feature, line in zip(features, lines) if _unclosed(feature.get("geometry"))]
    faults = [Fault(REPAIR, "closed_shape", **where, rows=len(opened), line=opened[0])] if opened else []
    frame = pd.DataFrame(properties, dtype=object)
    frame["geometry"] = pd.Series(_to_degrees(shapes, crs, where), dtype=object)
    return frame, lines, faults


def _no_number(name):
    raise ValueError(f"{name} is no number of JSON")


def _unclosed(geometry):
    """Whether a ring does not end where it begins."""
    kind, parts = (geometry.get("type"), geometry.get("coordinates")) if isinstance(geometry, dict) else ("", None)
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(parts, list):
        return False
    rings = parts if kind == "Polygon" else [ring for part in parts if isinstance(part, list) for ring in part]
    return any(isinstance(ring, list) and ring and ring[0] != ring[-1] for ring in rings)


def _feature_lines(text, n):
    """Line on which each feature begins; the features' numbers where the text is laid out in an unusual way."""
    decoder, lines = json.JSONDecoder(), []
    start = re.search(r'"features"\s*:\s*\[', text)
    position, line, counted = start.end() if start else 0, 1, 0
    try:
        for _ in range(n):
            position = re.compile(r"[\s,]*").match(text, position).end()
            line, counted = line + text.count("\n", counted, position), position
            lines.append(line)
            position = decoder.raw_decode(text, position)[1]
    except ValueError:
        return list(range(1, n + 1))
    return lines


def _geojson_shape(geometry):
    if not geometry:
        return None
    try:
        return shapely.geometry.shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        return json.dumps(geometry)[:80]


def _to_degrees(shapes, crs, where):
    if not crs or "CRS84" in str(crs) or all(isinstance(s, str) or s is None for s in shapes):
        return shapes
    import geopandas

    known = [shape if isinstance(shape, shapely.Geometry) else None for shape in shapes]
    try:
        moved = in_degrees(geopandas.GeoDataFrame(geometry=known, crs=crs), crs, where).geometry
    except Unreadable:
        raise
    except (ValueError, RuntimeError) as error:  # pyproj's errors are RuntimeErrors
        raise Unreadable(Fault(ERROR, "bad_file", **where, values={"found": str(error)[:80]})) from None
    return [new if isinstance(old, shapely.Geometry) else old for old, new in zip(shapes, moved)]


def in_degrees(table, crs, where):
    """
    A table in WGS-84; refused where it says metres of figures that can only be degrees.

    Parameters
    ----------
    table : GeoDataFrame
    crs : object
        Its reference system, as the file names it.
    where : dict
        `table` and `file`, for the fault.

    Returns
    -------
    GeoDataFrame
    """
    bounds = table.total_bounds
    if table.crs.is_projected and not np.isnan(bounds).all() and (np.abs(bounds) <= (180, 90, 180, 90)).all():
        found = ", ".join(f"{value:.7g}" for value in bounds[:2])
        raise Unreadable(Fault(ERROR, "crs_degrees", **where, values={"found": found, "crs": str(crs)[:60]}))
    return geo.to_wgs84(table)
