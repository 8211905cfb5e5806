import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.overlaps import overlapping_totals, refuse_double_counting


def test_totals_of_totals_are_named_by_their_smallest_parts():
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.uniform(10, 20, (40, 4)), columns=list("abcd"))
    table["ab"] = table["a"] + table["b"]
    table["Total"] = table["ab"] + table["c"] + table["d"]
    found = overlapping_totals(table.round(2))
    assert found.groupby("total")["part"].apply(sorted).to_dict() == {"ab": ["a", "b"], "Total": ["a", "b", "c", "d"]}
    with pytest.raises(ValueError, match="counted twice.*ab = .*Total = "):
        refuse_double_counting(table)
    assert refuse_double_counting(table[list("abcd")]).equals(table[list("abcd")].sum(axis=1).rename("sales"))


def test_what_only_looks_alike_is_no_sum():
    draw = np.random.default_rng(1)
    table = pd.DataFrame(draw.uniform(10, 20, (60, 3)), columns=list("abc"))
    table["near"] = (table["a"] + table["b"]) * draw.normal(1, 0.02, 60)
    assert overlapping_totals(table).empty


def test_industries_of_australia(shared):
    sold = pd.read_csv(shared / "aus_retail" / "aus_retail.csv")
    table = sold.pivot(index=["State", "Month"], columns="Industry", values="Turnover")
    found = overlapping_totals(table)
    assert set(found["total"]) == {
        "Cafes, restaurants and takeaway food services",
        "Clothing, footwear and personal accessory retailing",
        "Food retailing",
        "Household goods retailing",
        "Other retailing",
    }
    cafes = found.loc[found["total"].str.startswith("Cafes"), "part"]
    assert set(cafes) == {"Cafes, restaurants and catering services", "Takeaway food services"}
