"""
Sales transfer: what opening, closing and enlarging a set of stores does to every store, in money.

Demand stays as it is: what one store gains, others lose, and the total is conserved.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.huff import competing_destinations
from expansion_kit.market.huff_sales import huff_sales


def sales_transfer(zones, stores, demand, *, opening=None, closing=(), resizing=None, between=None, **model):
    """
    Sales of every store before and after a set of changes, by one and the same Huff model.

    Parameters
    ----------
    zones, demand
        As in `huff_sales`; demand at the calibrated level, for the result is money.
    stores : GeoDataFrame, shape (n_stores,)
        Stores that trade now, with `floor_area_sqm` (m2, > 0) and `own` (bool).
    opening : GeoDataFrame, shape (n_new,), optional
        New stores with `floor_area_sqm`; own ones, unless a column `own` says otherwise.
    closing : sequence of ids
        Stores that close.
    resizing : Series, optional
        New floor area (m2, > 0), by store, of those enlarged or made smaller.
    between : DataFrame, shape (n_stores + n_new,) * 2, optional
        Distances from store to store, for `competing_destinations` where `competition` is not 0.
    **model
        `alpha`, `decay`, `form`, `midpoint`, `competition`, `outside`, `distance` (with a column for each new store
        too), `detour`, `floor`, `threads`, as in `huff_sales`.

    Returns
    -------
    DataFrame, shape (n_stores + n_new,)
        By store, and `outside` where there is that option: `own` (missing for outside), `change` (opened, closed,
        resized or empty), `sales_before`, `sales_after`, `sales_change` (money a period; they add up to 0) and
        `impact` (share of its sales that a store loses; missing for a new one).

    Raises
    ------
    ValueError
        As `huff_sales`, or if a store to close or resize is not there, a new one is, or ownership is missing.

    References
    ----------
    Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28(3), 34-38.

    Examples
    --------
    A second own store beside an own and a rival one, all alike: each of the old ones gives up a third.

    >>> zones = pd.DataFrame(index=["Z1"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100], "own": [True, False]}, index=["S1", "S2"])
    >>> new = pd.DataFrame({"floor_area_sqm": [100]}, index=["N1"])
    >>> km = pd.DataFrame([[1.0, 1.0, 1.0]], index=["Z1"], columns=["S1", "S2", "N1"])
    >>> table = sales_transfer(zones, stores, pd.Series({"Z1": 600}), opening=new, distance=km)
    >>> table["sales_change"].round(6).to_dict()
    {'S1': -100.0, 'S2': -100.0, 'N1': 200.0}
    """
    _check_set(stores, opening, closing, resizing)
    after, change = _changed(stores, opening, closing, resizing)
    if model.get("competition", 0.0) != 0:
        stores, after = (
            table.assign(competing_destinations=competing_destinations(table, between=between))
            for table in (stores, after)
        )
    before = huff_sales(zones, stores, demand, **model)
    then = huff_sales(zones, after, demand, **model)
    ids = pd.Index([*change.index, *(["outside"] if model.get("outside", 0.0) > 0 else [])], name=stores.index.name)
    own = pd.concat([stores["own"], after.loc[after.index.difference(stores.index), "own"]]).astype("boolean")
    table = pd.DataFrame({"own": own.reindex(ids), "change": change.reindex(ids, fill_value="")}, index=ids)
    table["sales_before"] = before.reindex(ids, fill_value=0.0)
    table["sales_after"] = then.reindex(ids, fill_value=0.0)
    table["sales_change"] = table["sales_after"] - table["sales_before"]
    table["impact"] = -table["sales_change"] / table["sales_before"].where(table["change"] != "opened")
    return table


def transfer_totals(table):
    """
    What a set of changes means for the network, from the table of `sales_transfer`.

    Parameters
    ----------
    table : DataFrame
        As from `sales_transfer`.

    Returns
    -------
    Series
        Money a period: `gained` (by own stores opened or resized), `given_up` (by own stores closed), `transfer_loss`
        (of the other own stores; below 0 where they gain), `rival_loss`, `outside_loss` and `net_gain` of the own
        network = gained - given_up - transfer_loss = rival_loss + outside_loss. `cannibalisation_rate` is
        transfer_loss / gained, missing where own stores close or nothing is gained; `recaptured_rate` the share of
        given_up that other own stores keep, missing where none closes or something is gained.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"own": [True, False, True], "change": ["", "", "opened"], "sales_change": [-100.0, -100.0, 200.0]}
    ... )
    >>> totals = transfer_totals(table)
    >>> totals[["gained", "transfer_loss", "net_gain", "cannibalisation_rate"]].tolist()
    [200.0, 100.0, 100.0, 0.5]
    """
    own, moved = table["own"].fillna(False).astype(bool), table["sales_change"]
    rival = table["own"].notna() & ~own
    active, closed = own & table["change"].isin(["opened", "resized"]), own & (table["change"] == "closed")
    gained, given_up = moved[active].sum(), -moved[closed].sum()
    lost = -moved[own & ~active & ~closed].sum()
    totals = {
        "gained": gained,
        "given_up": given_up,
        "transfer_loss": lost,
        "rival_loss": -moved[rival].sum(),
        "outside_loss": -moved[~own & ~rival].sum(),
        "net_gain": gained - given_up - lost,
        "cannibalisation_rate": lost / gained if gained > 0 and not closed.any() else np.nan,
        "recaptured_rate": -lost / given_up if given_up > 0 and not active.any() else np.nan,
    }
    return pd.Series(totals, name="transfer_totals") + 0.0  # no -0


def _check_set(stores, opening, closing, resizing):
    there = {"closing": list(closing), "resizing": [] if resizing is None else list(resizing.index)}
    for what, ids in there.items():
        unknown = [store for store in ids if store not in stores.index]
        if unknown:
            raise ValueError(f"{what} names {len(unknown)} stores that are not there, first {unknown[0]!r}")
    if set(there["closing"]) & set(there["resizing"]):
        raise ValueError("a store cannot both close and be resized")
    if opening is not None:
        twice = opening.index.intersection(stores.index)
        if len(twice):
            raise ValueError(f"opening names a store that is there already: {twice[0]!r}")
    if stores["own"].isna().any() or (opening is not None and "own" in opening and opening["own"].isna().any()):
        raise ValueError("each store must say whether it is own")


def _changed(stores, opening, closing, resizing):
    """The stores after the changes, and what happened to each store, before or after."""
    after = stores.drop(index=list(closing))
    change = pd.Series("", index=stores.index, dtype=object)
    change[list(closing)] = "closed"
    if resizing is not None:
        area = after["floor_area_sqm"].astype(float)
        area[resizing.index] = resizing.astype(float)
        after = after.assign(floor_area_sqm=area)
        change[resizing.index] = "resized"
    if opening is not None and len(opening):
        own = opening.get("own", True)
        new = opening.assign(own=own).reindex(columns=[name for name in after if name in opening or name == "own"])
        after = pd.concat([after, new])
        change = pd.concat([change, pd.Series("opened", index=opening.index, dtype=object)])
    return after, change
