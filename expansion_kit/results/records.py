"""Which files the notebooks own, and `run.json`, which says what a results folder holds."""

import json
import sys
from importlib import metadata

from .. import __version__, words

RESULTS = {
    1: {
        "zone_measures.csv": ("zones",),
        "trade_areas.geojson": ("zones",),
        "white_space.csv": ("zones", "market_sales"),
        "footfall_cells.csv": ("zones", "pings"),
        "market_report.html": ("zones",),
        "market_report.docx": ("zones",),
        "market_report.pdf": ("zones",),
        "city_analysis.xlsx": ("zones",),
        "summary.png": ("zones",),
    },
    2: {
        "placement_map.html": (("stores", "sites"),),
        "placement_map.geojson": (("stores", "sites"),),
        "placement_map.pdf": (("stores", "sites"),),
        "placement_map.png": (("stores", "sites"),),
        "mall_floor.html": ("mall_units",),
        "mall_floor.pdf": ("mall_units",),
        "change_map.html": ("stores_before", "stores"),
        "change_map.geojson": ("stores_before", "stores"),
        "change_map.pdf": ("stores_before", "stores"),
        "survey_map.pdf": (("sites", "listings", "stores"),),
        "survey_form.xlsx": (("sites", "listings", "stores"),),
        "click_to_place.html": (("stores", "stores_before", "sites", "listings"),),
    },
    3: {
        "site_scores.csv": ("sites",),
        "site_plan.csv": ("sites", "stores"),
        "site_cards.pdf": ("sites",),
    },
    4: {
        "prospect_scores.csv": ("prospects",),
        "prospect_matches.csv": ("prospects", "sites", "zones"),
        "follow_ups.xlsx": ("prospects",),
        "customer_files.html": ("prospects",),
        "trip_plan.xlsx": ("prospects",),
        "territories.geojson": ("zones",),
        "budget_tracking.csv": ("budgets",),
    },
    5: {
        "forecast.csv": ("sales",),
        "targets.csv": ("sales",),
        "targets_wide.csv": ("sales",),
        "targets.xlsx": ("sales",),
        "targets_import.csv": ("sales",),
        "target_cards.pdf": ("sales",),
        "target_changes.csv": ("sales",),
        "proposal_sheets.zip": ("sales",),
    },
    6: {"tracking.csv": ("sales",), "weekly_report.docx": ("sales",)},
}
"""The files each notebook owns, with the tables each file needs; of a tuple of tables any one will do."""

RECORD = "run.json"
PROVENANCE = "provenance.csv"
PROVENANCE_COLUMNS = ["table", "column", "source", "as_of", "method"]

_LIBRARIES = [
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "geopandas",
    "shapely",
    "pyproj",
    "h3",
    "folium",
    "matplotlib",
]
_LIBRARIES += ["statsforecast"]


def read_record(folder):
    """What `run.json` of a results folder says; empty where there is none that can be read."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def ours():
    """The names of all files that runs write into a results folder."""
    return [*(name for owned in RESULTS.values() for name in owned), PROVENANCE, RECORD]


def refuse_foreign(folder, names, lang):
    """Refuse a folder that holds files by these names but no `run.json`: they are somebody else's, however called."""
    if names and not (folder / RECORD).exists():
        raise FileExistsError(words.say("run.foreign", lang, folder=folder.resolve().name, file=names[0]))


def versions():
    """The version of Python and of each library that results depend on, as far as it is installed."""
    found = {"python": ".".join(map(str, sys.version_info[:3])), "expansion_kit": __version__}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found
