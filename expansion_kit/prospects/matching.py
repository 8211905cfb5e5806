"""
Which prospect for which site and territory: the plan with the most fit, in which no protected territory is given twice.

A prospect gets one territory, in it at most so many sites as their capacity says, and no more than their capital pays
for. A site goes to one prospect; so does a protected territory, and one that an active franchisee holds stays his.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.score.scoring import score

CRITERIA = {
    "wish": {"direction": "benefit", "unit": "", "low": 0.0, "high": 1.0, "weight": 0.30},
    "capital_ratio": {"direction": "benefit", "unit": "", "low": 1.0, "high": 2.5, "weight": 0.20},
    "retail_years": {"direction": "benefit", "unit": "year", "low": 0.0, "high": 6.0, "weight": 0.10},
    "home_km": {"direction": "cost", "unit": "km", "low": 0.0, "high": 15.0, "weight": 0.15},
    "prospect_score": {"direction": "benefit", "unit": "points", "low": 0.0, "high": 100.0, "weight": 0.25},
}
STORES_RUN = ((0, 1), (2, 2), (4, 3))  # from so many stores run so far, so many sites at once
REASONS = ("veto", "no_site", "owned", "capital", "low_fit", "others_fit_better")
_KEYS = ["prospect_id", "territory_id", "site_id"]


def capacity(prospects, *, steps=STORES_RUN):
    """
    How many sites a prospect may take at once, by the stores they have run; one where that is not known.

    Parameters
    ----------
    prospects : DataFrame
        With `stores_run` (may be absent).
    steps : sequence of (int, int)
        From so many stores run, so many sites; the first from 0.

    Returns
    -------
    Series of int
        `capacity`, on the prospects' index.

    Examples
    --------
    >>> capacity(pd.DataFrame({"stores_run": [None, 1, 2, 9]})).tolist()
    [1, 1, 2, 3]
    """
    floors, sites = zip(*steps)
    run = pd.to_numeric(prospects.reindex(columns=["stores_run"])["stores_run"]).fillna(0)
    place = np.searchsorted(floors, run, side="right") - 1
    return pd.Series(np.array(sites)[place], prospects.index, name="capacity")


def fits(prospects, sites, *, scores, budget=None, criteria=None, min_coverage=0.6):
    """
    How well each prospect fits each site, with every part of it.

    Parameters
    ----------
    prospects : GeoDataFrame or DataFrame
        `prospects` table; homes are points in metres where there is geometry. A missing answer stays missing.
    sites : GeoDataFrame or DataFrame
        `sites` in the same coordinates, with `territory_id`.
    scores : Series
        Score of each prospect, 0 to 100.
    budget : Series, optional
        Money to open each site.
    criteria : DataFrame, optional
        As in `candidates.score.scoring`; `CRITERIA` unless stated.
    min_coverage : float
        Least share of the weight that must be known for a fit.

    Returns
    -------
    DataFrame, shape (n_prospects x n_sites, ...)
        One row a pair, by id: `prospect_id`, `territory_id`, `site_id`, `fit` (0 to 100, to two decimals), `capital`,
        `budget`, the criteria (`wish` 1 where it is the territory wanted, `capital_ratio` capital / budget,
        `retail_years`, `home_km` in a straight line, `prospect_score`), `coverage_pct`, `unknown`, `contribution_*`.

    Raises
    ------
    ValueError
        If a site lies in no territory.
    """
    if sites["territory_id"].isna().any():
        raise ValueError(f"sites in no territory: {', '.join(map(str, sites.index[sites['territory_id'].isna()][:5]))}")
    criteria = pd.DataFrame.from_dict(CRITERIA, orient="index") if criteria is None else criteria
    people, places = prospects.sort_index(), sites.sort_index()
    who, where = (part.ravel() for part in np.indices((len(people), len(places))))
    known = people.reindex(columns=["territory_id", "capital", "retail_years"]).iloc[who].reset_index(drop=True)
    pairs = pd.DataFrame({"prospect_id": people.index[who], "site_id": places.index[where]})
    pairs["territory_id"] = places["territory_id"].to_numpy()[where]
    pairs["capital"] = known["capital"].astype(float)
    pairs["budget"] = np.nan if budget is None else budget.reindex(places.index).astype(float).to_numpy()[where]
    pairs["wish"] = (known["territory_id"] == pairs["territory_id"]).astype(float).where(known["territory_id"].notna())
    pairs["capital_ratio"] = pairs["capital"] / pairs["budget"].where(pairs["budget"] > 0)
    pairs["retail_years"] = known["retail_years"].astype(float)
    pairs["home_km"] = _km(people, places).ravel()
    pairs["prospect_score"] = pairs["prospect_id"].map(scores).astype(float)
    scored = score(pairs, criteria, min_coverage=min_coverage).drop(columns=["rank", "enough_known", "note"])
    pairs.insert(3, "fit", scored.pop("score").round(2))
    return pairs[[*_KEYS, *(name for name in pairs if name not in _KEYS)]].join(scored)


def match(pairs, *, capacity=None, owned=None, open_territories=(), veto=None, least_fit=30.0, second=True):
    """
    The assignment with the highest total fit; with what each would get if their site was gone.

    Solved as an integer program to proven optimality (HiGHS). Of several best plans it is the one that the solver finds
    with the pairs in the order of their ids, so the same for rows in any order.

    Parameters
    ----------
    pairs : DataFrame
        As `fits` returns it: `prospect_id`, `territory_id`, `site_id`, `fit`, `capital`, `budget`.
    capacity : Series of int, optional
        Sites that a prospect may take; 1 unless stated.
    owned : Series or dict, optional
        Territory -> the active franchisee who holds it; nobody else gets it.
    open_territories : collection of str
        Territories that are not protected: several prospects may have sites in them.
    veto : Series of str, optional
        Reason that rules a prospect out; empty or missing for none.
    least_fit : float
        Fit below which a pair is not made.
    second : bool
        Whether second choices are worked out (one more solution a match).

    Returns
    -------
    DataFrame
        One row a match, by prospect and site: the row of `pairs` (without ids in the index), and `second_site_id`,
        `second_territory_id`, `second_fit` (missing where they would get nothing new), `second_loss` (fit
        that the whole plan loses without this site). `.attrs`: `total` (fit), `unmatched` (dict: prospect
        -> one of `REASONS`).

    Raises
    ------
    ValueError
        If a pair stands twice, or a site in two territories.

    Examples
    --------
    >>> pairs = pd.DataFrame({"prospect_id": ["P1", "P1", "P2"], "territory_id": ["T1", "T2", "T1"],
    ...                       "site_id": ["A", "B", "A"], "fit": [80.0, 70.0, 60.0], "capital": 1.0, "budget": 1.0})
    >>> match(pairs)[["prospect_id", "site_id", "second_loss"]].to_dict("list")
    {'prospect_id': ['P1', 'P2'], 'site_id': ['B', 'A'], 'second_loss': [50.0, 60.0]}
    """
    pairs = _checked(pairs)
    limits = pd.Series(1, pairs["prospect_id"].unique()) if capacity is None else capacity
    ruled = _ruled_out(pairs, {} if owned is None else dict(owned), veto, least_fit)
    free = pairs[ruled == ""]
    shared = set(open_territories)
    bundles = _bundles(free[~free["territory_id"].isin(shared)], limits)
    made = free.loc[_plan(free, bundles, limits, shared)]
    total = made["fit"].sum()
    if second:
        made = made.join(_second(made, free, bundles, limits, shared))
    left = sorted(set(pairs["prospect_id"]) - set(made["prospect_id"]))
    reasons = {who: _why(ruled[pairs["prospect_id"] == who]) for who in left}
    made = made.reset_index(drop=True)
    made.attrs |= {"total": float(total), "unmatched": reasons}
    return made


def _km(people, places):
    """Kilometres between homes and sites; missing where a place is not known."""
    from shapely import get_x, get_y

    def xy(table):
        shapes = np.asarray(table.geometry if hasattr(table, "geometry") else [None] * len(table), dtype=object)
        return np.c_[get_x(shapes), get_y(shapes)]

    homes, there = xy(people), xy(places)
    return np.hypot(*(homes[:, None] - there[None]).transpose(2, 0, 1)) / 1000


def _checked(pairs):
    if pairs.duplicated(["prospect_id", "site_id"]).any():
        raise ValueError("a prospect and a site stand together twice")
    if (pairs.groupby("site_id")["territory_id"].nunique(dropna=False) != 1).any():
        raise ValueError("a site lies in two territories")
    return pairs.sort_values(["prospect_id", "site_id"], ignore_index=True)


def _ruled_out(pairs, owned, veto, least_fit):
    """Why a pair cannot be made, or an empty text."""
    vetoed = pairs["prospect_id"].map({} if veto is None else veto).fillna("") != ""
    holder = pairs["territory_id"].map(owned)
    cases = {
        "veto": vetoed,
        "owned": holder.notna() & (holder != pairs["prospect_id"]),
        "capital": pairs["capital"] < pairs["budget"],
        "low_fit": ~(pairs["fit"] >= least_fit),
    }
    return pd.Series(np.select(list(cases.values()), list(cases), ""), pairs.index, dtype=object)


def _why(ruled):
    """Why a prospect has no match: what rules out most of the sites nobody else holds, or others who fit better."""
    if (ruled == "").any():
        return "others_fit_better"
    if ruled.empty:
        return "no_site"
    free = ruled[ruled != "owned"]
    counts = (free if len(free) else ruled).value_counts()
    return min(counts.index[counts == counts.max()], key=REASONS.index)


def _bundles(pairs, limits):
    """The best sites of each prospect in each territory, as rows of `pairs`: what they would take if it was theirs."""
    cost = (pairs["budget"] / pairs["capital"]).replace(np.inf, np.nan).fillna(0.0)
    order = pairs.assign(cost=cost).sort_values(["fit", "site_id"], ascending=[False, True])
    return {
        key: tuple(of.index[list(_bundle(of["fit"].tolist(), of["cost"].tolist(), int(limits.get(key[0], 1))))])
        for key, of in order.groupby(["prospect_id", "territory_id"], sort=True)
    }


def _bundle(fit, cost, room):
    """Places of the sites with the highest total fit: at most `room`, costs at most 1; fits come in falling order."""
    best, chosen = 0.0, ()

    def go(place, left, money, total, taken):
        nonlocal best, chosen
        if total > best + 1e-9:
            best, chosen = total, taken
        for at in range(place, len(fit)):
            if not left or total + sum(fit[at : at + left]) <= best + 1e-9:
                return
            if cost[at] <= money + 1e-12:
                go(at + 1, left - 1, money - cost[at], total + fit[at], (*taken, at))

    go(0, room, 1.0, 0.0, ())
    return chosen


def _plan(pairs, bundles, limits, shared):
    """
    Rows of the plan with the highest total fit.

    Variables: a protected territory with its best sites to a prospect; a pair in an open territory; a prospect in an
    open territory. The first alone are an assignment problem, which the relaxed program solves in whole numbers.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    opened = pairs[pairs["territory_id"].isin(shared)]
    given = [key for key, rows in bundles.items() if rows and key[1] not in shared]
    if not given and opened.empty:
        return []
    pair = ["prospect_id", "territory_id"]
    holds, held = opened.groupby(pair, sort=False).ngroup().to_numpy(), opened[pair].drop_duplicates()
    k, n, m = len(given), len(opened), len(held)
    people, territories = ([key[place] for key in given] for place in (0, 1))
    room = limits.reindex(opened["prospect_id"].unique()).fillna(1).to_numpy(float)
    cost = (opened["budget"] / opened["capital"]).replace(np.inf, np.nan).fillna(0.0)
    x, size = k + np.arange(n), k + n + m
    who = [*people, *held["prospect_id"]]
    limited = [
        (_sums(who, np.r_[np.arange(k), k + n + np.arange(m)], size), 1.0),
        (_sums(territories, np.arange(k), size), 1.0),
        (_sums(opened["site_id"], x, size), 1.0),
        (_sums(opened["prospect_id"], x, size), room),
        (_sums(opened["prospect_id"], x, size, cost), 1.0),
        (_sums(np.arange(n), x, size) - _sums(np.arange(n), k + n + holds, size), 0.0),
    ]
    won = [pairs["fit"].loc[list(bundles[key])].sum() for key in given]
    found = milp(
        -np.r_[won, opened["fit"], np.zeros(m)],
        integrality=np.ones(size),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(rows, -np.inf, most) for rows, most in limited if rows.shape[0]],
        options={"mip_rel_gap": 0.0},
    )
    if not found.success:
        raise RuntimeError(f"no plan was proved best: {found.message}")
    taken = found.x > 0.5
    return sorted([row for key in np.flatnonzero(taken[:k]) for row in bundles[given[key]]] + [*opened.index[taken[x]]])


def _sums(groups, columns, size, weights=1.0):
    """Sums over groups of variables: a row a group, a column a variable."""
    from scipy.sparse import csr_array

    codes, names = pd.factorize(pd.Index(groups))
    return csr_array((np.broadcast_to(weights, len(codes)), (codes, columns)), (len(names), size))


def _second(made, free, bundles, limits, shared):
    """What a prospect gets if a site of theirs is gone, and what the whole plan loses by it."""
    rows, total = {}, made["fit"].sum()
    for row, gone in zip(made.index, made["site_id"]):
        left = free[free["site_id"] != gone]
        changed = [key for key, kept in bundles.items() if gone in free.loc[list(kept), "site_id"].tolist()]
        again = left.set_index(["prospect_id", "territory_id"]).index.isin(changed)
        lacking = dict.fromkeys(changed, ())
        others = left.loc[_plan(left, bundles | lacking | _bundles(left[again], limits), limits, shared)]
        own = others[others["prospect_id"] == made.at[row, "prospect_id"]]
        new = own[~own["site_id"].isin(made["site_id"][made["prospect_id"] == made.at[row, "prospect_id"]])]
        best = new.sort_values(["fit", "site_id"], ascending=[False, True]).head(1)
        told = best[["site_id", "territory_id", "fit"]].to_numpy(object).ravel().tolist() or [None, None, np.nan]
        rows[row] = [*told, round(total - others["fit"].sum(), 2)]
    names = ["second_site_id", "second_territory_id", "second_fit", "second_loss"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    return table.astype({"second_fit": float, "second_loss": float})
