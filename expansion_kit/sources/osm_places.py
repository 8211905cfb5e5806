"""
Places of an OpenStreetMap extract: nodes and areas with their tags, and of them stations, generators and districts.

An area counts as the point that represents it. What is mapped twice, as a node and as the area around it, counts once.
"""

from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from .. import geo
from ..cities.extracts import osm_layer

_TAGS = Path(__file__).with_name("osm.ini")
_ANY = ("shop", "amenity", "office", "tourism", "boundary", "railway", "public_transport")
FORMER = ("disused", "abandoned", "was", "closed", "demolished", "razed", "removed")
COMING = ("construction", "planned", "proposed")
_KINDS = {
    "amenity": {
        "school": "school",
        "kindergarten": "kindergarten",
        "university": "university",
        "college": "university",
        "hospital": "hospital",
        "clinic": "clinic",
        "marketplace": "market",
        "townhall": "public_office",
        "courthouse": "public_office",
        "library": "culture",
        "theatre": "culture",
        "cinema": "culture",
        "arts_centre": "culture",
    },
    "shop": {"mall": "mall"},
    "tourism": {"hotel": "hotel", "museum": "sight", "attraction": "sight"},
}
_NO_OFFICE = ("no", "vacant")
_SAME_PLACE_M = 300.0  # a station or school of one name is one place within this distance
_SAME_BUILDING_M = 100.0  # of a station: its node may stand among the tracks
_FINEST_CELL, _MOST_CELLS = 9, 500  # H3 resolution; hexagons over an extract
_FEWEST_DISTRICTS = 2
_HOLD_ALL = 0.9  # share of the places that districts of one level must hold


def read_places(path):
    """
    Every node and area of an extract that may be a shop, a place people go to, or a district.

    Parameters
    ----------
    path : str or Path
        `.osm.pbf`, or `.osm` (XML).

    Returns
    -------
    GeoDataFrame, one row a node or area
        WGS-84; index `osm_id` (`n`, `w` or `r` for node, way and relation, and its number), a column a tag (None where
        it is not there), `osm_timestamp`, `geometry`, and `lon`, `lat` of the point itself or of one inside the area.
    """
    keys = _keys()
    wanted = [name for name in keys if name in _ANY or name.endswith((":shop", ":amenity"))]
    where = " OR ".join(f'"{name}" IS NOT NULL' for name in wanted)
    columns = ["osm_id", "osm_timestamp", *keys]
    nodes = osm_layer(path, "points", columns, where=where, tags=_TAGS)
    areas = osm_layer(path, "multipolygons", [*columns, "osm_way_id"], where=where, tags=_TAGS)
    nodes["osm_id"] = "n" + nodes["osm_id"]
    areas["osm_id"] = ("r" + areas["osm_id"]).fillna("w" + areas.pop("osm_way_id"))
    for part in (nodes, areas):
        part["osm_timestamp"] = pd.to_datetime(part["osm_timestamp"], utc=True)
    shapes = shapely.make_valid(np.r_[nodes.geometry.to_numpy(), areas.geometry.to_numpy()])
    both = pd.concat([pd.DataFrame(part).drop(columns="geometry") for part in (nodes, areas)], ignore_index=True)
    places = gpd.GeoDataFrame(both, geometry=shapes, crs="EPSG:4326").set_index("osm_id")
    places[keys] = places[keys].astype(object).where(places[keys].notna(), None)
    points = shapely.point_on_surface(places.geometry.to_numpy())
    return places.assign(lon=shapely.get_x(points).round(7), lat=shapely.get_y(points).round(7))


def _keys():
    """Tags that have a column of their own."""
    return _TAGS.read_text(encoding="utf-8").partition("attributes=")[2].partition("\n")[0].split(",")


def metres(places):
    """Points of places in metres."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(places["lon"], places["lat"]), index=places.index, crs=4326)
    return geo.to_metres(points, geo.metric_crs(places["lon"], places["lat"]))


def stations(places):
    """
    Railway, metro and bus stations; stops in the street are not read.

    Parameters
    ----------
    places : GeoDataFrame
        From `read_places`.

    Returns
    -------
    table : DataFrame
        `stations` table: place_id, name, kind (metro, railway, bus, ferry), lon, lat.
    counts : dict of str to int
        `read`, `twice` (mapped more than once) and `stops` (of trams and buses, left out).
    """
    rail = places["railway"].isin(["station", "halt"])
    hub = (places["public_transport"] == "station") | places["amenity"].isin(["bus_station", "ferry_terminal"])
    stops = places["railway"].isin(["tram_stop"]) | places["public_transport"].isin(["platform", "stop_position"])
    found = places[rail | hub]
    metro = (found["station"] == "subway") | ((found["subway"] == "yes") & (found["train"] != "yes"))
    bus = (found["amenity"] == "bus_station") | ((found["bus"] == "yes") & ~found["railway"].notna())
    kind = np.select([metro, bus, found["amenity"] == "ferry_terminal"], ["metro", "bus", "ferry"], "railway")
    found = found.assign(kind=kind)
    beside = _beside_a_node(found) if len(found) else np.array([], dtype=bool)
    table, twice = _once(found[~beside])
    return table, {"read": len(found), "twice": twice + int(beside.sum()), "stops": int((stops & ~(rail | hub)).sum())}


def generators(places):
    """
    Places that draw people: schools, offices, hospitals, malls, hotels and others.

    Parameters
    ----------
    places : GeoDataFrame
        From `read_places`.

    Returns
    -------
    table : DataFrame
        `generators` table: place_id, name, kind, lon, lat; how many people come is not known.
    counts : dict of str to int
        `read` and `twice`.
    """
    kind = pd.Series(None, index=places.index, dtype=object)
    for key, kinds in _KINDS.items():
        kind = kind.where(kind.notna(), places[key].map(kinds))
    office = places["office"].notna() & ~places["office"].isin(_NO_OFFICE)
    kind = kind.mask(kind.isna() & office, "office")
    found = places[kind.notna()].assign(kind=kind.dropna())
    table, twice = _once(found)
    return table, {"read": len(found), "twice": twice}


def _beside_a_node(found):
    """Which areas hold or adjoin a node of their kind: the building of a station that is mapped as a node too."""
    area = found.index.str.match("[wr]")
    ground = geo.to_metres(found[["kind", "geometry"]], geo.metric_crs(found["lon"], found["lat"]))
    pairs = gpd.sjoin(ground[area], ground[~area], predicate="dwithin", distance=_SAME_BUILDING_M)
    return found.index.isin(pairs.index[pairs["kind_left"] == pairs["kind_right"]])


def _once(found):
    """Of places of one kind and name near each other the first, nodes before areas."""
    found = found[["name", "kind", "lon", "lat"]].copy()
    found["order"] = found.index.str[0].map({"n": 0, "r": 1, "w": 2})
    found = found.sort_values(["order", "lon", "lat"]).drop(columns="order")
    called = found["name"].str.casefold().str.strip() + "|" + found["kind"]
    named = found[called.notna() & called.duplicated(keep=False)]
    gone = set()
    if len(named):
        shapes = metres(named).geometry.to_numpy()
        one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_SAME_PLACE_M)
        same = (called[named.index].to_numpy()[one] == called[named.index].to_numpy()[other]) & (one < other)
        for first, second in sorted(zip(one[same], other[same])):
            if named.index[first] not in gone:
                gone.add(named.index[second])
    table = found.drop(index=list(gone)).sort_index()
    return table.rename_axis("place_id").reset_index(), len(gone)


def districts(places, stores, *, level=None):
    """
    Administrative districts as zones: those of the finest level that tile the ground where the shops stand.

    Parameters
    ----------
    places : GeoDataFrame
        From `read_places`.
    stores : DataFrame
        With `lon`, `lat`: at least nine tenths of them must lie in districts of the level.
    level : int, optional
        `admin_level` to take, whatever it holds.

    Returns
    -------
    zones : GeoDataFrame
        `zones` table: zone_id, name, population (residents, missing where the tag is not there) and the polygon; no row
        where no level has two districts that hold the shops.
    counts : dict of str to int
        `read` (administrative areas), `used`, `level`, `residents` (districts that state them).
    """
    found = places[(places["boundary"] == "administrative") & places.geom_type.isin(["Polygon", "MultiPolygon"])]
    levels = pd.to_numeric(found["admin_level"], errors="coerce")
    chosen = level if level is not None else _finest(found, levels, stores)
    zones = found[levels == chosen][["name", "population", "geometry"]]
    people = pd.to_numeric(zones["population"].str.replace(r"[\s,]", "", regex=True), errors="coerce")
    zones = zones.assign(population=people.where(people >= 0)).rename_axis("zone_id").sort_index().reset_index()
    known = int(zones["population"].notna().sum())
    if not known:
        zones = zones.drop(columns="population")
    return zones, {"read": len(found), "used": len(zones), "level": int(chosen or 0), "residents": known}


def _finest(found, levels, stores):
    for level in sorted(levels.dropna().unique(), reverse=True):
        held = geo.containing(stores, found[levels == level].rename_axis("zone_id")).notna().mean()
        if (levels == level).sum() >= _FEWEST_DISTRICTS and held >= _HOLD_ALL:
            return level
    return None


def cells_over(extent):
    """
    Hexagons (H3) that tile the extent of an extract, cut off at its edge, as beyond it nothing is known.

    Parameters
    ----------
    extent : tuple of float
        West, south, east and north in degrees.

    Returns
    -------
    GeoDataFrame
        `zones` table: zone_id and the polygon in WGS-84; cells of 0.1 km2 up to 50 km2 of ground, and larger ones
        beyond, so that they are never more than about 500.

    Examples
    --------
    0.005 degrees each way at the equator are 0.31 km2:

    >>> float(cells_over((0.0, 0.0, 0.005, 0.005)).to_crs(32631).area.sum().round(-4))
    310000.0
    """
    ground = shapely.box(*extent)
    crs = geo.metric_crs([extent[0], extent[2]], [extent[1], extent[3]])
    area = geo.to_metres(gpd.GeoDataFrame(geometry=[ground], crs="EPSG:4326"), crs).area.iloc[0]
    resolution = _FINEST_CELL
    while resolution > 0 and area > _MOST_CELLS * h3.average_hexagon_area(resolution, unit="m^2"):
        resolution -= 1
    cells = geo.hexagons(ground, resolution)
    shapes = shapely.intersection(geo.cell_polygons(cells).to_numpy(), ground)
    cut = gpd.GeoDataFrame({"zone_id": cells}, geometry=shapes, crs="EPSG:4326")
    return cut[cut.geom_type.isin(["Polygon", "MultiPolygon"])].reset_index(drop=True)
