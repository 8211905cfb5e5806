import pandas as pd
import pytest

from expansion_kit.drawing import in_found_fonts, pdf
from expansion_kit.maps import placements
from expansion_kit.maps.sheet import sheet
from expansion_kit.maps.site_surroundings import MOST_NUMBERED, draw_surroundings

BOX = (10.0, 10.0, 100.0, 90.0)
STEP = 0.001  # of latitude: 110.6 m at the equator


def drawn(stores, *, lang="en", **options):
    axes = sheet("A4", portrait=True)
    table = placements(stores, own_brand="Tea", lang=lang)
    return axes, draw_surroundings(axes, BOX, table, (0.0, 0.0), radius=500, lang=lang, **options)


def stores(rows):
    return pd.DataFrame(rows, columns=["brand", "lat"], index=[f"S{n}" for n in range(len(rows))]).assign(lon=0.0)


def test_own_stores_in_sight_are_numbered_by_distance_and_rivals_are_not():
    axes, here = drawn(stores([("Tea", 3 * STEP), ("Rice", STEP), ("Tea", -2 * STEP), ("Tea", 0.1)]), rings=(200, 400))
    assert here["id"].tolist() == ["S1", "S2", "S0"]
    assert here["number"].tolist()[1:] == [1, 2] and here["number"].isna().tolist() == [True, False, False]
    assert here["distance_m"].tolist() == pytest.approx([110.6, 221.1, 331.7], abs=0.3)
    written = {text.get_text() for text in axes.texts}
    assert {"1", "2", "200 m", "400 m"} <= written and "3" not in written


def test_a_map_with_nothing_around_is_a_map():
    axes, here = drawn(stores([]).assign(brand=None))
    assert here.empty and len(axes.figure.axes) == 2


def test_many_own_stores_are_numbered_up_to_a_limit_and_the_bytes_are_the_same_in_any_order():
    table = stores([("Tea", (n - 30) * STEP / 8) for n in range(60)])
    one, here = drawn(table)
    assert here["number"].max() == MOST_NUMBERED
    other, _ = drawn(table[::-1])
    assert pdf([in_found_fonts(one.figure)]) == pdf([in_found_fonts(other.figure)])
