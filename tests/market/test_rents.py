import numpy as np
import pandas as pd

from expansion_kit.market.rents import zone_rent


def test_a_zone_takes_the_latest_period_then_the_ground_floor_then_the_whole_building():
    rents = pd.DataFrame(
        [
            ("Z1", "2021", "1", 500, 9),
            ("Z1", "2022", "1F", 300, 9),
            ("Z1", "2022", "2", 100, 9),
            ("Z2", "2022", "전체층", 80, 5),
            ("Z2", "2022", "1층외", 60, 5),
            ("Z3", "2022", "一层", 200, 1),
            ("Z3", "2022", "首层", 100, 3),
            ("Z4", "2022", "1", 0, 5),
            ("Z5", "2021", "1", 70, 50),
            ("Z5", "2022", "1", 700, 1),
            ("Z6", "2022", "3", 50, None),
            ("Z6", "2022", "4", 30, 8),
        ],
        columns=["zone_id", "period", "floor", "rent_sqm_month", "sample_size"],
    )
    made = zone_rent(rents, min_sample=2)
    assert made["rent_sqm_month"].to_dict() == {"Z1": 300, "Z2": 80, "Z3": 100, "Z5": 70, "Z6": 40}
    assert made["floor"].to_dict() == {"Z1": "ground", "Z2": "all", "Z3": "ground", "Z5": "ground", "Z6": "other"}
    assert made["period"]["Z5"] == "2021" and not made["few"].any()
    assert zone_rent(rents).loc["Z3", ["rent_sqm_month", "sample_size"]].tolist() == [125, 4]  # (200 + 3 * 100) / 4
    assert zone_rent(rents, min_sample=100).loc["Z5", ["rent_sqm_month", "few"]].tolist() == [700, True]
    assert np.isnan(made["sample_size"]["Z6"])
