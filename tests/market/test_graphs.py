import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.market.graphs import matrix, quickest, shrink


def graph(*edges):
    return pd.DataFrame(edges, columns=["from_node", "to_node", "minutes", "minutes_back"]).astype(
        {"minutes": float, "minutes_back": float}
    )


@st.composite
def networks(draw):
    """Random graphs with many chains, loops, parallel edges, one-way edges and dead ends."""
    nodes = draw(st.integers(2, 14))
    cost = st.one_of(st.floats(0.1, 9), st.just(np.inf))
    edge = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), cost, cost)
    edges = draw(st.lists(edge, min_size=1, max_size=16))
    chain = [(i, i + 1, 1.0 + i, draw(cost)) for i in range(nodes - 1)]
    ids = st.integers(-1, nodes - 1)
    starts, ends = draw(st.lists(ids, min_size=1, max_size=4)), draw(st.lists(ids, min_size=1, max_size=4))
    return graph(*edges, *chain), starts, ends


@settings(deadline=None, max_examples=150)
@given(networks())
def test_folding_changes_no_quickest_way(case):
    edges, starts, ends = case
    peer = nx.MultiDiGraph()
    for u, v, forth, back in edges.itertuples(index=False, name=None):
        peer.add_nodes_from([u, v])
        peer.add_weighted_edges_from([(a, b, w) for a, b, w in ((u, v, forth), (v, u, back)) if w < np.inf])
    told = [nx.single_source_dijkstra_path_length(peer, a) if a >= 0 else {} for a in starts]
    expected = [[found.get(b, np.inf) if b >= 0 else np.inf for b in ends] for found in told]
    assert np.allclose(quickest(edges, np.array(starts), np.array(ends)), expected, rtol=1e-12)


def test_a_long_chain_becomes_one_edge_and_keeps_its_places():
    nodes = np.arange(1001)
    cost = np.ones(1000)
    kept = np.isin(nodes, [0, 300, 1000])
    u, v, forth, back = shrink(nodes[:-1], nodes[1:], cost, cost * 2, kept)
    assert sorted(zip(u.tolist(), v.tolist(), forth.tolist(), back.tolist())) == [
        (0, 300, 300.0, 600.0),
        (300, 1000, 700.0, 1400.0),
    ]


def test_a_ring_without_a_place_and_a_dead_end_go():
    edges = graph((0, 1, 5, 5), (1, 2, 1, 1), (2, 3, 1, 1), (3, 1, 1, 1), (5, 6, 1, 1), (6, 7, 1, 1), (7, 5, 1, 1))
    kept = np.isin(np.arange(8), [0, 1])
    u, v, forth, _ = shrink(*(edges[name].to_numpy() for name in edges), kept)
    ways = {(a, b): w for a, b, w in zip(u.tolist(), v.tolist(), forth.tolist()) if a < 5}
    assert ways == {(0, 1): 5.0}
    assert quickest(edges, np.array([0]), np.array([6]))[0, 0] == np.inf


def test_the_search_ends_at_the_limit_and_asks_from_the_smaller_side():
    edges = graph((0, 1, 2, 20), (1, 2, 2, 20))
    starts, ends = np.array([0, 1, 2, -1]), np.array([2])
    assert quickest(edges, starts, ends).ravel().tolist() == [4, 2, 0, np.inf]
    assert quickest(edges, starts, ends, limit=3).ravel().tolist() == [np.inf, 2, 0, np.inf]
    assert quickest(edges, ends, starts).ravel().tolist() == [40, 20, 0, np.inf]


def test_of_parallel_edges_the_matrix_keeps_the_quickest():
    costs, row = matrix(graph((4, 2, 7, np.inf), (4, 2, 3, np.inf), (2, 4, 5, 9)))
    assert row.tolist() == [-1, -1, 0, -1, 1]
    assert costs.toarray().tolist() == pytest.approx(np.array([[0, 5], [3, 0]]))
