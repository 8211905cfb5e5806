"""
Who buys where: the Huff model.

A store draws a zone's demand in proportion to attraction: floor area to the power `alpha`, divided by distance to the
power `decay`. What is bought elsewhere (online, in stores not listed, in the next city) is one more alternative,
`outside`, with the same attraction for each zone; without it the listed stores share all demand among them.

Shares need no more than that. Money does: its level is that of the demand given, so calibrate it to known sales
(`expansion_kit.market.huff_model`) before any of it is shown. `huff_sales` does the same at any size.
"""

import numpy as np
import pandas as pd

from expansion_kit import geo
from expansion_kit.market.attraction import (
    check_model,
    check_positive,
    demand_of,
    distances_between,
    log_attraction,
    log_effect,
    positive,
    shares_of,
)


def huff_shares(
    zones, stores, *, alpha=1.0, decay=2.0, form="power", midpoint=None, competition=0.0, outside=0.0, distance=None
):
    """
    Share of each zone's demand that each store draws (Huff model).

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        `zones` table; geometry in metres.
    stores : GeoDataFrame, shape (n_stores,)
        Stores that trade, with `floor_area_sqm` (m2, > 0), in the zones' coordinate reference system.
    alpha, decay : float
        Exponents of attraction and of distance; 1 and 2 are Huff's own.
    form : {"power", "exponential", "logistic"}
        How the pull falls with distance d: d ** -decay, e ** (-decay d) or 1 / (1 + e ** (decay (d - midpoint))).
    midpoint : float, optional
        Distance at which the pull has halved; for the logistic form alone.
    competition : float
        Exponent of `competing_destinations`, a column of `stores` where this is not 0: below 0 stores near others
        draw less than their size says, above 0 they draw more (Fotheringham).
    outside : float
        Attraction of buying elsewhere, as floor area ** alpha / distance ** decay: 1000 stands for a store of
        1000 m2 at distance 1 from everybody (with alpha 1).
    distance : DataFrame, shape (n_zones, n_stores), optional
        Kilometres or minutes (> 0), one row a zone, one column a store; `travel_km` where it is not given.

    Returns
    -------
    DataFrame, shape (n_zones, n_stores)
        One row a zone, one column a store (and `outside` when it is above 0); each row sums to 1.

    Raises
    ------
    ValueError
        If the tables are in different coordinate reference systems, a floor area or a distance is missing or not
        above 0, or there is nothing to choose from.

    References
    ----------
    Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28(3), 34-38.

    Examples
    --------
    Two equal stores, one twice as far: the near one draws four fifths.

    >>> zones = pd.DataFrame(index=["Z1"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["near", "far"])
    >>> km = pd.DataFrame([[1.0, 2.0]], index=["Z1"], columns=["near", "far"])
    >>> huff_shares(zones, stores, distance=km).loc["Z1"].round(2).to_dict()
    {'near': 0.8, 'far': 0.2}
    """
    check_model(form, midpoint, outside, stores)
    effect = log_effect(distances_between(zones, stores, distance), decay, form, midpoint)
    shares, beside = shares_of(log_attraction(stores, alpha, competition) + effect, outside)
    table = pd.DataFrame(shares, index=zones.index, columns=stores.index)
    return table.assign(outside=beside) if outside > 0 else table


def huff_flows(shares, demand):
    """
    Money that flows from each zone to each store: the zone's demand times its shares.

    Parameters
    ----------
    shares : DataFrame, shape (n_zones, n_stores)
        As from `huff_shares`.
    demand : Series
        Money a period, by zone; each zone of `shares` needs a value.

    Returns
    -------
    DataFrame, shape (n_zones, n_stores)
        Money a period; a row adds up to the zone's demand.

    Raises
    ------
    ValueError
        If a zone's demand is missing or below 0.

    Examples
    --------
    >>> shares = pd.DataFrame({"S1": [0.8, 0.1], "S2": [0.2, 0.9]}, index=["Z1", "Z2"])
    >>> huff_flows(shares, pd.Series({"Z1": 1000, "Z2": 500})).loc["Z2"].to_dict()
    {'S1': 50.0, 'S2': 450.0}
    """
    return shares.mul(demand_of(demand, shares.index), axis=0)


def expected_sales(shares, demand):
    """
    Sales that each store can expect: its shares times the zones' demand.

    Parameters
    ----------
    shares : DataFrame, shape (n_zones, n_stores)
        As from `huff_shares`.
    demand : Series
        Money a period, by zone; each zone of `shares` needs a value.

    Returns
    -------
    Series, shape (n_stores,)
        Money a period, by store (and `outside`); adds up to the demand of all zones.

    Raises
    ------
    ValueError
        If a zone's demand is missing or below 0.

    Examples
    --------
    >>> shares = pd.DataFrame({"S1": [0.8, 0.1], "S2": [0.2, 0.9]}, index=["Z1", "Z2"])
    >>> expected_sales(shares, pd.Series({"Z1": 1000, "Z2": 500})).to_dict()
    {'S1': 850.0, 'S2': 650.0}
    """
    return pd.Series(demand_of(demand, shares.index) @ shares.to_numpy(), index=shares.columns, name="expected_sales")


def capture(
    zones,
    stores,
    sites,
    demand,
    *,
    alpha=1.0,
    decay=2.0,
    form="power",
    midpoint=None,
    competition=0.0,
    outside=0.0,
    distance=None,
):
    """
    What each candidate site would sell if it alone were opened, and who would lose it.

    Demand stays as it is, so `captured_sales` is the sum of the three losses. `sales_transfer` opens a set.

    Parameters
    ----------
    zones, stores, alpha, decay, form, midpoint, outside
        As in `huff_shares`; `stores` also needs `own` (bool).
    sites : GeoDataFrame, shape (n_sites,)
        Candidate points with `floor_area_sqm` (m2, > 0).
    demand : Series
        Money a period, by zone.
    competition : float
        Must be 0: a new store changes what lies near the others, which `sales_transfer` works out.
    distance : DataFrame, shape (n_zones, n_stores + n_sites), optional
        As in `huff_shares`, with a column for each store and each site.

    Returns
    -------
    DataFrame, shape (n_sites,)
        Money a period: `captured_sales`; `transfer_loss` (from own stores), `rival_loss`, `outside_loss`;
        `net_gain` = captured sales - transfer loss; and `cannibalisation_rate` = transfer loss / captured sales.

    Raises
    ------
    ValueError
        As `huff_shares` and `expected_sales`.

    References
    ----------
    Huff (1964). Sales transfer as the difference of one model before and after the opening.

    Examples
    --------
    One own and one rival store, alike and as near as the new one: each gives up a third.

    >>> zones = pd.DataFrame(index=["Z1"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100], "own": [True, False]}, index=["S1", "S2"])
    >>> sites = pd.DataFrame({"floor_area_sqm": [100]}, index=["N1"])
    >>> km = pd.DataFrame([[1.0, 1.0, 1.0]], index=["Z1"], columns=["S1", "S2", "N1"])
    >>> gains = capture(zones, stores, sites, pd.Series({"Z1": 600}), distance=km)
    >>> gains.loc["N1", ["captured_sales", "transfer_loss", "rival_loss", "net_gain"]].round(6).to_dict()
    {'captured_sales': 200.0, 'transfer_loss': 100.0, 'rival_loss': 100.0, 'net_gain': 100.0}
    """
    if competition != 0:
        raise ValueError("capture knows no competing destinations: a new store changes them; use sales_transfer")
    check_model(form, midpoint, outside, stores if len(stores) else sites)
    if outside == 0 and len(stores) == 0:
        raise ValueError("without stores and outside option each site would take all demand")
    if stores["own"].isna().any():
        raise ValueError("each store must say whether it is own")
    own = stores["own"].to_numpy(dtype=bool)
    pulls = [
        log_attraction(places, alpha, 0.0)
        + log_effect(distances_between(zones, places, distance), decay, form, midpoint)
        for places in (stores, sites)
    ]
    shares, beside = shares_of(pulls[0], outside)
    taken = _taken(*pulls, outside)
    money = demand_of(demand, zones.index)
    lost = {
        "transfer_loss": (money * shares[:, own].sum(axis=1)) @ taken,
        "rival_loss": (money * shares[:, ~own].sum(axis=1)) @ taken,
        "outside_loss": (money * beside) @ taken,
    }
    table = pd.DataFrame({"captured_sales": money @ taken, **lost}, index=sites.index)
    table["net_gain"] = table["captured_sales"] - table["transfer_loss"]
    table["cannibalisation_rate"] = table["transfer_loss"] / table["captured_sales"].where(table["captured_sales"] > 0)
    return table


def outside_pull(zones, stores, demand, share, *, alpha=1.0, decay=2.0, form="power", midpoint=None, distance=None):
    """
    The outside option that draws a stated share of the demand.

    Parameters
    ----------
    zones, stores, demand, alpha, decay, form, midpoint, distance
        As in `huff_shares` and `expected_sales`.
    share : float
        Share of all demand that goes to no listed store, above 0 and below 1.

    Returns
    -------
    float
        `outside` for `huff_shares`.

    Raises
    ------
    ValueError
        If there is no store, or the share is not between 0 and 1.

    Examples
    --------
    A store of 100 m2 at 1 km pulls 100; what draws a fifth beside it pulls 25.

    >>> zones, stores = pd.DataFrame(index=["Z1"]), pd.DataFrame({"floor_area_sqm": [100]}, index=["S1"])
    >>> km = pd.DataFrame([[1.0]], index=["Z1"], columns=["S1"])
    >>> round(outside_pull(zones, stores, pd.Series({"Z1": 900.0}), 0.2, distance=km), 6)
    25.0
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, but is {share!r}")
    check_model(form, midpoint, 0.0, stores)
    effect = log_effect(distances_between(zones, stores, distance), decay, form, midpoint)
    there = np.logaddexp.reduce(log_attraction(stores, alpha, 0.0) + effect, axis=1)
    money = demand_of(demand, zones.index)
    money, there = money[money > 0] / money.sum(), there[money > 0]
    ends = there.min() + np.log(share) - 1, there.max() - np.log1p(-share) + 1
    return float(np.exp(brentq(lambda pull: money @ expit(pull - there) - share, *ends)))


def _taken(log_pull, log_new, outside):
    """Share of a zone that each new store takes from all others together, shape (n_zones, n_sites)."""
    log_total = np.logaddexp.reduce(log_pull, axis=1, initial=np.log(outside) if outside > 0 else -np.inf)
    return 1.0 / (1.0 + np.exp(np.minimum(log_total[:, None] - log_new, 700.0)))


def competing_destinations(stores, *, between=None, floor=50.0):
    """
    How much selling space lies near each store: the mean over all others of their floor area by distance.

    Parameters
    ----------
    stores : GeoDataFrame, shape (n_stores,)
        Points in metres with `floor_area_sqm` (m2, > 0).
    between : DataFrame, shape (n_stores, n_stores), optional
        Kilometres or minutes (> 0) from store to store; the straight line in kilometres where it is not given.
    floor : float
        Smallest straight line that counts, metres: two stores of one building are not at distance zero.

    Returns
    -------
    Series, shape (n_stores,)
        `competing_destinations`, m2 a kilometre (or minute), by store; goes into `huff_shares` as a column of stores.

    Raises
    ------
    ValueError
        If there are fewer than two stores, or an area or a distance is missing or not above 0.

    References
    ----------
    Fotheringham, A. S. (1983). A new set of spatial-interaction models: the theory of competing destinations.
    Environment and Planning A 15(1), 15-36.

    Examples
    --------
    >>> stores = pd.DataFrame({"floor_area_sqm": [1000, 500]}, index=["S1", "S2"])
    >>> km = pd.DataFrame([[0, 2.0], [2.0, 0]], index=stores.index, columns=stores.index)
    >>> competing_destinations(stores, between=km).to_dict()
    {'S1': 250.0, 'S2': 500.0}
    """
    if len(stores) < 2:
        raise ValueError("competing destinations need at least two stores")
    if between is None:
        km = np.maximum(geo.distances(stores.geometry, stores.geometry), floor) / 1000.0
    else:
        km = between.reindex(index=stores.index, columns=stores.index).to_numpy(dtype=float, copy=True)
    np.fill_diagonal(km, 1.0)
    check_positive(km, stores.index, "distance between stores")
    weight = 1.0 / km
    np.fill_diagonal(weight, 0.0)
    mean = weight @ positive(stores, "floor_area_sqm") / (len(stores) - 1)
    return pd.Series(mean, index=stores.index, name="competing_destinations")
