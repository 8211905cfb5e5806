import pandas as pd
import pytest

from expansion_kit import charts

OPTIONS = {"title": "Title", "source": "model"}
CURVE = pd.DataFrame(
    {
        "best_set": [100_000.0, 180_000.0, 240_000.0],
        "best_singles": [100_000.0, 170_000.0, 220_000.0],
        "alone": [100_000.0, 195_000.0, 280_000.0],
        "bound": [100_000.0, 180_000.0, 250_000.0],
        "proved": [True, True, False],
    },
    index=pd.Index([1, 2, 3], name="count"),
)


@pytest.mark.parametrize(("lang", "step", "name"), [("en", 1000, "thousand CNY"), ("zh", 10_000, "万元")])
def test_the_lines_are_the_gains_in_the_unit_of_the_axis(lang, step, name):
    figure = charts.set_gains(CURVE, currency="CNY", lang=lang, chosen=2, **OPTIONS)
    axes = figure.axes[0]
    alone, singles, best = axes.lines[:3]
    for line, column in ((alone, "alone"), (singles, "best_singles"), (best, "best_set")):
        assert line.get_ydata() == pytest.approx(CURVE[column] / step) and line.get_xdata().tolist() == [1, 2, 3]
    if charts.drawn_language(lang) == lang:
        assert name in axes.get_ylabel()
    assert len(axes.texts) == 1 and axes.get_ylim()[0] == 0


def test_an_unproved_set_shows_how_far_the_bound_is():
    axes = charts.set_gains(CURVE, currency="CNY", **OPTIONS).axes[0]
    (segment,) = axes.collections[0].get_segments()
    assert segment.tolist() == [[3, 240], [3, 250]]
    assert not charts.set_gains(CURVE.head(2), currency="CNY", **OPTIONS).axes[0].collections


def test_shares_show_the_chosen_ones_whatever_their_share_and_no_more_than_the_top():
    plan = pd.DataFrame({"chosen": [True, True, *[False] * 9], "chosen_share": [0.9, 0.0, *[0.1] * 9]})
    plan.index = [f"S{k}" for k in range(11)]
    figure = charts.choice_shares(plan, top=3, **OPTIONS)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["S0", "S2", "S3", "S4", "S1"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["90%", "10%", "10%", "10%", "0%"]


def test_a_share_that_is_not_known_is_a_dash():
    plan = pd.DataFrame({"chosen": [True], "chosen_share": [float("nan")]}, index=["S1"])
    figure = charts.choice_shares(plan, **OPTIONS)
    assert [text.get_text() for text in figure.axes[0].texts] == ["—"] and charts.png(figure)
