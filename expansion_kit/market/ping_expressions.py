"""What the expressions of `pings` are made of: cells, areas, and what is shown of a count."""

from functools import cache

import geopandas as gpd
import pandas as pd
import shapely

from .. import geo
from .clocks import PARTS

_COVER = 10  # resolution of the cells through which pings find areas: 76 m from centre to corner
_SEAM = 1e-6  # degrees; a cell's outline is a plane's, its points are a sphere's


@cache
def _engine_functions():
    """What the engine must have under these names."""
    import ibis

    @ibis.udf.scalar.builtin
    def h3_cell(lon: float, lat: float, resolution: int) -> int: ...

    @ibis.udf.scalar.builtin
    def in_shape(shape: bytes, lon: float, lat: float) -> bool: ...

    return h3_cell, in_shape


def h3_cell_of(pings, resolution):
    """
    The H3 cell of each ping.

    Parameters
    ----------
    pings : Ibis table
        With `lon`, `lat` (WGS-84).
    resolution : int

    Returns
    -------
    Ibis column of int64
        H3 ids as numbers.
    """
    return _engine_functions()[0](pings.lon, pings.lat, resolution)


def check_options(fewest, resolution=0, *, by=None):
    """
    Refuse options that are out of their range.

    Parameters
    ----------
    fewest, resolution : int
    by : str or None

    Raises
    ------
    ValueError
    """
    if fewest < 2:
        raise ValueError(f"fewest must be at least 2, or single persons are shown, but is {fewest}")
    if not 0 <= resolution <= 15:
        raise ValueError(f"resolution must be 0 to 15, but is {resolution}")
    if by not in PARTS:
        raise ValueError(f"by must be one of {', '.join(filter(None, PARTS))}, but is {by!r}")


def shown_only(table, keys, shown, counted=()):
    """
    Rows that are shown, and one that counts those that are not: a second pass over the pings would cost as much.

    Parameters
    ----------
    table : Ibis table
    keys : list of str
        Columns that name a row; the others are whole numbers.
    shown : Ibis column of bool
    counted : sequence of str
        Measures that are added up over the rows that are not shown, too.

    Returns
    -------
    Ibis table
        `left_out`: 0, or in one row of empty keys how many rows it stands for.
    """
    measures = [name for name in table.columns if name not in keys and name != "shown"]
    table = table.mutate(_shown=shown)
    nothing = {name: "" if table[name].type().is_string() else 0 for name in keys}  # Spark's whole numbers know no None
    keys = {name: table._shown.ifelse(table[name], nothing[name]) for name in keys}
    sums = {name: table[name].sum(where=None if name in counted else table._shown) for name in measures}
    sums["left_out"] = (~table._shown).cast("int64").sum()
    return table.group_by(**keys).agg(**{name: value.cast("int64") for name, value in sums.items()})


def guarded(parts, order, people, fewest, *, together):
    """
    Which parts of each area may be shown: not the small ones, nor the next smallest where those are few even together.

    Parameters
    ----------
    parts : Ibis table
        `area_id`, the columns of `order`, and how many stand behind each part.
    order : list of str
        Columns that name a part of an area; of parts of one size the first is the smallest.
    people : str
        Column of how many.
    fewest : int
    together : callable
        How many stand behind several parts at least: the sum where each is in one part only, else the largest.

    Returns
    -------
    Ibis table
        The parts with `shown`.
    """
    import ibis

    parts = parts.mutate(few=parts[people] < fewest)
    area = ibis.window(group_by="area_id")
    hidden = together(parts.few.ifelse(parts[people], 0)).over(area)
    place = ibis.row_number().over(ibis.window(group_by=["area_id", "few"], order_by=[people, *order]))
    next_smallest = (hidden > 0) & (hidden < fewest) & (place == 0)
    return parts.mutate(shown=~(parts.few | next_smallest)).drop("few")


def named(table, by):
    """
    Parts by name; they are numbers while the engine counts.

    Parameters
    ----------
    table : Ibis table
        With `part`, a number as of `clocks.part_of`.
    by : str or None
        A key of `clocks.PARTS`.

    Returns
    -------
    Ibis table
    """
    return table.mutate(part=table.part.cases(*enumerate(PARTS[by]), else_=None))


def pings_in(pings, areas):
    """
    Pings with the area they lie in, once for each area.

    Parameters
    ----------
    pings : Ibis table
    areas : GeoDataFrame
        Polygons with their ids as index.

    Returns
    -------
    Ibis table
        `area_id`, `device`, `lon`, `lat`, `time`.

    Raises
    ------
    ValueError
        If the areas are no polygons in a reference system, or their ids are not unique.
    """
    import ibis

    cover = ibis.memtable(_cover(areas), schema={"cover": "int64", "area_id": "string", "shape": "binary"})
    near = pings.mutate(cover=h3_cell_of(pings, _COVER)).inner_join(cover, "cover")
    return near.filter(_engine_functions()[1](near.shape, near.lon, near.lat)).select(
        "area_id", "device", "lon", "lat", "time"
    )


def _cover(areas):
    """The cells around each area, with its id and shape."""
    if areas.crs is None:
        raise ValueError("the areas have no coordinate reference system; set it to EPSG:4326")
    shapes = gpd.GeoSeries(areas.geometry, crs=areas.crs).to_crs("EPSG:4326")
    if not areas.index.is_unique:
        raise ValueError("ids of areas, their index, must be unique")
    if not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all() or shapes.is_empty.any():
        raise ValueError("areas must be polygons; buffer points in metres first")
    rows = [
        (int(cell, 16), str(area), shapely.to_wkb(shape))
        for area, shape in shapes.items()
        for part in shapely.get_parts(shape)
        for cell in geo.hexagons(part.buffer(_SEAM), _COVER)
    ]
    return pd.DataFrame(rows, columns=["cover", "area_id", "shape"]).drop_duplicates(["cover", "area_id"])
