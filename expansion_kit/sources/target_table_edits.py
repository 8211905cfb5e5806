"""Exported targets whose figures somebody changed in the CSV: each changed figure becomes a lock."""

from pathlib import Path

import numpy as np

from ..schemas import ERROR, Fault, SchemaError
from ..schemas.plans import METRIC_UNITS
from .target_edits import EDITS, fault_of
from .target_files import read_targets, read_targets_wide

_CELL = ["metric", "tier", "level", "territory_id", "store_id", "period"]
_PERIODS = {"sales": ("year", "quarter", "month", "week"), "openings": ("year", "month")}  # other amounts by month


def read_table_edits(path, targets, *, lang="en", who=""):
    """
    What was changed in a `targets.csv` or `targets_wide.csv`.

    Parameters
    ----------
    path : str or Path
        The table; a column `period` says that it is the long one.
    targets : DataFrame
        The plan it was made from; the columns of `targets.csv`.
    lang : str
        Language of the faults.
    who : str
        Who changed it.

    Returns
    -------
    DataFrame
        As `target_edits.read_edits`: one row a changed figure of the base tier of a territory. Sums above a changed
        figure need not be changed with it. Rows and periods that were taken out are no change.

    Raises
    ------
    SchemaError
        If another plan stands in it, a figure is not in the plan or stands twice, or a changed one cannot be a lock:
        a store, the network, a rate, another tier, part of a week, a locked figure, a fraction.
    """
    path = Path(path)
    try:
        table = read_targets(path, lang=lang)
    except SchemaError as error:
        if not all(fault.code == "missing_column" for fault in error.faults):
            raise
        table = read_targets_wide(path, lang=lang)
    (plan_id,) = targets["plan_id"].unique()
    found = sorted(set(table["plan_id"]) - {plan_id})
    faults = [("edit_other_plan", "plan_id", {"found": found[0] or "—", "plan": plan_id})] if found else []
    columns = [*_CELL, "period_type", "value", "locked"]
    plan = targets[columns].fillna({"territory_id": "", "store_id": ""})
    table = table[[*_CELL, "value"]].fillna({"territory_id": "", "store_id": ""})
    both = table.merge(plan.rename(columns={"value": "before"}), how="left", on=_CELL)
    both["cell"] = [" ".join(filter(None, row)) for row in both[_CELL].itertuples(index=False)]
    faults += [("edit_unknown_id", cell, {"found": cell}) for cell in both.loc[both["before"].isna(), "cell"]]
    faults += [
        ("edit_id_twice", cell, {"found": cell, "line": "—"}) for cell in both.loc[both.duplicated(_CELL), "cell"]
    ]
    before = both["before"].astype(float)
    changed = both[before.notna() & ~np.isclose(both["value"].astype(float), before, rtol=1e-9, atol=0)]
    for row in changed.assign(empty=False, bad=False).to_dict("records"):
        code = fault_of(row) if _may_be_locked(row) else "edit_follows"
        if code:
            faults.append((code, row["cell"], {"found": f"{row['value']:.10g}", "before": f"{row['before']:.10g}"}))
    if faults:
        told = [Fault(ERROR, code, "locks", path.name, values={"cell": cell, **said}) for code, cell, said in faults]
        raise SchemaError(told, lang)
    return changed.assign(who=who).reset_index(drop=True)[list(EDITS)]


def _may_be_locked(row):
    """Whether the next plan keeps a lock of a figure."""
    plain = row["level"] == "territory" and row["tier"] == "base" and METRIC_UNITS[row["metric"]] != "share"
    return plain and row["period_type"] in _PERIODS.get(row["metric"], ("month",))
