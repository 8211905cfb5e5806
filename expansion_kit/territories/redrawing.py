"""
Present territories brought back into balance, or made one more or fewer, with as few zones changing hands as possible.

The search is a heuristic: `moves` is what it needed, `at_least` what any plan needs; where both are the same, fewer are
impossible.
"""

import numpy as np
import pandas as pd

from expansion_kit.territories.ground import make_ground
from expansion_kit.territories.growing import grow, pieces_of
from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.planning import (
    TRAVEL,
    fixed_zones,
    fresh_names,
    ordered_visits,
    settle,
    territory_sums,
    tolerances,
)
from expansion_kit.territories.search import excess


def redraw_territories(
    zones,
    measures,
    present,
    *,
    n=None,
    tolerance=0.05,
    links=None,
    seeds=None,
    locked=None,
    close=(),
    visits=None,
    starts=6,
    seed=0,
):
    """
    A plan within the tolerance that differs from the present one in as few zones as could be found.

    Parameters
    ----------
    zones, measures, tolerance, links, seeds, locked, visits, seed
        As for `plan_territories`; measures are those that hold now.
    present : Series
        `territory_id` of each zone at present, on the zones' index; a zone without one is given to some territory,
        which is no move.
    n : int, optional
        How many territories there are to be; as many as at present where absent. A new one gets the next free name.
    close : sequence of str
        Territories to be given up where `n` is smaller, else those whose zones are fewest.
    starts : int
        Ways tried to open or close territories.

    Returns
    -------
    plan : Series of str
        `territory_id` of each zone, on the zones' index. In one piece each, also where the present ones are not.
    summary : Series
        `moves` (zones that change hands), `assigned` (zones that had no territory), `at_least` (moves that any plan
        within the tolerance needs), `fewest` (True where the two are equal), `within` (True where the plan is within
        every tolerance, else it is the nearest found), `opened` and `closed` (tuples of names).

    Raises
    ------
    ValueError
        As from `plan_territories`; if the present plan names no territory, `close` an unknown or fixed one, or there is
        nothing left to close.

    Examples
    --------
    Four zones in a row, and all growth in the west:

    >>> import geopandas as gpd, shapely
    >>> row = [shapely.box(x, 0, x + 1000, 1000) for x in range(0, 4000, 1000)]
    >>> zones = gpd.GeoDataFrame(geometry=row, index=["A", "B", "C", "D"], crs=32652)
    >>> now = pd.DataFrame({"potential": [4.0, 2.0, 1.0, 1.0]}, index=zones.index)
    >>> present = pd.Series(["west", "west", "east", "east"], index=zones.index)
    >>> plan, summary = redraw_territories(zones, now, present)
    >>> plan.tolist(), summary["moves"], summary["at_least"]
    (['west', 'east', 'east', 'east'], 1, 1)
    """
    ground = make_ground(zones, measures, zone_links(zones) if links is None else links)
    calls = ordered_visits(ground, visits)
    names = [*measures.columns, *([] if calls is None else [TRAVEL])]
    allowed = tolerances(names, tolerance)
    wanted, old = _wanted(ground, present, n, close)
    fixed, kept, known = fixed_zones(ground, seeds, locked, wanted)
    tried = []
    for turn in range(1 if wanted == len(old) and not close else starts):
        draw = np.random.default_rng([seed, turn])
        called = _names(ground, present, old, known, wanted, close, turn)
        home = _number(ground, present, called)
        stays = np.array([called.index(known[k]) if k >= 0 else -1 for k in fixed])
        start = _start(ground, home, stays, len(called), draw)
        cost = (np.arange(len(called)) != home[:, None]) & (home >= 0)[:, None]
        options = {"calls": calls, "kept": {called.index(known[t]): zone for t, zone in kept.items()}, "many": wanted}
        options |= {"cost": cost.astype(float), "border": 0.5 / max(len(ground.first), 1)}
        label, key = settle(start, ground, allowed, movable=stays < 0, **options)
        plan = pd.Series(np.array(called, dtype=object)[label], index=ground.ids, name="territory_id")
        tried.append((key[0], len(moved_zones(present, plan)), key[1], turn, plan, label, options["kept"]))
    *_, plan, label, kept = min(tried, key=lambda found: found[:4])
    sums = territory_sums(label, ground, calls, kept, wanted)
    summary = _summary(ground, present, plan, allowed, close, sums)
    return plan.reindex(zones.index), summary


def moved_zones(present, plan):
    """
    The zones that change hands.

    Parameters
    ----------
    present, plan : Series
        `territory_id` of each zone.

    Returns
    -------
    DataFrame
        Index zone ids in order; `from_territory`, `to_territory`. Zones that had no territory are left out.

    Examples
    --------
    >>> moved_zones(pd.Series({"A": "T1", "B": "T1"}), pd.Series({"A": "T1", "B": "T2"})).values.tolist()
    [['T1', 'T2']]
    """
    table = pd.DataFrame({"from_territory": present, "to_territory": plan}).sort_index()
    return table[table["from_territory"].notna() & (table["from_territory"] != table["to_territory"])]


def _wanted(ground, present, n, close):
    if not present.index.is_unique or set(present.index) != set(ground.ids):
        raise ValueError("the present plan must name each zone of the zones' index once")
    old = sorted(present.dropna().unique())
    if not old:
        raise ValueError("the present plan names no territory")
    if unknown := sorted(set(close) - set(old)):
        raise ValueError(f"`close` names territories that do not exist: {', '.join(map(str, unknown))}")
    return (len(old) - len(close) if n is None else n), old


def _names(ground, present, old, known, wanted, close, turn):
    """Names of the new territories: old ones first, without those that are given up in this turn."""
    size = present.value_counts()
    many = max(len(old) + len(set(known) - set(old)) - wanted - len(close), 0)
    may_go = sorted(set(old) - set(known) - set(close), key=lambda name: (size[name], name))
    if many > len(may_go) or set(close) & set(known):
        raise ValueError(f"{len(close) + many} territories are to be given up, but zones are fixed to them")
    at = turn % max(len(may_go) - many + 1, 1)
    gone = set(close) | set(may_go[at : at + many])
    called = [*(name for name in old if name not in gone), *(name for name in known if name not in old)]
    return [*called, *fresh_names(set(old) | set(called), wanted - len(called), wanted)]


def _number(ground, present, called):
    number = {name: k for k, name in enumerate(called)}
    return np.array([number.get(name, -1) for name in present.reindex(ground.ids)])


def _start(ground, home, stays, many, draw):
    """The present plan in one piece a territory: smaller pieces and zones of nobody go to neighbours."""
    label = np.where(stays >= 0, stays, home)
    cores = stays.copy()
    for territory in range(many):
        pieces = pieces_of(ground, np.flatnonzero(label == territory))
        if pieces:
            best = max(pieces, key=lambda piece: ((stays[piece] >= 0).sum(), ground.amounts[piece, 0].sum()))
            cores[best] = territory
    for territory in sorted(set(range(many)) - set(cores.tolist())):
        cores[_opening(ground, cores, stays, many, draw)] = territory
    return grow(cores, np.zeros(many), ground)


def _opening(ground, cores, stays, many, draw):
    """A zone to open a new territory in, drawn by the surplus of its territory, that leaves the others whole."""
    held = np.bincount(cores[cores >= 0], ground.amounts[cores >= 0, 0], minlength=many)
    surplus = np.where(cores >= 0, np.maximum(held[cores] * many / ground.amounts[:, 0].sum() - 1, 0.01), 1.0)
    chance = np.where(stays >= 0, 0.0, surplus * (ground.amounts[:, 0] + 1e-9 * ground.amounts[:, 0].sum()))
    while chance.sum() > 0:
        zone = int(np.searchsorted(np.cumsum(chance), draw.random() * chance.sum(), side="right"))
        zone = min(zone, len(chance) - 1)
        rest = np.flatnonzero(cores == cores[zone])
        rest = rest[rest != zone]
        if cores[zone] < 0 or len(pieces_of(ground, rest)) == 1:
            return zone
        chance[zone] = 0.0
    raise ValueError("there is no zone left to open a new territory in")


def _summary(ground, present, plan, allowed, close, sums):
    old = present.reindex(ground.ids)
    moves = len(moved_zones(present, plan))
    opened, closed = sorted(set(plan) - set(old.dropna())), sorted(set(old.dropna()) - set(plan))
    least = fewest_possible(ground, old, len(sums), allowed[: ground.amounts.shape[1]], close)
    within = bool(excess(sums, allowed).max() == 0)
    values = {"moves": moves, "assigned": int(old.isna().sum()), "at_least": min(least, moves) if not within else least}
    values |= {"fewest": within and moves == least, "within": within}
    return pd.Series(values | {"opened": tuple(opened), "closed": tuple(closed)}, dtype=object)


def fewest_possible(ground, present, n, allowed, close=()):
    """
    Moves that any plan within the tolerance needs, contiguous or not.

    What a territory holds above the upper limit has to leave it, in its largest zones at best; what it lacks below the
    lower limit has to come, in the largest zones of others at best; a territory that is given up loses all zones.

    Parameters
    ----------
    ground : Ground
    present : Series
        `territory_id`, in order of the ground's zones.
    n : int
        How many territories there are to be.
    allowed : ndarray, shape (m,)
        Tolerances of the additive measures.
    close : sequence of str
        Territories that are given up in any case.

    Returns
    -------
    int
    """
    sizes = present.value_counts()
    if n < len(sizes) or len(close):
        others = sizes.drop(list(close)).sort_values()
        return int(sizes[list(close)].sum() + others.head(max(len(others) - n, 0)).sum())
    owner, most = present.to_numpy(dtype=object), 0
    for which, tolerance in enumerate(allowed):
        amounts = ground.amounts[:, which]
        mean, leave, come = amounts.sum() / n, 0, 0
        for name in sizes.index:
            own = owner == name
            leave += _count(amounts[own], amounts[own].sum() - mean * (1 + tolerance))
            come += _count(amounts[~own], mean * (1 - tolerance) - amounts[own].sum())
        come += (n - len(sizes)) * _count(amounts, mean * (1 - tolerance))
        most = max(most, leave, come if present.notna().all() else 0)
    return most


def _count(amounts, needed):
    """How many of the largest amounts are needed to reach a sum."""
    if needed <= 1e-9 * max(amounts.sum(), 1e-300):
        return 0
    reached = np.cumsum(np.sort(amounts)[::-1])
    return min(int(np.searchsorted(reached, needed * (1 - 1e-9))) + 1, len(amounts))
