"""What engines compute a batch at a time, against h3, shapely and geo called point by point."""

import h3
import numpy as np
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.sources import ping_functions


@pytest.mark.parametrize("resolution", [0, 7, 9, 15])
def test_each_cell_is_the_one_that_h3_gives(resolution):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)
    found = ping_functions.h3_cells(lon, lat, resolution)
    assert found.dtype == np.int64
    assert [f"{cell:x}" for cell in found] == [h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon, lat)]


def test_a_point_that_is_nowhere_has_no_cell():
    lon, lat = [np.nan, 0.0, 181.0, np.inf, 180.0], [0.0, np.nan, 0.0, 0.0, 90.0]
    assert (ping_functions.h3_cells(lon, lat, 9) == 0).tolist() == [True, True, True, True, False]


def test_nothing_gives_nothing():
    assert ping_functions.h3_cells([], [], 9).tolist() == []
    assert ping_functions.in_shapes([], [], []).tolist() == []


def test_a_shape_holds_its_edge_and_not_its_hole():
    ring = shapely.to_wkb(shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2)))
    other = shapely.to_wkb(shapely.box(5, 5, 6, 6))
    lon, lat = [0.5, 0.0, 1.5, 1.0, 5.5, 5.5], [0.5, 1.0, 1.5, 1.5, 5.5, 5.5]
    assert ping_functions.in_shapes([ring] * 5 + [other], lon, lat).tolist() == [True, True, False, True, False, True]


def test_a_chinese_datum_is_undone_as_geo_does_it():
    lon, lat = geo.convert([121.47, 126.98], [31.23, 37.57], "wgs84", "gcj02")
    back = ping_functions.wgs84(lon, lat, "gcj02")
    np.testing.assert_allclose(np.array(back), [[121.47, 126.98], [31.23, 37.57]], atol=1e-8)
    assert abs(lon[0] - 121.47) > 0.003 and lon[1] == 126.98  # Shanghai is shifted, Seoul is not
