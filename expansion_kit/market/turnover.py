"""
What a share of sales costs: turnover rent with its base, breakpoint and tiers, settled by month or by year.

Every term of a lease (base rent, breakpoint, steps, guaranteed sales) is of a month; settled by the year, twelve months
of each meet the sales of the year.
"""

import numpy as np

RENT_MODES = ("fixed", "turnover", "greater_of", "base_plus")
SETTLEMENTS = ("month", "year")
TIER_RULES = ("slices", "whole")


def commission(sales, turnover_rate=0.0, *, tiers=(), tier_rule="slices"):
    """
    A share of sales, by one rate or by tiers.

    Parameters
    ----------
    sales : float or array
        Money.
    turnover_rate : float or array
        Share of sales (0-1; 扣点); with tiers, the rate below the first step. Missing there: the commission is missing
        wherever that rate is needed.
    tiers : sequence of (float, float)
        Sales, and the rate above them, as from `tiers.read_tiers`.
    tier_rule : str
        `slices`: each rate on the part of the sales that lies in its step. `whole`: the rate of the step that the sales
        lie in, on all of them; then one more sale may cost a jump.

    Returns
    -------
    ndarray
        Money.

    Raises
    ------
    ValueError
        If the tier rule is not one of `TIER_RULES`.

    Examples
    --------
    150,000 at 10 %, and 12 % above 100,000:

    >>> tiers = [(100_000, 0.12)]
    >>> float(commission(150_000, 0.1, tiers=tiers)), float(commission(150_000, 0.1, tiers=tiers, tier_rule="whole"))
    (16000.0, 18000.0)
    """
    if tier_rule not in TIER_RULES:
        raise ValueError(f"tier_rule must be one of {', '.join(TIER_RULES)}, but is {tier_rule!r}")
    sales, first = np.asarray(sales, dtype=float), np.asarray(turnover_rate, dtype=float)
    if not len(tiers):
        return first * sales
    starts, rates = np.asarray(tiers, dtype=float).T
    if starts[0] == 0:
        first, starts, rates = np.full(first.shape, rates[0]), starts[1:], rates[1:]
    if tier_rule == "whole":
        step = np.searchsorted(starts, sales, side="left")  # the rate holds above the step
        return np.where(step == 0, first, np.append(rates, np.nan)[step - 1]) * sales
    money, rate = first * sales, first
    for start, next_rate in zip(starts, rates):
        money = money + np.maximum(0.0, sales - start) * (next_rate - rate)
        rate = next_rate
    return money


def turnover_rent(sales, *, rent_mode, base_rent=0.0, turnover_rate=0.0, breakpoint=None, tiers=(), tier_rule="slices"):
    """
    Rent at given sales, all of the same period.

    Parameters
    ----------
    sales : float or array
        Money, on the basis the lease names (gross, or net of VAT).
    rent_mode : str
        `fixed` (base rent), `turnover` (share of sales), `greater_of` (两者取高: the larger of both) or `base_plus`
        (base rent and a share of the sales above the breakpoint).
    base_rent : float or array
        Money.
    turnover_rate, tiers, tier_rule
        As in `commission`.
    breakpoint : float or array, optional
        Sales from which the share is paid (`base_plus`); where missing, the natural one, at which the share of all
        sales is the base rent.

    Returns
    -------
    ndarray
        Money.

    Raises
    ------
    ValueError
        If the rent mode is not one of `RENT_MODES` or the tier rule not one of `TIER_RULES`.

    Examples
    --------
    The natural breakpoint is 1,200,000; the contract may name another:

    >>> terms = {"rent_mode": "base_plus", "base_rent": 60000, "turnover_rate": 0.05}
    >>> float(turnover_rent(1200500, **terms)), float(turnover_rent(1200500, breakpoint=1000000, **terms))
    (60025.0, 70025.0)
    """
    if rent_mode not in RENT_MODES:
        raise ValueError(f"rent_mode must be one of {', '.join(RENT_MODES)}, but is {rent_mode!r}")
    sales, base = np.asarray(sales, dtype=float), np.asarray(base_rent, dtype=float)
    if rent_mode == "fixed":
        return base + 0.0 * sales
    share = commission(sales, turnover_rate, tiers=tiers, tier_rule=tier_rule)
    if rent_mode == "turnover":
        return share
    natural = np.maximum(base, share)
    if rent_mode == "greater_of" or breakpoint is None:
        return natural
    above = np.asarray(breakpoint, dtype=float)
    if tier_rule == "slices" or not len(tiers):
        below = commission(above, turnover_rate, tiers=tiers)
    else:  # the rate reached, on what lies above the breakpoint
        below = above * np.divide(share, sales, out=np.zeros(share.shape), where=sales > 0)
    return np.where(np.isnan(above), natural, base + np.where(sales > above, share - below, 0.0 * share))


def year_rent(sales_months, *, settlement, base_rent_month=0.0, breakpoint_month=None, minimum_sales=0.0, **terms):
    """
    Rent of a year, settled month by month or once a year.

    Parameters
    ----------
    sales_months : sequence of float, length 12
        Money a month.
    settlement : str
        `month`, or `year`: twelve months of base rent, breakpoint, steps and guaranteed sales meet the year's.
    base_rent_month, breakpoint_month, minimum_sales : float
        Money a month. Commission is on at least the guaranteed sales (`minimum_sales`, 保底销售额).
    **terms
        `rent_mode`, `turnover_rate`, `tiers` (sales of a month) and `tier_rule`, as in `turnover_rent`.

    Returns
    -------
    float
        Money a year. Monthly settlement never costs less with one rate, or with slices whose rates don't fall; read as
        a whole, tiers may cost less by the month.

    Raises
    ------
    ValueError
        If there are not twelve months, or the settlement, rent mode or tier rule is unknown.

    Examples
    --------
    Floor of 20,000 a month, 10 %; one poor month costs more where each month is settled for itself:

    >>> sales = [100_000] + [300_000] * 11
    >>> terms = {"rent_mode": "greater_of", "base_rent_month": 20_000, "turnover_rate": 0.1}
    >>> round(year_rent(sales, settlement="month", **terms)), round(year_rent(sales, settlement="year", **terms))
    (350000, 340000)
    """
    sales = np.asarray(sales_months, dtype=float)
    if sales.shape != (12,):
        raise ValueError(f"a year has twelve months of sales, but there are {sales.size}")
    if settlement not in SETTLEMENTS:
        raise ValueError(f"settlement must be one of {', '.join(SETTLEMENTS)}, but is {settlement!r}")
    if settlement == "year":  # all terms grow with the period, so a year costs twelve mean months
        sales = np.full(12, sales.mean())
    counted = np.maximum(sales, minimum_sales)
    return float(turnover_rent(counted, base_rent=base_rent_month, breakpoint=breakpoint_month, **terms).sum())
