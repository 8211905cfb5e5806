"""
Two notebooks in JupyterLab as a newcomer opens them: a fresh account, in Chromium, no other machine to be reached.

All six: benchmarks/notebooks_in_lab.py.
"""

import re

import pytest

from benchmarks import notebooks_in_lab as bench
from expansion_kit import charts

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HAN = re.compile(r"[\u4e00-\u9fff]{2}")
TOFU = """() => {
    const seen = letter => {
        const canvas = document.createElement('canvas'), pen = canvas.getContext('2d')
        pen.font = '40px ' + getComputedStyle(document.querySelector('.jp-RenderedHTMLCommon')).fontFamily
        pen.fillText(letter, 5, 60)
        return canvas.toDataURL()
    }
    return new Set([...'店铺落位图'].map(seen)).size
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    folder = tmp_path_factory.mktemp("lab")
    with bench.lab(folder, "zh") as address:
        yield address, folder


@pytest.mark.parametrize("number", [2, 6])
def test_a_newcomer_opens_a_notebook_and_runs_all_cells(browser, lab, number):
    address, folder = lab
    with bench.opened(browser, address(number)) as page:
        cells = bench.run_all(page)
        outputs = [output for cell in cells for output in cell["outputs"]]
        assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))
        assert not [output for output in outputs if bench.is_fault(output)]
        assert HAN.search("".join("".join(output.get("text", "")) for output in outputs))
        bench.scroll(page)
        shown = page.evaluate(bench.PICTURES)
        assert len(shown) == len(bench.pictures_of(cells)) >= 2
        assert all(own >= 250 and 250 <= wide <= 800 for own, wide in shown)
        if charts.drawn_language("zh") == "zh":  # a font for Chinese is there: each sign has a shape of its own
            assert page.evaluate(TOFU) == 5
        if number == 2:
            assert_a_map_is_seen(page)
        assert page.locator("text=/Jupyter news/").count() == 0
        assert page.faults == []
        bench.leave(page)
    assert bench.asked(folder / "account") == []


def assert_a_map_is_seen(page):
    held = page.locator(".jp-OutputArea iframe")
    assert held.count() == 1
    held.scroll_into_view_if_needed()
    box = held.bounding_box()
    assert box["width"] > 600 and box["height"] == 560
    inside = held.content_frame
    inside.locator(".leaflet-container canvas, .leaflet-container svg").first.wait_for(state="attached")
    whole = inside.locator(".leaflet-container").bounding_box()
    assert whole["width"] > 600 and whole["height"] > 500
    assert inside.locator(".leaflet-marker-pane > *").count() > 0
    assert HAN.search(inside.locator("body").inner_text())
