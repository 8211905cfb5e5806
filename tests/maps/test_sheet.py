import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from expansion_kit import drawing
from expansion_kit.maps.sheet import (
    PAPERS,
    bar_length,
    column_widths,
    draw_list,
    draw_table,
    foot,
    head,
    marks,
    number_pages,
    paragraph,
    row_height,
    scale_bar,
    sheet,
    size_of,
    strip,
    write,
)

HOSTILE = "$x^2$ {{7*7}}</b> \u202egnp \x00 " + "店" * 300


def drawn_boxes(axes):
    """What is drawn of each text, in mm on the sheet (down is positive)."""
    renderer = FigureCanvasAgg(drawing.in_found_fonts(axes.figure)).get_renderer()
    pixels = [text.get_window_extent(renderer).extents.reshape(2, 2) for text in axes.texts if text.get_text()]
    corners = [axes.transData.inverted().transform(each) for each in pixels]
    return [shapely.box(*each.min(axis=0), *each.max(axis=0)) for each in corners]


def assert_apart(boxes):
    assert shapely.union_all(boxes).area == pytest.approx(sum(box.area for box in boxes))


def width_in_mm(axes):
    drawing.in_found_fonts(axes.figure)
    extent = axes.texts[0].get_window_extent(FigureCanvasAgg(axes.figure).get_renderer())
    return extent.width / axes.figure.dpi * 25.4


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("portrait", [True, False])
def test_a_millimetre_on_the_axes_is_one_on_paper(paper, portrait):
    axes = sheet(paper, portrait=portrait)
    (left, top), (right, bottom) = axes.transData.transform([(0, 0), (10, 10)])
    assert (right - left) / axes.figure.dpi * 25.4 == pytest.approx(10)
    assert (top - bottom) / axes.figure.dpi * 25.4 == pytest.approx(10)
    assert sorted(axes.figure.get_size_inches() * 25.4) == pytest.approx(sorted(PAPERS[paper]))


@pytest.mark.parametrize("shrink", [True, False])
def test_a_text_keeps_within_its_room_cut_or_smaller(shrink):
    axes = sheet("A4", portrait=True)
    write(axes, 10, 10, "12,345,678 a month " * 3, 12, room=30, shrink=shrink)
    assert width_in_mm(axes) <= 30
    assert axes.texts[0].get_text().endswith("…") != shrink


def test_a_text_that_fits_is_left_as_it_is():
    axes = sheet("A4", portrait=True)
    write(axes, 10, 10, "Tea", 12, room=30)
    write(axes, 10, 10, "Tea", 12, room=30, shrink=True)
    assert [(text.get_text(), text.get_size()) for text in axes.texts] == [("Tea", 12), ("Tea", 12)]


def test_marks_of_every_shape_are_about_as_large():
    """A circle of 4 mm covers 12.6 mm2; the others between half and all of the square around it."""
    axes = sheet("A4", portrait=True)
    for shape in ("circle", "square", "triangle", "diamond"):
        marks(axes, [10], [10], "#111111", shape, 4.0)
    FigureCanvasAgg(axes.figure).draw()
    for group in axes.collections:
        (matrix,), (path,) = group.get_transforms(), group.get_paths()
        points = path.to_polygons()[0] @ matrix[:2, :2].T / axes.figure.dpi * 25.4
        x, y = points.T
        area = abs((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2
        assert 9 < area < 16


def test_another_paper_is_refused_by_name():
    with pytest.raises(ValueError, match="A3, A4.*'B5'"):
        sheet("B5", portrait=False)


@pytest.mark.parametrize("paper", PAPERS)
def test_texts_of_a_table_stay_in_their_columns_and_meet_nowhere(paper):
    axes = sheet(paper, portrait=False)
    size = 8 * size_of(axes)[2]
    table = pd.DataFrame({"Name": ["An exceedingly long name that goes on and on" * 3, "茶"], "数量": ["12,345", "1"]})
    end = draw_table(axes, 20, 50, 60, table, size, sums=1)
    boxes = drawn_boxes(axes)
    assert_apart(boxes)
    assert max(box.bounds[2] for box in boxes) <= 80
    assert min(box.bounds[1] for box in boxes) >= 50 and max(box.bounds[3] for box in boxes) <= end
    assert end == pytest.approx(50 + 3 * row_height(size))


def test_figures_of_a_table_are_never_cut():
    axes = sheet("A4", portrait=False)
    table = pd.DataFrame({"Name": ["long " * 20], "rent": ["min. CNY 60,900/month"], "area": ["1,234,567.8 sqm"]})
    draw_table(axes, 20, 50, 40, table, 8, bold={0})
    texts = [text.get_text() for text in axes.texts]
    assert {"min. CNY 60,900/month", "1,234,567.8 sqm"} <= set(texts) and texts[3].endswith("…")
    assert_apart(drawn_boxes(axes))


def test_sums_and_own_rows_are_bold():
    axes = sheet("A4", portrait=False)
    table = pd.DataFrame({"x": list("abcd")})
    draw_table(axes, 20, 50, 60, table, 8, sums=1, bold={1})
    assert [text.get_text() for text in axes.texts if text.get_weight() == "bold"] == ["b", "d"]


def test_column_widths_fill_the_width_and_no_more():
    for texts in (["a", "b"], ["a" * 400, "b"], ["a" * 400, "b" * 400]):
        widths = column_widths(pd.DataFrame([texts], columns=["x", "y"]), 50, 7)
        assert sum(widths) == pytest.approx(50) and min(widths) > 0


@given(st.integers(0, 60), st.floats(-5, 150))
def test_a_list_shows_each_row_once_within_its_room(n, room):
    axes = sheet("A4", portrait=False)
    rows = pd.DataFrame({"x": [f"r{i}" for i in range(n)], "own": False})
    left = draw_list(axes, rows, 10, 20, 60, 20 + room, 7, left=1)
    shown = [text.get_text() for text in axes.texts][1:]
    assert shown + left["x"].tolist() == rows["x"].tolist()
    assert all(line.get_ydata()[0] <= 20 + room + 1e-6 for line in axes.lines)


def test_a_paragraph_keeps_within_its_width():
    axes = sheet("A4", portrait=False)
    text = "各楼层铺位按现状统计，规划另列。Areas are of the known units only. " * 4
    end = paragraph(axes, 10, 100, 50, text, 7)
    boxes = drawn_boxes(axes)
    assert max(box.bounds[2] for box in boxes) <= 61.5
    assert min(box.bounds[1] for box in boxes) >= 100 and max(box.bounds[3] for box in boxes) <= end
    assert end > 100 + 3 * 7 * 25.4 / 72


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("step", [1 / 30, 0.5, 50, 1000])
def test_the_scale_bar_is_as_long_as_it_says(step, lang):
    axes = sheet("A3", portrait=False)
    end = scale_bar(axes, 10, 10, step, 34, lang)
    number, unit = axes.texts[-1].get_text().split()
    metres = float(number) * (1000 if unit in ("km", "公里") else 1)
    assert end - 10 == pytest.approx(metres / step)
    assert metres / step <= 34


@given(st.floats(0.1, 1e5), st.floats(5, 100))
def test_a_scale_bar_is_round_and_not_much_shorter_than_it_may_be(step, most):
    length = bar_length(step, most)
    assert 0.39 * most <= length / step <= most * (1 + 1e-9)
    assert f"{length:.0e}"[0] in "125"


@pytest.mark.parametrize("paper", PAPERS)
def test_scale_and_north_stand_under_the_frame_and_meet_nowhere(paper):
    axes = sheet(paper, portrait=False)
    strip(axes, (10, 20, 150, 120), 20.0, "en")
    boxes = drawn_boxes(axes)
    assert_apart(boxes)
    assert min(box.bounds[1] for box in boxes) >= 120
    assert f"1:20,000 on {paper}" in [text.get_text() for text in axes.texts]
    (arrow,) = [patch.get_path().vertices for patch in axes.patches]
    assert arrow[arrow[:, 1].argmin()].tolist() == arrow[0].tolist()  # its tip is the uppermost: north is up


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("portrait", [True, False])
def test_head_foot_and_page_number_stand_on_the_sheet_and_meet_nowhere(paper, portrait):
    axes = sheet(paper, portrait=portrait)
    top = head(axes, HOSTILE, ["one", "", HOSTILE], made=True, lang="en")
    bottom = foot(axes, ["note", HOSTILE, HOSTILE], lang="en")
    number_pages([axes, sheet(paper, portrait=portrait)], "en")
    width, height, _ = size_of(axes)
    boxes = drawn_boxes(axes)
    assert_apart(boxes)
    assert all(shapely.box(0, 0, width, height).covers(box) for box in boxes)
    middle = [box for box in boxes if box.bounds[3] > top + 0.1 and box.bounds[1] < bottom - 0.1]
    texts = [text.get_text() for text in axes.texts]
    assert middle == [] and top < bottom
    assert {"Made-up data", "Page 1 of 2"} <= set(texts)
    assert any(text.startswith("one  ·  ") for text in texts) and r"\$x^2\$" in texts[0]


def test_a_single_sheet_has_no_number_and_what_is_not_made_up_does_not_say_so():
    axes = sheet("A4", portrait=True)
    head(axes, "T", [], made=False, lang="en")
    number_pages([axes], "en")
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["T"]


def test_the_foot_says_that_chinese_has_no_font(monkeypatch):
    axes = sheet("A4", portrait=True)
    foot(axes, [], lang="en")
    assert len(axes.texts) == 0
    monkeypatch.setattr(drawing, "font_families", lambda: ("DejaVu Sans",))
    foot(axes, [], lang="en")
    assert "fonts-noto-cjk" in " ".join(text.get_text() for text in axes.texts)


def test_long_notes_are_smaller_and_never_more_lines_than_there_is_room_for():
    sizes = []
    for notes in (["short"], ["a long note of many words"] * 40):
        axes = sheet("A4", portrait=True)
        top = foot(axes, notes, lang="en")
        sizes.append(axes.texts[0].get_size())
        assert len(axes.texts) <= 3
        assert top >= size_of(axes)[1] - 10 - 9 * 0.8
    assert sizes[1] < sizes[0]


def test_down_is_positive_for_all_that_follows_each_other():
    axes = sheet("A4", portrait=True)
    top = head(axes, "T", [], made=False, lang="en")
    below = paragraph(axes, 10, top, 100, "text", 7)
    assert np.all(np.diff([0, top, below, draw_table(axes, 10, below, 50, pd.DataFrame({"x": ["1"]}), 7)]) > 0)
