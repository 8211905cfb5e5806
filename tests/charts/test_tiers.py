import pandas as pd
import pytest

from expansion_kit.charts.tiers import target_tiers

STYLE = {"title": "Tiers", "currency": "CNY", "source": "plan"}
FIGURES = pd.DataFrame(
    {
        "last_year": [1e6, None],
        "sales_p10": [1.0e6, None],
        "sales_p90": [1.2e6, None],
        "base": [1.1e6, 5e5],
        "target": [1.2e6, 6e5],
        "challenge": [1.3e6, 7e5],
    },
    index=["老城区", "New"],
)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tiers_stand_where_they_are_and_growth_beside(lang):
    figure = target_tiers(FIGURES, lang=lang, **STYLE)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == [{"en": "Target +10%", "zh": "目标 +10%"}[lang], "—"]
    step = 1e4 if lang == "zh" else 1e3
    marks = [[segment[0][0] * step for segment in lines.get_segments()] for lines in axes.collections]
    assert marks[1:] == [pytest.approx(FIGURES[tier].tolist()) for tier in ("base", "target", "challenge")]
    assert len(figure.legends[0].get_texts()) == 5


def test_without_a_range_none_is_drawn_or_named():
    figure = target_tiers(FIGURES.drop(columns=["sales_p10", "sales_p90"]), **STYLE)
    assert len(figure.axes[0].collections) == 3 and len(figure.legends[0].get_texts()) == 4
