"""The map inside its frame on a printed sheet: projection, scale, base map, rings, dots, shades of density."""

import numpy as np
import shapely

from expansion_kit import geo
from expansion_kit.maps.basemap import STYLES, zoom_of
from expansion_kit.maps.sheet import marks, size_of
from expansion_kit.maps.specification import REST_COLOUR

GROUND = "#f7f4ee"
EDGE = "#8d8678"
LEAST_SCALE = 1500
CELL = 3.0  # mm
SHADES = ("#e8e3f1", "#c3b7dd", "#9a86c2", "#6d529f", "#41246f")
_NICE = np.array([1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10])
_TRIMMED_FROM, _TRIM, _STRETCHED = 500, 0.002, 1.6
_SEED = 20261121


def projection(lon, lat):
    """
    A projection in metres that is true in distance and direction from a point, wherever on the globe.

    Examples
    --------
    >>> projection(121.5, 31.25)
    '+proj=aeqd +lat_0=31.25 +lon_0=121.5 +datum=WGS84 +units=m +no_defs'
    """
    return f"+proj=aeqd +lat_0={lat:.9g} +lon_0={lon:.9g} +datum=WGS84 +units=m +no_defs"


def middle(lon, lat):
    """
    The median of some points, of those across the date line as well; 0, 0 where there are none.

    Examples
    --------
    >>> middle(np.array([179.0, -179.0, -178.0]), np.array([1.0, 2.0, 3.0]))
    (-179.0, 2.0)
    """
    if not len(lon):
        return 0.0, 0.0
    near = lon[0] + (lon - lon[0] + 180.0) % 360.0 - 180.0
    return float((np.median(near) + 180.0) % 360.0 - 180.0), float(np.median(lat))


def metres(placements, crs):
    """Where placements lie in a projection, shape (n, 2); NaN without coordinates, or right across the globe."""
    points = geo.to_metres(placements[["lon", "lat"]], crs).geometry
    xy = np.column_stack([points.x, points.y])
    return np.where(np.isfinite(xy).all(axis=1)[:, None], xy, np.nan)


def window(xy, kept, box, *, radius):
    """
    What part of the ground a frame shows, at a round scale.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Placements, in metres around the centre of the projection.
    kept : array of bool, shape (n,)
        Which of them must be inside, however far out they lie.
    box : tuple (left, top, right, bottom)
        The frame, in mm on the sheet.
    radius : float or None
        Metres around the centre; without it, all placements, but not some few that lie far from the many.

    Returns
    -------
    tuple (float, float, float)
        Middle of the frame (metres), and metres on the ground in a millimetre on paper.
    """
    wide, high = box[2] - box[0], box[3] - box[1]
    if radius:
        return 0.0, 0.0, _round_scale(2 * radius / min(wide, high))
    known = xy[~np.isnan(xy[:, 0])]
    if not len(known):
        return 0.0, 0.0, _round_scale(0.0)
    sides = np.array([wide, high])
    low, top = known.min(axis=0), known.max(axis=0)
    if len(known) >= _TRIMMED_FROM:
        core = np.vstack([np.quantile(known, [_TRIM, 1 - _TRIM], axis=0), xy[kept & ~np.isnan(xy[:, 0])]])
        if ((top - low) / sides).max() > _STRETCHED * (np.ptp(core, axis=0) / sides).max():
            low, top = core.min(axis=0), core.max(axis=0)
    x, y = (low + top) / 2
    return float(x), float(y), _round_scale(((top - low) * 1.06 / sides).max())


def _round_scale(metres_a_mm):
    """The least round scale (1:1500, 1:2000, 1:2500 …) at which so many metres fit into a millimetre."""
    scale = max(metres_a_mm * 1000, LEAST_SCALE)
    power = 10.0 ** np.floor(np.log10(scale))
    return float(_NICE[np.searchsorted(_NICE, scale / power - 1e-9)] * power / 1000)


def framed(sheet_axes, box, view):
    """
    Axes in metres that fill a box of a sheet.

    Parameters
    ----------
    sheet_axes : Axes
        From `sheet`.
    box, view : tuple
        As in `window`.

    Returns
    -------
    Axes
    """
    width, height, _ = size_of(sheet_axes)
    left, top, right, bottom = box
    place = (left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height)
    axes = sheet_axes.figure.add_axes(place, zorder=1, facecolor=GROUND)
    x, y, step = view
    axes.set(xlim=(x - (right - left) / 2 * step, x + (right - left) / 2 * step), xticks=[], yticks=[])
    axes.set(ylim=(y - (bottom - top) / 2 * step, y + (bottom - top) / 2 * step))
    axes.spines[:].set(color=EDGE, linewidth=0.8, zorder=20)
    return axes


def on_sheet(xy, box, view):
    """Where points in metres lie on the sheet, in mm."""
    x, y, step = view
    left, top, right, bottom = box
    return np.column_stack([(left + right) / 2 + (xy[:, 0] - x) / step, (top + bottom) / 2 - (xy[:, 1] - y) / step])


def outlines(table, crs, axes):
    """
    A table of outlines in metres, cut to what axes show.

    Parameters
    ----------
    table : GeoDataFrame
    crs : str
        From `projection`.
    axes : Axes
        From `framed`.

    Returns
    -------
    GeoDataFrame
        Its shapes that are in sight.
    """
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    table = geo.to_wgs84(table)
    edge = geo.to_wgs84(_border(west, south, east, north, crs)).total_bounds
    if edge[2] - edge[0] < 180:
        table = table.cx[edge[0] : edge[2], edge[1] : edge[3]]
    table = table.to_crs(crs)
    aside = 0.02 * (east - west)
    table = table[table.geometry.notna() & np.isfinite(table.geometry.bounds).all(axis=1)]
    box = (west - aside, south - aside, east + aside, north + aside)
    cut = table.assign(geometry=shapely.clip_by_rect(shapely.make_valid(table.geometry.to_numpy()), *box))
    return cut[~cut.geometry.is_empty]


def _border(west, south, east, north, crs):
    import geopandas

    return geopandas.GeoDataFrame(
        geometry=[shapely.box(west, south, east, north).segmentize((east - west) / 8)], crs=crs
    )


def draw_ground(axes, basemap, zones, crs, *, latitude, step):
    """
    The quiet base map: what the screen shows at this scale, in the same colours; then the borders of zones.

    Parameters
    ----------
    axes : Axes
        From `framed`.
    basemap, zones : GeoDataFrame or None
    crs : str
    latitude : float
        Of the middle, degrees.
    step : float
        Metres a millimetre.

    Returns
    -------
    GeoDataFrame or None
        The base map in sight, for the names of its streets.
    """
    zoom = zoom_of(step, latitude)
    ground = None if basemap is None else outlines(basemap, crs, axes)
    wide = float(np.clip(1.5 ** (zoom - 15), 0.45, 2.4)) * 0.75
    for kind, style in STYLES.items() if ground is not None else ():
        shapes = ground.geometry[ground["kind"].eq(kind)].to_numpy()
        if style["from"] > zoom + 1 or not len(shapes):
            continue
        _draw_kind(axes, shapes, style, wide, step)
    if zones is not None:
        borders = shapely.boundary(parts_of(outlines(zones, crs, axes).geometry.to_numpy(), "Polygon"))
        _draw_lines(
            axes, shapely.simplify(borders, 0.1 * step), {"edgecolor": EDGE, "linewidth": 0.5, "alpha": 0.4}, 3.9
        )
    return ground


def _draw_kind(axes, shapes, style, wide, step):
    from matplotlib.patches import PathPatch

    areas = parts_of(shapes, "Polygon")
    areas = shapely.simplify(areas[shapely.area(areas) > (0.3 * step) ** 2], 0.06 * step)
    areas = parts_of(areas, "Polygon")
    if len(areas) and "closed" in style:
        colour = style["closed"]["fillColor"]
        edge = {"edgecolor": style["closed"].get("color", colour), "linewidth": 0.3}
        axes.add_patch(PathPatch(path_of(areas), facecolor=colour, zorder=2, **edge))
    lines = shapely.simplify(parts_of(shapes, "LineString"), 0.06 * step)
    width = style["line"]["weight"] * wide
    if "casing" in style:
        _draw_lines(axes, lines, {"edgecolor": style["casing"], "linewidth": width + 1.0}, 3)
    _draw_lines(axes, lines, {"edgecolor": style["line"]["color"], "linewidth": width}, 3.5)


def _draw_lines(axes, lines, look, zorder):
    from matplotlib.patches import PathPatch

    lines = parts_of(lines, "LineString")
    if len(lines):
        options = {"facecolor": "none", "capstyle": "round", "joinstyle": "round", "zorder": zorder}
        axes.add_patch(PathPatch(path_of(lines), **options, **look))


def parts_of(shapes, kind):
    """The parts of shapes that are of a kind, `Polygon` or `LineString`."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    wanted = {"Polygon": shapely.GeometryType.POLYGON, "LineString": shapely.GeometryType.LINESTRING}[kind]
    return parts[(shapely.get_type_id(parts) == wanted) & ~shapely.is_empty(parts)]


def path_of(parts):
    """One path of all the rings or lines; holes turn the other way than what they are cut from."""
    from matplotlib.path import Path

    closed = shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON
    _, vertices, offsets = shapely.to_ragged_array(shapely.normalize(parts) if closed else parts)
    starts = offsets[0]
    codes = np.full(len(vertices), Path.LINETO, dtype=Path.code_type)
    codes[starts[:-1]] = Path.MOVETO
    if closed:
        codes[starts[1:] - 1] = Path.CLOSEPOLY
    return Path(vertices, codes)


def draw_rings(axes, rings, colour="#4d4d4d"):
    """A cross at the centre of the projection and circles around it, radii in metres."""
    from matplotlib.patches import Circle

    axes.plot(0, 0, marker="+", markersize=9, markeredgewidth=1.2, color=colour, zorder=6)
    for radius in rings:
        look = {"fill": False, "edgecolor": colour, "linewidth": 0.9, "linestyle": (0, (6, 4)), "zorder": 6}
        axes.add_patch(Circle((0, 0), radius, **look))


def draw_dots(axes, here, xy, *, size):
    """
    A dot a placement, in the colours and shapes of the specification.

    No group lies on top of all others: they are drawn by turns, in an order that is the same each time.

    Parameters
    ----------
    axes : Axes
    here : DataFrame
        Placements in sight.
    xy : array, shape (n, 2)
        In metres.
    size : float
        Diameter in mm.
    """
    turn = np.random.default_rng(_SEED).permutation(len(here)) * 20 // max(len(here), 1)
    table = here[["colour", "shape"]].assign(x=xy[:, 0], y=xy[:, 1], turn=turn)
    for (_, colour, shape), dots in table.groupby(["turn", "colour", "shape"]):
        smaller = 0.75 if colour == REST_COLOUR else 1.0
        marks(axes, dots["x"], dots["y"], colour, shape, size * smaller, linewidths=0.25, zorder=7)


def draw_density(axes, xy, step):
    """
    Shades of how many placements lie in each square cell.

    Parameters
    ----------
    axes : Axes
    xy : array, shape (n, 2)
        In metres.
    step : float
        Metres a millimetre.

    Returns
    -------
    list of (str, int, int)
        Each shade that occurs, with the least and the most placements in a cell of it.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap

    cell = CELL * step
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    across, up = int(np.ceil((east - west) / cell)), int(np.ceil((north - south) / cell))
    reach = [[south, south + up * cell], [west, west + across * cell]]
    counts, _, _ = np.histogram2d(xy[:, 1], xy[:, 0], bins=(up, across), range=reach)
    most = int(counts.max())
    bounds = np.unique(np.geomspace(1, most + 1, len(SHADES) + 1).round().astype(int))
    colours = SHADES[-(len(bounds) - 1) :]
    shown = np.ma.masked_equal(counts, 0)
    axes.imshow(
        shown,
        extent=(*reach[1], *reach[0]),
        origin="lower",
        interpolation="nearest",
        cmap=ListedColormap(colours),
        norm=BoundaryNorm(bounds, len(colours)),
        zorder=3.2,
        aspect="auto",
    )
    axes.set(xlim=(west, east), ylim=(south, north))
    return [(colour, int(low), int(high) - 1) for colour, low, high in zip(colours, bounds, bounds[1:])]


def dot_size(count, scale):
    """Diameter of the dots of so many placements, in mm."""
    return scale * (2.2 if count <= 300 else 1.6 if count <= 1500 else 1.1)
