import html
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from expansion_kit import geo
from expansion_kit.maps import page
from expansion_kit.maps.change_map import change_map
from expansion_kit.maps.changes import change_placements
from expansion_kit.market.store_changes import changes_by_brand, store_changes

HOSTILE = ["{{7*7}}", "{# x", "<img src=x onerror=alert(1)>", "${alert(1)}", "</script><script>alert(1)</script>"]
COLUMNS = ["store_id_before", "store_id", "brand_before", "brand", "change", "distance_m", "matched_by"]


def town(n=40, seed=0):
    """A year before and now: a tenth each closed, moved and rebranded, as many opened."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(120.0, 120.2, n), rng.uniform(30.0, 30.2, n)
    table = pd.DataFrame(
        {"brand": rng.choice(["茗山茶", "古茗"], n), "lon": lon, "lat": lat}, index=[f"S{i}" for i in range(n)]
    )
    tenth = max(n // 10, 1)
    now = table.iloc[tenth:].copy()
    now.iloc[:tenth, 1:] += 0.01
    now.iloc[tenth : 2 * tenth, 0] = "新牌"
    new = table.iloc[:tenth].assign(lon=120.25).set_axis([f"N{i}" for i in range(tenth)])
    return table, pd.concat([now, new])


def compared(then, now, *, lang="zh", own_brand="茗山茶"):
    placed = [
        gpd.GeoDataFrame(t, geometry=gpd.points_from_xy(t["lon"], t["lat"]), crs="EPSG:4326") for t in (then, now)
    ]
    crs = geo.metric_crs(placed[0]["lon"], placed[0]["lat"])
    changes = store_changes(*(geo.to_metres(table, crs) for table in placed))
    return change_placements(changes, then, now, own_brand=own_brand, lang=lang), changes_by_brand(changes)


def drawn_page(old, new, *, lang="zh", own_brand="茗山茶", title="变化图", **options):
    spec, balance = compared(old, new, lang=lang, own_brand=own_brand)
    return page(change_map(spec, balance, title=title, lang=lang, **options), name="changes", lang=lang)


def test_the_page_is_the_same_at_each_making():
    assert drawn_page(*town()) == drawn_page(*town())


@pytest.mark.browser
def test_pins_arrows_counts_and_balance_agree(visit):
    opened = visit(drawn_page(*town(), before="2025-10-31", now="2026-10-31", made=True))
    counts = opened.locator(".placement-count").all_inner_texts()
    names = opened.locator(".placement-name").all_inner_texts()
    assert dict(zip(names[:4], counts[:4])) == {"新开": "4", "关闭": "4", "迁址": "4", "换牌": "4"}
    assert opened.locator(".placement-pin").count() == 16
    badges = opened.locator(".placement-pin text").all_text_contents()
    assert sorted(badge[0] for badge in badges) == sorted("++++××××→→→→↔↔↔↔")
    assert "2025-10-31 至 2026-10-31" in opened.inner_text(".placement-head")
    assert opened.locator(".placement-sum td").all_inner_texts()[0:2] == ["合计", "40"]
    arrows = opened.locator(".leaflet-overlay-pane path")
    assert arrows.count() == 4 * 3  # the old place, the line and its head
    opened.locator(".placement-legend input").nth(names.index("迁址")).uncheck()
    assert arrows.count() == 0 and opened.locator(".placement-pin").count() == 12
    assert opened.faults == []


@pytest.mark.browser
def test_badges_fit_their_pins_and_own_stores_are_drops(visit):
    then, now = town(200)
    spec, _ = compared(then, now)
    opened = visit(drawn_page(then, now))
    opened.evaluate("Object.values(window).find(v => v instanceof L.Map).setZoom(15, {animate: false})")
    wide = opened.evaluate(
        "[...document.querySelectorAll('.placement-pin:not(.placement-small) text')].map(t => t.getBBox().width)"
    )
    assert wide and max(wide) <= 23
    drops = opened.locator(".placement-pin path[d^='M12 29C']").count()
    assert drops == (spec["own"] & spec["number"].notna()).sum() > 0
    assert opened.faults == []


@pytest.mark.browser
def test_hostile_texts_show_themselves_and_do_nothing_else(visit):
    then, now = town(60)
    joined = " ".join(HOSTILE)
    then = then.assign(brand=np.resize(HOSTILE, 60), name=joined)
    now = now.assign(brand=np.resize(HOSTILE[::-1], 60), name=joined)
    told = {"subtitle": joined, "before": joined, "now": joined, "source": joined}
    made = drawn_page(then, now, own_brand=HOSTILE[0], title=joined, lang="en", **told)
    assert html.unescape(re.search(r"<title>(.*?)</title>", made)[1]) == joined
    opened = visit(made)
    assert set(HOSTILE) <= set(opened.locator(".placement-figures td:first-child").all_text_contents())
    opened.locator(".placement-pin").first.press("Enter")
    assert joined in opened.locator(".leaflet-popup-content strong").text_content()
    assert opened.evaluate("document.querySelectorAll('.placement-map img').length") == 0
    assert opened.faults == []


@pytest.mark.browser
def test_more_than_five_hundred_changes_become_dots(visit):
    then, now = town(1500)
    opened = visit(drawn_page(then, now))
    assert opened.locator(".placement-pin").count() == 0
    assert opened.faults == []


EDGES = {
    "none": (town()[0].iloc[:0], town()[0].iloc[:0]),
    "all opened": (town()[0].iloc[:0], town()[0]),
    "all closed": (town()[0], town()[0].iloc[:0]),
    "nothing changed": (town()[0], town()[0]),
    "no coordinates": tuple(t.assign(lon=np.nan) for t in town()),
}


@pytest.mark.browser
@pytest.mark.parametrize("case", EDGES)
def test_edge_cases_open_without_fault(visit, case):
    then, now = EDGES[case]
    if case == "none":
        changes = pd.DataFrame(columns=COLUMNS)
        spec, balance = change_placements(changes, then, now, lang="zh"), changes_by_brand(changes)
    else:
        changed = {"all opened": "opened", "all closed": "closed"}.get(case, "kept")
        ids = {"store_id_before": then.index if len(then) else None, "store_id": now.index if len(now) else None}
        changes = pd.DataFrame(ids, index=range(max(len(then), len(now)))).assign(
            brand_before="古茗", brand="古茗", change=changed, distance_m=np.nan, matched_by="id"
        )
        spec, balance = change_placements(changes, then, now, lang="zh"), changes_by_brand(changes)
    opened = visit(page(change_map(spec, balance, title="变化图", lang="zh"), name="c", lang="zh"), width=390)
    opened.locator(".placement-fold").click()
    assert ("暂无可比较" in opened.inner_text(".placement-side")) == (case == "none")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.faults == []
