import numpy as np
import pandas as pd
import pytest

from expansion_kit import drawing, geo, load_city
from expansion_kit.maps import survey_print
from expansion_kit.maps.survey import in_order, survey_stops
from expansion_kit.maps.survey_blocks import BADGE
from expansion_kit.maps.survey_print import survey_map
from expansion_kit.market import tours

HOSTILE = ["$x^2$ $", "{{7*7}} </b>", "a\nb\x00c", "\u202egnp.exe", "=1+1", "店" * 200, ""]


def places(n=12, *, spread=0.0):
    random = np.random.default_rng(0)
    table = pd.DataFrame({"name": [f"候选{i}" for i in range(n)], "address": "人民路"})
    table["lon"], table["lat"] = 118.40 + spread * random.random(n), 30.90 + spread * random.random(n)
    return table.set_axis([f"P{i}" for i in range(n)])


def planned(sites, **options):
    stops = survey_stops({"sites": sites}, ids=list(sites.index))
    points = geo.to_metres(stops[["lon", "lat"]], geo.metric_crs(stops["lon"], stops["lat"]))
    return stops, tours.route(points, **options)


def map_page(stops, way, *, paper="A4", lang="zh"):
    told = {"title": "T", "lines": [], "made": False, "lang": lang}
    return survey_print._map_page(paper, in_order(stops, way), way, told, ["note"], (None, None)).figure


def badges_of(figure):
    """Centres of badges on the map (not of those in the list), in mm."""
    from matplotlib.patches import Circle

    circles = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    return np.array([patch.center for patch in circles])


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("spread", [0.0, 0.0005, 0.05])
def test_no_badge_covers_another_even_where_all_places_are_one(paper, spread):
    stops, way = planned(places(20, spread=spread))
    centres = badges_of(map_page(stops, way, paper=paper))
    assert len(centres) == 40  # in the list and on the map
    apart = np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1)) + 100 * np.eye(40)
    assert apart.min() >= 2 * BADGE


def test_the_sheet_has_a_page_for_the_map_and_one_for_each_two_or_four_stops():
    stops, way = planned(places(5, spread=0.01))
    for paper, pages in (("A4", 4), ("A3", 3)):
        made = survey_map(stops, way, title="T", lang="zh", paper=paper)
        assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") == pages
        assert made == survey_map(stops, way, title="T", lang="zh", paper=paper)
        assert b"CreationDate" not in made


def texts(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_are_drawn_as_they_are_and_fit(lang):
    sites = places(len(HOSTILE), spread=0.01).assign(name=HOSTILE, address=HOSTILE, brand=HOSTILE)
    stops, way = planned(sites)
    assert survey_map(stops, way, title=HOSTILE[0], subtitle=HOSTILE[5], source=HOSTILE[1], lang=lang)[:5] == b"%PDF-"
    drawn = texts(map_page(stops, way, lang=lang))
    assert r"\$x^2\$ \$" in drawn
    assert any(text.startswith("店店") and text.endswith("…") for text in drawn)


def test_the_way_is_told_with_how_it_is_known():
    stops, way = planned(places(4, spread=0.01), detour=1.4, kmh=4.0, closed=True)
    drawn = " ".join(texts(map_page(stops, way, lang="en")))
    assert f"{way.attrs['total_km']:.1f} km" in drawn
    assert "back to the first stop" in drawn
    notes = " ".join(survey_print._notes(stops, way, "en"))
    assert "straight line x 1.4, at 4 km/h" in notes
    assert "直线 × 1.4" in "".join(survey_print._notes(stops, way, "zh"))


def test_a_leg_that_is_not_known_makes_the_sum_a_lower_bound():
    stops, way = planned(places(3, spread=0.01))
    way.attrs |= {"unknown": 1, "total": 59.7}
    assert "at least 1:00 h" in survey_print._total(way, 3, "en")
    assert "至少 1:00" in survey_print._total(way, 3, "zh")


def test_each_glyph_has_a_font():
    city = load_city("data/demo_city")
    tables = {name: city[name] for name in ("sites", "stores")}
    stops = survey_stops(tables)
    way = tours.route(geo.to_metres(stops[["lon", "lat"]], city.crs))
    known = drawing._characters(drawing.font_families())
    for lang in ("en", "zh"):
        drawn = "".join(texts(map_page(stops, way, lang=lang)))
        assert {letter for letter in drawn if ord(letter) not in known} == set()


@pytest.mark.parametrize(
    ("n", "paper", "said"), [(0, "A4", "1 to 40"), (41, "A4", "but there are 41"), (2, "A5", "'A5'")]
)
def test_what_no_sheet_holds_is_refused(n, paper, said):
    stops, way = planned(places(n, spread=0.01)) if n else (survey_stops({}), pd.DataFrame())
    with pytest.raises(ValueError, match=said):
        survey_map(stops, way, title="T", lang="en", paper=paper)
