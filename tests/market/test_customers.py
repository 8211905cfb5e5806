import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market.customers import TIERS, customer_areas, customer_tiers

CRS = geo.metric_crs([127.0], [37.5])
BOXES = [shapely.box(1000 * i, 0, 1000 * (i + 1), 1000) for i in range(5)]
ZONES = gpd.GeoDataFrame(geometry=BOXES, index=pd.Index([f"Z{i}" for i in range(1, 6)], name="zone_id"), crs=CRS)
STORES = gpd.GeoDataFrame(geometry=[shapely.Point(100, 500), shapely.Point(4900, 500), None], crs=CRS).set_axis(
    pd.Index(["S1", "S2", "S3"], name="store_id")
)


def choices(**counts):
    rows = [(f"Z{i}", store, n) for store, several in counts.items() for i, n in enumerate(several, start=1)]
    return pd.DataFrame(rows, columns=["zone_id", "store_id", "count"])


def test_tiers_by_hand():
    """Of 100 customers 40, 30, 10, 15, 5 from the nearest zone on: 70 before the third, 80 before the fourth."""
    made = customer_tiers(choices(S1=[40, 30, 10, 15, 5]), ZONES, STORES)
    assert made["zone_id"].tolist() == ["Z1", "Z2", "Z3", "Z4", "Z5"]
    assert made["cumulative"].tolist() == pytest.approx([0.4, 0.7, 0.8, 0.95, 1])
    assert made["tier"].tolist() == ["primary", "primary", "secondary", "secondary", "fringe"]
    assert made["distance"].is_monotonic_increasing and made.attrs["unplaced"] == 0


def test_a_tier_that_is_just_full_is_full():
    made = customer_tiers(choices(S1=[7, 1, 1, 1, 0]), ZONES, STORES, primary=0.7, secondary=0.2)
    assert made["tier"].tolist() == ["primary", "secondary", "secondary", "fringe"]


def test_zones_with_most_customers_first_and_another_measure_of_distance():
    made = customer_tiers(choices(S1=[5, 15, 10, 30, 40]), ZONES, STORES, by="customers")
    assert made["zone_id"].tolist() == ["Z5", "Z4", "Z2", "Z3", "Z1"]
    minutes = pd.DataFrame({"S1": [9, 1, 5, 7, 3]}, index=ZONES.index)
    made = customer_tiers(choices(S1=[20] * 5), ZONES, STORES, distance=minutes)
    assert made["zone_id"].tolist() == ["Z2", "Z5", "Z3", "Z4", "Z1"]


def test_customers_without_a_place_are_counted_and_in_no_share():
    several = pd.concat([choices(S1=[40, 60], S3=[7]), choices(S9=[4]), choices(S1=[1]).assign(zone_id="elsewhere")])
    made = customer_tiers(several, ZONES, STORES)
    assert made.attrs["unplaced"] == 12
    assert made["store_id"].unique().tolist() == ["S1"] and made["customers"].sum() == 100


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any),
    st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any),
    st.floats(0.05, 0.7),
)
def test_areas_keep_all_customers_and_a_tier_holds_at_least_its_share(one, other, primary):
    tiers = customer_tiers(choices(S1=one, S2=other), ZONES, STORES, primary=primary)
    areas = customer_areas(tiers, ZONES)
    assert areas.groupby("store_id")["customers"].sum().to_dict() == {"S1": sum(one), "S2": sum(other)}
    assert (areas.loc[areas["tier"] == "primary", "share"] >= primary - 1e-9).all()
    assert areas.groupby("store_id")["zones"].sum().to_dict() == {
        "S1": np.count_nonzero(one),
        "S2": np.count_nonzero(other),
    }
    assert areas.area.sum() == pytest.approx(1e6 * areas["zones"].sum())
    order = areas["tier"].map(TIERS.index)
    assert (order.groupby(areas["store_id"]).diff().dropna() > 0).all()


def test_faults_are_refused():
    for options, told in (({"primary": 0.9, "secondary": 0.2}, "at most 1"), ({"by": "age"}, "ordered by")):
        with pytest.raises(ValueError, match=told):
            customer_tiers(choices(S1=[1]), ZONES, STORES, **options)
