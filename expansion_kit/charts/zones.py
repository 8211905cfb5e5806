"""A measure on the map of the zones, for print and report (the interactive map is `maps`)."""

import numpy as np

from expansion_kit import words
from expansion_kit.charts.figures import COLOURS, INK, MISSING, finish, frame, legend, number
from expansion_kit.drawing import font_families, legible, shorten

SHADES = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")  # ColorBrewer YlGnBu: colour-blind safe, light to dark


def class_bounds(values, *, classes=5):
    """
    Bounds of classes with about equally many zones, rounded to three digits, so that the legend is what was drawn.

    Parameters
    ----------
    values : Series
        Missing ones are left aside.
    classes : int
        How many classes at most; ties give fewer.

    Returns
    -------
    ndarray
        Rising bounds, the outer ones included; a class holds its lower bound, the last one its upper bound too.

    Raises
    ------
    ValueError
        If no value is known.

    Examples
    --------
    >>> import pandas as pd
    >>> class_bounds(pd.Series([1.0, 2, 3, 4]), classes=2)
    array([1. , 2.5, 4. ])
    """
    known = values.dropna().to_numpy(dtype=float)
    if not len(known):
        raise ValueError("a map of zones needs at least one known value, but all are missing")
    cuts = np.quantile(known, np.linspace(0, 1, classes + 1))
    inner = [float(f"{cut:.3g}") for cut in cuts[1:-1]]
    return np.unique([cuts[0], *(cut for cut in inner if cuts[0] < cut < cuts[-1]), cuts[-1]])


def zone_map(
    zones,
    values,
    *,
    title,
    unit,
    source,
    as_of="",
    lang="en",
    made=False,
    points=None,
    points_name="",
    areas=None,
    areas_name="",
    labels=None,
):
    """
    Zones coloured by a measure, in five classes with about equally many zones each.

    Parameters
    ----------
    zones : GeoDataFrame
        Polygons (or points) in a coordinate reference system in metres, such as `city.metric("zones")`.
    values : Series
        On the zones' index; a zone without a value is hatched, and the legend says how many have none.
    title, unit, source, as_of, lang, made
        As for every chart.
    points : GeoDataFrame, optional
        Dots on top (stores, sites), in the same coordinate reference system.
    areas : GeoDataFrame, optional
        Outlines on top (trade areas), in the same coordinate reference system.
    points_name, areas_name : str
        What the dots and outlines are, for the legend.
    labels : Series of str, optional
        Names on zones, the most important first; a name that would cover an earlier one is left out.

    Returns
    -------
    Figure
        With classes and unit in the legend, a scale bar and a north arrow.

    Raises
    ------
    ValueError
        If the zones are not in metres.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 900, 900)], index=["Z1"], crs=32652)
    >>> figure = zone_map(zones, pd.Series({"Z1": 5}), title="Residents", unit="people", source="register")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['5']
    """
    if zones.crs is None or zones.crs.is_geographic:
        raise ValueError(f"the zones must be in metres (city.metric), but are in {zones.crs}")
    west, south, east, north = zones.total_bounds
    figure, axes, lang = frame(min(5.8, max(2.6, 0.2 + 5.2 * (north - south) / max(east - west, 1.0))), lang)
    bounds, missing = shade_zones(axes, zones, values)
    if areas is not None:
        import geopandas

        ground = areas.to_crs(zones.crs).geometry
        whole = geopandas.GeoSeries([ground.union_all()], crs=ground.crs)
        draw_shapes(axes, whole, facecolor=COLOURS[5] + "2B", edgecolor="none", linewidth=0)
        draw_shapes(axes, ground, facecolor="none", edgecolor=COLOURS[5], linewidth=0.6)
    if points is not None:
        place = points.to_crs(zones.crs).geometry
        axes.scatter(place.x, place.y, s=7, color=COLOURS[5], edgecolor="white", linewidth=0.3, zorder=5)
    axes.set(aspect="equal", xticks=[], yticks=[], xmargin=0.01, ymargin=0.01)
    axes.autoscale_view()
    scale_bar(axes, lang)
    over = [(name, 0 if table is None else len(table)) for name, table in ((points_name, points), (areas_name, areas))]
    _map_legend(axes, bounds, unit, missing, over, lang)
    finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
    if labels is not None:
        name_places(axes, zones.geometry.reindex(labels.index).representative_point(), labels)
    return figure


def shade_zones(axes, zones, values):
    """
    Zones coloured by the class that their value is in, those without a value hatched.

    Parameters
    ----------
    axes : Axes
    zones : GeoDataFrame
        Polygons (or points) in metres.
    values : Series
        On the zones' index.

    Returns
    -------
    tuple (ndarray, int)
        Bounds of the classes as from `class_bounds` (empty where no value is known); zones without a value.
    """
    measured = values.reindex(zones.index)
    bounds = class_bounds(measured) if measured.notna().any() else np.array([])
    classes = _classes(measured, bounds)
    for which, colour in enumerate(_shades(len(bounds) - 1) if len(bounds) else ()):
        draw_shapes(axes, zones.geometry[classes == which], facecolor=colour, edgecolor="#8c8c8c", linewidth=0.35)
    draw_shapes(axes, zones.geometry[classes < 0], facecolor=MISSING, edgecolor="#a0a0a0", linewidth=0.35, hatch="////")
    return bounds, int((classes < 0).sum())


def class_names(bounds, lang):
    """
    The classes of a map as its legend names them, with their colours.

    >>> class_names(np.array([0.0001, 25.0, 40.0]), "en")
    [('0 – 25', '#ffffcc'), ('25 – 40', '#253494')]
    """
    sizes = np.abs(bounds)
    shown = np.where(sizes < sizes.max(initial=0) / 1e4, 0.0, bounds)  # a tiny bound is 0 to the digits of the others
    pairs = list(zip(shown[:-1], shown[1:])) or [(bound, bound) for bound in bounds]
    names = [number(low, lang) if low == high else f"{number(low, lang)} – {number(high, lang)}" for low, high in pairs]
    return list(zip(names, _shades(len(pairs))))


def _classes(values, bounds):
    """The class of each value, -1 where it is missing."""
    place = np.searchsorted(bounds, values.to_numpy(dtype=float), side="right") - 1
    return np.where(values.isna(), -1, np.clip(place, 0, max(len(bounds) - 2, 0)))


def _shades(classes):
    return [SHADES[round(i)] for i in np.linspace(0, len(SHADES) - 1, max(classes, 1))] if classes > 1 else [SHADES[2]]


def draw_shapes(axes, shapes, **style):
    """Polygons as one collection; points as dots of the same style."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path
    from shapely.geometry.polygon import orient

    dots = shapes[shapes.geom_type == "Point"]
    if len(dots):
        kept = {k: v for k, v in style.items() if k != "hatch"}
        axes.scatter(dots.x, dots.y, s=26, **kept)
    parts = shapes[shapes.geom_type != "Point"].explode(index_parts=False)
    paths = []
    for shape in parts[parts.geom_type == "Polygon"]:
        turned = orient(shape)
        rings = [Path(np.asarray(ring.coords)[:, :2], closed=True) for ring in (turned.exterior, *turned.interiors)]
        paths.append(Path.make_compound_path(*rings))
    if paths:
        axes.add_collection(PathCollection(paths, **style))


def scale_bar(axes, lang):
    from matplotlib.transforms import blended_transform_factory

    west, east = axes.get_xlim()
    long = 10.0 ** np.floor(np.log10((east - west) / 3))
    long *= max(step for step in (1, 2, 5) if long * step <= (east - west) / 3)
    along = blended_transform_factory(axes.transData, axes.transAxes)
    axes.plot([west, west + long], [0.0, 0.0], color=INK, linewidth=2.2, transform=along, solid_capstyle="butt")
    text = f"{long / 1000:g} km" if long >= 1000 else f"{long:g} m"
    axes.text(west, 0.012, text, transform=along, size=8, color=INK, va="bottom")
    axes.annotate(
        words.say("chart.north", lang),
        (0.97, 0.99),
        (0.97, 0.9),
        xycoords="axes fraction",
        ha="center",
        va="center",
        size=9,
        color=INK,
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2},
    )


def name_places(axes, spots, labels):
    """Names in their order, each where it covers no earlier one and nothing beyond the drawing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.patheffects import withStroke

    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    axes.figure.draw_without_rendering()
    taken, room = [], axes.get_window_extent(renderer)
    style = {"ha": "center", "va": "center", "size": 7.5, "color": INK, "zorder": 6, "in_layout": False}
    for spot, label in zip(spots, labels):
        text = axes.text(spot.x, spot.y, legible(shorten(str(label), 20)), family=list(font_families()), **style)
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])
        box = text.get_window_extent(renderer).padded(1)
        if any(box.overlaps(other) for other in taken) or not (room.contains(*box.min) and room.contains(*box.max)):
            text.remove()
        else:
            taken.append(box)


def _map_legend(axes, bounds, unit, missing, over, lang):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries = [
        (Patch(facecolor=colour, edgecolor="#8c8c8c", linewidth=0.35), name)
        for name, colour in class_names(bounds, lang)
    ]
    if missing:
        patch = Patch(facecolor=MISSING, edgecolor="#a0a0a0", hatch="////", linewidth=0.35)
        entries.append((patch, words.say("chart.no_data", lang, n=missing)))
    for (name, many), look in zip(over, ({"marker": "o", "markersize": 4}, {"marker": "s", "alpha": 0.5})):
        if many:
            mark = Line2D([], [], linestyle="", color=COLOURS[5], **look)
            entries.append((mark, f"{legible(name)} ({number(many, lang)})"))
    legend(axes.figure, *zip(*entries), title=legible(unit))
