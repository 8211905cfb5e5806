"""The shops: brands, stores and what Huff's model says they sell, leases, mall, candidate sites, listings."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import names
from .ground import demand, lonlat, outline, river, rng

MALL = "翠湖广场"
SITE_STAGES = ["to_visit", "visited", "committee", "signed", "rejected"]


def brands():
    """Our brand and five rivals, with the terms on which each franchises."""
    fee = [45_000, 39_800, 36_000, 32_000, 52_000, 30_000]
    return pd.DataFrame(
        {
            "brand": [names.OWN, *names.RIVALS],
            "alias": [names.ALIASES[brand] for brand in [names.OWN, *names.RIVALS]],
            "own": [True] + [False] * 5,
            "rival": [False] + [True] * 5,
            "category": "茶饮",
            "franchise_fee": fee,
            "deposit": [20_000, 20_000, 15_000, 10_000, 30_000, 10_000],
            "royalty": [0.03, 0.02, 0.03, 0.0, 0.05, 0.02],
            "term_years": [3, 3, 2, 3, 3, 2],
            "return_policy": [
                "首批物料 30 天内可退 20%",
                "不退换",
                "首批物料可换不可退",
                "不退换",
                "滞销物料可换",
                None,
            ],
        }
    )


def huff_sales(zone_cells, zone_demand, stores, truth):
    """
    Money a month that each store draws, and the shares, shape (n_zones, n_stores).

    `zone_cells` are polygons in metres; `stores` has `x`, `y` (metres) and `floor_area_sqm`. Share of a zone =
    area^alpha * km^-decay / (sum over all stores + outside).
    """
    huff = truth["huff"]
    middle = shapely.get_coordinates(shapely.centroid(zone_cells))
    nearest = huff["own_radius"] * np.sqrt(shapely.area(zone_cells) / np.pi)
    straight = np.hypot(middle[:, :1] - stores["x"].to_numpy(), middle[:, 1:] - stores["y"].to_numpy())
    km = huff["detour"] * np.maximum(straight, nearest[:, None]) / 1000
    pull = stores["floor_area_sqm"].to_numpy() ** huff["alpha"] * km ** -huff["decay"]
    share = pull / (pull.sum(axis=1, keepdims=True) + huff["outside"])
    return zone_demand @ share, share


def places(n, cells, weight, truth, draw, *, apart=120.0, taken=None):
    """
    n dry points inside zones drawn by `weight`, apart from each other.

    Returns the points in metres, shape (n, 2), and the position of each one's zone.
    """
    land = outline(truth).buffer(-60).difference(river(truth).buffer(25))
    found, zone = list(taken) if taken is not None else [], []
    before = len(found)
    while len(found) < before + n:
        i = draw.choice(len(cells), p=weight / weight.sum())
        low_x, low_y, high_x, high_y = cells[i].bounds
        xy = draw.uniform([low_x, low_y], [high_x, high_y]).round(1)
        if not (shapely.contains_xy(cells[i], *xy) and shapely.contains_xy(land, *xy)):
            continue
        if found and np.hypot(*(np.array(found) - xy).T).min() < apart:
            continue
        found.append(xy)
        zone.append(i)
    return np.array(found[before:]), np.array(zone)


def stores(seed, truth, zones_table, cells):
    """
    250 stores of six brands, with `x`, `y` in metres; open ones first.

    120 own ones are open and have sales; three own ones are planned and three closed.
    """
    draw = rng(seed, "stores")
    weight = demand(zones_table, truth) ** 1.15
    xy, zone = places(250, cells, weight, truth, draw)
    brand = np.r_[np.repeat(names.OWN, 126), draw.choice(names.RIVALS, 124, p=[0.3, 0.24, 0.18, 0.16, 0.12])]
    order = draw.permutation(250)
    brand = brand[order]
    own = brand == names.OWN
    status = np.repeat("open", 250).astype(object)
    status[np.flatnonzero(own)[-6:-3]] = "planned"
    status[np.flatnonzero(own)[-3:]] = "closed"
    mall = draw.random(250) < 0.16
    area = np.clip(draw.lognormal(np.where(mall, np.log(36), np.log(46)), 0.28), 20, 95).round()
    table = pd.DataFrame(
        {
            "store_id": [f"S{i:03d}" for i in range(1, 251)],
            "brand": brand,
            "own": own,
            "name": [f"{b}{zones_table['name'].iloc[z]}店" for b, z in zip(brand, zone)],
            "category": "茶饮",
            "status": status,
            "x": xy[:, 0],
            "y": xy[:, 1],
            **lonlat(xy, truth),
            "address": [_address(zones_table, z, draw) for z in zone],
            "floor_area_sqm": area,
            "site_type": np.where(mall, "mall", "street"),
            "floor": np.where(mall, draw.choice(["B1", "1F", "2F"], 250, p=[0.4, 0.4, 0.2]), "1F"),
            "territory_id": np.where(own, zones_table["territory_id"].to_numpy()[zone], None),
        }
    )
    table["name"] = _numbered(table["name"])
    table["opened"] = _opened(status, truth, draw)
    table["closed"] = pd.Series(pd.NaT, index=table.index)
    gone = table["status"] == "closed"
    table.loc[gone, "closed"] = pd.to_datetime(["2025-03-31", "2025-08-31", "2026-02-28"])
    return table, zone


def _address(zones_table, zone, draw):
    street = draw.choice(names.SIDE_ROADS + names.MAIN_ROADS)
    return f"澜江市{zones_table['name'].iloc[zone]}{street}{draw.integers(1, 399)}号"


def _numbered(several):
    """The second store of the same name gets a 二, and so on."""
    again = several.groupby(several).cumcount()
    mark = again.map({0: "", 1: "（二店）", 2: "（三店）", 3: "（四店）", 4: "（五店）"}).fillna("（分店）")
    return several + mark


def _opened(status, truth, draw):
    """Three quarters opened before the sales begin, the others on the first of a month since."""
    first, last = pd.Period(truth["sales"]["first"], "M"), pd.Period(truth["sales"]["last"], "M")
    old = pd.Timestamp("2018-03-01") + pd.to_timedelta(draw.integers(0, 1600, len(status)), unit="D")
    months = pd.PeriodIndex([first + int(k) for k in draw.integers(1, (last - first).n - 1, len(status))], freq="M")
    young = (draw.random(len(status)) < 0.25) & (status == "open")
    opened = pd.Series(np.where(young, months.to_timestamp(), old))
    return pd.to_datetime(opened.where(status != "planned", pd.Timestamp("2027-03-01")))


def rent_day(xy, floor, truth, draw, frontage=6.0):
    """Rent a m2 and day: falls with the distance to the centre and off the ground floor, rises with the frontage."""
    rent = truth["rent"]
    by_floor = pd.Series(floor).map({"1F": 0.0, "2F": rent["floor_2F"], "B1": rent["floor_B1"]}).to_numpy()
    log = np.log(rent["centre"]) + rent["per_km"] * np.hypot(*np.asarray(xy).T) / 1000 + by_floor
    log = log + rent["per_frontage_m"] * (frontage - 6.0) + draw.normal(0, rent["sigma"], len(log))
    return np.exp(log).round(2)


def lease(table, xy, truth, draw, began=None):
    """
    Lease columns: streets pay a fixed rent, malls a share of sales under four kinds of contract.

    `table` has `site_type`, `floor` and `floor_area_sqm` (a missing area leaves the charged area missing).
    """
    n = len(table)
    mall = (table["site_type"] == "mall").to_numpy()
    floor = table["floor"] if "floor" in table else np.where(mall, "1F", "1F")
    area = table["floor_area_sqm"].to_numpy() * np.where(mall, 1.45, 1.12)
    rent = rent_day(xy, floor, truth, draw)
    mode = np.where(mall, draw.choice(["turnover", "greater_of", "base_plus"], n, p=[0.25, 0.6, 0.15]), "fixed")
    base = (0.75 * rent * area * 365 / 12).round(-2)
    start, end = _term(table.index, began, np.where(mall, 3, 5), truth)
    shared = mode != "fixed"
    return pd.DataFrame(
        {
            "tenure": np.where(mall & (draw.random(n) < 0.6), "concession", "lease"),
            "rent_mode": mode,
            "rentable_area_sqm": area.round(1),
            "rent_sqm_day": np.where(mode == "fixed", rent, np.nan),
            "base_rent_month": np.where(shared & (mode != "turnover"), base, np.nan),
            "turnover_rate": np.where(shared, draw.choice([0.12, 0.15, 0.16, 0.18, 0.20], n), np.nan),
            "sales_basis": np.where(shared, draw.choice(["gross", "net"], n, p=[0.7, 0.3]), None),
            "settlement": np.where(shared, draw.choice(["month", "year"], n, p=[0.8, 0.2]), None),
            "remittance_days": np.where(shared, draw.choice([15, 30, 45], n), np.nan),
            "rent_free_days": draw.choice([0, 15, 30, 45, 60], n),
            "escalation": draw.choice([0, 0.03, 0.05, 0.06], n, p=[0.2, 0.3, 0.4, 0.1]),
            "lease_start": start,
            "lease_end": end,
            "property_fee_sqm_month": np.where(mall, draw.uniform(28, 60, n).round(), draw.uniform(2, 8, n).round(1)),
            "promotion_levy": np.where(mall, draw.choice([0.01, 0.015, 0.02], n), np.nan),
            "transfer_fee": np.where(~mall & (draw.random(n) < 0.4), draw.uniform(2, 18, n).round() * 10_000, np.nan),
            "deposit_months": draw.choice([1, 2, 3], n, p=[0.2, 0.5, 0.3]),
        },
        index=table.index,
    )


def _term(index, began, years, truth):
    """First and last day of the running lease: it was renewed each time it ended."""
    if began is None:
        return pd.Series(pd.NaT, index=index), pd.Series(pd.NaT, index=index)
    today = pd.Period(truth["sales"]["last"], "M").end_time
    start = pd.Series(began - pd.Timedelta(days=30), index=index)
    renewed = ((today - start).dt.days.clip(lower=0) // (365.25 * years)).astype(int) * years
    first = [day + pd.DateOffset(years=int(n)) for day, n in zip(start, renewed)]
    last = [day + pd.DateOffset(years=int(n)) - pd.Timedelta(days=1) for day, n in zip(first, years)]
    return pd.Series(first, index=index), pd.Series(last, index=index)


def stores_before(table, truth, draw):
    """The stores of a year before: those opened since are not there, some that are gone are, three have moved."""
    day = pd.Timestamp(pd.Period(truth["sales"]["last"], "M").end_time.date()) - pd.DateOffset(years=1)
    then = table[(table["opened"] <= day) & ~(table["closed"] <= day)].copy()
    moved = draw.choice(np.flatnonzero(~then["own"].to_numpy()), 3, replace=False)
    then.iloc[moved, then.columns.get_indexer(["lon", "lat"])] += draw.uniform(-0.004, 0.004, (3, 2))
    gone = then[~then["own"]].sample(8, random_state=int(draw.integers(1 << 31))).copy()
    gone["store_id"] = [f"X{i:02d}" for i in range(1, 9)]
    gone["name"] = gone["name"] + "（旧）"
    gone[["lon", "lat"]] += draw.uniform(-0.01, 0.01, (8, 2)).round(6)
    then = pd.concat([then, gone], ignore_index=True).assign(status="open", closed=pd.NaT)
    columns = ["store_id", "brand", "own", "name", "category", "status", "lon", "lat", "floor_area_sqm", "site_type"]
    then[["lon", "lat"]] = then[["lon", "lat"]].round(6)
    return then[[*columns, "opened"]]


def taken_over(table, before, draw):
    """Stores of a year before in whose rooms another brand has opened since: five rows more for `stores_before`."""
    new = table[(table["status"] == "open") & ~table["store_id"].isin(before["store_id"])]
    rows = new.iloc[np.sort(draw.choice(len(new), 5, replace=False))].copy()
    others = {brand: [b for b in names.RIVALS if b != brand] for brand in [names.OWN, *names.RIVALS]}
    rows["brand"] = [draw.choice(others[brand]) for brand in rows["brand"]]
    rows["name"] = rows["brand"] + "（旧）"
    rows["store_id"] = [f"Y{i:02d}" for i in range(1, 6)]
    rows["opened"] = rows["opened"] - pd.DateOffset(years=4)
    return pd.concat([before, rows.assign(own=False)[before.columns]], ignore_index=True)


def mall_units(seed):
    """Two floors of one mall: shops on both sides of a walk, metres of the plan; some vacant, one planned for us."""
    draw = rng(seed, "mall")
    widths = {"1F": [12, 9, 9, 14, 10, 18], "2F": [16, 8, 10, 10, 14, 14]}
    rows = []
    for floor, wide in widths.items():
        for side, (low, high) in enumerate([(0.0, 15.0), (24.0, 40.0)]):
            left = np.r_[0, np.cumsum(wide if side == 0 else wide[::-1])].astype(float)
            for k in range(6):
                box = shapely.box(left[k], low, left[k + 1], high)
                rows.append((f"{floor[0]}{len(rows) % 12 + 1:02d}", floor, box))
    units = pd.DataFrame(rows, columns=["unit", "floor", "geometry"])
    units.insert(0, "unit_id", units["floor"] + "-" + units["unit"])
    units.insert(1, "mall", MALL)
    units["floor_area_sqm"] = shapely.area(units["geometry"].to_numpy()).round(1)
    tenant = [names.OWN, *names.RIVALS[:3], *names.MALL_BRANDS, *draw.choice(names.MALL_BRANDS, 6), *[None] * 4]
    units["brand"] = draw.permutation(np.array(tenant, dtype=object))
    kinds = {"浅草咖啡": "咖啡", "禾火锅": "餐饮", "一间面馆": "餐饮", "米仓": "餐饮", "木棉书屋": "文创"}
    tea = {names.OWN, *names.RIVALS}
    units["category"] = [None if b is None else "茶饮" if b in tea else kinds.get(b, "零售") for b in units["brand"]]
    vacant = units.index[units["brand"].isna()]
    units["plan_brand"] = pd.Series({vacant[0]: names.OWN}, dtype=object).reindex(units.index)
    units["rent_mode"] = "greater_of"
    units["base_rent_month"] = (units["floor_area_sqm"] * draw.uniform(180, 420, 24)).round(-2)
    units["turnover_rate"] = draw.choice([0.10, 0.12, 0.15, 0.18], 24)
    units["property_fee_sqm_month"] = 45.0
    return gpd.GeoDataFrame(_whole_mall(units.drop(columns="unit"), rng(seed, "mall_more")), geometry="geometry")


def _whole_mall(units, draw):
    """The rest of the mall, drawn on its own: a third row, an anchor and kiosks; walks, doors and escalators."""
    more = pd.concat([_more_units(draw), _ways()], ignore_index=True)
    table = pd.concat([units, more], ignore_index=True)
    table.insert(4, "kind", table.pop("kind").fillna("unit"))
    let = table["brand"].notna() & table["kind"].isin(["unit", "anchor"])
    days = pd.Timestamp("2026-12-31") + pd.to_timedelta(draw.integers(0, 1400, len(table)), unit="D")
    table["lease_end"] = pd.Series(days, index=table.index).where(let & (draw.random(len(table)) < 0.9))
    return table


def _more_units(draw):
    boxes = [
        *(
            (f"{f}-{f[0]}{21 + k}", f, "unit", shapely.box(9 * k, 48, 9 * k + 9, 62))
            for f in ("1F", "2F")
            for k in range(8)
        ),
        *((f"{f}-{f[0]}31", f, "anchor", shapely.box(80, 0, 112, 62)) for f in ("1F", "2F")),
        *((f"1F-K{k}", "1F", "unit", shapely.box(19 + 12 * k, 18, 23 + 12 * k, 21)) for k in (1, 2, 3)),
    ]
    more = pd.DataFrame(boxes, columns=["unit_id", "floor", "kind", "geometry"]).assign(mall=MALL)
    more["floor_area_sqm"] = shapely.area(more["geometry"].to_numpy()).round(1)
    kinds = names.MORE_MALL_BRANDS
    tenants = [*kinds, names.RIVALS[3], None, None, None, None]
    drawn = iter(draw.permutation(np.array(tenants, dtype=object)))
    anchor = more["kind"] == "anchor"
    more["brand"] = [names.ANCHORS[f][0] if a else next(drawn) for f, a in zip(more["floor"], anchor)]
    of_anchor = dict(names.ANCHORS.values())
    more["category"] = [None if b is None else {**kinds, **of_anchor}.get(b, "茶饮") for b in more["brand"]]
    empty, taken = more.index[more["brand"].isna()], more.index[more["brand"].notna() & ~anchor]
    plan = {empty[0]: "云朵烘焙", empty[1]: names.MALL_BRANDS[0], taken[5]: names.RIVALS[0]}
    more["plan_brand"] = pd.Series(plan, dtype=object).reindex(more.index)
    more["rent_mode"] = np.where(anchor, "turnover", "fixed")
    more["rent_sqm_day"] = pd.Series(draw.uniform(6, 16, len(more)).round(1)).where(~anchor)
    more["turnover_rate"] = pd.Series(np.full(len(more), 0.06)).where(anchor)
    more["property_fee_sqm_month"] = 45.0
    more.loc[taken[[2, 9]], "rent_sqm_day"] = np.nan
    return more


def _ways():
    """What is no unit: walks as outlines, doors and escalators as small outlines where they stand."""
    ways = [
        *((f, "corridor", 1, (0, 15, 72, 24)) for f in ("1F", "2F")),
        *((f, "corridor", 2, (0, 40, 72, 48)) for f in ("1F", "2F")),
        *((f, "corridor", 3, (72, 0, 80, 62)) for f in ("1F", "2F")),
        *((f, "escalator", k, (74, y, 78, y + 7)) for f in ("1F", "2F") for k, y in ((1, 16), (2, 40))),
        *((f, "lift", 1, (74.5, 28, 77.5, 31)) for f in ("1F", "2F")),
        *((f, "toilet", 1, (73, 56, 79, 61)) for f in ("1F", "2F")),
        *(("1F", "entrance", k, box) for k, box in ((1, (-1, 17, 0, 22)), (2, (-1, 42, 0, 46)), (3, (74, -1, 78, 0)))),
    ]
    rows = [(f"{f}-{kind}{k}", f, kind, shapely.box(*box)) for f, kind, k, box in ways]
    return pd.DataFrame(rows, columns=["unit_id", "floor", "kind", "geometry"]).assign(mall=MALL)


def sites(seed, truth, zones_table, cells, store_xy):
    """40 candidate sites, with leases; some answers are not known yet."""
    draw = rng(seed, "sites")
    weight = demand(zones_table, truth)
    xy, zone = places(40, cells, weight, truth, draw, apart=150, taken=store_xy)
    mall = draw.random(40) < 0.25
    table = pd.DataFrame(
        {
            "site_id": [f"P{i:02d}" for i in range(1, 41)],
            "name": [f"{zones_table['name'].iloc[z]}候选铺{i:02d}" for i, z in enumerate(zone, 1)],
            "address": [_address(zones_table, z, draw) for z in zone],
            **lonlat(xy, truth),
            "floor_area_sqm": np.clip(draw.lognormal(np.log(46), 0.3, 40), 22, 100).round(),
            "site_type": np.where(mall, "mall", "street"),
            "site_stage": draw.choice(SITE_STAGES[:3], 40, p=[0.45, 0.4, 0.15]),
        }
    )
    terms = lease(table, xy, truth, draw)
    table["fit_out_cost"] = (table["floor_area_sqm"] * draw.uniform(1800, 3200, 40)).round(-3)
    table = pd.concat([table, terms.drop(columns=["lease_start", "lease_end"])], axis=1)
    gaps = {"floor_area_sqm": 3, "fit_out_cost": 6, "rent_sqm_day": 3, "transfer_fee": 4, "property_fee_sqm_month": 5}
    for column, n in gaps.items():
        table.loc[draw.choice(40, n, replace=False), column] = np.nan
    table.loc[table["floor_area_sqm"].isna(), "rentable_area_sqm"] = np.nan
    return table, xy


def listings(seed, truth, zones_table, cells):
    """120 shops offered for rent, with floor and frontage."""
    draw = rng(seed, "listings")
    xy, zone = places(120, cells, demand(zones_table, truth), truth, draw, apart=20)
    frontage = draw.uniform(3, 14, 120).round(1)
    floor = draw.choice(["1F", "2F", "B1"], 120, p=[0.72, 0.18, 0.10])
    return pd.DataFrame(
        {
            "listing_id": [f"L{i:03d}" for i in range(1, 121)],
            **lonlat(xy, truth),
            "address": [_address(zones_table, z, draw) for z in zone],
            "floor_area_sqm": np.clip(draw.lognormal(np.log(60), 0.45, 120), 15, 260).round(),
            "floor": floor,
            "frontage_m": frontage,
            "vacant_months": draw.poisson(2.5, 120).astype(float),
            "channel": draw.choice(["房产中介", "业主直租", "商场招商", "转租"], 120),
            "rent_mode": "fixed",
            "rent_sqm_day": rent_day(xy, floor, truth, draw, frontage),
            "transfer_fee": np.where(draw.random(120) < 0.35, draw.uniform(1, 20, 120).round() * 10_000, np.nan),
        }
    )
