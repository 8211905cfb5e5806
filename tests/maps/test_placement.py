import html
import re
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import files
from expansion_kit.maps import page, placement_map, placements

HOSTILE = [
    "{{7*7}}",
    "{% raw %}",
    "{# x",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "a`b",
    "</script><script>alert(1)</script>",
    "<!--",
    '=HYPERLINK("x")',
    "'\"&amp;",
    "line\u2028end",
    "\u202egnp.exe",
    "T`UOMO \\ ${x}",
    "</title><script>alert(2)</script>",
]


def random_stores(n, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"lon": rng.normal(120.155, 0.05, n), "lat": rng.normal(30.265, 0.04, n)})
    brands = rng.choice(["茗山茶", "古茗", "瑞幸咖啡", "星巴克"], n, p=[0.1, 0.3, 0.3, 0.3])
    return table.assign(brand=brands, name=[f"{brand}{i}号店" for i, brand in enumerate(brands)])


def drawn_page(stores, sites=None, *, lang="zh", own_brand="茗山茶", **options):
    table = placements(stores, sites, own_brand=own_brand, lang=lang)
    return page(placement_map(table, title="店铺落位图", lang=lang, **options), name="test", lang=lang)


PLAIN = drawn_page(pd.DataFrame({"brand": ["Tea", "x"], "lon": [1.0, 2], "lat": [1.0, 2]}), own_brand="Tea")


def the_map(opened):
    """The Leaflet map of the page, as `window.shown`."""
    opened.evaluate("window.shown = Object.values(window).find(v => v instanceof L.Map)")
    return opened


def legend_counts(opened):
    names = opened.locator(".placement-name").all_inner_texts()
    return dict(zip(names, opened.locator(".placement-count").all_inner_texts()))


def hover_point(opened, lat, lon, *, click=False):
    spot = opened.evaluate(f"(p => [p.x, p.y])(shown.latLngToContainerPoint([{lat}, {lon}]))")
    (opened.mouse.click if click else opened.mouse.move)(*spot)


def test_the_page_is_the_same_at_each_making():
    table = placements(random_stores(300), own_brand="茗山茶", lang="zh")
    drawn = placement_map(table, title="T", lang="zh")
    assert page(drawn, name="m", lang="zh") == page(drawn, name="m", lang="zh")
    assert page(drawn, name="m", lang="zh") == page(placement_map(table, title="T", lang="zh"), name="m", lang="zh")


def test_no_tiles_no_jquery_and_a_small_page():
    made = drawn_page(random_stores(250))
    assert not re.search(r"= L\.tileLayer\(", made)
    assert "jQuery" not in made
    assert len(made.encode()) <= 600_000
    assert 'name="viewport"' in made


def test_seventeen_thousand_points_take_little_time():
    start = time.process_time()
    made = drawn_page(random_stores(17_000))
    assert time.process_time() - start < 5
    assert len(made.encode()) < 2_000_000


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stands_in_the_page_as_data_only(text):
    stores = pd.DataFrame({"brand": [text, "x"], "name": [text, text], "lon": [1.0, 2], "lat": [1.0, 2]})
    table = placements(stores, own_brand=text, lang="en")
    drawn = placement_map(table, title=text, subtitle=text, source=text, as_of=text, lang="en")
    made = page(drawn, name="m", lang="en")
    assert html.unescape(re.search(r"<title>(.*?)</title>", made)[1]) == text
    assert f'"title":{files.as_json(text)}' in made
    assert made.count("<script>") == made.count("</script>") == PLAIN.count("<script>")
    if not set(text).isdisjoint("<>{}&"):
        assert text not in made


@pytest.mark.browser
def test_hostile_texts_show_themselves_and_do_nothing_else(visit):
    n = len(HOSTILE)
    stores = pd.DataFrame(
        {"brand": HOSTILE, "name": HOSTILE, "status": HOSTILE, "sales_method": HOSTILE, "sales_month": 1.0}
    )
    stores = stores.assign(lon=120 + np.arange(n) * 0.01, lat=30.0, own=[i % 4 == 0 for i in range(n)])
    joined = " ".join(HOSTILE)
    table = placements(stores, stores.assign(lat=30.02), own_brand=joined, lang="en")
    drawn = placement_map(table, title=joined, subtitle=joined, source=joined, as_of=joined, lang="en", made=True)
    opened = the_map(visit(page(drawn, name="m", lang="en")))
    assert opened.title() == joined
    for place in (".placement-head h1", ".placement-head p", ".placement-foot span >> nth=0"):
        assert joined in opened.text_content(place)
    labels = opened.locator(".placement-name").all_text_contents()
    assert labels[0] == f"Own stores: {joined}"
    rivals = table.loc[table["class"] == "rival", "brand"]
    assert set(labels[2:-1]) < set(rivals)
    for i, text in enumerate(HOSTILE):
        if i % 4:
            opened.evaluate(f"shown.closePopup().setView([30, {120 + i * 0.01}], 15, {{animate: false}})")
            hover_point(opened, 30.0, 120 + i * 0.01)
            assert opened.text_content(".leaflet-tooltip") == text
            hover_point(opened, 30.0, 120 + i * 0.01, click=True)
            popup = opened.locator(".leaflet-popup-content").last
            assert popup.locator("strong").text_content() == text
            assert popup.locator("dd").all_text_contents()[1] == text
            assert text in popup.locator("dd").all_text_contents()[4]
    for text in HOSTILE:
        opened.fill(".placement-search input", text.split("\u2028")[0])
        assert any(text in found for found in opened.locator(".placement-search button span").all_text_contents())
    opened.locator(".placement-search button").first.click()
    assert HOSTILE[-1] in opened.locator(".leaflet-popup-content strong").last.text_content()
    assert opened.evaluate("document.querySelectorAll('.placement-map img').length") == 0
    assert opened.faults == []


@pytest.mark.browser
def test_legend_counts_switch_their_groups(visit):
    stores = random_stores(200)
    opened = the_map(visit(drawn_page(stores, currency="CNY", made=True, as_of="2027-03-01", source="虚构")))
    counts = stores["brand"].value_counts()
    assert {name: int(n) for name, n in legend_counts(opened).items()} == {
        "自有门店：茗山茶": counts["茗山茶"],
        **counts.drop("茗山茶").to_dict(),
    }
    assert opened.inner_text(".placement-made") == "虚构数据"
    assert "2027-03-01" in opened.inner_text(".placement-foot")
    assert opened.locator(".placement-pin").count() == counts["茗山茶"]
    box = opened.locator(".placement-legend input")
    box.nth(0).focus()
    opened.keyboard.press("Space")
    assert opened.locator(".placement-pin").count() == 0
    others = counts.drop("茗山茶").sum()
    assert f"{others} 家" in opened.inner_text(".placement-shown")
    box.nth(1).uncheck()
    assert f"{others - counts.drop('茗山茶').max()} 家" in opened.inner_text(".placement-shown")
    assert opened.faults == []


@pytest.mark.browser
def test_search_is_walked_by_keyboard_and_brings_back_a_hidden_group(visit):
    opened = the_map(visit(drawn_page(random_stores(200))))
    hidden = opened.locator(".placement-legend input").nth(1)
    hidden.uncheck()
    brand = opened.locator(".placement-name").nth(1).inner_text()
    opened.fill(".placement-search input", brand)
    opened.keyboard.press("ArrowDown")
    wanted = opened.evaluate("document.activeElement.querySelector('span').textContent")
    opened.keyboard.press("Enter")
    assert opened.inner_text(".leaflet-popup-content strong") == wanted
    assert hidden.is_checked()
    opened.fill(".placement-search input", "没有这家店")
    assert opened.inner_text(".placement-search li") == "没有匹配结果"
    assert opened.faults == []


@pytest.mark.browser
def test_density_stands_for_dots_above_five_thousand_in_view(visit):
    stores = random_stores(17_000)
    opened = the_map(visit(drawn_page(stores, own_brand=None)))
    assert "色块" in opened.inner_text(".placement-shown")
    assert "17,000" in opened.inner_text(".placement-shown")
    opened.evaluate("shown.setView([30.265, 120.155], 16, {animate: false})")
    shown = opened.inner_text(".placement-shown")
    assert "散点" in shown
    bounds = opened.evaluate("(b => [b.getWest(), b.getEast(), b.getSouth(), b.getNorth()])(shown.getBounds())")
    inside = stores["lon"].between(*bounds[:2]) & stores["lat"].between(*bounds[2:])
    assert abs(int(re.search(r"内 ([\d,]+) 家", shown)[1].replace(",", "")) - inside.sum()) <= 2
    assert opened.faults == []


@pytest.mark.browser
def test_more_than_five_hundred_own_stores_become_dots_and_the_legend_says_so(visit):
    stores = random_stores(600).assign(brand="茗山茶")
    opened = visit(drawn_page(stores))
    assert opened.locator(".placement-pin").count() == 0
    assert "共 600 个，超过 500 个" in opened.inner_text(".placement-side")
    assert opened.faults == []


@pytest.mark.browser
def test_pins_with_a_number_never_overlap_and_all_have_one_when_there_is_room(visit):
    stores = random_stores(150).assign(brand="茗山茶")
    opened = the_map(visit(drawn_page(stores)))
    full = opened.locator(".placement-pin:not(.placement-small)").all()
    boxes = [
        shapely.box(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in (p.bounding_box() for p in full)
    ]
    assert 1 < len(boxes) < 150
    assert shapely.union_all(boxes).area == pytest.approx(sum(box.area for box in boxes))
    assert opened.locator(".placement-pin").count() == 150
    opened.evaluate("shown.setZoom(19, {animate: false})")
    assert opened.locator(".placement-small").count() <= 2
    assert opened.locator(".placement-pin").first.get_attribute("aria-label") == f"1  {stores.loc[0, 'name']}"


EDGES = {
    "none": pd.DataFrame(),
    "one": random_stores(1),
    "one own": random_stores(1).assign(brand="茗山茶"),
    "all at one place": random_stores(50).assign(lon=120.0, lat=30.0),
    "no coordinates": random_stores(3).assign(lon=float("nan")),
    "no brand, no name": random_stores(3).assign(brand=None, name=""),
}


@pytest.mark.browser
@pytest.mark.parametrize("case", EDGES)
def test_edge_cases_open_without_fault(visit, case):
    opened = visit(drawn_page(EDGES[case]))
    side = opened.inner_text(".placement-side")
    assert ("暂无可显示" in side) == (case in ("none", "no coordinates"))
    assert ("3 家缺少坐标" in side) == (case == "no coordinates")
    assert opened.faults == []


@pytest.mark.browser
def test_stores_at_one_spot_are_all_told(visit):
    opened = the_map(visit(drawn_page(random_stores(20).assign(lon=120.0, lat=30.0, brand="古茗"))))
    hover_point(opened, 30.0, 120.0)
    assert "此处共 20 家" in opened.inner_text(".leaflet-tooltip")
    hover_point(opened, 30.0, 120.0, click=True)
    assert opened.locator(".leaflet-popup-content strong").count() == 8
    assert "另有 12 条" in opened.inner_text(".leaflet-popup-content")


@pytest.mark.browser
def test_base_map_and_zones_lie_under_the_dots(visit):
    lake, road = shapely.box(120.1, 30.2, 120.15, 30.25), shapely.LineString([(120, 30.2), (120.3, 30.3)])
    base = gpd.GeoDataFrame({"kind": ["water", "main", "building"]}, geometry=[lake, road, lake], crs=4326)
    zones = gpd.GeoDataFrame(geometry=[shapely.box(120.1, 30.2, 120.2, 30.3)], crs=4326)
    opened = the_map(visit(drawn_page(random_stores(30), basemap=base, zones=zones)))
    assert opened.locator(".leaflet-placementbase-pane canvas").count() == 1
    painted = """() => { const c = document.querySelector(".leaflet-placementbase-pane canvas");
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(v => v > 0); }"""
    opened.wait_for_function(painted)
    opened.evaluate("shown.setZoom(16, {animate: false})")
    assert opened.faults == []


@pytest.mark.browser
def test_on_a_phone_the_legend_folds_and_nothing_is_wider_than_the_screen(visit):
    opened = visit(drawn_page(random_stores(200), subtitle="一个相当长的副标题" * 4, made=True), width=390, height=844)
    fold = opened.locator(".placement-fold")
    assert fold.get_attribute("aria-expanded") == "false"
    assert not opened.is_visible(".placement-legend")
    fold.click()
    assert opened.is_visible(".placement-legend")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    head, zoom = (
        opened.locator(".placement-head").bounding_box(),
        opened.locator(".leaflet-control-zoom").bounding_box(),
    )
    assert zoom["y"] >= head["y"] + head["height"]
    assert opened.faults == []
