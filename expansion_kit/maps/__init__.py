"""
Where the stores stand: the store placement map (店铺落位图).

`placements` is the one specification, `placement_map` draws it on screen, and `page` makes of a folium map one HTML
page that asks for nothing (`linked_page`: a small page beside a folder that hundreds share). Coordinates are WGS-84;
nothing here reads a data file or writes one.
"""

from expansion_kit.maps.assets import linked_page, page
from expansion_kit.maps.placement import placement_map
from expansion_kit.maps.specification import details, legend, placed, placements, points

__all__ = ["details", "legend", "linked_page", "page", "placed", "placement_map", "placements", "points"]
