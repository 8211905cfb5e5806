"""
In which order to visit places: a short tour through a table of times, exact for few places.

A tour begins where it is told to; it ends at its last place or, closed, where it began. Inside, both are one problem: a
way from the first place to an end that costs nothing, or the way home.
"""

import numpy as np
import pandas as pd

from expansion_kit.market import travel

EXACT = 12  # so many places in a proved order; above, the best that the search finds
_KICKS = 200
_LONGEST_PIECE = 3
_LEAST_GAIN = 1e-9


def tour(minutes, *, start=None, closed=False, seed=0):
    """
    A short tour through all places: which comes first, second, third, and how long each leg takes.

    Up to 12 places the order is the best there is (dynamic programming). Above, it is the best found from the nearest
    neighbour by 2-opt and or-opt moves and 200 seeded kicks: the same for the same seed, good, but not proved.

    Parameters
    ----------
    minutes : DataFrame, shape (n, n)
        Time (or any cost) from each place (row) to each place (column), at least 0; need not be symmetric. A missing
        one is a way that is not known: as few of them as possible are taken.
    start : label, optional
        Place to begin at; the first one unless stated.
    closed : bool
        Whether the tour comes back to where it began.
    seed : int

    Returns
    -------
    DataFrame, shape (n,)
        In the order of visiting, on the places' index: `stop` (1, 2, 3 ...), `minutes` from the stop before (missing
        for the first, and where the way is not known). `.attrs`: `back` (minutes home; missing for an open tour),
        `total` (minutes of all legs that are known), `unknown` (legs that are not), `proved` (bool).

    Raises
    ------
    ValueError
        If the table is not square with the same labels, has a label twice or a time below 0, or has no such start.

    References
    ----------
    Held, M. & Karp, R. M. (1962). A dynamic programming approach to sequencing problems. SIAM Journal 10(1), 196-210.
    Or, I. (1976). Traveling salesman-type combinatorial problems. Northwestern University.
    Martin, O., Otto, S. W. & Felten, E. W. (1991). Large-step Markov chains for the TSP. Complex Systems 5, 299-326.

    Examples
    --------
    Four places along a street, begun at the second one:

    >>> metres = np.array([0, 400, 100, 900])
    >>> times = pd.DataFrame(abs(metres[:, None] - metres) / 80, index=list("ABCD"), columns=list("ABCD"))
    >>> tour(times, start="C")["minutes"].to_dict()
    {'C': nan, 'A': 1.25, 'B': 5.0, 'D': 6.25}
    """
    cost = _checked(minutes, start)
    if not len(cost):
        return _told([], cost, minutes.index, closed)
    first = 0 if start is None else minutes.index.get_loc(start)
    others = np.r_[first, np.delete(np.arange(len(cost)), first)]
    cost = cost[np.ix_(others, others)]
    known = np.where(np.isnan(cost), 1.0 + np.nansum(cost), cost)
    home = known[:, 0].copy() if closed else np.zeros(len(cost))
    order = _proved(known, home) if len(cost) <= EXACT else _searched(known, home, np.random.default_rng(seed))
    return _told(order, cost, minutes.index[others], closed)


def route(places, *, mode="walk", network=None, matrix=None, kmh=None, detour=1.3, start=None, closed=False, seed=0):
    """
    A short tour through places on the map, with the time and length of each leg and how they were found.

    The first of three ways to know serves that gives every pair of places: the user's own times, the streets, the
    straight line times a stated detour. One tour is never made of two.

    Parameters
    ----------
    places : GeoDataFrame, shape (n,)
        Points in metres; the index holds their ids.
    mode, network, matrix, kmh, detour
        As in `travel.travel_minutes`.
    start, closed, seed
        As in `tour`.

    Returns
    -------
    DataFrame, shape (n,)
        As from `tour`, and `km` from the stop before (missing where only the time is known). `.attrs` have besides:
        `back_km`, `total_km`, `kind` (`matrix`, `network` or `straight`), `method` (the same in a sentence), `passed`
        (the kinds that were given and do not reach every place), `mode`, `kmh`, `detour`.

    Raises
    ------
    ValueError
        As `tour` and `travel.travel_minutes`; also where a place has no position.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from expansion_kit import geo
    >>> points = gpd.GeoSeries.from_xy([0, 800, 400], [0, 0, 0], index=list("ABC"), crs=geo.metric_crs([127], [37.5]))
    >>> way = route(points.to_frame("geometry"), detour=1.25)
    >>> way["km"].to_dict(), way.attrs["kind"], way.attrs["total"]
    ({'A': nan, 'C': 0.5, 'B': 0.5}, 'straight', 12.5)
    """
    minutes, km, about = ways(places, mode=mode, network=network, matrix=matrix, kmh=kmh, detour=detour)
    way = tour(minutes, start=start, closed=closed, seed=seed)
    order = km.index.get_indexer(way.index)
    legs = km.to_numpy()[order[:-1], order[1:]]
    way["km"] = np.r_[np.full(min(len(way), 1), np.nan), legs]
    back = float(km.iat[order[-1], order[0]]) if closed and len(way) else np.nan
    total = float(np.nansum(np.r_[legs, back])) if not np.isnan(legs).any() else np.nan
    way.attrs |= {"back_km": back, "total_km": total} | about
    return way


def ways(places, *, mode="walk", network=None, matrix=None, kmh=None, detour=1.3):
    """
    Times and lengths between all places, by the first of three ways to know that gives every pair.

    Parameters
    ----------
    places, mode, network, matrix, kmh, detour
        As in `route`.

    Returns
    -------
    minutes, km : DataFrame, shape (n, n)
        From each place (row) to each (column); lengths are missing where only the time is known.
    about : dict
        `kind`, `method`, `passed`, `mode`, `kmh`, `detour`, as in the attributes of `route`.

    Raises
    ------
    ValueError
        As `travel.travel_minutes`; also where a place has no position.
    """
    if places.geometry.isna().any():
        raise ValueError("a tour needs a position of each place; leave out those that have none")
    known = {"matrix": {"matrix": matrix}, "network": {"network": network}, "straight": {}}
    passed = []
    for kind, given in known.items():
        if kind != "straight" and given[kind] is None:
            continue
        minutes = travel.travel_minutes(places, places, mode=mode, kmh=kmh, detour=detour, **given)
        apart = ~np.eye(len(places), dtype=bool)
        if kind == "straight" or minutes.notna().to_numpy()[apart].all():
            break
        passed.append(kind)
    about = {"kind": kind, "mode": mode, "passed": passed, "method": minutes.attrs["method"]}
    about |= {"kmh": travel.speed(mode, kmh), "detour": detour}
    return minutes, _km(places, minutes, kind, matrix, mode, kmh), about


def _checked(minutes, start):
    if not minutes.index.is_unique or not minutes.index.equals(minutes.columns):
        raise ValueError("a tour needs a square table with the same places, each once, as rows and columns")
    if start is not None and start not in minutes.index:
        raise ValueError(f"the start {start!r} is none of the places")
    cost = minutes.to_numpy(dtype=float)
    if (cost < 0).any() or np.isinf(cost).any():
        raise ValueError("times must be at least 0 and finite; a way that is not known is missing")
    return cost


def _told(order, cost, labels, closed):
    legs = cost[order[:-1], order[1:]] if len(order) else np.empty(0)
    back = float(cost[order[-1], order[0]]) if closed and len(order) else np.nan
    table = pd.DataFrame({"stop": np.arange(1, len(order) + 1)}, index=labels.take(order))
    table["minutes"] = np.r_[np.full(min(len(order), 1), np.nan), legs]
    taken = np.r_[legs, back] if closed else legs
    table.attrs |= {"back": back, "total": float(np.nansum(taken)), "unknown": int(np.isnan(taken).sum())}
    table.attrs["proved"] = len(order) <= EXACT
    return table


def _proved(cost, home):
    """Held and Karp: `best[set, last]`, the cheapest way from place 0 through a set of the others to its last place."""
    many = len(cost) - 1
    if not many:
        return np.array([0])
    best = np.full((1 << many, many), np.inf)
    best[1 << np.arange(many), np.arange(many)] = cost[0, 1:]
    between = cost[1:, 1:]
    for chosen in range(1, 1 << many):
        inside = np.flatnonzero(chosen >> np.arange(many) & 1)
        if len(inside) > 1:
            best[chosen, inside] = (best[chosen ^ (1 << inside)] + between[:, inside].T).min(axis=1)
    chosen, order = (1 << many) - 1, []
    last = int((best[chosen] + home[1:]).argmin())
    while chosen:
        order.append(last + 1)
        chosen ^= 1 << last
        last = int((best[chosen] + between[:, last]).argmin())
    return np.array([0, *order[::-1]])


def _searched(cost, home, random):
    """Local search from the nearest neighbour, then from kicks of the best order so far; -1 stands for the end."""
    cost = np.block([[cost, home[:, None]], [np.zeros((1, len(cost) + 1))]])
    best = _improved(_nearest(cost), cost)
    length = _length(best, cost)
    for _ in range(_KICKS):
        one, two, three = np.sort(random.choice(np.arange(1, len(best)), 3, replace=False))
        kicked = np.r_[best[:one], best[two:three], best[one:two], best[three:]]
        trial = _improved(kicked, cost)
        if _length(trial, cost) < length - _LEAST_GAIN:
            best, length = trial, _length(trial, cost)
    return best[:-1]


def _length(order, cost):
    return cost[order[:-1], order[1:]].sum()


def _nearest(cost):
    end = len(cost) - 1
    left, order = list(range(1, end)), [0]
    while left:
        order.append(left.pop(int(cost[order[-1], left].argmin())))
    return np.array([*order, end])


def _improved(order, cost):
    """The best of all 2-opt and or-opt moves, again and again, until none gains."""
    while True:
        gain, changed = min(_reversals(order, cost), _shifts(order, cost), key=lambda move: move[0])
        if gain > -_LEAST_GAIN:
            return order
        order = changed()


def _sums(ways):
    """Cost from the first place up to each along the order, and the same way back."""
    steps = np.arange(len(ways) - 1)
    return tuple(np.r_[0.0, np.cumsum(part)] for part in (ways[steps, steps + 1], ways[steps + 1, steps]))


def _reversals(order, cost):
    """2-opt: the best part, from i to j, to be gone through backwards."""
    ways, many = cost[np.ix_(order, order)], len(order)
    forth, back = _sums(ways)
    i, j = np.triu_indices(many - 2, 1)
    i, j = i + 1, j + 1
    gain = ways[i - 1, j] + ways[i, j + 1] + back[j] - back[i]
    gain -= ways[i - 1, i] + ways[j, j + 1] + forth[j] - forth[i]
    at = int(gain.argmin())
    first, last = i[at], j[at]
    return gain[at], lambda: np.r_[order[:first], order[first : last + 1][::-1], order[last + 1 :]]


def _shifts(order, cost):
    """Or-opt: the best piece of up to three places to be put elsewhere, as it is or turned round."""
    ways, many = cost[np.ix_(order, order)], len(order)
    forth, back = _sums(ways)
    best = (np.inf, 0, 0, 0, False)
    for size in range(1, _LONGEST_PIECE + 1):
        i, k = np.meshgrid(np.arange(1, many - size), np.arange(many - 1), indexing="ij")
        j = i + size - 1
        outside = (k < i - 1) | (k > j)
        i, j, k = i[outside], j[outside], k[outside]
        closed_up = ways[i - 1, j + 1] - ways[i - 1, i] - ways[j, j + 1] - ways[k, k + 1]
        turned = ways[k, j] + ways[i, k + 1] + (back[j] - back[i]) - (forth[j] - forth[i])
        for round_, put in ((False, ways[k, i] + ways[j, k + 1]), (True, turned)):
            gain = closed_up + put
            if len(gain) and gain.min() < best[0]:
                at = int(gain.argmin())
                best = (gain[at], i[at], j[at], k[at], round_)
    gain, first, last, after, round_ = best

    def changed():
        piece = order[first : last + 1]
        piece = piece[::-1] if round_ else piece
        parts = (order[: after + 1], piece, order[after + 1 : first], order[last + 1 :])
        if after > last:
            parts = (order[:first], order[last + 1 : after + 1], piece, order[after + 1 :])
        return np.concatenate(parts)

    return gain, changed


def _km(places, minutes, kind, matrix, mode, kmh):
    """Kilometres between places; missing where only times are known."""
    if kind == "matrix":
        if "km" not in matrix:
            return minutes * np.nan
        lengths = matrix.drop(columns="minutes", errors="ignore")
        return travel.travel_minutes(places, places, matrix=lengths, mode=mode, kmh=60.0)  # at 60 km/h a km is a minute
    if kind == "network" and mode == "drive":  # streets have speeds of their own
        return minutes * np.nan
    return minutes * travel.speed(mode, kmh) / 60.0
