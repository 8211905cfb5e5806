"""
The folium layers of a mall's floors, and the panel with tables beneath its legend.

folium is imported with this module; import it late.
"""

from expansion_kit.maps import layers


class TablePanel(layers.Panel):
    """
    A panel whose legend is followed by tables of figures.

    Parameters
    ----------
    data : dict
        As of `layers.Panel`, and `tables`: a list of dicts with heading, columns, rows, sums (how many rows at the end
        are sums) and notes.
    layers : list
        What the panel adds to the map, switches and searches.
    """

    kind = "PlacementTablePanel"
    scripts = (*layers.Panel.scripts, "panel_tables.js")
    styles = (*layers.Panel.styles, "panel_tables.css")


class MallFloor(layers.Scripted):
    """
    Units, walks and symbols of the floors of a mall, one floor at a time.

    Parameters
    ----------
    data : dict
        See `mall_floor.mall_floor_map`.
    """

    kind = "MallFloor"
    scripts = (*TablePanel.scripts, "mall_floor.js")

    def __init__(self, data):
        super().__init__(data, show=False)


class MallPanel(TablePanel):
    """The panel of a mall: switches of floor and plan, legend, figures and list of units."""

    kind = "MallPanel"
    scripts = (*TablePanel.scripts, "mall_floor.js")
    styles = (*TablePanel.styles, "mall_floor.css")
