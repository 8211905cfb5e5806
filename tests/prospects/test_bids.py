import numpy as np
import pandas as pd
import pytest

from expansion_kit.prospects.bids import CRITERIA, FLOOR, RESULTS, awards, compare_bids

SCORES = pd.Series({"P1": 80.0, "P2": 60.0, "P3": 40.0})


def bids(*rows):
    columns = ["bid_id", "prospect_id", "territory_id", "openings_year", "deposit", "plan"]
    return pd.DataFrame(rows, columns=columns).set_index("bid_id")


def test_a_score_is_the_sum_of_its_parts_between_fixed_anchors():
    table = compare_bids(bids(("B1", "P1", "T1", 3.0, 25_000.0, "开样板店")), SCORES)
    parts = {"openings_year": 35 * 0.5, "deposit": 20 * 0.25, "plan_present": 10.0, "prospect_score": 35 * 0.8}
    for name, points in parts.items():
        assert table.at["B1", f"contribution_{name}"] == pytest.approx(points)
    assert (
        table.at["B1", "score"] == pytest.approx(sum(parts.values()))
        and sum(c["weight"] for c in CRITERIA.values()) == 1
    )


def test_the_best_above_the_floor_wins_and_the_margin_has_a_reason():
    rows = [("B1", "P1", "T1", 2.0, 5e4, "x"), ("B2", "P2", "T1", 6.0, 5e4, "x"), ("B3", "P3", "T2", 1.0, 1e4, None)]
    compared = compare_bids(bids(*rows), SCORES)
    assert compared["result"].to_dict() == {"B2": "won", "B1": "lost", "B3": "below_floor"}
    table = awards(compared)
    assert table.loc["T1", ["winner", "bid_id", "runner_up", "decided_by"]].tolist() == [
        "P2",
        "B2",
        "P1",
        "openings_year",
    ]
    assert table.at["T1", "margin"] == pytest.approx(35 * 4 / 6 - 35 * 0.2)
    assert (
        table.at["T2", "winner"] is None and table.at["T2", "why"] == "below_floor" and table.at["T2", "score"] < FLOOR
    )


def test_a_tie_is_told_and_not_decided():
    rows = [("B2", "P1", "T1", 4.0, 5e4, "x"), ("B1", "P9", "T1", 4.0, 5e4, "x"), ("B3", "P3", "T1", 1.0, 0.0, "x")]
    compared = compare_bids(bids(*rows), pd.Series({"P1": 80.0, "P9": 80.0, "P3": 40.0}))
    assert compared["result"].to_dict() == {"B1": "tie", "B2": "tie", "B3": "below_floor"}
    row = awards(compared).loc["T1"]
    assert row["winner"] is None and row["why"] == "tie" and row["tied"] == "P1|P9" and row["margin"] == 0


def test_a_vetoed_bid_never_wins_and_nothing_unknown_is_filled():
    rows = [
        ("B1", "P1", "T1", 6.0, 1e5, "x"),
        ("B2", "P2", "T1", 4.0, np.nan, "x"),
        ("B3", "P7", "T2", np.nan, 5e4, "x"),
    ]
    compared = compare_bids(bids(*rows), SCORES, veto=pd.Series({"P1": "credit", "P2": ""}))
    assert compared["result"].to_dict() == {"B1": "veto", "B2": "won", "B3": "not_enough_known"}
    assert compared.at["B2", "unknown"] == "deposit" and compared.at["B3", "unknown"] == "openings_year; prospect_score"
    assert compared.at["B2", "score"] == pytest.approx((35 * 4 / 6 + 10 + 35 * 0.6) / 0.8)
    table = awards(compared)
    assert table["winner"].tolist() == ["P2", None] and table["why"].tolist() == ["won", "not_enough_known"]
    assert np.isnan(table.at["T1", "margin"])
    assert set(compared["result"]) <= set(RESULTS)


def test_the_order_of_bids_does_not_matter():
    rows = [(f"B{n}", f"P{n % 3 + 1}", f"T{n % 2}", float(n), 1e4 * n, "x") for n in range(8)]
    table = bids(*rows)
    one, two = compare_bids(table, SCORES), compare_bids(table.sample(frac=1, random_state=3), SCORES)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(
        awards(one), awards(two.sample(frac=1, random_state=1).sort_values(["territory_id", "rank"]))
    )
