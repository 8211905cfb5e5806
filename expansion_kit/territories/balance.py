"""How good is a plan? Sums, balance, compactness and travel of each territory, of a new plan or of the present one."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.territories.ground import centre_zones, distances_km, make_ground
from expansion_kit.territories.neighbours import parts


def territory_table(zones, measures, plan, links, *, seeds=None, visits=None, owners=None):
    """
    Each territory in figures.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        Polygons or points in metres, index zone ids.
    measures : DataFrame, shape (n, m)
        Amounts that add up, on the zones' index, the main measure first.
    plan : Series, shape (n,)
        `territory_id` of each zone, on the zones' index: a new plan, or the present `zones["territory_id"]`; a zone
        without a territory is in none.
    links : DataFrame
        As from `zone_links`.
    seeds : dict or Series, optional
        Zone to territory: centres that are given.
    visits : Series, optional
        Visits a zone gets, for `travel_km`.
    owners : dict or Series, optional
        Territory to the person who runs it.

    Returns
    -------
    DataFrame
        Index `territory_id` in order; `owner`, `zones` (how many), and for each measure `<measure>` (sum of what is
        known), `<measure>_unknown` (zones where it is missing) and `<measure>_deviation` (sum / mean of all territories
        - 1); `travel_km` and `travel_km_deviation` where visits are given (sum of visits x km from the centre along
        links, one way); `centre_id` (zone in the centre of gravity of the main measure, or the seed), `mean_km` and
        `farthest_km` (from there along links, the mean by the main measure), `connected`, `pieces`, `bridges` (links
        that are bridges and without which it falls apart), `area_sqkm`, `perimeter_km`, `compactness`
        (Polsby-Popper) and `roundness`; the last four missing for points.

    Raises
    ------
    ValueError
        As from `plan_territories`, and if the plan is not on the zones' index or names no territory at all.

    Examples
    --------
    >>> from expansion_kit.territories.neighbours import zone_links
    >>> row = [shapely.box(x, 0, x + 1000, 1000) for x in range(0, 3000, 1000)]
    >>> zones = gpd.GeoDataFrame(geometry=row, index=["A", "B", "C"], crs=32652)
    >>> stores = pd.DataFrame({"stores": [3, 1, 2]}, index=zones.index)
    >>> plan = pd.Series(["T1", "T2", "T2"], index=zones.index)
    >>> table = territory_table(zones, stores, plan, zone_links(zones))
    >>> table[["zones", "stores", "stores_deviation", "connected", "compactness"]].round(3).values.tolist()
    [[1, 3.0, 0.0, True, 0.785], [2, 3.0, 0.0, True, 0.698]]
    """
    ground = make_ground(zones, measures, links)
    label, names = _labels(ground, plan)
    table = pd.DataFrame(index=pd.Index(names, name="territory_id", dtype=object))
    table["owner"] = pd.Series(dict(owners.items()), dtype=object).reindex(table.index) if owners is not None else None
    table["zones"] = np.bincount(label[label >= 0], minlength=len(names))
    known = measures.reindex(ground.ids).astype(float)
    for name in measures.columns:
        table[name] = known[name].groupby(_by(label, names)).sum().reindex(names).to_numpy()
        table[f"{name}_unknown"] = known[name].isna().groupby(_by(label, names)).sum().reindex(names).to_numpy()
        table[f"{name}_deviation"] = deviation(table[name])
    table = table.join(_travel(ground, label, names, seeds, visits)).join(_pieces(label, names, ground, links))
    return table.join(_shapes(zones, label, names, ground))


def deviation(sums):
    """
    How far each territory is from the mean of all, as a share of the mean.

    >>> deviation(pd.Series([90.0, 110.0])).round(9).tolist()
    [-0.1, 0.1]
    """
    return sums / sums.mean() - 1 if sums.mean() > 0 else sums * np.nan


def balance(table, names):
    """
    The balance of a plan, a row a measure.

    Parameters
    ----------
    table : DataFrame
        As from `territory_table`.
    names : sequence of str
        Its measures, `travel_km` among them where it has visits.

    Returns
    -------
    DataFrame
        Index `measure`; `mean`, `least`, `most` (of the territories' sums), `spread` (largest deviation from the mean,
        max |W - mean| / mean; 0 is even) and `cv` (standard deviation over mean, of all territories).

    Examples
    --------
    >>> balance(pd.DataFrame({"stores": [8.0, 12.0, 10.0]}), ["stores"]).round(3).loc["stores"].tolist()
    [10.0, 8.0, 12.0, 0.2, 0.163]
    """
    sums = table[list(names)].astype(float)
    away = sums.apply(deviation)
    found = {"mean": sums.mean(), "least": sums.min(), "most": sums.max(), "spread": away.abs().max()}
    found["cv"] = (away**2).mean(skipna=False) ** 0.5
    return pd.DataFrame(found).rename_axis("measure")


def compactness(shapes):
    """
    Polsby-Popper: 4 pi area / perimeter squared; 1 for a circle, lower for long or ragged outlines.

    Parameters
    ----------
    shapes : GeoSeries
        Polygons in metres.

    Returns
    -------
    Series
        Named `compactness`, on the index of the shapes.

    References
    ----------
    Polsby, D. D. and Popper, R. D. (1991). The third criterion. Yale Law and Policy Review 9, 301-353.

    Examples
    --------
    >>> float(compactness(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=32652)).round(6).iloc[0])
    0.785398
    """
    geo.check_metres(shapes)
    return (4 * np.pi * shapes.area / shapes.length**2).rename("compactness")


def roundness(shapes):
    """
    Area squared over 2 pi times the moment of inertia about the centre: 1 for a circle, high on a ragged coast too.

    Parameters
    ----------
    shapes : GeoSeries
        Polygons in metres.

    Returns
    -------
    Series
        Named `roundness`, on the index of the shapes.

    References
    ----------
    Li, W., Goodchild, M. F. and Church, R. (2013). An efficient measure of compactness for two-dimensional shapes and
    its application in regionalization problems. Int. Journal of Geographical Information Science 27, 1227-1250.

    Examples
    --------
    A square of side 1 has the moment 1 / 6, hence 3 / pi:

    >>> float(roundness(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=32652)).round(6).iloc[0])
    0.95493
    """
    geo.check_metres(shapes)
    found = [_area_squared_over_moment(shape) / (2 * np.pi) for shape in shapes]
    return pd.Series(found, index=shapes.index, name="roundness", dtype=float)


def _area_squared_over_moment(shape):
    """Moments of rings by Green's theorem; holes run the other way round."""
    middle = shape.centroid
    moment = 0.0
    for part in shapely.get_parts(shape):
        turned = shapely.geometry.polygon.orient(part)
        for ring in (turned.exterior, *turned.interiors):
            x, y = (np.asarray(ring.coords)[:, :2] - (middle.x, middle.y)).T
            cross = x[:-1] * y[1:] - x[1:] * y[:-1]
            squares = x[:-1] ** 2 + x[:-1] * x[1:] + x[1:] ** 2 + y[:-1] ** 2 + y[:-1] * y[1:] + y[1:] ** 2
            moment += float((cross * squares).sum()) / 12
    return shape.area**2 / moment


def _labels(ground, plan):
    if not plan.index.is_unique or set(plan.index) != set(ground.ids):
        raise ValueError("the plan must name each zone of the zones' index once")
    given = plan.reindex(ground.ids)
    names = sorted(given.dropna().unique())
    if not names:
        raise ValueError("the plan names no territory at all")
    number = {name: k for k, name in enumerate(names)}
    return np.array([number.get(name, -1) for name in given]), names


def _by(label, names):
    """The name of each zone's territory, to group by; None for none."""
    return np.append(np.array(names, dtype=object), None)[label]


def _travel(ground, label, names, seeds, visits):
    number = {zone: k for k, zone in enumerate(ground.ids)}
    given = {} if seeds is None else {territory: number[zone] for zone, territory in seeds.items()}
    kept = {k: given[name] for k, name in enumerate(names) if name in given}
    centres = centre_zones(ground, label, len(names), kept)
    away = distances_km(ground, centres)
    calls = None if visits is None else visits.reindex(ground.ids).astype(float).fillna(0.0).to_numpy()
    rows = []
    for territory, centre in enumerate(centres):
        own = np.flatnonzero(label == territory)
        km, weight = away[territory, own], ground.amounts[own, 0]
        mean = np.average(km, weights=weight) if weight.sum() > 0 else np.nan
        travel = np.nan if calls is None else float(km @ calls[own])
        rows.append((travel, np.nan, ground.ids[centre], mean, km.max()))
    columns = ["travel_km", "travel_km_deviation", "centre_id", "mean_km", "farthest_km"]
    table = pd.DataFrame(rows, columns=columns, index=names)
    table["travel_km_deviation"] = deviation(table["travel_km"])
    return table if visits is not None else table[columns[2:]]


def _pieces(label, names, ground, links):
    """Whether each territory holds together, and by how many bridges."""
    number = {zone: k for k, zone in enumerate(ground.ids)}
    first = np.array([number[zone] for zone in links["zone_id"]], dtype=int)
    second = np.array([number[zone] for zone in links["other_id"]], dtype=int)
    inside = (label[first] == label[second]) & (label[first] >= 0)
    firm = inside & ~links["bridge"].to_numpy(dtype=bool)

    def count(used):
        part = parts(len(label), first[used], second[used])
        return np.array([len(np.unique(part[label == k])) for k in range(len(names))])

    pieces, without = count(inside), count(firm)
    table = {"connected": pieces == 1, "pieces": pieces, "bridges": without - pieces}
    return pd.DataFrame(table, index=names)


def _shapes(zones, label, names, ground):
    shapes = zones.geometry.reindex(ground.ids)
    if (shapely.get_dimensions(shapes.to_numpy()) < 2).any():
        return pd.DataFrame(np.nan, index=names, columns=["area_sqkm", "perimeter_km", "compactness", "roundness"])
    merged = [shapely.union_all(shapes[label == k].to_numpy()) for k in range(len(names))]
    whole = gpd.GeoSeries(merged, index=names, crs=zones.crs)
    table = pd.DataFrame({"area_sqkm": whole.area / 1e6, "perimeter_km": whole.length / 1e3})
    return table.join(compactness(whole)).join(roundness(whole))


def territory_areas(zones, plan, table):
    """
    Territories as polygons with their figures: the content of `territories.geojson`.

    Parameters
    ----------
    zones : GeoDataFrame
        Polygons, index zone ids.
    plan : Series
        `territory_id` of each zone, on the zones' index.
    table : DataFrame
        As from `territory_table`, or any table on territory ids.

    Returns
    -------
    GeoDataFrame
        The table with `geometry` in the zones' coordinate reference system, and `zone_ids` (text, ids in order, joined
        by blanks) so that a reader can tell what is in it.
    """
    by = plan.reindex(zones.index)
    shapes = zones.geometry.groupby(by).agg(lambda group: shapely.union_all(group.to_numpy()))
    ids = pd.Series(zones.index.astype(str), index=zones.index).groupby(by).agg(lambda group: " ".join(sorted(group)))
    found = table.assign(zone_ids=ids.reindex(table.index))
    return gpd.GeoDataFrame(found, geometry=gpd.GeoSeries(shapes.reindex(table.index), crs=zones.crs))
