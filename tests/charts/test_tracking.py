import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from expansion_kit import charts

OPTIONS = {"title": "Title", "currency": "CNY", "source": "books", "as_of": "2026-10-31"}
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
END = {"projected_p10": 1.1e6, "projected": 1.2e6, "projected_p90": 1.3e6}


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def keys(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def boxes(figure):
    """Boxes of all that is written in the drawing, as it is drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return [text.get_window_extent(canvas.get_renderer()) for text in figure.axes[0].texts], figure.bbox


def test_attainment_marks_the_target_and_tells_short_bars_apart():
    figures = pd.DataFrame(
        {"actual_to_date": [9e5, 1.1e6, np.nan, 5e5], "target_to_date": [1e6, 1e6, 1e6, np.nan]}, list("ABCD")
    )
    figure = charts.attainment(figures, **OPTIONS)
    assert texts(figure) == ["90%", "110%", "—", "—"]
    assert keys(figure) == ["Actual, on target", "Actual, below target", "Target to date"]
    bars = figure.axes[0].patches[:4]
    assert [bar.get_width() for bar in bars] == pytest.approx([900, 1100, 0, 500])  # thousands
    assert bars[0].get_facecolor() != bars[1].get_facecolor() == bars[3].get_facecolor()
    marks = [segment[0][0] for segment in figure.axes[0].collections[0].get_segments() if len(segment)]
    assert marks[:3] == pytest.approx([1000] * 3)


def test_the_parts_of_a_gap_stand_on_their_side_and_the_point_at_their_sum():
    parts = pd.DataFrame({"coverage": [-2e6, 1e6, np.nan], "productivity": [5e5, 1e6, 1.0]}, list("ABC"))
    figure = charts.gap_split(parts, **OPTIONS)
    assert texts(figure) == ["-1,500", "+2,000", "—"]
    left = [(bar.get_x(), bar.get_width()) for bar in figure.axes[0].patches]
    assert left[0] == (0, -2000) and left[1] == (0, 1000) and left[4] == (1000, 1000)
    point = next(line for line in figure.axes[0].lines if line.get_marker() == "D")
    assert point.get_xdata().tolist() == [-1500, 2000]


def test_five_parts_have_five_names_in_both_languages():
    parts = pd.DataFrame([[1e6, -1e6, 2e6, 3e5, -1e5]], ["A"], ["asked", "outlets", "volume", "mix", "price"])
    english, chinese = (keys(charts.gap_split(parts, lang=lang, **OPTIONS)) for lang in ("en", "zh"))
    assert len(set(english)) == len(set(chinese)) == 6
    if charts.drawn_language("zh") == "zh":
        assert chinese == ["目标要求的增长", "新开与关店", "销量", "店铺结构", "价格", "差额"]


def test_the_fan_opens_from_the_last_actual_month_to_the_years_end():
    figure = charts.run_rate(pd.Series(1e5, MONTHS[:9]), pd.Series(1.1e5, MONTHS), END, **OPTIONS)
    fan = figure.axes[0].collections[0].get_paths()[0].vertices
    assert fan[:, 0].min() == 8 and fan[:, 0].max() == 11
    assert sorted({round(y) for x, y in fan if x == 11}) == [1100, 1300] and {round(y) for x, y in fan if x == 8} == {
        900
    }
    assert texts(figure) == ["91%"]


@pytest.mark.parametrize("end", [END | {"projected_p10": None, "projected_p90": None}, dict.fromkeys(END)])
def test_what_is_not_known_is_not_drawn(end):
    figure = charts.run_rate(pd.Series(1e5, MONTHS[:9]), pd.Series(1.1e5, MONTHS), end, **OPTIONS)
    assert "80 % range (P10 to P90)" not in keys(figure)
    assert ("Run rate to year end" in keys(figure)) == (end["projected"] is not None)
    charts.png(figure)


def test_a_year_that_has_just_begun_or_is_over_is_drawn():
    for months in (0, 12):
        charts.png(charts.run_rate(pd.Series(1e5, MONTHS[:months]), pd.Series(1.1e5, MONTHS), END, **OPTIONS))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_number_is_cut_off_or_covers_another(lang):
    draw = np.random.default_rng(1)
    names = [f"{place}区域名称" for place in range(20)]
    target = pd.Series(draw.uniform(1e6, 3e7, 20), names)
    actual = target * draw.uniform(0.7, 1.3, 20)
    parts = pd.DataFrame({"coverage": (actual - target) * 0.3, "productivity": (actual - target) * 0.7})
    figures = [
        charts.attainment(pd.DataFrame({"actual_to_date": actual, "target_to_date": target}), lang=lang, **OPTIONS),
        charts.gap_split(parts, lang=lang, **OPTIONS),
        charts.run_rate(pd.Series(1e5, MONTHS[:9]), pd.Series(1.1e5, MONTHS), END, lang=lang, **OPTIONS),
    ]
    for figure in figures:
        drawn, whole = boxes(figure)
        assert all(
            whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1 for box in drawn
        )
        assert not any(one.overlaps(other) for place, one in enumerate(drawn) for other in drawn[:place])
