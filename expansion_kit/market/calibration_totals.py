"""
The Huff model from what whole stores sell: exponents by least squares, and whether totals can tell them at all.

A store's total hides where its customers come from. Exponents are therefore held against a model blind to distance:
where that explains the totals as well, the answer is "not identified", however fine the fit.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.attraction import demand_of, distances_between, positive
from expansion_kit.market.calibration import flat_directions, parameter_table, starting_values
from expansion_kit.market.choice_likelihood import block, blocks, moments, prepare

_LEAST = {"alpha": 0.0, "decay": 0.0, "level": 0.0}


def calibrate_totals(
    zones,
    stores,
    known_sales,
    demand,
    *,
    estimate=("alpha", "decay", "level"),
    form="power",
    distance=None,
    start=None,
):
    """
    Parameters of the Huff model from the sales of some stores, by least squares.

    Parameters
    ----------
    zones, stores, form, distance
        As in `huff_shares`: all stores that sell there, those with unknown sales too.
    known_sales : Series
        Money a period, by store; missing where not known.
    demand : Series
        Money a period, by zone.
    estimate : sequence of {"alpha", "decay", "midpoint", "competition", "outside", "level"}
        What the totals are to tell; `level` is the factor on all sales. Exponents from totals are weak evidence:
        prefer to fix them from choices and to ask totals for `level` or `outside` alone.
    start : dict, optional
        Starting (or fixed) values, as in `calibrate_counts`; `level` is 1 where it is fixed and, where it is estimated,
        starts at the one that brings the start to the known sales.

    Returns
    -------
    parameters : DataFrame
        As from `calibrate_counts`; errors of ordinary least squares.
    report : dict
        `method`, `form`, `zones`, `stores`, `observations` (stores with known sales), `converged`, `iterations`, `r2`,
        `r2_without_distance` (best fit of store size alone; missing where no decay is estimated), `mape`, `identified`,
        `covariance` (outside by its logarithm).
    profile : DataFrame
        By `decay`: the best `r2` that the other parameters reach there; empty where no decay is estimated. A curve
        without a clear top is what "not identified" looks like.

    Raises
    ------
    ValueError
        If known sales are of unknown stores or not above 0, or none are known.

    References
    ----------
    Wieland, T. (2017). Market area analysis for retail and service locations with MCI. The R Journal 9(1), 298-323.

    Examples
    --------
    >>> zones = pd.DataFrame(index=["Z1", "Z2"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["S1", "S2"])
    >>> km = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], index=zones.index, columns=stores.index)
    >>> sold, demand = pd.Series({"S1": 50.0, "S2": 50.0}), pd.Series({"Z1": 100.0, "Z2": 100.0})
    >>> parameters, report, _ = calibrate_totals(zones, stores, sold, demand, estimate=["level"], distance=km)
    >>> round(float(parameters.loc["level", "value"]), 6), report["converged"]
    (0.5, True)
    """
    begin = starting_values([name for name in estimate if name != "level"], form, _without_level(start))
    near = "competition" in estimate or begin["competition"] != 0
    of = _problem(zones, stores, known_sales, demand, form, near, distance)
    begin["level"] = (start or {}).get("level", 1.0)
    if "level" in estimate and "level" not in (start or {}):
        begin["level"] = float(of.known.sum() / _predicted(of, begin, ())[0].sum())
    found = _fitted(of, begin, list(estimate))
    covariance, reasons = _told(of, found, list(estimate))
    freedom = max(len(of.known) - len(estimate), 0)
    parameters = parameter_table(begin, found["values"], estimate, covariance, reasons, freedom)
    blind = _blind(of, found, list(estimate))["rss"] if "decay" in estimate else np.nan
    report = {
        "method": "least squares on store totals",
        "form": form,
        "zones": len(zones),
        "stores": len(stores),
        "observations": len(of.known),
        "converged": found["converged"],
        "iterations": found["iterations"],
        "r2": _r2(of, found["rss"]),
        "r2_without_distance": _r2(of, blind),
        "mape": float(np.mean(np.abs(found["sales"] / of.known - 1))),
        "identified": bool(parameters["identified"].all()),
        "covariance": None if covariance is None else pd.DataFrame(covariance, list(estimate), list(estimate)),
    }
    return parameters, report, _profile(of, found, list(estimate))


def _problem(zones, stores, known_sales, demand, form, near, distance):
    """What the fit needs, checked: the terms of the model, money of the zones, known sales and whose they are."""
    known = known_sales.dropna()
    if len(known) == 0 or not known.index.isin(stores.index).all() or not (known > 0).all():
        raise ValueError("known sales must be of stores that are given, above 0, and of one store at least")
    of = prepare(
        distances_between(zones, stores, distance),
        positive(stores, "floor_area_sqm"),
        positive(stores, "competing_destinations") if near else None,
        (np.array([], int), np.array([], int), np.array([])),
        form,
        (),
    )
    of.money, of.known = demand_of(demand, zones.index), known.to_numpy(dtype=float)
    of.at = stores.index.get_indexer(known.index)
    return of


def _without_level(start):
    return {name: value for name, value in (start or {}).items() if name != "level"}


def _predicted(of, values, names):
    """Sales of the stores with known ones, shape (n_known,), and their derivatives, shape (n_known, len(names))."""
    inner = [name for name in names if name != "level"]
    of.names = tuple(inner)
    sales, slopes = np.zeros(len(of.area)), np.zeros((len(of.area), len(inner)))
    for rows in blocks(of):
        share, beside, _, features = block(of, rows, values, 1.0)
        flow = share * of.money[rows][:, None]
        sales += flow.sum(axis=0)
        if inner:
            slopes -= flow.T @ moments(of, share, beside, features)[0]
        for k, name in enumerate(inner):
            if name != "outside":
                slopes[:, k] += (flow * features[name]).sum(axis=0)
    level = values["level"]
    columns = iter(slopes.T * level)
    whole = [sales if name == "level" else next(columns) for name in names]
    return (sales * level)[of.at], np.array(whole).reshape(len(names), len(sales)).T[of.at]


def _fitted(of, begin, names):
    """Least squares from `begin`; outside by its logarithm; decay, alpha and level at least 0."""
    from scipy.optimize import least_squares

    usual = np.sqrt(np.mean(of.known**2))

    def values(at):
        back = {name: float(np.exp(x) if name == "outside" else x) for name, x in zip(names, at)}
        return begin | back

    if not names:
        sales, slopes = _predicted(of, begin, ())
        rss = float(np.sum((sales - of.known) ** 2))
        return {"values": begin, "rss": rss, "slopes": slopes, "sales": sales, "converged": True, "iterations": 0}
    first = [np.log(begin[name]) if name == "outside" else begin[name] for name in names]
    low = [x - 30 if name == "outside" else _LEAST.get(name, -np.inf) for name, x in zip(names, first)]
    high = [x + 30 if name == "outside" else np.inf for name, x in zip(names, first)]
    out = least_squares(
        lambda at: (_predicted(of, values(at), ())[0] - of.known) / usual,
        np.maximum(first, np.array(low) + 1e-6),
        lambda at: _predicted(of, values(at), names)[1] / usual,
        bounds=(low, high),
        x_scale="jac",
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=200,
    )
    return {
        "values": values(out.x),
        "rss": float(2 * out.cost * usual**2),
        "slopes": out.jac * usual,
        "sales": out.fun * usual + of.known,
        "converged": out.status > 0,
        "iterations": int(out.njev),
    }


def _r2(of, rss):
    spread = np.sum((of.known - of.known.mean()) ** 2)
    return float(1 - rss / spread) if spread > 0 else np.nan


def _told(of, found, names):
    """Covariance of the estimates, or None and the reasons why the totals don't tell them."""
    from scipy.special import stdtrit

    freedom = len(of.known) - len(names)
    if freedom <= 0:
        return None, dict.fromkeys(names, "too_few")
    gram = found["slopes"].T @ found["slopes"]
    reasons = flat_directions(gram, names, scale=np.full(len(names), found["sales"] @ found["sales"] * 1e-2))
    if not found["converged"] and not reasons:
        reasons = dict.fromkeys(names, "not_converged")
    if reasons:
        return None, reasons
    as_good = found["rss"] * (1 + stdtrit(freedom, 0.975) ** 2 / freedom)
    covariance = np.linalg.inv(gram) * found["rss"] / freedom
    if "decay" in names:
        if _blind(of, found, names)["rss"] <= as_good:
            reasons["decay"] = "without_distance"
        elif _rss_at(of, found, names, "decay", 4 * found["values"]["decay"]) <= as_good:
            reasons["decay"] = "runs_away"
    if "outside" in names:
        if _rss_at(of, found, names, "outside", 0.0) <= as_good:
            reasons["outside"] = "without_outside"
        elif _rss_at(of, found, names, "outside", 1e4 * found["values"]["outside"]) <= as_good:
            reasons["outside"] = "runs_away"
    return covariance, reasons


def _rss_at(of, found, names, name, value):
    """Least sum of squares that the other parameters reach with one held."""
    return _fitted(of, found["values"] | {name: value}, [other for other in names if other != name])["rss"]


def _blind(of, found, names):
    """The best model without distance: decay 0, and the exponent of size free even where it was fixed."""
    others = [name for name in names if name not in ("decay", "midpoint", "alpha")]
    return _fitted(of, found["values"] | {"decay": 0.0}, [*others, "alpha"])


def _profile(of, found, names):
    if "decay" not in names:
        return pd.DataFrame({"r2": []}, index=pd.Index([], name="decay"))
    best = found["values"]["decay"]
    tried = np.union1d(np.linspace(0, 2 * max(best, 1.0), 9), [best])
    r2 = [_r2(of, _rss_at(of, found, names, "decay", value)) for value in tried]
    return pd.DataFrame({"r2": r2}, index=pd.Index(tried, name="decay"))
