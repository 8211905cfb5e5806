"""
The charts of notebooks and reports: each takes a table and returns a matplotlib `Figure`.

Every chart has a title, units, and a line with source and date beneath; the words it adds itself come in the chart's
language. The options are the same everywhere: `title` (str), `unit` (str, of the values), `source` (str), `as_of` (str,
date or period of the data), `lang` (`en` or `zh`), `made` (True marks made-up data). Figures are drawn without pyplot;
`png(figure)` gives the bytes to show or to save.
"""

from expansion_kit.charts.comparisons import bars, bridge, contributions
from expansion_kit.charts.figures import number
from expansion_kit.charts.prospects import calibration, conversion, days_in_stage, pipeline, score_distribution
from expansion_kit.charts.times import band_edges, history_forecast, people_per_hour, profile, target_heat
from expansion_kit.charts.tracking import attainment, gap_split, run_rate
from expansion_kit.charts.zones import zone_map
from expansion_kit.drawing import drawn_language, font_families, png

__all__ = [
    "attainment",
    "band_edges",
    "bars",
    "bridge",
    "calibration",
    "contributions",
    "conversion",
    "days_in_stage",
    "drawn_language",
    "font_families",
    "gap_split",
    "history_forecast",
    "number",
    "people_per_hour",
    "pipeline",
    "png",
    "profile",
    "run_rate",
    "score_distribution",
    "target_heat",
    "zone_map",
]
