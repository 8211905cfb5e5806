"""
OpenStreetMap extracts (`.osm.pbf`, `.osm`), as geofabrik.de and others hand them out, read through GDAL's OSM driver.

Data: OpenStreetMap contributors, ODbL 1.0. Nothing is downloaded here.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..cities import write_city
from ..cities.extracts import extent_of, osm_layer, osm_tag, read_basemap
from ..words import say
from . import osm_places, osm_shops
from .time_zones import is_time_zone, time_zone_of

__all__ = ["import_osm", "read_basemap", "read_osm", "read_streets"]

EDGE_M = 800.0  # a walk of ten minutes
_DEGREE_M = 111_320.0

_NO_STREET = {"construction", "proposed", "planned", "abandoned", "razed", "rest_area", "services", "raceway"}
_NOT_WALKED = _NO_STREET | {"motorway", "motorway_link", "bus_guideway", "escape"}
_DRIVEN = {
    *("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link"),
    *("tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road"),
}
_CLOSED = {"no", "private"}
_ON_FOOT = {"yes", "designated", "permissive", "destination"}
_MPH = 1.609344


def import_osm(path, into, *, lang="en", **choice):
    """
    Write an OpenStreetMap extract as a city folder.

    Parameters
    ----------
    path : str or Path
        `.osm.pbf`, or `.osm` (XML).
    into : str or Path
        City folder to write; see `cities.write_city`.
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.
    **choice
        Of `read_osm`.

    Returns
    -------
    DataFrame
        The report of `read_osm`.

    Raises
    ------
    FileNotFoundError, FileExistsError, ValueError
        As `read_osm` and `cities.write_city`; nothing is written then.
    """
    about, tables, sources, report = read_osm(path, lang=lang, **choice)
    write_city(into, about, tables, sources, lang=lang)
    return report


def read_osm(
    path,
    *,
    lang="en",
    name="",
    country="",
    currency="",
    time_zone="",
    brand="",
    categories=(),
    admin_level=None,
    as_of="",
):
    """
    An OpenStreetMap extract as tables of our columns.

    Parameters
    ----------
    path : str or Path
        `.osm.pbf`, or `.osm` (XML).
    lang : str
        Language of the city's outputs and of the report, `en` or `zh`.
    name : str
        Of the city; what the file is called where it is empty.
    country, currency : str
        ISO codes, such as `FI` and `EUR`.
    time_zone : str
        Such as `Europe/Helsinki`; that of the country where it is empty and the country has only one.
    brand : str
        The own brand; its stores are found by it.
    categories : sequence of str
        Categories of stores to keep, in our words; all of them where it is empty.
    admin_level : int, optional
        Of the districts; the finest level whose districts hold the shops where it is not given.
    as_of : str
        Date of the extract; that of the newest edit of a place in it where it is empty.

    Returns
    -------
    about : dict
        Top level of `city.toml`.
    tables : dict of DataFrame
        Those of `stores`, `brands`, `stations`, `generators`, `zones`, `network`, `basemap` that the extract has.
    sources : dict of dict
        `source`, `as_of`, `method` a table.
    report : DataFrame
        What was read, dropped, repaired, flagged or is missing: `table, file, action, rows, reason`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no OpenStreetMap extract, has no shop, or an option names what is not there.
    """
    path, notes = Path(path), []

    def note(table, action, rows, reason):
        if rows or action == "read":
            notes.append((table, path.name, action, int(rows), reason))

    about = _about(path, lang, name, country, currency, time_zone, brand)
    places = osm_places.read_places(path)
    stores, brands = _stores(places, about, lang, categories, note)
    tables = {"stores": stores, "brands": brands}
    for table, reader in (("stations", osm_places.stations), ("generators", osm_places.generators)):
        tables[table] = _people_go(table, *reader(places), lang, note)
    extent = extent_of(path)
    tables["zones"], made = _zones(places, stores, admin_level, extent, lang, note)
    tables["network"], tables["basemap"] = _network(path, lang, note), _basemap(path, lang, note)
    near = _edge(extent, stores, lang, note)
    day = as_of or _newest(places)
    if not as_of:
        note("stores", "flagged", len(stores), say("source.osm_newest" if day else "source.osm_undated", lang, day=day))
    tables = {table: frame for table, frame in tables.items() if frame is not None and len(frame)}
    told = {"source": say("source.osm", lang), "as_of": day, "method": "measured"}
    sources = {table: dict(told) for table in tables}
    sources["brands"] = told | {"method": "assumed"}
    if near:
        sources["stores"]["source"] += say("source.osm_to_the_edge", lang)
    if made:
        sources["zones"] = told | {"source": say("source.osm_cells", lang), "method": "assumed"}
    sources = {table: sources[table] for table in tables}
    return about, tables, sources, pd.DataFrame(notes, columns=["table", "file", "action", "rows", "reason"])


def _about(path, lang, name, country, currency, time_zone, brand):
    if time_zone and not is_time_zone(time_zone):
        raise ValueError(say("source.osm_no_time_zone", lang, found=time_zone))
    stem = re.sub(r"([-_.]latest)?\.osm(\.pbf)?$|\.pbf$", "", path.name)
    about = {"name": name or stem, "country": country.upper(), "currency": currency.upper()}
    about |= {"timezone": time_zone or time_zone_of(country.upper()), "language": lang, "datum": "wgs84", "crs": "auto"}
    return about | ({"own_brand": brand} if brand else {})


def _stores(places, about, lang, categories, note):
    """Stores with their brands, and the table of brands, with notes on both."""
    stores, counts = osm_shops.shops(places, country=about["country"], lang=lang)
    if stores.empty:
        raise ValueError(say("source.osm_no_shop", lang))
    note("stores", "read", counts["read"], say("source.osm_shops", lang, n=f"{counts['areas']:,}"))
    note("stores", "dropped", counts["vacant"], say("source.osm_vacant", lang))
    note("stores", "repaired", counts["twice"], say("source.osm_twice", lang))
    note("stores", "flagged", counts["closed"], say("source.osm_closed", lang))
    note("stores", "flagged", counts["planned"], say("source.osm_planned", lang))
    own = about.get("own_brand", "")
    stores["brand"], brands, evidence = osm_shops.brands(places, stores, own=own, lang=lang)
    if categories:
        kept = _of_categories(stores, categories, lang)
        note(
            "stores", "dropped", len(stores) - kept.sum(), say("source.osm_category", lang, kept=", ".join(categories))
        )
        stores = stores[kept]
        brands = brands[brands["brand"].isin(stores["brand"])]
    note("stores", "missing", counts["unnamed"], say("source.osm_unnamed", lang))
    note("stores", "missing", counts["untold"], say("source.osm_untold", lang))
    note("stores", "flagged", counts["foreign"], say("source.osm_foreign", lang))
    note("brands", "read", evidence["tag"], say("source.osm_brand_tag", lang, n=f"{evidence['wikidata']:,}"))
    for rule in ("chain", "operator", "shared"):
        note("brands", "repaired", evidence[rule], say(f"source.osm_brand_{rule}", lang))
    note("brands", "read", evidence["independent"], say("source.osm_independent", lang))
    ours = int((stores["brand"] == own).sum()) if own else 0
    key = "source.osm_own" if ours else "source.osm_own_absent" if own else "source.osm_no_own"
    note("brands", "read", ours, say(key, lang, brand=own))
    stores["own"] = stores["brand"].eq(own) if own else False
    stores["name"], told = osm_shops.told_apart(stores)
    note("stores", "repaired", told, say("source.osm_told_apart", lang))
    return stores.drop(columns="eating"), brands


def _of_categories(stores, categories, lang):
    known = sorted(stores["category"].dropna().unique())
    wrong = [category for category in categories if category not in known]
    if wrong:
        raise ValueError(say("source.osm_no_category", lang, found=", ".join(wrong), known=", ".join(known)))
    return stores["category"].isin(categories)


def _people_go(table, found, counts, lang, note):
    """Stations or generators, with notes."""
    note(table, "read", counts["read"], say(f"source.osm_{table}", lang))
    note(table, "repaired", counts["twice"], say("source.osm_place_twice", lang))
    note(table, "dropped", counts.get("stops", 0), say("source.osm_stops", lang))
    note(table, "missing", len(found), say("source.osm_no_people", lang))
    return found


def _zones(places, stores, admin_level, extent, lang, note):
    """Districts, else hexagons over the extract; and whether they are hexagons."""
    zones, counts = osm_places.districts(places, stores, level=admin_level)
    note("zones", "read", counts["read"], say("source.osm_districts", lang))
    if zones.empty:
        cells = osm_places.cells_over(extent) if extent else zones
        note("zones", "flagged", len(cells) or 1, say("source.osm_no_districts", lang))
        return cells, True
    note("zones", "dropped", counts["read"] - counts["used"], say("source.osm_level", lang, level=counts["level"]))
    note("zones", "missing", counts["used"] - counts["residents"], say("source.osm_no_residents", lang))
    return zones, False


def _network(path, lang, note):
    try:
        ways = read_streets(path)
    except ValueError:  # the extract was read before: there is no street in it
        return note("network", "read", 0, say("source.osm_no_streets", lang))
    used = ways["walk"] | ways["drive"]
    note("network", "read", len(ways), say("source.osm_streets", lang))
    note("network", "dropped", (~used).sum(), say("source.osm_closed_streets", lang))
    note("network", "flagged", (used & ways["drive"] & ways["speed_kmh"].isna()).sum(), say("source.osm_speed", lang))
    return ways[used].reset_index(drop=True)


def _basemap(path, lang, note):
    try:
        outlines = read_basemap(path)
    except ValueError:
        return note("basemap", "read", 0, say("source.osm_no_basemap", lang))
    note("basemap", "read", len(outlines), say("source.osm_basemap", lang))
    return outlines


def _edge(extent, stores, lang, note):
    """How many stores stand so near the edge of the extract that what lies beyond it matters to them."""
    if extent is None:
        note("stores", "flagged", len(stores), say("source.osm_no_extent", lang))
        return len(stores)
    west, south, east, north = extent
    aside = np.minimum(stores["lon"] - west, east - stores["lon"]) * np.cos(np.radians(stores["lat"]))
    up = np.minimum(stores["lat"] - south, north - stores["lat"])
    near = int((np.minimum(aside, up) * _DEGREE_M < EDGE_M).sum())
    note("stores", "flagged", near, say("source.osm_edge", lang, m=f"{EDGE_M:.0f}"))
    return near


def _newest(places):
    newest = places["osm_timestamp"].max()
    return "" if pd.isna(newest) else f"{newest:%Y-%m-%d}"


def read_streets(path):
    """
    The streets and paths of an OpenStreetMap extract.

    Walked is what is not closed to people on foot (`foot`, else `access`, is `no` or `private`), not a motorway and not
    still being built; so are steps, paths and cycleways. Driven are streets for cars that `motorcar`, `motor_vehicle`,
    `vehicle` or `access` (the first that is given) doesn't close. Squares that are mapped as areas are not read: a way
    across one is not known.

    Parameters
    ----------
    path : str or Path
        `.osm.pbf`, or `.osm` (XML).

    Returns
    -------
    GeoDataFrame, one row a way, index `way_id` (text)
        WGS-84 lines with `kind` (the value of `highway`), `name`, `speed_kmh` (the limit where one is signed, missing
        otherwise), `walk`, `drive`, `oneway` (bool; when driving, in the direction of the line).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no OpenStreetMap extract, or has no street.
    """
    ways = osm_layer(path, "lines", ["osm_id", "name", "highway", "other_tags"], where="highway IS NOT NULL")
    ways = ways.set_index("osm_id").rename_axis("way_id").rename(columns={"highway": "kind"})
    if ways.empty:
        raise ValueError(f"{Path(path).name} has no street: no line with the tag highway")
    tags = ways.pop("other_tags").fillna("")
    value = {name: osm_tag(tags, name) for name in ("foot", "access", "oneway", "junction", "maxspeed")}
    foot = value["foot"].where(value["foot"] != "", value["access"])
    car = value["access"]
    for nearer in ("vehicle", "motor_vehicle", "motorcar"):
        given = osm_tag(tags, nearer)
        car = given.where(given != "", car)
    ways["speed_kmh"] = _speed(value["maxspeed"])
    ways["walk"] = (~ways["kind"].isin(_NOT_WALKED) | value["foot"].isin(_ON_FOOT)) & ~foot.isin(_CLOSED)
    ways["walk"] &= (value["foot"] != "use_sidepath") & ~ways["kind"].isin(_NO_STREET)
    ways["drive"] = ways["kind"].isin(_DRIVEN) & ~car.isin(_CLOSED)
    implied = (value["oneway"] == "") & ((value["junction"] == "roundabout") | (ways["kind"] == "motorway"))
    ways["oneway"] = value["oneway"].isin({"yes", "true", "1", "-1", "reverse"}) | implied
    against = value["oneway"].isin({"-1", "reverse"}).to_numpy()
    ways["geometry"] = ways.geometry.where(~against, ways.geometry.reverse())
    return ways[["kind", "name", "speed_kmh", "walk", "drive", "oneway", "geometry"]]


def _speed(limit):
    """km/h of `30`, `30 km/h` or `20 mph`; missing for words such as `walk`, `signals`, `none`, `CN:urban`."""
    parts = limit.str.extract(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?\s*$")
    speed = pd.to_numeric(parts[0]) * np.where(parts[1].fillna("").eq("mph"), _MPH, 1.0)
    return speed.where(speed > 0)
