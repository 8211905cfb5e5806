import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit import drawing
from expansion_kit.maps.changes import change_placements
from expansion_kit.maps.changes_printed import change_sheets
from expansion_kit.market.store_changes import changes_by_brand

HOSTILE = ["$x^2$", "{{7*7}}", "<b>", "a\nb", "\u202egnp", "\x00", "𓀀", "x" * 2000]


def spec(n=60, *, lang="zh", spread=0.05, brands=("茗山茶", "古茗"), seed=1):
    rng = np.random.default_rng(seed)
    ids = [str(i) for i in range(n)]
    kinds = np.resize(["opened", "closed", "moved", "rebranded", "kept"], n)
    changes = pd.DataFrame(
        {
            "store_id_before": np.where(kinds == "opened", None, ids),
            "store_id": np.where(kinds == "closed", None, ids),
            "brand_before": np.where(kinds == "opened", None, np.resize(brands, n)),
            "brand": np.where(kinds == "closed", None, np.resize(brands[::-1], n)),
            "change": kinds,
            "distance_m": np.where(kinds == "moved", 400.0, 0.0),
            "matched_by": "id",
        }
    )
    at = pd.DataFrame({"lon": rng.normal(120, spread, n), "lat": rng.normal(30, spread, n)}, index=ids)
    at["brand"] = np.resize(brands, n)
    moved = at.assign(lon=at["lon"] + 0.004)
    return change_placements(changes, moved, at, own_brand=brands[0], lang=lang), changes_by_brand(changes)


def boxes(figure, artists):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    return [shapely.box(*artist.get_window_extent(renderer).extents) for artist in artists]


def badges(figure):
    return boxes(figure, [patch for patch in figure.axes[0].patches if patch.get_gid() == "badge"])


@pytest.mark.parametrize("paper", ["A3", "A4"])
@pytest.mark.parametrize(("n", "spread"), [(60, 0.05), (60, 0.0), (300, 0.02)])
def test_badges_overlap_nowhere_and_what_is_left_out_is_said(paper, n, spread):
    table, balance = spec(n, spread=spread)
    pages = change_sheets(table, balance, title="变化图", lang="zh", paper=paper)
    shown = badges(pages[0])
    assert shapely.union_all(shown).area == pytest.approx(sum(box.area for box in shown))
    texts = " ".join(text.get_text() for page in pages for text in page.axes[0].texts)
    left_out = table["number"].notna().sum() - len(shown)
    assert (f"另有 {left_out} 个序号" in texts) == (left_out > 0)
    assert len(shown) >= min(40, n // 2)


def test_no_two_texts_overlap_and_the_list_has_every_change():
    table, balance = spec(200)
    pages = change_sheets(table, balance, title="变化图", before="2025", now="2026", lang="zh")
    assert len(pages) > 1
    for page in pages:
        shown = boxes(page, [text for text in page.axes[0].texts if text.get_text()])
        shown = [box.buffer(-0.5) for box in shown]
        assert shapely.union_all(shown).area == pytest.approx(sum(box.area for box in shown), rel=1e-6)
    listed = [text.get_text() for page in pages for text in page.axes[0].texts]
    assert all(listed.count(badge) >= 1 for badge in table["badge"].dropna())


def test_same_bytes():
    def made():
        return drawing.pdf(change_sheets(*spec(), title="变化图", lang="zh"))

    assert made() == made()


def test_the_ground_lies_in_the_frame_under_the_stores():
    shapes = [shapely.box(119, 29, 121, 30), shapely.LineString([(119, 30), (121, 30)])]
    lake = gpd.GeoDataFrame({"kind": ["water", "main"]}, geometry=shapes, crs=4326)
    figure = change_sheets(*spec(), title="变化图", lang="zh", basemap=lake)[0]
    paper, ground = figure.axes
    assert len(ground.patches) == 3 and ground.get_zorder() < paper.get_zorder()  # a main street is drawn twice
    frame = shapely.box(*ground.get_window_extent().extents)
    assert all(shapely.box(*patch.get_clip_box().extents).equals(frame) for patch in ground.patches)
    spots = [group.get_offset_transform().transform(group.get_offsets()) for group in paper.collections]
    inside = shapely.contains_xy(frame, *np.vstack(spots).T)
    assert inside.sum() >= 60


def test_a_store_far_out_is_left_out_and_said_but_a_change_never():
    table, balance = spec(600, spread=0.01)
    kept = table.index[table["change"] == "kept"]
    far = table.assign(lon=table["lon"].mask(table.index == kept[0], 125.0))
    texts = " ".join(text.get_text() for text in change_sheets(far, balance, title="T", lang="zh")[0].axes[0].texts)
    assert "图框外另有 1 家" in texts
    changed = table.index[table["change"] == "opened"]
    far = table.assign(lon=table["lon"].mask(table.index == changed[0], 125.0))
    texts = " ".join(text.get_text() for text in change_sheets(far, balance, title="T", lang="zh")[0].axes[0].texts)
    assert "图框外" not in texts


def test_hostile_names_and_no_stores():
    table, balance = spec(brands=HOSTILE, lang="en")
    joined = " ".join(HOSTILE)
    told = dict.fromkeys(("title", "subtitle", "before", "now", "source"), joined)
    pages = change_sheets(table, balance, lang="en", **told)
    assert drawing.pdf(pages)[:5] == b"%PDF-"
    assert any(r"\$x^2\$" in text.get_text() for text in pages[0].axes[0].texts)
    empty = change_sheets(table.iloc[:0], balance.iloc[:0], title="t", lang="en")
    assert any("No stores" in text.get_text() for text in empty[0].axes[0].texts)
