import io

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit import drawing
from expansion_kit.maps.floor_units import floor_units
from expansion_kit.maps.mall_floor_printed import floor_sheets

HOSTILE = ["$x^2$", "{{7*7}}", "<b>", "a\nb", "\u202egnp", "\x00\x01", "𓀀", "\\frac{1}{2}", "x" * 2000]


def mall(n=6, *, floors=1):
    units = [
        {
            "unit_id": f"{f}-{i:03d}",
            "floor": f"{f}F",
            "brand": f"品牌{i}" if i % 5 else None,
            "category": ["餐饮", "零售"][i % 2],
            "floor_area_sqm": 90.0,
            "rent_sqm_day": 8.5,
            "geometry": shapely.box(9 * (i % 10), 14 * (i // 10), 9 * (i % 10) + 9, 14 * (i // 10) + 10),
        }
        for f in range(1, floors + 1)
        for i in range(n)
    ]
    return gpd.GeoDataFrame(pd.DataFrame(units).assign(mall="M").set_index("unit_id"), geometry="geometry")


def sheets_of(table, *, lang="zh", **options):
    units = floor_units(table, own_brand="品牌1", lang=lang)
    return floor_sheets(units, title="楼层", lang=lang, own_brand="品牌1", currency="CNY", **options)


def texts(figure):
    return [text for text in figure.axes[0].texts if text.get_text()]


def drawn_boxes(figure, shown):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    return [shapely.box(*text.get_window_extent(renderer).extents) for text in shown]


def outlines(figure):
    """The units on the sheet in pixels."""
    axes = figure.axes[0]
    paths = [patch.get_path() for patch in axes.patches if patch.get_linewidth() in (0.6, 0.7)]
    return [shapely.Polygon(axes.transData.transform(path.vertices)) for path in paths if len(path.vertices) == 5]


def test_a_sheet_a_floor_and_more_for_a_long_list():
    assert len(sheets_of(mall(floors=3))) == 3
    many = sheets_of(mall(90))
    assert len(many) > 1
    listed = [t.get_text() for figure in many for t in texts(figure)]
    assert {f"1-{i:03d}" for i in range(90)} <= set(listed)


@pytest.mark.parametrize("paper", ["A3", "A4"])
@pytest.mark.parametrize("n", [3, 24, 90])
def test_labels_lie_inside_their_units_and_no_two_texts_overlap(paper, n):
    table = mall(n).assign(plan_brand=[None, "品牌9"] * (n // 2) + [None] * (n % 2))
    figure = sheets_of(table, paper=paper)[0]
    labels = [text for text in texts(figure) if text.get_gid() == "label"]
    inside = outlines(figure)
    assert len(labels) >= 2 * n
    lines = drawn_boxes(figure, labels)
    for line in lines:
        assert any(unit.buffer(1).covers(shapely.box(*line.bounds)) for unit in inside)
    others = drawn_boxes(figure, [text for text in texts(figure) if text.get_gid() != "label"])
    assert shapely.union_all(others).area == pytest.approx(sum(box.area for box in others), rel=1e-6)
    assert not shapely.union_all(others).intersects(shapely.union_all([line.buffer(-1) for line in lines]))


def test_now_and_plan_stand_both_there_and_once_where_nothing_is_planned():
    assert {"现状", "规划"}.isdisjoint(t.get_text() for t in texts(sheets_of(mall())[0]))
    figure = sheets_of(mall().assign(plan_brand=["品牌1", *[None] * 5]))[0]
    shown = [t.get_text() for t in texts(figure)]
    assert {"现状", "规划", "→ 品牌1"} <= set(shown)
    own = [patch for patch in figure.axes[0].patches if patch.get_linewidth() == 2.6]
    assert len(own) == 1 + 2  # one unit now, two as planned


def test_same_bytes_and_fonts_as_outlines():
    one, two = (drawing.pdf(sheets_of(mall()), title="x") for _ in range(2))
    assert one == two and b"/Type3" in one and b"CreationDate" not in one
    assert drawing.png(sheets_of(mall())[0]) == drawing.png(sheets_of(mall())[0])


def test_hostile_names_are_drawn_as_letters_only():
    table = mall(len(HOSTILE)).assign(brand=HOSTILE, category=HOSTILE, plan_brand=HOSTILE[::-1])
    table["floor"] = " ".join(HOSTILE)
    units = floor_units(table, own_brand=HOSTILE[0], lang="en")
    joined = " ".join(HOSTILE)
    told = {"subtitle": joined, "as_of": joined, "source": joined, "own_brand": HOSTILE[0], "currency": "CNY"}
    pages = floor_sheets(units, title=joined, lang="en", **told)
    assert drawing.pdf(pages)[:5] == b"%PDF-"
    shown = " ".join(t.get_text() for page in pages for t in texts(page))
    assert r"\$x^2\$" in shown and "{{7*7}}" in shown and "<b>" in shown


def test_a_scan_lies_under_the_units():
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (60, 30), "#88aacc").save(made, "JPEG")
    scans = {"1F": (made.getvalue(), (-5, -5, 60, 20))}
    figure = sheets_of(mall(), scans=scans)[0]
    (image,) = figure.axes[0].images
    assert image.get_zorder() < 1
    assert figure.axes[0].get_xlim() == (0, 420)
    assert drawing.pdf([figure]) == drawing.pdf(sheets_of(mall(), scans=scans))


def test_without_a_font_for_chinese_the_sheet_is_in_english(monkeypatch):
    monkeypatch.setattr(drawing, "CHINESE_FAMILIES", ())
    try:
        drawing.font_families.cache_clear()
        shown = {t.get_text() for t in texts(sheets_of(mall())[0])}
        assert "Mix and vacancy" in shown and not any("业态" in text for text in shown)
    finally:
        monkeypatch.undo()
        drawing.font_families.cache_clear()


@pytest.mark.parametrize("table", [mall(1).iloc[:0], mall(1), mall(2).set_geometry([None, None])])
def test_edge_cases_are_drawn(table):
    assert drawing.pdf(sheets_of(table))[:5] == b"%PDF-"
