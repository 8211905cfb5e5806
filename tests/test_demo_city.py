"""The demo city: whole, labelled as made, and drawn from the truth that it states."""

import copy

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data import make_demo_city
from expansion_kit import cities, schemas
from expansion_kit.targets.forecasting.festivals import festival_regressor

TRUTH = make_demo_city.read_truth()
CRS = "+proj=aeqd +lat_0=30.92 +lon_0=118.42 +datum=WGS84 +units=m"


@pytest.fixture(scope="module")
def tables():
    return make_demo_city.make(7, TRUTH)


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    into = tmp_path_factory.mktemp("demo") / "city"
    sources = make_demo_city.sources(7, TRUTH, tables)
    return cities.write_city(into, make_demo_city.about(TRUTH), tables, sources, lang="zh")


def huff(tables, stores):
    """Shares of the zones, written down once more from the formula; shape (n_zones, n_stores)."""
    of = TRUTH["huff"]
    zones = tables["zones"].to_crs(CRS)
    points = gpd.GeoSeries(gpd.points_from_xy(stores["lon"], stores["lat"]), crs=4326).to_crs(CRS)
    middle = zones.geometry.centroid
    line = np.hypot(
        middle.x.to_numpy()[:, None] - points.x.to_numpy(), middle.y.to_numpy()[:, None] - points.y.to_numpy()
    )
    line = np.maximum(line, of["own_radius"] * np.sqrt(zones.area.to_numpy()[:, None] / np.pi))
    pull = stores["floor_area_sqm"].to_numpy() ** of["alpha"] / (of["detour"] * line / 1000) ** of["decay"]
    return pull / (pull.sum(axis=1, keepdims=True) + of["outside"]), of["detour"] * line / 1000


def open_stores(tables):
    stores = tables["stores"]
    return stores[stores["status"] == "open"].reset_index(drop=True)


def test_every_table_is_there_except_pings_and_the_moves_of_prospects(tables):
    assert set(tables) == set(schemas.TABLES) - {"pings", "stage_moves"}
    sizes = {
        "zones": 300,
        "stores": 250,
        "sites": 40,
        "prospects": 300,
        "territories": 8,
        "mall_units": 62,
        "brands": 6,
    }
    assert {name: len(tables[name]) for name in sizes} == sizes
    open_own = tables["stores"].query("own and status == 'open'")
    assert len(open_own) == 120 and (open_own["sales_method"] == "measured").all()
    assert tables["stores"]["brand"].nunique() == 6
    assert tables["sales"]["period"].nunique() == 48
    assert tables["territories"]["region_id"].nunique() == 3
    assert tables["prospects"]["outcome"].value_counts().min() >= 50
    assert tables["sites"].isna().any().sum() >= 5


def test_it_loads_without_a_fault_and_says_that_it_is_made(folder):
    city, faults = cities.check_city(folder)
    assert [str(fault) for fault in faults] == []
    assert (
        city.made and "虚构" in city.name and city.currency == "CNY" and city.own_brand in set(city["stores"]["brand"])
    )
    assert set(city.provenance["method"]) == {"simulated"}
    assert city.provenance["source"].str.contains("make_demo_city.py 生成（seed 7）").all()


def test_it_is_small(folder):
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert max(sizes) < 1_000_000 and sum(sizes) < 3_000_000


def test_keys_are_unique_and_every_key_that_is_named_exists(tables):
    for name, table in tables.items():
        key = schemas.key_of(name)
        if key:
            assert table[key].is_unique and table[key].notna().all(), name
        for column, owner in {
            "zone_id": "zones",
            "territory_id": "territories",
            "store_id": "stores",
            "prospect_id": "prospects",
        }.items():
            if column in table and name not in (owner, "stores_before"):
                assert set(table[column].dropna()) <= set(tables[owner][column]), (name, column)
    places = set(tables["stations"]["place_id"]) | set(tables["generators"]["place_id"])
    assert set(tables["sensor_counts"]["place_id"]) <= places
    assert set(tables["foot_counts"]["place_id"]) <= set(tables["sites"]["site_id"])
    assert set(tables["travel"]["from_id"]) == set(tables["sites"]["site_id"])
    assert not tables["sales"].duplicated(["store_id", "period"]).any()


def test_zones_tile_the_city_and_hold_every_store_and_site(tables):
    zones = tables["zones"]
    assert zones.is_valid.all()
    metres = zones.to_crs(CRS)
    assert metres.area.sum() == pytest.approx(metres.union_all().area, rel=1e-4)  # no overlap, no gap
    for name in ("stores", "sites", "listings"):
        at = gpd.GeoSeries(gpd.points_from_xy(tables[name]["lon"], tables[name]["lat"]), crs=4326)
        assert shapely.contains(zones.union_all(), at.to_numpy()).all(), name
        water = tables["basemap"].query("name == '澜江'").union_all()
        assert not shapely.intersects(water, at.to_numpy()).any(), name


def test_territories_are_connected(tables):
    zones = tables["zones"].to_crs(CRS)
    for territory, several in zones.groupby("territory_id"):
        assert several.buffer(1).union_all().geom_type == "Polygon", territory


def test_streets_meet_at_shared_points(tables):
    ends = [tuple(xy) for line in tables["network"].geometry for xy in dict.fromkeys(map(tuple, line.coords))]
    crossings = pd.Series(ends).value_counts()
    assert (crossings >= 2).sum() > 500


def test_same_seed_same_bytes_and_another_seed_another_city(tables, folder, tmp_path):
    again = make_demo_city.make(7, TRUTH)
    sources = make_demo_city.sources(7, TRUTH, again)
    second = cities.write_city(tmp_path / "again", make_demo_city.about(TRUTH), again, sources, lang="zh")
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert all((folder / name).read_bytes() == (second / name).read_bytes() for name in names)
    other = make_demo_city.make(8, TRUTH)
    drawn = set(tables) - {"territories", "brands", "network"}  # stated, not drawn
    assert all(not tables[name].equals(other[name]) for name in drawn - {"actions", "locks"})


def test_the_committed_city_is_one_of_these():
    path = make_demo_city.HERE / "demo_city"
    city = cities.load_city(path)
    fresh = make_demo_city.make(TRUTH["seed"], TRUTH)
    assert city.counts == {name: len(table) for name, table in fresh.items()}
    assert city["sales"]["sales"].sum() == pytest.approx(fresh["sales"]["sales"].sum(), rel=1e-6)


def test_own_sales_follow_huff(tables):
    """Mean sales without season, festival, growth and ramp against Huff's level, computed here once more."""
    stores = open_stores(tables)
    zones, of = tables["zones"], TRUTH["sales"]
    demand = zones["population"] * zones["spend_per_head"] + zones["workers"] * TRUTH["city"]["worker_spend"]
    level = pd.Series(demand.to_numpy() @ huff(tables, stores)[0], stores["store_id"])
    old = stores.loc[stores["own"] & (stores["opened"] < "2020-11-01"), "store_id"]  # two years: the ramp is over
    sales = tables["sales"][tables["sales"]["store_id"].isin(old)]
    month = pd.PeriodIndex(sales["period"], freq="M")
    lift = sales["territory_id"].map(TRUTH["festival"]["lift"]) * festival_regressor(month).to_numpy()
    years = (pd.Period(of["last"], "M").ordinal - month.asi8) / 12
    growth = (1 + sales["territory_id"].map(TRUTH["growth"])) ** -years
    plain = sales["sales"] / (np.array(of["season"])[month.month - 1] * np.exp(lift) * growth)
    error = np.log(plain.groupby(sales["store_id"]).mean() / level)
    error = error.dropna()
    assert len(error) > 40
    sigma = TRUTH["huff"]["store_sigma"]
    assert abs(error.mean()) < 4 * sigma / np.sqrt(len(error))
    assert error.std() == pytest.approx(sigma, rel=0.35)
    assert tables["sales"]["sales"].between(5_000, 600_000).all()


def test_growth_season_and_festival_can_be_found_again(tables):
    """Least squares on the logarithm of the old stores' sales, each territory for itself."""
    stores = tables["stores"].set_index("store_id")
    sales = tables["sales"]
    sales = sales[sales["store_id"].map(stores["opened"]) < "2020-11-01"]
    found, error = [], []
    for territory, rows in sales.groupby("territory_id"):
        month = pd.PeriodIndex(rows["period"], freq="M")
        season = pd.get_dummies(month.month, dtype=float).to_numpy()[:, 1:]
        store = pd.get_dummies(rows["store_id"], dtype=float).to_numpy()
        design = np.column_stack([festival_regressor(month), month.asi8 / 12, season, store])
        beta, rest, rank, _ = np.linalg.lstsq(design, np.log(rows["sales"]), rcond=None)
        assert rank == design.shape[1]
        cov = np.linalg.inv(design.T @ design) * rest.item() / (len(rows) - rank)
        truth = [TRUTH["festival"]["lift"][territory], np.log1p(TRUTH["growth"][territory])]
        found += list((beta[:2] - truth) / np.sqrt(np.diag(cov)[:2]))
        of = np.log(TRUTH["sales"]["season"])
        error += list((beta[2:13] - (of[1:] - of[0])) / np.sqrt(np.diag(cov)[2:13]))
    assert np.abs(found).max() < 4 and np.sqrt(np.mean(np.square(found))) < 1.7
    assert np.abs(error).max() < 5 and np.sqrt(np.mean(np.square(error))) < 1.7


@pytest.mark.parametrize("exponent", ["alpha", "decay"])
def test_choices_are_drawn_from_the_true_exponents(tables, exponent):
    """The score of the multinomial likelihood at the truth is zero up to its own standard error."""
    stores = open_stores(tables)
    shares, km = huff(tables, stores)
    shares = shares / shares.sum(axis=1, keepdims=True)
    counts = tables["choices"].pivot(index="zone_id", columns="store_id", values="count").fillna(0)
    counts = counts.reindex(index=tables["zones"]["zone_id"], columns=stores["store_id"], fill_value=0).to_numpy()
    x = np.log(stores["floor_area_sqm"].to_numpy()) + 0 * km if exponent == "alpha" else -np.log(km)
    mean = (shares * x).sum(axis=1, keepdims=True)
    score = (counts * (x - mean)).sum()
    information = (counts.sum(axis=1, keepdims=True) * shares * (x - mean) ** 2).sum()
    assert abs(score / np.sqrt(information)) < 3.5
    assert information > 400  # standard error below 0.05: the exponents can be found


def test_rents_fall_from_the_centre_and_rise_with_the_frontage(tables):
    listings, of = tables["listings"], TRUTH["rent"]
    at = gpd.GeoSeries(gpd.points_from_xy(listings["lon"], listings["lat"]), crs=4326).to_crs(CRS)
    floors = [listings["floor"].eq(floor) for floor in ("2F", "B1")]
    design = np.column_stack([np.ones(120), np.hypot(at.x, at.y) / 1000, listings["frontage_m"] - 6, *floors]).astype(
        float
    )
    beta, rest, _, _ = np.linalg.lstsq(design, np.log(listings["rent_sqm_day"]), rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * rest.item() / (120 - 5))
    truth = [np.log(of["centre"]), of["per_km"], of["per_frontage_m"], of["floor_2F"], of["floor_B1"]]
    assert np.abs((beta - truth) / error).max() < 4


def test_outcomes_follow_the_true_log_odds(tables):
    prospects, of = tables["prospects"], TRUTH["prospects"]
    closed = prospects[prospects["outcome"].notna()].dropna(
        subset=["liquid_capital", "retail_years", "stores_run", "local", "own_premises", "hours_week", "credit_grade"]
    )
    odds = (
        of["intercept"]
        + of["liquid_capital"] * np.log(closed["liquid_capital"] / 200_000)
        + of["retail_years"] * closed["retail_years"].clip(upper=10)
        + of["stores_run"] * closed["stores_run"].clip(upper=4)
        + of["local"] * closed["local"].astype(float)
        + of["own_premises"] * closed["own_premises"].astype(float)
        + of["hours_week"] * (closed["hours_week"].clip(30, 60) - 30)
        + closed["credit_grade"].map(of["credit"])
    )
    chance = 1 / (1 + np.exp(-odds))
    signed = closed["outcome"].eq("signed")
    for half in (odds <= odds.median(), odds > odds.median()):
        spread = np.sqrt((chance * (1 - chance))[half].sum())
        assert abs((signed[half] - chance[half]).sum()) < 3.5 * spread


def test_footfall_rows_agree_with_each_other(tables):
    flow = tables["zone_footfall"]
    total = flow[flow["time_band"].isna()].pivot(index="zone_id", columns="day_type", values="people")
    bands = flow[flow["time_band"].notna()].groupby(["zone_id", "day_type"])["people"].sum().unstack()
    assert np.allclose(total[["weekday", "weekend"]], bands[["weekday", "weekend"]], atol=0.5)
    whole = flow[flow["time_band"].isna() & flow["day_type"].isna()].set_index("zone_id")["people"]
    mean = (5 * total["weekday"] + 2 * total["weekend"]) / 7
    assert np.allclose(whole.loc[mean.index], mean, atol=1.0)


def test_persons_and_telephones_cannot_be_real(tables):
    prospects = tables["prospects"]
    assert prospects["name"].str.endswith("（化名）").all()
    assert prospects["phone"].str.fullmatch(r"100-0000-\d{4}").all()


def test_the_truth_can_be_changed(tables):
    truth = copy.deepcopy(TRUTH)
    truth["growth"] = dict.fromkeys(truth["growth"], 0.0)
    flat = make_demo_city.make(7, truth)["sales"]
    grown = tables["sales"]
    assert flat["period"].equals(grown["period"])
    first = grown["period"] == TRUTH["sales"]["first"]
    assert (flat.loc[first, "sales"] > grown.loc[first, "sales"]).all()
    last = grown["period"] == TRUTH["sales"]["last"]
    assert np.allclose(flat.loc[last, "sales"], grown.loc[last, "sales"], atol=1)


def test_the_mall_has_ways_between_units_that_do_not_overlap(tables):
    mall = tables["mall_units"]
    assert set(mall["kind"]) >= {"unit", "anchor", "corridor", "entrance", "escalator", "lift"}
    assert set(mall.loc[mall["kind"] == "entrance", "floor"]) == {"1F"}
    let = mall[mall["kind"].isin(["unit", "anchor"])]
    assert len(let) == 45 and let["brand"].isna().sum() >= 6 and let["plan_brand"].notna().sum() >= 3
    assert not (let["brand"].isna() & let["lease_end"].notna()).any()
    for _, units in let.groupby("floor"):
        assert units.union_all().area == pytest.approx(units.area.sum())


def test_premises_changed_brands_in_the_year_before_now(tables):
    then, now = tables["stores_before"], open_stores(tables)
    came = now[~now["store_id"].isin(then["store_id"])]
    both = came.merge(then, on=["lon", "lat"], suffixes=("", "_then"))
    assert len(both) == 5 and (both["brand"] != both["brand_then"]).all()
