"""
What was sold, by its own periods: of a territory, a store or the network, up to a day of the year.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.history import monthly_history

_STILL = {"M": 4, "D": 92}  # periods without a figure after which nobody waits for a series


def actuals(sales, *, by, column="sales", closed=None):
    """
    A column of the sales table by its own periods, months or days, one column a territory, store or the network.

    Parameters
    ----------
    sales : DataFrame
        `sales` table, by month or by day.
    by : str
        `territory_id`, `store_id` or `network` (one column, the sum of the territories, or of the stores).
    column : str
        `sales`, `receivable`, `collected`, `expense`, `orders` or `units`.
    closed : Series, optional
        Closing day by `store_id`, as `history.monthly_history` takes it.

    Returns
    -------
    DataFrame
        Index `period` (PeriodIndex of months or days, complete); missing where unknown. A sum with a gap is missing.

    Raises
    ------
    ValueError
        As `history.monthly_history`.

    Examples
    --------
    >>> rows = {"territory_id": ["T1", "T1", "T2"], "period": ["2027-01", "2027-03", "2027-01"], "sales": [5, 7, 1]}
    >>> actuals(pd.DataFrame(rows), by="network")["network"].tolist()
    [6.0, nan, nan]
    """
    rows = sales.assign(sales=sales[column])
    if by == "network":
        own = "territory_id" if "territory_id" in rows and rows["territory_id"].notna().any() else "store_id"
        parts = actuals(rows, by=own, closed=closed)
        gone = parts.columns.isin(closed.dropna().index) if closed is not None else np.zeros(parts.shape[1], dtype=bool)
        late = parts.isna() & parts.ffill().notna() & ~gone
        return parts.sum(axis=1, min_count=1).mask(late.any(axis=1)).to_frame("network").rename_axis(columns="network")
    monthly = monthly_history(rows, by=by, closed=closed)
    if (rows["period"].astype(str).str.len() == 7).all():
        return monthly
    return _daily(rows[rows[by].notna()], by)


def _daily(rows, by):
    unit = [by] if by == "store_id" or "store_id" not in rows else ["territory_id", "store_id"]
    keyed = rows.assign(**{name: rows[name].fillna("") for name in unit}).set_index(["period", *unit])["sales"]
    wide = keyed.astype(float).unstack(unit)
    wide = wide.set_axis(pd.PeriodIndex(wide.index, freq="D")).sort_index()
    wide = wide.reindex(pd.period_range(wide.index[0], wide.index[-1], freq="D"))
    inside = wide.isna() & wide.ffill().notna() & wide.bfill().notna()
    owner = wide.columns.get_level_values(by)
    total = wide.T.groupby(owner).sum(min_count=1).T
    return total.mask(inside.T.groupby(owner).any().T).rename_axis(index="period", columns=by)


def last_known(history, *, closed=None):
    """
    The last period for which every series that still reports has a figure.

    Parameters
    ----------
    history : DataFrame
        As `actuals` gives it.
    closed : Series, optional
        Closing day by store: those wait for nobody.

    Returns
    -------
    Period

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-04", freq="M")
    >>> last_known(pd.DataFrame({"T1": [5, 6, 7, 8], "T2": [1, 2, 3, None]}, months))
    Period('2027-03', 'M')
    """
    recent = history.tail(_STILL[history.index.freqstr])
    gone = closed.dropna().index if closed is not None else []
    reports = recent.loc[:, recent.notna().any() & ~recent.columns.isin(gone)]
    return min((reports[key].last_valid_index() for key in reports), default=history.index[-1])


def weeks(history):
    """
    Days added up to whole ISO weeks; months stay as they are.

    Parameters
    ----------
    history : DataFrame
        As `actuals` gives it.

    Returns
    -------
    DataFrame
        Index weeks (PeriodIndex `W-SUN`); a week with a missing day is missing.

    Examples
    --------
    >>> days = pd.period_range("2027-01-04", "2027-01-12", freq="D")
    >>> weeks(pd.DataFrame({"T1": 1.0}, days))["T1"].tolist()
    [7.0, nan]
    """
    if history.index.freqstr != "D":
        return history
    return history.groupby(history.index.asfreq("W-SUN")).sum(min_count=7)


def year_so_far(history, as_of, years_back=0):
    """
    The periods of a year that are over at a day, or at the same day of an earlier year.

    Parameters
    ----------
    history : DataFrame
        As `actuals` gives it.
    as_of : Timestamp
        Last day that counts.
    years_back : int

    Returns
    -------
    DataFrame
        Rows of `history`.

    Examples
    --------
    >>> history = pd.DataFrame({"T1": 1.0}, pd.period_range("2026-01", "2027-04", freq="M"))
    >>> len(year_so_far(history, pd.Timestamp("2027-03-30"))), len(year_so_far(history, pd.Timestamp("2027-03-31"), 1))
    (2, 3)
    """
    end = pd.Timestamp(as_of) - pd.DateOffset(years=years_back)
    return history[(history.index.year == end.year) & (history.index.end_time.normalize() <= end)]


def to_date(history, as_of, *, years_back=0):
    """
    The sum from the first of January to a day, or to the same day of an earlier year.

    Parameters
    ----------
    history : DataFrame
        As `actuals` gives it.
    as_of : Timestamp
        Last day that counts.
    years_back : int
        1 for the same period last year.

    Returns
    -------
    Series
        Named `to_date`, index the columns of `history`; missing where a period between the first and the last known one
        is missing, or none is known.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-04", freq="M")
    >>> history = pd.DataFrame({"T1": [1, 2, 3, 4], "T2": [1, None, 3, 4]}, months)
    >>> to_date(history, pd.Timestamp("2027-03-31")).to_dict()
    {'T1': 6.0, 'T2': nan}
    """
    inside = year_so_far(history, as_of, years_back)
    gap = inside.isna() & history.ffill().loc[inside.index].notna() & history.bfill().loc[inside.index].notna()
    return inside.sum(min_count=1).mask(gap.any()).astype(float).rename("to_date")
