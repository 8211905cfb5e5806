from itertools import pairwise, permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.prospects.trips import plan_trip, stops, trip_days

CRS = geo.metric_crs([118.4], [30.9])
ROAD = {"kmh": 60, "detour": 1.0}  # a kilometre is a minute


def places(points, kinds=None):
    ids = [f"A{n}" for n in range(len(points))]
    shapes = gpd.GeoSeries.from_xy(*np.array(points, float).reshape(-1, 2).T, crs=CRS)
    return gpd.GeoDataFrame({"kind": kinds or "site", "id": ids}, geometry=shapes)


def test_a_trip_from_a_base_by_hand():
    trip = plan_trip(
        places([(10_000, 0), (20_000, 0), (-10_000, 0)]),
        base=shapely.Point(0, 0),
        hours=1.25,
        visit_minutes={"site": 15},
        **ROAD,
    )
    days = trip_days(trip)
    # one of two best cuts: 10 + 15 + 10 + 15 + 20 = 70 minutes, and 10 + 15 + 10 = 35
    assert sorted(days["minutes"]) == pytest.approx([35, 70]) and sorted(days["km"]) == pytest.approx([20, 40])
    assert trip.loc[trip["day"] == trip.at[1, "day"], "arrive_minute"].iloc[0] == pytest.approx(10)
    assert (
        not trip["too_long"].any() and trip.attrs["proved"] and trip.attrs["kind"] == "straight" and trip.attrs["based"]
    )


def test_days_are_as_few_and_as_short_as_any_cut_of_the_order():
    draw = np.random.default_rng(0)
    for _ in range(15):
        points = draw.uniform(-20_000, 20_000, (6, 2))
        trip = plan_trip(places(points), base=shapely.Point(0, 0), hours=2.0, visit_minutes={"site": 20}, **ROAD)
        xy = points[[int(key[1:]) for key in trip["id"]]] / 1000
        best = (9, np.inf)
        for cut in range(2**5):
            ends = [0, *(n for n in range(1, 6) if cut >> (n - 1) & 1), 6]
            routes = [np.vstack([[0, 0], xy[a:b], [0, 0]]) for a, b in pairwise(ends)]
            minutes = [np.hypot(*np.diff(r, axis=0).T).sum() + 20 * (len(r) - 2) for r in routes]
            if all(m <= 120 + 1e-9 or len(r) == 3 for m, r in zip(minutes, routes)):
                best = min(best, (len(routes), sum(minutes)))
        days = trip_days(trip)
        assert (len(days), days["minutes"].sum()) == pytest.approx(best)


def test_the_order_is_the_shortest_round_trip():
    points = np.random.default_rng(1).uniform(-9000, 9000, (5, 2))
    trip = plan_trip(places(points), base=shapely.Point(0, 0), hours=99, visit_minutes={"site": 0}, **ROAD)
    lengths = [
        np.hypot(*np.diff(np.vstack([[0, 0], points[list(o)], [0, 0]]), axis=0).T).sum() for o in permutations(range(5))
    ]
    assert trip_days(trip)["km"].sum() == pytest.approx(min(lengths) / 1000)


def test_without_a_base_days_begin_at_their_first_stop():
    trip = plan_trip(places([(0, 0), (5000, 0)]), hours=0.5, visit_minutes={"site": 20}, **ROAD)
    assert trip["day"].tolist() == [1, 2] and trip["travel_minutes"].isna().all() and not trip.attrs["based"]
    assert trip_days(trip)["km"].tolist() == [0, 0] and trip["home_km"].isna().all()


def test_a_visit_longer_than_a_day_stands_alone_and_is_told():
    trip = plan_trip(places([(0, 0), (1000, 0)], ["prospect", "site"]), hours=0.75, **ROAD)
    assert trip.set_index("kind")["too_long"].to_dict() == {"prospect": True, "site": False}
    assert trip["day"].nunique() == 2


def test_the_order_of_rows_does_not_matter_and_same_ids_of_two_kinds_are_two():
    homes = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0, 4000], [0, 0], index=["1", "2"], crs=CRS))
    sites = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([1000, 2000], [500, 0], index=["1", "2"], crs=CRS))
    one = plan_trip(stops(homes, sites))
    two = plan_trip(stops(homes[::-1], sites[::-1]).sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(one, two)
    assert sorted(zip(one["kind"], one["id"])) == [(k, i) for k in ("prospect", "site") for i in "12"]


def test_places_without_a_position_are_told():
    homes = gpd.GeoDataFrame(geometry=gpd.GeoSeries([shapely.Point(0, 0), None], index=["Y1", "Y2"], crs=CRS))
    found = stops(homes)
    assert found["id"].tolist() == ["Y1"] and found.attrs["unplaced"] == ["Y2"]
    assert plan_trip(found).attrs["unplaced"] == ["Y2"]


def test_a_trip_to_nowhere_is_refused():
    with pytest.raises(ValueError, match="prospects or sites"):
        stops()
    with pytest.raises(ValueError, match="at least one place"):
        plan_trip(places([])[:0])
    with pytest.raises(ValueError, match="no minutes of a visit for site"):
        plan_trip(places([(0, 0)]), visit_minutes={"prospect": 5})
