import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from expansion_kit import geo
from expansion_kit.market.potential import market_potential
from expansion_kit.market.white_space import hexagon_demand, supply_points, white_space

CRS = geo.metric_crs([127.0], [37.5])


def zones(*xs):
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(xs, np.zeros(len(xs))), index=[f"Z{i}" for i in range(len(xs))], crs=CRS
    )


def stores(*rows):
    """Rows of (x, own, m2)."""
    x, own, area = zip(*rows) if rows else ((), (), ())
    table = {"own": np.array(own, dtype=bool), "floor_area_sqm": np.array(area, dtype=float)}
    at = gpd.points_from_xy(x, np.zeros(len(x)))
    return gpd.GeoDataFrame(table, geometry=at, index=[f"S{i}" for i in range(len(x))], crs=CRS)


def gauss(km, reach):
    return (np.exp(-0.5 * (km / reach) ** 2) - np.exp(-0.5)) / (1 - np.exp(-0.5))


def test_huff_leaves_to_the_outside_what_no_store_draws():
    """Own 100 m2 at 1 km, rival 400 m2 at 2 km, outside 50, by 1/d^2: 100, 100 and 50 of 250."""
    made = white_space(
        zones(0), stores((1000, True, 100), (-2000, False, 400)), pd.Series({"Z0": 1000.0}), outside=50, detour=1.0
    )
    assert made.loc["Z0", ["served_own", "served_rival", "unserved"]].tolist() == pytest.approx([400, 400, 200])
    assert made.loc["Z0", ["nearest_own_m", "nearest_rival_m"]].tolist() == [1000, 2000]
    assert made["method"]["Z0"] == "Huff, alpha 1, decay 2, outside 50; reach 1.5 km, straight line x 1"


def test_capacity_goes_to_those_in_reach_the_nearer_the_more():
    """Zones at 0 and 1 km, a store at 0 that can sell 300: rate 300 / (1000 + 1000 w)."""
    w = gauss(1.0, 2.0)
    made = white_space(
        zones(0, 1000),
        stores((0, False, 1)),
        pd.Series({"Z0": 1000.0, "Z1": 1000.0}),
        capacity=pd.Series({"S0": 300.0}),
        reach_km=2,
        detour=1,
    )
    rate = 300 / (1000 + 1000 * w)
    assert made["served_rival"][["Z0", "Z1"]].tolist() == pytest.approx([1000 * rate, 1000 * rate * w])
    left = 1000 - made["served_rival"]
    reachable = {"Z0": left["Z0"] + w * left["Z1"], "Z1": left["Z1"] + w * left["Z0"]}
    assert made["reachable_unserved"].to_dict() == pytest.approx(reachable)
    assert made.index.tolist() == ["Z1", "Z0"] and made["rank"].tolist() == [1, 2]


def test_without_stores_all_is_left_over_and_what_is_not_known_stays_missing():
    demand = pd.Series({"Z0": 1000.0})
    for rule in ({"outside": 9.0}, {"capacity": pd.Series(dtype=float)}):
        made = white_space(zones(0, 500), stores(), demand, **rule)
        assert made.loc["Z0", ["unserved", "unserved_share", "rank"]].tolist() == [1000, 1, 1]
        assert made.loc["Z1", ["unserved", "reachable_unserved", "rank"]].isna().all() and made.index[-1] == "Z1"
        assert made["nearest_own_m"].isna().all() and made["source"].isna().all()


def test_source_and_date_are_carried_and_unplaced_stores_are_counted():
    several = stores((0, False, 50), (100, True, 50))
    several.loc["S1", "geometry"] = None
    made = white_space(
        zones(0), several, pd.Series({"Z0": 1.0}), outside=9, origin={"source": "census", "as_of": "2025-05"}
    )
    assert made.loc["Z0", ["source", "as_of"]].tolist() == ["census", "2025-05"] and made.attrs["left_out"] == 1


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=6),
    st.lists(st.tuples(st.floats(0, 5000), st.booleans(), st.floats(1, 500)), max_size=6),
    st.booleans(),
)
def test_demand_is_served_or_left_over_and_nobody_sells_more_than_he_can(money, shops, huff):
    here, there = zones(*(700.0 * np.arange(len(money)))), stores(*shops)
    demand, can = pd.Series(money, index=here.index), there["floor_area_sqm"] * 100
    made = white_space(here, there, demand, **({"outside": 20.0} if huff else {"capacity": can}))
    parts = made[["served_own", "served_rival", "unserved"]]
    assert (parts >= 0).all(axis=None) and parts.sum(axis=1)[here.index].tolist() == pytest.approx(money)
    if not huff:
        for name, own in (("served_own", True), ("served_rival", False)):
            assert made[name].sum() <= can[there["own"] == own].sum() * (1 + 1e-9)


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 3000), st.booleans(), st.floats(1, 500))
def test_one_more_store_leaves_less_over(x, own, area):
    here, demand = zones(0, 700, 1400), pd.Series({"Z0": 100.0, "Z1": 200, "Z2": 300})
    few, more = stores((500, False, 80)), stores((500, False, 80), (x, own, area))
    before, after = (white_space(here, each, demand, outside=20)["unserved"][here.index] for each in (few, more))
    assert (after <= before + 1e-9).all()


def test_hexagons_keep_the_demand():
    squares = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 3000, 2000), shapely.box(3000, 0, 4000, 2000)], crs=CRS)
    made = hexagon_demand(squares, pd.Series([600.0, 400.0]), resolution=9)
    assert made["demand"].sum() == pytest.approx(1000) and made.crs == squares.crs and made.index.name == "cell"
    assert made["covered"].between(0, 1 + 1e-9).all() and (made.area * made["covered"]).sum() == pytest.approx(8e6)
    assert hexagon_demand(squares, pd.Series([600.0, None]), resolution=9)["demand"].isna().any()


def test_one_way_to_say_what_is_left_over_must_be_stated():
    for wrong in ({}, {"outside": 1.0, "capacity": pd.Series({"S0": 1.0})}, {"outside": 0.0}):
        with pytest.raises(ValueError, match="either an outside"):
            white_space(zones(0), stores((0, True, 1)), pd.Series({"Z0": 1.0}), **wrong)
    with pytest.raises(ValueError, match="each store needs a capacity"):
        white_space(zones(0), stores((0, True, 1)), pd.Series({"Z0": 1.0}), capacity=pd.Series({"S9": 1.0}))
    with pytest.raises(ValueError, match="in metres"):
        white_space(geo.to_wgs84(zones(0)), geo.to_wgs84(stores((0, True, 1))), pd.Series({"Z0": 1.0}), outside=1)


def test_seouls_twenty_best_cells_are_not_where_cafes_sell_most(shared):
    """Residents x a stated spend on 17,103 cafes of a stated size; card sales do not enter."""
    from expansion_kit.sources.seoul import read_seoul

    tables = read_seoul(shared / "seoul_commercial")[1]
    crs = geo.metric_crs([126.98], [37.55])
    dongs = geo.to_metres(tables["zones"].set_index("zone_id"), crs)
    cafes = geo.to_metres(tables["stores"].set_index("store_id"), crs)
    potential = market_potential(dongs, spend=20_000)
    cells = hexagon_demand(dongs, potential["potential"])
    made = white_space(cells, cafes, cells["demand"], capacity=pd.Series(8e6, index=cafes.index), reach_km=1.0)
    best = made.head(20)
    assert best["rank"].tolist() == sorted(best["rank"]) and (best["unserved"] > 0).all()
    totals = made[["served_own", "served_rival", "unserved"]].sum()
    assert totals.sum() == pytest.approx(cells["demand"].sum()) and totals["served_own"] == 0
    density = cafes.assign(n=1).sjoin(cells[["geometry"]]).groupby("cell").size().reindex(made.index, fill_value=0)
    assert made["unserved_share"].corr(density, method="spearman") < -0.5


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.none() | st.floats(0, 500)), max_size=8),
    st.fixed_dictionaries(dict.fromkeys("abc", st.floats(0, 1000))),
)
def test_supply_points_sell_what_is_known_and_no_less_than_the_zones_sell(rows, supply):
    ground = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 100, 200], [0, 0, 0]), index=list("abc"), crs=CRS)
    shops = gpd.GeoDataFrame(
        {
            "own": [own for _, own, _ in rows],
            "zone_id": [zone for zone, _, _ in rows],
            "sales_month": pd.Series([sold for *_, sold in rows], dtype=float),
        },
        geometry=gpd.points_from_xy(range(len(rows)), [0] * len(rows)),
        crs=CRS,
    )
    made = supply_points(ground, shops, pd.Series(supply))
    known = shops["sales_month"].dropna()
    assert (made["capacity"].reindex(known.index) == known).all()
    assert made["listed"].sum() == len(shops) and (made["capacity"] >= 0).all()
    sold = known.groupby(shops["zone_id"]).sum().reindex(supply).fillna(0)
    assert made["capacity"].sum() == pytest.approx(np.maximum(sold, pd.Series(supply)).sum())


def test_the_supply_of_unlisted_shops_is_no_store_to_be_near_to():
    ground = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 1000], [0, 0]), index=["a", "b"], crs=CRS)
    shop = gpd.GeoDataFrame(
        {"own": [False], "zone_id": ["b"]}, geometry=gpd.points_from_xy([1000], [0]), index=["S"], crs=CRS
    )
    points = supply_points(ground, shop, pd.Series({"a": 50.0, "b": 70.0}))
    left = white_space(ground, points, pd.Series({"a": 90.0, "b": 90.0}), capacity=points["capacity"])
    assert left["nearest_rival_m"].to_dict() == {"a": 1000.0, "b": 0.0}


def test_a_store_in_a_zone_without_sales_is_given_the_median_and_says_so():
    ground = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 1000], [0, 0]), index=["a", "b"], crs=CRS)
    shops = gpd.GeoDataFrame(
        {"own": False, "zone_id": ["a", "a", "b"]}, geometry=gpd.points_from_xy([0, 1, 1000], [0, 0, 0]), crs=CRS
    )
    made = supply_points(ground, shops, pd.Series({"a": 100.0}))
    assert made["capacity"].tolist() == [50, 50, 50]
    assert made["capacity_method"].tolist() == ["share", "share", "assumed"]
