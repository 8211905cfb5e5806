from itertools import permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market import tours

CRS = geo.metric_crs([127.0], [37.5])
# TSPLIB (Reinelt 1991): coordinates and the lengths of the best closed tours
BURMA14 = (
    "16.47 96.10, 16.47 94.44, 20.09 92.54, 22.39 93.37, 25.23 97.24, 22.00 96.05, 20.47 97.02, 17.20 96.29, "
    "16.30 97.38, 14.05 98.12, 16.53 97.38, 21.52 95.59, 19.41 97.13, 20.09 94.55"
)
BERLIN52 = (
    "565 575, 25 185, 345 750, 945 685, 845 655, 880 660, 25 230, 525 1000, 580 1175, 650 1130, 1605 620, 1220 580, "
    "1465 200, 1530 5, 845 680, 725 370, 145 665, 415 635, 510 875, 560 365, 300 465, 520 585, 480 415, 835 625, "
    "975 580, 1215 245, 1320 315, 1250 400, 660 180, 410 250, 420 555, 575 665, 1150 1160, 700 580, 685 595, 685 610, "
    "770 610, 795 645, 720 635, 760 650, 475 960, 95 260, 875 920, 700 500, 555 815, 830 485, 1170 65, 830 610, "
    "605 625, 595 360, 1340 725, 1740 245"
)


def numbers(text):
    return np.array([pair.split() for pair in text.split(", ")], dtype=float)


def on_the_globe(places):
    """Distances as TSPLIB defines GEO: degrees and minutes, a radius of 6378.388 km, cut to whole km."""
    degrees = np.trunc(places)
    lat, lon = (np.pi * (degrees + 5 * (places - degrees) / 3) / 180).T
    apart = np.cos(lon[:, None] - lon)
    turned = 0.5 * ((1 + apart) * np.cos(lat[:, None] - lat) - (1 - apart) * np.cos(lat[:, None] + lat))
    metres = np.trunc(6378.388 * np.arccos(np.clip(turned, -1, 1)) + 1)
    np.fill_diagonal(metres, 0)
    return pd.DataFrame(metres)


def cheapest(cost, closed):
    orders = [(0, *rest) for rest in permutations(range(1, len(cost)))]
    return min(sum(cost[a, b] for a, b in zip(o, o[1:])) + closed * cost[o[-1], 0] for o in orders)


@given(st.integers(2, 6), st.booleans(), st.integers(0, 10_000))
def test_no_order_is_shorter_than_the_proved_one_also_where_back_is_not_as_long_as_there(n, closed, seed):
    cost = np.random.default_rng(seed).integers(0, 50, (n, n)).astype(float)
    way = tours.tour(pd.DataFrame(cost), closed=closed)
    assert way.attrs["total"] == cheapest(cost, closed)
    assert way.attrs["proved"]
    assert sorted(way.index) == list(range(n))
    assert way["stop"].tolist() == list(range(1, n + 1))
    ends = way.index.to_numpy()
    assert way["minutes"].iloc[1:].tolist() == cost[ends[:-1], ends[1:]].tolist()


@pytest.mark.parametrize(("minutes", "best"), [(on_the_globe(numbers(BURMA14)), 3323), (None, 7542)])
def test_known_tours_are_as_short_as_they_can_be(minutes, best):
    if minutes is None:
        places = numbers(BERLIN52)
        minutes = pd.DataFrame(np.rint(np.hypot(*(places[:, None] - places).transpose(2, 0, 1))))
    way = tours.tour(minutes, closed=True)
    assert way.attrs["total"] == best
    assert not way.attrs["proved"]
    again = tours.tour(minutes, closed=True)
    assert way.equals(again)
    assert way["minutes"].sum() + way.attrs["back"] == best


def test_the_search_is_never_better_than_the_proof_and_finds_it_in_a_small_town():
    places = np.random.default_rng(5).uniform(0, 3000, (12, 2))
    cost = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    proved = tours._length(tours._proved(cost, np.zeros(12)), cost)
    searched = tours._length(tours._searched(cost, np.zeros(12), np.random.default_rng(0)), cost)
    assert searched == pytest.approx(proved)


def test_a_way_that_is_not_known_is_taken_only_where_there_is_no_other_and_then_told():
    minutes = pd.DataFrame([[0, 1, 90], [1, 0, np.nan], [90, np.nan, 0]], index=list("ABC"), columns=list("ABC"))
    way = tours.tour(minutes, start="B")
    assert way.index.tolist() == ["B", "A", "C"]
    assert way.attrs["total"] == 91
    assert way.attrs["unknown"] == 0
    alone = tours.tour(minutes.mask(minutes == 90))
    assert alone.attrs["unknown"] == 1
    assert alone["minutes"].isna().sum() == 2  # the first, which has no leg, and the unknown one


@pytest.mark.parametrize("n", [0, 1])
def test_no_place_and_one_place_are_tours_too(n):
    way = tours.tour(pd.DataFrame(np.zeros((n, n))), closed=True)
    assert len(way) == n
    assert way.attrs["total"] == 0


@pytest.mark.parametrize(
    ("minutes", "start", "said"),
    [
        (pd.DataFrame([[0.0, 1.0]]), None, "square"),
        (pd.DataFrame(np.zeros((2, 2)), index=["A", "A"], columns=["A", "A"]), None, "square"),
        (pd.DataFrame([[0.0, -1.0], [1.0, 0.0]]), None, "at least 0"),
        (pd.DataFrame([[0.0, np.inf], [1.0, 0.0]]), None, "at least 0"),
        (pd.DataFrame([[0.0]]), "X", "'X'"),
    ],
)
def test_a_table_that_is_none_is_refused(minutes, start, said):
    with pytest.raises(ValueError, match=said):
        tours.tour(minutes, start=start)


def places(*metres, along="x"):
    points = [(m, 0) if along == "x" else (0, m) for m in metres]
    return gpd.GeoDataFrame(geometry=[shapely.Point(p) for p in points], index=list("ABCDEF"[: len(metres)]), crs=CRS)


def test_a_straight_line_is_walked_with_its_detour():
    way = tours.route(places(0, 1000, 300), detour=1.2, kmh=6.0, closed=True)
    assert way["km"].iloc[1:].tolist() == pytest.approx([0.36, 0.84])
    assert way["minutes"].iloc[1:].tolist() == pytest.approx([3.6, 8.4])
    assert way.attrs["back_km"] == pytest.approx(1.2)
    assert way.attrs["total_km"] == pytest.approx(2.4)
    assert way.attrs["total"] == pytest.approx(24.0)
    assert way.attrs["kind"] == "straight"
    assert "straight line x 1.2" in way.attrs["method"]


def test_streets_serve_where_they_reach_each_place():
    corner = [(0, 0), (0, 500), (1000, 500), (1000, 0)]
    network = gpd.GeoDataFrame(geometry=[shapely.LineString(corner)], crs=CRS)
    way = tours.route(places(0, 1000), network=network)
    assert way.attrs["kind"] == "network"
    assert way["km"].iloc[1] == pytest.approx(2.0)
    assert way["minutes"].iloc[1] == pytest.approx(25.0)
    far = tours.route(places(0, 1000, 9000), network=network)
    assert far.attrs["kind"] == "straight"
    assert far.attrs["passed"] == ["network"]


def test_the_times_of_the_user_come_first_with_their_own_kilometres():
    pairs = [("A", "B", 10.0, 0.7), ("B", "A", 12.0, 0.9), ("A", "C", 3.0, 0.2), ("C", "A", 3.0, 0.2)]
    pairs += [("B", "C", 8.0, 0.6), ("C", "B", 9.0, np.nan)]
    matrix = pd.DataFrame(pairs, columns=["from_id", "to_id", "minutes", "km"])
    way = tours.route(places(0, 500, 900), matrix=matrix)
    assert way.index.tolist() == ["A", "C", "B"]  # 3 + 9 minutes, against 10 + 8
    assert way["minutes"].iloc[1:].tolist() == [3.0, 9.0]
    assert way["km"].iloc[1] == pytest.approx(0.2)
    assert np.isnan(way["km"].iloc[2])
    assert np.isnan(way.attrs["total_km"])
    assert way.attrs["kind"] == "matrix"
    short = tours.route(places(0, 500, 900), matrix=matrix.iloc[:-1])
    assert short.attrs["passed"] == ["matrix"]


def test_driving_on_streets_states_no_kilometres():
    network = gpd.GeoDataFrame({"kind": ["residential"]}, geometry=[shapely.LineString([(0, 0), (2000, 0)])], crs=CRS)
    way = tours.route(places(0, 1000), network=network, mode="drive")
    assert way["minutes"].iloc[1] == pytest.approx(60 / 25)
    assert way["km"].isna().all()


def test_a_place_without_position_is_refused():
    with pytest.raises(ValueError, match="position"):
        tours.route(places(0, 1).assign(geometry=[shapely.Point(0, 0), None]))


def test_ways_give_times_and_lengths_of_every_pair():
    points = gpd.GeoSeries.from_xy([0, 3000], [0, 4000], index=["A", "B"], crs=geo.metric_crs([127], [37.5]))
    minutes, km, about = tours.ways(points.to_frame("geometry"), mode="drive", kmh=30, detour=1.0)
    assert km.loc["A", "B"] == pytest.approx(5) and minutes.loc["B", "A"] == pytest.approx(10)
    assert about["kind"] == "straight" and about["passed"] == []
