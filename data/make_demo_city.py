"""
Make the demo city: a fictional Chinese city, drawn from `demo_truth.toml` and a seed.

    python data/make_demo_city.py --seed 20261101 --into data/demo_city   (a folder without a city.toml)

Everything in it is made up: places, brands, persons and figures. The truth it is drawn from stands outside the city
folder, so that tests can ask the toolkit to find it again. The same seed gives the same bytes.
"""

import argparse
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # the parts stand beside this script

from demo_parts import counts, ground, names, people, shops, trade  # noqa: E402


def read_truth():
    """What the city is drawn from, as a dict."""
    return tomllib.loads((HERE / "demo_truth.toml").read_text(encoding="utf-8"))


def make(seed, truth):
    """
    The tables of the demo city.

    Parameters
    ----------
    seed : int
    truth : dict
        As `read_truth` gives it; tests may change figures in it.

    Returns
    -------
    dict of DataFrame
        Every table of the data dictionary except `pings`; keys are columns; geometries in WGS-84, those of
        `mall_units` in metres of the plan.
    """
    zones, xy = ground.zones(seed, truth)
    cells = zones.geometry.to_crs(ground.plane(truth)).to_numpy()
    stores, store_zone = shops.stores(seed, truth, zones, cells)
    stores["zone_id"] = zones["zone_id"].to_numpy()[store_zone]
    sites, site_xy = shops.sites(seed, truth, zones, cells, stores[["x", "y"]].to_numpy())
    streets = ground.streets(truth)
    stations = ground.stations(seed, truth)
    places = ground.generators(seed, truth, zones, xy)
    prospects = people.prospects(seed, truth, zones, xy)
    tables = {
        "zones": zones,
        "zone_footfall": counts.zone_footfall(seed, truth, zones),
        "zone_rents": counts.zone_rents(seed, truth, zones, xy),
        "territories": ground.territories(),
        "stations": stations,
        "generators": places,
        "brands": shops.brands(),
        "mall_units": shops.mall_units(seed),
        "sites": sites,
        "listings": shops.listings(seed, truth, zones, cells),
        "foot_counts": counts.foot_counts(seed, truth, sites),
        "sensor_counts": counts.sensor_counts(seed, truth, [*stations["place_id"][:2], places["place_id"].iloc[-3]]),
        "travel": counts.travel(sites["site_id"], site_xy),
        "prospects": prospects,
        "bids": people.bids(seed, prospects),
        "contacts": people.contacts(seed, prospects),
        "basemap": ground.basemap(seed, truth, streets),
        "network": ground.network(streets),
    }
    return tables | _traded(seed, truth, zones, cells, stores)


def _traded(seed, truth, zones, cells, stores):
    """Tables that follow from what the stores sell."""
    demand = ground.demand(zones, truth)
    open_now = stores[stores["status"] == "open"]
    expected, shares = shops.huff_sales(cells, demand, open_now, truth)
    own = stores[stores["own"] & (stores["status"] != "planned")]
    level = pd.Series(expected, open_now.index).reindex(own.index)
    for row in own.index[own["status"] == "closed"]:
        level[row] = shops.huff_sales(cells, demand, stores.loc[[row, *open_now.index]], truth)[0][0]
    promotions = trade.promotions(seed, own[own["status"] == "open"])
    sales = trade.sales(seed, truth, own, level.to_numpy(), promotions)
    before = shops.stores_before(stores, truth, ground.rng(seed, "stores_before"))
    return {
        "stores": _published(seed, truth, stores, pd.Series(expected, open_now.index), sales),
        "stores_before": shops.taken_over(stores, before, ground.rng(seed, "taken_over")),
        "market_sales": counts.market_sales(seed, truth, zones, demand, open_now, expected, shares),
        "choices": counts.choices(seed, truth, zones, open_now["store_id"], shares),
        "sales": sales,
        "promotions": promotions,
        "expenses": trade.expenses(seed, sorted(own["territory_id"].unique())),
        **trade.plans(seed, truth, sales),
    }


def _published(seed, truth, stores, expected, sales):
    """The stores as a planner knows them: own leases and own sales; some rivals' sales as estimates."""
    draw = ground.rng(seed, "published")
    own = stores["own"].to_numpy()
    year = sales[sales["period"] > str(pd.Period(truth["sales"]["last"], "M") - 12)]
    measured = stores["store_id"].map(year.groupby("store_id")["sales"].mean()).where(stores["status"] == "open")
    guess = (expected.reindex(stores.index) * draw.lognormal(0, 0.2, len(stores))).round(-3)
    guess = guess.where(~own & (draw.random(len(stores)) < 0.7))
    lease = shops.lease(stores, stores[["x", "y"]].to_numpy(), truth, draw, began=stores["opened"])
    in_mall = stores.index[(stores["site_type"] == "mall") & stores["own"]][:1]
    table = stores.drop(columns=["x", "y", "zone_id"])
    table["sales_month"] = measured.round().fillna(guess)
    table["sales_method"] = np.where(measured.notna(), "measured", np.where(guess.notna(), "estimated", None))
    table["mall"] = pd.Series(dict.fromkeys(in_mall, shops.MALL), dtype=object).reindex(table.index)
    return pd.concat([table, lease[own].reindex(lease.index)], axis=1)


def about(truth):
    """Top level of `city.toml`."""
    return {
        "name": truth["city"]["name"],
        "country": "CN",
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "language": "zh",
        "datum": "wgs84",
        "crs": "auto",
        "own_brand": names.OWN,
        "made": True,
    }


def sources(seed, truth, tables):
    """Every table is simulated and says by what; `stores_before` is of a year before."""
    last = pd.Period(truth["sales"]["last"], "M")
    day, year_before = (str(month.end_time.date()) for month in (last, last - 12))
    origin = f"虚构数据：由 data/make_demo_city.py 生成（seed {seed}）"
    days = {name: year_before if name == "stores_before" else day for name in tables}
    return {name: {"source": origin, "as_of": days[name], "method": "simulated"} for name in tables}


def main():
    """Write the demo city."""
    from expansion_kit.cities import write_city

    truth = read_truth()
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--seed", type=int, default=truth["seed"])
    options.add_argument("--into", type=Path, default=HERE / "demo_city")
    chosen = options.parse_args()
    tables = make(chosen.seed, truth)
    write_city(chosen.into, about(truth), tables, sources(chosen.seed, truth, tables), lang="zh")
    print(f"{chosen.into}: {len(tables)} tables, seed {chosen.seed}")


if __name__ == "__main__":
    main()
