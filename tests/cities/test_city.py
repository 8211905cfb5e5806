import dataclasses

import pytest

from expansion_kit import load_city


@pytest.fixture
def city(put, small_city):
    return load_city(put(small_city()))


def test_tables_come_out_as_copies(city):
    stores = city["stores"]
    stores["brand"] = "gone"
    stores.drop(stores.index, inplace=True)
    assert city["stores"]["brand"].tolist() == ["Ours", "Ours", "Rival"]
    sites = city.get("sites")
    sites.loc["S1", "lon"] = 0
    assert city["sites"].loc["S1", "lon"] == 121.41


def test_a_city_is_frozen(city):
    with pytest.raises(dataclasses.FrozenInstanceError):
        city.name = "other"
    with pytest.raises(TypeError):
        city._tables["stores"] = None


def test_an_absent_table_is_none_or_named(city):
    assert "listings" not in city and "stores" in city and city.get("listings") is None
    with pytest.raises(KeyError, match="no table 'listings'; it has zones, stores"):
        city["listings"]
    assert set(city.tables) == set(city.counts)


def test_metric_is_in_metres(city):
    stores = city.metric("stores")
    assert stores.crs.is_projected and stores.crs.axis_info[0].unit_name == "metre"
    # 0.02 degrees of longitude at 31.21 N: 0.02 x 111,320 m x cos 31.21 = 1,904 m
    assert stores.geometry["A1"].distance(stores.geometry["A2"]) == pytest.approx(1904, rel=0.003)


def test_what_a_city_shows_of_itself(city, put, small_city):
    assert repr(city).startswith("<City 小城: zones 4, stores 3")
    files = small_city()
    files["city.toml"] = "made = true\n" + files["city.toml"]
    assert "(made-up data)" in repr(load_city(put(files, "made")))


def test_no_table_carries_baggage(city):
    """Attributes of a table are copied in depth by every step; the door leaves none."""
    assert all(city[name].attrs == {} for name in city.tables)
