import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from data import make_demo_city
from expansion_kit import geo
from expansion_kit.market.rent_surface import RentSurface

CRS = geo.metric_crs([127.0], [37.5])
CENTRE = gpd.GeoSeries.from_xy([0.0], [0.0], crs=CRS)


def shops(n=300, *, seed=0, sigma=0.15):
    """Rents drawn from a stated surface: 500 in the centre, half of it every 4 km, 2F at 0.6, 3 % more a metre."""
    draw = np.random.default_rng(seed)
    xy = draw.uniform(-8000, 8000, (n, 2))
    floor = draw.choice(["1F", "首层", "2F"], n)
    frontage = draw.uniform(3, 12, n)
    log = np.log(500) - np.log(2) / 4 * np.hypot(*xy.T) / 1000 + np.log(0.6) * (floor == "2F") + 0.03 * frontage
    rent = np.exp(log + draw.normal(0, sigma, n))
    table = {"rent_sqm_month": rent, "floor": floor, "frontage_m": frontage}
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def test_a_surface_without_noise_is_found_exactly():
    surface = RentSurface(CENTRE).fit(shops(60, sigma=0))
    assert surface.half_distance_km_ == pytest.approx(4) and surface.gamma_ == pytest.approx(np.log(2) / 4)
    assert surface.coefficients_["factor"][["floor=2f", "frontage_m"]].tolist() == pytest.approx([0.6, np.exp(0.03)])
    assert surface.r2_ == pytest.approx(1) and surface.n_ == 60 and surface.left_out_ == {}
    place = gpd.GeoDataFrame({"floor": ["2F"], "frontage_m": [0.0]}, geometry=gpd.points_from_xy([4000], [0]), crs=CRS)
    assert surface.predict(place)["rent_sqm_month"][0] == pytest.approx(500 * 0.5 * 0.6)


def test_standard_errors_are_hc3():
    """Written down once more: e_i / (1 - h_i) in the middle of the sandwich; statsmodels agrees where it is there."""
    table = shops(40, seed=3)
    surface = RentSurface(CENTRE, covariates=("frontage_m",)).fit(table)
    x = np.column_stack([np.ones(40), table.geometry.distance(CENTRE[0]) / 1000, table["frontage_m"]])
    y = np.log(table["rent_sqm_month"])
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    e = (y - hat @ y) / (1 - np.diag(hat))
    cov = np.linalg.inv(x.T @ x) @ (x.T @ np.diag(e**2) @ x) @ np.linalg.inv(x.T @ x)
    assert surface.coefficients_["se"].tolist() == pytest.approx(np.sqrt(np.diag(cov)).tolist())
    regression = pytest.importorskip("statsmodels.regression.linear_model")
    assert surface.coefficients_["se"].tolist() == pytest.approx(regression.OLS(y, x).fit(cov_type="HC3").bse.tolist())


def test_intervals_cover_what_they_are_drawn_from():
    inside, gamma = [], []
    for seed in range(20):
        surface = RentSurface(CENTRE, level=0.9).fit(shops(60, seed=seed))
        new = shops(50, seed=1000 + seed)
        inside += new["rent_sqm_month"].between(*surface.predict(new)[["low", "high"]].to_numpy().T).tolist()
        low, high = surface.coefficients_.loc["distance_km", ["low", "high"]]
        gamma.append(low <= -np.log(2) / 4 <= high)
    assert 0.87 <= np.mean(inside) <= 0.93
    assert np.sum(gamma) >= 15  # 90 % of 20 is 18; below 15 in one of 90


def test_the_demo_citys_rents_are_found_again():
    truth = make_demo_city.read_truth()
    listings = make_demo_city.make(7, truth)["listings"]
    crs = geo.metric_crs([truth["city"]["lon"]], [truth["city"]["lat"]])
    table = geo.to_metres(listings, crs).assign(rent_sqm_month=listings["rent_sqm_day"] * 365 / 12)
    surface = RentSurface(CENTRE.set_crs(crs, allow_override=True), level=0.999).fit(table)
    of = truth["rent"]
    found = surface.coefficients_
    for name, value in {"distance_km": "per_km", "frontage_m": "per_frontage_m", "floor=2f": "floor_2F"}.items():
        assert found.loc[name, "low"] < of[value] < found.loc[name, "high"]
    assert surface.half_distance_low_ < np.log(2) / -of["per_km"] < surface.half_distance_high_
    assert surface.sigma_ == pytest.approx(of["sigma"], rel=0.25)


def test_what_cannot_be_used_is_left_out_and_counted():
    table = shops(60)
    table.loc[0, "rent_sqm_month"], table.loc[1, "frontage_m"], table.loc[2, "floor"] = 0, np.nan, "B1"
    table.loc[3, "geometry"], table.loc[4, "floor"] = None, None
    surface = RentSurface(CENTRE).fit(table)
    assert surface.left_out_ == {
        "floor with fewer than 3 rents": 1,
        "no floor": 1,
        "no frontage_m": 1,
        "no position": 1,
        "no rent above 0": 1,
    }
    made = surface.predict(table)
    assert made["rent_sqm_month"].isna().tolist()[:5] == [False, True, True, True, True]
    assert surface.n_ == 55 and np.isnan(made["nearest_sample_m"][3]) and made["thin"][3]


def test_where_there_is_too_little_data_is_flagged():
    near = shops(50)
    near["geometry"] = gpd.points_from_xy(np.linspace(0, 2000, 50), np.zeros(50), crs=CRS)
    places = near.iloc[:3].set_geometry(gpd.points_from_xy([500, 0, 5000], [0, 1500, 0], crs=CRS))
    made = RentSurface(CENTRE, radius=1000, min_samples=5).fit(near).predict(places)
    assert made["thin"].tolist() == [False, True, True] and made["samples_near"].tolist()[1:] == [0, 0]
    assert made["nearest_sample_m"].tolist()[1:] == pytest.approx([1500, 3000])
    assert made["rent_sqm_month"].notna().all()


def test_rents_that_do_not_fall_have_no_half_distance():
    table = shops(60, sigma=0)
    table["rent_sqm_month"] = 500 * np.exp(0.1 * table.geometry.distance(CENTRE[0]) / 1000)
    surface = RentSurface(CENTRE, covariates=()).fit(table)
    assert surface.gamma_ == pytest.approx(-0.1) and np.isnan(surface.half_distance_km_)
    assert surface.half_distance_high_ == float("inf")


def test_the_nearest_of_several_centres_counts_and_faults_are_named():
    centres = gpd.GeoSeries.from_xy([0.0, 6000.0], [0.0, 0.0], crs=CRS)
    table = shops(60)
    made = RentSurface(centres).fit(table).predict(table)
    assert made["distance_km"].max() < table.geometry.distance(CENTRE[0]).max() / 1000
    with pytest.raises(ValueError, match="too few"):
        RentSurface(CENTRE).fit(shops(5))
    with pytest.raises(ValueError, match="no vacant_months"):
        RentSurface(CENTRE, covariates=("vacant_months",)).fit(table)
    with pytest.raises(ValueError, match="apart"):
        RentSurface(CENTRE, covariates=("frontage_m",)).fit(table.assign(frontage_m=4.0))
    with pytest.raises(ValueError, match="level"):
        RentSurface(CENTRE, level=95)


def test_seouls_dong_rents_have_a_surface(shared):
    """Real, and honest about it: rents by dong fall from the two centres, upper floors are cheaper, few are far out."""
    from expansion_kit.sources.seoul import read_seoul

    tables = read_seoul(shared / "seoul_commercial")[1]
    zones = tables["zones"].set_index("zone_id")
    crs = geo.metric_crs([126.98], [37.55])
    at = zones.to_crs(crs).representative_point()
    rents = tables["zone_rents"].query("floor != 'all'")
    rents = gpd.GeoDataFrame(rents, geometry=rents["zone_id"].map(at), crs=crs)
    halls = geo.to_metres(pd.DataFrame({"lon": [126.978, 127.028], "lat": [37.566, 37.498]}), crs)
    surface = RentSurface(halls, covariates=("floor",), radius=2000).fit(rents)
    low, high = surface.half_distance_low_, surface.half_distance_high_
    assert surface.n_ > 700 and 3 < low < surface.half_distance_km_ < high < 60
    assert surface.coefficients_.loc["floor=other", "high"] < 0
