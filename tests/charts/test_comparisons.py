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


def test_the_pipeline_counts_who_came_at_least_so_far():
    figure = charts.pipeline(pd.Series({"enquiry": 50, "visit": 30, "contract": 20}), unit="prospects", **OPTIONS)
    assert values(figure) == ["100", "50 · 50%", "20 · 40%"]


def test_an_empty_pipeline_divides_by_nothing():
    figure = charts.pipeline(pd.Series({"enquiry": 0, "visit": 0}), unit="prospects", **OPTIONS)
    assert values(figure) == ["0", "0"]
    charts.png(figure)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_drawn_as_they_are(text):
    options = {"title": text, "source": text, "as_of": text}
    scores = pd.DataFrame({"score": [5.0], "contribution_demand": [5.0]}, index=[text])
    charts.png(charts.bars(pd.Series({text: 1}), unit=text, **options))
    charts.png(charts.contributions(scores, {"demand": text}, **options))
    charts.png(charts.pipeline(pd.Series({text: 1}), unit=text, **options))


def test_pictures_stay_small_in_both_languages():
    stores = pd.Series({f"Brand {n} 品牌名称": n for n in range(20)})
    for lang in ("en", "zh"):
        figure = charts.bars(stores, unit="stores", lang=lang, made=True, **OPTIONS)
        assert len(charts.png(figure)) < 60_000
