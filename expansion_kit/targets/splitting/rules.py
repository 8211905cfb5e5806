"""
Rules that say what each territory would get of a total, before rounding, locks, floors and caps.

Sums are exactly rounded (`math.fsum`), so that a quota does not depend on the order of its rows.
"""

from math import fsum

import numpy as np
import pandas as pd

from expansion_kit.targets.splitting.exact import listed

RULES = ("growth", "equal", "potential", "weighted", "forecast")
PARTS = ("history", "potential", "forecast")


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
    weight : float or dict
        0 to 1, the weight of history in `weighted`; or the weights of several parts, `{"history": 0.5, "potential":
        0.3, "forecast": 0.2}`, adding up to 1. A business with repeat sales gives history the higher weight.

    Returns
    -------
    Series
        Named `quota`, on the index of `history`; money.

    Raises
    ------
    ValueError
        If a value the rule needs is missing or negative, the weights are none, or a quota comes out negative.

    Examples
    --------
    >>> history, potential = pd.Series([50, 44, 24, 22, 6]), pd.Series([100, 80, 60, 40, 20])
    >>> quotas(history, potential, total=160).round(2).tolist()
    [54.06, 45.44, 29.15, 22.72, 8.62]
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, but is {rule!r}")
    given = dict(zip(PARTS, (history, potential, forecast)))
    mixed = blend_weights(weight)

    def share(name):
        return _share(given[name], name, history.index)

    def more():
        return total - fsum(_known(history, "history", history.index))

    formula = {
        "growth": lambda: total * share("history"),
        "equal": lambda: history + more() / len(history),
        "potential": lambda: history + more() * share("potential"),
        "weighted": lambda: total * sum(part * share(name) for name, part in mixed.items() if part),
        "forecast": lambda: total * share("forecast"),
    }[rule]
    quota = formula().rename("quota")
    if (quota < 0).any():
        raise ValueError(
            f"rule {rule!r} takes more from {listed(quota.index[quota < 0])} than they sold: "
            f"the total {total} is too far below last year's {fsum(history)}; use the rule 'growth'"
        )
    return quota


def blend_weights(weight):
    """
    The weights of the parts of a blend.

    Parameters
    ----------
    weight : float or dict
        As in `quotas`.

    Returns
    -------
    dict
        Weight by part, in the order history, potential, forecast.

    Raises
    ------
    ValueError
        If a part is unknown, a weight is not within 0 and 1, or they do not add up to 1.

    Examples
    --------
    >>> blend_weights(0.75)
    {'history': 0.75, 'potential': 0.25}
    """
    if not isinstance(weight, dict):
        if not 0 <= weight <= 1:
            raise ValueError(f"weight must lie between 0 and 1, but is {weight}")
        return {"history": weight, "potential": 1 - weight}
    unknown = sorted(set(weight) - set(PARTS))
    if unknown or not all(0 <= part <= 1 for part in weight.values()) or abs(fsum(weight.values()) - 1) > 1e-9:
        raise ValueError(f"weights of {', '.join(PARTS)} must lie between 0 and 1 and add up to 1, but are {weight}")
    return {name: weight[name] for name in PARTS if name in weight}


def rule_name(rule, weight):
    """
    A rule as a plan names it: a blend with its weights.

    Parameters
    ----------
    rule : str
    weight : float or dict

    Returns
    -------
    str

    Examples
    --------
    >>> rule_name("weighted", 0.7), rule_name("growth", 0.7)
    ('weighted: history 0.70, potential 0.30', 'growth')
    """
    if rule != "weighted":
        return rule
    return "weighted: " + ", ".join(f"{name} {part:.2f}" for name, part in blend_weights(weight).items())


def backtest_rules(history, actual, potential=None, forecast=None, *, rules, total=None, weight=0.5):
    """
    What each rule would have given last year, against what came.

    Parameters
    ----------
    history : Series, shape (n_territories,)
        Sales of the year before last (money): what was known when last year's targets were set.
    actual : Series, shape (n_territories,)
        Sales of last year (money).
    potential, forecast : Series, shape (n_territories,), optional
        As they were known then.
    rules : sequence of str
        Names out of `RULES`.
    total : float, optional
        The total of then; without it what was sold, so that only the split is judged.
    weight : float or dict
        As in `quotas`.

    Returns
    -------
    DataFrame
        One row a rule (index `rule`): `wape` (sum of |target - actual| over sum of actual), `attainment_cv` (standard
        deviation over mean of actual over target), `least_attained`, `most_attained` (ratios), `met` (share of
        territories that reached their target) and `size_correlation` (of attainment with the target; near 0 is fair,
        missing where all are alike).

    Raises
    ------
    ValueError
        As `quotas`; or if `actual` is missing or negative somewhere.

    Examples
    --------
    >>> before, came = pd.Series([100.0, 100.0], ["A", "B"]), pd.Series([90.0, 110.0], ["A", "B"])
    >>> backtest_rules(before, came, rules=["growth"]).round(2).iloc[0].tolist()[:5]
    [0.1, 0.1, 0.9, 1.1, 0.5]
    """
    actual = _known(actual, "actual", history.index)
    total = fsum(actual) if total is None else total
    rows = {}
    for rule in rules:
        target = quotas(history, potential, forecast, total=total, rule=rule, weight=weight)
        attained = actual / target.where(target > 0)
        alike = attained.nunique() < 2 or target.nunique() < 2
        rows[rule_name(rule, weight)] = {
            "wape": fsum((target - actual).abs()) / fsum(actual),
            "attainment_cv": attained.std(ddof=0) / attained.mean(),
            "least_attained": attained.min(),
            "most_attained": attained.max(),
            "met": (attained[attained.notna()] >= 1 - 1e-12).mean(),
            "size_correlation": np.nan if alike else attained.corr(target),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule")


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
    if not values.any():
        raise ValueError(f"{name} is 0 everywhere: it cannot weigh")
    return values / fsum(values)
