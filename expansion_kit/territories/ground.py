"""Zones, links and measures as the plain arrays that plans are sought on, in order of zone ids."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

_BRIDGE = -2.0  # a territory that runs over a bridge costs as much as two borders more


class Ground(NamedTuple):
    """What a search for territories needs: `n` zones in order of id, each with its neighbours."""

    ids: np.ndarray  # (n,)
    xy: np.ndarray  # (n, 2), metres
    amounts: np.ndarray  # (n, measures), nothing missing, the main measure first
    first: np.ndarray  # (links,), numbers of zones
    second: np.ndarray
    border: np.ndarray  # (links,), in units of the mean border; below 0 for a bridge: better not crossed
    km: np.ndarray
    near: list  # of lists of numbers


def make_ground(zones, measures, links):
    """
    The arrays of a city.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        Index zone ids, geometry in metres.
    measures : DataFrame, shape (n, m)
        On the zones' index; nothing below 0. A missing amount counts as 0 here: the tables say how many are missing.
    links : DataFrame
        As from `zone_links`.

    Returns
    -------
    Ground

    Raises
    ------
    ValueError
        If the indexes differ or repeat an id, an amount is below 0 or infinite, a measure is 0 or missing everywhere,
        there is none, or a link names an unknown zone.
    """
    _check(zones, measures, links)
    ordered = zones.sort_index()
    number = pd.Series(np.arange(len(ordered)), index=ordered.index)
    ends = np.sort(np.column_stack([number[links["zone_id"]], number[links["other_id"]]]), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    first, second = ends[order].T
    bridge = links["bridge"].to_numpy(dtype=bool)[order]
    border = links["border_m"].to_numpy(dtype=float)[order]
    border = np.where(np.isnan(border), 1.0, border / np.nanmean(border)) if (border > 0).any() else np.ones(len(order))
    near = [[] for _ in ordered.index]
    for a, b in zip(first.tolist(), second.tolist()):
        near[a].append(b)
        near[b].append(a)
    return Ground(
        ids=ordered.index.to_numpy(dtype=object),
        xy=shapely.get_coordinates(shapely.point_on_surface(ordered.geometry.to_numpy())),
        amounts=measures.reindex(ordered.index).astype(float).fillna(0.0).to_numpy(),
        first=first,
        second=second,
        border=np.where(bridge, _BRIDGE, border),
        km=np.maximum(links["km"].to_numpy(dtype=float)[order], 1e-6),
        near=[sorted(set(others)) for others in near],
    )


def _check(zones, measures, links):
    if not zones.index.is_unique or not measures.index.is_unique:
        raise ValueError("each zone id must occur once in the zones and in the measures")
    if set(zones.index) != set(measures.index):
        odd = sorted(map(str, set(zones.index) ^ set(measures.index)))
        raise ValueError(f"zones and measures must have the same ids, but {len(odd)} are in one only, first {odd[0]!r}")
    if not len(measures.columns):
        raise ValueError("territories are balanced on at least one measure, but `measures` has no column")
    amounts = measures.astype(float)
    for name in amounts.columns:
        known = amounts[name].dropna()
        if (known < 0).any() or not np.isfinite(known).all() or not known.sum() > 0:
            raise ValueError(
                f"measure {name!r} must hold amounts of at least 0, finite and not all of them 0 or missing"
            )
    unknown = (set(links["zone_id"]) | set(links["other_id"])) - set(zones.index)
    if unknown:
        raise ValueError(f"the links name unknown zones: {', '.join(sorted(map(str, unknown)))}")


def distances_km(ground, starts):
    """
    Lengths of the shortest ways along links.

    Parameters
    ----------
    ground : Ground
    starts : sequence of int, length s
        Numbers of zones.

    Returns
    -------
    ndarray, shape (s, n)
        Kilometres; infinite where there is no way.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    size = (len(ground.ids), len(ground.ids))
    graph = coo_array((ground.km, (ground.first, ground.second)), shape=size).tocsr()
    return dijkstra(graph, directed=False, indices=np.asarray(starts, dtype=int))


def centre_zones(ground, label, many, kept):
    """
    The zone in which each territory has its centre: the one nearest to its centre of gravity by the main measure.

    Parameters
    ----------
    ground : Ground
    label : ndarray of int, shape (n,)
        Territory of each zone, each of `many` at least once; -1 for none.
    many : int
    kept : dict of int to int
        Centres that are given: territory to zone.

    Returns
    -------
    ndarray of int, shape (many,)
        Ties go to the first zone by id.
    """
    found = np.empty(many, dtype=int)
    for territory in range(many):
        if territory in kept:
            found[territory] = kept[territory]
            continue
        own = np.flatnonzero(label == territory)
        weight = ground.amounts[own, 0]
        weight = weight if weight.sum() > 0 else np.ones(len(own))
        middle = np.average(ground.xy[own], axis=0, weights=weight)
        away = np.round(np.hypot(*(ground.xy[own] - middle).T), 6)
        found[territory] = own[np.argmin(away)]
    return found
