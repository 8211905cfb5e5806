"""
What a set of sites must keep to: number, budget, sites a territory, spacing, protection, must-have and must-not.

Every rule but the must-haves stays kept when a site is taken out of a set. So a set exists if the must-haves alone fit.
"""

import numpy as np
import pandas as pd

from expansion_kit import geo

SLACK = 1e-9  # of a budget: sums of floats that should be equal


def site_rules(
    sites,
    *,
    count=None,
    budget=None,
    cost=None,
    per_territory=None,
    spacing=None,
    protected=None,
    stores=None,
    must=(),
    must_not=(),
):
    """
    The rules for a set of sites, checked: sites that no set may hold are marked with the reason.

    Parameters
    ----------
    sites : GeoDataFrame, shape (n_sites,)
        Candidates by site_id; in metres where `spacing` or `protected` is given, with `territory_id` where
        `per_territory` is.
    count : int, optional
        Most sites to choose.
    budget : float, optional
        Most that the chosen sites may cost together, money.
    cost : Series, optional
        Money by site; needed for a budget. A site of unknown cost cannot be chosen under a budget.
    per_territory : int or dict, optional
        Most sites in each territory; in a dict by territory_id (territories not named have no limit).
    spacing : float, optional
        Least metres between two chosen sites, straight line.
    protected : float, optional
        Metres around each own store within which nothing may be chosen, straight line.
    stores : GeoDataFrame, optional
        Existing stores with `own` (bool), in the sites' reference system; needed for `protected`.
    must, must_not : sequence of ids
        Sites that are in any set, and in none.

    Returns
    -------
    dict
        `ids` (Index, sorted: nothing depends on the order of rows), `allowed` and `must` (bool arrays), `why_not`
        (Series, a key such as `protected`, or empty), `count`, `cost`, `budget`, `territory` (code), `limits`
        and `homes` (by code), `near` (pairs too near to each other), `plain` (whether only the count limits a set).

    Raises
    ------
    ValueError
        If rules are incomplete, the must-haves break them (every rule they break is named), or no site can be chosen.

    Examples
    --------
    >>> sites = pd.DataFrame({"territory_id": ["T1", "T1", "T2"]}, index=["A", "B", "C"])
    >>> rules = site_rules(sites, count=2, per_territory=1, must_not=["C"])
    >>> rules["why_not"].to_dict()
    {'A': '', 'B': '', 'C': 'must_not'}
    >>> site_rules(sites, count=2, per_territory=1, must=["A", "B"])
    Traceback (most recent call last):
    ValueError: the must-have sites break 1 rule: territory T1 may have 1, but A, B are must-haves there
    """
    sites = _checked(sites, (count, budget), cost, {"must": must, "must_not": must_not})
    place = sites.geometry.notna() if spacing or protected else None
    why = pd.Series("", index=sites.index, dtype=object, name="why_not")
    why[list(must_not)] = "must_not"
    rules = {
        "ids": sites.index,
        "must": sites.index.isin(list(must)),
        "count": len(sites) if count is None else int(count),
        "cost": None if cost is None else cost.reindex(sites.index).to_numpy(dtype=float),
        "budget": budget,
    }
    if budget is not None:
        why[(why == "") & ~(rules["cost"] >= 0)] = "cost_unknown"
    rules |= _territories(sites, per_territory, why)
    if place is not None:
        why[(why == "") & ~place] = "place_unknown"
    if protected:
        why[(why == "") & _protected(sites, stores, protected)] = "protected"
    rules["near"] = _near(sites, spacing) if spacing else None
    rules |= {"why_not": why, "allowed": (why == "").to_numpy(), "plain": budget is None and per_territory is None}
    rules["plain"] &= not spacing
    faults = _faults(rules)
    if faults:
        plural = "rule" if len(faults) == 1 else "rules"
        raise ValueError(f"the must-have sites break {len(faults)} {plural}: {'; '.join(faults)}")
    if not addable(rules, np.flatnonzero(rules["must"])).any() and not rules["must"].any():
        raise ValueError(f"no site can be chosen: {_nothing(rules)}")
    return rules


def broken(rules, chosen):
    """
    The rules that a set breaks.

    Parameters
    ----------
    rules : dict
        As from `site_rules`.
    chosen : sequence of ids

    Returns
    -------
    list of str
        Of `must`, `allowed`, `count`, `budget`, `territory`, `spacing`; empty where all are kept.

    Examples
    --------
    >>> rules = site_rules(pd.DataFrame(index=["A", "B"]), count=1)
    >>> broken(rules, ["A", "B"])
    ['count']
    """
    at = positions(rules, chosen)
    held = np.zeros(len(rules["ids"]), dtype=bool)
    held[at] = True
    found = {
        "must": (rules["must"] & ~held).any(),
        "allowed": (held & ~rules["allowed"]).any(),
        "count": held.sum() > rules["count"],
        "budget": rules["budget"] is not None and spent(rules, at) > _purse(rules),
        "territory": rules["territory"] is not None and (_filled(rules, at) > rules["limits"]).any(),
        "spacing": rules["near"] is not None and rules["near"][np.ix_(at, at)].any(),
    }
    return [name for name, wrong in found.items() if wrong]


def positions(rules, chosen):
    """Places of sites in `rules["ids"]`, as an array of int."""
    at = rules["ids"].get_indexer(list(chosen))
    if (at < 0).any():
        raise ValueError(f"unknown site {list(chosen)[int((at < 0).argmax())]!r}")
    return at


def conflicts(sites, stores, *, protected, spacing):
    """
    Who stands too near to each site: own stores within the protected radius, other candidates within the spacing.

    Parameters
    ----------
    sites, stores : GeoDataFrame
        Points in metres; stores with `own` (bool).
    protected, spacing : float
        Metres, straight line.

    Returns
    -------
    DataFrame
        `site_id`, `kind` (`store` or `site`), `with_id`, `metres`; by site, the nearest first.

    Examples
    --------
    >>> import geopandas as gpd
    >>> points = gpd.points_from_xy([0, 300, 900], [0, 0, 0])
    >>> sites = gpd.GeoDataFrame(geometry=points, index=["P1", "P2", "P3"], crs=32650)
    >>> stores = gpd.GeoDataFrame({"own": [True]}, geometry=points[2:], index=["S1"], crs=32650)
    >>> conflicts(sites, stores, protected=150, spacing=500).values.tolist()
    [['P1', 'site', 'P2', 300.0], ['P2', 'site', 'P1', 300.0], ['P3', 'store', 'S1', 0.0]]
    """
    own, found = stores[stores["own"].astype(bool)], []
    for kind, others, radius in (("store", own, protected), ("site", sites, spacing)):
        metres = geo.distances(sites.geometry, others.geometry)
        for a, b in np.argwhere(metres < radius):
            if kind == "store" or sites.index[a] != others.index[b]:
                found.append((sites.index[a], kind, others.index[b], float(metres[a, b])))
    table = pd.DataFrame(found, columns=["site_id", "kind", "with_id", "metres"])
    return table.sort_values(["site_id", "metres", "with_id"], kind="stable", ignore_index=True)


def spent(rules, at):
    """What the sites at these places cost together; missing where a cost is."""
    return 0.0 if rules["cost"] is None else float(rules["cost"][list(at)].sum())


def addable(rules, at):
    """Which sites can join the set of places `at` and keep all rules, shape (n_sites,)."""
    at = np.asarray(at, dtype=int)
    able = rules["allowed"].copy()
    able[at] = False
    if len(at) >= rules["count"]:
        able[:] = False
    if rules["budget"] is not None:
        able &= np.nan_to_num(rules["cost"], nan=np.inf) <= _purse(rules) - spent(rules, at)
    if rules["territory"] is not None:
        able &= (_filled(rules, at) < rules["limits"])[rules["territory"]]
    if rules["near"] is not None:
        able &= ~rules["near"][at].any(axis=0)
    return able


def swappable(rules, at):
    """Which sites can take the place of which of the set, shape (n_sites, n_chosen)."""
    at = np.asarray(at, dtype=int)
    able = np.repeat(rules["allowed"][:, None], len(at), axis=1)
    able[at] = False
    able[:, rules["must"][at]] = False
    if rules["budget"] is not None:
        cost = np.nan_to_num(rules["cost"], nan=np.inf)
        able &= cost[:, None] <= _purse(rules) - spent(rules, at) + cost[at]
    if rules["territory"] is not None:
        home = rules["territory"]
        able &= (_filled(rules, at) < rules["limits"])[home][:, None] | (home[:, None] == home[at])
    if rules["near"] is not None:
        near = rules["near"][:, at]
        able &= near.sum(axis=1)[:, None] == near
    return able


def linear_rows(rules):
    """
    The rules as A y <= b for a solver, y between `lower` and `upper`.

    Returns
    -------
    A : csr_array, shape (n_rows, n_sites)
    b, lower, upper : ndarray
    """
    from scipy.sparse import coo_array

    n = len(rules["ids"])
    parts = [(np.arange(n), np.ones(n), float(rules["count"]))]
    if rules["budget"] is not None:
        known = np.flatnonzero(rules["allowed"])
        parts.append((known, rules["cost"][known], float(rules["budget"])))
    if rules["territory"] is not None:
        for home in np.flatnonzero(np.isfinite(rules["limits"])):
            there = np.flatnonzero(rules["territory"] == home)
            parts.append((there, np.ones(len(there)), rules["limits"][home]))
    if rules["near"] is not None:
        parts += [(np.array(group), np.ones(len(group)), 1.0) for group in _cliques(rules["near"], rules["allowed"])]
    columns = np.concatenate([part[0] for part in parts])
    lines = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    table = coo_array((np.concatenate([part[1] for part in parts]), (lines, columns)), shape=(len(parts), n)).tocsr()
    return table, np.array([part[2] for part in parts]), rules["must"].astype(float), rules["allowed"].astype(float)


def most_worth(rules):
    """
    A function: worth of each site (n_sites,) -> the best y between 0 and 1 under the rules, and what it is worth.

    Rules of count alone are solved by sorting, any others as a linear programme, so that the second figure is never
    below the worth of any set that keeps the rules.
    """
    if rules["plain"]:
        free = np.flatnonzero(rules["allowed"] & ~rules["must"])
        left = rules["count"] - int(rules["must"].sum())

        def sort(worth):
            y = rules["must"].astype(float)
            y[free[np.argsort(-worth[free], kind="stable")[:left]]] = 1.0
            y[(worth < 0) & ~rules["must"]] = 0.0
            return y, float(worth @ y)

        return sort
    from scipy.optimize import linprog

    table, most, lower, upper = linear_rows(rules)

    def programme(worth):
        found = linprog(-worth, A_ub=table, b_ub=most, bounds=np.column_stack([lower, upper]), method="highs")
        if found.status != 0:
            raise RuntimeError(f"the linear programme of the rules was not solved: {found.message}")
        # weak duality: what the multipliers say holds even where the solver stopped a little short
        price = np.maximum(-found.ineqlin.marginals, 0.0)
        rest = worth - table.T @ price
        return found.x, float(most @ price + np.maximum(rest * lower, rest * upper).sum())

    return programme


def _checked(sites, limits, cost, named):
    """The sites in the order of their ids; everything that can be wrong with what was given."""
    count, budget = limits
    if not sites.index.is_unique:
        raise ValueError(f"site ids must be unique, but {sites.index[sites.index.duplicated()][0]!r} is there twice")
    if count is not None and (count < 1 or int(count) != count):
        raise ValueError(f"count must be a whole number of at least 1, but is {count!r}")
    if budget is not None and (cost is None or not budget >= 0):
        raise ValueError(f"a budget must be at least 0 and needs the cost of each site, but it is {budget!r}")
    if cost is not None and (cost < 0).any():
        raise ValueError(f"cost must be at least 0, but is less for {cost.index[cost < 0][0]!r}")
    for what, ids in named.items():
        unknown = [site for site in ids if site not in sites.index]
        if unknown:
            raise ValueError(f"{what} names {len(unknown)} sites that are not there, first {unknown[0]!r}")
    both = sorted(set(named["must"]) & set(named["must_not"]))
    if both:
        raise ValueError(f"a site cannot be must-have and must-not at once: {both[0]!r}")
    return sites.sort_index()


def _territories(sites, per_territory, why):
    if per_territory is None:
        return {"territory": None, "limits": None, "homes": None}
    if "territory_id" not in sites:
        raise ValueError("per_territory needs sites with territory_id: take that of the zone each site lies in")
    homes = sites["territory_id"]
    why[(why == "") & homes.isna()] = "territory_unknown"
    codes, names = pd.factorize(homes, sort=True, use_na_sentinel=True)
    by_name = per_territory if isinstance(per_territory, dict) else dict.fromkeys(names, per_territory)
    limits = np.array([*(float(by_name.get(name, np.inf)) for name in names), np.inf])
    return {"territory": np.where(codes < 0, len(names), codes), "limits": limits, "homes": names}


def _protected(sites, stores, radius):
    if stores is None:
        raise ValueError("a protected radius needs the existing stores")
    if stores["own"].isna().any():
        raise ValueError("each store must say whether it is own")
    own = stores[stores["own"].astype(bool) & stores.geometry.notna()]
    geo.check_metres(sites, own)
    return (geo.distances(sites.geometry, own.geometry) < radius).any(axis=1)


def _near(sites, spacing):
    geo.check_metres(sites, sites)
    near = geo.distances(sites.geometry, sites.geometry) < spacing
    np.fill_diagonal(near, False)
    return near


def _faults(rules):
    """What the must-haves break, each in words."""
    at, ids = np.flatnonzero(rules["must"]), rules["ids"]
    faults = [f"{ids[k]} may not be chosen ({rules['why_not'].iloc[k]})" for k in at if not rules["allowed"][k]]
    if len(at) > rules["count"]:
        faults.append(f"count is {rules['count']}, but there are {len(at)} must-haves")
    if rules["budget"] is not None and spent(rules, at) > _purse(rules):
        faults.append(f"budget is {rules['budget']:,.0f}, but the must-haves cost {spent(rules, at):,.0f}")
    if rules["territory"] is not None:
        for home in np.flatnonzero(_filled(rules, at) > rules["limits"]):
            there = [str(ids[k]) for k in at if rules["territory"][k] == home]
            name, most = rules["homes"][home], rules["limits"][home]
            faults.append(f"territory {name} may have {most:g}, but {', '.join(there)} are must-haves there")
    if rules["near"] is not None:
        pairs = np.argwhere(np.triu(rules["near"][np.ix_(at, at)]))
        faults += [f"spacing: {ids[at[a]]} and {ids[at[b]]} are too near to each other" for a, b in pairs]
    return faults


def _nothing(rules):
    """Why there is not even one site that keeps the rules."""
    if rules["allowed"].any() and rules["budget"] is not None:
        cheapest = rules["cost"][rules["allowed"]].min()
        return f"budget is {rules['budget']:,.0f}, but the cheapest site costs {cheapest:,.0f}"
    if rules["allowed"].any():
        return "no territory with a site may have one"
    reasons = rules["why_not"].value_counts().sort_index()
    return ", ".join(f"{n} are {reason}" for reason, n in reasons.items()) or "there is none"


def _filled(rules, at):
    return np.bincount(rules["territory"][np.asarray(at, dtype=int)], minlength=len(rules["limits"]))


def _purse(rules):
    return rules["budget"] * (1 + SLACK) + SLACK


def _cliques(near, allowed):
    """Groups of which at most one site may be chosen, so that every pair too near is in one: fewer and tighter rows."""
    near = near & allowed & allowed[:, None]
    left, groups = np.triu(near), []
    for a, b in np.argwhere(left):
        if not left[a, b]:
            continue
        group, common = [a, b], near[a] & near[b]
        while common.any():
            group.append(int(common.argmax()))
            common &= near[group[-1]]
        left[np.ix_(group, group)] = False
        groups.append(sorted(group))
    return groups
