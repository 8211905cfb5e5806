import numpy as np
import pandas as pd
import pytest

from expansion_kit import charts
from expansion_kit.candidates.score.sensitivity import tornado

OPTIONS = {"title": "Title", "source": "model", "as_of": "2026"}
HOSTILE = ["{{7*7}}", "<img src=x onerror=alert(1)>", "${alert(1)}", "$a$", "_x"]


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def keys(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def leads(**rows):
    index = pd.MultiIndex.from_tuples([(name, "weight") for name in rows], names=["criterion", "moved"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["lead", "lead_low", "lead_high"], dtype=float)


def test_ranks_are_stacked_to_a_hundred_and_later_ones_are_the_rest():
    table = pd.DataFrame(np.full((14, 10), 1 / 14), columns=range(1, 11), index=[f"S{n}" for n in range(14)])
    figure = charts.rank_certainty(table, **OPTIONS)
    assert labels(figure) == [f"S{n}" for n in range(12)]
    widths = np.array([bar.get_width() for bar in figure.axes[0].patches]).reshape(5, 12)
    assert widths[:, 0] == pytest.approx([100 / 14, 200 / 14, 200 / 14, 500 / 14, 400 / 14])
    assert keys(figure) == ["rank 1", "rank 2–3", "rank 4–5", "rank 6–10", "later"]


def test_ranks_that_do_not_exist_have_no_key_and_an_unknown_site_no_bar():
    table = pd.DataFrame({1: [0.7, 0.3, None], 2: [0.3, 0.7, None]}, index=["A", "B", "C"])
    figure = charts.rank_certainty(table, **OPTIONS)
    assert labels(figure) == ["A", "B"] and keys(figure) == ["rank 1", "rank 2–3"]


def test_the_tornado_reaches_from_the_lead_to_both_limits():
    table = leads(rent=[2, -1, 4], sales=[2, 3, 5])
    figure = charts.tornado(table, {"rent": "Rent"}, **OPTIONS)
    low, high = [(bar.get_x() + bar.get_width()) for bar in figure.axes[0].patches][::2]
    assert (low, high) == (-1, 4) and all(bar.get_x() == 2 for bar in figure.axes[0].patches)
    assert labels(figure) == ["Rent (weight)", "sales (weight)"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["−1.0", "+4.0", "+5.0"]


def test_the_ranks_of_each_rule_stand_at_their_number():
    ranks = pd.DataFrame({"score": [2, 1, None], "topsis": [1, 2, None]}, index=["A", "B", "C"]).astype("Int64")
    figure = charts.method_ranks(ranks, **OPTIONS)
    assert labels(figure) == ["B", "A"] and keys(figure) == ["score", "TOPSIS"]
    by_score, by_topsis = (marks.get_offsets()[:, 0].tolist() for marks in figure.axes[0].collections[1:])
    assert by_score == [1, 2] and by_topsis == [2, 1]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_texts_and_both_languages_are_drawn(text, lang):
    given = {"title": text, "source": text, "lang": lang, "made": True}
    table = pd.DataFrame({1: [1.0]}, index=[text])
    for figure in (
        charts.rank_certainty(table, **given),
        charts.tornado(leads(x=[1, 0, 2]), {"x": text}, **given),
        charts.method_ranks(pd.DataFrame({"score": [1]}, index=[text]), **given),
    ):
        assert len(charts.png(figure)) < 60_000


def test_nothing_to_show_is_drawn():
    charts.png(charts.rank_certainty(pd.DataFrame({1: []}), **OPTIONS))
    charts.png(charts.tornado(tornado(pd.DataFrame({"x": []}), criteria()), {}, **OPTIONS))
    charts.png(charts.method_ranks(pd.DataFrame({"score": []}), **OPTIONS))


def criteria():
    return pd.DataFrame({"direction": "benefit", "low": 0.0, "high": 1.0, "weight": 1.0}, index=["x"])


def test_the_map_of_ranks_writes_the_first_ones_and_counts_the_others():
    import geopandas as gpd

    at = gpd.GeoSeries.from_xy([0, 900, 400, 100], [0, 900, 100, 800], crs=32652)
    sites = gpd.GeoDataFrame(geometry=[*at, None], index=[f"P{n}" for n in range(5)], crs=32652)
    rank = pd.Series([2, 1, 3, pd.NA, 4], index=sites.index, dtype="Int64")
    stores = gpd.GeoDataFrame(geometry=at.iloc[:2], crs=32652)
    figure = charts.ranked_map(sites, rank, stores=stores, zones=sites.iloc[:0], top=2, **OPTIONS)
    assert [text.get_text() for text in figure.axes[0].texts[:2]] == ["2", "1"], "the best one on top"
    assert keys(figure) == ["own store (2)", "later rank (1)", "no rank (1)"]
