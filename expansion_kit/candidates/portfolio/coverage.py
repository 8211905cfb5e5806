"""Which set of sites covers most, or everything with the fewest: maximal cover (MCLP) and set cover (LSCP), proved."""

import numpy as np

from expansion_kit.candidates.portfolio.p_median_bound import answer, forbidden
from expansion_kit.candidates.portfolio.site_rules import linear_rows


def cover_problem(distance, weight, radius, *, stores=(), everything=False):
    """
    What lies within reach of a store, existing ones fixed.

    Parameters
    ----------
    distance : DataFrame, shape (n_zones, n_stores + n_sites)
        Metres, kilometres or minutes, one row a zone, one column a store or site; infinite where there is no way.
    weight : Series
        People or demand by zone, at least 0.
    radius : float
        Reach, in the unit of `distance`; a zone exactly at it is covered.
    stores : sequence of ids
        Columns that are existing stores; all others are candidates.
    everything : bool
        True: cover every zone with the fewest sites (set cover); False: cover the most weight.

    Returns
    -------
    dict
        `kind` (`cover` or `cover_all`), `ids` (of sites, sorted), `zones` (sorted), `reach` (bool, n_zones x n_sites),
        `covered` (bool, by stores of today), `weight`.

    Raises
    ------
    ValueError
        If a distance or a weight is missing, or there is no candidate.

    Examples
    --------
    >>> import pandas as pd
    >>> km = pd.DataFrame({"A": [1.0, 9.0], "B": [9.0, 1.0]}, index=["Z1", "Z2"])
    >>> cover_value(cover_problem(km, pd.Series({"Z1": 30, "Z2": 10}), 2.0), [0])
    30.0
    """
    distance = distance.sort_index(axis=0).sort_index(axis=1)
    heavy = weight.reindex(distance.index).to_numpy(dtype=float)
    unknown = [store for store in stores if store not in distance.columns]
    if unknown:
        raise ValueError(f"distance lacks the store {unknown[0]!r}")
    if distance.isna().any(axis=None) or not np.isfinite(heavy).all() or (heavy < 0).any():
        raise ValueError("each distance must be known (infinite: no way), and each weight known and at least 0")
    old = distance.columns.isin(list(stores))
    if old.all():
        raise ValueError("there is no candidate site")
    reach = distance.to_numpy(dtype=float) <= radius
    return {
        "kind": "cover_all" if everything else "cover",
        "ids": distance.columns[~old],
        "zones": distance.index,
        "reach": reach[:, ~old],
        "covered": reach[:, old].any(axis=1),
        "weight": heavy,
    }


def covered(problem, at):
    """Which zones a store of today or a site at these places covers, bool (n_zones,)."""
    return problem["covered"] | problem["reach"][:, list(at)].any(axis=1)


def cover_value(problem, at):
    """Weight covered, with what stores of today cover; of a set cover the number of sites."""
    return float(len(at)) if problem["kind"] == "cover_all" else float(problem["weight"][covered(problem, at)].sum())


def cover_shares(problem, at):
    """
    How much is covered: of the zones and of the weight, which are not the same.

    Parameters
    ----------
    problem : dict
        As from `cover_problem`.
    at : sequence of int
        Places of sites.

    Returns
    -------
    dict
        `zones`, `zones_covered`, `zones_left` (counts), `zone_share` and `weight_share` (0 to 1).

    Examples
    --------
    >>> import pandas as pd
    >>> km = pd.DataFrame({"A": [1.0, 9.0], "B": [9.0, 1.0]}, index=["Z1", "Z2"])
    >>> shares = cover_shares(cover_problem(km, pd.Series({"Z1": 30, "Z2": 10}), 2.0), [0])
    >>> shares["zone_share"], shares["weight_share"]
    (0.5, 0.75)
    """
    held = covered(problem, at)
    return {
        "zones": len(held),
        "zones_covered": int(held.sum()),
        "zones_left": int((~held).sum()),
        "zone_share": float(held.mean()),
        "weight_share": float(problem["weight"][held].sum() / problem["weight"].sum()),
    }


def max_cover(problem, rules, *, without=(), seconds=30.0):
    """
    The set that covers most weight, by mixed-integer programming.

    Parameters
    ----------
    problem, rules : dict
        As from `cover_problem` and `site_rules`.
    without : sequence of sets of places
        Sets that may not come back.
    seconds : float
        Time limit; what it could not prove stays a gap.

    Returns
    -------
    dict or None
        `at`, `value`, `bound`, `proved`, `method`, `status`; None where no set is left.

    References
    ----------
    Church, R. & ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional Science Association
    32, 101-118.
    """
    from scipy.sparse import block_array, csr_array, eye_array

    open_zones = np.flatnonzero(~problem["covered"] & (problem["weight"] > 0) & problem["reach"].any(axis=1))
    # zones that the same sites reach are one
    reach, group = np.unique(problem["reach"][open_zones], axis=0, return_inverse=True)
    weight = np.bincount(group.ravel(), problem["weight"][open_zones], minlength=len(reach))
    n, z = len(problem["ids"]), len(reach)
    rows = [(block_array([[csr_array(-reach.astype(float)), eye_array(z)]]).tocsr(), np.zeros(z))] if z else []
    at, bound, status = _solved(np.concatenate([np.zeros(n), -weight]), rows, rules, without, seconds)
    if status == "none":
        return None
    at = _greedy(problem, rules) if at is None else at
    value = cover_value(problem, at)
    most = min(cover_value(problem, []) - bound, cover_value(problem, range(n)))
    return _result(at, value, max(most, value), status)


def set_cover(problem, rules, *, without=(), seconds=30.0):
    """
    The fewest sites that cover every zone, by mixed-integer programming.

    Parameters
    ----------
    problem, rules : dict
        As from `cover_problem` (with `everything`) and `site_rules`.
    without, seconds
        As in `max_cover`.

    Returns
    -------
    dict or None
        As `max_cover`; the value is the number of sites.

    Raises
    ------
    ValueError
        If a zone cannot be covered, or the rules leave no set that covers all.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. & Bergman, L. (1971). The location of emergency service facilities. Operations
    Research 19, 1363-1373.
    """
    from scipy.sparse import csr_array

    reach = problem["reach"][~problem["covered"]]
    alone = ~reach[:, rules["allowed"]].any(axis=1)
    if alone.any():
        first = problem["zones"][~problem["covered"]][alone][0]
        raise ValueError(f"{alone.sum()} zones are within reach of no site that may be chosen, first {first!r}")
    rows = [(csr_array(-reach.astype(float)), np.full(len(reach), -1.0))] if len(reach) else []
    at, bound, status = _solved(np.ones(len(problem["ids"])), rows, rules, without, seconds)
    if status == "none":
        if without:
            return None
        raise ValueError("the rules leave no set that covers every zone: raise them, or ask for the most weight")
    if at is None:
        raise ValueError(f"no set that covers every zone was found in {seconds:g} seconds, and none was ruled out")
    return _result(at, float(len(at)), min(float(np.ceil(bound - 1e-6)), float(len(at))), status)


def _solved(aim, rows, rules, without, seconds):
    """Places of the best set, bound and status of a model whose first columns are the sites."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_array, csr_array

    table, most, lower, upper = linear_rows(rules)
    n, more = len(lower), len(aim) - len(lower)
    cuts = [forbidden(without, n)] if without else []
    wide = [(block_array([[left, csr_array((len(right), more))]]), right) for left, right in [(table, most), *cuts]]
    found = milp(
        aim,
        integrality=np.concatenate([np.ones(n), np.zeros(more)]),
        bounds=Bounds(np.concatenate([lower, np.zeros(more)]), np.concatenate([upper, np.ones(more)])),
        constraints=[LinearConstraint(left.tocsr(), -np.inf, right) for left, right in [*rows, *wide]],
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    return answer(found, n, 0.0)


def _result(at, value, bound, status):
    proved = abs(bound - value) <= 1e-6 * max(abs(value), 1.0) if status == "optimal" else bound == value
    bound = value if proved else bound
    method = "mixed-integer programming"
    return {"at": sorted(at), "value": value, "bound": bound, "proved": proved, "method": method, "status": status}


def _greedy(problem, rules):
    """What stands in where time ran out before the solver had any set."""
    from expansion_kit.candidates.portfolio.site_rules import addable

    at = [int(k) for k in np.flatnonzero(rules["must"])]
    while (able := np.flatnonzero(addable(rules, at))).size:
        left = np.where(covered(problem, at), 0.0, problem["weight"])
        at.append(int(able[(left @ problem["reach"][:, able]).argmax()]))
    return at
