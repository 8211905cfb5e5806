"""One definition, two engines: what Spark counts (on two local cores) is what DuckDB counts, to the last figure."""

import shutil
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.market import pings as foot
from expansion_kit.sources.pings import open_pings, ping_counts

pytest.importorskip("ibis", reason="the extra big is not installed")
pytest.importorskip("pyspark", reason="the extra spark is not installed")
pytestmark = [  # Spark leaves its sockets to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.slow,
]

ZONE = "Europe/Helsinki"  # its clocks change in the middle of these pings
BOXES = [shapely.box(24.93, 60.165, 24.94, 60.17), shapely.box(24.935, 60.168, 24.95, 60.175)]
AREAS = gpd.GeoDataFrame(geometry=BOXES, index=["A", "B"], crs="EPSG:4326")
TABLES = {
    "cell_hours": lambda pings: foot.cell_hours(pings, time_zone=ZONE, fewest=3),
    "visits": lambda pings: foot.visits(pings, AREAS),
    "visit_times": lambda pings: foot.visit_times(pings, AREAS, by="day", time_zone=ZONE),
    "home_areas": lambda pings: foot.home_areas(pings, AREAS, time_zone=ZONE),
}


@pytest.fixture(scope="module")
def session():
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        settings = {"ui.enabled": "false", "ui.showConsoleProgress": "false", "driver.memory": "1g"}
        settings |= {"sql.shuffle.partitions": "2", "sql.adaptive.enabled": "false"}  # for few rows: half the time
        settings |= {"sql.codegen.wholeStage": "false", "driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(f"spark.{name}", value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Pings in nanoseconds with some that are none, in two files."""
    rng = np.random.default_rng(3)
    n, devices = 50_000, 300
    home = rng.normal([24.94, 60.17], [0.01, 0.005], (devices, 2))
    who = rng.integers(0, devices, n)
    lon, lat = (home[who] + rng.normal(0, 0.004, (n, 2))).T
    time = pd.Timestamp("2026-03-26") + pd.to_timedelta(rng.integers(0, 6 * 86_400 * 10**9, n), unit="ns")
    rows = pd.DataFrame({"device": who.astype(str), "lon": lon, "lat": lat, "time": time})
    rows.loc[:9, "lon"] = np.nan
    rows.loc[10:19, "device"] = None
    rows.loc[20:29, ["lon", "lat"]] = 0.0
    rows.loc[30:39, "time"] = pd.NaT
    rows.loc[40:49, "time"] = pd.Timestamp("1970-01-01")
    folder = tmp_path_factory.mktemp("pings")
    rows.iloc[: n // 2].to_parquet(folder / "a.parquet", index=False)
    rows.iloc[n // 2 :].to_parquet(folder / "b.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def engines(session, file):
    both = {"duckdb": open_pings(file), "spark": open_pings(file, engine="spark", connection=session)}
    yield both
    both["duckdb"].get_backend().disconnect()


def test_both_leave_the_same_rows_out(engines):
    duck, spark = (ping_counts(pings) for pings in engines.values())
    assert duck.to_dict() == spark.to_dict()
    assert duck["pings"] == 49_950 and duck["no_place"] == 10 and duck["no_device"] == 10


@pytest.mark.parametrize("name", TABLES)
def test_both_give_the_same_table(engines, name):
    (duck, out), (spark, spark_out) = (foot.collect(TABLES[name](pings)) for pings in engines.values())
    pd.testing.assert_frame_equal(duck, spark)
    pd.testing.assert_series_equal(out, spark_out)
    assert len(duck) > 1


def test_the_users_session_keeps_its_settings(engines, session):
    beside = engines["spark"].get_backend()._session
    assert beside.catalog.functionExists("h3_cell") and not session.catalog.functionExists("h3_cell")
    assert session.conf.get("spark.sql.legacy.parquet.nanosAsLong") == "false"
