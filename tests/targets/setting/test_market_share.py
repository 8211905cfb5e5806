import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.targets.setting.market_share import (
    competitive_target,
    required_sales,
    same_period_last_year,
    saturated_share,
    saturation_curve,
    share_now,
    share_reachable,
    target_bridge,
)


def test_a_share_of_what_is_not_known_is_not_known():
    sales = pd.Series({"T1": 20.0, "T2": 5.0, "T3": 5.0, "T4": 150.0})
    found = share_now(sales, pd.Series({"T4": 100.0, "T1": 80.0, "T2": 0.0}))
    assert found.name == "share_now" and found.index.equals(sales.index)
    assert found.fillna(-1).tolist() == [0.25, -1, -1, 1.5]
    assert required_sales(found[["T1"]], pd.Series({"T1": 80.0})).tolist() == [20]
    with pytest.raises(ValueError, match="no potential for T9"):
        required_sales(pd.Series({"T9": 0.1}), pd.Series({"T1": 80.0}))


def test_what_is_reachable_is_what_the_better_of_its_kind_have():
    share = pd.Series([0.1] * 6 + [0.3, 0.3, 0.5] + [0.05] * 3, [f"T{n}" for n in range(12)])
    kinds = pd.Series(["large"] * 9 + ["small"] * 3, share.index)
    found = share_reachable(share, kinds)
    assert found[:9].tolist() == [0.3] * 8 + [0.5] and found[9:].isna().all()
    assert share_reachable(share.iloc[:7]).isna().all()


def test_a_territory_without_a_share_may_still_reach_what_others_have():
    share = pd.Series([0.2] * 8 + [None], dtype=float)
    assert share_reachable(share).tolist() == [0.2] * 9


def density(count=30, seed=0):
    return pd.Series(np.random.default_rng(seed).uniform(0.5, 12, count))


@given(st.integers(0, 2**32), st.floats(0.05, 0.6), st.floats(1, 5))
def test_the_curve_is_found_again(seed, ceiling, pace):
    stores = density(seed=seed)
    noise = np.random.default_rng(seed).normal(0, 0.01 * ceiling, len(stores))
    curve = saturation_curve(stores, ceiling * (1 - np.exp(-stores / pace)) + noise)
    assert curve["note"] == ""
    assert curve["ceiling"] == pytest.approx(ceiling, abs=5 * curve["ceiling_error"] + 1e-9)
    assert saturated_share(pd.Series([pace]), curve)[0] == pytest.approx(ceiling * (1 - 1 / np.e), rel=0.1)


@pytest.mark.parametrize(
    ("stores", "share", "note"),
    [
        (density(7), lambda d: 0.3 * (1 - np.exp(-d / 3)), "few_territories"),
        (density() / 50 + 5, lambda d: 0.3 * (1 - np.exp(-d / 3)), "density_alike"),
        (density(), lambda d: 0.02 * d, "no_bend"),
        (density(), lambda d: 0.2 + 0 * d, "no_bend"),
        (density(), lambda d: 0.2 + 0.05 * np.random.default_rng(1).normal(size=len(d)), "no_bend"),
    ],
)
def test_a_curve_that_the_data_do_not_show_is_not_drawn(stores, share, note):
    curve = saturation_curve(stores, share(stores))
    assert curve["note"] == note and np.isnan(curve["ceiling"])
    assert saturated_share(stores, curve).isna().all()


def test_a_bend_is_seldom_seen_where_there_is_none():
    """Straight lines with noise: at most one in ten is taken for a curve."""
    seen = 0
    for seed in range(100):
        stores = density(20, seed)
        noise = np.random.default_rng(seed).normal(0, 0.03, 20)
        seen += saturation_curve(stores, 0.02 * stores + noise)["note"] == ""
    assert seen <= 10


RIVALS = pd.DataFrame(
    {
        "territory_id": ["T1", "T1", "T2", "T2", "T3", "T4"],
        "brand": ["X", "Y", "X", "Y", "X", "X"],
        "sales": [300.0, 200.0, 50.0, 45.0, 100.0, None],
    }
)


def test_be_first_and_where_first_a_multiple_of_the_second_and_third():
    own = pd.Series({"T1": 100.0, "T2": 80.0, "T3": 400.0, "T4": 7.0, "T5": 7.0})
    found = competitive_target(own, RIVALS, ahead=0.1, times_second=1.5, times_third=2)
    assert found["rank"].fillna(0).tolist() == [3, 1, 1, 0, 0]
    assert found["aim"].tolist() == ["become_first", "keep_ahead", "keep_ahead", "not_known", "not_known"]
    assert found["competitive_target"].fillna(0).tolist() == pytest.approx([330, 90, 400, 0, 0])
    assert found["first_rival"].fillna("").tolist() == ["X", "X", "X", "", ""]


def test_equal_with_the_first_is_not_yet_first():
    found = competitive_target(pd.Series({"T3": 100.0}), RIVALS)
    assert found.loc["T3", ["rank", "aim", "competitive_target"]].tolist() == [1, "become_first", 105]


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=6), st.floats(0, 1e9))
def test_the_target_makes_first_and_never_asks_for_less(sales, now):
    rivals = pd.DataFrame({"territory_id": "T1", "brand": [f"B{n}" for n in range(len(sales))], "sales": sales})
    target = competitive_target(pd.Series({"T1": now}), rivals)["competitive_target"].iloc[0]
    assert target >= now and target >= max(sales)
    turned = competitive_target(pd.Series({"T1": now}), rivals[::-1])["competitive_target"].iloc[0]
    assert turned == target


def test_rivals_that_stand_twice_or_sell_less_than_nothing_are_refused():
    with pytest.raises(ValueError, match="once in a territory"):
        competitive_target(pd.Series({"T1": 1.0}), pd.concat([RIVALS, RIVALS]))
    with pytest.raises(ValueError, match="at least 0"):
        competitive_target(pd.Series({"T1": -1.0}), RIVALS)


def test_last_year_is_twelve_months_before_or_not_known():
    months = pd.period_range("2025-11", "2026-12", freq="M")
    history = pd.DataFrame({"T1": range(14)}, months, dtype=float)
    found = same_period_last_year(history, pd.period_range("2026-10", "2027-01", freq="M"))
    assert found["T1"].fillna(-1).tolist() == [-1, 0, 1, 2]
    assert [str(month) for month in found.index] == ["2026-10", "2026-11", "2026-12", "2027-01"]


def test_the_bridge_by_hand_price_first_then_volume():
    found = target_bridge(
        1000.0, 1300.0, market_growth=0.1, price=0.05, openings=120.0, closures=-30, cannibalisation=-20
    )
    expected = {"price": 50, "growth": 105, "openings": 120, "closures": -30, "cannibalisation": -20, "share": 75}
    assert found.to_dict() == pytest.approx(expected)


def test_growth_and_share_are_not_told_apart_without_the_market():
    assert target_bridge(1000.0, 900.0).to_dict() == {"own_growth": -100}


@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=5), st.floats(-0.5, 0.5), st.none() | st.floats(-0.5, 0.5))
def test_the_steps_add_up_to_the_target(amounts, price, growth):
    last, target, *others = amounts
    named = dict(zip(("openings", "closures", "cannibalisation"), others))
    steps = target_bridge(last, target, market_growth=growth, price=price, **named)
    assert last + steps.sum() == pytest.approx(target, abs=1e-6)


def test_a_bridge_with_a_gap_is_refused():
    with pytest.raises(ValueError, match="every amount"):
        target_bridge(np.nan, 900.0)


def test_a_bridge_tells_the_forecast_of_what_is_there_from_what_is_asked_beyond_it():
    """1000 sold, 40 of it by closed stores; those left are forecast 1020, openings bring 90; the target is 1150."""
    steps = target_bridge(1000.0, 1150.0, forecast=1020.0, openings=90.0, closures=-40.0)
    assert steps.to_dict() == {"trend": 60.0, "openings": 90.0, "closures": -40.0, "stretch": 40.0}
    assert steps.sum() == 150.0
    assert "stretch" not in target_bridge(1000.0, 1150.0, market_growth=0.02, forecast=1020.0)
