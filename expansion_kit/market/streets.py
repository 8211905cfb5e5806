"""
A street network as a graph: lines cut where they meet, places put onto them, and the quickest ways between places.

Lines meet where they share a vertex; a bridge over a street shares none with it. A street cannot be searched before it
is cut at the places: `network_minutes` and `reached_streets` do that, and `graphs` searches.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market import graphs

WALK_KMH = 4.8
SNAP_M = 500.0
CLASS_KMH = {  # driving where a street states no speed of its own, by `kind`; a kind that is not here is not driven on
    "motorway": 90.0,
    "motorway_link": 50.0,
    "trunk": 70.0,
    "trunk_link": 45.0,
    "primary": 45.0,
    "primary_link": 35.0,
    "secondary": 40.0,
    "secondary_link": 35.0,
    "tertiary": 35.0,
    "tertiary_link": 30.0,
    "unclassified": 30.0,
    "road": 30.0,
    "residential": 25.0,
    "service": 15.0,
    "living_street": 10.0,
}
_JOIN_M = 0.01  # vertices in one square of this size are one
_END_M = 1e-6  # a place this near to an edge's end stands on the end


def street_edges(network, *, mode="walk", kmh=WALK_KMH, smallest_part=1000.0):
    """
    Streets cut into edges at the vertices that they share.

    Parameters
    ----------
    network : GeoDataFrame
        Lines in metres. Walking takes the streets whose `walk` (bool) is true or not stated, in both directions.
        Driving takes those whose `drive` (bool) is true or not stated and that have a `speed_kmh`, or a `kind` with a
        speed in `CLASS_KMH`; where `oneway` (bool) is true only in the direction of the line.
    mode : str
        `walk` or `drive`.
    kmh : float
        Speed of walking.
    smallest_part : float
        Metres of streets that a part without connection to the largest one must have to be kept; smaller ones are
        yards and streets cut off by the edge of the map. When driving, a part is what can be left and entered again.

    Returns
    -------
    GeoDataFrame, one row an edge
        `from_node`, `to_node` (numbers from 0), `metres`, `minutes` in the direction of the line, `minutes_back`
        (infinite where it is one-way) and the line. `.attrs["dropped_m"]`: metres in parts that are not kept.

    Raises
    ------
    ValueError
        If the network is not in metres, the mode is neither of the two, or no street is open to it.

    Examples
    --------
    A street of 400 m that another one crosses in the middle:

    >>> long, short = [(0, 0), (200, 0), (400, 0)], [(200, -80), (200, 0), (200, 80)]
    >>> lines = gpd.GeoSeries([shapely.LineString(long), shapely.LineString(short)], crs=geo.metric_crs([127], [37]))
    >>> edges = street_edges(lines.to_frame("geometry"))
    >>> edges["metres"].tolist(), edges["minutes"].tolist()
    ([200.0, 200.0, 80.0, 80.0], [2.5, 2.5, 1.0, 1.0])
    """
    geo.check_metres(network)
    speed = pd.Series(_speeds(network, mode, kmh), index=network.index)
    open_to = network.geometry.notna() & speed.gt(0)
    oneway = _flag(network, "oneway", False) if mode == "drive" else np.zeros(len(network), dtype=bool)
    lines = gpd.GeoDataFrame({"kmh": speed, "oneway": oneway}, geometry=network.geometry)[open_to.to_numpy()]
    lines = lines.explode(ignore_index=True)
    if not np.isin(shapely.get_type_id(lines.geometry.to_numpy()), (1, 2)).all():
        raise ValueError("a street network is made of lines")
    edges = _cut(lines.geometry.to_numpy())
    if not len(edges):
        raise ValueError(f"no street of the network is open to mode {mode!r}; driving needs speed_kmh or a known kind")
    line = edges.pop("line").to_numpy()
    edges["minutes"] = edges["metres"] / (lines["kmh"].to_numpy()[line] * 1000.0 / 60.0)
    edges["minutes_back"] = np.where(lines["oneway"].to_numpy()[line], np.inf, edges["minutes"])
    edges = edges.set_crs(network.crs)
    return _large_parts(edges, smallest_part)


def network_minutes(edges, origins, destinations, *, snap=SNAP_M, kmh=WALK_KMH, limit=np.inf):
    """
    Quickest ways between places on a street network.

    A place is put onto the nearest street, which is cut there; the straight line to it is walked.

    Parameters
    ----------
    edges : GeoDataFrame
        As from `street_edges`.
    origins, destinations : GeoSeries or GeoDataFrame of points, shapes (n,) and (m,)
        In the edges' coordinate reference system.
    snap : float
        Metres; a place without a street within this distance is not on the network.
    kmh : float
        Speed of walking to the street and from it.
    limit : float
        Minutes on streets after which the search stops.

    Returns
    -------
    ndarray, shape (n, m)
        Minutes; missing where there is no way, or none within the limit.

    References
    ----------
    Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.

    Examples
    --------
    Ten metres to a street, 400 m along it, at 6 km/h:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs=crs)
    >>> start, end = gpd.GeoSeries.from_xy([50], [10], crs=crs), gpd.GeoSeries.from_xy([450], [0], crs=crs)
    >>> network_minutes(street_edges(lines, kmh=6), start, end, kmh=6).round(6).tolist()
    [[4.1]]
    """
    geo.check_metres(edges, origins, destinations)
    n = len(origins)
    points = np.r_[origins.geometry.to_numpy(), destinations.geometry.to_numpy()]
    edge, along, away = _snapped(edges, points, snap)
    pieces, node = _joined(edges, edge, along)
    times = graphs.quickest(pieces, node[:n], node[n:], limit=limit)
    walked = away / (kmh * 1000.0 / 60.0)
    minutes = times + walked[:n, None] + walked[None, n:]
    return np.where(np.isfinite(minutes), minutes, np.nan)


def reached_streets(edges, points, minutes, *, towards=True, snap=SNAP_M, kmh=WALK_KMH):
    """
    The streets, and parts of streets, within a time of each place.

    Parameters
    ----------
    edges, snap, kmh
        As in `network_minutes`.
    points : GeoSeries or GeoDataFrame of points, shape (n,)
        In the edges' coordinate reference system.
    minutes : sequence of float, length k
        Times, each above 0.
    towards : bool
        Whether the place is where people go to; otherwise they come from it. One-way streets make the difference.

    Returns
    -------
    list of n lists of k MultiLineStrings
        With the straight line to the street; empty where a place is not on the network or the time ends before it.

    Examples
    --------
    Three minutes at 4.8 km/h are 240 m in both directions:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs=crs)
    >>> [[way]] = reached_streets(street_edges(lines), gpd.GeoSeries.from_xy([200], [0], crs=crs), [3])
    >>> [round(x, 6) for x in way.bounds]
    [0.0, 0.0, 440.0, 0.0]
    """
    from scipy.sparse.csgraph import dijkstra

    geo.check_metres(edges, points)
    spots = points.geometry.to_numpy()
    edge, along, away = _snapped(edges, spots, snap)
    pieces, node = _joined(edges, edge, along)
    if towards:
        pieces = pieces.rename(columns={"minutes": "minutes_back", "minutes_back": "minutes"})
    graph, number = graphs.matrix(pieces)
    lines, ways = edges.geometry.to_numpy(), []
    for spot, at, on, metre, gap in zip(spots, node, edge, along, away / (kmh * 1000.0 / 60.0)):
        left = np.asarray(minutes, dtype=float) - gap
        if at < 0 or left.max() <= 0:
            ways.append([shapely.MultiLineString()] * len(left))
            continue
        time = dijkstra(graph, indices=number[at], limit=left.max())
        start, end = (time[number[pieces[name].to_numpy()]] for name in ("from_node", "to_node"))
        access = shapely.LineString([spot, shapely.line_interpolate_point(lines[on], metre)])
        ways.append([_way(pieces, lines, access, start, end, rest) for rest in left])
    return ways


def ground_per_street(network):
    """
    How far streets lie apart: ground over length of streets, which in a square grid is half its spacing.

    Parameters
    ----------
    network : GeoDataFrame
        Lines in metres.

    Returns
    -------
    float
        Metres; the ground is the convex hull of the streets.

    Examples
    --------
    Three streets each way, 100 m apart: 40,000 m2 of ground and 1,200 m of streets.

    >>> ways = [shapely.LineString([(x, 0), (x, 200)]) for x in (0, 100, 200)]
    >>> ways += [shapely.LineString([(0, y), (200, y)]) for y in (0, 100, 200)]
    >>> round(ground_per_street(gpd.GeoDataFrame(geometry=ways, crs=geo.metric_crs([127.0], [37.5]))), 3)
    33.333
    """
    geo.check_metres(network)
    lines = network.geometry.to_numpy()
    hull = shapely.convex_hull(shapely.geometrycollections(lines[~shapely.is_missing(lines)]))
    return float(hull.area / network.length.sum())


def _flag(network, name, otherwise):
    if name not in network:
        return np.full(len(network), otherwise)
    return network[name].astype("boolean").fillna(otherwise).to_numpy(dtype=bool)


def _speeds(network, mode, kmh):
    """km/h on each street; missing where it is not open to the mode."""
    if mode == "walk":
        return np.where(_flag(network, "walk", True), kmh, np.nan)
    if mode != "drive":
        raise ValueError(f"mode must be walk or drive, but is {mode!r}")
    speed = pd.Series(np.nan, index=network.index)
    if "kind" in network:
        speed = network["kind"].map(CLASS_KMH).astype(float)
    if "speed_kmh" in network:
        speed = network["speed_kmh"].astype(float).fillna(speed)
    return np.where(_flag(network, "drive", True), speed, np.nan)


def _cut(lines):
    """Edges of lines between the vertices where lines end or meet, with the position of their line."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if not len(xy):
        return gpd.GeoDataFrame({"line": []}, geometry=[])
    square = np.rint(xy / _JOIN_M).astype(np.int64)
    square -= square.min(axis=0)
    vertex = pd.factorize(square[:, 0] * (square[:, 1].max() + 1) + square[:, 1])[0]
    moved = np.r_[True, (line[1:] != line[:-1]) | (vertex[1:] != vertex[:-1])]
    xy, line, vertex = xy[moved], line[moved], vertex[moved]
    new = line[1:] != line[:-1]
    meets = (np.bincount(vertex) > 1)[vertex] | np.r_[True, new] | np.r_[new, True]
    at = np.flatnonzero(meets)
    one = line[at[:-1]] == line[at[1:]]
    start, stop = at[:-1][one], at[1:][one]
    step = np.r_[np.where(new, 0.0, np.hypot(*np.diff(xy, axis=0).T)), 0.0]
    size = stop - start + 1
    rows = np.repeat(start - np.r_[0, np.cumsum(size)[:-1]], size) + np.arange(size.sum())
    node = pd.factorize(np.r_[vertex[start], vertex[stop]])[0]
    return gpd.GeoDataFrame(
        {
            "line": line[start],
            "from_node": node[: len(start)],
            "to_node": node[len(start) :],
            "metres": np.add.reduceat(step, start) if len(start) else np.empty(0),
        },
        geometry=shapely.linestrings(xy[rows], indices=np.repeat(np.arange(len(start)), size)),
    )


def _large_parts(edges, smallest):
    from scipy.sparse.csgraph import connected_components

    graph, number = graphs.matrix(edges)
    label = connected_components(graph, directed=True, connection="strong")[1]
    start, end = (label[number[edges[name].to_numpy()]] for name in ("from_node", "to_node"))
    inside = start == end
    length = np.bincount(start[inside], edges["metres"].to_numpy()[inside], minlength=label.max() + 1)
    kept = inside & ((length >= smallest) | (np.arange(len(length)) == length.argmax()))[start]
    large = edges[kept].reset_index(drop=True)
    large.attrs["dropped_m"] = float(edges["metres"].to_numpy()[~kept].sum())
    return large


def _snapped(edges, points, snap):
    """Position of the nearest edge (-1: none), metres along it and metres to it, for each point."""
    edge, along, away = np.full(len(points), -1), np.full(len(points), np.nan), np.full(len(points), np.nan)
    known = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    if (shapely.get_type_id(points[known]) != 0).any():
        raise ValueError("ways are measured between points; take representative_point() of polygons")
    tree = shapely.STRtree(edges.geometry.to_numpy())
    (found, nearest), far = tree.query_nearest(
        points[known], max_distance=snap, return_distance=True, all_matches=False
    )
    edge[known[found]], away[known[found]] = nearest, far
    along[known[found]] = shapely.line_locate_point(edges.geometry.to_numpy()[nearest], points[known[found]])
    return edge, along, away


def _joined(edges, edge, along):
    """Edges cut at places: the pieces, and each place's node (-1: none)."""
    metres = edges["metres"].to_numpy()
    ends = edges[["from_node", "to_node"]].to_numpy()
    nodes = ends.max() + 1
    on = edge >= 0
    first, last = on & (along <= _END_M), on & (along >= metres[edge] - _END_M)
    node = np.full(len(edge), -1)
    node[last], node[first] = ends[edge[last], 1], ends[edge[first], 0]
    between = on & ~first & ~last
    cut, which = np.unique(np.column_stack([edge[between], along[between]]), axis=0, return_inverse=True)
    node[between] = nodes + which.ravel()
    touched = np.unique(cut[:, 0]).astype(int)
    all_of = np.r_[np.arange(len(edges)), np.arange(len(edges)), cut[:, 0].astype(int)]
    metre = np.r_[np.zeros(len(edges)), metres, cut[:, 1]]
    number = np.r_[ends[:, 0], ends[:, 1], nodes + np.arange(len(cut))]
    order = np.lexsort((np.r_[np.zeros(len(edges)), np.full(len(edges), 2), np.ones(len(cut))], metre, all_of))
    all_of, metre, number = all_of[order], metre[order], number[order]
    one = np.flatnonzero(all_of[1:] == all_of[:-1])
    of = all_of[one]
    share = (metre[one + 1] - metre[one]) / metres[of]
    uncut = ~np.isin(of, touched)
    share[uncut] = 1.0
    pieces = {"from_node": number[one], "to_node": number[one + 1], "edge": of, "uncut": uncut}
    pieces |= {"begin": metre[one], "end": metre[one + 1]}
    pieces |= {name: edges[name].to_numpy()[of] * share for name in ("minutes", "minutes_back")}
    return pd.DataFrame(pieces), node


def _way(pieces, lines, access, start, end, rest):
    """What of the pieces, whose ends are reached at `start` and `end`, is reached in `rest` minutes."""
    from shapely.ops import substring

    if rest <= 0:
        return shapely.MultiLineString()
    begin, stop, edge = (pieces[name].to_numpy() for name in ("begin", "end", "edge"))
    forth = np.minimum(np.maximum(rest - start, 0) / pieces["minutes"].to_numpy(), 1)
    back = np.minimum(np.maximum(rest - end, 0) / pieces["minutes_back"].to_numpy(), 1)
    whole = forth + back >= 1
    uncut = whole & pieces["uncut"].to_numpy()
    parts = [lines[edge[uncut]]]
    metres = stop - begin
    for some, low, high in (
        (whole & ~uncut, begin, stop),
        (~whole & (forth > 0), begin, begin + forth * metres),
        (~whole & (back > 0), stop - back * metres, stop),
    ):
        parts.append(np.array([substring(lines[edge[i]], low[i], high[i]) for i in np.flatnonzero(some)], dtype=object))
    ways = [way for way in np.concatenate(parts) if way.length > 0]
    return shapely.MultiLineString([*ways, access] if access.length > 0 else ways)
