"""What is counted: people in the streets, rents and sales by zone, shoppers' choices, ways between sites."""

import numpy as np
import pandas as pd

from .ground import rng
from .shops import rent_day


def quarter(truth):
    """The last quarter that was over, such as `2026-Q3`."""
    last = pd.Period(truth["sales"]["last"], "M")
    whole = (last + 1).asfreq("Q") - 1
    return f"{whole.year}-Q{whole.quarter}"


def zone_footfall(seed, truth, zones_table):
    """People a day by time band and kind of day, with the totals as rows of their own (empty band, empty day)."""
    draw, flow = rng(seed, "footfall"), truth["footfall"]
    mean = flow["residents"] * zones_table["population"] + flow["workers"] * zones_table["workers"]
    day = (mean * draw.lognormal(0, flow["sigma"], len(zones_table))).to_numpy()
    level = {"weekday": 7 / (5 + 2 * flow["weekend"]), "weekend": 7 * flow["weekend"] / (5 + 2 * flow["weekend"])}
    profile = {"weekday": np.array(flow["weekday"]), "weekend": np.array(flow["weekend_day"])}
    wobble = draw.lognormal(0, 0.12, (len(day), 2, len(flow["bands"])))
    rows, by_kind = [], {}
    for k, kind in enumerate(level):
        shape = profile[kind] * wobble[:, k]
        by_kind[kind] = (day * level[kind])[:, None] * shape / shape.sum(axis=1, keepdims=True)
        by_kind[kind] = by_kind[kind].round()
    by_kind[None] = ((5 * by_kind["weekday"] + 2 * by_kind["weekend"]) / 7).round(1)
    for kind, people in by_kind.items():
        for b, band in enumerate(flow["bands"]):
            rows.append(_rows(zones_table, truth, people[:, b], band, kind))
        rows.append(_rows(zones_table, truth, people.sum(axis=1).round(1), None, kind))
    return pd.concat(rows, ignore_index=True).sort_values("zone_id", kind="stable", ignore_index=True)


def _rows(zones_table, truth, people, band, kind):
    table = pd.DataFrame({"zone_id": zones_table["zone_id"], "period": quarter(truth), "people": people})
    return table.assign(time_band=pd.Series([band] * len(table), dtype=object), day_type=kind)


def zone_rents(seed, truth, zones_table, zone_xy):
    """Rent level a m2 and month on two floors; upper floors are not known everywhere."""
    draw = rng(seed, "rents")
    parts = []
    for floor, known in (("1F", 0.97), ("2F", 0.55)):
        month = rent_day(zone_xy, np.repeat(floor, len(zone_xy)), truth, draw) * 365 / 12
        table = pd.DataFrame({"zone_id": zones_table["zone_id"], "floor": floor, "rent_sqm_month": month.round(1)})
        table["sample_size"] = draw.poisson(14 if floor == "1F" else 5, len(table)) + 1
        parts.append(table[draw.random(len(table)) < known])
    table = pd.concat(parts).sort_values(["zone_id", "floor"], ignore_index=True)
    return table.assign(period=quarter(truth))


def market_sales(seed, truth, zones_table, zone_demand, open_stores, expected, shares):
    """What the shops of each zone sell in four quarters: stores of the six brands, and unlisted ones."""
    draw = rng(seed, "market_sales")
    listed = pd.Series(expected).groupby(open_stores["zone_id"].to_numpy()).sum()
    unlisted = 0.4 * zone_demand * (1 - shares.sum(axis=1))
    month = listed.reindex(zones_table["zone_id"], fill_value=0).to_numpy() + unlisted
    season = np.array(truth["sales"]["season"]).reshape(4, 3).sum(axis=1)
    last = pd.Period(quarter(truth).replace("-", ""), "Q")
    parts = []
    for back in range(3, -1, -1):
        q = last - back
        sales = month * season[q.quarter - 1] * draw.lognormal(0, 0.05, len(month))
        period = f"{q.year}-Q{q.quarter}"
        parts.append(
            pd.DataFrame({"zone_id": zones_table["zone_id"], "category": "茶饮", "period": period, "sales": sales})
        )
    table = pd.concat(parts, ignore_index=True)
    return table.assign(sales=table["sales"].round(-2))


def choices(seed, truth, zones_table, store_ids, shares):
    """Shoppers of each zone asked which of the stores they went to last; drawn from Huff's shares."""
    draw = rng(seed, "choices")
    asked = draw.poisson(60, len(shares))
    of_listed = shares / shares.sum(axis=1, keepdims=True)
    counts = np.vstack([draw.multinomial(n, p) for n, p in zip(asked, of_listed)])
    zone, store = np.nonzero(counts)
    return pd.DataFrame(
        {
            "zone_id": zones_table["zone_id"].to_numpy()[zone],
            "store_id": np.asarray(store_ids)[store],
            "count": counts[zone, store],
        }
    )


def foot_counts(seed, truth, sites_table):
    """Counts of 15 minutes by hand in front of twelve sites, on a weekday and a weekend day."""
    draw, flow = rng(seed, "foot_counts"), truth["passers"]
    busy = pd.Series(draw.lognormal(0, 0.5, 12), sites_table["site_id"].iloc[:12])
    rows = []
    for site in sites_table.iloc[:12].itertuples():
        for date, kind in (("2026-10-21", "weekday"), ("2026-10-24", "weekend")):
            for hour in (8, 12, 15, 18, 20):
                hourly = busy[site.site_id] * flow["mean"] * flow["hours"][hour - 7]
                people = draw.poisson(hourly * (flow["weekend"] if kind == "weekend" else 1) / 4)
                entered = draw.binomial(people, flow["entered"])
                rows.append((site.site_id, date, hour, people, kind, entered, draw.binomial(entered, flow["bags"])))
    columns = ["place_id", "date", "hour", "people", "day_type", "entered", "bags"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(0, "count_id", [f"C{i:03d}" for i in range(1, len(table) + 1)])
    table["date"] = pd.to_datetime(table["date"])
    spot = sites_table.set_index("site_id")
    table["lon"], table["lat"] = table["place_id"].map(spot["lon"]), table["place_id"].map(spot["lat"])
    table["observer"] = draw.choice(["调查员甲", "调查员乙"], len(table))
    return table.assign(minutes_observed=15, direction="双向")


def sensor_counts(seed, truth, place_ids):
    """Hourly counts of three sensors in four weeks; the second one was silent for nine hours."""
    draw, flow = rng(seed, "sensors"), truth["passers"]
    hours = pd.date_range("2026-10-05", periods=28 * 24, freq="h")
    profile = np.full(24, 0.05)
    profile[7:23] = flow["hours"]
    weekend = np.where(hours.dayofweek >= 5, flow["weekend"], 1.0)
    parts = []
    for place, level in zip(place_ids, (3.0, 1.6, 0.8)):
        people = draw.poisson(level * flow["mean"] * profile[hours.hour] * weekend * draw.lognormal(0, 0.1, len(hours)))
        parts.append(pd.DataFrame({"place_id": place, "time": hours, "people": people}))
    parts[1] = parts[1].drop(index=range(300, 309))
    return pd.concat(parts, ignore_index=True)


def travel(site_ids, xy):
    """Driving between the sites: 1.3 times the straight line at 24 km/h, and three minutes to park."""
    km = 1.3 * np.hypot(xy[:, :1] - xy[:, 0], xy[:, 1:] - xy[:, 1]) / 1000
    start, stop = np.nonzero(~np.eye(len(xy), dtype=bool))
    km = km[start, stop].round(2)
    ids = np.asarray(site_ids)
    return pd.DataFrame(
        {"from_id": ids[start], "to_id": ids[stop], "minutes": (km / 24 * 60 + 3).round(1), "km": km, "mode": "driving"}
    )
