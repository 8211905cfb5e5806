"""One definition, another engine: what the compiled loops count is what DuckDB counts, to the last figure."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from expansion_kit.market import pings as foot
from expansion_kit.sources.pings import open_pings

pytest.importorskip("ibis", reason="the extra big is not installed")
pytest.importorskip("numba", reason="the extra fast is not installed")

ZONE = "Europe/Helsinki"  # its clocks change in the middle of these pings
BOXES = [shapely.box(24.93, 60.165, 24.94, 60.17), shapely.box(24.935, 60.168, 24.95, 60.175)]  # they overlap
AREAS = gpd.GeoDataFrame(geometry=BOXES, index=["A", "B"], crs="EPSG:4326")


@pytest.fixture(scope="module", params=["text", "whole number"])
def folder(request, tmp_path_factory):
    draw = np.random.default_rng(5)
    n, devices = 20_000, 200
    home = draw.normal([24.94, 60.17], [0.01, 0.005], (devices, 2))
    who = draw.integers(1, devices, n)
    lon, lat = (home[who] + draw.normal(0, 0.004, (n, 2))).T
    time = pd.Timestamp("2026-03-26") + pd.to_timedelta(draw.integers(0, 6 * 86_400 * 10**6, n), unit="us")
    rows = pd.DataFrame({"device": who.astype(str) if request.param == "text" else who})
    rows = rows.assign(lon=lon, lat=lat, time=time)
    rows.loc[:9, "lon"] = np.nan
    rows.loc[20:29, ["lon", "lat"]] = 0.0
    rows.loc[30:39, "time"] = pd.NaT
    rows.loc[40:49, "time"] = pd.Timestamp("1970-01-01")
    rows.loc[50:59, "lat"] = 95.0
    folder = tmp_path_factory.mktemp("pings")
    rows.iloc[: n // 2].to_parquet(folder / "a.parquet", index=False, coerce_timestamps="us")
    rows.iloc[n // 2 :].sort_values("time").to_parquet(folder / "b.parquet", index=False, coerce_timestamps="us")
    return folder


@pytest.mark.parametrize(
    "count",
    [
        lambda pings: foot.cell_hours(pings, time_zone=ZONE, fewest=3),
        lambda pings: foot.cell_hours(pings, time_zone="Asia/Kolkata", resolution=8, fewest=2),
        lambda pings: foot.visits(pings, AREAS),
        lambda pings: foot.visits(pings, AREAS, gap_minutes=5, shortest_minutes=1, fewest=2),
    ],
    ids=["hours", "hours of India", "visits", "longer visits"],
)
def test_the_same_table_and_the_same_left_out(folder, count):
    duck = open_pings(folder)
    wanted, wanted_out = foot.collect(count(duck))
    duck.get_backend().disconnect()
    shown, left_out = foot.collect(count(open_pings(folder, engine="compiled")))
    assert len(shown) > 0
    pd.testing.assert_frame_equal(shown, wanted, check_dtype=False)
    assert left_out.to_dict() == wanted_out.to_dict()


def test_what_the_loops_cannot_read_is_sent_to_duckdb(folder):
    for choice in ({"datum": "gcj02"}, {"columns": {"member_id": "device"}}, {"time_unit": "s"}):
        with pytest.raises(ValueError, match="take duckdb"):
            open_pings(folder, engine="compiled", **choice)
