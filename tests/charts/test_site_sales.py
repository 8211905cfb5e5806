import numpy as np
import pandas as pd
import pytest

from expansion_kit import charts

NAMES = {"huff": "Huff", "analogs": "Analog stores", "model": "Regression"}
OPTIONS = {"title": "Title", "source": "register", "as_of": "2027"}


def forecasts(sites):
    index = pd.MultiIndex.from_product([sites, NAMES], names=["site_id", "road"])
    table = pd.DataFrame({"sales_p50": np.linspace(5e4, 2e5, len(index))}, index=index)
    return table.assign(sales_p10=table["sales_p50"] * 0.8, sales_p90=table["sales_p50"] * 1.3, usable=True)


def test_each_usable_road_is_a_dot_and_only_the_chosen_one_is_full():
    table = forecasts(["P1", "P2"])
    table.loc[("P2", "analogs"), "usable"] = False
    figure = charts.site_roads(table, pd.Series({"P2": "huff", "P1": "model"}), NAMES, currency="CNY", **OPTIONS)
    dots = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", None)]
    assert len(dots) == 5 and sum(dot.get_markerfacecolor() != "white" for dot in dots) == 2
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["P2", "P1"]
    whiskers = [line.get_xdata() for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert max(high for _, high in whiskers) == pytest.approx(260.0)  # thousand CNY; the dot is at 200
    assert max(low for low, _ in whiskers) == pytest.approx(160.0)


def test_without_an_interval_there_is_no_whisker_and_without_a_road_a_dash():
    table = forecasts(["P1", "P2"]).assign(sales_p10=np.nan, sales_p90=np.nan)
    table.loc["P2", "usable"] = False
    figure = charts.site_roads(table, pd.Series({"P1": "huff", "P2": ""}), NAMES, currency="CNY", **OPTIONS)
    assert all(len(line.get_xdata()) == 1 for line in figure.axes[0].lines)
    assert [text.get_text() for text in figure.axes[0].texts] == ["—"]


def test_no_more_than_the_top_is_shown_and_nothing_at_all_is_drawn():
    sites = [f"P{i}" for i in range(14)]
    chosen = pd.Series("huff", index=sites)
    figure = charts.site_roads(forecasts(sites), chosen, NAMES, currency="CNY", top=4, **OPTIONS)
    assert len(figure.axes[0].get_yticklabels()) == 4
    empty = forecasts(["P1"]).iloc[:0]
    assert charts.png(charts.site_roads(empty, pd.Series(dtype=object), NAMES, currency="CNY", **OPTIONS))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_splits_stand_beside_each_other_and_what_was_not_tried_is_a_dash(lang):
    index = pd.MultiIndex.from_tuples([("random", "huff"), ("blocks", "huff"), ("random", "model")])
    figure = charts.road_errors(pd.DataFrame({"wape": [0.1, 0.25, 0.2]}, index), NAMES, lang=lang, **OPTIONS)
    assert [text.get_text() for text in figure.axes[0].texts] == ["10.0%", "—", "20.0%", "25.0%", "—", "—"]
    assert len(figure.legends[0].get_texts()) == 2 and charts.png(figure)
