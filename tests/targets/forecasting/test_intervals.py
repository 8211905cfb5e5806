import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.intervals import conformal_width, conformal_widths, few_years, year_on_year_noise


def test_conformal_ranks_of_the_sheet():
    assert conformal_width(range(1, 100), alpha=0.1) == 90
    assert np.isnan(conformal_width(range(8), alpha=0.1))
    assert conformal_width(range(1, 10), alpha=0.1) == 9
    assert np.isnan(conformal_width([]))


def test_widths_hold_four_of_five_at_each_step():
    draw = np.random.default_rng(0)
    steps = np.repeat([1, 2, 3], 2000)
    widths = conformal_widths(draw.normal(size=6000) * steps, steps, horizon=3)
    np.testing.assert_allclose(widths, 1.2816 * np.array([1, 2, 3]), rtol=0.06)  # normal quantile of 0.9


def test_a_steady_series_is_less_restless_and_a_young_one_is_as_the_others():
    months = pd.period_range("2024-01", "2026-12", freq="M")
    draw = np.random.default_rng(0).normal(0, 1, 36)
    table = pd.DataFrame({"a": np.exp(0.01 * draw), "b": np.exp(0.03 * draw), "c": 1.0}, months)
    table.loc[:"2026-06", "c"] = np.nan
    noise = year_on_year_noise(table, logs=True)
    assert 2.9 < noise["b"] / noise["a"] < 3.1
    assert noise["c"] == (noise["a"] + noise["b"]) / 2


def test_few_separate_years_widen_as_students_t_says():
    """Tables of t and the normal at 0.9: 3.078 with one degree of freedom, 1.886 with two, 1.638 with three; 1.282."""
    for last, quantile in (("2025-01", 3.078), ("2026-01", 1.886), ("2027-01", 1.638)):
        assert abs(few_years(["2025-01", last]) - quantile / 1.2816) < 1e-3
    assert few_years(pd.period_range("2025-01", "2025-07", freq="M")) == few_years(["2025-07", "2025-01"])
