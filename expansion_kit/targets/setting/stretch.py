"""
Three tiers of one target: base (目标), target (冲刺) and challenge (挑战), each exact, none below the one before.
"""

from fractions import Fraction

import pandas as pd

from expansion_kit.targets.setting.fairness import forecast_quantile
from expansion_kit.targets.splitting.allocation import split
from expansion_kit.targets.splitting.exact import checked_locks, whole_number

TIERS = ("base", "target", "challenge")
MULTIPLES = {"base": 1.0, "target": 1.08, "challenge": 1.15}
LEVELS = {"base": 0.5, "target": 0.7, "challenge": 0.9}


def tiers_by_multiple(base, *, multiples=MULTIPLES, unit=1, locks=None, caps=None):
    """
    Three tiers as stated multiples of the base.

    Parameters
    ----------
    base : Series, shape (n,)
        Annual targets of the base tier (whole money units); index = keys.
    multiples : dict
        By tier; 1 for the base, never falling.
    unit : int
        Rounding unit; a tier's total is what is locked, and of the rest its multiple of the base, rounded to it, never
        below the tier before.
    locks : Series or dict, optional
        Targets that keep their value in every tier, by key; the others do not carry their stretch.
    caps : Series, dict or int, optional
        As in `allocation.split`.

    Returns
    -------
    DataFrame
        On the index of `base`; int64 columns `base`, `target`, `challenge`. No value is below the tier before.

    Raises
    ------
    ValueError
        If a tier has no multiple, multiples fall, or a total cannot be met (with what binds).

    Examples
    --------
    >>> base = pd.Series([500, 300], pd.Index(["T1", "T2"], name="territory_id"))
    >>> tiers_by_multiple(base, multiples={"base": 1, "target": 1.1, "challenge": 1.25}).sum().to_dict()
    {'base': 800, 'target': 880, 'challenge': 1000}
    """
    multiples = _rising(multiples, "multiples")
    if multiples["base"] != 1:
        raise ValueError(f"the multiple of base must be 1, but is {multiples['base']}")
    first = {key: whole_number(value, f"the base of {key}") for key, value in base.items()}
    held = checked_locks(locks, base.index)
    free, fixed = sum(value for key, value in first.items() if key not in held), sum(held.values())
    totals = {tier: fixed + _rounded(free * Fraction(str(multiples[tier])), unit) for tier in TIERS[1:]}
    return _raised(
        base.astype("int64").rename("base").to_frame(), dict.fromkeys(TIERS, base), totals, unit, locks, caps
    )


def tiers_from_forecast(outlook, network, *, levels=LEVELS, unit=1, locks=None, caps=None):
    """
    Three tiers as quantiles of the forecast's distribution.

    The network's total of a tier is the quantile of the network's own forecast (quantiles of territories do not add
    up), split by the territories' quantiles of that level. Where some are locked, the others take their part of it, and
    the total is what is locked and that part.

    Parameters
    ----------
    outlook : DataFrame, shape (n,)
        `sales_p10`, `sales_p50`, `sales_p90` of the year by key (`fairness.attainment_chance`).
    network : Series or dict
        The same three of the network.
    levels : dict
        By tier, between 0 and 1, never falling: 0.7 is reached in three years of ten.
    unit, locks, caps
        As in `tiers_by_multiple`.

    Returns
    -------
    DataFrame
        As `tiers_by_multiple`.

    Raises
    ------
    ValueError
        If a forecast has no interval, quantiles are not in order, or as `tiers_by_multiple`.

    Examples
    --------
    >>> outlook = pd.DataFrame({"sales_p10": [40, 40], "sales_p50": [50, 50], "sales_p90": [60, 60]}, ["T1", "T2"])
    >>> network = {"sales_p10": 86, "sales_p50": 100, "sales_p90": 114}
    >>> tiers_from_forecast(outlook, network)["challenge"].tolist()
    [57, 57]
    """
    levels = _rising(levels, "levels")
    whole = pd.DataFrame([dict(network)], ["network"])
    weights = {tier: forecast_quantile(outlook, levels[tier]) for tier in TIERS}
    totals = {tier: forecast_quantile(whole, levels[tier]).iloc[0] for tier in TIERS}
    if any(pd.isna(total) for total in totals.values()):
        raise ValueError("the network's forecast has no interval: state the tiers as multiples")
    held = checked_locks(locks, outlook.index)
    parts = {tier: _part(weights[tier], outlook.index.difference(list(held))) for tier in TIERS}
    totals = {tier: sum(held.values()) + _rounded(total * parts[tier], unit) for tier, total in totals.items()}
    return _raised(pd.DataFrame(index=outlook.index), weights, totals, unit, locks, caps)


def _raised(table, weights, totals, unit, locks, caps):
    """Each tier split on its own; the tier before is its floor, and its total's."""
    table = table.copy()
    for tier, total in totals.items():
        before = table.iloc[:, -1] if len(table.columns) else None
        total = total if before is None else max(total, sum(map(int, before)))
        table[tier] = split(total, weights[tier], unit=unit, locks=locks, floors=before, caps=caps)
    return table


def _part(weights, free):
    """The share of the free in the sum of the weights; all where that is not known, so that `split` may say why."""
    whole = weights.sum()
    return weights[free].sum() / whole if len(free) < len(weights) and whole > 0 else 1


def _rounded(total, unit):
    return round(Fraction(total) / unit) * unit


def _rising(values, name):
    missing = [tier for tier in TIERS if tier not in values]
    order = [values[tier] for tier in TIERS if tier in values]
    if missing or any(low > high for low, high in zip(order, order[1:])):
        raise ValueError(f"{name} must be given for {', '.join(TIERS)} and never fall, but are {dict(values)}")
    return values
