import json

import pandas as pd

from expansion_kit.maps import change_layers
from expansion_kit.maps.changes import change_details, change_legend, change_placements


def spec():
    changes = pd.DataFrame(
        {
            "store_id_before": ["1", "2"],
            "store_id": ["1", "2"],
            "brand_before": "</script>",
            "brand": "</script>",
            "change": ["moved", "kept"],
            "distance_m": [500.0, 0.0],
            "matched_by": "id",
        }
    )
    then = pd.DataFrame({"lon": [120.0, 120.5], "lat": [30.0, 30.5]}, index=["1", "2"])
    return change_placements(changes, then, then.assign(lon=[120.1, 120.5]), lang="en")


def test_pins_and_arrows_hold_what_the_specification_says():
    table = spec()
    legend, rows = change_legend(table), change_details(table, lang="en")
    changed = table["number"].notna()
    pins = change_layers.ChangePins(table[changed], legend, rows[changed])
    assert "</script>" not in pins.data
    (pin,) = json.loads(pins.data)["pins"]
    assert (pin["number"], pin["lon"], pin["own"], pin["label"]) == ("→1", 120.1, False, "</script>")
    arrows = json.loads(change_layers.ChangeArrows(table, legend).data)["arrows"]
    assert arrows == [{"group": 0, "from": [30.0, 120.0], "to": [30.0, 120.1]}]
