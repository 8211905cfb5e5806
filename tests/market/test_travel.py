import geopandas as gpd
import numpy as np
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market.travel import travel_km

CRS = geo.metric_crs([127.0], [37.5])


def table(shapes, ids):
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, index=ids, crs=CRS))


def test_straight_line_times_detour_and_the_method_is_named():
    zones = table([shapely.box(-100, -100, 100, 100)], ["Z1"])
    stores = table([shapely.Point(3000, 4000), None], ["S1", "S2"])
    km = travel_km(zones, stores, detour=1.4)
    assert km.loc["Z1", "S1"] == pytest.approx(7.0)
    assert np.isnan(km.loc["Z1", "S2"])
    assert "straight line x 1.4" in km.attrs["method"]


def test_the_own_zone_counts_half_the_radius_of_its_size():
    """A disc-like square of 1 km2: 0.5 * sqrt(1 / pi) = 0.28209 km."""
    zones = table([shapely.box(0, 0, 1000, 1000)], ["Z1"])
    km = travel_km(zones, table([shapely.Point(500, 500), shapely.Point(510, 500)], ["S1", "S2"]), detour=1)
    assert km.loc["Z1"].tolist() == pytest.approx([0.28209, 0.28209], abs=1e-5)


def test_a_zone_that_is_a_point_keeps_the_stated_floor():
    here = table([shapely.Point(0, 0)], ["A"])
    assert travel_km(here, here, detour=1, floor=80).to_numpy() == pytest.approx(0.08)


def test_faults_are_refused():
    here = table([shapely.Point(0, 0)], ["A"])
    with pytest.raises(ValueError, match="detour"):
        travel_km(here, here, detour=0.9)
    with pytest.raises(ValueError, match="same coordinate"):
        travel_km(here, geo.to_wgs84(here))
