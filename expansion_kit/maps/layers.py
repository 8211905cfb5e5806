"""
Our own folium layers: data as one compact piece of JSON, drawn by the small scripts beside this module.

Text from data reaches the page as JSON that neither HTML nor folium's second template pass can read as code
(`files.as_json`), and the scripts put it into text nodes only. folium is imported with this module; import it late.
"""

from importlib.resources import files as package_files

import geopandas as gpd
import numpy as np
from branca.element import Element, MacroElement
from folium.template import Template

from expansion_kit import files
from expansion_kit.maps.specification import MISSING

DENSE_ABOVE = 5000


class Scripted(MacroElement):
    """
    A layer that our `scripts` draw from `data`; a script comes into the page once, however many layers use it.

    It adds itself to the map in its own script and not by `folium.map.Layer`, which adds once more at each rendering.
    """

    kind = ""
    scripts = ()
    layers = ()
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = new L.{{ this.kind }}({{ this.data }}, [{{ this.names() }}]);"
        "{% if this.show %}{{ this.get_name() }}.addTo({{ this._parent.get_name() }});{% endif %}"
        "{% endmacro %}"
    )

    def __init__(self, data, *, show=True):
        super().__init__()
        self._name = self.kind
        self.show = show
        self.data = files.as_json(data)

    def names(self):
        return ", ".join(layer.get_name() for layer in self.layers)

    def render(self, **kwargs):
        for script in ("shared.js", *self.scripts):
            self.get_root().script.add_child(Element(_own_text(script)), name=f"placement_{script}")
        super().render(**kwargs)


class CompactPoints(Scripted):
    """
    Any number of placements as dots on one canvas, or as shades of density where more than `DENSE_ABOVE` are in view.

    Parameters
    ----------
    placements, legend, rows : DataFrame
        From `placements`, `legend` and `details`; only placements with coordinates.
    texts : dict
        `cell`, `here` and `more`, with `[n]` where a number goes.
    show : bool
        False when a panel adds the layer.
    """

    kind = "PlacementPoints"
    scripts = ("points.js",)

    def __init__(self, placements, legend, rows, *, texts, show=True):
        order = _along_a_curve(placements)
        table, rows = placements.iloc[order], rows.iloc[order]
        steps = np.round(table[["lat", "lon"]].to_numpy(float) * 1e5).astype(np.int64)
        data = {
            "n": len(table),
            "xy": np.diff(steps, axis=0, prepend=0).ravel(),
            "group": legend.index.get_indexer(table["group"]),
            "groups": looks(legend),
            "label": _coded(table["label"]),
            "rows": [{"heading": column, **_coded(rows[column])} for column in rows],
            "texts": texts,
            "limit": DENSE_ABOVE,
        }
        super().__init__(data, show=show)


class Pins(Scripted):
    """
    Numbered pins, one an element of the page: for some hundreds of own stores and candidates.

    Parameters
    ----------
    placements, legend, rows : DataFrame
        As for `CompactPoints`.
    show : bool
    """

    kind = "PlacementPins"
    scripts = ("pins.js",)

    def __init__(self, placements, legend, rows, *, show=True):
        columns = ["number", "label", "lat", "lon", "group"]
        table = placements[columns].assign(group=legend.index.get_indexer(placements["group"]), rows=_pairs(rows))
        pins = table.astype({"number": int}).round({"lat": 6, "lon": 6}).to_dict("records")
        super().__init__({"pins": pins, "groups": looks(legend)}, show=show)


class Outlines(Scripted):
    """
    Quiet outlines under everything else, on one canvas.

    Parameters
    ----------
    kinds : list of dict
        From `basemap.coded` and `basemap.coded_zones`.
    show : bool
    """

    kind = "PlacementOutlines"
    scripts = ("outlines.js",)

    def __init__(self, kinds, *, show=True):
        super().__init__({"kinds": kinds}, show=show)


class Panel(Scripted):
    """
    Title, search, legend with switches, full screen, scale and source line.

    Parameters
    ----------
    data : dict
        What stands in it; see `placement.placement_map`.
    layers : list of CompactPoints and Pins
        What the panel adds to the map, switches and searches.
    """

    kind = "PlacementPanel"
    scripts = ("pins.js", "panel.js")

    def __init__(self, data, layers):
        super().__init__(data)
        self.layers = layers

    def render(self, **kwargs):
        style = Element("<style>" + _own_text("panel.css") + "</style>")
        self.get_root().header.add_child(style, name="placement_panel.css")
        super().render(**kwargs)


def looks(legend):
    """Colour and shape of each group, in the order that the group codes count in."""
    return legend[["colour", "shape"]].to_dict("records")


def _own_text(name):
    return (package_files(__package__) / name).read_text(encoding="utf-8")


def _along_a_curve(placements):
    """Neighbours on the ground beside each other, so that the steps between them are short to write."""
    if len(placements) < 3:
        return np.arange(len(placements))
    points = gpd.GeoSeries(gpd.points_from_xy(placements["lon"], placements["lat"]))
    return np.argsort(points.hilbert_distance().to_numpy(), kind="stable")


def _coded(texts):
    """A column as its distinct texts and one code a row; without codes where all are different."""
    codes, words = texts.mask(texts.eq(MISSING)).factorize(use_na_sentinel=True)
    if len(words) == len(texts) or not len(words):
        return {"words": list(words), "codes": None}
    return {"words": list(words), "codes": codes}


def _pairs(rows):
    headings = list(rows.columns)
    return [[list(pair) for pair in zip(headings, row)] for row in rows.itertuples(index=False)]
