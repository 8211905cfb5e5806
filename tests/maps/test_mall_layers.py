import json

import pytest

from expansion_kit.maps import layers, mall_layers


@pytest.mark.parametrize("kind", [layers.TablePanel, mall_layers.MallPanel])
def test_a_panel_brings_the_scripts_and_styles_of_what_it_extends_first(kind):
    parent = kind.__mro__[1]
    assert kind.scripts[: len(parent.scripts)] == parent.scripts
    assert kind.styles[: len(parent.styles)] == parent.styles
    assert f"L.{kind.kind} =" in layers.own_text(kind.scripts[-1])


def test_the_floor_is_added_by_its_panel_and_not_by_itself():
    layer = mall_layers.MallFloor({"units": [], "note": "</script>{{x}}"})
    assert not layer.show
    assert "</script>" not in layer.data and json.loads(layer.data)["note"] == "</script>{{x}}"
