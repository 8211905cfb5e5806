import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.territories.ground import centre_zones, distances_km, make_ground
from expansion_kit.territories.neighbours import zone_links


@pytest.fixture
def row():
    """Four squares in a row."""
    boxes = [shapely.box(x * 1000, 0, x * 1000 + 1000, 1000) for x in range(4)]
    zones = gpd.GeoDataFrame(geometry=boxes, index=list("ABCD"), crs=32652)
    return zones, pd.DataFrame({"people": [1.0, 1, 1, 97]}, index=zones.index), zone_links(zones)


def test_ways_along_links_add_up(row):
    assert distances_km(make_ground(*row), [0]).ravel() == pytest.approx([0, 1, 2, 3], abs=0.01)


def test_the_centre_lies_where_the_people_are_unless_it_is_given(row):
    ground, label = make_ground(*row), np.zeros(4, dtype=int)
    assert centre_zones(ground, label, 1, {}).tolist() == [3]
    assert centre_zones(ground, label, 1, {0: 1}).tolist() == [1]


def test_a_territory_without_people_has_its_centre_in_its_middle(row):
    zones, people, links = row
    ground = make_ground(zones, people.assign(people=[0.0, 0, 0, 5]), links)
    assert centre_zones(ground, np.array([0, 0, 0, 1]), 2, {}).tolist() == [1, 3]


def test_what_is_missing_counts_as_nothing_and_order_does_not_matter(row):
    zones, people, links = row
    ground = make_ground(zones.iloc[::-1], people.where(people["people"] > 1), links.iloc[::-1])
    assert ground.ids.tolist() == list("ABCD") and ground.amounts.ravel().tolist() == [0, 0, 0, 97]
    assert ground.near == [[1], [0, 2], [1, 3], [2]]


def test_tables_that_do_not_fit_are_refused(row):
    zones, people, links = row
    with pytest.raises(ValueError, match="1 are in one only, first 'D'"):
        make_ground(zones, people.drop("D"), links)
    for bad in (-1.0, np.inf):
        with pytest.raises(ValueError, match="'people' must hold amounts"):
            make_ground(zones, people.assign(people=[bad, 1, 1, 1]), links)
    with pytest.raises(ValueError, match="'people' must hold amounts"):
        make_ground(zones, people * 0, links)
    with pytest.raises(ValueError, match="no column"):
        make_ground(zones, people[[]], links)
    with pytest.raises(ValueError, match="unknown zones: A"):
        make_ground(zones.drop("A"), people.drop("A"), links)
    with pytest.raises(ValueError, match="occur once"):
        make_ground(zones.set_axis(list("AABC")), people, links)
