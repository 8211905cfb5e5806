import csv
import html as html_entities
import io
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import files, geo, load_city
from expansion_kit.cities import add_updates
from expansion_kit.maps import page
from expansion_kit.maps.click_to_place import click_to_place

HOSTILE = [
    "{{7*7}}",
    "{% raw %}",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "a`b",
    "</script><script>alert(1)</script>",
    "<!--",
    '=HYPERLINK("x")',
    "'\"&amp;",
    "line\u2028end",
    "\u202egnp.exe",
    'a,b;"c"\nd',
]
STREETS = gpd.GeoDataFrame(
    {"kind": ["main", "side", "side"], "name": ["人民路", "石桥街", None]},
    geometry=[
        shapely.LineString([(121.40, 31.20), (121.44, 31.20)]),
        shapely.LineString([(121.42, 31.18), (121.42, 31.22)]),
        shapely.LineString([(121.41, 31.18), (121.41, 31.22)]),
    ],
    crs=4326,
)


def stores(n=3, **more):
    table = pd.DataFrame({"brand": "茶", "name": [f"茶{i}店" for i in range(n)], "address": "人民路5号"})
    table = table.assign(lon=np.nan, lat=np.nan, **more)
    return table.set_axis([f"A{i}" for i in range(n)]).rename_axis("store_id")


def made(tables, *, lang="zh", title="标注", **options):
    return page(click_to_place(tables, title=title, lang=lang, basemap=STREETS, **options), name="place", lang=lang)


def data_of(html):
    """The JSON that the page's script is given."""
    start = re.search(r"new L\.PlacingDesk\(", html).end()
    return json.JSONDecoder().raw_decode(html[start:])[0]


def the_map(opened):
    opened.evaluate("window.shown = Object.values(window).find(v => v instanceof L.Map)")
    return opened


def spot(opened, lon, lat):
    """Where a place lies in the window, after the map was put around it."""
    opened.evaluate(f"shown.setView([{lat}, {lon}], 18, {{animate: false}})")
    x, y = opened.evaluate(f"(p => [p.x, p.y])(shown.latLngToContainerPoint([{lat}, {lon}]))")
    box = opened.locator(".placing-map").bounding_box()
    return box["x"] + x, box["y"] + y


def left(opened):
    return int(re.search(r"\d+", opened.inner_text(".placing-left"))[0])


def places(opened):
    """Longitude and latitude of what is set, by number in the list."""
    return opened.evaluate(
        "Object.fromEntries(Object.values(window).filter(v => v instanceof L.PlacingDesk)"
        ".flatMap(d => Object.entries(d._places).map(([i, p]) => [i, [p.lng, p.lat]])))"
    )


def test_only_rows_without_coordinates_are_to_be_placed_and_the_others_are_named():
    table = stores(3)
    table.loc["A1", ["lon", "lat"]] = [121.43, 31.21]
    data = data_of(made({"stores": table}))
    assert [row["id"] for row in data["rows"]] == ["A0", "A2"]
    assert ["茶1店", 31.21, 121.43, 1] in data["landmarks"]
    assert ["人民路", 31.2, 121.42, 0] in data["landmarks"]
    assert len(data["landmarks"]) == 3


def test_given_landmarks_come_before_streets():
    stations = pd.DataFrame({"name": ["人民路站", None], "lon": [121.41, 121.42], "lat": [31.2, 31.2]})
    data = data_of(made({"stores": stores(1)}, landmarks=stations))
    assert [mark[0] for mark in data["landmarks"]] == ["人民路站", "人民路", "石桥街"]


def test_the_same_page_at_each_making_and_nothing_asked_for():
    one = made({"stores": stores(5)})
    assert one == made({"stores": stores(5)})
    assert "src=" not in re.sub(r"<script>.*?</script>", "", one, flags=re.S)
    assert len(one.encode()) < 300_000


def test_another_table_is_refused():
    with pytest.raises(ValueError, match="not for zones"):
        click_to_place({"zones": pd.DataFrame()}, title="T", lang="en")


def test_without_anything_known_the_page_shows_the_world():
    data = data_of(page(click_to_place({"stores": stores(1)}, title="T", lang="en"), name="p", lang="en"))
    assert data["landmarks"] == []
    assert data["bounds"][0][1] == -180


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_stands_in_the_page_as_data_only(text):
    bare = made({"stores": stores(1)})
    table = stores(1).assign(name=text, address=text, brand=text).set_axis([text])
    html = made({"stores": table}, title=text, landmarks=pd.DataFrame({"name": [text], "lon": [1.0], "lat": [2.0]}))
    assert html.count("<script") == bare.count("<script")
    assert html_entities.unescape(re.search(r"<title>(.*?)</title>", html, flags=re.S)[1]) == text
    row = data_of(html)["rows"][0]
    assert row["address"] == text
    ((*cells,),) = csv.reader(io.StringIO(row["csv"], newline=""))
    assert cells == [files.harmless(text)] * 4


@pytest.mark.browser
def test_hostile_texts_show_themselves_and_do_nothing_else(visit):
    table = pd.concat([stores(1).assign(name=text, address=text) for text in HOSTILE]).assign(brand="b")
    table = table.set_axis([f"{i}{text}" for i, text in enumerate(HOSTILE)])
    marks = pd.DataFrame({"name": HOSTILE, "lon": 121.42, "lat": 31.2})
    opened = the_map(visit(made({"stores": table}, title=" ".join(HOSTILE), landmarks=marks)))
    assert opened.text_content(".placing-head h1") == " ".join(HOSTILE)
    for i, text in enumerate(HOSTILE):
        entry = opened.locator(f'.placing-rows [data-row="{i}"]')
        assert entry.locator("span").text_content() == text
        entry.click()
        assert text in opened.text_content(".placing-say")
        assert text in opened.locator(".placing-near button").all_text_contents()
        opened.locator(".placing-tools .placing-main").click()
    assert left(opened) == 0
    assert opened.faults == []


CITY = """name = "小城"
country = "CN"
language = "{lang}"
datum = "{datum}"

[tables.stores]
file = "stores.csv"
source = "s"

[tables.sites]
file = "sites.csv"
source = "s"
"""
ADDRESSES = "store_id,brand,name,lon,lat,address\n007,茶,茶1店,121.40,31.20,路1号\n"
ADDRESSES += '008,茶,=茶,,,"人民路5号,B1"\n009,饭,,,,+石桥街3号\n'


@pytest.mark.browser
@pytest.mark.parametrize(("datum", "lang"), [("gcj02", "zh"), ("bd09", "en"), ("wgs84", "zh")])
def test_what_a_person_clicks_comes_back_through_the_city_folder(visit, put, tmp_path, datum, lang):
    sites = "site_id,lon,lat,address\nP1,,,石桥街9号\n"
    folder = put({"city.toml": CITY.format(lang=lang, datum=datum), "stores.csv": ADDRESSES, "sites.csv": sites})
    city = load_city(folder)
    before = city["stores"].loc["007", ["lon", "lat"]].tolist()
    opened = the_map(visit(made({"stores": city["stores"], "sites": city["sites"]}, lang=lang)))
    wished = {"008": (121.421234, 31.203456), "009": (121.419876, 31.187654), "P1": (121.418111, 31.192222)}
    assert left(opened) == 3
    for nth, (lon, lat) in enumerate(wished.values()):
        opened.locator(f'.placing-rows [data-row="{nth}"]').click()
        opened.mouse.click(*spot(opened, lon, lat))
        assert left(opened) == 2 - nth
    for nth, name in enumerate(("placed_stores.csv", "placed_sites.csv")):
        with opened.expect_download() as download:
            opened.locator(".placing-out button").nth(nth).click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbf")
        assert add_updates(folder, tmp_path / name, source="click").index.tolist() == [
            name.removeprefix("placed_").removesuffix(".csv")
        ]
    again = load_city(folder)
    placed = {**again["stores"].iloc[1:].geometry, **again["sites"].geometry}
    for key, (lon, lat) in wished.items():
        assert (placed[key].x, placed[key].y) == pytest.approx((lon, lat), abs=1e-5)
    assert again["stores"].loc["007", ["lon", "lat"]].tolist() == before
    assert again["stores"]["name"].tolist() == ["茶1店", "=茶", None]
    assert again["stores"]["address"].tolist() == ["路1号", "人民路5号,B1", "+石桥街3号"]
    assert not [fault for fault in again.faults if fault.code == "unplaced"]
    assert opened.faults == []
    lon, lat = geo.convert(121.40, 31.20, datum, "wgs84")
    assert before == pytest.approx([float(lon), float(lat)])


@pytest.mark.browser
def test_a_mark_can_be_dragged_taken_back_and_removed_and_a_reload_loses_nothing(visit):
    opened = the_map(visit(made({"stores": stores(3)}, lang="en")))
    opened.mouse.click(*spot(opened, 121.42, 31.20))
    first = places(opened)["0"]
    pin = opened.locator(".placing-pin")
    box = pin.bounding_box()
    x, y = box["x"] + 14, box["y"] + 12
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x + 60, y + 40, steps=8)
    opened.mouse.up()
    moved = places(opened)["0"]
    assert moved[0] > first[0]
    assert moved[1] < first[1]
    opened.reload()
    the_map(opened)
    assert places(opened)["0"] == moved
    assert left(opened) == 2
    opened.get_by_role("button", name="Next", exact=True).click()
    opened.mouse.click(*spot(opened, 121.43, 31.21))
    assert left(opened) == 1
    opened.keyboard.press("Control+z")
    assert left(opened) == 2
    opened.locator('.placing-rows [data-row="0"]').click()
    opened.get_by_role("button", name="Remove mark").click()
    assert left(opened) == 3
    opened.get_by_role("button", name="Undo").click()
    assert places(opened) == {"0": moved}
    assert opened.faults == []


@pytest.mark.browser
def test_a_kept_place_of_a_row_whose_address_changed_is_not_taken_over(visit):
    opened = the_map(visit(made({"stores": stores(2)})))
    opened.mouse.click(*spot(opened, 121.42, 31.20))
    kept = opened.evaluate("Object.values(localStorage)[0]")
    opened.evaluate(
        "kept => localStorage.setItem(Object.keys(localStorage)[0], kept.replace('人民路5号', '别处'))", kept
    )
    opened.reload()
    assert left(the_map(opened)) == 2


@pytest.mark.browser
def test_the_keyboard_alone_picks_moves_and_places(visit):
    opened = the_map(visit(made({"stores": stores(3)}, lang="en")))
    entry = opened.locator('.placing-rows [data-row="0"]')
    entry.focus()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Enter")
    assert opened.get_attribute('.placing-rows [data-row="1"]', "aria-current") == "true"
    assert opened.evaluate("document.activeElement.dataset.row") == "1"
    opened.evaluate("shown.setView([31.2, 121.42], 17, {animate: false})")
    opened.locator(".placing-map").focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_timeout(600)
    opened.keyboard.press("Enter")
    lon, lat = places(opened)["1"]
    assert 121.4201 < lon < 121.43
    assert lat == pytest.approx(31.2, abs=1e-4)
    assert opened.faults == []


@pytest.mark.browser
def test_search_names_in_the_address_and_the_list_of_what_is_left(visit):
    table = stores(4)
    table.loc["A2", ["name", "address"]] = ["面馆", "石桥街8号"]
    opened = the_map(visit(made({"stores": table})))
    fields = opened.locator(".placing-fields input")
    fields.nth(0).fill("石桥")
    assert opened.locator(".placing-rows button").count() == 1
    opened.locator(".placing-rows button").click()
    near = opened.locator(".placing-near button")
    assert near.all_inner_texts() == ["石桥街"]
    near.click()
    assert opened.evaluate("[shown.getCenter().lng, shown.getZoom()]") == [pytest.approx(121.42, abs=1e-4), 16]
    opened.locator(".placing-tools .placing-main").click()
    fields.nth(0).fill("")
    opened.locator(".placing-fields [type=checkbox]").check()
    opened.locator('.placing-rows [data-row="0"]').click()
    assert opened.locator(".placing-rows button").count() == 3
    fields.nth(1).fill("人民")
    assert opened.locator(".placing-found button").all_inner_texts() == ["人民路"]
    fields.nth(1).fill("nowhere")
    assert opened.locator(".placing-found button").count() == 0
    assert opened.locator(".placing-name span").count() > 0
    assert opened.faults == []


def test_what_has_coordinates_is_drawn_named_or_not():
    table = stores(4, note=None)
    table.loc["A1", ["lon", "lat", "name"]] = [121.41, 31.19, None]
    table.loc["A2", ["lon", "lat"]] = [121.43, 31.21]
    data = data_of(made({"stores": table}))
    assert data["known"]["n"] == 2
    assert "2" in data["texts"]["known"]
    assert data_of(made({"stores": stores()}))["known"] == {"n": 0, "xy": ""}


@pytest.mark.browser
def test_a_typed_pair_sets_a_row_in_either_datum_and_a_zone_is_found(visit):
    zones = gpd.GeoDataFrame(
        {"name": ["徐汇区", None]},
        index=["Z1", "Z2"],
        geometry=[shapely.box(121.40, 31.18, 121.42, 31.22), shapely.box(121.42, 31.18, 121.44, 31.22)],
        crs=4326,
    )
    opened = the_map(
        visit(page(click_to_place({"stores": stores()}, title="T", lang="zh", zones=zones), name="p", lang="zh"))
    )
    assert "没有街道底图" in opened.inner_text(".placing-desk")
    find, found = opened.locator(".placing-fields input").nth(1), opened.locator(".placing-found button")
    find.fill("徐汇")
    assert found.all_inner_texts() == ["徐汇区"]
    find.fill("Z2")
    assert found.all_inner_texts() == ["Z2"]
    marks = "Object.values(shown._layers).filter(layer => layer.dragging)"
    place = f"(p => [p.lng, p.lat])({marks}.pop().getLatLng())"
    for text, nth, datum in (
        ("121.47，31.23", 1, "wgs84"),
        ("31.23 121.47", 1, "wgs84"),
        ("(121.47, 31.23)", 3, "gcj02"),
    ):
        find.fill(text)
        assert found.count() == 4
        found.nth(nth).click()
        lon, lat = geo.convert(121.47, 31.23, datum, "wgs84")
        assert opened.evaluate(place) == pytest.approx([float(lon), float(lat)], abs=2e-6)
        opened.locator(".placing-tools button").nth(2).click()
    find.fill("24.94, 60.17")  # outside of mainland China nobody shifts
    assert found.count() == 2
    for nothing in ("121.47", "121.47, 231.0", "12 main street"):
        find.fill(nothing)
        assert found.count() == 0
    assert opened.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_map_and_list_share_the_screen_and_nothing_is_cut(visit, lang):
    opened = the_map(visit(made({"stores": stores(40)}, lang=lang, title="一个很长的标题" * 5), width=390, height=844))
    drawn, desk = (opened.locator(place).bounding_box() for place in (".placing-map", ".placing-desk"))
    assert drawn["width"] == desk["width"] == 390
    assert drawn["height"] >= 350
    assert drawn["y"] + drawn["height"] <= desk["y"] + 1
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    opened.locator(".placing-tools .placing-main").click()
    assert left(opened) == 39
    opened.locator(".placing-out button").first.scroll_into_view_if_needed()
    assert opened.faults == []


@pytest.mark.browser
def test_a_long_list_is_shown_in_part_and_says_so(visit):
    opened = the_map(visit(made({"stores": stores(1000)}, lang="en")))
    assert opened.locator(".placing-rows button").count() == 300
    assert "700" in opened.inner_text(".placing-rows .placing-note")
    opened.locator(".placing-fields input").first.fill("茶999")
    assert opened.locator(".placing-rows button").count() == 1
    assert left(opened) == 1000
