"""From a city folder to checked tables: read, map, convert the datum, check, and hold the tables against each other."""

import hashlib
from pathlib import Path
from types import MappingProxyType

import geopandas
import numpy as np
import pandas as pd
import shapely

from .. import geo
from ..schemas import ERROR, WARNING, Fault, SchemaError, check, columns, key_of
from ..words import say
from .city import City
from .completing import complete, own_brand
from .config import datum_of, line_of, read_config
from .figures import check_figures
from .joining import join
from .limits import is_file
from .places import place, stand_in_zones, unplaced
from .reading import FORMATS, Unreadable, read_raw
from .updating import CELLS, by_cell, filled_in, keyless, stated_datum, updated

_LAZY = ("pings",)
_SCALE = 0.01  # by how much lengths in a stated projection may be off
_WITH_SHAPES = (".dbf", ".shx", ".prj", ".cpg")


def load_city(folder):
    """
    A city folder, read and checked.

    Parameters
    ----------
    folder : str or Path
        Folder with `city.toml` and the files that it names.

    Returns
    -------
    City
        Its `faults` hold warnings and repairs.

    Raises
    ------
    SchemaError
        If anything is wrong; the message names every fault of every table at once.

    Examples
    --------
    >>> city = load_city("data/demo_city")  # doctest: +SKIP
    >>> city["stores"].brand.nunique()  # doctest: +SKIP
    6
    """
    city, faults = check_city(folder)
    if city is None:
        raise SchemaError(faults, _language(folder))
    return city


def check_city(folder):
    """
    Everything that `load_city` checks, without raising.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    city : City or None
        None where there are errors.
    faults : list of Fault
        Errors, warnings and repairs of all tables.
    """
    folder = Path(folder)
    config, faults = read_config(folder)
    if config is None:
        return None, faults
    config, tables, laid, found = check_tables(folder, config)
    faults += found
    if any(fault.level == ERROR for fault in faults):
        return None, faults
    assumed, found = stand_in_zones(tables, config)
    faults += found
    crs = config.crs if config.crs != "auto" else _metric_crs(tables)
    city = City(
        folder=folder,
        name=config.name,
        country=config.country,
        currency=config.currency,
        timezone=config.timezone,
        language=config.language,
        own_brand=config.own_brand,
        made=config.made,
        crs=crs,
        provenance=_provenance(tables, config, laid, assumed),
        counts={name: len(table) for name, table in tables.items()},
        inputs=_inputs(folder, config),
        faults=tuple(faults),
        stages=tuple(stage.name for stage in config.stages),
        stage_rules=tuple(stage.model_dump(exclude_unset=True) for stage in config.stages),
        streams={name: _stream(folder, source, config) for name, source in config.tables.items() if name in _LAZY},
        _tables=MappingProxyType(tables),
    )
    return city, faults


def check_tables(folder, config, *, came=None):
    """
    The tables that settings name, read and held against each other.

    Parameters
    ----------
    folder : Path
    config : CityConfig
    came : dict of str to Path, optional
        Where files lie that are to come into the folder, by their name in it.

    Returns
    -------
    config : CityConfig
        With the own brand that the tables name.
    tables : dict of str to DataFrame
    laid : dict of str to dict
        Columns that each file of a table brought.
    faults : list of Fault
    """
    tables, lines, laid, books, faults = {}, {}, {}, {}, []
    for name, source in config.tables.items():
        if not source.confirmed:  # told with `city.toml`
            continue
        typed, lines[name], laid[name], found = _load_table(folder, name, source, config, (books, came or {}))
        faults += found
        if typed is not None:
            tables[name] = typed
    config = config.model_copy(update={"own_brand": own_brand(tables, config)})
    faults += complete(tables, config, lines) + check_figures(tables, config, lines) + join(tables, config, lines)
    return config, tables, laid, faults + _unnamed(folder, config) + _crs_faults(folder, config, tables)


def _language(folder):
    config, _ = read_config(Path(folder))
    return config.language if config else "en"


def _inputs(folder, config):
    """SHA-256 of each file that the city consists of; a Shapefile is several."""
    names = {"city.toml", *_named(config)}
    shapes = [folder / name for name in names if name.lower().endswith(".shp")]
    beside = (
        path for shape in shapes for ending in _WITH_SHAPES for path in shape.parent.glob(f"{shape.stem}{ending}")
    )
    names |= {path.relative_to(folder).as_posix() for path in beside}
    return {name: _sha256(folder / name) for name in sorted(names)}


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _crs_faults(folder, config, tables):
    """A stated projection must be in metres, and its metres must be metres where the city lies."""
    if config.crs == "auto":
        return []
    try:
        geo.check_metres(geopandas.GeoSeries([], crs=config.crs))
        wrong = _scale_fault(config.crs, tables)
    except (ValueError, RuntimeError) as error:  # pyproj's errors are RuntimeErrors
        wrong = str(error)[:120]
    if not wrong:
        return []
    line = line_of((folder / "city.toml").read_text(encoding="utf-8-sig"), "crs")
    values = {"found": config.crs, "allowed": wrong}
    return [Fault(ERROR, "bad_setting", "city", "city.toml", "crs", line=line, values=values)]


def _scale_fault(crs, tables):
    """What is wrong with lengths in a projection in the middle of the city, or an empty text."""
    middle = _middle(tables)
    if middle is None:
        return ""
    lon, lat = middle
    cross = pd.DataFrame({"lon": [lon - 0.005, lon + 0.005, lon, lon], "lat": [lat, lat, lat - 0.005, lat + 0.005]})
    points = [geo.to_metres(cross, system).geometry.to_numpy() for system in (crs, geo.metric_crs([lon], [lat]))]
    stated, true = (shapely.distance(ends[::2], ends[1::2]) for ends in points)
    scale = (stated / true)[np.abs(stated / true - 1).argmax()]
    if abs(scale - 1) <= _SCALE:
        return ""
    return f'1 km is {scale:.4g} km in it at {lon:.2f}, {lat:.2f}; use crs = "auto"'


def _named(config):
    """Every file that a table or an update names."""
    return {file.file for source in config.tables.values() for file in (source, *source.updates)}


def _load_table(folder, name, source, config, known):
    """A table with its updates: typed table or None, lines, columns of the file and of each update's news, faults."""
    placed, lines, faults = _load_file(folder, name, source, config, known)
    laid = {None: [] if placed is None else [*placed.columns]} if source.updates else {}
    for n, update in enumerate(source.updates):
        more, more_lines, found = _load_file(folder, name, update, config, known)
        faults += found
        if key_of(name) is None and name not in CELLS:
            faults.append(keyless(name, update.file))
        elif more is not None and placed is None:
            placed, lines, laid[n] = more, more_lines, [*more.columns]
        elif more is not None:
            placed, lines, laid[n], found = _laid_over(name, (placed, lines), (more, more_lines), update.file)
            faults += found
    if laid and placed is not None:
        faults = [fault for fault in faults if fault.code != "unplaced"] + unplaced(name, placed, source.file, lines)
    return placed, lines, laid, faults


def _laid_over(name, base, more, file):
    """A table and its lines with an update laid over them; columns with news, and faults."""
    (placed, lines), (rows, more_lines) = base, more
    if name in CELLS:
        placed, rows = by_cell(name, placed), by_cell(name, rows)
    if not (placed.index.is_unique and rows.index.is_unique):  # told by the check
        return placed, lines, [], []
    further = [f"{line} ({file})" for key, line in zip(rows.index, more_lines) if key not in placed.index]
    placed, columns, faults = updated(name, placed, rows, file)
    return placed.reset_index(drop=True) if name in CELLS else placed, [*lines, *further], columns, faults


def _load_file(folder, name, source, config, known):
    """A typed table and its lines; None where it cannot be read, or is a sheet of a workbook that nobody filled in."""
    books, came = known
    path = folder / source.file
    if wrong := _misplaced(folder, path) if source.file not in came else None:
        return None, (), [Fault(ERROR, wrong, name, source.file.replace("\0", "?"))]
    if name in _LAZY:
        return None, (), _datum(name, {"lon": None}, (), source, config)[1] + _unread_pings(path, source)
    options = {"encoding": source.encoding, "sheet": source.sheet, "country": config.country, "books": books}
    try:
        read = read_raw(came.get(source.file, path), table=name, **options)
    except Unreadable as error:
        return None, (), [error.fault]
    raw = filled_in(name, read, source.file, source.columns, config.currency)
    if raw.frame.empty and (source.sheet or len(read.frame)):
        return None, (), raw.faults
    prefix = Path(source.file).stem
    given = {"given": source.columns, "prefix": prefix, "currency": config.currency, "semicolons": raw.semicolons}
    typed, faults = check(name, raw.frame, file=source.file, lines=raw.lines, **given)
    faults = raw.faults + faults
    if raw.frame.empty:
        return None, (), faults
    if not source.source:
        faults.append(Fault(WARNING, "no_source", name, source.file))
    datum, found = _datum(name, typed, raw.frame.columns, source, config)
    placed, without_place = place(name, typed, datum, source.file, raw.lines)
    return placed, raw.lines, faults + found + without_place


def _unread_pings(path, source):
    """The columns that a file of pings lacks, or that it is no Parquet; its rows are read when they are counted."""
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_schema

    incoming = {ours: theirs for theirs, ours in source.columns.items()}
    wanted = [incoming.get(name, name) for name in ("device", "lon", "lat", "time")]
    try:
        there = read_schema(path).names if path.is_file() else []
    except (OSError, ArrowInvalid):
        there, wanted = [], ["Parquet"]
    found = ", ".join(name for name in wanted if name not in there)
    return [Fault(WARNING, "unread_pings", "pings", source.file, values={"found": found})] if found else []


def _misplaced(folder, path):
    """Whether a file is not there, or not in the folder: links are followed, and no name is an error."""
    try:
        inside = "\0" not in str(path) and folder.resolve() in path.resolve().parents
    except (OSError, RuntimeError):  # a name that is too long, a link to itself
        return "no_file"
    if "\0" not in str(path) and not inside:
        return "outside_folder"
    return None if is_file(path) else "no_file"


def _datum(name, typed, headers, source, config):
    """Datum of a table's coordinates; one that is not known was told with `city.toml`."""
    if not {"lon", "geometry"} & set(typed) or name == "mall_units":
        return "wgs84", []
    stated = source.datum or stated_datum(headers) or config.datum
    if not stated:
        allowed = ", ".join(geo.DATUMS)
        return "wgs84", [Fault(ERROR, "no_datum", name, source.file, values={"allowed": allowed})]
    return datum_of(stated) or "wgs84", []


def _stream(folder, source, config):
    """How a table is opened that is never loaded."""
    datum = datum_of(source.datum or config.datum or "wgs84") or "wgs84"
    return {"path": folder / source.file, "columns": source.columns, "datum": datum}


def _unnamed(folder, config):
    """Data files that no table names are not read; say so."""
    named = _named(config)
    files = [path.name for path in sorted(folder.iterdir()) if path.is_file() and path.suffix.lower() in FORMATS]
    unread = [name for name in files if name not in named and not name.startswith(("~$", "."))]  # ~$: open in Excel
    return [Fault(WARNING, "unnamed_file", "city", ", ".join(unread))] if unread else []


def _located(tables):
    """Longitudes and latitudes of the first table that has any."""
    for name in ("zones", "stores", "sites", "listings", "stations"):
        if name in tables and {"lon", "lat"} <= set(tables[name]):
            known = tables[name].dropna(subset=["lon", "lat"])
            if len(known):
                return known["lon"].to_numpy(), known["lat"].to_numpy()
    return None


def _middle(tables):
    found = _located(tables)
    return None if found is None else tuple(float(np.median(values)) for values in found)


def _metric_crs(tables):
    return geo.metric_crs(*(_located(tables) or ([0.0], [0.0])))


def _provenance(tables, config, laid, assumed):
    """Where each column comes from; one without any value is no data, but a table without rows keeps its origin."""
    rows = []
    for name, table in tables.items():
        source = config.tables.get(name)
        for column in table.columns[table.notna().any()] if len(table) else table.columns:
            if column not in columns(name) or column not in laid.get(name, {}).get(None, [column]):
                continue
            method = "assumed" if (name, column) in assumed else (source.method if source else "assumed")
            stands_in = source is None or (name, "geometry") in assumed
            origin = say("template.stand_in", config.language) if stands_in else source.source
            rows.append((name, column, origin, source.as_of if source else "", method))
        updates = source.updates if source else ()
        for update, changed in ((updates[n], some) for n, some in laid.get(name, {}).items() if n is not None):
            about = (update.source or update.file, update.as_of, update.method or "assumed")
            rows += [(name, column, *about) for column in changed if column in columns(name)]
    for name in config.tables.keys() & set(_LAZY):
        source = config.tables[name]
        rows += [(name, column, source.source, source.as_of, source.method or "assumed") for column in columns(name)]
    return pd.DataFrame(rows, columns=["table", "column", "source", "as_of", "method"])
