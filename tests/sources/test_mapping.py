import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.schemas import TABLES, columns
from expansion_kit.sources.mapping import GUESSED, propose, still_absent

STORES = pd.DataFrame(
    {
        "门店名": ["一店", "二店"],
        "所在经度": ["121.4712", "121.4812"],
        "所在纬度": ["31.2312", "31.2412"],
        "品牌名称": ["好茶", "好茶"],
        "开业时间": ["2024-05-01", "2024-06-01"],
        "每月销售额(万元)": ["12.5", "8"],
        "备注": ["x", "y"],
    }
)
MEANT = dict(zip(STORES, ["name", "lon", "lat", "brand", "opened", "sales_month", ""]))


def test_likely_headers_are_proposed_and_never_sure():
    proposal = propose(STORES)
    assert proposal.table == "stores" and proposal.given() == MEANT and not proposal.sure
    assert proposal.headers.loc["门店名", "why"] == "alike" and proposal.headers.loc["门店名", "like"] == "门店名称"
    assert still_absent(proposal) == ["brand", "lon + lat"]


@given(st.permutations(list(STORES)))
@settings(max_examples=10)
def test_the_order_of_columns_changes_nothing(order):
    proposal = propose(STORES[order])
    assert proposal.table == "stores" and proposal.given() == MEANT
    assert list(proposal.headers.index) == order


@pytest.mark.parametrize("table", [name for name in TABLES if name in GUESSED])
def test_a_file_in_our_own_columns_is_understood_as_it_is(table):
    for names in (
        list(columns(table)),
        [c.metadata["headers"][0] for c in columns(table).values() if c.metadata["headers"]],
    ):
        proposal = propose(pd.DataFrame([["1"] * len(names)], columns=names), table=table)
        assert proposal.sure
        ours = dict(zip(names, [n for n, c in columns(table).items() if n in names or c.metadata["headers"]]))
        assert proposal.given() == ours
    unnamed = propose(pd.DataFrame([["1"] * len(columns(table))], columns=list(columns(table))))
    assert unnamed.table == table or table == "generators" and not unnamed.clear  # they have the columns of stations


@pytest.mark.parametrize(
    ("headers", "name", "table"),
    [
        (["State", "Industry", "Month", "Turnover"], "aus", "sales"),
        (["片区编号", "租金(元/㎡/月)"], "x", "zone_rents"),
        (["小区名称", "经度", "纬度", "户数"], "x", "zones"),
        (["房源编号", "地址", "面积", "月租金"], "x", "listings"),
        (["地址", "面积", "月租金"], "候选点", "sites"),
    ],
)
def test_the_table_is_told_by_headers_and_by_the_name_of_the_file(headers, name, table):
    assert propose(pd.DataFrame([["1"] * len(headers)], columns=headers), name=name).table == table


def test_what_fits_two_tables_alike_is_no_certainty():
    proposal = propose(pd.DataFrame({"地址": ["A"], "经度": ["121.5"], "纬度": ["31.2"]}))
    assert not proposal.clear and not proposal.sure
    assert propose(pd.DataFrame({"地址": ["A"], "经度": ["121.5"], "纬度": ["31.2"]}), table="sites").sure


def test_values_speak_where_headers_do_not():
    frame = pd.DataFrame(
        {"a": ["121.471", "121.481"], "b": ["31.2312", "31.241"], "c": ["店", "铺"], "n": ["7.125", "300.5"]}
    )
    proposal = propose(frame, table="sites")
    assert proposal.given() == {"a": "lon", "b": "lat", "c": "", "n": ""}
    assert proposal.headers.loc[["a", "b"], "why"].tolist() == ["values", "values"] and not proposal.sure
    pair = propose(
        pd.DataFrame({"pos": ["121.4712,31.2312", "121.48，31.24"]}).replace("，", ",", regex=True), table="sites"
    )
    assert pair.given() == {"pos": ""}  # two decimals are too few to be sure of
    assert propose(pd.DataFrame({"pos": ["121.4712, 31.2312"]}), table="sites").given() == {"pos": "坐标"}
    shapes = propose(pd.DataFrame({"形状": ["POLYGON ((0 0, 1 0, 1 1, 0 0))"]}), table="zones")
    assert shapes.given() == {"形状": "geometry"}
    sales = propose(
        pd.DataFrame({"商户编号": ["S1", "S2"], "统计": ["2026-01", "2026-02"], "成交金额": ["5", "6"]}), table="sales"
    )
    assert sales.given() == {"商户编号": "", "统计": "period", "成交金额": "sales"}


def test_two_columns_that_look_like_longitudes_are_left_to_the_user():
    frame = pd.DataFrame({"a": ["121.471"], "b": ["121.472"], "c": ["31.231"]})
    assert set(propose(frame, table="sites").given().values()) == {""}


def test_what_does_not_read_as_the_column_is_not_proposed():
    frame = pd.DataFrame({"门店经度": ["东", "西"], "开业情况": ["好", "好"], "店铺面积(亩)": ["3", "4"]})
    assert set(propose(frame, table="stores").given().values()) == {""}


def test_of_two_headers_of_one_column_the_first_of_the_dictionary_is_taken_and_it_is_asked():
    frame = pd.DataFrame({"营业面积": ["50"], "面积": ["60"], "地址": ["A"]})
    proposal = propose(frame, table="sites")
    assert proposal.given() == {"营业面积": "", "面积": "floor_area_sqm", "地址": "address"} and not proposal.sure


def test_a_rent_by_month_is_proposed_as_the_rent_a_square_metre():
    frame = pd.DataFrame({"地址": ["A"], "租金(元/㎡/月)": ["186"]})
    assert propose(frame, table="listings").given()["租金(元/㎡/月)"] == "rent_sqm_day"


def test_what_the_user_says_goes_before_every_guess():
    proposal = propose(STORES, table="stores", given={"备注": "name", "门店名": ""})
    assert proposal.given() == MEANT | {"备注": "name", "门店名": ""}
    assert proposal.headers.loc["备注", "sure"]


def test_too_many_or_repeated_headers_are_read_as_they_are_known():
    wide = pd.DataFrame([["1"] * 500], columns=[f"门店名{n}" for n in range(499)] + ["品牌"])
    assert {header: ours for header, ours in propose(wide, table="stores").given().items() if ours} == {"品牌": "brand"}
    twice = pd.DataFrame([["A", "B", "C"]], columns=["品牌", "品牌", "店名"])
    assert propose(twice, table="stores").headers["column"].tolist() == ["brand", "brand", "name"]
