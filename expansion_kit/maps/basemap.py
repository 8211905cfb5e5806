"""
The quiet base map and the outlines of zones, coded as steps between integer coordinates (1e-5 degree, about a metre).

What is drawn under the dots comes from the city's own outlines; no tile is asked from any server.
"""

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
