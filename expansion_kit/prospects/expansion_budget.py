"""The expansion budget against what was spent: by territory and item (travel, events, opening support), and to date."""

import datetime
import re

import numpy as np
import pandas as pd

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def spending(budgets, as_of, *, by=("territory_id", "item")):
    """
    Budget, spent and left, of the whole plan and to date.

    A period that has begun counts to date by its days. What was spent in a period without a figure is not known: it is
    counted, and the sum is that of the others.

    Parameters
    ----------
    budgets : DataFrame
        `budgets` table: `territory_id`, `item`, `period` (year, quarter, month, ISO week or day), `amount`, `spent`.
    as_of : date or str
        The day up to which `spent` was booked.
    by : sequence of str
        What a row stands for: `territory_id`, `item`, `period`, or some of them.

    Returns
    -------
    DataFrame
        Index `by`: `amount` (the whole budget), `amount_to_date`, `spent`, `left` (amount - spent), `left_to_date`
        (below 0 where more was spent than was planned by now), `share` (spent / amount), `share_to_date`, `over` (more
        spent than the whole budget), `over_to_date`, `over_periods` (periods that alone spent more than theirs, by |),
        `unknown_periods` (begun, without a figure).

    Raises
    ------
    ValueError
        If there is no such period, or two periods of a territory and item overlap.

    Examples
    --------
    >>> rows = {"territory_id": "T1", "item": "travel", "period": ["2026-Q1", "2026-Q2"], "amount": [100.0, 100.0],
    ...         "spent": [120.0, None]}
    >>> spending(pd.DataFrame(rows), "2026-03-31")[["left", "left_to_date", "over_periods"]].to_dict("list")
    {'left': [80.0], 'left_to_date': [-20.0], 'over_periods': ['2026-Q1']}
    """
    as_of = pd.Timestamp(as_of).normalize()
    rows = budgets.reindex(columns=["territory_id", "item", "period", "amount", "spent"]).reset_index(drop=True)
    begins, ends = (pd.Series(days, rows.index) for days in zip(*map(_days_of, rows["period"])))
    _refuse_overlaps(rows.assign(begin=begins, end=ends))
    days = (ends - begins).dt.days + 1
    passed = ((as_of - begins).dt.days + 1).clip(lower=0).clip(upper=days)
    rows["amount_to_date"] = rows["amount"] * passed / days
    rows["over_periods"] = rows["period"].where(rows["spent"] > rows["amount"], "")
    rows["unknown_periods"] = (rows["spent"].isna() & (begins <= as_of)).astype("int64")
    grouped = rows.groupby(list(by), sort=True)
    table = grouped[["amount", "amount_to_date"]].sum()
    table["spent"] = grouped["spent"].sum(min_count=1)
    known = table["spent"].fillna(0.0).where(table["spent"].notna() | (table["amount_to_date"] == 0))
    table["left"], table["left_to_date"] = table["amount"] - known, table["amount_to_date"] - known
    table["share"] = known / table["amount"].where(table["amount"] > 0)
    table["share_to_date"] = known / table["amount_to_date"].where(table["amount_to_date"] > 0)
    table["over"], table["over_to_date"] = table["left"] < 0, table["left_to_date"] < 0
    table["over_periods"] = grouped["over_periods"].agg(lambda names: "|".join(sorted(filter(None, set(names)))))
    table["unknown_periods"] = grouped["unknown_periods"].sum()
    return table


def booked_until(budgets, as_of):
    """
    The day up to which the books go: the end of the last period with anything spent, at most the day of the look.

    Parameters
    ----------
    budgets : DataFrame
        As in `spending`.
    as_of : date or str

    Returns
    -------
    Timestamp
        Missing (NaT) where nothing is booked.

    Examples
    --------
    >>> rows = pd.DataFrame({"period": ["2026-Q1", "2026-Q2"], "spent": [120.0, None]})
    >>> str(booked_until(rows, "2026-05-10").date())
    '2026-03-31'
    """
    booked = budgets["period"][budgets.reindex(columns=["spent"])["spent"].notna().to_numpy()]
    ends = [_days_of(period)[1] for period in booked]
    return min(max(ends), pd.Timestamp(as_of).normalize()) if ends else pd.NaT


def _days_of(period):
    """First and last day of a period."""
    week = _WEEK.fullmatch(str(period))
    if week:
        monday = pd.Timestamp(datetime.date.fromisocalendar(int(week[1]), int(week[2]), 1))
        return monday, monday + pd.Timedelta(days=6)
    span = pd.Period(str(period).replace("-Q", "Q"))
    return span.start_time.normalize(), span.end_time.normalize()


def _refuse_overlaps(rows):
    """Quarters beside their months would count money twice."""
    rows = rows.sort_values(["territory_id", "item", "begin", "end", "period"])
    same = rows[["territory_id", "item"]].eq(rows[["territory_id", "item"]].shift()).all(axis=1)
    twice = same & (rows["begin"] <= rows["end"].shift())
    if twice.any():
        place = int(np.flatnonzero(twice)[0])
        one, two = rows["period"].iloc[place - 1], rows["period"].iloc[place]
        where = " ".join(map(str, rows[["territory_id", "item"]].iloc[place]))
        raise ValueError(f"budget periods overlap: {one} and {two} of {where}")
