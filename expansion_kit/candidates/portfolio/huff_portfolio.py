"""
Which set of sites brings the own network most, net of what it takes from own stores, by the Huff model.

With the money of a zone that others hold today, h, and the pull of a site over the pull of all there is today, v, a set
wins h V / (1 + V) with V the sum of its v: the sales of the new stores less the losses of own ones. That is concave in
V: each further site adds less, which is what makes the bounds here hold.
"""

import numpy as np

from expansion_kit.candidates.portfolio.interchange import iterated
from expansion_kit.candidates.portfolio.site_rules import addable, most_worth, swappable
from expansion_kit.market.attraction import check_model, demand_of, distances_between, log_attraction, log_effect

BLOCK = 65_536  # pairs of a block: it stays in the second-level cache
SAME = 1e-9  # relative difference below which two sets are tied


def huff_problem(
    zones,
    stores,
    sites,
    demand,
    *,
    alpha=1.0,
    decay=2.0,
    form="power",
    midpoint=None,
    competition=0.0,
    outside=0.0,
    distance=None,
):
    """
    Net gain of sets of sites: what the own network sells more, all stores of today fixed.

    Parameters
    ----------
    zones, stores, sites, demand, alpha, decay, form, midpoint, competition, outside, distance
        As in `market.huff.capture`; demand at the calibrated level (`HuffModel.at_level`), for the result is money.

    Returns
    -------
    dict
        `kind` (`huff`), `ids` (of sites, sorted), `money` (that others hold today, by zone), `pull` (of each site over
        all that is there today, shape (n_sites, n_zones)), `demand` and `own_today` (money in all, and of own stores).

    Raises
    ------
    ValueError
        As `capture`.

    Examples
    --------
    One own and one rival store, alike and as near as the new one: it takes a third, half of it from others.

    >>> import pandas as pd
    >>> zones = pd.DataFrame(index=["Z1"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100], "own": [True, False]}, index=["S1", "S2"])
    >>> sites = pd.DataFrame({"floor_area_sqm": [100]}, index=["N1"])
    >>> km = pd.DataFrame([[1.0, 1.0, 1.0]], index=["Z1"], columns=["S1", "S2", "N1"])
    >>> round(huff_value(huff_problem(zones, stores, sites, pd.Series({"Z1": 600}), distance=km), [0]), 6)
    100.0
    """
    if competition != 0:
        raise ValueError("the choice of a set knows no competing destinations: a new store changes them")
    if outside == 0 and len(stores) == 0:
        raise ValueError("without stores and outside option each site would take all demand")
    check_model(form, midpoint, outside, stores if len(stores) else sites)
    if stores["own"].isna().any():
        raise ValueError("each store must say whether it is own")
    zones, sites = zones.loc[zones.index.sort_values()], sites.sort_index()
    there, new = (
        log_attraction(places, alpha, 0.0)
        + log_effect(distances_between(zones, places, distance), decay, form, midpoint)
        for places in (stores.sort_index(), sites)
    )
    own = stores.sort_index()["own"].to_numpy(dtype=bool)
    total = np.logaddexp.reduce(there, axis=1, initial=np.log(outside) if outside > 0 else -np.inf)
    held = np.exp(np.logaddexp.reduce(there[:, own], axis=1, initial=-np.inf) - total)
    money = demand_of(demand, zones.index)
    pull = np.exp(np.clip(new - total[:, None], -700.0, 300.0)).T
    others = money * np.maximum(1.0 - held, 0.0)
    told = others > 0
    return {
        "kind": "huff",
        "ids": sites.index,
        "money": others[told],
        "pull": np.ascontiguousarray(pull[:, told]),
        "demand": float(money.sum()),
        "own_today": float(money @ held),
    }


def huff_value(problem, at):
    """Net gain of the set of sites at these places, money a period."""
    pulled = problem["pull"][list(at)].sum(axis=0)
    return float(problem["money"] @ (pulled / (1.0 + pulled)))


def huff_gains(problem, at, which=None):
    """What each site (of those at the places `which`) adds to the set `at`, money a period."""
    pull, money = problem["pull"], problem["money"]
    which = np.arange(len(pull)) if which is None else np.asarray(which)
    total = 1.0 + pull[list(at)].sum(axis=0)
    return float(money @ (1.0 / total)) - _left(pull, money, total, which)


def huff_set(problem, rules, *, restarts=10, seed=0):
    """
    A good set: lazy greedy, by gain and by gain for money, then interchange with restarts.

    Parameters
    ----------
    problem, rules : dict
        As from `huff_problem` and `site_rules`.
    restarts, seed : int
        As in `iterated`.

    Returns
    -------
    at : list of int
    value : float
        Net gain, money a period.

    References
    ----------
    Minoux, M. (1978). Accelerated greedy algorithms for maximizing submodular set functions. Optimization Techniques,
    234-243. Nemhauser, Wolsey & Fisher (1978): greedy is at least 1 - 1/e of the best under a count.
    """
    ways = [None] if rules["budget"] is None else [None, rules["cost"]]
    begun = sorted((_greedy(problem, rules, cost) for cost in ways), key=lambda at: -huff_value(problem, at))

    def improve(at):
        return _improve(problem, rules, list(at))

    best, value = iterated(rules, begun[0], improve, restarts=restarts, seed=seed)
    for at in begun[1:]:
        other, worth = improve(at)
        if worth > value:
            best, value = sorted(other), worth
    return best, value


def huff_bound(problem, rules, at, *, steps=200, close=1e-4):
    """
    A net gain that no set under the rules can pass: Frank-Wolfe on the relaxation that opens parts of sites.

    Parameters
    ----------
    problem, rules : dict
        As in `huff_set`.
    at : sequence of int
        A good set to begin from.
    steps : int
        Steps at most.
    close : float
        Relative difference to the relaxation's own value at which to stop.

    Returns
    -------
    float
        Money a period.

    References
    ----------
    Frank, M. & Wolfe, P. (1956). An algorithm for quadratic programming. Naval Research Logistics 3, 95-110.
    """
    pull, money, best_under = problem["pull"], problem["money"], most_worth(rules)
    y = np.zeros(len(pull))
    y[list(at)] = 1.0
    pulled, bound = pull.T @ y, np.inf
    for _ in range(steps):
        slope = pull @ (money / (1.0 + pulled) ** 2)
        target, worth = best_under(slope)
        value = money @ (pulled / (1.0 + pulled))
        bound = min(bound, value + worth - slope @ y)
        if bound - value <= close * value:
            break
        way = pull.T @ target - pulled
        share = _step(money, pulled, way)
        y, pulled = (1 - share) * y + share * target, pulled + share * way
    return float(bound)


def _step(money, pulled, way):
    """How far to go along `way`: where the slope of the value turns, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        rises = money @ (way / (1.0 + pulled + middle * way) ** 2) > 0
        low, high = (middle, high) if rises else (low, middle)
    return (low + high) / 2


def _left(pull, money, total, which):
    """What the others keep if each of the sites joins: sum of money / (total + pull), by site."""
    kept, step = np.empty(len(which)), max(1, BLOCK // max(len(money), 1))
    for begin in range(0, len(which), step):
        part = pull[which[begin : begin + step]]
        part += total
        np.divide(money, part, out=part)
        kept[begin : begin + step] = part.sum(axis=1)
    return kept


def _greedy(problem, rules, cost):
    """Lazy greedy by gain (or gain for cost): a gain of before is a bound for now."""
    at = [int(k) for k in np.flatnonzero(rules["must"])]
    bounds = huff_gains(problem, at)
    worth = 1.0 if cost is None else 1.0 / np.maximum(np.nan_to_num(cost, nan=1.0), 1e-9)
    fresh = True
    while (able := addable(rules, at)).any():
        rate = np.where(able, bounds * worth, -np.inf)
        best = int(rate.argmax())
        done = {best} if fresh else set()
        while best not in done:
            top = np.argsort(-rate, kind="stable")[:4]
            top = top[[k not in done and able[k] for k in top]]
            bounds[top] = huff_gains(problem, at, top)
            done.update(top.tolist())
            rate = np.where(able, bounds * worth, -np.inf)
            best = int(rate.argmax())
        at.append(best)
        fresh = False
    return at


def _improve(problem, rules, at):
    """Add where a rule leaves room, swap one site for another, until neither helps; the set and its value."""
    state = _state(problem, rules, _filled(problem, rules, at))
    waiting = list(state["at"])
    while waiting:
        leaving = waiting.pop(0)
        entering = _best_swap(problem, state, leaving)
        if entering is not None:
            swapped = [entering if k == leaving else k for k in state["at"]]
            state = _state(problem, rules, _filled(problem, rules, swapped))
            waiting = list(state["at"])
    return state["at"], state["value"]


def _state(problem, rules, at):
    """A set and what its swaps need: who may enter for whom, what each site adds, the pull on each zone."""
    total = 1.0 + problem["pull"][at].sum(axis=0)
    able, adds = swappable(rules, at), huff_gains(problem, at)
    return {"at": at, "value": huff_value(problem, at), "able": able, "total": total, "adds": adds}


def _filled(problem, rules, at):
    while (able := np.flatnonzero(addable(rules, at))).size:
        at = [*at, int(able[huff_gains(problem, at, able).argmax()])]
    return at


def _best_swap(problem, state, leaving):
    """
    The site that replaces `leaving` with the greatest gain, or None.

    A swap pays if the one that enters adds more than `leaving` still would beside it. That is a sum over zones of terms
    above 0, so that the zones where `leaving` earns most already rule out nearly all.
    """
    pull, out, adds = problem["pull"], problem["pull"][leaving], state["adds"]
    total, weight = state["total"], problem["money"] * out
    rest = total - out
    able = np.flatnonzero(state["able"][:, state["at"].index(leaving)] & (adds > 0))
    still, begin = np.zeros(len(able)), 0
    order, ends = _by_size(weight / (rest * total))
    for end in ends:
        zones, begin = np.sort(order[begin:end]), end
        join = pull[np.ix_(able, zones)]
        other = join + total[zones]
        join += rest[zones]
        still += (1.0 / np.multiply(join, other, out=join)) @ weight[zones]
        kept = adds[able] > still
        able, still = able[kept], still[kept]
        if not able.size:
            return None
    better = adds[able] - still
    return int(able[better.argmax()]) if better.max() > SAME * state["value"] else None


def _by_size(terms):
    """Zones so that the first few hold the greatest terms, and the ends of the parts to look at in turn."""
    n = len(terms)
    ends = [end for end in (n // 400, n // 100, n // 40, n // 12) if end > 0]
    order = np.argpartition(-terms, ends) if ends else np.arange(n)
    return order, [*ends, n]
