"""What a candidate site would sell, and what is measured around it and around the stores it is compared with."""

import numpy as np
import pandas as pd

from expansion_kit.market.competition import rivals_within
from expansion_kit.market.huff import capture, outside_pull
from expansion_kit.market.huff_model import HuffModel
from expansion_kit.market.huff_sales import huff_sales
from expansion_kit.market.leases import rent_sqm_month
from expansion_kit.words import say

EXPONENTS = {"alpha": 1.0, "decay": 2.0}
"""Huff's own, of floor area and of distance: what stands in where the data cannot tell."""

_MONEY = ["sales", "transfer_loss", "net_gain"]


def sized(places):
    """
    The places that have a position and a floor area.

    Parameters
    ----------
    places : GeoDataFrame
        Sites or stores.

    Returns
    -------
    GeoDataFrame
        Its rows with a geometry and a `floor_area_sqm` above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> places = gpd.GeoDataFrame({"floor_area_sqm": [40, None]}, geometry=gpd.GeoSeries.from_xy([0, 1], [0, 1]))
    >>> len(sized(places))
    1
    """
    area = places.reindex(columns=["floor_area_sqm"])["floor_area_sqm"]
    return places.assign(floor_area_sqm=area)[places.geometry.notna() & area.gt(0)]


def comparable(stores):
    """
    The stores that a Huff model can hold: with a position and a floor area, their own or the median of the others.

    Parameters
    ----------
    stores : GeoDataFrame
        Stores that trade, in metres.

    Returns
    -------
    GeoDataFrame
        Its rows with a position, `floor_area_sqm` without gaps and `area_assumed` (bool); none where no area is known.

    Examples
    --------
    >>> import geopandas as gpd
    >>> places = [*gpd.points_from_xy([0, 0], [0, 9]), None]
    >>> stores = gpd.GeoDataFrame({"floor_area_sqm": [40.0, None, 80.0]}, geometry=places)
    >>> comparable(stores)[["floor_area_sqm", "area_assumed"]].to_numpy().tolist()
    [[40.0, False], [60.0, True]]
    """
    area = stores.reindex(columns=["floor_area_sqm"])["floor_area_sqm"].astype(float)
    known = area.gt(0)
    filled = stores.assign(floor_area_sqm=area.where(known, area[known].median()), area_assumed=~known)
    return sized(filled)


def usable_choices(choices, zones, stores):
    """
    The counted choices of zones and stores that a model holds.

    Parameters
    ----------
    choices : DataFrame
        `choices` table.
    zones, stores : DataFrame
        By zone_id and store_id.

    Returns
    -------
    DataFrame
        Its rows with a count above 0 and a zone and a store of the model.

    Examples
    --------
    >>> choices = pd.DataFrame({"zone_id": ["Z1", "Z1", "Z9"], "store_id": ["S1", "S2", "S1"], "count": [3, 0, 5]})
    >>> usable_choices(choices, pd.DataFrame(index=["Z1"]), pd.DataFrame(index=["S1", "S2"]))["count"].tolist()
    [3]
    """
    held = choices["zone_id"].isin(zones.index) & choices["store_id"].isin(stores.index)
    return choices[held & choices["count"].gt(0)]


def learned(zones, stores, demand, *, choices=None, known_sales=None, stated=None, outside=None):
    """
    A Huff model from the best evidence there is, and where each of its exponents comes from.

    A stated exponent stays. The others are learned from choices or, where there are none, from known sales. If these
    cannot tell one because what it multiplies does not differ, the rest is learned without it; any other doubt throws
    all of them back to Huff's own, 1 and 2. The level of money comes from known sales.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n_zones,)
        Zones with a demand, in metres.
    stores : GeoDataFrame, shape (n_stores,)
        As from `comparable`.
    demand : Series
        Money a month, by zone.
    choices : DataFrame, optional
        As from `usable_choices`; none where it is empty.
    known_sales : Series, optional
        Money a month, by store; what is missing, not above 0 or of another store is left out.
    stated : dict, optional
        Exponents that stay: `alpha`, `decay`.
    outside : float or "estimate", optional
        Share of the demand that goes to no listed store (online, unlisted shops, other towns), 0 to below 1; or to be
        learned from known sales, which takes demand at its true level. Without it all that a new store sells is taken
        from listed stores, so that what own stores lose is too high and net gain too low. Exponents are learned first.

    Returns
    -------
    model : HuffModel or None
        None where there is no demand or no store; without known sales it gives shares only.
    exponents : DataFrame
        By `alpha` and `decay`: `value`; `std_error`, `low` and `high` (95 %) where learned; `origin` (`option`,
        `choices`, `totals` or `textbook`) and `reason` (why the data could not tell it, a key of
        `calibration.REASONS`, or empty). A row `outside` where it is asked for: `value` is its share of the demand,
        0 where the data cannot tell.

    References
    ----------
    Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28(3), 34-38.
    """
    stated, reasons, model = stated or {}, {}, None
    known = pd.Series(dtype=float) if known_sales is None else known_sales[known_sales.gt(0)]
    known = known[known.index.isin(stores.index)]
    money = {"known_sales": known, "demand": demand} if len(known) else {}
    counted = {"choices": choices} if choices is not None and len(choices) else {}
    left = [name for name in EXPONENTS if name not in stated] if money or counted else []
    while len(stores) and demand.reindex(zones.index).sum() > 0 and model is None:
        model = HuffModel(estimate=left, start=EXPONENTS | stated)
        model.fit(zones, stores, **money, **(counted if left else {}))
        if not model.identified_:
            found = model.parameters_["reason"]
            reasons |= found[found != ""].to_dict()
            left = [name for name in left if name not in reasons] if set(found) == {"", "no_variation"} else []
            model = None
    table = _exponents(model, stated, left, reasons, "choices" if counted else "totals")
    if model is None or not outside:
        return model, table
    model, beside = _with_outside(model, zones, stores, demand, money, outside)
    table.loc["outside", list(beside)] = list(beside.values())
    return model, table


def _with_outside(model, zones, stores, demand, money, outside):
    """The model with an outside option beside its stores, all else as it is; and what is known of that option."""
    start = model.parameters_["value"].drop("outside").dropna().to_dict()
    if outside != "estimate":
        pull = outside_pull(zones, stores, demand, outside, alpha=start["alpha"], decay=start["decay"])
        wider = HuffModel(estimate=(), start=start | {"outside": pull}).fit(zones, stores, **money)
        return wider, {"value": outside, "origin": "option", "reason": ""}
    if not money:
        return model, {"value": 0.0, "origin": "textbook", "reason": "too_few"}
    wider = HuffModel(estimate=["outside"], start=start).fit(zones, stores, **money)
    if not wider.identified_:
        return model, {"value": 0.0, "origin": "textbook", "reason": wider.parameters_.loc["outside", "reason"]}
    share = huff_sales(zones, stores, demand, **wider.options())["outside"] / demand.reindex(zones.index).sum()
    return wider, {"value": share, "origin": "totals", "reason": ""}


def _exponents(model, stated, told, reasons, source):
    columns = ["value", "std_error", "low", "high"]
    if model is None:
        told, table = [], pd.DataFrame({"value": EXPONENTS | stated}, columns=columns, dtype=float)
    else:
        table = model.parameters_.loc[list(EXPONENTS), columns].copy()
    origin = {name: "option" if name in stated else source if name in told else "textbook" for name in table.index}
    table["origin"], table["reason"] = pd.Series(origin), pd.Series(reasons, dtype=object).reindex(table.index)
    return table.fillna({"reason": ""}).rename_axis("exponent")


def method_text(model, exponents, lang):
    """
    How expected sales were found, in a sentence for a reader: each exponent with its origin, and the level.

    Parameters
    ----------
    model, exponents
        As from `learned`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> zones, stores = pd.DataFrame(index=["Z1"]), pd.DataFrame({"floor_area_sqm": []})
    >>> method_text(*learned(zones, stores, pd.Series({"Z1": 100.0})), "en")
    'no model: there is no demand, or no store with a position and a floor area'
    """
    if model is None:
        return say("huff.no_model", lang)
    parts = [
        say(f"huff.by_{row.origin}", lang, name=say(f"huff.{name}", lang), value=row.value, error=row.std_error)
        for name, row in exponents.loc[list(EXPONENTS)].iterrows()
    ]
    known = model.level_["stores_known"] if model.level_ else 0
    level = say("huff.level_known", lang, n=known) if known else say("huff.level_unknown", lang)
    return say("huff.method", lang, alpha=parts[0], decay=parts[1], level=level)


def outside_text(exponents, lang):
    """
    What the model takes the demand outside the listed stores to be, and what that means for net gain.

    Parameters
    ----------
    exponents : DataFrame
        As from `learned`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> exponents = pd.DataFrame({"value": [0.3], "origin": ["option"]}, index=["outside"])
    >>> outside_text(exponents, "en")
    'Outside the listed stores goes 30% of the demand (stated as an option)'
    """
    if "outside" not in exponents.index or exponents["origin"]["outside"] == "textbook":
        return say("huff.outside_none", lang)
    share = exponents["value"]["outside"]
    return say(f"huff.outside_by_{exponents['origin']['outside']}", lang, share=share)


def doubt_text(exponents, lang):
    """
    What the data could not tell about the exponents and why, or an empty text.

    Parameters
    ----------
    exponents : DataFrame
        As from `learned`.
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> exponents = pd.DataFrame({"reason": ["", "without_distance"]}, index=["alpha", "decay"])
    >>> doubt_text(exponents, "en")
    'Not identified: exponent of distance (a model blind to distance fits as well)'
    """
    reasons = exponents["reason"][exponents["reason"] != ""]
    if reasons.empty:
        return ""
    each = [
        say("huff.doubt", lang, name=say(f"huff.{name}", lang), why=say(f"huff.why_{reason}", lang))
        for name, reason in reasons.items()
    ]
    return say("huff.not_identified", lang, each=say("huff.comma", lang).join(each))


def site_sales(model, zones, stores, sites, demand):
    """
    What each site would draw if it alone were opened, and what each store draws today.

    A site without a floor area is not forecast.

    Parameters
    ----------
    model : HuffModel or None
        As from `learned`.
    zones, stores, demand
        As in `learned`.
    sites : GeoDataFrame, shape (n_sites,)
        Points in metres, with `floor_area_sqm`.

    Returns
    -------
    at_sites : DataFrame, shape (n_sites,)
        `demand_share` (of what all zones spend in the listed stores) and, where the model has a level, money a month:
        `sales`, `transfer_loss` (of own stores), `net_gain`; and `cannibalisation_rate` (share of the sales).
    at_stores : DataFrame, shape (n_stores,)
        `demand_share` and `sales`.
    """
    at_sites = pd.DataFrame(np.nan, index=sites.index, columns=["demand_share", "cannibalisation_rate", *_MONEY])
    at_stores = pd.DataFrame(np.nan, index=stores.index, columns=["demand_share", "sales"])
    if model is None:
        return at_sites, at_stores
    ready = sized(sites)
    known = demand.reindex(zones.index)
    won = capture(zones, stores, ready, known / known.sum(), **model.options())
    won = won.rename(columns={"captured_sales": "sales"}).reindex(sites.index)
    at_sites["demand_share"], at_sites["cannibalisation_rate"] = won["sales"], won["cannibalisation_rate"]
    at_stores["demand_share"] = huff_sales(zones, stores, known / known.sum(), **model.options())
    if model.level_ is not None:
        at_sites[_MONEY] = won[_MONEY] * model.at_level(known).sum()
        at_stores["sales"] = model.predict_sales(zones, stores, demand)
    return at_sites, at_stores


def measures(places, sales, stores, *, footfall, zone_rents, radius):
    """
    The criteria of `criteria.CRITERIA`, measured in the same way at candidate sites and at stores.

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
