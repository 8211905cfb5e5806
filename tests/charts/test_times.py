import numpy as np
import pandas as pd
import pytest

from expansion_kit import charts

OPTIONS = {"title": "Title", "source": "count", "as_of": "2025"}
BANDS = ["00-06", "06-11", "11-14", "14-17", "17-21", "21-24"]
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
NEXT = [f"2027-{month:02d}" for month in range(1, 13)]


def forecast():
    return pd.DataFrame({"sales_p10": 8e5, "sales_p50": 1e6, "sales_p90": 1.3e6}, index=NEXT)


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_an_even_day_is_even_per_hour_however_the_bands_are_cut():
    people = pd.Series([6.0, 5.0, 3.0, 3.0, 4.0, 3.0], index=BANDS) * 250
    assert charts.people_per_hour(people).eq(250).all()
    assert charts.people_per_hour(people).name == "people_per_hour"


def test_bands_are_read_in_their_usual_forms():
    edges = charts.band_edges(["7-9", "07:00~09:00", "21-02", "22–24"])
    assert edges.to_numpy().tolist() == [[7, 9], [7, 9], [21, 26], [22, 24]]


@pytest.mark.parametrize("band", ["morning", "", "09", "20-25", "7-7", None])
def test_a_band_that_cannot_be_read_is_named(band):
    with pytest.raises(ValueError, match="time band must look like 06-11"):
        charts.band_edges([band])


def test_a_profile_draws_each_day_type_per_hour():
    people = pd.DataFrame({"weekday": [600.0, 1000], "weekend": [1200.0, 500]}, index=["00-06", "06-11"])
    figure = charts.profile(people, lang="en", **OPTIONS)
    assert legend(figure) == ["Weekday", "Weekend"]
    steps = [line for line in figure.axes[0].lines if len(line.get_xdata())]
    assert [sorted(set(line.get_ydata())) for line in steps] == [[100, 200], [100, 200]]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["0", "6", "11"]


def test_a_week_is_a_heat_map_with_its_numbers_per_hour():
    days = ["mon", "tue", "wed", "thu"]
    people = pd.DataFrame({day: [600.0, np.nan] for day in days}, index=["00-06", "06-11"])
    figure = charts.profile(people, **OPTIONS)
    assert [text.get_text() for text in figure.axes[0].texts] == ["100", "—"] * 4
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["Mon", "Tue", "Wed", "Thu"]
    charts.png(figure)


def test_bands_that_are_no_hours_are_bars_of_the_people_in_them():
    people = pd.DataFrame({"weekday": [600.0, 1000, np.nan], "weekend": [90.0, 50, 7]}, index=["morning", "早上", ""])
    figure = charts.profile(people, **OPTIONS)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "People in the time band" and legend(figure) == ["Weekday", "Weekend"]
    assert [bar.get_width() for bar in axes.patches] == [600, 1000, 0, 90, 50, 7]
    assert [text.get_text() for text in axes.texts] == ["600", "1,000", "—", "90", "50", "7"]
    charts.png(figure)
    mixed = pd.DataFrame({"all": [600.0, 1000]}, index=["06-11", None])
    assert charts.profile(mixed, **OPTIONS).axes[0].get_xlabel() == "People in the time band"


@pytest.mark.parametrize(
    "people", [pd.DataFrame(), pd.DataFrame({"all": []}), pd.DataFrame({"all": [np.nan]}, ["06-11"])]
)
def test_a_profile_of_no_band_is_refused_plainly(people):
    with pytest.raises(ValueError, match="at least one time band with a figure"):
        charts.profile(people, **OPTIONS)


def test_a_street_without_people_is_drawn():
    charts.png(charts.profile(pd.DataFrame({"all": [0.0, 0.0]}, index=["06-11", "11-14"]), **OPTIONS))


def test_the_forecast_continues_the_history_and_last_year_is_one_year_before():
    history = pd.Series(np.linspace(1e6, 2.1e6, 12), index=MONTHS)
    figure = charts.history_forecast(
        history, forecast(), currency="CNY", target=pd.Series(1.2e6, index=NEXT), **OPTIONS
    )
    assert legend(figure) == [
        "Actual",
        "Forecast (median)",
        "80 % range (P10 to P90)",
        "Same period last year",
        "Target",
    ]
    assert figure.axes[0].get_ylabel() == "thousand CNY"
    lines = {len(line.get_xdata()): line for line in figure.axes[0].lines if line.get_linestyle() == ":"}
    assert lines[12].get_xdata()[0] == 12 and lines[12].get_ydata()[0] == 1000


def test_a_gap_in_the_history_stays_a_gap_and_no_last_year_is_invented():
    history = pd.Series([1e6, np.nan, 1e6], index=["2023-01", "2023-02", "2023-03"])
    figure = charts.history_forecast(history, forecast(), currency="CNY", **OPTIONS)
    actual = next(line for line in figure.axes[0].lines if len(line.get_xdata()) == 3)
    assert np.isnan(actual.get_ydata()[1])
    assert "Same period last year" not in legend(figure)


@pytest.mark.parametrize(
    ("periods", "ahead"), [(["2026-W51", "2026-W52"], "2027-W51"), (["2026-Q3", "2026-Q4"], "2027-Q3")]
)
def test_weeks_and_quarters_find_their_last_year_too(periods, ahead):
    history = pd.Series([5e3, 6e3], index=periods)
    figure = charts.history_forecast(history, forecast().head(1).set_axis([ahead]), currency="CNY", **OPTIONS)
    assert "Same period last year" in legend(figure)
    charts.png(figure)


def test_targets_stand_in_ten_thousands_in_chinese_and_thousands_in_english():
    targets = pd.DataFrame([[1_234_567, np.nan]], index=["North"], columns=NEXT[:2])
    if charts.drawn_language("zh") != "zh":
        pytest.skip("no Chinese font on this machine")
    english, chinese = (
        charts.target_heat(targets, currency="CNY", lang=lang, **OPTIONS).axes[0].texts for lang in ("en", "zh")
    )
    assert [text.get_text() for text in english] == ["1,235", "—"]
    assert [text.get_text() for text in chinese] == ["123", "—"]


def test_the_heat_map_names_unit_months_and_year():
    targets = pd.DataFrame(1e6, index=[f"T{n}" for n in range(30)], columns=NEXT)
    axes = charts.target_heat(targets, currency="CNY", **OPTIONS).axes[0]
    assert axes.get_title(loc="left") == "thousand CNY" and axes.get_xlabel() == "Month (2027)"
    assert [text.get_text() for text in axes.get_xticklabels()] == [month[5:] for month in NEXT]


@pytest.mark.parametrize("text", ["{{7*7}}", "${alert(1)}", "$a$", "</script>", "_x"])
def test_hostile_texts_are_drawn_as_they_are(text):
    options = {"title": text, "source": text, "as_of": text}
    people = pd.DataFrame({text: [600.0, 1000]}, index=["00-06", "06-11"])
    charts.png(charts.profile(people, **options))
    charts.png(charts.target_heat(pd.DataFrame({"2027-01": [1e6]}, index=[text]), currency="CNY", **options))
