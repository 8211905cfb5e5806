"""
What is in a plan before anything is split: openings in their months, and in mid-year the sales to date.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.breakdown.calendars import calendar
from expansion_kit.targets.breakdown.plan_rows import on_rows
from expansion_kit.targets.splitting.apportionment import LARGEST, share_out, whole_weights
from expansion_kit.targets.splitting.exact import listed


def opening_amounts(openings, rows, cells, weights):
    """
    What new stores bring, in the month_weeks.

    Each amount stays in its month; inside it the day weights count, from the day of the opening where it is known.

    Parameters
    ----------
    openings : DataFrame or None
        As in `on_rows`; `period` is a month, `opening_date` (optional) the first day. Several may share a month.
    rows, cells : DataFrame
    weights : Series
        Weight of each day of the plan year.

    Returns
    -------
    ndarray, shape (n, n_cells)
        int64.

    Raises
    ------
    ValueError
        If a period is no month of the year, or no day of the month with a weight is left after the opening.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.calendars import calendar, day_weights
    >>> from expansion_kit.targets.breakdown.plan_rows import plan_rows
    >>> rows = plan_rows(pd.Series([900], pd.Index(["T1"], name="territory_id")))
    >>> openings = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-02"], "value": [80]})
    >>> placed = opening_amounts(openings, rows, calendar(2027), day_weights(2027))
    >>> placed[0, 5:9].tolist()
    [20, 20, 20, 20]
    """
    table = on_rows(openings, rows, what="openings")
    amounts = np.zeros((len(rows), len(cells)), "int64")
    if table.empty:
        return amounts
    strange = table.loc[~table["period"].isin(cells["month"]), "period"]
    if len(strange):
        raise ValueError(f"openings stand in {listed(strange.unique())}; they need a month of the plan year")
    dates = table.get("opening_date", pd.Series(pd.NaT, table.index))
    first = pd.to_datetime(dates).fillna(weights.index[0]).to_numpy()[:, None]
    day, inside = weights.index.to_numpy(), table["period"].to_numpy()[:, None] == cells["month"].to_numpy()
    starts = np.searchsorted(day, cells["period_start"])
    free = np.add.reduceat(np.where(day >= first, weights.to_numpy(), 0.0), starts, axis=1) * inside
    if not free.any(axis=1).all():
        late = table.loc[~free.any(axis=1)].iloc[0]
        raise ValueError(f"the opening of {late['opening_date']} has no day with a weight left in {late['period']}")
    np.add.at(amounts, table["row"], share_out(table["value"].to_numpy(), whole_weights(free)))
    return amounts


def sales_to_date(actuals, rows, cells, as_of):
    """
    What was sold in the month_weeks before a day.

    Parameters
    ----------
    actuals : DataFrame
        As in `on_rows`; `period` is a month_week. Every row needs every month_week that begins before `as_of`, up to
        that day; returns may make it negative. Without a column `tier` for all of them.
    rows, cells : DataFrame
    as_of : Timestamp
        The first day that is not yet sold.

    Returns
    -------
    ndarray, shape (n, n_cells)
        int64, 0 from `as_of`.

    Raises
    ------
    ValueError
        If a month_week is missing, of the future or unknown, or a value not whole.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.calendars import calendar
    >>> from expansion_kit.targets.breakdown.plan_rows import plan_rows
    >>> rows = plan_rows(pd.Series([900], pd.Index(["T1"], name="territory_id")))
    >>> actuals = pd.DataFrame({"territory_id": ["T1"], "period": ["2027-01/2026-W53"], "value": [8]})
    >>> sales_to_date(actuals, rows, calendar(2027), pd.Timestamp("2027-01-04"))[0, :2].tolist()
    [8, 0]
    """
    table = on_rows(actuals, rows, what="actuals", least=-LARGEST)
    began = cells.index[cells["period_start"] < as_of]
    strange = table.loc[~table["period"].isin(began), "period"]
    if len(strange):
        raise ValueError(
            f"actuals stand in {listed(strange.unique())}, no month_week that began before {as_of:%Y-%m-%d}"
        )
    known = np.zeros((len(rows), len(began)), bool)
    amounts = np.zeros((len(rows), len(cells)), "int64")
    at = table["row"].to_numpy(), began.get_indexer(table["period"])
    known[at], amounts[at] = True, table["value"]
    if not known.all():
        lost = [f"{began[cell]} for {rows['name'][row]}" for row, cell in np.argwhere(~known)]
        raise ValueError(f"actuals lack {listed(lost)}")
    return amounts


def in_month_weeks(sold, year):
    """
    What was sold by month, in month_weeks: the days of a month weigh as `calendars.day_weights` says.

    Parameters
    ----------
    sold : DataFrame, shape (n_months, n_keys)
        Sales of the first months of a year (PeriodIndex or month ids), columns `territory_id` or `store_id`; rounded
        to whole money units.
    year : int

    Returns
    -------
    DataFrame
        The key, `period` (month_week), `value`: `actuals` for `periods.breakdown`. Months are as sold; their weeks are
        estimated.

    Examples
    --------
    >>> sold = pd.DataFrame({"T1": [310.0]}, ["2027-01"]).rename_axis(columns="territory_id")
    >>> in_month_weeks(sold, 2027)["value"].tolist()
    [30, 70, 70, 70, 70]
    """
    cells, amounts = calendar(year), sold.round().astype("int64").set_axis(sold.index.astype(str))
    parts = []
    for month, row in amounts.iterrows():
        inside = cells[cells["month"] == month]
        weights = np.broadcast_to(whole_weights(inside["weight"].to_numpy(float)), (len(row), len(inside)))
        values = np.sign(row.to_numpy())[:, None] * share_out(row.abs().to_numpy(), weights)
        parts.append(pd.DataFrame(values, row.index, inside.index))
    table = pd.concat(parts, axis=1).rename_axis(index=sold.columns.name, columns="period")
    return table.stack().rename("value").reset_index()


def open_shares(cells, weights, as_of):
    """
    Share of each month_week's weight that lies on or after a day.

    Parameters
    ----------
    cells : DataFrame
    weights : Series
        Weight of each day of the plan year.
    as_of : Timestamp

    Returns
    -------
    ndarray, shape (n_cells,)
        0 to 1.

    Examples
    --------
    >>> from expansion_kit.targets.breakdown.calendars import calendar, day_weights
    >>> open_shares(calendar(2027), day_weights(2027), pd.Timestamp("2027-01-03"))[:2].round(3).tolist()
    [0.333, 1.0]
    """
    starts = np.searchsorted(weights.index, cells["period_start"])
    left = np.add.reduceat(np.where(weights.index >= as_of, weights.to_numpy(), 0.0), starts)
    whole = np.add.reduceat(weights.to_numpy(float), starts)
    return np.divide(left, whole, out=np.zeros(len(cells)), where=whole > 0)


def lost_to_date(planned, sold, shares):
    """
    What was planned to date and not sold; nothing where more was sold.

    Parameters
    ----------
    planned, sold : ndarray, shape (n, n_cells)
    shares : ndarray, shape (n_cells,)
        As `open_shares` gives them; of a month_week begun, the plan to date is the rest of its weight, rounded down.

    Returns
    -------
    ndarray, shape (n,)
        int64.

    Examples
    --------
    >>> lost_to_date(np.array([[10, 10]]), np.array([[4, 0]]), np.array([0.0, 1.0])).tolist()
    [6]
    """
    to_date = planned - np.ceil(planned * shares).astype("int64")
    return np.maximum(to_date.sum(axis=1) - sold.sum(axis=1), 0)
