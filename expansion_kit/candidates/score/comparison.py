"""
Other rules of ranking beside the score, for comparison: weighted sum, TOPSIS and outranking (PROMETHEE II).

All three look at the list of sites: adding one can turn the order of the others round, which the score's fixed anchors
rule out. Where they agree with the score, the order does not hang on the rule; where not, it is worth a second look.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.criteria import corners, has_points, measured, shares, value
from expansion_kit.candidates.score.scoring import SAME, score


def weighted_sum(measures, criteria):
    """
    Weighted sum of the measures, each scaled from the worst to the best of these sites.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`; anchors are not used, except where a criterion follows `points`: there its worth counts.

    Returns
    -------
    Series, shape (n_sites,)
        `weighted_sum`, 0 to 1, on the sites' index; missing where a measure is missing (such a site is left out of the
        list). A measure in which the sites do not differ adds nothing.

    Examples
    --------
    >>> sides = {"direction": ["benefit", "cost"], "weight": [3, 1]}
    >>> criteria = pd.DataFrame({**sides, "low": 0, "high": 9}, index=["sales", "rent"])
    >>> weighted_sum(pd.DataFrame({"sales": [9, 1], "rent": [9, 1]}, index=["S1", "S2"]), criteria).to_dict()
    {'S1': 0.75, 'S2': 0.25}
    """
    complete, index = _complete(measures, criteria)
    spread = complete.max() - complete.min()
    scaled = (complete - complete.min()) / spread.where(spread > 0, 1.0)
    return (scaled * shares(criteria)).sum(axis=1).reindex(index).rename("weighted_sum")


def topsis(measures, criteria):
    """
    Closeness to the best and distance from the worst of these sites (TOPSIS, scaled by vector length).

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `weighted_sum`.

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
    >>> criteria = pd.DataFrame({"direction": ["benefit", "cost"], "low": 0, "high": 9, "weight": 1}, ["sales", "rent"])
    >>> topsis(pd.DataFrame({"sales": [9, 1], "rent": [1, 9]}, index=["S1", "S2"]), criteria).to_dict()
    {'S1': 1.0, 'S2': 0.0}
    """
    complete, index = _complete(measures, criteria)
    length = np.sqrt((complete**2).sum())
    weighted = complete / length.where(length > 0, 1.0) * shares(criteria)
    to_best = np.sqrt(((weighted - weighted.max()) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighted - weighted.min()) ** 2).sum(axis=1))
    return (to_worst / (to_best + to_worst)).reindex(index).rename("topsis")


def outranking(measures, criteria, *, indifference=0.05, preference=0.5):
    """
    Net outranking flow (PROMETHEE II): how much more each site is preferred to the others than they to it.

    Between two sites a criterion prefers the one with the greater worth: not at all up to a difference of
    `indifference`, fully from `preference` on, in proportion between (Brans's linear shape with indifference area).

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.
    indifference, preference : float
        Differences of worth, on its scale from 0 to 1; the first is less than the second.

    Returns
    -------
    Series, shape (n_sites,)
        `outranking`, -1 to 1 and 0 in the mean, on the sites' index; missing where a measure is missing (such a site is
        left out of the list) and where there is no other site.

    Raises
    ------
    ValueError
        If the two thresholds are not in order.

    References
    ----------
    Brans, J. P. & Vincke, P. (1985). A preference ranking organisation method. Management Science 31(6), 647-656.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 10, "weight": 1}, index=["sales"])
    >>> sites = pd.DataFrame({"sales": [10, 9.8, 2]}, index=["S1", "S2", "S3"])
    >>> outranking(sites, criteria).to_dict()
    {'S1': 0.5, 'S2': 0.5, 'S3': -1.0}
    """
    if not 0 <= indifference < preference:
        raise ValueError(f"0 <= indifference < preference is needed, but they are {indifference} and {preference}")
    values = value(measures, criteria)
    complete = values.dropna()
    others = max(len(complete) - 1, 0) or np.nan
    flow = pd.Series(0.0, index=complete.index)
    for name, weight in shares(criteria).items():
        worth = complete[name].to_numpy()
        for sign in (1, -1):
            flow += sign * weight * _preferred(sign * worth, indifference, preference) / others
    return flow.reindex(values.index).rename("outranking")


def method_ranks(measures, criteria):
    """
    Rank of each site by score and by each of the other rules.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.

    Returns
    -------
    DataFrame, shape (n_sites, 4)
        `score`, `weighted_sum`, `topsis`, `outranking`: ranks among the sites whose measures are all known (1 is best;
        equals share the better rank), missing for the others, on the sites' index.

    Examples
    --------
    >>> columns = {"direction": "benefit", "low": [4, 2], "high": [10, 9], "weight": [0.6, 0.4]}
    >>> sites = pd.DataFrame({"sales": [10, 6, 4, None], "street": [2, 5, 9, 1]}, index=["A", "B", "C", "D"])
    >>> method_ranks(sites, pd.DataFrame(columns, index=["sales", "street"])).loc[["A", "B", "D"]]
       score  weighted_sum  topsis  outranking
    A      1             1       1           1
    B      3             3       3           3
    D   <NA>          <NA>    <NA>        <NA>
    """
    complete = measures.loc[measured(measures, criteria).dropna().index]
    found = {rule.__name__: rule(complete, criteria) for rule in (weighted_sum, topsis, outranking)}
    worths = pd.DataFrame({"score": score(complete, criteria)["score"], **found})
    return worths.round(SAME).rank(ascending=False, method="min").reindex(measures.index).astype("Int64")


def _complete(measures, criteria):
    """Measures of the sites that lack none, more is better; and the index of all sites."""
    lines, table = corners(criteria), measured(measures, criteria)
    bent, sides = has_points(criteria), {"benefit": 1.0, "cost": -1.0}
    turned = {
        name: pd.Series(np.interp(table[name], *lines[name]), index=table.index)
        if bent[name]
        else sides[direction] * table[name]
        for name, direction in criteria["direction"].items()
    }
    return pd.DataFrame(turned, index=table.index).dropna(), table.index


def _preferred(worth, indifference, preference):
    """Sum over all sites of clip((own worth - theirs - indifference) / (preference - indifference), 0, 1)."""
    rising = np.sort(worth)
    until = np.concatenate([[0.0], np.cumsum(rising)])
    full = np.searchsorted(rising, worth - preference, side="right")
    part = np.searchsorted(rising, worth - indifference, side="right")
    between = (worth - indifference) * (part - full) - (until[part] - until[full])
    return full + between / (preference - indifference)
