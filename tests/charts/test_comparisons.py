import pandas as pd
import pytest

from expansion_kit import charts

HOSTILE = ["{{7*7}}", "<img src=x onerror=alert(1)>", "${alert(1)}", "`", "</script>", '=HYPERLINK("x")', "_x", "$a$"]
OPTIONS = {"title": "Title", "source": "register", "as_of": "2025"}


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def values(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_bars_fall_by_value_missing_last_and_as_a_dash():
    figure = charts.bars(pd.Series({"A": 1, "B": None, "C": 17103}), unit="stores", **OPTIONS)
    assert labels(figure) == ["C", "A", "B"]
    assert values(figure) == ["17,103", "1", "—"]
    assert figure.axes[0].get_xlabel() == "stores"


def test_bars_keep_an_order_that_has_a_meaning():
    figure = charts.bars(pd.Series({"Mon": 1, "Tue": 3}), unit="people", in_order=True, **OPTIONS)
    assert labels(figure) == ["Mon", "Tue"]


def test_the_own_brand_has_its_own_colour():
    figure = charts.bars(pd.Series({"own": 3, "rival": 2}), unit="stores", highlight=["own"], **OPTIONS)
    own, rival = figure.axes[0].patches
    assert own.get_facecolor() != rival.get_facecolor()


def test_no_more_than_the_top_is_shown_and_the_input_is_left_alone():
    stores = pd.Series(range(30))
    assert len(charts.bars(stores, unit="stores", top=5, **OPTIONS).axes[0].patches) == 5
    assert stores.equals(pd.Series(range(30)))


@pytest.mark.parametrize("data", [pd.Series(dtype=float), pd.Series({"A": None}, dtype=float), pd.Series({"A": -2.0})])
def test_bars_of_nothing_missing_or_negative_are_drawn(data):
    assert charts.png(charts.bars(data, unit="stores", **OPTIONS))


def test_contributions_stack_to_the_score_and_the_best_stands_first():
    scores = pd.DataFrame(
        {"score": [50.0, 70.0], "contribution_demand": [30.0, 45.0], "contribution_rent": [20.0, 25.0]},
        index=["S1", "S2"],
    )
    figure = charts.contributions(scores, {"demand": "Demand", "rent": "Rent"}, **OPTIONS)
    ends = [bar.get_x() + bar.get_width() for bar in figure.axes[0].patches[2:]]
    assert labels(figure) == ["S2", "S1"] and ends == [70.0, 50.0]
    assert values(figure) == ["70", "50"]


def test_contributions_show_the_top_sites_only():
    scores = pd.DataFrame({"score": range(40), "contribution_demand": range(40)})
    assert len(labels(charts.contributions(scores, {"demand": "Demand"}, **OPTIONS))) == 15


STEPS = pd.Series(
    {"price": 2e5, "growth": 3e5, "openings": 1.2e6, "closures": -3e5, "cannibalisation": -1.5e5, "share": 1.5e5}
)


def bridge(last_year=9e6, steps=STEPS, target=None, **options):
    target = last_year + steps.sum() if target is None else target
    return charts.bridge(last_year, steps, target, currency="CNY", **(OPTIONS | options))


def test_the_bridge_leads_from_last_year_to_the_target():
    figure = bridge()
    bars = figure.axes[0].patches
    assert labels(figure)[0] == "Last 12 months" and labels(figure)[-1] == "Target"
    assert [bar.get_width() for bar in bars] == pytest.approx([9, 0.2, 0.3, 1.2, -0.3, -0.15, 0.15, 10.4])
    for before, step in zip(bars[:-2], bars[1:-1]):
        assert step.get_x() == pytest.approx(before.get_x() + before.get_width())
    assert bars[-2].get_x() + bars[-2].get_width() == pytest.approx(bars[-1].get_width())
    assert values(figure)[3:5] == ["+1.20 · +13.3%", "−0.30 · −3.3%"] and values(figure)[-1] == "10.40 · +15.6%"
    assert figure.axes[0].get_xlabel() == "million CNY"


def test_the_bridge_starts_at_zero_so_that_no_step_looks_larger_than_it_is():
    low, _ = bridge().axes[0].get_xlim()
    assert -0.1 * 10.4 < low <= 0


def drawn_boxes(figure):
    charts.png(figure)
    renderer = figure.canvas.get_renderer()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    ticks = [label for place, label in zip(axes.get_xticks(), axes.get_xticklabels()) if low <= place <= high]
    texts = [*axes.texts, *axes.get_yticklabels(), *ticks, axes.xaxis.label, *figure.texts]
    return [text.get_window_extent(renderer) for text in texts if text.get_text()], figure.bbox


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("last_year", [9e6, 123_456_789.0, 4_000.0, 0.0, 5e5])
def test_nothing_on_the_bridge_overlaps_or_runs_out(last_year, lang):
    long = STEPS.rename({"share": "A step with quite a long name 一个名字很长的步骤"})
    boxes, room = drawn_boxes(bridge(last_year, long * last_year / 9e6 if last_year != 5e5 else long, lang=lang))
    assert not [1 for i, box in enumerate(boxes) for other in boxes[:i] if box.padded(-1).overlaps(other.padded(-1))]
    assert all(room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 for box in boxes)


def test_a_bridge_that_does_not_reach_the_target_is_refused():
    with pytest.raises(ValueError, match="but the target is"):
        bridge(target=1.0)
    with pytest.raises(ValueError, match="but the target is"):
        bridge(steps=pd.Series({"growth": None}, dtype=float))


def test_a_bridge_of_no_step_or_below_zero_is_drawn():
    assert values(bridge(1000.0, pd.Series(dtype=float))) == ["1,000", "1,000 · 0.0%"]
    charts.png(bridge(1000.0, pd.Series({"closures": -3000.0, "openings": 2500.0})))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_drawn_as_they_are(text):
    options = {"title": text, "source": text, "as_of": text}
    scores = pd.DataFrame({"score": [5.0], "contribution_demand": [5.0]}, index=[text])
    charts.png(charts.bars(pd.Series({text: 1}), unit=text, **options))
    charts.png(charts.contributions(scores, {"demand": text}, **options))
    charts.png(charts.pipeline(pd.Series({text: 1}), unit=text, **options))
    charts.png(charts.bridge(1.0, pd.Series({text: 1.0}), 2.0, currency=text, **options))


def test_pictures_stay_small_in_both_languages():
    stores = pd.Series({f"Brand {n} 品牌名称": n for n in range(20)})
    for lang in ("en", "zh"):
        figure = charts.bars(stores, unit="stores", lang=lang, made=True, **OPTIONS)
        assert len(charts.png(figure)) < 60_000
