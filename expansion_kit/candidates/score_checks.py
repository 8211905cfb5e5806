"""
How good a score is, on prospects it was not fitted to: order, calibration, stability, with intervals.

Everything takes the score and what became of the prospects; `held_out` gives scores that never saw the outcome.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from expansion_kit.candidates.conversion import FEW, wilson

BANDS = 5


def held_out(card, prospects, *, folds=10, seed=0):
    """
    Chance of signing of each closed prospect, by a card fitted without it.

    Parameters
    ----------
    card : Scorecard
        Which questions and how; it is fitted anew in each fold.
    prospects : DataFrame, shape (n_prospects, ...)
    folds : int
        Parts, each with as many signed as the others.
    seed : int
        Of the parting, which goes by id, not by row.

    Returns
    -------
    Series
        `probability`, on the closed prospects' index.

    Examples
    --------
    >>> from expansion_kit.candidates.scorecard import Scorecard
    >>> outcome = (["signed", "lost"] * 2 + ["lost", "signed"]) * 20
    >>> people = pd.DataFrame({"local": [True, False] * 60, "outcome": outcome})
    >>> held_out(Scorecard(["local"]), people, folds=2).groupby(people["local"]).mean().round(1).to_dict()
    {False: 0.4, True: 0.6}
    """
    closed = prospects[prospects["outcome"].notna()].sort_index(kind="stable")
    draw, fold = np.random.default_rng(seed), np.zeros(len(closed), dtype=int)
    for kind in ("signed", "lost"):
        rows = np.flatnonzero(closed["outcome"] == kind)
        fold[rows] = draw.permutation(len(rows)) % folds
    parts = []
    for part in range(folds):
        fitted = card.again().fit(closed[fold != part], least=1)
        parts.append(fitted.predict_proba(closed[fold == part]))
    return pd.concat(parts).reindex(prospects.index[prospects["outcome"].notna()])


def auc(score, signed, *, level=0.9):
    """
    Area under the curve: the chance that a signed prospect scores above a lost one, with DeLong's interval.

    Parameters
    ----------
    score : Series, shape (n_closed,)
        Higher is better; prospects without a score are left out.
    signed : Series of bool, shape (n_closed,)
    level : float
        Confidence.

    Returns
    -------
    dict
        `auc`, `low`, `high`, `signed`, `lost` (prospects used). Missing where either kind is absent.

    References
    ----------
    DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 44, 837-845. The interval is formed on the logit.

    Examples
    --------
    >>> auc(pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([False, True, False, True]))["auc"]
    0.75
    """
    good, bad = _sides(score, signed)
    counts = {"signed": len(good), "lost": len(bad)}
    if not (len(good) and len(bad)):
        return {"auc": np.nan, "low": np.nan, "high": np.nan} | counts
    above, below = _shares(good, bad), 1 - _shares(bad, good)
    area = float(above.mean())
    low = high = np.nan
    if len(good) > 1 and len(bad) > 1 and 0 < area < 1:
        error = np.sqrt(above.var(ddof=1) / len(good) + below.var(ddof=1) / len(bad)) / (area * (1 - area))
        z = NormalDist().inv_cdf((1 + level) / 2)
        low, high = (float(1 / (1 + np.exp(-(np.log(area / (1 - area)) + side * z * error)))) for side in (-1, 1))
    return {"auc": area, "low": low, "high": high} | counts


def ks(score, signed, *, level=0.9, draws=1000, seed=0):
    """
    Largest distance between the distributions of the signed and the lost (Kolmogorov-Smirnov), with an interval.

    Parameters
    ----------
    score, signed, level
        As in `auc`.
    draws, seed : int
        Bootstrap samples, drawn from each kind. Chance alone makes the distance larger than 0, in the samples more so:
        the interval is turned around the estimate (basic bootstrap) and leans neither way.

    Returns
    -------
    dict
        `ks`, `low`, `high` (0 to 1).

    Examples
    --------
    >>> ks(pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([False, True, False, True]))["ks"]
    0.5
    """
    good, bad = (np.sort(side) for side in _sides(score, signed))
    if not (len(good) and len(bad)):
        return {"ks": np.nan, "low": np.nan, "high": np.nan}
    found, draw = _distance(good, bad), np.random.default_rng(seed)
    drawn = [
        _distance(np.sort(draw.choice(good, len(good))), np.sort(draw.choice(bad, len(bad)))) for _ in range(draws)
    ]
    far, near = np.quantile(drawn, [(1 + level) / 2, (1 - level) / 2])
    return {"ks": found, "low": float(max(0.0, 2 * found - far)), "high": float(min(1.0, 2 * found - near))}


def calibration_bands(probability, signed, *, bands=BANDS, level=0.9):
    """
    What was foretold and what became of it, by band of the chance.

    Parameters
    ----------
    probability : Series, shape (n_closed,)
        Chance of signing, not from a fit to the same prospects (`held_out`).
    signed : Series of bool, shape (n_closed,)
    bands : int
        Bands of about equally many prospects; equal chances are never parted.
    level : float
        Confidence of the intervals (Wilson).

    Returns
    -------
    DataFrame
        Index `band` (1 the lowest): `from`, `to`, `prospects`, `signed`, `foretold` (mean chance), `rate`, `low`,
        `high`, `few`.

    Examples
    --------
    >>> chance = pd.Series([0.2] * 10 + [0.8] * 10)
    >>> signed = pd.Series([True] * 2 + [False] * 8 + [True] * 7 + [False] * 3)
    >>> calibration_bands(chance, signed, bands=2)[["foretold", "rate"]].round(2).values.tolist()
    [[0.2, 0.2], [0.8, 0.7]]
    """
    known = probability.notna()
    chance, signed = probability[known], signed.astype(bool)[known]
    edges = _edges(chance.to_numpy(), bands)
    grouped = pd.DataFrame({"chance": chance, "signed": signed}).groupby(
        np.searchsorted(edges, chance, side="right") + 1
    )
    made = grouped.agg(
        **{"from": ("chance", "min"), "to": ("chance", "max"), "prospects": ("chance", "size")},
        signed=("signed", "sum"),
        foretold=("chance", "mean"),
    ).rename_axis("band")
    low, high = wilson(made["signed"], made["prospects"], level=level)
    rate = made["signed"] / made["prospects"]
    return made.assign(rate=rate, low=low, high=high, few=made["prospects"] < FEW)


def calibration(probability, signed):
    """
    Whether the chances mean what they say.

    Parameters
    ----------
    probability, signed
        As in `calibration_bands`.

    Returns
    -------
    dict
        `brier` (mean squared error; 0 is perfect), `brier_base` (of saying the common share each time), `intercept` and
        `slope` of the outcome on the log odds foretold: 0 and 1 where they hold; a slope below 1 says that high chances
        are too high and low ones too low.

    References
    ----------
    Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika 45, 562-565.

    Examples
    --------
    >>> signed = pd.Series([True] * 2 + [False] * 8 + [True] * 8 + [False] * 2)
    >>> found = calibration(pd.Series([0.2] * 10 + [0.8] * 10), signed)
    >>> {name: round(value, 3) + 0 for name, value in found.items()}
    {'brier': 0.16, 'brier_base': 0.25, 'intercept': 0.0, 'slope': 1.0}
    """
    from sklearn.linear_model import LogisticRegression

    known = probability.notna()
    chance, signed = probability[known].to_numpy(dtype=float), signed.astype(bool)[known].to_numpy()
    brier, base = ((chance - signed) ** 2).mean(), signed.mean() * (1 - signed.mean())
    found = {"brier": float(brier), "brier_base": float(base), "intercept": np.nan, "slope": np.nan}
    if len(np.unique(signed)) == 2:
        odds = np.clip(chance, 1e-9, 1 - 1e-9)
        line = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000).fit(np.log(odds / (1 - odds))[:, None], signed)
        found |= {"intercept": float(line.intercept_[0]), "slope": float(line.coef_[0, 0])}
    return found


def stability(score, signed, period, *, bands=BANDS, level=0.9):
    """
    Whether the score stays what it was: its distribution and its power by period.

    Parameters
    ----------
    score : Series, shape (n_prospects,)
    signed : Series, shape (n_prospects,)
        True, False, or missing while still open.
    period : Series, shape (n_prospects,)
        Label that sorts in time, such as the year.
    bands : int
        Bands of the score, of about equally many prospects of all periods.
    level : float
        Confidence of the area under the curve.

    Returns
    -------
    DataFrame
        Index `period`: `prospects`, `psi` (population stability index against all other periods), `psi_by_chance` (what
        it would be on average if nothing had changed: only far above it is a change), `signed`, `lost`, `auc`, `low`,
        `high`, `few` (less than ten of either outcome).

    References
    ----------
    Yurdakul, B. and Naranjo, J. (2020). Statistical properties of the population stability index. Journal of Risk Model
    Validation 14(4): its mean is (bands - 1) (1/n + 1/m).

    Examples
    --------
    >>> score, period = pd.Series([1.0, 2.0] * 50), pd.Series(["2025"] * 50 + ["2026"] * 50)
    >>> stability(score, pd.Series([True, False] * 50), period, bands=2)[["psi", "auc"]].values.tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    known = score.notna() & period.notna()
    score, signed, period = score[known], signed[known], period[known]
    band = np.searchsorted(_edges(score.to_numpy(dtype=float), bands), score, side="right")
    rows = {}
    for label in sorted(period.unique()):
        now = (period == label).to_numpy()
        here, others = (np.bincount(band[side], minlength=bands) for side in (now, ~now))
        closed = now & signed.notna().to_numpy()
        power = auc(score[closed], signed[closed].astype(bool), level=level)
        chance = (bands - 1) * (1 / now.sum() + 1 / (~now).sum()) if others.sum() else np.nan
        rows[label] = {"prospects": int(now.sum()), "psi": _psi(here, others), "psi_by_chance": chance} | power
    columns = ["prospects", "psi", "psi_by_chance", "signed", "lost", "auc", "low", "high"]
    made = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("period")
    return made.assign(few=made[["signed", "lost"]].min(axis=1) < FEW)


def _sides(score, signed):
    known = score.notna()
    score, signed = score[known].to_numpy(dtype=float), signed.astype(bool)[known].to_numpy()
    return score[signed], score[~signed]


def _shares(these, others):
    """Share of the others that lie below each of these; ties count half."""
    others = np.sort(others)
    below, up_to = (np.searchsorted(others, these, side=side) for side in ("left", "right"))
    return (below + up_to) / 2 / len(others)


def _distance(good, bad):
    every = np.concatenate([good, bad])
    below = [np.searchsorted(side, every, side="right") / len(side) for side in (good, bad)]
    return float(np.abs(below[0] - below[1]).max())


def _edges(values, bands):
    """Inner edges between bands of about equally many; a band starts at its edge."""
    return np.unique(np.quantile(values, np.arange(1, bands) / bands, method="higher")) if len(values) else np.array([])


def _psi(here, others):
    if not (here.sum() and others.sum()):
        return np.nan
    used = (here + others) > 0
    a, b = (np.maximum(counts[used], 0.5) / np.maximum(counts[used], 0.5).sum() for counts in (here, others))
    return float(((a - b) * np.log(a / b)).sum())
