import io
import math
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from expansion_kit import geo
from expansion_kit.maps import page, placement_map, placements
from expansion_kit.maps.tiles import mainland_rings, tile_sources

LON, LAT = 121.4737, 31.2304  # People's Square, Shanghai
OWN = {"url": "tiles/{z}/{x}/{y}.png", "attribution": "drawn for the test", "datum": "gcj02"}


def tile_pixel(lon, lat, zoom):
    """Pixel of the whole world's picture at a zoom, as every server of such tiles counts."""
    world, angle = 256 * 2**zoom, math.radians(lat)
    return (lon + 180) / 360 * world, (1 - math.asinh(math.tan(angle)) / math.pi) / 2 * world


def disc(x, y):
    """A tile with a red disc of 6 pixels around (x, y), its edge soft, so that its middle is where it should be."""
    rows, columns = np.mgrid[0:256, 0:256] + 0.5
    ink = np.clip(6.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
    picture = Image.fromarray((255 - ink * [0, 255, 255]).astype(np.uint8))
    saved = io.BytesIO()
    picture.save(saved, "PNG")
    return saved.getvalue()


BLANK = disc(-99, -99)


def draw_tiles(folder, lon, lat, zooms):
    """What a server in GCJ-02 would send around a point, the point itself drawn in."""
    east, north = (float(value) for value in geo.convert(lon, lat, "wgs84", "gcj02"))
    for zoom in zooms:
        x, y = tile_pixel(east, north, zoom)
        for column in range(int(x // 256) - 6, int(x // 256) + 7):
            for row in range(int(y // 256) - 5, int(y // 256) + 6):
                path = folder / "tiles" / str(zoom) / str(column) / f"{row}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                near = abs(x / 256 - column - 0.5) < 1 and abs(y / 256 - row - 0.5) < 1
                path.write_bytes(disc(x - 256 * column, y - 256 * row) if near else BLANK)


def tiled_page(**options):
    stores = pd.DataFrame({"brand": ["A"], "lon": [LON], "lat": [LAT]})
    drawn = placement_map(placements(stores, lang="zh"), title="T", lang="zh", tiles=OWN, **options)
    return page(drawn, name="m", lang="zh")


def red_middle(opened):
    """Where in the window the disc stands."""
    shot = np.asarray(Image.open(io.BytesIO(opened.screenshot())).convert("RGB")).astype(float)
    red = shot[..., 0] - shot[..., 1]
    red[:, 930:] = 0  # the panel
    assert red.max() > 100, "the disc is not in the window"
    rows, columns = np.mgrid[0 : red.shape[0], 0 : red.shape[1]] + 0.5
    weight = np.where(red > 20, red, 0)
    return (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()


@pytest.mark.browser
@pytest.mark.parametrize("east, south", [(0, 0), (-420, -180), (280, 240)])
def test_a_point_of_shanghai_stands_within_a_pixel_of_its_shifted_tile(visit, tmp_path, east, south):
    draw_tiles(tmp_path, LON, LAT, range(15, 19))
    opened = visit(tiled_page())
    opened.evaluate("window.shown = Object.values(window).find(v => v instanceof L.Map)")
    opened.evaluate("Object.values(shown._layers).filter(l => l instanceof L.PlacementPoints).forEach(l => l.remove())")
    for zoom in range(15, 19):
        opened.evaluate(f"shown.setView([{LAT}, {LON}], {zoom}, {{animate: false}})")
        opened.evaluate(f"shown.panBy([{-east}, {-south}], {{animate: false}})")
        opened.wait_for_function("Array.from(document.querySelectorAll('img.leaflet-tile')).every(t => t.complete)")
        opened.wait_for_timeout(400)  # tiles fade in
        drawn_at = f"shown.project([{LAT}, {LON}]).subtract(shown.getPixelOrigin()).add(shown._getMapPanePos())"
        spot = opened.evaluate(f"(p => [p.x, p.y])({drawn_at})")  # where a dot stands; Leaflet rounds pins only
        assert math.dist(red_middle(opened), spot) <= 1, f"zoom {zoom}"
    assert all("/tiles/" in fault for fault in opened.faults)


@pytest.mark.browser
def test_without_the_shift_the_same_tiles_would_be_off_by_hundreds_of_metres(visit, tmp_path):
    draw_tiles(tmp_path, LON, LAT, [16])
    opened = visit(tiled_page().replace('"datum":"gcj02"', '"datum":"wgs84"'))
    opened.evaluate("window.shown = Object.values(window).find(v => v instanceof L.Map)")
    opened.evaluate(f"shown.setView([{LAT}, {LON}], 16, {{animate: false}})")
    opened.wait_for_timeout(800)
    assert math.dist(red_middle(opened), (600, 400)) > 150


@pytest.mark.browser
def test_the_page_shifts_as_geo_does(visit):
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(70, 140, 400), rng.uniform(15, 55, 400)
    lon[:3], lat[:3] = [114.17, 113.55, 114.06], [22.32, 22.19, 22.54]  # Hong Kong, Macau, Shenzhen
    opened = visit(tiled_page())
    code = """([rings, points]) => points.map(p => {
        const at = L.latLng(p[1], p[0]), moved = Placement.gcj.inside(at, rings) ? Placement.gcj.add(at) : at;
        const back = Placement.gcj.undo(Placement.gcj.add(at));
        return [moved.lng, moved.lat, back.lng - at.lng, back.lat - at.lat];
    })"""
    found = np.array(opened.evaluate(code, [mainland_rings(), np.c_[lon, lat].tolist()]))
    assert 100 < geo.inside_mainland(lon, lat).sum() < 300
    assert np.abs(found[:, :2] - np.c_[geo.convert(lon, lat, "wgs84", "gcj02")]).max() < 1e-9
    assert np.abs(found[:, 2:]).max() < 1e-9


@pytest.mark.browser
def test_tiles_never_leave_a_gap_between_them(visit, tmp_path):
    draw_tiles(tmp_path, LON, LAT, [16])
    opened = visit(tiled_page())
    opened.evaluate("window.shown = Object.values(window).find(v => v instanceof L.Map)")
    opened.evaluate(f"shown.setView([{LAT}, {LON}], 16, {{animate: false}})")
    boxes = opened.evaluate(
        "Array.from(document.querySelectorAll('img.leaflet-tile'), t => [t.src, t.getBoundingClientRect().toJSON()])"
    )
    placed = {tuple(map(int, re.search(r"(\d+)/(\d+)\.png", src).groups())): box for src, box in boxes}
    neighbours = 0
    for (x, y), box in placed.items():
        if (x + 1, y) in placed:
            neighbours += 1
            assert -1.5 <= placed[x + 1, y]["left"] - box["right"] <= 0
        if (x, y + 1) in placed:
            assert -1.5 <= placed[x, y + 1]["top"] - box["bottom"] <= 0
    assert neighbours > 3


def test_a_page_without_tiles_asks_nobody_and_one_with_tiles_says_whose_they_are():
    stores = pd.DataFrame({"brand": ["A"], "lon": [LON], "lat": [LAT]})
    table = placements(stores, lang="zh")
    for name in ("osm", "amap", "tianditu"):
        drawn = placement_map(table, title="T", lang="zh", tiles=name, tile_key="k&1")
        made = page(drawn, name="m", lang="zh")
        assert tile_sources(name, key="k", lang="zh")[0]["attribution"] in made
        assert "需联网加载" in made
    assert "PlacementTiles" not in page(placement_map(table, title="T", lang="zh"), name="m", lang="zh")


def test_tianditu_is_two_layers_with_the_key_of_the_user_and_nothing_of_ours():
    streets, names = tile_sources("tianditu", key="a/b&c", lang="en")
    assert "LAYER=vec" in streets["url"] and "LAYER=cva" in names["url"]
    assert streets["url"].endswith("&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=a%2Fb%26c")
    assert streets["url"].startswith("https://t{s}.tianditu.gov.cn/vec_w/wmts?")
    assert [source["datum"] for source in (streets, names)] == ["wgs84", "wgs84"]
    with pytest.raises(ValueError, match="key"):
        tile_sources("tianditu", lang="en")


@pytest.mark.parametrize(
    "tiles, said",
    [
        ("baidu", "osm, tianditu, amap"),
        ({**OWN, "datum": "bd09"}, "BD-09"),
        ({**OWN, "datum": "wgs72"}, "wgs84 or gcj02"),
        ({"url": OWN["url"]}, "attribution.*datum"),
        ({**OWN, "colour": "red"}, "colour"),
        ({**OWN, "url": "https://t/{x}/{y}.png"}, "{z}"),
        ({**OWN, "url": "javascript:{z}{x}{y}"}, "http"),
        ({**OWN, "link": "javascript:alert(1)"}, "http"),
    ],
)
def test_tiles_that_cannot_lie_right_are_refused_with_the_reason(tiles, said):
    with pytest.raises(ValueError, match=said):
        tile_sources(tiles, lang="en")
