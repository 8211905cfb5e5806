"""Tables held against each other: keys that must exist, places that must lie in a zone, figures that must add up."""

import numpy as np
import pandas as pd
import shapely

from .. import geo
from ..schemas import ERROR, WARNING, Fault
from ..words import LANGUAGES, family
from .tracing import files_of, traced

_REFERENCES = (  # table, column, table it names, level when it is not there
    ("stores", "territory_id", "territories", ERROR),
    ("zones", "territory_id", "territories", ERROR),
    ("prospects", "territory_id", "territories", ERROR),
    ("bids", "territory_id", "territories", ERROR),
    ("bids", "prospect_id", "prospects", ERROR),
    ("contacts", "prospect_id", "prospects", ERROR),
    ("stage_moves", "prospect_id", "prospects", ERROR),
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

_IN_ZONES = {"stores": WARNING, "sites": ERROR, "listings": WARNING}  # how grave it is to lie in none
_OVERLAP = 0.001  # of the area of all zones; less comes from drawing


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
    files = files_of(config, lines)
    faults = _stages(tables, config, files)
    for table, column, other, level in _REFERENCES:
        if table in tables and column in tables[table] and other in tables:
            values = tables[table][column]
            rows = (values.notna() & ~values.isin(tables[other].index)).to_numpy().nonzero()[0]
            if len(rows):
                found = values.iloc[rows[0]]
                told = {"found": found, "other": other}
                faults.append(traced(level, "unknown_key", tables, files, table, column, rows, **told))
    return faults + _zones(tables, files) + _own(tables, config)


def _stages(tables, config, files):
    """Stages of franchising: the city's own, or the usual ones by key or by name in either language."""
    usual = {word for lang in LANGUAGES for item in family("prospect.stage_", lang).items() for word in item}
    own = [stage.name for stage in config.stages]
    faults = []
    for name in ("prospects", "stage_moves"):
        if "stage" not in tables.get(name, ()):
            continue
        stage = tables[name]["stage"]
        rows = (stage.notna() & ~stage.isin(set(own) or usual)).to_numpy().nonzero()[0]
        if len(rows):
            allowed = own or family("prospect.stage_", config.language).values()
            told = {"found": stage.iloc[rows[0]], "allowed": ", ".join(allowed)}
            faults.append(traced(ERROR, "unknown_stage", tables, files, name, "stage", rows, **told))
    return faults


def _zones(tables, files):
    """Zone of each store, site and listing; missing where there is none."""
    inside = {name: level for name, level in _IN_ZONES.items() if name in tables}
    for table in inside:
        tables[table]["zone_id"] = pd.Series(None, tables[table].index, dtype=object)
    if "zones" not in tables:
        return []
    zones, faults = tables["zones"], _population(tables, files)
    kinds = zones.geom_type
    rows = (kinds.notna() & ~kinds.isin(["Polygon", "MultiPolygon", "Point"])).to_numpy().nonzero()[0]
    if len(rows):
        told = {"found": kinds.iloc[rows[0]]}
        faults.append(traced(ERROR, "zone_shape", tables, files, "zones", "geometry", rows, **told))
    areas = zones[kinds.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        source, _ = files["zones"]
        known = zones.geometry.notna().any() and inside
        return [*faults, Fault(WARNING, "zones_are_points", "zones", source)] if known and not len(rows) else faults
    for table, level in inside.items():
        faults += _inside(tables, files, table, areas, level)
    return faults + _overlaps(files, areas)


def _population(tables, files):
    if "population" not in tables["zones"]:
        return []
    population = tables["zones"]["population"]
    rows = (population.isna() | (population == 0)).to_numpy().nonzero()[0]
    return [traced(WARNING, "no_population", tables, files, "zones", "population", rows)] if len(rows) else []


def _inside(tables, files, table, zones, level):
    faults = []
    zone_id = geo.containing(tables[table], zones)
    tables[table]["zone_id"] = zone_id
    rows = (zone_id.isna() & tables[table].geometry.notna()).to_numpy().nonzero()[0]
    outside, swapped = _swapped(tables[table], zones, rows)
    for code, some, grade in (("outside_zones", outside, level), ("swapped", swapped, ERROR)):
        if len(some):
            first = tables[table].iloc[some[0]]
            found = f"{first['lon']:.5f}, {first['lat']:.5f}"
            faults.append(traced(grade, code, tables, files, table, "lon, lat", some, found=found))
    return faults


def _overlaps(files, zones):
    """Pairs of zones that share ground: who lives there is counted twice, and a store lies in the first only."""
    shapes = geo.to_metres(zones, geo.metric_crs(zones["lon"], zones["lat"])).geometry.to_numpy()
    zones, shapes = (part[np.isfinite(shapely.bounds(shapes)).all(axis=1)] for part in (zones, shapes))  # else a pole
    if not len(shapes):
        return []
    shapes = shapely.make_valid(shapes)  # bent over the date line a shape may cross itself
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    areas = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    shared[shared <= _OVERLAP * np.minimum(areas[one], areas[other])] = 0.0  # a common border, drawn twice
    share = shared.sum() / areas.sum()
    if not share > _OVERLAP:
        return []
    first, second = (zones.index[ends[shared.argmax()]] for ends in (one, other))
    source, _ = files["zones"]
    told = {"n": int((shared > 0).sum()), "share": f"{share:.1%}", "found": f"{first}, {second}"}
    return [Fault(WARNING, "zones_overlap", "zones", source, values=told)]


def _swapped(table, zones, rows):
    """Of the rows outside every zone, those that would lie among the zones with longitude and latitude exchanged."""
    west, south, east, north = zones.total_bounds
    lon, lat = table["lon"].to_numpy()[rows], table["lat"].to_numpy()[rows]
    exchanged = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
    return rows[~exchanged], rows[exchanged]


def _own(tables, config):
    """Own stores: as the table says; where it does not, the stores of our own brand. One that has none is told."""
    brands = {config.own_brand} if config.own_brand else set()
    if "brands" in tables and "own" in tables["brands"]:
        brands |= set(tables["brands"].index[tables["brands"]["own"].fillna(False).to_numpy(bool)])
    for name in ("stores", "stores_before"):
        if name in tables and "brand" in tables[name]:
            ours = tables[name]["brand"].isin(brands)
            stated = tables[name]["own"] if "own" in tables[name] else pd.Series(pd.NA, tables[name].index, "boolean")
            tables[name]["own"] = np.where(stated.isna(), ours, stated.fillna(False)).astype(bool)
    present = tables["stores"].get("brand") if "stores" in tables and config.own_brand else None
    if present is not None and not (present == config.own_brand).any():
        return [Fault(WARNING, "own_brand_absent", "city", "city.toml", values={"found": config.own_brand})]
    return []
