import math
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from expansion_kit.targets.forecasting.festivals import (
    COUNTRIES,
    SPRING_FESTIVAL,
    festival_regressor,
    festival_share,
    keeps_spring_festival,
    moving_holiday,
    spring_festival,
    window_days,
)

JANUARY = {
    2018: 0.286,
    2019: 0.810,
    2020: 1,
    2021: 0.476,
    2022: 1,
    2023: 1,
    2024: 0.571,
    2025: 1,
    2026: 0.238,
    2027: 0.762,
}
PUBLISHED = ["01-25", "02-12", "02-01", "01-22", "02-10", "01-29", "02-17", "02-06", "01-26", "02-13", "02-03"]


def new_moon(k):
    """Instant of new moon number k since 2000-01-06, in days of terrestrial time from J2000 (Meeus 1998, ch. 49)."""
    t = k / 1236.85
    day = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2 - 2451545
    m = math.radians(2.5534 + 29.10535670 * k)
    mp = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    f = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    om = math.radians(124.7746 - 1.56375588 * k)
    e = 1 - 0.002516 * t
    terms = [(-0.40720, mp), (0.17241 * e, m), (0.01608, 2 * mp), (0.01039, 2 * f), (0.00739 * e, mp - m)]
    terms += [(-0.00514 * e, mp + m), (0.00208 * e**2, 2 * m), (-0.00111, mp - 2 * f), (-0.00057, mp + 2 * f)]
    terms += [(0.00056 * e, 2 * mp + m), (-0.00042, 3 * mp), (0.00042 * e, m + 2 * f), (0.00038 * e, m - 2 * f)]
    terms += [(-0.00024 * e, 2 * mp - m), (-0.00017, om)]
    return day + sum(size * math.sin(angle) for size, angle in terms)


def sun_longitude(day):
    """Apparent longitude of the sun in degrees (Meeus 1998, ch. 25), `day` from J2000."""
    t = day / 36525
    m = math.radians(357.52911 + 35999.05029 * t)
    centre = (1.914602 - 0.004817 * t) * math.sin(m) + 0.019993 * math.sin(2 * m) + 0.000289 * math.sin(3 * m)
    omega = math.radians(125.04 - 1934.136 * t)
    return (280.46646 + 36000.76983 * t + centre - 0.00569 - 0.00478 * math.sin(omega)) % 360


def local_date(day, zone):
    return (datetime(2000, 1, 1, 12) + timedelta(days=day) - timedelta(seconds=70) + timedelta(hours=zone)).date()


def midnight(when, zone):
    return (datetime(when.year, when.month, when.day) - timedelta(hours=zone) - datetime(2000, 1, 1, 12)).days + (
        (24 - zone) / 24 - 0.5
    ) % 1


def computed_festival(year, zone=8):
    """New year's day by the rules of the lunisolar calendar: the second month after that of the winter solstice."""
    first = round((year - 1 - 2000) * 12.3685) + 9
    moons = [local_date(new_moon(k), zone) for k in range(first, first + 20)]

    def term(when):
        return int(sun_longitude(midnight(when, zone)) // 30)

    holds_term = [term(a) != term(b) for a, b in zip(moons, moons[1:])]
    solstices = [
        i
        for i, (a, b) in enumerate(zip(moons, moons[1:]))
        if sun_longitude(midnight(a, zone)) < 270 <= sun_longitude(midnight(b, zone)) and a.month in (11, 12)
    ]
    start, following = solstices[:2] if len(solstices) > 1 else (solstices[0], solstices[0] + 12)
    leap = following - start == 13 and not all(holds_term[start + 1 : start + 3])
    return moons[start + 2 + leap]


def test_dates_of_the_sheet():  # 2020 to 2030
    for year, day in zip(range(2020, 2031), PUBLISHED):
        assert spring_festival(year) == date.fromisoformat(f"{year}-{day}")


@pytest.mark.parametrize("year", sorted(SPRING_FESTIVAL))
def test_dates_agree_with_moon_and_sun(year):
    assert spring_festival(year) == computed_festival(year)


@pytest.mark.parametrize(("country", "zone"), [("KR", 9), ("VN", 7)])
def test_korea_and_vietnam_count_at_their_own_time(country, zone):
    ours = {year: spring_festival(year, country=country) for year in SPRING_FESTIVAL}
    assert ours == {year: computed_festival(year, zone) for year in SPRING_FESTIVAL}


def test_january_shares_of_the_sheet():
    for year, expected in JANUARY.items():
        share = festival_share(pd.period_range(f"{year}-01", f"{year}-12", freq="M"))
        assert share.iloc[0] == pytest.approx(expected, abs=5e-4)
        assert share.sum() == pytest.approx(1)


def test_regressor_has_no_season_left():
    months = pd.period_range("2000-01", "2045-12", freq="M")
    assert festival_regressor(months).groupby(months.month).mean().abs().max() < 1e-12


def test_windows_may_lie_after_the_festival():
    assert window_days(2027, window=(0, 6))[0] == pd.Timestamp("2027-02-06")
    assert len(window_days(2027, window=(0, 6))) == 7


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="2000 to 2045, not 2046"):
        spring_festival(2046)
    with pytest.raises(ValueError, match="country must be one of"):
        spring_festival(2027, country="AU")
    assert all(keeps_spring_festival(country) for country in COUNTRIES)


def lunar_months(year):
    """First days of the twelve or thirteen months of a lunar year, without the leap month."""
    first = round((year - 2000) * 12.3685) - 4
    moons = [local_date(new_moon(k), 8) for k in range(first, first + 24)]
    year_moons = moons[moons.index(computed_festival(year)) : moons.index(computed_festival(year + 1)) + 1]

    def term(when):
        return int(sun_longitude(midnight(when, 8)) // 30)

    pairs = list(zip(year_moons, year_moons[1:]))
    leap = next((a for a, b in pairs if len(pairs) == 13 and term(a) == term(b)), None)
    return [a for a, _ in pairs if a != leap]


@pytest.mark.parametrize("year", sorted(SPRING_FESTIVAL))
def test_other_holidays_agree_with_moon_and_sun(year):
    months = lunar_months(year)
    assert moving_holiday("dragon_boat", year) == months[4] + timedelta(days=4)
    assert moving_holiday("mid_autumn", year) == months[7] + timedelta(days=14)
    day = moving_holiday("qingming", year)
    assert sun_longitude(midnight(day, 8)) < 15 <= sun_longitude(midnight(day + timedelta(days=1), 8))
    assert moving_holiday("spring_festival", year) == spring_festival(year)


def test_other_holidays_are_few():
    with pytest.raises(ValueError, match="holiday must be spring_festival or one of"):
        moving_holiday("christmas", 2027)
