import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from expansion_kit import drawing
from expansion_kit.maps.sheet import PAPERS, marks, sheet, write


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
