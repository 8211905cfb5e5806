"""A score of sites by criteria: what each criterion adds, what rules a site out, what to find out next."""

import operator

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.criteria import corners, shares, value

COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
SAME = 9  # decimals to which two scores are one


def score(measures, criteria, *, min_coverage=0.6):
    """
    Weighted score of each site from 0 to 100, with the points that each criterion adds.

    Nothing missing is filled: the weights of the known criteria are scaled up to one, and the coverage says so.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `value`; a criterion whose `must_know` is true must be known of a site for a score.
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
    values, weights = value(measures, criteria), shares(criteria)
    known_weight = _known_weight(values, weights)
    enough = enough_known(values, criteria, min_coverage)
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
                f"veto rule {(column, comparison, limit)}: no such column, or not one of {', '.join(COMPARISONS)}"
            )
        known = measures[column].dropna()
        holds = COMPARISONS[comparison](known, limit).astype(bool).reindex(measures.index, fill_value=False)
        broken[reason] = broken.get(reason, False) | holds
        unknown[column] = measures[column].isna()
    return pd.DataFrame(
        {"veto": _listed(broken, measures.index), "veto_unknown": _listed(unknown, measures.index)},
        index=measures.index,
    )


def to_find_out(measures, criteria, *, min_coverage=0.6):
    """
    What to find out next: the missing measures of each site, first the one that could move its score the most.

    Parameters
    ----------
    measures, criteria, min_coverage
        As in `score`.

    Returns
    -------
    DataFrame
        One row a missing measure, on the sites' index (repeated, in its order): `criterion`; `score_if_worst` and
        `score_if_best`, the score with the worst and the best worth this measure can have, all else as it is;
        `could_move` (points away from the score of now, or between the two where there is none yet); `rank_if_worst`
        and `rank_if_best` among the scores of now; `enough_then`, whether the site then has a score (the figures
        before are missing where it has not).

    Raises
    ------
    ValueError
        As in `value`.

    Examples
    --------
    >>> columns = ["direction", "low", "high", "weight"]
    >>> rows = {"footfall": ["benefit", 0, 50, 6], "rent": ["cost", 100, 300, 3], "rivals": ["cost", 0, 5, 1]}
    >>> criteria = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    >>> sites = pd.DataFrame({"footfall": [25, 40], "rent": [100, None], "rivals": [0, None]}, index=["S1", "S2"])
    >>> to_find_out(sites, criteria)[["criterion", "score_if_worst", "score_if_best", "rank_if_worst"]].round(1)
       criterion  score_if_worst  score_if_best rank_if_worst
    S2      rent            53.3           86.7             2
    S2    rivals            68.6           82.9             2
    """
    values, weights = value(measures, criteria), shares(criteria)
    known_weight = _known_weight(values, weights)
    now = score(measures, criteria, min_coverage=min_coverage)["score"]
    points = _total({name: 100 * weights[name] * values[name].fillna(0) for name in values}, values.index)
    lines, rows = corners(criteria), []
    for name, weight in weights[weights > 0].items():
        asked = values.index[values[name].isna()]
        then = known_weight[asked] + weight
        enough = _at_least(then, min_coverage) & _must_known(values.loc[asked], criteria.drop(index=name))
        found = pd.DataFrame({"criterion": name, "enough_then": enough, "weight": weight}, index=asked)
        for end, worth in (("worst", min(lines[name][1])), ("best", max(lines[name][1]))):
            found[f"score_if_{end}"] = ((points[asked] + 100 * weight * worth) / then).where(enough)
            found[f"rank_if_{end}"] = _rank_among(found[f"score_if_{end}"], now)
        ends = found[["score_if_worst", "score_if_best"]]
        moved = ends.sub(now[asked], axis=0).abs().max(axis=1)
        found["could_move"] = moved.fillna(ends["score_if_best"] - ends["score_if_worst"])
        rows.append(found)
    table = pd.concat(rows)
    place = pd.Series(range(len(values)), index=values.index)
    turn = np.lexsort((-table["weight"].to_numpy(), place[table.index].to_numpy()))  # the heaviest moves most
    columns = ["criterion", "score_if_worst", "score_if_best", "could_move", "rank_if_worst", "rank_if_best"]
    return table.iloc[turn][[*columns, "enough_then"]]


def enough_known(values, criteria, min_coverage):
    """Whether what is known of each site (worths) reaches the floor of stated weights and holds all that must be."""
    return _at_least(_known_weight(values, shares(criteria)), min_coverage) & _must_known(values, criteria)


def _must_known(values, criteria):
    must = criteria.index[criteria["must_know"].astype(bool)] if "must_know" in criteria else []
    return values[list(must)].notna().all(axis=1)


def _known_weight(values, weights):
    return _total({name: values[name].notna() * weight for name, weight in weights.items()}, values.index)


def _at_least(known_weight, min_coverage):
    if not 0 < min_coverage <= 1:
        raise ValueError(f"min_coverage must be above 0 and at most 1, but is {min_coverage}")
    return known_weight >= min_coverage - 10.0**-SAME


def _rank_among(scores, now):
    """Rank that each score would have if all other sites kept theirs."""
    others = np.sort(now.dropna().round(SAME).to_numpy())
    asked = scores.round(SAME)
    above = len(others) - np.searchsorted(others, asked.to_numpy(), side="right")
    above = above - (now[scores.index].round(SAME) > asked).to_numpy()  # a site's own score of now is no other
    return pd.Series(above + 1, index=scores.index).where(scores.notna()).astype("Int64")


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
