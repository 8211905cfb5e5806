"""
Our own folium layers: data as one compact piece of JSON, drawn by the small scripts beside this module.

Text from data reaches the page as JSON that neither HTML nor a template can read as code (`files.as_json`), past
folium's own templates, and the scripts put it into text nodes only. folium comes with this module; import it late.
"""

from importlib.resources import files as package_files

import numpy as np
import pandas as pd
from branca.element import Element, MacroElement

from expansion_kit import files
from expansion_kit.maps.specification import DENSE_ABOVE, MISSING

_SIGNS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)


class Verbatim(Element):
    """A piece of the page that no template reads: neither can a text in it run, nor does its length cost time."""

    def __init__(self, text):
        super().__init__()
        self._text = text

    def render(self, **kwargs):
        return self._text


class Scripted(MacroElement):
    """
    A layer that our `scripts` draw from `data`; a script comes into the page once, however many layers use it.

    It adds itself to the map in its own script and not by `folium.map.Layer`, which adds once more at each rendering.
    """

    kind = ""
    scripts = ()
    styles = ()
    layers = ()

    def __init__(self, data, *, show=True):
        super().__init__()
        self._name = self.kind
        self.show = show
        self.data = files.as_json(data)

    def render(self, **kwargs):
        figure = self.get_root()
        for name in self.styles:
            figure.header.add_child(Verbatim(f'<style data-own="{name}">{own_text(name)}</style>'), name=name)
        for name in ("shared.js", *self.scripts):
            figure.header.add_child(Verbatim(f'<script data-own="{name}">{own_text(name)}</script>'), name=name)
        names = ", ".join(layer.get_name() for layer in self.layers)
        code = f"var {self.get_name()} = new L.{self.kind}({self.data}, [{names}]);\n"
        added = f"{self.get_name()}.addTo({self._parent.get_name()});\n" if self.show else ""
        figure.script.add_child(Verbatim(code + added), name=self.get_name())


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
        lat, lon = placements["lat"].to_numpy(float), placements["lon"].to_numpy(float)
        order = _to_and_fro(lat, lon)
        steps = np.round(np.c_[lat, lon][order] * 1e5).astype(np.int64)
        data = {
            "n": len(order),
            "xy": packed(np.diff(steps, axis=0, prepend=0).ravel()),
            "group": packed(legend.index.get_indexer(placements["group"])[order]),
            "groups": looks(legend),
            "label": _coded(placements["label"], order),
            "rows": [{"heading": column, **_coded(rows[column], order)} for column in rows],
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


class Areas(Scripted):
    """
    Rings or walk-time areas as labelled lines under the dots.

    Parameters
    ----------
    classes : list of dict
        From `areas.coded_areas`.
    show : bool
        False when a panel adds the layer.
    """

    kind = "PlacementAreas"
    scripts = ("areas.js",)

    def __init__(self, classes, *, show=True):
        super().__init__({"classes": classes}, show=show)


class Tiles(Scripted):
    """
    Tiles over the network, under the dots; those in GCJ-02 are moved to where they belong in WGS-84.

    Parameters
    ----------
    sources : list of dict
        From `tiles.tile_sources`.
    mainland : list of list
        From `tiles.mainland_rings`: where GCJ-02 is shifted.
    show : bool
    """

    kind = "PlacementTiles"
    scripts = ("tiles.js",)

    def __init__(self, sources, mainland, *, show=True):
        super().__init__({"sources": sources, "mainland": mainland}, show=show)


class Panel(Scripted):
    """
    Title, search, legend with switches, measuring, full screen, scale and source line.

    Parameters
    ----------
    data : dict
        What stands in it; see `placement.placement_map`.
    layers : list of CompactPoints, Pins and Areas
        What the panel adds to the map, switches and searches.
    """

    kind = "PlacementPanel"
    scripts = ("pins.js", "measure.js", "panel.js")
    styles = ("panel.css",)

    def __init__(self, data, layers):
        super().__init__(data)
        self.layers = layers


class TablePanel(Panel):
    """
    A panel whose legend is followed by tables of figures.

    Parameters
    ----------
    data : dict
        As of `Panel`, and `tables`: a list of dicts with heading, columns, rows, sums (how many rows at the end are
        sums) and notes.
    layers : list
        What the panel adds to the map, switches and searches.
    """

    kind = "PlacementTablePanel"
    scripts = (*Panel.scripts, "panel_tables.js")
    styles = (*Panel.styles, "panel_tables.css")


def looks(legend):
    """Colour and shape of each group, in the order that the group codes count in."""
    return legend[["colour", "shape"]].to_dict("records")


def own_text(name):
    """One of our scripts or styles."""
    return (package_files(__package__) / name).read_text(encoding="utf-8")


def packed(numbers):
    """
    Whole numbers as text: five bits a sign, small numbers short, the sign of a number in its lowest bit.

    Parameters
    ----------
    numbers : array of int, shape (n,)

    Returns
    -------
    str
        `shared.js` unpacks it.

    Examples
    --------
    >>> packed([0, -1, 1, 15, 16])
    'ABCegB'
    """
    given = np.asarray(numbers, dtype=np.int64)
    left = np.where(given < 0, -2 * given - 1, 2 * given)
    widths = 1 + sum(left >= 32**width for width in range(1, 8))
    ends = np.cumsum(widths)
    signs = np.empty(widths.sum(), dtype=np.int64)
    for digit in range(widths.max(initial=0)):
        has = widths > digit
        more = widths[has] > digit + 1
        signs[(ends - widths + digit)[has]] = (left[has] >> 5 * digit) % 32 + 32 * more
    return _SIGNS[signs].tobytes().decode("ascii")


def _to_and_fro(lat, lon):
    """An order strip by strip, so that the steps from one point to the next are short to write."""
    rank = np.empty(len(lat), dtype=np.int64)
    rank[np.argsort(lat, kind="stable")] = np.arange(len(lat))
    strip = rank // max(1, int(np.sqrt(3 * len(lat))))
    return np.lexsort((np.where(strip % 2, -lon, lon), strip))


def _coded(texts, order):
    """A column as its distinct texts, a line each, and a code a row: one code where all are alike, none where none."""
    values = texts.to_numpy(dtype=object, na_value=None)
    if len(values) > 1 and (values == values[0]).all():
        known = values[0] not in (None, MISSING)
        return {"words": values[0].replace("\n", " ") if known else "", "codes": 0 if known else -1}
    codes, words = pd.factorize(values[order])
    missing = words == MISSING
    codes, words = np.where(np.append(missing, True)[codes], -1, codes - missing.cumsum()[codes]), words[~missing]
    lines = "\n".join(words)
    if lines.count("\n") >= len(words):
        lines = "\n".join(word.replace("\n", " ") for word in words)
    if len(words) == len(codes):
        return {"words": lines, "codes": None}
    return {"words": lines, "codes": packed(codes)}


def _pairs(rows):
    headings = list(rows.columns)
    return [[list(pair) for pair in zip(headings, row)] for row in rows.itertuples(index=False)]
