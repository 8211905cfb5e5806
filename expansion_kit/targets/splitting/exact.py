"""
Splitting whole amounts in exact arithmetic, and the checks at its door.

Amounts are Python ints and weights become ints in exactly the same proportion, so that nothing is lost up to any size.
"""

from fractions import Fraction
from math import lcm
from operator import index as whole

import numpy as np
import pandas as pd


def largest_remainder(total, weights, unit=1):
    """
    Split a whole amount over whole weights; the bare formula of `allocation.split`.

    Units left over go to the largest remainders, equal ones in the order of the list; what the total holds beyond whole
    units goes to the largest weight, of equal ones the first.

    Parameters
    ----------
    total : int
        At least 0.
    weights : list of int
        At least 0; not all 0 unless the total is 0.
    unit : int

    Returns
    -------
    list of int
        Adds up to `total`.

    Examples
    --------
    >>> largest_remainder(1234, [1, 2, 1], 100)
    [300, 634, 300]
    """
    if total == 0:
        return [0] * len(weights)
    units, beyond = divmod(total, unit)
    base = sum(weights)
    quotas = [divmod(units * weight, base) for weight in weights]
    parts = [quota * unit for quota, _ in quotas]
    left = units - sum(quota for quota, _ in quotas)
    for position in sorted(range(len(weights)), key=lambda i: -quotas[i][1])[:left]:
        parts[position] += unit
    parts[max(range(len(weights)), key=weights.__getitem__)] += beyond
    return parts


def exact_weights(weights):
    """
    Weights as whole numbers in exactly the same proportion.

    Parameters
    ----------
    weights : iterable of int, float or Fraction

    Returns
    -------
    list of int

    Examples
    --------
    >>> exact_weights([0.5, 2, 0.25])
    [2, 8, 1]
    """
    ratios = [Fraction(weight) for weight in (w.item() if isinstance(w, np.generic) else w for w in weights)]
    base = lcm(*(ratio.denominator for ratio in ratios))
    return [ratio.numerator * (base // ratio.denominator) for ratio in ratios]


def whole_number(value, name, *, least=0):
    """
    A whole number as a Python int.

    Parameters
    ----------
    value : int or float
        A float must be whole.
    name : str
        For the message.
    least : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the value is not whole, or less than `least`.

    Examples
    --------
    >>> whole_number(1000.0, "total")
    1000
    """
    try:
        number = int(value) if isinstance(value, float) and value.is_integer() else whole(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, but is {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, but is {number}")
    return number


def checked_weights(weights):
    """
    Weights as a Series of floats or ints, refused when they cannot weigh.

    Parameters
    ----------
    weights : Series or dict
        Finite, at least 0, distinct keys.

    Returns
    -------
    Series

    Raises
    ------
    ValueError
        If there are none, a key is doubled, or a weight is missing, infinite or negative.

    Examples
    --------
    >>> checked_weights({"A": 1})["A"]
    np.int64(1)
    """
    weights = pd.Series(weights)
    if weights.empty:
        raise ValueError("there is nothing to split over: no weights")
    if not weights.index.is_unique:
        raise ValueError(f"keys are doubled: {listed(weights.index[weights.index.duplicated()].unique())}")
    for fault, found in {
        "missing": weights.isna(),
        "infinite": np.isinf(weights.astype(float)),
        "negative": weights.astype(float) < 0,
    }.items():
        if found.any():
            raise ValueError(f"{found.sum()} weights are {fault}: {listed(weights.index[found])}")
    return weights


def checked_locks(locks, keys):
    """
    Locks as a dict of Python ints by key.

    Parameters
    ----------
    locks : Series, dict or None
    keys : Index
        What may be locked.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If a key is unknown, or a value is not a whole number of at least 0.

    Examples
    --------
    >>> checked_locks({"A": 5.0}, pd.Index(["A", "B"]))
    {'A': 5}
    """
    locks = dict(locks if locks is not None else {})
    unknown = [key for key in locks if key not in keys]
    if unknown:
        raise ValueError(f"locks name what is not there: {listed(unknown)}")
    return {key: whole_number(value, f"the lock of {key}") for key, value in locks.items()}


def check_feasible(rest, weight, *, what):
    """
    Refuse a split whose locks cannot be kept.

    Parameters
    ----------
    rest : int
        What is left of the amount after its locks.
    weight : number
        Sum of the free weights.
    what : str
        Name of the amount, for the message.

    Raises
    ------
    ValueError
        If the locks are more than the amount, or an amount is left and nobody free to take it; with the gap.

    Examples
    --------
    >>> check_feasible(5, 1, what="total 5")
    """
    if rest < 0:
        raise ValueError(f"the locks exceed the {what} by {-rest}")
    if rest > 0 and not weight:
        raise ValueError(f"{rest} of the {what} are left, and no free key has a weight above 0")


def listed(keys):
    """
    The first keys, for a message.

    Parameters
    ----------
    keys : iterable

    Returns
    -------
    str

    Examples
    --------
    >>> listed("ABCDEFG")
    'A, B, C, D, E and 2 more'
    """
    keys = list(keys)
    return ", ".join(map(str, keys[:5])) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
