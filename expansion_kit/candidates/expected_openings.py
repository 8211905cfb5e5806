"""
Openings to be expected from the prospects under way, by month and territory: chance of signing times time to opening.

The chance comes from the outcomes so far. The time does not: the table of prospects keeps no history of its stages, so
the usual days of the stages (stated, or measured by `conversion.stage_times`) stand in for it, each stay spread around
them. Whoever has stood at a stage for long is not taken for overdue: the rest of the stay is drawn given that it lasts.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.pipeline import days_in_stage, under_way
from expansion_kit.candidates.stages import stage_of, stage_table

SPREAD = 0.6
"""Standard deviation of the log of a stay: half of all stays last between 0.67 and 1.5 times their median (assumed)."""


def opening_chances(prospects, *, as_of, stages=None, signing=None, draws=2000, seed=0, longest=365):
    """
    Chance that each prospect under way opens, and in how many days from now if it does.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        `prospects` table, closed ones included: the chance is learnt from them.
    as_of : str or Timestamp
        Day of the look.
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`; its `usual_days` are the mean stays.
    signing : Series, optional
        Chance of signing of each prospect at the enquiry, as `Scorecard.predict_proba` gives it; the common share
        where it is missing. Having come so far raises it by the odds that the lost ones came so far.
    draws, seed : int
        Simulated futures, and the seed of their random numbers.
    longest : float
        Days at a stage beyond which a prospect is left out, as asleep.

    Returns
    -------
    DataFrame
        Index as in `prospects`: `stage`, `chance` (0 to 1; 1 once signed: that all who sign open is assumed),
        `days_p10`, `days_p50`, `days_p90`, `asleep` (True: left out, chance missing).

    Raises
    ------
    ValueError
        If no outcome is known, or a stage before the opening has no `usual_days`.

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": ["visit", "review", "enquiry", "training"],
    ...     "outcome": [None, "signed", "lost", "signed"], "stage_since": pd.Timestamp("2026-10-21")})
    >>> opening_chances(prospects, as_of="2026-10-31")["chance"].round(2).tolist()
    [0.96, 1.0]
    """
    table = stage_table(stages)
    opens, days, going = _simulated(prospects, table, as_of, signing, draws, seed, longest)
    made = pd.DataFrame({"stage": stage_of(going, table), "chance": opens.mean(axis=0)}, index=going.index)
    for share in (10, 50, 90):
        made[f"days_p{share}"] = np.percentile(days, share, axis=0) if len(going) else np.nan
    asleep = days_in_stage(going, as_of=as_of) > longest
    made.loc[asleep, made.columns[1:]] = np.nan
    return made.assign(asleep=asleep).reindex([key for key in prospects.index if key in made.index])


def expected_openings(
    prospects,
    *,
    as_of,
    stages=None,
    signing=None,
    by="territory_id",
    months=12,
    level=0.8,
    draws=2000,
    seed=0,
    longest=365,
):
    """
    Openings to be expected each month, by territory, with an interval.

    Parameters
    ----------
    prospects, as_of, stages, signing, draws, seed, longest
        As in `opening_chances`.
    by : str or None
        Column of the groups; None for all together. Prospects without one are a group of their own (missing).
    months : int
        Months shown, from that of `as_of` on.
    level : float
        Confidence of the intervals: chance of each prospect, what is not known of the rates, and time.

    Returns
    -------
    DataFrame
        Index (`by`,) `month` (`2026-11`): `expected`, `low` and `high` (openings). Intervals of months do not add up;
        the last row of a group, month `later`, holds what falls behind the months shown.

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": ["training", "enquiry"], "outcome": ["signed", "lost"],
    ...     "stage_since": pd.Timestamp("2026-10-21"), "territory_id": "T1"})
    >>> expected_openings(prospects, as_of="2026-10-31", months=2)["expected"].round(2).tolist()
    [0.09, 0.88, 0.03]
    """
    table = stage_table(stages)
    opens, days, going = _simulated(prospects, table, as_of, signing, draws, seed, longest)
    start = pd.Timestamp(as_of)
    ends = [(start.to_period("M") + k).end_time.normalize() for k in range(months)]
    month = np.searchsorted([(end - start).days for end in ends], np.floor(days), side="left")
    labels = [str(end.to_period("M")) for end in ends] + ["later"]
    groups = going[by] if by is not None else pd.Series("all", index=going.index)
    code, names = pd.factorize(groups, sort=True, use_na_sentinel=False)
    cell = code * (months + 1) + month
    size = len(names) * (months + 1)
    row = np.arange(len(opens))[:, None] * size + cell
    counts = np.bincount(row[opens], minlength=len(opens) * size).reshape(len(opens), size)
    low, high = np.percentile(counts, [50 - 50 * level, 50 + 50 * level], axis=0) if size else ([], [])
    index = pd.MultiIndex.from_product([names, labels], names=[by or "all", "month"])
    made = pd.DataFrame({"expected": counts.mean(axis=0), "low": low, "high": high}, index=index)
    return made if by is not None else made.droplevel(0)


def _simulated(prospects, table, as_of, signing, draws, seed, longest):
    """Whether (draws x prospects, bool) and in how many days each opens; those under way, in the order of their ids."""
    places = dict(zip(table.index, range(len(table))))
    signs, opening = int(np.argmax(table["signs"])), int(np.argmax(table["opens"]))
    if table["usual_days"].iloc[:opening].isna().any():
        raise ValueError(
            f"stages without usual_days: {', '.join(table.index[:opening][table['usual_days'][:opening].isna()])}"
        )
    draw = np.random.default_rng(seed)
    outcome, place = prospects["outcome"].astype(object), stage_of(prospects, table).map(places)
    weights = _weights(outcome, place, signs, draw, draws)
    going = prospects[under_way(prospects, stages=table)].sort_index(kind="stable")
    at, signed = place[going.index].to_numpy(dtype=int), (outcome[going.index] == "signed").to_numpy()
    so_far = days_in_stage(going, as_of=as_of)
    own = pd.Series(np.nan, index=going.index) if signing is None else signing.reindex(going.index)
    chance = np.where(signed | (at > signs), 1.0, _chance(weights, np.minimum(at, signs), own.to_numpy(dtype=float)))
    opens = (draw.random(chance.shape) < chance) & ~(so_far > longest).to_numpy()
    return (
        opens,
        _days_left(at, so_far.fillna(0).to_numpy(), table["usual_days"].to_numpy(), opening, draw, draws),
        going,
    )


def _weights(outcome, place, signs, draw, draws):
    """Drawn shares of the closed: lost at each stage up to the contract, and (last) signed; prior: one prospect."""
    lost = np.bincount(np.minimum(place[outcome == "lost"], signs + 1), minlength=signs + 2)
    lost[-1] += (outcome == "signed").sum()  # lost after the contract: signed all the same
    if not lost.sum():
        raise ValueError("no outcome is known: nothing to learn the chance of signing from")
    prior = np.append(np.full(signs + 1, 0.5 / (signs + 1)), 0.5)
    return np.maximum(draw.dirichlet(lost + prior, size=draws), 1e-12)


def _chance(weights, at, own):
    """Chance of signing for who has come to a stage; odds of its own are divided by the share of the lost that came."""
    signed, lost = weights[:, -1:], weights[:, :-1]
    came = lost[:, ::-1].cumsum(axis=1)[:, ::-1]
    odds = np.where(np.isnan(own), signed / came[:, :1], own / np.maximum(1 - own, 1e-12))
    return odds / (odds + came[:, at] / came[:, :1])


def _days_left(at, so_far, usual, opening, draw, draws):
    """Days until the opening: the rest of the present stay, given that it lasts already, and all stays after it."""
    from scipy.special import log_ndtr, ndtri_exp

    middle = np.log(np.maximum(usual[:opening], 0.5)) - SPREAD**2 / 2  # of a log-normal with this mean
    with np.errstate(divide="ignore"):
        z = (np.log(so_far) - middle[at]) / SPREAD
    beyond = ndtri_exp(log_ndtr(-z) + np.log(draw.random((draws, len(at)))))  # upper tail, also far out
    days = np.exp(middle[at] - SPREAD * beyond) - so_far
    stays = np.exp(middle + SPREAD * draw.standard_normal((draws, len(at), opening)))
    return days + (stays * (np.arange(opening) > at[:, None])).sum(axis=2)
