import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import make_demo_city
from expansion_kit import geo
from expansion_kit.market.store_changes import CHANGES, changes_by_brand, store_changes

CRS = geo.metric_crs([127.0], [37.5])


def stores(*rows):
    """Rows of (id, brand, x metres or None, status)."""
    ids, brands, xs, status = zip(*rows) if rows else ((), (), (), ())
    at = [None if x is None else gpd.points_from_xy([x], [0])[0] for x in xs]
    table = {"brand": pd.Series(brands, dtype=object), "status": pd.Series(status, dtype=object)}
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(at, crs=CRS)).set_index(pd.Index(ids, name="store_id"))


BEFORE = stores(
    ("1", "A", 0, "open"),
    ("2", "A", 1000, "open"),
    ("3", "B", 2000, None),
    ("4", "B", 3000, "open"),
    ("5", "A", 4000, "open"),
    ("6", "C", 5000, "open"),
    ("7", "independent", 6000, "open"),
    ("8", "B", 7000, "closed"),
    ("9", "A", None, "open"),
    ("10", "A", 8000, "open"),
)
NOW = stores(
    ("1", "A", 20, "open"),
    ("2", "A", 1400, "open"),
    ("3", "C", 2000, "open"),
    ("4", "B", 3000, "closed"),
    ("55", "A", 4010, "open"),
    ("66", "D", 5000, "open"),
    ("77", "independent", 6000, "open"),
    ("8", "B", 7000, "open"),
    ("9", "A", 0, "open"),
    ("10", "B", 9000, "open"),
    ("11", "E", 12000, "planned"),
)


def test_every_kind_of_change_and_how_it_was_found():
    made = store_changes(BEFORE, NOW)
    told = {row.store_id_before or row.store_id: (row.change, row.matched_by) for row in made.itertuples()}
    assert told == {
        "1": ("kept", "id"),
        "2": ("moved", "id"),
        "3": ("rebranded", "id"),
        "4": ("closed", "none"),
        "5": ("kept", "brand and place"),
        "6": ("rebranded", "place"),
        "7": ("closed", "none"),
        "77": ("opened", "none"),
        "8": ("opened", "none"),
        "9": ("kept", "id"),
        "10": ("moved_rebranded", "id"),
    }
    by_id = made.set_index("store_id_before")["distance_m"]
    assert by_id["2"] == 400 and np.isnan(by_id["9"])  # where it stood is not known: it can't be said to have moved
    assert set(made["change"]) == set(CHANGES)


def test_balance_of_each_brand():
    table = changes_by_brand(store_changes(BEFORE, NOW))
    assert (table["before"] + table["opened"] - table["closed"] + table["taken_over"] - table["given_up"]).equals(
        table["now"].rename(None)
    )
    assert table.loc["A"].to_dict() == {
        "before": 5,
        "opened": 0,
        "closed": 0,
        "taken_over": 0,
        "given_up": 1,
        "now": 4,
        "moved": 1,
    }


def test_one_with_one_the_nearest_first():
    made = store_changes(stores(("a", "A", 0, None), ("b", "A", 20, None)), stores(("c", "A", 18, None)))
    told = {row.store_id_before: (row.store_id, row.change) for row in made.itertuples()}
    assert told == {"b": ("c", "kept"), "a": (None, "closed")}


def test_twice_the_same_id_is_refused_and_nothing_is_no_change():
    with pytest.raises(ValueError, match="twice in the table of now"):
        store_changes(BEFORE, stores(("1", "A", 0, None), ("1", "A", 0, None)))
    assert len(store_changes(BEFORE.iloc[:0], BEFORE.iloc[:0])) == 0
    assert set(store_changes(BEFORE, BEFORE)["change"]) == {"kept"}
    assert set(store_changes(BEFORE.iloc[:0], NOW)["change"]) == {"opened"}


ROW = st.tuples(st.sampled_from("ABC"), st.integers(0, 20).map(lambda x: 20.0 * x))


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from("abcdefgh"), ROW), st.dictionaries(st.sampled_from("abcdwxyz"), ROW))
def test_each_store_stands_in_the_table_once_and_brands_balance(before, now):
    old, new = (stores(*[(key, *row, None) for key, row in each.items()]) for each in (before, now))
    made = store_changes(old, new)
    assert sorted(made["store_id_before"].dropna()) == sorted(before)
    assert sorted(made["store_id"].dropna()) == sorted(now)
    table = changes_by_brand(made)
    assert (table["before"] + table["opened"] - table["closed"] + table["taken_over"] - table["given_up"]).tolist() == (
        table["now"].tolist()
    )


def test_the_demo_citys_year_is_found_again():
    """Three moved, eight were closed whose ids begin with X, five took over premises, some opened; ids stay."""
    tables = make_demo_city.make(7, make_demo_city.read_truth())
    now, before = (geo.to_metres(tables[name].set_index("store_id"), CRS) for name in ("stores", "stores_before"))
    made = store_changes(before, now)
    assert made["change"].eq("moved").sum() == 3 and made["change"].isin(["rebranded", "moved_rebranded"]).sum() == 5
    closed = made.loc[made["change"] == "closed", "store_id_before"]
    assert closed.str.startswith("X").sum() == 8
    assert now.loc[closed[~closed.str.startswith("X")], "status"].eq("closed").all()
    opened = now.loc[made.loc[made["change"] == "opened", "store_id"]]
    assert len(opened) and opened["status"].eq("open").all()
