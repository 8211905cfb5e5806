"""
Every set that could be the best one, by branch and bound: proof of the optimum, ties and the next best set.

A site never adds more to a larger set. So a set and the best few gains that can still join it bound all that grows
from it, and most sets need not be looked at.
"""

import numpy as np

from expansion_kit.candidates.portfolio.huff_portfolio import SAME, huff_gains, huff_value
from expansion_kit.candidates.portfolio.site_rules import addable, spent, swappable


def huff_exact(problem, rules, at, *, work=2e8):
    """
    The best sets under the rules, and what no other set can pass.

    Parameters
    ----------
    problem, rules : dict
        As from `huff_problem` and `site_rules`.
    at : sequence of int
        A good set to begin from.
    work : float
        Pairs of zone and site to look at, at most. A count, not a time: the answer is the same on any machine.

    Returns
    -------
    sets : list of (float, tuple of int)
        Net gain and places, the best first: all that are tied for the best, and the next best.
    bound : float
        Net gain that no set passes.
    complete : bool
        Whether no set was left out: then the first is the optimum, and the first that is not tied the next best.
    """
    found = {tuple(sorted(at)): huff_value(problem, at)}
    found |= _neighbours(problem, rules, list(at), max(found.values()))
    must = [int(k) for k in np.flatnonzero(rules["must"])]
    found[tuple(must)] = huff_value(problem, must)
    waiting = [(np.inf, must, np.zeros(len(problem["ids"]), dtype=bool))]
    done, zones = 0.0, len(problem["money"])
    while waiting and done <= work:
        bound, held, closed = waiting.pop()
        if bound < _threshold(found):
            continue
        able = np.flatnonzero(addable(rules, held) & ~closed)
        done += zones * len(able)
        if able.size:
            waiting += _grown(problem, rules, (held, closed, able), found)
    left = max((bound for bound, *_ in waiting), default=-np.inf)
    sets = sorted(((value, held) for held, value in found.items()), key=lambda pair: (-pair[0], pair[1]))
    least = _threshold(found)
    sets = [pair for pair in sets if pair[0] >= least]
    complete = left < least or not waiting
    return sets, max(left, sets[0][0]), complete


def _threshold(found):
    """Value below which a set is of no interest: that of the next best so far."""
    best = max(found.values())
    below = [value for value in found.values() if value < best * (1 - SAME)]
    return max(below, default=-np.inf) * (1 - SAME) if below else -np.inf


def _neighbours(problem, rules, at, value):
    """The best set that one swap makes: the next best is at least as good."""
    best = {}
    able = swappable(rules, at)
    for column, leaving in enumerate(at):
        which = np.flatnonzero(able[:, column])
        rest = [k for k in at if k != leaving]
        if which.size:
            gains = huff_gains(problem, rest, which)
            gains[huff_value(problem, rest) + gains >= value * (1 - SAME)] = -np.inf
            best[huff_value(problem, rest) + gains.max()] = (*rest, int(which[gains.argmax()]))
    best = {worth: held for worth, held in best.items() if np.isfinite(worth)}
    return {tuple(sorted(best[max(best)])): max(best)} if best else {}


def _grown(problem, rules, node, found):
    """Sets one site larger that may still lead to the best or next best, the most promising last."""
    held, closed, able = node
    value, gains = huff_value(problem, held), huff_gains(problem, held, able)
    order = np.argsort(-gains, kind="stable")
    able, gains = able[order], gains[order]
    left = rules["count"] - len(held)
    least = _threshold(found)
    for k, gain in zip(able, gains):
        if value + gain < least:
            break
        found[tuple(sorted([*held, int(k)]))] = value + float(gain)
    _forget(found)
    least, sums, new, closed = _threshold(found), np.concatenate([[0.0], np.cumsum(gains)]), [], closed.copy()
    for place, k in enumerate(able):
        bound = value + sums[min(place + left, len(gains))] - sums[place]
        if bound < least:
            break
        if rules["budget"] is not None:
            bound = min(bound, value + _by_budget(rules, held, able[place:], gains[place:]))
        if left > 1 and bound >= least:
            new.append((bound, [*held, int(k)], closed.copy()))
        closed[k] = True
    return new[::-1]


def _by_budget(rules, held, able, gains):
    """What the rest of the budget buys at most, parts of a site allowed."""
    cost, purse = rules["cost"][able], rules["budget"] - spent(rules, held)
    order = np.argsort(-gains / np.maximum(cost, 1e-12), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(cost[order])[:-1]])
    part = np.clip((purse - before) / np.maximum(cost[order], 1e-12), 0.0, 1.0)
    return float(gains[order] @ part)


def _forget(found):
    least = _threshold(found)
    for held in [held for held, value in found.items() if value < least]:
        del found[held]
