import pytest

from expansion_kit.schemas.units import multiple


@pytest.mark.parametrize(
    ("remark", "unit", "times"),
    [
        ("万平方米", "m2", 1e4),
        ("㎡", "m2", 1),
        ("km2", "m2", 1e6),  # 1,000 m by 1,000 m
        ("km²", "m2", 1e6),
        ("平方公里", "m2", 1e6),
        ("k", "money/month", 1e3),
        ("000s", "money", 1e3),
        ("'000", "person", 1e3),
        ("mn", "money", 1e6),
        ("bn", "money", 1e9),
        ("lakh", "money", 1e5),
        ("十亿元", "money", 1e9),
        ("in thousands", "person", 1e3),
        ("百万人", "person", 1e6),
        ("%", "share", 0.01),
        ("‰", "share", 0.001),
        ("万元/月", "money/month", 1e4),
        ("每月", "money/month", 1),
        ("per month", "money/month", 1),
        ("monthly", "money/month", 1),
        ("月", "money/month", 1),
        ("元/㎡·天", "money/m2/day", 1),
        ("persons per day", "person/day", 1),
        ("公里/小时", "km/h", 1),
        ("小时/周", "hour/week", 1),
        ("单位：万元，含税", "money", 1e4),
    ],
)
def test_a_unit_that_is_understood_says_what_to_multiply_by(remark, unit, times):
    assert multiple(remark, unit) == times


@pytest.mark.parametrize(
    ("remark", "unit"),
    [
        ("per week", "money/month"),
        ("yearly", "money/month"),
        ("per year", "money/month"),
        ("per sqft", "money/m2/day"),
        ("元/天", "money/m2/day"),
        ("元/㎡/月", "money/month"),
        ("人/季度", "person/day"),
        ("美元", "money/month"),
        ("$000", "money/month"),
        ("亩", "m2"),
        ("万亩", "m2"),
        ("%", "m2"),
        ("百分比", "share"),  # 18 or 0.18?
        ("千人", "share"),
        ("月", "day"),
        ("per 1000", "money"),
        ("10k", "money"),
        ("TCNY", "money"),
        ("mm usd", "money"),
        ("元/坪", "money/m2/month"),
        ("千港币", "money"),
        ("税前/税后", "money"),
        ("m", "money"),
    ],
)
def test_a_unit_of_another_column_or_none_that_is_known_does_not_fit(remark, unit):
    assert multiple(remark, unit, currency="CNY") is None


@pytest.mark.parametrize(
    "remark", ["必填", "使用面积", "备注", "2023年", "七普", "wgs84", "不含税", "net", "", "万达", "个人"]
)
def test_a_remark_is_no_unit(remark):
    assert multiple(remark, "person") == 1


@pytest.mark.parametrize(
    ("remark", "currency", "times"),
    [("美元", "USD", 1), ("美元", "CNY", None), ("$000", "USD", 1e3), ("$", "TWD", 1), ("kUSD", "USD", 1e3)]
    + [("人民币万元", "CNY", 1e4), ("人民币", "USD", None), ("人民币", "", None), ("元", "", 1), ("£", "EUR", None)],
)
def test_money_is_that_of_the_city(remark, currency, times):
    assert multiple(remark, "money", currency=currency) == times


@pytest.mark.parametrize(
    ("remark", "column", "times"),
    [
        ("元/㎡/天", "rent_sqm_day", 1),
        ("元/㎡·天", "rent_sqm_day", 1),
        ("元/平米/月", "rent_sqm_day", 12 / 365),
        ("元/㎡/年", "rent_sqm_day", 1 / 365),
        ("万元/㎡/年", "rent_sqm_day", 10_000 / 365),
        ("元/㎡/天", "rent_sqm_month", 365 / 12),
        ("元/平米/月", "rent_sqm_month", 1),
        ("元/月", "rent_sqm_day", None),
        ("元/坪/月", "rent_sqm_day", None),
        ("元/㎡/月", "property_fee_sqm_day", None),
    ],
)
def test_a_contract_rent_a_square_metre_is_the_same_by_day_month_and_year(remark, column, times):
    unit = "money/m2/month" if column.endswith("month") else "money/m2/day"
    assert multiple(remark, unit, column=column) == (times and pytest.approx(times))


def test_what_is_per_head_by_its_name_may_say_so_again():
    assert multiple("元/人/月", "money/month", column="spend_per_head") == 1
    assert multiple("元/人/月", "money/month", column="sales_month") is None
