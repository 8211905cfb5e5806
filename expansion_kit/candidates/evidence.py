"""Weight of evidence, information value and points: the textbook arithmetic of a scorecard."""

import numpy as np
import pandas as pd


def woe_iv(signed, lost):
    """
    Weight of evidence and information value of each bin of one question.

    Parameters
    ----------
    signed, lost : Series, shape (n_bins,)
        Prospects of each outcome in a bin, on the same index. An empty cell counts as one half.

    Returns
    -------
    DataFrame, shape (n_bins, 2)
        `woe` = ln(share of the signed / share of the lost), positive where a bin speaks for signing, and `iv`, the
        bin's part of the information value (their sum is the question's).

    Raises
    ------
    ValueError
        If a count is negative or missing, the bins differ, or one outcome has no prospect at all.

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley.

    Examples
    --------
    >>> table = woe_iv(pd.Series([40, 90, 70]), pd.Series([60, 30, 10]))
    >>> table["woe"].round(6).tolist(), round(float(table["iv"].sum()), 6)
    ([-1.098612, 0.405465, 1.252763], 0.813455)
    """
    if not signed.index.equals(lost.index):
        raise ValueError("signed and lost must have the same bins in the same order")
    if not ((signed >= 0).all() and (lost >= 0).all() and signed.sum() > 0 and lost.sum() > 0):
        raise ValueError("counts must be known, not negative, and not all zero for either outcome")
    signed, lost = (counts.astype(float).replace(0.0, 0.5) for counts in (signed, lost))
    signed_share, lost_share = signed / signed.sum(), lost / lost.sum()
    woe = np.log(signed_share / lost_share)
    return pd.DataFrame({"woe": woe, "iv": (signed_share - lost_share) * woe})


def scale_points(*, points=600.0, odds=50.0, double=20.0):
    """
    Factor and offset that turn log odds into points: offset + factor x ln(odds).

    Parameters
    ----------
    points, odds : float
        These points stand for these odds (50 is 50 to 1).
    double : float
        Points that double the odds.

    Returns
    -------
    tuple of float
        Factor and offset.

    Examples
    --------
    >>> [round(number, 4) for number in scale_points(points=600, odds=50, double=20)]
    [28.8539, 487.1229]
    """
    if odds <= 0 or double <= 0:
        raise ValueError(f"odds and double must be positive, but are {odds} and {double}")
    factor = double / np.log(2)
    return float(factor), float(points - factor * np.log(odds))
