"""
A total split over territories: exact to the last unit, locks first.

Everything is counted in whole units of money with exact arithmetic, so that a split adds up whatever its size and does
not depend on the order of its rows.
"""

import numpy as np
import pandas as pd

from expansion_kit.targets.exact import (
    check_feasible,
    checked_locks,
    checked_weights,
    exact_weights,
    largest_remainder,
    listed,
    whole_number,
)

RULES = ("growth", "equal", "potential", "weighted", "forecast")


def split(total, weights, *, unit=1, locks=None):
    """
    Split a whole total in proportion to weights by largest remainder; the parts add up exactly.

    Each part is first rounded down to the rounding unit; the units left over go one each to the largest remainders,
    equal remainders in the order of their keys. What the total holds beyond whole rounding units goes whole to the key
    with the largest weight (of equal ones the first key). Locked parts keep their value; only the rest is split.

    Parameters
    ----------
    total : int
        Whole money units, at least 0.
    weights : Series, shape (n,)
        Finite, at least 0, not all 0; index = distinct keys. A weight of 0 gets nothing.
    unit : int
        Rounding unit, for example 1000.
    locks : Series or dict, optional
        Value (whole money units) by key.

    Returns
    -------
    Series, shape (n,)
        Named `value`, int64, on the index of `weights`.

    Raises
    ------
    ValueError
        If a weight is missing, negative or infinite, all free weights are 0, a key is doubled, a lock is unknown or
        negative, or the locks cannot be kept (the message gives the gap).

    References
    ----------
    Balinski, M. L. and Young, H. P. (1982). Fair representation. Yale University Press. (Hamilton's method.)

    Examples
    --------
    >>> split(1000, pd.Series(1, ["A", "B", "C"])).to_dict()
    {'A': 334, 'B': 333, 'C': 333}
    >>> split(1000, pd.Series(1, ["A", "B", "C"]), unit=100, locks={"B": 50}).to_dict()
    {'A': 550, 'B': 50, 'C': 400}
    """
    total, unit = whole_number(total, "total"), whole_number(unit, "unit", least=1)
    weights = checked_weights(weights)
    locked = checked_locks(locks, weights.index)
    rest = total - sum(locked.values())
    order = weights.index.argsort()
    free = [position for position in order if weights.index[position] not in locked]
    exact = exact_weights(weights.iloc[free])
    check_feasible(rest, sum(exact), what=f"total {total}")
    parts = dict(zip(free, largest_remainder(rest, exact, unit)))
    values = [locked[key] if key in locked else parts[position] for position, key in enumerate(weights.index)]
    return pd.Series(values, weights.index, dtype="int64", name="value")


def quotas(history, potential=None, forecast=None, *, total, rule="weighted", weight=0.5):
    """
    What each territory would get by a rule, before rounding.

    Parameters
    ----------
    history : Series, shape (n_territories,)
        Sales of the last year, h (money); index = territory keys.
    potential : Series, shape (n_territories,), optional
        Market potential v (money a year); needed by `potential` and `weighted`.
    forecast : Series, shape (n_territories,), optional
        Forecast sales of the year f (money); needed by `forecast`.
    total : float
        The whole target T (money).
    rule : str
        `growth`: h T/sum(h), everybody grows alike. `equal`: h + (T - sum(h))/n, everybody the same amount more.
        `potential`: h + (T - sum(h)) v/sum(v), more where the potential is. `weighted`: T (weight h/sum(h) +
        (1 - weight) v/sum(v)). `forecast`: f T/sum(f).
    weight : float
        0 to 1, the weight of history in `weighted`. A business with repeat sales gives history the higher weight.

    Returns
    -------
    Series
        Named `quota`, on the index of `history`; money.

    Raises
    ------
    ValueError
        If a value the rule needs is missing or negative, or a quota comes out negative.

    Examples
    --------
    >>> history, potential = pd.Series([50, 44, 24, 22, 6]), pd.Series([100, 80, 60, 40, 20])
    >>> quotas(history, potential, total=160).round(2).tolist()
    [54.06, 45.44, 29.15, 22.72, 8.62]
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, but is {rule!r}")
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must lie between 0 and 1, but is {weight}")
    formula = {
        "growth": lambda: total * _share(history, "history", history.index),
        "equal": lambda: _known(history, "history", history.index) + (total - history.sum()) / len(history),
        "potential": lambda: (
            _known(history, "history", history.index)
            + (total - history.sum()) * _share(potential, "potential", history.index)
        ),
        "weighted": lambda: (
            total
            * (
                weight * _share(history, "history", history.index)
                + (1 - weight) * _share(potential, "potential", history.index)
            )
        ),
        "forecast": lambda: total * _share(forecast, "forecast", history.index),
    }[rule]
    quota = formula().rename("quota")
    if (quota < 0).any():
        raise ValueError(
            f"rule {rule!r} takes more from {listed(quota.index[quota < 0])} than they sold: "
            f"the total {total} is too far below last year's {history.sum()}; use the rule 'growth'"
        )
    return quota


def annual_targets(history, potential=None, forecast=None, *, total, rule="weighted", weight=0.5, unit=1, locks=None):
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

    Returns
    -------
    DataFrame
        Index of `history`; `history`, `potential`, `forecast` (missing where not given), `quota` (money, before
        rounding and locks), `target` (int64), `locked`, `required_growth` (share over last year, missing where that
        was 0), `target_to_potential` and `target_to_forecast` (ratios), `method` (the rule, with its weight).

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
    target = split(total, quota, unit=unit, locks=locks)
    table = pd.DataFrame({"history": history, "potential": potential, "forecast": forecast, "quota": quota})
    table["target"] = target
    table["locked"] = history.index.isin(list(dict(locks if locks is not None else {})))
    table["required_growth"] = target / history.where(history > 0) - 1
    for name in ("potential", "forecast"):
        table[f"target_to_{name}"] = target / table[name].where(table[name] > 0)
    table["method"] = f"weighted {weight:.2f}" if rule == "weighted" else rule
    return table


def fairness(target, potential):
    """
    How unequally targets weigh on potential: 0 is the same ratio for everybody.

    Parameters
    ----------
    target, potential : Series, shape (n,)
        On the same index; potential above 0.

    Returns
    -------
    Series
        Named `fairness`: `gini` and `cv` (standard deviation over mean) of target over potential.

    Raises
    ------
    ValueError
        If a potential is missing or not above 0.

    Examples
    --------
    >>> fairness(pd.Series([1, 2, 3]), pd.Series([10, 20, 30])).round(6).to_dict()
    {'gini': 0.0, 'cv': 0.0}
    """
    bad = potential.index[~(potential > 0)]
    if len(bad):
        raise ValueError(f"potential must be above 0, but is not for {listed(bad)}")
    ratio = np.sort((target / potential).to_numpy(float))
    ranks = np.arange(1, len(ratio) + 1)
    gini = (2 * ranks - len(ratio) - 1) @ ratio / (len(ratio) * ratio.sum())
    return pd.Series({"gini": gini, "cv": ratio.std() / ratio.mean()}, name="fairness")


def _on(values, keys):
    return pd.Series(np.nan, keys) if values is None else pd.Series(values).reindex(keys)


def _known(values, name, keys):
    values = _on(values, keys).astype(float)
    bad = values.index[~(values >= 0)]
    if len(bad):
        raise ValueError(f"{name} must be known and at least 0, but is not for {listed(bad)}")
    return values


def _share(values, name, keys):
    values = _known(values, name, keys)
    if values.sum() == 0:
        raise ValueError(f"{name} is 0 everywhere: it cannot weigh")
    return values / values.sum()
