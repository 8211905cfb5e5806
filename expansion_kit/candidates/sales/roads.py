"""
The roads to a site's sales, each in one form, so that all can be tried on stores that were held out.

A road is a function: from the known sales of stores and the ids of those that were held out (of which nothing may be
learned) to two tables, at stores and at sites, each with `sales` (money a month) and `reason`: a key of `REASONS` why
the road may not be used there, empty where it may. A road of one's own is a function of the same form.
"""

import numpy as np
import pandas as pd

from expansion_kit import geo
from expansion_kit.candidates.sales.analogs import K, analog_sales, analogs, unlike
from expansion_kit.candidates.sales.sales_model import SalesModel
from expansion_kit.candidates.sales.site_sales import learned, site_sales

REASONS = (
    "no_demand",
    "no_level",
    "no_area",
    "few_stores",
    "no_features",
    "feature_missing",
    "unlike_all",
    "beyond_stores",
)
LEVEL_STORES = 3  # stores with known sales that the level of the Huff road rests on
MODEL_STORES = 20  # stores that a regression rests on


def huff_road(zones, stores, sites, demand, *, choices=None, stated=None, outside=None):
    """
    The Huff share of the potential, at the level of the known sales.

    Exponents are learned without the stores held out and without who chose them (by Huff's own rule the others' shares
    among themselves stay), the level without their sales.

    Parameters
    ----------
    zones, stores, sites, demand, choices, stated, outside
        As for `sales.learned` and `sales.site_sales`.

    Returns
    -------
    function
        A road. Reasons: `no_demand`, `no_level` (fewer than three stores with known sales), `no_area`.
    """

    def road(known, held=()):
        left = stores[~stores.index.isin(held)]
        counted = None if choices is None else choices[choices["store_id"].isin(left.index)]
        _, exponents = learned(zones, left, demand, choices=counted, known_sales=known, stated=stated)
        fixed = exponents["value"].to_dict()
        model, _ = learned(zones, stores, demand, known_sales=known, stated=fixed, outside=outside)
        at_sites, at_stores = site_sales(model, zones, stores, sites, demand)
        levelled = model is not None and model.level_ is not None and model.level_["stores_known"] >= LEVEL_STORES
        why = "" if levelled else "no_demand" if model is None else "no_level"
        tables = (_table(each["sales"] if levelled else each["sales"] * np.nan, why) for each in (at_stores, at_sites))
        at_stores, at_sites = tables
        return at_stores, at_sites.assign(reason=_first(at_sites["reason"], at_sites["sales"].isna(), "no_area"))

    return road


def analog_road(at_stores, at_sites, *, k=K, per=None):
    """
    What the most similar own stores sell.

    Parameters
    ----------
    at_stores, at_sites : DataFrame
        Features of own open stores and of sites, as from `site_features`; a feature that either does not have, or that
        fewer than four fifths of the stores know, does not count.
    k : int
        Analogs of each place.
    per : str, optional
        A feature that sales are counted by, such as `potential_near`: analogs then tell the sales a unit of it.

    Returns
    -------
    function
        A road. Reasons: `few_stores` (fewer than 2 k), `no_features`, `feature_missing`, `unlike_all`.
    """
    both = [name for name in at_stores if name in at_sites and at_stores[name].notna().mean() >= 0.8]

    def of(places, known, stores):
        likes = analogs(places[both], stores, k=k)
        by = {} if per is None else {"per_place": places[per], "per_store": at_stores[per]}
        found = _table(analog_sales(likes, known, **by).reindex(places.index), "")
        found["reason"] = _first(found["reason"], found["sales"].isna(), "feature_missing")
        strange = unlike(likes, stores).reindex(places.index, fill_value=False)
        return found.assign(reason=_first(found["reason"], strange, "unlike_all"))

    def road(known, held=()):
        stores = at_stores.loc[at_stores.index.intersection(known.index).difference(held), both].dropna()
        varied = stores.nunique().gt(1).any() if both else False
        if len(stores) < 2 * k or not varied:
            why = "no_features" if not varied and len(stores) >= 2 * k else "few_stores"
            return _nothing(at_stores, why), _nothing(at_sites, why)
        return of(at_stores, known, stores), of(at_sites, known, stores)

    return road


def model_road(at_stores, at_sites, *, kind="plain", huff=None, seed=0):
    """
    A regression of log sales on features.

    Parameters
    ----------
    at_stores, at_sites : DataFrame
        As for `analog_road`; what leaks the answer is refused.
    kind, seed
        As for `SalesModel`.
    huff : function, optional
        A road whose forecast goes in as the first feature, `huff_expected`; it too learns nothing of the stores held
        out.

    Returns
    -------
    function
        A road. Reasons: `few_stores` (fewer than 20), `no_features`, `feature_missing`, `beyond_stores`.
    """
    both = [name for name in at_stores if name in at_sites]

    def of(places, model):
        found = _table(model.predict(places), "")
        found["reason"] = _first(found["reason"], found["sales"].isna(), "feature_missing")
        return found.assign(reason=_first(found["reason"], model.beyond(places), "beyond_stores"))

    def road(known, held=()):
        tables = [at_stores[both], at_sites[both]]
        if huff is not None:
            tables = [_with_huff(table, by["sales"]) for table, by in zip(tables, huff(known, held))]
        learning = known[~known.index.isin(held)]
        if learning.index.isin(at_stores.index).sum() < MODEL_STORES:
            return _nothing(at_stores, "few_stores"), _nothing(at_sites, "few_stores")
        try:
            model = SalesModel(kind=kind, seed=seed).fit(tables[0], learning)
        except ValueError as fault:
            if "nothing to learn" not in str(fault):
                raise
            return _nothing(at_stores, "no_features"), _nothing(at_sites, "no_features")
        return of(tables[0], model), of(tables[1], model)

    return road


def brand_mean(stores, sites):
    """
    A baseline in the form of a road: every place sells the mean of the known stores.

    Examples
    --------
    >>> stores, sites = pd.DataFrame(index=["S1", "S2"]), pd.DataFrame(index=["P1"])
    >>> brand_mean(stores, sites)(pd.Series({"S1": 100.0, "S2": 300.0}))[1]["sales"].to_dict()
    {'P1': 200.0}
    """

    def road(known, held=()):
        mean = known[~known.index.isin(held)].mean()
        return tuple(_table(pd.Series(mean, index=places.index, dtype=float), "") for places in (stores, sites))

    return road


def nearest_store(stores, sites):
    """
    A baseline in the form of a road: every place sells what the nearest known store sells, itself excepted.

    Parameters
    ----------
    stores, sites : GeoDataFrame
        Points in metres.

    Returns
    -------
    function
        A road. Of stores equally near the one with the first id is taken.
    """

    def of(places, known):
        others = stores.loc[known.index].sort_index()
        metres = geo.distances(places, others)
        if places is stores:
            metres[places.index.to_numpy()[:, None] == others.index.to_numpy()] = np.inf
        nowhere = ~np.isfinite(metres).any(axis=1)
        nearest = known[others.index].to_numpy()[np.where(np.isnan(metres), np.inf, metres).argmin(axis=1)]
        return _table(pd.Series(np.where(nowhere, np.nan, nearest), index=places.index), "")

    def road(known, held=()):
        known = known[known.index.isin(stores.index) & ~known.index.isin(held)]
        if known.empty:
            return _nothing(stores, "few_stores"), _nothing(sites, "few_stores")
        return of(stores, known), of(sites, known)

    return road


def _with_huff(table, expected):
    """The Huff forecast first; where it says nothing at all, without it."""
    expected = expected.reindex(table.index)
    return expected.rename("huff_expected").to_frame().join(table)


def _table(sales, why):
    return pd.DataFrame({"sales": sales, "reason": why})


def _nothing(places, why):
    return _table(pd.Series(np.nan, index=places.index), why)


def _first(reason, where, why):
    """A reason more, where none stands yet."""
    return reason.mask(where.astype(bool) & reason.eq(""), why)
