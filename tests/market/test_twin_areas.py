import numpy as np
import pandas as pd
import pytest

from expansion_kit.market.twin_areas import twin_areas

REFERENCE = pd.DataFrame({"people": [0.0, 1000, 2000], "income": [4000.0, 5000, 6000]})  # deviations 1,000 and 1,000
AREAS = pd.DataFrame(
    {"people": [2000.0, 500, 1900, 600, None], "income": [6000.0, 4000, 5800, 4800, 5000]}, index=list("ABCDE")
)


def test_nearest_of_the_best_by_hand():
    """C: 0.1 and 0.2 of A, sqrt((0.01 + 0.04) / 2). D: 0.1 and 0.8 of B."""
    made = twin_areas(AREAS, ["A", "B"], reference=REFERENCE)
    assert made.index.tolist() == ["C", "D", "E"]
    assert made.loc["C", ["twin_of", "rank", "differs_most"]].tolist() == ["A", 1, "income"]
    assert made.loc["C", "distance"] == pytest.approx(np.sqrt(0.05 / 2))
    assert made.loc["D", "twin_of"] == "B" and made.loc["D", "differs_by"] == pytest.approx(0.8)
    assert made.loc["E"].isna().all()


def test_another_candidate_changes_nothing_for_the_others():
    more = pd.concat([AREAS, pd.DataFrame({"people": [9e6], "income": [9e6]}, index=["F"])])
    before, after = (twin_areas(each, ["A"], reference=REFERENCE)["distance"] for each in (AREAS, more))
    assert after[before.index].equals(before)


def test_columns_can_be_chosen_and_faults_are_named():
    only = twin_areas(AREAS, ["B"], reference=REFERENCE, columns=["people"])
    assert only["distance"]["D"] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="'E' is not"):
        twin_areas(AREAS, ["E"], reference=REFERENCE)
    with pytest.raises(ValueError, match="'Q' is not"):
        twin_areas(AREAS, ["Q"], reference=REFERENCE)
    with pytest.raises(ValueError, match="income never differs"):
        twin_areas(AREAS, ["A"], reference=REFERENCE.assign(income=1))
    with pytest.raises(ValueError, match="must both have rivals"):
        twin_areas(AREAS, ["A"], reference=REFERENCE, columns=["rivals"])
