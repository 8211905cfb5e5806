"""A manager's view: Voila shows a notebook's results without code, offline, and its sliders move."""

import os

import nbformat
import pytest

from benchmarks import notebooks_in_lab as bench

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# The panel of notebook 3 on two sites; the notebook itself is run by nbval and takes too long to be opened here.
PANEL = """
import pandas as pd
from IPython.display import display
from expansion_kit import panels
criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 10, "weight": [0.7, 0.3]}, index=["sales", "flow"])
sites = pd.DataFrame({"sales": [9.0, 3.0], "flow": [1.0, 9.0]}, index=["S1", "S2"])
names = pd.Series({"S1": "滨江店", "S2": "火车站店"})
labels = {"sales": "预计销售额", "flow": "人流量"}
display(panels.site_sliders(sites, criteria, names=names, labels=labels, lang="zh", draws=200))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Address of Voila over one notebook, and the folder of its account."""
    pytest.importorskip("voila", reason="Voila is not installed")
    folder = tmp_path_factory.mktemp("voila")
    cells = [nbformat.v4.new_markdown_cell("# Sites · 候选点"), nbformat.v4.new_code_cell(PANEL)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "sites.ipynb")
    own = bench.closed(folder / "account")
    own |= {"JUPYTER_PATH": str(bench.ROOT / "notebooks" / ".jupyter")}
    with bench.server(["voila", "sites.ipynb", "--no-browser", "--template=offline"], folder, own) as address:
        yield address, folder / "account"


@pytest.mark.parametrize("width", [1200, 390])
def test_a_manager_sees_results_without_code_and_moves_a_slider(browser, shown, width):
    address, account = shown
    with bench.opened(browser, address, width=width) as page:
        page.locator(".noUi-handle").first.wait_for(timeout=90_000)
        assert page.locator("text=滨江店").count() and "import pandas" not in page.inner_text("body")
        first = page.locator("tbody tr td").nth(1)
        assert first.inner_text() == "滨江店"
        page.locator(".noUi-handle").first.focus()
        for _ in range(8):
            page.keyboard.press("PageDown")
        page.wait_for_function("document.querySelectorAll('tbody tr td')[1].innerText === '火车站店'", timeout=30_000)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if "LOOK" in os.environ:
            page.screenshot(path=f"{os.environ['LOOK']}/voila_{width}.png")
        assert not [fault for fault in page.faults if "request " in fault or "error" in fault.lower()]
    assert bench.asked(account) == []
