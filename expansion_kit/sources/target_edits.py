"""
The workbook of targets as a planner sends it back: each changed cell becomes a lock, anything else is a fault.

Locks are of territories: a store's figure that was changed is a fault, and so is a rate's, which follows from amounts.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..cities.reading import Unreadable, read_sheets
from ..schemas import ERROR, Fault, SchemaError
from ..schemas.parsing import period_of, read_number
from ..schemas.plans import METRIC_UNITS, RATES
from ..words import LANGUAGES, say

EDITS = ("territory_id", "period", "metric", "value", "before", "who", "cell")


def read_edits(path, targets, *, lang="en", who=""):
    """
    What was changed in a workbook that `report.target_workbook` made.

    Parameters
    ----------
    path : str or Path
        The workbook, saved by Excel, WPS or LibreOffice.
    targets : DataFrame
        The plan it was made from; the columns of `targets.csv`.
    lang : str
        Language of the faults; the workbook may be in the other.
    who : str
        Who changed it; empty takes what the workbook says.

    Returns
    -------
    DataFrame
        One row a changed cell, in the order of the workbook: `territory_id`, `period`, `metric`, `value` (as in table
        `locks`), `before`, `who`, `cell` (`sheet!cell`).

    Raises
    ------
    SchemaError
        With sheet and cell of each: text for a number, an emptied cell, a fraction of money, a total, rate or store
        written over, an id that is not in the plan, missing or there twice, a locked or past month changed, a missing
        sheet, another plan.
    """
    path = Path(path)
    try:
        sheets, formulas = (read_sheets(path, table="locks", formulas=each) for each in (False, True))
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    about, faults = _about(sheets, targets, lang)
    edits = []
    for (metric, level), rows in _months(targets).groupby(["metric", "level"], sort=False):
        titles = [_title(metric, level, each) for each in LANGUAGES]
        title = next((name for name in titles if name in sheets), None)
        if title is None:
            faults.append(("edit_no_sheet", titles[LANGUAGES.index(lang)], {}))
            continue
        cells, wrong = _cells(sheets[title], dict(formulas[title]), rows, lang)
        changed, odd = _changed(cells, metric, level, about["open"])
        faults += [(code, f"{title}!{cell}" if cell else title, told) for code, cell, told in wrong + odd]
        edits.append(changed.assign(metric=metric, cell=title + "!" + changed["cell"]))
    if faults:
        told = [Fault(ERROR, code, "locks", path.name, values={"cell": cell, **said}) for code, cell, said in faults]
        raise SchemaError(told, lang)
    return pd.concat(edits, ignore_index=True).assign(who=who or about["who"])[list(EDITS)]


def _about(sheets, targets, lang):
    """What the workbook says of itself: plan, first open month, who changed it; and what is wrong with that."""
    rows = [row for each in LANGUAGES for _, row in sheets.get(say("targets.about", each), [])]
    labels = {say(f"targets.about_{name}", each): name for name in ("plan", "open", "who") for each in LANGUAGES}
    told = {"plan": "", "open": "", "who": ""}
    told |= {labels[row[0]]: row[1] for row in rows if row[0] in labels and len(row) > 1}
    (plan_id,) = targets["plan_id"].unique()
    faults = []
    if not rows:
        faults = [("edit_no_sheet", say("targets.about", lang), {})]
    elif told["plan"] != plan_id:
        faults = [("edit_other_plan", say("targets.about", lang), {"found": told["plan"] or "—", "plan": plan_id})]
    return told | {"open": period_of(told["open"]) or ""}, faults


def _months(targets):
    """The months of the base tier with what is computed in the workbook: rates of two amounts."""
    plan = targets[(targets["period_type"] == "month") & (targets["tier"] == "base") & (targets["level"] != "network")]
    plan = plan.assign(**{name: plan[name].fillna("") for name in ("territory_id", "store_id")})
    rows = plan[["metric", "territory_id", "store_id"]].drop_duplicates()
    known = set(rows.itertuples(index=False, name=None))
    computed = {
        (metric, *place): metric in RATES and all((amount, *place) in known for amount in RATES[metric])
        for metric, *place in known
    }
    keys = zip(plan["metric"], plan["territory_id"], plan["store_id"])
    return plan.assign(computed=[computed[key] for key in keys])


def _title(metric, level, lang):
    name = say(f"targets.metric_{metric}", lang)
    return say("targets.sheet_stores", lang, name=name) if level == "store" else name


def _cells(rows, formulas, plan, lang):
    """Every cell of the plan's months with its text; and what is wrong with headers, ids and sums."""
    top, places, periods = _header(rows)
    if top is None:
        return _table([]).assign(value=None, locked=None), [
            ("edit_no_header", "", {"header": say("targets.territory_id", lang)})
        ]
    months, cells, wrong = set(plan["period"]), [], []
    wrong += [("edit_no_month", "", {"found": period}) for period in sorted(months - set(periods.values()))]
    keys = dict(zip(zip(plan["territory_id"], plan["store_id"]), plan["computed"]))
    lines, odd = _lines(rows[top + 1 :], keys, places, periods)
    for key, line, row in lines:
        for at, period in periods.items():
            text, formula = (each[at] if at < len(each) else "" for each in (row, formulas[line]))
            if period in months and not keys.get(key, True):
                cells.append((*key, period, f"{_letter(at)}{line}", text))
            elif text and not formula.startswith("="):
                wrong.append(("edit_total", f"{_letter(at)}{line}", {"found": text}))
    plan = plan[~plan["computed"]][["territory_id", "store_id", "period", "value", "locked"]]
    return _table(cells).merge(plan, how="left", on=["territory_id", "store_id", "period"]), wrong + odd


def _table(cells):
    return pd.DataFrame(cells, columns=["territory_id", "store_id", "period", "cell", "text"], dtype=object)


def _header(rows):
    """Which row is the header, where the ids stand in it, and which periods."""
    ids = [{say(f"targets.{name}", each) for each in LANGUAGES} for name in ("territory_id", "store_id")]
    top = next((at for at, (_, row) in enumerate(rows) if set(row) & ids[0]), None)
    header = rows[top][1] if top is not None else []
    places = [next((at for at, text in enumerate(header) if text in labels), None) for labels in ids]
    return top, places, {at: period for at, text in enumerate(header) if (period := period_of(text))}


def _lines(rows, keys, places, periods):
    """Rows of the plan and of the total by key; and ids that are unknown, there twice, or missing."""
    totals, kept, seen, wrong = {say("targets.total", each) for each in LANGUAGES}, [], {}, []
    for line, row in rows:
        key = tuple(row[at] if at is not None and at < len(row) else "" for at in places)
        told, cell = {"found": " ".join(key).strip() or "—"}, f"{_letter(places[0])}{line}"
        if key in seen:
            wrong.append(("edit_id_twice", cell, told | {"line": seen[key]}))
        elif key in keys or key[0] in totals:
            kept.append((key, line, row))
            seen |= {key: line} if key in keys else {}
        elif any(row[at] for at in periods if at < len(row)):
            wrong.append(("edit_unknown_id", cell, told))
    return kept, wrong + [("edit_id_missing", "", {"found": " ".join(key).strip()}) for key in keys if key not in seen]


def _changed(cells, metric, level, first_open):
    """The cells that differ from the plan; and those of them that cannot be a lock."""
    follows = level == "store" or METRIC_UNITS[metric] == "share"
    value, bad = read_number(cells["text"])
    before = cells["value"].astype(float)
    empty = (cells["text"] == "") & before.notna()
    changed = (value.notna() & ~np.isclose(value, before, rtol=1e-9, atol=0)) | bad | empty
    cells = cells.assign(before=before, value=value, bad=bad, empty=empty)[changed]
    wrong = []
    for _, row in cells.iterrows():
        code = "edit_follows" if follows else fault_of(row, first_open)
        if code:
            wrong.append((code, row["cell"], {"found": row["text"], "before": f"{row['before']:.10g}"}))
    return cells, wrong


def fault_of(row, first_open=""):
    """
    Why a changed figure cannot be a lock, or None.

    Parameters
    ----------
    row : mapping
        `value`, `period`; `empty`, `bad` (no number), `locked`.
    first_open : str
        First period that may be changed.

    Returns
    -------
    str or None
        Code of the fault.

    Examples
    --------
    >>> row = {"value": 0.5, "period": "2027-02", "empty": False, "bad": False, "locked": False}
    >>> fault_of(row), fault_of(row, "2027-03"), fault_of(row | {"value": 5})
    ('edit_not_whole', 'edit_past', None)
    """
    if row["empty"]:
        return "edit_empty"
    if row["bad"]:
        return "edit_not_number"
    if row["locked"] is True:
        return "edit_locked"
    if row["period"] < first_open:
        return "edit_past"
    return None if row["value"] >= 0 and row["value"] % 1 == 0 else "edit_not_whole"


def _letter(at):
    from openpyxl.utils import get_column_letter

    return get_column_letter(at + 1)
