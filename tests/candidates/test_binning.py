import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from expansion_kit.candidates.binning import MISSING, OTHER, cut, labels, place, weigh


def counted(**bins):
    """Answers and outcomes with so many signed and lost in each bin."""
    answers = [name for name, (good, bad) in bins.items() for _ in range(good + bad)]
    signed = [k < good for good, bad in bins.values() for k in range(good + bad)]
    return pd.Series(answers), pd.Series(signed)


people = st.lists(st.tuples(st.none() | st.integers(0, 9), st.booleans()), min_size=6, max_size=60).filter(
    lambda rows: len({good for _, good in rows}) == 2 and any(value is not None for value, _ in rows)
)


@settings(max_examples=30)
@given(people, st.booleans())
def test_weights_of_numbers_run_one_way_and_every_prospect_is_in_one_bin(rows, smooth):
    answers = pd.Series([value for value, _ in rows], dtype=float)
    signed = pd.Series([good for _, good in rows])
    cuts, table = weigh(answers, signed, smooth=smooth)
    weight = table["weight"].drop(MISSING, errors="ignore").to_numpy()
    assert (np.diff(weight) >= -1e-9).all() or (np.diff(weight) <= 1e-9).all()
    assert smooth or table["weight"].equals(table["woe"].rename("weight"))
    assert table["signed"].sum() == signed.sum() and table["lost"].sum() == (~signed).sum()
    assert np.isfinite(table[["woe", "iv", "weight"]].to_numpy()).all() and (table["iv"] > -1e-12).all()
    assert len(labels(cuts)) == len(weight) == len(set(labels(cuts)))
    assert_frame_equal(weigh(answers[::-1], signed[::-1], smooth=smooth)[1], table)


def test_bins_that_run_against_the_rest_are_merged():
    # 10, 50, 30, 80 % of a hundred each: the two in the middle become one of 40 %
    answers, signed = counted(a=(10, 90), b=(50, 50), c=(30, 70), d=(80, 20))
    cuts, table = weigh(answers.map({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}), signed, smooth=False)
    assert cuts["floors"] == (-np.inf, 2.0, 4.0)
    assert table["signed"].tolist() == [10, 80, 80] and table["lost"].tolist() == [90, 120, 20]


def test_a_straight_line_stays_and_a_real_step_is_not_smoothed_away():
    x = np.arange(8.0).repeat(2000)
    draw = np.random.default_rng(0)
    step = pd.Series(draw.random(len(x)) < np.where(x < 4, 0.2, 0.6))
    weight = weigh(pd.Series(x), step)[1]["weight"]
    assert np.abs(weight.iloc[0] - np.log(0.2 / 0.8) + np.log(0.4 / 0.6)) < 0.15
    assert np.abs(weight.iloc[-1] - np.log(0.6 / 0.4) + np.log(0.4 / 0.6)) < 0.15
    few = pd.Series(x)[::100], step[::100]
    assert weigh(*few)[1]["weight"].nunique() >= weigh(*few, smooth=False)[1]["weight"].nunique()


def test_kinds_rare_ones_and_missing_ones():
    answers, signed = counted(A=(30, 20), B=(15, 30), C=(2, 1))
    answers[:10] = None
    cuts, table = weigh(answers, signed)
    assert cuts == {"kinds": ("A", "B", OTHER)} and table.index.tolist() == ["A", "B", OTHER, MISSING]
    # five of the common share are added: (20 + 5 x 47/98) / (20 + 5 x 51/98), against the odds of all
    wanted = np.log((20 + 5 * 47 / 98) / (20 + 5 * 51 / 98)) - np.log(47 / 51)
    assert table.loc["A", "weight"] == pytest.approx(wanted)
    assert place(pd.Series(["A", "Z", None]), cuts).tolist() == [0, 2, -1]
    assert place(pd.Series(["Z"]), {"kinds": ("A",)}).tolist() == [-2]


def test_equal_numbers_are_never_parted_and_floors_belong_to_their_bin():
    assert cut(pd.Series([0.0] * 50 + [1.0, 2.0, 3.0]), most=4)["floors"] == (-np.inf,)
    assert cut(pd.Series([0.0] * 50 + list(range(1, 51))), most=4)["floors"] == (-np.inf, 1.0, 26.0)
    assert place(pd.Series([0.99, 1.0]), {"floors": (-np.inf, 1.0)}).tolist() == [0, 1]
    assert labels({"floors": (-np.inf, 1_000_000.0)}) == ["< 1,000,000", "≥ 1,000,000"]


def test_answers_of_one_outcome_only_are_one_bin():
    answers = pd.Series([1.0, 2.0, 3.0, None, None])
    for smooth in (True, False):
        cuts, table = weigh(answers, pd.Series([True, True, True, False, False]), smooth=smooth)
        assert cuts == {"floors": (-np.inf,)} and table.index.tolist() == ["all", MISSING]
        assert table.loc["all", "weight"] > 0 > table.loc[MISSING, "weight"]
