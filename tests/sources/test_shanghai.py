import json
import shutil

import pandas as pd
import pytest

from expansion_kit import geo, load_city
from expansion_kit.sources import shanghai

RING = [(121.40, 31.20), (121.50, 31.20), (121.50, 31.30), (121.40, 31.30)]


def point(lng, lat):
    return {"lng": lng, "lat": lat}


def found(*names, lng=121.45, counted=None):
    area = [{"location": point(lng, 31.25), "dbname": name} for name in names]
    return {"district_count": [{"district": "静安", "count": counted or len(area)}], "area": area}


def offer(url, area, unit, total, where=(None, None)):
    texts = {
        "mianji": f"{area}平米",
        "unitPrice": f"{unit}元/平米/月",
        "totalPrice": f"{total}万",
        "area": "静安 曹家渡",
    }
    return {"url": f"http://x/wuye/{url}", "name": "长寿路", **texts, "point": point(*where)}


def stop(name, lng):
    return {"name": name, "position": point(lng, 31.25), "hk": name}


RAW = {
    "zones": [{"district": "静安", "boundary": [point(*xy) for xy in RING], "point": point(121.45, 31.25)}],
    "population": {"静安": 1000},
    "house_prices": [{"district": "静安", "area": "全部", "price": "83361"}],
    "blocks": [
        {"district": "静安", "area": "曹家渡", "price": "", "point": point(121.45, 31.25)},
        {"district": "静安", "area": "甘泉", "price": "5", "point": point(109.36, 36.29)},
    ],
    "stores": {
        "星巴克": found("星巴克(曹家渡店)", "星巴克"),
        "Costa": {"district_count": [], "area": []},
        "乐购": found("乐购超市", "乐购(松江店)-停车场", "京世造型龙华乐购店", "Tesco乐购(愚园店)", counted=5),
        "世纪华联": found("金湖世纪华联(春申店)"),
        "欧尚": found("欧尚超市(舟山店)", lng=122.4),
        "宝马": found("宝马路"),
        "珠宝服饰": found("珠宝服饰"),
    },
    "listings": [
        offer(1, 100, 200, 2, ("121.45", "31.25")),
        offer(1, 100, 200, 2, ("121.45", "31.25")),
        offer(1, 50, 300, 1.5, ("121.45", "31.25")),
        offer(2, 110, 681818, 7500, ("121.45", "31.25")),
        offer(3, 23, 3478, 8),
        offer(4, 10, 100, 0.1, ("121.60", "31.25")),
    ],
    "stations": [
        {"name": "地铁4号线", "path": [], "station": [stop("浦电路", 121.45), stop("徐家汇", 121.46)]},
        {"name": "地铁6号线", "path": [], "station": [stop("浦电路", 121.449), stop("徐家汇", 121.461)]},
    ],
}


@pytest.fixture
def folder(tmp_path):
    for name, file in shanghai.FILES.items():
        (tmp_path / file).write_text(json.dumps(RAW[name]), encoding="utf-8")
    return tmp_path


def told(report, table, action):
    rows = report[(report["table"] == table) & (report["action"] == action)]
    return [(row.rows, row.reason) for row in rows.itertuples()]


def test_stores_are_shops_of_the_brand_and_nothing_else(folder):
    _, tables, _, report = shanghai.read_shanghai(folder, lang="en")
    assert tables["stores"]["name"].tolist() == [
        *("星巴克(曹家渡店)", "星巴克", "乐购超市", "Tesco乐购(愚园店)", "金湖世纪华联(春申店)")
    ]
    assert tables["stores"]["store_id"].tolist() == ["星巴克-1", "星巴克-2", "乐购-1", "乐购-4", "世纪华联-1"]
    assert tables["brands"]["brand"].tolist() == ["星巴克", "乐购", "世纪华联"]
    dropped = told(report, "stores", "dropped")
    assert [rows for rows, _ in dropped] == [1, 1, 1, 1, 1]
    for (_, reason), name in zip(dropped, ("宝马路", "珠宝服饰", "停车场", "京世造型", "舟山")):
        assert name in reason
    assert [rows for rows, _ in told(report, "stores", "flagged")] == [1, 1]  # 乐购's counts, the franchisee
    assert "Costa" in told(report, "stores", "missing")[0][1]
    read = told(report, "stores", "read")[0][0]
    assert read == len(tables["stores"]) + sum(rows for rows, _ in dropped)


def test_listings_stand_once_with_their_published_rent(folder):
    _, tables, _, report = shanghai.read_shanghai(folder, lang="en")
    listings = tables["listings"].set_index("listing_id")
    assert listings["rent_month"].to_dict() == {"1": 20_000, "3": 80_000, "4": 1_000}
    assert listings.loc["1", "floor_area_sqm"] == 100 and listings["lon"].isna().to_dict()["3"]
    (twice, absurd) = told(report, "listings", "dropped")
    assert twice[0] == 2 and "1 repeat" in twice[1] and "1 state another" in twice[1]
    assert absurd[0] == 1 and "681,818" in absurd[1]
    assert tables["sites"]["site_id"].tolist() == ["1"] and told(report, "sites", "dropped")[0][0] == 1


def test_points_are_turned_from_bd09_to_wgs84(folder):
    _, tables, _, _ = shanghai.read_shanghai(folder)
    lon, lat = geo.convert([121.45], [31.25], "bd09", "wgs84")
    assert tables["stores"].loc[0, ["lon", "lat"]].tolist() == pytest.approx([lon[0], lat[0]], abs=1e-6)
    assert tables["zones"].geometry.iloc[0].bounds[0] == pytest.approx(121.3890, abs=5e-4)  # 11 m west of 121.40


def test_an_interchange_stands_once_and_namesakes_twice(folder):
    _, tables, _, report = shanghai.read_shanghai(folder)
    assert tables["stations"]["name"].tolist() == ["浦电路 (4号线)", "徐家汇 (4号线、6号线)", "浦电路 (6号线)"]
    assert told(report, "stations", "dropped")[0][0] == 1


def test_zones_have_residents_and_the_price_of_homes(folder):
    _, tables, _, report = shanghai.read_shanghai(folder, lang="en")
    assert tables["zones"][["zone_id", "population", "house_price_sqm"]].to_numpy().tolist() == [["静安", 1000, 83361]]
    (_, reason) = told(report, "zones", "dropped")[0]
    assert "曹家渡" in reason and "甘泉" in reason


def test_residents_of_a_merged_district_are_counted_once(folder):
    """黄浦 had 429,891 residents at the census of 2010, 卢湾 248,779; the file gives 黄浦 both."""
    rings = [{"district": name, "boundary": RAW["zones"][0]["boundary"]} for name in ("黄浦", "卢湾")]
    (folder / "district_boundary.json").write_text(json.dumps(rings), encoding="utf-8")
    people = json.dumps({"黄浦": 678_670, "卢湾": 248_779})
    (folder / "district_population.json").write_text(people, encoding="utf-8")
    _, tables, _, report = shanghai.read_shanghai(folder, lang="en")
    assert tables["zones"].set_index("zone_id")["population"].to_dict() == {"黄浦": 429_891, "卢湾": 248_779}
    assert told(report, "zones", "repaired")[0][0] == 1 and "248,779" in told(report, "zones", "repaired")[0][1]


def test_districts_without_collected_stores_are_said_where_a_reader_looks(folder):
    """One brand of eleven names 闸北, two of eleven 虹口: under a tenth is not collected, a fifth is."""
    boxes = {"闸北": 121.0, "静安": 121.4, "虹口": 121.7, "卢湾": 121.8}
    rings = [
        {"district": name, "boundary": [point(west + lng - 121.4, lat) for lng, lat in RING]}
        for name, west in boxes.items()
    ]
    (folder / "district_boundary.json").write_text(json.dumps(rings), encoding="utf-8")
    brands = {f"b{n}": found("x") for n in range(11)} | {"none": {"district_count": [], "area": []}}
    for n, district in ((0, "闸北"), (1, "虹口"), (2, "虹口")):
        brands[f"b{n}"]["district_count"].append({"district": district, "count": 1})
    (folder / "brand.json").write_text(json.dumps(brands), encoding="utf-8")
    offers = [offer(1, 100, 200, 2, ("121.45", "31.25")), offer(2, 100, 200, 2, ("121.05", "31.25"))]
    (folder / "shop_rents.json").write_text(json.dumps(offers), encoding="utf-8")
    _, tables, sources, report = shanghai.read_shanghai(folder, lang="zh")
    (_, reason) = told(report, "zones", "flagged")[0]
    assert "闸北、卢湾" in reason and "虹口" not in reason
    for table, source in sources.items():
        assert ("闸北、卢湾的门店未采集" in source["source"]) == (table in ("zones", "stores", "sites")), table
    assert tables["sites"].set_index("site_id")["name"].to_dict() == {"1": "长寿路", "2": "长寿路（此处竞品未采集）"}


def test_where_all_districts_were_collected_nothing_is_said(folder):
    _, tables, sources, report = shanghai.read_shanghai(folder, lang="zh")
    assert told(report, "zones", "flagged") == [] and "未采集" not in str(sources) + str(
        tables["sites"]["name"].tolist()
    )


def test_absent_files_and_brands_are_named(folder, tmp_path):
    with pytest.raises(ValueError, match="星巴克, 乐购"):
        shanghai.import_shanghai(folder, tmp_path / "city", own_brand="Costa", lang="en")
    (folder / "brand.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"brand\.json"):
        shanghai.read_shanghai(folder)
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_real_files_make_a_city_that_loads(shared, tmp_path, lang):
    """Figures of SOURCE.md: 1,293 points, 334 listings of 269 pages (104 placed), 356 stops, 24,098,323 residents."""
    report = shanghai.import_shanghai(shared / "shanghai_genesis", tmp_path / "sh", own_brand="太平洋咖啡", lang=lang)
    city = load_city(tmp_path / "sh")
    assert city.own_brand == "太平洋咖啡" and city["stores"]["own"].sum() == 24
    read = report[report["action"] == "read"].set_index("file")["rows"]
    assert read["brand.json"] == 1293 and read["metro_lines.json"] == 356
    assert (city["stores"]["brand"] == "星巴克").sum() == 165
    assert city["brands"].index[city["brands"]["rival"]].tolist() == ["星巴克"]
    assert len(city["listings"]) == 268 and len(city["sites"]) == 103
    assert city["zones"]["population"].sum() == 24_098_323 - 830_476 - 248_779  # census 2010: 23,019,148
    assert city["zones"]["house_price_sqm"].notna().all()
    known = city["listings"]
    per_sqm = known["rent_month"] / known["floor_area_sqm"]
    assert 183 < per_sqm.median() < 189 and per_sqm.max() < 3_500  # 186 without the impossible one
    twice = report["reason"].str.contains("14").to_numpy() & (report["rows"] == 65).to_numpy()
    assert twice.sum() == 1
    assert not [fault for fault in city.faults if fault.level == "error"]
    told_of = city.provenance.groupby("table")["source"].first()
    assert all("闸北、卢湾" in told_of[table] for table in ("zones", "stores", "sites"))
    marked = "rivals not collected" if lang == "en" else "竞品未采集"
    assert city["sites"]["name"].str.contains(marked).sum() == 32  # 18 in 闸北, 14 in 卢湾


def test_the_points_lie_where_landmarks_do(shared):
    """In WGS-84 人民广场 station lies at about 121.470, 31.233 and 陆家嘴 at 121.498, 31.238; BD-09 is 1.1 km off."""
    stations = shanghai.read_shanghai(shared / "shanghai_genesis")[1]["stations"].set_index("place_id")
    for name, lon, lat in (("人民广场", 121.470, 31.233), ("陆家嘴", 121.498, 31.238)):
        east = (stations.loc[f"metro-{name}", "lon"] - lon) * 95.2
        north = (stations.loc[f"metro-{name}", "lat"] - lat) * 111.2
        assert (east**2 + north**2) ** 0.5 < 0.35


def test_the_files_are_not_changed_by_reading(folder):
    before = {file: (folder / file).read_bytes() for file in shanghai.FILES.values()}
    first = shanghai.read_shanghai(folder)[1]["stores"]
    again = folder / "again"
    again.mkdir()
    for file in shanghai.FILES.values():
        shutil.copy(folder / file, again)
    pd.testing.assert_frame_equal(first, shanghai.read_shanghai(again)[1]["stores"])
    assert before == {file: (folder / file).read_bytes() for file in shanghai.FILES.values()}


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("brand.json", '{"Tea": ', "brand.json is no whole JSON"),
        ("brand.json", "[]", "not as the publisher has them"),
        ("brand.json", '{"a": 1}', "not as the publisher has them"),
        ("shop_rents.json", "null", "not as the publisher has them"),
    ],
)
def test_files_of_another_form_are_refused_by_name(folder, file, text, told):
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        shanghai.import_shanghai(folder, folder / "city", lang="en")
    assert not (folder / "city").exists()
