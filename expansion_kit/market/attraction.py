"""
What pulls a shopper of a zone to a store: the terms of the Huff model, checked, as logarithms.

ln U = alpha ln(floor area) + competition ln(competing destinations) + ln f(distance), with f one of `FORMS`.
"""

import numpy as np

from expansion_kit.market.travel import travel_km

FORMS = ("power", "exponential", "logistic")


def log_attraction(stores, alpha, competition):
    """What a store has everywhere, ln(A ** alpha * c ** competition), shape (n_stores,)."""
    pull = alpha * np.log(positive(stores, "floor_area_sqm"))
    if competition != 0:
        pull = pull + competition * np.log(positive(stores, "competing_destinations"))
    return pull


def log_effect(distance, decay, form, midpoint):
    """
    ln f of distances: power d ** -decay, exponential e ** (-decay d), logistic 1 / (1 + e ** (decay (d - midpoint))).
    """
    if form == "power":
        return -decay * np.log(distance)
    if form == "exponential":
        return -decay * distance
    return -np.logaddexp(0.0, decay * (distance - midpoint))


def shares_of(log_pull, outside):
    """Shares of the stores (n_zones, n_stores) and of the outside (n_zones,), whatever the size of the pull."""
    log_outside = np.log(outside) if outside > 0 else -np.inf
    top = np.maximum(log_pull.max(axis=1, initial=-np.inf), log_outside)
    pull = np.exp(log_pull - top[:, None])
    beside = np.exp(log_outside - top)
    total = pull.sum(axis=1) + beside
    return pull / total[:, None], beside / total


def distances_between(zones, stores, distance):
    """Distances as an array, shape (n_zones, n_stores): those given, checked, or `travel_km`."""
    table = travel_km(zones, stores) if distance is None else distance
    check_ids(zones, stores, table)
    if not (table.index.equals(zones.index) and table.columns.equals(stores.index)):
        table = table.reindex(index=zones.index, columns=stores.index)
    d = table.to_numpy(dtype=float)
    check_positive(d.T, stores.index, "distance")
    return d


def check_ids(zones, stores, distance):
    """Refuse a table of distances that lacks a zone or a store, or has one twice."""
    missing = [*zones.index.difference(distance.index), *stores.index.difference(distance.columns)]
    if missing:
        raise ValueError(f"distance lacks {len(missing)} of the zones and stores, first {missing[0]!r}")
    if not distance.columns.is_unique or not distance.index.is_unique:
        raise ValueError("distance must have one row a zone and one column a store: an id stands in it twice")


def check_model(form, midpoint, outside, stores):
    """Refuse a form of distance that does not exist or is not complete, and an outside option that can't be."""
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, but is {form!r}")
    if (form == "logistic") != (midpoint is not None):
        raise ValueError("midpoint (where the pull has halved) belongs to the logistic form, and to it alone")
    if not (np.isfinite(outside) and outside >= 0):
        raise ValueError(f"outside must be a number of at least 0, but is {outside!r}")
    if outside > 0 and "outside" in stores.index:
        raise ValueError("no store may have the id 'outside' where an outside option is used")
    if outside == 0 and len(stores) == 0:
        raise ValueError("there is nothing to choose from: no store and no outside option")


def positive(stores, column):
    """A column of the stores, each value of which must be above 0."""
    if column not in stores:
        raise ValueError(f"stores lack the column {column!r}")
    values = stores[column].to_numpy(dtype=float)
    check_positive(values, stores.index, column)
    return values


def check_positive(values, ids, what):
    """Refuse values that are missing, not finite or not above 0, and name the first."""
    bad = ~(values > 0) | ~np.isfinite(values)
    bad = bad.any(axis=1) if bad.ndim == 2 else bad
    if bad.any():
        raise ValueError(f"{what} must be above 0, but is not (or is missing) for {bad.sum()}, first {ids[bad][0]!r}")


def demand_of(demand, zones):
    """Demand of each zone as an array; a zone without a value is refused."""
    values = demand.reindex(zones).to_numpy(dtype=float)
    bad = ~(values >= 0) | ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"demand is missing or below 0 in {bad.sum()} zones, first {zones[bad][0]!r}: state it or leave them out"
        )
    return values
