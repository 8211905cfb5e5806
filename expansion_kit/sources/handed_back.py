"""
What people hand back, into the city: changed targets as `locks`, filled-in sheets as `proposals`.

The next run of notebook 5 keeps the locks and weighs the proposals. Nothing is written while anything is wrong.
"""

import tempfile
from pathlib import Path

import pandas as pd

from .. import files
from ..cities import add_rows, load_city
from ..cities.limits import Unreadable, is_file, unpacked
from ..schemas import ERROR, Fault, SchemaError
from .proposals import read_proposals
from .target_edits import read_edits
from .target_files import read_targets
from .target_table_edits import read_table_edits

_NAME = 60  # characters of a name in an archive that are kept: no file system takes any length


def import_targets(path, into, *, plan=None, who=""):
    """
    The figures that were changed in an exported plan, as locks of a city.

    Parameters
    ----------
    path : str or Path
        `targets.xlsx`, `targets_wide.csv` or `targets.csv`, changed and saved.
    into : str or Path
        City folder.
    plan : str or Path, optional
        The `targets.csv` that the file was made with; that of the city's last run where not given.
    who : str
        Who changed it; empty takes what the workbook says.

    Returns
    -------
    DataFrame
        One row a changed figure, as `target_edits.read_edits`, with `state`: `new`, `changed` or `same` in the city.

    Raises
    ------
    SchemaError
        If anything is wrong with the file, the plan or the city with these locks; nothing is changed then.
    """
    path, into = Path(path), Path(into)
    lang = load_city(into).language
    plan = Path(plan) if plan else into / "output" / "targets.csv"
    if not plan.exists():
        raise SchemaError([Fault(ERROR, "edit_plan_missing", "locks", path.name, values={"cell": plan.name})], lang)
    reader = read_edits if path.suffix.lower() == ".xlsx" else read_table_edits
    targets = read_targets(plan, lang=lang)
    if targets["plan_id"].nunique(dropna=False) != 1:
        raise SchemaError([Fault(ERROR, "edit_plan_missing", "locks", path.name, values={"cell": plan.name})], lang)
    edits = reader(path, targets, lang=lang, who=who)
    by = ", ".join(dict.fromkeys(filter(None, edits["who"])))
    source = f"{path.name} ({by})" if by else path.name
    rows = edits[["territory_id", "period", "metric", "value"]]
    state = add_rows(into, "locks", rows, source=source) if len(rows) else pd.Series(dtype=object)
    return edits.assign(state=state)


def import_proposals(paths, into):
    """
    What managers filled in, as proposals of a city.

    A manager's new figure takes the place of the one that he or she proposed before for the same territory, period and
    target, and is told as changed. What contradicts another proposal, of these files or of the city, is left out.

    Parameters
    ----------
    paths : sequence of str or Path
        Filled-in workbooks, tables of proposals, or zip archives of such.
    into : str or Path
        City folder.

    Returns
    -------
    proposals : DataFrame
        What was taken: `territory_id`, `period`, `metric`, `value`, `owner`, `state` (`new`, `changed`, `same`).
    conflicts : DataFrame
        What was left out, as `proposals.read_proposals` names it.

    Raises
    ------
    SchemaError
        If a file cannot be read, or anything is wrong with the city with these proposals; nothing is changed then.
    """
    city = load_city(into)
    known = city.get("proposals")
    with tempfile.TemporaryDirectory() as aside:
        loose = [
            file for n, path in enumerate(paths) for file in _unpacked(Path(path), Path(aside) / f"{n}", city.language)
        ]
        proposals, conflicts = read_proposals(loose, known=known, lang=city.language)
    source = ", ".join(Path(path).name for path in paths)
    state = add_rows(into, "proposals", proposals, source=source) if len(proposals) else pd.Series(dtype=object)
    return proposals.assign(state=state), conflicts


def _unpacked(path, aside, lang):
    """A file itself, or the workbooks and tables of an archive, laid aside."""
    if path.suffix.lower() != ".zip":
        return [path]
    if not is_file(path):
        raise SchemaError([Fault(ERROR, "no_file", "proposals", path.name)], lang)
    try:
        held = unpacked(path, {"table": "proposals", "file": path.name}, (".xlsx", ".csv"))
    except Unreadable as error:
        raise SchemaError([error.fault], lang) from None
    loose = [aside / f"{n}" / Path(name).name[-_NAME:] for n, name in enumerate(held)]
    for file, content in zip(loose, held.values()):
        files.write_bytes(file, content)
    return loose
