import pandas as pd
import pytest

from expansion_kit.maps import around, details, placements


def test_around_a_centre_numbers_go_by_distance_and_the_nearest_rivals_have_one():
    stores = pd.DataFrame(
        {
            "brand": ["Tea", "Rice", "Rice", "Rice", "Tea", "independent"],
            "lon": [0.04, 0.02, 0.01, 0.03, None, 0.001],
            "lat": 0.0,
        },
        index=list("ABCDEF"),
    )
    sites = pd.DataFrame({"lon": [0.0], "lat": [0.0]}, index=["A"])
    table = around(placements(stores, sites, own_brand="Tea", lang="en"), "A", nearest=2)
    numbers = table.dropna(subset=["number"]).set_index(["id", "class"])["number"].to_dict()
    assert numbers == {
        ("A", "candidate"): 1,
        ("C", "rival"): 2,
        ("B", "rival"): 3,
        ("A", "own"): 4,
        ("E", "own"): 5,
    }
    told = details(table, lang="en").set_index(table["id"])["Distance"]
    assert told["C"] == "1.11 km" and told["E"] == "—"


def test_a_degree_on_the_equator_and_across_the_date_line():
    """WGS-84: the equator's radius is 6,378,137 m, so a degree along it is 111,319.49 m."""
    stores = pd.DataFrame({"brand": ["Tea"], "lon": [-179.5], "lat": [0.0]})
    table = around(placements(stores, lang="en"), (179.5, 0.0))
    assert table["distance_m"].tolist() == pytest.approx([111_319.49], abs=0.01)


def test_a_centre_that_is_nowhere_is_refused():
    stores = pd.DataFrame({"brand": ["Tea", "Tea"], "lon": [120.0, None], "lat": 30.0}, index=["D0", "D1"])
    table = placements(stores, lang="en")
    for centre in ("D9", "D1", (200.0, 30.0)):
        with pytest.raises(ValueError, match="D9|D1|200"):
            around(table, centre)


def test_what_is_farther_than_asked_has_no_number():
    stores = pd.DataFrame({"brand": ["Tea", "Tea", "Rice", "Rice"], "lon": [0.001, 0.1, 0.002, 0.2], "lat": 0.0})
    table = around(placements(stores, own_brand="Tea", lang="en"), (0.0, 0.0), nearest=9, within=1000)
    assert table["number"].fillna(0).tolist() == [1, 0, 2, 0]
