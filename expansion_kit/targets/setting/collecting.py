"""
Collecting what is due: plan, actual, and the shortfall that rolls into the next month (未完成滚入下月).
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed

CELL = ["territory_id", "period"]


def collection_progress(plan, *, arrears=None):
    """
    Collections month by month, each month's shortfall added to the next month's plan.

    Parameters
    ----------
    plan : DataFrame
        Index (`territory_id`, `period`), months without a gap; `receivable` (due), `collected` (plan) and `actual`
        (money; missing where the month is not over).
    arrears : Series, optional
        Shortfall rolled into the first month, by territory; 0 where not given.

    Returns
    -------
    DataFrame
        On the index of `plan`, in order of time for each territory: `receivable`, `collected`, `actual`, and
        `rolled_in`, `plan_with_arrears` (money), `shortfall` (money that rolls on, at least 0),
        `collection_rate` (回款率: actual over due) and `completion_rate` (回款完成率: actual over plan with arrears),
        missing where the divisor is 0. What is collected beyond the plan is not set against later months. After the
        first month without an actual nothing is known of what rolls on: missing.

    Raises
    ------
    ValueError
        If a plan is missing, anything is negative, or months have a gap.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["T1"], ["2027-01", "2027-02"]], names=["territory_id", "period"])
    >>> plan = pd.DataFrame({"receivable": 100, "collected": 95, "actual": [85, 105]}, index)
    >>> collection_progress(plan)[["rolled_in", "plan_with_arrears", "completion_rate"]].round(4).values.tolist()
    [[0.0, 95.0, 0.8947], [10.0, 105.0, 1.0]]
    """
    table = plan[["receivable", "collected", "actual"]].astype(float).sort_index()
    _check(table)
    rolled = []
    for territory, own in table.groupby(level="territory_id", sort=False):
        owed = 0.0 if arrears is None else float(arrears.get(territory, 0.0))
        if not owed >= 0:
            raise ValueError(f"arrears must be known and at least 0, but are {owed} for {territory}")
        for planned, actual in own[["collected", "actual"]].to_numpy():
            rolled.append(owed)
            owed = np.nan if np.isnan(owed + actual) else max(planned + owed - actual, 0.0)
    table["rolled_in"] = rolled
    table["plan_with_arrears"] = table["collected"] + table["rolled_in"]
    table["shortfall"] = (table["plan_with_arrears"] - table["actual"]).clip(lower=0)
    table["collection_rate"] = table["actual"] / table["receivable"].where(table["receivable"] > 0)
    table["completion_rate"] = table["actual"] / table["plan_with_arrears"].where(table["plan_with_arrears"] > 0)
    return table


def _check(table):
    if list(table.index.names) != CELL or not table.index.is_unique:
        raise ValueError("plan must have the index (territory_id, period), each pair once")
    bad = table.index[~(table[["receivable", "collected"]] >= 0).all(axis=1) | (table["actual"] < 0)]
    if len(bad):
        raise ValueError(f"due and plan must be known, and nothing negative; not so for {listed(bad)}")
    months = pd.PeriodIndex(table.index.get_level_values("period"), freq="M")
    ordinal = pd.Series(months.asi8, table.index)
    steps = ordinal.groupby(level="territory_id").diff()
    if (steps.dropna() != 1).any():
        raise ValueError(f"months have a gap before {listed(steps.index[steps.notna() & (steps != 1)])}")
