import numpy as np
import pandas as pd
import pytest

from expansion_kit.candidates.portfolio.huff_draws import redrawn_choices
from expansion_kit.candidates.portfolio.site_rules import site_rules

ZONES = pd.DataFrame(index=[f"Z{k:02d}" for k in range(20)])
STORES = pd.DataFrame({"floor_area_sqm": [120.0, 80.0], "own": [True, False]}, index=["P", "R"])
SITES = pd.DataFrame({"floor_area_sqm": [90.0, 100.0, 110.0, 95.0, 105.0]}, index=list("ABCDE"))
DRAW = np.random.default_rng(4)
KM = pd.DataFrame(DRAW.uniform(0.3, 6, (20, 7)), ZONES.index, [*STORES.index, *SITES.index])
DEMAND = pd.Series(DRAW.uniform(5, 20, 20), ZONES.index)
RULES = site_rules(SITES, count=2)
ERRORS = {"demand": 0.3, "attraction": 0.2, "alpha": 0.1, "decay": 0.3}


def drawn(zones=ZONES, stores=STORES, sites=SITES, **options):
    options = {"errors": ERRORS, "draws": 40, "distance": KM} | options
    return redrawn_choices(zones, stores, sites, DEMAND, RULES, **options)


def test_without_errors_every_draw_is_the_same():
    assert len(drawn(errors={}).drop_duplicates()) == 1


def test_each_draw_keeps_the_rules_and_errors_move_the_choice():
    found = drawn()
    assert (found.sum(axis=1) == 2).all() and found.shape == (40, 5) and len(found.drop_duplicates()) > 1


def test_the_seed_decides_and_the_order_of_rows_does_not():
    assert drawn().equals(drawn(ZONES.iloc[::-1], STORES.iloc[::-1], SITES.iloc[::-1]))
    assert not drawn().equals(drawn(seed=1))


@pytest.mark.parametrize("errors", [{"rent": 0.1}, {"demand": -0.1}])
def test_other_errors_are_refused(errors):
    with pytest.raises(ValueError, match="errors must be"):
        drawn(errors=errors)


def test_a_site_may_be_called_as_a_store_is():
    import geopandas as gpd

    draw = np.random.default_rng(2)
    at = [gpd.points_from_xy(*draw.uniform(0, 9000, (2, n))) for n in (20, 2, 5)]
    zones, stores, sites = (
        gpd.GeoDataFrame(table, geometry=points, crs=32650) for table, points in zip((ZONES, STORES, SITES), at)
    )
    namesake = stores.rename(index={"P": "A"})
    assert drawn(zones, namesake, sites, distance=None).equals(drawn(zones, stores, sites, distance=None))
