from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo, load_city
from expansion_kit.market.huff_sales import huff_sales
from expansion_kit.market.travel import least_metres, travel_km, travel_minutes

CRS = geo.metric_crs([127.0], [37.5])


def table(shapes, ids):
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, index=ids, crs=CRS))


def test_straight_line_times_detour_and_the_method_is_named():
    zones = table([shapely.box(-100, -100, 100, 100)], ["Z1"])
    stores = table([shapely.Point(3000, 4000), None], ["S1", "S2"])
    km = travel_km(zones, stores, detour=1.4)
    assert km.loc["Z1", "S1"] == pytest.approx(7.0)
    assert np.isnan(km.loc["Z1", "S2"])
    assert "straight line x 1.4" in km.attrs["method"]


def test_the_own_zone_counts_half_the_radius_of_its_size():
    """A disc-like square of 1 km2: 0.5 * sqrt(1 / pi) = 0.28209 km."""
    zones = table([shapely.box(0, 0, 1000, 1000)], ["Z1"])
    km = travel_km(zones, table([shapely.Point(500, 500), shapely.Point(510, 500)], ["S1", "S2"]), detour=1)
    assert km.loc["Z1"].tolist() == pytest.approx([0.28209, 0.28209], abs=1e-5)


def test_a_zone_that_is_a_point_keeps_the_stated_floor():
    here = table([shapely.Point(0, 0)], ["A"])
    assert travel_km(here, here, detour=1, floor=80).to_numpy() == pytest.approx(0.08)


def test_faults_are_refused():
    here = table([shapely.Point(0, 0)], ["A"])
    with pytest.raises(ValueError, match="detour"):
        travel_km(here, here, detour=0.9)
    with pytest.raises(ValueError, match="same coordinate"):
        travel_km(here, geo.to_wgs84(here))


def test_one_rule_of_the_smallest_way_holds_for_kilometres_and_for_sales():
    """A disc of radius 200 m counts 100 m, a point the floor; a store at both pulls from there."""
    zones = table([shapely.Point(0, 0).buffer(200, 256), shapely.Point(0, 0), None], ["disc", "point", "nowhere"])
    assert least_metres(zones, floor=50).tolist() == pytest.approx([100, 50, np.nan], rel=1e-4, nan_ok=True)
    there = table([shapely.Point(0, 0), shapely.Point(1000, 0)], ["S1", "S2"]).assign(floor_area_sqm=100.0)
    here = zones.iloc[:2]
    km = travel_km(here, there, detour=1)
    assert km["S1"].tolist() == pytest.approx([0.1, 0.05], rel=1e-4)
    sold = huff_sales(here, there, pd.Series(1.0, index=here.index), decay=1.0, detour=1)
    assert sold["S1"] == pytest.approx(1 / (1 + 0.1) + 1 / (1 + 0.05), rel=1e-4)


def streets(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(xy) for xy in shapes], crs=CRS)


def test_minutes_by_each_of_three_ways_and_each_says_which():
    """1,000 m apart as the crow flies, 1,400 m by the streets: 17.5 minutes at 4.8 km/h."""
    here = table([shapely.Point(0, 0)], ["A"])
    there = table([shapely.Point(600, 800), None], ["S1", "S2"])
    way = streets([(0, 0), (600, 0), (600, 800)])
    brought = pd.DataFrame({"from_id": ["A"], "to_id": ["S1"], "minutes": [21.0]})
    expected = {"straight": 1300 / 80, "network": 1400 / 80, "matrix": 21}
    for kind, given in (("straight", {}), ("network", {"network": way}), ("matrix", {"matrix": brought})):
        made = travel_minutes(here, there, **given)
        assert made.loc["A", "S1"] == pytest.approx(expected[kind]) and np.isnan(made.loc["A", "S2"])
        assert made.attrs["kind"] == kind and made.attrs["missing"] == 1
    assert "straight line x 1.3" in travel_minutes(here, there).attrs["method"]
    assert "street network, on foot at 4.8 km/h" in travel_minutes(here, there, network=way).attrs["method"]
    assert "travel table of the user" in travel_minutes(here, there, matrix=brought).attrs["method"]


def test_what_takes_longer_than_the_limit_is_missing_in_each_way():
    here, there = (
        table([shapely.Point(0, 0)], ["A"]),
        table([shapely.Point(800, 0), shapely.Point(90, 0)], ["S1", "S2"]),
    )
    brought = pd.DataFrame({"from_id": "A", "to_id": ["S1", "S2"], "minutes": [10.0, 2.0]})
    for given in ({}, {"network": streets([(0, 0), (800, 0)])}, {"matrix": brought}):
        assert travel_minutes(here, there, limit=5, **given).isna().loc["A"].tolist() == [True, False]


def test_inside_its_own_zone_a_way_on_streets_counts_half_the_radius_as_well():
    zone = table([shapely.box(-500, -500, 500, 500)], ["Z1"])
    at_centre = table([shapely.Point(0, 0)], ["S1"])
    made = travel_minutes(zone, at_centre, network=streets([(-500, 0), (500, 0)]))
    assert made.loc["Z1", "S1"] == pytest.approx(0.5 * 1000 / np.sqrt(np.pi) / 80)


def test_the_users_table_keeps_mode_and_direction_and_makes_minutes_of_km():
    ids = pd.DataFrame(index=["A", "B", "C"])
    brought = pd.DataFrame(
        {
            "from_id": ["A", "A", "B", "B", "X"],
            "to_id": ["B", "C", "A", "C", "A"],
            "minutes": [5.0, 9.0, np.nan, np.nan, 1.0],
            "km": [np.nan, np.nan, 12.0, np.nan, 1.0],
            "mode": ["驾车", "步行", None, "Driving ", "driving"],
        }
    )
    made = travel_minutes(ids, ids, matrix=brought, mode="drive")
    assert made.loc["A", "B"] == 5 and made.loc["B", "A"] == 30  # 12 km at 24 km/h
    assert made.notna().sum().sum() == 2 and made.attrs["missing"] == 7
    assert "1 of them from km at 24 km/h" in made.attrs["method"]
    assert travel_minutes(ids, ids, matrix=brought).loc["A", "C"] == 9
    with pytest.raises(ValueError, match="more than once, first 'A' to 'B'"):
        travel_minutes(ids, ids, matrix=pd.concat([brought, brought.iloc[:1]]), mode="drive")


def test_the_demo_citys_streets_and_travel_table(demo):
    """On a whole grid of streets nothing is out of reach and no way is shorter than the line."""
    zones, sites, network = (demo.metric(name) for name in ("zones", "sites", "network"))
    walked = travel_minutes(zones, sites, network=network)
    straight = geo.distances(zones.geometry.centroid, sites.geometry) / 80
    assert walked.attrs["missing"] == 0 and (walked.to_numpy() >= straight - 1e-9).all()
    driven = travel_minutes(sites, sites, network=network, mode="drive")
    assert (np.diag(driven) <= 2 * 500 / 80).all()
    brought = travel_minutes(sites, sites, matrix=demo["travel"], mode="drive")
    assert brought.attrs["missing"] == len(sites)  # the way from a site to itself is not in it
    assert brought.stack().corr(driven.stack().reindex(brought.stack().index)) > 0.9


@pytest.fixture(scope="module")
def demo():
    return load_city(Path(__file__).parents[2] / "data" / "demo_city")


def test_faults_of_times_are_refused():
    here = table([shapely.Point(0, 0)], ["A"])
    with pytest.raises(ValueError, match="not both"):
        travel_minutes(here, here, network=streets([(0, 0), (9, 9)]), matrix=pd.DataFrame())
    with pytest.raises(ValueError, match="walk or drive"):
        travel_minutes(here, here, mode="bus")
    with pytest.raises(ValueError, match="above 0 km/h"):
        travel_minutes(here, here, kmh=-1)
