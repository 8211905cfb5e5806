"""
The Spring Festival and the other moving holidays: their dates and the share of their sales window in each month.

The dates are tables of our own, in the calendar of China (new moons at UTC+8). Korea and Vietnam count the new moon at
their own time, which moves the Spring Festival in a few years. Days decreed as workdays are in `workdays`.
"""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

_FIRST_YEAR = 2000
_MONTHS_AND_DAYS = (  # one a year
    "02-05 01-24 02-12 02-01 01-22 02-09 01-29 02-18 02-07 "
    "01-26 02-14 02-03 01-23 02-10 01-31 02-19 02-08 01-28 "
    "02-16 02-05 01-25 02-12 02-01 01-22 02-10 01-29 02-17 "
    "02-06 01-26 02-13 02-03 01-23 02-11 01-31 02-19 02-08 "
    "01-28 02-15 02-04 01-24 02-12 02-01 01-22 02-10 01-30 "
    "02-17 "
)

SPRING_FESTIVAL = {
    year: date.fromisoformat(f"{year}-{day}") for year, day in enumerate(_MONTHS_AND_DAYS.split(), start=_FIRST_YEAR)
}
COUNTRIES = ("CN", "HK", "KR", "MO", "MY", "SG", "TW", "VN")
ELSEWHERE = {
    ("KR", 2027): date(2027, 2, 7),
    ("KR", 2028): date(2028, 1, 27),
    ("VN", 2007): date(2007, 2, 17),
    ("VN", 2030): date(2030, 2, 2),
}
BEFORE = (-21, -1)
OTHERS = {  # of China, month and day from 2000 on
    "qingming": "04-04 04-05 04-05 04-05 04-04 04-05 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 "
    "04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 "
    "04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-04 04-05 04-04 04-04",
    "dragon_boat": "06-06 06-25 06-15 06-04 06-22 06-11 05-31 06-19 06-08 05-28 06-16 06-06 06-23 06-12 06-02 06-20 "
    "06-09 05-30 06-18 06-07 06-25 06-14 06-03 06-22 06-10 05-31 06-19 06-09 05-28 06-16 06-05 06-24 06-12 06-01 "
    "06-20 06-10 05-30 06-18 06-07 05-27 06-14 06-03 06-22 06-11 05-31 06-19",
    "mid_autumn": "09-12 10-01 09-21 09-11 09-28 09-18 10-06 09-25 09-14 10-03 09-22 09-12 09-30 09-19 09-08 09-27 "
    "09-15 10-04 09-24 09-13 10-01 09-21 09-10 09-29 09-17 10-06 09-25 09-15 10-03 09-22 09-12 10-01 09-19 10-07 "
    "09-27 09-16 10-04 09-24 09-13 10-02 09-20 09-10 09-28 09-17 10-05 09-25",
}


def keeps_spring_festival(country):
    """
    Whether the shops of a country live by the Spring Festival.

    Parameters
    ----------
    country : str or None
        ISO 3166 code of two letters.

    Returns
    -------
    bool

    Examples
    --------
    >>> keeps_spring_festival("CN"), keeps_spring_festival("AU"), keeps_spring_festival(None)
    (True, False, False)
    """
    return country in COUNTRIES


def spring_festival(year, *, country="CN"):
    """
    The first day of the Spring Festival.

    Parameters
    ----------
    year : int
        2000 to 2045.
    country : str
        ISO 3166 code of a country that keeps the festival.

    Returns
    -------
    datetime.date

    Raises
    ------
    ValueError
        If the year is not in the table, or the country does not keep the festival.

    Examples
    --------
    >>> spring_festival(2027).isoformat()
    '2027-02-06'
    """
    if not keeps_spring_festival(country):
        raise ValueError(f"country must be one of {', '.join(COUNTRIES)}, but is {country!r}")
    if year not in SPRING_FESTIVAL:
        raise ValueError(
            f"the table of the Spring Festival covers {min(SPRING_FESTIVAL)} to {max(SPRING_FESTIVAL)}, not {year}"
        )
    return ELSEWHERE.get((country, year), SPRING_FESTIVAL[year])


def window_days(year, *, country="CN", window=BEFORE):
    """
    The days of a window around the Spring Festival.

    Parameters
    ----------
    year : int
    country : str
    window : tuple of int
        First and last day, counted from the festival (day 0).

    Returns
    -------
    DatetimeIndex

    Examples
    --------
    >>> window_days(2018)[[0, -1]].strftime("%m-%d").tolist()
    ['01-26', '02-15']
    """
    first, last = window
    festival = pd.Timestamp(spring_festival(year, country=country))
    return pd.date_range(festival + pd.Timedelta(days=first), festival + pd.Timedelta(days=last), name="day")


def moving_holiday(name, year):
    """
    The day of a moving holiday of China.

    Parameters
    ----------
    name : str
        `spring_festival`, `qingming`, `dragon_boat` or `mid_autumn`.
    year : int
        2000 to 2045.

    Returns
    -------
    datetime.date

    Raises
    ------
    ValueError
        If the holiday or the year is not in the tables.

    Examples
    --------
    >>> moving_holiday("mid_autumn", 2025).isoformat()
    '2025-10-06'
    """
    first = spring_festival(year)
    if name == "spring_festival":
        return first
    if name not in OTHERS:
        raise ValueError(f"holiday must be spring_festival or one of {', '.join(OTHERS)}, but is {name!r}")
    return date.fromisoformat(f"{year}-{OTHERS[name].split()[year - _FIRST_YEAR]}")


def festival_share(months, *, country="CN", window=BEFORE, holiday="spring_festival"):
    """
    Share of the window of a festival that falls in each month.

    Parameters
    ----------
    months : PeriodIndex
        Months (freq M) of the years 2000 to 2045.
    country : str
        For the Spring Festival; the other holidays are China's.
    window : tuple of int
        First and last day, counted from the festival; the default is the 21 days before it.
    holiday : str
        As for `moving_holiday`.

    Returns
    -------
    Series
        Named `festival_share`, on `months`; 0 to 1.

    Raises
    ------
    ValueError
        If a month is outside the table of dates.

    Examples
    --------
    >>> festival_share(pd.period_range("2018-01", "2018-03", freq="M")).round(3).tolist()
    [0.286, 0.714, 0.0]
    """
    for year in sorted(set(months.year)):
        spring_festival(year, country=country)
    share = _shares(country, tuple(window), holiday)[0].reindex(months).to_numpy()
    return pd.Series(share, index=months, name="festival_share")


def festival_regressor(months, *, country="CN", window=BEFORE, holiday="spring_festival"):
    """
    The festival's share of each month less what that calendar month has in the long run.

    Taking the long-run mean away leaves only the movement of the festival; its usual place stays with the season.

    Parameters
    ----------
    months : PeriodIndex
        Months (freq M) of the years 2000 to 2045.
    country : str
        For the Spring Festival; the other holidays are China's.
    window : tuple of int
        First and last day, counted from the festival.
    holiday : str
        As for `moving_holiday`.

    Returns
    -------
    Series
        Named `festival_regressor`, on `months`; its mean over the years of the table is 0 for every calendar month.

    Raises
    ------
    ValueError
        If a month is outside the table of dates.

    References
    ----------
    Bell, W. R. and Hillmer, S. C. (1983). Modeling time series with calendar variation. Journal of the American
    Statistical Association 78(383), 526-534.

    Examples
    --------
    >>> months = pd.PeriodIndex(["2018-01", "2020-01", "2020-07"], freq="M")
    >>> festival_regressor(months).round(2).tolist()
    [-0.45, 0.27, 0.0]
    """
    usual = _shares(country, tuple(window), holiday)[1].loc[np.asarray(months.month)].to_numpy()
    share = festival_share(months, country=country, window=window, holiday=holiday)
    return (share - usual).rename("festival_regressor")


@cache
def _shares(country, window, holiday):
    """Share of the window in every month of the table, and the mean of each calendar month."""
    months = pd.period_range(f"{min(SPRING_FESTIVAL)}-01", f"{max(SPRING_FESTIVAL)}-12", freq="M")
    days = [day for year in SPRING_FESTIVAL for day in _window_of(year, country, window, holiday)]
    counts = pd.Series(1, index=pd.PeriodIndex(days, freq="M")).groupby(level=0).sum()
    share = counts.reindex(months, fill_value=0) / (window[1] - window[0] + 1)
    return share, share.groupby(months.month).mean()


def _window_of(year, country, window, holiday):
    if holiday == "spring_festival":
        return window_days(year, country=country, window=window)
    day = pd.Timestamp(moving_holiday(holiday, year))
    return pd.date_range(day + pd.Timedelta(days=window[0]), day + pd.Timedelta(days=window[1]))
