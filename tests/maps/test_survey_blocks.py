import numpy as np
import pandas as pd
import pytest

from expansion_kit.maps.survey import in_order, survey_stops
from expansion_kit.maps.survey_blocks import form_pages, leg

STORES = pd.DataFrame(
    {
        "brand": ["Rice", "Soup"],
        "lon": [121.41, 121.42],
        "lat": [31.2, 31.2],
        "floor_area_sqm": [46.5, np.nan],
        "rent_sqm_day": [7.25, np.nan],
        "rent_month": [np.nan, 18000.0],
        "turnover_rate": [0.125, np.nan],
        "status": ["open", None],
    },
    index=["A", "B"],
)
WAY = pd.DataFrame({"stop": [1, 2], "minutes": [np.nan, 12.4], "km": [np.nan, 0.99]}, index=["A", "B"])


def texts(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def pages(paper="A4", lang="en"):
    told = {"title": "Round", "made": True, "lang": lang}
    stops = survey_stops({"stores": STORES}, ids=["A", "B"])
    return [axes.figure for axes in form_pages(paper, in_order(stops, WAY), told, "CNY")]


def test_what_is_known_stands_in_its_field_and_what_is_not_stays_empty():
    (page,) = pages()
    drawn = texts(page)
    for known in ("46.5", "7.25/m²/day", "18,000/month", "12.5 %", "open"):
        assert drawn.count(known) == 1
    assert "nan" not in " ".join(drawn).lower()
    assert "None" not in drawn


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_field_of_a_survey_is_there_for_each_stop(lang):
    (page,) = pages(lang=lang)
    drawn = texts(page)
    heads = {
        "en": ["Name", "Brand", "Area (m²)", "Floor", "Frontage (m)", "Commission (%)", "Deposit (months)"],
        "zh": ["店名/名称", "品牌", "面积（㎡）", "楼层", "门面宽度（米）", "扣点（%）", "押金（月数）"],
    }[lang]
    heads += {
        "en": ["Transfer fee (CNY)", "passers-by", "hour", "entered", "with bags", "observer", "remarks"],
        "zh": ["转让费（元）", "过店人数", "小时", "进店人数", "提袋人数", "调查员", "备注"],
    }[lang]
    assert {head: drawn.count(head) for head in heads} == dict.fromkeys(heads, 2)
    assert not any(text.endswith("…") for text in drawn)


@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_fields_are_large_enough_to_write_in_and_stay_on_the_sheet(paper):
    from matplotlib.patches import Rectangle

    (page,) = pages(paper)
    axes = page.axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert max(box.get_x() + box.get_width() for box in boxes) <= axes.get_xlim()[1] - 9.9
    assert max(box.get_y() + box.get_height() for box in boxes) <= axes.get_ylim()[0] - 9
    empty = [box for box in boxes if box.get_facecolor()[3] == 0]
    assert min(box.get_height() for box in empty) >= 10
    assert min(box.get_width() for box in empty) >= 17


def test_a_leg_tells_what_is_known():
    assert leg(12.4, 0.99, "en") == "12 min · 990 m"
    assert leg(np.nan, 1.234, "zh") == "1.23 公里"
    assert leg(np.nan, np.nan, "en") == ""
