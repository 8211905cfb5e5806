"""
Locks of years, quarters, months, weeks and month_weeks together: are they possible, and if not, which forbid it?

A week may lie in two months, so that locks need not lie in each other. In the running sums of the month_weeks each lock
is a difference of two sums, and each month_week a difference that cannot fall below what is fixed in it: a system of
differences, possible exactly if its shortest paths have no negative circle (Cormen et al., Introduction to Algorithms,
on difference constraints). Its solutions are whole numbers where the locks are.
"""

from typing import NamedTuple

import numpy as np

from expansion_kit.targets.splitting.exact import exact_weights, largest_remainder, listed

FAR = 2**61


class Lock(NamedTuple):
    """An amount of the month_weeks from `start` to `stop` (not included); `week` if they may lie in two months."""

    period: str
    start: int
    stop: int
    value: int
    week: bool = False


def contradiction(locks, floor, shut):
    """
    Why locks cannot be kept together, or nothing if they can.

    Parameters
    ----------
    locks : list of Lock
        The year's total among them, whole units.
    floor : sequence of int, shape (n_cells,)
        What is fixed in each month_week: openings, sales to date.
    shut : sequence of bool, shape (n_cells,)
        Month_weeks that take no more than that.

    Returns
    -------
    str or None
        Names the binding locks and the gap.

    Examples
    --------
    >>> locks = [Lock("2027", 0, 3, 10), Lock("2027-01", 0, 1, 7), Lock("2027-02", 1, 2, 5)]
    >>> contradiction(locks, [0, 0, 0], [False, False, False])
    '2027 is 10, but with 2027-01 (7), 2027-02 (5) it can be no less than 12: the gap is 2'
    >>> contradiction(locks[:2], [0, 0, 0], [False, False, False])
    """
    if _bounds(locks, floor, shut) is not None:
        return None
    core = sorted(locks, key=lambda lock: lock.stop - lock.start)
    for lock in list(core):
        rest = [other for other in core if other is not lock]
        if _bounds(rest, floor, shut) is None:
            core = rest
    widest = core.pop()
    least, most = _range(_bounds(core, floor, shut, (widest.start, widest.stop)), widest.start, widest.stop)
    bound, word = (most, "more") if widest.value > most else (least, "less")
    inside = sum(floor[widest.start : widest.stop])
    others = [f"{lock.period} ({lock.value})" for lock in core]
    others += [f"openings and sales to date ({inside})"] if inside else []
    reason = f"with {listed(others)}" if others else "with the weights of the free periods"
    gap = abs(widest.value - bound)
    return f"{widest.period} is {widest.value}, but {reason} it can be no {word} than {bound}: the gap is {gap}"


def settled(locks, floor, shut, weights, *, unit=1):
    """
    Locks with every lock of two month_weeks, a week that lies in two months, replaced by one for each of its parts.

    Each such week is split by weight, and as near to that as the other locks allow.

    Parameters
    ----------
    locks, floor, shut
        As in `contradiction`.
    weights : sequence of float, shape (n_cells,)
    unit : int
        Rounding unit of a part.

    Returns
    -------
    list of Lock or None
        None where the locks contradict each other.

    Examples
    --------
    The week of 50 lies in two months of which the first has only 10 left:

    >>> locks = [Lock("2027-01", 0, 2, 100), Lock("C1", 0, 1, 90), Lock("W05", 1, 3, 50, week=True)]
    >>> [lock.value for lock in settled(locks, [0] * 4, [False] * 4, [1, 1, 1, 1])]
    [100, 90, 10, 40]
    """
    weeks = [lock for lock in locks if lock.week and lock.stop - lock.start == 2]
    kept = [lock for lock in locks if lock not in weeks]
    bounds = _bounds(locks, floor, shut, tuple(lock.start + 1 for lock in weeks))
    for lock in weeks if bounds else ():
        middle, inside = lock.start + 1, slice(lock.start, lock.stop)
        least, most = _range(bounds, lock.start, middle)
        parts = exact_weights(weights[inside] if sum(weights[inside]) > 0 else (1, 1))
        wish = floor[lock.start] + largest_remainder(max(lock.value - sum(floor[inside]), 0), parts, unit)[0]
        value = min(max(wish, least), most)
        first, second = (
            Lock(lock.period, lock.start, middle, value),
            Lock(lock.period, middle, lock.stop, lock.value - value),
        )
        bounds = _tightened(bounds, first)
        kept += [first, second]
    return kept if bounds else None


def _range(bounds, start, stop):
    """Least and most of the amount from one running sum to another."""
    nodes, most = bounds
    start, stop = nodes.index(start), nodes.index(stop)
    return -int(most[stop, start]), int(most[start, stop])


def _tightened(bounds, lock):
    """The bounds once a lock within them is kept, by the paths over it."""
    nodes, most = bounds
    start, stop = nodes.index(lock.start), nodes.index(lock.stop)
    for one, other, value in ((start, stop, lock.value), (stop, start, -lock.value)):
        most = np.minimum(most, most[:, [one]] + value + most[[other]])
    return nodes, most


def _bounds(locks, floor, shut, points=()):
    """The most that each running sum may lie above each other, at the ends of locks; None if that is impossible."""
    nodes = sorted({0, len(floor), *points, *(lock.start for lock in locks), *(lock.stop for lock in locks)})
    place = {node: position for position, node in enumerate(nodes)}
    most = np.full((len(nodes), len(nodes)), FAR)
    np.fill_diagonal(most, 0)
    for position, (start, stop) in enumerate(zip(nodes, nodes[1:])):
        fixed = sum(floor[start:stop])
        most[position + 1, position] = -fixed
        if all(shut[start:stop]):
            most[position, position + 1] = fixed
    for lock in locks:
        start, stop = place[lock.start], place[lock.stop]
        most[start, stop] = min(most[start, stop], lock.value)
        most[stop, start] = min(most[stop, start], -lock.value)
    for position in range(len(nodes)):  # Floyd and Warshall
        most = np.minimum(most, most[:, [position]] + most[[position]])
        if (most.diagonal() < 0).any():
            return None
    return nodes, most
