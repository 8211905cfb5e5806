"""
The charts of notebooks and reports: each takes a table and returns a matplotlib `Figure`.

Every chart has a title, units, and a line with source and date beneath; the words it adds itself come in the chart's
language. The options are the same everywhere: `title` (str), `unit` (str, of the values), `source` (str), `as_of` (str,
date or period of the data), `lang` (`en` or `zh`), `made` (True marks made-up data). Figures are drawn without pyplot;
`png(figure)` gives the bytes to show or to save.
"""

from expansion_kit.charts.budgets import spending
from expansion_kit.charts.comparisons import bars, bridge, contributions
from expansion_kit.charts.economics import cash_course, month_accounts
from expansion_kit.charts.figures import number
from expansion_kit.charts.portfolio import choice_shares, set_gains
from expansion_kit.charts.prospects import calibration, conversion, days_in_stage, pipeline, score_distribution
from expansion_kit.charts.site_sales import road_errors, site_roads
from expansion_kit.charts.sites import method_ranks, rank_certainty, tornado
from expansion_kit.charts.territories import territory_balance, territory_map
from expansion_kit.charts.tiers import target_tiers
from expansion_kit.charts.times import band_edges, history_forecast, people_per_hour, profile, target_heat
from expansion_kit.charts.tracking import attainment, gap_split, run_rate
from expansion_kit.charts.zones import zone_map
from expansion_kit.drawing import drawn_language, font_families, png

__all__ = [
    "attainment",
    "band_edges",
    "bars",
    "bridge",
    "cash_course",
    "choice_shares",
    "calibration",
    "contributions",
    "conversion",
    "days_in_stage",
    "drawn_language",
    "font_families",
    "gap_split",
    "history_forecast",
    "method_ranks",
    "month_accounts",
    "number",
    "people_per_hour",
    "pipeline",
    "png",
    "profile",
    "road_errors",
    "rank_certainty",
    "run_rate",
    "site_roads",
    "set_gains",
    "spending",
    "score_distribution",
    "target_heat",
    "tornado",
    "target_tiers",
    "territory_balance",
    "territory_map",
    "zone_map",
]
