import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: the machine may be busy. In CI the same examples each time, so that a red run can be repeated.
settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("here")

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


SQUARE = [[0, 0], [0.02, 0], [0.02, 0.02], [0, 0.02], [0, 0]]


def _zone(name, column, row, population):
    ring = [[round(121.40 + column * 0.02 + x, 4), round(31.20 + row * 0.02 + y, 4)] for x, y in SQUARE]
    properties = {"zone_id": name, "population": population}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def small_city():
    """
    `small_city(lang="en")` gives the files of a small healthy city as texts by name; `city.toml` among them.

    Four square zones, three stores (two own), four sites, two stations, one school; sales, rents, brands, prospects.
    """

    def files(lang="en"):
        zones = [_zone(f"Z{n}", (n - 1) % 2, (n - 1) // 2, 1000 * n) for n in range(1, 5)]
        lines = ",\n".join(json.dumps(zone) for zone in zones)
        about = 'name = "小城"\ncountry = "CN"\ncurrency = "CNY"\nown_brand = "Ours"\ndatum = "wgs84"\n'
        tables = {
            "zones.geojson": '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n",
            "stores.csv": "store_id,brand,name,lon,lat,opened\nA1,Ours,One,121.41,31.21,2024-05-01\n"
            "A2,Ours,Two,121.43,31.21,2024-06-01\nA3,Rival,Three,121.41,31.23,\n",
            "sites.csv": "site_id,lon,lat,name,rent_month,turnover_rate\nS1,121.41,31.21,North,20000,0.1\n"
            "S2,121.43,31.21,South,18000,0.18\nS3,121.41,31.23,East,15000,\nS4,121.43,31.23,West,,0.2\n",
            "sales.csv": "store_id,period,sales\nA1,2026-12,1000\nA1,2027-01,1100\nA2,2027-01,900\n",
            "zone_rents.csv": "zone_id,rent_sqm_month,sample_size\nZ1,300,12\nZ2,280,7\n",
            "stations.csv": "place_id,lon,lat,name\nP1,121.41,31.22,Main\nP2,121.43,31.22,Park\n",
            "generators.csv": "place_id,lon,lat,kind\nG1,121.42,31.22,school\n",
            "brands.csv": "brand,own,rival\nOurs,yes,no\nRival,no,yes\n",
            "prospects.csv": "prospect_id,stage,name\nC1,enquiry,王小明\nC2,visit,李四\n",
        }
        about += f'language = "{lang}"\n'
        for name in tables:
            about += f'\n[tables.{name.partition(".")[0]}]\nfile = "{name}"\nsource = "test"\nmethod = "simulated"\n'
        return {"city.toml": about} | tables

    return files


@pytest.fixture
def put(tmp_path):
    """`put(files)` writes texts (UTF-8) and bytes into a new folder and gives it."""

    def write(files, name="city"):
        folder = tmp_path / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return folder

    return write
