"""
The rows of a plan (territories or stores, metrics, tiers), and tables of amounts put on them.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.apportionment import LARGEST
from expansion_kit.targets.splitting.exact import listed, whole_number


def plan_rows(annual, *, metric="sales", tier="base"):
    """
    The rows of a plan, one a territory or store, metric and tier.

    Parameters
    ----------
    annual : Series, shape (n,)
        Whole money units of the year, at most 10**15; a level of the index is named `territory_id` or `store_id`,
        others may be `metric` and `tier`.
    metric, tier : str
        Where the index does not say.

    Returns
    -------
    DataFrame, shape (n,)
        The key, `metric`, `tier`, `value` (int64), `name` (for messages); by metric, tier (base, target, challenge) and
        key, whatever the order of `annual`.

    Raises
    ------
    ValueError
        If the index is named otherwise, a row is doubled, or an amount is missing, not whole, negative or too large.

    Examples
    --------
    >>> annual = pd.Series([7, 5], pd.Index(["T2", "T1"], name="territory_id"))
    >>> plan_rows(annual)[["territory_id", "metric", "value"]].to_numpy().tolist()
    [['T1', 'sales', 5], ['T2', 'sales', 7]]
    """
    key = key_of(annual.index.names)
    if set(annual.index.names) - {key, "metric", "tier"}:
        raise ValueError(f"the index of annual may be named {key}, metric, tier, but is {list(annual.index.names)}")
    rows = annual.index.to_frame(index=False).assign(value=annual.to_numpy())
    rows = rows.assign(**{name: given for name, given in {"metric": metric, "tier": tier}.items() if name not in rows})
    if rows.empty or rows.duplicated([key, "metric", "tier"]).any():
        raise ValueError("annual must have rows, and each key, metric and tier once")
    rank = rows["tier"].map({"base": 0, "target": 1, "challenge": 2}).fillna(3)
    order = rows.assign(rank=rank).sort_values(["metric", "rank", "tier", key]).index
    rows = rows.loc[order].reset_index(drop=True)
    several = rows[["metric", "tier"]].drop_duplicates().shape[0] > 1
    name = rows[key].astype(str) + (" " + rows["metric"] + " " + rows["tier"] if several else "")
    value = whole_numbers(rows["value"], "the annual target of " + name)
    if value.astype(float).sum() > 2**62:
        raise ValueError(f"the annual targets add up to {value.astype(float).sum():.3g}, more than a table holds")
    return rows.assign(value=value, name=name)[[key, "metric", "tier", "value", "name"]]


def key_of(names):
    """
    Which of some names is the key of territories or stores.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is none or both.

    Examples
    --------
    >>> key_of(["metric", "store_id"])
    'store_id'
    """
    keys = [name for name in ("territory_id", "store_id") if name in names]
    if len(keys) != 1:
        raise ValueError(f"the index of annual must be named territory_id or store_id, but is {list(names)}")
    return keys[0]


def on_rows(table, rows, *, what, least=0):
    """
    A table of amounts by key and period, on the rows of a plan.

    Parameters
    ----------
    table : DataFrame or None
        The key of `rows`, `period`, `value` (whole money units). With a column `metric` or `tier` for that one; without
        it for every tier, and for the metric if there is only one.
    rows : DataFrame
        As `plan_rows` gives it.
    what : str
        Name of the table, for messages.
    least : int
        The least value.

    Returns
    -------
    DataFrame
        The columns of `table` with `row` (position in `rows`) and `value` as int64; empty for None.

    Raises
    ------
    ValueError
        If a row is not in the plan, the metric is not said, a row stands twice, or a value is not whole.

    Examples
    --------
    >>> rows = plan_rows(pd.Series([7, 5], pd.Index(["T1", "T2"], name="territory_id")))
    >>> locks = pd.DataFrame({"territory_id": ["T2"], "period": ["2027-02"], "value": [3.0]})
    >>> on_rows(locks, rows, what="locks")[["row", "period", "value"]].to_numpy().tolist()
    [[1, '2027-02', 3]]
    """
    key = rows.columns[0]
    if table is None or table.empty:
        return pd.DataFrame({"row": np.array([], int), "period": np.array([], object), "value": np.array([], "int64")})
    if "metric" not in table and rows["metric"].nunique() > 1:
        raise ValueError(f"{what} must name their metric where there are several: {listed(rows['metric'].unique())}")
    on = [name for name in (key, "metric", "tier") if name in table]
    numbered = rows[on].assign(row=np.arange(len(rows)))
    found = table.reset_index(drop=True).merge(numbered, on=on, how="left")
    lost = found[found["row"].isna()]
    if len(lost):
        raise ValueError(f"{what} name {listed(map(_words, lost[on].to_numpy()))}, which has no annual target")
    found = found.astype({"row": int})
    name = found["period"].astype(str) + " for " + rows["name"].to_numpy()[found["row"]]
    double = found.duplicated(["row", "period"]) & (what != "openings")
    if double.any():
        raise ValueError(f"{what} stand twice: {listed(name[double])}")
    return found.assign(value=whole_numbers(found["value"], f"{what}: " + name, least=least))


def whole_numbers(values, names, *, least=0, most=LARGEST):
    """
    Values as whole numbers.

    Parameters
    ----------
    values : Series
    names : Series of str
        For the message.
    least, most : int
        Of int64 at most.

    Returns
    -------
    ndarray
        int64.

    Raises
    ------
    ValueError
        If a value is missing, not whole, less than `least` or more than `most`.

    Examples
    --------
    >>> whole_numbers(pd.Series([1, 2.0]), pd.Series(["a", "b"])).tolist()
    [1, 2]
    """
    if values.dtype != "int64":
        values = pd.Series([whole_number(value, name, least=least) for value, name in zip(values, names)], values.index)
    bad = (values < least) | (values > most)
    if bad.any():
        raise ValueError(f"{names[bad].iloc[0]} must be {least} to {most}, but is {values[bad].iloc[0]}")
    return values.to_numpy("int64")


def _words(row):
    return " ".join(map(str, row))
