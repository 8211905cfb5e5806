"""
How new stores grow up: sales at each age over those of a grown store, and what the young ones there will sell.

Months are pandas periods; a store's age is counted in months, 0 for the month it opens in. A day of opening is traded,
a day of closing is not.
"""

import numpy as np
import pandas as pd

MATURE = 13  # months after the month of opening from which a store counts as grown up
LEVEL = range(MATURE, MATURE + 12)  # ages whose mean is the mature level
KNOWN = 6  # of these, how many must be known


def open_share(stores, periods):
    """
    Share of the days of each month that each store is open.

    Parameters
    ----------
    stores : DataFrame, shape (n_stores,)
        `opened` and `closed` (dates), each of which may be absent or missing: open from ever, open for ever.
    periods : PeriodIndex of months, or what makes one

    Returns
    -------
    DataFrame, shape (n_stores, n_periods)
        0 to 1, on the index of the stores.

    Examples
    --------
    >>> stores = pd.DataFrame({"opened": ["2027-04-16"], "closed": ["2027-06-01"]}, index=["S1"])
    >>> open_share(stores, ["2027-04", "2027-05", "2027-06"]).iloc[0].tolist()
    [0.5, 1.0, 0.0]
    """
    months = pd.PeriodIndex(periods, freq="M")
    first, after = (moment.to_numpy() for moment in (months.start_time, (months + 1).start_time))
    opened, closed = (days_of(stores, name).to_numpy()[:, None] for name in ("opened", "closed"))
    begin = np.where(np.isnat(opened), first, np.maximum(opened, first))
    end = np.where(np.isnat(closed), after, np.minimum(closed, after))
    days = np.maximum((end - begin) / np.timedelta64(1, "D"), 0.0)
    return pd.DataFrame(days / months.days_in_month.to_numpy(), stores.index, months)


def comparable_index(sales, stores):
    """
    Sales of the comparable stores by month over their mean: season and growth of the market, without openings.

    Parameters
    ----------
    sales : DataFrame, shape (n_months, n_stores)
        As `history.monthly_history(by="store_id")` gives it.
    stores : DataFrame
        Index `store_id`; `opened`, `closed` (dates, may be missing).

    Returns
    -------
    Series
        Named `comparable_index`, on the months of `sales`; the mean is 1. Comparable is a store that sold in every
        month of the table and is not known to have opened less than 13 months before the first.

    Raises
    ------
    ValueError
        If no store is comparable.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-02", freq="M")
    >>> comparable_index(pd.DataFrame({"A": [8.0, 12.0]}, months), pd.DataFrame(index=["A"])).tolist()
    [0.8, 1.2]
    """
    young = age_in_months(stores.reindex(sales.columns), sales.index[:1]).iloc[:, 0] < MATURE
    kept = sales.loc[:, sales.notna().all().to_numpy() & ~young.to_numpy()]
    if kept.empty or not kept.to_numpy().sum() > 0:
        raise ValueError(
            f"no store sold in every month from {sales.index[0]} to {sales.index[-1]} and is older than a year: "
            "there is nothing to compare new stores with"
        )
    total = kept.sum(axis=1)
    return (total / total.mean()).rename("comparable_index")


def ramp(sales=None, stores=None, *, index=None, least=3, start=0.5, months=6):
    """
    How much of its mature sales a store makes at each age, from the chain's own openings.

    Each store's sales are divided by the comparable index (season and market) and by the share of the month it was
    open, then by its own mature level, the mean of its ages 13 to 24; `r` is the median over stores. Only stores that
    lived to be mature can tell, so the curve knows nothing of those that failed before.

    Parameters
    ----------
    sales, stores : optional
        As for `comparable_index`; without them the curve is assumed.
    index : Series, optional
        The comparable index, where it comes from elsewhere.
    least : int
        Stores an age must rest on; an age with fewer is assumed.
    start, months : float, int
        The assumed ramp: `start` of the mature sales in the month of opening, then in equal steps to all of them after
        `months` months. An assumption, to be stated.

    Returns
    -------
    DataFrame
        Index `age` 0 to 12 (months; from 13 on it is 1 by definition); `r` (share of mature sales, may exceed 1),
        `stores` (how many it rests on), `method` (`cohort_median` or `assumed`).

    Examples
    --------
    >>> ramp(start=0.4, months=3)["r"].head(5).round(2).tolist()
    [0.4, 0.6, 0.8, 1.0, 1.0]
    """
    ages = pd.RangeIndex(MATURE, name="age")
    assumed = np.minimum(1.0, start + (1 - start) * ages / months) if months > 0 else np.ones(MATURE)
    curve = pd.DataFrame({"r": assumed, "stores": 0, "method": "assumed"}, index=ages)
    if sales is None:
        return curve
    ratios = _ratios_by_age(sales, stores, index)
    curve["stores"] = ratios.notna().sum(axis=1).reindex(ages, fill_value=0)
    known = curve["stores"] >= least
    curve["r"] = ratios.median(axis=1).reindex(ages).where(known, curve["r"])
    curve["method"] = np.where(known, "cohort_median", "assumed")
    return curve


def young_stores(sales, stores, curve, index):
    """
    Coming sales of stores that have not grown up: along the ramp, with the season of the comparable stores.

    A store's mature level is the mean of what its known months would be, at the ramp's mature share, in a mean month.

    Parameters
    ----------
    sales : DataFrame, shape (n_months, n_stores)
        As `history.monthly_history(by="store_id")` gives it.
    stores : DataFrame
        Index `store_id`; `opened`, `closed` (dates, may be missing).
    curve : DataFrame
        As `ramp` gives it.
    index : Series
        Season and market of the months of `sales` and of those ahead: sales of comparable stores over any one mean.

    Returns
    -------
    DataFrame
        The months of `index` that follow `sales`, one column a store that sold in the last month, opened on a known day
        and is younger than 13 months then: money a month if it stays open.

    Examples
    --------
    >>> months = pd.period_range("2026-10", "2026-12", freq="M")
    >>> sales, stores = pd.DataFrame({"S1": [40.0, 60.0]}, months[:2]), pd.DataFrame({"opened": ["2026-10-01"]}, ["S1"])
    >>> young_stores(sales, stores, ramp(start=0.4, months=3), pd.Series(1.0, months))["S1"].round(6).tolist()
    [80.0]
    """
    known = stores.reindex(sales.columns[sales.iloc[-1].notna()])
    age = age_in_months(known, sales.index).T
    young = age.columns[(age.iloc[-1] < MATURE).to_numpy()]
    ahead = index.index[index.index > sales.index[-1]]
    grown = np.append(curve["r"].to_numpy(), 1.0)
    share = open_share(known.loc[young], sales.index).T
    expected = pd.DataFrame(grown[age[young].clip(0, MATURE)], sales.index, young) * share
    expected = expected.mul(index.reindex(sales.index), axis=0)
    told = sales[young].where(expected > 0)
    level = told.sum() / expected.where(told.notna()).sum()
    later = pd.DataFrame(grown[age_in_months(known.loc[young], ahead).T.clip(0, MATURE)], ahead, young)
    return later.mul(index.reindex(ahead), axis=0) * level


def _ratios_by_age(sales, stores, index):
    """Sales of each store (columns) at each age (rows) over its mature level, without season and market."""
    index = comparable_index(sales, stores) if index is None else index.reindex(sales.index)
    known = stores.reindex(sales.columns)
    known = known[days_of(known, "opened").notna()]
    share = open_share(known, sales.index).T
    plain = sales[known.index].div(index, axis=0) / share.where(share > 0)
    age = age_in_months(known, sales.index).T
    columns = {
        store: pd.Series(plain[store].to_numpy(), age[store].to_numpy()).groupby(level=0).first()
        for store in known.index
    }
    by_age = pd.DataFrame(columns).reindex(range(MATURE + len(LEVEL)))
    grown = by_age.loc[list(LEVEL)]
    level = grown.mean().where((grown.notna().sum() >= KNOWN) & (grown.mean() > 0))
    return by_age.iloc[:MATURE] / level


def age_in_months(stores, months):
    """
    Months since the month of opening: 0 in it, below 0 before it, far above where the opening is not known.

    Parameters
    ----------
    stores : DataFrame
        `opened` (date, may be missing).
    months : PeriodIndex of months

    Returns
    -------
    DataFrame, shape (n_stores, n_months)

    Examples
    --------
    >>> stores = pd.DataFrame({"opened": ["2027-02-15"]}, index=["S1"])
    >>> age_in_months(stores, pd.period_range("2027-01", "2027-03", freq="M")).iloc[0].tolist()
    [-1, 0, 1]
    """
    opened = days_of(stores, "opened")
    month = opened.dt.year * 12 + opened.dt.month
    now = months.year.to_numpy() * 12 + months.month.to_numpy()
    return pd.DataFrame(now - month.fillna(-(10**6)).to_numpy(int)[:, None], stores.index, months)


def days_of(table, name):
    """
    A column of days, missing where it or a cell is.

    Parameters
    ----------
    table : DataFrame
    name : str

    Returns
    -------
    Series of timestamps

    Examples
    --------
    >>> days_of(pd.DataFrame({"opened": ["2027-02-15"]}), "closed").isna().tolist()
    [True]
    """
    return pd.to_datetime(table.reindex(columns=[name])[name], format="ISO8601")
