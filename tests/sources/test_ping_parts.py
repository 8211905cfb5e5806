import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from expansion_kit.sources.ping_parts import ping_parts

BEGIN = 1_772_409_600
SCHEMA = pa.schema({"device": pa.string(), "lon": pa.float64(), "lat": pa.float64(), "time": pa.timestamp("ms", "UTC")})


@pytest.fixture
def table():
    moments = pd.to_datetime([BEGIN * 1_000 + 1_500 * n for n in range(10)], unit="ms", utc=True)
    pings = pd.DataFrame({"device": list("abcdefghij"), "lon": 1.0, "lat": 2.0, "time": moments})
    return pa.Table.from_pandas(pings, schema=SCHEMA, preserve_index=False)


def test_parts_tell_their_span_where_parquet_knows_it(table, tmp_path):
    pq.write_table(table, tmp_path / "pings.parquet", row_group_size=4)
    parts = ping_parts(ds.dataset(tmp_path / "pings.parquet"))
    assert [part[:2] for part in parts] == [(BEGIN, BEGIN + 4), (BEGIN + 6, BEGIN + 10), (BEGIN + 12, BEGIN + 13)]
    assert [pa.Table.from_batches(read())["device"].to_pylist() for _, _, read in parts] == [
        [*"abcd"],
        [*"efgh"],
        [*"ij"],
    ]


def test_without_statistics_nothing_is_known_of_the_span(table, tmp_path):
    pq.write_table(table, tmp_path / "pings.parquet", write_statistics=False)
    for pings in (ds.dataset(table), ds.dataset(tmp_path / "pings.parquet")):
        ((first, last, read),) = ping_parts(pings)
        assert first is last is None and sum(map(len, read())) == 10


def test_columns_are_checked_at_the_door(table):
    wrong = table.drop_columns("lat").set_column(0, "device", pa.array([0.5] * 10))
    with pytest.raises(ValueError, match="lat is missing\n.*device is double; it must be a text or a whole number"):
        ping_parts(ds.dataset(wrong))
