"""Foot traffic in DuckDB: cases counted by hand, plain pandas on random pings, and what must never be shown."""

from itertools import groupby

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.market import pings as foot
from expansion_kit.sources.pings import open_pings

pytest.importorskip("ibis", reason="the extra big is not installed")

ZONE = "Asia/Kolkata"  # half an hour off the hours of UTC
SHOP, MALL = shapely.box(121.469, 31.229, 121.471, 31.231), shapely.box(121.47, 31.23, 121.474, 31.234)
AREAS = gpd.GeoDataFrame(geometry=[SHOP, MALL], index=pd.Index(["shop", "mall"], name="store_id"), crs="EPSG:4326")
HERE, AWAY = (121.4695, 31.2295), (121.50, 31.25)


@pytest.fixture(scope="module")
def duck():
    import duckdb

    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def opened(duck, tmp_path):
    def open_rows(rows):
        pd.DataFrame(rows, columns=["device", "lon", "lat", "time"]).to_parquet(tmp_path / "pings.parquet")
        return open_pings(tmp_path / "pings.parquet", connection=duck)

    return open_rows


def people(n, place, times, name="p"):
    """Pings of `n` devices at one place."""
    return [(f"{name}{i}", *place, pd.Timestamp(time)) for i in range(n) for time in times]


def walk(seed=0, n=6000, devices=60, days=8):
    """Random pings of a small city, in no order."""
    rng = np.random.default_rng(seed)
    home = rng.normal([121.47, 31.23], 0.008, (devices, 2))
    who = rng.integers(0, devices, n)
    lon, lat = (home[who] + rng.normal(0, 0.002, (n, 2))).T
    moment = pd.Timestamp("2026-03-01") + pd.to_timedelta(rng.integers(0, days * 86_400 * 10**6, n), unit="us")
    return pd.DataFrame({"device": [f"d{i}" for i in who], "lon": lon.round(6), "lat": lat.round(6), "time": moment})


def shown(table):
    return foot.collect(table)[0]


def local(time, zone=ZONE):
    return time.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)


def cells_of(rows, resolution):
    return [h3.latlng_to_cell(y, x, resolution) for x, y in zip(rows["lon"], rows["lat"])]


def test_a_cell_hour_counts_pings_and_different_devices(opened):
    rows = people(3, HERE, ["2026-03-02 00:29:59.9", "2026-03-02 00:30", "2026-03-02 01:00"])
    rows += people(2, HERE, ["2026-03-02 05:00"])
    table, left_out = foot.collect(foot.cell_hours(opened(rows), time_zone=ZONE, fewest=3))
    cell = h3.latlng_to_cell(HERE[1], HERE[0], 9)
    assert table.to_dict("records") == [
        {"cell": cell, "hour": pd.Timestamp("2026-03-02 05:00"), "pings": 3, "devices": 3},
        {"cell": cell, "hour": pd.Timestamp("2026-03-02 06:00"), "pings": 6, "devices": 3},
    ]
    assert left_out.to_dict() == {"rows": 1, "pings": 2}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fewest", [2, 4])
def test_cell_hours_are_those_of_pandas_and_h3(opened, seed, fewest):
    rows = walk(seed)
    whole = rows.assign(cell=cells_of(rows, 8), hour=local(rows["time"]).dt.floor("h")).groupby(["cell", "hour"])
    whole = whole.agg(pings=("device", "size"), devices=("device", "nunique")).reset_index()
    few = whole["devices"] < fewest
    table, left_out = foot.collect(foot.cell_hours(opened(rows), resolution=8, time_zone=ZONE, fewest=fewest))
    pd.testing.assert_frame_equal(table, whole[~few].reset_index(drop=True), check_dtype=False)
    assert left_out.to_dict() == {"rows": few.sum(), "pings": whole.loc[few, "pings"].sum()}


@pytest.mark.parametrize("by", ["day_type", "day", "time_band", None])
def test_unique_visitors_are_those_of_pandas(opened, by):
    rows = walk(4)
    here = local(rows["time"])
    hours = here.dt.hour.map(lambda hour: f"{hour:02}-{hour + 1:02}")
    names = {"day_type": np.where(here.dt.dayofweek >= 5, "weekend", "weekday"), "time_band": hours}
    names |= {"day": here.dt.day_name().str.lower(), None: "all"}
    spots = rows.assign(cell=cells_of(rows, 8), part=names[by], day=here.dt.date)
    whole = spots.groupby(["cell", "part"])["device"].nunique()
    days = spots.drop_duplicates(["cell", "part", "device", "day"]).groupby(["cell", "part"]).size()
    table = shown(foot.unique_visitors(opened(rows), resolution=8, by=by, time_zone=ZONE, fewest=5))
    table = table.set_index(["cell", "part"]).sort_index()
    assert table["devices"].to_dict() == whole[whole >= 5].to_dict()
    assert table["device_days"].to_dict() == days[whole >= 5].to_dict()


def test_visitors_of_areas_are_in_each_area_that_holds_them(opened):
    both = (121.4705, 31.2305)  # where shop and mall overlap
    rows = people(3, both, ["2026-03-02 03:00", "2026-03-03 03:00"]) + people(4, HERE, ["2026-03-02 03:00"], "q")
    table = shown(foot.unique_visitors(opened(rows), AREAS, fewest=2))
    assert table.to_numpy().tolist() == [["mall", "all", 3, 6], ["shop", "all", 7, 10]]


def test_days_are_counted_by_the_clock_of_the_city(opened):
    rows = people(1, HERE, ["2026-03-06 18:29", "2026-03-06 18:30", "2026-03-08 18:30"])  # Friday; in Kolkata 00:00
    assert shown(foot.days_seen(opened(rows), time_zone=ZONE)).to_numpy().tolist() == [["weekday", 2], ["weekend", 1]]


def test_a_visit_ends_after_a_gap_of_more_than_half_an_hour(opened):
    rows = people(2, HERE, ["2026-03-02 10:00:00", "2026-03-02 10:30:00", "2026-03-02 11:00:01", "2026-03-02 11:10:01"])
    pings = opened(rows + people(2, AWAY, ["2026-03-02 10:40"]))
    table = shown(foot.visits(pings, AREAS, fewest=2))
    assert table.to_numpy().tolist() == [["shop", 4, 2, 10, 10, 30]]  # 0:30 and 0:10, twice each
    longer = shown(foot.visits(pings, AREAS, shortest_minutes=11, fewest=2))
    assert longer[["visits", "visitors", "dwell_p50"]].to_numpy().tolist() == [[2, 2, 30]]
    assert shown(foot.visits(pings, AREAS, gap_minutes=31, fewest=2))["dwell_p50"].tolist() == [70]


def test_a_dwell_of_few_is_missing(opened):
    rows = people(3, HERE, ["2026-03-02 10:00"]) + people(2, HERE, ["2026-03-02 10:00", "2026-03-02 10:10"], "q")
    table = shown(foot.visits(opened(rows), AREAS, fewest=3))
    assert table[["visits", "visitors"]].to_numpy().tolist() == [[5, 5]]
    assert table.filter(like="dwell").isna().all(axis=None)


def stays_of(rows, shape, gap):
    """Visits by a plain loop: device, start, stop in seconds."""
    inside = rows[shapely.intersects_xy(shape, rows["lon"], rows["lat"])]
    seconds = inside.assign(second=inside["time"].astype("datetime64[s]").astype("int64"))
    found = []
    for device, times in groupby(sorted(zip(seconds["device"], seconds["second"])), key=lambda pair: pair[0]):
        start = stop = None
        for _, second in times:
            if stop is not None and second - stop > gap * 60:
                found.append((device, start, stop))
                start = None
            start, stop = second if start is None else start, second
        found.append((device, start, stop))
    return pd.DataFrame(found, columns=["device", "start", "stop"])


@pytest.mark.parametrize("seed", range(2))
def test_visits_are_those_of_a_plain_loop(opened, seed):
    rows = walk(seed, n=8000, days=2)
    table = shown(foot.visits(opened(rows), AREAS, fewest=2)).set_index("area_id")
    for name, shape in AREAS.geometry.items():
        stays = stays_of(rows, shape, 30)
        minutes = np.sort((stays["stop"] - stays["start"])[stays["stop"] > stays["start"]].to_numpy() // 60)
        quartiles = [minutes[int(np.ceil(len(minutes) * q)) - 1] for q in (0.25, 0.5, 0.75)]
        assert table.loc[name].tolist() == [len(stays), stays["device"].nunique(), *quartiles]


def test_of_a_cut_of_visits_the_smallest_shown_part_hides_the_one_left_out(opened):
    rows = people(5, HERE, ["2026-03-02 10:00"]) + people(4, HERE, ["2026-03-02 12:00"])
    rows += people(2, HERE, ["2026-03-02 14:00"]) + people(6, HERE, ["2026-03-02 16:00"])
    table, left_out = foot.collect(foot.visit_times(opened(rows), AREAS, by="time_band", fewest=3))
    assert table["part"].tolist() == ["10-11", "16-17"] and left_out["rows"] == 2
    whole = shown(foot.visits(opened(rows), AREAS, fewest=3))["visits"].item()
    assert whole - table["visits"].sum() == 6  # four devices or more stand behind it


def test_visits_begin_on_the_clock_of_the_city(opened):
    pings = opened(people(3, HERE, ["2026-03-01 18:29", "2026-03-01 18:45"]))  # Sunday 23:59 in Kolkata
    assert shown(foot.visit_times(pings, AREAS, by="day", time_zone=ZONE, fewest=3))["part"].tolist() == ["sunday"]


NIGHTS = [
    "2026-03-02 16:30",
    "2026-03-03 00:29",
    "2026-03-03 20:00",
    "2026-03-04 22:00",
]  # three in Kolkata: 22:00, 5:59


def test_a_home_is_where_most_nights_were_seen(opened):
    rows = people(4, HERE, ["2026-03-05 06:00"]) + people(4, AWAY, NIGHTS)  # visitors by day, at home away
    rows += people(3, HERE, ["2026-03-05 06:30"], "q") + people(3, AWAY, NIGHTS[:3], "q")  # two nights only
    table = shown(foot.home_areas(opened(rows), AREAS, resolution=8, time_zone=ZONE, fewest=3))
    cell = h3.latlng_to_cell(AWAY[1], AWAY[0], 8)
    assert table.to_numpy().tolist() == [["shop", "cell", cell, 4], ["shop", "unknown", None, 3]]


def test_homes_of_few_take_the_next_smallest_along(opened):
    far = (121.53, 31.27)
    rows = people(9, HERE, ["2026-03-05 06:00"])
    rows += people(4, AWAY, NIGHTS) + [row for row in people(6, far, NIGHTS) if row[0] in ("p4", "p5")]
    table = shown(foot.home_areas(opened(rows), AREAS, resolution=8, time_zone=ZONE, fewest=3))
    assert table[["home", "visitors"]].to_numpy().tolist() == [["cell", 4], ["not shown", 5]]  # 2 far and 3 unknown
    assert table["visitors"].sum() == shown(foot.visits(opened(rows), AREAS, fewest=3))["visitors"].item()


def test_homes_are_those_of_pandas(opened):
    rows = walk(7, n=9000)
    here = local(rows["time"])
    dark = (here.dt.hour >= 22) | (here.dt.hour < 6)
    spots = rows.assign(cell=cells_of(rows, 7), night=(here - pd.Timedelta(hours=6)).dt.floor("D"))[dark]
    each = spots.groupby(["device", "cell"]).agg(nights=("night", "nunique"), pings=("night", "size")).reset_index()
    each = each.sort_values(["nights", "pings", "cell"], ascending=[False, False, True]).drop_duplicates("device")
    home = each[each["nights"] >= 3].set_index("device")["cell"]
    table = shown(foot.home_areas(opened(rows), AREAS, time_zone=ZONE, fewest=2))
    for name, shape in AREAS.geometry.items():
        lived = stays_of(rows, shape, 30)["device"].drop_duplicates().map(home).fillna("unknown")
        counts = lived.value_counts().rename_axis("cell").reset_index(name="visitors").sort_values(["visitors", "cell"])
        few = counts["visitors"] < 2
        hidden = counts[few]
        if 0 < hidden["visitors"].sum() < 2:
            hidden = pd.concat([hidden, counts[~few].head(1)])
        told = table[table["area_id"] == name]
        expected = counts.drop(hidden.index).set_index("cell")["visitors"].to_dict()
        assert told.query("home != 'not shown'").fillna("unknown").set_index("cell")["visitors"].to_dict() == expected
        assert told.query("home == 'not shown'")["visitors"].sum() == hidden["visitors"].sum()


def every_table(pings, fewest):
    """All that can be handed out, with the column that says how many stand behind a row."""
    yield foot.cell_hours(pings, fewest=fewest, time_zone=ZONE), "devices"
    for areas, by in ((None, "day_type"), (None, None), (AREAS, "time_band")):
        yield foot.unique_visitors(pings, areas, by=by, fewest=fewest, time_zone=ZONE), "devices"
    yield foot.visits(pings, AREAS, fewest=fewest), "visitors"
    yield foot.visit_times(pings, AREAS, by="day", fewest=fewest, time_zone=ZONE), "visitors"
    yield foot.home_areas(pings, AREAS, resolution=8, fewest_nights=1, fewest=fewest, time_zone=ZONE), "visitors"


def test_no_row_of_any_table_stands_for_fewer_than_k_devices(opened):
    pings = opened(walk(2, n=20_000, days=2))
    sizes = [shown(table)[people] for table, people in every_table(pings, 10)]
    assert all((size >= 10).all() for size in sizes) and all(map(len, sizes))


def test_a_person_alone_at_night_changes_nothing_that_is_shown(opened):
    rows = walk(2, n=2000)
    alone = pd.DataFrame(
        people(1, AWAY, [f"2026-03-0{day} 20:15" for day in range(2, 8)], "alone"), columns=rows.columns
    )
    before = [shown(table) for table, _ in every_table(opened(rows), 10)]
    after = [shown(table) for table, _ in every_table(opened(pd.concat([rows, alone])), 10)]
    for one, other in zip(before, after):
        pd.testing.assert_frame_equal(one, other)


def test_the_order_of_rows_never_matters(opened):
    rows = walk(5, n=3000)
    rows = pd.concat([rows, rows.sample(300, random_state=1).assign(lon=121.4701)])  # several pings in one second
    before = [shown(table) for table, _ in every_table(opened(rows), 3)]
    after = [shown(table) for table, _ in every_table(opened(rows.sample(frac=1, random_state=2)), 3)]
    for one, other in zip(before, after):
        pd.testing.assert_frame_equal(one, other)


def test_nothing_gives_empty_tables(opened):
    pings = opened(walk(0, n=1))
    for table, _ in every_table(pings, 10):
        assert foot.collect(table)[0].empty


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda p: foot.cell_hours(p, fewest=1), "fewest must be at least 2"),
        (lambda p: foot.cell_hours(p, resolution=16), "resolution must be 0 to 15"),
        (lambda p: foot.cell_hours(p, time_zone="Nowhere"), "no time zone 'Nowhere'"),
        (lambda p: foot.unique_visitors(p, by="month"), "by must be one of day_type, day, time_band"),
        (lambda p: foot.home_areas(p, AREAS, resolution=9), "a finer cell is an address"),
    ],
)
def test_options_out_of_range_are_refused(opened, call, told):
    with pytest.raises(ValueError, match=told):
        call(opened(walk(0, n=5)))
