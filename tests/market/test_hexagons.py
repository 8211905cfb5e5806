import h3
import numpy as np
import pytest
from h3.api.basic_int import latlng_to_cell

pytest.importorskip("numba")

from expansion_kit.market.hexagons import cell_numbers, frames, h3_cells

CITIES = {
    "Singapore": (103.82, 1.35),
    "Quito": (-78.47, -0.18),
    "Helsinki": (24.94, 60.17),
    "Hangzhou": (120.15, 30.27),
    "Sydney": (151.21, -33.87),
    "Suva": (179.99, -17.5),
    "Longyearbyen": (15.63, 78.22),
}


def asked(lon, lat, resolution):
    return np.array([latlng_to_cell(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist())])


def around(lon, lat, spread, n, seed=0):
    """Points about a place; over the date line and the poles they come in again on the other side."""
    draw = np.random.default_rng(seed)
    x, y = draw.normal(lon, spread / max(np.cos(np.radians(lat)), 0.01), n), draw.normal(lat, spread, n)
    return (x + 180) % 360 - 180, np.clip(y, -90, 90)


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("resolution", [8, 9])
def test_cells_of_a_city_are_those_of_h3(city, resolution):
    lon, lat = around(*CITIES[city], 0.1, 20_000)
    np.testing.assert_array_equal(h3_cells(lon, lat, resolution=resolution), asked(lon, lat, resolution))


@pytest.mark.parametrize("resolution", range(16))
def test_cells_of_the_whole_globe_are_those_of_h3(resolution):
    draw = np.random.default_rng(resolution)
    lon, lat = draw.uniform(-180, 180, 2_000), np.degrees(np.arcsin(draw.uniform(-1, 1, 2_000)))
    np.testing.assert_array_equal(h3_cells(lon, lat, resolution=resolution), asked(lon, lat, resolution))


@pytest.mark.parametrize("resolution", [0, 1, 4, 9])
def test_near_pentagons_faces_edges_and_poles(resolution):
    """The corners of the icosahedron are pentagons; an edge runs between the middles of two faces."""
    corners = [h3.cell_to_latlng(cell)[::-1] for cell in h3.get_pentagons(0)]
    middles = np.array([frame[0] for frame in frames(resolution)])
    pairs = [(middles[a] + middles[b]) for a in range(20) for b in range(a) if middles[a] @ middles[b] > 0.7]
    assert len(pairs) == 30  # edges of an icosahedron
    points = np.concatenate([middles, pairs / np.linalg.norm(pairs, axis=1)[:, None]])
    places = [*zip(*np.degrees([np.arctan2(points[:, 1], points[:, 0]), np.arcsin(points[:, 2])]))]
    for place in [*corners, *places, (0, 90), (0, -90), (180, 0)]:
        for spread in (1e-9, 1e-5, 0.01):
            lon, lat = around(*place, spread, 40)
            np.testing.assert_array_equal(h3_cells(lon, lat, resolution=resolution), asked(lon, lat, resolution))


@pytest.mark.parametrize("resolution", [7, 8, 9, 11])
@pytest.mark.parametrize("off", [0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7])
def test_points_on_and_beside_edges_and_corners(resolution, off):
    draw = np.random.default_rng(0)
    rings = [h3.cell_to_boundary(h3.latlng_to_cell(lat, lon, resolution)) for lon, lat in CITIES.values()]
    corners = np.concatenate([np.array(ring) for ring in rings])
    others = np.concatenate([np.roll(np.array(ring), 1, axis=0) for ring in rings])
    share = np.concatenate([[[0.0], [0.5]], draw.random((20, 1))])[:, None]
    lat, lon = (
        (corners * share + others * (1 - share) + off * draw.choice([-1, 1], (len(share), 1, 2))).reshape(-1, 2).T
    )
    np.testing.assert_array_equal(h3_cells(lon, lat, resolution=resolution), asked(lon, lat, resolution))


def test_points_nowhere_have_no_cell():
    lon, lat = [np.nan, 10.0, np.inf, 180.0001, 10.0, 0.0, 0.0], [10.0, np.nan, 10.0, 10.0, -90.0001, 0.0, 1.0]
    assert (h3_cells(lon, lat, resolution=9) > 0).tolist() == [False] * 6 + [True]
    assert len(h3_cells([], [], resolution=9)) == 0


def test_numbers_stay_from_call_to_call_and_the_table_grows():
    number, cells = cell_numbers(9)
    lon, lat = around(121.47, 31.23, 0.5, 30_000)
    first = number(lon[:10], lat[:10])
    every = number(lon, lat)
    np.testing.assert_array_equal(every[:10], first)
    np.testing.assert_array_equal(np.array([*cells])[every], asked(lon, lat, 9))
    assert len(cells) == len(set(every.tolist())) > 1 << 12
