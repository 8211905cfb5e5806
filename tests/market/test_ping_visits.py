import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import shapely

pytest.importorskip("numba")

from expansion_kit.market.ping_visits import sessions, visits
from expansion_kit.sources.ping_parts import ping_parts

SIDE = 0.001


def dataset(pings):
    return ping_parts(ds.dataset(pa.Table.from_pandas(pings, preserve_index=False)))


def made(n=20_000, seed=0):
    draw = np.random.default_rng(seed)
    time = pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(draw.integers(0, 86_400, n), "s")
    place = draw.uniform([[120.149], [30.269]], [[120.156], [30.276]], (2, n))
    return pd.DataFrame({"device": draw.integers(0, 60, n), "lon": place[0], "lat": place[1], "time": time})


def shops():
    """A notched shop with a yard, one of two houses, one over another, a large district, and one that nobody visits."""
    yard = shapely.Point(120.152, 30.272).buffer(SIDE / 3).exterior.coords
    west, east = 120.151, 120.153
    ring = [(west, 30.271), (east, 30.271), (120.152, 30.2715), (east, 30.273), (west, 30.273)]
    houses = [shapely.box(120.154, 30.27, 120.155, 30.271), shapely.box(120.154, 30.274, 120.155, 30.275)]
    shapes = {
        "over": shapely.box(120.1515, 30.2705, 120.1525, 30.2725),
        "notched": shapely.Polygon(ring, [yard]).buffer(0),
        "two": shapely.MultiPolygon(houses),
        "district": shapely.Point(120.1525, 30.2725).buffer(0.003),
        "nobody": shapely.box(120.2, 30.3, 120.201, 30.301),
    }  # fmt: skip
    return gpd.GeoDataFrame(geometry=list(shapes.values()), index=list(shapes), crs=4326)


def joined(pings, areas, gap_minutes=30):
    """As one writes it in geopandas."""
    points = gpd.GeoDataFrame(pings, geometry=gpd.points_from_xy(pings["lon"], pings["lat"]), crs=4326)
    hits = gpd.sjoin(points, areas.rename_axis("area_id").reset_index(), predicate="intersects")
    hits = hits.sort_values(["area_id", "device", "time"])
    each = hits.groupby(["area_id", "device"])["time"]
    number = (each.diff() > pd.Timedelta(gap_minutes, "min")).groupby([hits["area_id"], hits["device"]]).cumsum()
    stays = hits.groupby(["area_id", "device", number])["time"].agg(start="min", stop="max")
    seconds = stays.apply(lambda column: (column - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(1, "s"))
    return seconds.reset_index(["area_id", "device"]).reset_index(drop=True)


@pytest.mark.parametrize("gap_minutes", [5, 30])
def test_equal_to_geopandas(gap_minutes):
    pings, areas = made(), shops()
    found, _ = sessions(dataset(pings), areas, gap_minutes=gap_minutes)
    wanted = joined(pings, areas, gap_minutes)
    assert wanted["area_id"].nunique() == 4
    pd.testing.assert_frame_equal(found.astype({"area_id": object}), wanted.astype({"area_id": object}))


def test_order_of_rows_and_areas_never_matters():
    pings, areas = made(5_000), shops()
    shown, left_out = visits(dataset(pings), areas)
    again, left_again = visits(dataset(pings.sample(frac=1, random_state=3)), areas[::-1])
    pd.testing.assert_frame_equal(shown, again)
    assert left_out.equals(left_again)


def test_points_on_edges_are_inside_and_just_beside_as_shapely_says():
    areas = shops()
    draw = np.random.default_rng(0)
    corners = shapely.get_coordinates(areas.geometry)
    middle = (corners[1:] + corners[:-1]) / 2
    points = np.concatenate([p + off * draw.choice([-1, 0, 1], p.shape) for p in (corners, middle) for off in
                             (0, 1e-14, 1e-12, 1e-11, 1e-10, 1e-8)])  # fmt: skip
    pings = pd.DataFrame({"device": range(len(points)), "lon": points[:, 0], "lat": points[:, 1]})
    pings["time"] = pd.Timestamp("2026-03-02", tz="UTC")
    found, _ = sessions(dataset(pings), areas)
    for name, shape in areas.geometry.items():
        inside = np.flatnonzero(shapely.intersects_xy(shape, points[:, 0], points[:, 1]))
        assert found.loc[found["area_id"] == name, "device"].tolist() == inside.tolist()


def square(rows):
    """Pings by (device, minute) in one square shop."""
    pings = pd.DataFrame(rows, columns=["device", "minute"])
    pings["time"] = pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(pings["minute"], "min")
    shop = gpd.GeoDataFrame(geometry=[shapely.box(0.1, 0.1, 0.2, 0.2)], index=["S"], crs=4326)
    return dataset(pings.assign(lon=0.15, lat=0.15)), shop


def test_a_visit_ends_after_a_gap_and_dwell_is_what_was_seen():
    """By hand: a is there 0-20 and, 31 minutes later, at 51; b from 0 to 30, a gap of exactly 30; c for 10."""
    pings, shop = square([("a", 0), ("a", 20), ("a", 51), ("b", 0), ("b", 30), ("c", 5), ("c", 15)])
    shown, left_out = visits(pings, shop, fewest=2)
    assert shown.to_dict("records") == [
        {"area_id": "S", "visits": 4, "visitors": 3, "dwell_p25": 10, "dwell_p50": 20, "dwell_p75": 30}
    ]
    longer, _ = visits(pings, shop, fewest=2, shortest_minutes=15)
    assert longer[["visits", "visitors"]].to_dict("records") == [{"visits": 2, "visitors": 2}]
    stays, names = sessions(pings, shop)
    assert [names[device] for device in stays["device"]] == ["a", "a", "b", "c"]


def test_small_counts_are_left_out():
    pings, shop = square([(device, minute) for device in range(9) for minute in (0, 10)])
    shown, left_out = visits(pings, shop)
    assert shown.empty and left_out.to_dict() == {"rows": 1}
    pings, shop = square([(device, minute) for device in range(9) for minute in (0, 10)] + [(9, 3)])
    shown, _ = visits(pings, shop)
    assert shown["visitors"].tolist() == [10] and shown["dwell_p50"].isna().all()  # only nine were seen twice


def test_nobody_there():
    pings, shop = square([("a", 0)])
    shown, left_out = visits(pings, shop.translate(50).to_frame("geometry"))
    assert shown.empty and left_out["rows"] == 0


def test_faults_are_told_at_the_door():
    pings, shop = square([("a", 0)])
    with pytest.raises(ValueError, match="no coordinate reference system"):
        visits(pings, gpd.GeoDataFrame(geometry=shop.geometry.to_numpy(), crs=None))
    with pytest.raises(ValueError, match="must be unique"):
        visits(pings, pd.concat([shop, shop]))
    with pytest.raises(ValueError, match="must be polygons"):
        visits(pings, shop.set_geometry(shop.to_crs(3857).centroid.to_crs(4326)))
    with pytest.raises(ValueError, match="fewest"):
        visits(pings, shop, fewest=0)
