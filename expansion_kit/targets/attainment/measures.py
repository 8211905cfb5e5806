"""
Gaps and what is done about them: a measure, an owner and a day for each; the flags of what needs a look.
"""

import numpy as np
import pandas as pd

STATUS = ("overdue", "missing", "soon", "open", "undated", "done")  # in the order a reader should see them
PROBLEMS = {  # figure: (which side is a problem, where it begins)
    "attainment": ("below", 0.9),
    "yoy": ("below", -0.1),
    "collection_rate": ("below", 0.9),
    "expense_rate_over": ("above", 0.01),
}


def measures(gap, actions, as_of, *, soon=31):
    """
    Every gap with its measures, and every gap that has none.

    Parameters
    ----------
    gap : Series
        Money by `territory_id`; negative is short.
    actions : DataFrame or None
        `actions` table: index `action_id`; `territory_id`, `gap`, `measure`, `owner`, `due`, `done`.
    as_of : Timestamp
    soon : int
        Days ahead that count as due soon.

    Returns
    -------
    DataFrame
        `territory_id`, `gap_money`, `action_id`, `gap`, `measure`, `owner`, `due`, `status`: `overdue` (not done by its
        day), `missing` (short, and nothing under way), `soon`, `open`, `undated`, `done`; in this order, then by day.

    Examples
    --------
    >>> rows = {"territory_id": ["T1"], "measure": ["train"], "due": [pd.Timestamp("2027-01-15")], "done": [False]}
    >>> table = measures(pd.Series({"T1": -5.0, "T2": -9.0, "T3": 2.0}), pd.DataFrame(rows), pd.Timestamp("2027-01-31"))
    >>> table[["territory_id", "status"]].values.tolist()
    [['T1', 'overdue'], ['T2', 'missing']]
    """
    columns = ["territory_id", "gap_money", "action_id", "gap", "measure", "owner", "due", "status"]
    rows = pd.DataFrame(columns=["action_id", "territory_id"]) if actions is None else actions
    rows = rows.rename_axis("action_id").reset_index() if "action_id" not in rows else rows.reset_index(drop=True)
    rows = rows.reindex(columns=[*columns[:1], *columns[2:-1], "done"])
    rows["due"] = pd.to_datetime(rows["due"])
    done = rows["done"].astype("boolean").fillna(False).astype(bool)
    days = (rows["due"] - pd.Timestamp(as_of)).dt.days
    rows["status"] = np.select(
        [done, days.isna(), days < 0, days <= soon], ["done", "undated", "overdue", "soon"], "open"
    )
    helped = set(rows.loc[~done, "territory_id"])
    bare = [key for key in gap.index[gap < 0] if key not in helped]
    rows = pd.concat([rows.astype(object), pd.DataFrame({"territory_id": bare, "status": "missing"}, dtype=object)])
    rows["gap_money"] = rows["territory_id"].map(gap).astype(float)
    rank = rows["status"].map({status: rank for rank, status in enumerate(STATUS)})
    rows = rows.assign(rank=rank).sort_values(["rank", "due", "gap_money"], kind="stable")
    return rows[columns].reset_index(drop=True)


def problems(figures, *, limits=None, alarms=()):
    """
    Why a store or territory needs a look.

    Parameters
    ----------
    figures : DataFrame
        Index keys; columns named in `limits` (others do not matter); a missing figure raises no flag.
    limits : dict, optional
        Figure to (`below` or `above`, limit), for example `{"attainment": ("below", 0.9)}`; `PROBLEMS` where not given.
    alarms : collection
        Keys with an anomaly in the last period.

    Returns
    -------
    Series
        Named `problems`, index of `figures`: the figures beyond their limit, and `anomaly`, parted by `;`; empty where
        there is none.

    Examples
    --------
    >>> problems(pd.DataFrame({"attainment": [0.85, 1.1], "yoy": [-0.2, None]}, ["S1", "S2"])).to_dict()
    {'S1': 'attainment;yoy', 'S2': ''}
    """
    found = {}
    for name, (side, limit) in (PROBLEMS if limits is None else limits).items():
        if name in figures:
            found[name] = figures[name] < limit if side == "below" else figures[name] > limit
    found["anomaly"] = figures.index.isin(list(alarms))
    flags = pd.DataFrame(found, index=figures.index)
    return flags.apply(lambda row: ";".join(row.index[row.astype(bool)]), axis=1).astype(object).rename("problems")
