import geopandas as gpd
import shapely

from expansion_kit.maps.floor_labels import (
    figure_notes,
    floor_label,
    floors,
    label_texts,
    notes,
    of_floor,
    own_label,
    symbol_names,
)
from expansion_kit.maps.floor_units import details, floor_units, planned


def units(**columns):
    facts = {"mall": ["M", "M", "N"], "floor": ["1F", "2F", "1F"], "brand": ["Tea", None, "Rice"]} | columns
    return floor_units(gpd.GeoDataFrame(facts, geometry=[shapely.box(0, 0, 9, 9)] * 3), lang="en")


def test_floors_of_several_malls_are_told_apart():
    table = units()
    assert floors(table) == [("M", "1F"), ("M", "2F"), ("N", "1F")]
    assert [floor_label(floor, floors(table)) for floor in floors(table)] == ["M 1F", "M 2F", "N 1F"]
    assert of_floor(table, ("M", "1F"))["brand"].tolist() == ["Tea"]
    assert floor_label((None, None), [(None, None)]) == "—"


def test_labels_from_full_to_the_number_with_an_arrow_for_what_changes():
    table = units(plan_brand=["Bun", "Tea", None], floor_area_sqm=[81.0, 81.0, None])
    now = label_texts(table, details(table, lang="en"), plan=False, lang="en")
    plan = label_texts(planned(table), details(planned(table), lang="en"), plan=True, lang="en")
    assert now[0] == [
        ["0", "Tea", "81 m²", "rent —", "commission —", "until —"],
        ["0", "Tea", "81 m²", "rent —"],
        ["0", "Tea", "81 m²"],
        ["0", "Tea"],
        ["0"],
        ["1"],
    ]
    assert now[1][0] == ["1", "Vacant", "81 m²", "rent —", "commission —"]
    assert [tried[3][1] for tried in plan] == ["→ Bun", "→ Tea", "Rice"]


def test_notes_say_what_is_vacant_planned_and_cannot_be_drawn():
    said = notes(units(plan_brand=["Bun", None, None]), "en")
    assert len(said) == 2 and said[1].startswith("1 units")
    hidden = units().set_geometry([None, shapely.Point(0, 0), shapely.box(0, 0, 1, 1)])
    assert notes(hidden, "en")[-1].startswith("2 units without an outline")
    assert notes(units().iloc[:0], "zh") == ["暂无可显示的铺位。"]


def test_what_is_not_known_is_not_said():
    assert own_label(None, "en") == "Own units" and own_label("Tea", "zh") == "自有铺位：Tea"
    assert symbol_names(units(kind=["lift", "entrance", "corridor"]), "en") == {"entrance": "Entrance", "lift": "Lift"}
    assert "n" in figure_notes("en")[0]
