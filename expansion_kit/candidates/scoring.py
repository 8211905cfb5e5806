"""
A score of sites by criteria: what each criterion adds, what is not known, and how sure the ranking is.

Criteria are a table indexed by `criterion`: `direction` (benefit or cost), `unit`, `low` and `high` (fixed anchors in
that unit), `weight` (any non-negative numbers; only their proportions count). Because the anchors come from
configuration or from the open stores, never from the list of candidates, no candidate can change another's score.
"""

import operator

import numpy as np
import pandas as pd

CRITERIA = {
    "expected_sales": {"direction": "benefit", "unit": "money/month", "weight": 0.40, "label": "score.expected_sales"},
    "footfall": {"direction": "benefit", "unit": "people/day", "weight": 0.20, "label": "score.footfall"},
    "rivals_near": {"direction": "cost", "unit": "stores", "weight": 0.15, "label": "score.rivals_near"},
    "rent_sqm_month": {"direction": "cost", "unit": "money/m2/month", "weight": 0.25, "label": "score.rent_sqm_month"},
}
"""A start, to be taken in part or replaced: `pandas.DataFrame.from_dict(CRITERIA, orient="index")`, then `anchors`."""

COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
BLOCK = 4_000_000  # scores held at once
SAME = 9  # decimals to which two scores are one


def anchors(reference, criteria, *, low=0.05, high=0.95):
    """
    Criteria with the missing anchors read from a reference population such as the open stores.

    Parameters
    ----------
    reference : DataFrame, shape (n_reference, ...)
        One column a criterion, in the criterion's unit; the open stores, never the candidates.
    criteria : DataFrame, shape (n_criteria, ...)
        As in this module's head; `low` and `high` may be missing. Anchors that are given stay.
    low, high : float
        Quantiles of the known reference values, 0 to 1.

    Returns
    -------
    DataFrame, shape (n_criteria, ...)
        The criteria with `low`, `high` and `reference_n` (known reference values behind the row; missing where both
        anchors were given).

    Raises
    ------
    ValueError
        If the reference lacks a criterion or does not vary in it.

    Examples
    --------
    >>> stores = pd.DataFrame({"rent": [100.0, 200, 300, 400, 500]})
    >>> criteria = pd.DataFrame({"direction": ["cost"], "weight": [1.0]}, index=["rent"])
    >>> anchors(stores, criteria, low=0.25, high=0.75)[["low", "high"]].to_dict("records")
    [{'low': 200.0, 'high': 400.0}]
    """
    filled = criteria.reindex(columns=list(dict.fromkeys([*criteria.columns, "low", "high"])))
    filled[["low", "high"]] = filled[["low", "high"]].astype(float)
    wanted = filled.index[filled[["low", "high"]].isna().any(axis=1)]
    known = _numbers(reference, wanted)
    for column, quantile in (("low", low), ("high", high)):
        filled[column] = filled[column].fillna(known.quantile(quantile))
    filled["reference_n"] = known.count().reindex(filled.index).astype("Int64")
    flat = filled.index[~(filled["low"] < filled["high"])]
    if len(flat):
        raise ValueError(f"the reference gives no low anchor below a high one for {_names(flat)}: state both anchors")
    return filled


def telling(reference, criteria, *, low=0.05, high=0.95):
    """
    The criteria that a reference population can anchor: those whose anchors are given, or whose quantiles differ.

    Parameters
    ----------
    reference, criteria, low, high
        As in `anchors`.

    Returns
    -------
    DataFrame
        The rows of `criteria` that `anchors` will take.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit"}, index=["footfall", "rivals_near"])
    >>> telling(pd.DataFrame({"footfall": [1.0, 9.0], "rivals_near": [2, 2]}), criteria).index.tolist()
    ['footfall']
    """
    given = criteria.reindex(columns=["low", "high"]).notna().all(axis=1)
    numbers = reference.reindex(columns=criteria.index).astype(float)
    spread = numbers.quantile(high) > numbers.quantile(low)
    return criteria[(given | spread).to_numpy()]


def value(measures, criteria):
    """
    Worth of each measure between its two anchors: 0 at the bad one, 1 at the good one, clipped beyond.

    Parameters
    ----------
    measures : DataFrame, shape (n_sites, ...)
        One column a criterion, in the criterion's unit; a missing measure is missing.
    criteria : DataFrame, shape (n_criteria, ...)
        As in this module's head.

    Returns
    -------
    DataFrame, shape (n_sites, n_criteria)
        0 to 1 on the sites' index; missing where the measure is.

    Raises
    ------
    ValueError
        If a criterion, an anchor, a direction or a weight is not usable, or a measure is not a number.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": ["cost"], "low": 100.0, "high": 300.0, "weight": 1.0}, index=["rent"])
    >>> value(pd.DataFrame({"rent": [100, 250, 900, None]}), criteria)["rent"].tolist()
    [1.0, 0.25, 0.0, nan]
    """
    criteria = _checked(criteria)
    benefit = criteria["direction"].eq("benefit")
    bad, good = (criteria["low"].where(side, criteria["high"]) for side in (benefit, ~benefit))
    return ((_numbers(measures, criteria.index) - bad) / (good - bad)).clip(0, 1)


def score(measures, criteria, *, min_coverage=0.6):
    """
    Weighted score of each site from 0 to 100, with the points that each criterion adds.

    Nothing missing is filled: the weights of the known criteria are scaled up to one, and the coverage says so.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `value`.
    min_coverage : float
        Least share of the weight that must be known for a score, above 0 and up to 1.

    Returns
    -------
    DataFrame, shape (n_sites, ...)
        On the sites' index: `score` (0-100), `rank` (1 is best; equal scores share the better rank), `coverage_pct`
        (known part of the weight), `enough_known`, `note` (key of a text, or empty), `unknown` (criteria to find out,
        by name) and `contribution_<criterion>` (points; they sum to the score; missing where the measure is).

    Raises
    ------
    ValueError
        As in `value`.

    Examples
    --------
    >>> columns = ["direction", "low", "high", "weight"]
    >>> rows = {"footfall": ["benefit", 0, 50, 3], "rent": ["cost", 100, 300, 1]}
    >>> criteria = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    >>> sites = pd.DataFrame({"footfall": [25, 40, None], "rent": [100, None, 300]}, index=["S1", "S2", "S3"])
    >>> score(sites, criteria)[["score", "rank", "coverage_pct", "unknown"]]
        score  rank  coverage_pct   unknown
    S1   62.5     2         100.0
    S2   80.0     1          75.0      rent
    S3    NaN  <NA>          25.0  footfall
    """
    values, weights = value(measures, criteria), _weights(criteria)
    known_weight = _total({name: values[name].notna() * weight for name, weight in weights.items()}, values.index)
    enough = _enough(known_weight, min_coverage)
    points = {f"contribution_{n}": (100 * w * values[n] / known_weight).where(enough) for n, w in weights.items()}
    total = _total({name: part.fillna(0) for name, part in points.items()}, values.index).clip(0, 100).where(enough)
    head = {
        "score": total,
        "rank": total.round(SAME).rank(ascending=False, method="min").astype("Int64"),
        "coverage_pct": (100 * known_weight).round(SAME),
        "enough_known": enough,
        "note": pd.Series(np.where(enough, "", "score.not_enough_known"), index=values.index, dtype=object),
        "unknown": _listed({name: values[name].isna() for name in values}, values.index),
    }
    return pd.DataFrame({**head, **points}, index=values.index)


def vetoes(measures, rules):
    """
    Reasons that rule a site out whatever its score, and what nobody knows about them.

    Parameters
    ----------
    measures : DataFrame, shape (n_sites, ...)
        One column a measure.
    rules : sequence of (column, comparison, limit, reason)
        A site is ruled out where `column comparison limit` holds; comparison is one of < <= > >= ==; the reason is the
        key of a text.

    Returns
    -------
    DataFrame, shape (n_sites, 2)
        On the sites' index: `veto` (keys of texts, or empty) and `veto_unknown` (columns without a value, or empty).

    Raises
    ------
    ValueError
        If a rule names a column or a comparison that does not exist.

    Examples
    --------
    >>> rules = [
    ...     ("floor_area_sqm", "<", 40, "score.veto_area_small"),
    ...     ("rent_sqm_month", ">", 900, "score.veto_rent_high"),
    ...     ("own_store_m", "<", 500, "score.veto_protected"),
    ... ]
    >>> sites = pd.DataFrame({"floor_area_sqm": [35, 80], "rent_sqm_month": [950, None], "own_store_m": [700, 800]})
    >>> vetoes(sites, rules).to_dict("list")
    {'veto': ['score.veto_area_small; score.veto_rent_high', ''], 'veto_unknown': ['', 'rent_sqm_month']}
    """
    broken, unknown = {}, {}
    for column, comparison, limit, reason in rules:
        if column not in measures or comparison not in COMPARISONS:
            raise ValueError(
                f"veto rule {(column, comparison, limit)}: no such column, or not one of {_names(COMPARISONS)}"
            )
        known = measures[column].dropna()
        holds = COMPARISONS[comparison](known, limit).astype(bool).reindex(measures.index, fill_value=False)
        broken[reason] = broken.get(reason, False) | holds
        unknown[column] = measures[column].isna()
    return pd.DataFrame(
        {"veto": _listed(broken, measures.index), "veto_unknown": _listed(unknown, measures.index)},
        index=measures.index,
    )


def rank_certainty(measures, criteria, *, draws=10_000, seed=0, concentration=50.0, min_coverage=0.6):
    """
    How often each site is the best, or among the best five, when the weights are not certain (SMAA).

    Weights are drawn from a Dirichlet distribution around the given ones; sites within 1e-9 of a place share it.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `value`.
    draws : int
        Number of weight sets.
    seed : int
        Of numpy's default generator.
    concentration : float
        Sum of the Dirichlet parameters. A weight w is drawn with standard deviation sqrt(w(1-w)/(concentration+1)):
        0.056 for w = 0.2 at 50. Equal weights and the number of criteria here make every set of weights equally likely.
    min_coverage : float
        As in `score`.

    Returns
    -------
    DataFrame, shape (n_sites, 2)
        `p_top1` and `p_top5`, 0 to 1, on the sites' index; missing where too little is known for a score.

    Raises
    ------
    ValueError
        As in `value`, or if draws or concentration is not positive.

    References
    ----------
    Lahdelma, R. & Salminen, P. (2001). SMAA-2: stochastic multicriteria acceptability analysis for group decision
    making. Operations Research 49(3), 444-454.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 1, "weight": [1, 1]}, index=["a", "b"])
    >>> sites = pd.DataFrame({"a": [0.9, 0.2], "b": [0.8, 0.1]}, index=["S1", "S2"])
    >>> rank_certainty(sites, criteria, draws=100, seed=1)["p_top1"].to_dict()
    {'S1': 1.0, 'S2': 0.0}
    """
    if draws < 1 or concentration <= 0:
        raise ValueError(f"draws and concentration must be positive, but are {draws} and {concentration}")
    values, weights = value(measures, criteria), _weights(criteria)
    weights = weights[weights > 0]
    values = values[weights.index]
    enough = _enough((values.notna() * weights).sum(axis=1), min_coverage)
    drawn = np.random.default_rng(seed).dirichlet(concentration * weights.to_numpy(), size=draws)
    result = pd.DataFrame(np.nan, index=values.index, columns=["p_top1", "p_top5"])
    if enough.any():
        result.loc[enough] = _acceptability(values[enough].to_numpy(), drawn, (1, 5))
    return result


def topsis(measures, criteria):
    """
    Closeness to the best and distance from the worst of these sites (TOPSIS): a second view beside `score`.

    It is relative to the list: adding a site can turn the order of the others round.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `value`; anchors are not used.

    Returns
    -------
    Series, shape (n_sites,)
        `topsis`, 0 to 1, on the sites' index; missing where a measure is missing (such a site is left out of the list)
        and where all sites are alike.

    References
    ----------
    Hwang, C. L. & Yoon, K. (1981). Multiple Attribute Decision Making. Springer.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": ["benefit", "cost"], "weight": [1, 1]}, index=["sales", "rent"])
    >>> topsis(pd.DataFrame({"sales": [9, 1], "rent": [1, 9]}, index=["S1", "S2"]), criteria).to_dict()
    {'S1': 1.0, 'S2': 0.0}
    """
    table = _numbers(measures, criteria.index)
    complete = table.dropna()
    sign = np.where(_directions(criteria).eq("benefit"), 1.0, -1.0)
    length = np.sqrt((complete**2).sum())
    weighted = complete / length.where(length > 0, 1.0) * _weights(criteria) * sign
    to_best = np.sqrt(((weighted - weighted.max()) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighted - weighted.min()) ** 2).sum(axis=1))
    return (to_worst / (to_best + to_worst)).reindex(table.index).rename("topsis")


def _acceptability(values, drawn, places):
    counts = np.zeros((len(values), len(places)))
    filled = np.nan_to_num(values)  # a missing value has no weight below
    known = (~np.isnan(values)).astype(float)
    step = max(1, BLOCK // len(values))
    for start in range(0, len(drawn), step):
        weights = drawn[start : start + step]
        scores = weights @ filled.T
        if not known.all():
            known_weight = weights @ known.T
            scores /= np.maximum(known_weight, np.finfo(float).tiny, out=known_weight)
        for column, place in enumerate(places):
            last = max(len(values) - place, 0)
            floor = np.partition(scores, last, axis=1)[:, last] if place > 1 else scores.max(axis=1)
            counts[:, column] += np.count_nonzero(scores >= floor[:, None] - 10.0**-SAME, axis=0)
    return counts / len(drawn)


def _checked(criteria):
    missing = [name for name in ("direction", "low", "high", "weight") if name not in criteria]
    if missing:
        raise ValueError(f"criteria lack the columns {_names(missing)}")
    checked = criteria.assign(
        direction=_directions(criteria), low=criteria["low"].astype(float), high=criteria["high"].astype(float)
    )
    wrong = checked.index[
        ~(np.isfinite(checked["low"]) & np.isfinite(checked["high"]) & (checked["low"] < checked["high"]))
    ]
    if len(wrong):
        raise ValueError(f"criteria {_names(wrong)} need two anchors, low below high: give them, or use anchors()")
    _weights(criteria)
    return checked


def _directions(criteria):
    wrong = criteria.index[~criteria["direction"].isin(["benefit", "cost"])]
    if len(wrong):
        raise ValueError(f"direction must be benefit or cost, but is not for {_names(wrong)}")
    return criteria["direction"]


def _weights(criteria):
    weights = criteria["weight"].astype(float)
    if not criteria.index.is_unique or not (np.isfinite(weights) & (weights >= 0)).all() or weights.sum() <= 0:
        raise ValueError("criteria must be named once, with weights that are not negative and not all zero")
    return weights / weights.sum()


def _numbers(table, columns):
    absent = [name for name in columns if name not in table]
    if absent:
        raise ValueError(f"there is no measure for the criteria {_names(absent)}")
    if not table.index.is_unique:
        raise ValueError(
            f"rows must be named once, but {_names(table.index[table.index.duplicated()].unique())} is not"
        )
    try:
        return pd.DataFrame(table)[list(columns)].astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a measure is not a number: {error}") from error


def _enough(known_weight, min_coverage):
    if not 0 < min_coverage <= 1:
        raise ValueError(f"min_coverage must be above 0 and at most 1, but is {min_coverage}")
    return known_weight >= min_coverage - 10.0**-SAME


def _total(parts, index):
    # column by column, so that the sum of one row never depends on how many rows there are
    total = pd.Series(0.0, index=index)
    for part in parts.values():
        total = total + part
    return total


def _listed(flags, index):
    names = pd.Series("", index=index, dtype=object)
    for name, flag in flags.items():
        names = names + np.where(flag, f"; {name}", "")
    return names.str.removeprefix("; ").astype(object)


def _names(values):
    return ", ".join(map(str, values))
