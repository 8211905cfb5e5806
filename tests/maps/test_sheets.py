import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.drawing import in_found_fonts, text_width
from expansion_kit.maps import sheets


def drawn_boxes(figure, texts):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(in_found_fonts(figure)).get_renderer()
    return [shapely.box(*text.get_window_extent(renderer).extents) for text in texts]


def test_only_known_papers():
    with pytest.raises(ValueError, match="A5"):
        sheets.sheet("A5")


@pytest.mark.parametrize("paper", sheets.PAPERS)
def test_texts_of_a_table_stay_in_their_columns_and_meet_nowhere(paper):
    figure, axes, size = sheets.sheet(paper)
    table = pd.DataFrame({"Name": ["An exceedingly long name that goes on and on" * 3, "茶"], "数量": ["12,345", "1"]})
    end = sheets.draw_table(axes, 20, 150, 60, table, 8 * size, sums=1)
    boxes = drawn_boxes(figure, axes.texts)
    assert shapely.union_all(boxes).area == pytest.approx(sum(box.area for box in boxes))
    edge = axes.transData.transform((80, 0))[0]
    assert max(box.bounds[2] for box in boxes) <= edge
    assert end == pytest.approx(150 - 3 * sheets.row_height(8 * size))


def test_column_widths_fill_the_width_and_no_more():
    for texts in (["a", "b"], ["a" * 400, "b"], ["a" * 400, "b" * 400]):
        widths = sheets.column_widths(pd.DataFrame([texts], columns=["x", "y"]), 50, 7)
        assert sum(widths) == pytest.approx(50) and min(widths) > 0


def test_a_paragraph_keeps_within_its_width():
    figure, axes, size = sheets.sheet("A4")
    text = "各楼层铺位按现状统计，规划另列。Areas are of the known units only. " * 4
    end = sheets.paragraph(axes, 10, 100, 50, text, 7)
    edge = axes.transData.transform((61.5, 0))[0]
    assert max(box.bounds[2] for box in drawn_boxes(figure, axes.texts)) <= edge
    assert end < 100 - 3 * 7 / sheets.MM


def test_holes_stay_open_in_an_outline():
    shape = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    path = sheets.outline(shape, lambda xy: xy * 2)
    assert path.get_extents().bounds == (0, 0, 20, 20)
    assert (path.codes == path.MOVETO).sum() == 2


@pytest.mark.parametrize("scale", [0.001, 0.02, 1.8, 30])
def test_the_scale_bar_is_as_long_as_it_says(scale):
    _, axes, size = sheets.sheet("A3")
    sheets.scale_bar(axes, 10, 10, scale, size)
    number, unit = axes.texts[0].get_text().split()
    metres = float(number) * (1000 if unit == "km" else 1)
    assert np.ptp(axes.lines[0].get_xdata()) == pytest.approx(metres * scale)
    assert metres * scale <= 34


def test_title_made_up_mark_and_source_stand_on_the_sheet():
    figure, axes, size = sheets.sheet("A4")
    told = {"title": "T" * 900, "subtitle": "s", "lines": ["one", "two"], "made": True}
    west, south, east, north = sheets.head_and_foot(axes, **told, size=size, lang="en")
    texts = [text.get_text() for text in axes.texts]
    assert "Made-up data" in texts and "one · two" in texts
    boxes = drawn_boxes(figure, axes.texts)
    assert shapely.union_all(boxes).area == pytest.approx(sum(box.area for box in boxes))
    assert south < north and west < east and text_width("T", 1) > 0
