import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from expansion_kit import words
from expansion_kit.candidates.pipeline import pipeline
from expansion_kit.candidates.point_card import DEFAULT_CARD, point_card, reasons_text

law = settings(deadline=None, max_examples=60)  # the machine may be busy
STRONG = {
    "liquid_capital": 800_000,
    "capital": 1_000_000,
    "retail_years": 5,
    "stores_run": 6,
    "brands_run": "Tea A|Tea B",
    "local": True,
    "own_premises": True,
    "credit_grade": "A",
}
WEAK = {**dict.fromkeys(STRONG, 0), "local": False, "own_premises": False, "credit_grade": "D"}


def asking(**questions):
    return {"questions": questions}


def by_years(*bands):
    return asking(retail_years={"at_least": bands})


def answer(**columns):
    return pd.DataFrame(columns, index=[f"P{i}" for i in range(len(next(iter(columns.values()))))])


def test_the_best_answers_give_a_hundred_and_the_worst_none():
    table = point_card(pd.DataFrame([STRONG, WEAK], index=["P1", "P2"]))
    assert_allclose(table["score"], [100, 0], atol=1e-9)
    assert table["coverage_pct"].tolist() == [100, 100]
    assert table["rank"].tolist() == [1, 2]
    assert table["veto"].tolist() == ["", "prospect.veto_liquid_capital; prospect.veto_credit_grade"]
    # a question of 22 of 100 points lies 11 above or below the middling answer
    assert table.loc["P1", "reasons"][:1] == (("liquid_capital", 11.0),)
    assert table.loc["P2", "reasons"] == (("liquid_capital", -11.0), ("credit_grade", -8.0), ("retail_years", -7.0))


def test_the_points_of_the_default_card_are_out_of_a_hundred():
    parts = [dict(*q.values()).values() for q in DEFAULT_CARD["questions"].values()]
    assert sum(max(part) for part in parts) == 100
    assert sum(min(part) for part in parts) == 0


def test_a_floor_belongs_to_its_own_band():
    table = point_card(answer(retail_years=[0, 0.99, 1, 2.99, 3, 40]), by_years((0, 0), (1, 5), (3, 10)))
    assert table["score"].tolist() == [0, 0, 50, 50, 100, 100]


def test_points_below_zero_move_the_bottom_of_the_scale():
    table = point_card(answer(retail_years=[0, 1, 3]), by_years((0, -10), (1, 0), (3, 10)))
    assert table["score"].tolist() == [0, 50, 100]
    assert table["reasons"].tolist() == [(("retail_years", -50.0),), (), (("retail_years", 50.0),)]


def test_missing_answers_are_listed_and_never_filled():
    prospects = pd.DataFrame([{**STRONG, "local": None}, {**STRONG, "liquid_capital": None, "capital": None}, {}])
    table = point_card(prospects)
    assert table["unknown"].tolist() == ["local", "liquid_capital; capital", "; ".join(DEFAULT_CARD["questions"])]
    assert_allclose(table["coverage_pct"], [92, 66, 0])
    assert_allclose(table["score"], [100, 100, np.nan])
    assert table["note"].tolist() == ["", "", "score.not_enough_known"]
    assert table["veto"].tolist() == ["", "", ""]
    assert table["veto_unknown"].tolist() == ["", "liquid_capital", "liquid_capital; credit_grade"]
    assert table["reasons"].tolist()[2] == ()
    assert table.loc[0, "contribution_local"] != table.loc[0, "contribution_local"]


def test_an_absent_column_is_a_missing_answer_of_everybody():
    table = point_card(pd.DataFrame([STRONG]).drop(columns="own_premises"))
    assert table["unknown"].tolist() == ["own_premises"]


def test_nullable_columns_are_read_as_they_are():
    prospects = pd.DataFrame([STRONG, WEAK]).astype(
        {"local": "boolean", "stores_run": "Int64", "credit_grade": "string"}
    )
    assert_frame_equal(point_card(prospects), point_card(pd.DataFrame([STRONG, WEAK])))
    prospects.loc[0, ["local", "stores_run", "credit_grade"]] = pd.NA
    assert point_card(prospects)["unknown"].tolist() == ["stores_run; local; credit_grade", ""]


def test_categories_and_geometry_are_read_as_they_are():
    prospects = pd.DataFrame([STRONG, WEAK, {}]).assign(stage=["visit", "咨询", "visit"])
    same = geopandas.GeoDataFrame(
        prospects.astype({"credit_grade": "category", "stage": "category"}),
        geometry=geopandas.points_from_xy([121.0, 121.1, 121.2], [31.0, 31.1, 31.2]),
        crs=4326,
    )
    assert_frame_equal(point_card(same), point_card(prospects))
    assert_frame_equal(pipeline(same), pipeline(prospects))


def test_no_prospects_give_empty_tables():
    table = point_card(pd.DataFrame(columns=list(STRONG)))
    assert table.empty
    assert reasons_text(table, "zh").empty
    assert pipeline(pd.DataFrame({"stage": []}))["count"].sum() == 0


def test_nothing_is_changed_in_place():
    prospects = pd.DataFrame([STRONG, WEAK, {}]).assign(stage="visit")
    before = prospects.copy()
    reasons_text(point_card(prospects), "en")
    pipeline(prospects)
    assert_frame_equal(prospects, before)


ANSWERS = {
    "liquid_capital": st.none() | st.floats(0, 2e6),
    "retail_years": st.none() | st.integers(0, 30),
    "local": st.none() | st.booleans(),
    "credit_grade": st.none() | st.sampled_from("ABCD"),
}


@law
@given(st.lists(st.fixed_dictionaries(ANSWERS), min_size=1, max_size=8))
def test_contributions_sum_to_the_score_and_no_prospect_changes_another(rows):
    prospects = pd.DataFrame(rows, columns=list(ANSWERS), dtype=object)
    card = asking(**{name: DEFAULT_CARD["questions"][name] for name in ANSWERS})
    table = point_card(prospects, card)
    enough = table["enough_known"]
    assert_allclose(table.filter(like="contribution_")[enough].sum(axis=1), table.loc[enough, "score"], atol=1e-9)
    alone = point_card(prospects.iloc[[-1]], card)
    assert_frame_equal(alone.drop(columns="rank"), table.iloc[[-1]].drop(columns="rank"), check_dtype=False)
    assert all(len(text) > 0 for lang in words.LANGUAGES for text in reasons_text(table[table["unknown"] != ""], lang))


def test_names_and_telephones_never_come_out():
    prospects = pd.DataFrame(
        [{**STRONG, "name": "王小明", "phone": "13800138000", "wechat": "wxm_1", "company": "明记"}]
    )
    table = point_card(prospects)
    shown = table.to_csv() + reasons_text(table, "zh").to_csv() + reasons_text(table, "en").to_csv()
    assert not any(secret in shown for secret in ("王小明", "13800138000", "wxm_1", "明记"))


PROTECTED_NAMES = """
sex gender Gender maritalStatus age age_group owner_age dateOfBirth ethnicity race religion health native_place
political_view party_member blood_type number_of_children 性别 客户性别 男 年龄 民族 宗教信仰 婚姻状况 已婚 籍贯
户籍所在地 政治面貌 健康 身份证号 客户age
"""


@pytest.mark.parametrize("name", PROTECTED_NAMES.split())
def test_protected_attributes_are_refused_by_name(name):
    question = {"answers": {"x": 1, "y": 0}}
    with pytest.raises(ValueError, match=f"protected personal attributes: {name}"):
        point_card(pd.DataFrame([STRONG]), asking(**{name: question}))
    with pytest.raises(ValueError, match=f"protected personal attributes: {name}"):
        point_card(pd.DataFrame([STRONG]), asking(status={"answers": {name: 1, "other": 0}}))
    with pytest.raises(ValueError, match=f"protected personal attributes: {name}"):
        point_card(pd.DataFrame([STRONG]), {**DEFAULT_CARD, "vetoes": ((name, "==", "x", "prospect.x"),)})


@pytest.mark.parametrize("name", ["name", "phone", "wechat", "email", "姓名", "联系电话", "微信号"])
def test_contact_details_are_no_question(name):
    with pytest.raises(ValueError, match=f"contact details: {name}"):
        point_card(pd.DataFrame([STRONG]), asking(**{name: {"answers": {"x": 1, "y": 0}}}))


@pytest.mark.parametrize(
    "name", ["stage", "manager", "average_ticket", "storage_sqm", "brand_sales", "男装经营年限", "孕婴店"]
)
def test_trade_words_that_only_look_alike_are_allowed(name):
    assert point_card(answer(**{name: [1, 0]}), asking(**{name: {"at_least": ((0, 0), (1, 5))}}))["score"].tolist() == [
        100,
        0,
    ]


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"questions": {}}, "at least one question"),
        (asking(local={}), "must have one of"),
        (asking(local={"answers": {True: 1}, "at_least": ((0, 0),)}), "must have one of"),
        (asking(local={"answers": {True: 1, False: 1}}), "same points"),
        (asking(retail_years={"at_least": ()}), "same points"),
        (by_years((3, 0), (1, 5)), "must rise"),
        (by_years((3, 0), (5, 5)), r"does not know \(P0: 2\)"),
        (asking(retail_years={"answers": {1: 5, 3: 0}}), r"does not know \(P0: 2\)"),
        (asking(local={"at_least": ((0, 0), (1, 5))}), r"does not know \(P0: maybe\)"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(card, message):
    with pytest.raises(ValueError, match=message):
        point_card(answer(retail_years=[2], local=["maybe"]), card)


def test_reasons_are_worded_in_both_languages():
    prospects = pd.DataFrame([{**STRONG, "credit_grade": "D", "local": None}])
    table = point_card(prospects)
    # 92 points known: 22 of them in full lie 50 x 22/92 = 12.0 above the middle, 14 lie 7.6, credit 8.7 below it
    english = reasons_text(table, "en")
    assert english[0] == (
        "Veto: credit grade D. For: liquid capital +12.0, years in retail +7.6, stores run +7.6. "
        "Against: credit grade -8.7. Unknown: local network."
    )
    assert english.name == "reasons_text"
    assert reasons_text(table, "zh")[0] == (
        "一票否决：信用等级为 D。加分：流动资金 +12.0、零售从业年限 +7.6、在营门店数 +7.6。"
        "减分：信用等级 -8.7。待了解：本地资源。"
    )


def test_a_question_of_the_users_own_is_shown_by_its_own_name():
    card = {**asking(加盟经验={"answers": {"有": 1, "无": 0}}), "vetoes": (("加盟经验", "==", "无", "经验不足"),)}
    table = point_card(answer(加盟经验=["有", "无", None]), card)
    assert reasons_text(table, "zh").tolist() == [
        "加分：加盟经验 +50.0。",
        "一票否决：经验不足。减分：加盟经验 -50.0。",
        "说明：资料不足，暂不评分。待了解：加盟经验。",
    ]
