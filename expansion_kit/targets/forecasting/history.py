"""
Sales to a complete history by day, ISO week, month or quarter: what can be added is added, what cannot is refused, gaps
stay gaps. Returns (negative sales) count as what they are.
"""

import numpy as np
import pandas as pd

LATE = 3  # months after which a series that stopped counts as ended
KEYS = ("territory_id", "store_id")
KINDS = {
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "day": r"\d{4}-\d{2}-\d{2}",
    "ISO week": r"\d{4}-W\d{2}",
    "quarter": r"\d{4}-Q[1-4]",
}
FREQUENCIES = {"day": "D", "ISO week": "W-SUN", "month": "M", "quarter": "Q-DEC"}
MADE_OF = {
    "day": ("day",),
    "ISO week": ("day", "ISO week"),
    "month": ("day", "month"),
    "quarter": ("day", "month", "quarter"),
}
LATE_PERIODS = {"D": 91, "W": 13, "M": LATE, "Q": 1}


def monthly_history(sales, *, by, closed=None):
    """
    Sales by month, one column a territory or store.

    A day's sales enter their month only when the month has a row for every day. A territory's month is the sum of its
    stores, and is missing when one of them has a gap there: a gap is counted (`gaps`), never filled.

    Parameters
    ----------
    sales : DataFrame
        `sales` table: `territory_id` and/or `store_id`, `period` (text, months `2027-02` or days `2027-02-28`),
        `sales` (money); `basis` optional.
    by : str
        `territory_id` or `store_id`. By store, rows without a store are left out.
    closed : Series, optional
        Closing day by `store_id`. A store that sold within the last three months, is not there now and has no closing
        day is late, not closed: its territory's last months are missing, not smaller.

    Returns
    -------
    DataFrame
        Index `period` (PeriodIndex of months, complete), columns the ids in order; money a month, missing where
        unknown.

    Raises
    ------
    ValueError
        If a column is missing, rows are doubled, a territory has both its own rows and its stores', a store has no
        territory, the basis is mixed, or a period is neither a month nor a day.

    Examples
    --------
    >>> rows = {"territory_id": ["T1", "T1"], "period": ["2027-01", "2027-03"], "sales": [5, 7]}
    >>> monthly_history(pd.DataFrame(rows), by="territory_id")["T1"].tolist()
    [5.0, nan, 7.0]
    """
    return sales_history(sales, by=by, closed=closed)


def sales_history(sales, *, by, per="month", closed=None):
    """
    Sales by day, ISO week, month or quarter, one column a territory or store.

    Shorter periods enter a longer one only when all of them are there. Weeks are not cut into months.

    Parameters
    ----------
    sales : DataFrame
        As for `monthly_history`; `period` may also be an ISO week (`2027-W07`) or a quarter (`2027-Q1`).
    by : str
        `territory_id` or `store_id`.
    per : str
        `day`, `ISO week`, `month` or `quarter`.
    closed : Series, optional
        Closing day by `store_id`, as for `monthly_history`.

    Returns
    -------
    DataFrame
        Index `period` (PeriodIndex, complete), columns the ids in order; money a period, missing where unknown.

    Raises
    ------
    ValueError
        As `monthly_history`, or if the periods of the table cannot be added up to those asked for.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-05", freq="M").astype(str)
    >>> sales = pd.DataFrame({"store_id": "S1", "period": months, "sales": [1, 2, 3, 4, 5]})
    >>> sales_history(sales, by="store_id", per="quarter")["S1"].to_dict()
    {Period('2027Q1', 'Q-DEC'): 6.0, Period('2027Q2', 'Q-DEC'): nan}
    """
    if per not in FREQUENCIES:
        raise ValueError(f"per must be one of {', '.join(FREQUENCIES)}, but is {per!r}")
    rows = _rows_of(sales, by)
    kind = _kind_of(rows["period"], per)
    units = [key for key in KEYS if key in rows]
    _refuse_doubles(rows, units)
    unit = rows[units].apply(tuple, axis=1) if len(units) > 1 else rows[by]
    wide = _added_up(rows, unit, kind, per)
    owner = rows.groupby(unit.to_numpy())[by].first().reindex(wide.columns)
    total = wide.T.groupby(owner.to_numpy()).sum(min_count=1).T
    gone = set(closed.dropna().index) if closed is not None else set()
    stays = [unit[-1] not in gone if isinstance(unit, tuple) else unit not in gone for unit in wide.columns]
    broken = (_inside(wide) | (_late(wide) & stays)).T.groupby(owner.to_numpy()).any().T
    return total.mask(broken).rename_axis(columns=by).sort_index(axis=1)


def returns(sales, *, by):
    """
    What was taken back: the negative rows of each territory or store.

    They stay in every sum; this says how much they are.

    Parameters
    ----------
    sales : DataFrame
        As for `monthly_history`.
    by : str
        `territory_id` or `store_id`.

    Returns
    -------
    Series
        Named `returns`, index the ids; money, at least 0.

    Examples
    --------
    >>> rows = {"store_id": ["S1", "S1"], "period": ["2027-01", "2027-02"], "sales": [5, -2]}
    >>> returns(pd.DataFrame(rows), by="store_id").to_dict()
    {'S1': 2.0}
    """
    rows = _rows_of(sales, by)
    negative = pd.to_numeric(rows["sales"]).astype(float).clip(upper=0).abs()
    return negative.groupby(rows[by]).sum().rename("returns")


def gaps(history):
    """
    Months missing between the first and the last known month of each series.

    Parameters
    ----------
    history : DataFrame
        As `monthly_history` gives it.

    Returns
    -------
    Series
        Named `gaps`, index the ids; a count.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-04", freq="M")
    >>> gaps(pd.DataFrame({"T1": [5, None, 7, None]}, months)).to_dict()
    {'T1': 1}
    """
    return _inside(history).sum().rename("gaps")


def _inside(wide):
    """Where a value is missing between the first and the last known one."""
    return wide.isna() & wide.ffill().notna() & wide.bfill().notna()


def _late(wide):
    """Where a value is missing at the end of a series that had one within the last months."""
    recent = wide.tail(LATE_PERIODS[wide.index.freqstr[0]] + 1).notna().any()
    return wide.isna() & wide.ffill().notna() & wide.bfill().isna() & recent


def complete(history):
    """
    The history up to the last month that every series still reporting has.

    Parameters
    ----------
    history : DataFrame
        As `monthly_history` gives it.

    Returns
    -------
    DataFrame
        The same series; the months after it are cut off, so that nobody late is taken for closed.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-04", freq="M")
    >>> complete(pd.DataFrame({"T1": [5, 6, 7, 8], "T2": [1, 2, 3, None]}, months)).index[-1]
    Period('2027-03', 'M')
    """
    late = _late(history).any(axis=1).to_numpy()
    return history.iloc[: late.argmax()] if late.any() else history


def _rows_of(sales, by):
    if by not in KEYS:
        raise ValueError(f"by must be one of {', '.join(KEYS)}, but is {by!r}")
    absent = [column for column in (by, "period", "sales") if column not in sales]
    if absent:
        raise ValueError(f"the sales table lacks the columns {', '.join(absent)}")
    rows = sales.reset_index(drop=True).assign(period=sales["period"].astype(str).to_numpy())
    if "basis" in rows and rows["basis"].nunique(dropna=False) > 1:
        raise ValueError(f"sales of different basis cannot be added: {sorted(map(str, rows['basis'].unique()))}")
    if by == "store_id":
        return rows[rows["store_id"].notna()].drop(columns="territory_id", errors="ignore")
    return _rows_of_territories(rows)


def _rows_of_territories(rows):
    lost = rows[rows["territory_id"].isna()]
    if len(lost):
        first = lost["store_id"].iloc[0] if "store_id" in lost else f"row {lost.index[0]}"
        raise ValueError(f"{len(lost)} rows of sales have no territory_id, first {first}")
    if "store_id" not in rows or rows["store_id"].isna().all():
        return rows.drop(columns="store_id", errors="ignore")
    own = set(rows.loc[rows["store_id"].isna(), "territory_id"])
    both = sorted(own & set(rows.loc[rows["store_id"].notna(), "territory_id"]))
    if both:
        raise ValueError(f"territories counted twice, by their own rows and by their stores': {', '.join(both[:5])}")
    return rows.assign(store_id=rows["store_id"].fillna(""))


def _kind_of(periods, per):
    if periods.empty:
        raise ValueError("the sales table has no rows")
    kinds = {name: periods.str.fullmatch(pattern) for name, pattern in KINDS.items()}
    found = [name for name, match in kinds.items() if match.any()]
    kinds["day"] &= pd.to_datetime(periods, format="%Y-%m-%d", errors="coerce").notna()
    unknown = periods[~np.logical_or.reduce(list(kinds.values()))]
    if len(unknown):
        raise ValueError(f"period {unknown.iloc[0]!r} is not a month such as 2027-02 or a day such as 2027-02-28")
    if len(found) > 1:
        raise ValueError(f"periods of different length cannot be added: {', '.join(found)}")
    if found[0] not in MADE_OF[per]:
        raise ValueError(
            f"sales by {found[0]} ({periods.iloc[0]}) cannot be cut into {per}s without assuming how they spread; "
            f"give {' or '.join(f'{name}s' for name in reversed(MADE_OF[per]))}"
        )
    return found[0]


def _added_up(rows, unit, kind, per):
    """Sales by period (rows) and unit (columns), complete; missing where a part is."""
    own = _periods(rows["period"], kind)
    values = pd.to_numeric(rows["sales"]).astype(float).to_numpy()
    keys = [own.asfreq(FREQUENCIES[per]).rename("period"), unit.to_numpy()]
    table = pd.DataFrame({"sales": values, "there": np.isfinite(values)}).groupby(keys)
    sums = table["sales"].sum(min_count=1)
    if kind != per:
        periods = sums.index.get_level_values(0)
        first, last = periods.asfreq(own.freq, "start"), periods.asfreq(own.freq, "end")
        sums = sums.where(table["there"].sum() == last.asi8 - first.asi8 + 1)
    wide = sums.unstack()
    return wide.reindex(pd.period_range(wide.index.min(), wide.index.max(), freq=FREQUENCIES[per], name="period"))


def _periods(text, kind):
    """Texts such as `2027-02`, `2027-02-28`, `2027-W07` or `2027-Q1` as periods."""
    if kind != "ISO week":
        return pd.PeriodIndex(text.str.replace("-Q", "Q"), freq=FREQUENCIES[kind])
    mondays = pd.to_datetime(text + "-1", format="%G-W%V-%u", errors="coerce")
    strange = mondays.isna() | (mondays.dt.strftime("%G-W%V") != text)
    if strange.any():
        raise ValueError(f"period {text[strange].iloc[0]!r} is not a week of that year")
    return pd.PeriodIndex(mondays, freq="W-SUN")


def _refuse_doubles(rows, units):
    double = rows[rows.duplicated([*units, "period"])]
    if len(double):
        names = [" ".join(map(str, row)) for row in double[[*units, "period"]].head(3).to_numpy()]
        raise ValueError(f"{len(double)} rows of sales are doubled, first {'; '.join(names)}")
