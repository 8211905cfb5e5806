"""
Quickest ways in a graph: made smaller without changing any answer, then searched.

A graph is a table of edges: `from_node`, `to_node` (numbers from 0), `minutes` and `minutes_back`, both above 0 and
infinite where there is no way. A chain of nodes with two edges becomes one edge, of parallel edges the quickest stays,
dead ends where no way begins or ends go. The search itself is scipy's Dijkstra.
"""

import numpy as np

_BLOCK = 8_000_000  # times held at once (64 MB)


def _arrays(edges):
    return tuple(edges[name].to_numpy() for name in ("from_node", "to_node", "minutes", "minutes_back"))


def _merged(u, v, forth, back):
    """Of edges between the same two nodes the quickest in each direction; no edge from a node to itself."""
    swap = u > v
    u, v = np.where(swap, (v, u), (u, v))
    forth, back = np.where(swap, (back, forth), (forth, back))
    open_to = (u != v) & (np.isfinite(forth) | np.isfinite(back))
    u, v, forth, back = u[open_to], v[open_to], forth[open_to], back[open_to]
    order = np.lexsort((v, u))
    u, v, forth, back = u[order], v[order], forth[order], back[order]
    if not len(u):
        return u, v, forth, back
    first = np.flatnonzero(np.r_[True, (u[1:] != u[:-1]) | (v[1:] != v[:-1])])
    return u[first], v[first], np.minimum.reduceat(forth, first), np.minimum.reduceat(back, first)


def _unchained(u, v, forth, back, kept):
    """
    Chains of nodes that have two edges, as one edge each.

    Each edge is two darts, there and back. A dart that ends in such a node goes on with one other dart; all
    darts follow theirs at once, twice as far each time (pointer doubling), until each is at the end of its chain.
    """
    many = len(u)
    tail, head, cost = np.r_[u, v], np.r_[v, u], np.r_[forth, back]
    dart = np.arange(2 * many)
    reverse = np.r_[dart[many:], dart[:many]]
    inner = (np.bincount(tail, minlength=len(kept)) == 2) & ~kept
    leaving = np.bincount(tail, dart, minlength=len(kept)).astype(np.int64)  # sum of the two darts out of an inner node
    jump = np.where(inner[head], leaving[head] - reverse, -1)
    last = dart.copy()
    going = np.flatnonzero(jump >= 0)
    for _ in range(max(many, 1).bit_length() + 1):  # a ring of inner nodes has no end; no dart of it is used
        to = jump[going]
        cost[going], last[going], jump[going] = cost[going] + cost[to], last[to], jump[to]
        going = going[jump[going] >= 0]
    whole = np.flatnonzero(~inner[tail] & (dart < reverse[last]))
    other = reverse[last[whole]]
    return tail[whole], tail[other], cost[whole], cost[other]


def shrink(u, v, forth, back, kept):
    """
    A smaller graph with the same quickest ways between the nodes that are kept.

    Parameters
    ----------
    u, v : ndarray of int, shape (n_edges,)
        Ends of each edge.
    forth, back : ndarray, shape (n_edges,)
        Cost from u to v and from v to u, above 0; infinite where there is no way.
    kept : ndarray of bool, shape (n_nodes,)
        Nodes that stay whatever happens: where ways begin or end.

    Returns
    -------
    u, v, forth, back : ndarray
        Of the edges that are left, between nodes under their old numbers.

    Examples
    --------
    A chain of four nodes of which the ends count, with a dead end:

    >>> cost = np.array([1.0, 2.0, 4.0, 8.0])
    >>> kept = np.array([True, False, False, True, False])
    >>> [part.tolist() for part in shrink(np.array([0, 1, 2, 2]), np.array([1, 2, 3, 4]), cost, cost, kept)]
    [[0], [3], [7.0], [7.0]]
    """
    edges = _merged(u, v, forth, back)
    while True:
        before = len(edges[0])
        degree = np.bincount(np.r_[edges[0], edges[1]], minlength=len(kept))
        alive = kept | (degree > 1)
        live = alive[edges[0]] & alive[edges[1]]
        edges = _merged(*_unchained(*(part[live] for part in edges), kept))
        if len(edges[0]) == before:
            return edges


def matrix(edges):
    """
    A graph as a sparse matrix.

    Parameters
    ----------
    edges : DataFrame
        A graph.

    Returns
    -------
    csr_array, ndarray of int
        Minutes from row to column, and the row of each node number (-1: not in the graph).
    """
    u, v = edges["from_node"].to_numpy(), edges["to_node"].to_numpy()
    return _matrix(*_merged(*_arrays(edges)), np.r_[u, v])


def _matrix(u, v, forth, back, nodes):
    from scipy.sparse import csr_array

    present = np.unique(np.r_[u, v, nodes]).astype(int)
    number = np.full(present.max(initial=-1) + 1, -1)
    number[present] = np.arange(len(present))
    tail, head, cost = number[np.r_[u, v]], number[np.r_[v, u]], np.r_[forth, back]
    open_to = np.isfinite(cost)
    size = (len(present), len(present))
    return csr_array((cost[open_to], (tail[open_to], head[open_to])), shape=size), number


def quickest(edges, starts, ends, *, limit=np.inf):
    """
    Times of the quickest ways between nodes.

    Parameters
    ----------
    edges : DataFrame
        A graph.
    starts, ends : ndarray of int, shapes (n,) and (m,)
        Nodes; -1 where there is none.
    limit : float
        Minutes after which the search stops.

    Returns
    -------
    ndarray, shape (n, m)
        Minutes; infinite where there is no way within the limit.

    References
    ----------
    Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.

    Examples
    --------
    One way round a triangle:

    >>> import pandas as pd
    >>> ring = pd.DataFrame({"from_node": [0, 1, 2], "to_node": [1, 2, 0], "minutes": [1.0, 2.0, 4.0]})
    >>> quickest(ring.assign(minutes_back=np.inf), np.array([0, 2]), np.array([2, 1])).tolist()
    [[3.0, 1.0], [0.0, 5.0]]
    """
    from scipy.sparse.csgraph import dijkstra

    times = np.full((len(starts), len(ends)), np.inf)
    rows, columns = np.flatnonzero(starts >= 0), np.flatnonzero(ends >= 0)
    if not len(rows) or not len(columns):
        return times
    from_node, row = np.unique(starts[rows], return_inverse=True)
    to_node, column = np.unique(ends[columns], return_inverse=True)
    kept = np.zeros(max(edges["from_node"].max(), edges["to_node"].max()) + 1, dtype=bool)
    kept[from_node] = kept[to_node] = True
    graph, number = _matrix(*shrink(*_arrays(edges), kept), np.r_[from_node, to_node])
    turned = len(to_node) < len(from_node)  # the search starts from the side with fewer places
    graph, search, read = (graph.T.tocsr(), to_node, from_node) if turned else (graph, from_node, to_node)
    size = max(1, _BLOCK // graph.shape[0])
    blocks = [
        dijkstra(graph, indices=number[search[at : at + size]], limit=limit)[:, number[read]]
        for at in range(0, len(search), size)
    ]
    found = np.concatenate(blocks)
    times[np.ix_(rows, columns)] = (found.T if turned else found)[np.ix_(row.ravel(), column.ravel())]
    return times
