import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.territories.neighbours import parts, zone_links

CRS = 32652


def table(shapes, ids=None):
    return gpd.GeoDataFrame(geometry=list(shapes), index=ids or [f"Z{k}" for k in range(len(shapes))], crs=CRS)


def squares(rows, columns, side=1000):
    return [
        shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side) for y in range(rows) for x in range(columns)
    ]


def pairs(links):
    return set(zip(links["zone_id"], links["other_id"]))


def test_squares_touch_along_sides_not_at_corners():
    links = zone_links(table(squares(2, 2)))
    assert pairs(links) == {("Z0", "Z1"), ("Z0", "Z2"), ("Z1", "Z3"), ("Z2", "Z3")}
    assert links["km"].tolist() == pytest.approx([1.0] * 4, abs=0.005) and not links["bridge"].any()
    assert links["border_m"].tolist() == pytest.approx([1000.0] * 4, abs=3)


def test_borders_drawn_a_little_apart_are_shared():
    links = zone_links(table([shapely.box(0, 0, 1000, 1000), shapely.box(1000.5, 0, 2000, 1000)]))
    assert pairs(links) == {("Z0", "Z1")} and not links["bridge"].any()


@pytest.mark.parametrize("river", [shapely.LineString([(1000, -5), (1000, 2005)]), shapely.box(950, -5, 1050, 2005)])
def test_a_river_cuts_what_lies_on_its_banks_and_one_bridge_holds_the_city_together(river):
    links = zone_links(table(squares(2, 2)), barriers=gpd.GeoSeries([river], crs=CRS))
    assert pairs(links[~links["bridge"]]) == {("Z0", "Z2"), ("Z1", "Z3")}
    assert links["bridge"].sum() == 1 and pairs(links[links["bridge"]]) == {("Z0", "Z1")}  # equal ones: the first by id


def test_a_zone_that_reaches_into_the_river_belongs_to_its_bank():
    zones = table([shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000), shapely.box(0, 1000, 2000, 1900)])
    river = gpd.GeoSeries([shapely.box(-10, 200, 2010, 1000)], crs=CRS)  # most of the southern two, also their middles
    links = zone_links(zones, barriers=river)
    assert pairs(links[~links["bridge"]]) == {("Z0", "Z1")} and links["bridge"].sum() == 1


def test_lines_and_polygons_together_cut_too():
    barriers = gpd.GeoSeries([shapely.LineString([(1000, -5), (1000, 500)]), shapely.box(0, 990, 2000, 1010)], crs=CRS)
    links = zone_links(table(squares(2, 2)), barriers=barriers)
    assert ("Z0", "Z2") not in pairs(links[~links["bridge"]]) and ("Z1", "Z3") not in pairs(links[~links["bridge"]])


def test_a_road_bridge_joins_what_the_river_parts():
    river = gpd.GeoSeries([shapely.LineString([(1000, -5), (1000, 2005)])], crs=CRS)
    links = zone_links(table(squares(2, 2)), barriers=river, joined=[("Z3", "Z2")])
    assert pairs(links[links["bridge"]]) == {("Z2", "Z3")}


def test_an_island_is_bridged_at_its_nearest_point():
    links = zone_links(table([*squares(1, 3), shapely.box(2200, 1400, 2600, 1800)]))
    bridge = links[links["bridge"]]
    assert pairs(bridge) == {("Z2", "Z3")} and bridge["gap_m"].tolist() == pytest.approx([400])
    assert bridge["border_m"].isna().all()


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=25))
def test_points_are_linked_by_gabriels_rule_and_all_can_be_reached(spots):
    xy = np.array(spots, dtype=float) * 100
    links = zone_links(table(shapely.points(xy), [f"P{k:02d}" for k in range(len(xy))]))
    number = {f"P{k:02d}": k for k in range(len(xy))}
    a, b = links["zone_id"].map(number).to_numpy(), links["other_id"].map(number).to_numpy()
    assert len(set(parts(len(xy), a, b).tolist())) == 1
    for one, other in zip(a[~links["bridge"]], b[~links["bridge"]]):
        middle, radius = (xy[one] + xy[other]) / 2, np.hypot(*(xy[one] - xy[other])) / 2
        assert (np.hypot(*(xy - middle).T) >= radius * (1 - 1e-6)).all()


def test_points_in_a_row_are_linked_along_it():
    links = zone_links(table(shapely.points([0, 3000, 1000], [0, 0, 0])))
    assert pairs(links) == {("Z0", "Z2"), ("Z1", "Z2")}


def test_the_order_of_rows_does_not_matter():
    zones = table([*squares(3, 3), shapely.box(5000, 0, 5100, 100)])
    pd.testing.assert_frame_equal(zone_links(zones), zone_links(zones.iloc[::-1]))


def test_what_cannot_be_is_refused():
    zones = table(squares(1, 2))
    with pytest.raises(ValueError, match="metres"):
        zone_links(zones.to_crs(4326))
    with pytest.raises(ValueError, match="'Z0' occurs twice"):
        zone_links(zones.set_axis(["Z0", "Z0"]))
    with pytest.raises(ValueError, match="1 zones have no geometry, first 'Z1'"):
        zone_links(zones.assign(geometry=[zones.geometry.iloc[0], None]))
    with pytest.raises(ValueError, match="do not exist: Z9"):
        zone_links(zones, joined=[("Z0", "Z9")])


def test_seouls_dongs_hang_together_without_a_bridge(shared):
    zones = gpd.read_file(shared / "seoul_commercial" / "dong_boundary_2021.geojson").to_crs(5179).set_index("adm_cd2")
    links = zone_links(zones)
    assert len(zones) == 425 and not links["bridge"].any() and set(links["zone_id"]) <= set(zones.index)
