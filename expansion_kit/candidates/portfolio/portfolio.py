"""
Which set of sites to choose: one door to net Huff capture, coverage and p-median, each with a proven bound.

    problem = huff_problem(zones, stores, sites, model.at_level(demand), **model.options())
    rules = site_rules(sites, count=5, spacing=500)
    plan = choose_set(problem, rules)

Every plan carries `bound` (what no set under the rules can pass), `gap` (how far the plan is from it) and `proved`.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.portfolio.coverage import cover_value, max_cover, set_cover
from expansion_kit.candidates.portfolio.huff_exact import huff_exact
from expansion_kit.candidates.portfolio.huff_portfolio import SAME, huff_bound, huff_set, huff_value
from expansion_kit.candidates.portfolio.p_median import median_set, median_value
from expansion_kit.candidates.portfolio.p_median_bound import nested_radius
from expansion_kit.candidates.portfolio.site_rules import addable, broken, positions

VALUES = {"huff": huff_value, "cover": cover_value, "cover_all": cover_value, "median": median_value}
FEWER = {"cover_all", "median"}  # where a smaller value is better
TIES = 10  # sets that are looked for beside the best, where each costs a solver's run


def choose_set(problem, rules, *, restarts=20, seed=0, seconds=30.0, work=2e8):
    """
    The best set of sites under the rules, with what is proved about it.

    Parameters
    ----------
    problem : dict
        As from `huff_problem`, `cover_problem` or `median_problem`.
    rules : dict
        As from `site_rules`, for the same sites.
    restarts, seed : int
        Of the interchange (net capture, p-median).
    seconds : float
        Time limit of the solver (coverage, p-median). A limit that is reached leaves a gap, and a plan that another
        machine may not give again.
    work : float
        Pairs of zone and site that the proof of a net capture may look at; no clock, the same anywhere.

    Returns
    -------
    dict
        `chosen` (ids, sorted), `value`, `bound`, `gap` (share of the value), `proved`, `method`, `status`, and
        `others`: DataFrame of the sets next in line, where they were found on the way, else None (see `next_best`).

    Raises
    ------
    ValueError
        If problem and rules are of different sites, or nothing limits the choice.

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.coverage import cover_problem
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> km = pd.DataFrame({"A": [1.0, 9.0, 1.0], "B": [9.0, 1.0, 9.0]}, index=["Z1", "Z2", "Z3"])
    >>> problem = cover_problem(km, pd.Series({"Z1": 30, "Z2": 40, "Z3": 20}), 2.0)
    >>> plan = choose_set(problem, site_rules(pd.DataFrame(index=["A", "B"]), count=1))
    >>> plan["chosen"], plan["value"], plan["proved"]
    (['A'], 50.0, True)
    """
    _check(problem, rules)
    if problem["kind"] == "huff":
        found = _net_capture(problem, rules, restarts, seed, work)
    elif problem["kind"] == "median":
        found = median_set(problem, rules, restarts=restarts, seed=seed, seconds=seconds)
    elif problem["kind"] == "cover":
        found = max_cover(problem, rules, seconds=seconds)
    else:
        found = set_cover(problem, rules, seconds=seconds)
    at = found.pop("at")
    assert_kept(rules, rules["ids"][at])
    value, bound = found["value"], found["bound"]
    gap = 0.0 if found["proved"] else abs(bound - value) / abs(value) if value else np.inf
    return {"kind": problem["kind"], "chosen": list(rules["ids"][at]), **found, "gap": gap} | {
        "others": found.get("others")
    }


def next_best(problem, rules, plan, *, seconds=30.0):
    """
    The sets next in line: all that are tied with the plan, and the best that is not.

    Parameters
    ----------
    problem, rules : dict
        As in `choose_set`.
    plan : dict
        As from `choose_set`.
    seconds : float
        Time limit of each solver's run (coverage, p-median).

    Returns
    -------
    DataFrame
        By `rank` (2 is next to the plan): `sites` (tuple of ids), `value`, `difference` (share of the plan's value by
        which it is worse), `tied` (within 1e-9) and `proved` (whether no other set lies between). Empty where the rules
        leave no other set.

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.coverage import cover_problem
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> km = pd.DataFrame({"A": [1.0, 9.0, 1.0], "B": [9.0, 1.0, 9.0]}, index=["Z1", "Z2", "Z3"])
    >>> problem = cover_problem(km, pd.Series({"Z1": 30, "Z2": 40, "Z3": 20}), 2.0)
    >>> rules = site_rules(pd.DataFrame(index=["A", "B"]), count=1)
    >>> next_best(problem, rules, choose_set(problem, rules)).loc[2, "sites"]
    ('B',)
    """
    _check(problem, rules)
    if plan["others"] is not None:
        return plan["others"]
    solve = {"cover": max_cover, "cover_all": set_cover, "median": _median_without}[problem["kind"]]
    without, rows = [positions(rules, plan["chosen"]).tolist()], []
    while len(rows) <= TIES and (found := solve(problem, rules, without=without, seconds=seconds)) is not None:
        rows.append((tuple(rules["ids"][found["at"]]), found["value"], found["proved"]))
        without.append(found["at"])
        if abs(found["value"] - plan["value"]) > SAME * abs(plan["value"]):
            break
    return _listed(rows, plan["value"])


def best_singles(problem, rules):
    """
    What one would take without looking at the set: the sites best alone, one after the other, as the rules allow.

    Parameters
    ----------
    problem, rules : dict
        As in `choose_set`.

    Returns
    -------
    list of ids
        The best first.

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.coverage import cover_problem
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> km = pd.DataFrame({"A": [1.0, 1.0, 9.0], "B": [1.0, 1.0, 9.0], "C": [9.0, 9.0, 1.0]}, index=["Z1", "Z2", "Z3"])
    >>> problem = cover_problem(km, pd.Series({"Z1": 30, "Z2": 40, "Z3": 20}), 2.0)
    >>> best_singles(problem, site_rules(pd.DataFrame(index=["A", "B", "C"]), count=2))
    ['A', 'B']
    """
    _check(problem, rules)
    alone = np.array([worth(problem, [k]) for k in range(len(rules["ids"]))])
    at = [int(k) for k in np.flatnonzero(rules["must"])]
    while (able := addable(rules, at)).any():
        at.append(int(np.where(able, alone, -np.inf).argmax()))
    return list(rules["ids"][at])


def gain_curve(problem, rules, most, **options):
    """
    What each further site brings: the best set of 1, 2, ... sites, beside the best singles.

    Parameters
    ----------
    problem, rules : dict
        As in `choose_set`; net capture or maximal cover.
    most : int
        Sites at most.
    **options
        As in `choose_set`.

    Returns
    -------
    DataFrame
        By `count`: `best_set`, `best_singles` (value of these sites together), `alone` (their values alone, added up),
        `bound` and `proved`.

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.coverage import cover_problem
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> km = pd.DataFrame({"A": [1.0, 1.0, 9.0], "B": [1.0, 1.0, 9.0], "C": [9.0, 9.0, 1.0]}, index=["Z1", "Z2", "Z3"])
    >>> problem = cover_problem(km, pd.Series({"Z1": 30, "Z2": 40, "Z3": 20}), 2.0)
    >>> gain_curve(problem, site_rules(pd.DataFrame(index=["A", "B", "C"])), 2)["best_set"].tolist()
    [70.0, 90.0]
    """
    if problem["kind"] in FEWER:
        raise ValueError("the curve is of net capture or of maximal cover")
    rows, base = {}, worth(problem, [])
    for count in range(max(1, int(rules["must"].sum())), min(most, rules["count"]) + 1):
        under = rules | {"count": count}
        plan = choose_set(problem, under, **options)
        singles = positions(rules, best_singles(problem, under))
        rows[count] = {
            "best_set": plan["value"],
            "best_singles": worth(problem, singles),
            "alone": base + sum(worth(problem, [k]) - base for k in singles),
            "bound": plan["bound"],
            "proved": plan["proved"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("count")


def worth(problem, at):
    """Value of a set, greater is better: net gain, weight covered, or less weighted distance."""
    if problem["kind"] == "cover_all":
        return cover_value(problem | {"kind": "cover"}, at)
    return -median_value(problem, at) if problem["kind"] == "median" else VALUES[problem["kind"]](problem, at)


def assert_kept(rules, chosen):
    """Refuse to hand out a set that breaks a rule."""
    wrong = broken(rules, chosen)
    if wrong:
        raise RuntimeError(f"the set found breaks the rules {', '.join(wrong)}: this is a fault of the program")


def _check(problem, rules):
    if not problem["ids"].equals(rules["ids"]):
        odd = problem["ids"].symmetric_difference(rules["ids"])
        raise ValueError(f"problem and rules must be of the same sites, but only one of them has {odd[0]!r}")


def _net_capture(problem, rules, restarts, seed, work):
    at, value = huff_set(problem, rules, restarts=restarts, seed=seed)
    sets, bound, complete = huff_exact(problem, rules, at, work=work)
    value, at = max(sets[0][0], value), list(sets[0][1])
    if not complete:
        bound = max(value, min(bound, huff_bound(problem, rules, at)))
    proved = bound <= value * (1 + SAME)
    others = _listed([(tuple(rules["ids"][list(held)]), worth, complete) for worth, held in sets[1:]], value)
    return {
        "at": at,
        "value": value,
        "bound": value if proved else bound,
        "proved": proved,
        "method": "branch and bound" if complete else "greedy + interchange, Frank-Wolfe bound",
        "status": "optimal" if proved else "work limit",
        "others": others,
    }


def _median_without(problem, rules, *, without, seconds):
    at, bound, status = nested_radius(problem, rules, without=without, seconds=seconds)
    if at is None:
        return None
    value = median_value(problem, at)
    return {"at": at, "value": value, "proved": status == "optimal" and bound >= value * (1 - 1e-6)}


def _listed(rows, value):
    table = pd.DataFrame(rows, columns=["sites", "value", "proved"], index=pd.RangeIndex(2, len(rows) + 2, name="rank"))
    table["value"] = table["value"].astype(float)
    table["difference"] = (table["value"] - value).abs() / abs(value) if value else np.nan
    table["tied"] = (table["value"] - value).abs() <= SAME * abs(value)
    return table[["sites", "value", "difference", "tied", "proved"]]
