import numpy as np
import pandas as pd
import pytest

from expansion_kit import charts

OPTIONS = {"title": "Title", "source": "register", "as_of": "2025"}
RATES = pd.DataFrame(
    {"rate": [0.8, 1.0, np.nan], "low": [0.6, 0.5, np.nan], "high": [0.9, 1.0, np.nan], "few": [False, True, True]},
    index=["网站", "$x$", "none"],
).assign(closed=[20, 3, 0], signed=[16, 3, 0])
BANDS = pd.DataFrame({"foretold": [0.2, 0.8], "rate": [0.1, 0.9], "low": [0.0, 0.7], "high": [0.3, 1.0]})
TIMES = pd.DataFrame({"count": [4, 0], "median": [20.0, np.nan], "p90": [50.0, np.nan]}, index=["visit", "stock"])


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def values(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_pipeline_counts_who_came_at_least_so_far():
    figure = charts.pipeline(pd.Series({"enquiry": 50, "visit": 30, "contract": 20}), unit="prospects", **OPTIONS)
    assert values(figure) == ["100", "50 · 50%", "20 · 40%"]


def test_an_empty_pipeline_divides_by_nothing():
    figure = charts.pipeline(pd.Series({"enquiry": 0, "visit": 0}), unit="prospects", **OPTIONS)
    assert values(figure) == ["0", "0"]
    charts.png(figure)


def test_conversion_shows_share_and_counts_and_says_what_rests_on_few():
    figure = charts.conversion(RATES, **OPTIONS)
    assert values(figure) == ["80% · 16/20", "100% · 3/3", "—"]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == ["Share", "90% interval", "Few (less than ten)"]
    low, high = figure.axes[0].get_xlim()
    assert low <= 0.5 and high == 1
    sure = charts.conversion(RATES[:1].rename(columns={"closed": "reached", "signed": "passed"}), **OPTIONS)
    assert len(sure.legends[0].get_texts()) == 2


def test_days_leave_out_stages_where_nobody_stands():
    figure = charts.days_in_stage(TIMES, pd.Series({"visit": 21.0}), **OPTIONS)
    assert labels(figure) == ["visit"] and values(figure) == ["20 · n=4"]


def test_scores_of_each_kind_sum_to_one_and_missing_ones_are_left_out():
    score = pd.Series([1.0, 2.0, 3.0, 4.0, np.nan])
    signed = pd.Series([False, False, True, True, True])
    figure = charts.score_distribution(score, signed, unit="points", **OPTIONS)
    heights = np.array([bar.get_height() for bar in figure.axes[0].patches])
    assert heights[heights > 0].sum() == pytest.approx(1) and heights[heights < 0].sum() == pytest.approx(-1)


def drawn(lang):
    options = OPTIONS | {"lang": lang, "made": True}
    return [
        charts.conversion(RATES, **options),
        charts.conversion(RATES[2:], **options),
        charts.days_in_stage(TIMES, pd.Series({"visit": 21.0}), **options),
        charts.days_in_stage(TIMES[1:], pd.Series(dtype=float), **options),
        charts.calibration(BANDS.assign(prospects=10), **options),
        charts.score_distribution(pd.Series(dtype=float), pd.Series(dtype=bool), unit="分", **options),
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_chart_is_drawn_in_both_languages_also_of_nothing(lang):
    for figure in drawn(lang):
        assert charts.png(figure)
        room = figure.bbox
        boxes = [text.get_window_extent(figure.canvas.get_renderer()) for text in figure.axes[0].texts]
        assert all(box.x1 <= room.x1 + 1 for box in boxes)
