import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.territories.neighbours import zone_links
from expansion_kit.territories.planning import plan_territories


def plan_row(amounts, n, tolerance=0.1, **options):
    """A plan for squares in a row, A, B, C, ..."""
    boxes = [shapely.box(x * 1000, 0, x * 1000 + 1000, 1000) for x in range(len(amounts))]
    zones = gpd.GeoDataFrame(geometry=boxes, index=list("ABCDEFGHIJ")[: len(amounts)], crs=32652)
    measures = amounts if isinstance(amounts, pd.DataFrame) else pd.DataFrame({"sales": amounts})
    measures = measures.set_axis(zones.index).astype(float)
    return plan_territories(zones, measures, n, tolerance=tolerance, links=zone_links(zones), starts=2, **options)


def test_a_zone_larger_than_a_territory_may_be_is_named_with_what_is_possible():
    plan, causes = plan_row([1, 1, 8, 1, 1], 2)
    assert causes["cause"].tolist() == ["zone_too_large"] and causes["zone_id"].tolist() == ["C"]
    assert causes["value"].iloc[0] == pytest.approx(8 / 6 - 1) and causes["proven"].all()
    assert plan.nunique() == 2
    sums = pd.Series([1, 1, 8, 1, 1], index=plan.index).groupby(plan).sum()
    assert sorted(sums) == [2, 10]  # C with one side: the nearest that holds together


def test_zones_locked_to_one_territory_can_be_too_many():
    plan, causes = plan_row([1] * 6, 3, locked=dict.fromkeys("ABC", "West"))
    assert causes[["cause", "territory_id", "value"]].values.tolist() == [["locked_too_large", "West", 0.5]]
    assert (plan[["A", "B", "C"]] == "West").all() and plan.nunique() == 3


def test_locked_zones_that_others_keep_apart_are_told_and_stay():
    plan, causes = plan_row([1] * 5, 2, 0.5, locked={"A": "X", "C": "Y", "E": "X"})
    row = causes.set_index("cause").loc["locked_apart"]
    assert row["territory_id"] == "X" and row["value"] == 2 and row["proven"]
    assert plan[["A", "C", "E"]].tolist() == ["X", "Y", "X"]


def test_more_territories_than_zones():
    plan, causes = plan_row([1, 1, 1], 5)
    assert causes["cause"].tolist() == ["too_few_zones"] and causes[["value", "limit"]].values.tolist() == [[3, 5]]
    assert plan.nunique() == 3


def test_more_territories_than_zones_with_any_of_it():
    _, causes = plan_row([5, 0, 0, 5, 0], 3)
    assert "too_few_with_measure" in set(causes["cause"])


def test_a_measure_that_balances_alone_but_not_with_the_other():
    """Sales want the cut in the west, stores in the east."""
    both = pd.DataFrame({"sales": [6, 1, 1, 1, 1, 1, 1], "stores": [1, 1, 1, 1, 1, 1, 6]})
    _, causes = plan_row(both, 2, 0.1)
    assert set(causes["cause"]) == {"measures_together"} and not causes["proven"].any()
    assert (causes["value"] > causes["limit"]).all()


def test_a_measure_that_no_cut_of_the_row_balances():
    _, causes = plan_row([1, 3, 3, 1, 3, 3], 2, 0.01, locked={"A": "W"})  # 7 and 7: fine
    assert causes.empty
    plan, causes = plan_row([3, 3, 3], 2, 0.1)
    assert causes[["cause", "proven"]].values.tolist() == [["measure_alone", False]]
    assert causes["value"].iloc[0] == pytest.approx(6 / 4.5 - 1) and plan.nunique() == 2


def test_nothing_stands_in_the_way_of_an_even_plan():
    _, causes = plan_row(np.ones(6), 3)
    assert causes.empty and list(causes) == ["cause", "territory_id", "zone_id", "measure", "value", "limit", "proven"]
