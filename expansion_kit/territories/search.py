"""
Better plans by moving one zone at a time across a border, never cutting a territory in two (tabu search).

Balance is a goal with a tolerance: what is within it costs nothing. How much the rest (short borders, few changes)
weighs against balance swings, so that the search crosses the edge of what is allowed again and again, and a territory
that stays beyond it counts more and more. Everything is in a fixed order: the same input gives the same plan.
"""

import numpy as np

_LEAST_SCALE = 0.01  # a tolerance of 0 is measured in percent
_LEAST_PULL = 0.03  # of borders against balance at first; less in each search again, where shapes have to give way


def excess(sums, tolerance):
    """
    How far territories are beyond the tolerance, in units of the tolerance.

    Parameters
    ----------
    sums : ndarray, shape (k, m)
        Of each territory and measure.
    tolerance : ndarray, shape (m,)
        Shares of the mean.

    Returns
    -------
    ndarray, shape (k, m)
        0 where within.

    Examples
    --------
    Sums of 80 and 120 are 20 % off their mean, twice the tolerance:

    >>> excess(np.array([[80.0], [120.0]]), np.array([0.1])).round(9).ravel().tolist()
    [1.0, 1.0]
    """
    return _excess(sums, sums.mean(axis=0), tolerance)


def _excess(sums, mean, tolerance):
    off = np.abs(sums / np.where(mean > 0, mean, 1.0) - (mean > 0))
    return np.maximum(off - tolerance - 1e-12, 0.0) / np.maximum(tolerance, _LEAST_SCALE)


def sums_of(label, weights):
    """Sums of each territory and measure, shape (k, m), from weights of shape (n, k, m)."""
    sums = np.zeros(weights.shape[1:])
    np.add.at(sums, label, weights[np.arange(len(label)), label])
    return sums


def improve(start, ground, *, weights, tolerance, movable, cost=None, border=1.0, patience=None, kicks=6):
    """
    The best plan found from a start by moving single zones.

    Parameters
    ----------
    start : ndarray of int, shape (n,)
        Territory of each zone.
    ground : Ground
    weights : ndarray, shape (n, k, m)
        What each zone adds to each measure of each territory.
    tolerance : ndarray, shape (m,)
        Allowed deviation of a territory from the mean, a share.
    movable : ndarray of bool, shape (n,)
        Zones that may change.
    cost : ndarray, shape (n, k), optional
        What it costs to have a zone in a territory, such as 1 wherever it is not at present.
    border : float
        What a border of average length between two territories costs.
    patience : int, optional
        Moves without a better plan after which the search ends; 40 and 2 a zone, at most 200, where absent.
    kicks : int
        How often a plan is shaken and searched again: one that is not within the tolerance, and with a cost any.

    Returns
    -------
    label : ndarray of int, shape (n,)
        Territories that were in one piece still are.
    key : tuple of float
        Largest excess over the tolerance (0 where all is within), then costs; the smaller the better.
    """
    patience = min(200, 40 + 2 * len(start)) if patience is None else patience
    best, least, draw = None, None, np.random.default_rng(len(start))
    for kick in range(1 + kicks):
        state = _State(start if best is None else best, ground, weights, tolerance, cost, border)
        if kick:
            state.shake(draw, movable)
        label, key = _wander(state, movable, patience, _LEAST_PULL / 4**kick)
        if least is None or key < least:
            best, least = label, key
        if least[0] == 0 and cost is None:
            break
    return best, least


def _wander(state, movable, patience, floor):
    """The best plan on the way of a tabu search."""
    best, least, since, turn, run = state.label.copy(), state.key(), 0, 0, 0
    barred, pull, longest = np.zeros(state.cost.shape, dtype=int), 0.1, max(1, min(10, int(movable.sum()) // 4))
    while since < patience:
        turn, since = turn + 1, since + 1
        move = state.best_move(movable[:, None] & (barred <= turn), pull)
        if move is None:
            if turn > barred.max():
                break
            continue
        barred[move[0], state.label[move[0]]] = turn + longest + turn % 3
        state.move(*move)
        key = state.key()
        if key < least:
            best, least, since = state.label.copy(), key, 0
        state.weigh()
        run = max(run, 0) + 1 if key[0] == 0 else min(run, 0) - 1
        if run % 4 == 0:
            pull = min(max(pull * (1.6 if run > 0 else 1 / 1.6), floor), 2.0)
    return best, least


class _State:
    """A plan with what is needed to judge all moves at once; every move changes it in place."""

    def __init__(self, start, ground, weights, tolerance, cost, border):
        n, k, _ = weights.shape
        self.ground, self.weights, self.tolerance = ground, weights, tolerance
        self.label, self.places = start.copy(), start.tolist()
        self.cost = np.zeros((n, k)) if cost is None else cost
        self.sums, self.size = sums_of(start, weights), np.bincount(start, minlength=k)
        self.urgency = np.ones(self.sums.shape)
        self.shared, self.touching = np.zeros((n, k)), np.zeros((n, k), dtype=int)
        self.border = [[] for _ in range(n)]
        for a, b, length in zip(ground.first, ground.second, ground.border * border):
            for one, other in ((a, b), (b, a)):
                self.shared[one, start[other]] += length
                self.touching[one, start[other]] += 1
                self.border[one].append((other, length))

    def key(self):
        rows = np.arange(len(self.label))
        between = (self.shared.sum() - self.shared[rows, self.label].sum()) / 2
        side = between + self.cost[rows, self.label].sum()
        return round(float(excess(self.sums, self.tolerance).max()), 9), round(float(side), 9)

    def best_move(self, allowed, pull):
        """The zone and its new territory with the smallest change of score that cuts nothing; None without any."""
        zone, to = np.nonzero(allowed & (self.touching > 0))
        away = self.label[zone]
        real = (to != away) & (self.size[away] > 1)
        zone, to, away = zone[real], to[real], away[real]
        mean = self.sums.mean(axis=0)
        now = self._penalty(self.sums, mean, self.urgency)
        change = self._penalty(self.sums[away] - self.weights[zone, away], mean, self.urgency[away]) - now[away]
        change += self._penalty(self.sums[to] + self.weights[zone, to], mean, self.urgency[to]) - now[to]
        change += pull * (self.shared[zone, away] - self.shared[zone, to] + self.cost[zone, to] - self.cost[zone, away])
        for at in np.argsort(np.round(change, 9), kind="stable").tolist():
            if self._stays_whole(int(zone[at])):
                return int(zone[at]), int(to[at])
        return None

    def shake(self, draw, movable):
        """Some zones at borders into a neighbouring territory, by chance."""
        for _ in range(max(2, len(self.label) // 12)):
            zone, to = np.nonzero(movable[:, None] & (self.touching > 0))
            real = (to != self.label[zone]) & (self.size[self.label[zone]] > 1)
            if not real.any():
                return
            at = np.flatnonzero(real)[draw.integers(real.sum())]
            if self._stays_whole(int(zone[at])):
                self.move(int(zone[at]), int(to[at]))

    def weigh(self):
        """What has been beyond the tolerance for long counts more, until it is within (breakout local search)."""
        beyond = excess(self.sums, self.tolerance) > 0
        self.urgency = np.where(beyond, np.minimum(self.urgency * 1.1, 1e3), np.maximum(self.urgency * 0.97, 1.0))

    def _penalty(self, sums, mean, urgency):
        beyond = _excess(sums, mean, self.tolerance)
        return (urgency * (beyond + beyond**2)).sum(axis=1)

    def _stays_whole(self, zone):
        """Whether the territory of a zone holds together without it."""
        places, near = self.places, self.ground.near
        own = places[zone]
        wanted = {other for other in near[zone] if places[other] == own}
        if len(wanted) < 2:
            return True
        stack, seen = [min(wanted)], {zone, min(wanted)}
        wanted -= seen
        while stack and wanted:
            found = [other for other in near[stack.pop()] if places[other] == own and other not in seen]
            seen.update(found)
            wanted.difference_update(found)
            stack += found
        return not wanted

    def move(self, zone, to):
        away = self.places[zone]
        self.label[zone] = self.places[zone] = to
        self.sums[away] -= self.weights[zone, away]
        self.sums[to] += self.weights[zone, to]
        self.size[away] -= 1
        self.size[to] += 1
        for other, length in self.border[zone]:
            self.shared[other, away] -= length
            self.shared[other, to] += length
            self.touching[other, away] -= 1
            self.touching[other, to] += 1
