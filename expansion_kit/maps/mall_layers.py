"""
The folium layers of a mall's floors.

folium is imported with this module; import it late.
"""

from expansion_kit.maps import layers


class MallFloor(layers.Scripted):
    """
    Units, walks and symbols of the floors of a mall, one floor at a time.

    Parameters
    ----------
    data : dict
        See `mall_floor.mall_floor_map`.
    """

    kind = "MallFloor"
    scripts = (*layers.TablePanel.scripts, "mall_floor.js")

    def __init__(self, data):
        super().__init__(data, show=False)


class MallPanel(layers.TablePanel):
    """The panel of a mall: switches of floor and plan, legend, figures and list of units."""

    kind = "MallPanel"
    scripts = (*layers.TablePanel.scripts, "mall_floor.js")
    styles = (*layers.TablePanel.styles, "mall_floor.css")
