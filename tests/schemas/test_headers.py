import pytest

from expansion_kit.schemas import TABLES, columns
from expansion_kit.schemas.headers import column_of, match_headers, plain


def column(table, header, **options):
    return match_headers(table, [header], **options)[0].get(header)


@pytest.mark.parametrize("table", TABLES)
def test_no_header_is_claimed_by_two_columns(table):
    owners = {}
    for name, field in columns(table).items():
        for header in {plain(header) for header in [name, *field.metadata["headers"]]}:
            owners.setdefault(header, []).append(name)
    assert {header: names for header, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize("table", TABLES)
def test_every_header_of_the_dictionary_is_understood_as_its_own_column(table):
    for name, field in columns(table).items():
        for header in [name, name.upper(), name.replace("_", " ").title(), *field.metadata["headers"]]:
            assert column(table, header) == (name, 1.0)
            wide = header.replace("(", "（").replace(")", "）").replace("/", "／")
            assert column(table, f" {wide} ") == (name, 1.0)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("月销售额(万元)", ("sales_month", 1e4)),
        ("月销售额（单位：万元）", ("sales_month", 1e4)),
        ("月销售额（万元/月）", ("sales_month", 1e4)),
        ("月销售额万元", ("sales_month", 1e4)),
        ("月销售额（百万元）", ("sales_month", 1e6)),
        ("月销售额（千元）", ("sales_month", 1e3)),
        ("月销售额（亿）", ("sales_month", 1e8)),
        ("Sales month (million)", ("sales_month", 1e6)),
        ("面积（㎡）", ("floor_area_sqm", 1.0)),
        ("面积(平方米)", ("floor_area_sqm", 1.0)),
        ("扣点（%）", ("turnover_rate", 0.01)),
        ("扣点（‰）", ("turnover_rate", 0.001)),
        ("面积(万平方米)", ("floor_area_sqm", 1e4)),
        ("面积（平方公里）", ("floor_area_sqm", 1e6)),
        ("月销售额(k)", ("sales_month", 1e3)),
        ("Sales month (mn)", ("sales_month", 1e6)),
        ("sales_month (000s)", ("sales_month", 1e3)),
        ("月租金（元/月）", ("rent_month", 1.0)),
        ("坐标(经度,纬度)", ("坐标", 1.0)),
        ("经纬度", ("坐标", 1.0)),
    ],
)
def test_a_unit_in_the_header_is_understood(header, expected):
    assert column("stores", header) == expected


@pytest.mark.parametrize(
    "header",
    [
        "租金(元/㎡/月)",  # `租金` alone is a rent per month
        "租金（元／平方米）",
        "月租金(元/年)",
        "面积(亩)",
        "面积（坪）",
        "floor area sqm (sqft)",
        "免租期(月)",  # ours is in days
        "面积(%)",
        "日租金(元/天)",  # ours is by m2
        "rent_sqm_day (per sqft)",
        "rent_month (per year)",
        "月销售额(per week)",
        "月销售额(美元)",
        "月销售额($000)",
    ],
)
def test_a_unit_that_is_not_the_columns_is_never_read_as_if_it_were(header):
    assert match_headers("stores", [header]) == ({}, [header])


@pytest.mark.parametrize(
    ("table", "header", "name"),
    [
        ("zones", "常住人口（2023年）", "population"),
        ("zones", "人口（七普）", "population"),
        ("zone_footfall", "人流量（人/天）", "people"),
        ("sales", "期间（月）", "period"),
        ("travel", "时间(分钟)", "minutes"),
        ("foot_counts", "小时", "hour"),
        ("stores", "店名(必填)", "name"),
        ("stores", "面积(使用面积)", "floor_area_sqm"),
        ("stores", "名称（备注）", "name"),
    ],
)
def test_what_else_stands_in_brackets_does_no_harm(table, header, name):
    assert column(table, header) == (name, 1.0)


def test_a_header_that_is_given_nothing_is_left_out_on_purpose():
    assert match_headers("stores", ["店名", "备注"], {"备注": "", "店名": ""}) == ({}, [])
    assert match_headers("stores", ["店名", "名称"], {"名称": ""}) == ({"店名": ("name", 1.0)}, [])


def test_a_rent_by_month_is_read_by_day_only_where_the_header_or_the_user_says_rent_a_square_metre():
    assert column("listings", "租金单价(元/㎡/月)") == ("rent_sqm_day", pytest.approx(12 / 365))
    given = {"租金(元/㎡/月)": "rent_sqm_day"}
    assert column("listings", "租金(元/㎡/月)", given=given) == ("rent_sqm_day", pytest.approx(12 / 365))


def test_a_stated_mapping_goes_before_everything_else():
    given = {"Filiale": "store_id", "name": "brand", "Umsatz (万)": "sales_month", "lng84": "lon"}
    headers = ["Filiale", "name", "Umsatz（万）", "lng84", "lon", "品牌"]
    matched, unknown = match_headers("stores", headers, given)
    assert matched == {
        "Filiale": ("store_id", 1.0),
        "name": ("brand", 1.0),
        "Umsatz（万）": ("sales_month", 1e4),
        "lng84": ("lon", 1.0),
    }
    assert unknown == ["lon", "品牌"]  # their columns are spoken for


def test_a_header_that_means_nothing_is_said_to():
    assert match_headers("stores", ["心情", "", "#3"]) == ({}, ["心情", "", "#3"])


def test_money_of_the_citys_own_currency_may_be_named():
    assert match_headers("stores", ["月销售额(美元)"], currency="USD")[0] == {"月销售额(美元)": ("sales_month", 1.0)}
    assert match_headers("stores", ["月销售额(美元)"], currency="CNY") == ({}, ["月销售额(美元)"])


def test_a_stated_mapping_takes_figures_as_they_stand_where_the_unit_is_not_understood():
    assert match_headers("stores", ["面积(坪)"], {"面积(坪)": "floor_area_sqm"})[0]["面积(坪)"] == (
        "floor_area_sqm",
        1.0,
    )


def test_the_column_that_a_header_means_but_for_its_unit():
    assert column_of("zone_footfall", "人流量(人/季度)") == "people"
    assert column_of("stores", "心情(好)") is None
