"""
What a placement map costs beside folium's own layers: CPU of Python, size of the page, CPU and frames of the browser.

    python benchmarks/maps.py                  all of it
    python benchmarks/maps.py --only ours      one of ours, folium

CPU seconds, not wall clocks, and ratios of one run. The browser is a headless Chromium with the network closed; its
figures are left out where there is none, and for peers whose scripts no installed package holds.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import folium
import folium.plugins
import geopandas as gpd
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.ratios import doubled, told
from expansion_kit.cities import load_city
from expansion_kit.maps import linked_page, page, placement_map, placements

BRANDS = ["瑞幸咖啡", "星巴克", "古茗", "蜜雪冰城", "库迪咖啡", "霸王茶姬", "Manner", "独立咖啡"]
DEMO = Path(__file__).parent.parent / "data" / "demo_city"
FRAME = """async () => {
    const map = Object.values(window).find(v => v instanceof L.Map), waits = [], script = [];
    const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let i = 0; i < 9; i++) {
        await drawn();
        const start = performance.now();
        map.panBy([i % 2 ? -300 : 300, 0], {animate: false});
        script.push(performance.now() - start);
        await drawn();
        waits.push(performance.now() - start);
    }
    const middle = all => all.sort((a, b) => a - b)[4];
    return [middle(script), middle(waits)];
}"""
PEERS = {"Marker": (1_000, 5_000), "MarkerCluster": (1_000, 5_000), "FastMarkerCluster": (10_000, 50_000, 200_000)}
PEERS |= {"GeoJson": (1_000, 10_000)}


def stores(n):
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"lon": draw.normal(121.47, 0.08, n), "lat": draw.normal(31.23, 0.06, n)})
    brand = draw.choice(BRANDS, n)
    area = draw.integers(20, 200, n).astype(float)
    return table.assign(brand=brand, name=[f"{b}{i}号店" for i, b in enumerate(brand)], floor_area_sqm=area)


def ours(n):
    table = placements(stores(n), lang="zh")
    start = time.process_time()
    made = page(placement_map(table, title="店铺落位图", lang="zh"), name="m", lang="zh")
    return made, time.process_time() - start


def theirs(layer, n):
    """The page (folium's own where it asks for scripts that no package holds) and the CPU it took."""
    table = stores(n)
    start = time.process_time()
    drawn = folium.Map((31.23, 121.47), zoom_start=11, tiles=None, maxZoom=19)
    LAYERS[layer](table, drawn)
    try:
        made, offline = page(drawn, name="m", lang="zh"), True
    except ValueError:
        made, offline = drawn.get_root().render(), False
    return made, time.process_time() - start, offline


def markers(table, target):
    for lat, lon, name in zip(table["lat"], table["lon"], table["name"]):
        folium.Marker((lat, lon), tooltip=name, icon=folium.DivIcon()).add_to(target)


def geojson(table, target):
    points = gpd.GeoDataFrame(
        table[["name", "brand"]], geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326
    )
    colour = dict(zip(BRANDS, ["#2166AC", "#FDB863", "#004D40", "#AA3377", "#7FC97F", "#661100", "#332288", "#B79F00"]))
    folium.GeoJson(
        points,
        marker=folium.CircleMarker(radius=4, fill=True),
        style_function=lambda feature: {"color": colour[feature["properties"]["brand"]]},
        tooltip=folium.GeoJsonTooltip(["name"]),
    ).add_to(target)


LAYERS = {
    "Marker": markers,
    "MarkerCluster": lambda table, target: markers(table, folium.plugins.MarkerCluster().add_to(target)),
    "FastMarkerCluster": lambda table, target: folium.plugins.FastMarkerCluster(
        table[["lat", "lon"]].to_numpy().tolist()
    ).add_to(target),
    "GeoJson": geojson,
}


class Browser:
    """A headless Chromium without network that measures pages; `seen` is None for each where there is none."""

    def __enter__(self):
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
        self.driver = self.chromium = None
        if path:
            try:
                from playwright.sync_api import sync_playwright
            except ImportError:
                return self
            self.driver = sync_playwright().start()
            quiet = ["--no-sandbox", "--disable-gpu"]
            self.chromium = self.driver.chromium.launch(executable_path=path, args=quiet)
        return self

    def __exit__(self, *_):
        if self.chromium:
            self.chromium.close()
            self.driver.stop()

    def seen(self, html):
        """CPU seconds of the page's thread until it stands, and milliseconds of a move: script, and until drawn."""
        if not self.chromium:
            return None
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(html, encoding="utf-8")
            context = self.chromium.new_context(viewport={"width": 1200, "height": 800})
            context.set_offline(True)
            opened = context.new_page()
            opened.set_default_timeout(90_000)
            session = context.new_cdp_session(opened)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            opened.goto(file.as_uri())
            opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
            script, frame = opened.evaluate(FRAME)
            context.close()
        return metrics["TaskDuration"], script, frame


def line(name, n, python, html, seen):
    browser = f"{seen[0]:11.2f}{seen[1]:10.0f}{seen[2]:9.0f}" if seen else f"{'-':>11}{'-':>10}{'-':>9}"
    print(f"{name:32}{n:9,}{python:10.2f}{len(html.encode()) / 1e6:9.2f}{browser}", flush=True)


def beside(found):
    """Rows of the table: what Python spends on a layer of folium over what it spends on ours, of as many points."""
    cost = {n: python for (layer, n), (python, *_) in found.items() if layer == "ours"}
    grows = doubled(cost[50_000] - cost[0], cost[200_000] - cost[0], 4)
    for layer, n in (("Marker", 1_000), ("GeoJson", 10_000), ("FastMarkerCluster", 200_000)):
        (python, html, seen), (theirs, other, others) = found["ours", n], found[layer, n]
        size = f"page {len(html.encode()) / 1e6:.2f} MB against {len(other.encode()) / 1e6:.2f}"
        if seen and others:
            size += f", browser {seen[0]:.2f} s against {others[0]:.2f}"
        told(f"map of {n:,} stores", peer=f"folium {layer}", ratio=theirs / python, aim="", grows=grows, holds=size)
    pages = {n: len(html.encode()) / 1e6 for (layer, n), (_, html, _) in found.items() if layer == "ours"}
    grows, moved = doubled(pages[50_000] - pages[0], pages[200_000] - pages[0], 4), found["ours", 200_000][2]
    told(
        "size of the page, 200,000 stores",
        peer="the 8 MB allowed",
        ratio=pages[200_000] / 8,
        aim="<= 1",
        grows=grows,
        holds=f"a move takes {moved[2]:.0f} ms" if moved else "no browser here",
        right=not moved or moved[2] <= 100,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--only", choices=["ours", "folium"])
    given, found = parser.parse_args(), {}
    ours(10)  # imports and templates
    print("Aims at 200,000 points: Python 1 s beyond the empty map, page 8 MB, browser 0.5 s, a move 100 ms")
    print(f"{'layer':32}{'points':>9}{'Python s':>10}{'page MB':>9}{'browser s':>11}{'move ms':>10}{'frame ms':>9}")
    with Browser() as browser:
        if given.only in (None, "ours"):
            for n in (0, 1_000, 10_000, 50_000, 200_000):
                runs = [ours(n) for _ in range(3)]
                html, python = runs[0][0], statistics.median(cpu for _, cpu in runs)
                found["ours", n] = python, html, browser.seen(html)
                line("placement_map", n, *found["ours", n])
        if given.only in (None, "folium"):
            for layer, sizes in PEERS.items():
                for n in sizes:
                    html, python, offline = theirs(layer, n)
                    found[layer, n] = python, html, browser.seen(html) if offline else None
                    line(f"folium {layer}", n, *found[layer, n])
    if given.only is None:
        beside(found)
    empty = page(folium.Map((31.23, 121.47), tiles=None), name="m", lang="zh")
    city = load_city(DEMO)
    table = placements(city["stores"], city["sites"], own_brand=city.own_brand, lang="zh")
    drawn = placement_map(table, title=city.name, lang="zh", basemap=city.get("basemap"), zones=city["zones"])
    linked, shared = linked_page(drawn, name="m", lang="zh")
    folder = sum(len(text.encode()) for text in shared.values())
    print(f"\nempty map {len(empty.encode()) / 1e3:.0f} kB (aim 260); demo city", end=" ")
    print(f"{len(page(drawn, name='m', lang='zh').encode()) / 1e3:.0f} kB (aim 600),", end=" ")
    print(f"as a linked page {len(linked.encode()) / 1e3:.0f} kB beside {folder / 1e3:.0f} kB that all maps share")


if __name__ == "__main__":
    main()
