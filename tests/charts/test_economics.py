import numpy as np
import pandas as pd
import pytest

from expansion_kit import words
from expansion_kit.charts import cash_course, month_accounts
from expansion_kit.charts.economics import STEPS

TOLD = {"title": "S1", "currency": "CNY", "source": "plan"}
LINES = {
    "sales": 1_200_000.0,
    "goods": -480_000.0,
    "rent": -120_000.0,
    "property_fee": -12_000.0,
    "promotion_levy": 0.0,
}
LINES |= {"staff": -240_000.0, "other_fixed": -60_000.0, "variable_costs": -96_000.0, "royalty": -36_000.0}
YEAR = pd.Series(LINES | {"advertising_levy": 0.0, "operating_profit": 156_000.0, "months": 12.0})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_step_ends_where_the_next_begins_and_the_last_is_the_profit(lang):
    axes = month_accounts(YEAR, lang=lang, **TOLD).axes[0]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    for before, after in zip(bars, bars[1:-1]):
        assert after[0] == pytest.approx(before[1])
    assert bars[-1] == pytest.approx((0, bars[-2][1])) and len(bars) == len(STEPS) + 1
    assert axes.texts[2].get_text().endswith("11%")  # 11,000 of 100,000
    assert words.say("chart.operating_profit", lang) in {label.get_text() for label in axes.get_yticklabels()}


def test_a_line_that_is_not_known_is_a_dash_and_a_loss_has_its_own_colour():
    known = YEAR.drop("staff")
    known["operating_profit"] = -10.0
    axes = month_accounts(known, **TOLD).axes[0]
    assert axes.texts[list(STEPS).index("staff")].get_text() == "—"
    assert axes.patches[-1].get_facecolor() != axes.patches[0].get_facecolor()


def test_the_course_marks_the_month_in_which_the_money_is_back():
    course = pd.DataFrame({"cumulative": [-100.0, -50.0, 50.0, 80.0]})
    axes = cash_course(course, **TOLD).axes[0]
    assert words.say("chart.paid_back", "en", month="1.5") in [text.get_text() for text in axes.texts]
    never = cash_course(course - 200, **TOLD).axes[0]
    assert not never.texts and len(never.collections) == 0


def test_the_band_is_drawn_where_it_is_known():
    course = pd.DataFrame({"cumulative": [-100.0, 50.0], "cash_p10": [-120.0, 10.0], "cash_p90": [-80.0, np.nan]})
    axes = cash_course(course, **TOLD).axes[0]
    assert len(axes.collections) == 1 and {"P10", "P90"} <= {text.get_text() for text in axes.texts}
