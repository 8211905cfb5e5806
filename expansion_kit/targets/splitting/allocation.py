"""
A total split over territories: exact to the last unit, with locks, floors and caps.

Everything is counted in whole units of money with exact arithmetic, so that a split adds up whatever its size and does
not depend on the order of its rows.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.bounds import binding, bounded_remainder, checked_bounds, limits, refusal
from expansion_kit.targets.splitting.exact import checked_weights, exact_weights, largest_remainder, whole_number
from expansion_kit.targets.splitting.rules import quotas, rule_name


def split(total, weights, *, unit=1, locks=None, floors=None, caps=None, minimum=0):
    """
    Split a whole total in proportion to weights by largest remainder; the parts add up exactly.

    Each part is first rounded down to the rounding unit; the units left over go one each to the largest remainders,
    equal remainders in the order of their keys. What the total holds beyond whole rounding units goes whole to the key
    with the largest weight (of equal ones the first key). Locked parts keep their value; only the rest is split. Where
    there are floors or caps, who is beyond one is set to it and the others share what remains by their weights
    (`bounds.bounded_remainder`).

    Parameters
    ----------
    total : int
        Whole money units, at least 0.
    weights : Series, shape (n,)
        Finite, at least 0, not all 0; index = distinct keys. A weight of 0 gets nothing but its floor.
    unit : int
        Rounding unit, for example 1000.
    locks : Series or dict, optional
        Value (whole money units) by key.
    floors, caps : Series, dict or int, optional
        The least and the most of a part (whole money units) by key, or one for all.
    minimum : int
        A part that is not locked is 0 or at least this: while one would be less, the key with the smallest weight (of
        equal ones the last key) among those goes without. A floor above 0 is raised to it.

    Returns
    -------
    Series, shape (n,)
        Named `value`, int64, on the index of `weights`.

    Raises
    ------
    ValueError
        If a weight is missing, negative or infinite, a key is doubled or unknown, bounds contradict each other, or the
        total cannot be met; the message names the constraints that bind and the gap (`bounds.binding` as a table).

    References
    ----------
    Balinski, M. L. and Young, H. P. (1982). Fair representation. Yale University Press. (Hamilton's method.)

    Examples
    --------
    >>> split(1000, pd.Series(1, ["A", "B", "C"])).to_dict()
    {'A': 334, 'B': 333, 'C': 333}
    >>> split(1000, pd.Series(1, ["A", "B", "C"]), unit=100, locks={"B": 50}).to_dict()
    {'A': 550, 'B': 50, 'C': 400}
    >>> split(1000, pd.Series([6, 3, 1], ["A", "B", "C"]), floors={"C": 200}, caps={"A": 500}).to_dict()
    {'A': 500, 'B': 300, 'C': 200}
    """
    total, unit = whole_number(total, "total"), whole_number(unit, "unit", least=1)
    weights = checked_weights(weights)
    locks, floors, caps = checked_bounds(weights.index, locks=locks, floors=floors, caps=caps)
    minimum = whole_number(minimum, "minimum")
    floors = {key: max(floor, minimum) if floor and key not in locks else floor for key, floor in floors.items()}
    checked_bounds(weights.index, locks=locks, floors=floors, caps=caps)
    while True:
        parts = _parts(total, weights.sort_index(), unit, locks, floors, caps)
        small = [key for key in weights.index if key not in locks and 0 < parts[key] < minimum]
        if not small:
            return pd.Series([parts[key] for key in weights.index], weights.index, dtype="int64", name="value")
        caps |= {weights[small].sort_index(ascending=False).idxmin(): 0}


def _parts(total, weights, unit, locks, floors, caps):
    """Part of each key; the weights are in the order of their keys."""
    bound = binding(total, weights, locks=locks, floors=floors, caps=caps)
    if len(bound):
        raise ValueError(refusal(total, bound))
    free = [key for key in weights.index if key not in locks]
    rest, exact = total - sum(locks.values()), exact_weights(weights[free])
    if any(floors.values()) or caps:
        least, most = limits(weights, locks, floors, caps)
        highest = [rest if most[key] is None else most[key] for key in free]
        parts = bounded_remainder(rest, exact, [least[key] for key in free], highest, unit)
    else:
        parts = largest_remainder(rest, exact, unit)
    return dict(locks) | dict(zip(free, parts))


def annual_targets(
    history,
    potential=None,
    forecast=None,
    *,
    total,
    rule="weighted",
    weight=0.5,
    unit=1,
    locks=None,
    floors=None,
    caps=None,
    minimum=0,
):
    """
    The annual target of each territory, adding up to the total exactly.

    Parameters
    ----------
    history : Series, shape (n_territories,)
        Sales of the last year (money); index named `territory_id` or `store_id`.
    potential, forecast : Series, shape (n_territories,), optional
        As in `quotas`.
    total : int
        The whole target, whole money units.
    rule, weight
        As in `quotas`.
    unit : int
        Rounding unit of an annual target.
    locks : Series or dict, optional
        Targets that are already fixed, by key.
    floors, caps, minimum
        As in `split`.

    Returns
    -------
    DataFrame
        Index of `history`; `history`, `potential`, `forecast` (missing where not given), `quota` (money, before
        rounding, locks and bounds), `target` (int64), `locked`, `bound` (`lock`, `floor`, `cap` where one decided,
        empty elsewhere), `required_growth` (share over last year, missing where that
        was 0), `target_to_potential` and `target_to_forecast` (ratios), `method` (the rule, a blend with its weights).

    Raises
    ------
    ValueError
        As `quotas` and `split`.

    Examples
    --------
    >>> history = pd.Series([50, 44, 24, 22, 6], pd.Index(list("ABCDE"), name="territory_id"))
    >>> annual_targets(history, total=160, rule="growth")["target"].tolist()
    [55, 48, 26, 24, 7]
    """
    history = pd.Series(history)
    potential, forecast = (_on(values, history.index) for values in (potential, forecast))
    quota = quotas(history, potential, forecast, total=whole_number(total, "total"), rule=rule, weight=weight)
    target = split(total, quota, unit=unit, locks=locks, floors=floors, caps=caps, minimum=minimum)
    locks, floors, caps = checked_bounds(history.index, locks=locks, floors=floors, caps=caps)
    table = pd.DataFrame({"history": history, "potential": potential, "forecast": forecast, "quota": quota})
    table["target"] = target
    table["locked"] = history.index.isin(list(locks))
    table["bound"] = [_bound(key, target[key], quota[key], locks, floors, caps) for key in history.index]
    table["required_growth"] = target / history.where(history > 0) - 1
    for name in ("potential", "forecast"):
        table[f"target_to_{name}"] = target / table[name].where(table[name] > 0)
    table["method"] = rule_name(rule, weight)
    return table


def _bound(key, target, quota, locks, floors, caps):
    if key in locks:
        return "lock"
    if key in floors and target == floors[key] and quota < target:
        return "floor"
    return "cap" if key in caps and target == caps[key] and quota > target else ""


def _on(values, keys):
    return pd.Series(np.nan, keys) if values is None else pd.Series(values).reindex(keys)
