import geopandas as gpd
import numpy as np
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market.clustering import _set_covariance, k_function, nearest_neighbour

CRS = geo.metric_crs([127.0], [37.5])
BOX = gpd.GeoSeries([shapely.box(0, 0, 4000, 2000)], crs=CRS)
BENT = gpd.GeoSeries([shapely.box(0, 0, 4000, 1000), shapely.box(0, 0, 1000, 4000)], crs=CRS)  # an L


def points(xy):
    return gpd.GeoSeries(gpd.points_from_xy(*np.asarray(xy, dtype=float).T), crs=CRS)


def by_chance(n, seed, outline=BOX):
    draw = np.random.default_rng(seed)
    west, south, east, north = outline.total_bounds
    xy = draw.uniform((west, south), (east, north), (20 * n, 2))
    return points(xy[shapely.contains_xy(outline.union_all(), xy)][:n])


def test_clark_evans_by_hand():
    """A lattice of 100 m in 400 x 200 m: each nearest is 100 m off; chance 0.5 sqrt(80,000 / 8) = 50 m."""
    lattice = points([(50 + 100 * i, 50 + 100 * j) for i in range(4) for j in range(2)])
    box = gpd.GeoSeries([shapely.box(0, 0, 400, 200)], crs=CRS)
    plain = nearest_neighbour(lattice, box, edge="none")
    assert plain["nearest_neighbour_index"] == pytest.approx(2) and plain["mean_m"] == 100 and plain["n"] == 8
    assert plain["z"] == pytest.approx(50 / (0.26136 * np.sqrt(80_000) / 8))
    edge = nearest_neighbour(lattice, box)
    assert edge["expected_m"] == pytest.approx(50 + (0.0514 + 0.041 / np.sqrt(8)) * 1200 / 8)
    assert np.isnan(edge["p"]) and edge["edge"] == "donnelly"


def test_with_edge_correction_chance_has_an_index_of_one():
    plain, donnelly = (
        [nearest_neighbour(by_chance(40, seed), BOX, edge=edge)["nearest_neighbour_index"] for seed in range(150)]
        for edge in ("none", "donnelly")
    )
    assert np.mean(plain) > 1.05  # the border makes chance look spaced out
    assert np.mean(donnelly) == pytest.approx(1, abs=4 * np.std(donnelly) / np.sqrt(150))
    z = [nearest_neighbour(by_chance(40, seed), BOX)["z"] for seed in range(150)]
    assert np.std(z) == pytest.approx(1, abs=0.2)


def test_simulation_corrects_any_outline_and_gives_p():
    index = [
        nearest_neighbour(by_chance(30, seed, BENT), BENT, edge="simulated", simulations=99)["nearest_neighbour_index"]
        for seed in range(40)
    ]
    assert np.mean(index) == pytest.approx(1, abs=4 * np.std(index) / np.sqrt(40) + 0.02)
    once = shapely.get_coordinates(by_chance(30, 1).to_numpy())
    pairs = points(np.vstack([once, once + 3]))
    made = nearest_neighbour(pairs, BOX, edge="simulated", simulations=99)
    assert made["nearest_neighbour_index"] < 0.1 and made["p"] == pytest.approx(0.02) and np.isnan(made["z"])


def test_shared_area_is_that_of_a_rectangle():
    """A box of a x b moved by (dx, dy) shares (a - |dx|) (b - |dy|) with itself."""
    shared = _set_covariance(BOX.union_all(), 900.0)
    dx, dy = np.array([0.0, 300, -777, 900]), np.array([0.0, -400, 333, 10])
    assert shared(dx, dy).tolist() == pytest.approx(((4000 - np.abs(dx)) * (2000 - np.abs(dy))).tolist(), rel=0.004)


def test_k_of_two_points_by_hand():
    """One pair 100 m apart, shared area 3900 x 2000: K = A^2 / 2 * 2 / (3900 * 2000)."""
    made = k_function(points([(1000, 1000), (1100, 1000)]), BOX, [50, 150], simulations=9)
    assert made["k"].tolist() == pytest.approx([0, 8e6**2 / (3900 * 2000)], rel=0.004)
    assert made["l_minus_r"].tolist() == pytest.approx([-50, np.sqrt(8e6**2 / (3900 * 2000) / np.pi) - 150], rel=0.01)


def test_chance_stays_in_the_envelope_and_its_k_is_unbiased():
    out, off, p = [], [], []
    for seed in range(30):
        made = k_function(by_chance(60, seed, BENT), BENT, [150, 300, 600], simulations=39, seed=seed)
        out += (made["verdict"] != "chance").tolist()
        off.append(made["k"] / (np.pi * made.index.to_numpy() ** 2) - 1)
        p.append(made.attrs["p"])
    off = np.array(off)
    assert np.mean(out) <= 0.12  # 2 of 40 at each radius by chance
    assert (np.abs(off.mean(axis=0)) <= 4 * off.std(axis=0) / np.sqrt(30)).all()
    assert 0.3 < np.mean(p) < 0.75


def test_clusters_and_lattices_are_told_apart():
    draw = np.random.default_rng(5)
    heads = draw.uniform((500, 500), (3500, 1500), (8, 2))
    clumps = points(np.vstack([head + draw.normal(0, 60, (10, 2)) for head in heads]))
    lattice = points([(100 + 200 * i, 100 + 200 * j) for i in range(20) for j in range(10)])
    made = k_function(clumps, BOX, [100, 200], simulations=39)
    assert made["verdict"].tolist() == ["clustered"] * 2 and made.attrs["p"] == 1 / 40
    assert k_function(lattice, BOX, [150], simulations=39)["verdict"].tolist() == ["spaced"]
    assert nearest_neighbour(clumps, BOX)["nearest_neighbour_index"] < 0.6
    assert nearest_neighbour(lattice, BOX)["nearest_neighbour_index"] > 1.8


def test_against_all_shops_a_brand_spread_like_them_is_not_clustered():
    """Shops live in one corner; a brand drawn from them is clustered in the city, and not among shops."""
    draw = np.random.default_rng(2)
    shops = points(draw.uniform((0, 0), (800, 800), (400, 2)))
    brand = shops.iloc[draw.choice(400, 40, replace=False)]
    assert k_function(brand, BOX, [200], simulations=39)["verdict"].tolist() == ["clustered"]
    among = k_function(brand, BOX, [200], simulations=39, among=shops)
    assert among["verdict"].tolist() == ["chance"] and "places given" in among.attrs["method"]
    several = [shops.iloc[draw.choice(400, 40, replace=False)] for _ in range(20)]
    made = [nearest_neighbour(each, BOX, edge="simulated", simulations=39, among=shops) for each in several]
    index = [each["nearest_neighbour_index"] for each in made]
    assert np.mean(index) == pytest.approx(1, abs=4 * np.std(index) / np.sqrt(20))


def test_the_seed_decides_and_faults_are_named():
    stores = by_chance(20, 0)
    same = [k_function(stores, BOX, [200], simulations=9, seed=4) for _ in range(2)]
    assert same[0].equals(same[1])
    assert nearest_neighbour(gpd.GeoSeries([*stores, None, shapely.Point(-9, 0)], crs=CRS), BOX)["n"] == 20
    with pytest.raises(ValueError, match="'torus'"):
        nearest_neighbour(stores, BOX, edge="torus")
    with pytest.raises(ValueError, match="simulations"):
        nearest_neighbour(stores, BOX, edge="simulated")
    with pytest.raises(ValueError, match="at least two"):
        nearest_neighbour(stores[:1], BOX)
    with pytest.raises(ValueError, match="radii must rise"):
        k_function(stores, BOX, [200, 100])
    with pytest.raises(ValueError, match="half of the city"):
        k_function(stores, BOX, [2500])
    with pytest.raises(ValueError, match="can't be drawn"):
        k_function(stores, BOX, [200], among=stores[:5])
    with pytest.raises(ValueError, match="in metres"):
        k_function(geo.to_wgs84(stores), geo.to_wgs84(BOX), [200])
