"""
Official make-up workdays (调休): weekend days that China works so that a holiday can be longer.

They are decreed each November for the year after and follow no fixed rule, so they are kept apart from the festivals: a
year that is not in the table has a guess, marked provisional. New decrees are added to the table.
"""

from datetime import date

import pandas as pd

from expansion_kit.targets.forecasting.festivals import spring_festival

DECREED = {
    2015: "01-04 02-15 02-28 09-06 10-10",
    2016: "02-06 02-14 06-12 09-18 10-08 10-09",
    2017: "01-22 02-04 04-01 05-27 09-30",
    2018: "02-11 02-24 04-08 04-28 09-29 09-30 12-29",
    2019: "02-02 02-03 04-28 05-05 09-29 10-12",
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


def make_up_workdays(year):
    """
    Weekend days that are worked in China in a year.

    Parameters
    ----------
    year : int
        2000 to 2045.

    Returns
    -------
    DataFrame
        `day` (Timestamp), `provisional` (True where the year's decree is not in the table: then the Sunday before and
        the Saturday after the weeks of the Spring Festival and of the National Day stand in, a guess that other
        holidays' days are not part of).

    Examples
    --------
    >>> make_up_workdays(2026)["day"].dt.strftime("%m-%d").tolist()
    ['01-04', '02-14', '02-28', '05-09', '09-20', '10-10']
    >>> make_up_workdays(2028)["provisional"].tolist()
    [True, True, True, True]
    """
    if year in DECREED:
        days = [pd.Timestamp(f"{year}-{day}") for day in DECREED[year].split()]
        return pd.DataFrame({"day": days, "provisional": False})
    days = []
    for first in (pd.Timestamp(spring_festival(year)) - pd.Timedelta(days=1), pd.Timestamp(date(year, 10, 1))):
        after = first + pd.Timedelta(days=7)
        days.append(first - pd.Timedelta(days=first.weekday() + 1))
        days.append(after + pd.Timedelta(days=(5 - after.weekday()) % 7))
    return pd.DataFrame({"day": days, "provisional": True})
