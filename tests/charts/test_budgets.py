import numpy as np
import pandas as pd

from expansion_kit import charts

FIGURES = pd.DataFrame(
    {"spent": [120.0, 80.0, np.nan], "amount_to_date": [100.0, 100.0, 50.0]}, index=["甲", "乙", "丙"]
)
TOLD = {"title": "预算", "currency": "CNY", "source": "账", "lang": "zh"}


def test_bars_beyond_the_mark_have_another_colour_and_what_is_missing_is_a_dash():
    axes = charts.spending(FIGURES, **TOLD).axes[0]
    assert [text.get_text() for text in axes.texts] == ["120%", "80%", "—"]
    colours = [bar.get_facecolor() for bar in axes.containers[0]]
    assert colours[0] != colours[1] == colours[2]
    assert axes.containers[0][2].get_width() == 0


def test_the_same_figures_give_the_same_bytes():
    assert charts.png(charts.spending(FIGURES, **TOLD)) == charts.png(charts.spending(FIGURES, **TOLD))
