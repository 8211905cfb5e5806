import time

import pandas as pd
import pytest

from expansion_kit import load_city
from expansion_kit.cities import check_city
from expansion_kit.schemas import WARNING


def city_of(put, stores, *, more="", name="city"):
    toml = f'name = "x"\ndatum = "wgs84"\n{more}[tables.stores]\nfile = "stores.csv"\nsource = "s"\n'
    return load_city(put({"city.toml": toml, "stores.csv": stores}, name))


def test_a_store_with_only_an_address_is_listed_but_unplaced(put):
    city = city_of(put, "store_id,brand,lon,lat,address\n1,a,121.4,31.2,\n2,b,,,Nanjing Rd\n")
    assert [(f.level, f.code, f.line, f.key) for f in city.faults] == [(WARNING, "unplaced", 3, "2")]
    stores = city["stores"]
    assert stores.geometry.notna().tolist() == [True, False] and stores["lon"].notna().tolist() == [True, False]
    assert stores["zone_id"].notna().tolist() == [True, False]


def test_stores_without_any_coordinates_make_no_zones(put):
    city = city_of(put, "store_id,brand,address\n1,a,here\n")
    assert "zones" not in city and city["stores"]["lon"].isna().all() and city.metric("stores").geometry.isna().all()


def test_geometry_where_it_is_stated_else_longitude_and_latitude(put):
    city = city_of(put, "store_id,brand,lon,lat,geometry\n1,a,121.4,31.2,\n2,b,,,POINT(121.5 31.3)\n")
    assert city["stores"][["lon", "lat"]].to_numpy().tolist() == [[121.4, 31.2], [121.5, 31.3]]
    assert [(p.x, p.y) for p in city["stores"].geometry] == [(121.4, 31.2), (121.5, 31.3)]


def test_hexagons_stand_in_for_zones_and_say_that_they_are_assumed(put):
    city = city_of(put, "store_id,brand,lon,lat\n1,a,121.40,31.20\n2,b,121.45,31.25\n", more="population = 100000\n")
    zones = city["zones"]
    assert zones.index.name == "zone_id" and zones["population"].sum() == pytest.approx(100_000)
    assert (zones["population_method"] == "assumed").all()
    told = city.provenance[city.provenance["table"] == "zones"]
    assert set(told["column"]) >= {"population", "geometry"} and set(told["method"]) == {"assumed"}
    assert city["stores"]["zone_id"].isin(zones.index).all() and city.counts["zones"] == len(zones)
    assert "population" not in city_of(put, "store_id,brand,lon,lat\n1,a,121.40,31.20\n", name="b")["zones"]


def test_stores_all_over_a_country_get_few_large_hexagons_soon(put):
    begun = time.perf_counter()
    rows = [
        f"{n},a,{lon},{lat}" for n, (lon, lat) in enumerate([(126.6, 45.8), (91.1, 29.7), (110.3, 20.0), (87.6, 43.8)])
    ]
    city = city_of(put, "store_id,brand,lon,lat\n" + "\n".join(rows) + "\n")
    assert 100 < len(city["zones"]) < 20_000 and time.perf_counter() - begun < 20


def test_a_mall_plan_stays_in_metres(put):
    toml = 'name = "x"\n[tables.mall_units]\nfile = "u.csv"\nsource = "s"\n'
    text = 'unit_id,mall,floor,geometry\nu1,m,1F,"POLYGON((0 0,500 0,500 10,0 10,0 0))"\n'
    units = load_city(put({"city.toml": toml, "u.csv": text}))["mall_units"]
    assert units.crs is None and units.area.iloc[0] == 5000


@pytest.mark.parametrize("table", ["mall_units", "basemap", "network", "stations", "zones", "prospects", "territories"])
def test_a_table_without_its_places_is_a_fault_and_no_crash(put, table):
    toml = f'name = "x"\ndatum = "wgs84"\n[tables.{table}]\nfile = "t.csv"\nsource = "s"\n'
    city, faults = check_city(put({"city.toml": toml, "t.csv": "name\nx\n"}))
    assert faults and isinstance(faults, list) and (city is None or table in city)


def test_prospects_have_places_only_where_they_are_stated(put):
    toml = 'name = "x"\ndatum = "wgs84"\n[tables.prospects]\nfile = "p.csv"\nsource = "s"\n'
    plain = load_city(put({"city.toml": toml, "p.csv": "prospect_id,stage\n1,enquiry\n"}))["prospects"]
    assert "geometry" not in plain and isinstance(plain, pd.DataFrame)
    placed = load_city(put({"city.toml": toml, "p.csv": "prospect_id,stage,lon,lat\n1,enquiry,121,31\n"}, "b"))
    assert placed["prospects"].geometry.iloc[0].x == 121


def test_no_hexagons_stand_in_across_the_date_line(put):
    city = city_of(put, "store_id,brand,lon,lat\n1,a,179.99,-16.8\n2,b,-179.99,-16.81\n", more="population = 9\n")
    assert "zones" not in city and [(f.level, f.code) for f in city.faults] == [(WARNING, "no_stand_in")]
    assert city["stores"]["zone_id"].isna().all()
    near = city_of(put, "store_id,brand,lon,lat\n1,a,179.999,-16.8\n", name="near")
    assert [f.code for f in near.faults] == ["no_stand_in"]


def test_hexagons_that_stand_in_are_never_more_than_can_be_drawn(put):
    rows = [f"{n},a,{lon},{lat}" for n, (lon, lat) in enumerate([(-120, 65), (60, 70), (0, -60), (30, 0)])]
    city = city_of(put, "store_id,brand,lon,lat\n" + "\n".join(rows) + "\n")
    assert len(city.get("zones") if "zones" in city else []) <= 5_000
