"""The plan a planner hands in: which sites, in which order, at what cost, why not the others, and how sure it is."""

from itertools import combinations

import numpy as np
import pandas as pd

from expansion_kit.candidates.portfolio.coverage import cover_shares
from expansion_kit.candidates.portfolio.portfolio import best_singles, next_best, worth
from expansion_kit.candidates.portfolio.site_rules import addable, positions
from expansion_kit.words import say

EXACT = 10  # sites up to which all orders are compared
GAINS = {"huff": "net_gain", "cover": "weight_covered", "cover_all": "weight_covered", "median": "distance_saved"}
WHY_NOT = {
    "must_not": "portfolio.must_not",
    "cost_unknown": "portfolio.cost_unknown",
    "territory_unknown": "portfolio.territory_unknown",
    "place_unknown": "portfolio.place_unknown",
    "protected": "portfolio.protected",
    "spacing": "portfolio.spacing",
    "territory": "portfolio.territory",
    "budget": "portfolio.budget",
    "others": "portfolio.others",
}
"""Why a site is not in the set -> the key of the text for a reader."""


def opening_order(problem, rules, chosen, *, per_period=1):
    """
    In which order to open a chosen set, a number of sites a period.

    Up to ten sites: the order with the greatest sum, over periods, of what is open by then; above: always the sites
    that add most. Within a period the one that adds most comes first.

    Parameters
    ----------
    problem, rules : dict
        As in `choose_set`.
    chosen : sequence of ids
        The set.
    per_period : int
        Openings a period, at least 1.

    Returns
    -------
    DataFrame
        By site, in order: `order`, `period` (from 1), `gain` and `gain_so_far` (over today; the first is missing for a
        p-median without stores), `order_method` (`exact` or `greedy`).

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.coverage import cover_problem
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> km = pd.DataFrame({"A": [1.0, 9.0, 1.0], "B": [9.0, 1.0, 9.0]}, index=["Z1", "Z2", "Z3"])
    >>> problem = cover_problem(km, pd.Series({"Z1": 30, "Z2": 40, "Z3": 20}), 2.0)
    >>> opening_order(problem, site_rules(pd.DataFrame(index=["A", "B"])), ["A", "B"])["gain"].to_dict()
    {'A': 50.0, 'B': 40.0}
    """
    if per_period < 1 or int(per_period) != per_period:
        raise ValueError(f"per_period must be a whole number of at least 1, but is {per_period!r}")
    at = sorted(positions(rules, chosen).tolist())
    exact = len(at) <= EXACT
    periods = _best_order(problem, at, per_period) if exact else [at]
    held, rows = [], {}
    before = np.nan if problem["kind"] == "median" and not problem["open_today"] else worth(problem, [])
    base = before
    for group in periods:
        for _ in range(len(group)):
            best = max((k for k in group if k not in held), key=lambda k: (worth(problem, [*held, k]), -k))
            held.append(best)
            now = worth(problem, held)
            rows[rules["ids"][best]] = {"gain": now - before, "gain_so_far": now - base}
            before = now
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["gain", "gain_so_far"]).rename_axis("site_id")
    table.insert(0, "order", np.arange(1, len(table) + 1))
    table.insert(1, "period", (table["order"] - 1) // per_period + 1)
    return table.assign(order_method="exact" if exact else "greedy")


def site_plan(problem, rules, plan, *, per_period=1, drawn=None):
    """
    The table of `site_plan.csv`: the chosen sites in opening order, then all others with the reason.

    Parameters
    ----------
    problem, rules, plan : dict
        As from `choose_set` and before.
    per_period : int
        As in `opening_order`.
    drawn : DataFrame, optional
        As from `huff_draws.redrawn_choices`.

    Returns
    -------
    DataFrame
        By site: `chosen`, `order`, `period`, `cost`, `cost_so_far`, `budget_left`; `net_gain`, `net_gain_so_far` and
        `net_gain_alone` (for coverage `weight_covered`, for p-median `distance_saved`); `chosen_share` (of draws),
        `in_best_singles`, `in_next_best`, `why_not` (the key of a text), and of the set `proved`, `gap`, `method`,
        `order_method`.
    """
    order = opening_order(problem, rules, plan["chosen"], per_period=per_period)
    ids, at = rules["ids"], positions(rules, plan["chosen"])
    name, base = GAINS[problem["kind"]], worth(problem, [])
    rivals = next_best(problem, rules, plan)
    table = pd.DataFrame(index=ids.rename("site_id"))
    table["chosen"] = ids.isin(plan["chosen"])
    table["order"], table["period"] = order["order"].astype("Int64"), order["period"].astype("Int64")
    table["cost"] = np.nan if rules["cost"] is None else rules["cost"]
    table[name], table[f"{name}_so_far"] = order["gain"], order["gain_so_far"]
    alone = [worth(problem, [k]) - base for k in range(len(ids))]
    open_today = problem.get("open_today", True)
    table[f"{name}_alone"] = alone if open_today else np.nan
    table["chosen_share"] = np.nan if drawn is None else drawn.reindex(columns=ids).mean()
    table["in_best_singles"] = ids.isin(best_singles(problem, rules))
    table["in_next_best"] = ids.isin(rivals["sites"].iloc[-1] if len(rivals) else [])
    table["why_not"] = [WHY_NOT.get(key, "") for key in _reasons(rules, at)]
    table["proved"], table["gap"], table["method"] = plan["proved"], plan["gap"], plan["method"]
    table["order_method"] = order["order_method"].reindex(ids)
    table = table.sort_values(["order", f"{name}_alone"], ascending=[True, False], kind="stable")
    so_far = table["cost"].where(table["chosen"]).cumsum()
    table.insert(4, "cost_so_far", so_far)
    table.insert(5, "budget_left", np.nan if rules["budget"] is None else rules["budget"] - so_far)
    return table.fillna({"order_method": ""})


def plan_comparison(problem, rules, plan):
    """
    The chosen set beside the next best and beside just taking the best singles.

    Parameters
    ----------
    problem, rules, plan : dict
        As in `site_plan`.

    Returns
    -------
    DataFrame
        By `chosen`, `next_best` and `best_singles`: `sites` (tuple of ids), `count`, `gain` (over today; for a p-median
        without stores missing), `alone` (gains of the sites alone, added up), `cost`, `worse_by` (share of the chosen
        set's gain).
    """
    others = next_best(problem, rules, plan)
    sets = {"chosen": tuple(plan["chosen"]), "next_best": others["sites"].iloc[-1] if len(others) else None}
    sets["best_singles"] = tuple(sorted(best_singles(problem, rules)))
    base = worth(problem, []) if problem.get("open_today", True) else np.nan
    rows = {}
    for name, held in sets.items():
        if held is None:
            continue
        at = positions(rules, held).tolist()
        rows[name] = {
            "sites": held,
            "count": len(held),
            "gain": worth(problem, at) - base,
            "alone": sum(worth(problem, [k]) - base for k in at),
            "cost": np.nan if rules["cost"] is None else float(rules["cost"][at].sum()),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("plan")
    best = table.loc["chosen", "gain"]
    return table.assign(worse_by=1 - table["gain"] / best if best > 0 else np.nan)


def plan_text(problem, plan, lang):
    """
    What is proved about a plan, in a sentence for a reader; for coverage with zones and weight told apart.

    Parameters
    ----------
    problem, plan : dict
        As in `site_plan`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str
    """
    parts = []
    if problem["kind"] in ("cover", "cover_all"):
        at = problem["ids"].get_indexer(plan["chosen"])
        shares = cover_shares(problem, at)
        told = {name: shares[name] for name in ("zones", "zones_covered", "zones_left")}
        share, weight = f"{shares['zone_share']:.2%}", f"{shares['weight_share']:.2%}"
        parts.append(say("portfolio.covers", lang, share=share, weight=weight, **told))
    if plan["proved"]:
        parts.append(say("portfolio.proved", lang))
    else:
        parts.append(say("portfolio.gap", lang, gap=f"{plan['gap']:.1%}"))
    others = plan["others"]
    if others is not None and others["tied"].any():
        parts.append(say("portfolio.tied", lang, n=int(others["tied"].sum())))
    return ("" if lang == "zh" else " ").join(parts)


def _best_order(problem, at, per_period):
    """The groups of each period: by dynamic programming over the sets that can be open."""
    values, best, full = {}, {frozenset(): (0.0, ())}, frozenset(at)
    for _ in range(0, len(at), per_period):
        reached = {}
        for held, (total, groups) in best.items():
            left = sorted(full - held)
            for group in combinations(left, min(per_period, len(left))):
                now = held | set(group)
                if now not in values:
                    values[now] = worth(problem, sorted(now))
                sum_so_far = total + values[now]
                if now not in reached or sum_so_far > reached[now][0]:
                    reached[now] = (sum_so_far, (*groups, group))
        best = reached
    return best[full][1]


def _reasons(rules, at):
    """For each site why it is not in the set; empty for those that are."""
    for k in range(len(rules["ids"])):
        if k in at:
            yield ""
        elif not rules["allowed"][k]:
            yield rules["why_not"].iloc[k]
        else:
            yield next((name for name in ("spacing", "territory", "budget") if _only(rules, at, k, name)), "others")


def _only(rules, at, k, name):
    """Whether this rule alone keeps the site from joining the set."""
    part = {"spacing": ["near"], "territory": ["territory", "limits"], "budget": ["budget"]}[name]
    loose = {key: None for key in ("near", "territory", "limits", "budget") if key not in part}
    return not addable(rules | loose | {"count": len(rules["ids"])}, at)[k]
