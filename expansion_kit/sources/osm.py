"""
OpenStreetMap extracts (`.osm.pbf`, `.osm`), as geofabrik.de and others hand them out, read through GDAL's OSM driver.

Data: OpenStreetMap contributors, ODbL 1.0. Nothing is downloaded here.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..cities.extracts import osm_layer, osm_tag, read_basemap

__all__ = ["read_basemap", "read_streets"]

_NO_STREET = {"construction", "proposed", "planned", "abandoned", "razed", "rest_area", "services", "raceway"}
_NOT_WALKED = _NO_STREET | {"motorway", "motorway_link", "bus_guideway", "escape"}
_DRIVEN = {
    *("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link"),
    *("tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road"),
}
_CLOSED = {"no", "private"}
_ON_FOOT = {"yes", "designated", "permissive", "destination"}
_MPH = 1.609344


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
