import pytest

from expansion_kit.maps import page
from expansion_kit.maps.layers import own_text
from expansion_kit.maps.screen import empty_map, panel_texts, point_texts, source_lines


def test_what_is_not_known_is_not_said():
    assert source_lines("", "", "en") == []
    assert source_lines("2026-10-31", "survey", "en") == ["As of 2026-10-31", "Source: survey"]
    assert source_lines("", "实地调查", "zh") == ["数据来源：实地调查"]


def test_an_empty_map_asks_for_nothing_and_lies_in_the_middle_of_its_bounds():
    drawn = empty_map([[30.0, 120.0], [31.0, 122.0]], "<b>T</b>")
    html = page(drawn, name="m", lang="en")
    assert drawn.location == [30.5, 121.0] and "<title>&lt;b&gt;T&lt;/b&gt;</title>" in html
    assert "<script src" not in html and len(html) <= 260_000


def test_options_take_the_place_of_the_usual_ones():
    drawn = empty_map(None, "T", crs="Simple", zoom_start=0, maxZoom=8)
    assert drawn.location == [0.0, 0.0]
    assert (drawn.options["maxZoom"], drawn.options["zoom"], drawn.crs) == (8, 0, "Simple")
    assert empty_map(None, "T").options["maxZoom"] == 19


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_text_of_the_panel_is_asked_for_by_a_script(lang):
    scripts = "".join(own_text(name) for name in ("panel.js", "measure.js", "points.js", "shared.js", "pins.js"))
    for name in {**panel_texts(lang), **point_texts(lang)}:
        assert f"texts.{name}" in scripts
