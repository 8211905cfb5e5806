"""Trade areas: rings, what lies in them, and which zone a point belongs to."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo


def rings(points, radii):
    """
    Circles around points.

    Parameters
    ----------
    points : GeoDataFrame, shape (n,)
        Points in metres; a row without a position gets no ring.
    radii : sequence of float
        Metres, each above 0.

    Returns
    -------
    GeoDataFrame, one row a point and radius
        The points' key (named as their index, or `point_id`), `radius_m` and the disc's polygon in metres; discs of
        one point lie over one another.

    Raises
    ------
    ValueError
        If the points are not in metres or a radius is not above 0.

    Examples
    --------
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> sites = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0], [0], index=["A1"], crs=crs))
    >>> rings(sites, [500, 1000]).area.div(3.14159).round(-3).tolist()
    [250000.0, 1000000.0]
    """
    geo.check_metres(points)
    radii = np.asarray(radii, dtype=float)
    if radii.size == 0 or not (radii > 0).all():
        raise ValueError(f"radii must be above 0 m, but are {radii.tolist()}")
    placed = points[points.geometry.notna()]
    discs = shapely.buffer(placed.geometry.to_numpy()[:, None], radii[None, :], quad_segs=64)
    return gpd.GeoDataFrame(
        {
            points.index.name or "point_id": np.repeat(placed.index.to_numpy(), radii.size),
            "radius_m": np.tile(radii, len(placed)),
        },
        geometry=discs.ravel(),
        crs=points.crs,
    )


def apportion(zones, areas, columns):
    """
    Totals of zones handed to other areas in proportion to the ground they share.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in metres, with `columns`.
    areas : GeoDataFrame, shape (n_areas,)
        Polygons in the zones' coordinate reference system; they may overlap.
    columns : list of str
        Columns that add up (population, households, potential ...), not means or rates.

    Returns
    -------
    DataFrame, shape (n_areas, n_columns + 1)
        By area. `covered` is the share of the area's ground that lies in zones: where it is below 1 the totals are of
        that part only. An area that shares ground with a zone whose value is missing has no total. Where areas tile
        the zones, totals are conserved.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or a geometry is not a polygon.

    References
    ----------
    Goodchild, M. F. and Lam, N. S. (1980). Areal interpolation. Geo-Processing 1, 297-312.

    Examples
    --------
    Half of a zone of 100 people:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame({"population": [100]}, geometry=[shapely.box(0, 0, 10, 10)], crs=crs)
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(5, 0, 10, 10)], index=["A1"], crs=crs)
    >>> apportion(zones, areas, ["population"]).loc["A1"].to_dict()
    {'population': 50.0, 'covered': 1.0}
    """
    geo.check_metres(zones, areas)
    ground, over = zones.geometry.to_numpy(), areas.geometry.to_numpy()
    if not (np.isin(shapely.get_type_id(ground), (3, 6)).all() and np.isin(shapely.get_type_id(over), (3, 6)).all()):
        raise ValueError("apportion needs polygons: a point has no ground to share")
    area_at, zone_at = shapely.STRtree(ground).query(over, predicate="intersects")
    shared = shapely.area(shapely.intersection(over[area_at], ground[zone_at]))
    area_at, zone_at, shared = area_at[shared > 0], zone_at[shared > 0], shared[shared > 0]
    weight = shared / shapely.area(ground)[zone_at]
    values = zones[columns].to_numpy(dtype=float)
    totals = np.zeros((len(areas), len(columns)))
    np.add.at(totals, area_at, weight[:, None] * values[zone_at])
    table = pd.DataFrame(totals, index=areas.index, columns=list(columns))
    table["covered"] = np.bincount(area_at, shared, minlength=len(areas)) / shapely.area(over)
    return table
