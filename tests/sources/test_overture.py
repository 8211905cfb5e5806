"""Overture's files as published, small and made up: schema of 2024-2026, with `categories` and with `taxonomy`."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from expansion_kit.cities import check_city
from expansion_kit.sources.overture import import_overture, read_overture

NAMES = pa.struct([("primary", pa.string()), ("common", pa.map_(pa.string(), pa.string()))])
BOX = pa.struct([(side, pa.float32()) for side in ("xmin", "xmax", "ymin", "ymax")])
SOURCES = pa.list_(pa.struct([("property", pa.string()), ("dataset", pa.string()), ("record_id", pa.string())]))
ADDRESS = [("freeform", pa.string()), ("locality", pa.string()), ("country", pa.string())]
FEATURE = [("id", pa.string()), ("geometry", pa.binary()), ("bbox", BOX), ("names", NAMES), ("sources", SOURCES)]
PLACE = pa.schema(
    [
        *FEATURE,
        ("categories", pa.struct([("primary", pa.string()), ("alternate", pa.list_(pa.string()))])),
        ("confidence", pa.float64()),
        ("brand", pa.struct([("wikidata", pa.string()), ("names", NAMES)])),
        ("addresses", pa.list_(pa.struct(ADDRESS))),
        ("operating_status", pa.string()),
    ]
)
TAXONOMY = pa.struct([("primary", pa.string()), ("hierarchy", pa.list_(pa.string()))])
NEWER = pa.schema([*(field for field in PLACE if field.name != "categories"), ("taxonomy", TAXONOMY)])
AREA = pa.schema(
    [*FEATURE, ("subtype", pa.string()), ("class", pa.string()), ("is_land", pa.bool_()), ("country", pa.string())]
)


def feature(ident, shape, name, common=()):
    west, south, east, north = shape.bounds
    box = {"xmin": west, "xmax": east, "ymin": south, "ymax": north}
    names = {"primary": name, "common": list(common)}
    told = [{"property": "", "dataset": "meta", "record_id": "1"}]
    return {"id": ident, "geometry": shape.wkb, "bbox": box, "names": names, "sources": told}


def place(ident, lon, lat, name, category="coffee_shop", *, sure=0.9, brand=None, other=(), status="open"):
    row = feature(ident, shapely.Point(lon, lat), name)
    row |= {"categories": {"primary": category, "alternate": None}, "confidence": sure, "operating_status": status}
    row["brand"] = {"wikidata": None, "names": {"primary": brand, "common": list(other)}} if brand else None
    return row | {"addresses": [{"freeform": f"Street {ident}", "locality": "Town", "country": "FI"}]}


def area(ident, west, south, name, subtype="neighborhood", *, size=0.02, common=(), kind="land"):
    row = feature(ident, shapely.box(west, south, west + size, south + size), name, common)
    return row | {"subtype": subtype, "class": kind, "is_land": kind == "land", "country": "FI"}


PLACES = [
    place("a1", 24.901, 60.101, "Kahvila Halla Keskus", brand="Halla", other=[("sv", "Hallakaffe")]),
    place("a2", 24.921, 60.101, "Halla", sure=0.8),
    place("a3", 24.902, 60.121, "Hallakaffe", "cafe", sure=None),
    place("b1", 24.905, 60.105, "Rivali", "sushi_restaurant", brand="Rivali"),
    place("b2", 24.90501, 60.10501, "RIVALI", "sushi_restaurant", sure=0.6),  # 1 m away: the same place
    place("c1", 24.911, 60.111, "Gone", brand="Halla", sure=0.0, status="permanently_closed"),
    place("c2", 24.912, 60.112, "On leave", "bookstore", status="temporarily_closed"),
    place("d1", 24.913, 60.113, "Doubtful", sure=0.2),
    place("e1", 24.914, 60.114, "Pipes Ltd", "plumbing"),
    place("f1", 24.915, 60.115, "Wigs", "wig_store"),
    place("g1", 24.916, 60.116, "School", "high_school"),
    place("g3", 24.926, 60.126, "Old school", "high_school", sure=0.0, status="permanently_closed"),
    place("g2", 24.917, 60.117, "Station", "metro_station"),
    place("z1", 25.5, 60.5, "Far away", brand="Halla"),
]
AREAS = [
    area("n1", 24.90, 60.10, "Etelä", common=[("zh", "南区"), ("en", "South")]),
    area("n2", 24.92, 60.10, "Itä"),
    area("n3", 24.90, 60.12, "Pohjoinen"),
    area("n4", 24.97, 60.10, "Outside"),
    area("sea", 24.90, 60.08, "Meri", kind="maritime"),
    area("t1", 24.90, 60.10, "Town", "locality", size=0.05),
]
TOWN = "24.9,60.1,24.95,60.15"


def write(path, rows, schema, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, **options)
    return path


@pytest.fixture
def files(tmp_path):
    """Places in two parts and divisions in one, as they lie in the bucket."""
    release = tmp_path / "release" / "2026-01-21.0"
    folder = release / "theme=places" / "type=place"
    write(folder / "part-0.zstd.parquet", PLACES[:7], PLACE)
    write(folder / "part-1.zstd.parquet", PLACES[7:], PLACE)
    areas = write(release / "theme=divisions" / "type=division_area" / "part-0.parquet", AREAS, AREA)
    return folder, areas


def told(report, reason):
    """Rows of the report with a text in their reason."""
    return report.loc[report["reason"].str.contains(reason, regex=False), "rows"].tolist()


def test_shops_are_kept_dropped_and_flagged_each_with_its_reason(files):
    _, tables, _, report = read_overture(files[0], box=TOWN, brand="Halla")
    stores = tables["stores"].set_index("store_id")
    assert list(stores.index) == ["a1", "a2", "a3", "b1", "c1", "c2", "f1"]
    kinds = ["coffee", "coffee", "coffee", "restaurant", "coffee", "books and stationery", "wig store"]
    assert stores["category"].to_list() == kinds
    assert stores.loc["a1", ["name", "address", "lon", "lat"]].to_list() == [
        "Kahvila Halla Keskus",
        "Street a1",
        24.901,
        60.101,
    ]
    assert stores.index[stores["status"] == "closed"].to_list() == ["c1"]
    assert set(stores["status"]) == {"open", "closed"}
    assert report.query("table == 'stores' and action == 'read'")["rows"].to_list() == [13]  # of 14, one far away
    assert told(report, "of 14 in the files") == [13]
    assert told(report, "confidence below 0.5") == [1] and told(report, "no confidence stated") == [1]
    assert told(report, "neither shop nor") == [1] and told(report, "within 30 m") == [1]
    assert told(report, "closed for good: kept") == [1] and told(report, "closed for a time") == [1]
    assert told(report, "wig_store") == [1]
    assert told(report, "meta 10") == [10]


def test_the_surer_of_two_places_of_one_name_stays_whatever_the_order(tmp_path):
    forth = read_overture(write(tmp_path / "a.parquet", PLACES, PLACE), box=TOWN)
    back = read_overture(write(tmp_path / "b.parquet", PLACES[::-1], PLACE), box=TOWN)
    for table in forth[1]:
        assert forth[1][table].equals(back[1][table]), table
    assert "b1" in set(forth[1]["stores"]["store_id"]) and "b2" not in set(forth[1]["stores"]["store_id"])


def test_a_brand_is_what_is_stated_or_a_name_that_it_explains(files):
    _, tables, _, report = read_overture(files[0], box=TOWN, brand="Halla")
    brand = tables["stores"].set_index("store_id")["brand"].to_dict()
    assert {key: brand[key] for key in ("a1", "a2", "a3", "c1")} == dict.fromkeys(("a1", "a2", "a3", "c1"), "Halla")
    assert brand["b1"] == "Rivali" and brand["f1"] == "independent"
    brands = tables["brands"].set_index("brand")
    assert brands.loc["Halla", ["alias", "own", "category"]].to_list() == ["Hallakaffe", True, "coffee"]
    assert not brands.loc["Rivali", "own"]
    assert told(report, "by the shop's name") == [2] and told(report, "of the own brand Halla") == [4]
    absent = read_overture(files[0], box=TOWN, brand="Nobody")[3]
    assert told(absent, "no store of the own brand Nobody") == [1]


def test_spellings_that_two_brands_share_explain_nothing(tmp_path):
    rows = [
        place("1", 24.91, 60.11, "One", brand="One", other=[("en", "Same")]),
        place("2", 24.92, 60.11, "Two", brand="Two", other=[("en", "SAME")]),
        place("3", 24.93, 60.11, "Same"),
        place("4", 24.94, 60.11, "Uni", brand="Uni Café"),
        place("5", 24.95, 60.11, "Uni", brand="UniCafe", other=[("en", "=1|2")]),
        place("6", 24.96, 60.11, "Uni", brand="UniCafe"),
    ]
    tables = read_overture(write(tmp_path / "p.parquet", rows, PLACE))[1]
    assert tables["stores"]["brand"].to_list() == ["One", "Two", "independent", "UniCafe", "UniCafe", "UniCafe"]
    assert set(tables["brands"]["alias"]) == {None}


def test_the_newer_taxonomy_is_read_from_the_particular_to_the_general(tmp_path):
    way = ["food_and_drink", "restaurant", "casual_eatery", "gas_station_sushi"]
    ways = [way, ["shopping", "fashion_and_apparel", "sock_store"], ["health_care", "dentist"]]
    rows = []
    for at, hierarchy in enumerate(ways):
        row = place(str(at), 24.91 + at / 100, 60.11, f"Place {at}")
        rows.append(row | {"taxonomy": {"primary": hierarchy[-1], "hierarchy": hierarchy}})
    stores = read_overture(write(tmp_path / "p.parquet", rows, NEWER))[1]["stores"]
    assert stores["category"].to_list() == ["restaurant", "sock store"]


def test_only_categories_that_are_asked_for(files):
    _, tables, _, report = read_overture(files[0], box=TOWN, lang="zh", categories=["咖啡", "餐厅"])
    assert tables["stores"]["store_id"].to_list() == ["a1", "a2", "a3", "b1", "c1"]
    assert told(report, "其他品类的门店") == [2]
    with pytest.raises(ValueError, match="tea.*books and stationery, coffee, restaurant, wig store"):
        read_overture(files[0], box=TOWN, categories=["tea"])


def test_zones_are_land_of_the_smallest_subtype_that_holds_the_shops(files):
    _, tables, _, report = read_overture(files[0], divisions=files[1], box=TOWN, lang="zh")
    zones = tables["zones"]
    assert zones["zone_id"].to_list() == ["n1", "n2", "n3"] and zones["name"].to_list() == ["南区", "Itä", "Pohjoinen"]
    assert zones.crs == "EPSG:4326" and "population" not in zones
    assert told(report, "neighborhood 级别") == [3] and told(report, "片区没有人口数据") == [3]


def test_a_stated_subtype_is_taken_or_refused_with_those_that_are_there(files):
    zones = read_overture(files[0], divisions=files[1], box=TOWN, subtype="locality")[1]["zones"]
    assert zones["zone_id"].to_list() == ["t1"]
    with pytest.raises(ValueError, match="borough.*locality, neighborhood"):
        read_overture(files[0], divisions=files[1], box=TOWN, subtype="borough")


def test_zones_that_reach_beyond_the_box_are_told(files):
    report = read_overture(files[0], divisions=files[1], box="24.9,60.1,24.935,60.15")[3]
    assert told(report, "reach beyond the box") == [1]


def test_places_that_draw_people_and_stations_are_tables_of_their_own(files):
    _, tables, _, report = read_overture(files[0], box=TOWN)
    assert report.query("table == 'generators'")[["action", "rows"]].to_numpy().tolist() == [
        ["read", 2],
        ["dropped", 1],
    ]
    assert tables["generators"][["place_id", "kind"]].to_numpy().tolist() == [["g1", "school"]]
    assert tables["stations"][["place_id", "kind"]].to_numpy().tolist() == [["g2", "metro"]]


def test_provenance_names_publisher_licence_and_release(files, tmp_path):
    about, _, sources, _ = read_overture(files[0], divisions=files[1], box=TOWN, currency="eur")
    assert (
        "Overture Maps Foundation" in sources["stores"]["source"]
        and "CDLA-Permissive-2.0" in sources["stores"]["source"]
    )
    assert "2026-01-21.0" in sources["zones"]["source"] and "ODbL" in sources["zones"]["source"]
    assert sources["zones"]["as_of"] == sources["stores"]["as_of"] == "2026-01-21"
    assert about["country"] == "FI" and about["currency"] == "EUR"
    undated = read_overture(write(tmp_path / "cut.parquet", PLACES, PLACE), box=TOWN)
    assert undated[2]["stores"]["as_of"] == "" and told(undated[3], "--as-of") == [1]
    assert "not stated" in undated[2]["stores"]["source"]


def test_what_is_not_overtures_is_told_in_a_sentence(tmp_path, files):
    text, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    text.write_text("no parquet", "utf-8")
    pq.write_table(pa.table({"id": ["1"], "name": ["x"]}), other)
    cases = [
        (text, "", "a.parquet"),
        (other, "", "geometry"),
        (files[0], "1,2,3", "1,2,3"),
        (files[0], "5,1,4,2", "5,1"),
    ]
    for path, box, said in cases:
        with pytest.raises(ValueError, match=said):
            read_overture(path, box=box)
    with pytest.raises(ValueError, match="no shop"):
        read_overture(files[0], box="0,0,1,1")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_overture(tmp_path / "nowhere")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_city_passes_the_check(files, tmp_path, lang):
    stated = {"name": "Town", "currency": "EUR", "brand": "Halla"}
    import_overture(files[0], tmp_path / "town", divisions=files[1], box=TOWN, lang=lang, **stated)
    city, faults = check_city(tmp_path / "town")
    assert city is not None, faults
    assert city.counts["stores"] == 7 and city.counts["zones"] == 3
    assert city["stores"]["own"].sum() == 4
    with pytest.raises(FileExistsError):
        import_overture(files[0], tmp_path / "town", box=TOWN)
