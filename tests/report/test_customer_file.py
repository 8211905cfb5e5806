import pandas as pd
import pytest

from expansion_kit.prospects.follow_up import follow_ups, reasons_text
from expansion_kit.report.customer_file import customer_files

HOSTILE = "</style><script>alert(1)</script>{{7*7}}<img src=http://x onerror=alert(2)>\"'`"
PEOPLE = pd.DataFrame(
    {
        "stage": ["visit", "enquiry", "enquiry"],
        "name": ["王小明", HOSTILE, None],
        "phone": ["100-0001", HOSTILE, None],
        "capital": [300_000.0, None, None],
        "local": pd.array([True, None, False], dtype="boolean"),
        "documents": ["身份证明|征信报告", HOSTILE, None],
        "outcome": [None, None, "lost"],
        "territory_id": ["T1", HOSTILE, None],
    },
    index=pd.Index(["Y1", "Y2", "Y3"], name="prospect_id"),
)
SAID = pd.DataFrame(
    {
        "prospect_id": ["Y1", "Y1", "Y1", "Y2"],
        "date": pd.to_datetime(["2026-11-01", "2026-10-01", "2026-11-30", "2026-11-02"]),
        "channel": ["电话", None, None, HOSTILE],
        "note": ["第二次", "第一次", "以后", HOSTILE],
        "next_action": ["看铺", None, None, HOSTILE],
        "next_date": pd.to_datetime(["2026-11-05", None, None, None]),
    },
    index=pd.Index(["H1", "H2", "H3", "H4"], name="contact_id"),
)
STAGES = {"zh": {"enquiry": "咨询", "visit": "考察", "contract": "签约"}}
STAGES["en"] = {name: name for name in STAGES["zh"]}
SCORES = pd.DataFrame({"score": [61.4, None], "reasons_text": ["加分：本地", HOSTILE]}, index=["Y1", "Y2"])
MATCH = {"prospect_id": ["Y1"], "territory_id": ["T1"], "site_id": ["P14"], "fit": [85.7]}
MATCH |= {"second_site_id": ["P06"], "second_territory_id": ["T1"], "second_fit": [70.0]}


def page(lang="zh", **options):
    follow = follow_ups(PEOPLE, SAID, "2026-11-10")
    follow["reasons_text"] = reasons_text(follow["reasons"], lang)
    told = {"city": "小城", "lang": lang, "as_of": "2026-11-10", "currency": "CNY", "stages": STAGES[lang]}
    told |= {"scores": SCORES, "matches": pd.DataFrame(MATCH), "names": {"T1": "老城"}}
    return customer_files(PEOPLE, SAID, follow, **told | options)


def test_it_holds_the_whole_story_and_nothing_from_later():
    html = page()
    for text in (
        "内部资料",
        "100-0001",
        "30.0 万元",
        "老城 (T1)",
        "身份证明、征信报告",
        "61 / 100",
        "P14",
        "P06",
        "逾期 5 天",
    ):
        assert text in html
    assert html.index("第二次") < html.index("第一次") and "以后" not in html
    assert "已结束" in html and "已流失" in html


def test_what_is_not_known_is_a_dash_and_the_same_page_has_the_same_text():
    html = page(scores=None, matches=None, made=True)
    assert "—" in html and "nan" not in html.lower().replace("finance", "") and "NaT" not in html and "虚构" in html
    assert page() == page()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_texts_stay_texts_on_desk_and_phone(visit, lang):
    for width in (1200, 390):
        shown = visit(page(lang), width=width)
        assert shown.faults == [] and shown.locator("script, img").count() == 0
        assert shown.get_by_text("alert(1)").count() > 0 and shown.get_by_text("{{7*7}}").count() > 0
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.locator("li[aria-current=step]").first.inner_text() == STAGES[lang]["visit"]


def test_it_says_which_documents_the_next_stage_still_needs(visit):
    shown = visit(page(lacking=pd.Series({"Y1": "物业证明、<b>回执</b>"})))
    text = shown.locator("article").first.inner_text()
    assert "进入下一阶段尚缺" in text and "物业证明、<b>回执</b>" in text
