"""
Locks, floors and caps of a split: checked at the door, kept exactly, and named where they cannot all be kept.
"""

import pandas as pd

from expansion_kit.targets.splitting.exact import checked_locks, listed, whole_number


def bounded_remainder(total, weights, lowest, highest, unit=1):
    """
    Split a whole amount over whole weights between bounds; the bare formula of `allocation.split` with floors and caps.

    The quota of a part is its weight times one common factor, raised to its floor or cut to its cap; the factor is the
    one at which the quotas add up. A quota is rounded down to the rounding unit (not below its floor); what is left
    goes, at most up to the next unit or the cap, to the largest remainders, equal ones in the order of the list. So all
    parts but those at a bound are whole units, save one that takes what is odd.

    Parameters
    ----------
    total : int
        Between the sums of `lowest` and of `highest`.
    weights : list of int
        At least 0; a weight of 0 gets its lowest.
    lowest, highest : list of int
    unit : int

    Returns
    -------
    list of int
        Adds up to `total`.

    References
    ----------
    Balinski, M. L. and Young, H. P. (1982). Fair representation. Yale University Press. (Quotas with minimum
    requirements.)

    Examples
    --------
    >>> bounded_remainder(100, [6, 3, 1], [0, 0, 20], [40, 100, 100])
    [40, 40, 20]
    """
    amounts, base = _filled(total, weights, lowest, highest)
    parts = [max(low, amount // (unit * base) * unit) for amount, low in zip(amounts, lowest)]
    left = total - sum(parts)
    for i in sorted(range(len(parts)), key=lambda i: parts[i] * base - amounts[i]):
        above = min(highest[i], -(-amounts[i] // (unit * base)) * unit)
        more = min(max(above - parts[i], 0), left)
        parts[i] += more
        left -= more
    return parts


def checked_bounds(keys, *, locks=None, floors=None, caps=None):
    """
    Locks, floors and caps as dicts of Python ints by key.

    Parameters
    ----------
    keys : Index
    locks : Series or dict, optional
    floors, caps : Series, dict or int, optional
        By key, or one for all; a missing value in a Series is no bound.

    Returns
    -------
    tuple of dict
        Locks, floors, caps.

    Raises
    ------
    ValueError
        If a key is unknown, a value is not a whole number of at least 0, a floor is above its cap, or a lock lies
        outside its floor and cap.

    Examples
    --------
    >>> checked_bounds(pd.Index(["A", "B"]), locks={"A": 5}, caps=9)
    ({'A': 5}, {}, {'A': 9, 'B': 9})
    """
    locks = checked_locks(locks, keys)
    floors, caps = _by_key(floors, keys, "floor"), _by_key(caps, keys, "cap")
    wrong = []
    for key in floors.keys() & caps.keys():
        if floors[key] > caps[key]:
            wrong.append(f"the floor of {key} ({floors[key]}) is above its cap ({caps[key]})")
    for key, value in locks.items():
        if value < floors.get(key, value):
            wrong.append(f"the lock of {key} ({value}) is below its floor ({floors[key]})")
        if value > caps.get(key, value):
            wrong.append(f"the lock of {key} ({value}) is above its cap ({caps[key]})")
    if wrong:
        raise ValueError("; ".join(sorted(wrong)))
    return locks, floors, caps


def binding(total, weights, *, locks=None, floors=None, caps=None):
    """
    Which locks, floors and caps keep a total from being met.

    Parameters
    ----------
    total : int
        Whole units.
    weights : Series, shape (n,)
        At least 0; index = distinct keys. A weight of 0 takes no more than its floor.
    locks, floors, caps
        As in `checked_bounds`.

    Returns
    -------
    DataFrame
        One row a constraint that binds: `key`, `constraint` (`lock`, `floor`, `cap`, `weight`), `value`, and `miss`:
        what the total has too much (above 0) or too little (below 0), the same in every row. Largest value first. No
        rows when the total can be met.

    Raises
    ------
    ValueError
        As `checked_bounds`.

    Examples
    --------
    >>> binding(100, pd.Series(1, ["A", "B"]), floors={"A": 70, "B": 50}).to_dict("records")[0]
    {'key': 'A', 'constraint': 'floor', 'value': 70, 'miss': -20}
    """
    total = whole_number(total, "total")
    locks, floors, caps = checked_bounds(weights.index, locks=locks, floors=floors, caps=caps)
    least, most = limits(weights, locks, floors, caps)
    table = pd.DataFrame(columns=["key", "constraint", "value", "miss"])
    if total < sum(least.values()):
        kinds = {key: "lock" if key in locks else "floor" for key, value in least.items() if value}
        table["miss"] = [total - sum(least.values())] * len(kinds)
        value = least
    elif None not in most.values() and total > sum(most.values()):
        kinds = {key: _ceiling(key, weights[key], locks, caps) for key in most}
        table["miss"] = [total - sum(most.values())] * len(kinds)
        value = most
    else:
        return table
    table["key"], table["constraint"] = list(kinds), list(kinds.values())
    table["value"] = [value[key] for key in kinds]
    return table.sort_values(["value", "key"], ascending=[False, True], ignore_index=True)


def limits(weights, locks, floors, caps):
    """
    The least and the most that each key can take.

    Parameters
    ----------
    weights : Series
    locks, floors, caps : dict
        As `checked_bounds` gives them.

    Returns
    -------
    tuple of dict
        Least and most by key; a most of None is no limit.

    Examples
    --------
    >>> limits(pd.Series([1, 0], ["A", "B"]), {}, {"B": 3}, {})
    ({'A': 0, 'B': 3}, {'A': None, 'B': 3})
    """
    least = {key: locks.get(key, floors.get(key, 0)) for key in weights.index}
    most = {key: locks.get(key, caps.get(key) if weight else least[key]) for key, weight in weights.items()}
    return least, most


def refusal(total, bound):
    """
    Why a total cannot be met, in words.

    Parameters
    ----------
    total : int
    bound : DataFrame
        As `binding` gives it, with rows.

    Returns
    -------
    str

    Examples
    --------
    >>> refusal(100, binding(100, pd.Series(1, ["A", "B"]), floors={"A": 70, "B": 50}))
    'the locks and floors exceed the total 100 by 20: floor of A 70, floor of B 50'
    """
    miss = bound["miss"].iloc[0]
    names = listed(f"{row.constraint} of {row.key} {row.value}" for row in bound.itertuples())
    if miss < 0:
        return f"the locks and floors exceed the total {total} by {-miss}: {names}"
    return f"{miss} of the total {total} are left, and nobody is free to take them: {names}"


def _ceiling(key, weight, locks, caps):
    return "lock" if key in locks else "cap" if key in caps and weight else "weight"


def _by_key(values, keys, name):
    if values is None:
        return {}
    if pd.api.types.is_scalar(values):
        values = dict.fromkeys(keys, values)
    values = {key: value for key, value in dict(values).items() if not pd.isna(value)}
    unknown = [key for key in values if key not in keys]
    if unknown:
        raise ValueError(f"{name}s name what is not there: {listed(unknown)}")
    return {key: whole_number(value, f"the {name} of {key}") for key, value in values.items()}


def _filled(total, weights, lowest, highest):
    """
    Quotas between bounds, as whole amounts over a common base.

    In each round the parts beyond their bounds are summed up: where more is lacking below floors than left above caps,
    those below stay at their floors for good, and else those above at their caps.
    """
    held = {i: lowest[i] for i, weight in enumerate(weights) if not weight}
    free, rest = [i for i, weight in enumerate(weights) if weight], total - sum(held.values())
    while True:
        base = sum(weights[i] for i in free)
        low = {i: lowest[i] for i in free if rest * weights[i] < lowest[i] * base}
        high = {i: highest[i] for i in free if rest * weights[i] > highest[i] * base}
        if not low and not high:
            break
        lack = sum(value * base - rest * weights[i] for i, value in low.items())
        over = sum(rest * weights[i] - value * base for i, value in high.items())
        fixed = low | high if lack == over else low if lack > over else high
        held |= fixed
        rest -= sum(fixed.values())
        free = [i for i in free if i not in fixed]
    base = base or 1
    return [held[i] * base if i in held else rest * weight for i, weight in enumerate(weights)], base
