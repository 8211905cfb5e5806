"""
Sales of new sites: candidates ordered by net gain against the demo city's truth, intervals held, Seoul's dongs.

    python benchmarks/site_sales.py                    all of it
    python benchmarks/site_sales.py --only demo        one of demo, seoul; --seeds changes the size

Demo city, each seed: Spearman between the true net gain of the candidates and that of the Huff road as notebook 3 takes
it (`huff`), with the workers' spend stated (`stated`), with that and an outside option learned (`outside`), and of the
chosen road's sales less what own stores lose (`chosen`); WAPE of the roads on stores held out at random and by blocks;
share of own stores inside intervals that were made without their block; at the end also the median of estimated over
the true net gain. The truth is worked out here from `data/demo_truth.toml`, with the outside option and detour.

Seoul: coffee sales of dongs in the mean of 2024's quarters, whole districts left out, from counts of stores and of
chain stores and footfall. Left out where ../shared/data is not there.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from data import make_demo_city
from data.demo_parts import ground, shops
from expansion_kit import geo
from expansion_kit.candidates.sales import features as site_features
from expansion_kit.candidates.sales import roads as sales_roads
from expansion_kit.candidates.sales import site_forecasts
from expansion_kit.candidates.sales import site_sales as sales
from expansion_kit.candidates.sales.zone_sales import zone_sales
from expansion_kit.market.competition import trading
from expansion_kit.market.foot_traffic import footfall
from expansion_kit.sources.seoul import read_seoul

ROADS = ("huff", "analogs", "model")


def city(tables, crs):
    """Zones, trading stores, sites and stations in metres, by id."""
    keys = {"zones": "zone_id", "stores": "store_id", "sites": "site_id", "stations": "place_id"}
    found = {name: geo.to_metres(tables[name].set_index(key), crs) for name, key in keys.items()}
    return found | {"stores": trading(found["stores"])}


def true_net_gain(tables, truth):
    """Net gain of each candidate with a known area, by the model that the city was drawn from; money a month."""
    there = city(tables, ground.plane(truth))
    zones, demand = there["zones"].geometry.to_numpy(), ground.demand(tables["zones"], truth)
    stores, sites = (each.assign(x=each.geometry.x, y=each.geometry.y) for each in (there["stores"], there["sites"]))
    own = stores["own"].to_numpy(dtype=bool)
    before, _ = shops.huff_sales(zones, demand, stores, truth)
    gains = {}
    for site in sales.sized(sites).index:
        after, _ = shops.huff_sales(zones, demand, pd.concat([stores, sites.loc[[site]]]), truth)
        gains[site] = after[-1] - (before - after[:-1])[own].sum()
    return pd.Series(gains, name="net_gain")


def forecast_city(tables, *, spend_worker=0.0, outside=None):
    """What notebook 3 has to work with: the three roads, the baselines, known sales, the Huff road's net gain."""
    at = city(tables, geo.metric_crs(tables["stores"]["lon"], tables["stores"]["lat"]))
    zones, stores, sites = at["zones"], at["stores"], at["sites"]
    demand = zones["population"] * zones["spend_per_head"] + spend_worker * zones["workers"]
    own = stores[stores["own"]]
    known = own["sales_month"].dropna()
    choices = sales.usable_choices(tables["choices"], zones, stores)
    amounts = pd.DataFrame({"potential": demand, "workers": zones["workers"]})
    amounts["footfall"] = footfall(tables["zone_footfall"])
    around = {"zones": zones, "stores": stores, "amounts": amounts, "stations": at["stations"]}
    features = [site_features.site_features(places, **around) for places in (own, sites)]
    huff = sales_roads.huff_road(zones, stores, sites, demand, choices=choices)
    roads = {
        "huff": huff,
        "analogs": sales_roads.analog_road(*features),
        "model": sales_roads.model_road(*features, huff=huff),
    }
    baselines = {
        "brand_mean": sales_roads.brand_mean(own, sites),
        "nearest_store": sales_roads.nearest_store(own, sites),
    }
    model, _ = sales.learned(zones, stores, demand, choices=choices, known_sales=known, outside=outside)
    at_sites, _ = sales.site_sales(model, zones, stores, sites, demand)
    return {"roads": roads, "baselines": baselines, "known": known, "stores": stores, "at_sites": at_sites}


def one_seed(seed, truth):
    tables = make_demo_city.make(seed, truth)
    true = true_net_gain(tables, truth)
    of = forecast_city(tables)
    workers = {"spend_worker": truth["city"]["worker_spend"]}
    stated = forecast_city(tables, **workers)["at_sites"]["net_gain"]
    outside = forecast_city(tables, **workers, outside="estimate")["at_sites"]["net_gain"]
    checked = site_forecasts.validated(of["roads"] | of["baselines"], of["known"], of["stores"])
    chosen = site_forecasts.chosen_roads(site_forecasts.site_forecasts(of["roads"], of["known"], checked))
    after = site_forecasts.chosen_gains(chosen, of["at_sites"])["net_gain"]
    gains = {"huff": of["at_sites"]["net_gain"], "stated": stated, "outside": outside, "chosen": after}
    row = {name: gain.reindex(true.index).corr(true, method="spearman") for name, gain in gains.items()}
    row |= {f"{name}_of_true": (gain / true).median() for name, gain in gains.items()}
    wape = checked["errors"]["wape"]
    for road in (*ROADS, *of["baselines"]):
        row |= {f"{road}_{split}": wape[(split, road)] for split in ("random", "blocks")}
    for road in ROADS:
        row[f"{road}_inside"] = site_forecasts.interval_cover(of["roads"][road], of["known"], checked).mean()
    return row | {"block_km": checked["block_m"] / 1000, "blocks": checked["blocks"]}


def demo(seeds):
    truth = make_demo_city.read_truth()
    print(f"Demo city, {seeds} seeds (aim: Spearman of net gain at least 0.9; intervals of 80 % hold 75 to 85 %)")
    heads = "".join(f"{road:>16}" for road in ROADS)
    print(f"{'seed':>5}{'huff':>7}{'stated':>8}{'outside':>8}{'chosen':>8}{heads}   (WAPE random > blocks)")
    rows = []
    for seed in range(seeds):
        rows.append(one_seed(seed, truth))
        row = rows[-1]
        pairs = "".join(f"{row[f'{road}_random']:9.3f} >{row[f'{road}_blocks']:5.3f}" for road in ROADS)
        inside = " ".join(f"{row[f'{road}_inside']:.2f}" for road in ROADS)
        print(
            f"{seed:5}{row['huff']:7.3f}{row['stated']:8.3f}{row['outside']:8.3f}{row['chosen']:8.3f}{pairs}"
            f"   inside {inside}   {row['blocks']} blocks of {row['block_km']:.1f} km"
        )
    table = pd.DataFrame(rows)
    print("\nover all seeds:")
    print(table.describe().loc[["mean", "min", "max"]].T.round(3).to_string())


def seoul(folder):
    if not folder.is_dir():
        print("\nSeoul: the data are not on this machine")
        return
    features, sold = seoul_dongs(folder)
    district = pd.Series(features.index.str[:5], features.index, name="district")
    _, kind, by_kind, by_group = zone_sales(features, sold, district)
    print(f"\nSeoul, {district.nunique()} districts left out in turn (aim: r2_log >= 0.74, median_error <= 0.37)")
    print(by_kind.round(4).to_string())
    print(f"chosen: {kind}; districts' median errors {by_group['median_error'].describe().round(3).to_dict()}")


def seoul_dongs(folder):
    """Features of dongs (counts of 2024, the latest footfall) and money a month in the mean of 2024's quarters."""
    _, tables, _, _ = read_seoul(folder)
    raw = pd.read_csv(folder / "coffee_stores_dong_2024.csv", encoding="cp949", dtype={"행정동_코드": str})
    counts = raw.groupby("행정동_코드")[["점포_수", "프랜차이즈_점포_수"]].mean()
    features = counts.set_axis(["stores", "chain_stores"], axis=1).rename_axis("zone_id")
    features["footfall"] = footfall(tables["zone_footfall"]).reindex(features.index)
    return features, tables["market_sales"].groupby("zone_id")["sales"].mean() / 3


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--only", choices=["demo", "seoul"])
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    if given.only in (None, "demo"):
        demo(given.seeds)
    if given.only in (None, "seoul"):
        seoul(ROOT.parent / "shared" / "data" / "seoul_commercial")


if __name__ == "__main__":
    main()
