"""
The record of changes: who set a target, by which rule, from what, to what, when. Nothing here looks at a clock.
"""

import pandas as pd

IDS = ("plan_id", "territory_id", "store_id", "level", "metric", "tier", "period_type", "period")
COLUMNS = (*IDS, "value_before", "value_after", "set_by", "rule", "reason", "set_on")


def recorded(before, after, *, set_by, rule, reason="", set_on=None, log=None):
    """
    A record with one more step: every figure that differs between two versions of the targets.

    Parameters
    ----------
    before, after : DataFrame
        Targets; those of the columns `plan_id`, `territory_id`, `store_id`, `level`, `metric`, `tier`, `period_type`,
        `period` that both have say which figure is which; `value`.
    set_by : str
        Who made the change.
    rule : str
        By which rule, for example `lock` or `weighted: history 0.50, potential 0.50`.
    reason : str
    set_on : str, optional
        The day as the caller states it, for example `2026-12-01`.
    log : DataFrame, optional
        The record so far.

    Returns
    -------
    DataFrame
        The record so far, then the new rows in the order of `after` (figures that were taken away last): the id
        columns, `value_before` and `value_after` (missing where there was none, or is none any more), `set_by`,
        `rule`, `reason`, `set_on`.

    Raises
    ------
    ValueError
        If nobody is named, the versions have no id column in common or not the same ones, or a figure stands twice.

    Examples
    --------
    >>> before = pd.DataFrame({"territory_id": ["T1", "T2"], "value": [100, 50]})
    >>> step = recorded(before, before.assign(value=[110, 50]), set_by="Lin", rule="lock")
    >>> step[["territory_id", "value_before", "value_after", "set_by", "rule"]].values.tolist()
    [['T1', 100, 110, 'Lin', 'lock']]
    """
    if not str(set_by).strip() or not str(rule).strip():
        raise ValueError("a change needs the name of who made it and the rule")
    ids = [name for name in IDS if name in after]
    if not ids or ids != [name for name in IDS if name in before]:
        raise ValueError(f"both versions must have the same of the columns {', '.join(IDS)}")
    old, new = _values(before, ids, "before"), _values(after, ids, "after")
    keys = list(new) + [key for key in old if key not in new]
    rows = [(*key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    step = pd.DataFrame(rows, columns=[*ids, "value_before", "value_after"], dtype=object)
    step = step.assign(set_by=set_by, rule=rule, reason=reason, set_on=set_on).reindex(columns=COLUMNS)
    kept = [table for table in (log, step) if table is not None and len(table)]
    return pd.concat(kept, ignore_index=True) if kept else step


def history_of(log, **ids):
    """
    The changes of one figure, oldest first.

    Parameters
    ----------
    log : DataFrame
        As `recorded` gives it.
    **ids
        Values of id columns, for example `territory_id="T1", period="2027-02"`.

    Returns
    -------
    DataFrame
        Rows of the record.

    Raises
    ------
    ValueError
        If a name is no id column.

    Examples
    --------
    >>> before = pd.DataFrame({"territory_id": ["T1", "T2"], "value": [100, 50]})
    >>> log = recorded(before, before.assign(value=[110, 60]), set_by="Lin", rule="lock")
    >>> history_of(log, territory_id="T2")["value_after"].tolist()
    [60]
    """
    unknown = sorted(set(ids) - set(IDS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} name no figure; {', '.join(IDS)} do")
    for name, value in ids.items():
        log = log[log[name] == value]
    return log.reset_index(drop=True)


def _values(table, ids, name):
    """Value by key, as Python numbers: whole amounts stay exact; a missing one is no figure."""
    keys = zip(*(table[column].astype(object).where(table[column].notna(), None) for column in ids))
    rows = [(key, value) for key, value in zip(keys, table["value"].tolist()) if not pd.isna(value)]
    found = dict(rows)
    if len(found) < len(rows):
        raise ValueError(f"a figure stands twice in the version {name}")
    return found
