"""What is read without a fault and yet is hardly meant: figures in another unit, ids that a spreadsheet has changed."""

import numpy as np
import pandas as pd
import shapely

from .faults import ERROR, REPAIR, WARNING
from .parsing import INVISIBLE
from .tables import columns

ERROR_CELLS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
_LONGEST = 32_767  # characters of a cell in any spreadsheet
_USUAL = {  # what a figure may be; beyond it the unit is wrong, or a digit too many
    "floor_area_sqm": (1, 100_000),
    "rentable_area_sqm": (1, 100_000),
    "frontage_m": (0.5, 500),
    "population": (0, 50_000_000),
    "households": (0, 20_000_000),
    "workers": (0, 50_000_000),
    "people_day": (0, 5_000_000),
    "people": (0, 10_000_000),
    "rent_free_days": (0, 1_100),
    "remittance_days": (0, 400),
    "deposit_months": (0, 36),
    "vacant_months": (0, 360),
    "term_years": (0, 99),
    "retail_years": (0, 70),
    "speed_kmh": (1, 200),
    "escalation": (0, 0.5),
}
_YEARS = ("1950-01-01", "2100-01-01")
_ORDER = (("from", "to"), ("lease_start", "lease_end"), ("opened", "closed"))
_SPOILED = (
    r"[+-]?\d(?:\.\d+)?[eE][+-]?\d+|\d{4}-\d\d-\d\d 00:00:00|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d\d"
)
_FEW = 5  # figures that tell what is usual in a column
_FAR_OFF = {"price": 20, "sum": 1_000}
_HERE, _FAR = 3.0, 30.0  # degrees; times the usual distance from the middle
_RENTS = 3.0


def unseen(name, cells, place):
    """The count of cells that held marks which nobody sees, such as a zero-width space; they are taken out."""
    if not INVISIBLE.search("".join(cell for cell in cells if isinstance(cell, str))):
        return []
    rows = [row for row, cell in enumerate(cells) if isinstance(cell, str) and INVISIBLE.search(cell)]
    return [place.fault(REPAIR, "invisible", name, rows)]


def without_error_cells(name, kind, cells, place, faults):
    """
    Texts without the errors of a spreadsheet, `#N/A`, and without those that no cell can hold; both are told.

    A name may be `#N/A`: it stays, with a warning.
    """
    name_only = kind == "text" and not name.endswith("_id")
    wrong = {"error_text" if name_only else "error_cell": cells.isin(ERROR_CELLS)}
    if kind == "text":
        wrong["too_long"] = cells.str.len() > _LONGEST
    for code, mask in wrong.items():
        level = WARNING if code == "error_text" else ERROR
        rows = mask.to_numpy().nonzero()[0]
        if len(rows):
            length, allowed = f"{len(cells.iloc[rows[0]]):,}", f"{_LONGEST:,}"
            faults.append(place.fault(level, code, name, rows, found=cells.iloc[rows[0]], n=length, allowed=allowed))
            cells = cells.mask(mask, "") if level == ERROR else cells
    return cells


def doubts(table, typed, texts, place):
    """
    Faults of a table that was read: warnings for what is possible and hardly meant, errors for what cannot be.

    Parameters
    ----------
    table : str
    typed, texts : DataFrame
        Values, and the cells that they were read from.
    place
        Where rows stand (`checking`).

    Returns
    -------
    list of Fault
    """
    faults = []
    for name, column in columns(table).items():
        if name in typed:
            for code, mask, more in _of_column(name, column.metadata, typed[name], texts[name]):
                rows = np.asarray(mask).nonzero()[0]
                if len(rows):
                    found = texts[name].iloc[rows[0]]
                    faults.append(place.fault(WARNING, code, name, rows, found=found, **more))
    return faults + _order(typed, place) + _rents(typed, place) + _far(table, typed, place)


def _of_column(name, about, values, texts):
    if about["kind"] == "number":
        low, high = _USUAL.get(name, (-np.inf, np.inf))
        unusual = (values < low) | (values > high)
        yield "unusual", unusual, {"low": f"{low:,}", "high": f"{high:,}"}
        if about["unit"].split("/")[0] == "money":
            yield from _far_off(about["unit"], values.where(~unusual))
    elif about["kind"] in ("day", "moment"):
        early, late = map(pd.Timestamp, _YEARS)
        yield "unusual", (values < early) | (values >= late), {"low": _YEARS[0][:4], "high": _YEARS[1][:4]}
    elif about["kind"] == "text" and (about["key"] or name.endswith("_id")):
        yield "spoiled_id", texts.str.fullmatch(_SPOILED), {}


def _far_off(unit, values):
    """Sums a thousand times, prices twenty times as large or small as is usual in their column."""
    size = values.abs().where(values != 0)
    times = _FAR_OFF["price" if "m2" in unit.split("/") else "sum"]
    if size.count() < _FEW:
        return
    usual = size.median()
    yield "far_off", (size >= usual * times) | (size <= usual / times), {"usual": f"{usual:,.6g}"}


def _order(typed, place):
    """A last day before the first one."""
    faults = []
    for first, last in _ORDER:
        if {first, last} <= set(typed):
            rows = (typed[last] < typed[first]).to_numpy().nonzero()[0]
            if len(rows):
                begin, end = (f"{typed[name].iloc[rows[0]]:%Y-%m-%d}" for name in (first, last))
                faults.append(place.fault(ERROR, "days_reversed", last, rows, found=end, first=begin))
    return faults


def _rents(typed, place):
    """The rent of a month beside that of a day and m2 times the area."""
    area = typed.get("rentable_area_sqm", typed.get("floor_area_sqm"))
    if area is None or not {"rent_month", "rent_sqm_day"} <= set(typed):
        return []
    reckoned = typed["rent_sqm_day"] * area * 365 / 12
    ratio = reckoned / typed["rent_month"].where(typed["rent_month"] > 0)
    rows = ((ratio > _RENTS) | (ratio < 1 / _RENTS)).to_numpy().nonzero()[0]
    if not len(rows):
        return []
    told = {"found": f"{typed['rent_month'].iloc[rows[0]]:,.10g}", "reckoned": f"{reckoned.iloc[rows[0]]:,.0f}"}
    return [place.fault(WARNING, "rents_differ", "rent_month", rows, **told)]


def _far(table, typed, place):
    """Places at longitude 0 and latitude 0, and those far from all others: swapped, or without their sign."""
    if table in ("prospects", "mall_units"):
        return []
    if {"lon", "lat"} <= set(typed):
        lon, lat = typed["lon"].to_numpy(float), typed["lat"].to_numpy(float)
    elif "geometry" in typed:
        bounds = shapely.bounds(typed["geometry"].to_numpy())
        lon, lat = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    else:
        return []
    known = ~np.isnan(lon + lat)
    nowhere, faults = known & (lon == 0) & (lat == 0), []
    if nowhere.any():
        faults.append(place.fault(WARNING, "null_island", "lon, lat", nowhere.nonzero()[0]))
    known &= ~nowhere
    if known.sum() < 4:
        return faults
    east = (lon - np.median(lon[known]) + 180) % 360 - 180
    apart = np.where(known, np.hypot(east, lat - np.median(lat[known])), 0.0)
    rows = (apart > max(_HERE, _FAR * np.median(apart[known]))).nonzero()[0]
    if len(rows):
        found = f"{lon[rows[0]]:.7g}, {lat[rows[0]]:.7g}"
        faults.append(place.fault(WARNING, "far_place", "lon, lat", rows, found=found))
    return faults
