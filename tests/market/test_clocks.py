"""Local time by transitions, against zoneinfo asked moment by moment."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion_kit.market import clocks

ibis = pytest.importorskip("ibis", reason="the extra big is not installed")

ZONES = ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Helsinki", "America/New_York"]
ZONES += ["Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]
SECOND = st.integers(946_684_800, 2_524_607_999)  # 2000 to 2049


def offset(second, zone):
    return datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset().total_seconds()


def told(second, zone):
    return [ahead for since, ahead in clocks.transitions(zone) if since <= second][-1]


@given(SECOND, st.sampled_from(ZONES))
def test_each_moment_has_the_offset_of_its_zone(second, zone):
    assert told(second, zone) == offset(second, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_change_at_the_second(zone):
    for since, ahead in clocks.transitions(zone)[1:]:
        assert offset(since, zone) == ahead != offset(since - 1, zone)


def test_helsinki_puts_its_clocks_forward_on_the_last_sunday_of_march_2026_at_one_utc():
    forward = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp())
    assert (forward, 10_800) in clocks.transitions("Europe/Helsinki")


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(ValueError, match="there is no time zone"):
        clocks.transitions(zone)


def test_the_engine_gives_the_same_clock_and_the_same_parts():
    seconds = [s + d for s, _ in clocks.transitions("Europe/Helsinki")[-6:] for d in (-1, 0, 1)] + [1_772_323_200]
    table = ibis.memtable({"second": seconds})
    local = clocks.clock_of(table.second, "Europe/Helsinki")
    parts = {by or "whole": clocks.part_of(local, by) for by in clocks.PARTS}
    backend = ibis.duckdb.connect()
    found = backend.to_pandas(table.select("second", local=local, **parts)).set_index("second")
    backend.disconnect()
    for second, row in found.iterrows():
        there = datetime.fromtimestamp(second, ZoneInfo("Europe/Helsinki"))
        assert row["local"] == second + there.utcoffset().total_seconds()
        assert (row["day"], row["time_band"], row["whole"]) == (there.weekday(), there.hour, 0)
        assert row["day_type"] == (there.weekday() >= 5)
