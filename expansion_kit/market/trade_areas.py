"""
Trade areas: rings, rings that hold so many people, hexagons, areas by travel time; what lies in them, what they share.

All are polygons in metres, one row an area. `apportion` says what lies in them, `overlap` what two of them share.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market import streets, travel
from expansion_kit.market.shared_ground import ground_once

_RADIUS_M = 0.1  # how exactly a threshold ring is sought


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


def threshold_rings(points, zones, amounts, *, column="population"):
    """
    The smallest circle around each point that holds so many people.

    Parameters
    ----------
    points : GeoDataFrame, shape (n,)
        Points in metres; a row without a position gets no ring.
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in the points' coordinate reference system, with `column`; people are spread evenly over a zone.
    amounts : sequence of float
        How many, each above 0.
    column : str
        What is counted: a column of `zones` that adds up.

    Returns
    -------
    GeoDataFrame, one row a point and amount
        The points' key (named as their index, or `point_id`), `amount`, `radius_m` (to 0.1 m), `zones_missing` (zones
        in the ring whose value is not known: they count nothing, so the ring may be too large) and the disc. Where
        all zones together do not hold the amount, radius and disc are missing.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or an amount is not above 0.

    Examples
    --------
    1,000 people a square kilometre: 10,000 live within 1,784 m.

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame({"population": [100_000]}, geometry=[shapely.box(-5e3, -5e3, 5e3, 5e3)], crs=crs)
    >>> sites = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0], [0], index=["A1"], crs=crs))
    >>> threshold_rings(sites, zones, [10_000])["radius_m"].round().tolist()
    [1784.0]
    """
    geo.check_metres(points, zones)
    amounts = np.asarray(amounts, dtype=float)
    if amounts.size == 0 or not (amounts > 0).all():
        raise ValueError(f"amounts must be above 0, but are {amounts.tolist()}")
    pieces = ground_once(zones[zones[column].notna()])
    known, unknown = zones[zones[column].notna()], zones.geometry[zones[column].isna()].to_numpy()
    placed = points[points.geometry.notna()]
    spot = np.repeat(placed.geometry.to_numpy(), amounts.size)
    wanted = np.tile(amounts, len(placed))
    x, y, low_x, low_y, high_x, high_y = shapely.get_x(spot), shapely.get_y(spot), *zones.total_bounds
    all_in = 1.01 * np.hypot(np.maximum(x - low_x, high_x - x), np.maximum(y - low_y, high_y - y))
    enough = known[column].sum() * (1 + 1e-12) >= wanted
    low, high = np.zeros(len(spot)), all_in
    while enough.any() and (high - low).max() > _RADIUS_M:
        middle = (low + high) / 2
        held = _apportion(pieces, known, _discs(spot, middle, points.crs), [column])[column].to_numpy()
        low, high = np.where(held < wanted, middle, low), np.where(held < wanted, high, middle)
    table = _discs(spot, np.where(enough, high, np.nan), points.crs)
    at = shapely.STRtree(unknown).query(table.geometry.to_numpy()[enough], predicate="intersects")[0]
    missing = np.full(len(spot), np.nan)
    missing[enough] = np.bincount(at, minlength=enough.sum())
    table.insert(0, points.index.name or "point_id", np.repeat(placed.index.to_numpy(), amounts.size))
    table.insert(1, "amount", wanted)
    table.insert(3, "zones_missing", missing)
    return table


def _discs(spots, radii, crs):
    return gpd.GeoDataFrame(
        {"radius_m": radii},
        geometry=np.where(np.isfinite(radii), shapely.buffer(spots, radii, quad_segs=64), None),
        crs=crs,
    )


def hexagons(zones, resolution):
    """
    Hexagons (H3 cells) that cover the zones without gap or overlap: `apportion` onto them keeps the totals.

    Parameters
    ----------
    zones : GeoDataFrame
        Polygons in metres.
    resolution : int
        H3 resolution; a cell of 8 has about 0.74 km2, of 9 about 0.11 km2.

    Returns
    -------
    GeoDataFrame, index `cell`
        Polygons in the zones' coordinate reference system; each shares ground with a zone.

    Raises
    ------
    ValueError
        If the zones are not in metres.

    Examples
    --------
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> square = gpd.GeoDataFrame({"population": [900]}, geometry=[shapely.box(0, 0, 3000, 3000)], crs=crs)
    >>> float(apportion(square, hexagons(square, 8), ["population"])["population"].sum().round(6))
    900.0
    """
    geo.check_metres(zones)
    whole = zones.geometry.union_all()
    seen = gpd.GeoSeries([whole.buffer(1.0)], crs=zones.crs)  # a straight edge in metres is bent in degrees
    made = geo.cell_polygons(geo.hexagons(geo.to_wgs84(seen).iloc[0], resolution)).to_crs(zones.crs)
    shares = shapely.intersects(whole, made.to_numpy()) & ~shapely.touches(whole, made.to_numpy())
    return gpd.GeoDataFrame(geometry=made[shares])


def travel_areas(
    points,
    minutes,
    *,
    network=None,
    matrix=None,
    zones=None,
    mode="walk",
    kmh=None,
    detour=1.3,
    towards=True,
    width=50.0,
    fill=0.5,
):
    """
    What lies within a travel time of each point: by streets, by the user's own table, or by the straight line.

    Parameters
    ----------
    points : GeoDataFrame, shape (n,)
        Points in metres; a row without a position gets no area.
    minutes : sequence of float
        Times, each above 0.
    network : GeoDataFrame, optional
        Streets in metres, as in `travel.travel_minutes`. The area is what lies within `width` metres of a street, or
        part of one, that is reached in time, with the blocks of up to `fill` km2 that such streets enclose.
    matrix : DataFrame, optional
        The `travel` table, between `zones` and points: the area is the zones that are reached in time.
    zones : GeoDataFrame, optional
        Polygons in the points' coordinate reference system; needed with `matrix`.
    mode, kmh, detour
        As in `travel.travel_minutes`. By the straight line the area is a circle.
    towards : bool
        Whether people go to the point; otherwise they come from it.
    width, fill : float
        Metres; square kilometres.

    Returns
    -------
    GeoDataFrame, one row a point and time
        The points' key (named as their index, or `point_id`), `minutes`, `method` (how the area was made, in a
        sentence) and the polygon; empty where nothing is reached.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, `network` and `matrix` are both given, `matrix`
        comes without `zones`, or an option is out of its range.

    Examples
    --------
    Ten minutes on foot, 800 m of streets: by the straight line with the detour, a circle of 615 m.

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> sites = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0], [0], index=["A1"], crs=crs))
    >>> area = travel_areas(sites, [10]).iloc[0]
    >>> [round(x) for x in area.geometry.bounds], area["method"]
    ([-615, -615, 615, 615], 'straight line x 1.3, on foot at 4.8 km/h')
    """
    geo.check_metres(points)
    minutes = np.asarray(minutes, dtype=float)
    if minutes.size == 0 or not (minutes > 0).all():
        raise ValueError(f"minutes must be above 0, but are {minutes.tolist()}")
    if network is not None and matrix is not None:
        raise ValueError("give network or matrix, not both")
    if not (width > 0 and fill >= 0 and detour >= 1):
        raise ValueError(f"width must be above 0, fill not below 0, detour at least 1: {width}, {fill}, {detour}")
    speed = travel.speed(mode, kmh)
    placed = points[points.geometry.notna()]
    if network is not None:
        areas, method = _street_areas(placed, minutes, network, mode, speed, towards, width, fill)
    elif matrix is not None:
        areas, method = _matrix_areas(placed, minutes, matrix, zones, mode, speed, towards)
    else:
        areas = rings(placed, minutes * speed / 60.0 * 1000.0 / detour).geometry.to_numpy()
        how = "on foot" if mode == "walk" else "driving"
        method = f"straight line x {detour:g}, {how} at {speed:g} km/h"
    return gpd.GeoDataFrame(
        {
            points.index.name or "point_id": np.repeat(placed.index.to_numpy(), minutes.size),
            "minutes": np.tile(minutes, len(placed)),
            "method": method,
        },
        geometry=areas,
        crs=points.crs,
    )


def _street_areas(points, minutes, network, mode, kmh, towards, width, fill):
    walking = kmh if mode == "walk" else streets.WALK_KMH
    edges = streets.street_edges(network, mode=mode, kmh=kmh)
    ways = streets.reached_streets(edges, points, minutes, towards=towards, kmh=walking)
    near = [_around(way, width) for of_point in ways for way in of_point]
    method = travel.street_method(edges, mode, kmh, streets.SNAP_M)
    return [_filled(area, fill * 1e6) for area in near], f"{method}; {width:g} m around streets, blocks to {fill:g} km2"


def _around(way, width):
    """What lies near lines: each by itself, then united; GEOS takes a minute for thousands of short ones at once."""
    lines = shapely.get_parts(way)
    return shapely.union_all(shapely.buffer(lines, width, quad_segs=4)) if len(lines) else shapely.Polygon()


def _filled(area, largest):
    """An area without the holes up to a size."""
    parts = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > largest])
        for part in shapely.get_parts(area)
    ]
    return area if area.is_empty else shapely.union_all(parts)


def _matrix_areas(points, minutes, matrix, zones, mode, kmh, towards):
    if zones is None:
        raise ValueError("areas from a travel table are made of zones: give zones")
    geo.check_metres(points, zones)
    between = (zones, points) if towards else (points, zones)
    times = travel.travel_minutes(*between, matrix=matrix, mode=mode, kmh=kmh)
    by_point = times.T.to_numpy() if towards else times.to_numpy()
    reached = [zones.geometry[row <= most] for row in by_point for most in minutes]
    areas = [some.union_all() if len(some) else shapely.Polygon() for some in reached]
    return areas, f"zones within the time by {times.attrs['method']}"


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
        that part only. An area that shares ground with a zone whose value is missing, or that has no polygon, has no
        total. Where areas tile the zones, totals are conserved. Ground that several zones claim is divided evenly
        between them (`shared_ground.ground_once`): it is covered once.

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
    if not np.isin(shapely.get_type_id(areas.geometry.to_numpy()), (-1, 3, 6)).all():
        raise ValueError("areas must be polygons: a point has no ground to share")
    return _apportion(ground_once(zones), zones, areas, columns)


def _apportion(pieces, zones, areas, columns):
    """As `apportion`, by the pieces of the zones."""
    ground, over, owner = pieces.geometry.to_numpy(), areas.geometry.to_numpy(), pieces["zone"].to_numpy()
    part = pieces["part"].to_numpy()
    area_at, piece_at = shapely.STRtree(ground).query(over, predicate="intersects")
    shared = shapely.area(shapely.intersection(over[area_at], ground[piece_at])) * part[piece_at]
    area_at, zone_at, shared = area_at[shared > 0], owner[piece_at[shared > 0]], shared[shared > 0]
    weight = shared / np.bincount(owner, shapely.area(ground) * part, minlength=len(zones))[zone_at]
    values = zones[columns].to_numpy(dtype=float)
    totals = np.zeros((len(areas), len(columns)))
    np.add.at(totals, area_at, weight[:, None] * values[zone_at])
    table = pd.DataFrame(totals, index=areas.index, columns=list(columns))
    table[shapely.is_missing(over)] = np.nan
    size = shapely.area(over)
    covered = np.bincount(area_at, shared, minlength=len(areas)) / np.where(size > 0, size, np.nan)
    table["covered"] = np.minimum(covered, 1.0)  # no more than rounding is cut
    return table


def overlap(areas, zones, columns):
    """
    What two areas share: ground, people, money. A screen for rivalry of own stores, not an estimate of lost sales.

    Parameters
    ----------
    areas : GeoDataFrame, shape (n_areas,)
        Polygons in metres; each id of the index once.
    zones : GeoDataFrame, shape (n_zones,)
        Polygons in the areas' coordinate reference system, with `columns`.
    columns : list of str
        Columns that add up (population, potential ...).

    Returns
    -------
    DataFrame, index `area`, `other`
        One row an ordered pair that shares ground: `shared_sqkm`, `shared_share` (of the area's ground) and, for each
        column, what lies in the shared part and `<column>_share`, its part of the area's total; missing where the
        total is missing or 0.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, or an id stands twice.

    Examples
    --------
    Two areas, of 4 and 2 km2, share 1 km2 where a quarter of the first one's people live:

    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> zones = gpd.GeoDataFrame({"population": [600]}, geometry=[shapely.box(0, 0, 6000, 1000)], crs=crs)
    >>> boxes = [shapely.box(0, 0, 4000, 1000), shapely.box(3000, 0, 5000, 1000)]
    >>> areas = gpd.GeoDataFrame(geometry=boxes, index=["A1", "A2"], crs=crs)
    >>> overlap(areas, zones, ["population"])["population_share"].round(2).tolist()
    [0.25, 0.5]
    """
    geo.check_metres(areas, zones)
    if not areas.index.is_unique:
        raise ValueError("each area needs an id of its own: an id stands twice in the index")
    ground = areas.geometry.to_numpy()
    one, other = shapely.STRtree(ground).query(ground, predicate="intersects")
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    common = shapely.buffer(shapely.intersection(ground[one], ground[other]), 0.0)  # keeps polygons, drops lines
    some = (one != other) & (shapely.area(common) > 0)
    one, other, common = one[some], other[some], common[some]
    pairs = pd.MultiIndex.from_arrays([areas.index[one], areas.index[other]], names=["area", "other"])
    shared = apportion(zones, gpd.GeoDataFrame(geometry=common, index=pairs, crs=areas.crs), columns)
    whole = apportion(zones, areas.set_axis(range(len(areas))), columns).loc[one]
    table = pd.DataFrame({"shared_sqkm": shapely.area(common) / 1e6}, index=pairs)
    table["shared_share"] = shapely.area(common) / shapely.area(ground[one])
    for name in columns:
        total = whole[name].to_numpy()
        table[name] = shared[name]
        table[f"{name}_share"] = shared[name] / np.where(total > 0, total, np.nan)
    return table
