"""
Where the stores stand: the store placement map (店铺落位图).

`placements` is the one specification (`around` numbers it by distance from a centre), `placement_map` draws it on
screen, `placement_pages` on paper, `points` gives the layer for QGIS, and `page` makes of a folium map one HTML page
that asks for nothing (`linked_page`: a small page beside a folder that hundreds share). Coordinates are WGS-84;
nothing here reads a data file or writes one.
"""

from expansion_kit.maps.assets import linked_page, page
from expansion_kit.maps.placement import placement_map
from expansion_kit.maps.printed import placement_pages
from expansion_kit.maps.specification import details, legend, placed, placements, points
from expansion_kit.maps.surroundings import around

__all__ = [
    "around",
    "details",
    "legend",
    "linked_page",
    "page",
    "placed",
    "placement_map",
    "placement_pages",
    "placements",
    "points",
]
