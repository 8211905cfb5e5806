"""
Accuracy of rent surfaces and clustering tests over many draws, and CPU seconds of the measures at city size.

    python benchmarks/market_measures.py

The last part runs on Seoul's cafes where ../shared/data is there.
"""

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from expansion_kit import geo
from expansion_kit.market.clustering import k_function, nearest_neighbour
from expansion_kit.market.potential import market_potential
from expansion_kit.market.rent_surface import RentSurface
from expansion_kit.market.store_changes import store_changes
from expansion_kit.market.white_space import hexagon_demand, white_space

CRS = geo.metric_crs([127.0], [37.5])
CENTRE = gpd.GeoSeries.from_xy([0.0], [0.0], crs=CRS)
BENT = gpd.GeoSeries([shapely.box(0, 0, 12_000, 3000), shapely.box(0, 0, 3000, 12_000)], crs=CRS)


def rents(n, draw, uneven):
    """Halving every 4 km; with `uneven` the scatter grows outwards, which plain standard errors don't see."""
    xy = draw.uniform(-8000, 8000, (n, 2))
    km = np.hypot(*xy.T) / 1000
    floor, frontage = draw.choice(["1F", "2F"], n), draw.uniform(3, 12, n)
    sigma = 0.05 + 0.05 * km if uneven else 0.2
    log = np.log(500) - np.log(2) / 4 * km - 0.5 * (floor == "2F") + 0.03 * frontage + draw.normal(0, 1, n) * sigma
    table = {"rent_sqm_month": np.exp(log), "floor": floor, "frontage_m": frontage}
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def rent_coverage(draws=300):
    print(f"90 % intervals of a rent surface, {draws} draws   half-distance covered   one shop's rent covered")
    for n in (30, 60, 200):
        for uneven in (False, True):
            draw, half, shop = np.random.default_rng(n), [], []
            for _ in range(draws):
                surface = RentSurface(CENTRE, level=0.9).fit(rents(n, draw, uneven))
                half.append(surface.half_distance_low_ <= 4 <= surface.half_distance_high_)
                new = rents(20, draw, uneven)
                shop.append(new["rent_sqm_month"].between(*surface.predict(new)[["low", "high"]].to_numpy().T).mean())
            kind = "scatter grows outwards" if uneven else "even scatter"
            print(f"  {n:4} rents, {kind:24}{np.mean(half):21.3f}{np.mean(shop):26.3f}")


def by_chance(n, draw):
    xy = draw.uniform(0, 12_000, (30 * n, 2))
    return gpd.GeoSeries(gpd.points_from_xy(*xy[shapely.contains_xy(BENT.union_all(), xy)][:n].T), crs=CRS)


def chance_stays_chance(draws=300):
    print(
        f"\npatterns by chance in an L-shaped city, {draws} draws: nearest-neighbour index, share called unusual at 5 %"
    )
    for n in (20, 60):
        draw = np.random.default_rng(n)
        patterns = [by_chance(n, draw) for _ in range(draws)]
        for edge in ("none", "donnelly", "simulated"):
            made = [
                nearest_neighbour(each, BENT, edge=edge, simulations=99 * (edge == "simulated"), seed=seed)
                for seed, each in enumerate(patterns)
            ]
            index = np.mean([each["nearest_neighbour_index"] for each in made])
            odd = [each["p"] <= 0.05 if edge == "simulated" else abs(each["z"]) > 1.96 for each in made]
            print(f"  {n:3} stores, edge {edge:12}{index:8.3f}{np.mean(odd):8.3f}")
        radii = [250, 500, 1000]
        few = [k_function(each, BENT, radii, simulations=39, seed=1000 + seed) for seed, each in enumerate(patterns)]
        k = np.mean([each["k"] / (np.pi * each.index.to_numpy() ** 2) for each in few], axis=0)
        p = np.mean([each.attrs["p"] <= 0.05 for each in few])
        print(f"  {n:3} stores, K / (pi r^2) at 250, 500, 1000 m: {k.round(3).tolist()}; p <= 0.05 in {p:.3f}")


def timed(what, function):
    start = time.process_time()
    made = function()
    print(f"  {what:74}{time.process_time() - start:8.2f} CPU s")
    return made


def seoul():
    folder = ROOT.parent / "shared" / "data" / "seoul_commercial"
    if not folder.is_dir():
        print("\nSeoul's data are not on this machine")
        return
    from expansion_kit.sources.seoul import read_seoul

    tables = read_seoul(folder)[1]
    crs = geo.metric_crs([126.98], [37.55])
    dongs = geo.to_metres(tables["zones"].set_index("zone_id"), crs)
    cafes = geo.to_metres(tables["stores"].set_index("store_id"), crs)
    print(f"\nSeoul: {len(dongs)} dongs, {len(cafes)} cafes")
    city, radii = dongs[["geometry"]].dissolve(), [100, 250, 500, 1000]
    chains = cafes["brand"].value_counts().drop("independent")
    for brand in chains.index[:3]:
        of = cafes[cafes["brand"] == brand]
        for what, among in (("anywhere", None), ("among all cafes", cafes)):
            made = timed(
                f"K and nearest neighbours of {len(of)} {brand}, 99 patterns {what}",
                lambda of=of, among=among: (
                    k_function(of, city, radii, among=among),
                    nearest_neighbour(of, city, edge="simulated", simulations=99, among=among),
                ),
            )
            index, told = made[1], ", ".join(made[0]["verdict"])
            print(f"      index {index['nearest_neighbour_index']:.3f} (p {index['p']:.2f}); K {told}")
    timed("K of all cafes, 9 patterns", lambda: k_function(cafes, city, radii, simulations=9))
    demand = market_potential(dongs, spend=20_000)["potential"]
    capacity = pd.Series(8e6, index=cafes.index)
    sized = cafes.assign(floor_area_sqm=60.0)
    for resolution in (8, 9):
        cells = timed(
            f"demand on hexagons of resolution {resolution}",
            lambda r=resolution: hexagon_demand(dongs, demand, resolution=r),
        )
        for rule in ({"capacity": capacity}, {"outside": 5000.0}):
            timed(
                f"white space of {len(cells)} cells by {next(iter(rule))}",
                lambda cells=cells, rule=rule: white_space(cells, sized, cells["demand"], reach_km=1.0, **rule),
            )
    later = cafes.iloc[500:].rename(index=lambda each: f"new-{each}" if each.endswith("7") else each)
    changes = timed("changes between two dates, a tenth of the ids anew", lambda: store_changes(cafes, later))
    print("     ", changes.groupby(["change", "matched_by"]).size().to_dict())


if __name__ == "__main__":
    rent_coverage()
    chance_stays_chance()
    seoul()
