"""
Exponents of the Huff model from observed choices: by maximum likelihood from counts, by least squares from shares.

Each answer is a table of parameters and a report of how it was found. A parameter that the data cannot tell is marked
`identified` False with a reason (`REASONS`); its value must not be used.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.attraction import distances_between, positive
from expansion_kit.market.choice_likelihood import maximise, prepare, scores, spread

REASONS = {
    "too_few": "there are not more observations than parameters",
    "no_variation": "what it multiplies does not differ, so its effect cannot be seen",
    "not_separable": "its effect cannot be told from that of another parameter",
    "runs_away": "the fit improves without end as it grows or shrinks",
    "without_distance": "a model blind to distance fits as well",
    "without_outside": "a model without outside option fits as well",
    "not_converged": "the search did not come to an end",
}
FLAT = 1e-8  # a curvature this small, beside that of the parameters alone or at the start, is none


def calibrate_counts(
    zones, stores, choices, *, estimate=("alpha", "decay"), form="power", distance=None, start=None, max_iterations=50
):
    """
    Exponents of the Huff model from counted choices, by maximum likelihood (Newton on the conditional logit).

    Parameters
    ----------
    zones, stores, form, distance
        As in `huff_shares`: all stores that could be chosen. `stores` has `competing_destinations` where that is
        estimated or its start is not 0.
    choices : DataFrame
        `zone_id`, `store_id`, `count` (people, receipts or members); pairs that are absent count 0. What was bought
        elsewhere has the store_id `outside`; where none is counted, only choices among the stores are modelled, and a
        stated `outside` stays out of it.
    estimate : sequence of {"alpha", "decay", "midpoint", "competition", "outside"}
        What the counts are to tell; everything else stays as `start` says.
    start : dict, optional
        Starting (or fixed) values; alpha 1, decay 2, competition 0, outside 0 (1 where it is estimated) unless
        given; the logistic form needs a `midpoint`.
    max_iterations : int
        Newton steps at most.

    Returns
    -------
    parameters : DataFrame
        By parameter: `value`, `std_error` (clustered by zone), `low` and `high` (95 %), `start`, `estimated`,
        `identified` and `reason` (a key of `REASONS`). A fixed parameter has no error.
    report : dict
        `method`, `form`, `zones`, `stores`, `observations`, `converged`, `iterations`, `gradient` (largest part of
        the score left, in standard errors), `log_likelihood`, `log_likelihood_start`, `identified`, `covariance` of
        the estimates (outside by its logarithm; None where something is not identified).

    Raises
    ------
    ValueError
        If choices name a zone or store that is not given, counts are below 0 or missing, or all 0.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. Frontiers in Econometrics, 105-142.

    Examples
    --------
    Four of five go to the nearer of two equal stores, half as far: 2 ** -decay = 1 / 4.

    >>> zones = pd.DataFrame(index=["Z1", "Z2"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["S1", "S2"])
    >>> km = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], index=zones.index, columns=stores.index)
    >>> choices = pd.DataFrame(
    ...     [["Z1", "S1", 8], ["Z1", "S2", 2], ["Z2", "S2", 80], ["Z2", "S1", 20]],
    ...     columns=["zone_id", "store_id", "count"],
    ... )
    >>> parameters, report = calibrate_counts(zones, stores, choices, estimate=["decay"], distance=km)
    >>> round(float(parameters.loc["decay", "value"]), 6), report["converged"]
    (2.0, True)
    """
    begin = starting_values(estimate, form, start)
    asked = zones.loc[zones.index.isin(choices["zone_id"])]
    rows, columns, counts = _counted(choices, asked, stores)
    inside = columns < len(stores)
    if begin["outside"] == 0 and not inside.all():
        raise ValueError("choices count purchases outside, but the model has no outside option: estimate it")
    if "outside" in estimate and inside.all():
        raise ValueError("outside can be estimated from counts only where some are of the store_id 'outside'")
    of = prepare(
        distances_between(asked, stores, distance),
        positive(stores, "floor_area_sqm"),
        positive(stores, "competing_destinations") if _uses_competition(estimate, begin) else None,
        (rows, columns, counts),
        form,
        tuple(estimate),
    )
    found = maximise(of, begin | ({"outside": 0.0} if inside.all() else {}), max_iterations)
    covariance, reasons = _covariance(of, found)
    learned = {name: found["values"][name] for name in estimate}
    parameters = parameter_table(begin, learned, estimate, covariance, reasons, len(asked) - 1)
    report = {
        "method": "maximum likelihood on counts, errors clustered by zone",
        "form": form,
        "zones": len(asked),
        "stores": len(stores),
        "observations": float(counts.sum()),
        **{name: found[name] for name in ("converged", "iterations", "gradient")},
        **{name: found[name] for name in ("log_likelihood", "log_likelihood_start")},
        "identified": bool(parameters["identified"].all()),
        "covariance": None if covariance is None else pd.DataFrame(covariance, list(estimate), list(estimate)),
    }
    return parameters, report


def calibrate_shares(
    zones, stores, shares, *, form="power", competition=False, distance=None, zeros="refuse", add=None
):
    """
    Exponents of the Huff model from observed shares: log-centred least squares through the origin (MCI).

    A share of 0 has no logarithm. Prefer `calibrate_counts` where counts are known: it needs no patch for zeros.

    Parameters
    ----------
    zones, stores, distance
        As in `huff_shares`.
    shares : DataFrame, shape (n_zones, n_stores)
        Observed shares (or counts), one row a zone and one column a store; missing counts as not observed.
    form : {"power", "exponential"}
        The logistic form is not linear in logarithms.
    competition : bool
        Whether to estimate the exponent of `competing_destinations` (a column of `stores`) too.
    zeros : {"refuse", "drop", "add", "merge"}
        What to do with zeros: refuse them; leave the pairs out; add the constant `add` to each pair; or take the
        stores that have one together as one store (areas added, distance their mean by area).
    add : float
        The constant for "add", in the unit of `shares` (0.5 of a count is usual).

    Returns
    -------
    parameters : DataFrame
        As from `calibrate_counts`.
    report : dict
        `method`, `form`, `zones`, `stores`, `observations` (pairs used), `zero_pairs` (found), `zeros` (what was done
        with them), `stores_merged`, `pairs_dropped`, `r2_log` (of centred logarithms), `converged`, `identified`,
        `covariance`.

    Raises
    ------
    ValueError
        If there are zeros and nothing is said of them, shares are below 0, or zones or stores are unknown.

    References
    ----------
    Nakanishi, M. & Cooper, L. G. (1974). Parameter estimation for a multiplicative competitive interaction model:
    least squares approach. Journal of Marketing Research 11(3), 303-311.

    Examples
    --------
    >>> zones = pd.DataFrame(index=["Z1", "Z2"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 200]}, index=["S1", "S2"])
    >>> km = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], index=zones.index, columns=stores.index)
    >>> seen = pd.DataFrame([[2 / 3, 1 / 3], [1 / 9, 8 / 9]], index=zones.index, columns=stores.index)
    >>> parameters, _ = calibrate_shares(zones, stores, seen, distance=km)
    >>> parameters["value"].round(6).to_dict()
    {'alpha': 1.0, 'decay': 2.0}
    """
    if form == "logistic":
        raise ValueError("the logistic form is not linear in logarithms: calibrate it from counts")
    observed, area, d, near, done = _without_zeros(zones, stores, shares, competition, distance, zeros, add)
    used = observed > 0
    design = [
        np.broadcast_to(np.log(area), used.shape),
        -(np.log(d) if form == "power" else d),
        *([np.broadcast_to(np.log(near), used.shape)] if competition else []),
    ]
    names = ["alpha", "decay", "competition"][: len(design)]
    target = _centred(np.log(np.where(used, observed, 1.0)), used)
    design = np.stack([_centred(variable, used) for variable in design], axis=-1)
    gram = np.einsum("ijk,ijl->kl", design, design)
    reasons = flat_directions(gram, names, scale=_unlike(design, used))
    zones_used = int(used.any(axis=1).sum())
    if used.sum() - zones_used <= len(names):
        reasons = dict.fromkeys(names, "too_few")
    values = np.linalg.lstsq(gram, np.einsum("ijk,ij->k", design, target), rcond=None)[0]
    left = target - design @ values
    scores = np.einsum("ijk,ij->ik", design, left)
    covariance = None if reasons else sandwich(gram, scores)
    begin = dict.fromkeys(names, np.nan)
    parameters = parameter_table(begin, dict(zip(names, values)), names, covariance, reasons, zones_used - 1)
    report = {
        "method": "log-centred least squares on shares, errors clustered by zone",
        "form": form,
        "zones": zones_used,
        "stores": used.shape[1],
        "observations": int(used.sum()),
        **done,
        "r2_log": float(1 - (left**2).sum() / (target**2).sum()) if (target != 0).any() else np.nan,
        "converged": True,
        "identified": not reasons,
        "covariance": None if covariance is None else pd.DataFrame(covariance, names, names),
    }
    return parameters, report


def starting_values(estimate, form, start):
    """Where a search begins, by parameter, in a fixed order; what is not estimated stays there."""
    known = {"alpha": 1.0, "decay": 2.0, "competition": 0.0, "outside": 1.0 if "outside" in estimate else 0.0}
    begin = known | ({"midpoint": np.nan} if form == "logistic" else {}) | dict(start or {})
    unknown = [name for name in [*estimate, *begin] if name not in {*known, *(["midpoint"] * (form == "logistic"))}]
    if unknown:
        raise ValueError(f"the {form} form has no parameter {unknown[0]!r}")
    if not all(np.isfinite(value) for value in begin.values()):
        raise ValueError("the logistic form needs a start for its midpoint, say start={'midpoint': 2.0}")
    if "outside" in estimate and begin["outside"] <= 0:
        raise ValueError("the start of outside must be above 0")
    return {name: float(value) for name, value in begin.items()}


def parameter_table(begin, values, estimate, covariance, reasons, freedom):
    """The table of parameters; `values` and `covariance` in the order of `estimate`, outside by its logarithm."""
    from scipy.special import stdtrit

    width = stdtrit(freedom, 0.975) if freedom > 0 else np.nan
    rows = {}
    for name, first in begin.items():
        told = name in estimate
        value, error, low, high = values.get(name, first), np.nan, np.nan, np.nan
        if told and covariance is not None:
            k = list(estimate).index(name)
            error = float(np.sqrt(covariance[k, k]))
            low, high = value - width * error, value + width * error
            if name == "outside":
                low, high = value * np.exp(-width * error), value * np.exp(width * error)
                error = value * error
        reason = reasons.get(name, "")
        rows[name] = [float(value), error, low, high, first, told, not reason, reason]
    columns = ["value", "std_error", "low", "high", "start", "estimated", "identified", "reason"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("parameter")


def flat_directions(curvature, names, *, scale):
    """Parameters that a matrix of curvature says nothing of, with the reason; `scale` is the curvature to expect."""
    size = np.diag(curvature)
    reasons = {name: "no_variation" for name, own, usual in zip(names, size, scale) if not own > FLAT * usual}
    left = [k for k, name in enumerate(names) if name not in reasons]
    if len(left) > 1:
        unit = curvature[np.ix_(left, left)] / np.sqrt(np.outer(size[left], size[left]))
        strength, direction = np.linalg.eigh(unit)
        for line in direction.T[strength < FLAT]:
            reasons |= {names[left[k]]: "not_separable" for k in np.flatnonzero(np.abs(line) > 0.1)}
    return reasons


def sandwich(curvature, scores):
    """Covariance of an estimate that holds when what one zone's people do is alike: clustered by zone."""
    inverse = np.linalg.inv(curvature)
    groups = int((scores != 0).any(axis=1).sum())
    return inverse @ (scores.T @ scores) @ inverse * groups / max(groups - 1, 1)


def _covariance(of, found):
    names, curvature = of.names, found["curvature"]
    zones = int((of.asked > 0).sum())
    if zones <= len(names):
        return None, dict.fromkeys(names, "too_few")
    reasons = flat_directions(found["curvature_start"], names, scale=spread(of))
    gone = np.diag(curvature) < FLAT * np.diag(found["curvature_start"])
    if gone.any() or found["log_likelihood"] > -FLAT * of.asked.sum():
        every = [name for name, lost in zip(names, gone) if lost] or names
        reasons = dict.fromkeys(every, "runs_away") | reasons
    elif not reasons:
        reasons = flat_directions(curvature, names, scale=np.zeros(len(names)))
    if not reasons and not found["converged"]:
        reasons = dict.fromkeys(names, "not_converged")
    return (None if reasons else sandwich(curvature, scores(of, found["values"]))), reasons


def _uses_competition(estimate, begin):
    return "competition" in estimate or begin["competition"] != 0


def _counted(choices, zones, stores):
    """Positions of zone and store (the outside comes after the last) and counts above 0."""
    alternatives = pd.Index([*stores.index, "outside"])
    for column, known in (("zone_id", zones.index), ("store_id", alternatives)):
        strange = choices.loc[~choices[column].isin(known), column]
        if len(strange):
            raise ValueError(f"choices name {strange.nunique()} unknown {column}, first {strange.iloc[0]!r}")
    counts = choices["count"].to_numpy(dtype=float)
    if not (counts >= 0).all() or not np.isfinite(counts).all() or counts.sum() == 0:
        raise ValueError("counts must be at least 0, none missing, and not all 0")
    seen = counts > 0
    rows, columns = zones.index.get_indexer(choices["zone_id"]), alternatives.get_indexer(choices["store_id"])
    return rows[seen], columns[seen], counts[seen]


def _without_zeros(zones, stores, shares, competition, distance, zeros, add):
    """Shares (0 where not used), areas, distances, competing destinations; and a report of what was done."""
    unknown = [*shares.index.difference(zones.index), *shares.columns.difference(stores.index)]
    if unknown:
        raise ValueError(f"shares name {len(unknown)} unknown zones and stores, first {unknown[0]!r}")
    if zeros not in ("refuse", "drop", "add", "merge") or (zeros == "add") != (add is not None):
        raise ValueError("zeros must be refuse, drop, add (with the constant add, above 0) or merge")
    zones, stores = zones.loc[shares.index], stores.loc[shares.columns]
    observed = shares.to_numpy(dtype=float)
    if (observed < 0).any() or np.isinf(observed).any():
        raise ValueError("shares must be at least 0 and finite")
    area, d = positive(stores, "floor_area_sqm"), distances_between(zones, stores, distance)
    near = positive(stores, "competing_destinations") if competition else area
    zero = observed == 0
    done = {"zero_pairs": int(zero.sum()), "zeros": zeros, "stores_merged": 0}
    if zero.any() and zeros == "refuse":
        raise ValueError(
            f"{zero.sum()} shares are 0 and have no logarithm, first zone {zones.index[zero.any(axis=1)][0]!r}: "
            "say zeros='drop', 'add' or 'merge', or calibrate from counts"
        )
    if zeros == "add":
        if not add > 0:
            raise ValueError(f"the constant to add must be above 0, but is {add!r}")
        observed = observed + add
    if zeros == "merge" and zero.any():
        with_zero = zero.any(axis=0)
        done["stores_merged"] = int(with_zero.sum())
        observed, area, d, near = _merged(observed, area, d, near, with_zero)
    used = observed > 0
    done["pairs_dropped"] = int(used.size - used.sum())
    return np.where(used, observed, 0.0), area, d, near, done


def _merged(observed, area, d, near, together):
    """The stores `together` as one store at the end: shares and areas added, distance and the like means by area."""
    weight = area[together] / area[together].sum()

    def ends_with(kept, one):
        return np.concatenate([kept, np.atleast_1d(one)[..., None] if kept.ndim == 2 else [one]], axis=-1)

    return (
        ends_with(observed[:, ~together], np.nansum(observed[:, together], axis=1)),
        ends_with(area[~together], area[together].sum()),
        ends_with(d[:, ~together], d[:, together] @ weight),
        ends_with(near[~together], near[together] @ weight),
    )


def _centred(values, used):
    """Values less their mean over the stores used of the same zone; 0 where not used."""
    n = np.maximum(used.sum(axis=1, keepdims=True), 1)
    return np.where(used, values - (values * used).sum(axis=1, keepdims=True) / n, 0.0)


def _unlike(design, used):
    """Square sum that a variable with a spread of a tenth would have: below it there is none."""
    return np.full(design.shape[-1], used.sum() * 1e-2)
