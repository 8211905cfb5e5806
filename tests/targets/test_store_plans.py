import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.store_plans import to_stores

MONTHS = pd.period_range("2025-01", "2026-12", freq="M")


@given(st.integers(0, 10**12), st.lists(st.floats(0.01, 1e7), min_size=1, max_size=9))
def test_the_stores_of_a_territory_add_up_to_its_target(total, sold):
    history = pd.DataFrame({f"S{n}": value for n, value in enumerate(sold)}, MONTHS)
    parts = to_stores(pd.Series({"T1": total}), history, pd.Series("T1", history.columns))
    assert parts.sum() == total and parts.index.name == "store_id"


def test_closed_stores_and_territories_without_a_store_get_nothing():
    history = pd.DataFrame({"S1": 1.0, "S2": 1.0, "S3": 1.0}, MONTHS)
    history.loc["2026-12", "S2"] = None
    parents = pd.Series({"S1": "T1", "S2": "T1", "S3": "T3"})
    assert to_stores(pd.Series({"T1": 9, "T2": 5, "T3": 4}), history, parents).to_dict() == {"S1": 9, "S3": 4}
    assert to_stores(pd.Series({"T2": 5}), history, parents).empty
