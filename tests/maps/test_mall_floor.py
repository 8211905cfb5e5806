import html
import io
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit import files
from expansion_kit.maps import page
from expansion_kit.maps.floor_units import floor_units
from expansion_kit.maps.mall_floor import mall_floor_map

HOSTILE = [
    "{{7*7}}",
    "{% raw %}",
    "{# x",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "a`b",
    "</script><script>alert(1)</script>",
    "<!--",
    "'\"&amp;",
    "line\u2028end",
    "\u202egnp.exe",
    "</title><script>alert(2)</script>",
]
MAP = "Object.values(window).find(v => v instanceof L.Map)"


def picture():
    """A PNG of four grey pixels."""
    from PIL import Image

    made = io.BytesIO()
    Image.new("L", (2, 2), 120).save(made, "PNG")
    return made.getvalue()


DOT = picture()


def mall(n=6):
    """A floor of `n` units of 12 by 20 metres on a walk with a door, and a floor above with one vacant unit."""
    units = [
        {
            "unit_id": f"1F-{i:02d}",
            "floor": "1F",
            "kind": "unit",
            "brand": f"品牌{i}",
            "category": ["餐饮", "零售"][i % 2],
            "floor_area_sqm": 240.0,
            "geometry": shapely.box(12 * i, 0, 12 * i + 12, 20),
        }
        for i in range(n)
    ]
    units += [
        {"unit_id": "W", "floor": "1F", "kind": "corridor", "geometry": shapely.box(0, 20, 12 * n, 26)},
        {"unit_id": "D", "floor": "1F", "kind": "entrance", "geometry": shapely.Point(0, 23)},
        {
            "unit_id": "2F-01",
            "floor": "2F",
            "kind": "unit",
            "plan_brand": "品牌0",
            "geometry": shapely.box(0, 0, 30, 20),
        },
        {"unit_id": "L", "floor": "2F", "kind": "lift", "geometry": shapely.box(30, 0, 33, 3)},
    ]
    return gpd.GeoDataFrame(pd.DataFrame(units).assign(mall="M").set_index("unit_id"), geometry="geometry")


def drawn_page(table, *, lang="zh", own_brand="品牌0", **options):
    drawn = mall_floor_map(
        floor_units(table, own_brand=own_brand, lang=lang), title="楼层", lang=lang, own_brand=own_brand, **options
    )
    return page(drawn, name="mall", lang=lang)


def boxes(opened, what):
    return opened.evaluate(
        f"""() => [...document.querySelectorAll({what!r})].map(e => {{ const b = e.getBoundingClientRect();
        return [b.left, b.top, b.right, b.bottom]; }}).filter(b => b[2] > b[0])"""
    )


def turn(opened, group, button):
    opened.locator(".mall-switch").nth(group).locator("button").nth(button).click()


def test_the_page_is_the_same_at_each_making_and_small():
    assert drawn_page(mall()) == drawn_page(mall())
    assert len(drawn_page(mall(200)).encode()) < 600_000


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stands_in_the_page_as_data_only(text):
    table = mall().assign(brand=text, category=text, floor=text, mall=text, plan_brand=text + "x")
    table.index = [f"{text}{i}" for i in range(len(table))]
    drawn = mall_floor_map(
        floor_units(table, own_brand=text, lang="en"),
        title=text,
        subtitle=text,
        as_of=text,
        source=text,
        lang="en",
        own_brand=text,
    )
    made, bare = page(drawn, name="m", lang="en"), drawn_page(mall(0), lang="en")
    assert html.unescape(re.search(r"<title>(.*?)</title>", made)[1]) == text
    assert f'"title":{files.as_json(text)}' in made
    assert made.count("<script") == made.count("</script>") == bare.count("<script")
    if not set(text).isdisjoint("<>{}&"):
        assert text not in made


@pytest.mark.browser
def test_hostile_texts_show_themselves_and_do_nothing_else(visit):
    table = mall(len(HOSTILE))
    table.loc[table.index[: len(HOSTILE)], "brand"] = HOSTILE
    table.loc[table.index[: len(HOSTILE)], "category"] = HOSTILE
    joined = " ".join(HOSTILE)
    table["floor"] = joined
    opened = visit(drawn_page(table, lang="en", own_brand=HOSTILE[0], subtitle=joined, as_of=joined, source=joined))
    listed = opened.locator("details").last.locator("td:nth-child(3)").all_text_contents()
    assert listed[: len(HOSTILE)] == HOSTILE
    for i in (0, 3, 6, 11):
        opened.locator(".mall-find").nth(i).click()
        card = opened.locator(".leaflet-popup-content").last
        assert HOSTILE[i] in card.locator("strong").text_content()
        assert card.locator("dd").all_text_contents()[1:3] == [HOSTILE[i]] * 2
        assert any(HOSTILE[i] == text for text in opened.locator(".mall-label div").all_text_contents())
    assert opened.evaluate("document.querySelectorAll('.mall-map img').length") == 0
    assert opened.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1200])
def test_labels_lie_inside_their_units_and_meet_nowhere(visit, width):
    opened = visit(drawn_page(mall(9)), width=width, height=800)
    for step in range(4):
        window = shapely.box(-width * 0.4, -300, width * 1.4, 1100)  # farther out Leaflet cuts outlines off
        labels = [shapely.box(*b) for b in boxes(opened, ".mall-label")]
        labels = [label for label in labels if window.covers(label)]
        units = [shapely.box(*b) for b in boxes(opened, "path.leaflet-interactive")]
        assert len(labels) >= (1 if width == 390 and step == 0 else 3)
        for label in labels:
            assert any(unit.buffer(0.5).covers(label) for unit in units)
        assert shapely.union_all(labels).area == pytest.approx(sum(label.area for label in labels), rel=1e-6)
        opened.evaluate(f"{MAP}.zoomIn(1, {{animate: false}})")
    assert opened.faults == []


@pytest.mark.browser
def test_floors_and_plan_switch_with_legend_figures_and_list(visit):
    opened = visit(drawn_page(mall(), as_of="2026-10-31", made=True))
    assert opened.locator(".mall-symbol").count() == 1
    assert opened.locator(".mall-find").all_inner_texts() == [f"1F-{i:02d}" for i in range(6)]
    counts = dict(
        zip(opened.locator(".placement-name").all_inner_texts(), opened.locator(".placement-count").all_inner_texts())
    )
    assert counts["餐饮"] == "3" and counts["零售"] == "3" and counts["自有铺位：品牌0"] == "1"
    assert "2026-10-31" in opened.inner_text(".placement-foot") and opened.inner_text(".placement-made") == "虚构数据"
    turn(opened, 0, 1)
    assert opened.locator(".mall-find").all_inner_texts() == ["2F-01"]
    assert opened.locator("path[fill='url(#mall-hatch)']").count() == 1
    assert "空置" in opened.inner_text(".mall-label")
    turn(opened, 1, 1)
    assert opened.locator("path[fill='url(#mall-hatch)']").count() == 0
    assert "→ 品牌0" in opened.inner_text(".mall-label")
    assert opened.locator("path[stroke='#C8102E']").count() == 1
    assert "100%" in opened.locator("details").first.inner_text()
    assert opened.locator(".mall-switch button[aria-pressed=true]").all_inner_texts() == ["2F", "规划"]
    assert opened.faults == []


@pytest.mark.browser
def test_search_and_list_lead_to_a_unit_on_another_floor_and_a_group_can_be_hidden(visit):
    opened = visit(drawn_page(mall()))
    opened.fill(".placement-search input", "2F-01")
    opened.keyboard.press("Enter")
    assert opened.locator(".mall-switch button[aria-pressed=true]").first.inner_text() == "2F"
    assert "2F-01" in opened.inner_text(".leaflet-popup-content strong")
    turn(opened, 0, 0)
    before = opened.locator(".mall-label").count()
    opened.locator(".placement-legend input").first.uncheck()
    assert opened.locator(".mall-label").count() == before - 3
    assert opened.faults == []


@pytest.mark.browser
def test_measuring_is_in_metres_of_the_plan_also_over_units(visit):
    opened = visit(drawn_page(mall()))
    opened.locator("button[aria-pressed=false].placement-button").last.click()
    opened.keyboard.press("Backspace")
    for x, y in ((3, 4), (33, 44)):
        spot = opened.evaluate(f"(p => [p.x, p.y])({MAP}.latLngToContainerPoint([{y / 4}, {x}]))")
        opened.mouse.click(*spot)
    assert re.search(r"\b3[12] m", opened.inner_text(".placement-measured"))  # hypot(30, 10)
    assert opened.locator(".leaflet-popup").count() == 0
    assert opened.faults == []


@pytest.mark.browser
def test_a_scanned_plan_lies_under_the_units(visit):
    opened = visit(drawn_page(mall(), scans={"1F": (DOT, (-5, -5, 80, 30))}))
    assert opened.locator("img.leaflet-image-layer").get_attribute("src").startswith("data:image/png;base64,")
    assert float(opened.locator("path.leaflet-interactive").first.get_attribute("fill-opacity")) < 1
    turn(opened, 0, 1)
    assert opened.locator("img.leaflet-image-layer").count() == 0
    assert opened.faults == []


def test_a_scan_must_be_a_picture_of_a_known_floor():
    with pytest.raises(ValueError, match="PNG or JPEG"):
        drawn_page(mall(), scans={"1F": (b"GIF89a", (0, 0, 1, 1))})
    with pytest.raises(ValueError, match="9F"):
        drawn_page(mall(), scans={"9F": (DOT, (0, 0, 1, 1))})


EDGES = {
    "none": mall(0).iloc[:0],
    "one": mall(1),
    "no outline": mall(2).set_geometry([None] * 6),
    "no brand": mall(3).assign(brand=None, category=None, plan_brand=None),
}


@pytest.mark.browser
@pytest.mark.parametrize("case", EDGES)
def test_edge_cases_open_without_fault(visit, case):
    opened = visit(drawn_page(EDGES[case]))
    side = opened.inner_text(".placement-side")
    assert ("暂无可显示" in side) == (case == "none")
    assert ("缺少边界" in side) == (case == "no outline")
    assert opened.faults == []


@pytest.mark.browser
def test_on_a_phone_the_switches_are_in_reach_and_nothing_is_wider_than_the_screen(visit):
    opened = visit(drawn_page(mall(), subtitle="一个相当长的副标题" * 4, made=True), width=390, height=844)
    assert opened.is_visible(".mall-switch button") and not opened.is_visible(".placement-legend")
    assert opened.locator(".placement-head").bounding_box()["height"] < 200
    opened.locator(".placement-fold").click()
    assert opened.is_visible(".placement-figures table")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.faults == []
