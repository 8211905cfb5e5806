import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import geo
from expansion_kit.market.competition import hhi, location_quotient, rivals_within, share_of_stores

CRS = geo.metric_crs([127.0], [37.5])


def places(xs, index, **columns):
    shapes = [None if x is None else shapely.Point(x, 0) for x in xs]
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=CRS)


def test_rivals_are_counted_in_metres_and_own_stores_are_not_rivals():
    ids = pd.Index(["a", "b", "c", "d"], name="store_id")
    stores = places([0, 500, 500.1, None], ids, own=[True, False, False, False])
    counts = rivals_within(places([0, None], pd.Index(["b", "n"], name="site_id")), stores, 500)
    assert counts.name == "rivals_within" and counts["b"] == 1 and np.isnan(counts["n"])
    assert rivals_within(stores, stores, 500)[:3].tolist() == [1, 1, 1]  # b and c: each other, not themselves
    with pytest.raises(ValueError, match="radius"):
        rivals_within(stores, stores, 0)
    with pytest.raises(ValueError, match="in metres"):
        rivals_within(geo.to_wgs84(stores), geo.to_wgs84(stores), 5)


def test_shares_and_concentration():
    """Four equal brands: 1/4 each, HHI 4 * (1/4)^2 = 0.25."""
    shares = share_of_stores(pd.DataFrame({"brand": list("abcdabcd")}))
    assert shares.name == "share_of_stores" and shares.tolist() == [0.25] * 4 and hhi(shares) == 0.25
    assert hhi(pd.Series([1.0])) == 1
    with pytest.raises(ValueError, match="add up to 1, but add up to 50"):
        hhi(pd.Series([20, 30]))


def test_location_quotient_is_one_in_a_zone_like_the_city():
    whole = pd.Series({"Z1": 100, "Z2": 100, "Z3": 0, "Z4": 100})
    made = location_quotient(pd.Series({"Z2": 30, "Z1": 10, "Z4": 20}), whole)
    assert made[["Z1", "Z2", "Z4"]].tolist() == pytest.approx([0.5, 1.5, 1.0]) and np.isnan(made["Z3"])
