"""Who covers what, and how even it is: territories on the map, and each one's distance from the mean."""

import numpy as np
import shapely

from expansion_kit import words
from expansion_kit.charts.figures import COLOURS, INK, LINE, QUIET, finish, frame, labels_down, legend, legible
from expansion_kit.charts.zones import draw_shapes, name_places, scale_bar

TINTS = ("#dbe9f6", "#fbe6c8", "#d5ecdd", "#f0dced", "#eeeecb", "#e2e2e2")  # pale, told apart by neighbours' names too
_WITHIN, _BEYOND = COLOURS[0], COLOURS[5]
_MARKS = ("o", "D", "s", "^", "v")


def territory_map(
    areas, *, title, source, as_of="", lang="en", made=False, zones=None, names=None, points=None, points_name=""
):
    """
    Territories in pale colours, neighbours in different ones, each with its name.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons in metres, index territory ids, such as from `territory_areas`.
    title, source, as_of, lang, made
        As for every chart.
    zones : GeoDataFrame, optional
        The zones that they are made of, as thin lines.
    names : Series or dict, optional
        Territory id to what is written on it; the id where absent.
    points : GeoDataFrame, optional
        Dots on top (stores, prospects).
    points_name : str
        What the dots are, for the legend.

    Returns
    -------
    Figure
        With a scale bar and a north arrow; a name that would cover that of a larger territory is left out.

    Raises
    ------
    ValueError
        If the areas are not in metres.

    Examples
    --------
    >>> import geopandas as gpd
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9000, 9000)], index=["T1"], crs=32652)
    >>> figure = territory_map(areas, title="Territories", source="plan")
    >>> "T1" in [text.get_text() for text in figure.axes[0].texts]
    True
    """
    if areas.crs is None or areas.crs.is_geographic:
        raise ValueError(f"the territories must be in metres, but are in {areas.crs}")
    drawn = areas[~(areas.geometry.isna() | areas.geometry.is_empty)].sort_index()
    west, south, east, north = drawn.total_bounds
    figure, axes, lang = frame(min(5.8, max(2.6, 0.2 + 5.2 * (north - south) / max(east - west, 1.0))), lang)
    tints = _tints(drawn.geometry.to_numpy())
    for which, colour in enumerate(TINTS):
        draw_shapes(axes, drawn.geometry[tints == which], facecolor=colour, edgecolor="none", linewidth=0)
    if zones is not None:
        draw_shapes(axes, zones.to_crs(areas.crs).geometry, facecolor="none", edgecolor="#c4c4c4", linewidth=0.25)
    draw_shapes(axes, drawn.geometry, facecolor="none", edgecolor="#5a5a5a", linewidth=1.0)
    if points is not None:
        place = points.to_crs(areas.crs).geometry
        dots = axes.scatter(place.x, place.y, s=7, color=_BEYOND, edgecolor="white", linewidth=0.3, zorder=5)
        legend(figure, [dots], [f"{legible(points_name)} ({len(points):,})"])
    axes.set(aspect="equal", xticks=[], yticks=[], xmargin=0.01, ymargin=0.01)
    axes.autoscale_view()
    scale_bar(axes, lang)
    finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
    largest = drawn.area.sort_values(ascending=False, kind="stable").index
    called = {} if names is None else dict(names.items())
    labels = [legible(called.get(name, name), instead="") or str(name) for name in largest]
    name_places(axes, drawn.geometry.reindex(largest).representative_point(), labels)
    return figure


def _tints(shapes):
    """A colour for each shape, other than those of the shapes it touches as far as there are enough (greedy)."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=1.0)
    colours = np.full(len(shapes), -1)
    for place in range(len(shapes)):
        beside = colours[second[first == place]]
        used = np.bincount(colours[:place], minlength=len(TINTS)) if place else np.zeros(len(TINTS))
        free = [tint for tint in range(len(TINTS)) if tint not in beside] or list(range(len(TINTS)))
        colours[place] = min(free, key=lambda tint: (used[tint], tint))
    return colours


def territory_balance(deviations, *, tolerance, title, source, as_of="", lang="en", made=False, names=None):
    """
    How far each territory is from the mean of all: the main measure as a bar, further ones as marks.

    Parameters
    ----------
    deviations : DataFrame
        Index territory ids, columns what a reader calls the measures, the main one first; shares (0.05 is 5 % above
        the mean). A missing one is not drawn.
    tolerance : float
        Of the main measure, a share: the grey band. Bars beyond it are orange.
    title, source, as_of, lang, made
        As for every chart.
    names : Series or dict, optional
        Territory id to the name a reader sees.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import pandas as pd
    >>> even = pd.DataFrame({"Potential": [0.04, -0.04]}, index=["T1", "T2"])
    >>> figure = territory_balance(even, tolerance=0.05, title="Balance", source="plan")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+4.0%', '−4.0%']
    """
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    called = {} if names is None else dict(names.items())
    figure, axes, lang = frame(0.75 + 0.25 * max(len(deviations), 2), lang)
    share = f"{tolerance:.1%}".replace(".0%", "%")
    main, places = deviations.iloc[:, 0], np.arange(len(deviations))
    within = (main.abs() <= tolerance + 1e-9).to_numpy()
    band = axes.axvspan(-tolerance, tolerance, color="#ececec", zorder=0, linewidth=0)
    axes.barh(places, main.fillna(0), color=np.where(within, _WITHIN, _BEYOND), height=0.6, zorder=2)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=3)
    handles, labels = (
        [Patch(color=_WITHIN), band],
        [legible(main.name), words.say("chart.tolerance", lang, share=share)],
    )
    if not within[main.notna()].all():
        handles.append(Patch(color=_BEYOND))
        labels.append(words.say("chart.beyond_tolerance", lang))
    for turn, name in enumerate(deviations.columns[1:]):
        style = {"marker": _MARKS[turn % len(_MARKS)], "color": COLOURS[(2, 3, 1, 7)[turn % 4]], "edgecolor": "white"}
        handles.append(axes.scatter(deviations[name], places, s=22, linewidth=0.4, zorder=4, **style))
        labels.append(legible(name))
    edge = np.nanmax(np.abs(np.append(deviations.to_numpy(dtype=float), tolerance))) * 1.08
    axes.set_xlim(-edge, edge)
    for place, value in zip(places, main):
        text = "—" if value != value else f"{value:+.1%}".replace("-", "−")
        style = {"va": "center", "ha": "left", "size": 8.5, "color": INK, "annotation_clip": False}
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), **style)
    labels_down(axes, [called.get(name, name) for name in deviations.index], width=18)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:+.0%}".replace("-", "−").replace("+0%", "0%"))
    )
    axes.grid(True, axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(words.say("chart.from_mean", lang), size=9, color=QUIET)
    legend(figure, handles, labels)
    return finish(figure, title=title, source=source, as_of=as_of, lang=lang, made=made)
