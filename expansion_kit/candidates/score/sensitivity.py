"""Which criterion decides: how far the lead of the first site goes as one weight or one of its measures moves."""

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.criteria import corners, measured, shares, value
from expansion_kit.candidates.score.scoring import SAME, enough_known


def tornado(measures, criteria, *, weight_change=0.5, errors=None, measure_change=0.1, min_coverage=0.6):
    """
    The lead of the first site as each criterion's weight, and then the site's own measure of it, moves to two limits.

    One thing moves at a time. A weight moves to itself times 1 - `weight_change` and 1 + `weight_change`, and all are
    scaled to one again. A measure of the first site moves by one standard error down and up, or by `measure_change` of
    itself where none is given. The sites that take part stay those that had a score at first.

    Parameters
    ----------
    measures, criteria, min_coverage
        As in `scoring.score`.
    weight_change, measure_change : float
        Shares, 0 to 1.
    errors : DataFrame, optional
        Standard errors in the criteria's units, on the sites' index; any of the criteria's columns.

    Returns
    -------
    DataFrame, shape (up to 2 n_criteria, ...)
        Rows by (`criterion`, `moved`: weight or measure), the widest swing first; a criterion without weight, and a
        measure that the first site lacks, have none. `site`, the one in the lead (of equals the first by name); `lead`,
        points ahead of the next (0 or more); `low` and `high`, the limits (a weight as a share before it is scaled);
        `lead_low` and `lead_high`, points ahead of the best other site there (below 0: behind it); `rank_low` and
        `rank_high`, the site's rank; `first_low` and `first_high`, the site that is first there; `swing`, the points
        between the largest and the smallest of the three leads; `decides`, whether another site comes first at a limit.
        Empty where fewer than two sites have a score.

    Raises
    ------
    ValueError
        As in `criteria.value`, or if a change is not from 0 to 1.

    Examples
    --------
    >>> columns = {"direction": "benefit", "low": 0, "high": 10, "weight": [0.6, 0.4]}
    >>> sites = pd.DataFrame({"sales": [8, 5], "street": [3, 7]}, index=["S1", "S2"])
    >>> table = tornado(sites, pd.DataFrame(columns, index=["sales", "street"]), measure_change=0)
    >>> table.xs("weight", level="moved")[["lead", "lead_low", "lead_high", "first_low", "decides"]].round(1)
               lead  lead_low  lead_high first_low  decides
    criterion
    sales       2.0     -10.0        8.5        S2     True
    street      2.0      12.5       -5.0        S1     True
    """
    if not (0 <= weight_change <= 1 and 0 <= measure_change <= 1):
        raise ValueError(f"changes must be shares from 0 to 1, but are {weight_change} and {measure_change}")
    values, weights = value(measures, criteria), shares(criteria)
    values = values[enough_known(values, criteria, min_coverage)]
    values = values.iloc[np.argsort(values.index.astype(str).to_numpy(), kind="stable")]
    if len(values) < 2:
        return pd.DataFrame()
    now = _scores(values, weights)
    site = values.index[np.flatnonzero(now >= now.max() - 10.0**-SAME)[0]]
    rows = {}
    for name in weights.index[weights > 0]:
        limits = weights[name] * (1 - weight_change), weights[name] * (1 + weight_change)
        moved = [_scores(values, weights.where(weights.index != name, limit)) for limit in limits]
        rows[name, "weight"] = _row(values.index, site, limits, moved)
        at = float(measured(measures, criteria).at[site, name])
        if at == at:
            away = _error(errors, site, name, measure_change * abs(at))
            moved = [_scores(_with(values, site, name, limit, criteria), weights) for limit in (at - away, at + away)]
            rows[name, "measure"] = _row(values.index, site, (at - away, at + away), moved)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["criterion", "moved"])
    table.insert(1, "lead", _standing(now, values.index, site)["lead"])
    leads = table[["lead", "lead_low", "lead_high"]]
    table["swing"] = leads.max(axis=1) - leads.min(axis=1)
    table["decides"] = (table["first_low"] != site) | (table["first_high"] != site)
    return table.iloc[np.argsort(-table["swing"].round(SAME).to_numpy(), kind="stable")]


def _scores(values, weights):
    known_weight = values.notna().to_numpy() @ weights.to_numpy()
    return 100 * (values.fillna(0).to_numpy() @ weights.to_numpy()) / np.where(known_weight > 0, known_weight, 1)


def _row(sites, site, limits, moved):
    row = {"site": site, "low": limits[0], "high": limits[1]}
    for end, scores in zip(("low", "high"), moved):
        row |= {f"{name}_{end}": found for name, found in _standing(scores, sites, site).items()}
    return row


def _standing(scores, sites, site):
    """Points ahead of the best other site, rank, and which site is first: this one where it shares the place."""
    own = scores[sites == site][0]
    lead = own - scores[sites != site].max()
    first = site if lead >= -(10.0**-SAME) else sites[scores.argmax()]
    return {"lead": lead, "rank": 1 + int((scores > own + 10.0**-SAME).sum()), "first": first}


def _error(errors, site, name, otherwise):
    known = float(errors.reindex(index=[site], columns=[name]).iat[0, 0]) if errors is not None else np.nan
    if known < 0:
        raise ValueError(f"an error is a standard error, not negative, but is {known} for {name} of {site}")
    return otherwise if known != known else known


def _with(values, site, name, at, criteria):
    changed = values.copy()
    changed.loc[site, name] = np.interp(at, *corners(criteria)[name])
    return changed
