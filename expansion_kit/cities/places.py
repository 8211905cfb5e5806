"""Places of a table: coordinates to WGS-84, points and polygons, and hexagons where a city has no zones."""

import geopandas
import numpy as np
import pandas as pd
import shapely

from .. import geo
from ..schemas import WARNING, Fault, columns

_PLACED_ONLY_IF_STATED = ("prospects", "foot_counts", "territories")
_STAND_IN_RESOLUTION = 8
_STAND_IN_REACH_M = 1_500
_STAND_IN_CELL_M2 = 737_000  # mean cell of resolution 8; one of each coarser resolution is seven times as large
_STAND_IN_CELLS = 5_000
_IN_ZONES = ("stores", "sites", "listings")


def place(table, typed, datum, file, lines):
    """
    A checked table with its places in WGS-84.

    Parameters
    ----------
    table : str
    typed : DataFrame
        From `schemas.check`.
    datum : str
        Datum that the coordinates come in.
    file, lines : str, sequence of int
        For the report.

    Returns
    -------
    placed : DataFrame or GeoDataFrame
        With `lon`, `lat` and `geometry` (points, or polygons with a point inside) where the table has places.
    faults : list of Fault
        Rows that have an address only.
    """
    known = columns(table)
    if table == "mall_units":
        in_plan = typed.assign(geometry=typed.get("geometry"))
        return geopandas.GeoDataFrame(in_plan, geometry="geometry", crs=None), []
    has_places = bool({"geometry", "lon"} & set(known)) and table not in _PLACED_ONLY_IF_STATED
    if not has_places and not {"geometry", "lon"} & set(typed):
        return typed, []
    placed = typed.copy()
    shapes = np.full(len(placed), None, dtype=object)
    if "lon" in known:
        for name in ("lon", "lat"):
            placed[name] = placed.get(name, np.nan)
        lon, lat = geo.convert(placed["lon"].to_numpy(), placed["lat"].to_numpy(), datum, "wgs84")
        there = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        placed["lon"], placed["lat"] = np.where(there, lon, np.nan), np.where(there, lat, np.nan)
        shapes[there] = shapely.points(lon[there], lat[there])
    if "geometry" in typed:
        moved = _moved(typed["geometry"], datum).to_numpy()
        shapes = np.where(pd.isna(moved), shapes, moved)
    placed["geometry"] = shapes
    if "lon" in known and "geometry" in typed:
        _points_of(placed)
    placed = geopandas.GeoDataFrame(placed, geometry="geometry", crs="EPSG:4326")
    return placed, unplaced(table, placed, file, lines)


def _moved(shapes, datum):
    if datum == "wgs84":
        return shapes
    there = shapes.notna()
    moved = shapely.transform(
        shapes[there].to_numpy(), lambda xy: np.column_stack(geo.convert(xy[:, 0], xy[:, 1], datum, "wgs84"))
    )
    result = shapes.copy()
    result[there] = moved
    return result


def _points_of(placed):
    """`lon`, `lat` of each row: the point itself, or a point that lies inside its shape."""
    there = placed["geometry"].notna()
    points = shapely.point_on_surface(placed.loc[there, "geometry"].to_numpy())
    for name, value in (("lon", shapely.get_x(points)), ("lat", shapely.get_y(points))):
        column = pd.Series(np.nan, index=placed.index)
        column[there] = value
        placed[name] = column


def unplaced(table, placed, file, lines):
    """
    The warning about rows that have an address only, if there are any.

    Parameters
    ----------
    table : str
    placed : DataFrame
    file, lines : str, sequence
        For the report.

    Returns
    -------
    list of Fault
    """
    if "address" not in columns(table):
        return []
    rows = (placed["lon"].isna() | placed["lat"].isna()).to_numpy().nonzero()[0]
    if not len(rows):
        return []
    first = int(rows[0])
    return [Fault(WARNING, "unplaced", table, file, "", len(rows), lines[first], str(placed.index[first]))]


def stand_in_zones(tables, config):
    """
    Hexagons around the places of a city that has no zones, put into `tables`.

    The city's population, where `city.toml` states it, is spread evenly over them; that is assumed, and said so.

    Returns
    -------
    assumed : set of (str, str)
        Table and column of every value that is assumed.
    faults : list of Fault
        A warning where places lie so far apart, or across the date line, that no hexagons stand in.
    """
    if "zones" in tables:
        return set(), []
    found = [tables[name].geometry.dropna().to_numpy() for name in _IN_ZONES if name in tables]
    points = shapely.point_on_surface(np.concatenate(found)) if found else np.array([])
    if not len(points):
        return set(), []
    cells = _stand_in_cells(points)
    if cells is None:
        return set(), [Fault(WARNING, "no_stand_in", "city", "city.toml")]
    zones = geopandas.GeoDataFrame(
        geometry=list(geo.cell_polygons(cells)), index=pd.Index(cells, name="zone_id"), crs="EPSG:4326"
    )
    _points_of(zones)
    assumed = {("zones", name) for name in ("geometry", "lon", "lat")}
    if config.population:
        zones["population"] = config.population / len(zones)
        zones["population_method"] = "assumed"
        assumed.add(("zones", "population"))
    tables["zones"] = zones
    for name in _IN_ZONES:
        if name in tables:
            tables[name]["zone_id"] = geo.containing(tables[name], zones)
    return assumed, []


def _stand_in_cells(points):
    """Hexagons that cover the places and what lies about them; None where they lie on both edges of the map."""
    lon, lat = (shapely.get_x(points), shapely.get_y(points))
    if np.ptp(lon) > 180:
        return None
    crs = geo.metric_crs(lon, lat)
    hull = geopandas.GeoDataFrame(geometry=[shapely.convex_hull(shapely.multipoints(points))], crs="EPSG:4326")
    reach = shapely.buffer(geo.to_metres(hull, crs).geometry.iloc[0], _STAND_IN_REACH_M)
    area = geo.to_wgs84(geopandas.GeoDataFrame(geometry=[reach], crs=crs)).geometry.iloc[0]
    west, _, east, _ = area.bounds
    if not east - west <= 180 or not area.is_valid:
        return None
    resolution = _resolution(reach.area)
    cells = sorted(geo.hexagons(area, resolution))
    while len(cells) > _STAND_IN_CELLS and resolution > 0:
        resolution -= 1
        cells = sorted(geo.hexagons(area, resolution))
    return cells


def _resolution(area):
    """The finest at which hexagons over an area (m²) stay few: stores all over a country get large ones."""
    cell_area = _STAND_IN_CELL_M2
    resolution = _STAND_IN_RESOLUTION
    while area > _STAND_IN_CELLS * cell_area and resolution > 0:
        resolution, cell_area = resolution - 1, cell_area * 7
    return resolution
