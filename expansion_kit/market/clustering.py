"""
Are stores clustered or spaced out? Nearest neighbours and Ripley's K against chance, inside a city's outline.

Chance means: each store anywhere in the outline, alike and independent of the others. People do not live so, hence
most retail is clustered by that measure. Against `among`, all shops of the city say, the question is the useful one:
does this brand cluster more than shops do?
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo

EDGES = ("donnelly", "none", "simulated")
_GRID = 256  # cells along the longer side of the outline, for the set covariance
_BLOCK = 2_000  # points whose neighbours are looked up at once


def nearest_neighbour(points, outline, *, edge="donnelly", simulations=0, among=None, seed=0):
    """
    Nearest-neighbour index of Clark and Evans: mean distance to the nearest over what chance would give.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries, shape (n,)
        Points in metres; rows without a position are left out, as are those outside the outline.
    outline : GeoDataFrame, GeoSeries
        Polygons in the same reference system; their union is the city.
    edge : str
        What is expected by chance, since stores near the border have lost neighbours beyond it: `donnelly` (formula for
        the length of the border, made for compact outlines), `simulated` (mean of the simulations: right for every
        outline) or `none` (too large an expectation).
    simulations : int
        Patterns drawn by chance, for `p`; needed for `simulated` and `among`.
    among : GeoDataFrame or GeoSeries, optional
        Places that patterns are drawn from, instead of anywhere in the outline.
    seed : int
        Of the simulations.

    Returns
    -------
    Series
        `n`, `area_sqkm`, `mean_m`, `expected_m`, `nearest_neighbour_index` (below 1 clustered, above 1 spaced out, at
        most 2.149), `z` (missing for `simulated`), `p` (two-sided, from the simulations; missing without), `edge`.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, fewer than two points lie inside, `edge` is
        unknown, or simulations are needed and not asked for.

    References
    ----------
    Clark, P. J. and Evans, F. C. (1954). Distance to nearest neighbor as a measure of spatial relationships in
    populations. Ecology 35, 445-453. Donnelly, K. P. (1978). Simulations to determine the variance and edge effect of
    total nearest-neighbour distance. In: Hodder, I. (ed.), Simulation studies in archaeology, 91-95.

    Examples
    --------
    Four stores 1 km apart in a square of 4 km2: twice as far as by chance, before the edge is reckoned with.

    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> stores = gpd.GeoSeries.from_xy([500, 1500, 500, 1500], [500, 500, 1500, 1500], crs=crs)
    >>> city = gpd.GeoSeries([shapely.box(0, 0, 2000, 2000)], crs=crs)
    >>> float(nearest_neighbour(stores, city, edge="none")["nearest_neighbour_index"])
    2.0
    """
    if edge not in EDGES:
        raise ValueError(f"edge must be one of {', '.join(EDGES)}, but is {edge!r}")
    if (edge == "simulated" or among is not None) and simulations < 1:
        raise ValueError("patterns by chance are needed here: ask for simulations")
    xy, city = _inside(points, outline)
    n, area, border = len(xy), city.area, city.length
    mean = _mean_nearest(xy)
    drawn = np.array([_mean_nearest(each) for each in _patterns(n, city, simulations, among, outline, seed)])
    expected, se = 0.5 * np.sqrt(area / n), 0.26136 * np.sqrt(area) / n
    if edge == "donnelly":
        expected += (0.0514 + 0.041 / np.sqrt(n)) * border / n
        se = np.sqrt(0.0703 * area / n**2 + 0.037 * border * np.sqrt(area / n**5))
    elif edge == "simulated":
        expected, se = drawn.mean(), np.nan
    values = {"n": n, "area_sqkm": area / 1e6, "mean_m": mean, "expected_m": expected}
    values |= {"nearest_neighbour_index": mean / expected, "z": (mean - expected) / se}
    values |= {"p": _two_sided(mean, drawn), "edge": edge}
    return pd.Series(values, name="nearest_neighbour")


def k_function(points, outline, radii, *, simulations=99, among=None, seed=0):
    """
    Ripley's K function with translation edge correction, and the envelope of patterns by chance.

    Parameters
    ----------
    points, outline, among, seed
        As in `nearest_neighbour`.
    radii : sequence of float
        Metres, rising, above 0; a quarter of the city's width is as far as it makes sense to look.
    simulations : int
        Patterns by chance; with 99, `low` and `high` are the smallest and largest of 99, so that at any one radius one
        pattern by chance in fifty leaves them.

    Returns
    -------
    DataFrame, shape (n_radii,), by `radius_m`
        `k` (m2; pi r^2 by chance), `l_minus_r` (sqrt(k / pi) - r, metres), and of the patterns by chance `expected`,
        `low` and `high` of `l_minus_r`; `verdict`: `clustered`, `spaced` or `chance`. `.attrs["p"]` is one p-value over
        all radii (largest departure from the mean, in standard deviations), `.attrs["method"]` says what chance meant.

    Raises
    ------
    ValueError
        If the tables are not in metres and in one reference system, fewer than two points lie inside, radii don't rise
        from above 0 or `simulations` is below 1.

    References
    ----------
    Ripley, B. D. (1977). Modelling spatial patterns. JRSS B 39, 172-212. Ohser, J. (1983). On estimators for the
    reduced second moment measure of point processes. Statistics 14, 63-71 (translation correction).

    Examples
    --------
    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> stores = gpd.GeoSeries.from_xy([500, 520, 1500, 1510], [500, 500, 1500, 1510], crs=crs)
    >>> city = gpd.GeoSeries([shapely.box(0, 0, 2000, 2000)], crs=crs)
    >>> k_function(stores, city, [50])["verdict"].tolist()
    ['clustered']
    """
    radii = np.asarray(radii, dtype=float)
    if radii.size == 0 or not (np.diff(radii, prepend=0.0) > 0).all() or simulations < 1:
        raise ValueError(f"radii must rise from above 0 m and simulations be at least 1, not {radii}, {simulations}")
    xy, city = _inside(points, outline)
    shared = _set_covariance(city, radii[-1])
    own = _l_minus_r(xy, city.area, radii, shared)
    patterns = _patterns(len(xy), city, simulations, among, outline, seed)
    drawn = np.array([_l_minus_r(each, city.area, radii, shared) for each in patterns])
    table = pd.DataFrame({"k": np.pi * (own + radii) ** 2, "l_minus_r": own}, index=pd.Index(radii, name="radius_m"))
    table["expected"], table["low"], table["high"] = drawn.mean(axis=0), drawn.min(axis=0), drawn.max(axis=0)
    table["verdict"] = np.select([own > table["high"], own < table["low"]], ["clustered", "spaced"], "chance")
    every = np.vstack([own, drawn])
    spread = np.where(every.std(axis=0) > 0, every.std(axis=0), 1.0)
    farthest = np.abs((every - every.mean(axis=0)) / spread).max(axis=1)
    table.attrs["p"] = float((farthest >= farthest[0]).sum() / len(farthest))
    table.attrs["method"] = f"{simulations} patterns {_chance(among)}, seed {seed}; translation edge correction"
    return table


def _chance(among):
    return "anywhere in the outline" if among is None else "drawn from the places given"


def _inside(points, outline):
    """Coordinates (n, 2) of the points inside, and the outline as one shape."""
    geo.check_metres(points, outline)
    city = shapely.union_all(outline.geometry.to_numpy())
    shapely.prepare(city)
    places = points.geometry.to_numpy()
    places = places[~shapely.is_missing(places)]
    xy = shapely.get_coordinates(places[shapely.intersects(city, places)])
    if len(xy) < 2:
        raise ValueError(f"{len(xy)} points lie in the outline: a pattern has at least two")
    return xy, city


def _patterns(n, city, simulations, among, outline, seed):
    """Patterns of n points by chance, one after the other."""
    draw = np.random.default_rng(seed)
    pool = None if among is None else _inside(among, outline)[0]
    if pool is not None and len(pool) < n:
        raise ValueError(f"{n} points can't be drawn from {len(pool)} places")
    for _ in range(simulations):
        yield _anywhere(n, city, draw) if pool is None else pool[draw.choice(len(pool), n, replace=False)]


def _anywhere(n, city, draw):
    """n points spread evenly over a shape."""
    west, south, east, north = city.bounds
    share = city.area / ((east - west) * (north - south))
    found = np.empty((0, 2))
    while len(found) < n:
        more = draw.uniform((west, south), (east, north), (int((n - len(found)) / share * 1.1) + 10, 2))
        found = np.vstack([found, more[shapely.contains_xy(city, more)]])
    return found[:n]


def _mean_nearest(xy):
    from scipy.spatial import cKDTree

    return cKDTree(xy).query(xy, k=2)[0][:, 1].mean()


def _two_sided(value, drawn):
    if not len(drawn):
        return np.nan
    below, above = (drawn <= value).sum() + 1, (drawn >= value).sum() + 1
    return float(min(1.0, 2 * min(below, above) / (len(drawn) + 1)))


def _set_covariance(city, reach):
    """Area that the outline shares with itself moved by (dx, dy): a function, read off a grid (m2)."""
    from scipy.ndimage import map_coordinates
    from scipy.signal import fftconvolve

    west, south, east, north = city.bounds
    cell = max(east - west, north - south) / _GRID
    x, y = np.arange(west + cell / 2, east, cell), np.arange(south + cell / 2, north, cell)
    mask = shapely.contains_xy(city, *np.meshgrid(x, y)).astype(float)
    shared = fftconvolve(mask, mask[::-1, ::-1])
    middle = np.array(mask.shape)[:, None] - 1
    shared *= city.area / shared[tuple(middle.ravel())]
    if reach >= max(east - west, north - south) / 2:
        raise ValueError(f"a radius of {reach:g} m is more than half of the city's width")

    def area(dx, dy):
        return map_coordinates(shared, np.array([dy, dx]) / cell + middle, order=1)

    return area


def _l_minus_r(xy, area, radii, shared):
    """sqrt(K / pi) - r with K = A^2 / (n (n - 1)) sum over pairs nearer than r of 1 / (shared area)."""
    from scipy.spatial import cKDTree

    n, tree, sums = len(xy), cKDTree(xy), np.zeros(len(radii))
    for start in range(0, n, _BLOCK):
        block = xy[start : start + _BLOCK]
        pairs = cKDTree(block).sparse_distance_matrix(tree, radii[-1], output_type="ndarray")
        pairs = pairs[pairs["i"] + start < pairs["j"]]
        move = xy[pairs["j"]] - block[pairs["i"]]
        weight = 2.0 / shared(*move.T)  # each pair counts both ways
        sums += np.bincount(np.searchsorted(radii, pairs["v"]), weight, minlength=len(radii) + 1)[:-1]
    k = area**2 / (n * (n - 1)) * np.cumsum(sums)
    return np.sqrt(k / np.pi) - radii
