"""
Comparable stores (同店) and new ones apart: growth of what was there a year before, and what openings and closures add.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.forecasting.seasons import season_length


def comparable(history, opened=None):
    """
    Where a store can be compared with the year before: open for the whole period then, and known in both.

    Parameters
    ----------
    history : DataFrame
        By store, as `history.sales_history` gives it.
    opened : Series, optional
        Opening day by `store_id`. A store without one counts as opened in its first known period, unless that is the
        first of the history: then it was there before.

    Returns
    -------
    DataFrame of bool
        Shape of `history`.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2027-03", freq="M")
    >>> history = pd.DataFrame({"S1": 100.0}, months)
    >>> comparable(history, pd.Series({"S1": pd.Timestamp("2026-01-15")}))["S1"].tail(3).tolist()
    [False, True, True]
    """
    season = season_length(history.index)
    before = history.shift(season)
    whole = open_periods(history, opened) >= season
    return history.notna() & before.notna() & whole


def open_periods(history, opened=None):
    """
    Whole periods for which a store has been open at the start of each period.

    Parameters
    ----------
    history : DataFrame
        By store, as `history.sales_history` gives it.
    opened : Series, optional
        Opening day by `store_id`; see `comparable`.

    Returns
    -------
    DataFrame
        Shape of `history`; negative before the opening; `inf` where a store was there before the history began.

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-03", freq="M")
    >>> open_periods(pd.DataFrame({"S1": 1.0}, months), pd.Series({"S1": pd.Timestamp("2026-01-15")}))["S1"].tolist()
    [-1.0, 0.0, 1.0]
    """
    days = pd.Series(pd.NaT, history.columns) if opened is None else pd.to_datetime(opened).reindex(history.columns)
    since = pd.Series(-np.inf, history.columns)
    dated = days.dropna()
    opening = pd.PeriodIndex(dated, freq=history.index.freq)
    since[dated.index] = opening.asi8 + (opening.start_time < dated.to_numpy())  # the first whole period
    start = history.notna().to_numpy().argmax(axis=0)
    seen_later = days.isna().to_numpy() & (start > 0)
    since[seen_later] = history.index.asi8[start][seen_later] + 1
    return pd.DataFrame(history.index.asi8[:, None] - since.to_numpy(), history.index, history.columns)


def mature(history, opened=None, *, years=2):
    """
    The history of stores past their ramp: what is younger is missing.

    Parameters
    ----------
    history : DataFrame
        By store, as `history.sales_history` gives it.
    opened : Series, optional
        Opening day by `store_id`; see `comparable`.
    years : float
        From the opening.

    Returns
    -------
    DataFrame
        A new table of the same shape.

    Examples
    --------
    >>> months = pd.period_range("2025-01", "2027-03", freq="M")
    >>> opened = pd.Series({"S1": pd.Timestamp("2025-01-01")})
    >>> int(mature(pd.DataFrame({"S1": 1.0}, months), opened)["S1"].count())
    3
    """
    return history.where(open_periods(history, opened) >= years * season_length(history.index))


def like_for_like(history, opened=None):
    """
    Growth on the year before, parted into comparable stores, new ones and those that are gone or not known.

    Parameters
    ----------
    history : DataFrame
        By store, as `history.sales_history` gives it.
    opened : Series, optional
        Opening day by `store_id`; see `comparable`.

    Returns
    -------
    DataFrame
        On the periods from the second year on: `stores` and `comparable_stores` (counts), `sales`, `sales_before` (a
        year earlier), `comparable_sales`, `comparable_before` (money), `new_sales` (of stores not comparable),
        `gone_sales` (a year earlier, of stores that are not comparable now), `growth`, `comparable_growth` (shares,
        missing where there is nothing to compare with).

    Examples
    --------
    >>> quarters = pd.period_range("2026Q1", "2027Q1", freq="Q")
    >>> history = pd.DataFrame({"S1": [100.0, 1, 1, 1, 110], "S2": [None, None, 7, 30, 40]}, quarters)
    >>> like_for_like(history)[["growth", "comparable_growth", "new_sales"]].round(3).values.tolist()
    [[0.5, 0.1, 40.0]]
    """
    season = season_length(history.index)
    before, same = history.shift(season), comparable(history, opened)
    table = pd.DataFrame(
        {
            "stores": history.notna().sum(axis=1),
            "comparable_stores": same.sum(axis=1),
            "sales": history.sum(axis=1, min_count=1),
            "sales_before": before.sum(axis=1, min_count=1),
            "comparable_sales": history.where(same).sum(axis=1, min_count=1),
            "comparable_before": before.where(same).sum(axis=1, min_count=1),
            "new_sales": history.mask(same).sum(axis=1),
            "gone_sales": before.mask(same).sum(axis=1),
        }
    )
    for name, now, then in (
        ("growth", "sales", "sales_before"),
        ("comparable_growth", "comparable_sales", "comparable_before"),
    ):
        table[name] = table[now] / table[then].where(table[then] > 0) - 1
    return table.iloc[season:]
