"""
Where the stores stand: the store placement map (店铺落位图).

`placements` is the one specification, `placement_map` draws it on screen, and `page` makes of a folium map one HTML
page that asks for nothing. Coordinates are WGS-84; nothing here reads a data file or writes one.
"""

from expansion_kit.maps.assets import page
from expansion_kit.maps.placement import placement_map
from expansion_kit.maps.specification import around, details, legend, placed, placements, points

__all__ = ["around", "details", "legend", "page", "placed", "placement_map", "placements", "points"]
