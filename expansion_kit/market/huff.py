"""
Who buys where: the Huff model.

A store draws a zone's demand in proportion to attraction: floor area to the power `alpha`, divided by distance to the
power `decay`. What is bought elsewhere (online, in stores not listed, in the next city) is one more alternative,
`outside`, with the same attraction for each zone; without it the listed stores share all demand among them.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.travel import travel_km


def huff_shares(zones, stores, *, alpha=1.0, decay=2.0, distance=None, outside=0.0):
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
    distance : DataFrame, shape (n_zones, n_stores), optional
        Kilometres or minutes (> 0), one row a zone, one column a store; `travel_km` where it is not given.
    outside : float
        Attraction of buying elsewhere, as floor area ** alpha / distance ** decay: 1000 stands for a store of
        1000 m2 at distance 1 from everybody (with alpha 1).

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
    _check_outside(outside)
    if outside == 0 and len(stores) == 0:
        raise ValueError("there is nothing to choose from: no store and no outside option")
    pull = _attraction(zones, stores, alpha, decay, distance)
    shares = pd.DataFrame(pull, index=zones.index, columns=stores.index)
    if outside > 0:
        if "outside" in shares.columns:
            raise ValueError("no store may have the id 'outside' where an outside option is used")
        shares["outside"] = float(outside)
    return shares.div(shares.sum(axis=1), axis=0)


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
    return pd.Series(_demand(demand, shares.index) @ shares.to_numpy(), index=shares.columns, name="expected_sales")


def capture(zones, stores, sites, demand, *, alpha=1.0, decay=2.0, distance=None, outside=0.0):
    """
    What each candidate site would sell if it alone were opened, and who would lose it.

    Demand stays as it is, so `captured_sales` is the sum of the three losses.

    Parameters
    ----------
    zones, stores, alpha, decay, outside
        As in `huff_shares`; `stores` also needs `own` (bool).
    sites : GeoDataFrame, shape (n_sites,)
        Candidate points with `floor_area_sqm` (m2, > 0).
    demand : Series
        Money a period, by zone.
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
    _check_outside(outside)
    if outside == 0 and len(stores) == 0:
        raise ValueError("without stores and outside option each site would take all demand")
    if stores["own"].isna().any():
        raise ValueError("each store must say whether it is own")
    own = stores["own"].to_numpy(dtype=bool)
    pull = _attraction(zones, stores, alpha, decay, distance)
    new = _attraction(zones, sites, alpha, decay, distance)
    total = pull.sum(axis=1) + outside
    taken = new / (total[:, None] + new)
    money = _demand(demand, zones.index)
    each = money / total
    lost = {
        "transfer_loss": (each * pull[:, own].sum(axis=1)) @ taken,
        "rival_loss": (each * pull[:, ~own].sum(axis=1)) @ taken,
        "outside_loss": (each * outside) @ taken,
    }
    table = pd.DataFrame({"captured_sales": money @ taken, **lost}, index=sites.index)
    table["net_gain"] = table["captured_sales"] - table["transfer_loss"]
    table["cannibalisation_rate"] = table["transfer_loss"] / table["captured_sales"].where(table["captured_sales"] > 0)
    return table


def _attraction(zones, stores, alpha, decay, distance):
    """A ** alpha * d ** -decay, shape (n_zones, n_stores)."""
    area = stores["floor_area_sqm"].to_numpy(dtype=float)
    _check_positive(area, stores.index, "floor_area_sqm")
    if distance is None:
        distance = travel_km(zones, stores)
    missing = [*zones.index.difference(distance.index), *stores.index.difference(distance.columns)]
    if missing:
        raise ValueError(f"distance lacks {len(missing)} of the zones and stores, first {missing[0]!r}")
    if not distance.columns.is_unique or not distance.index.is_unique:
        raise ValueError("distance must have one row a zone and one column a store: an id stands in it twice")
    d = distance.reindex(index=zones.index, columns=stores.index).to_numpy(dtype=float)
    _check_positive(d.T, stores.index, "distance")
    return area**alpha * d**-decay


def _check_positive(values, ids, what):
    bad = ~(values > 0) | ~np.isfinite(values)
    bad = bad.any(axis=1) if bad.ndim == 2 else bad
    if bad.any():
        raise ValueError(f"{what} must be above 0, but is not (or is missing) for {bad.sum()}, first {ids[bad][0]!r}")


def _check_outside(outside):
    if not (np.isfinite(outside) and outside >= 0):
        raise ValueError(f"outside must be a number of at least 0, but is {outside!r}")


def _demand(demand, zones):
    values = demand.reindex(zones).to_numpy(dtype=float)
    bad = ~(values >= 0) | ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"demand is missing or below 0 in {bad.sum()} zones, first {zones[bad][0]!r}: state it or leave them out"
        )
    return values
