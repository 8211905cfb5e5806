import numpy as np
import pandas as pd
import pytest

from expansion_kit.report import trade_findings as told

NOTHING = pd.Series(dtype=float)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_not_known_is_said_and_no_figure_made_up(lang):
    nothing = [
        told.walk_sentence(pd.Series([np.nan]), minutes=10, method="line", lang=lang),
        told.overlap_sentence(pd.DataFrame({"population_share": NOTHING}), NOTHING, lang=lang),
        told.white_space_sentence(
            pd.DataFrame({"demand": [1.0], "unserved": [0.0], "reachable_unserved": [0.0]}), NOTHING, unit="", lang=lang
        ),
        told.counted_sentence(
            pd.DataFrame({"people_week": [9.0], "people_week_low": [np.nan], "people_week_high": [np.nan]}),
            NOTHING,
            lang=lang,
        ),
        told.twins_sentence(pd.DataFrame({"distance": [np.nan], "twin_of": [None]}), NOTHING, lang=lang),
    ]
    assert all(nothing) and not any(character.isdigit() for text in nothing for character in text)


def test_a_correlation_near_zero_or_below_warns_and_a_strong_one_does_not():
    names = {"measure": "Foot traffic", "outcome": "sales", "lang": "en"}
    for rank, low, high, warns in (
        (-0.2, -0.3, -0.1, True),
        (0.2, 0.1, 0.3, True),
        (0.6, -0.1, 0.9, True),
        (0.6, 0.4, 0.7, False),
    ):
        found = {"rank_correlation": rank, "low": low, "high": high, "zones": 99}
        assert told.goes_with_sentence(found, **names).startswith("Warning") == warns
    unknown = {"rank_correlation": np.nan, "low": np.nan, "high": np.nan, "zones": 4}
    assert "cannot be told" in told.goes_with_sentence(unknown, **names)


def test_the_share_left_over_is_of_the_demand_that_is_known():
    cells = pd.DataFrame({"demand": [100.0, np.nan], "unserved": [30.0, np.nan], "reachable_unserved": [40.0, np.nan]})
    assert "30%" in told.white_space_sentence(cells, pd.Series(["North", "South"]), unit="CNY", lang="en")


def test_each_pair_of_overlapping_areas_counts_once():
    pairs = pd.MultiIndex.from_tuples([("A", "B"), ("B", "A"), ("A", "C"), ("C", "A")], names=["area", "other"])
    shared = pd.DataFrame({"population_share": [0.5, 0.25, 0.0, 0.0]}, index=pairs)
    assert "overlap: 1;" in told.overlap_sentence(shared, pd.Series({"A": "a", "B": "b"}), lang="en")


@pytest.mark.parametrize(
    ("p", "mean", "says"), [(0.02, 300, "closer"), (0.02, 700, "farther"), (0.3, 300, "no different")]
)
def test_a_cluster_is_called_so_only_where_chance_would_not_do_it(p, mean, says):
    found = pd.Series({"n": 30, "mean_m": mean, "expected_m": 500.0, "p": p})
    assert says in told.clustering_sentence("Tea", found, lang="en")
