"""Tables held against each other: keys that must exist, places that must lie in a zone, figures that must add up."""

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


def join(tables, config, lines):
    """
    Zone of each store, site and listing, own stores marked, and every fault between tables.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Placed tables; `zone_id` and `own` are added to them here.
    config : CityConfig
    lines : dict of str to sequence of int
        Line in its file of each row of each table.

    Returns
    -------
    list of Fault
    """
    files = {name: (source.file, lines.get(name)) for name, source in config.tables.items()}
    faults = _mixed(tables, files)
    for table, column, other, level in _REFERENCES:
        if table in tables and column in tables[table] and other in tables:
            values = tables[table][column]
            rows = (values.notna() & ~values.isin(tables[other].index)).to_numpy().nonzero()[0]
            if len(rows):
                found = values.iloc[rows[0]]
                faults.append(
                    _fault(level, "unknown_key", tables, files, table, column, rows, found=found, other=other)
                )
    faults += _zones(tables, files)
    _own(tables, config)
    return faults


def _fault(level, code, tables, files, table, column, rows, **values):
    index = tables[table].index
    key = str(index[rows[0]]) if index.name else ""
    file, lines = files[table]
    return Fault(level, code, table, file, column, len(rows), lines[rows[0]], key, values)


def _mixed(tables, files):
    """Sales with and without VAT, or of shops and to shops, do not add up."""
    if "sales" not in tables or "basis" not in tables["sales"]:
        return []
    basis = tables["sales"]["basis"]
    rows = (basis.notna() & (basis != basis.dropna().iloc[0] if basis.notna().any() else False)).to_numpy().nonzero()[0]
    found = ", ".join(basis.dropna().unique())
    return [_fault(ERROR, "mixed_basis", tables, files, "sales", "basis", rows, found=found)] if len(rows) else []


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
        outside, swapped = _swapped(tables[table], zones, rows)
        for code, some, grade in (("outside_zones", outside, level), ("swapped", swapped, ERROR)):
            if len(some):
                first = tables[table].iloc[some[0]]
                found = f"{first['lon']:.5f}, {first['lat']:.5f}"
                faults.append(_fault(grade, code, tables, files, table, "lon, lat", some, found=found))
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
