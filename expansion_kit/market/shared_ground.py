"""Zones that lie over one another: each piece of ground once, divided between the zones that claim it."""

import geopandas as gpd
import numpy as np
import shapely

from expansion_kit import geo

_SLIVER = 1e-9  # of the smaller zone: what two outlines of one border share by rounding


def ground_once(zones):
    """
    The ground of zones in pieces: what several zones claim is divided evenly between them.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in metres.

    Returns
    -------
    GeoDataFrame, one row a zone and piece of its ground
        `zone` (its place in the table, from 0), `part` (1, or one over how many zones lie there) and the polygon. The
        areas times `part` add up to the ground under the zones, once. A zone that shares nothing is one piece.

    Raises
    ------
    ValueError
        If the zones are not in metres or not polygons.

    Examples
    --------
    Two zones of 2 km2 that have one in common:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> boxes = [shapely.box(0, 0, 2000, 1000), shapely.box(1000, 0, 3000, 1000)]
    >>> pieces = ground_once(gpd.GeoDataFrame(geometry=boxes, crs=crs))
    >>> (pieces.area * pieces["part"]).groupby(pieces["zone"]).sum().tolist()
    [1500000.0, 1500000.0]
    """
    geo.check_metres(zones)
    ground = zones.geometry.to_numpy()
    if not np.isin(shapely.get_type_id(ground), (3, 6)).all():
        raise ValueError("zones must be polygons: a point has no ground to share")
    over = _overlapping(ground)
    faces, owner, part = _faces(ground[over])
    owner = np.concatenate([np.flatnonzero(~over), np.flatnonzero(over)[owner]])
    part = np.concatenate([np.ones((~over).sum()), part])
    shapes = np.concatenate([ground[~over], faces])
    order = np.argsort(owner, kind="stable")
    return gpd.GeoDataFrame({"zone": owner[order], "part": part[order]}, geometry=shapes[order], crs=zones.crs)


def _overlapping(ground):
    """Which polygons share more than a border with another."""
    one, other = shapely.STRtree(ground).query(ground, predicate="intersects")
    one, other = one[one < other], other[one < other]
    size = shapely.area(ground)
    some = shapely.area(shapely.intersection(ground[one], ground[other])) > _SLIVER * np.minimum(size[one], size[other])
    return np.isin(np.arange(len(ground)), np.concatenate([one[some], other[some]]))


def _faces(ground):
    """The smallest faces that the outlines cut, a row for each polygon they lie in, and one over how many these are."""
    lines = shapely.union_all(shapely.boundary(ground))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    face, owner = shapely.STRtree(ground).query(shapely.point_on_surface(faces), predicate="intersects")
    return faces[face], owner, 1.0 / np.bincount(face, minlength=len(faces))[face]
