import pytest

from expansion_kit.targets.forecasting.workdays import DECREED, make_up_workdays


@pytest.mark.parametrize("year", sorted(DECREED))
def test_decreed_workdays_are_weekend_days(year):
    table = make_up_workdays(year)
    assert (table["day"].dt.weekday >= 5).all() and not table["provisional"].any()


def test_days_that_the_dependency_notes_name():
    assert {"2026-02-14", "2026-02-28"} <= set(make_up_workdays(2026)["day"].astype(str))


def test_a_year_without_a_decree_is_a_guess():
    table = make_up_workdays(2040)
    assert table["provisional"].all() and (table["day"].dt.weekday >= 5).all() and len(table) == 4
