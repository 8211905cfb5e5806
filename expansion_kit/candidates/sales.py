"""What a candidate site would sell, and what is measured around it and around the stores it is compared with."""

import numpy as np
import pandas as pd

from expansion_kit.market.competition import rivals_within
from expansion_kit.market.huff import capture, expected_sales, huff_shares
from expansion_kit.market.leases import rent_sqm_month


def trading(stores):
    """
    The stores that are open; a store without a status counts as open.

    Parameters
    ----------
    stores : DataFrame
        `stores` table.

    Returns
    -------
    DataFrame
        Its rows that trade.

    Examples
    --------
    >>> trading(pd.DataFrame({"status": ["open", "closed", None]})).index.tolist()
    [0, 2]
    """
    if "status" not in stores:
        return stores
    return stores[stores["status"].isna() | (stores["status"] == "open")]


def site_sales(sites, stores, zones, demand, *, alpha=1.0, decay=2.0):
    """
    Sales of each site by the Huff model if it alone were opened, and of each store today, on the level of known sales.

    A store without a floor area counts with the median area of the stores that have one; a site without one is not
    forecast. Zones without demand stay out. The level is the known sales of own stores over what the model gives them;
    where none is known, the money of the model means nothing and only its proportions do.

    Parameters
    ----------
    sites, stores : GeoDataFrame
        Points in metres, with `floor_area_sqm`; `stores` with `own` (bool) and, where known, `sales_month`.
    zones : GeoDataFrame, shape (n_zones,)
        In metres.
    demand : Series
        Money a month by zone; missing where it is not known.
    alpha, decay : float
        Exponents of floor area and of distance.

    Returns
    -------
    sites_sales : DataFrame, shape (n_sites,)
        `sales`, `transfer_loss`, `net_gain` (money a month on the model's own level), `cannibalisation_rate` (share).
    stores_sales : DataFrame, shape (n_stores,)
        `sales` on the model's own level; `area_assumed` (bool).
    level : float
        What turns the model's money into real money; missing where no own store's sales are known.

    References
    ----------
    Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28(3), 34-38.
    """
    known = demand.dropna()
    here = zones.loc[known.index]
    area = stores.reindex(columns=["floor_area_sqm"])["floor_area_sqm"]
    missing = ~area.gt(0)
    able = stores.assign(floor_area_sqm=area.where(~missing, area[~missing].median()))[stores.geometry.notna()]
    able = able[able["floor_area_sqm"].gt(0)]
    ready = sites[sites.geometry.notna() & sites.reindex(columns=["floor_area_sqm"])["floor_area_sqm"].gt(0)]
    columns = {"captured_sales": "sales", **{n: n for n in ("transfer_loss", "net_gain", "cannibalisation_rate")}}
    at_stores = pd.DataFrame({"sales": np.nan, "area_assumed": missing}, index=stores.index)
    at_sites = pd.DataFrame(np.nan, index=sites.index, columns=list(columns.values()))
    if known.empty or able.empty:
        return at_sites, at_stores, np.nan
    model = {"alpha": alpha, "decay": decay}
    at_stores["sales"] = expected_sales(huff_shares(here, able, **model), known)
    if len(ready):
        won = capture(here, able, ready, known, **model)[list(columns)].rename(columns=columns)
        at_sites = won.reindex(sites.index)
    real = stores.loc[stores["own"].to_numpy(bool)].reindex(columns=["sales_month"])["sales_month"].dropna()
    real = real[at_stores["sales"].reindex(real.index).gt(0)]
    level = real.sum() / at_stores.loc[real.index, "sales"].sum() if len(real) else np.nan
    return at_sites, at_stores, level


def measures(places, sales, stores, *, footfall, zone_rents, radius):
    """
    The criteria of `scoring.CRITERIA`, measured in the same way at candidate sites and at stores.

    Parameters
    ----------
    places : GeoDataFrame, shape (n,)
        Sites or stores in metres, with `zone_id` and, for sites, lease columns.
    sales : Series
        Expected sales by place.
    stores : GeoDataFrame
        All stores that trade, with `own`.
    footfall, zone_rents : Series
        By zone: people a day, rent per m2 and month.
    radius : float
        Metres within which rivals count.

    Returns
    -------
    DataFrame, shape (n,)
        `expected_sales`, `footfall`, `rivals_near`, `rent_sqm_month`, and `rent_method`: `asked` where the place's own
        rent is known, `zone level` where the zone's stands in.
    """
    found = pd.DataFrame(index=places.index)
    zone = places.reindex(columns=["zone_id"])["zone_id"]
    found["expected_sales"] = sales.reindex(places.index)
    found["footfall"] = zone.map(footfall).astype(float)
    found["rivals_near"] = rivals_within(places, stores, radius) if len(stores) else np.nan
    asked = asked_rent(places)
    found["rent_sqm_month"] = asked.fillna(zone.map(zone_rents).astype(float))
    found["rent_method"] = pd.Series(np.where(asked.notna(), "asked", "zone level"), index=places.index)
    found["rent_method"] = found["rent_method"].where(found["rent_sqm_month"].notna(), "")
    return found


def asked_rent(places, *, days=365 / 12):
    """
    Rent that is asked per m2 and month: from the rent per m2 and day, else from the rent of a month and the area.

    Parameters
    ----------
    places : DataFrame
        Lease columns; `floor_area_sqm` stands in where `rentable_area_sqm` is not known.
    days : float
        Days of a month.

    Returns
    -------
    Series
        `asked_rent`, money per m2 and month; missing where neither is known.

    Examples
    --------
    >>> places = pd.DataFrame({"rent_sqm_day": [8.0, None], "rent_month": [None, 9000], "floor_area_sqm": 50})
    >>> asked_rent(places, days=30).tolist()
    [240.0, 180.0]
    """
    lease = places.reindex(columns=["rent_sqm_day", "rent_month", "rentable_area_sqm", "floor_area_sqm"]).astype(float)
    area = lease["rentable_area_sqm"].fillna(lease["floor_area_sqm"])
    by_month = rent_sqm_month(lease.assign(rentable_area_sqm=area.where(area > 0)), days=days)
    return (lease["rent_sqm_day"] * days).fillna(by_month).rename("asked_rent")
