"""
A trip that visits prospects and sites: in which order, how far, and how many days it takes.

The order is one short tour (`market.tours`); it is cut into days where that makes the fewest days, and of those the
least time (Beasley: route first, cluster second). With a base, each day begins and ends there.
"""

import numpy as np
import pandas as pd

from expansion_kit.market import tours

VISIT_MINUTES = {"prospect": 60.0, "site": 30.0}


def stops(prospects=None, sites=None):
    """
    The places of a trip: homes of prospects and sites; without a position they are left out, and counted.

    Parameters
    ----------
    prospects, sites : GeoDataFrame, optional
        The chosen rows, in metres and in one coordinate reference system.

    Returns
    -------
    GeoDataFrame, shape (n, 3)
        `kind` (prospect, site), `id`, geometry; by kind and id. `.attrs["unplaced"]`: ids without a position.

    Raises
    ------
    ValueError
        If neither is given.
    """
    import geopandas as gpd

    parts = {kind: table for kind, table in (("prospect", prospects), ("site", sites)) if table is not None}
    if not parts:
        raise ValueError("a trip needs prospects or sites to visit")
    rows = [
        gpd.GeoDataFrame({"kind": kind, "id": table.index.astype(str)}, geometry=table.geometry.array)
        for kind, table in parts.items()
    ]
    places = pd.concat(rows, ignore_index=True).sort_values(["kind", "id"], ignore_index=True)
    unplaced = places["id"][places.geometry.isna()].tolist()
    places = places[places.geometry.notna()].reset_index(drop=True)
    places.attrs["unplaced"] = unplaced
    return places


def plan_trip(
    places, *, base=None, hours=8.0, visit_minutes=None, mode="drive", network=None, kmh=None, detour=1.3, seed=0
):
    """
    The places in the order of visiting, by day.

    Parameters
    ----------
    places : GeoDataFrame, shape (n, ...)
        As from `stops`.
    base : shapely Point, optional
        Where each day begins and ends (an office, a hotel), in the places' coordinates. Without one, a day begins at
        its first place and ends at its last.
    hours : float
        Hours of a day for travel and visits.
    visit_minutes : dict, optional
        Minutes of a visit by kind; `VISIT_MINUTES` unless stated.
    mode, network, kmh, detour, seed
        As in `market.tours.route`.

    Returns
    -------
    DataFrame, shape (n, ...)
        Index `stop` (1, 2, 3 ... of the whole trip): `day`, `kind`, `id`, `travel_minutes` and `km` (from the stop
        before, or from the base; missing for the first of a day without one, or where only the time is known),
        `visit_minutes`, `arrive_minute` (of the day, from its start), `home_minutes` and `home_km` (from the last stop
        of a day back to the base), `too_long` (this visit alone fills more than a day). `.attrs`: `method`, `kind`,
        `mode`, `kmh`, `detour`, `proved` (the order is the shortest there is), `unplaced` (ids), `based`.

    Raises
    ------
    ValueError
        If there is no place, a day has no hours, or a kind has no minutes.

    Examples
    --------
    Three sites along a road, an hour each, two hours a day from the first:

    >>> import geopandas as gpd
    >>> from expansion_kit import geo
    >>> points = gpd.GeoSeries.from_xy([0, 1000, 2000], [0, 0, 0], crs=geo.metric_crs([127], [37.5]))
    >>> places = gpd.GeoDataFrame({"kind": "site", "id": ["A", "B", "C"]}, geometry=points)
    >>> plan_trip(places, hours=2.1, visit_minutes={"site": 60}, detour=1.0)[["day", "id"]].to_dict("list")
    {'day': [1, 1, 2], 'id': ['A', 'B', 'C']}
    """
    minutes_of = VISIT_MINUTES if visit_minutes is None else visit_minutes
    if not len(places) or not hours > 0:
        raise ValueError("a trip needs at least one place with a position, and days of more than 0 hours")
    unplaced = places.attrs.get("unplaced", [])
    places = places.sort_values(["kind", "id"], ignore_index=True)
    if lacks := sorted(set(places["kind"]) - set(minutes_of)):
        raise ValueError(f"no minutes of a visit for {', '.join(lacks)}")
    visits = places["kind"].map(minutes_of).to_numpy(float)
    order, legs = _ordered(places, base, mode=mode, network=network, kmh=kmh, detour=detour, seed=seed)
    days = _days(visits[order], legs["minutes"], 60.0 * hours)
    table = _told(places.iloc[order], visits[order], legs, days, 60.0 * hours, base is not None)
    table.attrs |= {"unplaced": unplaced, "based": base is not None}
    return table


def _ordered(places, base, *, seed, **options):
    """The order of the places, and minutes and km of its legs, from the base and back to it, in that order."""
    import geopandas as gpd

    points = gpd.GeoDataFrame(geometry=places.geometry)
    if base is not None:
        points = pd.concat([gpd.GeoDataFrame(geometry=[base], crs=places.crs, index=[-1]), points])
    minutes, km, about = tours.ways(points, **options)
    way = tours.tour(minutes, start=None if base is None else -1, closed=base is not None, seed=seed)
    order = [place for place in way.index if place != -1]
    legs = about | {"proved": way.attrs["proved"]}
    for name, table in (("minutes", minutes), ("km", km)):
        along = table.loc[order, order].to_numpy(float)
        out, back = (table.loc[-1, order], table.loc[order, -1]) if base is not None else ([0.0] * len(order),) * 2
        legs[name] = {"leg": np.r_[np.nan, np.diagonal(along, 1)], "out": np.array(out), "back": np.array(back)}
    return order, legs


def _days(visits, legs, most):
    """Where each day begins in the order: the fewest days, of those the least time, of those full days first."""
    n = len(visits)
    best = [(0, 0.0, 0)] + [(n + 1, np.inf, 0)] * n  # days, minutes, where the last day begins
    for begin in range(n):
        spent = legs["out"][begin]
        for end in range(begin, n):
            spent += visits[end] + (legs["leg"][end] if end > begin else 0.0)
            whole = spent + legs["back"][end]
            if whole > most + 1e-9 and end > begin:
                break
            best[end + 1] = min(best[end + 1], (best[begin][0] + 1, round(best[begin][1] + whole, 9), -begin))
    begins, end = [], n
    while end:
        end = -best[end][2]
        begins.append(end)
    return np.searchsorted(begins[::-1], np.arange(n), side="right")


def _told(places, visits, legs, day, most, based):
    first = np.r_[True, np.diff(day) > 0]
    last = np.r_[first[1:], True]
    table = pd.DataFrame({"day": day, "kind": places["kind"].to_numpy(), "id": places["id"].to_numpy()})
    for name, column in (("minutes", "travel_minutes"), ("km", "km")):
        table[column] = np.where(first, legs[name]["out"] if based else np.nan, legs[name]["leg"])
    table["visit_minutes"] = visits
    spent = (table["travel_minutes"].fillna(0) + visits).groupby(table["day"]).cumsum()
    table["arrive_minute"] = spent - visits
    for name, column in (("minutes", "home_minutes"), ("km", "home_km")):
        table[column] = np.where(last & based, legs[name]["back"], np.nan)
    alone = legs["minutes"]["out"] + visits + legs["minutes"]["back"]
    table["too_long"] = alone > most + 1e-9
    table.index = pd.RangeIndex(1, len(table) + 1, name="stop")
    table.attrs |= {name: legs[name] for name in ("kind", "method", "mode", "kmh", "detour", "proved")}
    return table


def trip_days(trip):
    """
    What each day of a trip comes to.

    Parameters
    ----------
    trip : DataFrame
        As `plan_trip` returns it.

    Returns
    -------
    DataFrame
        Index `day`: `stops`, `travel_minutes`, `visit_minutes`, `minutes` (both), `km`, the way home included; a length
        is missing where one of its legs is.

    Examples
    --------
    >>> rows = {"day": [1, 1], "id": ["A", "B"], "travel_minutes": [9.0, 6.0], "home_minutes": [None, 5.0]}
    >>> rows |= {"km": [3.0, 2.0], "home_km": [None, 1.5], "visit_minutes": 30.0}
    >>> trip_days(pd.DataFrame(rows)).to_dict("records")
    [{'stops': 2, 'travel_minutes': 20.0, 'visit_minutes': 60.0, 'minutes': 80.0, 'km': 6.5}]
    """
    first = trip["day"].diff().ne(0)
    of = trip.assign(travel=trip["travel_minutes"].fillna(0) + trip["home_minutes"].fillna(0))
    known = trip["km"].notna() | (first & trip["travel_minutes"].isna())
    known &= trip["home_km"].notna() | trip["home_minutes"].isna()
    of["way"] = (trip["km"].fillna(0) + trip["home_km"].fillna(0)).where(known)
    days = of.groupby("day").agg(
        stops=("id", "size"), travel_minutes=("travel", "sum"), visit_minutes=("visit_minutes", "sum")
    )
    days["minutes"] = days["travel_minutes"] + days["visit_minutes"]
    days["km"] = of.groupby("day")["way"].agg(lambda part: part.sum(skipna=False))
    return days
