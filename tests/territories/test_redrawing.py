import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.redrawing import moved_zones, redraw_territories

ROWS, COLUMNS = 3, 4
BOXES = [shapely.box(x, y, x + 1000, y + 1000) for y in (0, 1000, 2000) for x in (0, 1000, 2000, 3000)]
ZONES = gpd.GeoDataFrame(geometry=BOXES, index=[f"Z{k:02d}" for k in range(12)], crs=32652)
LINKS = zone_links(ZONES)
HALVES = pd.Series(np.tile(["W", "W", "E", "E"], 3), index=ZONES.index)
GRAPH = nx.relabel_nodes(nx.grid_2d_graph(ROWS, COLUMNS), lambda place: f"Z{place[0] * COLUMNS + place[1]:02d}")


def on(amounts):
    return pd.DataFrame({"sales": np.asarray(amounts, dtype=float)}, index=ZONES.index)


def whole(plan):
    return all(nx.is_connected(GRAPH.subgraph(own)) for own in plan.groupby(plan).groups.values())


def spread(plan, measures):
    sums = measures["sales"].groupby(plan).sum()
    return (sums / sums.mean() - 1).abs().max()


def fewest_of_all(measures, tolerance):
    """By trying every set of zones that change sides, the small sets first."""
    for many in range(12):
        for moved in itertools.combinations(ZONES.index, many):
            plan = HALVES.where(~HALVES.index.isin(moved), HALVES.map({"W": "E", "E": "W"}))
            if plan.nunique() == 2 and spread(plan, measures) <= tolerance + 1e-9 and whole(plan):
                return many
    return None


@given(st.lists(st.integers(9, 11), min_size=12, max_size=12))
@settings(max_examples=10)
def test_nothing_moves_where_all_is_within_the_tolerance(amounts):
    plan, summary = redraw_territories(ZONES, on(amounts), HALVES, tolerance=0.11, links=LINKS)
    assert plan.equals(HALVES.rename("territory_id")) and summary["moves"] == 0
    assert summary["fewest"] and summary["within"]


@pytest.mark.parametrize("seed", range(5))
def test_as_few_zones_move_as_by_trying_all(seed):
    measures = on(np.random.default_rng(seed).integers(1, 15, 12) * np.tile([2, 2, 1, 1], 3))
    plan, summary = redraw_territories(ZONES, measures, HALVES, tolerance=0.1, links=LINKS)
    fewest = fewest_of_all(measures, 0.1)
    assert whole(plan) and spread(plan, measures) <= 0.1 + 1e-9 and summary["within"]
    assert summary["at_least"] <= fewest == summary["moves"] == len(moved_zones(HALVES, plan))


def test_locked_zones_do_not_move():
    measures = on(np.tile([4, 4, 1, 1], 3))
    locked = HALVES[HALVES == "W"].iloc[1::2]
    plan, summary = redraw_territories(ZONES, measures, HALVES, tolerance=0.3, links=LINKS, locked=locked)
    assert (plan[locked.index] == "W").all() and whole(plan)


def test_one_more_territory_gets_a_free_name_and_its_share():
    plan, summary = redraw_territories(ZONES, on(np.ones(12)), HALVES, n=3, tolerance=0, links=LINKS)
    assert plan.value_counts().tolist() == [4, 4, 4] and whole(plan) and summary["opened"] == ("T1",)
    assert summary["moves"] == summary["at_least"] == 4 and summary["fewest"]


def test_one_fewer_gives_up_the_one_that_is_told():
    thirds = pd.Series(np.tile(["A", "B", "C", "C"], 3), index=ZONES.index)
    plan, summary = redraw_territories(ZONES, on(np.ones(12)), thirds, close=["B"], tolerance=0.01, links=LINKS)
    assert set(plan) == {"A", "C"} and whole(plan) and plan.value_counts().tolist() == [6, 6]
    assert summary["moves"] == summary["at_least"] == 3 and summary["closed"] == ("B",)
    plan, summary = redraw_territories(ZONES, on(np.ones(12)), thirds, n=2, tolerance=0.01, links=LINKS)
    assert plan.nunique() == 2 and summary["moves"] == 3


def test_a_present_plan_in_pieces_is_mended_and_zones_of_nobody_are_given_away():
    present = HALVES.copy()
    present["Z03"], present["Z00"] = "W", None
    plan, summary = redraw_territories(ZONES, on(np.ones(12)), present, tolerance=0.01, links=LINKS)
    assert plan.equals(HALVES.rename("territory_id")) and (summary["moves"], summary["assigned"]) == (1, 1)


def test_what_cannot_be_reached_is_said():
    amounts = np.ones(12)
    amounts[0] = 100
    plan, summary = redraw_territories(ZONES, on(amounts), HALVES, tolerance=0.05, links=LINKS)
    assert not summary["within"] and not summary["fewest"] and whole(plan)
    assert (plan == plan["Z00"]).sum() == 1  # the nearest: the large one alone


def test_the_order_of_rows_does_not_matter():
    measures = on(np.tile([4, 3, 1, 1], 3))
    plan, _ = redraw_territories(ZONES, measures, HALVES, tolerance=0.1, links=LINKS)
    other, _ = redraw_territories(ZONES.iloc[::-1], measures.iloc[::-1], HALVES.iloc[::-1], tolerance=0.1, links=LINKS)
    assert other.reindex(plan.index).equals(plan)


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(ValueError, match="must name each zone"):
        redraw_territories(ZONES, on(np.ones(12)), HALVES.iloc[:3], links=LINKS)
    with pytest.raises(ValueError, match="names no territory"):
        redraw_territories(ZONES, on(np.ones(12)), pd.Series(None, index=ZONES.index, dtype=object), links=LINKS)
    with pytest.raises(ValueError, match="do not exist: X"):
        redraw_territories(ZONES, on(np.ones(12)), HALVES, close=["X"], links=LINKS)
    with pytest.raises(ValueError, match="fixed to them"):
        redraw_territories(ZONES, on(np.ones(12)), HALVES, close=["W"], locked={"Z00": "W"}, links=LINKS)
