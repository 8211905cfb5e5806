"""
Rings and walk-time areas on a map: one class a radius, time or label, told apart by dashes and by their labels.

What they enclose is measured elsewhere (`market.trade_areas`); here they are only drawn.
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import words
from expansion_kit.maps.basemap import ring_steps
from expansion_kit.maps.specification import length

DASHES = ("", "7 5", "2 4", "12 4 2 4")
TOLERANCE = 1e-5


def coded_areas(areas, *, lang):
    """
    Areas as compact lists of steps, a class each.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons in WGS-84, with `label` (any text), `minutes` or `radius_m`; where more than one is there, the first of
        these that is not missing names the row's class. A row without a shape is left out.
    lang : str
        `en` or `zh`.

    Returns
    -------
    list of dict
        One a class, in the order of minutes or radii, then of the table: group, label, dash, shapes (as from
        `basemap.coded`), tops (of each area, latitude and longitude of its northernmost point and the latitude of its
        southernmost).

    Raises
    ------
    ValueError
        If no column says what an area is.

    Examples
    --------
    >>> import geopandas as gpd
    >>> ring = gpd.GeoDataFrame({"radius_m": [1500.0]}, geometry=[shapely.box(0, 0, 0.02, 0.01)], crs=4326)
    >>> drawn = coded_areas(ring, lang="en")[0]
    >>> drawn["label"], drawn["tops"]
    ('1.5 km', [[0.01, 0.02, 0.0]])
    """
    known = [column for column in ("label", "minutes", "radius_m") if column in areas]
    if not known:
        raise ValueError("areas need a column label, minutes or radius_m, so that the map can say what they are")
    drawn = areas.geometry.to_numpy()
    shown = areas[~shapely.is_missing(drawn) & ~shapely.is_empty(drawn)]
    size = shown[[column for column in known if column != "label"]].astype(float).bfill(axis=1)
    if size.shape[1]:
        shown = shown.iloc[np.argsort(size.iloc[:, 0].to_numpy(), kind="stable")]
    classes = shown.groupby(_labels(shown, known, lang), sort=False).geometry
    return [_class(number, label, shapes) for number, (label, shapes) in enumerate(classes)]


def area_notes(areas, *, lang):
    """
    How areas were made, each way once.

    Parameters
    ----------
    areas : GeoDataFrame
        Where known with `how`: `streets`, `table` or `line`; a row without it is told by its `method`, any text.
    lang : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> import geopandas as gpd
    >>> ring = gpd.GeoDataFrame({"how": ["line"], "method": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    >>> area_notes(ring, lang="zh")
    ['范围画法：按直线距离乘以绕行系数估算，没有路网']
    """
    absent = pd.Series(None, index=areas.index, dtype=object)
    known = {how: words.say(f"report.by_{how}", lang) for how in ("streets", "table", "line")}
    said = areas.get("how", absent).map(known).astype(object)
    told = said.where(said.notna(), areas.get("method", absent)).dropna()
    return [words.say("map.area_method", lang, method=method) for method in told.unique()]


def _labels(areas, known, lang):
    texts = {
        "label": str,
        "minutes": lambda value: words.say("map.area_minutes", lang, n=f"{value:g}"),
        "radius_m": lambda value: length(value, lang),
    }
    labels = None
    for column in known:
        said = areas[column].map(texts[column], na_action="ignore").astype(object)
        labels = said if labels is None else labels.where(labels.notna(), said)
    return labels.where(labels.notna(), "—")


def _class(number, label, shapes):
    simple = shapely.simplify(shapes.to_numpy(), TOLERANCE)
    parts = [ring_steps(part) for part in shapely.get_parts(simple)]
    points = [shapely.get_coordinates(shape) for shape in simple]
    tops = [[*at[at[:, 1].argmax()][::-1].round(5).tolist(), float(at[:, 1].min().round(5))] for at in points]
    dash = DASHES[number % len(DASHES)]
    return {"group": f"area{number}", "label": label, "dash": dash, "shapes": [p for p in parts if p], "tops": tops}
