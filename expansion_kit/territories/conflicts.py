"""Where territories get into each other's way: outlines that overlap or leave gaps, stores too near to another's."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo

_PAIRS = ["point_id", "other_id", "holder", "other_holder", "distance_m", "radius_m", "short_m"]


def area_conflicts(areas, *, outline=None, at_least_sqm=1000.0):
    """
    Ground that two territories claim, and ground inside the outline that none does.

    Parameters
    ----------
    areas : GeoDataFrame
        Territories as polygons in metres, index territory ids, such as the `territories` table with its own geometry.
    outline : GeoDataFrame or GeoSeries, optional
        The city (such as its zones) in the same coordinate reference system: what no territory covers is a gap.
        Without it, only holes between territories are.
    at_least_sqm : float
        What is smaller is a fault of drawing, not of agreement.

    Returns
    -------
    GeoDataFrame
        `conflict` (`overlap` or `gap`), `territory_id`, `other_id` (None for a gap; its neighbours joined by blanks are
        in `territory_id`), `area_sqkm`, `share` (of the smaller territory; missing for a gap) and `geometry`; the
        largest first, ties by ids.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one coordinate reference system.

    Examples
    --------
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000), shapely.box(900, 0, 2000, 1000)],
    ...                          index=["T1", "T2"], crs=32652)
    >>> area_conflicts(areas)[["conflict", "territory_id", "other_id", "area_sqkm", "share"]].values.tolist()
    [['overlap', 'T1', 'T2', 0.1, 0.1]]
    """
    geo.check_metres(areas, *([] if outline is None else [outline]))
    drawn = areas[~(areas.geometry.isna() | areas.geometry.is_empty)].sort_index()
    shapes, ids = shapely.make_valid(drawn.geometry.to_numpy()), drawn.index.to_numpy(dtype=object)
    rows = _overlaps(shapes, ids) + _gaps(shapes, ids, outline)
    columns = ["conflict", "territory_id", "other_id", "area_sqkm", "share", "geometry"]
    rows = [row for row in rows if row[3] * 1e6 >= at_least_sqm]
    rows.sort(key=lambda row: (-round(row[3], 6), row[0], str(row[1]), str(row[2])))
    table = pd.DataFrame(rows, columns=columns).astype({"area_sqkm": float, "share": float})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs)


def _overlaps(shapes, ids):
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    rows = []
    for a, b in sorted(zip(first[first < second].tolist(), second[first < second].tolist())):
        common = shapely.intersection(shapes[a], shapes[b])
        share = common.area / min(shapes[a].area, shapes[b].area)
        rows.append(("overlap", ids[a], ids[b], common.area / 1e6, share, common))
    return rows


def _gaps(shapes, ids, outline):
    covered = shapely.union_all(shapes)
    if outline is None:
        outer = [shapely.Polygon(part.exterior) for part in shapely.get_parts(covered) if part.geom_type == "Polygon"]
        whole = shapely.union_all(np.array(outer, dtype=object))
    else:
        whole = shapely.union_all(outline.geometry.to_numpy())
    rows = []
    for gap in shapely.get_parts(shapely.difference(whole, covered)):
        beside = " ".join(str(name) for name in ids[shapely.dwithin(shapes, gap, 1.0)])
        rows.append(("gap", beside, None, gap.area / 1e6, np.nan, gap))
    return rows


def radius_conflicts(points, holders, radius_m, *, others=None, other_holders=None):
    """
    Stores or sites that lie within the protected radius of somebody else's store.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries, shape (n,)
        Protected stores, points in metres, index ids; one without a position is left out.
    holders : Series
        Whose each store is (territory or franchisee), on the points' index; a store of nobody known is left out.
    radius_m : float or Series
        Protected radius, by store where it differs (m, at least 0; missing: none was agreed).
    others : GeoDataFrame or GeoSeries, optional
        What might break the protection, such as candidate sites; the stores themselves where absent.
    other_holders : Series, optional
        Whose those are, on their index; one of nobody known is in conflict with all.

    Returns
    -------
    DataFrame
        `point_id` (the protected store), `other_id`, `holder`, `other_holder`, `distance_m`, `radius_m`, `short_m`
        (radius less distance), the worst first. Two stores of different holders within both radii are two rows.

    Raises
    ------
    ValueError
        If the points are not in metres and in one coordinate reference system, a holder is missing in the index, or a
        radius is below 0.

    Examples
    --------
    >>> stores = gpd.GeoSeries.from_xy([0, 300, 350], [0, 0, 0], index=["S1", "S2", "S3"], crs=32652)
    >>> whose = pd.Series({"S1": "Li", "S2": "Wang", "S3": "Wang"})
    >>> found = radius_conflicts(stores, whose, pd.Series({"S1": 320.0, "S2": 200.0}))
    >>> found[["point_id", "other_id", "short_m"]].values.tolist()
    [['S1', 'S2', 20.0]]
    """
    own = others is None
    others, other_holders = (points, holders) if own else (others, other_holders)
    geo.check_metres(points, others)
    radius = radius_m.reindex(points.index) if isinstance(radius_m, pd.Series) else pd.Series(radius_m, points.index)
    if (radius.astype(float) < 0).any():
        raise ValueError("a protected radius is at least 0 m")
    whose = holders.reindex(points.index)
    theirs = (
        pd.Series(None, others.index, dtype=object) if other_holders is None else other_holders.reindex(others.index)
    )
    away = geo.distances(points, others)
    near = (away <= radius.to_numpy(dtype=float)[:, None]) & whose.notna().to_numpy()[:, None]
    near &= whose.to_numpy(dtype=object)[:, None] != theirs.to_numpy(dtype=object)[None, :]
    if own:
        near &= theirs.notna().to_numpy()[None, :]
    first, second = np.nonzero(near)
    table = {"point_id": points.index[first], "other_id": others.index[second]}
    table |= {"holder": whose.iloc[first].to_numpy(), "other_holder": theirs.iloc[second].to_numpy()}
    table |= {"distance_m": away[first, second], "radius_m": radius.iloc[first].to_numpy(dtype=float)}
    found = pd.DataFrame(table).assign(short_m=lambda rows: rows["radius_m"] - rows["distance_m"])[_PAIRS]
    order = found.assign(worst=-found["short_m"].round(6)).sort_values(["worst", "point_id", "other_id"]).index
    return found.loc[order].reset_index(drop=True)


def misplaced(points, zones, plan):
    """
    Stores, sites or prospects whose territory is not the one that their zone is in.

    Parameters
    ----------
    points : GeoDataFrame
        With `territory_id` and points in metres, index ids; rows without a territory or a position are left out.
    zones : GeoDataFrame
        Polygons in the same coordinate reference system, index zone ids.
    plan : Series
        `territory_id` of each zone.

    Returns
    -------
    DataFrame
        Index of the points, in order; `zone_id` (None outside all zones), `territory_id` (theirs), `zone_territory_id`.

    Examples
    --------
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], index=["Z1"], crs=32652)
    >>> stores = gpd.GeoDataFrame({"territory_id": ["T2"]}, geometry=[shapely.Point(5, 5)], index=["S1"], crs=32652)
    >>> misplaced(stores, zones, pd.Series({"Z1": "T1"})).loc["S1"].tolist()
    ['Z1', 'T2', 'T1']
    """
    placed = points[points["territory_id"].notna() & points.geometry.notna()].sort_index()
    zone = geo.containing(placed, zones)
    there = pd.Series([plan.get(one) for one in zone], index=placed.index, dtype=object)
    table = pd.DataFrame({"zone_id": zone, "territory_id": placed["territory_id"], "zone_territory_id": there})
    return table[table["territory_id"] != table["zone_territory_id"]]
