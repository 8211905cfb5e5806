"""Pings on this machine in parts that can be read alone, for the loops of `market.ping_counts` and `ping_visits`."""

from functools import partial

import pandas as pd

COLUMNS = ["device", "lon", "lat", "time"]
ROWS_AT_ONCE = 1 << 17


def ping_parts(pings):
    """
    The data in parts that can be read alone: row groups of Parquet, else fragments.

    Parameters
    ----------
    pings : pyarrow.dataset.Dataset
        `device` (whole number or text), `lon`, `lat` (WGS-84, degrees), `time` (UTC).

    Returns
    -------
    list of tuple
        First and last second (since 1970, UTC) by the statistics of Parquet, None where there are none, and a function
        that reads the part: batches of Arrow with at most `ROWS_AT_ONCE` rows.

    Raises
    ------
    ValueError
        If a column is missing or of a wrong type, all faults in one message.
    """
    _check_columns(pings.schema)
    return list(_parts(pings))


def _parts(pings):
    from pyarrow.dataset import ParquetFileFragment
    from pyarrow.parquet import ParquetFile

    how = {"columns": COLUMNS, "batch_size": ROWS_AT_ONCE}
    for fragment in pings.get_fragments():
        if not isinstance(fragment, ParquetFileFragment):
            yield None, None, partial(fragment.to_batches, **how)
            continue
        file = ParquetFile(fragment.open())  # a scan of the dataset would cost twice as much
        column = file.schema_arrow.names.index("time")
        for group in fragment.row_groups:
            known = file.metadata.row_group(group.id).column(column).statistics
            span = (known.min, known.max) if known is not None and known.has_min_max else (None, None)
            yield *map(_second, span), partial(file.iter_batches, row_groups=[group.id], use_threads=False, **how)


def _second(moment):
    return None if moment is None else int(pd.Timestamp(moment).timestamp() // 1)


def _check_columns(schema):
    from pyarrow import types

    def text_or_whole(kind):
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)

    wanted = {
        "device": (text_or_whole, "a text or a whole number"),
        "lon": (types.is_floating, "a number of degrees"),
        "lat": (types.is_floating, "a number of degrees"),
        "time": (types.is_timestamp, "a date with a time of day"),
    }
    wrong = [f"column {name} is missing" for name in wanted if name not in schema.names]
    for name, (fits, text) in wanted.items():
        if name in schema.names and not fits(schema.field(name).type):
            wrong.append(f"column {name} is {schema.field(name).type}; it must be {text}")
    if wrong:
        raise ValueError("the pings cannot be counted:\n" + "\n".join(f"  - {one}" for one in wrong))
