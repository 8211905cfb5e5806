"""
Stores that open and stores that close: how new ones grow up, what they will sell and take, month by month.

Months are pandas periods; a store's age is counted in months, 0 for the month it opens in. A day of opening is traded,
a day of closing is not.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.exact import listed

MATURE = 13  # months after the month of opening from which a store counts as grown up
LEVEL = range(MATURE, MATURE + 12)  # ages whose mean is the mature level
KNOWN = 6  # of these, how many must be known
BOUNDS = ("sales_p10", "sales_p50", "sales_p90")
PARTS = ("comparable", "closures", "openings", "cannibalisation")


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
    months = _months(periods)
    first, after = (moment.to_numpy() for moment in (months.start_time, (months + 1).start_time))
    opened, closed = (_dates(stores, name).to_numpy()[:, None] for name in ("opened", "closed"))
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
    young = _age(stores.reindex(sales.columns), sales.index[:1]).iloc[:, 0] < MATURE
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


def planned_openings(stores):
    """
    The stores that are planned, as openings.

    Parameters
    ----------
    stores : DataFrame
        `stores` table: `status`, `opened` (day planned), `sales_month` (money a month when mature), `territory_id`.

    Returns
    -------
    DataFrame
        Index of the planned stores; `territory_id`, `opened`, `sales_p50` (money a month when mature), `note`:
        `no_date` and `no_sales` (parted by `;`) for what is not known and so cannot be placed or counted.

    Examples
    --------
    >>> table = {"status": ["open", "planned"], "opened": ["2024-01-01", "2027-03-01"], "sales_month": [9.0, 5.0]}
    >>> planned_openings(pd.DataFrame(table, index=["S1", "S2"]))["sales_p50"].to_dict()
    {'S2': 5.0}
    """
    planned = stores[stores.reindex(columns=["status"])["status"].eq("planned")]
    table = planned.reindex(columns=["territory_id", "opened", "sales_month"])
    table["opened"] = _dates(planned, "opened")
    table = table.rename(columns={"sales_month": "sales_p50"})
    absent = {"no_date": table["opened"].isna(), "no_sales": table["sales_p50"].isna()}
    table["note"] = [";".join(name for name, gone in zip(absent, row) if gone) for row in zip(*absent.values())]
    return table


def opening_sales(openings, periods, curve, *, season=None):
    """
    Monthly sales of stores that open: mature sales, grown into along the ramp, from the day of opening on.

    Parameters
    ----------
    openings : DataFrame, shape (n,)
        Index `store_id` or `site_id`; `opened` (date or month), `sales_p50` (money a month when mature), if known
        `sales_p10`, `sales_p90`, `territory_id`, `closed`.
    periods : PeriodIndex of months, or what makes one
    curve : DataFrame
        As `ramp` gives it.
    season : Series, optional
        Sales of a mature store in each of the periods over those of an ordinary month; 1 everywhere without it.

    Returns
    -------
    DataFrame
        A row an opening and month from that of the opening on: the id, `territory_id`, `period` (`2027-03`), `age`,
        `open_share`, `sales_p10`, `sales_p50`, `sales_p90` (money a month, missing where not given).

    Raises
    ------
    ValueError
        If an opening has no date or no mature sales, or the season lacks a period.

    Examples
    --------
    >>> sites = pd.DataFrame({"opened": ["2027-02-15"], "sales_p50": [1000.0]}, index=["S1"])
    >>> opening_sales(sites, ["2027-01", "2027-02", "2027-03"], ramp(start=0.5, months=5))["sales_p50"].tolist()
    [250.0, 600.0]
    """
    months = _months(periods)
    bad = openings.index[_dates(openings, "opened").isna() | openings["sales_p50"].isna()]
    if len(bad):
        raise ValueError(f"openings without a date or without mature sales: {listed(bad)}")
    weight = pd.Series(1.0, months) if season is None else season.set_axis(_months(season.index)).reindex(months)
    if weight.isna().any():
        raise ValueError(f"the season lacks {listed(months[weight.isna().to_numpy()])}")
    age, share = _age(openings, months).to_numpy(), open_share(openings, months).to_numpy()
    grown = np.append(curve["r"].to_numpy(), 1.0)[np.clip(age, 0, MATURE)]
    factor = np.where(age >= 0, grown * share * weight.to_numpy(), 0.0)
    row, column = np.nonzero(age >= 0)
    name = openings.index.name or "store_id"
    table = pd.DataFrame({name: openings.index[row], "period": months[column].astype(str)})
    table.insert(1, "territory_id", openings.reindex(columns=["territory_id"])["territory_id"].to_numpy()[row])
    table["age"], table["open_share"] = age[row, column], share[row, column]
    for bound in BOUNDS:
        mature = openings.reindex(columns=[bound])[bound].to_numpy(float)
        table[bound] = mature[row] * factor[row, column]
    return table


def closing_losses(forecast, stores):
    """
    What a forecast loses because stores close.

    Parameters
    ----------
    forecast : DataFrame
        `store_id`, `period` (months), `sales_p50` (money a month if the store stayed open), `territory_id` if known.
    stores : DataFrame
        Index `store_id`; `closed` (day).

    Returns
    -------
    DataFrame
        `store_id`, `territory_id`, `period`, `loss` (money a month, at least 0): the rows in which something is lost.

    Examples
    --------
    >>> ahead = {"store_id": ["A", "A"], "period": ["2027-05", "2027-06"], "sales_p50": [31.0, 30.0]}
    >>> shut = pd.DataFrame({"closed": ["2027-06-16"]}, index=["A"])
    >>> closing_losses(pd.DataFrame(ahead), shut)[["period", "loss"]].to_numpy().tolist()
    [['2027-06', 15.0]]
    """
    closing = stores.reindex(columns=["closed"])
    closing = closing[_dates(closing, "closed").notna()]
    rows = forecast[forecast["store_id"].isin(closing.index)]
    return _losses(rows, rows["sales_p50"] * (1 - _of_rows(open_share(closing, rows["period"].unique()), rows)))


def cannibalisation(forecast, transfers):
    """
    What own stores lose to new ones, from the day these open, in full from the first day.

    Parameters
    ----------
    forecast : DataFrame
        `store_id`, `period` (months), `sales_p50` (money a month without the openings, and with closures taken off: a
        store that is shut loses nothing more), `territory_id` if known.
    transfers : DataFrame
        `store_id` (who loses), `opened` (day the other opens), and either `loss_share` (0 to 1 of its sales) or
        `loss_month` (money a month); several openings add up.

    Returns
    -------
    DataFrame
        `store_id`, `territory_id`, `period`, `loss` (money a month, at least 0): the rows in which something is lost.

    Raises
    ------
    ValueError
        If a transfer has no date, has not just one of share and money, names a store that the forecast lacks, or a
        store loses more than it sells.

    Examples
    --------
    >>> ahead = {"store_id": ["A", "A"], "period": ["2027-05", "2027-06"], "sales_p50": [31.0, 30.0]}
    >>> moved = pd.DataFrame({"store_id": ["A"], "opened": ["2027-06-16"], "loss_share": [0.2]})
    >>> cannibalisation(pd.DataFrame(ahead), moved)[["period", "loss"]].to_numpy().tolist()
    [['2027-06', 3.0]]
    """
    moved = transfers.reindex(columns=["store_id", "opened", "loss_share", "loss_month"]).reset_index(drop=True)
    amounts = moved[["loss_share", "loss_month"]].astype(float)
    bad = moved[_dates(moved, "opened").isna() | (amounts.notna().sum(axis=1) != 1) | (amounts < 0).any(axis=1)]
    if len(bad):
        raise ValueError(f"a transfer needs opened and one of loss_share, loss_month (>= 0): {listed(bad['store_id'])}")
    foreign = moved.loc[~moved["store_id"].isin(forecast["store_id"]), "store_id"]
    if len(foreign):
        raise ValueError(f"transfers from stores that the forecast lacks: {listed(foreign)}")
    share = open_share(moved, forecast["period"].unique())
    of_sales, of_money = (
        share.mul(amounts[name].fillna(0.0), axis=0).groupby(moved["store_id"]).sum()
        for name in ("loss_share", "loss_month")
    )
    rows = forecast[forecast["store_id"].isin(moved["store_id"])]
    loss = rows["sales_p50"] * _of_rows(of_sales, rows) + _of_rows(of_money, rows)
    over = rows[loss > rows["sales_p50"] * (1 + 1e-9)]
    if len(over):
        raise ValueError(f"stores would lose more than they sell: {listed(over['store_id'].unique())}")
    return _losses(rows, loss)


def territory_forecast(comparable, *, openings=None, closures=None, cannibalised=None):
    """
    Forecast of each territory in its parts: the stores that are there, those that close, open and lose to the new.

    Parameters
    ----------
    comparable : DataFrame
        `territory_id`, `period`, `sales_p10`, `sales_p50`, `sales_p90` (money a month) of the stores that are there, if
        nothing opened or closed; each territory and month once.
    openings : DataFrame, optional
        As `opening_sales` gives it.
    closures, cannibalised : DataFrame, optional
        As `closing_losses` and `cannibalisation` give them.

    Returns
    -------
    DataFrame
        `territory_id`, `period`, then parts that add up to `sales_p50`: `comparable`, `closures` (at most 0),
        `openings`, `cannibalisation` (at most 0); then `sales_p10`, `sales_p50`, `sales_p90`. The bounds add those of
        the comparable stores and of the openings as if all moved together, which makes the interval wide rather than
        narrow; losses are taken as certain. A part that is not known makes the sum unknown.

    Raises
    ------
    ValueError
        If a territory and month is doubled, or a row of a part has no territory.

    Examples
    --------
    >>> there = {"territory_id": ["T1"], "period": ["2027-01"], "sales_p10": [80], "sales_p50": [100], "sales_p90": 120}
    >>> lost = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-01"], "loss": [7.0]})
    >>> territory_forecast(pd.DataFrame(there), cannibalised=lost)[["cannibalisation", "sales_p50"]].iloc[0].tolist()
    [-7.0, 93.0]
    """
    keys = ["territory_id", "period"]
    if comparable.duplicated(keys).any():
        raise ValueError("comparable must have each territory and period once")
    there = comparable.set_index(keys)[list(BOUNDS)].astype(float)
    new = _sum_by(openings, keys, list(BOUNDS), "openings")
    shut = -_sum_by(closures, keys, ["loss"], "closures")["loss"]
    taken = -_sum_by(cannibalised, keys, ["loss"], "cannibalised")["loss"]
    every = there.index.union(new.index).union(shut.index).union(taken.index)
    there, new = (table.reindex(every, fill_value=0.0) for table in (there, new))
    shut, taken = (loss.reindex(every, fill_value=0.0) for loss in (shut, taken))
    parts = dict(zip(PARTS, (there["sales_p50"], shut, new["sales_p50"], taken)))
    sums = {bound: there[bound] + new[bound] + shut + taken for bound in BOUNDS}
    return pd.DataFrame(parts | sums).reset_index()


def _ratios_by_age(sales, stores, index):
    """Sales of each store (columns) at each age (rows) over its mature level, without season and market."""
    index = comparable_index(sales, stores) if index is None else index.reindex(sales.index)
    known = stores.reindex(sales.columns)
    known = known[_dates(known, "opened").notna()]
    share = open_share(known, sales.index).T
    plain = sales[known.index].div(index, axis=0) / share.where(share > 0)
    age = _age(known, sales.index).T
    columns = {
        store: pd.Series(plain[store].to_numpy(), age[store].to_numpy()).groupby(level=0).first()
        for store in known.index
    }
    by_age = pd.DataFrame(columns).reindex(range(MATURE + len(LEVEL)))
    grown = by_age.loc[list(LEVEL)]
    level = grown.mean().where((grown.notna().sum() >= KNOWN) & (grown.mean() > 0))
    return by_age.iloc[:MATURE] / level


def _age(stores, months):
    """Months since the month of opening; 0 in it, below 0 before it, far above where the opening is not known."""
    opened = _dates(stores, "opened")
    month = opened.dt.year * 12 + opened.dt.month
    now = months.year.to_numpy() * 12 + months.month.to_numpy()
    return pd.DataFrame(now - month.fillna(-(10**6)).to_numpy(int)[:, None], stores.index, months)


def _dates(table, name):
    return pd.to_datetime(table.reindex(columns=[name])[name], format="ISO8601")


def _months(periods):
    return pd.PeriodIndex(periods, freq="M")


def _of_rows(wide, rows):
    """Values of a table store x month on the rows of a long one."""
    place = wide.index.get_indexer(rows["store_id"]), wide.columns.get_indexer(_months(rows["period"]))
    return wide.to_numpy()[place]


def _losses(rows, loss):
    table = rows.reindex(columns=["store_id", "territory_id", "period"]).assign(loss=loss)
    return table[table["loss"] != 0].reset_index(drop=True)


def _sum_by(table, keys, columns, what):
    if table is None or table.empty:
        return pd.DataFrame(columns=columns, index=pd.MultiIndex.from_arrays([[], []], names=keys), dtype=float)
    if table["territory_id"].isna().any():
        raise ValueError(f"{table['territory_id'].isna().sum()} rows of {what} have no territory_id")
    return table.groupby(keys)[columns].agg(lambda values: values.sum(skipna=False))
