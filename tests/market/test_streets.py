import geopandas as gpd
import numpy as np
import pytest
import shapely

from benchmarks.travel import Peer, helsinki, places
from expansion_kit import geo
from expansion_kit.market.streets import ground_per_street, network_minutes, reached_streets, street_edges

CRS = geo.metric_crs([127.0], [37.5])


def lines(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(xy) for xy in shapes], crs=CRS)


def spots(*xy):
    return gpd.GeoSeries([None if point is None else shapely.Point(point) for point in xy], crs=CRS)


@pytest.fixture(scope="module")
def town():
    ways = helsinki()
    return ways, street_edges(ways)


def test_500_by_500_on_helsinki_agree_with_networkx_to_the_second(town):
    ways, edges = town
    start, end = places(ways.geometry, 500, 1), places(ways.geometry, 500, 2)
    minutes = network_minutes(edges, start, end)
    assert minutes.shape == (500, 500)
    peer = Peer(ways.geometry, np.r_[start.to_numpy(), end.to_numpy()])
    for place in range(0, 500, 25):  # all of them: benchmarks/travel.py
        expected = peer.row(place, range(500, 1000))
        assert (np.isnan(expected) == np.isnan(minutes[place])).all()
        assert np.nanmax(np.abs(minutes[place] - expected)) * 60 < 1e-6


def test_walk_time_areas_on_helsinki_agree_with_networkx(town):
    """Each node is reached or not as networkx says, and so many metres of streets are."""
    ways, edges = town
    start = places(ways.geometry, 3, 7)
    peer = Peer(ways.geometry, start.to_numpy())
    for place, (reached,) in enumerate(reached_streets(edges, start, [8])):
        minutes = peer.minutes(place)
        nodes = [node for node in minutes if isinstance(node, tuple) and not isinstance(node[0], str)]
        left = np.array([8 - minutes[node] for node in nodes])
        away = shapely.distance(shapely.points(nodes), reached)
        assert (away[left > 1 / 60] < 1e-6).all()
        bridge = away[left < -1 / 60] < 1e-6  # above or below a street that is reached, without a connection
        assert bridge.mean() < 0.002
        rest = {node: max(0.0, 8 - minutes.get(node, np.inf)) * 80 for node in peer.graph}
        total = sum(min(m, rest[u] + rest[v]) for u, v, m in peer.graph.edges(data="weight") if not _off(u, v))
        access = peer.graph[("off", place)][place]["weight"]
        assert reached.length - access == pytest.approx(
            total, rel=2e-3
        )  # ways that lie on one another count once there


def _off(u, v):
    return any(isinstance(node, tuple) and node[0] == "off" for node in (u, v))


def test_streets_are_cut_where_they_share_a_vertex_and_a_bridge_shares_none():
    edges = street_edges(
        lines([(0, 0), (100, 0), (200, 0)], [(100, -80), (100, 0), (100, 80)], [(50, -10), (50, 10)]), smallest_part=0
    )
    assert sorted(edges["metres"]) == [20, 80, 80, 100, 100]
    assert len(np.unique(edges[["from_node", "to_node"]])) == 7
    assert (edges["minutes"] == edges["metres"] / 80).all()


def test_parts_without_connection_are_left_out_when_small_and_counted():
    network = lines([(0, 0), (900, 0)], [(0, 500), (400, 500)], [(0, 900), (1200, 900)])
    assert street_edges(network).attrs["dropped_m"] == 1300  # the largest stays whatever its length
    assert street_edges(network, smallest_part=300).attrs["dropped_m"] == 0
    there = network_minutes(
        street_edges(network, smallest_part=900), spots((0, 0), (0, 480)), spots((900, 0), (0, 900))
    )
    assert np.isnan(there).tolist() == [
        [False, True],
        [True, False],
    ]  # (0, 480) goes to the nearest street that is left


def test_one_way_streets_hold_for_driving_and_not_for_walking():
    """A ring of four streets of 600 m, one way round, at 36 km/h: 1 minute each."""
    corners = [(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)]
    ring = lines(*zip(corners, corners[1:]), oneway=[True] * 4, speed_kmh=[36.0] * 4)
    here, there = spots((0, 0)), spots((600, 0), (0, 600), (300, 0))
    assert network_minutes(street_edges(ring, mode="drive"), here, there)[0] == pytest.approx([1, 3, 0.5])
    assert network_minutes(street_edges(ring, mode="drive"), there, here)[:, 0] == pytest.approx([3, 1, 3.5])
    assert network_minutes(street_edges(ring, kmh=6), here, there)[0] == pytest.approx([6, 6, 3])


def test_two_places_on_one_edge_and_one_beyond_every_street():
    street = street_edges(lines([(0, 0), (1000, 0)]))
    minutes = network_minutes(street, spots((100, 0), (100, 0), None, (100, 600)), spots((500, 0), (100, 0), (20, 30)))
    assert minutes[:2] == pytest.approx(np.array([[5, 0, 110 / 80]] * 2))
    assert np.isnan(minutes[2:]).all()


def test_areas_of_one_way_streets_depend_on_the_direction():
    street = lines([(0, 0), (1000, 0)], [(1000, 0), (1000, 500), (0, 500), (0, 0)], oneway=[True, True])
    edges = street_edges(street.assign(speed_kmh=6.0), mode="drive")
    at = spots((500, 0))
    assert reached_streets(edges, at, [2], kmh=6)[0][0].bounds == pytest.approx((300, 0, 500, 0))
    assert reached_streets(edges, at, [2], kmh=6, towards=False)[0][0].bounds == pytest.approx((500, 0, 700, 0))
    none = reached_streets(edges, spots((500, 250), None), [2], kmh=6)
    assert all(way.is_empty for of_point in none for way in of_point)


def test_speeds_by_class_and_streets_that_a_mode_may_not_use():
    network = lines(
        [(0, 0), (600, 0)], [(600, 0), (600, 600)], [(0, 0), (0, 600)],
        kind=["residential", "footway", "primary"], speed_kmh=[np.nan, np.nan, 72], walk=[None, True, False],
    )  # fmt: skip
    driven = street_edges(network, mode="drive")
    assert driven["minutes"].tolist() == pytest.approx([0.6 / 25 * 60, 0.6 / 72 * 60])
    assert street_edges(network)["metres"].sum() == 1200
    assert len(street_edges(network.assign(drive=[True, True, False]), mode="drive")) == 1


def test_faults_are_refused():
    network = lines([(0, 0), (600, 0)])
    with pytest.raises(ValueError, match="speed_kmh"):
        street_edges(network, mode="drive")
    with pytest.raises(ValueError, match="walk or drive"):
        street_edges(network, mode="bus")
    with pytest.raises(ValueError, match="in metres"):
        street_edges(geo.to_wgs84(network))
    with pytest.raises(ValueError, match="made of lines"):
        street_edges(network.set_geometry(network.centroid))
    with pytest.raises(ValueError, match="between points"):
        network_minutes(street_edges(network), network.geometry, spots((0, 0)))


def test_ground_per_street_is_half_the_spacing_of_a_wide_grid():
    grid = [[(x, 0), (x, 5000)] for x in range(0, 5001, 100)] + [[(0, y), (5000, y)] for y in range(0, 5001, 100)]
    assert ground_per_street(lines(*grid)) == pytest.approx(50, rel=0.03)
