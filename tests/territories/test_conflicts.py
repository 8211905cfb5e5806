import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit.territories.conflicts import area_conflicts, misplaced, radius_conflicts


def areas(**shapes):
    return gpd.GeoDataFrame(geometry=list(shapes.values()), index=list(shapes), crs=32652)


def points(**places):
    return gpd.GeoDataFrame(geometry=[shapely.Point(*xy) for xy in places.values()], index=list(places), crs=32652)


def test_overlaps_and_gaps_are_measured():
    """B covers a tenth of A; between C and the others 500 m x 1 km are of nobody."""
    drawn = areas(
        C=shapely.box(2500, 0, 3500, 1000), A=shapely.box(0, 0, 1000, 1000), B=shapely.box(900, 0, 2000, 1000)
    )
    outline = areas(city=shapely.box(0, 0, 3500, 1000))
    found = area_conflicts(drawn, outline=outline)
    assert found["conflict"].tolist() == ["gap", "overlap"] and found["area_sqkm"].tolist() == pytest.approx([0.5, 0.1])
    assert found["territory_id"].tolist() == ["B C", "A"] and found["other_id"].tolist() == [None, "B"]
    assert found["share"].iloc[1] == pytest.approx(0.1) and found.crs == drawn.crs
    assert found.geometry.iloc[1].equals(shapely.box(900, 0, 1000, 1000))


def test_without_an_outline_only_holes_are_gaps():
    ring = shapely.box(0, 0, 3000, 3000).difference(shapely.box(1000, 1000, 2000, 2000))
    found = area_conflicts(areas(A=ring, B=shapely.box(5000, 0, 6000, 1000)))
    assert found[["conflict", "area_sqkm"]].values.tolist() == [["gap", 1.0]]


def test_neighbours_that_share_a_border_are_in_no_conflict():
    found = area_conflicts(areas(A=shapely.box(0, 0, 1000, 1000), B=shapely.box(1000, 0, 2000, 1000)))
    assert found.empty and list(found)[:3] == ["conflict", "territory_id", "other_id"]


def test_a_radius_protects_against_others_only_and_up_to_the_metre():
    stores = points(S1=(0, 0), S2=(500, 0), S3=(100, 0), S4=(0, 400))
    whose = pd.Series({"S1": "Li", "S2": "Wang", "S3": "Li", "S4": None})
    found = radius_conflicts(stores, whose, pd.Series({"S1": 500.0, "S2": 450.0}))
    assert found[["point_id", "other_id"]].values.tolist() == [["S2", "S3"], ["S1", "S2"]]
    assert found["short_m"].tolist() == [50, 0] and found["other_holder"].tolist() == ["Li", "Wang"]


def test_sites_are_held_against_stores_and_a_site_of_nobody_against_all():
    sites = points(X=(300, 0), Y=(0, 200), Z=(5000, 0))
    found = radius_conflicts(
        points(S1=(0, 0)), pd.Series({"S1": "T1"}), 350, others=sites, other_holders=pd.Series({"Y": "T1"})
    )
    assert found[["point_id", "other_id", "distance_m"]].values.tolist() == [["S1", "X", 300.0]]
    assert len(radius_conflicts(points(S1=(0, 0)), pd.Series({"S1": "T1"}), 350, others=sites)) == 2


def test_the_order_of_stores_does_not_matter_and_nonsense_is_refused():
    stores = points(S1=(0, 0), S2=(100, 0), S3=(0, 100))
    whose = pd.Series({"S1": "a", "S2": "b", "S3": "c"})
    one, other = radius_conflicts(stores, whose, 120), radius_conflicts(stores.iloc[::-1], whose, 120)
    pd.testing.assert_frame_equal(one, other)
    assert len(one) == 4
    with pytest.raises(ValueError, match="at least 0 m"):
        radius_conflicts(stores, whose, -1)
    with pytest.raises(ValueError, match="metres"):
        radius_conflicts(stores.to_crs(4326), whose, 120)


def test_stores_outside_their_territory_are_listed():
    zones = areas(Z1=shapely.box(0, 0, 10, 10), Z2=shapely.box(10, 0, 20, 10))
    stores = points(S3=(50, 5), S2=(15, 5), S1=(5, 5), S4=(5, 6)).assign(territory_id=["T2", "T1", "T1", None])
    found = misplaced(stores, zones, pd.Series({"Z1": "T1", "Z2": "T2"}))
    assert found.index.tolist() == ["S2", "S3"] and found["zone_id"].tolist() == ["Z2", None]
    assert found["zone_territory_id"].tolist() == ["T2", None]
