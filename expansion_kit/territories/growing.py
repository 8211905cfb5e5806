"""
First plans: territories grown from centres, the large ones held back, until they hold about the same.

Each zone goes to the territory that reaches it first along links, where a territory starts the later the more it holds
(the dual prices of the transport problem). What is grown along links is in one piece.
"""

import heapq

import numpy as np

from expansion_kit.territories.ground import centre_zones

_PRICES, _MOVES = 12, 5  # rounds of prices for given centres, rounds of centres


def grow(cores, delay, ground):
    """
    Territories grown along links.

    Parameters
    ----------
    cores : ndarray of int, shape (n,)
        Territory of the zones to start from; -1 for all others.
    delay : ndarray, shape (k,)
        Kilometres by which each territory starts later.
    ground : Ground

    Returns
    -------
    ndarray of int, shape (n,)
        Territory of each zone; -1 where none can reach it.
    """
    length = {}
    for a, b, km in zip(ground.first.tolist(), ground.second.tolist(), ground.km.tolist()):
        length.setdefault(a, []).append((b, km))
        length.setdefault(b, []).append((a, km))
    label, waiting = cores.tolist(), []
    for zone in np.flatnonzero(cores >= 0).tolist():
        waiting += [(delay[label[zone]] + km, label[zone], other) for other, km in length.get(zone, ())]
    heapq.heapify(waiting)
    while waiting:
        at, territory, zone = heapq.heappop(waiting)
        if label[zone] < 0:
            label[zone] = territory
            for other, km in length.get(zone, ()):
                if label[other] < 0:
                    heapq.heappush(waiting, (at + km, territory, other))
    return np.array(label)


def first_plan(ground, cores, many, kept, draw):
    """
    A plan in one piece a territory, roughly balanced on the main measure.

    Parameters
    ----------
    ground : Ground
    cores : ndarray of int, shape (n,)
        Territory of zones that are settled; -1 for all others, of which there are enough for the rest.
    many : int
        How many territories.
    kept : dict of int to int
        Centres that are given: territory to zone.
    draw : numpy Generator

    Returns
    -------
    ndarray of int, shape (n,)
    """
    settled = set(cores[cores >= 0].tolist())
    free = [territory for territory in range(many) if territory not in settled]
    centres = dict(zip(free, _spread_out(ground, cores, len(free), draw)))
    best, least = None, np.inf
    for _ in range(_MOVES):
        begin = cores.copy()
        for territory, zone in centres.items():
            begin[zone] = territory
        label, spread = _priced(ground, begin, many)
        if spread < least:
            best, least = label, spread
        moved = centre_zones(ground, np.where(cores < 0, label, -1), many, dict.fromkeys(settled, 0) | kept)
        if all(centres[territory] == moved[territory] for territory in free):
            break
        centres = {territory: int(moved[territory]) for territory in free}
    return best


def _priced(ground, begin, many):
    """The most even of some growths from the same centres."""
    main = ground.amounts[:, 0]
    delay, step = np.zeros(many), 0.5 * np.median(ground.km) * np.sqrt(len(ground.ids) / many)
    best, least = None, np.inf
    for turn in range(_PRICES):
        label = grow(begin, delay, ground)
        share = np.bincount(label, main, minlength=many) * many / main.sum() - 1
        if np.abs(share).max() < least:
            best, least = label, np.abs(share).max()
        delay = delay + step / (1 + turn / 4) * np.clip(share, -1, 1)
    return best, least


def _spread_out(ground, cores, many, draw):
    """Zones to start from, far from each other and from what is settled, drawn by the main measure (k-means++)."""
    chosen, open_to = [], cores < 0
    away = np.full(len(cores), np.inf)
    for zone in np.flatnonzero(~open_to):
        away = np.minimum(away, ((ground.xy - ground.xy[zone]) ** 2).sum(axis=1))
    weight = ground.amounts[:, 0] + 1e-9 * ground.amounts[:, 0].sum() / len(cores)
    for _ in range(many):
        chance = np.where(open_to, weight * np.where(np.isfinite(away), away, 1.0), 0.0)
        chance = chance if chance.sum() > 0 else open_to.astype(float)
        zone = int(np.searchsorted(np.cumsum(chance), draw.random() * chance.sum(), side="right"))
        zone = zone if zone < len(cores) and open_to[zone] else int(np.flatnonzero(open_to)[-1])
        chosen.append(zone)
        open_to[zone] = False
        away = np.minimum(away, ((ground.xy - ground.xy[zone]) ** 2).sum(axis=1))
    return chosen


def settled_cores(ground, locked, many):
    """
    Zones that are settled from the start: locked ones, and those that join the locked ones of a territory.

    Parameters
    ----------
    ground : Ground
    locked : ndarray of int, shape (n,)
        Territory of locked zones; -1 for all others.
    many : int

    Returns
    -------
    cores : ndarray of int, shape (n,)
    apart : dict of int to (int, bool)
        Territories whose locked zones could not be joined: in how many pieces they are, and True where no plan can join
        them (zones locked to others lie between), False where only the ways taken here for other territories do.
    """
    cores, apart = locked.copy(), {}
    sizes = np.bincount(locked[locked >= 0], minlength=many)
    for territory in sorted(range(many), key=lambda t: (-sizes[t], t)):
        own = np.flatnonzero(locked == territory)
        if len(own) < 2:
            continue
        for path in _joining(ground, own, (cores < 0) | (cores == territory)):
            cores[path] = territory
        pieces = len(pieces_of(ground, np.flatnonzero(cores == territory)))
        if pieces > 1:
            reached = {zone for path in _joining(ground, own, (locked < 0) | (locked == territory)) for zone in path}
            apart[territory] = pieces, not set(own[1:].tolist()) <= reached
    return cores, apart


def _joining(ground, own, open_to):
    """Ways through open zones that join what can be joined to the first of `own`, nearest first."""
    reached, left, paths = {int(own[0])}, set(own[1:].tolist()), []
    while left:
        path = _way(ground, reached, left, open_to)
        if path is None:
            break
        paths.append(path)
        reached |= set(path)
        left -= reached
    return paths


def _way(ground, starts, ends, open_to):
    """The way with the fewest zones from any start to any end, the first by number among equals."""
    came, line = dict.fromkeys(sorted(starts)), sorted(starts)
    for zone in line:  # grows while it is read: breadth first
        if zone in ends:
            path = [zone]
            while came[path[-1]] is not None:
                path.append(came[path[-1]])
            return path
        for other in ground.near[zone]:
            if other not in came and open_to[other]:
                came[other] = zone
                line.append(other)
    return None


def pieces_of(ground, zones):
    """The connected pieces of some zones, each in order of zones, those with the first zones first."""
    pieces, left = [], set(zones.tolist())
    for zone in sorted(left):
        if zone in left:
            left.discard(zone)
            piece = [zone]
            for member in piece:  # grows while it is read
                found = [other for other in ground.near[member] if other in left]
                left.difference_update(found)
                piece += found
            pieces.append(sorted(piece))
    return pieces
