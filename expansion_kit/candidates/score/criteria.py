"""
Criteria: what a site is judged by, and what a measure of it is worth.

Criteria are a table indexed by `criterion`: `direction` (benefit, cost or target), `unit`, `low` and `high` (fixed
anchors in that unit), `weight` (any non-negative numbers; only their proportions count), and if wanted `must_know`
(bool: a site of which it is not known gets no score). Worth runs straight from one anchor to the other unless `points`
gives its corners, as ((measure, worth 0 to 1), ...); a target, best in the middle, needs them. Because anchors come
from configuration or from the open stores, never from the list of candidates, no candidate can change another's score.
"""

import numpy as np
import pandas as pd

CRITERIA = {
    "expected_sales": {"direction": "benefit", "unit": "money/month", "weight": 0.40, "label": "score.expected_sales"},
    "footfall": {"direction": "benefit", "unit": "people/day", "weight": 0.20, "label": "score.footfall"},
    "rivals_near": {"direction": "cost", "unit": "stores", "weight": 0.15, "label": "score.rivals_near"},
    "rent_sqm_month": {"direction": "cost", "unit": "money/m2/month", "weight": 0.25, "label": "score.rent_sqm_month"},
}
"""A start, to be taken in part or replaced: `pandas.DataFrame.from_dict(CRITERIA, orient="index")`, then `anchors`."""


def anchors(reference, criteria, *, low=0.05, high=0.95):
    """
    Criteria with the missing anchors read from a reference population such as the open stores.

    Parameters
    ----------
    reference : DataFrame, shape (n_reference, ...)
        One column a criterion, in the criterion's unit; the open stores, never the candidates.
    criteria : DataFrame, shape (n_criteria, ...)
        As in this module's head; `low` and `high` may be missing. Anchors that are given stay; those of a criterion
        with points are its ends.
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
    for name in filled.index[has_points(criteria)]:
        filled.loc[name, ["low", "high"]] = [criteria.at[name, "points"][end][0] for end in (0, -1)]
    wanted = filled.index[filled[["low", "high"]].isna().any(axis=1)]
    known = measured(reference, filled.loc[wanted])
    for column, quantile in (("low", low), ("high", high)):
        filled[column] = filled[column].fillna(known.quantile(quantile))
    filled["reference_n"] = known.count().reindex(filled.index).astype("Int64")
    flat = filled.index[~(filled["low"] < filled["high"])]
    if len(flat):
        raise ValueError(f"the reference gives no low anchor below a high one for {_names(flat)}: state both anchors")
    return filled


def standing_in(reference, others, *, least=5):
    """
    A reference population, with values from elsewhere in the measures that hardly any of it knows.

    Parameters
    ----------
    reference : DataFrame, shape (n_reference, ...)
        One column a criterion, in the criterion's unit: the open stores.
    others : DataFrame, shape (n_others, ...)
        The same measures of others that are no candidates, such as the rent that listings ask.
    least : int
        Known values that are enough to anchor on.

    Returns
    -------
    reference : DataFrame
        One row more an other; in a measure that fewer than `least` of the reference and at least `least` others know,
        the others' values alone, elsewhere the reference's.
    elsewhere : list of str
        The measures that come from the others.

    Examples
    --------
    >>> stores = pd.DataFrame({"rivals_near": [0, 4], "rent": [None, 90.0]})
    >>> filled, elsewhere = standing_in(stores, pd.DataFrame({"rent": [100.0, 200, 300]}), least=2)
    >>> elsewhere, filled["rent"].dropna().tolist(), filled["rivals_near"].dropna().tolist()
    (['rent'], [100.0, 200.0, 300.0], [0.0, 4.0])
    """
    known = reference.reindex(columns=others.columns).count()
    elsewhere = [name for name in others if known[name] < least <= others[name].count()]
    kept = reference.drop(columns=elsewhere, errors="ignore")
    return pd.concat([kept, others[elsewhere]], keys=["reference", "others"]), elsewhere


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
    given = criteria.reindex(columns=["low", "high"]).notna().all(axis=1) | has_points(criteria)
    numbers = reference.reindex(columns=criteria.index).astype(float)
    spread = numbers.quantile(high) > numbers.quantile(low)
    return criteria[(given | spread).to_numpy()]


def value(measures, criteria):
    """
    Worth of each measure: 0 at the bad anchor, 1 at the good one, straight between them or along `points`.

    Beyond the last anchor or point the worth stays as it is there.

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

    A floor area of 60 to 90 m2 is best:

    >>> criteria = pd.DataFrame({"direction": "target", "weight": 1.0}, index=["area"])
    >>> criteria["points"] = [((30, 0), (60, 1), (90, 1), (150, 0.4))]
    >>> value(pd.DataFrame({"area": [45, 70, 120, 500]}), criteria)["area"].round(9).tolist()
    [0.5, 1.0, 0.7, 0.4]
    """
    lines, numbers = corners(criteria), measured(measures, criteria)
    return pd.DataFrame({name: np.interp(numbers[name], *line) for name, line in lines.items()}, index=numbers.index)


def shares(criteria):
    """
    The weights of the criteria as shares of one.

    Examples
    --------
    >>> shares(pd.DataFrame({"weight": [3, 1]}, index=["sales", "rent"])).to_dict()
    {'sales': 0.75, 'rent': 0.25}
    """
    weights = criteria["weight"].astype(float)
    if not criteria.index.is_unique or not (np.isfinite(weights) & (weights >= 0)).all() or weights.sum() <= 0:
        raise ValueError("criteria must be named once, with weights that are not negative and not all zero")
    return weights / weights.sum()


def measured(measures, criteria):
    """The measures of the criteria as numbers, missing where not known."""
    absent = [name for name in criteria.index if name not in measures]
    if absent:
        raise ValueError(f"there is no measure for the criteria {_names(absent)}")
    if not measures.index.is_unique:
        twice = measures.index[measures.index.duplicated()].unique()
        raise ValueError(f"rows must be named once, but {_names(twice)} is not")
    try:
        return pd.DataFrame(measures)[list(criteria.index)].astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a measure is not a number: {error}") from error


def corners(criteria):
    """
    The line that each criterion's worth follows.

    Returns
    -------
    dict
        Criterion -> (measures, worths), two arrays for `numpy.interp`.

    Examples
    --------
    >>> rent = pd.DataFrame({"direction": ["cost"], "low": 100.0, "high": 300.0, "weight": 1.0}, index=["rent"])
    >>> [line.tolist() for line in corners(rent)["rent"]]
    [[100.0, 300.0], [1.0, 0.0]]
    """
    _check(criteria)
    bent = has_points(criteria)
    lines = {}
    for name, direction in criteria["direction"].items():
        rises = direction == "benefit"
        anchored = ((criteria.at[name, "low"], 1 - rises), (criteria.at[name, "high"], rises)) if not bent[name] else ()
        lines[name] = np.array(criteria.at[name, "points"] if bent[name] else anchored, dtype=float).T
    return {name: tuple(line) for name, line in lines.items()}


def has_points(criteria):
    """Whether the worth of each criterion follows `points`, not two anchors."""
    given = criteria["points"] if "points" in criteria else pd.Series(None, index=criteria.index, dtype=object)
    return given.map(lambda points: isinstance(points, list | tuple | np.ndarray)).astype(bool)


def _check(criteria):
    missing = [name for name in ("direction", "weight") if name not in criteria]
    bent = has_points(criteria)
    missing += [name for name in ("low", "high") if name not in criteria and not bent.all()]
    if missing:
        raise ValueError(f"criteria lack the columns {_names(missing)}")
    _check_directions(criteria)
    anchored = criteria[~bent].reindex(columns=["low", "high"]).astype(float)
    wrong = anchored.index[~(np.isfinite(anchored).all(axis=1) & (anchored["low"] < anchored["high"]))]
    if len(wrong):
        raise ValueError(f"criteria {_names(wrong)} need two anchors, low below high: give them, or use anchors()")
    wrong = [name for name in criteria.index[bent] if not _is_line(*criteria.loc[name, ["points", "direction"]])]
    if wrong:
        raise ValueError(
            f"points of {_names(wrong)}: two or more (measure, worth), measures rising, worths from 0 to 1 that rise"
            " for a benefit, fall for a cost, and rise and then fall for a target"
        )
    shares(criteria)


def _check_directions(criteria):
    wrong = criteria.index[~criteria["direction"].isin(["benefit", "cost", "target"])]
    if len(wrong):
        raise ValueError(f"direction must be benefit, cost or target, but is not for {_names(wrong)}")
    wrong = criteria.index[criteria["direction"].eq("target") & ~has_points(criteria)]
    if len(wrong):
        raise ValueError(f"a target needs points, but {_names(wrong)} has none")


def _is_line(points, direction):
    try:
        at, worth = np.array(points, dtype=float).reshape(len(points), 2).T
    except (TypeError, ValueError):
        return False
    steps = np.diff(worth)
    turns = np.diff(np.sign(steps[steps != 0]))  # -2 where a rise becomes a fall
    shaped = {"benefit": (steps >= 0).all(), "cost": (steps <= 0).all(), "target": turns.tolist() == [-2]}
    return bool(
        np.isfinite(at).all()
        and (np.diff(at) > 0).all()
        and ((worth >= 0) & (worth <= 1)).all()
        and steps.any()
        and shaped[direction]
    )


def _names(values):
    return ", ".join(map(str, values))
