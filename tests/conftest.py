import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared():
    """The folder of real data beside the project; a test that needs it is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def command():
    """
    `command("run", folder, …)` runs `expansion-kit` as a user does and gives code, stdout and stderr.

    With `wait=False` it gives the process, to be killed.
    """
    # The kernels of notebooks take the package from here as well, whichever one is installed.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}

    def run(*words, wait=True):
        line = [sys.executable, "-m", "expansion_kit", *map(str, words)]
        given = {"cwd": ROOT, "env": environment, "text": True, "encoding": "utf-8"}
        if wait:
            return subprocess.run(line, capture_output=True, timeout=300, **given)
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **given)

    return run


@pytest.fixture(scope="session")
def few():
    """
    Tables of a small city: two territories of the demo city, cut out, 46 zones in all.

    Tables are as `write_city` takes them; each call of a test works on copies.
    """
    from expansion_kit import load_city

    city = load_city(ROOT / "data" / "demo_city")
    names = ["zones", "zone_footfall", "zone_rents", "territories", "brands", "stores", "sites", "prospects", "sales"]
    tables = {name: city[name] for name in [*names, "market_sales"]}
    kept = ["T5", "T7"]
    zones = tables["zones"] = tables["zones"].query("territory_id in @kept")
    for name in ("zone_footfall", "zone_rents", "market_sales", "stores", "sites"):
        tables[name] = tables[name][tables[name]["zone_id"].isin(zones.index)]
    tables["prospects"] = tables["prospects"].query("territory_id in @kept")
    for name in ("stores", "sites", "prospects"):
        tables[name] = tables[name].drop(columns=["zone_id", "geometry"], errors="ignore")
    tables["territories"] = tables["territories"].loc[kept]
    sales = tables["sales"].query("territory_id in @kept").groupby(["territory_id", "period"])["sales"].sum()
    tables["sales"] = sales.reset_index()
    return tables


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; a test that needs it is skipped where there is none."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    # A module at a time: while it runs, Playwright holds the event loop that notebook runs need for themselves.
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, tmp_path):
    """
    `visit(html, width=1200, height=800)` opens a page with the network closed and gives the Playwright page.

    What it asked for beyond its own file, its console errors and its dialogs stand in `page.faults`.
    """
    contexts = []

    def open_page(html, *, width=1200, height=800):
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.faults = []
        own = (file.as_uri(), "data:")
        page.on("request", lambda r: None if r.url.startswith(own) else page.faults.append(f"request {r.url}"))
        page.on("console", lambda m: page.faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.faults.append(f"error {error}"))
        page.on("dialog", lambda dialog: (page.faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
