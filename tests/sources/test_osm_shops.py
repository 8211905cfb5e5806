import geopandas as gpd
import pandas as pd
import pytest
import shapely

from expansion_kit.sources import osm_places, osm_shops

KEYS = osm_places._keys()


def places(*tags, areas=()):
    """Places a tenth of a degree apart, with their tags; at the places of `areas` stand areas."""
    rows = [dict.fromkeys(KEYS) | given for given in tags]
    points = [shapely.Point(n / 10, 0) for n in range(len(tags))]
    index = [f"{'w' if n in areas else 'n'}{n}" for n in range(len(tags))]
    shapes = [point.buffer(0.01) if n in areas else point for n, point in enumerate(points)]
    table = gpd.GeoDataFrame(rows, geometry=shapes, index=pd.Index(index, name="osm_id"), crs=4326, dtype=object)
    return table.assign(lon=[p.x for p in points], lat=0.0, osm_timestamp=pd.NaT)


def branded(*tags, **options):
    found = places(*tags)
    stores, _ = osm_shops.shops(found)
    return osm_shops.brands(found, stores, **options)


@pytest.mark.parametrize(
    "tags, category, status",
    [
        ({"amenity": "cafe"}, "coffee", "open"),
        ({"amenity": "cafe", "cuisine": "bubble_tea"}, "tea", "open"),
        ({"shop": "bakery", "amenity": "cafe"}, "coffee", "open"),
        ({"shop": "greengrocer;deli"}, "groceries", "open"),
        ({"shop": "scuba_diving"}, "scuba diving", "open"),
        ({"shop": "yes"}, None, "open"),
        ({"disused:shop": "shoes"}, "shoes", "closed"),
        ({"shop": "vacant", "was:shop": "books"}, "books and stationery", "closed"),
        ({"shop": "clothes", "was:shop": "books"}, "clothes", "open"),
        ({"amenity": "restaurant", "disused": "yes"}, "restaurant", "closed"),
        ({"amenity": "pub", "opening_hours": "closed"}, "bar and pub", "closed"),
        ({"construction:shop": "supermarket"}, "supermarket", "planned"),
    ],
)
def test_category_and_status_by_tags(tags, category, status):
    stores, _ = osm_shops.shops(places(tags))
    assert (stores["category"].iloc[0], stores["status"].iloc[0]) == (category, status)


@pytest.mark.parametrize("tags", [{"amenity": "bench"}, {"shop": "mall"}, {"shop": "no"}, {"office": "company"}])
def test_what_is_no_shop_is_none(tags):
    assert osm_shops.shops(places(tags))[0].empty


def test_vacant_units_are_counted_and_left_out():
    stores, counts = osm_shops.shops(places({"shop": "vacant"}, {"shop": "tea"}))
    assert len(stores) == 1 and counts["vacant"] == 1 and counts["read"] == 2


def test_a_node_inside_its_own_area_counts_once_and_keeps_what_only_the_area_says():
    found = places(
        {"shop": "toys", "name": "Bear", "addr:street": "Lane", "addr:housenumber": "3"},
        {"shop": "toys", "name": "BEAR "},
        {"shop": "toys", "name": "Wolf"},
        areas=(0,),
    )
    found.loc[["n1", "n2"], "geometry"] = found.geometry["w0"].centroid
    stores, counts = osm_shops.shops(found)
    assert stores.index.tolist() == ["n1", "n2"] and counts["twice"] == 1
    assert stores.loc["n1", "address"] == "Lane 3"


def test_addresses_are_written_as_the_country_writes_them():
    tags = {"shop": "tea", "addr:city": "上海市", "addr:district": "静安区", "addr:street": "南京西路"}
    tags |= {"addr:housenumber": "100号"}
    assert osm_shops.shops(places(tags), country="CN")[0]["address"].iloc[0] == "上海市静安区南京西路100号"
    tags = {"shop": "tea", "addr:city": "Town", "addr:street": "Lane", "addr:postcode": "007"}
    assert osm_shops.shops(places(tags), country="FI")[0]["address"].iloc[0] == "Lane, 007 Town"


def test_a_brand_is_what_a_tag_says_and_names_that_begin_with_it_follow():
    brand, table, counts = branded(
        {"amenity": "cafe", "name": "Bean (West)", "brand": "Bean"},
        {"amenity": "cafe", "name": "Bean Harbour"},
        {"amenity": "cafe", "name": "Beanstalk"},
        {"shop": "hardware", "name": "Bean Tools"},
    )
    assert brand.tolist() == ["Bean", "Bean", "independent", "independent"]
    assert table["category"].tolist() == ["coffee"] and counts["tag"] == counts["chain"] == 1


def test_chinese_branches_and_the_other_spelling_of_a_brand():
    brand, table, _ = branded(
        {"amenity": "cafe", "name": "星巴克(南京西路店)", "brand": "Starbucks", "brand:zh": "星巴克"},
        {"amenity": "cafe", "name": "星巴克人民广场店"},
        {"amenity": "cafe", "name": "Starbucks Reserve"},
        lang="zh",
    )
    assert brand.tolist() == ["星巴克"] * 3
    assert table.to_dict("records") == [{"brand": "星巴克", "alias": "Starbucks", "own": False, "category": "coffee"}]


def test_one_wikidata_entry_is_one_brand():
    entry = {"amenity": "cafe", "brand:wikidata": "Q1"}
    brand, _, counts = branded(entry | {"brand": "Bean"}, entry | {"brand": "Bean"}, entry | {"brand": "The Bean Co"})
    assert brand.tolist() == ["Bean"] * 3 and counts["wikidata"] == 3


def test_an_operator_is_a_brand_only_where_the_name_begins_with_it():
    brand, _, counts = branded(
        {"amenity": "restaurant", "name": "Mensa North", "operator": "Mensa"},
        {"amenity": "fast_food", "name": "Burgers", "operator": "Franchise Ltd"},
        {"amenity": "restaurant", "name": "Faculty", "operator": "Mensa"},
    )
    assert brand.tolist() == ["Mensa", "independent", "independent"] and counts["operator"] == 1


def test_a_shared_name_is_a_chain_but_not_a_word_for_the_kind_or_one_of_another_kind():
    brand, _, counts = branded(
        {"shop": "kiosk", "name": "Kiosk"},
        {"shop": "kiosk", "name": "KIOSK"},
        {"shop": "kiosk", "name": "便利店"},
        {"shop": "kiosk", "name": "便利店"},
        {"shop": "clothes", "name": "Fjord"},
        {"shop": "clothes", "name": "FJORD"},
        {"amenity": "cafe", "name": "Rose"},
        {"shop": "florist", "name": "Rose"},
    )
    assert brand.value_counts().to_dict() == {"independent": 6, "FJORD": 2} and counts["shared"] == 2


def test_the_own_brand_takes_names_that_begin_with_it():
    tags = [{"amenity": "cafe", "name": name} for name in ("Tea Hill", "Tea Hill East", "Tea Hills", None)]
    brand, table, counts = branded(*tags, own="Tea Hill")
    assert brand.tolist() == ["Tea Hill", "Tea Hill", "independent", "independent"]
    assert table["own"].tolist() == [True] and counts["own"] == 2
