import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.report.territory_findings import plan_sentences, redraw_sentences

MEASURES = {"sales": "Sales", "stores": "Stores"}


def table(deviations, connected=True, bridges=0, unknown=0):
    rows = {"sales_deviation": deviations, "sales_unknown": unknown, "connected": connected, "bridges": bridges}
    return pd.DataFrame(rows, index=[f"T{k}" for k in range(1, len(deviations) + 1)])


def test_an_even_plan_says_how_even():
    lines = plan_sentences(table([0.031, -0.031]), {"sales": "Sales"}, {"sales": 0.05}, lang="en")
    assert lines == [
        "Sales: every territory is within 3.1% of the mean (tolerance 5%).",
        "All 2 territories are in one piece.",
    ]


def test_an_uneven_one_names_the_farthest_and_what_is_unknown_or_apart():
    given = table([0.1, -0.3, 0.2], connected=[True, False, True], bridges=[0, 0, 2], unknown=[1, 0, 1])
    lines = plan_sentences(given, {"sales": "Sales"}, 0.125, lang="en", names={"T2": "North"})
    assert "up to 30.0%" in lines[0] and "12.5%" in lines[0] and "North (−30.0%)" in lines[0]
    assert "missing in 2 zones" in lines[1] and lines[2].endswith("North.") and lines[3].endswith("T3.")


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("cause", list(words.family("territory.cause_", "en")))
def test_every_cause_has_a_sentence_with_its_figures(lang, cause):
    row = {"cause": cause, "territory_id": "T1", "zone_id": "Z7", "measure": "sales", "value": 0.5, "limit": 0.1}
    counts = cause in ("too_few_zones", "locked_apart", "too_few_with_measure")
    row |= {"value": 3.0, "limit": 7.0} if counts else {}
    causes = pd.DataFrame([row | {"proven": True}])
    lines = plan_sentences(table([0.0]), {"sales": "Sales"}, 0.05, lang=lang, causes=causes, zone_names={"Z7": "Park"})
    assert ("3" if counts else "50.0%") in lines[-2] and "{" not in lines[-2] and len(lines) == 4


def test_a_redrawing_says_what_moves():
    done = {
        "moves": 3,
        "assigned": 1,
        "at_least": 3,
        "fewest": True,
        "within": True,
        "opened": ("T9",),
        "closed": ("T1",),
    }
    assert redraw_sentences(pd.Series(done), lang="en", names={"T1": "Old town"}) == [
        "3 zones change hands; fewer are impossible.",
        "New: T9.",
        "Given up: Old town.",
        "1 zones that had no territory have one now.",
    ]
    quiet = pd.Series(done | {"moves": 0, "assigned": 0, "opened": (), "closed": ()})
    assert redraw_sentences(quiet, lang="zh") == ["无需调整：现有区域已在允许偏差之内。"]
    assert "没有找到" in redraw_sentences(quiet.replace({True: False}), lang="zh")[0]
