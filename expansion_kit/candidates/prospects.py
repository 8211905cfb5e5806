"""
Prospects to be found: who already runs several stores in the city, and what rivals ask of those who join them.

Stores know their operator only where somebody has entered him (`operator`); it cannot be told from name or place, and
is not guessed.
"""

import numpy as np
import pandas as pd

TERMS = ("franchise_fee", "deposit", "royalty", "term_years", "return_policy")


def operators_found(stores, *, brands=None, white_space=None, least=2):
    """
    Operators who run stores of other brands, as a list of whom to speak to.

    Parameters
    ----------
    stores : DataFrame, indexed by store_id
        With `brand` and, where known, `operator`; `own`, `status`, `territory_id` and `zone_id` where there.
    brands : DataFrame, indexed by brand, optional
        With `own` and `rival`.
    white_space : collection of str, optional
        Zones with more demand than is served: operators with a store there come first.
    least : int
        Open stores of other brands from which an operator is listed.

    Returns
    -------
    DataFrame
        Index `operator`: `stores` (open, other brands), `brands` (how many), `brands_run` (names parted by |),
        `rival_stores` (of rivals; missing where no brand is marked), `own_stores` (of ours already), `in_white_space`
        (stores in such zones; missing where not given), `territories` (parted by |), `store_ids` (where it comes from).
        Those in the white space first, then those with more brands and more stores; ties by name.

    Raises
    ------
    ValueError
        If the stores have no column `operator`: it is not known, and cannot be told from the rest.

    Examples
    --------
    >>> stores = pd.DataFrame({"brand": ["Tea A", "Tea B", "Ours", "Tea A"], "own": [False, False, True, False],
    ...     "operator": ["Li Ltd", "Li Ltd", "Li Ltd", "Wu Ltd"]}, index=["S1", "S2", "S3", "S4"])
    >>> operators_found(stores)[["stores", "brands", "own_stores", "store_ids"]].to_dict("index")
    {'Li Ltd': {'stores': 2, 'brands': 2, 'own_stores': 1, 'store_ids': 'S1|S2'}}
    """
    if "operator" not in stores:
        raise ValueError("the stores have no column operator: who runs them is not known")
    known = pd.DataFrame(stores[stores["operator"].notna()]).sort_index(kind="stable")
    if "status" in known:
        known = known[known["status"].fillna("open") == "open"]
    own = _own(known, brands)
    others = known[~own]
    made = others.groupby("operator").agg(
        stores=("brand", "size"), brands=("brand", "nunique"), brands_run=("brand", _parted)
    )
    rivals = (
        set()
        if brands is None or "rival" not in brands
        else set(brands.index[brands["rival"].fillna(False).astype(bool)])
    )
    made["rival_stores"] = _count(others, others["brand"].isin(rivals), made) if rivals else np.nan
    made["own_stores"] = _count(known, own, made)
    inside = white_space is not None and "zone_id" in others
    made["in_white_space"] = _count(others, others["zone_id"].isin(set(white_space)), made) if inside else np.nan
    territories = others.groupby("operator")["territory_id"].agg(_parted) if "territory_id" in others else None
    made["territories"] = "" if territories is None else territories
    made["store_ids"] = others.index.to_series().astype(str).groupby(others["operator"]).agg(_parted)
    made = made[made["stores"] >= least].sort_index(kind="stable")
    return made.sort_values(["in_white_space", "brands", "stores"], ascending=False, kind="stable")


def franchise_terms(brands):
    """
    What rivals ask of their franchisees, beside our own terms.

    Parameters
    ----------
    brands : DataFrame, indexed by brand
        With `own`, `rival` and any of `franchise_fee`, `deposit` (money), `royalty` (0 to 1), `term_years`,
        `return_policy`.

    Returns
    -------
    DataFrame
        Index `brand`, ours first, then rivals by name, those without any known term left out: `own`, the terms (missing
        where not known), and `entry_cost` = fee + deposit with `entry_cost_vs_own` (ratio to ours; missing where either
        part is). Terms as they were entered: what a rival really asks may be less.

    Examples
    --------
    >>> brands = pd.DataFrame({"own": [False, True], "rival": [True, False], "franchise_fee": [30_000.0, 45_000.0],
    ...     "deposit": [10_000.0, 5_000.0]}, index=pd.Index(["Tea B", "Ours"], name="brand"))
    >>> franchise_terms(brands)["entry_cost_vs_own"].to_dict()
    {'Ours': 1.0, 'Tea B': 0.8}
    """
    flags = brands.reindex(columns=["own", "rival"]).fillna(False).astype(bool)
    terms = brands.reindex(columns=list(TERMS)).assign(own=flags["own"])
    terms = terms[(flags["own"] | flags["rival"]) & terms[list(TERMS)].notna().any(axis=1)]
    terms = terms.sort_index(kind="stable").sort_values("own", ascending=False, kind="stable")
    cost = terms["franchise_fee"].astype(float) + terms["deposit"].astype(float)
    ours = cost[terms["own"]].mean() if terms["own"].any() else np.nan
    return terms[["own", *TERMS]].assign(entry_cost=cost, entry_cost_vs_own=cost / ours)


def _own(stores, brands):
    flags = stores["own"].fillna(False).astype(bool) if "own" in stores else pd.Series(False, index=stores.index)
    if brands is not None and "own" in brands:
        flags |= stores["brand"].isin(brands.index[brands["own"].fillna(False).astype(bool)])
    return flags


def _count(stores, flags, made):
    return flags.groupby(stores["operator"]).sum().reindex(made.index, fill_value=0).astype("int64")


def _parted(texts):
    return "|".join(sorted(set(texts.dropna())))
