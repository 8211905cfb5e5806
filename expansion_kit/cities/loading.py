"""From a city folder to checked tables: read, map, convert the datum, check, and hold the tables against each other."""

import hashlib
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from .. import geo
from ..schemas import ERROR, WARNING, Fault, SchemaError, check, columns
from .city import City
from .config import datum_of, read_config
from .joining import join
from .places import place, stand_in_zones
from .reading import FORMATS, Unreadable, read_raw

_LAZY = ("pings",)


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
    tables, inputs = {}, {"city.toml": _sha256(folder / "city.toml")}
    for name, source in config.tables.items():
        if name in _LAZY:
            continue
        typed, found = _load_table(folder, name, source, config)
        faults += found
        if typed is not None:
            tables[name] = typed
        if (folder / source.file).is_file():
            inputs[source.file] = _sha256(folder / source.file)
    faults += join(tables, config) + _unnamed(folder, config)
    if any(fault.level == ERROR for fault in faults):
        return None, faults
    assumed = stand_in_zones(tables, config)
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
        provenance=_provenance(tables, config, assumed),
        counts={name: len(table) for name, table in tables.items()},
        inputs=inputs,
        faults=tuple(faults),
        stages=config.stages,
        _tables=MappingProxyType(tables),
    )
    return city, faults


def _language(folder):
    config, _ = read_config(Path(folder))
    return config.language if config else "en"


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _load_table(folder, name, source, config):
    """A typed table, or None where it cannot be read or is an empty sheet of a workbook that nobody filled in."""
    path = folder / source.file
    if path.resolve().parent != folder.resolve() and folder.resolve() not in path.resolve().parents:
        return None, [Fault(ERROR, "outside_folder", name, source.file)]
    try:
        raw = read_raw(path, table=name, encoding=source.encoding, sheet=source.sheet, country=config.country)
    except Unreadable as error:
        return None, [error.fault]
    if raw.frame.empty and source.sheet:
        return None, []
    typed, faults = check(
        name, raw.frame, file=source.file, lines=raw.lines, given=source.columns, prefix=Path(source.file).stem
    )
    faults = raw.faults + faults
    if typed.empty:
        return None, faults
    if not source.source:
        faults.append(Fault(WARNING, "no_source", name, source.file))
    stated = source.datum or config.datum
    datum = datum_of(stated) if stated else None
    if {"lon", "geometry"} & set(typed) and name != "mall_units" and datum is None:
        code, values = ("unknown_datum", {"found": stated}) if stated else ("no_datum", {})
        values["allowed"] = ", ".join(geo.DATUMS)
        faults.append(Fault(ERROR, code, name, source.file, values=values))
    placed, found = place(name, typed, datum or "wgs84", source.file, raw.lines)
    placed.attrs["lines"] = raw.lines
    return placed, faults + found


def _unnamed(folder, config):
    """Data files that no table names are not read; say so."""
    named = {source.file for source in config.tables.values()}
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix.lower() in FORMATS)
    unread = [path.name for path in files if path.name not in named and path.stem not in {Path(n).stem for n in named}]
    return [Fault(WARNING, "unnamed_file", "city", ", ".join(unread))] if unread else []


def _metric_crs(tables):
    for name in ("zones", "stores", "sites", "listings", "stations"):
        if name in tables:
            known = tables[name].dropna(subset=["lon", "lat"])
            if len(known):
                return geo.metric_crs(known["lon"].to_numpy(), known["lat"].to_numpy())
    return geo.metric_crs([0.0], [0.0])


def _provenance(tables, config, assumed):
    rows = []
    for name, table in tables.items():
        source = config.tables.get(name)
        for column in table.columns:
            if column not in columns(name):
                continue
            method = "assumed" if (name, column) in assumed else (source.method if source else "assumed")
            origin = source.source if source else "stand-in hexagons"
            rows.append((name, column, origin, source.as_of if source else "", method))
    return pd.DataFrame(rows, columns=["table", "column", "source", "as_of", "method"])
