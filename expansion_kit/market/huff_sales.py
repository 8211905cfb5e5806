"""
Sales of each store by the Huff model at any size: exact, in blocks that fit the cache, without a matrix of shares.

There is no cut-off radius: distance has a fat tail, and leaving far zones out moves single stores by a quarter.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market.attraction import (
    check_ids,
    check_model,
    check_positive,
    demand_of,
    log_attraction,
    log_effect,
    shares_of,
)
from expansion_kit.market.travel import least_metres

BLOCK = 65_536  # pairs of a block: two buffers of 512 kB stay in the second-level cache
SAFE = (1e-200, 1e200)  # a zone whose pull adds up to less or more is worked out by logarithms


def huff_sales(
    zones,
    stores,
    demand,
    *,
    alpha=1.0,
    decay=2.0,
    form="power",
    midpoint=None,
    competition=0.0,
    outside=0.0,
    distance=None,
    detour=1.3,
    floor=50.0,
    threads=1,
):
    """
    Sales that each store can expect, as `expected_sales(huff_shares(...), demand)`, for cities of any size.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons or points, in metres.
    stores : GeoDataFrame, shape (n_stores,)
        Points with `floor_area_sqm` (m2, > 0), in the zones' coordinate reference system.
    demand : Series
        Money a period, by zone; at a level calibrated to known sales where the result is shown as money.
    alpha, decay, form, midpoint, competition, outside, distance
        As in `huff_shares`.
    detour, floor : float
        As in `travel_km`, where `distance` is not given.
    threads : int
        Threads that share the zones; 1 or 2 is sensible.

    Returns
    -------
    Series, shape (n_stores,)
        `expected_sales`, money a period, by store (and `outside` when it is above 0); adds up to the demand.

    Raises
    ------
    ValueError
        As `huff_shares` and `expected_sales`, or if `threads` is below 1.

    Examples
    --------
    >>> zones = pd.DataFrame(index=["Z1"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["near", "far"])
    >>> km = pd.DataFrame([[1.0, 2.0]], index=["Z1"], columns=["near", "far"])
    >>> huff_sales(zones, stores, pd.Series({"Z1": 500}), distance=km).round(6).to_dict()
    {'near': 400.0, 'far': 100.0}
    """
    check_model(form, midpoint, outside, stores)
    if threads < 1:
        raise ValueError(f"threads must be at least 1, but is {threads}")
    money = demand_of(demand, zones.index)
    log_pull = log_attraction(stores, alpha, competition)
    if distance is None:
        squares, unit = _straight_squares(zones, stores, floor), detour / 1000.0
        decay, midpoint, log_pull = _per_metre(decay, form, midpoint, log_pull, unit)
    else:
        squares = _given_squares(zones, stores, distance)
    model = (log_pull, decay, form, midpoint, outside)
    ends = np.linspace(0, len(zones), threads + 1).astype(int)
    parts = [(squares, money, model, start, stop) for start, stop in zip(ends[:-1], ends[1:])]
    if threads == 1:
        sums = [_sales(*parts[0])]
    else:
        with ThreadPoolExecutor(threads) as pool:
            sums = list(pool.map(lambda part: _sales(*part), parts))
    names = [*stores.index, "outside"] if outside > 0 else stores.index
    total = np.sum(sums, axis=0)[: len(names)]
    return pd.Series(total, index=pd.Index(names, name=stores.index.name), name="expected_sales")


def _sales(squares, money, model, start, stop):
    """Sales of each store and, last, of the outside, from the zones start to stop."""
    log_pull, decay, form, midpoint, outside = model
    top = log_pull.max(initial=0.0)
    pull, beside = np.exp(log_pull - top), outside * np.exp(-top)
    sums = np.zeros(len(pull) + 1)
    step = max(1, BLOCK // max(1, len(pull)))
    buffers = _aligned(step, len(pull)), _aligned(step, len(pull))
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        for low in range(start, stop, step):
            rows = slice(low, min(low + step, stop))
            n = rows.stop - low
            effect = squares(rows, buffers[0][:n], buffers[1][:n])
            _effect_of_squares(effect, decay, form, midpoint)
            total = effect @ pull + beside
            safe = (total > SAFE[0]) & (total < SAFE[1])
            each = np.divide(money[rows], total, out=np.zeros(n), where=safe)
            if safe.all():
                sums[:-1] += each @ effect
            else:
                sums[:-1] += each[safe] @ effect[safe]
                again = np.sqrt(squares(rows, buffers[0][:n], buffers[1][:n])[~safe])
                sums += _by_logarithms(again, money[rows][~safe], model, pull)
            sums[-1] += each.sum() * beside
    sums[:-1] *= pull
    return sums


def _aligned(rows, columns):
    """An empty array that begins where a line of the cache does: vector instructions are a tenth faster on it."""
    room = np.empty(rows * columns + 8)
    start = -room.ctypes.data % 64 // 8
    return room[start : start + rows * columns].reshape(rows, columns)


def _by_logarithms(distance, money, model, pull):
    """Sums of `_sales` for zones whose pull is too small or too large for a number; the stores' are divided by pull."""
    log_pull, decay, form, midpoint, outside = model
    shares, beside = shares_of(log_pull + log_effect(distance, decay, form, midpoint), outside)
    return np.append((money @ shares) / pull, money @ beside)


def _effect_of_squares(square, decay, form, midpoint):
    """f of distances from their squares, in place; no logarithm where none is needed."""
    if form == "power" and decay == 2:
        np.divide(1.0, square, out=square)
    elif form == "power" and decay == 1:
        np.sqrt(square, out=square)
        np.divide(1.0, square, out=square)
    elif form == "power":
        np.log(square, out=square)
        square *= -decay / 2
        np.exp(square, out=square)
    else:
        np.sqrt(square, out=square)
        if form == "logistic":
            square -= midpoint
        square *= -decay if form == "exponential" else decay
        np.exp(square, out=square)
        if form == "logistic":
            square += 1.0
            np.divide(1.0, square, out=square)


def _per_metre(decay, form, midpoint, log_pull, unit):
    """The model for straight lines in metres that means the same as the given one for `unit` times them."""
    if form == "power":
        return decay, midpoint, log_pull - decay * np.log(unit)
    return decay * unit, None if midpoint is None else midpoint / unit, log_pull


def _straight_squares(zones, stores, floor):
    """Squared straight lines of some zones, as `travel_km` has them."""
    geo.check_metres(zones, stores)
    middle, places = zones.geometry.to_numpy(), stores.geometry.to_numpy()
    if (shapely.get_type_id(middle) > 0).any():  # a point is its own centre, and asking for it takes time
        middle = shapely.centroid(middle)
    zone_x, zone_y = shapely.get_x(middle)[:, None], shapely.get_y(middle)[:, None]
    store_x, store_y = shapely.get_x(places), shapely.get_y(places)
    for table, unknown in ((zones, np.isnan(zone_x[:, 0])), (stores, np.isnan(store_x))):
        if unknown.any():
            raise ValueError(f"{unknown.sum()} have no position, first {table.index[unknown][0]!r}")
    nearest = least_metres(zones, floor=floor)[:, None] ** 2
    if nearest.size and (nearest == nearest[0]).all():
        nearest = nearest[0, 0]
    ones = np.ones_like(zone_x)
    zone_x, zone_y = np.hstack([zone_x, ones]), np.hstack([zone_y, ones])
    store_x, store_y = (np.vstack([np.ones_like(line), -line]) for line in (store_x, store_y))

    def squares(rows, out, spare):
        # A product of [x, 1] and [1, -x'] is x - x' to the last bit, and three times as fast as a broadcast difference.
        np.square(np.matmul(zone_x[rows], store_x, out=out), out=out)
        np.square(np.matmul(zone_y[rows], store_y, out=spare), out=spare)
        np.add(out, spare, out=out)
        return np.maximum(out, nearest[rows] if np.ndim(nearest) else nearest, out=out)

    return squares


def _given_squares(zones, stores, distance):
    """Squares of given distances of some zones, checked block by block."""
    check_ids(zones, stores, distance)
    row, column = distance.index.get_indexer(zones.index), distance.columns.get_indexer(stores.index)
    values = distance.to_numpy()

    def squares(rows, out, spare):
        out[:] = values[np.ix_(row[rows], column)]
        check_positive(out.T, stores.index, "distance")
        return np.multiply(out, out, out=out)

    return squares
