"""
Stores that open and stores that close: what new ones will sell and take, month by month.

Months are pandas periods; ages, days of opening and the ramp are those of `ramps`.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.ramps import MATURE, age_in_months, days_of, open_share
from expansion_kit.targets.splitting.exact import listed

BOUNDS = ("sales_p10", "sales_p50", "sales_p90")
PARTS = ("comparable", "closures", "openings", "cannibalisation")


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
    table["opened"] = days_of(planned, "opened")
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
    >>> from expansion_kit.targets.forecasting.ramps import ramp
    >>> sites = pd.DataFrame({"opened": ["2027-02-15"], "sales_p50": [1000.0]}, index=["S1"])
    >>> opening_sales(sites, ["2027-01", "2027-02", "2027-03"], ramp(start=0.5, months=5))["sales_p50"].tolist()
    [250.0, 600.0]
    """
    months = pd.PeriodIndex(periods, freq="M")
    bad = openings.index[days_of(openings, "opened").isna() | openings["sales_p50"].isna()]
    if len(bad):
        raise ValueError(f"openings without a date or without mature sales: {listed(bad)}")
    weight = (
        pd.Series(1.0, months)
        if season is None
        else season.set_axis(pd.PeriodIndex(season.index, freq="M")).reindex(months)
    )
    if weight.isna().any():
        raise ValueError(f"the season lacks {listed(months[weight.isna().to_numpy()])}")
    age, share = age_in_months(openings, months).to_numpy(), open_share(openings, months).to_numpy()
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
    closing = closing[days_of(closing, "closed").notna()]
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
    bad = moved[days_of(moved, "opened").isna() | (amounts.notna().sum(axis=1) != 1) | (amounts < 0).any(axis=1)]
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


def _of_rows(wide, rows):
    """Values of a table store x month on the rows of a long one."""
    place = wide.index.get_indexer(rows["store_id"]), wide.columns.get_indexer(pd.PeriodIndex(rows["period"], freq="M"))
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
