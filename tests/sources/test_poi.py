import itertools

import pandas as pd
import pytest

from expansion_kit.sources import poi

AMAP = "id name type typecode address location pcode pname citycode cityname adcode adname tel".split()
BAIDU = "name location.lat location.lng address province city area uid detail telephone detail_info.tag".split()


@pytest.mark.parametrize(
    ("headers", "file", "expected"),
    [
        (AMAP, "pois", "amap"),
        (BAIDU, "pois", "baidu"),
        (["title", "location.lat", "location.lng", "ad_info.adcode"], "pois", "tencent"),
        (["名称", "经度", "纬度", "大类"], "高德POI_咖啡_上海", "amap"),
        (["名称", "经度", "纬度"], "baidu_cafe", "baidu"),
        (["名称", "经度", "纬度"], "cafes", ""),
        (["门店", "销售额"], "高德", ""),  # no coordinates: nothing to be wrong about
        (["名称", "经度", "纬度"], "高德与百度", ""),
        ([], "amap", ""),
    ],
)
def test_the_service_is_told_by_headers_and_else_by_the_name_of_the_file(headers, file, expected):
    assert poi.service(headers, file) == expected
    assert poi.service(headers[::-1], file) == expected


def test_a_service_has_its_datum():
    assert poi.DATUM == {"amap": "gcj02", "tencent": "gcj02", "baidu": "bd09"}


def test_headers_mean_the_columns_of_the_table():
    assert [poi.meaning("uid", table) for table in poi.TABLES] == [
        *("store_id", "site_id", "listing_id", "place_id", "place_id")
    ]
    read = {header: poi.meaning(header, "stores") for header in AMAP + BAIDU}
    assert read["location"] == "坐标" and read["location.lng"] == "lon" and read["name"] == "name"
    assert all(read[header] == "" for header in ("pname", "adname", "province", "city", "area", "detail"))
    assert read["type"] is None


def test_telephones_and_persons_are_known():
    assert poi.personal(AMAP + BAIDU) == ["tel", "telephone"]
    harmless = ["hotel", "intelligence", "telltale", "name", "email_count_of"]
    assert poi.personal([*harmless[:4], "店主手机", "联系人"]) == ["店主手机", "联系人"]


def test_the_same_uid_comes_once_and_namesakes_are_counted():
    rows = pd.DataFrame(
        {"uid": ["a", "a", "", "", "b"], "name": "店", "lng": ["1.5", "1.5", "2", "2", "1.50"], "lat": "3"}
    )
    kept, by, alike = poi.once(rows)
    assert kept.tolist() == [True, False, True, True, True] and by == "uid"
    assert alike == 2  # the second of the two without uid, and b
    kept, by, alike = poi.once(rows.drop(columns="uid"))
    assert kept.tolist() == [True, False, True, False, False] and by == "place" and alike == 0


def test_names_alone_are_not_the_same_place():
    assert poi.once(pd.DataFrame({"name": ["店", "店"]}))[0].all()
    assert poi.once(pd.DataFrame({"name": ["店", "店"], "lng": "", "lat": ""}))[0].all()


def test_the_meaning_does_not_depend_on_the_order_of_columns():
    rows = pd.DataFrame({"id": ["1", "2"], "uid": ["a", "a"], "name": ["A", "A"], "x": ["1", "2"], "y": ["1", "1"]})
    results = {tuple(poi.once(rows[list(order)])[0]) for order in itertools.permutations(rows.columns)}
    assert results == {(True, False)}  # uid goes before id, wherever it stands


def test_categories_are_the_middle_level():
    texts = pd.DataFrame({"类型": ["购物服务;超级市场;家乐福", "美食；小吃", "", None]})
    assert poi.categories(texts).tolist() == ["超级市场", "小吃", "", ""]
    assert poi.categories(pd.DataFrame({"name": ["A"]})) is None


def test_a_brand_is_what_several_names_share():
    names = pd.DataFrame({"名称": ["瑞幸咖啡(A店)", "瑞幸咖啡（B店）", "老王(总店)", "老王饭店", ""]})
    assert poi.chains(names).tolist() == ["瑞幸咖啡", "瑞幸咖啡", "", "", ""]
    assert poi.chains(pd.DataFrame({"x": [1]})) is None
