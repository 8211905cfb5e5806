import numpy as np
import pandas as pd
import pytest

from expansion_kit.targets.forecasting.events import set_aside, unusual_periods


def history_of(noise=0.02, n=20):
    months = pd.period_range("2022-01", "2026-12", freq="M")
    draw = np.random.default_rng(0).normal(0, noise, (60, n))
    values = 100 * months.days_in_month.to_numpy()[:, None] * np.exp(draw)
    return pd.DataFrame(values, months, [f"T{i}" for i in range(n)]).rename_axis(columns="territory_id")


def test_planted_events_are_found_and_little_else():
    history = history_of()
    history.loc["2024-06", ["T0", "T1"]] *= 0.6
    history.loc["2025-02", "T0"] *= 1.5
    found = unusual_periods(history)
    planted = {("T0", "2024-06"), ("T1", "2024-06"), ("T0", "2025-02")}
    assert planted <= set(zip(found["territory_id"], found["period"])) and len(found) <= 5
    one = found.set_index(["territory_id", "period"]).loc[("T1", "2024-06")]
    assert one["deviation"] == pytest.approx(-0.4, abs=0.05) and one["origin"] == "found"
    assert one["expected"] == pytest.approx(3000, rel=0.06)


def test_set_aside_is_a_gap_and_the_input_stays():
    history = history_of(n=2)
    events = pd.DataFrame({"territory_id": ["T1"], "period": ["2024-06"], "reason": ["flood"]})
    left = set_aside(history, events)
    assert left.isna().sum().to_dict() == {"T0": 0, "T1": 1} and history.notna().all(axis=None)
    with pytest.raises(ValueError, match="1 events are outside the history, first T9 2024-06"):
        set_aside(history, events.assign(territory_id="T9"))
