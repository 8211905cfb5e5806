"""What a row of cash flows is worth: net present value, payback, internal rate of return with none and several said."""

import numpy as np
import pandas as pd

_DEEPEST = 44  # halvings of an interval that may hold two roots; closer ones are one
_APART = 1e-6  # rates a period nearer than that are one


def npv(flows, discount_rate, *, periods_per_year=12):
    """
    Net present value at the time of the first flow.

    Parameters
    ----------
    flows : DataFrame, shape (n, periods)
        Money at the times 0, 1, 2 ... periods; columns in that order. A row with a missing flow has no value.
    discount_rate : float
        A year, effective (0.1 is 10 %): a flow after t periods counts (1 + rate)^(-t / periods_per_year).
    periods_per_year : float
        12 for monthly flows, 1 for yearly ones.

    Returns
    -------
    Series, shape (n,)
        `npv`, money.

    Raises
    ------
    ValueError
        If the rate is not above -1.

    Examples
    --------
    >>> npv(pd.DataFrame([[-100.0, 60.0, 60.0]]), 0.1, periods_per_year=1).round(2).tolist()
    [4.13]
    """
    return pd.Series(_present(flows, discount_rate, periods_per_year).sum(axis=1), index=flows.index, name="npv")


def payback(flows, *, discount_rate=0.0, periods_per_year=12):
    """
    Time until the money is back for good, in periods; within a period the flow is taken as even.

    Parameters
    ----------
    flows, periods_per_year
        As in `npv`.
    discount_rate : float
        A year, effective; 0 is the simple payback.

    Returns
    -------
    Series, shape (n,)
        `payback`: the time after which the sum of flows never falls below 0 again; 0 where it never does. Missing where
        the money does not come back within the flows, or one is missing.

    Examples
    --------
    >>> payback(pd.DataFrame([[-100.0, 40.0, 80.0], [-100.0, 40.0, 50.0]])).tolist()
    [1.75, nan]
    """
    flow = _present(flows, discount_rate, periods_per_year)
    total = np.cumsum(flow, axis=1)
    short = total < -1e-9 * np.abs(flow).max(axis=1, initial=0.0)[:, None]
    columns = np.arange(flow.shape[1])
    last = np.where(
        short.any(axis=1), (short * (columns + 1)).max(axis=1, initial=0), 0
    )  # the first period after the last debt
    inside = np.minimum(last, flow.shape[1] - 1)
    rows = np.arange(len(flow))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = -total[rows, np.maximum(inside - 1, 0)] / flow[rows, inside]
    time = np.where(last == 0, 0.0, last - 1 + part)
    time = np.where((last > inside) | np.isnan(total).any(axis=1), np.nan, time)
    return pd.Series(time, index=flows.index, name="payback")


def irr(flows, *, periods_per_year=12, least=-0.99):
    """
    Internal rate of return: every rate at which the net present value is 0.

    Parameters
    ----------
    flows, periods_per_year
        As in `npv`.
    least : float
        A year: rates that are not above it are no answer, as one bad last month makes one near -1. With -1 all are.

    Returns
    -------
    DataFrame, shape (n,)
        `irr` (a year, effective; only where there is just one), `irr_kind` (`one`, `none`, `several`, `unknown` where a
        flow is missing) and `irr_all` (tuple of all, rising).

    References
    ----------
    Real roots are isolated by Descartes' rule on halved intervals (Collins and Akritas 1976), in Bernstein form.

    Examples
    --------
    Three rates solve the last one: 10, 20 and 30 %.

    >>> flows = pd.DataFrame([[-100.0, 121.0, 0.0, 0.0], [1.0, -2.0, 1.5, 0.0], [-1000.0, 3600.0, -4310.0, 1716.0]])
    >>> table = irr(flows, periods_per_year=1)
    >>> table["irr_kind"].tolist(), [round(rate, 6) for rate in table["irr_all"][2]], table["irr"].round(6)[0].item()
    (['one', 'none', 'several'], [0.1, 0.2, 0.3], 0.21)
    """
    rows = []
    for flow in flows.to_numpy(dtype=float):
        known = not np.isnan(flow).any()
        rates = [float((1 + rate) ** periods_per_year - 1) for rate in _rates(flow)] if known else []
        rates = tuple(rate for rate in rates if rate > least)
        kind = {0: "none", 1: "one"}.get(len(rates), "several") if known else "unknown"
        rows.append((rates[0] if kind == "one" else np.nan, kind, rates))
    return pd.DataFrame(rows, columns=["irr", "irr_kind", "irr_all"], index=flows.index)


def _present(flows, discount_rate, periods_per_year):
    if not discount_rate > -1:
        raise ValueError(f"discount_rate must be above -1 (0.1 is 10 %), but is {discount_rate!r}")
    values = flows.to_numpy(dtype=float)
    return values * (1 + discount_rate) ** (-np.arange(values.shape[1]) / periods_per_year)


def _rates(flow):
    """All rates a period above -1 at which flows are worth nothing, rising."""
    paid = np.flatnonzero(flow)
    if not len(paid):
        return []
    flow = flow[paid[0] : paid[-1] + 1] / np.abs(flow).max()
    places = np.array(_roots(flow))  # t of (0, 1); a flow after k periods counts x^k, x = t / (1 - t) = 1 / (1 + rate)
    rates = np.sort((1 - places) / places - 1) if len(places) else places
    return rates[np.diff(rates, prepend=-np.inf) > _APART].tolist()


def _roots(flow):
    """Roots in (0, 1) of sum flow_k t^k (1 - t)^(n - k)."""
    from scipy.special import comb

    n, found = len(flow) - 1, []
    left = [(flow / comb(n, np.arange(n + 1)), 0.0, 1.0, 0)]
    while left:
        weights, low, high, depth = left.pop()
        signs = np.sign(weights[weights != 0])
        changes = int((signs[1:] != signs[:-1]).sum())
        if changes == 1:
            found.append(_between(flow, low, high, signs[0]))
        elif changes and depth == _DEEPEST:  # two that cannot be told apart, or one that only touches
            found.append((low + high) / 2)
        elif changes:
            middle, (first, second) = (low + high) / 2, _halves(weights)
            found += [middle] if first[-1] == 0 else []
            left += [(first, low, middle, depth + 1), (second, middle, high, depth + 1)]
    return found


def _between(flow, low, high, sign):
    """The only root of flows between two places, just above the lower of which they have a sign; by halving."""
    powers = np.arange(len(flow))
    for _ in range(60):
        t = (low + high) / 2
        small = min(t, 1 - t) / max(t, 1 - t)
        worth = flow @ small ** (powers if t <= 0.5 else powers[::-1])
        low, high = (t, high) if worth * sign > 0 else (low, t)
    return (low + high) / 2


def _halves(weights):
    """Bernstein weights of both halves of an interval (de Casteljau)."""
    n = len(weights)
    first, second = np.empty(n), np.empty(n)
    for k in range(n):
        first[k], second[n - 1 - k] = weights[0], weights[-1]
        weights = (weights[1:] + weights[:-1]) / 2
    return first, second
