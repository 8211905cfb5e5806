"""
Bins of a question for a fitted card: numbers by floors, answers by kind, what is missing by itself, and their weights.

The weight of evidence of a bin of thirty prospects is mostly chance. So the weight that enters the card is smoothed:
for numbers towards a straight line through the bins' places in the order (as far as the bins do not deny it), for kinds
towards nothing; then bins are merged until the weights run one way.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from expansion_kit.candidates.evidence import woe_iv

MISSING, OTHER = "(missing)", "(other)"
_KIND_PRIOR, _MISSING_PRIOR = 5.0, 30.0  # prospects of the common share that are added to a bin


def cut(answers, *, most=8, least=0.05):
    """
    Where the known answers of a question are cut into bins.

    Parameters
    ----------
    answers : Series, shape (n_prospects,)
        Numbers, or anything else (kinds; booleans too).
    most : int
        Bins of a number, of about equally many prospects; equal numbers are never parted.
    least : float
        Share of the prospects below which a kind is put together with other rare ones.

    Returns
    -------
    dict
        {"floors": tuple of float} (from -inf up) or {"kinds": tuple of str}.

    Examples
    --------
    >>> cut(pd.Series([1, 2, 2, 3, 4, None]), most=2)
    {'floors': (-inf, 3.0)}
    >>> cut(pd.Series(["A"] * 9 + ["B"] * 9 + ["C"]), least=0.1)
    {'kinds': ('A', 'B', '(other)')}
    """
    known = answers.dropna()
    if pd.api.types.is_numeric_dtype(answers.dtype) and not pd.api.types.is_bool_dtype(answers.dtype):
        counts = known.astype(float).value_counts().sort_index()
        share, floors, held = len(known) / most, [-np.inf], 0
        for value, count in counts.items():
            if held >= share - 1e-9:
                floors, held = [*floors, float(value)], 0
            held += count
        too_small = len(floors) > 1 and held < share / 2
        return {"floors": tuple(floors[:-1] if too_small else floors)}
    counts = known.astype(str).value_counts()
    kinds = sorted(counts.index[counts >= least * len(answers)])
    return {"kinds": (*kinds, OTHER) if len(kinds) < len(counts) else tuple(kinds)}


def place(answers, cuts):
    """
    Bin of each answer.

    Parameters
    ----------
    answers : Series, shape (n_prospects,)
    cuts : dict
        As `cut` gives it.

    Returns
    -------
    Series, shape (n_prospects,)
        Place of the bin from 0 on; -1 where the answer is missing, -2 where it is a kind that is not among the bins.

    Examples
    --------
    >>> place(pd.Series([1, 3, None]), {"floors": (-np.inf, 3.0)}).tolist()
    [0, 1, -1]
    >>> place(pd.Series(["A", "Z"]), {"kinds": ("A", "B")}).tolist()
    [0, -2]
    """
    if "floors" in cuts:
        number = pd.to_numeric(answers).astype(float)
        bins = np.searchsorted(cuts["floors"], number.fillna(0).to_numpy(), side="right") - 1
    else:
        places = {kind: k for k, kind in enumerate(cuts["kinds"])}
        bins = answers.astype(str).map(places).fillna(places.get(OTHER, -2)).to_numpy(dtype=int)
    return pd.Series(np.where(answers.isna(), -1, bins), index=answers.index, name=answers.name)


def labels(cuts):
    """
    What the bins are called.

    >>> labels({"floors": (-np.inf, 3.0, 5.0)}), labels({"kinds": ("A", "B")})
    (['< 3', '3 – < 5', '≥ 5'], ['A', 'B'])
    """
    if "kinds" in cuts:
        return list(cuts["kinds"])
    ends = [f"{floor:,.10g}" for floor in cuts["floors"][1:]]
    if not ends:
        return ["all"]
    return [f"< {ends[0]}", *(f"{low} – < {high}" for low, high in zip(ends, ends[1:])), f"≥ {ends[-1]}"]


def weigh(answers, signed, *, most=8, least=0.05, smooth=True):
    """
    Cut a question into bins whose weights run one way, and weigh them.

    Parameters
    ----------
    answers : Series, shape (n_closed,)
        Of prospects whose outcome is known.
    signed : Series of bool, shape (n_closed,)
    most, least
        As in `cut`.
    smooth : bool
        False leaves the plain weight of evidence of the merged bins.

    Returns
    -------
    cuts : dict
        As `cut` gives it.
    bins : DataFrame
        Index `bin` (label): `floor` (numbers), `signed`, `lost`, `woe` and `iv` (of the counts as they are) and
        `weight` (what enters the card: log odds above those of all).

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley. Best, M. J. and Chakravarti, N. (1990). Active set algorithms for
    isotonic regression. Mathematical Programming 47, 425-439.

    Examples
    --------
    The textbook's bins:

    >>> years = pd.Series(np.repeat([1.0, 3.0, 5.0], [100, 120, 80]))
    >>> signed = pd.Series(np.repeat([1, 0, 1, 0, 1, 0], [40, 60, 90, 30, 70, 10]) == 1)
    >>> weigh(years, signed, smooth=False)[1]["weight"].round(6).to_dict()
    {'< 3': -1.098612, '3 – < 5': 0.405465, '≥ 5': 1.252763}
    """
    cuts = cut(answers, most=most, least=least)
    counts = _counts(place(answers, cuts), signed, len(labels(cuts)))
    if "floors" in cuts and not counts.sum().all():  # among those who answered all signed, or all were lost
        cuts, counts = {"floors": (-np.inf,)}, counts.sum().to_frame().T
    if "floors" in cuts and len(cuts["floors"]) > 1:
        weight, starts = _one_way(counts, signed.mean(), smooth)
        cuts = {"floors": tuple(np.array(cuts["floors"])[starts].tolist())}
        counts = _counts(place(answers, cuts), signed, len(starts))
    else:
        weight = _towards(counts, signed.mean(), _KIND_PRIOR)
    counts = counts.set_axis(labels(cuts)).assign(weight=weight, floor=cuts.get("floors", np.nan))
    if (absent := answers.isna()).any():  # a bin of its own; few of them say little
        missing = _counts(absent.astype(int) - 1, signed, 1)
        missing = missing.assign(weight=_towards(missing, signed.mean(), _MISSING_PRIOR), floor=np.nan)
        counts = pd.concat([counts, missing.set_axis([MISSING])])
    bins = woe_iv(counts["signed"], counts["lost"])
    bins = counts[["floor", "signed", "lost"]].join(bins).assign(weight=counts["weight"] if smooth else bins["woe"])
    return cuts, bins.rename_axis("bin")


def _counts(bins, signed, n_bins):
    known = (bins >= 0).to_numpy()
    each = [np.bincount(bins[known & side], minlength=n_bins).astype(float) for side in (signed, ~signed)]
    return pd.DataFrame(dict(zip(("signed", "lost"), each)))


def _logit(share):
    return np.log(share / (1 - share))


def _towards(counts, share, prior):
    """Log odds above those of all, with some prospects of the common share added to each bin."""
    signed, lost = counts["signed"] + prior * share, counts["lost"] + prior * (1 - share)
    return (np.log(signed / lost) - _logit(share)).to_numpy()


def _one_way(counts, common, smooth):
    """Weight of each bin after merging, and the first of the old bins in each of the new."""
    from sklearn.isotonic import IsotonicRegression

    whole = counts.sum(axis=1).to_numpy()
    signed = counts["signed"].to_numpy()
    raw = _smoothed(signed, whole) if smooth else signed / whole
    order = np.arange(len(raw))
    ways = [IsotonicRegression(increasing=up).fit(order, raw, whole).predict(order) for up in (True, False)]
    errors = [(whole * (fitted - raw) ** 2).sum() for fitted in ways]
    fitted = ways[int(np.argmin(errors))]
    starts = list(np.flatnonzero(np.r_[True, np.abs(np.diff(fitted)) > 1e-9]))
    if not smooth:  # plain evidence of a bin without any signed, or any lost, is arbitrary: such ends are merged
        for end, merged in ((0, 1), (-1, -1)):
            if len(starts) > 1 and min(fitted[end], 1 - fitted[end]) < 1e-9:
                del starts[merged]
    kept = np.clip(fitted[starts], 1e-6, 1 - 1e-6)
    return _logit(kept) - _logit(common), starts


def _smoothed(signed, whole):
    """
    Share of each bin, drawn towards a straight line of log odds in the bins' normal scores.

    How far is told by the bins themselves: by what they scatter around the line beyond chance (DerSimonian and Laird).
    """
    from sklearn.linear_model import LogisticRegression

    middle = (whole.cumsum() - whole / 2) / whole.sum()
    x = np.array([NormalDist().inv_cdf(share) for share in middle])[:, None]
    y, weight = np.repeat([1, 0], len(x)), np.r_[signed, whole - signed]
    line = LogisticRegression(C=1e3, tol=1e-8).fit(np.r_[x, x], y, sample_weight=weight).predict_proba(x)[:, 1]
    known = whole * line * (1 - line)
    beyond = ((signed - whole * line) ** 2 / known).sum() - max(len(x) - 2, 1)
    spread = max(0.0, beyond / (known.sum() - (known**2).sum() / known.sum()))
    own = _logit((signed + 0.5) / (whole + 1))
    return 1 / (1 + np.exp(-(_logit(line) + spread / (spread + 1 / known) * (own - _logit(line)))))
