"""
How sure the ranking is: ranks when weights and measurements are drawn from their uncertainty (SMAA-2).

What is drawn. Weights: `known="weights"`, spread around the stated ones; `"order"`, any weights in the stated order of
importance; `"nothing"`, any weights at all. A criterion of weight 0 is not asked. Measurements: normal, with the
standard errors in `errors`, through the same worths as the score; without an error a measure counts as exact.

What is missing stays missing. A site below the coverage floor (by the stated weights) takes no part. Else the drawn
weights of what is known of a site are scaled up to one, as in its score.

Ties. Scores of one draw that follow each other within 1e-9 are equal: t sites that share ranks r to r+t-1 get 1/t of
each. So every rank is given out once in every draw, and no order of rows matters.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.criteria import corners, measured, shares, value
from expansion_kit.candidates.score.scoring import SAME, enough_known

BLOCK = 4_000_000  # scores held at once
KNOWN = ("weights", "order", "nothing")


def rank_acceptability(
    measures,
    criteria,
    *,
    ranks=10,
    draws=10_000,
    seed=0,
    known="weights",
    concentration=50.0,
    errors=None,
    min_coverage=0.6,
):
    """
    Probability that each site has each of the first ranks.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.
    ranks : int
        How many ranks, from the first; asking for all of many sites costs several times as much.
    draws : int
        Drawn sets of weights and measurements. A probability p has the standard error sqrt(p(1-p)/draws).
    seed : int
        Of numpy's default generator.
    known : str
        `weights`, `order` or `nothing`, as in this module's head.
    concentration : float
        With `weights`, the sum of the Dirichlet parameters. A weight w is drawn with standard deviation
        sqrt(w(1-w)/(concentration+1)): 0.056 for w = 0.2 at 50.
    errors : DataFrame, optional
        Standard errors in the criteria's units, on the sites' index; any of the criteria's columns, missing is exact.
    min_coverage : float
        As in `scoring.score`.

    Returns
    -------
    DataFrame, shape (n_sites, ranks)
        Columns 1, 2, ... ; 0 to 1, on the sites' index; missing where too little is known for a score.

    Raises
    ------
    ValueError
        As in `criteria.value`, or if an option is out of range or an error negative.

    References
    ----------
    Lahdelma, R. & Salminen, P. (2001). SMAA-2: stochastic multicriteria acceptability analysis for group decision
    making. Operations Research 49(3), 444-454.

    Examples
    --------
    >>> columns = {"direction": "benefit", "low": 0, "high": 1, "weight": 1}
    >>> criteria = pd.DataFrame(columns, index=["sales", "street"])
    >>> sites = pd.DataFrame({"sales": [0.9, 0.2], "street": [0.8, 0.1]}, index=["S1", "S2"])
    >>> rank_acceptability(sites, criteria, ranks=2, draws=100).loc["S1"].to_dict()
    {1: 1.0, 2: 0.0}
    """
    if ranks < 1:
        raise ValueError(f"ranks must be at least 1, but is {ranks}")
    options = {"draws": draws, "seed": seed, "known": known, "concentration": concentration, "errors": errors}
    case = _case(measures, criteria, min_coverage=min_coverage, **options)
    sites, held = case.sites, min(ranks, len(case.sites))
    counts = np.zeros((len(sites), held))
    for _, scores in _scores(case):
        for ordered, falling in _first(scores, held):
            counts += _shared_ranks(ordered, falling, held, len(sites))
    table = pd.DataFrame(counts / draws, index=sites, columns=range(1, held + 1))
    return table.reindex(columns=range(1, ranks + 1), fill_value=0.0).reindex(measures.index)


def rank_certainty(measures, criteria, *, places=(1, 5), **options):
    """
    How often each site is the best, or among the best five, when weights and measurements are not certain.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.
    places : sequence of int
        For each k, the probability of being among the first k.
    **options
        As in `rank_acceptability`: draws, seed, known, concentration, errors, min_coverage.

    Returns
    -------
    DataFrame, shape (n_sites, n_places)
        `p_top1` and `p_top5`, 0 to 1, on the sites' index; missing where too little is known for a score.

    Raises
    ------
    ValueError
        As in `rank_acceptability`.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 1, "weight": [1, 1]}, index=["a", "b"])
    >>> sites = pd.DataFrame({"a": [0.9, 0.2], "b": [0.8, 0.1]}, index=["S1", "S2"])
    >>> rank_certainty(sites, criteria, draws=100, seed=1)["p_top1"].to_dict()
    {'S1': 1.0, 'S2': 0.0}
    """
    sums = rank_acceptability(measures, criteria, ranks=max(places), **options).cumsum(axis=1).round(12)
    return pd.DataFrame({f"p_top{place}": sums[place] for place in places})


def winning_probability(measures, criteria, sites, **options):
    """
    Probability that one site ranks before another, for each two of a few sites.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.
    sites : sequence
        Of the measures' index: those to compare.
    **options
        As in `rank_acceptability`: draws, seed, known, concentration, errors, min_coverage.

    Returns
    -------
    DataFrame, shape (n_sites, n_sites)
        How often the site of the row has the higher score than that of the column; a tie counts half. Missing on the
        diagonal and where too little is known of either.

    Raises
    ------
    ValueError
        As in `rank_acceptability`.
    KeyError
        If there is no such site.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 1, "weight": [1, 1]}, index=["a", "b"])
    >>> sites = pd.DataFrame({"a": [0.9, 0.2, 0.9], "b": [0.8, 0.1, 0.8]}, index=["S1", "S2", "S3"])
    >>> winning_probability(sites, criteria, ["S1", "S2", "S3"], draws=100).loc["S1"].to_dict()
    {'S1': nan, 'S2': 1.0, 'S3': 0.5}
    """
    asked = pd.Index(sites)
    case = _case(measures.loc[asked], criteria, **options)
    held = case.sites
    wins = np.zeros((len(held), len(held)))
    for _, scores in _scores(case):
        for place, own in enumerate(scores.T):
            ahead = own[:, None] - scores
            wins[place] += (ahead > 10.0**-SAME).sum(axis=0) + 0.5 * (np.abs(ahead) <= 10.0**-SAME).sum(axis=0)
    wins[np.diag_indices(len(held))] = np.nan
    return pd.DataFrame(wins / len(case.weights), index=held, columns=held).reindex(index=asked, columns=asked)


def central_weights(measures, criteria, **options):
    """
    The weights under which each site would win, and how sure it is to win under them.

    Parameters
    ----------
    measures, criteria : DataFrame
        As in `criteria.value`.
    **options
        As in `rank_acceptability`: draws, seed, known, concentration, errors, min_coverage. With `known="nothing"` it
        shows who would have to think what for each site to be the best.

    Returns
    -------
    DataFrame, shape (n_sites, 2 + n_criteria)
        On the sites' index: `p_top1`; `confidence`, the probability of being first under the central weights, with
        measurements as drawn; `weight_<criterion>`, the mean of the drawn weights under which the site was first, of
        sum 1. Confidence and weights are missing for a site that never was.

    Raises
    ------
    ValueError
        As in `rank_acceptability`.

    Examples
    --------
    >>> criteria = pd.DataFrame({"direction": "benefit", "low": 0, "high": 1, "weight": 1}, index=["sales", "street"])
    >>> sites = pd.DataFrame({"sales": [0.9, 0.1, 0.4], "street": [0.1, 0.9, 0.4]}, index=["S1", "S2", "S3"])
    >>> central_weights(sites, criteria, known="nothing", draws=1000).round(2)
        p_top1  confidence  weight_sales  weight_street
    S1     0.5         1.0          0.75           0.25
    S2     0.5         1.0          0.25           0.75
    S3     0.0         NaN           NaN            NaN
    """
    case = _case(measures, criteria, **options)
    wins, sums = np.zeros(len(case.sites)), np.zeros((len(case.sites), case.weights.shape[1]))
    for weights, scores in _scores(case):
        first = _share_of_first(scores, axis=1)
        wins, sums = wins + first.sum(axis=0), sums + first.T @ weights
    ever = wins > 0
    central = sums[ever] / wins[ever, None]
    table = pd.DataFrame({"p_top1": wins / len(case.weights), "confidence": np.nan}, index=case.sites)
    table.loc[ever, "confidence"] = _confidence(case, np.flatnonzero(ever), central)
    named = pd.DataFrame(central, index=case.sites[ever], columns=[f"weight_{name}" for name in case.criteria])
    return table.join(named).reindex(measures.index)


def draw_weights(criteria, *, draws=10_000, seed=0, known="weights", concentration=50.0):
    """
    Sets of weights drawn from what is known of them.

    Parameters
    ----------
    criteria, draws, seed, known, concentration
        As in `rank_acceptability`. With `order`, criteria of the same stated weight stay in any order among themselves.

    Returns
    -------
    DataFrame, shape (draws, n_criteria)
        One column a criterion with a weight above 0; each row sums to 1.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    Of two weights in a stated order, the greater is 3/4 in the mean.

    >>> criteria = pd.DataFrame({"weight": [2, 1]}, index=["sales", "rent"])
    >>> draw_weights(criteria, draws=100_000, known="order")["sales"].mean().round(2)
    np.float64(0.75)
    """
    return _drawn_weights(criteria, draws, np.random.default_rng(seed), known, concentration)


def _drawn_weights(criteria, draws, generator, known, concentration):
    if draws < 1 or concentration <= 0:
        raise ValueError(f"draws and concentration must be positive, but are {draws} and {concentration}")
    if known not in KNOWN:
        raise ValueError(f"known must be one of {', '.join(KNOWN)}, but is {known!r}")
    weights = shares(criteria)
    weights = weights[weights > 0]
    spread = concentration * weights if known == "weights" else np.ones(len(weights))
    drawn = generator.dirichlet(spread, size=draws)
    if known == "order":
        falling, ranks = -np.sort(-drawn, axis=1), weights.round(SAME).rank(ascending=False, method="min").to_numpy()
        for rank in np.unique(ranks):
            equal = np.flatnonzero(ranks == rank)
            places = slice(int(rank) - 1, int(rank) - 1 + len(equal))
            drawn[:, equal] = generator.permuted(falling[:, places], axis=1)
    return pd.DataFrame(drawn, columns=weights.index)


class _Case(NamedTuple):
    sites: pd.Index  # that take part
    criteria: pd.Index  # with a weight above 0
    weights: np.ndarray  # draws x criteria
    worths: np.ndarray  # sites x criteria, 0 where missing
    known: np.ndarray  # sites x criteria, 1 or 0
    draw: Callable | None  # worths, count x sites x criteria; none where measures are exact


def _case(
    measures, criteria, *, draws=10_000, seed=0, known="weights", concentration=50.0, errors=None, min_coverage=0.6
):
    values = value(measures, criteria)
    sites = values.index[enough_known(values, criteria, min_coverage)]
    generator = np.random.default_rng(seed)
    weights = _drawn_weights(criteria, draws, generator, known, concentration)
    asked = weights.columns
    worths = values.loc[sites, asked].to_numpy()
    draw = None if errors is None else _measurements(measures.loc[sites], criteria.loc[asked], errors, generator)
    return _Case(sites, asked, weights.to_numpy(), np.nan_to_num(worths), 1.0 - np.isnan(worths), draw)


def _scores(case):
    """Block by block the drawn weights and the scores, draws x sites, 0 to 1."""
    room = len(case.sites) if case.draw is None else case.worths.size
    for block in _in_blocks(case.weights, room):
        if case.draw is None:
            scores = block @ case.worths.T
        else:
            scores = np.einsum("dsc,dc->ds", case.draw(len(block)), block)
        yield block, scores if case.known.all() else _over(scores, block @ case.known.T)


def _in_blocks(rows, room):
    step = max(1, BLOCK // max(room, 1))
    return (rows[start : start + step] for start in range(0, len(rows), step)) if room else ()


def _measurements(measures, criteria, errors, generator):
    """A function that draws worths, shape (draws, sites, criteria); a missing worth is 0."""
    strange = [name for name in errors.columns if name not in criteria.index and name not in measures]
    spread = errors.reindex(index=measures.index, columns=criteria.index).astype(float)
    if strange or (spread < 0).any(axis=None):
        raise ValueError(f"errors must be standard errors of the criteria, not negative: {', '.join(strange) or 'see'}")
    numbers, lines = measured(measures, criteria), corners(criteria)
    turn = np.argsort(measures.index.astype(str).to_numpy(), kind="stable")  # by name: no order of rows matters

    def draw(count):
        worths = np.empty((count, *numbers.shape))
        for place, name in enumerate(criteria.index):
            at, error = numbers[name].to_numpy(), spread[name].fillna(0).to_numpy()
            if error.any():
                chance = np.empty((count, len(at)))
                chance[:, turn] = generator.standard_normal((count, len(at)))
                at = at + error * chance
            worths[:, :, place] = np.nan_to_num(np.interp(at, *lines[name]))
        return worths

    return draw


def _over(scores, known_weight):
    return np.divide(scores, np.maximum(known_weight, np.finfo(float).tiny, out=known_weight), out=scores)


def _first(scores, held):
    """Sites and scores of the first ranks and one more, best first; where the last two tie, of all ranks."""
    n = scores.shape[1]
    if held >= n:
        yield _sorted(scores, np.broadcast_to(np.arange(n), scores.shape))
        return
    sites, falling = _sorted(scores, np.argpartition(scores, n - held - 1, axis=1)[:, n - held - 1 :])
    open_end = falling[:, held - 1] - falling[:, held] <= 10.0**-SAME
    yield sites[~open_end], falling[~open_end]
    if open_end.any():
        yield _sorted(scores[open_end], np.broadcast_to(np.arange(n), (open_end.sum(), n)))


def _sorted(scores, sites):
    falling = np.take_along_axis(scores, sites, axis=1)
    turn = np.argsort(-falling, axis=1, kind="stable")
    return np.take_along_axis(sites, turn, axis=1), np.take_along_axis(falling, turn, axis=1)


def _shared_ranks(sites, falling, held, n_sites):
    """Counts of sites x first ranks; sites that tie share their ranks."""
    draws, width = sites.shape
    begins = np.ones(sites.shape, dtype=bool)
    begins[:, 1:] = falling[:, :-1] - falling[:, 1:] > 10.0**-SAME
    start = np.maximum.accumulate(np.where(begins, np.arange(width), 0), axis=1)
    group = np.cumsum(begins.ravel()) - 1
    size = np.bincount(group)[group].reshape(sites.shape) if draws else start
    counts = np.zeros((n_sites, held))
    for ties in np.unique(size):
        at, first = sites[size == ties], start[size == ties]
        marks = np.bincount(at * (held + 1) + np.minimum(first, held), minlength=n_sites * (held + 1))
        marks -= np.bincount(at * (held + 1) + np.minimum(first + ties, held), minlength=n_sites * (held + 1))
        counts += np.cumsum(marks.reshape(n_sites, held + 1), axis=1)[:, :held] / ties
    return counts


def _share_of_first(scores, *, axis):
    first = (scores >= scores.max(axis=axis, keepdims=True) - 10.0**-SAME).astype(float)
    return first / first.sum(axis=axis, keepdims=True)


def _confidence(case, ever, central):
    """How often each of the sites in `ever` is first under its own central weights, a row each."""
    known_weight = np.maximum(case.known @ central.T, np.finfo(float).tiny)
    own, wins, count = np.arange(len(ever)), np.zeros(len(ever)), 0
    draws = case.weights if case.draw else case.weights[:1]
    for block in _in_blocks(draws, len(case.sites) * max(len(ever), central.shape[1])):
        worths = case.draw(len(block)) if case.draw else case.worths[None]
        wins += _share_of_first(worths @ central.T / known_weight, axis=1)[:, ever, own].sum(axis=0)
        count += len(block)
    return wins / max(count, 1)
