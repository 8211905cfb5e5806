"""Pings at the door: what is read, left out and refused, in DuckDB; Spark against DuckDB stands in test_pings_spark."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expansion_kit import geo
from expansion_kit.sources.pings import open_pings, ping_counts

pytest.importorskip("ibis", reason="the extra big is not installed")

NOON = pd.Timestamp("2026-03-02 12:00:00")


@pytest.fixture
def opened(tmp_path):
    """`opened(rows, **options)` writes rows as Parquet and opens them; closed at the end."""
    backends = []

    def open_rows(rows, name="pings.parquet", **options):
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
        pq.write_table(table, tmp_path / name)
        pings = open_pings(tmp_path / name, temp_folder=tmp_path / "spill", **options)
        backends.append(pings.get_backend())
        return pings

    yield open_rows
    for backend in backends:
        backend.disconnect()


def rows(**changed):
    return {"device": ["a", "b"], "lon": [121.47, 121.48], "lat": [31.23, 31.24], "time": [NOON, NOON]} | changed


def test_rows_come_out_as_they_are(opened):
    pings = opened(rows())
    assert list(pings.columns) == ["device", "lon", "lat", "time"]
    pd.testing.assert_frame_equal(
        pings.to_pandas().sort_values("device", ignore_index=True), pd.DataFrame(rows()), check_dtype=False
    )


def test_each_row_that_is_no_ping_is_left_out_under_its_first_fault(opened):
    faults = {
        "no_device": ("", 121.0, 31.0, NOON),
        "no_place": ("a", None, 31.0, NOON),
        "no_place too": ("a", 121.0, float("nan"), NOON),
        "impossible_place": ("a", 181.0, 31.0, NOON),
        "impossible_place too": ("a", 0.0, 0.0, NOON),
        "no_time": ("a", 121.0, 31.0, pd.NaT),
        "impossible_time": ("a", 121.0, 31.0, pd.Timestamp("1970-01-01")),
        "impossible_time too": ("a", 121.0, 31.0, pd.Timestamp("2050-01-01")),
        "no_device too": (None, None, 31.0, NOON),
    }
    good = ("a", 121.0, 31.0, pd.Timestamp("2049-12-31 23:59:59.9"))
    table = pd.DataFrame([*faults.values(), good], columns=["device", "lon", "lat", "time"])
    pings = opened(table)
    assert ping_counts(pings).to_dict() == {
        "rows": 10,
        "no_device": 2,
        "no_place": 2,
        "impossible_place": 2,
        "no_time": 1,
        "impossible_time": 2,
        "pings": 1,
    }
    assert pings.count().to_pandas() == 1


def test_a_time_with_a_zone_is_the_same_moment_and_one_without_is_utc(opened):
    shanghai = pd.Series([pd.Timestamp("2026-03-02 20:00", tz="Asia/Shanghai")] * 2)
    assert opened(rows(time=shanghai)).time.max().to_pandas() == NOON
    assert opened(rows(), name="plain.parquet").time.max().to_pandas() == NOON


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_and_numbers_with_a_unit_are_the_same_moment(opened, unit):
    assert opened(rows(time=pd.Series([NOON] * 2).astype(f"datetime64[{unit}]"))).time.max().to_pandas() == NOON
    counted = pd.Series([NOON] * 2).astype(f"datetime64[{unit}]").astype("int64")
    assert opened(rows(time=counted), name="counted.parquet", time_unit=unit).time.max().to_pandas() == NOON


@pytest.mark.parametrize(
    ("changed", "options", "told"),
    [
        ({"lon": ["121", "122"]}, {}, "lon is string; it must be a number of degrees"),
        ({"time": [1, 2]}, {}, "time is int64.*name what it counts with time_unit="),
        ({"time": ["2026-03-02", "x"]}, {}, "time is string; it must be a date with a time of day"),
        ({}, {"time_unit": "s"}, r"time is timestamp.*; it has no time_unit"),
        ({"device": [1.5, 2.5]}, {}, "device is float64; it must be a text or a whole number"),
        ({}, {"engine": "dask"}, "engine must be one of duckdb, spark, compiled, but is 'dask'"),
        ({}, {"datum": "beijing54"}, "datum must be one of wgs84, gcj02, bd09"),
        ({}, {"time_unit": "h"}, "time_unit must be one of s, ms, us, ns, but is 'h'"),
        ({}, {"columns": {"lon": "x"}}, "pings.parquet has no column lon; it has device, lon, lat, time"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(opened, changed, options, told):
    with pytest.raises(ValueError, match=told):
        opened(rows(**changed), **options)


def test_all_wrong_columns_are_told_at_once(opened):
    with pytest.raises(ValueError) as refused:
        opened(rows(lon=["1", "2"], lat=["1", "2"], time=[1.5, 2.5]))
    assert str(refused.value).count("  - column") == 3


def test_members_and_other_headers_are_taken_by_name(opened):
    members = pd.DataFrame(rows()).rename(columns={"device": "member_id", "time": "paid_at"}).assign(amount=9)
    pings = opened(members, columns={"member_id": "device", "paid_at": "time"})
    assert sorted(pings.device.execute()) == ["a", "b"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.dictionary(pa.int32(), pa.string())])
def test_devices_may_be_numbers_or_categories(opened, kind):
    plain = pa.Table.from_pandas(pd.DataFrame(rows(device=["1", "2"])), preserve_index=False)
    values = plain["device"].combine_chunks()
    values = values.dictionary_encode() if pa.types.is_dictionary(kind) else values.cast(kind)
    assert ping_counts(opened(plain.set_column(0, "device", values)))["pings"] == 2


def test_a_folder_and_a_list_are_read_whole(tmp_path):
    (tmp_path / "day=1").mkdir()
    for n, file in enumerate(["day=1/a.parquet", "b.parquet"]):
        pd.DataFrame(rows(device=[f"{n}x", f"{n}y"])).to_parquet(tmp_path / file, index=False)
    for path in (tmp_path, [tmp_path / "day=1" / "a.parquet", str(tmp_path / "b.parquet")]):
        pings = open_pings(path)
        assert sorted(pings.device.execute()) == ["0x", "0y", "1x", "1y"]
        pings.get_backend().disconnect()


def test_files_must_be_there_be_parquet_and_be_alike(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file none.parquet"):
        open_pings(tmp_path / "none.parquet")
    with pytest.raises(FileNotFoundError, match="there is no Parquet file in"):
        open_pings(tmp_path)
    with pytest.raises(FileNotFoundError, match="no file of pings is named"):
        open_pings([])
    (tmp_path / "broken.parquet").write_bytes(b"device,lon\n1,2\n")
    with pytest.raises(ValueError, match=r"broken\.parquet cannot be read as Parquet"):
        open_pings(tmp_path)
    pd.DataFrame(rows()).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame(rows(device=[1, 2])).to_parquet(tmp_path / "broken.parquet")
    with pytest.raises(ValueError, match=r"broken\.parquet: column device is int64, in the first file .*string"):
        open_pings(tmp_path)


def test_a_chinese_datum_becomes_wgs84(opened):
    lon, lat = geo.convert([121.47, 126.98], [31.23, 37.57], "wgs84", "gcj02")
    pings = opened(rows(lon=lon, lat=lat), datum="gcj02").order_by("device").to_pandas()
    np.testing.assert_allclose(pings[["lon", "lat"]], [[121.47, 31.23], [126.98, 37.57]], atol=1e-8)


def test_a_connection_is_taken_and_twice_as_well(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    pd.DataFrame(rows()).to_parquet(tmp_path / "a.parquet")
    with duckdb.connect() as connection:
        for _ in range(2):
            pings = open_pings(tmp_path / "a.parquet", connection=connection, memory_gb=0.5, threads=1)
            assert pings.count().execute() == 2
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone()[0] == "476.8 MiB"


def test_no_rows_are_no_fault(opened):
    pings = opened(pd.DataFrame(rows()).iloc[:0].astype({"device": str}))
    assert ping_counts(pings)["rows"] == 0


@pytest.mark.parametrize(("engine", "extra"), [("duckdb", "big"), ("spark", "spark")])
def test_without_its_engine_the_extra_is_named(monkeypatch, tmp_path, engine, extra):
    monkeypatch.setattr("expansion_kit.sources.pings.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=rf"expansion-kit\[{extra}\]"):
        open_pings(tmp_path, engine=engine)
