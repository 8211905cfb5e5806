"""
Which zones touch: shared borders of polygons, neighbours of points, cut by barriers, islands joined by bridges.

A link table has one row a pair of neighbours, `zone_id` before `other_id` in order of ids: `border_m` (length of the
shared border; missing for points and bridges), `km` (from inner point to inner point, through the middle of the shared
border), `gap_m` (ground between the two, above 0 only for bridges) and `bridge` (True for a link that only holds parts
together that would otherwise be apart).
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo

_COLUMNS = ["zone_id", "other_id", "border_m", "km", "gap_m", "bridge"]


def zone_links(zones, *, barriers=None, joined=(), snap_m=1.0):
    """
    Pairs of zones that a territory can run through.

    Polygons are neighbours where they share a border, not where only corners meet; points by Gabriel's rule (no other
    point lies in the circle between the two). Where zones fall into parts, each part is joined to the rest by the
    shortest link, which is marked as a bridge.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        Polygons in metres, index zone ids; if one of them is a point, all count as points.
    barriers : GeoDataFrame or GeoSeries, optional
        Lines or polygons in the zones' coordinate reference system, such as a river: a link is cut where the way from
        inner point to inner point, through the middle of the shared border, meets one. Inner points and borders are
        those of the ground outside of polygons, so that a zone that reaches into the river belongs to its bank.
    joined : sequence of (zone_id, zone_id)
        Pairs that are linked in spite of it: a road bridge, a ferry. They count as bridges.
    snap_m : float
        Borders this far apart are still shared (m); what is shorter than four times that is a corner.

    Returns
    -------
    DataFrame
        Links as above, sorted by ids; every zone can be reached from every other.

    Raises
    ------
    ValueError
        If the zones or barriers are not in metres, an id occurs twice, a zone has no geometry, or a pair of `joined`
        names an unknown zone.

    References
    ----------
    Gabriel, K. R. and Sokal, R. R. (1969). A new statistical approach to geographic variation analysis. Systematic
    Zoology 18, 259-278.

    Examples
    --------
    Two squares side by side, a third one 300 m off:

    >>> import geopandas as gpd
    >>> boxes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), shapely.box(500, 0, 600, 100)]
    >>> zones = gpd.GeoDataFrame(geometry=boxes, index=["A", "B", "C"], crs=32652)
    >>> zone_links(zones)[["zone_id", "other_id", "gap_m", "bridge"]].values.tolist()
    [['A', 'B', 0.0, False], ['B', 'C', 300.0, True]]
    """
    _check(zones, barriers, joined)
    ordered = zones.sort_index()
    shapes = ordered.geometry.to_numpy()
    water = shapely.union_all(barriers.geometry.to_numpy()) if barriers is not None else shapely.Polygon()
    places = shapely.point_on_surface(_dry(shapes, water))
    if (shapely.get_dimensions(shapes) < 2).any():
        shapes = places
        first, second = _gabriel(shapely.get_coordinates(places))
        border, middle = np.full(len(first), np.nan), (shapely.get_coordinates(places[first]), None)
    else:
        first, second, border, middle = _shared_borders(shapes, snap_m, water)
    ways = _ways(places, first, second, middle)
    kept = ~shapely.intersects(ways, water)
    first, second = first[kept], second[kept]
    number = {zone: k for k, zone in enumerate(ordered.index)}
    extra = sorted(
        {tuple(sorted((number[a], number[b]))) for a, b in joined} - set(zip(first.tolist(), second.tolist()))
    )
    added = _bridged(shapes, places, first, second, extra)
    first, second = np.r_[first, added[:, 0]].astype(int), np.r_[second, added[:, 1]].astype(int)
    ids = ordered.index.to_numpy(dtype=object)
    made = np.repeat([False, True], [int(kept.sum()), len(added)])
    straight = shapely.distance(places[added[:, 0]], places[added[:, 1]]) if len(added) else np.array([])
    table = {
        "zone_id": ids[first],
        "other_id": ids[second],
        "border_m": np.r_[border[kept], np.full(len(added), np.nan)],
        "km": np.r_[shapely.length(ways[kept]), straight] / 1000,
        "gap_m": np.where(made, shapely.distance(shapes[first], shapes[second]), 0.0),
        "bridge": made,
    }
    order = np.lexsort((second, first))
    return pd.DataFrame(table, columns=_COLUMNS).iloc[order].reset_index(drop=True)


def _check(zones, barriers, joined):
    geo.check_metres(*(table for table in (zones, barriers) if table is not None))
    if not zones.index.is_unique:
        raise ValueError(f"a zone id must occur once, but {zones.index[zones.index.duplicated()][0]!r} occurs twice")
    empty = zones.geometry.isna() | zones.geometry.is_empty
    if empty.any():
        raise ValueError(f"{empty.sum()} zones have no geometry, first {zones.index[empty][0]!r}")
    unknown = sorted({str(zone) for pair in joined for zone in pair if zone not in zones.index})
    if unknown:
        raise ValueError(f"`joined` names zones that do not exist: {', '.join(unknown)}")


def _dry(shapes, water):
    """Shapes without their part in polygons of `water`; a shape that lies wholly in it stays as it is."""
    wet = shapely.intersects(shapes, water) & (shapely.get_dimensions(shapes) > 0)
    kept = shapes.copy()
    kept[wet] = shapely.difference(shapes[wet], water)
    return np.where(shapely.is_empty(kept), shapes, kept)


def _shared_borders(shapes, snap_m, water):
    """Pairs with a shared border, its length, and points in its middle."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=snap_m)
    once = first < second
    first, second = first[once], second[once]
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    common = shapely.intersection(shapely.boundary(shapes[first]), shapely.buffer(shapes[second], snap_m))
    border = shapely.length(common)
    real = border > 4 * snap_m
    spots = _middles(_dry(common[real], water))
    return first[real], second[real], border[real], (spots, spots)


def _middles(lines):
    """The middle of the longest part of each line."""
    parts_of, which = shapely.get_parts(shapely.line_merge(lines), return_index=True)
    order = np.lexsort((shapely.length(parts_of), which))
    longest = order[np.append(np.diff(which[order]) > 0, True)] if len(order) else order
    return shapely.get_coordinates(shapely.line_interpolate_point(parts_of[longest], 0.5, normalized=True))


def _gabriel(xy):
    """Neighbours among points; points on one line are linked along it."""
    from scipy.spatial import Delaunay, QhullError, cKDTree

    places, where = np.unique(xy, axis=0, return_inverse=True)  # points at one place are bridged later, 0 m apart
    stands = np.full(len(places), len(xy))
    np.minimum.at(stands, where.ravel(), np.arange(len(xy)))
    try:
        corners = Delaunay(places).simplices
        pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
        pairs = np.unique(pairs, axis=0)
    except (QhullError, ValueError):
        pairs = np.column_stack([np.arange(len(places) - 1), np.arange(1, len(places))])
    ends = places[pairs]
    centre, radius = ends.mean(axis=1), np.hypot(*(ends[:, 1] - ends[:, 0]).T) / 2
    nearest = cKDTree(places).query(centre)[0] if len(pairs) else radius
    pairs = np.sort(stands[pairs[nearest >= radius * (1 - 1e-9)]], axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[:, 0], pairs[:, 1]


def _ways(places, first, second, middle):
    """Lines from inner point to inner point; polygons through the middle of their border."""
    start, end = shapely.get_coordinates(places[first]), shapely.get_coordinates(places[second])
    stops = [start, end] if middle[1] is None else [start, middle[1], end]
    return shapely.linestrings(np.stack(stops, axis=1)) if len(first) else np.array([], dtype=object)


def _bridged(shapes, places, first, second, extra):
    """Given extra links, and the shortest ones that hold the parts together, as pairs of numbers."""
    added = list(extra)
    while True:
        part = parts(len(shapes), np.r_[first, [a for a, _ in added]], np.r_[second, [b for _, b in added]])
        sizes = np.bincount(part)
        if len(sizes) == 1:
            return np.array(sorted(added), dtype=int).reshape(-1, 2)
        inside = np.flatnonzero(part == np.argmin(sizes))  # parts are numbered by their first zone: ties are settled
        outside = np.flatnonzero(part != np.argmin(sizes))
        tree = shapely.STRtree(shapes[outside])
        (mine, theirs), gap = tree.query_nearest(shapes[inside], return_distance=True)
        near = gap <= gap.min() + 1e-6
        a, b = inside[mine[near]], outside[theirs[near]]
        length = np.round(shapely.distance(places[a], places[b]), 3)
        best = np.lexsort((np.maximum(a, b), np.minimum(a, b), length))[0]
        added.append((min(a[best], b[best]), max(a[best], b[best])))


def parts(many, first, second):
    """
    The connected part of each of `many` things, numbered in order of their first members.

    >>> parts(4, [0, 1], [2, 3]).tolist()
    [0, 1, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    matrix = coo_array((np.ones(len(first)), (first, second)), shape=(many, many))
    label = connected_components(matrix, directed=False)[1]
    start = np.unique(label, return_index=True)[1]
    return np.argsort(np.argsort(start))[label]
