from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from h3 import latlng_to_cell

pytest.importorskip("numba")

from expansion_kit.market.ping_counts import arrays_of, cell_hours
from expansion_kit.sources.ping_parts import ping_parts

UTC = ((946_684_800, 0),)
CHINA = ((946_684_800, 28_800),)


def made(n=6_000, seed=0, days=2):
    draw = np.random.default_rng(seed)
    time = pd.Timestamp("2026-03-28", tz="UTC") + pd.to_timedelta(np.sort(draw.integers(0, days * 86_400_000, n)), "ms")
    place = draw.normal([[120.15], [30.27]], 0.004, (2, n))
    return pd.DataFrame({"device": draw.integers(0, 40, n), "lon": place[0], "lat": place[1], "time": time})


def counted(pings, zone, fewest, resolution=9):
    """As one writes it in pandas."""
    cell = [latlng_to_cell(y, x, resolution) for x, y in zip(pings["lon"], pings["lat"])]
    hour = pings["time"].dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None).dt.floor("h")
    each = pings.groupby([pd.Series(cell, name="cell", index=pings.index), hour.rename("hour")])["device"]
    every = each.agg(pings="size", devices="nunique").reset_index()
    few = every["devices"] < fewest
    return every[~few].reset_index(drop=True), {"rows": few.sum(), "pings": every.loc[few, "pings"].sum()}


def same(found, wanted):
    shown, left_out = found
    pd.testing.assert_frame_equal(shown, wanted[0].astype({"cell": object}), check_dtype=False)
    assert left_out.to_dict() == wanted[1]


def in_memory(pings):
    return ping_parts(ds.dataset(pa.Table.from_pandas(pings, preserve_index=False)))


@pytest.fixture
def stored(tmp_path):
    def store(pings, rows=500, **options):
        path = tmp_path / f"{len([*tmp_path.iterdir()])}.parquet"
        table = pa.Table.from_pandas(pings, preserve_index=False)
        pq.write_table(table, path, row_group_size=rows, coerce_timestamps="us", **options)
        return ping_parts(ds.dataset(path))

    return store


def test_equal_to_a_plain_group_by(stored):
    pings = made()
    wanted = counted(pings, "Asia/Shanghai", 5)
    assert len(wanted[0]) > 0 and wanted[1]["rows"] > 0
    same(cell_hours(stored(pings), transitions=CHINA, fewest=5), wanted)
    same(cell_hours(stored(pings, write_statistics=False), transitions=CHINA, fewest=5), wanted)
    same(cell_hours(in_memory(pings), transitions=CHINA, fewest=5), wanted)


def test_order_of_rows_and_room_never_matter(stored):
    pings = made()
    wanted = counted(pings, "UTC", 4)
    mixed = pings.sample(frac=1, random_state=1)
    for held in (1, 300, 2_000, 10**6):
        same(cell_hours(stored(mixed), transitions=UTC, fewest=4, held=held), wanted)
        same(cell_hours(stored(pings[::-1]), transitions=UTC, fewest=4, held=held), wanted)


def test_several_files_that_overlap_in_time(stored):
    pings = made()
    files = [stored(pings[start::3]) for start in range(3)]
    found = cell_hours(sum(files, []), transitions=UTC, fewest=4)
    same(found, counted(pings, "UTC", 4))


@pytest.mark.parametrize(
    "zone, steps",
    [
        ("Europe/Berlin", ((946_684_800, 3_600), (1_774_746_000, 7_200))),  # forward on 2026-03-29, 01:00 UTC
        ("Asia/Kolkata", ((946_684_800, 19_800),)),
    ],
)
def test_hours_are_those_of_local_clocks(zone, steps, stored):
    pings = made()
    same(cell_hours(stored(pings), transitions=steps, fewest=3), counted(pings, zone, 3))


def test_the_hour_that_comes_twice_is_one_hour(stored):
    pings = made()
    pings["time"] += pd.Timestamp("2026-10-24", tz="UTC") - pd.Timestamp("2026-03-28", tz="UTC")
    back = ((946_684_800, 7_200), (1_792_890_000, 3_600))  # on 2026-10-25, 01:00 UTC
    shown, left_out = cell_hours(stored(pings), transitions=back, fewest=3)
    same((shown, left_out), counted(pings, "Europe/Berlin", 3))
    each = shown[shown["hour"] == pd.Timestamp("2026-10-25 02:00")]["pings"].sum()
    assert each > 1.5 * shown[shown["hour"] == pd.Timestamp("2026-10-25 04:00")]["pings"].sum()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["int32", "uint64", "text", "category"])
def test_devices_and_times_of_every_type(unit, kind):
    pings = made(2_000)
    pings["time"] = pings["time"].dt.floor("s").astype(f"datetime64[{unit}, UTC]")
    wanted = counted(pings, "UTC", 3)
    numbers = {"uint64": pings["device"].astype("uint64") + np.uint64(2**63), "int32": pings["device"].astype("int32")}
    texts = "机" + pings["device"].astype(str)
    pings["device"] = numbers.get(kind, texts if kind == "text" else texts.astype("category"))
    same(cell_hours(in_memory(pings), transitions=UTC, fewest=3), wanted)


def test_rows_that_are_no_pings_are_passed_over():
    pings = made(500)
    pings["device"] = pings["device"].astype(str)
    wanted = counted(pings, "UTC", 2)
    bad = pings.head(7).copy()
    bad.loc[0, "device"], bad.loc[1, "device"], bad.loc[2, "lon"], bad.loc[3, "lat"] = None, "", np.nan, 91.0
    bad.loc[4, ["lon", "lat"]], bad.loc[5, "time"], bad.loc[6, "time"] = (
        0.0,
        pd.NaT,
        pd.Timestamp("1999-12-31", tz="UTC"),
    )
    same(cell_hours(in_memory(pd.concat([bad, pings])), transitions=UTC, fewest=2), wanted)


def test_no_pings_no_rows():
    shown, left_out = cell_hours(in_memory(made(10).head(0)), transitions=UTC)
    assert shown.empty and [*shown] == ["cell", "hour", "pings", "devices"] and left_out.sum() == 0


def test_faults_are_told_at_the_door():
    table = in_memory(made(10))
    with pytest.raises(ValueError, match="fewest must be at least 2"):
        cell_hours(table, transitions=UTC, fewest=1)
    with pytest.raises(ValueError, match="resolution must be 0 to 15"):
        cell_hours(table, transitions=UTC, resolution=16)


def test_texts_keep_their_numbers_from_batch_to_batch():
    seen, base = {}, {"lon": [1.0, 2.0], "lat": [1.0, 2.0], "time": pa.array([0, 1], pa.timestamp("s"))}
    first = arrays_of(pa.record_batch({"device": ["a", "b"], **base}), seen)
    second = arrays_of(pa.record_batch({"device": ["b", "c"], **base}), seen)
    assert first[0].tolist() == [0, 1] and second[0].tolist() == [1, 2] and second[4] == 1
