"""
Device pings in Parquet, opened lazily in an engine that counts them: DuckDB on this machine, or Spark on many.

Transactions are pings too: the member's id is the device. What cannot be a ping is left out and counted.
"""

import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from .. import geo
from . import ping_functions
from .ping_parts import ping_parts

COLUMNS = ("device", "lon", "lat", "time")
TIME_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_YEARS = (2000, 2050)
_NEEDED = {  # extra and modules of each engine
    "duckdb": ("big", ["ibis", "duckdb"]),
    "spark": ("spark", ["ibis", "pyspark"]),
    "compiled": ("fast", ["numba"]),
}


def open_pings(
    path,
    *,
    engine="duckdb",
    connection=None,
    memory_gb=None,
    temp_folder=None,
    threads=None,
    progress=False,
    datum="wgs84",
    columns=None,
    time_unit=None,
):
    """
    Pings as a table that is read when it is counted, for the functions of `market.pings`.

    Parameters
    ----------
    path : str, Path or list of these
        A Parquet file, a folder with such files in it at any depth, or several files; for Spark also an address that
        Spark can read.
    engine : str
        `duckdb`, or `spark` for what does not fit one machine: on one it is several times slower. `compiled` counts
        `cell_hours` and `visits` at a third of DuckDB's cost or less (extra `fast`), and nothing else.
    connection : optional
        A DuckDB connection, or a Spark session (a session beside it is used: its settings stay as they are); without
        it one is made.
    memory_gb : float, optional
        What DuckDB may use before it spills to disk; without it four fifths of the machine's memory.
    temp_folder : str or Path, optional
        Where DuckDB spills to.
    threads : int, optional
        Of DuckDB.
    progress : bool
        Show how far DuckDB or Spark is, in a terminal.
    datum : str
        Of the coordinates: `wgs84`, or `gcj02`, `bd09` as from kits of AMap, Tencent and Baidu in mainland China.
    columns : dict of str to str, optional
        Incoming column to ours, as in `city.toml`: `{"member_id": "device"}`.
    time_unit : str, optional
        `s`, `ms`, `us` or `ns` where `time` is a number since 1970.

    Returns
    -------
    Ibis table, or list for `compiled`
        `device`, `lon`, `lat` (WGS-84, degrees), `time` (UTC; a time without a zone is taken as UTC). Rows without a
        device, without a place on earth (0, 0 is none) or without a time of 2000 to 2049 are not in it; `ping_counts`
        tells how many. Close it with `pings.get_backend().disconnect()`.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no Parquet file in the folder.
    ValueError
        If a file is no Parquet, a column is missing or of a wrong type, files differ, or an option is none we know.
    ModuleNotFoundError
        If the engine is not installed.
    """
    if engine not in _NEEDED:
        raise ValueError(f"engine must be one of {', '.join(_NEEDED)}, but is {engine!r}")
    if datum not in geo.DATUMS:
        raise ValueError(f"datum must be one of {', '.join(geo.DATUMS)}, but is {datum!r}")
    if time_unit not in (None, *TIME_UNITS):
        raise ValueError(f"time_unit must be one of {', '.join(TIME_UNITS)}, but is {time_unit!r}")
    extra, modules = _NEEDED[engine]
    if not all(map(find_spec, modules)):
        raise ModuleNotFoundError(f"pings are counted by an extra: pip install 'expansion-kit[{extra}]'")
    paths = _files(path, engine)
    if engine == "compiled":
        return _compiled(paths, datum, columns, time_unit)
    kinds = _checked(paths, columns or {})
    if engine == "duckdb":
        backend = _duckdb(connection, memory_gb, temp_folder, threads, progress)
    else:
        backend = _spark(connection, progress)
    as_read = backend.read_parquet(paths) if engine == "duckdb" else _spark_table(backend, paths)
    as_read = as_read.rename({ours: incoming for incoming, ours in (columns or {}).items()}).select(*COLUMNS)
    if engine == "spark" and "timestamp[ns" in kinds.get("time", ""):
        time_unit = "ns"  # Spark knows no nanoseconds
    return _kept(_typed(as_read, time_unit), datum)


def ping_counts(pings):
    """
    What was read, what was left out and why: one pass over the columns.

    Parameters
    ----------
    pings : Ibis table
        From `open_pings`.

    Returns
    -------
    Series of int
        `rows` read; of these left out, each row under its first fault: `no_device`, `no_place` (a coordinate missing),
        `impossible_place` (not on earth, or 0, 0), `no_time`, `impossible_time`; `pings` that are left.
    """
    import ibis

    marked = pings.op().find(ibis.expr.operations.Filter)[-1].parent.to_expr()
    counts = marked.group_by("fault").agg(rows=lambda t: t.count()).to_pandas()
    counts = counts.set_index(counts["fault"].fillna("pings"))["rows"]
    names = ["no_device", "no_place", "impossible_place", "no_time", "impossible_time", "pings"]
    counts = counts.reindex(names, fill_value=0).astype("int64")
    counts.loc["rows"] = counts.sum()
    return counts[["rows", *names]].rename_axis(None).rename("ping_counts")


def _compiled(paths, datum, columns, time_unit):
    import pyarrow.dataset

    if datum != "wgs84" or columns or time_unit:
        raise ValueError("the engine compiled reads device, lon, lat (wgs84) and time as they are; take duckdb")
    return ping_parts(pyarrow.dataset.dataset(paths, format="parquet"))


def _files(path, engine):
    """The Parquet files of a path as texts; what Spark reads from elsewhere as it is."""
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    if engine == "spark" and any("://" in str(one) for one in paths):
        return [str(one) for one in paths]
    files = []
    for one in map(Path, paths):
        if not one.exists():
            raise FileNotFoundError(f"there is no file {one.name}")
        found = sorted(one.rglob("*.parquet")) if one.is_dir() else [one]
        if not found:
            raise FileNotFoundError(f"there is no Parquet file in {one.name}")
        files += map(str, found)
    if not files:
        raise FileNotFoundError("no file of pings is named")
    return files


def _checked(paths, columns):
    """Type of each of our columns, as Arrow calls it; all files must have the same."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_schema

    first = {}
    for path in paths:
        if "://" in path:
            continue
        name = Path(path).name
        try:
            schema = read_schema(path)
        except (ArrowException, OSError) as fault:
            raise ValueError(f"{name} cannot be read as Parquet: {str(fault)[:120]}") from fault
        found = {columns.get(field.name, field.name): str(field.type) for field in schema}
        if missing := [column for column in COLUMNS if column not in found]:
            raise ValueError(
                f"{name} has no column {', '.join(missing)}; it has {', '.join(schema.names)}. Name them with columns="
            )
        found = {column: found[column] for column in COLUMNS}
        first = first or found
        for column in COLUMNS:
            if found[column] != first[column]:
                raise ValueError(f"{name}: column {column} is {found[column]}, in the first file {first[column]}")
    return first


def _typed(pings, time_unit):
    """Columns in the types that are counted with; a ValueError names each that cannot be one."""
    schema = pings.schema()
    device, time = schema["device"], schema["time"]
    wrong = []
    if not (device.is_string() or device.is_integer() or device.is_decimal() or device.is_uuid()):
        wrong.append(f"device is {device}; it must be a text or a whole number")
    degrees = [name for name in ("lon", "lat") if not (schema[name].is_floating() or schema[name].is_decimal())]
    wrong += [f"{name} is {schema[name]}; it must be a number of degrees" for name in degrees]
    if time_unit is None and not time.is_timestamp():
        whole = "; name what it counts with time_unit=" if time.is_integer() else ""
        wrong.append(f"time is {time}; it must be a date with a time of day{whole}")
    if time_unit and not time.is_integer():
        wrong.append(f"time is {time}; it has no time_unit")
    if wrong:
        raise ValueError("the pings cannot be counted:\n" + "\n".join(f"  - column {one}" for one in wrong))
    moment = pings.time // TIME_UNITS[time_unit] if time_unit else pings.time
    moment = moment.as_timestamp("s") if time_unit else moment
    return pings.select(
        device=pings.device.cast("string") if device.is_decimal() or device.is_uuid() else pings.device,
        lon=pings.lon.cast("float64"),
        lat=pings.lat.cast("float64"),
        time=moment.cast("timestamp(6)"),
    )


def _kept(pings, datum):
    """Rows that are pings, in WGS-84."""
    import ibis

    device = pings.device.isnull()
    if pings.device.type().is_string():
        device |= pings.device == ""
    no_place = pings.lon.isnull() | pings.lat.isnull() | pings.lon.isnan() | pings.lat.isnan()
    on_earth = pings.lon.between(-180, 180) & pings.lat.between(-90, 90) & ~((pings.lon == 0) & (pings.lat == 0))
    first, last = (ibis.literal(f"{year}-01-01 00:00:00").cast("timestamp(6)") for year in _YEARS)
    fault = ibis.cases(
        (device, "no_device"),
        (no_place, "no_place"),
        (~on_earth, "impossible_place"),
        (pings.time.isnull(), "no_time"),
        ((pings.time < first) | (pings.time >= last), "impossible_time"),
    )
    marked = pings.mutate(fault=fault)
    kept = marked.filter(marked.fault.isnull()).drop("fault")
    if datum == "wgs84":
        return kept

    @ibis.udf.scalar.builtin(signature=((("float64"), ("float64"), ("string")), "struct<lon: float64, lat: float64>"))
    def wgs84(lon, lat, datum): ...

    placed = kept.mutate(place=wgs84(kept.lon, kept.lat, datum))
    return placed.select("device", lon=placed.place.lon, lat=placed.place.lat, time="time")


def _duckdb(connection, memory_gb, temp_folder, threads, progress):
    """A DuckDB that has our functions."""
    import ibis

    if connection is None:
        folder = temp_folder or Path(tempfile.gettempdir()) / f"expansion_kit_pings_{os.getpid()}"
        backend = ibis.duckdb.connect(temp_directory=str(folder), preserve_insertion_order=False)
    else:
        backend = connection if hasattr(connection, "read_parquet") and hasattr(connection, "con") else None
        backend = backend or ibis.duckdb.from_connection(connection)
    settings = {"memory_limit": f"{memory_gb * 1000:.0f}MB" if memory_gb else None, "threads": threads}
    settings |= {"enable_progress_bar": True, "enable_progress_bar_print": True} if progress else {}
    for name, value in settings.items():
        if value is not None:
            backend.con.execute(f"SET {name} = '{value}'")
    _lend_to_duckdb(backend.con)
    return backend


def _lend_to_duckdb(connection):
    known = connection.execute("SELECT 1 FROM duckdb_functions() WHERE function_name = 'h3_cell'").fetchall()
    if known:  # DuckDB refuses a second function by this name
        return
    place = "STRUCT(lon DOUBLE, lat DOUBLE)"
    connection.create_function("h3_cell", _arrow_cells, ["DOUBLE", "DOUBLE", "BIGINT"], "BIGINT", type="arrow")
    connection.create_function("in_shape", _arrow_inside, ["BLOB", "DOUBLE", "DOUBLE"], "BOOLEAN", type="arrow")
    connection.create_function("wgs84", _arrow_wgs84, ["DOUBLE", "DOUBLE", "VARCHAR"], place, type="arrow")


def _arrow_cells(lon, lat, resolution):
    import pyarrow

    if not len(lon):
        return pyarrow.array([], pyarrow.int64())
    return pyarrow.array(ping_functions.h3_cells(lon.to_numpy(), lat.to_numpy(), resolution[0].as_py()))


def _arrow_inside(shapes, lon, lat):
    import pyarrow

    return pyarrow.array(ping_functions.in_shapes(shapes.to_pylist(), lon.to_numpy(), lat.to_numpy()), pyarrow.bool_())


def _arrow_wgs84(lon, lat, datum):
    import pyarrow

    found = ping_functions.wgs84(lon.to_numpy(), lat.to_numpy(), datum[0].as_py() if len(datum) else "wgs84")
    return pyarrow.StructArray.from_arrays([pyarrow.array(values) for values in found], ["lon", "lat"])


def _spark(connection, progress):
    """A Spark session that has our functions."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers start some other Python
    import ibis
    from pyspark.sql import SparkSession

    session = connection
    if session is None:
        builder = SparkSession.builder.appName("expansion_kit")
        session = builder.config("spark.ui.showConsoleProgress", str(progress).lower()).getOrCreate()
    session = session.newSession()
    session.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")
    _lend_to_spark(session)
    return ibis.pyspark.connect(session)  # with UTC as its time zone


def _lend_to_spark(session):
    import pandas as pd
    from pyspark.cloudpickle import register_pickle_by_value
    from pyspark.sql.functions import pandas_udf

    register_pickle_by_value(ping_functions)
    cells, inside, convert = ping_functions.h3_cells, ping_functions.in_shapes, ping_functions.wgs84

    @pandas_udf("bigint")
    def h3_cell(lon: pd.Series, lat: pd.Series, resolution: pd.Series) -> pd.Series:
        return pd.Series(cells(lon, lat, resolution.iloc[0] if len(resolution) else 0))

    @pandas_udf("boolean")
    def in_shape(shape: pd.Series, lon: pd.Series, lat: pd.Series) -> pd.Series:
        return pd.Series(inside(shape, lon, lat))

    @pandas_udf("lon double, lat double")
    def wgs84(lon: pd.Series, lat: pd.Series, datum: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(dict(zip(("lon", "lat"), convert(lon, lat, datum.iloc[0]))))

    for name, function in {"h3_cell": h3_cell, "in_shape": in_shape, "wgs84": wgs84}.items():
        session.udf.register(name, function)


def _spark_table(backend, paths):
    """As `read_parquet` of the engine, for several paths."""
    name = "pings_as_read"
    backend._session.read.parquet(*paths).createOrReplaceTempView(name)
    return backend.table(name)
