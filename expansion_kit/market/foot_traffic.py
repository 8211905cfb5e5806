"""How many people pass: published footfall by zone, own counts with their error, and what a passer-by is worth."""

import numpy as np
import pandas as pd

_MINUTES = 60.0


def footfall(zone_footfall):
    """
    People in each zone in the latest period.

    A total row (no time band, no day type) is taken as it is. Where a zone has none, its time bands are added, else its
    day types, else its bands by day type: never two of these, which would count people twice.

    Parameters
    ----------
    zone_footfall : DataFrame
        `zone_footfall` table: `zone_id`, `period`, `people`; `time_band` and `day_type`, empty for the whole.

    Returns
    -------
    Series, shape (n_zones,)
        `footfall`, people in the latest period of the table, by `zone_id`; missing for a zone without that period or
        with a part missing.

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
    """
    rows = _latest(zone_footfall)
    part = 2 * rows["time_band"].ne("all") + rows["day_type"].ne("all")  # 0 total, 1 day types, 2 bands, 3 both
    rank = part.map({0: 0, 2: 1, 1: 2, 3: 3})
    best = rows[rank == rank.groupby(rows["zone_id"]).transform("min")]
    sums = best.groupby("zone_id")["people"].agg(_sum_if_whole)
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
        `people`, and `share` of the parts of its kind (all bands of one zone and day type add up to 1; so do the day
        types that have no bands). `all` stands for what is not split; totals are left out (`footfall` has them).

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
    kind = rows["day_type"].where(rows["time_band"].ne("all"), "day types")
    total = rows.groupby([rows["zone_id"], kind])["people"].transform(_sum_if_whole)
    rows = rows.assign(share=rows["people"] / total.where(total > 0))
    return rows.set_index(["zone_id", "day_type", "time_band"])[["people", "share"]]


def expand_counts(foot_counts, *, burst=1.0):
    """
    Passers-by an hour and a day from counts of some minutes, with their standard error.

    Counts of one place, day and hour are put together (directions added), expanded to the hour, and averaged over days.
    Only the hours observed make up the "day": those not counted are not guessed.

    Parameters
    ----------
    foot_counts : DataFrame
        `foot_counts` table: `place_id`, `date`, `hour`, `minutes_observed` (above 0, at most 60), `people`; `direction`
        and `day_type` where there are such. Without `day_type` Saturday and Sunday are `weekend`.
    burst : float
        Times the standard error of independent passers-by; 2 where they come in bursts (an exit of the metro).

    Returns
    -------
    DataFrame, one row a place and day type
        `people_day` (sum over the hours observed), `people_day_se`, `people_hour` (mean of these hours),
        `people_hour_se`, `hours_observed` and `days_observed`.

    Raises
    ------
    ValueError
        If minutes are missing, not above 0, or more than 60 in one hour and direction, or people are missing or
        negative.

    References
    ----------
    Poisson counts with a finite correction: variance (60/m)^2 c (1 - m/60).

    Examples
    --------
    Twenty people in a quarter of an hour: 80 an hour, give or take 15.

    >>> count = pd.DataFrame({"place_id": ["P1"], "date": ["2025-03-03"], "hour": [10], "minutes_observed": [15],
    ...                       "people": [20]})
    >>> expand_counts(count).loc[("P1", "weekday"), ["people_hour", "people_hour_se"]].round(1).tolist()
    [80.0, 15.5]
    """
    counts = _whole_hours(foot_counts)
    place_hour = counts.groupby(["place_id", "day_type", "hour"])
    mean = place_hour["people"].mean()
    variance = place_hour["variance"].sum() / place_hour.size() ** 2
    by_day = ["place_id", "day_type"]
    table = pd.DataFrame({"people_day": mean.groupby(by_day).sum()})
    table["people_day_se"] = burst * np.sqrt(variance.groupby(by_day).sum())
    hours = mean.groupby(by_day).size()
    table["people_hour"] = table["people_day"] / hours
    table["people_hour_se"] = table["people_day_se"] / hours
    table["hours_observed"] = hours
    table["days_observed"] = counts.groupby(by_day)["date"].nunique()
    return table


def street_sales(people_day, *, capture_rate, conversion_rate, avg_ticket, open_days_month=30):
    """
    Sales a month from passers-by: those who stop in, those who buy, what they spend.

    Parameters
    ----------
    people_day : float or Series
        Passers-by a day (not a month).
    capture_rate, conversion_rate : float or Series
        Share of passers-by who enter, and of these who buy (0-1).
    avg_ticket : float or Series
        Money a purchase.
    open_days_month : float
        Days of trade a month.

    Returns
    -------
    float or Series
        `street_sales`, money a month, on the index of `people_day`.

    Raises
    ------
    ValueError
        If a rate is not a share between 0 and 1.

    Examples
    --------
    >>> round(street_sales(5000, capture_rate=0.03, conversion_rate=0.6, avg_ticket=28))
    75600
    """
    for name, rate in (("capture_rate", capture_rate), ("conversion_rate", conversion_rate)):
        if ((np.asarray(rate) < 0) | (np.asarray(rate) > 1)).any():
            raise ValueError(f"{name} must be a share from 0 to 1 (3 % is 0.03)")
    sales = people_day * capture_rate * conversion_rate * avg_ticket * open_days_month
    return sales.rename("street_sales") if isinstance(sales, pd.Series) else sales


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


def _whole_hours(foot_counts):
    """One row a place, date and hour: people expanded to the hour and their variance."""
    counts = foot_counts.assign(date=pd.to_datetime(foot_counts["date"]))
    minutes = counts["minutes_observed"]
    if not (minutes > 0).all() or not (counts["people"] >= 0).all():
        raise ValueError("each count needs minutes_observed above 0 and people of at least 0")
    if "day_type" not in counts or counts["day_type"].isna().any():
        weekday = pd.Series(np.where(counts["date"].dt.dayofweek < 5, "weekday", "weekend"), index=counts.index)
        counts["day_type"] = counts["day_type"].fillna(weekday) if "day_type" in counts else weekday
    counts["direction"] = counts["direction"].fillna("") if "direction" in counts else ""
    hour = ["place_id", "day_type", "date", "hour"]
    each = counts.groupby([*hour, "direction"], as_index=False)[["people", "minutes_observed"]].sum()
    if (each["minutes_observed"] > _MINUTES).any():
        place = each.loc[each["minutes_observed"] > _MINUTES, "place_id"].iloc[0]
        raise ValueError(
            f"more than 60 minutes were counted in one hour at {place!r}; give each direction its own name"
        )
    factor = _MINUTES / each["minutes_observed"]
    each["variance"] = factor**2 * each["people"] * (1 - each["minutes_observed"] / _MINUTES)
    each["people"] = factor * each["people"]
    return each.groupby(hour, as_index=False)[["people", "variance"]].sum()
