"""
Stores in territories in regions in the network: the tree of sums, and least squares on it without any matrix.

A tree needs no equation solver. Going up, the stores of a node are one number with a variance, and the node's own
forecast corrects it by how much the two are trusted; going down, each correction is handed to the children by their
variance. The cost is one pass over the nodes, and nothing of size nodes x nodes is ever made.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed

ABOVE = {"region_id": "region", "territory_id": "territory"}
GRACE = 3  # rounds of whole exchanges that may pass without progress before single ones take over


class Tree(NamedTuple):
    """Nodes level by level, the network first; brothers stand together."""

    nodes: pd.MultiIndex  # level, key
    levels: list  # slice of each level in the nodes
    parents: list  # of each level below the network: place of each node's parent within the level above
    starts: list  # of each level below the network: where each parent's children begin


def tree_of(stores):
    """
    The tree that the stores of a network hang in.

    Parameters
    ----------
    stores : DataFrame, shape (n_stores,)
        Index `store_id`; `region_id` and `territory_id` where these levels are wanted; either may be absent.

    Returns
    -------
    Tree
        `nodes` is a MultiIndex of `level` (`network`, `region`, `territory`, `store`) and `key` (the network's key is
        `network`). The same whatever the order of the stores.

    Raises
    ------
    ValueError
        If there are no stores, a store is doubled or has no territory or region, or a territory lies in two regions.

    Examples
    --------
    >>> tree_of(pd.DataFrame({"territory_id": ["T1", "T1"]}, index=["A", "B"])).nodes.tolist()
    [('network', 'network'), ('territory', 'T1'), ('store', 'A'), ('store', 'B')]
    """
    names = [column for column in ABOVE if column in stores]
    _check(stores, names)
    table = stores[names].rename_axis("store").reset_index().sort_values([*names, "store"], kind="stable")
    groups = [np.zeros(len(table), dtype=np.intp), *(table[name].factorize()[0] for name in names)]
    groups.append(np.arange(len(table)))
    keys = [["network"], *(table[name].unique() for name in names), table["store"]]
    levels = ["network", *(ABOVE[name] for name in names), "store"]
    ends = np.cumsum([0, *map(len, keys)])
    first = [np.unique(group, return_index=True)[1] for group in groups]
    parents = [upper[place] for upper, place in zip(groups, first[1:])]
    nodes = [np.repeat(np.array(levels, dtype=object), np.diff(ends)), np.concatenate([list(key) for key in keys])]
    return Tree(
        pd.MultiIndex.from_arrays(nodes, names=["level", "key"]),
        [slice(low, high) for low, high in zip(ends[:-1], ends[1:])],
        parents,
        [np.unique(parent, return_index=True)[1] for parent in parents],
    )


def all_levels(bottom, stores):
    """
    Figures of stores with their sums over territories, regions and the network.

    Parameters
    ----------
    bottom : DataFrame, shape (n_stores, n_periods)
        Index `store_id`; money a period. A sum with a missing part is missing.
    stores : DataFrame
        As for `tree_of`; the same stores.

    Returns
    -------
    DataFrame, shape (n_nodes, n_periods)
        Index `level` and `key`, the network first.

    Raises
    ------
    ValueError
        If the stores of the two tables are not the same, or as `tree_of`.

    Examples
    --------
    >>> stores = pd.DataFrame({"territory_id": ["T1", "T2"]}, index=["A", "B"])
    >>> all_levels(pd.DataFrame({"2027-01": [1.0, 2.0]}, index=["A", "B"]), stores)["2027-01"].tolist()
    [3.0, 1.0, 2.0, 1.0, 2.0]
    """
    tree = tree_of(stores)
    names = tree.nodes[tree.levels[-1]].get_level_values("key")
    if not bottom.index.is_unique or len(bottom) != len(names) or not names.isin(bottom.index).all():
        raise ValueError(f"the figures must be of the {len(names)} stores of the tree, each once")
    return pd.DataFrame(added(tree, bottom.loc[names].to_numpy(float)), tree.nodes, bottom.columns)


def added(tree, bottom):
    """
    Sums of the stores at every node: shape (n_stores, m) to (n_nodes, m).

    Examples
    --------
    >>> added(tree_of(pd.DataFrame(index=["A", "B"])), np.array([[1.0], [2.0]])).ravel().tolist()
    [3.0, 1.0, 2.0]
    """
    levels = [bottom]
    for starts in reversed(tree.starts):
        levels.append(np.add.reduceat(levels[-1], starts, axis=0))
    return np.concatenate(levels[::-1])


def least_squares(tree, values, variance, *, zero=False):
    """
    The stores' values whose sums are nearest to the values of all nodes, weighted by 1 / variance.

    Parameters
    ----------
    tree : Tree
    values : ndarray, shape (n_nodes, m)
        A column a problem.
    variance : ndarray, shape (n_nodes, 1)
        Above 0.
    zero : ndarray of bool, shape (n_stores, m) or (n_stores, 1), optional
        Stores held at 0.

    Returns
    -------
    ndarray, shape (n_stores, m)

    Examples
    --------
    The network says 12, its two stores 4 and 6; with equal trust the gap of 2 is shared by all three.

    >>> tree = tree_of(pd.DataFrame(index=["A", "B"]))
    >>> least_squares(tree, np.array([[12.0], [4.0], [6.0]]), np.ones((3, 1))).ravel().round(4).tolist()
    [4.6667, 6.6667]
    """
    *upper, stores = tree.levels
    mean, spread = np.where(zero, 0.0, values[stores]), np.where(zero, 0.0, variance[stores])
    seen = []
    for level, starts in zip(reversed(upper), reversed(tree.starts)):
        total, width = np.add.reduceat(mean, starts, axis=0), np.add.reduceat(spread, starts, axis=0)
        seen.append((mean, spread, total, width))
        trust = width / (width + variance[level])
        mean, spread = total + trust * (values[level] - total), (1 - trust) * width
    for (below, share, total, width), parent in zip(reversed(seen), tree.parents):
        correction = np.divide(mean - total, width, out=np.zeros(mean.shape), where=width > 0)
        mean = below + share * correction[parent]
    return mean


def pull(tree, gap, variance):
    """
    How fast the weighted squares grow (half of it) when a store's value does: shape (n_nodes, m) to (n_stores, m).

    Parameters
    ----------
    tree : Tree
    gap : ndarray, shape (n_nodes, m)
        Sums less the values they should meet.
    variance : ndarray, shape (n_nodes, 1)

    Returns
    -------
    ndarray, shape (n_stores, m)

    Examples
    --------
    >>> tree = tree_of(pd.DataFrame(index=["A", "B"]))
    >>> pull(tree, np.array([[1.0], [0.0], [2.0]]), np.ones((3, 1))).ravel().tolist()
    [1.0, 3.0]
    """
    force = gap / variance
    along = force[tree.levels[0]]
    for level, parent in zip(tree.levels[1:], tree.parents):
        along = force[level] + along[parent]
    return along


def without_negatives(solve, bottom, *, size):
    """
    The exact least squares with no store below 0, by block principal pivoting.

    Parameters
    ----------
    solve : callable
        `solve(columns, zero)` gives the best values (n_stores, m) of some columns with the stores of `zero` held at 0,
        and the pull on each store in units of the values.
    bottom : ndarray, shape (n_stores, m)
        The solution without the bound.
    size : ndarray, shape (m,)
        How large the values of each column are; what is below 1e-12 of it counts as 0.

    Returns
    -------
    ndarray, shape (n_stores, m)
        Nothing below 0.

    Raises
    ------
    ArithmeticError
        If rounding keeps the exchanges from ending.

    References
    ----------
    Portugal, L., Judice, J. and Vicente, L. (1994). A comparison of block pivoting and interior-point algorithms for
    linear least squares problems with nonnegative variables. Mathematics of Computation 63(208), 625-643.
    """
    result, small = bottom.copy(), 1e-12 * size
    open_columns = np.flatnonzero((bottom < -small).any(axis=0))
    zero = bottom[:, open_columns] < -small[open_columns]
    best, grace = np.full(len(open_columns), len(bottom) + 1), np.full(len(open_columns), GRACE)
    for _ in range(10 * len(bottom) + 100):
        if not len(open_columns):
            return np.maximum(result, 0.0)
        found, slope = solve(open_columns, zero)
        wrong = np.where(zero, slope, found) < -small[open_columns]
        result[:, open_columns] = found
        count = wrong.sum(axis=0)
        grace, best = np.where(count < best, GRACE, grace - 1), np.minimum(best, count)
        last = len(wrong) - 1 - wrong[::-1].argmax(axis=0)
        alone = np.arange(len(wrong))[:, None] == last
        zero = zero ^ np.where(grace >= 0, wrong, wrong & alone)
        left = count > 0
        open_columns, zero, best, grace = open_columns[left], zero[:, left], best[left], grace[left]
    raise ArithmeticError("the non-negative reconciliation did not end; are the variances of very different size?")


def _check(stores, names):
    if stores.empty and not len(stores.index):
        raise ValueError("there are no stores to add up")
    if not stores.index.is_unique:
        raise ValueError(f"stores are doubled: {listed(stores.index[stores.index.duplicated()].unique())}")
    for name in names:
        lost = stores.index[stores[name].isna()]
        if len(lost):
            raise ValueError(f"stores without a {name}: {listed(lost)}")
    if len(names) == 2:
        homes = stores.groupby("territory_id")["region_id"].nunique()
        if (homes > 1).any():
            raise ValueError(f"territories in more than one region: {listed(homes.index[homes > 1])}")
