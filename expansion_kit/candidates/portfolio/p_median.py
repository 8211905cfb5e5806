"""Which set of sites brings people nearest: the p-median, existing stores fixed, with a bound that proves it."""

import numpy as np

from expansion_kit.candidates.portfolio.interchange import iterated
from expansion_kit.candidates.portfolio.p_median_bound import lagrangian, nested_radius
from expansion_kit.candidates.portfolio.site_rules import addable, swappable

SAME = 1e-9


def median_problem(distance, weight, *, stores=()):
    """
    Weighted distance to the nearest store, existing ones fixed.

    Parameters
    ----------
    distance : DataFrame, shape (n_zones, n_stores + n_sites)
        Metres, kilometres or minutes (finite), one row a zone, one column a store or site.
    weight : Series
        People or demand by zone, at least 0.
    stores : sequence of ids
        Columns that are existing stores; all others are candidates.

    Returns
    -------
    dict
        `kind` (`median`), `ids` (of sites, sorted), `cost` (weighted distance, shape (n_zones, n_sites)), `today`
        (weighted distance to the nearest store of today, by zone; the farthest site where there is none), `weight`,
        `open_today` (bool).

    Raises
    ------
    ValueError
        If a distance or a weight is missing, or nothing has a weight.

    Examples
    --------
    >>> import pandas as pd
    >>> km = pd.DataFrame({"A": [1.0, 5.0], "B": [2.0, 2.0]}, index=["Z1", "Z2"])
    >>> median_value(median_problem(km, pd.Series({"Z1": 10, "Z2": 10})), [1]) / 20
    2.0
    """
    distance = distance.sort_index(axis=0).sort_index(axis=1)
    away, heavy = distance.to_numpy(dtype=float), weight.reindex(distance.index).to_numpy(dtype=float)
    unknown = [store for store in stores if store not in distance.columns]
    if unknown:
        raise ValueError(f"distance lacks the store {unknown[0]!r}")
    if not np.isfinite(away).all() or (away < 0).any():
        raise ValueError("each distance must be known, finite and at least 0: a p-median leaves no zone out")
    if not np.isfinite(heavy).all() or (heavy < 0).any() or not (heavy > 0).any():
        raise ValueError("each zone needs a weight of at least 0, and one of them above 0")
    old = distance.columns.isin(list(stores))
    if old.all():
        raise ValueError("there is no candidate site")
    told = heavy > 0
    cost = away[told] * heavy[told, None]
    return {
        "kind": "median",
        "ids": distance.columns[~old],
        "cost": np.ascontiguousarray(cost[:, ~old]),
        "today": cost[:, old].min(axis=1) if old.any() else cost.max(axis=1),
        "weight": float(heavy.sum()),
        "open_today": bool(old.any()),
    }


def median_value(problem, at):
    """Weighted distance to the nearest open store with the sites at these places; divide by `weight` for the mean."""
    return float(np.minimum(problem["cost"][:, list(at)].min(axis=1, initial=np.inf), problem["today"]).sum())


def median_set(problem, rules, *, restarts=50, seed=0, seconds=30.0):
    """
    The best set by interchange with restarts, a Lagrangian bound and, where both leave a gap, an exact model.

    Parameters
    ----------
    problem, rules : dict
        As from `median_problem` and `site_rules`.
    restarts, seed : int
        As in `iterated`.
    seconds : float
        Time limit of the exact model; 0 leaves it out. What it could not prove in this time stays a gap.

    Returns
    -------
    dict
        `at` (places), `value` (weighted distance), `bound` (no set is below), `proved`, `method`, `status`.

    References
    ----------
    Resende, M. & Werneck, R. (2007). A fast swap-based local search procedure for location problems. Annals of
    Operations Research 150, 205-230. Narula, Ogbu & Samuelsson (1977) for the Lagrangian bound.
    """
    start, least = _greedy(problem, rules), None

    def improve(at):
        at, value = _improve(problem, rules, list(at))
        return at, -value

    at, value = improve(start)
    bound, fixed = lagrangian(problem, rules, -value)
    least = _whole(problem, bound)
    at, value = iterated(rules, at, improve, restarts=restarts, seed=seed, enough=-least * (1 + SAME))
    value, method, status = median_value(problem, at), "interchange + Lagrangian bound", ""
    if value > least * (1 + SAME) and seconds:
        bound, fixed = lagrangian(problem, rules, value)
        least = max(least, _whole(problem, bound))
        exact, below, status = nested_radius(problem, rules, fixed=fixed, seconds=seconds)
        method = "interchange + nested radius model"
        if exact is not None and median_value(problem, exact) < value * (1 - SAME):
            at, value = exact, median_value(problem, exact)
        least = max(least, min(_whole(problem, below), value))
    proved = value <= least * (1 + SAME)
    return {
        "at": sorted(at),
        "value": value,
        "bound": value if proved else least,
        "proved": proved,
        "method": method,
        "status": status,
    }


def _whole(problem, bound):
    """Where all weighted distances are whole numbers, the optimum is one: a bound may be rounded up."""
    if (problem["cost"] == np.rint(problem["cost"])).all() and (problem["today"] == np.rint(problem["today"])).all():
        return float(np.ceil(bound - 1e-6)) if np.isfinite(bound) else bound
    return bound


def _greedy(problem, rules):
    at = [int(k) for k in np.flatnonzero(rules["must"])]
    nearest = np.minimum(problem["cost"][:, at].min(axis=1, initial=np.inf), problem["today"])
    while (able := np.flatnonzero(addable(rules, at))).size:
        sums = np.minimum(problem["cost"][:, able], nearest[:, None]).sum(axis=0)
        at.append(int(able[sums.argmin()]))
        nearest = np.minimum(nearest, problem["cost"][:, at[-1]])
    return at


def _improve(problem, rules, at):
    """Add where a rule leaves room and make the best of all swaps, until none helps; the set and its value."""
    cost, today = problem["cost"], problem["today"]
    while True:
        while (able := np.flatnonzero(addable(rules, at))).size:
            nearest = np.minimum(cost[:, at].min(axis=1, initial=np.inf), today)
            at = [*at, int(able[np.minimum(cost[:, able], nearest[:, None]).sum(axis=0).argmin()])]
        value = median_value(problem, at)
        if not at:
            return at, value
        profit = np.where(swappable(rules, at), _profits(cost, today, at), -np.inf)
        entering, leaving = np.unravel_index(profit.argmax(), profit.shape)
        if not profit[entering, leaving] > SAME * value:
            return at, value
        at = [*at[:leaving], int(entering), *at[leaving + 1 :]]


def _profits(cost, today, at):
    """What each swap saves, shape (n_sites, n_chosen): gain of the one that enters, less the loss of who leaves."""
    open_now = np.column_stack([today, cost[:, at]])
    first = open_now.argmin(axis=1)
    two = np.partition(open_now, 1, axis=1)
    nearest, second = two[:, :1], two[:, 1:2]
    gain = np.maximum(nearest - cost, 0.0).sum(axis=0)
    # what the entering site spares a zone that loses its own
    back = np.maximum(second - np.maximum(cost, nearest), 0.0)
    order = np.argsort(first, kind="stable")
    starts = np.searchsorted(first[order], np.arange(len(at) + 2))
    profit = np.zeros((cost.shape[1], len(at)))
    for place in range(len(at)):
        served = order[starts[place + 1] : starts[place + 2]]
        profit[:, place] = back[served].sum(axis=0) - (second[served] - nearest[served]).sum()
    return profit + gain[:, None]
