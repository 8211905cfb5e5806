"""
OpenStreetMap extracts (`.osm.pbf`, `.osm`) read through GDAL's OSM driver, and the outlines of a base map from one.

Data: OpenStreetMap contributors, ODbL 1.0. Nothing is downloaded here.
"""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

_STREETS = {
    **dict.fromkeys(("motorway", "trunk", "primary"), "main"),
    **dict.fromkeys(("secondary", "tertiary"), "middle"),
    **dict.fromkeys(("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"), "middle"),
    **dict.fromkeys(("residential", "unclassified", "living_street", "road"), "side"),
    **dict.fromkeys(("pedestrian", "service"), "lane"),
}
_WATERWAYS = {"river", "canal", "stream", "riverbank"}
_WATER = {"natural": {"water", "bay"}, "landuse": {"basin", "reservoir", "pond"}}
_GREEN = {
    "natural": {"wood", "scrub", "heath", "grassland"},
    "landuse": {"grass", "forest", "recreation_ground", "village_green", "meadow", "cemetery"},
    "leisure": {"park", "garden", "pitch", "golf_course", "nature_reserve"},
}
_DIGITS = 6


def read_basemap(path):
    """
    The outlines of an OpenStreetMap extract that a quiet base map shows: water, green, buildings and streets.

    Footpaths, steps and cycleways are left out: beside the streets they only make the map restless. Coordinates are
    rounded to 1e-6 degree (a tenth of a metre); what the extract cuts in two stays cut.

    Parameters
    ----------
    path : str or Path
        `.osm.pbf`, or `.osm` (XML).

    Returns
    -------
    GeoDataFrame, one row an outline
        WGS-84 lines and polygons with `kind` (water, green, building, main, middle, side, lane) and `name`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no OpenStreetMap extract, or has nothing to draw.
    """
    import geopandas

    lines = osm_layer(path, "lines", ["name", "highway", "waterway", "other_tags"])
    areas = osm_layer(path, "multipolygons", ["name", "natural", "landuse", "leisure", "building"])
    lines["kind"] = lines["highway"].map(_STREETS)
    lines.loc[lines["waterway"].isin(_WATERWAYS), "kind"] = "water"
    lines.loc[osm_tag(lines["other_tags"].fillna(""), "tunnel").isin({"yes", "culvert"}), "kind"] = None
    areas["kind"] = np.select(
        [_any_of(areas, _WATER), areas["building"].notna() & areas["building"].ne("no"), _any_of(areas, _GREEN)],
        ["water", "building", "green"],
        default=None,
    )
    table = pd.concat([part.loc[part["kind"].notna(), ["kind", "name", "geometry"]] for part in (areas, lines)])
    shapes = shapely.transform(table["geometry"].to_numpy(), lambda xy: xy.round(_DIGITS))
    table = geopandas.GeoDataFrame(table.drop(columns="geometry"), geometry=shapely.make_valid(shapes), crs="EPSG:4326")
    table = table.explode(ignore_index=True)  # of a ring that crosses itself, areas and lines are left
    table = table[~table.geometry.is_empty & table.geom_type.isin(["Polygon", "LineString"])].reset_index(drop=True)
    if table.empty:
        raise ValueError(f"{Path(path).name} has no water, green, building or street to draw")
    return table


def osm_layer(path, layer, columns, *, where=None, tags=None):
    """
    One of GDAL's layers of an extract; what cannot be made a shape is left out.

    Parameters
    ----------
    path : str or Path
    layer : str
        `points`, `lines` or `multipolygons`.
    columns : list of str
        Columns of GDAL's layer that are wanted; `other_tags` holds what has no column of its own.
    where : str, optional
        Which rows, as SQL.
    tags : Path, optional
        A configuration of GDAL's driver that says which tags have a column of their own; its own where it is not given.

    Returns
    -------
    GeoDataFrame
        In WGS-84.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no OpenStreetMap extract.
    """
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path.name}")
    asked = {"layer": layer, "columns": columns, "where": where, "on_invalid": "ignore"}
    asked |= {"CONFIG_FILE": str(tags)} if tags else {}
    try:
        with warnings.catch_warnings():  # of rings that the edge of the extract has cut open
            warnings.simplefilter("ignore", RuntimeWarning)
            table = _read(path, asked)
    except (DataSourceError, DataLayerError, FeatureError) as fault:
        raise ValueError(f"{path.name} cannot be read as an OpenStreetMap extract: {fault}") from fault
    return table[table.geometry.notna()].reset_index(drop=True)


def extent_of(path):
    """
    What an extract says of its own extent.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of float or None
        West, south, east and north in degrees; None where the extract doesn't say.
    """
    import pyogrio

    found = pyogrio.read_info(path, layer="points")["total_bounds"]
    known = found is not None and np.isfinite(found).all() and found[0] < found[2] and found[1] < found[3]
    return tuple(map(float, found)) if known else None


def osm_tag(tags, name):
    """
    Value of a tag in GDAL's list `"key"=>"value","key"=>"value"`; an empty text where it is not there.

    Parameters
    ----------
    tags : Series of str
    name : str

    Returns
    -------
    Series of str

    Examples
    --------
    >>> osm_tag(pd.Series(['"foot"=>"no","lit"=>"yes"', ""]), "lit").tolist()
    ['yes', '']
    """
    return tags.str.extract(rf'(?:^|,)"{re.escape(name)}"=>"((?:[^"\\]|\\.)*)"', expand=False).fillna("").astype(object)


def _read(path, asked):
    import pyogrio

    try:
        return pyogrio.read_dataframe(path, **asked)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as fault:
        if "CUSTOM_INDEXING" not in str(fault):
            raise
    before = pyogrio.get_gdal_config_option("OSM_USE_CUSTOM_INDEXING")
    pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": "NO"})  # nodes that are not in the order of their ids
    try:
        return pyogrio.read_dataframe(path, **asked)
    finally:
        pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": before})


def _any_of(areas, tags):
    return np.logical_or.reduce([areas[key].isin(values) for key, values in tags.items()])
