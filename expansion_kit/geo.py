"""
Where things are: datum, metres, distances and hexagons. The one module that owns metres: nothing else projects.

Coordinates are longitude, latitude (in this order) in degrees. Storage is WGS-84; maps and lists made in mainland China
come in GCJ-02 (AMap, Tencent) or BD-09 (Baidu), both some hundred metres off. Both are shifts that hold in mainland
China only, so `convert` moves a point exactly when its WGS-84 position lies inside the outline of `inside_mainland`.
"""

import tomllib
from functools import cache
from importlib.resources import files as package_files

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

DATUMS = ("wgs84", "gcj02", "bd09")

_WGS84 = "EPSG:4326"
_A, _EE = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as in GCJ-02
_BD_LON, _BD_LAT = 0.0065, 0.0060
_ROUNDS = 8  # an inverse step shrinks the error about 1,000 times


def _ring(text):
    return [tuple(map(float, vertex.split())) for vertex in text.split(",")]


@cache
def mainland():
    """The outline of `inside_mainland`: a polygon in WGS-84, Hong Kong and Macau cut out."""
    rings = tomllib.loads((package_files(__package__) / "mainland.toml").read_text(encoding="utf-8"))
    outline = shapely.Polygon(_ring(rings["outline"]), [_ring(rings["hong_kong"]), _ring(rings["macau"])])
    shapely.prepare(outline)
    return outline


def inside_mainland(lon, lat):
    """
    Whether points lie in mainland China, Hainan included: where the shift of GCJ-02 and BD-09 holds.

    The rule is our own outline (`mainland.toml`). It runs some km to some tens of km out at sea, and along land borders
    mostly within 2 km, in empty mountains up to 20 km off; at border towns, Hong Kong and Macau within some hundred
    metres. Hong Kong, Macau, Taiwan with Kinmen and Matsu, the islands of the South China Sea and all neighbours are
    outside. Where a border is disputed it follows who administers the ground; it says what a map service shifts and
    is no statement about anybody's claim.

    Parameters
    ----------
    lon, lat : float or array
        WGS-84, degrees.

    Returns
    -------
    ndarray of bool
        A missing coordinate is outside.

    Examples
    --------
    Shenzhen Futian, Hong Kong Sheung Shui, Seoul:

    >>> inside_mainland([114.055, 114.127, 126.978], [22.535, 22.502, 37.566]).tolist()
    [True, False, False]
    """
    return shapely.contains_xy(mainland(), np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))


def _gcj_shift(lon, lat):
    """Degrees to add to WGS-84 for GCJ-02, wherever the point lies (the published formula)."""
    x, y = lon - 105.0, lat - 35.0
    pi = np.pi
    common = 20.0 * np.sin(6 * pi * x) + 20.0 * np.sin(2 * pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (common + 20 * np.sin(pi * y) + 40 * np.sin(pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(pi / 12 * y) + 320 * np.sin(pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (common + 20 * np.sin(pi * x) + 40 * np.sin(pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(pi / 12 * x) + 300 * np.sin(pi / 30 * x)) * 2 / 3
    magic = 1 - _EE * np.sin(np.radians(lat)) ** 2
    metres_lat = np.radians(_A * (1 - _EE) / magic**1.5)
    metres_lon = np.radians(_A * np.cos(np.radians(lat)) / np.sqrt(magic))
    return east / metres_lon, north / metres_lat


def _bd_shift(lon, lat):
    """Degrees to add to GCJ-02 for BD-09."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(np.radians(lat * 3000.0))
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(np.radians(lon * 3000.0))
    return radius * np.cos(angle) + _BD_LON - lon, radius * np.sin(angle) + _BD_LAT - lat


def _undo(shift, lon, lat):
    """The point that `shift` moves onto (lon, lat), by fixed-point iteration."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        dx, dy = shift(x, y)
        x, y = lon - dx, lat - dy
    return x, y


def _add(shift, lon, lat):
    dx, dy = shift(lon, lat)
    return lon + dx, lat + dy


def convert(lon, lat, source, target):
    """
    Coordinates of one datum in another.

    A point outside mainland China (`inside_mainland`) is the same in all three datums. On the way back a point is moved
    if the position it comes from lies inside. Within some hundred metres of the outline two positions, one inside and
    one outside, can have the same GCJ-02 coordinates; the inside one is then taken.

    Parameters
    ----------
    lon, lat : float or array, shape (n,)
        Degrees in the datum `source`; a missing value stays missing.
    source, target : str
        `wgs84`, `gcj02` (AMap, Tencent) or `bd09` (Baidu).

    Returns
    -------
    lon, lat : ndarray, shape (n,)
        Degrees in the datum `target`. There and back closes below 0.1 mm.

    Raises
    ------
    ValueError
        If a datum is not one of the three.

    References
    ----------
    The formulas as published in PRCoords (Artoria2e5, CC0).

    Examples
    --------
    >>> lon, lat = convert(116.397, 39.909, "wgs84", "gcj02")
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.403244, 39.910403)
    """
    for name in (source, target):
        if name not in DATUMS:
            raise ValueError(f"datum must be one of {', '.join(DATUMS)}, but is {name!r}")
    lon, lat = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    x, y = lon, lat
    start, end = DATUMS.index(source), DATUMS.index(target)
    if start == 2:
        x, y = _undo(_bd_shift, x, y)
    gcj = x, y
    if start >= 1:
        x, y = _undo(_gcj_shift, x, y)
    moved = inside_mainland(x, y)
    if end >= 1:
        x, y = gcj if start >= 1 else _add(_gcj_shift, x, y)
    if end == 2:
        x, y = (lon, lat) if start == 2 else _add(_bd_shift, x, y)
    return np.where(moved, x, lon), np.where(moved, y, lat)


def metric_crs(lon, lat):
    """
    A projection in metres for a city: transverse Mercator around the points.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        WGS-84, degrees; missing values and far outliers don't matter (the centre is the median, to 0.01 degrees).

    Returns
    -------
    str
        For `to_metres`. Distances are true to 1 in 10,000 within 50 km of the centre at every latitude.

    Raises
    ------
    ValueError
        If there is no point with both coordinates.

    Examples
    --------
    >>> metric_crs([126.9, 126.978, 127.1], [37.5, 37.566, 37.6])
    '+proj=tmerc +lat_0=37.57 +lon_0=126.98 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs'
    """
    lon, lat = (np.asarray(values, dtype=float).ravel() for values in (lon, lat))
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        raise ValueError("a metric projection needs at least one point with lon and lat")
    lon, lat = lon[known], lat[known]
    near = lon[0] + (lon - lon[0] + 180.0) % 360.0 - 180.0  # a city across the date line stays in one piece
    centre = (np.median(near) + 180.0) % 360.0 - 180.0
    return (
        f"+proj=tmerc +lat_0={np.median(lat):.2f} +lon_0={centre:.2f} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )


def to_metres(table, crs):
    """
    A table in metres.

    Parameters
    ----------
    table : GeoDataFrame or DataFrame
        With geometry and its coordinate reference system, or with `lon`, `lat` (WGS-84): those become points, a row
        without a position a missing geometry.
    crs : str
        As from `metric_crs`.

    Returns
    -------
    GeoDataFrame
        Same index and columns, geometry in metres.

    Raises
    ------
    ValueError
        If the table has neither geometry with a reference system nor `lon` and `lat`.
    """
    if isinstance(table, gpd.GeoDataFrame):
        if table.crs is None:
            raise ValueError("the table's geometry has no coordinate reference system; set it to EPSG:4326")
        return table.to_crs(crs)
    if not {"lon", "lat"} <= set(table.columns):
        raise ValueError("a table without geometry needs the columns lon and lat")
    points = shapely.points(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
    points[table["lon"].isna() | table["lat"].isna()] = None
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, index=table.index, crs=_WGS84)).to_crs(crs)


def to_wgs84(table):
    """
    A table in longitude and latitude, as it is stored and mapped.

    Parameters
    ----------
    table : GeoDataFrame
        In any coordinate reference system.

    Returns
    -------
    GeoDataFrame
        Same index and columns, geometry in WGS-84 degrees.
    """
    return table.to_crs(_WGS84)


def check_metres(*tables):
    """
    Refuse tables that are not all in metres and in one coordinate reference system.

    Parameters
    ----------
    *tables : GeoSeries or GeoDataFrame
        What is going to be measured.

    Raises
    ------
    ValueError
        If the reference systems differ, or are not projected in metres.
    """
    crs = tables[0].crs
    if any(table.crs is None or table.crs != crs for table in tables):
        raise ValueError("the tables must be in the same coordinate reference system")
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise ValueError("distances and areas need geometry in metres; use geo.to_metres first")


def distances(origins, destinations):
    """
    Straight-line distances between points.

    Parameters
    ----------
    origins, destinations : GeoSeries or GeoDataFrame of points, shapes (n,) and (m,)
        In the same coordinate reference system, in metres.

    Returns
    -------
    ndarray, shape (n, m)
        Metres; missing where a point is missing.

    Raises
    ------
    ValueError
        If the reference systems differ or are not in metres, or a geometry is not a point.

    Examples
    --------
    >>> corner = gpd.GeoSeries.from_xy([0.0], [0.0], crs=metric_crs([127.0], [37.5]))
    >>> distances(corner, gpd.GeoSeries.from_xy([300.0, 0.0], [400.0, 2.0], crs=corner.crs)).tolist()
    [[500.0, 2.0]]
    """
    check_metres(origins, destinations)
    start, end = _xy(origins), _xy(destinations)
    return np.hypot(start[:, None, 0] - end[None, :, 0], start[:, None, 1] - end[None, :, 1])


def _xy(table):
    points = table.geometry.to_numpy()
    known = ~pd.isna(points)
    if (shapely.get_type_id(points[known]) != 0).any():
        raise ValueError("distances are measured between points; take representative_point() of polygons")
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def cells(lon, lat, resolution):
    """
    The H3 cell of each point.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        WGS-84, degrees.
    resolution : int
        H3 resolution; 8 is about 0.5 km from centre to corner, 9 about 0.2 km.

    Returns
    -------
    list of str, length n
        H3 ids; None where a coordinate is missing.

    Examples
    --------
    >>> cells([-122.418307270836, None], [37.7752702151959, 37.5], 9)
    ['8928308280fffff', None]
    """
    places = zip(np.asarray(lat, dtype=float).tolist(), np.asarray(lon, dtype=float).tolist())
    return [h3.latlng_to_cell(y, x, resolution) if x == x and y == y else None for y, x in places]


def cell_polygons(cells):
    """
    Outlines of H3 cells.

    Parameters
    ----------
    cells : sequence of str, length n
        H3 ids.

    Returns
    -------
    GeoSeries, length n
        Polygons in WGS-84, indexed by cell.
    """
    rings = [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]) for cell in cells]
    return gpd.GeoSeries(rings, index=pd.Index(list(cells), name="cell", dtype=object), crs=_WGS84)


def hexagons(area, resolution):
    """
    H3 cells that cover an area: each cell that shares some ground with it.

    Parameters
    ----------
    area : shapely Polygon or MultiPolygon
        WGS-84, degrees.
    resolution : int
        H3 resolution.

    Returns
    -------
    list of str
        H3 ids in order of id, each once.

    Examples
    --------
    A little less than one cell, and a little more (with its six neighbours):

    >>> cell = cell_polygons(["8928308280fffff"]).iloc[0]
    >>> len(hexagons(cell.buffer(-0.0001), 9)), len(hexagons(cell.buffer(0.0001), 9))
    (1, 7)
    """
    step = np.degrees(h3.average_hexagon_edge_length(resolution, unit="m") / _A) / 2
    edge = shapely.get_coordinates(shapely.segmentize(area.boundary, step))
    seeds = {*h3.geo_to_cells(area, resolution), *cells(edge[:, 0], edge[:, 1], resolution)}
    around = sorted({near for cell in seeds for near in h3.grid_disk(cell, 1)})
    outlines = cell_polygons(around).to_numpy()
    shares = shapely.intersects(area, outlines) & ~shapely.touches(area, outlines)
    return [cell for cell, shared in zip(around, shares) if shared]


def containing(points, polygons):
    """
    The polygon that each point lies in.

    Parameters
    ----------
    points : GeoDataFrame or DataFrame, shape (n_points,)
        Points; or a table with `lon` and `lat` where the polygons are in WGS-84.
    polygons : GeoDataFrame, shape (n_polygons,)
        In the points' coordinate reference system; the index holds the ids.

    Returns
    -------
    Series of object, shape (n_points,)
        Id of the polygon, on the index of the points, named after the polygons' index. None outside all of them and
        where a point has no position. A point on a common edge belongs to the first of the polygons by id.

    Raises
    ------
    ValueError
        If the two are in different coordinate reference systems.

    Examples
    --------
    >>> squares = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
    ...                            index=pd.Index(["west", "east"], name="zone_id"))
    >>> points = gpd.GeoDataFrame(geometry=[shapely.Point(0.5, 0.5), shapely.Point(1, 0.5), shapely.Point(5, 5)])
    >>> containing(points, squares).tolist()
    ['west', 'east', None]
    """
    points = points if isinstance(points, gpd.GeoDataFrame) else to_metres(points, _WGS84)
    if points.crs != polygons.crs:
        raise ValueError(f"points ({points.crs}) and polygons ({polygons.crs}) must be in one reference system")
    ordered = polygons.sort_index()
    where = points.geometry.to_numpy()
    point, polygon = shapely.STRtree(ordered.geometry.to_numpy()).query(where, predicate="intersects")
    first = np.full(len(points), len(ordered))
    np.minimum.at(first, point, polygon)
    ids = np.append(ordered.index.to_numpy(dtype=object), None)
    return pd.Series(ids[first], index=points.index, name=polygons.index.name, dtype=object)
