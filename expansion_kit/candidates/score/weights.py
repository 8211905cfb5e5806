"""
Weights of criteria: from pairwise judgements (AHP), from swings and, as a second view, from the spread of measures.

Weights that are stated outright need no function: they are the column `weight` of the criteria.
"""

import numpy as np
import pandas as pd

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
LARGEST_CONSISTENCY_RATIO = 0.10


def consistency_ratio(judgements):
    """
    How far pairwise judgements contradict each other: 0 not at all, above 0.10 too much (Saaty).

    Parameters
    ----------
    judgements : DataFrame, shape (n, n), n up to 10
        As in `ahp_weights`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the table is not square, positive and reciprocal, or has more than 10 criteria.

    Examples
    --------
    >>> names = ["sales", "rent", "rivals"]
    >>> round(consistency_ratio(pd.DataFrame([[1, 3, 5], [1/3, 1, 2], [1/5, 1/2, 1]], names, names)), 6)
    0.003185
    """
    largest, _ = _principal(_reciprocal(judgements))
    n = len(judgements)
    random_index = RANDOM_INDEX[n - 1]
    return float((largest - n) / (n - 1) / random_index) if random_index else 0.0


def ahp_weights(judgements):
    """
    Weights from pairwise judgements of importance (AHP); contradictory judgements are refused.

    Parameters
    ----------
    judgements : DataFrame, shape (n, n), n up to 10
        Positive and reciprocal: row `sales`, column `rent` is 3 if sales matter three times as much as rent. Those
        of several people come together in `group_judgements` first.

    Returns
    -------
    Series, shape (n,)
        `ahp_weights` on the judgements' index; sums to 1.

    Raises
    ------
    ValueError
        If the table is not reciprocal, or its consistency ratio is above 0.10: the three that contradict each other
        most are named.

    References
    ----------
    Saaty, T. L. (1980). The Analytic Hierarchy Process. McGraw-Hill.

    Examples
    --------
    >>> names = ["sales", "rent", "rivals"]
    >>> ahp_weights(pd.DataFrame([[1, 3, 5], [1/3, 1, 2], [1/5, 1/2, 1]], names, names)).round(6).to_dict()
    {'sales': 0.648329, 'rent': 0.229651, 'rivals': 0.12202}
    """
    ratio = consistency_ratio(judgements)
    if ratio > LARGEST_CONSISTENCY_RATIO:
        raise ValueError(
            f"judgements contradict each other (consistency ratio {ratio:.2f}, at most 0.10): {_worst(judgements)}"
        )
    _, weights = _principal(judgements.to_numpy(float))
    return pd.Series(weights, index=judgements.index, name="ahp_weights")


def group_judgements(judgements):
    """
    One table of pairwise judgements from those of several people: the geometric mean, which stays reciprocal.

    Parameters
    ----------
    judgements : sequence of DataFrame, shape (n, n)
        Each as in `ahp_weights`, on the same criteria in any order.

    Returns
    -------
    DataFrame, shape (n, n)
        In the order of the first one.

    Raises
    ------
    ValueError
        If there is none, a table is not square, positive and reciprocal, or the criteria differ.

    References
    ----------
    Aczel, J. & Saaty, T. L. (1983). Procedures for synthesizing ratio judgements. Journal of Mathematical Psychology
    27(1), 93-102.

    Examples
    --------
    >>> names = ["sales", "rent"]
    >>> one, other = pd.DataFrame([[1, 8], [1/8, 1]], names, names), pd.DataFrame([[1, 2], [1/2, 1]], names, names)
    >>> group_judgements([one, other]).loc["sales", "rent"].round(9)
    np.float64(4.0)
    """
    if not judgements:
        raise ValueError("there are no judgements to bring together")
    names = judgements[0].index
    for one in judgements:
        if set(one.index) != set(names):
            raise ValueError(
                f"judgements are of different criteria: {', '.join(map(str, set(names) ^ set(one.index)))}"
            )
    logs = [np.log(_reciprocal(one.reindex(index=names, columns=names))) for one in judgements]
    return pd.DataFrame(np.exp(np.mean(logs, axis=0)), index=names, columns=names)


def swing_weights(swings):
    """
    Weights from swings: how much it is worth to move each criterion from its bad anchor to its good one.

    Unlike a bare statement of importance, a swing knows the anchors: a criterion in which sites hardly differ is worth
    little, however important it is.

    Parameters
    ----------
    swings : Series, shape (n,)
        Points by criterion: 100 for the swing that is worth most, the others in proportion, 0 for one worth nothing.

    Returns
    -------
    Series, shape (n,)
        `swing_weights` on the swings' index; sums to 1.

    Raises
    ------
    ValueError
        If a swing is missing, below 0 or above 100, or the largest is not 100.

    References
    ----------
    von Winterfeldt, D. & Edwards, W. (1986). Decision Analysis and Behavioral Research. Cambridge University Press.

    Examples
    --------
    >>> swing_weights(pd.Series({"sales": 100, "rent": 60, "rivals": 40})).to_dict()
    {'sales': 0.5, 'rent': 0.3, 'rivals': 0.2}
    """
    points = swings.astype(float)
    if not points.index.is_unique or not points.between(0, 100).all() or points.max() != 100:
        raise ValueError("swings must be named once, lie from 0 to 100, and be 100 for the one that is worth most")
    return (points / points.sum()).rename("swing_weights")


def entropy_weights(measures):
    """
    Weights that follow the spread of each measure: a second view, for spread is not importance.

    Parameters
    ----------
    measures : DataFrame, shape (n_sites, n_criteria)
        Non-negative and complete; at least two sites.

    Returns
    -------
    Series, shape (n_criteria,)
        `entropy_weights` on the measures' columns; sums to 1.

    Raises
    ------
    ValueError
        If a measure is missing, negative or all zero, or if nothing varies.

    Examples
    --------
    >>> entropy_weights(pd.DataFrame({"spread": [1.0, 9.0], "flat": [5.0, 5.0]})).to_dict()
    {'spread': 1.0, 'flat': 0.0}
    """
    table = measures.astype(float)
    if len(table) < 2 or table.isna().any(axis=None) or (table < 0).any(axis=None) or (table.sum() <= 0).any():
        raise ValueError(
            "entropy weights need two sites or more, and measures that are known, not negative, not all zero"
        )
    share = table / table.sum()
    entropy = -(share * np.log(share.where(share > 0, 1))).sum() / np.log(len(table))
    spread = (1 - entropy).where(table.nunique() > 1, 0.0)
    if spread.sum() <= 0:
        raise ValueError("entropy weights: no measure varies between the sites")
    return (spread / spread.sum()).rename("entropy_weights")


def _principal(matrix):
    values, vectors = np.linalg.eig(matrix)
    first = values.real.argmax()
    vector = np.abs(vectors[:, first].real)
    return values.real[first], vector / vector.sum()


def _reciprocal(judgements):
    matrix = judgements.to_numpy(float)
    if matrix.shape[0] != matrix.shape[1] or not judgements.index.equals(judgements.columns):
        raise ValueError("judgements must have the same criteria as rows and as columns, in the same order")
    if len(matrix) > len(RANDOM_INDEX):
        raise ValueError(
            f"judgements of {len(matrix)} criteria: at most {len(RANDOM_INDEX)} can be checked, group them first"
        )
    if not (matrix > 0).all() or not np.allclose(matrix * matrix.T, 1, rtol=1e-3):
        raise ValueError(
            "judgements must be positive and reciprocal: 3 one way is 1/3 the other way, 1 on the diagonal"
        )
    return matrix


def _worst(judgements):
    logs = np.log(judgements.to_numpy(float))
    gap = np.abs(logs[:, :, None] + logs[None, :, :] - logs[:, None, :])
    i, j, k = np.unravel_index(gap.argmax(), gap.shape)
    a, b, c = (judgements.index[n] for n in (i, j, k))
    implied, said = np.exp(logs[i, j] + logs[j, k]), np.exp(logs[i, k])
    return f"{a} to {b} and {b} to {c} make {a} to {c} {implied:.3g}, but {said:.3g} was said"
