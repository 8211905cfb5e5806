"""How far a p-median can be from the best: a Lagrangian bound, and the exact model of nested radii."""

import numpy as np

from expansion_kit.candidates.portfolio.site_rules import linear_rows, most_worth

ROUNDS = 1500


def lagrangian(problem, rules, value):
    """
    A weighted distance that no set under the rules can be below, and what no better set can hold.

    Parameters
    ----------
    problem, rules : dict
        As from `median_problem` and `site_rules`.
    value : float
        Weighted distance of the best set known.

    Returns
    -------
    bound : float
    fixed : ndarray, shape (n_sites,)
        1 where each better set holds the site, 0 where none does, missing where that is not known.

    References
    ----------
    Narula, S., Ogbu, U. & Samuelsson, H. (1977). An algorithm for the p-median problem. Operations Research 25,
    709-713.
    """
    cost, today = problem["cost"], problem["today"]
    free = np.flatnonzero(rules["allowed"] & ~rules["must"])
    must, left = np.flatnonzero(rules["must"]), rules["count"] - int(rules["must"].sum())
    price = np.minimum(np.partition(cost, 1, axis=1)[:, 1] if cost.shape[1] > 1 else today, today)
    best, at_best, theta, stalled = -np.inf, price, 1.5, 0
    for _ in range(ROUNDS):
        below = cost - price[:, None]
        np.minimum(below, 0.0, out=below)
        worth = below.sum(axis=0)
        chosen = np.concatenate([must, free[np.argsort(worth[free], kind="stable")[:left]]])
        bound = price.sum() + worth[chosen].sum()
        if bound > best + 1e-9 * abs(best if np.isfinite(best) else 1.0):
            best, at_best, stalled = bound, price, 0
        else:
            stalled += 1
            if stalled >= 20:
                theta, stalled = theta * 0.6, 0
        slope = 1.0 - (below[:, chosen] < 0).sum(axis=1)
        slope[(slope > 0) & (price >= today)] = 0.0
        length = (slope**2).sum()
        if length == 0 or theta < 1e-3 or best >= value * (1 - 1e-12):
            break
        price = np.minimum(price + theta * (1.01 * value - bound) / length * slope, today)
    worth = np.minimum(cost - at_best[:, None], 0.0).sum(axis=0)
    if not rules["plain"]:
        best = max(best, float(at_best.sum() - most_worth(rules)(-worth)[1]))
    return float(best), _settled(rules, free, left, worth, value - float(at_best.sum() + worth[must].sum()))


def _settled(rules, free, left, worth, room):
    """Sites that must be in, or cannot be in, a set that is better: by what forcing them costs the bound."""
    fixed = np.full(len(worth), np.nan)
    order = free[np.argsort(worth[free], kind="stable")]
    chosen, others = order[:left], order[left:]
    slack = room - worth[chosen].sum()  # value less bound
    last = worth[chosen[-1]] if len(chosen) == left and left > 0 else 0.0
    following = worth[others[0]] if len(others) else 0.0
    margin = slack + 1e-7 * abs(room) + 1e-9
    fixed[others[worth[others] - last > margin]] = 0.0
    fixed[chosen[following - worth[chosen] > margin]] = 1.0
    fixed[~rules["allowed"]] = 0.0
    return fixed


def nested_radius(problem, rules, *, fixed=None, without=(), seconds=30.0):
    """
    The exact p-median by mixed-integer programming: one variable a zone and radius, each nested in the one before.

    Parameters
    ----------
    problem, rules : dict
        As from `median_problem` and `site_rules`.
    fixed : ndarray, optional
        As from `lagrangian`.
    without : sequence of sets of places
        Sets that may not come back.
    seconds : float
        Time limit.

    Returns
    -------
    at : list of int or None
        The best set found; None where there is none (under `fixed`: no better one) or time ran out before.
    bound : float
        No set (with `fixed`: no better set) is below; infinite where there is none.
    status : {"optimal", "time limit", "none"}

    References
    ----------
    García, S., Labbé, M. & Marín, A. (2011). Solving large p-median problems with a radius formulation. INFORMS Journal
    on Computing 23, 546-556.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_array, csr_array

    cost, today = problem["cost"], problem["today"]
    table, most, lower, upper = linear_rows(rules)
    if fixed is not None:
        lower, upper = np.where(fixed == 1, 1.0, lower), np.where(fixed == 0, 0.0, upper)
    within, steps, following, base = _radii(cost, today, upper > 0)
    n = cost.shape[1]
    chain = csr_array((np.ones(len(steps)), (np.arange(len(steps)), np.arange(len(steps)))))
    before = np.flatnonzero(following)
    chain = chain - csr_array((np.ones(len(before)), (before, before - 1)), shape=chain.shape)
    least = np.where(following, 0.0, 1.0)
    cuts, limits = forbidden(without, n)
    rules_rows = block_array([[table, csr_array((len(most), len(steps)))]])
    cut_rows = block_array([[cuts, csr_array((len(limits), len(steps)))]]) if len(limits) else None
    constraints = [
        LinearConstraint(block_array([[within, chain]]).tocsr(), least, np.inf),
        LinearConstraint(rules_rows.tocsr(), -np.inf, most),
    ]
    constraints += [LinearConstraint(cut_rows.tocsr(), -np.inf, limits)] if cut_rows is not None else []
    found = milp(
        np.concatenate([np.zeros(n), steps]),
        integrality=np.concatenate([np.ones(n), np.zeros(len(steps))]),
        bounds=Bounds(np.concatenate([lower, np.zeros(len(steps))]), np.concatenate([upper, np.full(len(steps), 1.0)])),
        constraints=constraints,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    return answer(found, n, base)


def answer(found, n, base):
    """
    What a solver's answer says: places, bound and status; never its objective alone.

    A set that a time limit handed back counts as found, not as the best; without a bound of its own nothing is proved.
    """
    if found.status == 2:
        return None, np.inf, "none"
    if found.status not in (0, 1):
        raise RuntimeError(f"the solver failed: {found.message}")
    at = None if found.x is None else np.flatnonzero(found.x[:n] > 0.5).tolist()
    bound = found.mip_dual_bound
    known = bound is not None and np.isfinite(bound)
    return at, base + float(bound) if known else -np.inf, "optimal" if found.status == 0 else "time limit"


def forbidden(without, n):
    """Rows that forbid each of these sets: A y <= b."""
    from scipy.sparse import csr_array

    signs = np.full((len(without), n), -1.0)
    for row, at in zip(signs, without):
        row[list(at)] = 1.0
    return csr_array(signs), np.array([len(at) - 1.0 for at in without])


def _radii(cost, today, able):
    """Sites that lie at each radius of a zone, the step to the next, whether a radius follows one, and what is sure."""
    from scipy.sparse import csr_array

    rows, columns, steps, following, base, row = [], [], [], [], 0.0, 0
    which = np.flatnonzero(able)
    for zone, far in zip(cost[:, which], today):
        order = np.argsort(zone, kind="stable")
        order = order[zone[order] < far]
        radii, first = np.unique(zone[order], return_index=True)
        base += radii[0] if len(radii) else far
        steps.append(np.diff(np.append(radii, far)) if len(radii) else np.empty(0))
        following.append(np.arange(len(radii)) > 0)
        level = np.repeat(np.arange(len(radii)), np.diff(np.append(first, len(order))))
        rows.append(row + level)
        columns.append(which[order])
        row += len(radii)
    at = (np.concatenate(rows), np.concatenate(columns))
    within = csr_array((np.ones(len(at[0])), at), shape=(row, len(able)))
    return within, np.concatenate(steps), np.concatenate(following), base
