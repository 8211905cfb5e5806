import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.maps.changes import (
    GROUPS,
    LOOKS,
    balance_text,
    change_details,
    change_legend,
    change_notes,
    change_placements,
    change_points,
    dates,
)
from expansion_kit.maps.specification import placed
from expansion_kit.market.store_changes import changes_by_brand, store_changes


def stores(rows):
    table = pd.DataFrame(rows, columns=["store_id", "brand", "lon", "lat"]).set_index("store_id")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


BEFORE = [("1", "Tea", 120.0, 30.0), ("2", "Tea", 120.1, 30.0), ("3", "Rice", 120.2, 30.0), ("4", "Bun", 120.3, 30.0)]
NOW = [("1", "Tea", 120.0, 30.0), ("2", "Tea", 120.11, 30.0), ("9", "Tea", 120.2, 30.0), ("5", "Rice", 120.4, 30.0)]


@pytest.fixture
def compared():
    then, now = stores(BEFORE), stores(NOW)
    crs = geo.metric_crs(now["lon"], now["lat"])
    return store_changes(geo.to_metres(then, crs), geo.to_metres(now, crs)), then, now


def test_each_change_is_numbered_own_ones_first(compared):
    table = change_placements(*compared, own_brand="Tea", lang="en").set_index("id")
    assert table["change"].to_dict() == {"2": "moved", "9": "rebranded", "5": "opened", "4": "closed", "1": "kept"}
    assert table["badge"].to_dict() == {"2": "→1", "9": "↔2", "5": "+3", "4": "×4", "1": None}
    assert table["own"].to_dict() == {"2": True, "9": True, "5": False, "4": False, "1": True}
    assert table.loc["4", ["lon", "brand_before", "brand"]].tolist() == [120.3, "Bun", None]
    assert table.loc["2", ["lon_before", "lon"]].tolist() == [120.1, 120.11]
    assert table.drop(index="2")[["lon_before", "lat_before"]].isna().all(axis=None)


def test_a_store_that_an_own_brand_gave_up_is_own_too(compared):
    table = change_placements(*compared, own_brand="Rice", lang="en").set_index("id")
    assert table.loc["9", "own"] and table.loc["9", "brand_before"] == "Rice"


def test_the_own_column_is_asked_before_the_brand(compared):
    changes, then, now = compared
    table = change_placements(changes, then, now.assign(own=[False, None, None, None]), own_brand="Tea", lang="en")
    own = table.set_index("id")["own"]
    assert own["1"] and own["9"]  # own before; own by its brand
    assert not change_placements(changes, then.assign(own=False), now.assign(own=False), own_brand="Tea", lang="en")[
        "own"
    ].any()


def test_legend_points_and_details_agree(compared):
    table = change_placements(*compared, own_brand="Tea", lang="zh")
    legend = change_legend(table)
    assert legend["count"].to_dict() == {"opened": 1, "closed": 1, "moved": 1, "rebranded": 1, "kept_own": 1}
    assert legend["own"].sum() == 3
    points = change_points(table)
    assert points.crs.to_epsg() == 4326 and len(points) == 5 and points["badge"].tolist() == table["badge"].tolist()
    rows = change_details(table, lang="zh")
    assert rows["变化"].tolist() == table["group_label"].tolist()
    assert rows.loc[table["id"] == "2", "迁移距离"].str.endswith(" 米").all()
    assert (rows.loc[table["id"] != "2", "迁移距离"] == "—").all()
    assert not rows.isna().any(axis=None)


def test_stores_without_coordinates_are_listed_and_said(compared):
    changes, then, now = compared
    table = change_placements(changes, then, now.assign(lat=np.nan), own_brand="Tea", lang="en")
    assert (~placed(table)).sum() == 4 and len(change_points(table)) == 1
    assert change_legend(table)["count"].sum() == 5
    assert any(note.startswith("4 stores without") for note in change_notes(table, "en"))
    assert change_notes(table.iloc[:0], "en") == ["No stores to compare."]


def test_the_balance_shows_the_brands_and_their_sum(compared):
    text = balance_text(changes_by_brand(compared[0]), lang="en")
    assert text.columns.tolist() == [
        *("Brand", "Before", "Opened", "Closed", "Taken over", "Given up", "Now", "Net", "Moved")
    ]
    assert text.iloc[0].tolist() == ["Tea", "2", "0", "0", "1", "0", "3", "+1", "1"]
    assert text.iloc[-1].tolist() == ["All", "4", "1", "1", "1", "1", "4", "0", "1"]


@given(st.integers(1, 30))
def test_many_brands_are_summed_in_one_row(n):
    counts = pd.DataFrame(
        {c: range(n) for c in ("before", "opened", "closed", "taken_over", "given_up", "now", "moved")},
        index=[f"B{i}" for i in range(n)],
    )
    text = balance_text(counts, lang="en")
    assert len(text) == min(n, 12) + (n > 12) + 1
    body = text.iloc[:-1]["Now"].astype(int).sum()
    assert body == int(text.iloc[-1]["Now"]) == sum(range(n))


def test_white_letters_can_be_read_on_every_change_and_signs_differ():
    def light(colour):
        parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)

    signed = {group: look for group, look in LOOKS.items() if look[0]}
    assert set(LOOKS) == set(GROUPS) and len({sign for sign, _ in signed.values()}) == len(signed) == 5
    assert all(1.05 / (light(colour) + 0.05) >= 4.5 for _, colour in signed.values())


def test_dates_that_are_not_known_are_a_dash():
    assert dates("2025-10-31", "", "zh") == "2025-10-31 至 —"
