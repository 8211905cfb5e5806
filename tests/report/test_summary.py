import io
import itertools

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from expansion_kit import charts, drawing
from expansion_kit.report.summary import PIXELS, summary

LONG = {
    "zh": "租金（元/㎡/月）最高的是 大通社区 (621)、枫林社区 (611)；最低的是 龙泉花园 (69.4)、安居花园 (70.3)。" * 3,
    "en": "Market potential a month (CNY/month) is highest in Yongle (344,352) and lowest in Linjiang (30,274). " * 4,
}


@pytest.fixture(scope="module")
def zones():
    boxes = [shapely.box(x * 1000, y * 1000, x * 1000 + 1000, y * 1000 + 1000) for x in range(12) for y in range(9)]
    return gpd.GeoDataFrame(geometry=boxes, index=[f"Z{n}" for n in range(108)], crs=32652)


def told(text="一句话", lang="zh", **rest):
    return {
        "title": text,
        "subtitle": text,
        "lang": lang,
        "made": True,
        "facts": [{"label": text, "value": 17103 * 10**n, "unit": "家"} for n in range(5)]
        + [{"label": text, "value": text, "unit": text}],
        "findings": [text] * 5,
        "heading": text,
        "unit": "元/月",
        "values": pd.Series(range(108), index=[f"Z{n}" for n in range(108)], dtype=float) * 1e4,
        "names": pd.Series(text, index=[f"Z{n}" for n in range(108)]),
        "assumed": [text],
        "missing": {text: text},
        "source": text,
        "as_of": "2026-10",
    } | rest


def boxes(figure):
    """Where each text of the page is drawn, in pixels; the numbers on the map are texts of its axes and stay out."""
    data = charts.png(figure)
    renderer = figure.canvas.get_renderer()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size[0] == PIXELS
    return [(text.get_text(), text.get_window_extent(renderer)) for text in figure.texts if text.get_text()]


def check(figure):
    drawn = boxes(figure)
    for text, box in drawn:
        assert box.x0 >= 0 and box.x1 <= PIXELS and box.y0 >= 0 and box.y1 <= figure.bbox.height, text
    for (one, a), (other, b) in itertools.combinations(drawn, 2):
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) <= 1 or min(a.y1, b.y1) - max(a.y0, b.y0) <= 1
        assert apart, (one, other)
    return drawn


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("times", [0, 1, 40])
def test_no_text_covers_another_or_leaves_the_page(zones, lang, times):
    text = LONG[lang] * times or "字"
    figure = summary(**told(text, lang, zones=zones))
    check(figure)
    assert figure.bbox.height <= (2200 if times == 0 else 2600)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_five_long_findings_leave_room_for_the_map(zones, lang):
    page = summary(**told("Lan", lang, zones=zones, findings=[LONG[lang]] * 5))
    assert page.bbox.height <= 2201 and page.axes[0].get_window_extent().height >= 300


@settings(max_examples=15)
@given(st.text(max_size=200))
def test_any_text_keeps_its_place(text):
    check(summary(**told(text)))


@pytest.mark.parametrize("text", ["$x$", r"$\frac{1}$", "W" * 200, "${alert(1)}", "\\" * 60 + "$", "a\x00b"])
def test_hostile_texts_are_only_texts(zones, text):
    check(summary(**told(text, zones=zones)))


def test_a_dollar_is_drawn_as_a_dollar(zones):
    shown = [text for text, _ in boxes(summary(**told("$x$", "en", zones=zones)))]
    assert shown.count(r"\$x\$") >= 12


def test_the_page_tells_what_it_was_given(zones):
    values = pd.Series({"Z1": 5e4, "Z2": 9e4, "Z3": None, "Z4": 7e4})
    names = pd.Series({"Z1": "North", "Z2": "South", "Z4": None})
    page = summary(**told("Lan", "en", values=values, names=names, zones=zones, missing=["sensors"]))
    shown = [text for text, _ in boxes(page)]
    ranked = [text for text in shown if text in ("South", "Z4", "North")]
    assert ranked == ["South", "Z4", "North"]
    assert {"90,000", "70,000", "50,000", "Lan (元/月)", "No data (105)"} <= set(shown)
    assert "Not in the data: sensors" in shown and "Source: Lan · as of 2026-10" in shown
    assert any("Made-up data" in text for text in shown)
    assert not any("Made-up" in text for text, _ in boxes(summary(**told("Lan", "en", made=False))))


def test_the_numbers_on_the_map_stand_on_the_best_zones_and_not_on_one_another(zones):
    values = pd.Series({"Z50": 9.0, "Z0": 7.0, "Z51": 8.0, "Z59": 6.0, "Z60": 5.0, "Z100": 1.0})
    page = summary(**told("Lan", "en", values=values, names=None, zones=zones))
    charts.png(page)
    renderer = page.canvas.get_renderer()
    numbers = [text for text in page.axes[0].texts if text.get_text() in "12345"]
    assert [text.get_text() for text in numbers] == ["1", "2", "3", "4", "5"]
    spots = [tuple(zones.geometry[which].centroid.coords[0]) for which in values.index[[0, 2, 1, 3, 4]]]
    assert [text.xy for text in numbers] == spots
    circles = [text.get_bbox_patch().get_window_extent(renderer) for text in numbers]
    for a, b in itertools.combinations(circles, 2):
        far = ((a.x0 + a.x1 - b.x0 - b.x1) ** 2 + (a.y0 + a.y1 - b.y0 - b.y1) ** 2) ** 0.5 / 2
        assert far >= 0.9 * a.width


def test_numbers_of_cells_side_by_side_stay_near_them(zones):
    small = zones.set_geometry(zones.scale(0.2, 0.2, origin=(0, 0))).iloc[[50, 51, 52, 59, 60]]
    far = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 50, 50), shapely.box(30e3, 20e3, 30050, 20050)], crs=32652)
    near = pd.concat([small, far.set_index(pd.Index(["A", "B"]))])
    values = pd.Series([9.0, 8, 7, 6, 5, 1, 1], index=near.index)
    page = summary(**told("Lan", "en", values=values, names=None, zones=near, as_of="2024-06 to 2026-10"))
    charts.png(page)
    numbers = [text for text in page.axes[0].texts if text.get_text() in "12345"]
    assert max((text.xyann[0] ** 2 + text.xyann[1] ** 2) ** 0.5 for text in numbers) <= 2.5 * 14
    assert not page.axes[0].get_xlabel()
    assert any("2024-06 to 2026-10" in text.get_text() for text in page.texts)


def test_what_is_assumed_is_not_called_assumed_twice():
    shown = [text.get_text() for text in summary(**told(assumed=["年增长率（假设）"])).texts]
    assert "假设值（请核实）：年增长率" in shown


def test_without_zones_or_values_the_page_leaves_them_out(zones):
    page = summary(**told("Lan", "en", values=None))
    assert not page.axes and "Findings" in [text for text, _ in check(page)]
    nothing = summary(**told("Lan", "en", values=pd.Series([None], index=["Z1"], dtype=float), zones=zones))
    assert not nothing.axes and "No place has a figure." in [text for text, _ in check(nothing)]


def test_without_a_chinese_font_the_page_speaks_english_and_says_so(monkeypatch):
    monkeypatch.setattr(drawing, "font_families", lambda: ("DejaVu Sans",))
    monkeypatch.setattr("expansion_kit.report.summary.font_families", lambda: ("DejaVu Sans",))
    shown = " ".join(text for text, _ in check(summary(**told("星巴克 Starbucks", "zh"))))
    assert "Findings" in shown and "星" not in shown and "fonts-noto-cjk" in shown


def test_the_same_page_gives_the_same_bytes(zones):
    assert charts.png(summary(**told(zones=zones))) == charts.png(summary(**told(zones=zones)))


def test_too_much_for_a_phone_and_degrees_are_refused(zones):
    with pytest.raises(ValueError, match="6 facts, but there are 7"):
        summary(**told(facts=[{"label": "a", "value": 1}] * 7))
    with pytest.raises(ValueError, match="5 findings"):
        summary(**told(findings=["a"] * 6))
    with pytest.raises(ValueError, match="metres"):
        summary(**told(zones=zones.set_crs(4326, allow_override=True)))
    with pytest.raises(ValueError, match="'fr'"):
        summary(**told(lang="fr"))
