"""Tables held against each other: keys that must exist, places that must lie in a zone, rows that may stand once."""

import numpy as np
import pandas as pd

from .. import geo
from ..schemas import ERROR, WARNING, Fault

_REFERENCES = (  # table, column, table it names, level when it is not there
    ("stores", "territory_id", "territories", ERROR),
    ("zones", "territory_id", "territories", ERROR),
    ("prospects", "territory_id", "territories", ERROR),
    ("bids", "territory_id", "territories", ERROR),
    ("bids", "prospect_id", "prospects", ERROR),
    ("contacts", "prospect_id", "prospects", ERROR),
    ("sales", "territory_id", "territories", ERROR),
    ("sales", "store_id", "stores", ERROR),
    ("proposals", "territory_id", "territories", ERROR),
    ("expenses", "territory_id", "territories", ERROR),
    ("promotions", "territory_id", "territories", ERROR),
    ("promotions", "store_id", "stores", ERROR),
    ("budgets", "territory_id", "territories", ERROR),
    ("locks", "territory_id", "territories", ERROR),
    ("actions", "territory_id", "territories", ERROR),
    ("choices", "store_id", "stores", ERROR),
    ("choices", "zone_id", "zones", WARNING),
    ("zone_footfall", "zone_id", "zones", WARNING),
    ("zone_rents", "zone_id", "zones", WARNING),
    ("market_sales", "zone_id", "zones", WARNING),
)
_ONCE = {
    "sales": ["territory_id", "store_id", "period", "basis"],
    "zone_footfall": ["zone_id", "period", "time_band", "day_type"],
    "market_sales": ["zone_id", "category", "period"],
    "choices": ["zone_id", "store_id"],
    "locks": ["territory_id", "period", "metric"],
}


def join(tables, config):
    """
    Zone of each store, site and listing, own stores marked, and every fault between tables.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Placed tables; `zone_id` and `own` are added to them here.
    config : CityConfig

    Returns
    -------
    list of Fault
    """
    files = {name: source.file for name, source in config.tables.items()}
    faults = []
    for table, column, other, level in _REFERENCES:
        if table in tables and column in tables[table] and other in tables:
            values = tables[table][column]
            rows = (values.notna() & ~values.isin(tables[other].index)).to_numpy().nonzero()[0]
            if len(rows):
                found = values.iloc[rows[0]]
                faults.append(
                    _fault(level, "unknown_key", tables, files, table, column, rows, found=found, other=other)
                )
    for table, names in _ONCE.items():
        if table in tables:
            keys = [name for name in names if name in tables[table]]
            rows = tables[table].duplicated(keys).to_numpy().nonzero()[0]
            if len(rows):
                first = tables[table].iloc[rows[0]]
                found = " ".join(str(first[name]) for name in keys if pd.notna(first[name]))
                faults.append(_fault(ERROR, "row_twice", tables, files, table, ", ".join(keys), rows, found=found))
    faults += _zones(tables, files)
    _own(tables, config)
    return faults


def _fault(level, code, tables, files, table, column, rows, **values):
    index = tables[table].index
    key = str(index[rows[0]]) if index.name else ""
    return Fault(
        level, code, table, files[table], column, len(rows), tables[table].attrs["lines"][rows[0]], key, values
    )


def _zones(tables, files):
    if "zones" not in tables:
        return []
    zones, faults = tables["zones"], []
    if "population" in zones:
        rows = (zones["population"].isna() | (zones["population"] == 0)).to_numpy().nonzero()[0]
        if len(rows):
            faults.append(_fault(WARNING, "no_population", tables, files, "zones", "population", rows))
    if not zones.geom_type.isin(["Polygon", "MultiPolygon"]).any():
        return faults
    for table, level in (("stores", WARNING), ("sites", ERROR), ("listings", WARNING)):
        if table not in tables:
            continue
        zone_id = geo.containing(tables[table], zones)
        tables[table]["zone_id"] = zone_id
        rows = (zone_id.isna() & tables[table].geometry.notna()).to_numpy().nonzero()[0]
        rows, swapped = _swapped(tables[table], zones, rows)
        first = tables[table].iloc[(rows if len(rows) else [0])[0]]
        if len(rows):
            found = f"{first['lon']:.5f}, {first['lat']:.5f}"
            faults.append(_fault(level, "outside_zones", tables, files, table, "lon, lat", rows, found=found))
        if len(swapped):
            first = tables[table].iloc[swapped[0]]
            found = f"{first['lon']:.5f}, {first['lat']:.5f}"
            faults.append(_fault(ERROR, "swapped", tables, files, table, "lon, lat", swapped, found=found))
    return faults


def _swapped(table, zones, rows):
    """Of the rows outside every zone, those that would lie among the zones with longitude and latitude exchanged."""
    west, south, east, north = zones.total_bounds
    lon, lat = table["lon"].to_numpy()[rows], table["lat"].to_numpy()[rows]
    exchanged = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
    return rows[~exchanged], rows[exchanged]


def _own(tables, config):
    """Own stores: as the table says; where it does not, the stores of our own brand."""
    brands = {config.own_brand} if config.own_brand else set()
    if "brands" in tables and "own" in tables["brands"]:
        brands |= set(tables["brands"].index[tables["brands"]["own"].fillna(False).to_numpy(bool)])
    for name in ("stores", "stores_before"):
        if name in tables:
            ours = tables[name]["brand"].isin(brands)
            stated = tables[name]["own"] if "own" in tables[name] else pd.Series(pd.NA, tables[name].index, "boolean")
            tables[name]["own"] = np.where(stated.isna(), ours, stated.fillna(False)).astype(bool)
