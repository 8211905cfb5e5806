"""
The quiet base map and the outlines of zones, coded as steps between integer coordinates (1e-5 degree, about a metre).

What is drawn under the dots comes from the city's own outlines; no tile is asked from any server.
"""

import geopandas as gpd
import numpy as np
import shapely

from expansion_kit import geo

STYLES = {
    "water": {"from": 0, "closed": {"fillColor": "#cfe1ec"}, "line": {"color": "#cfe1ec", "weight": 3}},
    "green": {"from": 0, "closed": {"fillColor": "#e1ecd8"}, "line": {"color": "#e1ecd8", "weight": 2}},
    "building": {"from": 15, "closed": {"fillColor": "#e7e1d8"}, "line": {"color": "#e7e1d8", "weight": 1}},
    "lane": {"from": 15, "line": {"color": "#ffffff", "weight": 1.2}},
    "side": {"from": 12.5, "line": {"color": "#ffffff", "weight": 2.2}},
    "middle": {"from": 10, "line": {"color": "#ffffff", "weight": 3}, "casing": "#d9d5cc"},
    "main": {"from": 0, "line": {"color": "#fbf3dd", "weight": 3.6}, "casing": "#d9cda6"},
}
ZONES = {"from": 0, "line": {"color": "#8d8678", "weight": 1, "opacity": 0.4}}
UNIT = 1e5
TOLERANCE = 2e-5
ZONE_TOLERANCE = 1e-4
MOST_POINTS = 60_000
_CLOSE, _NEAR, _COARSE, _SMALL = 600.0, 2000.0, 10.0, 5000.0  # m and m2


def coded(basemap):
    """
    Outlines as compact lists of steps, lowest first.

    Parameters
    ----------
    basemap : GeoDataFrame
        Polygons and lines with `kind`: water, green, building, or a street of class lane, side, middle or main.

    Returns
    -------
    list of dict
        One an occurring kind and form: from (first zoom it shows at), closed (bool), style, casing, shapes: each shape
        a list of rings, each ring a list of steps (east, north, east, north ...) in units of 1e-5 degree.

    Raises
    ------
    ValueError
        If a kind is not one of those above.

    Examples
    --------
    >>> import geopandas as gpd
    >>> line = gpd.GeoDataFrame({"kind": ["main"]}, geometry=[shapely.LineString([(1, 2), (1.001, 2)])], crs=4326)
    >>> coded(line)[0]["shapes"]
    [[[100000, 200000, 100, 0]]]
    """
    unknown = sorted(set(basemap["kind"].dropna().astype(str)) - set(STYLES))
    if unknown:
        raise ValueError(f"base map kinds must be among {', '.join(STYLES)}, but there are {', '.join(unknown)}")
    table = geo.to_wgs84(basemap)
    kinds = []
    for kind, style in STYLES.items():
        parts = shapely.get_parts(shapely.simplify(table.geometry[table["kind"] == kind].to_numpy(), TOLERANCE))
        for closed in (True, False):
            kinds += _layer(parts[_is_area(parts) == closed], style, closed=closed)
    return kinds


def thinned(basemap, places, *, most=MOST_POINTS):
    """
    A base map of a whole city made as light as a page can carry: fine near the places, main lines elsewhere.

    A base map of no more than `most` corners stays as it is. Of a larger one, side streets stay within 2 km of a place,
    lanes and buildings within 600 m; elsewhere streets and shores are drawn to 10 m, and water and green below 5,000 m2
    are left out.

    Parameters
    ----------
    basemap : GeoDataFrame
        As in `coded`.
    places : DataFrame
        `lon`, `lat`: what the map is about, such as own stores and candidates.
    most : int

    Returns
    -------
    GeoDataFrame
        `basemap` itself where it is small; else in WGS-84 some of its rows, with its columns.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> ways = [shapely.LineString([(0.1, 0), (0.1, 0.01)]), shapely.LineString([(0.3, 0), (0.3, 0.01)])]
    >>> town = gpd.GeoDataFrame({"kind": "side"}, index=["near", "far"], geometry=ways, crs=4326)
    >>> thinned(town, pd.DataFrame({"lon": [0.11], "lat": [0.0]}), most=3).index.tolist()
    ['near']
    """
    if shapely.count_coordinates(basemap.geometry.to_numpy()) <= most:
        return basemap
    table = geo.to_wgs84(basemap)
    table = table[table.geometry.notna() & ~table.geometry.is_empty]
    crs = geo.metric_crs(*shapely.get_coordinates(shapely.envelope(table.geometry.to_numpy())).T)
    shapes = table.to_crs(crs).geometry.to_numpy()
    known = places.dropna(subset=["lon", "lat"])
    points = geo.to_metres(known[["lon", "lat"]], crs).geometry.to_numpy()
    close, near = (_within(shapes, points, reach) for reach in (_CLOSE, _NEAR))
    fine = table["kind"].isin(["lane", "building"]).to_numpy()
    small = table["kind"].isin(["water", "green"]).to_numpy() & _is_area(shapes) & (shapely.area(shapes) < _SMALL)
    kept = np.where(fine, close, near | ~(table["kind"].eq("side").to_numpy() | small))
    shapes = np.where(near, shapes, shapely.simplify(shapes, _COARSE))
    return geo.to_wgs84(table.set_geometry(gpd.GeoSeries(shapes, table.index, crs=crs))[kept])


def _within(shapes, points, reach):
    """Which shapes lie no farther than `reach` metres from a point."""
    found = np.zeros(len(shapes), dtype=bool)
    if len(points):
        found[shapely.STRtree(points).query(shapes, predicate="dwithin", distance=reach)[0]] = True
    return found


def coded_zones(zones):
    """
    Borders between zones as quiet lines, each drawn once.

    Parameters
    ----------
    zones : GeoDataFrame
        `zones` table; zones that are points have no border.

    Returns
    -------
    list of dict
        As from `coded`; empty where no zone is an area.

    Examples
    --------
    Two squares side by side have seven sides, not eight.

    >>> import geopandas as gpd
    >>> two = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs=4326)
    >>> sum(len(rings[0]) // 2 - 1 for rings in coded_zones(two)[0]["shapes"])
    7
    """
    areas = shapely.get_parts(geo.to_wgs84(zones).geometry.dropna().to_numpy())
    areas = shapely.make_valid(areas[_is_area(areas)])
    if not len(areas):
        return []
    borders = shapely.union_all(shapely.boundary(areas), grid_size=1e-6)
    lines = shapely.get_parts(shapely.simplify(shapely.line_merge(borders), ZONE_TOLERANCE))
    return _layer(lines, ZONES, closed=False)


def zoom_of(metres_a_mm, latitude):
    """
    The zoom at which a map on screen (0.2646 mm a pixel, Web Mercator) is as large as one on paper.

    Parameters
    ----------
    metres_a_mm : float
        Metres on the ground in a millimetre on paper; a thousandth of the scale's denominator.
    latitude : float
        Degrees.

    Returns
    -------
    float

    Examples
    --------
    At the equator a pixel of zoom 15 is 4.777 m; 1:18,056 shows as much in 0.2646 mm.

    >>> round(zoom_of(18.056, 0.0), 2)
    15.0
    """
    a_pixel = metres_a_mm * 25.4 / 96
    return float(np.log2(2 * np.pi * 6378137.0 / 256 * np.cos(np.radians(latitude)) / a_pixel))


def _is_area(parts):
    return shapely.get_type_id(parts) == shapely.GeometryType.POLYGON


def _layer(parts, style, *, closed):
    shapes = [rings for rings in map(ring_steps, parts) if rings]
    if not shapes:
        return []
    look = {"stroke": False, "fillOpacity": 1, **style["closed"]} if closed and "closed" in style else style["line"]
    return [{"from": style["from"], "closed": closed, "style": look, "casing": style.get("casing"), "shapes": shapes}]


def ring_steps(part):
    """The rings of a polygon, or a line as its only one; what shrinks to a point at this unit is left out."""
    if part.is_empty or part.geom_type not in ("Polygon", "LineString", "LinearRing"):
        return []
    rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    steps = (_steps(shapely.get_coordinates(ring)) for ring in rings)
    return [ring for ring in steps if len(ring) > 2]


def _steps(coordinates):
    units = np.round(coordinates * UNIT).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=0)
    moved = np.r_[True, (steps[1:] != 0).any(axis=1)]
    return steps[moved].ravel().tolist()
