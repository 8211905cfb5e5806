import pandas as pd
import pytest

from expansion_kit.maps import around, placements
from expansion_kit.maps.index import capacity, draw_groups, draw_index, group_counts, group_label, headings, index_rows
from expansion_kit.maps.sheet import sheet


def table():
    stores = pd.DataFrame(
        {
            "brand": ["Tea", "Rice", "Tea", "Tea"],
            "name": ["near", "rival", "far", "lost"],
            "lon": [0.002, 0.001, 0.1, None],
            "lat": 0.0,
            "rent_sqm_day": [8.5, None, None, None],
            "rent_month": [9000, None, 450000, None],
            "base_rent_month": [8000, None, None, 12000],
        },
        index=list("ABCD"),
    )
    return placements(stores, own_brand="Tea", lang="zh")


def test_rows_go_by_distance_and_what_has_no_place_comes_last():
    near = around(table(), (0.0, 0.0), nearest=1)
    seen = near["id"].isin(["A", "B"])
    rows = index_rows(near, seen, lang="zh", currency="CNY")
    assert rows["number"].tolist() == ["1", "2", "3", "4"]
    assert rows["name"].tolist() == ["rival", "near", "far ↗", "lost（缺坐标）"]
    assert rows["distance"].tolist() == ["111 米", "223 米", "11.1 公里", "—"]
    assert rows["class"].tolist() == ["竞品", "自有", "自有", "自有"]


def test_rent_is_told_by_the_finest_that_is_known():
    rows = index_rows(table(), pd.Series(True, index=table().index), lang="zh", currency="CNY")
    assert rows["rent"].tolist() == ["8.5/㎡/天", "45.0 万/月", "保底 1.2 万/月"]
    english = index_rows(table(), pd.Series(True, index=table().index), lang="en", currency="CNY")
    assert english["rent"].tolist() == ["8.5/m²/day", "450,000/month", "min. 12,000/month"]
    assert headings(rows, lang="zh", currency="CNY")["rent"] == "租金（元）"
    assert headings(rows, lang="zh", currency=None)["rent"] == "租金"


def test_counts_are_of_what_has_a_place():
    counts = group_counts(around(table(), (0.0, 0.0)), [150, 300])
    assert counts.loc["own", ["count", 150, 300]].tolist() == [2, 0, 1]
    assert counts.loc["brand1", ["count", 150, 300]].tolist() == [1, 1, 1]


@pytest.mark.parametrize("paper", ["A3", "A4"])
def test_a_full_box_holds_its_rows(paper):
    axes, box = sheet(paper, portrait=False), (10, 50, 120, 150)
    near = around(table(), (0.0, 0.0), nearest=1)
    rows = index_rows(near, pd.Series(True, index=near.index), lang="en", currency="CNY")
    many = pd.concat([rows] * 20, ignore_index=True).iloc[: capacity(axes, box)]
    draw_index(axes, many, headings(rows, lang="en", currency="CNY"), box)
    heights = [text.get_position()[1] for text in axes.texts]
    assert len({height for height in heights}) == len(many) + 1
    assert min(heights) > 50 and max(heights) <= 150
    assert len(many) > 15


def test_the_legend_says_where_it_ends_and_sums_up():
    axes = sheet("A4", portrait=False)
    end = draw_groups(axes, group_counts(table(), []), (10, 20, 80, 100), lang="en")
    assert max(text.get_position()[1] for text in axes.texts) == pytest.approx(end)
    assert [text.get_text() for text in axes.texts][-2:] == ["Total", "3"]


def test_the_total_is_of_stores_that_are_there():
    stores = pd.DataFrame(
        {"brand": ["Tea", "Tea", "Rice"], "status": ["open", "planned", "open"], "lon": 0.0, "lat": 0.0}
    )
    sites = pd.DataFrame({"lon": [0.0, 0.1], "lat": 0.0})
    spec = placements(stores, sites, own_brand="Tea", lang="en")
    axes = sheet("A3", portrait=False)
    draw_groups(axes, group_counts(spec, []), (10, 20, 150, 100), lang="en")
    assert [text.get_text() for text in axes.texts][-2:] == ["Total, without planned stores and candidates", "2"]
    rows = index_rows(spec, spec["lon"].notna(), lang="en", currency=None)
    assert rows["class"].tolist()[:2] == ["own", "planned"]


def test_a_group_that_no_font_can_write_is_called_by_its_kind():
    assert group_label("own", "\U0010ffff", 0, "en") == "Own stores"
    assert group_label("brand3", "\U0010ffff：", 4, "en") == "(5)"
    assert group_label("brand3", "Tea", 4, "en") == "Tea"
