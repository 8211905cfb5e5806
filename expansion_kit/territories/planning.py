"""
Exactly so many territories, in one piece each, that hold about the same of one or more measures.

A plan is a Series `territory_id` on zone ids. Beside it comes a table of causes: empty where the plan keeps to every
tolerance, else what stands in the way, with `proven` where no plan at all could do better.
"""

import re

import numpy as np
import pandas as pd

from expansion_kit.territories.causes import binding_causes
from expansion_kit.territories.ground import centre_zones, distances_km, make_ground
from expansion_kit.territories.growing import first_plan, settled_cores
from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.search import excess, improve, sums_of

TRAVEL = "travel_km"


def plan_territories(
    zones, measures, n, *, tolerance=0.05, links=None, seeds=None, locked=None, visits=None, starts=6, seed=0
):
    """
    Zones divided into exactly `n` contiguous territories, balanced on every measure, with short borders.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Polygons or points in metres, index zone ids.
    measures : DataFrame, shape (n_zones, m)
        Amounts that add up (potential, stores, prospects), on the zones' index, the main measure first. A missing
        amount counts as 0 for the division.
    n : int
        How many territories.
    tolerance : float or dict of str to float
        How far a territory may be from the mean of all, as a share of the mean; by measure where it differs
        (`travel_km` for travel), 0.05 where the dict names none.
    links : DataFrame, optional
        As from `zone_links`, which gives them where absent (with barriers, build them first).
    seeds : dict or Series, optional
        Zone to territory: where the person sits who runs it. The zone stays with the territory and is its centre.
    locked : dict or Series, optional
        Zone to territory: zones that stay with it.
    visits : Series, optional
        Visits a zone gets, on the zones' index: travel (`travel_km`, the sum of visits times kilometres along links
        from the centre) is then balanced too, last in order.
    starts : int
        Plans tried from different centres, of which the best is kept.
    seed : int
        Of their drawing.

    Returns
    -------
    plan : Series of str, shape (n_zones,)
        `territory_id` of each zone. New territories are named T1, T2, ... (T01 where there are ten) in order
        of their first zone by id.
    causes : DataFrame
        `cause, territory_id, zone_id, measure, value, limit, proven`, as from `binding_causes`; empty where the plan
        is within every tolerance. Otherwise the plan is the nearest one found.

    Raises
    ------
    ValueError
        If `n`, a tolerance or the tables are impossible as such, a seed or lock names an unknown zone, one zone has two
        territories, a territory two seeds, or seeds and locks name more territories than `n`.

    References
    ----------
    Hess, S. W. et al. (1965). Nonpartisan political redistricting by computer. Operations Research 13, 998-1006.
    Kalcsics, J., Nickel, S. and Schroeder, M. (2005). Towards a unified territorial design approach. Top 13, 1-56.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> row = [shapely.box(x, 0, x + 1000, 1000) for x in range(0, 4000, 1000)]
    >>> zones = gpd.GeoDataFrame(geometry=row, index=["A", "B", "C", "D"], crs=32652)
    >>> plan, causes = plan_territories(zones, pd.DataFrame({"potential": 1.0}, index=zones.index), 2)
    >>> plan.to_dict(), len(causes)
    ({'A': 'T1', 'B': 'T1', 'C': 'T2', 'D': 'T2'}, 0)
    """
    ground = make_ground(zones, measures, zone_links(zones) if links is None else links)
    calls = ordered_visits(ground, visits)
    names = [*measures.columns, *([] if calls is None else [TRAVEL])]
    allowed = tolerances(names, tolerance)
    fixed, kept, known = fixed_zones(ground, seeds, locked, n)
    cores, apart = settled_cores(ground, fixed, len(known))
    many = len(known) + min(n - len(known), int((cores < 0).sum()))
    search = {"calls": calls, "kept": kept, "movable": fixed < 0, "many": many}

    def best_of(which, starts):
        tried = []
        for turn in range(starts):
            label = first_plan(ground, cores, many, kept, np.random.default_rng([seed, turn]))
            tried.append(settle(label, ground, allowed, which=which, **search))
        return min(tried, key=lambda found: found[1])[0]

    label = best_of(np.arange(len(names)), starts)
    sums = territory_sums(label, ground, calls, kept, many)
    beyond = np.flatnonzero(excess(sums, allowed).max(axis=0) > 0)
    alone = {}
    if len(names) > 1:
        for which in beyond:
            found = territory_sums(best_of(np.array([which]), 1), ground, calls, kept, many)[:, which]
            alone[names[which]] = float(np.abs(found / found.mean() - 1).max())
    called = _called(label, known, many)
    causes = binding_causes(
        ground, sums, names, allowed, wanted=n, fixed=fixed, called=called, apart=apart, alone=alone
    )
    plan = pd.Series(called[label], index=ground.ids, name="territory_id", dtype=object)
    return plan.reindex(zones.index), causes


def settle(label, ground, allowed, *, calls, kept, movable, many, which=None, rounds=3, **options):
    """
    A start made better on the chosen measures; where travel is one, again after each new choice of centres.

    Parameters
    ----------
    label : ndarray of int, shape (n,)
        Territory of each zone.
    ground : Ground
    allowed : ndarray, shape (m,)
        Tolerances of all measures, travel last.
    calls : ndarray, shape (n,), optional
        Visits of each zone; None where travel does not count.
    kept : dict of int to int
        Centres that are given: territory to zone.
    movable : ndarray of bool, shape (n,)
    many : int
        How many territories.
    which : ndarray of int, optional
        Numbers of the measures that count; all where absent.
    rounds : int
        Choices of centres.
    **options
        As for `improve`.

    Returns
    -------
    tuple (ndarray, tuple)
        Territories, and the key of `improve` with the centres that they really have.
    """
    which = np.arange(len(allowed)) if which is None else which
    travels = calls is not None and len(allowed) - 1 in which
    best, least = None, None
    for _ in range(rounds if travels else 1):
        weights = _weights(label, ground, calls, kept, many)[:, :, which]
        label, key = improve(label, ground, weights=weights, tolerance=allowed[which], movable=movable, **options)
        if travels:
            real = territory_sums(label, ground, calls, kept, many)[:, which]
            key = (round(float(excess(real, allowed[which]).max()), 9), *key[1:])
        if least is None or key < least:
            best, least = label, key
    return best, least


def _weights(label, ground, calls, kept, many):
    """What each zone adds to each measure of each territory, shape (n, k, m); travel depends on the centres."""
    parts = [np.broadcast_to(ground.amounts[:, None, :], (len(label), many, ground.amounts.shape[1]))]
    if calls is not None:
        away = distances_km(ground, centre_zones(ground, label, many, kept))
        parts.append((away.T * calls[:, None])[:, :, None])
    return np.concatenate(parts, axis=2)


def territory_sums(label, ground, calls, kept, many):
    """Sums of each territory and measure, shape (k, m), travel last where visits are given."""
    return sums_of(label, _weights(label, ground, calls, kept, many))


def ordered_visits(ground, visits):
    """Visits in order of zone ids, missing ones as 0; None where there are none at all."""
    if visits is None:
        return None
    calls = visits.astype(float).reindex(ground.ids).fillna(0.0).to_numpy()
    if (calls < 0).any() or not np.isfinite(calls).all() or not calls.sum() > 0:
        raise ValueError("`visits` must hold numbers of at least 0 on the zones' index, not all of them 0 or missing")
    return calls


def tolerances(names, tolerance):
    """
    The tolerance of each measure.

    >>> tolerances(["potential", "stores"], {"stores": 0.2}).tolist()
    [0.05, 0.2]
    """
    if isinstance(tolerance, dict):
        if unknown := sorted(set(tolerance) - set(names)):
            raise ValueError(f"`tolerance` names {', '.join(unknown)}, but the measures are {', '.join(names)}")
        found = np.array([float(tolerance.get(name, 0.05)) for name in names])
    else:
        found = np.full(len(names), float(tolerance))
    if not ((found >= 0) & (found < 1)).all():
        raise ValueError(f"a tolerance is a share from 0 to below 1 (5 % is 0.05), but is {tolerance!r}")
    return found


def fixed_zones(ground, seeds, locked, n):
    """
    Locked zones and seeds as numbers.

    Returns
    -------
    fixed : ndarray of int, shape (n_zones,)
        Territory of each fixed zone; -1 for all others.
    kept : dict of int to int
        Centres that are given: territory to zone.
    known : list of str
        Names of these territories in order.

    Raises
    ------
    ValueError
        As told for `plan_territories`.
    """
    if n != int(n) or n < 1:
        raise ValueError(f"`n` must be a whole number of at least 1, but is {n!r}")
    given = {}
    for table in (locked, seeds):
        for zone, territory in () if table is None else table.items():
            if given.setdefault(zone, territory) != territory:
                raise ValueError(f"zone {zone!r} is fixed to two territories, {given[zone]!r} and {territory!r}")
    if unknown := sorted(map(str, set(given) - set(ground.ids))):
        raise ValueError(f"fixed zones do not exist: {', '.join(unknown)}")
    known = sorted(set(given.values()))
    if len(known) > n:
        raise ValueError(f"zones are fixed to {len(known)} territories ({', '.join(map(str, known))}), but n is {n}")
    number = {zone: k for k, zone in enumerate(ground.ids)}
    fixed = np.full(len(ground.ids), -1)
    for zone, territory in given.items():
        fixed[number[zone]] = known.index(territory)
    kept = {}
    for zone, territory in () if seeds is None else seeds.items():
        if kept.setdefault(known.index(territory), number[zone]) != number[zone]:
            raise ValueError(f"territory {territory!r} has two seeds; a seed is the one place it is run from")
    return fixed, kept, known


def _called(label, known, many):
    """Names of the territories by number: given ones, then T1, T2, ... in order of their first zones."""
    free = sorted(range(len(known), many), key=lambda territory: int(np.argmax(label == territory)))
    called = np.empty(many, dtype=object)
    called[: len(known)] = known
    for territory, name in zip(free, fresh_names(known, len(free), many)):
        called[territory] = name
    return called


def fresh_names(taken, many, of):
    """
    Names for new territories that no other has, numbered like those there are, else as wide as the number of all.

    >>> fresh_names(["T1", "T3"], 2, 14), fresh_names(["North"], 1, 14)
    (['T2', 'T4'], ['T01'])
    """
    taken = set(map(str, taken))
    widths = [len(name) - 1 for name in taken if re.fullmatch(r"T\d+", name)]
    width = min(widths, default=len(str(of)))
    return [name for k in range(1, many + len(taken) + 1) if (name := f"T{k:0{width}d}") not in taken][:many]
