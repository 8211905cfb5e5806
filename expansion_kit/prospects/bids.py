"""
Bids for one territory compared by a stated rule: the highest score wins, if it reaches the floor and nobody else does.

The weights and anchors below are a judgement; they are shown with every result and may be replaced.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.scoring import SAME, score

CRITERIA = {
    "openings_year": {"direction": "benefit", "unit": "store/year", "low": 0.0, "high": 6.0, "weight": 0.35},
    "deposit": {"direction": "benefit", "unit": "money", "low": 0.0, "high": 100_000.0, "weight": 0.20},
    "plan_present": {"direction": "benefit", "unit": "", "low": 0.0, "high": 1.0, "weight": 0.10},
    "prospect_score": {"direction": "benefit", "unit": "points", "low": 0.0, "high": 100.0, "weight": 0.35},
}
"""Deposit in yuan; a rule for another currency or brand has the same form."""

FLOOR = 50.0
RESULTS = ("won", "lost", "tie", "below_floor", "not_enough_known", "veto")


def compare_bids(bids, scores, *, criteria=None, veto=None, floor=FLOOR, min_coverage=0.6):
    """
    Each bid with its score, what it is made of, and what it comes to.

    Nothing missing is filled: what a bid does not state is listed, and the rest counts. Having no plan is known.

    Parameters
    ----------
    bids : DataFrame, shape (n_bids, ...)
        `bids` table: `prospect_id`, `territory_id`, and if there `openings_year`, `deposit`, `plan`.
    scores : Series
        Score of each prospect, 0 to 100, by `prospect_id`; who is not in it has none.
    criteria : DataFrame, optional
        The rule, as in `candidates.score.scoring`; `CRITERIA` unless stated.
    veto : Series of str, optional
        Reason that rules a prospect out, by `prospect_id`; empty or missing for none.
    floor : float
        Score below which nothing is awarded.
    min_coverage : float
        Least share of the rule's weight that must be known.

    Returns
    -------
    DataFrame, shape (n_bids, ...)
        Index `bid_id`, by territory and the best first: `territory_id`, `prospect_id`, the criteria, `score`, `rank` in
        the territory among those not ruled out (equal ones share the better rank), `result` (one of `RESULTS`),
        `coverage_pct`, `unknown`, `contribution_*` (points; they sum to the score). `.attrs`: `floor`.

    Examples
    --------
    >>> bids = pd.DataFrame(
    ...     {"prospect_id": ["P1", "P2"], "territory_id": "T1", "openings_year": [3.0, 6.0], "deposit": 5e4},
    ...     index=pd.Index(["B1", "B2"], name="bid_id"),
    ... )
    >>> compare_bids(bids, pd.Series({"P1": 60.0, "P2": 60.0}))[["score", "result"]].round(1).to_dict("list")
    {'score': [66.0, 48.5], 'result': ['won', 'below_floor']}
    """
    criteria = pd.DataFrame.from_dict(CRITERIA, orient="index") if criteria is None else criteria
    measures = bids.reindex(columns=["territory_id", "prospect_id", "openings_year", "deposit"])
    plan = bids.reindex(columns=["plan"])["plan"]
    measures["plan_present"] = (plan.notna() & (plan.astype(str).str.strip() != "")).astype(float)
    measures["prospect_score"] = measures["prospect_id"].map(scores).astype(float)
    scored = score(measures, criteria, min_coverage=min_coverage).drop(columns=["rank", "enough_known", "note"])
    table = measures.join(scored).rename_axis("bid_id")
    out = np.zeros(len(table), bool) if veto is None else (table["prospect_id"].map(veto).fillna("") != "").to_numpy()
    points = table["score"].mask(out).round(SAME)
    rank = points.groupby(table["territory_id"]).rank(ascending=False, method="min")
    table.insert(table.columns.get_loc("score") + 1, "rank", rank.astype("Int64"))
    firsts = (rank == 1).groupby(table["territory_id"]).transform("sum")
    cases = [out, points.isna(), points < floor, rank > 1, firsts > 1]
    names = ["veto", "not_enough_known", "below_floor", "lost", "tie"]
    table.insert(table.columns.get_loc("rank") + 1, "result", np.select(cases, names, "won"))
    order = pd.DataFrame({"territory": table["territory_id"], "rank": rank, "bid": table.index.astype(str)})
    table = table.loc[order.sort_values(["territory", "rank", "bid"], na_position="last").index]
    table.attrs["floor"] = floor
    return table


def awards(compared):
    """
    Who wins each territory, by how much, and why nobody where nobody does.

    Parameters
    ----------
    compared : DataFrame
        As `compare_bids` returns it.

    Returns
    -------
    DataFrame
        Index `territory_id`: `bids` (number), `winner` (prospect; missing where nothing is awarded), `bid_id`, `score`
        (of the best), `runner_up`, `margin` (points ahead of the next one not ruled out; missing without one), `why`
        (`won`, or `tie`, `below_floor`, `not_enough_known`, `veto`: why nothing is awarded), `tied` (prospects with
        the same best score, by |), `decided_by` (criterion that adds most to the margin; empty without a runner-up).

    Examples
    --------
    >>> bids = pd.DataFrame({"prospect_id": ["P1", "P2"], "territory_id": "T1", "openings_year": [6.0, 6.0]})
    >>> awards(compare_bids(bids, pd.Series({"P1": 80.0, "P2": 80.0})))[["winner", "why", "tied"]].to_dict("list")
    {'winner': [None], 'why': ['tie'], 'tied': ['P1|P2']}
    """
    rows = {territory: _award(of) for territory, of in compared.groupby("territory_id", sort=True)}
    columns = ["bids", "winner", "bid_id", "score", "runner_up", "margin", "why", "tied", "decided_by"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("territory_id")


def _award(of):
    ranked = of[of["rank"].notna()]
    told = {"bids": len(of), "winner": None, "bid_id": None, "score": np.nan, "runner_up": None, "margin": np.nan}
    told |= {"why": of["result"].iloc[0], "tied": "", "decided_by": ""}
    if ranked.empty:
        known = [result for result in ("not_enough_known", "veto") if (of["result"] == result).any()]
        return told | {"why": known[0]}
    first = ranked.iloc[0]
    told["score"] = first["score"]
    if len(ranked) > 1:
        second = ranked.iloc[1]
        told |= {"runner_up": second["prospect_id"], "margin": first["score"] - second["score"]}
        told["decided_by"] = _decided_by(first, second)
    if first["result"] == "tie":
        told["tied"] = "|".join(sorted(ranked.loc[ranked["rank"] == 1, "prospect_id"]))
        return told | {"runner_up": None, "margin": 0.0, "decided_by": ""}
    if first["result"] == "won":
        told |= {"winner": first["prospect_id"], "bid_id": first.name}
    return told


def _decided_by(first, second):
    parts = first.filter(like="contribution_").astype(float) - second.filter(like="contribution_").astype(float)
    return "" if parts.dropna().empty or parts.max() <= 0 else str(parts.idxmax()).removeprefix("contribution_")
