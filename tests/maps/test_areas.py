import geopandas as gpd
import numpy as np
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.maps.areas import DASHES, area_notes, coded_areas
from expansion_kit.market.trade_areas import rings, travel_areas

CRS = geo.metric_crs([121.47], [31.23])
SITES = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([0, 900], [0, 0], index=["A", "B"], crs=CRS))


def test_rings_and_walk_times_are_a_class_each_from_near_to_far():
    ringed = coded_areas(geo.to_wgs84(rings(SITES, [1500, 500])), lang="en")
    assert [(c["group"], c["label"]) for c in ringed] == [("area0", "500 m"), ("area1", "1.5 km")]
    walked = coded_areas(geo.to_wgs84(travel_areas(SITES, [10, 5])), lang="zh")
    assert [c["label"] for c in walked] == ["5 分钟", "10 分钟"]
    assert [c["dash"] for c in ringed] == list(DASHES[:2])
    assert [len(c["shapes"]) for c in ringed] == [2, 2]


def test_a_ring_is_drawn_where_it_lies_and_labelled_at_its_north():
    ring = geo.to_wgs84(rings(SITES.loc[["A"]], [500]))
    (drawn,) = coded_areas(ring, lang="en")
    steps = np.array(drawn["shapes"][0][0]).reshape(-1, 2).cumsum(axis=0) / 1e5
    true = ring.geometry.iloc[0]
    assert shapely.hausdorff_distance(shapely.LinearRing(steps), true.exterior) < 2e-5
    north, south = true.bounds[3], true.bounds[1]
    assert drawn["tops"] == [pytest.approx([north, 121.47, south], abs=1e-5)]


def test_a_label_comes_before_minutes_and_minutes_before_a_radius():
    square = shapely.box(0, 0, 1, 1)
    table = gpd.GeoDataFrame(
        {"radius_m": [100, 200, 300.0], "minutes": [9.5, np.nan, 3], "label": [None, None, "核心商圈"]},
        geometry=[square] * 3,
        crs=4326,
    )
    assert [c["label"] for c in coded_areas(table, lang="en")] == ["核心商圈", "9.5 min", "200 m"]


def test_what_has_no_shape_is_left_out():
    table = gpd.GeoDataFrame({"minutes": [5, 10]}, geometry=[None, shapely.Polygon()], crs=4326)
    assert coded_areas(table, lang="en") == []


def test_areas_that_do_not_say_what_they_are_are_refused():
    with pytest.raises(ValueError, match="label, minutes or radius_m"):
        coded_areas(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=4326), lang="en")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "straight line times a detour"), ("zh", "按直线距离乘以绕行系数估算")]
)
def test_how_areas_were_made_is_told_in_the_language_of_the_map(lang, said):
    table = gpd.GeoDataFrame(
        {
            "how": ["line", "line", None, "balloon"],
            "method": ["straight line x 1.3", "x", "by hand <b>", "by hand <b>"],
        },
        geometry=[shapely.box(0, 0, 1, 1)] * 4,
        crs=4326,
    )
    told = area_notes(table, lang=lang)
    assert len(told) == 2 and said in told[0] and told[1].endswith("by hand <b>")
    assert area_notes(table.drop(columns=["how", "method"]), lang=lang) == []
    assert len(area_notes(table.drop(columns="how"), lang=lang)) == 3
