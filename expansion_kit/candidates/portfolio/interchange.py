"""Iterated interchange: leave a good set by a few sites, put others in, improve again, keep the better."""

import numpy as np

from expansion_kit.candidates.portfolio.site_rules import addable


def iterated(rules, start, improve, *, restarts, seed, enough=None):
    """
    The best set found from a start and from changed copies of the best set so far.

    Parameters
    ----------
    rules : dict
        As from `site_rules`.
    start : sequence of int
        Places of sites that keep the rules.
    improve : callable
        Places -> (places, value) of a set at least as good; a greater value is better.
    restarts : int
        How many changed copies are tried.
    seed : int
        Of the changes.
    enough : float, optional
        Value that cannot be beaten: stop there.

    Returns
    -------
    at : list of int
    value : float

    References
    ----------
    Lourenço, H. R., Martin, O. C. & Stützle, T. (2003). Iterated local search. Handbook of Metaheuristics, 320-353.
    """
    draw = np.random.default_rng(seed)
    best, value = improve(start)
    for _ in range(restarts):
        if enough is not None and value >= enough:
            break
        at, found = improve(changed(rules, best, draw))
        if found >= value:
            best, value = at, found
    return sorted(int(k) for k in best), value


def changed(rules, at, draw):
    """A copy of the set with up to a quarter of its sites (or two; at most eight) exchanged at random."""
    free = [k for k in at if not rules["must"][k]]
    most = min(max(2, len(at) // 4), 8)
    out = set(draw.permutation(free)[: draw.integers(1, most + 1)].tolist())
    kept = [k for k in at if k not in out]
    able = addable(rules, kept)
    able[list(out)] = False
    while able.any() and len(kept) < len(at):
        kept.append(int(draw.choice(np.flatnonzero(able))))
        able = addable(rules, kept)
        able[list(out)] = False
    return kept
