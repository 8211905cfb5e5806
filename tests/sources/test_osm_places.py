from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit.sources import osm_places

BOX = ((0, 0), (0.002, 0), (0.002, 0.002), (0, 0.002))


def written(path, *features, bounds=None):
    """An extract in XML: for each `(lon, lat, tags)` a node, for each `(corners, tags)` an area."""
    nodes, ways = [], []

    def tagged(tags):
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())

    def node(lon, lat, tags, number):
        about = 'version="1" timestamp="2026-05-04T10:00:00Z"'
        nodes.append(f'<node id="{number}" lon="{lon:.7f}" lat="{lat:.7f}" {about}>{tagged(tags)}</node>')

    for number, feature in enumerate(features, start=1):
        if len(feature) == 3:
            node(*feature, number)
            continue
        corners, tags = feature
        for at, (lon, lat) in enumerate(corners):
            node(lon, lat, {}, number * 1000 + at)
        refs = [*range(number * 1000, number * 1000 + len(corners)), number * 1000]
        refs = refs[:-1] if "highway" in tags else refs
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + tagged(tags)
        ways.append(f'<way id="{number}" version="1">{inside}</way>')
    edge = ""
    if bounds:
        west, south, east, north = bounds
        edge = f'<bounds minlon="{west}" minlat="{south}" maxlon="{east}" maxlat="{north}"/>'
    nodes.sort(key=lambda text: int(text.split('"')[1]))
    head = '<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">'
    path.write_text(head + edge + "".join(nodes + ways) + "</osm>", encoding="utf-8")
    return path


def box(lon, lat, tags, size=0.002):
    return [(lon + x * size / 0.002, lat + y * size / 0.002) for x, y in BOX], tags


@pytest.fixture
def read(tmp_path):
    return lambda *features: osm_places.read_places(written(tmp_path / "town.osm", *features))


def test_nodes_and_areas_come_with_their_tags_and_a_point_inside(read):
    places = read((0.01, 0.02, {"shop": "tea", "name": "茶"}), box(0, 0, {"shop": "mall", "name": "M"}))
    assert places.index.tolist() == ["n1", "w2"]
    assert places.loc["n1", ["shop", "name", "lon", "lat"]].tolist() == ["tea", "茶", 0.01, 0.02]
    assert places.loc["n1", "brand"] is None
    point = shapely.Point(places.loc["w2", "lon"], places.loc["w2", "lat"])
    assert point.within(shapely.box(0, 0, 0.002, 0.002))
    assert f"{places['osm_timestamp'].max():%Y-%m-%d}" == "2026-05-04"


def test_stations_of_one_name_or_one_building_count_once_and_stops_are_left_out(read):
    places = read(
        (0.001, 0.001, {"railway": "station", "name": "Central"}),
        box(0, 0, {"railway": "station", "building": "yes", "name": "Central Hall"}),
        (0.01, 0.01, {"railway": "station", "station": "subway", "name": "Market"}),
        (0.011, 0.01, {"public_transport": "station", "subway": "yes", "name": "Market"}),
        (0.02, 0.02, {"amenity": "bus_station", "name": "Coach"}),
        (0.03, 0.03, {"railway": "tram_stop", "name": "Tram"}),
    )
    table, counts = osm_places.stations(places)
    assert dict(zip(table["name"], table["kind"])) == {"Central": "railway", "Market": "metro", "Coach": "bus"}
    assert counts == {"read": 5, "twice": 2, "stops": 1}


def test_places_that_draw_people_by_kind(read):
    cases = {
        "school": {"amenity": "school"},
        "university": {"amenity": "college"},
        "hospital": {"amenity": "hospital"},
        "mall": {"shop": "mall"},
        "office": {"office": "company"},
        "hotel": {"tourism": "hotel"},
    }
    others = [{"amenity": "bench"}, {"office": "no"}, {"shop": "tea"}]
    tags = [*cases.values(), *others]
    table, counts = osm_places.generators(read(*((0.01 * n, 0.0, given) for n, given in enumerate(tags))))
    assert table["kind"].tolist() == list(cases) and counts == {"read": 6, "twice": 0}


def test_the_finest_districts_that_hold_the_shops_become_zones(read):
    admin = {"boundary": "administrative"}
    places = read(
        box(0, 0, admin | {"admin_level": "8", "name": "Town"}, size=0.02),
        box(0, 0, admin | {"admin_level": "9", "name": "West", "population": "1 200"}, size=0.01),
        box(0.01, 0, admin | {"admin_level": "9", "name": "East"}, size=0.01),
        box(0, 0, admin | {"admin_level": "10", "name": "Corner"}, size=0.001),
        box(0.001, 0, admin | {"admin_level": "10", "name": "Other corner"}, size=0.001),
    )
    stores = pd.DataFrame({"lon": [0.005, 0.015], "lat": [0.005, 0.005]})
    zones, counts = osm_places.districts(places, stores)
    assert zones["name"].tolist() == ["West", "East"] and counts["level"] == 9
    assert zones["population"].iloc[0] == 1200 and pd.isna(zones["population"].iloc[1])
    assert osm_places.districts(places, stores, level=8)[0]["name"].tolist() == ["Town"]
    assert osm_places.districts(places.iloc[:1], stores)[0].empty


def test_hexagons_tile_the_extent_and_end_at_its_edge():
    extent = (24.93, 60.16, 24.96, 60.18)
    cells = osm_places.cells_over(extent)
    assert cells["zone_id"].is_unique and cells.is_valid.all()
    ground = gpd.GeoSeries([shapely.box(*extent)], crs=4326).to_crs(3067)
    tiled = cells.to_crs(3067)
    assert tiled.area.sum() == pytest.approx(ground.area.iloc[0], rel=1e-4)
    assert tiled.union_all().area == pytest.approx(tiled.area.sum(), rel=1e-9)
    assert len(osm_places.cells_over((20, 55, 30, 65))) < 1500
