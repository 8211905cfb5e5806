"""How many people pass: published footfall by zone, and what a passer-by is worth."""

import numpy as np
import pandas as pd

_NAMED = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "周一 周二 周三 周四 周五 周六 周日",
    "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
)
DAYS_OF_TYPE = {"weekday": 5, "weekend": 2, "工作日": 5, "周末": 2} | {
    name: 1 for row in _NAMED for name in row.split()
}
_FEWEST_ZONES = 10
DAYS_OF_PERIOD = {"day": 1.0, "week": 7.0, "month": 30.0, "quarter": 91.25, "year": 365.0}


def footfall(zone_footfall):
    """
    People in each zone in the latest period.

    A total row (no time band, no day type) is taken as it is. Where a zone has none, its time bands are added, else its
    day types are averaged, else its bands by day type are added and averaged: never two of these, which would count
    people twice. The average is over the days of a week, (5 weekday + 2 weekend) / 7 or a seventh for each named day,
    because each row is people a day of its kind.

    Parameters
    ----------
    zone_footfall : DataFrame
        `zone_footfall` table: `zone_id`, `period`, `people` (a day); `time_band` and `day_type` (`weekday`, `weekend`
        or a day's name; 工作日, 周末, 周一 ...), empty for the whole.

    Returns
    -------
    Series, shape (n_zones,)
        `footfall`, people a day in the latest period of the table, by `zone_id`; missing for a zone without that
        period, with a part missing, or whose day types don't make up one week.

    Raises
    ------
    ValueError
        If periods are of more than one kind, or a row stands in the table twice.

    Examples
    --------
    >>> rows = pd.DataFrame({"zone_id": ["Z1"] * 3, "period": "2025-Q1", "people": [30, 10, 20],
    ...                      "time_band": ["", "06-11", "11-14"], "day_type": ""})
    >>> footfall(rows).to_dict()
    {'Z1': 30.0}

    No total, but 70 people on a weekday and 35 on a day of the weekend: 60 on the average day.

    >>> rows = pd.DataFrame({"zone_id": ["Z1"] * 2, "period": "2025-Q1", "people": [70, 35], "time_band": "",
    ...                      "day_type": ["weekday", "weekend"]})
    >>> footfall(rows).to_dict()
    {'Z1': 60.0}
    """
    rows = _latest(zone_footfall)
    part = 2 * rows["time_band"].ne("all") + rows["day_type"].ne("all")  # 0 total, 1 day types, 2 bands, 3 both
    rank = part.map({0: 0, 2: 1, 1: 2, 3: 3})
    best = rows[rank == rank.groupby(rows["zone_id"]).transform("min")]
    by_type = best.groupby(["zone_id", "day_type"])["people"].agg(_sum_if_whole)
    whole = by_type.index.get_level_values("day_type") == "all"
    days = by_type.index.get_level_values("day_type").map(days_of_type).to_numpy(dtype=float, na_value=np.nan)
    week = pd.DataFrame({"people": by_type * np.where(whole, 7.0, days), "days": np.where(whole, 7.0, days)})
    week = week.groupby("zone_id").agg(_sum_if_whole)
    sums = (week["people"] / 7).where(week["days"] == 7)
    zones = pd.Index(zone_footfall["zone_id"].unique(), name="zone_id")
    return sums.reindex(zones).astype(float).rename("footfall")


def footfall_profile(zone_footfall):
    """
    When people are there: the latest period's parts by time band and day type.

    Parameters
    ----------
    zone_footfall : DataFrame
        As in `footfall`.

    Returns
    -------
    DataFrame, one row a zone, day type and time band
        `people` (a day), and `share`: of the day for a band (the bands of one zone and day type add up to 1), of the
        week's people for a day type without bands (5 weekdays, 2 days of a weekend; these add up to 1, and are missing
        where the day types don't make up one week). `all` stands for what is not split; totals are left out
        (`footfall` has them).

    Raises
    ------
    ValueError
        As `footfall`.

    Examples
    --------
    >>> rows = pd.DataFrame({"zone_id": ["Z1"] * 3, "period": "2025-Q1", "people": [40, 10, 30],
    ...                      "time_band": ["", "06-11", "11-14"], "day_type": ""})
    >>> footfall_profile(rows)["share"].to_dict()
    {('Z1', 'all', '06-11'): 0.25, ('Z1', 'all', '11-14'): 0.75}
    """
    rows = _latest(zone_footfall)
    rows = rows[rows["time_band"].ne("all") | rows["day_type"].ne("all")]
    banded = rows["time_band"].ne("all")
    weight = rows["day_type"].map(days_of_type).astype(float).mask(banded, 1.0)
    kind = [rows["zone_id"], rows["day_type"].where(banded, "day types")]
    people = rows["people"] * weight
    total = people.groupby(kind).transform(_sum_if_whole)
    known = (total > 0) & (banded | (weight.groupby(kind).transform(_sum_if_whole) == 7))
    rows = rows.assign(share=people / total.where(known))
    return rows.set_index(["zone_id", "day_type", "time_band"])[["people", "share"]]


def days_of_type(day_type):
    """
    Days of a week that a day type stands for.

    Parameters
    ----------
    day_type : str
        `weekday`, `weekend`, a day's name, or one of these in Chinese.

    Returns
    -------
    int or None
        5, 2 or 1; None for a type that is no part of every week (a holiday).

    Examples
    --------
    >>> days_of_type("weekday"), days_of_type("Sunday"), days_of_type("周末"), days_of_type("holiday")
    (5, 1, 2, None)
    """
    return DAYS_OF_TYPE.get(str(day_type).strip().lower())


def people_per_day(people, *, days_month=30.0):
    """
    Passers-by of any stated period as passers-by a day.

    Parameters
    ----------
    people : Series
        Named after its unit: a name that ends in `_day`, `_week`, `_month`, `_quarter` or `_year` (`people_month`).
    days_month : float
        Days of a month: 30, or 365/12.

    Returns
    -------
    Series
        `people_day` on the index of `people`.

    Raises
    ------
    ValueError
        If the name states no such period, or an hour: hours of a day are not alike.

    Examples
    --------
    >>> people_per_day(pd.Series([2600.0], name="people_month")).round(1).tolist()
    [86.7]
    """
    period = _period_of(people)
    if period not in DAYS_OF_PERIOD:
        raise ValueError(
            f"people must be a Series named after its period, such as 'people_month', but is {_name(people)!r}"
            + ("; expand hours to a day with foot_counts.expand_to_day" if period == "hour" else "")
        )
    days = days_month if period == "month" else DAYS_OF_PERIOD[period]
    return (people / days).rename("people_day")


def street_sales(*, people_day, capture_rate, conversion_rate, avg_ticket, open_days_month=30):
    """
    Sales a month from passers-by: those who stop in, those who buy, what they spend.

    Every argument is given by its name, which holds the unit: a monthly number cannot slip in as a daily one.

    Parameters
    ----------
    people_day : float or Series
        Passers-by a day. A Series named after another period (`people_month`) is refused.
    capture_rate, conversion_rate : float or Series
        Share of passers-by who enter (进店率), and of these who buy (成交率); 0-1.
    avg_ticket : float or Series
        Money a purchase (客单价).
    open_days_month : float
        Days of trade a month.

    Returns
    -------
    float or Series
        `street_sales`, money a month, on the index of `people_day`.

    Raises
    ------
    ValueError
        If a rate is not a share between 0 and 1, or passers-by are of another period than a day.

    Examples
    --------
    >>> round(street_sales(people_day=5000, capture_rate=0.03, conversion_rate=0.6, avg_ticket=28))
    75600
    """
    _check_period(people_day, "day")
    _check_shares(capture_rate=capture_rate, conversion_rate=conversion_rate)
    sales = people_day * capture_rate * conversion_rate * avg_ticket * open_days_month
    return sales.rename("street_sales") if isinstance(sales, pd.Series) else sales


def people_day_needed(*, sales_month, capture_rate, conversion_rate, avg_ticket, open_days_month=30):
    """
    Passers-by a day that given sales a month take: the street funnel read backwards.

    Parameters
    ----------
    sales_month : float or Series
        Money a month to be reached, such as costs over gross margin. A Series named after another period is refused.
    capture_rate, conversion_rate, avg_ticket, open_days_month
        As in `street_sales`.

    Returns
    -------
    float or Series
        `people_day_needed`, passers-by a day; missing where a rate or the ticket is 0.

    Raises
    ------
    ValueError
        As `street_sales`.

    Examples
    --------
    Costs of 9,000 a month and 30 % on top, of a ticket of 100, 15 % buyers of 30 % who enter. A recipe in wide use
    stops at 2,600 and calls it a day; it is a month.

    >>> needed = people_day_needed(sales_month=9000 * 1.3, capture_rate=0.3, conversion_rate=0.15, avg_ticket=100)
    >>> round(needed, 1), round(needed * 30)
    (86.7, 2600)
    """
    _check_period(sales_month, "month")
    _check_shares(capture_rate=capture_rate, conversion_rate=conversion_rate)
    buyer = capture_rate * conversion_rate * avg_ticket * open_days_month
    buyer = buyer.where(buyer > 0) if isinstance(buyer, pd.Series) else (buyer or np.nan)
    needed = sales_month / buyer
    return needed.rename("people_day_needed") if isinstance(needed, pd.Series) else needed


def rank_correlation(measure, outcome, *, confidence=0.95, draws=1000, seed=0):
    """
    Does a zone measure go with an outcome, such as footfall with sales per store? Spearman's rank correlation.

    Parameters
    ----------
    measure, outcome : Series
        By zone; zones that both know are compared.
    confidence : float
        Of the bootstrap interval (percentiles over zones drawn again). Zones that are neighbours are alike, so it is
        rather too narrow than too wide.
    draws : int
        Samples drawn.
    seed : int
        Of the draws.

    Returns
    -------
    dict
        `rank_correlation` (-1 to 1), `low`, `high`, and `zones` compared; missing with fewer than 10 zones or without
        variation.

    References
    ----------
    Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 13.

    Examples
    --------
    >>> order = pd.Series(range(20))
    >>> rank_correlation(order, -order)["rank_correlation"]
    -1.0
    """
    both = pd.concat([measure.astype(float), outcome.astype(float)], axis=1, join="inner").dropna().to_numpy()
    found = {"rank_correlation": np.nan, "low": np.nan, "high": np.nan, "zones": len(both)}
    if len(both) < _FEWEST_ZONES or (both == both[0]).all(axis=0).any():
        return found
    drawn = both[np.random.default_rng(seed).integers(len(both), size=(draws, len(both)))]
    low, high = np.nanquantile(_spearman(drawn), [(1 - confidence) / 2, (1 + confidence) / 2])
    return found | {"rank_correlation": float(_spearman(both[None])[0]), "low": float(low), "high": float(high)}


def _spearman(samples):
    """Rank correlation of each sample, shape (n_samples, n, 2); missing for one without variation."""
    from scipy.stats import rankdata

    ranks = rankdata(samples, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=1)).prod(axis=1)
    return np.clip((ranks[..., 0] * ranks[..., 1]).sum(axis=1) / np.where(spread > 0, spread, np.nan), -1, 1)


def _name(values):
    return getattr(values, "name", None)


def _period_of(values):
    """`month` of a Series named `people_month`; None where the name states no period."""
    name = str(_name(values) or "")
    return next((word for word in (*DAYS_OF_PERIOD, "hour") if f"_{word}_" in f"_{name}_"), None)


def _check_period(values, period):
    """A figure named after another period than the one it is needed for."""
    if _period_of(values) not in (None, period):
        how = " with people_per_day" if period == "day" else ""
        raise ValueError(f"{_name(values)!r} is not a figure of a {period}; bring it to a {period} first{how}")


def _check_shares(**rates):
    for name, rate in rates.items():
        if ((np.asarray(rate) < 0) | (np.asarray(rate) > 1)).any():
            raise ValueError(f"{name} must be a share from 0 to 1 (3 % is 0.03)")


def _sum_if_whole(values):
    return values.sum(skipna=False)


def _latest(zone_footfall):
    """Rows of the latest period, with `all` for an empty time band or day type."""
    periods = zone_footfall["period"].astype(str)
    if periods.str.replace(r"\d", "9", regex=True).nunique() > 1:
        raise ValueError("periods must be of one kind (all quarters, or all months ...) to tell which is the latest")
    rows = zone_footfall[periods == periods.max()].copy()
    for column in ("time_band", "day_type"):
        known = rows[column].fillna("").astype(str) if column in rows else pd.Series("", index=rows.index)
        rows[column] = known.mask(known == "", "all")
    twice = rows.duplicated(["zone_id", "time_band", "day_type"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise ValueError(
            f"{twice.sum()} rows stand twice, first zone {row['zone_id']!r}, time band {row['time_band']!r}, "
            f"day type {row['day_type']!r}"
        )
    return rows
